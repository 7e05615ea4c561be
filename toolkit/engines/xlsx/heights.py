"""Row heights for wrapped text, pages for rows (行高、页数): Excel fits no row whose text stands in merged cells."""

from __future__ import annotations

import unicodedata
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from toolkit.core.light import dataclass
from toolkit.engines.xlsx.formulas import number_of, whole
from toolkit.engines.xlsx.package import MAIN, parse_area

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml import etree

_LINE, _MARGIN, _MOST, _DEFAULT_WIDTH = 15.0, 6.0, 409.0, 8.43

_SURE = 2.5  # so much less than its column, and a text stands in one line even if all of it is wide

_SHORT = (_DEFAULT_WIDTH - _SURE) / 2

_CHARACTER = 5.4  # points of a character of a column's width

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
        """Points that the texts of a row need; 0 when there is none. Excel allows 409 at most."""
        merged, most, widths, short = row in self.merged, 0, self.widths, self.short
        for column, text in values.items():
            # A text that fits its own column fits a merged cell, too.
            if not isinstance(text, str) or (len(text) <= short.get(column, _SHORT) and "\n" not in text):
                continue
            if merged and (row, column) in self.down:
                continue
            most = max(most, lines_of(text, self._width(row, column) if merged else widths.get(column, _DEFAULT_WIDTH)))
        return min(_MOST, most * _LINE + _MARGIN) if most > 1 else 0.0

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
    room = int(width - 1.5) if width > _NARROW else 2
    if "\n" not in text:
        return 1 if 2 * len(text) <= room else -(-_units(text) // room)
    return sum(max(1, -(-_units(line) // room)) for line in text.split("\n"))


def _units(text: str) -> int:
    """Each sign of GBK that takes two bytes is two wide, so nearly all text is measured by a codec: half the time."""
    with suppress(UnicodeEncodeError):
        return len(text.encode("gbk"))
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


def pages_of(needed: float, squeeze: float) -> int:
    """So many pages that none begins for a few rows alone; 0 where the last is well filled as it is."""
    whole = int(needed)
    return whole if 0 < whole < needed <= whole / squeeze else 0
