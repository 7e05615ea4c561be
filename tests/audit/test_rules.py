"""Every rule of the pack fails, passes and answers 未检查 where it should; ids are those of the domain list."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

import pytest
from recorded import Recorded, told_of, usual
from rule_cases import RuleCase, changed_data, checked_case, misplaced, place_of, read_cases
from samples import DEMO, check_data, example

from toolkit.audit.judge import audit, judge_text
from toolkit.audit.sheet import audit_lines, audit_lines_of
from toolkit.engines.formula.compile import parse
from toolkit.pack.finding import default_pack
from toolkit.pack.rule_texts import rule_text
from toolkit.unit import compute
from toolkit.unit.exchange import unit_from_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.core.findings import CellRef
    from toolkit.pack.rules import Rule
    from toolkit.pipeline import Checked
    from toolkit.unit import UnitFigures

CASES = read_cases("rules.txt")
IDS = sorted({rule.id for rule in default_pack().rules})
# 未检查 is no answer of these: a return always has text cells to look at, and a cover.
ALWAYS_JUDGED = {"A21", "D73"}
# Its faults cannot be put into JSON; test_stray types them into a workbook.
NOT_FROM_JSON = {"A12"}
NEEDS_LAST_YEAR = {"B39"}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: RuleCase, recorded: Recorded) -> None:
    checked = checked_case(case.change)
    _for_people(checked)
    told = told_of(checked, usual(""))
    assert told == recorded("rules", case.change, told)
    result = checked.result
    found = [f for f in result.findings if f.rule == case.rule]
    if case.answer == "通过":
        assert case.rule in result.passed, [f.message for f in found]
        return
    if case.answer == "未检查":
        assert case.rule in {n.rule for n in result.not_checked}, [f.message for f in found]
        return
    assert case.answer == "不符"
    assert found, "no finding"
    if case.cell:
        assert any(_holds(f.cells, place_of(checked.unit, case.cell)) for f in found), [f.message for f in found]
    if case.difference:
        assert Decimal(case.difference) in [round(f.difference, 4) for f in found if f.difference is not None]


def _holds(cells: tuple[CellRef, ...], wanted: CellRef) -> bool:
    """Whether a cell is among the cells of a finding, columns included."""
    return any(
        c.sheet == wanted.sheet and any(wanted.address == a for row in _grid(c.address) for a in row) for c in cells
    )


def _grid(area: str) -> list[list[str]]:
    from openpyxl.utils.cell import cols_from_range

    return [list(column) for column in cols_from_range(area)]


def test_nothing_filled_is_not_checked() -> None:
    """A blank return passes no rule that needs data."""
    result = checked_case("空").result
    assert {n.rule for n in result.not_checked} >= set(IDS) - ALWAYS_JUDGED
    assert all(n.reason for n in result.not_checked)


def test_every_rule_has_a_failing_and_a_passing_case() -> None:
    failing = {c.rule for c in CASES if c.answer == "不符"}
    passing = {c.rule for c in CASES if c.answer == "通过"}
    assert set(IDS) - failing == NOT_FROM_JSON | NEEDS_LAST_YEAR
    assert set(IDS) - passing == NEEDS_LAST_YEAR


def test_the_clean_example_is_clean() -> None:
    result = check_data(example(DEMO)).result
    assert [f.message for f in result.findings] == []
    assert {n.rule for n in result.not_checked} <= {"B37", "B39", "C52", "C59", "D65", "D68", "D78"}


SHAPE = re.compile(r"「[^」]+」[A-Z]+\d+(:[A-Z]+\d+)?.*：.+。\[[A-Z]{1,2}\d{2,3}\]", re.DOTALL)
ENGLISH = re.compile(r"[A-Za-z]{3,}")


def _for_people(checked: Checked) -> None:
    """Place, fact, what to do, id; no names of variables, no English, no None; the figure stands at the place."""
    assert misplaced(checked) == []
    for finding in checked.result.findings:
        assert SHAPE.fullmatch(finding.message), finding.message
        assert not re.search(r"None|\w_\w|\{|Decimal", finding.message), finding.message
        assert not ENGLISH.search(re.sub(r"「.*?」|“.*?”|\[.*?\]", "", finding.message)), finding.message


def test_one_blank_total_is_not_nine_findings() -> None:
    """A total that staff emptied: what depends on it is 未检查, and nothing else is told."""
    data = example(DEMO)
    del data["fields"]["整体_全年执行数"]
    result = check_data(data).result
    assert [f.rule for f in result.findings] == []
    assert {"A04", "A10"} <= {n.rule for n in result.not_checked}


def test_last_year_is_compared() -> None:
    """B39: 上年决算数 against last year's workbook."""
    now, before = check_data(example(DEMO)), example(DEMO)
    columns = {n: v for n, v in before["fields"].items() if n.endswith("_上年决算数")}
    before["fields"]["封面_年度"] = 2022
    before["fields"] |= {n.replace("_上年决算数", "_本年决算数"): v for n, v in columns.items()}
    same = check_data(before).unit
    assert "B39" in audit(now.unit, now.figures, now.pack, same).passed
    allowed = next(rule.tolerance for rule in now.pack.rules if rule.id == "B39")
    spent = Decimal(str(before["fields"]["基础_公用经费_本年决算数"]))
    before["fields"] |= {"基础_公务接待_本年决算数": 2, "基础_公用经费_本年决算数": spent + allowed}
    other = check_data(before).unit
    found = [f for f in audit(now.unit, now.figures, now.pack, other).findings if f.rule == "B39"]
    assert [(f.cells[0].address, f.difference) for f in found] == [("B12", Decimal("0.1"))]


