"""Where cells come from (数据来源): one small protocol, and the file behind it.

Values come through calamine; the sheet XML is scanned once for what calamine does not tell:
error values, formulas, and formulas that were never calculated.

Cells shown as a percentage (百分比格式): typing 95% into a cell makes Excel store 0.95 and show 95%.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import io
import re
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from toolkit.core.errors import UnreadableError
from toolkit.core.money import from_float
from toolkit.engines.files import read_input
from toolkit.engines.xlsx.package import MAIN, Area, Package, column_letter, column_number, open_package, parse_xml
from toolkit.engines.xlsx.zip import joined, stored

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping
    from pathlib import Path

    from toolkit.core.model import Content

_FORMULA = re.compile(rb"<f\b[^>]*?(?:/>|>([^<]*)</f>)\s*(?:<v\b[^>]*>([^<]*)<)?")

_FORMULA_WITH_PREFIX = re.compile(
    rb"<(?:\w+:)?f\b[^>]*?(?:/>|>([^<]*)</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\b[^>]*>([^<]*)<)?"
)

_CELL_BEFORE = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]+\d+)"[^>]*>\s*')

_ERROR = re.compile(
    rb'<(?:\w+:)?c\b([^>]*t="e"[^>]*)>\s*(?:<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>))?\s*'
    rb"(?:<(?:\w+:)?v\b[^>]*>([^<]*)<)?"
)

_ADDRESS = re.compile(rb'\br="([A-Z]+\d+)"')


class FormulaCell(NamedTuple):
    """A cell with a formula: its text ("" where shared) and whether a result was stored."""

    text: str
    calculated: bool


class CellSource(Protocol):
    """A workbook to read from: a file, or a live book."""

    digest: str

    @property
    def names(self) -> tuple[Mapping[str, Area], Mapping[str, Mapping[str, Area]]]:
        """Defined names: workbook scope, and by sheet."""

    @property
    def sheet_names(self) -> tuple[str, ...]:
        """The sheets in order."""

    def grid(self, sheet: str) -> list[list[Content]]:
        """The values of a sheet, row by row from A1."""

    def formulas(self, sheet: str) -> Mapping[str, FormulaCell]:
        """Address → formula."""

    def errors(self, sheet: str) -> Mapping[str, str]:
        """Address → error value, e.g. #REF!."""

    def percents(self, sheet: str) -> Container[str]:
        """The addresses whose numbers are shown as percentages."""

    def surely_blank(self, area: Area) -> bool:
        """Whether an area holds nothing at all, where that shows without reading the sheet."""


class FileSource:
    """A saved workbook."""

    def __init__(self, data: bytes) -> None:
        """Open workbook bytes; see `open_package` for what is refused."""
        self.data = data
        self.digest = hashlib.sha256(data).hexdigest()
        self.package: Package = open_package(data)
        self._grids: dict[str, list[list[Content]]] = {}
        self._scans: dict[str, tuple[dict[str, FormulaCell], dict[str, str]]] = {}
        self._percents: dict[str, frozenset[str]] = {}
        self._whole: set[str] = set()
        self._plain: dict[str, bool] = {}

    @property
    def names(self) -> tuple[Mapping[str, Area], Mapping[str, Mapping[str, Area]]]:
        """Defined names: workbook scope, and by sheet."""
        return self.package.names

    @property
    def sheet_names(self) -> tuple[str, ...]:
        """The sheets in order."""
        return tuple(s.name for s in self.package.sheets)

    @cached_property
    def _book(self) -> Any:  # noqa: ANN401 - calamine ships no types
        import python_calamine

        # The parts are inflated already: calamine gets them as they are.
        plain = joined(stored(name, content) for name, content in self.package.parts.items())
        return _guarded(lambda: python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(plain)))

    def grid(self, sheet: str) -> list[list[Content]]:
        """The values of a sheet, row by row from A1.

        Raises:
            UnreadableError: the sheet is damaged.
        """
        if sheet not in self._grids:
            self._grids[sheet] = self._read_grid(sheet)
        return self._grids[sheet]

    def _read_grid(self, sheet: str) -> list[list[Content]]:
        found = self.package.sheet(sheet)
        if found is None:
            return []
        self._check_well_formed(found.part)
        rows = _guarded(lambda: self._book.get_sheet_by_name(sheet).to_python(skip_empty_area=False))
        return [[(v or None) if type(v) is str else from_calamine(v) for v in row] for row in rows]

    def _check_well_formed(self, part: str) -> None:
        """Calamine reads broken XML as far as it goes, and silently loses the rest."""
        from xml.parsers import expat

        if part in self._whole:
            return
        data = self.package.parts[part]
        if b"<!DOCTYPE" in data:
            parse_xml(data, part)
        try:
            expat.ParserCreate().Parse(data, True)  # noqa: FBT003 - expat's own signature
            self._whole.add(part)
        except expat.ExpatError as error:
            raise UnreadableError(
                f"文件已损坏（{part} 读不出来：{error}）。请用 Excel 或 WPS 打开并另存一份再交。"
            ) from None

    def formulas(self, sheet: str) -> Mapping[str, FormulaCell]:
        """Address → formula."""
        return self._scan(sheet)[0]

    def errors(self, sheet: str) -> Mapping[str, str]:
        """Address → error value."""
        return self._scan(sheet)[1]

    def percents(self, sheet: str) -> frozenset[str]:
        """The addresses whose numbers are shown as percentages."""
        if sheet not in self._percents:
            found = self.package.sheet(sheet)
            part = self.package.parts[found.part] if found else b""
            self._percents[sheet] = percent_cells(part, self._percent_styles)
        return self._percents[sheet]

    def surely_blank(self, area: Area) -> bool:
        """Whether an area holds nothing at all; False where the XML does not say so plainly.

        Raises:
            UnreadableError: the sheet is damaged.
        """
        found = self.package.sheet(area.sheet)
        if found is None or area.sheet in self._grids:
            return False
        self._check_well_formed(found.part)
        xml = self.package.parts[found.part]
        if found.part not in self._plain:
            self._plain[found.part] = b":c " not in xml and xml.count(b"<c ") == xml.count(b'<c r="')
        if not self._plain[found.part]:
            return False
        columns = (b'<c r="' + column_letter(n).encode() for n in range(area.left, area.right + 1))
        return not any(_stands_in(cell, area) for column in columns for cell in xml.split(column)[1:])

    @cached_property
    def _percent_styles(self) -> frozenset[str]:
        return percent_styles(self.package.parts[STYLES]) if STYLES in self.package.parts else frozenset()

    def _scan(self, sheet: str) -> tuple[dict[str, FormulaCell], dict[str, str]]:
        if sheet not in self._scans:
            found = self.package.sheet(sheet)
            self._scans[sheet] = _scan(self.package.parts[found.part]) if found else ({}, {})
        return self._scans[sheet]


