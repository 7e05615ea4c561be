"""Linear forms (线性式): the formulas of a pack that are sums and differences, as coefficients of its names.

`IF(…,"",x)` counts as x and `ROUND(x,n)` as x: what a blank form shows, and a last digit, hide nothing.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from toolkit.core.light import replace
from toolkit.engines.formula.compile import parse, tree_of
from toolkit.engines.formula.tree import Binary, Call, Literal, Name, Unary, children_of, names_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from toolkit.engines.formula.tree import Node
    from toolkit.engines.formula.values import Value


class Term(NamedTuple):
    """A name, or the sum of a table column over the rows whose `where[0]` column says `where[1]` (求和项)."""

    name: str
    where: tuple[str, str] | None = None


Linear = dict[Term | None, Fraction]  # None is the constant

ONE = Fraction(1)


@lru_cache(maxsize=1024)
def linear_relation(text: str) -> tuple[Linear, str] | None:
    """`left − right` of an equation or `left <= right` as a linear form, and its operator; None for anything else."""
    return _related(tree_of(text), _linear)


@lru_cache(maxsize=1024)
def linear_form(text: str) -> Linear | None:
    """A formula as a linear form; None when it is not linear."""
    return _linear(tree_of(text))


def relation_at(text: str, lookup: Callable[[str], Value]) -> tuple[Linear, str] | None:
    """`linear_relation` of a formula whose IFs take the branch that they take on these values."""
    return linear_relation(text) or _related(tree_of(text), lambda side: _linear(_taken(side, text, lookup)))


def _related(node: Node, linear: Callable[[Node], Linear | None]) -> tuple[Linear, str] | None:
    """Both sides of a comparison as one linear form and its operator, `>=` turned round."""
    if not isinstance(node, Binary) or node.operator not in {"=", "<=", ">="}:
        return None
    left, right = linear(node.left), linear(node.right)
    if left is None or right is None:
        return None
    if node.operator == ">=":
        left, right = right, left
    return _sum(left, right, -ONE), "=" if node.operator == "=" else "<="


@lru_cache(maxsize=1024)
def conditions(text: str) -> frozenset[str]:
    """The names that the IFs of a formula ask about."""
    return frozenset(_asked(tree_of(text)))


@lru_cache(maxsize=1024)
def picked(text: str) -> tuple[tuple[str, str], ...]:
    """The conditional sums of a formula: the column whose words pick the rows, and the column that is summed."""
    return tuple(dict.fromkeys(_picked(tree_of(text))))


def _picked(node: Node) -> Iterator[tuple[str, str]]:
    match node:
        case Call(function=function, arguments=(Name(name=words), _, Name(name=summed))) if function.upper() == "SUMIF":
            yield words, summed
    for child in children_of(node):
        yield from _picked(child)


def _asked(node: Node) -> Iterator[str]:
    if isinstance(node, Call) and node.function.upper() == "IF":
        yield from names_in(node.arguments[0])
    for child in children_of(node):
        yield from _asked(child)


def _taken(node: Node, text: str, lookup: Callable[[str], Value]) -> Node:
    """The tree with each IF of its sums replaced by the branch that is taken."""
    match node:
        case Binary(left=left, right=right):
            return replace(node, left=_taken(left, text, lookup), right=_taken(right, text, lookup))
        case Call(function=name, arguments=(condition, chosen, otherwise)) if name.upper() == "IF":
            held = parse(text[condition.start : condition.end]).evaluate(lookup)
            return _taken(chosen if held is True else otherwise, text, lookup)
    return node


def _linear(node: Node) -> Linear | None:
    match node:
        case Literal(value=Decimal() as value):
            return {None: Fraction(value)}
        case Name(name=name):
            return {Term(name): ONE}
        case Unary(operator=sign, operand=operand):
            return _scaled(_linear(operand), {"-": -ONE, "+": ONE, "%": Fraction(1, 100)}[sign])
        case Binary(operator=sign, left=left, right=right):
            return _binary(sign, _linear(left), _linear(right))
        case Call(function=function, arguments=arguments):
            return _call(function.upper(), arguments)
    return None


def _binary(sign: str, left: Linear | None, right: Linear | None) -> Linear | None:
    if left is None or right is None:
        return None
    if sign in "+-":
        return _sum(left, right, ONE if sign == "+" else -ONE)
    if sign == "*" and left.keys() <= {None}:
        left, right = right, left
    if sign in "*/" and right.keys() <= {None}:
        factor = right.get(None, Fraction(0))
        if sign == "*":
            return _scaled(left, factor)
        return _scaled(left, 1 / factor) if factor else None
    return None


def _call(function: str, arguments: tuple[Node, ...]) -> Linear | None:
    match function, arguments:
        case "SUM", _:
            found: Linear = {}
            for part in map(_linear, arguments):
                if part is None:
                    return None
                found = _sum(found, part, ONE)
            return found
        case "SUMIF", (Name(name=column), Literal(value=str() as word), Name(name=summed)):
            return {Term(summed, (column, word)): ONE}
        case "ROUND", (inner, _):
            return _linear(inner)
        case "IF", (_, Literal(value=""), inner) | (_, inner, Literal(value="")):
            return _linear(inner)
    return None


def _sum(left: Linear, right: Linear, factor: Fraction) -> Linear:
    return {t: left.get(t, Fraction(0)) + factor * right.get(t, Fraction(0)) for t in {**left, **right}}


def _scaled(form: Linear | None, factor: Fraction) -> Linear | None:
    return None if form is None else {term: factor * value for term, value in form.items()}