@pytest.mark.parametrize(
    ("change", "cell", "told"),
    [("封面_单位代码=999002", "C6", "不是同一个单位"), ("封面_年度=2023", "E6", "应为上一年度的")],
)
def test_another_return_is_not_taken_for_last_years(change: str, cell: str, told: str) -> None:
    """B39 says so once, and compares nothing."""
    now, data = check_data(example(DEMO)), changed_data("封面_年度=2022")
    name, _, value = change.partition("=")
    data["fields"][name] = value
    found = audit(now.unit, now.figures, now.pack, check_data(data).unit).findings
    assert [(f.rule, f.cells[0].address) for f in found] == [("B39", cell)]
    assert told in found[0].message


MUTATIONS = {"=": ("<=", ">="), "<=": ("=", ">="), ">=": ("=", "<=")}


def _mutants(rule: Rule) -> Iterator[Rule]:
    """The rule with its operator flipped, its tolerance widened and narrowed, its verdict turned round."""
    comparison = parse(str(rule.formula)).comparison()
    if rule.each or not rule.left or comparison is None:
        yield (
            replace(rule, formula=f"NOT({rule.formula})", left="", each=None)
            if not rule.each
            else replace(rule, formula=f"1-({comparison.left.text if comparison else rule.formula})=1")
        )
        return
    if not rule.unit:  # texts are compared for equality only
        yield replace(rule, formula=f'{comparison.left.text}=""')
        return
    for operator in MUTATIONS[comparison.operator]:
        yield replace(rule, formula=f"{comparison.left.text}{operator}{comparison.right.text}")
    yield replace(rule, tolerance=rule.tolerance * 10 + 1)
    if rule.tolerance:
        yield replace(rule, tolerance=Decimal(0))


@cache
def _figures(change: str) -> UnitFigures:
    """What formulas are judged on; no form is needed for that."""
    pack = default_pack()
    return compute(unit_from_json(changed_data(change), pack), pack)


def _answers(rule: Rule, change: str) -> list[str]:
    figures = _figures(change)
    scopes = figures.forms if rule.form else (figures.book,)
    text = rule_text(rule, default_pack().dictionary)
    return [judge_text(text, figures.filed).verdict for figures in scopes]


FORMULA_RULES = [r for r in default_pack().rules if r.formula]


@pytest.mark.parametrize("rule", FORMULA_RULES, ids=lambda r: f"{r.id}-{r.title}")
def test_every_mutant_is_caught(rule: Rule) -> None:
    """Flip an operator or a tolerance in the pack, and some case above gives another answer."""
    changes = sorted({c.change for c in CASES if c.rule == rule.id})
    right = {change: _answers(rule, change) for change in changes}
    for mutant in _mutants(rule):
        caught = [c for c in changes if _answers(mutant, c) != right[c]]
        assert caught, f"{rule.id} {rule.title}: {mutant.formula} 容差 {mutant.tolerance} 没有被发现"


@pytest.mark.parametrize(("kind", "verdict"), [("业务工作经费", "通过"), ("", "未检查")])
def test_the_sheet_leaves_open_whose_a_figure_without_its_word_is(kind: str, verdict: str) -> None:
    """A14 by kinds of project: the sheet judges where every row has its kind, and only there."""
    checked = checked_case(f"项目[1].类别={kind}")
    kinds = {rule.title for rule in default_pack().rules if "SUMIF(" in str(rule.formula) and rule.id == "A14"}
    lines = audit_lines(checked.pack.rules, checked.pack.dictionary)
    rows = audit_lines_of(checked.unit, checked.figures, checked.pack)
    judged = {row.verdict for line, row in zip(lines, rows, strict=True) if line.text and line.rule.title in kinds}
    assert verdict in judged
    assert judged <= {verdict, "不适用"}


