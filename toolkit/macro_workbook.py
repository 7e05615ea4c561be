"""填报表.xlsm: the built workbook with our VBA project and its form-control buttons (宏按钮).

The buttons are VML form controls: the one kind that Excel runs, LibreOffice binds and a library that
re-saves the file keeps.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from toolkit.button_places import MACROS, MODULE
from toolkit.ooxml import TYPES, WORKBOOK, WORKBOOK_RELS, Package
from toolkit.vba import WORKBOOK_MODULE, project, read_project
from toolkit.workbook_patch import rels_part
from toolkit.zip_parts import replace_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

VBA_PART = "xl/vbaProject.bin"
_VBA_REL = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
_VBA_TYPE = "application/vnd.ms-office.vbaProject"
_BOOK_TYPE = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_VML_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/vmlDrawing"
_VML_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_DOCUMENT_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_CODE_NAME = re.compile(rb'<(?:\w+:)?sheetPr\b[^>]*\bcodeName="(\w+)"')
_WIDTH, _HEIGHT, _GAP, _TOP = 112, 32, 10, 8  # pixels
_DEFAULT_WIDTH = 64


@dataclass(frozen=True, slots=True)
class ButtonRow:
    """Where a row of buttons stands: sheet, 1-based row, and the column that it starts in."""

    sheet: str
    row: int
    column: int


def macro_source() -> dict[str, str]:
    """The VBA source that the package carries: module → text."""
    return {MODULE: (files("toolkit") / "vba_source" / f"{MODULE}.bas").read_text("ascii")}


def with_macros(parts: Mapping[str, bytes], rows: Iterable[ButtonRow]) -> dict[str, bytes]:
    """The parts of a macro workbook: code names, VBA project, buttons, content types."""
    package = Package(parts)
    made = dict(parts)
    codes = {sheet.part: f"Sheet{i}" for i, sheet in enumerate(package.sheets, 1)}
    for part, code in codes.items():
        made[part] = _with_code_name(made[part], code)
    for number, row in enumerate(rows, 1):
        sheet = package.sheet(row.sheet)
        if sheet is not None:
            made |= _with_buttons(made, sheet.part, row, number)
    made[VBA_PART] = project(macro_source(), codes.values())
    made[WORKBOOK] = re.sub(
        rb"<workbookPr\b", b'<workbookPr codeName="%s"' % WORKBOOK_MODULE.encode(), made[WORKBOOK], count=1
    )
    link = f'<Relationship Id="rIdMacros" Type="{_VBA_REL}" Target="vbaProject.bin"/>'
    made[WORKBOOK_RELS] = _before_end(made[WORKBOOK_RELS], "Relationships", link)
    made[TYPES] = _with_types(made[TYPES])
    return made


def with_clean_macros(data: bytes, package: Package) -> bytes:
    """The workbook with our project as source again: compiled code that came with a file goes no further."""
    codes = [found[1].decode() for s in package.sheets if (found := _CODE_NAME.search(package.parts[s.part]))]
    return replace_parts(data, {VBA_PART: project(macro_source(), dict.fromkeys(codes))})


def _with_code_name(xml: bytes, code: str) -> bytes:
    return re.sub(rb"<sheetPr\b", b'<sheetPr codeName="%s"' % code.encode(), xml, count=1)


def _with_types(xml: bytes) -> bytes:
    xml = re.sub(
        rb"application/vnd\.openxmlformats-officedocument\.spreadsheetml\.sheet\.main\+xml", _BOOK_TYPE.encode(), xml
    )
    types = f'<Default Extension="bin" ContentType="{_VBA_TYPE}"/><Default Extension="vml" ContentType="{_VML_TYPE}"/>'
    return re.sub(rb"(<Types\b[^>]*>)", lambda m: m[1] + types.encode(), xml, count=1)


def _before_end(xml: bytes, element: str, text: str) -> bytes:
    end = f"</{element}>".encode()
    return xml.replace(end, text.encode() + end)


def _with_buttons(parts: Mapping[str, bytes], part: str, row: ButtonRow, number: int) -> dict[str, bytes]:
    drawing, rels = f"xl/drawings/vmlDrawing{number}.vml", rels_part(part)
    empty = f'<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="{_PACKAGE_RELS}"></Relationships>'
    link = f'<Relationship Id="rIdButtons" Type="{_VML_REL}" Target="../drawings/vmlDrawing{number}.vml"/>'
    legacy = f'<legacyDrawing xmlns:r="{_DOCUMENT_RELS}" r:id="rIdButtons"/>'
    return {
        part: _before_end(parts[part], "worksheet", legacy),
        rels: _before_end(parts.get(rels, empty.encode()), "Relationships", link),
        drawing: _vml(row, _column_pixels(parts[part]), number).encode(),
    }


def _column_pixels(xml: bytes) -> list[int]:
    """Widths of the first columns in pixels."""
    found: dict[int, int] = {}
    for match in re.finditer(rb"<col\b[^>]*>", xml):
        attributes = dict(re.findall(rb'(\w+)="([^"]*)"', match[0]))
        for column in range(int(attributes[b"min"]), min(int(attributes[b"max"]), 50) + 1):
            found[column] = int(float(attributes.get(b"width", b"8.43")) * 7 + 5)
    return [found.get(i, _DEFAULT_WIDTH) for i in range(1, 51)]


def _at(pixels: list[int], place: int) -> tuple[int, int]:
    """(0-based column, pixels into it) of a place measured from the left edge of the sheet."""
    for column, width in enumerate(pixels):
        if place < width:
            return column, place
        place -= width
    return len(pixels), place


def _vml(row: ButtonRow, pixels: list[int], number: int) -> str:
    start = sum(pixels[: row.column - 1]) + _GAP // 2
    shapes = "".join(
        _shape(caption, macro, (start + i * (_WIDTH + _GAP), row.row), pixels, 1024 * number + 1 + i)
        for i, (caption, macro) in enumerate(MACROS.items())
    )
    return (
        '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
        'xmlns:x="urn:schemas-microsoft-com:office:excel">'
        f'<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="{number}"/></o:shapelayout>'
        '<v:shapetype id="_x0000_t201" coordsize="21600,21600" o:spt="201" path="m,l,21600r21600,l21600,xe">'
        '<v:stroke joinstyle="miter"/><v:path shadowok="f" o:extrusionok="f" strokeok="f" fillok="f" '
        'o:connecttype="rect"/><o:lock v:ext="edit" shapetype="t"/></v:shapetype>'
        f"{shapes}</xml>"
    )


def _shape(caption: str, macro: str, place: tuple[int, int], pixels: list[int], number: int) -> str:
    left, row = place
    (first, into), (last, over) = _at(pixels, left), _at(pixels, left + _WIDTH)
    points = 0.75
    style = (
        f"position:absolute;margin-left:{left * points:g}pt;margin-top:{_TOP * points:g}pt;"
        f"width:{_WIDTH * points:g}pt;height:{_HEIGHT * points:g}pt;z-index:1;mso-wrap-style:tight"
    )
    anchor = f"{first}, {into}, {row - 1}, {_TOP}, {last}, {over}, {row - 1}, {_TOP + _HEIGHT}"
    return (
        f'<v:shape id="_x0000_s{number}" type="#_x0000_t201" style="{style}" o:button="t" '
        'fillcolor="buttonFace [67]" strokecolor="windowText [64]" o:insetmode="auto">'
        '<v:fill color2="buttonFace [67]" o:detectmouseclick="t"/><o:lock v:ext="edit" rotation="t"/>'
        '<v:textbox style="mso-direction-alt:auto" o:singleclick="f"><div style="text-align:center">'
        f'<font face="宋体" size="220" color="#000000">{caption}</font></div></v:textbox>'
        f'<x:ClientData ObjectType="Button"><x:Anchor>{anchor}</x:Anchor><x:PrintObject>False</x:PrintObject>'
        f"<x:AutoFill>False</x:AutoFill><x:FmlaMacro>[0]!{MODULE}.{macro}</x:FmlaMacro>"
        "<x:TextHAlign>Center</x:TextHAlign><x:TextVAlign>Center</x:TextVAlign></x:ClientData></v:shape>"
    )


def dead_buttons(package: Package) -> tuple[str, ...]:
    """The macros that buttons of a workbook are bound to and that its project does not have.

    A host says nothing of such a button: Excel names the missing macro, LibreOffice drops the binding.
    """
    modules = {m.name: m.source for m in read_project(package.parts[VBA_PART])}
    own = {
        f"{name}.{macro}" for name, text in modules.items() for macro in re.findall(r"(?m)^(?:Public )?Sub (\w+)", text)
    }
    drawings = (data.decode("utf-8", "replace") for name, data in package.parts.items() if name.endswith(".vml"))
    bound = {macro for drawing in drawings for macro in re.findall(r"FmlaMacro>\[0\]!([^<]+)<", drawing)}
    return tuple(sorted(bound - own))
