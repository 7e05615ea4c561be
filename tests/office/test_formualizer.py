"""A second program (formualizer) opens what we write and works out every result that stands there."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import formualizer
import pytest
from samples import DEMO, check_bytes, filled_example

from toolkit.engines.xlsx.formulas import place_of
from toolkit.engines.xlsx.reading.source import FileSource
from toolkit.pipeline import make_files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Lent: CELL, of which it has no format, LEN and ISNUMBER, of one cell alone. A whole column it does not round.
_BEYOND = "_分值/0.1"


def _each(one: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: [[one(v) for v in row] for row in value] if isinstance(value, list) else one(value)


LENT: Mapping[str, Callable[..., Any]] = {
    "CELL": lambda *_: "G",
    "LEN": _each(lambda v: len("" if v is None else v if isinstance(v, str) else f"{v:g}")),
    "ISNUMBER": _each(lambda v: isinstance(v, (int, float)) and not isinstance(v, bool)),
}
FILES: Mapping[str, tuple[Callable[[], bytes], int]] = {
    "填报表.xlsx": (lambda: filled_example(DEMO), 860),
    "自评报表.xlsx": (lambda: make_files(check_bytes(filled_example(DEMO)))["自评报表.xlsx"], 50),
}


@pytest.mark.parametrize("name", FILES)
def test_every_result_that_stands_there(name: str) -> None:
    make, least = FILES[name]
    data = make()
    source, book = FileSource(data), formualizer.load_workbook_bytes(data)
    for function, lent in LENT.items():
        book.register_function(function, lent, allow_override_builtin=True)
    agreed, other = 0, []
    for sheet in source.sheet_names:
        formulas, values = source.formulas(sheet), source.values(sheet)
        beyond = {place_of(place)[0] for place, cell in formulas.items() if _BEYOND in cell.text}
        for place in formulas:
            row, column = place_of(place)
            stands, found = values.get(row, {}).get(column), book.evaluate_cell(sheet, row, column)
            if _same(stands, found):
                agreed += 1
            elif row not in beyond:
                other.append(f"{sheet}!{place}: {stands!r} ≠ {found!r}")
    assert other == []
    assert agreed >= least


def _same(stands: object, found: object) -> bool:
    if isinstance(stands, Decimal):
        return isinstance(found, (int, float)) and abs(float(stands) - found) < 1e-6
    return stands == found or not (stands or found)
