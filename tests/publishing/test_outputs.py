"""出表: the finished files of one unit. LibreOffice is the referee of every cached value."""

from __future__ import annotations

import io
import json
import re
import zipfile
from decimal import Decimal
from typing import TYPE_CHECKING

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from referee import needs_office, recalculate
from samples import DEMO, EXAMPLES, SEED, check_bytes, check_data, example, filled_example
from workbook_compare import differences, formula_count

from toolkit.engines.xlsx.package import MAIN, parse_xml
from toolkit.engines.xlsx.reading.source import FileSource
from toolkit.pack.pack import REPORT_NAME
from toolkit.pipeline import check_unit, make_files

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

    from toolkit.engines.xlsx.package import Package

FEEDBACK = "审核反馈.xlsx"


def _files(name: str) -> dict[str, bytes]:
    return make_files(check_bytes(filled_example(name)))


def _sheet(data: bytes, name: str) -> Worksheet:
    return openpyxl.load_workbook(io.BytesIO(data), data_only=True)[name]


def _texts(sheet: Worksheet) -> str:
    return "\n".join(str(c.value) for row in sheet.iter_rows() for c in row if c.value is not None)


@needs_office
@pytest.mark.parametrize("name", [SEED, DEMO])
def test_recalculated_equals_cached(name: str, tmp_path: Path) -> None:
    """Forced recalculation of the filled form and of the report changes no cell."""
    for title, data in {"填报表.xlsx": filled_example(name), REPORT_NAME: _files(name)[REPORT_NAME]}.items():
        source, target = tmp_path / title, tmp_path / "重算"
        source.write_bytes(data)
        target.mkdir(exist_ok=True)
        assert formula_count(source) > 15
        assert differences(source, recalculate(source, target)) == []


@needs_office
def test_comparison_notices_a_wrong_cache(tmp_path: Path) -> None:
    """The referee test itself can fail: one wrong cached value is found."""
    data = filled_example(DEMO)
    right, wrong = b"<v>882.8</v>", b"<v>882.9</v>"
    parts = zipfile.ZipFile(io.BytesIO(data))
    damaged = tmp_path / "坏.xlsx"
    with zipfile.ZipFile(damaged, "w") as out:
        for info in parts.infolist():
            content = parts.read(info)
            cut = content.find(b"</f>" + right)
            if cut >= 0:
                content = content[: cut + 4] + wrong + content[cut + 4 + len(right) :]
            out.writestr(info, content)
    (tmp_path / "重算").mkdir()
    assert differences(damaged, recalculate(damaged, tmp_path / "重算"))


def test_report_holds_the_forms_and_one_sheet_per_project() -> None:
    sheets = FileSource(_files(DEMO)[REPORT_NAME]).sheet_names
    assert sheets[:2] == ("基础数据表", "整体自评表")
    assert [s for s in sheets if s.startswith("项目自评表")] == [
        "项目自评表",
        "项目自评表 (2)",
        "项目自评表 (3)",
        "项目自评表 (4)",
    ]
    assert set(sheets) >= {"审核结果", "未检查事项", "溯源", "图表"}


def test_report_without_project_forms_has_no_project_sheet() -> None:
    assert not [s for s in FileSource(_files(SEED)[REPORT_NAME]).sheet_names if s.startswith("项目自评表")]


def test_total_and_grade_are_printed() -> None:
    text = _texts(_sheet(_files(DEMO)[REPORT_NAME], "整体自评表"))
    assert "95.88" in text
    assert "等级：优" in text


def test_unused_rows_are_hidden_and_used_rows_are_not() -> None:
    sheet = _sheet(_files(DEMO)[REPORT_NAME], "整体自评表")
    hidden = [r for r, d in sheet.row_dimensions.items() if d.hidden]
    filled = [c.row for c in sheet["C"] if c.value is not None]
    assert len(hidden) > 50
    assert not set(hidden) & set(filled)


