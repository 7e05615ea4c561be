"""Labels (标签): what does not make a label another one is left out, years become 本年 and 上年."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from toolkit.core.light import dataclass, field
from toolkit.core.patterns import late
from toolkit.unit.cells import ERROR_VALUES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from toolkit.pack import Pack

MOVE_NAME = "move.toml"

_YEAR = late(r"(?<!\d)((?:19|20)\d\d)年?度?(?=\D|$)")

_TITLE_YEAR = late(r"(?<!\d)((?:19|20)\d\d)年度")

_HEAD_YEAR = late(r"(?<!\d)((?:19|20)\d\d)年[^\d月]{2,12}$")

_NUMBERING = late(
    r"^(?:[一二三四五六七八九十]{1,3}[、.]|\d{1,2}(?:[、)]|\.(?!\d))|\((?:[一二三四五六七八九十]{1,3}|\d{1,2})\)|[①-⑳])+"
)

_FRONT = late(r"^(?:其中|其中项)[::]?")

_BRACKETS = late(r"\([^()]*\)|\[[^\[\]]*\]")

_SIGNS = late(r"[^\w%]|_")

_VALUE = late(r"[≥≤><=±+-]*\d[\d,.]*(?:%|(?!年)[^\W\d]{0,3})")

_MOST = 60  # longer texts are no labels


@dataclass(frozen=True, slots=True)
class Split:
    """The columns among which a target like ≥85% is divided, and the signs that may stand before a number."""

    sign: str
    target: str
    actual: str
    unit: str
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MoveWords:
    """What a pack says about labels of other hands (认标签的设置); see `move.toml`.

    Attributes:
        one_word: a label → the first of the group that means the same.
        columns: a column that only a report shows → the column of the fill-in workbook.
        repeated: columns in which a cell merged downward stands for every row.
        year_field: where the year of a title goes; dropped: words behind a value that are none of it (盖章).
        sums: what a row of a table is called that sums up others and is none of its own (小计).
    """

    one_word: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    repeated: frozenset[str] = frozenset()
    split: Split | None = None
    year_field: str = ""
    dropped: tuple[str, ...] = ()
    sums: frozenset[str] = frozenset()

    def label(self, text: object, year: int) -> str:
        """A text as a label of a form of `year`; "" when it can be none."""
        words = isinstance(text, str) and text not in ERROR_VALUES
        plain = _plain(str(text)[: _MOST + 1], year) if words else ""
        return self.one_word.get(plain, plain)


def is_serial(text: str) -> bool:
    """A running number, however it is written: 5, （5）, 5., 五、, ⑤."""
    folded = "".join(unicodedata.normalize("NFKC", text).split())
    return folded.isdigit() or _NUMBERING.fullmatch(folded) is not None


def plain_label(text: str) -> str:
    """What a label says, without its numbering and what stands in brackets."""
    return _plain(text, 0)


@lru_cache(maxsize=65536)
def _plain(text: str, year: int) -> str:
    if len(text) > _MOST:
        return ""
    folded = "".join(unicodedata.normalize("NFKC", text).split())
    if _VALUE.fullmatch(folded):
        return ""
    folded = _YEAR.sub(lambda m: {0: "本年", 1: "上年"}.get(year - int(m[1]), m[0]), folded)
    bare = _FRONT.sub("", _NUMBERING.sub("", folded))
    short = _SIGNS.sub("", _BRACKETS.sub("", _NUMBERING.sub("", bare)))
    return short or _SIGNS.sub("", bare)


def years_titled(texts: Iterable[str]) -> list[int]:
    """The years that titles name (2023年度)."""
    return [int(m[1]) for t in texts for m in _TITLE_YEAR.finditer(t)]


def years_in(texts: Iterable[str]) -> list[int]:
    """The years that titles name; without one the later of two years in column heads (2022年决算数, 2023年决算数)."""
    listed = list(texts)
    heads = {int(m[1]) for t in listed for m in _HEAD_YEAR.finditer("".join(t.split()))}
    return years_titled(listed) or ([max(heads)] if len(heads) > 1 else [])


@lru_cache(maxsize=16)
def move_words(pack: Pack) -> MoveWords:
    """The settings of a pack; a pack without `move.toml` knows its own labels only."""
    if not pack.file(MOVE_NAME).is_file():
        return MoveWords()
    raw = pack.text(MOVE_NAME)
    return MoveWords(
        _one_word(raw.get("same", ())),
        raw.get("columns", {}),
        frozenset(raw.get("fill_down", {}).get("columns", ())),
        _split(raw.get("split")),
        raw.get("year", {}).get("field", ""),
        tuple(raw.get("pairs", {}).get("drop", ())),
        frozenset(raw.get("sums", {}).get("words", ())),
    )


def _one_word(groups: Iterable[Iterable[str]]) -> dict[str, str]:
    """Every further word of a group → its first word."""
    found: dict[str, str] = {}
    for group in groups:
        words = [_plain(word, 0) for word in group]
        for word in words[1:]:
            found.setdefault(word, words[0])
    return {word: first for word, first in found.items() if word != first}


def _split(raw: Mapping[str, Any] | None) -> Split | None:
    return Split(raw["sign"], raw["target"], raw["actual"], raw["unit"], tuple(raw["signs"])) if raw else None
