"""Where the cells of a drawn sheet stand in the workbook that an office has edited (格子现在在哪里).

Names move along with rows and columns in every program, so they say where a cell went; what has no name of its own,
a figure that is only shown again, went as far as the named cell before it.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from toolkit.core.light import replace
from toolkit.pack import Role, TableArea

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from toolkit.engines.xlsx import Area, Package
    from toolkit.pack import SheetForm


def areas_on(sheet: str, form: SheetForm, package: Package) -> dict[str, Area]:
    """Name → where it stands on a sheet of the edited workbook: names of a form are the sheet's own."""
    shared, scoped = package.names
    known = scoped.get(sheet, {}) if form.form else shared
    return {name: area for name in form.names() if (area := known.get(name)) and area.sheet == sheet}


def unplaced(forms: Iterable[SheetForm], package: Package) -> Iterator[tuple[str, str]]:
    """Sheet and name of every cell that the edited workbook has lost; a sheet without any name is a blank form."""
    for form in forms:
        found = areas_on(form.name, form, package) if package.sheet(form.name) else {}
        if found:
            yield from ((form.name, name) for name in form.names() if name not in found)


def relocated(form: SheetForm, areas: Mapping[str, Area], last: int) -> SheetForm:
    """The drawn sheet with its cells where the edited workbook has them; `last` is the last row before its own audit.

    Labels are the workbook's business and are left out; rows that were added to a list belong to it.
    """
    tables = {name: _moved(area, areas) for name, area in form.tables.items()}
    rows, columns = _Shift(_anchors(form, tables, areas, 0)), _Shift(_anchors(form, tables, areas, 1))
    cells = []
    for cell in form.cells:
        area = areas.get(cell.text)
        if cell.role is Role.NAME and area:
            cells.append(replace(cell, row=area.top, column=area.left, rows=1, columns=1))
        elif cell.role in {Role.NAME, Role.FORMULA}:
            cells.append(replace(cell, row=rows(cell.row), column=columns(cell.column), rows=1, columns=1))
        elif cell.role is Role.COLUMN:
            table, _, column = cell.text.partition(".")
            if cell.row == form.tables[table].first:
                here = tables[table]
                place = here.columns[column]
                cells += [
                    replace(cell, row=row, column=place, rows=1, columns=1) for row in range(here.first, here.last + 1)
                ]
    return replace(form, cells=tuple(cells), tables=tables, rows=last)


def _moved(area: TableArea, areas: Mapping[str, Area]) -> TableArea:
    found = {column: areas[f"{area.name}_{column}"] for column in area.columns if f"{area.name}_{column}" in areas}
    if not found:
        return area
    first, last = min(a.top for a in found.values()), max(a.bottom for a in found.values())
    left = next(iter(found))
    shift = found[left].left - area.columns[left]
    columns = {c: found[c].left if c in found else place + shift for c, place in area.columns.items()}
    return TableArea(area.name, first, last, columns)


def _anchors(
    form: SheetForm, tables: Mapping[str, TableArea], areas: Mapping[str, Area], axis: int
) -> Iterator[tuple[int, int]]:
    """Pairs of a drawn row (or column) and the one that it is now."""
    for cell in form.cells:
        area = areas.get(cell.text) if cell.role is Role.NAME else None
        if area:
            yield (cell.row, area.top) if axis == 0 else (cell.column, area.left)
    for name, drawn in form.tables.items():
        now = tables[name]
        if axis == 0:
            yield from ((drawn.first, now.first), (drawn.last, now.last))
        else:
            yield from ((place, now.columns[column]) for column, place in drawn.columns.items())


class _Shift:
    """How far a row or column went: as far as the known one before it, or the first one."""

    def __init__(self, anchors: Iterable[tuple[int, int]]) -> None:
        self._known = sorted(dict(anchors).items())

    def __call__(self, drawn: int) -> int:
        if not self._known:
            return drawn
        before, now = self._known[max(0, bisect_right(self._known, (drawn, 1 << 30)) - 1)]
        return max(1, drawn + now - before)
