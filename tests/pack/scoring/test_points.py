"""评分: the sentence of the working, the Excel text and Python agree."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.core.money import round_half_up
from toolkit.engines.formula.compile import parse
from toolkit.pack.finding import default_pack, find_pack, list_packs
from toolkit.pack.scoring import Indicator, score_indicator
from toolkit.pack.scoring.formulas import grade_formula, score_formula

if TYPE_CHECKING:
    from recorded import Recorded

    from toolkit.pack.scoring.settings import Band, ScoringSettings

SETTINGS = default_pack().scoring
INDICATORS = default_pack().dictionary.book.tables["指标"]
RATIO = replace(SETTINGS, reverse="ratio")

# 性质 | 指标值 | 实际完成值 | 完成等级 | 分值 | 扣减 | 原因 | 得分 | 过程
TABLE = """
≥ | 52 | 10 | | 20 | | | 3.85 | 10 ÷ 52 × 20 = 3.85
≥ | 2 | 0 | | 30 | | | 0.00 | 0 ÷ 2 × 30 = 0
≥ | 95 | 100 | | 30 | | | 30.00 | 达到指标值，得满分 30
> | 100 | 100 | | 8 | | | 8.00 | 达到指标值，得满分 8
= | 0 | 0 | | 6 | | | 6.00 | 达到指标值，得满分 6
= | 0 | 1 | | 6 | | | 0.00 | 应为 0，实际 1，得 0
= | 4 | 3 | | 6 | | | 4.50 | 3 ÷ 4 × 6 = 4.5
≥ | 100 | -5 | | 10 | | | 0.00 | 0 ÷ 100 × 10 = 0
≤ | 3 | 3 | | 5 | | | 5.00 | 达到指标值，得满分 5
≤ | 3 | 3.6 | | 5 | | 线下流转 | 4.00 | [1 − (3.6 − 3) ÷ 3] × 5 = 4
< | 4 | 8 | | 6 | | | 0.00 | 8 已达到指标值 4 的两倍，得 0
≤ | 4 | 7.99 | | 6 | | | 0.02 | [1 − (7.99 − 4) ÷ 4] × 6 = 0.02
≤ | 0 | 1 | | 6 | | | 0.00 | 不应超过 0，实际 1，得 0
≥ | 900 | 20.1 | | 45 | | | 1.01 | 20.1 ÷ 900 × 45 = 1.01
≥ | 95% | 95% | | 10 | | | 10.00 | 达到指标值，得满分 10
区间 | 80~90 | 85 | | 10 | | | 10.00 | 达到指标值，得满分 10
区间 | 80~90 | 90.1 | | 10 | | | 0.00 | 应在 80~90 之间，实际 90.1，得 0
区间 | 80-90 | 85 | | 10 | | | 没有分 | 区间指标的指标值应写成 80~90，实际完成值应是数字
区间 | 85 | 85 | | 10 | | | 没有分 | 区间指标的指标值应写成 80~90，实际完成值应是数字
区间 | | 85 | | 10 | | | 没有分 | 区间指标的指标值应写成 80~90，实际完成值应是数字
≤ | 2023年12月31日 | 2023-12-30 | | 6 | | | 6.00 | 达到指标值，得满分 6
≤ | 2023年12月31日 | 2023-12-31 | | 6 | | | 6.00 | 达到指标值，得满分 6
≤ | 2023-12-31 | 2024年1月1日 | | 6 | | 汛期停工 | 0.00 | 没有按时，日期不按比例折算，得 0
< | 2023-12-31 | 2024-1-20 | | 6 | | | 0.00 | 没有按时，日期不按比例折算，得 0
= | 2023-12-31 | 2024-1-20 | | 6 | | | 0.00 | 没有按时，日期不按比例折算，得 0
= | 2023-12-31 | 2023-11-20 | | 6 | | | 6.00 | 达到指标值，得满分 6
≥ | 2023-12-31 | 2023-11-20 | | 6 | | | 0.00 | 没有按时，日期不按比例折算，得 0
≥ | 2023-12-31 | 2024-1-20 | | 6 | | | 6.00 | 达到指标值，得满分 6
≤ | 45291 | 45311 | | 6 | | | 0.00 | 没有按时，日期不按比例折算，得 0
≤ | 45291 | 45270 | | 6 | | | 6.00 | 达到指标值，得满分 6
≤ | 2023-12-31 | 尚未完成 | | 6 | | | 没有分 | 实际完成值没有填日期
≤ | 2023年2月30日 | 2023-12-30 | | 6 | | | 没有分 | 指标值没有填数字
定性 | 建立制度 | 已建立 | 达成年度指标 | 8 | | | 8.00 | 达成年度指标，8 × 100% = 8
定性 | 建立制度 | 部分 | 部分达成年度指标并具有一定效果 | 6 | | | 4.20 | 部分达成年度指标并具有一定效果，6 × 70% = 4.2
定性 | 建立制度 | 没有 | 未达成年度指标且效果较差 | 6 | | | 1.80 | 未达成年度指标且效果较差，6 × 30% = 1.8
 | 建立制度 | 达成预期指标 | | 6 | | | 没有分 | 指标值没有填数字
