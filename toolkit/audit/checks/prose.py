"""The staff's prose against the tables (表文一致): D64, D65, D79, and the checks of `proofread` on its texts.

Every filled text of the workbook is read as a report of its own scope; a finding points at the text's cell.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from toolkit.audit.checks.context import Answer, failed, finding_at, passed, unchecked
from toolkit.audit.checks.walks import text_cells
from toolkit.audit.prose.checks import (
    check_growth,
    check_lists,
    check_rates,
    check_repeats,
    check_residue,
    check_totals,
    scores,
    stated_grade,
)
from toolkit.audit.prose.reading import Paragraph, Report, What, quote
from toolkit.core.findings import CellRef, Finding
from toolkit.core.light import dataclass, replace
from toolkit.core.money import grouped, plain, round_half_up
from toolkit.core.patterns import compiled, late
from toolkit.pack import Topic, prose_settings

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator, Mapping

    from toolkit.audit.checks.context import Audit
    from toolkit.audit.prose.reading import Claim, Judged, ProseFinding, Quantity, Sentence
    from toolkit.pack import ProseSettings, Rule
    from toolkit.unit import Figures

    Check = Callable[[Report], Iterator[Judged]]


_DIGIT = late(r"\d")

_RATE = r"(?:率|满意度)(?:为|达到|达|是|提高到|下降到)?\d{1,3}(?:\.\d+)?(?![\d.]|\s*(?:%|％|‰|个百分点|分|至|[-—~～]))"

_YEAR = r"20\d\d年"

_LEAST_SHORT = 3  # of a name less its counter, right behind the beginning of a clause or what was done

_MONEY = (
    r"(?:支出|收入|经费|资金|预算|决算)(?:总额|合计|共计)?(?:为|达到|达)?"
    r"\d+(?:\.\d+)?(?![\d.,]|\s*(?:万|亿|千|百|元|%|％|年|月|项|个|笔|批|次|类|份))"
)

# What is found everywhere first, then with its name: a search that begins with any sign takes three times as long.
_UNSIGNED = (
    (late(_RATE), late(rf"[\u4e00-\u9fff]{{0,6}}{_RATE}"), "百分号"),
    (late(_MONEY), late(rf"[\u4e00-\u9fff]{{0,4}}{_MONEY}"), "金额单位"),
)


@dataclass(frozen=True, slots=True)
class Telling:
    """How texts speak of an indicator, in the pack's words.

    Attributes:
        aims: the figure is none of this year's results.
        verb: what may stand between an indicator's name and its figure.
        aimed: what makes the figure an aim.
        other_time: the figure is another year's, or compared with one.
        opens: what an indicator's name may follow upon.
        counter: 业务培训人次 is told as 开展业务培训 540 人次; deed: 服务点接入数 as 接入服务点 16 个.
        planned: the figure is the plan, and the next one, behind `done`, is what became of it.
        apart: how far the result is from the target, behind the result or in the reason of its row.
        share: how much of the target was done.
        clause: what the words in front of a figure begin behind.
        times: a unit of time → the one that it is the same as; 工作日 is told as 天.
    """

    aims: re.Pattern[str]
    verb: re.Pattern[str]
    aimed: re.Pattern[str]
    other_time: re.Pattern[str]
    opens: re.Pattern[str]
    counter: re.Pattern[str]
    deed: re.Pattern[str]
    planned: re.Pattern[str]
    done: re.Pattern[str]
    apart: re.Pattern[str]
    share: re.Pattern[str]
    clause: re.Pattern[str]
    times: Mapping[str, str]

    @classmethod
    def of(cls, settings: ProseSettings) -> Telling:
        """From the word lists of `[proofread]`."""

        def any_of(name: str) -> str:
            return f"(?:{settings.either(name)})"

        bound, deeds, plan, how = map(any_of, ("bound_words", "telling_deeds", "plan_words", "telling_how"))
        verbs = any_of("telling_verbs")
        apart = rf"{any_of('against_words')}?{plan}{any_of('apart_words')}了?{verbs}?"
        return cls(
            aims=compiled(f"{any_of('aim_words')}|{_YEAR}"),
            verb=compiled(rf"{any_of('telling_when')}?{how}?{verbs}?{bound}?\s*$"),
            aimed=compiled(rf"{bound}\s*$"),
            other_time=compiled(f"{any_of('other_times')}|{_YEAR}"),
            opens=compiled(rf"(?:^|[，。、；：:,;\s“”（(]|{any_of('telling_opens')}|{deeds})$"),
            counter=compiled(rf"{any_of('telling_counts')}$"),
            deed=compiled(rf"{deeds}$"),
            planned=compiled(rf"{plan}为?\s*$"),
            done=compiled(rf"^{any_of('telling_done')}{verbs}?了?\s*$"),
            apart=compiled(rf"^(?:{apart}|{any_of('beyond_words')}{plan})\s*$"),
            share=compiled(rf"^{how}?{plan}?{any_of('done_rates')}{how}?{verbs}?\s*$"),
            clause=compiled(rf"[，。、；：:,;\s“”（(]|{any_of('telling_opens')}|{any_of('telling_when')}"),
            times=settings.times,
        )

    def short_names(self, name: str) -> Iterator[str]:
        """What people say for an indicator in a sentence; names so short that they may mean anything are left out."""
        short = self.counter.sub("", name)
        yield from (one for one in (short, self.deed.sub("", short)) if one != name and len(one) >= _LEAST_SHORT)


@lru_cache(maxsize=16)
def telling_of(settings: ProseSettings) -> Telling:
    """How the texts of a pack speak, put together once."""
    return Telling.of(settings)


@dataclass(frozen=True, slots=True)
class Prose:
    """The texts of one scope as a report (一处的文字), and the cell of each paragraph."""

    report: Report
    cells: Mapping[int, CellRef]
    project: str

    def place(self, paragraph: int) -> CellRef:
        """The cell of a paragraph; the first text for findings on all of them."""
        return self.cells.get(paragraph) or next(iter(self.cells.values()))


def prose_of(figures: Figures, context: Audit, *, planned: bool = True) -> Prose:
    """The texts of a scope; `planned` False leaves out what was only aimed at. The checks of one unit share it."""
    return context.memo.once(("prose", figures, planned), lambda: _prose(figures, context, planned=planned))


def _prose(figures: Figures, context: Audit, *, planned: bool) -> Prose:
    if not planned:
        whole, aims = prose_of(figures, context), planned_cells(figures)
        return replace(whole, report=whole.report.without({n for n, ref in whole.cells.items() if ref in aims}))
    cells: dict[int, CellRef] = {}
    paragraphs: list[Paragraph] = []
    for cell in text_cells(figures):
        for line in str(cell.value).splitlines():
            if line.strip():
                number = len(paragraphs) + 1
                paragraphs.append(Paragraph(number, line.strip()))
                cells[number] = cell.ref
    report = Report(tuple(paragraphs), prose_settings(context.pack), context.pack.year, context.unit.unit_name)
    return Prose(report, cells, context.project(figures))


def planned_cells(figures: Figures) -> set[CellRef]:
    """The cells of a scope that tell what was aimed at."""
    section = figures.section
    tables = ((t.name, t.roles.planned) for t in section.space.tables.values())
    fields = {section.cell(n).ref for n in section.roles.planned}
    return fields | {c.ref for table, column in tables for c in section.column(table, column)}


def cells_of_other_years(figures: Figures, context: Audit) -> set[CellRef]:
    """The cells of rows that are of another year: its aims are no figures of this one."""
    tables, year = figures.section.space.tables.values(), str(context.pack.year)
    rows = (row for table in tables if table.roles.year for row in figures.section.rows(table.name))
    return {c.ref for row in rows if not row.text(row.roles.year).startswith(year) for c in row.cells.values()}


def _proofread(
    rule: Rule, context: Audit, checks: tuple[Check, ...], topics: tuple[Topic, ...], reason: str
) -> Iterator[Answer]:
    """Checks of `proofread` on every scope; what is about `topics` counts, under this rule's id."""
    answered = False
    sums = (s.rule for s in prose_settings(context.pack).sums) if Topic.FIGURES in topics else ()
    wanted = {*topics, *sums}
    for figures in context.figures.all:
        prose = prose_of(figures, context)
        if not prose.report.paragraphs:
            continue
        for judged in (j for check in checks for j in check(prose.report)):
            if judged.rule not in wanted:
                continue
            answered = True
            yield failed(_as_finding(rule, judged.finding, prose)) if judged.finding else passed()
    if not answered:
        yield unchecked(reason)


