"""Packs that build on another (规则包继承): `extends` in `[pack]` lays one pack.toml over its parent's.

Tables merge key by key; rules of the same id and title replace the parent's, others are added; `drop_rules` and
`[override.…]` take away or change single rules, `[drop]` whole names; any other list replaces the parent's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from toolkit.core.errors import PackError
from toolkit.core.patterns import late
from toolkit.core.words import suggested
from toolkit.pack.reading.dropping import without_dropped
from toolkit.pack.reading.own_names import FORM_NAME, scored_name
from toolkit.pack.reading.text import load_toml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PACK_FILE, _DICTIONARY_FILE = "pack.toml", "dictionary.toml"

_ADDED = frozenset(
    {
        *("names", "grids", "tables", "columns", "compute_columns"),
        *("form_names", "form_grids", "form_tables", "form_columns"),
    }
)

_WHOLE = frozenset({"weights", "form_weights", "second_weights", "weights_move"})

_OWN = frozenset({"extends", "drop_rules", "default", "basis"})  # of a pack itself, not of those that extend it


def read_chain(folder: Path, home: Path) -> tuple[dict[str, Any], tuple[Path, ...]]:
    """The merged TOML of a pack and its folders, own first; parents stand beside it or in `home`.

    Raises:
        PackError: unknown parent (the nearest is told), or packs that extend each other in a circle.
    """
    folders = _folders(folder, home)
    found = _own(folders[-1])
    for child in reversed(folders[:-1]):
        found = _laid_over(found, _own(child), child)
    return found, tuple(folders)


def supplemented(plain: Mapping[str, Any], more: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """A pack with rules added, bent and taken away by an office.

    Raises:
        PackError: a rule that is not there, or one that is added under an id that is taken.
    """
    known = {str(rule.get("id")) for rule in plain.get("rule", ())}
    for name in (*more["pack"]["drop_rules"], *more["override"]):
        if name not in known:
            raise PackError(f"{path}：没有规则 {name}{suggested(name, known, look=' {}')}")
    for rule in more["rule"]:
        if rule["id"] in known:
            raise PackError(f"{path}：已经有规则 {rule['id']}，增加的规则请另编号，例如 X01；要改它请用“改”。")
    return _laid_over(plain, more, path)


def _own(folder: Path) -> dict[str, Any]:
    """What a pack itself says: its pack.toml, and the names of its dictionary.toml."""
    more = folder / _DICTIONARY_FILE
    return _merged(load_toml(more) if more.is_file() else {}, load_toml(folder / PACK_FILE))


def _folders(folder: Path, home: Path) -> list[Path]:
    chain = [folder]
    while parent := load_toml(chain[-1] / PACK_FILE).get("pack", {}).get("extends"):
        found = _parent_folder(str(parent), chain[-1], home)
        if found in chain:
            names = " → ".join(f.name for f in [*chain, found])
            raise PackError(f"{chain[-1] / PACK_FILE} [pack] extends：规则包互相继承，绕成了圈：{names}。")
        chain.append(found)
    return chain


def _parent_folder(name: str, folder: Path, home: Path) -> Path:
    for place in (folder.parent / name, home / name):
        if (place / PACK_FILE).is_file():
            return place.resolve()
    known = {p.parent.name for base in (home, folder.parent) for p in base.glob(f"*/{PACK_FILE}")} - {folder.name}
    hint = suggested(name, known, f"，现有：{'、'.join(sorted(known))}。")
    raise PackError(f"{folder / PACK_FILE} [pack] extends：没有名为“{name}”的规则包{hint}")


def _laid_over(parent: Mapping[str, Any], child: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    drop = child.get("drop", {})
    known = without_dropped(parent, [*drop.get("names", ()), *_unscored(parent, child)])
    known = {key: value for key, value in known.items() if key not in drop.get("settings", ())}
    sheets = drop.get("sheets", ())  # a sheet that is gone asks for nothing
    asked = {s: groups for s, groups in known.get("required", {}).items() if s not in sheets}
    known |= {"required": asked}
    found = _merged(known, child)
    # What a pack asks for more of a sheet leaves standing what was asked for before.
    more = {s: [*asked.get(s, ()), *groups] for s, groups in child.get("required", {}).items()}
    found |= {"required": {**asked, **more}}
    # What is typed from here on; a formula that a pack writes itself takes its name back.
    typed = [*known.get("typed", ()), *drop.get("formulas", ())]
    found["typed"] = [*typed, *(f"!{name}" for name in child.get("compute", {}))] if typed else []
    if "report" in found and "sections" not in child.get("report", {}):
        found["report"] = _outlined(found["report"], folder)
    own = child.get("pack", {})
    theirs, given = set(_OWN), child.get("parameters", {})
    if "title" in own:  # a form of another title says nothing of whose form it was made from
        theirs.add("form_name")
        found["parameters"] = {k: v for k, v in found["parameters"].items() if k != FORM_NAME or k in given}
    found["pack"] = {k: v for k, v in found["pack"].items() if k not in theirs or k in own}
    dropped = set(own.get("drop_rules", ()))
    kept = {(r.get("id"), r.get("title")): r for r in known.get("rule", ()) if r.get("id") not in dropped}
    kept = _overridden(kept, child.get("override", {}), folder)
    kept |= {(r.get("id"), r.get("title")): r for r in child.get("rule", ())}
    found["rule"] = sorted(kept.values(), key=lambda r: str(r.get("id")))
    return found


def _unscored(parent: Mapping[str, Any], child: Mapping[str, Any]) -> Iterator[str]:
    """The names of the parent's scored items where a list of the pack's own takes their place."""
    own = {entry.get("name") for entry in child.get("scored", ())}
    for name in [entry.get("name") for entry in parent.get("scored", ())] if own else ():
        if name not in own:
            yield scored_name(str(name), "*")


_ORDINAL = "一二三四五六七八九"
_NUMBERED = late(r"[一二三四五六七八九十]+(?=、)")


def _outlined(report: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The parent's sections with those of `insert`, numbered anew: one that went or came moves the others."""
    sections = list(report.get("sections", ()))
    for more in report.get("insert", ()):
        at = next((n for n, s in enumerate(sections) if more["after"] in s["title"]), None)
        if at is None:
            titles = [s["title"] for s in sections]
            told = f"没有一节的标题里有“{more['after']}”，现有：{'、'.join(titles)}。"
            raise PackError(f"{folder / PACK_FILE} [report] insert：{told}")
        sections.insert(at + 1, {key: value for key, value in more.items() if key != "after"})
    if all(_NUMBERED.match(s["title"]) for s in sections):
        sections = [{**s, "title": _NUMBERED.sub(_ordinal(n), s["title"], count=1)} for n, s in enumerate(sections, 1)]
    return {**{key: value for key, value in report.items() if key != "insert"}, "sections": sections}


