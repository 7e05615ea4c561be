"""Tables of 汇总表 (汇总表样式): one look for every sheet, written row by row so that memory stays flat."""

from __future__ import annotations

from decimal import Decimal
from itertools import accumulate
from math import ceil
from typing import TYPE_CHECKING

from toolkit.core.light import dataclass
from toolkit.core.money import fits_cell, plain
from toolkit.engines.xlsx import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

HEAD_ROW = 2  # title, note, head

_A4, _A3, _A4_ROOM, _A3_ROOM = 9, 8, 175, 250  # paper numbers; more characters across print under five sixths

_SURE = 0.85  # of a page: pages break between columns

_MAX_TEXT = 32_767

_LINE, _MARGIN, _MOST_HIGH = 13.5, 6.0, 409.0  # points

_MAX_LINK = 255

_FONT = "宋体"

_INTERNAL = "（内部资料，不得对外公开）"

# The space on the right is the format's (_): LibreOffice moves a figure that has an indent twice, or not at all.
_FORMATS: Mapping[str, Mapping[str, object]] = {
    "text": {"align": "left"},
    "centre": {"align": "center"},
    "wrap": {"align": "left", "text_wrap": True},
    "count": {"align": "right", "num_format": "#,##0_ "},
    "money": {"align": "right", "num_format": "#,##0.00_ "},
    "score": {"align": "right", "num_format": "0.00_ "},
    "rate": {"align": "right", "num_format": "0.00%_ "},
    "link": {"align": "left", "font_color": "#0563C1", "underline": 1},
}

