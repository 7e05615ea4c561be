"""Totals against the parts named behind them in the same passage (其中、包括、分别为…): 合计 A，其中：B、C.

其中 promises no complete list, so parts that fall short are at most a 提示, unless the words say that this is
all (由…组成, 分别为) or the parts are known to be complete (基本支出 and 项目支出). Parts that exceed the
whole are wrong in any case. Figures that compare, forecast or overlap make a list unusable, not wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate, combinations
from typing import TYPE_CHECKING

from toolkit.findings import Severity
from toolkit.money import plain
from toolkit.prose_findings import Judged, ProseFinding, Sides, bad, gap_text, good, quote
from toolkit.prose_numbers import Quantity, What
from toolkit.prose_report import concept_of
from toolkit.prose_sums import CENT, slack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from toolkit.prose_report import Report, Sentence
    from toolkit.prose_settings import ProseSettings

_MARK = re.compile(
    r"(?P<word>其中|包括|包含|分别为|分别是|具体为|具体是|具体包括|由(?=[^。]{4,120}(?:组成|构成)))\s*[:：，,]?|[（(]"
)
_BETWEEN = re.compile(r"[，,。；;：:（(\s]*(?:主要|具体)?")
_NESTED = re.compile(r"其中|包括|包含|具体为|含")
_WHOLE_LIST = re.compile(r"组成|构成")
_EACH = frozenset({"组成", "分别为", "分别是", "具体为", "具体是"})
_ALL_OF_IT = frozenset({"包括", "包含", "具体包括"})
_OPEN_END = re.compile(r"等(?!级|次|候|于|额|保)|主要|例如|如[:：]|以及其他|之类")
_COMPARED = re.compile(r"同比|[比较]|增加|减少|增长|下降|节约|压减|上升|降低|提高|超支|超出")
_OTHER_MONEY = re.compile(
    r"预算|上年|去年|结转|结余|[占每]|人均|平均|标准|不超过|计划|目标|政府采购|调整|追加|追减|完成率|20\d\d年|含|剩余|合计|小计|共计|扣除"
)
_TOTAL_WORD = re.compile(r"(?:合计|总计|共计|总额|共)(?:为|是|达|达到)?$")
_NEW_SUBJECT = re.compile(r"本年|全年|年末|年初|总|当年|决算|收入合计|支出合计|收入总|支出总|实有|在职|编制|退休")
_STAFF = re.compile(r"行政|事业|工勤|参公|机关|公务员|全额|差额")
_STAFF_TOTAL = re.compile(r"编制|实有|在职|在编|人员")
_MOST_PARTS = 12


@dataclass(frozen=True, slots=True)
class PartList:
    """A total and the parts behind it (合计及分项).

    Attributes:
        clean: every figure of the list is a plain part; compared ones were set aside.
        complete: the words, or what the parts are, say that nothing else belongs to the total.
        nested: a further 其中 follows, so later figures may belong to either.
    """

    sentence: Sentence
    total: Quantity
    head: str
    parts: tuple[tuple[str, Quantity], ...]
    clean: bool
    mark: str
    open_end: bool
    nested: bool


def check_parts(report: Report) -> Iterator[Judged]:
    """Every passage that names a total and its parts."""
    for sentence in report.sentences:
        for found in part_lists(sentence):
            yield from _judged(found, report.settings)


def part_lists(sentence: Sentence) -> Iterator[PartList]:
    """The lists of one sentence."""
    for mark in _MARK.finditer(sentence.text):
        total = next((q for q in reversed(sentence.quantities) if q.end <= mark.start()), None)
        if total is None or total.rough or total.what not in {What.MONEY, What.COUNT}:
            continue
        bracket = mark["word"] is None
        gap = sentence.text[total.end : mark.start()]
        head = sentence.head(total)
        if (gap if bracket else not _BETWEEN.fullmatch(gap)) or _COMPARED.search(head):
            continue
        end = _end_of_list(sentence.text, mark, bracket=bracket or "（" in gap or "(" in gap)
        yield _list(sentence, total, head, mark, end)


def _end_of_list(text: str, mark: re.Match[str], *, bracket: bool) -> int:
    """A list in brackets ends with them; any other with the sentence."""
    if not bracket:
        return len(text)
    depth = 1
    for place in range(mark.end(), len(text)):
        depth += {"（": 1, "(": 1, "）": -1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place
    return len(text)


def _list(sentence: Sentence, total: Quantity, head: str, mark: re.Match[str], end: int) -> PartList:
    text = sentence.text[mark.end() : end]
    inner = _NESTED.search(text)
    parts: list[tuple[str, Quantity]] = []
    clean = True
    for quantity in sentence.quantities:
        if not mark.end() <= quantity.start < end or quantity.what is not total.what:
            continue
        before = sentence.text[mark.end() : quantity.start]
        if before.count("（") + before.count("(") > before.count("）") + before.count(")"):
            continue  # a remark in brackets
        name = sentence.head(quantity).strip(" “”‘’和及与以")
        name = name.rpartition("其中")[2].strip("：:，, ") or name
        if _COMPARED.search(sentence.head(quantity)):
            continue
        if inner and quantity.start >= mark.end() + inner.start():
            continue
        if parts and _starts_anew(head, name):
            break
        clean = clean and bool(name) and not quantity.rough and not _OTHER_MONEY.search(name)
        clean = clean and quantity.unit == total.unit and quantity.value >= 0
        parts.append((name, quantity))
    word = (mark["word"] or "其中") if not _WHOLE_LIST.search(text) or mark["word"] != "由" else "组成"
    tail = sentence.text[max(0, mark.start() - 3) : end]
    return PartList(sentence, total, head, tuple(parts), clean, word, bool(_OPEN_END.search(tail)), inner is not None)


def _starts_anew(head: str, name: str) -> bool:
    """A figure that speaks of something else than the total before it."""
    crossed = ("收入" in head and "支出" in name) or ("支出" in head and "收入" in name)
    return crossed or _NEW_SUBJECT.match(name) is not None


def _judged(found: PartList, settings: ProseSettings) -> Iterator[Judged]:
    values = [q.value for _, q in found.parts]
    if not values or len(values) > _MOST_PARTS:
        return
    rule, complete = _kind(found, settings)
    allowed = slack([found.total.step, *(q.step for _, q in found.parts)])
    sums = list(accumulate(values))
    if any(abs(s - found.total.value) <= CENT for s in sums[1:]):
        yield good(rule)
        return
    if not found.clean or found.nested or _some_add_up(values, found.total.value):
        return
    sides = Sides(found.total.value, sums[-1], CENT)
    severity = _severity(found, sides, allowed, complete=complete)
    if severity is None:
        return
    yield bad(_finding(rule, severity, found, sides))


def _some_add_up(values: list[Decimal], total: Decimal) -> bool:
    """Some of the figures make up the total exactly: the others say something else of it."""
    sizes = range(2, len(values))
    return any(abs(sum(chosen) - total) <= CENT for size in sizes for chosen in combinations(values, size))


def _kind(found: PartList, settings: ProseSettings) -> tuple[str, bool]:
    """The rule that a list belongs to, and whether its parts are all that there can be."""
    if found.total.what is What.COUNT:
        return "B26", bool(_STAFF_TOTAL.search(found.head)) and all(_STAFF.search(n) for n, _ in found.parts)
    total = concept_of(found.head, settings, counts=False)[0]
    names = {c.name for n, _ in found.parts if (c := concept_of(n, settings, counts=False)[0]) is not None}
    for rule in settings.sums:
        if (total is None or total.name == rule.total) and len(names & set(rule.parts)) >= rule.needs:
            return rule.rule, len(names & set(rule.parts)) == len(found.parts) == len(rule.parts)
    return ("A13" if "项目" in found.head or "专项" in found.head else "D69"), False


def _severity(found: PartList, sides: Sides, allowed: Decimal, *, complete: bool) -> Severity | None:
    """How bad a gap is; None where the list may simply be partial."""
    counts, several = found.total.what is What.COUNT, len(found.parts) > 1
    if sides.gap <= allowed:
        steps = [found.total.step, *(q.step for _, q in found.parts)]
        return Severity.NOTICE if max(steps) <= CENT else None
    if counts and not complete:
        return None
    if sides.right > sides.left:
        return Severity.ERROR if several or complete else None
    if not several or found.open_end:
        return None
    return Severity.NOTICE if counts else _too_little(found, complete=complete)


def _too_little(found: PartList, *, complete: bool) -> Severity | None:
    totalled = _TOTAL_WORD.search(found.head) is not None
    if complete or found.mark in _EACH or (found.mark in _ALL_OF_IT and totalled):
        return Severity.ERROR
    if found.mark in _ALL_OF_IT:
        return Severity.WARNING
    return Severity.NOTICE if totalled else None


def _finding(rule: str, severity: Severity, found: PartList, sides: Sides) -> ProseFinding:
    unit = found.total.unit or "万元"
    listed = "＋".join(q.text for _, q in found.parts)
    told = "超过了合计" if sides.right > sides.left else "少于合计"
    fact = f"合计 {found.total.text}，列出的 {listed}＝{plain(sides.right)}{unit}，分项{told}，{gap_text(sides, unit)}"
    marks = [found.total, *(q for _, q in found.parts)]
    action = "请核对各分项" if sides.right > sides.left else "请核对各分项；只列了一部分的，请写明“主要”或“等”"
    quoted = quote(found.sentence.text, marks)
    return ProseFinding(rule, severity, found.sentence.paragraph, quoted, fact, f"{action}。", sides)
