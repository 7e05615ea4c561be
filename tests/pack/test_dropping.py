"""Names can go (去掉): what a pack drops leaves no dead name, rule, cell or sentence behind, and single rules bend."""

from __future__ import annotations

import copy
import io
import json
import re
from decimal import Decimal
from fnmatch import fnmatch
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from command import call
from docx import Document
from fill_maker import build_fill
from pack_maker import DROPS
from samples import DEMO, check_bytes, example

from toolkit.audit import Audited, audit
from toolkit.authoring.build import build_pack
from toolkit.authoring.check import check_pack, unsound
from toolkit.authoring.word import check_outline
from toolkit.core.errors import PackError
from toolkit.core.money import round_half_up
from toolkit.engines.xlsx import open_file
from toolkit.pack import find_pack, own_packs
from toolkit.pack.reading import drawn_cells, picked
from toolkit.pipeline import Wanted, check_unit, make_files, run_unit
from toolkit.publishing.document import DocumentTemplate, report_of, sentences_of
from toolkit.publishing.document.marks import shown
from toolkit.publishing.result import check_json
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit import compute
from toolkit.unit.exchange import unit_from_json

if TYPE_CHECKING:
    from pathlib import Path

    from toolkit.pack import Pack, SheetForm

HEAD = '[pack]\nid = "本局"\nextends = "hunan-2023"\ntitle = "测试"\nversion = "1"\nyear = 2023\n'
PARTS = "整体_收入_一般公共预算,整体_收入_政府性基金,整体_收入_其他资金"
ROW_GONE = f"""
[drop]
names = ["整体_收入_专户非税"]

[compute]
"整体_收入_合计" = 'IF(COUNT({PARTS})=0,"",SUM({PARTS}))'
"""


def pack_of(folder: Path, more: str) -> Pack:
    (folder / "本局").mkdir()
    (folder / "本局" / "pack.toml").write_text(HEAD + more, "utf-8")
    return find_pack(str(folder / "本局"))


def without(data: dict[str, Any], pack: Pack) -> dict[str, Any]:
    """A return with the names of a smaller form only."""
    found = copy.deepcopy(data) | {"pack": pack.id}
    book = pack.dictionary.book
    found["fields"] = {n: v for n, v in found["fields"].items() if n in book.fields} | {"封面_年度": pack.year}
    found["tables"] = {
        t: [{c: v for c, v in row.items() if c in book.tables[t].columns} for row in rows]
        for t, rows in found["tables"].items()
        if t in book.tables
    }
    return found


COLUMNS = (
    "项目_用途",
    "批复_分值",
    "自评指标_人工扣减",
    "目标_实际完成情况",
    "基础_*_上年决算数",
    "任务_级次",
    "指标_二级指标",
    "楼堂_批复规模 楼堂_实际规模 楼堂_规模控制率",
    "封面_主管部门",
)


@pytest.mark.parametrize("parent", ["hunan-2023", "yunnan-2023"])
@pytest.mark.parametrize("patterns", [d for d in (*DROPS, *COLUMNS) if "!" not in d])
def test_no_head_stands_over_nothing(parent: str, patterns: str, tmp_path: Path) -> None:
    """A form without 主要职能 still had their heading, and a list without a column its head over cells to type in."""
    above = find_pack(parent)
    gone = {name for name in above.dictionary.all_names() if picked(name, tuple(patterns.split()))}
    if not gone:
        return
    (tmp_path / "本局").mkdir()
    drop = ", ".join(f'"{one}"' for one in patterns.split())
    head = HEAD.replace("hunan-2023", parent)
    (tmp_path / "本局" / "pack.toml").write_text(f"{head}[drop]\nnames = [{drop}]\n", "utf-8")
    pack = find_pack(str(tmp_path / "本局"))
    for kind in ("fill", "report"):
        forms = {form.name: form for form in above.forms(kind)}
        for form in pack.forms(kind):
            assert set(form.names()) == set(forms[form.name].names()) - gone
            assert _bare_heads(form.grid) <= _bare_heads(forms[form.name].grid), form.name
            assert _across(form) - len(form.widths) == _across(forms[form.name]) - len(forms[form.name].widths)


# A cell of the cover | its label there, and the label of it where it is shown again.
SHOWN_AGAIN = """
封面_主管部门 | 主管部门
封面_联系电话 | 联系电话
封面_填报日期 | 填报日期
封面_填表人 | 填表人
封面_单位名称 | 单位名称 单位
"""


