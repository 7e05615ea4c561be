"""Which label a cell stands under (认格子): one stretch of a page is held against one layout of the pack.

Nothing is guessed: a cell is known by the label at its left and the one above, or by one of them that leads to this
cell alone and touches it. What two readings would fit is known by neither.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

from toolkit.core.light import dataclass
from toolkit.core.words import as_text
from toolkit.unit.moving.layouts import PRINTED
from toolkit.unit.moving.words import is_serial

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from toolkit.unit.moving.layouts import Layout, TableLayout
    from toolkit.unit.moving.pages import Page, Spot


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a table as found: its row on the page, column → cell, and every column that the table has there."""

    table: str
    number: int
    cells: Mapping[str, Spot]
    heads: frozenset[str]


@dataclass(frozen=True)
class Match:
    """One stretch of a page under one layout (认表结果)."""

    page: Page
    layout: Layout
    labels: Mapping[tuple[int, int], str]
    captions: tuple[str, ...] = ()

    @cached_property
    def titled(self) -> int:
        """How long the title is that the layout shares with the page; 0 when it has none of its titles."""
        texts = {*self.labels.values(), *self.captions}
        return max((len(t) for t in self.layout.titles for text in texts if text.endswith(t)), default=0)

    @property
    def promising(self) -> bool:
        """Whether the page has labels of the layout at all."""
        return len(self.layout.labels.intersection(self.labels.values())) > 1

    @cached_property
    def hits(self) -> int:
        """How many cells it knows."""
        return sum(1 for name in self.fields if name != PRINTED) + sum(len(r.cells) for r in self.rows)

    def denied(self, name: str, spot: Spot) -> bool:
        """Whether the label at the left of a cell names other fields, in whatever column, and never this one."""
        left = self._left.get((spot.row, spot.column))
        named = self.layout.named(self.label(left)) if left else frozenset()
        return bool(named) and name not in named

    def label(self, spot: Spot) -> str:
        """The cell's text as a label."""
        return self.labels.get((spot.row, spot.column), "")

    def is_label(self, spot: Spot) -> bool:
        """Whether the form prints this text as one of its labels."""
        label = self.label(spot)
        return bool(label) and label in self.layout.labels

    def is_printed(self, spot: Spot) -> bool:
        """Whether the form prints it: a label, a title with its year, a running number."""
        label = self.label(spot)
        title = bool(label) and any(label.endswith(t) for t in self.layout.titles)
        return title or self.is_label(spot) or (spot.row, spot.column) in self.numbering

    @cached_property
    def fields(self) -> Mapping[str, tuple[Spot, ...]]:
        """Name → the cells that may be it; `PRINTED` → what the form has there itself."""
        found: dict[str, list[Spot]] = {}
        taken = self._in_tables
        for spot in self.page.spots:
            if (spot.row, spot.column) in taken or self.is_label(spot):
                continue
            name = self._name(spot)
            if name is not None:
                found.setdefault(name, []).append(spot)
        return {name: tuple(spots) for name, spots in found.items()}

    @cached_property
    def empty(self) -> Mapping[str, str]:
        """Name → where its two labels cross and nothing stands; each of them stands there once."""
        found: dict[str, str] = {}
        for (at_left, at_top), name in self.layout.pairs.items():
            left, above = self._single.get(at_left), self._single.get(at_top)
            if name == PRINTED or not left or not above or left.beside > above.column or above.below > left.row:
                continue
            if (left.row, above.column) not in self.page.at:
                found[name] = left.along(above.column)
        return found

    @cached_property
    def _single(self) -> Mapping[str, Spot]:
        """Label → its cell, of those that stand there once."""
        counts = Counter(filter(None, map(self.label, self.page.spots)))
        return {label: spot for spot in self.page.spots if counts[label := self.label(spot)] == 1}

    def _name(self, spot: Spot) -> str | None:
        place = (spot.row, spot.column)
        left, above = self._left.get(place), self._above.get(place)
        at_left, at_top = (self.label(s) if s else "" for s in (left, above))
        if (at_left, at_top) in self.layout.pairs:
            return self.layout.pairs[at_left, at_top]
        if left and self._alone(left, spot, "left") and not self._goes_on(spot.row, spot.beside):
            return self.layout.lefts.get(at_left)
        if above and self._alone(above, spot, "above") and not self._goes_on(spot.below, spot.column):
            return self.layout.aboves.get(at_top)
        return None

    def _alone(self, label: Spot, spot: Spot, side: str) -> bool:
        """Whether the cell touches the label, or is as far from it as drawn."""
        step = spot.column - label.column if side == "left" else spot.row - label.row
        touching = label.beside == spot.column if side == "left" else label.below == spot.row
        return touching or step in self.layout.steps.get((side, self.label(label)), ())

    def _goes_on(self, row: int, column: int) -> bool:
        """Whether a further figure follows: then a label of one figure means something else here."""
        after = self.page.at.get((row, column))
        return after is not None and not isinstance(after.value, str)

    @cached_property
    def _left(self) -> Mapping[tuple[int, int], Spot | None]:
        """Place → the first label to the left of it."""
        return dict(self._nearest(sorted(self.page.at), 0))

    @cached_property
    def _above(self) -> Mapping[tuple[int, int], Spot | None]:
        """Place → the first label above it."""
        return dict(self._nearest(sorted(self.page.at, key=lambda place: (place[1], place[0])), 1))

    def _nearest(self, places: Iterable[tuple[int, int]], axis: int) -> Iterator[tuple[tuple[int, int], Spot | None]]:
        """The label last met on the way; words that are none of the form's end it: they may be one of another hand.

        One walk for the whole page: a row of thousands of figures is not walked through for each of them.
        """
        line, met = 0, None
        for place in places:
            line, met = (line, met) if place[axis] == line else (place[axis], None)
            yield place, met
            spot = self.page.at[place]
            if self.is_label(spot):
                met = spot
            elif isinstance(spot.value, str) and self.label(spot):
                met = None

    @cached_property
    def rows(self) -> tuple[TableRow, ...]:
        """The rows of all tables, in the order of the page."""
        return tuple(row for table in self.found for row in table.rows)

    @cached_property
    def found(self) -> tuple[FoundTable, ...]:
        """The tables, in the order of the page."""
        return tuple(self._tables())

    def places(self, row: TableRow) -> Mapping[str, int]:
        """The columns that have a head over this row, and where they stand."""
        tables = (t for t in self.found if t.table == row.table and t.first <= row.number <= t.last)
        return {column: min(places) for t in tables for column, places in t.columns.items()}

    @cached_property
    def _in_tables(self) -> frozenset[tuple[int, int]]:
        """Places of table cells and running numbers."""
        places = [(s.row, s.column) for r in self.rows for s in r.cells.values()]
        return frozenset(places) | self.numbering

    @cached_property
    def numbering(self) -> frozenset[tuple[int, int]]:
        """Running numbers beside table rows."""
        heads = [s for s in self.page.spots if self.label(s) in self.layout.running]
        found = {row for t in self.found for row in range(t.head + 1, t.last + 1)}
        taken = {(s.row, s.column) for r in self.rows for s in r.cells.values()}
        under = {(r, h.column) for r in found for h in heads if r > h.row} - taken
        return frozenset(
            (s.row, s.column) for s in self.page.spots if (s.row, s.column) in under and self._is_number(s)
        )

    def _tables(self) -> Iterator[FoundTable]:
        for row, spots in self.page.by_row.items():
            for table in self.layout.tables:
                heads = {s: table.heads[label] for s in spots if (label := self.label(s)) in table.heads}
                if len(set(heads.values())) >= table.enough and len(set(heads.values())) == len(heads):
                    yield self._table(table, row, heads)

    def _table(self, table: TableLayout, row: int, heads: Mapping[Spot, str]) -> FoundTable:
        columns = {c: name for s, name in heads.items() for c in self._reach(table, s, name)}
        first = max(s.below for s in heads)
        rows, feet = list[TableRow](), list[TableRow]()
        last, counted = row, set[str]()
        running = self._running(row) or self._counting(first, columns)
        for number, spots in self.page.by_row.items():
            if number < first:
                continue
            count = next((as_text(s.value).strip() for s in spots if s.column in running and self._is_number(s)), "")
            # A running number that comes again is another table's, whose head is lost; words some rows below the
            # numbered ones are a note.
            note = not count and bool(counted) and number > last + 1
            if self._ends(table, spots, columns) or count in counted or note:
                break
            counted |= {count} - {""}
            last = number
            cells = self._row(table, number, spots, columns)
            if cells:
                found = TableRow(table.table, number, cells, frozenset(heads.values()))
                (feet if not count and self._is_foot(table, cells, columns) else rows).append(found)
        under = {name: frozenset(c for c, n in columns.items() if n == name) for name in columns.values()}
        return FoundTable(table.table, row, first, last, under, tuple(rows), tuple(feet))

    def _reach(self, table: TableLayout, head: Spot, column: str) -> range:
        """The places under a head; one over the running numbers, too, goes on to the next head when not merged."""
        if column not in table.numbered or head.columns > 1:
            return range(head.column, head.beside)
        further = [s.column for s in self.page.by_row[head.row] if s.column > head.column]
        return range(head.column, min(further, default=head.column + 2))

    def _running(self, row: int) -> frozenset[int]:
        """The columns of running numbers under a head."""
        return frozenset(s.column for s in self.page.by_row[row] if self.label(s) in self.layout.running)

    def _counting(self, first: int, columns: Mapping[int, str]) -> frozenset[int]:
        """Columns that count 1, 2 from the first row on, beside those of the table: the head over them is lost."""
        shown = {at: as_text(s.value).strip() for at, s in self.page.at.items() if at[0] in {first, first + 1}}
        beside = {column for _, column in shown} - columns.keys()
        return frozenset(c for c in beside if (shown.get((first, c)), shown.get((first + 1, c))) == ("1", "2"))

    def _ends(self, table: TableLayout, spots: tuple[Spot, ...], columns: Mapping[int, str]) -> bool:
        """A label that stands below the table, a head, a title, a note over several columns, or a row of another table.

        Such a row, of a table whose head is lost, has several cells under one head of this one.
        """
        labels = [self.label(s) for s in spots]
        if any(label in table.stops for label in labels if label) or any(
            label in self.layout.titles for label in labels if label
        ):
            return True
        heads = sum(1 for label in labels if label in table.heads or label in table.stops)
        covered = {columns[c] for c in range(spots[0].column, spots[0].beside) if c in columns}
        under = [columns[s.column] for s in spots if s.column in columns and columns[s.column] not in table.numbered]
        return heads > 1 or len(covered) > 1 or len(under) - len(set(under)) > 1

    def _row(
        self, table: TableLayout, number: int, spots: tuple[Spot, ...], columns: Mapping[int, str]
    ) -> dict[str, Spot]:
        cells: dict[str, Spot] = {}
        for spot in spots:
            column = columns.get(spot.column)
            if column is None or self._is_dots(spot):
                continue
            if column in cells and column in table.numbered:
                cells[column] = spot  # the head covers the running numbers, too
            cells.setdefault(column, spot)
        cells = {c: s for c, s in cells.items() if c not in table.numbered or not self._is_number(s)}
        if not cells or self._is_sum(cells):
            return {}
        for column in self.layout.repeated & set(columns.values()):
            above = self._merged_down(number, column, columns)
            if above and column not in cells:
                cells[column] = above
        return cells

    def _merged_down(self, number: int, column: str, columns: Mapping[int, str]) -> Spot | None:
        places = (self.page.at.get((number, c)) for c, name in columns.items() if name == column)
        return next((s for s in places if s and s.row < number and s.rows > 1), None)

    def _is_number(self, spot: Spot) -> bool:
        return not isinstance(spot.value, str) or is_serial(spot.value)

    def _is_dots(self, spot: Spot) -> bool:
        return isinstance(spot.value, str) and not spot.value.strip(" .…　·")

    def _is_sum(self, cells: Mapping[str, Spot]) -> bool:
        """A row of 小计 among the others: its first words say so."""
        texts = [s for s in cells.values() if isinstance(s.value, str) and not self._is_number(s)]
        return bool(texts) and self.label(min(texts, key=lambda s: s.column)) in self.layout.sums

    def _is_foot(self, table: TableLayout, cells: Mapping[str, Spot], columns: Mapping[int, str]) -> bool:
        """A line of words in the first column alone, below a table of many columns, is a note: nothing numbers it."""
        first = columns[min(columns)]
        wide = len(set(table.heads.values())) > 2  # noqa: PLR2004 - a list of one or two columns has no such foot
        return wide and set(cells) == {first} and isinstance(cells[first].value, str)


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table: the row of its head, its first and last row, the places of its columns, and the filled rows.

    `feet` are lines taken for notes: nothing but the names of the form can say that they are rows.
    """

    table: str
    head: int
    first: int
    last: int
    columns: Mapping[str, frozenset[int]]
    rows: tuple[TableRow, ...]
    feet: tuple[TableRow, ...]
