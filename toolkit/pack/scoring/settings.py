"""How a pack scores (评分设置): what 性质 asks for, levels of completion, grades. The `[scoring]` table.

Source: 财预〔2020〕10号 for the three qualitative bands and the grades; what differs by province is in the pack.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from toolkit.core.light import dataclass, field
from toolkit.core.money import plain

if TYPE_CHECKING:
    from collections.abc import Mapping


class Sign(StrEnum):
    """What an indicator asks for (性质): the words that a form has for it are the pack's, `[scoring] signs`."""

    MORE = "more"
    LESS = "less"
    EQUAL = "equal"
    BETWEEN = "between"
    LEVEL = "level"  # scored by its level of completion


_SYMBOLS = {"≥": Sign.MORE, ">": Sign.MORE, "≤": Sign.LESS, "<": Sign.LESS, "=": Sign.EQUAL}


@dataclass(frozen=True, slots=True)
class Band:
    """One level of completion (完成等级): its phrase and its share of the points.

    The share lies in [low, high), or [low, high] when `closed`; `default` is given automatically.
    """

    phrase: str
    low: Decimal
    high: Decimal
    closed: bool
    default: Decimal
    aliases: tuple[str, ...]

    def contains(self, score: Decimal, weight: Decimal) -> bool:
        """Whether a score lies in this band's range for an indicator of `weight` points."""
        top = self.high * weight
        return self.low * weight <= score and (score <= top if self.closed else score < top)

    def range_text(self, weight: Decimal) -> str:
        """区间 for messages: `[8, 10]` or `[6, 8)`."""
        closing = "]" if self.closed else ")"
        return f"[{plain(self.low * weight)}, {plain(self.high * weight)}{closing}"


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade (等级), the lowest total that earns it, and other words for it (优秀)."""

    name: str
    start: Decimal
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoringSettings:
    """Scoring part of a pack (评分设置); `most` caps the total where a bonus may lift it over the full mark.

    `signs`: what each word of the column 性质 asks for.
    """

    places: int
    reverse: str
    bands: tuple[Band, ...]
    grades: tuple[Grade, ...]
    most: Decimal | None = None
    signs: Mapping[str, Sign] = field(default_factory=lambda: _SYMBOLS)

    def sign(self, word: str) -> Sign | None:
        """What a word asks for; None for one that nobody has explained. A target's own text says it in symbols."""
        return self.signs.get(word) or _SYMBOLS.get(word)

    def words(self, sign: Sign) -> tuple[str, ...]:
        """The words of the form for it."""
        return tuple(word for word, one in self.signs.items() if one is sign)

    def band(self, text: str) -> Band | None:
        """The band named by its phrase or one of its aliases."""
        wanted = text.strip()
        return next((b for b in self.bands if wanted == b.phrase or wanted in b.aliases), None)

    def grade(self, total: Decimal) -> str:
        """等级 of a total; bands are half open: 优 [90,100], 良 [80,90)…"""
        return next((g.name for g in self.grades if total >= g.start), self.grades[-1].name)


def read_settings(spec: Mapping[str, Any]) -> ScoringSettings:
    """Read the `[scoring]` table of a pack."""
    bands = tuple(
        Band(
            b["phrase"],
            Decimal(b["low"]),
            Decimal(b["high"]),
            b["closed"],
            Decimal(b["default"]),
            tuple(b.get("aliases", ())),
        )
        for b in spec["bands"]
    )
    grades = sorted(
        (Grade(g["name"], Decimal(g["from"]), tuple(g.get("aliases", ()))) for g in spec["grades"]),
        key=lambda g: -g.start,
    )
    most = Decimal(str(spec["most"])) if "most" in spec else None
    signs = {word: Sign(sign) for sign, words in spec.get("signs", {}).items() for word in words} or _SYMBOLS
    return ScoringSettings(spec["places"], spec["reverse"], bands, tuple(grades), most, signs)


def scoring_of(raw: Mapping[str, Any], kind: str) -> ScoringSettings:
    """The scoring settings of a kind of form: those of the pack, with grades of its own."""
    own = raw.get("form_kinds", {}).get(kind, {}).get("grades")
    return read_settings({**raw["scoring"], "grades": own} if own else raw["scoring"])
