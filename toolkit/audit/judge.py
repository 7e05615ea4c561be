"""审核 audit: every rule of the pack is judged, and answers 通过, 不符 or 未检查 with its reason.

Formula rules are judged on the figures as filed, by the very texts that stand live on the 审核 sheet.
Check functions (`checks/`) give the same kind of answers. What a formula rule finds is told in one sentence (审核意见):
place, fact, expected, difference, what to do, id.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from toolkit.audit.checks import CHECKS, Answer, Audit, failed, passed, unchecked, unjudged_rows
from toolkit.audit.completeness import completeness
from toolkit.audit.explanations import settled
from toolkit.core.dictionary import Kind
from toolkit.core.findings import AuditResult, CellRef, Finding, NotChecked, Severity, sort_findings
from toolkit.core.light import dataclass, replace
from toolkit.core.model import row_name
from toolkit.core.money import MONEY_UNITS, figure, plain, round_half_up
from toolkit.core.patterns import late
from toolkit.engines.formula import ErrorValue, parse, to_logical
from toolkit.pack import Pack, row_texts, rule_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from toolkit.core.findings import Completeness
    from toolkit.core.model import UnitReturn
    from toolkit.engines.formula import Scalar, Value
    from toolkit.pack import RowTexts, Rule, RuleText
    from toolkit.unit import Figures, UnitFigures

_SHOWN_LABELS = 4


class Judgement(NamedTuple):
    """A formula rule on one set of values: its verdict word and, where it is 不符, the two sides."""

    verdict: str
    left: Scalar = None
    right: Scalar = None
    slack: bool = False


def audit(
    unit: UnitReturn,
    figures: UnitFigures,
    pack: Pack,
    last_year: UnitReturn | None = None,
    *,
    publishing: bool = False,
) -> AuditResult:
    """Judge every rule of the pack; `last_year` is the same unit's return of the year before, for B39.

    `publishing` asks for a public edition, so that D78 is judged too.
    """
    context = Audit(unit, figures, pack, last_year, publishing)
    answers: dict[str, list[Answer]] = {}
    for rule in pack.rules:
        found = CHECKS[rule.check](rule, context) if rule.check else _formula_rule(rule, context)
        answers.setdefault(rule.id, []).extend(found)
    told = {cell for given in answers.values() for a in given if a.finding for cell in a.finding.cells}
    for finding in chain(context.workbook_findings(told), unjudged_rows(context)):
        answers.setdefault(finding.rule, []).append(failed(finding))
    result = _collect(answers, unit, completeness(context))
    if not result.findings:
        return result
    from toolkit.audit.clues import clued, with_causes  # a sound return has no need of it

    return replace(result, findings=tuple(clued(with_causes(result.findings, context), context, _verdict_of(context))))


def _verdict_of(context: Audit) -> Callable[[Rule, Figures], str]:
    return lambda rule, figures: judge_text(rule_text(rule, context.pack.dictionary), figures.filed.lookup).verdict


def _collect(answers: dict[str, list[Answer]], unit: UnitReturn, complete: Completeness) -> AuditResult:
    findings: list[Finding] = []
    good, open_ones = [], []
    for rule, given in sorted(answers.items()):
        found = [a.finding for a in given if a.finding]
        findings += settled(found, unit)
        if not found and any(a.checked for a in given):
            good.append(rule)
        elif not found:
            reasons = dict.fromkeys(a.reason for a in given if a.reason)
            open_ones.append(NotChecked(rule, "；".join(reasons) or "没有可检查的数据"))
    return AuditResult(sort_findings(findings), tuple(good), tuple(open_ones), complete)


def _formula_rule(rule: Rule, context: Audit) -> Iterator[Answer]:
    scopes = context.figures.of(rule.form)
    if rule.form and not scopes:
        yield unchecked(f"没有填报{context.pack.form_sheets.get(rule.form, rule.form)}")
    for figures in scopes:
        if rule.each:
            yield from _each_row(rule, figures, context)
        else:
            yield _judged(rule, figures, context)


def _judged(rule: Rule, figures: Figures, context: Audit) -> Answer:
    text = rule_text(rule, context.pack.dictionary)
    result = judge_text(text, figures.filed.lookup)
    if result.verdict == "通过":
        return passed()
    if result.verdict == "未检查":
        return unchecked(_missing(text, figures, context))
    if result.verdict == "不适用":
        return unchecked(f"不适用：{rule.title}")
    if not text.left:
        return failed(compose_fact(rule, figures, context))
    severity = Severity.NOTICE if result.slack else rule.severity
    return failed(compose(rule, text, Sides(result.left, result.right, severity), figures, context))


def judge_text(text: RuleText, lookup: Callable[[str], Value], *, on_sheet: bool = False) -> Judgement:
    """Judge the texts of a rule on the values that `lookup` gives. Same words as the 审核 sheet.

    `on_sheet` judges as that sheet does, which does not know whose a figure is that has no word beside it.
    """
    if _evaluate(text.guard, lookup) is True:
        return Judgement("未检查")
    if text.when and _evaluate(text.when, lookup) is not True:
        return Judgement("不适用")
    if on_sheet and text.unplaced and _evaluate(text.unplaced, lookup) is True:
        return Judgement("未检查")
    held = _evaluate(text.test, lookup)
    if isinstance(held, ErrorValue):
        return Judgement("未检查")
    if held:
        return Judgement("通过")
    left = _evaluate(text.left, lookup) if text.left else None
    right = _evaluate(text.right, lookup) if text.left else None
    return Judgement("不符", left, right, _within_slack(text, left, right, lookup))


def _within_slack(text: RuleText, left: Scalar, right: Scalar, lookup: Callable[[str], Value]) -> bool:
    if not text.slack or not isinstance(left, Decimal) or not isinstance(right, Decimal):
        return False
    allowed = _evaluate(text.slack, lookup)
    return isinstance(allowed, Decimal) and abs(left - right) <= allowed


def _evaluate(text: str, lookup: Callable[[str], Value]) -> Scalar:
    found = parse(text).evaluate(lookup)
    return ErrorValue.VALUE if isinstance(found, tuple) else found


def _missing(text: RuleText, figures: Figures, context: Audit) -> str:
    """Which of the asked-for names are blank, in the words of the form."""
    for group in text.missing:
        blank = [
            n
            for n in group
            if not any(isinstance(v, Decimal) or (isinstance(v, str) and v) for v in figures.filed.column(n))
        ]
        if len(blank) == len(group):
            return f"{_sheet_of(blank[0], figures)}{_listed([context.label(n) for n in blank])}没有填"
    return "数据不是数字，算不出结果"


def _sheet_of(name: str, figures: Figures) -> str:
    cell = figures.section.fields.get(name)
    return f"「{cell.ref.sheet}」" if cell else ""


def _listed(labels: list[str]) -> str:
    return "、".join(labels[:_SHOWN_LABELS]) + ("等" if len(labels) > _SHOWN_LABELS else "")


def _each_row(rule: Rule, figures: Figures, context: Audit) -> Iterator[Answer]:
    """Row by row; only complete rows are judged, by the texts that the 审核 sheet spreads over the columns."""
    table, texts = str(rule.each), row_texts(rule, context.pack.dictionary)
    answers = []
    complete = False
    for index in range(len(figures.section.rows(table))):
        verdict = judge_row(texts, figures.filed.row_lookup(table, index))
        complete = complete or verdict != "未检查"
        if verdict == "通过":
            answers.append(passed())
        elif verdict == "不符":
            answers.append(failed(compose_fact(rule, figures, context, index)))
    if not answers:
        yield unchecked(f"不适用：{rule.title}" if complete else f"{table}没有数据齐全的行")
    yield from answers


def judge_row(texts: RowTexts, lookup: Callable[[str], Value]) -> str:
    """The verdict of a row-by-row rule on one row."""
    if to_logical(_evaluate(texts.complete, lookup)) is not True:
        return "未检查"
    if texts.when and to_logical(_evaluate(texts.when, lookup)) is not True:
        return "不适用"
    held = to_logical(_evaluate(texts.held, lookup))
    if isinstance(held, ErrorValue):
        return "未检查"
    return "通过" if held else "不符"


_RELATION = {"=": "应等于", "<=": "应不大于", ">=": "应不小于"}

_SHOWN_CELLS = 5

_HOLE = late(r"\{([^}]+)\}")


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides of a failed comparison (两侧), and how bad the gap is."""

    left: Scalar
    right: Scalar
    severity: Severity


