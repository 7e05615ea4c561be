"""What a formula means at its place (公式含义): texts that programs write differently compare equal.

A formula dragged to another cell, stored once for a whole column, or written with other spaces, cases and
prefixes keeps its meaning; one that points at another row does not, though its text looks alike.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

from toolkit.core.money import from_float
from toolkit.core.patterns import late

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Excel's own limits.
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384

_WHOLE, _MOST_WIDE = late(r"[0-9]{1,9}"), 1000.0


_TOKEN = late(
    r"""
      (?P<text>"(?:[^"]|"")*")
    | (?P<sheet>(?:'(?:[^']|'')*'|[^\W\d][\w.]*)!)
    | (?P<cell>(?<![\w.])\$?[A-Za-z]{1,3}\$?[0-9]{1,7}(?![\w.(!]))
    | (?P<rows>(?<![\w.])\$?[0-9]{1,7}:\$?[0-9]{1,7}(?![\w.]))
    | (?P<columns>(?<![\w.])\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3}(?![\w.(]))
    | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<word>[^\W\d][\w.\\?]*)
    | (?P<space>\s+)
    """,
    re.VERBOSE,
)

_PLACE = late(r"([A-Za-z]{1,3})([0-9]{1,7})")

_CELL = late(r"(\$?)([A-Za-z]{1,3})(\$?)([0-9]{1,7})")

_ROW, _COLUMN = late(r"(\$?)([0-9]{1,7})"), late(r"(\$?)([A-Za-z]{1,3})")

_PREFIX = late(r"(?:_XLFN\.|_XLWS\.|_XLUDF\.)+")

_CONSTANT_CALL = late(r"\b(TRUE|FALSE)\(\)")


_LOST = "#REF!"


@lru_cache(maxsize=16384)
def meaning(formula: str, row: int, sheet: str = "") -> str:
    """The formula with rows counted from its own, without what Excel, WPS and LibreOffice write differently.

    >>> meaning("=IF( $I21>0 , _xlfn.IFS(true(),1) )", 21) == meaning("if(I8>0,ifs(TRUE,1))", 8)
    True
    """
    made = _TOKEN.sub(lambda found: _canonical(found, row, sheet), formula.strip().lstrip("="))
    return _CONSTANT_CALL.sub(r"\1", made)


def _canonical(found: re.Match[str], row: int, sheet: str) -> str:
    text = found[0]
    match found.lastgroup:
        case "space":
            text = ""
        case "sheet":
            text = "" if _sheet_name(text) == sheet else f"{_sheet_name(text)}!"
        case "cell":
            _, letters, _, number = _parts(_CELL, text)
            text = f"{letters.upper()}[{int(number) - row}]"
        case "rows" | "columns":
            text = text.replace("$", "").upper()
        case "number":
            text = f"{from_float(float(text)).normalize():f}"  # as many digits as a cell has: 0.7 is 0.69999…99
        case "word":
            text = _PREFIX.sub("", text.upper())
    return text


def _sheet_name(prefix: str) -> str:
    name = prefix[:-1]
    return name[1:-1].replace("''", "'") if name.startswith("'") else name


def _parts(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    found = pattern.fullmatch(text)
    return tuple(found.groups()) if found else ("", "", "", "")


@lru_cache(maxsize=16384)
def shifted(formula: str, down: int, right: int) -> str:
    """A formula filled down and to the right: what a cell means that shares the formula of another."""
    return _TOKEN.sub(lambda found: _moved(found, down, right), formula)


def filled_down(alike: Sequence[tuple[str, str, str]]) -> Iterator[tuple[str, str]]:
    """Cells that share a formula (address, group, text), each with its own; who tells it may stand behind them."""
    last = {group: (where, text) for where, group, text in alike if text}
    told = dict[str, tuple[str, str]]()
    for where, group, text in alike:
        if text:
            told[group] = where, text
        elif group in last:
            holder, shared = told.get(group, last[group])
            (top, left), (row, column) = sure_place(holder), sure_place(where)
            yield where, shifted(shared, row - top, column - left)


def _moved(found: re.Match[str], down: int, right: int) -> str:
    text = found[0]
    match found.lastgroup:
        case "cell":
            fixed, letters, held, number = _parts(_CELL, text)
            column, row = _column(fixed, letters, right), _row(held, number, down)
            return f"{column}{row}" if column and row else _LOST
        case "rows":
            ends = [_row(fixed, number, down) for fixed, number in (_parts(_ROW, end) for end in text.split(":"))]
            return ":".join(ends) if all(ends) else _LOST
        case "columns":
            ends = [_column(fixed, letters, right) for fixed, letters in (_parts(_COLUMN, e) for e in text.split(":"))]
            return ":".join(ends) if all(ends) else _LOST
    return text


def _row(fixed: str, number: str, down: int) -> str:
    row = int(number) if fixed else int(number) + down
    return f"{fixed}{row}" if 1 <= row <= LAST_ROW else ""


def _column(fixed: str, letters: str, right: int) -> str:
    number = column_number(letters.upper()) + (0 if fixed else right)
    return f"{fixed}{column_letter(number)}" if 1 <= number <= LAST_COLUMN else ""


@lru_cache(maxsize=16384)
def address(row: int, column: int) -> str:
    """(3, 2) → B3."""
    return f"{column_letter(column)}{row}"


def place_of(where: str) -> tuple[int, int]:
    """B3 → (3, 2)."""
    letters = where.rstrip("0123456789")
    return int(where[len(letters) :]), column_number(letters)


@lru_cache(maxsize=65536)
def sure_place(where: str) -> tuple[int, int]:
    """B3 → (3, 2), as a stranger's file tells it.

    Raises:
        ValueError: no sheet has such a cell.
    """
    found = _PLACE.fullmatch(where)
    row, column = (int(found[2]), column_number(found[1])) if found else (0, 0)
    if not 0 < row <= LAST_ROW or column > LAST_COLUMN:
        raise ValueError(f"单元格地址“{where}”不对")
    return row, column


def column_number(letters: str) -> int:
    """A → 1, AA → 27. (openpyxl has one, but importing openpyxl costs more than reading the file.)"""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


@lru_cache(maxsize=1024)
def column_letter(number: int) -> str:
    """1 → A, 27 → AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def whole(text: str | None, otherwise: int) -> int:
    """A number that a program wrote as an attribute; what is none, or none of its size, is `otherwise`."""
    return int(text) if text and _WHOLE.fullmatch(text) else otherwise


def number_of(text: str | None, otherwise: float) -> float:
    """A measure that a program wrote as an attribute; what is none is `otherwise`."""
    with suppress(TypeError, ValueError):
        number = float(text or "")
        return number if 0 <= number < _MOST_WIDE else otherwise
    return otherwise
