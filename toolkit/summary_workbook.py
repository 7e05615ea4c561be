"""汇总表.xlsx: who has filed, the sums, the ranking, every fault and every indicator, and three charts."""

from __future__ import annotations

import datetime as dt
from itertools import count as count_from
from itertools import islice
from typing import TYPE_CHECKING

from toolkit.batch_status import Status, count
from toolkit.summary_charts import add_charts
from toolkit.summary_sheets import (
    FAULTS,
    FILING,
    GAPS,
    INDICATORS,
    RANKING,
    fault_lines,
    filing_lines,
    gap_lines,
    indicator_lines,
    ranking_lines,
    summary_columns,
    summary_lines,
)
from toolkit.summary_table import Tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from toolkit.batch_checks import Batch
    from toolkit.findings import AuditResult
    from toolkit.summary_table import Column, Line

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
    _add(tables, ("报送情况", f"{year}报送情况", filing_note(batch)), (FILING, 3), filing_lines(batch))
    note = "金额、人数逐户相加；得分不相加，只算平均。加权平均分以全年执行数为权数，标准差是总体标准差。空格不当作 0。"
    _add(tables, ("汇总", f"{year}汇总", note), (summary_columns(batch), 1), summary_lines(batch))
    note = "主管部门另报了汇总数（名册里类型为“汇总”）的，与本级、下属单位之和核对。"
    _add(tables, ("差额核对", f"{year}汇总数差额核对", note), (GAPS, 2), gap_lines(batch))
    note = "并列的名次相同。有错误的单位改正后得分可能变动，用底色标出。"
    _add(tables, ("得分与排名", f"{year}得分与排名", note), (RANKING, 3), ranking_lines(batch))
    note = f"点“单元格”打开该单位的审核反馈，跳到出错的格（汇总表要放在原来的文件夹里）。{_not_checked(audit)}"
    _add(tables, ("审核问题", f"{year}审核问题", note), (FAULTS, 3), fault_lines(batch, audit, output))
    note = "每户每个指标一行，可筛选，可插入数据透视表。"
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
    """应报 13 户：未报 1 户，已报有错 3 户，…"""
    counts = [(s.value, count(batch.entries, s)) for s in Status]
    told = "，".join(f"{name} {number} 户" for name, number in counts if number)
    if batch.roster is None:
        return f"没有单位名册，不能核对谁没有报。{told or '没有填报表'}。"
    expected = batch.nodes[0].expected
    merged = sum(1 for e in batch.entries if e.merged)
    more = f"另有主管部门报的汇总数 {merged} 份。" if merged else ""
    return f"按 {batch.roster.path} 应报 {expected} 户。{told}。{more}"


def _not_checked(audit: AuditResult) -> str:
    if not audit.not_checked:
        return ""
    return "\n未检查：" + "；".join(f"{n.rule}（{n.reason}）" for n in audit.not_checked) + "。"
