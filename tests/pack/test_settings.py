"""Scoring and thresholds are pack data: each child pack below changes one thing, without a line of code."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from fill_maker import build_fill
from samples import DEMO, check_bytes, example, filled_example

from toolkit.audit import audit
from toolkit.authoring.build import build_pack
from toolkit.authoring.check import check_pack, unsound
from toolkit.core.findings import Severity
from toolkit.pack.finding import find_pack
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit import compute
from toolkit.unit.exchange import unit_from_json

if TYPE_CHECKING:
    from pathlib import Path

    from toolkit.core.findings import AuditResult
    from toolkit.core.model import UnitReturn
    from toolkit.pack.pack import Pack
    from toolkit.pipeline import Checked

HEAD = '[pack]\nid = "本局"\nextends = "hunan-2023"\ntitle = "测试"\nversion = "1"\nyear = 2023\n'


def changed(folder: Path, settings: str, change: dict[str, Any], row: dict[str, Any] | None) -> tuple[Pack, UnitReturn]:
    """The clean example and a pack with other settings; `row` changes its first indicator."""
    (folder / "本局").mkdir()
    (folder / "本局" / "pack.toml").write_text(HEAD + settings, "utf-8")
    pack = find_pack(str(folder / "本局"))
    data = example(DEMO)
    data["pack"] = pack.id
    data["fields"] |= change
    data["tables"]["指标"][0] |= row or {}
    del data["tables"]["批复"]
    return pack, unit_from_json(data, pack)


def judged(folder: Path, settings: str, row: dict[str, Any]) -> AuditResult:
    """What the audit says of it; the form takes no part in thresholds."""
    pack, unit = changed(folder, settings, {}, row)
    return audit(unit, compute(unit, pack), pack)


def audited(folder: Path, settings: str, change: dict[str, Any], row: dict[str, Any] | None = None) -> Checked:
    """The same through a form of the pack's own."""
    pack, unit = changed(folder, settings, change, row)
    assert unsound(pack) == []
    build_fill(pack)
    return check_bytes(fill_workbook(unit, pack), pack)


@pytest.mark.parametrize(
    ("settings", "reason", "told"),
    [
        ("", None, []),  # 30%: 384 is 20% above 320
        ('overshoot = "0.2"', None, [Severity.WARNING]),
        ('overshoot = "0.2"', "年中新增任务", []),
        ('overshoot = "0.2"\novershoot_lowers = true', "年中新增任务", [Severity.NOTICE]),
    ],
)
def test_overshoot(settings: str, reason: str | None, told: list[Severity], tmp_path: Path) -> None:
    """C48: none, 20 % or 30 %; a reason, or a reason and fewer points."""
    row = {"实际完成值": 384} | ({"偏差原因": reason} if reason else {})
    result = judged(tmp_path, f"\n[audit]\n{settings}\n", row)
    first = [f for f in result.findings if f.rule == "C48" and "共享数据资源" in f.message]
    assert [f.severity for f in first] == told


def test_the_other_reverse_formula(tmp_path: Path) -> None:
    row = {"性质": "≤", "指标值": 320, "实际完成值": 400, "偏差原因": "有原因"}
    checked = audited(tmp_path, '\n[scoring]\nreverse = "ratio"\n', {}, row)
    assert str(checked.figures.book.computed.scores[0].value) == "4.00"
    assert "C44" in checked.result.passed


def test_bands_of_another_province(tmp_path: Path) -> None:
    """山东: 100–80–50–0."""
    bands = """
[scoring]
bands = [
  { phrase = "达成年度指标", low = "0.8", high = "1", closed = true, default = "1" },
  { phrase = "部分达成年度指标并具有一定效果", low = "0.5", high = "0.8", closed = false, default = "0.6" },
  { phrase = "未达成年度指标且效果较差", low = "0", high = "0.5", closed = false, default = "0.2" },
]
"""
    level = {
        "性质": "定性",
        "完成等级": "部分达成年度指标并具有一定效果",
        "指标值": "好",
        "实际完成值": "较好",
        "偏差原因": "有",
    }
    checked = audited(tmp_path, bands, {}, level | {"得分": 2.6})
    assert "C45" in checked.result.passed  # 2.6 of 5 lies in [2.5, 4), but not in [3, 4)


def test_grade_cut_offs(tmp_path: Path) -> None:
    grades = '\n[scoring]\ngrades = [{ name = "好", from = 96 }, { name = "一般", from = 0 }]\n'
    checked = audited(tmp_path, grades, {})
    assert checked.figures.book.computed("整体_等级") == "一般"
    assert "C62" in checked.result.passed


