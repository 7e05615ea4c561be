"""Totals against the parts named behind them (合计与分项核对): A02, A13, A15, A16, B26–B28, others as D69.

其中 promises no complete list, so parts that fall short are at most a 提示, unless the words say that this is
all (由…组成, 分别为), the shares given add up to 100 %, or the parts are known to be complete (基本支出 and
项目支出). Parts that exceed the whole are wrong in any case.

Passages that name a total and its parts (合计及分项): 合计 A，其中：B、C. Found here, judged in `prose_totals`.

A list ends where the text speaks of something else. Figures that compare (比上年增加 5 万元) or stand in
brackets are remarks on a part; forecasts and other views of the money make a list unclean.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate, combinations
from typing import TYPE_CHECKING

from toolkit.audit.prose.checks.sums import CENT, slack
from toolkit.audit.prose.reading import (
    Judged,
    ProseFinding,
    Quantity,
    Sentence,
    Sides,
    What,
    bad,
    concept_of,
    gap_text,
    good,
    quote,
    read_quantities,
)
from toolkit.core.findings import Severity
from toolkit.core.money import plain, round_half_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.audit.prose.reading import Report
    from toolkit.pack import ProseSettings

_EACH = frozenset({"组成", "分别为", "分别是", "具体为", "具体是"})

_ALL_OF_IT = frozenset({"包括", "包含", "具体包括"})

_TOTAL_WORD = re.compile(r"(?:合计|总计|共计|总额|共)(?:为|是|达|达到)?$")

_STAFF = re.compile(r"行政|事业|工勤|参公|机关|公务员|全额|差额")

_STAFF_TOTAL = re.compile(r"编制|实有|在职|在编|人员")

_MOST_PARTS = 12

_HUNDRED, _SHARES_SLACK = Decimal(100), Decimal("0.5")


def check_totals(report: Report) -> Iterator[Judged]:
    """Every passage that names a total and its parts."""
    before = None
    for sentence in report.sentences:
        same = before is not None and before.paragraph == sentence.paragraph
        for found in part_lists(sentence, before if same else None):
            yield from _judged(found, report.settings)
        before = sentence


def _judged(found: PartList, settings: ProseSettings) -> Iterator[Judged]:
    values = [p.quantity.value for p in found.parts]
    if len(values) > _MOST_PARTS:
        return
    rule, complete, known = _kind(found, settings)
    complete = complete or _shares_complete(found.parts)
    sums = list(accumulate(values))
    if any(abs(s - found.total.value) <= CENT for s in sums[1:]):
        yield good(rule)
        yield from _shares(found)
        return
    if not found.clean or found.nested or _some_add_up(values, found.total.value):
        return
    sides = Sides(found.total.value, sums[-1], CENT, found.total.unit)
    severity = _severity(found, sides, complete=complete, known=known)
    if severity is not None:
        yield bad(_finding(rule, severity, found, sides))


def _some_add_up(values: list[Decimal], total: Decimal) -> bool:
    """Some of the figures make up the total exactly: the others say something else of it."""
    sizes = range(2, len(values))
    return any(abs(sum(chosen) - total) <= CENT for size in sizes for chosen in combinations(values, size))


def _shares_complete(parts: tuple[Part, ...]) -> bool:
    """Every part has its share, and the shares make 100 %."""
    shares = [p.share.value for p in parts if p.share is not None]
    return len(shares) == len(parts) > 1 and abs(sum(shares) - _HUNDRED) <= _SHARES_SLACK


def _shares(found: PartList) -> Iterator[Judged]:
    """D67: the shares of a list that adds up, against part and total; judged only where the others agree."""
    given = [(p, p.share, _share_slack(p, found)) for p in found.parts if p.share is not None]
    wrong = [(p, s) for p, s, off in given if off]
    if len(given) > 1 and len(wrong) == 1:
        part, share = wrong[0]
        right = round_half_up(part.quantity.value / found.total.value * _HUNDRED, 2)
        sides = Sides(share.value, right, share.step / 2, "%")
        fact = (
            f"“{part.name}”的占比写的是 {share.text}，按 {part.quantity.text}÷{found.total.text} 应为 {plain(right)}%，"
            f"相差 {plain(sides.gap)} 个百分点（容差 {plain(sides.tolerance)}）"
        )
        quoted = quote(found.sentence.text, [part.quantity, share])
        yield bad(
            ProseFinding("D67", Severity.ERROR, found.sentence.paragraph, quoted, fact, "请核对金额和占比。", sides)
        )


def _share_slack(part: Part, found: PartList) -> bool:
    """Whether a share is off by more than rounding or cutting explains."""
    if part.share is None or not found.total.value:
        return False
    over = part.quantity.value / found.total.value * _HUNDRED - part.share.value
    return not (abs(over) <= part.share.step / 2 + CENT or 0 <= over < part.share.step)


def _kind(found: PartList, settings: ProseSettings) -> tuple[str, bool, bool]:
    """The rule of a list; whether its parts are all that there can be; whether they are of a known sum."""
    if found.total.what is What.COUNT:
        staff = bool(_STAFF_TOTAL.search(found.head)) and all(_STAFF.search(p.name) for p in found.parts)
        return "B26", staff, staff
    total = concept_of(found.head, settings, counts=False)
    names = {c.name for p in found.parts if (c := concept_of(p.name, settings, counts=False)) is not None}
    given = sum(p.quantity.value != 0 for p in found.parts)
    for rule in settings.sums:
        shared = len(names & set(rule.parts))
        if (total is None or total.name == rule.total) and shared >= max(given, 2):
            return rule.rule, shared == len(rule.parts), True
    return ("A13" if "项目" in found.head or "专项" in found.head else "D69"), False, False


def _severity(found: PartList, sides: Sides, *, complete: bool, known: bool) -> Severity | None:
    """How bad a gap is; None where the list may simply be partial."""
    counts, several = found.total.what is What.COUNT, len(found.parts) > 1
    steps = [found.total.step, *(p.quantity.step for p in found.parts)]
    if sides.gap <= slack(steps):
        return Severity.NOTICE if max(steps) <= CENT and several else None
    if counts and not complete:
        return None
    if sides.right > sides.left:
        return Severity.ERROR if several else None
    if not several or found.open_end:
        return None
    if counts:
        return Severity.NOTICE
    return _too_little(found, complete=complete) or (Severity.NOTICE if known else None)


def _too_little(found: PartList, *, complete: bool) -> Severity | None:
    totalled = _TOTAL_WORD.search(found.head) is not None
    if complete or found.mark in _EACH or (found.mark in _ALL_OF_IT and totalled):
        return Severity.ERROR
    if found.mark in _ALL_OF_IT:
        return Severity.WARNING
    return Severity.NOTICE if totalled else None


def _finding(rule: str, severity: Severity, found: PartList, sides: Sides) -> ProseFinding:
    listed = "＋".join(p.quantity.text for p in found.parts)
    told = "超过了合计" if sides.right > sides.left else "少于合计"
    fact = (
        f"合计 {found.total.text}，列出的 {listed}＝{sides.shown(sides.right)} {sides.unit}，"
        f"分项{told}，{gap_text(sides)}"
    )
    partial = sides.right < sides.left and severity is not Severity.ERROR
    action = "请核对合计和各分项" + ("；只列了一部分的，请写明“主要”或“等”" if partial else "")
    quoted = quote(found.sentence.text, [found.total, *(p.quantity for p in found.parts)])
    return ProseFinding(rule, severity, found.sentence.paragraph, quoted, fact, f"{action}。", sides)


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
        amounts = (q for q in (*before.quantities, *sentence.quantities) if q.what is What.MONEY)
        numbers = read_quantities(joined, q.unit) if (q := next(amounts, None)) else read_quantities(joined)
        both = Sentence(sentence.paragraph, joined, numbers, sentence.headings, before.before)
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
