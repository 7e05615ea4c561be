"""Changes against their figures (增减核对): D68 the words and amounts, D67 the rate of change.

本年 N，比上年（L）增加 X，增长 R%, in either order, also where a share, an explanation or a full stop stands between.
Which size a change speaks of is left open: every size before it in the paragraph may be meant, the nearest most
likely. An error only where none of them makes the words true and the nearest stands plainly there.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import chain, islice, takewhile
from typing import TYPE_CHECKING

from toolkit.audit.prose.checks.changes.change import Change, base_of, changes, is_bare
from toolkit.audit.prose.checks.changes.directions import directions
from toolkit.audit.prose.checks.changes.elsewhere import judged_elsewhere
from toolkit.audit.prose.checks.changes.points import points
from toolkit.audit.prose.reading import (
    Judged,
    Mention,
    ProseFinding,
    Role,
    Sides,
    What,
    bad,
    good,
    grammar_of,
    intervals,
    quote,
    stem,
)
from toolkit.core.findings import Severity
from toolkit.core.light import replace
from toolkit.core.money import plain, round_half_up
from toolkit.core.patterns import late
from toolkit.pack import Topic

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from toolkit.audit.prose.reading import Grammar, Interval, Passage, Quantity, Report

_MOST_READINGS, _MOST_NEAR = 12, 60

_MOST_TOGETHER = 6
_MOST_WORDS = 30
_PASSAGES_ABOVE = 4

_FAR_OFF = Decimal("0.15")

_YEARS = late(r"20\d\d")

_ACTION = "请核对数字和用语。"

_SIDE_ROLES = frozenset({Role.SHARE, Role.CHANGE, Role.GROWTH, Role.DONE, Role.BASE, Role.POINTS})


def check_growth(report: Report) -> Iterator[Judged]:
    """D68 and the rates of D67 that speak of a change; the rules of one unit ask for these twice."""
    return iter(report.memo.once("growth", lambda: tuple(_judged_passages(report))))


def _judged_passages(report: Report) -> Iterator[Judged]:
    grammar = grammar_of(report.settings)
    for place, passage in report.figured:
        above = report.passages[max(0, place - _PASSAGES_ABOVE) : place]
        for change in changes(passage, grammar):
            yield from _judged(change, passage, above, grammar)
        yield from directions(passage, grammar)
        yield from points(passage, above, grammar)


def _judged(change: Change, passage: Passage, above: Sequence[Passage], grammar: Grammar) -> Iterator[Judged]:
    if not grammar.is_comparable(_sentence(passage.text, change.first.quantity.start, _said_until(change, passage))):
        return
    if change.crossed:
        yield bad(_crossed(change, passage))
        return
    if change.by is not None and not change.against and grammar.saved.search(change.by.head):
        return  # 送审 A，审定 B，审减 X，审减率 R%: no growth
    base = base_of(change, passage, grammar)
    now = _sizes(change, base, passage, above, grammar)
    if base is not None and (now or (change.by and change.rate)):
        yield from _against_base(change, base, now, passage, grammar)
        return
    plans = _plans(change, now, passage, grammar) if change.by is not None and now else []
    if plans:
        yield from _against_plans(change, plans, now, passage, grammar)
    elif now and now[0].place < change.first.place and passage.has(now[0]):
        yield from judged_elsewhere(change, now[0], passage, above, grammar)
    if change.by is not None and change.rate is not None and now:
        yield from _rated(change, now, passage, grammar)
    elif change.by is not None and change.rate is None and change.against:
        yield from _between_years(change, passage, above, grammar)


def _said_until(change: Change, passage: Passage) -> int:
    """Where the words end that may call a change not comparable; in 增长 P%，扣除退税后，增长 Q% they say it of Q."""
    last, end = change.last, change.first.quantity.end + _MOST_WORDS
    following = passage.mentions[last.place + 1 : last.place + 1 + _MOST_TOGETHER]
    own = takewhile(lambda m: m.sentence == last.sentence, following)
    others = any(m.role in {Role.CHANGE, Role.GROWTH} and not m.depth for m in own)
    return min(end, last.quantity.end) if others else end


def _sizes(
    change: Change, base: Mention | None, passage: Passage, above: Sequence[Passage], grammar: Grammar
) -> list[Mention]:
    """The sizes that a change may be of, the likeliest first: before it, right behind it, or a paragraph above."""
    like = change.by or base
    if like is None:
        return []
    if base is not None and base.role is Role.LEVEL and base.place > change.last.place:
        return [passage.mentions[base.place + 1]]  # 调减 X，由 A 调整为 B
    beside = passage.mentions[change.first.place - (2 if base else 1)] if change.first.place > bool(base) else None
    priced = beside is not None and beside is not base and beside.role is Role.PRICE and beside.alike(like)
    if beside and priced and beside.sentence == (base or change.first).sentence:
        return [beside]  # 户均 A 人，比上年 L 人减少
    found = [
        m
        for m in islice(passage.levels(change.first.place, like), _MOST_NEAR)
        if m is not base and _fits(change, m, passage, grammar)
    ]
    opens = change.subject or grammar.compare.match(passage.text)  # 与上年相比 at the start of a paragraph
    for one in reversed(above) if opens and not found else ():
        sizes = islice(one.levels(len(one.mentions), like), _MOST_NEAR)
        found += [m for m in sizes if _fits(change, m, one, grammar)]
    if not found:
        behind = _behind(change, passage, like)
        found = [m for m in behind if not stem(m.head, grammar) or change.subject in m.head]
    found = found[:_MOST_READINGS]
    return found[change.nth :] + found[: change.nth]


def _behind(change: Change, passage: Passage, like: Mention) -> list[Mention]:
    """比上年减少 X，下降 R%，全年支出 N: the size follows in the same sentence."""
    following = passage.mentions[change.first.place + 1 : change.first.place + 1 + _MOST_NEAR]
    own = takewhile(lambda m: m.sentence == change.first.sentence, following)
    return [m for m in own if m.role is Role.LEVEL and m.alike(like)]


def _fits(change: Change, size: Mention, passage: Passage, grammar: Grammar) -> bool:
    return not change.subject or _related(change.subject, size, passage, grammar)


def _related(subject: str, size: Mention, passage: Passage, grammar: Grammar) -> bool:
    mentions = passage.mentions[max(0, size.place - _MOST_TOGETHER) : size.place + 1]
    own = takewhile(lambda m: m.sentence == size.sentence, reversed(mentions))
    if grammar.income.search(subject) and grammar.outlay.search(subject):  # 收支比上年减少: income and spending do
        return grammar.flow(size.head) != 0
    named = (stem(m.head, grammar) for m in own if m.role is Role.LEVEL)  # 三公经费预算 A，支出决算 B: B is theirs, too
    name = next(filter(None, named), "") or stem(passage.headings[-1] if passage.headings else "", grammar)
    return bool(name) and (subject in name or name in subject)


def _plans(change: Change, now: list[Mention], passage: Passage, grammar: Grammar) -> list[Mention]:
    """比年初预算增加 X: the budgets that the passage gives."""
    against = change.against or (change.by.head if change.by else "")
    if (
        not grammar.planned.search(against)
        or _YEARS.search(against)
        or grammar.past.search(against.replace("年初", ""))
    ):
        return []
    sizes = islice(passage.levels(change.first.place, now[0]), _MOST_NEAR)
    if now[0].place > change.first.place:  # 比预算数多 X（预算 A、决算 B）
        behind = _behind(change, passage, now[0]) if change.against else ()
        return [m for m in behind if is_plan(m, grammar)]
    return [m for m in sizes if is_plan(m, grammar)][:_MOST_READINGS]


def is_plan(mention: Mention, grammar: Grammar) -> bool:
    """The figure itself is a budget or a plan; 一般公共预算收入 is none."""
    return grammar.plan_end.search(mention.head) is not None


def _against_base(
    change: Change, base: Mention, now: list[Mention], passage: Passage, grammar: Grammar
) -> Iterator[Judged]:
    """本年 and 上年 are both there: direction, amount and rate follow."""
    old = intervals.of(base.quantity)
    if base.quantity.value == 0 and change.rate is not None and change.rate.quantity.value:
        fact = f"对比的基数是 0，不能计算增减比率 {change.rate.quantity.text}"
        severity = Severity.ERROR if passage.at_once([base, change.rate]) else Severity.NOTICE
        yield bad(_finding(Topic.CHANGES, severity, change, [base], fact, passage))
        return
    sizes = [*(intervals.of(m.quantity) for m in now), *(_together(now) if now else ())]
    other = bool(now) and not any(_moved_so(change, size, old) for size in sizes)
    if other and _some_pair(change, passage, {now[0], base}):
        return
    if other or (now and change.by is None and _turned(change, now, old)):
        found = _moved_wrongly(change, base, now, passage, grammar)
        yield bad(found if is_bare(base, now[0], now, grammar) else replace(found, severity=Severity.NOTICE))
        return
    if now:
        yield good(Topic.CHANGES)
    if change.rate is not None and old.low > 0:
        moved = intervals.of(change.by.quantity) if change.by else _gap(intervals.of(now[0].quantity), old)
        figures = [m for m in (base, change.by or now[0], change.rate) if m is not None]
        sure = passage.at_once(figures) and is_bare(base, figures[1], now, grammar)
        yield from _rate_of(change, moved, old, (base, [base], sure), passage)


def _turned(change: Change, now: list[Mention], old: Interval) -> bool:
    """本年 N，比上年 L 增长 R%: N falls by R%, and nothing that is above L has grown by it."""
    if change.rate is None or change.rate.quantity.rough or old.low <= 0:
        return False
    rate = intervals.of_rate(change.rate.quantity)
    sizes = [intervals.of(m.quantity) for m in now]
    given = [s for s in sizes if (r := intervals.ratio(_gap(s, old), old)) is not None and r.meets(rate)]
    return sizes[0] in given and not any(_moved_so(change, s, old) for s in given)


def _some_pair(change: Change, passage: Passage, own: set[Mention]) -> bool:
    """Two other sizes of the passage differ by the amount: 预算 A，支出 B，较上年下降 R%，节约 A − B."""
    if change.by is None:
        return False
    sizes = list(islice(passage.levels(change.by.place, change.by), _MOST_READINGS))
    return any(
        _moved_so(change, intervals.of(a.quantity), intervals.of(b.quantity))
        for a in sizes
        for b in sizes
        if a is not b and own != {a, b}
    )


def _moved_so(change: Change, now: Interval, old: Interval) -> bool:
    """The size and its base agree with the direction, and with the amount where it is given."""
    if change.up is False:
        now, old = old, now
    moved = now.minus(old)
    if change.by is None:
        return moved.high >= 0
    allowed = intervals.of(change.by.quantity)
    return moved.meets(allowed) or (change.up is None and moved.meets(allowed.negated()))


def _moved_wrongly(
    change: Change, base: Mention, now: list[Mention], passage: Passage, grammar: Grammar
) -> ProseFinding:
    nearest = now[0]
    moved = nearest.quantity.value - base.quantity.value
    word = "减少" if change.up is False else "增加"
    sides = None
    if (moved > 0) is not (change.up is not False) and moved:
        fact = (
            f"写的是{word}，但本年 {nearest.quantity.text}，对比的是 {base.quantity.text}，"
            f"实际是{'增加' if moved > 0 else '减少'}"
        )
    else:
        unit = nearest.quantity.unit
        by = change.by.quantity if change.by else base.quantity
        sides = Sides(by.value, abs(moved), intervals.rounding([nearest.quantity, base.quantity, by]), unit)
        fact = (
            f"写的是{word} {by.text}，按 {nearest.quantity.text} 与 {base.quantity.text} 应为 "
            f"{plain(sides.right)}{unit}，相差 {plain(sides.gap)}{unit}"
        )
    severity = _severity(change, nearest, passage, grammar)
    return _finding(Topic.CHANGES, severity, change, [nearest, base], fact, passage, sides)


def _against_plans(
    change: Change, plans: list[Mention], now: list[Mention], passage: Passage, grammar: Grammar
) -> Iterator[Judged]:
    """决算 N，比预算增加 X: the budget stands elsewhere in the passage."""
    actual = [m for m in now if not is_plan(m, grammar)]
    pairs = [(n, p) for n in actual for p in plans]
    if not pairs:
        return
    if any(_moved_so(change, intervals.of(n.quantity), intervals.of(p.quantity)) for n, p in pairs):
        yield good(Topic.CHANGES)
    elif len(actual) == len(plans) == 1 and actual[0].sentence == plans[0].sentence:
        yield bad(_moved_wrongly(change, plans[0], actual, passage, grammar))


def _rated(change: Change, now: list[Mention], passage: Passage, grammar: Grammar) -> Iterator[Judged]:
    """Amount and rate are given, last year's figure follows: N ∓ X."""
    if change.by is None or change.rate is None:
        return
    if change.by.quantity.value == change.rate.quantity.value == 0:  # 增加 0 元，增长 0%
        yield good(Topic.RATES)
        return
    by, rate = intervals.of(change.by.quantity), intervals.of_rate(change.rate.quantity)
    sizes = [*(intervals.of(m.quantity) for m in now), *_together(now)]
    finer = (_as_fine(m.quantity, change.by.quantity) for m in now)
    bases = chain(
        (_before(size, by, change.up) for size in chain(sizes, finer)),
        (intervals.of(m.quantity) for m in now if not passage.has(m)),  # a paragraph of last year's figures
    )
    readings = (intervals.ratio(by, base) for base in bases)
    if any(r is not None and r.meets(rate) for r in readings):
        if _off_as_printed(change, now) and _severity(change, now[0], passage, grammar) is Severity.ERROR:
            exact = intervals.Interval(change.by.quantity.value, change.by.quantity.value)
            size = intervals.Interval(now[0].quantity.value, now[0].quantity.value)
            base = _before(size, exact, change.up)
            yield from _rate_of(change, exact, base, (now[0], [now[0]], False), passage)
            return
        yield good(Topic.RATES)
        return
    nearest, base = now[0], _before(sizes[0], by, change.up)
    severity = _severity(change, nearest, passage, grammar)
    if base.low <= 0:  # 1 万元 beside 0.5 万元 has had its noughts left out
        base = _before(_as_fine(nearest.quantity, change.by.quantity), by, change.up)
    if base.low <= 0:
        if base.holds(nearest.quantity.value * 0):
            fact = f"上年数为 0（{nearest.quantity.text} 全是增加的），不能计算增减比率 {change.rate.quantity.text}"
            yield bad(_finding(Topic.CHANGES, severity, change, [nearest], fact, passage))
        elif base.high < 0 and severity is Severity.ERROR:
            fact = f"增加的 {change.by.quantity.text} 比本年的 {nearest.quantity.text} 还多，上年数成了负数"
            yield bad(_finding(Topic.CHANGES, Severity.NOTICE, change, [nearest], fact, passage))
        return
    other = _before(intervals.of(nearest.quantity), by, not change.up)
    turned = intervals.ratio(by, other)
    if change.up is not None and turned is not None and turned.meets(rate) and not _in_last_place(by, base, change):
        words = ("增加", "减少") if change.up else ("减少", "增加")
        fact = (
            f"写的是{words[0]} {change.by.quantity.text}、比率 {change.rate.quantity.text}，"
            f"按 {nearest.quantity.text} 算，{words[1]}才对得上"
        )
        yield bad(_finding(Topic.CHANGES, severity, change, [nearest], fact, passage))
        return
    yield from _rate_of(change, by, base, (nearest, [nearest], severity is Severity.ERROR), passage)


