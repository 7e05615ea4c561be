"""溯源 trace: where each figure comes from, the cell it was typed in or the formula that made it.

A `Spot` says which figure is meant, its `Origin` where that figure comes from. The operands of an
origin are spots again, so that a tree down to the typed cells is a matter of walking on.

Words of 溯源 (溯源用语): values as people read them, formulas in names and with the figures put in.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from toolkit.core.dictionary import Kind, TableRole
from toolkit.core.light import dataclass
from toolkit.core.model import row_name
from toolkit.core.money import plain, round_half_up
from toolkit.core.patterns import late
from toolkit.core.words import as_text
from toolkit.engines.formula import decisive, parse, written
from toolkit.pack import working
from toolkit.unit import Stance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from toolkit.core.dictionary import Datum
    from toolkit.core.findings import CellRef
    from toolkit.core.model import Cell, Content, Row
    from toolkit.engines.formula import Reading, Scalar, Value
    from toolkit.pack import Pack, Scored
    from toolkit.unit import View

    Lookup = Callable[[str], Value]

_DIGIT = late(r"\d")


class Source(StrEnum):
    """出处的种类."""

    TYPED = "填报"
    COMPUTED = "计算"
    SUBMITTED = "填报（合计）"
    BLANK = "没有填"
    UNKNOWN = "算不出"
    TEXT = "文字"
    PACK = "规则包"
    AUDIT = "审核"
    NONE = "无出处"


class Spot(NamedTuple):
    """Which figure is meant (哪个数): a field of a section, or one row (0-based) of a table column.

    `typed` means the cell as staff filled it, where the figure itself is worked out by the toolkit.
    """

    view: View
    name: str
    row: int | None = None
    typed: bool = False

    @property
    def label(self) -> str:
        """The name, with the row in brackets."""
        label = label_of(self.name, self.row)
        return f"{label}（填报）" if self.typed else label

    @property
    def table(self) -> str:
        """The table of a row."""
        return self.name.partition("_")[0]

    @property
    def scope(self) -> str:
        """整体, or the project that the form is for."""
        return self.view.scope

    @property
    def datum(self) -> Datum | None:
        """What the dictionary says of it."""
        return self.view.space.datum(self.name)

    @property
    def cell(self) -> Cell:
        """The cell of the fill-in workbook."""
        if self.row is None:
            return self.view.section.fields[self.name]
        return self._row.cells[self.name.partition("_")[2]]

    @property
    def title(self) -> str:
        """What staff call the row; "" for a field."""
        return "" if self.row is None else row_name(self._row)

    @property
    def value(self) -> Content:
        """The value that this view holds; None for nothing."""
        datum = None if self.typed else self.datum
        if datum is None or not datum.computed:
            return self.cell.value
        if self.row is None:
            return self.view.content(self.name)
        found = self.view.column(self.name)[self.row]
        return None if isinstance(found, str) and not found else found

    @property
    def _row(self) -> Row:
        return self.view.section.rows(self.table)[self.row or 0]


class Origin(NamedTuple):
    """Where one figure comes from (出处).

    Attributes:
        cell: the cell of the fill-in workbook that holds the figure or its formula.
        formula: the deciding part of the formula in names; working: the same with the figures put in.
        note: what else a reader must know (rounding, a constant typed over the formula).
        operands: the figures that went in.
    """

    spot: Spot
    source: Source
    cell: CellRef
    formula: str = ""
    working: str = ""
    note: str = ""
    operands: tuple[Spot, ...] = ()


def cells_with_figures(view: View) -> Iterator[tuple[str, int | None, Cell, bool]]:
    """What is typed with figures in it or worked out in one section: name, row, cell, and whether it is worked out."""
    for name, datum in view.space.fields.items():
        cell = view.section.fields[name]
        if datum.computed or has_figure(cell.value):
            yield name, None, cell, datum.computed
    for table, spec in view.space.tables.items():
        columns = [(c, d.name, d.computed) for c, d in spec.columns.items()]
        for index, row in enumerate(view.section.rows(table)):
            for column, name, computed in columns:
                cell = row.cells[column]
                if computed or (cell.value is not None and has_figure(cell.value)):
                    yield name, index, cell, computed


def label_of(name: str, row: int | None) -> str:
    """The name of a field, or a column with the row in brackets; rows are counted from 0 here, from 1 by people."""
    return name if row is None else f"{name}[{row + 1}]"


def has_figure(value: Content) -> bool:
    """A number, a date, or a text with digits in it."""
    return bool(_DIGIT.search(value)) if isinstance(value, str) else isinstance(value, (Decimal, dt.date))


def origin_of(spot: Spot) -> Origin:
    """Where one figure comes from."""
    cell, datum = spot.cell, spot.datum
    if datum is None or not datum.computed or spot.typed:
        return Origin(spot, _typed(cell), cell.ref)
    if not cell.formula and not cell.blank and spot.view.stance is not Stance.COMPUTED:
        return Origin(spot, Source.TYPED, cell.ref, note="这一格本由公式算出，现在是手工填的数")
    if spot.row is not None and _is_score(spot) and spot.view.scores[spot.row].value == spot.value:
        return _score(spot, spot.row)
    return _computed(spot)


def _is_score(spot: Spot) -> bool:
    """Whether a figure is the score of an indicator."""
    spec = spot.view.space.tables[spot.table]
    return spec.role is TableRole.INDICATORS and spot.name == spec.full_name(spec.roles.score)


def _typed(cell: Cell) -> Source:
    """文字 are staff's words with figures in them."""
    if cell.blank:
        return Source.BLANK
    return Source.TEXT if isinstance(cell.value, str) and _DIGIT.search(cell.value) else Source.TYPED


