"""However a percentage is typed, the sheet's live score and Python's are the same: LibreOffice is the referee."""

from __future__ import annotations

import io
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING

import openpyxl
from referee import needs_office, recalculate
from samples import check_bytes, filled_example

from toolkit.engines.xlsx.reading.source import FileSource

if TYPE_CHECKING:
    from pathlib import Path

# How staff type 96.3 per cent: what the cell holds, and its number format.
WAYS = (
    ("0.963", "0.0%"),
    ("0.963", "0%"),
    ("0.963", "0.00%;[Red]-0.00%"),
    ("0.963", "General"),
    ("96.3", "General"),
    ("96.3", '0.0"%"'),
    ("96.3", "0.00"),
    ("'96.3%", "General"),
    ("'96.3%", "@"),
    ("'96.3％", "General"),
    ("' 96.3 % ", "@"),
    ("'96.3", "@"),
    ("'≥96.3%", "General"),
    ("'九成六", "General"),
)
TARGETS = (("95", "General"), ("0.95", "0%"), ("'95%", "@"), ("'≥95%", "General"), ("'98", "@"))
UNITS = ("%", "％", None)
ROWS = 40  # of the form


def _put(cell: openpyxl.cell.Cell | openpyxl.cell.MergedCell, way: tuple[str, str]) -> None:
    text, cell.number_format = way
    if text.startswith("'"):
        cell.value, cell.data_type = text[1:], "s"
    else:
        cell.value = float(text)


def _workbook(cases: list[tuple[tuple[str, str], tuple[str, str], str | None, str]]) -> bytes:
    data = filled_example("demo-unit")
    book, names = openpyxl.load_workbook(io.BytesIO(data)), FileSource(data).names[0]
    area = names["指标_指标值"]
    sheet = book[area.sheet]
    for offset in range(area.bottom - area.top + 1):
        row = area.top + offset
        for column in (
            "一级指标",
            "二级指标",
            "三级指标",
            "性质",
            "指标值",
            "计量单位",
            "实际完成值",
            "完成等级",
            "分值",
        ):
            sheet.cell(row, names[f"指标_{column}"].left).value = None
        if offset < len(cases):
            target, actual, unit, sign = cases[offset]
            fixed = {"一级指标": "产出指标", "三级指标": f"甲{offset}", "性质": sign, "计量单位": unit, "分值": 2}
            for column, value in fixed.items():
                sheet.cell(row, names[f"指标_{column}"].left).value = value
            _put(sheet.cell(row, names["指标_指标值"].left), target)
            _put(sheet.cell(row, names["指标_实际完成值"].left), actual)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _scores(
    cases: list[tuple[tuple[str, str], tuple[str, str], str | None, str]], tmp_path: Path
) -> list[Decimal | None]:
    """What the sheet shows for each row, which Python gives too."""
    judged = []
    for start in range(0, len(cases), ROWS):
        path = tmp_path / f"{start}.xlsx"
        path.write_bytes(_workbook(cases[start : start + ROWS]))
        checked = check_bytes(path.read_bytes())
        source = FileSource(recalculate(path, tmp_path / f"{start}").read_bytes())
        area = source.names[0]["指标_得分"]
        values = source.values(area.sheet)
        figures = checked.figures.book
        for i, case in enumerate(cases[start : start + ROWS]):
            live = values.get(area.top + i, {}).get(area.left)
            filed, computed = figures.filed.column("指标_得分")[i], figures.computed.scores[i].value
            shown = None if live in (None, "") else Decimal(str(live))
            assert (shown, shown) == (None if filed == "" else filed, computed), case
            judged.append(shown)
    return judged


@needs_office
def test_sheet_and_python_agree(tmp_path: Path) -> None:
    signs = ("≥", "≤", "=")
    cases = [
        (target, actual, UNITS[i % 3], signs[i % len(signs)])
        for i, (target, actual) in enumerate(product(TARGETS, WAYS))
    ]
    judged = _scores(cases, tmp_path)
    # What cannot be read: 九成六, and a ≥ beside another 性质.
    unread = [case for case, score in zip(cases, judged, strict=True) if score is None]
    assert unread
    assert all("九成六" in str(c) or ("≥" in f"{c[0]}{c[1]}" and c[3] != "≥") for c in unread)
    assert {Decimal(2), Decimal("0.02")} <= set(judged)


# How staff type a day: 2023-12-31 is 45291 in Excel.
DAYS = (("45291", "yyyy/m/d"), ("45291", "yyyy-mm-dd"), ("'2023-12-31", "@"), ("'2023年12月31日", "General"))
EARLY, LATE = ("45270", "yyyy/m/d"), ("45311", "yyyy/m/d")
EARLY_TEXT, LATE_TEXT = ("'2023-12-10", "@"), ("'2024年1月20日", "General")


@needs_office
def test_a_late_day_earns_no_share(tmp_path: Path) -> None:
    """However both days are typed: in time earns all, late nothing, and never 45311 ÷ 45291 of the points."""
    ways = list(product(DAYS, (EARLY, LATE, EARLY_TEXT, LATE_TEXT), ("≤", "=")))
    judged = _scores([(target, actual, None, sign) for target, actual, sign in ways], tmp_path)
    assert judged == [Decimal(0) if actual in {LATE, LATE_TEXT} else Decimal(2) for _, actual, _ in ways]
