"""Worker processes: whatever becomes of one is the outcome of its task, and the others go on."""

from __future__ import annotations

import multiprocessing
import time
from typing import TYPE_CHECKING

from batch_work import work

from toolkit.engines.formula import parse
from toolkit.engines.workers import DIED, TIMEOUT, Lost, run_tasks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest


def test_a_hanging_and_a_dying_task_are_told_and_the_rest_goes_on() -> None:
    tasks = ["甲", "hang", "乙", "die", "丙", "exit", "a"]
    found = list(run_tasks(work, tasks, jobs=2, limit=6))  # a process takes 2 s to start on a busy machine
    lost = {o.task: (o.why, o.code) for o in found if isinstance(o, Lost)}
    assert lost == {"hang": (TIMEOUT, None), "die": (DIED, -9), "exit": (DIED, 7)}
    assert sorted(o for o in found if not isinstance(o, Lost)) == ["A", "丙", "乙", "甲"]
    assert multiprocessing.active_children() == []


def test_tasks_are_drawn_only_when_a_worker_is_free() -> None:
    """Memory stays flat: a generator of tasks is never run ahead of the workers."""
    drawn: list[int] = []

    def tasks() -> Iterator[str]:
        for number in range(9):
            drawn.append(number)
            yield str(number)

    for done, _ in enumerate(run_tasks(work, tasks(), jobs=1, limit=30), 1):
        assert len(drawn) <= done + 1
    assert len(drawn) == 9


def test_the_one_who_stops_early_leaves_no_process() -> None:
    found = run_tasks(work, ["a", "slow", "hang", "slow"], jobs=2, limit=60)
    assert next(found) in {"A", "SLOW"}
    started = time.monotonic()
    found.close()
    assert multiprocessing.active_children() == []
    assert time.monotonic() - started < 30


def test_no_tasks_no_process() -> None:
    assert list(run_tasks(work, [], jobs=4, limit=1)) == []


def test_what_a_worker_worked_out_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The workers of the next batch find it: what packs and the program say, as after any command."""
    monkeypatch.setenv("JIXIAO_CACHE", str(tmp_path))
    assert [str(found) for found in run_tasks(parse, ["1+1"], jobs=1, limit=30)] == ["Formula('1+1')"]
    assert len(list(tmp_path.glob("*.kept"))) == 1
