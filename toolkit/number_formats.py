"""Cells shown as a percentage (百分比格式): typing 95% into a cell makes Excel store 0.95 and show 95%."""

from __future__ import annotations

import re
from functools import lru_cache

from toolkit.ooxml import MAIN, parse_xml

STYLES = "xl/styles.xml"
_BUILT_IN = {"9", "10"}  # 0% and 0.00%, which no styles part spells out
_QUOTED = re.compile(r'"[^"]*"|\\.')
_CELL = re.compile(rb"<(?:\w+:)?c\s")
_ADDRESS = re.compile(rb'\br="([A-Z]+\d+)"')


@lru_cache(maxsize=64)
def percent_styles(styles: bytes) -> frozenset[str]:
    """The style numbers (`s` of a cell) whose number format is a percentage."""
    root = parse_xml(styles, STYLES)
    formats = {
        str(f.get("numFmtId")) for f in root.iter(MAIN + "numFmt") if "%" in _QUOTED.sub("", str(f.get("formatCode")))
    }
    cells = root.find(MAIN + "cellXfs")
    shown = formats | _BUILT_IN
    return frozenset(str(i) for i, xf in enumerate(cells if cells is not None else ()) if xf.get("numFmtId") in shown)


def percent_cells(sheet: bytes, styles: frozenset[str]) -> frozenset[str]:
    """The addresses of a sheet's XML whose cells have one of `styles`."""
    if not styles:
        return frozenset()
    numbers = "|".join(sorted(styles)).encode()
    used = re.finditer(rb's="(?:' + numbers + rb')"', sheet)
    tags = (sheet[sheet.rfind(b"<", 0, found.start()) : sheet.find(b">", found.end())] for found in used)
    return frozenset(where[1].decode() for tag in tags if _CELL.match(tag) and (where := _ADDRESS.search(tag)))
