"""Compiled pieces of 审核公式 (闭包): arguments, entries of the function table, and the two ways to apply a kernel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from toolkit.formula_values import Value, spread

if TYPE_CHECKING:
    from toolkit.formula_values import Kernel

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
