"""A sheet without its cells (去掉单元格的表): found by structure, changed around them, and put together again."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING
from xml.parsers import expat

from toolkit.core.errors import UnreadableError
from toolkit.engines.xlsx.package import parse_xml
from toolkit.engines.xlsx.writing.parts import xml_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

_CHUNK, _CELLS = 16384, b"sheetData"

_HERE = b"<?jixiao-cells?>"  # stands for the cells while the rest of a sheet is changed


def frame(xml: bytes) -> tuple[int, int]:
    """Where the cells of a well-formed sheet begin and end in its bytes, their element included."""
    first, name = _plain_start(xml) or _Head(xml).cells or (0, b"")
    if not name:
        raise UnreadableError("文件已损坏（有的工作表没有单元格部分）。请用 Excel 或 WPS 打开并另存一份再交。")
    return first, _end_of_cells(xml, first, name)


def _plain_start(xml: bytes) -> tuple[int, bytes] | None:
    """Where the cells begin, where the element has no prefix: no parser has to look for it, 0.4 ms of a unit."""
    with suppress(ValueError, IndexError):
        first = _outside_comments(xml, b"<" + _CELLS, 0)
        return (first, _CELLS) if xml[first + len(_CELLS) + 1] in b"> \t\r\n/" else None
    return None


class SheetFrame:
    """A sheet without its cells, to be changed: the cells are most of it, and go back byte for byte."""

    def __init__(self, xml: bytes, part: str) -> None:
        """Take the cells out."""
        start, end = frame(xml)
        self._cells = xml[start:end]
        self.root = parse_xml(xml[:start] + _HERE + xml[end:], part)

    def xml(self) -> bytes:
        """The sheet as it is now."""
        return xml_bytes(self.root).replace(_HERE, self._cells, 1)


def code_name(xml: bytes) -> str:
    """The name of a sheet's code module; "" where it has none."""
    return _Head(xml).code_name


class _Head:
    """What a sheet says before its cells; no further is read."""

    def __init__(self, xml: bytes) -> None:
        self.cells: tuple[int, bytes] | None = None
        self.code_name = ""
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        fed = 0
        try:
            while self.cells is None and fed < len(xml):
                self._parser.Parse(xml[fed : fed + _CHUNK], False)  # noqa: FBT003 - expat's own signature
                fed += _CHUNK
        except expat.ExpatError:  # a sheet that nobody had to read before
            raise UnreadableError("文件已损坏（有的工作表读不出来）。请用 Excel 或 WPS 打开并另存一份再交。") from None

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "sheetData" and self.cells is None:
            self.cells = self._parser.CurrentByteIndex, name.encode()
            self._parser.StartElementHandler = None  # what follows in this piece costs no call: half of the time
        elif local == "sheetPr" and self.cells is None:
            self.code_name = attributes.get("codeName", "")


def _end_of_cells(xml: bytes, first: int, name: bytes) -> int:
    tag = xml.index(b">", first) + 1  # sheetData has no attributes
    if xml[tag - 2 : tag] == b"/>":
        return tag
    close = xml.rfind(b"</" + name, first)
    if close < 0 or any(end in xml[close:] for _, end in _APART):  # perhaps inside of one: all cells are searched
        close = _outside_comments(xml, b"</" + name, first)
    return xml.index(b">", close) + 1


def behind_cells(xml: bytes) -> bytes:
    """What stands behind the cells of a sheet; all of it, where they are not found."""
    with suppress(ValueError):
        first, name = _plain_start(xml) or (0, b"")
        return xml[_end_of_cells(xml, first, name) :] if name else xml
    return xml


# Where in well-formed XML < stands for itself: comments, CDATA and PIs.
_APART = ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>"), (b"<?", b"?>"))


def _outside_comments(xml: bytes, wanted: bytes, at: int) -> int:
    """The first tag that is one."""
    found = xml.index(wanted, at)
    begun = [(start, end) for opening, end in _APART if (start := xml.find(opening, at, found)) >= 0]
    if not begun:
        return found
    start, closing = min(begun)
    return _outside_comments(xml, wanted, xml.index(closing, start) + len(closing))
