"""Shares (占比核对, D67): 占 P%, 占…的 P%, 占比; and what every rate is told by.

Which size a share is of is left open: any that gives it settles it. An error only where the words say plainly which
is meant: 占总支出 1000 万元的, the list's own total.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import chain, islice, pairwise, product, takewhile
from typing import TYPE_CHECKING

from toolkit.audit.prose.checks.sums import all_breakdowns, only, sums
from toolkit.audit.prose.reading import (
    TIMES,
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
    intervals,
    quote,
    stem,
)
from toolkit.core.findings import Severity
from toolkit.core.light import dataclass, replace
from toolkit.core.money import plain, round_half_up
from toolkit.pack import Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from toolkit.audit.prose.reading import Grammar, Passage, Report

_HUNDRED, _FINE = Decimal(100), Decimal("0.01")

_MOST, _NEARBY, _MOST_NEAR, _MOST_AROUND = 6, 4, 40, 12

_LEAST_DIGITS, _SHORT = 3, 100  # 80% is one digit off from too much

_NOUN, _LONG = 2, 4  # a name so long is the name of what is meant, though it is smaller than its part

SIZES = frozenset({Role.LEVEL, Role.WHOLE, Role.BASE, Role.CHANGE})  # 新增就业 2860 人，完成任务 2500 人的


@dataclass(frozen=True, slots=True)
class Pair:
    """Part and whole (分子与分母)."""

    part: Mention
    whole: Mention


def list_totals(report: Report) -> Mapping[tuple[int, int], Mention]:
    """Part of a list → its total, by paragraph and place of the figure."""
    found: dict[tuple[int, int], Mention] = {}
    for listed in all_breakdowns(report):
        if listed.mark or listed.sure:
            for part in (*listed.parts, *listed.later):
                found.setdefault(part.where, listed.total)
    for total, parts in sums(report):
        for part in parts if total.where < parts[0].where else ():
            found.setdefault(part.where, total)
    return found


def gives(rate: Mention, part: Mention, whole: Mention) -> bool:
    """Whether part ÷ whole may be printed as the rate."""
    if not part.alike(whole) or part is whole:
        return False
    found = intervals.ratio(intervals.of(part.quantity), intervals.of(whole.quantity))
    return found is not None and found.meets(intervals.of_rate(rate.quantity))


def one_digit_off(rate: Mention, pair: Pair) -> bool:
    """The rate that two sizes give is the printed one but for a digit."""
    found = intervals.ratio(intervals.of(pair.part.quantity), intervals.of(pair.whole.quantity))
    short = abs(rate.quantity.value) < rate.quantity.step * _SHORT
    if found is None or short or pair.part.quantity.rough or pair.whole.quantity.rough:
        return False
    return intervals.one_digit_apart((found.low + found.high) / 2, rate.quantity.value, slack_of(rate, pair))


def following(passage: Passage, rate: Mention) -> list[Mention]:
    """The first sizes behind a rate in its sentence."""
    behind = passage.mentions[rate.place + 1 : rate.place + _MOST]
    return [m for m in behind if m.sentence == rate.sentence and m.role in SIZES][:3]


def finding(passage: Passage, rate: Mention, pair: Pair, name: str) -> ProseFinding:
    """The rate written, and the one that its two numbers give."""
    part, whole, written = pair.part.quantity, pair.whole.quantity, rate.quantity
    places = max(0, -int(written.step.adjusted())) if written.step < 1 else 0
    right = round_half_up(part.value / whole.value * _HUNDRED, max(places, 2))
    sides = Sides(written.value, right, slack_of(rate, pair), "%")
    if written.unit == TIMES:
        times = plain(round_half_up(right / _HUNDRED, max(places, 0) + 2))
        fact = f"{name}写的是 {written.text}，按 {part.text}÷{whole.text} 应为 {times} 倍"
    else:
        fact = (
            f"{name}写的是 {plain(written.value)}%，按 {part.text}÷{whole.text} 应为 {plain(right)}%，"
            f"相差 {plain(sides.gap)} 个百分点（允许相差 {plain(round_half_up(sides.tolerance, 4))}）"
        )
    quoted = quote(passage.printed, _own(passage, (part, whole, written)))
    return ProseFinding(Topic.RATES, Severity.ERROR, passage.paragraph, quoted, fact, "请核对两个数和比率。", sides)


def slack_of(rate: Mention, pair: Pair) -> Decimal:
    """What rounding of the rate and of both numbers may change."""
    found = intervals.ratio(intervals.of(pair.part.quantity), intervals.of(pair.whole.quantity))
    return rate.quantity.step / 2 + ((found.high - found.low) / 2 if found else 0)


def _own(passage: Passage, figures: Iterable[Quantity]) -> list[Quantity]:
    known = {m.quantity for m in passage.mentions}
    return [q for q in figures if q in known]


@dataclass(frozen=True, eq=False, slots=True)
class Share:
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
            yield from self._told_if_near(parts)
            return
        if self._given_by_any(parts):
            yield good(Topic.RATES)
            return
        if self._through_total(parts[0]):
            yield good(Topic.RATES)
            return
        together = self._together(parts[0])
        if together is not None and gives(self.rate, parts[0], together[0]):
            yield good(Topic.RATES)
            return
        if together is None and self._somewhere(parts[0]):
            yield good(Topic.RATES)
            return
        likeliest = self._likeliest(parts[0], together)
        if likeliest is not None:
            whole, severity = likeliest
            name = "所占比重" if severity is Severity.ERROR else "占比"
            found = finding(
                self.passage, self.rate, Pair(parts[0], whole), f"{_called(parts[0], self.grammar)}的{name}"
            )
            sure = severity is Severity.ERROR and self.passage.at_once([parts[0], whole, self.rate])
            yield bad(replace(found, severity=Severity.ERROR if sure else Severity.NOTICE))
        else:
            yield from self._told_if_near(parts)

    def _told_if_near(self, parts: list[Mention]) -> Iterator[Judged]:
        pair = self._nearly(parts)
        if pair is not None:
            found = finding(self.passage, self.rate, pair, f"{_called(pair.part, self.grammar)}的占比")
            yield bad(replace(found, severity=Severity.NOTICE))

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

    def _share_of(self, size: Mention) -> Mention | None:
        """占 S% right behind a size of this passage."""
        behind = self.passage.mentions[size.place + 1 : size.place + 2] if self.passage.has(size) else ()
        return next((m for m in behind if m.role is Role.SHARE and m.sentence == size.sentence), None)

    def _through_total(self, part: Mention) -> bool:
        """老人 T 人，占 S%，其中高龄 A 人，占 P%: both are shares of what T is a share of."""
        total = self.totals.get((part.paragraph, part.quantity.start))
        share = self._share_of(total) if total is not None and total.alike(part) else None
        found = intervals.ratio(intervals.of(part.quantity), intervals.of(total.quantity)) if total and share else None
        if found is None or share is None:
            return False
        given = found.times(intervals.of_rate(share.quantity))
        rate = intervals.of_rate(self.rate.quantity)
        return given.low <= rate.high * _HUNDRED and rate.low * _HUNDRED <= given.high

    @property
    def _run(self) -> Sequence[Mention]:
        """占 P%、Q% 和 R%: this rate and those before it that the same words open."""
        mentions, first = self.passage.mentions, self.rate.place
        while first and not mentions[first].head and mentions[first - 1].role is Role.SHARE:
            first -= 1
        return mentions[first : self.rate.place + 1]

    def _words(self) -> tuple[str, str]:
        """Whose share (before 占), and of what."""
        rate = self._run[0]
        before = self.passage.mentions[rate.place - 1] if rate.place else None
        head = before.head if before is not None and before.role is Role.WHOLE else rate.head
        match = self.grammar.share.search(head)
        if match is None:
            return "", ""
        return stem(head[: match.start()], self.grammar), stem(match["whole"] or "", self.grammar)

    def _parts(self) -> list[Mention]:
        """The sizes that may be the part, the likeliest first."""
        if (each := self._each()) is not None:
            return [each]
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

    def _each(self) -> Mention | None:
        """A、B 和 C，占 P%、Q% 和 R%: the size that stands where the rate stands."""
        mentions, run = self.passage.mentions, self._run
        count = len(run)
        while count and run[0].place + count < len(mentions) and _follows(mentions[run[0].place + count], Role.SHARE):
            count += 1
        sizes = mentions[max(0, run[0].place - count) : run[0].place]
        alike = len(sizes) == count > 1 and all(_follows(m, Role.LEVEL) and m.alike(sizes[0]) for m in sizes[1:])
        return sizes[len(run) - 1] if alike and sizes[0].role is Role.LEVEL and sizes[0].head else None

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

    def _likeliest(self, part: Mention, together: tuple[Mention, Severity] | None) -> tuple[Mention, Severity] | None:
        explicit = self._explicit()
        if part.quantity.rough or part.quantity.value <= 0:
            return None
        if explicit is not None:
            return (explicit, Severity.ERROR) if explicit.quantity.value and explicit.alike(part) else None
        _, of_what = self._words()
        listed = self.totals.get((part.paragraph, part.quantity.start))
        if listed is not None and listed.quantity.value and listed.alike(part):
            own = self._is_of(listed, of_what)
            near = self.rate.place == part.place + 1 and self._share_of(listed) is None
            near = near and listed.paragraph == part.paragraph
            if own:
                return listed, Severity.ERROR if near and not listed.quantity.rough else Severity.NOTICE
        return self._named(part) or self._larger(part, of_what) or together or self._above(part, of_what)

    def _is_of(self, whole: Mention, of_what: str) -> bool:
        """The words name the total, or name nothing; 占总支出的 names a total of spending, 占全市的 none of ours."""
        match = self.grammar.share.search(self.rate.head)
        words = (match["whole"] or "") if match else ""
        if not words or of_what:
            return not words or of_what in stem(whole.head, self.grammar)
        kinds = (self.grammar.income, self.grammar.outlay, self.grammar.total)
        alike = [k.search(words) is not None for k in kinds] == [k.search(whole.head) is not None for k in kinds]
        flows = [k.search(words) is not None and k.search(whole.head) is not None for k in kinds[:2]]
        if self.grammar.total.match(words) and not any(k.search(words) for k in kinds[:2]):
            return True  # 占总数的: of the total, whatever it is called
        return any(flows) or (alike and any(k.search(words) for k in kinds))

    def _together(self, part: Mention) -> tuple[Mention, Severity] | None:
        """A 万元，占 P%；B 万元，占 Q% of a whole that is not given: their sum, when the shares make 100 %."""
        place = self.rate.place
        if part.place != place - 1:
            return None
        pairs = self.report.memo.once(("shared", self.place), lambda: tuple(self._pairs()))
        near = (p for p in pairs if abs(p[1].place - place) < _MOST_NEAR and p[1].sentence == self.rate.sentence)
        own = [(a, b) for a, b in near if a.alike(part)]
        own = own if len(own) > 1 else [(a, b) for a, b in self._paragraphs() if a.alike(part)]
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

    def _pairs(self) -> Iterator[tuple[Mention, Mention]]:
        """A 万元，占 P% of this passage; 其中 A 万元，占 P% is a share within a share."""
        two = pairwise(self.passage.mentions)
        yield from ((a, b) for a, b in two if _is_shared(a, b) and not self.grammar.lists.match(a.head))

    def _paragraphs(self) -> Iterator[tuple[Mention, Mention]]:
        """1. A 万元，占 P%; 2. B 万元，占 Q%: one in each paragraph around."""
        passages = self.report.passages
        before = takewhile(_opens_shared, reversed(passages[max(0, self.place - _MOST_AROUND) : self.place]))
        behind = takewhile(_opens_shared, passages[self.place : self.place + _MOST_AROUND])
        yield from ((p.mentions[0], p.mentions[1]) for p in (*reversed(list(before)), *behind))

    def _named(self, part: Mention) -> tuple[Mention, Severity] | None:
        """占基本支出的: the one value that the report gives for it."""
        match = self.grammar.share.search(self.rate.head)
        words = (match["whole"] or "") if match else ""
        concept = concept_of(words, self.report.settings, counts=False) if words else None
        money = next((w for w in self.report.settings.words("scopes") if w in words), "")
        whole = only(self.report.actual(concept.name)) if concept else None
        if whole is not None and money and money != whole.scope:
            return None  # 占财政拨款支出的: of less than 本年支出
        if whole is None or part.quantity.what is not What.MONEY or whole.quantity.value == 0:
            return None
        claims = self.report.actual(whole.concept.name)
        near = len(claims) > 1 or whole.sentence.paragraph == self.passage.paragraph
        mention = replace(part, quantity=whole.quantity, place=-1)
        return mention, Severity.ERROR if near else Severity.NOTICE

    def _larger(self, part: Mention, of_what: str) -> tuple[Mention, Severity] | None:
        """The only larger size of the passage, or the one that is called so."""
        near = self.passage.mentions[max(0, self.rate.place - _MOST_NEAR) : self.rate.place]
        sizes = [m for m in near if self._may_hold(m, part) and self._share_of(m) is None]  # a share itself: a sibling
        behind = [m for m in following(self.passage, self.rate) if self._may_hold(m, part)]
        called = [m for m in (*sizes, *behind) if of_what and of_what in stem(m.head, self.grammar)]
        match = self.grammar.share.search(self.rate.head)
        called = [m for m in called if match and match["whole"] == m.head][-1:] or called  # 占实际采购金额的
        exact = [m for m in near if len(of_what) >= _LONG and m.alike(part) and of_what in stem(m.head, self.grammar)]
        exact = exact or [m for m in sizes if self._is_same_noun(m, of_what)]
        found = called or exact or ([m for m in sizes if self._is_of(m, of_what)] if not of_what else [])
        return (found[-1], Severity.NOTICE) if len(found) == 1 else None

    def _is_same_noun(self, whole: Mention, of_what: str) -> bool:
        """占承办提案总数的, behind 交由市政府办理的提案共 N 件: a total of the same things, no part of another."""
        noun = of_what[-_NOUN:]
        named = len(of_what) > _NOUN and stem(whole.head, self.grammar).endswith(noun)
        return named and (whole.paragraph, whole.quantity.start) not in self.totals and not whole.head.startswith(noun)

    def _nearly(self, parts: list[Mention]) -> Pair | None:
        """Two sizes of the passage of which the share would be right but for one wrong digit."""
        least = _LEAST_DIGITS + (not parts)  # nothing is called like what has the share
        if len(self.rate.quantity.value.normalize().as_tuple().digits) < least or self._explicit():
            return None
        match = self.grammar.share.search(self.rate.head)
        words = (match["whole"] or "") if match else ""
        near = self.passage.mentions[max(0, self.rate.place - _MOST_NEAR) : self.rate.place]
        sizes = [m for m in reversed(near) if m.role is Role.LEVEL and not m.quantity.rough][:_MOST]
        flows = (self.grammar.income, self.grammar.outlay)
        wholes = [m for m in sizes if not words or any(f.search(words) and f.search(m.head) for f in flows)]
        pairs = [Pair(a, b) for a, b in product(parts or sizes, wholes) if self._may_hold(b, a)]
        if any(gives(self.rate, pair.part, pair.whole) for pair in pairs):
            return None
        return next((pair for pair in pairs if one_digit_off(self.rate, pair)), None)

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
            named = [(m, stem(m.head, self.grammar)) for m in sizes]
            called = [m for m, name in named if of_what in name and self._is_of(m, of_what)]
            if not called and not self.grammar.past.search(of_what):  # 占我国出口总值的
                called = [m for m, name in named if len(name) >= _NOUN and name in of_what]
            totals = [m for m in called if self.grammar.total.search(m.head)] or called
            if totals:
                return (totals[0], Severity.NOTICE) if len({m.quantity.value for m in totals}) == 1 else None
        return None


def _follows(mention: Mention, role: Role) -> bool:
    return mention.role is role and not mention.head


def _is_shared(size: Mention, share: Mention) -> bool:
    return size.role is Role.LEVEL and share.role is Role.SHARE


def _opens_shared(passage: Passage) -> bool:
    first = passage.mentions[:2]
    return len(first) > 1 and _is_shared(*first)


def _sum_text(parts: Iterable[Mention]) -> str:
    return f"（{'＋'.join(p.quantity.text for p in parts)}）"


def _called(part: Mention, grammar: Grammar) -> str:
    head = part.head.lstrip("、和及与")
    mark = grammar.lists.match(head)
    return f"“{(head[mark.end() :] if mark else head).strip('：:，, 为')}”"
