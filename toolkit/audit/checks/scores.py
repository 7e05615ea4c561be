"""Checks of indicator scores (指标得分审核): C44–C47, C49–C51, on the unit's table and on every project form."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from toolkit.audit.checks.context import Answer, failed, passed
from toolkit.audit.checks.walks import each_row, lines
from toolkit.core.dictionary import TableRole
from toolkit.core.findings import NAMELESS, Finding, Severity
from toolkit.core.light import replace
from toolkit.core.money import plain, read_number_text, round_half_up
from toolkit.core.patterns import late
from toolkit.core.words import shorten
from toolkit.pack import (
    Sign,
    as_number,
    audit_settings,
    bounds,
    date_number,
    live_number,
    score_indicator,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from toolkit.audit.checks.context import Audit
    from toolkit.audit.checks.walks import Line
    from toolkit.pack import Indicator, Rule, Score

_LAST_PLACE = Decimal("0.01")

_FINE = Decimal(1_000_000)  # points by which a target is seen to be missed, be it by a hair

_PERCENTS = frozenset({"", "%", "％"})

_RUN_TOGETHER = late(r"20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")

_TYPED_ACTION = "请核对得分；另有评分办法的，请写明原因。"  # no formula of the form gives the points

MONTH = late(r"20\d\d\s*[-/年.]\s*\d{1,2}\s*月?[前底末]?")


@each_row("没有可以复算的定量指标")
def quantitative_score(rule: Rule, line: Line, context: Audit) -> Iterator[Answer]:
    """C44: above the rule is a 错误; below it without a reason a 警示."""
    if line.qualitative or line.score.value is None or line.filed is None:
        return
    if _reverse_kept(line, context):
        return  # C49 tells it
    undeducted = line.score
    if line.indicator.deduction is not None:
        undeducted = score_indicator(line.indicator._replace(deduction=None), context.pack.scoring)
    right = undeducted.value if undeducted.value is not None else line.score.value
    gap = line.filed - right
    if gap > rule.tolerance:
        yield _score_gap(
            rule, line, undeducted, right, Severity.NOTICE if _unsure(line, right, context) else rule.severity
        )
    elif gap < -rule.tolerance and line.filed != line.score.value and not line.reason:
        unsure = _unsure(line, right, context)
        yield _score_gap(rule, line, undeducted, right, Severity.NOTICE if unsure else Severity.WARNING)
    else:
        yield passed()


def share_earned(line: Line) -> Fraction | None:
    """Which share of its points a quantitative row earns by the rule; None where that is not what C44 judges."""
    one = line.indicator
    if line.qualitative or one.deduction is not None or one.reason or line.score.value is None or not one.weight:
        return None
    return Fraction(line.score.value) / Fraction(one.weight)


def _unsure(line: Line, right: Decimal, context: Audit) -> bool:
    """What may be right in another reading.

    A score cut off or given to one decimal; without a sign, a cost or a time that may be a reverse indicator;
    95 against 0.953, which C52 tells.
    """
    words = line.row.text(line.row.roles.second) + line.indicator.name
    reverse = line.indicator.sign is None and any(word in words for word in audit_settings(context.pack).reverse_words)
    cut_off = line.filed is not None and abs(line.filed - right) <= _LAST_PLACE
    return reverse or cut_off or line.mixed_scales or line.filed == round_half_up(right, 1)


def _score_gap(rule: Rule, line: Line, score: Score, right: Decimal, severity: Severity) -> Answer:
    left = line.filed or Decimal(0)
    gap = abs(left - right)
    fact = (
        f"得分 {plain(left)} 分，按评分规则应为 {round_half_up(right, 2)} 分（{score.working}），"
        f"相差 {round_half_up(gap, 2)} 分（允许相差 {plain(rule.tolerance)}）"
    )
    roles, table = line.row.roles, line.figures.section.space.table(TableRole.INDICATORS)
    worked_out = roles.cut and table.columns[roles.score].computed
    found = line.finding(rule, roles.score, fact, severity, "" if worked_out else _TYPED_ACTION)
    return failed(replace(found, left=left, right=right, difference=gap, tolerance=rule.tolerance))


@each_row("没有未达标的反向指标")
def reverse_lowered(rule: Rule, line: Line, context: Audit) -> Iterator[Answer]:
    """C49: a reverse indicator above its target cannot keep all its points."""
    one = line.indicator
    target, actual = as_number(one.target), as_number(one.actual)
    if _less_is_better(line, context):
        fact = f"{_why_less(line, context)}，{line.row.roles.sign}却选了“{one.sign}”"
        less = "".join(f"“{word}”" for word in context.pack.scoring.words(Sign.LESS)[:1])
        action = f"请改选{less or '越少越好的一种'}；确实越多越好的请说明原因。"
        yield failed(line.finding(rule, line.row.roles.sign, fact, Severity.WARNING, action))
        return
    if line.asked is not Sign.LESS or target is None or actual is None or actual <= target or line.filed is None:
        return
    if not _reverse_kept(line, context):
        yield passed()
        return
    right = line.score.earned if line.score.earned is not None else Decimal(0)
    fact = f"是反向指标，实际完成 {plain(actual)}，超过指标值 {plain(target)}，得分 {plain(line.filed)} 分却没有降低"
    gap = line.filed - right
    severity = Severity.NOTICE if _unsure(line, right, context) else rule.severity
    found = line.finding(
        rule, line.row.roles.score, f"{fact}；按评分规则应为 {plain(right)} 分（{line.score.working}）", severity
    )
    yield failed(replace(found, left=line.filed, right=right, difference=gap, tolerance=rule.tolerance))


def _less_is_better(line: Line, context: Audit) -> bool:
    """A cost in money, a time in days, a day: with a forward sign, being late or dear would earn all points."""
    one, settings = line.indicator, audit_settings(context.pack)
    if line.asked is Sign.MORE and isinstance(one.target, str) and date_number(one.target) is not None:
        return True
    if line.asked is Sign.MORE and one.name.strip().endswith(settings.reverse_names):
        return True
    units = settings.reverse_kinds.get(line.row.text(line.row.roles.second).strip(), ())
    more = line.asked is Sign.MORE and one.unit.strip() in units
    return more and not any(word in one.name for word in settings.forward_words)


def _why_less(line: Line, context: Audit) -> str:
    one = line.indicator
    if isinstance(one.target, str) and date_number(one.target) is not None:
        return "指标值是日期，越早越好"
    if one.name.strip().endswith(audit_settings(context.pack).reverse_names):
        return "从名称看越少越好"
    return f"单位是“{one.unit.strip()}”的{line.row.text(line.row.roles.second)}，越少越好"


def _reverse_kept(line: Line, context: Audit) -> bool:
    """A missed reverse indicator with full points: the case of `reverse_lowered`, where the pack has that rule."""
    one = line.indicator
    target, actual = as_number(one.target), as_number(one.actual)
    missed = line.asked is Sign.LESS and target is not None and actual is not None and actual > target
    kept = line.filed is not None and one.weight is not None and line.filed >= one.weight > 0
    return missed and kept and any(r.check == "reverse_lowered" for r in context.pack.rules)


@each_row("没有可以核对的定性指标")
def qualitative_score(rule: Rule, line: Line, context: Audit) -> Iterator[Answer]:
    """C45: the score of a qualitative indicator lies in the range of its level."""
    one = line.indicator
    level = one.level or (one.actual if isinstance(one.actual, str) else "")
    band = context.pack.scoring.band(level) if line.qualitative and level else None
    if band is None or one.weight is None or line.filed is None:
        return
    lowered = bool(one.reason) and one.deduction and line.filed == line.score.value
    if lowered or band.contains(line.filed, one.weight):
        yield passed()
        return
    fact = f"得分 {plain(line.filed)} 分，应在“{band.phrase}”的区间 {band.range_text(one.weight)} 内"
    yield failed(replace(line.finding(rule, line.row.roles.score, fact), left=line.filed))


@each_row("没有定性指标")
def qualitative_band(rule: Rule, line: Line, context: Audit) -> Iterator[Answer]:
    """C46: a level is asked for → a level chosen (错误) and the completion told (警示)."""
    one = line.indicator
    told = context.pack.scoring.band(one.actual) if isinstance(one.actual, str) else None
    if line.row.roles.sign and one.sign is None and one.level is None and _words(one) and told is None:
        yield failed(
            line.finding(
                rule,
                line.row.roles.sign,
                f"没有选{line.row.roles.sign}，指标值是文字，无法复算得分{_level_word(line, context)}",
                Severity.NOTICE,
            )
        )
    if not line.qualitative:
        return
    if not line.row.roles.level:
        lacking = "" if one.actual is not None else "是定性指标，没有写完成情况"
        action = f"请写{line.row.roles.result}。"
        yield failed(line.finding(rule, line.row.roles.result, lacking, None, action)) if lacking else passed()
    elif one.level is None and told is None:
        # A score given by hand with the completion told in words: it stands, only its range cannot be judged.
        scored = one.submitted is not None and one.actual is not None
        severity = Severity.WARNING if scored else rule.severity
        yield failed(line.finding(rule, line.row.roles.level, "是定性指标，没有选完成等级", severity))
    elif one.actual is None:
        yield failed(line.finding(rule, line.row.roles.result, "是定性指标，没有写完成情况", Severity.WARNING))
    elif one.level is not None and told is not None:
        fact = f"是定性指标，完成情况只写了等级“{shorten(str(one.actual))}”，应写明做了什么"
        yield failed(line.finding(rule, line.row.roles.result, fact, Severity.WARNING, "请在“实际完成值”写明情况。"))
    elif strange := _unfinished(one, context):
        yield failed(line.finding(rule, line.row.roles.level, strange, Severity.WARNING, "请核对完成等级。"))
    else:
        yield passed()


def _unfinished(one: Indicator, context: Audit) -> str:
    """The best level beside a result that tells what is still to be done."""
    scoring = context.pack.scoring
    best = max(scoring.bands, key=lambda band: band.high)
    told = next((word for word in audit_settings(context.pack).unfinished_words if word in str(one.actual)), "")
    chosen = scoring.band(one.level or "")
    return f"完成等级选的是“{one.level}”，完成情况里却写着“{told}”" if told and chosen == best else ""


def _level_word(line: Line, context: Audit) -> str:
    """What to choose for an indicator that is told in words."""
    words = context.pack.scoring.words(Sign.LEVEL)
    return f"；定性指标的{line.row.roles.sign}应选“{words[0]}”" if words else ""


def _words(one: Indicator) -> bool:
    return isinstance(one.target, str) and read_number_text(one.target) is None


@each_row("没有填得分和分值的指标")
def reason_for_lost_points(rule: Rule, line: Line, context: Audit) -> Iterator[Answer]:
    """C47: points lost need a reason; 人工扣减 without one does not count."""
    one, roles = line.indicator, line.row.roles
    score = line.filed if line.filed is not None else line.score.value
    if not roles.weight:
        yield from _reason_for_missing_target(rule, line, context)
    if one.weight is None or score is None or not roles.reason:
        return
    if strange := _strange_cut(line):
        yield failed(line.finding(rule, roles.cut, *strange, "请改正人工扣减。"))
    elif line.reason:
        yield passed()
    elif score < one.weight:
        lacking = f"只写了“{shorten(one.reason)}”，应写明原因" if one.reason else "空着，应填写"
        fact = f"得分 {plain(score)} 分，低于分值 {plain(one.weight)} 分，偏差原因{lacking}"
        yield failed(line.finding(rule, roles.reason, fact))
    elif one.deduction:
        yield failed(
            line.finding(rule, line.row.roles.reason, f"填了人工扣减 {plain(one.deduction)} 分，没有写原因，未予扣减")
        )
    else:
        yield passed()


def _reason_for_missing_target(rule: Rule, line: Line, context: Audit) -> Iterator[Answer]:
    """On a form that gives no points the target itself is what is missed."""
    one, roles = line.indicator, line.row.roles
    earned = score_indicator(one._replace(weight=_FINE), context.pack.scoring).value
    if earned is None or line.qualitative or not roles.reason:
        return
    lacking = f"只写了“{shorten(one.reason)}”，应写明原因" if one.reason else "空着，应填写"
    actual, target = line.row.text(roles.result), line.row.text(roles.target)
    told = f"实际完成值 {actual} 没有达到指标值 {target}，{roles.reason}{lacking}"
    yield failed(line.finding(rule, roles.reason, told)) if earned < _FINE and not line.reason else passed()


def _strange_cut(line: Line) -> tuple[str, Severity] | None:
    """人工扣减 is how many points go: neither below 0, nor more than there are."""
    cut, earned = line.indicator.deduction, line.score.earned
    if cut is not None and cut < 0:
        return f"人工扣减填的是 {plain(cut)}，应为正数：扣几分就填几", Severity.ERROR
    if cut is not None and earned is not None and cut > earned:
        return f"人工扣减 {plain(cut)} 分，比自动得分 {plain(earned)} 分还多", Severity.WARNING
    return None


@each_row("没有填分值的指标")
def target_and_result(rule: Rule, line: Line, _: Audit) -> Iterator[Answer]:
    """C50: a row with points has a target and a result; both missing is one finding."""
    one, roles = line.indicator, line.row.roles
    if not line.counts:
        return
    blank = [column for column, value in ((roles.target, one.target), (roles.result, one.actual)) if value is None]
    if line.qualitative and one.level is not None and roles.result in blank:
        blank.remove(roles.result)  # C46 asks for the words of a qualitative result
    if not blank:
        yield passed()
        return
    points = f"有分值 {plain(one.weight)} 分，" if one.weight else ""
    found = line.finding(rule, blank[0], f"{points}{'和'.join(blank)}没有填")
    yield failed(replace(found, cells=tuple(line.cell(c).ref for c in blank)))


@each_row("没有定量指标")
def quantitative_number(rule: Rule, line: Line, _: Audit) -> Iterator[Answer]:
    """C51: target and result of a quantitative indicator are bare numbers, without sign or unit."""
    one, roles = line.indicator, line.row.roles
    if line.qualitative or (one.sign is None and _words(one)):
        return
    if not (roles.sign or roles.unit or roles.score):
        return  # nothing is worked out from what the form has in words
    for column, value in ((roles.target, one.target), (roles.result, one.actual)):
        if value is None:
            continue
        if strange := _no_day(line, column, value):
            yield failed(line.finding(rule, column, strange, action="日期请写到日，例如 2023-12-31。"))
            continue
        if isinstance(value, Decimal) and value < 0:
            action = "请核对正负号；确实是负数的请说明原因。"
            yield failed(line.finding(rule, column, f"{column}是负数 {plain(value)}", Severity.WARNING, action))
            continue
        if not isinstance(value, str) or (line.asked is Sign.BETWEEN and column == roles.target and bounds(value)):
            yield passed()
            continue
        if date_number(value) is not None:
            yield passed()  # dates are compared by C59
            continue
        if MONTH.fullmatch(value):
            yield failed(line.finding(rule, column, f"{column}填的是“{shorten(value)}”，日期应写到日，例如 2023-12-31"))
            continue
        yield _written(rule, line, column, value)


def _written(rule: Rule, line: Line, column: str, value: str) -> Answer:
    """A figure written with words: a form without columns for 性质 or 计量单位 asks for these words.

    A figure that can still be read is scored; only its way of writing is told. In the target a sign is how many
    offices write; with the result it leaves open what was reached.
    """
    one, roles, read = line.indicator, line.row.roles, read_number_text(value)
    unclear = read is None or (read.sign and column == roles.result)
    unread = one.submitted is None and live_number(value, one) is None
    as_asked = read is not None and not (read.sign and roles.sign) and not (read.unit not in _PERCENTS and roles.unit)
    if as_asked and not unclear and not unread and not (roles.sign and roles.unit):
        return passed()
    told = f"，已读作 {plain(read.number)}" if read and not unread else "，表里的公式读不出这个数，得分没有算出"
    told = told if read else ""
    action = "" if roles.sign and roles.unit else _bare_action(line)
    severity = rule.severity if unclear or unread else Severity.NOTICE
    return failed(line.finding(rule, column, f"{column}填的是“{shorten(value)}”，应只填数字{told}", severity, action))


def _bare_action(line: Line) -> str:
    """What to do on a form that lacks a column for 性质 or for 计量单位."""
    roles = line.row.roles
    sign = f"符号选在“{roles.sign}”" if roles.sign else f"{roles.target}前可以写 ≥、≤"
    unit = f"单位写在“{roles.unit}”" if roles.unit else f"除百分号外的单位写进“{roles.name or '指标'}”"
    return f"请只填数字，{sign}，{unit}。"


def _no_day(line: Line, column: str, value: Decimal | str | None) -> str:
    """A day in one cell and none in the other cannot be compared; 20231231 is a number to every formula."""
    one = line.indicator
    if isinstance(value, Decimal) and not one.unit.strip() and _RUN_TOGETHER.fullmatch(plain(value)):
        return f"{column}填的是 {plain(value)}，像是一个日期，程序当作数"
    other = one.target if column == line.row.roles.result else one.actual
    if isinstance(value, Decimal) and isinstance(other, str) and date_number(other) is not None:
        return f"{column}填的是 {plain(value)}，另一格是日期“{shorten(other)}”，不能比较"
    return ""


def unjudged_rows(context: Audit) -> Iterator[Finding]:
    """T09: a row without a name, that cannot be placed (一级指标 blank) or not be scored (性质 blank)."""
    yield from _merged_rows(context)
    for line in lines(context):
        one, roles = line.indicator, line.row.roles
        if not one.name and one.weight is None:
            continue
        if not one.name and roles.name:
            yield _unjudged(line, roles.name, f"没有写{roles.name}，不知道这一行说的是什么", Severity.ERROR)
        if roles.first and line.cell(roles.first).blank:
            levels = "、".join(context.pack.level_weights(line.figures.section.space.kind))
            words = f"，应为{levels}中的一个" if levels else ""
            fact = f"{roles.first}空着{words}，否则这一行的分值不知道算在哪里"
            yield _unjudged(line, roles.first, fact, Severity.ERROR)
        if roles.sign and one.guessed and line.counts:
            typed = one.submitted is not None
            how = "计分" if one.weight else "判断达没达到"
            fact = f"{roles.sign}空着，" + ("得分是手工填的" if typed else f"不知道按哪种办法{how}")
            if not typed or (line.score.value is not None and one.sign is None and not line.qualitative):
                yield _unjudged(line, roles.sign, fact, Severity.NOTICE if typed else Severity.ERROR)


def _merged_rows(context: Audit) -> Iterator[Finding]:
    """What a merge shows for a row stands in the row above: the form's own formulas read a blank cell there."""
    for figures in context.figures.all:
        table = figures.section.space.table(TableRole.INDICATORS)
        roles = table.roles
        if not roles.score or not table.columns[roles.score].computed:
            continue
        for column in filter(None, (roles.sign, roles.target, roles.result, roles.level)):
            cells = [row.cell(column) for row in figures.section.indicators]
            under = tuple(cell.ref for cell in cells if cell.raw is None and not cell.blank)
            if under:
                more = f"等 {len(under)} 格" if len(under) > 1 else ""
                fact = f"{column}{more}与上面一格合并了，表里的公式只读得到第一行，下面几行的得分和总分算不出来"
                text = f"{under[0]}{context.project(figures)}：{fact}。请取消合并，每一行都填上。[{NAMELESS}]"
                yield Finding(NAMELESS, Severity.WARNING, under, text)


def _unjudged(line: Line, column: str, fact: str, severity: Severity) -> Finding:
    ref = line.cell(column).ref
    action = "请补填" if column == line.row.roles.name else "请从下拉列表里选"
    text = f"{ref}{line.project}：指标“{line.indicator.name or '（未命名）'}”{fact}。{action}。[{NAMELESS}]"
    return Finding(NAMELESS, severity, (ref,), text)


INDICATOR_CHECKS: Mapping[str, Callable[[Rule, Audit], Iterator[Answer]]] = {
    "quantitative_score": quantitative_score,
    "qualitative_score": qualitative_score,
    "qualitative_band": qualitative_band,
    "reverse_lowered": reverse_lowered,
    "reason_for_lost_points": reason_for_lost_points,
    "target_and_result": target_and_result,
    "quantitative_number": quantitative_number,
}
