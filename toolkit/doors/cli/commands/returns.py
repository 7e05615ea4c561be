"""`jixiao move` (移表命令). Thin: it parses, calls, prints, and sets the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from toolkit.doors.cli.chinese import ChineseCommand
from toolkit.doors.cli.options import PATH, pack_or_none, print_json

if TYPE_CHECKING:
    from pathlib import Path

    from toolkit.publish.workbooks import MovedWorkbook

_MOST_SHOWN = 12


@click.command("move", cls=ChineseCommand)
@click.argument("file", type=PATH, metavar="FILE")
@click.option("-o", "--output", type=PATH, metavar="FILE", help="写到哪个文件；默认“<名>_移表.xlsx”")
@click.option("--pack", "pack_name", metavar="规则包", help="移进哪个规则包的填报表；默认看原表，认不出就用默认的")
@click.option("--json", "as_json", is_flag=True, help="在标准输出给出 JSON：每一格的去处")
def move(file: Path, output: Path | None, pack_name: str | None, *, as_json: bool) -> int:
    """把旧版、损坏的填报表或公开的官方表（.xlsx、.xls、.csv、.docx）移进一份新的填报表。

    按名称认，名称没有了按标签认；认不准的不移。新表里有“移表清单”，原表每一格的去处都写在上面。
    """
    from toolkit.engines import keep_input, write_file
    from toolkit.publish.workbooks import moved_workbook
    from toolkit.unit.moving import move_file

    target = output or file.with_name(f"{file.stem}_移表.xlsx")
    keep_input(target, [file])
    made = moved_workbook(move_file(file, pack_or_none(pack_name)))
    write_file(target, made.data)
    if as_json:
        print_json(made.to_json() | {"output": str(target)}, one_line=False)
    else:
        _show(made, target)
    return 0


def _show(made: MovedWorkbook, target: Path) -> None:
    from toolkit.doors.cli.screen import show_message
    from toolkit.unit.moving import Fate

    counts = made.to_json()["counts"]
    show_message(f"已移入 {counts[Fate.PLACED]} 格，其中 {counts['待核对']} 格按标签认出，请核对（新表里标了浅蓝色）。")
    left = [line for line, _ in made.lines if line.fate is Fate.LEFT]
    if left:
        show_message(f"没有移入 {len(left)} 格：", "yellow")
    for line in left[:_MOST_SHOWN]:
        show_message(f"  「{line.page}」{line.where}：{line.text[:40]}（{line.note}）")
    if len(left) > _MOST_SHOWN:
        show_message(f"  另有 {len(left) - _MOST_SHOWN} 格，见新表的“移表清单”。")
    if made.move.year != made.move.pack.year:
        show_message(
            f"注意：原表是 {made.move.year} 年度的，新表是 {made.move.pack.year} 年度的。"
            "要把上年的数带到今年，请用 jixiao new --from。",
            "yellow",
        )
    show_message(f"已写到：{target}（原文件没有改动）。接着用 jixiao check 检查。")