def test_a_cap_by_the_execution_rate(tmp_path: Path) -> None:
    """执行率低于60%的，总分不超过79.99: one formula of the pack, the same for the sheet, Python and the audit."""
    total = "MIN(SUM(整体_执行得分,指标_得分),IF(整体_执行率<0.6,79.99,100))"
    settings = f"""
[compute]
"整体_总分" = 'IF(OR(COUNT(整体_执行得分)=0,COUNT(指标_得分)<COUNT(指标_分值)),"",{total})'

[[rule]]
id = "C43"
severity = "error"
title = "总分＝执行率得分＋各指标得分"
formula = '整体_总分={total}'
needs = ["整体_总分", "整体_执行得分", "指标_得分"]
left = "总分"
right = "应得总分"
unit = "分"
action = "总分由表内公式自动得出，不要手工改。"
basis = "本局办法"
"""
    checked = audited(tmp_path, settings, {"整体_全年预算数": 2000})
    assert str(checked.figures.book.computed("整体_总分")) == "79.99"
    assert checked.figures.book.computed("整体_等级") == "中"
    assert "C43" in checked.result.passed


def test_weights_of_another_scheme(tmp_path: Path) -> None:
    """湖北黄石: 20/40/30/10."""
    settings = '\n[parameters]\n"执行率分值" = 20\n\n[weights]\n"产出指标" = 40\n"效益指标" = 30\n"满意度指标" = 10\n'
    checked = audited(tmp_path, settings, {})
    assert str(checked.figures.book.computed("整体_执行得分")) == "19.56"
    assert {f.rule for f in checked.result.findings} == {"C40", "C41"}


def test_project_forms_in_yuan(tmp_path: Path) -> None:
    """A13, C58, A20: project forms may be kept in 元 while the rest is in 万元."""
    (tmp_path / "本局").mkdir()
    (tmp_path / "本局" / "pack.toml").write_text(HEAD + '\n[parameters]\n"项目金额单位" = "元"\n', "utf-8")
    pack = find_pack(str(tmp_path / "本局"))
    build_pack(pack, document=True)
    assert check_pack(pack) == []
    data = example(DEMO)
    data["pack"] = pack.id
    for form in data["project_forms"]:
        form["fields"] |= {n: v * 10000 for n, v in form["fields"].items() if n.endswith("数")}
    checked = check_bytes(fill_workbook(unit_from_json(data, pack), pack), pack)
    assert [f.message for f in checked.result.findings] == []
    data["project_forms"][0]["fields"]["自评_财政拨款_全年执行数"] += 10000
    again = check_bytes(fill_workbook(unit_from_json(data, pack), pack), pack)
    assert [(f.rule, f.difference) for f in again.result.findings] == [("A13", Decimal(1)), ("C58", Decimal(1))]


WORDS = {"≥": "不少于", ">": "正向", "≤": "不超过", "<": "反向", "=": "等于", "区间": "范围", "定性": "描述"}
SIGNS = """
[lists]
"性质" = ["不少于", "正向", "不超过", "反向", "等于", "范围", "描述"]

[scoring]
signs = { more = ["不少于", "正向"], less = ["不超过", "反向"], equal = ["等于"], between = ["范围"], level = ["描述"] }
"""


def test_signs_are_words_of_the_form(tmp_path: Path) -> None:
    """不超过 for ≤: the same points, the same findings, live on the sheet as well."""
    plain = check_bytes(filled_example(DEMO))
    (tmp_path / "本局").mkdir()
    (tmp_path / "本局" / "pack.toml").write_text(HEAD + SIGNS, "utf-8")
    pack, text = find_pack(str(tmp_path / "本局")), json.dumps(example(DEMO), ensure_ascii=False, default=str)
    assert unsound(pack) == []
    build_fill(pack)
    for sign, word in WORDS.items():
        text = text.replace(f'"性质": "{sign}"', f'"性质": "{word}"')
    told = check_bytes(fill_workbook(unit_from_json(json.loads(text) | {"pack": "本局"}, pack), pack), pack)
    assert {"不少于", "不超过", "描述"} <= {row.text("性质") for row in told.unit.book.rows("指标")}
    assert told.figures.book.computed.scores == plain.figures.book.computed.scores
    assert told.figures.book.filed.number("整体_总分") == plain.figures.book.filed.number("整体_总分")
    assert {f.rule for f in told.result.findings} == {f.rule for f in plain.result.findings}


def test_a_sign_that_nobody_explains_is_told(tmp_path: Path) -> None:
    """It would be scored as 越多越好 without a word."""
    (tmp_path / "本局").mkdir()
    (tmp_path / "本局" / "pack.toml").write_text(HEAD + '[lists]\n"性质" = ["≥", "越少越好"]\n', "utf-8")
    told = unsound(find_pack(str(tmp_path / "本局")))
    assert told[0].startswith("pack.toml [lists] 指标_性质 的“越少越好”没有写怎样计分")
    assert "signs 里写进 more、less、equal、between、level 中的一种" in told[0]


def test_a_parameter_that_nothing_asks_for_is_told(tmp_path: Path) -> None:
    (tmp_path / "本局").mkdir()
    (tmp_path / "本局" / "pack.toml").write_text(HEAD + '[parameters]\n"执行率下线" = "0.8"\n', "utf-8")
    told = unsound(find_pack(str(tmp_path / "本局")))
    assert told == ["pack.toml [parameters] “执行率下线”：没有一处用到，是不是“执行率下限”？"]