@pytest.mark.parametrize("line", SHOWN_AGAIN.strip().splitlines())
def test_no_label_is_left_of_what_was_shown_again(line: str, tmp_path: Path) -> None:
    """整体自评表 went on asking for 主管部门 beside a blank cell, and its foot for 联系电话."""
    name, _, labels = line.partition(" | ")
    (tmp_path / "pack.toml").write_text(f'{HEAD}[drop]\nnames = ["{name}"]\n', "utf-8")
    pack = find_pack(str(tmp_path))
    left = [
        (form.name, cell)
        for kind in ("fill", "report")
        for form in pack.forms(kind)
        for _, cells in _rows(form.grid)
        for cell, after in pairwise([*(c for c in cells if c != "<"), ""])
        for label in labels.split()
        if (cell in {label, f"部门（单位）{label}"} and not after) or re.search(rf"(?<![^\s]){label}：(?!\{{|$)", cell)
    ]
    assert left == []


def _across(form: SheetForm) -> int:
    return max(len(cells) for _, cells in _rows(form.grid))


def _rows(grid: str) -> list[tuple[str, list[str]]]:
    lines = [line for line in grid.strip("\n").split("\n") if line.strip()]
    return [(line[0], drawn_cells(line.partition(">")[2])) for line in lines]


def _bare_heads(grid: str) -> set[str]:
    """Heads with no row below them, and heads of list columns in which nothing is filled in."""
    rows, found = _rows(grid), set()
    for (style, cells), (below, under) in pairwise([*rows, ("空", [])]):
        if style == "头" and below in "题空":
            found.add("|".join(cells))
        if style == "头" and below == "列":
            found |= {
                head for head, cell in zip(cells, under, strict=True) if cell == "" and head not in {"", "^", "<"}
            }
    return found


def test_a_row_of_the_form_goes(tmp_path: Path) -> None:
    """One line: the name, its cell, its line on the sheet and in the report go; the rest runs clean."""
    pack = pack_of(tmp_path, ROW_GONE)
    build_pack(pack, document=True)
    assert check_pack(pack) == []
    names = open_file(pack.folder / "填报表.xlsx").names[0]
    assert "整体_收入_专户非税" not in names
    assert "整体_收入_其他资金" in names
    labels = [c.text for s in pack.forms("fill") for c in s.cells if c.role == "label"]
    assert not [label for label in labels if "专户" in label]
    path = tmp_path / "报.xlsx"
    path.write_bytes(fill_workbook(unit_from_json(without(example(DEMO), pack), pack), pack))
    checked = check_unit(path, pack)
    assert [f.message for f in checked.result.findings] == []
    assert run_unit(path, tmp_path / "出", pack, wanted=Wanted(public=True)).public is not None
    assert "A01" not in {r.id for r in pack.rules}  # it added the dropped row up; the pack would write its own


@pytest.mark.parametrize("kept", [("封面_*", "自评*"), ("人员_*", "指标_*", "自评指标_*")])
def test_all_but_some_names_is_what_the_others_one_by_one_are(kept: tuple[str, ...], tmp_path: Path) -> None:
    """`"*"` once took every rule with it that has a function in its formula or a word in its sentence."""
    every = sorted(find_pack("hunan-2023").dictionary.all_names())
    shapes = [["*", *(f"!{one}" for one in kept)], [n for n in every if not any(map(partial(fnmatch, n), kept))]]
    rules = []
    for number, names in enumerate(shapes):
        folder = tmp_path / str(number)
        folder.mkdir()
        pack = pack_of(folder, f"[drop]\nnames = {json.dumps(names, ensure_ascii=False)}\n")
        rules.append({(rule.id, rule.title, rule.form) for rule in pack.rules})
    assert rules[0] == rules[1]
    assert {"C44", "D72"} <= {one[0] for one in rules[0]}


def test_a_name_still_used_is_told_before_anything_is_built(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, '[drop]\nnames = ["整体_收入_专户非税"]\n')
    problems = unsound(pack)
    assert any("[compute] 整体_收入_合计：不认识名称“整体_收入_专户非税”" in p for p in problems)
    with pytest.raises(PackError, match="没有重建"):
        build_pack(pack, document=True)
    assert not (pack.folder / "填报表.xlsx").exists()


