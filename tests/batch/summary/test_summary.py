"""汇总表.xlsx and 通报.docx: what they say, where their links lead, and that LibreOffice finds the same values."""

from __future__ import annotations

import re
from copy import deepcopy
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from batch_folder import ran
from referee import needs_office, recalculate
from samples import DEMO, example
from workbook_compare import differences, formula_count
from xlsxwriter import Workbook

from toolkit.batch.collect import Status, load_result
from toolkit.batch.summary.json import batch_json
from toolkit.batch.summary.table import Column, Line, Tables
from toolkit.batch.summary.workbook import write_summary
from toolkit.pack.finding import default_pack
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import unit_from_json

if TYPE_CHECKING:
    from pathlib import Path

    from toolkit.batch.collect.model import BatchResult


def test_summary_workbook_says_the_same(first: tuple[Path, Path, BatchResult]) -> None:
    book = openpyxl.load_workbook(first[1] / "汇总表.xlsx")
    assert book.sheetnames == ["一页看懂", "报送情况", "汇总", "差额核对", "得分与排名", "审核问题", "指标明细", "图表"]
    for sheet in book.worksheets:
        assert sheet.freeze_panes, sheet.title
        setup: Any = sheet.sheet_properties
        assert setup.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToHeight == (None if sheet.title == "一页看懂" else 0)
        assert sheet.print_title_rows
    rows = {str(r[0].value).strip("　"): [c.value for c in r] for r in book["汇总"].iter_rows(min_row=4)}
    heads = [str(c.value).split("\n")[0] for c in book["汇总"][3]]
    total, spent, mean = rows["合计"], heads.index("全年执行数"), heads.index("平均分")
    parents = ("示例县教育局（示例）", "示例县文化旅游局（示例）", "示例县农业农村系统汇总（示例）")
    parts = [float(str(rows[name][spent])) for name in parents]
    assert total[spent] == pytest.approx(sum(parts)) == pytest.approx(882.8 * 33)
    scores = [u["total"] for u in batch_json(first[2])["units"] if u["counted"]]
    assert total[mean] == pytest.approx(sum(map(float, scores)) / len(scores), abs=0.005)
    assert {r[8].value for r in book["差额核对"].iter_rows(min_row=4)} == {"一致"}
    assert book["指标明细"].max_row == 3 + 9 * 23
    assert len(book["图表"]._charts) == 3  # type: ignore[attr-defined]


def test_links_lead_to_marked_cells(first: tuple[Path, Path, BatchResult]) -> None:
    """Each link of 审核问题 opens an existing file at the cell that is marked in it."""
    sheet = openpyxl.load_workbook(first[1] / "汇总表.xlsx")["审核问题"]
    links = [re.match(r"=HYPERLINK\(\"([^#]+)#'(.+)'!(\w+)\"", str(r[5].value)) for r in sheet.iter_rows(min_row=4)]
    found = [m.groups() for m in links if m]
    assert [(sheet_name, cell) for _, sheet_name, cell in found] == [
        ("整体自评表", "D7"),
        ("封面", "E8"),
        ("整体自评表", "L20"),
    ]
    for path, sheet_name, cell in found:
        marked: Any = openpyxl.load_workbook(first[1] / path)[sheet_name][cell]
        assert marked.fill.fill_type == "solid"


def test_bulletin_names_the_missing_and_is_short(first: tuple[Path, Path, BatchResult]) -> None:
    import docx

    bulletin = docx.Document(str(first[1] / "通报.docx"))
    text = "\n".join(p.text for p in bulletin.paragraphs)
    assert "应报单位11家，已报9家，未报2家" in text
    assert "示例县教师进修学校（示例）" in text
    assert "平均94.72分" in text
    assert "{" not in text
    assert len(text) < 1200
    assert "带“*”的单位尚有错误未改正，得分和名次仅供参考" in text
    ranked = [row.cells[1].text for row in bulletin.tables[0].rows]
    wrong = {e.name for e in first[2].batch.entries if e.status is Status.ERROR}
    assert (
        {name.rstrip("*") for name in ranked if name.endswith("*")} == wrong & {n.rstrip("*") for n in ranked} != set()
    )


def test_staff_text_is_text_in_the_summaries(tmp_path: Path) -> None:
    """Names that look like formulas, markup or tags stay what they are."""
    evil = "=cmd|'/c calc'!A1&<b>{{ 7*7 }}"
    data = example(DEMO)
    data["fields"] |= {"封面_单位名称": evil, "封面_主管部门": "@SUM(1+1)"}
    (tmp_path / "报送").mkdir()
    path = tmp_path / "报送" / "填报表.xlsx"
    path.write_bytes(fill_workbook(unit_from_json(data, default_pack()), default_pack()))
    ran(tmp_path / "报送", tmp_path / "结果")
    book = openpyxl.load_workbook(tmp_path / "结果" / "汇总表.xlsx")
    found = [c for s in book.worksheets for row in s.iter_rows() for c in row if c.value in {evil, "@SUM(1+1)"}]
    assert len(found) > 10
    assert {c.data_type for c in found} == {"s"}


