"""Workbooks as other hands leave them (改写表): the marked workbook as plain grids, edited as a clerk in Excel edits.

Unlike `move_damage`, where a program breaks a file, rows, columns, merges and names move together here as Excel moves
them; or only the values are taken along, into another layout.
"""

from __future__ import annotations

import io
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

import openpyxl
from move_damage import held, marked_workbook
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName

from toolkit.core.words import as_text
from toolkit.engines.xlsx import FileSource, parse_area
from toolkit.pack import default_pack

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from toolkit.core.model import Content, Section
    from toolkit.engines.xlsx import Area

Box = tuple[int, int, int, int]


@dataclass(slots=True)
class Sheet:
    """One sheet: place → value, merged boxes, name → box; a box is top, left, bottom, right."""

    name: str
    cells: dict[tuple[int, int], Content]
    merges: list[Box]
    names: dict[str, Box]
    own: bool = False
    filled: bool = True

    @property
    def last(self) -> tuple[int, int]:
        """The last row and the last column with anything in them."""
        return max(r for r, _ in self.cells), max(c for _, c in self.cells)

    def shift(self, at: int, by: int, *, columns: bool = False) -> None:
        """Rows or columns put in before `at`, or (by < 0) taken out from `at` on, as Excel does it."""
        gone = range(at, at - by) if by < 0 else range(0)
        axis = 1 if columns else 0

        def moved(place: tuple[int, int]) -> tuple[int, int]:
            return (place[0], place[1] + by) if columns else (place[0] + by, place[1])

        self.cells = {moved(p) if p[axis] >= at else p: v for p, v in sorted(self.cells.items()) if p[axis] not in gone}
        self.merges = [b for old in self.merges if (b := _shifted(old, at, by, axis))]
        self.names = {n: b for n, old in self.names.items() if (b := _shifted(old, at, by, axis))}


def _shifted(box: Box, at: int, by: int, axis: int) -> Box | None:
    """A box after a shift; None when nothing is left of it."""
    low, high = box[axis], box[axis + 2]
    if by > 0:
        low, high = (low + by if low >= at else low), (high + by if high >= at else high)
    else:
        after = at - by
        low = low if low < at else max(at, low + by)
        high = high if high < at else (high + by if high >= after else at - 1)
    if low > high:
        return None
    made = list(box)
    made[axis], made[axis + 2] = low, high
    return made[0], made[1], made[2], made[3]


def plain_text(text: str) -> str:
    """A number as `as_texts` wrote it, without its commas."""
    return text.strip().replace(",", "")


def _down(box: Box, rows: int, columns: int = 0) -> Box:
    return box[0] + rows, box[1] + columns, box[2] + rows, box[3] + columns


@dataclass(slots=True)
class Rewritten:
    """A workbook in the making; `cut`: rows or columns are gone, `apart`: merged cells are single ones."""

    sheets: list[Sheet]
    told: list[str] = field(default_factory=list)
    cut: bool = False
    apart: bool = False

    @property
    def kept(self) -> bool:
        """Whether every value still has its label, or its name where labels no longer reach over their columns."""
        return not self.cut and not (self.apart and any(s.filled and not s.names for s in self.sheets))

    def data(self) -> bytes:
        """The bytes."""
        book = openpyxl.Workbook()
        book.remove(book.worksheets[0])
        for sheet in self.sheets:
            made = book.create_sheet(sheet.name)
            for (row, column), value in sheet.cells.items():
                made.cell(row, column, value)
            for top, left, bottom, right in sheet.merges:
                made.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=right)
            names = made.defined_names if sheet.own else book.defined_names
            for name, box in sheet.names.items():
                names[name] = DefinedName(name, attr_text=_reference(sheet.name, box))
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    def texts(self) -> set[str]:
        """What still stands in it, numbers as numbers."""
        return {plain_text(as_text(v)) for s in self.sheets for v in s.cells.values() if v is not None}

    def sheet(self, random: Random) -> Sheet:
        """One that holds something of the unit's."""
        return random.choice([s for s in self.sheets if s.filled and s.last[0] > 6])


def _reference(sheet: str, box: Box) -> str:
    top, left, bottom, right = box
    return f"'{sheet}'!${get_column_letter(left)}${top}:${get_column_letter(right)}${bottom}"


