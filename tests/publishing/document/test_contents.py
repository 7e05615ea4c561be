"""目录: on request, as Word makes it; what reads the report does not read it twice."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

import docx
import pytest
from command import call
from docx.oxml.ns import qn
from samples import DEMO, check_bytes, filled_example

from toolkit.audit.prose.reading.paragraphs import read_report
from toolkit.authoring.word.document import build
from toolkit.pipeline import make_files
from toolkit.publishing.document.contents import for_printer, with_contents
from toolkit.publishing.document.edits import report_lines

if TYPE_CHECKING:
    from pathlib import Path

    from docx.document import Document
    from lxml import etree


@pytest.fixture(scope="module")
def plain() -> bytes:
    return make_files(check_bytes(filled_example(DEMO)))["自评报告.docx"]


@pytest.fixture(scope="module")
def made(plain: bytes) -> Document:
    return docx.Document(io.BytesIO(with_contents(plain)))


def _lines(document: Document) -> list[etree._Element]:
    return [p._p for p in document.paragraphs if p.style is not None and p.style.name.startswith("toc ")]


def _text(element: etree._Element) -> str:
    return "".join(t.text or "" for t in element.iter(qn("w:t")))


def test_it_names_every_heading_with_its_number(made: Document) -> None:
    texts = [_text(line) for line in _lines(made)]
    headings = [p.text for p in made.paragraphs if p.style is not None and p.style.name in {"Heading 1", "Heading 2"}]
    assert [re.sub(r"^(（[一二三四]）|[一二三四五六七八九十]+、)", "", text) for text in texts] == headings
    assert texts[:3] == ["一、部门（单位）基本情况", "（一）主要职能", "（二）机构情况"]
    assert texts[-1] == "十、其他需要说明的情况"


def test_its_place_is_behind_the_cover(made: Document) -> None:
    """On a page of its own, in the section of the cover: the report begins with page 1 as before."""
    body = list(made.element.body)
    at = [body.index(line) for line in _lines(made)]
    title = body[at[0] - 1]
    assert at == list(range(at[0], at[0] + len(at)))
    assert (_text(title), title.find(f".//{qn('w:pageBreakBefore')}") is not None) == ("目录", True)
    assert body[at[-1] + 1].find(f"{qn('w:pPr')}/{qn('w:sectPr')}") is not None


def test_programs_can_bring_it_up_to_date(made: Document) -> None:
    """One field around all lines; in each the page of a mark that one heading bears."""
    lines, body = _lines(made), made.element.body
    kinds = [c.get(qn("w:fldCharType")) for line in lines for c in line.iter(qn("w:fldChar"))]
    assert kinds == ["begin", "separate", *["begin", "separate", "end"] * len(lines), "end"]
    codes = [(c.text or "").split() for line in lines for c in line.iter(qn("w:instrText"))]
    assert codes[0][:3] == ["TOC", "\\o", '"1-2"']
    marks = {m.get(qn("w:name")): m for m in body.iter(qn("w:bookmarkStart"))}
    links = [link.get(qn("w:anchor")) for line in lines for link in line.iter(qn("w:hyperlink"))]
    assert [code[1] for code in codes[1:]] == links == list(marks)
    assert all(_text(marks[name].getparent()) in _text(line) for name, line in zip(links, lines, strict=True))
    ids = [m.get(qn("w:id")) for m in body.iter(qn("w:bookmarkStart"), qn("w:bookmarkEnd"))]
    assert sorted(ids) == sorted([*set(ids), *set(ids)])


def test_the_same_report_has_the_same_contents(plain: bytes) -> None:
    once = with_contents(plain)
    assert with_contents(plain) == once
    assert with_contents(once) == once  # Word's list, not ours any more: it is not set twice


def test_what_is_printed_works_its_pages_out(plain: bytes) -> None:
    """The field around the lines goes, those in the lines stay; a report without contents is printed as it is."""
    printed = docx.Document(io.BytesIO(for_printer(with_contents(plain))))
    codes = [(c.text or "").split()[0] for line in _lines(printed) for c in line.iter(qn("w:instrText"))]
    kinds = [c.get(qn("w:fldCharType")) for line in _lines(printed) for c in line.iter(qn("w:fldChar"))]
    assert codes == ["PAGEREF"] * 20
    assert kinds == ["begin", "separate", "end"] * 20
    assert for_printer(plain) is plain
    assert for_printer(b"PK") == b"PK"


def test_what_reads_reports_does_not_read_it(plain: bytes, tmp_path: Path) -> None:
    (tmp_path / "无.docx").write_bytes(plain)
    (tmp_path / "有.docx").write_bytes(with_contents(plain))
    assert read_report(tmp_path / "有.docx") == read_report(tmp_path / "无.docx")
    told = [[line.text for line in report_lines((tmp_path / f"{n}.docx").read_bytes())] for n in "有无"]
    assert told[0] == told[1]


def test_a_place_in_the_template_is_its_place(tmp_path: Path) -> None:
    build({"body": "题目> 报告\n目录>\n换页>\n一级> 甲\n正文> 乙\n二级> 丙", "table": []}, tmp_path / "样.docx")
    made = docx.Document(io.BytesIO(with_contents((tmp_path / "样.docx").read_bytes())))
    assert [_text(line) for line in _lines(made)] == ["一、甲", "（一）丙"]
    assert next(p.text for p in made.paragraphs) == "报告"
    assert "按 F9 更新目录" not in _text(made.element.body)


def test_a_report_without_headings_stays(tmp_path: Path) -> None:
    build({"body": "题目> 报告\n正文> 乙", "table": []}, tmp_path / "样.docx")
    data = (tmp_path / "样.docx").read_bytes()
    assert with_contents(data) is data


def test_the_command(tmp_path: Path) -> None:
    """Asked for it stands in the filed and the public report, and words of staff go on with it."""
    path, out = tmp_path / "某 局.xlsx", tmp_path / "结 果"
    path.write_bytes(filled_example(DEMO))
    assert call("run", path, "-o", out, "--toc", "--public") == 0
    report = next(out.glob("*/自评报告.docx"))
    assert all(len(_lines(docx.Document(str(p)))) == 20 for p in (report, *out.glob("*/公开/自评报告.docx")))
    edited = docx.Document(str(report))
    next(p for p in edited.paragraphs if p.text.startswith("经自评")).add_run("班子会已审议。")
    edited.save(str(report))
    assert call("run", path, "-o", out, "--toc", "--keep-edits") == 0
    again = docx.Document(str(report))
    texts = [p.text for p in again.paragraphs]
    assert (texts.count("目录"), sum("班子会已审议。" in text for text in texts)) == (1, 1)
    assert len(_lines(again)) == len(_lines(edited))
    with zipfile.ZipFile(report) as archive:
        assert archive.testzip() is None
