"""Row heights for wrapped text, pages for rows (行高、页数): Excel fits no row whose text stands in merged cells."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from toolkit.core.light import dataclass
from toolkit.core.patterns import late
from toolkit.engines.xlsx.formulas import number_of, whole
from toolkit.engines.xlsx.package import MAIN, parse_area, parse_xml, text_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from lxml import etree

    from toolkit.engines.xlsx.package import Package

TALLEST = 409.0  # points: Excel makes no row taller

_LINE, _MARGIN, _DEFAULT_WIDTH, _PADDING = 15.0, 6.0, 8.43, 1.5

_BODY, _SMALL = 10.5, (9.0, 8.0, 7.0, 6.0)  # points of the letters of nearly all cells, and of smaller ones

_SURE = 2.5  # so much less than its column, and a text stands in one line even if all of it is wide

_SHORT = (_DEFAULT_WIDTH - _SURE) / 2

_CHARACTER = 5.25  # points of a character of a column's width, where Excel measures in Calibri: no program has fewer

_CLOSER = 1.005  # how closely the room of a page is found out

_TITLES, _TITLE_ROWS = "_xlnm.Print_Titles", late(r"\$(\d+):\$(\d+)$")

_NARROW = 3.5  # a column this narrow still takes one Chinese character


@dataclass(frozen=True, slots=True)
class Measures:
    """Column widths (characters) and merged spans of a sheet; `merged` are the rows that have any.

    `short` is the length of text that surely stands in one line of a column.
    """

    widths: Mapping[int, float]
    short: Mapping[int, float]
    across: Mapping[tuple[int, int], int]
    down: frozenset[tuple[int, int]]
    merged: frozenset[int]

    @property
    def data(self) -> tuple[Any, ...]:
        """The same as plain data, to be kept."""
        return self.widths, self.short, self.across, self.down, self.merged

    def height(self, row: int, values: Mapping[int, object]) -> float:
        """Points that the texts of a row need; 0 when there is none."""
        merged, most, widths, short = row in self.merged, 0, self.widths, self.short
        for column, text in values.items():
            # A text that fits its own column fits a merged cell, too.
            if not isinstance(text, str) or (len(text) <= short.get(column, _SHORT) and "\n" not in text):
                continue
            if merged and (row, column) in self.down:
                continue
            most = max(most, lines_of(text, self._width(row, column) if merged else widths.get(column, _DEFAULT_WIDTH)))
        return min(TALLEST, most * _LINE + _MARGIN) if most > 1 else 0.0

    def letters(self, row: int, column: int, text: str) -> float | None:
        """Points of the smaller letters in which a text stands in the tallest row there is; None where it does so."""
        if (row, column) in self.down or self._stands(row, column, text, _BODY):
            return None
        return next((size for size in _SMALL if self._stands(row, column, text, size)), _SMALL[-1])

    def takes(self, row: int, column: int, text: str) -> bool:
        """Whether the tallest row there is takes a text, be it in the smallest letters."""
        return (row, column) in self.down or self._stands(row, column, text, _SMALL[-1])

    def _stands(self, row: int, column: int, text: str, size: float) -> bool:
        width = (self._width(row, column) - _PADDING) * _BODY / size + _PADDING
        return lines_of(text, width) * _LINE * size / _BODY + _MARGIN <= TALLEST

    def _width(self, row: int, column: int) -> float:
        return sum(
            self.widths.get(c, _DEFAULT_WIDTH) for c in range(column, column + self.across.get((row, column), 1))
        )


def measures_of(root: etree._Element) -> Measures:
    """Read the widths and merges of a sheet."""
    widths: dict[int, float] = {}
    for column in root.iter(MAIN + "col"):
        width = number_of(column.get("width"), _DEFAULT_WIDTH)
        for index in range(whole(column.get("min"), 1), min(whole(column.get("max"), 1), 200) + 1):
            widths[index] = width
    across: dict[tuple[int, int], int] = {}
    down: set[tuple[int, int]] = set()
    for merge in root.iter(MAIN + "mergeCell"):
        area = parse_area(f"x!{merge.get('ref')}")
        if area:
            across[(area.top, area.left)] = area.right - area.left + 1
            if area.bottom > area.top:
                down.add((area.top, area.left))
    short = {column: (width - _SURE) / 2 for column, width in widths.items()}
    return Measures(widths, short, across, frozenset(down), frozenset(row for row, _ in across))


def lines_of(text: str, width: float) -> int:
    """Lines that a text takes in a column of `width` characters; a Chinese character is two wide."""
    room = int(width - _PADDING) if width > _NARROW else 2
    if "\n" not in text:
        return 1 if 2 * len(text) <= room else -(-_units(text) // room)
    return sum(max(1, -(-_units(line) // room)) for line in text.split("\n"))


def _units(text: str) -> int:
    """Each sign of GBK that takes two bytes is two wide, so nearly all text is measured by a codec: half the time."""
    try:  # 700 times a unit: `suppress` would be half of it
        return len(text.encode("gbk"))
    except UnicodeEncodeError:
        return sum(map(_unit, text))


@lru_cache(maxsize=8192)
def _unit(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WFA" else 1


def room_of(root: etree._Element, measures: Measures) -> float:
    """Points of rows that one A4 page takes of a sheet that is printed as wide as the page; 0 where it is not."""
    page, margins = root.find(MAIN + "pageSetup"), root.find(MAIN + "pageMargins")
    if page is None or margins is None or page.get("fitToHeight") != "0":
        return 0.0
    across, down = (842, 595) if page.get("orientation") == "landscape" else (595, 842)
    left, right, top, bottom = (72 * number_of(margins.get(side), 0.7) for side in ("left", "right", "top", "bottom"))
    wide = _CHARACTER * sum(measures.widths.values())
    return (down - top - bottom) / min(1.0, (across - left - right) / max(wide, 1))


@dataclass(frozen=True, slots=True)
class Paging:
    """How rows come onto pages (分页): squeezed onto `count`, or as they come; `starts` are the rows that begin one."""

    count: int = 0
    starts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that are to be cut into pages (待分页的行): their heights by their numbers.

    `heads` say what stands below them: none ends a page, if it can be helped. `repeated` stand on each page.
    """

    heights: Mapping[int, float]
    heads: frozenset[int]
    repeated: Collection[int]

    @property
    def reach(self) -> float:
        """How far down the first row ends that stands below all heads."""
        last = max(self.heads, default=0)
        below = next((row for row in self.heights if row > last), last)
        return sum(height for row, height in self.heights.items() if row <= below)

    def starts(self, room: float) -> tuple[int, ...]:
        """The rows that begin a page after the first; heads do not stay behind what they stand over."""
        found, numbers, begun, used = list[int](), list(self.heights), 0, 0.0
        for i, row in enumerate(numbers):
            height = self.heights[row]
            if i > begun and used + height > room:
                begun = self._cut(numbers, begun, i)
                found.append(numbers[begun])
                used = self._again(numbers[begun]) + sum(self.heights[n] for n in numbers[begun:i])
            used += height
        return tuple(found)

    def _cut(self, numbers: list[int], begun: int, full: int) -> int:
        """Where the page that is full before a row ends: above the heads of that row, unless these fill the page."""
        at = full
        while at > begun and numbers[at - 1] in self.heads:
            at -= 1
        return at if at > begun else full

    def _again(self, row: int) -> float:
        """How tall the repeated rows are that stand above a row that begins a page."""
        return sum(self.heights.get(n, 0.0) for n in self.repeated if n < row)


