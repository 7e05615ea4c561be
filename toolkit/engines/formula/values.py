"""Values of 审核公式 (公式的值): Excel's conversions, comparison and arithmetic, in `Decimal`.

A kernel works on scalars; `spread` carries it over columns. Nothing here raises: what Excel
answers with an error value is an `ErrorValue` here.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal, DecimalException
from enum import StrEnum
from itertools import repeat
from operator import eq, ge, gt, le, lt, ne
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from toolkit.core.money import plain
from toolkit.core.patterns import late

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


class ErrorValue(StrEnum):
    """错误值: what a cell shows instead of a result."""

    DIV0 = "#DIV/0!"
    VALUE = "#VALUE!"
    NAME = "#NAME?"
    NUM = "#NUM!"
    NA = "#N/A"
    REF = "#REF!"


Scalar: TypeAlias = Decimal | str | bool | ErrorValue | None

Vector: TypeAlias = tuple[Scalar, ...]

Value: TypeAlias = Scalar | Vector

if TYPE_CHECKING:
    Test: TypeAlias = Callable[[int | Decimal, int | Decimal], bool]
    Kernel: TypeAlias = Callable[..., Scalar]
    Arithmetic: TypeAlias = Callable[[Decimal, Decimal], Decimal | ErrorValue]

ZERO = Decimal(0)

ONE = Decimal(1)

HUNDRED = Decimal(100)

MAX_MAGNITUDE = 307  # Excel's largest number is 9.99…E307

_DIGITS = 15  # Excel keeps 15 significant digits

_LONGEST_PLAIN = 20  # beyond this many digits Excel writes a number with an exponent

_EXCEL = Context(prec=_DIGITS, rounding=ROUND_HALF_UP)

_NUMBER_TEXT = late(
    r" *([+-]?)((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+)(E[+-]?\d{1,3})?(%?) *", re.ASCII | re.IGNORECASE
)

_LOGICALS = MappingProxyType({"TRUE": True, "FALSE": False})

TESTS: Mapping[str, Test] = MappingProxyType({"=": eq, "<>": ne, "<": lt, ">": gt, "<=": le, ">=": ge})


def fifteen_digits(number: Decimal) -> Decimal:
    """Round to the 15 significant digits that Excel keeps, so that 1/3*3 is 1."""
    return _EXCEL.plus(number)


def text_number(text: str) -> Decimal | None:
    """Read a text as Excel's arithmetic does: `12`, `-1,234.5`, `1E3`, `12%`; None for any other."""
    match = _NUMBER_TEXT.fullmatch(text)
    if not match:
        return None
    sign, digits, exponent, percent = match.groups()
    number = Decimal(sign + digits.replace(",", "") + (exponent or ""))
    if number.adjusted() > MAX_MAGNITUDE:
        return None
    return number / HUNDRED if percent else number


def to_number(value: Scalar) -> Decimal | ErrorValue:
    """The value as an operand of arithmetic: blank 0, TRUE 1, number-like text its number."""
    if isinstance(value, (Decimal, ErrorValue)):
        return value
    if isinstance(value, str):
        number = text_number(value)
        return ErrorValue.VALUE if number is None else number
    return ONE if value else ZERO


def to_logical(value: Scalar) -> bool | ErrorValue:
    """The value as a condition: 0 and blank are FALSE, text is #VALUE! unless it says TRUE or FALSE."""
    if isinstance(value, (bool, ErrorValue)):
        return value
    if isinstance(value, str):
        return _LOGICALS.get(value.upper(), ErrorValue.VALUE)
    return bool(value)


def text_logical(text: str) -> bool | None:
    """TRUE or FALSE written in any case; None for any other text."""
    return _LOGICALS.get(text.upper())


def to_text(value: Scalar) -> str:
    """The value as an operand of `&`; an `ErrorValue` stays itself."""
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return _number_text(fifteen_digits(value))
    return "" if value is None else str(value).upper()


def _number_text(number: Decimal) -> str:
    if not number or -_LONGEST_PLAIN < number.adjusted() <= _LONGEST_PLAIN:
        return plain(number)
    mantissa = plain(number.scaleb(-number.adjusted()))
    return f"{mantissa}E{number.adjusted():+03d}"


def compare_numbers(left: Decimal, right: Decimal) -> int:
    """-1, 0 or 1, at 15 significant digits."""
    if left == right or _EXCEL.plus(left) == _EXCEL.plus(right):
        return 0
    return -1 if left < right else 1


def compare_texts(left: str, right: str) -> int:
    """-1, 0 or 1, upper and lower case alike."""
    first, second = left.casefold(), right.casefold()
    return (first > second) - (first < second)


def _like(other: Scalar) -> Scalar:
    # A blank takes the type of what it is compared with.
    if isinstance(other, bool):
        return False
    return "" if isinstance(other, str) else ZERO


def _rank(value: Scalar) -> int:
    if isinstance(value, Decimal):
        return 0
    return 1 if isinstance(value, str) else 2


