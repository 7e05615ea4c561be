"""`jixiao batch` (批量命令): all units of a folder, and 汇总. Thin: it parses, calls, and sets the exit code.

While it runs people see a bar with rate and time left, or a line per unit when nobody watches (批量进度).
"""

from __future__ import annotations

import os
from itertools import groupby
from typing import TYPE_CHECKING, Self

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from toolkit.batch.collect import BULLETIN_NAME, SUMMARY_NAME, WITHHELD, Status
from toolkit.batch.summary import OVERVIEW_NAME
from toolkit.core.words import visible
from toolkit.doors.cli.chinese import ChineseCommand
from toolkit.doors.cli.options import PATH, print_json
from toolkit.doors.cli.screen import Text, add_row, console, severity_style, show_message, table_of, verdict_words
from toolkit.pipeline import PRINT_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from rich.progress import TaskID
    from rich.table import Table

    from toolkit.batch import Round, UnitLedger, UnitPrint
    from toolkit.batch.collect import BatchRequest, BatchResult, Engine, Entry, FoundFiles, UnitRecord
    from toolkit.core.words import Json

EPILOG = (
    "退出码：0 全部报齐且没有错误　1 有未报、有错误、读不了或没有做完的单位　2 用法不对　"
    "3 一份填报表也没读到　4 有单位遇到程序内部出错　130 中途按了 Ctrl-C（已做完的单位完整保留）"
)


@click.command("batch", cls=ChineseCommand, epilog=EPILOG)
@click.argument("folder", required=False, type=PATH, metavar="文件夹")
@click.option("-o", "--output", type=PATH, metavar="文件夹", help="写到哪个文件夹")
@click.option("--roster", type=PATH, metavar="文件", help="单位名册；不写时用文件夹里的 单位名册.xlsx（如果有）")
@click.option("--new-roster", type=PATH, metavar="文件", help="生成一份空白单位名册，然后结束")
@click.option("--pack", metavar="规则包", help="本次汇总的规则包；不写时用多数填报表所用的")
@click.option(
    "--jobs", type=click.IntRange(1, 256), default=None, metavar="家数", help="同时做几家；默认与处理器核数相同"
)
@click.option(
    "--limit", type=click.IntRange(1, 86_400), default=120, show_default=True, metavar="秒", help="每家最多多少秒"
)
@click.option("--force", is_flag=True, help="没有变动的单位也重做")
@click.option("--public", is_flag=True, help="每家另外生成可以公开的一套（公开 文件夹）；各家都重做")
@click.option("--returns", is_flag=True, help="按轮次保存，给每个有问题的单位写退回意见，连同审核反馈放在一个文件夹")
@click.option("--deadline", default="", metavar="日期", help="退回意见里的重新报送期限，如 2024年7月10日")
@click.option("--contact", default="", metavar="联系人", help="退回意见里的联系人和电话")
@click.option("--evidence", is_flag=True, help="填报表旁边有“佐证”文件夹的，把佐证台账写进各单位的结果文件夹")
@click.option("--keep-edits", is_flag=True, help="各单位在 Word 里改过的自评报告，改动带进新稿，逐处说明；改过的另存")
@click.option("--pdf", is_flag=True, help="每家另写 打印册.pdf（要有 LibreOffice 或 Word）")
@click.option(
    "--engine", type=click.Choice(["local", "dask"]), default="local", show_default=True, help="在本机还是集群上做"
)
@click.option("--scheduler", metavar="地址", help="dask 调度器的地址，如 tcp://10.0.0.5:8786")
@click.option("--json", "as_json", is_flag=True, help="在标准输出给出 JSON")
def batch(  # noqa: PLR0913 - one parameter for each option
    *,
    folder: Path | None,
    output: Path | None,
    roster: Path | None,
    new_roster: Path | None,
    pack: str | None,
    jobs: int | None,
    limit: float,
    engine: str,
    scheduler: str | None,
    force: bool,
    public: bool,
    returns: bool,
    evidence: bool,
    keep_edits: bool,
    pdf: bool,
    deadline: str,
    contact: str,
    as_json: bool,
) -> int:
    """把一个文件夹里各单位的填报表全部审核、出表，并汇总。"""
    if new_roster:
        return _new_roster(new_roster)
    from toolkit.batch.collect import BatchRequest

    if folder is None or output is None:
        missing = "填报表所在的文件夹" if folder is None else "-o（写到哪个文件夹）"
        raise click.UsageError(f"缺少 {missing}。", click.get_current_context())
    beside = folder / "单位名册.xlsx"
    listed = roster or (beside if beside.is_file() else None)
    request = BatchRequest(folder, output, listed, pack, force, public, keep_edits)
    if (deadline or contact) and not returns:
        raise click.UsageError("--deadline 和 --contact 要与 --returns 一起用。", click.get_current_context())
    words = (deadline, contact) if returns else None
    chosen = _engine(engine, scheduler, jobs or os.cpu_count() or 1, limit)
    return _run(request, chosen, words, evidence=evidence, pdf=pdf, as_json=as_json)


