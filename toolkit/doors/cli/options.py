"""What several commands share (命令共用): --json, --pack, and JSON on stdout."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pathlib import Path

    from toolkit.pack import Pack


class FilePath(click.Path):
    """A path option (路径). `pathlib` costs `--help` a tenth of its time, so it is only loaded for a path given."""

    def coerce_path_result(self, value: str | os.PathLike[str]) -> os.PathLike[str]:
        """The text as a `Path`."""
        from pathlib import Path

        return Path(value)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 - as click has it
        """No text at all would be the folder that one is in: a variable of a script that was left empty."""
        if not os.fspath(value):
            self.fail("是空的，没有写是哪一个", param, ctx)
        return super().convert(value, param, ctx)


PATH = FilePath()

PACK = click.option("--pack", "pack_name", metavar="规则包", help="规则包编号，或规则包文件夹")

JSON = click.option("--json", "as_json", is_flag=True, help="在标准输出给出 JSON，一个文件一个对象")


def print_json(data: object, *, one_line: bool) -> None:
    """JSON on stdout, Chinese as it is."""
    import json

    click.echo(json.dumps(data, ensure_ascii=False, indent=None if one_line else 2))


def at_screen() -> bool:
    """Whether somebody sits there who can be asked."""
    import sys

    return sys.stdin.isatty() and sys.stdout.isatty()


def asked(what: str, given: str | None, usual: str = "") -> str:
    """What an option says; else what a person at the screen answers, and the usual where nobody sits there."""
    if given is not None or not at_screen():
        return usual if given is None else given
    answer: str = click.prompt(f"{what}（回车：{usual or '先不写'}）", default=usual, show_default=False)
    return answer.strip()


def pack_or_default(name: object, near: Path | None = None) -> Pack:
    """The named pack, also from the folder 规则包 at or above `near`; without a name the default one."""
    from toolkit.pack import default_pack, find_pack

    return find_pack(str(name), near) if name else default_pack()


def pack_of_year(year: int | None, name: str | None, near: Path | None = None) -> Pack:
    """The named pack, else the newest of the default one's region; with a year the one of that year.

    Raises:
        UsageError: no pack is of that year.
    """
    from toolkit.core.errors import UsageError
    from toolkit.pack import default_pack, find_pack, list_packs

    if name:
        chosen = find_pack(name, near)
        packs = [chosen]
    else:
        usual = default_pack()
        packs = [p for p in list_packs() if p.region == usual.region]
        chosen = max(packs, key=lambda p: (p.year, p.folder == usual.folder))
    if year is None:
        return chosen
    found = [p for p in packs if p.year == year]
    if not found:
        told = f"规则包 {chosen.id} 是 {chosen.year} 年度的" if name else f"还没有 {year} 年度的规则包"
        raise UsageError(f"{told}。请规则维护人用 jixiao pack new 做好 {year} 年度的规则包，再用 --pack 指定。")
    return found[0]


def pack_or_none(name: str | None, near: Path | None = None) -> Pack | None:
    """The named pack, also from beside `near`; None leaves the choice to the workbook."""
    from toolkit.pack import find_pack

    return find_pack(name, near) if name else None


def refuse_unfit(target: Path, *kinds: str, what: str = "填报表") -> None:
    """A file under a name that does not fit it is refused by the program that should open it.

    Raises:
        UsageError: the name does not end in one of `kinds`.
    """
    from toolkit.core.errors import UsageError

    found = target.suffix.lower()
    if found in kinds:
        return
    names: dict[tuple[str, ...], str] = {(".xlsm",): "（带宏按钮）", (".xlsx",): "（不带宏）"}
    macros = names.get(kinds, "") if what == "填报表" else ""
    advice = "要带宏按钮请加 --macro。" if macros and found == ".xlsm" else f"请写成 {target.stem}{kinds[0]}。"
    raise UsageError(f"{target.name} 的扩展名不合适：{what}{macros}应存为 {' 或 '.join(kinds)}。{advice}")
