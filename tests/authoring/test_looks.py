"""Looks of the built workbooks: heads that repeat in print belong to the list that is printed under them."""

from __future__ import annotations

from openpyxl import load_workbook

from toolkit.pack import FILL_NAME, default_pack


def test_repeated_heads_are_those_of_the_last_list() -> None:
    """三、主要职能 is not printed under 内设机构名称; the long forms keep their title in sight."""
    book = load_workbook(default_pack().folder / FILL_NAME)
    sheet = book["基本情况"]
    row = int(str(sheet.print_title_rows).replace("$", "").split(":")[0])
    assert str(sheet.cell(row, 1).value).startswith("三、主要职能")
    assert {book[name].freeze_panes for name in ("整体自评表", "项目自评表")} == {"A3"}
