"""Looks of the built workbooks: heads that repeat in print belong to the list that is printed under them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook
from openpyxl.utils import range_boundaries

from toolkit.engines.formula import parse
from toolkit.engines.xlsx import lines_of, open_file, parse_xml
from toolkit.pack import FILL_NAME, PUBLIC_NAME, REPORT_NAME, default_pack, list_packs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openpyxl import Workbook

    from toolkit.pack import Pack


def test_repeated_heads_are_those_of_the_last_list() -> None:
    """三、主要职能 is not printed under 内设机构名称; the long forms keep their title in sight."""
    book = load_workbook(default_pack().folder / FILL_NAME)
    sheet = book["基本情况"]
    row = int(str(sheet.print_title_rows).replace("$", "").split(":")[0])
    assert str(sheet.cell(row, 1).value).startswith("三、主要职能")
    assert {book[name].freeze_panes for name in ("整体自评表", "项目自评表")} == {"A3"}


@pytest.mark.parametrize("pack", list_packs(), ids=lambda p: p.id)
def test_second_level_follows_the_first(pack: Pack) -> None:
    """The drop-down of a row holds the words that belong to what the row says beside it, and all words otherwise."""
    book = load_workbook(pack.folder / FILL_NAME)
    for name in pack.raw.get("choices_by", {}):
        narrowed, whole, sources = pack.narrowed(name), pack.choices(name), list(_sources(book, name))
        if narrowed is None or whole is None:
            continue
        assert sources
        for word in (*(pack.choices(narrowed.by) or ()), "", "别的"):
            wanted = list(narrowed.words.get(word, whole))
            assert [_words(book, source, word) for source in sources] == [wanted] * len(sources)


def _sources(book: Workbook, name: str) -> Iterator[str]:
    """The sources of the drop-downs over a column of indicators, in the book and in the project form."""
    for sheet in book:
        for names in (book.defined_names, sheet.defined_names):
            for known in (name, f"自评{name}"):
                if known in names and f"'{sheet.title}'" in names[known].attr_text:
                    first = names[known].attr_text.partition("!")[2].replace("$", "").partition(":")[0]
                    yield from (v.formula1 for v in sheet.data_validations.dataValidation if first in v.sqref)


def _words(book: Workbook, source: str, word: str) -> list[str]:
    assert len(source) <= 255  # Excel takes no longer one
    found = parse(re.sub(r"\$[A-Z]+\d+", "旁边", source)).evaluate(lambda n: word if n == "旁边" else n)
    sheet, _, area = book.defined_names[str(found)].attr_text.replace("$", "").partition("!")
    left, top, _, bottom = range_boundaries(area)
    return [
        str(book[sheet.strip("'")].cell(row, int(left or 0)).value)
        for row in range(int(top or 0), int(bottom or 0) + 1)
    ]


def test_a_formula_comes_down_to_an_inserted_row() -> None:
    """得分 is unlocked, so that Ctrl+D works on the protected sheet, and takes nothing that is typed."""
    sheet = load_workbook(default_pack().folder / FILL_NAME)["整体自评表"]
    heads = next(row for row in sheet.iter_rows() if row[0].value == "一级指标")
    cell = next(sheet.cell((c.row or 0) + 1, c.column or 0) for c in heads if c.value == "得分")
    assert str(cell.value).startswith("=IF(")
    assert sheet.protection.sheet
    assert not sheet.protection.insertRows
    assert not cell.protection.locked
    (guard,) = [v for v in sheet.data_validations.dataValidation if cell.coordinate in v.sqref]
    assert (guard.type, guard.formula1, guard.showErrorMessage) == ("custom", "FALSE", True)
    assert any("Ctrl+D" in str(row[0].value) and str(row[0].value).startswith("=IF(") for row in sheet.iter_rows())


@pytest.mark.parametrize("name", ["审核", "规则说明"])
def test_no_line_of_the_rules_is_cut(name: str) -> None:
    """Every printed text has the height that it needs; formulas stand outside the print area."""
    sheet = load_workbook(default_pack().folder / FILL_NAME)[name]
    printed = sheet[str(sheet.print_area).replace("$", "").partition("!")[2] or sheet.dimensions]
    for row in printed[3:]:
        for cell in row:
            text = cell.value
            if not isinstance(text, str) or text.startswith("="):
                continue
            needed = 15 * lines_of(text, sheet.column_dimensions[cell.column_letter].width)
            assert needed <= sheet.row_dimensions[cell.row].height, cell.coordinate
    assert "公式或检查方法" not in [cell.value for cell in printed[3]]


@pytest.mark.parametrize("name", [REPORT_NAME, PUBLIC_NAME])
def test_charts_say_what_they_show(name: str) -> None:
    """Alt texts, greys that keep apart in print, figures at the bars, an axis that begins at 0."""
    parts = open_file(default_pack().folder / name).package.parts
    (drawing,) = [parse_xml(parts[n], n) for n in parts if n.startswith("xl/drawings/drawing")]
    assert [e.get("descr") for e in drawing.iter("{*}cNvPr")] == ["一级指标得分", "预算执行（万元）"]
    charts = [parse_xml(parts[n], n) for n in parts if n.startswith("xl/charts/chart")]
    for chart in charts:
        assert [e.get("val") for e in chart.iterfind(".//{*}ser/{*}spPr/{*}solidFill/{*}srgbClr")] == [
            "D0D0D0",
            "595959",
        ]
        assert {e.get("val") for e in chart.iterfind(".//{*}ser/{*}dLbls/{*}showVal")} == {"1"}
        assert [e.get("val") for e in chart.iterfind(".//{*}valAx/{*}scaling/{*}min")] == ["0"]


@pytest.mark.parametrize("name", [REPORT_NAME, PUBLIC_NAME])
@pytest.mark.parametrize("pack", list_packs(), ids=lambda p: p.id)
def test_a_chart_ends_within_the_columns_that_are_printed(pack: Pack, name: str) -> None:
    """Excel's columns are the narrowest of all: 5.25 points a character, where they are measured in Calibri."""
    path = pack.folder / name
    for sheet in load_workbook(path).worksheets if path.is_file() else ():
        widths = {i: d.width for d in sheet.column_dimensions.values() for i in range(d.min or 1, (d.max or 1) + 1)}
        for chart in getattr(sheet, "_charts", ()):
            last = range_boundaries(str(sheet.print_area).replace("$", "").rpartition("!")[2])[2] or 0
            room = 5.25 * sum(widths[i] for i in range(chart.anchor._from.col + 1, last + 1))
            assert chart.anchor.ext.width / 12700 <= room, (pack.id, sheet.title)
