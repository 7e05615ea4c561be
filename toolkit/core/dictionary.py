"""The data dictionary (数据字典): every name of the fill-in workbook, its kind, and whether it is computed.

One name per datum: the same name is the Excel defined name, the JSON key, the operand of an
audit formula and the variable of the Word template.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from toolkit.core.light import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping


class Kind(StrEnum):
    """What a cell holds (数据类型)."""

    TEXT = "text"
    LONG = "long"
    MONEY = "money"
    COUNT = "count"
    AREA = "area"
    RATE = "rate"
    SCORE = "score"
    YEAR = "year"
    DATE = "date"
    YESNO = "yesno"
    CHOICE = "choice"
    MIXED = "mixed"

    @cached_property
    def is_number(self) -> bool:
        """Cells that must hold a number."""
        return self in _NUMBERS


_NUMBERS = frozenset({Kind.MONEY, Kind.COUNT, Kind.AREA, Kind.RATE, Kind.SCORE, Kind.YEAR})


@dataclass(frozen=True, slots=True)
class Datum:
    """One named single cell, or one column of a table (数据项)."""

    name: str
    kind: Kind
    computed: bool = False
    unit: str = ""  # of money: what the pack counts in

    @property
    def label(self) -> str:
        """Short Chinese label: the name with its separators opened up."""
        return self.name.replace("_", "·")


class TableRole(StrEnum):
    """What a table is for (表的用处); a table without a role is read, judged by formulas and printed like any other."""

    PROJECTS = "projects"  # 项目支出明细: one row per project
    INDICATORS = "indicators"  # 绩效指标: scored row by row
    APPROVED = "approved"  # the indicators as approved
    OFFICES = "offices"  # names of offices and of units that belong to the unit
    GOALS = "goals"  # aims of the year and what came of them
    PLAIN = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column of a table is for what (列的用处); "" where the table has no such column.

    Attributes:
        first, second: 一级、二级指标; sign: 性质; level: 完成等级; weight: 分值; cut: 人工扣减; reason: 偏差原因.
        opening, budget, spent: 年初预算数、全年预算数、全年执行数 of a project.
        use: what a project's money is for; secret: 涉密; planned: what is only aimed at; year: which year a row is of.
    """

    name: str = ""
    code: str = ""
    first: str = ""
    second: str = ""
    sign: str = ""
    target: str = ""
    unit: str = ""
    result: str = ""
    level: str = ""
    weight: str = ""
    score: str = ""
    cut: str = ""
    reason: str = ""
    opening: str = ""
    budget: str = ""
    spent: str = ""
    use: str = ""
    secret: str = ""
    planned: str = ""
    year: str = ""


@dataclass(frozen=True, slots=True)
class Fields:
    """Which single cell of a scope is for what (名称的用处); "" where the scope has no such cell.

    Attributes:
        name, code: of the unit in the workbook's scope, of the project on its form.
        department, year, filed_on, signers, phones: of the cover.
        opening, budget, spent: 年初预算数、全年预算数、全年执行数.
        costs: amounts that a total cost may mean; fund_parts: the 其中 rows of 资金总额.
        execution, total, grade: points of the execution rate, all points, and their grade.
        planned: texts of what is only aimed at; done: texts of what came of it; problems: 存在的问题.
        operator: 实施单位; may_be_negative: amounts that may be below 0.
        last_year: a figure of this year → the cell that repeats last year's.
    """

    name: str = ""
    code: str = ""
    department: str = ""
    year: str = ""
    filed_on: str = ""
    signers: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    opening: str = ""
    budget: str = ""
    spent: str = ""
    costs: tuple[str, ...] = ()
    fund_parts: tuple[str, ...] = ()
    execution: str = ""
    total: str = ""
    grade: str = ""
    planned: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    problems: str = ""
    operator: str = ""
    may_be_negative: tuple[str, ...] = ()
    last_year: Mapping[str, str] = field(default_factory=dict)


