"""清单 list sheet: a sheet added to a workbook of ours, its lines linked to cells, and these cells coloured.

The colour goes away when staff write 已核对 into the one cell of the list that asks for it.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from lxml import etree

from toolkit.core.light import dataclass
from toolkit.core.words import escape, quoteattr
from toolkit.engines.xlsx import (
    MAIN,
    PREFIXES,
    REL_ID,
    SHEET_ORDER,
    SHEET_REL,
    SHEET_TYPE,
    TYPES,
    add_relationship,
    add_type,
    address,
    cell_xml,
    column_letter,
    free_id,
    free_sheet_id,
    free_sheet_part,
    insert_in_order,
    lines_of,
    link_to,
    open_package,
    parse_xml,
    rewritten,
    whole,
    xml_bytes,
)
from toolkit.publishing.workbooks.added.looks import SheetLooks, add_looks, complete, differential

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from toolkit.core.findings import CellRef
    from toolkit.engines.xlsx import Package

DONE = "已核对"

_STYLES = "xl/styles.xml"

_FILL = "FFBDD7EE"  # 浅蓝: yellow is what staff fill in, red what is wrong

_FIRST = 5


@dataclass(frozen=True, slots=True)
class ListSheet:
    """What the list says (清单).

    Attributes:
        title, note: the first two lines; ask: what is written beside the cell for 已核对, "" for no such cell.
        lines: texts by column; links: for each line the cell that its link column leads to, or None.
    """

    name: str
    title: str
    note: str
    ask: str
    heads: tuple[str, ...]
    widths: tuple[float, ...]
    lines: tuple[tuple[str, ...], ...]
    links: tuple[CellRef | None, ...]
    link_column: int


def with_list(data: bytes, sheet: ListSheet, marks: Iterable[CellRef] = ()) -> bytes:
    """The workbook with the list as its last sheet and the marked cells coloured."""
    package = open_package(data)
    styles, looks, colour = _styles(package.parts[_STYLES])
    changed = {_STYLES: styles}
    by_sheet: dict[str, list[str]] = {}
    for ref in marks:
        by_sheet.setdefault(ref.sheet, []).append(ref.address)
    formula = f"'{sheet.name}'!$C$3<>\"{DONE}\""
    for name, cells in by_sheet.items():
        found = package.sheet(name)
        if found and sheet.ask:
            changed[found.part] = _marked(package.parts[found.part], found.part, cells, formula, colour)
    part = free_sheet_part(package.parts)
    changed |= _listed(package, sheet.name, part)
    changed[part] = _sheet_xml(sheet, looks)
    return rewritten(data, package, changed)


def _styles(xml: bytes) -> tuple[bytes, SheetLooks, int]:
    """Styles with ours added: cell formats, and the colour of the marks."""
    root = parse_xml(xml, _STYLES)
    complete(root)
    looks, colour = add_looks(root, _FILL), differential(root, _FILL)
    return xml_bytes(root), looks, colour


def _marked(xml: bytes, part: str, cells: Sequence[str], formula: str, colour: int) -> bytes:
    root = parse_xml(xml, part)
    for other in root.iter(MAIN + "cfRule"):  # Excel wants each priority once
        other.set("priority", str(whole(other.get("priority"), 1) + 1))
    block = etree.Element(MAIN + "conditionalFormatting", {"sqref": " ".join(dict.fromkeys(cells))}, PREFIXES)
    rule = {"type": "expression", "dxfId": str(colour), "priority": "1"}
    etree.SubElement(etree.SubElement(block, MAIN + "cfRule", rule), MAIN + "formula").text = formula
    insert_in_order(root, block, SHEET_ORDER, first=True)
    return xml_bytes(root)


def _listed(package: Package, name: str, part: str) -> dict[str, bytes]:
    """The workbook's list of sheets with one more."""
    book = copy.deepcopy(package.workbook)
    rels, types = (parse_xml(package.parts[n], n) for n in (package.book_rels, TYPES))
    sheets = book.find(MAIN + "sheets")
    if sheets is None:
        raise ValueError("a workbook without a list of sheets")
    number = free_sheet_id(sheets)
    made = free_id(rels)
    etree.SubElement(sheets, MAIN + "sheet", {"name": name, "sheetId": str(number), REL_ID: made}, PREFIXES)
    add_relationship(rels, made, SHEET_REL, f"/{part}")
    add_type(types, part, SHEET_TYPE)
    return {package.book_part: xml_bytes(book), package.book_rels: xml_bytes(rels), TYPES: xml_bytes(types)}


def _sheet_xml(sheet: ListSheet, looks: SheetLooks) -> bytes:
    last = column_letter(len(sheet.heads))
    columns = "".join(f'<col min="{i}" max="{i}" width="{w}" customWidth="1"/>' for i, w in enumerate(sheet.widths, 1))
    whole = (sum(sheet.widths),)
    rows = [_line(1, (sheet.title,), looks.title, whole), _line(2, (sheet.note,), looks.note, whole)]
    if sheet.ask:
        ask = cell_xml("A3", f' s="{looks.head}"', "", sheet.ask) + f'<c r="B3" s="{looks.head}"/>'
        rows.append(f'<row r="3" ht="30" customHeight="1">{ask}<c r="C3" s="{looks.answer}"/></row>')
    rows.append(_line(_FIRST - 1, sheet.heads, looks.head, sheet.widths))
    rows += [_line(_FIRST + i, line, looks.body, sheet.widths) for i, line in enumerate(sheet.lines)]
    merges = [f"A1:{last}1", f"A2:{last}2", *(["A3:B3"] if sheet.ask else [])]
    joined = "".join(f'<mergeCell ref="{m}"/>' for m in merges)
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<worksheet xmlns="{MAIN[1:-1]}"><sheetPr><tabColor rgb="FFED7D31"/><pageSetUpPr fitToPage="1"/></sheetPr>'
        '<sheetViews><sheetView showGridLines="0" workbookViewId="0">'
        f'<pane ySplit="{_FIRST - 1}" topLeftCell="A{_FIRST}" activePane="bottomLeft" state="frozen"/>'
        f"</sheetView></sheetViews><cols>{columns}</cols><sheetData>{''.join(rows)}</sheetData>"
        f'<mergeCells count="{len(merges)}">{joined}</mergeCells>{_answer(sheet)}{_links(sheet)}'
        '<pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>'
        '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>'
    ).encode()


def _answer(sheet: ListSheet) -> str:
    if not sheet.ask:
        return ""
    return (
        '<dataValidations count="1"><dataValidation type="list" allowBlank="1" sqref="C3">'
        f"<formula1>{escape(chr(34) + DONE + chr(34))}</formula1></dataValidation></dataValidations>"
    )


def _links(sheet: ListSheet) -> str:
    made = []
    for index, ref in enumerate(sheet.links):
        if ref is not None:
            where, place = address(_FIRST + index, sheet.link_column), quoteattr(link_to(ref.sheet, ref.address))
            made.append(f'<hyperlink ref="{where}" location={place} display={quoteattr(ref.address)}/>')
    return f"<hyperlinks>{''.join(made)}</hyperlinks>" if made else ""


def _line(row: int, texts: Sequence[str], style: int, widths: Sequence[float]) -> str:
    cells = "".join(cell_xml(address(row, i), f' s="{style}"', "", text) for i, text in enumerate(texts, 1))
    tallest = max(lines_of(text, width) for text, width in zip(texts, widths, strict=True))
    return f'<row r="{row}" ht="{min(15 * max(1, tallest) + 4, 400)}" customHeight="1">{cells}</row>'
