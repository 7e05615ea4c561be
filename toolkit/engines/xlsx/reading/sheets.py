"""The cells of one sheet (单元格), read in one pass of the parser's event stream.

Whatever programs spell differently (prefixes, order and quotes of attributes, CDATA, addresses left out,
formulas stored once for many cells) is the parser's business, not ours. What is kept grows with what stands
in the cells, never with how far apart they stand.

Most rows of a form (labels, blank lines and their formulas) stand byte for byte in the file of the next unit too. So
rows that stand for themselves are read one by one, and those that were met before not once more.
"""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from functools import lru_cache
from itertools import chain, repeat
from typing import TYPE_CHECKING, NamedTuple

from toolkit.core.errors import UnreadableError
from toolkit.core.light import dataclass, field
from toolkit.core.money import from_float
from toolkit.core.patterns import late
from toolkit.core.words import DAY_ZERO
from toolkit.engines.xlsx.formulas import LAST_COLUMN, address, filled_down, sure_place, whole
from toolkit.engines.xlsx.package import SHEET_ORDER
from toolkit.engines.xlsx.reading.texts import as_seen, parse, parser_of, unescaped

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from xml.parsers import expat

    from toolkit.core.model import Content
_NUMBER = late(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")

_LATER_ZERO = dt.date(1904, 1, 1)
_FIRST_DAY, _LAST_DAY = dt.date(1970, 1, 1), dt.date(2100, 12, 31)

# With the merges, and past them up to what every sheet of ours has.
_BEHIND = SHEET_ORDER[: SHEET_ORDER.index("phoneticPr")]
_PAST = SHEET_ORDER[SHEET_ORDER.index("phoneticPr") : SHEET_ORDER.index("rowBreaks")]

_NAMES = ("sheetData", "c", "v", "f", "row", "t", "rPh", "vertAlign", "mergeCell", "col")

_TRUE = frozenset({"1", "true"})
_NO_ATTRIBUTES: Mapping[str, str] = {}
_ALL: frozenset[str] = frozenset()  # no columns in particular
_OPEN, _CLOSE, _ROW_END = b"<sheetData>", b"</sheetData>", b"</row>"
_IN_SHEET = b"<worksheet><sheetData>%b</sheetData></worksheet>"
_IN_ROW = _IN_SHEET.replace(b"%b", b"%b" + _ROW_END)

# Pieces of sheets that are remembered, and how long (bytes) they may be: 4 MB of usual ones, 64 MB at the worst.
_MOST, _LONGEST = 2048, 32_768
_TAGS = 2  # that `sheetData` has, in a piece that hides nothing
# Rows that say whether a sheet like this was met before; most that are met first, and how often they are counted.
_TRIED, _NEW, _COUNTED = 3, 500, 100


class FormulaCell(NamedTuple):
    """A cell with a formula: its text as it stands at this cell, and whether a result was stored."""

    text: str
    calculated: bool


class Looks(NamedTuple):
    """What the workbook says of its cells: texts kept apart, styles that show percentages or dates, its day zero.

    `texts` None: a cell's text is not looked up yet.
    """

    texts: Sequence[str] | None = ()
    percents: frozenset[str] = frozenset()
    dates: frozenset[str] = frozenset()
    from_1904: bool = False


@dataclass(slots=True)
class SheetCells:
    """What stands on a sheet: row → column → value, and by address its formulas, errors and percentages.

    `merged`: (row, column) of the lower cells of a merge over several rows → the row of the cell that has the value;
    `merges`: top, left, bottom and right of each merge; `hidden`, `narrow`: the rows and columns that are not shown.
    `alike`: address, group and text of formulas that many cells share; `texts`: row → column → number of a text that
    is not looked up yet.
    """

    values: dict[int, dict[int, Content]] = field(default_factory=dict)
    formulas: dict[str, FormulaCell] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    percents: set[str] = field(default_factory=set)
    merged: dict[tuple[int, int], int] = field(default_factory=dict)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    narrow: set[int] = field(default_factory=set)
    alike: list[tuple[str, str, str]] = field(default_factory=list)
    texts: dict[int, dict[int, str]] = field(default_factory=dict)

    def add(self, more: SheetCells) -> None:
        """Take in what another piece of the sheet holds; most have values and formulas alone."""
        self.values.update(more.values)
        self.formulas.update(more.formulas)
        self.texts.update(more.texts)
        if more.errors or more.percents or more.merges or more.hidden or more.narrow or more.alike:
            self.errors.update(more.errors)
            self.percents.update(more.percents)
            self.merged.update(more.merged)
            self.merges.extend(more.merges)
            self.hidden.update(more.hidden)
            self.narrow.update(more.narrow)
            self.alike.extend(more.alike)

    def covered(self) -> Container[tuple[int, int]]:
        """(row, column) of the cells that hold something under a merge, where nobody sees it."""
        return {
            (row, column)
            for top, left, bottom, right in self.merges
            for row in range(top, bottom + 1)
            for column in self.values.get(row, ())
            if left <= column <= right and (row, column) != (top, left)
        }


def read_cells(xml: bytes, part: str, looks: Looks, columns: AbstractSet[str] = _ALL) -> SheetCells:
    """Read the cells of a sheet's part, or of some columns (letters) of it, and see that it is well-formed to its end.

    Raises:
        UnreadableError: it is damaged, or declares a document type.
    """
    made = _row_by_row(xml, looks, columns) or _at_once(xml, part, looks, columns)
    for where, own in filled_down(made.alike):
        made.formulas[where] = made.formulas[where]._replace(text=own)
    return made


def _at_once(xml: bytes, part: str, looks: Looks, columns: AbstractSet[str]) -> SheetCells:
    # Names with their namespaces take half as long again, and are needed only where cells declare any.
    taker = _Taker(parser_of(part, None if _is_plain(xml) else "}"), looks, columns)
    parse(taker.parser, xml, part)
    return taker.made


def _is_plain(xml: bytes) -> bool:
    """Whether no cell declares a namespace."""
    return xml.find(b"xmlns", xml.find(b"sheetData"), xml.rfind(b"sheetData")) < 0


def _row_by_row(xml: bytes, looks: Looks, columns: AbstractSet[str]) -> SheetCells | None:
    """The same where each row stands for itself: in a batch 5 ms a unit, not 16, as most rows were met before.

    What is well-formed piece by piece is well-formed as a whole. A sheet of which nothing was met is read at once, as
    is one whose rows lean on each other, or that is damaged: a lone command is no slower.
    """
    start, end = xml.find(_OPEN) + len(_OPEN), xml.rfind(_CLOSE)
    if not len(_OPEN) <= start <= end:
        return None
    known, bare, made = _piece.cache_info().misses, looks._replace(texts=None), SheetCells()
    *rows, rest = xml[start:end].split(_ROW_END)
    pieces = chain(zip(rows, repeat(_IN_ROW)), [(rest, _IN_SHEET), (xml[:start] + xml[end:], b"%b")])
    lines = 0
    for place, (piece, around) in enumerate(pieces, 1):
        found = (_piece if len(piece) <= _LONGEST else _piece.__wrapped__)(piece, around, bare, columns)
        new = _piece.cache_info().misses - known if place % _COUNTED == _TRIED else 0
        if found is None or new == place or new > _NEW:
            return None
        made.add(found)
        lines += len(found.values)
    if len(made.values) < lines:  # two rows of one number
        return None
    _look_up(made, looks.texts or ())
    return made


@lru_cache(maxsize=_MOST)
def _piece(piece: bytes, around: bytes, looks: Looks, columns: AbstractSet[str]) -> SheetCells | None:
    """A sheet of one row or none; None where it leans on others, is damaged or hides where its cells begin."""
    xml = around % piece
    taker = _Taker(parser_of("", None), looks, columns)
    with suppress(UnreadableError):
        parse(taker.parser, xml, "")
        return taker.made if taker.plain and _is_plain(xml) and xml.count(b"sheetData") == _TAGS else None
    return None


def _look_up(made: SheetCells, texts: Sequence[str]) -> None:
    """Put the shared texts in, into lines of their own: what was read of a row serves other sheets too."""
    for row, numbers in made.texts.items():
        line = made.values[row] | {column: _shared_text(texts, number) for column, number in numbers.items()}
        made.values[row] = {column: content for column, content in line.items() if content != ""}
        if not made.values[row]:
            del made.values[row]
    made.texts.clear()


def _shared_text(texts: Sequence[str], number: str) -> str:
    try:
        place = int(number)
        return texts[place if place >= 0 else len(texts)]
    except (ValueError, IndexError):
        raise UnreadableError(
            "文件已损坏（有的文字在文件里找不到了）。请用 Excel 或 WPS 打开并另存一份再交。"
        ) from None


class _Taker:
    """Listens inside sheetData, to the ends of elements only in cells that hold something.

    What stands before and behind costs no call, and a blank cell one: half of a form's cells are blank.
    """

    def __init__(self, parser: expat.XMLParserType, looks: Looks, columns: AbstractSet[str]) -> None:
        self.parser, self.looks, self.made, self.columns = parser, looks, SheetCells(), columns
        self.plain, self._wanted, self._reading = False, True, False
        parser.StartElementHandler = self.root
        self._names("")
        self._row, self._raised = 0, ""
        self._cell = self._shared = _NO_ATTRIBUTES
        self._pieces: list[str] = []
        self._value: str | None = None
        self._formula: str | None = None
        self._inline: list[str] = []

    def root(self, name: str, _: Mapping[str, str]) -> None:
        """The root says how the elements of a sheet are named in this file."""
        if prefix := name.removesuffix("worksheet"):
            self._names(prefix)
        self.parser.StartElementHandler = self.before

    @property
    def _inside(self) -> Callable[[str, Mapping[str, str]], None]:
        return self.some if self.columns else self.start

    def _names(self, prefix: str) -> None:
        names = [prefix + name for name in _NAMES] if prefix else _NAMES
        self._cells, self._c, self._v, self._f, self._r, self._t, self._ph, self._sign, self._merge, self._col = names
        self._behind, self._past = _ends(prefix)

    def before(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == self._cells:
            self.plain = name == _NAMES[0]
            self.parser.StartElementHandler = self._inside
        elif name == self._col and (attributes.get("hidden") in _TRUE or _is_zero(attributes.get("width"))):
            self.made.narrow |= set(_columns(attributes))

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == self._c:
            self._cell = attributes if "r" in attributes else self._placed(attributes)
        elif name == self._v or (name == self._t and not self._reading):
            self.parser.CharacterDataHandler, self.parser.EndElementHandler = self._pieces.append, self.end
        elif name == self._f:
            self._shared = attributes
            self.parser.CharacterDataHandler, self.parser.EndElementHandler = self._pieces.append, self.end
        elif name == self._r:
            self._begin(attributes)
        elif name == self._ph:
            self._reading = True
        elif name == self._sign:
            self._raised = attributes.get("val", "")
        elif name in self._behind:
            self.parser.StartElementHandler = self.behind
        elif name in self._past:
            self.parser.StartElementHandler = None

    def some(self, name: str, attributes: Mapping[str, str]) -> None:
        """The same, past what stands in cells of other columns than those that are wanted."""
        if name == self._c:
            self._cell = attributes if "r" in attributes else self._placed(attributes)
            self._wanted = self._cell["r"].rstrip("0123456789").upper() in self.columns
        elif self._wanted or name == self._r or name in self._behind or name in self._past:
            self.start(name, attributes)

    def _begin(self, attributes: Mapping[str, str]) -> None:
        """A row that does not say which it is stands behind the one before, or where its first cell says."""
        number = attributes.get("r") or self._next()
        self._row, self._cell = int(number), _NO_ATTRIBUTES
        if attributes.get("hidden") in _TRUE or _is_zero(attributes.get("ht")):
            self.made.hidden.add(self._row)
        if "r" not in attributes:
            self.parser.StartElementHandler = self.first

    def _next(self) -> int:
        if self.looks.texts is None:
            raise ValueError("这一行接在哪一行后面")
        return (sure_place(self._cell["r"])[0] if self._cell else self._row) + 1

    def first(self, name: str, attributes: Mapping[str, str]) -> None:
        """What follows the tag of a row without a number."""
        self.parser.StartElementHandler = self._inside
        if name == self._c and "r" in attributes:
            told = sure_place(attributes["r"])[0]
            if self._row in self.made.hidden and told != self._row:
                self.made.hidden = self.made.hidden - {self._row} | {told}
            self._row = told
        self._inside(name, attributes)

    def behind(self, name: str, attributes: Mapping[str, str]) -> None:
        """The merges are all that is wanted of what follows the cells."""
        if name == self._merge:
            first, _, last = attributes.get("ref", "").partition(":")
            if last:
                (top, left), (bottom, right) = sure_place(first), sure_place(last)
                self.made.merges.append((top, left, bottom, right))
                self.made.merged.update(dict.fromkeys(((row, left) for row in range(top + 1, bottom + 1)), top))
        elif name in self._past:
            self.parser.StartElementHandler = None

    def end(self, name: str) -> None:
        if name == self._v:
            self._value = self._text()
        elif name == self._c:
            self._take()
            self.parser.EndElementHandler = None
        elif name == self._f:
            self._formula = self._text()
        elif name == self._t and not self._reading:
            self._inline.append(as_seen(self._text(), self._raised))
            self._raised = ""
        elif name == self._ph:
            self._reading = False

    def _placed(self, attributes: Mapping[str, str]) -> Mapping[str, str]:
        """A cell that does not say where it is stands behind the one before."""
        row, column = sure_place(self._cell["r"]) if self._cell else (self._row, 0)
        return {**attributes, "r": address(row, column + 1)}

    def _text(self) -> str:
        self.parser.CharacterDataHandler = None
        pieces = self._pieces
        text = pieces[0] if len(pieces) == 1 else "".join(pieces)
        pieces.clear()
        return text

    def _take(self) -> None:
        """One cell that holds something."""
        cell, value = self._cell, self._value
        if "r" not in cell:
            raise ValueError("一格里面又有一行")
        kind, where = cell.get("t", "n"), cell["r"]
        row, column = sure_place(where)
        if not where.isupper():
            where = where.upper()
            self._cell = {**cell, "r": where}
        if self._formula is not None:
            # An empty <v> is what programs write that do not calculate; an empty text is a result.
            calculated = bool(value) or (value is not None and kind == "str") or bool(self._inline)
            self.made.formulas[where] = FormulaCell(self._own_formula(self._formula, where), calculated)
            self._formula = None
        content: Content = None
        if self._inline and (kind == "inlineStr" or not value):
            content = unescaped("".join(self._inline))
        elif value:
            content = self._content(kind, value)
        if content is not None and content != "":
            line = self.made.values.setdefault(row, {})
            if column not in line:
                line[column] = content
            elif self.looks.texts is None or line[column] != content:
                raise ValueError(f"{where} 写了两遍，内容不同")
        self._value = None
        if self._inline:
            self._inline = []

    def _content(self, kind: str, value: str) -> Content:
        match kind:
            case "s":
                return self._worded(value)
            case "n":
                return self._number(value.strip())
            case "b":
                return value.strip().lower() in _TRUE
            case "e":
                self.made.errors[self._cell["r"]] = value.strip()
                return None
            case "d":
                return _iso(value.strip())
        return unescaped(value)

    def _worded(self, number: str) -> str:
        if self.looks.texts is not None:
            return _shared_text(self.looks.texts, number)
        row, column = sure_place(self._cell["r"])
        self.made.texts.setdefault(row, {})[column] = number
        return number

    def _number(self, text: str) -> Content:
        if not _NUMBER.fullmatch(text):
            return text  # no number at all: told at the cell, never guessed
        style = self._cell.get("s")
        if style is not None and style in self.looks.percents:
            self.made.percents.add(self._cell["r"])
        number = from_float(float(text))
        if not number.is_finite():  # 1e400: no program of an office writes it
            return text
        if style is None or style not in self.looks.dates or number % 1:
            return number
        return _day(int(number), _LATER_ZERO if self.looks.from_1904 else DAY_ZERO) or number

    def _own_formula(self, text: str, where: str) -> str:
        """The text as it stands at this cell; a formula over several cells is nobody's own."""
        kind, group = self._shared.get("t"), self._shared.get("si", "")
        if kind == "shared":
            self.made.alike.append((where, group, text))
        corners = self._shared.get("ref", "").split(":")
        if kind == "array" and corners[0] != corners[-1]:
            return f"{{{text}}}"
        return text


@lru_cache(maxsize=16)
def _ends(prefix: str) -> tuple[AbstractSet[str], AbstractSet[str]]:
    return frozenset(prefix + name for name in _BEHIND), frozenset(prefix + name for name in _PAST)


def _is_zero(size: str | None) -> bool:
    """A height or width of nothing: as unseen as what is hidden."""
    return size is not None and size[:1] == "0" and not size.strip("0.")


def _columns(attributes: Mapping[str, str]) -> range:
    """The columns that one element describes."""
    first = whole(attributes.get("min"), 0)
    return range(first, min(whole(attributes.get("max"), first), LAST_COLUMN) + 1)


def _day(number: int, zero: dt.date) -> dt.date | None:
    """A figure under a format of dates is a date only where it could be one: 886.83 never is."""
    if not 0 < number < 100_000:  # noqa: PLR2004 - beyond every day in question
        return None
    day = zero + dt.timedelta(days=number)
    return day if _FIRST_DAY <= day <= _LAST_DAY else None


def _iso(text: str) -> Content:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment.date() if moment.time() == dt.time() else moment.isoformat(" ")
