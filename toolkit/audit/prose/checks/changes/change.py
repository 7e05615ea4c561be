"""What a text says of a change (增减的说法): an amount, a rate or both, whose it is, and against what."""

from __future__ import annotations

from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

from toolkit.audit.prose.reading import Role, clause, stem
from toolkit.core.light import dataclass
from toolkit.core.patterns import late

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.audit.prose.reading import Grammar, Mention, Passage

_MOST_NEAR = 40
LONGEST_JOIN = 28
_MOST_BETWEEN = 5

_BETWEEN = frozenset({Role.DONE, Role.POINTS, Role.SHARE})

_YEARS, _FROM = late(r"20\d\d"), ("由", "从")

_CLOSED = late(r"）[，,]?")


@dataclass(frozen=True, slots=True)
class Change:
    """What a text says of a change: `by` an amount, `rate` per cent; one may be missing.

    Attributes:
        subject: whose change it is, where the words say so.
        against: the words of the comparison (上年, 年初预算), "" for none.
        nth: in 分别增加 A、B, which of the sizes before is most likely meant, counted from the nearest.
    """

    by: Mention | None
    rate: Mention | None
    subject: str
    against: str
    nth: int = 0

    @property
    def first(self) -> Mention:
        """Whichever stands first."""
        both = [m for m in (self.by, self.rate) if m is not None]
        return min(both, key=lambda m: m.place)

    @property
    def last(self) -> Mention:
        """Whichever stands last."""
        both = [m for m in (self.by, self.rate) if m is not None]
        return max(both, key=lambda m: m.place)

    @property
    def up(self) -> bool | None:
        """The direction of the first word."""
        return self.first.up

    @property
    def plain(self) -> bool:
        """Amount and rate stand side by side, and each figure has a change of its own."""
        return not self.nth and self.last.place - self.first.place <= 1

    @property
    def crossed(self) -> bool:
        """One word says up, the other down; 减收 X，增长 −R% says the same twice."""
        if self.by is None or self.rate is None or self.rate.quantity.value == 0:
            return False
        ways = [m.up is not (m.quantity.value < 0) for m in (self.by, self.rate) if m.up is not None]
        return len(set(ways)) > 1


def changes(passage: Passage, grammar: Grammar) -> Iterator[Change]:
    """Every change of a passage, amount and rate put together where one breath says both."""
    mentions = passage.mentions
    later = _rates_behind(mentions, grammar) | _rates_behind_brackets(mentions)
    place = 0
    while place < len(mentions):
        one = mentions[place]
        place += 1
        if one.role not in {Role.CHANGE, Role.GROWTH} or one in later.values():
            continue
        if one.place in later:
            yield _change(one, later[one.place], grammar)
            continue
        run = _run(mentions, place - 1)
        others = _run(mentions, place - 1 + len(run)) if len(run) > 1 else ()
        if others and len(others) == len(run) and {run[0].role, others[0].role} == {Role.CHANGE, Role.GROWTH}:
            yield from _severally(run, others, grammar)
            place += len(run) + len(others) - 1
        elif place < len(mentions) and _one_breath(one, mentions[place], grammar):
            yield _change(one, mentions[place], grammar)
            place += 1
        elif (two := _further(mentions, one, grammar)) is not None:
            yield _change(one, two, grammar)
            place = two.place + 1
        else:
            yield _change(one, None, grammar)


def _rates_behind(mentions: tuple[Mention, ...], grammar: Grammar) -> dict[int, Mention]:
    """存款 A，增加 X；贷款 B，增加 Y，分别增长 P% 和 Q%: the place of each change, and its rate."""
    found: dict[int, Mention] = {}
    for first in mentions:
        run = _run(mentions, first.place) if first.role is Role.GROWTH and grammar.several.search(first.gap) else ()
        own = [m for m in mentions[max(0, first.place - _MOST_NEAR) : first.place] if m.sentence == first.sentence]
        moves = [m for m in own if m.role is Role.CHANGE]
        rated = any(m.role is Role.GROWTH for m in own)
        if len(run) > 1 and len(moves) == len(run) and not rated and moves[-1].place - moves[0].place >= len(run):
            found |= {move.place: rate for move, rate in zip(moves, run, strict=True)}
    return found


def _rates_behind_brackets(mentions: tuple[Mention, ...]) -> dict[int, Mention]:
    """减少 X（其中：本级减少 A，开发区增加 B），下降 R%: the place of the change, and its rate."""
    found: dict[int, Mention] = {}
    for move, inner in pairwise(mentions):
        if move.role is Role.CHANGE and inner.depth > move.depth and inner.sentence == move.sentence:
            behind = mentions[inner.place + 1 : inner.place + _MOST_NEAR]
            rate = next((m for m in behind if m.depth <= move.depth), None)
            if rate is not None and rate.role is Role.GROWTH and _CLOSED.fullmatch(rate.gap.removesuffix(rate.head)):
                found[move.place] = rate
    return found


def _run(mentions: tuple[Mention, ...], place: int) -> tuple[Mention, ...]:
    """A、B和C behind one word."""
    end = place + 1
    while end < len(mentions) and mentions[end].head == "" and mentions[end].role is mentions[place].role:
        end += 1
    return mentions[place:end]


def _severally(run: tuple[Mention, ...], others: tuple[Mention, ...], grammar: Grammar) -> Iterator[Change]:
    for number, (one, two) in enumerate(zip(run, others, strict=True)):
        found = _change(one, two, grammar)
        yield Change(found.by, found.rate, "", found.against, len(run) - 1 - number)


