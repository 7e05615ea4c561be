"""Worker processes that may die (工作进程池): one pipe per worker, a time limit per task, nobody waits for the dead.

`concurrent.futures` gives up the whole pool when one worker is killed, and cannot stop a task that hangs; pools
whose workers share one locked queue stand still when a worker dies holding the lock. Here a worker owns its pipe:
whatever becomes of it is the outcome of the one task it held, and a new worker takes its place.
"""

from __future__ import annotations

import faulthandler
import multiprocessing as mp
import os
import signal
import threading
import time
from contextlib import suppress
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Generic, TypeVar

from toolkit.core.kept import keep_for_later
from toolkit.core.light import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

Task = TypeVar("Task")

Done = TypeVar("Done")

TIMEOUT, DIED = "timeout", "died"

_GRACE = 5.0  # seconds for a worker to end by itself


@dataclass(frozen=True, slots=True)
class Lost(Generic[Task]):
    """A task whose worker hung (`TIMEOUT`) or died (`DIED`), with the exit code where there is one."""

    task: Task
    why: str
    code: int | None = None


@dataclass(slots=True)
class _Worker(Generic[Task]):
    process: SpawnProcess
    pipe: Connection
    task: Task | None = None
    deadline: float = 0.0


def run_tasks(
    work: Callable[[Task], Done], tasks: Iterable[Task], jobs: int, limit: float
) -> Generator[Done | Lost[Task]]:
    """Run `work(task)` in `jobs` processes and give results as they come; tasks are drawn only when a worker is free.

    `work` must be importable and must not raise. A task that takes longer than `limit` seconds, or whose worker dies,
    comes back as `Lost`. When the caller stops early, running tasks get a few seconds to finish.
    """
    waiting = iter(tasks)
    crew: list[_Worker[Task]] = []
    try:
        while True:
            _give_out(crew, waiting, work, jobs, limit)
            if not crew:
                return
            for worker in _ready(crew):
                outcome = _outcome(worker)
                if isinstance(outcome, Lost):
                    crew.remove(worker)
                    _stop(worker, grace=0)
                if outcome is not None:
                    worker.task = None
                    yield outcome
    finally:
        for worker in crew:
            worker.pipe.close()  # the worker sees it and ends
        for worker in crew:
            _stop(worker, _GRACE)


def _give_out(
    crew: list[_Worker[Task]], waiting: Iterator[Task], work: Callable[[Task], Done], jobs: int, limit: float
) -> None:
    """A task for every idle worker, new workers where there is more to do, and leave for those without."""
    for index in range(jobs):
        worker = crew[index] if index < len(crew) else None
        if worker and worker.task is not None:
            continue
        task = next(waiting, None)
        if task is None:
            break
        if worker is None:
            worker = _start(work, limit)
            crew.append(worker)
        worker.task, worker.deadline = task, time.monotonic() + limit
        with suppress(OSError):  # a worker that died while idle is noticed by the sentinel
            worker.pipe.send(task)
    for worker in [w for w in crew if w.task is None]:
        crew.remove(worker)
        worker.pipe.close()
        _stop(worker, _GRACE)


def _start(work: Callable[[Task], Done], limit: float) -> _Worker[Task]:
    context = mp.get_context("spawn")  # the same on Windows, macOS and Linux; no inherited locks or pipes
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, work, limit), daemon=True, name="jixiao-worker")
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _ready(crew: list[_Worker[Task]]) -> list[_Worker[Task]]:
    """Workers with an answer, dead ones and overdue ones."""
    soonest = max(0.0, min(w.deadline for w in crew) - time.monotonic())
    things = [thing for w in crew for thing in (w.pipe, w.process.sentinel)]
    found = set(map(id, wait(things, timeout=soonest))) if things else set()
    now = time.monotonic()
    return [w for w in crew if id(w.pipe) in found or not w.process.is_alive() or now >= w.deadline]


def _outcome(worker: _Worker[Task]) -> Done | Lost[Task] | None:
    """The answer, or what became of the worker; an answer sent in time counts even when the worker died after it."""
    task = worker.task
    if task is None:
        return None
    try:
        if worker.pipe.poll():
            answer: Done = worker.pipe.recv()
            return answer
    except (EOFError, OSError):
        worker.process.join(_GRACE)
        return Lost(task, DIED, worker.process.exitcode)
    if not worker.process.is_alive():
        return Lost(task, DIED, worker.process.exitcode)
    return Lost(task, TIMEOUT) if time.monotonic() >= worker.deadline else None


def _stop(worker: _Worker[Task], grace: float) -> None:
    worker.process.join(grace)
    if worker.process.is_alive():
        worker.process.kill()
        worker.process.join()
    worker.pipe.close()


def _serve(pipe: Connection, work: Callable[[Task], Done], limit: float) -> None:
    """Life of a worker: it ends with its parent, also in the middle of a task."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    threading.Thread(target=_end_with_parent, daemon=True).start()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with suppress(EOFError, OSError):
        while True:
            task = pipe.recv()
            # A C thread that needs no lock of Python: ends even a worker whose parent died while it hung.
            faulthandler.dump_traceback_later(limit + 2 * _GRACE, exit=True, file=nowhere)
            pipe.send(work(task))
            faulthandler.cancel_dump_traceback_later()
    keep_for_later()  # the next batch starts 800 ms sooner in each worker


def _end_with_parent() -> None:
    parent = mp.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
