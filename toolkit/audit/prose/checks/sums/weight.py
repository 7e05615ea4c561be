"""How bad a gap between a total and its parts is (轻重): what the list claims to be, and how plainly."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from toolkit.audit.prose.checks.sums.lists import CENT, slack
from toolkit.audit.prose.reading import (
    Breakdown,
    Mention,
    Role,
    What,
    bare_name,
    concept_of,
    intervals,
    is_family,
)
from toolkit.core.findings import Severity
from toolkit.core.light import dataclass
from toolkit.pack import Topic

if TYPE_CHECKING:
    from toolkit.audit.prose.reading import Grammar
    from toolkit.pack import ProseSettings

_HUNDRED, _SHARES_SLACK = Decimal(100), Decimal("0.5")

_FAR_LESS = 1000


@dataclass(frozen=True, slots=True)
class Kind:
    """What a list is (列举的性质): its rule; whether its parts are all that there can be; whether the pack knows it."""

    rule: str
    complete: bool
    known: bool
    alike: bool


def kind_of(found: Breakdown, settings: ProseSettings, grammar: Grammar) -> Kind:
    """By its words, and by what the pack knows to be complete."""
    total, parts = found.total, found.parts
    alike = is_family([p.head for p in parts if p.quantity.value], grammar)
    complete = found.mark == "" or grammar.each.search(found.mark) is not None or shares_complete(found)
    if total.quantity.what is What.COUNT:
        staff = bool(grammar.staff_total.search(total.head)) and all(grammar.staff.search(p.head) for p in parts)
        return Kind(Topic.STAFF if staff else Topic.FIGURES, complete or staff, staff, alike)
    named = concept_of(total.head, settings, counts=False)
    names = {c.name for p in parts if (c := concept_of(bare_name(p.head, grammar), settings, counts=False)) is not None}
    given = sum(p.quantity.value != 0 for p in parts)
    for rule in settings.sums:
        shared = len(names & set(rule.parts))
        if (named is None or named.name == rule.total) and shared >= max(given, 2):
            return Kind(rule.rule, complete or shared == len(rule.parts), known=True, alike=True)
    if total.quantity.what is What.SCORE:
        return Kind(Topic.FIGURES, complete, known=True, alike=True)
    projects = "项目" in total.head or "专项" in total.head
    return Kind(Topic.PROJECTS if projects else Topic.FIGURES, complete, known=False, alike=alike)


def shares_complete(found: Breakdown) -> bool:
    """Every part has its share, and the shares make 100 %."""
    shares = [share_of(p, found) for p in found.parts]
    known = [s.quantity.value for s in shares if s is not None]
    return len(known) == len(found.parts) > 1 and abs(sum(known) - _HUNDRED) <= _SHARES_SLACK


def share_of(part: Mention, found: Breakdown) -> Mention | None:
    """占 37.8% right behind a part."""
    following = found.passage.mentions[part.place + 1 : part.place + 2]
    own = part.place < len(found.passage.mentions) and found.passage.mentions[part.place] is part
    return next((m for m in following if own and m.role is Role.SHARE and m.sentence == part.sentence), None)


def severity_of(found: Breakdown, kind: Kind, grammar: Grammar) -> Severity | None:
    """How bad a gap is; None where the list may simply be partial."""
    total, parts = found.total.quantity, [p.quantity for p in found.parts]
    summed = sum((q.value for q in parts), Decimal(0))
    gap = abs(summed - total.value)
    steps = [q.step for q in intervals.evened([total, *parts])]
    slip = intervals.one_digit_apart(summed, total.value, intervals.rounding([total, *parts]))
    if total.what is What.MONEY and gap <= slack(steps):
        return Severity.NOTICE if max(steps) <= CENT else None
    if total.rough or any(q.rough for q in parts) or found.inside:
        return Severity.NOTICE if slip and not found.open_end and not found.inner else None
    doubtful = bool(found.inner) or not found.sure or _rounded(steps, gap) or not _is_said_at_once(found)
    if summed > total.value:
        return _too_much(found, kind, grammar, doubtful=doubtful, slip=slip)
    return _too_little(found, kind, grammar, doubtful=doubtful, slip=slip)


def _is_said_at_once(found: Breakdown) -> bool:
    """Total and parts in one breath; a bracket may open between them, and semicolons part the parts."""
    total, parts = found.total, found.parts
    lead, passage = parts[0], found.passage
    if not (passage.has(total) and all(passage.has(p) and p.sentence == total.sentence for p in parts)):
        return False
    opened = found.mark in {"（", "("} and lead.depth == total.depth + 1
    joined = opened or passage.at_once([total, lead])
    return joined and all(p.depth == lead.depth for p in parts)


def larger_than_all(found: Breakdown, grammar: Grammar) -> Severity | None:
    """A single part that is larger than anything it may be a part of."""
    part = found.parts[0]
    larger = all(intervals.of(part.quantity).low > intervals.of(t.quantity).high for t in found.totals)
    plainly = (
        found.mark not in {"", "（", "(", ":", "："}
        and not found.inside
        and _same_status(found, grammar)
        and not part.quantity.rough
        and (grammar.status_of(found.total.head) != "left" or grammar.status_of(part.head) == "left")
    )
    return Severity.NOTICE if larger and plainly else None


def _rounded(steps: list[Decimal], gap: Decimal) -> bool:
    """Whole 万元 may have been rounded."""
    return all(s >= 1 for s in steps) and gap <= sum(steps) / 2


def _too_much(found: Breakdown, kind: Kind, grammar: Grammar, *, doubtful: bool, slip: bool) -> Severity | None:
    total = found.total
    plainly = kind.known or (
        total.quantity.what is not What.COUNT
        and (kind.complete or kind.alike or grammar.total.search(total.head) is not None)
        and _same_status(found, grammar)
    )
    if plainly and not doubtful and len(found.totals) == 1:
        return Severity.ERROR
    if plainly and not doubtful and _nearest_is_it(found, grammar):
        return Severity.ERROR
    rest = grammar.rest.search(found.parts[-1].head) is not None
    larger = any(p.quantity.value > total.quantity.value for p in found.parts)
    if total.quantity.what is What.COUNT and not (kind.alike or kind.complete or kind.known or rest or larger):
        return None
    if larger or rest:
        return Severity.NOTICE
    return Severity.NOTICE if slip or plainly or kind.alike or kind.complete else None


def _same_status(found: Breakdown, grammar: Grammar) -> bool:
    """The parts say nothing of what has become of the money, or the same as the total."""
    known = grammar.status_of(found.total.head)
    return all(grammar.status_of(p.head) in {"", known, "spent"} for p in found.parts)


def _nearest_is_it(found: Breakdown, grammar: Grammar) -> bool:
    """No other size stands between that the list may be of: the nearest is a total by name, or in the same sentence."""
    total = found.total
    words = grammar.total.search(total.head) is not None or total.sentence == found.parts[0].sentence
    return words and grammar.status_of(total.head) != "left"


def _too_little(found: Breakdown, kind: Kind, grammar: Grammar, *, doubtful: bool, slip: bool) -> Severity | None:
    total = found.total
    if found.open_end or sum(m.quantity.value for m in found.parts) * _FAR_LESS < total.quantity.value:
        return None  # 9.39 亿元 of the county, 8333.62 元 a pupil
    if total.quantity.what is What.SCORE:
        return Severity.NOTICE if slip or kind.complete else None
    totalled = grammar.total.search(total.head) is not None
    rest = grammar.rest.search(found.parts[-1].head) is not None
    if total.quantity.what is What.COUNT:
        likely = kind.known or kind.complete or rest or (kind.alike and (totalled or slip))
        return Severity.NOTICE if likely else None
    if (
        not doubtful
        and (kind.complete or (totalled and found.mark in {"包括", "包含", "具体包括"}))
        and _nearest_is_it(found, grammar)
    ):
        return Severity.ERROR
    if not doubtful and found.mark in {"包括", "包含", "具体包括"}:
        return Severity.WARNING
    return Severity.NOTICE if slip or totalled or kind.known or kind.complete or rest else None
