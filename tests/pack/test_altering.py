"""Next year's pack, another unit of money, another province: what a rule keeper writes, and nothing twice."""

from __future__ import annotations

import io
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from pack_mutants import trial
from samples import check_bytes

from toolkit.authoring.check import unsound
from toolkit.core.errors import PackError
from toolkit.pack import find_pack
from toolkit.pack.pack import packs_home
from toolkit.pack.reading.altering import altered

if TYPE_CHECKING:
    from toolkit.pack import Pack

CASES = Path(__file__).parents[1] / "cases" / "packs"
# Lines of TOML that the same pack took when nothing could be dropped, retitled or repeated; what it has come to ask for
# since is counted in.
BEFORE = {
    CASES / "hunan-2024-notice": 232,
    CASES / "hunan-2023-yuan": 12,
    packs_home() / "yunnan-2023": 540,
    packs_home() / "sichuan-project-2023": 276,
}


@pytest.mark.parametrize("folder", BEFORE, ids=lambda path: path.name)
def test_a_pack_says_what_differs_and_no_more(folder: Path) -> None:
    lines = sum(len(path.read_text("utf-8").splitlines()) for path in folder.glob("*.toml"))
    assert lines <= BEFORE[folder] * 0.6


@pytest.mark.parametrize("name", ["hunan-2024-notice", "hunan-2023-yuan"])
def test_it_runs_to_the_end_without_a_dead_name(name: str, tmp_path: Path) -> None:
    shutil.copytree(CASES / name, tmp_path / name)
    assert trial(tmp_path / name, tmp_path) == []
    pack = find_pack(str(tmp_path / name))
    forms = pack.forms("fill")
    assert sorted(pack.dictionary.all_names()) == sorted(n for form in forms for n in form.names())
    assert min(width for form in forms for width in form.widths) >= 3  # no column is hidden
    assert min(height for form in forms for height in form.heights.values()) > 1


def test_what_is_inherited_is_retitled_and_numbered_anew() -> None:
    pack = find_pack(str(CASES / "hunan-2024-notice"))
    assert [s.title for s in pack.outline][6:9] == [
        "七、绩效评价工作开展情况",
        "八、存在的问题及原因分析",
        "九、下一步改进措施",
    ]
    grid = next(s.grid for s in pack.forms("fill") if s.name == "绩效情况")
    rows = [line.partition("> ")[2].partition(" | ")[0] for line in grid.split("\n") if line.startswith("表")]
    assert rows[3:6] == ["七、绩效评价工作开展情况", "八、存在的问题及原因分析", "九、下一步改进措施"]
    assert "报送截止：2025年4月30日" in pack.forms("fill")[0].grid
    assert "一级> 绩效评价工作开展情况\n{%p for" in pack.document()["body"]


def test_words_change_and_names_do_not() -> None:
    text = "表> 项目 | [项目.项目] | {项目_项目} | 合计\n正文> 项目{{ 项目 }}"
    found = altered(text, {"项目": "任务", "合计": "项目"}, [{"before": "正文>", "lines": "注> 一\n注> 二"}])
    assert found == "表> 任务 | [项目.项目] | {项目_项目} | 项目\n注> 一\n注> 二\n正文> 任务{{ 项目 }}"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({'["未填报。"]': '["没有填。"]'}, '{%p for 段 in 概况 or ["没有填。"] %}'),
        ({"未填报": "没有填", "段 ": "节 "}, '{%p for 段 in 概况 or ["未填报。"] %}'),  # inside a tag words are code
        ({'三级> {{ 组.值 or "未分类" }}': ""}, '{%p for 段 in 概况 or ["未填报。"] %}'),  # a heading goes
        ({'"未分类"': '"其他"', "三级": "条目"}, '条目> {{ 组.值 or "其他" }}'),
        ({"[项目.用途]": "[项目.备注]", "用途": "备注"}, "列3> [项目.备注] | {项目_用途} | 备注"),
    ],
)
def test_words_told_with_a_part_of_a_tag_change_there(words: dict[str, str], told: str) -> None:
    """What a report prints out of a tag, "本部分未填报。" or a heading in a loop, was no word that could change."""
    text = '{%p for 段 in 概况 or ["未填报。"] %}\n三级> {{ 组.值 or "未分类" }}\n列3> [项目.用途] | {项目_用途} | 用途'
    found = altered(text, words, []).split("\n")
    assert told in found
    assert len(found) == 3 - ("" in words.values())


def _pack(folder: Path, drop: str = "", document: str = "", parent: str = "yunnan-2023") -> Pack:
    folder.mkdir(exist_ok=True)
    head = f'[pack]\nid = "甲"\nextends = "{parent}"\ntitle = "甲"\nyear = 2024\nversion = "1"\n'
    (folder / "pack.toml").write_text(f"{head}[drop]\nnames = [{drop}]\n", "utf-8")
    if document:
        (folder / "document.toml").write_text(document, "utf-8")
    return find_pack(str(folder))


def test_the_tables_of_a_report_are_retitled_too(tmp_path: Path) -> None:
    more = '[[lines]]\nafter = "行> 合计"\nlines = "行> 备注 | < | < | < | < | < | < | < | <"\n'
    pack = _pack(tmp_path, document=f'extends = true\n[retitle]\n"任务名称" = "重点任务"\n{more}')
    assert list(unsound(pack)) == []
    (table,) = [t for t in pack.document()["table"] if t["name"] == "任务表"]
    rows = table["rows"].split("\n")
    assert rows[0].startswith("头> 重点任务 |")
    assert rows[-1].startswith("行> 备注 |")


