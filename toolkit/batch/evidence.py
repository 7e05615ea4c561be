"""佐证 of a batch: the ledger of every unit that has a folder of material beside its workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolkit.core.findings import Severity
from toolkit.core.light import dataclass
from toolkit.engines import write_zip
from toolkit.pipeline import read_return
from toolkit.publishing.returning import ledger_workbook
from toolkit.unit.returning import LEDGER_NAME, evidence_folder, make_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from toolkit.batch.collect import BatchRequest, BatchResult


@dataclass(frozen=True, slots=True)
class UnitLedger:
    """One unit's ledger (一户的台账): where it is, and how much is wrong."""

    name: str
    path: Path
    materials: int
    errors: int
    faults: int


def write_ledgers(result: BatchResult, request: BatchRequest) -> tuple[UnitLedger, ...]:
    """Write 佐证台账.xlsx into the folder of every unit that handed in material.

    Raises:
        UsageError: a file of somebody else stands in the way.
        WriteError: the output cannot be written to.
    """
    return tuple(_ledgers(result, request))


def _ledgers(result: BatchResult, request: BatchRequest) -> Iterator[UnitLedger]:
    for entry in result.batch.filed:
        record = entry.record
        path = request.folder / (record.source if record else "")
        if record is None or not evidence_folder(path).is_dir():
            continue
        unit, pack = read_return(path, result.batch.pack if request.pack else None)
        ledger = make_ledger(unit, pack, evidence_folder(path))
        target = request.output / record.folder / LEDGER_NAME
        write_zip(target, ledger_workbook(ledger, target))
        wrong = [f for f in ledger.findings if f.severity is Severity.ERROR]
        given = sum(1 for line in ledger.lines if line.material)
        yield UnitLedger(entry.name, target, given, len(wrong), len(ledger.findings))