def test_a_row_that_went_from_the_drawing_alone(tmp_path: Path) -> None:
    """The check tells it, nothing is built; no command ends in a fault of ours or makes a form that lacks a cell."""
    pack = pack_of(tmp_path, "")
    sheet = next(s for s in pack.forms("fill") if "[整体_收入_专户非税]" in s.grid)
    grid = "\n".join(line for line in sheet.grid.split("\n") if "[整体_收入_专户非税]" not in line)
    drawn = f"name = '{sheet.name}'\nwidths = {list(sheet.widths)}\ngrid = '''\n{grid}\n'''\n"
    (pack.folder / "forms.toml").write_text(f"extends = true\n[[fill]]\n{drawn}", "utf-8")
    assert any("缺少 1 个名称：整体_收入_专户非税" in problem for problem in unsound(pack))
    with pytest.raises(PackError, match="没有重建"):
        build_pack(pack, document=True)
    data = tmp_path / "数据.json"
    data.write_text(json.dumps({"pack": "本局", "fields": {"封面_年度": 2023}}, ensure_ascii=False), "utf-8")
    made = [tmp_path / "新.xlsx", tmp_path / "填.xlsx"]
    assert call("new", "--pack", pack.folder, "-o", made[0]) == 2
    assert call("fill", data, "--pack", pack.folder, "-o", made[1]) == 3
    assert [path for path in made if path.exists()] == []


def test_a_fresh_blank_form_of_a_smaller_pack_is_read(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, ROW_GONE)
    build_pack(pack, document=True)
    checked = check_unit(pack.folder / "填报表.xlsx", pack)
    assert checked.result.verdict == "error"  # nothing is filled in on the cover
    assert not [f for f in checked.result.findings if "专户" in f.message]


TABLES_GONE = """
[drop]
names = ["基础_*", "楼堂_*", "厉行节约保障措施", "实物_*", "批复_*", "内设机构_*", "所属单位_*", "机构_*"]
"""


def test_whole_sheets_go(tmp_path: Path) -> None:
    """基础数据表 and 批复目标: 48 names and 4 tables by patterns; rules, figures and concepts of theirs go along."""
    pack = pack_of(tmp_path, TABLES_GONE)
    build_pack(pack, document=True)
    assert check_pack(pack) == []
    assert "基础数据表" not in [s.name for s in pack.forms("fill")]
    assert not [r for r in pack.rules if r.formula and "基础_" in r.formula]
    unit = unit_from_json(without(example(DEMO), pack), pack)
    checked = check_bytes(fill_workbook(unit, pack), pack)
    assert {f.rule for f in checked.result.findings} <= {"D64"}  # texts that quote figures of the tables that went


@pytest.mark.parametrize("dropped", [*DROPS, "基础_* 楼堂_* 厉行节约保障措施 人员_*", "整体_* 指标_* 目标_*", "指标_*"])
def test_no_annex_of_what_is_gone(dropped: str, tmp_path: Path) -> None:
    """The annexes of an inherited report are its pack's, listed and numbered; no row asks for gone names only."""
    names = json.dumps(dropped.split(), ensure_ascii=False)
    pack = pack_of(tmp_path, f"[drop]\nnames = {names}\n")
    outline = pack.document()
    body, tables = outline["body"], {table["name"]: table["rows"] for table in outline["table"]}
    assert set(re.findall(r"^插表> (.*)$", body, re.MULTILINE)) <= set(tables)
    listed = re.findall(r"^附注(?:> 附件：|续> )(?:\{\{ )?(\d).*?\.([^（\n]+)", body, re.MULTILINE)
    annexes = re.findall(r"^附件> 附件(?:\{\{ )?(\d).*\n表题> (.*)$", body, re.MULTILINE)
    assert annexes == listed
    assert [int(number) for number, _ in annexes] == list(range(1, len(annexes) + 1))
    assert not re.search(r"^(附页|换页)>.*\n换页>", body, re.MULTILINE)
    parent = find_pack("hunan-2023")
    theirs, own = ({n for s in p.dictionary.spaces for n in (*s.fields, *s.tables)} for p in (parent, pack))
    for rows in map(tables.__getitem__, re.findall(r"^插表> (.*)$", body, re.MULTILINE)):
        for row in re.findall(r"^[行环].*$", rows, re.MULTILINE):
            words = set(re.findall(r"\w+", row)) & theirs
            assert not words or words & own, row


