"""Checks of how indicators are set and filled (指标设置审核): C48, C52, C53, C55–C60."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections import Counter
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from toolkit.audit.checks.context import Answer, failed, finding_at, passed, unchecked
from toolkit.audit.checks.walks import NO_ROWS, Line, each_row, lines, lines_of
from toolkit.core.dictionary import TableRole
from toolkit.core.findings import Cause, Severity
from toolkit.core.light import replace
from toolkit.core.money import MONEY_UNITS, figure, money_factor, plain, read_number_text, round_half_up
from toolkit.core.patterns import late
from toolkit.core.words import shorten
from toolkit.pack import Sign, as_number, audit_settings, date_number, prose_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from toolkit.audit.checks.context import Audit
    from toolkit.core.model import Content, Row
    from toolkit.pack import Rule

_FULL_PERCENT = 100

_MANY_TIMES = 10

_NEIGHBOUR = Decimal("0.1")

_HALF = Decimal("0.5")  # half a per cent as a target is rare, 0.95 for 95% is not

_AT_LEAST = "≥"

_MOST_SIGNS = 0.7

_FAR_APART = 1000  # 元 against 万元 is 10 000 times

_SCALES = "百千万亿"

_UNITS = {"％": "%", "平方米": "㎡", "m2": "㎡", "元整": "元"}

_DATE = late(r"(\d{4})\s*[年./-]\s*(\d{1,2})(?:\s*[月./-]\s*(\d{1,2}))?")

_ANY_DATE = late(
    r"\d{4}\s*年(\s*\d{1,2}\s*月)?(\s*\d{1,2}\s*日)?|\d{1,2}\s*月(\s*\d{1,2}\s*日)?|\d{4}[./-]\d{1,2}[./-]\d{1,2}"
)

_NUMBER = late(r"\d+(?:\.\d+)?")

_SEPARATOR = late(r"[，,、；;]")

_THOUSANDS = late(r"(?<=\d),(?=\d{3}(\D|$))")

_ROUGHLY = late(r"^[余多来]|(以上|以下|以内|左右|及以上|及以下)$")


def far_above_target(rule: Rule, context: Audit) -> Iterator[Answer]:
    """C48: a result far above the target needs its reason, and where the pack says so fewer points."""
    if audit_settings(context.pack).overshoot is None:
        yield unchecked("规则包没有规定超额完成的界限")
        return
    yield from _beyond_the_bound(rule, context)


@each_row("没有正向定量指标")
def _beyond_the_bound(rule: Rule, line: Line, context: Audit) -> Iterator[Answer]:
    one, settings = line.indicator, audit_settings(context.pack)
    target, actual = as_number(one.target), as_number(one.actual)
    forward = not line.qualitative and line.asked is not Sign.LESS
    if forward and target == 0 and one.sign == _AT_LEAST:
        fact = f"指标值是 0，“{one.sign}0”怎样都达标，得不出高低"
        yield failed(line.finding(rule, line.row.roles.target, fact, action="请核对性质和指标值。"))
        return
    if not forward or target is None or actual is None or target <= 0 or settings.overshoot is None:
        return
    if meant := _point_shifted(line, target, actual):
        fact = f"实际完成 {plain(actual)}%，是指标值 {plain(target)}% 的约十倍，像是小数点错了位（{plain(meant)}%）"
        yield failed(line.finding(rule, line.row.roles.result, fact, action="请核对实际完成值。"))
        return
    share = (actual - target) / target
    if share < settings.overshoot:
        yield passed()
        return
    limit = f"{plain(settings.overshoot * 100)}%"
    fact = f"实际完成 {plain(actual)}，{_above(actual, target)} {limit}"
    if not line.reason and line.row.roles.reason:
        lacking = f"只写了“{shorten(one.reason)}”" if one.reason else "空着"
        yield failed(line.finding(rule, line.row.roles.reason, f"{fact}，偏差原因{lacking}，应说明"))
    elif settings.overshoot_lowers and line.filed is not None and one.weight is not None and line.filed >= one.weight:
        yield failed(line.finding(rule, line.row.roles.score, f"{fact}，得分没有按偏离度调减", Severity.NOTICE))
    else:
        yield passed()


def _point_shifted(line: Line, target: Decimal, actual: Decimal) -> Decimal | None:
    """986 for 98.6: no reason explains a percentage that is its target's neighbour with the point a place further."""
    meant = actual / 10
    likely = _unit(line.indicator.unit) == "%" and _FULL_PERCENT / 2 <= target <= _FULL_PERCENT >= meant
    return meant if likely and abs(meant - target) <= target * _NEIGHBOUR else None


