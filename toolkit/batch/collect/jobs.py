"""One unit of a batch (一个单位的处理): what a worker does with a path, and the small record it hands back.

Paths go in and a few hundred bytes come out; everything else is in the unit's own folder. The workers are processes of
this machine, or a dask cluster (执行引擎).
"""

from __future__ import annotations

import gc
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from toolkit.batch.collect.records import (
    BLOCKED,
    DIED,
    FAULT,
    OTHER_PACK,
    TIMEOUT,
    UNREADABLE,
    UnitJob,
    UnitRecord,
    record_of,
)
from toolkit.core.errors import OtherPackError, ToolkitError, UnreadableError, UsageError
from toolkit.core.light import replace
from toolkit.core.words import visible
from toolkit.engines import TIMEOUT as OVERDUE
from toolkit.engines import Lost, run_tasks, safe_name, write_file
from toolkit.pack import find_pack
from toolkit.pipeline import Wanted, run_unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from toolkit.batch.collect.model import Engine
    from toolkit.pack import Pack
    from toolkit.pipeline import Published

LOG_NAME = "出错记录.log"


@contextmanager
def collected_after() -> Iterator[None]:
    """Cycles of one unit are collected when it is done and let go: young, in one go, and few are left by then.

    In between, the collector would walk templates and rules over and over: a tenth of the time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@collected_after()
def run_job(job: UnitJob) -> UnitRecord:
    """Process one workbook; whatever goes wrong is its outcome, never an exception."""
    try:
        published = _run(job)
        record = record_of(orjson.loads(published.result), published.folder.name, job)
        return replace(record, edits=tuple(edit.told for edit in published.edits)) if published.edits else record
    except OtherPackError as error:
        return UnitRecord(job.file, OTHER_PACK, str(error))
    except UnreadableError as error:
        return UnitRecord(job.file, UNREADABLE, str(error))
    except ToolkitError as error:
        return UnitRecord(job.file, BLOCKED, str(error))
    except Exception:  # noqa: BLE001 - a fault of ours stops one unit, not the batch
        return UnitRecord(job.file, FAULT, _log(job))


def _run(job: UnitJob) -> Published:
    """Under the pack asked for; a workbook of another pack under its own, so that its faults are told, too (E84)."""
    output, wanted = Path(job.output), Wanted(public=job.public, edits="keep" if job.keep_edits else "")
    try:
        return run_unit(job.path, output, _pack(job), wanted=wanted, again=job.again)
    except OtherPackError:
        if not job.pack:
            raise
        return run_unit(job.path, output, wanted=wanted, again=job.again)


def _pack(job: UnitJob) -> Pack | None:
    return find_pack(job.pack, job.path.parent) if job.pack else None


def _log(job: UnitJob) -> str:
    name = LOG_NAME.replace(".", f"_{safe_name(Path(job.file).stem)}.")
    text = f"jixiao 出错记录\n{job.file}\n{visible(traceback.format_exc())}"
    try:
        write_file(Path(job.output) / name, text.encode("utf-8", "replace"))
    except ToolkitError as error:
        return f"程序内部出错，详情没有写下来（{error}）其他单位不受影响。"
    return f"程序内部出错，详情在 {name}，请发给维护人员。其他单位不受影响。"


_PATIENCE = "15s"  # for the scheduler to answer

_PER_TASK = 20  # units that one dask task carries: a task costs milliseconds, a unit tens of them


def local_engine(jobs: int, limit: float) -> Engine:
    """`jobs` processes; a unit gets `limit` seconds. One that loses its worker is tried once more."""

    def run(units: Sequence[UnitJob], /) -> Iterator[UnitRecord]:
        died: list[UnitJob] = []
        for outcome in run_tasks(run_job, units, min(jobs, max(1, len(units))), limit):
            if not isinstance(outcome, Lost):
                yield outcome
            elif outcome.why == OVERDUE:
                yield _lost(outcome, limit)
            else:
                died.append(outcome.task)
        for outcome in run_tasks(run_job, died, 1, limit):
            yield _lost(outcome, limit) if isinstance(outcome, Lost) else outcome

    return run


def _lost(lost: Lost[UnitJob], limit: float) -> UnitRecord:
    if lost.why == OVERDUE:
        message = f"超过 {limit:g} 秒没有做完，已停止。可以加 --limit 放宽时间，或单独运行 jixiao check 看看这个文件。"
        return UnitRecord(lost.task.file, TIMEOUT, message)
    message = (
        f"处理它的进程两次异常退出（退出码 {lost.code}），其他单位不受影响。请单独运行 jixiao check 看看这个文件。"
    )
    return UnitRecord(lost.task.file, DIED, message)


def dask_engine(scheduler: str) -> Engine:
    """A dask cluster whose workers see the same folders; paths travel, files do not. It knows no time limit.

    Raises:
        UsageError: dask is not installed, or the scheduler does not answer.
    """

    def run(units: Sequence[UnitJob], /) -> Iterator[UnitRecord]:
        with _connect(scheduler) as client:
            yield from _through(client, [units[i : i + _PER_TASK] for i in range(0, len(units), _PER_TASK)])

    return run


def _connect(scheduler: str) -> Any:  # noqa: ANN401 - dask is optional and has no types
    try:
        import distributed
    except ImportError:
        hint = '请先运行 pip install "jixiao[distributed]"，或去掉 --engine dask。'
        raise UsageError(f"没有安装 dask。{hint}") from None
    client: Any = distributed.Client
    try:
        return client(scheduler, timeout=_PATIENCE)
    except (OSError, ValueError):
        raise UsageError(f"连不上 dask 调度器 {scheduler}。请核对 --scheduler 的地址。") from None


def _through(client: Any, parts: list[Sequence[UnitJob]]) -> Iterator[UnitRecord]:  # noqa: ANN401 - dask has no types
    """Parts of many units; those of a part that was lost go once more, each alone: one cannot take others along."""
    import distributed

    as_completed: Any = distributed.as_completed
    open_parts = {client.submit(run_jobs, list(part), pure=False): part for part in parts}
    answers = as_completed(list(open_parts))
    for future in answers:
        part = open_parts.pop(future)
        if future.status == "finished":
            yield from future.result()
        elif len(part) > 1:
            alone = {client.submit(run_jobs, [job], pure=False): [job] for job in part}
            open_parts.update(alone)
            answers.update(list(alone))
        else:
            message = f"集群没有做完：{future.exception()}。请查看集群的日志后再运行一次。"
            yield UnitRecord(part[0].file, DIED, message)


def run_jobs(jobs: Sequence[UnitJob]) -> list[UnitRecord]:
    """What a dask worker does with one task."""
    return [run_job(job) for job in jobs]