def paging(rows: Rows, room: float, squeeze: float, *, named: bool) -> Paging:
    """How rows come onto pages of so much room, when they may shrink as far as `squeeze`.

    Where pages begin is left to the program that prints them, unless each is `named` anew or a head could end one.
    """
    tall = sum(rows.heights.values())
    count = _pages(tall / room, squeeze)
    if tall <= room or count == 1 or not (named or rows.reach > room):
        return Paging(count)
    if count:  # the program that squeezes them knows of no heads
        found = _evened(Rows(rows.heights, frozenset(), rows.repeated), count, tall)
        if rows.heads.isdisjoint(_before(rows.heights, found)):
            return Paging(count, found)
    return Paging(0, _evened(rows, len(rows.starts(room)) + 1, room))


def _pages(needed: float, squeeze: float) -> int:
    """So many pages that none begins for a few rows alone; 0 where the last is well filled as it is."""
    whole = int(needed)
    return whole if 0 < whole < needed <= whole / squeeze else 0


def _before(heights: Mapping[int, float], starts: Collection[int]) -> Iterator[int]:
    """The rows that end a page."""
    return (last for last, row in pairwise(heights) if row in starts)


def _evened(rows: Rows, pages: int, most: float) -> tuple[int, ...]:
    """The rows that begin so many pages of as little room as possible, which `most` is enough for."""
    room = sum(rows.heights.values()) / pages
    while len(found := rows.starts(min(room, most))) >= pages:
        room *= _CLOSER
    return found


def fonts_of(package: Package) -> list[str]:
    """The font of each style of cells."""
    part = package.related("styles")
    if part is None:
        return []
    root = parse_xml(package.parts[part], part)
    named = (font.find(MAIN + "name") for font in root.iterfind(f"{MAIN}fonts/{MAIN}font"))
    names = ["" if name is None else name.get("val", "") for name in named]
    return [names[whole(xf.get("fontId"), 0)] for xf in root.iterfind(f"{MAIN}cellXfs/{MAIN}xf")]


def repeated_rows(package: Package) -> dict[str, tuple[int, ...]]:
    """The rows of each sheet that all its pages repeat (顶端标题行)."""
    titles = (name for name in package.workbook.iter(MAIN + "definedName") if name.get("name") == _TITLES)
    rows = {whole(name.get("localSheetId"), -1): _TITLE_ROWS.search(text_of(name)) for name in titles}
    sheets = enumerate(package.workbook.iter(MAIN + "sheet"))
    found = ((sheet.get("name") or "", rows.get(at)) for at, sheet in sheets)
    return {name: tuple(range(int(said[1]), int(said[2]) + 1)) for name, said in found if said}
