"""What a batch is asked for, what runs it, who listens, and what comes of it (批量任务与结果)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from toolkit.core.light import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from toolkit.batch.collect.files import FoundFiles
    from toolkit.batch.collect.records import UnitJob, UnitRecord
    from toolkit.batch.collect.tree import Batch
    from toolkit.core.findings import AuditResult


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """What is asked for (批量任务): folders, roster, pack (None: the one most returns use), whether to redo all.

    `public` asks for the public edition of every unit, too; then all are redone. `keep_edits` carries what staff
    changed in the reports that stand there into the new ones.
    """

    folder: Path
    output: Path
    roster: Path | None = None
    pack: str | None = None
    force: bool = False
    public: bool = False
    keep_edits: bool = False


class Engine(Protocol):
    """Runs jobs and gives their records as they come; every job has exactly one record."""

    def __call__(self, jobs: Sequence[UnitJob], /) -> Iterator[UnitRecord]:
        """Run them."""


class Listener(Protocol):
    """Hears how the batch goes (进度)."""

    def start(self, found: FoundFiles, unchanged: int) -> None:
        """So many files were found, so many need no work."""

    def finished(self, record: UnitRecord) -> None:
        """One more unit."""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """A whole batch (汇总结果): units and tree, what was judged over all units, and how much work it was.

    Attributes:
        redone: results made in this run; unchanged: results of an earlier run that still hold.
        stale: result folders that belong to no workbook of this run; they are not counted.
    """

    batch: Batch
    audit: AuditResult
    found: FoundFiles
    redone: int
    unchanged: int
    stale: tuple[str, ...]
