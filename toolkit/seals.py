"""Seals (封签): printed texts kept apart in a rendered part by noncharacters, and taken off again without a trace.

A seal is OPEN sign BODY text CLOSE; the sign says where the text comes from. Noncharacters in a text
that is sealed are escaped, so that nothing that staff type is taken for a seal or lost.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import unescape

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

_ESCAPE, _OPEN, _BODY, _CLOSE = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3"
_OURS = re.compile("[\ufdd0-\ufdd3]")
_SEAL = re.compile("\ufdd1([^\ufdd1-\ufdd3]*)\ufdd2|(\ufdd3)")
_ESCAPED = re.compile("\ufdd0([0-3])")
_DIGIT = re.compile(r"\d")
_NOT_PLAIN = re.compile("[\\d\ufdd0-\ufdd3]")
_QUOTES = {"&#34;": '"', "&#39;": "'"}  # as markupsafe writes them
UNMARKED, NUMBERING = "?", "#"


def seal(text: str, sign: str) -> str:
    """The printed text between its seals."""
    return f"{_OPEN}{sign}{_BODY}{escaped(text)}{_CLOSE}"


def escaped(text: str) -> str:
    """A text of staff in which nothing looks like a seal."""
    return _OURS.sub(lambda m: f"{_ESCAPE}{ord(m[0]) - ord(_ESCAPE)}", text) if _OURS.search(text) else text


def is_plain(text: str) -> bool:
    """Whether a text has neither digits nor anything to escape: most words of staff."""
    return _NOT_PLAIN.search(text) is None


def has_figure(text: str) -> bool:
    """Whether there is a digit in a text."""
    return _DIGIT.search(text) is not None


def without_own_signs(text: str) -> str:
    """A template's source; noncharacters in it would be taken for seals."""
    return _OURS.sub("\ufffd", text)


def unsealed(text: str) -> str:
    """The text as if nothing had been traced."""
    head, *sealed = text.split(_OPEN)
    bare = "".join([head, *map(_body, sealed)]).replace(_CLOSE, "")
    return _ESCAPED.sub(lambda m: chr(ord(_ESCAPE) + int(m[1])), bare) if _ESCAPE in bare else bare


def _body(opened: str) -> str:
    sign, body, text = opened.partition(_BODY)
    return text if body else f"{_OPEN}{sign}"


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """The text cut at its seals: ("text", …), ("open", the mark's number or sign), ("close", "")."""
    end = 0
    for match in _SEAL.finditer(text):
        if match.start() > end:
            yield "text", unsealed(text[end : match.start()])
        yield ("close", "") if match[2] else ("open", match[1])
        end = match.end()
    if end < len(text):
        yield "text", unsealed(text[end:])


def sealed_texts(xml: str, passed_over: Container[str] = ()) -> Iterator[tuple[str, str]]:
    """(sign, text as it stands in the XML) of every seal, in the order of the document, less those of some signs."""
    for piece in xml.split(_OPEN)[1:]:
        sign = piece[: piece.find(_BODY)]
        if sign not in passed_over:
            yield sign, piece[len(sign) + len(_BODY) :].partition(_CLOSE)[0]


def shown(sealed: str) -> str:
    """A sealed text as people read it."""
    return unescape(unsealed(sealed), _QUOTES)
