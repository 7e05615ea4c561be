"""打印册 of a batch: every unit's report as it stands, many with one start of LibreOffice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolkit.core.errors import ToolkitError, UnreadableError
from toolkit.core.light import dataclass
from toolkit.engines import as_pdfs, keep_inputs, read_input, write_file
from toolkit.pack import DOCUMENT_NAME
from toolkit.pipeline import PRINT_NAME
from toolkit.publishing.document import for_printer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from toolkit.batch.collect import BatchResult

_AT_ONCE = 20  # a start costs seconds; one that hangs takes no more than these along


@dataclass(frozen=True, slots=True)
class UnitPrint:
    """One unit's 打印册 (一户的打印册): where it is, or why there is none."""

    name: str
    path: Path
    fault: str = ""


def write_prints(result: BatchResult, output: Path) -> tuple[UnitPrint, ...]:
    """Write 打印册.pdf into the folder of every unit that has a report; one unit's fault stops no other.

    Raises:
        UsageError: neither LibreOffice nor Word is on this computer.
    """
    done = [(e.name, output / e.record.folder) for e in result.batch.entries if e.record and e.record.done]
    units = [UnitPrint(name, home / PRINT_NAME) for name, home in done if (home / DOCUMENT_NAME).is_file()]
    parts = [units[start : start + _AT_ONCE] for start in range(0, len(units), _AT_ONCE)]
    return tuple(one for part in parts for one in _printed(part))


def _printed(units: Sequence[UnitPrint]) -> Iterator[UnitPrint]:
    reports: list[tuple[UnitPrint, bytes]] = []
    for unit in units:
        try:
            keep_inputs([unit.path], [])
            data = read_input(unit.path.with_name(DOCUMENT_NAME), "请换一份再试。", "Word 或 WPS")
            reports.append((unit, for_printer(data)))
        except ToolkitError as error:
            yield UnitPrint(unit.name, unit.path, str(error))
    for (unit, _), made in zip(reports, as_pdfs([(data, ".docx") for _, data in reports]), strict=True):
        yield UnitPrint(unit.name, unit.path, _written(unit.path, made))


def _written(path: Path, made: bytes | None) -> str:
    try:
        if made is None:
            raise UnreadableError(f"{DOCUMENT_NAME}：转不成 PDF。请用 WPS 或 Word 打开另存一份再试。")
        write_file(path, made)
    except ToolkitError as error:
        return str(error)
    return ""
