"""Row rules (逐行规则): row by row in Python, whole columns at once on the sheet, the same in LibreOffice."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.formula import ArrayFormula
from referee import needs_office, recalculate

from toolkit.audit.judge import judge_row, judge_text
from toolkit.audit.sheet import verdict_text
from toolkit.core.errors import PackError
from toolkit.engines.formula.compile import columnwise, parse
from toolkit.engines.formula.syntax import FormulaError
from toolkit.engines.formula.values import ErrorValue
from toolkit.pack import find_pack
from toolkit.pack.rule_texts import row_texts, rule_text
from toolkit.pack.rules import Rule, read_rules

if TYPE_CHECKING:
    from pathlib import Path

    from toolkit.core.dictionary import Dictionary
    from toolkit.engines.formula.values import Scalar, Value

D = Decimal
COLUMNS = ("年初预算数", "全年预算数", "全年执行数", "用途")
# 年初 | 全年预算 | 全年执行 | 用途; "" is a blank cell. The last two rows are blank, as on every form.
ROWS = """
100 | 120 | 120 | 修路
100 | 0 | 0 |
0 | 50.5 | 60 | 办会
 | 10 | 9.99 | 办会
30 | 30 |  | 购置
-1 | 7 | 7.004 |  x
5 | 八 | 1 | 文字
 | | |
 | | |
