"""What rates differ by (百分点): A% 比 B% 提高 N 个百分点. D67 the number, D68 the word of direction.

Which two rates are meant: those right before that say so (由 A 到 B, 比上年 B), else the nearest rate and the one that
has the name it is held against (上年, 目标, 全市平均), wherever the sentence, a bracket or the text above gives it. A
name that no rate near has leaves the points unread.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations, takewhile
from typing import TYPE_CHECKING, NamedTuple

from toolkit.audit.prose.reading import (
    Judged,
    ProseFinding,
    Role,
    Sides,
    What,
    bad,
    clause,
    direction,
    good,
    intervals,
    quote,
    stem,
)
from toolkit.core.findings import Severity
from toolkit.core.light import dataclass, replace
from toolkit.core.money import plain, round_half_up
from toolkit.core.patterns import late
from toolkit.pack import Topic

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from toolkit.audit.prose.reading import Grammar, Mention, Passage

_MOST_RATES, _MOST_EARLIER, _LEAST_NAME = 7, 40, 3

_YEAR = late(r"(20\d\d)年")

_RATE_NAME = late(r"(?:率|度|占比|比重|比例|进度)(?:约?为|是|达到?|[：:])*$")

_LEADS = late(r"(?:了?[到至为]|达到?|上年|去年|同期)")

_STARTS = late(r"[由从自][^，。；由从]{0,24}$")

_OF = late(r"的[\u4e00-\u9fff]{1,8}")  # 未达到 B% 的目标值

_GROWTH = late(r"(?:增长|[增涨])(?:幅度?|速度?|率)(?:水平)?$")

_ACTION = "请核对数字和用语。"

_HUNDRED, _MONTHS, _LEAST_OFF = 100, 12, Decimal("0.5")

_PERIOD = late(
    r"上半年|前三季度|[一1]季度|(?:1月?[-—–－~至到]|截至(?:20\d\d年)?)(?P<month>1[0-2]|[1-9])月(?!\d{1,2}日|[上中]旬)"
)

_QUARTERS = (("上半年", 6), ("前三季度", 9), ("季度", 3))


class _Rates(NamedTuple):
    """Two rates that points may part; `told`: the words say that `old` is what `new` is held against."""

    new: Mention
    old: Mention
    told: bool

    @property
    def gap(self) -> intervals.Interval:
        """How far apart they are; 95% beside 98.20% has had its noughts left out."""
        finest = min(self.new.quantity.step, self.old.quantity.step)
        one, two = (intervals.of(_signed(m).quantity._replace(step=finest, rough=False)) for m in (self.new, self.old))
        gap = one.minus(two)
        return gap if gap.low + gap.high >= 0 else gap.negated()

    @property
    def up(self) -> bool | None:
        """Whether the new rate is the larger one; None where the words do not say which is the new one."""
        moved = _signed(self.new).quantity.value - _signed(self.old).quantity.value
        return moved > 0 if self.told and moved else None


@dataclass(frozen=True, slots=True)
class Points:
    """N 个百分点 of a passage, and where its two rates may stand."""

    points: Mention
    passage: Passage
    above: Sequence[Passage]
    grammar: Grammar

    def judged(self, settled: set[tuple[int, int]]) -> Iterator[Judged]:
        """The number and the direction, where two rates are meant; `settled` are pairs that others have parted."""
        if self._is_several():
            return
        bound = self._right_before()
        target = "" if bound else self._target()
        if target and not bound and self.grammar.schedule.search(target) and (month := self._month()):
            yield from self._against_schedule(Decimal(month) * _HUNDRED / _MONTHS)
            return
        pairs = bound or self._growth_of(target) or (self._held_against(target) if target else [])
        pairs = pairs or self._any_two(target)
        if any(m.quantity.rough and not self.grammar.limits.search(m.head) for p in pairs for m in (p.new, p.old)):
            return
        steps = [m.quantity.step for m in (self.points, *(m for p in pairs for m in (p.new, p.old)))]
        value = abs(self.points.quantity.value)
        allowed = intervals.of(self.points.quantity._replace(value=value, step=min(steps)))
        holding = [p for p in pairs if p.gap.meets(allowed)]
        places = [(p.new.where[1], p.old.where[1]) for p in pairs]
        if holding:
            settled.update(places)
            up = self._up()
            turned = [p for p in holding if None not in {p.up, up} and p.up is not up]
            yield bad(self._turned(turned[0], sure=bool(bound))) if len(turned) == len(holding) else good(Topic.CHANGES)
        elif len(pairs) == 1 and not settled.intersection(places) and (target or self._are_compared(pairs[0])):
            yield bad(self._wrong(pairs[0], sure=bool(bound)))

    def _is_several(self) -> bool:
        """A% 和 B%，分别提高 M 和 N 个百分点: each against a rate of its own that is not given."""
        before = self.passage.mentions[self.points.place - 1] if self.points.place else None
        follows = before is not None and before.role is Role.POINTS and not self.points.head
        return follows or self.grammar.several.search(self.points.head) is not None

    def _month(self) -> int:
        """The month that the passage tells of, 上半年 is the sixth; 0 where no words say so."""
        own = list(_PERIOD.finditer(self.passage.text, 0, self.points.quantity.start))
        above = (_PERIOD.search(p.text) for p in reversed(self.above))  # what a paragraph begins with is all of it
        words = own[-1] if own else next(filter(None, above), None)
        if words is None:
            return 0
        return int(words["month"]) if words["month"] else next(n for w, n in _QUARTERS if w in words[0])

    def _against_schedule(self, schedule: Decimal) -> Iterator[Judged]:
        """1—6 月完成预算的 P%，快于序时进度 N 个百分点: of what is due by then, a twelfth a month."""
        before = self.passage.mentions[max(0, self.points.place - _MOST_RATES) : self.points.place]
        rates = [m for m in before if m.quantity.what is What.PERCENT and m.sentence == self.points.sentence]
        rate = next((m for m in reversed(rates) if m.role is not Role.GROWTH), None)
        up = self._up()
        given = any(self.grammar.schedule.search(m.head) for m in self._section())
        if rate is None or rate.quantity.rough or up is None or given:
            return
        moved = rate.quantity.value - schedule
        told = abs(self.points.quantity.value) * (1 if up else -1)
        if abs(moved - told) <= _LEAST_OFF + (rate.quantity.step + self.points.quantity.step) / 2:
            yield good(Topic.RATES)
            return
        due, gap = (plain(round_half_up(value, 1)) for value in (schedule, abs(moved)))
        fact = (
            f"写的是{'快' if up else '慢'} {self.points.quantity.text}，{rate.quantity.text}与序时进度 {due}% 相比是"
            f"{'快' if moved > 0 else '慢'} {gap} 个百分点"
        )
        quoted = quote(self.passage.printed, [rate.quantity, self.points.quantity])
        yield bad(ProseFinding(Topic.RATES, Severity.NOTICE, self.passage.paragraph, quoted, fact, _ACTION))

    def _right_before(self) -> list[_Rates]:
        """失业率 A%，比目标 B% 低 N 个百分点; 由 A% 提高到 B%，提高 N 个百分点: no other two can be meant."""
        points, grammar = self.points, self.grammar
        before = self.passage.mentions[max(0, points.place - _MOST_RATES) : points.place]
        two = before[-1] if before else None
        outer = [m for m in before[:-1] if m.role is not Role.POINTS and (two is None or m.depth <= two.depth)]
        if two is not None and two.depth > points.depth:  # 增长 A%，高于全省（B%）M 个百分点，高于全国（C%）N 个百分点
            outer = [m for m in outer if m.depth < two.depth]
        one = outer[-1] if outer else None
        if one is None or two is None or not one.sentence == two.sentence == points.sentence:
            return []
        if one.quantity.what is not What.PERCENT or two.quantity.what is not What.PERCENT:
            return []
        against = clause(two.gap.rstrip("（"))
        named = two.depth > one.depth and (grammar.compared.search(against) or grammar.gauged.search(against))
        if named:  # 增长 A%，比预算目标（B%）低 N 个百分点
            return [_Rates(one, two, told=True)] if points.gap == f"）{points.head}" else []
        if _STARTS.search(one.head) and grammar.towards.search(two.head) and not self._target():
            return [_Rates(two, one, told=True)]
        held = two.role is Role.BASE if points.gap else grammar.gauged.search(two.head)  # 低于序时进度 B% N 个百分点
        plainly = held and one.role is not Role.GROWTH and points.gap == points.head
        return [_Rates(one, two, told=True)] if plainly else []

    def _target(self) -> str:
        """What the words right before the points hold a rate against: 上年, 目标值, 全市平均水平."""
        found = self.grammar.gauged.search(self.points.head)
        return (found["like"] or found["target"] or found["yard"] or "") if found else ""

    def _up(self) -> bool | None:
        """The direction, told before the points or before a rate right in front of them: 高于全市 B% N 个百分点."""
        if self.points.gap.strip("）)") or not self.points.place:
            return self.points.up
        before = self.passage.mentions[self.points.place - 1]
        return direction(self.grammar.gauged.search(clause(before.gap.rstrip("（("))))

    def _held_against(self, target: str) -> list[_Rates]:
        """The nearest rate, and those that have the name."""
        near = self._section()
        own = [m for m in near if not self._is_named(m, target, None)]
        before = [m for m in own if m.place < self.points.place]
        plain = [m for m in before if m.role is not Role.GROWTH] or before
        new = plain[-1] if plain else next(iter(own), None) if len(own) == 1 else None
        if new is None:
            new = self._of_sentence_before(target)
        if new is None:
            return []
        others = [m for m in near if m is not new and self._is_named(m, target, new) and self._is_of(new, m, near)]
        return [_Rates(new, m, told=True) for m in others or self._earlier(target, new)]

    def _growth_of(self, target: str) -> list[_Rates]:
        """科技支出增长 A%，高于一般公共预算支出增幅 N 个百分点: how that grew is told above, behind its figure."""
        noun = _GROWTH.search(target)
        name = target[: noun.start()] if noun else ""
        own = self.passage.mentions[max(0, self.points.place - _MOST_RATES) : self.points.place]
        grown = [m for m in own if m.role is Role.GROWTH and m.sentence == self.points.sentence]
        if len(name) <= _LEAST_NAME or not grown:
            return []
        for passage in (self.passage, *reversed(self.above)):
            sizes = (m for m in passage.mentions[:_MOST_EARLIER] if m.role is Role.LEVEL and name in m.head)
            rates = (self._growth_behind(size, passage) for size in sizes)
            found = [r for r in rates if r is not None and r.where < grown[-1].where]
            if found:
                return [_Rates(grown[-1], found[-1], told=True)]
        return []

    @staticmethod
    def _growth_behind(size: Mention, passage: Passage) -> Mention | None:
        """How a size has grown: the first rate of growth behind it, before another size."""
        behind = passage.mentions[size.place + 1 : size.place + 1 + _MOST_RATES]
        own = takewhile(lambda m: m.sentence == size.sentence and m.role is not Role.LEVEL, behind)
        return next((m for m in own if m.role is Role.GROWTH), None)

    def _is_of(self, new: Mention, old: Mention, near: Sequence[Mention]) -> bool:
        """A（上年 B），C，比上年提高: B is A's."""
        return old.place > new.place or old is near[0] or old.place == new.place - 1 == self.points.place - 2

    def _section(self) -> list[Mention]:
        """The rates between two semicolons, and one that opens the next sentence."""
        place, text = self.points.place, self.passage.text
        start = max(text.rfind(c, 0, self.points.quantity.start) for c in "；。")
        stops = [n for c in "；。" if (n := text.find(c, self.points.quantity.end)) >= 0]
        end = min(stops, default=len(text))
        near = self.passage.mentions[max(0, place - _MOST_RATES) : place + _MOST_RATES]
        rates = [m for m in near if m.quantity.what is What.PERCENT]
        own = [m for m in rates if start < m.quantity.start < end]
        behind = [m for m in rates if m.place == place + 1 and m.sentence == self.points.sentence + 1]
        return own + [m for m in behind if self.grammar.past.match(m.head)]

    def _of_sentence_before(self, target: str) -> Mention | None:
        """执行率 A%。上年为 B%，提高 N 个百分点."""
        before = self.passage.mentions[max(0, self.points.place - _MOST_RATES) : self.points.place]
        own = [m for m in before if m.quantity.what is What.PERCENT and m.sentence == self.points.sentence - 1]
        return next((m for m in own[-1:] if m.role is not Role.GROWTH and not self._is_named(m, target, None)), None)

    def _is_named(self, rate: Mention, target: str, new: Mention | None) -> bool:
        """The rate has the name: 上年 also by its year."""
        label = rate.head + (found[0] if (found := _OF.match(self.passage.after(rate.quantity))) else "")
        years = _YEAR.findall(target)
        if years:
            return (_YEAR.findall(label)[-1:] or [str(rate.year)]) == years[-1:]
        if self._is_past(target):
            by_year = new is not None and None not in {rate.year, new.year} and rate.year == (new.year or 0) - 1
            return rate.role is Role.BASE or by_year or self.grammar.past.search(label) is not None
        return any(w in label for w in self.grammar.yards.findall(target))

    def _earlier(self, target: str, new: Mention) -> list[Mention]:
        """2022 年执行率 A%。2023 年执行率 B%，较上年提高: the rate of the same name, a year before."""
        if new.year is None or not self._is_past(target):
            return []
        name = self._name(new)
        said = [m for p in (*self.above, self.passage) for m in p.mentions[-_MOST_EARLIER:] if m.where < new.where]
        rates = [m for m in said if m.quantity.what is What.PERCENT and m.role is not Role.GROWTH]
        same = [m for m in rates if m.year == new.year - 1 and self._name(m) == name]
        return same[-1:] if len(name) >= _LEAST_NAME else []

    def _is_past(self, target: str) -> bool:
        return target in {"同比", "环比"} or self.grammar.past.search(target) is not None

    def _name(self, rate: Mention) -> str:
        return self.grammar.frame.sub("", self.grammar.past.sub("", rate.head))

    def _any_two(self, target: str) -> list[_Rates]:
        """Any two rates of the sentence; where a name is given that none of them has, only those of a row of years."""
        rates = self._rates_near()
        found = [_Rates(*self._in_order(a, b)) for a, b in combinations(rates, 2) if self._series(a, b)]
        rows = [p for p in found if not p.old.head or not p.new.head]
        return (rows if _YEAR.search(target) else []) if target else found

    def _in_order(self, one: Mention, two: Mention) -> tuple[Mention, Mention, bool]:
        """New and old of two, and whether the words say which is which."""
        names = [self._is_yardstick(m) for m in (one, two)]
        if names[0] is not names[1]:
            return (two, one, True) if names[0] else (one, two, True)
        by_year = None not in {one.year, two.year} and one.year != two.year
        if one.head.startswith(("由", "从")) or self.grammar.towards.search(two.head):
            return two, one, True
        return (two, one, True) if by_year and (one.year or 0) < (two.year or 0) else (one, two, by_year)

    def _is_yardstick(self, rate: Mention) -> bool:
        of = _OF.match(self.passage.after(rate.quantity))
        past = rate.role is Role.BASE or self.grammar.past.match(rate.head) is not None
        return past or (of is not None and self.grammar.yards.search(of[0]) is not None)

    def _rates_near(self) -> list[Mention]:
        """The rates of the same sentence; rates of growth only where the words ask for the gap of two: 高低相差."""
        points, grammar = self.points, self.grammar
        near = self.passage.mentions[max(0, points.place - _MOST_RATES) : points.place + _MOST_RATES]
        rates = [m for m in near if m.quantity.what is What.PERCENT and m.sentence == points.sentence]
        plain = [m for m in rates if m.role is not Role.GROWTH]
        if len(plain) == 1 and (plain[0].role is Role.BASE or grammar.past.match(plain[0].head)):
            earlier = [m for m in near if m.quantity.what is What.PERCENT and m.sentence == points.sentence - 1]
            plain = [m for m in earlier if m.role is not Role.GROWTH][-1:] + plain  # 执行率 A。上年为 B，提高
        move = grammar.move.search(points.head)
        beside = points.place and move is not None and points.gap == move[0] and points.head == points.gap
        # 增长率 A%，比 B%下降 N 个百分点
        return rates if not plain and move is not None and (move["any"] or beside) else plain

    def _series(self, one: Mention, two: Mention) -> bool:
        """分别为 A、B、C，2023 年比 2021 年提高: of a row of rates, two years name those that are meant."""
        years = sorted(map(int, _YEAR.findall(self.points.gap)))
        return bool(two.head) or len(years) != 2 or years[1] - years[0] == two.place - one.place  # noqa: PLR2004 - two years

    def _are_compared(self, pair: _Rates) -> bool:
        """Two exact rates of one thing; 执行率 A，满意度 B，均比上年提高 are of two."""
        one, two = sorted((pair.new, pair.old), key=lambda m: m.where)
        leads = two.place < self.points.place or two.role is Role.BASE or _LEADS.match(two.head) is not None
        if not leads:
            return False
        names = [stem(m.head, self.grammar) for m in (one, two)]
        both = all(_RATE_NAME.search(m.head) for m in (one, two)) and two.role is not Role.BASE
        return not both or names[0] == names[1] or any(self.grammar.against_another.search(m.head) for m in (one, two))

    def _turned(self, pair: _Rates, *, sure: bool) -> ProseFinding:
        fact = (
            f"写的是{'下降' if pair.up else '提高'} {self.points.quantity.text}，但按 {pair.old.quantity.text} 和 "
            f"{pair.new.quantity.text}，实际是{'提高' if pair.up else '下降'}"
        )
        return self._finding(Topic.CHANGES, pair, fact, None, sure=sure)

    def _wrong(self, pair: _Rates, *, sure: bool) -> ProseFinding:
        right = abs(_signed(pair.new).quantity.value - _signed(pair.old).quantity.value)
        slack = (pair.new.quantity.step + pair.old.quantity.step + self.points.quantity.step) / 2
        sides = Sides(abs(self.points.quantity.value), right, slack, "个百分点")
        one, two = sorted((pair.new, pair.old), key=lambda m: m.where)
        fact = (
            f"写的是 {self.points.quantity.text}，按 {one.quantity.text} 和 {two.quantity.text} 应为 "
            f"{plain(right)} 个百分点，相差 {plain(sides.gap)} 个百分点"
        )
        return self._finding(Topic.RATES, pair, fact, sides, sure=sure and self.points.place == two.place + 1)

    def _finding(self, rule: str, pair: _Rates, fact: str, sides: Sides | None, *, sure: bool) -> ProseFinding:
        known = [m for m in (pair.new, pair.old, self.points) if m.paragraph == self.passage.paragraph]
        marks = sorted((m.quantity for m in known), key=lambda q: q.start)
        severity = Severity.ERROR if sure and not any(q.rough for q in marks) else Severity.NOTICE
        quoted = quote(self.passage.printed, marks)
        return ProseFinding(rule, severity, self.passage.paragraph, quoted, fact, _ACTION, sides)


def points(passage: Passage, above: Sequence[Passage], grammar: Grammar) -> Iterator[Judged]:
    """Every 百分点 of a passage whose two rates can be told."""
    settled = set[tuple[int, int]]()
    for found in passage.mentions:
        if found.role is Role.POINTS and not found.quantity.rough:
            yield from Points(found, passage, above, grammar).judged(settled)


def _signed(rate: Mention) -> Mention:
    """下降 13.2% is less than nothing."""
    falls = rate.role is Role.GROWTH and rate.up is False and rate.quantity.value > 0
    return replace(rate, quantity=rate.quantity._replace(value=-rate.quantity.value)) if falls else rate