def _above(actual: Decimal, target: Decimal) -> str:
    """比指标值 10 高出 30%; many times the target is told as times."""
    share = (actual - target) / target
    if share < _MANY_TIMES:
        return f"比指标值 {plain(target)} 高出 {plain(round_half_up(share * 100, 2))}%，达到或超过"
    return f"是指标值 {plain(target)} 的 {plain(round_half_up(actual / target, 0))} 倍，远远超过"


@each_row("指标值和实际完成值没有写单位")
def same_unit(rule: Rule, line: Line, context: Audit) -> Iterator[Answer]:
    """C52: the unit written with the result is the unit of the target."""
    one, roles = line.indicator, line.row.roles
    wanted = _unit(one.unit) or _unit_of(one.target)
    written = _unit_of(one.actual)
    if line.mixed_scales:
        target, actual = (line.row.text(c) for c in (roles.target, roles.result))
        fact = f"指标值是 {target}，实际完成值是 {actual}，像是一个按百分数填（95），一个按小数填（0.95）"
        yield failed(line.finding(rule, roles.result, fact, Severity.WARNING))
        return
    lacks = _lacks_unit(line) or _other_unit(line, context) or _as_fractions(line) or _far_below(line)
    if lacks := lacks or _unit_elsewhere(line, context):
        yield failed(line.finding(rule, *lacks, Severity.WARNING, "请补填或改正。"))
        return
    if not wanted or not written:
        return
    if wanted == written:
        yield passed()
    else:
        yield failed(line.finding(rule, roles.result, f"实际完成值的单位是“{written}”，应与指标值的单位“{wanted}”相同"))


def _lacks_unit(line: Line) -> tuple[str, str] | None:
    """342 of what? Dates and texts say it themselves."""
    one, roles = line.indicator, line.row.roles
    bare = all(isinstance(line.row.value(c), Decimal) for c in (roles.target, roles.result))
    if not bare or line.qualitative or not line.counts or not roles.unit or one.unit.strip():
        return None
    return roles.unit, f"指标值 {line.row.text(roles.target)} 没有写计量单位"


def _other_unit(line: Line, context: Audit) -> tuple[str, str] | None:
    """合格率 is no number of 项, 人次 are no per cent: what the end of a name says of its unit."""
    name, unit = line.indicator.name.strip(), _unit(line.indicator.unit)
    settings = audit_settings(context.pack)
    if line.qualitative or not unit or not line.row.roles.unit:
        return None
    asked = next((signs for signs, ends in settings.name_units.items() if name.endswith(ends)), unit)
    fits = any(sign in unit for sign in asked)
    if fits and not any(name.endswith(ends) and barred == unit for barred, ends in settings.name_bars.items()):
        return None
    wanted = "对不上" if fits else f"应带“{asked[0]}”"
    return line.row.roles.unit, f"计量单位填的是“{line.indicator.unit.strip()}”，从名称看{wanted}"


def _unit_elsewhere(line: Line, context: Audit) -> tuple[str, str] | None:
    """4小时 on one table, 4天 on another; 1500万条, 1500条: one indicator and one target in two units."""
    given = context.memo.once("indicators", lambda: {_name_and_target(one): one for one in reversed(lines(context))})
    first = given[_name_and_target(line)]
    mine, theirs = _unit(line.indicator.unit), _unit(first.indicator.unit)
    if mine == theirs or not line.row.roles.unit or not as_number(line.indicator.target):
        return None
    times = prose_settings(context.pack).times
    alike = mine in times and times[mine] == times.get(theirs)
    scaled = mine.lstrip(_SCALES) == theirs.lstrip(_SCALES)
    if alike or not (scaled or {mine, theirs} <= {*MONEY_UNITS, *times}):
        return None
    place = first.cell(first.row.roles.unit).ref
    return line.row.roles.unit, f"计量单位是“{mine}”，指标值相同的同一个指标在{place}是“{theirs}”"


