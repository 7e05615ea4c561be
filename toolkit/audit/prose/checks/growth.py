"""Growth against its figures (增减核对): D68 the words, D67 the rate of change.

Only what stands in one breath is judged: 本年 C，比上年（L）增加 X，增长 Y%. 由 A 增加到 B is judged by A and B.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING

from toolkit.audit.prose.checks.sums import CENT
from toolkit.audit.prose.reading import Judged, ProseFinding, Quantity, Sides, What, bad, good, quote
from toolkit.core.findings import Severity
from toolkit.core.money import plain, round_half_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.audit.prose.reading import Report, Sentence

_HUNDRED = Decimal(100)

_MOST_BEFORE = 6

_UP, _DOWN = "增加|增长|上升|提高|上涨|增", "减少|下降|降低|压减|缩减|减"

_MOVE = re.compile(rf"(?P<up>{_UP})|(?P<down>{_DOWN})")

_CHANGE = re.compile(rf"^[，,\s]*(?:同比|环比)?(?:共|实际)?(?:(?P<up>{_UP})|(?P<down>{_DOWN}))(?:了|幅?为?|额)?$")

_FROM = re.compile(
    r"(?:[比较]|与)(?:上一?年度?|去年|上年度?同期|同期|20\d\d年度?|年初预算数?|预算数?)(?:同期)?(?:决算|支出|执行|实际)*数?(?:的|为)?$"
)

_FROM_ONLY = re.compile(
    r"^[，,\s]*(?:同比|(?:[比较]|与)[^，,；;]{1,16}?(?:相比[，,]?)?)(?:共|实际)?"
    rf"(?:(?P<up>{_UP})|(?P<down>{_DOWN}))(?:了|额?为?)?$"
)

_THEN = re.compile(rf"^相比[，,]?(?:共|实际)?(?:(?P<up>{_UP})|(?P<down>{_DOWN}))(?:了|额?为?)?$")

_RATE = re.compile(
    r"^[，,、（(\s]*(?:同比|环比)?(?:(?P<up>增长率?|增幅|上升|提高|增加)|(?P<down>下降率?|降幅|降低|减少|压减)|(?P<any>变动率))"
    r"(?:幅度)?(?:了|为|达到?|约为)?$"
)

_NOT_NOW = re.compile(r"[比较]|上年|去年|(?<!公共)(?<!基金)(?<!经营)预算")

_YEAR = re.compile(r"(20\d\d)年度?")

_TO = re.compile(rf"[，,]?(?:(?P<up>{_UP})|(?P<down>{_DOWN}))(?:了)?(?:到|至)")

_MOVED_BY = re.compile(rf"(?P<up>{_UP})(?:率|幅|额)?为?$|(?P<down>{_DOWN})(?:率|幅|额)?为?$")

_FROM_TO = re.compile(r"[由从](?P<before>[^，。；由从]{0,20})$")


@dataclass(frozen=True, slots=True)
class Change:
    """本年 `now`，比上年（`last`）增加 `by`，增长 `rate` (增减); what the sentence does not give is None.

    `others` holds what the sentence may also be speaking of: earlier figures, and sums of the last ones.
    """

    sentence: Sentence
    now: Quantity
    last: Quantity | None
    by: Quantity | None
    rate: Quantity | None
    up: bool
    rate_up: bool | None
    others: tuple[Decimal, ...] = ()


def check_growth(report: Report) -> Iterator[Judged]:
    """D68 and the rates of D67 that speak of a change; the rules of one unit ask for these twice."""
    return iter(report.memo.once("growth", lambda: tuple(_judged_sentences(report))))


def _judged_sentences(report: Report) -> Iterator[Judged]:
    for sentence in report.sentences:
        for found in changes(sentence):
            yield from _best(found)
        yield from _over_last(sentence)
        yield from _from_to(sentence)
        yield from _negative(sentence)


def _over_last(sentence: Sentence) -> Iterator[Judged]:
    """与上年 L 相比增加 X，增长 Y%: this year's figure may stand in another sentence, the rate follows all the same."""
    plainly = [q for q in sentence.quantities if q.what in {What.MONEY, What.COUNT, What.PERCENT} and not q.rough]
    for last, by, rate in zip(plainly, plainly[1:], plainly[2:], strict=False):
        alike = last.what is by.what and last.unit == by.unit and rate.what is What.PERCENT and last.value > 0
        move = _THEN.match(sentence.text[last.end : by.start])
        rated = _RATE.match(sentence.text[by.end : rate.start])
        if alike and move and rated and _FROM.search(sentence.text[: last.start]):
            up = move["up"] is not None
            now = last._replace(value=last.value + (by.value if up else -by.value))
            yield from _judged(
                Change(sentence, now, last, by, rate, up, None if rated["any"] else rated["up"] is not None)
            )


