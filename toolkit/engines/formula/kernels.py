"""Rounding and text functions of 审核公式 (舍入、文本函数), each as a kernel over scalars.

ROUND, ROUNDUP and ROUNDDOWN round what Excel would show; FIND, LEFT, RIGHT, VALUE, SUBSTITUTE, DATEVALUE and CELL are
enough to read "80~90", "≥320项" and "2023年12月31日" out of a cell.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from toolkit.core.patterns import late
from toolkit.core.words import DAY_ZERO
from toolkit.engines.formula.values import (
    MAX_MAGNITUDE,
    ZERO,
    ErrorValue,
    fifteen_digits,
    text_number,
    to_number,
    to_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from toolkit.engines.formula.values import Scalar

    Cut = Callable[[str, int], str]

_DAY = late(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", re.ASCII)

_DIGITS = 15  # Excel keeps 15 significant digits


def rounded(value: Scalar, digits: Scalar) -> Scalar:
    """Kernel of ROUND (四舍五入): half away from zero, negative digits allowed."""
    return _rounded(value, digits, ROUND_HALF_UP)


def rounded_away(value: Scalar, digits: Scalar) -> Scalar:
    """Kernel of ROUNDUP: away from zero."""
    return _rounded(value, digits, ROUND_UP)


def rounded_to_zero(value: Scalar, digits: Scalar) -> Scalar:
    """Kernel of ROUNDDOWN: towards zero."""
    return _rounded(value, digits, ROUND_DOWN)


def _rounded(value: Scalar, digits: Scalar, way: str) -> Scalar:
    number = to_number(value)
    if isinstance(number, ErrorValue):
        return number
    places = to_number(digits)
    return places if isinstance(places, ErrorValue) else _round(number, places, way)


def _round(number: Decimal, digits: Decimal, way: str) -> Decimal:
    # 20.1/900*45 is 1.005, but carries 1.00499…9 in 28 digits: Excel rounds what it would show.
    shown = fifteen_digits(number)
    if digits >= _DIGITS - shown.adjusted():
        return shown
    return shown.quantize(_step(digits), way) + ZERO  # 1200, not 1.2E+3


@lru_cache(maxsize=256)
def _step(digits: Decimal) -> Decimal:
    return Decimal((0, (1,), -int(max(digits, Decimal(-MAX_MAGNITUDE - 2)))))


def find(needle: Scalar, text: Scalar) -> Scalar:
    """Kernel of FIND: 1-based place of `needle`, #VALUE! where it is not."""
    if isinstance(needle, ErrorValue) or isinstance(text, ErrorValue):
        return needle if isinstance(needle, ErrorValue) else text
    place = to_text(text).find(to_text(needle))
    return ErrorValue.VALUE if place < 0 else Decimal(place + 1)


def left(text: Scalar, count: Scalar) -> Scalar:
    """Kernel of LEFT."""
    return _part(text, count, lambda found, length: found[:length])


def right(text: Scalar, count: Scalar) -> Scalar:
    """Kernel of RIGHT."""
    return _part(text, count, lambda found, length: found[len(found) - length :] if length < len(found) else found)


def _part(text: Scalar, count: Scalar, cut: Cut) -> Scalar:
    if isinstance(text, ErrorValue):
        return text
    length = to_number(count)
    if isinstance(length, ErrorValue):
        return length
    return ErrorValue.VALUE if length < 0 else cut(to_text(text), int(length))


def substitute(text: Scalar, old: Scalar, new: Scalar) -> Scalar:
    """Kernel of SUBSTITUTE: every `old` replaced; nothing is done where `old` is empty."""
    error = next((part for part in (text, old, new) if isinstance(part, ErrorValue)), None)
    if error is not None:
        return error
    wanted = to_text(old)
    return to_text(text).replace(wanted, to_text(new)) if wanted else to_text(text)


def date_value(text: Scalar) -> Scalar:
    """Kernel of DATEVALUE, for days written as 2023-12-31 or 2023/12/31; the locale's other ways are #VALUE!."""
    if isinstance(text, ErrorValue):
        return text
    match = _DAY.fullmatch(to_text(text))
    try:
        return Decimal((dt.date(*map(int, match.groups())) - DAY_ZERO).days) if match else ErrorValue.VALUE
    except ValueError:
        return ErrorValue.VALUE


def cell_format(info: Scalar, cell: Scalar) -> Scalar:
    """Kernel of CELL("format", …): G, for a value is handed to a formula as it is shown, percentages included."""
    if isinstance(cell, ErrorValue):
        return cell
    return "G" if isinstance(info, str) and info.casefold() == "format" else ErrorValue.VALUE


def value(text: Scalar) -> Scalar:
    """Kernel of VALUE: text as a number, #VALUE! where it is none."""
    if isinstance(text, str) and not isinstance(text, ErrorValue):
        number = text_number(text)
        return ErrorValue.VALUE if number is None else number
    return to_number(text)
