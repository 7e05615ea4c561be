"""The unit's return as read (填报数据): every value keeps the cell it came from."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from toolkit.core.dictionary import NO_COLUMNS, TableRole
from toolkit.core.findings import CellRef
from toolkit.core.light import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from toolkit.core.dictionary import Columns, Fields, NameSpace

Content = Decimal | str | dt.date | bool | None


class Cell(NamedTuple):
    """One named cell (数据格).

    Attributes:
        value: what the toolkit works with: text amounts already read as numbers; None is blank.
        ref: sheet and address.
        raw: what stands in the cell, before reading.
        formula: the cell holds the form's own formula, so `raw` is only a cached result.
    """

    value: Content
    ref: CellRef
    raw: Content = None
    formula: bool = False

    @property
    def blank(self) -> bool:
        """Nothing was filled in; 0 is not blank."""
        return self.value is None


NO_CELL = Cell(None, CellRef("", ""))


@dataclass(frozen=True, slots=True)
class Row:
    """One filled row of a table (明细行): column → cell; `roles` says which column is for what."""

    cells: Mapping[str, Cell]
    roles: Columns = NO_COLUMNS

    @property
    def name(self) -> str:
        """What staff call a row: its name, indicator or aim."""
        return self.text(self.roles.name)

    def value(self, column: str) -> Content:
        """The value in `column`."""
        return self.cell(column).value

    def cell(self, column: str) -> Cell:
        """The cell in `column`; a blank one without a place where this form has no such column."""
        return self.cells.get(column, NO_CELL)

    def text(self, column: str) -> str:
        """The value in `column` as text; "" when blank."""
        found = self.cell(column).value
        return "" if found is None else str(found)

    def number(self, column: str) -> Decimal | None:
        """The value in `column` when it is a number."""
        found = self.cell(column).value
        return found if isinstance(found, Decimal) else None


@dataclass(frozen=True, slots=True)
class Section:
    """One scope of names (作用域): the workbook, or one project form with its sheet name.

    `space`: the names it has. `starts`: full name of a table column → its first cell, for the columns of the file.
    """

    space: NameSpace
    fields: Mapping[str, Cell]
    tables: Mapping[str, tuple[Row, ...]]
    sheet: str = ""
    starts: Mapping[str, CellRef] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A field as text; "" when blank or unknown."""
        cell = self.fields.get(name)
        return "" if cell is None or cell.value is None else str(cell.value)

    def cell(self, name: str) -> Cell:
        """A field; a blank one without a place where this form has no such field."""
        return self.fields.get(name, NO_CELL)

    @property
    def roles(self) -> Fields:
        """Which field is for what."""
        return self.space.roles

    @property
    def name(self) -> str:
        """单位名称 as on the cover; of a form the name of its project."""
        return self.text(self.roles.name)

    @property
    def code(self) -> str:
        """The code of the unit, or of the project."""
        return self.text(self.roles.code)

    @property
    def projects(self) -> tuple[Row, ...]:
        """The rows of the table of projects."""
        return self.rows(self.space.table(TableRole.PROJECTS).name)

    @property
    def indicators(self) -> tuple[Row, ...]:
        """The rows of the table of indicators."""
        return self.rows(self.space.table(TableRole.INDICATORS).name)

    def rows(self, table: str) -> tuple[Row, ...]:
        """The filled rows of a table."""
        return self.tables.get(table, ())

    def column(self, table: str, column: str) -> Iterator[Cell]:
        """The cells of one column."""
        return (row.cells[column] for row in self.rows(table) if column in row.cells)


@dataclass(frozen=True, slots=True)
class Stray:
    """A value outside every named cell that the form did not put there (表外数据).

    `copy_of`: the sheet of the form that the value's own sheet is a copy of; "" where it is none.
    """

    ref: CellRef
    value: Content
    copy_of: str = ""


class Why(StrEnum):
    """Why nobody sees a cell (看不见的原因), in order: the first that holds is told."""

    SHEET = "所在的工作表被隐藏了"
    ROW = "所在的行被隐藏了"
    COLUMN = "所在的列被隐藏了"
    MERGE = "被合并的单元格盖住了"


TYPED_AS_TEXT = "typed as text"


@dataclass(frozen=True, slots=True)
class CellNote:
    """Something that reading noticed about a cell (读数记录).

    `kind` is the rule of the workbook that it breaks (`core/findings.py`), or `TYPED_AS_TEXT`: a number that was read
    from text. `unseen`: why nobody sees the cell.
    """

    kind: str
    name: str
    cell: Cell
    unseen: Why | None = None


@dataclass(frozen=True, slots=True)
class UnitReturn:
    """Everything that one workbook holds (一个单位的填报表).

    Attributes:
        path: the file as given; digest: SHA-256 of its bytes.
        explanations: rule id → the 出错说明 typed on the 审核 sheet.
        explained_for: rule id → what that explanation was written for (说明所指), where the toolkit noted it.
    """

    pack_id: str
    book: Section
    forms: tuple[Section, ...] = ()
    explanations: Mapping[str, str] = field(default_factory=dict)
    explained_for: Mapping[str, str] = field(default_factory=dict)
    strays: tuple[Stray, ...] = ()
    notes: tuple[CellNote, ...] = ()
    path: str = ""
    digest: str = ""

    @property
    def unit_name(self) -> str:
        """单位名称 as on the cover."""
        return self.book.name

    @property
    def sections(self) -> tuple[Section, ...]:
        """The workbook scope followed by every project form."""
        return (self.book, *self.forms)


def row_name(row: Row) -> str:
    """What staff call a row, or that it has no name."""
    return row.name or "（未命名）"
