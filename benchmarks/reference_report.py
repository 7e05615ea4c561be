"""自评报表 with openpyxl: load the template, copy the form sheet, fill the defined names, save."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.hyperlink import Hyperlink

from toolkit.engines.formula.compile import parse
from toolkit.engines.xlsx.writing.copies import copy_titles
from toolkit.pack.pack import REPORT_NAME
from toolkit.publishing.workbooks.report import lookup_in, text_formulas

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from toolkit.pack.pack import Pack
    from toolkit.publishing.document.context import PrintedRow, Report, Scope

Box = tuple[str, int, int, int]  # sheet, column, first row, last row


def write_report(pack: Pack, out: Path, report: Report, feedback_name: str) -> None:
    """Fill the pack's report template and save it."""
    book = load_workbook(pack.folder / REPORT_NAME)
    sheets = _form_sheets(book, pack, len(report.forms))
    filler = _Filler(book, pack, feedback_name)
    filler.scope(report.sheet, book.defined_names, report.sheet)
    for sheet, form in zip(sheets, report.forms, strict=True):
        filler.scope(form, sheet.defined_names, report.sheet)
    book.save(out)


def _form_sheets(book: Workbook, pack: Pack, count: int) -> list[Any]:
    """One sheet per project form, names and all."""
    first = next(sheet for sheet in book.worksheets if pack.dictionary.form_of(sheet.defined_names))
    if count == 0:
        book.remove(first)
        return []
    sheets: list[Any] = [first]
    for title in copy_titles(first.title, count)[1:]:
        copy = book.copy_worksheet(first)
        copy.title = title
        book.move_sheet(copy, book.index(sheets[-1]) + 1 - book.index(copy))
        for name, defined in first.defined_names.items():
            text = (defined.attr_text or "").replace(f"'{first.title}'!", f"'{title}'!")
            copy.defined_names[name] = DefinedName(name, attr_text=text.replace(f"{first.title}!", f"'{title}'!"))
        sheets.append(copy)
    return sheets


def _value(value: Any) -> Any:  # noqa: ANN401 - any value of a context
    if isinstance(value, Decimal):
        return float(value)
    return value if value is None or isinstance(value, (bool, dt.date)) else str(value)


class _Filler:
    def __init__(self, book: Workbook, pack: Pack, feedback_name: str) -> None:
        self.book, self.pack, self.feedback_name = book, pack, feedback_name
        self.texts = text_formulas(pack)

    def scope(self, scope: Scope, names: Mapping[str, Any], book: Scope) -> None:
        """Fill every defined name of the workbook or of one sheet."""
        tables: dict[str, dict[str, Box]] = {}
        for name, defined in names.items():
            if name.startswith("_xlnm"):
                continue
            sheet, area = next(defined.destinations)
            left, top, _, bottom = (n or 1 for n in range_boundaries(area.replace("$", "")))
            table, _, column = name.partition("_")
            if name in self.texts:
                found = parse(self.texts[name]).evaluate(lookup_in(scope, book))
                self.book[sheet].cell(top, left).value = _value(found)
            elif table in scope.tables:
                tables.setdefault(table, {})[column] = (sheet, left, top, bottom)
            elif name in scope.fields:
                self._field(name, self.book[sheet].cell(top, left), scope)
        for table, boxes in tables.items():
            self._table(scope.tables[table], boxes)

    def _field(self, name: str, cell: Any, scope: Scope) -> None:  # noqa: ANN401 - an openpyxl cell
        value = scope.fields[name]
        datum = self.pack.dictionary.datum(name)
        if cell.data_type == "f":
            typed = datum and datum.computed and value is not None
            if not typed or parse(cell.value[1:]).evaluate(lookup_in(scope)) != "":
                return  # Excel calculates it; a total that stands as submitted must not be calculated to nothing
        cell.value = _value(value)

    def _table(self, rows: list[PrintedRow], boxes: Mapping[str, Box]) -> None:
        sheet_name, _, first, last = next(iter(boxes.values()))
        sheet, rows = self.book[sheet_name], rows[: last - first + 1]
        for column, (_, left, top, _) in boxes.items():
            for index, row in enumerate(rows):
                sheet.cell(top + index, left).value = _value(row.get(column))
        for number in range(first + max(1, len(rows)), last + 1):
            sheet.row_dimensions[number].hidden = True
        self._merge(sheet, rows, boxes)
        if "单元格" in boxes:
            self._link(sheet, rows, boxes["单元格"])

    def _merge(self, sheet: Worksheet, rows: list[PrintedRow], boxes: Mapping[str, Box]) -> None:
        """一级、二级指标 of consecutive rows in one merged cell."""
        levels = [c for c in ("一级文本", "二级指标") if c in boxes]
        for depth, column in enumerate(levels):
            _, left, start, _ = boxes[column]
            for key, group in groupby(rows, key=lambda r, d=depth: [str(r.get(c) or "") for c in levels[: d + 1]]):  # type: ignore[misc]
                size = len(list(group))
                if size > 1 and key[-1]:
                    sheet.merge_cells(start_row=start, end_row=start + size - 1, start_column=left, end_column=left)
                start += size

    def _link(self, sheet: Worksheet, rows: list[PrintedRow], box: Box) -> None:
        for index, row in enumerate(rows):
            if row.get("单元格"):
                cell = sheet.cell(box[2] + index, box[1])
                place = f"'{str(row['工作表']).replace(chr(39), chr(39) * 2)}'!{row['单元格']}"
                ref = f"{get_column_letter(box[1])}{cell.row}"
                cell.hyperlink = Hyperlink(ref=ref, target=quote(self.feedback_name), location=place)
