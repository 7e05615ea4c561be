"""Layouts of other provinces, written from the docs alone: what they lack is not asked for, not printed, not passed.

The first is a published 项目支出绩效自评表 (湖北 2021): signs and units stand in the target's text, no column asks for
them. The second is a 部门整体支出绩效评价得分表 (四川 2017): points with reasons, no money and no indicators at all.
"""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from command import call
from hypothesis import given
from hypothesis import strategies as st

from toolkit import api
from toolkit.authoring import check_pack, roles_untold
from toolkit.authoring.build import build_pack
from toolkit.batch.collect import find_workbooks
from toolkit.core.money import LESS_WORDS, MORE_WORDS, sign_in_text
from toolkit.doors.watch import Watcher
from toolkit.engines.formula import parse
from toolkit.pack import find_pack
from toolkit.pack.scoring import Indicator, score_indicator
from toolkit.pack.scoring.formulas import score_formula
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit import compute, unit_from_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from toolkit.pack import Pack

HEAD = '[pack]\nid = "{0}"\nextends = "hunan-2023"\ntitle = "{0}"\nyear = 2021\nversion = "1"\n'
ONLY_FORMS = """
[drop]
names = ["*", "!封面_*", "!自评*", "自评指标_性质", "自评指标_计量单位", "自评指标_完成等级", "自评指标_人工扣减",
  "自评指标_佐证材料"]
settings = ["disclosure"]
{more}
[report]
sections = []
budget_kinds = []

[batch]
figures = [{{ name = "自评_资金总额_全年执行数", title = "全年执行数", unit = "万元" }}]
weight = "自评_资金总额_全年执行数"
"""
ONLY_POINTS = """
[parameters]
"执行率分值" = 0

[drop]
names = ["*", "!封面_*", "!整体_总分", "!整体_等级"]
sheets = ["整体自评表"]
settings = ["disclosure"]

[lists]
"一级指标" = ["部门决策", "部门绩效情况"]

[weights]
"部门决策" = 25
"部门绩效情况" = 75

[weights_move]

[compute]
"整体_总分" = 'IF(${评分个数}<${评分项数},"",${评分合计})'

[report]
sections = []
budget_kinds = []

[batch]
figures = []

[[scored]]
name = "测算依据"
levels = ["部门决策", "预算编制"]
weight = 25
kind = "direct"
text = "直接打分"

[[scored]]
name = "部门特性指标"
levels = ["部门绩效情况", "履职成效"]
weight = 75
kind = "direct"
text = "直接打分"
"""
POINTS_FORMS = """extends = true

[[fill]]
name = "评分表"
after = "封面"
widths = [14, 18, 26, 8, 14, 10, 50]
grid = '''
题> 评分表 |<6
头> 一级指标 | 二级指标 | 三级指标 | 分值 | 自评分 | 得分 | 评分办法
${评分行}
表> 合计 |<2| ${评分满分} | | [整体_总分] | [整体_等级]
'''

[[report]]
name = "评分表"
"""
COVER = {
    "封面_单位名称": "某市能源局",
    "封面_单位代码": "001",
    "封面_年度": 2021,
    "封面_主管部门": "某市能源局",
    "封面_填报日期": "2022-03-01",
    "封面_填表人": "张三三",
    "封面_单位负责人": "李四四",
    "封面_联系电话": "0711-3381111",
}


def _pack(folder: Path, name: str, text: str, forms: str = "") -> Pack:
    home = folder / "规则包" / name
    home.mkdir(parents=True)
    (home / "pack.toml").write_text(HEAD.format(name) + text, "utf-8")
    if forms:
        (home / "forms.toml").write_text(forms, "utf-8")
    pack = find_pack(str(home))
    build_pack(pack, document=True)
    return pack


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return _pack(tmp_path_factory.mktemp("湖北"), "项目自评-2021", ONLY_FORMS.format(more=""))


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return _pack(tmp_path_factory.mktemp("四川"), "得分表-2021", ONLY_POINTS, POINTS_FORMS)


