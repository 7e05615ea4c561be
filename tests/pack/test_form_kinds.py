"""Several kinds of forms in one workbook: projects and policies, each with its own names, unit of money and points."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from toolkit import api
from toolkit.authoring.build import build_pack
from toolkit.authoring.check import check_pack
from toolkit.engines.xlsx import open_file
from toolkit.pack.pack import Pack, find_pack
from toolkit.unit.exchange import unit_to_json
from toolkit.unit.returning.compare import compare_units, replayed

EXAMPLES = Path(__file__).parents[2] / "examples"

CASES = Path(__file__).parents[1] / "cases"

ROW = {
    "一级指标": "产出指标",
    "二级指标": "数量指标",
    "性质": "≥",
    "计量单位": "户",
    "分值": 40,
    "依据文号": "〔2023〕1号",
}


def policy(name: str, given: int, paid: int, done: int) -> dict[str, Any]:
    rows = [
        {**ROW, "三级指标": "兑现户数", "指标值": 100, "实际完成值": done},
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
    fields = {"政策_名称": name, "政策_安排金额": given, "政策_兑现金额": paid, "政策_户数": done}
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
    data = api.export(EXAMPLES / "demo-unit" / "填报表.xlsx") | {"pack": pack.id}
    own = data["project_forms"]
    mixed = [policy("稳岗补贴", 2_000_000, 1_500_000, 90), *own, policy("奖补", 100, 120, 100)]
    file = tmp_path_factory.mktemp("填好") / "填报表.xlsx"
    file.write_bytes(api.fill(data | {"project_forms": mixed}, pack))
    return file


def test_the_pack_is_sound(pack: Pack) -> None:
    assert check_pack(pack) == []


def test_each_kind_has_its_sheets_and_comes_back(pack: Pack, filled: Path) -> None:
    sheets = open_file(filled).sheet_names
    assert [s for s in sheets if s.startswith("政策")] == ["政策自评表", "政策自评表 (2)"]
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
    assert view.number("政策_执行得分") == Decimal("7.5")
    assert view.number("政策_总分") == Decimal("7.5") + 36 + 50
    assert view.content("政策_等级") == "优"


def test_each_kind_is_printed(pack: Pack, filled: Path, tmp_path: Path) -> None:
    made = api.publish(filled, tmp_path, pack)
    report = next(f for f in made.files if f.name == "自评报表.xlsx")
    source = open_file(report)
    assert [s for s in source.sheet_names if s.startswith("政策")] == ["政策自评表", "政策自评表 (2)"]
    texts = [v for row in source.values("政策自评表").values() for v in row.values()]
    assert "稳岗补贴" in texts
    assert Decimal("93.5") in texts
    result = json.loads(next(f for f in made.files if f.name == "result.json").read_text("utf-8"))
    scores = {s["name"]: s for s in result["project_scores"]}
    assert (scores["稳岗补贴"]["kind"], scores["稳岗补贴"]["money_unit"], scores["稳岗补贴"]["total"]) == (
        "政策",
        "元",
        "93.50",
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
