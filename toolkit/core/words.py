"""Words (文字): texts that people read, and names that come near; texts that programs read (JSON)."""

from __future__ import annotations

import datetime as dt
import os
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from toolkit.core.money import plain
from toolkit.core.patterns import late

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from toolkit.core.model import Content

# Controls other than tab and line end, turning and hiding signs, and what no encoding takes.
_UNSEEN = late(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]"
)

_BYTES, _LONE = late(r"[\udc80-\udcff]"), late(r"[\ud800-\udfff]")


# Two words before anything in Chinese, or a quotation at the start.
_ENGLISH = late(r"[^\u2e80-\uffff]*(?:\b[A-Za-z]{2,} [a-z]{2,}|$)|['\"]")

DAY_ZERO = dt.date(1899, 12, 30)  # what 0 stands for in a workbook's dates: Excel counts a 29 February 1900


def shorten(text: str, limit: int = 30) -> str:
    """A quotation for a message: one line, at most `limit` characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def as_text(raw: Content) -> str:
    """A raw value as the text that a person sees: 411001, 2024-05-20, TRUE as 是."""
    if isinstance(raw, str):  # nearly all
        return raw
    if isinstance(raw, bool):
        return "是" if raw else "否"
    if isinstance(raw, Decimal):
        return plain(raw)
    return raw.isoformat() if isinstance(raw, dt.date) else str(raw or "")


def in_chinese(message: object, otherwise: str = "") -> str:
    """What a message says; `otherwise` where a library wrote it, in English, which staff need not read."""
    text = str(message)
    return otherwise if _ENGLISH.match(text) else text


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The most similar of `known`, or None when nothing comes near."""
    import difflib

    found = difflib.get_close_matches(word, list(known), n=3, cutoff=0.5)
    swapped = (one for one in found if sorted(one) == sorted(word))  # two keys pressed in the wrong order
    return next(swapped, found[0] if found else None)


def suggested(word: str, known: Iterable[str], otherwise: str = "。", look: str = "“{}”") -> str:
    """How a sentence on an unknown word ends: with the one that may be meant, or `otherwise`."""
    close = nearest(word, known)
    return f"，是不是{look.format(close)}？" if close else otherwise


def dump_json(data: object) -> str:
    """JSON text for people: Chinese as it is, two spaces."""
    import orjson  # nobody who asks for --help needs it

    return orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


Json = dict[str, Any]


def value_text(value: object) -> str | None:
    """A value as JSON text: numbers without exponent, dates as 2024-05-20."""
    if isinstance(value, Decimal):
        return plain(value)
    return None if value is None else as_text(value) if isinstance(value, (str, bool, dt.date)) else str(value)


def visible(text: str) -> str:
    """A text as it can be shown: unseen signs as [U+202E], bytes of a name in GBK as the characters they are."""
    if text.isprintable():
        return text
    if _BYTES.search(text):
        text = "/".join(map(_decoded, text.split("/")))
    return _UNSEEN.sub(lambda m: f"[U+{ord(m[0]):04X}]", _LONE.sub("\ufffd", text))


def _decoded(name: str) -> str:
    """A zip packed on Windows and unpacked on Linux leaves names in GBK."""
    if not _BYTES.search(name):
        return name
    with suppress(UnicodeError):
        return os.fsencode(name).decode("gbk", "replace")
    return name


# `xml.sax.saxutils` has the same three, and loads all that Python knows of the network: a tenth of a cold `check`.
_BREAKS = str.maketrans({"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def escape(text: str) -> str:
    """A text as the content of an element."""
    return text.replace("&", "&amp;").replace(">", "&gt;").replace("<", "&lt;")


def quoteattr(text: str) -> str:
    """A text as the value of an attribute, with its quotation marks."""
    plain = escape(text).translate(_BREAKS)
    if '"' not in plain:
        return f'"{plain}"'
    return '"' + plain.replace('"', "&quot;") + '"' if "'" in plain else f"'{plain}'"


def unescape(text: str, entities: Mapping[str, str]) -> str:
    """The content of an element as the text that it is; `entities` beside &lt; &gt; &amp;."""
    for entity, sign in {"&gt;": ">", "&lt;": "<", **entities, "&amp;": "&"}.items():
        text = text.replace(entity, sign)
    return text
