"""Several kinds of forms in one workbook: projects and policies, each with its own names, unit of money and points."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from batch_folder import ran
from docx import Document
from patches import replayed
from samples import check_bytes

from toolkit import api
from toolkit.audit.secrecy.plan import plan_of
from toolkit.authoring.build import build_pack
from toolkit.authoring.check import check_pack
from toolkit.engines.xlsx import open_file
from toolkit.pack.finding import find_pack
from toolkit.unit.exchange import unit_from_json, unit_to_json
from toolkit.unit.returning.carry import with_forms
from toolkit.unit.returning.compare import compare_units
from toolkit.unit.returning.evidence import to_prove
from toolkit.unit.strays import served

if TYPE_CHECKING:
    from toolkit.pack.pack import Pack

EXAMPLES = Path(__file__).parents[2] / "examples"

CASES = Path(__file__).parents[1] / "cases"

ROW = {
    "一级指标": "产出指标",
    "二级指标": "数量指标",
    "性质": "≥",
    "计量单位": "户",
    "分值": 30,
    "依据文号": "〔2023〕1号",
}


def policy(code: str, name: str, given: int, paid: int, done: int) -> dict[str, Any]:
    rows = [
        {**ROW, "三级指标": "兑现户数", "分值": 20, "指标值": 100, "实际完成值": done},
        {**ROW, "三级指标": "差错", "二级指标": "质量指标", "分值": 10, "性质": "≤", "指标值": 1, "实际完成值": 1},
        {
            **ROW,
            "三级指标": "带动户数",
            "指标值": 10,
            "实际完成值": 10,
            "一级指标": "效益指标",
            "分值": 50,
            "二级指标": "社会效益指标",
        },
    ]
    fields = {"政策_编码": code, "政策_名称": name, "政策_安排金额": given, "政策_兑现金额": paid, "政策_户数": done}
    return {"kind": "政策", "fields": fields, "tables": {"政策指标": rows}}


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    folder = tmp_path_factory.mktemp("几种表") / "政策"
    folder.mkdir()
    for name in ("pack", "forms"):
        shutil.copy(CASES / f"form_kinds_{name}.toml", folder / f"{name}.toml")
    found = find_pack(str(folder))
    build_pack(found, document=True)
    return found


@pytest.fixture(scope="module")
def filled(pack: Pack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("填好") / "填报表.xlsx"
    file.write_bytes(api.fill(several_kinds(pack), pack))
    return file


def several_kinds(pack: Pack) -> dict[str, Any]:
    """Two policies and the demo unit's projects, in any order, and no transfer; the policies' forms count in 元."""
    data = api.export(EXAMPLES / "demo-unit" / "填报表.xlsx") | {"pack": pack.id}
    own = data["project_forms"]
    data["tables"]["政策清单"] = [
        {"编码": "ZC1", "名称": "稳岗补贴", "安排数": 200, "兑现数": 150},
        {"编码": "ZC2", "名称": "奖补", "安排数": "0.01", "兑现数": "0.012"},
    ]
    mixed = [policy("ZC1", "稳岗补贴", 2_000_000, 1_500_000, 90), *own, policy("ZC2", "奖补", 100, 120, 100)]
    return data | {"project_forms": mixed}


def told_of(data: dict[str, Any], pack: Pack, rule: str) -> list[str]:
    """The findings of a rule on a changed return."""
    return [f.message for f in check_bytes(api.fill(data, pack), pack).result.findings if f.rule == rule]


def test_the_pack_is_sound(pack: Pack) -> None:
    assert check_pack(pack) == []


def test_each_kind_has_its_sheets_and_comes_back(pack: Pack, filled: Path) -> None:
    sheets = open_file(filled).sheet_names
    assert [s for s in sheets if s.startswith("政策自评")] == ["政策自评表", "政策自评表 (2)"]
    told = api.export(filled, pack)["project_forms"]
    assert [f["fields"]["政策_名称"] for f in told if f.get("kind") == "政策"] == ["稳岗补贴", "奖补"]
    assert [f for f in told if "kind" not in f] == api.export(EXAMPLES / "demo-unit" / "填报表.xlsx")["project_forms"]


def test_each_kind_is_judged_by_its_own_rules(pack: Pack, filled: Path) -> None:
    found = api.check(filled, pack)
    own = [f for f in found.result.findings if f.rule.startswith("X")]
    assert [(f.rule, f.cells[0].sheet) for f in own] == [("X01", "政策自评表 (2)")]
    assert "（政策“奖补”）" in own[0].message
    assert "120.00 元" in own[0].message
    before = api.check(EXAMPLES / "demo-unit" / "填报表.xlsx").result
    told = {f.message for f in found.result.findings if not f.rule.startswith(("X", "C47", "D64"))}
    assert told >= {f.message for f in before.findings if "政策" not in f.message and not f.rule.startswith("D64")}
    view = found.figures.of("政策")[0].computed
    assert view.number("政策_执行得分") == 15  # of 20, where a project has 10
    assert view.number("政策_总分") == 15 + 18 + 10 + 50
    assert view.content("政策_等级") == "甲"


def test_each_kind_is_printed(pack: Pack, filled: Path, tmp_path: Path) -> None:
    made = api.publish(filled, tmp_path, pack)
    report = next(f for f in made.files if f.name == "自评报表.xlsx")
    source = open_file(report)
    assert [s for s in source.sheet_names if s.startswith("政策自评")] == ["政策自评表", "政策自评表 (2)"]
    texts = [v for row in source.values("政策自评表").values() for v in row.values()]
    assert "稳岗补贴" in texts
    assert Decimal(93) in texts
    result = json.loads(next(f for f in made.files if f.name == "result.json").read_text("utf-8"))
    scores = {s["name"]: s for s in result["project_scores"]}
    assert (scores["稳岗补贴"]["kind"], scores["稳岗补贴"]["money_unit"], scores["稳岗补贴"]["total"]) == (
        "政策",
        "元",
        "93.00",
    )
    assert Document(str(next(f for f in made.files if f.name == "自评报告.docx")))


def test_versions_are_compared_kind_by_kind(pack: Pack, filled: Path, tmp_path: Path) -> None:
    data = api.export(filled, pack)
    data["project_forms"] = [f for f in data["project_forms"] if f["fields"].get("政策_名称") != "稳岗补贴"]
    data["project_forms"][-1]["fields"]["政策_兑现金额"] = 90
    other = tmp_path / "又一份.xlsx"
    other.write_bytes(api.fill(data, pack))

    first, second = (api.check(f, pack).unit for f in (filled, other))
    found = compare_units(first, second, pack)
    told = {(c.name, c.kind, c.row or c.before, c.after) for c in found.changes}
    assert ("政策_兑现金额", "改", 120, 90) in told
    assert [c.row for c in found.changes if c.kind == "删" and not c.name] == ["稳岗补贴"]
    assert replayed(unit_to_json(first), found.patch) == unit_to_json(second)


BATCH = """
[batch]
figures = [
  { name = "政策_兑现金额", title = "兑现金额", unit = "万元" },
  { name = "自评_资金总额_全年执行数", title = "全年执行数", unit = "万元" },
]
weight = "自评_资金总额_全年执行数"
budget = "自评_资金总额_全年执行数"
"""


def _first_policy(data: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(f for f in data["project_forms"] if f.get("kind") == "政策")
    return found


def test_each_kind_is_held_against_the_table_that_lists_it(pack: Pack) -> None:
    """A13: neither kind is looked for in the other's table, amounts are compared in one unit, transfers in none."""
    data = several_kinds(pack)
    transfer = {"kind": "转移支付", "fields": {"转移_名称": "某补助", "转移_金额": 5}}
    data["project_forms"].append({**transfer, "tables": {"转移用途": [{"用途": "修路", "金额": 4}]}})
    assert told_of(data, pack, "A13") == []
    assert len(told_of(data, pack, "X04")) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"政策_兑现金额": 1_400_000}, ["兑现金额 140.00 万元", "150.00 万元", "相差 10.00 万元"]),
        ({"政策_名称": "稳岗补助"}, ["政策名称“稳岗补助”", "“稳岗补贴”", "不一致"]),
        ({"政策_名称": "别的", "政策_编码": "ZC9"}, ["政策“稳岗补贴”没有政策自评表", "政策“别的”不在「政策清单」里"]),
        ({"政策_名称": "奖补", "政策_编码": "ZC2"}, ["同一个政策“奖补”", "复制"]),
    ],
)
def test_a_policy_that_differs_from_its_list_is_told(pack: Pack, change: dict[str, Any], words: list[str]) -> None:
    """A13."""
    data = several_kinds(pack)
    _first_policy(data)["fields"] |= change
    told = "".join(told_of(data, pack, "A13"))
    assert [w for w in words if w not in told] == []
    assert "项目" not in told.replace("请核对项目名称", "").replace("项目自评表", "")


