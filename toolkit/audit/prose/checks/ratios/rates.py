"""Rates against their two numbers (比率复算, D67): 完成率, 执行率, 占比, named rates.

Which numbers a rate is of is left open: any pair of the passage that gives it settles it. An error only where the
words say plainly which two are meant: 占总支出 1000 万元的, the list's own total, 预算 and 决算 of one sentence, a
rate whose name repeats its numerator's (调解成功 → 调解成功率).
"""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby, pairwise, permutations, takewhile
from typing import TYPE_CHECKING

from toolkit.audit.prose.checks.ratios.complete import judged_shares
from toolkit.audit.prose.checks.ratios.prices import judged_prices
from toolkit.audit.prose.checks.ratios.shares import (
    SIZES,
    Pair,
    Share,
    finding,
    following,
    gives,
    list_totals,
    one_digit_off,
)
from toolkit.audit.prose.reading import (
    TIMES,
    Judged,
    Mention,
    ProseFinding,
    Role,
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
from toolkit.core.patterns import compiled, late
from toolkit.pack import RateWords, Topic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from toolkit.audit.prose.reading import Grammar, Passage, Report
    from toolkit.pack import ProseSettings

    _Wholes = Mapping[tuple[int, int], Mention]

_HUNDRED = Decimal(100)

_NAME = late(r"(?P<name>[\u4e00-\u9fff“”]{1,12}?(?:率|进度|占比))(?:分别)?(?:为|达到了?|达|是|仅|只有)?\s*$")

_NOT_OF_TWO = late(
    r"增长|变动|同比|增幅|降幅|下降|提高|上升|比上年|较上年|目标|不低于|达标值|要求|指标值|预期|计划率|满意率"
)

_STEM_LEAST, _LEAST_DIGITS = 2, 3

_GENERIC = late(
    r"财政|预算|资金|全年|整体|部门|单位|支出|总体|年度|本年|在职|人员|实际|平均|工作|任务|目标|计划|项目经费|经费|"
    r"[率的年度总本其中“”]"
)

_LATER = late("调整|全年|追加|变更")

_EARLIER = late("年初")

_MOST = 6

_MOST_NEAR, _PASSAGES_ABOVE = 40, 4

_NOT = "未"

_OF_DONE = frozenset({What.MONEY, What.COUNT, What.SCORE})


def check_rates(report: Report) -> Iterator[Judged]:
    """D67: every rate that says what it is of."""
    return iter(report.memo.once("rates", lambda: tuple(_judged(report))))


def _judged(report: Report) -> Iterator[Judged]:
    grammar = grammar_of(report.settings)
    wholes = list_totals(report)
    for place, passage in report.figured:
        yield from _unstated(passage, report.settings)
        above = report.passages[max(0, place - _PASSAGES_ABOVE) : place]
        for _, sentence in groupby(passage.mentions, key=lambda m: m.sentence):
            yield from judged_prices(passage, list(sentence), above[-1:], grammar)
        yield from judged_shares(passage, grammar)
        for rate in passage.mentions:
            if rate.quantity.what is not What.PERCENT or rate.quantity.rough:
                continue
            if rate.role is Role.SHARE:
                yield from Share(report, place, rate, grammar, wholes).judged()
            elif rate.quantity.unit == TIMES:
                yield from _times(passage, rate)
            elif rate.role is Role.DONE:
                judged = tuple(_done(passage, rate, grammar, report.settings))
                yield from judged or _planned_above(passage, rate, above, wholes, grammar)
            elif rate.role is Role.RATE:
                yield from _rate(passage, rate, report.settings)


def _done(passage: Passage, rate: Mention, grammar: Grammar, settings: ProseSettings) -> Iterator[Judged]:
    """完成预算的 P%, 预算执行率 P%: what was done against what was planned."""
    last = passage.mentions[max(0, rate.place - _MOST_NEAR) : rate.place]
    sizes = [m for m in last if m.role in SIZES and m.quantity.what in _OF_DONE][-_MOST:]
    behind = [m for m in following(passage, rate) if m.quantity.what in _OF_DONE]
    if any(gives(rate, a, b) for a, b in permutations([*sizes, *behind], 2)):
        other = _other_than_said(passage, rate, sizes, grammar)
        yield bad(other) if other else good(Topic.RATES)
        return
    if len(behind) > 1 and behind[0].gap.startswith("（"):  # 执行率 P%（支出 B/预算 A）
        sizes = behind
    elif not any(_is_granted(m, rate, grammar) for m in sizes):  # 支出 B，完成预算的 P%，预算为 A
        sizes += behind
    pair = _planned_pair(sizes, rate, grammar)
    if pair is None:
        if grammar.done_by_name.search(rate.head):
            yield from _rate(passage, rate, settings)
        return
    if pair.whole.quantity.value == 0:
        if pair.part.sentence == pair.whole.sentence == rate.sentence and rate.quantity.value:
            yield bad(_of_nothing(passage, rate, pair))
        return
    severity = _sure_of(passage, pair, sizes, rate, grammar)
    if severity is None and pair.whole.role is not Role.WHOLE and one_digit_off(rate, pair):
        severity = Severity.NOTICE
    if severity is not None:
        name = grammar.done_by_name.search(rate.head)
        told = name[0].rstrip("为达到是") if name else "预算完成比例"
        yield bad(replace(finding(passage, rate, pair, told), severity=severity))


def _planned_above(
    passage: Passage,
    rate: Mention,
    above: Sequence[Passage],
    wholes: Mapping[tuple[int, int], Mention],
    grammar: Grammar,
) -> Iterator[Judged]:
    """预算 A。¶支出 B，完成预算的 P%: the plan of the same name stands further up, or is a part of a plan there."""
    last = passage.mentions[max(0, rate.place - _MOST_NEAR) : rate.place]
    own = [m for m in last if m.sentence == rate.sentence and m.role is Role.LEVEL and m.quantity.what in _OF_DONE]
    said = [m for p in (*above, passage) for m in p.mentions[-_MOST_NEAR:] if not own or m.where < own[0].where]
    sizes = [m for m in reversed(said) if m.role is Role.LEVEL and m.quantity.value > 0]
    plans = [m for m in sizes if any(_is_granted(t, rate, grammar) for t in (m, wholes.get(m.where)) if t is not None)]
    pairs = [Pair(a, b) for a in reversed(own) for b in plans if a.alike(b) and _of_one_thing(a, b, grammar)]
    if any(gives(rate, pair.part, pair.whole) for pair in pairs):
        yield good(Topic.RATES)
        return
    near = next((p for p in pairs if one_digit_off(rate, p)), None)
    if near is not None:
        yield bad(replace(finding(passage, rate, near, "预算完成比例"), severity=Severity.NOTICE))


def _of_one_thing(part: Mention, plan: Mention, grammar: Grammar) -> bool:
    """Called the same, planned and done apart."""
    names = [grammar.happened.sub("", stem(m.head, grammar)) for m in (part, plan)]
    return names[0] == names[1] and grammar.flow(part.head) * grammar.flow(plan.head) >= 0


def _other_than_said(
    passage: Passage, rate: Mention, sizes: Sequence[Mention], grammar: Grammar
) -> ProseFinding | None:
    """支出 C。预算 A，决算 B，完成预算的 P%: the two beside the rate do not give it, but C ÷ A does."""
    own = [m for m in sizes if m.sentence == rate.sentence]
    pair = _planned_pair(own, rate, grammar)
    plainly = len(own) == 2 and pair is not None and pair.part.role is pair.whole.role is Role.LEVEL  # noqa: PLR2004
    if pair is None or not plainly or gives(rate, pair.part, pair.whole) or not pair.whole.quantity.value:
        return None
    others = [m for m in sizes if m not in own and m.sentence == rate.sentence - 1 and gives(rate, m, pair.whole)]
    if not others or _sure_of(passage, pair, own, rate, grammar) is None:
        return None
    return replace(finding(passage, rate, pair, "预算完成比例"), severity=Severity.NOTICE)


def _times(passage: Passage, rate: Mention) -> Iterator[Judged]:
    """A，是上年 B 的 N 倍."""
    before = passage.mentions[max(0, rate.place - _MOST) : rate.place]
    if not before or not rate.gap.startswith("的") or before[-1].role not in SIZES:
        return
    whole, parts = before[-1], [m for m in before[:-1] if m.role in SIZES and m.alike(before[-1])]
    if any(gives(rate, part, whole) for part in parts):
        yield good(Topic.RATES)
    elif parts and parts[-1].sentence == rate.sentence and whole.quantity.value > 0 and not whole.quantity.rough:
        yield bad(replace(finding(passage, rate, Pair(parts[-1], whole), "倍数"), severity=Severity.NOTICE))


def _planned_pair(sizes: Sequence[Mention], rate: Mention, grammar: Grammar) -> Pair | None:
    explicit = [m for m in sizes if m.role is Role.WHOLE and m.place == rate.place - 1]
    plans = explicit or [m for m in sizes if _is_granted(m, rate, grammar)]
    for whole in reversed(plans):
        roles = {Role.LEVEL, Role.CHANGE} if explicit else {Role.LEVEL}
        done = [
            m
            for m in sizes
            if m not in plans and m.role in roles and m.alike(whole) and m.sentence >= rate.sentence - 1
        ]
        if done:
            return Pair(next((m for m in reversed(done) if m.place < rate.place), done[0]), whole)
    if not grammar.done_by_name.search(rate.head):
        return None
    own = [m for m in sizes if m.sentence == rate.sentence and m.role is Role.LEVEL]
    if len(own) == 2 and own[0].alike(own[1]):  # noqa: PLR2004 - a rate is of two numbers
        paid = [grammar.status_of(m.head) in {"paid", "spent"} for m in own]
        if paid == [False, True]:
            return Pair(own[1], own[0])
    return None


def _is_granted(mention: Mention, rate: Mention, grammar: Grammar) -> bool:
    """A budget; for 执行率, 支付率 also what arrived or was allotted. 大于预算数 X is none."""
    if mention.role is Role.CHANGE:
        return False
    if mention.quantity.what is What.MONEY and grammar.plan_end.search(mention.head):
        return True
    if grammar.plan_start.match(mention.head) or (grammar.adjusted.search(mention.head) and _LATER.search(rate.head)):
        return True
    if not grammar.done_by_name.search(rate.head):
        return mention.quantity.what is not What.MONEY and grammar.planned.search(mention.head) is not None
    return grammar.grant_end.search(mention.head) is not None or grammar.status_of(mention.head) == "granted"


def _sure_of(
    passage: Passage, pair: Pair, sizes: Sequence[Mention], rate: Mention, grammar: Grammar
) -> Severity | None:
    part, whole = pair.part, pair.whole
    if part.quantity.rough or whole.quantity.rough:
        return None
    if whole.role is Role.WHOLE:  # 占年初预算 100 万元的 60%；…占任务数的 50%: the budget of another figure
        sure = passage.at_once([part, whole, rate])
        return (Severity.ERROR if sure else Severity.NOTICE) if whole.place == rate.place - 1 else None
    words = rate.head
    if (_LATER.search(words) and _EARLIER.search(whole.head)) or (_EARLIER.search(words) and _LATER.search(whole.head)):
        return None
    over = part.quantity.value > whole.quantity.value and rate.quantity.value <= _HUNDRED
    if over and _EARLIER.search(whole.head) and not _EARLIER.search(words):  # 执行率 99% is of a later budget
        return None
    names = [grammar.happened.sub("", stem(m.head, grammar)) for m in (part, whole)]
    if all(len(n) > 1 for n in names) and not (names[0] in names[1] or names[1] in names[0]):
        return None
    plans = [m for m in sizes if _is_granted(m, rate, grammar) and m.sentence == whole.sentence]
    others = [m for m in sizes if m not in plans and m.alike(part) and m.sentence == rate.sentence]
    between = [m for m in sizes if max(part.place, whole.place) < m.place < rate.place]
    plainly = len(plans) == 1 and len(others) <= 1 and not between and whole.sentence == rate.sentence == part.sentence
    plainly = plainly and passage.at_once([part, whole, rate]) and part.quantity.value <= whole.quantity.value * 10
    return Severity.ERROR if plainly else Severity.NOTICE


def _of_nothing(passage: Passage, rate: Mention, pair: Pair) -> ProseFinding:
    fact = f"预算是 {pair.whole.quantity.text}，不能计算完成比例 {rate.quantity.text}"
    quoted = quote(passage.printed, [pair.whole.quantity, pair.part.quantity, rate.quantity])
    severity = Severity.ERROR if pair.part.quantity.value else Severity.NOTICE  # 0 of 0, 完成 100 %: a way of speaking
    severity = severity if passage.at_once([pair.part, pair.whole, rate]) else Severity.NOTICE
    return ProseFinding(Topic.CHANGES, severity, passage.paragraph, quoted, fact, "请核对预算数，或删去比例。")


def _rate(passage: Passage, rate: Mention, settings: ProseSettings) -> Iterator[Judged]:
    """A rate by its name: 调解成功率, 审结率."""
    name = _NAME.search(rate.head)
    if name is None or _NOT_OF_TWO.search(rate.head):
        return
    numbers = list(_with_what_is_done(_numbers(passage, rate), name["name"], settings))
    numbers = _with_what_was_saved(numbers, name["name"], settings)
    pair = _plain_pair(name["name"], numbers, settings)
    reverse = (pair.whole, pair.part) if pair else None
    if any(gives(rate, a, b) for a, b in permutations(numbers, 2) if (a, b) != reverse):
        yield good(Topic.RATES)
        return
    if pair is None or pair.whole.quantity.value == 0 or "占" in rate.head:
        yield from _nearly(passage, rate, numbers, name["name"])
        return
    known = any(w in name["name"] for r in settings.rates for w in r.words)
    before = passage.text[: max(pair.part.quantity.end, pair.whole.quantity.end)]
    before = before[before.rfind("。", 0, max(0, before.rfind("。"))) + 1 :]
    if _qualified(name["name"], before, pair, settings) or pair.part.quantity.value > pair.whole.quantity.value * 2:
        yield from _nearly(passage, rate, numbers, name["name"])
        return
    sure = known and passage.at_once([pair.part, pair.whole, rate]) and sum(m.alike(pair.part) for m in numbers) == 2  # noqa: PLR2004 - no other number of the kind
    found = finding(passage, rate, pair, name["name"])
    yield bad(found if sure else replace(found, severity=Severity.NOTICE))


def _nearly(passage: Passage, rate: Mention, numbers: list[Mention], name: str) -> Iterator[Judged]:
    """No words say of what, but one wrong digit parts the rate from what two numbers beside it give."""
    digits = len(rate.quantity.value.normalize().as_tuple().digits)
    near = list(numbers if digits > _LEAST_DIGITS else numbers[-2:])
    root = name.removesuffix("率")[-_STEM_LEAST:]
    near += [m for m in numbers if m not in near] if any(root in m.head for m in numbers) else []
    own = [m for m in near if m.sentence == rate.sentence and m.depth == rate.depth]
    pairs = [Pair(a, b) for a, b in permutations(own, 2) if a.alike(b)]
    smaller = (p for p in pairs if p.part.quantity.value < p.whole.quantity.value)
    pair = next((p for p in smaller if one_digit_off(rate, p)), None) or next(
        (p for p in pairs if root in p.part.head and _is_miscounted(rate, p)), None
    )
    if digits >= _LEAST_DIGITS and pair is not None and "占" not in rate.head:
        yield bad(replace(finding(passage, rate, pair, name), severity=Severity.NOTICE))


def _is_miscounted(rate: Mention, pair: Pair) -> bool:
    """The whole times the rate is the part but for a digit: 反映 1263 个，已整改 5153 个，整改率 91.29%."""
    right = pair.whole.quantity.value * rate.quantity.value / _HUNDRED
    slack = pair.whole.quantity.value * rate.quantity.step / _HUNDRED + pair.part.quantity.step
    return intervals.one_digit_apart(right, pair.part.quantity.value, slack)


def _qualified(name: str, before: str, pair: Pair, settings: ProseSettings) -> bool:
    """The rate is of something narrower than its two numbers: 按期办结率 behind 办结 225 件."""
    words = sorted((w for r in settings.rates for w in r.words if w in name), key=len)
    rest = _GENERIC.sub("", name.replace(words[-1], "") if words else name)
    return len(rest) >= _STEM_LEAST and rest not in before and not set(rest) <= set(pair.part.head)


def _with_what_is_done(numbers: list[Mention], name: str, settings: ProseSettings) -> Iterator[Mention]:
    """总量 W，未分配 U，分配率 P%: the rate is of W − U."""
    deeds = _words(name, settings).part or (name.removesuffix("率")[-_STEM_LEAST:],)
    for whole, open_ in zip((None, *numbers), numbers, strict=False):
        undone = any(f"{_NOT}{deed}" in open_.head for deed in deeds if deed)
        if undone and whole is not None and whole.alike(open_) and whole.quantity.value > open_.quantity.value:
            value = whole.quantity.value - open_.quantity.value
            text = f"（{whole.quantity.text}－{open_.quantity.text}）"
            done = open_.quantity._replace(value=value, text=text)
            yield replace(open_, head=open_.head.replace(_NOT, ""), quantity=done)
        else:
            yield open_


def _with_what_was_saved(numbers: list[Mention], name: str, settings: ProseSettings) -> list[Mention]:
    """交易额 A，节约 X，节约率 P%: of A + X, where no plan is given."""
    saved = grammar_of(settings).saved
    own = [m for m in numbers if saved.search(m.head)] if saved.search(name) else []
    others = [m for m in numbers if own and m not in own and m.alike(own[-1]) and m.place < own[-1].place]
    if not others or any(w in m.head for m in others for w in _words(name, settings).whole):
        return numbers
    part, rest = own[-1].quantity, others[-1].quantity
    whole = part._replace(value=part.value + rest.value, text=f"（{rest.text}＋{part.text}）")
    return [replace(others[-1], quantity=whole), own[-1]]


def _numbers(passage: Passage, rate: Mention) -> list[Mention]:
    """The exact amounts and counts before a rate in its sentence."""
    kinds = {What.MONEY, What.COUNT}
    before = passage.mentions[max(0, rate.place - 12) : rate.place]
    near = [m for m in before if m.sentence >= rate.sentence - 1]
    found = [m for m in near if m.quantity.what in kinds and not m.quantity.rough]
    if len(found) < 2:  # noqa: PLR2004 - 到位率 95%（到位 B，计划 A）
        behind = passage.mentions[rate.place + 1 : rate.place + _MOST]
        own = takewhile(lambda m: m.quantity.what in kinds and not m.gap.startswith(("；", "。")), behind)
        found += [m for m in own if m.role in SIZES and m.sentence == rate.sentence and not m.quantity.rough][:3]
    return found[-_MOST:]


def _plain_pair(name: str, numbers: list[Mention], settings: ProseSettings) -> Pair | None:
    """Part and whole where the sentence leaves no doubt: two numbers of one kind, and their names say so."""
    if len(numbers) < 2:  # noqa: PLR2004 - a rate is of two numbers
        return None
    first, second = numbers[-2:]
    same = [m for m in numbers if m.alike(second)]
    words = _words(name, settings)
    if words.part and words.whole:  # 资产 A，负债 B，权益 C，资产负债率 P%
        parts = [m for m in same if _is_part(name, m.head, words)]
        wholes = [m for m in same if _is_whole(m.head, "", name, words) and m not in parts]
        if parts and wholes:
            larger = [
                m for m in wholes if m.quantity.value >= parts[-1].quantity.value
            ]  # of 受理 N, 窗口受理 N1 the first
            return Pair(parts[-1], (larger or wholes)[-1])
    if same[-2:] != [first, second]:
        return None
    if len(same) > 2 and not words.part:  # noqa: PLR2004
        return None
    for part, whole in ((second, first), (first, second)):
        if _is_part(name, part.head, words) and _is_whole(whole.head, part.head, name, words):
            return Pair(part, whole)
    return None


def _words(name: str, settings: ProseSettings) -> RateWords:
    """How the pack says that the two numbers are called; by the stem of the rate's name where it says nothing."""
    return next((r for r in settings.rates if any(w in name for w in r.words)), RateWords((), (), ()))


def _is_part(name: str, head: str, words: RateWords) -> bool:
    if words.part:
        return any(w in head for w in words.part) and not any(w in head for w in words.whole)
    root = name.removesuffix("率")[-_STEM_LEAST:]
    return len(root) >= _STEM_LEAST and root in head


def _is_whole(head: str, other: str, name: str, words: RateWords) -> bool:
    if words.whole:
        return any(w in head for w in words.whole)
    root = name.removesuffix("率")[-_STEM_LEAST:]
    return root not in head and bool(head.strip()) and bool(other.strip())


def _unstated(passage: Passage, settings: ProseSettings) -> Iterator[Judged]:
    """受理 125 件，审结 98 件 without a rate: worked out for the writer, a 提示."""
    words = next((r for r in settings.rates if r.deeds), None)
    if words is None or not any(deed in passage.text for deed in words.deeds):
        return
    told = compiled(rf"[，,、]\s*(?:已)?(?P<word>{'|'.join(words.deeds)})(?:了)?(?:率)?")
    for taken, closed in pairwise(passage.mentions):
        done = told.fullmatch(closed.gap) if closed.quantity.what is What.COUNT else None
        if done is None or not any(w in taken.head for w in words.whole) or not taken.alike(closed):
            continue
        near = passage.mentions[max(0, taken.place - _MOST_NEAR) : taken.place + _MOST_NEAR]
        own = (m for m in near if m.sentence == taken.sentence)
        if any(m.quantity.what is What.PERCENT for m in own) or not 0 < closed.quantity.value < taken.quantity.value:
            continue
        rate = plain(round_half_up(closed.quantity.value / taken.quantity.value * _HUNDRED, 2))
        fact = (
            f"受理 {taken.quantity.text}、{done['word']} {closed.quantity.text}，没有写{done['word']}率，"
            f"按两个数是 {rate}%"
        )
        quoted = quote(passage.printed, [taken.quantity, closed.quantity])
        action = "请补写比率和没有完成的原因。"
        yield bad(ProseFinding(Topic.RATES, Severity.NOTICE, passage.paragraph, quoted, fact, action))
