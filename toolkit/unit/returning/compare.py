"""往返对比 compare: two versions of one return, cell by cell, both sides told; what only moved is no change.

Rows are the same row when they are equal, carry the same code or name, or are mostly equal. The patch that comes of
it is complete: put onto the first version it gives the second.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from toolkit.core.dictionary import Kind
from toolkit.core.light import dataclass
from toolkit.core.model import UnitReturn, row_name
from toolkit.unit.exchange import unit_to_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from toolkit.core.dictionary import Columns, Datum, Fields, NameSpace
    from toolkit.core.findings import CellRef
    from toolkit.core.model import Row, Section
    from toolkit.core.words import Json
    from toolkit.pack import Pack
Order = list[int | None]

_KEYS = 2  # where the pack names no code and no name, the first text columns tell a row
_ALIKE = 0.5
_MOST_WORDINGS = 2500  # pairs of rows whose words are held against each other
BOOK_SCOPE = -1


@dataclass(frozen=True, slots=True)
class Change:
    """One cell, row or form that differs (一处改动).

    Attributes:
        scope: `BOOK_SCOPE`, or the number of the project form; name: field, column, table, or "" for a whole form.
        kind: 改, 增 or 删; row: what names the row, "" for a field; before, after: both sides as JSON has them.
        ref: where it stands in the second version, or in the first one when it is gone.
    """

    scope: int
    name: str
    kind: str
    row: str
    before: Any
    after: Any
    ref: CellRef | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions of a return (对比结果).

    Attributes:
        patch: what turns the JSON of the first into that of the second: new values, None for what is blank now; rows
            and forms in their order, each by the place that it had, None for a new one.
        forms: for each project form of the second version the one of the first that it was.
        rows: (form or `BOOK_SCOPE`, table) → for each row of the second version the row of the first that it was.
    """

    before: UnitReturn
    after: UnitReturn
    changes: tuple[Change, ...]
    patch: Json
    forms: tuple[int | None, ...]
    rows: Mapping[tuple[int, str], tuple[int | None, ...]]


def compare_units(before: UnitReturn, after: UnitReturn, pack: Pack) -> Comparison:
    """Compare two returns of one pack."""
    old, new = unit_to_json(before), unit_to_json(after)
    book = pack.dictionary.book
    old_forms, new_forms = old.get("project_forms", []), new.get("project_forms", [])
    order = _matched_forms(before, after)
    patch: Json = _section_patch(old, new, book)
    if order != list(range(len(old_forms))) or old_forms != new_forms:
        parts = [
            {**_kind(form), **_section_patch(old_forms[o] if o is not None else {}, f, form.space)}
            for o, f, form in zip(order, new_forms, after.forms, strict=True)
        ]
        patch["project_forms"] = {"order": order, "sections": parts}
    for key in ("pack", "explanations", "explained_for"):
        if old.get(key) != new.get(key):
            patch[key] = new.get(key)
    rows = {(BOOK_SCOPE, t): tuple(_order(patch, new, t)) for t in book.tables}
    changes = [*_changes(BOOK_SCOPE, patch, before.book, after.book, book)]
    for index, (origin, form) in enumerate(zip(order, after.forms, strict=True)):
        part = patch["project_forms"]["sections"][index] if "project_forms" in patch else {}
        rows |= {(index, t): tuple(_order(part, new_forms[index], t)) for t in form.space.tables}
        changes += _form_changes(index, part, before.forms[origin] if origin is not None else None, form)
    gone = ((i, form) for i, form in enumerate(before.forms) if i not in order)
    changes += [Change(i, "", "删", _form_name(form), None, None, None) for i, form in gone]
    return Comparison(before, after, tuple(changes), patch, tuple(order), rows)


def _matched_forms(before: UnitReturn, after: UnitReturn) -> Order:
    """For each form of the second version the one of the first, of the same kind, that it was."""
    order: Order = [None] * len(after.forms)
    for space in dict.fromkeys(form.space for form in after.forms):
        old, new = ([i for i, f in enumerate(u.forms) if f.space.kind == space.kind] for u in (before, after))
        first = [_flat(_json(before.forms[i]), space) for i in old]
        second = [_flat(_json(after.forms[i]), space) for i in new]
        for place, origin in zip(new, matched(first, second, _keys(space.roles, space.fields)), strict=True):
            order[place] = old[origin] if origin is not None else None
    return order


def _kind(form: Section) -> Json:
    return {"kind": form.space.kind} if form.space.told else {}


def _json(section: Section) -> Json:
    return unit_to_json(UnitReturn("", section))


def _kept(cells: Json) -> Json:
    return {k: v for k, v in cells.items() if v is not None}


