"""审核公式: what Excel answers, and where a fault is named, in tables."""

from __future__ import annotations

import pickle
import re
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from formula_cases import ALONE, ANSWERS, CELLS, CRITERIA, EDGES, FAULTS, GRID, PAIRED, rows

from toolkit.engines.formula.compile import Comparison, Formula, parse, rewrite
from toolkit.engines.formula.syntax import FormulaError
from toolkit.engines.formula.values import ErrorValue, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recorded import Recorded


def shown(value: Value) -> str:
    if isinstance(value, tuple):
        return "(" + ", ".join(shown(element) for element in value) + ")"
    if isinstance(value, Decimal):
        return format(value.normalize() + 0, "f")
    if isinstance(value, bool | ErrorValue):
        return str(value).upper()
    return repr(value)


def answer(text: str, cells: Mapping[str, Value] = CELLS) -> Value:
    return parse(text).evaluate(cells.__getitem__)


@pytest.mark.parametrize(("text", "expected"), rows(ANSWERS))
def test_answers_as_excel(text: str, expected: str) -> None:
    assert shown(answer(text)) == expected


def _put(text: str, **given: str) -> str:
    return re.sub(r"\b[xyc]\b", lambda found: given[found[0]], text)


def _lines(text: str) -> list[str]:
    """What a formula of the grid answers, a line for each value of its first place."""

    def told(**given: str) -> str:
        return shown(answer(_put(text, **given), EDGES))

    if re.search(r"\by\b", text):
        return [f"{x}：{' | '.join(told(x=x, y=y) for y in PAIRED)}" for x in PAIRED]
    if re.search(r"\bc\b", text):
        return [f"{c}：{told(c=c)}" for c in CRITERIA]
    return [f"{x}：{told(x=x)}" for x in ALONE]


@pytest.mark.parametrize("text", GRID.strip().splitlines())
def test_a_formula_answers_the_same_at_every_edge(text: str, recorded: Recorded) -> None:
    """More than four thousand answers; that they are Excel's is for the referees (test_libreoffice)."""
    told = "\n".join(_lines(text))
    assert told == recorded("formula", text, told)


def test_a_cell_tells_its_format_and_nothing_else() -> None:
    """What CELL says of a width or a file differs from program to program: no rule may rest on it."""
    assert answer('CELL("format",甲)') == "G"
    assert answer('CELL("width",甲)') is ErrorValue.VALUE
    assert answer("CELL(1,甲)") is ErrorValue.VALUE


@pytest.mark.parametrize(("text", "position", "reason"), rows(FAULTS))
def test_a_fault_is_named_at_its_place(text: str, position: str, reason: str, recorded: Recorded) -> None:
    text = "" if text == "∅" else text
    with pytest.raises(FormulaError) as caught:
        parse(text)
    assert caught.value.position == int(position)
    assert reason in caught.value.reason
    place = f"公式第 {int(position) + 1} 个字符处有误"
    assert str(caught.value) == f"{place}：{caught.value.reason}。公式：{text}"
    assert str(caught.value) == recorded("formula_faults", text or "∅", str(caught.value))


@pytest.mark.parametrize("text", ["(" * 65 + "1" + ")" * 65, "+".join("1" * 300), "-" * 401 + "1", "1" * 8193])
def test_a_formula_beyond_all_measure_is_refused(text: str) -> None:
    with pytest.raises(FormulaError, match=r"超过|过长"):
        parse(text)


@pytest.mark.parametrize("text", ["(" * 64 + "1" + ")" * 64, "+".join("1" * 200), "-" * 399 + "1"])
def test_a_formula_within_the_limits_is_evaluated(text: str) -> None:
    assert answer(text) in {Decimal(1), Decimal(200), Decimal(-1)}


@pytest.mark.parametrize("text", ["甲€乙", "甲.乙", "1甲", "甲①"])
def test_what_is_no_name_is_told_as_one_word(text: str) -> None:
    with pytest.raises(FormulaError, match="不是名称，也不是数"):
        parse(f"1+{text}")


def test_names_come_in_order_without_repeats() -> None:
    formula = parse("IF(整体_支出>0, SUM(项目_执行)/整体_支出, 空+整体_收入)")
    assert formula.names == ("整体_支出", "项目_执行", "空", "整体_收入")


@pytest.mark.parametrize("text", ["空", " = 空 ", "(空)"])
def test_a_bare_name_hands_the_blank_on(text: str) -> None:
    assert answer(text) is None


def test_if_looks_up_only_the_branch_it_takes() -> None:
    assert answer("IF(甲>0,甲,未知)", {"甲": Decimal(1)}) == 1
    assert answer("IFERROR(甲,未知)", {"甲": Decimal(1)}) == 1


def test_comparison_keeps_both_sources() -> None:
    comparison = parse("= (甲+乙)*2 >= SUM( 列 )").comparison()
    assert comparison is not None
    assert (comparison.left.text, comparison.operator) == ("(甲+乙)*2", ">=")
    assert comparison.right.text == "SUM( 列 )"
    assert (comparison.left.names, comparison.right.names) == (("甲", "乙"), ("列",))
    assert comparison.left.evaluate(CELLS.__getitem__) == 15


@pytest.mark.parametrize(("text", "operator"), [("(甲=乙)", "="), ("甲=乙<>真", "<>"), ("甲<>乙", "<>")])
def test_the_outermost_comparison_counts(text: str, operator: str) -> None:
    comparison = parse(text).comparison()
    assert isinstance(comparison, Comparison)
    assert comparison.operator == operator


@pytest.mark.parametrize("text", ["IF(甲=乙,1,0)", "NOT(甲=乙)", "甲", "-(甲=乙)"])
def test_no_comparison_outermost(text: str) -> None:
    assert parse(text).comparison() is None


def test_rewrite_replaces_names_only() -> None:
    text = '= IF( 甲 > 0,\t"甲乙 = 甲" , SUM(甲 , 乙_合计)\n )'
    assert rewrite(text, {"甲": "表!$A$1", "乙_合计": "B2"}.__getitem__) == (
        '= IF( 表!$A$1 > 0,\t"甲乙 = 甲" , SUM(表!$A$1 , B2)\n )'
    )
    with pytest.raises(FormulaError):
        rewrite("A1+1", str)


def test_formulas_and_errors_travel_between_processes() -> None:
    formula: Formula = pickle.loads(pickle.dumps(parse("甲 = 乙")))  # noqa: S301 - our own bytes
    assert formula.evaluate(CELLS.__getitem__) is False
    error = FormulaError("缺少", 2, "1+")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 - our own bytes


def test_a_formula_is_parsed_once() -> None:
    assert parse("甲+1") is parse("甲+1")