def _form(rows: list[dict[str, Any]]) -> dict[str, Any]:
    fields = {
        "自评_项目名称": "市民中心运行维护费",
        "自评_预期目标": "大厅日常运行",
        "自评_完成情况": "大厅全年正常运行，接待群众12万人次",
        "自评_财政拨款_全年预算数": 150,
        "自评_财政拨款_全年执行数": 125.25,
    }
    return {"fields": fields, "tables": {"自评指标": rows}}


def _row(target: object, actual: object, weight: int = 20, **more: object) -> dict[str, Any]:
    levels = {"一级指标": "产出指标", "二级指标": "数量指标", "三级指标": "办件数"}
    return {**levels, "指标值": target, "实际完成值": actual, "分值": weight, **more}


# 指标值 | 实际完成值 | 20 分里得几分
TARGETS = """
100 | 83.5 | 16.7
100% | 83.5% | 16.7
≥100 | 120 | 20
≤50 | 40 | 20
≤50 | 60 | 16
不超过50 | 60 | 16
50以内 | 60 | 16
0 | 0 | 20
0 | 2 | 0
≤0 | 1 | 0
150万 | 150万 | 没有
建立制度 | 已建立 | 没有
"""


@pytest.mark.parametrize("line", TARGETS.strip().splitlines())
def test_without_a_column_for_signs_the_target_says_it(line: str, forms: Pack) -> None:
    target, actual, told = (part.strip() for part in line.split("|"))
    unit = unit_from_json({"pack": forms.id, "fields": COVER, "project_forms": [_form([_row(target, actual)])]}, forms)
    figures = compute(unit, forms).forms[0]
    wanted = "" if told == "没有" else Decimal(told)
    assert figures.computed.column("自评指标_得分") == (wanted,)
    assert figures.raw.column("自评指标_得分") == (wanted,)


_ENDINGS = ("以内", "之内", "以下", "以上")
_SIGNS = tuple(word for word in (*LESS_WORDS, *MORE_WORDS) if word not in _ENDINGS)


@given(
    st.sampled_from(
        [*("{}" + e for e in ("", "%", *_ENDINGS)), *(w + "{}" for w in _SIGNS), *(w + "{}%" for w in _SIGNS)]
    ),
    st.integers(0, 200),
    st.integers(0, 200),
)
def test_sheet_and_report_read_a_target_alike(written: str, number: int, actual: int) -> None:
    pack = find_pack("hunan-2023")
    table = pack.dictionary.form.tables["自评指标"]
    bare = replace(table, roles=replace(table.roles, sign="", unit="", level="", cut=""))
    text = written.format(number)
    values: Mapping[str, object] = {
        "自评指标_指标值": text,
        "自评指标_实际完成值": Decimal(actual),
        "自评指标_分值": Decimal(10),
    }
    live = parse(score_formula(bare, pack.scoring)).evaluate(values.__getitem__)  # type: ignore[arg-type]
    sign = sign_in_text(text)
    sign = "=" if sign not in {"≤", "<"} and number == 0 else sign
    one = Indicator("例", sign or None, text, Decimal(actual), None, Decimal(10), unsigned=True)
    assert live == score_indicator(one, pack.scoring).value


def test_findings_speak_of_columns_that_are_there(forms: Pack, tmp_path: Path) -> None:
    rows = [_row("≥95%", "98%", 40), _row("150万", "150万", 20), _row(100, 100, 30)]
    found = _checked({"project_forms": [_form(rows)]}, forms, tmp_path)
    told = [f.message for f in found.result.findings if f.rule == "C51"]
    assert len(told) == 2  # the target and the result that no formula reads; 95% is what the form asks for
    assert all("得分没有算出" in t and "单位写在“计量单位”" not in t and "选在“性质”" not in t for t in told)


