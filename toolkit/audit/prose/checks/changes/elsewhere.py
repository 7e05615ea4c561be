"""Changes against a figure of the same name that stands further up (跨段增减, D68): last year's, or the budget.

A claim of nothing but the name is weak: any figure of that name that makes the words true settles them, and only one
wrong digit or a direction turned round is told.
"""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING

from toolkit.audit.prose.reading import (
    Judged,
    ProseFinding,
    Role,
    Sides,
    bad,
    good,
    intervals,
    quote,
    stem,
)
from toolkit.core.findings import Severity
from toolkit.core.money import plain
from toolkit.core.patterns import late
from toolkit.pack import Topic

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from toolkit.audit.prose.checks.changes.change import Change
    from toolkit.audit.prose.reading import Grammar, Mention, Passage

_MOST, _LEAST_DIGITS = 40, 3

_YEAR = late(r"20\d\d")

_ACTION = "请核对数字和用语；口径不同的请写明口径。"


def judged_elsewhere(
    change: Change, own: Mention, passage: Passage, above: Sequence[Passage], grammar: Grammar
) -> Iterator[Judged]:
    """去年 X 支出 L。¶今年 X 支出 N，比去年减少 M: N against L."""
    if change.by is None or change.up is None or own.quantity.rough or change.by.quantity.rough:
        return
    earlier = list(islice(_earlier(change, own, (*above, passage), grammar), _MOST))
    now = own.quantity.value
    by, off = change.by.quantity.value, intervals.rounding([own.quantity, change.by.quantity])
    same = [m for m in earlier if abs(abs(now - m.quantity.value) - by) <= off + m.quantity.step]
    if any(_is_up(own, m) is change.up for m in same):
        yield good(Topic.CHANGES)
        return
    if len(by.normalize().as_tuple().digits) < _LEAST_DIGITS:
        return
    near = (m for m in earlier if _is_up(own, m) is change.up)
    other = next((m for m in near if intervals.one_digit_apart(abs(now - m.quantity.value), by, off)), None)
    other = same[0] if same else other
    if other is not None:
        yield bad(_finding(change, own, other, passage))


def _earlier(change: Change, own: Mention, passages: Sequence[Passage], grammar: Grammar) -> Iterator[Mention]:
    """Sizes of the same name before, nearest first; budgets alone where it is held against the budget."""
    against = change.against or (change.by.head if change.by else "")
    past = grammar.past.search(against.replace("年初", "")) or _YEAR.search(against) or change.against in {"同比", ""}
    planned = not past and grammar.planned.search(against) is not None
    for mention in chain.from_iterable(reversed(p.mentions[-_MOST:]) for p in reversed(passages)):
        if mention.where >= own.where or mention.role is not Role.LEVEL or not mention.alike(own):
            continue
        other = (mention.paragraph, mention.sentence) != (own.paragraph, own.sentence)
        later = past and None not in {own.year, mention.year} and (mention.year or 0) >= (own.year or 0)
        is_plan = grammar.plan_end.search(mention.head) is not None
        if other and not later and (is_plan or not planned) and _is_same_name(own, mention, grammar):
            yield mention


def _is_same_name(one: Mention, two: Mention, grammar: Grammar) -> bool:
    if one.quantity.value == two.quantity.value or two.quantity.rough:
        return False
    names = [stem(m.head, grammar) for m in (one, two)]
    flows = [grammar.flow(m.head) for m in (one, two)]
    return names[0] == names[1] and (names[0] != "" or flows[0] == flows[1] != 0) and flows[0] * flows[1] >= 0


def _is_up(own: Mention, other: Mention) -> bool:
    return own.quantity.value > other.quantity.value


def _finding(change: Change, own: Mention, other: Mention, passage: Passage) -> ProseFinding:
    by = change.by.quantity if change.by else own.quantity
    right = own.quantity.value - other.quantity.value
    sides = Sides(by.value, abs(right), intervals.rounding([own.quantity, other.quantity, by]), own.quantity.unit)
    told = sides.as_written([own.quantity, other.quantity, by])
    where = "前面" if other.paragraph == passage.paragraph else f"第 {other.paragraph} 段"
    fact = (
        f"写的是{'增加' if change.up else '减少'} {by.text}，{where}的“{other.head}”是 {other.quantity.text}，"
        f"按 {own.quantity.text} 算是{'增加' if right > 0 else '减少'} {plain(told.right)} {told.unit}"
    )
    marks = sorted((m.quantity for m in (own, change.by) if m is not None and passage.has(m)), key=lambda q: q.start)
    quoted = quote(passage.printed, marks)
    return ProseFinding(Topic.CHANGES, Severity.NOTICE, passage.paragraph, quoted, fact, _ACTION, sides)
