"""The printed table of indicators: levels that stand in merged cells are those of every row that they stand beside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest

from toolkit.engines.xlsx import Area
from toolkit.pack import REPORT_NAME, default_pack
from toolkit.pipeline import run_unit
from toolkit.publishing.workbooks.report import _Writer, template_with_forms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openpyxl.worksheet.worksheet import Worksheet

EXAMPLES = Path(__file__).parents[3] / "examples"
_LEVELS = ("一级指标", "二级指标")
CASES = ["demo-unit", "packs/sichuan-project-2023", "packs/central-2021"]


def _lines(sheet: Worksheet) -> Iterator[list[str]]:
    """The rows as a reader sees them: a merged cell says the same beside each of its rows."""
    shown = {(c.row, c.column): str(c.value or "") for line in sheet.iter_rows() for c in line}
    for area in sheet.merged_cells.ranges:
        for line in sheet.iter_rows(area.min_row, area.max_row, area.min_col, area.max_col):
            shown |= {(c.row, c.column): shown[area.min_row, area.min_col] for c in line}
    for row in range(1, sheet.max_row + 1):
        yield [shown[row, c] for c in range(1, sheet.max_column + 1)]


@pytest.mark.parametrize("name", CASES)
def test_each_indicator_stands_under_its_own_levels(name: str, tmp_path: Path) -> None:
    done = run_unit(EXAMPLES / name / "填报表.xlsx", tmp_path)
    sheets = openpyxl.load_workbook(done.folder / "自评报表.xlsx")
    lines = [line for sheet in sheets.worksheets for line in _lines(sheet)]
    seen = 0
    for figures in done.checked.figures.all:
        for row in figures.section.indicators:
            first, second = row.text(row.roles.first), row.text(row.roles.second)
            own = [line for line in lines if row.name in line and second in line]
            assert any(text.startswith(first) for line in own for text in line), (row.name, first, second)
            seen += 1
    assert seen > 5


@pytest.mark.parametrize("printed", [_LEVELS, _LEVELS[1:]], ids=["both levels", "the second alone"])
def test_a_second_level_ends_with_its_first(printed: tuple[str, ...]) -> None:
    """Where the form has no column of the first level, two groups of one name were one, and the second was wiped."""
    pack = default_pack()
    writer = _Writer(template_with_forms(pack, REPORT_NAME, [])[0], pack.dictionary, {}, "")
    rows = [
        dict(zip(_LEVELS, row, strict=True)) for row in (("产出", "数量"), *[("效益", "数量")] * 2, ("效益", "质量"))
    ]
    columns = {name: Area("表", place, 5, place, 8) for place, name in enumerate(_LEVELS, 1) if name in printed}
    writer._merge_groups(rows, columns, _LEVELS)
    first = [(1, 6, 8)] if len(printed) > 1 else []
    assert writer.edits["表"].groups == [*first, (2, 6, 7)]
    assert {row for row, cells in writer.edits["表"].values.items() if 2 in cells} == {7}
