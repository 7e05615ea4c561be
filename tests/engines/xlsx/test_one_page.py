"""A form that nearly fits its page fits it: rows that would stand alone on a second page come onto the first."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.engines.xlsx import MAIN, SheetEdit, WorkbookTemplate, compile_workbook, open_file, open_package, parse_xml
from toolkit.engines.xlsx.heights import paging
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


ROOM, HEAD = 900.0, 4
CELL = f"{MAIN}c"


@given(st.lists(st.floats(15, 409), min_size=HEAD, max_size=80), st.sampled_from([0.75, 1]))
def test_pages_begin_where_the_rows_no_longer_fit(rows: list[float], squeeze: float) -> None:
    """No page is fuller than its paper, its repeated head included, none ends with that head alone, none is empty."""
    heights = dict(enumerate(rows, 1))
    found = paging(heights, ROOM, squeeze, [HEAD + 1])
    if found.count:
        assert len(found.starts) < found.count
        return
    for begin, end in pairwise([1, *found.starts, len(rows) + 1]):
        head = heights[HEAD] if begin > HEAD else 0.0
        assert 0 < head + sum(heights[n] for n in range(begin, end)) <= ROOM
    assert HEAD + 1 not in found.starts


def test_a_group_over_a_page_is_named_on_both() -> None:
    template = WorkbookTemplate(compile_workbook(open_file(default_pack().folder / REPORT_NAME).package.parts))
    sheet = template.sheets[SHEET]
    first, last = 26, 60
    edit = SheetEdit(squeeze=0.999, groups=[(1, first, last)])
    for row in range(first, last + 1):
        edit.values[row] |= {1: "产出指标" if row == first else None, 8: "会同各股室逐项核对" * 20}
    edit.hidden = {n for b in sheet.blocks for n in b.numbers if n > last or n < first - 1}
    made = open_package(template.render({SHEET: edit}))
    part = next(s.part for s in made.sheets if s.name == SHEET)
    root = parse_xml(made.parts[part], part)
    begun = [int(b.get("id") or 0) + 1 for b in root.iter(f"{MAIN}brk")]
    named = [int((c.get("r") or "A0")[1:]) for c in root.iter(CELL) if c.findtext(f"{MAIN}is/{MAIN}t") == "产出指标"]
    assert len(begun) > 3
    assert named == [first, *begun]
