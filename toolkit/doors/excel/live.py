"""The button inside Excel (Excel 里的按钮): the live book through xlwings. The only module that imports it.

One snapshot of the book is read, the same pipeline runs, and one list of cells is written back. Staff's
input is never written to: the list holds computed cells, marks and results only.
"""

from __future__ import annotations

import hashlib
from contextlib import ExitStack, contextmanager, suppress
from copy import copy
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import xlwings as xw

from toolkit.core.errors import ToolkitError, UsageError
from toolkit.core.light import dataclass
from toolkit.core.money import fits_cell, plain
from toolkit.doors.excel.press import press
from toolkit.engines.xlsx import Area, FormulaCell, Unseen, address, from_calamine, parse_area, shown_at
from toolkit.pipeline import check_source
from toolkit.publishing.workbooks import RESULTS, STATUS, TOOL
from toolkit.unit import ERROR_VALUES, served

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from toolkit.core.model import Content
    from toolkit.engines.xlsx import CellChange
    from toolkit.publishing.workbooks import Pressed

_YES, _NO = True, False  # contents are protected, from programs too

# In the order of Excel's Worksheet.Protect.
_PERMISSIONS = (
    "AllowFormattingCells",
    "AllowFormattingColumns",
    "AllowFormattingRows",
    "AllowInsertingColumns",
    "AllowInsertingRows",
    "AllowInsertingHyperlinks",
    "AllowDeletingColumns",
    "AllowDeletingRows",
    "AllowSorting",
    "AllowFiltering",
    "AllowUsingPivotTables",
)


class BookSource:
    """A live book as a `CellSource`: read once, each sheet in two calls."""

    def __init__(self, book: xw.Book) -> None:
        """Take the snapshot."""
        self._book = book
        self._sheets = {sheet.name: _snapshot(sheet) for sheet in book.sheets}
        self._names = [(name.name, name.refers_to) for name in book.names]
        seen = repr((self._sheets, self._names))
        self.digest = hashlib.sha256(seen.encode()).hexdigest()

    @cached_property
    def names(self) -> tuple[Mapping[str, Area], Mapping[str, Mapping[str, Area]]]:
        """Defined names: workbook scope, and by sheet (which Excel calls sheet!name)."""
        shared: dict[str, Area] = {}
        scoped: dict[str, dict[str, Area]] = {}
        for full, refers_to in self._names:
            scope, _, name = full.rpartition("!")
            area = parse_area(str(refers_to).lstrip("="))
            if area is not None and not name.startswith("_xlnm"):
                own = scoped.setdefault(scope.strip("'").replace("''", "'"), {}) if scope else shared
                own[name] = area
        return shared, scoped

    def with_names(self, names: tuple[Mapping[str, Area], Mapping[str, Mapping[str, Area]]]) -> Self:
        """The same book under other names."""
        twin = copy(self)
        twin.names = names
        return twin

    @property
    def sheet_names(self) -> tuple[str, ...]:
        """The sheets in order."""
        return tuple(self._sheets)

    def values(self, sheet: str) -> Mapping[int, Mapping[int, Content]]:
        """What stands on a sheet: row → column → value."""
        return self._sheets[sheet].values if sheet in self._sheets else {}

    def columns(self, sheet: str, wanted: AbstractSet[int]) -> Mapping[int, Mapping[int, Content]]:
        """All columns: the sheet is at hand."""
        del wanted
        return self.values(sheet)

    def formulas(self, sheet: str) -> Mapping[str, FormulaCell]:
        """Address → formula; a live book has always calculated."""
        return self._sheets[sheet].found if sheet in self._sheets else {}

    def errors(self, sheet: str) -> Mapping[str, str]:
        """Address → error value."""
        return self._sheets[sheet].errors if sheet in self._sheets else {}

    def percents(self, sheet: str) -> Container[str]:
        """The addresses whose numbers are shown as percentages; asked for few cells, so each is asked for."""
        return _Percents(self._book.sheets[sheet])

    def merged(self, sheet: str) -> Mapping[tuple[int, int], int]:
        """Merges over several rows; the form is protected against them, and a live book is asked for few things."""
        del sheet
        return {}

    def unseen(self, sheet: str) -> Unseen:
        """What is not shown; of rows and columns few are in question, so each is asked for."""
        live = self._book.sheets[sheet]
        return Unseen(not live.visible, _Flat(live), _Narrow(live), ())


@dataclass(frozen=True, slots=True)
class _Percents:
    """The cells of a live sheet that show percentages."""

    sheet: xw.Sheet

    def __contains__(self, where: object) -> bool:
        return "%" in str(self.sheet.range(str(where)).number_format)


@dataclass(frozen=True, slots=True)
class _Flat:
    """The rows of a live sheet that have no height."""

    sheet: xw.Sheet

    def __contains__(self, row: object) -> bool:
        return self.sheet.range((int(str(row)), 1)).row_height == 0


@dataclass(frozen=True, slots=True)
class _Narrow:
    """The columns of a live sheet that have no width."""

    sheet: xw.Sheet

    def __contains__(self, column: object) -> bool:
        return self.sheet.range((1, int(str(column)))).column_width == 0


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """One sheet as it was read."""

    values: Mapping[int, Mapping[int, Content]]
    found: Mapping[str, FormulaCell]
    errors: Mapping[str, str]


