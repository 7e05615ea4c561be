"""Syntax of 审核公式 (公式语法): text → tokens → tree, with Excel's precedence.

One pattern cuts the text; what Excel knows but a rule may not use (cell and sheet references, array
constants, error constants) is refused before, at its place in the text.
"""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from toolkit.core.errors import PackError
from toolkit.core.light import replace
from toolkit.core.patterns import late
from toolkit.engines.formula.tree import Binary, Call, Literal, Name, Node, Unary
from toolkit.engines.formula.values import MAX_MAGNITUDE, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COMPARISONS = frozenset({"=", "<>", "<", ">", "<=", ">="})

LEVELS: Mapping[str, int] = MappingProxyType(
    {**dict.fromkeys(COMPARISONS, 1), "&": 2, "+": 3, "-": 3, "*": 4, "/": 4, "^": 5}
)

_MAX_TEXT = 8192  # Excel's own limit

_MAX_NESTING = 64  # Excel's own limit

_MAX_TOKENS = 1600

# Each joined operand, and each sign, may make the tree one deeper, and plain recursion walks it.
_MAX_JOINED, _MAX_OPERATORS = 200, 400

_BEFORE_SIGN = frozenset({"operator", "call", "open", "comma"})

_STRING_OR_FORBIDDEN = late(r'"(?:[^"]|"")*"|(?P<forbidden>["\'{}\[\]!:$@#;，（）；：“”＝＞＜＋－＊／％　\xa0])')

_REFERENCE_REASON = "不能写单元格、区域或工作表引用，请改用数据字典中的名称"

_REASONS: Mapping[str, str] = MappingProxyType(
    {
        '"': "文字缺少右引号",
        ";": "参数之间请用英文逗号",
        "#": "不能写错误值",
        "{": "不能写数组常量",
        "}": "不能写数组常量",
        **dict.fromkeys("'[]!:$@", _REFERENCE_REASON),
    }
)

_FULL_WIDTH_REASON = "符号“{}”是全角，请改用英文半角"

_NUMBER = late(r"(\d+\.?\d*|\.\d+)(E[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)

# A word goes on to the next operator, bracket or space; 1E+5 is one word.
_TOKEN = late(
    r'\s*(?:(?P<text>"(?:[^"]|"")*")|(?P<operator>>=|<=|<>|[-+*/^&=<>%])|(?P<comma>,)|(?P<close>\))|(?P<open>\()'
    r'|(?P<call>[^\s"(),+\-*/^&=<>%]+\()|(?P<name>[1-9](?:\.[0-9]+)?[Ee][+-][0-9]+|[^\s"(),+\-*/^&=<>%]+))'
)

_CELL = late(r"[A-Z]{1,3}\d+|R\d*|C\d*|R\d*C\d*", re.ASCII | re.IGNORECASE)


class FormulaError(PackError):
    """An audit formula cannot be read (公式有误).

    Attributes:
        position: 0-based offset of the fault in `text`; the message counts from 1.
    """

    def __init__(self, reason: str, position: int, text: str) -> None:
        """Keep the parts as `args`, so that the error survives the way back from a worker process."""
        super().__init__(reason, position, text)
        self.reason, self.position, self.text = reason, position, text

    def __str__(self) -> str:
        """The Chinese sentence for the user."""
        return f"公式第 {self.position + 1} 个字符处有误：{self.reason}。公式：{self.text}"


class Token(NamedTuple):
    """A piece of the text (记号): a tuple, as a cold `check` makes six thousand of them.

    `kind` is number, text, logical, name, call (`IF(`), open, close, comma or operator.
    """

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """Offset behind the token."""
        return self.start + len(self.text)


_LOGICAL = frozenset({"TRUE", "FALSE"})


def tokens_of(text: str) -> tuple[Token, ...]:
    """Cut a formula, its leading "=" left out, into tokens with their places."""
    if len(text) > _MAX_TEXT:
        raise FormulaError(f"公式超过 {_MAX_TEXT} 个字符", _MAX_TEXT, text)
    _refuse_forbidden(text)
    lead = re.match(r"\s*=?", text)[0]  # type: ignore[index]  # always matches
    tokens = tuple(_placed_tokens(text, len(lead)))
    if not tokens:
        raise FormulaError("公式为空", len(text), text)
    operators = [token for token in tokens if token.kind == "operator"]
    joining = [b for a, b in pairwise(tokens) if b.kind == "operator" and a.kind not in _BEFORE_SIGN]
    limits = ((joining, _MAX_JOINED), (operators, _MAX_OPERATORS), (tokens, _MAX_TOKENS))
    for found, most in limits:
        if len(found) > most:
            raise FormulaError("公式过长，请拆成几条规则", found[most].start, text)
    return tokens


def _refuse_forbidden(text: str) -> None:
    for match in _STRING_OR_FORBIDDEN.finditer(text):
        sign = match["forbidden"]
        if sign:
            raise FormulaError(_REASONS.get(sign) or _FULL_WIDTH_REASON.format(sign), match.start(), text)


def _placed_tokens(text: str, start: int) -> Iterator[Token]:
    if (fault := _fault(text)) is not None:
        raise FormulaError("括号或引号不配对，或缺少运算符", fault, text)
    for found in _TOKEN.finditer(text, start):
        word, kind = found[found.lastindex or 0], str(found.lastgroup)
        place = found.end() - len(word)
        yield Token(_kind(word, place, text) if kind == "name" else kind, word, place)


def _fault(text: str) -> int | None:
    """Where a bracket closes that was not opened, or a quotation follows an operand."""
    depth = 0
    for match in re.finditer(r'(?<=[^\s(,+\-*/^&=<>%])"|"(?:[^"]|"")*"|[()]', text):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if depth < 0 or match[0] == '"':
            return match.start()
    return None


def _reads_as_number(word: str) -> bool:
    """Also what is no number of ours, like INF: it is refused as one."""
    try:
        float(word)
    except ValueError:
        return False
    return True


def _kind(word: str, place: int, text: str) -> str:
    """What a word is: a name, TRUE, or a number; anything else is refused at its place."""
    if word.isidentifier() and not word.isascii():
        return "name"
    if word.upper() in _LOGICAL:
        return "logical"
    if _reads_as_number(word):
        if not _is_number(word):
            raise FormulaError(f"“{word}”不是数", place, text)
        return "number"
    if _CELL.fullmatch(word):
        raise FormulaError(_REFERENCE_REASON, place, text)
    if not word.isidentifier():
        raise FormulaError(f"“{word}”不是名称，也不是数", place, text)
    return "name"


def _is_number(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text)) and Decimal(text).adjusted() <= MAX_MAGNITUDE


