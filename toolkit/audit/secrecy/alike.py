"""Texts that read alike (同一写法): what a reader takes for the same word is compared as the same text.

Half-width and full-width forms, traditional characters, letters of other scripts that look like Latin ones,
and signs that nobody sees make no other word.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.core.patterns import compiled, late

if TYPE_CHECKING:
    import re

_SIGNS = late(r"[\W_]+")

# Unicode's Default_Ignorable_Code_Point, combining marks, controls other than tab and line ends.
_UNSEEN = late(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u0300-\u036f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff\u2800\u3164\ufe00-\ufe0f\ufe20-\ufe2f\ufeff"
    "\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)

_OTHER_DIGITS = late(r"[^\D0-9]")  # ٤, ४

_CYRILLIC_OR_GREEK = "АВЕЅІЈКМНОРСТУХаеѕіјорсухΑΒΕΖΗΙΚΜΝΟΡΤΥΧο"

_LATIN = "ABESIJKMHOPCTYXaesijopcyxABEZHIKMNOPTYXo"


def readable(text: str) -> str:
    """A text as it is read: half-width, simplified, without unseen signs; its spaces and signs are kept."""
    plain = unicodedata.normalize("NFKC", text)
    if plain.isascii():
        return _UNSEEN.sub("", plain)
    plain = _OTHER_DIGITS.sub(lambda m: str(unicodedata.decimal(m[0])), _UNSEEN.sub("", plain))
    twin, instead = _twins()
    return unicodedata.normalize("NFKC", twin.sub(lambda m: instead[m[0]], plain))


def folded(text: str) -> str:
    """A text as a reader recognises it: half-width, lower case, without spaces and signs."""
    return without_signs(readable(text))


def without_signs(plain: str) -> str:
    """The rest of `folded`, for a text that is `readable` already."""
    return _SIGNS.sub("", plain).casefold()


@cache
def _twins() -> tuple[re.Pattern[str], dict[str, str]]:
    """Traditional → simplified, Cyrillic or Greek → Latin; few texts have any, and a pattern is quick to tell so."""
    import tomllib

    table = tomllib.loads(Path(__file__).with_name("traditional.toml").read_text("utf-8"))
    old, new = ("".join(table[forms].split()) for forms in ("traditional", "simplified"))
    found = dict(zip(old + _CYRILLIC_OR_GREEK, new + _LATIN, strict=True))
    return compiled(f"[{''.join(found)}]"), found
