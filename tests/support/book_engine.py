"""An xlwings engine of ours (xlwings 引擎): the real front end of xlwings over a workbook that needs no Excel.

Built on xlwings' BSD base classes alone, without a licence key and without anything of `xlwings.pro`.
Back ends: an openpyxl file, and a live LibreOffice document.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import xlwings as xw
from openpyxl.utils import range_boundaries
from xlwings import base_classes

ERRORS = re.compile(r"#(DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!)")
Block = list[list[Any]]
Place = tuple[str, int, int]


class Backend(Protocol):
    """A workbook that the engine stands on; rows and columns count from 1."""

    path: str

    def sheet_names(self) -> list[str]: ...
    def names(self) -> list[tuple[str, str]]: ...
    def extent(self, sheet: str) -> tuple[int, int]: ...
    def values(self, sheet: str, area: tuple[int, int, int, int]) -> Block: ...
    def formulas(self, sheet: str, area: tuple[int, int, int, int]) -> Block: ...
    def number_format(self, place: Place) -> str: ...
    def row_height(self, sheet: str, row: int) -> float: ...

    def column_width(self, sheet: str, column: int) -> float: ...

    def visible(self, sheet: str) -> bool: ...
    def write(self, place: Place, value: Any, *, formula: bool) -> None: ...
    def write_block(self, place: Place, rows: Block) -> None: ...
    def sheet_api(self, sheet: str) -> object: ...
    def calculate(self) -> None: ...


class Engine:
    """What xlwings asks of an engine: how values go in and come out."""

    def __init__(self) -> None:
        self._apps = Apps(self)

    name = "jixiao-tests"
    type = "desktop"
    apps = property(lambda self: self._apps)

    @staticmethod
    def prepare_xl_data_element(x: Any, options: Any) -> Any:
        del options
        return x

    @staticmethod
    def clean_value_data(data: Block, _dates: Any, empty: Any, number: Any, err_to_str: bool) -> Block:
        """As the Windows engine: floats, dates, texts; an error is None unless asked for as text."""

        def one(value: Any) -> Any:
            if value is None or value == "":
                return empty
            if isinstance(value, str) and ERRORS.fullmatch(value):
                return value if err_to_str else None
            if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
                return number(value) if number else float(value)
            return value

        return [[one(value) for value in row] for row in data]


class Apps(base_classes.Apps):
    """One application."""

    def __init__(self, engine: Engine) -> None:
        self.engine_, self.app = engine, App(self)

    engine = property(lambda self: self.engine_)

    def __iter__(self) -> Any:
        return iter([self.app])

    def __len__(self) -> int:
        return 1


class App(base_classes.App):
    """The application: settings that can be looked at afterwards."""

    screen_updating: Any = True
    enable_events: Any = True
    calculated = 0
    pid = 1
    api = None

    def __init__(self, apps: Apps) -> None:
        self._apps, self._books = apps, Books(self)

    engine = property(lambda self: self._apps.engine)
    apps = property(lambda self: self._apps)
    books = property(lambda self: self._books)

    def calculate(self) -> None:
        self.calculated += 1
        for book in self._books.attached:
            book.backend.calculate()


class Books(base_classes.Books):
    """The open books."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.attached: list[Book] = []

    app = property(lambda self: self._app)
    api = None

    def __iter__(self) -> Any:
        return iter(self.attached)


class Book(base_classes.Book):
    """One book."""

    def __init__(self, books: Books, backend: Backend) -> None:
        self._books, self.backend = books, backend

    api = True
    app = property(lambda self: self._books.app)
    fullname = property(lambda self: self.backend.path)
    name = property(lambda self: Path(self.backend.path).name)
    sheets = property(lambda self: Sheets(self))  # noqa: PLW0108 - the class stands below
    names = property(lambda self: Names(self))  # noqa: PLW0108


class Sheets(base_classes.Sheets):
    """The sheets of a book."""

    def __init__(self, book: Book) -> None:
        self.book, self._names = book, book.backend.sheet_names()

    api = True

    def __len__(self) -> int:
        return len(self._names)

    def __call__(self, key: int | str) -> Sheet:
        return Sheet(self.book, self._names[key - 1] if isinstance(key, int) else key)

    def __iter__(self) -> Any:
        return (Sheet(self.book, name) for name in self._names)


