"""D78, step by step: when a figure in a text is the withheld one, what needs hiding, and how a proposal is worded."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from recorded import Recorded, told_of, usual
from rule_cases import checked_case
from samples import DEMO, example

from toolkit.audit.secrecy import figures, holes, leaks, telling_figures
from toolkit.audit.secrecy.amounts import amounts_in
from toolkit.audit.secrecy.facts import facts_of
from toolkit.audit.secrecy.plan import plan_of
from toolkit.pack import default_pack, disclosure_settings
from toolkit.unit import compute
from toolkit.unit.exchange import unit_from_json

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
    assert figures.same(amount, Decimal(value)) is (told == "是")


CASES = (Path(__file__).parents[2] / "cases" / "withheld.txt").read_text("utf-8").splitlines()[1:]


@pytest.mark.parametrize("change", CASES)
def test_what_can_be_worked_out_and_what_closes_it(change: str, recorded: Recorded) -> None:
    """D76, D78: the amounts that follow with their bounds, the proposal, its words, and all that the audit says."""
    checked = checked_case(change)
    facts, plan = facts_of(checked.unit, checked.figures, checked.pack), plan_of(checked.unit, checked.pack)
    secrets = holes.Secrets(checked.unit, facts, checked.pack)
    told = [
        f"第 {hole.project.index + 1} 行 {hole.column} {hole.value}：{hole.bounds.low}～{hole.bounds.high}，"
        f"{holes.hole_text(hole, '万元')}"
        for hole in secrets.holes(plan)
    ]
    if told and (found := secrets.propose(plan)):
        rows = " ".join(str(row.index + 1) for row in found.rows)
        told.append(f"建议 行 {rows}；数 {' '.join(found.fields)}；{'最少' if found.smallest else '不一定最少'}")
        told += [holes.advice(found, checked.unit, checked.pack, more_rows=more) for more in (True, False)]
    told.append(told_of(checked, usual("")))
    assert "\n".join(told) == recorded("withheld", change, "\n".join(told))


WORDS = """
基础_业务工作经费_本年决算数 | 业务工作经费
整体_支出_基本支出           | 基本支出
整体_全年执行数              | 全年执行数
支出_工资福利                | 工资福利
"""


@pytest.mark.parametrize("line", WORDS.strip().splitlines())
def test_a_figure_is_proposed_by_the_word_that_staff_may_write(line: str) -> None:
    name, word = (part.strip() for part in line.split("|"))
    endings = disclosure_settings(default_pack()).column_endings
    assert holes._word(name, endings) == word


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


# 文中写法 | 占总数的多少
SHARES = """
占总支出的12.6%   | 63/500
占12.6‰          | 63/5000
占三成            | 3/10
占三成半          | 7/20
占百分之二十      | 1/5
相当于本数的0.5倍 | 1/2
是总额的四分之一  | 1/4
是总额的1/4       | 1/4
12.6%用于专项     | 63/500
增长12.6%         |
占比率提高12.6%   |
完成率为12.6%     |
"""


@pytest.mark.parametrize("line", SHARES.strip().splitlines())
def test_a_share_in_any_notation(line: str) -> None:
    """Of a published total it gives the amount away; a rate or a growth does not."""
    text, _, share = (part.strip() for part in line.partition("|"))
    assert [found for _, found in figures._shares(text)] == ([Fraction(share)] if share else [])


@pytest.mark.parametrize(("rest", "told"), [("0", True), ("2.24", True), ("2.25", False), ("80", False)])
def test_a_sum_over_forms_tells_when_little_else_is_in_it(rest: str, told: bool) -> None:  # noqa: FBT001
    """The one secret project has 45.00: with less than 5 % of that beside it, the sum is left out of a summary."""
    pack, data, total = default_pack(), example(DEMO), "自评_资金总额_全年执行数"
    for form in (f["fields"] for i, f in enumerate(data["project_forms"]) if i != 2):
        form |= {name: 0 for name in form if name.endswith("_全年执行数")}
    data["project_forms"][0]["fields"]["自评_财政拨款_全年执行数"] = Decimal(rest)
    unit = unit_from_json(data, pack)
    found = telling_figures(unit, compute(unit, pack), pack, (total, "自评_执行率"))
    assert found == ((total,) if told else ())


def test_published_amounts_are_what_the_public_tables_show() -> None:
    """Totals, public projects and their forms (108.3 stands on the first alone); no count, no withheld row or form."""
    checked = checked_case("公开")
    found = figures._published_amounts(checked.figures, plan_of(checked.unit, checked.pack), checked.pack)
    assert found >= {Decimal(n) for n in ("886.83", "305.97", "116.3", "75", "68.25", "108.3", "8")}
    assert not found & {Decimal(n) for n in (36, 34, 11, "76.42", "62.02", 45)}


def test_an_own_word_of_two_signs_is_personal() -> None:
    """A name that stands on the cover and goes; one sign says nothing."""
    told = {}
    for name in ("王明", "王"):
        checked = checked_case(f"公开; 封面_填表人={name}; 文字_其他说明=由{name}负责填报。")
        found = leaks.personal_leaks(checked.unit, plan_of(checked.unit, checked.pack), checked.pack)
        told[name] = [leak.text for leak in found]
    assert told == {"王明": ["由王明负责填报"], "王": []}
