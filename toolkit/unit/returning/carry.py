"""过录 carry: last year's return gives this year's blank form what need not be typed again; 本年 stays blank.

项目自评表 forms: the list of projects gives each its form; those that are there already stay as they are.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from toolkit.core.errors import PackError
from toolkit.core.findings import CellRef
from toolkit.core.light import dataclass, replace
from toolkit.core.model import NO_CELL, Cell, Row, Section, UnitReturn
from toolkit.core.words import as_text
from toolkit.unit.cells import read_value
from toolkit.unit.exchange import blank_section, unit_from_json, unit_to_json
from toolkit.unit.projects import pairing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from toolkit.core.dictionary import Datum, NameSpace, TableSpec
    from toolkit.core.model import Content
    from toolkit.pack import Pack
    from toolkit.unit.returning.exports import Exported

CARRY_NAME = "carry.toml"

_NOWHERE = CellRef("", "")

_Place = tuple[str, int | None]  # what a cell of the new form is called, and its row


@dataclass(frozen=True, slots=True)
class Carried:
    """One figure brought over (一个过录的数): name and row there and here, and the cell that it came from.

    `note`: what else was there for this cell and gave way.
    """

    source: str
    target: str
    row: int | None
    value: Content
    ref: CellRef
    note: str = ""


@dataclass(frozen=True, slots=True)
class Carry:
    """A whole carrying-over (过录结果): the new return, what was brought in, how much of it from official tables.

    `unsettled`: cells for which official tables give two figures; neither was taken.
    """

    unit: UnitReturn
    carried: tuple[Carried, ...]
    before: UnitReturn
    pack: Pack
    exports: int = 0
    unsettled: tuple[str, ...] = ()


def nothing_before(pack: Pack) -> UnitReturn:
    """Where there is no return of last year."""
    return UnitReturn(pack.id, blank_section(pack.dictionary.book))


def named_after(pack: Pack, code: str, name: str) -> UnitReturn:
    """A blank return of a unit that is new on the roster."""
    blank, roles = nothing_before(pack), pack.dictionary.book.roles
    given = {roles.name: name, roles.code: code}
    cells = {field: Cell(text, _NOWHERE, text) for field, text in given.items() if field and text}
    return replace(blank, book=replace(blank.book, fields={**blank.book.fields, **cells}))


def carry_over(before: UnitReturn, pack: Pack, exports: Sequence[Exported] = ()) -> Carry:
    """What last year's return and official tables give to a blank form of `pack`; the official figure goes first.

    Raises:
        PackError: the pack does not say what is carried over.
    """
    book = pack.dictionary.book
    fields, tables = _mapping(pack)
    blank = blank_section(book)
    carried: list[Carried] = []
    made = dict(blank.fields)
    for target, source in fields:
        cell = before.book.fields.get(source)
        if cell is not None and _typed(cell):
            made[target] = _cell(book.fields[target], cell)
            carried.append(Carried(source, target, None, cell.raw, cell.ref))
    rows = dict(blank.tables)
    for table, columns in tables.items():
        found = list(_rows(before.book, table, columns, book, carried))
        rows[table] = tuple(found)
    given, unsettled = _settled(exports)
    carried = _with_exports(carried, given, made, rows, book)
    unit = UnitReturn(pack.id, Section(book, made, rows))
    return Carry(unit, tuple(carried), before, pack, len(given), unsettled)


def _settled(exports: Sequence[Exported]) -> tuple[dict[_Place, Exported], tuple[str, ...]]:
    """One figure for each cell, that of this year's own table first; where two differ, both are told and none taken."""
    found: dict[_Place, list[Exported]] = {}
    for export in sorted(exports, key=lambda e: e.before):
        found.setdefault((export.target, export.row), []).append(export)
    rivals = {place: [e for e in given if e.before == given[0].before] for place, given in found.items()}
    settled = {place: given[0] for place, given in rivals.items() if len({e.value for e in given}) == 1}
    told = [
        f"{target}：{'，'.join(f'{e.ref}是 {as_text(e.value)}' for e in given)}，几处不同，都没有用，请核对"
        for (target, row), given in rivals.items()
        if (target, row) not in settled
    ]
    return settled, tuple(told)


def _with_exports(
    carried: list[Carried],
    given: Mapping[_Place, Exported],
    fields: dict[str, Cell],
    tables: dict[str, tuple[Row, ...]],
    space: NameSpace,
) -> list[Carried]:
    """Put official figures into the cells, and on the list in the place of what gave way to them."""
    before = {(c.target, c.row): c for c in carried}
    for export in given.values():
        if export.row is None:
            fields[export.target] = _cell(space.fields[export.target], Cell(export.value, _NOWHERE, export.value))
    for table, spec in space.tables.items():
        found = {(e.row, e.target.removeprefix(f"{table}_")): e for e in given.values() if space.split(e.target)}
        found = {k: e for k, e in found.items() if e.target == spec.full_name(k[1]) and k[1] in spec.columns}
        if found:
            tables[table] = tuple(_exported_rows(spec, found))
    kept = [c for c in carried if (c.target, c.row) not in given and (c.row is None or not _replaced(c, given))]
    return kept + [
        Carried(e.source, e.target, e.row, e.value, e.ref, _gave_way(before.get(key), e.value))
        for key, e in given.items()
    ]


def _replaced(carried: Carried, given: Mapping[_Place, Exported]) -> bool:
    """Whether a whole table comes from an official one."""
    table = carried.target.partition("_")[0]
    return any(row is not None and target.partition("_")[0] == table for target, row in given)


