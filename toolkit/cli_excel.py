"""`jixiao recalc`, `jixiao excel …` (宏按钮命令): what the button does, and the button on this computer."""

from __future__ import annotations

from pathlib import Path

import click

from toolkit.cli_help import ChineseCommand, ChineseGroup


@click.command("recalc", cls=ChineseCommand)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="写到哪个文件；默认“<名>_已计算”")
@click.option("--in-place", is_flag=True, help="直接改原文件")
def recalc(file: Path, output: Path | None, *, in_place: bool) -> int:
    """不开 Excel，做按钮做的事：补算自动计算的格子，其余一字不动。"""
    from toolkit.button import recalculated
    from toolkit.console import show_check, show_message
    from toolkit.errors import UsageError
    from toolkit.outputs import write_file

    if output and in_place:
        raise UsageError("-o 和 --in-place 只能用一个。")
    target = file if in_place else output or file.with_name(f"{file.stem}_已计算{file.suffix}")
    if not in_place and target.resolve() == file.resolve():
        raise UsageError("输出就是原文件。要直接改原文件，请用 --in-place。")
    checked, data, count = recalculated(file)
    if not in_place or count:
        write_file(target, data)
    show_check(checked)
    show_message(f"  改了 {count} 格，已写到：{target}")
    return int(checked.result.verdict == "error")


@click.group("excel", cls=ChineseGroup)
def excel() -> None:
    """宏按钮：装到这台电脑上，检查能不能用。"""


@excel.group("button", cls=ChineseGroup, hidden=True)
def button() -> None:
    """由工作簿里的宏启动，不用手工运行。"""


@button.command("check", cls=ChineseCommand)
@click.option("--book", type=click.Path(path_type=Path))
@click.option("--token", default="")
@click.option("--wb")
@click.option("--from_xl", "from_excel")
@click.option("--hwnd")
def button_check(book: Path | None, token: str, wb: str | None, from_excel: str | None, hwnd: str | None) -> None:
    """计算与审核。"""
    from toolkit.button import answer_check, give_up_in_time
    from toolkit.errors import UsageError

    del wb, hwnd  # read from the command line by xlwings
    give_up_in_time()
    if from_excel:
        from toolkit.excel_button import press_from_excel

        press_from_excel()
    elif book:
        answer_check(book, token)
    else:
        raise UsageError("这个命令由工作簿里的按钮启动，不用手工运行。")


@button.command("report", cls=ChineseCommand)
@click.option("--book", type=click.Path(path_type=Path), required=True)
@click.option("--token", default="")
def button_report(book: Path, token: str) -> None:
    """生成报告。"""
    from toolkit.button import answer_report, give_up_in_time

    give_up_in_time()
    answer_report(book, token)
