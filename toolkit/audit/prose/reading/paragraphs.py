"""Reports as paragraphs (读报告): the text of a .docx or .txt file, numbered as a reader would count.

Every paragraph that is not blank has a number; a table row is one paragraph, its cells side by side, unless
a cell holds whole sentences: then each paragraph in it counts by itself. Revisions (修订) are read as accepted,
numbers that Word sets by itself (自动编号) as if typed; footnotes follow the text.
"""

from __future__ import annotations

import codecs
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from toolkit.audit.prose.reading.numbers import in_chinese
from toolkit.core.errors import UnreadableError
from toolkit.core.patterns import late
from toolkit.engines import read_input
from toolkit.engines.xlsx import COMPOUND_FILE, ENCRYPTED, inflate, parse_xml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from lxml import etree

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

_BODY = "word/document.xml"

_SKIPPED = frozenset(
    {f"{_W}del", f"{_W}moveFrom", "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}
)

_BREAKS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n"}

_CELL_OF_PROSE = 60  # from here on, with a full stop inside, a cell is text and not a label

_CHINESE = late(r"[\u4e00-\u9fff]")

_MAX_TEXT = 1_000_000

_SPACES = late(r"[ \t\u3000\xa0]+")

_UNSEEN = late("[\u200b-\u200f\u2060\ufeff\u00ad]")

# a figure broken by the end of a line, as texts out of a PDF have it: 1,26¶4.92万元, 1264.92¶万元
_OPEN_FIGURE = late(r"[\u4e00-\u9fff：:].*\d[.,，]?\s*$")

_REST_OF_FIGURE = late(r"\s*(?:[\d,，.]*\d\s*)?(?:[万亿千百]|元|%|个百分点|人[，。；次]|辆)")

# a line that the edge of a page breaks: how wide pages are in columns, how uneven the edge is; what ends a line, what
# begins something else, and what shows that two lines are one
_NARROWEST_PAGE, _WIDEST_PAGE, _RAGGED, _FILLED, _WIDER = 40, 110, 8, 2, 4

_ENDED = late(r"[。：:！？!?…]$")

_STARTS_ANEW = late(
    r"[（(]?(?:[一二三四五六七八九十]{1,3}|\d{1,2})(?:[、．）)]|[.](?!\d))|第[一二三四五六七八九十]+[部章节]|[①-⑳—-]|注[：:]"
)

_HANGS = late(r"[，,、（(“《]$")

_ENDS_OPEN = late(r"[\u4e00-\u9fff](?<![元人个件次辆户名项家台套])$")

_GOES_ON = late(r"[、，,。；;：:）)”》%％的了元万]|\d[\d,，.]*\s*(?:[百千]?[万亿]|元|[%％‰]|个百分点)")

_MOST_CIRCLED = 20

_NOTES = ("word/footnotes.xml", "word/endnotes.xml")


class Paragraph(NamedTuple):
    """One paragraph (段): its number from 1, its text, and whether it is a row of a table."""

    number: int
    text: str
    row: bool = False


def read_report(path: Path) -> tuple[Paragraph, ...]:
    """The paragraphs of a report.

    Raises:
        UnreadableError: missing, not a .docx or text file, protected, damaged, oversized or without Chinese text.
    """
    data = read_input(path, "请交文字版的报告。", "Word 或 WPS")
    try:
        found = number_paragraphs(_pieces(data, path.suffix.lower()))
    except UnreadableError as error:
        raise UnreadableError(f"{path.name}：{error}") from None
    if not any(_CHINESE.search(p.text) for p in found):
        raise UnreadableError(f"{path.name}：里面没有读到中文文字（可能是扫描的图片，或空白文件）。请交文字版的报告。")
    return found


def number_paragraphs(pieces: Iterable[tuple[str, bool]]) -> tuple[Paragraph, ...]:
    """(text, is a table row) → numbered paragraphs; blank ones are left out."""
    lines = [(tidy, row) for text, row in pieces for line in text.splitlines() if (tidy := _tidy(line))]
    whole = _with_whole_figures(_unwrapped(lines))
    return tuple(Paragraph(n, text, row) for n, (text, row) in enumerate(whole, 1))


def _unwrapped(lines: Sequence[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """Paragraphs whose lines were all broken at the edge of a page, as copies out of a PDF are, put together."""
    edge = _edge(lines)
    joined: list[tuple[str, bool]] = []
    goes_on = False
    for text, row in lines:
        if goes_on and not row and not _STARTS_ANEW.match(text):
            joined[-1] = (joined[-1][0] + text, False)
        else:
            joined.append((text, row))
        goes_on = edge > 0 and not row and _is_broken(text, edge)
    return joined


def _edge(lines: Sequence[tuple[str, bool]]) -> int:
    """How wide a page is whose edge breaks the lines; 0 where lines end with what they say.

    A line or two may be wider, where somebody has put two together.
    """
    widths = sorted({_columns(text) for text, row in lines if not row}, reverse=True)
    if not widths or widths[0] > _WIDEST_PAGE:
        return 0
    pairs = [(one, two) for (one, row), (two, other) in pairwise(lines) if not row and not other]
    return next((w for w in widths[:_WIDER] if w >= _NARROWEST_PAGE and _breaks(pairs, w)), 0)


def _breaks(pairs: Sequence[tuple[str, str]], edge: int) -> bool:
    """Whether lines are broken there: several reach it and say no end, and of these enough are seen to go on."""
    broken = [(one, two) for one, two in pairs if _is_broken(one, edge) and not _STARTS_ANEW.match(two)]
    within = sum(
        _HANGS.search(one) is not None or _GOES_ON.match(two) is not None or _is_filled(one, edge)
        for one, two in broken
    )
    return len(broken) > 1 and within * 4 >= len(broken)


def _is_broken(line: str, edge: int) -> bool:
    """It reaches the edge, and no sign says that it ends there; a semicolon does not."""
    return edge - _columns(line) <= _RAGGED and _ENDED.search(line) is None


def _is_filled(line: str, edge: int) -> bool:
    """It ends right at the edge, and not with a figure: a list whose items are of one length ends in figures."""
    return edge - _columns(line) <= _FILLED and _ENDS_OPEN.search(line) is not None


def _columns(line: str) -> int:
    """How wide a line is, without spaces: a page set wide has them between all characters."""
    return sum(1 if c.isascii() else 2 for c in line if not c.isspace())


def _with_whole_figures(lines: Iterable[tuple[str, bool]]) -> Iterator[tuple[str, bool]]:
    """Lines, with a figure that was broken in two put together."""
    pending = ""
    for text, row in lines:
        if pending and not row and _REST_OF_FIGURE.match(text):
            pending += text
        else:
            if pending:
                yield pending, False
            pending = "" if row else text
        if row or not _OPEN_FIGURE.search(pending[-40:]):
            yield (text if row else pending), row
            pending = ""
    if pending:
        yield pending, False


def _tidy(line: str) -> str:
    return _SPACES.sub(" ", _UNSEEN.sub("", line)).strip()


def _pieces(data: bytes, suffix: str) -> Iterator[tuple[str, bool]]:
    if not data:
        raise UnreadableError("文件是空的（0 字节）。请重新保存或重新拷贝后再交。")
    if data.startswith(COMPOUND_FILE):
        if ENCRYPTED in data:
            raise UnreadableError("文件设置了打开密码，无法读取。请在 Word 或 WPS 里取消密码，另存后再交。")
        raise UnreadableError("这是旧版 .doc 或 .wps 文件。请用 Word 或 WPS 打开，另存为 .docx 后再交。")
    if data.startswith(b"PK"):
        return _document(data)
    if suffix == ".docx" or data.startswith((b"%PDF", b"{\\rtf")):
        raise UnreadableError("这不是 .docx 文件（可能是 PDF、网页或其他文件改了扩展名）。请交 .docx 或 .txt。")
    return iter([(_decoded(data), False)])


def _decoded(data: bytes) -> str:
    """UTF-8 with or without BOM, UTF-16 with BOM, or the GB encodings of Chinese Windows."""
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if wide else (*_without_mark(data), "utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and len(text) <= _MAX_TEXT:
            return text
    if len(data) > _MAX_TEXT:
        raise UnreadableError("文字过多（超过 100 万字），不像一份报告，没有读取。")
    raise UnreadableError("不是文本文件，或编码认不出。请另存为 UTF-8 编码的 .txt，或交 .docx。")


def _without_mark(data: bytes) -> tuple[str, ...]:
    """UTF-16 without BOM: line ends and digits have a nought in every other byte."""
    start = data[:4000]
    if b"\0" not in start:
        return ()
    return ("utf-16-le",) if start[1::2].count(0) >= start[::2].count(0) else ("utf-16-be",)


def _document(data: bytes) -> Iterator[tuple[str, bool]]:
    parts = inflate(data)
    if _BODY not in parts:
        raise UnreadableError("这个文件不是 Word 文档（压缩包里没有正文）。请交 .docx 或 .txt。")
    numbering = Numbering(parts)
    found = list(_blocks(parse_xml(parts[_BODY], _BODY), numbering))
    for name in _NOTES:
        notes = parse_xml(parts[name], name) if name in parts else ()
        found += [block for note in notes if note.get(f"{_W}type") is None for block in _blocks(note, numbering)]
    if sum(len(text) for text, _ in found) > _MAX_TEXT:
        raise UnreadableError("文字过多（超过 100 万字），不像一份报告，没有读取。")
    return iter(found)


def _blocks(parent: etree._Element, numbering: Numbering) -> Iterator[tuple[str, bool]]:
    """Paragraphs and table rows below `parent`, whatever wrappers (content controls, text boxes) stand between."""
    joined = ""
    for child in parent:
        if child.tag in _SKIPPED or is_contents(child):
            continue
        if child.tag == f"{_W}p":
            text = joined + numbering.of(child) + _text_of(child)
            joined = text if child.find(f"{_W}pPr/{_W}rPr/{_W}del") is not None else ""  # its end was struck out
            if not joined:
                yield text, False
            for box in child.iter(f"{_W}txbxContent"):
                if not _inside_skipped(box, child):
                    yield from _blocks(box, numbering)
        elif child.tag == f"{_W}tr":
            yield from _row(child, numbering) if child.find(f"{_W}trPr/{_W}del") is None else ()
        else:
            yield from _blocks(child, numbering)
    if joined:
        yield joined, False


def is_contents(element: etree._Element) -> bool:
    """A line of a list of contents (目录), or its title: it says again what a heading says, and a page."""
    if element.tag != f"{_W}p":
        return False
    style = element.find(f"{_W}pPr/{_W}pStyle")
    links = (link.get(f"{_W}anchor", "") for link in element.iterfind(f"{_W}hyperlink"))
    named = style is not None and style.get(f"{_W}val", "").startswith("TOC")
    return named or any(anchor.startswith("_Toc") for anchor in links)


def _inside_skipped(box: etree._Element, paragraph: etree._Element) -> bool:
    for above in box.iterancestors():
        if above is paragraph:
            return False
        if above.tag in _SKIPPED or above.tag == f"{_W}txbxContent":
            return True
    return False


def _row(row: etree._Element, numbering: Numbering) -> Iterator[tuple[str, bool]]:
    cells = [
        [text for text, _ in _blocks(cell, numbering) if text.strip()]
        for cell in row.iter(f"{_W}tc")
        if _own(cell, row)
    ]
    texts = [" ".join(lines) for lines in cells]
    if any(len(t) >= _CELL_OF_PROSE and "。" in t for t in texts):
        for lines in cells:
            yield from ((line, False) for line in lines)
    else:
        yield " | ".join(texts) if any(texts) else "", True


def _own(cell: etree._Element, row: etree._Element) -> bool:
    """A cell of this row, not of a table inside one of its cells."""
    return next((a for a in cell.iterancestors() if a.tag == f"{_W}tr"), None) is row


def _text_of(paragraph: etree._Element) -> str:
    pieces: list[str] = []
    _gather(paragraph, pieces)
    return "".join(pieces)


def _gather(element: etree._Element, pieces: list[str]) -> None:
    for child in element:
        if child.tag in _SKIPPED or child.tag == f"{_W}txbxContent":
            continue
        if child.tag == f"{_W}t":
            pieces.append(child.text or "")
        elif child.tag in _BREAKS:
            pieces.append(_BREAKS[child.tag])
        else:
            _gather(child, pieces)


class Numbering:
    """What Word writes before a paragraph by itself (自动编号): 一、 （一） 1. （1）; bullets are nothing to read."""

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        """The lists of a document and of its styles; every count begins anew."""
        self._lists = _lists(parts)
        self._styles = _styles(parts)
        self._counts: dict[str, list[int]] = {}

    def of(self, paragraph: etree._Element) -> str:
        """The number of a paragraph; "" where Word sets none."""
        own = paragraph.find(f"{_W}pPr/{_W}numPr")
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        found = _num_of(own) if own is not None else None
        if found is None and style is not None:
            found = self._styles.get(style.get(f"{_W}val", ""))
        levels = self._lists.get(found[0], ()) if found else ()
        if found is None or found[1] >= len(levels):
            return ""
        number, level = found
        counts = self._counts.setdefault(number, [one.start - 1 for one in levels])
        counts[level] += 1
        counts[level + 1 :] = [one.start - 1 for one in levels[level + 1 :]]
        return levels[level].shown(counts, levels)


class Level(NamedTuple):
    """One level of a list: where it starts, how it counts, and what is written (第%1章, %1、)."""

    start: int
    kind: str
    text: str

    def shown(self, counts: list[int], levels: tuple[Level, ...]) -> str:
        """The text with the counts of this level and those above it."""
        if self.kind in {"bullet", "none"}:
            return ""
        text = self.text
        for place, (level, count) in enumerate(zip(levels, counts, strict=True), 1):
            text = text.replace(f"%{place}", _counted(max(count, level.start), level.kind))
        return text


def _counted(number: int, kind: str) -> str:
    if "hinese" in kind or "deograph" in kind or "apanese" in kind:
        return in_chinese(number)
    if kind == "decimalEnclosedCircle":
        return chr(ord("①") + number - 1) if number <= _MOST_CIRCLED else str(number)
    return str(number)


def _num_of(element: etree._Element) -> tuple[str, int] | None:
    number, level = element.find(f"{_W}numId"), element.find(f"{_W}ilvl")
    value = number.get(f"{_W}val", "0") if number is not None else "0"
    place = level.get(f"{_W}val", "0") if level is not None else "0"
    return (value, int(place)) if place.isdigit() else None


def _styles(parts: Mapping[str, bytes]) -> dict[str, tuple[str, int]]:
    """Styles of paragraphs that are numbered."""
    name = "word/styles.xml"
    found = {}
    for style in parse_xml(parts[name], name).iter(f"{_W}style") if name in parts else ():
        numbered = style.find(f"{_W}pPr/{_W}numPr")
        number = _num_of(numbered) if numbered is not None else None
        if number is not None:
            found[style.get(f"{_W}styleId", "")] = number
    return found


def _lists(parts: Mapping[str, bytes]) -> dict[str, tuple[Level, ...]]:
    """Number of a list → its levels."""
    name = "word/numbering.xml"
    if name not in parts:
        return {}
    root = parse_xml(parts[name], name)
    kinds = {a.get(f"{_W}abstractNumId"): tuple(map(_level, a.iter(f"{_W}lvl"))) for a in root.iter(f"{_W}abstractNum")}
    found = {}
    for number in root.iter(f"{_W}num"):
        kind = number.find(f"{_W}abstractNumId")
        found[number.get(f"{_W}numId", "")] = kinds.get(kind.get(f"{_W}val"), ()) if kind is not None else ()
    return found


def _level(element: etree._Element) -> Level:
    def value(tag: str, default: str) -> str:
        found = element.find(f"{_W}{tag}")
        return default if found is None else str(found.get(f"{_W}val", default))

    start = value("start", "1")
    return Level(int(start) if start.isdigit() else 1, value("numFmt", "decimal"), value("lvlText", ""))
