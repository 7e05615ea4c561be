"""填报完整度: an empty return never passes, what is missing is named, and the cover counts the same live."""

from __future__ import annotations

import io
import re
from itertools import permutations
from typing import TYPE_CHECKING

import openpyxl
import pytest
from fill_maker import build_fill
from referee import needs_office, recalculate_all
from rule_cases import checked_case
from samples import DEMO, EXAMPLES, check_bytes, check_data, example, filled_example

from toolkit.audit.judge import judge_text
from toolkit.core.errors import UnreadableError
from toolkit.engines.formula import parse
from toolkit.engines.xlsx import MAIN, open_package, parse_xml, write_parts, xml_bytes
from toolkit.engines.xlsx.reading.source import FileSource
from toolkit.pack import default_pack, find_pack, required_data, rule_text
from toolkit.pack.reading.required import shown_count
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit import read_unit
from toolkit.unit.exchange import unit_from_json
from toolkit.unit.figures import compute

if TYPE_CHECKING:
    from pathlib import Path

    from toolkit.pack import Rule
    from toolkit.pipeline import Checked

COVER = {n: v for n, v in example(DEMO)["fields"].items() if n.startswith("封面_")}


def missing(checked: Checked) -> set[str]:
    return {m.name for m in checked.result.completeness.missing}


def test_a_cover_alone_is_incomplete() -> None:
    checked = check_data({"pack": "hunan-2023", "fields": COVER})
    assert checked.result.verdict == "incomplete"
    assert {"整体_全年执行数", "职能_内容", "内设机构_名称", "目标_预期目标", "指标_三级指标"} <= missing(checked)
    told = checked.to_json()
    assert told["verdict"] == "incomplete"
    assert told["completeness"]["by_sheet"]["封面"] == {"filled": 8, "required": 8}
    assert told["completeness"]["filled"] < told["completeness"]["required"]
    assert {"name": "整体_全年执行数", "sheet": "整体自评表", "cell": "H5", "title": "全年执行数"} in told["missing"]


ALWAYS = [group for group in required_data(default_pack()) if not group.form and not group.when]
REQUIRED = sorted({name for group in ALWAYS for name in group.fields})


@pytest.mark.parametrize("name", REQUIRED)
def test_each_required_cell_is_missed(name: str) -> None:
    checked = checked_case(f"{name}=")
    assert name in missing(checked)
    assert checked.result.verdict in {"error", "incomplete"}


BUILT = ("批复规模", "实际规模", "预算投资", "实际投资")


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ("-职能=", "职能_内容"),
        ("-内设机构=; 机构_内设机构数=0", "内设机构_名称"),
        ("-目标=", "目标_预期目标"),
        ("项目[0].全年预算数=", "项目_全年预算数"),
        ("预算_政府性基金=5; 文字_政府性基金=安排 5 万元。", "项目_资金来源"),
        ("表单0.自评_预期目标=", "自评_预期目标"),
        ("人员_行政实有人数=", "人员_行政实有人数"),
        ("人员_事业编制数=", "人员_事业编制数"),
        *((f"楼堂_{filled}=100", f"楼堂_{name}") for filled, name in permutations(BUILT, 2)),
        ("表单0.-自评指标=", "自评指标_三级指标"),
    ],
)
def test_tables_conditions_and_forms(change: str, name: str) -> None:
    assert name in missing(checked_case(change))


@pytest.mark.parametrize("change", ["", "基础_公用经费_上年决算数=", "表单0.自评_项目编码="])
def test_what_is_not_required(change: str) -> None:
    assert missing(checked_case(change)) == set()


@pytest.mark.parametrize(
    "change", ["", "空", "整体_全年执行数=; 收支_本年收入=", "-职能=; 预算_政府性基金=5", "-项目="]
)
def test_the_cover_counts_the_same(change: str) -> None:
    """The formula that stands on the cover, on the same figures, gives what the audit counts."""
    checked = checked_case(change)
    sheets = {g.sheet for g in required_data(checked.pack) if not g.form and not g.forms_of}
    counted = {s: f"{f}/{r}" for s, (f, r) in checked.result.completeness.by_sheet.items() if s in sheets}
    live = {}
    for sheet in sheets:
        groups = tuple(g for g in required_data(checked.pack) if g.sheet == sheet and not g.form and not g.forms_of)
        live[sheet] = parse(shown_count(groups)).evaluate(checked.figures.book.filed)
    assert {s: t for s, t in live.items() if t != "0/0"} == counted


def test_a_form_given_out_before_is_still_read() -> None:
    """Without the columns added later, with the score formula of its day."""
    data = (EXAMPLES.parent / "tests" / "cases" / "old_form.xlsx").read_bytes()
    checked = check_bytes(data)
    assert [f.message for f in checked.result.findings] == []
    assert (checked.result.verdict, str(checked.figures.book.computed("整体_总分"))) == ("clean", "95.88")
    assert all(row.cells["资金来源"].blank for row in checked.unit.book.rows("项目"))


