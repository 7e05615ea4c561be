"""Sentences (句), and figures as a reader takes them (数的身份): a size, a change, last year's, a share, a rate.

A passage is one paragraph (a very long one is cut at a full stop). Every mention knows the words of its own clause
(`head`), all words since the figure before (`gap`), its sentence and the depth of brackets that it stands in.
"""

from __future__ import annotations

from enum import StrEnum
from itertools import accumulate
from typing import TYPE_CHECKING

from toolkit.audit.prose.reading.grammar import MEASURES
from toolkit.audit.prose.reading.numbers import Quantity, What
from toolkit.core.kept import Memo
from toolkit.core.light import dataclass, field
from toolkit.core.patterns import late

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator

    from toolkit.audit.prose.reading.grammar import Grammar

_CLAUSE_ENDS = late(r"(?s:.*)[，,；;。！？!?：:（(）)|]")  # up to the last one

_IN_NAME = late(r"[（(][\u4e00-\u9fff]{1,2}[）)](?=[\u4e00-\u9fff])")  # 因公出国（境）费 is one name

# 公用经费（一般商品和服务支出）本年支出
_ASIDE = late(r"(?<=[\u4e00-\u9fff”])[（(][^（）()\d。；]{3,30}[）)](?=[\u4e00-\u9fff])")

_SPACES = late(r"\s+")

_QUOTES = late("[“”‘’\"']")

_YEAR = late(r"(?<!\d)(20\d\d)年")

_LONGEST_GAP, _LONGEST_PASSAGE, _LOOKED_AHEAD = 240, 2000, 12

_AND = frozenset({"、", "和", "及", "与", "以及", "，", ","})

_SAME_UNIT = {"名": "人", "位": "人"}

_PER = late(rf"[/／][{MEASURES}年月日天]|每")

_OF = late(r"[\u4e00-\u9fff]{0,4}的[^，；。\d]{0,6}\d")  # 占已下达 100 亿元资金的 60%

_BEHIND = late(r"(?:因素|部分)?[以之]?后")  # 剔除 X 后

_THE = late(r"[\u4e00-\u9fff]{0,4}的(?:比重|比例)?(?:约?为|达到?)?$")

_HEAD_ENDS = late(r"(?s:.*)[，,；;。：:、（(）)|]")

_LIST_MARK = late(r"其中|包括|包含")

_NAMED_YEAR = late(r"(?<!\d)(20\d\d)\s*年")