LISTED = [
    (parent, table, column)
    for parent, table in (("yunnan-2023", "任务"), ("yunnan-2023", "指标"), ("hunan-2023", "指标"))
    for column in find_pack(parent).dictionary.book.tables[table].columns
    if parent == "yunnan-2023" or column == "二级指标"
]


@pytest.mark.parametrize(("parent", "table", "column"), LISTED, ids="-".join)
def test_no_column_of_a_word_table_is_left_without_its_name(
    parent: str, table: str, column: str, tmp_path: Path
) -> None:
    """A column of a list that a pack does not have printed its head over dashes."""
    found = {
        t["name"]: t for t in _pack(tmp_path, f'"{table}_{column}", "合计_{column}"', parent=parent).document()["table"]
    }
    for name, spec in ((t["name"], t) for t in find_pack(parent).document()["table"]):
        asks = any(re.search(rf"行\.{LOOKS_LIKE.get(column, column)}\b", row) for row in rows_of(spec, table))
        assert len(found[name]["widths"]) == len(spec["widths"]) - asks
        assert sum(found[name]["widths"]) == pytest.approx(sum(spec["widths"]))
        for row in found[name]["rows"].strip("\n").split("\n"):
            assert row.count(" |") + 1 == len(found[name]["widths"]), row


LOOKS_LIKE = {"偏差原因": "偏差说明"}


def rows_of(spec: dict[str, str], table: str) -> list[str]:
    return [row for row in spec["rows"].split("\n") if row.startswith(f"环 行 in {table}>")]


HEAD = '[pack]\nid = "甲"\nextends = "hunan-2023"\n'


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("forms.toml", 'extends = true\n[retitle]\n"无此字样" = "乙"\n', "上一级的表样里没有“无此字样”"),
        ("forms.toml", 'extends = true\n[[lines]]\nsheet = "绩效情况"\nafter = "[无]"\nlines=""\n', "有“[无]”"),
        ("forms.toml", 'extends = true\n[[lines]]\nsheet = "绩效"\nafter = "无"\nlines = ""\n', "没有工作表“绩效”"),
        ("forms.toml", 'extends = true\n[[report]]\nname = "基本状况"\n', "是不是“基本情况”"),
        ("document.toml", 'extends = true\n[retitle]\n"无此字样" = "乙"\n', "上一级的报告里没有“无此字样”"),
        ("bulletin.toml", 'extends = true\n[retitle]\n"无此字样" = "乙"\n', "上一级的通报里没有“无此字样”"),
        ("letter.toml", 'extends = true\n[[lines]]\nafter = "无"\nlines = ""\n', "上一级的退回意见里没有一行有“无”"),
        ("document.toml", "numbered = true\n", "缺少 body 一项"),
        ("pack.toml", HEAD + '[report]\ninsert = [{ after = "无", title = "甲", needs = [] }]\n', "没有一节的标题"),
        ("pack.toml", HEAD + '[[required."绩效表"]]\nfields = ["整体_总分"]\n', "没有工作表“绩效表”"),
        ("pack.toml", HEAD + 'unit = "元"\n\n[drop]\nsheets = ["绩效情况"]\n', "缺少 8 个名称"),
    ],
)  # fmt: skip
def test_a_change_of_nothing_is_told(name: str, text: str, expected: str, tmp_path: Path) -> None:
    folder = tmp_path / "甲"
    folder.mkdir()
    (folder / "pack.toml").write_text(HEAD, "utf-8")
    (folder / name).write_text(text, "utf-8")
    try:
        told = "\n".join(unsound(find_pack(str(folder))))
    except PackError as error:
        told = str(error)
    assert expected in told


@pytest.mark.parametrize(
    ("more", "forms", "told"),
    [
        ("", "", "封面 → 基本情况 → 收支情况 → 基础数据表 → 项目支出 → 整体自评表 → "),
        ('[drop]\nnames = ["*", "!封面_*", "!自评*"]\nsheets = ["图表"]\n', "", "封面 → 项目自评表（每个项目一张："),
        (
            '[drop]\nsheets = ["基本情况"]\n',
            '[[fill]]\nname = "附表"\nafter = "收支情况"\nwidths = [9]\ngrid = "表> 附表"\n',
            "封面 → 收支情况 → 附表 → 基础数据表 → ",
        ),
    ],
)
def test_the_cover_names_the_sheets_that_are_there(more: str, forms: str, told: str, tmp_path: Path) -> None:
    """Every form of another province had told staff to go through the sheets of the first one."""
    (tmp_path / "pack.toml").write_text(HEAD + more, "utf-8")
    if forms:
        (tmp_path / "forms.toml").write_text(f"extends = true\n\n{forms}", "utf-8")
    cells = [cell.text for form in find_pack(str(tmp_path)).forms("fill") for cell in form.cells]
    (found,) = [text for text in cells if "→" in text]
    assert found.startswith(f"顺序：{told}")
    assert found.endswith(("→ 审核。", "）→ 审核。"))


def test_a_note_of_the_form_above_is_nothing_that_staff_wrote() -> None:
    """A form built before its cover named its own sheets is no form with text outside its cells."""
    pack = find_pack("hunan-2018")
    book = openpyxl.load_workbook(pack.folder / "填报表.xlsx")
    above = [c.text for f in find_pack("hunan-2023").forms("fill") for c in f.cells if "→" in c.text]
    cover = book["封面"]
    (cell,) = [cell for line in cover.iter_rows() for cell in line if "→" in str(cell.value)]
    assert "评分表" in str(cell.value)
    cell.value = above[0]
    buffer = io.BytesIO()
    book.save(buffer)
    assert not [f for f in check_bytes(buffer.getvalue(), pack).result.findings if f.rule == "T03"]