def test_the_report_of_a_smaller_pack_has_the_smaller_annexes(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, '[drop]\nnames = ["基础_*", "楼堂_*", "厉行节约保障措施", "人员_*", "实物_*"]\n')
    build_pack(pack, document=True)
    unit = check_bytes(fill_workbook(unit_from_json(without(example(DEMO), pack), pack), pack), pack)
    printed = Document(io.BytesIO(make_files(unit)["自评报告.docx"]))
    said = [paragraph.text for paragraph in printed.paragraphs]
    assert said[said.index("附件1") + 1] == "部门整体支出绩效自评表"
    assert [text for text in said if "基础数据表" in text] == []
    assert "附件：1.部门整体支出绩效自评表" in said
    assert "—" not in [table.rows[1].cells[1].text for table in printed.tables]


def test_single_rules_bend(tmp_path: Path) -> None:
    """`[override.A13]` softens every A13; the words of severity are Chinese or English."""
    pack = pack_of(tmp_path, '[override.A13]\nseverity = "警示"\ntolerance = 5\n')
    assert {(r.severity.label, str(r.tolerance)) for r in pack.rules if r.id == "A13"} == {("警示", "5")}
    assert {r.severity.label for r in pack.rules if r.id == "A03"} == {"错误"}


def test_an_override_of_nothing_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"没有规则 A133，是不是 A13"):
        pack_of(tmp_path, '[override.A133]\nseverity = "警示"\n')


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ('[drop]\nnames = ["整体_收入_专户"]\n', "整体_收入_专户"),
        ('[drop]\nsheets = ["项目支初"]\n', "是不是“项目支出”"),
        ('[drop]\nsettings = ["disclosures"]\n', "是不是“disclosure”"),
    ],
)
def test_a_wrong_drop_is_told(more: str, told: str, tmp_path: Path) -> None:
    assert any(told in p for p in unsound(pack_of(tmp_path, more)))


PROJECTS_ONLY = """
[drop]
names = ["*", "!封面_*", "!自评*"]
settings = ["disclosure"]

[report]
sections = []
budget_kinds = []

[batch]
figures = [{ name = "自评_资金总额_全年执行数", title = "全年执行数", unit = "万元" }]
weight = "自评_资金总额_全年执行数"
budget = "自评_资金总额_全年执行数"
"""


def test_a_form_of_projects_only(tmp_path: Path) -> None:
    """The whole may be absent: nothing asks for it, and in the batch the mean of the projects is ranked."""
    pack = pack_of(tmp_path, PROJECTS_ONLY)
    build_pack(pack, document=True)
    assert check_pack(pack) == []
    assert not pack.dictionary.book.tables
    (tmp_path / "交").mkdir()
    path = tmp_path / "交" / "报.xlsx"
    path.write_bytes(fill_workbook(unit_from_json(without(example(DEMO), pack), pack), pack))
    checked = check_unit(path, pack)
    assert [f.message for f in checked.result.findings] == []
    told = check_json(checked)["score"]
    totals = [form.computed.number("自评_总分") or Decimal(0) for form in checked.figures.forms]
    assert told["total"] == f"{round_half_up(sum(totals, Decimal(0)) / len(totals), 2)}"
    assert told["grade"] == "优"


def test_a_pack_beside_the_workbooks_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """规则包/ at or above the workbook, or JIXIAO_PACKS: no --pack at any call."""
    (tmp_path / "规则包").mkdir()
    pack = pack_of(tmp_path / "规则包", "")
    build_fill(pack)
    (tmp_path / "报送" / "一科").mkdir(parents=True)
    path = tmp_path / "报送" / "一科" / "报.xlsx"
    path.write_bytes(fill_workbook(unit_from_json({"pack": "本局", "fields": {"封面_单位名称": "甲"}}, pack), pack))
    assert check_unit(path).pack.folder == pack.folder
    with pytest.raises(PackError, match="没有名为“本局”的规则包"):
        find_pack("本局")
    monkeypatch.setenv("JIXIAO_PACKS", str(tmp_path / "规则包"))
    assert find_pack("本局").folder == pack.folder
    assert [p.id for p in own_packs()] == ["本局"]


