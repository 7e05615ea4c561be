"""Prices against counts and totals (单价复算, D67): 单价 × 数量 = 金额."""

from __future__ import annotations

from decimal import Decimal
from itertools import chain, islice, permutations, product
from typing import TYPE_CHECKING

from toolkit.audit.prose.reading import MEASURES, ProseFinding, Role, Sides, What, bad, good, intervals, quote
from toolkit.core.findings import Severity
from toolkit.core.light import replace
from toolkit.core.money import plain, round_half_up
from toolkit.core.patterns import late
from toolkit.pack import Topic

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    from toolkit.audit.prose.reading import Grammar, Judged, Mention, Passage

_EACH = late(rf"(?P<one>[{MEASURES}批])均|每(?:个|位|名)?(?:家庭)?(?P<each>[{MEASURES}批]|公里|学生)")

_ALSO = {
    "车": "辆台",
    "辆": "辆台",
    "人": "人名位",
    "生": "人名",
    "学生": "人名",
    "公里": "公里千米",
    "批": "批批次",
    "村": "个村",
    "校": "所个",
}

# 每人每月 A 元: the price is of a time, and how many of them were paid stands elsewhere
_PER_TIME = late(r"(?:每|/|／)(?:学?(?P<year>年)|个?(?P<month>月)|(?P<day>[天日]))|(?P<monthly>月人?均|人月均)")

_MONTHS, _WHOLE_YEAR = late(r"(?P<number>\d{1,2})个月"), late(r"全年|一年|12个月|每学?年")

_AGAIN = late(r"分[两二三四五六七八九十\d]+[批次期]")

_TWELVE = 12

_NAMED_COST = late(r"[\u4e00-\u9fff][费款金](?=[为是：:共]*$)")

_ACTION = "请核对数字和用语。"

_MOST, _LEAST_DIGITS = 6, 3


def judged_prices(
    passage: Passage, sentence: Sequence[Mention], above: Sequence[Passage], grammar: Grammar
) -> Iterator[Judged]:
    """每人 500 元、100 人、共 5 万元; 车均 3 万元."""
    prices = [m for m in sentence if m.role is Role.PRICE and m.quantity.what in {What.MONEY, What.COUNT}]
    for price in (p for p in prices if not grammar.capped.search(p.head)):
        near = [m for m in sentence if abs(m.place - price.place) <= _MOST]
        if len(near) == 1:  # 购车均价 A 元。共购置 B 辆，支出 C 万元
            near = _next_sentence(passage, price)
        others = [m for m in near if m is not price and m.role is Role.LEVEL]  # 平均每户 A 人，比上年 B 人减少
        if price.place == sentence[0].place and not any(m.alike(price) for m in others):
            near = _sentence_before(passage, price)
        sums = [m for m in near if m.alike(price) and m.role is Role.LEVEL]
        counts = _counts(near, sums) or _counts(_sentence_before(passage, price), sums)  # 改造 B 户。每户 A 元，共 C
        unit = _EACH.search(price.head + passage.after(price.quantity, 4))
        of_unit = [c for c in counts if _counted(c.quantity.unit, unit)]
        if not sums and above:  # 补贴 C 万元；¶按 B 人、每人 A 元测算
            sums = [m for m in above[-1].mentions[:1] if m.role is Role.LEVEL and m.alike(price)]
        if not sums or not of_unit or price.quantity.rough:
            continue
        times = _times(price, passage, counts)
        found = [_product(price, c) for c in chain(((c,) for c in of_unit), permutations(counts, 2))]
        found += [_times_over(_product(price, (c,)), times) for c in of_unit if times]
        if any(f.meets(intervals.of(s.quantity)) for f in found for s in sums):
            yield good(Topic.RATES)
        elif times is None or (len(prices) > 1 and len(of_unit) == 1):
            continue  # 一档每人 A 元，二档每人 B 元，共 N 人
        elif times != 1:
            yield from _over_time(passage, price, (of_unit, sums), times)
        elif len(of_unit) == len(sums) == 1 and passage.has(sums[0]) and _is_settled(passage, price, sums[0]):
            yield bad(_mispriced(passage, price, of_unit[0], sums[0]))
        else:
            own = [m for m in sums if _of_one_cost(price, m)]
            near_ones = (p for p in product(of_unit, own) if _one_digit_of_product(price, *p))
            yield from (bad(_mispriced(passage, price, *p)) for p in islice(near_ones, 1))


def _counts(near: Sequence[Mention], sums: Sequence[Mention]) -> list[Mention]:
    return [m for m in near if m.quantity.what is What.COUNT and m.role is Role.LEVEL and m not in sums]


def _sentence_before(passage: Passage, price: Mention) -> list[Mention]:
    before = passage.mentions[max(0, price.place - _MOST) : price.place]
    return [m for m in before if m.sentence == price.sentence - 1]


def _of_one_cost(price: Mention, total: Mention) -> bool:
    """每辆运行费 A 万元 is no price of 保险费 C 万元."""
    names = [found[0] if (found := _NAMED_COST.search(m.head)) else "" for m in (price, total)]
    return not all(names) or names[0] == names[1]


