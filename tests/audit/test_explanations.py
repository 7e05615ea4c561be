"""出错说明: it settles a 警示, never a 错误, and expires when the figures it was written for change."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from referee import needs_office, recalculate
from rule_cases import changed_data
from samples import DEMO, check_bytes, check_data, example

from toolkit.audit.sheet import audit_lines_of
from toolkit.core.findings import Severity
from toolkit.engines.xlsx.reading.source import FileSource, open_file
from toolkit.pack.finding import default_pack, find_pack, list_packs
from toolkit.pack.pack import FILL_NAME
from toolkit.pipeline import make_files

if TYPE_CHECKING:
    from pathlib import Path

    from toolkit.core.findings import Finding
    from toolkit.engines.xlsx.reading.sheets import FormulaCell
    from toolkit.pipeline import Checked

REASON = "年中追加防汛资金，见县政府常务会议纪要"


def explained(rule: str = "A11", **fields: Any) -> Checked:  # noqa: ANN401 - any JSON value
    """The clean example with its budget adjusted beyond the limit, and the reason given."""
    data = example(DEMO)
    data["fields"] |= {"整体_年初预算数": 600, "基础_基本支出预算调整_本年决算数": "279.6", **fields}
    data["fields"]["文字_其他说明"] = "无。"  # it tells of the adjustment that is no longer so (D64)
    data["explanations"] = {rule: REASON}
    return check_data(data)


def finding(checked: Checked, rule: str = "A11") -> Finding:
    return next(f for f in checked.result.findings if f.rule == rule)


def resubmitted(checked: Checked, **cells: float) -> Checked:
    """The feedback copy, opened in a spreadsheet, changed and handed in again."""
    book = openpyxl.load_workbook(io.BytesIO(make_files(checked)["审核反馈.xlsx"]))
    for name, value in cells.items():
        sheet, place = next(iter(book.defined_names[name].destinations))
        book[sheet][place.replace("$", "")] = value
    buffer = io.BytesIO()
    book.save(buffer)
    return check_bytes(buffer.getvalue())


def test_a_warning_is_settled() -> None:
    checked = explained()
    assert finding(checked).explained
    assert checked.result.verdict == "clean"


def test_an_error_is_not() -> None:
    checked = explained("A04", 整体_支出_项目支出=300)
    assert not finding(checked, "A04").explained
    assert checked.result.verdict == "error"


# 变动 | 规则 | 员工在表上、在结果里看到的
STATES = """
整体_年初预算数=600; 基础_基本支出预算调整_本年决算数=279.6; 文字_其他说明=无。 | A11 | 已说明
整体_支出_项目支出=300                                             | A04 | 错误
整体_执行得分=9.8                                                  | A07 | 提示
预算_国有资本经营=14.42                                            | A18 | 提示
实物_公务用车购置数=1                                              | B31 | 已说明
整体_总分=100; -指标=; +指标=三级指标:甲,分值:90,得分:90            | C61 | 提示
指标[0].分值=4.95                                                  | C63 | 提示
"""


@pytest.mark.parametrize("line", STATES.strip().splitlines())
def test_only_a_warning_is_settled(line: str) -> None:
    """With an explanation for every rule: the same word on the 审核 sheet and in the audit."""
    change, rule, state = (part.strip() for part in line.split("|"))
    data = changed_data(change)
    data["explanations"] = dict.fromkeys((r.id for r in default_pack().rules), REASON)
    checked = check_data(data)
    found = [f for f in checked.result.findings if f.rule == rule]
    assert {"已说明" if f.explained else f.severity.label for f in found} == {state}
    rows = [r for r in checked.source.values("审核").values() if r.get(1) == rule and r.get(7) == "不符"]
    assert {row[8] for row in rows} == {state}


@pytest.mark.parametrize("pack", [p.id for p in list_packs()])
def test_no_form_offers_to_settle_more(pack: str) -> None:
    """The live 状态 formulas of every pack: 已说明 for a 警示 and for nothing else."""
    source = open_file(find_pack(pack).folder / FILL_NAME)
    lines, formulas = source.values("审核"), source.formulas("审核")
    offered = {row[2] for number, row in lines.items() if "已说明" in _text(formulas.get(f"H{number}"))}
    rules = (r for r in find_pack(pack).rules if r.formula and not r.form and r.severity is Severity.WARNING)
    assert offered == {rule.severity.label for rule in rules}  # a form of projects only has none on this sheet


def _text(cell: FormulaCell | None) -> str:
    return cell.text if cell else ""


def test_the_copy_that_goes_back_notes_the_figures() -> None:
    again = resubmitted(explained())
    assert again.unit.explanations == {"A11": REASON}
    assert again.unit.explained_for == {"A11": "0.5043|0.3"}
    assert finding(again).explained


def test_it_expires_when_the_figures_change() -> None:
    again = resubmitted(explained(), 整体_年初预算数=500)
    found = finding(again)
    assert not found.explained
    assert "已失效，请重新说明。[A11]" in found.message


@pytest.mark.parametrize(("first", "state"), [(600, "已说明"), (500, "警示")])
def test_the_line_of_the_sheet_expires_with_the_finding(first: int, state: str) -> None:
    """A11, whose sides have endless decimals: the note has four of them."""
    again = resubmitted(explained(), 整体_年初预算数=first)
    line = next(li for li in audit_lines_of(again.unit, again.figures, again.pack) if li.rule == "A11")
    assert (line.state, line.subject) == (state, "0.5043|0.3")


def test_a_rewritten_explanation_without_note_is_new() -> None:
    """Staff (or the office) empty the note when they write a new text."""
    checked = resubmitted(explained(), 整体_年初预算数=500)
    data = example(DEMO)
    data["fields"] |= {"整体_年初预算数": 500}
    data["explanations"] = {"A11": "新的说明"}
    assert not finding(checked).explained
    assert finding(check_data(data)).explained


def test_only_the_note_changes_on_the_audit_sheet() -> None:
    checked = explained()
    before = checked.source.package
    after = FileSource(make_files(checked)["审核反馈.xlsx"]).package
    changed = {n for n in before.parts if before.parts[n] != after.parts.get(n)}
    audit_sheet = next(s.part for s in before.sheets if s.name == "审核")
    assert audit_sheet in changed
    assert not [n for n in changed if n.startswith("xl/worksheets/") and n != audit_sheet]


def test_json_carries_the_note() -> None:
    data = example(DEMO)
    data["explanations"], data["explained_for"] = {"A11": REASON}, {"A11": "0.1|0.3"}
    data["fields"] |= {"整体_年初预算数": 600}
    assert check_data(data).unit.explained_for == {"A11": "0.1|0.3"}
    assert not finding(check_data(data)).explained


@needs_office
@pytest.mark.parametrize(("first", "state"), [(600, "已说明"), (500, "警示")])
def test_the_sheet_itself_sees_it_expire(first: int, state: str, tmp_path: Path) -> None:
    """Live, without the toolkit: the 状态 column of the returned copy."""
    path = tmp_path / "反馈.xlsx"
    made = make_files(resubmitted(explained(), 整体_年初预算数=first))["审核反馈.xlsx"]
    path.write_bytes(made)
    (tmp_path / "重算").mkdir()
    sheet = openpyxl.load_workbook(recalculate(path, tmp_path / "重算"), data_only=True)["审核"]
    assert next(r[7].value for r in sheet.iter_rows() if r[0].value == "A11") == state
    assert zipfile.is_zipfile(io.BytesIO(made))