def _gave_way(before: Carried | None, value: Content) -> str:
    return f"去年填报表是 {as_text(before.value)}，以官方表为准" if before and before.value != value else ""


def _exported_rows(spec: TableSpec, found: Mapping[tuple[int | None, str], Exported]) -> Iterator[Row]:
    count = max(row for row, _ in found if row is not None) + 1
    for index in range(count):
        given = {c: found[index, c].value for c in spec.columns if (index, c) in found}
        made = {c: Cell(given[c], _NOWHERE, given[c]) if c in given else NO_CELL for c in spec.columns}
        yield Row({c: _cell(spec.columns[c], cell) for c, cell in made.items()}, spec.roles)


def _rows(
    book: Section, table: str, columns: Mapping[str, str], space: NameSpace, carried: list[Carried]
) -> Iterator[Row]:
    spec, count = space.tables[table], 0
    for row in book.rows(table):
        given = {c: row.cells[s] for c, s in columns.items() if s in row.cells and _typed(row.cells[s])}
        if not given:
            continue
        carried += [
            Carried(spec.full_name(columns[c]), spec.full_name(c), count, cell.raw, cell.ref)
            for c, cell in given.items()
        ]
        count += 1
        cells = {c: _cell(d, given[c]) if c in given else Cell(None, _NOWHERE) for c, d in spec.columns.items()}
        yield Row(cells, spec.roles)


def _typed(cell: Cell) -> bool:
    """Totals of the form are worked out anew; what staff typed is carried."""
    return cell.raw is not None and not cell.formula and not cell.blank


def _cell(datum: Datum, cell: Cell) -> Cell:
    return Cell(read_value(datum, cell.raw)[0], _NOWHERE, cell.raw)


@lru_cache(maxsize=16)
def _mapping(pack: Pack) -> tuple[tuple[tuple[str, str], ...], Mapping[str, Mapping[str, str]]]:
    """Target and source of every field, patterns written out; column by column for the tables."""
    path = pack.file(CARRY_NAME)
    if not path.is_file():
        raise PackError(f"规则包 {pack.id} 没有写明过录哪些数（缺少 {CARRY_NAME}）。")
    raw, known = pack.text(CARRY_NAME), pack.dictionary.book
    pairs = [pair for target, source in raw.get("fields", {}).items() for pair in _written_out(target, source, known)]
    tables: dict[str, dict[str, str]] = {}
    for table, columns in raw.get("tables", {}).items():
        if table in known.tables:
            tables[table] = {c: s for c, s in columns.items() if c in known.tables[table].columns}
    return tuple(pairs), tables


def _written_out(target: str, source: str, known: NameSpace) -> Iterator[tuple[str, str]]:
    """A pattern as its names; names that this pack does not have are left out."""
    if "*" not in target:
        yield from [(target, source)] if target in known.fields else []
        return
    head, _, tail = target.partition("*")
    for name in known.fields:
        if name.startswith(head) and name.endswith(tail) and len(name) > len(head) + len(tail):
            yield name, source.replace("*", name[len(head) : len(name) - len(tail)])


def with_forms(unit: UnitReturn, pack: Pack) -> tuple[UnitReturn, tuple[str, ...]]:
    """The return with a form for every listed project, policy … that has none, and the names of these.

    Raises:
        PackError: the pack has no table that lists forms.
    """
    if not pack.dictionary.listings:
        raise PackError(f"规则包 {pack.id} 的表样没有列出各项目、政策的明细表，不知道该添哪些自评表。")
    told = pack.text(CARRY_NAME).get("forms", {}) if pack.file(CARRY_NAME).is_file() else {}
    forms, made = list(unit.forms), []
    for table, kinds in pack.dictionary.listings:
        own = [form for form in unit.forms if form.space in kinds]
        for row in pairing(unit.book.rows(table.name), own).unformed:
            forms.append(_form(unit, row, pack, kinds[0], told))
            made.append(row.name)
    # Totals of the form are not carried as figures: the new workbook works them out itself.
    return unit_from_json(unit_to_json(replace(unit, forms=tuple(forms))), pack), tuple(made)


def _form(unit: UnitReturn, row: Row, pack: Pack, space: NameSpace, told: Mapping[str, Mapping[str, str]]) -> Section:
    """A form with what its row and the cover say of it: by roles, and further cells as the pack tells."""
    blank, roles, book = blank_section(space), space.roles, unit.book
    cells = {roles.name: row.cell(row.roles.name), roles.code: row.cell(row.roles.code)}
    cells |= {roles.operator: book.cell(book.roles.name)}
    amounts = (roles.opening, row.roles.opening), (roles.budget, row.roles.budget), (roles.spent, row.roles.spent)
    cells |= {own: _counted(row.cell(column), pack.factor(space)) for own, column in amounts}
    cells |= {n: row.cells[c] for n, c in told.get("row", {}).items() if c in row.cells}
    cells |= {n: book.fields[c] for n, c in told.get("book", {}).items() if c in book.fields}
    known = {n: c for n, c in cells.items() if n in space.fields and not space.fields[n].computed and not c.blank}
    return replace(blank, fields={**blank.fields, **{n: Cell(c.value, c.ref, c.raw) for n, c in known.items()}})


def _counted(cell: Cell, factor: Decimal) -> Cell:
    """An amount of the table as the form counts it."""
    amount = cell.value / factor if isinstance(cell.value, Decimal) else None
    return NO_CELL if amount is None else Cell(amount, cell.ref, amount)
