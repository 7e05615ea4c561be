"""What the TOML files of a pack may say (规则包的写法): one description, for strict reading and for editors.

An unknown key is an error, told with its file, line and the nearest right one: a key that is read by nobody would be a
rule that never runs. `json_schema` gives the same as JSON Schema.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from toolkit.core.dictionary import NO_FIELDS, Columns, Fields
from toolkit.core.findings import severity_of
from toolkit.core.light import fields
from toolkit.core.words import suggested

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Shape = Any  # a word of _TYPES, a table of key → shape, or a list with the shape of its entries
Tree = Any  # what TOML gives

_TYPES: Mapping[str, tuple[tuple[type, ...], str, str]] = {
    "text": ((str,), "文字", "string"),
    "whole": ((int,), "整数", "integer"),
    "number": ((str, int, float), "数", "number"),
    "yes": ((bool,), "true 或 false", "boolean"),
    "form": ((bool, str), "true，或 [form_kinds] 里的一种表", "string"),
    "severity": ((str,), "错误、警示 或 提示", "string"),
    "texts": ((list,), "[ ] 里的一串文字", "array"),
    "numbers": ((list,), "[ ] 里的一串数", "array"),
    "words": ((str, list), "文字，或 [ ] 里的一串文字", "string"),
    "groups": ((list,), "[ ] 里的几组文字，一组一个 [ ]", "array"),
    "any": ((object,), "", "string"),
}
_ENTRIES: Mapping[str, tuple[type, ...]] = {"texts": (str,), "words": (str,), "numbers": (int, float)}
_ANY_KEY, _MUST = "*", "!"  # any key is taken; the keys that have to be there


def _role_shape(default: object) -> Shape:
    """A role is one name, several, or pairs of them, as the program keeps it."""
    return "text" if isinstance(default, str) else "texts" if isinstance(default, tuple) else {_ANY_KEY: "text"}


_NAMES = {"title": "text", "names": {_ANY_KEY: "texts"}, "computed": "texts", "later": "whole", _MUST: ("names",)}
_GRID = {
    "later": "whole",
    **dict.fromkeys(("prefix", "kind"), "text"),
    **dict.fromkeys(("rows", "columns", "computed_rows"), "texts"),
    _MUST: ("prefix", "kind", "rows", "columns"),
}
_COLUMN_ROLES = dict.fromkeys((one.name for one in fields(Columns)), "text")
_ROLES = {one.name: _role_shape(getattr(NO_FIELDS, one.name)) for one in fields(Fields)}
_HELD = {"columns": "texts", "computed": "texts", "roles": _COLUMN_ROLES}
_TABLE = {"name": "text", "role": "text", "later": "whole", **_HELD, _MUST: ("name", "columns")}
_LIKE = {**_TABLE, "like": "text", _MUST: ("name",)}
_WIDER = {"table": "text", "later": "whole", **_HELD, _MUST: ("table",)}
_GRADES = [{"name": "text", "from": "number", "aliases": "texts", _MUST: ("name", "from")}]
_KINDS = {
    _ANY_KEY: {
        **dict.fromkeys(("unit", "listed_in"), "text"),
        **dict.fromkeys(("execution", "full"), "number"),
        "roles": _ROLES,
        "weights": {_ANY_KEY: "number"},
        "second_weights": {_ANY_KEY: {_ANY_KEY: "number"}},
        "grades": _GRADES,
    }
}


def _of_form(shape: Mapping[str, Shape]) -> Mapping[str, Shape]:
    return {**shape, "form": "form"}


_REQUIRED: Mapping[str, Shape] = {
    "fields": "texts",
    "rows": {_ANY_KEY: "whole"},
    "columns": {_ANY_KEY: "texts"},
    "when": "text",
    "form": "form",
    "forms_of": "text",
    "forms": "whole",
}
_RULE: Mapping[str, Shape] = {
    **dict.fromkeys(("id", "title", "formula", "check", "each", "when", "left", "right", "unit", "about"), "text"),
    **dict.fromkeys(("fact", "action", "basis"), "text"),
    **dict.fromkeys(("needs", "places", "columns"), "texts"),
    **dict.fromkeys(("weights", "second_weights", "scored", "rounded"), "yes"),
    "form": "form",
    "severity": "severity",
    "tolerance": "number",
    _MUST: ("id", "title"),
}
_BAND = {
    **dict.fromkeys(("low", "high", "default"), "number"),
    "phrase": "text",
    "closed": "yes",
    "aliases": "texts",
    _MUST: ("phrase", "low", "high", "default"),
}
_RESIDUE = {
    **dict.fromkeys(("name", "pattern"), "text"),
    "severity": "severity",
    "rows": "yes",
    _MUST: ("name", "pattern", "severity"),
}
_CONCEPT = {
    **dict.fromkeys(("name", "cell", "budget", "kind"), "text"),
    **dict.fromkeys(("words", "also"), "texts"),
    _MUST: ("name", "words", "cell"),
}
_SUM = {
    **dict.fromkeys(("rule", "total", "beside"), "text"),
    "parts": "texts",
    "needs": "whole",
    _MUST: ("rule", "total", "parts"),
}
_SECTION = {"title": "text", "words": "texts", "needs": "texts", "amount": "text", _MUST: ("title", "needs")}
PACK: Mapping[str, Shape] = {
    "pack": {
        **dict.fromkeys(("id", "title", "region", "version", "form_name", "unit", "extends", "deadline"), "text"),
        **dict.fromkeys(("basis", "drop_rules"), "texts"),
        "year": "whole",
        "default": "yes",
        _MUST: ("id",),
    },
    "parameters": {_ANY_KEY: "any"},
    "earlier": {_ANY_KEY: "texts"},
    "printed_before": {"texts": "texts"},
    "required": {_ANY_KEY: [_REQUIRED]},
    "drop": dict.fromkeys(("names", "sheets", "settings", "formulas"), "texts"),
    "override": {_ANY_KEY: {key: "any" if key != "severity" else "severity" for key in _RULE if key != _MUST}},
    "names": [_NAMES],
    "roles": _ROLES,
    "form_kinds": _KINDS,
    "form_names": [_of_form(_NAMES)],
    "grids": [_GRID],
    "form_grids": [_of_form(_GRID)],
    "tables": [_TABLE],
    "form_tables": [_of_form(_LIKE)],
    "columns": [_WIDER],
    "form_columns": [_of_form(_WIDER)],
    "lists": {_ANY_KEY: "texts"},
    "choices": {_ANY_KEY: "text"},
    "choices_by": {_ANY_KEY: {"column": "text", "words": {_ANY_KEY: "texts"}}},
    "weights": {_ANY_KEY: "number"},
    "form_weights": {_ANY_KEY: "number"},
    "second_weights": {_ANY_KEY: {_ANY_KEY: "number"}},
    "weights_move": {_ANY_KEY: "text"},
    "scoring": {
        "places": "whole",
        "most": "number",
        "reverse": "text",
        "signs": dict.fromkeys(("more", "less", "equal", "between", "level"), "texts"),
        "bands": [_BAND],
        "grades": _GRADES,
    },
    "compute": {_ANY_KEY: "text"},
    "compute_columns": [{"columns": "texts", "formulas": {_ANY_KEY: "text"}, _MUST: ("columns", "formulas")}],
    "totals": {"accept_submitted": "texts"},
    "audit": {
        **dict.fromkeys(("overshoot", "unit_limit", "year_factor"), "number"),
        **dict.fromkeys(("not_applicable", "reverse_words", "total_cost"), "texts"),
        **dict.fromkeys(("reverse_names", "reverse_endings"), "texts"),
        **dict.fromkeys(("says_nothing", "must_say", "forward_words", "year_words"), "texts"),
        **{key: {_ANY_KEY: "texts"} for key in ("reverse_kinds", "name_units", "name_bars")},
        **dict.fromkeys(("unfinished_words", "satisfaction_kinds", "cost_kinds", "timed_kinds"), "texts"),
        "overshoot_lowers": "yes",
        "subordinate_words": {_ANY_KEY: "text"},
        "limits": {_ANY_KEY: "whole"},
        "least": {_ANY_KEY: "whole"},
    },
    "proofread": {
        **dict.fromkeys(("neutral", "scopes", "budget_words", "actual_words", "budget_headings"), "texts"),
        **dict.fromkeys(("last_year_words", "other_spending", "no_amount", "hedges", "outline_marks"), "texts"),
        **dict.fromkeys(("project_headings", "problem_words", "local_words", "wide_words"), "texts"),
        **dict.fromkeys(("spendable_words", "score_words", "aim_words", "bound_words", "other_times"), "texts"),
        **dict.fromkeys(("telling_when", "telling_how", "telling_verbs", "telling_deeds", "telling_opens"), "texts"),
        **dict.fromkeys(("telling_counts", "telling_done", "plan_words", "apart_words", "against_words"), "texts"),
        **dict.fromkeys(("beyond_words", "done_rates", "required_words", "time_units"), "texts"),
        **dict.fromkeys(("part_words", "other_funds"), "texts"),
        "outline_least": "whole",
        "base_words": {_ANY_KEY: "texts"},
        "grade_words": {_ANY_KEY: "texts"},
        "grammar": {_ANY_KEY: "texts"},
        "rules": {
            **dict.fromkeys(("figures", "lists", "rates", "changes", "staff", "projects", "score", "grade"), "text"),
            **dict.fromkeys(("full_marks", "sections", "cover", "unit", "wording", "rough", "residue"), "text"),
        },
        "residue": [_RESIDUE],
        "rates": [{**dict.fromkeys(("words", "part", "whole", "deeds"), "texts"), _MUST: ("words",)}],
        "concept": [_CONCEPT],
        "sum": [_SUM],
    },
    "report": {
        "title": "text",
        "cover": "texts",
        "sections": [_SECTION],
        "insert": [{**_SECTION, "after": "text", _MUST: ("after", "title", "needs")}],
        "budget_kinds": [{"title": "text", "amount": "text", "text": "text", _MUST: ("title", "amount", "text")}],
    },
    "disclosure": {
        **dict.fromkeys(("way_column", "more_field", "merged_name", "note", "merged_note"), "text"),
        **dict.fromkeys(("blocking", "drop_fields", "drop_columns", "drop_tables", "secret_words"), "texts"),
        **dict.fromkeys(("plain_names", "column_endings", "relations", "row_relations"), "texts"),
        "ways": {"open": "text", "merged": "text", "withheld": "text"},
        "bound": "number",
        "signed_off": {_ANY_KEY: "text"},
        "personal": [{"title": "text", "pattern": "text", _MUST: ("title", "pattern")}],
        "parameters": {_ANY_KEY: "any"},
    },
    "batch": {
        "figures": [{"name": "text", "title": "text", "unit": "text", _MUST: ("name", "title", "unit")}],
        "weight": "text",
        "budget": "text",
        "also": "texts",
        **dict.fromkeys(("spread_units", "code_length", "listed"), "whole"),
    },
    "scored": [
        {
            **dict.fromkeys(("name", "kind", "ratio", "side", "count", "text"), "text"),
            **dict.fromkeys(("weight", "limit", "step", "deduct", "cap"), "number"),
            "levels": "texts",
            **dict.fromkeys(("absent_full", "reason"), "yes"),
            "tiers": [{**dict.fromkeys(("up_to", "from", "at", "points"), "number"), _MUST: ("points",)}],
            "options": [{"word": "text", "points": "number", _MUST: ("word", "points")}],
            _MUST: ("name", "kind", "levels", "text"),  # and weight, for all but a bonus
        }
    ],
    "rule": [_RULE],
    "batch_rule": [_RULE],
}  # fmt: skip
DICTIONARY: Mapping[str, Shape] = {
    "roles": _ROLES,
    "form_kinds": _KINDS,
    "group": [_NAMES],
    "form_group": [_of_form(_NAMES)],
    "grid": [_GRID],
    "form_grid": [_of_form(_GRID)],
    "table": [_TABLE],
    "form_table": [_of_form(_LIKE)],
}
_CHART = ("title", "anchor", "data", "labels")
_SHEET: Mapping[str, Shape] = {
    **dict.fromkeys(("name", "grid", "after"), "text"),
    **dict.fromkeys(("landscape", "internal", "hidden"), "yes"),
    "form": "form",
    "widths": "numbers",
    **dict.fromkeys(("freeze", "pages"), "whole"),
    "charts": [{**dict.fromkeys(_CHART, "text"), _MUST: _CHART}],
    _MUST: ("name", "widths", "grid"),
}
_PRINTED = {**_SHEET, "omit": "texts", _MUST: ("name",)}
_LINES = {**dict.fromkeys(("after", "before", "lines"), "text"), _MUST: ("lines",)}
_ADDED = {**_LINES, "sheet": "text", "kind": "text", _MUST: ("sheet", "lines")}
FORMS: Mapping[str, Shape] = {
    "extends": "yes",
    "retitle": {_ANY_KEY: "text"},
    "lines": [_ADDED],
    "fill": [_SHEET],
    "report": [_PRINTED],
    "public": [_PRINTED],
}
_WORD_TABLE = {
    **dict.fromkeys(("name", "rows"), "text"),
    "widths": "numbers",
    **dict.fromkeys(("list", "small", "open"), "yes"),
    _MUST: ("name", "rows", "widths"),
}
DOCUMENT: Mapping[str, Shape] = {
    "extends": "yes",
    "retitle": {_ANY_KEY: "text"},
    "lines": [_LINES],
    "body": "text",
    "brief": "text",
    "numbered": "yes",
    "table": [_WORD_TABLE],
}
CARRY: Mapping[str, Shape] = {
    "fields": {_ANY_KEY: "text"},
    "tables": {_ANY_KEY: {_ANY_KEY: "text"}},
    "forms": {"book": {_ANY_KEY: "text"}, "row": {_ANY_KEY: "text"}},
}
_SUBJECT = {
    **dict.fromkeys(("kind", "table", "name", "owner", "code", "score", "weight", "written"), "text"),
    _MUST: ("kind", "table", "name"),
}
_LOOKED_AT = {
    **dict.fromkeys(("id", "text", "action"), "text"),
    "severity": "severity",
    _MUST: ("id", "severity", "text", "action"),
}
_LOOKED_FOR = (
    "missing",
    "unnamed",
    "kind",
    "empty",
    "size",
    "same",
    "date",
    "full",
    "none",
    "spare",
    "unknown",
    "page",
)
EVIDENCE_COLUMNS = ("kind", "code", "subject", "material", "page", "file", "date")
EVIDENCE: Mapping[str, Shape] = {
    "list": {**dict.fromkeys(("name", *EVIDENCE_COLUMNS), "text"), _MUST: ("name", *EVIDENCE_COLUMNS)},
    "files": {"kinds": "texts", "most_mb": "whole", _MUST: ("kinds", "most_mb")},
    "subject": [_SUBJECT],
    "rules": {**dict.fromkeys(_LOOKED_FOR, _LOOKED_AT), _MUST: _LOOKED_FOR},
    _MUST: ("list", "files", "subject", "rules"),
}
_OFFICIAL = {"row": "words", "column": "texts", "under": "texts", "to": "text", "last": "text"}
EXPORTS: Mapping[str, Shape] = {
    "export": [{"title": "texts", "other": "texts", "cells": [_OFFICIAL], _MUST: ("title", "cells")}],
    "approved": {"table": "text", "tables": {_ANY_KEY: {_ANY_KEY: "text"}}, _MUST: ("table", "tables")},
    _MUST: ("approved",),
}
_SPLIT = ("sign", "target", "actual", "unit")
MOVE: Mapping[str, Shape] = {
    "same": "groups",
    "columns": {_ANY_KEY: "text"},
    "fill_down": {"columns": "texts"},
    "split": {**dict.fromkeys(_SPLIT, "text"), "signs": "texts", _MUST: (*_SPLIT, "signs")},
    "year": {"field": "text"},
    "pairs": {"drop": "texts"},
    "sums": {"words": "texts"},
}
FILES: Mapping[str, Mapping[str, Shape]] = {
    "pack.toml": PACK,
    "dictionary.toml": DICTIONARY,
    "forms.toml": FORMS,
    "document.toml": DOCUMENT,
    "bulletin.toml": DOCUMENT,
    "letter.toml": DOCUMENT,
    "sentences.toml": {"nothing": "texts", "macros": "text"},
    "carry.toml": CARRY,
    "evidence.toml": EVIDENCE,
    "exports.toml": EXPORTS,
    "move.toml": MOVE,
}


def misread(name: str, tree: Mapping[str, Tree], text: str) -> Iterator[str]:
    """What is wrong with the writing of one file: unknown keys and wrong types, each with its line."""
    yield from _table(tree, FILES[name], (name, ""), text.split("\n"))


def _table(
    tree: Mapping[str, Tree], shape: Mapping[str, Shape], where: tuple[str, str], lines: list[str]
) -> Iterator[str]:
    file, path = where
    for key in shape.get(_MUST, ()):
        if key not in tree:
            place = f" [{path}]" if path else ""
            yield f"{file}{_entry_line(lines, path, tree)}{place}{_named(tree)}：缺少 {key} 一项。"
    for key, value in tree.items():
        wanted = shape.get(key, shape.get(_ANY_KEY)) if key != _MUST else None
        inner = f"{path}.{key}" if path else key
        if wanted is None:
            known = [k for k in shape if k != _MUST]
            hint = suggested(key, known, f"，这里可以写：{'、'.join(known)}。", " {}")
            place = f" [{path}]" if path else ""
            yield f"{file}{_line(lines, key, tree)}{place}{_named(tree)}：不认识“{key}”{hint}"
        else:
            yield from _value(value, wanted, (file, inner), lines, tree)


def _value(
    value: Tree, wanted: Shape, where: tuple[str, str], lines: list[str], owner: Mapping[str, Tree]
) -> Iterator[str]:
    file, path = where
    key = path.rpartition(".")[2]
    if isinstance(wanted, dict):
        if isinstance(value, dict):
            yield from _table(value, wanted, where, lines)
        else:
            yield f"{file}{_line(lines, key, owner)}：{path} 应写成 [{path}] 一段。"
    elif isinstance(wanted, list):
        if isinstance(value, list) and all(isinstance(entry, dict) for entry in value):
            for entry in value:
                yield from _table(entry, wanted[0], where, lines)
        else:
            yield f"{file}{_line(lines, key, owner)}：{path} 应写成 [[{path}]] 一段或几段。"
    elif not _fits(value, wanted):
        yield f"{file}{_line(lines, key, owner)}{_named(owner)}：{path} 应是{_TYPES[wanted][1]}，现在是“{value}”。"


def _fits(value: Tree, wanted: str) -> bool:
    if wanted == "severity":
        return severity_of(value) is not None
    if isinstance(value, bool):
        return wanted in {"yes", "form", "any"}
    if wanted == "groups":
        return isinstance(value, list) and all(_fits(group, "texts") and isinstance(group, list) for group in value)
    inner = _ENTRIES.get(wanted)
    if inner is not None and isinstance(value, list):
        return all(isinstance(entry, inner) and not isinstance(entry, bool) for entry in value)
    return isinstance(value, _TYPES[wanted][0])


def _entry_line(lines: list[str], path: str, entry: Mapping[str, Tree]) -> str:
    """第 12 行: where an entry begins that lacks something: its first key, or its head where it is empty."""
    first = next(iter(entry), "")
    return _line(lines, first or path, entry)


def _named(entry: Mapping[str, Tree]) -> str:
    """规则 A13“…”, or the entry's name: what tells one [[…]] from its neighbours."""
    told = entry.get("id") or entry.get("name")
    return f" {told}" if isinstance(told, str) else ""


