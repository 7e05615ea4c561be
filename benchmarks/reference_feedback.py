"""审核反馈 with openpyxl: mark the faulty cells of the loaded workbook, add the 审核结果 sheet, save."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.worksheet.hyperlink import Hyperlink

from toolkit.core.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from openpyxl import Workbook

    from toolkit.core.findings import AuditResult, CellRef, Finding

SHEET = "审核结果"
MARK = 'LEN("jixiao-mark")>0'
_COLOURS = {Severity.ERROR: "FFFFC7CE", Severity.WARNING: "FFFFEB9C", Severity.NOTICE: "FFDDEBF7"}
_HEADS = ("序号", "规则", "程度", "工作表", "单元格", "问题与处理办法", "状态")
_WIDTHS = (6, 8, 8, 16, 12, 90, 10)


def write_feedback(
    book: Workbook, stamped: Mapping[CellRef, str], out: Path, result: AuditResult, summary: str
) -> None:
    """The submitted workbook with marks, results and the texts of 说明所指."""
    _mark(book, result.findings)
    for ref, text in stamped.items():
        book[ref.sheet][ref.address] = text
    _result_sheet(book, result.findings, summary)
    book.save(out)


def _mark(book: Workbook, findings: Iterable[Finding]) -> None:
    places: dict[tuple[str, Severity], list[str]] = {}
    for finding in findings:
        for cell in finding.cells if not finding.explained else ():
            places.setdefault((cell.sheet, finding.severity), []).append(cell.address)
    for sheet in book.worksheets:
        for severity, colour in _COLOURS.items():
            found = sorted(set(places.get((sheet.title, severity), ())))
            if found:
                fill = PatternFill("solid", fgColor=colour, bgColor=colour)
                style = DifferentialStyle(fill=fill)
                rule = Rule(type="expression", dxf=style, formula=[MARK], stopIfTrue=True)
                sheet.conditional_formatting.add(" ".join(found), rule)


def _result_sheet(book: Workbook, findings: Iterable[Finding], summary: str) -> None:
    if SHEET in book.sheetnames:
        del book[SHEET]
    sheet = book.create_sheet(SHEET)
    sheet["A1"] = summary
    for column, (head, width) in enumerate(zip(_HEADS, _WIDTHS, strict=True), 1):
        sheet.cell(3, column, head).font = Font(bold=True)
        sheet.column_dimensions["ABCDEFG"[column - 1]].width = width
    for number, finding in enumerate(findings, 1):
        where = finding.cells[0].address if finding.cells else ""
        told = "已说明" if finding.explained else None
        label = finding.severity.label
        texts = (str(number), finding.rule, label, finding.sheet or None, where or None, finding.message, told)
        for column, text in enumerate(texts, 1):
            cell = sheet.cell(3 + number, column, text)
            cell.alignment = Alignment(vertical="top", wrap_text=True)
        if where:
            place = "'" + finding.sheet.replace("'", "''") + f"'!{where}"
            link = Hyperlink(ref=f"E{3 + number}", location=place, display=where)
            sheet.cell(3 + number, 5).hyperlink = link
    sheet.merge_cells("A1:G1")
    sheet.freeze_panes = "A4"
