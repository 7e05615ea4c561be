"""`jixiao explain`: trees that end in cells staff filled, and printed workings that give the printed value."""

from __future__ import annotations

import json
import re
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from samples import DEMO, EXAMPLES, SEED, check_data, example

from toolkit.core.errors import UsageError
from toolkit.doors.cli.app import cli
from toolkit.engines.formula.compile import parse
from toolkit.engines.formula.reading import decisive, written
from toolkit.publishing.trace.origin import Source, spots
from toolkit.publishing.trace.trees import explain, tree_of
from toolkit.unit.exchange import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.core.findings import CellRef
    from toolkit.core.model import Content
    from toolkit.engines.formula.values import Value
    from toolkit.pipeline import Checked
    from toolkit.publishing.trace.trees import Tree


CASES = sorted((Path(__file__).parents[2] / "cases").glob("*.json"))
UNITS = [DEMO, SEED, *map(str, CASES)]


@cache
def checked(name: str) -> Checked:
    return check_data(example(name) if name in {DEMO, SEED} else parse_json(Path(name).read_text("utf-8"))["data"])


def walk(tree: Tree) -> Iterator[Tree]:
    yield tree
    for child in tree.children:
        yield from walk(child)


def arithmetic(text: str) -> Decimal:
    """The value of a printed working, worked out by Python's own precedence from the printed text alone."""
    code = text.replace("−", "-").replace("×", "*").replace("÷", "/").replace("[", "(").replace("]", ")")
    code = re.sub(r"(\d+(?:\.\d+)?)%", r"(\1/100)", code).replace("空", "0")
    code = re.sub(r"\d+(?:\.\d+)?", lambda m: f"Decimal('{m[0]}')", code.replace("取小", "min").replace("，", ","))
    assert re.fullmatch(r"(?:Decimal\('[\d.]+'\)|min|[-+*/(), ])+", code), text
    return Decimal(eval(code, {"Decimal": Decimal, "min": min}))  # noqa: S307 - digits and signs only, see the pattern


class Bare:
    """Names as they are."""

    def __call__(self, name: str, *, added: bool) -> str:
        """The name."""
        del added
        return name

    def picked(self, text: str, summed: str) -> None:
        """Conditional sums stay calls."""


def places(tree: Tree) -> Decimal:
    told = re.search(r"四舍五入到 (\d) 位小数", tree.note)
    return Decimal(1).scaleb(-int(told[1])) if told else Decimal("0.000001")


@pytest.mark.parametrize("unit", UNITS, ids=lambda n: Path(n).stem)
def test_printed_operands_give_the_value(unit: str) -> None:
    """Every formula of every name: its printed figures, worked out again by hand, are its value."""
    counted = 0
    for view in (f.computed for f in checked(unit).figures.all):
        for spot in spots(view, view.space.all_names()):
            for tree in walk(tree_of(spot)):
                if tree.formula and isinstance(tree.value, Decimal) and "→" not in tree.formula:
                    assert arithmetic(tree.working).quantize(places(tree), ROUND_HALF_UP) == tree.value, tree.label
                    counted += 1
    assert counted


@pytest.mark.parametrize("unit", UNITS, ids=lambda n: Path(n).stem)
def test_trees_end_in_the_fill_in_workbook(unit: str) -> None:
    """Whatever has a value ends in cells that staff filled; what has none ends in the cells that are missing."""
    ends = {Source.TYPED, Source.TEXT, Source.SUBMITTED, Source.BLANK}
    for view in (f.computed for f in checked(unit).figures.all):
        for tree in map(tree_of, spots(view, view.space.all_names())):
            leaves = [t for t in walk(tree) if not t.children]
            assert {t.source for t in leaves if t.value is not None} <= ends, tree.label
            assert all(t.cell for t in walk(tree))


def test_scores_show_their_working() -> None:
    """指标得分: 「540 ÷ 600 × 6 = 5.4」 holds as printed, and every word of it is the value."""
    worked = [t for one in explain(checked(DEMO), "整体_总分") for t in walk(one) if t.label.startswith("指标_得分")]
    assert len(worked) == 14
    for tree in worked:
        assert isinstance(tree.value, Decimal)
        sides = re.fullmatch(r"(?:.*，)?([^，；]*[×÷][^，；]*) = ([\d.]+)", tree.working)
        if sides:
            assert arithmetic(sides[1]).quantize(Decimal("0.01"), ROUND_HALF_UP) == tree.value == Decimal(sides[2])
        else:
            assert Decimal(re.findall(r"[\d.]+", tree.working)[-1]) == tree.value
    assert "540 ÷ 600 × 6 = 5.4" in [t.working for t in worked]


def test_the_total_reaches_input_cells_only() -> None:
    """Every leaf of 整体_总分 and of each 自评_总分 is a cell that staff filled, with the value that stands there."""
    cells: dict[CellRef, Content] = {}
    for section in checked(DEMO).unit.sections:
        rows = [row.cells.values() for table in section.tables.values() for row in table]
        cells |= {c.ref: c.value for group in (section.fields.values(), *rows) for c in group if not c.formula}
    trees = explain(checked(DEMO), "总分")
    leaves = [t for one in trees for t in walk(one) if not t.children]
    assert [t.label for t in trees] == ["整体_总分", *["自评_总分"] * 4]
    assert {t.source for t in leaves} == {Source.TYPED, Source.TEXT}
    assert [t for t in leaves if t.cell not in cells or cells[t.cell] != t.value] == []
    assert len({t.cell for t in leaves if t.scope == "整体"}) > 50


