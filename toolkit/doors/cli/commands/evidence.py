"""佐证台账 (`evidence`). Thin: parses, calls, prints, sets the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from toolkit.doors.cli.chinese import ChineseCommand
from toolkit.doors.cli.options import JSON, PATH, print_json, refuse_unfit

if TYPE_CHECKING:
    from pathlib import Path

    from toolkit.core.model import UnitReturn
    from toolkit.pack import Pack
    from toolkit.unit.returning import Ledger

_MOST_SHOWN = 15


@click.command("evidence", cls=ChineseCommand)
@click.argument("file", type=PATH, metavar="文件")
@click.option("--folder", type=PATH, metavar="文件夹", help="放佐证材料的文件夹；默认是填报表旁边的“佐证”")
@click.option("-o", "--output", type=PATH, metavar="文件", help="台账写到哪个文件；默认“<名>_佐证台账.xlsx”")
@click.option("--list", "make_list", is_flag=True, help="在文件夹里备好佐证清单.xlsx，每个指标、项目一行，填好再查")
@JSON
def evidence(file: Path, folder: Path | None, output: Path | None, *, make_list: bool, as_json: bool) -> int:
    """佐证台账：每个指标、项目的材料齐不齐、对不对得上文件，写成台账。

    材料写在“佐证清单.xlsx”里（--list 备好），没有清单的看填报表的佐证材料列。文件不打开、不运行。退出码 1 表示有错误。
    """
    from toolkit.core.findings import Severity
    from toolkit.engines import keep_inputs, write_zip
    from toolkit.pipeline import read_return
    from toolkit.publishing.returning import ledger_json, ledger_workbook
    from toolkit.unit.returning import LEDGER_NAME, evidence_folder, make_ledger

    home = folder or evidence_folder(file)
    target = output or file.with_name(f"{file.stem}_{LEDGER_NAME}")
    refuse_unfit(target, ".xlsx", what="台账")
    unit, pack = read_return(file)
    if make_list:
        return _write_list(unit, pack, home)
    ledger = make_ledger(unit, pack, home)
    keep_inputs(
        [target], [file, *([ledger.list_path] if ledger.list_path else []), *(home / f.name for f in ledger.files)]
    )
    write_zip(target, ledger_workbook(ledger, target))
    if as_json:
        print_json(ledger_json(ledger) | {"output": str(target)}, one_line=False)
    else:
        _show(ledger, target)
    return int(any(f.severity is Severity.ERROR for f in ledger.findings))


def _write_list(unit: UnitReturn, pack: Pack, home: Path) -> int:
    from toolkit.core.errors import UsageError
    from toolkit.doors.cli.screen import show_message
    from toolkit.engines import write_zip
    from toolkit.publishing.returning import blank_list
    from toolkit.unit.returning import evidence_settings

    target = home / evidence_settings(pack).list_name
    if target.exists():
        raise UsageError(f"{target} 已经存在，没有覆盖。请接着填，或先移走再生成。")
    write_zip(target, blank_list(unit, pack))
    show_message(f"已备好佐证清单：{target}。把材料放进同一个文件夹，填好清单，再运行 jixiao evidence。")
    return 0


def _show(ledger: Ledger, target: Path) -> None:
    from toolkit.doors.cli.screen import show_message

    given = sum(1 for line in ledger.lines if line.material)
    show_message(f"{ledger.unit.unit_name or '（未填单位名称）'}　材料 {given} 份，文件 {len(ledger.files)} 个。")
    if not ledger.folder.is_dir():
        show_message(f"没有找到佐证文件夹：{ledger.folder}。可用 --folder 指定，或用 --list 备好清单。", "yellow")
    for found in ledger.findings[:_MOST_SHOWN]:
        show_message(
            f"  {found.severity.label} {found.message}", {"error": "red", "warning": "yellow"}.get(found.severity, "")
        )
    if len(ledger.findings) > _MOST_SHOWN:
        show_message(f"  另有 {len(ledger.findings) - _MOST_SHOWN} 个，见台账的“问题”表。")
    if not ledger.findings:
        show_message("材料齐全，没有发现问题。", "green")
    show_message(f"台账已写到：{target}")