@cache
def _plain() -> tuple[Sheet, ...]:
    source = FileSource(marked_workbook())
    shared, own = source.names
    sheets = []
    for name in source.sheet_names:
        cells = {(r, c): v for r, line in source.values(name).items() for c, v in line.items()}
        if not cells:
            continue
        root = openpyxl.load_workbook(io.BytesIO(source.data))[name]
        merges = [_box(a) for m in root.merged_cells.ranges if (a := parse_area(f"A!{m.coord}"))]
        here = own.get(name) or {n: a for n, a in shared.items() if a.sheet == name}
        named = {n: _box(a) for n, a in here.items()}
        sheets.append(Sheet(name, cells, merges, named, own=name in own, filled=bool(named)))
    return tuple(sheets)


def _box(area: Area) -> Box:
    return area.top, area.left, area.bottom, area.right


@dataclass(frozen=True, slots=True)
class Truth:
    """What stood where before any editing: name → its values; table → the rows, each as its values."""

    values: dict[str, set[str]]
    rows: dict[str, list[set[str]]]

    def wrong(self, section: Section) -> list[str]:
        """Values in a cell that was never theirs, and rows whose cells come from different rows."""
        found = [f"{n}：{v}" for n, values in held(section).items() for v in values if v not in self.values[n]]
        for table, rows in section.tables.items():
            for row in rows:
                texts = {as_text(c.raw) for c in row.cells.values() if c.raw is not None}
                if not any(texts <= before for before in self.rows[table]):
                    found.append(f"{table}：{sorted(texts)}")
        return found


@cache
def truth_of(*, own: bool) -> Truth:
    """The truth of the workbook, or of its one project form."""
    space = default_pack().dictionary.form if own else default_pack().dictionary.book
    values: dict[str, set[str]] = {n: set() for n in space.fields}
    rows: dict[str, list[set[str]]] = {t: [] for t in space.tables}
    for sheet in _plain():
        boxes = sheet.names if sheet.own is own else {}
        for name, (top, left, bottom, _) in boxes.items():
            cells = [as_text(sheet.cells.get((r, left))) for r in range(top, bottom + 1)]
            values[name] = {text for text in cells if text}
        for table, spec in space.tables.items():
            areas = [boxes[n] for c in spec.columns if (n := spec.full_name(c)) in boxes]
            for row in range(areas[0][0], areas[0][2] + 1) if areas else ():
                rows[table].append({as_text(sheet.cells.get((row, a[1]))) for a in areas})
    return Truth(values, rows)


def rewritten(random: Random, count: int) -> Rewritten:
    """The marked workbook after `count` kinds of editing."""
    found = Rewritten(deepcopy(list(_plain())))
    for kind in random.sample(KINDS, count):
        kind(found, random)
    return found


def put_in_rows(found: Rewritten, random: Random) -> None:
    """Rows are put in as Excel does, between the rows of a table, too."""
    sheet = found.sheet(random)
    below = {box[0] for box in sheet.names.values()}  # not between a label and the cell under it
    at = random.choice([r for r in range(2, sheet.last[0] + 1) if r not in below])
    sheet.shift(at, random.randrange(1, 4))
    found.told.append(f"{sheet.name} 第 {at} 行前插入行")


def put_in_columns(found: Rewritten, random: Random) -> None:
    """Columns are put in as Excel does."""
    sheet = found.sheet(random)
    at = random.randrange(1, sheet.last[1] + 1)
    sheet.shift(at, random.randrange(1, 3), columns=True)
    found.told.append(f"{sheet.name} 第 {at} 列前插入列")


def took_out_rows(found: Rewritten, random: Random) -> None:
    """Rows are deleted as Excel does: heads as well as figures."""
    sheet = found.sheet(random)
    at = random.randrange(2, sheet.last[0])
    sheet.shift(at, -random.randrange(1, 3))
    found.told.append(f"{sheet.name} 删了第 {at} 行")
    found.cut = True


def took_out_column(found: Rewritten, random: Random) -> None:
    """A column is deleted as Excel does."""
    sheet = found.sheet(random)
    at = random.randrange(1, sheet.last[1] + 1)
    sheet.shift(at, -1, columns=True)
    found.told.append(f"{sheet.name} 删了第 {at} 列")
    found.cut = True


def no_names(found: Rewritten, _: Random) -> None:
    """Copied into a new workbook: no name came along."""
    for sheet in found.sheets:
        sheet.names = {}
    found.told.append("名称都没有了")


