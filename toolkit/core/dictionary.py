"""The data dictionary (数据字典): every name of the fill-in workbook, its kind, and whether it is computed.

One name per datum: the same name is the Excel defined name, the JSON key, the operand of an
audit formula and the variable of the Word template.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from toolkit.core.errors import PackError
from toolkit.core.words import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Spec = dict[str, Any]

_NAME = re.compile(r"[^\W\d]\w*")


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


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One table (表): its columns in order. The defined name of a column is `<表>_<列>`."""

    name: str
    columns: Mapping[str, Datum]

    def full_name(self, column: str) -> str:
        """`<表>_<列>`."""
        return f"{self.name}_{column}"


@dataclass(frozen=True, slots=True, eq=False)
class NameSpace:
    """The names of one scope: the workbook, or one project form."""

    fields: Mapping[str, Datum]
    tables: Mapping[str, TableSpec]

    def all_names(self) -> Iterator[str]:
        """Every defined name of this scope, tables by column."""
        yield from self.fields
        for table in self.tables.values():
            yield from (table.full_name(column) for column in table.columns)

    def split(self, name: str) -> tuple[str, str] | None:
        """`指标_得分` → ("指标", "得分"); None when it is not a table column."""
        return _split(self, name)

    def datum(self, name: str) -> Datum | None:
        """The datum of a field or of a table column."""
        return _data(self).get(name)


@lru_cache(maxsize=64)
def _data(space: NameSpace) -> Mapping[str, Datum]:
    columns = (datum for table in space.tables.values() for datum in table.columns.values())
    return {**space.fields, **{datum.name: datum for datum in columns}}


@lru_cache(maxsize=8192)
def _split(space: NameSpace, name: str) -> tuple[str, str] | None:
    table, _, column = name.partition("_")
    spec = space.tables.get(table)
    return (table, column) if spec and column in spec.columns else None


@dataclass(frozen=True, slots=True, eq=False)
class Dictionary:
    """All names: of the workbook (`book`) and of a project form (`form`). Compared and hashed by identity."""

    book: NameSpace
    form: NameSpace

    def datum(self, name: str) -> Datum | None:
        """Look a name up in both scopes."""
        return self.book.datum(name) or self.form.datum(name)

    def nearest(self, name: str) -> str | None:
        """The best-matching known name, for "您是不是要写…" messages."""
        return nearest(name, [*self.book.all_names(), *self.form.all_names()])


def _group(spec: Spec) -> Iterator[Datum]:
    computed = set(spec.get("computed", ()))
    for kind, names in spec["names"].items():
        yield from (Datum(name, Kind(kind), name in computed) for name in names)


def _grid(spec: Spec) -> Iterator[Datum]:
    computed = set(spec.get("computed_rows", ()))
    for row in spec["rows"]:
        for column in spec["columns"]:
            yield Datum(f"{spec['prefix']}_{row}_{column}", Kind(spec["kind"]), row in computed)


def _table(spec: Spec) -> TableSpec:
    computed = set(spec.get("computed", ()))
    pairs = [entry.split(":") for entry in spec["columns"]]
    columns = {c: Datum(f"{spec['name']}_{c}", Kind(kind), c in computed) for c, kind in pairs}
    return TableSpec(spec["name"], columns)


def _renamed(table: TableSpec, name: str) -> TableSpec:
    columns = {c: Datum(f"{name}_{c}", d.kind, d.computed) for c, d in table.columns.items()}
    return TableSpec(name, columns)


def _fields(groups: Iterable[Spec], grids: Iterable[Spec]) -> dict[str, Datum]:
    found = [d for g in groups for d in _group(g)] + [d for g in grids for d in _grid(g)]
    return {d.name: d for d in found}


def extended(base: Dictionary, raw: Mapping[str, Any]) -> Dictionary:
    """The dictionary of a pack that adds names (`[[names]]`, `[[form_names]]`, `[[tables]]`, `[[columns]]`).

    Raises:
        PackError: a name that exists already, or that Excel, WPS or LibreOffice would not take; columns of no table.
    """
    book = _added(base.book.fields, _fields(raw.get("names", ()), ()))
    form = _added(base.form.fields, _fields(raw.get("form_names", ()), ()))
    tables = dict(base.book.tables)
    for table in (_table(t) for t in raw.get("tables", ())):
        if table.name in tables or table.name in book:
            raise PackError(f"pack.toml [[tables]]：表“{table.name}”已经有了，规则包只能添加新表。")
        tables[table.name] = table
    for spec in raw.get("columns", ()):
        tables[spec["table"]] = _widened(tables, spec)
    return Dictionary(
        _counted_in(raw["pack"]["unit"], book, tables),
        _counted_in(raw["parameters"]["项目金额单位"], form, base.form.tables),
    )


def _counted_in(unit: str, fields: Mapping[str, Datum], tables: Mapping[str, TableSpec]) -> NameSpace:
    """The names of one scope, its amounts in the unit that the pack declares."""

    def told(datum: Datum) -> Datum:
        return replace(datum, unit=unit) if datum.kind is Kind.MONEY else datum

    return NameSpace(
        {name: told(datum) for name, datum in fields.items()},
        {n: TableSpec(t.name, {c: told(d) for c, d in t.columns.items()}) for n, t in tables.items()},
    )


def _widened(tables: Mapping[str, TableSpec], spec: Spec) -> TableSpec:
    """A table of the book with further columns at its end."""
    table = tables.get(spec["table"])
    if table is None:
        close = nearest(spec["table"], tables)
        hint = f"，是不是“{close}”？" if close else "。"
        raise PackError(f"pack.toml [[columns]]：没有表“{spec['table']}”{hint}")
    more = _table({"name": table.name, **spec}).columns
    for column in more:
        if column in table.columns:
            raise PackError(f"pack.toml [[columns]]：表“{table.name}”已有列“{column}”，规则包只能添加新列。")
        if not _NAME.fullmatch(column):
            raise PackError(f"pack.toml [[columns]]：列名“{column}”只能用汉字、字母、数字和下划线，且不以数字开头。")
    return TableSpec(table.name, {**table.columns, **more})


def _added(known: Mapping[str, Datum], more: Mapping[str, Datum]) -> dict[str, Datum]:
    for name in more:
        if name in known:
            raise PackError(f"pack.toml [[names]]：名称“{name}”已经有了，规则包只能添加新名称。")
        if not _NAME.fullmatch(name):
            raise PackError(f"pack.toml [[names]]：名称“{name}”只能用汉字、字母、数字和下划线，且不以数字开头。")
    return {**known, **more}


@cache
def load_dictionary() -> Dictionary:
    """Read `dictionary.toml`, once per process."""
    raw = tomllib.loads(files("toolkit").joinpath("core/dictionary.toml").read_text("utf-8"))
    tables = {t["name"]: _table(t) for t in raw["table"]}
    form_tables = {t["name"]: _renamed(tables[t["like"]], t["name"]) for t in raw["form_table"]}
    return Dictionary(
        NameSpace(_fields(raw["group"], raw["grid"]), tables),
        NameSpace(_fields(raw["form_group"], raw["form_grid"]), form_tables),
    )
