"""填报表.xlsm: the built workbook with our VBA project and its form-control buttons (宏按钮).

The buttons are VML form controls: the one kind that Excel runs, LibreOffice binds and a library that
re-saves the file keeps.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import etree

from toolkit.core.patterns import late
from toolkit.engines.vba import read_project, vba_project
from toolkit.engines.xlsx import MAIN, PREFIXES, Package, code_name, parse_xml, rewritten, xml_bytes
from toolkit.publishing.workbooks.marks import MODULE

if TYPE_CHECKING:
    from collections.abc import Mapping

VBA_PART = "xl/vbaProject.bin"

_MACRO = late(r"(?m)^(?:Public )?Sub (\w+)")

_BOUND = "{urn:schemas-microsoft-com:office:excel}FmlaMacro"


def macro_source() -> dict[str, str]:
    """The VBA source that the package carries: module → text."""
    return {MODULE: (Path(__file__).parent / "vba_source" / f"{MODULE}.bas").read_text("ascii")}


def with_clean_macros(data: bytes, package: Package) -> bytes:
    """The workbook with our project as source again: compiled code that came with a file goes no further."""
    codes = [code for s in package.sheets if (code := code_name(package.parts[s.part]))]
    part = package.related("vbaProject") or VBA_PART
    return rewritten(data, package, {part: vba_project(macro_source(), dict.fromkeys(codes))})


def with_code_names(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """The parts of a macro workbook in which every sheet has a code module: the copies of project forms too."""
    package, made = Package(parts), dict(parts)
    part = package.related("vbaProject")
    if part is None:
        return made
    codes = {s.part: code_name(parts[s.part]) for s in package.sheets}
    free = (f"Sheet{number}" for number in count(1) if f"Sheet{number}" not in codes.values())
    for sheet in [sheet for sheet, code in codes.items() if not code]:
        codes[sheet] = next(free)
        made[sheet] = _with_code_name(parts[sheet], sheet, codes[sheet])
    return made | {part: vba_project(macro_source(), codes.values())}


def _with_code_name(xml: bytes, part: str, code: str) -> bytes:
    root = parse_xml(xml, part)
    properties = root.find(MAIN + "sheetPr")
    if properties is None:
        properties = etree.Element(MAIN + "sheetPr", None, PREFIXES)
        root.insert(0, properties)
    properties.set("codeName", code)
    return xml_bytes(root)


def dead_buttons(package: Package) -> tuple[str, ...]:
    """The macros that buttons of a workbook are bound to and that its project does not have.

    A host says nothing of such a button: Excel names the missing macro, LibreOffice drops the binding.
    """
    part = package.related("vbaProject")
    modules = {m.name: m.source for m in read_project(package.parts[part])} if part else {}
    own = {f"{name}.{macro}" for name, text in modules.items() for macro in _MACRO.findall(text)}
    drawings = (etree.fromstring(data, _forgiving()) for name, data in package.parts.items() if name.endswith(".vml"))
    bound = {e.text or "" for drawing in drawings for e in drawing.iter(_BOUND)}
    return tuple(sorted({macro.removeprefix("[0]!") for macro in bound} - own))


def _forgiving() -> etree.XMLParser:
    """Excel's drawings of controls need not be well-formed."""
    return etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
