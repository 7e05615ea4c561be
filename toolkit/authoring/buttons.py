"""What the macro workbook has more than the plain one (按钮用的格子): marks, 审核结果, tool verdicts, messages.

The buttons write values only. A mark is an address in a cell that a conditional format of the template
watches, so nothing of staff's own formats is touched and nothing has to be put back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, Font, Protection, Side
from openpyxl.utils import get_column_letter

from toolkit.audit import audit_lines, elsewhere
from toolkit.authoring import looks
from toolkit.authoring.audit_sheets import AUDIT_FIRST, AUDIT_SHEET, GUIDE_SHEET, TOOL_COLUMN
from toolkit.authoring.looks import define, set_page
from toolkit.core.findings import Severity
from toolkit.core.light import dataclass
from toolkit.engines.vba import WORKBOOK_MODULE
from toolkit.engines.xlsx import (
    MAIN,
    PREFIXES,
    REL_ID,
    TYPES,
    Package,
    add_relationship,
    parse_xml,
    rels_of,
    whole,
    xml_bytes,
)
from toolkit.pack import Style
from toolkit.publishing.workbooks import (
    FIRST_ROW,
    MACROS,
    MARK,
    MESSAGES,
    MIRROR,
    MODULE,
    RESULT_HEADS,
    RESULT_SHEET,
    RESULTS,
    ROOM,
    STATUS,
    TOOL,
    VBA_PART,
    with_code_names,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from toolkit.pack import Pack, SheetForm

_COLOURS = {Severity.ERROR: "FFC7CE", Severity.WARNING: "FFEB9C", Severity.NOTICE: "DDEBF7"}

_WIDTHS = (6, 8, 8, 16, 12, 104, 10, 8)

_MORE_ROWS, _MORE_COLUMNS = 300, 8  # rows that staff insert, and what they type beside the form

_HIDDEN = ";;;"

_BUTTON_ROW_HEIGHT = 36

_PRINTED = 40

_FEW_LINES = 50  # what most findings need with their clue; a press in a live book fits each row

# In the order of the constants SAYS_… of jixiao.bas.
_MESSAGES = (
    "正在计算和审核，请稍候……",
    (
        "没有运行：工作簿还没有存在这台电脑的文件夹里，或文件名里有引号。"
        "请先另存到本机文件夹（不要直接在网盘、网页里打开），再按按钮。"
    ),
    (
        "没有运行：这台电脑还没有装绩效自评工具（jixiao），或没有登记。内容没有改动。"
        "表里的“随填随查”照常可用；要用按钮，请信息部门安装后运行 jixiao excel install。"
    ),
    "工具过了规定时间还没有回应，内容没有改动。请再按一次；仍然不行，请信息部门运行 jixiao excel doctor 查看原因。",
    "工具的回答不完整，没有采用，内容没有改动。请再按一次；仍然不行，请信息部门运行 jixiao excel doctor。",
    "没有做完，您填的内容没有改动。请再按一次；仍然不行，请信息部门运行 jixiao excel doctor。",
    "标记和审核结果已清除，您填的内容没有改动。",
    "没有写入：有工作表设了保护密码。请在“审阅”里撤消工作表保护，再按按钮。内容没有改动。",
)


def mark_errors(sheet: Worksheet, form: SheetForm) -> None:
    """Name the three mark cells of a sheet and colour errors; goes before the live marks, so that red wins."""
    column = len(form.widths) + 2
    for offset in range(len(Severity)):
        cell = sheet.cell(1, column + offset)
        cell.number_format = _HIDDEN
        cell.protection = Protection(locked=False)
    define(sheet, MARK, sheet, column, 1, column + len(Severity) - 1, 1)
    _watch(sheet, form, Severity.ERROR)


def mark_others(sheet: Worksheet, form: SheetForm) -> None:
    """Colour warnings and notices, behind the live marks."""
    _watch(sheet, form, Severity.WARNING)
    _watch(sheet, form, Severity.NOTICE)


def _watch(sheet: Worksheet, form: SheetForm, severity: Severity) -> None:
    place = f"${get_column_letter(len(form.widths) + 2 + severity.rank)}$1"
    formula = f'ISNUMBER(FIND("|"&ADDRESS(ROW(),COLUMN(),4)&"|",{place}))'
    rule = FormulaRule(formula=[formula], fill=looks.fill_of(_COLOURS[severity]))  # type: ignore[no-untyped-call]
    rule.dxf.fill.bgColor = rule.dxf.fill.fgColor
    last = f"{get_column_letter(len(form.widths) + _MORE_COLUMNS)}{form.rows + _MORE_ROWS}"
    sheet.conditional_formatting.add(f"A1:{last}", rule)


def add_button_places(book: Workbook, pack: Pack, cover: SheetForm) -> list[tuple[str, int, int]]:
    """Add everything that the buttons write to; (sheet, row, column) of each row of buttons."""
    _result_sheet(book)
    _tool_column(book[AUDIT_SHEET], pack)
    lines = audit_lines(pack.rules, pack.dictionary)
    define(book, TOOL, book[AUDIT_SHEET], TOOL_COLUMN, AUDIT_FIRST, TOOL_COLUMN, AUDIT_FIRST + len(lines) - 1)
    _messages(book)
    rows = [(RESULT_SHEET, 2, 1), (AUDIT_SHEET, AUDIT_FIRST - 2, 1)]
    book[AUDIT_SHEET].print_area = f"A1:K{AUDIT_FIRST + len(lines) - 1}"
    _told_at(book[AUDIT_SHEET], AUDIT_FIRST - 2, 4, 11)
    if not any(cell.row == 1 and cell.text for cell in cover.cells):
        rows.append((cover.name, 1, 2))
        _told_at(book[cover.name], 1, 2, 5)
        book[cover.name].cell(1, 2).alignment = Alignment(vertical="bottom", wrap_text=True)
        book[cover.name].row_dimensions[1].height = _BUTTON_ROW_HEIGHT * 2
    return rows


def _told_at(sheet: Worksheet, row: int, first: int, last: int) -> None:
    """The last message beside the buttons."""
    cell = sheet.cell(row, first, f"={MIRROR}")
    cell.font = Font(name="宋体", size=10, color="C00000")
    cell.alignment = Alignment(horizontal="left", vertical="center", wrap_text=True, indent=1)
    sheet.merge_cells(start_row=row, start_column=first, end_row=row, end_column=last)
    sheet.row_dimensions[row].height = _BUTTON_ROW_HEIGHT


def _result_sheet(book: Workbook) -> None:
    sheet = book.create_sheet(RESULT_SHEET, book.sheetnames.index(GUIDE_SHEET))
    sheet.sheet_properties.tabColor = "C00000"
    sheet.cell(1, 1).font = Font(name="宋体", size=11, bold=True)
    sheet.cell(1, 1).alignment = Alignment(vertical="center", wrap_text=True)
    columns = len(RESULT_HEADS)
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=columns)
    define(book, STATUS, sheet, 1, 1, 1, 1)
    for column, (text, width) in enumerate(zip(RESULT_HEADS, _WIDTHS, strict=True), 1):
        looks.style_label(sheet.cell(FIRST_ROW - 1, column, text), Style.HEAD)
        sheet.column_dimensions[get_column_letter(column)].width = width
    for row in range(FIRST_ROW, FIRST_ROW + ROOM):
        _result_row(sheet, row)
    define(book, RESULTS, sheet, 1, FIRST_ROW, columns - 1, FIRST_ROW + ROOM - 1)
    _finish_result_sheet(sheet)


def _result_row(sheet: Worksheet, row: int) -> None:
    """Rows after the first share its styles: making each anew takes most of a build."""
    last = len(RESULT_HEADS)
    for column in range(1, last + 1):
        cell = sheet.cell(row, column)
        if row > FIRST_ROW:
            cell._style = sheet.cell(FIRST_ROW, column)._style  # type: ignore[union-attr]  # noqa: SLF001 - openpyxl has no other way
            continue
        plain, link = Font(name="宋体", size=10), Font(name="宋体", size=10, color="0563C1", underline="single")
        cell.font = link if column == last else plain
        cell.number_format = "@" if column < last else "General"
        cell.alignment = Alignment(vertical="top", wrap_text=True)
    place = f'"#\'"&SUBSTITUTE($D{row},"\'","\'\'")&"\'!"&$E{row}'
    sheet.cell(row, last).value = f'=IF($E{row}="","",HYPERLINK({place},"查看"))'


def _finish_result_sheet(sheet: Worksheet) -> None:
    """Not protected: the buttons write here. Lines only where there is a finding."""
    sheet.sheet_format.defaultRowHeight, sheet.sheet_format.customHeight = _FEW_LINES, True
    sheet.row_dimensions[1].height = 40
    sheet.row_dimensions[2].height = _BUTTON_ROW_HEIGHT
    sheet.sheet_view.showGridLines = False
    sheet.freeze_panes = f"A{FIRST_ROW}"
    side = Side(style="thin", color="8C8C8C")
    border = Border(left=side, right=side, top=side, bottom=side)
    last = get_column_letter(len(RESULT_HEADS))
    rule = FormulaRule(formula=[f"LEN($A{FIRST_ROW})>0"], border=border)  # type: ignore[no-untyped-call]
    sheet.conditional_formatting.add(f"A{FIRST_ROW}:{last}{FIRST_ROW + ROOM - 1}", rule)
    for word, severity in (("错误", Severity.ERROR), ("警示", Severity.WARNING), ("提示", Severity.NOTICE)):
        formula = [f'$C{FIRST_ROW}="{word}"']
        shade = FormulaRule(formula=formula, fill=looks.fill_of(_COLOURS[severity]))  # type: ignore[no-untyped-call]
        shade.dxf.fill.bgColor = shade.dxf.fill.fgColor
        sheet.conditional_formatting.add(f"C{FIRST_ROW}:C{FIRST_ROW + ROOM - 1}", shade)
    set_page(sheet, landscape=True)
    sheet.print_title_rows = f"{FIRST_ROW - 1}:{FIRST_ROW - 1}"
    sheet.print_area = f"A1:{last}{FIRST_ROW + _PRINTED - 1}"


def _tool_column(sheet: Worksheet, pack: Pack) -> None:
    """Rules that no formula can say show what the button found; without it they say who checks them."""
    letter = get_column_letter(TOOL_COLUMN)
    for row, line in enumerate(audit_lines(pack.rules, pack.dictionary), AUDIT_FIRST):
        found = f"${letter}{row}"
        sheet.cell(row, TOOL_COLUMN).number_format = _HIDDEN
        sheet.cell(row, TOOL_COLUMN).protection = Protection(locked=False)
        if line.text is None:
            word = elsewhere(line.rule)
            failed = f"OR({','.join(f'{found}=' + chr(34) + s + chr(34) for s in ('错误', '警示', '提示', '已说明'))})"
            sheet.cell(row, 7, f'=IF({found}="","{word}",IF({failed},"不符",{found}))')
            sheet.cell(row, 8, f'=IF({found}="","{word}",{found})')


def _messages(book: Workbook) -> None:
    """The sentences that the macro shows, on the last, hidden sheet."""
    sheet = book.worksheets[-1]
    column = sheet.max_column + 2
    for row, text in enumerate(_MESSAGES, 1):
        sheet.cell(row, column, text)
    define(book, MESSAGES, sheet, column, 1, column, len(_MESSAGES))


_VBA_REL = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"

_VBA_TYPE = "application/vnd.ms-office.vbaProject"

_BOOK_TYPE = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"

_VML_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/vmlDrawing"

_VML_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"

_PLAIN_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"

_NO_RELS = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'

# What may follow a sheet's drawing of controls in the schema's order.
_BEHIND_DRAWING = frozenset(
    MAIN + name
    for name in ("legacyDrawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst")
)

_WIDTH, _HEIGHT, _GAP, _TOP = 112, 32, 10, 8  # pixels

_DEFAULT_WIDTH = 64


@dataclass(frozen=True, slots=True)
class ButtonRow:
    """Where a row of buttons stands: sheet, 1-based row, and the column that it starts in."""

    sheet: str
    row: int
    column: int


def with_macros(parts: Mapping[str, bytes], rows: Iterable[ButtonRow]) -> dict[str, bytes]:
    """The parts of a macro workbook: code names, VBA project, buttons, content types."""
    package = Package(parts)
    book, rels = package.workbook, parse_xml(parts[package.book_rels], package.book_rels)
    properties = book.find(MAIN + "workbookPr")
    if properties is not None:  # as every workbook of openpyxl has
        properties.set("codeName", WORKBOOK_MODULE)
    add_relationship(rels, "rIdMacros", _VBA_REL, "vbaProject.bin")
    made = {**parts, VBA_PART: b"", package.book_part: xml_bytes(book), package.book_rels: xml_bytes(rels)}
    for number, row in enumerate(rows, 1):
        sheet = package.sheet(row.sheet)
        if sheet is not None:
            made |= _with_buttons(made, sheet.part, row, number)
    made[TYPES] = _with_types(parts[TYPES])
    return with_code_names(made)


def _with_types(xml: bytes) -> bytes:
    types = parse_xml(xml, TYPES)
    for element in types:
        if element.get("ContentType") == _PLAIN_TYPE:
            element.set("ContentType", _BOOK_TYPE)
    for ending, kind in (("bin", _VBA_TYPE), ("vml", _VML_TYPE)):
        types.insert(0, etree.Element(f"{types.tag[:-5]}Default", {"Extension": ending, "ContentType": kind}))
    return xml_bytes(types)


def _with_buttons(parts: Mapping[str, bytes], part: str, row: ButtonRow, number: int) -> dict[str, bytes]:
    drawing, links = f"xl/drawings/vmlDrawing{number}.vml", rels_of(part)
    sheet, rels = parse_xml(parts[part], part), parse_xml(parts.get(links, _NO_RELS), links)
    add_relationship(rels, "rIdButtons", _VML_REL, f"../drawings/vmlDrawing{number}.vml")
    legacy = etree.Element(MAIN + "legacyDrawing", {REL_ID: "rIdButtons"}, PREFIXES)
    sheet.insert(next((i for i, e in enumerate(sheet) if e.tag in _BEHIND_DRAWING), len(sheet)), legacy)
    made = _vml(row, _column_pixels(sheet), number).encode()
    return {part: xml_bytes(sheet), links: xml_bytes(rels), drawing: made}


def _column_pixels(sheet: etree._Element) -> list[int]:
    """Widths of the first columns in pixels."""
    found: dict[int, int] = {}
    for column in sheet.iter(MAIN + "col"):
        pixels = int(float(column.get("width") or 8.43) * 7 + 5)
        for number in range(whole(column.get("min"), 1), min(whole(column.get("max"), 1), 50) + 1):
            found[number] = pixels
    return [found.get(i, _DEFAULT_WIDTH) for i in range(1, 51)]


def _at(pixels: list[int], place: int) -> tuple[int, int]:
    """(0-based column, pixels into it) of a place measured from the left edge of the sheet."""
    for column, width in enumerate(pixels):
        if place < width:
            return column, place
        place -= width
    return len(pixels), place


def _vml(row: ButtonRow, pixels: list[int], number: int) -> str:
    start = sum(pixels[: row.column - 1]) + _GAP // 2
    shapes = "".join(
        _shape(caption, macro, (start + i * (_WIDTH + _GAP), row.row), pixels, 1024 * number + 1 + i)
        for i, (caption, macro) in enumerate(MACROS.items())
    )
    return (
        '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
        'xmlns:x="urn:schemas-microsoft-com:office:excel">'
        f'<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="{number}"/></o:shapelayout>'
        '<v:shapetype id="_x0000_t201" coordsize="21600,21600" o:spt="201" path="m,l,21600r21600,l21600,xe">'
        '<v:stroke joinstyle="miter"/><v:path shadowok="f" o:extrusionok="f" strokeok="f" fillok="f" '
        'o:connecttype="rect"/><o:lock v:ext="edit" shapetype="t"/></v:shapetype>'
        f"{shapes}</xml>"
    )


def _shape(caption: str, macro: str, place: tuple[int, int], pixels: list[int], number: int) -> str:
    left, row = place
    (first, into), (last, over) = _at(pixels, left), _at(pixels, left + _WIDTH)
    points = 0.75
    style = (
        f"position:absolute;margin-left:{left * points:g}pt;margin-top:{_TOP * points:g}pt;"
        f"width:{_WIDTH * points:g}pt;height:{_HEIGHT * points:g}pt;z-index:1;mso-wrap-style:tight"
    )
    anchor = f"{first}, {into}, {row - 1}, {_TOP}, {last}, {over}, {row - 1}, {_TOP + _HEIGHT}"
    return (
        f'<v:shape id="_x0000_s{number}" type="#_x0000_t201" style="{style}" o:button="t" '
        'fillcolor="buttonFace [67]" strokecolor="windowText [64]" o:insetmode="auto">'
        '<v:fill color2="buttonFace [67]" o:detectmouseclick="t"/><o:lock v:ext="edit" rotation="t"/>'
        '<v:textbox style="mso-direction-alt:auto" o:singleclick="f"><div style="text-align:center">'
        f'<font face="宋体" size="220" color="#000000">{caption}</font></div></v:textbox>'
        f'<x:ClientData ObjectType="Button"><x:Anchor>{anchor}</x:Anchor><x:PrintObject>False</x:PrintObject>'
        f"<x:AutoFill>False</x:AutoFill><x:FmlaMacro>[0]!{MODULE}.{macro}</x:FmlaMacro>"
        "<x:TextHAlign>Center</x:TextHAlign><x:TextVAlign>Center</x:TextVAlign></x:ClientData></v:shape>"
    )