def changes(sentence: Sentence) -> Iterator[Change]:
    """What a sentence says of now and before; quantities follow each other without anything between."""
    given = [q for q in sentence.quantities if q.what in {What.MONEY, What.COUNT, What.PERCENT, What.YEAR}]
    plainly = [q for q in given if q.what is not What.YEAR]
    for place, now in enumerate(plainly):
        if now.what is What.PERCENT or now.rough or _is_compared(sentence, now):
            continue
        rest = plainly[place + 1 : place + 4]
        if rest:
            same = [q.value for q in plainly[: place + 1] if q.what is now.what and q.unit == now.unit]
            yield from _two_years(sentence, plainly[: place + 1], rest[0])
            yield from _change(sentence, now, rest, tuple(accumulate(reversed(same[-_MOST_BEFORE:]))) + tuple(same))


def _two_years(sentence: Sentence, given: list[Quantity], rate: Quantity) -> Iterator[Change]:
    """2022 年支出 100 万元，2023 年支出 120 万元，增长 20%."""
    if len(given) < 2 or rate.what is not What.PERCENT or rate.rough:  # noqa: PLR2004
        return
    last, now = given[-2:]
    years = [_YEAR.findall(sentence.head(q)) for q in (last, now)]
    alike = _YEAR.sub("", sentence.head(last)) == _YEAR.sub("", sentence.head(now))
    move = _RATE.match(sentence.text[now.end : rate.start])
    if last.what is now.what and last.unit == now.unit and alike and move and not move["any"] and all(years):
        up = move["up"] is not None
        if int(years[1][-1]) == int(years[0][-1]) + 1:
            yield Change(sentence, now, last, None, rate, up, up)


def _is_compared(sentence: Sentence, quantity: Quantity) -> bool:
    """The figure is itself a difference, or last year's."""
    head = sentence.head(quantity)
    return _MOVE.search(head) is not None or _NOT_NOW.search(head) is not None


def _change(sentence: Sentence, now: Quantity, rest: list[Quantity], others: tuple[Decimal, ...]) -> Iterator[Change]:
    last, by, rate = None, None, None
    end, up, rate_up = now.end, True, None
    for quantity in rest:
        between = sentence.text[end : quantity.start]
        if quantity.what is now.what and quantity.unit == now.unit and not quantity.rough:
            move = _CHANGE.match(between) if last else _FROM_ONLY.match(between)
            if move and by is None:
                by, up = quantity, move["up"] is not None
            elif last is None and by is None and _FROM.search(between):
                last = quantity
            else:
                break
        elif quantity.what is What.PERCENT and not quantity.rough:
            move = _RATE.match(between) or (None if by or last else _FROM_ONLY.match(between))
            if move is None:
                break
            rate = quantity
            rate_up = None if "any" in move.groupdict() and move["any"] else move["up"] is not None
            break
        else:
            break
        end = quantity.end
    if by or (last and rate):
        yield Change(sentence, now, last, by, rate, up if by else bool(rate_up), rate_up, others)


def _best(found: Change) -> Iterator[Judged]:
    """The reading under which all agrees, if there is one; otherwise the nearest figure is meant."""
    plainly = list(_judged(found))
    readings = (list(_judged(replace(found, now=found.now._replace(value=v)))) for v in found.others)
    agreeing = (r for r in readings if all(j.finding is None for j in r))
    yield from plainly if all(j.finding is None for j in plainly) else next(agreeing, plainly)


def _judged(found: Change) -> Iterator[Judged]:
    if found.last is not None and (wrong := _against_last(found)) is not None:
        yield bad(wrong)
        return
    if found.rate is None:
        if found.last is not None:
            yield good("D68")
        return
    if found.by is not None and found.rate_up is not None and found.rate_up is not found.up and found.rate.value:
        words = ("增加", "下降") if found.up else ("减少", "增长")
        fact = f"前面说{words[0]} {found.by.text}，后面说{words[1]} {found.rate.text}，方向不一致"
        yield bad(_finding("D68", found, fact, None))
        return
    yield from _rate_of(found)


