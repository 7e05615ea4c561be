"""Patches of `compare` put onto the first version (改动还原), as a reader of `jixiao compare --json` would do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from toolkit.core.words import Json


def replayed(data: Json, patch: Json) -> Json:
    """The JSON of the second version, from that of the first and the patch."""
    made = {**data, **_replayed_section(data, patch)}
    forms = patch.get("project_forms")
    if forms is not None:
        old = data.get("project_forms", [])
        pairs = zip(forms["order"], forms["sections"], strict=True)
        made["project_forms"] = [_replayed_section(old[o] if o is not None else {}, part) for o, part in pairs]
    made |= {k: patch[k] for k in ("pack", "explanations", "explained_for") if k in patch}
    return {k: v for k, v in made.items() if v is not None and not (k == "project_forms" and not v)}


def _replayed_section(data: Json, patch: Json) -> Json:
    fields = {**data.get("fields", {}), **patch.get("fields", {})}
    tables = dict(data.get("tables", {}))
    for table, change in patch.get("tables", {}).items():
        old = tables.get(table, [])
        pairs = zip(change["order"], change["set"], strict=True)
        tables[table] = [_kept({**(old[o] if o is not None else {}), **cells}) for o, cells in pairs]
    kind = {"kind": patch["kind"]} if "kind" in patch else {}
    made: Json = {**kind, "fields": _kept(fields)}
    tables = {t: rows for t, rows in tables.items() if rows}
    return {**made, "tables": tables} if tables else {**made, "tables": None} if "tables" in data else made


def _kept(cells: Json) -> Json:
    return {k: v for k, v in cells.items() if v is not None}
