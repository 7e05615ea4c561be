"""Looking for words in every byte of a file (逐字节查找): unzipped, part by part, in every encoding and notation."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


def pieces(path: Path) -> Iterator[tuple[str, bytes]]:
    """A file as it stands, each part of it unzipped, and the text of each part without its tags."""
    yield from _pieces(path.name, path.read_bytes())


def _pieces(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    yield name, data
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield f"{name} 注释", archive.comment
            for info in archive.infolist():
                yield f"{name}!{info.filename} 名称", info.filename.encode() + info.comment + info.extra
                yield from _pieces(f"{name}!{info.filename}", archive.read(info))
    elif name.endswith((".xml", ".rels")):
        yield f"{name} 文字", re.sub(rb"<[^>]*>", b"", data)


def notations(word: str) -> set[bytes]:
    """A word in every encoding that a file could hold it in."""
    json_text = json.dumps(word)[1:-1]
    texts = {word, json_text, html.escape(word), quote(word), "".join(f"&#{ord(c)};" for c in word)}
    texts |= {"".join(f"&#x{ord(c):x};" for c in word), "".join(f"&#x{ord(c):X};" for c in word), json_text.upper()}
    texts |= {"".join(f"_x{ord(c):04X}_" for c in word)}
    return {t.encode(e) for t in texts for e in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")}


def amount_words(amount: str) -> set[str]:
    """An amount as 万元, with full-width digits, and as 元."""
    yuan = int(Decimal(amount) * 10_000)
    wide = amount.translate(str.maketrans("0123456789.", "０１２３４５６７８９．"))
    return {amount, wide, str(yuan), f"{yuan:,}"}


def hits(paths: Iterable[Path], words: Iterable[str]) -> set[str]:
    """The words found anywhere in these files, with the place."""
    found = set()
    patterns = {w: notations(w) for w in words}
    for path in paths:
        for place, data in pieces(path):
            found |= {f"{w} @ {place}" for w, coded in patterns.items() if any(c in data for c in coded)}
    return found
