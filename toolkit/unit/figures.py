"""运算 compute: the values behind the names of one unit, seen in three ways, by the pack's formulas.

* as filed (填报口径): what the workbook shows, constants typed over formulas included; the audit judges this;
* computed (计算口径): every computed name worked out afresh; reports print this;
* raw (原样口径): as filed, but text amounts stay text, as Excel itself sees the cells.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import Enum, auto
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from toolkit.core.dictionary import Kind, TableRole
from toolkit.core.kept import Memo
from toolkit.core.light import dataclass, field
from toolkit.core.money import figure, plain, sign_in_text
from toolkit.core.words import DAY_ZERO
from toolkit.engines.formula import ErrorValue, parse
from toolkit.pack import Indicator, Score, Sign, as_number, score_indicator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from toolkit.core.dictionary import Datum
    from toolkit.core.findings import CellRef
    from toolkit.core.model import Cell, Content, Row, Section, UnitReturn
    from toolkit.engines.formula import Scalar, Value
    from toolkit.pack import Pack, ScoringSettings


BOOK = "整体"


class Stance(Enum):
    """口径: which of the three ways."""

    FILED = auto()
    COMPUTED = auto()
    RAW = auto()


class _Known(dict[str, "Value"]):
    """Values by name (已知的数), each worked out when it is first asked for: later a look-up that costs no call."""

    def __init__(self, find: Callable[[str], Value]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, name: str) -> Value:
        self[name] = ErrorValue.REF  # a formula that leads back to itself ends here
        found = self[name] = self._find(name)
        return found


class View:
    """The values of one section by name, worked out on demand and remembered."""

    def __init__(self, section: Section, pack: Pack, stance: Stance, parent: View | None = None) -> None:
        """`parent` answers for names of the workbook when `section` is a project form."""
        self.section, self.space, self.pack, self.stance, self.parent = section, section.space, pack, stance, parent
        self.lookup: Callable[[str], Value] = _Known(self._find).__getitem__
        self._rows: dict[tuple[str, int], Callable[[str], Value]] = {}

    @cached_property
    def scope(self) -> str:
        """Whose figures these are: 整体, or the project that the form is for, or its sheet where none is named."""
        return (self.section.name if self.space.kind else "") or self.section.sheet or BOOK

    def __call__(self, name: str) -> Value:
        """The value of a name for a formula: a scalar, or a column as a tuple."""
        return self.lookup(name)

    def content(self, name: str) -> Content:
        """The value of a single cell for people: "" and errors count as nothing."""
        found = self.lookup(name)
        if isinstance(found, str):
            return None if not found or isinstance(found, ErrorValue) else found
        return None if isinstance(found, tuple) else found

    def number(self, name: str) -> Decimal | None:
        """The value of a single cell when it is a number."""
        found = self.lookup(name)
        return found if isinstance(found, Decimal) else None

    def column(self, name: str) -> tuple[Scalar, ...]:
        """The values of a table column, one per filled row."""
        found = self.lookup(name)
        return found if isinstance(found, tuple) else (found,)

    @cached_property
    def scores(self) -> tuple[Score, ...]:
        """The scores of the indicator table of this section, row by row."""
        settings = self.pack.scoring
        return tuple(score_indicator(indicator, settings) for indicator in self.indicators)

    @cached_property
    def indicators(self) -> tuple[Indicator, ...]:
        """The rows of the indicator table of this section, as scoring sees them."""
        settings = self.pack.scoring
        return tuple(indicator_of(row, settings) for row in self.section.indicators)

    @cached_property
    def points(self) -> tuple[Decimal | None, ...]:
        """What each indicator counts with: worked out, or as given where a form leaves the points to staff."""
        table = self.space.table(TableRole.INDICATORS)
        score = table.columns.get(table.roles.score)
        if score is None or score.computed:
            return tuple(score.value for score in self.scores)
        return tuple(row.number(table.roles.score) for row in self.section.indicators)

    def _find(self, name: str) -> Value:
        parts = self.space.split(name)
        if parts:
            table, column = parts
            rows = self.section.rows(table)
            if self.space.tables[table].columns[column].computed:
                return tuple([_scalar(self.row_lookup(table, i)(name)) for i in range(len(rows))])
            return tuple([self._plain(row.cells[column]) for row in rows])
        cell = self.section.fields.get(name)
        if cell is None:
            return self.parent.lookup(name) if self.parent else ErrorValue.NAME
        return self._computed(name, cell) if self.space.fields[name].computed else self._plain(cell)

    def _plain(self, cell: Cell) -> Scalar:
        found = cell.raw if self.stance is Stance.RAW else cell.value
        return Decimal((found - DAY_ZERO).days) if isinstance(found, dt.date) else found

    def _computed(self, name: str, cell: Cell) -> Scalar:
        typed = not cell.formula and not cell.blank
        if typed and self.stance is not Stance.COMPUTED:
            return self._plain(cell)
        found = parse(self.pack.compute[name]).evaluate(self.lookup)
        if typed and found == "" and self.pack.accepts_submitted(name):
            return self._plain(cell)
        return _scalar(found)

    def _in_row(self, table: str, column: str, index: int, row: Row) -> Scalar:
        cell = row.cells[column]
        spec = self.space.tables[table]
        if self.stance is Stance.COMPUTED and spec.role is TableRole.INDICATORS and column == spec.roles.score:
            return self.scores[index].value if self.scores[index].value is not None else ""
        if not cell.formula and not cell.blank:
            return self._plain(cell)
        return self._row_formula(table, column, index)

    def row_lookup(self, table: str, index: int) -> Callable[[str], Value]:
        """Values for a formula of one row: columns of its own table give this row's cell.

        What the rules of a row ask for is worked out once: the score of an indicator costs 0.1 ms, and four ask for it.
        """
        if (table, index) not in self._rows:
            self._rows[table, index] = self._row(table, index)
        return self._rows[table, index]

    def _row(self, table: str, index: int) -> Callable[[str], Value]:
        row, own = self.section.rows(table)[index], f"{table}_"
        columns = self.space.tables[table].columns

        def find(name: str) -> Value:
            column = name.removeprefix(own)
            if column == name or column not in row.cells:
                return self.lookup(name)
            computed = columns[column].computed
            return self._in_row(table, column, index, row) if computed else self._plain(row.cells[column])

        return _Known(find).__getitem__

    def _row_formula(self, table: str, column: str, index: int) -> Scalar:
        return _scalar(parse(self.pack.compute[f"{table}_{column}"]).evaluate(self.row_lookup(table, index)))


def _scalar(found: Value) -> Scalar:
    """What a cell shows of a result: a column does not fit into it."""
    return ErrorValue.VALUE if isinstance(found, tuple) else found


def indicator_of(row: Row, settings: ScoringSettings) -> Indicator:
    """One row of a table of indicators for scoring."""
    roles = row.roles
    target, score = row.value(roles.target), row.cell(roles.score)
    chosen = row.text(roles.sign)
    return Indicator(
        name=row.name,
        sign=chosen or _sign_of(target, settings, unsigned=not roles.sign) or None,
        target=_scored(target),
        actual=_scored(row.value(roles.result)),
        level=row.text(roles.level) or None,
        weight=row.number(roles.weight),
        deduction=row.number(roles.cut),
        reason=row.text(roles.reason).strip() or None,
        submitted=None if score.formula else row.number(roles.score),
        unit=row.text(roles.unit),
        guessed=bool(roles.sign) and not chosen,
        unsigned=not roles.sign,
    )


def _sign_of(target: Content, settings: ScoringSettings, *, unsigned: bool) -> str:
    """What the target itself says; where no column asks for a sign, a target of nothing is met by nothing alone."""
    said = sign_in_text(target) if isinstance(target, str) else ""
    if unsigned and settings.sign(said) is not Sign.LESS and as_number(_scored(target)) == 0:
        return "="
    return said


def _scored(value: Content) -> Decimal | str | None:
    """A date counts as its serial number, as on the sheet."""
    if isinstance(value, dt.date):
        return Decimal((value - DAY_ZERO).days)
    return value if isinstance(value, (Decimal, str)) else None


class WorkedOut(NamedTuple):
    """A computed cell in which nothing stands (空着的计算格): its name, the row of its table, and what it comes to."""

    name: str
    row: int | None
    ref: CellRef
    shown: str


@dataclass(frozen=True, eq=False)
class Figures:
    """One section in its three views. Compared and hashed by identity."""

    section: Section
    filed: View
    computed: View
    raw: View
    memo: Memo = field(default_factory=Memo)

    def cells(self, kind: Kind) -> tuple[tuple[str, Cell], ...]:
        """Every cell of a kind with its name: the fields, then column by column. A dozen checks walk them."""
        return self.memo.once(kind, lambda: tuple(self._cells(kind)))

    def _cells(self, kind: Kind) -> Iterator[tuple[str, Cell]]:
        space, section = self.filed.space, self.section
        for name in space.of_kind(kind):
            parts = space.split(name)
            yield from ((name, cell) for cell in (section.column(*parts) if parts else (section.fields[name],)))

    def worked_out(self) -> Iterator[WorkedOut]:
        """What the form's formulas give where neither they nor a figure stand."""
        section = self.section
        for name, datum in section.space.fields.items():
            if datum.computed and _is_bare(section.fields[name]) and (shown := _shown(datum, self.filed(name))):
                yield WorkedOut(name, None, section.fields[name].ref, shown)
        for table, spec in section.space.tables.items():
            for column, datum in spec.columns.items():
                values = self.filed.column(datum.name) if datum.computed and section.rows(table) else ()
                for row, (cell, value) in enumerate(zip(section.column(table, column), values, strict=False)):
                    if _is_bare(cell) and (shown := _shown(datum, value)):
                        yield WorkedOut(datum.name, row, cell.ref, shown)


