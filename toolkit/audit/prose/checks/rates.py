"""Rates against their two numbers (比率复算, D67): 完成率, 执行率, and shares of a total.

A rate is judged where its sentence says plainly which numbers it is of: the rate's name repeats the name of
its numerator (调解成功 16450 件 → 调解成功率), or both are called as the pack says. Any pair of numbers
that gives the rate settles it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise, permutations
from typing import TYPE_CHECKING

from toolkit.audit.prose.checks.sums import only
from toolkit.audit.prose.reading import Judged, ProseFinding, Quantity, Sides, What, bad, concept_of, good, quote
from toolkit.core.findings import Severity
from toolkit.core.money import plain, round_half_up
from toolkit.pack import RateWords

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.audit.prose.reading import Report, Sentence
    from toolkit.pack import ProseSettings

_HUNDRED = Decimal(100)

_NAME = re.compile(r"(?P<name>[\u4e00-\u9fff“”]{1,12}?(?:率|进度))(?:分别)?(?:为|达到了?|达|是|仅|只有)?\s*$")

_SHARE = re.compile(r"占(?P<whole>[^，。；占]{0,20}?)(?:的|比重?|比例)?(?:为|达到?|是)?\s*$")

_NOT_OF_TWO = re.compile(
    r"增长|变动|同比|增幅|降幅|下降|提高|上升|比上年|较上年|目标|不低于|达标值|要求|指标值|预期|计划率|满意率"
)

_STEM_LEAST = 2

_GENERIC = re.compile(
    r"财政|预算|资金|全年|整体|部门|单位|支出|总体|年度|本年|在职|人员|实际|平均|工作|任务|目标|计划|项目经费|经费|"
    r"[率的年度总本其中“”]"
)

_OF_AMOUNT = re.compile(r"[，,]?占[\u4e00-\u9fff]{1,12}")

_OF_BUDGET = re.compile(r"[，,]?(?:为|占|完成)(?:了)?(?:年初|全年|调整后?)?预算数?的")

_SPENT = re.compile(r"决算|支出|执行")

_TAKEN = re.compile(r"受理|收案|立案|交办|收到")

_CLOSED = re.compile(r"[，,、]\s*(?:已)?(?P<word>审结|办结|结案|答复|办复)(?:了)?(?:率)?")


def check_rates(report: Report) -> Iterator[Judged]:
    """D67: every rate that names itself."""
    for sentence in report.sentences:
        yield from _unstated(sentence)
        for rate in sentence.quantities:
            if rate.what is What.PERCENT and not rate.rough:
                yield from _rate(sentence, rate, report.settings)
                yield from _share(sentence, rate, report)


def _rate(sentence: Sentence, rate: Quantity, settings: ProseSettings) -> Iterator[Judged]:
    name = _NAME.search(sentence.head(rate))
    clause = sentence.head(rate)
    if name is None or _NOT_OF_TWO.search(clause):
        return
    numbers = _numbers(sentence, rate)
    pair = _plain_pair(name["name"], numbers, sentence, settings)
    reverse = pair[::-1] if pair else None
    if any(_gives(rate, a, b) for a, b in permutations(numbers, 2) if (a, b) != reverse):
        yield good("D67")
        return
    if pair is None or pair[1].value == 0 or "占" in clause:
        return
    known = any(w in name["name"] for r in settings.rates for w in r.words)
    before = sentence.text[: pair[0].end] + sentence.text[: pair[1].end]
    if _qualified(name["name"], before, settings) or pair[0].value > pair[1].value * 2:
        return
    sure = known and _alone(pair, numbers)
    found = _finding(sentence, rate, pair, name["name"])
    yield bad(found if sure else replace(found, severity=Severity.NOTICE))


def _qualified(name: str, before: str, settings: ProseSettings) -> bool:
    """The rate is of something narrower than its two numbers: 按期办结率 behind 办结 225 件."""
    words = sorted((w for r in settings.rates for w in r.words if w in name), key=len)
    rest = _GENERIC.sub("", name.replace(words[-1], "") if words else name)
    return len(rest) >= _STEM_LEAST and rest not in before


def _alone(pair: tuple[Quantity, Quantity], numbers: list[Quantity]) -> bool:
    """No other number of the kind stands before the rate."""
    return sum(q.what is pair[0].what and q.unit == pair[0].unit for q in numbers) == len(pair)


def _share(sentence: Sentence, rate: Quantity, report: Report) -> Iterator[Judged]:
    """占基本支出的 73.37%: against the one value that the report gives for the whole."""
    yield from _of_named_whole(sentence, rate)
    match = _SHARE.search(sentence.head(rate))
    part = next((q for q in reversed(sentence.quantities) if q.end <= rate.start and q.what is What.MONEY), None)
    if match is None or part is None or part.rough or part.value == 0:
        return
    concept = concept_of(match["whole"], report.settings, counts=False)
    whole = only(report.actual(concept.name)) if concept else None
    if rate.value and _some_gives(rate, part, report):
        yield good("D67")
    elif whole is not None and sentence.text[part.end : rate.start].strip("，, ").startswith("占"):
        claims = report.actual(whole.concept.name)
        near = len(claims) > 1 or whole.sentence.paragraph == sentence.paragraph
        severity = Severity.ERROR if near else Severity.NOTICE
        name = f"占{whole.concept.name}的比重"
        yield bad(replace(_finding(sentence, rate, (part, whole.quantity), name), severity=severity))


def _of_named_whole(sentence: Sentence, rate: Quantity) -> Iterator[Judged]:
    """占总支出 1000 万元的 70%; 年初预算 40 万元，决算 26 万元，完成预算的 65%."""
    before = [q for q in sentence.quantities if q.end <= rate.start and q.what is What.MONEY][-2:]
    if len(before) < 2 or any(q.rough for q in before):  # noqa: PLR2004 - a share is of two numbers
        return
    first, second = before
    share = _OF_AMOUNT.fullmatch(sentence.text[first.end : second.start])
    last = sentence.text[second.end : rate.start]
    if share and re.fullmatch("的(?:比重|比例)?(?:为|达)?", last):
        part, whole, name = first, second, "所占比重"
    elif _OF_BUDGET.fullmatch(last) and "预算" in sentence.head(first) and _SPENT.search(sentence.head(second)):
        part, whole, name = second, first, "预算完成比例"
    else:
        return
    agrees = _gives(rate, part, whole)
    yield good("D67") if agrees or not whole.value else bad(_finding(sentence, rate, (part, whole), name))


def _unstated(sentence: Sentence) -> Iterator[Judged]:
    """受理 125 件，审结 98 件 without a rate: worked out for the writer, a 提示."""
    for taken, closed in pairwise(q for q in sentence.quantities if q.what is What.COUNT):
        between = sentence.text[taken.end : closed.start]
        done = _CLOSED.fullmatch(between)
        if done is None or not _TAKEN.search(sentence.head(taken)) or taken.unit != closed.unit:
            continue
        if any(q.what is What.PERCENT for q in sentence.quantities) or not 0 < closed.value < taken.value:
            continue
        rate = plain(round_half_up(closed.value / taken.value * _HUNDRED, 2))
        fact = f"受理 {taken.text}、{done['word']} {closed.text}，没有写{done['word']}率，按两个数是 {rate}%"
        quoted = quote(sentence.text, [taken, closed])
        yield bad(
            ProseFinding("D67", Severity.NOTICE, sentence.paragraph, quoted, fact, "请补写比率和没有完成的原因。")
        )


def _some_gives(rate: Quantity, part: Quantity, report: Report) -> bool:
    """Some amount of the report is the whole of which the part is that share."""
    whole = part.value / rate.value * _HUNDRED
    off = abs(whole) * (rate.step / abs(rate.value)) + part.step / abs(rate.value) * _HUNDRED
    return any(_gives(rate, part, q) for q in report.amounts_near(whole, off))


def _numbers(sentence: Sentence, rate: Quantity) -> list[Quantity]:
    """The exact amounts and counts before a rate in its sentence."""
    kinds = {What.MONEY, What.COUNT}
    found = [q for q in sentence.quantities if q.end <= rate.start and q.what in kinds and not q.rough]
    return found[-6:]


def _gives(rate: Quantity, part: Quantity, whole: Quantity) -> bool:
    if whole.value == 0 or part.what is not whole.what or part.unit != whole.unit:
        return False
    over = part.value / whole.value * _HUNDRED - rate.value
    return abs(over) <= rate_slack(rate, part, whole) or 0 <= over < rate.step


def rate_slack(rate: Quantity, part: Quantity, whole: Quantity) -> Decimal:
    """What rounding of the rate and of both numbers may change; a rate cut off instead of rounded is let pass."""
    of_numbers = (part.step + whole.step * abs(part.value / whole.value)) / 2 / abs(whole.value) * _HUNDRED
    exact = part.what is What.COUNT
    return rate.step / 2 + (Decimal(0) if exact else of_numbers)


def _plain_pair(
    name: str, numbers: list[Quantity], sentence: Sentence, settings: ProseSettings
) -> tuple[Quantity, Quantity] | None:
    """(part, whole) where the sentence leaves no doubt: exactly two numbers of one kind, and their names say so."""
    if len(numbers) < 2:  # noqa: PLR2004 - a rate is of two numbers
        return None
    first, second = numbers[-2:]
    same = [q for q in numbers if q.what is second.what and q.unit == second.unit]
    if same[-2:] != [first, second]:
        return None
    words = _words(name, settings)
    if len(same) > 2 and not words.part:  # noqa: PLR2004
        return None
    heads = [sentence.head(first), sentence.head(second)]
    for part, whole, own, other in ((second, first, heads[1], heads[0]), (first, second, heads[0], heads[1])):
        if _is_part(name, own, words) and _is_whole(other, own, name, words):
            return part, whole
    return None


def _words(name: str, settings: ProseSettings) -> RateWords:
    """How the pack says that the two numbers are called; by the stem of the rate's name where it says nothing."""
    return next((r for r in settings.rates if any(w in name for w in r.words)), RateWords((), (), ()))


