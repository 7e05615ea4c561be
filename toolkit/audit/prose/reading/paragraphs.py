"""Reports as paragraphs (读报告): the text of a .docx or .txt file, numbered as a reader would count.

Every paragraph that is not blank has a number; a table row is one paragraph, its cells side by side, unless
a cell holds whole sentences: then each paragraph in it counts by itself. Deleted text (修订) is not read.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, NamedTuple

from toolkit.core.errors import UnreadableError
from toolkit.engines import read_input
from toolkit.engines.xlsx import COMPOUND_FILE, ENCRYPTED, inflate, parse_xml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from lxml import etree

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

_BODY = "word/document.xml"

_SKIPPED = frozenset(
    {f"{_W}del", f"{_W}moveFrom", "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}
)

_BREAKS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n"}

_CELL_OF_PROSE = 60  # from here on, with a full stop inside, a cell is text and not a label

_CHINESE = re.compile(r"[\u4e00-\u9fff]")

_MAX_TEXT = 1_000_000

_SPACES = re.compile(r"[ \t\u3000\xa0\u200b\ufeff]+")


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
    lines = [(_tidy(line), row) for text, row in pieces for line in text.splitlines()]
    return tuple(Paragraph(n, text, row) for n, (text, row) in enumerate(filter(lambda p: p[0], lines), 1))


def _tidy(line: str) -> str:
    return _SPACES.sub(" ", line).strip()


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
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and len(text) <= _MAX_TEXT:
            return text
    if len(data) > _MAX_TEXT:
        raise UnreadableError("文字过多（超过 100 万字），不像一份报告，没有读取。")
    raise UnreadableError("不是文本文件，或编码认不出。请另存为 UTF-8 编码的 .txt，或交 .docx。")


def _document(data: bytes) -> Iterator[tuple[str, bool]]:
    parts = inflate(data)
    if _BODY not in parts:
        raise UnreadableError("这个文件不是 Word 文档（压缩包里没有正文）。请交 .docx 或 .txt。")
    root = parse_xml(parts[_BODY], _BODY)
    found = list(_blocks(root))
    if sum(len(text) for text, _ in found) > _MAX_TEXT:
        raise UnreadableError("文字过多（超过 100 万字），不像一份报告，没有读取。")
    return iter(found)


def _blocks(parent: etree._Element) -> Iterator[tuple[str, bool]]:
    """Paragraphs and table rows below `parent`, whatever wrappers (content controls, text boxes) stand between."""
    for child in parent:
        if child.tag in _SKIPPED:
            continue
        if child.tag == f"{_W}p":
            yield _text_of(child), False
            for box in child.iter(f"{_W}txbxContent"):
                if not _inside_skipped(box, child):
                    yield from _blocks(box)
        elif child.tag == f"{_W}tr":
            yield from _row(child)
        else:
            yield from _blocks(child)


def _inside_skipped(box: etree._Element, paragraph: etree._Element) -> bool:
    for above in box.iterancestors():
        if above is paragraph:
            return False
        if above.tag in _SKIPPED or above.tag == f"{_W}txbxContent":
            return True
    return False


def _row(row: etree._Element) -> Iterator[tuple[str, bool]]:
    cells = [[text for text, _ in _blocks(cell) if text.strip()] for cell in row.iter(f"{_W}tc") if _own(cell, row)]
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