def test_second_levels_have_points_of_their_own(pack: Pack) -> None:
    """X05: 数量指标 20 and 质量指标 10 of 产出指标 30."""
    data = several_kinds(pack)
    assert told_of(data, pack, "X05") == []
    rows = _first_policy(data)["tables"]["政策指标"]
    rows[0]["分值"], rows[1]["分值"] = 15, 15
    assert [m.count("规定分值") for m in told_of(data, pack, "X05")] == [1, 1]
    assert told_of(data, pack, "X02") == []


def test_each_kind_is_asked_for_by_its_own_table(pack: Pack) -> None:
    data = several_kinds(pack)
    data["tables"]["政策清单"].append({"编码": "ZC3", "名称": "贴息"})
    missing = check_bytes(api.fill(data, pack), pack).result.completeness.missing
    assert [m.title for m in missing] == ["“贴息”的政策自评表"]


def test_forms_are_made_of_each_kind(pack: Pack) -> None:
    """The command forms: filled from the row, the amount as the form counts it."""
    data = several_kinds(pack) | {"project_forms": []}
    unit, made = with_forms(unit_from_json(data, pack), pack)
    kinds = [form.space.kind for form in unit.forms]
    assert kinds == ["项目"] * 4 + ["政策"] * 2
    assert made[-2:] == ("稳岗补贴", "奖补")
    first = unit.forms[4]
    assert [first.text(n) for n in ("政策_编码", "政策_名称")] == ["ZC1", "稳岗补贴"]
    assert first.cell("政策_兑现金额").value == 1_500_000
    again, more = with_forms(unit, pack)
    assert (len(again.forms), more) == (6, ())


