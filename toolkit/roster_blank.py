"""A blank 单位名册.xlsx (空白名册): four columns, a drop-down for the kind, and how to fill it in."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from toolkit.roster import COLUMNS, KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_WIDTHS = (16, 40, 30, 10)
_ROWS = 20_000
_NOTES = (
    "一行一个单位。单位代码要与填报表封面的单位代码一致，不能重复。",
    "上级：写上级单位的代码或名称；没有上级的不填。也可以写一个不在名册里的部门名称，作为分组。",
    "类型：本级、下属——自己报数，汇总时相加；汇总——主管部门另报的汇总数，不相加，只用来核对差额，可以不报。",
)


def write_blank_roster(path: Path, units: Sequence[Sequence[str]] = ()) -> None:
    """Write a roster, blank or with `units` as rows of code, name, parent, kind."""
    from xlsxwriter import Workbook

    book = Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": dt.datetime(2024, 1, 1)})  # noqa: DTZ001 - the same bytes each time
    font = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}
    head = book.add_format({**font, "bold": True, "bg_color": "#D9E2EC", "border": 1, "align": "center"})
    text = book.add_format({**font, "num_format": "@"})  # codes keep their leading zeros
    sheet = book.add_worksheet("单位名册")
    for index, (name, width) in enumerate(zip(COLUMNS, _WIDTHS, strict=True)):
        sheet.set_column(index, index, width, text)
        sheet.write_string(0, index, name, head)
    for row, unit in enumerate(units, 1):
        for index, value in enumerate(unit):
            sheet.write_string(row, index, value, text)
    sheet.data_validation(1, 3, _ROWS, 3, {"validate": "list", "source": list(KINDS)})
    sheet.freeze_panes(1, 0)
    notes = book.add_worksheet("填写说明")
    notes.set_column(0, 0, 110, book.add_format({**font, "text_wrap": True}))
    for row, note in enumerate(_NOTES):
        notes.write_string(row, 0, note)
    book.close()
