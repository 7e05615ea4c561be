"""Parts heard as streams of events, and the texts (文字) that the cells of a workbook share."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.parsers import expat

from toolkit.core.errors import UnreadableError
from toolkit.core.patterns import late
from toolkit.core.words import in_chinese
from toolkit.engines.xlsx.package import MAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

# A footnote's 1 is raised by its look alone; without it 886.83¹ would be 886.831.
_SIGNS = {
    "superscript": str.maketrans("0123456789+-()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾"),
    "subscript": str.maketrans("0123456789+-()", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎"),
}
_ESCAPED = late(r"_x([0-9A-Fa-f]{4})_")


def parser_of(part: str, separator: str | None = "}") -> expat.XMLParserType:
    """A parser that joins namespaces and names with a separator, or leaves them as they are written."""
    parser = expat.ParserCreate(namespace_separator=separator)
    parser.buffer_text = True

    def refused(*_: object) -> None:
        raise UnreadableError(
            f"文件的内部结构不安全（{part} 含有文档类型声明），没有读取。请用 Excel 或 WPS 另存一份再交。"
        )

    parser.StartDoctypeDeclHandler = refused
    return parser


def parse(parser: expat.XMLParserType, xml: bytes, part: str) -> None:
    """Have a part listened to, to its end.

    Raises:
        UnreadableError: it is damaged, or declares a document type.
    """
    try:
        parser.Parse(xml, True)  # noqa: FBT003 - expat's own signature
    except (expat.ExpatError, ValueError) as error:
        raise UnreadableError(
            f"文件已损坏（{part} 读不出来：{in_chinese(error, '内容残缺')}）。请用 Excel 或 WPS 打开并另存一份再交。"
        ) from None
    finally:  # no circle with its listener keeps it: each holds as much as the part, 30 MB of 300 project forms
        parser.StartElementHandler = parser.EndElementHandler = parser.CharacterDataHandler = None


def as_seen(text: str, raised: str) -> str:
    """The text of a run; digits that its look alone raises or lowers are the signs that they show."""
    return text.translate(_SIGNS[raised]) if raised in _SIGNS else text


def unescaped(text: str) -> str:
    """_x0041_ → A: how OOXML writes signs that XML cannot hold."""
    return _whole(_ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)) if "_x" in text else text


def _whole(text: str) -> str:
    """Two halves of a sign are that sign; one alone is none, and no file can hold it."""
    if text.isprintable():  # halves are not
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def read_texts(xml: bytes, part: str) -> tuple[str, ...]:
    """The texts that the cells of a workbook share.

    Raises:
        UnreadableError: the part is damaged, or declares a document type.
    """
    listener = _Texts(parser_of(part))
    parse(listener.parser, xml, part)
    return tuple(listener.found)


class _Texts:
    """Listens to the part of shared texts; the readings of characters (拼音) are none of them."""

    def __init__(self, parser: expat.XMLParserType) -> None:
        self.parser, self.found = parser, list[str]()
        self._pieces: list[str] = []
        self._reading = False
        self._raised = ""
        parser.StartElementHandler, parser.EndElementHandler = self.start, self.end

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == _TEXT and not self._reading:
            self.parser.CharacterDataHandler = self._sign if self._raised else self._pieces.append
        elif name == _RAISED:
            self._raised = attributes.get("val", "")
        elif name == _READING:
            self._reading = True

    def _sign(self, text: str) -> None:
        self._pieces.append(as_seen(text, self._raised))

    def end(self, name: str) -> None:
        if name == _TEXT:
            self.parser.CharacterDataHandler, self._raised = None, ""
        elif name == _READING:
            self._reading = False
        elif name == _ITEM:
            self.found.append(unescaped("".join(self._pieces)))
            self._pieces.clear()


# As expat joins namespace and name.
_TEXT, _READING, _ITEM, _RAISED = (f"{MAIN[1:]}{name}" for name in ("t", "rPh", "si", "vertAlign"))
