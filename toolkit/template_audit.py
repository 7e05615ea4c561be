"""The 审核 and 规则说明 sheets of the fill-in workbook: every rule, live where a formula can say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.hyperlink import Hyperlink

from toolkit import template_styles as looks
from toolkit.dictionary import Kind
from toolkit.forms import Style
from toolkit.formula import parse
from toolkit.rule_text import audit_lines, elsewhere, verdict_text
from toolkit.template_styles import define, protect, set_page

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from toolkit.pack import Pack
    from toolkit.rule_text import AuditLine
    from toolkit.rules import Rule

AUDIT_SHEET, GUIDE_SHEET = "审核", "规则说明"
AUDIT_COLUMNS = ("规则", "程度", "内容", "左边", "右边", "相差", "结论", "状态", "说明", "查看", "所指")
_HEADS = (
    "规则",
    "程度",
    "审核内容",
    "左边",
    "右边",
    "相差",
    "结论",
    "状态",
    "出错说明（警示写明原因；错误必须改正）",
    "查看",
    "说明所指\n（工具填写，重写说明时清空）",
)
_WIDTHS = (7, 7, 44, 14, 14, 12, 12, 12, 46, 7, 16)
AUDIT_FIRST = 5
_SUBJECT_COLUMN = 11
TOOL_COLUMN = 13  # of the macro workbook only: what the button found
_TITLE_COLUMN = 3
_LEFT = Alignment(horizontal="left", vertical="center", wrap_text=True)
_CENTRE = Alignment(horizontal="center", vertical="center", wrap_text=True)


def add_audit_sheets(book: Workbook, pack: Pack, bound: set[str]) -> None:
    """Add 审核 and 规则说明 at the end of the visible sheets."""
    lines = audit_lines(pack.rules, pack.dictionary)
    sheet = book.create_sheet(AUDIT_SHEET)
    _head(
        sheet,
        "审核（随填随算）",
        "“通过”：数据齐全且相符；“未检查”：缺数据，不等于通过；“见项目自评表”：该表下面自带审核；"
        "“由工具检查”：运行 jixiao check 后得出。",
        _HEADS,
        _WIDTHS,
    )
    for row, line in enumerate(lines, AUDIT_FIRST):
        _line(sheet, row, line, bound)
    last = AUDIT_FIRST + len(lines) - 1
    _names(book, sheet, last)
    _colours(sheet, last)
    _guide(book.create_sheet(GUIDE_SHEET), pack)


def _head(sheet: Worksheet, title: str, note: str, heads: tuple[str, ...], widths: tuple[float, ...]) -> None:
    for row, (text, style) in enumerate([(title, Style.TITLE), (note, Style.NOTE)], 1):
        sheet.cell(row, 1, text)
        looks.style_label(sheet.cell(row, 1), style)
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(heads))
        sheet.row_dimensions[row].height = 30 if row == 1 else 20
    for column, (text, width) in enumerate(zip(heads, widths, strict=True), 1):
        cell = sheet.cell(AUDIT_FIRST - 1, column, text)
        looks.style_label(cell, Style.HEAD)
        sheet.column_dimensions[cell.column_letter].width = width
    sheet.row_dimensions[AUDIT_FIRST - 1].height = 32
    sheet.freeze_panes = f"A{AUDIT_FIRST}"


def _line(sheet: Worksheet, row: int, line: AuditLine, bound: set[str]) -> None:
    rule, text = line.rule, line.text
    for column, value in enumerate((rule.id, rule.severity.label, rule.title), 1):
        cell = sheet.cell(row, column, value)
        looks.style_label(cell, Style.BODY)
        cell.alignment = _LEFT if column == _TITLE_COLUMN else _CENTRE
    number_format = "0.00%" if rule.unit == "%" else "#,##0.00" if rule.unit == "万元" else "General"
    for column in range(4, 9):
        looks.style_value(sheet.cell(row, column), None, looks.COMPUTED, locked=True)
        sheet.cell(row, column).number_format = number_format
    if text is None:
        sheet.cell(row, 7, elsewhere(rule))
        sheet.cell(row, 8, elsewhere(rule))
    else:
        _live(sheet, row, line)
    looks.style_value(sheet.cell(row, 9), None, looks.INPUT, locked=False)
    sheet.cell(row, 9).alignment = _LEFT
    _link(sheet, row, rule, bound)
    looks.style_value(sheet.cell(row, _SUBJECT_COLUMN), Kind.TEXT, looks.INPUT, locked=False)
    sheet.row_dimensions[row].height = 15 * max(1, -(-len(rule.title) // 22)) + 6


def _live(sheet: Worksheet, row: int, line: AuditLine) -> None:
    """The live formulas; texts and Python's judgement are the same strings (see `rule_text`)."""
    rule, text = line.rule, line.text
    if text is None:
        return
    d, e, f, g, i, k = (f"${c}{row}" for c in "DEFGIK")
    if text.left:
        sheet.cell(row, 4, f'=IF({text.guard},"",IFERROR({text.left},""))')
        sheet.cell(row, 5, f'=IF({text.guard},"",IFERROR({text.right},""))')
        sheet.cell(row, 6, f'=IF(COUNT({d},{e})<2,"",ROUND(ABS({d}-{e}),6))')
    sheet.cell(row, 7, f"={verdict_text(text)}")
    label = rule.severity.label
    # An explanation that the toolkit has noted down the figures of holds for these figures only.
    holds = f'OR(LEN({k})=0,{k}=ROUND({d},4)&"|"&ROUND({e},4))' if line.alone and text.left else "TRUE"
    explained = f'"{label}"' if label == "错误" else f'IF(AND(LEN({i})>0,{holds}),"已说明","{label}")'
    slack = f'IF(AND(COUNT({f})=1,SUM({f})<={text.slack}),"提示",{explained})' if text.slack else explained
    sheet.cell(row, 8, f'=IF({g}="不符",{slack},{g})')


