"""Packs that build on another: one TOML entry adds a rule, and nothing of the parent is copied."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from samples import DEMO, check_bytes, example

from toolkit.authoring.build import build_pack
from toolkit.authoring.check import check_pack
from toolkit.authoring.keeping.pages import rule_list, rules_page
from toolkit.core.errors import PackError
from toolkit.pack.finding import find_pack, list_packs
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit import compute
from toolkit.unit.exchange import unit_from_json, unit_to_json

if TYPE_CHECKING:
    from toolkit.pack.pack import Pack
    from toolkit.pipeline import Checked

ROOT = Path(__file__).parents[2]
HEAD = """[pack]
id = "{id}"
extends = "{parent}"
title = "测试规则包"
version = "1.0"
year = 2023
unit = "万元"
"""
RULE = """
[[rule]]
id = "X01"
severity = "error"
title = "公务接待费不大于上年"
formula = '基础_公务接待_本年决算数<=基础_公务接待_上年决算数'
left = "公务接待费"
right = "上年决算数"
action = "请核对。"
basis = "本局通知"
"""


def child(folder: Path, more: str = "", parent: str = "hunan-2023", name: str = "本局-2023") -> Path:
    target = folder / name
    target.mkdir()
    (target / "pack.toml").write_text(HEAD.format(id=name, parent=parent) + more, "utf-8")
    return target


def built(folder: Path) -> Pack:
    pack = find_pack(str(folder))
    build_pack(pack, document=True)
    return pack


def audited(pack: Pack, **fields: Any) -> Checked:  # noqa: ANN401 - any JSON value
    data = example(DEMO)
    data["pack"] = pack.id
    data["fields"] |= fields
    return check_bytes(fill_workbook(unit_from_json(data, pack), pack), pack)


def test_a_rule_is_one_entry(tmp_path: Path) -> None:
    """Nothing but the entry: the finding, its cells, and its live line on the 审核 sheet follow."""
    pack = built(child(tmp_path, RULE))
    assert check_pack(pack) == []
    assert "X01" in audited(pack).result.passed
    found = [f for f in audited(pack, 基础_公务接待_本年决算数="2.20").result.findings if f.rule == "X01"]
    assert [(f.cells[0].sheet, [c.address for c in f.cells], str(f.difference)) for f in found] == [
        ("基础数据表", ["D12", "B12"], "0.1")
    ]
    sheet = openpyxl.load_workbook(pack.folder / "填报表.xlsx")["审核"]
    row = next(r for r in sheet.iter_rows() if r[0].value == "X01")
    assert str(row[3].value).startswith("=IF(")
    assert "基础_公务接待_本年决算数" in str(row[6].value)


def test_a_rule_of_the_same_title_replaces(tmp_path: Path) -> None:
    told = RULE.replace('"X01"', '"A03"').replace("公务接待费不大于上年", "按收入性质分合计＝按支出性质分合计")
    pack = find_pack(str(child(tmp_path, told)))
    assert [r.formula for r in pack.rules if r.id == "A03"] == ["基础_公务接待_本年决算数<=基础_公务接待_上年决算数"]


def test_no_pack_goes_by_the_notices_of_another(tmp_path: Path) -> None:
    """They are told in its bulletin: what is not known of another year or province is not said."""
    assert find_pack("hunan-2023").basis
    assert find_pack(str(child(tmp_path))).basis == ()


def test_rules_can_be_dropped(tmp_path: Path) -> None:
    folder = child(tmp_path)
    text = (folder / "pack.toml").read_text("utf-8") + 'drop_rules = ["D73", "C54"]\n'
    (folder / "pack.toml").write_text(text, "utf-8")
    ids = {r.id for r in find_pack(str(folder)).rules}
    assert "A03" in ids
    assert not ids & {"D73", "C54"}


def test_three_generations(tmp_path: Path) -> None:
    child(tmp_path, RULE, name="祖")
    child(tmp_path, '\n[parameters]\n"调整率上限" = "0.2"\n', parent="祖", name="父")
    pack = find_pack(str(child(tmp_path, parent="父", name="子")))
    assert [f.name for f in pack.folders] == ["子", "父", "祖", "hunan-2023"]
    assert next(r.formula or "" for r in pack.rules if r.id == "A11").endswith("<=0.2")
    assert "X01" in {r.id for r in pack.rules}


def test_a_circle_is_named(tmp_path: Path) -> None:
    child(tmp_path, parent="乙", name="甲")
    child(tmp_path, parent="甲", name="乙")
    with pytest.raises(PackError, match="甲 → 乙 → 甲"):
        find_pack(str(tmp_path / "甲"))


def test_an_unknown_parent_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"pack\.toml \[pack\] extends.*是不是“hunan-2023”"):
        find_pack(str(child(tmp_path, parent="hunan-2032")))


NAMES = """
[[names]]
title = "补充"
names = { money = ["补充_食堂支出"], text = ["补充_说明"] }

[[tables]]
name = "车辆"
columns = ["车牌:text", "运行费:money"]

[[columns]]
table = "所属单位"
columns = ["人数:count"]
"""


def test_added_names_go_all_the_way(tmp_path: Path) -> None:
    folder = child(tmp_path, NAMES)
    forms = (ROOT / "workbook_templates" / "hunan-2023" / "forms.toml").read_text("utf-8")
    sheet = """
