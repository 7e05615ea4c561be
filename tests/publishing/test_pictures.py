"""Pictures (版面): everything that is printed, laid out by LibreOffice and read back from the PDF, page by page."""

from __future__ import annotations

import io
import re
from itertools import pairwise
from typing import TYPE_CHECKING

import docx
import openpyxl
import pytest
from artefacts import LONG_NAME, artefacts
from pictures import Page, laid_out, low_rows, printed_sheets, put_together, texts_of
from referee import needs_office

from toolkit.pack.finding import list_packs

if TYPE_CHECKING:
    from pathlib import Path

    from toolkit.batch.collect.model import BatchResult

A4, A3 = {595, 842}, {842, 1191}
BLANK, LEAST, OVER = 20, 0.2, 0.3
APART = 15  # points between the right edges of neighbouring columns
FIRST, LAST = r"[一二三四五六七八九十]、|（[一二三四五]）.{2,12}$", r"—\d+—"
SIGNS = r"[\s、，。；：]"  # a sign that hangs over the edge of a line stands by itself
TITLES = ("表", "情况", "说明", "结果")
# How many pages each takes; where a form has few spare rows or none, more of them would be a form that spills.
PAGES = {
    "示例自评报表.xlsx": 9,
    "公开自评报表.xlsx": 6,
    "有错自评报表.xlsx": 7,
    "hunan-2018自评报表.xlsx": 10,
    "yunnan-2023自评报表.xlsx": 6,
    "sichuan-project-2023自评报表.xlsx": 2,
    "sichuan-project-2023自评报告.docx": 1,
    "通报.docx": 3,
    "退回意见.docx": 1,
    "单位名册.xlsx": 2,
}
# Lists of another kind than forms: they end where they end.
LISTS = {"移表.xlsx", "对比.xlsx", "台账.xlsx", "汇总表.xlsx", "单位名册.xlsx"}


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory, first: tuple[Path, Path, BatchResult]) -> dict[str, bytes]:
    folder, output, result = first
    del folder
    return artefacts(tmp_path_factory.mktemp("成品"), result, output)


@pytest.fixture(scope="session")
def pages(files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Page]]:
    return laid_out(files, tmp_path_factory.mktemp("版面"))


def _each(pages: dict[str, list[Page]]) -> list[tuple[str, Page, str]]:
    return [(name, page, f"{name} 第 {i} 页") for name, found in pages.items() for i, page in enumerate(found, 1)]


@needs_office
def test_no_page_is_blank_and_nothing_runs_off_it(pages: dict[str, list[Page]]) -> None:
    for _, page, place in _each(pages):
        assert len(page.text) > BLANK, place
        assert {round(page.width), round(page.height)} in (A4, A3), place
        edges = (w for w in page.words if w.left < 20 or w.right > page.width - 20 or w.bottom > page.height - 15)
        assert [w.text for w in edges] == [], place


@needs_office
def test_no_text_is_cut_and_none_covers_another(files: dict[str, bytes], pages: dict[str, list[Page]]) -> None:
    """Every text of a printed cell, every paragraph stands on the pages with its last word; no figure is ###."""
    for name, found in pages.items():
        if name.endswith(".xlsx"):
            pieces, sheets = frozenset(w.text for page in found for w in page.words), printed_sheets(files[name])
            texts = dict.fromkeys(text for sheet in sheets for text in texts_of(sheet))
            assert [t for t in texts if not put_together(t, pieces)] == [], name
            assert [place for sheet in sheets for place in low_rows(sheet)] == [], name
        else:
            whole = re.sub(SIGNS, "", "".join(line for page in found for line in page.body))
            told = [re.sub(SIGNS, "", p.text) for p in docx.Document(io.BytesIO(files[name])).paragraphs]
            assert [t for t in told if t not in whole] == [], name
    for _, page, place in _each(pages):
        assert "###" not in page.text, place
        covered = ((a, b) for i, a in enumerate(page.words) for b in page.words[i + 1 :] if a.covers(b) > OVER)
        assert [(a.text, b.text) for a, b in covered] == [], place


@needs_office
def test_a_title_over_pages_side_by_side_is_whole(pages: dict[str, list[Page]]) -> None:
    """Columns that stand on every page do not take the beginning of the title along."""
    heads = [page.body[0] for page in pages["汇总表.xlsx"] if page.body[0].startswith("20")]
    assert len(heads) > 5
    assert [head for head in heads if not head.endswith("（内部资料，不得对外公开）")] == []


@needs_office
def test_pages_are_as_many_as_they_must(pages: dict[str, list[Page]]) -> None:
    assert {name: len(pages[name]) for name in PAGES} == PAGES


@needs_office
def test_no_page_begins_for_a_few_rows_alone(pages: dict[str, list[Page]]) -> None:
    """A page without a title goes on from the one before it, and is worth its paper."""
    for name, page, place in _each(pages):
        goes_on = (
            not page.body[0].endswith(("表", "情况", "说明", "结果", "报告", "图表")) and "年度" not in page.body[0]
        )
        rules = page.body[0].startswith("规则")  # the list of them ends where it ends
        if name not in LISTS and name.endswith(".xlsx") and goes_on and not rules:
            assert page.filled > LEAST, place


