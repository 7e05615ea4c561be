"""What people see of a batch (批量进度): a bar with rate and time left, or a line per unit when nobody watches."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Self

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Column, Table
from rich.text import Text

from toolkit.batch_files import BULLETIN_NAME, SUMMARY_NAME
from toolkit.batch_status import Status
from toolkit.console import console
from toolkit.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console
    from rich.progress import TaskID

    from toolkit.batch_files import FoundFiles, Skipped
    from toolkit.batch_model import BatchResult
    from toolkit.batch_status import Entry
    from toolkit.batch_unit import UnitRecord

_MOST = 10  # names in one line of the screen; all of them are in 汇总表
_WORDS = {"error": "有错误", "warning": "有警示", "clean": "通过"}
_COLOURS = {
    Status.MISSING: "red",
    Status.ERROR: "red",
    Status.WARNING: "yellow",
    Status.CLEAN: "green",
    Status.UNREADABLE: "red",
    Status.UNFINISHED: "red",
}


class Progress:
    """Hears the batch and shows it on stderr."""

    def __init__(self) -> None:
        """Nothing is shown before the first file is found."""
        self.out: Console = console()
        rate = TextColumn("{task.fields[rate]}")
        left = (TextColumn("用时"), TimeElapsedColumn(), TextColumn("还要"), TimeRemainingColumn())
        self.bar = Bar(TextColumn("审核、出表"), BarColumn(), MofNCompleteColumn(), rate, *left, console=self.out)
        self.task: TaskID | None = None
        self.total = 0
        self.seen: set[str] = set()

    def __enter__(self) -> Self:
        """Start."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Stop the bar; after Ctrl-C say what is done."""
        if self.task is not None:
            self.bar.stop()
        if kind is KeyboardInterrupt:
            self.out.print(Text(f"已中断：这次做完了 {len(self.seen)} 户，都是完整的；再运行一次会接着做。"))

    def start(self, found: FoundFiles, unchanged: int) -> None:
        """How much there is to do, and what was left out."""
        books = len(found.workbooks)
        same = f"，其中 {unchanged} 份没有变动，不重做" if unchanged else ""
        self.out.print(Text(f"找到 {books} 个工作簿{same}。"))
        show_skipped(self.out, found.skipped)
        self.total = books - unchanged
        if self.out.is_terminal and self.total:
            self.bar.start()
            self.task = self.bar.add_task("", total=self.total, rate="")

    def finished(self, record: UnitRecord) -> None:
        """One more unit."""
        if record.file in self.seen:
            self.out.print(Text(f"  重复报送，结果分开存放：{record.file}"))
            return
        self.seen.add(record.file)
        if self.task is not None:
            speed = self.bar.tasks[0].speed
            self.bar.update(self.task, advance=1, rate=f"{speed:.1f} 户/秒" if speed else "")
        else:
            what = _WORDS.get(record.verdict) or f"没有做成：{record.message}"
            self.out.print(Text(f"  {len(self.seen)}/{self.total}  {record.file}　{what}"))


def show_skipped(out: Console, skipped: Sequence[Skipped]) -> None:
    """What was left out, by reason."""
    for reason, group in groupby(sorted(skipped, key=lambda s: s.reason), key=lambda s: s.reason):
        names = [s.file for s in group]
        out.print(Text(f"  跳过 {len(names)} 个（{reason}）：{_named(names)}", style="dim"))


def _named(names: Sequence[str]) -> str:
    return "、".join(names[:_MOST]) + (f" 等 {len(names)} 个" if len(names) > _MOST else "")


def show_batch(result: BatchResult, output: Path) -> None:
    """Who has filed, what was judged over all units, and what to open."""
    out = console()
    _show_statuses(out, result.batch.entries)
    for finding in result.audit.findings:
        if finding.rule != "E80":  # told above, with all names in one line
            out.print(Text.assemble("  ", (finding.severity.label, _severity(finding.severity)), " ", finding.message))
    for not_checked in result.audit.not_checked:
        out.print(Text(f"  未检查 {not_checked.rule}：{not_checked.reason}", style="dim"))
    if result.stale:
        out.print(
            Text(
                f"  另有 {len(result.stale)} 个以前的结果，这次没有文件，没有计入：{_named(result.stale)}",
                style="dim",
            )
        )
    out.print(Text(f"重做 {result.redone} 户，未变动 {result.unchanged} 户。请打开：", style="bold"))
    for name in (SUMMARY_NAME, BULLETIN_NAME):
        out.print(Text(f"  {output / name}"))


def _show_statuses(out: Console, entries: Sequence[Entry]) -> None:
    table = Table("报送情况", "户（份）数", Column("单位", overflow="fold"))
    for status in Status:
        told = [e for e in entries if e.status is status and not e.merged]
        names = [e.name if e.unit or not e.record else e.record.file for e in told]
        if names:
            table.add_row(Text(status.value, style=_COLOURS.get(status, "")), str(len(names)), Text(_named(names)))
    out.print(table)


def _severity(severity: Severity) -> str:
    return {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTICE: "cyan"}[severity]
