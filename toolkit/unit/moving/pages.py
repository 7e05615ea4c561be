"""Tables of any kind (原表): sheets of a workbook, of an old .xls or .csv, and tables of a .docx, as pages of cells.

A page knows nothing of forms: where something stands, how far it reaches, what it is.
"""

from __future__ import annotations

import csv
import io
from functools import cached_property
from typing import TYPE_CHECKING, Any

from toolkit.core.errors import UnreadableError
from toolkit.core.light import dataclass
from toolkit.engines import OTHER_BOOKS, as_xlsx, read_input
from toolkit.engines.xlsx import (
    COMPOUND_FILE,
    ENCRYPTED,
    MAIN,
    FileSource,
    address,
    from_calamine,
    inflate,
    parse_area,
    parse_xml,
    place_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from lxml import etree

    from toolkit.core.model import Content
    from toolkit.engines.xlsx import CellSource

Place = tuple[int, int]

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

_DOCUMENT = "word/document.xml"

_DOCUMENTS, _READ = (".doc", ".wps", ".rtf"), {".xls", ".csv"}

# What is read here, or answered with how to save it.
MOVABLE = frozenset({".xlsx", ".xlsm", ".docx", ".docm", *_DOCUMENTS, *OTHER_BOOKS})

_LISTS = "代码"

_ROOM = 2000  # no merged cell of a form reaches so far
_ENCODINGS = ("utf-8-sig", "gb18030")


@dataclass(frozen=True, slots=True)
class Spot:
    """One cell that holds something (原格): its corner and span, its value, and where a person finds it.

    `formula` says that a formula stands in it, `calculated` that its result was stored; `percent` that the number is
    shown as a percentage.
    """

    row: int
    column: int
    value: Content
    where: str
    rows: int = 1
    columns: int = 1
    formula: bool = False
    calculated: bool = True
    percent: bool = False

    @property
    def below(self) -> int:
        """The first row under it."""
        return self.row + self.rows

    @property
    def beside(self) -> int:
        """The first column to its right."""
        return self.column + self.columns

    def along(self, column: int) -> str:
        """Where a person finds an empty place of its row; cells of a document have no address."""
        own = self.where == address(self.row, self.column)
        return address(self.row, column) if own else self.where.rpartition("第")[0]


@dataclass(frozen=True)
class Page:
    """One sheet or one table of a document (原表); `caption` are the words in front of it."""

    name: str
    spots: tuple[Spot, ...]
    caption: tuple[str, ...] = ()

    @cached_property
    def at(self) -> Mapping[Place, Spot]:
        """Every place that a cell covers → the cell."""
        found: dict[Place, Spot] = {}
        for spot in self.spots:
            for row in range(spot.row, spot.below):
                for column in range(spot.column, spot.beside):
                    found.setdefault((row, column), spot)
        return found

    @cached_property
    def by_row(self) -> Mapping[int, tuple[Spot, ...]]:
        """Row → the cells that begin in it, from the left."""
        found: dict[int, list[Spot]] = {}
        for spot in sorted(self.spots, key=lambda s: (s.row, s.column)):
            found.setdefault(spot.row, []).append(spot)
        return {row: tuple(spots) for row, spots in found.items()}

    def part(self, first: int, last: int) -> Page:
        """The rows from `first` to `last` as a page of their own."""
        return Page(self.name, tuple(s for s in self.spots if first <= s.row <= last), self.caption)


@dataclass(frozen=True, slots=True)
class Tables:
    """A file as pages; `source` is there when it is a workbook whose names can be asked."""

    pages: tuple[Page, ...]
    source: FileSource | None = None


def read_tables(path: Path) -> Tables:
    """Read .xlsx, .xlsm, .xls, .csv or .docx.

    Raises:
        UnreadableError: it does not exist, is damaged, protected, or of another kind.
    """
    data, kind = read_input(path, "请换一份再试。", "Excel、WPS 或 Word"), path.suffix.lower()
    if _is_old(data, kind):
        # LibreOffice also knows which figures are formulas, and the names; calamine knows values and merged cells.
        newer = as_xlsx(data, ".xls")
        data, kind = (newer, ".xlsx") if newer else (data, kind)
    try:
        return tables_of(data, kind)
    except UnreadableError as error:
        raise UnreadableError(f"{path.name}：{_other(kind) or error}") from None


def _other(kind: str) -> str:
    """What to do with a file that another program can save as one of ours."""
    if kind in _DOCUMENTS:
        return f"是 {kind} 文件，请用 Word 或 WPS 另存为 .docx 再移。"
    return f"是 {kind} 文件，请用 Excel 或 WPS 另存为 .xlsx 再移。" if kind in OTHER_BOOKS - _READ else ""


def tables_of(data: bytes, kind: str) -> Tables:
    """The pages of a file's bytes; `kind` is its ending.

    Raises:
        UnreadableError: damaged, protected, or of another kind.
    """
    if kind == ".csv":
        return Tables((csv_page(data),))
    if _is_old(data, kind):
        return Tables(tuple(_old_pages(data)))
    if kind in {".docx", ".docm"}:
        return Tables(tuple(document_pages(data)))
    source = FileSource(data)
    return Tables(tuple(workbook_pages(source)), source)


def _is_old(data: bytes, kind: str) -> bool:
    """A workbook of before 2007, whatever its name says; Word's own old files are of the same make."""
    return kind not in {".docx", ".docm", *_DOCUMENTS} and data.startswith(COMPOUND_FILE) and ENCRYPTED not in data


def workbook_pages(source: FileSource) -> Iterator[Page]:
    """The sheets of a workbook, merged cells as one."""
    for sheet in source.package.sheets:
        if sheet.hidden and sheet.name == _LISTS:
            continue  # the words of the drop-downs are no labels
        root = parse_xml(source.package.parts[sheet.part], sheet.part)
        merges = [e.get("ref") or "" for e in root.iter(MAIN + "mergeCell")]
        spans = _spans(source.values(sheet.name), merges)
        yield Page(sheet.name, tuple(_spots(source, sheet.name, spans)))


def _spans(values: Mapping[int, Mapping[int, Content]], merges: Iterable[str]) -> dict[Place, tuple[int, int]]:
    """Corner → rows and columns. A merge over filled cells stayed behind when its own cells were moved: no merge."""
    found: dict[Place, tuple[int, int]] = {}
    for text in merges:
        area = parse_area(f"A!{text}")
        if area is None or min(_ROOM, area.bottom - area.top) == _ROOM:
            continue
        rows = range(area.top, area.bottom + 1)
        filled = [(r, c) for r in rows for c in values.get(r, {}) if area.left <= c <= area.right]
        if filled == [(area.top, area.left)]:
            found[filled[0]] = (area.bottom - area.top + 1, min(area.right - area.left + 1, _ROOM))
    return found


def _spots(source: CellSource, sheet: str, spans: Mapping[Place, tuple[int, int]]) -> Iterator[Spot]:
    formulas, errors, percents = source.formulas(sheet), source.errors(sheet), source.percents(sheet)
    standing = {(r, c): v for r, line in source.values(sheet).items() for c, v in line.items()}
    standing |= {place_of(where): text for where, text in errors.items()}
    standing |= {p: None for w, f in formulas.items() if not f.calculated and (p := place_of(w)) not in standing}
    for (row, column), value in sorted(standing.items()):
        where = address(row, column)
        formula = formulas.get(where)
        rows, columns = spans.get((row, column), (1, 1))
        calculated = formula is None or formula.calculated
        yield Spot(row, column, value, where, rows, columns, formula is not None, calculated, where in percents)


def _old_pages(data: bytes) -> Iterator[Page]:
    """The sheets of a workbook of before 2007."""
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
        read = [(s.name, s.to_python(skip_empty_area=False), s.merged_cell_ranges or []) for s in sheets]
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException:  # noqa: BLE001 - a Rust panic is no Exception
        raise UnreadableError("旧版 .xls 文件读不出来。请用 Excel 或 WPS 打开，另存为 .xlsx 再试。") from None
    for name, grid, merges in read:
        if name != _LISTS:
            yield _plain_page(name, [[from_calamine(v) for v in row] for row in grid], merges)


def csv_page(data: bytes) -> Page:
    """A .csv as one page; UTF-8 or the code page of a Chinese Windows.

    Raises:
        UnreadableError: neither encoding reads it.
    """
    for encoding in _ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        try:
            rows = list(csv.reader(io.StringIO(text)))
        except csv.Error:
            raise UnreadableError("CSV 文件读不出来。请用 Excel 或 WPS 另存为 .xlsx 再试。") from None
        return _plain_page("CSV", [[v or None for v in row] for row in rows])
    raise UnreadableError("CSV 文件的编码认不出来。请用 Excel 或 WPS 打开，另存为 .xlsx 再试。")


def _plain_page(name: str, grid: Sequence[Sequence[Content]], merges: Iterable[tuple[Place, Place]] = ()) -> Page:
    standing = {
        (row, column): value
        for row, values in enumerate(grid, 1)
        for column, value in enumerate(values, 1)
        if value is not None and str(value).strip()
    }
    values: dict[int, dict[int, Content]] = {}
    for (row, column), value in standing.items():
        values.setdefault(row, {})[column] = value
    spans = _spans(values, [f"{address(r + 1, c + 1)}:{address(b + 1, d + 1)}" for (r, c), (b, d) in merges])
    spots = (Spot(*place, value, address(*place), *spans.get(place, (1, 1))) for place, value in standing.items())
    return Page(name, tuple(spots))


def document_pages(data: bytes) -> Iterator[Page]:
    """The tables of a .docx, each with the paragraphs since the table before it.

    Raises:
        UnreadableError: no Word document, damaged or unsafe.
    """
    if not data.startswith(b"PK"):
        raise UnreadableError("这个文件不是 .docx 文档。请用 Word 或 WPS 打开，另存为 .docx 再试。")
    parts = inflate(data)
    if _DOCUMENT not in parts:
        raise UnreadableError("这个文件不是 Word 文档（压缩包里没有正文）。")
    root = parse_xml(parts[_DOCUMENT], _DOCUMENT)
    caption: list[str] = []
    number = 0
    for element in root.iter(_WORD + "p", _WORD + "tbl"):
        if element.tag == _WORD + "tbl":
            number += 1
            yield Page(f"表{number}", tuple(_table_spots(element, number)), tuple(caption))
            caption = []
        elif not _inside_table(element) and (text := _text(element)):
            caption.append(text)


def _inside_table(element: etree._Element) -> bool:
    return next(element.iterancestors(_WORD + "tbl"), None) is not None


def _table_spots(table: etree._Element, number: int) -> Iterator[Spot]:
    """Cells with their spans; a table inside a cell is a page of its own."""
    found: dict[Place, Spot] = {}
    open_at: dict[int, Place] = {}
    for row, line in enumerate(_own(table, "tr"), 1):
        column = 1 + _number(line.find(f"{_WORD}trPr/{_WORD}gridBefore"), 0)
        for index, cell in enumerate(_own(line, "tc"), 1):
            span = _number(cell.find(f"{_WORD}tcPr/{_WORD}gridSpan"), 1)
            merge = cell.find(f"{_WORD}tcPr/{_WORD}vMerge")
            continued = merge is not None and merge.get(_WORD + "val") != "restart"
            if continued and column in open_at:
                _reach(found, open_at[column], row)
            elif text := "\n".join(filter(None, map(_text, _own(cell, "p")))):
                found[row, column] = Spot(row, column, text, f"表{number} 第{row}行第{index}格", 1, span)
            if not continued:
                open_at[column] = (row, column)
            column += span
    yield from found.values()


def _reach(found: dict[Place, Spot], corner: Place, row: int) -> None:
    spot = found.get(corner)
    if spot:
        found[corner] = Spot(spot.row, spot.column, spot.value, spot.where, row - spot.row + 1, spot.columns)


def _own(element: etree._Element, tag: str) -> Iterator[etree._Element]:
    """Descendants of a kind, also inside content controls and tracked insertions, not inside a table of their own."""
    for child in element:
        if child.tag == _WORD + tag:
            yield child
        elif child.tag in {_WORD + n for n in ("sdt", "sdtContent", "ins", "customXml", "smartTag")}:
            yield from _own(child, tag)


def _number(element: Any, default: int) -> int:  # noqa: ANN401 - an element or None
    text = element.get(_WORD + "val") if element is not None else None
    return int(text) if isinstance(text, str) and text.isdigit() else default


def _text(paragraph: etree._Element) -> str:
    """What a person reads: deleted text and field codes are no `w:t`."""
    others = {_WORD + "tab": "　", _WORD + "br": "\n"}
    pieces = paragraph.iter(_WORD + "t", *others)
    return "".join([others.get(str(e.tag), e.text or "") for e in pieces]).strip()