@pytest.mark.parametrize("name", [SEED, DEMO])
def test_a_table_hides_exactly_its_unused_rows(name: str) -> None:
    """A table keeps the rows that it fills, and one where it fills none, so that its frame is seen."""
    source = FileSource(_files(name)[REPORT_NAME])
    shared, book = source.names[0], openpyxl.load_workbook(io.BytesIO(_files(name)[REPORT_NAME]))
    tables: dict[tuple[str, int, int], list[int]] = {}
    for area in shared.values():
        if area.bottom > area.top:
            rows = source.values(area.sheet)
            filled = [n + 1 - area.top for n in range(area.top, area.bottom + 1) if area.left in rows.get(n, {})]
            tables.setdefault((area.sheet, area.top, area.bottom), []).append(max(filled, default=1))
    assert min(min(used) for used in tables.values()) == 1
    for (sheet, top, bottom), used in tables.items():
        dimensions = book[sheet].row_dimensions
        hidden = [row for row in range(top, bottom + 1) if dimensions[row].hidden]
        assert hidden == list(range(top + max(used), bottom + 1)), (sheet, top)


def test_staff_text_is_never_a_formula() -> None:
    """A unit name that looks like a command stays a string in every workbook."""
    data = example(DEMO)
    data["fields"]["封面_单位名称"] = "=cmd|'/c calc'!A1"
    files = make_files(check_data(data))
    for name in (REPORT_NAME, FEEDBACK):
        book = openpyxl.load_workbook(io.BytesIO(files[name]))
        found = [c for s in book for row in s.iter_rows() for c in row if c.value == "=cmd|'/c calc'!A1"]
        assert found
        assert all(c.data_type != "f" for c in found)


def test_submitted_total_without_parts_stands_as_a_constant() -> None:
    """基础数据表 项目支出 given without its three parts must survive Excel's recalculation."""
    data = example(SEED)
    data["fields"]["基础_项目支出_本年决算数"] = Decimal(433)
    report = make_files(check_data(data))[REPORT_NAME]
    book = openpyxl.load_workbook(io.BytesIO(report))
    place = book.defined_names["基础_项目支出_本年决算数"].attr_text.split("!")[1].replace("$", "")
    assert book["基础数据表"][place].value == 433


def test_feedback_marks_the_cells_and_keeps_every_other_part() -> None:
    """审核反馈 is the submitted file: only marked sheets, styles and the sheet list change (A04, A13 …)."""
    checked = check_bytes(filled_example(SEED))
    data = make_files(checked)[FEEDBACK]
    before, after = checked.source.package.parts, FileSource(data).package.parts
    marked = {c.sheet for f in checked.result.findings for c in f.cells}
    may_change = {s.part for s in checked.source.package.sheets if s.name in marked}
    may_change |= {"xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"}
    chosen = {s.part for s in checked.source.package.sheets if b"tabSelected" in before[s.part]}
    assert {n for n in before if before[n] != after.get(n)} == may_change | chosen
    added = {re.sub(r"\d+", "", n.rpartition("/")[2]) for n in after.keys() - before.keys()}
    assert added == {"sheet.xml", "sheet.xml.rels", "comments.xml", "vmlDrawing.vml"}


@pytest.mark.parametrize("rounds", [1, 2])
def test_marks_come_before_the_forms_own_formats(rounds: int) -> None:
    """Excel wants each priority once on a sheet: ours first, the others behind them in their own order."""
    checked = check_bytes(filled_example(SEED))
    handed_in = checked.source.package
    for _ in range(rounds):
        checked = check_bytes(make_files(checked)[FEEDBACK])
    for sheet in handed_in.sheets:
        before, after = _priorities(handed_in, sheet.part), _priorities(checked.source.package, sheet.part)
        ours, others = [n for n, mark in after if mark], [n for n, mark in after if not mark]
        assert ours == list(range(1, len(ours) + 1)), sheet.name
        assert others == sorted(set(others)), sheet.name
        assert len(others) == len(before), sheet.name
        assert min(others, default=len(ours) + 1) > len(ours), sheet.name
    assert {sum(mark for _, mark in _priorities(checked.source.package, s.part)) for s in handed_in.sheets} == {0, 1, 3}


def _priorities(package: Package, part: str) -> list[tuple[int, bool]]:
    """Priority of each conditional format, and whether it is one of our marks; in order of priority as filed."""
    rules = parse_xml(package.parts[part], part).iter(f"{MAIN}cfRule")
    return [(int(e.get("priority") or 0), "jixiao-mark" in (e.findtext(f"{MAIN}formula") or "")) for e in rules]


def test_feedback_has_a_link_to_each_fault() -> None:
    checked = check_bytes(filled_example(SEED))
    sheet = openpyxl.load_workbook(io.BytesIO(make_files(checked)[FEEDBACK]))["审核结果"]
    links = {c.hyperlink.location for row in sheet.iter_rows() for c in row if c.hyperlink}
    assert links == {f"'{f.cells[0].sheet}'!{f.cells[0].address}" for f in checked.result.findings}