def _one_breath(one: Mention, two: Mention, grammar: Grammar) -> bool:
    if {one.role, two.role} != {Role.CHANGE, Role.GROWTH} or one.sentence != two.sentence or two.depth < one.depth:
        return False
    if len(two.gap) > LONGEST_JOIN or grammar.because.search(two.gap):
        return False
    subject, against = _said(two, grammar)
    whose, mine = _said(one, grammar)
    if "；" in two.gap and grammar.saved.search(two.head):
        return False  # 交易额下降 R%；节约金额 X: another figure
    if against and grammar.words("adjusting").search(one.head):
        return False  # 由 A 调整为 B，调减 X，同比下降 R%: against the budget, and against last year
    same = stem(subject, grammar) in {"", stem(whose, grammar)}
    like = against == mine or (against == "同比" and mine != "环比")
    return same and (not against or not mine or like)


def _further(mentions: tuple[Mention, ...], one: Mention, grammar: Grammar) -> Mention | None:
    """减收 X，为预算的 P%，快于序时进度 N 个百分点，增长 R%: amount and rate with other rates between."""
    behind = mentions[one.place + 1 : one.place + _MOST_BETWEEN]
    between = list(takewhile(lambda m: m.role in _BETWEEN and "；" not in m.gap and m.depth == one.depth, behind))
    two = behind[len(between)] if between and len(between) < len(behind) else None
    if two is None or "；" in two.gap or two.depth != one.depth or not _one_breath(one, two, grammar):
        return None
    compared = [_said(m, grammar)[1] for m in (one, two)]
    return None if any(grammar.planned.search(words) for words in compared) else two


def _said(mention: Mention, grammar: Grammar) -> tuple[str, str]:
    """Whose change, and against what, in the words before a figure."""
    window = mention.gap[max(map(mention.gap.rfind, "。！？!?；;")) + 1 :]
    compared = None
    for compared in grammar.compare.finditer(window):  # noqa: B007 - the last one counts
        pass
    if compared is not None:
        rest = window[compared.start() :]
        move = grammar.move.search(rest) or grammar.moved_by.search(rest)
        return _whose(window[: compared.start()], grammar), rest[: move.start()] if move else rest
    move = grammar.move.search(mention.head) or grammar.moved_by.search(mention.head)
    return (mention.head[: move.start()] if move else ""), ""


def _whose(before: str, grammar: Grammar) -> str:
    """The subject of a comparison; in 运行费比预算无变化，比上年 it stands before the comparison before."""
    said = clause(before).lstrip("，,")
    earlier = clause(before.rstrip("，,")) if not said else ""
    other = grammar.compare.search(earlier)
    return earlier[: other.start()] if other else said


def _change(one: Mention, two: Mention | None, grammar: Grammar) -> Change:
    pair = {m.role: m for m in (one, two) if m is not None}
    subject, against = _said(one, grammar)
    return Change(pair.get(Role.CHANGE), pair.get(Role.GROWTH), stem(subject, grammar), against)


def base_of(change: Change, passage: Passage, grammar: Grammar) -> Mention | None:
    """比上年 L: the figure right before the change, in its own sentence."""
    place = change.first.place
    before = passage.mentions[place - 1] if place else None
    later = passage.mentions[change.last.place + 1 : change.last.place + 3]
    if later and later[0].role is Role.BASE and grammar.past.match(later[0].head):  # 同比下降 R%，上年为 L
        return later[0]
    moved = len(later) > 1 and later[0].alike(later[1]) and grammar.adjusted.search(later[1].head)
    if moved and change.by is not None and later[0].head.startswith(_FROM) and passage.at_once([change.last, *later]):
        return later[0]
    if before is None or before.sentence != change.first.sentence or len(change.first.gap) > LONGEST_JOIN:
        return None
    if before.role is Role.LEVEL and place > 1:
        return _older(passage.mentions[place - 2], before, change, grammar)
    if before.role is not Role.BASE:
        return None
    like = change.by or before
    return before if before.alike(like) else None


def _older(one: Mention, two: Mention, change: Change, grammar: Grammar) -> Mention | None:
    """2022 年支出 A，2021 年支出 B，同比减少: the figure of the year before."""
    years = [_YEARS.findall(m.head) for m in (one, two)]
    like = change.by or two
    moved = grammar.adjusted.search(two.head) or grammar.towards.search(two.head)  # 由 A 提高到 B，增加 X
    if one.role in {Role.LEVEL, Role.PRICE} and one.alike(two) and two.alike(like) and moved:
        return one
    if not all(years) or one.role is not Role.LEVEL or not (one.alike(two) and two.alike(like)):
        return None
    if stem(two.head, grammar) not in {"", stem(one.head, grammar)} or not grammar.is_comparable(change.first.gap):
        return None
    gap = int(years[0][-1]) - int(years[1][-1])
    return {1: two, -1: one}.get(gap)


def is_bare(base: Mention, other: Mention, now: list[Mention], grammar: Grammar) -> bool:
    """比上年的 L: no word but the year's stands before it; in 较上年同月多支 X it may be a change."""
    compared = grammar.compare.search(base.head)
    words = stem(grammar.past.sub("", base.head[compared.end() :] if compared else base.head), grammar)
    return not words or any(words in m.head for m in (other, *now[:1]))
