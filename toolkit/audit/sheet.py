"""The 审核 sheet line by line (审核表): which lines stand on it, and what Excel shows in each."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from toolkit.audit.judge import judge_text
from toolkit.core.findings import Severity
from toolkit.core.light import dataclass, replace
from toolkit.core.money import plain, round_half_up
from toolkit.engines.formula import ErrorValue, parse
from toolkit.engines.xlsx import address, shown_at
from toolkit.pack import rule_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from toolkit.core.dictionary import Dictionary
    from toolkit.core.model import UnitReturn
    from toolkit.engines.xlsx import Area, CellSource, Value
    from toolkit.pack import Pack, Rule, RuleText
    from toolkit.unit import UnitFigures, View


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One line of the 审核 sheet with its results, as Excel would show them."""

    rule: str
    left: Value
    right: Value
    difference: Value
    verdict: str
    state: str
    explanation: str | None
    subject: str | None
    elsewhere: bool = False  # no formula of this sheet judges the rule


def audit_rows(lines: tuple[AuditLine, ...], figures: UnitFigures, unit: UnitReturn) -> Iterator[AuditRow]:
    """The lines of the 审核 sheet, worked out."""
    told: set[str] = set()
    for line in lines:
        given = () if line.rule.id in told else (unit.explanations, unit.explained_for)
        told.add(line.rule.id)
        text, subject = (found.get(line.rule.id) for found in given) if given else (None, None)
        yield _audit_row(line, figures, text, subject)


def _audit_row(line: AuditLine, figures: UnitFigures, explanation: str | None, subject: str | None) -> AuditRow:
    if line.text is None:
        word = elsewhere(line.rule)
        return AuditRow(line.rule.id, None, None, None, word, word, explanation, subject, elsewhere=True)
    lookup = figures.book.raw
    found = judge_text(line.text, lookup, on_sheet=True)
    left, right = _sides(line, lookup)
    gap = round_half_up(abs(left - right), 6) if isinstance(left, Decimal) and isinstance(right, Decimal) else None
    state = found.verdict
    if state == "不符":
        severity = Severity.NOTICE if found.slack else line.rule.severity
        settled = explanation and severity.may_be_explained and _still_fits(line, left, right, subject)
        state = "已说明" if settled else severity.label
    return AuditRow(line.rule.id, left, right, gap, found.verdict, state, explanation, subject)


def _still_fits(line: AuditLine, left: Value, right: Value, subject: str | None) -> bool:
    """As the 状态 formula of the 审核 sheet judges it."""
    if not subject or not line.alone or not isinstance(left, Decimal) or not isinstance(right, Decimal):
        return True
    return subject == "|".join(plain(round_half_up(side, 4)) for side in (left, right))


def _sides(line: AuditLine, lookup: View) -> tuple[Value, Value]:
    """Both sides as the sheet shows them, also where a rule does not apply."""
    text = line.text
    if text is None or not text.left or parse(text.guard).evaluate(lookup) is True:
        return None, None
    left, right = (scalar(parse(f'IFERROR({side},"")').evaluate(lookup)) for side in (text.left, text.right))
    return left, right


def scalar(found: object) -> Value:
    """One value where a formula gave a whole column: #VALUE!, as in Excel."""
    return ErrorValue.VALUE if isinstance(found, tuple) else found  # type: ignore[return-value]


def audit_lines_of(unit: UnitReturn, figures: UnitFigures, pack: Pack) -> tuple[AuditRow, ...]:
    """The lines of the 审核 sheet with their results."""
    return tuple(audit_rows(audit_lines(pack.rules, pack.dictionary), figures, unit))


def lines_at(source: CellSource, rules: Area, lines: Sequence[AuditRow]) -> Iterator[tuple[int, AuditRow]]:
    """The rows of a workbook's 审核 sheet with the lines that belong there: same rule, same turn."""
    waiting: dict[str, list[AuditRow]] = {}
    for line in lines:
        waiting.setdefault(line.rule, []).append(line)
    for row in range(rules.top, rules.bottom + 1):
        of_rule = waiting.get(str(shown_at(source, rules.sheet, address(row, rules.left)) or ""))
        if of_rule:
            yield row, of_rule.pop(0)


ON_FORMS, BY_TOOL = "见项目自评表", "由工具检查"

ELSEWHERE = frozenset({ON_FORMS, BY_TOOL})


def verdict_text(text: RuleText, broken: str = "不符") -> str:
    """通过 / 不符 / 未检查 / 不适用 as one Excel formula over names; `broken` is the word for 不符."""
    held = f'IF({text.test},"通过","{broken}")'
    placed = f'IF({text.unplaced},"未检查",{held})' if text.unplaced else held
    judged = f'IFERROR({placed},"未检查")'
    applies = f'IF({text.when},{judged},"不适用")' if text.when else judged
    return f'IF({text.guard},"未检查",{applies})'


def elsewhere(rule: Rule) -> str:
    """What the 审核 sheet says of a rule that it does not judge itself."""
    return ON_FORMS if rule.formula and rule.form else BY_TOOL


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One line of the 审核 sheet: a rule judged live by its formula, or left to the toolkit (`text` None)."""

    rule: Rule
    text: RuleText | None
    alone: bool = True  # no other line of this sheet judges a rule of this id


def audit_lines(rules: tuple[Rule, ...], dictionary: Dictionary) -> tuple[AuditLine, ...]:
    """The lines of the 审核 sheet in order; rules that share id and title take one line."""
    lines: list[AuditLine] = []
    seen: set[tuple[str, str]] = set()
    for rule in rules:
        if rule.formula and not rule.form:
            lines.append(AuditLine(rule, rule_text(rule, dictionary)))
        elif (rule.id, rule.title) not in seen:
            lines.append(AuditLine(rule, None))
        seen.add((rule.id, rule.title))
    counts = Counter(line.rule.id for line in lines if line.text)
    return tuple(replace(line, alone=counts[line.rule.id] == 1) for line in lines)