def _engine(name: str, scheduler: str | None, jobs: int, limit: float) -> Engine:
    from toolkit.batch.collect import dask_engine, local_engine
    from toolkit.core.errors import UsageError

    if name == "local":
        if scheduler:
            raise UsageError("写了 --scheduler，请同时写 --engine dask。")
        return local_engine(jobs, limit)
    if not scheduler:
        raise UsageError("--engine dask 还要写 --scheduler 调度器的地址，如 tcp://10.0.0.5:8786。")
    return dask_engine(scheduler)


def _run(  # noqa: PLR0913 - what else is wanted
    request: BatchRequest, engine: Engine, words: tuple[str, str] | None, *, evidence: bool, pdf: bool, as_json: bool
) -> int:
    from toolkit.batch import run_batch, write_ledgers, write_prints, write_round
    from toolkit.batch.summary import batch_json
    from toolkit.engines import need_printer

    if pdf:
        need_printer()
    with Progress() as progress:
        result = run_batch(request, engine, progress)
    show_batch(result, request.output, public=request.public)
    edits = _edits(result)
    _show_edits(edits)
    found = write_round(result, request.output, *words) if words else None
    if found:
        _show_round(found)
    ledgers = write_ledgers(result, request) if evidence else ()
    if evidence:
        _show_ledgers(ledgers)
    if pdf:
        _show_prints(write_prints(result, request.output))
    if as_json:
        run = {"redone": result.redone, "unchanged": result.unchanged}
        told: Json = {"edits": edits} if edits else {}
        told |= {"round": found.to_json()} if found else {}
        print_json(batch_json(result) | {"output": str(request.output), "run": run} | told, one_line=False)
    return exit_code(result)


def _show_round(found: Round) -> None:
    """What became of the findings, unit by unit, and where the letters are."""
    open_ones = [u for u in found.units if u.findings]
    show_message(f"第 {found.number} 轮：退回 {len(open_ones)} 家，没有问题 {len(found.units) - len(open_ones)} 家。")
    for unit in found.units if found.number > 1 else ():
        if unit.findings or unit.mended:
            told = f"改正 {unit.mended} 个，还剩 {unit.still} 个，新增 {unit.new} 个"
            show_message(f"  {unit.name}：{told}")
    show_message(f"  退回意见和审核反馈按单位放在：{found.folder}")


def _edits(result: BatchResult) -> dict[str, list[str]]:
    """Folder → what became of staff's changes to its report; not the words of what is withheld."""
    batch = result.batch
    done = [e.record for e in batch.entries if e.record and e.record.edits]
    return {r.folder: [WITHHELD if batch.secrets.within(told) else told for told in r.edits] for r in done}


def _show_edits(edits: Mapping[str, Sequence[str]]) -> None:
    for folder, told in edits.items():
        show_message(f"{folder}：自评报告里改过的 {len(told)} 处（改过的那份另存为“_改稿”）：")
        for line in told:
            show_message(f"    {line}", "yellow" if "（" in line else "")


def _show_prints(prints: Sequence[UnitPrint]) -> None:
    show_message(f"打印册：写好 {sum(1 for one in prints if not one.fault)} 家的 {PRINT_NAME}，在各家的文件夹里。")
    for one in (p for p in prints if p.fault):
        show_message(f"  {one.name}：没有打印册。{one.fault}", "yellow")


def _show_ledgers(ledgers: Sequence[UnitLedger]) -> None:
    show_message(f"佐证台账：{len(ledgers)} 家有佐证材料。")
    for one in ledgers:
        told = f"材料 {one.materials} 份，问题 {one.faults} 个（错误 {one.errors} 个）"
        show_message(f"  {one.name}：{told}。{one.path}")


def exit_code(result: BatchResult) -> int:
    """See `EPILOG`."""
    from toolkit.batch.collect import FAULT, Status
    from toolkit.core.findings import Severity

    entries = result.batch.entries
    if any(e.record and e.record.outcome == FAULT for e in entries):
        return 4
    if not any(e.record and e.record.done for e in entries):
        return 3
    bad = {Status.MISSING, Status.ERROR, Status.INCOMPLETE, Status.UNREADABLE, Status.UNFINISHED}
    unsound = {"error", "incomplete"}
    wrong = any(e.status in bad or (e.record and e.record.verdict in unsound) for e in entries)
    return int(wrong or bool(result.audit.of(Severity.ERROR)))


