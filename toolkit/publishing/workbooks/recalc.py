"""重算 recalc: the computed cells whose result is missing or stale. What staff typed is never among them.

A constant typed over a computed cell is what the unit submits: it stays, and the audit judges it.
A computed cell that was emptied gets the form's formula back.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from toolkit.audit import lines_at, scalar
from toolkit.core.kept import kept
from toolkit.engines.formula import ErrorValue, rewrite, worked_out
from toolkit.engines.xlsx import CellChange, address, column_letter, meaning, open_file, place_of, shown_at
from toolkit.pack import AUDIT, FILL_NAME, MACRO_NAME, RULES, STATES, file_digest
from toolkit.unit import blank_section, section_figures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from toolkit.audit import AuditRow
    from toolkit.core.dictionary import NameSpace
    from toolkit.core.model import Cell
    from toolkit.engines.formula import Value as FormulaValue
    from toolkit.engines.xlsx import Area, CellSource, FormulaCell
    from toolkit.pack import Pack
    from toolkit.unit import Figures, UnitFigures

NO_LETTERS: Mapping[str, str] = {}

_CLOSE = Decimal("1e-9")  # a double and a Decimal may part behind the ninth place

_AUDIT = {"左边": "left", "右边": "right", "相差": "difference", "结论": "verdict", "状态": "state"}


def computed_changes(
    source: CellSource, figures: UnitFigures, pack: Pack, rows: Sequence[AuditRow]
) -> tuple[CellChange, ...]:
    """Every cell of the form's own formulas whose stored result is not what it should be; sheet by sheet, in order.

    `rows` are the lines of the 审核 sheet as it should read, from `audit_lines_of`.
    """
    found: dict[tuple[str, str], CellChange] = {}
    writer = _Stale(source, pack, figures, rows)
    for change in writer.all():
        found.setdefault((change.sheet, change.address), change)
    order = {name: i for i, name in enumerate(source.sheet_names)}
    return tuple(sorted(found.values(), key=lambda c: (order.get(c.sheet, 0), place_of(c.address))))


def same(shown: object, value: object) -> bool:
    """Whether a cell shows this value; blank and "" are one."""
    if isinstance(shown, Decimal) and isinstance(value, Decimal):
        return abs(shown - value) <= _CLOSE * max(Decimal(1), abs(value))
    if isinstance(shown, bool) is not isinstance(value, bool):
        return False
    return shown == value or (shown in {None, ""} and value in {None, ""})


class _Stale:
    """Looks at one workbook."""

    def __init__(self, source: CellSource, pack: Pack, figures: UnitFigures, rows: Sequence[AuditRow]) -> None:
        self.source, self.pack, self.figures, self.rows = source, pack, figures, rows
        self.form_of = {f.section.sheet: f for f in figures.forms}
        self.own = _own_formulas(pack)

    def all(self) -> Iterator[CellChange]:
        shared, scoped = self.source.names
        for figures in self.figures.all:
            areas = scoped.get(figures.section.sheet, {}) if figures.section.sheet else shared
            yield from self._fields(figures)
            yield from self._columns(figures, areas)
        yield from self._audit(shared)
        for sheet in self.source.sheet_names:
            yield from self._others(sheet)

    def _fields(self, figures: Figures) -> Iterator[CellChange]:
        for name, cell in figures.section.fields.items():
            if figures.raw.space.fields[name].computed:
                yield from self._cell(cell, figures.raw(name), self.pack.compute[name])

    def _columns(self, figures: Figures, areas: Mapping[str, Area]) -> Iterator[CellChange]:
        for table, spec in figures.raw.space.tables.items():
            # An older form may lack a column; its figures then stand nowhere.
            known = [n for n in map(spec.full_name, spec.columns) if n in areas]
            letters = {name: column_letter(areas[name].left) for name in known}
            rows = figures.section.rows(table)
            for column, datum in spec.columns.items():
                wanted = rows and datum.computed and datum.name in letters
                values = figures.raw.column(datum.name) if wanted else ()
                for row, value in zip(rows, values, strict=False):
                    cell = row.cells[column]
                    yield from self._cell(cell, value, self.pack.compute[datum.name], letters)

    def _cell(
        self, cell: Cell, value: FormulaValue, formula: str, letters: Mapping[str, str] = NO_LETTERS
    ) -> Iterator[CellChange]:
        ref, shown = cell.ref, scalar(value)
        if cell.formula:
            stored = self.source.formulas(ref.sheet)[ref.address]
            if not stored.calculated or not same(cell.raw, shown):
                yield CellChange(ref.sheet, ref.address, shown, stored.text, cached=True)
        elif cell.raw is None and ref.address not in self.source.formulas(ref.sheet):
            yield CellChange(ref.sheet, ref.address, shown, _in_row(formula, letters, cell) if letters else formula)

    def _audit(self, shared: Mapping[str, Area]) -> Iterator[CellChange]:
        if RULES not in shared:
            return
        for row, line in lines_at(self.source, shared[RULES], self.rows):
            for column, attribute in _AUDIT.items():
                area = shared.get(f"{AUDIT}{column}")
                if area is not None:
                    yield from self._stale(area.sheet, address(row, area.left), getattr(line, attribute))

    def _others(self, sheet: str) -> Iterator[CellChange]:
        """Mirrors, counts and the audit lines of project forms: formulas over names alone."""
        figures = self.form_of.get(sheet)
        if figures is None:
            untouched = self.pack.dictionary.form_of(self.source.names[1].get(sheet, {}))
            figures = self._blank_form(untouched) if untouched else self.figures.book
        named = self._named(sheet)
        for where, stored in self.source.formulas(sheet).items():
            if where not in named and self._is_own(sheet, where, stored):
                yield from self._stale(sheet, where, self._evaluated(stored.text, figures))

    def _blank_form(self, space: NameSpace) -> Figures:
        """A project form that nobody filled in."""
        return section_figures(blank_section(space), self.pack, self.figures.book)

    def _named(self, sheet: str) -> frozenset[str]:
        areas = [a for a in self.source.names[0].values() if a.sheet == sheet]
        areas += list(self.source.names[1].get(sheet, {}).values())
        return frozenset(
            address(r, c) for a in areas for r in range(a.top, a.bottom + 1) for c in range(a.left, a.right + 1)
        )

    def _evaluated(self, text: str, figures: Figures) -> object:
        def find(name: str) -> FormulaValue:
            return tuple(r.state for r in self.rows) if name == STATES else figures.raw(name)

        return worked_out(text, find)  # HYPERLINK, for one, is only known to spreadsheets

    def _stale(self, sheet: str, where: str, value: object) -> Iterator[CellChange]:
        """A formula of the form outside the dictionary, when its stored result is stale."""
        stored, shown = self.source.formulas(sheet).get(where), scalar(value)
        if stored is None or not self._is_own(sheet, where, stored) or shown is ErrorValue.NAME:
            return
        if not stored.calculated or not same(shown_at(self.source, sheet, where), shown):
            yield CellChange(sheet, where, shown, stored.text, cached=True)

    def _is_own(self, sheet: str, where: str, stored: FormulaCell) -> bool:
        """Whether a formula is one of the form's: as it was handed out, or written by another program."""
        row, (read, meanings) = place_of(where)[0], self.own
        return (row, stored.text) in read or meaning(stored.text, row, sheet) in meanings


