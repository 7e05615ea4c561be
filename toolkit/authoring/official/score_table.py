"""A printed scoring table of an official form (固定评分表): its items, their points, and where theirs are filled in.

一级、二级、三级指标 and 分值 are printed, and nothing but 得分 (and 扣分原因) is to be filled in. Each row is a
`[[scored]]` item of the pack: its points have bounds, and the total adds them up.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from toolkit.core.light import dataclass, replace
from toolkit.core.patterns import late
from toolkit.unit.moving import plain_label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from toolkit.authoring.official.layout import BlankSheet, FormSpot

_POINTS = late(r"[（(【](\d+(?:\.\d+)?)分?[)）】]$")
_NUMBER = late(r"(\d+(?:\.\d+)?)分?")
_NO_NAME = late(r"[^\w]|_")
_REASONS = ("原因", "理由", "说明")
_FEWEST = 3  # rows with printed points that make a table of them
_LONGEST = 20


@dataclass(frozen=True, slots=True)
class ScoredRow:
    """One printed item: what it is called, under which levels, its points, and the cells to be filled in."""

    name: str
    levels: tuple[str, ...]
    weight: Decimal
    text: str
    points: FormSpot
    reason: tuple[FormSpot, ...] = ()  # the cell for 扣分原因, where the form has one


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """A scoring table: its items, the cell with their total, and first levels whose printed points are others."""

    rows: tuple[ScoredRow, ...] = ()
    total: FormSpot | None = None
    wrong: tuple[str, ...] = ()

    @property
    def lines(self) -> set[int]:
        """The rows of the sheet that it takes."""
        return {r.points.row for r in self.rows} | ({self.total.row} if self.total else set())

    @property
    def weights(self) -> dict[str, Decimal]:
        """First level → the points of its items."""
        found: dict[str, Decimal] = {}
        for row in self.rows:
            found[row.levels[0]] = found.get(row.levels[0], Decimal(0)) + row.weight
        return found


def score_table(blank: BlankSheet, is_points: Callable[[str], bool], is_item: Callable[[str], bool]) -> ScoreTable:
    """The scoring table of a sheet, or an empty one; the heads of 得分 and 三级指标 are known by their labels."""
    for head in sorted((s for s in blank.spots.values() if is_points(s.text)), key=lambda s: (s.row, s.column)):
        below = range(head.row + head.rows, blank.last + 1)
        lines = {r: s for r in below if (s := blank.spots.get((r, head.column))) and s.open and s.rows == 1}
        lines = {r: s for r, s in lines.items() if not blank.adds_up(r)}
        item = _item_column(blank, list(lines), is_item)
        found = [row for r, s in lines.items() if item and (row := _scored(blank, item, r, s))]
        asked = Counter(s.column for row in found for s in blank.row(row.points.row) if s.open)
        if any(many > len(found) / 2 for column, many in asked.items() if column < head.column):
            continue  # 实际完成值 and the like are the unit's to fill in
        rows = _named(found)
        if len(rows) >= _FEWEST:
            sums = (blank.spots.get((r, head.column)) for r in below if r > rows[-1].points.row and blank.adds_up(r))
            total = next((s for s in sums if s and s.open), None)
            return ScoreTable(tuple(rows), total, tuple(_wrong(blank, rows, item)))
    return ScoreTable()


def _item_column(blank: BlankSheet, rows: list[int], is_item: Callable[[str], bool]) -> int:
    """The column of the items: the one that is headed so, else the first with words of its own in every row."""
    own = {c: [s for r in rows if (s := blank.spots.get((r, c)))] for c in range(1, len(blank.widths) + 1)}
    named = {c: [s for s in spots if s.worded and s.rows == 1] for c, spots in own.items()}
    headed = [c for c, spots in named.items() if spots and is_item(blank.above(own[c][0]))]
    return next(iter([*headed, *(c for c, spots in named.items() if rows and len(spots) == len(rows))]), 0)


def _scored(blank: BlankSheet, item: int, row: int, points: FormSpot) -> ScoredRow | None:
    """The item of a row; None where it prints no points."""
    own = blank.spots.get((row, item))
    if own is None or not own.worded or own.rows > 1 or item >= points.column:
        return None
    levels = [blank.covered[row, c] for c in range(1, item) if (row, c) in blank.covered]
    told = dict.fromkeys(_words(s.text) for s in levels if s.worded)
    between = [s for s in blank.row(row) if item < s.column < points.column]
    weight = _points(own.text) or next((_points(s.text) for s in between if _points(s.text) and not s.worded), None)
    if weight is None:  # 分值 before the item
        weight = next(
            (_points(s.text) for s in reversed(levels) if s.row == row and s.rows == 1 and not s.worded), None
        )
    if weight is None:
        return None
    name = _words(own.text)
    text = next((s.text for s in reversed(between) if s.worded and _points(s.text) is None), "")
    behind = (s for s in blank.row(row) if s.open and s.column > points.column)
    reason = tuple(s for s in behind if any(word in blank.above(s) for word in _REASONS))[:1]
    return ScoredRow(name, tuple(told) or (name,), weight, " ".join(text.split()), points, reason)


def _points(text: str) -> Decimal | None:
    """5 of 相关性（5分）, of 5 and of 5分."""
    folded = "".join(text.split())
    found = _POINTS.search(folded) or _NUMBER.fullmatch(folded)
    return Decimal(found[1]) if found else None


def _words(text: str) -> str:
    """What a printed item is called, as a part of a name: without its numbering, its points and its signs."""
    told = _POINTS.sub("", "".join(text.split()))
    return (_NO_NAME.sub("", plain_label(told)) or _NO_NAME.sub("", told)).lstrip("0123456789")[:_LONGEST]


def _named(rows: list[ScoredRow]) -> list[ScoredRow]:
    """Items of one name are told apart by what stands over them, and by their order."""
    often, seen = Counter(row.name for row in rows), Counter[str]()
    return [row if often[row.name] == 1 else _apart(row, seen) for row in rows]


def _apart(row: ScoredRow, seen: Counter[str]) -> ScoredRow:
    name = f"{row.levels[-1]}{row.name}"
    seen[name] += 1
    told = name if seen[name] == 1 else f"{name}{seen[name]}"
    return replace(row, name=told)


def _wrong(blank: BlankSheet, rows: list[ScoredRow], item: int) -> Iterator[str]:
    """First levels whose points, as printed, are not those of their items."""
    sums = ScoreTable(tuple(rows)).weights
    for spot in blank.spots.values():
        if spot.column >= item or not spot.worded or spot.row not in {r.points.row for r in rows}:
            continue
        beside = blank.covered.get((spot.row, spot.column + spot.columns))
        printed = _points(spot.text) or (_points(beside.text) if beside and beside.column < item else None)
        level = _words(spot.text)
        if level in sums and printed is not None and printed != sums[level]:
            yield f"“{level}”印着 {printed} 分，下面各项的分值合计 {sums[level]} 分，请核对官方表"
