"""Words of direction against figures (方向核对, D68): 由 A 增加到 B, 减少-5%, 增加的主要原因, 决算数大于预算数.

And what rates differ by (D67): A% 比 B% 提高 N 个百分点.
"""

from __future__ import annotations

from itertools import combinations, islice, pairwise
from typing import TYPE_CHECKING

from toolkit.audit.prose.reading import (
    Judged,
    ProseFinding,
    Role,
    Sides,
    What,
    bad,
    clause,
    good,
    intervals,
    quote,
    stem,
)
from toolkit.core.findings import Severity
from toolkit.core.light import replace
from toolkit.core.money import plain
from toolkit.core.patterns import late

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from toolkit.audit.prose.reading import Grammar, Mention, Passage, Quantity, Report

_HUNDRED = 100
_MOST_WORDS, _MOST_RATES = 40, 7

_SIZES = frozenset({What.MONEY, What.COUNT, What.PERCENT, What.SCORE})

_YEAR = late(r"(20\d\d)年")

_COMPARED_YEAR = late(
    r"[比较与同](?P<year>20\d\d)年度?(?!初|度?预算|计划|调整|目标)(?=[^，。；]{0,12}(?:决算|支出|收入|相比|持平|增|减|下降|上升))"
)

_NOUN = late("[幅速率]")  # 增幅为-1.2% is said so

_RATE_NAME = late(r"(?:率|度|占比|比重|比例|进度)(?:约?为|是|达到?|[：:])*$")

_LEADS = late(r"(?:了?[到至为]|达到?|上年|去年|同期)")

_STARTS = late(r"[由从自][^，。；由从]{0,24}$")

_ACTION = "请核对数字和用语。"


def directions(passage: Passage, grammar: Grammar) -> Iterator[Judged]:
    """Every word of direction that the figures of its passage can settle."""
    yield from _from_to(passage, grammar)
    yield from _negative(passage, grammar)
    yield from _reasons(passage, grammar)
    yield from _beside(passage, grammar)
    yield from _points(passage, grammar)


def check_compared_years(report: Report) -> Iterator[Judged]:
    """D73: a report that compares its own year with itself: 与 2022 年决算数持平, in the report of 2022."""
    year = report.year or _year_by_comparisons(report)
    if year is None:
        return
    for passage in report.passages:
        for match in _COMPARED_YEAR.finditer(passage.text):
            start = max(passage.text.rfind(c, 0, match.start()) for c in "。；;") + 1
            named = [int(y) for y in _YEAR.findall(passage.text[start : match.start()])]
            if int(match["year"]) != year or any(y > year for y in named):
                continue
            fact = f"“{match[0]}”是拿本年度（{year} 年）和自己比"
            quoted = quote(passage.printed[start : match.end() + 30])
            action = "请核对对比的年度。"
            yield bad(ProseFinding("D73", Severity.NOTICE, passage.paragraph, quoted, fact, action))


def _year_by_comparisons(report: Report) -> int | None:
    """2022 年…比 2021 年: the year that the report compares with the one before it, if all of them agree."""
    found = set[int]()
    for passage in report.passages:
        for match in _COMPARED_YEAR.finditer(passage.text):
            named = _YEAR.findall(passage.text[max(0, match.start() - 60) : match.start()])
            if named and int(named[-1]) == int(match["year"]) + 1:
                found.add(int(named[-1]))
    return found.pop() if len(found) == 1 else None


def _from_to(passage: Passage, grammar: Grammar) -> Iterator[Judged]:
    """由 A 增加到 B: B is the larger one."""
    for first, second in zip(passage.mentions, passage.mentions[1:], strict=False):
        move = grammar.towards.search(second.gap) if len(second.gap) <= _HUNDRED else None
        if move is None or not first.alike(second) or first.quantity.what not in _SIZES:
            continue
        if not _STARTS.search(first.head) or first.quantity.rough or second.quantity.rough:
            continue
        up = any(w in move[0] for w in grammar.ups)
        moved = second.quantity.value - first.quantity.value
        if moved == 0 or (moved > 0) is up:
            yield good("D68")
            continue
        word = move[0].strip("，,")
        fact = f"写的是“{word}”，但前一个数是 {first.quantity.text}，后一个数是 {second.quantity.text}，方向相反"
        yield bad(_finding(Severity.ERROR, passage, [first.quantity, second.quantity], fact, _ACTION))


