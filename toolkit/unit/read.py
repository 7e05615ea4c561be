"""装入 intake: a workbook becomes a `UnitReturn`, read by defined names only, every value with its cell.

What cannot be read at all raises one message that lists everything wrong. Faults of single cells are
noted and left to the audit.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from toolkit.core.dictionary import Kind
from toolkit.core.errors import UnreadableError
from toolkit.core.findings import ERROR_VALUE, HIDDEN_SIGNS, NOT_IN_LIST, NOTHING_WORD, UNCALCULATED, WIPED, CellRef
from toolkit.core.light import dataclass, field
from toolkit.core.model import NO_CELL, Cell, CellNote, Row, Section, UnitReturn
from toolkit.core.money import plain
from toolkit.engines.formula import rewrite
from toolkit.engines.xlsx import Area, address, column_letter, meaning
from toolkit.pack import EXPLANATIONS, RULES, STAMP, SUBJECTS, audit_settings
from toolkit.unit.cells import invisible_signs, read_value, without_invisible
from toolkit.unit.strays import find_strays, home_sheets, outside_errors, unseen_cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from toolkit.core.dictionary import Datum, NameSpace, TableSpec
    from toolkit.core.model import Content
    from toolkit.engines.xlsx import CellSource, FormulaCell
    from toolkit.pack import Pack

_WORDS = frozenset({Kind.TEXT, Kind.LONG})  # printed as staff wrote them, signs that nobody sees too

_MAX_LISTED = 12

_HERE = "\0"  # stands for the number of a row; no formula holds it

_BLANK: Mapping[int, Content] = MappingProxyType({})  # a row with nothing in it


def pack_stamp(source: CellSource) -> str | None:
    """The pack id that the workbook was made with; None when it is not a workbook of ours."""
    area = source.names[0].get(STAMP)
    if area is None:
        return None
    found = source.values(area.sheet).get(area.top, _BLANK).get(area.left)
    return str(found) if found is not None else None


def read_unit(source: CellSource, pack: Pack, path: str = "", *, whole: bool = True) -> UnitReturn:
    """Read everything that the workbook holds.

    Raises:
        UnreadableError: names or sheets are missing; one message lists them all.
    """
    shared, scoped = source.names
    found = ((sheet, pack.dictionary.form_of(names)) for sheet, names in scoped.items())
    kinds = {sheet: space for sheet, space in found if space is not None}
    if whole:
        _check_complete(source, pack, shared, {s: (space, scoped[s]) for s, space in kinds.items()})
    reader = _Reader(source, pack)
    book = reader.section(pack.dictionary.book, shared, "")
    forms = (reader.section(kinds[s], scoped[s], s) for s in _in_order(source, list(kinds)))
    filled = tuple(form for form in forms if _filled(form))
    explanations, explained_for = beside_rules(source, shared)
    return UnitReturn(
        pack_id=pack.id,
        book=book,
        forms=filled,
        explanations=explanations,
        explained_for=explained_for,
        strays=find_strays(source, pack),
        notes=(*reader.notes, *unseen_cells(source, (book, *filled)), *outside_errors(source, pack)),
        path=path,
        digest=source.digest,
    )


def _in_order(source: CellSource, sheets: list[str]) -> list[str]:
    order = {name: i for i, name in enumerate(source.sheet_names)}
    return sorted((s for s in sheets if s in order), key=lambda s: order[s])


def _filled(section: Section) -> bool:
    """A project form that staff never touched is not a project."""
    return any(not c.blank for c in section.fields.values()) or any(section.tables.values())


def _check_complete(
    source: CellSource,
    pack: Pack,
    shared: Mapping[str, Area],
    forms: Mapping[str, tuple[NameSpace, Mapping[str, Area]]],
) -> None:
    known = set(source.sheet_names)
    there = (name for names in (shared, *(names for _, names in forms.values())) for name in names)
    newest = max((pack.later.get(name, 0) for name in there), default=0)

    def lacking(space: NameSpace, areas: Mapping[str, Area]) -> list[str]:
        """Names that are lost; what was added after this workbook had been given out never was there."""
        wanted = (n for n in space.all_names() if n not in areas or areas[n].sheet not in known)
        return [n for n in wanted if pack.later.get(n, 0) <= newest]

    missing = lacking(pack.dictionary.book, shared)
    problems = list(_lost(missing, pack)) if missing else []
    problems += _met_twice(pack.dictionary.book.all_names(), shared)
    for sheet, (space, names) in forms.items():
        lost = lacking(space, names)
        problems += [f"「{sheet}」缺少 {len(lost)} 个数据格的名称：{_listed(lost)}"] if lost else []
        problems += _met_twice(space.all_names(), names)
    if problems:
        raise UnreadableError(
            f"工作簿与表样（{pack.title}）不符：{'；'.join(problems)}。"
            "可能删除了工作表、行列或名称，把一格剪切后贴到了别的格上，或用的是旧版表样。"
            "请用 jixiao move 把数移进一份新的填报表，或用 jixiao new 生成空白填报表重新填写；搬数时只复制、不剪切。"
        )


def _met_twice(wanted: Iterable[str], areas: Mapping[str, Area]) -> Iterator[str]:
    """Two names with one cell: a field was cut and pasted over another, and neither figure is sure any more."""
    holders: dict[Area, list[str]] = {}
    for name in wanted:
        if name in areas:
            holders.setdefault(areas[name], []).append(name)
    for area, names in holders.items():
        if len(names) > 1:
            where = f"「{area.sheet}」{address(area.top, area.left)}"
            yield f"{where} 同时是{'、'.join(f'“{n}”' for n in names)}的格子"


def _lost(missing: list[str], pack: Pack) -> Iterator[str]:
    """A sheet that is gone is named as that sheet; single names are named by themselves."""
    homes = home_sheets(pack)
    gone = {home for home in dict.fromkeys(homes.values()) if all(n in missing for n, h in homes.items() if h == home)}
    if gone:
        yield f"缺少工作表{'、'.join(f'「{sheet}」' for sheet in dict.fromkeys(homes.values()) if sheet in gone)}"
    rest = [name for name in missing if homes.get(name) not in gone]
    if rest:
        yield f"缺少 {len(rest)} 个数据格的名称：{_listed(rest)}"


def _listed(names: list[str]) -> str:
    more = f"……等 {len(names)} 个" if len(names) > _MAX_LISTED else ""
    return "、".join(names[:_MAX_LISTED]) + more


def beside_rules(source: CellSource, shared: Mapping[str, Area]) -> tuple[dict[str, str], dict[str, str]]:
    """Texts beside the rules: 出错说明 and 说明所指; several lines of one rule are joined."""
    rules, places = shared.get(RULES), [shared.get(name) for name in (EXPLANATIONS, SUBJECTS)]
    if rules is None:
        return {}, {}
    lefts = [area.left for area in (rules, *places) if area is not None]
    lines = source.columns(rules.sheet, frozenset(lefts))
    here = ((lines[n].get(rules.left), n) for n in sorted(lines) if rules.top <= n <= rules.bottom)
    told = [(str(rule), n) for rule, n in here if rule is not None]
    first, second = (_joined(told, lines, area.left) if area is not None else {} for area in places)
    return first, second


def _joined(
    rules: Iterable[tuple[str, int]], lines: Mapping[int, Mapping[int, Content]], column: int
) -> dict[str, str]:
    found: dict[str, str] = {}
    for rule, row in rules:
        text = lines[row].get(column)
        if isinstance(text, str) and text.strip():
            found[rule] = f"{found[rule]}\n{text}" if rule in found else text
    return found


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One sheet at hand: what the source knows of it."""

    name: str
    values: Mapping[int, Mapping[int, Content]]
    formulas: Mapping[str, FormulaCell]
    errors: Mapping[str, str]
    merged: Mapping[tuple[int, int], int]

    def above(self, row: int, column: int) -> Content:
        """What a cell that is merged with those above it shows: only the first one of a merge holds the value."""
        top = self.merged.get((row, column))
        return None if top is None else self.raw(top, column)

    def raw(self, row: int, column: int) -> Content:
        """What stands in a cell; an error value as its text."""
        error = self.errors.get(address(row, column)) if self.errors else None
        return error or self.values.get(row, _BLANK).get(column)

    def filled(self, row: int, columns: list[int]) -> bool:
        """Whether anything stands in some cells of a row: most rows of a long table are blank."""
        if self.errors:
            return any(self.raw(row, column) is not None for column in columns)
        line = self.values.get(row)
        return line is not None and not line.keys().isdisjoint(columns)


