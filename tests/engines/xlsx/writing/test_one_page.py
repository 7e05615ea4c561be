"""A form that nearly fits its page fits it: rows that would stand alone on a second page come onto the first."""

from __future__ import annotations

from functools import cache
from itertools import cycle, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.engines.xlsx import MAIN, SheetEdit, WorkbookTemplate, compile_workbook, open_file, open_package, parse_xml
from toolkit.engines.xlsx.writing.heights import Rows, paging
from toolkit.pack import REPORT_NAME, Role, SheetForm, Style, default_pack, list_packs

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
    found = paging(Rows(heights, frozenset({HEAD}), [HEAD]), ROOM, squeeze, named=True)
    if found.count:
        assert len(found.starts) < found.count
        return
    for begin, end in pairwise([1, *found.starts, len(rows) + 1]):
        head = heights[HEAD] if begin > HEAD else 0.0
        assert 0 < head + sum(heights[n] for n in range(begin, end)) <= ROOM
    assert HEAD + 1 not in found.starts


@given(
    st.lists(st.tuples(st.floats(15, 200), st.booleans()), min_size=5, max_size=80),
    st.sampled_from([0.5, 0.75, 1]),
    st.booleans(),
)
def test_no_head_is_the_last_row_of_a_page(rows: list[tuple[float, bool]], squeeze: float, named: bool) -> None:  # noqa: FBT001 - drawn
    """Two heads may follow one another, as on a form; more would be a page of heads."""
    heads = {i for i, (_, head) in enumerate(rows, 1) if head and not (i > 2 and rows[i - 2][1] and rows[i - 3][1])}
    heads -= {len(rows)}
    heights = {i: min(height, 60) if i in heads else height for i, (height, _) in enumerate(rows, 1)}
    found = paging(Rows(heights, frozenset(heads), ()), ROOM, squeeze, named=named)
    assert heads.isdisjoint(start - 1 for start in found.starts)
    if not found.starts and not found.count and sum(heights.values()) > ROOM:
        below = max(heads, default=0) + 1
        assert sum(heights[i] for i in range(1, below + 1)) <= ROOM, "left to the program, so a head could end a page"


OWN = {pack.id: pack for pack in list_packs() if (pack.folder / "forms.toml").exists()}


@cache
def report_of(pack: str) -> tuple[WorkbookTemplate, tuple[SheetForm, ...]]:
    template = WorkbookTemplate(compile_workbook(open_file(OWN[pack].folder / REPORT_NAME).package.parts))
    return template, tuple(form for form in OWN[pack].forms("report") if not form.hidden and not form.charts)


@pytest.mark.parametrize("pack", OWN)
@given(st.integers(1, 12), st.lists(st.integers(0, 90), min_size=7, max_size=7))
@settings(max_examples=8)
def test_every_list_of_every_form_keeps_its_heads(pack: str, rows: int, lengths: list[int]) -> None:
    """Yunnan's list of tasks had its title and its heads on one page and its rows on the next."""
    (template, forms), texts = report_of(pack), cycle("按合同节点组织验收。" * n for n in lengths)
    for form in forms:
        edit = SheetEdit(squeeze=0.75)
        for area in form.tables.values():
            edit.hidden |= set(range(area.first + rows, area.last + 1))
            edit.groups = [(1, area.first, area.first + rows - 1)]  # so that it matters where pages begin
        for cell in form.cells:
            if cell.role in {Role.NAME, Role.COLUMN, Role.FORMULA} and cell.row not in edit.hidden:
                edit.values[cell.row][cell.column] = next(texts)
        made = open_package(template.render({form.name: edit}))
        part = next(s.part for s in made.sheets if s.name == form.name)
        heads = {cell.row for cell in form.cells if cell.style is Style.HEAD}
        last = [int(b.get("id") or 0) for b in parse_xml(made.parts[part], part).iter(f"{MAIN}brk")]
        assert heads.isdisjoint(last), form.name


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