def test_a_figure_that_no_sheet_holds_is_a_text(tmp_path: Path) -> None:
    """XlsxWriter refuses what a float cannot hold: 400 digits, as a figure or as a count; nothing of them is lost."""
    columns = (Column("甲", 8, "money"), Column("乙", 8, "count"), Column("丙", 8, "rate"))
    book = Workbook(str(tmp_path / "表.xlsx"))
    tables = Tables(book)
    digits, lines = "9" * 400, [Line((Decimal("-" + "9" * 400), 10**400, Decimal("1E-400"))), Line((1, 2, Decimal(3)))]
    tables.fill(tables.sheet(("表", "表", "说明"), columns), columns, lines)
    book.close()
    rows = openpyxl.load_workbook(tmp_path / "表.xlsx")["表"].iter_rows(min_row=4, values_only=True)
    assert list(rows) == [(f"-{digits}", f"1{'0' * 400}", 0), (1, 2, 3)]


def test_what_the_audit_takes_for_a_text_is_no_figure_of_a_summary(tmp_path: Path) -> None:
    """T04: 400 digits in 分值, 得分, an amount and a project, or 20, stop no batch and add nothing to a sum."""
    data = example(DEMO)
    spent = data["fields"]["整体_全年执行数"]
    for name, given in (("1", {}), ("2", {"整体_全年执行数": "9" * 400, "整体_年初预算数": "9" * 20})):
        one = deepcopy(data)
        one["fields"] |= {"封面_单位代码": name, **given}
        if given:
            one["tables"]["指标"][0]["分值"] = one["tables"]["项目"][0]["全年执行数"] = "9" * 400
            one["tables"]["指标"][0]["得分"] = "-" + "9" * 400
        (tmp_path / "报送").mkdir(exist_ok=True)
        book = fill_workbook(unit_from_json(one, default_pack()), default_pack())
        (tmp_path / "报送" / f"{name}.xlsx").write_bytes(book)
    result, _ = ran(tmp_path / "报送", tmp_path / "结果", public=True)
    total = batch_json(result)["summary"][0]
    assert total["sums"]["整体_全年执行数"] == {"sum": str(spent), "units": 1}
    problems = load_result(next((tmp_path / "结果").glob("2_*")))["findings"]
    assert sum(f["rule"] == "T04" for f in problems) >= 4
    rows = openpyxl.load_workbook(tmp_path / "结果" / "汇总表.xlsx")["指标明细"].iter_rows(min_row=4, values_only=True)
    assert {type(row[6]) for row in rows} == {int, type(None)}


def test_rows_beyond_a_sheet_go_on_in_the_next(
    first: tuple[Path, Path, BatchResult], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is dropped silently."""
    monkeypatch.setattr("toolkit.batch.summary.workbook._MOST_ROWS", 40)
    write_summary(tmp_path / "汇总表.xlsx", first[2].batch, first[2].audit, first[1])
    book = openpyxl.load_workbook(tmp_path / "汇总表.xlsx")
    rows = [book[name].max_row - 3 for name in ("指标明细", "指标明细 (2)")]
    assert rows == [40, 40]


def test_memory_stays_flat_and_every_row_keeps_its_height(tmp_path: Path) -> None:
    """A row that is written is let go of, its height too: 20,000 units have two million rows."""
    columns = (Column("单位名称", 10, "wrap"), Column("得分", 8, "score"))
    book = Workbook(str(tmp_path / "表.xlsx"), {"constant_memory": True})
    tables = Tables(book)
    sheet = tables.sheet(("表", "表", "说明"), columns)
    assert tables.fill(sheet, columns, (Line(("长" * (n % 3 * 10), n)) for n in range(300))) == 300
    assert len(sheet.row_info) < 10
    assert len(sheet.row_sizes) < 10
    book.close()
    heights = openpyxl.load_workbook(tmp_path / "表.xlsx")["表"].row_dimensions
    found = [heights[4 + n].height for n in range(300)]
    assert found == found[:3] * 100
    assert found[0] < found[1] < found[2]


@needs_office
def test_recalculated_equals_cached(first: tuple[Path, Path, BatchResult], tmp_path: Path) -> None:
    source = first[1] / "汇总表.xlsx"
    assert formula_count(source) > 10
    assert differences(source, recalculate(source, tmp_path)) == []


def test_the_first_sheet_is_for_the_head_of_the_office(first: tuple[Path, Path, BatchResult]) -> None:
    """Who has not filed, who has errors, the money, the scores, the colours: on one page, counts as counts."""
    sheet = openpyxl.load_workbook(first[1] / "汇总表.xlsx")["一页看懂"]
    rows: dict[str, Any] = {str(r[0].value): r for r in sheet.iter_rows(min_row=4, max_col=3) if r[0].value}
    assert (rows["应报（家）"][1].value, rows["已报（家）"][1].value, rows["未报（家）"][1].value) == (11, 9, 2)
    assert rows["未报（家）"][2].value == "示例县教师进修学校（示例）、示例县文化馆（示例）"
    assert rows["已报有错（家）"][2].value.count("、") == 2
    assert (rows["预算执行率"][1].value, rows["预算执行率"][1].number_format) == (0.9781, "0.00%_ ")
    assert sum(rows[grade][1].value for grade in ("优", "良", "中", "差")) == 9
    fills = [rows[name][0].fill.fgColor.rgb for name in ("红色", "黄色", "绿色", "灰色")]
    assert len(set(fills)) == 4
    assert rows["未报（家）"][0].fill.fgColor.rgb == fills[0]
    assert (sheet.page_setup.fitToHeight, sheet.page_setup.orientation) in {(1, "portrait"), (None, "portrait")}