def compare(left: Scalar, right: Scalar) -> int:
    """-1, 0 or 1 in Excel's order number < text < logical; neither side is an error."""
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return compare_numbers(left, right)
    left = _like(right) if left is None else left
    right = _like(left) if right is None else right
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return compare_numbers(left, right)
    if isinstance(left, str) and isinstance(right, str):
        return compare_texts(left, right)
    first, second = (_rank(left), left is True), (_rank(right), right is True)
    return (first > second) - (first < second)


def comparing(test: Test) -> Kernel:
    """Kernel of one comparison operator; `test` is given the order and 0.

    Two numbers, a thousand pairs a unit, are compared as they are, and only then as Excel keeps them: what lies apart
    without being so at 15 digits is equal, which `<=` allows and `<` does not.
    """
    apart = not test(0, 0)

    def kernel(left: Scalar, right: Scalar) -> Scalar:
        if type(left) is Decimal and type(right) is Decimal:
            held = test(left, right)
            return held if held is not apart else (_EXCEL.plus(left) != _EXCEL.plus(right)) is apart
        if type(left) is str and type(right) is str:
            return test(compare_texts(left, right), 0)
        if isinstance(left, ErrorValue):
            return left
        if isinstance(right, ErrorValue):
            return right
        return test(compare(left, right), 0)

    return kernel


def calculating(apply: Arithmetic) -> Kernel:
    """Kernel of one arithmetic operator: operands are converted, errors pass through."""

    def kernel(left: Scalar, right: Scalar) -> Scalar:
        if type(left) is Decimal and type(right) is Decimal:
            return apply(left, right)
        first = to_number(left)
        if isinstance(first, ErrorValue):
            return first
        second = to_number(right)
        return second if isinstance(second, ErrorValue) else apply(first, second)

    return kernel


def add(left: Decimal, right: Decimal) -> Decimal:
    """The sum; what only rounding leaves of a cancellation is 0, as in Excel."""
    result = left + right
    if result.adjusted() + _DIGITS < min(left.adjusted(), right.adjusted()):
        return ZERO
    return result


def subtract(left: Decimal, right: Decimal) -> Decimal:
    """The difference, with the same care as `add`."""
    return add(left, -right)


def multiply(left: Decimal, right: Decimal) -> Decimal | ErrorValue:
    """The product."""
    return in_range(left * right)


def divide(left: Decimal, right: Decimal) -> Decimal | ErrorValue:
    """The quotient; #DIV/0! by zero."""
    return in_range(left / right) if right else ErrorValue.DIV0


def power(base: Decimal, exponent: Decimal) -> Decimal | ErrorValue:
    """`base ^ exponent`; what has no real result is #NUM!."""
    if not base and exponent <= 0:
        return ErrorValue.DIV0 if exponent else ErrorValue.NUM
    try:
        return in_range(base**exponent)
    except DecimalException:  # overflow, or a root of a negative number
        return ErrorValue.NUM


def in_range(number: Decimal) -> Decimal | ErrorValue:
    """The number, or #NUM! when Excel could not hold it."""
    return ErrorValue.NUM if number.adjusted() > MAX_MAGNITUDE else number


def join(left: Scalar, right: Scalar) -> Scalar:
    """Kernel of `&`."""
    if isinstance(left, ErrorValue):
        return left
    return right if isinstance(right, ErrorValue) else to_text(left) + to_text(right)


def spread(kernel: Kernel, *values: Value) -> Vector:
    """Apply a kernel row by row; a scalar, or a column of one row, serves every row."""
    length = max(len(value) for value in values if isinstance(value, tuple))
    return tuple(map(kernel, *(_stretched(value, length) for value in values)))


def _stretched(value: Value, length: int) -> Iterable[Scalar]:
    if not isinstance(value, tuple):
        return repeat(value, length)
    if len(value) == 1:
        return repeat(value[0], length)
    return value + (ErrorValue.NA,) * (length - len(value))


def absolute(value: Scalar) -> Scalar:
    """Kernel of ABS."""
    number = to_number(value)
    return number if isinstance(number, ErrorValue) else abs(number)


def negation(value: Scalar) -> Scalar:
    """Kernel of NOT."""
    logical = to_logical(value)
    return logical if isinstance(logical, ErrorValue) else not logical


def length(value: Scalar) -> Scalar:
    """Kernel of LEN."""
    if isinstance(value, ErrorValue):
        return value
    text = to_text(value)
    # Excel counts UTF-16 units: a rare character beyond U+FFFF counts two.
    return Decimal(len(text) + sum(char > "\uffff" for char in text))


def trimmed(value: Scalar) -> Scalar:
    """Kernel of TRIM."""
    if isinstance(value, ErrorValue):
        return value
    return " ".join(part for part in to_text(value).split(" ") if part)


def is_blank(value: Scalar) -> Scalar:
    """Kernel of ISBLANK."""
    return value is None


def is_number(value: Scalar) -> Scalar:
    """Kernel of ISNUMBER."""
    return isinstance(value, Decimal)


def is_text(value: Scalar) -> bool:
    """Kernel of ISTEXT."""
    return isinstance(value, str) and not isinstance(value, ErrorValue)
