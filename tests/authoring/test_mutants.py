"""`pack check` is sound: what it calls sound builds, fills, audits and prints; the rest is told with its place."""

from __future__ import annotations

import os
import re
import shutil
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from pack_mutants import mutant, trial
from referee import needs_office

from toolkit.authoring.check import check_pack
from toolkit.authoring.keeping import trial as trying
from toolkit.authoring.keeping.trial import try_pack
from toolkit.core.errors import PackError
from toolkit.engines.xlsx import CellChange, FileSource, patched
from toolkit.pack import find_pack
from toolkit.pack.pack import packs_home

if TYPE_CHECKING:
    from pathlib import Path

MUTANTS = int(os.environ.get("JIXIAO_PACK_MUTANTS", "14"))
SMALL = "sichuan-project-2023"


@pytest.mark.parametrize("seed", range(MUTANTS))
def test_sound_is_what_runs(seed: int, tmp_path: Path) -> None:
    what = mutant(packs_home() / SMALL, tmp_path / "变体", seed)
    told = trial(tmp_path / "变体", tmp_path)
    assert all("Traceback" not in t and t.strip() for t in told), what
    assert not any(re.search(r"KeyError|object has no|NoneType", t) for t in told), what


# 文件 ¦ 原文 ¦ 换成 ¦ 说什么
SLIPS = """
pack.toml ¦ id = "sichuan-project-2023"\\n ¦ ¦ 第 3 行 [pack]：缺少 id
pack.toml ¦ id = "sichuan-project-2023" ¦ id = "hunan-2023" ¦ 是自带规则包的编号
pack.toml ¦ left = "总额（{列}）" ¦ left = "总额（{列）" ¦ left 里的括号会原样印出
pack.toml ¦ {自评_执行率}，没有 ¦ {自评_执行率，没有 ¦ 花括号没有配对
pack.toml ¦ weight = "自评_资金总额_全年执行数" ¦ weight = "自评_资金总额_年初预算数" ¦ 应在 figures 里
pack.toml ¦ title = "全年预算数", ¦ ¦ [batch.figures] 自评_资金总额_全年预算数：缺少 title
forms.toml ¦ name = "封面"\\n ¦ ¦ [fill]：缺少 name
forms.toml ¦ widths = [3, 20, ¦ widths = [0, 20, ¦ 第 1 列宽 0
forms.toml ¦ widths = [3, 20, ¦ widths = ["3", 20, ¦ 应是[ ] 里的一串数
forms.toml ¦ 空@18> ¦ 空@500> ¦ 第 1 行高 500
forms.toml ¦ [自评_财务负责人] |<2 ¦ [自评_财务负责人] |<3 ¦ 第 43 行画了 12 格，别的行多是 11 格
forms.toml ¦ 列24> [自评指标.一级指标] ¦ 列24> [自评.一级指标] ¦ 明细应是一张表的列
document.toml ¦ 表.自评_资金总额_全年预算数 ¦ 表.自评_资金总额_全年预算书 ¦ _全年预算书”，是不是“自评_资金
document.toml ¦ {{ 段|完句 }} ¦ {% if False %}{{ 表.自评_等第 }}{% endif %} ¦ 是不是“自评_等级”
document.toml ¦ {%p endfor %} ¦ {p endfor %} ¦ document.toml 的提纲里这一行看不懂：{p endfor %}。每行应是
document.toml ¦ 封面_填报日期 ¦ 封面_填报日 ¦ 不认识名称“封面_填报日”
"""


@pytest.mark.parametrize("line", SLIPS.strip().split("\n"))
def test_a_slip_is_told_before_anything_is_built(line: str, tmp_path: Path) -> None:
    name, old, new, expected = (part.strip(" ").replace("\\n", "\n") for part in line.split("¦"))
    folder = tmp_path / "变体"
    shutil.copytree(packs_home() / SMALL, folder, ignore=shutil.ignore_patterns("*.xls*", "*.docx"))
    text = (folder / name).read_text("utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), "utf-8")
    try:
        told = "\n".join(check_pack(find_pack(str(folder))))
    except PackError as error:
        told = str(error)
    assert expected in told


@needs_office
def test_a_trial_works_every_formula_out_again() -> None:
    done = try_pack(find_pack(SMALL))
    assert done.problems == ()
    assert done.formulas
    assert done.formulas > 100


def test_a_formula_that_a_spreadsheet_reads_otherwise_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The referee is heard: a workbook that comes back with another figure is a problem, none at all is said."""
    monkeypatch.setattr(trying, "_UNITS", ((1, 0.0),))
    monkeypatch.setattr(trying, "recalculated", lambda books: [_with_a_figure(b) for b in books])
    told = try_pack(find_pack(SMALL)).problems
    assert any("试填第 1 份：「项目自评表" in t and "LibreOffice 算得" in t for t in told), told
    monkeypatch.setattr(trying, "recalculated", lambda _: None)
    assert try_pack(find_pack(SMALL)).formulas is None


def _with_a_figure(data: bytes) -> bytes:
    """The same workbook, one computed figure another."""
    source = FileSource(data)
    sheet = next(s for s in source.sheet_names if s.startswith("项目自评表"))
    where = next(iter(source.formulas(sheet)))
    return patched(source.data, source.package, [CellChange(sheet, where, Decimal(7))])
