"""Comparing two saved workbooks cell by cell (逐格比对), by value, with places named."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from toolkit.engines.xlsx.formulas import address
from toolkit.engines.xlsx.reading.source import FileSource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CLOSE = Decimal("0.000001")


def differences(cached: Path, recalculated: Path) -> list[str]:
    """`sheet!A1: one ≠ other` for every cell whose value differs; floats within 1e-6 are equal."""
    one, other = FileSource(cached.read_bytes()), FileSource(recalculated.read_bytes())
    found = [] if one.sheet_names == other.sheet_names else [f"{one.sheet_names} ≠ {other.sheet_names}"]
    for sheet in one.sheet_names:
        left, right = dict(_cells(one, sheet)), dict(_cells(other, sheet))
        found.extend(
            f"{sheet}!{place}: {left.get(place)!r} ≠ {right.get(place)!r}"
            for place in sorted(left.keys() | right.keys())
            if not _same(left.get(place), right.get(place))
        )
    return found


def formula_count(path: Path) -> int:
    """How many formulas a workbook holds: a comparison without any would prove nothing."""
    source = FileSource(path.read_bytes())
    return sum(len(source.formulas(sheet)) for sheet in source.sheet_names)


def _cells(source: FileSource, sheet: str) -> Iterator[tuple[str, object]]:
    errors = source.errors(sheet)
    yield from errors.items()
    for row, values in source.values(sheet).items():
        for column, value in values.items():
            place = address(row, column)
            if value not in (None, "") and place not in errors:
                yield place, value


def _same(left: object, right: object) -> bool:
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return abs(left - right) <= _CLOSE
    if isinstance(left, str) and isinstance(right, str):
        return left.replace("\r\n", "\n") == right.replace("\r\n", "\n")
    if isinstance(left, dt.date) and isinstance(right, dt.date):
        return left == right
    return left == right