class Parser:
    """Reads the tokens once, from left to right, by precedence climbing."""

    def __init__(self, text: str, tokens: tuple[Token, ...]) -> None:
        """Start before the first token."""
        self.text, self.tokens = text, tokens
        self.index = self.nesting = 0

    def parse(self) -> Node:
        """The tree of the whole formula."""
        node = self._expression(1)
        if self._token:
            self._fail("此处缺少运算符")
        return node

    @property
    def _token(self) -> Token | None:
        return self.tokens[self.index] if self.index < len(self.tokens) else None

    def _take(self, *kinds: str) -> Token | None:
        token = self._token
        if token is None or token.kind not in kinds:
            return None
        self.index += 1
        return token

    def _fail(self, reason: str) -> NoReturn:
        position = self._token.start if self._token else len(self.text)
        raise FormulaError(reason, position, self.text)

    def _expression(self, lowest: int) -> Node:
        left = self._operand()
        while (level := self._level()) >= lowest:
            sign = self.tokens[self.index].text
            self.index += 1
            right = self._expression(level + 1)
            left = Binary(left.start, right.end, sign, left, right)
        return left

    def _level(self) -> int:
        token = self._token
        return LEVELS.get(token.text, 0) if token and token.kind == "operator" else 0

    def _operand(self) -> Node:
        # Excel binds a sign more tightly than ^: -2^2 is 4.
        signs: list[Token] = []
        while self._token and self._token.kind == "operator" and self._token.text in "+-":
            signs.append(self._token)
            self.index += 1
        node = self._primary()
        for sign in reversed(signs):
            node = Unary(sign.start, node.end, sign.text, node)
        while self._token and self._token.kind == "operator" and self._token.text == "%":
            node = Unary(node.start, self._token.end, "%", node)
            self.index += 1
        return node

    def _primary(self) -> Node:
        token = self._take("number", "text", "logical", "name", "call", "open")
        if token is None:
            self._fail("此处缺少数、名称或函数")
        if token.kind == "name":
            return Name(token.start, token.end, token.text)
        if token.kind in {"call", "open"}:
            return self._bracketed(token)
        return Literal(token.start, token.end, _literal(token))

    def _bracketed(self, opening: Token) -> Node:
        self.nesting += 1
        if self.nesting > _MAX_NESTING:
            raise FormulaError(f"括号嵌套超过 {_MAX_NESTING} 层", opening.start, self.text)
        call = opening.kind == "call"
        nodes = self._arguments() if call else (self._expression(1),)
        closing = self._take("close")
        if closing is None:
            self._fail("此处缺少右括号或运算符")
        self.nesting -= 1
        if call and not nodes and opening.text[:-1].upper() in _LOGICAL:  # as LibreOffice writes the constants
            return Literal(opening.start, closing.end, _is_true(opening.text[:-1]))
        if call:
            return Call(opening.start, closing.end, opening.text[:-1], nodes)
        return replace(nodes[0], start=opening.start, end=closing.end)

    def _arguments(self) -> tuple[Node, ...]:
        if self._token and self._token.kind == "close":
            return ()
        nodes = [self._expression(1)]
        while self._take("comma"):
            nodes.append(self._expression(1))
        return tuple(nodes)


def _is_true(word: str) -> bool:
    return word.upper() == "TRUE"


def _literal(token: Token) -> Scalar:
    if token.kind == "text":
        return token.text[1:-1].replace('""', '"')
    return _is_true(token.text) if token.kind == "logical" else Decimal(token.text)
