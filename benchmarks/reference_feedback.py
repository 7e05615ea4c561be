"""审核反馈 with openpyxl: mark the faulty cells of the loaded workbook, put the 审核结果 sheet first, save."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.worksheet.hyperlink import Hyperlink

from toolkit.core.findings import Severity
from toolkit.publishing.workbooks.added.results import HEADS, counted, folded, grouped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from toolkit.core.findings import AuditResult, CellRef, Finding

SHEET = "审核结果"
MARK = 'LEN("jixiao-mark")>0'
_COLOURS = {Severity.ERROR: "FFFFC7CE", Severity.WARNING: "FFFFEB9C", Severity.NOTICE: "FFDDEBF7"}
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
    order = book.sheetnames
    sheet = book.create_sheet(SHEET, 0)
    sheet["A1"], sheet["A2"] = SHEET, summary
    for column, (head, width) in enumerate(zip(HEADS, _WIDTHS, strict=True), 1):
        sheet.cell(3, column, head).font = Font(bold=True)
        sheet.column_dimensions["ABCDEFG"[column - 1]].width = width
    number, row, wide = 0, 3, [1, 2]
    for name, found in grouped(findings, order).items() or [("", [])]:
        row += 1
        wide.append(row)
        sheet.cell(row, 1, f"{name or '整份填报表'}（{counted(found)}）" if found else "未发现问题。")
        for finding, others in found:
            number, row = number + 1, row + 1
            _finding_line(sheet, row, str(number), finding, folded(len(others))[0])
            for i, other in enumerate(others, 1):
                row += 1
                _finding_line(sheet, row, f"{number}.{i}", other)
                sheet.row_dimensions[row].hidden = True
    for line in wide:
        sheet.merge_cells(start_row=line, end_row=line, start_column=1, end_column=len(HEADS))
    sheet.freeze_panes = "A4"


def _finding_line(sheet: Worksheet, row: int, number: str, finding: Finding, more: str = "") -> None:
    where = finding.cells[0].address if finding.cells else ""
    state = "已说明" if finding.explained else None
    text = finding.message + finding.hint + more
    texts = (number, finding.rule, finding.severity.label, finding.sheet or None, where or None, text, state)
    for column, told in enumerate(texts, 1):
        sheet.cell(row, column, told).alignment = Alignment(vertical="top", wrap_text=True)
    if where:
        place = "'" + finding.sheet.replace("'", "''") + f"'!{where}"
        sheet.cell(row, 5).hyperlink = Hyperlink(ref=f"E{row}", location=place, display=where)
