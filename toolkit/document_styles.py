"""Styles and pages of the report (公文版式): GB/T 9704-2012, made with python-docx once, when a pack is built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

if TYPE_CHECKING:
    from docx.document import Document
    from docx.section import Section
    from docx.styles.style import ParagraphStyle
    from docx.text.parfmt import ParagraphFormat
    from docx.text.run import Run
    from lxml.etree import _Element

_SONG, _FANG, _HEI, _KAI, _TITLE = "宋体", "仿宋_GB2312", "黑体", "楷体_GB2312", "方正小标宋简体"
_CENTRE, _RIGHT, _BOTH = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.JUSTIFY
_LINE = 28.95  # 225 mm of text over 22 lines, in points
_KEPT_STYLES = frozenset(
    {"Normal", "Default Paragraph Font", "No List", "Normal Table", "header", "footer", "Header", "Footer"}
)


@dataclass(frozen=True, slots=True)
class Look:
    """One paragraph style (段落样式): font, size in points, alignment, first-line indent in characters."""

    font: str
    size: float
    align: WD_ALIGN_PARAGRAPH = _BOTH
    indent: int = 0
    bold: bool = False
    outline: int | None = None
    line: float = _LINE
    before: float = 0
    after: float = 0
    right: int = 0


LOOKS = {
    "封题": Look(_TITLE, 26, _CENTRE, line=44, before=160, after=120),
    "封面": Look(_FANG, 16, _CENTRE, before=18),
    "题目": Look(_TITLE, 22, _CENTRE, line=34, after=20),
    "一级": Look(_HEI, 16, indent=2, outline=0),
    "二级": Look(_KAI, 16, indent=2, outline=1),
    "三级": Look(_FANG, 16, indent=2, bold=True, outline=2),
    "正文": Look(_FANG, 16, indent=2),
    "附注": Look(_FANG, 16, indent=2, before=_LINE),
    "附注续": Look(_FANG, 16, indent=5),
    "落款": Look(_FANG, 16, _RIGHT, right=4),
    "附件": Look(_HEI, 16, WD_ALIGN_PARAGRAPH.LEFT),
    "表题": Look(_TITLE, 18, _CENTRE, line=28),
    "说明": Look(_SONG, 10.5, WD_ALIGN_PARAGRAPH.LEFT, line=18),
    "表格": Look(_SONG, 10.5, _CENTRE, line=15),
    "表间": Look(_SONG, 1, line=2),
    "页码": Look(_SONG, 14, line=18),
}
_KEEP_WITH_NEXT = frozenset({"一级", "二级", "三级", "附件", "表题", "说明", "附注续", "落款"})


def add_styles(document: Document) -> None:
    """Replace the library's style sheet by ours."""
    _drop_unused(document)
    _fonts(document.styles["Normal"].element, _FANG)
    for name, look in LOOKS.items():
        _add(document, name, look)


def _drop_unused(document: Document) -> None:
    root = document.styles.element
    for style in list(root.findall(qn("w:style"))):
        name = style.find(qn("w:name")).get(qn("w:val"))
        if name not in _KEPT_STYLES:
            root.remove(style)
    for latent in root.findall(qn("w:latentStyles")):
        root.remove(latent)


def _add(document: Document, name: str, look: Look) -> None:
    style: ParagraphStyle = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Normal"]
    style.quick_style = True
    style.font.size, style.font.bold = Pt(look.size), look.bold
    _fonts(style.element, look.font)
    form = style.paragraph_format
    form.alignment = look.align
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(look.line)
    form.space_before, form.space_after = Pt(look.before), Pt(look.after)
    form.keep_with_next = name in _KEEP_WITH_NEXT
    form.widow_control = True
    if look.indent:
        form.first_line_indent = Pt(look.indent * look.size)
        _in_characters(form, "firstLine", look.indent)
    if look.right:
        form.right_indent = Pt(look.right * look.size)
        _in_characters(form, "right", look.right)
    if look.outline is not None:
        style.element.get_or_add_pPr().append(_element("w:outlineLvl", val=look.outline))


def _in_characters(form: ParagraphFormat, side: str, count: int) -> None:
    """Indents in characters (字符缩进) follow the font when staff change it; points are the fallback."""
    form.element.pPr.ind.set(qn(f"w:{side}Chars"), str(count * 100))


def _fonts(element: object, font: str) -> None:
    """One font for Latin and Chinese; without eastAsia Word falls back to its own."""
    properties = element.get_or_add_rPr()  # type: ignore[attr-defined]
    for old in properties.findall(qn("w:rFonts")):
        properties.remove(old)
    fonts = OxmlElement("w:rFonts")
    for kind in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{kind}"), font)
    properties.insert(0, fonts)


def _element(tag: str, **attributes: object) -> _Element:
    made = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), str(value))
    return made


def set_page(section: Section, *, landscape: bool) -> float:
    """Margins of the standard; returns the width of the text area in millimetres."""
    long, short = Mm(297), Mm(210)
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (long, short) if landscape else (short, long)
    if landscape:  # the sheet is turned, its binding edge with it
        section.top_margin, section.bottom_margin = Mm(28), Mm(26)
        section.left_margin, section.right_margin = Mm(35), Mm(37)
        section.footer_distance = Mm(14)
        return 297 - 35 - 37
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(23)
    return 210 - 28 - 26


def number_pages(section: Section) -> None:
    """— 1 — at the foot: odd pages right, even pages left, one character in from the edge."""
    for footer, side in ((section.footer, "right"), (section.even_page_footer, "left")):
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        paragraph.style = "页码"
        paragraph.alignment = _RIGHT if side == "right" else WD_ALIGN_PARAGRAPH.LEFT
        form = paragraph.paragraph_format
        form.left_indent, form.right_indent = (Pt(0), Pt(14)) if side == "right" else (Pt(14), Pt(0))
        _in_characters(form, side, 1)
        paragraph.add_run("— ")
        _field(paragraph.add_run(), "PAGE")
        paragraph.add_run(" —")


def _field(run: Run, code: str) -> None:
    for kind, text in (("begin", ""), ("", code), ("separate", ""), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)  # noqa: SLF001


def restart_numbers(section: Section, *, restart: bool) -> None:
    """Page numbers begin at 1 behind the cover and go on through the annexes."""
    properties = section._sectPr  # noqa: SLF001
    for old in properties.findall(qn("w:pgNumType")):  # a new section copies the one before it
        properties.remove(old)
    if restart:
        columns = next(properties.iterchildren(qn("w:cols")))
        columns.addprevious(_element("w:pgNumType", start=1))
