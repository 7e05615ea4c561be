"""Functions of 审核公式 (函数表): each builds one closure from its compiled arguments.

Excel treats a cell reference and a value differently (`SUM("3")` is 3, but a cell with the text
"3" counts 0). Names are references, so every argument knows whether it is one.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import chain
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from toolkit.core.light import dataclass
from toolkit.engines.formula.criteria import criterion
from toolkit.engines.formula.kernels import (
    cell_format,
    date_value,
    find,
    left,
    right,
    rounded,
    rounded_away,
    rounded_to_zero,
    substitute,
    value,
)
from toolkit.engines.formula.values import (
    ONE,
    ZERO,
    ErrorValue,
    Scalar,
    Value,
    absolute,
    in_range,
    is_blank,
    is_number,
    is_text,
    length,
    negation,
    spread,
    to_logical,
    to_number,
    trimmed,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from toolkit.engines.formula.values import Kernel, Vector

MANY = 255

Lookup: TypeAlias = Callable[[str], Value]

Evaluator: TypeAlias = Callable[[Lookup], Value]


@dataclass(frozen=True, slots=True)
class Argument:
    """A compiled argument (参数); `reference` when it stands for cells rather than for a value."""

    run: Evaluator
    reference: bool


@dataclass(frozen=True, slots=True)
class Function:
    """An entry of the function table (函数).

    Attributes:
        least: fewest arguments; most: most arguments.
        build: makes the closure of one call.
        ranges: positions of the arguments that Excel wants to be references.
    """

    least: int
    most: int
    build: Callable[[tuple[Argument, ...]], Evaluator]
    ranges: tuple[int, ...] = ()


def unary(kernel: Kernel, operand: Evaluator) -> Evaluator:
    """Closure that applies a one-argument kernel, row by row to a column."""

    def run(lookup: Lookup) -> Value:
        value = operand(lookup)
        return tuple(map(kernel, value)) if isinstance(value, tuple) else kernel(value)

    return run


def binary(kernel: Kernel, left: Evaluator, right: Evaluator) -> Evaluator:
    """Closure that applies a two-argument kernel, row by row to columns."""

    def run(lookup: Lookup) -> Value:
        first, second = left(lookup), right(lookup)
        if isinstance(first, tuple) or isinstance(second, tuple):
            return spread(kernel, first, second)
        return kernel(first, second)

    return run


def against(kernel: Kernel, left: Evaluator, constant: Scalar) -> Evaluator:
    """`binary` with a constant on its right, as most have it: one call less for each."""

    def run(lookup: Lookup) -> Value:
        value = left(lookup)
        return spread(kernel, value, constant) if isinstance(value, tuple) else kernel(value, constant)

    return run


def _each(kernel: Kernel) -> Function:
    return Function(1, 1, lambda arguments: unary(kernel, arguments[0].run))


def _each_two(kernel: Kernel) -> Function:
    return Function(2, 2, lambda arguments: binary(kernel, arguments[0].run, arguments[1].run))


def _substitute(arguments: tuple[Argument, ...]) -> Evaluator:
    runs = tuple(argument.run for argument in arguments)

    def run(lookup: Lookup) -> Value:
        text, old, new = (one(lookup) for one in runs)
        if isinstance(text, tuple) or isinstance(old, tuple) or isinstance(new, tuple):
            return spread(substitute, text, old, new)
        return substitute(text, old, new)

    return run


def _choose(condition: Scalar, chosen: Scalar, otherwise: Scalar) -> Scalar:
    logical = to_logical(condition)
    if isinstance(logical, ErrorValue):
        return logical
    return chosen if logical else otherwise


def _if(arguments: tuple[Argument, ...]) -> Evaluator:
    condition, chosen = arguments[0].run, arguments[1].run
    otherwise: Evaluator = arguments[2].run if arguments[2:] else lambda _: False

    def run(lookup: Lookup) -> Value:
        value = condition(lookup)
        if value is True or value is False:
            return chosen(lookup) if value else otherwise(lookup)
        if isinstance(value, tuple):
            return spread(_choose, value, chosen(lookup), otherwise(lookup))
        logical = to_logical(value)
        if isinstance(logical, ErrorValue):
            return logical
        return chosen(lookup) if logical else otherwise(lookup)

    return run


def _instead(value: Scalar, otherwise: Scalar) -> Scalar:
    return otherwise if isinstance(value, ErrorValue) else value


def _iferror(arguments: tuple[Argument, ...]) -> Evaluator:
    attempt, otherwise = arguments[0].run, arguments[1].run

    def run(lookup: Lookup) -> Value:
        value = attempt(lookup)
        if isinstance(value, tuple):
            return spread(_instead, value, otherwise(lookup))
        return otherwise(lookup) if isinstance(value, ErrorValue) else value

    return run


def _elements(value: Value, argument: Argument) -> tuple[Vector, bool]:
    """The elements of an argument, with whether they stand in cells (or in a column) rather than being a value."""
    if isinstance(value, tuple):
        return value, True
    return (value,), argument.reference or value is None


def _aggregate(
    collect: Callable[[Vector, bool, list[Any]], ErrorValue | None],
    finish: Callable[[list[Any]], Scalar],
    plain: type = Decimal,
) -> Function:
    """`collect` adds to a list what `finish` takes of an argument's elements; an error ends the call.

    A single value of the type `plain` is taken wherever it stands, so it needs no collecting.
    """

    def build(arguments: tuple[Argument, ...]) -> Evaluator:
        runs = tuple((argument.run, argument) for argument in arguments)

        def run(lookup: Lookup) -> Value:
            found: list[Any] = []
            for work_out, argument in runs:
                value = work_out(lookup)
                if type(value) is plain:
                    found.append(value)
                elif (error := collect(*_elements(value, argument), found)) is not None:
                    return error
            return finish(found)

        return run

    return Function(1, MANY, build)


def _counter(
    count: Callable[[Vector, bool], int],
    most: int = MANY,
    ranges: tuple[int, ...] = (),
) -> Function:
    def build(arguments: tuple[Argument, ...]) -> Evaluator:
        def run(lookup: Lookup) -> Value:
            return Decimal(sum([count(*_elements(argument.run(lookup), argument)) for argument in arguments]))

        return run

    return Function(1, most, build, ranges)


def _numbers(elements: Vector, in_cell: bool, found: list[Decimal]) -> ErrorValue | None:  # noqa: FBT001 - half of an argument
    for element in elements:
        number = element if in_cell or isinstance(element, Decimal) else to_number(element)
        if isinstance(number, Decimal):
            found.append(number)
        elif isinstance(number, ErrorValue):
            return number
    return None


def _logicals(elements: Vector, in_cell: bool, found: list[bool]) -> ErrorValue | None:  # noqa: FBT001 - half of an argument
    for element in elements:
        if element is None or (in_cell and is_text(element)):
            continue
        logical = to_logical(element)
        if isinstance(logical, ErrorValue):
            return logical
        found.append(logical)
    return None


def _countable(elements: Vector, in_cell: bool, found: list[Scalar]) -> None:  # noqa: FBT001 - half of an argument
    found += [e for e in elements if isinstance(e if in_cell else to_number(e), Decimal)]


def _sum(numbers: list[Decimal]) -> Scalar:
    return in_range(sum(numbers, ZERO))


def _average(numbers: list[Decimal]) -> Scalar:
    return sum(numbers, ZERO) / len(numbers) if numbers else ErrorValue.DIV0


def _judged(test: Callable[[list[bool]], bool]) -> Callable[[list[bool]], Scalar]:
    return lambda found: test(found) if found else ErrorValue.VALUE


def _column(value: Value) -> Vector:
    return value if isinstance(value, tuple) else (value,)


def _number_or_zero(value: Scalar) -> Decimal:
    return value if isinstance(value, Decimal) else ZERO


def _product_sum(columns: list[Vector]) -> Scalar:
    if len({len(column) for column in columns}) > 1:
        return ErrorValue.VALUE
    for element in chain.from_iterable(columns):
        if isinstance(element, ErrorValue):
            return element
    return _sum([prod(map(_number_or_zero, row), start=ONE) for row in zip(*columns, strict=True)])


def _sumproduct(arguments: tuple[Argument, ...]) -> Evaluator:
    runs = tuple(argument.run for argument in arguments)
    return lambda lookup: _product_sum([_column(run(lookup)) for run in runs])


def _countif(arguments: tuple[Argument, ...]) -> Evaluator:
    cells, wanted = arguments[0].run, arguments[1].run

    def run(lookup: Lookup) -> Value:
        column = _column(cells(lookup))
        return unary(lambda value: Decimal(sum(map(criterion(value), column))), wanted)(lookup)

    return run


def _sum_matching(keys: Vector, amounts: Vector, wanted: Scalar) -> Scalar:
    matches = criterion(wanted)
    found: list[Decimal] = []
    for key, amount in zip(keys, amounts, strict=False):
        if not isinstance(amount, (Decimal, ErrorValue)) or not matches(key):
            continue
        if isinstance(amount, ErrorValue):
            return amount
        found.append(amount)
    return _sum(found)


def _sumif(arguments: tuple[Argument, ...]) -> Evaluator:
    cells, wanted, amounts = arguments[0].run, arguments[1].run, arguments[-1 if arguments[2:] else 0].run

    def run(lookup: Lookup) -> Value:
        keys, column = _column(cells(lookup)), _column(amounts(lookup))
        return unary(lambda value: _sum_matching(keys, column, value), wanted)(lookup)

    return run


FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "SUM": _aggregate(_numbers, _sum),
        "AVERAGE": _aggregate(_numbers, _average),
        "MIN": _aggregate(_numbers, lambda found: min(found, default=ZERO)),
        "MAX": _aggregate(_numbers, lambda found: max(found, default=ZERO)),
        "AND": _aggregate(_logicals, _judged(all), bool),
        "OR": _aggregate(_logicals, _judged(any), bool),
        "COUNT": _aggregate(_countable, lambda found: Decimal(len(found))),
        "COUNTA": _counter(lambda elements, _: len(elements) - elements.count(None)),
        "COUNTBLANK": _counter(lambda elements, _: elements.count(None) + elements.count(""), 1, (0,)),
        "COUNTIF": Function(2, 2, _countif, (0,)),
        "SUMIF": Function(2, 3, _sumif, (0, 2)),
        "SUMPRODUCT": Function(1, MANY, _sumproduct),
        "IF": Function(2, 3, _if),
        "IFERROR": Function(2, 2, _iferror),
        "NOT": _each(negation),
        "ABS": _each(absolute),
        "LEN": _each(length),
        "FIND": _each_two(find),
        "LEFT": _each_two(left),
        "RIGHT": _each_two(right),
        "VALUE": _each(value),
        "SUBSTITUTE": Function(3, 3, _substitute),
        "DATEVALUE": _each(date_value),
        "CELL": Function(2, 2, lambda a: binary(cell_format, a[0].run, a[1].run), (1,)),
        "TRIM": _each(trimmed),
        "ISBLANK": _each(is_blank),
        "ISNUMBER": _each(is_number),
        "ISTEXT": _each(is_text),
        "ROUND": _each_two(rounded),
        "ROUNDUP": _each_two(rounded_away),
        "ROUNDDOWN": _each_two(rounded_to_zero),
    }
)