def _name_and_target(line: Line) -> tuple[str, object]:
    return line.indicator.name.strip(), line.indicator.target


def _as_fractions(line: Line) -> tuple[str, str] | None:
    """0.95 and 0.963 under the unit %, at least which is to be reached: both were meant as 95% and 96.3%."""
    one, roles = line.indicator, line.row.roles
    target, actual = as_number(one.target), as_number(one.actual)
    if one.unit.strip() not in {"%", "％"} or line.qualitative or line.asked is Sign.LESS:
        return None
    if target is None or actual is None or not all(_HALF <= v <= 1 for v in (target, actual)) or target == actual == 1:
        return None
    told = f"指标值 {plain(target)}、实际完成值 {plain(actual)}，单位是 %，像是按小数填的"
    return roles.target, f"{told}（{plain(target * _FULL_PERCENT)}% 应填 {plain(target * _FULL_PERCENT)}）"


def _far_below(line: Line) -> tuple[str, str] | None:
    """A limit in money that was not used to a thousandth: the limit is in another unit. C48 tells the other way."""
    one, roles = line.indicator, line.row.roles
    target, actual = as_number(one.target), as_number(one.actual)
    if line.asked is not Sign.LESS or _unit(one.unit) not in MONEY_UNITS or target is None or actual is None:
        return None
    if not 0 < actual * _FAR_APART <= target:
        return None
    return roles.target, f"指标值 {plain(target)} 是实际完成值 {plain(actual)} 的 {_FAR_APART} 倍以上，像是两个单位"


def _unit_of(value: Content) -> str:
    read = read_number_text(value) if isinstance(value, str) else None
    return _unit(read.unit) if read else ""


@lru_cache(maxsize=1024)
def _unit(text: str) -> str:
    """A unit as it is compared; seven times a row is it asked for."""
    folded = unicodedata.normalize("NFKC", text).strip().lower()
    folded = _ROUGHLY.sub("", folded)
    return _UNITS.get(folded, folded)


@each_row("没有定量指标")
def one_value(rule: Rule, line: Line, _: Audit) -> Iterator[Answer]:
    """C53: one row, one value: "1000人次以上，600场" cannot be scored."""
    one, roles = line.indicator, line.row.roles
    if line.qualitative or one.sign is None:
        return
    values = ((roles.target, one.target), (roles.result, one.actual))
    several = [c for c, v in values if isinstance(v, str) and _several(v)]
    for column in several:
        fact = f"{column}“{shorten(line.row.text(column))}”里有几个数，一行应只填一个"
        yield failed(line.finding(rule, column, fact))
    if not several:
        yield passed()


def _several(text: str) -> bool:
    folded = _THOUSANDS.sub("", unicodedata.normalize("NFKC", text))
    parts = _SEPARATOR.split(_ANY_DATE.sub("", folded))
    return sum(1 for part in parts if _NUMBER.search(part)) > 1


@each_row("没有填分值的指标")
def applicable(rule: Rule, line: Line, context: Audit) -> Iterator[Answer]:
    """C55: "无经济效益" or "/" carries no points."""
    one, words, roles = line.indicator, audit_settings(context.pack).not_applicable, line.row.roles
    if not one.weight:
        return
    for column in (roles.name, roles.target, roles.result):
        text = line.row.text(column).strip()
        if text in words:
            fact = f"{column}写的是“{text}”，却有分值 {plain(one.weight)} 分；不适用的指标不应设分值"
            yield failed(line.finding(rule, column, fact))
            return
    yield passed()


@each_row("没有满意度指标")
def satisfaction_measured(rule: Rule, line: Line, context: Audit) -> Iterator[Answer]:
    """C56: 满意度 is a percentage from a survey, not a word such as 达成."""
    one, roles, kinds = line.indicator, line.row.roles, audit_settings(context.pack).satisfaction_kinds
    if not any(w in line.row.text(roles.first) for w in kinds) or (one.actual is None and one.level is None):
        return
    actual = as_number(one.actual)
    if actual is not None and _unit(one.unit) not in {"", "%"}:
        yield failed(line.finding(rule, roles.unit, f"计量单位是“{one.unit.strip()}”，满意度应为百分比"))
    elif actual is None:
        words = line.row.text(roles.result) or one.level or ""
        yield failed(line.finding(rule, roles.result, f"实际完成值是“{shorten(words)}”，应为调查得出的百分比"))
    elif not 0 <= actual <= _FULL_PERCENT:
        yield failed(line.finding(rule, roles.result, f"实际完成值是 {plain(actual)}，满意度应在 0–100% 之间"))
    else:
        yield passed()


