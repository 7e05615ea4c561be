"""审核 audit: every rule of the pack is judged, and answers 通过, 不符 or 未检查 with its reason.

Formula rules are judged on the figures as filed, by the very texts that stand live on the 审核 sheet.
Check functions (`audit_checks`) give the same kind of answers.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from toolkit.audit_answers import Answer, Audit, failed, passed, unchecked
from toolkit.audit_checks import CHECKS
from toolkit.audit_messages import Sides, compose, compose_fact
from toolkit.explanations import settled
from toolkit.findings import AuditResult, NotChecked, Severity, sort_findings
from toolkit.formula import ErrorValue, parse
from toolkit.rule_text import rule_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from toolkit.compute import Figures, UnitFigures
    from toolkit.findings import Finding
    from toolkit.formula import Scalar, Value
    from toolkit.model import UnitReturn
    from toolkit.pack import Pack
    from toolkit.rule_text import RuleText
    from toolkit.rules import Rule

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
    for finding in context.workbook_findings(told):
        answers.setdefault(finding.rule, []).append(failed(finding))
    return _collect(answers, unit)


def _collect(answers: dict[str, list[Answer]], unit: UnitReturn) -> AuditResult:
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
    return AuditResult(sort_findings(findings), tuple(good), tuple(open_ones))


def _formula_rule(rule: Rule, context: Audit) -> Iterator[Answer]:
    scopes = context.figures.forms if rule.form else (context.figures.book,)
    if rule.form and not scopes:
        yield unchecked("没有填报项目自评表")
    for figures in scopes:
        if rule.each:
            yield from _each_row(rule, figures, context)
        else:
            yield _judged(rule, figures, context)


def _judged(rule: Rule, figures: Figures, context: Audit) -> Answer:
    text = rule_text(rule, context.pack.dictionary)
    result = judge(text, figures.filed)
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


def judge(text: RuleText, lookup: Callable[[str], Value]) -> Judgement:
    """Judge the texts of a rule on the values that `lookup` gives. Same words as the 审核 sheet."""
    if _evaluate(text.guard, lookup) is True:
        return Judgement("未检查")
    if text.when and _evaluate(text.when, lookup) is not True:
        return Judgement("不适用")
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
    """Row by row; only complete rows are judged."""
    table = str(rule.each)
    columns = _columns_of(rule, figures)
    judged = 0
    for index in range(len(figures.section.rows(table))):

        def lookup(name: str, index: int = index) -> Value:
            return columns[name][index] if name in columns else figures.filed(name)

        if not all(isinstance(lookup(n), Decimal) for n in rule.needs or ()):
            continue
        judged += 1
        held = _evaluate(str(rule.formula), lookup)
        yield passed() if held is True else failed(compose_fact(rule, figures, context, index))
    if not judged:
        yield unchecked(f"{table}没有数据齐全的行")


def _columns_of(rule: Rule, figures: Figures) -> dict[str, tuple[Scalar, ...]]:
    """The columns of the rule's own table, which a row-by-row formula takes one cell at a time."""
    names = {*(rule.needs or ()), *parse(str(rule.formula)).names}
    tables = {name: figures.filed.space.split(name) for name in names}
    return {name: figures.filed.column(name) for name, parts in tables.items() if parts and parts[0] == rule.each}
