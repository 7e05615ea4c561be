"""Indicator rows as the checks see them (指标行), and the walk over all of them."""

from __future__ import annotations

from decimal import Decimal
from functools import wraps
from typing import TYPE_CHECKING

from toolkit.audit.checks.context import Answer, unchecked
from toolkit.core.dictionary import Kind, TableRole
from toolkit.core.findings import Finding, Severity
from toolkit.core.light import dataclass
from toolkit.pack import Sign, as_number, audit_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from toolkit.audit.checks.context import Audit
    from toolkit.core.model import Cell, Row
    from toolkit.pack import Indicator, Rule, Score
    from toolkit.unit import Figures

    RowJudge = Callable[[Rule, "Line", Audit], Iterator[Answer]]
    Check = Callable[[Rule, Audit], Iterator[Answer]]

NO_ROWS = "没有填绩效指标"

_LEAST_FRACTION = Decimal("0.5")  # half a per cent of something is rare, 0.95 for 95% is not


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator row with all that the checks need."""

    row: Row
    indicator: Indicator
    score: Score
    filed: Decimal | None
    figures: Figures
    project: str
    asked: Sign | None  # what the indicator asks for, by its 性质
    reason: str = ""  # 偏差原因 as far as it gives one: not "无", not "已完成"

    @property
    def qualitative(self) -> bool:
        """Scored by its level of completion."""
        return self.asked is Sign.LEVEL

    @property
    def counts(self) -> bool:
        """It carries points, or its form gives none to any: a form without a column for them asks all the same."""
        return bool(self.indicator.weight) or not self.row.roles.weight

    @property
    def mixed_scales(self) -> bool:
        """95 against 0.953 under the unit %: one is written as a percentage, the other as a fraction."""
        target, actual = as_number(self.indicator.target), as_number(self.indicator.actual)
        if target is None or actual is None or self.indicator.unit.strip() not in {"%", "％"}:
            return False
        low, high = sorted((target, actual))
        return _LEAST_FRACTION <= low <= 1 and high >= _LEAST_FRACTION * 100

    def cell(self, column: str) -> Cell:
        """The cell of a column; for one that the form does not have, what the row is called by."""
        return self.row.cell(column or self.row.roles.name)

    def finding(
        self, rule: Rule, column: str, fact: str, severity: Severity | None = None, action: str = ""
    ) -> Finding:
        """A finding at this row's cell in `column`; `action` where the rule's own does not fit."""
        ref, what = self.cell(column).ref, action or rule.action
        message = f"{ref}{self.project}：指标“{self.indicator.name or '（未命名）'}”{fact}。{what}[{rule.id}]"
        return Finding(rule.id, severity or rule.severity, (ref,), message)


def lines(context: Audit) -> tuple[Line, ...]:
    """Every indicator row of the unit and of its project forms."""
    every = context.figures.all
    return context.memo.once("lines", lambda: tuple(line for figures in every for line in lines_of(figures, context)))


def lines_of(figures: Figures, context: Audit) -> tuple[Line, ...]:
    """The indicator rows of one scope. The checks of one unit share them."""
    return context.memo.once(("lines", figures), lambda: _lines(figures, context))


def _lines(figures: Figures, context: Audit) -> tuple[Line, ...]:
    table, given = figures.filed.space.table(TableRole.INDICATORS), figures.section.indicators
    score = table.full_name(table.roles.score)
    filed = figures.filed.column(score) if score else (None,) * len(given)
    indicators, scores, project = figures.computed.indicators, figures.computed.scores, context.project(figures)
    empty = audit_settings(context.pack).says_nothing
    return tuple(
        Line(
            row,
            one,
            score,
            known if isinstance(known, Decimal) else None,
            figures,
            project,
            one.asked(context.pack.scoring),
            one.reason if one.reason and _says_why(one.reason, empty) else "",
        )
        for row, one, score, known in zip(given, indicators, scores, filed, strict=True)
    )


def _says_why(reason: str, empty: Container[str]) -> bool:
    """A figure or a dash is no reason, and 同上 is none that could be read by itself."""
    return reason.strip("。.！! ") not in empty and any(sign.isalpha() for sign in reason)


def each_row(reason: str) -> Callable[[RowJudge], Check]:
    """Make a check of the judge of one row: the answers of all rows; without any, `reason` says what was missing."""

    def over_all(judge: RowJudge) -> Check:
        @wraps(judge)
        def check(rule: Rule, context: Audit) -> Iterator[Answer]:
            given = [answer for line in lines(context) for answer in judge(rule, line, context)]
            yield from given or [unchecked(reason if lines(context) else NO_ROWS)]

        return check

    return over_all


def money_cells(figures: Figures) -> tuple[tuple[str, Cell], ...]:
    """Every amount of one scope with its name."""
    return figures.cells(Kind.MONEY)


def text_cells(figures: Figures) -> Iterator[Cell]:
    """Every filled text of one scope, tables included; indicator rows hold labels, not sentences."""
    return (cell for _, cell in figures.cells(Kind.LONG) if not cell.blank)
