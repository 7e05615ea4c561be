"""A workbook as Excel would save it again (像 Excel 那样另存): same content, with all that Excel adds on its own.

Texts shared, the list of calculated cells, printer settings for each sheet, a comment with its drawing, extension
lists, ignored errors, row spans and revision ids.
"""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from toolkit.engines.xlsx.package import MAIN, Package, parse_xml
from toolkit.engines.xlsx.writing.parts import add_relationship, add_type, free_id, write_parts, xml_bytes
from toolkit.engines.xlsx.zip import TYPES, inflate, rels_of

N = MAIN[1:-1]
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
REL_ID = f"{{{R}}}id"
_SHEET_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_NO_RELS = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'
_BEHIND_ERRORS = ("smartTags", "drawing", "legacyDrawing", "legacyDrawingHF", "picture", "tableParts", "extLst")
_SPACES = {
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "x14ac": "http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac",
    "xr": "http://schemas.microsoft.com/office/spreadsheetml/2014/revision",
}
_X14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
_XM = "http://schemas.microsoft.com/office/excel/2006/main"
_EXTENSIONS = f"""<extLst xmlns="{N}"><ext uri="{{78C0D931-6437-407d-A8EE-F0AAD7539E65}}" xmlns:x14="{_X14}">
<x14:conditionalFormattings><x14:conditionalFormatting xmlns:xm="{_XM}"><x14:cfRule type="expression" priority="99"
id="{{00E00000-0001-0000-0000-000000000001}}"><xm:f>TRUE</xm:f><x14:dxf><fill><patternFill><bgColor rgb="FFFFFF00"/>
</patternFill></fill></x14:dxf></x14:cfRule><xm:sqref>Z1</xm:sqref></x14:conditionalFormatting>
</x14:conditionalFormattings></ext></extLst>"""
_DRAWING = """<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"
xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="{0}"/>
</o:shapelayout><v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe"/>
<v:shape id="_x0000_s{1}" type="#_x0000_t202" style="position:absolute;visibility:hidden"><x:ClientData
ObjectType="Note"><x:Anchor>3, 15, 3, 2, 5, 15, 7, 4</x:Anchor><x:Row>4</x:Row><x:Column>1</x:Column></x:ClientData>
</v:shape></xml>"""


def excel_like(data: bytes) -> bytes:
    """The workbook saved again."""
    parts = inflate(data)
    package = Package(parts)
    saver = _Saver(parts)
    ids = [element.get("sheetId") or "" for element in package.workbook.iter(MAIN + "sheet")]
    for number, sheet in enumerate(package.sheets, 1):
        parts[sheet.part] = saver.sheet(sheet.part, number, ids[sheet.index])
    saver.lists(package)
    return write_parts(parts.items())