NO_COLUMNS, NO_FIELDS = Columns(), Fields()


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One table (表): its columns in order. The defined name of a column is `<表>_<列>`.

    `like`: the table of the workbook whose columns, and lists to choose from, a form's table repeats.
    """

    name: str
    columns: Mapping[str, Datum]
    role: TableRole = TableRole.PLAIN
    roles: Columns = NO_COLUMNS
    like: str = ""

    def full_name(self, column: str) -> str:
        """`<表>_<列>`; "" for a column that the table does not have."""
        return f"{self.name}_{column}" if column else ""


_NO_TABLE = TableSpec("", MappingProxyType({}))


@dataclass(frozen=True, slots=True, eq=False)
class NameSpace:
    """The names of one scope: the workbook, or one kind of form that is filled once per project.

    Attributes:
        kind: which kind of form, "" for the workbook; unit: what its amounts count in.
        told: data name this kind; a form of which none is named is of the first.
        listed_in: the table of the workbook with a row for each form of this kind; "" where none lists them.
    """

    fields: Mapping[str, Datum]
    tables: Mapping[str, TableSpec]
    roles: Fields = NO_FIELDS
    kind: str = ""
    unit: str = ""
    told: bool = False
    listed_in: str = ""

    @property
    def listed(self) -> str:
        """What templates call the list of all forms of this kind."""
        return f"{self.kind}自评"

    def all_names(self) -> Iterator[str]:
        """Every defined name of this scope, tables by column."""
        yield from self.fields
        for table in self.tables.values():
            yield from (table.full_name(column) for column in table.columns)

    def split(self, name: str) -> tuple[str, str] | None:
        """A column's full name as table and column; None for any other name."""
        return _split(self, name)

    def datum(self, name: str) -> Datum | None:
        """The datum of a field or of a table column."""
        return _data(self).get(name)

    def of_kind(self, kind: Kind) -> tuple[str, ...]:
        """The fields of a kind, then the columns."""
        return _of_kind(self, kind)

    def table(self, role: TableRole) -> TableSpec:
        """The first table with a role; one without name and columns where the scope has none."""
        return next(self.all_of(role), _NO_TABLE)

    def all_of(self, role: TableRole) -> Iterator[TableSpec]:
        """Every table with a role."""
        return (table for table in self.tables.values() if table.role is role)


@lru_cache(maxsize=64)
def _data(space: NameSpace) -> Mapping[str, Datum]:
    columns = (datum for table in space.tables.values() for datum in table.columns.values())
    return {**space.fields, **{datum.name: datum for datum in columns}}


@lru_cache(maxsize=256)
def _of_kind(space: NameSpace, kind: Kind) -> tuple[str, ...]:
    return tuple(name for name, datum in _data(space).items() if datum.kind is kind)


@lru_cache(maxsize=8192)
def _split(space: NameSpace, name: str) -> tuple[str, str] | None:
    spec = next((t for t in space.tables.values() if name.startswith(f"{t.name}_")), None)
    column = name.removeprefix(f"{spec.name}_") if spec else ""
    return (spec.name, column) if spec and column in spec.columns else None


NO_NAMES = NameSpace(MappingProxyType({}), MappingProxyType({}))


@dataclass(frozen=True, slots=True, eq=False)
class Dictionary:
    """All names: of the workbook (`book`) and of each kind of form (`forms`). Compared and hashed by identity."""

    book: NameSpace
    forms: tuple[NameSpace, ...]

    @property
    def form(self) -> NameSpace:
        """The first kind of form; one without names where the pack has none."""
        return next(iter(self.forms), NO_NAMES)

    @property
    def spaces(self) -> tuple[NameSpace, ...]:
        """The workbook's scope and those of the forms."""
        return (self.book, *self.forms)

    def form_of(self, names: Collection[str]) -> NameSpace | None:
        """The kind of form that a sheet is, by the names that are its own; None for any other sheet."""
        counted = [(sum(n in names for n in form.all_names()), form) for form in self.forms if names]
        most, found = max(counted, key=lambda pair: pair[0], default=(0, None))
        return found if most else None

    @property
    def listings(self) -> tuple[tuple[TableSpec, tuple[NameSpace, ...]], ...]:
        """Each table of the workbook that lists forms, with the kinds that it lists."""
        tables = dict.fromkeys(form.listed_in for form in self.forms if form.listed_in)
        return tuple((self.book.tables[t], tuple(f for f in self.forms if f.listed_in == t)) for t in tables)

    def scope(self, kind: str) -> NameSpace:
        """The names of one kind of form; those of the workbook for ""."""
        return self.kind(kind) if kind else self.book

    def kind(self, kind: str) -> NameSpace:
        """The names of one kind of form; of the first where there is none of this kind."""
        return next((form for form in self.forms if form.kind == kind), self.form)

    def all_names(self) -> Iterator[str]:
        """Every defined name."""
        return (name for space in self.spaces for name in space.all_names())

    def split(self, name: str) -> tuple[str, str] | None:
        """A column's full name as table and column, of whichever scope."""
        return next((found for space in self.spaces if (found := space.split(name))), None)

    def alike(self, name: str) -> str:
        """The column of the workbook that a column of a form repeats; any other name is itself."""
        tables = (t for space in self.forms for t in space.tables.values() if t.like and name.startswith(f"{t.name}_"))
        return next((f"{t.like}_{name.removeprefix(f'{t.name}_')}" for t in tables), name)

    def datum(self, name: str) -> Datum | None:
        """Look a name up in every scope."""
        return next((found for space in self.spaces if (found := space.datum(name))), None)
