"""批注 notes at cells: what is wrong here, said at the faulty cell itself; staff's own notes stay.

A note is two things, its text (comments part) and the box that shows it (VML). Ours are known again by their author,
so that a later run takes them off.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from lxml import etree

from toolkit.core.errors import UnreadableError
from toolkit.core.words import visible
from toolkit.engines.xlsx import (
    MAIN,
    PREFIXES,
    REL_ID,
    add_relationship,
    add_type,
    free_id,
    free_part,
    lines_of,
    parse_xml,
    place_of,
    relations,
    rels_of,
    whole,
    xml_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from toolkit.engines.xlsx import SheetFrame

_AUTHOR = "绩效自评工具"

_V, _O, _X = (
    "{urn:schemas-microsoft-com:vml}",
    "{urn:schemas-microsoft-com:office:office}",
    "{urn:schemas-microsoft-com:office:excel}",
)

_KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"

_TEXTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"

_BOXES_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"

_NO_RELS = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'

_NO_TEXTS = f'<comments xmlns="{MAIN[1:-1]}"><authors/><commentList/></comments>'.encode()

_NO_BOXES = (
    b'<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    b'xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/>'
    b"</o:shapelayout></xml>"
)

_SOME_BOXES = _NO_BOXES.decode().partition("<o:")[0] + "%s</xml>"

_BOX = (
    '<v:shape id="_x0000_s{number}" type="#_x0000_t202" fillcolor="#ffffe1" o:insetmode="auto" '
    'style="position:absolute;visibility:hidden"><v:fill color2="#ffffe1"/><v:path o:connecttype="none"/>'
    '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"/></v:textbox>'
    '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor>'
    "<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
)

_SHAPE_TYPE = (
    b'<v:shapetype xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    b'id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    b'<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)

# Elements that stand behind legacyDrawing in the schema's order.
_BEHIND = frozenset(
    MAIN + n
    for n in (
        *("legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts"),
        "extLst",
    )
)

_WIDTH, _LINE_PIXELS, _ROW_PIXELS = 300, 20, 27

_BOX_CHARACTERS = 40  # of a line in a box of that width


def has_notes(parts: Mapping[str, bytes], part: str) -> bool:
    """Whether a sheet has notes of anybody, as far as its relationships can be read."""
    with suppress(UnreadableError):
        return any(r.kind == "comments" for r in relations(parts, part))
    return False


def noted(
    parts: Mapping[str, bytes], part: str, sheet: SheetFrame, notes: Mapping[str, str], types: etree._Element
) -> dict[str, bytes]:
    """The parts that change so that cells of `sheet` carry these notes; new parts are declared in `types`.

    A drawing that cannot be read is left alone, and the sheet goes without notes: the list tells everything.
    """
    try:
        found = _Sheet(parts, part, sheet)
    except UnreadableError:
        return {}
    if not found.renewed(notes):
        return {}
    return found.changed(types)


class _Sheet:
    """One sheet with what belongs to its notes."""

    def __init__(self, parts: Mapping[str, bytes], part: str, sheet: SheetFrame) -> None:
        self.parts, self.part, self.sheet = parts, part, sheet
        known = relations(parts, part)
        self.rels = parse_xml(parts.get(rels_of(part), _NO_RELS), rels_of(part))
        link = self.sheet.root.find(MAIN + "legacyDrawing")
        boxes = next((r.target for r in known if link is not None and r.id == link.get(REL_ID)), "")
        texts = next((r.target for r in known if r.kind == "comments" and r.target in parts), "")
        self.texts_part, self.boxes_part = texts, boxes if boxes in parts else ""
        self.texts = parse_xml(parts.get(texts, _NO_TEXTS), texts)
        self.boxes = parse_xml(parts.get(self.boxes_part, _NO_BOXES), self.boxes_part)

    def renewed(self, notes: Mapping[str, str]) -> bool:
        """Old notes of ours off, new ones on; False where nothing changes."""
        listed = self.texts.find(MAIN + "commentList")
        authors = self.texts.find(MAIN + "authors")
        if listed is None or authors is None:
            return False
        names = [a.text or "" for a in authors]
        ours = {str(i) for i, name in enumerate(names) if name == _AUTHOR}
        gone = [c for c in listed if c.get("authorId") in ours]
        for comment in gone:
            listed.remove(comment)
        self._without_boxes({place_of(c.get("ref") or "A1") for c in gone})
        taken = {c.get("ref") for c in listed}
        wanted = {where: text for where, text in notes.items() if where not in taken}
        if wanted and not ours:
            etree.SubElement(authors, MAIN + "author").text = _AUTHOR
            ours = {str(len(names))}
        if wanted and all(s.get("id") != "_x0000_t202" for s in self.boxes.iter(_V + "shapetype")):
            self.boxes.append(etree.fromstring(_SHAPE_TYPE))
        used = [whole((s.get("id") or "").rpartition("_s")[2], 0) for s in self.boxes.iter(_V + "shape")]
        boxes: list[str] = []
        for number, (where, text) in enumerate(wanted.items(), max([1024, *used]) + 1):
            self._add(listed, where, text, next(iter(ours)))
            boxes.append(self._box(number, *place_of(where), text))
        self.boxes.extend(etree.fromstring(_SOME_BOXES % "".join(boxes)))
        return bool(wanted or gone)

    def _without_boxes(self, places: set[tuple[int, int]]) -> None:
        for shape in list(self.boxes.iter(_V + "shape")):
            data = shape.find(_X + "ClientData")
            if data is None or data.get("ObjectType") != "Note":
                continue
            row, column = (whole(data.findtext(_X + name), -1) + 1 for name in ("Row", "Column"))
            above = shape.getparent()
            if (row, column) in places and above is not None:
                above.remove(shape)

    def _add(self, listed: etree._Element, where: str, text: str, author: str) -> None:
        comment = etree.SubElement(listed, MAIN + "comment", {"ref": where, "authorId": author})
        run = etree.SubElement(etree.SubElement(comment, MAIN + "text"), MAIN + "t")
        run.text = visible(text)
        run.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")

    def _box(self, number: int, row: int, column: int, text: str) -> str:
        """A hidden box beside the cell, as high as its text needs."""
        last, into = self._reaching(column)
        rows = -(-(lines_of(text, _BOX_CHARACTERS) + 1) * _LINE_PIXELS // _ROW_PIXELS)
        above = max(0, row - 2)
        anchor = f"{column}, 15, {above}, 10, {last}, {into}, {above + rows}, 10"
        return _BOX.format(number=number, anchor=anchor, row=row - 1, column=column - 1)

    def _reaching(self, column: int) -> tuple[int, int]:
        """(0-based column, pixels into it) where a box that begins right of a column ends."""
        left, at = _WIDTH + 15, column
        while left > (wide := self._pixels(at + 1)):
            left, at = left - wide, at + 1
        return at, left

    def _pixels(self, column: int) -> int:
        return next((wide for first, last, wide in self._columns if first <= column <= last), 64)

    @cached_property
    def _columns(self) -> list[tuple[int, int, int]]:
        """(first, last, pixels) of the columns that the sheet gives a width, the last word first."""
        told = reversed(list(self.sheet.root.iter(MAIN + "col")))
        return [
            (whole(c.get("min"), 1), whole(c.get("max"), 1), round(float(c.get("width") or 9) * 7 + 5)) for c in told
        ]

    def changed(self, types: etree._Element) -> dict[str, bytes]:
        """Everything as it is written."""
        made = {}
        if not self.texts_part:
            self.texts_part = self._new("xl/comments.xml", "comments", _TEXTS_TYPE, types)
        if not self.boxes_part:
            self.boxes_part = self._new("xl/drawings/vmlDrawing.vml", "vmlDrawing", _BOXES_TYPE, types)
            link = etree.Element(MAIN + "legacyDrawing", {REL_ID: self.rels[-1].get("Id") or ""}, PREFIXES)
            root = self.sheet.root
            root.insert(next((i for i, e in enumerate(root) if e.tag in _BEHIND), len(root)), link)
            made[self.part] = self.sheet.xml()
        made[self.texts_part], made[self.boxes_part] = xml_bytes(self.texts), xml_bytes(self.boxes)
        made[rels_of(self.part)] = xml_bytes(self.rels)
        return made

    def _new(self, usual: str, kind: str, content: str, types: etree._Element) -> str:
        part = free_part(self.parts, usual)
        add_relationship(self.rels, free_id(self.rels), _KINDS + kind, f"/{part}")
        add_type(types, part, content)
        return part
