"""What a report may say (报告数据): one mapping of names to computed values, for Word and for the report workbook."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from toolkit.core.dictionary import Kind
from toolkit.core.findings import Severity
from toolkit.core.money import plain
from toolkit.engines.formula import parse
from toolkit.unit import SCORED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from toolkit.core.findings import AuditResult
    from toolkit.core.model import Content, Row, UnitReturn
    from toolkit.pack import Pack, Score
    from toolkit.unit import Figures, UnitFigures

Context = dict[str, Any]

# Names beyond the dictionary that templates may use; `pack check` knows them from here.
CONTEXT_NAMES = ("公开", "单位", "封面_日期文本", "审核_小结", "未检查_小结")

CONTEXT_TABLES: Mapping[str, tuple[str, ...]] = {
    "审核问题": ("序号", "规则", "级别", "工作表", "单元格", "说明", "状态"),
    "未检查事项": ("规则", "内容", "原因"),
    "出错说明": ("规则", "内容", "说明"),
    "溯源": ("范围", "名称", "数值", "来源", "工作表", "单元格", "依据"),
}

# Columns that only a report shows → the column of the fill-in workbook that their figures come from.
INDICATOR_SOURCES: Mapping[str, str] = {
    "目标文本": "指标值",
    "完成文本": "实际完成值",
    "得分过程": "得分",
    "差额": "得分",
    "偏差说明": "偏差原因",
}

PACK_COLUMNS = ("一级文本",)  # its figure is the pack's prescribed points

INDICATOR_COLUMNS = ("目标文本", "完成文本", "一级文本", "得分过程", "差额", "偏差说明")

VERDICTS = {"error": "有错误，须改正后重报", "warning": "有警示，须说明原因", "clean": "通过"}


def report_context(unit: UnitReturn, figures: UnitFigures, result: AuditResult, pack: Pack) -> Context:
    """Values of all names, tables as lists of rows, project forms, findings and traces."""
    found = _section(figures.book, pack)
    found["项目自评"] = [_section(form, pack) for form in figures.forms]
    found["公开"] = None
    found["单位"] = pack.unit
    found["封面_日期文本"] = date_text(found["封面_填报日期"])
    found |= _audit(unit, result, pack)
    found |= _chart(figures.book, pack)
    return found


def _section(figures: Figures, pack: Pack) -> Context:
    view, section = figures.computed, figures.section
    found: Context = {n: content_of(figures, n) for n in view.space.fields}
    for table, spec in view.space.tables.items():
        columns = {c: view.column(d.name) if d.computed else None for c, d in spec.columns.items()}
        rows = [
            _row(row, {c: v[i] for c, v in columns.items() if v is not None})
            for i, row in enumerate(section.rows(table))
        ]
        if table in SCORED:
            rows = [
                r | _indicator(r, row, score, pack)
                for r, row, score in zip(rows, section.rows(table), view.scores, strict=True)
            ]
        found[table] = rows
    return found


def content_of(figures: Figures, name: str) -> Content:
    """The value of a field for print: computed where computed, dates as dates."""
    datum = figures.computed.space.fields[name]
    if not datum.computed:
        found = figures.section.fields[name].value
        # Words in a number cell are a finding (T04), not a figure to print in a sentence.
        return None if isinstance(found, str) and (datum.kind.is_number or datum.kind is Kind.DATE) else found
    return figures.computed.content(name)


def _row(row: Row, computed: Context) -> Context:
    cells = {c: cell.value for c, cell in row.cells.items()}
    return cells | {c: (None if isinstance(v, str) and not v else v) for c, v in computed.items()}


def _indicator(values: Context, row: Row, score: Score, pack: Pack) -> Context:
    """Columns that only a report shows, put together from staff's columns."""
    weight, earned = values["分值"], score.value
    lost = weight - earned if isinstance(weight, Decimal) and earned is not None else None
    level = row.text("一级指标")
    prescribed = pack.weights.get(level)
    return {
        "目标文本": _with_unit(row, "指标值", row.text("性质")),
        "完成文本": _with_unit(row, "实际完成值", ""),
        "一级文本": f"{level}\n（{plain(prescribed)}分）" if prescribed is not None else level,
        "得分过程": score.working,
        "差额": lost,
        "偏差说明": row.text("偏差原因"),
    }


def _with_unit(row: Row, column: str, sign: str) -> str:
    value = row.value(column)
    shown = sign if sign in {"≥", "≤", ">", "<", "="} else ""
    if isinstance(value, Decimal):
        return f"{shown}{plain(value)}{row.text('计量单位')}"
    return row.text(column)


def date_text(value: object) -> str:
    """2024年5月20日; a blank date leaves room to write by hand."""
    if isinstance(value, dt.date):
        return f"{value.year}年{value.month}月{value.day}日"
    return "　　年　月　日"


def _audit(unit: UnitReturn, result: AuditResult, pack: Pack) -> Context:
    titles: dict[str, str] = {}
    for rule in pack.rules:
        titles.setdefault(rule.id, rule.title)
    counts = "、".join(f"{s.label} {len(result.of(s))} 个" for s in Severity)
    return {
        "审核问题": list(_problems(result)),
        "审核_小结": f"结论：{VERDICTS[result.verdict]}。{counts}，"
        f"通过 {len(result.passed)} 条，未检查 {len(result.not_checked)} 条。",
        "未检查事项": [{"规则": n.rule, "内容": titles.get(n.rule, ""), "原因": n.reason} for n in result.not_checked],
        "未检查_小结": f"共 {len(result.not_checked)} 条规则缺少数据。补填后请再次检查。",
        "出错说明": [
            {"规则": r, "内容": titles.get(r, ""), "说明": t}
            for r, t in unit.explanations.items()
            if any(f.rule == r and f.explained for f in result.findings)
        ],
    }


def _problems(result: AuditResult) -> Iterator[Context]:
    for number, f in enumerate(result.findings, 1):
        yield {
            "序号": Decimal(number),
            "规则": f.rule,
            "级别": f.severity.label,
            "工作表": f.sheet,
            "单元格": f.cells[0].address if f.cells else "",
            "说明": f.message,
            "状态": "已说明" if f.explained else "",
        }


def _chart(book: Figures, pack: Pack) -> Context:
    """Scores by first-level indicator, for the chart sheet; a level without a score stays blank."""
    view = book.computed
    levels = zip(book.section.column("指标", "一级指标"), view.scores, strict=True)
    scored = {str(cell.value) for cell, score in levels if score.value is not None}
    names = zip(pack.weights, chart_formulas(pack).items(), strict=True)
    return {name: parse(text).evaluate(view) if level in scored else None for level, (name, text) in names}


@lru_cache(maxsize=16)
def chart_formulas(pack: Pack) -> Mapping[str, str]:
    """图表_产出得分 → the formula that gives it."""
    return {
        f"图表_{level.removesuffix('指标')}得分": f'SUMIF(指标_一级指标,"{level}",指标_得分)' for level in pack.weights
    }
