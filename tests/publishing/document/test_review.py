"""自评报告_审阅.docx: the report's own text, with a comment at each figure that names where it comes from."""

from __future__ import annotations

import io
import re
import zipfile
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

import openpyxl
import pytest
import referee
from docx import Document
from docx.text.paragraph import Paragraph
from lxml import etree
from referee import needs_office
from samples import DEMO, SEED, check_data, example, filled_example

from toolkit.pack.pack import DOCUMENT_NAME
from toolkit.pipeline import REVIEW_NAME, Wanted, make_files, run_unit

if TYPE_CHECKING:
    from pathlib import Path

    from docx.document import Document as DocumentObject

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
UNITS = (DEMO, SEED)


@cache
def files(name: str) -> dict[str, bytes]:
    return make_files(check_data(example(name)), wanted=Wanted(review="all"))


@cache
def review(name: str) -> DocumentObject:
    return Document(io.BytesIO(files(name)[REVIEW_NAME]))


def paragraphs(document: DocumentObject) -> list[tuple[str, str | None, int]]:
    """Text, style and bold characters of every paragraph, tables included."""
    found = (Paragraph(p, document) for p in document.element.body.iter(f"{W}p"))
    return [(p.text, p.style.name if p.style else None, sum(len(r.text) for r in p.runs if r.bold)) for p in found]


def commented(name: str) -> list[tuple[str, str]]:
    """(text under the comment, the comment) in the order of the document."""
    comments = {str(c.comment_id): c.text for c in review(name).comments}
    texts: dict[str, str] = {}
    number = None
    for element in review(name).element.body.iter():
        if element.tag == f"{W}commentRangeStart":
            number = element.get(f"{W}id")
            texts[number] = ""
        elif element.tag == f"{W}commentRangeEnd":
            assert element.get(f"{W}id") == number
            number = None
        elif number is not None and element.tag in {f"{W}t", f"{W}br", f"{W}tab"}:
            texts[number] += element.text or " "
    references = [e.get(f"{W}id") for e in review(name).element.body.iter(f"{W}commentReference")]
    assert references == list(texts) == list(comments)
    return [(text, comments[number]) for number, text in texts.items()]


@pytest.mark.parametrize("name", UNITS)
def test_the_text_is_the_reports(name: str) -> None:
    assert paragraphs(review(name)) == paragraphs(Document(io.BytesIO(files(name)[DOCUMENT_NAME])))
    assert not re.search("[\ufdd0-\ufdd3]", etree.tostring(review(name).element, encoding="unicode"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("902.60", "填报：整体_全年预算数\n单元格「整体自评表」F5"),
        ("9.78", "882.80 ÷ 902.60 × 10"),
        ("97.81%", "值 0.9781"),
        ("65.34%", "占比(整体_支出_基本支出，整体_支出_合计)\n整体_支出_基本支出 ÷ 整体_支出_合计 = 576.83 ÷ 882.80"),
        ("比上年减少0.90万元，下降11.39%", "7.00 − 7.90，差额 ÷ 7.90"),
        ("86.10", "5.00 + 5.00 + 5.40 + 5.50"),
        ("47.60", "902.60 − 855.00"),
        ("90.00%", "指标_实际完成值[3] ÷ 指标_指标值[3]"),
        ("2024年5月20日", "「封面」E7"),
        ("≥320项", "指标_指标值[1]\n单元格「整体自评表」E20"),
        ("主要用于政务数据共享平台及12个业务系统的日常运维、巡检和故障处置", "文字：填报人写的，见「项目支出」I5"),
        ("116.30", "政务数据共享平台运行维护：自评_资金总额_全年执行数"),
    ],
)
def test_comments_name_the_source(text: str, told: str) -> None:
    assert any(told in comment for shown, comment in commented(DEMO) if shown == text), [
        c for shown, c in commented(DEMO) if shown == text
    ]


def test_by_default_only_figures_carry_comments() -> None:
    """Amounts, rates and scores; 482 comments on everything were too many to read."""
    made = make_files(check_data(example(DEMO)), wanted=Wanted(review="figures"))[REVIEW_NAME]
    shown = [c.text for c in Document(io.BytesIO(made)).comments]
    everything = [c.text for c in review(DEMO).comments]
    assert len(shown) < len(everything) * 2 / 3
    assert set(shown) < set(everything)
    assert any("882.80 ÷ 902.60 × 10" in c for c in shown)
    assert not any(c.startswith("文字") or "计数" in c for c in shown)


@pytest.mark.parametrize("name", UNITS)
def test_every_numeral_outside_comments_is_the_templates(name: str) -> None:
    """What carries no comment is numbering (1. 附件2), the years of heads, and points that the form prescribes."""
    assert len(commented(name)) > 40
    bare = "\n".join(_bare(p) for p in review(name).element.body.iter(f"{W}p"))
    numbering = re.compile(
        r"(?m)^[（\s]*\d{1,2}[.）、](?!\d)|附件[：\d](?:-\d|\d\.)?|^10$"
        r"|20\d\d年(?=年?(?:决算数|预算数|实际在职人数|完工项目))"
    )
    assert re.findall(r".*\d.*", numbering.sub("", bare)) == []


def _bare(paragraph: etree._Element) -> str:
    text, inside = "", False
    for element in paragraph.iter():
        if element.tag in {f"{W}commentRangeStart", f"{W}commentRangeEnd"}:
            inside = element.tag.endswith("Start")
        elif element.tag == f"{W}t" and not inside:
            text += element.text or ""
    return text


