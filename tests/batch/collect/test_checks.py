"""E80–E85: each fails, passes and answers 未检查 where it should; nothing is guessed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from batch_tables import PACK, SETTINGS, answer, batch_of, judged

from toolkit.authoring.check import check_batch
from toolkit.authoring.keeping.pages import rule_list
from toolkit.batch.collect.checks import BATCH_CHECKS, audit_batch
from toolkit.batch.collect.status import Status
from toolkit.batch.summary.bulletin import bulletin_context
from toolkit.batch.summary.overview import spread
from toolkit.core.findings import Severity
from toolkit.pack.finding import find_pack, list_packs

ROSTER = "101 | 甲局 | | 本级\n102 | 乙站 | 101 |\n103 | 丙站 | 101 |"
ALL = "甲.xlsx | 101 | 甲局 | 95 | 100\n乙.xlsx | 102 | 乙站 | 85 | 50\n丙.xlsx | 103 | 丙站 | 70 | 20"
MERGED = "1 | 系统汇总 | | 汇总\n101 | 甲局 | 1 | 本级\n102 | 乙站 | 1 |"
TWO = "甲.xlsx | 101 | 甲局 | 95 | 100\n乙.xlsx | 102 | 乙站 | 85 | 50"

# 规则 | 情形 | 名册 | 报送 | 结论
CASES = [
    ("E80", "全部报齐", ROSTER, ALL, "通过"),
    ("E80", "一户未报", ROSTER, TWO, "不符"),
    ("E80", "没有名册", "", ALL, "未检查"),
    ("E81", "相等", MERGED, f"{TWO}\n总.xlsx | 1 | 系统汇总 | | 150", "通过"),
    ("E81", "差一分钱以内", MERGED, f"{TWO}\n总.xlsx | 1 | 系统汇总 | | 150.01", "通过"),
    ("E81", "差额", MERGED, f"{TWO}\n总.xlsx | 1 | 系统汇总 | | 160", "不符"),
    ("E81", "人数差一", MERGED, f"{TWO} | 编制数=5\n总.xlsx | 1 | 系统汇总 | | 150 | 编制数=6", "不符"),
    ("E81", "没有另报", ROSTER, ALL, "未检查"),
    ("E81", "下属没有报齐", MERGED, "甲.xlsx | 101 | 甲局 | 95 | 100\n总.xlsx | 1 | 系统汇总 | | 150", "未检查"),
    (
        "E82",
        "同一长编码",
        ROSTER,
        f"{TWO} | 项目=P2023000001:一:5 \n丙.xlsx|103|丙站|70|20|项目=P2023000001:二:6",
        "不符",
    ),
    ("E82", "同名同额", ROSTER, f"{TWO} | 项目=:一:5 \n丙.xlsx|103|丙站|70|20|项目=:一:5", "不符"),
    ("E82", "同名不同额", ROSTER, f"{TWO} | 项目=1:一:5 \n丙.xlsx|103|丙站|70|20|项目=2:一:6", "通过"),
    ("E82", "流水号相同", ROSTER, f"{TWO} | 项目=1:一:5 \n丙.xlsx|103|丙站|70|20|项目=1:二:5", "通过"),
    ("E82", "同名都是零", ROSTER, f"{TWO} | 项目=:一:0 \n丙.xlsx|103|丙站|70|20|项目=:一:0", "通过"),
    ("E82", "同一户两个同名", ROSTER, f"{TWO} | 项目=:一:5 项目=:一:5\n丙.xlsx|103|丙站|70|20|项目=:二:5", "通过"),
    ("E82", "只有一户有项目", ROSTER, f"{TWO} | 项目=:一:5", "未检查"),
    ("E83", "都在名册内", ROSTER, ALL, "通过"),
    ("E83", "名册外", ROSTER, f"{ALL}\n丁.xlsx | 109 | 丁所 | 60 | 1", "不符"),
    ("E83", "重复报送", ROSTER, f"{ALL}\n丙2.xlsx | 103 | 丙站 | 60 | 1", "不符"),
    ("E83", "名称不同", ROSTER, ALL.replace("丙站", "丙水利站"), "不符"),
    ("E83", "没有名册也查重复", "", f"{ALL}\n丙2.xlsx | 103 | 丙站 | 60 | 1", "不符"),
    ("E83", "一份也没读到", "", "坏.xlsx | | | | | 读不了", "未检查"),
    ("E84", "同一规则包", ROSTER, ALL, "通过"),
    ("E84", "别的规则包", ROSTER, f"{ALL} | 规则包=hunan-2018", "不符"),
    ("E84", "没有安装的规则包", ROSTER, f"{TWO}\n丙.xlsx | | | | | 其他表样", "不符"),
    ("E84", "一份也没读到", "", "坏.xlsx | | | | | 读不了", "未检查"),
    ("E85", "有高有低", ROSTER, ALL, "通过"),
    ("E85", "全优", ROSTER, ALL.replace("85", "91").replace("70", "92"), "不符"),
    ("E85", "同分", ROSTER, ALL.replace("95", "70").replace("85", "70"), "不符"),
    ("E85", "不到三户", ROSTER, TWO, "未检查"),
]


@pytest.mark.parametrize(("rule", "case", "roster", "returns", "wanted"), CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES])
def test_case(rule: str, case: str, roster: str, returns: str, wanted: str) -> None:
    del case
    _, result = judged(roster, returns)
    assert answer(result, rule) == wanted, [f.message for f in result.findings]


def test_every_rule_has_all_three_answers() -> None:
    wanted = {"通过", "不符", "未检查"}
    assert {rule: {c[4] for c in CASES if c[0] == rule} for rule in {r.id for r in PACK.batch_rules}} == {
        f"E{n}": wanted for n in range(80, 86)
    }


def test_a_missing_answer_has_a_reason() -> None:
    _, result = judged("", "坏.xlsx | | | | | 读不了")
    assert all(n.reason for n in result.not_checked)
    assert {n.rule for n in result.not_checked} == {f"E{n}" for n in range(80, 86)}


def test_gap_carries_both_sides() -> None:
    """E81: filed, expected, difference and tolerance, and the sentence says what to do."""
    _, result = judged(MERGED, f"{TWO}\n总.xlsx | 1 | 系统汇总 | | 160")
    found = next(f for f in result.findings if f.rule == "E81")
    sides = (found.left, found.right, found.difference, found.tolerance)
    assert sides == (Decimal(160), Decimal(150), Decimal(10), Decimal("0.01"))
    assert found.message == (
        "“系统汇总”（1）填报的全年执行数 160 万元，应等于本级与下属 2 家之和 150 万元，相差 10 万元。"
        "请核对是否漏了或重复了单位。[E81]"
    )


def test_gap_that_rounding_explains_is_a_notice() -> None:
    """E81: 0.01 for each addend."""
    _, result = judged(MERGED, f"{TWO}\n总.xlsx | 1 | 系统汇总 | | 150.02")
    assert [f.severity for f in result.findings if f.rule == "E81"] == [Severity.NOTICE]


def test_scores_of_a_merged_return_are_not_counted() -> None:
    """E81, E85: a department's own 汇总 return is neither added nor scored with the others."""
    batch = batch_of(MERGED, f"{TWO}\n总.xlsx | 1 | 系统汇总 | 100 | 150")
    assert batch.figures[0].scored == 2
    assert [e.merged for e in batch.entries] == [True, False, False]


