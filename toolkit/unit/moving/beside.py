"""What goes with a move (随表的内容): explanations beside the rules, and totals that the new form works out itself."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from toolkit.core.light import replace
from toolkit.core.model import Cell, Section, UnitReturn
from toolkit.engines.xlsx import open_file
from toolkit.pack import EXPLANATIONS, FILL_NAME, RULES, SUBJECTS
from toolkit.unit.figures import compute
from toolkit.unit.read import beside_rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from toolkit.core.model import Content
    from toolkit.pack import Pack
    from toolkit.unit.figures import Figures
    from toolkit.unit.moving.pages import Page, Tables

# Scope, name of the field or column, row: as in a line of the list.
Key = tuple[int, str, int | None]

_COLUMNS = (EXPLANATIONS, SUBJECTS)

_LEAST = 3  # so many rule ids under one another are the sheet of the rules


def explanations(tables: Tables, pack: Pack) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The texts beside the rules, and what they were written for: by their names, else beside the rules' numbers."""
    names = tables.source.names[0] if tables.source else {}
    known = {r.id for r in pack.rules}
    if tables.source and RULES in names:
        found = [{k: v for k, v in told.items() if k in known} for told in beside_rules(tables.source, names)]
        if any(found):
            return found[0], found[1]
    heads = _heads(pack)
    for page in tables.pages:
        rules = _rule_cells(page, known)
        if len(rules) >= _LEAST:
            return _under(page, heads[0], rules), _under(page, heads[1], rules)
    return {}, {}


@lru_cache(maxsize=16)
def _heads(pack: Pack) -> tuple[str, ...]:
    """What stands above the explanations on the blank form."""
    source = open_file(pack.folder / FILL_NAME)
    areas = [source.names[0][column] for column in _COLUMNS]
    return tuple(str(source.values(a.sheet).get(a.top - 1, {}).get(a.left) or "") for a in areas)


def _rule_cells(page: Page, known: set[str]) -> dict[int, str]:
    """Row → rule, of the column that holds most rule ids."""
    columns: dict[int, dict[int, str]] = {}
    for spot in page.spots:
        if spot.value in known:
            columns.setdefault(spot.column, {})[spot.row] = str(spot.value)
    return max(columns.values(), key=len, default={})


def _under(page: Page, head: str, rules: Mapping[int, str]) -> dict[str, str]:
    column = next((s.column for s in page.spots if head and s.value == head and s.row < min(rules)), None)
    found: dict[str, str] = {}
    for row, rule in rules.items():
        spot = page.at.get((row, column)) if column else None
        if spot and isinstance(spot.value, str) and spot.value.strip():
            found[rule] = f"{found[rule]}\n{spot.value}" if rule in found else spot.value
    return found


def without_same(unit: UnitReturn, pack: Pack) -> tuple[UnitReturn, frozenset[Key]]:
    """The return without the totals and scores that the form works out to the very same figure."""
    bare = replace(unit, book=_bare(unit.book, pack), forms=tuple(_bare(f, pack) for f in unit.forms))
    figures = compute(bare, pack)
    same: set[Key] = set(_same(-1, unit.book, figures.book))
    for index, (form, found) in enumerate(zip(unit.forms, figures.forms, strict=True)):
        same |= set(_same(index, form, found))
    kept = [_kept(s, i, same) for i, s in enumerate(unit.sections, -1)]
    return replace(unit, book=kept[0], forms=tuple(kept[1:])), frozenset(same)


def _bare(section: Section, pack: Pack) -> Section:
    computed = pack.compute
    fields = {n: _blank(c) if n in computed else c for n, c in section.fields.items()}
    tables = {
        t: tuple(
            replace(r, cells={c: _blank(v) if f"{t}_{c}" in computed else v for c, v in r.cells.items()}) for r in rows
        )
        for t, rows in section.tables.items()
    }
    return replace(section, fields=fields, tables=tables)


def _blank(cell: Cell) -> Cell:
    return Cell(None, cell.ref)


def _same(scope: int, section: Section, figures: Figures) -> Iterator[Key]:
    view = figures.raw
    for name, datum in view.space.fields.items():
        if datum.computed and _equal(section.fields[name].value, figures.raw(name)):
            yield scope, name, None
    for table, spec in view.space.tables.items():
        for column in (d.name for d in spec.columns.values() if d.computed):
            values = view.column(column)
            short = column.removeprefix(f"{table}_")
            for row, (cells, value) in enumerate(zip(section.rows(table), values, strict=True)):
                if _equal(cells.cells[short].value, value):
                    yield scope, column, row


def _equal(filed: Content, worked_out: object) -> bool:
    return filed is not None and filed == worked_out


def _kept(section: Section, scope: int, same: set[Key]) -> Section:
    fields = {n: _blank(c) if (scope, n, None) in same else c for n, c in section.fields.items()}
    tables = {
        t: tuple(
            replace(r, cells={c: _blank(v) if (scope, f"{t}_{c}", i) in same else v for c, v in r.cells.items()})
            for i, r in enumerate(rows)
        )
        for t, rows in section.tables.items()
    }
    return replace(section, fields=fields, tables=tables)
