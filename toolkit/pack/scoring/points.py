"""One indicator's score with its working (指标得分).

The quantitative formulas are those that provincial systems enforce. Products are formed before quotients, so that
20.1 ÷ 900 × 45 is 1.005 exactly and rounds to 1.01.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from toolkit.core.money import LESS_WORDS, MORE_WORDS, parse_plain, plain, read_number_text, round_half_up
from toolkit.core.patterns import late
from toolkit.core.words import DAY_ZERO
from toolkit.engines.formula import text_number
from toolkit.pack.scoring.settings import Sign

if TYPE_CHECKING:
    from toolkit.pack.scoring.settings import Band, ScoringSettings

_PERCENT_SIGNS = ("%", "％")

_DAY = late(r"(20\d\d)[-/年](\d{1,2})[-/月](\d{1,2})日?前?")

DAYS = (36526, 73050)  # 2000-01-01 and 2099-12-31 as Excel counts

Cell = Decimal | str | None


class Indicator(NamedTuple):
    """What scoring needs of one row of the indicator table (绩效指标); blanks are None."""

    name: str
    sign: str | None
    target: Cell
    actual: Cell
    level: str | None
    weight: Decimal | None
    deduction: Decimal | None = None
    reason: str | None = None
    submitted: Decimal | None = None
    unit: str = ""
    guessed: bool = False  # no 性质 was chosen
    unsigned: bool = False  # the form has no column for 性质: the target's own text says it

    def asked(self, settings: ScoringSettings) -> Sign | None:
        """What it asks for: as chosen, or a level that was told where nothing was chosen."""
        if self.sign is None:
            return Sign.LEVEL if self.level is not None else None
        return settings.sign(self.sign) or Sign.MORE


class Score(NamedTuple):
    """A score and how it came about (得分过程).

    Attributes:
        value: the score after deduction; None when it cannot be computed.
        earned: the score before deduction.
        working: e.g. "10 ÷ 52 × 20 = 3.85".
        problem: why there is no value, "" otherwise.
    """

    value: Decimal | None
    earned: Decimal | None = None
    working: str = ""
    problem: str = ""


def as_number(cell: Cell) -> Decimal | None:
    """The number of a 指标值 or 实际完成值 cell; "95%" counts as 95, "≥266米" as 266."""
    if isinstance(cell, str):
        found = read_number_text(cell)
        return found.number if found else None
    return cell


def live_number(cell: Cell, indicator: Indicator) -> Decimal | None:
    """The number that the live formula of the form reads in a cell: "320项" with the unit 项 is 320.

    The same as `_live_number` says in Excel's words, so that sheet and report never score differently.
    """
    if not isinstance(cell, str):
        return cell
    text = cell
    signs = (*LESS_WORDS, *MORE_WORDS) if indicator.unsigned else (indicator.sign or "",)
    for word in (indicator.unit, *signs, *_PERCENT_SIGNS):
        text = text.replace(word, "") if word else text
    number = text_number(f"{text.strip(' ')}E0")
    return date_number(cell) if number is None else number


def date_number(text: str) -> Decimal | None:
    """The serial number of a day as Excel counts: 2023年12月31日, 2023-12-31前."""
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    try:
        return Decimal((dt.date(*map(int, match.groups())) - DAY_ZERO).days)
    except ValueError:
        return None


def score_indicator(indicator: Indicator, settings: ScoringSettings) -> Score:
    """Score one indicator. Units: points (分), rounded half up to the pack's decimals."""
    if indicator.weight is None:
        return Score(None, problem="没有填分值")
    if indicator.guessed and indicator.submitted is None:
        return Score(None, problem="没有选性质，不知道按哪种办法计分")
    if indicator.asked(settings) is Sign.LEVEL:
        base = _qualitative(indicator, indicator.weight, settings)
    else:
        base = _quantitative(indicator, indicator.weight, settings)
    return _deduct(base, indicator, settings)


def _qualitative(indicator: Indicator, weight: Decimal, settings: ScoringSettings) -> Score:
    band = _band_of(indicator, settings)
    if band is None:
        return Score(None, problem="定性指标没有选完成等级")
    if indicator.submitted is not None and band.contains(indicator.submitted, weight):
        given = round_half_up(indicator.submitted, settings.places)
        return Score(given, given, f"{band.phrase}，区间 {band.range_text(weight)}，自评 {plain(given)}")
    earned = round_half_up(weight * band.default, settings.places)
    return Score(earned, earned, f"{band.phrase}，{plain(weight)} × {plain(band.default * 100)}% = {plain(earned)}")


def _band_of(indicator: Indicator, settings: ScoringSettings) -> Band | None:
    if indicator.level is not None:
        return settings.band(indicator.level)
    return settings.band(indicator.actual) if isinstance(indicator.actual, str) else None


