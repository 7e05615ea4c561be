"""Values that know where they come from (带出处的值): what the Word template prints keeps the name of its figure.

Each value of the report's context is wrapped with a `Mark`. The template's filters hand the mark on,
its functions and arithmetic make a new one with operands, and printing seals the text between two
noncharacters with the mark's number. Taking the seals off again gives the text as if nothing had
been traced.

A seal (封签) is OPEN sign BODY text CLOSE; the sign says where the text comes from. Noncharacters in a text
that is sealed are escaped before and restored after, so that nothing that staff type is taken for a seal or lost.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

from toolkit.core.money import plain
from toolkit.core.patterns import late
from toolkit.core.words import unescape

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping

INFIX = frozenset("+−×÷")


class Place(NamedTuple):
    """A value of the context (数的位置): scope 0 is the workbook, 1… the project forms; row is 0-based."""

    scope: int
    name: str
    row: int | None = None


class Mark(NamedTuple):
    """Where a printed value comes from (出处标记): a place, or a word of the template with its operands.

    `ledger` collects the marks that were printed; a seal carries the position in it.
    """

    ledger: list[Mark]
    place: Place | None = None
    word: str = ""
    given: tuple[Any, ...] = ()
    value: Any = None

    def entered(self) -> str:
        """Enter the ledger; the position is the sign of the seal."""
        self.ledger.append(self)
        return str(len(self.ledger) - 1)

    @property
    def operands(self) -> tuple[Mark | str, ...]:
        """Marks of what a word of the template was given; a sign of arithmetic has constants as text."""
        if not self.given:
            return ()
        if self.word in INFIX:
            return tuple([mark_of(side) or _constant(side) for side in self.given])
        return tuple(_operands(self.given))


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


class FormEntry(dict[str, Any]):
    """What one project's form prints, which knows its number among all forms."""

    def __init__(self, names: Mapping[str, Any], scope: int) -> None:
        """Number 1 is the first form of the unit, of whatever kind."""
        super().__init__(names)
        self.scope = scope


class Entry(dict[str, Any]):
    """One row of a table, which knows its place."""

    mark: Mark


def marked(value: Any, mark: Mark) -> Any:  # noqa: ANN401 - any value of a context
    """The value with a mark; kinds of values that print no figure stay as they are."""
    made: Any
    if isinstance(value, str):
        made = Words(value)
    elif isinstance(value, Decimal):
        made = Figure(value)
    elif isinstance(value, list):
        return [marked(v, mark) if isinstance(v, str) else v for v in value]
    elif isinstance(value, dt.date):
        made = Day(value.year, value.month, value.day)
    elif isinstance(value, int) and not isinstance(value, bool):
        made = Count(value)
    else:
        return value
    made.mark = mark
    return made


def mark_of(value: object) -> Mark | None:
    """The mark of a value, None without one."""
    return getattr(value, "mark", None)


def traced(
    context: Mapping[str, Any], names: Iterable[str], words: Container[str], ledger: list[Mark]
) -> dict[str, Any]:
    """The context with marks on the values that a template uses; a project's form knows its scope: 1, 2, ….

    `words` are those that the template's expressions consist of: a column that is not among them is not printed.
    """
    found = dict(context)
    for name in names:
        given = context.get(name)
        if isinstance(given, list) and given and isinstance(given[0], FormEntry):
            found[name] = [_form(form, Place(0, name, i), words, ledger) for i, form in enumerate(given)]
        elif name in context:
            found[name] = _marked_datum(context[name], Place(0, name), words, ledger)
    return found


def _mark(ledger: list[Mark], scope: int, name: str, row: int | None, value: Any) -> Mark:  # noqa: ANN401 - any value of a context
    """The mark of a value of the context, past the constructors of named tuples: 1,500 a unit in half of 2 ms."""
    place = tuple.__new__(Place, (scope, name, row))
    return tuple.__new__(Mark, (ledger, place, "", (), value))


def _form(form: FormEntry, place: Place, words: Container[str], ledger: list[Mark]) -> Entry:
    made = Entry(form)
    for name, value in form.items():
        if name in words:
            made[name] = _marked_datum(value, Place(form.scope, name), words, ledger)
    made.mark = Mark(ledger, place)
    return made


def _marked_datum(value: Any, place: Place, words: Container[str], ledger: list[Mark]) -> Any:  # noqa: ANN401 - any value of a context
    if not isinstance(value, list):
        return marked(value, _mark(ledger, *place, value))
    columns = {column: f"{place.name}_{column}" for column in next(iter(value), ()) if column in words}
    return [_entry(row, place, index, columns, ledger) for index, row in enumerate(value)]