def test_what_cannot_be_sure_is_only_a_hint() -> None:
    """C44 on a cost without sign, C51 on a sign in the target: 提示, not 错误."""
    for change, rule in (("指标[8].性质=; 指标[8].得分=5", "C44"), ("指标[0].指标值=≥320项", "C51")):
        found = [f for f in checked_case(change).result.findings if f.rule == rule]
        assert [f.severity.value for f in found] == ["notice"]
    told = [f for f in checked_case("指标[0].实际完成值=≥342").result.findings if f.rule == "C51"]
    assert [f.severity.value for f in told] == ["error"]


@pytest.mark.parametrize(
    ("change", "rule", "severity"),
    [
        ("整体_执行得分=10", "A07", "error"),  # 9.78: nobody gives more than was earned
        ("整体_执行得分=9.8", "A07", "notice"),
        ("整体_执行得分=9", "A07", "error"),
        ("整体_执行得分=9.79", "A07", "notice"),  # one unit of the last place
        ("整体_执行率=0.9780", "A06", "notice"),  # 97.806% with the tail cut off, not rounded
        ("整体_执行率=0.98", "A06", "notice"),  # 98%
        ("整体_执行率=0.978", "A06", "notice"),
        ("整体_执行率=0.9783", "A06", "error"),
        ("指标[2].得分=5.41", "C44", "notice"),
        ("整体_年初预算数=1000; 整体_执行率=0.8828", "A06", "warning"),  # by 年初预算数, which the rule is not
        ("整体_年初预算数=1000; 整体_执行率=0.8838", "A06", "error"),
        ("整体_年初预算数=1000; 整体_执行得分=8.83", "A07", "warning"),
        ("指标[5].完成等级=; 指标[5].得分=5", "C46", "warning"),  # a score given by hand, its range unknown
        ("指标[5].完成等级=", "C46", "error"),
        ("指标[2].性质=; 指标[2].得分=6", "C44", "error"),  # 540 of 600 trained
        ("指标[2].性质=; 指标[2].三级指标=投诉件数; 指标[2].得分=6", "C44", "notice"),  # fewer may be better
        ("表单0.自评_实施单位=示例县数据服务中心", "D74", "notice"),
        ("表单0.自评_实施单位=示例县数据服务中新（示例）", "D74", "error"),
        ("人员_编制数=—", "T08", "notice"),
        ("指标[13].实际完成值=0.963; 指标[13].得分=10", "C44", "notice"),  # C52 asks which of the two is meant
        ("指标[13].实际完成值=0.963; 指标[13].得分=10", "C52", "warning"),
        ("指标[2].实际完成值=597; 指标[2].得分=6", "C44", "notice"),  # 5.97
        ("指标[2].实际完成值=594; 指标[2].得分=6", "C44", "error"),  # 5.94 is 5.9; a whole point more is a point more
        ("指标[2].实际完成值=558; 指标[2].得分=6", "C44", "error"),  # 5.58
        ("指标[2].实际完成值=484; 指标[2].得分=5", "C44", "error"),  # 4.84
        ("指标[2].实际完成值=540; 指标[2].得分=5; 指标[2].偏差原因=", "C44", "warning"),  # 5.40
        ("指标[2].实际完成值=540; 指标[2].得分=5", "C44", None),  # lowered with a reason
        ("指标[2].实际完成值=540; 指标[2].得分=6", "C44", "error"),  # 5.40
    ],
)
def test_a_rounded_score_and_how_bad_it_is(change: str, rule: str, severity: str | None) -> None:
    found = [f.severity.value for f in checked_case(change).result.findings if f.rule == rule]
    assert found == ([severity] if severity else [])
    told = [f.message for f in checked_case(change).result.findings if f.rule == rule and rule in {"A06", "A07"}]
    assert ["尾差" in message for message in told] == [severity == "notice"] * len(told)  # why it is only a hint


def test_a_form_without_a_name_has_no_empty_name() -> None:
    """A05 on a form: of which project it is stands behind the place, where the form says it."""
    for name, told in (("某项目", "（项目“某项目”）"), ("", "")):
        change = f"表单0.自评_项目名称={name}; 表单0.自评_资金总额_全年执行数=999"
        (found,) = (f for f in checked_case(change).result.findings if f.rule == "A05")
        assert found.message.startswith(f"「项目自评表」H6{told}：")
