"""审核反馈 feedback: the submitted file itself, faulty cells coloured, an 审核结果 sheet added with links.

Only the parts that must change are written: marked sheets, styles, the sheet list. Marks are
conditional formats under a formula of our own, so that a later run can take them off again and
staff's own colours stay what they were.
"""

from __future__ import annotations

import copy
import re
from functools import lru_cache
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from lxml import etree

from toolkit.core.findings import Severity
from toolkit.engines.xlsx import (
    MAIN,
    PREFIXES,
    REL_ID,
    TYPES,
    WORKBOOK,
    WORKBOOK_RELS,
    Package,
    add_relationship,
    add_type,
    cell_xml,
    lines_of,
    parse_xml,
    replace_parts,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from toolkit.core.findings import AuditResult, CellRef, Finding

SHEET = "审核结果"

_PART = "xl/worksheets/sheetFeedback.xml"

_CELLS, _CELLS_END, _NO_CELLS = b"<sheetData>", b"</sheetData>", b"<sheetData/>"

_OTHER_ENCODING = re.compile(rb"""\s*<\?xml[^>]*encoding=["'](?!utf-8)""", re.IGNORECASE)

_MARK = 'LEN("jixiao-mark")>0'

_COLOURS = {Severity.ERROR: "FFFFC7CE", Severity.WARNING: "FFFFEB9C", Severity.NOTICE: "FFDDEBF7"}

_STYLES = "xl/styles.xml"

_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"

_SHEET_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"

# Elements that stand before conditionalFormatting in the schema's order.
_BEFORE = {
    MAIN + n
    for n in (
        "sheetPr",
        "dimension",
        "sheetViews",
        "sheetFormatPr",
        "cols",
        "sheetData",
        "sheetCalcPr",
        "sheetProtection",
        "protectedRanges",
        "scenarios",
        "autoFilter",
        "sortState",
        "dataConsolidate",
        "customSheetViews",
        "mergeCells",
        "phoneticPr",
    )
}

_HEADS = ("序号", "规则", "程度", "工作表", "单元格", "问题与处理办法", "状态")

_WIDTHS = (6, 8, 8, 16, 12, 90, 10)


def feedback_workbook(
    data: bytes, package: Package, result: AuditResult, summary: str, stamps: Mapping[CellRef, str]
) -> bytes:
    """The submitted bytes with marks and the 审核结果 sheet; `stamps` are texts for cells of ours (说明所指)."""
    changed: dict[str, bytes] = {}
    changed[_STYLES], formats, head, body = _with_styles(package.parts[_STYLES])
    for sheet in package.sheets:
        marked = _marked(package.parts[sheet.part], sheet.name, sheet.part, result.findings, formats)
        if marked is not None:
            changed[sheet.part] = marked
    for ref, text in stamps.items():
        stamped = package.sheet(ref.sheet)
        if stamped:
            changed[stamped.part] = _stamp(changed.get(stamped.part, package.parts[stamped.part]), ref.address, text)
    part = next((s.part for s in package.sheets if s.name == SHEET), None)
    if part is None:
        changed |= _with_sheet(package)
    changed[part or _PART] = _result_sheet(result, summary, head, body)
    return replace_parts(data, changed)


@lru_cache(maxsize=16)
def _with_styles(xml: bytes) -> tuple[bytes, Mapping[Severity, int], int, int]:
    """Styles with ours added: fills by severity, head and body of the result sheet. Most units share their styles."""
    styles = parse_xml(xml, _STYLES)
    formats = {severity: _differential(styles, colour) for severity, colour in _COLOURS.items()}
    head, body = _cell_formats(styles)
    return _bytes(styles), formats, head, body


def _stamp(xml: bytes, where: str, text: str) -> bytes:
    """One text cell written into sheet XML; its style stays. A cell that is not there is left out."""
    cell = re.compile(rb'<c r="' + where.encode() + rb'"([^>]*?)(?:/>|>.*?</c>)', re.DOTALL)

    def made(match: re.Match[bytes]) -> bytes:
        style = re.search(rb' s="\d+"', match[1])
        return cell_xml(where, style[0].decode() if style else "", "", text).encode()

    return cell.sub(made, xml, count=1)


def _differential(styles: etree._Element, colour: str) -> int:
    """Index of the dxf with our fill, added where it is not there yet."""
    dxfs = styles.find(MAIN + "dxfs")
    if dxfs is None:
        dxfs = etree.Element(MAIN + "dxfs", {"count": "0"}, PREFIXES)
        after = max(i for i, e in enumerate(styles) if e.tag in {MAIN + "cellXfs", MAIN + "cellStyles"})
        styles.insert(after + 1, dxfs)
    for index, dxf in enumerate(dxfs):
        found = dxf.find(f"{MAIN}fill/{MAIN}patternFill/{MAIN}bgColor")
        if found is not None and found.get("rgb") == colour and len(dxf) == 1:
            return index
    fill = etree.SubElement(etree.SubElement(dxfs, MAIN + "dxf"), MAIN + "fill")
    pattern = etree.SubElement(fill, MAIN + "patternFill", {"patternType": "solid"})
    etree.SubElement(pattern, MAIN + "fgColor", {"rgb": colour})
    etree.SubElement(pattern, MAIN + "bgColor", {"rgb": colour})
    dxfs.set("count", str(len(dxfs)))
    return len(dxfs) - 1


def _cell_formats(styles: etree._Element) -> tuple[int, int]:
    """Styles of the result sheet: bold head, wrapped body."""
    fonts, formats = styles.find(MAIN + "fonts"), styles.find(MAIN + "cellXfs")
    if fonts is None or formats is None or not len(fonts):
        return 0, 0
    bold = copy.deepcopy(fonts[0])
    if bold.find(MAIN + "b") is None:
        bold.insert(0, etree.Element(MAIN + "b", None, PREFIXES))
    fonts.append(bold)
    fonts.set("count", str(len(fonts)))
    made = []
    for font in (len(fonts) - 1, 0):
        style = etree.SubElement(
            formats,
            MAIN + "xf",
            {
                "numFmtId": "0",
                "fontId": str(font),
                "fillId": "0",
                "borderId": "0",
                "xfId": "0",
                "applyFont": "1",
                "applyAlignment": "1",
            },
        )
        etree.SubElement(style, MAIN + "alignment", {"vertical": "top", "wrapText": "1"})
        made.append(len(formats) - 1)
    formats.set("count", str(len(formats)))
    return made[0], made[1]


def _marked(
    xml: bytes, name: str, part: str, findings: Iterable[Finding], formats: Mapping[Severity, int]
) -> bytes | None:
    """The sheet with its marks renewed; None when there is nothing to change."""
    places, again = {s: _places(name, s, findings) for s in Severity}, _has_marks(xml)
    if not any(places.values()) and not again:
        return None
    frame, cells = _frame(xml)
    made = _bytes(_with_marks(parse_xml(frame, part), places, formats, again=again))
    return made.replace(_NO_CELLS, cells, 1)


def _frame(xml: bytes) -> tuple[bytes, bytes]:
    """The sheet without its cells, and the cells, which are most of it and stay byte for byte.

    What may be ambiguous (another encoding, a comment that holds our tags) stays in one piece.
    """
    start, end = xml.find(_CELLS), xml.rfind(_CELLS_END) + len(_CELLS_END)
    ambiguous = b"<!--" in xml or b"<![CDATA[" in xml or xml.count(_CELLS) != 1 or _NO_CELLS in xml
    if ambiguous or end < start or _OTHER_ENCODING.match(xml):
        return xml, _NO_CELLS
    return xml[:start] + _NO_CELLS + xml[end:], xml[start:end]


def _with_marks(
    root: etree._Element, places: Mapping[Severity, list[str]], formats: Mapping[Severity, int], *, again: bool
) -> etree._Element:
    """Our marks put in; `again` takes the old ones off before."""
    for old in [e for e in root.iter(MAIN + "conditionalFormatting") if again and _is_ours(e)]:
        root.remove(old)
    others = list(root.iter(MAIN + "cfRule"))
    at = max((i for i, e in enumerate(root) if e.tag in _BEFORE), default=-1) + 1
    for priority, severity in enumerate(s for s in Severity if places[s]):
        block = etree.Element(MAIN + "conditionalFormatting", {"sqref": " ".join(places[severity])}, PREFIXES)
        rule = etree.SubElement(
            block,
            MAIN + "cfRule",
            {
                "type": "expression",
                "dxfId": str(formats[severity]),
                "priority": str(priority + 1),
                "stopIfTrue": "1",
            },
        )
        etree.SubElement(rule, MAIN + "formula").text = _MARK
        root.insert(at + priority, block)
    for other in others:  # behind ours in their own order: Excel wants each priority once
        other.set("priority", str(int(other.get("priority", "1")) + sum(map(bool, places.values()))))
    return root


def _has_marks(xml: bytes) -> bool:
    """Whether an earlier run has marked this sheet."""
    return b"jixiao-mark" in xml and _MARK.encode() in xml.replace(b"&quot;", b'"').replace(b"&gt;", b">")


def _is_ours(block: etree._Element) -> bool:
    return block.findtext(f"{MAIN}cfRule/{MAIN}formula") == _MARK


def _places(sheet: str, severity: Severity, findings: Iterable[Finding]) -> list[str]:
    found = (
        c.address for f in findings if f.severity is severity and not f.explained for c in f.cells if c.sheet == sheet
    )
    return sorted(dict.fromkeys(found))


def _with_sheet(package: Package) -> dict[str, bytes]:
    rels = parse_xml(package.parts[WORKBOOK_RELS], WORKBOOK_RELS)
    types = parse_xml(package.parts[TYPES], TYPES)
    sheets = package.workbook.find(MAIN + "sheets")
    if sheets is None:
        return {}
    number = max(int(s.get("sheetId", "0")) for s in sheets) + 1
    entry = {"name": SHEET, "sheetId": str(number), REL_ID: "rIdFeedback"}
    added = etree.SubElement(sheets, MAIN + "sheet", entry, PREFIXES)
    book = _bytes(package.workbook)
    sheets.remove(added)  # the package stays what it was
    add_relationship(rels, "rIdFeedback", _SHEET_REL, f"/{_PART}")
    add_type(types, _PART, _SHEET_TYPE)
    return {WORKBOOK: book, WORKBOOK_RELS: _bytes(rels), TYPES: _bytes(types)}


def _result_sheet(result: AuditResult, summary: str, head: int, body: int) -> bytes:
    """The 审核结果 sheet: one line per finding, each linked to its cell."""
    columns = "".join(f'<col min="{i}" max="{i}" width="{w}" customWidth="1"/>' for i, w in enumerate(_WIDTHS, 1))
    rows = [_line(1, (summary,), head), _line(3, _HEADS, head)]
    links = []
    for index, finding in enumerate(result.findings):
        row = 4 + index
        where = finding.cells[0].address if finding.cells else ""
        rows.append(
            _line(
                row,
                (
                    str(index + 1),
                    finding.rule,
                    finding.severity.label,
                    finding.sheet,
                    where,
                    finding.message,
                    "已说明" if finding.explained else "",
                ),
                body,
            )
        )
        if where:
            place = "'" + finding.sheet.replace("'", "''") + f"'!{where}"
            links.append(f'<hyperlink ref="E{row}" location={quoteattr(place)} display={quoteattr(where)}/>')
    block = f"<hyperlinks>{''.join(links)}</hyperlinks>" if links else ""
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<sheetPr><tabColor rgb="FFC00000"/><pageSetUpPr fitToPage="1"/></sheetPr>'
        '<sheetViews><sheetView showGridLines="0" workbookViewId="0">'
        '<pane ySplit="3" topLeftCell="A4" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f"<cols>{columns}</cols><sheetData>{''.join(rows)}</sheetData>"
        f'<mergeCells count="1"><mergeCell ref="A1:G1"/></mergeCells>{block}'
        '<pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>'
        '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>'
    ).encode()


def _line(row: int, texts: tuple[str, ...], style: int) -> str:
    cells = "".join(cell_xml(f"{chr(65 + i)}{row}", f' s="{style}"', "", text) for i, text in enumerate(texts))
    height = 15 * max(1, *(lines_of(text, _WIDTHS[i] if row > 1 else sum(_WIDTHS)) for i, text in enumerate(texts))) + 4
    return f'<row r="{row}" ht="{height}" customHeight="1">{cells}</row>'


def _bytes(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
