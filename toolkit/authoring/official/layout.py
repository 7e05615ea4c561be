"""An official blank form as cells (官方表的格子): labels, cells to fill in, lists, each where it stands."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from toolkit.core.errors import UnreadableError
from toolkit.core.light import dataclass, field
from toolkit.core.patterns import late
from toolkit.unit.moving import is_serial, plain_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from openpyxl.worksheet.worksheet import Worksheet

    from toolkit.unit.moving import Place

_BLANK = late(
    r"[\s…⋯.·_＿×Xx*＊年月日]*|0(?:\.0+)?"
)  # what a form prints where something is to be written; a dash says no
_TALL, _USUAL = 409, 9.0
_HEADS = 3  # so many labels behind a blank make it the corner above them
_FEWEST = 2  # blank rows of one shape make a list


@dataclass(frozen=True, slots=True)
class FormSpot:
    """One cell of an official form: its corner and span; `text` is its label, "" where something is to be filled in."""

    row: int
    column: int
    rows: int
    columns: int
    text: str

    @property
    def open(self) -> bool:
        """Whether something is to be filled in."""
        return not self.text

    @property
    def worded(self) -> bool:
        """Whether it is a label, and no printed figure or dash."""
        return any(sign.isalpha() for sign in self.text)


@dataclass(frozen=True, slots=True)
class BlankSheet:
    """One sheet of an official form."""

    name: str
    spots: Mapping[Place, FormSpot]  # by its corner
    widths: tuple[float, ...]
    heights: Mapping[int, float]
    landscape: bool
    last: int
    covered: Mapping[Place, FormSpot] = field(default_factory=dict)  # every place → the cell that covers it
    sums: frozenset[str] = frozenset()  # what a row that adds others up is called

    def row(self, number: int) -> list[FormSpot]:
        """The cells that begin in a row, from the left."""
        return [spot for (row, _), spot in sorted(self.spots.items()) if row == number]

    def left(self, spot: FormSpot) -> str:
        """The nearest label in the same row."""
        found = (self.covered.get((spot.row, c)) for c in range(spot.column - 1, 0, -1))
        return next((s.text for s in found if s and s.worded), "")

    def above(self, spot: FormSpot) -> str:
        """The nearest label in the same column."""
        return self.heads(spot)[0]

    def heads(self, spot: FormSpot) -> tuple[str, str]:
        """The nearest label above and the one over it, where that goes over several columns: 总额, 预算数（万元）."""
        wide = len(self.widths)
        words = (s for s in self._upwards(spot.row, spot.column) if s.worded and s.columns < wide)
        heads = [s for s in words if not self.adds_up(s.row)]
        over = next((s for s in heads if s.row < heads[0].row), None)
        spans = over is not None and over.row + over.rows == heads[0].row and heads[0].columns < over.columns
        return (heads[0].text if heads else "", over.text if over and spans else "")

    def _upwards(self, row: int, column: int) -> Iterator[FormSpot]:
        found = (self.covered.get((r, column)) for r in range(row - 1, 0, -1))
        return (spot for spot in found if spot)

    def corner(self, spot: FormSpot) -> bool:
        """Whether a blank is the corner of a table: the only one in a row of heads."""
        here = self.row(spot.row)
        beside = [s for s in here if s.text and s.column > spot.column]
        return len(beside) >= _HEADS and sum(s.open for s in here) == 1

    def blank_runs(self) -> Iterator[tuple[int, int]]:
        """First and last row of rows that are all to be filled in, of one shape, under a row of labels."""
        first, shapes = 0, {r: self._body(r) for r in range(1, self.last + 2)}
        for row in range(2, self.last + 2):
            if shapes[row] and first and shapes[row] == shapes[first]:
                continue
            if first and row - first >= _FEWEST:
                yield first, row - 1
            first = row if shapes[row] and self._is_head(self.head_row(row)) else 0

    def _body(self, row: int) -> list[tuple[int, int]]:
        """The cells to be filled in of a row of a list, which nothing but its running number is printed in."""
        here = self.row(row)
        blank = [s for s in here if s.open]
        fits = len(here) > 1 and all(s.rows == 1 for s in here) and blank in (here, here[1:])
        return [(s.column, s.columns) for s in blank] if fits and (here[0].open or is_serial(here[0].text)) else []

    def head_row(self, row: int) -> int:
        """The row with the heads of a list that begins at a row; one that adds up may stand between them."""
        return row - 2 if self.adds_up(row - 1) else row - 1

    def adds_up(self, row: int) -> bool:
        """Whether a row says 合计, and leaves the rest to be filled in."""
        here = self.row(row)
        first = next((s for s in here if s.text), None)
        told = first is not None and plain_label(first.text).endswith(tuple(self.sums))
        return told and sum(s.open for s in here) > 0

    def _is_head(self, row: int) -> bool:
        """Labels side by side; where enough of them stand there, cells before and behind them may be blank."""
        texts = [bool(s.text) for s in self.row(row)]
        inside = texts[texts.index(True) : len(texts) - texts[::-1].index(True)] if any(texts) else []
        return bool(inside) and all(inside) and (len(inside) == len(texts) or len(inside) >= _HEADS)


def blank_sheets(data: bytes, sums: frozenset[str] = frozenset()) -> list[BlankSheet]:
    """The visible sheets that hold a form; `sums` is what a row that adds others up is called.

    Raises:
        UnreadableError: damaged in a way that the library does not get over.
    """
    try:
        book = load_workbook(io.BytesIO(data))
    except Exception as error:
        raise UnreadableError("工作簿已损坏，读不出里面的表。请用 Excel 或 WPS 打开，另存一份再试。") from error
    found = [_sheet(sheet, sums) for sheet in book.worksheets if sheet.sheet_state == "visible"]
    return [sheet for sheet in found if any(s.open for s in sheet.spots.values())]


def _sheet(sheet: Worksheet, sums: frozenset[str]) -> BlankSheet:
    spans = {
        (area.min_row, area.min_col): (area.max_row - area.min_row + 1, area.max_col - area.min_col + 1)
        for area in sheet.merged_cells.ranges
    }
    under = {
        (r, c)
        for (row, column), (rows, columns) in spans.items()
        for r in range(row, row + rows)
        for c in range(column, column + columns)
    } - spans.keys()
    lined = {c.coordinate for line in sheet.iter_rows() for c in line if c.border and c.border.top.style}
    spots: dict[Place, FormSpot] = {}
    covered: dict[Place, FormSpot] = {}
    for row, line in enumerate(sheet.iter_rows(), sheet.min_row):
        for column, cell in enumerate(line, sheet.min_column):
            place = (row, column)
            text = "" if cell.value is None or cell.data_type == "f" else str(cell.value).strip()
            text = "" if _BLANK.fullmatch(text) else text
            if place in under or (not text and lined and cell.coordinate not in lined):
                continue
            spot = FormSpot(row, column, *spans.get(place, (1, 1)), text)
            spots[place] = spot
            covered |= {(r, c): spot for r in range(spot.row, spot.row + spot.rows) for c in _across(spot)}
    last = max((s.row + s.rows - 1 for s in spots.values() if s.text or lined), default=0)
    wide = max((s.column + s.columns - 1 for s in spots.values()), default=1)
    sizes = [sheet.column_dimensions[get_column_letter(c)].width or _USUAL for c in range(1, wide + 1)]
    heights = {r: float(d.height) for r, d in sheet.row_dimensions.items() if d.height and d.height <= _TALL}
    wide_page = sheet.page_setup.orientation == "landscape"
    return BlankSheet(sheet.title, spots, tuple(sizes), heights, wide_page, last, covered, sums)


def _across(spot: FormSpot) -> range:
    return range(spot.column, spot.column + spot.columns)
