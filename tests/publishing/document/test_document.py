"""自评报告.docx: what it says, that staff's text stays text, and that the office's own edits survive."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

import pytest
from docx import Document
from docxtpl import DocxTemplate
from hypothesis import given, settings
from hypothesis import strategies as st
from referee import needs_office, to_pdf
from rule_cases import changed_data
from samples import DEMO, SEED, check_data, example

from toolkit.authoring.word.document import build
from toolkit.core.errors import PackError
from toolkit.pack.finding import default_pack
from toolkit.pack.pack import DOCUMENT_NAME
from toolkit.pipeline import document_template, make_files
from toolkit.publishing.document.context import report_of
from toolkit.publishing.document.template import DocumentTemplate, _resolved, sentences_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from docx.document import Document as DocumentObject

    from toolkit.pipeline import Checked

SECTIONS = (
    "部门（单位）基本情况",
    "一般公共预算支出情况",
    "政府性基金预算支出情况",
    "国有资本经营预算支出情况",
    "社会保险基金预算支出情况",
    "部门整体支出绩效情况",
    "存在的问题及原因分析",
    "下一步改进措施",
    "部门整体支出绩效自评结果拟应用和公开情况",
    "其他需要说明的情况",
)


def word_report(data: dict[str, object]) -> DocumentObject:
    made = make_files(check_data(data))[DOCUMENT_NAME]
    return Document(io.BytesIO(made))


def all_text(document: DocumentObject) -> str:
    return "\n".join(text for text in _texts(document))


def _texts(document: DocumentObject) -> Iterator[str]:
    yield from (p.text for p in document.paragraphs)
    for table in document.tables:
        yield from (cell.text for row in table.rows for cell in row.cells)


@pytest.fixture(scope="module")
def seed_report() -> DocumentObject:
    return word_report(example(SEED))


def test_ten_sections_in_order(seed_report: DocumentObject) -> None:
    headings = [p.text for p in seed_report.paragraphs if p.style is not None and p.style.name == "Heading 1"]
    assert headings == list(SECTIONS)


@pytest.mark.parametrize(
    "figure",
    ["2088.26万元", "1645.26万元", "1207.09万元", "251.36万元", "185.33万元", "1.48万元", "433.00万元", "编制67人"],
)
def test_seed_figures(seed_report: DocumentObject, figure: str) -> None:
    assert figure in "\n".join(p.text for p in seed_report.paragraphs)


@pytest.mark.parametrize(
    ("table", "column", "count"), [("职能", "内容", 15), ("内设机构", "名称", 20), ("目标", "预期目标", 3)]
)
def test_seed_lists_are_complete(seed_report: DocumentObject, table: str, column: str, count: int) -> None:
    rows = example(SEED)["tables"][table]
    text = all_text(seed_report)
    assert len(rows) == count
    assert [r[column] for r in rows if r[column].rstrip("。；;") not in text] == []


def test_empty_sections_say_so(seed_report: DocumentObject) -> None:
    texts = [p.text for p in seed_report.paragraphs]
    assert texts[texts.index(SECTIONS[6]) + 1] == "本部分未填报。"
    assert texts[texts.index(SECTIONS[9]) + 1] == "本部分未填报。"


def test_a_total_that_no_table_supports_is_not_printed(seed_report: DocumentObject) -> None:
    """C43: the claimed 100 is not repeated as if it were earned."""
    text = all_text(seed_report)
    assert "自评得分待补齐后确定" in text
    assert "自评得分100.00分" not in text


def test_reasons_of_missed_targets_and_annexes() -> None:
    text = all_text(word_report(example(DEMO)))
    missed = [r for r in example(DEMO)["tables"]["指标"] if r.get("偏差原因")]
    assert missed
    assert all(r["偏差原因"].rstrip("。；;") in text for r in missed)
    assert "自评得分95.88分，等级为“优”" in text
    assert all(p["自评_项目名称"] in text for p in (f["fields"] for f in example(DEMO)["project_forms"]))


HOSTILE = ("{{ 7*7 }}", "{% for x in y %}", "{%p if 1 %}", "<w:p>&amp;]]>", "=cmd|'/c calc'!A1", "𠮷\u202e")


@pytest.mark.parametrize("text", HOSTILE)
def test_staff_text_is_printed_not_run(text: str) -> None:
    data = example(SEED)
    data["fields"]["文字_其他说明"] = text
    assert text in all_text(word_report(data))


def test_signs_of_xml_are_printed_as_typed() -> None:
    """In every text, also where sentences of the pack are put together from sentences: 甲&乙, not 甲&amp;乙."""

    def signed(value: object) -> object:
        if isinstance(value, dict):
            return {name: signed(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [signed(inner) for inner in value]
        return f"{value[:3]}&<{value[3:]}" if isinstance(value, str) and len(value) > 6 else value

    data = example(DEMO)
    text = all_text(word_report({**data, **{part: signed(data[part]) for part in ("tables", "project_forms")}}))
    assert text.count("&<") > 100
    assert not [line for line in text.split("\n") if "&amp;" in line or "&lt;" in line]


PRINTABLE = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp", "Cn", "Co")), min_size=1)


@settings(max_examples=60)
@given(PRINTABLE)
def test_any_printable_text_comes_through(text: str) -> None:
    """The template alone: whatever the context holds stands in the document, character by character."""
    context = _seed_context() | {"封面_单位名称": f"始{text}终"}
    document = Document(io.BytesIO(document_template(default_pack()).render(context)))
    lines = [p.text.removeprefix("部门（单位）名称：").replace("\n", "") for p in document.paragraphs]
    assert f"始{text}终（盖章）" in lines


@cache
def _seed() -> Checked:
    return check_data(example(SEED))


def _seed_context() -> dict[str, object]:
    return report_of(_seed()).names


def test_line_breaks_become_paragraphs() -> None:
    data = example(SEED)
    data["fields"]["文字_其他说明"] = "第一段\n\n第二段"
    texts = [p.text for p in word_report(data).paragraphs]
    place = texts.index(SECTIONS[9])
    assert texts[place + 1 : place + 3] == ["第一段", "第二段"]


def test_same_input_same_bytes() -> None:
    checked = check_data(example(DEMO))
    assert make_files(checked)[DOCUMENT_NAME] == make_files(checked)[DOCUMENT_NAME]


def test_edits_of_the_office_survive(tmp_path: Path) -> None:
    """A sentence typed in Word, a deleted one and a name in a header all hold."""
    document = Document(str(default_pack().folder / DOCUMENT_NAME))
    paragraph = next(p for p in document.paragraphs if p.text == SECTIONS[0])
    paragraph.insert_paragraph_before("本局补充：{{ 封面_单位名称 }}")
    header = document.sections[1].header
    header.is_linked_to_previous = False
    header.paragraphs[0].text = "内部资料 {{ 封面_年度|整数 }}"
    edited = tmp_path / "改过的 模板.docx"
    document.save(str(edited))
    made = Document(io.BytesIO(DocumentTemplate.load(edited, sentences_of(default_pack())).render(_seed_context())))
    assert "本局补充：益阳市司法局本级" in [p.text for p in made.paragraphs]
    assert made.sections[1].header.paragraphs[0].text == "内部资料 2023"


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ("{{ 封面_单位名 }}", "封面_单位名称"),
        ("{{ 封面_单位名称 ", "像标记而不是"),
        ("{{ 封面_单位名称|金 }}", "标记写法有误：没有这个过滤器“金”$"),
        ("{% for 行 in 指标 %}", "标记写法有误：循环或条件没有收尾"),
        ("{% 如果 指标 %}", "标记写法有误：没有这种标记“如果”$"),
        ("{% if 指标 is 空的 %}{% endif %}", "算不出来：没有这种判断“空的”"),
        ("{{ 指标 + }}", "标记写法有误：“[^”]*”这里写得不对$"),
        ("{{ 封面_单位名称 + 1 }}", "算不出来：数、文字和没有填的内容不能放在一起算"),
        ("{{ ''.__class__.__mro__ }}", "不允许的写法“__[a-z]+__”"),
    ],
)
def test_a_wrong_tag_is_told(tmp_path: Path, tag: str, told: str) -> None:
    document = Document(str(default_pack().folder / DOCUMENT_NAME))
    document.paragraphs[0].insert_paragraph_before(tag)
    path = tmp_path / "模板.docx"
    document.save(str(path))
    with pytest.raises(PackError, match=told):
        DocumentTemplate.load(path, sentences_of(default_pack())).render(_seed_context())


def test_not_a_word_file(tmp_path: Path) -> None:
    path = tmp_path / "模板.docx"
    path.write_bytes(b"not a zip")
    with pytest.raises(PackError, match=r"模板\.docx"):
        DocumentTemplate.load(path)


def test_outline_errors_name_the_line(tmp_path: Path) -> None:
    for body, told in (
        ("正文> 好\n歪样> 文字", "看不懂：歪样> 文字。没有样式"),
        ("没有样式", "看不懂：没有样式。"),
        ("插表> 无此表", "无此表。没有名为"),
    ):
        with pytest.raises(PackError, match=told):
            build({"body": body, "table": []}, tmp_path / "x.docx")


ORDER: Mapping[str, tuple[str, ...]] = {
    "pPr": (
        "pStyle",
        "keepNext",
        "keepLines",
        "pageBreakBefore",
        "widowControl",
        "numPr",
        "tabs",
        "snapToGrid",
        "spacing",
        "ind",
        "jc",
        "outlineLvl",
        "rPr",
        "sectPr",
    ),
    "sectPr": (
        "headerReference",
        "footerReference",
        "type",
        "pgSz",
        "pgMar",
        "pgNumType",
        "cols",
        "titlePg",
        "docGrid",
    ),
    "tcPr": ("tcW", "gridSpan", "vMerge", "tcBorders", "vAlign"),
}


def test_elements_stand_in_schema_order(seed_report: DocumentObject) -> None:
    """Word repairs or refuses a document whose properties are out of order; LibreOffice does not mind."""
    wrong = []
    for root in (seed_report.element, seed_report.styles.element):
        for kind, order in ORDER.items():
            for element in root.iter(f"{{*}}{kind}"):
                names = [child.tag.rpartition("}")[2] for child in element]
                if names != sorted(names, key=order.index):
                    wrong.append((kind, names))
    assert wrong == []


def test_chinese_fonts_are_set(seed_report: DocumentObject) -> None:
    """GB/T 9704: 仿宋 body, 黑体 first level, 楷体 second level; page numbers outside."""
    styles = seed_report.styles.element
    east = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}eastAsia"
    found = {
        style.find("{*}name").get(f"{{{style.nsmap['w']}}}val"): style.find("{*}rPr/{*}rFonts").get(east)
        for style in styles.iterfind("{*}style")
        if style.find("{*}rPr/{*}rFonts") is not None
    }
    assert (found["Body Text"], found["heading 1"], found["heading 2"]) == ("仿宋_GB2312", "黑体", "楷体_GB2312")
    assert seed_report.settings.odd_and_even_pages_header_footer


def test_no_tag_is_left(seed_report: DocumentObject) -> None:
    with zipfile.ZipFile(io.BytesIO(make_files(check_data(example(DEMO)))[DOCUMENT_NAME])) as archive:
        for name in archive.namelist():
            assert b"{%" not in archive.read(name), name
    assert "{{" not in all_text(seed_report)


@needs_office
def test_libreoffice_lays_it_out(tmp_path: Path) -> None:
    path = tmp_path / "自评 报告.docx"
    path.write_bytes(make_files(check_data(example(DEMO)))[DOCUMENT_NAME])
    assert to_pdf(path, tmp_path).stat().st_size > 50_000


def _by_source(document: DocumentObject, names: list[str]) -> dict[str, list[str]]:
    """Section of the outline → the projects that it tells of."""
    found: dict[str, list[str]] = {section: [] for section in SECTIONS}
    section = SECTIONS[0]
    for paragraph in document.paragraphs:
        section = paragraph.text if paragraph.text in found else section
        found[section] += [name for name in names if paragraph.text.startswith(f"{name}：支出")]
    return found


SOURCES = ("", "一般公共预算", "政府性基金", "国有资本经营", "社会保险基金", "其他资金")


@pytest.mark.parametrize("turn", range(len(SOURCES)))
def test_each_section_tells_the_money_of_its_own_source(turn: int) -> None:
    """Every project once, in the section of its 资金来源; sums and shares are those of that section's money."""
    data = changed_data("")
    rows = data["tables"]["项目"]
    names = [row["名称"] for row in rows]
    where = dict(zip(SOURCES, (1, 1, 2, 3, 4, 1), strict=True))
    for i, row in enumerate(rows):
        row["资金来源"] = SOURCES[(turn + i) % len(SOURCES)]
        spent = Decimal(row["全年执行数"])
        data["fields"] |= {f"预算_{row['资金来源']}": str(spent)} if where[row["资金来源"]] > 1 else {}
    document = word_report(data)
    expected: dict[str, list[str]] = {section: [] for section in SECTIONS}
    for name, row in zip(names, rows, strict=True):
        expected[SECTIONS[where[row["资金来源"]]]].append(name)
        if where[row["资金来源"]] > 1:
            share = (Decimal(row["全年执行数"]) / Decimal("882.8") * 100).quantize(Decimal("0.01"), "ROUND_HALF_UP")
            assert f"上述支出占本年支出的{share}%，安排1个项目。" in all_text(document)
    told = _by_source(document, names)
    assert {s: sorted(n) for s, n in told.items()} == {s: sorted(n) for s, n in expected.items()}
    texts = [p.text for p in document.paragraphs]
    ordinary = sum(Decimal(r["全年执行数"]) for r in rows if r["资金来源"] in SOURCES[:2])
    assert not ordinary or any(f"支出{ordinary:.2f}万元" in text for text in texts)
    assert [t for t in texts if t.startswith("其他资金安排的项目支出情况")] == (
        ["其他资金安排的项目支出情况"] if any(r["资金来源"] == "其他资金" for r in rows) else []
    )


def test_one_source_is_told_as_before() -> None:
    text = all_text(word_report(example(DEMO)))
    assert "共4个项目，具体如下：" in text
    assert "上述支出" not in text


_RUNS = st.lists(st.sampled_from(("甲", "\n", "\n\n", " ", "&lt;", "\t", "")), max_size=6).map("".join)


@settings(max_examples=200)
@given(st.lists(st.tuples(_RUNS, st.sampled_from(("<w:t>", '<w:t xml:space="preserve">'))), min_size=1, max_size=4))
def test_line_breaks_are_those_of_docxtpl(runs: list[tuple[str, str]]) -> None:
    """Most paragraphs have line breaks alone, and come out as docxtpl has them; empty texts stay."""
    inside = "".join(f"<w:r>\n<w:rPr><w:b/></w:rPr>{tag}{text}</w:t></w:r>\n" for text, tag in runs)
    paragraph = f"<w:p><w:pPr><w:jc/></w:pPr>{inside}<w:r><w:t/></w:r></w:p>"
    assert _resolved(paragraph) == DocxTemplate.resolve_listing(None, paragraph)