def _as_finding(rule: Rule, found: ProseFinding, prose: Prose) -> Finding:
    ref, sides = prose.place(found.paragraph), found.sides
    severity = max(found.severity, rule.severity, key=lambda s: s.rank)
    quoted = f"“{found.quote}”，" if found.quote else ""
    return Finding(
        rule.id,
        severity,
        (ref,),
        f"{ref}{prose.project}：{quoted}{found.fact}。{found.action}[{rule.id}]",
        sides.left if sides else None,
        sides.right if sides else None,
        sides.gap if sides else None,
        sides.tolerance if sides else None,
    )


def named_figures_agree(rule: Rule, context: Audit) -> Iterator[Answer]:
    """D64: a figure that the text names (基本支出 1645.26 万元) is that of the table."""
    prose = prose_of(context.figures.book, context, planned=False)
    answered = False
    for claim in prose.report.claims:
        cells = _cells_of(claim, context)
        values = {n: v for n in cells if (v := context.figures.book.filed.number(n)) is not None}
        if not values:
            continue
        answered = True
        allowed = max(rule.tolerance, claim.quantity.step / 2) if not claim.concept.counts else Decimal(0)
        if any(abs(v - claim.quantity.value) <= allowed for v in values.values()):
            yield passed()
        else:
            yield failed(_differs(rule, claim, next(iter(values)), prose, context))
        for differs in (_change_differs, _rate_differs):
            if wrong := differs(rule, claim, prose, context):
                yield failed(wrong)
    if not answered:
        yield unchecked("文字里没有点名写出表内的数")


