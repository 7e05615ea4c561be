"""Formulas as people read them (公式读法): the part that decided the result, in names or with the numbers put in.

Excel needs guards against blank cells and division by zero; a reader needs them only where they decided.
`decisive` takes the branch that was taken, `written` writes it with ÷ and × instead of function names.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TypeAlias

from toolkit.core.light import dataclass, replace
from toolkit.core.money import plain
from toolkit.engines.formula.compile import parse, tree_of
from toolkit.engines.formula.syntax import LEVELS
from toolkit.engines.formula.tree import Binary, Call, Literal, Name, Unary, names_in
from toolkit.engines.formula.values import ErrorValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from toolkit.engines.formula.compile import Formula
    from toolkit.engines.formula.tree import Node
    from toolkit.engines.formula.values import Value

    _Question: TypeAlias = Callable[[Callable[[str], Value]], int | None]


class Atom(Protocol):
    """Writes the operands of an expression."""

    def __call__(self, name: str, *, added: bool) -> str:
        """A name as text; `added` as one part of a sum."""
        ...

    def picked(self, text: str, summed: str) -> str | None:
        """A conditional sum (SUMIF) as the figures of `summed` that it takes; None leaves it as a call."""
        ...


_SIGNS: Mapping[str, str] = MappingProxyType(
    {"-": "−", "*": "×", "/": "÷", "<=": "≤", ">=": "≥", "<>": "≠"},
)

_OPPOSITE: Mapping[str, str] = MappingProxyType({">=": "<", ">": "<=", "<=": ">", "<": ">=", "=": "<>", "<>": "="})

_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "MAX": "取大",
        "MIN": "取小",
        "ROUND": "四舍五入",
        "ROUNDUP": "进位",
        "ROUNDDOWN": "舍去尾数",
        "ABS": "绝对值",
        "SUM": "合计",
        "AVERAGE": "平均",
        "COUNT": "个数",
        "COUNTA": "个数",
        "SUMIF": "条件求和",
        "COUNTIF": "条件计数",
        "SUMPRODUCT": "乘积之和",
        "AND": "同时",
        "OR": "任一",
        "NOT": "不是",
    }
)

_BLANK_CHECKS = frozenset({"COUNT", "COUNTA", "COUNTBLANK", "ISBLANK", "ISNUMBER", "ISTEXT", "LEN"})

_SUM_LEVEL, _ATOM_LEVEL = LEVELS["+"], 9


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What decided a result (起作用的部分).

    Attributes:
        text: the whole formula.
        node: the expression that gave the result, outer rounding taken off.
        conditions: comparisons that chose it, where the result is a constant (等级), each as it held.
        places: decimals of the outer rounding, None without one.
        names: the operands, in order.
    """

    text: str
    node: Node
    conditions: tuple[Node, ...]
    places: int | None
    names: tuple[str, ...]


class _Unanswered(Exception):  # noqa: N818 - no error: the reader cannot go on before this is asked
    def __init__(self, question: _Question) -> None:
        self.question = question


def decisive(text: str, lookup: Callable[[str], Value]) -> Reading:
    """The part of a formula that gives its result on the values of `lookup`."""
    answers: tuple[int | None, ...] = ()
    while not isinstance(found := _read(text, answers), Reading):
        answers = (*answers, found(lookup))
    return found


@lru_cache(maxsize=4096)
def _read(text: str, answers: tuple[int | None, ...]) -> Reading | _Question:
    """What decides a formula on which so much is known, or else what is to be asked of the figures next.

    A unit has 51 of them, which give a pack's few readings: each is made once, as is all that follows from it.
    """
    reader = _Reader(text, iter(answers))
    try:
        return reader.reading()
    except _Unanswered as open_:
        return open_.question


def written(reading: Reading, atom: Atom) -> str:
    """The reading in people's signs: 「甲 ≥ 90 → “优”」 where conditions chose, else the expression."""
    writer = _Writer(reading.text, atom)
    told = "，".join(writer.written(c, 0) for c in reading.conditions)
    return f"{told} → {writer.written(reading.node, 0)}" if told else writer.written(reading.node, 0)


