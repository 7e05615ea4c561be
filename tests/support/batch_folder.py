"""The example batch as a folder on disk (批量样例), and running it without processes."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from samples import EXAMPLES

from toolkit.batch.collect.jobs import run_job
from toolkit.batch.collect.model import BatchRequest
from toolkit.batch.run import run_batch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from toolkit.batch.collect.files import FoundFiles
    from toolkit.batch.collect.model import BatchResult
    from toolkit.batch.collect.records import UnitJob, UnitRecord

BATCH = EXAMPLES / "batch"


class Quiet:
    """Listens and remembers which files were worked on."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.done: list[str] = []

    def start(self, found: FoundFiles, unchanged: int) -> None:
        """Not of interest."""

    def finished(self, record: UnitRecord) -> None:
        """Remember."""
        self.done.append(record.file)


def here(jobs: Sequence[UnitJob], /) -> Iterator[UnitRecord]:
    """An engine without processes."""
    return map(run_job, jobs)


def ran(folder: Path, output: Path, **more: Any) -> tuple[BatchResult, list[str]]:  # noqa: ANN401 - a request's fields
    """Run a batch in this process."""
    listener = Quiet()
    roster = folder / "单位名册.xlsx"
    request = BatchRequest(folder, output, roster if roster.exists() else None, **more)
    return run_batch(request, here, listener), listener.done


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, BatchResult]:
    """The example batch, copied to a folder with Chinese and a space, and run once: folder, output, result."""
    base = tmp_path_factory.mktemp("汇总 测试")
    shutil.copytree(BATCH, base / "报送 材料", ignore=shutil.ignore_patterns("*.py", "*.json", "*.toml"))
    result, _ = ran(base / "报送 材料", base / "结 果")
    return base / "报送 材料", base / "结 果", result
