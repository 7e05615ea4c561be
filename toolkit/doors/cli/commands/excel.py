"""`jixiao recalc`, `jixiao excel …` (宏按钮命令): what the button does, and the button on this computer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from toolkit.doors.cli.chinese import ChineseCommand, ChineseGroup
from toolkit.doors.cli.options import PATH, refuse_unfit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from toolkit.doors.excel import Check


@click.command("recalc", cls=ChineseCommand)
@click.argument("file", type=PATH, metavar="文件")
@click.option("-o", "--output", type=PATH, metavar="文件", help="写到哪个文件；默认“<名>_已计算”")
@click.option("--in-place", is_flag=True, help="直接改原文件")
def recalc(file: Path, output: Path | None, *, in_place: bool) -> int:
    """不开 Excel，做按钮做的事：补算自动计算的格子，其余一字不动。"""
    from toolkit.core.errors import UsageError
    from toolkit.doors.cli.screen import show_check, show_message
    from toolkit.doors.excel import recalculated
    from toolkit.engines import same_file, write_file

    if output and in_place:
        raise UsageError("-o 和 --in-place 只能用一个。")
    target = file if in_place else output or file.with_name(f"{file.stem}_已计算{file.suffix}")
    if not in_place and same_file(target, file):
        raise UsageError("输出就是原文件。要直接改原文件，请用 --in-place。")
    refuse_unfit(target, file.suffix.lower())
    checked, data, count = recalculated(file)
    if not in_place or count:
        write_file(target, data, over=in_place)
    show_check(checked)
    show_message(f"  改了 {count} 格，已写到：{target}")
    return int(checked.result.verdict in {"error", "incomplete"})


@click.command("watch", cls=ChineseCommand)
@click.argument("folder", type=PATH, metavar="文件夹")
def watch(folder: Path) -> None:
    """守着一个文件夹：谁的填报表存盘，就在旁边写出审核反馈。按 Ctrl+C 结束。"""
    from toolkit.core.errors import UsageError
    from toolkit.doors.cli.screen import show_check, show_message
    from toolkit.doors.watch import Looked, watch_folder

    def tell(looked: Looked) -> None:
        if looked.checked:
            show_check(looked.checked)
        show_message(f"  {looked.problem or f'反馈：{looked.feedback}'}")

    if not folder.is_dir():
        raise UsageError(f"没有这个文件夹：{folder}。请给出要守候的文件夹。")
    show_message(f"正在守候 {folder}，存盘后自动审核。按 Ctrl+C 结束。")
    watch_folder(folder, tell)
    show_message("已结束守候。")


@click.group("excel", cls=ChineseGroup)
def excel() -> None:
    """宏按钮：装到这台电脑上，检查能不能用。"""


@excel.command("install", cls=ChineseCommand)
@click.option("--trust", type=PATH, metavar="文件夹", help="把这个文件夹设为 Excel 的受信任位置")
def install(trust: Path | None) -> int:
    """登记程序，让工作簿里的按钮找得到它。"""
    from toolkit.doors.excel import ThisComputer
    from toolkit.doors.excel import install as steps

    return _show(steps(ThisComputer(), trust))


@excel.command("doctor", cls=ChineseCommand)
@click.argument("file", required=False, type=PATH, metavar="[文件]")
def doctor(file: Path | None) -> int:
    """检查按钮能不能用：看了什么，哪里不对，怎么办。可以给一个工作簿一起检查。"""
    from toolkit.doors.excel import ThisComputer
    from toolkit.doors.excel import doctor as checks

    return _show(checks(ThisComputer(), file))


def _show(checks: Iterable[Check]) -> int:
    """Print each check as it ends; 1 when one has failed."""
    from toolkit.doors.cli.screen import show_message

    failed = False
    for check in checks:
        word, style = {True: ("正常", "green"), False: ("不行", "bold red"), None: ("说明", "cyan")}[check.ok]
        show_message(f"［{word}］{check.title}：{check.told}", style)
        if check.mend:
            show_message(f"　　　怎么办：{check.mend}")
        failed = failed or check.ok is False
    return int(failed)


@excel.group("button", cls=ChineseGroup, hidden=True)
def button() -> None:
    """由工作簿里的宏启动，不用手工运行。"""


@button.command("check", cls=ChineseCommand)
@click.option("--book", type=PATH)
@click.option("--token", default="")
@click.option("--wb")
@click.option("--from_xl", "from_excel")
@click.option("--hwnd")
def button_check(book: Path | None, token: str, wb: str | None, from_excel: str | None, hwnd: str | None) -> None:
    """计算与审核。"""
    from toolkit.core.errors import UsageError
    from toolkit.doors.excel import answer_check, ends_in_time

    del wb, hwnd  # read from the command line by xlwings
    with ends_in_time():
        if from_excel:
            from toolkit.doors.excel import press_from_excel

            press_from_excel()
        elif book:
            answer_check(book, token)
        else:
            raise UsageError("这个命令由工作簿里的按钮启动，不用手工运行。")


@button.command("report", cls=ChineseCommand)
@click.option("--book", type=PATH, required=True)
@click.option("--token", default="")
def button_report(book: Path, token: str) -> None:
    """生成报告。"""
    from toolkit.doors.excel import answer_report, ends_in_time

    with ends_in_time():
        answer_report(book, token)
