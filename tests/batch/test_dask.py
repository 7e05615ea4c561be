"""--engine dask: the same bytes as on one machine, also when a cluster worker is killed half-way."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from batch_folder import BATCH, contents, here

from toolkit.batch.collect.jobs import dask_engine
from toolkit.batch.collect.model import BatchRequest
from toolkit.batch.run import run_batch
from toolkit.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from toolkit.batch.collect.files import FoundFiles
    from toolkit.batch.collect.records import UnitRecord

pytest.importorskip("distributed", reason='distributed is not installed: 装上 "jixiao[distributed]" 才测')


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two processes on the loopback address, no dashboard."""
    from distributed import LocalCluster

    made: Any = LocalCluster
    with made(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1", silence_logs=50
    ) as running:
        yield running


class Killer:
    """A listener that kills one worker of the cluster in the middle of the first units."""

    def __init__(self, pid: int | None) -> None:
        """Whom to kill."""
        self.pid = pid

    def start(self, found: FoundFiles, unchanged: int) -> None:
        """The tasks are about to be sent."""
        del found, unchanged
        if self.pid:
            threading.Timer(0.2, os.kill, (self.pid, signal.SIGKILL)).start()

    def finished(self, record: UnitRecord) -> None:
        """Not of interest."""


def units(tmp_path: Path) -> BatchRequest:
    """Four units with a roster of all twelve."""
    folder = tmp_path / "报送 材料"
    shutil.copytree(BATCH / "示例县农业农村局", folder)
    return BatchRequest(folder, tmp_path / "结果", BATCH / "单位名册.xlsx")


def is_gone(pid: int) -> bool:
    """Whether a killed process is no more; its parent needs a moment to notice."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("kill", [False, True], ids=["undisturbed", "a worker killed"])
def test_same_bytes_as_on_one_machine(
    cluster: Any,  # noqa: ANN401 - dask has no types
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    kill: bool,
) -> None:
    monkeypatch.setattr("toolkit.batch.collect.jobs._PER_TASK", 2)
    request = units(tmp_path)
    pid = next(iter(cluster.workers.values())).pid if kill else None
    result = run_batch(request, dask_engine(cluster.scheduler_address), Killer(pid))
    assert result.redone == 4
    local = BatchRequest(request.folder, tmp_path / "本机", request.roster)
    run_batch(local, here, Killer(None))
    assert contents(request.output) == contents(local.output)
    assert pid is None or is_gone(pid)


def test_no_scheduler_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toolkit.batch.collect.jobs._PATIENCE", "0.5s")
    with pytest.raises(UsageError, match="连不上 dask 调度器"):
        run_batch(units(tmp_path), dask_engine("tcp://127.0.0.1:9"), Killer(None))
