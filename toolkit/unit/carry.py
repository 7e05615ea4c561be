"""过录 carry: last year's return gives this year's blank form what need not be typed again; 本年 stays blank."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from toolkit.core.errors import PackError
from toolkit.core.findings import CellRef
from toolkit.core.model import Cell, Row, Section, UnitReturn
from toolkit.unit.cells import read_value
from toolkit.unit.exchange import blank_section

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from toolkit.core.dictionary import Datum, NameSpace
    from toolkit.core.model import Content
    from toolkit.pack import Pack

CARRY_NAME = "carry.toml"

_NOWHERE = CellRef("", "")


@dataclass(frozen=True, slots=True)
class Carried:
    """One figure brought over (一个过录的数): name and row there and here, and the cell that it came from."""

    source: str
    target: str
    row: int | None
    value: Content
    ref: CellRef


@dataclass(frozen=True, slots=True)
class Carry:
    """A whole carrying-over (过录结果): the new return and what was brought into it."""

    unit: UnitReturn
    carried: tuple[Carried, ...]
    before: UnitReturn
    pack: Pack


def carry_over(before: UnitReturn, pack: Pack) -> Carry:
    """What last year's return gives to a blank form of `pack`.

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
    return Carry(UnitReturn(pack.id, Section(made, rows)), tuple(carried), before, pack)


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
        yield Row({c: _cell(d, given[c]) if c in given else Cell(None, _NOWHERE) for c, d in spec.columns.items()})


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
