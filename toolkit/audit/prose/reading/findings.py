"""Findings in prose (文字问题): a sentence, the two sides, the difference, and what to do."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from toolkit.audit.prose.reading.intervals import slip_apart
from toolkit.core.findings import Severity
from toolkit.core.light import dataclass, replace
from toolkit.core.money import MONEY_UNITS, plain, round_half_up
from toolkit.core.patterns import late
from toolkit.pack import Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from toolkit.audit.prose.reading.numbers import Quantity

_QUOTE = 60

_LEAST_TOLD = Decimal("0.01")  # what is allowed in 亿元 is too little to be told

# How far apart the two sides of a fault may be, of the greater: lists, and what is found by its neighbours alone.
_NEAR: Mapping[str, Decimal] = {
    Topic.LISTS: Decimal("0.25"),
    Topic.RATES: Decimal("0.7"),
    Topic.CHANGES: Decimal("0.7"),
}

_WRITTEN_IN = late(r"(?:亿|[百千]?万)?元$")

_PLACES = 2


@dataclass(frozen=True, slots=True)
class Sides:
    """Left and right of a comparison (左右两边), the tolerance that was allowed, and the unit of all three."""

    left: Decimal
    right: Decimal
    tolerance: Decimal
    unit: str

    @property
    def gap(self) -> Decimal:
        """How far apart they are."""
        return abs(self.left - self.right)

    def shown(self, value: Decimal) -> str:
        """A value of either side, or the gap, as people write it: amounts have two decimals."""
        return amount(value) if self.unit in MONEY_UNITS else plain(value)

    def as_written(self, figures: Iterable[Quantity]) -> Sides:
        """The same in the unit in which all figures are written: 亿元 beside 亿元 is told in 亿元."""
        units = {found[0] if (found := _WRITTEN_IN.search(q.text)) else "" for q in figures}
        unit = units.pop() if len(units) == 1 else ""
        if self.unit not in MONEY_UNITS or unit not in MONEY_UNITS:
            return self
        scale = MONEY_UNITS[self.unit] / MONEY_UNITS[unit]
        allowed = self.tolerance if scale == 1 else min(self.tolerance, self.tolerance * scale)
        return Sides(self.left * scale, self.right * scale, allowed, unit)

    @property
    def in_last_place(self) -> bool:
        """Apart by no more than one in the last place that the left side is printed with."""
        return self.gap <= Decimal(1).scaleb(min(0, int(self.left.as_tuple().exponent)))

    @property
    def agree(self) -> bool:
        """Equal within the tolerance."""
        return self.gap <= self.tolerance


@dataclass(frozen=True, slots=True)
class ProseFinding:
    """One fault of a text: where it stands (paragraph number), what is quoted, what is wrong and what to do.

    `rule` is what it is about (a `Topic`), until the pack has given it the id of its rule.
    """

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

    def numbered(self, rules: Mapping[str, str]) -> Judged:
        """The same under the id that the pack's `rules` give to what it is about."""
        rule = rules.get(self.rule, self.rule)
        return Judged(rule, self.finding and replace(self.finding, rule=rule))


def good(rule: str) -> Judged:
    """核对相符."""
    return Judged(rule)


def bad(finding: ProseFinding) -> Judged:
    """核对不符; what no slip explains was more likely read together wrongly: it is told, but nobody is accused.

    Nor where a rate is off by no more than its last place: how it was rounded is nobody's fault.
    """
    sides, near = finding.sides, _NEAR.get(finding.rule)
    sure = sides is None or near is None or slip_apart(sides.left, sides.right, near, sides.tolerance)
    rounded = sides is not None and finding.rule == Topic.RATES and sides.in_last_place
    if finding.severity is Severity.ERROR and (rounded or not sure):
        finding = replace(finding, severity=Severity.NOTICE)
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


def amount(value: Decimal) -> str:
    """1645.26, 433.00; amounts once given in 元 keep their further decimals."""
    short = plain(value)
    return short if len(short.partition(".")[2]) > _PLACES else str(round_half_up(value, _PLACES))


def money(value: Decimal, unit: str) -> str:
    """1645.26 万元."""
    return f"{amount(value)} {unit}"


def gap_text(sides: Sides) -> str:
    """相差 10.00 万元（允许相差 0.01）."""
    allowed = "" if 0 < sides.tolerance < _LEAST_TOLD else f"（允许相差 {plain(sides.tolerance)}）"
    return f"相差 {sides.shown(sides.gap)} {sides.unit}{allowed}"
