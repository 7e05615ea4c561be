"""Withheld words of a whole batch (不外传的词): what one unit withholds, no sentence of another may tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolkit.audit.secrecy import folded
from toolkit.core.light import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from toolkit.batch.collect.records import UnitRecord
    from toolkit.batch.collect.status import Entry

WITHHELD = "涉及不公开的内容"

_LEAST = 4  # a shorter name or number stands in any sentence
_LEAST_LABEL = 2  # but not in the name of a file or of a sheet
_LEAST_ELSEWHERE = 6  # a shorter name of one unit's secret is another's everyday word


@dataclass(frozen=True, slots=True)
class Secrets:
    """Folded names and codes by their first signs: a province has thousands, and more sentences."""

    words: Mapping[str, Sequence[str]]
    short: frozenset[str] = frozenset()

    def label(self, text: str) -> str:
        """The name of a file or a sheet, as it may be told."""
        plain = folded(text) if self.words or self.short else ""
        return WITHHELD if self.within(text) or any(word in plain for word in self.short) else text

    def reticent(self, entry: Entry) -> Entry:
        """A unit whose file, department, or what is noted of it, would tell what is withheld."""
        record = entry.record
        told = record
        if record:
            department = WITHHELD if self.inside(record.department, record.texts) else record.department
            told = replace(record, file=self.label(record.file), department=department)
        return replace(entry, record=told, note=WITHHELD if self.within(entry.note) else entry.note)

    def inside(self, text: str, own: Container[str]) -> bool:
        """Whether a name tells what its own unit withholds, or another."""
        return text in own or self.within(text)

    def within(self, text: str) -> bool:
        """Whether a text tells one of them."""
        plain = folded(text) if self.words else ""
        starts = (i for i in range(len(plain) - _LEAST + 1) if plain[i : i + _LEAST] in self.words)
        return any(plain.startswith(word, i) for i in starts for word in self.words[plain[i : i + _LEAST]])


def secrets_of(records: Iterable[UnitRecord]) -> Secrets:
    """Names and codes of all withheld projects, whoever filed them and whether the return counts."""
    withheld = [p for record in records for p in record.projects if p.withheld]
    words = {folded(word) for project in withheld for word in (project.name, project.code)}
    names = {folded(project.name) for project in withheld}
    return Secrets(_by_start(words), frozenset(w for w in names if _LEAST_LABEL <= len(w) < _LEAST))


def _by_start(words: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for word in sorted(w for w in words if len(w) >= _LEAST):
        found.setdefault(word[:_LEAST], []).append(word)
    return found


def binding_of(records: Iterable[UnitRecord], plain_names: Iterable[str], code_length: int) -> Secrets:
    """Names and codes of projects marked 涉密 that are nobody's everyday words: no other unit may publish them.

    What is merely merged or left out by one unit's choice binds no other.
    """
    plain = set(map(folded, plain_names))
    secret = [p for record in records for p in record.projects if p.secret]
    names = {w for w in (folded(p.name) for p in secret) if len(w) >= _LEAST_ELSEWHERE and w not in plain}
    codes = {w for w in (folded(p.code) for p in secret) if len(w) >= code_length}
    return Secrets(_by_start(names | codes))
