"""D78, step by step: when a figure in a text is the withheld one, what needs hiding, and how a proposal is worded."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

import pytest
from rule_cases import checked_case

from toolkit.audit.prose.reading.numbers import amounts_in
from toolkit.audit.secrecy import holes, leaks
from toolkit.audit.secrecy.facts import facts_of
from toolkit.audit.secrecy.plan import plan_of

# 文中写法 | 不公开的数 | 算不算泄露
FIGURES = """
44.59万元   | 44.59    | 是
44.59万元   | 44.595   | 是
44.59万元   | 44.596   | 否
44.6万元    | 44.556   | 是
44.6万元    | 44.55    | 是
44.6万元    | 44.549   | 否
263万元     | 263.5    | 是
263万元     | 263.51   | 否
45万元      | 45.3     | 否
445900元    | 44.59    | 是
"""


@pytest.mark.parametrize("line", FIGURES.strip().splitlines())
def test_a_rounded_secret_is_still_the_secret(line: str) -> None:
    """To the cent, or rounded to its last place where at least three digits are given."""
    text, value, told = (part.strip() for part in line.split("|"))
    (amount,) = [a for a in amounts_in(f"支出{text}。") if not a.bare]
    assert leaks.same(amount, Decimal(value)) is (told == "是")


WORDS = """
基础_业务工作经费_本年决算数 | 业务工作经费
整体_支出_基本支出           | 基本支出
整体_全年执行数              | 全年执行数
支出_工资福利                | 工资福利
"""


@pytest.mark.parametrize("line", WORDS.strip().splitlines())
def test_a_figure_is_proposed_by_the_word_that_staff_may_write(line: str) -> None:
    name, word = (part.strip() for part in line.split("|"))
    assert holes._word(name) == word


def test_what_is_not_needed_is_given_back() -> None:
    """The largest goes first; what closes the hole stays, in its order."""
    loss = {"甲": Fraction(1), "乙": Fraction(9), "丙": Fraction(5)}
    kept = holes._without_needless(["甲", "乙", "丙"], loss.__getitem__, lambda rest: "甲" in rest or "丙" in rest)
    assert kept == ["甲"]
    assert holes._without_needless(["甲", "乙"], loss.__getitem__, lambda rest: len(rest) == 2) == ["甲", "乙"]


@pytest.mark.parametrize(("amount", "columns"), [("1", {"上年决算数"}), ("0", set()), ("", set())])
def test_nothing_needs_no_protection(amount: str, columns: set[str]) -> None:
    """An amount of 0, or none, is no secret, however surely it follows from the totals."""
    total = Decimal("72.8") + Decimal(amount or 0)
    change = f"公开; 项目[1].公开方式=; 项目[2].上年决算数={amount}; 基础_业务工作经费_上年决算数={total}"
    checked = checked_case(change)
    facts = facts_of(checked.unit, checked.figures, checked.pack)
    values = {n: v for n, v in facts.values.items() if not n.endswith("].上年决算数")}
    assert values
    secrets = holes.Secrets(checked.unit, facts, checked.pack)
    found = {hole.column for hole in secrets.holes(plan_of(checked.unit, checked.pack))}
    assert found & {"上年决算数"} == columns


@pytest.mark.parametrize(("count", "where"), [(1, r"（「项目支出」\w+）改选"), (2, r"（「项目支出」\w+ 等格）改选")])
def test_the_proposal_names_each_row_and_its_cell(count: int, where: str) -> None:
    """One row: its cell; several: the first cell and 等格, every row by number and name."""
    checked = checked_case("公开")
    rows = plan_of(checked.unit, checked.pack).projects[:count]
    told = holes.advice(holes.Proposal(rows=tuple(rows)), checked.unit, checked.pack, more_rows=True)
    assert re.search(where, told), told
    assert [f"第 {row.index + 1} 行“" in told for row in rows] == [True] * count
