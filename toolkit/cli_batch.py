"""`jixiao batch` (批量命令): all units of a folder, and 汇总. Thin: it parses, calls, and sets the exit code."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from toolkit.cli_help import ChineseCommand
from toolkit.cli_shared import PATH, print_json

if TYPE_CHECKING:
    from pathlib import Path

    from toolkit.batch_model import BatchRequest, BatchResult, Engine


EPILOG = (
    "退出码：0 全部报齐且没有错误　1 有未报、有错误、读不了或没有做完的单位　2 用法不对　"
    "3 一份填报表也没读到　4 有单位遇到程序内部出错　130 中途按了 Ctrl-C（已做完的单位完整保留）"
)


@click.command("batch", cls=ChineseCommand, epilog=EPILOG)
@click.argument("folder", required=False, type=PATH, metavar="DIR")
@click.option("-o", "--output", type=PATH, metavar="DIR", help="写到哪个文件夹")
@click.option("--roster", type=PATH, metavar="FILE", help="单位名册；不写时用 DIR 里的 单位名册.xlsx（如果有）")
@click.option("--new-roster", type=PATH, metavar="FILE", help="生成一份空白单位名册，然后结束")
@click.option("--pack", metavar="规则包", help="本次汇总的规则包；不写时用多数填报表所用的")
@click.option("--jobs", type=click.IntRange(1, 256), default=None, metavar="N", help="同时做几户；默认与处理器核数相同")
@click.option("--limit", type=click.FloatRange(1), default=120, show_default=True, metavar="秒", help="每户最多多少秒")
@click.option("--force", is_flag=True, help="没有变动的单位也重做")
@click.option("--public", is_flag=True, help="每户另外生成可以公开的一套（公开 文件夹）；各户都重做")
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
    as_json: bool,
) -> int:
    """把一个文件夹里各单位的填报表全部审核、出表，并汇总。"""
    if new_roster:
        return _new_roster(new_roster)
    from toolkit.batch_model import BatchRequest

    if folder is None or output is None:
        missing = "填报表所在的文件夹" if folder is None else "-o（写到哪个文件夹）"
        raise click.UsageError(f"缺少 {missing}。", click.get_current_context())
    beside = folder / "单位名册.xlsx"
    listed = roster or (beside if beside.is_file() else None)
    request = BatchRequest(folder, output, listed, pack, force, public)
    return _run(request, _engine(engine, scheduler, jobs or os.cpu_count() or 1, limit), as_json=as_json)


def _engine(name: str, scheduler: str | None, jobs: int, limit: float) -> Engine:
    from toolkit.batch_engines import dask_engine, local_engine
    from toolkit.errors import UsageError

    if name == "local":
        if scheduler:
            raise UsageError("写了 --scheduler，请同时写 --engine dask。")
        return local_engine(jobs, limit)
    if not scheduler:
        raise UsageError("--engine dask 还要写 --scheduler 调度器的地址，如 tcp://10.0.0.5:8786。")
    return dask_engine(scheduler)


def _run(request: BatchRequest, engine: Engine, *, as_json: bool) -> int:
    from toolkit.batch import run_batch
    from toolkit.batch_console import Progress, show_batch
    from toolkit.batch_json import batch_json

    with Progress() as progress:
        result = run_batch(request, engine, progress)
    show_batch(result, request.output)
    if as_json:
        run = {"redone": result.redone, "unchanged": result.unchanged}
        print_json(batch_json(result) | {"output": str(request.output), "run": run}, one_line=False)
    return exit_code(result)


def exit_code(result: BatchResult) -> int:
    """See `EPILOG`."""
    from toolkit.batch_status import Status
    from toolkit.batch_unit import FAULT
    from toolkit.findings import Severity

    entries = result.batch.entries
    if any(e.record and e.record.outcome == FAULT for e in entries):
        return 4
    if not any(e.record and e.record.done for e in entries):
        return 3
    bad = {Status.MISSING, Status.ERROR, Status.UNREADABLE, Status.UNFINISHED}
    wrong = any(e.status in bad or (e.record and e.record.verdict == "error") for e in entries)
    return int(wrong or bool(result.audit.of(Severity.ERROR)))


def _new_roster(path: Path) -> int:
    from toolkit.console import show_message
    from toolkit.errors import UsageError
    from toolkit.outputs import write_with
    from toolkit.roster_blank import write_blank_roster

    if path.exists():
        raise UsageError(f"{path} 已经存在，没有覆盖。请换个文件名。")
    write_with(path, write_blank_roster)
    show_message(f"已生成空白单位名册：{path}。填好后用 jixiao batch --roster 指给程序。")
    return 0
