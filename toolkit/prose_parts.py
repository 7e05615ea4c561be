"""Passages that name a total and its parts (合计及分项): 合计 A，其中：B、C. Found here, judged in `prose_totals`.

A list ends where the text speaks of something else. Figures that compare (比上年增加 5 万元) or stand in
brackets are remarks on a part; forecasts and other views of the money make a list unclean.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolkit.prose_numbers import Quantity, What, read_quantities
from toolkit.prose_report import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARK = re.compile(
    r"(?P<word>其中|具体包括|包括|包含|分别为|分别是|具体为|具体是|由(?=[^。]{4,120}(?:组成|构成)))\s*[:：，,]?|(?P<colon>(?<=元)[:：])|[（(]"
)
_BETWEEN = re.compile(r"[，,。；;：:（(\s]*(?:主要|具体)?")
_NOTHING = re.compile("")
_REMARK = re.compile(r"[^。；;]{0,24}")
_NESTED = re.compile(r"其中|包括|包含|具体为|含")
_WHOLE_LIST = re.compile(r"组成|构成")
_OPEN_END = re.compile(r"等(?!级|次|候|于|额|保)|主要|例如|如[:：]|以及其他|之类|其余")
_COMPARED = re.compile(r"同比|[比较]|增加|减少|增长|下降|节约|压减|上升|降低|提高|超支|超出")
_OTHER_MONEY = re.compile(
    r"预算(?!财政拨款|拨款|收入|支出|资金)|[上去]年(?!度?结转|度?结余)|[占每]|人均|平均|标准|不超过|计划|目标|政府采购|"
    r"调整|追加|追减|完成率|20\d\d年|含|剩余|合计|小计|共计|扣除"
)
_NEW_SUBJECT = re.compile(
    r"(?:本年|全年|当年)度?(?:总|实际|共)?(?:支出|收入|执行)|年末|总|决算|另|此外|还有|不含|结转|结余|收入合计|支出合计|收入总|支出总|实有|在职|编制|退休"
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part (分项): how it is called, its figure, and the share of the total that the text gives it."""

    name: str
    quantity: Quantity
    share: Quantity | None = None


@dataclass(frozen=True, slots=True)
class PartList:
    """A total and the parts behind it.

    Attributes:
        clean: every figure of the list is a plain part.
        mark: the word that opens the list; 组成 for 由…组成.
        open_end: the text says that there are others (等, 主要).
        nested: a further 其中 follows, so later figures may belong to either.
    """

    sentence: Sentence
    total: Quantity
    head: str
    parts: tuple[Part, ...]
    clean: bool
    mark: str
    open_end: bool
    nested: bool


def part_lists(sentence: Sentence, before: Sentence | None = None) -> Iterator[PartList]:
    """The lists of one sentence; one that opens with 其中 speaks of the last figure of the sentence `before`."""
    if before is not None and before.quantities and (opening := _MARK.match(sentence.text)) and opening["word"]:
        joined = before.text + sentence.text
        both = Sentence(sentence.paragraph, joined, read_quantities(joined), sentence.headings, before.before)
        yield from (found for found in part_lists(both) if found.parts[0].quantity.start >= len(before.text))
        return
    for mark in _MARK.finditer(sentence.text):
        total = _total(sentence, mark)
        if total is not None:
            bracket = mark[0] in "（(" or "（" in sentence.text[total.end : mark.start()]
            end = _end_of_list(sentence.text, mark, bracket=bracket)
            found = _list(sentence, total, mark, end)
            if found.parts:
                yield found


def _total(sentence: Sentence, mark: re.Match[str]) -> Quantity | None:
    """The figure right before a mark, remarks (比上年增加…, 占…) set aside; None where there is none."""
    remarks = False
    for quantity in reversed(sentence.quantities):
        if quantity.end > mark.start() or quantity.what is What.YEAR:
            continue
        head = sentence.head(quantity)
        if quantity.what in {What.PERCENT, What.POINTS} or (_COMPARED.search(head) and quantity.what is What.MONEY):
            remarks = True
            continue
        gap = sentence.text[quantity.end : mark.start()]
        fits = (_NOTHING if mark["word"] is None or mark["colon"] else _REMARK if remarks else _BETWEEN).fullmatch(
            gap
        ) is not None
        plainly = quantity.what in {What.MONEY, What.COUNT} and not quantity.rough and not _COMPARED.search(head)
        return quantity if fits and plainly else None
    return None


def _end_of_list(text: str, mark: re.Match[str], *, bracket: bool) -> int:
    """A list in brackets ends with them; any other with the sentence."""
    depth = 1
    for place in range(mark.end(), len(text) if bracket else mark.end()):
        depth += {"（": 1, "(": 1, "）": -1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place
    return len(text)


def _list(sentence: Sentence, total: Quantity, mark: re.Match[str], end: int) -> PartList:
    text, head = sentence.text[mark.end() : end], sentence.head(total)
    inner = _NESTED.search(text)
    last = min(end, mark.end() + inner.start()) if inner else end
    parts: list[Part] = []
    clean = True
    for quantity in sentence.quantities:
        before = sentence.text[mark.end() : quantity.start]
        if not mark.end() <= quantity.start < last or quantity.what is not total.what or _in_brackets(before):
            continue
        own = min(sentence.head(quantity), before, key=len)
        name = own.strip(" “”‘’和及与以：:，,、")
        if _COMPARED.search(own):
            continue
        if parts and _starts_anew(head, name):
            break
        clean = clean and bool(name) and not quantity.rough and not _OTHER_MONEY.search(name)
        clean = clean and quantity.unit == total.unit and quantity.value >= 0
        parts.append(Part(name, quantity, _share_of(sentence, quantity)))
    word = "组成" if mark["word"] == "由" and _WHOLE_LIST.search(text) else (mark["word"] or "其中")
    open_end = _OPEN_END.search(sentence.text[max(0, mark.start() - 3) : end]) is not None
    return PartList(sentence, total, head, tuple(parts), clean, word, open_end, inner is not None)


def _in_brackets(before: str) -> bool:
    return before.count("（") + before.count("(") > before.count("）") + before.count(")")


def _share_of(sentence: Sentence, part: Quantity) -> Quantity | None:
    """占 37.8% right behind a part."""
    share = next((q for q in sentence.quantities if q.start >= part.end), None)
    if share is None or share.what is not What.PERCENT or share.rough:
        return None
    return share if re.match("[，,（(]?占", sentence.text[part.end : share.start]) else None


def _starts_anew(head: str, name: str) -> bool:
    """A figure that speaks of something else than the total before it."""
    crossed = ("收入" in head and "支出" in name) or ("支出" in head and "收入" in name)
    return crossed or _NEW_SUBJECT.match(name) is not None