def _negative(passage: Passage, grammar: Grammar) -> Iterator[Judged]:
    """减少-5.2%: twice negative says the contrary."""
    for mention in passage.mentions:
        move = grammar.move.search(mention.head) if mention.quantity.value < 0 else None
        if move and (move["up"] or move["down"]) and not (move["up"] and _NOUN.search(move[0])):
            fact = f"“{move[0]}{mention.quantity.text}”用了{move[0]}又用负数，意思可能相反"
            action = "请改写成“增加”或“减少”加正数。"
            yield bad(_finding(Severity.NOTICE, passage, [mention.quantity], fact, action))


def _reasons(passage: Passage, grammar: Grammar) -> Iterator[Judged]:
    """减少 5 万元，下降 10%，增加的主要原因是…: the reason speaks of another direction than the figures."""
    moves = [m for m in passage.mentions if m.role in {Role.CHANGE, Role.GROWTH} and m.up is not None]
    for word in islice(grammar.reason.finditer(passage.text), _MOST_WORDS if moves else 0):
        before = [m for m in moves if m.quantity.end <= word.start()]
        nearest = before[-1] if before else None
        if nearest is None or "。" in passage.text[nearest.quantity.end : word.start()].rstrip("。")[:-1]:
            continue
        up = word["up"] is not None
        if nearest.up is up or nearest.quantity.value == 0:
            yield good("D68")
        elif len({m.up for m in before[-2:]}) == 1:
            told = f"{'增加' if nearest.up else '减少'} {nearest.quantity.text}"
            fact = f"前面写的是{told}，后面说的是“{word[0]}”，方向不一致"
            yield bad(_finding(Severity.WARNING, passage, [nearest.quantity], fact, "请核对增减方向和原因。"))


def _beside(passage: Passage, grammar: Grammar) -> Iterator[Judged]:
    """年初预算 100 万元，支出决算 90 万元，决算数大于预算数: the figures say the contrary."""
    for word in islice(grammar.beside.finditer(passage.text), _MOST_WORDS):
        before = [m for m in passage.mentions if m.quantity.end <= word.start()]
        over = word["over"] is not None
        if word["by"]:
            found = _done_in_full(passage, before, word)
        else:
            found = _done(before) or _pair(before, grammar) or _pair_named(passage, before, word, grammar)
        if found is None:
            continue
        marks, is_over = found
        if is_over is over:
            yield good("D68")
            continue
        told = word[0].removesuffix(word["by"] or "")
        fact = f"写的是“{told}”，按前面的数（{'、'.join(q.text for q in marks)}）是{_relation(is_over)}"
        yield bad(_finding(Severity.ERROR, passage, marks, fact, _ACTION))


def _relation(is_over: bool | None) -> str:  # noqa: FBT001 - an answer, not a switch
    return "相等" if is_over is None else ("大于" if is_over else "小于")


def _done(before: list[Mention]) -> tuple[list[Quantity], bool | None] | None:
    """完成年初预算的 95% right before."""
    last = before[-1] if before else None
    if last is None or last.role is not Role.DONE or last.quantity.rough:
        return None
    value = last.quantity.value
    if abs(value - _HUNDRED) <= last.quantity.step:
        return ([last.quantity], None) if len(before) == 1 or not _apart(before) else None
    return [last.quantity], value > _HUNDRED


def _done_in_full(
    passage: Passage, before: list[Mention], word: re.Match[str]
) -> tuple[list[Quantity], bool | None] | None:
    """完成预算的 100%，决算数大于预算数 X: so much more that it is not 100 %."""
    last = before[-1] if before else None
    by = next((m for m in passage.mentions[len(before) :] if m.quantity.start == word.start("by")), None)
    if last is None or by is None or last.role is not Role.DONE or last.quantity.value != _HUNDRED:
        return None
    size = next(passage.levels(last.place, by), None)
    moved = intervals.ratio(intervals.of(by.quantity), intervals.of(size.quantity)) if size else None
    return None if moved is not None and moved.low <= last.quantity.step * 2 else ([last.quantity, by.quantity], None)


def _apart(before: list[Mention]) -> bool:
    """Size and budget differ so little that the rate is rounded to 100 %."""
    sizes = [m.quantity.value for m in before[-4:] if m.quantity.what is What.MONEY]
    return len(set(sizes)) > 1