def changes_told(prose: Prose, context: Audit) -> set[int]:
    """The amounts (by identity) that say how a named figure moved, where the table has both years."""
    before = context.unit.book.roles.last_year
    told = [_change_told(claim, prose.report) for claim in prose.report.claims if claim.concept.cell in before]
    return {id(found[0]) for found in told if found}


def _change_differs(rule: Rule, claim: Claim, prose: Prose, context: Audit) -> Finding | None:
    """比上年减少 0.9 万元 behind a named figure: what the two years of the table give."""
    book, now = context.unit.book, claim.concept.cell
    before = book.roles.last_year.get(now)
    numbers = [context.figures.book.filed.number(n) for n in (now, before) if n]
    told = _change_told(claim, prose.report)
    if claim.basis or claim.scope or claim.year not in {None, context.pack.year} or told is None or before is None:
        return None
    this_year, last_year = numbers
    if this_year is None or last_year is None:
        return None
    quantity, rises = told
    moved = this_year - last_year
    gap = abs(moved - (quantity.value if rises else -quantity.value))
    if gap <= max(rule.tolerance, quantity.step / 2):
        return None
    ref, refs = prose.place(claim.sentence.paragraph), (book.fields[now].ref, book.fields[before].ref)
    unit = quantity.unit or context.pack.unit
    fact = (
        f"“{quote(claim.sentence.printed, [quantity], 40)}”，{claim.concept.name}比上年的增减写的是 {quantity.text}，"
        f"按表内两年数应为{'增加' if moved > 0 else '减少'} {grouped(abs(moved))}{unit}（{refs[0]}、{refs[1]}）"
    )
    text = f"{ref}：{fact}。{rule.action}[{rule.id}]"
    return Finding(rule.id, rule.severity, (ref, *refs), text, quantity.value, abs(moved), gap, rule.tolerance)