class _Saver:
    def __init__(self, parts: dict[str, bytes]) -> None:
        self.parts = parts
        self.types = parse_xml(parts[TYPES], TYPES)
        self.texts: dict[str, int] = {}
        self.chain: list[tuple[str, str]] = []

    def sheet(self, part: str, number: int, own: str) -> bytes:
        old = parse_xml(self.parts[part], part)
        known: Any = {None: N, "r": R, **_SPACES}  # the stubs know no default namespace
        root = etree.Element(MAIN + "worksheet", None, known)
        for name, value in old.attrib.items():
            root.set(name, value)
        root.set(f"{{{_SPACES['mc']}}}Ignorable", "x14ac xr")
        root.set(f"{{{_SPACES['xr']}}}uid", f"{{00000000-0001-0000-0000-0000000000{number:02d}}}")
        root.extend(list(old))
        for row in root.iter(MAIN + "row"):
            row.set("spans", "1:12")
            row.set(f"{{{_SPACES['x14ac']}}}dyDescent", "0.15")
            for cell in row:
                self._cell(cell, own)
        for setup in root.iter(MAIN + "pageSetup"):
            name = f"xl/printerSettings/printerSettings{number}.bin"
            self.parts[name] = bytes(64)
            setup.set(REL_ID, self._link(part, "printerSettings", name))
        if number % 2 == 0 and root.find(MAIN + "legacyDrawing") is None:
            self._comment(root, part, number)
        if number % 3 == 0 and root.find(MAIN + "extLst") is None:
            root.append(etree.fromstring(_EXTENSIONS))
        return xml_bytes(root)

    def _cell(self, cell: etree._Element, own: str) -> None:
        inline, value = cell.find(MAIN + "is"), cell.find(MAIN + "v")
        if cell.get("t") == "inlineStr" and inline is not None:
            text = "".join(t.text or "" for t in inline.iter(MAIN + "t"))
            cell.remove(inline)
            cell.set("t", "s")
            etree.SubElement(cell, MAIN + "v").text = str(self.texts.setdefault(text, len(self.texts)))
        elif value is not None and not value.text and cell.get("t") != "str":
            cell.remove(value)
        if cell.find(MAIN + "f") is not None:
            self.chain.append((cell.get("r") or "", own))

    def _comment(self, root: etree._Element, part: str, number: int) -> None:
        comments, drawing = f"xl/comments{number}.xml", f"xl/drawings/vmlDrawing9{number}.vml"
        text = "<text><r><t>请核实</t></r></text>"
        self.parts[comments] = (
            f'<comments xmlns="{N}"><authors><author>张三</author></authors><commentList>'
            f'<comment ref="B5" authorId="0">{text}</comment></commentList></comments>'
        ).encode()
        add_type(self.types, comments, f"{_SHEET_TYPES}.comments+xml")
        self.parts[drawing] = _DRAWING.format(number + 20, (number + 20) * 1024 + 1).encode()
        self._default("vml", "application/vnd.openxmlformats-officedocument.vmlDrawing")
        self._link(part, "comments", comments)
        errors = etree.Element(MAIN + "ignoredErrors")
        etree.SubElement(errors, MAIN + "ignoredError", {"sqref": "A1:B2", "numberStoredAsText": "1"})
        legacy = etree.Element(MAIN + "legacyDrawing", {REL_ID: self._link(part, "vmlDrawing", drawing)})
        for element, behind in ((errors, _BEHIND_ERRORS), (legacy, _BEHIND_ERRORS[3:])):
            places = [i for i, e in enumerate(root) if etree.QName(e).localname in behind]
            root.insert(min(places, default=len(root)), element)

    def _link(self, part: str, kind: str, target: str) -> str:
        name = rels_of(part)
        rels = parse_xml(self.parts.get(name, _NO_RELS), name)
        made = free_id(rels)
        add_relationship(rels, made, f"{R}/{kind}", f"/{target}")
        self.parts[name] = xml_bytes(rels)
        return made

    def _default(self, extension: str, kind: str) -> None:
        if not any(t.get("Extension") == extension for t in self.types):
            tag = str(self.types[0].tag).rpartition("}")[0] + "}Default"
            self.types.insert(0, etree.Element(tag, {"Extension": extension, "ContentType": kind}))

    def lists(self, package: Package) -> None:
        """Shared texts, calculated cells, content types."""
        texts = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in self.texts)
        self._listed(package, "sharedStrings", f'<sst xmlns="{N}">{texts}</sst>')
        cells = "".join(f'<c r="{where}" i="{own}"/>' for where, own in self.chain)
        if cells:
            self._listed(package, "calcChain", f'<calcChain xmlns="{N}">{cells}</calcChain>')
        if "xl/vbaProject.bin" in self.parts:  # Excel keeps .bin for printer settings
            for kind in [t for t in self.types if t.get("Extension") == "bin"]:
                self.types.remove(kind)
            add_type(self.types, "xl/vbaProject.bin", "application/vnd.ms-office.vbaProject")
        self._default("bin", f"{_SHEET_TYPES}.printerSettings")
        self.parts[TYPES] = xml_bytes(self.types)

    def _listed(self, package: Package, kind: str, xml: str) -> None:
        part = f"xl/{kind}.xml"
        self.parts[part] = xml.encode()
        add_type(self.types, part, f"{_SHEET_TYPES}.{kind}+xml")
        self._link(package.book_part, kind, part)