def _pair(before: list[Mention], grammar: Grammar) -> tuple[list[Quantity], bool | None] | None:
    """The last two sizes, one of them a budget."""
    sizes = [m for m in before if m.role in {Role.LEVEL, Role.BASE} and m.quantity.what is What.MONEY][-2:]
    if len(sizes) < 2 or sizes[0].sentence != sizes[1].sentence or any(m.quantity.rough for m in sizes):  # noqa: PLR2004
        return None
    plans = [m for m in sizes if grammar.plan_end.search(m.head)]
    if len(plans) != 1:
        return None
    plan = plans[0]
    actual = sizes[1] if plan is sizes[0] else sizes[0]
    gap = actual.quantity.value - plan.quantity.value
    marks = [m.quantity for m in sizes]
    allowed = intervals.of(plan.quantity).meets(intervals.of(actual.quantity))
    return marks, None if allowed and gap == 0 else gap > 0


def _pair_named(
    passage: Passage, before: list[Mention], word: re.Match[str], grammar: Grammar
) -> tuple[list[Quantity], bool | None] | None:
    """三公经费预算 A，决算 B…。…。三公经费决算数大于预算数: the two sizes that the sentence names, further up."""
    subject = stem(clause(passage.text[max(0, word.start() - _HUNDRED) : word.start()]), grammar)
    found = [
        (plan, done)
        for plan, done in pairwise(before[-_MOST_WORDS:])
        if grammar.plan_end.search(plan.head) and subject and subject in stem(plan.head, grammar)
    ]
    return _pair(list(found[0]), grammar) if len(found) == 1 else None


def _points(passage: Passage, grammar: Grammar) -> Iterator[Judged]:
    """执行率 98.45%，较上年 97.25% 提高 1.2 个百分点."""
    settled = set[tuple[int, int]]()
    for points in (m for m in passage.mentions if m.role is Role.POINTS and not m.quantity.rough):
        nearby = _rates_near(passage, points, grammar)
        pairs = _beside_them(passage, points, grammar)
        pairs = pairs or [(a, b) for a, b in combinations(nearby, 2) if _series(a, b, points)]
        finest = min(m.quantity.step for m in (points, *nearby))
        allowed = intervals.of(points.quantity._replace(value=abs(points.quantity.value), step=finest))
        holding = next(((a, b) for a, b in pairs if _difference(a, b).meets(allowed)), None)
        fresh = not settled.intersection((a.place, b.place) for a, b in pairs)  # 由 A 到 B，提高 N，高于全市 M
        if holding is not None:
            settled.add((holding[0].place, holding[1].place))
            yield from _pointed(passage, points, *holding)
        elif len(pairs) == 1 and fresh and _are_compared(points, *pairs[0], grammar):
            yield from _points_wrong(passage, points, *pairs[0])


def _beside_them(passage: Passage, points: Mention, grammar: Grammar) -> list[tuple[Mention, Mention]]:
    """失业率 A%，比目标 B% 低 N 个百分点: no other two can be meant."""
    one, two = [None, None, *passage.mentions[max(0, points.place - 2) : points.place]][-2:]
    if one is None or two is None or not one.sentence == two.sentence == points.sentence:
        return []
    if one.quantity.what is not What.PERCENT or two.quantity.what is not What.PERCENT:
        return []
    named = two.depth > one.depth and grammar.against_another.search(two.gap) and grammar.compare.search(two.gap)
    if named:  # 增长 A%，比预算目标（B%）低 N 个百分点
        return [(one, two)] if points.gap == f"）{points.head}" else []
    plain = one.role is not Role.GROWTH and two.role is Role.BASE and points.gap == points.head
    return [(one, two)] if plain else []


def _rates_near(passage: Passage, points: Mention, grammar: Grammar) -> list[Mention]:
    """The rates of the same sentence; rates of growth only where the words ask for the gap of two: 高低相差."""
    near = passage.mentions[max(0, points.place - _MOST_RATES) : points.place + _MOST_RATES]
    rates = [m for m in near if m.quantity.what is What.PERCENT and m.sentence == points.sentence]
    plain = [m for m in rates if m.role is not Role.GROWTH]
    if len(plain) == 1 and (
        plain[0].role is Role.BASE or grammar.past.match(plain[0].head)
    ):  # 执行率 A。上年为 B，提高
        earlier = [m for m in near if m.quantity.what is What.PERCENT and m.sentence == points.sentence - 1]
        plain = [m for m in earlier if m.role is not Role.GROWTH][-1:] + plain
    move = grammar.move.search(points.head)
    beside = points.place and move is not None and points.gap == move[0] and points.head == points.gap
    return (
        rates if not plain and move is not None and (move["any"] or beside) else plain
    )  # 增长率 A%，比 B%下降 N 个百分点


