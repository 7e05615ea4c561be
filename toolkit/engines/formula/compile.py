"""审核公式: Excel formulas over the names of the dictionary, parsed once and evaluated in `Decimal`.

The same text stands live on the 审核 sheet. A formula is compiled to nested closures, so that an
evaluation only calls functions: nothing looks at the text or at the tree again.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from toolkit.core.kept import kept
from toolkit.core.light import dataclass
from toolkit.core.words import nearest
from toolkit.engines.formula.functions import FUNCTIONS, Argument, Evaluator, Function, Lookup, against, binary, unary
from toolkit.engines.formula.syntax import COMPARISONS, FormulaError, Parser, tokens_of
from toolkit.engines.formula.tree import (
    Binary,
    Call,
    Literal,
    Name,
    Node,
    Unary,
    as_data,
    children_of,
    from_data,
    names_in,
)
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
    from collections.abc import Callable, Container, Iterator, Mapping

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

# Functions that take a column as one argument; those that are not written out for single rows are refused there.
_SWALLOWING = frozenset(
    {"AND", "OR", "SUM", "COUNT", "COUNTA", "AVERAGE", "MAX", "MIN", "COUNTIF", "SUMIF", "COUNTBLANK", "SUMPRODUCT"}
)

_EXTREMES: Mapping[str, str] = MappingProxyType({"MAX": ">=", "MIN": "<="})


class Formula:
    """A formula (公式), compiled when it is first evaluated: a cold `check` evaluates half of those that it reads.

    Attributes:
        text: the source, without the leading "=".
    """

    def __init__(self, node: Node, source: str) -> None:
        """The formula of a node that stands in `source`."""
        self.text = source[node.start : node.end]
        self._node, self._source = node, source

    def __repr__(self) -> str:
        """The text."""
        return f"Formula({self.text!r})"

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Its operands in order of first appearance."""
        return tuple(dict.fromkeys(names_in(self._node)))

    @cached_property
    def evaluate(self) -> Evaluator:
        """Gives the result; the `lookup` that it is given gives the value of a name, None for a blank cell."""
        run = _compile(self._node, self._source)
        return run if isinstance(self._node, Name | Binary) else _settled(run)

    def comparison(self) -> Comparison | None:
        """Both sides, when the outermost operator compares."""
        node = self._node
        if not isinstance(node, Binary) or node.operator not in COMPARISONS:
            return None
        return Comparison(Formula(node.left, self._source), node.operator, Formula(node.right, self._source))

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
    return Formula(tree_of(text), text)


def worked_out(text: str, find: Lookup) -> Value:
    """What a formula gives that somebody else may have written: #NAME? where it is not one over names."""
    try:
        return parse(text).evaluate(find)
    except FormulaError:
        return ErrorValue.NAME


@lru_cache(maxsize=4096)
def tree_of(text: str) -> Node:
    """What a formula reads as. Formulas are of packs, never of staff: it is kept from run to run."""
    return from_data(kept().once("formula", text, lambda: as_data(_understood(text))))


def _understood(text: str) -> Node:
    node = Parser(text, tokens_of(text)).parse()
    _compile(node, text)  # raises where a function is unknown or cannot take what it is given
    return node


def rewrite(text: str, replace: Callable[[str], str]) -> str:
    """The text with `replace(name)` in the place of every name, all else as it stands."""
    parse(text)
    pieces, end = [], 0
    for name in _names(tree_of(text)):
        start = text.index(name.name, max(name.start, end))  # brackets around a name count as its own
        pieces += [text[end:start], replace(name.name)]
        end = start + len(name.name)
    return "".join([*pieces, text[end:]])


def _names(node: Node) -> Iterator[Name]:
    if isinstance(node, Name):
        yield node
    for child in children_of(node):
        yield from _names(child)


def columnwise(text: str, columns: Container[str]) -> str:
    """A formula about one row, as an array formula over the whole `columns`: one result per row.

    Excel spreads operators and most functions over columns by itself; AND, OR, SUM, COUNT, MAX … would swallow the
    columns whole and are written out with operators instead.

    Raises:
        FormulaError: a function that looks through a column (COUNTIF …) is asked about one of `columns`.
    """
    return _Columns(text, columns).of(tree_of(text))


def counted_names(text: str) -> tuple[tuple[str, ...], ...]:
    """The names in each COUNT of a formula that counts nothing but names."""
    return tuple(_counts(tree_of(text)))


def _counts(node: Node) -> Iterator[tuple[str, ...]]:
    if isinstance(node, Call) and node.function.upper() == "COUNT":
        names = [n.name for n in node.arguments if isinstance(n, Name)]
        if len(names) == len(node.arguments):
            yield tuple(names)
    for child in children_of(node):
        yield from _counts(child)


