"""Names as a pack's TOML gives them (名称): groups, grids and tables become the data dictionary, each with its role.

The program knows roles, not names: what is the unit's name, the total, the table of projects. A name that a pack has
dropped leaves its role unfilled, and what needs the role is then not done.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, TypeVar

from toolkit.core.dictionary import (
    Columns,
    Datum,
    Dictionary,
    Fields,
    Kind,
    NameSpace,
    TableRole,
    TableSpec,
)
from toolkit.core.errors import PackError
from toolkit.core.light import fields, replace
from toolkit.core.patterns import late
from toolkit.core.words import suggested
from toolkit.pack.reading.own_names import EXECUTION_MARK, FULL_MARK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Spec = dict[str, Any]

_NAME = late(r"[^\W\d]\w*")
_REFERENCE = late(r"[A-Za-z]{1,3}\d+|[Rr]\d*(?:[Cc]\d*)?|[Cc]\d*")  # A1, R1C1, R, C


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
    """What the last matching pattern says; "!" takes back: all, and then not these."""
    found = False
    for pattern in patterns if name else ():  # "" is no name: what asks for none is not dropped by "*"
        if fnmatchcase(name, pattern.removeprefix("!")):
            found = not pattern.startswith("!")
    return found


def _table(spec: Spec) -> TableSpec:
    computed = set(spec.get("computed", ()))
    pairs = [(column, _kind(kind, f"表 {spec['name']} 的列“{column}”")) for column, kind in _pairs(spec["columns"])]
    columns = {c: Datum(f"{spec['name']}_{c}", kind, c in computed) for c, kind in pairs}
    return _columns(spec, columns, _table_role(spec), Columns(**spec.get("roles", {})))


def _table_role(spec: Spec) -> TableRole:
    told = spec.get("role", "")
    if told not in set(TableRole):
        hint = suggested(told, set(TableRole), f"，可写 {'、'.join(filter(None, TableRole))}。", " {}")
        raise PackError(f"表 {spec['name']} 的 role“{told}”不认识{hint}")
    return TableRole(told)


def _pairs(columns: Iterable[str]) -> Iterator[tuple[str, str]]:
    for entry in columns:
        column, _, kind = entry.partition(":")
        yield column.strip(), kind.strip()


def _kind(written: str, what: str) -> Kind:
    if not written:
        raise PackError(f"{what}没有写类型，应写成“列名:类型”，例如“备注:text”。类型有 {'、'.join(Kind)}。")
    if written not in set(Kind):
        hint = suggested(written, set(Kind), f"，可写 {'、'.join(Kind)}。", " {}")
        raise PackError(f"{what}：类型“{written}”不认识{hint}")
    return Kind(written)


def _columns(spec: Spec, columns: Mapping[str, Datum], role: TableRole, roles: Columns) -> TableSpec:
    dropped = spec.get("without", ())
    left = {c: d for c, d in columns.items() if not _dropped(d.name, dropped)}
    return TableSpec(spec["name"], left, role, filled_roles(roles, left))


Roles = TypeVar("Roles", Columns, Fields)


def filled_roles(roles: Roles, known: Mapping[str, object]) -> Roles:
    """Roles less those whose names this scope does not have."""
    changed: dict[str, Any] = {}
    for key in (one.name for one in fields(roles)):
        told = getattr(roles, key)
        if isinstance(told, str):
            changed[key] = told if told in known else ""
        elif isinstance(told, tuple):
            changed[key] = tuple(n for n in told if n in known)
        else:
            changed[key] = {n: b for n, b in told.items() if n in known and b in known}
    return replace(roles, **changed)


def _field_roles(told: Mapping[str, Any], known: Mapping[str, Datum]) -> Fields:
    """Roles of single cells as written; patterns stand for all names that they match."""
    read: dict[str, Any] = dict(told)
    for one in fields(Fields):
        value = told.get(one.name)
        if isinstance(value, list):
            read[one.name] = tuple(n for pattern in value for n in _matching(pattern, known))
        elif isinstance(value, dict):
            pairs = ((n, _beside(n, p, before)) for p, before in value.items() for n in _matching(p, known))
            read[one.name] = dict(pairs)
    return filled_roles(Fields(**read), known)


def _matching(pattern: str, known: Mapping[str, Datum]) -> list[str]:
    return [n for n in known if fnmatchcase(n, pattern)]


def _beside(name: str, pattern: str, other: str) -> str:
    """`基数_*_今` and `基数_*_昨`: the name that stands for the same thing in the other pattern."""
    head, _, tail = pattern.partition("*")
    return other.replace("*", name[len(head) : len(name) - len(tail)] if tail else name[len(head) :])


def _like(spec: Spec, known: Mapping[str, TableSpec]) -> TableSpec:
    """A table of the project form with the columns of a table of the workbook."""
    if "columns" in spec:
        return _table(spec)
    source = known.get(spec["like"])
    if source is None:
        raise PackError(f"[[form_table]] {spec['name']}：like 写的表“{spec['like']}”不存在。")
    name = spec["name"]
    columns = {c: Datum(f"{name}_{c}", d.kind, d.computed) for c, d in source.columns.items()}
    return replace(_columns(spec, columns, source.role, source.roles), like=source.name)


def read_dictionary(raw: Mapping[str, Any]) -> Dictionary:
    """The names of a pack: those of its dictionary.toml, and what packs that extend it add, less what they drop.

    Raises:
        PackError: a name that exists already, or that Excel, WPS or LibreOffice would not take; columns of no table.
    """
    specs = (*raw.get("table", ()), *raw.get("tables", ()))
    every = {t["name"]: _table({**t, "without": ()}) for t in specs}
    book = _fields(raw.get("group", ()), raw.get("grid", ()), raw.get("names", ()), raw.get("grids", ()))
    tables = _tables(specs, raw.get("columns", ()), every)
    forms = [_form(raw, kind, every, tables) for kind in form_kinds(raw)]
    found = Dictionary(
        _scope(str(raw["pack"]["unit"]), book, tables, raw),
        tuple(form for form in forms if form.fields or form.tables),
    )
    _check_twice(found)
    return found


def added_later(raw: Mapping[str, Any]) -> dict[str, int]:
    """Name → the number of the addition that brought it (`later`); what the form always had is not among them."""
    found: dict[str, int] = {}
    for head in ("", "form_"):
        told = [(e, _group(e)) for e in (*raw.get(f"{head}group", ()), *raw.get(f"{head}names", ()))]
        told += [(e, _grid(e)) for e in (*raw.get(f"{head}grid", ()), *raw.get(f"{head}grids", ()))]
        found |= {datum.name: e["later"] for e, data in told if "later" in e for datum in data}
        tables = [(e, e["name"]) for e in (*raw.get(f"{head}table", ()), *raw.get(f"{head}tables", ()))]
        tables += [(e, e["table"]) for e in raw.get(f"{head}columns", ())]
        pairs = ((name, c, e["later"]) for e, name in tables if "later" in e for c, _ in _pairs(e.get("columns", ())))
        found |= {f"{name}_{column}": number for name, column, number in pairs}
    return found


def form_kinds(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """The kinds of forms that are filled once per project (政策, transfer …); what names no kind is of the first."""
    return tuple(raw.get("form_kinds", {})) or ("form",)


def kind_of(entry: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """Which kind of form an entry is about: `form = true`, or none said, is the first; "" for `form = false`."""
    told = entry.get("form")
    if not told:
        return ""
    known = form_kinds(raw)
    if told is True:
        return known[0]
    if told not in known:
        hint = suggested(str(told), known, f"，有：{'、'.join(known)}。")
        raise PackError(f"form = “{told}”：[form_kinds] 里没有这一种表{hint}")
    return str(told)


def level_weights(raw: Mapping[str, Any], kind: str = "") -> Mapping[str, Any]:
    """Points of the first levels: those of a kind of form, where it has its own, else those of the workbook."""
    own: Mapping[str, Any] | None = raw.get("form_kinds", {}).get(kind, {}).get("weights")
    if own is None and kind and kind == form_kinds(raw)[0]:
        own = raw.get("form_weights")
    found: Mapping[str, Any] = raw["weights"] if own is None else own
    return found


def second_weights(raw: Mapping[str, Any], kind: str = "") -> Mapping[str, Mapping[str, Any]]:
    """First level → points of its second levels; of a kind with points of its own only those that it gives itself."""
    own: Mapping[str, Any] = raw.get("form_kinds", {}).get(kind, {})
    inherited = level_weights(raw, kind) is raw["weights"]
    found: Mapping[str, Any] = own.get("second_weights", raw.get("second_weights", {}) if inherited else {})
    return found


def mark_of(raw: Mapping[str, Any], name: str, kind: str) -> str:
    """All points, or those of the execution rate, of a kind of form: its own, or those of the workbook."""
    own = {EXECUTION_MARK: "execution", FULL_MARK: "full"}[name]
    return str(raw.get("form_kinds", {}).get(kind, {}).get(own, raw["parameters"][name]))


def _form(
    raw: Mapping[str, Any], kind: str, every: Mapping[str, TableSpec], book: Mapping[str, TableSpec]
) -> NameSpace:
    def own(key: str) -> list[Spec]:
        return [e for e in raw.get(key, ()) if kind_of({"form": True, **e}, raw) == kind]

    settings = raw.get("form_kinds", {}).get(kind, {})
    names = _fields(own("form_group"), own("form_grid"), own("form_names"), own("form_grids"))
    tables = _tables((*own("form_table"), *own("form_tables")), own("form_columns"), every)
    unit = str(settings.get("unit", raw["parameters"]["项目金额单位"]))
    own_roles = {**raw, "roles": settings.get("roles", {})}
    listed_in = settings.get("listed_in", "")
    return replace(
        _scope(unit, names, tables, own_roles),
        kind=kind,
        told=kind != form_kinds(raw)[0],
        listed_in=listed_in if listed_in in book else "",
    )


def _fields(*groups: Iterable[Spec]) -> dict[str, Datum]:
    """The single cells of one scope in order: groups and grids of the dictionary, then what packs add."""
    found: dict[str, Datum] = {}
    for index, specs in enumerate(groups):
        for datum in (d for spec in specs for d in (_grid(spec) if index % 2 else _group(spec))):
            _check_name(datum.name, known=datum.name in found)
            found[datum.name] = datum
    return found


def _check_twice(found: Dictionary) -> None:
    """A name says in which scope it stands, so that formulas and rules need not."""
    known: set[str] = set()
    for name in found.all_names():
        _check_name(name, known=name in known)
        known.add(name)


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


def _scope(unit: str, names: Mapping[str, Datum], tables: Mapping[str, TableSpec], raw: Mapping[str, Any]) -> NameSpace:
    """The names of one scope: its amounts in the unit that the pack declares, typed what has no formula any more."""
    typed = raw.get("typed", ())

    def told(datum: Datum) -> Datum:
        unit_of = unit if datum.kind is Kind.MONEY else datum.unit
        return replace(datum, unit=unit_of, computed=datum.computed and not picked(datum.name, typed))

    return NameSpace(
        {name: told(datum) for name, datum in names.items()},
        {n: replace(t, columns={c: told(d) for c, d in t.columns.items()}) for n, t in tables.items()},
        _field_roles(raw.get("roles", {}), names),
        unit=unit,
    )


def _widened(tables: Mapping[str, TableSpec], spec: Spec) -> TableSpec:
    """A table with further columns at its end."""
    table = tables.get(spec["table"])
    if table is None:
        raise PackError(f"[[columns]]：没有表“{spec['table']}”{suggested(spec['table'], tables)}")
    more = _table({"name": table.name, **spec}).columns
    for column in more:
        if column in table.columns:
            raise PackError(f"[[columns]]：表“{table.name}”已有列“{column}”，规则包只能添加新列。")
        _check_column(column)
    columns = {**table.columns, **more}
    return replace(table, columns=columns, roles=filled_roles(replace(table.roles, **spec.get("roles", {})), columns))


def _check_column(column: str) -> None:
    if not _NAME.fullmatch(column):
        raise PackError(f"[[columns]]：列名“{column}”只能用汉字、字母、数字和下划线，且不以数字开头。")
