"""A form that nearly fits its page fits it: rows that would stand alone on a second page come onto the first."""

from __future__ import annotations

import pytest

from toolkit.engines.xlsx import MAIN, SheetEdit, WorkbookTemplate, compile_workbook, open_file, open_package, parse_xml
from toolkit.pack import REPORT_NAME, default_pack

SHEET = "整体自评表"


@pytest.mark.parametrize(
    ("squeeze", "beyond", "pages"),
    [(0.75, -30, "0"), (0.75, 30, "1"), (0.75, 280, "1"), (0.75, 400, "0"), (1, 30, "0")],
)
def test_rows_shrink_as_far_as_allowed(squeeze: float, beyond: float, pages: str) -> None:
    """Points of rows beyond one page → fitToHeight; as many pages as it takes where too much would have to shrink."""
    template = WorkbookTemplate(compile_workbook(open_file(default_pack().folder / REPORT_NAME).package.parts))
    sheet = template.sheets[SHEET]
    heights = {
        row.number: float(parse_xml(row.xml.encode(), "").get("ht") or 0) for b in sheet.blocks for row in b.rows
    }
    kept, tall = set[int](), 0.0
    for number, height in heights.items():
        if tall + height <= sheet.room + beyond:
            kept.add(number)
            tall += height
    edit = SheetEdit(hidden=set(heights) - kept, squeeze=squeeze)
    made = open_package(template.render({SHEET: edit}))
    part = next(s.part for s in made.sheets if s.name == SHEET)
    setup = parse_xml(made.parts[part], part).find(f"{MAIN}pageSetup")
    assert setup is not None
    assert setup.get("fitToHeight") == pages