def _link(sheet: Worksheet, row: int, rule: Rule, bound: set[str]) -> None:
    """Jump to the first cell of the rule by its defined name, so that inserted rows do no harm."""
    names = (*rule.places, *(parse(rule.formula).names if rule.formula else ()))
    target = next((n for n in names if n in bound), None)
    cell = sheet.cell(row, 10)
    looks.style_label(cell, Style.BODY)
    if target and not rule.form:
        cell.value = "查看"
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=target, display="查看")
        cell.font = Font(name="宋体", size=10.5, color="0563C1", underline="single")


def _names(book: Workbook, sheet: Worksheet, last: int) -> None:
    for column, name in enumerate(AUDIT_COLUMNS, 1):
        define(book, f"审核_{name}", sheet, column, AUDIT_FIRST, column, last)
    set_page(sheet, landscape=True)
    sheet.print_title_rows = f"{AUDIT_FIRST - 1}:{AUDIT_FIRST - 1}"
    sheet.sheet_view.showGridLines = False
    protect(sheet)


def _colours(sheet: Worksheet, last: int) -> None:
    """Words carry the verdict; colour only helps (black-and-white print, colour-blind readers)."""
    area = f"G{AUDIT_FIRST}:H{last}"
    for word, colour in {"错误": "F8CBAD", "不符": "F8CBAD", "警示": "FFE699", "通过": "E2EFDA"}.items():
        formula = [f'G{AUDIT_FIRST}="{word}"']
        rule = FormulaRule(formula=formula, fill=looks.fill_of(colour))  # type: ignore[no-untyped-call]
        rule.dxf.fill.bgColor = rule.dxf.fill.fgColor
        sheet.conditional_formatting.add(area, rule)


def _guide(sheet: Worksheet, pack: Pack) -> None:
    """规则说明: sentence, formula and basis of each rule, generated from the pack."""
    _head(
        sheet,
        "规则说明",
        f"{pack.title}，规则包 {pack.id}（{pack.version}）。公式用数据字典中的名称书写。",
        ("规则", "程度", "审核内容", "公式或检查方法", "怎么办", "依据"),
        (7, 7, 40, 70, 40, 30),
    )
    for row, rule in enumerate(pack.rules, AUDIT_FIRST):
        way = rule.formula or "由工具逐行检查"
        for column, value in enumerate((rule.id, rule.severity.label, rule.title, way, rule.action, rule.basis), 1):
            cell = sheet.cell(row, column)
            cell.value = value
            cell.data_type = "s"
            looks.style_label(cell, Style.BODY)
            cell.alignment = _CENTRE if column < _TITLE_COLUMN else _LEFT
        sheet.row_dimensions[row].height = 14.5 * max(1, -(-len(way) // 62), -(-len(rule.title) // 19)) + 6
    _finish_guide(sheet)


def _finish_guide(sheet: Worksheet) -> None:
    set_page(sheet, landscape=True)
    sheet.print_title_rows = f"{AUDIT_FIRST - 1}:{AUDIT_FIRST - 1}"
    protect(sheet)
