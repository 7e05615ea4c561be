"""Build 自评报告.docx (制作报告模板): a pack's `document.toml` becomes a Word template with Jinja tags.

The office may afterwards edit the template in Word; this builder runs only when it is asked to.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from docx import Document
from docx.enum.section import WD_SECTION
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.table import Table

from toolkit.authoring.word.styles import (
    LOOKS,
    WORD_NAMES,
    add_styles,
    contents,
    number_of,
    number_pages,
    restart_numbers,
    set_page,
)
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

_LINE = late(r"(\w+)>\s?(.*)")
_ROW = late(r"(头|行|环|末|尾)\s*([^>]*)>(.*)")
_SAME = late(r"&([^&]+)&(.*)")
# A number that an outline writes out before a text that Word numbers would be printed twice.
_TYPED = late(r"^(?:[一二三四五六七八九十]+、|[（(](?:[一二三四五六七八九十]+|\d+)[）)]|\d+[.．、](?!\d))\s*")

_CLOSING = frozenset({"附注", "落款"})  # what stands at the end, and never alone on a page

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
            if style in _CLOSING:
                self._hold_before()
        else:
            raise PackError(f"没有样式“{style}”，现有：{'、'.join(LOOKS)}。")

    def _hold_before(self) -> None:
        """What a note or a signature stands under goes along with it (落款不单独成页): all that may be printed last."""
        inside = 0
        for before in reversed([*self.document.iter_inner_content()][:-1]):
            if isinstance(before, Table):
                return  # its last row says so itself (末)
            text = before.text
            inside += text.startswith("{%p end") - text.startswith(("{%p if", "{%p for"))
            if not text.startswith("{%p"):
                before.paragraph_format.keep_with_next = True
                if inside <= 0:
                    return

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
