"""Looks of the workbooks (表样样式): colours, fonts, number formats, validations. Only openpyxl objects.

Input cells are pale yellow and unlocked, computed cells grey and locked, as the cover's legend says.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.properties import PageSetupProperties

from toolkit.core.dictionary import Kind
from toolkit.pack import Style

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell import Cell, MergedCell
    from openpyxl.worksheet.worksheet import Worksheet

INPUT, COMPUTED, HEAD, CHOICE = "FFFBE0", "ECECEC", "DCE6F1", "FFF3C4"

FORMATS = {
    Kind.MONEY: "#,##0.00",
    Kind.RATE: "0.00%",
    Kind.SCORE: "0.00",
    Kind.COUNT: "0",
    Kind.YEAR: "0",
    Kind.AREA: "#,##0.00",
    Kind.DATE: 'yyyy"年"m"月"d"日"',
    Kind.TEXT: "@",
    Kind.YESNO: "@",
    Kind.CHOICE: "@",
}

LEFT_KINDS = frozenset({Kind.LONG})

_NUMBER_PROMPT = {
    Kind.MONEY: "请填数字，单位见表头，保留两位小数。没有发生额请填 0，不要空着。",
    Kind.COUNT: "请填整数。没有请填 0。",
    Kind.AREA: "请填数字，单位：平方米。",
    Kind.SCORE: "请填数字，单位：分。",
    Kind.YEAR: "请填四位年度，例如 2023。",
    Kind.RATE: "请填百分数，例如 95%。",
}


@cache
def _border() -> Border:
    side = Side(style="thin", color="8C8C8C")
    return Border(left=side, right=side, top=side, bottom=side)


@cache
def fill_of(colour: str) -> PatternFill:
    """A plain background."""
    return PatternFill("solid", fgColor=colour)


def style_label(cell: Cell | MergedCell, style: Style, *, left: bool = False) -> None:
    """Dress a fixed text by the style of its row."""
    cell.protection = Protection(locked=True)
    if style is Style.TITLE:
        cell.font = Font(name="黑体", size=16, bold=True)
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    elif style in {Style.NOTE, Style.FOOT}:
        colour = "404040" if style is Style.FOOT else "666666"
        cell.font = Font(name="宋体", size=10, color=colour)
        cell.alignment = Alignment(horizontal="left", vertical="center", wrap_text=True)
    elif style is Style.LEGEND:
        cell.font = Font(name="宋体", size=10)
        cell.alignment = Alignment(vertical="center", wrap_text=True)
    elif style is not Style.SPACE:
        _style_table_label(cell, style, left=left)


def _style_table_label(cell: Cell | MergedCell, style: Style, *, left: bool) -> None:
    cell.border = _border()
    head = style is Style.HEAD
    cell.font = Font(name="宋体", size=10.5, bold=head)
    left = left or (not head and is_indented(cell))
    cell.alignment = Alignment(horizontal="left" if left else "center", vertical="center", wrap_text=True)
    if head:
        cell.fill = fill_of(HEAD)


def is_indented(cell: Cell | MergedCell) -> bool:
    """Whether a label says by its words that it is a part of the one above."""
    return str(cell.value or "").startswith(("　", "其中"))


def style_value(cell: Cell | MergedCell, kind: Kind | None, colour: str | None, *, locked: bool) -> None:
    """Dress a cell that holds a datum; `colour` None leaves the paper white (report)."""
    cell.border = _border()
    cell.font = Font(name="宋体", size=10.5)
    cell.protection = Protection(locked=locked)
    if kind in FORMATS:
        cell.number_format = FORMATS[kind]
    side = "left" if kind in LEFT_KINDS else "right" if kind is Kind.MONEY else "center"
    inward = side == "right" and colour is not None
    if side == "right" and not inward:  # on paper its format keeps it off the edge: LibreOffice prints indents unevenly
        cell.number_format += "_ "
    cell.alignment = Alignment(horizontal=side, vertical="center", wrap_text=True, indent=int(inward))
    if colour:
        cell.fill = fill_of(colour)


def choice_validation(list_name: str) -> DataValidation:
    """下拉 from a named list."""
    found = DataValidation(type="list", formula1=list_name, allow_blank=True)
    found.errorTitle, found.error = "请从列表里选", "这一格只能从下拉列表里选。"
    found.showErrorMessage = True
    return found


def number_validation(kind: Kind) -> DataValidation:
    """Numbers only, with a Chinese prompt; negative amounts are left to the audit (预算调整 may be negative)."""
    whole = kind in {Kind.COUNT, Kind.YEAR}
    low = {Kind.YEAR: "2000", Kind.COUNT: "0", Kind.SCORE: "0", Kind.AREA: "0"}.get(kind, "-9999999999")
    high = "2100" if kind is Kind.YEAR else "9999999999"
    found = DataValidation(
        type="whole" if whole else "decimal",
        operator="between",
        formula1=low,
        formula2=high,
        allow_blank=True,
    )
    found.promptTitle, found.prompt = "填写说明", _NUMBER_PROMPT[kind]
    found.errorTitle = "请填数字"
    found.error = "这一格只能填数字，不要写单位、逗号或文字。"
    found.showErrorMessage = found.showInputMessage = True
    return found


def computed_validation() -> DataValidation:
    """A formula cell of a list: nothing may be typed over it, but the formula may be copied down to a new row."""
    found = DataValidation(type="custom", formula1="FALSE", allow_blank=True)
    found.promptTitle = "自动计算"
    found.prompt = "不用填。插入的行：选中这一列里上一格和这一格，按 Ctrl+D 把公式带下来。"
    found.errorTitle = "自动计算"
    found.error = "这一格自动计算，改不了。"
    found.showErrorMessage = found.showInputMessage = True
    return found


def date_validation() -> DataValidation:
    """日期."""
    found = DataValidation(type="date", operator="between", formula1="36526", formula2="73050", allow_blank=True)
    found.promptTitle, found.prompt = "填写说明", "请填日期，例如 2024-5-20。"
    found.errorTitle, found.error = "请填日期", "请按 2024-5-20 的样子填写日期。"
    found.showErrorMessage = found.showInputMessage = True
    return found


def set_formula(cell: Cell | MergedCell, formula: str, *, array: bool) -> None:
    """Put a formula into a cell; an array formula works on whole columns, row by row, in any spreadsheet."""
    cell.value = ArrayFormula(cell.coordinate, formula) if array else formula


def define(owner: Workbook | Worksheet, name: str, sheet: Worksheet, *area: int) -> None:
    """Add a defined name over `(left, top, right, bottom)`, to the workbook or to one sheet."""
    left, top, right, bottom = area
    first = f"${get_column_letter(left)}${top}"
    last = f"${get_column_letter(right)}${bottom}"
    place = first if (left, top) == (right, bottom) else f"{first}:{last}"
    owner.defined_names[name] = DefinedName(name, attr_text=f"'{sheet.title}'!{place}")


def set_page(sheet: Worksheet, *, landscape: bool, pages: int = 0) -> None:
    """A4, fit to width and to so many pages (0: to as many as it takes), page numbers."""
    sheet.page_setup.paperSize = 9
    sheet.page_setup.orientation = "landscape" if landscape else "portrait"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, pages
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_options.horizontalCentered = True
    sheet.page_margins.left = sheet.page_margins.right = 0.5
    sheet.page_margins.top = 0.6
    sheet.page_margins.bottom, sheet.page_margins.footer = 0.75, 0.35
    footer = sheet.oddFooter
    if footer is not None and footer.center is not None:
        footer.center.text = "第 &P 页 共 &N 页"


def protect(sheet: Worksheet) -> None:
    """Lock computed cells against accidents, without password; staff may insert rows and set widths."""
    protection = sheet.protection
    protection.sheet = True
    protection.formatColumns = protection.formatRows = protection.formatCells = False
    protection.insertRows = protection.sort = protection.autoFilter = False
