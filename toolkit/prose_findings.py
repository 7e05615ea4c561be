"""Findings in prose (文字问题): a sentence, the two sides, the difference, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolkit.money import plain

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from toolkit.findings import Severity
    from toolkit.prose_numbers import Quantity

_QUOTE = 60
_MONEY_UNIT = "万元"


@dataclass(frozen=True, slots=True)
class Sides:
    """Left and right of a comparison (左右两边), with the tolerance that was allowed."""

    left: Decimal
    right: Decimal
    tolerance: Decimal

    @property
    def gap(self) -> Decimal:
        """How far apart they are."""
        return abs(self.left - self.right)

    @property
    def agree(self) -> bool:
        """Equal within the tolerance."""
        return self.gap <= self.tolerance


@dataclass(frozen=True, slots=True)
class ProseFinding:
    """One fault of a text: where it stands (paragraph number), what is quoted, what is wrong and what to do."""

    rule: str
    severity: Severity
    paragraph: int
    quote: str
    fact: str
    action: str
    sides: Sides | None = None

    @property
    def message(self) -> str:
        """The whole sentence for people, ending in the id."""
        quoted = f"“{self.quote}”" if self.quote else ""
        where = f"第 {self.paragraph} 段" if self.paragraph else "全文"
        return f"{where}{quoted}：{self.fact}。{self.action}[{self.rule}]"


@dataclass(frozen=True, slots=True)
class Judged:
    """A relation that was understood and judged (已核对): `finding` None is a pass."""

    rule: str
    finding: ProseFinding | None = None


def good(rule: str) -> Judged:
    """核对相符."""
    return Judged(rule)


def bad(finding: ProseFinding) -> Judged:
    """核对不符."""
    return Judged(finding.rule, finding)


def quote(text: str, marks: Iterable[Quantity] = (), limit: int = _QUOTE) -> str:
    """The sentence, shortened around the figures that matter, at most about `limit` characters."""
    flat = text.strip()
    if len(flat) <= limit:
        return flat.rstrip("。；;，,")
    shift = len(text) - len(text.lstrip())
    places = [(q.start - shift, q.end - shift) for q in marks] or [(0, limit // 2)]
    first, last = min(p[0] for p in places), max(p[1] for p in places)
    start = max(0, first - 20)
    if last - start <= limit:
        cut = flat[start : start + limit]
        return f"{'…' if start else ''}{cut.rstrip('。；;，,')}{'…' if start + limit < len(flat) else ''}"
    head, tail = flat[start : first + 22], flat[max(last - 22, first + 22) : last]
    return f"{'…' if start else ''}{head}…{tail}{'…' if last < len(flat) else ''}"


def money(value: Decimal) -> str:
    """1645.26万元."""
    return f"{plain(value)}{_MONEY_UNIT}"


def gap_text(sides: Sides, unit: str = _MONEY_UNIT) -> str:
    """相差 10 万元（容差 0.01）."""
    return f"相差 {plain(sides.gap)}{unit}（容差 {plain(sides.tolerance)}）"
