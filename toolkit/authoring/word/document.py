"""Build 自评报告.docx (制作报告模板): a pack's `document.toml` becomes a Word template with Jinja tags.

The office may afterwards edit the template in Word; this builder runs only when it is asked to.
Styles and pages of the report (公文版式): GB/T 9704-2012, made with python-docx once, when a pack is built.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt

from toolkit.authoring.word.word_parts import clean_document
from toolkit.core.errors import PackError
from toolkit.core.light import dataclass
from toolkit.core.patterns import late
from toolkit.core.words import escape
from toolkit.engines import write_file
from toolkit.engines.xlsx import normalise_package

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from docx.document import Document as WordDocument
    from docx.section import Section
    from docx.styles.style import ParagraphStyle
    from docx.text.paragraph import Paragraph
    from docx.text.parfmt import ParagraphFormat
    from docx.text.run import Run
    from lxml.etree import _Element

_LINE = late(r"(\w+)>\s?(.*)")
_ROW = late(r"(头|行|环|末|尾)\s*([^>]*)>(.*)")
_SAME = late(r"&([^&]+)&(.*)")
# A number that an outline writes out before a text that Word numbers would be printed twice.
_TYPED = late(r"^(?:[一二三四五六七八九十]+、|[（(](?:[一二三四五六七八九十]+|\d+)[）)]|\d+[.．、](?!\d))\s*")

_FIXED_DATE = dt.datetime(2024, 1, 1)  # noqa: DTZ001 - core properties want a naive fixed stamp

_ALIGN = {":": "right", "~": "left"}
_WHOLE, _AGAIN = "<w:cantSplit/>", "<w:tblHeader/>"
_HEIGHT = {style: f'<w:trHeight w:val="{high}" w:hRule="atLeast"/>' for style, high in (("表格", 350), ("小表", 230))}

_NO_FRAME = '<w:tcBorders><w:left w:val="nil"/><w:bottom w:val="nil"/><w:right w:val="nil"/></w:tcBorders>'
_TABLE = qn("w:tbl")
_BORDER = '<w:{0} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'


def build(outline: Mapping[str, Any], target: Path) -> None:
    """Write the Word template of an outline.

    Raises:
        PackError: a line of the outline cannot be read; quotes it: where it stands depends on the outlines above.
    """
    document = Document()
    add_styles(document)
    document.settings.odd_and_even_pages_header_footer = True
    core = document.core_properties
    core.author, core.comments, core.title, core.last_modified_by = "", "", "", ""
    core.created = core.modified = _FIXED_DATE
    width = set_page(document.sections[0], landscape=False)
    if outline.get("numbered"):  # a document without a cover
        number_pages(document.sections[0])
    builder = _Builder(document, {t["name"]: t for t in outline.get("table", ())}, width)
    for line in outline["body"].strip("\n").split("\n"):
        try:
            builder.line(line)
        except PackError as error:
            raise PackError(f"{target.name} 的提纲里这一行看不懂：{line}。{error}") from None
    builder.close()
    first = document.element.body[0]
    if not first.xpath(".//w:t"):
        document.element.body.remove(first)
    buffer = io.BytesIO()
    document.save(buffer)
    write_file(target, normalise_package(clean_document(buffer.getvalue())), over=True)


class _Builder:
    """Adds the outline line by line."""

    def __init__(self, document: WordDocument, tables: Mapping[str, Any], width: float) -> None:
        self.document, self.tables, self.width = document, tables, width
        self.break_before = False

    def line(self, line: str) -> None:
        if not line.strip():
            return
        if line.lstrip().startswith("{%p"):
            self.document.add_paragraph(line.strip(), style=WORD_NAMES["正文"])
            return
        match = _LINE.fullmatch(line)
        if not match:
            raise PackError("每行应是 样式> 文字，或 {%p … %}。")
        self._block(match[1], match[2])

    def _block(self, style: str, text: str) -> None:
        if style in {"正文页", "横页", "竖页", "附页"}:
            self._section(style)
        elif style == "换页":
            self.break_before = True
        elif style == "插表":
            self._table(text.strip())
        elif style == "目录":
            contents(self.document.add_paragraph(style=style))
        elif style in LOOKS:
            level = LOOKS[style].numbered
            words = text if level is None else _TYPED.sub("", text)
            paragraph = self.document.add_paragraph(words, style=WORD_NAMES.get(style, style))
            if level is not None and style not in WORD_NAMES:
                # Word takes the level of a style only from the list's own link, and a level links to one style.
                paragraph._p.get_or_add_pPr().append(number_of(level))  # noqa: SLF001
            paragraph.paragraph_format.page_break_before = True if self.break_before else None
            self.break_before = False
        else:
            raise PackError(f"没有样式“{style}”，现有：{'、'.join(LOOKS)}。")

    def _section(self, kind: str) -> None:
        section = self.document.add_section(WD_SECTION.NEW_PAGE)
        self.width = set_page(section, landscape=kind == "横页", form=kind == "附页")
        restart_numbers(section, restart=kind == "正文页")
        number_pages(section)

    def _table(self, name: str) -> None:
        if name not in self.tables:
            raise PackError(f"没有名为“{name}”的表。")
        spec = self.tables[name]
        xml = table_xml(spec, self.width)
        body = self.document.element.body
        if body[-2].tag == _TABLE:  # Word would make one table of two that touch
            self.document.add_paragraph(style="表间")
        body.insert(len(body) - 1, parse_xml(xml))

    def close(self) -> None:
        """A body may not end with a table."""
        self.document.add_paragraph(style="表间")


def table_xml(spec: Mapping[str, Any], total_mm: float) -> str:
    """A drawn table as WordprocessingML, its column widths scaled to the text area.

    The heads of a list form (清单表) stand again on each page and its rows stay whole; the long texts of others
    may run over the page's end. An open one has no line at its foot: the table behind it goes on.
    """
    scale = total_mm * 56.7 / sum(spec["widths"])  # twentieths of a point
    table = _Table([round(w * scale) for w in spec["widths"]], "小表" if spec.get("small") else "表格")
    list_form = spec.get("list", False)
    lines = [_read_row(line) for line in spec["rows"].strip("\n").split("\n")]
    body, repeat = [], list_form
    for index, (kind, loop, cells) in enumerate(lines):
        repeat = repeat and kind == "头"
        looks = f"{_WHOLE if list_form else ''}{_HEIGHT[table.style]}{_AGAIN if repeat else ''}"
        row = table.row(Drawn(cells, kind, loop), _joined_below(lines, index), looks)
        body.append(f"{table.tag(f'for {loop}')}{row}{table.tag('endfor')}" if kind == "环" else row)
    sides = ("top", "left", *(() if spec.get("open") else ("bottom",)), "right", "insideH", "insideV")
    borders = "".join(_BORDER.format(side) for side in sides)
    columns = "".join(f'<w:gridCol w:w="{w}"/>' for w in table.grid)
    return (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{sum(table.grid)}" w:type="dxa"/><w:jc w:val="center"/>'
        f"<w:tblBorders>{borders}</w:tblBorders>"
        '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="57" w:type="dxa"/><w:right w:w="57" w:type="dxa"/>'
        f"</w:tblCellMar></w:tblPr><w:tblGrid>{columns}</w:tblGrid>{''.join(body)}</w:tbl>"
    )


Row = tuple[str, str, list[str]]


def _read_row(line: str) -> Row:
    match = _ROW.fullmatch(line)
    if not match:
        raise PackError(f"document.toml 的表里有看不懂的一行：{line}")
    # A cell may hold a Jinja filter, whose "|" has no spaces around it.
    return match[1], match[2].strip(), [cell.strip(" ") for cell in re.split(r" \||\| |^\|", match[3])]


def _joined_below(lines: list[Row], index: int) -> set[int]:
    """Columns whose cell is continued by a `^` in the next row."""
    if index + 1 >= len(lines):
        return set()
    return {i for i, cell in enumerate(lines[index + 1][2]) if cell == "^"}


class Drawn(NamedTuple):
    """One drawn row (画出的行): its cells, its kind and, of detail rows, the loop."""

    cells: list[str]
    kind: str
    loop: str


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows of one table: the widths of its columns and the style of its text."""

    grid: list[int]
    style: str

    def row(self, drawn: Drawn, below: set[int], looks: str) -> str:
        """One row; `below` are the columns whose cell goes on in the next one."""
        made, column, cells = [], 0, drawn.cells
        while column < len(cells):
            span = 1
            while column + span < len(cells) and cells[column + span] == "<":
                span += 1
            made.append(self._cell(drawn, column, span, starts=column in below))
            column += span
        return f"<w:tr><w:trPr>{looks}</w:trPr>{''.join(made)}</w:tr>"

    def _cell(self, drawn: Drawn, column: int, span: int, *, starts: bool) -> str:
        text, width = _merged_by(drawn.cells[column], drawn.loop), sum(self.grid[column : column + span])
        foot = drawn.kind == "尾"
        stays = "<w:keepNext/>" if drawn.kind == "末" else ""  # no signature stands alone on a page
        merge = "<w:vMerge/>" if text == "^" else '<w:vMerge w:val="restart"/>' if starts else ""
        side = _ALIGN.get("~" if foot else text[:1], "")
        align = f'<w:jc w:val="{side}"/>' if side else ""  # else as the style has it: centred
        shown = "" if text == "^" else text.lstrip(":~")
        bold = "<w:rPr><w:b/></w:rPr>" if drawn.kind == "头" else ""
        spans = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
        run = f'<w:r>{bold}<w:t xml:space="preserve">{escape(shown)}</w:t></w:r>' if shown else ""
        return (
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{spans}{merge}{_NO_FRAME if foot else ""}'
            f'<w:vAlign w:val="center"/></w:tcPr>'
            f'<w:p><w:pPr><w:pStyle w:val="{self.style}"/>{stays}{align}</w:pPr>{run}</w:p></w:tc>'
        )

    def tag(self, tag: str) -> str:
        """A row that only carries a docxtpl row tag; it vanishes when rendered."""
        return (
            f'<w:tr><w:tc><w:tcPr><w:tcW w:w="{sum(self.grid)}" w:type="dxa"/>'
            f'<w:gridSpan w:val="{len(self.grid)}"/></w:tcPr>'
            f"<w:p><w:r><w:t>{{%tr {tag} %}}</w:t></w:r></w:p></w:tc></w:tr>"
        )


def _merged_by(text: str, loop: str) -> str:
    """`&列 列&文字` → the text, shown once for following rows that agree in these columns."""
    match = _SAME.fullmatch(text)
    if not match:
        return text
    row = loop.split(maxsplit=1)[0]
    first = match[1].split()[0]
    same = " and ".join(f"loop.previtem.{c} == {row}.{c}" for c in match[1].split())
    return f"{{%并 loop.previtem is defined and {row}.{first} and {same} %}}{match[2]}"


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
    "末段": Look(_FANG, 16, indent=2),
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
_KEEP_WITH_NEXT = frozenset({"一级", "二级", "三级", "末段", "附注", "附件", "表题", "说明", "附注续", "落款"})

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
