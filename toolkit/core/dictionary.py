"""The data dictionary (数据字典): every name of the fill-in workbook, its kind, and whether it is computed.

One name per datum: the same name is the Excel defined name, the JSON key, the operand of an
audit formula and the variable of the Word template.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from toolkit.core.errors import PackError
from toolkit.core.patterns import late
from toolkit.core.words import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Spec = dict[str, Any]

_NAME = late(r"[^\W\d]\w*")
_REFERENCE = late(r"[A-Za-z]{1,3}\d+|[Rr]\d*(?:[Cc]\d*)?|[Cc]\d*")  # A1, R1C1, R, C


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
        yield from (Datum(name, _kind(kind, f"名称“{name}”"), name in computed) for name in names)


def _grid(spec: Spec) -> Iterator[Datum]:
    computed, dropped = set(spec.get("computed_rows", ())), spec.get("without", ())
    for row in spec["rows"]:
        for column in spec["columns"]:
            name = f"{spec['prefix']}_{row}_{column}"
            if not _dropped(name, dropped):
                yield Datum(name, _kind(spec["kind"], f"[[grids]] {spec['prefix']}"), row in computed)


def _dropped(name: str, levels: Iterable[Iterable[str]]) -> bool:
    """Whether one of the packs that extend each other drops a name; each has patterns of its own."""
    return any(picked(name, patterns) for patterns in levels)


def picked(name: str, patterns: Iterable[str]) -> bool:
    """What the last matching pattern says; "!" takes back: `*`, `!封面_*` is all but the cover."""
    found = False
    for pattern in patterns:
        if fnmatchcase(name, pattern.removeprefix("!")):
            found = not pattern.startswith("!")
    return found


def _table(spec: Spec) -> TableSpec:
    computed = set(spec.get("computed", ()))
    pairs = [(column, _kind(kind, f"表 {spec['name']} 的列“{column}”")) for column, kind in _pairs(spec["columns"])]
    return _columns(spec, {c: Datum(f"{spec['name']}_{c}", kind, c in computed) for c, kind in pairs})


def _pairs(columns: Iterable[str]) -> Iterator[tuple[str, str]]:
    for entry in columns:
        column, _, kind = entry.partition(":")
        yield column.strip(), kind.strip()


def _kind(written: str, what: str) -> Kind:
    if not written:
        raise PackError(f"{what}没有写类型，应写成“列名:类型”，例如“备注:text”。类型有 {'、'.join(Kind)}。")
    if written not in set(Kind):
        close = nearest(written, set(Kind))
        hint = f"，是不是 {close}？" if close else f"，可写 {'、'.join(Kind)}。"
        raise PackError(f"{what}：类型“{written}”不认识{hint}")
    return Kind(written)


def _columns(spec: Spec, columns: Mapping[str, Datum]) -> TableSpec:
    dropped = spec.get("without", ())
    return TableSpec(spec["name"], {c: d for c, d in columns.items() if not _dropped(d.name, dropped)})


def _like(spec: Spec, known: Mapping[str, TableSpec]) -> TableSpec:
    """A table of the project form with the columns of a table of the workbook."""
    if "columns" in spec:
        return _table(spec)
    source = known.get(spec["like"])
    if source is None:
        raise PackError(f"[[form_table]] {spec['name']}：like 写的表“{spec['like']}”不存在。")
    name = spec["name"]
    return _columns(spec, {c: Datum(f"{name}_{c}", d.kind, d.computed) for c, d in source.columns.items()})


def read_dictionary(raw: Mapping[str, Any]) -> Dictionary:
    """The names of a pack: those of its dictionary.toml, and what packs that extend it add, less what they drop.

    Raises:
        PackError: a name that exists already, or that Excel, WPS or LibreOffice would not take; columns of no table.
    """
    every = {t["name"]: _table({**t, "without": ()}) for t in (*raw.get("table", ()), *raw.get("tables", ()))}
    book_tables = _tables((*raw.get("table", ()), *raw.get("tables", ())), raw.get("columns", ()), every)
    form_tables = _tables((*raw.get("form_table", ()), *raw.get("form_tables", ())), raw.get("form_columns", ()), every)
    return Dictionary(
        _scope(raw["pack"]["unit"], _fields(raw, ""), book_tables),
        _scope(raw["parameters"]["项目金额单位"], _fields(raw, "form_"), form_tables),
    )


def _fields(raw: Mapping[str, Any], scope: str) -> dict[str, Datum]:
    """The single cells of one scope in order: groups and grids of the dictionary, then what packs add."""
    found: dict[str, Datum] = {}
    for groups, grids in ((f"{scope}group", f"{scope}grid"), (f"{scope}names", f"{scope}grids")):
        data = [d for g in raw.get(groups, ()) for d in _group(g)]
        data += [d for g in raw.get(grids, ()) for d in _grid(g)]
        for datum in data:
            _check_name(datum.name, known=datum.name in found)
            found[datum.name] = datum
    return found


def _check_name(name: str, *, known: bool) -> None:
    if known:
        raise PackError(f"[[names]]：名称“{name}”已经有了，同一个名称不能再作他用。")
    if not _NAME.fullmatch(name):
        raise PackError(f"[[names]]：名称“{name}”只能用汉字、字母、数字和下划线，且不以数字开头。")
    if _REFERENCE.fullmatch(name):
        raise PackError(f"[[names]]：名称“{name}”和单元格地址一样，Excel 不接受，请换一个名称。")


def _tables(specs: Iterable[Spec], widenings: Iterable[Spec], every: Mapping[str, TableSpec]) -> dict[str, TableSpec]:
    found: dict[str, TableSpec] = {}
    for spec in specs:
        if spec["name"] in found:
            raise PackError(f"[[tables]]：表“{spec['name']}”已经有了，规则包只能添加新表。")
        found[spec["name"]] = _like(spec, every)
        for column in found[spec["name"]].columns:
            _check_column(column)
    for spec in widenings:
        found[spec["table"]] = _widened(found, spec)
    return {name: table for name, table in found.items() if table.columns}


def _scope(unit: str, fields: Mapping[str, Datum], tables: Mapping[str, TableSpec]) -> NameSpace:
    """The names of one scope, its amounts in the unit that the pack declares."""

    def told(datum: Datum) -> Datum:
        return replace(datum, unit=unit) if datum.kind is Kind.MONEY else datum

    return NameSpace(
        {name: told(datum) for name, datum in fields.items()},
        {n: TableSpec(t.name, {c: told(d) for c, d in t.columns.items()}) for n, t in tables.items()},
    )


def _widened(tables: Mapping[str, TableSpec], spec: Spec) -> TableSpec:
    """A table with further columns at its end."""
    table = tables.get(spec["table"])
    if table is None:
        close = nearest(spec["table"], tables)
        hint = f"，是不是“{close}”？" if close else "。"
        raise PackError(f"[[columns]]：没有表“{spec['table']}”{hint}")
    more = _table({"name": table.name, **spec}).columns
    for column in more:
        if column in table.columns:
            raise PackError(f"[[columns]]：表“{table.name}”已有列“{column}”，规则包只能添加新列。")
        _check_column(column)
    return TableSpec(table.name, {**table.columns, **more})


def _check_column(column: str) -> None:
    if not _NAME.fullmatch(column):
        raise PackError(f"[[columns]]：列名“{column}”只能用汉字、字母、数字和下划线，且不以数字开头。")
