"""Copies of a sheet inside a workbook package (工作表副本): one project form per project.

Sheet-scoped names travel with each copy, as they do when staff copy the sheet in Excel.
"""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING

from lxml import etree

from toolkit.engines.xlsx.package import (
    MAIN,
    PREFIXES,
    REL_ID,
    TYPES,
    WORKBOOK,
    WORKBOOK_RELS,
    Package,
    add_relationship,
    add_type,
    parse_xml,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"

# What two sheets cannot share: being the one that opens, and the code module of the original.
_ONLY_ONCE = re.compile(rb' (?:tabSelected="(?:1|true)"|codeName="[^"]*")')

_SHEET_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"


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
    rels = parse_xml(parts[WORKBOOK_RELS], WORKBOOK_RELS)
    types = parse_xml(parts[TYPES], TYPES)
    element = list(book.iter(MAIN + "sheet"))[sheet.index]
    _shift_names(book, sheet.index, name, copy_titles(name, count))
    if count == 0:
        _remove(element, rels, types, sheet.part)
        del made[sheet.part]
    for position, title in enumerate(copy_titles(name, count)[1:], 1):
        part = _free_part(made)
        made[part] = _ONLY_ONCE.sub(b"", parts[sheet.part])
        _add_sheet(book, element, title, position)
        add_relationship(rels, _copy_id(position), _SHEET_REL, f"/{part}")
        add_type(types, part, _SHEET_TYPE)
    made |= {WORKBOOK: _bytes(book), WORKBOOK_RELS: _bytes(rels), TYPES: _bytes(types)}
    return made


def _free_part(parts: Mapping[str, bytes]) -> str:
    number = 1
    while f"xl/worksheets/sheet{number}.xml" in parts:
        number += 1
    return f"xl/worksheets/sheet{number}.xml"


def _copy_id(position: int) -> str:
    return f"rIdCopy{position}"


def _add_sheet(book: etree._Element, element: etree._Element, title: str, position: int) -> None:
    sheets = book.find(MAIN + "sheets")
    if sheets is None:
        return
    number = max(int(s.get("sheetId", "0")) for s in sheets) + 1
    attributes = {"name": title, "sheetId": str(number), REL_ID: _copy_id(position)}
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
        scope = int(element.get("localSheetId", "-1"))
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


def _bytes(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
