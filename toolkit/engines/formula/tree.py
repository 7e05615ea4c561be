"""The tree of a formula (公式树): what the parser makes, the compiler runs and the reader explains."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from toolkit.core.light import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.engines.formula.values import Scalar


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant."""

    start: int
    end: int
    value: Scalar


@dataclass(frozen=True, slots=True)
class Name:
    """A defined name (名称)."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class Unary:
    """A sign, or `%`."""

    start: int
    end: int
    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary:
    """An operator between two operands."""

    start: int
    end: int
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Call:
    """A function call."""

    start: int
    end: int
    function: str
    arguments: tuple[Node, ...]


Node: TypeAlias = Literal | Name | Unary | Binary | Call


def children_of(node: Node) -> tuple[Node, ...]:
    """The parts of a node, from left to right."""
    match node:
        case Unary(operand=operand):
            return (operand,)
        case Binary(left=left, right=right):
            return (left, right)
        case Call(arguments=arguments):
            return arguments
    return ()


def names_in(node: Node) -> Iterator[str]:
    """The names of a tree from left to right, repeats included."""
    if isinstance(node, Name):
        yield node.name
    for child in children_of(node):
        yield from names_in(child)


def as_data(node: Node) -> tuple[Any, ...]:
    """A tree as plain data, to be kept; `from_data` makes it anew."""
    place = (node.start, node.end)
    match node:
        case Literal(value=value):
            return ("number", *place, str(value)) if isinstance(value, Decimal) else ("literal", *place, value)
        case Name(name=name):
            return ("name", *place, name)
        case Unary(operator=sign, operand=operand):
            return ("unary", *place, sign, as_data(operand))
        case Binary(operator=sign, left=left, right=right):
            return ("binary", *place, sign, as_data(left), as_data(right))
        case Call(function=function, arguments=arguments):
            return ("call", *place, function, *map(as_data, arguments))


def from_data(data: tuple[Any, ...]) -> Node:
    """The tree that `as_data` was given."""
    kind, start, end, told, *parts = data
    match kind:
        case "name":
            return Name(start, end, told)
        case "number":
            return Literal(start, end, Decimal(told))
        case "literal":
            return Literal(start, end, told)
        case "unary":
            return Unary(start, end, told, from_data(parts[0]))
        case "binary":
            return Binary(start, end, told, from_data(parts[0]), from_data(parts[1]))
    return Call(start, end, told, tuple(map(from_data, parts)))
