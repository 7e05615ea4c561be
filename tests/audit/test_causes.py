"""起因: a blank part is named wherever it is missed, and what comes of one fault is folded under it everywhere."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import TYPE_CHECKING

import openpyxl
import pytest
from rule_cases import changed_data, checked_case
from samples import DEMO, check_bytes, example

from toolkit.core.dictionary import Kind
from toolkit.core.findings import by_cause
from toolkit.doors.cli.screen import show_check
from toolkit.pack import default_pack
from toolkit.pipeline import make_files
from toolkit.publishing.document.context import report_of
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import unit_from_json

if TYPE_CHECKING:
    from toolkit.core.findings import Finding

YUAN = "支出_工资福利=4523600; 支出_商品和服务=785400; 支出_对个人和家庭的补助=412800; 支出_资本性=46500"
YUAN_FORM = (
    "表单0.自评_财政拨款_年初预算数=1100000; 表单0.自评_财政拨款_全年预算数=1100000; "
    "表单0.自评_财政拨款_全年执行数=1083000; 表单0.自评_上年结转_全年预算数=80000"
)
BLANK = "整体_支出_项目支出="

BOOK = default_pack().dictionary.book
AMOUNTS = [n for n in example(DEMO)["fields"] if BOOK.fields[n].kind in {Kind.MONEY, Kind.COUNT}]
OF_FORMS = [n for n in example(DEMO)["project_forms"][0]["fields"] if n.endswith("数")]


@pytest.mark.parametrize("name", [*AMOUNTS, *(f"表单0.{n}" for n in OF_FORMS)])
def test_a_blank_part_is_named_wherever_it_is_missed(name: str) -> None:
    """Not one bare difference: whatever amount or count is left out, each gap that comes of it says so."""
    checked = checked_case(f"{name}=")
    unit = checked.unit
    section = unit.forms[0] if name.startswith("表单") else unit.book
    place = section.fields[name.removeprefix("表单0.")].ref
    gaps = [f for f in checked.result.findings if f.difference is not None]
    assert [f.message for f in gaps if f"{place}）没有填" not in f.message] == []
    assert {f.caused_by.cell for f in gaps if f.caused_by} <= {place}
    assert len([lead for lead, _ in by_cause(checked.result.findings) if lead in gaps]) <= 1


def test_what_a_rule_only_asks_about_is_no_cause() -> None:
    """A04 takes 预算数 where it fits and 执行数 else: budgets left blank do not make a gap of 执行数."""
    findings = checked_case("整体_全年预算数=; 整体_年初预算数=; 整体_支出_项目支出=350.97").result.findings
    told = next(f for f in findings if f.rule == "A04")
    assert "没有填" not in told.message
    assert told.caused_by is None


def test_a_blank_on_the_larger_side_is_no_cause() -> None:
    """棠溪镇 2022: the total typed as 0 above 110: 上年结转 left blank does not make it less."""
    change = "表单0.自评_资金总额_年初预算数=0; 表单0.自评_上年结转_年初预算数=; 表单0.自评_其他资金_年初预算数="
    told = [f for f in checked_case(change).result.findings if f.rule == "A05"]
    assert [(f.difference, f.caused_by, "没有填" in f.message) for f in told] == [(Decimal(110), None, False)]


def _folds(findings: tuple[Finding, ...]) -> list[tuple[str, list[str]]]:
    return [(lead.rule, [f.rule for f in others]) for lead, others in by_cause(findings)]


@pytest.mark.parametrize(
    ("change", "folds"),
    [
        (YUAN, [("A20", ["A15", "A16"])]),
        (YUAN_FORM, [("A20", ["A13", "A13", "A13"])]),
        (BLANK, [("A03", ["A04", "A17", "C58"])]),
        ("指标[0].一级指标=", [("T09", ["C41"])]),
        ("指标[0].指标值=", [("C50", ["C57"])]),
        ("整体_支出_项目支出=350.97", [("A03", []), ("A04", []), ("A13", []), ("A13", []), ("A17", []), ("C58", [])]),
    ],
)
def test_consequences_are_under_their_cause(change: str, folds: list[tuple[str, list[str]]]) -> None:
    """A clue may be wrong, so it folds nothing; a unit or a blank cell is certain."""
    assert _folds(checked_case(change).result.findings) == folds


@pytest.mark.parametrize(
    ("change", "told"),
    [("支出_工资福利=4523600", "金额 4,523,600 数额很大"), (YUAN_FORM, "金额 1,100,000 等 3 格数额很大")],
)
def test_how_many_amounts_are_in_another_unit(change: str, told: str) -> None:
    """A20: one cell is told by its amount alone, several by the first and their number."""
    (found,) = (f for f in checked_case(change).result.findings if f.rule == "A20")
    assert told in found.message


def test_what_is_no_gap_comes_of_no_unit() -> None:
    """T10: a row of amounts in 元 is hidden, too; that is a fault of its own, and so it is told."""
    book = openpyxl.load_workbook(
        io.BytesIO(fill_workbook(unit_from_json(changed_data(YUAN), default_pack()), default_pack()))
    )
    book["收支情况"].row_dimensions[10].hidden = True
    made = io.BytesIO()
    book.save(made)
    folds = _folds(check_bytes(made.getvalue()).result.findings)
    assert ("T10", []) in folds
    assert ("A20", ["A15", "A16"]) in folds


def test_folded_on_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    """One line for what comes of it; --all tells each."""
    show_check(checked_case(BLANK))
    told = capsys.readouterr().err
    assert "由此还引起 「整体自评表」H5[A04]、「收支情况」B7[A17]、「整体自评表」G28[C58]" in told
    assert "年度资金总额全年执行数 882.80" not in told
    show_check(checked_case(BLANK), everything=True)
    assert "年度资金总额全年执行数 882.80" in capsys.readouterr().err


def test_folded_in_the_files() -> None:
    """审核结果: rows of an outline, closed; the page: details; the report's own list: right behind its cause."""
    checked = checked_case(BLANK)
    sheet = openpyxl.load_workbook(io.BytesIO(make_files(checked)["审核反馈.xlsx"]))["审核结果"]
    rows = {str(sheet.cell(r, 2).value): sheet.row_dimensions[r] for r in range(5, sheet.max_row + 1)}
    assert [(rule, d.outlineLevel, bool(d.hidden)) for rule, d in rows.items()] == [
        ("A03", 0, False),
        ("A04", 1, True),
        ("A17", 1, True),
        ("C58", 1, True),
    ]
    assert sheet.sheet_properties.outlinePr is not None
    assert not sheet.sheet_properties.outlinePr.summaryBelow
    listed = report_of(checked).audit.problems
    assert [(p["规则"], str(p["说明"]).startswith("　由上面一处引起：")) for p in listed] == [
        ("A03", False),
        ("A04", True),
        ("A17", True),
        ("C58", True),
    ]


def test_json_keeps_all() -> None:
    found = checked_case(YUAN).to_json()["findings"]
    assert [(f["rule"], f["caused_by"]) for f in found] == [
        ("A20", None),
        ("A15", {"rule": "A20", "sheet": "收支情况", "cell": "B10"}),
        ("A16", {"rule": "A20", "sheet": "收支情况", "cell": "B10"}),
    ]
