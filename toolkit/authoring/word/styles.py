"""Styles and pages of what is made (公文版式): GB/T 9704-2012, put into a template when it is built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from toolkit.core.light import dataclass

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.section import Section
    from docx.styles.style import ParagraphStyle
    from docx.text.paragraph import Paragraph
    from docx.text.parfmt import ParagraphFormat
    from docx.text.run import Run
    from lxml.etree import _Element

_SONG, _FANG, _HEI, _KAI, _TITLE = "宋体", "仿宋_GB2312", "黑体", "楷体_GB2312", "方正小标宋简体"

_CENTRE, _RIGHT, _BOTH = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.JUSTIFY

_SPACING = 28.95  # 225 mm of text over 22 lines, in points

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
    line: float = _SPACING
    before: float = 0
    after: float = 0
    right: int = 0
    numbered: int | None = None


# What the outline calls a style → Word's own name for it: headings fill the navigation pane and a table of contents.
WORD_NAMES = {"题目": "Title", "一级": "Heading 1", "二级": "Heading 2", "三级": "Heading 3", "正文": "Body Text"}

LOOKS = {
    "封题": Look(_TITLE, 26, _CENTRE, line=44, before=160, after=120),
    "封面": Look(_FANG, 16, _CENTRE, before=18),
    "题目": Look(_TITLE, 22, _CENTRE, line=34, after=20),
    "一级": Look(_HEI, 16, indent=2, outline=0, numbered=0),
    "二级": Look(_KAI, 16, indent=2, outline=1, numbered=1),
    "三级": Look(_FANG, 16, indent=2, bold=True, outline=2, numbered=2),
    "正文": Look(_FANG, 16, indent=2),
    "条目": Look(_FANG, 16, indent=2, numbered=2),
    "分条": Look(_FANG, 16, indent=2, numbered=3),
    "目录": Look(_FANG, 16),
    "称呼": Look(_FANG, 16),
    "附注": Look(_FANG, 16, indent=2, before=_SPACING),
    "附注续": Look(_FANG, 16, indent=5),
    "落款": Look(_FANG, 16, _RIGHT, right=4),
    "附件": Look(_HEI, 16, WD_ALIGN_PARAGRAPH.LEFT, line=20),
    "表题": Look(_TITLE, 18, _CENTRE, line=26),
    "说明": Look(_SONG, 10.5, WD_ALIGN_PARAGRAPH.LEFT, line=16),
    "表格": Look(_SONG, 10.5, _CENTRE, line=15),
    "小表": Look(_SONG, 8.5, _CENTRE, line=10),
    "表间": Look(_SONG, 1, line=1),
    "页码": Look(_SONG, 14, line=18),
}

_OFF_GRID = frozenset({"附件", "表题", "说明", "表格", "小表", "表间", "页码"})
_BEHIND_GRID = ("w:spacing", "w:ind", "w:contextualSpacing", "w:mirrorIndents", "w:jc", "w:outlineLvl")
_KEEP_WITH_NEXT = frozenset({"一级", "二级", "三级", "附注", "附件", "表题", "说明", "附注续", "落款"})

# The levels of the standard: 一、（一）1.（1）; each begins anew under the one above it.
_NUMBERS = (
    ("chineseCountingThousand", "%1、"),
    ("chineseCountingThousand", "（%2）"),
    ("decimal", "%3."),
    ("decimal", "（%4）"),
)


def add_styles(document: WordDocument) -> None:
    """Replace the library's style sheet by ours."""
    _drop_unused(document)
    _fonts(document.styles["Normal"].element, _FANG)
    _number_levels(document)
    for name, look in LOOKS.items():
        _add(document, name, look)


def _drop_unused(document: WordDocument) -> None:
    root = document.styles.element
    for style in list(root.findall(qn("w:style"))):
        name = style.find(qn("w:name")).get(qn("w:val"))
        if name not in _KEPT_STYLES:
            root.remove(style)
    for latent in root.findall(qn("w:latentStyles")):
        root.remove(latent)


def _add(document: WordDocument, name: str, look: Look) -> None:
    word_name = WORD_NAMES.get(name, name)
    style: ParagraphStyle = document.styles.add_style(word_name, WD_STYLE_TYPE.PARAGRAPH, builtin=word_name != name)
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
    if name in _OFF_GRID:  # the page's grid of 22 lines is for running text; a form has lines of its own
        off = _element("w:snapToGrid", val=0)
        style.element.get_or_add_pPr().insert_element_before(off, *_BEHIND_GRID)
    if look.indent:
        form.first_line_indent = Pt(look.indent * look.size)
        _in_characters(form, "firstLine", look.indent)
    if look.right:
        form.right_indent = Pt(look.right * look.size)
        _in_characters(form, "right", look.right)
    if look.outline is not None:
        style.element.get_or_add_pPr().append(_element("w:outlineLvl", val=look.outline))
    if look.numbered is not None:
        style.element.get_or_add_pPr().insert_element_before(number_of(look.numbered), *_AFTER_NUMBERS)


