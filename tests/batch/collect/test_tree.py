"""汇总: money and heads are added over the tree, scores never; who has filed, and what may belong to whom."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from batch_tables import SETTINGS, batch_of, line_of
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.batch.collect.status import Status

if TYPE_CHECKING:
    import random

TREE = """
1 | 甲局 | | 本级
11 | 甲一站 | 1 |
12 | 甲二站 | 甲局 |
2 | 乙局 | | 本级
21 | 乙一站 | 乙局 |
"""
FILED = """
甲局.xlsx | 1 | 甲局 | 90 | 100 | 编制数=10 预算数=100
甲一.xlsx | 11 | 甲一站 | 80 | 300 | 编制数=5 预算数=400
甲二.xlsx | 12 | 甲二站 | | 0 |
乙一.xlsx | 21 | 乙一站 | 60 | 50 |
"""


def test_parent_is_own_and_below() -> None:
    line = line_of(batch_of(TREE, FILED), "甲局")
    assert line["sums"][SETTINGS.weight] == 400
    assert line["sums"]["人员_编制数"] == 15
    assert (line["node"].expected, len(line["node"].members)) == (3, 3)


def test_a_blank_is_not_zero() -> None:
    """How many units filled a figure in is told; a figure that nobody filled in stays blank."""
    batch = batch_of(TREE, FILED)
    line = line_of(batch, "甲局")
    assert (line["filled"][SETTINGS.weight], line["filled"]["人员_编制数"]) == (3, 2)
    assert line["sums"]["收支_本年收入"] is None
    assert line_of(batch, "乙一站")["sums"]["人员_编制数"] is None


def test_rate_of_those_who_have_both_figures() -> None:
    """A unit without a budget must not push 执行率 over 100 %."""
    batch = batch_of(TREE, FILED)
    assert line_of(batch, "甲局")["figures"].rate == Decimal("0.8000")
    assert line_of(batch, "合计")["figures"].rate == Decimal("0.8000")
    assert line_of(batch, "乙局")["figures"].rate is None


def test_scores_are_averaged_never_added() -> None:
    figures = line_of(batch_of(TREE, FILED), "甲局")["figures"]
    assert (figures.scored, figures.mean, figures.weighted) == (2, 85, Decimal("82.50"))
    assert (figures.low, figures.high, figures.spread) == (80, 90, 5)
    assert figures.grades == (1, 1, 0, 0)


def test_missing_units_are_named() -> None:
    batch = batch_of(TREE, FILED)
    assert line_of(batch, "乙局")["node"].missing == ("乙局",)
    assert batch.nodes[0].missing == ("乙局",)
    assert [n.label for n in batch.nodes] == [
        "合计",
        "甲局",
        "甲局（本级）",
        "甲一站",
        "甲二站",
        "乙局",
        "乙一站",
    ]


def test_a_department_that_is_no_unit_is_a_heading() -> None:
    batch = batch_of("11 | 一站 | 甲系统 |\n12 | 二站 | 甲系统 |", "一.xlsx | 11 | 一站 | 90 | 1")
    node = line_of(batch, "甲系统")["node"]
    assert (node.depth, node.expected, node.missing) == (1, 2, ("二站",))


def test_without_a_roster_the_cover_names_the_department() -> None:
    batch = batch_of("", "一.xlsx | 11 | 一站 | 90 | 1 | 主管部门=甲局\n二.xlsx | 12 | 二站 | 80 | 2 | 主管部门=甲局")
    assert [(n.label, n.depth) for n in batch.nodes] == [("合计", 0), ("甲局", 1), ("一站", 2), ("二站", 2)]


@pytest.mark.parametrize(
    ("first", "second", "winner", "why"),
    [
        ("日期=2024-05-01", "日期=2024-05-09", "2.xlsx", "填报日期"),
        ("日期=2024-05-09", "日期=2024-05-01 时间=9", "1.xlsx", "填报日期"),
        ("时间=5", "时间=9", "2.xlsx", "修改时间"),
        ("时间=5", "时间=5", "1.xlsx", "都相同"),
    ],
)
def test_of_two_returns_the_newer_counts(first: str, second: str, winner: str, why: str) -> None:
    batch = batch_of("1 | 甲 | |", f"1.xlsx | 1 | 甲 | 90 | 7 | {first}\n2.xlsx | 1 | 甲 | 80 | 9 | {second}")
    counted = [e for e in batch.entries if e.counted and e.record]
    other = next(e for e in batch.entries if e.status is Status.TWICE)
    assert [e.record.file for e in counted if e.record] == [winner]
    assert why in other.note
    assert winner in other.note


@pytest.mark.parametrize(
    ("first", "second", "winner", "why"),
    [
        ("已填=9 应填=9", "已填=8 应填=9 时间=9 日期=2024-09-01", "1.xlsx", "填得更全"),
        ("已填=3 应填=9 结论=incomplete", "已填=8 应填=9 结论=error", "2.xlsx", "填得更全"),
        ("已填=9 应填=9 结论=error 日期=2024-09-01", "已填=9 应填=9 结论=warning", "2.xlsx", "有警示"),
        ("已填=9 应填=9 结论=clean", "已填=9 应填=9 结论=warning 时间=9", "1.xlsx", "有警示"),
        ("已填=9 应填=9 结论=error", "已填=8 应填=9 结论=incomplete 时间=9", "1.xlsx", "填得更全"),
    ],
)
def test_of_two_returns_the_fuller_and_the_sounder_counts(first: str, second: str, winner: str, why: str) -> None:
    """Completeness and verdict come before any date: an empty return that was saved last must not win."""
    batch = batch_of("1 | 甲 | |", f"1.xlsx | 1 | 甲 | 90 | 7 | {first}\n2.xlsx | 1 | 甲 | 80 | 9 | {second}")
    assert [e.record.file for e in batch.entries if e.counted and e.record] == [winner]
    assert why in next(e.note for e in batch.entries if e.status is Status.TWICE)


def test_a_wrong_name_under_a_right_code_yields_to_the_right_name() -> None:
    """A unit that typed another's code must not push that unit out, whatever its date."""
    returns = "1.xlsx | 1 | 甲 | 90 | 7 | 日期=2024-01-01\n2.xlsx | 1 | 乙 | 80 | 9 | 日期=2024-09-01"
    counted = [e.record.file for e in batch_of("1 | 甲 | |", returns).entries if e.counted and e.record]
    assert counted == ["1.xlsx"]


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("x.xlsx | 101O2 | 示例县文化馆 | 90 | 1", "“示例县文化馆”（10102）"),
        ("x.xlsx | 10109 | 示例县文化馆（新） | 90 | 1", "“示例县文化馆”（10102）"),
        ("x.xlsx | 10112 | 某馆 | 90 | 1", "“示例县文化馆”（10102）"),
        ("报送/示例县文化馆.xlsx | | | | | 读不了", "“示例县文化馆”（10102）"),
        ("报送/10102终稿.xlsx | | | | | 读不了", "“示例县文化馆”（10102）"),
        ("x.xlsx | 999 | 完全无关的机构 | 90 | 1", ""),
    ],
)
def test_near_matches_are_suggested_not_taken(line: str, hint: str) -> None:
    batch = batch_of(
        "10101 | 示例县图书馆 | |\n10102 | 示例县文化馆 | |", f"a.xlsx | 10101 | 示例县图书馆 | 95 | 1\n{line}"
    )
    loose = next(e for e in batch.entries if e.unit is None)
    missing = next(e for e in batch.entries if e.code == "10102")
    assert missing.status is Status.MISSING
    assert not loose.counted
    assert hint in loose.note
    assert ("可能" in missing.note) == bool(hint)


