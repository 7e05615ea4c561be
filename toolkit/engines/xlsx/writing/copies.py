"""Copies of a sheet inside a workbook package (工作表副本): one project form per project.

Sheet-scoped names travel with each copy, as they do when staff copy the sheet in Excel.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from lxml import etree

from toolkit.engines.xlsx.formulas import whole
from toolkit.engines.xlsx.package import MAIN, PREFIXES, REL_ID, SHEET_REL, SHEET_TYPE, Package, parse_xml, relations
from toolkit.engines.xlsx.writing.parts import add_relationship, add_type, free_sheet_id, free_sheet_part, xml_bytes
from toolkit.engines.xlsx.zip import TYPES, rels_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_COPY_ID = "rIdCopy"


def copy_titles(name: str, count: int) -> list[str]:
    """Excel's own way of naming copies: 项目自评表, 项目自评表 (2), …"""
    return [name if i == 1 else f"{name} ({i})" for i in range(1, count + 1)]


def with_copies(parts: Mapping[str, bytes], name: str, count: int) -> dict[str, bytes]:
    """The parts of a workbook in which sheet `name` stands `count` times (0 removes it)."""
    package = Package(parts)
    sheet = package.sheet(name)
    if sheet is None or count == 1:
        return dict(parts)
    made = dict(parts)
    book = copy.deepcopy(package.workbook)
    rels = parse_xml(parts[package.book_rels], package.book_rels)
    types = parse_xml(parts[TYPES], TYPES)
    element = list(book.iter(MAIN + "sheet"))[sheet.index]
    _shift_names(book, sheet.index, name, copy_titles(name, count))
    if count == 0:
        _remove(element, rels, types, sheet.part)
        del made[sheet.part]
        made.pop(rels_of(sheet.part), None)
    twin, links = _twin(parts, sheet.part)
    taken = sum(1 for r in rels if str(r.get("Id")).startswith(_COPY_ID))  # of another sheet's copies
    for position, title in enumerate(copy_titles(name, count)[1:], 1):
        rel = f"{_COPY_ID}{taken + position}"
        part = free_sheet_part(made)
        made |= {part: twin, **({rels_of(part): links} if links else {})}
        _add_sheet(book, element, title, position, rel)
        add_relationship(rels, rel, SHEET_REL, f"/{part}")
        add_type(types, part, SHEET_TYPE)
    made |= {package.book_part: xml_bytes(book), package.book_rels: xml_bytes(rels), TYPES: xml_bytes(types)}
    return made


def _twin(parts: Mapping[str, bytes], part: str) -> tuple[bytes, bytes]:
    """A copy of a sheet, and of its relationships as far as two sheets can share what they lead to.

    Links out of the workbook are shared. Drawings, comments, tables and printer settings belong to one sheet
    alone: the copy does without them, and without the elements that refer to them. So does it without being
    the sheet that opens, and without the code module of the original.
    """
    root = parse_xml(parts[part], part)
    for view in root.iter(MAIN + "sheetView"):
        view.attrib.pop("tabSelected", "")
    for properties in root.findall(MAIN + "sheetPr"):
        properties.attrib.pop("codeName", "")
    kept = {r.id for r in relations(parts, part) if r.external}
    for element in [e for e in root.iter() if e.get(REL_ID) is not None and e.get(REL_ID) not in kept]:
        if element.tag == MAIN + "pageSetup":
            del element.attrib[REL_ID]
        else:
            _cut(element)
    if not kept:
        return xml_bytes(root), b""
    links = parse_xml(parts[rels_of(part)], rels_of(part))
    for link in [e for e in links if e.get("Id") not in kept]:
        links.remove(link)
    return xml_bytes(root), xml_bytes(links)


def _cut(element: etree._Element) -> None:
    """Take an element out, and what holds nothing else: tableParts without a tablePart is damaged."""
    above = element.getparent()
    if above is None:
        return
    above.remove(element)
    if not len(above) and above.getparent() is not None:
        _cut(above)


def _add_sheet(book: etree._Element, element: etree._Element, title: str, position: int, rel: str) -> None:
    sheets = book.find(MAIN + "sheets")
    if sheets is None:
        return
    number = free_sheet_id(sheets)
    attributes = {"name": title, "sheetId": str(number), REL_ID: rel}
    sheets.insert(list(sheets).index(element) + position, etree.Element(MAIN + "sheet", attributes, PREFIXES))


def _remove(element: etree._Element, rels: etree._Element, types: etree._Element, part: str) -> None:
    rel = element.get(REL_ID)
    for found in [r for r in rels if r.get("Id") == rel]:
        rels.remove(found)
    for found in [t for t in types if t.get("PartName") == f"/{part}"]:
        types.remove(found)
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _shift_names(book: etree._Element, index: int, name: str, titles: list[str]) -> None:
    """Scope numbers count sheets: names of the copied sheet multiply, those of later sheets move."""
    names = book.find(MAIN + "definedNames")
    if names is None:
        return
    for element in list(names):
        scope = whole(element.get("localSheetId"), -1)
        if scope > index:
            element.set("localSheetId", str(scope + len(titles) - 1))
        elif scope == index:
            _multiply(names, element, index, name, titles)


def _multiply(names: etree._Element, element: etree._Element, index: int, name: str, titles: list[str]) -> None:
    for offset, title in enumerate(titles[1:], 1):
        twin = copy.deepcopy(element)
        twin.set("localSheetId", str(index + offset))
        twin.text = (element.text or "").replace(f"'{name}'!", f"'{title}'!").replace(f"{name}!", f"'{title}'!")
        names.append(twin)
    if not titles:
        names.remove(element)