def _rate_differs(rule: Rule, claim: Claim, prose: Prose, context: Audit) -> Finding | None:
    """下降 11.39% behind a named figure or its change against last year: what the two years of the table give."""
    book, now = context.unit.book, claim.concept.cell
    before, told = book.roles.last_year.get(now), _rate_told(claim, prose.report)
    numbers = [context.figures.book.filed.number(n) for n in (now, before) if n]
    if claim.basis or claim.scope or claim.year not in {None, context.pack.year} or told is None or before is None:
        return None
    this_year, last_year = numbers
    if this_year is None or not last_year:
        return None
    quantity, rises = told
    moved = (this_year - last_year) / last_year * 100
    gap = abs(moved - (quantity.value if rises else -quantity.value))
    if gap <= quantity.step / 2:
        return None
    ref, refs = prose.place(claim.sentence.paragraph), (book.fields[now].ref, book.fields[before].ref)
    fact = (
        f"“{quote(claim.sentence.printed, [quantity], 40)}”，{claim.concept.name}比上年的变动写的是 {quantity.text}，"
        f"按表内两年数应为{'增长' if moved > 0 else '下降'} {plain(round_half_up(abs(moved), 2))}%"
        f"（{refs[0]}、{refs[1]}）"
    )
    text = f"{ref}：{fact}。{rule.action}[{rule.id}]"
    return Finding(rule.id, rule.severity, (ref, *refs), text)


def _rate_told(claim: Claim, report: Report) -> tuple[Quantity, bool] | None:
    """The percentage right behind a named figure, or right behind the amount by which it moved against last year."""
    moved, before = _change_told(claim, report), claim.quantity
    for quantity in (q for q in claim.sentence.quantities if q.start > claim.quantity.start):
        head = claim.sentence.head(quantity)
        found = _MOVED.search(head) or (_RATE_BEHIND.fullmatch(head) if moved and before is moved[0] else None)
        if quantity.what is What.PERCENT and found:
            return (quantity, found["way"] in _UP) if not quantity.rough else None
        if moved is None or quantity is not moved[0]:
            return None
        before = quantity
    return None


def _change_told(claim: Claim, report: Report) -> tuple[Quantity, bool] | None:
    """The first amount behind a named figure that says how it moved against last year, and whether it rose."""
    named = {id(other.quantity) for other in report.claims} - {id(claim.quantity)}
    for quantity in claim.sentence.quantities:
        if quantity.start <= claim.quantity.start or quantity.what is not What.MONEY:
            continue
        if id(quantity) in named:
            return None
        if found := _MOVED.search(claim.sentence.head(quantity)):
            return (quantity, found["way"] in _UP) if not quantity.rough else None
    return None


def _cells_of(claim: Claim, context: Audit) -> tuple[str, ...]:
    """The names of the workbook that a claim may repeat; none for other years, other money or unknown budgets."""
    concept, year = claim.concept, claim.year
    known = context.unit.book.fields
    names: tuple[str, ...] = ()
    if claim.scope or (year is not None and year not in {context.pack.year, context.pack.year - 1}):
        return ()
    if claim.basis:
        names = (concept.budget,) if concept.budget and year == context.pack.year else ()
    elif year == context.pack.year - 1:
        before = context.unit.book.roles.last_year.get(concept.cell)
        names = (before,) if before else ()
    else:
        names = (concept.cell, *concept.also)
    return tuple(n for n in names if n in known)


def _differs(rule: Rule, claim: Claim, name: str, prose: Prose, context: Audit) -> Finding:
    ref, cell = prose.place(claim.sentence.paragraph), context.unit.book.fields[name]
    value = context.figures.book.filed.number(name) or Decimal(0)
    unit = claim.quantity.unit or context.pack.unit
    gap = abs(value - claim.quantity.value)
    fact = (
        f"“{quote(claim.sentence.printed, [claim.quantity], 40)}”，{claim.concept.name}写的是 {claim.quantity.text}，"
        f"应等于{context.label(name)} {grouped(value)}{unit}（{cell.ref}），相差 {grouped(gap)}{unit}"
        f"（允许相差 {plain(rule.tolerance)}）"
    )
    text = f"{ref}：{fact}。{rule.action}[{rule.id}]"
    refs = (ref, cell.ref)
    return Finding(rule.id, rule.severity, refs, text, claim.quantity.value, value, gap, rule.tolerance)