def compose(rule: Rule, text: RuleText, sides: Sides, figures: Figures, context: Audit) -> Finding:
    """The finding of a failed comparison; figures of both sides, difference and all cells."""
    left_cells = tuple(_cells(_printed_first(parse(text.left).names, sides.left, figures), figures))
    right_cells = tuple(c for c in _cells(parse(text.right).names, figures) if c not in left_cells)
    cells = left_cells + right_cells
    left, right = sides.left, sides.right
    gap = abs(left - right) if isinstance(left, Decimal) and isinstance(right, Decimal) else None
    beside = _beside(right_cells, cells)
    fact = f"{rule.left} {shown(left, rule)}，{_RELATION[text.operator]}{rule.right} {shown(right, rule)}{beside}"
    if gap is not None:
        fact += f"，相差 {_difference(gap, rule)}{_tolerance(rule)}"
    remark = "差额可由四舍五入的尾差解释，请确认。" if sides.severity is not rule.severity else rule.action
    message = f"{_place(cells)}{context.project(figures)}：{fact}。{remark}[{rule.id}]"
    return Finding(rule.id, sides.severity, cells, message, _number(left), _number(right), gap, rule.tolerance)


def _printed_first(names: tuple[str, ...], printed: Scalar, figures: Figures) -> tuple[str, ...]:
    """The name whose value the sentence prints goes first: that cell is the one to jump to."""
    return tuple(sorted(names, key=lambda name: printed is None or figures.filed(name) != printed))


