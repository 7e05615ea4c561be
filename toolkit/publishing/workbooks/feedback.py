"""审核反馈 feedback: the submitted file itself, faulty cells coloured, an 审核结果 sheet added with links.

Only the parts that must change are written: marked sheets, styles, the sheet list. Marks are
conditional formats under a formula of our own, so that a later run can take them off again and
staff's own colours stay what they were.
"""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import TYPE_CHECKING

from lxml import etree

from toolkit.core.findings import Severity
from toolkit.core.words import quoteattr
from toolkit.engines.xlsx import (
    MAIN,
    PREFIXES,
    REL_ID,
    TYPES,
    CellChange,
    Looks,
    Package,
    add_relationship,
    add_type,
    cell_xml,
    frame,
    free_id,
    free_part,
    free_sheet_id,
    free_sheet_part,
    lines_of,
    order_fonts,
    parse_xml,
    patched_parts,
    read_cells,
    read_texts,
    rels_of,
    rewritten,
    whole,
    xml_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from toolkit.core.findings import AuditResult, CellRef, Finding

SHEET = "审核结果"

_MARK = 'LEN("jixiao-mark")>0'

_SIGN = "jixiao-mark"  # by which our rules are known again, however a program writes the rest

_COLOURS = {Severity.ERROR: "FFFFC7CE", Severity.WARNING: "FFFFEB9C", Severity.NOTICE: "FFDDEBF7"}

_STYLES = "xl/styles.xml"  # where a workbook has none

_STYLES_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"

_STYLES_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles"

_NO_STYLES = (
    b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b'<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    b'<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    b'</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    b'<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    b'<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs></styleSheet>'
)

_STYLE_ORDER = (
    *("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles"),
    *("colors", "extLst"),
)

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

_HEAD_ROW = 3

_HERE = b"<?jixiao-cells?>"  # stands for the cells while the rest of a sheet is changed

_WIDTHS = (6, 8, 8, 16, 12, 90, 10)


def feedback_workbook(
    data: bytes, package: Package, result: AuditResult, summary: str, stamps: Mapping[CellRef, str]
) -> bytes:
    """The submitted bytes with marks and the 审核结果 sheet; `stamps` are texts for cells of ours (说明所指)."""
    book = _Book(package)
    styles, formats, head, body = _with_styles(book.styles())
    book.changed[book.styles_part] = styles
    book.changed |= patched_parts(package, (CellChange(ref.sheet, ref.address, text) for ref, text in stamps.items()))
    for sheet in package.sheets:
        xml = book.changed.get(sheet.part, package.parts[sheet.part])
        marked = _marked(xml, sheet.name, sheet.part, result.findings, formats)
        if marked is not None:
            book.changed[sheet.part] = marked
    book.changed[book.result_part()] = _result_sheet(result, summary, head, body)
    return rewritten(data, package, book.finished(), book.dropped)


class _Book:
    """A workbook that gets parts: what changes in it, and the lists that name its parts."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.changed: dict[str, bytes] = {}
        self.dropped: set[str] = set()
        self.styles_part = package.related("styles") or free_part(package.parts, _STYLES)
        self._rels = parse_xml(package.parts[package.book_rels], package.book_rels)
        self._types = parse_xml(package.parts[TYPES], TYPES)
        self._added = False

    def styles(self) -> bytes:
        """The styles as they are; a workbook may have none."""
        if self.styles_part in self.package.parts:
            return self.package.parts[self.styles_part]
        self._add(self.styles_part, _STYLES_REL, _STYLES_TYPE)
        return _NO_STYLES

    def result_part(self) -> str:
        """The part of the 审核结果 sheet: the one of an earlier run, or a new one. A unit's own sheet stays."""
        taken = {(sheet.get("name") or "").casefold() for sheet in self.package.workbook.iter(MAIN + "sheet")}
        number, name = 1, SHEET
        while name.casefold() in taken:
            sheet = self.package.sheet(name)
            if sheet and self._is_ours(sheet.part):
                if rels_of(sheet.part) in self.package.parts:  # of what stood on it before
                    self.dropped.add(rels_of(sheet.part))
                return sheet.part
            number += 1
            name = f"{SHEET} ({number})"
        return self._new_sheet(name)

    def _is_ours(self, part: str) -> bool:
        texts = self.package.related("sharedStrings")
        looks = Looks(read_texts(self.package.parts[texts], texts) if texts else ())
        line = read_cells(self.package.parts[part], part, looks).values.get(_HEAD_ROW, {})
        return tuple(line.get(column) for column in range(1, len(_HEADS) + 1)) == _HEADS

    def _new_sheet(self, name: str) -> str:
        sheets = self.package.workbook.find(MAIN + "sheets")
        if sheets is None:
            raise ValueError("a workbook without a list of sheets")
        part = free_sheet_part(self.package.parts)
        number = free_sheet_id(sheets)
        entry = {"name": name, "sheetId": str(number), REL_ID: self._add(part, _SHEET_REL, _SHEET_TYPE)}
        added = etree.SubElement(sheets, MAIN + "sheet", entry, PREFIXES)
        self.changed[self.package.book_part] = xml_bytes(self.package.workbook)
        sheets.remove(added)  # the package stays what it was
        return part

    def _add(self, part: str, relation: str, kind: str) -> str:
        made = free_id(self._rels)
        add_relationship(self._rels, made, relation, f"/{part}")
        add_type(self._types, part, kind)
        self._added = True
        return made

    def finished(self) -> dict[str, bytes]:
        """Everything that changes."""
        lists = {self.package.book_rels: xml_bytes(self._rels), TYPES: xml_bytes(self._types)} if self._added else {}
        return self.changed | lists


@lru_cache(maxsize=16)
def _with_styles(xml: bytes) -> tuple[bytes, Mapping[Severity, int], int, int]:
    """Styles with ours added: fills by severity, head and body of the result sheet. Most units share their styles."""
    styles = parse_xml(xml, _STYLES)
    _complete(styles)
    order_fonts(styles)
    formats = {severity: _differential(styles, colour) for severity, colour in _COLOURS.items()}
    head, body = _cell_formats(styles)
    return xml_bytes(styles), formats, head, body


def _complete(styles: etree._Element) -> None:
    """What every workbook of Excel has and a poor one may lack, put in at its place in the schema's order."""
    for element in parse_xml(_NO_STYLES, _STYLES):
        found = styles.find(str(element.tag))
        if found is None:
            behind = _STYLE_ORDER[_STYLE_ORDER.index(etree.QName(element).localname) :]
            at = next((i for i, e in enumerate(styles) if etree.QName(e).localname in behind), len(styles))
            styles.insert(at, element)
        elif not len(found):
            found.extend(list(element))


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
    if fonts is None or formats is None:
        raise ValueError("styles without fonts or formats of cells")
    bold = copy.deepcopy(fonts[0])
    if bold.find(MAIN + "b") is None:  # first of a font's children in the schema's order
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
    places = {s: _places(name, s, findings) for s in Severity}
    if not any(places.values()) and _SIGN.encode() not in xml:
        return None
    # The cells are most of a sheet and stay byte for byte.
    start, end = frame(xml)
    root = parse_xml(xml[:start] + _HERE + xml[end:], part)
    return xml_bytes(_with_marks(root, places, formats)).replace(_HERE, xml[start:end], 1)


def _with_marks(
    root: etree._Element, places: Mapping[Severity, list[str]], formats: Mapping[Severity, int]
) -> etree._Element:
    """Our marks put in, the old ones taken off; the rules of the form and of staff stay, wherever they stand."""
    for rule in [r for r in root.iter(MAIN + "cfRule") if _is_ours(r)]:
        block = rule.getparent()
        if block is not None:
            block.remove(rule)
            if not len(block) and (above := block.getparent()) is not None:
                above.remove(block)
    marked = [s for s in Severity if places[s]]
    _make_room(root, len(marked))
    before = (i for i, e in enumerate(root) if e.tag in _BEFORE or isinstance(e, etree._ProcessingInstruction))  # noqa: SLF001
    at = max(before, default=-1) + 1
    for priority, severity in enumerate(marked):
        block = etree.Element(MAIN + "conditionalFormatting", {"sqref": " ".join(places[severity])}, PREFIXES)
        looks = {"type": "expression", "dxfId": str(formats[severity]), "priority": str(priority + 1)}
        rule = etree.SubElement(block, MAIN + "cfRule", looks | {"stopIfTrue": "1"})
        etree.SubElement(rule, MAIN + "formula").text = _MARK
        root.insert(at + priority, block)
    return root


def _make_room(root: etree._Element, count: int) -> None:
    """Others' rules go behind ours in their own order: Excel wants each priority once."""
    others = [e for e in root.iter("{*}cfRule") if whole(e.get("priority"), -1) >= 0]
    first = min((whole(e.get("priority"), 1) for e in others), default=count + 1)
    for other in others if first <= count else ():
        other.set("priority", str(whole(other.get("priority"), 1) + count + 1 - first))


def _is_ours(rule: etree._Element) -> bool:
    return _SIGN in (rule.findtext(MAIN + "formula") or "")


def _places(sheet: str, severity: Severity, findings: Iterable[Finding]) -> list[str]:
    found = (
        c.address for f in findings if f.severity is severity and not f.explained for c in f.cells if c.sheet == sheet
    )
    return sorted(dict.fromkeys(found))


def _result_sheet(result: AuditResult, summary: str, head: int, body: int) -> bytes:
    """The 审核结果 sheet: one line per finding, each linked to its cell."""
    columns = "".join(f'<col min="{i}" max="{i}" width="{w}" customWidth="1"/>' for i, w in enumerate(_WIDTHS, 1))
    rows = [_line(1, (summary,), head), _line(_HEAD_ROW, _HEADS, head)]
    links = []
    for index, finding in enumerate(result.findings):
        row = _HEAD_ROW + 1 + index
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
                    finding.message + finding.hint,
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