def score_in_text_agrees(rule: Rule, context: Audit) -> Iterator[Answer]:
    """D65: 自评得分 and 等级 in the text are those of the table."""
    view, answered = context.figures.book.filed, False
    prose = prose_of(context.figures.book, context, planned=False)
    roles = view.space.roles
    total, grade = view.number(roles.total), view.content(roles.grade)
    for sentence, quantity in scores(prose.report):
        if total is None:
            continue
        answered = True
        ref = prose.place(sentence.paragraph)
        wrong = _score_differs(sentence, quantity, total, str(grade or ""), prose.report)
        yield failed(finding_at(rule, ref, wrong)) if wrong else passed()
    if not answered:
        yield unchecked("文字里没有写自评得分，或表里没有总分")


def _score_differs(sentence: Sentence, quantity: Quantity, total: Decimal, grade: str, report: Report) -> str:
    shown = round_half_up(total, 2)
    if abs(quantity.value - total) > max(Decimal("0.01"), quantity.step / 2):
        return f"文字里的自评得分是 {plain(quantity.value)} 分，应等于整体自评表的总分 {plain(shown)} 分"
    stated = stated_grade(sentence, quantity, report)
    if stated and grade and stated != grade:
        return f"文字里的等级是“{stated}”，应与整体自评表的等级“{grade}”一致"
    return ""


_UP = frozenset({"增加", "增长", "上升"})

_MOVED = late(r"(?:比|较)(?:上年|去年|上一年)度?(?:决算数?)?(?P<way>增加|增长|上升|减少|下降|降低|节约)了?$")

_RATE_BEHIND = late(r"(?:同比)?(?P<way>增加|增长|上升|减少|下降|降低)了?(?:幅度)?为?")


def signs_written(rule: Rule, context: Audit) -> Iterator[Answer]:
    """D79: a rate has its %, an amount its 万元 or 元."""
    found, seen = False, False
    for figures in context.figures.all:
        for cell in text_cells(figures):
            seen = True
            text = str(cell.value)
            for bare, named, missing in _UNSIGNED if _DIGIT.search(text) else ():
                match = named.search(text) if bare.search(text) else None
                if match:
                    found = True
                    yield failed(finding_at(rule, cell.ref, f"“{match[0]}”后面没有写{missing}"))
    if not found:
        yield passed() if seen else unchecked("没有填文字")


PROSE_CHECKS: Mapping[str, Callable[[Rule, Audit], Iterator[Answer]]] = {
    "named_figures_agree": named_figures_agree,
    "score_in_text_agrees": score_in_text_agrees,
    "prose_lists": partial(
        _proofread, checks=(check_lists,), topics=(Topic.LISTS,), reason="文字里没有“几个：甲、乙、丙”这样的列举"
    ),
    "signs_written": signs_written,
    "prose_rates": partial(
        _proofread, checks=(check_rates, check_growth), topics=(Topic.RATES,), reason="文字里没有能复算的比率"
    ),
    "prose_growth": partial(
        _proofread, checks=(check_growth,), topics=(Topic.CHANGES,), reason="文字里没有能核对的增减"
    ),
    "prose_repeats": partial(
        _proofread,
        checks=(check_repeats, check_totals),
        topics=(Topic.FIGURES, Topic.STAFF, Topic.PROJECTS),
        reason="文字里没有前后两处的同一个数，也没有合计与分项",
    ),
    "prose_residue": partial(_proofread, checks=(check_residue,), topics=(Topic.RESIDUE,), reason="没有填文字"),
}
