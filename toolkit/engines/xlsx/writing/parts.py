"""Parts changed and written (部件改写): free names, relationships, types, the schema's order, the zip."""

from __future__ import annotations

import io
import zipfile
from itertools import chain, count
from typing import TYPE_CHECKING

from lxml import etree

from toolkit.core.patterns import late
from toolkit.engines.xlsx.formulas import whole
from toolkit.engines.xlsx.package import MAIN, Package, parse_xml, relations
from toolkit.engines.xlsx.zip import TYPES, joined, packed, rels_of, replace_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

_CHARACTER = late(rb"&#(\d{4,6});")  # from 1000 on, far from anything that XML must escape

_DEFAULT_TYPE = late(rb'(<c r="[A-Z]+\d+"(?: s="\d+")?) t="n" ?/>')

_IN_VAIN = late(rb"<((?:odd|even|first)(?:Header|Footer))>\s*</\1>|<((?:odd|even|first)(?:Header|Footer)) ?/>")
_FONT_ORDER = (
    *("b", "i", "strike", "condense", "extend", "outline", "shadow", "u", "vertAlign", "sz", "color", "name"),
    *("family", "charset", "scheme"),
)
_MODIFIED = late(rb"(<dcterms:modified[^>]*>)[^<]*")


def free_sheet_id(sheets: etree._Element) -> int:
    """A sheetId that no sheet of the list has."""
    return max((whole(s.get("sheetId"), 0) for s in sheets.iter(MAIN + "sheet")), default=0) + 1


def free_sheet_part(parts: Iterable[str]) -> str:
    """A name for one more sheet, as every program names them."""
    taken = {name.casefold() for name in parts}
    free = (f"xl/worksheets/sheet{number}.xml" for number in count(1))
    return next(name for name in free if not {name, rels_of(name)} & taken)


def free_part(parts: Iterable[str], name: str) -> str:
    """A part's usual name, or with a number where another part has it already."""
    taken = {known.casefold() for known in parts}
    stem, dot, ending = name.rpartition(".")
    numbered = (f"{stem}{number}{dot}{ending}" for number in count(1))
    return next(free for free in chain([name], numbered) if free.casefold() not in taken)


def free_id(rels: etree._Element) -> str:
    """An id that no relationship of a list has."""
    taken = {r.get("Id") for r in rels}
    number = len(taken) + 1
    while f"rId{number}" in taken:
        number += 1
    return f"rId{number}"


def rewritten(
    data: bytes, package: Package, changed: Mapping[str, bytes], dropped: AbstractSet[str] = frozenset()
) -> bytes:
    """The workbook's bytes with some parts replaced, added or `dropped`.

    The list of calculated cells (calcChain) goes with any change of a sheet: Excel repairs a workbook whose
    list names a cell without formula, and makes a missing list anew.
    """
    touched = changed.keys() & {s.part for s in package.sheets}
    if not touched or package.related("calcChain") is None:
        return replace_parts(data, changed, dropped)
    fewer, chain = without_calc_chain({**package.parts, **changed})
    return replace_parts(data, {**changed, **fewer}, {chain, *dropped})


def without_calc_chain(parts: Mapping[str, bytes]) -> tuple[dict[str, bytes], str]:
    """The parts that must change for the list of calculated cells to go, and the part that it is ("" without one)."""
    package = Package(parts)
    chain = package.related("calcChain")
    if chain is None:
        return {}, ""
    rels, types = parse_xml(parts[package.book_rels], package.book_rels), parse_xml(parts[TYPES], TYPES)
    ids = {r.id for r in relations(parts, package.book_part) if r.target == chain}
    _drop(rels, lambda e: e.get("Id") in ids)
    _drop(types, lambda e: (e.get("PartName") or "").casefold() == f"/{chain}".casefold())
    return {package.book_rels: xml_bytes(rels), TYPES: xml_bytes(types)}, chain


def _drop(root: etree._Element, which: Callable[[etree._Element], bool]) -> None:
    for element in [e for e in root if which(e)]:
        root.remove(element)


def xml_bytes(root: etree._Element) -> bytes:
    """A part as it is written."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def write_parts(parts: Iterable[tuple[str, bytes]], *, own: bool = False) -> bytes:
    """Zip parts deterministically, in the order given; `own` marks a finished file of ours."""
    return joined((packed(name, data, 6) for name, data in parts), own=own)


def normalise_package(data: bytes) -> bytes:
    """Rewrite a zip that a library made, with fixed times, so that a rebuild gives the same bytes."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return write_parts(
            (i.filename, _MODIFIED.sub(rb"\g<1>2024-01-01T00:00:00Z", _lean(i.filename, archive.read(i))))
            for i in archive.infolist()
        )


def _lean(name: str, data: bytes) -> bytes:
    """The same XML without what openpyxl writes in vain or out of order.

    Chinese as &#25972;, the default type and empty headers go; the children of a font stand in the schema's order.
    """
    if not name.endswith(".xml"):
        return data
    if name == "xl/styles.xml":
        styles = parse_xml(data, name)
        order_fonts(styles)
        return xml_bytes(styles)
    plain = _CHARACTER.sub(lambda m: chr(int(m[1])).encode(), data)
    return _IN_VAIN.sub(b"", _DEFAULT_TYPE.sub(rb"\1/>", plain)) if "/worksheets/" in name else plain


def insert_in_order(root: etree._Element, made: etree._Element, order: Sequence[str], *, first: bool = False) -> None:
    """Put an element in at its place in the schema's order, behind those of its own name, or `first` of them."""
    place = order.index(etree.QName(made).localname) + (not first)
    behind = {MAIN + name for name in order[place:]}
    root.insert(next((i for i, e in enumerate(root) if e.tag in behind), len(root)), made)


def order_fonts(styles: etree._Element) -> None:
    """Put the children of every font in the schema's order, which openpyxl does not keep."""
    places = {MAIN + name: place for place, name in enumerate(_FONT_ORDER)}
    for font in styles.iter(MAIN + "font"):
        font[:] = sorted(font, key=lambda child: places.get(str(child.tag), len(places)))


_RELS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"


def add_relationship(rels: etree._Element, rel_id: str, kind: str, target: str, *, outside: bool = False) -> None:
    """Add one relationship to a .rels root; an id that is taken gives way to the new one."""
    for old in [r for r in rels if r.get("Id") == rel_id]:
        rels.remove(old)
    mode = {"TargetMode": "External"} if outside else {}
    etree.SubElement(rels, _RELS + "Relationship", {"Id": rel_id, "Type": kind, "Target": target, **mode})


def add_type(types: etree._Element, part: str, kind: str) -> None:
    """Declare the content type of a part."""
    etree.SubElement(types, _TYPES + "Override", {"PartName": f"/{part}", "ContentType": kind})
