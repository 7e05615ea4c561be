"""What made a result (制作依据): fingerprints of the toolkit and of a pack, so that unchanged work is not redone."""

from __future__ import annotations

import hashlib
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from toolkit.pack.pack import Pack


_SOURCES = frozenset({".py", ".toml", ".bas"})
_DATA = frozenset({"workbook_templates", "examples"})  # carried inside a wheel; packs have a digest of their own


@cache
def toolkit_digest() -> str:
    """SHA-256 over the program's own source files, in every folder."""
    return source_digest(Path(__file__).parents[1])


def source_digest(house: Path) -> str:
    """SHA-256 over the source files below a folder, and where they stand."""
    found = hashlib.sha256()
    for path in sorted(p for p in house.rglob("*") if p.suffix in _SOURCES):
        place = path.relative_to(house)
        if place.parts[0] not in _DATA:
            found.update(place.as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


@lru_cache(maxsize=32)
def pack_digest(pack: Pack) -> str:
    """SHA-256 over every file of a pack's folders, its parents' included, and over the office's own rules."""
    files = [p for folder in pack.folders for p in sorted(folder.iterdir()) if not p.name.startswith((".", "~"))]
    return _digest([*files, *([pack.supplement.path] if pack.supplement else [])])


def file_digest(path: Path) -> str:
    """SHA-256 of one file; "" when it cannot be opened."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _digest(paths: Iterable[Path]) -> str:
    found = hashlib.sha256()
    for path in paths:
        if path.is_file():
            found.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()
