"""Where the units of a batch run (执行引擎): worker processes of this machine, or a dask cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from toolkit.batch_unit import DIED, TIMEOUT, UnitJob, UnitRecord, run_job
from toolkit.errors import UsageError
from toolkit.workers import TIMEOUT as OVERDUE
from toolkit.workers import Lost, run_tasks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from toolkit.batch_model import Engine

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
    except (OSError, ValueError) as error:
        raise UsageError(f"连不上 dask 调度器 {scheduler}：{error}。请核对 --scheduler 的地址。") from None


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