def test_feedback_handed_in_again_is_marked_afresh() -> None:
    """Marks of an earlier round are taken off, and there is one 审核结果 sheet, not two."""
    first = make_files(check_bytes(filled_example(SEED)))[FEEDBACK]
    again = check_bytes(first)
    assert [f.message for f in again.result.findings] == [
        f.message for f in check_bytes(filled_example(SEED)).result.findings
    ]
    second = make_files(again)[FEEDBACK]
    assert FileSource(second).sheet_names.count("审核结果") == 1
    part = next(s.part for s in FileSource(second).package.sheets if s.name == "整体自评表")
    assert FileSource(second).package.parts[part].count(b"jixiao-mark") == FileSource(first).package.parts[part].count(
        b"jixiao-mark"
    )


def test_result_json_names_the_origin_of_each_figure() -> None:
    found = json.loads(_files(DEMO)["result.json"])
    assert found["schema"] == "jixiao.result/1"
    assert found["score"]["total"] == "95.88"
    assert len(found["input_sha256"]) == 64
    by_name = {f["name"]: f for f in found["figures"] if f["scope"] == "整体"}
    assert by_name["整体_全年执行数"]["source"] == {"kind": "typed", "sheet": "整体自评表", "cell": "H5"}
    points = by_name["整体_执行得分"]["source"]
    assert (points["kind"], points["working"]) == ("computed", "882.80 ÷ 902.60 × 10")
    assert [(o["name"], o["value"]) for o in points["operands"]] == [
        ("整体_全年执行数", "882.8"),
        ("整体_全年预算数", "902.6"),
    ]


def test_rows_beyond_the_reports_room_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """T07: nothing is dropped silently."""
    import toolkit.publishing.workbooks.report as module

    monkeypatch.setattr(module, "_room", lambda _area: 3)
    files = make_files(check_bytes(filled_example(DEMO)))
    messages = [f["message"] for f in json.loads(files["result.json"])["findings"]]
    assert any("[T07]" in m and "“指标”有 14 行" in m for m in messages)


@pytest.mark.parametrize(("characters", "points", "told"), [(300, None, 0), (400, 9, 0), (900, 6, 0), (1200, 6, 1)])
def test_a_text_longer_than_a_row_is_tall_is_smaller_or_told(characters: int, points: int | None, told: int) -> None:
    """T07: no row is taller than 409 points; a text stands there in smaller letters, of the font of its cell."""
    data = example(DEMO)
    data["tables"]["指标"][0]["偏差原因"] = text = ("会同各股室逐项核对年度任务" * 100)[:characters]
    files = make_files(check_data(data))
    sheet = openpyxl.load_workbook(io.BytesIO(files[REPORT_NAME]), rich_text=True)["整体自评表"]
    cell = next(c for row in sheet.iter_rows() for c in row if str(c.value) == text)
    block = cell.value[0] if isinstance(cell.value, CellRichText) else None
    font = block.font if isinstance(block, TextBlock) else None
    assert (font and font.sz) == points
    assert font is None or font.rFont == cell.font.name
    messages = [f["message"] for f in json.loads(files["result.json"])["findings"] if f["rule"] == "T07"]
    assert [m.startswith(f"“指标”第 1 行的一格有 {characters} 个字") for m in messages] == [True] * told


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("packs/*/填报表.xlsx")), ids=lambda p: p.parent.name)
def test_the_chart_of_scores_adds_up_to_the_total(path: Path) -> None:
    """By indicator, or by 评分项 where the total is made of those; no level has more points than it can have."""
    checked = check_unit(path)
    book = openpyxl.load_workbook(io.BytesIO(make_files(checked)[REPORT_NAME]), data_only=True)
    if "图表" not in book.sheetnames:
        return
    cells = [[str(c.value or "") for c in row[:3]] for row in book["图表"].iter_rows()]
    start = cells.index(["一级指标", "分值", "得分"]) + 1
    rows = cells[start : next(i for i in range(start, len(cells)) if not cells[i][0])]
    most, earned = ([Decimal(row[column] or 0) for row in rows] for column in (1, 2))
    figures = checked.figures.book
    assert sum(earned) == figures.computed.number(figures.section.roles.total)
    assert sum(most) == 100
    assert all(0 <= points <= cap for points, cap in zip(earned, most, strict=True))