def _section_patch(old: Json, new: Json, space: NameSpace) -> Json:
    patch: Json = {}
    fields = _cells_patch(old.get("fields", {}), new.get("fields", {}))
    if fields:
        patch["fields"] = fields
    for table, spec in space.tables.items():
        first, second = old.get("tables", {}).get(table, []), new.get("tables", {}).get(table, [])
        if first != second:
            order = matched(first, second, _keys(spec.roles, spec.columns))
            cells = [_cells_patch(first[o] if o is not None else {}, row) for o, row in zip(order, second, strict=True)]
            patch.setdefault("tables", {})[table] = {"order": order, "set": cells}
    return patch


def _cells_patch(old: Json, new: Json) -> Json:
    """Name → new value, None where it is blank now."""
    names = [*new, *(n for n in old if n not in new)]
    return {n: new.get(n) for n in names if old.get(n) != new.get(n) or type(old.get(n)) is not type(new.get(n))}


def matched(old: Sequence[Json], new: Sequence[Json], keys: Sequence[str]) -> Order:
    """For each new row the old one that it was, or None; `keys` are the columns that name a row.

    Equal rows first, then those with a key in common or mostly equal, last those whose names were reworded.
    """
    order: Order = [None] * len(new)
    free = dict.fromkeys(range(len(old)))
    for likeness in (_equal, _likeness, _wording):
        left = [i for i, origin in enumerate(order) if origin is None]
        if likeness is _wording and len(left) * len(free) > _MOST_WORDINGS:
            break
        pairs = sorted(
            (-score, abs(i - o), i, o)
            for i in left
            for o in free
            if (score := likeness(old[o], new[i], keys)) >= _ALIKE
        )
        for _, _, i, o in pairs:
            if order[i] is None and o in free:
                order[i] = o
                del free[o]
    return order


def _equal(old: Json, new: Json, _: Sequence[str]) -> float:
    return float(old == new)


def _likeness(old: Json, new: Json, keys: Sequence[str]) -> float:
    common = any(old.get(k) is not None and old.get(k) == new.get(k) for k in keys)
    return common + _share(old, new)


def _wording(old: Json, new: Json, keys: Sequence[str]) -> float:
    """How much of the words that name them two rows share."""
    pairs = [(str(old[k]), str(new[k])) for k in keys if k in old and k in new]
    return max((SequenceMatcher(None, a, b, autojunk=False).ratio() for a, b in pairs), default=0)


def _share(old: Json, new: Json) -> float:
    names = old.keys() | new.keys()
    return sum(1 for n in names if old.get(n) == new.get(n)) / len(names) if names else 0


def _order(patch: Json, new: Json, table: str) -> Order:
    change = patch.get("tables", {}).get(table)
    if change:
        return list(change["order"])
    return list(range(len(new.get("tables", {}).get(table, []))))


def _flat(form: Json, space: NameSpace) -> Json:
    """What tells one form from another: its fields, and how many rows it has."""
    return {**form.get("fields", {}), **{t: len(form.get("tables", {}).get(t, [])) for t in space.tables}}


def _keys(roles: Columns | Fields, known: Mapping[str, Datum]) -> list[str]:
    """What tells one row or form from another: code and name; where no column has that role, the first texts."""
    own = [n for n in (roles.code, roles.name) if n in known]
    return own or [n for n, d in known.items() if d.kind in {Kind.TEXT, Kind.LONG} and not d.computed][:_KEYS]


def _form_name(section: Section) -> str:
    names = [section.text(n) for n in _keys(section.space.roles, section.space.fields)]
    return next((n for n in reversed(names) if n), section.sheet)


def _form_changes(index: int, patch: Json, before: Section | None, after: Section) -> Iterator[Change]:
    if before is None:
        yield Change(index, "", "增", _form_name(after), None, None, None)
    else:
        yield from _changes(index, patch, before, after, after.space)


def _changes(scope: int, patch: Json, before: Section, after: Section, space: NameSpace) -> Iterator[Change]:
    old = unit_to_json(UnitReturn("", before))
    for name, value in patch.get("fields", {}).items():
        yield Change(scope, name, "改", "", old["fields"].get(name), value, after.fields[name].ref)
    for table, change in patch.get("tables", {}).items():
        spec = space.tables[table]
        first, second = before.rows(table), after.rows(table)
        listed = old.get("tables", {}).get(table, [])
        for index, (origin, cells) in enumerate(zip(change["order"], change["set"], strict=True)):
            row = second[index]
            if origin is None:
                yield Change(scope, table, "增", row_name(row), None, _kept(cells), _first_ref(row))
                continue
            for column, value in cells.items():
                ref = row.cells[column].ref
                name = spec.full_name(column)
                yield Change(scope, name, "改", row_name(row), listed[origin].get(column), value, ref)
        for index in sorted(set(range(len(first))) - {o for o in change["order"] if o is not None}):
            row = first[index]
            yield Change(scope, table, "删", row_name(row), listed[index], None, _first_ref(row))


def _first_ref(row: Row) -> CellRef | None:
    return next((c.ref for c in row.cells.values() if not c.blank), None)
