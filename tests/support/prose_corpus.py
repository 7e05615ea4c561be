"""Passages made from templates (语料): right ones with random figures, and the same with one digit or word made wrong.

A template is a line of `cases/prose_corpus.txt`; its head says how it is written.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from toolkit.audit.prose.proofread import proofread
from toolkit.audit.prose.reading.paragraphs import number_paragraphs
from toolkit.pack import default_pack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from random import Random

    from toolkit.audit.prose.proofread import Proofread

_HOLE = re.compile(r"\{(?P<name>[A-Za-z]\d?)(?:!(?P<kind>[a-z]+))?(?:=(?P<made>[^{}]+)|:(?P<words>[^{}]+))?\}")
_NAME = re.compile(r"[A-Za-z]\d?(?!\w)")
_TRAP = "陷阱 "
_PLACES = {"p": 2, "q": 1, "r": 0, "h": 1, "n": 0, "k": 0, "g": 0, "s": 0, "w": 0, "u": 0, "v": 0}
_RANGES = {"x": (3000, 9000), "y": (3000, 9000), "p": (200, 3000), "q": (300, 900), "h": (5, 95), "n": (40, 900)}
_RANGES |= {"g": (11, 40), "w": (100, 3000), "u": (60, 600), "v": (200, 5000)}
_MONEY = (20000, 300000)


@dataclass(frozen=True)
class Template:
    """One line; `trap` for those in which nothing can be planted."""

    text: str
    trap: bool

    @property
    def kinds(self) -> list[str]:
        """What can be made wrong: the kind of each plantable figure, and `flip` for words of direction."""
        holes = list(_HOLE.finditer(self.text))
        words = [m for m in holes if m["words"]][:2]
        return [m["kind"] for m in holes if m["kind"]] + ["flip"] * len(words)

    def passage(self, random: Random, plant: int | None = None) -> str:
        """The passage with random figures; the `plant`-th of `kinds` made wrong."""
        values = _Values(self.text, random)
        seen: Counter[str] = Counter()
        order = [m.start() for m in _HOLE.finditer(self.text) if m["kind"]]
        order += [m.start() for m in _HOLE.finditer(self.text) if m["words"]][:2]
        wrong = order[plant] if plant is not None else -1

        def shown(match: re.Match[str]) -> str:
            seen[match["name"]] += 1
            if match["words"]:
                return values.word(match, wrong=match.start() == wrong)
            text = values.shown(match["name"])
            return _broken(text, random) if match.start() == wrong else text

        return _HOLE.sub(shown, self.text)


def templates(path: Path) -> list[Template]:
    """The templates of a file."""
    lines = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return [Template(line.removeprefix(_TRAP), line.startswith(_TRAP)) for line in lines]


@dataclass
class _Values:
    text: str
    random: Random
    known: dict[str, Decimal] = field(default_factory=dict)

    def of(self, name: str) -> Decimal:
        """The value of a name: worked out from others, or drawn."""
        if name not in self.known:
            made = next((m["made"] for m in _HOLE.finditer(self.text) if m["name"] == name and m["made"]), None)
            self.known[name] = self._made(name, made) if made else self._drawn(name)
        return self.known[name]

    def _made(self, name: str, made: str) -> Decimal:
        names = {n: self.of(n) for n in _NAME.findall(made)}
        numbers = re.sub(r"(?<![A-Za-z])\d+(?:\.\d+)?", lambda m: f"D('{m[0]}')", made)
        value = eval(numbers, {"__builtins__": {}, "D": Decimal}, names)  # noqa: S307 - our own case file
        scale = 100 if name[0] in "pqr" and "/" in made else 1
        return Decimal(value * scale).quantize(self._unit(name), ROUND_HALF_UP)

    def _drawn(self, name: str) -> Decimal:
        if name[0] == "d":
            return Decimal(self.random.choice([1, -1]) if name == "d" else 1)
        if name[0] == "k":
            return Decimal(name[1])
        low, high = _RANGES.get(name[0], _MONEY)
        return Decimal(self.random.randint(low, high)) * self._unit(name)

    @staticmethod
    def _unit(name: str) -> Decimal:
        return Decimal(1).scaleb(-_PLACES.get(name[0], 2))

    def shown(self, name: str) -> str:
        """As printed."""
        return f"{self.of(name):f}"

    def word(self, match: re.Match[str], *, wrong: bool) -> str:
        """The word of the right direction, or the other."""
        first, second = match["words"].split(",")
        return first if (self.of(match["name"]) > 0) is not wrong else second


def _broken(text: str, random: Random) -> str:
    """One digit wrong, the last one only if there is no other."""
    places = [i for i, c in enumerate(text) if c.isdigit()]
    place = random.choice(places[:-1] or places)
    others = [c for c in "123456789" if c != text[place]]
    return text[:place] + random.choice(others) + text[place + 1 :]


def read(passage: str) -> Proofread:
    """A passage, proofread."""
    return proofread(number_paragraphs((line, False) for line in passage.split("¶")), default_pack())


def planted(found: list[Template], random: Random, rounds: int) -> Iterator[tuple[str, bool, str]]:
    """(kind, whether it was told, passage) for every fault that can be planted, `rounds` times."""
    for template in found:
        for number, kind in enumerate(template.kinds):
            for _ in range(rounds):
                passage = template.passage(random, number)
                yield kind, bool(read(passage).findings), passage