def _in_last_place(by: Interval, base: Interval, change: Change) -> bool:
    """The rate is off by no more than its last place: a slip, and no wrong direction."""
    found = intervals.ratio(by, base)
    rate = change.rate.quantity if change.rate else None
    return found is not None and rate is not None and intervals.of_rate(rate._replace(step=rate.step * 2)).meets(found)


def _as_fine(size: Quantity, by: Quantity) -> Interval:
    """A size as if printed as finely as its change."""
    return intervals.of(size._replace(step=min(size.step, by.step)))


def _off_as_printed(change: Change, now: list[Mention]) -> bool:
    """Whole figures that only rounding could bring near the rate: 5 万元，增加 1 万元，增长 50%."""
    if change.by is None or change.rate is None:
        return False
    by, rate = change.by.quantity, abs(change.rate.quantity.value)
    if by.step != 1 or by.what is not What.MONEY or now[0].quantity.step != 1:
        return False
    bases = [m.quantity.value + (by.value if change.up is False else -by.value) for m in now]
    given = [by.value / base * intervals.HUNDRED for base in bases if base > 0]
    return bool(given) and all(abs(g - rate) > max(change.rate.quantity.step, rate * _FAR_OFF) for g in given)


def _together(now: list[Mention]) -> Iterator[Interval]:
    """基本支出 A、项目支出 B，比上年增加: the last sizes together."""
    summed = intervals.of(now[0].quantity)
    for more in now[1:_MOST_TOGETHER]:
        summed = summed.plus(intervals.of(more.quantity))
        yield summed