[[fill]]
name = "补充"
widths = [20, 20]
grid = '''
题> 补充资料 |<
表> 食堂支出 | [补充_食堂支出]
表> 说明 | [补充_说明]
头> 车牌 | 运行费
列3> [车辆.车牌] | [车辆.运行费]
'''
"""
    wider = "[所属单位.名称] |< | [所属单位.人数] | [所属单位.性质]"
    forms = forms.replace("[所属单位.名称] |<2| [所属单位.性质]", wider)
    (folder / "forms.toml").write_text(forms + sheet, "utf-8")
    pack = built(folder)
    assert check_pack(pack) == []
    data: dict[str, Any] = {
        "pack": pack.id,
        "fields": {"补充_食堂支出": 3, "补充_说明": "好"},
        "tables": {
            "所属单位": [{"名称": "下属一站", "人数": 7}],
            "车辆": [{"车牌": "湘A00000", "运行费": 2.5}],
        },
    }
    unit = check_bytes(fill_workbook(unit_from_json(data, pack), pack), pack).unit
    assert unit_to_json(unit) == data


FED = """
[[tables]]
name = "任务"
columns = ["名称:text", "批复:money", "支出:money", "差额:money", "差额率:rate"]
computed = ["差额", "差额率"]

[compute]
"任务_差额" = 'IF(COUNT(任务_批复,任务_支出)<2,"",任务_批复-任务_支出)'
"任务_差额率" = 'IF(COUNT(任务_差额)=0,"",ROUND(任务_差额/任务_批复,4))'
"""


def test_a_computed_column_feeds_another_of_its_row(tmp_path: Path) -> None:
    """As in Excel: it had stayed blank, and what is judged by it was never judged."""
    pack = find_pack(str(child(tmp_path, FED)))
    rows = [{"名称": "甲", "批复": 200, "支出": 150}, {"名称": "乙", "批复": 80}]
    unit = unit_from_json({"pack": pack.id, "fields": {}, "tables": {"任务": rows}}, pack)
    figures = compute(unit, pack).book.computed
    assert figures.column("任务_差额") == (Decimal(50), "")
    assert figures.column("任务_差额率") == (Decimal("0.25"), "")


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ('names = { money = ["整体_全年执行数"] }', "已经有了"),
        ('names = { money = ["补充-食堂"] }', "只能用汉字"),
    ],
)
def test_names_are_only_added(tmp_path: Path, names: str, told: str) -> None:
    with pytest.raises(PackError, match=told):
        find_pack(str(child(tmp_path, f'\n[[names]]\ntitle = "补充"\n{names}\n')))


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ('table = "所属单伟"\ncolumns = ["人数:count"]', "没有表“所属单伟”，是不是“所属单位”"),
        ('table = "所属单位"\ncolumns = ["性质:text"]', "已有列“性质”"),
        ('table = "所属单位"\ncolumns = ["1人:count"]', "只能用汉字"),
    ],
)
def test_columns_are_only_added(tmp_path: Path, columns: str, told: str) -> None:
    with pytest.raises(PackError, match=told):
        find_pack(str(child(tmp_path, f"\n[[columns]]\n{columns}\n")))


def test_rule_list_tells_what_is_live() -> None:
    for pack in list_packs():
        rules = rule_list(pack)
        assert len(rules) == len(pack.rules) + len(pack.batch_rules)
        assert all(bool(r["live"]) == (r["check"] is None) for r in rules)


def test_the_rules_page_is_fresh() -> None:
    """docs/规则一览.md is what `jixiao pack rules --page` writes."""
    assert (ROOT / "docs" / "规则一览.md").read_text("utf-8") == rules_page(find_pack("hunan-2023"))


# --- central-2021: the scheme with 成本指标, without a line of code ---


def central(rows: str) -> Checked:
    pack = find_pack("central-2021")
    lines = [line.split() for line in rows.strip().splitlines()]
    table = [
        {"一级指标": a, "二级指标": b, "三级指标": c, "性质": "≥", "指标值": 1, "实际完成值": 1, "分值": w}
        for a, b, c, w in lines
    ]
    data = {"pack": pack.id, "fields": {"封面_单位名称": "示例单位"}, "tables": {"指标": table}}
    return check_bytes(fill_workbook(unit_from_json(data, pack), pack), pack)


RIGHT = """
成本指标 经济成本指标 单价 20
产出指标 数量指标 数量 40
效益指标 社会效益指标 效益 20
满意度指标 服务对象满意度指标 满意 10
"""


def test_central_weights() -> None:
    result = central(RIGHT).result
    assert {"C40", "C41"} <= set(result.passed)


def test_central_satisfaction_moves_to_benefit() -> None:
    """财预〔2021〕101号: where 满意度 does not apply its 10 points go to 效益."""
    moved = RIGHT.replace("效益 20", "效益 30").replace("满意度指标 服务对象满意度指标 满意 10\n", "")
    result = central(moved).result
    assert {"C40", "C41"} <= set(result.passed)
    assert "C41" not in central(RIGHT.replace("效益 20", "效益 30")).result.passed


def test_central_wrong_weight_is_told() -> None:
    found = {f.rule: f.message for f in central(RIGHT.replace("单价 20", "单价 15")).result.findings}
    assert "成本指标分值合计 15.00 分，应等于规定分值 20.00 分" in found["C41"]
    assert "分值合计 95.00 分" in found["C40"]


def test_central_forms_name_no_province() -> None:
    folder = find_pack("central-2021").folder
    for name in ("填报表.xlsx", "自评报表.xlsx"):
        book = openpyxl.load_workbook(folder / name)
        texts = [str(c.value) for sheet in book for row in sheet.iter_rows() for c in row if c.value is not None]
        assert [t for t in texts if "湖南" in t] == []
        assert any("成本指标 20 分" in t for t in texts) or name != "填报表.xlsx"
