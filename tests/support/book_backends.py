"""What the test engine stands on (引擎的后端): an openpyxl file with Excel's protection, and a live LibreOffice."""

from __future__ import annotations

import datetime as dt
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import openpyxl
from openpyxl.utils import get_column_letter

from toolkit.engines.xlsx.reading.source import FileSource, shown_at

if TYPE_CHECKING:
    from pathlib import Path

    from book_engine import Block, Place
    from live_office import LiveOffice
    from openpyxl.worksheet.worksheet import Worksheet

Area = tuple[int, int, int, int]
DAY_ZERO = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - workbooks know no time zones


class LockedError(Exception):
    """What Excel raises as 1004."""


class SheetApi:
    """A worksheet as COM shows it, as far as protection goes."""

    def __init__(self, sheet: Worksheet, password: str = "") -> None:
        self._sheet, self._password = sheet, password
        self.ProtectContents = bool(sheet.protection.sheet)
        self.ProtectDrawingObjects = self.ProtectScenarios = False
        self.Protection = SimpleNamespace(
            **{f"Allow{name}": name in {"FormattingColumns", "InsertingRows"} for name in PERMISSIONS}
        )
        self.protected_with: list[Any] = []

    def Unprotect(self, password: str) -> None:
        if password != self._password:
            raise LockedError("1004")
        self.ProtectContents = False

    def Protect(self, *words: Any) -> None:
        self.protected_with = list(words)
        self.ProtectContents = True


PERMISSIONS = [
    *("FormattingCells", "FormattingColumns", "FormattingRows", "InsertingColumns", "InsertingRows"),
    *("InsertingHyperlinks", "DeletingColumns", "DeletingRows", "Sorting", "Filtering", "UsingPivotTables"),
]


class OpenpyxlBackend:
    """A file; locked cells of a protected sheet refuse to be written, as in Excel."""

    def __init__(self, path: Path, passwords: dict[str, str] | None = None) -> None:
        self.path = str(path)
        self.book = openpyxl.load_workbook(path, keep_vba=True)
        self._cached = FileSource(path.read_bytes())
        self.apis = {s.title: SheetApi(s, (passwords or {}).get(s.title, "")) for s in self.book.worksheets}
        self.written: list[tuple[Place, Any]] = []

    def sheet_names(self) -> list[str]:
        return self.book.sheetnames

    def names(self) -> list[tuple[str, str]]:
        own = [(n, f"={d.attr_text}") for n, d in self.book.defined_names.items()]
        for sheet in self.book.worksheets:
            own += [(f"'{sheet.title}'!{n}", f"={d.attr_text}") for n, d in sheet.defined_names.items()]
        return own

    def extent(self, sheet: str) -> tuple[int, int]:
        return self.book[sheet].max_row, self.book[sheet].max_column

    def values(self, sheet: str, area: Area) -> Block:
        return [[self._value(sheet, r, c) for c in range(area[1], area[3] + 1)] for r in range(area[0], area[2] + 1)]

    def _value(self, sheet: str, row: int, column: int) -> Any:
        cell = self.book[sheet].cell(row, column)
        return shown_at(self._cached, sheet, cell.coordinate) if cell.data_type == "f" else cell.value

    def formulas(self, sheet: str, area: Area) -> Block:
        top, left, bottom, right = area
        rows = self.book[sheet].iter_rows(top, bottom, left, right)
        # A formula that calculates with arrays is an object of openpyxl's, and a text in Excel.
        texts = [[getattr(c.value, "text", c.value) for c in row] for row in rows]
        return [["" if text is None else str(text) for text in row] for row in texts]

    def row_height(self, sheet: str, row: int) -> float:
        return 0 if self.book[sheet].row_dimensions[row].hidden else 15

    def column_width(self, sheet: str, column: int) -> float:
        return 0 if self.book[sheet].column_dimensions[get_column_letter(column)].hidden else 8

    def visible(self, sheet: str) -> bool:
        return bool(self.book[sheet].sheet_state == "visible")

    def number_format(self, place: Place) -> str:
        return str(self.book[place[0]].cell(*place[1:]).number_format)

    def write(self, place: Place, value: Any, *, formula: bool) -> None:
        cell = self.book[place[0]].cell(*place[1:])
        if self.apis[place[0]].ProtectContents and cell.protection.locked:
            raise LockedError(f"1004 {place}")
        self.written.append((place, value))
        cell.value = value
        if isinstance(value, str) and not formula:
            cell.data_type = "s"

    def write_block(self, place: Place, rows: Block) -> None:
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                self.write((place[0], place[1] + i, place[2] + j), value, formula=False)

    def sheet_api(self, sheet: str) -> object:
        return self.apis[sheet]

    def calculate(self) -> None:
        """A file does not calculate."""


class LiveBackend:
    """A document that is open in LibreOffice."""

    def __init__(self, office: LiveOffice, path: Path) -> None:
        self.path, self._office = str(path), office
        self._office("open", self.path)

    def sheet_names(self) -> list[str]:
        return list(self._office("sheets"))

    def names(self) -> list[tuple[str, str]]:
        """LibreOffice writes $Sheet.$A$1:$B$2 where Excel writes Sheet!$A$1:$B$2."""
        found = []
        for scope, name, content in self._office("names"):
            match = re.fullmatch(r"\$?('(?:[^']|'')+'|[^.']+)\.(\$[A-Z]+\$\d+(?::\$[A-Z]+\$\d+)?)", content)
            if match:
                full = f"'{scope}'!{name}" if scope else name
                found.append((full, f"={match[1]}!{match[2]}"))
        return found

    def extent(self, sheet: str) -> tuple[int, int]:
        rows, columns = self._office("extent", sheet)
        return rows, columns

    def values(self, sheet: str, area: Area) -> Block:
        return [[_told(value) for value in row] for row in self._office("values", sheet, *area)]

    def formulas(self, sheet: str, area: Area) -> Block:
        """UNO parts arguments by ; and knows TRUE() for TRUE; Excel's form is wanted."""
        return [[_as_excel(text) for text in row] for row in self._office("formulas", sheet, *area)]

    def row_height(self, sheet: str, row: int) -> float:
        return 0 if self._office("hidden", sheet, row) else 15

    def column_width(self, sheet: str, column: int) -> float:
        return 0 if self._office("narrow", sheet, column) else 8

    def visible(self, sheet: str) -> bool:
        return bool(self._office("visible", sheet))

    def number_format(self, place: Place) -> str:
        return str(self._office("number_format", *place))

    def write(self, place: Place, value: Any, *, formula: bool) -> None:
        self._office("write", *place, _as_uno(value) if formula else value, formula)

    def write_block(self, place: Place, rows: Block) -> None:
        self._office("write_block", *place, [["" if v is None else v for v in row] for row in rows])

    def sheet_api(self, sheet: str) -> object:
        return SimpleNamespace(name=sheet)  # LibreOffice lets programs write

    def calculate(self) -> None:
        self._office("calculate")


def _told(value: Any) -> Any:
    if isinstance(value, list):
        return DAY_ZERO + dt.timedelta(days=value[1]) if value[0] == "date" else value[1]
    return value


def _outside_quotes(text: str, old: str, new: str) -> str:
    parts = re.split(r'("(?:[^"]|"")*")', text)
    return "".join(p if p.startswith('"') else p.replace(old, new) for p in parts)


def _as_excel(text: str) -> str:
    plain = text[1:-1] if text.startswith("{=") else text  # a formula that calculates with arrays
    return _outside_quotes(plain, ";", ",") if plain.startswith("=") else text


def _as_uno(text: str) -> str:
    return _outside_quotes(text, ",", ";")