def _between_years(change: Change, passage: Passage, above: Sequence[Passage], grammar: Grammar) -> Iterator[Judged]:
    """2022 年度预算较 2021 年度增加 X: both figures stand in paragraphs above."""
    years = _YEARS.findall(change.against)
    if change.by is None or not years or not change.subject:
        return
    sizes = [
        (m, p)
        for p in (*above, passage)
        for m in islice(p.levels(len(p.mentions), change.by), _MOST_NEAR)
        if _fits(change, m, p, grammar)
    ]
    old = [m for m, _ in sizes if m.year == int(years[-1])]
    new = [m for m, _ in sizes if m.year == int(years[-1]) + 1]
    if not old or not new:
        return
    if any(_moved_so(change, intervals.of(n.quantity), intervals.of(o.quantity)) for n in new for o in old):
        yield good(Topic.CHANGES)
    elif len(old) == len(new) == 1:
        yield bad(replace(_moved_wrongly(change, old[0], new, passage, grammar), severity=Severity.NOTICE))


def _before(now: Interval, by: Interval, up: bool | None) -> Interval:  # noqa: FBT001 - a direction, not a switch
    return now.plus(by) if up is False else now.minus(by)


def _gap(one: Interval, two: Interval) -> Interval:
    moved = one.minus(two)
    return moved if moved.low >= 0 else moved.negated()


