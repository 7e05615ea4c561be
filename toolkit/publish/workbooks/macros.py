"""填报表.xlsm: the built workbook with our VBA project and its form-control buttons (宏按钮).

The buttons are VML form controls: the one kind that Excel runs, LibreOffice binds and a library that
re-saves the file keeps.
"""

from __future__ import annotations

import re
from importlib.resources import files

from toolkit.engines.vba import read_project, vba_project
from toolkit.engines.xlsx import Package, rewritten
from toolkit.publish.workbooks.marks import MODULE

VBA_PART = "xl/vbaProject.bin"

_CODE_NAME = re.compile(rb'<(?:\w+:)?sheetPr\b[^>]*\bcodeName="(\w+)"')


def macro_source() -> dict[str, str]:
    """The VBA source that the package carries: module → text."""
    return {MODULE: (files("toolkit") / "publish" / "workbooks" / "vba_source" / f"{MODULE}.bas").read_text("ascii")}


def with_clean_macros(data: bytes, package: Package) -> bytes:
    """The workbook with our project as source again: compiled code that came with a file goes no further."""
    codes = [found[1].decode() for s in package.sheets if (found := _CODE_NAME.search(package.parts[s.part]))]
    return rewritten(data, package, {VBA_PART: vba_project(macro_source(), dict.fromkeys(codes))})


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
