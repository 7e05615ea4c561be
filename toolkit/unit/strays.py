"""Data typed outside the form (表外数据): values that no name covers and that the blank form does not hold."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from itertools import chain, product
from typing import TYPE_CHECKING

from toolkit.core.findings import CellRef
from toolkit.core.model import Stray
from toolkit.engines.xlsx import address
from toolkit.pack import FILL_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from toolkit.core.model import Content
    from toolkit.engines.xlsx import Area, CellSource
    from toolkit.pack import Pack

_SKIPPED = ("审核", "模板", "列表")

Fixed = dict[tuple[int, int], "Content"]

Cells = frozenset[tuple[int, int]]

_NONE: Cells = frozenset()


def find_strays(source: CellSource, pack: Pack) -> tuple[Stray, ...]:
    """Every value on a sheet of ours that is neither in a named cell nor part of the blank form."""
    blank = _blank_form(pack)
    twins, covered = _twins(source.names, blank.names), _covered(source.names)
    return tuple(
        stray
        for sheet, twin in sorted(twins.items())
        for stray in _on_sheet(source, sheet, covered.get(sheet, _NONE), blank.fixed[twin])
    )


class _BlankForm:
    """The blank fill-in workbook: its names, and what is printed on each sheet outside named cells."""

    def __init__(self, source: CellSource) -> None:
        self.names = source.names
        covered = _covered(source.names)
        self.fixed: dict[str, Fixed] = {
            s: dict(_outside(source, s, covered.get(s, _NONE), {})) for s in source.sheet_names
        }


@lru_cache(maxsize=16)
def _blank_form(pack: Pack) -> _BlankForm:
    from toolkit.engines.xlsx import open_file

    return _BlankForm(open_file(pack.folder / FILL_NAME))


def _twins(
    names: tuple[Mapping[str, Area], Mapping[str, Mapping[str, Area]]],
    blank: tuple[Mapping[str, Area], Mapping[str, Mapping[str, Area]]],
) -> dict[str, str]:
    """Sheet of the file → the sheet of the blank form that it is (renamed or copied as it may be)."""
    found = {
        area.sheet: blank[0][name].sheet
        for name, area in names[0].items()
        if name in blank[0] and not name.startswith(_SKIPPED)
    }
    form_sheet = next(iter(blank[1]), None)
    if form_sheet:
        found |= {sheet: form_sheet for sheet, own in names[1].items() if own.keys() & blank[1][form_sheet].keys()}
    return found


def _covered(
    names: tuple[Mapping[str, Area], Mapping[str, Mapping[str, Area]]],
) -> Mapping[str, Cells]:
    return _places(tuple(chain(names[0].values(), *(own.values() for own in names[1].values()))))


@lru_cache(maxsize=64)
def _places(areas: tuple[Area, ...]) -> Mapping[str, Cells]:
    """Sheet → (row, column) of every named cell; the same for all units with as many project forms."""
    found: dict[str, set[tuple[int, int]]] = {}
    for area in areas:
        cells = product(range(area.top, area.bottom + 1), range(area.left, area.right + 1))
        found.setdefault(area.sheet, set()).update(cells)
    return {sheet: frozenset(cells) for sheet, cells in found.items()}


def _outside(
    source: CellSource, sheet: str, covered: Cells, printed: Fixed
) -> Iterator[tuple[tuple[int, int], Content]]:
    """What stands on a sheet outside the named cells, and is not `printed` at that very place."""
    formulas = source.formulas(sheet)
    for row, values in source.values(sheet).items():
        for column, value in values.items():
            if (row, column) in covered or printed.get((row, column)) == value:
                continue
            if not formulas or address(row, column) not in formulas:
                yield (row, column), value


def _on_sheet(source: CellSource, sheet: str, covered: Cells, fixed: Fixed) -> Iterator[Stray]:
    unmatched = list(_outside(source, sheet, covered, fixed))
    if not unmatched:
        return
    left = Counter(_key(place, value) for place, value in fixed.items())
    left.subtract(_key(p, v) for p, v in _outside(source, sheet, covered, {}) if fixed.get(p) == v)
    for place, value in unmatched:
        # Printed texts move when staff insert rows: same column, same text, not yet met.
        key = _key(place, value)
        if left[key] > 0:
            left[key] -= 1
        elif str(value).strip() and not _is_row_number(value, fixed, place[1]):
            yield Stray(CellRef(sheet, address(*place)), value)


def _key(place: tuple[int, int], value: Content) -> tuple[int, str]:
    return place[1], str(value)


def _is_row_number(value: Content, fixed: Fixed, column: int) -> bool:
    """Numbering (序号) that staff continued in rows they inserted."""
    numbers = [v for (_, c), v in fixed.items() if c == column and not isinstance(v, str)]
    return not isinstance(value, str) and len(numbers) > 5  # noqa: PLR2004 - a numbering column, not a lone weight