def _stands_in(cell: bytes, area: Area) -> bool:
    """Whether an element that goes on with its row number lies in an area and holds something."""
    row = cell[: cell.find(b'"')]
    return row.isdigit() and area.top <= int(row) <= area.bottom and cell[cell.find(b">") - 1 : cell.find(b">")] != b"/"


def _scan(xml: bytes) -> tuple[dict[str, FormulaCell], dict[str, str]]:
    """Formulas and error values by address."""
    formulas: dict[str, FormulaCell] = {}
    errors: dict[str, str] = {}
    pattern = _FORMULA_WITH_PREFIX if b":f" in xml else _FORMULA
    for found in pattern.finditer(xml):
        start = found.start()
        cell = _CELL_BEFORE.fullmatch(xml, xml.rfind(b"<", 0, start), start)
        if cell:
            formulas[cell[1].decode()] = _formula_cell(found[1] or b"", found[2] is not None)
    for attributes, value in _ERROR.findall(xml) if b't="e"' in xml else ():
        if where := _ADDRESS.search(attributes):
            errors[where[1].decode()] = value.decode("utf-8", "replace")
    return formulas, errors


@lru_cache(maxsize=8192)
def _formula_cell(text: bytes, calculated: bool) -> FormulaCell:  # noqa: FBT001 - half of a formula cell
    return FormulaCell(html.unescape(text.decode("utf-8", "replace")), calculated)


def _guarded(read: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever calamine gives
    """Call into calamine; whatever it raises (a Rust panic is no Exception) becomes our sentence."""
    try:
        return read()
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # noqa: BLE001 - a Rust panic is no Exception
        raise UnreadableError(
            f"文件已损坏，无法读取表格内容（{error}）。请用 Excel 或 WPS 打开并另存一份再交。"
        ) from None


def open_file(path: Path) -> FileSource:
    """Open a file.

    Raises:
        UnreadableError: it does not exist, cannot be read, or is not a workbook.
    """
    data = read_input(path, "请从空白填报表重新填写。", "Excel 或 WPS")
    try:
        return FileSource(data)
    except UnreadableError as error:
        raise UnreadableError(f"{path.name}：{error}") from None


STYLES = "xl/styles.xml"

_BUILT_IN = {"9", "10"}  # 0% and 0.00%, which no styles part spells out

_QUOTED = re.compile(r'"[^"]*"|\\.')

_CELL = re.compile(rb"<(?:\w+:)?c\s")


@lru_cache(maxsize=64)
def percent_styles(styles: bytes) -> frozenset[str]:
    """The style numbers (`s` of a cell) whose number format is a percentage."""
    root = parse_xml(styles, STYLES)
    formats = {
        str(f.get("numFmtId")) for f in root.iter(MAIN + "numFmt") if "%" in _QUOTED.sub("", str(f.get("formatCode")))
    }
    cells = root.find(MAIN + "cellXfs")
    shown = formats | _BUILT_IN
    return frozenset(str(i) for i, xf in enumerate(cells if cells is not None else ()) if xf.get("numFmtId") in shown)


def percent_cells(sheet: bytes, styles: frozenset[str]) -> frozenset[str]:
    """The addresses of a sheet's XML whose cells have one of `styles`."""
    if not styles:
        return frozenset()
    numbers = "|".join(sorted(styles)).encode()
    used = re.finditer(rb's="(?:' + numbers + rb')"', sheet)
    tags = (sheet[sheet.rfind(b"<", 0, found.start()) : sheet.find(b">", found.end())] for found in used)
    return frozenset(where[1].decode() for tag in tags if _CELL.match(tag) and (where := _ADDRESS.search(tag)))


def from_calamine(value: object) -> Content:
    """What calamine gives → our contents; floats become Decimal here and nowhere else."""
    if isinstance(value, str):
        return value or None
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return from_float(value)
    if isinstance(value, dt.datetime):
        return value.date() if value.time() == dt.time() else value.isoformat(" ")
    return value if isinstance(value, dt.date) else str(value)


def shown_at(source: CellSource, sheet: str, where: str) -> object:
    """What a cell shows: its value, or its error."""
    letters = where.rstrip("0123456789")
    row, column = int(where[len(letters) :]), column_number(letters)
    grid = source.grid(sheet)
    inside = row <= len(grid) and column <= len(grid[row - 1])
    return source.errors(sheet).get(where) or (grid[row - 1][column - 1] if inside else None)