def _score(spot: Spot, row: int) -> Origin:
    score, filled = spot.view.scores[row], spot.view.section.rows(spot.table)[row]
    roles = filled.roles
    known = (roles.sign, roles.target, roles.result, roles.level, roles.weight)
    columns = [c for c in known if not filled.cell(c).blank]
    columns += [roles.cut] if "人工扣减" in score.working else []
    prefix = spot.table
    operands = [Spot(spot.view, f"{prefix}_{c}", row) for c in columns]
    operands += [spot._replace(typed=True)] if "自评" in score.working else []
    source = Source.UNKNOWN if score.value is None else Source.COMPUTED
    note = score.problem or _typed_over(spot)
    return Origin(spot, source, spot.cell.ref, working=score.working, note=note, operands=tuple(operands))


def _computed(spot: Spot) -> Origin:
    view, cell = spot.view, spot.cell
    lookup: Lookup = view if spot.row is None else view.row_lookup(spot.table, spot.row)
    text = view.pack.compute[spot.name]
    found, formula = spot.value, parse(text)
    # Only what was typed can stand where the formula gives nothing.
    if found is not None and not cell.formula and not cell.blank and formula.evaluate(lookup) == "":
        return Origin(spot, Source.SUBMITTED, cell.ref, note="明细没有填，采用填报的合计")
    item = _scored_items(view.pack).get(spot.name)
    if found is None:
        operands = spots(view, formula.names, spot)
        empty = dict.fromkeys(p[0] for n in formula.names if (p := view.space.split(n)) and not view.section.rows(p[0]))
        note = "；".join(["所需的数没有填全", *(f"“{table}”一行也没有填" for table in empty)])
        return Origin(spot, Source.UNKNOWN, cell.ref, note=note, operands=operands)
    if item and isinstance(found, Decimal):
        operands = spots(view, (item.ratio_name,), spot)
        told = f"{item.name}：{working(item, view.content(item.ratio_name), found)}"
        return Origin(spot, Source.COMPUTED, cell.ref, working=told, note=_typed_over(spot), operands=operands)
    return read_formula(spot, text, lookup)


def read_formula(spot: Spot, text: str, lookup: Lookup) -> Origin:
    """The origin of a figure that `text` gives on the values of `lookup`."""
    reading = decisive(text, lookup)
    rounding = "" if reading.places is None else f"四舍五入到 {reading.places} 位小数"
    return Origin(
        spot,
        Source.COMPUTED,
        spot.cell.ref,
        *wording(reading, spot.view, lookup),
        "；".join(filter(None, (rounding, _typed_over(spot)))),
        spots(spot.view, reading.names, spot),
    )


def spots(view: View, names: Iterable[str], near: Spot | None = None) -> tuple[Spot, ...]:
    """The figures behind names: columns by row, names of the workbook from a project form upward."""
    return tuple(spot for name in names for spot in _spots(view, name, near))


def _spots(view: View, name: str, near: Spot | None) -> Iterator[Spot]:
    parts = view.space.split(name)
    if parts and near is not None and near.row is not None and near.table == parts[0]:
        yield Spot(view, name, near.row)
    elif parts:
        yield from (Spot(view, name, i) for i in range(len(view.section.rows(parts[0]))))
    elif name in view.section.fields:
        yield Spot(view, name)
    elif view.parent:
        yield from _spots(view.parent, name, None)