_TITLES = late(r"《[^《》]*》")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence (句): its paragraph, its text, its quantities, and the headings above it.

    `text` has every sign in one width (fold), `printed` is the same as it stands in the file.
    """

    paragraph: int
    text: str
    quantities: tuple[Quantity, ...]
    headings: tuple[str, ...]
    before: str
    row: bool = False
    offset: int = 0
    printed: str = ""
    memo: Memo = field(default_factory=Memo)

    def head(self, quantity: Quantity) -> str:
        """What stands before a quantity in its clause: back to the last punctuation or number."""
        return self.memo.once(quantity.start, lambda: self._head(quantity))

    def _head(self, quantity: Quantity) -> str:
        start = 0
        for before in self.quantities:
            if before.start >= quantity.start:
                break
            start = start if before.what is What.YEAR else before.end
        return _last_clause(self.text[start : quantity.start], _HEAD_ENDS)

    def total_above(self, quantity: Quantity) -> str:
        """What the figure is called that a list (其中…) with this quantity opens behind; "" outside of lists."""
        marks = [m.start() for m in _LIST_MARK.finditer(self.text, 0, quantity.start)]
        kinds = {What.MONEY, What.COUNT}
        totals = [q for q in self.quantities if marks and q.end <= marks[-1] and q.what in kinds]
        return self.head(totals[-1]) if totals else ""

    def year(self, quantity: Quantity) -> int | None:
        """The last year named in the paragraph before a quantity."""
        text = _TITLES.sub("", self.before + self.text[: quantity.start])
        found = _NAMED_YEAR.findall(text)
        return int(found[-1]) if found else None


class Role(StrEnum):
    """What a figure says (数的作用)."""

    LEVEL = "level"
    CHANGE = "change"  # 增加 50 万元
    GROWTH = "growth"  # 增长 11 %
    BASE = "base"  # 比上年 450 万元
    WHOLE = "whole"  # 占总支出 1000 万元的, 完成预算 100 万元的
    SHARE = "share"  # 占 60 %
    DONE = "done"  # 完成预算的 95 %
    RATE = "rate"  # 审结率 95 %
    POINTS = "points"  # 提高 3 个百分点
    PRICE = "price"  # 人均 500 元
    MARK = "mark"  # 突破 2 万亿元


@dataclass(frozen=True, slots=True)
class Mention:
    """One figure of a passage.

    Attributes:
        place: its number in the passage, from 0.
        up: the direction of a change; None where it has none.
        sentence: the number of its sentence in the passage.
        year: the year last named before it in its paragraph.
    """

    quantity: Quantity
    place: int
    role: Role
    head: str
    gap: str
    up: bool | None
    depth: int
    sentence: int
    year: int | None
    paragraph: int

    @property
    def where(self) -> tuple[int, int]:
        """Paragraph and place of the figure: what tells it from every other."""
        return self.paragraph, self.quantity.start

    def alike(self, other: Mention) -> bool:
        """Both count the same kind of thing."""
        one, two = self.quantity, other.quantity
        if one.unit == two.unit or one.what is not two.what:
            return one.what is two.what
        return _SAME_UNIT.get(one.unit, one.unit) == _SAME_UNIT.get(two.unit, two.unit)


@dataclass(frozen=True, eq=False, slots=True)
class Passage:
    """A paragraph with its figures, in order (段落与其中的数)."""

    paragraph: int
    text: str
    mentions: tuple[Mention, ...]
    headings: tuple[str, ...]
    row: bool
    printed: str

    def has(self, mention: Mention) -> bool:
        """Whether a figure stands in this paragraph."""
        return 0 <= mention.place < len(self.mentions) and self.mentions[mention.place] is mention

    def between(self, first: Quantity, second: Quantity) -> str:
        """The text between two figures, without spaces."""
        return _SPACES.sub("", self.text[first.end : second.start])

    def at_once(self, figures: Iterable[Mention], *, until: int = 0) -> bool:
        """One breath says these: one sentence, no semicolon between them, all within or all without a bracket.

        `until`: also the words up to there. What stands further apart may speak of two things.
        """
        own = sorted(figures, key=lambda m: m.quantity.start)
        if not own or not all(self.has(m) and m.sentence == own[0].sentence for m in own):
            return False
        depths = {m.depth for m in own}
        said = self.text[own[0].quantity.end : max(own[-1].quantity.start, until)]
        return len(depths) == 1 and "；" not in said and ";" not in said and not _left_bracket(said)

    def after(self, quantity: Quantity, length: int = 24) -> str:
        """What follows a figure."""
        return _SPACES.sub("", self.text[quantity.end : quantity.end + length])

    def levels(self, before: int, like: Mention) -> Iterator[Mention]:
        """The sizes of the kind of `like` that stand before a place, nearest first."""
        for mention in reversed(self.mentions[:before]):
            if mention.role is Role.LEVEL and mention.alike(like):
                yield mention


def _left_bracket(said: str) -> bool:
    """The words leave the bracket in which they begin."""
    depths = accumulate((sign in "（(") - (sign in "）)") for sign in said)
    return min(depths, default=0) < 0


def passages(sentences: Iterable[Sentence], grammar: Grammar) -> Iterator[Passage]:
    """The sentences of a report, put together by paragraph."""
    pending: list[Sentence] = []
    size = 0
    for sentence in sentences:
        if pending and (sentence.paragraph != pending[0].paragraph or size > _LONGEST_PASSAGE):
            yield _passage(pending, grammar)
            pending, size = [], 0
        pending.append(sentence)
        size += len(sentence.text)
    if pending:
        yield _passage(pending, grammar)


def _passage(sentences: list[Sentence], grammar: Grammar) -> Passage:
    first, mentions = sentences[0], list[Mention]()
    text = "".join(s.text for s in sentences)
    shift, end, depth = 0, 0, 0
    year: int | None = None
    for number, sentence in enumerate(sentences):
        for quantity in sentence.quantities:
            found = quantity._replace(start=quantity.start + shift, end=quantity.end + shift) if shift else quantity
            if found.what is What.YEAR:
                year = int(found.value)
                continue
            gap = text[max(end, found.start - _LONGEST_GAP) : found.start]
            depth = max(0, depth + gap.count("（") + gap.count("(") - gap.count("）") - gap.count(")"))
            place = _Place(number, depth, year, text[found.end : found.end + _LOOKED_AHEAD], first.paragraph)
            mentions.append(_mention(found, gap, place, mentions, grammar))
            end = found.end
        shift += len(sentence.text)
    printed = "".join(s.printed for s in sentences)
    return Passage(first.paragraph, text, tuple(mentions), first.headings, first.row, printed)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a figure stands: its sentence, the brackets around it, the year last named, and what follows."""

    sentence: int
    depth: int
    year: int | None
    after: str
    paragraph: int