def _in_row(formula: str, letters: Mapping[str, str], cell: Cell) -> str:
    row = cell.ref.address.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return rewrite(formula, lambda n: f"${letters[n]}{row}" if n in letters else n)


@lru_cache(maxsize=16)
def _own_formulas(pack: Pack) -> tuple[frozenset[tuple[int, str]], frozenset[str]]:
    """The formulas that the blank forms of a pack hold: with their row, word for word, and what they mean."""
    paths = [path for name in (FILL_NAME, MACRO_NAME) if (path := pack.folder / name).is_file()]
    source = tuple(map(file_digest, paths))
    found: tuple[frozenset[tuple[int, str]], frozenset[str]] = kept().once("own", source, lambda: _read_forms(paths))
    return found


def _read_forms(paths: Iterable[Path]) -> tuple[frozenset[tuple[int, str]], frozenset[str]]:
    read: set[tuple[int, str]] = set()
    meanings: set[str] = set()
    for source in map(open_file, paths):
        for sheet in source.sheet_names:
            for where, stored in source.formulas(sheet).items():
                row = place_of(where)[0]
                meant = meaning(stored.text, row, sheet)
                meanings.add(meant)
                if meant and "!" not in stored.text:  # what names a sheet may mean something else on another
                    read.add((row, stored.text))
    return frozenset(read), frozenset(meanings - {""})
