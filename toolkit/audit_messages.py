"""Sentences of formula findings (审核意见): place, fact, expected, difference, what to do, id."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from toolkit.dictionary import Kind
from toolkit.findings import CellRef, Finding, Severity
from toolkit.formula import parse
from toolkit.money import plain, round_half_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.audit_answers import Audit
    from toolkit.compute import Figures
    from toolkit.formula import Scalar
    from toolkit.model import Row
    from toolkit.rule_text import RuleText
    from toolkit.rules import Rule

_RELATION = {"=": "应等于", "<=": "应不大于", ">=": "应不小于"}
_LABEL_COLUMNS = ("名称", "三级指标", "内容", "预期目标")
_SHOWN_CELLS = 5
_HOLE = re.compile(r"\{([^}]+)\}")


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides of a failed comparison (两侧), and how bad the gap is."""

    left: Scalar
    right: Scalar
    severity: Severity


def compose(rule: Rule, text: RuleText, sides: Sides, figures: Figures, context: Audit) -> Finding:
    """The finding of a failed comparison; figures of both sides, difference and all cells."""
    left_cells = tuple(_cells(parse(text.left).names, figures))
    right_cells = tuple(c for c in _cells(parse(text.right).names, figures) if c not in left_cells)
    cells = left_cells + right_cells
    left, right = sides.left, sides.right
    gap = abs(left - right) if isinstance(left, Decimal) and isinstance(right, Decimal) else None
    beside = _beside(right_cells, cells)
    fact = f"{rule.left} {shown(left, rule)}，{_RELATION[text.operator]}{rule.right} {shown(right, rule)}{beside}"
    if gap is not None:
        fact += f"，相差 {_difference(gap, rule)}{_tolerance(rule)}"
    blanks = "".join(_blank_rows(rule, figures))
    remark = "差额可由四舍五入的尾差解释，请确认。" if sides.severity is not rule.severity else rule.action
    message = f"{_place(cells)}{context.project(figures)}：{fact}。{blanks}{remark}[{rule.id}]"
    return Finding(rule.id, sides.severity, cells, message, _number(left), _number(right), gap, rule.tolerance)


def compose_fact(rule: Rule, figures: Figures, context: Audit, index: int | None = None) -> Finding:
    """The finding of a rule that is no comparison, told by the rule's own `fact` sentence."""
    names = rule.places or rule.needs or parse(str(rule.formula)).names
    cells = tuple(_cells(names, figures, index))
    row = _row_label(rule, figures, index)
    fact = _HOLE.sub(lambda m: _value(m[1], figures, index), rule.fact)
    return Finding(
        rule.id,
        rule.severity,
        cells,
        f"{_place(cells)}{context.project(figures)}：{row}{fact}。{rule.action}[{rule.id}]",
    )


def _beside(right: tuple[CellRef, ...], cells: tuple[CellRef, ...]) -> str:
    if not right:
        return ""
    more = "等" if len(right) > _SHOWN_CELLS else ""
    return f"（{'、'.join(_short(c, cells[0]) for c in right[:_SHOWN_CELLS])}{more}）"


def _place(cells: tuple[CellRef, ...]) -> str:
    return str(cells[0]) if cells else ""


def _short(cell: CellRef, first: CellRef) -> str:
    return cell.address if cell.sheet == first.sheet else str(cell)


def _cells(names: tuple[str, ...], figures: Figures, index: int | None = None) -> Iterator[CellRef]:
    """The places of names: a single cell, a row's cell, or a column as one range."""
    for name in names:
        section = figures.section
        parts = figures.filed.space.split(name)
        if parts and index is not None:
            yield section.rows(parts[0])[index].cells[parts[1]].ref
        elif parts:
            refs = [c.ref for c in section.column(*parts)]
            if refs:
                last = refs[-1].address
                yield CellRef(refs[0].sheet, refs[0].address if len(refs) == 1 else f"{refs[0].address}:{last}")
        elif name in section.fields:
            yield section.fields[name].ref
        elif figures.filed.parent:
            yield figures.filed.parent.section.fields[name].ref


def _value(name: str, figures: Figures, index: int | None) -> str:
    parts = figures.filed.space.split(name)
    found = figures.filed.column(name)[index] if parts and index is not None else figures.filed(name)
    if not isinstance(found, Decimal):
        return str(found or "")
    datum = figures.filed.space.datum(name)
    return plain(found) if datum and datum.kind is Kind.COUNT else f"{round_half_up(found, 2)}"


def _row_label(rule: Rule, figures: Figures, index: int | None) -> str:
    if index is None or rule.each is None:
        return ""
    return f"指标“{row_name(figures.section.rows(rule.each)[index])}”"


def row_name(row: Row) -> str:
    """What staff call a row: its name, indicator or text."""
    return next((row.text(c) for c in _LABEL_COLUMNS if c in row.cells and row.text(c)), "（未命名）")


def _blank_rows(rule: Rule, figures: Figures) -> Iterator[str]:
    """Named rows whose figure is blank explain many a missing sum."""
    for name in parse(str(rule.formula)).names:
        parts = figures.filed.space.split(name)
        if not parts:
            continue
        table, column = parts
        blank = [
            row for row in figures.section.rows(table) if row.cells[column].blank and row_name(row) != "（未命名）"
        ]
        if blank and len(blank) < len(figures.section.rows(table)):
            told = "、".join(f"“{row_name(r)}”（{r.cells[column].ref.address}）" for r in blank[:5])
            yield f"其中{told}{'等' if len(blank) > 5 else ''}没有填{column}。"  # noqa: PLR2004


def _number(value: Scalar) -> Decimal | None:
    return value if isinstance(value, Decimal) else None


def shown(value: Scalar, rule: Rule) -> str:
    """A figure with its unit: 2030.12 万元, 108.70%, 67 人, “优”."""
    if not isinstance(value, Decimal):
        return f"“{value}”" if value else "（空）"
    if rule.unit == "%":
        return f"{round_half_up(value * 100, 2)}%"
    if rule.unit in {"万元", "元", "分"}:
        return f"{round_half_up(value, 2)} {rule.unit}"
    return f"{plain(value)} {rule.unit}"


def _difference(gap: Decimal, rule: Rule) -> str:
    return f"{round_half_up(gap * 100, 2)} 个百分点" if rule.unit == "%" else shown(gap, rule)


def _tolerance(rule: Rule) -> str:
    if rule.tolerance == 0:
        return ""
    return f"（容差 {f'{plain(rule.tolerance * 100)} 个百分点' if rule.unit == '%' else plain(rule.tolerance)}）"
