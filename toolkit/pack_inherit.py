"""Packs that build on another (规则包继承): `extends` in `[pack]` lays one pack.toml over its parent's.

Tables merge key by key; rules of the same id and title replace the parent's, others are added;
`drop_rules` takes rules away by id; any other list replaces the parent's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from toolkit.dictionary import nearest
from toolkit.errors import PackError
from toolkit.pack_text import load_toml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_PACK_FILE = "pack.toml"
_ADDED = frozenset({"names", "tables", "columns", "form_names", "compute_columns"})
_OWN = frozenset({"extends", "drop_rules", "default"})


def read_chain(folder: Path, home: Path) -> tuple[dict[str, Any], tuple[Path, ...]]:
    """The merged TOML of a pack and its folders, own first; parents stand beside it or in `home`.

    Raises:
        PackError: unknown parent (the nearest is told), or packs that extend each other in a circle.
    """
    folders = _folders(folder, home)
    found = load_toml(folders[-1] / _PACK_FILE)
    for child in reversed(folders[:-1]):
        found = _laid_over(found, load_toml(child / _PACK_FILE))
    return found, tuple(folders)


def _folders(folder: Path, home: Path) -> list[Path]:
    chain = [folder]
    while parent := load_toml(chain[-1] / _PACK_FILE).get("pack", {}).get("extends"):
        found = _parent_folder(str(parent), chain[-1], home)
        if found in chain:
            names = " → ".join(f.name for f in [*chain, found])
            raise PackError(f"{chain[-1] / _PACK_FILE} [pack] extends：规则包互相继承，绕成了圈：{names}。")
        chain.append(found)
    return chain


def _parent_folder(name: str, folder: Path, home: Path) -> Path:
    for place in (folder.parent / name, home / name):
        if (place / _PACK_FILE).is_file():
            return place.resolve()
    known = {p.parent.name for base in (home, folder.parent) for p in base.glob(f"*/{_PACK_FILE}")} - {folder.name}
    close = nearest(name, known)
    hint = f"，是不是“{close}”？" if close else f"，现有：{'、'.join(sorted(known))}。"
    raise PackError(f"{folder / _PACK_FILE} [pack] extends：没有名为“{name}”的规则包{hint}")


def _laid_over(parent: Mapping[str, Any], child: Mapping[str, Any]) -> dict[str, Any]:
    found = _merged(parent, child)
    own = child.get("pack", {})
    found["pack"] = {k: v for k, v in found["pack"].items() if k not in _OWN or k in own}
    dropped = set(own.get("drop_rules", ()))
    kept = {(r.get("id"), r.get("title")): r for r in parent.get("rule", ()) if r.get("id") not in dropped}
    kept |= {(r.get("id"), r.get("title")): r for r in child.get("rule", ())}
    found["rule"] = sorted(kept.values(), key=lambda r: str(r.get("id")))
    return found


def _merged(parent: Mapping[str, Any], child: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(parent)
    for key, value in child.items():
        before = found.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            # A table of choices that is given at all is given whole: half of two weight schemes adds up to neither.
            found[key] = dict(value) if key in {"weights", "weights_move"} else _merged(before, value)
        elif key in _ADDED and isinstance(before, list):
            found[key] = [*before, *value]
        else:
            found[key] = value
    return found