_Column = tuple["Datum", _Sheet, int]

# Name → letter of the columns of one table, by which formulas of its rows are known again.
_Letters = tuple[tuple[str, str], ...]


def _by_sheet(columns: list[_Column]) -> list[tuple[_Sheet, list[int]]]:
    found: dict[str, tuple[_Sheet, list[int]]] = {}
    for _, sheet, left in columns:
        found.setdefault(sheet.name, (sheet, []))[1].append(left)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads sections of one source and collects the notes."""

    source: CellSource
    pack: Pack
    notes: list[CellNote] = field(default_factory=list)
    sheets: dict[str, _Sheet] = field(default_factory=dict)

    def section(self, space: NameSpace, areas: Mapping[str, Area], sheet: str) -> Section:
        fields = {
            name: self._cell(datum, self._sheet(areas[name]), areas[name].top, areas[name].left)
            if name in areas
            else Cell(None, CellRef("", ""))
            for name, datum in space.fields.items()
        }
        tables = {name: tuple(self._rows(spec, areas)) for name, spec in space.tables.items()}
        columns = (spec.full_name(c) for spec in space.tables.values() for c in spec.columns)
        starts = {n: CellRef(areas[n].sheet, address(areas[n].top, areas[n].left)) for n in columns if n in areas}
        return Section(space, fields, tables, sheet, starts)

    def _sheet(self, area: Area) -> _Sheet:
        name = area.sheet
        if name not in self.sheets:
            known = self.source
            self.sheets[name] = _Sheet(
                name, known.values(name), known.formulas(name), known.errors(name), known.merged(name)
            )
        return self.sheets[name]

    def _rows(self, spec: TableSpec, areas: Mapping[str, Area]) -> Iterator[Row]:
        places = {c: areas[n] for c in spec.columns if (n := spec.full_name(c)) in areas}
        letters = tuple((spec.full_name(c), column_letter(a.left)) for c, a in places.items())
        columns = {c: (d, self._sheet(places[c]), places[c].left) for c, d in spec.columns.items() if c in places}
        absent = [c for c in spec.columns if c not in places]
        computed = [column for column in columns.values() if column[0].computed]
        typed = _by_sheet([column for column in columns.values() if not column[0].computed])
        last = max((max(sheet.values, default=0) for _, sheet, _ in columns.values()), default=0)
        bottom = min(max((a.bottom for a in places.values()), default=0), last)  # a stretched name costs nothing
        for row in range(min((a.top for a in places.values()), default=1), bottom + 1):
            noted = len(self.notes)
            # A row with nothing but a typed-in score still is a row.
            if any(sheet.filled(row, lefts) for sheet, lefts in typed) or any(
                not self._cell(d, sheet, row, left, letters).blank for d, sheet, left in computed
            ):
                del self.notes[noted:]  # of the scores, which are read once more with their row
                found = self._row(spec, columns, row, letters)
                yield Row({**found.cells, **_absent(absent, found)}, spec.roles) if absent else found
            elif len(self.notes) > noted:  # a formula that is gone is missed where a row is, and here is none
                self.notes[noted:] = [note for note in self.notes[noted:] if note.kind != WIPED]

    def _row(self, spec: TableSpec, columns: Mapping[str, _Column], row: int, letters: _Letters) -> Row:
        cells = {c: self._cell(d, sheet, row, left, letters) for c, (d, sheet, left) in columns.items()}
        shown = [c for c, (d, _, _) in columns.items() if d.kind is Kind.MIXED and self._percentage(cells[c])]
        unit = cells.get(spec.roles.unit, NO_CELL)
        return Row(cells | {c: _as_shown(cells[c], has_unit=not unit.blank) for c in shown}, spec.roles)

    def _percentage(self, cell: Cell) -> bool:
        return isinstance(cell.value, Decimal) and cell.ref.address in self.source.percents(cell.ref.sheet)

    def _cell(self, datum: Datum, sheet: _Sheet, row: int, column: int, letters: _Letters = ()) -> Cell:
        blank = _blank_at(sheet.name, row, column)
        ref, raw = blank.ref, sheet.raw(row, column)
        where = ref.address
        formula = sheet.formulas.get(where)
        if raw is None and formula is None:
            if datum.computed and (row, column) not in sheet.merged:
                self.notes.append(CellNote(WIPED, datum.name, blank))
            return self._merged(datum, sheet.above(row, column), ref) if sheet.merged else blank
        if formula and datum.computed and self._is_own(datum, formula.text, ref, row, letters):
            return Cell(None, ref, raw, formula=True)
        seen = without_invisible(raw) if isinstance(raw, str) and datum.kind not in _WORDS else raw
        value, noticed = (None, [ERROR_VALUE]) if where in sheet.errors else self._value(datum, seen)
        cell = Cell(value, ref, raw)
        if formula and (datum.computed or not formula.calculated):
            noticed = [*noticed, UNCALCULATED]
        if isinstance(raw, str) and invisible_signs(raw):
            self.notes.append(CellNote(HIDDEN_SIGNS, datum.name, Cell(value, ref, raw)))
        choices = _choices(self.pack).get(datum.name) if value is not None else None
        if choices is not None and str(value) not in choices:
            noticed = [*noticed, NOT_IN_LIST]
        if noticed:
            self.notes.extend(CellNote(kind, datum.name, cell) for kind in noticed)
        return cell

    def _is_own(self, datum: Datum, text: str, ref: CellRef, row: int, letters: _Letters) -> bool:
        """Whether a computed cell still holds the form's formula: by what it means there, not by its text.

        Most are letter for letter what the form gave out, which is seen without reading them: 85 ms of a cold `check`.
        """
        known = self.pack.own_formulas[datum.name]
        if text in _given_out(known, row, letters):
            return True
        found = meaning(text, row, ref.sheet)
        return any(found == _expected(own, letters) for own in known)

    def _merged(self, datum: Datum, raw: Content, ref: CellRef) -> Cell:
        """Words of a merge count for each of its rows; a figure stands for all of them together, and counts once."""
        if raw is None or datum.computed or datum.kind.is_number:
            return Cell(None, ref)
        return Cell(self._value(datum, raw)[0], ref)

    def _value(self, datum: Datum, raw: Content) -> tuple[Content, list[str]]:
        """A dash or 无 in a number cell says that nothing was filled in; whether that means 0 staff must say."""
        if isinstance(raw, str) and datum.kind.is_number and raw.strip() in audit_settings(self.pack).not_applicable:
            return None, [NOTHING_WORD]
        return read_value(datum, raw)


@lru_cache(maxsize=16384)
def _blank_at(sheet: str, row: int, column: int) -> Cell:
    """A place with nothing in it; those of the next unit are the same."""
    return Cell(None, CellRef(sheet, address(row, column)))


def _absent(columns: list[str], row: Row) -> dict[str, Cell]:
    """Blank cells for the columns that an older form lacks; they point at the row's first cell."""
    return {column: Cell(None, next(iter(row.cells.values())).ref) for column in columns}


