"""A pack under other names: every field, table and column of it renamed at random, in all of its files alike."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from toolkit.authoring.build import build_pack
from toolkit.core.dictionary import Columns
from toolkit.pack.pack import Pack, load_pack
from toolkit.publishing.document.context import CONTEXT_TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from random import Random

_TOLD = rf"环 行 in (?:{'|'.join(CONTEXT_TABLES)})>"  # what the program itself tells keeps its names
_EXPRESSION = r"\{\{.*?\}\}|\{%.*?%\}|环 .*?>|&[\w ]+&"
_RARE = range(0x3400, 0x4DB0)  # signs that no form and no sentence has
_PARTS = "rows|columns|computed|computed_rows|drop_tables"
_KEYS = "prefix|like|each|table|listed_in|way_column"
# Texts about returns: from where on what stands in quotation marks is a name, no label of an official table.
_SAID_FROM = {"carry": "[fields]", "evidence": "[[subject]]", "exports": "[approved]", "move": "[columns]"}
_ROLES = "|".join(f.name for f in fields(Columns))


@dataclass(frozen=True)
class Renaming:
    """Old part of a name → new one, all parts that names are put together from."""

    parts: Mapping[str, str]
    names: Mapping[str, str]
    tables: frozenset[str]
    columns: frozenset[str]

    def part(self, old: str) -> str:
        """The new word for a part of a name; what is none stays."""
        return self.parts.get(old, old)

    def back(self, text: str) -> str:
        """What something made with the new names would be with the old ones."""
        found = re.compile("|".join(sorted(map(re.escape, self.parts.values()), key=len, reverse=True)))
        old = {new: part for part, new in self.parts.items()}
        return found.sub(lambda m: old[m[0]], text)

    def data(self, told: Any) -> Any:  # noqa: ANN401 - the JSON of a unit
        """The JSON of a unit with its keys renamed."""
        if isinstance(told, dict):
            return {self.names.get(k, self.part(k)): self.data(v) for k, v in told.items()}
        return [self.data(v) for v in told] if isinstance(told, list) else told


def renaming_of(pack: Pack, random: Random) -> Renaming:
    """New words for all parts of a pack's names; figures go on ending in 数, by which people know a column.

    A part that is also a word of a drop-down stays: a rule may name the column after what staff choose (A14).
    """
    spaces = pack.dictionary.spaces
    tables = {table for space in spaces for table in space.tables}
    whole = [name for space in spaces for name in space.all_names()]
    chosen = {word for words in pack.lists.values() for word in words}
    parts = sorted(({part for name in whole for part in name.split("_")} | tables) - chosen)
    new = ["".join(map(chr, random.sample(_RARE, 3))) for _ in parts]
    made = {old: word + ("数" if old.endswith("数") else "") for old, word in zip(parts, new, strict=True)}
    names = {name: "_".join(made.get(p, p) for p in name.split("_")) for name in whole}
    columns = {column for space in spaces for table in space.tables.values() for column in table.columns}
    return Renaming(made, names, frozenset(tables), frozenset(columns))


def renamed_pack(pack: Pack, home: Path, renaming: Renaming) -> Pack:
    """The pack in `home`, built anew."""
    folder = home / pack.id
    folder.mkdir(parents=True)
    for file in sorted(pack.folder.glob("*.toml")):
        (folder / file.name).write_text(_renamed(file.read_text("utf-8"), file.stem, renaming), "utf-8")
    for file in pack.folder.glob("*.docx"):
        if file.stem != "自评报告":
            shutil.copy(file, folder)
    made = load_pack(str(folder))
    build_pack(made, document=True)
    return made


def _renamed(text: str, stem: str, renaming: Renaming) -> str:
    text = _whole_names(text, renaming)
    text = _patterns(text, renaming)
    text = re.sub(rf"^(?:{_PARTS}) = \[[^\]]*\]", lambda m: _listed(m[0], renaming), text, flags=re.MULTILINE)
    text = re.sub(rf'\b(?:{_KEYS}) = "(\w+)"', _quoted(renaming.part), text)
    roles = r"^roles = \{.*\}$" if stem == "pack" else r"^(?:roles = \{.*\}|\w+ = .*)$"
    if stem in {"dictionary", "pack"}:
        text = re.sub(roles, lambda m: _told(m[0], renaming), text, flags=re.MULTILINE)
    text = re.sub(r"(\{分:|公式:)(\w+)", lambda m: m[1] + renaming.part(m[2]), text)
    if stem in {"dictionary", "pack"}:
        text = re.sub(
            r'^name = "(\w+)"',
            _quoted(lambda n: renaming.part(n) if n in renaming.tables else n),
            text,
            flags=re.MULTILINE,
        )
    if stem == "forms":
        text = re.sub(r"\[(\w+)\.(\w+)\]", lambda m: _column(m, renaming), text)
        text = re.sub(r"公开_合计_(\w+)", lambda m: f"公开_合计_{renaming.part(m[1])}", text)
    if stem in _SAID_FROM:
        head, mark, rest = text.partition(_SAID_FROM[stem])
        text = head + mark + re.sub(r'"(\w+)"', _quoted(renaming.part), rest)
    if stem in {"document", "sentences"}:
        text = re.sub(rf"{_TOLD}[^\n]*|{_EXPRESSION}", lambda m: _words(m[0], renaming), text, flags=re.DOTALL)
    return text


def _told(text: str, renaming: Renaming) -> str:
    return re.sub(rf'\b(?:{_ROLES}) = "(\w+)"', _quoted(renaming.part), text)


def _column(match: re.Match[str], renaming: Renaming) -> str:
    table, column = match[1], match[2]
    return f"[{renaming.part(table)}.{renaming.part(column)}]" if table in renaming.tables else match[0]


def _quoted(new: Callable[[str], str]) -> Callable[[re.Match[str]], str]:
    return lambda m: m[0].replace(f'"{m[1]}"', f'"{new(m[1])}"')


def _whole_names(text: str, renaming: Renaming) -> str:
    long = sorted((n for n in renaming.names if "_" in n or len(n) > 5), key=len, reverse=True)
    return re.sub(rf"(?<!\w)(?:{'|'.join(long)})(?!\w)", lambda m: renaming.names[m[0]], text)


def _patterns(text: str, renaming: Renaming) -> str:
    """基础_*_…, 自评_…_{列}: the parts of a pattern that are parts of names."""

    def new(match: re.Match[str]) -> str:
        return (
            "_".join(renaming.part(p) for p in match[0].split("_")) if re.search(r"\*|\{列\}", match[0]) else match[0]
        )

    return re.sub(r"(?<!\w)\w+?(?:_(?:[^\W_]+|\{列\}|\*))+", new, text)


def _listed(text: str, renaming: Renaming) -> str:
    return re.sub(r'"(\w+)((?::\w+)?)"', lambda m: f'"{renaming.part(m[1])}{m[2]}"', text)


def _words(text: str, renaming: Renaming) -> str:
    """In a template's expressions tables and columns stand alone."""
    if re.match(_TOLD, text):
        return text
    known = renaming.tables | renaming.columns
    return re.sub(r"\w+", lambda m: renaming.part(m[0]) if m[0] in known else m[0], text)


def plain_result(found: Any, renaming: Renaming | None) -> str:  # noqa: ANN401 - result.json
    """result.json as text, under the old names and without what tells files from one another."""
    kept = {k: v for k, v in found.items() if not k.endswith("sha256") and k not in {"files", "file"}}
    text = json.dumps(kept, ensure_ascii=False, indent=1)
    return renaming.back(text) if renaming else text