def _entry(row: Mapping[str, Any], table: Place, index: int, columns: Mapping[str, str], ledger: list[Mark]) -> Entry:
    """One row with its columns marked, of which the full names are given; blanks need no mark."""
    made = Entry(row)
    for column, name in columns.items():
        if (value := row.get(column)) is not None:
            made[column] = marked(value, _mark(ledger, table.scope, name, index, value))
    made.mark = _mark(ledger, table.scope, table.name, index, None)
    return made


def _worked(sign: str, left: Any, right: Any, result: Any) -> Any:  # noqa: ANN401 - as Decimal
    if not isinstance(result, Decimal):
        return result  # NotImplemented
    own = mark_of(left) or mark_of(right)
    return result if own is None else marked(result, Mark(own.ledger, None, sign, (left, right), result))


def _constant(value: object) -> str:
    return plain(value) if isinstance(value, Decimal) else str(value)


def carrying(function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that hands on the mark of what it is given: 金额, 成句, and Jinja's own."""

    @wraps(function)
    def run(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - a filter of any kind
        made = function(*given, **named)
        mark = mark_of(given[0]) if given else None
        mark = mark or next((m for m in map(mark_of, given) if m), None)
        if mark is None or mark_of(made) is not None:
            return made
        # What a filter has escaped must not be escaped again: it is sealed at once.
        return type(made)(_sealed(str(made), mark, UNMARKED)) if hasattr(made, "__html__") else marked(made, mark)

    return run


def combining(word: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of the template whose result has operands: 占比, 变动, 之和, and the count of rows."""

    @wraps(function)
    def run(*given: Any) -> Any:  # noqa: ANN401 - any values of a context
        made = function(*given)
        own = next(iter(_operands(given)), None)
        return made if own is None else marked(made, Mark(own.ledger, None, word, given, made))

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


def printed(value: object, text: object) -> str:
    """What goes into the document for a value that prints as `text`: sealed where it has figures."""
    bare = str(text)
    return bare if is_plain(bare) else _sealed(bare, mark_of(value), NUMBERING if isinstance(value, int) else UNMARKED)


def _sealed(text: str, mark: Mark | None, otherwise: str) -> str:
    if not has_figure(text):
        return escaped(text)
    return seal(text, otherwise if mark is None else mark.entered())


_ESCAPE, _OPEN, _BODY, _CLOSE = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3"

_OURS = late("[\ufdd0-\ufdd3]")

_SEAL = late("\ufdd1([^\ufdd1-\ufdd3]*)\ufdd2|(\ufdd3)")

_ESCAPED = late("\ufdd0([0-3])")

_DIGIT = late(r"\d")

_NOT_PLAIN = late("[\\d\ufdd0-\ufdd3]")

_QUOTES = {"&#34;": '"', "&#39;": "'"}  # as markupsafe writes them

UNMARKED, NUMBERING = "?", "#"


def seal(text: str, sign: str) -> str:
    """The printed text between its seals."""
    return f"{_OPEN}{sign}{_BODY}{escaped(text)}{_CLOSE}"


def escaped(text: str) -> str:
    """A text of staff in which nothing looks like a seal."""
    return _OURS.sub(lambda m: f"{_ESCAPE}{ord(m[0]) - ord(_ESCAPE)}", text) if _OURS.search(text) else text


def is_plain(text: str) -> bool:
    """Whether a text has neither digits nor anything to escape: most words of staff."""
    return _NOT_PLAIN.search(text) is None


def has_figure(text: str) -> bool:
    """Whether there is a digit in a text."""
    return _DIGIT.search(text) is not None


def without_own_signs(text: str) -> str:
    """A template's source; noncharacters in it would be taken for seals."""
    return _OURS.sub("\ufffd", text)


def unsealed(text: str) -> str:
    """The text as if nothing had been traced."""
    head, *sealed = text.split(_OPEN)
    bare = "".join([head, *map(_body, sealed)]).replace(_CLOSE, "")
    return _ESCAPED.sub(lambda m: chr(ord(_ESCAPE) + int(m[1])), bare) if _ESCAPE in bare else bare


def _body(opened: str) -> str:
    sign, body, text = opened.partition(_BODY)
    return text if body else f"{_OPEN}{sign}"


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


def sealed_texts(xml: str, passed_over: Container[str] = ()) -> Iterator[tuple[str, str]]:
    """(sign, text as it stands in the XML) of every seal, in the order of the document, less those of some signs."""
    for piece in xml.split(_OPEN)[1:]:
        sign = piece[: piece.find(_BODY)]
        if sign not in passed_over:
            yield sign, piece[len(sign) + len(_BODY) :].partition(_CLOSE)[0]


def shown(sealed: str) -> str:
    """A sealed text as people read it."""
    return unescape(unsealed(sealed), _QUOTES)
