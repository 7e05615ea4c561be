"""What staff type outside the form (T03) or where nobody sees it (T10) is told; what the form prints is not."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Literal

import openpyxl
import pytest
from lxml import etree
from samples import DEMO, check_bytes, filled_example

from toolkit.engines.xlsx.package import MAIN, open_package
from toolkit.engines.xlsx.writing.parts import write_parts
from toolkit.engines.xlsx.zip import inflate
from toolkit.pack.finding import default_pack
from toolkit.pack.pack import FILL_NAME
from toolkit.unit.exchange import unit_to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openpyxl.worksheet.worksheet import Worksheet

    from toolkit.core.findings import Finding

SHEET = "基本情况"

State = Literal["visible", "hidden", "veryHidden"]


def told(*changes: tuple[str, str | float], rows: int = 0) -> list[str]:
    """The cells that T03 names after changes by openpyxl; the title is first moved down by `rows`."""
    return [str(c.address) for f in findings(SHEET, *changes, rows=rows) if f.rule == "T03" for c in f.cells]


def findings(name: str, *changes: tuple[str, str | float], rows: int = 0) -> tuple[Finding, ...]:
    """What is found after changes to one sheet."""
    book = openpyxl.load_workbook(io.BytesIO(filled_example(DEMO)))
    sheet = book[name]
    if rows:
        _move_title(sheet, rows)
    for where, value in changes:
        sheet[where] = value
    made = io.BytesIO()
    book.save(made)
    # openpyxl saves no results, as Excel does.
    parts = {n: d.replace(b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>") for n, d in inflate(made.getvalue()).items()}
    return check_bytes(write_parts(parts.items())).result.findings


def _move_title(sheet: Worksheet, rows: int) -> None:
    for merged in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(merged))
    sheet.cell(1 + rows, 1).value, sheet["A1"] = sheet["A1"].value, None


@pytest.mark.parametrize(
    ("changes", "cells"),
    [
        ((), []),
        ((("K3", "备注：另有 3.5 万元"),), ["K3"]),
        ((("K3", 12.5), ("L90", "甲")), ["K3", "L90"]),
        ((("K3", "=1+1"),), []),
        ((("K3", "   "),), []),
    ],
)
def test_what_stands_outside_is_told(changes: tuple[tuple[str, str | float], ...], cells: list[str]) -> None:
    assert told(*changes) == cells


def test_printed_text_that_moved_is_no_stray() -> None:
    """Staff insert rows: the title is met further down, in its own column, once."""
    assert told(rows=120) == []
    assert told(("A150", "基本情况表的另一行"), rows=120) == ["A150"]


FUNDS = """
K7 | 5    | 财政拨款行填了“5”
I8 | 3.5  | 上年结转行填了“3.5”
M9 | 九折 | 其他资金行填了“九折”
"""


@pytest.mark.parametrize("line", FUNDS.strip().splitlines())
def test_points_on_a_fund_row_are_told_once(line: str) -> None:
    """A12: the 其中 rows of a project form have no 分值 and no 得分; what stands there is no mere stray (T03)."""
    where, value, fact = (part.strip() for part in line.split("|"))
    found = findings("项目自评表 (2)", (where, float(value) if value[0].isdigit() else value))
    assert [(f.rule, [str(c) for c in f.cells]) for f in found] == [("A12", [f"「项目自评表 (2)」{where}"])]
    assert fact in found[0].message
    assert "这一行不设分值、执行率和得分" in found[0].message


def _copied(name: str, sheet: str, changes: Mapping[str, float | str | None], state: State = "visible") -> bytes:
    """The example with a second copy of one sheet, as staff make one before they try another figure."""
    book = openpyxl.load_workbook(io.BytesIO(filled_example(DEMO)))
    twin = book.copy_worksheet(book[sheet])
    twin.title, twin.sheet_state = name, state
    for where, value in changes.items():
        twin[where] = value
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "sheet", "state", "cell"),
    [
        ("收支情况 (2)", "收支情况", "visible", "B5"),
        ("试填", "收支情况", "veryHidden", "B5"),
        ("旧的", "整体自评表", "hidden", "D5"),
        ("基础", "基础数据表", "visible", "D5"),
    ],
)
def test_a_second_copy_of_a_sheet_is_told(name: str, sheet: str, state: State, cell: str) -> None:
    """T03: staff may have gone on in the copy; nothing of it counts, and nobody would know."""
    checked = check_bytes(_copied(name, sheet, {cell: 77777}, state))
    assert [(f.rule, str(f.cells[0])) for f in checked.result.findings] == [("T03", f"「{name}」{cell}")]
    assert f"像是「{sheet}」另存的一份" in checked.result.findings[0].message
    assert unit_to_json(checked.unit) == unit_to_json(check_bytes(filled_example(DEMO)).unit)


def test_a_blank_copy_and_a_sheet_of_ones_own_are_nobodys_business() -> None:
    blank = openpyxl.load_workbook(default_pack().folder / FILL_NAME)["收支情况"]
    emptied = {c.coordinate: None for row in blank.iter_rows() for c in row if c.value is None}
    assert not check_bytes(_copied("收支情况 (2)", "收支情况", emptied)).result.findings
    below = {c.coordinate: None for row in blank.iter_rows(min_row=7) for c in row}
    own = {**below, "A9": "食堂", "B9": 12.5}
    assert not check_bytes(_copied("食堂账", "收支情况", own)).result.findings


UNSEEN = """
row    | 5   | 「收支情况」B5：本年收入所在的行被隐藏了
height | 5   | 「收支情况」B5：本年收入所在的行被隐藏了
column | B   | 「收支情况」B5：本年收入所在的列被隐藏了
width  | B   | 「收支情况」B5：本年收入所在的列被隐藏了
sheet  |     | 「收支情况」B5：本年收入所在的工作表被隐藏了
merge  | A8:B8 | 「收支情况」B8：年末结转被合并的单元格盖住了
"""


@pytest.mark.parametrize("line", UNSEEN.strip().splitlines())
def test_what_nobody_sees_and_counts_is_told_once(line: str) -> None:
    """T10: a hidden row, column or sheet, no height or width, a merge that a brush has laid over figures."""
    how, where, fact = (part.strip() for part in line.split("|"))
    parts = inflate(filled_example(DEMO))
    part = open_package(filled_example(DEMO)).sheet("收支情况")
    assert part is not None
    unseen(parts, part.part, how, where)
    found = check_bytes(write_parts(parts.items())).result.findings
    assert [f.rule for f in found] == ["T10"]
    assert found[0].message.startswith(fact)


def unseen(parts: dict[str, bytes], part: str, how: str, where: str) -> None:
    """Hide something by what a program writes for it."""
    root, book = etree.fromstring(parts[part]), etree.fromstring(parts["xl/workbook.xml"])
    if how in {"row", "height"}:
        row = next(r for r in root.iter(MAIN + "row") if r.get("r") == where)
        row.attrib.update({"hidden": "true"} if how == "row" else {"ht": "0", "customHeight": "1"})
    elif how in {"column", "width"}:
        column = list(root.iter(MAIN + "col"))[1]
        column.attrib.update({"hidden": "1"} if how == "column" else {"width": "0"})
    elif how == "merge":
        etree.SubElement(next(root.iter(MAIN + "mergeCells")), MAIN + "mergeCell", {"ref": where})
    else:
        sheet = next(s for s in book.iter(MAIN + "sheet") if s.get("name") == "收支情况")
        sheet.set("state", "veryHidden")
    parts[part], parts["xl/workbook.xml"] = etree.tostring(root), etree.tostring(book)


def test_a_note_beside_other_rows_of_a_form_is_a_stray() -> None:
    """A12 looks at the fund rows alone, and on the form's own sheet."""
    assert [f.rule for f in findings("项目自评表", ("O6", "备注"))] == ["T03"]
    assert [f.rule for f in findings(SHEET, ("K7", "备注"))] == ["T03"]


def test_a_formula_that_was_wiped_is_told_once_with_what_it_gives() -> None:
    """T11: two scores are told together; in a row that nobody filled nothing is missed."""
    book = openpyxl.load_workbook(io.BytesIO(filled_example(DEMO)))
    for where in ("J20", "J21", "J45"):
        book["整体自评表"][where].value = None
    stream = io.BytesIO()
    book.save(stream)
    found = [f for f in check_bytes(stream.getvalue()).result.findings if f.rule == "T11"]
    assert [c.address for f in found for c in f.cells] == ["J20", "J21"]
    assert "现按公式算出的 5.00 审核，这张表共有 2 格这样" in found[0].message