def number_of(level: int) -> _Element:
    """The numbering properties of a paragraph or a style on one level of the report's only list."""
    made = _element("w:numPr")
    made.append(_element("w:ilvl", val=level))
    made.append(_element("w:numId", val=1))
    return made


def _number_levels(document: WordDocument) -> None:
    """One list of four levels, so that Word counts and staff may add or take out a section."""
    root = document.part.numbering_part.element
    for old in list(root):
        root.remove(old)
    levels = _element("w:abstractNum", abstractNumId=0)
    levels.append(_element("w:multiLevelType", val="multilevel"))
    linked = {look.numbered: WORD_NAMES[name] for name, look in LOOKS.items() if name in WORD_NAMES}
    for number, (kind, text) in enumerate(_NUMBERS):
        level = _element("w:lvl", ilvl=number)
        level.append(_element("w:start", val=1))
        level.append(_element("w:numFmt", val=kind))
        if number in linked:
            level.append(_element("w:pStyle", val=linked[number].replace(" ", "")))
        level.append(_element("w:suff", val="nothing"))
        level.append(_element("w:lvlText", val=text))
        level.append(_element("w:lvlJc", val="left"))
        place = _element("w:pPr")
        place.append(_element("w:ind", left=0, firstLine=640, firstLineChars=200))
        level.append(place)
        levels.append(level)
    root.append(levels)
    used = _element("w:num", numId=1)
    used.append(_element("w:abstractNumId", val=0))
    root.append(used)


def _in_characters(form: ParagraphFormat, side: str, count: int) -> None:
    """Indents in characters follow the font when staff change it; points are the fallback."""
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


def set_page(section: Section, *, landscape: bool, form: bool = False) -> float:
    """Margins of the standard, or narrower ones for a form; returns the width of the text area in millimetres."""
    long, short = Mm(297), Mm(210)
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (long, short) if landscape else (short, long)
    if landscape:  # the sheet is turned, its binding edge with it
        section.top_margin, section.bottom_margin = Mm(28), Mm(26)
        section.left_margin, section.right_margin = Mm(35), Mm(37)
        section.footer_distance = Mm(14)
        return 297 - 35 - 37
    if form:
        section.top_margin, section.bottom_margin = Mm(14), Mm(14)
        section.left_margin, section.right_margin = Mm(20), Mm(16)
        section.footer_distance = Mm(7)
        return 210 - 20 - 16
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(23)
    return 210 - 28 - 26


_AFTER_NUMBERS = (
    *("w:suppressLineNumbers", "w:pBdr", "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:kinsoku", "w:wordWrap"),
    *("w:overflowPunct", "w:topLinePunct", "w:autoSpaceDE", "w:autoSpaceDN", "w:bidi", "w:adjustRightInd"),
    *("w:snapToGrid", *_BEHIND_GRID),
)


def contents(paragraph: Paragraph) -> None:
    """A table of contents of the first two levels; Word fills it when the document is opened or F9 is pressed."""
    run = paragraph.add_run()
    _field(run, r'TOC \o "1-2" \h \z \u', told="按 F9 更新目录")
    run._r[0].set(qn("w:dirty"), "true")  # noqa: SLF001


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


def _field(run: Run, code: str, told: str = "") -> None:
    parts = (("begin", ""), ("", code), ("separate", ""), *([("text", told)] if told else []), ("end", ""))
    for kind, text in parts:
        element = OxmlElement({"": "w:instrText", "text": "w:t"}.get(kind, "w:fldChar"))
        if text:
            element.text = text
        else:
            element.set(qn("w:fldCharType"), kind)
        run._r.append(element)  # noqa: SLF001


def restart_numbers(section: Section, *, restart: bool) -> None:
    """Page numbers begin at 1 behind the cover and go on through the annexes."""
    properties = section._sectPr  # noqa: SLF001
    for old in properties.findall(qn("w:pgNumType")):  # a new section copies the one before it
        properties.remove(old)
    if restart:
        columns = next(properties.iterchildren(qn("w:cols")))
        columns.addprevious(_element("w:pgNumType", start=1))
