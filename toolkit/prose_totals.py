"""Totals against the parts named behind them (合计与分项核对): A02, A13, A15, A16, B26–B28, others as D69.

其中 promises no complete list, so parts that fall short are at most a 提示, unless the words say that this is
all (由…组成, 分别为), the shares given add up to 100 %, or the parts are known to be complete (基本支出 and
项目支出). Parts that exceed the whole are wrong in any case.
"""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import accumulate, combinations
from typing import TYPE_CHECKING

from toolkit.findings import Severity
from toolkit.money import plain, round_half_up
from toolkit.prose_concepts import concept_of
from toolkit.prose_findings import Judged, ProseFinding, Sides, bad, gap_text, good, quote
from toolkit.prose_numbers import What
from toolkit.prose_parts import Part, PartList, part_lists
from toolkit.prose_sums import CENT, slack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.prose_report import Report
    from toolkit.prose_settings import ProseSettings

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
    sides = Sides(found.total.value, sums[-1], CENT, found.total.unit or "万元")
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