OLD = """[pack]
id = "hunan-2023"
extends = "hunan-2023"
form_name = "湖南省部门整体支出绩效自评（2023年度）"

[drop]
names = [{}]
"""


@pytest.mark.parametrize("age", [0, 2])
def test_a_form_of_any_age_is_read(age: int, tmp_path: Path) -> None:
    """From the very first one on: what was added since is blank there, is asked for by no rule, and passes by none."""
    pack, data = default_pack(), example(DEMO)
    gone = [name for name, addition in pack.later.items() if addition > age]
    (tmp_path / "pack.toml").write_text(OLD.format(", ".join(f'"{name}"' for name in gone)), "utf-8")
    old = find_pack(str(tmp_path))
    build_fill(old)
    book = old.dictionary.book
    data["fields"] = {name: value for name, value in data["fields"].items() if name in book.fields}
    data["tables"] = {
        table: [{c: v for c, v in row.items() if c in book.tables[table].columns} for row in rows]
        for table, rows in data["tables"].items()
        if table in book.tables
    }
    checked = check_bytes(fill_workbook(unit_from_json(data, old), old), pack)
    assert [f.message for f in checked.result.findings] == []
    assert (checked.result.verdict, str(checked.figures.book.computed("整体_总分"))) == ("clean", "95.88")
    unchecked = {n.rule for n in checked.result.not_checked}
    assert ("C57" in unchecked) == (age < 1)  # the approved targets came with the first addition


@pytest.mark.parametrize("lost", ["整体_总分", "批复_分值", "支出_人员经费", "公开_另外不公开的数"])
def test_a_name_that_the_form_had_is_lost(lost: str) -> None:
    """What is left of its addition, or a later one, says that this form had the name: somebody deleted it."""
    package = open_package(filled_example(DEMO))
    root = parse_xml(package.parts["xl/workbook.xml"], "xl/workbook.xml")
    for name in [n for n in root.iter(MAIN + "definedName") if n.get("name") == lost]:
        name.getparent().remove(name)  # type: ignore[union-attr]
    parts = dict(package.parts) | {"xl/workbook.xml": xml_bytes(root)}
    with pytest.raises(UnreadableError, match=f"缺少 1 个数据格的名称：{lost}"):
        read_unit(FileSource(write_parts(parts.items())), default_pack())


def edited(**cells: object) -> Checked:
    """The clean example with cells of 整体自评表 changed by another program; `merge` and `hide` shape the sheet."""
    book = openpyxl.load_workbook(io.BytesIO(filled_example(DEMO)))
    sheet = book["整体自评表"]
    merge, hide = cells.pop("merge", None), cells.pop("hide", None)
    for where, value in cells.items():
        sheet[where] = value  # type: ignore[assignment]
    if merge:
        sheet.merge_cells(str(merge))
    if hide:
        sheet.row_dimensions[int(str(hide))].hidden = True
    out = io.BytesIO()
    book.save(out)
    return check_bytes(out.getvalue())


def rules(checked: Checked) -> dict[str, list[str]]:
    """Rule → first cells; openpyxl saves no results, so T02 is left out."""
    found: dict[str, list[str]] = {}
    for finding in checked.result.findings:
        if finding.rule != "T02":
            found.setdefault(finding.rule, []).append(finding.cells[0].address)
    return found


def test_merged_words_count_for_each_row() -> None:
    checked = edited(merge="A20:A28")
    assert [row.text("一级指标") for row in checked.unit.book.rows("指标")][:9] == ["产出指标"] * 9
    assert rules(checked) == {}


_PICKED = re.compile(r'SUMIF\((\w+?)_(\w+),"(\w+)",\w+?_(\w+)\)')


def summing_rules() -> dict[str, Rule]:
    """One rule of each kind that sums the rows of one word: by id, what it compares, and the columns it takes."""
    found: dict[str, Rule] = {}
    for rule in (r for r in default_pack().rules if _PICKED.search(r.formula or "")):
        table, words, _, summed = _picked(rule)
        found.setdefault(
            f"{rule.id} {table} {words} {summed} {rule_text(rule, default_pack().dictionary).operator}", rule
        )
    return found


def _picked(rule: Rule) -> tuple[str, ...]:
    found = _PICKED.search(str(rule.formula))
    assert found is not None
    return found.groups()


