"""Cells shown as a percentage (百分比格式): typing 95% into a cell makes Excel store 0.95 and show 95%."""

from __future__ import annotations

import re

from toolkit.ooxml import MAIN, parse_xml

STYLES = "xl/styles.xml"
_BUILT_IN = {"9", "10"}  # 0% and 0.00%, which no styles part spells out
_QUOTED = re.compile(r'"[^"]*"|\\.')
_ADDRESS = re.compile(rb'\br="([A-Z]+\d+)"')


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
    cells = re.finditer(rb"<(?:\w+:)?c\b[^>]*\bs=\"(?:" + numbers + rb")\"[^>]*>", sheet)
    return frozenset(where[1].decode() for cell in cells if (where := _ADDRESS.search(cell[0])))
