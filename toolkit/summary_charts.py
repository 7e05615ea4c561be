"""Charts of 汇总表 (图表): 执行率, 得分分布, 问题最多的规则, each beside the small table it is drawn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolkit.overview import common_faults, rates, spread
from toolkit.summary_table import HEAD_ROW, Column, Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlsxwriter.worksheet import Worksheet

    from toolkit.batch_checks import Batch
    from toolkit.summary_table import Tables

_SHEET = "图表"
_ROWS_PER_CHART = 16
_COLOURS = ("#4F81BD", "#6A9F58", "#C0504D")
_COLUMNS = (
    Column("主管部门或上级", 30),
    Column("执行率", 10, "rate"),
    Column("总分（分）", 16, "centre"),
    Column("户数（户）", 10, "count"),
    Column("规则", 34),
    Column("单位数（户）", 12, "count"),
)


def add_charts(tables: Tables, batch: Batch) -> None:
    """The sheet 图表."""
    left, middle = rates(batch), spread(batch)
    right = [(f"{rule} {title}", count) for rule, title, count in common_faults(batch)]
    parts: tuple[Sequence[tuple[str, object]], ...] = (left, middle, right)
    sheet = tables.sheet(
        (_SHEET, "图表", "左起三张表依次是下面三个图的数据。得分分布含下限、不含上限（100 分除外）。"), _COLUMNS
    )
    height = max(map(len, parts), default=0)
    lines = [Line([v for part in parts for v in (part[i] if i < len(part) else ("", None))]) for i in range(height)]
    tables.fill(sheet, _COLUMNS, lines, filtered=False)
    top = HEAD_ROW + height + 2
    heads = ("执行率（最低的在前）", "得分分布", "问题最多的规则")
    for index, (head, part) in enumerate(zip(heads, parts, strict=True)):
        if part:
            _chart(tables, sheet, (head, index, len(part)), top)
    sheet.set_portrait()
    sheet.print_area(0, 0, top + _ROWS_PER_CHART * len(parts), len(_COLUMNS) - 1)


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
    values: dict[str, object] = {"min": 0, "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}}}
    names = {"num_font": {"size": 9}, "reverse": not flat}
    if not flat:  # a reversed category axis would put the figures on top; the bars are labelled
        values |= {"visible": False, "major_gridlines": {"visible": False}}
    chart.set_y_axis(values if flat else names)
    chart.set_x_axis(names if flat else values)
    chart.set_size({"width": 860, "height": 300})
    sheet.insert_chart(top + index * _ROWS_PER_CHART, 0, chart)