def _typed_over(spot: Spot) -> str:
    """Staff typed another figure over the formula: it is judged (审核), not printed."""
    cell = spot.cell
    if cell.formula or cell.blank or cell.value == spot.value:
        return ""
    return f"填报表这一格手工填的是 {shown(cell.value, None)}，与算出的不同"


@lru_cache(maxsize=16)
def _scored_items(pack: Pack) -> Mapping[str, Scored]:
    return {i.score_name: i for i in pack.scored}


_TWO_PLACES = frozenset({Kind.MONEY, Kind.SCORE})

_MOST_ADDENDS = 60

_MOST_ELEMENTS = 6


def wording(reading: Reading, view: View, lookup: Callable[[str], Value]) -> tuple[str, str]:
    """The formula in names, and with the figures put in."""
    columns = tuple([name for name in reading.names if isinstance(lookup(name), tuple)])
    return _in_names(reading, columns), written(reading, _Figures(view, lookup))


@lru_cache(maxsize=4096)
def _in_names(reading: Reading, columns: tuple[str, ...]) -> str:
    return written(reading, _Names(columns))


@dataclass(frozen=True, slots=True)
class _Names:
    columns: tuple[str, ...]

    def __call__(self, name: str, *, added: bool) -> str:
        return f"合计({name})" if added and name in self.columns else name

    def picked(self, text: str, summed: str) -> str | None:
        del text, summed
        return None


@dataclass(frozen=True, slots=True)
class _Figures:
    view: View
    lookup: Callable[[str], Value]

    def __call__(self, name: str, *, added: bool) -> str:
        kind, found = _kind(self.view, name), self.lookup(name)
        return _column(found, kind, added=added) if isinstance(found, tuple) else operand_text(found, kind)

    def picked(self, text: str, summed: str) -> str | None:
        """Row by row, the conditional sum takes the row's figure or nothing."""
        formula, column = parse(text), self.lookup(summed)
        rows = range(len(column)) if isinstance(column, tuple) else ()
        taken = tuple(v for i in rows if isinstance(v := formula.evaluate(self._row(i)), Decimal) and v)
        return _column(taken, _kind(self.view, summed), added=True)

    def _row(self, index: int) -> Callable[[str], Value]:
        def lookup(name: str) -> Value:
            found = self.lookup(name)
            return found[index : index + 1] if isinstance(found, tuple) else found

        return lookup


def _column(found: tuple[Scalar, ...], kind: Kind | None, *, added: bool) -> str:
    numbers = [v for v in found if isinstance(v, Decimal)]
    if added and len(numbers) <= _MOST_ADDENDS:
        return " + ".join(operand_text(v, kind) for v in numbers) or "空"
    if added:
        return f"{operand_text(sum(numbers, Decimal(0)), kind)}（{len(numbers)} 个数之和）"
    shown = "；".join(operand_text(v, kind) for v in found[:_MOST_ELEMENTS])
    return f"[{shown}{f'；…共 {len(found)} 个' if len(found) > _MOST_ELEMENTS else ''}]"


def _kind(view: View, name: str) -> Kind | None:
    datum = view.space.datum(name) or (view.parent.space.datum(name) if view.parent else None)
    return datum.kind if datum else None


def shown(value: object, kind: Kind | None) -> str:
    """A value for people: amounts and points with two decimals at least, others as they are; 空 for nothing."""
    if isinstance(value, Decimal):
        cents = round_half_up(value, 2) if kind in _TWO_PLACES else None
        return str(cents) if cents == value else plain(value)
    if isinstance(value, (str, bool, dt.date)) and value != "":
        return as_text(value)
    return "空"


def operand_text(value: object, kind: Kind | None) -> str:
    """A value within a formula: negative numbers in brackets, texts in quotes."""
    text = shown(value, kind)
    if isinstance(value, Decimal):
        return f"({text})" if value < 0 else text
    return f"“{text}”" if isinstance(value, str) and value else text


SOURCE_KINDS: Mapping[Source, str] = MappingProxyType(
    {
        Source.TYPED: "typed",
        Source.COMPUTED: "computed",
        Source.SUBMITTED: "submitted",
        Source.BLANK: "blank",
        Source.UNKNOWN: "unknown",
        Source.TEXT: "text",
        Source.PACK: "pack",
        Source.AUDIT: "audit",
        Source.NONE: "none",
    }
)
