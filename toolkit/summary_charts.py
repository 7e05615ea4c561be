"""Charts of 汇总表 (图表): 执行率, 得分分布, 问题最多的规则, each beside the small table it is drawn from."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from toolkit.summary_sheets import execution_rate
from toolkit.summary_table import HEAD_ROW, Column, Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlsxwriter.worksheet import Worksheet

    from toolkit.batch_checks import Batch
    from toolkit.summary_table import Tables

_SHEET = "图表"
_STEPS = tuple(map(Decimal, (0, 60, 70, 80, 85, 90, 95, 100)))
_MOST_BARS = 12
_COLOURS = ("#4F81BD", "#6A9F58", "#C0504D")
_COLUMNS = (
    Column("主管部门或上级", 30),
    Column("执行率", 10, "rate"),
    Column("总分（分）", 16, "centre"),
    Column("户数（户）", 10, "count"),
    Column("规则", 34),
    Column("单位数（户）", 12, "count"),
)


def rates(batch: Batch) -> list[tuple[str, Decimal | None]]:
    """执行率 of the parents one level below the total, lowest first; of the units where there are no parents."""
    weight, budget = (batch.settings.names.index(n) for n in (batch.settings.weight, batch.settings.budget))
    pairs = [(n, f) for n, f in zip(batch.nodes, batch.figures, strict=True) if n.depth == 1]
    found = [(n.label, execution_rate(f.sums[weight], f.sums[budget])) for n, f in pairs]
    return sorted(((n, r) for n, r in found if r is not None), key=lambda p: (p[1], p[0]))[:_MOST_BARS]


def spread(batch: Batch) -> list[tuple[str, int]]:
    """得分分布: how many units lie in each step."""
    totals = [e.record.total for e in batch.entries if e.counted and e.record and e.record.total is not None]
    found = []
    for low, high in zip(_STEPS, _STEPS[1:], strict=False):
        last = high == _STEPS[-1]
        label = f"{low}–{high}" if last else f"{low}–{high}（不含）"
        found.append((label, sum(1 for t in totals if low <= t and (t < high or (last and t <= high)))))
    return found


def common_faults(batch: Batch) -> list[tuple[str, str, int]]:
    """问题最多的规则: id, title, number of units with an open 错误 or 警示; most units first."""
    counts = Counter(rule for e in batch.filed if e.record for rule in e.record.rules)
    titles = {rule.id: rule.title for rule in reversed(batch.pack.rules)}
    ordered = sorted(counts.items(), key=lambda p: (-p[1], p[0]))
    return [(rule, titles.get(rule, "填报表本身的问题"), count) for rule, count in ordered[:_MOST_BARS]]


def add_charts(tables: Tables, batch: Batch) -> None:
    """The sheet 图表."""
    left, middle = rates(batch), spread(batch)
    right = [(f"{rule} {title}", count) for rule, title, count in common_faults(batch)]
    parts = (left, middle, right)
    sheet = tables.sheet(_SHEET, "图表", "左起三张表依次是图一、图二、图三的数据。", _COLUMNS)
    height = max(map(len, parts), default=0)
    lines = [Line([v for part in parts for v in (part[i] if i < len(part) else ("", None))]) for i in range(height)]
    tables.fill(sheet, _COLUMNS, lines, filtered=False)
    top = HEAD_ROW + height + 2
    heads = ("执行率（最低的在前）", "得分分布", "问题最多的规则")
    for index, (head, part) in enumerate(zip(heads, parts, strict=True)):
        if part:
            _chart(tables, sheet, (head, index, len(part)), top)
    sheet.set_portrait()


def _chart(tables: Tables, sheet: Worksheet, what: tuple[str, int, int], top: int) -> None:
    head, index, count = what
    flat = index == 1
    chart = tables.book.add_chart({"type": "column" if flat else "bar"})
    first, last = HEAD_ROW + 1, HEAD_ROW + count
    chart.add_series(
        {
            "name": _COLUMNS[index * 2 + 1].head,
            "categories": [_SHEET, first, index * 2, last, index * 2],
            "values": [_SHEET, first, index * 2 + 1, last, index * 2 + 1],
            "fill": {"color": _COLOURS[index]},
            "gap": 60,
            "data_labels": {"value": True},
        }
    )
    chart.set_title({"name": head, "name_font": {"size": 14}})
    chart.set_legend({"none": True})
    values = {"min": 0, "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}}}
    names = {"num_font": {"size": 9}, "reverse": not flat}
    chart.set_y_axis(values if flat else {**names})
    chart.set_x_axis(names if flat else values)
    chart.set_size({"width": 860, "height": 300})
    sheet.insert_chart(top + index * 16, 0, chart)