def _rate_of(
    change: Change,
    moved: Interval,
    base: Interval,
    of_what: tuple[Mention, list[Mention], bool],
    passage: Passage,
) -> Iterator[Judged]:
    """D67: the rate against amount ÷ base."""
    if change.rate is None:
        return
    nearest, marks, sure = of_what
    rate, right = change.rate.quantity, intervals.ratio(moved, base)
    if right is None:
        return
    if right.meets(intervals.of_rate(rate)):
        yield good(Topic.RATES)
        return
    middle = round_half_up((right.low + right.high) / 2, 2)
    allowed = rate.step / 2 + (right.high - right.low) / 2
    sides = Sides(abs(rate.value), middle, allowed, "%")
    amount = (moved.low + moved.high) / 2
    by = change.by.quantity.text if change.by else f"{plain(round_half_up(amount, 2))}{nearest.quantity.unit}"
    printed = [m.quantity for m in (nearest, change.by) if m is not None]
    last = Sides((base.low + base.high) / 2, middle, allowed, nearest.quantity.unit).as_written(printed)
    hint = "，像是除以了本年数" if not sides.in_last_place and _over_now(nearest, moved, rate) else ""
    fact = (
        f"变动比率写的是 {plain(abs(rate.value))}%，按变动数 {by}÷上年 {plain(round_half_up(last.left, 2))}{last.unit} "
        f"应为 {plain(middle)}%，"
        f"相差 {plain(sides.gap)} 个百分点（允许相差 {plain(round_half_up(allowed, 4))}）{hint}"
    )
    severity = Severity.ERROR if sure else Severity.NOTICE
    yield bad(_finding(Topic.RATES, severity, change, marks, fact, passage, sides))