def _new_roster(path: Path) -> int:
    from toolkit.batch.collect import write_blank_roster
    from toolkit.core.errors import UsageError
    from toolkit.engines import write_with

    if path.exists():
        raise UsageError(f"{path} 已经存在，没有覆盖。请换个文件名。")
    write_with(path, write_blank_roster)
    show_message(f"已生成空白单位名册：{path}。填好后用 jixiao batch --roster 指给程序。")
    return 0


_MOST = 10  # names in one line of the screen; all of them are in 汇总表

_BATCH_COLOURS = {
    Status.MISSING: "red",
    Status.ERROR: "red",
    Status.INCOMPLETE: "yellow",
    Status.WARNING: "yellow",
    Status.CLEAN: "green",
    Status.UNREADABLE: "red",
    Status.UNFINISHED: "red",
}


class Progress:
    """Hears the batch and shows it on stderr."""

    def __init__(self) -> None:
        """Nothing is shown before the first file is found."""
        # What is printed while the bar stands has to go by its console, which keeps it below.
        self.out = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)
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
            self._say(f"已中断：这次做完了 {len(self.seen)} 家，都是完整的；再运行一次会接着做。")

    def start(self, found: FoundFiles, unchanged: int) -> None:
        """How much there is to do, and what was left out."""
        books = len(found.workbooks)
        same = f"，其中 {unchanged} 份没有变动，不重做" if unchanged else ""
        self._say(f"找到 {books} 个工作簿{same}。")
        for reason, group in groupby(sorted(found.skipped, key=lambda s: s.reason), key=lambda s: s.reason):
            names = [s.file for s in group]
            self._say(f"  跳过 {len(names)} 个（{reason}）：{_named(names)}", "dim")
        self.total = books - unchanged
        if self.out.is_terminal and self.total:
            self.bar.start()
            self.task = self.bar.add_task("", total=self.total, rate="")

    def finished(self, record: UnitRecord) -> None:
        """One more unit."""
        if record.file in self.seen:
            self._say(f"  重复报送，结果分开存放：{record.file}")
            return
        self.seen.add(record.file)
        if self.task is not None:
            speed = self.bar.tasks[0].speed
            self.bar.update(self.task, advance=1, rate=f"{speed:.1f} 家/秒" if speed else "")
        else:
            what = verdict_words(record.verdict)[0] if record.verdict else f"没有做成：{record.message}"
            self._say(f"  {len(self.seen)}/{self.total}  {record.file}　{what}")

    def _say(self, text: str, style: str = "") -> None:
        self.out.print(visible(text), style=style)


def _named(names: Sequence[str]) -> str:
    return "、".join(names[:_MOST]) + (f" 等 {len(names)} 个" if len(names) > _MOST else "")


def show_batch(result: BatchResult, output: Path, *, public: bool) -> None:
    """Who has filed, what was judged over all units, and what to open."""
    out = console()
    out.print(_statuses(result.batch.entries))
    missing = {rule.id for rule in result.batch.pack.batch_rules if rule.check == "all_have_filed"}
    for finding in result.audit.findings:
        if finding.rule not in missing:  # told above, with all names in one line
            label = finding.severity.label, severity_style(finding.severity)
            out.print(Text.assemble("  ", label, " ", finding.message))
    for not_checked in result.audit.not_checked:
        show_message(f"  未检查 {not_checked.rule}：{not_checked.reason}", "dim")
    if not any(e.record and e.record.done for e in result.batch.entries):
        show_message("一份填报表也没有读到，请看看文件夹给得对不对。", "bold red")
    if result.stale:
        told = f"  另有 {len(result.stale)} 个以前的结果，这次没有文件，没有计入：{_named(result.stale)}"
        show_message(told, "dim")
    wrong = sum(1 for e in result.batch.entries if e.record and e.record.verdict == "error") if public else 0
    if wrong:
        told = f"注意：有 {wrong} 家的填报表还有错误，这些单位公开版里的数还不对，改好重新生成之前不要公布！"
        show_message(told, "bold white on red")
    show_message(f"重做 {result.redone} 家，未变动 {result.unchanged} 家。请打开：", "bold")
    for name in (SUMMARY_NAME, BULLETIN_NAME, OVERVIEW_NAME):
        show_message(f"  {output / name}")


def _statuses(entries: Sequence[Entry]) -> Table:
    table = table_of("报送情况", "家（份）数", "单位")
    for status in Status:
        told = [e for e in entries if e.status is status and not e.merged]
        names = [e.name if e.unit or not e.record else e.record.file for e in told]
        if names:
            add_row(table, (status.value, _BATCH_COLOURS.get(status, "")), str(len(names)), _named(names))
    return table
