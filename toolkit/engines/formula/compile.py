"""审核公式: Excel formulas over the names of the dictionary, parsed once and evaluated in `Decimal`.

The same text stands live on the 审核 sheet. A formula is compiled to nested closures, so that an
evaluation only calls functions: nothing looks at the text or at the tree again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from toolkit.core.words import nearest
from toolkit.engines.formula.functions import FUNCTIONS, Argument, Evaluator, Function, Lookup, binary, unary
from toolkit.engines.formula.syntax import COMPARISONS, FormulaError, Parser, tokens_of
from toolkit.engines.formula.tree import Binary, Call, Literal, Name, Node, Unary, names_in
from toolkit.engines.formula.values import (
    HUNDRED,
    TESTS,
    ZERO,
    ErrorValue,
    Scalar,
    Value,
    add,
    calculating,
    comparing,
    divide,
    join,
    multiply,
    power,
    subtract,
    to_number,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from toolkit.engines.formula.values import Kernel

_KERNELS: Mapping[str, Kernel] = MappingProxyType(
    {
        **{sign: comparing(test) for sign, test in TESTS.items()},
        "&": join,
        "+": calculating(add),
        "-": calculating(subtract),
        "*": calculating(multiply),
        "/": calculating(divide),
        "^": calculating(power),
    }
)


@dataclass(frozen=True, slots=True)
class Formula:
    """A compiled formula (公式).

    Attributes:
        text: the source, without the leading "=".
        names: its operands in order of first appearance.
    """

    text: str
    names: tuple[str, ...]
    _run: Evaluator = field(repr=False, compare=False)
    _comparison: Comparison | None = field(repr=False, compare=False)

    def evaluate(self, lookup: Callable[[str], Value]) -> Value:
        """The result; `lookup` gives the value of a name, None for a blank cell."""
        return self._run(lookup)

    def comparison(self) -> Comparison | None:
        """Both sides, when the outermost operator compares."""
        return self._comparison

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to a worker process as text: closures cannot."""
        return parse, (self.text,)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The two sides of a comparison (比较式), each a formula of its own."""

    left: Formula
    operator: str
    right: Formula


@lru_cache(maxsize=4096)
def parse(text: str) -> Formula:
    """Read a formula; a leading "=" is dropped. Raises `FormulaError` with the place of the fault."""
    return _formula(Parser(text, tokens_of(text)).parse(), text)


def rewrite(text: str, replace: Callable[[str], str]) -> str:
    """The text with `replace(name)` in the place of every name, all else as it stands."""
    parse(text)
    pieces, end = [], 0
    for token in tokens_of(text):
        if token.kind == "name":
            pieces += [text[end : token.start], replace(token.text)]
            end = token.end
    return "".join([*pieces, text[end:]])


def _formula(node: Node, text: str) -> Formula:
    comparison = None
    if isinstance(node, Binary) and node.operator in COMPARISONS:
        comparison = Comparison(_formula(node.left, text), node.operator, _formula(node.right, text))
    run = _compile(node, text)
    names = tuple(dict.fromkeys(names_in(node)))
    settled = run if isinstance(node, Name | Binary) else _settled(run)
    return Formula(text[node.start : node.end], names, settled, comparison)


def _settled(run: Evaluator) -> Evaluator:
    # What IF or IFERROR takes from a blank cell shows as 0; only a bare name hands the blank on.
    def evaluate(lookup: Lookup) -> Value:
        value = run(lookup)
        if isinstance(value, tuple):
            return tuple(ZERO if element is None else element for element in value)
        return ZERO if value is None else value

    return evaluate


def _compile(node: Node, text: str) -> Evaluator:
    match node:
        case Literal(value=value):
            return lambda _: value
        case Name(name=name):
            return lambda lookup: lookup(name)
        case Unary(operator=sign, operand=operand):
            return _compile_unary(sign, _compile(operand, text))
        case Binary(operator=sign, left=left, right=right):
            return binary(_KERNELS[sign], _compile(left, text), _compile(right, text))
        case Call():
            return _compile_call(node, text)


def _compile_unary(sign: str, operand: Evaluator) -> Evaluator:
    if sign == "+":  # Excel leaves even a text as it is
        return operand
    if sign == "-":
        return unary(_negated, operand)
    return unary(_hundredth, operand)


def _negated(value: Scalar) -> Scalar:
    number = to_number(value)
    return number if isinstance(number, ErrorValue) else -number


def _hundredth(value: Scalar) -> Scalar:
    return _KERNELS["/"](value, HUNDRED)


def _compile_call(call: Call, text: str) -> Evaluator:
    function = _function(call, text)
    for index in function.ranges:
        if index < len(call.arguments) and not isinstance(call.arguments[index], Name):
            raise FormulaError(
                f"{call.function.upper()} 的第 {index + 1} 个参数必须是名称",
                call.arguments[index].start,
                text,
            )
    return function.build(tuple(Argument(_compile(node, text), _is_reference(node)) for node in call.arguments))


def _function(call: Call, text: str) -> Function:
    name = call.function.upper()
    if name not in FUNCTIONS:
        known = nearest(name, FUNCTIONS)
        hint = f"您是不是要写 {known}" if known else "可用的函数：" + " ".join(sorted(FUNCTIONS))
        raise FormulaError(f"不认识函数 {call.function}，{hint}", call.start, text)
    function = FUNCTIONS[name]
    if not function.least <= len(call.arguments) <= function.most:
        wanted = "–".join(dict.fromkeys((str(function.least), str(function.most))))
        raise FormulaError(f"{name} 需要 {wanted} 个参数，这里有 {len(call.arguments)} 个", call.start, text)
    return function


def _is_reference(node: Node) -> bool:
    # IF hands on the reference of the branch it takes; a number counts the same either way.
    match node:
        case Name():
            return True
        case Call(function=function, arguments=(_, *branches)) if function.upper() == "IF" and branches[1:]:
            return all(_is_reference(branch) or _is_plain_number(branch) for branch in branches)
    return False


def _is_plain_number(node: Node) -> bool:
    return isinstance(node, Literal) and isinstance(node.value, Decimal)