定性 | 建立制度 | 达成年度指标 | | 8 | | | 8.00 | 达成年度指标，8 × 100% = 8
定性 | 建立制度 | 未达成年度指标且效果较差 | | 6 | | | 1.80 | 未达成年度指标且效果较差，6 × 30% = 1.8
定性 | 建立制度 | 已建立 | | 6 | | | 没有分 | 定性指标没有选完成等级
≥ | | 5 | | 6 | | | 没有分 | 指标值没有填数字
≥ | 5 | | | 6 | | | 没有分 | 实际完成值没有填数字
≥ | 5 | 5 | | | | | 没有分 | 没有填分值
≥ | 98 | 98.6 | | 6 | 0.5 | 重报两次 | 5.50 | 达到指标值，得满分 6；人工扣减 0.5，得 5.5
≥ | 98 | 98.6 | | 6 | 0.5 | | 6.00 | 达到指标值，得满分 6
≥ | 98 | 98.6 | | 6 | 9 | 全部退回 | 0.00 | 达到指标值，得满分 6；人工扣减 9，得 0
≥ | 98 | 98.6 | | 6 | -1 | 加分 | 6.00 | 达到指标值，得满分 6
"""


def number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def mixed(text: str) -> Decimal | str | None:
    try:
        return number(text)
    except ArithmeticError:
        return text


def rows() -> list[list[str]]:
    return [[part.strip() for part in line.split("|")] for line in TABLE.strip("\n").split("\n")]


def indicator(row: list[str]) -> Indicator:
    sign, target, actual, level, weight, cut, reason = row[:7]
    return Indicator(
        "例", sign or None, mixed(target), mixed(actual), level or None, number(weight), number(cut), reason or None
    )


@pytest.mark.parametrize("row", rows(), ids=" ".join)
def test_table(row: list[str]) -> None:
    score = score_indicator(indicator(row), SETTINGS)
    assert (str(score.value) if score.value is not None else "没有分") == row[7]
    assert (score.working or score.problem) == row[8]


TARGETS = ("52", "0", "95%", "≥266米", "不超过30", "320项", "80~90", "2023-12-31", "45291", "建立", "")
RESULTS = ("0", "10", "52", "103", "104", "-5", "95%", "90", "300米", "2024年1月1日", "45290", "")
GIVEN = ("", "0", "4.205", "6", "7")
LEVELS = ("", *(band.phrase for band in SETTINGS.bands), "说不清")
ASKED = ("≥", "≤", "=", "区间", "定性", "")


MORE: dict[str, dict[str, Any]] = {
    "自评": {"submitted": Decimal("4.205")},
    "扣": {"deduction": Decimal("0.5")},
    "项": {"unit": "项"},
    "无性质": {"unsigned": True},
}


@pytest.mark.parametrize(("sign", "reverse"), [*((sign, "linear") for sign in ASKED), ("≤", "ratio")])
def test_every_score_has_its_working(sign: str, reverse: str, recorded: Recorded) -> None:
    """What each target and result earns, with the sentence: as worked out, and as staff gave it."""
    settings = replace(SETTINGS, reverse=reverse)
    lines = []
    for target, actual in product(TARGETS, RESULTS):
        one = indicator([sign, target, actual, "", "6", "", "缺件"])
        told = _told(one, settings)
        others = ((word, _told(one._replace(**more), settings)) for word, more in MORE.items())
        lines += [f"{target} {actual}：{told}", *(f"  {word}：{other}" for word, other in others if other != told)]
    for level, points in product(LEVELS, GIVEN):
        one = indicator([sign, "建立", "已建立", level, "6", "", ""])._replace(submitted=number(points))
        lines.append(f"{level} {points}：{_told(one, settings)} | {_told(one._replace(guessed=True), settings)}")
    assert "\n".join(lines) == recorded("scores", f"{sign} {reverse}", "\n".join(lines))


def _told(one: Indicator, settings: ScoringSettings) -> str:
    score = score_indicator(one, settings)
    return f"{score.value} {score.earned} {score.working}{score.problem}"


@pytest.mark.parametrize("pack", [pack.id for pack in list_packs()])
def test_the_formulas_of_every_pack(pack: str, recorded: Recorded) -> None:
    """The live cells of a form, to the letter: points, grade, ratios; of a pack that extends one, what is its own."""
    found = find_pack(pack)
    above = found.parent.compute if found.parent else {}
    told = [f"{name} {formula}" for name, formula in found.compute.items() if above.get(name) != formula]
    assert "\n".join(told) == recorded("live_formulas", pack, "\n".join(told))


@pytest.mark.parametrize("band", SETTINGS.bands, ids=lambda band: band.phrase)
def test_the_ends_of_a_band_are_those_that_are_shown(band: Band) -> None:
    """The lower end always, the upper end where a square bracket shows it, nothing beyond."""
    weight, cent = Decimal(10), Decimal("0.01")
    low, high, closed = band.low * weight, band.high * weight, band.range_text(weight).endswith("]")
    held = [band.contains(score, weight) for score in (low - cent, low, high - cent, high, high + cent)]
    assert held == [False, True, True, closed, False]


def test_submitted_score_inside_its_band_is_kept() -> None:
    """定性: staff choose within the band; outside it the default of the band is computed."""
    one = Indicator(
        "例", "定性", "建立", "部分", "部分达成年度指标并具有一定效果", Decimal(10), submitted=Decimal("7.5")
    )
    kept = score_indicator(one, SETTINGS)
    assert (kept.value, kept.working) == (Decimal("7.50"), f"{one.level}，区间 [6, 8)，自评 7.5")
    assert score_indicator(one._replace(submitted=Decimal(8)), SETTINGS).value == Decimal("7.00")
    best = one._replace(level="达成年度指标", submitted=Decimal(8))
    assert score_indicator(best, SETTINGS).working == "达成年度指标，区间 [8, 10]，自评 8"


def test_the_other_reverse_formula() -> None:
    """贵州, 山东: 指标值 ÷ 完成值."""
    one = Indicator("例", "≤", Decimal(3), Decimal("3.6"), None, Decimal(5))
    score = score_indicator(one, RATIO)
    assert (score.value, score.working) == (Decimal("4.17"), "3 ÷ 3.6 × 5 = 4.17")


@pytest.mark.parametrize(
    ("total", "grade"),
    [
        ("100", "优"),
        ("90", "优"),
        ("89.99", "良"),
        ("80", "良"),
        ("79.99", "中"),
        ("60", "中"),
        ("59.99", "差"),
        ("0", "差"),
    ],
)
def test_grades(total: str, grade: str) -> None:
    assert SETTINGS.grade(Decimal(total)) == grade
    assert parse(grade_formula("总分", SETTINGS)).evaluate(lambda _: Decimal(total)) == grade


AMOUNT = st.decimals(0, 10**6, places=2, allow_nan=False)
WEIGHT = st.decimals("0.5", 60, places=1, allow_nan=False)
SIGN = st.sampled_from(["≥", "≤", ">", "<", "="])


@given(SIGN, AMOUNT, AMOUNT, WEIGHT, st.booleans())
def test_between_nothing_and_all(sign: str, target: Decimal, actual: Decimal, weight: Decimal, ratio: bool) -> None:  # noqa: FBT001
    score = score_indicator(Indicator("例", sign, target, actual, None, weight), RATIO if ratio else SETTINGS)
    assert score.value is not None
    assert 0 <= score.value <= weight
    assert score.value == round_half_up(score.value, 2)
    met = actual <= target if sign in "≤<" else (actual <= 0 if sign == "=" and target == 0 else actual >= target)
    assert not met or score.value == weight


@given(st.sampled_from(["≥", "≤"]), st.decimals(1, 1000, places=1), AMOUNT, AMOUNT, WEIGHT)
def test_better_is_never_worse(sign: str, target: Decimal, one: Decimal, other: Decimal, weight: Decimal) -> None:
    low, high = sorted((one, other))
    first, second = (
        score_indicator(Indicator("例", sign, target, a, None, weight), SETTINGS).value for a in (low, high)
    )
    assert first is not None
    assert second is not None
    assert first <= second if sign == "≥" else first >= second


@given(AMOUNT, AMOUNT, AMOUNT, WEIGHT)
def test_interval_in_excel_is_the_same(low: Decimal, high: Decimal, actual: Decimal, weight: Decimal) -> None:
    one = Indicator("例", "区间", f"{low}~{high}", actual, None, weight)
    values: dict[str, Decimal | str | None] = {
        "指标_性质": "区间",
        "指标_指标值": f"{low}~{high}",
        "指标_实际完成值": actual,
        "指标_完成等级": None,
        "指标_分值": weight,
        "指标_人工扣减": None,
        "指标_偏差原因": None,
    }
    assert (
        parse(score_formula(INDICATORS, SETTINGS)).evaluate(values.__getitem__) == score_indicator(one, SETTINGS).value
    )


@settings(max_examples=200)
@given(
    SIGN | st.just("定性"),
    AMOUNT,
    AMOUNT,
    st.sampled_from([b.phrase for b in SETTINGS.bands]),
    WEIGHT,
    st.none() | st.decimals(0, 10, places=1),
    st.sampled_from([None, "有原因"]),
    st.booleans(),
)
def test_excel_text_gives_the_same(  # noqa: PLR0913, PLR0917 - one argument per column of the table
    sign: str,
    target: Decimal,
    actual: Decimal,
    level: str,
    weight: Decimal,
    cut: Decimal | None,
    reason: str | None,
    ratio: bool,  # noqa: FBT001
) -> None:
    chosen = RATIO if ratio else SETTINGS
    values: dict[str, Decimal | str | None] = {
        "指标_性质": sign,
        "指标_指标值": target,
        "指标_实际完成值": actual,
        "指标_完成等级": level,
        "指标_分值": weight,
        "指标_人工扣减": cut,
        "指标_偏差原因": reason,
        "指标_计量单位": None,
    }
    one = Indicator("例", sign, target, actual, level, weight, cut, reason)
    assert parse(score_formula(INDICATORS, chosen)).evaluate(values.__getitem__) == score_indicator(one, chosen).value