def compose_fact(rule: Rule, figures: Figures, context: Audit, index: int | None = None) -> Finding:
    """The finding of a rule that is no comparison, told by the rule's own `fact` sentence."""
    names = rule.places or rule.needs or parse(str(rule.formula)).names
    told_first = [m for m in _HOLE.findall(rule.fact) if m in names]
    names = tuple(dict.fromkeys([*told_first[:1], *names]))
    spot = None if index is None else (str(rule.each), index)
    cells = tuple(_cells(names, figures, spot))
    row = _row_label(rule, figures, index)
    told = _HOLE.sub(lambda m: _value(m[1], figures, spot), rule.fact)
    fact = told or (_row_sides(rule, figures, index, context) if index is not None else "")
    return Finding(
        rule.id,
        rule.severity,
        cells,
        f"{_place(cells)}{context.project(figures)}：{row}{fact}。{rule.action}[{rule.id}]",
    )


def _row_sides(rule: Rule, figures: Figures, index: int, context: Audit) -> str:
    """What a row compares, where the rule has words for both sides and no sentence of its own."""
    texts = row_texts(rule, context.pack.dictionary)
    if not texts.left:
        return rule.title
    lookup = figures.filed.row_lookup(str(rule.each), index)
    left, right = (_scalar(parse(side).evaluate(lookup)) for side in (texts.left, texts.right))
    fact = f"{rule.left} {shown(left, rule)}，{_RELATION[texts.operator]}{rule.right} {shown(right, rule)}"
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        fact += f"，相差 {_difference(abs(left - right), rule)}{_tolerance(rule)}"
    return fact


def _scalar(value: Value) -> Scalar:
    return None if isinstance(value, tuple) else value


def _beside(right: tuple[CellRef, ...], cells: tuple[CellRef, ...]) -> str:
    if not right:
        return ""
    more = "等" if len(right) > _SHOWN_CELLS else ""
    return f"（{'、'.join(_short(c, cells[0]) for c in right[:_SHOWN_CELLS])}{more}）"


def _place(cells: tuple[CellRef, ...]) -> str:
    return str(cells[0]) if cells else ""


def _short(cell: CellRef, first: CellRef) -> str:
    return cell.address if cell.sheet == first.sheet else str(cell)


def _cells(names: tuple[str, ...], figures: Figures, spot: tuple[str, int] | None = None) -> Iterator[CellRef]:
    """The places of names: a single cell, the cell of the row at `spot`, or a column as one range."""
    for name in names:
        section = figures.section
        parts = figures.filed.space.split(name)
        if parts and spot and parts[0] == spot[0]:
            yield section.rows(parts[0])[spot[1]].cells[parts[1]].ref
        elif parts:
            refs = [c.ref for c in section.column(*parts)]
            if refs:
                last = refs[-1].address
                yield CellRef(refs[0].sheet, refs[0].address if len(refs) == 1 else f"{refs[0].address}:{last}")
        elif name in section.fields:
            yield section.fields[name].ref
        elif figures.filed.parent:
            yield figures.filed.parent.section.fields[name].ref


def _value(name: str, figures: Figures, spot: tuple[str, int] | None) -> str:
    parts = figures.filed.space.split(name)
    found = figures.filed.column(name)[spot[1]] if parts and spot and parts[0] == spot[0] else figures.filed(name)
    if not isinstance(found, Decimal):
        return "、".join(str(f) for f in found if f) if isinstance(found, tuple) else str(found or "")
    datum = figures.filed.space.datum(name)
    if datum and datum.kind is Kind.RATE:
        return f"{round_half_up(found * 100, 2)}%"
    return plain(found) if datum and datum.kind is Kind.COUNT else figure(found)


def _row_label(rule: Rule, figures: Figures, index: int | None) -> str:
    if index is None or rule.each is None:
        return ""
    spec = figures.section.space.tables[rule.each]
    return f"{spec.like or spec.name}“{row_name(figures.section.rows(rule.each)[index])}”"


def _number(value: Scalar) -> Decimal | None:
    return value if isinstance(value, Decimal) else None


def shown(value: Scalar, rule: Rule) -> str:
    """A figure with its unit: 2030.12 万元, 108.70%, 67 人, “优”."""
    if not isinstance(value, Decimal):
        return f"“{value}”" if value else "（空）"
    if rule.unit == "%":
        return f"{figure(value * 100)}%"
    if rule.unit in {*MONEY_UNITS, "分"}:
        return f"{figure(value)} {rule.unit}"
    return f"{plain(value)} {rule.unit}"


def _difference(gap: Decimal, rule: Rule) -> str:
    return f"{figure(gap * 100)} 个百分点" if rule.unit == "%" else shown(gap, rule)


def _tolerance(rule: Rule) -> str:
    if rule.tolerance == 0:
        return ""
    return f"（允许相差 {f'{plain(rule.tolerance * 100)} 个百分点' if rule.unit == '%' else plain(rule.tolerance)}）"


@dataclass(frozen=True, slots=True)
class Audited:
    """One unit read, computed and audited, wherever it was read from."""

    unit: UnitReturn
    figures: UnitFigures
    result: AuditResult
    pack: Pack
