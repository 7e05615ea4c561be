"""Totals against the parts that the text names (合计与分项核对): A02, A13, A15, A16, B26–B28, others as D69.

其中 promises no complete list, so parts that fall short are at most a 提示, unless the words say that this is
all (由…组成, 分别为), the shares given add up to 100 %, or the parts are known to be complete (基本支出 and
项目支出). Every reading of the list is tried: which figure is the total, where the list ends, what belongs to a list
within it; if one adds up, nothing is said.

A list ends where the text speaks of something else. Figures that compare (比上年增加 5 万元) or stand in
brackets are remarks on a part; forecasts and other views of the money make a list unclean.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import accumulate, chain, combinations, islice
from typing import TYPE_CHECKING

from toolkit.audit.prose.checks.sums.lists import CENT
from toolkit.audit.prose.checks.sums.weight import kind_of, larger_than_all, severity_of, shares_complete
from toolkit.audit.prose.reading import (
    Breakdown,
    Judged,
    ProseFinding,
    Quantity,
    Role,
    Run,
    Sides,
    What,
    bad,
    blocks,
    breakdowns_of,
    gap_text,
    good,
    grammar_of,
    intervals,
    is_family,
    outer_runs,
    quote,
    runs,
    stem,
)
from toolkit.core.findings import Severity
from toolkit.core.light import dataclass, replace
from toolkit.pack import Topic

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from toolkit.audit.prose.reading import Grammar, Mention, Report

_MOST_TRIED, _MOST_READINGS = 7, 150

_HALF = Decimal("0.5")

_LEAST_DIGITS, _LONG, _SEVERAL = 4, 5, 3


def check_totals(report: Report) -> Iterator[Judged]:
    """Every passage that names a total and its parts, and every total whose parts are paragraphs of their own."""
    judged: list[Judged] = []
    settled = set[tuple[int, int]]()
    for found in all_breakdowns(report):
        judged = list(_judged(found, report))
        if judged:
            settled |= {m.where for m in _that_make_it(found)}
        yield from judged
    yield from _runs_judged(report, settled)


@dataclass(frozen=True, slots=True)
class Sorted:
    """Runs by what their figures say: those that make a total, those that a 合计 contradicts, and the others."""

    made: tuple[tuple[Mention, Sequence[Mention]], ...]
    contradicted: tuple[Run, ...]
    open: tuple[Run, ...]


def _sorted_runs(report: Report) -> Sorted:
    """The runs of a report, added up once."""

    def found() -> Sorted:
        grammar = grammar_of(report.settings)
        judged = [(run, _made_by(run)) for run in runs(report.passages, grammar)]
        inner = _inner(report, [(total, run.parts) for run, total in judged if total is not None])
        judged += [(run, _made_by(run)) for run in outer_runs(report.passages, grammar, inner)]
        others = [run for run, total in judged if total is None]
        return Sorted(
            tuple((total, run.parts) for run, total in judged if total is not None),
            tuple(run for run in others if run.closed),
            tuple(run for run in others if not run.closed),
        )

    return report.memo.once("runs", found)


def _inner(report: Report, made: Sequence[tuple[Mention, Sequence[Mention]]]) -> frozenset[tuple[int, int]]:
    """Where the parts stand of every figure that is parted right behind itself."""
    listed = ((b.total, _that_make_it(b)) for b in all_breakdowns(report) if b.mark and b.parts)
    before = (parts for total, parts in (*made, *listed) if total.where < parts[0].where)
    return frozenset(m.where for parts in before for m in parts)


def _that_make_it(found: Breakdown) -> Sequence[Mention]:
    """The first parts that add up, for what stands behind them may be none; all where none do."""
    first = (Run(found.passage, parts, found.totals[:1]) for parts in _grown(found.parts))
    return next((run.parts for run in first if _made_by(run)), found.parts)


def _runs_judged(report: Report, settled: set[tuple[int, int]]) -> Iterator[Judged]:
    """Runs that no word makes a sum, told where one wrong digit parts them from a total; settled figures are left."""
    grammar = grammar_of(report.settings)
    found = _sorted_runs(report)
    yield from (bad(_run_told(run, run.totals[0], report)) for run in found.contradicted)
    yield from (bad(_run_told(run, run.totals[0], report)) for run in _announced_otherwise(found, grammar))
    for _, parts in found.made:
        settled |= {m.where for m in parts}
        yield good(Topic.FIGURES)
    for run in found.open:
        if any(m.where in settled for m in run.parts):
            continue
        total = _one_digit_from(run, grammar)
        if total is not None and not _of_each_year(run, total) and _are_addends(run.parts, grammar):
            settled |= {m.where for m in run.parts}
            yield bad(_run_told(run, total, report))


def _announced_otherwise(found: Sorted, grammar: Grammar) -> Iterator[Run]:
    """资金 T，公示如下：A、B，合计 T: the list makes its own 合计, but what announces it is one digit off."""
    made = {tuple(m.where for m in parts): total for total, parts in found.made}
    for run in found.open:
        closing = made.get(tuple(m.where for m in run.parts)) if run.marked else None
        total = run.totals[0]
        later = closing is not None and closing.where > run.parts[-1].where
        if later and total.where < run.parts[0].where and _one_digit_from(replace(run, totals=(total,)), grammar):
            yield run


def sums(report: Report) -> Iterator[tuple[Mention, Sequence[Mention]]]:
    """Every total, and the parts that make it."""
    for found in all_breakdowns(report):
        total = _made_by(Run(found.passage, found.parts, found.totals)) if len(found.parts) > 1 else None
        if total is not None:
            yield total, found.parts
    yield from _sorted_runs(report).made


def _run_told(run: Run, total: Mention, report: Report) -> ProseFinding:
    found = Breakdown(run.passage, (total,), run.parts)
    return _finding(kind_of(found, report.settings, grammar_of(report.settings)).rule, Severity.NOTICE, found)


def _made_by(run: Run) -> Mention | None:
    """The total that the parts of a run make."""
    summed = sum((m.quantity.value for m in run.parts), Decimal(0))
    gaps = ((t, abs(summed - t.quantity.value)) for t in run.totals)
    return next((t for t, gap in gaps if not gap or gap < _rounding(run, t)), None)


def _one_digit_from(run: Run, grammar: Grammar) -> Mention | None:
    """The total that one wrong digit parts from the sum; short figures are near one another by chance."""
    summed = sum((m.quantity.value for m in run.parts), Decimal(0))
    least, exact = _least_digits(run, grammar)
    for total in run.totals:
        value = total.quantity.value if exact else total.quantity.value.normalize()
        long = len(value.as_tuple().digits) >= least
        if long and intervals.one_digit_apart(summed, total.quantity.value, _rounding(run, total)):
            return total
    return None


def _least_digits(run: Run, grammar: Grammar) -> tuple[int, bool]:
    """How long a total must be, the shorter the plainer the list, and whether its noughts count: 630 are exact."""
    what, heads = run.parts[0].quantity.what, [m.head for m in run.parts]
    several = what is What.COUNT and len(heads) >= _SEVERAL
    family = what is What.COUNT and is_family(heads, grammar)
    halves = what is What.COUNT and grammar.are_opposites(heads)
    shared = what is What.COUNT and shares_complete(Breakdown(run.passage, run.totals, run.parts))
    alike = (several and family) or halves or shared  # 一档 A、二档 B、三档 C
    alone = run.alone and (several or family or halves)
    if (what is What.SCORE and run.marked) or (alike and alone):
        return _LEAST_DIGITS - 2, alike
    return _LEAST_DIGITS - int(run.marked or alike or alone), alike or alone


def _rounding(run: Run, total: Mention) -> Decimal:
    return intervals.rounding([total.quantity, *(m.quantity for m in run.parts)])


def all_breakdowns(report: Report) -> tuple[Breakdown, ...]:
    """The lists of a report, found once."""
    grammar = grammar_of(report.settings)

    def found() -> tuple[Breakdown, ...]:
        around = zip(report.passages, (None, *report.passages), (*report.passages[1:], None), strict=False)
        inside = (b for passage, above, below in around for b in breakdowns_of(passage, grammar, above, below))
        return _without_inner((*inside, *blocks(report.passages, grammar)))

    return report.memo.once("breakdowns", found)


def _without_inner(lists: tuple[Breakdown, ...]) -> tuple[Breakdown, ...]:
    """第二产业 A，其中工业 A1；建筑业 A2。第三产业 B: A1 and A2 make A and are no parts of what A is a part of."""
    made = {b.total.where: b for b in lists if b.mark and len(b.parts) > 1}

    def cleaned(found: Breakdown) -> Breakdown:
        within = [b for p in found.parts if (b := made.get(p.where)) is not None and b is not found]
        own = {m.where for b in within if _made_by(Run(b.passage, b.parts, b.totals[:1])) for m in b.parts}
        if not own:
            return found
        parts, later = ([m for m in side if m.where not in own] for side in (found.parts, found.later))
        inner = tuple((n, group) for n, group in found.inner if not any(m.where in own for m in group))
        return replace(found, parts=tuple(parts), later=tuple(later), inner=inner)

    return tuple(map(cleaned, lists))


def _judged(found: Breakdown, report: Report) -> Iterator[Judged]:
    parts = found.parts
    if not parts or any(p.quantity.value < 0 for p in parts):
        return
    grammar = grammar_of(report.settings)
    kind = kind_of(found, report.settings, grammar)
    made = _adds_up(found)
    near = () if made is found.total else _nearly(found, grammar)
    if made is None and len(parts) > 1 and _of_one_before(found):
        return
    if made is not None and not near:
        if len(parts) > 1:
            yield good(kind.rule)
        return
    if not _are_addends(parts, grammar):
        return
    severity = (
        None if made else severity_of(found, kind, grammar) if len(parts) > 1 else larger_than_all(found, grammar)
    )
    if severity is None and near:
        found, severity = replace(found, totals=(found.total,), parts=near), Severity.NOTICE
    if severity is not None and not _elsewhere_stated(found, report):
        yield bad(_finding(kind.rule, severity, found))


def _of_one_before(found: Breakdown) -> bool:
    """资产 A，负债 B，净资产 C（行政单位资产 A1，事业单位资产 A2）: the bracket parts a size before the nearest."""
    total = found.total
    before = found.passage.mentions[max(0, total.place - _MOST_TRIED) : total.place] if found.parts[0].depth else ()
    sizes = tuple(m for m in before if m.role is Role.LEVEL and m.alike(total) and m.sentence == total.sentence)
    return bool(sizes) and _made_by(Run(found.passage, found.parts, sizes)) is not None


def _of_each_year(run: Run, total: Mention) -> bool:
    """完成造林 A。完成造林 B。完成造林 C。: one matter of several years, or its aim beside what was done."""
    apart = len({(m.paragraph, m.sentence) for m in run.parts}) == len(run.parts)  # a list has commas and semicolons
    return apart and bool(total.head) and all(m.head == total.head for m in run.parts)


def _are_addends(parts: Sequence[Mention], grammar: Grammar) -> bool:
    """Neither a plan beside what was done (年初预算 A，支出决算 B) nor several views of the same (税收，同口径税收)."""
    if len({grammar.is_comparable(p.gap) for p in parts}) > 1:
        return False
    plans = {_is_plan(p, parts, grammar) for p in parts if p.quantity.what is What.MONEY}
    return len(plans) <= 1 and grammar.may_be_added([p.head for p in parts])


def _is_plan(part: Mention, parts: Sequence[Mention], grammar: Grammar) -> bool:
    """年初预算; one of several that has a name of its own (支持以工代赈任务) is none."""
    named = len(parts) >= _SEVERAL and len(grammar.planned.sub("", stem(part.head, grammar))) > _SEVERAL
    return grammar.plan_end.search(part.head) is not None and not named


def _long_enough(found: Breakdown, grammar: Grammar) -> int:
    """How long a total must be that no list makes by chance: a count of several of a kind, a bracket, 主要有."""
    several = len(found.parts) + len(found.later) >= _SEVERAL
    if found.open_end or not several:
        return _LONG + 1 + found.open_end
    counted = found.total.quantity.what is What.COUNT and is_family([p.head for p in found.parts], grammar)
    return _SEVERAL if counted else _LEAST_DIGITS if found.mark in {"（", "("} else _LONG


def _nearly(found: Breakdown, grammar: Grammar) -> tuple[Mention, ...]:
    """The reading that one wrong digit parts from a total so long that it is none by chance."""
    total = found.total.quantity
    if total.rough or len(total.value.normalize().as_tuple().digits) < _long_enough(found, grammar):
        return ()
    grown = chain(_grown(found.parts), ((*found.parts, *more) for more in _grown(found.later)))
    for reading in (r for r in grown if len(r) > 1 and not any(m.quantity.rough for m in r)):
        summed = sum((m.quantity.value for m in reading), Decimal(0))
        rounding = intervals.rounding([total, *(m.quantity for m in reading)])
        if intervals.one_digit_apart(summed, total.value, rounding):
            return reading
    return ()


def _grown(figures: Sequence[Mention]) -> Iterator[tuple[Mention, ...]]:
    return accumulate((m,) for m in figures)


def _adds_up(found: Breakdown) -> Mention | None:
    """The total that some reading of the list makes; floats only rule out what is far off."""
    behind = (m for _, group in found.inner for m in group)
    named = _named_as_changes(found)
    known = {id(m): _roughly(m) for m in (*found.totals, *found.parts, *found.later, *behind, *named)}
    readings = [*islice(_readings(found.parts, found), _MOST_READINGS), *([(*found.parts, *named)] if named else ())]
    sums_of = [tuple(map(sum, zip(*(known[id(m)] for m in reading), strict=True))) for reading in readings]
    for total in found.totals:
        value, off = known[id(total)]
        near = (r for r, (summed, spread) in zip(readings, sums_of, strict=True) if abs(summed - value) <= off + spread)
        if any(_makes(reading, total, found) for reading in near):
            return total
    return None


def _named_as_changes(found: Breakdown) -> tuple[Mention, ...]:
    """上级补助 A、新增专项债务转贷收入 B、调入 C: what is no change but has a name that begins like one."""
    first, last = found.parts[0], found.parts[-1]
    inside = found.passage.mentions[first.place + 1 : last.place] if first.paragraph == last.paragraph else ()
    return tuple(m for m in inside if m.role is Role.CHANGE and m.alike(first))


def _roughly(mention: Mention) -> tuple[float, float]:
    """A figure, and how far off it may be at the most."""
    low, high = intervals.of(mention.quantity)
    value = float(mention.quantity.value)
    return value, float(high - low) + float(mention.quantity.step) + abs(value) * 1e-9


def _makes(reading: Sequence[Mention], total: Mention, found: Breakdown) -> bool:
    """Within what rounding half up explains: 89.97 is not 30＋30＋29.99. Figures all in whole 万元 are off by one."""
    finest = min(m.quantity.step for m in (total, *found.parts))
    figures = intervals.evened([total.quantity, *(m.quantity for m in reading)], finest)
    whole, exact = intervals.of(figures[0]), sum((q.value for q in figures[1:]), Decimal(0))
    if figures[0].what is What.MONEY and all(q.step == 1 and not q.rough for q in figures):
        return whole.meets(intervals.Interval(exact - _HALF, exact + _HALF))
    return whole.overlaps(intervals.total(figures[1:]))


def _readings(parts: tuple[Mention, ...], found: Breakdown) -> Iterator[tuple[Mention, ...]]:
    yield parts
    for place, group in found.inner:
        for cut in range(1, len(group)):
            yield (*parts[:place], *group[cut:], *parts[place:])
    grown = parts
    for more in found.later:
        grown = (*grown, more)
        yield grown
    if not found.mark:  # a total behind its parts may take in what stands before
        grown = parts
        for more in reversed(found.later):
            grown = (more, *grown)
            yield grown
            yield (more, *parts[1:])
    if not found.mark and len(outer := _less_inner(parts)) < len(parts):
        yield outer
    given = tuple(p for p in parts if p.quantity.value)
    if found.mark and len(given) <= _MOST_TRIED and not found.inside:
        for size in range(2, len(given)):
            yield from combinations(given, size)
    elif len(given) > 2:  # noqa: PLR2004 - a sum has two parts
        yield from (given[:end] for end in range(2, len(given)))
        yield from (given[start:] for start in range(1, len(given) - 1))


def _less_inner(parts: tuple[Mention, ...]) -> tuple[Mention, ...]:
    """A、B，其中 b1、b2、C: without those that make the part right before them."""
    kept: list[Mention] = []
    place = 0
    while place < len(parts):
        kept.append(parts[place])
        sums_of = accumulate(m.quantity.value for m in parts[place + 1 :])
        inner = next((n for n, summed in enumerate(sums_of, 1) if n > 1 and summed == kept[-1].quantity.value), 0)
        place += 1 + inner
    return tuple(kept)


def _elsewhere_stated(found: Breakdown, report: Report) -> bool:
    """The total stands in another paragraph, and the parts make another figure of the report: they are that one's."""
    parts = [p.quantity for p in found.parts]
    if found.total.paragraph == found.parts[0].paragraph or parts[0].what is not What.MONEY:
        return False
    return bool(report.amounts_near(sum((q.value for q in parts), Decimal(0)), CENT))


def _finding(rule: str, severity: Severity, found: Breakdown) -> ProseFinding:
    total, parts = found.total.quantity, [p.quantity for p in found.parts]
    unit = "分" if total.what is What.SCORE else total.unit
    sides = Sides(total.value, sum((q.value for q in parts), Decimal(0)), CENT, unit)
    listed = "＋".join(q.text for q in parts)
    told = "超过了合计" if sides.right > sides.left else "少于合计"
    own = sides.as_written([total, *parts])
    fact = f"合计 {total.text}，列出的 {listed}＝{own.shown(own.right)} {own.unit}，分项{told}，{gap_text(own)}"
    partial = sides.right < sides.left and severity is not Severity.ERROR
    action = "请核对合计和各分项" + ("；只列了一部分的，请写明“主要”或“等”" if partial else "")
    quoted = quote(found.passage.printed, [total, *_inside(found, parts)])
    return ProseFinding(rule, severity, found.passage.paragraph, quoted, fact, f"{action}。", sides)


def _inside(found: Breakdown, parts: list[Quantity]) -> list[Quantity]:
    """The figures that stand in the total's own paragraph."""
    own = {m.quantity for m in found.passage.mentions}
    return [q for q in parts if q in own]