@each_row("没有反映总成本的成本指标")
def total_cost(rule: Rule, line: Line, context: Audit) -> Iterator[Answer]:
    """C58: a cost indicator that means the whole cost equals the expenditure."""
    settings = audit_settings(context.pack)
    actual, roles = as_number(line.indicator.actual), line.row.roles
    is_cost = any(w in line.row.text(c) for w in settings.cost_kinds for c in (roles.second, roles.first))
    unit = _unit(line.indicator.unit) or _unit_of(line.indicator.actual)
    if not is_cost or actual is None or unit not in MONEY_UNITS:
        return
    scale = money_factor(unit, context.pack.unit)
    amount = actual * scale
    space = line.figures.section.space
    factor = context.pack.factor(space)
    budget, target = line.figures.computed.number(space.roles.budget), as_number(line.indicator.target)
    is_budget = bool(budget) and target is not None and target * scale == (budget or 0) * factor
    if not is_budget and not any(w in line.indicator.name for w in settings.total_cost):
        return
    found_numbers = {name: line.figures.computed.number(name) for name in space.roles.costs}
    spent = [n * factor for n in found_numbers.values() if n is not None]
    if not spent:
        return
    if any(abs(amount - s) <= rule.tolerance or _is_rounded(actual, s / scale) for s in spent):
        yield passed()
        return
    ours = context.pack.unit
    fact = f"总成本 {figure(amount)} {ours}，与全年执行数 {figure(spent[0])} {ours}不一致"
    found = line.finding(rule, roles.result, f"{fact}，相差 {figure(abs(amount - spent[0]))} {ours}")
    cells = (*found.cells, *(line.figures.section.cell(name).ref for name in found_numbers))
    gap = abs(amount - spent[0])
    yield failed(replace(found, cells=cells, left=amount, right=spent[0], difference=gap, tolerance=rule.tolerance))


def _is_rounded(written: Decimal, exact: Decimal) -> bool:
    """132.9 for 132.912; a whole amount is not taken for a rounded one: 90 for 89.974 is the budget."""
    places = -int(written.normalize().as_tuple().exponent)
    return places > 0 and round_half_up(exact, places) == written


@each_row("没有写明日期的时效指标")
def in_time(rule: Rule, line: Line, context: Audit) -> Iterator[Answer]:
    """C59: a 时效 indicator's date of completion is not later than its target."""
    roles = line.row.roles
    cells = [line.row.value(c) for c in (roles.target, roles.result)]
    timed = any(w in line.row.text(roles.second) for w in audit_settings(context.pack).timed_kinds)
    if not timed and not all(isinstance(c, str) and date_number(c) for c in cells):
        return
    target, actual = map(_latest, cells)
    if target is None or actual is None:
        return
    if actual <= target:
        yield passed()
        return
    late, aim = (shorten(line.row.text(c)) for c in (roles.result, roles.target))
    yield failed(line.finding(rule, roles.result, f"实际完成时间“{late}”晚于指标值“{aim}”"))


def _latest(value: Content) -> tuple[int, int, int] | None:
    """Year, month, day of a written date; a month without a day counts as its last day."""
    if isinstance(value, dt.date):
        return value.year, value.month, value.day
    found = _DATE.search(value) if isinstance(value, str) else None
    return (int(found[1]), int(found[2]), int(found[3] or 31)) if found else None


