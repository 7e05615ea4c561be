"""Text functions of 审核公式 (文本函数): FIND, LEFT, RIGHT, VALUE, enough to read "80~90" out of a cell."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from toolkit.formula_values import ErrorValue, text_number, to_number, to_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from toolkit.formula_values import Scalar

    Cut = Callable[[str, int], str]


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


def value(text: Scalar) -> Scalar:
    """Kernel of VALUE: text as a number, #VALUE! where it is none."""
    if isinstance(text, str) and not isinstance(text, ErrorValue):
        number = text_number(text)
        return ErrorValue.VALUE if number is None else number
    return to_number(text)