def _is_settled(passage: Passage, price: Mention, total: Mention) -> bool:
    """Nothing else than price and count makes the total."""
    again = _AGAIN.search(passage.text) or _MONTHS.search(passage.text)
    return _of_one_cost(price, total) and not again and not total.quantity.rough


def _times(price: Mention, passage: Passage, counts: Sequence[Mention]) -> Decimal | None:
    """How many months or days were paid; 1 for a price of no time, None where nothing says."""
    found = _PER_TIME.search(price.head + passage.after(price.quantity, 4))
    if found is None or found["year"]:
        return Decimal(1)
    if found["day"]:
        days = [c.quantity.value for c in counts if c.quantity.unit in {"天", "日"}]
        return days[0] if len(days) == 1 else None
    start = passage.text.rfind("。", 0, price.quantity.start) + 1
    end = passage.text.find("。", price.quantity.end)
    said = passage.text[start : end if end >= 0 else len(passage.text)]
    months = _MONTHS.findall(said)
    if months:
        return Decimal(months[0]) if len(months) == 1 else None
    return Decimal(_TWELVE) if _WHOLE_YEAR.search(said) else None


def _times_over(found: intervals.Interval, times: Decimal) -> intervals.Interval:
    return intervals.Interval(found.low * times, found.high * times)


def _over_time(
    passage: Passage, price: Mention, figures: tuple[Sequence[Mention], Sequence[Mention]], times: Decimal
) -> Iterator[Judged]:
    """每人每月 A 元，N 人，全年 C 万元; told where one digit parts them."""
    yearly = price.quantity._replace(
        value=price.quantity.value * times,
        step=price.quantity.step * times,
        text=f"{price.quantity.text}×{plain(times)}",
    )
    each = replace(price, quantity=yearly)
    pairs = product(figures[0], (s for s in figures[1] if _of_one_cost(price, s)))
    told = (p for p in pairs if _one_digit_of_product(each, *p) or _price_is_off(price, *p, times))
    yield from (bad(_mispriced(passage, each, *p)) for p in islice(told, 1))


def _price_is_off(price: Mention, count: Mention, total: Mention, times: Decimal) -> bool:
    if not count.quantity.value:
        return False
    right = total.quantity.value / count.quantity.value / times
    return intervals.one_digit_apart(right, price.quantity.value, price.quantity.step)


def _next_sentence(passage: Passage, alone: Mention) -> list[Mention]:
    """The figures of the sentence behind one that has a single figure."""
    behind = passage.mentions[alone.place + 1 : alone.place + 1 + _MOST]
    return [m for m in behind if m.sentence == behind[0].sentence == alone.sentence + 1]


def _one_digit_of_product(price: Mention, count: Mention, total: Mention) -> bool:
    right = price.quantity.value * count.quantity.value
    slack = (total.quantity.step + price.quantity.step * count.quantity.value) / 2
    long = len(total.quantity.value.normalize().as_tuple().digits) >= _LEAST_DIGITS
    each = total.quantity.value / count.quantity.value if count.quantity.value else Decimal(0)
    near = intervals.one_digit_apart(each, price.quantity.value, price.quantity.step) or _miscounted(
        price, count, total
    )
    return long and (near or intervals.one_digit_apart(right, total.quantity.value, slack))


def _miscounted(price: Mention, count: Mention, total: Mention) -> bool:
    """Total ÷ price is a whole number, and plainly so: the count but for a digit."""
    found = intervals.ratio(intervals.of(total.quantity), intervals.of(price.quantity))
    if found is None or found.high - found.low > intervals.HUNDRED / 10:
        return False
    whole = ((found.low + found.high) / 200).to_integral_value()
    return found.holds(whole * 100) and intervals.one_digit_apart(whole, count.quantity.value)


def _counted(unit: str, each: re.Match[str] | None) -> bool:
    if each is None:
        return bool(unit)
    word = each["one"] or each["each"]
    return unit == word or unit in _ALSO.get(word, "") or unit.startswith(word)


def _product(price: Mention, counts: Sequence[Mention]) -> intervals.Interval:
    found = intervals.of(price.quantity)
    for count in counts:
        found = found.times(intervals.of(count.quantity))
    return found


def _mispriced(passage: Passage, price: Mention, count: Mention, total: Mention) -> ProseFinding:
    right = price.quantity.value * count.quantity.value
    slack = (total.quantity.step + price.quantity.step * count.quantity.value) / 2
    sides = Sides(total.quantity.value, right, slack, total.quantity.unit)
    fact = (
        f"{price.quantity.text}×{count.quantity.text}＝{plain(round_half_up(right, 4))} {sides.unit}，"
        f"写的是 {total.quantity.text}，相差 {plain(round_half_up(sides.gap, 4))} {sides.unit}"
    )
    own = (m.quantity for m in (price, count, total) if m.paragraph == passage.paragraph)
    marks = sorted(own, key=lambda q: q.start)
    return ProseFinding(
        Topic.RATES, Severity.NOTICE, passage.paragraph, quote(passage.printed, marks), fact, _ACTION, sides
    )