def _quantitative(indicator: Indicator, weight: Decimal, settings: ScoringSettings) -> Score:
    asked = indicator.asked(settings)
    if asked is Sign.BETWEEN:
        return _interval(indicator, weight, settings)
    if (day := _day_of(indicator)) is not None:
        return _dated(day, indicator, weight, settings)
    # A score that staff gave is judged by the best reading; one that the form works out, by what the form can read.
    if indicator.submitted is not None:
        target, actual = as_number(indicator.target), as_number(indicator.actual)
    else:
        target, actual = (live_number(cell, indicator) for cell in (indicator.target, indicator.actual))
    if target is None or actual is None:
        which = "指标值" if target is None else "实际完成值"
        return Score(None, problem=f"{which}没有填数字")
    if asked is Sign.LESS:
        return _reverse(target, actual, weight, settings)
    return _forward(target, max(actual, Decimal(0)), weight, asked, settings)


def _forward(target: Decimal, actual: Decimal, weight: Decimal, asked: Sign | None, settings: ScoringSettings) -> Score:
    """正向与等于: B ≥ A earns all, otherwise B/A × w. "= 0" is met only by nothing at all."""
    met = actual <= 0 if asked is Sign.EQUAL and target == 0 else actual >= target
    if met:
        return _full(weight, settings)
    if target <= 0:
        return _none(settings, f"应为 {plain(target)}，实际 {plain(actual)}")
    earned = round_half_up(actual * weight / target, settings.places)
    return Score(earned, earned, f"{plain(actual)} ÷ {plain(target)} × {plain(weight)} = {plain(earned)}")


def _reverse(target: Decimal, actual: Decimal, weight: Decimal, settings: ScoringSettings) -> Score:
    """反向: B ≤ A earns all; above it 1 − (B−A)/A (none from 2A on), or A/B where the pack says "ratio"."""
    if actual <= target:
        return _full(weight, settings)
    if target <= 0:
        return _none(settings, f"不应超过 {plain(target)}，实际 {plain(actual)}")
    a, b, w = plain(target), plain(actual), plain(weight)
    if settings.reverse == "ratio":
        earned = round_half_up(target * weight / actual, settings.places)
        return Score(earned, earned, f"{a} ÷ {b} × {w} = {plain(earned)}")
    if actual >= 2 * target:
        return _none(settings, f"{b} 已达到指标值 {a} 的两倍")
    earned = round_half_up((2 * target - actual) * weight / target, settings.places)
    return Score(earned, earned, f"[1 − ({b} − {a}) ÷ {a}] × {w} = {plain(earned)}")


def _day_of(indicator: Indicator) -> Decimal | None:
    """The day that is the target: written as a text, or the bare serial number that a sheet keeps of it."""
    target = indicator.target
    if isinstance(target, str):
        return date_number(target)
    serial = target is not None and target == target.to_integral_value() and DAYS[0] <= target <= DAYS[1]
    return target if serial and not indicator.unit else None


def _dated(day: Decimal, indicator: Indicator, weight: Decimal, settings: ScoringSettings) -> Score:
    """日期: in time earns all. Days are no amount that could be missed in proportion: late earns nothing of itself.

    A part of the points is for people to give, as with a level.
    """
    actual, given = live_number(indicator.actual, indicator), indicator.submitted
    if actual is None:
        return Score(None, problem="实际完成值没有填日期")
    late = indicator.asked(settings) in {Sign.MORE, Sign.BETWEEN, Sign.LEVEL}
    in_time = actual >= day if late else actual <= day
    if in_time:
        return _full(weight, settings)
    why = "没有按时，日期不按比例折算"
    if given is not None and 0 <= given < weight:
        earned = round_half_up(given, settings.places)
        return Score(earned, earned, f"{why}，自评 {plain(given)}")
    return _none(settings, why)


def bounds(target: Cell) -> tuple[Decimal, Decimal] | None:
    """Both ends of a 区间 target written as 80~90."""
    low, mark, high = target.partition("~") if isinstance(target, str) else ("", "", "")
    ends = (parse_plain(low.strip()), parse_plain(high.strip()))
    return (ends[0], ends[1]) if mark and ends[0] is not None and ends[1] is not None else None


def _interval(indicator: Indicator, weight: Decimal, settings: ScoringSettings) -> Score:
    """区间: within both ends earns all, outside nothing."""
    ends, actual = bounds(indicator.target), live_number(indicator.actual, indicator)
    if ends is None or actual is None:
        return Score(None, problem="区间指标的指标值应写成 80~90，实际完成值应是数字")
    if ends[0] <= actual <= ends[1]:
        return _full(weight, settings)
    return _none(settings, f"应在 {plain(ends[0])}~{plain(ends[1])} 之间，实际 {plain(actual)}")


def _full(weight: Decimal, settings: ScoringSettings) -> Score:
    earned = round_half_up(weight, settings.places)
    return Score(earned, earned, f"达到指标值，得满分 {plain(earned)}")


def _none(settings: ScoringSettings, why: str) -> Score:
    zero = round_half_up(Decimal(0), settings.places)
    return Score(zero, zero, f"{why}，得 0")


def _deduct(score: Score, indicator: Indicator, settings: ScoringSettings) -> Score:
    """人工扣减 lowers a score, never under 0, and only with a reason."""
    cut = indicator.deduction
    if score.value is None or not cut or cut < 0 or not indicator.reason:
        return score
    left = round_half_up(max(Decimal(0), score.value - cut), settings.places)
    return Score(left, score.earned, f"{score.working}；人工扣减 {plain(cut)}，得 {plain(left)}")
