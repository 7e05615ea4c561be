"""The cells of one sheet (单元格), read in one pass of the parser's event stream.

Whatever programs spell differently (prefixes, order and quotes of attributes, CDATA, addresses left out,
formulas stored once for many cells) is the parser's business, not ours. What is kept grows with what stands
in the cells, never with how far apart they stand.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from xml.parsers import expat

from toolkit.core.errors import UnreadableError
from toolkit.core.light import dataclass, field
from toolkit.core.money import from_float
from toolkit.core.patterns import late
from toolkit.core.words import DAY_ZERO
from toolkit.engines.xlsx.formulas import LAST_COLUMN, LAST_ROW, column_number, shifted, whole
from toolkit.engines.xlsx.package import MAIN, address

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from toolkit.core.model import Content

_TAG = MAIN[1:]  # as expat joins namespace and name

_TEXT, _READING, _ITEM, _RAISED = (f"{_TAG}{name}" for name in ("t", "rPh", "si", "vertAlign"))

# A footnote's 1 is raised by its look alone; without it 886.83¹ would be 886.831.
_SIGNS = {
    "superscript": str.maketrans("0123456789+-()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾"),
    "subscript": str.maketrans("0123456789+-()", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎"),
}

_ESCAPED = late(r"_x([0-9A-Fa-f]{4})_")

_PLACE = late(r"([A-Za-z]{1,3})([0-9]{1,7})")

_NUMBER = late(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")

_LATER_ZERO = dt.date(1904, 1, 1)

_FIRST_DAY, _LAST_DAY = dt.date(1970, 1, 1), dt.date(2100, 12, 31)

# What may follow sheetData, in the schema's order.
SHEET_ORDER = (
    *("sheetCalcPr", "sheetProtection", "protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate"),
    *("customSheetViews", "mergeCells", "phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks"),
    *("printOptions", "pageMargins", "pageSetup", "headerFooter", "rowBreaks", "colBreaks", "customProperties"),
    *("cellWatches", "ignoredErrors", "smartTags", "drawing", "legacyDrawing", "legacyDrawingHF", "drawingHF"),
    *("picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst"),
)

# With the merges, and past them up to what every sheet of ours has.
_BEHIND = SHEET_ORDER[: SHEET_ORDER.index("phoneticPr")]
_PAST = SHEET_ORDER[SHEET_ORDER.index("phoneticPr") : SHEET_ORDER.index("rowBreaks")]

_TRUE = frozenset({"1", "true"})

_NO_ATTRIBUTES: Mapping[str, str] = {}

_ALL: frozenset[str] = frozenset()  # no columns in particular


class FormulaCell(NamedTuple):
    """A cell with a formula: its text as it stands at this cell, and whether a result was stored."""

    text: str
    calculated: bool


@dataclass(frozen=True, slots=True)
class Looks:
    """What the workbook says of its cells: texts kept apart, styles that show percentages or dates, its day zero."""

    texts: Sequence[str] = ()
    percents: frozenset[str] = frozenset()
    dates: frozenset[str] = frozenset()
    from_1904: bool = False


@dataclass(slots=True)
class SheetCells:
    """What stands on a sheet: row → column → value, and by address its formulas, errors and percentages.

    `merged`: (row, column) of the lower cells of a merge over several rows → the row of the cell that has the value;
    `merges`: top, left, bottom and right of each merge; `hidden`, `narrow`: the rows and columns that are not shown.
    """

    values: dict[int, dict[int, Content]] = field(default_factory=dict)
    formulas: dict[str, FormulaCell] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    percents: set[str] = field(default_factory=set)
    merged: dict[tuple[int, int], int] = field(default_factory=dict)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    narrow: set[int] = field(default_factory=set)

    def covered(self) -> Container[tuple[int, int]]:
        """(row, column) of the cells that hold something under a merge, where nobody sees it."""
        return {
            (row, column)
            for top, left, bottom, right in self.merges
            for row in self.values.keys() & range(top, bottom + 1)
            for column in self.values[row]
            if left <= column <= right and (row, column) != (top, left)
        }


def read_cells(xml: bytes, part: str, looks: Looks, columns: AbstractSet[str] = _ALL) -> SheetCells:
    """Read the cells of a sheet's part, or of some columns (letters) of it, and see that it is well-formed to its end.

    Raises:
        UnreadableError: it is damaged, or declares a document type.
    """
    # Names with their namespaces take half as long again, and are needed only where cells declare any.
    plain = xml.find(b"xmlns", xml.find(b"sheetData"), xml.rfind(b"sheetData")) < 0
    parser = _parser(part, None if plain else "}")
    taker = _Taker(parser, looks, columns)
    parser.StartElementHandler = taker.root
    _parse(parser, xml, part)
    taker.finish()
    return taker.made


def read_texts(xml: bytes, part: str) -> tuple[str, ...]:
    """The texts that the cells of a workbook share.

    Raises:
        UnreadableError: the part is damaged, or declares a document type.
    """
    parser = _parser(part)
    listener = _Texts(parser)
    parser.StartElementHandler, parser.EndElementHandler = listener.start, listener.end
    _parse(parser, xml, part)
    return tuple(listener.found)


def _parser(part: str, separator: str | None = "}") -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator=separator)
    parser.buffer_text = True

    def refused(*_: object) -> None:
        raise UnreadableError(
            f"文件的内部结构不安全（{part} 含有文档类型声明），没有读取。请用 Excel 或 WPS 另存一份再交。"
        )

    parser.StartDoctypeDeclHandler = refused
    return parser


def _parse(parser: expat.XMLParserType, xml: bytes, part: str) -> None:
    try:
        parser.Parse(xml, True)  # noqa: FBT003 - expat's own signature
    except (expat.ExpatError, ValueError) as error:
        raise UnreadableError(
            f"文件已损坏（{part} 读不出来：{error}）。请用 Excel 或 WPS 打开并另存一份再交。"
        ) from None
    finally:  # no circle with its listener keeps it: each holds as much as the part, 30 MB of 300 project forms
        parser.StartElementHandler = parser.EndElementHandler = parser.CharacterDataHandler = None


class _Texts:
    """Listens to the part of shared texts; the readings of characters (拼音) are none of them."""

    def __init__(self, parser: expat.XMLParserType) -> None:
        self.parser, self.found = parser, list[str]()
        self._pieces: list[str] = []
        self._reading = False
        self._raised = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == _TEXT and not self._reading:
            self.parser.CharacterDataHandler = self._sign if self._raised else self._pieces.append
        elif name == _RAISED:
            self._raised = attributes.get("val", "")
        elif name == _READING:
            self._reading = True

    def _sign(self, text: str) -> None:
        self._pieces.append(_as_seen(text, self._raised))

    def end(self, name: str) -> None:
        if name == _TEXT:
            self.parser.CharacterDataHandler, self._raised = None, ""
        elif name == _READING:
            self._reading = False
        elif name == _ITEM:
            self.found.append(_unescaped("".join(self._pieces)))
            self._pieces.clear()


class _Taker:
    """Listens inside sheetData, to the ends of elements only in cells that hold something.

    What stands before and behind costs no call, and a blank cell one: half of a form's cells are blank.
    """

    def __init__(self, parser: expat.XMLParserType, looks: Looks, columns: AbstractSet[str]) -> None:
        self.parser, self.looks, self.made, self.columns = parser, looks, SheetCells(), columns
        self._wanted = True
        self._names("")
        self._row = 0
        self._cell = self._shared = _NO_ATTRIBUTES
        self._pieces: list[str] = []
        self._value: str | None = None
        self._formula: str | None = None
        self._inline: list[str] = []
        self._reading = False
        self._raised = ""
        self._masters: dict[str, tuple[int, int, str]] = {}
        self._waiting: list[tuple[str, str]] = []

    def root(self, name: str, _: Mapping[str, str]) -> None:
        """The root says how the elements of a sheet are named in this file."""
        self._names(name.removesuffix("worksheet"))
        self.parser.StartElementHandler = self.before

    @property
    def _inside(self) -> Callable[[str, Mapping[str, str]], None]:
        return self.some if self.columns else self.start

    def _names(self, prefix: str) -> None:
        self._cells, self._c, self._v, self._f = (f"{prefix}{n}" for n in ("sheetData", "c", "v", "f"))
        self._r, self._t, self._ph, self._sign = (f"{prefix}{n}" for n in ("row", "t", "rPh", "vertAlign"))
        self._behind, self._past = (frozenset(prefix + name for name in names) for names in (_BEHIND, _PAST))
        self._merge, self._col = f"{prefix}mergeCell", f"{prefix}col"

    def before(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == self._cells:
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
        here = self._row if not self._cell else _place(self._cell["r"])[0]
        self._row, self._cell = int(attributes.get("r") or here + 1), _NO_ATTRIBUTES
        if attributes.get("hidden") in _TRUE or _is_zero(attributes.get("ht")):
            self.made.hidden.add(self._row)
        if "r" not in attributes:
            self.parser.StartElementHandler = self.first

    def first(self, name: str, attributes: Mapping[str, str]) -> None:
        """What follows the tag of a row without a number."""
        self.parser.StartElementHandler = self._inside
        if name == self._c and "r" in attributes:
            told = _place(attributes["r"])[0]
            if self._row in self.made.hidden and told != self._row:
                self.made.hidden = self.made.hidden - {self._row} | {told}
            self._row = told
        self._inside(name, attributes)

    def finish(self) -> None:
        """Cells that share the formula of one behind them."""
        for where, group in self._waiting:
            if group in self._masters:
                text = self._filled(group, *_place(where))
                self.made.formulas[where] = self.made.formulas[where]._replace(text=text)

    def behind(self, name: str, attributes: Mapping[str, str]) -> None:
        """The merges are all that is wanted of what follows the cells."""
        if name == self._merge:
            first, _, last = attributes.get("ref", "").partition(":")
            if last:
                (top, left), (bottom, right) = _place(first), _place(last)
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
            self._inline.append(_as_seen(self._text(), self._raised))
            self._raised = ""
        elif name == self._ph:
            self._reading = False

    def _placed(self, attributes: Mapping[str, str]) -> Mapping[str, str]:
        """A cell that does not say where it is stands behind the one before."""
        row, column = _place(self._cell["r"]) if self._cell else (self._row, 0)
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
        row, column = _place(where)
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
            content = _unescaped("".join(self._inline))
        elif value:
            content = self._content(kind, value)
        if content is not None and content != "":
            line = self.made.values.setdefault(row, {})
            if line.setdefault(column, content) != content:
                raise ValueError(f"{where} 写了两遍，内容不同")
        self._value = None
        if self._inline:
            self._inline = []

    def _content(self, kind: str, value: str) -> Content:
        match kind:
            case "s":
                return self._shared_text(value)
            case "n":
                return self._number(value.strip())
            case "b":
                return value.strip().lower() in _TRUE
            case "e":
                self.made.errors[self._cell["r"]] = value.strip()
                return None
            case "d":
                return _iso(value.strip())
        return _unescaped(value)

    def _shared_text(self, number: str) -> Content:
        try:
            place = int(number)
            return self.looks.texts[place if place >= 0 else len(self.looks.texts)]
        except (ValueError, IndexError):
            raise UnreadableError(
                "文件已损坏（有的文字在文件里找不到了）。请用 Excel 或 WPS 打开并另存一份再交。"
            ) from None

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
            row, column = _place(where)
            if text:
                self._masters[group] = (row, column, text)
            elif group in self._masters:
                return self._filled(group, row, column)
            else:
                self._waiting.append((where, group))
        corners = self._shared.get("ref", "").split(":")
        if kind == "array" and corners[0] != corners[-1]:
            return f"{{{text}}}"
        return text

    def _filled(self, group: str, row: int, column: int) -> str:
        """The formula that many cells share, as it stands at one of them."""
        first_row, first_column, text = self._masters[group]
        return shifted(text, row - first_row, column - first_column)


@lru_cache(maxsize=65536)
def _place(where: str) -> tuple[int, int]:
    """B3 → (3, 2)."""
    found = _PLACE.fullmatch(where)
    row, column = (int(found[2]), column_number(found[1])) if found else (0, 0)
    if not 0 < row <= LAST_ROW or column > LAST_COLUMN:
        raise ValueError(f"单元格地址“{where}”不对")
    return row, column


def _is_zero(size: str | None) -> bool:
    """A height or width of nothing: as unseen as what is hidden."""
    return size is not None and size[:1] == "0" and not size.strip("0.")


def _columns(attributes: Mapping[str, str]) -> range:
    """The columns that one element describes."""
    first = whole(attributes.get("min"), 0)
    return range(first, min(whole(attributes.get("max"), first), LAST_COLUMN) + 1)


def _as_seen(text: str, raised: str) -> str:
    """The text of a run; digits that its look alone raises or lowers are the signs that they show."""
    return text.translate(_SIGNS[raised]) if raised in _SIGNS else text


def _unescaped(text: str) -> str:
    """_x0041_ → A: how OOXML writes signs that XML cannot hold."""
    return _whole(_ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)) if "_x" in text else text


def _whole(text: str) -> str:
    """Two halves of a sign are that sign; one alone is none, and no file can hold it."""
    if text.isprintable():  # halves are not
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


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