def test_name_alone_places_a_return_without_a_code() -> None:
    entry = batch_of("1 | 甲（本级） | |", "a.xlsx | | 甲(本级) | 90 | 1").entries[0]
    assert (entry.status, entry.counted) == (Status.CLEAN, True)
    assert "没有填单位代码" in entry.note


def test_another_years_form_is_not_added() -> None:
    batch = batch_of("1 | 甲 | |\n2 | 乙 | |", "a.xlsx | 1 | 甲 | 90 | 1\nb.xlsx | 2 | 乙 | 90 | 5 | 规则包=hunan-2018")
    assert batch.figures[0].sums[SETTINGS.names.index(SETTINGS.weight)] == 1
    assert [e.status for e in batch.entries] == [Status.CLEAN, Status.ERROR]


AMOUNTS = st.none() | st.decimals(min_value=-(10**6), max_value=10**6, places=2)
PARENTS = st.lists(st.tuples(st.integers(0, 30), AMOUNTS), min_size=1, max_size=25)


@given(PARENTS, st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_the_total_is_the_sum_of_the_units(units: list[tuple[int, Decimal | None]], order: random.Random) -> None:
    """Whatever the tree and the order: exact sums, parents equal to what is below them, nothing twice, nothing lost."""
    roster, returns = [], []
    for number, (above, spent) in enumerate(units):
        parent = f"u{above % number}" if number and above % (number + 1) else ""
        roster.append(f"u{number} | 单位{number}号 | {parent} |")
        returns.append(f"{number}.xlsx | u{number} | 单位{number}号 | | {'' if spent is None else spent} |")
    order.shuffle(returns)
    batch = batch_of("\n".join(roster), "\n".join(returns))
    column = SETTINGS.names.index(SETTINGS.weight)
    amounts = [spent for _, spent in units if spent is not None]
    assert batch.figures[0].sums[column] == (sum(amounts) if amounts else None)
    assert batch.figures[0].filled[column] == len(amounts)
    assert batch.nodes[0].expected == len(units)
    for node, figures in zip(batch.nodes, batch.figures, strict=True):
        own = [batch.entries[m].record for m in node.members]
        filed = [r.figures[column] for r in own if r and r.figures[column] is not None]
        assert len(set(node.members)) == len(node.members)
        assert figures.sums[column] == (sum(f for f in filed if f is not None) if filed else None)
