"""Totals against their parts, across paragraphs (合计与组成): A02, A15, A16, B27, B28.

Precision first: a total that the report gives twice with different values is not used, and a gap that other
money named in the text may explain is a 提示.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from toolkit.findings import Severity
from toolkit.prose_findings import Judged, ProseFinding, Sides, bad, gap_text, good, money, quote
from toolkit.prose_numbers import What

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from toolkit.prose_report import Claim, Report
    from toolkit.prose_settings import SumRule

CENT = Decimal("0.01")
_FAR = Decimal("0.3")  # parts so far from their total are parts of something else
_ECONOMIC = re.compile(r"按(?:支出)?(?:经济|功能|资金|科目)")
_LISTED = re.compile(r"(?:具体)?(?:包括|包含|由|分为)(?P<names>[^。：:]*)")


def slack(steps: Iterable[Decimal]) -> Decimal:
    """What rounding of the figures as written may add up to; figures all in whole 万元 are taken as exact."""
    steps = list(steps)
    if all(step == 1 for step in steps):
        return CENT
    return max(CENT, sum(steps, Decimal(0)) / 2 + CENT)


def check_sums(report: Report) -> Iterator[Judged]:
    """Every sum of the pack whose total and parts the report gives once each."""
    for rule in report.settings.sums:
        total = only(report.actual(rule.total))
        parts = [c for name in rule.parts if (c := only(report.actual(name))) is not None]
        if total is None or len(parts) < rule.needs:
            continue
        yield from _judged(rule, total, parts, report)
        yield from _unnamed(rule, total, parts, report)


def only(claims: Sequence[Claim]) -> Claim | None:
    """The claim, when all that is said of a concept is the same value."""
    values = {c.quantity.value for c in claims}
    return claims[0] if claims and max(values) - min(values) <= CENT else None


def _judged(rule: SumRule, total: Claim, parts: list[Claim], report: Report) -> Iterator[Judged]:
    sides = Sides(total.quantity.value, sum((p.quantity.value for p in parts), Decimal(0)), CENT)
    steps = [total.quantity.step, *(p.quantity.step for p in parts)]
    if sides.agree or (sides.gap <= slack(steps) and max(steps) > CENT):
        yield good(rule.rule)
    elif not _stated(sides.right, report):
        severity, why = _severity(rule, sides, [total, *parts], report)
        listed = "＋".join(f"{p.concept.name} {money(p.quantity.value)}（第 {p.sentence.paragraph} 段）" for p in parts)
        fact = f"{rule.total} {money(sides.left)}，应等于{listed}＝{money(sides.right)}，{gap_text(sides)}{why}"
        yield bad(claim_finding((rule.rule, severity), total, fact, "请核对各数，改正写错的或补上漏写的", sides))


def claim_finding(kind: tuple[str, Severity], claim: Claim, fact: str, action: str, sides: Sides) -> ProseFinding:
    """A finding at a claim; `kind` is rule id and severity."""
    rule, severity = kind
    quoted = quote(claim.sentence.text, [claim.quantity])
    return ProseFinding(rule, severity, claim.sentence.paragraph, quoted, fact, f"{action}。", sides)


def _stated(value: Decimal, report: Report) -> bool:
    """The parts add up to another figure of the report: they are that figure's parts."""
    return bool(report.amounts_near(value, CENT))


def _severity(rule: SumRule, sides: Sides, claims: list[Claim], report: Report) -> tuple[Severity, str]:
    """错误, unless something may explain the gap; then what."""
    doubt = next(_doubts(rule, sides, claims, report), "")
    return (Severity.NOTICE, doubt) if doubt else (Severity.ERROR, "")


def _doubts(rule: SumRule, sides: Sides, claims: list[Claim], report: Report) -> Iterator[str]:
    if sides.gap <= slack(c.quantity.step for c in claims):
        yield "，四舍五入可能造成这样的尾差"
    if len({c.scope for c in claims}) > 1 or any(_ECONOMIC.search(c.sentence.text) for c in claims):
        yield "；几处写的口径不同，请确认"
    if sides.left > sides.right and len(claims) - 1 < len(rule.parts):
        yield "；可能有没有写出的组成部分"
    if sides.gap > _FAR * max(sides.left, sides.right):
        yield "；差得很远，可能口径不同"
    if same := report.amounts_near(sides.gap, CENT):
        yield f"；相差的数与文中的 {same[0].text} 相同，可能漏计"
    if rule.rule == "A02" and (other := _other_spending(report)):
        yield f"；文中还有{other}，可能计入了总支出"


def _other_spending(report: Report) -> str:
    """Other kinds of spending that the report gives an amount for, e.g. 政府性基金支出 200 万元."""
    for sentence in report.sentences:
        for quantity in sentence.quantities:
            head = sentence.head(quantity) if quantity.what is What.MONEY and quantity.value else ""
            word = next((w for w in report.settings.words("other_spending") if w in head), "")
            if word:
                return f"“{word}”的金额"
    return ""


def _unnamed(rule: SumRule, total: Claim, parts: list[Claim], report: Report) -> Iterator[Judged]:
    """The sentence names some classes of a total, and the report then gives more: 三类 named, four given."""
    listed = _LISTED.search(total.sentence.text, total.quantity.end)
    if listed is None or any(listed.start() <= q.start < listed.end() for q in total.sentence.quantities):
        return
    concepts = {c.name: c.words for c in report.settings.concepts}
    named = [p for p in parts if any(w in listed["names"] for w in concepts[p.concept.name])]
    extra = [p for p in parts if p not in named and p.quantity.value]
    if len(named) >= 2 and extra:  # noqa: PLR2004 - one class named is an example
        sides = Sides(total.quantity.value, sum((p.quantity.value for p in named), Decimal(0)), CENT)
        told = "、".join(f"{p.concept.name} {money(p.quantity.value)}（第 {p.sentence.paragraph} 段）" for p in extra)
        fact = f"点名的 {len(named)} 类合计 {money(sides.right)}，后文另有{told}没有点名，{gap_text(sides)}"
        yield bad(claim_finding((rule.rule, Severity.NOTICE), total, fact, "请把漏写的类别补进这句话", sides))