@dataclass(frozen=True, slots=True)
class _Columns:
    """Writes one formula out for whole columns (逐行公式)."""

    text: str
    columns: Container[str]

    def of(self, node: Node) -> str:
        """The text of a node."""
        if not any(name in self.columns for name in names_in(node)):
            return self.text[node.start : node.end]
        if isinstance(node, Call) and self._swallowed(node):
            return self._call(node)
        pieces, end = [], node.start
        for child in children_of(node):
            pieces += [self.text[end : child.start], self.of(child)]
            end = child.end
        return "".join([*pieces, self.text[end : node.end]])

    def _swallowed(self, call: Call) -> bool:
        """Whether a call would take the columns whole; a criterion is asked row by row."""
        function = call.function.upper()
        asked = () if function not in {"COUNTIF", "SUMIF"} else (*call.arguments[:1], *call.arguments[2:])
        whole = any(n in self.columns for node in asked for n in names_in(node)) or not asked
        return function in _SWALLOWING and whole

    def _call(self, call: Call) -> str:
        function = call.function.upper()
        taken = [self._taken(node, function if function in _EXTREMES else "SUM") for node in call.arguments]
        match function:
            case "AND" | "OR":
                return self._logical(call, function)
            case "COUNTA":
                return self._added([f"IF(ISBLANK({self.of(n)}),0,1)" for n in call.arguments])
            case "COUNT":
                return self._added([self._counted(n, p) for n, (p, _) in zip(call.arguments, taken, strict=True)])
            case "SUM":
                return self._added([value for _, value in taken])
            case "AVERAGE":
                return f"({self._added([v for _, v in taken])}/{self._added([p for p, _ in taken])})"
            case "MAX" | "MIN":
                return _extreme(taken, function)
        raise FormulaError(f"逐行的公式里 {function} 不能用于本表的列", call.start, self.text)

    def _taken(self, node: Node, whole: str) -> tuple[str, str]:
        """How many numbers an argument stands for, and the number; text in a cell counts for nothing.

        What is not of this row is taken together by `whole`: the sum, or the largest, of another table's column.
        """
        plain_text = self.text[node.start : node.end]
        if isinstance(node, Literal) and isinstance(node.value, Decimal):
            return "1", plain_text
        if not any(name in self.columns for name in names_in(node)):
            return f"COUNT({plain_text})", f"{whole}({plain_text})"
        found = self.of(node)
        if _is_reference(node):
            return f"IF(ISNUMBER({found}),1,0)", f"IF(ISNUMBER({found}),{found},0)"
        return "1", f"(0+({found}))"

    def _counted(self, node: Node, present: str) -> str:
        """COUNT passes over what is no number, an error too."""
        return present if present != "1" or isinstance(node, Literal) else f"IF(ISNUMBER(0+({self.of(node)})),1,0)"

    def _logical(self, call: Call, function: str) -> str:
        """AND multiplies, OR adds: each argument is looked at, as in Excel, and an error in any shows."""
        fallback = "1" if function == "AND" else "0"
        tests = [
            f"IF(ISNUMBER({self.of(n)}),IF({self.of(n)},1,0),{fallback})"
            if isinstance(n, Name)
            else f"IF({self.of(n)},1,0)"
            for n in call.arguments
        ]
        return f"({'*'.join(tests)}=1)" if function == "AND" else f"({'+'.join(tests)}>0)"

    def _added(self, texts: list[str]) -> str:
        return f"({'+'.join(texts)})"


def _extreme(taken: list[tuple[str, str]], function: str) -> str:
    """The larger (or smaller) of those arguments that are numbers; 0 where none is, an error where one is."""
    sign = _EXTREMES[function]
    beyond = "-1E+300" if sign == ">=" else "1E+300"
    outside = [f"0*{v}+" if p.startswith("COUNT(") else "" for p, v in taken]  # an error is no number, and shows
    values = [v if p == "1" else f"IF({p}>0,{v},{o}{beyond})" for (p, v), o in zip(taken, outside, strict=True)]
    while values[1:]:  # in pairs: one after the other would double the text each time
        pairs = zip(values[::2], values[1::2], strict=False)
        odd = values[-1:] if len(values) % 2 else []
        values = [f"IF({one}{sign}{two},{one},{two})" for one, two in pairs] + odd
    present = [p for p, _ in taken]
    return values[0] if "1" in present else f"IF({'+'.join(present)}=0,{''.join(outside)}0,{values[0]})"


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
        case Binary(operator=sign, left=left, right=Literal(value=value)):
            return against(_KERNELS[sign], _compile(left, text), value)
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