def _mention(quantity: Quantity, gap: str, place: _Place, before: list[Mention], grammar: Grammar) -> Mention:
    gap = _QUOTES.sub("", _SPACES.sub("", gap))
    head = clause(gap)
    if before and gap in _AND and before[-1].quantity.what is quantity.what:  # 分别增加 5 万元、6 万元
        role, up, head = before[-1].role, before[-1].up, ""
    else:
        role, up = _role(quantity, gap, place.after, before, grammar)
        if role is Role.BASE and _is_own(quantity, head, place.after, before, grammar):
            role = Role.LEVEL
    return Mention(quantity, len(before), role, head, gap, up, place.depth, place.sentence, place.year, place.paragraph)


def _is_own(quantity: Quantity, head: str, after: str, before: list[Mention], grammar: Grammar) -> bool:
    """去年完成 A，同比增加: the first of its kind, compared with something itself; last year is the year told of."""
    first = all(m.quantity.what is not quantity.what for m in before)
    return first and grammar.past.match(head) is not None and grammar.compare.search(after) is not None


def clause(gap: str) -> str:
    """The last clause of what stands before a figure; 因公出国（境）费 stays whole."""
    return _last_clause(gap, _CLAUSE_ENDS)


def _last_clause(text: str, ends: re.Pattern[str]) -> str:
    """Names with a bracket in them stay whole, asides on a name are left out."""
    masked = text
    if "）" in text or ")" in text:
        text = _ASIDE.sub("", text)
        masked = _IN_NAME.sub(lambda m: "□" * len(m[0]), text)
    last = ends.match(masked)
    return text[last.end() :] if last else text


def _role(
    quantity: Quantity, gap: str, after: str, before: list[Mention], grammar: Grammar
) -> tuple[Role, bool | None]:
    head = clause(gap)
    if quantity.what is What.POINTS:
        return Role.POINTS, direction(grammar.gauged.search(head))
    if quantity.what is What.PERCENT:
        return _role_of_rate(head, gap, before, grammar)
    if quantity.what is What.SCORE:
        return _role_of_score(head, grammar)
    return _role_of_size(head, after, grammar)


def _role_of_size(head: str, after: str, grammar: Grammar) -> tuple[Role, bool | None]:
    passed = grammar.passed.search(head)
    if passed or grammar.price.search(head) or _PER.match(after):
        return (Role.MARK if passed else Role.PRICE), None
    if _OF.match(after) and (grammar.share.search(head) or grammar.done.search(head)):
        return Role.WHOLE, None
    if grammar.towards.search(head):
        return Role.LEVEL, None
    move = grammar.move.search(head) or grammar.moved_by.search(head)
    taken = grammar.deducted.match(head) is not None and _BEHIND.match(after) is not None
    if move or taken:
        return Role.CHANGE, False if taken else direction(move)
    if grammar.base.search(head) or (grammar.compared.search(head) and grammar.moved_after.match(after)):
        return Role.BASE, None
    return Role.LEVEL, None


def _role_of_rate(head: str, gap: str, before: list[Mention], grammar: Grammar) -> tuple[Role, bool | None]:
    after_change = gap in {"（", "("} and bool(before) and before[-1].role is Role.CHANGE
    if not head and after_change:
        return Role.GROWTH, before[-1].up  # 减少 X（R%）
    if _THE.fullmatch(head) and before and before[-1].role is Role.WHOLE:
        return (Role.SHARE if grammar.share.search(before[-1].head) else Role.DONE), None
    if grammar.saved_rate.search(head):
        return Role.RATE, None
    share = grammar.share.search(head)
    whole = (share["whole"] or "") if share else ""
    summed = grammar.flow(whole) and grammar.words("total_words").search(whole)
    if summed or grammar.planned.sub("", stem(whole, grammar)):
        return Role.SHARE, None  # 占政府采购预算的, 占支出总预算的, but not 占年初预算的
    known = ((grammar.towards, Role.LEVEL), (grammar.done_by_name, Role.DONE), (grammar.move, Role.GROWTH))
    others = ((grammar.done, Role.DONE), (grammar.share, Role.SHARE), (grammar.base, Role.BASE))
    for pattern, role in (*known, *others):
        if match := pattern.search(head):
            return role, direction(match) if role is Role.GROWTH else None
    return Role.RATE, None


def _role_of_score(head: str, grammar: Grammar) -> tuple[Role, bool | None]:
    if grammar.lost.search(head):
        return Role.CHANGE, False
    return (Role.WHOLE if grammar.full.search(head) else Role.LEVEL), None


def direction(move: re.Match[str] | None) -> bool | None:
    """Up or down, by the group that a pattern of the grammar found; None for neither."""
    found = move.groupdict() if move else {}
    if any(found.get(name) for name in ("up", "over", "faster")):
        return True
    return False if any(found.get(name) for name in ("down", "under", "slower")) else None


def stem(words: str, grammar: Grammar) -> str:
    """What remains of a name when words that any name may have are taken away."""
    return grammar.idle.sub("", words)