def test_staff_text_with_noncharacters_is_kept() -> None:
    """What looks like our own signs in a text of staff is neither lost nor taken for a seal."""
    data = example(SEED)
    data["fields"]["文字_其他说明"] = "甲\ufdd1 7\ufdd2乙\ufdd3\ufdd00\t丙 8"
    made = make_files(check_data(data), wanted=Wanted(review="all"))
    for document in (made[DOCUMENT_NAME], made[REVIEW_NAME]):
        assert data["fields"]["文字_其他说明"] in [p.text for p in Document(io.BytesIO(document)).paragraphs]


def test_the_package_is_whole() -> None:
    """Each part once, the comments declared and related, and the same bytes again."""
    with zipfile.ZipFile(io.BytesIO(files(DEMO)[REVIEW_NAME])) as archive:
        names = archive.namelist()
        assert len(names) == len(set(names))
        assert b"/word/comments.xml" in archive.read("[Content_Types].xml")
        assert archive.read("word/_rels/document.xml.rels").count(b"comments.xml") == 1
    assert make_files(check_data(example(DEMO)), wanted=Wanted(review="all")) == files(DEMO)
    assert REVIEW_NAME not in make_files(check_data(example(DEMO)))


# 清单里写的文件 | 文件夹里的文件 | 从审阅稿到它的链接
LINKED = """
签到表.pdf | 签到表.pdf | 签到表.pdf
满意度\\问卷 1.jpg | 满意度/问卷 1.jpg | 满意度/问卷 1.jpg
100%#?25%41.pdf | 100%#?25%41.pdf | 100%#?25%41.pdf
合同 | a&b"<c>合同.pdf |
a&b"<c>合同 | a&b"<c>合同.pdf | a&b"<c>合同.pdf
javascript:alert(1).pdf | javascript:alert(1).pdf |
file:///c.pdf | c.pdf |
../外面.pdf | ../外面.pdf |
/外面.pdf | 外面.pdf |
没有.pdf | |
 | 有.pdf |
"""


def everything_in(path: Path) -> str:
    """All that a finished file holds, as text."""
    if not zipfile.is_zipfile(path):
        return path.read_text("utf-8")
    with zipfile.ZipFile(path) as archive:
        return "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


def test_material_is_linked_only_where_it_stands_in_the_folder(tmp_path: Path) -> None:
    """A relative link, percent-encoded, to a file of the folder; what is not there is told and not linked."""
    lines = [[part.strip() for part in line.split("|")] for line in LINKED.strip("\n").splitlines()]
    home = tmp_path / "报送 一"
    (home / "佐证" / "子").mkdir(parents=True)
    for path in (home / "佐证" / there for _, there, _ in lines if there):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"%PDF" + path.name.encode())
    (home / "填报表.xlsx").write_bytes(filled_example(DEMO))
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["类别", "编码", "指标或项目", "材料名称", "页码", "文件", "材料日期"])
    for number, (written, _, _) in enumerate(lines):
        sheet.append(
            ["整体指标", None, example(DEMO)["tables"]["指标"][0]["三级指标"], f"第{number}份", "3", written, None]
        )
    sheet.append(["项目", "999001-03", None, "机密演练方案", None, "签到表.pdf", None])
    book.save(home / "佐证" / "佐证清单.xlsx")
    made = run_unit(home / "填报表.xlsx", tmp_path / "结果", wanted=Wanted(review="figures", public=True))
    document = Document(str(made.folder / REVIEW_NAME))
    assert "机密演练方案" in [cell.text for cell in document.tables[-1].column_cells(2)]
    assert not [p for p in (made.folder / "公开").iterdir() if "机密演练方案" in everything_in(p)]
    rows = {row.cells[2].text: row.cells for row in document.tables[-1].rows}
    for number, (written, _, wanted) in enumerate(lines):
        cells = rows[f"第{number}份"]
        links = [document.part.rels[h.get(f"{R}id")].target_ref for h in cells[4]._tc.iter(f"{W}hyperlink")]
        assert [unquote(t) for t in links] == ([f"../../报送 一/佐证/{wanted}"] if wanted else [])
        assert all((made.folder / unquote(t)).is_file() and re.fullmatch(r"[\w./%~-]+", t, re.ASCII) for t in links)
        assert cells[4].text == written
        assert ("S01" in cells[5].text or "S12" in cells[5].text) is not bool(wanted)
    whole = [p.text for p in Document(str(made.folder / DOCUMENT_NAME)).paragraphs]
    assert [p.text for p in document.paragraphs][: len(whole)] == whole


def test_a_list_that_cannot_be_read_is_told_in_the_copy(tmp_path: Path) -> None:
    (tmp_path / "佐证").mkdir()
    (tmp_path / "佐证" / "佐证清单.xlsx").write_bytes(b"PK")
    (tmp_path / "填报表.xlsx").write_bytes(filled_example(DEMO))
    made = run_unit(tmp_path / "填报表.xlsx", tmp_path / "结果", wanted=Wanted(review="figures"))
    assert "佐证清单.xlsx" in Document(str(made.folder / REVIEW_NAME)).paragraphs[-2].text


@needs_office
def test_libreoffice_reads_the_comments(tmp_path: Path) -> None:
    path = tmp_path / "自评 报告_审阅.docx"
    path.write_bytes(files(SEED)[REVIEW_NAME])
    with zipfile.ZipFile(referee._convert(path, tmp_path, "odt")) as archive:
        content = archive.read("content.xml").decode()
    # Each comment once, with its own end; LibreOffice drops what is anchored wrongly.
    count = len(commented(SEED))
    assert (content.count("<office:annotation "), content.count("<office:annotation-end ")) == (count, count)
