"""Names that a pack does not have (去掉的名称): `[drop] names` takes them, and what speaks of them, out of the parent.

A rule, a formula, a drop-down or a figure of the parent that needs a dropped name goes with it; what the pack itself
writes stays as it is, so that a name used there is told as unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from toolkit.core.patterns import late
from toolkit.pack.reading.names import picked
from toolkit.pack.reading.own_names import PUBLIC_TOTALS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_WORD = late(r"[^\W\d]\w*")
_CELL = late(r"\[([^\[\]]+)\]")
_FORMULA = late(r"\{[^{}]*\}(?::\w+)?")
_GROUPS, _GRIDS = ("group", "names", "form_group", "form_names"), ("grid", "grids", "form_grid", "form_grids")
_TABLES = ("table", "tables", "form_table", "form_tables", "columns", "form_columns")
_RULE_TEXTS = ("formula", "when", "fact")
_RULE_LISTS = ("needs", "places")

Entry = dict[str, Any]


def without_dropped(raw: Mapping[str, Any], patterns: Iterable[str]) -> dict[str, Any]:
    """A pack's TOML without the names that match one of `patterns`: whole groups, or single columns."""
    dropped = tuple(patterns)
    if not dropped:
        return dict(raw)
    gone = matcher(dropped)
    found = dict(raw)
    for key in _GROUPS:
        found |= {key: [_group(entry, gone) for entry in raw[key]]} if key in raw else {}
    for key in (*_GRIDS, *_TABLES):
        found |= {key: [{**e, "without": [*e.get("without", ()), dropped]} for e in raw[key]]} if key in raw else {}
    found["rule"] = [kept for entry in raw.get("rule", ()) if (kept := _rule(entry, gone))]
    found["compute"] = {n: f for n, f in raw.get("compute", {}).items() if not gone(n)}
    found["compute_columns"] = [_compute_columns(e, gone) for e in raw.get("compute_columns", ())]
    found["choices"] = _chosen(raw.get("choices", {}), raw, gone)
    found["choices_by"] = _chosen(raw.get("choices_by", {}), raw, gone)
    found["scored"] = [e for e in raw.get("scored", ()) if not mentions(str(e.get("ratio", "")), gone)]
    for key, prune in (("audit", _limits), ("report", _report), ("batch", _batch), ("proofread", _proofread)):
        found |= {key: prune(raw[key], gone)} if key in raw else {}
    found["earlier"] = _named(raw.get("earlier", {}), gone)
    found["required"] = {
        sheet: left for sheet, groups in raw.get("required", {}).items() if (left := _required(groups, gone))
    }
    if "disclosure" in raw:
        found["disclosure"] = _disclosure(raw["disclosure"], gone)
    return found


def matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether a name is dropped."""
    known = tuple(patterns)
    return lambda name: picked(name, known)


def mentions(text: str, gone: Callable[[str], bool]) -> bool:
    """Whether a formula or a sentence speaks of a dropped name."""
    return any(gone(word) for word in _WORD.findall(text))


def _group(entry: Entry, gone: Callable[[str], bool]) -> Entry:
    return {**entry, "names": {kind: [n for n in names if not gone(n)] for kind, names in entry["names"].items()}}


def _rule(entry: Entry, gone: Callable[[str], bool]) -> Entry | None:
    """The rule, with fewer columns where only some are gone; None where it needs a dropped name."""
    texts = [str(entry.get(key, "")) for key in _RULE_TEXTS]
    texts += [str(n) for key in _RULE_LISTS for n in entry.get(key, ())]
    columns = entry.get("columns")
    if columns:
        left = [c for c in columns if not any(mentions(t.replace("{列}", c), gone) for t in texts)]
        return {**entry, "columns": left} if left else None
    return None if any(mentions(text, gone) for text in texts) else entry


def _required(groups: list[Entry], gone: Callable[[str], bool]) -> list[Entry]:
    """Groups of required data that still ask for something."""
    found = []
    for group in groups:
        rows = _named(group.get("rows", {}), gone)
        columns = {k: _left(names, gone) for k, names in group.get("columns", {}).items() if not gone(k)}
        fields = _left(group.get("fields", ()), gone)
        whole = not mentions(str(group.get("when", "")), gone) and not gone(str(group.get("forms_of", "")))
        if whole and (fields or rows or any(columns.values()) or group.get("forms_of")):
            found.append({**group, "fields": fields, "rows": rows, "columns": {k: v for k, v in columns.items() if v}})
    return found


def _compute_columns(entry: Entry, gone: Callable[[str], bool]) -> Entry:
    left = [c for c in entry["columns"] if not all(gone(n.replace("{列}", c)) for n in entry["formulas"])]
    formulas = {n: f for n, f in entry["formulas"].items() if not all(gone(n.replace("{列}", c)) for c in left)}
    return {**entry, "columns": left, "formulas": formulas}


def _named(values: Mapping[str, Any], gone: Callable[[str], bool]) -> Entry:
    return {name: value for name, value in values.items() if not gone(name)}


def _chosen(told: Mapping[str, Any], raw: Mapping[str, Any], gone: Callable[[str], bool]) -> Entry:
    """Drop-downs less those of dropped names; a form's table that has its columns from a dropped one keeps them."""
    tables = [t for key in ("form_table", "form_tables") for t in raw.get(key, ()) if t.get("like")]
    kept = _named(told, gone)
    for name, value in told.items():
        for table in tables if gone(name) else ():
            head, own = f"{table['like']}_", f"{table['name']}_"
            if name.startswith(head) and not gone(own + name.removeprefix(head)):
                moved = (
                    {**value, "column": own + value["column"].removeprefix(head)} if isinstance(value, dict) else value
                )
                kept.setdefault(own + name.removeprefix(head), moved)
    return kept