class Sheet(base_classes.Sheet):
    """One sheet."""

    def __init__(self, book: Book, name: str) -> None:
        self._book, self._name = book, name

    book = property(lambda self: self._book)
    name = property(lambda self: self._name)
    api = property(lambda self: self._book.backend.sheet_api(self._name))
    visible: Any = property(lambda self: self._book.backend.visible(self._name))

    def range(self, first: Any, last: Any = None) -> Range:
        one = self._single(first)
        if last is None:
            return one
        other = self._single(last)
        bottom, right = other.row + other.shape[0] - 1, other.column + other.shape[1] - 1
        return Range(self, one.row, one.column, (bottom - one.row + 1, right - one.column + 1))

    def _single(self, place: Any) -> Range:
        if isinstance(place, Range):
            return place
        if isinstance(place, tuple):
            return Range(self, place[0], place[1], (1, 1))
        left, top, right, bottom = range_boundaries(place.replace("$", ""))
        return Range(
            self,
            int(top or 1),
            int(left or 1),
            (int(bottom or 1) - int(top or 1) + 1, int(right or 1) - int(left or 1) + 1),
        )

    @property
    def used_range(self) -> Range:
        return Range(self, 1, 1, self._book.backend.extent(self._name))


class Range(base_classes.Range):
    """A block of cells."""

    def __init__(self, sheet: Sheet, row: int, column: int, shape: tuple[int, int]) -> None:
        self._sheet, self._row, self._column, self._shape = sheet, row, column, shape

    api = True  # xlwings writes nothing where this is false
    sheet = property(lambda self: self._sheet)
    row = property(lambda self: self._row)
    column = property(lambda self: self._column)
    shape = property(lambda self: self._shape)

    def __len__(self) -> int:
        return self._shape[0] * self._shape[1]

    def __call__(self, row: int, column: int | None = None) -> Range:
        if column is None:
            row, column = (row - 1) // self._shape[1] + 1, (row - 1) % self._shape[1] + 1
        return Range(self._sheet, self._row + row - 1, self._column + column - 1, (1, 1))

    @property
    def _area(self) -> tuple[int, int, int, int]:
        return self._row, self._column, self._row + self._shape[0] - 1, self._column + self._shape[1] - 1

    has_array = False

    @property
    def raw_value(self) -> Any:
        return self._sheet.book.backend.values(self._sheet.name, self._area)

    @raw_value.setter
    def raw_value(self, value: Any) -> None:
        self._write(value if isinstance(value, list) else [[value]], formula=False)

    @property
    def formula(self) -> Any:
        found = self._sheet.book.backend.formulas(self._sheet.name, self._area)
        return found[0][0] if len(self) == 1 else tuple(map(tuple, found))

    @formula.setter
    def formula(self, value: Any) -> None:
        self._write(value if isinstance(value, list) else [[value]], formula=True)

    def _write(self, rows: Block, *, formula: bool) -> None:
        """As Excel takes what is assigned: "=…" is a formula outside text cells, a leading ' makes text."""
        backend = self._sheet.book.backend
        if len(self) > 1 and not formula:
            assert len(rows) * len(rows[0]) == len(self)
            backend.write_block((self._sheet.name, self._row, self._column), rows)
            return
        for row, values in enumerate(rows, self._row):
            for column, value in enumerate(values, self._column):
                place = (self._sheet.name, row, column)
                text = value if isinstance(value, str) else ""
                as_formula = formula or (text.startswith("=") and backend.number_format(place) != "@")
                shown = text[1:] if text.startswith("'") else value
                backend.write(place, shown, formula=as_formula)

    row_height: Any = property(lambda self: self._sheet.book.backend.row_height(self._sheet.name, self._row))
    column_width: Any = property(lambda self: self._sheet.book.backend.column_width(self._sheet.name, self._column))
    number_format: Any = property(
        lambda self: self._sheet.book.backend.number_format((self._sheet.name, self._row, self._column))
    )

    def autofit(self, axis: str | None = None) -> None:
        assert axis in {"r", "rows"}


class Names(base_classes.Names):
    """The defined names, those of a sheet as Sheet!name."""

    def __init__(self, book: Book) -> None:
        self._all = [Name(book, full, refers) for full, refers in book.backend.names()]

    api = True

    def __iter__(self) -> Any:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def __call__(self, key: int) -> Name:
        return self._all[key - 1]


class Name(base_classes.Name):
    """One defined name."""

    def __init__(self, book: Book, full: str, refers: str) -> None:
        self._book, self._name, self._refers = book, full, refers

    api = True
    name = property(lambda self: self._name)
    refers_to = property(lambda self: self._refers)

    @property
    def refers_to_range(self) -> Range:
        sheet, area = self._refers.removeprefix("=").rsplit("!", 1)
        return Sheet(self._book, sheet.strip("'")).range(area)


def open_book(backend: Backend) -> xw.Book:
    """The backend as an `xw.Book`."""
    engine = Engine()
    app = engine.apps.app
    app.books.attached.append(Book(app.books, backend))
    if engine.name not in [e.name for e in xw.engines]:
        xw.engines.add(xw.main.Engine(impl=engine))
    return xw.Book(impl=app.books.attached[0])