def _is_part(name: str, head: str, words: RateWords) -> bool:
    if words.part:
        return any(w in head for w in words.part) and not any(w in head for w in words.whole)
    stem = name.removesuffix("率")[-_STEM_LEAST:]
    return len(stem) >= _STEM_LEAST and stem in head


def _is_whole(head: str, other: str, name: str, words: RateWords) -> bool:
    if words.whole:
        return any(w in head for w in words.whole)
    stem = name.removesuffix("率")[-_STEM_LEAST:]
    return stem not in head and bool(head.strip()) and bool(other.strip())


def _finding(sentence: Sentence, rate: Quantity, pair: tuple[Quantity, Quantity], name: str) -> ProseFinding:
    part, whole = pair
    places = max(0, -int(rate.step.adjusted())) if rate.step < 1 else 0
    exact = part.value / whole.value * _HUNDRED
    right = round_half_up(exact, max(places, 2))
    sides = Sides(rate.value, right, rate_slack(rate, part, whole), "%")
    fact = (
        f"{name}写的是 {plain(rate.value)}%，按 {part.text}÷{whole.text} 应为 {plain(right)}%，"
        f"相差 {plain(sides.gap)} 个百分点（容差 {plain(round_half_up(sides.tolerance, 4))}）"
    )
    quoted = quote(sentence.text, [part, whole, rate])
    return ProseFinding("D67", Severity.ERROR, sentence.paragraph, quoted, fact, "请核对两个数和比率。", sides)
