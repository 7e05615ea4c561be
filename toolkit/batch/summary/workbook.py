"""汇总表.xlsx: who has filed, the sums, the ranking, every fault and every indicator, and three charts.

Charts of 汇总表 (图表): 执行率, 得分分布, 问题最多的规则, each beside the small table it is drawn from.
"""

from __future__ import annotations

import datetime as dt
from itertools import count as count_from
from itertools import islice
from typing import TYPE_CHECKING

from toolkit.batch.collect import Status, count
from toolkit.batch.summary.glance import add_glance
from toolkit.batch.summary.overview import common_faults, rates, spread
from toolkit.batch.summary.sheets import (
    FAULTS,
    FILING,
    GAPS,
    INDICATORS,
    fault_lines,
    filing_lines,
    gap_lines,
    indicator_lines,
    ranking_columns,
    ranking_lines,
    summary_columns,
    summary_lines,
)
from toolkit.batch.summary.table import HEAD_ROW, Column, Line, Tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from xlsxwriter.worksheet import Worksheet

    from toolkit.batch.collect import Batch
    from toolkit.core.findings import AuditResult

_FIXED_DATE = dt.datetime(2024, 1, 1)  # noqa: DTZ001 - the same input gives the same bytes

_MOST_ROWS = 1_000_000

_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write_summary(path: Path, batch: Batch, audit: AuditResult, output: Path) -> None:
    """Write 汇总表.xlsx; the units' results are read from `output` one at a time."""
    from xlsxwriter import Workbook

    book = Workbook(str(path), _OPTIONS)
    book.set_properties({"title": "部门整体支出绩效自评汇总表", "created": _FIXED_DATE})
    _sheets(Tables(book), batch, audit, output)
    book.close()


def _sheets(tables: Tables, batch: Batch, audit: AuditResult, output: Path) -> None:
    year = f"{batch.pack.year} 年度绩效自评"
    add_glance(tables, batch)
    _add(
        tables,
        ("报送情况", f"{year}报送情况", f"{filing_note(batch)}\n{_COLOURS_TOLD}"),
        (FILING, 3),
        filing_lines(batch),
    )
    note = "金额、人数逐家相加；得分不相加，只算平均。加权平均分以全年执行数为权数，标准差是总体标准差。空格不当作 0。"
    _add(tables, ("汇总", f"{year}汇总", note), (summary_columns(batch), 1), summary_lines(batch))
    note = "主管部门另报了汇总数（名册里类型为“汇总”）的，与本级、下属单位之和核对。"
    _add(tables, ("差额核对", f"{year}汇总数差额核对", note), (GAPS, 2), gap_lines(batch))
    note = "并列的名次相同。有错误的单位改正后得分可能变动，用底色标出。"
    _add(tables, ("得分与排名", f"{year}得分与排名", note), (ranking_columns(batch), 3), ranking_lines(batch))
    note = f"点“单元格”打开该单位的审核反馈，跳到出错的格（汇总表要放在原来的文件夹里）。{_not_checked(audit)}"
    _add(tables, ("审核问题", f"{year}审核问题", note), (FAULTS, 3), fault_lines(batch, audit, output))
    note = "每家每个指标一行，可筛选，可插入数据透视表。"
    _add(tables, ("指标明细", f"{year}指标明细", note), (INDICATORS, 2), indicator_lines(batch, output))
    add_charts(tables, batch)


def _add(
    tables: Tables, texts: tuple[str, str, str], shape: tuple[Sequence[Column], int], lines: Iterable[Line]
) -> None:
    """One sheet: its name, title and note; its columns and how many of them stay in sight; its rows.

    What Excel's 1,048,576 rows cannot hold goes on in a further sheet.
    """
    (name, title, note), (columns, freeze) = texts, shape
    rows = iter(lines)
    for number in count_from(1):
        sheet = tables.sheet((name if number == 1 else f"{name} ({number})", title, note), columns, freeze)
        if tables.fill(sheet, columns, islice(rows, _MOST_ROWS)) < _MOST_ROWS:
            return


def filing_note(batch: Batch) -> str:
    """应报 13 家：未报 1 家，已报有错 3 家，…"""
    counts = [(s.value, count(batch.entries, s)) for s in Status]
    told = "，".join(f"{name} {number} 家" for name, number in counts if number)
    if batch.roster is None:
        return f"没有单位名册，不能核对谁没有报。{told or '没有填报表'}。"
    expected = batch.nodes[0].expected
    merged = sum(1 for e in batch.entries if e.merged)
    more = f"另有主管部门报的汇总数 {merged} 份。" if merged else ""
    return f"按 {batch.roster.path} 应报 {expected} 家。{told}。{more}"


def _not_checked(audit: AuditResult) -> str:
    if not audit.not_checked:
        return ""
    return "\n未检查：" + "；".join(f"{n.rule}（{n.reason}）" for n in audit.not_checked) + "。"


_COLOURS_TOLD = "底色：红色是未报或有错误，黄色是有警示或不在名册，绿色是通过，灰色是重复报送。"
_SHEET = "图表"

_ROWS_PER_CHART = 16

_COLOURS = ("#4F81BD", "#6A9F58", "#C0504D")

_COLUMNS = (
    Column("主管部门或上级", 30),
    Column("执行率", 10, "rate"),
    Column("总分（分）", 16, "centre"),
    Column("单位数（家）", 13, "count"),
    Column("规则", 34, "wrap"),
    Column("单位数（家）", 13, "count"),
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
    chart.set_size({"width": 820, "height": 300})
    sheet.insert_chart(top + index * _ROWS_PER_CHART, 0, chart, {"description": head})
