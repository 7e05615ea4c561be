"""T03 (表外数据): what staff type outside the form is told at its cell; what the form prints is not, even moved."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import openpyxl
import pytest
from samples import DEMO, check_bytes, filled_example

from toolkit.engines.xlsx.package import write_parts
from toolkit.engines.xlsx.zip import inflate

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from toolkit.core.findings import Finding

SHEET = "基本情况"


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


def test_a_note_beside_other_rows_of_a_form_is_a_stray() -> None:
    """A12 looks at the fund rows alone, and on the form's own sheet."""
    assert [f.rule for f in findings("项目自评表", ("O6", "备注"))] == ["T03"]
    assert [f.rule for f in findings(SHEET, ("K7", "备注"))] == ["T03"]