def no_twins(rule: Rule, context: Audit) -> Iterator[Answer]:
    """C60: the same third-level indicator does not stand twice in one table."""
    for figures in context.figures.all:
        rows = list(lines_of(figures, context))
        counts = Counter(_twin(line.row) for line in rows if line.indicator.name)
        first: dict[tuple[str, ...], str] = {}
        for line in rows:
            twin = _twin(line.row)
            if counts[twin] > 1 and twin in first:
                yield failed(line.finding(rule, line.row.roles.name, f"与 {first[twin]} 重复"))
            first.setdefault(twin, line.cell(line.row.roles.name).ref.address)
        other_words = list(_in_other_words(rows))
        for line, first_place in other_words:
            fact = f"与 {first_place} 像是同一个指标：指标值、完成值、计量单位都相同，名称只是换了说法"
            yield failed(line.finding(rule, line.row.roles.name, fact))
        if counts and max(counts.values()) == 1 and not other_words:
            yield passed()
    if not any(True for f in context.figures.all for _ in lines_of(f, context)):
        yield unchecked(NO_ROWS)


def _in_other_words(rows: list[Line]) -> Iterator[tuple[Line, str]]:
    """Indicators with the same figures, whose names are made of the same words: each with the place of the first."""
    first: dict[tuple[object, ...], list[Line]] = {}
    for line in rows:
        one = line.indicator
        if isinstance(one.target, Decimal) and isinstance(one.actual, Decimal) and one.target != one.actual:
            alike = first.setdefault((one.target, one.actual, _unit(one.unit)), [])
            known = next((o for o in alike if _made_alike(o.indicator.name, one.name)), None)
            if known:
                yield line, known.cell(known.row.roles.name).ref.address
            alike.append(line)


def _made_alike(name: str, other: str) -> bool:
    """共享数据资源目录编制数量 and 编制共享数据资源目录数: nearly the same signs, and not the same text."""
    mine, theirs = set(name.strip()), set(other.strip())
    return name.strip() != other.strip() and len(mine & theirs) >= _MOST_SIGNS * len(mine | theirs)


def _twin(row: Row) -> tuple[str, ...]:
    """Two rows are the same indicator when first and third level are: 投诉处理 may stand under 产出 and 效益."""
    return tuple(row.text(c).strip() for c in (row.roles.first, row.roles.name))


def approved_lines(context: Audit) -> Iterator[tuple[Line, int]]:
    """The indicators that stand in the approved 绩效目标表, each with its row there."""
    found = {line.indicator.name.strip(): line for line in lines_of(context.figures.book, context)}
    for index, row in enumerate(_approved(context)):
        if line := found.get(row.name.strip()):
            yield line, index


def _approved(context: Audit) -> tuple[Row, ...]:
    book = context.unit.book
    return book.rows(book.space.table(TableRole.APPROVED).name)


def as_approved(rule: Rule, context: Audit) -> Iterator[Answer]:
    """C57: the indicators are those of the approved 绩效目标表: none missing, none changed."""
    approved = _approved(context)
    if not approved or not context.unit.book.indicators:
        yield unchecked("没有填批复目标表，或没有填绩效指标")
        return
    found = {index: line for line, index in approved_lines(context)}
    for index, row in enumerate(approved):
        if line := found.get(index):
            yield from _changed(rule, line, row)
        else:
            fact = f"批复的指标“{shorten(row.name.strip())}”没有列入整体自评表"
            yield failed(finding_at(rule, row.cell(row.roles.name).ref, fact))


def _changed(rule: Rule, line: Line, approved: Row) -> Iterator[Answer]:
    own, other = line.row.roles, approved.roles
    pairs = ((own.target, other.target), (own.unit, other.unit), (own.weight, other.weight))
    changed = [(a, b) for a, b in pairs if b and line.row.value(a) != approved.value(b)]
    for column, before in changed:
        was, now = approved.text(before) or "空", line.row.text(column) or "空"
        found = line.finding(rule, column, f"{column}“{shorten(now)}”与批复的“{shorten(was)}”不一致")
        blank = line.cell(column).blank
        yield failed(replace(found, caused_by=Cause(line.cell(column).ref) if blank else None))
    if not changed:
        yield passed()


ROW_CHECKS: Mapping[str, Callable[[Rule, Audit], Iterator[Answer]]] = {
    "applicable": applicable,
    "as_approved": as_approved,
    "far_above_target": far_above_target,
    "in_time": in_time,
    "no_twins": no_twins,
    "one_value": one_value,
    "same_unit": same_unit,
    "satisfaction_measured": satisfaction_measured,
    "total_cost": total_cost,
}