def test_no_hole_is_left_in_a_sentence() -> None:
    for _, _, roster, returns, _ in CASES:
        for found in judged(roster, returns)[1].findings:
            assert "{" not in found.message
            assert found.message.endswith(f"[{found.rule}]")


def test_a_pack_can_change_severity_and_sentence() -> None:
    """Nothing about E80 but its logic stands in the program."""
    rules = tuple(replace(r, severity=Severity.NOTICE, fact="{单位}未交") for r in PACK.batch_rules if r.id == "E80")
    assert rules[0].check in BATCH_CHECKS
    batch = batch_of(ROSTER, TWO)
    answers = list(BATCH_CHECKS[str(rules[0].check)](rules[0], batch))
    told = [a.finding for a in answers if a.finding]
    assert [(f.severity, f.message) for f in told] == [(Severity.NOTICE, "丙站未交。请催报。[E80]")]


@pytest.mark.parametrize("pack", list_packs(), ids=lambda p: p.id)
def test_packs_are_sound_and_list_the_rules(pack: object) -> None:
    chosen = find_pack(str(getattr(pack, "id", "")))
    assert list(check_batch(chosen)) == []
    listed = {str(r["id"]): r["scope"] for r in rule_list(chosen)}
    assert {rule for rule, scope in listed.items() if scope == "batch"} == {f"E{n}" for n in range(80, 86)}


def test_statuses_in_the_order_of_telling() -> None:
    batch = batch_of(ROSTER, f"{ALL} | 结论=warning\n坏.xlsx | | | | | 读不了\n丁.xlsx | 109 | 丁所 | 60 | 1")
    found = [e.status for e in batch.entries]
    assert found == [Status.CLEAN, Status.CLEAN, Status.WARNING, Status.OUTSIDE, Status.UNREADABLE]


@pytest.mark.parametrize(("code", "wanted"), [("P2023001", "不符"), ("P202300", "通过"), ("P20230001", "不符")])
def test_a_long_code_is_one_project_under_any_name(code: str, wanted: str) -> None:
    """E82: from eight characters on a code is a code, below it may be a running number."""
    assert SETTINGS.code_length == 8
    returns = f"{TWO} | 项目={code}:一:5 \n丙.xlsx|103|丙站|70|20|项目={code}:二:6"
    assert answer(judged(ROSTER, returns)[1], "E82") == wanted


SCORES = (0, "59.99", 60, "69.99", 70, 80, "84.99", 85, 90, "94.99", 95, 100)


def test_every_score_is_in_one_step() -> None:
    """得分分布: a bound belongs to the step above it, 100 to the last."""
    lines = [f"{n}.xlsx | {n} | 单位{n} | {score} | 1" for n, score in enumerate(SCORES, 100)]
    found = spread(batch_of("", "\n".join(lines)))
    assert found == [
        ("60 以下", 2),
        ("60–70", 2),
        ("70–80", 1),
        ("80–85", 2),
        ("85–90", 1),
        ("90–95", 2),
        ("95–100", 2),
    ]


@pytest.mark.parametrize(
    ("units", "first", "between", "last"), [(9, 9, 0, 0), (10, 10, 0, 0), (11, 5, 1, 5), (12, 5, 2, 5)]
)
def test_a_long_ranking_is_cut_in_the_middle(units: int, first: int, between: int, last: int) -> None:
    """通报: up to twice the listed number all are named; beyond, the best and the worst, and how many are left out."""
    lines = [f"{n}.xlsx | {n} | 单位{n} | {n} | 1" for n in range(10, 10 + units)]
    batch = batch_of("", "\n".join(lines))
    told = bulletin_context(batch, audit_batch(batch))
    assert (len(told["前列"]), len(told["后列"])) == (first, last)
    assert told["间隔行"] == [f"（中间 {between} 家略）"] * bool(between)
    names = [row["单位"] for row in (*told["前列"], *told["后列"])]
    assert (names[0], names[-1], len(set(names))) == (f"单位{9 + units}", "单位10", first + last)
