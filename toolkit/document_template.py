"""Build 自评报告.docx (制作报告模板): a pack's `document.toml` becomes a Word template with Jinja tags.

The office may afterwards edit the template in Word; this builder runs only when it is asked to.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from docx import Document
from docx.enum.section import WD_SECTION
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from toolkit.document_styles import LOOKS, add_styles, number_pages, restart_numbers, set_page
from toolkit.errors import PackError
from toolkit.ooxml import normalise_package

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from docx.document import Document as DocumentObject

_LINE = re.compile(r"(\w+)>\s?(.*)")
_ROW = re.compile(r"(头|行|环)\s*([^>]*)>(.*)")
_FIXED_DATE = dt.datetime(2024, 1, 1)  # noqa: DTZ001 - core properties want a naive fixed stamp
_ALIGN = {":": "right", "~": "left"}
_WHOLE, _HEIGHT, _AGAIN = "<w:cantSplit/>", '<w:trHeight w:val="350" w:hRule="atLeast"/>', "<w:tblHeader/>"
_BORDER = '<w:{0} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'


def build(outline: Mapping[str, Any], target: Path) -> None:
    """Write the Word template of an outline.

    Raises:
        PackError: a line of the outline cannot be read; names the line.
    """
    document = Document()
    add_styles(document)
    document.settings.odd_and_even_pages_header_footer = True
    _properties(document)
    width = set_page(document.sections[0], landscape=False)
    if outline.get("numbered"):  # a document without a cover
        number_pages(document.sections[0])
    builder = _Builder(document, {t["name"]: t for t in outline["table"]}, width)
    for number, line in enumerate(outline["body"].strip("\n").split("\n"), 1):
        builder.line(number, line)
    first = document.element.body[0]
    if not first.xpath(".//w:t"):
        document.element.body.remove(first)
    buffer = io.BytesIO()
    document.save(buffer)
    target.write_bytes(normalise_package(buffer.getvalue()))


def _properties(document: DocumentObject) -> None:
    core = document.core_properties
    core.author, core.comments, core.title, core.last_modified_by = "", "", "", ""
    core.created = core.modified = _FIXED_DATE


class _Builder:
    """Adds the outline line by line."""

    def __init__(self, document: DocumentObject, tables: Mapping[str, Any], width: float) -> None:
        self.document, self.tables, self.width = document, tables, width
        self.break_before = False

    def line(self, number: int, line: str) -> None:
        if not line.strip():
            return
        if line.lstrip().startswith("{%p"):
            self.document.add_paragraph(line.strip(), style="正文")
            return
        match = _LINE.fullmatch(line)
        if not match:
            raise PackError(f"document.toml 第 {number} 行看不懂：{line}")
        self._block(number, match[1], match[2])

    def _block(self, number: int, style: str, text: str) -> None:
        if style in {"正文页", "横页", "竖页"}:
            self._section(style)
        elif style == "换页":
            self.break_before = True
        elif style == "插表":
            self._table(number, text.strip())
        elif style in LOOKS:
            paragraph = self.document.add_paragraph(text, style=style)
            paragraph.paragraph_format.page_break_before = True if self.break_before else None
            self.break_before = False
        else:
            raise PackError(f"document.toml 第 {number} 行：没有样式“{style}”，现有：{'、'.join(LOOKS)}。")

    def _section(self, kind: str) -> None:
        section = self.document.add_section(WD_SECTION.NEW_PAGE)
        self.width = set_page(section, landscape=kind == "横页")
        restart_numbers(section, restart=kind == "正文页")
        number_pages(section)

    def _table(self, number: int, name: str) -> None:
        if name not in self.tables:
            raise PackError(f"document.toml 第 {number} 行：没有名为“{name}”的表。")
        spec = self.tables[name]
        xml = table_xml(spec["rows"], spec["widths"], self.width, list_form=spec.get("list", False))
        self.document.element.body.insert(len(self.document.element.body) - 1, parse_xml(xml))
        self.document.add_paragraph(style="表间")


def table_xml(rows: str, widths: list[float], total_mm: float, *, list_form: bool) -> str:
    """A drawn table as WordprocessingML, its column widths scaled to the text area.

    The heads of a list form (清单表) stand again on each page and its rows stay whole; a form with
    heads in its body has neither: its long texts must be able to run over the page's end.
    """
    scale = total_mm * 56.7 / sum(widths)  # twentieths of a point
    grid = [round(w * scale) for w in widths]
    lines = [_read_row(line) for line in rows.strip("\n").split("\n")]
    body = []
    repeat = list_form
    for index, (kind, loop, cells) in enumerate(lines):
        repeat = repeat and kind == "头"
        looks = f"{_WHOLE if list_form else ''}{_HEIGHT}{_AGAIN if repeat else ''}"
        row = _row_xml(cells, grid, _joined_below(lines, index), head=kind == "头", looks=looks)
        body.append(f"{_tag_row(f'for {loop}', grid)}{row}{_tag_row('endfor', grid)}" if kind == "环" else row)
    borders = "".join(_BORDER.format(side) for side in ("top", "left", "bottom", "right", "insideH", "insideV"))
    columns = "".join(f'<w:gridCol w:w="{w}"/>' for w in grid)
    return (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{sum(grid)}" w:type="dxa"/><w:jc w:val="center"/>'
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


def _row_xml(cells: list[str], grid: list[int], below: set[int], *, head: bool, looks: str) -> str:
    made, column = [], 0
    while column < len(cells):
        span = 1
        while column + span < len(cells) and cells[column + span] == "<":
            span += 1
        width = sum(grid[column : column + span])
        made.append(_cell_xml(cells[column], width, span, starts=column in below, head=head))
        column += span
    return f"<w:tr><w:trPr>{looks}</w:trPr>{''.join(made)}</w:tr>"


def _cell_xml(text: str, width: int, span: int, *, starts: bool, head: bool) -> str:
    merge = "<w:vMerge/>" if text == "^" else '<w:vMerge w:val="restart"/>' if starts else ""
    side = f'<w:jc w:val="{_ALIGN[text[:1]]}"/>' if text[:1] in _ALIGN else ""  # else as the style has it: centred
    shown = "" if text == "^" else text.lstrip(":~")
    bold = "<w:rPr><w:b/></w:rPr>" if head else ""
    spans = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    run = f'<w:r>{bold}<w:t xml:space="preserve">{escape(shown)}</w:t></w:r>' if shown else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{spans}{merge}<w:vAlign w:val="center"/></w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="表格"/>{side}</w:pPr>{run}</w:p></w:tc>'
    )


def _tag_row(tag: str, grid: list[int]) -> str:
    """A row that only carries a docxtpl row tag; it vanishes when rendered."""
    return (
        f'<w:tr><w:tc><w:tcPr><w:tcW w:w="{sum(grid)}" w:type="dxa"/><w:gridSpan w:val="{len(grid)}"/></w:tcPr>'
        f"<w:p><w:r><w:t>{{%tr {tag} %}}</w:t></w:r></w:p></w:tc></w:tr>"
    )