def _snapshot(sheet: xw.Sheet) -> _Snapshot:
    area = sheet.range((1, 1), sheet.used_range.last_cell)
    values = area.options(ndim=2, err_to_str=True).value
    texts_of_all = area.formula
    formulas = texts_of_all if isinstance(texts_of_all, tuple) else ((texts_of_all,),)
    found, errors = {}, {}
    for row, (shown, texts) in enumerate(zip(values, formulas, strict=True), 1):
        for column, (value, text) in enumerate(zip(shown, texts, strict=True), 1):
            # A text that begins with "=" is no formula: it shows itself.
            if isinstance(text, str) and text.startswith("=") and text != value:
                found[address(row, column)] = FormulaCell(text[1:], calculated=True)
            if isinstance(value, str) and value in ERROR_VALUES:
                errors[address(row, column)] = value
    lines = {
        row: {c: content for c, value in enumerate(line, 1) if (content := _content(value)) is not None}
        for row, line in enumerate(values, 1)
    }
    return _Snapshot(lines, found, errors)


def _content(value: object) -> Content:
    return value if isinstance(value, Decimal) else from_calamine(value)


def recalc(book: xw.Book) -> Pressed:
    """Audit a live book and write computed cells, marks and results back.

    Raises:
        UnreadableError: not a fill-in workbook of ours.
        UsageError: a sheet that must be written to has a password.
    """
    source = BookSource(book)
    audited = check_source(source, book.name)
    found = press(served(source, audited.pack), audited)
    with book.app.properties(screen_updating=False, enable_events=False):
        _write(book, source, [c for c in found.changes if not c.cached])
        book.app.calculate()
    return found


def press_from_excel() -> None:
    """Entry point of the macro on Windows: the book that called, and a sentence in its status cell."""
    book = xw.Book.caller()
    try:
        recalc(book)
    except ToolkitError as error:
        tell(book, f"没有做完，内容没有改动：{error}")


def tell(book: xw.Book, text: str) -> None:
    """Write a sentence to the status cell; the macro shows it."""
    for name in book.names:
        if name.name == STATUS:
            name.refers_to_range.value = text


def _write(book: xw.Book, source: BookSource, changes: Sequence[CellChange]) -> None:
    locked = dict.fromkeys(c.sheet for c in changes if c.formula)
    with ExitStack() as opened:
        for sheet in locked:
            opened.enter_context(_unprotected(book.sheets[sheet]))
        rest = {(c.sheet, c.address): c for c in changes}
        for name in (RESULTS, TOOL):
            area = source.names[0].get(name)
            if area is not None and any(sheet == area.sheet and inside(area, where) for sheet, where in rest):
                _write_block(book, source, area, rest)
        for change in rest.values():
            cell = book.sheets[change.sheet].range(change.address)
            if change.formula:
                cell.formula = f"={change.formula}"
            else:
                cell.value = _plain(change.value, cell.number_format)


def _write_block(book: xw.Book, source: BookSource, area: Area, rest: dict[tuple[str, str], CellChange]) -> None:
    """A list of results in one call; its cells are taken out of `rest`."""
    rows = []
    for row in range(area.top, area.bottom + 1):
        places = [address(row, column) for column in range(area.left, area.right + 1)]
        rows.append([_after(source, area.sheet, where, rest.pop((area.sheet, where), None)) for where in places])
    block = book.sheets[area.sheet].range((area.top, area.left), (area.bottom, area.right))
    block.value = rows
    block.rows.autofit()


def _after(source: BookSource, sheet: str, where: str, change: CellChange | None) -> object:
    value = change.value if change else shown_at(source, sheet, where)
    return _plain(value, "@")


def inside(area: Area, where: str) -> bool:
    """Whether an address lies in an area."""
    cell = parse_area(f"x!{where}")
    return cell is not None and area.top <= cell.top <= area.bottom and area.left <= cell.left <= area.right


def _plain(value: object, number_format: str) -> object:
    """As Excel takes it: numbers as double, text never as a formula."""
    if isinstance(value, Decimal):
        return float(value) if fits_cell(value) else f"'{plain(value)}"
    if value is None or value == "":
        return None
    return value if number_format == "@" or not isinstance(value, str) else f"'{value}"


@contextmanager
def _unprotected(sheet: xw.Sheet) -> Iterator[None]:
    """Open a protected sheet for writing, and protect it again with the permissions it had."""
    api = sheet.api
    if not getattr(api, "ProtectContents", False):  # engines other than Excel let programs write
        yield
        return
    protection = api.Protection
    permissions = [bool(getattr(protection, name)) for name in _PERMISSIONS]
    drawings, scenarios = bool(api.ProtectDrawingObjects), bool(api.ProtectScenarios)
    _open(sheet.name, api)
    try:
        yield
    finally:
        api.Protect("", drawings, _YES, scenarios, _NO, *permissions)


def _open(name: str, api: Any) -> None:  # noqa: ANN401 - a COM object
    with suppress(Exception):  # COM raises an error of its own for a wrong password
        api.Unprotect("")
    if api.ProtectContents:
        raise UsageError(f"工作表“{name}”设了保护密码，写不进去。请在“审阅”里撤消工作表保护，再按按钮。")


def round_trip() -> str:
    """Start an Excel of our own, write and read one cell, and close it; Excel's version.

    Raises:
        UsageError: there is no Excel to be reached.
    """
    try:
        with xw.App(visible=False, add_book=True) as app:
            cell = app.books[0].sheets[0].range("A1")
            cell.value = 1
            version, read = str(app.version), cell.value
    except Exception as error:  # noqa: BLE001 - a COM error of whatever kind
        raise UsageError(f"启动不了 Excel（{error}）。") from None
    if read != 1:
        raise UsageError("Excel 启动了，但写进去的数读不回来。")
    return version