@pytest.mark.parametrize(
    ("formula", "values", "told"),
    [
        ('IF(COUNT(甲,乙)<2,"",IF(乙=0,0,ROUND(甲/乙,4)))', {"甲": 3, "乙": 4}, "甲 ÷ 乙"),
        ('IF(COUNT(甲,乙)<2,"",IF(乙=0,0,ROUND(甲/乙,4)))', {"甲": 3, "乙": 0}, "乙 = 0 → 0"),
        ("ROUND(MAX(0,MIN(1,甲/乙))*10,2)", {"甲": 3, "乙": 4}, "甲 ÷ 乙 × 10"),
        ("ROUND(MAX(0,MIN(1,甲/乙))*10,2)", {"甲": 5, "乙": 4}, "取小(1，甲 ÷ 乙) × 10"),
        ('IF(甲>=90,"优",IF(甲>=80,"良","差"))', {"甲": 85}, "甲 < 90，甲 ≥ 80 → “良”"),
        ("(甲+乙)*2-(甲-乙)", {"甲": 1, "乙": 2}, "(甲 + 乙) × 2 − (甲 − 乙)"),
        ("SUM(甲,乙)/2", {"甲": 1, "乙": 2}, "(甲 + 乙) ÷ 2"),
        ("IFERROR(甲/乙,7)", {"甲": 1, "乙": 0}, "7"),
        ("甲-乙%", {"甲": 1, "乙": 2}, "甲 − 乙%"),
    ],
)
def test_only_what_decided_is_told(formula: str, values: dict[str, int], told: str) -> None:
    def lookup(name: str) -> Value:
        return Decimal(values[name])

    reading = decisive(formula, lookup)
    assert written(reading, Bare()) == told
    assert parse(formula).evaluate(lookup) is not None


def test_rules_show_both_sides() -> None:
    """A13 of the seed: 433 on one side, the named projects on the other, the blank one among them."""
    tree = explain(checked(SEED), "a13")[0]
    left, right = tree.children
    assert (tree.verdict, left.shown, right.shown) == ("不符", "433.00 万元", "169.80 万元")
    assert right.working == "13.00 + 40.00 + 30.00 + 80.00 + 6.80"
    assert [t.source for t in right.children] == [*[Source.TYPED] * 5, Source.BLANK]


@pytest.mark.parametrize("rule", sorted({r.id for r in checked(DEMO).pack.rules}))
def test_every_rule_can_be_explained(rule: str) -> None:
    for name in (DEMO, SEED):
        trees = explain(checked(name), rule)
        assert trees
        assert {t.verdict for t in trees} <= {"通过", "不符", "未检查", "不适用"}
        worst = {f.rule for f in checked(name).result.findings}
        assert ("不符" in {t.verdict for t in trees}) == (rule in worst), name


def test_conditional_sums_show_what_they_took() -> None:
    """C41: the points of 产出指标 alone, so that the printed sum is the value."""
    left = explain(checked(DEMO), "C41")[0].children[0]
    assert arithmetic(left.working) == left.value == 50
    assert left.working.count("+") == 8


def test_what_cannot_be_worked_out_says_why() -> None:
    tree = explain(checked(SEED), "整体_总分")[0]
    assert (tree.value, tree.source) == (None, Source.UNKNOWN)
    assert "“指标”一行也没有填" in tree.note
    assert "整体_全年预算数" in [t.label for t in walk(tree) if t.source is Source.BLANK]


@pytest.mark.parametrize(
    ("asked", "label", "count"),
    [
        ("指标_得分[3]", "指标_得分[3]", 1),
        ("项目_全年执行数", "项目_全年执行数[1]", 4),
        ("政务数据安全保障专项：自评_总分", "自评_总分", 1),
        ("项目自评表 (2):自评_总分", "自评_总分", 1),
        ("整体自评表!H5", "整体_全年执行数", 1),
        ("「项目支出」H6", "项目_全年执行数[2]", 1),
        ("整体:总分", "整体_总分", 1),
    ],
)
def test_ways_to_ask(asked: str, label: str, count: int) -> None:
    found = explain(checked(DEMO), asked)
    assert (found[0].label, len(found)) == (label, count)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("整体_总份", "整体_总分"),
        ("总得分", "整体_总分"),
        ("指标_得分[99]", "14 行"),
        ("整体_总分[1]", "单独一格"),
        ("没有的项目:自评_总分", "政务数据安全保障专项"),
        ("本年决算数", "基础_三公经费_本年决算数"),
        ("整体自评表!A1", "不是要填报或计算的格"),
        ("", "整体_总分"),
    ],
)
def test_unknown_names_are_answered(asked: str, told: str) -> None:
    with pytest.raises(UsageError, match=re.escape(told)) as error:
        explain(checked(DEMO), asked)
    assert error.value.exit_code == 2


def test_the_command() -> None:
    path = str(EXAMPLES / DEMO / "填报表.xlsx")
    done = CliRunner().invoke(cli, ["explain", path, "整体_执行得分"])
    assert (done.exit_code, done.stdout) == (0, "")
    assert "整体_全年执行数 882.80　填报「整体自评表」H5" in done.stderr
    done = CliRunner().invoke(cli, ["explain", path, "整体_执行得分", "--json"])
    figure = json.loads(done.stdout)["figures"][0]
    assert (figure["value"], figure["source"], figure["working"]) == ("9.78", "computed", "882.80 ÷ 902.60 × 10")
    assert [o["cell"] for o in figure["operands"]] == ["H5", "F5"]


def test_the_sample_in_the_document_is_real() -> None:
    page = (EXAMPLES.parent / "docs" / "溯源.md").read_text("utf-8")
    sample = page.partition("$ jixiao explain 填报表.xlsx 整体_执行得分\n")[2].partition("```")[0]
    done = CliRunner().invoke(cli, ["explain", str(EXAMPLES / DEMO / "填报表.xlsx"), "整体_执行得分"])
    assert done.stderr == sample