def swapped_names(found: Rewritten, random: Random) -> None:
    """Names stand at one another's cells."""
    sheet = found.sheet(random)
    names = random.sample(sorted(sheet.names), min(6, len(sheet.names)))
    boxes = [sheet.names[n] for n in names]
    for name, box in zip(names, boxes[1:] + boxes[:1], strict=True):
        sheet.names[name] = box
    found.told.append(f"{sheet.name} 的名称 {'、'.join(names)} 互换了")


def names_beside(found: Rewritten, random: Random) -> None:
    """Every name of a sheet points one row too low or one column too far."""
    sheet, (down, right) = found.sheet(random), random.choice([(1, 0), (0, 1)])
    sheet.names = {n: _down(box, down, right) for n, box in sheet.names.items()}
    found.told.append(f"{sheet.name} 的名称都错开了 {down} 行 {right} 列")


def unmerged(found: Rewritten, random: Random) -> None:
    """Merged cells are taken apart; the text stays in the corner."""
    sheet = found.sheet(random)
    sheet.merges = []
    found.apart = True
    found.told.append(f"{sheet.name} 取消了合并")


def as_texts(found: Rewritten, _: Random) -> None:
    """Every number is a text, as a paste from Word leaves it."""
    for sheet in found.sheets:
        sheet.cells = {
            p: f"{v:,} " if isinstance(v, (int, float, Decimal)) and not 2000 < v < 2100 else v
            for p, v in sheet.cells.items()
        }
    found.told.append("数都成了文本")


def spaced_labels(found: Rewritten, random: Random) -> None:
    """Labels with spaces, full-width brackets and line breaks in them."""
    signs = [("（", "("), ("）", ")"), ("、", "、\n"), ("数", " 数")]
    for sheet in found.sheets:
        for place, value in sheet.cells.items():
            if isinstance(value, str) and "甲" not in value and not value.startswith("第") and random.random() < 0.5:
                if any(b[0] <= place[0] <= b[2] and b[1] <= place[1] <= b[3] for b in sheet.names.values()):
                    continue
                old, new = random.choice(signs)
                sheet.cells[place] = value.replace(old, new)
    found.told.append("标签的写法变了")


def one_sheet(found: Rewritten, _: Random) -> None:
    """All sheets of the workbook are pasted under one another on one sheet, without names."""
    books = [s for s in found.sheets if s.filled and not s.own]
    if not books:
        return
    whole = Sheet("合在一起", {}, [], {})
    down = 0
    for sheet in books:
        whole.cells |= {(r + down, c): v for (r, c), v in sheet.cells.items()}
        whole.merges += [_down(box, down) for box in sheet.merges]
        down += sheet.last[0] + 2
    found.sheets = [whole, *(s for s in found.sheets if s not in books)]
    found.told.append("几张表合在一张上")


def upside_down(found: Rewritten, random: Random) -> None:
    """The rows of a table are in another order, each whole; the running numbers went with them."""
    sheet = found.sheet(random)
    areas = sorted({(b[0], b[2]) for b in sheet.names.values() if b[2] > b[0]})  # none when the names went
    if not areas:
        return
    top, bottom = random.choice(areas)
    rows = {r: {c: v for (x, c), v in sheet.cells.items() if x == r} for r in range(top, bottom + 1)}
    filled = [r for r, line in rows.items() if any(isinstance(v, str) and "甲" in v for v in line.values())]
    for row, other in zip(filled, reversed(filled), strict=True):
        for column in {*rows[row], *rows[other]}:
            sheet.cells[row, column] = rows[other].get(column)
    found.told.append(f"{sheet.name} {top}—{bottom} 行倒序")


def notes_beside(found: Rewritten, random: Random) -> None:
    """Somebody wrote remarks behind the table and below it."""
    sheet = found.sheet(random)
    bottom, right = sheet.last
    for _ in range(3):
        sheet.cells[random.randrange(1, bottom + 1), right + 2] = "经办人备注：已核对"
    sheet.cells[bottom + 2, 1] = "以上数据由财务股提供。"
    found.told.append(f"{sheet.name} 旁边写了备注")


KINDS: tuple[Callable[[Rewritten, Random], None], ...] = (
    put_in_rows,
    put_in_columns,
    took_out_rows,
    took_out_column,
    no_names,
    swapped_names,
    names_beside,
    unmerged,
    as_texts,
    spaced_labels,
    one_sheet,
    upside_down,
    notes_beside,
)
