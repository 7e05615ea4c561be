"""Values that know where they come from (带出处的值): what the Word template prints keeps the name of its figure.

Each value of the report's context is wrapped with a `Mark`. The template's filters hand the mark on,
its functions and arithmetic make a new one with operands, and printing seals the text between two
noncharacters with the mark's number. Taking the seals off again gives the text as if nothing had
been traced. Noncharacters in staff's own text are escaped before and restored after.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import wraps
from typing import TYPE_CHECKING, Any, Self
from xml.sax.saxutils import unescape

from toolkit.money import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_ESCAPE, _OPEN, _BODY, _CLOSE = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3"
_OURS = re.compile("[\ufdd0-\ufdd3]")
_SEAL = re.compile("\ufdd1([^\ufdd1-\ufdd3]*)\ufdd2|(\ufdd3)")
_SEALED = re.compile("\ufdd1([^\ufdd1-\ufdd3]*)\ufdd2([^\ufdd1-\ufdd3]*)\ufdd3")
_ESCAPED = re.compile("\ufdd0([0-3])")
_DIGIT = re.compile(r"\d")
_QUOTES = {"&#34;": '"', "&#39;": "'"}  # as markupsafe writes them
UNMARKED, NUMBERING = "?", "#"


@dataclass(frozen=True, slots=True)
class Place:
    """A value of the context (数的位置): scope 0 is the workbook, 1… the project forms; row is 0-based."""

    scope: int
    name: str
    row: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """Where a printed value comes from (出处标记): a place, or a word of the template with its operands.

    `ledger` collects the marks that were printed; a seal carries the position in it.
    """

    ledger: list[Mark]
    place: Place | None = None
    word: str = ""
    operands: tuple[Mark | str, ...] = ()
    value: Any = None

    def number(self) -> int:
        """Enter the ledger."""
        self.ledger.append(self)
        return len(self.ledger) - 1


class Figure(Decimal):
    """A number with its mark; arithmetic keeps account of both sides."""

    __slots__ = ("mark",)
    mark: Mark

    def __add__(self, other: Any) -> Any:  # noqa: ANN401 - as Decimal
        """和."""
        return _worked("+", self, other, Decimal.__add__(self, other))

    def __radd__(self, other: Any) -> Any:  # noqa: ANN401 - as Decimal
        """和."""
        return _worked("+", other, self, Decimal.__radd__(self, other))

    def __sub__(self, other: Any) -> Any:  # noqa: ANN401 - as Decimal
        """差."""
        return _worked("−", self, other, Decimal.__sub__(self, other))

    def __rsub__(self, other: Any) -> Any:  # noqa: ANN401 - as Decimal
        """差."""
        return _worked("−", other, self, Decimal.__rsub__(self, other))

    def __mul__(self, other: Any) -> Any:  # noqa: ANN401 - as Decimal
        """积."""
        return _worked("×", self, other, Decimal.__mul__(self, other))

    def __rmul__(self, other: Any) -> Any:  # noqa: ANN401 - as Decimal
        """积."""
        return _worked("×", other, self, Decimal.__rmul__(self, other))

    def __truediv__(self, other: Any) -> Any:  # noqa: ANN401 - as Decimal
        """商."""
        return _worked("÷", self, other, Decimal.__truediv__(self, other))

    def __rtruediv__(self, other: Any) -> Any:  # noqa: ANN401 - as Decimal
        """商."""
        return _worked("÷", other, self, Decimal.__rtruediv__(self, other))


class Words(str):
    """A text with its mark."""

    __slots__ = ("mark",)
    mark: Mark

    def __add__(self, other: str) -> Words:
        """Joined texts keep the mark."""
        return _joined(str.__add__(self, other), self.mark)

    def __radd__(self, other: str) -> Words:
        """The same from the other side."""
        return _joined(str.__add__(other, self), self.mark)


def _joined(text: str, mark: Mark) -> Words:
    made = Words(text)
    made.mark = mark
    return made


class Count(int):
    """A count of rows, with its mark."""

    mark: Mark


class Day(dt.date):
    """A date with its mark."""

    mark: Mark

    @classmethod
    def of(cls, day: dt.date) -> Self:
        """The same day."""
        return cls(day.year, day.month, day.day)


class Entry(dict[str, Any]):
    """One row of a table, which knows its place."""

    mark: Mark


def marked(value: Any, mark: Mark) -> Any:  # noqa: ANN401 - any value of a context
    """The value with a mark; kinds of values that print no figure stay as they are."""
    made: Any
    match value:
        case None | bool():
            return value
        case Decimal():
            made = Figure(value)
        case str():
            made = Words(value)
        case int():
            made = Count(value)
        case dt.date():
            made = Day.of(value)
        case list():
            return [marked(v, mark) if isinstance(v, str) else v for v in value]
        case _:
            return value
    made.mark = mark
    return made


def mark_of(value: object) -> Mark | None:
    """The mark of a value, None without one."""
    return getattr(value, "mark", None)


def traced(context: Mapping[str, Any], names: Iterable[str], ledger: list[Mark]) -> dict[str, Any]:
    """The context with marks on the values that a template uses; the forms of 项目自评 are scopes 1, 2, …."""
    found = dict(context)
    for name in names:
        if name == "项目自评":
            found[name] = [_form(form, i, ledger) for i, form in enumerate(context[name], 1)]
        elif name in context:
            found[name] = _marked_datum(context[name], Place(0, name), ledger)
    return found


def _form(form: Mapping[str, Any], scope: int, ledger: list[Mark]) -> Entry:
    made = Entry((name, _marked_datum(v, Place(scope, name), ledger)) for name, v in form.items())
    made.mark = Mark(ledger, Place(0, "项目自评", scope - 1))
    return made


def _marked_datum(value: Any, place: Place, ledger: list[Mark]) -> Any:  # noqa: ANN401 - any value of a context
    if not isinstance(value, list):
        return marked(value, Mark(ledger, place, value=value))
    return [_entry(row, place, index, ledger) for index, row in enumerate(value)]


def _entry(row: Mapping[str, Any], table: Place, index: int, ledger: list[Mark]) -> Entry:
    made = Entry(
        (column, marked(v, Mark(ledger, Place(table.scope, f"{table.name}_{column}", index), value=v)))
        for column, v in row.items()
    )
    made.mark = Mark(ledger, Place(table.scope, table.name, index))
    return made


def _worked(sign: str, left: Any, right: Any, result: Any) -> Any:  # noqa: ANN401 - as Decimal
    if not isinstance(result, Decimal):
        return result  # NotImplemented
    own = mark_of(left) or mark_of(right)
    sides = tuple(mark_of(side) or _operand(side) for side in (left, right))
    return result if own is None else marked(result, Mark(own.ledger, None, sign, sides, result))


def _operand(value: object) -> str:
    return plain(value) if isinstance(value, Decimal) else str(value)


def carrying(function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that hands on the mark of what it is given: 金额, 成句, and Jinja's own."""

    @wraps(function)
    def run(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - a filter of any kind
        made = function(*given, **named)
        mark = next((m for m in map(mark_of, given) if m), None)
        if mark is None or mark_of(made) is not None:
            return made
        # What a filter has escaped must not be escaped again: it is sealed at once.
        return type(made)(seal(str(made), mark)) if hasattr(made, "__html__") else marked(made, mark)

    return run


def combining(word: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of the template whose result has operands: 占比, 变动, 之和, and the count of rows."""

    @wraps(function)
    def run(*given: Any) -> Any:  # noqa: ANN401 - any values of a context
        made = function(*given)
        operands = tuple(_operands(given))
        return marked(made, Mark(operands[0].ledger, None, word, operands, made)) if operands else made

    return run


def _operands(given: tuple[Any, ...]) -> Iterable[Mark]:
    """Marks of the arguments; of rows the column that is named beside them, else the rows themselves."""
    column = next((g for g in given[1:] if isinstance(g, str)), None)
    for value in given:
        if isinstance(value, list):
            found = (mark_of(row.get(column)) if column else mark_of(row) for row in value if isinstance(row, Entry))
            yield from (m for m in found if m)
        elif mark := mark_of(value):
            yield mark


def seal(text: str, mark: Mark | str) -> str:
    """The printed text between its seals; `mark` is one of the two signs where there is no mark."""
    clean = _OURS.sub(lambda m: f"{_ESCAPE}{ord(m[0]) - ord(_ESCAPE)}", text)
    if not _DIGIT.search(text):
        return clean
    return f"{_OPEN}{mark if isinstance(mark, str) else mark.number()}{_BODY}{clean}{_CLOSE}"


def printed(value: object, text: object) -> object:
    """What goes into the document for a value that prints as `text`: sealed where it has figures."""
    if hasattr(value, "__html__"):
        return text  # a block that the template put together holds its seals already
    mark = mark_of(value)
    if mark is None and isinstance(value, int):
        return seal(str(text), NUMBERING)
    return seal(str(text), mark or UNMARKED)


def without_own_signs(text: str) -> str:
    """A template's source; noncharacters in it would be taken for seals."""
    return _OURS.sub("\ufffd", text)


def unsealed(text: str) -> str:
    """The text as if nothing had been traced."""
    if _OPEN not in text and _ESCAPE not in text:
        return text
    return _ESCAPED.sub(lambda m: chr(ord(_ESCAPE) + int(m[1])), _SEAL.sub("", text))


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """The text cut at its seals: ("text", …), ("open", the mark's number or sign), ("close", "")."""
    end = 0
    for match in _SEAL.finditer(text):
        if match.start() > end:
            yield "text", unsealed(text[end : match.start()])
        yield ("close", "") if match[2] else ("open", match[1])
        end = match.end()
    if end < len(text):
        yield "text", unsealed(text[end:])


def sealed_texts(xml: str) -> Iterator[tuple[str, str]]:
    """(number or sign, printed text) of every seal, in the order of the document."""
    for match in _SEALED.finditer(xml):
        yield match[1], unescape(unsealed(match[2]), _QUOTES)
