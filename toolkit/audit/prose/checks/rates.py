"""Rates against their two numbers (比率复算, D67): 完成率, 执行率, 占比, and named rates.

Which numbers a rate is of is left open: any pair of the passage that gives it settles it. An error only where the
words say plainly which two are meant: 占总支出 1000 万元的, the list's own total, 预算 and 决算 of one sentence, a
rate whose name repeats its numerator's (调解成功 → 调解成功率).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain, islice, pairwise, permutations
from typing import TYPE_CHECKING

from toolkit.audit.prose.checks.sums import only
from toolkit.audit.prose.checks.totals import all_breakdowns
from toolkit.audit.prose.reading import (
    Judged,
    Mention,
    ProseFinding,
    Quantity,
    Role,
    Sides,
    What,
    bad,
    concept_of,
    good,
    grammar_of,
    intervals,
    quote,
    stem,
)
from toolkit.core.findings import Severity
from toolkit.core.money import plain, round_half_up
from toolkit.pack import RateWords

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from toolkit.audit.prose.reading import Grammar, Passage, Report
    from toolkit.pack import ProseSettings

_HUNDRED = Decimal(100)

_NAME = re.compile(r"(?P<name>[\u4e00-\u9fff“”]{1,12}?(?:率|进度|占比))(?:分别)?(?:为|达到了?|达|是|仅|只有)?\s*$")

_NOT_OF_TWO = re.compile(
    r"增长|变动|同比|增幅|降幅|下降|提高|上升|比上年|较上年|目标|不低于|达标值|要求|指标值|预期|计划率|满意率"
)

_STEM_LEAST = 2

_GENERIC = re.compile(
    r"财政|预算|资金|全年|整体|部门|单位|支出|总体|年度|本年|在职|人员|实际|平均|工作|任务|目标|计划|项目经费|经费|"
    r"[率的年度总本其中“”]"
)

_CLOSED = re.compile(r"[，,、]\s*(?:已)?(?P<word>审结|办结|结案|答复|办复)(?:了)?(?:率)?")

_LATER = re.compile("调整|全年|追加|变更")

_EARLIER = re.compile("年初")

_MOST = 6

_SIZES = frozenset({Role.LEVEL, Role.WHOLE, Role.BASE, Role.CHANGE})  # 新增就业 2860 人，完成任务 2500 人的

_NEARBY, _MOST_NEAR = 4, 40

_FINE = Decimal("0.01")

_OF_DONE = frozenset({What.MONEY, What.COUNT, What.SCORE})


@dataclass(frozen=True, slots=True)
class Pair:
    """Part and whole (分子与分母)."""

    part: Mention
    whole: Mention


def check_rates(report: Report) -> Iterator[Judged]:
    """D67: every rate that says what it is of."""
    return iter(report.memo.once("rates", lambda: tuple(_judged(report))))


def _judged(report: Report) -> Iterator[Judged]:
    grammar = grammar_of(report.settings)
    wholes = _list_totals(report)
    for place, passage in enumerate(report.passages):
        yield from _unstated(passage, report.settings)
        for rate in passage.mentions:
            if rate.quantity.what is not What.PERCENT or rate.quantity.rough:
                continue
            if rate.role is Role.SHARE:
                yield from _Shares(report, place, rate, grammar, wholes).judged()
            elif rate.role is Role.DONE:
                yield from _done(passage, rate, grammar, report.settings)
            elif rate.role is Role.RATE:
                yield from _rate(passage, rate, report.settings)


def _list_totals(report: Report) -> Mapping[tuple[int, int], Mention]:
    """Part of a list → its total, by paragraph and place of the figure."""
    found: dict[tuple[int, int], Mention] = {}
    for listed in all_breakdowns(report):
        if listed.mark or listed.sure:
            for part in (*listed.parts, *listed.later):
                found.setdefault((part.paragraph, part.quantity.start), listed.total)
    return found


def gives(rate: Mention, part: Mention, whole: Mention) -> bool:
    """Whether part ÷ whole may be printed as the rate."""
    if not part.alike(whole) or part is whole:
        return False
    found = intervals.ratio(intervals.of(part.quantity), intervals.of(whole.quantity))
    return found is not None and found.meets(intervals.of_rate(rate.quantity))


@dataclass(frozen=True, eq=False, slots=True)
class _Shares:
    """占 P% (of W): one share, with all that it may be a share of."""

    report: Report
    place: int
    rate: Mention
    grammar: Grammar
    totals: Mapping[tuple[int, int], Mention]

    @property
    def passage(self) -> Passage:
        """Where it stands."""
        return self.report.passages[self.place]

    def judged(self) -> Iterator[Judged]:
        """Passed if any reading holds; otherwise told by the likeliest one, if there is one."""
        parts = self._parts()
        if not parts:
            return
        if self._given_by_any(parts):
            yield good("D67")
            return
        together = self._together(parts[0])
        if together is not None and gives(self.rate, parts[0], together[0]):
            yield good("D67")
            return
        if together is None and self._somewhere(parts[0]):
            yield good("D67")
            return
        likeliest = self._likeliest(parts[0])
        if likeliest is not None:
            whole, severity = likeliest
            name = "所占比重" if severity is Severity.ERROR else "占比"
            found = finding(
                self.passage, self.rate, Pair(parts[0], whole), f"{_called(parts[0], self.grammar)}的{name}"
            )
            yield bad(replace(found, severity=severity))

    def _given_by_any(self, parts: list[Mention]) -> bool:
        """Whether any reading gives the share; floats only rule out what is far off."""
        explicit = self._explicit()
        if explicit is not None:
            return any(gives(self.rate, p, explicit) for p in parts)
        listed = (self.totals.get((p.paragraph, p.quantity.start)) for p in parts)
        wholes = [
            (w, float(w.quantity.value), float(w.quantity.step)) for w in (*self._wholes(), *filter(None, listed))
        ]
        rate, step = abs(float(self.rate.quantity.value)), float(self.rate.quantity.step)
        for part in parts:
            value, off = float(part.quantity.value) * 100, float(part.quantity.step) * 100
            near = (
                w for w, size, last in wholes if abs(value - rate * size) <= (off + rate * last + step * size) * 1.1
            )
            if part.quantity.rough or any(gives(self.rate, part, w) for w in near):
                return True
        return False

    def _words(self) -> tuple[str, str]:
        """Whose share (before 占), and of what."""
        before = self.passage.mentions[self.rate.place - 1] if self.rate.place else None
        head = before.head if before is not None and before.role is Role.WHOLE else self.rate.head
        match = self.grammar.share.search(head)
        if match is None:
            return "", ""
        return stem(head[: match.start()], self.grammar), stem(match["whole"] or "", self.grammar)

    def _parts(self) -> list[Mention]:
        """The sizes that may be the part, the likeliest first."""
        found = [
            m
            for m in reversed(self.passage.mentions[max(0, self.rate.place - _MOST_NEAR) : self.rate.place])
            if m.role is Role.LEVEL and m.sentence == self.rate.sentence and m.quantity.what is not What.PERCENT
        ][:_MOST]
        subject, _ = self._words()
        named = [m for m in found if subject and subject in m.head]
        if subject and not named:  # 税收收入 A，非税收入 B。税收占比 P%
            before = (m for m in reversed(self.passage.mentions[: self.rate.place]) if m.role is Role.LEVEL)
            named = [m for m in islice(before, _MOST_NEAR) if subject in stem(m.head, self.grammar)][:1]
        return named or ([] if subject and len(subject) > 1 else found)

    def _explicit(self) -> Mention | None:
        before = self.passage.mentions[self.rate.place - 1]
        return before if before.role is Role.WHOLE else None

    def _wholes(self) -> Iterator[Mention]:
        """Every size around that the part may be a share of."""
        nearby = self.report.passages[max(0, self.place - _NEARBY) : self.place]
        own = self.passage.mentions[max(0, self.rate.place - _MOST_NEAR) : self.rate.place + _MOST]
        sizes = chain(reversed(own), *(reversed(p.mentions[-_MOST_NEAR:]) for p in reversed(nearby)))
        yield from islice((m for m in sizes if m.role is not Role.CHANGE), _MOST_NEAR)

    def _somewhere(self, part: Mention) -> bool:
        """Some amount of the report is the whole of which the part is that share; asked of fine shares only."""
        rate = self.rate.quantity
        if rate.step > _FINE or not rate.value or part.quantity.what is not What.MONEY or self._explicit():
            return False
        whole = part.quantity.value / rate.value * _HUNDRED
        off = abs(whole) * (rate.step / abs(rate.value)) + part.quantity.step / abs(rate.value) * _HUNDRED
        allowed = intervals.of_rate(rate)
        near = self.report.amounts_near(whole, off)
        found = (intervals.ratio(intervals.of(part.quantity), intervals.of(q)) for q in near)
        return any(r is not None and r.meets(allowed) for r in found)

    def _likeliest(self, part: Mention) -> tuple[Mention, Severity] | None:
        explicit = self._explicit()
        if part.quantity.rough or part.quantity.value <= 0:
            return None
        if explicit is not None:
            return (explicit, Severity.ERROR) if explicit.quantity.value and explicit.alike(part) else None
        _, of_what = self._words()
        listed = self.totals.get((part.paragraph, part.quantity.start))
        if listed is not None and listed.quantity.value and listed.alike(part):
            own = self._is_of(listed, of_what)
            near = self.rate.place == part.place + 1
            if own:
                return listed, Severity.ERROR if near and not listed.quantity.rough else Severity.NOTICE
        return self._named(part) or self._larger(part, of_what) or self._together(part) or self._above(part, of_what)

    def _is_of(self, whole: Mention, of_what: str) -> bool:
        """The words name the total, or name nothing; 占总支出的 names a total of spending, 占全市的 none of ours."""
        match = self.grammar.share.search(self.rate.head)
        words = (match["whole"] or "") if match else ""
        if not words or of_what:
            return not words or of_what in stem(whole.head, self.grammar)
        kinds = (self.grammar.income, self.grammar.outlay, self.grammar.total)
        alike = [k.search(words) is not None for k in kinds] == [k.search(whole.head) is not None for k in kinds]
        flows = [k.search(words) is not None and k.search(whole.head) is not None for k in kinds[:2]]
        return any(flows) or (alike and any(k.search(words) for k in kinds))

    def _together(self, part: Mention) -> tuple[Mention, Severity] | None:
        """A 万元，占 P%；B 万元，占 Q% of a whole that is not given: their sum, when the shares make 100 %."""
        place = self.rate.place
        near = self.passage.mentions[max(0, place - _MOST_NEAR) : place + _MOST_NEAR]
        pairs = [(a, b) for a, b in pairwise(near) if b.role is Role.SHARE and a.role is Role.LEVEL]
        own = [(a, b) for a, b in pairs if b.sentence == self.rate.sentence and a.alike(part)]
        if len([a for a, _ in own if a.quantity.value > 0]) < 2 or (part, self.rate) not in own:  # noqa: PLR2004
            return None
        summed = sum((a.quantity.value for a, _ in own), Decimal(0))
        whole = replace(
            part, quantity=part.quantity._replace(value=summed, text=_sum_text(a for a, _ in own)), place=-1
        )
        others = (gives(b, a, whole) for a, b in own if b is not self.rate)
        shares = sum((b.quantity.value for _, b in own), Decimal(0))
        complete = abs(shares - _HUNDRED) <= sum(b.quantity.step for _, b in own) or all(others)
        return (whole, Severity.NOTICE) if complete else None

    def _named(self, part: Mention) -> tuple[Mention, Severity] | None:
        """占基本支出的: the one value that the report gives for it."""
        match = self.grammar.share.search(self.rate.head)
        words = (match["whole"] or "") if match else ""
        concept = concept_of(words, self.report.settings, counts=False) if words else None
        whole = only(self.report.actual(concept.name)) if concept else None
        if whole is None or part.quantity.what is not What.MONEY or whole.quantity.value == 0:
            return None
        claims = self.report.actual(whole.concept.name)
        near = len(claims) > 1 or whole.sentence.paragraph == self.passage.paragraph
        mention = replace(part, quantity=whole.quantity, place=-1)
        return mention, Severity.ERROR if near else Severity.NOTICE

    def _larger(self, part: Mention, of_what: str) -> tuple[Mention, Severity] | None:
        """The only larger size of the passage, or the one that is called so."""
        near = self.passage.mentions[max(0, self.rate.place - _MOST_NEAR) : self.rate.place]
        sizes = [m for m in near if self._may_hold(m, part)]
        following = [m for m in _following(self.passage, self.rate) if self._may_hold(m, part)]
        called = [m for m in (*sizes, *following) if of_what and of_what in stem(m.head, self.grammar)]
        found = called or ([m for m in sizes if self._is_of(m, of_what)] if not of_what else [])
        return (found[-1], Severity.NOTICE) if len(found) == 1 else None

    @staticmethod
    def _may_hold(whole: Mention, part: Mention) -> bool:
        plain = whole.role is Role.LEVEL and whole is not part and whole.alike(part)
        return plain and whole.quantity.value > part.quantity.value

    def _above(self, part: Mention, of_what: str) -> tuple[Mention, Severity] | None:
        """占财政总收入的, told in a paragraph above: the nearest larger size that is called so, if there is but one."""
        if not of_what:
            return None
        for passage in reversed(self.report.passages[max(0, self.place - _NEARBY) : self.place]):
            sizes = (m for m in passage.mentions[:_MOST_NEAR] if self._may_hold(m, part) and not m.depth)
            called = [m for m in sizes if of_what in stem(m.head, self.grammar) and self._is_of(m, of_what)]
            if called:
                return (called[0], Severity.NOTICE) if len({m.quantity.value for m in called}) == 1 else None
        return None


def _sum_text(parts: Iterable[Mention]) -> str:
    return f"（{'＋'.join(p.quantity.text for p in parts)}）"


def _called(part: Mention, grammar: Grammar) -> str:
    head = part.head.lstrip("、和及与")
    mark = grammar.lists.match(head)
    return f"“{(head[mark.end() :] if mark else head).strip('：:，, 为')}”"


def _done(passage: Passage, rate: Mention, grammar: Grammar, settings: ProseSettings) -> Iterator[Judged]:
    """完成预算的 P%, 预算执行率 P%: what was done against what was planned."""
    last = passage.mentions[max(0, rate.place - _MOST_NEAR) : rate.place]
    sizes = [m for m in last if m.role in _SIZES and m.quantity.what in _OF_DONE][-_MOST:]
    if not any(_is_granted(m, rate, grammar) for m in sizes):  # 支出 B，完成预算的 P%，预算为 A
        sizes += [m for m in _following(passage, rate) if m.quantity.what in _OF_DONE]
    if any(gives(rate, a, b) for a, b in permutations(sizes, 2)):
        yield good("D67")
        return
    pair = _planned_pair(sizes, rate, grammar)
    if pair is None:
        if grammar.done_by_name.search(rate.head):
            yield from _rate(passage, rate, settings)
        return
    if pair.whole.quantity.value == 0:
        if pair.part.sentence == pair.whole.sentence == rate.sentence and rate.quantity.value:
            yield bad(_of_nothing(passage, rate, pair))
        return
    severity = _sure_of(pair, sizes, rate, grammar)
    if severity is not None:
        name = grammar.done_by_name.search(rate.head)
        told = name[0].rstrip("为达到是") if name else "预算完成比例"
        yield bad(replace(finding(passage, rate, pair, told), severity=severity))


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
    """A budget; for 执行率, 支付率 also what arrived or was allotted."""
    if mention.quantity.what is What.MONEY and grammar.plan_end.search(mention.head):
        return True
    if grammar.plan_start.match(mention.head):
        return True
    if not grammar.done_by_name.search(rate.head):
        return mention.quantity.what is not What.MONEY and grammar.planned.search(mention.head) is not None
    return grammar.grant_end.search(mention.head) is not None or grammar.status_of(mention.head) == "granted"


def _sure_of(pair: Pair, sizes: Sequence[Mention], rate: Mention, grammar: Grammar) -> Severity | None:
    part, whole = pair.part, pair.whole
    if part.quantity.rough or whole.quantity.rough:
        return None
    if whole.role is Role.WHOLE:  # 占年初预算 100 万元的 60%；…占任务数的 50%: the budget of another figure
        return Severity.ERROR if whole.place == rate.place - 1 else None
    words = rate.head
    if (_LATER.search(words) and _EARLIER.search(whole.head)) or (_EARLIER.search(words) and _LATER.search(whole.head)):
        return None
    names = [grammar.happened.sub("", stem(m.head, grammar)) for m in (part, whole)]
    if all(len(n) > 1 for n in names) and not (names[0] in names[1] or names[1] in names[0]):
        return None
    plans = [m for m in sizes if _is_granted(m, rate, grammar) and m.sentence == whole.sentence]
    others = [m for m in sizes if m not in plans and m.alike(part) and m.sentence == rate.sentence]
    plainly = len(plans) == 1 and len(others) <= 1 and whole.sentence == rate.sentence == part.sentence
    return Severity.ERROR if plainly and part.quantity.value <= whole.quantity.value * 10 else Severity.NOTICE


def _of_nothing(passage: Passage, rate: Mention, pair: Pair) -> ProseFinding:
    fact = f"预算是 {pair.whole.quantity.text}，不能计算完成比例 {rate.quantity.text}"
    quoted = quote(passage.printed, [pair.whole.quantity, pair.part.quantity, rate.quantity])
    return ProseFinding("D68", Severity.ERROR, passage.paragraph, quoted, fact, "请核对预算数，或删去比例。")


def _rate(passage: Passage, rate: Mention, settings: ProseSettings) -> Iterator[Judged]:
    """A rate by its name: 调解成功率, 审结率."""
    name = _NAME.search(rate.head)
    if name is None or _NOT_OF_TWO.search(rate.head):
        return
    numbers = _numbers(passage, rate)
    pair = _plain_pair(name["name"], numbers, settings)
    reverse = (pair.whole, pair.part) if pair else None
    if any(gives(rate, a, b) for a, b in permutations(numbers, 2) if (a, b) != reverse):
        yield good("D67")
        return
    if pair is None or pair.whole.quantity.value == 0 or "占" in rate.head:
        return
    known = any(w in name["name"] for r in settings.rates for w in r.words)
    before = passage.text[: max(pair.part.quantity.end, pair.whole.quantity.end)]
    before = before[before.rfind("。", 0, max(0, before.rfind("。"))) + 1 :]
    if _qualified(name["name"], before, settings) or pair.part.quantity.value > pair.whole.quantity.value * 2:
        return
    together = pair.part.sentence == pair.whole.sentence == rate.sentence
    sure = known and together and sum(m.alike(pair.part) for m in numbers) == 2  # noqa: PLR2004 - no other number of the kind
    found = finding(passage, rate, pair, name["name"])
    yield bad(found if sure else replace(found, severity=Severity.NOTICE))


def _qualified(name: str, before: str, settings: ProseSettings) -> bool:
    """The rate is of something narrower than its two numbers: 按期办结率 behind 办结 225 件."""
    words = sorted((w for r in settings.rates for w in r.words if w in name), key=len)
    rest = _GENERIC.sub("", name.replace(words[-1], "") if words else name)
    return len(rest) >= _STEM_LEAST and rest not in before


def _numbers(passage: Passage, rate: Mention) -> list[Mention]:
    """The exact amounts and counts before a rate in its sentence."""
    kinds = {What.MONEY, What.COUNT}
    before = passage.mentions[max(0, rate.place - 12) : rate.place]
    near = [m for m in before if m.sentence >= rate.sentence - 1]
    found = [m for m in near if m.quantity.what in kinds and not m.quantity.rough]
    if len(found) < 2:  # noqa: PLR2004 - 到位率 95%（到位 B，计划 A）
        found += [m for m in _following(passage, rate) if m.quantity.what in kinds and not m.quantity.rough]
    return found[-_MOST:]


def _following(passage: Passage, rate: Mention) -> list[Mention]:
    """The first sizes behind a rate in its sentence."""
    behind = passage.mentions[rate.place + 1 : rate.place + _MOST]
    return [m for m in behind if m.sentence == rate.sentence and m.role in _SIZES][:3]


def _plain_pair(name: str, numbers: list[Mention], settings: ProseSettings) -> Pair | None:
    """Part and whole where the sentence leaves no doubt: two numbers of one kind, and their names say so."""
    if len(numbers) < 2:  # noqa: PLR2004 - a rate is of two numbers
        return None
    first, second = numbers[-2:]
    same = [m for m in numbers if m.alike(second)]
    if same[-2:] != [first, second]:
        return None
    words = _words(name, settings)
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
    words = next((r for r in settings.rates if "审结率" in r.words), RateWords((), (), ()))
    for taken, closed in pairwise(passage.mentions):
        done = _CLOSED.fullmatch(closed.gap) if closed.quantity.what is What.COUNT else None
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
        yield bad(ProseFinding("D67", Severity.NOTICE, passage.paragraph, quoted, fact, action))


def finding(passage: Passage, rate: Mention, pair: Pair, name: str) -> ProseFinding:
    """The rate written, and the one that its two numbers give."""
    part, whole, written = pair.part.quantity, pair.whole.quantity, rate.quantity
    places = max(0, -int(written.step.adjusted())) if written.step < 1 else 0
    right = round_half_up(part.value / whole.value * _HUNDRED, max(places, 2))
    sides = Sides(written.value, right, slack_of(rate, pair), "%")
    fact = (
        f"{name}写的是 {plain(written.value)}%，按 {part.text}÷{whole.text} 应为 {plain(right)}%，"
        f"相差 {plain(sides.gap)} 个百分点（允许相差 {plain(round_half_up(sides.tolerance, 4))}）"
    )
    quoted = quote(passage.printed, _own(passage, (part, whole, written)))
    return ProseFinding("D67", Severity.ERROR, passage.paragraph, quoted, fact, "请核对两个数和比率。", sides)


def slack_of(rate: Mention, pair: Pair) -> Decimal:
    """What rounding of the rate and of both numbers may change."""
    found = intervals.ratio(intervals.of(pair.part.quantity), intervals.of(pair.whole.quantity))
    return rate.quantity.step / 2 + ((found.high - found.low) / 2 if found else 0)


def _own(passage: Passage, figures: Iterable[Quantity]) -> list[Quantity]:
    known = {m.quantity for m in passage.mentions}
    return [q for q in figures if q in known]
