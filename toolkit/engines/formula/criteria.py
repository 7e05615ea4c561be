"""Criteria of COUNTIF and SUMIF (条件): `5`, `"文字"`, `">=5"`, `"<>"`, `"项目*"`."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from toolkit.core.patterns import late
from toolkit.engines.formula.values import (
    TESTS,
    ZERO,
    ErrorValue,
    Scalar,
    compare,
    compare_numbers,
    text_logical,
    text_number,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from toolkit.engines.formula.values import Test

    Predicate: TypeAlias = Callable[[Scalar], bool]

_CRITERION = late(r"(<>|>=|<=|=|>|<|)(.*)", re.DOTALL)

_WILDCARD = late(r"~[*?~]|[*?]")


@lru_cache(maxsize=1024, typed=True)
def criterion(wanted: Scalar) -> Predicate:
    """The test of a COUNTIF or SUMIF criterion (条件): `5`, `"文字"`, `">=5"`, `"<>"`, `"项目*"`."""
    if not isinstance(wanted, str) or isinstance(wanted, ErrorValue):
        return _equals(ZERO if wanted is None else wanted)
    sign, operand = _CRITERION.findall(wanted)[0]
    if not operand:
        return _empty_criterion(sign)
    target = _criterion_operand(operand)
    if sign in {"", "="}:
        return _equals(target)
    if sign == "<>":
        equals = _equals(target)
        return lambda cell: not equals(cell)
    return _ordered(TESTS[sign], target)


def _empty_criterion(sign: str) -> Predicate:
    if sign == "":
        return lambda cell: cell is None or cell == ""
    if sign == "=":
        return lambda cell: cell is None
    return lambda cell: sign == "<>" and cell is not None


def _criterion_operand(text: str) -> Scalar:
    number = text_number(text)
    if number is not None:
        return number
    logical = text_logical(text)
    if logical is not None:
        return logical
    return ErrorValue(text) if text in set(ErrorValue) else text


def _equals(target: Scalar) -> Predicate:
    if isinstance(target, Decimal):
        return lambda cell: _is_number(cell, target)
    if isinstance(target, str) and not isinstance(target, ErrorValue):
        pattern = _wildcard_pattern(target)
        return lambda cell: type(cell) is str and pattern.fullmatch(cell) is not None
    return lambda cell: type(cell) is type(target) and cell == target


def _is_number(cell: Scalar, target: Decimal) -> bool:
    # A text that reads as a number equals that number for a criterion, though not for `=`.
    number = text_number(cell) if isinstance(cell, str) else cell
    return isinstance(number, Decimal) and compare_numbers(number, target) == 0


def _wildcard_pattern(text: str) -> re.Pattern[str]:
    parts = {"*": ".*", "?": "."}
    pattern, end = "", 0
    for match in _WILDCARD.finditer(text):
        pattern += re.escape(text[end : match.start()]) + parts.get(match[0], re.escape(match[0][1:]))
        end = match.end()
    return re.compile(pattern + re.escape(text[end:]), re.IGNORECASE | re.DOTALL)


def _ordered(test: Test, target: Scalar) -> Predicate:
    # Cells of another type than the criterion never lie above or below it.
    return lambda cell: type(cell) is type(target) and test(compare(cell, target), 0)