def test_material_is_asked_for_of_each_kind(pack: Pack) -> None:
    found = to_prove(unit_from_json(several_kinds(pack), pack), pack)
    kinds = [s.kind for s in found]
    assert (kinds.count("政策"), kinds.count("政策指标"), kinds.count("项目")) == (2, 6, 4)
    assert {s.code for s in found if s.kind == "政策指标"} == {"稳岗补贴", "奖补"}


def test_a_batch_adds_each_kind_in_its_own_unit(pack: Pack, tmp_path: Path) -> None:
    """A policy and a project of one name, the one in 元 and the other in 万元."""
    data = several_kinds(pack)
    name = next(f["fields"]["自评_项目名称"] for f in data["project_forms"] if "kind" not in f)
    _first_policy(data)["fields"]["政策_名称"] = name
    data["tables"]["政策清单"][0]["名称"] = name
    (tmp_path / "报送").mkdir()
    (tmp_path / "报送" / "甲.xlsx").write_bytes(api.fill(data, pack))
    own = tmp_path / "规则包" / "政策"
    shutil.copytree(pack.folder, own)
    with (own / "pack.toml").open("a", encoding="utf-8") as text:
        text.write(BATCH)
    found, _ = ran(tmp_path / "报送", tmp_path / "结果", pack=str(own))
    records = [e.record for e in found.batch.entries if e.record]
    assert [r.figures[:2] for r in records] == [(Decimal("150.012"), Decimal("305.97"))]


def test_a_secret_project_hides_no_policy(pack: Pack, tmp_path: Path) -> None:
    """The public edition leaves out the forms that may be the secret project's, and those are no policies."""
    data = several_kinds(pack)
    data["tables"]["项目"][0]["涉密"] = "是"
    file = tmp_path / "填报表.xlsx"
    file.write_bytes(api.fill(data, pack))
    shown = plan_of(api.check(file, pack).unit, pack).forms
    assert {"稳岗补贴", "奖补"} <= {api.check(file, pack).unit.forms[i].name for i in shown}


def test_names_that_a_copied_form_lost_are_found_again(pack: Pack, filled: Path) -> None:
    """A form of any kind that some program saved without its names, by what is printed on it."""
    source = open_file(filled)
    shared, scoped = source.names
    bare = source.with_names((shared, {s: own for s, own in scoped.items() if not s.startswith("政策")}))
    again = served(bare, pack)
    assert again.names[1]["政策自评表 (2)"].keys() == scoped["政策自评表 (2)"].keys()


def test_an_old_form_of_several_kinds_moves(pack: Pack, filled: Path) -> None:
    """The command move: every amount of both kinds comes along."""
    made = api.move(filled, pack)
    moved = check_bytes(made.data, pack).unit
    assert unit_to_json(moved) == unit_to_json(api.check(filled, pack).unit)