@dataclass(frozen=True, slots=True)
class _Reader:
    text: str
    answers: Iterator[int | None]

    def reading(self) -> Reading:
        """Of the whole formula."""
        tests: list[tuple[Node, bool]] = []
        node, places = self.reduce(tree_of(self.text), tests), None
        if isinstance(node, Call) and node.function.upper() == "ROUND":
            number = self.formula(node.arguments[1])
            places = self.answer(lambda find: _whole(number.evaluate(find)))
            node = node.arguments[0]
        told = () if any(names_in(node)) else tuple([self.as_held(test, held=held) for test, held in tests])
        names = dict.fromkeys(n for part in (*told, node) for n in names_in(part))
        return Reading(self.text, node, told, places, tuple(names))

    def answer(self, question: _Question) -> int | None:
        """What is known of the figures; without an answer there is no going on."""
        for known in self.answers:
            return known
        raise _Unanswered(question)

    def formula(self, node: Node) -> Formula:
        """A part of the formula, to be evaluated."""
        return parse(self.text[node.start : node.end])

    def reduce(self, node: Node, tests: list[tuple[Node, bool]]) -> Node:
        match node:
            case Call(function=function, arguments=arguments):
                return self._call(function.upper(), node, arguments, tests)
            case Binary(left=left, right=right):
                first, second = self.reduce(left, []), self.reduce(right, [])
                return node if first is left and second is right else replace(node, left=first, right=second)
            case Unary(operand=operand):
                inner = self.reduce(operand, [])
                return node if inner is operand else replace(node, operand=inner)
        return node

    def _call(self, function: str, node: Call, arguments: tuple[Node, ...], tests: list[tuple[Node, bool]]) -> Node:
        if function == "IF":
            return self._chosen(arguments, tests)
        if function == "IFERROR":
            tried = self.formula(arguments[0])
            failed = self.answer(lambda find: isinstance(tried.evaluate(find), ErrorValue))
            return self.reduce(arguments[1 if failed else 0], tests)
        if function in {"MAX", "MIN"}:
            return self._extreme(node)
        return self._reduced(node)

    def _reduced(self, node: Call) -> Call:
        """The same call with its arguments reduced."""
        arguments = tuple([self.reduce(a, []) for a in node.arguments])
        kept = all(new is old for new, old in zip(arguments, node.arguments, strict=True))
        return node if kept else replace(node, arguments=arguments)

    def _chosen(self, arguments: tuple[Node, ...], tests: list[tuple[Node, bool]]) -> Node:
        test, *branches = arguments
        asked = self.formula(test)
        held = bool(self.answer(lambda find: asked.evaluate(find) not in {False, None, Decimal(0)}))
        if not _checks_blank(test):
            tests.append((test, held))
        if not held and len(branches) == 1:
            return Literal(test.start, test.end, value=False)
        return self.reduce(branches[0 if held else 1], tests)

    def as_held(self, condition: Node, *, held: bool) -> Node:
        """A comparison that did not hold is told by its opposite: 85 < 90."""
        test = self.reduce(condition, [])
        if held:
            return test
        if isinstance(test, Binary) and test.operator in _OPPOSITE:
            return replace(test, operator=_OPPOSITE[test.operator])
        return Call(test.start, test.end, "NOT", (test,))

    def _extreme(self, node: Call) -> Node:
        """A bound (不小于 0、不大于 1) is told only where it was reached."""
        named = [a for a in node.arguments if any(names_in(a))]
        if len(named) != 1 or len(node.arguments) == 1:
            return self._reduced(node)
        inner, outer = self.formula(named[0]), self.formula(node)
        told = self.answer(lambda find: inner.evaluate(find) == outer.evaluate(find))
        return self.reduce(named[0], []) if told else self._reduced(node)


def _whole(number: Value) -> int | None:
    return int(number) if isinstance(number, Decimal) else None


def _checks_blank(node: Node) -> bool:
    match node:
        case Call(function=function, arguments=arguments):
            return function.upper() in _BLANK_CHECKS or any(map(_checks_blank, arguments))
        case Binary(left=left, right=right):
            return _checks_blank(left) or _checks_blank(right)
    return False


@dataclass(frozen=True, slots=True)
class _Writer:
    text: str
    atom: Atom

    def written(self, node: Node, above: int) -> str:
        """`above` is the level of the operator around; a weaker one inside gets brackets."""
        match node:
            case Literal(value=value):
                return _literal(value)
            case Name(name=name):
                return self.atom(name, added=False)
            case Unary(operator=sign, operand=operand):
                inner = self.written(operand, _ATOM_LEVEL)
                return f"{inner}%" if sign == "%" else f"{_SIGNS.get(sign, sign)}{inner}"
            case Binary():
                return self._binary(node, above)
            case Call():
                return self._call(node, above)

    def _binary(self, node: Binary, above: int) -> str:
        level = LEVELS[node.operator]
        sign = _SIGNS.get(node.operator, node.operator)
        whole = f"{self.written(node.left, level)} {sign} {self.written(node.right, level + 1)}"
        return f"({whole})" if level < above else whole

    def _addend(self, node: Node) -> str:
        return self.atom(node.name, added=True) if isinstance(node, Name) else self.written(node, _SUM_LEVEL)

    def _call(self, node: Call, above: int) -> str:
        function = node.function.upper()
        if function == "SUM":
            return _bracketed(" + ".join(self._addend(a) for a in node.arguments), above)
        picked = self._picked(node) if function == "SUMIF" else None
        if picked is not None:
            return _bracketed(picked, above)
        inside = "，".join(self.written(a, 0) for a in node.arguments)
        return f"{_WORDS.get(function, function)}({inside})"

    def _picked(self, node: Call) -> str | None:
        summed = node.arguments[-1 if len(node.arguments) > 2 else 0]  # noqa: PLR2004 - the third is what is summed
        return self.atom.picked(self.text[node.start : node.end], summed.name) if isinstance(summed, Name) else None


def _bracketed(whole: str, above: int) -> str:
    return f"({whole})" if above > _SUM_LEVEL and " + " in whole else whole


def _literal(value: Value) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    return {True: "是", False: "否"}[value] if isinstance(value, bool) else f"“{value}”"