def _limits(raw: Mapping[str, Any], gone: Callable[[str], bool]) -> Entry:
    return {**raw, "limits": _named(raw.get("limits", {}), gone)}


def _report(raw: Mapping[str, Any], gone: Callable[[str], bool]) -> Entry:
    sections = []
    for section in raw.get("sections", ()):
        needs = [n for n in section["needs"] if not gone(n)]
        if needs or not section["needs"]:
            kept = {k: v for k, v in section.items() if k != "amount" or not gone(v)}
            sections.append({**kept, "needs": needs})
    kinds = [k for k in raw.get("budget_kinds", ()) if not gone(k["amount"]) and not gone(k["text"])]
    return {**raw, "sections": sections, "budget_kinds": kinds, "cover": _left(raw.get("cover", ()), gone)}


def _left(names: Iterable[str], gone: Callable[[str], bool]) -> list[str]:
    return [n for n in names if not gone(n)]


def _batch(raw: Mapping[str, Any], gone: Callable[[str], bool]) -> Entry:
    kept = {key: value for key, value in raw.items() if key not in {"weight", "budget"} or not gone(value)}
    return {**kept, "figures": [f for f in raw.get("figures", ()) if not gone(f["name"])]}


def _proofread(raw: Mapping[str, Any], gone: Callable[[str], bool]) -> Entry:
    concepts = [_concept(c, gone) for c in raw.get("concept", ()) if not gone(c["cell"])]
    known = {c["name"] for c in concepts}
    sums = [s for s in raw.get("sum", ()) if known.issuperset([s["total"], *s["parts"]])]
    return {**raw, "concept": concepts, "sum": sums}


def _concept(entry: Entry, gone: Callable[[str], bool]) -> Entry:
    kept = {k: v for k, v in entry.items() if k != "budget" or not gone(v)}
    return {**kept, "also": _left(entry.get("also", ()), gone)} if "also" in entry else kept


def _disclosure(raw: Mapping[str, Any], gone: Callable[[str], bool]) -> Entry:
    found = dict(raw)
    for key in ("drop_fields", "drop_columns"):
        found[key] = _left(raw.get(key, ()), gone)
    for key in ("relations", "row_relations"):
        found[key] = [text for text in raw.get(key, ()) if not mentions(text, gone)]
    found["signed_off"] = _named(raw.get("signed_off", {}), gone)
    found["more_field"] = "" if gone(raw.get("more_field", "")) else raw.get("more_field", "")
    return found


def who_fills(roles: Mapping[str, Any]) -> frozenset[str]:
    """The cells that say who fills a form in: they stand on many sheets, and none of these is about them."""
    single = {str(roles.get(key, "")) for key in ("name", "code", "department", "year", "filed_on")}
    return frozenset({*single, *roles.get("signers", ()), *roles.get("phones", ())})


def drawn_without(
    sheets: Mapping[str, Entry], drop: Mapping[str, Any], heads: Iterable[str], projects: str
) -> dict[str, Entry]:
    """Drawn sheets of the parent without dropped names, and without the sheets that are dropped by name.

    A line that held nothing but dropped names goes; else the cell stays, blank. A sheet goes that has no name left, or
    none but `heads`: who filled it in, above a form of which nothing is left. Sums of a column of `projects` go too.
    """
    names = drop.get("names", ())
    totals = [n.replace(f"{projects}_", PUBLIC_TOTALS, 1) for n in names if n.lstrip("!").startswith(f"{projects}_")]
    gone, away, known = matcher((*names, *totals)), set(drop.get("sheets", ())), set(heads)
    found = {n: sheet for n, sheet in sheets.items() if n not in away}
    for name, sheet in [(n, sheet) for n, sheet in found.items() if "grid" in sheet]:
        lines = sheet["grid"].strip("\n").split("\n")
        left = _lines(lines, gone)
        before, now = ({name for line in some for name in _bound(line)} for some in (lines, left))
        emptied = now < before and now <= known
        found[name] = {**sheet, "grid": "\n".join(left)}
        if emptied:
            del found[name]
    return found


def text_without(text: str, patterns: Iterable[str]) -> str:
    """A drawn text without the formulas that speak of dropped names."""
    gone = matcher(patterns)
    return _FORMULA.sub(lambda m: "" if mentions(m[0], gone) else m[0], text)


def _bound(line: str) -> list[str]:
    return [n.replace(".", "_") for n in _CELL.findall(line)]


def _lines(lines: list[str], gone: Callable[[str], bool]) -> list[str]:
    found = []
    for index, line in enumerate(lines):
        bound = _bound(line)
        below = lines[index + 1] if index + 1 < len(lines) else ""
        starts_merge = "^" in below and "^" not in line
        if bound and all(map(gone, bound)) and not starts_merge:
            continue
        found.append(_FORMULA.sub(lambda m: "" if mentions(m[0], gone) else m[0], _blanked(line, gone)))
    return found


def _blanked(line: str, gone: Callable[[str], bool]) -> str:
    return _CELL.sub(lambda m: "" if gone(m[1].replace(".", "_")) else m[0], line)
