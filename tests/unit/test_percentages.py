"""95% typed into a target or a result: Excel stores 0.95 and shows 95%; what staff see is what counts."""

from __future__ import annotations

import io
from decimal import Decimal

import openpyxl
import pytest
from samples import DEMO, check_bytes, filled_example

from toolkit.engines.xlsx.package import MAIN
from toolkit.engines.xlsx.reading.sheets import Looks, read_cells
from toolkit.engines.xlsx.reading.source import date_styles, percent_styles

ROW = 13  # 服务对象满意度 ≥95%, 实际 96.3%


def typed_as_percentages(unit: str | None, *columns: str) -> bytes:
    """The clean example with a row's figures typed as percentages, saved by another program."""
    checked = check_bytes(filled_example(DEMO))
    book = openpyxl.load_workbook(io.BytesIO(filled_example(DEMO)))
    row = checked.unit.book.rows("指标")[ROW]
    for column in columns:
        ref = row.cells[column].ref
        cell = book[ref.sheet][ref.address]
        cell.value, cell.number_format = float(row.value(column)) / 100, "0.0%"  # type: ignore[arg-type]
    place = row.cells["计量单位"].ref
    book[place.sheet][place.address].value = unit
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("columns", [("指标值",), ("实际完成值",), ("指标值", "实际完成值")], ids="-".join)
def test_a_percentage_is_what_is_shown(columns: tuple[str, ...]) -> None:
    checked = check_bytes(typed_as_percentages("%", *columns))
    row = checked.unit.book.rows("指标")[ROW]
    assert (row.value("指标值"), row.value("实际完成值")) == (Decimal(95), Decimal("96.3"))
    assert checked.figures.book.computed.scores[ROW].value == Decimal(10)
    assert {f.rule for f in checked.result.findings} <= {"T02"}  # openpyxl saves no results


def test_without_a_unit_the_sign_stays_with_the_figure() -> None:
    checked = check_bytes(typed_as_percentages(None, "指标值", "实际完成值"))
    row = checked.unit.book.rows("指标")[ROW]
    assert (row.value("指标值"), row.value("实际完成值")) == ("95%", "96.3%")


def test_a_quoted_percent_sign_is_no_percentage() -> None:
    styles = (
        '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="2">'
        '<numFmt numFmtId="164" formatCode="0.0&quot;%&quot;"/><numFmt numFmtId="165" formatCode="0.000%"/></numFmts>'
        '<cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="10"/></cellXfs>'
        "</styleSheet>"
    )
    found = percent_styles(styles.encode(), "styles.xml")
    assert found == {"2", "3"}
    cells = '<c r="A1" s="1"><v>1</v></c><c r="B1" s="2"/><c s="3" r="AA12" t="n"><v>1</v></c>'
    sheet = f'<worksheet xmlns="{MAIN[1:-1]}"><sheetData><row r="1">{cells}</row></sheetData></worksheet>'
    assert read_cells(sheet.encode(), "sheet1.xml", Looks(percents=found)).percents == {"AA12"}


@pytest.mark.parametrize(
    ("code", "dates"),
    [
        ("yyyy-mm-dd", True),
        ('yyyy"年"m"月"d"日"', True),
        ("[$-F800]dddd, mmmm dd, yyyy", True),
        ("B2yyyy", True),
        ("[h]:mm:ss", False),
        ("0.00_d", False),
        ('0.0"days"', False),
        ("General", False),
        ("#,##0.00;[Red]-#,##0.00", False),
    ],
)
def test_formats_that_show_a_day(code: str, dates: bool) -> None:  # noqa: FBT001 - a column of the table
    shown = code.replace('"', "&quot;")
    styles = f'<styleSheet xmlns="{MAIN[1:-1]}"><numFmts><numFmt numFmtId="164" formatCode="{shown}"/></numFmts>'
    styles += '<cellXfs><xf numFmtId="164"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    assert date_styles(styles.encode(), "styles.xml") == ({"0", "1"} if dates else {"1"})
