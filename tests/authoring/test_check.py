"""`pack check`: what a rule keeper may break is named with file, entry, and the nearest right name."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from docx import Document

from toolkit.authoring.build import build_pack
from toolkit.authoring.check import check_pack, unsound
from toolkit.core.errors import PackError
from toolkit.pack.finding import default_pack, find_pack, list_packs
from toolkit.pack.pack import DOCUMENT_NAME

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An office's own copy of the pack."""
    target = tmp_path / "本局 规则包"
    shutil.copytree(default_pack().folder, target)
    return target


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_shipped_packs_are_sound() -> None:
    assert {p.id: check_pack(p) for p in list_packs()} == {p.id: [] for p in list_packs()}


A03 = "formula = '整体_收入_合计=整体_支出_合计'"
BREAKS = [
    ("pack.toml", A03, "formula = '整体_收入_合记=整体_支出_合计'", "A03.*整体_收入_合计"),
    ("pack.toml", A03, "formula = '整体_收入_合计=(整体_支出_合计'", "A03.*第 \\d+ "),
    ("pack.toml", A03, "formula = '整体_收入_合计=SUMM(整体_支出_合计)'", "A03.*SUM"),
    ("pack.toml", '"效益指标" = 30', '"效益指标" = 31', "101.*100"),
    ("pack.toml", 'check = "outline_complete"', 'check = "outline_complet"', "outline_complet"),
    ("pack.toml", 'needs = ["整体_全年执行数", "整体_支出_合计"]', 'needs = ["整体_全年执行"]', "整体_全年执行数"),
    ("pack.toml", '"整体_支出_合计" = ', '"整体_支出_合记" = ', "整体_支出_合计"),
    ("forms.toml", "[封面_单位名称]", "[封面_单位名]", "封面_单位名称"),
    ("pack.toml", 'cell = "整体_支出_基本支出"', 'cell = "整体_支出_基本之出"', "整体_支出_基本支出"),
    ("pack.toml", 'total = "总支出"', 'total = "总之出"', "总支出"),
    ("pack.toml", "pattern = '_GoBack", "pattern = '(_GoBack", "排版残留"),
    ("pack.toml", 'id = "A03"', 'id = "A3"', "A3"),
    ("pack.toml", 'drop_fields = ["封面_填表人"', 'drop_fields = ["封面_填报人"', "disclosure.*封面_填表人"),
    ("pack.toml", 'merged = "合并为其他项目"', 'merged = "合并"', "ways.*合并"),
    ("pack.toml", "'整体_全年执行数=整体_支出_合计'", "'整体_全年执行数=MAX(整体_支出_合计,0)'", "不是加减关系"),
    ("pack.toml", "'整体_全年执行数=整体_支出_合计'", "'整体_全年执行=整体_支出_合计'", "disclosure.*整体_全年执行数"),
    ("pack.toml", "'AND(COUNT(自评_资金总额_全年执行数)", "'AND(COUNT(自评_资金总额_全年执行)", "when：.*全年执行数"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "told"), BREAKS, ids=range(len(BREAKS)))
def test_break_is_named(folder: Path, name: str, old: str, new: str, told: str) -> None:
    import re

    edit(folder, name, old, new)
    problems = unsound(find_pack(str(folder)))
    assert any(re.search(told, p) for p in problems), problems


def test_toml_that_cannot_be_read(folder: Path) -> None:
    edit(folder, "pack.toml", "places = 2", "places = ")
    with pytest.raises(PackError, match=r"第 \d+ 行"):
        find_pack(str(folder))


def test_parameter_that_is_not_there(folder: Path) -> None:
    edit(folder, "pack.toml", "={分:指标}", "=${执行率分直}")
    with pytest.raises(PackError, match="执行率分值"):
        find_pack(str(folder))


def test_stale_and_missing_workbooks(folder: Path) -> None:
    (folder / "自评报表.xlsx").unlink()
    (folder / "填报表.xlsx").write_bytes((default_pack().folder / "自评报表.xlsx").read_bytes())
    problems = "\n".join(check_pack(find_pack(str(folder))))
    assert "缺少 自评报表.xlsx" in problems
    assert "填报表.xlsx 与表样不一致" in problems


def test_unknown_name_in_the_word_template(folder: Path) -> None:
    document = Document(str(folder / DOCUMENT_NAME))
    document.add_paragraph("{{ 封面_单位名 }}")
    document.save(str(folder / DOCUMENT_NAME))
    assert any("封面_单位名称" in p for p in check_pack(find_pack(str(folder))))


def test_rebuild_gives_the_same_bytes(folder: Path) -> None:
    """The committed workbooks are what the drawn forms say."""
    pack = find_pack(str(folder))
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    build_pack(pack, document=True)
    assert {p.name for p in folder.iterdir() if p.read_bytes() != before[p.name]} == set()