def merged_rows(rule: Rule, path: Path) -> None:
    """A return of three rows under one word, merged; the first alone keeps the rule, all three together do not."""
    pack, data = default_pack(), example(DEMO)
    table, words, word, summed = _picked(rule)
    text = rule_text(rule, pack.dictionary)
    other = text.right if _PICKED.search(text.left) else text.left
    data["project_forms"] = data["project_forms"][:1] if rule.form else []
    scope = data["project_forms"][0] if rule.form else data
    figures = compute(unit_from_json(data, pack), pack).of(rule.form)[0]
    limit = parse(other).evaluate(figures.filed)
    rows = [{**row, summed: str(figure)} for row, figure in zip(scope["tables"][table], (limit, 7, 7), strict=False)]
    scope["tables"][table] = [{**row, words: word if i == 0 else None} for i, row in enumerate(rows)]
    filled = fill_workbook(unit_from_json(data, pack), pack)
    first = check_bytes(filled).figures.of(rule.form)[0].section.starts[f"{table}_{words}"]
    book = openpyxl.load_workbook(io.BytesIO(filled))
    book[first.sheet].merge_cells(f"{first.address}:{first.address[0]}{int(first.address[1:]) + 2}")
    book.save(path)


@needs_office
def test_the_sheet_never_passes_what_a_merge_hides(tmp_path: Path) -> None:
    """SUMIF sees only the first row of a merge: what the sheet cannot know it calls 未检查, and Python adds up."""
    rules, paths = summing_rules(), []
    for number, rule in enumerate(rules.values()):
        paths.append(tmp_path / f"{number}.xlsx")
        merged_rows(rule, paths[-1])
    (tmp_path / "重算").mkdir()
    hidden = 0
    for (kind, rule), path, again in zip(rules.items(), paths, recalculate_all(paths, tmp_path / "重算"), strict=True):
        checked = check_bytes(path.read_bytes())
        text = rule_text(rule, checked.pack.dictionary)
        figures = checked.figures.of(rule.form)[0]
        assert judge_text(text, figures.filed).verdict == "不符", kind
        hidden += judge_text(text, figures.raw).verdict == "通过"  # what stands in the cells, taken for all
        source = FileSource(again.read_bytes())
        sheet = figures.section.sheet if rule.form else "审核"
        told = [set(row.values()) for row in source.values(sheet).values()]
        words = [row & {"通过", "不适用", "未检查"} for row in told if {rule.id, rule.title} <= row]
        assert words in ([{"未检查"}], [{"不适用"}]), kind
    assert hidden > len(rules) / 2


@pytest.mark.parametrize("column", "DEGH")
def test_the_form_cannot_score_what_a_merge_hides(column: str) -> None:
    """Python carries the word down; the live formulas of the lower rows find a blank: that is said."""
    words = dict.fromkeys((f"{column}25", f"{column}26"), None) | {f"{column}25": "定性"}
    found = rules(edited(merge=f"{column}25:{column}26", **words))
    assert found.get("T09", [])[-1:] == [f"{column}26"], found


def test_a_merge_over_blank_rows_makes_no_rows() -> None:
    assert len(edited(merge="A33:A40").unit.book.rows("指标")) == 14


def test_a_blank_level_is_an_error_at_its_cell() -> None:
    assert rules(edited(A21=None))["T09"] == ["A21"]


def test_a_hidden_row_is_told() -> None:
    assert rules(edited(hide=22)) == {"T10": ["A22"]}


@pytest.mark.parametrize(
    ("change", "cell", "words"),
    [
        ("项目[0].名称=平台维护", "C3", "不一致"),
        ("表单0.自评_项目编码=99", "I3", "不一致"),
        ("表单1.自评_项目名称=政务数据共享平台运行维护; 表单1.自评_项目编码=999001-01", "C3", "复制"),
        ("+表单=不存在的项目", "C3", "不在「项目支出」里"),
        ("+项目=名称:新项目,全年执行数:0,全年预算数:0", "C9", "没有项目自评表"),
        ("项目[1].名称=政务数据共享平台运行维护", "C6", "重复"),
        ("项目[1].编码=999001-01", "B6", "重复"),
    ],
)
def test_projects_and_forms_are_reconciled(change: str, cell: str, words: str) -> None:
    """A13: missing, unlisted, edited, copied, twice."""
    found = [f for f in checked_case(change).result.findings if f.rule == "A13"]
    assert any(f.cells[0].address == cell and words in f.message for f in found), [f.message for f in found]


def test_no_project_needs_no_form() -> None:
    data = example(DEMO)
    data["project_forms"] = []
    data["tables"].pop("项目")
    data["fields"] |= {"整体_支出_项目支出": 0}
    checked = check_data(data)
    assert not {"项目_名称"} & missing(checked)


@pytest.mark.parametrize("change", ["指标[1].性质=", "指标[5].性质="])
def test_no_score_on_a_guess(change: str) -> None:
    checked = checked_case(change)
    assert [(f.rule, f.severity.value) for f in checked.result.findings] == [("T09", "error")]
    assert checked.figures.book.computed.number("整体_总分") is None
    assert checked.figures.book.filed.number("整体_总分") is None