def test_what_a_form_lacks_is_neither_checked_nor_printed(forms: Pack, points: Pack, tmp_path: Path) -> None:
    assert not check_pack(forms)
    assert not check_pack(points)
    names = [s.name for s in forms.forms("report")]
    assert "整体自评表" not in names
    assert "项目自评表" in names
    assert not {r.id for r in points.rules} & {"A12", "A13", "C44", "C47", "C51", "C57", "D74", "D78"}
    assert {"C44", "C47", "C51"} <= {r.id for r in forms.rules}
    filled = {
        "fields": COVER
        | {"评分_测算依据_自评分": 25, "评分_部门特性指标_自评分": 70, "评分_部门特性指标_理由": "缺一项"}
    }
    found = _checked(filled, points, tmp_path)
    assert found.result.verdict == "clean"
    assert found.figures.book.filed.number("整体_总分") == 95


@pytest.mark.parametrize("given", [{}, {"评分_测算依据_自评分": 25}])
def test_points_that_nobody_gave_do_not_pass(given: dict[str, Any], points: Pack, tmp_path: Path) -> None:
    found = _checked({"fields": COVER | given}, points, tmp_path)
    assert found.result.verdict == "incomplete"
    assert {m.name for m in found.result.completeness.missing} == {
        f"评分_{n}_自评分" for n in ("测算依据", "部门特性指标") if f"评分_{n}_自评分" not in given
    }


def test_what_a_smaller_form_asks_for_stays_asked(forms: Pack, tmp_path: Path) -> None:
    """`names = ["*", …]` had taken every [required] with it: a form with nothing but its cover passed."""
    found = _checked({"project_forms": [{"fields": {"自评_项目名称": "某项目"}, "tables": {}}]}, forms, tmp_path)
    assert {"自评_预期目标", "自评_完成情况", "自评指标_三级指标"} <= {
        m.name for m in found.result.completeness.missing
    }


def test_a_total_that_cannot_be_worked_out_is_no_pass(forms: Pack, tmp_path: Path) -> None:
    found = _checked({"project_forms": [_form([_row(None, None, 90)])]}, forms, tmp_path)
    assert found.result.verdict in {"error", "incomplete"}
    assert any(m.name == "自评_总分" for m in found.result.completeness.missing)


def test_points_may_be_typed(tmp_path: Path) -> None:
    """`[drop] formulas`: the score is what staff give, judged by the best reading of target and result."""
    pack = _pack(tmp_path, "手填得分", ONLY_FORMS.format(more='formulas = ["自评指标_得分"]'))
    assert not check_pack(pack)
    assert not pack.dictionary.form.tables["自评指标"].columns["得分"].computed
    rows = [
        _row("150万", "150万", 50, 得分=50),
        _row("建立制度", "已建立", 30, 得分=30),
        _row("100次", "50次", 10, 得分=10),
    ]
    found = _checked({"project_forms": [_form(rows)]}, pack, tmp_path)
    assert found.figures.forms[0].computed.number("自评_总分") == Decimal("98.35")
    wrong = found.figures.forms[0].section.indicators[2].cell("得分").ref
    assert [f.cells[0] for f in found.result.findings if f.rule == "C44"] == [wrong]


def test_nothing_is_asked_for_in_a_column_that_is_not_there(tmp_path: Path) -> None:
    """重庆 2021: no 完成等级 and no 偏差原因; every indicator was told to fill them in, at no cell: 「」."""
    drop = ONLY_FORMS.replace(' "自评指标_性质", "自评指标_计量单位",', "").replace(
        '"自评指标_人工扣减",', '"自评指标_人工扣减", "自评指标_偏差原因",'
    )
    pack = _pack(tmp_path, "没有等级", drop.format(more='formulas = ["自评指标_得分"]'))
    assert not check_pack(pack)
    assert not [told for told in roles_untold(pack) if "没有选完成等级的列" in told]
    rows = [
        _row("好", "好", 40, 性质="定性", 得分=40),
        _row("建立制度", None, 20, 性质="定性", 得分=20),
        _row(26, 12, 10, 性质="≥", 计量单位="次", 得分="4.62"),
        _row(10, 40, 20, 性质="≥", 计量单位="次", 得分=20),
    ]
    found = _checked({"project_forms": [_form(rows)]}, pack, tmp_path).result
    assert not [f.message for f in found.findings if f.rule in {"C44", "C47", "C48"} or "「」" in f.message]
    assert "没有写完成情况" in "".join(f.message for f in found.findings if f.rule in {"C46", "C50"})
    worked_out = _pack(tmp_path, "自动计分", drop.format(more=""))
    assert [told for told in roles_untold(worked_out) if '请写 [drop] formulas = ["自评指标_得分"]' in told]