def _over_now(nearest: Mention, moved: Interval, rate: Quantity) -> bool:
    found = intervals.ratio(moved, intervals.of(nearest.quantity))
    return nearest.role is Role.LEVEL and found is not None and found.meets(intervals.of_rate(rate))


def _severity(change: Change, nearest: Mention, passage: Passage, grammar: Grammar) -> Severity:
    """错误 where the change plainly speaks of the nearest size; 提示 where that is only likely."""
    first = change.first
    if nearest.place > first.place or not passage.has(nearest):
        return Severity.NOTICE
    between = passage.mentions[nearest.place + 1 : first.place]
    figures = [m.quantity for m in (nearest, change.by, change.rate) if m is not None]
    words = passage.between(nearest.quantity, first.quantity)
    plainly = (
        all(m.role in _SIDE_ROLES for m in between)
        and not any(q.rough for q in figures)
        and not grammar.because.search(words)
        and grammar.is_comparable(_sentence(passage.text, nearest.quantity.start, _said_until(change, passage)))
        and passage.at_once([nearest, first, change.last])
        and change.plain
    )
    return Severity.ERROR if plainly else Severity.NOTICE


def _sentence(text: str, start: int, end: int) -> str:
    return text[text.rfind("。", 0, start) + 1 : end]


def _crossed(change: Change, passage: Passage) -> ProseFinding:
    first = change.first
    second = change.rate if change.rate is not None and change.rate is not first else change.by or first
    both = ("增加", "下降") if first is change.by else ("增长", "减少")
    words = both if first.up else (("减少", "增长") if first is change.by else ("下降", "增加"))
    fact = f"前面说{words[0]} {first.quantity.text}，后面说{words[1]} {second.quantity.text}，方向不一致"
    before = takewhile(lambda m: m.sentence == first.sentence, reversed(passage.mentions[: first.place]))
    outer = any(m.role in {Role.CHANGE, Role.GROWTH} for m in before)  # 减少 X，其中设备增加 Y，下降 R%
    severity = Severity.ERROR if passage.at_once([first, second]) and change.plain and not outer else Severity.NOTICE
    return _finding(Topic.CHANGES, severity, change, [], fact, passage)


def _finding(  # noqa: PLR0913, PLR0917 - the parts of a finding
    rule: str,
    severity: Severity,
    change: Change,
    sizes: list[Mention],
    fact: str,
    passage: Passage,
    sides: Sides | None = None,
) -> ProseFinding:
    known = [m for m in (*sizes, change.by, change.rate) if m is not None]
    marks = sorted((m.quantity for m in known if m in passage.mentions), key=lambda q: q.start)
    return ProseFinding(rule, severity, passage.paragraph, quote(passage.printed, marks), fact, _ACTION, sides)