_SHADES = {"": None, "bold": "#F2F2F2", "bad": "#FCE4E4", "warn": "#FFF6DD", "good": "#E8F3E8", "dim": "#EEEEEE"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head with unit, its width in characters, and how its values look."""

    head: str
    width: float
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Link:
    """A link into another workbook (链接): `target` is relative to 汇总表, with the cell behind #."""

    target: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its values, a shade ("", bold, bad, warn, good, dim), and columns that look otherwise here."""

    values: Sequence[object]
    shade: str = ""
    kinds: tuple[tuple[int, str], ...] = ()


def _height(columns: Sequence[Column], line: Line) -> float:
    """Points for the longest wrapped text of a row."""
    wrapped = [(str(v), c.width) for c, v in zip(columns, line.values, strict=True) if c.kind == "wrap" and v]
    lines = max((lines_of(text, width) for text, width in wrapped), default=1)
    return min(_MOST_HIGH, lines * _LINE + _MARGIN)


def _first_page(columns: Sequence[Column]) -> int:
    """How many columns surely stand on the first of the pages side by side: title and note belong above these."""
    wide = sum(c.width for c in columns)
    pages = ceil(wide / _A3_ROOM)
    if pages == 1:
        return len(columns)
    reached = accumulate(c.width for c in columns)
    return max(2, sum(1 for end in reached if end <= _SURE * wide / pages))


def _let_go(sheet: Worksheet, row: int) -> None:
    """A row that stands in the file needs no height in memory: constant_memory lets go of cells only.

    Charts are placed by the heights around them, so this is for rows above the last one of a table.
    """
    sheet.row_info.pop(row, None)
    sheet.row_sizes.pop(row, None)


class Tables:
    """Writes tables into one workbook; formats are made once."""

    def __init__(self, book: Workbook) -> None:
        """Prepare the formats."""
        self.book = book
        self.formats: dict[tuple[str, str], Format] = {}
        base = {"font_name": _FONT, "valign": "vcenter"}
        self.title = book.add_format({**base, "font_name": "黑体", "font_size": 16, "bold": True, "align": "center"})
        self.note = book.add_format(
            {**base, "font_size": 10, "font_color": "#595959", "text_wrap": True, "valign": "top"}
        )
        head = {"font_size": 10, "bold": True, "align": "center", "text_wrap": True, "bg_color": "#D9E2EC", "border": 1}
        self.head = book.add_format({**base, **head})

    def format(self, kind: str, shade: str) -> Format:
        """The format of a kind of value on a shade."""
        found = self.formats.get((kind, shade))
        if found is None:
            look: dict[str, object] = {"font_name": _FONT, "font_size": 10, "valign": "vcenter", "border": 1}
            look |= {"border_color": "#A6A6A6", **_FORMATS[kind]}
            if shade:
                look |= {"bg_color": _SHADES[shade], "bold": shade == "bold"}
            found = self.formats[kind, shade] = self.book.add_format(look)
        return found

    def sheet(self, texts: tuple[str, str, str], columns: Sequence[Column], freeze: int = 0) -> Worksheet:
        """A new sheet (name, title, note) with its head, set up for A4 across."""
        name, title, note = texts
        sheet = self.book.add_worksheet(name)
        for index, column in enumerate(columns):
            sheet.set_column(index, index, column.width)
        sheet.set_row(0, 28)
        across, width = _first_page(columns), sum(c.width for c in columns)
        repeated = freeze if width > _A3_ROOM else 0  # on every page: a title in them would be cut on the next
        sheet.set_row(1, _LINE * lines_of(note, sum(c.width for c in columns[repeated:across])) + _MARGIN)
        sheet.set_row(HEAD_ROW, 32)
        sheet.merge_range(0, repeated, 0, across - 1, title + _INTERNAL, self.title)
        sheet.merge_range(1, repeated, 1, across - 1, note, self.note)
        for index, column in enumerate(columns):
            sheet.write_string(HEAD_ROW, index, column.head, self.head)
        sheet.freeze_panes(HEAD_ROW + 1, freeze)
        sheet.set_landscape()
        sheet.set_paper(_A3 if width > _A4_ROOM else _A4)
        sheet.fit_to_pages(ceil(width / _A3_ROOM), 0)  # side by side rather than too small to read
        if repeated:
            sheet.repeat_columns(0, repeated - 1)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        sheet.repeat_rows(HEAD_ROW)
        sheet.set_footer("&C第 &P 页，共 &N 页")
        sheet.hide_gridlines(2)
        return sheet

    def fill(self, sheet: Worksheet, columns: Sequence[Column], lines: Iterable[Line], *, filtered: bool = True) -> int:
        """Write the rows and give their number; an empty table says so."""
        count = 0
        for count, line in enumerate(lines, 1):
            sheet.set_row(HEAD_ROW + count, _height(columns, line))
            kinds = dict(line.kinds)
            for index, (column, value) in enumerate(zip(columns, line.values, strict=True)):
                look = self.format(kinds.get(index, column.kind), line.shade)
                self._cell(sheet, HEAD_ROW + count, index, value, look)
            _let_go(sheet, HEAD_ROW + count - 1)
        if not count:
            sheet.write_string(HEAD_ROW + 1, 0, "（没有）", self.format("text", "dim"))
        if filtered and count:
            sheet.autofilter(HEAD_ROW, 0, HEAD_ROW + count, len(columns) - 1)
        return count

    def _cell(self, sheet: Worksheet, row: int, column: int, value: object, look: Format) -> None:
        """Text is written as text whatever it begins with; a blank stays blank."""
        if value is None or value == "":
            sheet.write_blank(row, column, None, look)
        elif isinstance(value, (Decimal, int)) and fits_cell(Decimal(value)):
            sheet.write_number(row, column, float(value), look)
        elif isinstance(value, Link):
            self._link(sheet, row, column, value, look)
        else:
            text = plain(value) if isinstance(value, Decimal) else str(value)
            sheet.write_string(row, column, text[:_MAX_TEXT], look)

    def _link(self, sheet: Worksheet, row: int, column: int, link: Link, look: Format) -> None:
        """A HYPERLINK formula: a sheet takes at most 65,530 real hyperlinks, and a province has more faults."""
        target = link.target.replace('"', '""')
        if len(target) > _MAX_LINK:
            sheet.write_string(row, column, link.text, look)
            return
        shown = link.text.replace('"', '""')
        sheet.write_formula(row, column, f'=HYPERLINK("{target}","{shown}")', look, link.text)