def test_packs_are_no_returns(forms: Pack, tmp_path: Path) -> None:
    found = find_workbooks(forms.folder.parents[1], tmp_path)
    assert not found.workbooks
    assert [s.reason for s in found.skipped] == ["是规则包"]


def _checked(data: dict[str, Any], pack: Pack, folder: Path) -> api.Checked:
    path = folder / "填报.xlsx"
    path.write_bytes(fill_workbook(unit_from_json({"fields": COVER, **data, "pack": pack.id}, pack), pack))
    return api.check(path, pack=str(pack.folder))


@pytest.mark.parametrize(
    ("drawn", "told"),
    [
        ("form = true\n", "“项目”的表画了 2 张（「项目自评表」、「另一张」）"),
        ("", "填报表「另一张」是整体的表，自评_备注 不是它的名称"),
    ],
)
def test_a_form_is_one_sheet_with_its_own_names(drawn: str, told: str, tmp_path: Path) -> None:
    """Both had passed the check, and every unit then crashed."""
    home = tmp_path / "规则包" / "两张"
    home.mkdir(parents=True)
    more = '\n[[form_names]]\nnames = { text = ["自评_备注"] }\n'
    (home / "pack.toml").write_text(HEAD.format("两张") + ONLY_FORMS.format(more="") + more, "utf-8")
    sheet = f'[[fill]]\nname = "另一张"\n{drawn}widths = [12, 20]\ngrid = "表> 备注 | [自评_备注]"\n'
    (home / "forms.toml").write_text(f"extends = true\n\n{sheet}", "utf-8")
    assert any(told in problem for problem in check_pack(find_pack(str(home))))


def test_every_command_finds_the_pack_beside_the_workbook(
    forms: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From another folder, by the id in the data or in the workbook: only the pack's place beside them leads to it."""
    monkeypatch.chdir(tmp_path)
    home = forms.folder.parents[1]
    data, filled = home / "填 报.json", home / "填 报.xlsx"
    fields = {"pack": forms.id, "fields": COVER, "project_forms": [_form([_row(100, 100, 90)])]}
    data.write_text(json.dumps(fields, ensure_ascii=False), "utf-8")
    (home / "报告.txt").write_text("自评得分98.35分。", "utf-8")
    commands = (
        ("fill", data, "-o", filled),
        ("check", filled, "--pack", forms.id),
        ("recalc", filled, "-o", tmp_path / "重算.xlsx"),
        ("export", filled, "-o", tmp_path / "回.json"),
        ("explain", filled, "自评_总分"),
        ("proofread", home / "报告.txt", "--pack", forms.id),
        ("move", filled, "-o", tmp_path / "移.xlsx"),
        ("new", "--from", filled, "--pack", forms.id, "-o", tmp_path / "明年.xlsx"),
        ("run", filled, "-o", tmp_path / "出"),
        ("compare", filled, filled, "-o", tmp_path / "对比.xlsx"),
        ("evidence", filled, "-o", tmp_path / "台账.xlsx"),
        ("batch", home / "报送", "-o", tmp_path / "汇总"),
        ("pack", "check", forms.id),
        ("pack", "replay", home / "报送", "--pack", forms.id),
    )
    (home / "报送").mkdir()
    assert [words[0] for words in commands[:1] if call(*words) > 1] == []
    (home / "报送" / "一.xlsx").write_bytes(filled.read_bytes())
    monkeypatch.setenv("JIXIAO_PACKS", str(forms.folder.parent))  # pack check has no workbook to look beside
    assert [words[:2] for words in commands[-2:-1] if call(*words) > 1] == []
    monkeypatch.delenv("JIXIAO_PACKS")
    assert [words[0] for words in (*commands[1:-2], commands[-1]) if call(*words) > 1] == []
    looked = Watcher().look(filled)
    assert looked
    assert looked.problem == ""
    assert looked.checked
    assert looked.checked.pack.folder == forms.folder