def _series(one: Mention, two: Mention, points: Mention) -> bool:
    """分别为 A、B、C，2023 年比 2021 年提高: of a row of rates, two years name those that are meant."""
    years = sorted(map(int, _YEAR.findall(points.gap)))
    return bool(two.head) or len(years) != 2 or years[1] - years[0] == two.place - one.place  # noqa: PLR2004 - two years


def _are_compared(points: Mention, one: Mention, two: Mention, grammar: Grammar) -> bool:
    """Two exact rates of one thing; 执行率 A，满意度 B，均比上年提高 are of two."""
    if one.quantity.rough or two.quantity.rough or not _leads(points, two):
        return False
    names = [stem(m.head, grammar) for m in (one, two)]
    both = all(_RATE_NAME.search(m.head) for m in (one, two)) and two.role is not Role.BASE
    return not both or names[0] == names[1] or any(grammar.against_another.search(m.head) for m in (one, two))


def _leads(points: Mention, two: Mention) -> bool:
    """A rate behind the points is what they lead to, or lead from; others speak of something else."""
    return two.place < points.place or two.role is Role.BASE or _LEADS.match(two.head) is not None


def _difference(one: Mention, two: Mention) -> intervals.Interval:
    one, two = _signed(one), _signed(two)
    finest = min(one.quantity.step, two.quantity.step)  # 95% beside 98.20% has had its noughts left out
    gap = intervals.of(one.quantity._replace(step=finest)).minus(intervals.of(two.quantity._replace(step=finest)))
    return gap if gap.low + gap.high >= 0 else gap.negated()


def _signed(rate: Mention) -> Mention:
    """下降 13.2% is less than nothing."""
    falls = rate.role is Role.GROWTH and rate.up is False and rate.quantity.value > 0
    return replace(rate, quantity=rate.quantity._replace(value=-rate.quantity.value)) if falls else rate


def _moved_up(one: Mention, two: Mention) -> bool | None:
    """Whether the later of two rates is the larger; None where the words do not say which is the later."""
    if one.quantity.value == two.quantity.value:
        return None
    if two.role is Role.BASE:
        return one.quantity.value > two.quantity.value
    if one.role is Role.BASE or one.head.startswith(("由", "从", "上年", "去年")) or two.head.endswith(("到", "至")):
        return two.quantity.value > one.quantity.value
    return None


def _pointed(passage: Passage, points: Mention, one: Mention, two: Mention) -> Iterator[Judged]:
    up = _moved_up(one, two)
    if up is None or points.up is None or up is points.up:
        yield good("D68")
        return
    fact = (
        f"写的是{'提高' if points.up else '下降'} {points.quantity.text}，但按 {one.quantity.text} 和 "
        f"{two.quantity.text}，实际是{'提高' if up else '下降'}"
    )
    marks = [one.quantity, two.quantity, points.quantity]
    yield bad(_finding(Severity.ERROR, passage, marks, fact, _ACTION))


def _points_wrong(passage: Passage, points: Mention, one: Mention, two: Mention) -> Iterator[Judged]:
    right = abs(_signed(one).quantity.value - _signed(two).quantity.value)
    slack = (one.quantity.step + two.quantity.step + points.quantity.step) / 2
    sides = Sides(abs(points.quantity.value), right, slack, "个百分点")
    sure = _moved_up(one, two) is not None and points.place == max(one.place, two.place) + 1
    fact = (
        f"写的是 {points.quantity.text}，按 {one.quantity.text} 和 {two.quantity.text} 应为 {plain(right)} 个百分点，"
        f"相差 {plain(sides.gap)} 个百分点"
    )
    marks = [one.quantity, two.quantity, points.quantity]
    severity = Severity.ERROR if sure else Severity.NOTICE
    yield bad(replace(_finding(severity, passage, marks, fact, _ACTION), rule="D67", sides=sides))


def _finding(severity: Severity, passage: Passage, marks: list[Quantity], fact: str, action: str) -> ProseFinding:
    return ProseFinding("D68", severity, passage.paragraph, quote(passage.printed, marks), fact, action)
