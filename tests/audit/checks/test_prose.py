"""The staff's prose against the tables (D64–D69, D72): what is 错误, what only a hint, and what is let be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_cases import checked_case

from toolkit.audit.checks.prose import _UNSIGNED

HINTS = [
    # another unit's money, a plan, last year's budget, a rate left out: never more than a 提示
    "机构_说明=下属示例县推广站支出81.37万元，其中基本支出51.23万元。",
    "文字_改进措施=2024年基本支出控制在511.37万元以内。",
    "文字_其他说明=2022年年初预算基本支出511.37万元，2023年有所调整。",
    "文字_其他说明=受理工单200件，办结190件。",
    "目标[0].预期目标=2023年项目支出311.37万元。",
]


@pytest.mark.parametrize("change", HINTS)
def test_at_most_a_hint(change: str) -> None:
    found = checked_case(change).result.findings
    assert {f.severity.value for f in found if f.rule != "D73"} <= {"notice"}, [f.message for f in found]


def test_a_named_figure_that_differs_is_an_error_and_shows_both_cells() -> None:
    result = checked_case("文字_其他说明=2023年基本支出586.83万元，用于日常运转。").result
    named = [f for f in result.findings if f.severity.value == "error"]
    assert [(f.rule, str(f.left), str(f.right), str(f.difference)) for f in named] == [
        ("D64", "586.83", "576.83", "10.00")
    ]
    assert [c.sheet for c in named[0].cells] == ["绩效情况", "整体自评表"]


@pytest.mark.parametrize(
    ("amount", "told"),
    [("972.41", "“972.41万元”在表里没有来源，最接近的是"), ("3456.78", "“3456.78万元”在表里没有来源。")],
)
def test_no_source_tells_the_nearest_where_one_is_near(amount: str, told: str) -> None:
    text = f"文字_其他说明=年中另有捐赠收入{amount}万元。"
    found = [f for f in checked_case(text).result.findings if f.rule == "D64"]
    assert [f.severity.value for f in found] == ["notice"]
    assert told in found[0].message


def test_two_amounts_are_no_source_of_one_another() -> None:
    """D64: with a cell, only their sum or difference would be."""
    text = "文字_其他说明=年中另有捐赠收入3456.78万元，赞助收入2789.13万元。"
    (found,) = (f for f in checked_case(text).result.findings if f.rule == "D64")
    assert "“3456.78万元”在表里没有来源；“2789.13万元”在表里没有来源。" in found.message


@pytest.mark.parametrize(
    "text",
    [
        "年末未执行19.8万元，其中项目资金12.03万元，基本支出7.77万元。",  # two differences of cells
        "预算执行率97.81%，项目支出占34.66%。",  # a rate, and a share of two cells
        "公务接待费比上年减少0.46万元，下降21.9%。",
        "2023年公务接待费1.64万元，比上年下降21.9%，减少0.46万元。",  # the rate is not taken for the amount
        "全年归集数据2130万条，业务培训540人次，比计划少60人次。",
    ],
)
def test_what_follows_from_the_tables_has_a_source(text: str) -> None:
    assert [f.message for f in checked_case(f"文字_其他说明={text}").result.findings] == []


@pytest.mark.parametrize(("apart", "told"), [("少70人次", ["60人次"]), ("少60人次", []), ("多60万元", [])])
def test_how_far_from_its_target_an_indicator_is(apart: str, told: list[str]) -> None:
    """D64: 540 of 600 trained; of an amount of money the indicator says nothing."""
    found = checked_case(f"文字_其他说明=业务培训540人次，比计划{apart}。").result.findings
    wrong = [f.message for f in found if f.severity.value == "warning"]
    assert [any(f"应为 {right}" in message for message in wrong) for right in told] == [True] * len(wrong)


def test_residue_is_an_error_at_its_cell() -> None:
    found = checked_case("文字_公开情况=拟于20XX年9月公开。").result.findings
    assert [(f.rule, f.severity.value, f.cells[0].sheet) for f in found] == [("D72", "error", "绩效情况")]


PIECES = "率 满意度 支出 预算 总额 为 达到 95 1.5 3 % 万元 元 个 分 甲 方 ， -"


@given(st.lists(st.sampled_from(PIECES.split()), max_size=9).map("".join))
def test_a_figure_without_its_sign_is_looked_for_by_itself_first(text: str) -> None:
    """D79: where the search without a name finds nothing, the one with a name does not either."""
    for bare, named, _ in _UNSIGNED:
        assert (bare.search(text) is None) is (named.search(text) is None)
