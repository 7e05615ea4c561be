"""Looks of one workbook in another (样式并入): what the edited workbook has already is used, the rest is added."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from lxml import etree

from toolkit.engines.xlsx import MAIN, PREFIXES, STYLE_ORDER, insert_in_order, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping

_OWN_FORMATS = 164  # numbers from here on are a workbook's own formats


class Styles:
    """The styles of the edited workbook, taking in those of a freshly built one."""

    def __init__(self, root: etree._Element, fresh: etree._Element) -> None:
        """`root` takes in what it lacks; `cells` and `marks` say where each format of `fresh` stands in it."""
        self._root, self._fresh = root, fresh
        numbers = self._formats()
        fonts, fills, borders = (self._taken(part) for part in ("fonts", "fills", "borders"))
        maps = {"numFmtId": numbers, "fontId": fonts, "fillId": fills, "borderId": borders}
        self.cells = self._taken("cellXfs", lambda xf: _pointed(xf, maps))
        self.marks = self._taken("dxfs")

    def coloured(self, colours: Container[str]) -> Iterator[int]:
        """The marks that fill a cell with one of these colours, however a program wrote it."""
        for index, mark in enumerate(self._part("dxfs")):
            told = {str(c.get("rgb"))[-6:] for fill in mark.iter(MAIN + "fill") for c in fill.iter() if c.get("rgb")}
            if any(colour in colours for colour in told):
                yield index

    def _part(self, name: str) -> etree._Element:
        found = self._root.find(MAIN + name)
        if found is None:
            found = etree.Element(MAIN + name, {"count": "0"}, PREFIXES)
            insert_in_order(self._root, found, STYLE_ORDER)
        return found

    def _taken(self, name: str, change: Callable[[etree._Element], None] | None = None) -> dict[int, int]:
        """Index in the fresh workbook → index here."""
        here, fresh = self._part(name), self._fresh.find(MAIN + name)
        known = {_text(element): index for index, element in reversed(list(enumerate(here)))}
        found: dict[int, int] = {}
        for index, element in enumerate(fresh if fresh is not None else ()):
            made = copy.deepcopy(element)
            if change:
                change(made)
            text = _text(made)
            if text not in known:
                here.append(made)
                known[text] = len(here) - 1
            found[index] = known[text]
        here.set("count", str(len(here)))
        return found

    def _formats(self) -> dict[int, int]:
        fresh = self._fresh.find(MAIN + "numFmts")
        if fresh is None:
            return {}
        here = self._part("numFmts")
        known = {element.get("formatCode"): whole(element.get("numFmtId"), 0) for element in here}
        free = max((_OWN_FORMATS - 1, *known.values())) + 1
        found = {}
        for element in fresh:
            code = element.get("formatCode")
            if code not in known:
                etree.SubElement(here, MAIN + "numFmt", {"numFmtId": str(free), "formatCode": str(code)})
                known[code], free = free, free + 1
            found[whole(element.get("numFmtId"), 0)] = known[code]
        here.set("count", str(len(here)))
        return found


def shown_as(styles: etree._Element, look: int, number: str) -> int:
    """A look of the workbook with a format for numbers, where it has none of its own."""
    formats = styles.find(MAIN + "cellXfs")
    if formats is None or look >= len(formats) or formats[look].get("numFmtId", "0") != "0":
        return look
    made = copy.deepcopy(formats[look])
    made.set("numFmtId", number)
    made.set("applyNumberFormat", "1")
    known = [_text(xf) for xf in formats]
    if _text(made) in known:
        return known.index(_text(made))
    formats.append(made)
    formats.set("count", str(len(formats)))
    return len(formats) - 1


def _pointed(xf: etree._Element, maps: Mapping[str, Mapping[int, int]]) -> None:
    for key, numbers in maps.items():
        old = whole(xf.get(key), 0)
        xf.set(key, str(numbers.get(old, old)))
    xf.set("xfId", "0")


def _text(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True)