"""
FORMULAS = [
    "项目_全年执行数<=项目_全年预算数",
    "项目_全年执行数=项目_全年预算数-项目_年初预算数",
    "OR(项目_全年执行数<=项目_全年预算数,LEN(项目_用途)>0)",
    "AND(项目_全年执行数<=项目_全年预算数,LEN(项目_用途)>0)",
    'NOT(AND(项目_全年执行数>项目_全年预算数,项目_用途=""))',
    "IF(项目_全年预算数=0,项目_全年执行数=0,项目_全年执行数/项目_全年预算数<=1)",
    "项目_全年执行数/项目_全年预算数<=1",
    "IFERROR(项目_全年执行数/项目_全年预算数,0)<=1",
    "SUM(项目_年初预算数,项目_全年预算数,1)>=项目_全年执行数",
    "MAX(项目_年初预算数,项目_全年预算数)>=项目_全年执行数",
    "MIN(项目_年初预算数,项目_全年预算数,项目_全年执行数)>=0",
    "MAX(项目_年初预算数,项目_全年预算数,项目_全年执行数)<=55",
    "COUNT(项目_年初预算数,项目_全年预算数,项目_全年执行数)=3",
    "COUNTA(项目_用途,项目_全年执行数)=2",
    "AVERAGE(项目_年初预算数,项目_全年预算数)<项目_全年执行数",
    "ROUND(项目_全年执行数,2)=项目_全年执行数",
    "OR(ISBLANK(项目_用途),ISTEXT(项目_用途))",
    'OR(项目_用途="办会",项目_用途="",LEFT(TRIM(项目_用途),1)="x",项目_全年执行数>0)',
    "COUNTIF(职能_内容,项目_用途)>=1",
    "项目_全年执行数<=SUM(项目_年初预算数)*整体_全年预算数",
    "ABS(项目_全年执行数-项目_全年预算数)<=0.01",
    "IF(AND(项目_全年预算数>0,OR(项目_年初预算数>0,项目_年初预算数=0)),MAX(项目_全年执行数,0)<=项目_全年预算数,TRUE)",
    "(ROUND(项目_全年执行数-项目_全年预算数,2)<=0)*1=1",
    'ISNUMBER(FIND("会",项目_用途))',
    "AND(项目_全年执行数)",
]  # fmt: skip
OUTSIDE: dict[str, Value] = {"整体_全年预算数": D("0.5"), "职能_内容": ("办会", "修路")}


def rows_of(table: str) -> list[dict[str, Scalar]]:
    found = []
    for line in table.strip("\n").splitlines():
        cells = [cell.strip(" ") for cell in line.split("|")]
        found.append({f"项目_{c}": _scalar(cell) for c, cell in zip(COLUMNS, cells, strict=True)})
    return found


def _scalar(cell: str) -> Scalar:
    try:
        return D(cell)
    except ArithmeticError:
        return cell or None


def dictionary() -> Dictionary:
    return find_pack("hunan-2023").dictionary


def rule_of(formula: str, **more: Any) -> Rule:  # noqa: ANN401 - any TOML value
    entry = {"id": "X01", "severity": "error", "title": "试", "each": "项目", "formula": formula, **more}
    return next(iter(read_rules(entry, {"pack": {"unit": "万元"}}, dictionary())))


def lookup_of(row: dict[str, Scalar]) -> Any:  # noqa: ANN401 - a lookup
    return lambda name: row[name] if name in row else OUTSIDE[name]


def columns_of(rows: list[dict[str, Scalar]]) -> Any:  # noqa: ANN401 - a lookup
    return lambda name: tuple(r[name] for r in rows) if name.startswith("项目_") else OUTSIDE[name]


def verdict_by_rows(rule: Rule, rows: list[dict[str, Scalar]]) -> tuple[str, int]:
    texts = row_texts(rule, dictionary())
    found = [judge_row(texts, lookup_of(row)) for row in rows]
    broken, good = found.count("不符"), found.count("通过")
    if broken or good:
        return ("不符" if broken else "通过"), broken
    return ("不适用" if "不适用" in found else "未检查"), 0


RULES = [rule_of(f) for f in FORMULAS] + [
    rule_of("项目_全年执行数<=项目_全年预算数", when="项目_全年预算数>0"),
    rule_of("项目_全年执行数<=项目_全年预算数", when='项目_用途="没有"'),
    rule_of("项目_全年执行数<=项目_全年预算数", when="整体_全年预算数>100"),
    rule_of("项目_全年执行数=项目_全年预算数", left="执行", right="预算"),
    rule_of("项目_全年执行数<=项目_全年预算数", left="执行", right="预算", tolerance="9.5"),
    rule_of("LEN(TRIM(项目_用途))>1", needs=["项目_用途"]),
    rule_of("LEN(项目_用途)>0", needs=[]),
    rule_of('OR(项目_年初预算数,项目_用途="没有")', needs=["项目_用途"]),
    rule_of("OR(项目_全年执行数>0,LEN(项目_用途)>0)", needs=["项目_全年执行数", "整体_全年预算数", "职能_内容"]),
]  # fmt: skip


@pytest.mark.parametrize("rule", RULES, ids=lambda r: f"{r.formula} {r.when or ''}")
def test_the_sheet_and_the_rows_agree(rule: Rule) -> None:
    """The array formula counts just the rows that break the rule when each is asked by itself."""
    rows = rows_of(ROWS)
    text = rule_text(rule, dictionary())
    word, broken = verdict_by_rows(rule, rows)
    found = judge_text(text, columns_of(rows))
    assert found.verdict == word
    if word == "不符":
        assert found.left == broken


def test_the_table_is_no_sham() -> None:
    """The rows above break some rules, keep some, and leave some unjudged."""
    words = {verdict_by_rows(rule, rows_of(ROWS))[0] for rule in RULES}
    assert words == {"不符", "通过", "不适用"}


cell = st.one_of(st.none(), st.sampled_from([D(0), D(1), D("-2.5"), D(3)]), st.sampled_from(["办会", "x"]))
name = st.sampled_from([f"项目_{c}" for c in COLUMNS])
leaf = st.one_of(name, st.sampled_from(["0", "1", "2.5"]))
number = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map("({0[0]}{0[1]}{0[2]})".format),
        st.tuples(st.sampled_from(["SUM", "MAX", "MIN", "COUNT", "AVERAGE"]), inner, inner).map(
            "{0[0]}({0[1]},{0[2]})".format
        ),
        st.tuples(inner, inner).map("IFERROR({0[0]}+0,{0[1]}+0)".format),
    ),
    max_leaves=5,
)
test = st.recursive(
    st.tuples(number, st.sampled_from(["=", "<=", ">", "<>"]), number).map("{0[0]}{0[1]}{0[2]}".format),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["AND", "OR"]), inner, inner).map("{0[0]}({0[1]},{0[2]})".format),
        inner.map("NOT({})".format),
        st.tuples(inner, inner, inner).map("IF({0[0]},{0[1]},{0[2]})".format),
    ),
    max_leaves=3,
)


@settings(max_examples=60)
@given(formula=test, table=st.lists(st.tuples(cell, cell, cell, cell), min_size=1, max_size=4))
def test_any_formula_reads_the_same_by_row_and_by_column(formula: str, table: list[tuple[Scalar, ...]]) -> None:
    rows = [{f"项目_{c}": v for c, v in zip(COLUMNS, values, strict=True)} for values in table]
    one_by_one = tuple(parse(formula).evaluate(lookup_of(row)) for row in rows)
    try:
        at_once = parse(columnwise(formula, frozenset(rows[0]))).evaluate(columns_of(rows))
    except FormulaError as error:  # longer than a formula may be: refused, never cut
        assert "过长" in str(error) or "嵌套" in str(error) or "超过" in str(error)  # noqa: PT017 - both outcomes are right
        return
    spread = at_once if isinstance(at_once, tuple) else (at_once,) * len(rows)
    assert [_kind(v) for v in spread] == [_kind(v) for v in one_by_one]


OTHERS: dict[str, Value] = {
    "别表_数": (D(2), None, D(9)),
    "别表_字": ("办会",),
    "格": D(4),
    "错": ErrorValue.DIV0,
    "空": None,
}


@pytest.mark.parametrize("function", ["MAX", "MIN", "SUM", "AVERAGE", "COUNT"])
@pytest.mark.parametrize("outside", [*OTHERS, "格*2", "(0/0)", "3"])
@pytest.mark.parametrize("own", [D(5), D(1), None, "办会"])
def test_what_stands_outside_the_row_is_taken_whole(function: str, outside: str, own: Scalar) -> None:
    """MAX(本行的数, 别表的列) asks for the largest of the other column, not for its sum; its error shows."""
    formula = f"{function}(项目_年初预算数,{outside})"
    row: dict[str, Value] = {**OTHERS, "项目_年初预算数": own}
    column: dict[str, Value] = {**OTHERS, "项目_年初预算数": (own,)}
    by_row = parse(formula).evaluate(row.__getitem__)
    found = parse(columnwise(formula, {"项目_年初预算数"})).evaluate(column.__getitem__)
    assert [_kind(v) for v in (found if isinstance(found, tuple) else (found,))] == [_kind(by_row)]


@pytest.mark.parametrize("place", range(7))
def test_each_of_many_arguments_counts(place: int) -> None:
    """The largest and the smallest of seven, wherever it stands."""
    for function, value in (("MAX", D(9)), ("MIN", D(-9))):
        words = [str(n) for n in range(1, 7)]
        words.insert(place, "项目_年初预算数")
        text = columnwise(f"{function}({','.join(words)})", {"项目_年初预算数"})
        assert parse(text).evaluate({"项目_年初预算数": (value,)}.__getitem__) == (value,)


def _kind(value: Value) -> object:
    """Errors are alike here: either way the row cannot be judged."""
    return "error" if str(value).startswith("#") else value


@needs_office
def test_libreoffice_counts_the_same_rows(tmp_path: Path) -> None:
    """The referee: each rule's live formulas on a sheet with these rows."""
    rows = rows_of(ROWS)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "表"
    for index, row in enumerate(rows, 1):
        for column, value in enumerate(row.values(), 1):
            sheet.cell(index, column, value)
    for column, key in enumerate(rows[0]):
        _define(book, key, f"表!${'ABCD'[column]}$1:${'ABCD'[column]}${len(rows)}")
    sheet["F1"], sheet["G1"], sheet["G2"] = D("0.5"), "办会", "修路"
    _define(book, "整体_全年预算数", "表!$F$1")
    _define(book, "职能_内容", "表!$G$1:$G$2")
    for index, rule in enumerate(RULES, 1):
        text = rule_text(rule, dictionary())
        for letter, formula in (("J", verdict_text(text)), ("K", text.left)):
            sheet[f"{letter}{index}"] = ArrayFormula(f"{letter}{index}", "=" + formula)
    path = tmp_path / "逐行.xlsx"
    book.save(path)
    (tmp_path / "out").mkdir()
    judged = openpyxl.load_workbook(recalculate(path, tmp_path / "out"), data_only=True)["表"]
    for index, rule in enumerate(RULES, 1):
        word, broken = verdict_by_rows(rule, rows)
        assert (judged[f"J{index}"].value, judged[f"K{index}"].value) == (word, broken), rule.formula


def _define(book: openpyxl.Workbook, key: str, area: str) -> None:
    book.defined_names[key] = DefinedName(key, attr_text=area)


@pytest.mark.parametrize("formula", ["COUNTIF(项目_用途,项目_用途)=1", "SUMPRODUCT(项目_全年执行数)>0"])
def test_what_looks_through_the_column_is_refused(formula: str) -> None:
    with pytest.raises(FormulaError, match="不能用于本表的列"):
        rule_text(rule_of(formula), dictionary())


def test_a_rule_about_no_row_is_refused() -> None:
    with pytest.raises(PackError, match="没有这张表的列"):
        rule_text(rule_of("整体_全年预算数>0"), dictionary())