@needs_office
def test_the_title_breaks_behind_the_name(pages: dict[str, list[Page]]) -> None:
    """GB/T 9704: lines of nearly one length, no word broken."""
    assert pages["示例自评报告.docx"][1].lines[:2] == ["示例县数据服务中心（示例）", "2023年度部门整体支出绩效自评报告"]
    title = pages["长自评报告.docx"][1].lines[:4]
    assert "".join(title[:3]) == LONG_NAME
    assert max(map(len, title[:3])) - min(map(len, title[:3])) < 8
    assert title[3] == "2023年度部门整体支出绩效自评报告"
    assert "".join(pages["长自评报告.docx"][0].lines[2:5]).startswith(f"{LONG_NAME}（盖章）")


@needs_office
def test_no_signature_stands_alone(pages: dict[str, list[Page]]) -> None:
    """The last paragraph above a signature is on its page."""
    firsts = [(place, page.body[0]) for name, page, place in _each(pages) if name.endswith(".docx")]
    assert [told for told in firsts if re.match(r"附件：|（印发单位）|年月日|\d+年\d+月\d+日$", told[1])] == []


@needs_office
def test_figures_of_a_column_end_at_one_edge(pages: dict[str, list[Page]]) -> None:
    for i, page in enumerate(pages["汇总表.xlsx"], 1):
        edges = sorted(w.right for w in page.words if re.fullmatch(r"[\d,]+\.\d\d", w.text))
        assert [(a, b) for a, b in pairwise(edges) if 1 < b - a < APART] == [], i


@needs_office
def test_headings_are_numbered_and_never_last_on_a_page(pages: dict[str, list[Page]]) -> None:
    body = [page.lines for page in pages["示例自评报告.docx"][1:11]]
    text = "\n".join(line for lines in body for line in lines)
    for heading in ("一、部门（单位）基本情况", "（四）收支与自评结果", "1.产出指标", "十、其他需要说明的情况"):
        assert heading in text
    for name in ("示例自评报告.docx", "长自评报告.docx", "有错自评报告.docx", "通报.docx"):
        lasts = [[line for line in page.lines if not re.fullmatch(LAST, line)][-1] for page in pages[name]]
        assert [line for line in lasts if re.match(FIRST, line)] == [], name


@needs_office
def test_contents_name_the_pages_that_the_headings_stand_on(pages: dict[str, list[Page]]) -> None:
    """A page behind the cover; a program that lays it out has the pages' numbers at once."""
    found = pages["目录自评报告.docx"]
    assert found[1].lines[0] == "目录"
    told = [re.fullmatch(r"(\D+?)[.…·\s]*(\d+)", line) for line in found[1].lines[1:]]
    assert len(told) == 20
    for line in told:
        assert line is not None
        assert line[1] in found[int(line[2]) + 1].lines, line[0]


@needs_office
def test_each_annex_has_one_page(pages: dict[str, list[Page]]) -> None:
    """附件1, 附件2, and one page for each project form; the list of annexes and the signature stay together."""
    firsts = [page.lines[0] for page in pages["示例自评报告.docx"]]
    annexes = [line for line in firsts if line.startswith("附件")]
    assert annexes == ["附件1", "附件2", "附件3-1", "附件3-2", "附件3-3", "附件3-4"]
    assert firsts[-6:] == annexes
    end = next(page for page in pages["示例自评报告.docx"] if "附件：1." in page.text)
    for told in ("2.部门整体支出绩效自评表", "3.项目支出绩效自评表（4份）", "2024年5月20日"):
        assert told in end.text


@needs_office
def test_the_print_set_is_the_forms_and_the_audit(files: dict[str, bytes], pages: dict[str, list[Page]]) -> None:
    """溯源 is for looking up: hidden, and on no page."""
    heads = [page.lines[0] for page in pages["示例自评报表.xlsx"]]
    assert heads == [
        "部门整体支出绩效评价基础数据表",
        "部门整体支出绩效自评表",
        *["项目支出绩效自评表"] * 4,
        "审核结果",
        "未检查事项（缺少数据或本表样不涉及，不等于通过）",
        "图表",
    ]
    assert "未发现问题。" in pages["示例自评报表.xlsx"][6].text
    book = openpyxl.load_workbook(io.BytesIO(files["示例自评报表.xlsx"]))
    assert {s.title: s.sheet_state for s in book.worksheets}["溯源"] == "hidden"


def test_sheets_are_printed_in_the_order_in_which_they_are_filled_in() -> None:
    """A pack with a sheet of its own puts it where it stands in the form, never behind the audit's."""
    for pack in list_packs():
        filled, printed = ([form.name for form in pack.forms(kind)] for kind in ("fill", "report"))
        places = [printed.index(name) for name in filled if name in printed]
        audits = [place for place, form in enumerate(pack.forms("report")) if form.internal]
        assert places == sorted(places), pack.id
        assert [place for place in places if place > min(audits, default=len(printed))] == [], pack.id


def test_packs_without_forms_of_their_own_print_those_they_follow() -> None:
    """So that the forms looked at above are those of every pack."""
    own = {pack.id: pack for pack in list_packs()}
    for pack in own.values():
        if not (pack.folder / "forms.toml").exists():
            drawn = [(form.name, form.widths, form.pages, form.heights) for form in pack.forms("fill")]
            followed = own["hunan-2023"].forms("fill")
            assert drawn == [(form.name, form.widths, form.pages, form.heights) for form in followed], pack.id
