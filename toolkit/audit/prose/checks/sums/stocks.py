"""Stocks, posts, limits and scores (存量、编制、限额、得分): figures of things that are there, bound in one sentence.

上年末 + 新增 − 报废 = 保有量; 编制 − 实有 = 空编; 余额 ≤ 限额; 满分 − 扣分 = 得分.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from toolkit.audit.prose.reading import Judged, ProseFinding, Role, Sides, What, bad, good, intervals, quote, stem
from toolkit.core.findings import Severity
from toolkit.core.money import plain
from toolkit.pack import Topic

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from toolkit.audit.prose.reading import Grammar, Mention, Passage, Quantity

_MOST = 6


def judged_stocks(passage: Passage, sentence: Sequence[Mention], grammar: Grammar) -> Iterator[Judged]:
    """What one sentence says of things that are there."""
    yield from _stock(passage, sentence, grammar)
    yield from _score(passage, sentence, grammar)
    yield from _vacant(passage, sentence, grammar)


def _stock(passage: Passage, sentence: Sequence[Mention], grammar: Grammar) -> Iterator[Judged]:
    """上年末 A 辆，新购 B 辆，报废 C 辆，年末保有量 D 辆."""
    for new in sentence:
        if not grammar.stock_now.search(new.head) or new.role is not Role.LEVEL or new.depth:
            continue
        near = passage.mentions[max(0, new.place - _MOST) : new.place + _MOST]
        own = [m for m in near if m is not new and m.sentence == new.sentence and m.alike(new) and not m.depth]
        old = [m for m in own if grammar.stock_before.search(m.head) and m.role in {Role.LEVEL, Role.BASE}]
        moves = [(m, sign) for m in own if m not in old and (sign := _moves(m, grammar))]
        if len(old) != 1 or not moves or len(moves) + 1 != len(own) or any(m.quantity.rough for m in (new, *own)):
            continue
        right = old[0].quantity.value + sum((sign * m.quantity.value for m, sign in moves), Decimal(0))
        sides = Sides(new.quantity.value, right, rounding(new, *own), new.quantity.unit)
        if sides.agree:
            yield good(Topic.FIGURES)
            continue
        told = "".join(f"{'＋' if sign > 0 else '－'}{m.quantity.text}" for m, sign in moves)
        fact = (
            f"“{new.head}”写的是 {new.quantity.text}，按 {old[0].quantity.text}{told} 应为 "
            f"{sides.shown(right)} {sides.unit}，相差 {sides.shown(sides.gap)} {sides.unit}"
        )
        marks = sorted((m.quantity for m in (new, *own)), key=lambda q: q.start)
        yield bad(finding(Topic.FIGURES, Severity.NOTICE, passage, marks, fact, sides))


def _moves(mention: Mention, grammar: Grammar) -> int:
    """1 for what was added to a stock, -1 for what was taken from it, 0 for neither."""
    came, went = grammar.stock_in.search(mention.head), grammar.stock_out.search(mention.head)
    return (came is not None) - (went is not None) if mention.role in {Role.LEVEL, Role.CHANGE} else 0


def judged_limits(passage: Passage, grammar: Grammar) -> Iterator[Judged]:
    """债务余额 A，债务限额 B: A is not above B."""
    for limit in passage.mentions:
        found = grammar.limit.search(limit.head) if is_plain(limit) else None
        kind = stem(limit.head[: found.start()].rpartition("的")[2], grammar) if found else ""
        near = passage.mentions[max(0, limit.place - _MOST) : limit.place + _MOST] if kind else ()
        for owed in (m for m in near if is_plain(m) and m.alike(limit) and abs(m.sentence - limit.sentence) <= 1):
            name = grammar.owed.search(owed.head)
            whose = stem(owed.head[: name.start()], grammar) if name and not grammar.limit.search(owed.head) else ""
            together = grammar.total.search(owed.head) and not grammar.total.search(limit.head)  # 余额合计, 专项限额
            if not whose or together or not (whose.endswith(kind) or kind.endswith(whose)):
                continue
            if intervals.of(owed.quantity).low <= intervals.of(limit.quantity).high:
                yield good(Topic.CHANGES)
                continue
            fact = f"“{owed.head}”{owed.quantity.text}，超过了“{limit.head}”{limit.quantity.text}"
            marks = sorted((owed.quantity, limit.quantity), key=lambda q: q.start)
            yield bad(finding(Topic.CHANGES, Severity.NOTICE, passage, marks, fact, None))


def _vacant(passage: Passage, sentence: Sequence[Mention], grammar: Grammar) -> Iterator[Judged]:
    """编制 P 名，实有 R 名，空编 N 名."""
    counts = [m for m in sentence if m.quantity.what is What.COUNT and m.role in {Role.LEVEL, Role.CHANGE}]
    apart = [m for m in counts if grammar.vacant.search(m.head)]
    others = [m for m in counts if m not in apart and not m.depth]
    posts = [m for m in others if grammar.posts.search(m.head) and not grammar.present.search(m.head)]
    people = [m for m in others if grammar.present.search(m.head) and not grammar.posts.search(m.head)]
    figures = [*posts, *people, *apart]
    if not len(posts) == len(people) == len(apart) == 1 or any(
        m.quantity.rough or not m.alike(posts[0]) for m in figures
    ):
        return
    right = (posts[0].quantity.value - people[0].quantity.value).copy_abs()
    sides = Sides(apart[0].quantity.value, right, Decimal(0), apart[0].quantity.unit)
    if sides.agree:
        yield good(Topic.STAFF)
        return
    fact = (
        f"“{apart[0].head.lstrip('、和及与')}”写的是 {apart[0].quantity.text}，按编制 {posts[0].quantity.text}、"
        f"实有 {people[0].quantity.text} 应为 {plain(right)} {sides.unit}，相差 {plain(sides.gap)} {sides.unit}"
    )
    marks = sorted((m.quantity for m in figures), key=lambda q: q.start)
    yield bad(finding(Topic.STAFF, Severity.NOTICE, passage, marks, fact, sides))


def _score(passage: Passage, sentence: Sequence[Mention], grammar: Grammar) -> Iterator[Judged]:
    """满分 10 分，扣 0.5 分，得 9.5 分."""
    scores = [m for m in sentence if m.quantity.what is What.SCORE]
    full = [m for m in scores if grammar.full.search(m.head)]
    lost = [m for m in scores if grammar.lost.search(m.head)]
    got = [m for m in scores if m not in full and m not in lost and m.role is Role.LEVEL]
    if not len(full) == len(lost) == len(got) == 1:
        return
    right = full[0].quantity.value - lost[0].quantity.value
    sides = Sides(got[0].quantity.value, right, Decimal(0), "分")
    if sides.agree:
        yield good(Topic.FIGURES)
        return
    fact = (
        f"满分 {full[0].quantity.text}，扣 {lost[0].quantity.text}，应得 {plain(right)} 分，"
        f"写的是 {got[0].quantity.text}，相差 {plain(sides.gap)} 分"
    )
    marks = sorted((m.quantity for m in scores), key=lambda q: q.start)
    yield bad(finding(Topic.FIGURES, Severity.NOTICE, passage, marks, fact, sides))


def is_plain(mention: Mention) -> bool:
    """An exact amount of money, of this year or the last."""
    quantity = mention.quantity
    return mention.role in {Role.LEVEL, Role.BASE} and quantity.what is What.MONEY and not quantity.rough


def rounding(*figures: Mention) -> Decimal:
    """What rounding may part the figures."""
    return intervals.rounding([m.quantity for m in figures])


def finding(  # noqa: PLR0913, PLR0917 - the parts of a finding
    rule: str, severity: Severity, passage: Passage, marks: list[Quantity], fact: str, sides: Sides | None
) -> ProseFinding:
    """A fault of figures that are bound so."""
    words = quote(passage.printed, marks), fact, "请核对数字和用语。"
    return ProseFinding(rule, severity, passage.paragraph, *words, sides)