def _line(lines: list[str], key: str, entry: Mapping[str, Tree]) -> str:
    """第 12 行: where `key` is written, in the entry whose id or name stands before it."""
    name = next((str(entry[k]) for k in ("id", "name") if isinstance(entry.get(k), str)), "")
    written = re.compile(
        rf"^\s*(\[+[^\]]*\b)?[\"']?{re.escape(key)}[\"']?\s*(=|\]|\.)|[{{,]\s*[\"']?{re.escape(key)}[\"']?\s*="
    )
    found = [n for n, line in enumerate(lines, 1) if written.search(line)]
    start = next((n for n, line in enumerate(lines, 1) if name and f'"{name}"' in line), 0)
    near = [n for n in found if n >= start - 3] or found
    return f" 第 {near[0]} 行" if near else ""


def json_schema(name: str) -> dict[str, Any]:
    """The JSON Schema of one file, for editors that complete and check TOML."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": name, **_schema(FILES[name])}


def _schema(shape: Shape) -> dict[str, Any]:
    if isinstance(shape, dict):
        keys = {key: _schema(inner) for key, inner in shape.items() if key not in {_ANY_KEY, _MUST}}
        free = _schema(shape[_ANY_KEY]) if _ANY_KEY in shape else False
        must = {"required": list(shape[_MUST])} if _MUST in shape else {}
        return {"type": "object", "properties": keys, "additionalProperties": free, **must}
    if isinstance(shape, list):
        return {"type": "array", "items": _schema(shape[0])}
    texts, numbers = ({"type": "array", "items": {"type": one}} for one in ("string", "number"))
    special: dict[str, dict[str, Any]] = {
        "any": {},
        "texts": texts,
        "numbers": numbers,
        "words": {"anyOf": [{"type": "string"}, texts]},
        "groups": {"type": "array", "items": texts},
        "severity": {"enum": ["错误", "警示", "提示", "error", "warning", "notice"]},
        "number": {"type": ["number", "string"]},
        "form": {"type": ["boolean", "string"]},
    }
    return special.get(shape, {"type": _TYPES[shape][2]})