def test_an_own_pack_does_not_stand_in_for_a_shipped_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hunan-2023").mkdir()
    (tmp_path / "hunan-2023" / "pack.toml").write_text(HEAD, "utf-8")
    monkeypatch.setenv("JIXIAO_PACKS", str(tmp_path))
    assert find_pack("hunan-2023").folder != tmp_path / "hunan-2023"


def headings(pack: Pack, level: str) -> list[str]:
    """The headings of the report, as the pack's outline has them."""
    lines = str(pack.document()["body"]).split("\n")
    return [line.partition("> ")[2] for line in lines if line.startswith(f"{level}> ")]


SECTIONS = headings(find_pack("hunan-2023"), "一级")
NEEDS = [" ".join(section.needs) for section in find_pack("hunan-2023").outline]


@pytest.mark.parametrize("number", range(len(NEEDS)))
def test_a_section_goes_with_all_that_it_needs(number: int, tmp_path: Path) -> None:
    """The pack above printed 本部分未填报 under a heading that the pack had taken out of its outline."""
    gone = ", ".join(f'"{name}"' for name in NEEDS[number].split())
    pack = pack_of(tmp_path, f"[drop]\nnames = [{gone}]\n")
    assert headings(pack, "一级") == SECTIONS[:number] + SECTIONS[number + 1 :]
    assert not list(check_outline(pack))


def test_a_part_goes_that_asks_only_for_what_is_gone(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, '[drop]\nnames = ["职能_*", "机构_说明", "所属单位_*", "楼堂_*"]\n')
    before = headings(find_pack("hunan-2023"), "二级")
    assert headings(pack, "二级") == [title for title in before if title != "主要职能"]
    assert headings(pack, "一级") == SECTIONS
    assert not list(check_outline(pack))


def test_a_report_of_no_section_is_short(tmp_path: Path) -> None:
    """Ten sections of 未填报 and two empty annexes were printed for a form of another province."""
    pack = pack_of(tmp_path, '[drop]\nnames = ["*", "!封面_*", "!自评*"]\nsettings = ["disclosure"]\n')
    body = str(pack.document()["body"])
    assert not headings(pack, "一级")
    assert "未填报" not in body
    assert "插表" not in body
    assert "表.自评_总分" in body
    assert not list(check_outline(pack))


def test_lines_are_put_into_what_is_left(tmp_path: Path) -> None:
    home = tmp_path / "本局"
    home.mkdir()
    (home / "pack.toml").write_text(HEAD + '[drop]\nnames = ["文字_社会保险基金"]\n', "utf-8")
    more = '[[lines]]\nafter = "一级> 下一步改进措施"\nlines = "正文> 本局的话。"\n'
    (home / "document.toml").write_text("extends = true\n\n" + more, "utf-8")
    pack = find_pack(str(home))
    assert "正文> 本局的话。" in pack.document()["body"]
    assert headings(pack, "一级") == [title for title in SECTIONS if "社会保险" not in title]


@pytest.mark.parametrize(
    ("score", "lost", "missed", "told"),
    [(40, 0, "未达", "各项指标自评均得满分。"), (39, 1, "", "自评得39.00分。1项没有得满分，扣1.00分。")],
)
def test_the_report_speaks_of_the_points_that_staff_gave(
    score: int, lost: int, missed: str, told: str, tmp_path: Path
) -> None:
    """The rule's own score had stood behind the sentences: 没有得满分，共扣0.00分, and None less a figure."""
    pack = pack_of(tmp_path, '[drop]\nformulas = ["指标_得分"]\n')
    row = {"一级指标": "产出指标", "三级指标": "办件数", "性质": "≥", "指标值": 100, "实际完成值": 50}
    rows = [row | {"分值": 40, "得分": score}]
    unit = unit_from_json({"pack": pack.id, "fields": {}, "tables": {"指标": rows}}, pack)
    figures = compute(unit, pack)
    assert figures.book.computed.points == (Decimal(score),)
    report = report_of(Audited(unit, figures, audit(unit, figures, pack), pack))
    first = report.names["指标"][0]
    assert (first["差额"], first["未达"]) == (lost, bool(missed))
    template = DocumentTemplate((), {"a": "<a>{{ 总起(指标) }}</a>"}, lambda text: text, sentences_of(pack))
    assert told in shown(template._sealed(report.names)["a"])