def _is_bare(cell: Cell) -> bool:
    return cell.blank and not cell.formula


def _shown(datum: Datum, value: Value) -> str:
    """A result as people read it; "" for none, and for an amount of 0, which may stand for nothing."""
    if not isinstance(value, Decimal):
        return f"“{value}”" if isinstance(value, str) and value and not isinstance(value, ErrorValue) else ""
    if datum.kind is Kind.RATE:
        return f"{figure(value * 100)}%" if value else ""
    told = value or datum.kind is Kind.SCORE
    return (plain if datum.kind is Kind.COUNT else figure)(value) if told else ""


@dataclass(frozen=True)
class UnitFigures:
    """The workbook scope and every project form."""

    book: Figures
    forms: tuple[Figures, ...]

    def of(self, kind: str) -> tuple[Figures, ...]:
        """The forms of one kind; the workbook's scope for ""."""
        return tuple(form for form in self.forms if form.section.space.kind == kind) if kind else (self.book,)

    @cached_property
    def all(self) -> tuple[Figures, ...]:
        """The workbook scope first."""
        return (self.book, *self.forms)


def compute(unit: UnitReturn, pack: Pack) -> UnitFigures:
    """Set up the views of a unit; nothing is worked out before it is asked for."""
    book = section_figures(unit.book, pack, None)
    return UnitFigures(book, tuple(section_figures(form, pack, book) for form in unit.forms))


def section_figures(section: Section, pack: Pack, book: Figures | None) -> Figures:
    """The views of one section; `book` answers for names of the workbook."""
    return Figures(
        section,
        View(section, pack, Stance.FILED, book.filed if book else None),
        View(section, pack, Stance.COMPUTED, book.computed if book else None),
        View(section, pack, Stance.RAW, book.raw if book else None),
    )