@lru_cache(maxsize=16)
def _choices(pack: Pack) -> Mapping[str, list[str]]:
    """The drop-down of every name that has one."""
    names = pack.dictionary.all_names()
    return {name: found for name in names if (found := pack.choices(name)) is not None}


def _as_shown(cell: Cell, *, has_unit: bool) -> Cell:
    """95% typed into a target or a result is stored as 0.95: it means what staff see, 95 with the unit %."""
    number = plain(Decimal(str(cell.value)) * 100)
    return cell._replace(value=Decimal(number) if has_unit else f"{number}%", raw=Decimal(number))


@lru_cache(maxsize=4096)
def _given_out(formulas: tuple[str, ...], row: int, letters: _Letters) -> frozenset[str]:
    """The texts of the form's formulas in a row, letter for letter."""
    return frozenset(str(row).join(_pieces(own, letters)) for own in formulas)


@lru_cache(maxsize=1024)
def _expected(formula: str, letters: _Letters) -> str:
    """What the form's formula means in a row."""
    return meaning("1".join(_pieces(formula, letters)), 1)


@lru_cache(maxsize=1024)
def _pieces(formula: str, letters: _Letters) -> list[str]:
    """The form's formula as it stands in a row, cut where the number of the row goes."""
    column = dict(letters)
    return rewrite(formula, lambda n: f"${column[n]}{_HERE}" if n in column else n).split(_HERE)
