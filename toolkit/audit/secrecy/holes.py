"""Holes in a public edition (泄露口) and the smallest further merge that closes them (建议).

Both are told in a person's words: how much follows, and which rows or figures to withhold besides.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, TypeVar

from toolkit.audit.secrecy.facts import cell_key, looks_of, relations_of, row_of, seen_from
from toolkit.audit.secrecy.plan import money_columns, with_merged
from toolkit.core.light import dataclass, replace
from toolkit.core.money import round_half_up
from toolkit.core.words import shorten
from toolkit.engines import Bounds, Ranges, determined
from toolkit.engines.formula import linear_relation
from toolkit.pack import disclosure_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from toolkit.audit.secrecy.facts import Facts, Law
    from toolkit.audit.secrecy.plan import Plan, Project
    from toolkit.core.model import UnitReturn
    from toolkit.engines.formula import Linear
    from toolkit.pack import Pack

T = TypeVar("T")

ZERO, ONE = Fraction(0), Fraction(1)

_MOST_SETS = 20_000

_MOST_TRIALS = 300

_MOST_FIELDS = 60


@dataclass(frozen=True, slots=True)
class Hole:
    """A withheld amount that readers can work out (可推算的金额), exactly or nearly."""

    project: Project
    column: str
    value: Fraction
    bounds: Bounds


@dataclass(frozen=True, slots=True)
class Proposal:
    """What closes every hole (建议): further rows to merge, or else further figures of the workbook to withhold.

    `smallest` is True where every smaller choice of rows has been ruled out.
    """

    rows: tuple[Project, ...] = ()
    fields: tuple[str, ...] = ()
    smallest: bool = True


@dataclass(frozen=True, slots=True)
class Secrets:
    """The withheld amounts of one return (不公开的金额)."""

    unit: UnitReturn
    facts: Facts
    pack: Pack

    def holes(self, plan: Plan) -> Iterator[Hole]:
        """Amounts of protected rows that follow from what is published; 0 or nothing needs no protection."""
        share = disclosure_settings(self.pack).bound
        open_ones = exposed(plan, self.pack)
        if not open_ones:
            return
        hidden, relations = relations_of(self.facts, plan, self.pack)
        known = determined(hidden, relations)
        signed = [k for k, v in self.facts.values.items() if v is not None and v < 0]
        for project in open_ones:
            ranges = Ranges(seen_from(relations, project.index), signed)
            for column in self.facts.columns:
                key = cell_key(project.index, column)
                value = self.facts.values[key]
                if value is None or value <= 0:
                    continue
                found = Bounds(known[key], known[key]) if key in known else ranges.of(key)
                if found.betrays(value, share):
                    yield Hole(project, column, value, found)

    def closed(self, plan: Plan) -> bool:
        """No hole is left."""
        return next(self.holes(plan), None) is None

    def propose(self, plan: Plan) -> Proposal | None:
        """The smallest set of rows to merge, then of least amount; where no rows suffice, figures to withhold."""
        everything = with_merged(plan, [p.index for p in plan.shown], self.unit, self.pack)
        if not self.closed(everything):
            return self._fields(plan)
        certain = True
        for size in range(1, len(plan.shown) + 1):
            if comb(len(plan.shown), size) > _MOST_SETS:
                break
            candidates = self._candidates(plan, size)
            found = next((s for s in candidates[:_MOST_TRIALS] if self._closes(plan, s)), None)
            if found:
                return Proposal(found, smallest=certain)
            certain = certain and len(candidates) <= _MOST_TRIALS
        return Proposal(self._pruned(plan), smallest=False)

    def _closes(self, plan: Plan, rows: Iterable[Project]) -> bool:
        return self.closed(with_merged(plan, [p.index for p in rows], self.unit, self.pack))

    def _candidates(self, plan: Plan, size: int) -> list[tuple[Project, ...]]:
        """Sets of rows that leave each single law enough room, least amount first."""
        needs = list(self._needs(plan))
        sets = (s for s in combinations(plan.shown, size) if all(n.met(s) for n in needs))
        return sorted(sets, key=lambda s: (sum(map(self.loss, s)), [p.index for p in s]))

    def loss(self, project: Project) -> Fraction:
        """What the public no longer sees when a row is merged: its largest amount."""
        return max(self.facts.values[cell_key(project.index, c)] or ZERO for c in self.facts.columns)

    def _needs(self, plan: Plan) -> Iterator[_Need]:
        hidden, _ = relations_of(self.facts, plan, self.pack)
        share = disclosure_settings(self.pack).bound
        for law in self.facts.laws:
            if law.at_most or not _sums_up(law, hidden, self.facts):
                continue
            for project in plan.protected:
                for column in self.facts.columns:
                    key = cell_key(project.index, column)
                    value, factor = self.facts.values[key], law.terms.get(key)
                    if value and factor:
                        others = sum((_size(law, k, self.facts) for k in law.terms if k in hidden and k != key), ZERO)
                        yield _Need(law, share * value * abs(factor) - others, self.facts)

    def _pruned(self, plan: Plan) -> tuple[Project, ...]:
        """All rows, less those that are not needed, the largest given back first."""
        return tuple(_without_needless(plan.shown, self.loss, lambda s: self._closes(plan, s)))

    def _fields(self, plan: Plan) -> Proposal | None:
        """Figures of the workbook to withhold: each step hides one figure of a law that still tells too much."""
        chosen: list[str] = []
        for _ in range(_MOST_FIELDS):
            now = _with_fields(plan, chosen)
            hole = next(self.holes(now), None)
            if hole is None:
                kept = _without_needless(chosen, lambda n: self.facts.values[n] or ZERO, self._hides_with(plan))
                return Proposal(fields=tuple(kept), smallest=False)
            found = self._next_field(now, hole)
            if found is None:
                return None
            chosen.append(found)
        return None

    def _hides_with(self, plan: Plan) -> Callable[[list[str]], bool]:
        return lambda fields: self.closed(_with_fields(plan, fields))

    def _next_field(self, plan: Plan, hole: Hole) -> str | None:
        hidden, _ = relations_of(self.facts, plan, self.pack)
        computed = {n for n, d in self.pack.dictionary.book.fields.items() if d.computed}
        reached = {cell_key(hole.project.index, hole.column)}
        while True:
            laws = [w for w in self.facts.laws if reached & w.terms.keys()]
            for law in sorted((w for w in laws if not w.at_most), key=lambda w: sum(k in hidden for k in w.terms)):
                free = [k for k in law.terms if k not in hidden and row_of(k) is None and self.facts.values.get(k)]
                if free and sum(k in hidden for k in law.terms) == 1:
                    return min(free, key=lambda k: (k in computed, -(self.facts.values[k] or ZERO), k))
            wider = reached | {k for w in laws for k in w.terms if k in hidden}
            if wider == reached:
                return None
            reached = wider


def exposed(plan: Plan, pack: Pack) -> list[Project]:
    """The protected rows about which the laws have to be asked; the others are sheltered by a row that looks alike.

    Two hidden rows that stand alike in every law can give each other all that they have, and nobody sees it. So the
    amounts of the one may be nothing, and may be the sum of both: where the other has the share of them that is asked
    for, no bound comes near. Nearly every unit has such rows, and is spared the programme (5 of its 110 ms).
    """
    settings = disclosure_settings(pack)
    looks = looks_of(tuple(p.row for p in plan.projects), pack)
    given = [_given(p, pack) for p in plan.projects]
    own = [found for text in settings.row_relations if (found := linear_relation(text))]
    fit = [p.index for p in plan.hidden if _keeps(given[p.index], own)]

    def shelters(one: int, other: int) -> bool:
        pairs = zip(given[one].values(), given[other].values(), strict=True)
        return one != other and looks[one] == looks[other] and all(b >= a * settings.bound for a, b in pairs)

    return [p for p in plan.protected if p.index not in fit or not any(shelters(p.index, other) for other in fit)]


def _given(project: Project, pack: Pack) -> dict[str, Fraction]:
    """The amounts of a row; less than nothing where it has none."""
    numbers = {c: project.row.number(c) for c in money_columns(pack)}
    return {c: -ONE if n is None else Fraction(n) for c, n in numbers.items()}


def _keeps(given: Mapping[str, Fraction], own: Iterable[tuple[Linear, str]]) -> bool:
    """Whether a row has all its amounts, and keeps the laws of its own so that the sum of two such rows does, too."""
    if any(amount < 0 for amount in given.values()):
        return False
    for form, operator in own:
        gap = sum((f * given[t.name.partition("_")[2]] for t, f in form.items() if t), ZERO)
        if form.get(None) or (gap if operator == "=" else gap > 0):
            return False
    return True


@dataclass(frozen=True, slots=True)
class _Need:
    """How much more must be hidden in one law, so that it alone does not betray one amount."""

    law: Law
    amount: Fraction
    facts: Facts

    def met(self, rows: Iterable[Project]) -> bool:
        keys = (cell_key(p.index, c) for p in rows for c in self.facts.columns)
        return sum((_size(self.law, k, self.facts) for k in keys if k in self.law.terms), ZERO) >= self.amount


def _size(law: Law, key: str, facts: Facts) -> Fraction:
    return abs(law.terms[key] * (facts.values[key] or ZERO))


def _sums_up(law: Law, hidden: frozenset[str], facts: Facts) -> bool:
    """The rows all stand on one side of the law, and the law is true of this return."""
    rows = [f for k, f in law.terms.items() if row_of(k) is not None]
    if any(facts.values.get(k) is None for k in law.terms if k not in hidden):
        return False
    gap = law.constant - sum((f * (facts.values.get(k) or ZERO) for k, f in law.terms.items()), ZERO)
    return gap == 0 and (all(f >= 0 for f in rows) or all(f <= 0 for f in rows))


def _with_fields(plan: Plan, fields: Iterable[str]) -> Plan:
    return replace(plan, fields=plan.fields | set(fields))


def _without_needless(chosen: Iterable[T], loss: Callable[[T], Fraction], closes: Callable[[list[T]], bool]) -> list[T]:
    """Give back what is not needed, the largest first; the order of the rest stays."""
    kept = list(chosen)
    for item in sorted(kept, key=loss, reverse=True):
        rest = [k for k in kept if k != item]
        if closes(rest):
            kept = rest
    return kept


_SHOWN_ROWS = 8


def decimal_of(number: Fraction) -> Decimal:
    """An exact fraction as a decimal figure."""
    return Decimal(number.numerator) / Decimal(number.denominator)


def hole_text(hole: Hole, unit: str) -> str:
    """全年执行数为 263.20 万元; or the range that readers can work out."""
    low, high = hole.bounds.low, hole.bounds.high
    if hole.bounds.exact and low is not None:
        return f"{hole.column}为 {_shown(low)} {unit}"
    if high is None:
        return f"{hole.column}不低于 {_shown(low or hole.value)} {unit}，与实际数相差不足"
    return f"{hole.column}在 {_shown(low or high - high)} 至 {_shown(high)} {unit}之间，离实际数太近"


def _shown(number: Fraction) -> str:
    return str(round_half_up(decimal_of(number), 2))


def advice(proposal: Proposal | None, unit: UnitReturn, pack: Pack, *, more_rows: bool) -> str:
    """The proposal as a sentence; the person decides in the workbook. `more_rows`: there were rows to merge."""
    settings = disclosure_settings(pack)
    if proposal is None:
        return "公开其他数就会泄露这些金额，请与保密审查人员商定是否公开"
    if proposal.rows:
        place = next((p.row.cells.get(settings.way_column) for p in proposal.rows), None)
        how = "行数最少的办法" if proposal.smallest else "一种可行的办法"
        where = f"（{place.ref} 等格）" if place and len(proposal.rows) > 1 else f"（{place.ref}）" if place else ""
        return f"{how}：把{_rows(proposal.rows)}的“{settings.way_column}”{where}改选“{settings.merged}”，再生成公开版"
    words = "、".join(dict.fromkeys(_word(name, settings.column_endings) for name in proposal.fields))
    field = unit.book.fields.get(settings.more_field)
    where = f"（{field.ref}）" if field else ""
    why = "把其他项目都合并进来也掩盖不了" if more_rows else "没有别的项目可以合并"
    return f"{why}。一种可行的办法：在“公开版另外不公开的数”{where}写“{words}”，再生成公开版"


def _rows(rows: tuple[Project, ...]) -> str:
    named = "、".join(f"第 {p.index + 1} 行“{shorten(p.name)}”" for p in rows[:_SHOWN_ROWS])
    return f"{named}等 {len(rows)} 行" if len(rows) > _SHOWN_ROWS else named


def _word(name: str, columns: tuple[str, ...]) -> str:
    """What a figure is of, without its column: the word that staff write to withhold it."""
    parts = name.split("_")
    return parts[-2] if parts[-1].endswith(columns) and len(parts) > 2 else parts[-1]  # noqa: PLR2004
