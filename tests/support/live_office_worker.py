"""The UNO side of a live LibreOffice document: one JSON command per line in, one JSON answer per line out.

Runs under the Python that has `uno` (Debian's), which need not be the Python of the tests.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

MACROS_RUN = 4
CONTENT_KINDS = 1 | 2 | 4 | 16
DATES, ERRORS = 2, 4


class Office:
    """One soffice and the document that is open in it."""

    def __init__(self, pipe: str) -> None:
        local = uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
        for _ in range(240):
            try:
                context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
                break
            except NoConnectException:
                time.sleep(0.25)
        self.desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        self.doc: Any = None

    def open(self, path: str) -> list[str]:
        url = uno.systemPathToFileUrl(path)
        self.doc = self.desktop.loadComponentFromURL(
            url, "_blank", 0, (_property("Hidden", True), _property("MacroExecutionMode", MACROS_RUN))
        )
        if self.doc is None:
            raise RuntimeError(f"LibreOffice did not open {path}")
        return self.sheets()

    def sheets(self) -> list[str]:
        return list(self.doc.Sheets.ElementNames)

    def _sheet(self, name: str) -> Any:
        return self.doc.Sheets.getByName(name)

    def buttons(self) -> list[list[str]]:
        """[sheet, caption, script] of every button, as bound in the document."""
        found = []
        for page in range(self.doc.DrawPages.Count):
            forms = self.doc.DrawPages.getByIndex(page).Forms
            for form in (forms.getByIndex(i) for i in range(forms.Count)):
                for index in range(form.Count):
                    events = form.getScriptEvents(index)
                    found += [[self.sheets()[page], form.getByIndex(index).Label, e.ScriptCode] for e in events]
        return found

    def press(self, script: str) -> None:
        provider = self.doc.getScriptProvider()
        provider.getScript(f"vnd.sun.star.script:{script.removeprefix('vnd.sun.star.script:')}").invoke((), (), ())

    def names(self) -> list[list[str]]:
        """[scope sheet or "", name, content]."""
        found = [["", n, self.doc.NamedRanges.getByName(n).Content] for n in self.doc.NamedRanges.ElementNames]
        for sheet in self.sheets():
            own = self._sheet(sheet).NamedRanges
            found += [[sheet, n, own.getByName(n).Content] for n in own.ElementNames]
        return found

    def extent(self, sheet: str) -> list[int]:
        cursor = self._sheet(sheet).createCursor()
        cursor.gotoEndOfUsedArea(False)
        return [cursor.RangeAddress.EndRow + 1, cursor.RangeAddress.EndColumn + 1]

    def _range(self, sheet: str, top: int, left: int, bottom: int, right: int) -> Any:
        return self._sheet(sheet).getCellRangeByPosition(left - 1, top - 1, right - 1, bottom - 1)

    def values(self, sheet: str, *area: int) -> list[list[Any]]:
        """Numbers, texts, None; ["date", serial] and ["error", text] where the cell says so."""
        block = self._range(sheet, *area)
        rows = [[None if v == "" else v for v in row] for row in block.getDataArray()]
        for cell in _each(block.queryContentCells(DATES)):
            self._put(rows, area, cell, ["date", cell.Value])
        for cell in _each(block.queryFormulaCells(ERRORS)):
            self._put(rows, area, cell, ["error", cell.String])
        return rows

    @staticmethod
    def _put(rows: list[list[Any]], area: tuple[int, ...], cell: Any, value: Any) -> None:
        place = cell.CellAddress
        rows[place.Row + 1 - area[0]][place.Column + 1 - area[1]] = value

    def formulas(self, sheet: str, *area: int) -> list[list[str]]:
        return [list(row) for row in self._range(sheet, *area).getFormulaArray()]

    def hidden(self, sheet: str, row: int) -> bool:
        return not self._sheet(sheet).getRows().getByIndex(row - 1).IsVisible

    def narrow(self, sheet: str, column: int) -> bool:
        return not self._sheet(sheet).getColumns().getByIndex(column - 1).IsVisible

    def visible(self, sheet: str) -> bool:
        return bool(self._sheet(sheet).IsVisible)

    def number_format(self, sheet: str, row: int, column: int) -> str:
        key = self._range(sheet, row, column, row, column).getCellByPosition(0, 0).NumberFormat
        return str(self.doc.NumberFormats.getByKey(key).FormatString)

    def write(self, sheet: str, row: int, column: int, value: Any, formula: bool) -> None:
        cell = self._range(sheet, row, column, row, column).getCellByPosition(0, 0)
        if value is None or value == "":
            cell.clearContents(CONTENT_KINDS)
        elif formula:
            cell.setFormula(value)
        elif isinstance(value, (int, float)):
            cell.setValue(value)
        else:
            cell.setString(value)

    def write_block(self, sheet: str, row: int, column: int, rows: list[list[Any]]) -> None:
        area = self._range(sheet, row, column, row + len(rows) - 1, column + len(rows[0]) - 1)
        area.setDataArray(tuple(tuple(r) for r in rows))

    def protection(self) -> list[list[Any]]:
        return [[name, self._sheet(name).isProtected()] for name in self.sheets()]

    def protect(self, sheet: str, password: str) -> None:
        self._sheet(sheet).unprotect("")
        self._sheet(sheet).protect(password)

    def colour(self, sheet: str, row: int, column: int) -> int:
        return int(self._range(sheet, row, column, row, column).CellBackColor)

    def calculate(self) -> None:
        self.doc.calculateAll()

    def insert_rows(self, sheet: str, row: int, count: int) -> None:
        self._sheet(sheet).unprotect("")
        self._sheet(sheet).getRows().insertByIndex(row - 1, count)

    def copy_down(self, sheet: str, row: int, column: int) -> None:
        """Ctrl+D over a cell and the one above it."""
        self._range(sheet, row - 1, column, row, column).fillAuto(
            uno.Enum("com.sun.star.sheet.FillDirection", "TO_BOTTOM"), 1
        )

    def insert_columns(self, sheet: str, column: int, count: int) -> None:
        self._sheet(sheet).unprotect("")
        self._sheet(sheet).getColumns().insertByIndex(column - 1, count)

    def remove_rows(self, sheet: str, row: int, count: int) -> None:
        self._sheet(sheet).unprotect("")
        self._sheet(sheet).getRows().removeByIndex(row - 1, count)

    def rename(self, sheet: str, name: str) -> None:
        self._sheet(sheet).Name = name

    def replace_sheet(self, sheet: str, name: str) -> None:
        """A copy in its place: what staff do who want a clean sheet."""
        self.doc.Sheets.copyByName(sheet, name, self.sheets().index(sheet))
        self.doc.Sheets.removeByName(sheet)

    def move_sheet(self, sheet: str, place: int) -> None:
        self.doc.Sheets.moveByName(sheet, place)

    def save_as(self, path: str) -> None:
        kind = _property("FilterName", "Calc MS Excel 2007 XML")
        self.doc.storeToURL(uno.systemPathToFileUrl(path), (kind,))

    def save(self) -> None:
        self.doc.store()

    def close(self) -> None:
        self.doc.close(True)
        self.doc = None

    def quit(self) -> None:
        self.desktop.terminate()


def _each(ranges: Any) -> Any:
    """Every cell of a set of ranges."""
    cells = ranges.Cells.createEnumeration()
    while cells.hasMoreElements():
        yield cells.nextElement()


def _property(name: str, value: Any) -> PropertyValue:
    found = PropertyValue()
    found.Name, found.Value = name, value
    return found


def main() -> None:
    office = Office(sys.argv[1])
    for line in sys.stdin:
        verb, *words = json.loads(line)
        try:
            answer = {"ok": getattr(office, verb)(*words)}
        except Exception as error:  # noqa: BLE001 - whatever UNO raises is the answer
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