def _ordinal(number: int) -> str:
    tens, ones = divmod(number, 10)
    ten = ("" if tens == 1 else _ORDINAL[tens - 1]) + "十" if tens else ""
    return ten + (_ORDINAL[ones - 1] if ones else "")


_Rules = dict[tuple[object, object], dict[str, Any]]


def _overridden(rules: _Rules, changes: Mapping[str, Any], folder: Path) -> _Rules:
    """`[override.A13]` changes what it names in every rule of this id; `false` unsets."""
    ids = {str(key[0]) for key in rules}
    for name in changes:
        if name not in ids:
            hint = suggested(name, ids, look=" {}")
            raise PackError(f"{folder / PACK_FILE} [override.{name}]：上一级规则包没有规则 {name}{hint}")
    return {
        key: {k: v for k, v in {**rule, **changes.get(str(key[0]), {})}.items() if v is not False or k == "form"}
        for key, rule in rules.items()
    }


def _merged(parent: Mapping[str, Any], child: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(parent)
    for key, value in child.items():
        before = found.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            # A table of choices that is given at all is given whole: half of two weight schemes adds up to neither.
            found[key] = dict(value) if key in _WHOLE else _merged(before, value)
        elif key in _ADDED and isinstance(before, list):
            found[key] = [*before, *value]
        else:
            found[key] = value
    return found
