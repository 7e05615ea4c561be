"""`jixiao new --from` and `--export` (过录): this year's form with what last year's return and official tables give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolkit.doors.cli.options import print_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from toolkit.pack import Pack


def write_carried(  # noqa: PLR0913 - what the command was told
    last: Path | None, exports: Sequence[Path], target: Path, pack: Pack, form: str, *, as_json: bool
) -> None:
    """`jixiao new --from` and `--export`: this year's form with last year's figures and official ones."""
    from toolkit.doors.cli.screen import show_message
    from toolkit.engines import keep_inputs, write_file
    from toolkit.pipeline import read_return
    from toolkit.publishing.returning import carried_json, carried_workbook
    from toolkit.unit.returning import carry_over, nothing_before, read_export

    keep_inputs([target], [*([last] if last else []), *exports])
    before, before_pack = read_return(last) if last else (None, None)
    official = [found for path in exports for found in read_export(path, pack)]
    carry = carry_over(before or nothing_before(pack), pack, official)
    write_file(target, carried_workbook(carry, form))
    if as_json:
        print_json(carried_json(carry) | {"output": str(target)}, one_line=False)
        return
    if before_pack and before_pack.year != pack.year - 1:
        told = f"注意：带来的是 {before_pack.year} 年度的数，这里是 {pack.year} 年度的填报表。"
        show_message(f"{told}今年的规则包请用 --pack 或 --year 指定。", "yellow")
    names = "、".join(path.name for path in [*([last] if last else []), *exports])
    show_message(f"已从 {names} 带来 {len(carry.carried)} 格（标了浅蓝色，列在“过录清单”），其余的数空着。")
    for one in (c for c in carry.carried if c.note):
        show_message(f"  {one.target}：{one.note}", "yellow")
    for told in carry.unsettled:
        show_message(f"  没有带来：{told}", "yellow")
    show_message(f"已生成填报表：{target}")


def write_all_carried(folder: Path, output: Path, roster: Path | None, pack: Pack, form: str) -> int:
    """`jixiao new --from DIR`: one form for each of last year's returns, and for units that are new on the roster."""
    from toolkit.batch.collect import find_workbooks, read_roster, same_text
    from toolkit.core.errors import UnreadableError
    from toolkit.doors.cli.screen import show_message
    from toolkit.pipeline import read_return
    from toolkit.publishing.returning import carried_workbook
    from toolkit.publishing.workbooks import fill_workbook
    from toolkit.unit.returning import carry_over, named_after

    listed = read_roster(roster).units if roster else ()
    made, refused, seen = 0, 0, set[str]()
    for path in find_workbooks(folder, output, roster).workbooks:
        try:
            unit, _ = read_return(path)
        except UnreadableError as error:
            refused += 1
            show_message(f"  {error}", "yellow")
            continue
        _write_new(output, (unit.book.code, unit.unit_name, form), carried_workbook(carry_over(unit, pack), form))
        made += 1
        seen |= {same_text(unit.book.code), same_text(unit.unit_name)} - {""}
    new = [u for u in listed if not {same_text(u.code), same_text(u.name)} & seen]
    for one in new:
        _write_new(output, (one.code, one.name, form), fill_workbook(named_after(pack, one.code, one.name), pack, form))
    show_message(f"过录 {made} 家；名册里去年没有的 {len(new)} 家给空白表；读不了 {refused} 份。已写到：{output}")
    return (1 if made else 3) if refused else 0


def _write_new(output: Path, words: tuple[str, str, str], data: bytes) -> None:
    """One unit's form, where there is none yet."""
    from toolkit.core.errors import UsageError
    from toolkit.engines import folder_name, write_file

    code, name, form = words
    target = output / f"{folder_name(code, name)}_{form}"
    if target.exists():
        raise UsageError(f"{target} 已经存在，没有覆盖。同一个单位有两份的，请先留一份；或用 -o 换个文件夹。")
    write_file(target, data)
