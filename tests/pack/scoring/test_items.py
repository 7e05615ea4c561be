"""The older 评分表: steps, tiers, check lists and shares as pack data; working as a sentence; Excel agrees."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from referee import needs_office, recalculate
from samples import check_bytes
from workbook_compare import differences

from toolkit.core.errors import PackError
from toolkit.engines.formula.compile import parse
from toolkit.pack.finding import find_pack
from toolkit.pack.pack import REPORT_NAME
from toolkit.pack.reading.own_names import SCORED as PREFIX
from toolkit.pack.scoring.items import points_formula, read_scored, with_scored, working
from toolkit.pipeline import make_files
from toolkit.publishing.trace.lines import unit_lines
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import unit_from_json

if TYPE_CHECKING:
    from pathlib import Path

    from toolkit.pipeline import Checked

PACK = find_pack("hunan-2018")

# Case 04 (2018, unnamed): what its tables give; 98.31% is the ratio that the table itself states.
FIGURES: dict[str, Any] = {
    "人员_编制数": 143,
    "人员_实有人数": 136,
    "基础_公车购置_本年预算数": "29.46",
    "基础_公车运行维护_本年预算数": 12,
    "基础_公务接待_本年预算数": 22,
    "基础_公车购置_本年决算数": "29.46",
    "基础_公车运行维护_本年决算数": "9.84",
    "基础_公务接待_本年决算数": "4.99",
    "补充_三公经费上年预算数": 32,
    "收支_年初结转": "19.8",
    "收支_年末结转": "19.8",
    "整体_年初预算数": "1922.76",
    "补充_本年追加预算": "767.86",
}
CHECKS = {f"{PREFIX}_{name}_扣项": 0 for name in (
    "管理制度健全性", "资金使用合规性", "预决算信息公开性", "经济社会效益", "行政效能"
)}  # fmt: skip
REST = {
    "基础_公用经费_本年预算数": 100,
    "基础_公用经费_本年决算数": "101.5",
    "基础_政府采购金额_本年预算数": 200,
    "基础_政府采购金额_本年决算数": 195,
    "补充_考核得分": 95,
    "补充_考核满分": 100,
    "补充_满意度": "85.2",
}


@cache
def checked(*changes: tuple[str, Any]) -> Checked:
    fields = FIGURES | CHECKS | REST | dict(changes)
    data = {"pack": PACK.id, "fields": {k: v for k, v in fields.items() if v is not None}}
    return check_bytes(fill_workbook(unit_from_json(data, PACK), PACK), PACK)


def points(name: str, *changes: tuple[str, Any]) -> str:
    found = checked(*changes).figures.book.computed.number(f"{PREFIX}_{name}_得分")
    return "" if found is None else str(found)


SCORES = [
    ("在职人员控制率", "5"),  # 136 ÷ 143 = 95.10%
    ("三公经费变动率", "0"),  # (63.46 − 32) ÷ 32 = 98.31%
    ("预算完成率", "5.00"),  # 99.27%: not a whole 5 points under
    ("预算控制率", "0"),  # 767.86 ÷ 1922.76 = 39.94% > 30%
    ("面积控制率", "5"),  # no building project
    ("公用经费控制率", "6.50"),  # 101.5%: 1.5 points over, linear
    ("政府采购执行率", "3.50"),  # 97.5%: 2.5 points off
    ("重点工作完成率", "7.60"),
    ("服务对象满意度", "4"),
]


@pytest.mark.parametrize(("name", "expected"), SCORES)
def test_case_04(name: str, expected: str) -> None:
    assert Decimal(points(name)) == Decimal(expected)


def test_ratios_come_from_the_base_data() -> None:
    computed = checked().figures.book.computed
    shown = {
        n: computed.number(f"{PREFIX}_{n}_比率")
        for n in ("在职人员控制率", "三公经费变动率", "预算完成率", "预算控制率")
    }
    assert shown == {
        "在职人员控制率": Decimal("0.951"),
        "三公经费变动率": Decimal("0.9831"),
        "预算完成率": Decimal("0.9927"),
        "预算控制率": Decimal("0.3994"),
    }


def test_total_and_grade() -> None:
    computed = checked().figures.book.computed
    items = [computed.number(i.score_name) for i in read_scored(PACK.raw)]
    assert computed.number("整体_总分") == sum(i for i in items if i is not None)
    assert computed("整体_等级") == "良"


@pytest.mark.parametrize(("breaches", "expected"), [(0, "8"), (1, "6"), (4, "0"), (9, "0")])
def test_each_breach_costs(breaches: int, expected: str) -> None:
    assert points("管理制度健全性", (f"{PREFIX}_管理制度健全性_扣项", breaches)) == expected


@pytest.mark.parametrize(("share", "expected"), [(90, "6"), (89.9, "4"), (80, "4"), (70, "2"), (69.9, "0")])
def test_tiers(share: float, expected: str) -> None:
    assert points("服务对象满意度", ("补充_满意度", share)) == expected


def test_a_missing_figure_gives_no_score_and_no_total() -> None:
    changed = checked(("补充_满意度", None)).figures.book.computed
    assert changed.number(f"{PREFIX}_服务对象满意度_得分") is None
    assert changed.number("整体_总分") is None


@pytest.mark.parametrize(
    ("count", "ratio", "expected"),
    [("linear", "1.023", "3.85"), ("begun", "1.023", "3.5"), ("completed", "1.023", "4"), ("begun", "1.02", "4")],
)
def test_what_a_started_point_costs(count: str, ratio: str, expected: str) -> None:
    """每超过一个百分点扣0.5: whole points begun, completed, or in proportion."""
    entry = {"name": "例", "levels": ["过程"], "weight": 5, "kind": "steps", "ratio": "甲/乙", "text": "例"}
    one = read_scored({"scored": [entry | {"count": count, "deduct": "0.5"}]})[0]
    assert parse(points_formula(one)).evaluate(lambda _: Decimal(ratio)) == Decimal(expected)


def test_typed_over_score_is_told() -> None:
    found = [f for f in checked((f"{PREFIX}_三公经费变动率_得分", 5)).result.findings if f.rule == "C44"]
    assert [(f.left, f.right, f.difference) for f in found] == [(Decimal(5), Decimal(0), Decimal(5))]
    assert "三公经费变动率得分 5.00 分，应等于按评分办法应得 0.00 分" in found[0].message


def test_working_is_a_sentence() -> None:
    rows = {line.name: line.basis for line in unit_lines(checked().figures, PACK)}
    assert rows[f"{PREFIX}_公用经费控制率_得分"] == (
        "公用经费控制率：比率 101.50%，与 100% 相差 1.50 个百分点，每 1 个百分点扣 1 分，8 − 1.5 = 6.5"
    )
    item = next(i for i in read_scored(PACK.raw) if i.name == "面积控制率")
    assert working(item, None, Decimal(5)) == "没有这一项，得满分 5"


@pytest.mark.parametrize(
    ("change", "told"),
    [({"kind": "stairs"}, "kind 只能是"), ({"count": "half"}, "count 只能是"), ({"weight": None}, "缺少 'weight'")],
)
def test_a_wrong_entry_is_named(change: dict[str, Any], told: str) -> None:
    entry: dict[str, Any] = {"name": "例", "levels": [], "weight": 5, "kind": "steps", "text": ""}
    wrong = {k: v for k, v in (entry | change).items() if v is not None}
    with pytest.raises(PackError, match=f"例：{told}"):
        with_scored({"scored": [wrong]})


@needs_office
def test_libreoffice_scores_the_same(tmp_path: Path) -> None:
    path = tmp_path / "评分表.xlsx"
    path.write_bytes(checked().source.data)
    report = tmp_path / "报表.xlsx"
    report.write_bytes(make_files(checked())[REPORT_NAME])
    (tmp_path / "重算").mkdir()
    for made in (path, report):
        assert differences(made, recalculate(made, tmp_path / "重算")) == []
    sheet = openpyxl.load_workbook(report, data_only=True)["评分表"]
    assert ["在职人员控制率", 5] in [[row[2].value, row[5].value] for row in sheet.iter_rows()]