def _against_last(found: Change) -> ProseFinding | None:
    """本年 and 上年 are both there: direction and amount follow."""
    last = found.last
    if last is None:
        return None
    moved = found.now.value - last.value
    word = "增加" if found.up else "减少"
    if moved and (moved > 0) is not found.up:
        fact = f"写的是{word}，但本年 {found.now.text}，对比的是 {last.text}，实际是{'增加' if moved > 0 else '减少'}"
        return _finding("D68", found, fact, None)
    if last.value == 0 and found.rate is not None:
        return _finding("D68", found, f"对比的基数是 0，不能计算增减比率 {found.rate.text}", None)
    if found.by is None:
        return None
    unit = found.now.unit
    slack = CENT if found.now.what is What.MONEY else Decimal(0)
    sides = Sides(
        found.by.value,
        abs(moved),
        slack + (found.now.step + last.step + found.by.step - 3 * CENT).max(0) / 2,
        unit,
    )
    if sides.agree:
        return None
    fact = (
        f"写的是{word} {found.by.text}，按 {found.now.text} 与 {last.text} 应为 {plain(sides.right)}{unit}，"
        f"相差 {plain(sides.gap)}{unit}"
    )
    return _finding("D68", found, fact, sides)


def _rate_of(found: Change) -> Iterator[Judged]:
    """The rate of change from the amounts: X ÷ last year's, which is C ∓ X where it is not given."""
    rate, by, now = found.rate, found.by, found.now
    if rate is None:
        return
    moved = by.value * (1 if found.up else -1) if by is not None else None
    base = found.last.value if found.last else (now.value - moved if moved is not None else Decimal(0))
    if moved is None:
        moved = now.value - base
    if base <= 0:
        return
    exact = abs(moved) / base * _HUNDRED
    steps = now.step + (by.step if by else now.step)
    allowed = rate.step + steps / base * (_HUNDRED + exact)
    sides = Sides(abs(rate.value), round_half_up(exact, 2), allowed, "%")
    if sides.agree:
        yield good("D67")
        return
    by_now = now.value and abs(abs(moved) / now.value * _HUNDRED - abs(rate.value)) <= allowed
    hint = "，像是除以了本年数" if by_now else ""
    shown = by.text if by else f"{plain(abs(moved))}{now.unit}"
    fact = (
        f"变动比率写的是 {plain(abs(rate.value))}%，按变动数 {shown}÷上年 {plain(base)} 应为 {plain(sides.right)}%，"
        f"相差 {plain(sides.gap)} 个百分点（容差 {plain(round_half_up(allowed, 4))}）{hint}"
    )
    yield bad(_finding("D67", found, fact, sides))


def _finding(rule: str, found: Change, fact: str, sides: Sides | None) -> ProseFinding:
    marks = [q for q in (found.now, found.last, found.by, found.rate) if q is not None]
    quoted = quote(found.sentence.text, marks)
    return ProseFinding(rule, Severity.ERROR, found.sentence.paragraph, quoted, fact, "请核对数字和用语。", sides)


def _from_to(sentence: Sentence) -> Iterator[Judged]:
    """由 A 增加到 B: B is the larger one."""
    for first, second in zip(sentence.quantities, sentence.quantities[1:], strict=False):
        between = sentence.text[first.end : second.start]
        move = _TO.fullmatch(between)
        same = first.what is second.what and first.unit == second.unit and not first.rough and not second.rough
        if move is None or not same or not _FROM_TO.search(sentence.text[: first.start]):
            continue
        if (second.value > first.value) is (move["up"] is not None) or first.value == second.value:
            yield good("D68")
            continue
        fact = f"写的是“{move[0].strip('，,')}”，但前一个数是 {first.text}，后一个数是 {second.text}，方向相反"
        quoted = quote(sentence.text, [first, second])
        yield bad(ProseFinding("D68", Severity.ERROR, sentence.paragraph, quoted, fact, "请核对数字和用语。"))


def _negative(sentence: Sentence) -> Iterator[Judged]:
    """减少-5.2%: twice negative says the contrary."""
    for quantity in sentence.quantities:
        if quantity.value >= 0 or quantity.what not in {What.MONEY, What.PERCENT, What.COUNT}:
            continue
        if move := _MOVED_BY.search(sentence.text[: quantity.start]):
            word = move[0]
            fact = f"“{word}{quantity.text}”用了{word}又用负数，意思可能相反"
            quoted = quote(sentence.text, [quantity])
            action = "请改写成“增加”或“减少”加正数。"
            yield bad(ProseFinding("D68", Severity.NOTICE, sentence.paragraph, quoted, fact, action))
