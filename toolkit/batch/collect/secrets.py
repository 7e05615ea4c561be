"""Withheld words of a whole batch (不外传的词): what one unit withholds, no sentence of another may tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolkit.audit.secrecy import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from toolkit.batch.collect.records import UnitRecord

WITHHELD = "涉及不公开的内容"

_LEAST = 4  # a shorter name or number stands in any sentence


@dataclass(frozen=True, slots=True)
class Secrets:
    """Folded names and codes by their first signs: a province has thousands, and more sentences."""

    words: Mapping[str, Sequence[str]]

    def within(self, text: str) -> bool:
        """Whether a text tells one of them."""
        plain = folded(text) if self.words else ""
        starts = (i for i in range(len(plain) - _LEAST + 1) if plain[i : i + _LEAST] in self.words)
        return any(plain.startswith(word, i) for i in starts for word in self.words[plain[i : i + _LEAST]])


def secrets_of(records: Iterable[UnitRecord]) -> Secrets:
    """Names and codes of all withheld projects, whoever filed them and whether the return counts."""
    words: dict[str, set[str]] = {}
    for project in (p for record in records for p in record.projects if p.withheld):
        for word in map(folded, (project.name, project.code)):
            if len(word) >= _LEAST:
                words.setdefault(word[:_LEAST], set()).add(word)
    return Secrets({head: sorted(found) for head, found in words.items()})
