"""Sentences (句): their words and their figures."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from toolkit.audit.prose.reading.numbers import Quantity, What, fold
from toolkit.core.memo import Memo

_BOUNDARIES = "，,；;。：:、（(）)|"
_IN_NAME = re.compile(r"[（(][\u4e00-\u9fff]{1,2}[）)](?=[\u4e00-\u9fff])")  # 因公出国（境）费 is one name
_LIST_MARK = re.compile(r"其中|包括|包含")
_YEAR = re.compile(r"(?<!\d)(20\d\d)\s*年")
_TITLES = re.compile(r"《[^《》]*》")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence (句): its paragraph, its text, its quantities, and the headings above it."""

    paragraph: int
    text: str
    quantities: tuple[Quantity, ...]
    headings: tuple[str, ...]
    before: str
    row: bool = False
    offset: int = 0
    memo: Memo = field(default_factory=Memo, compare=False, repr=False)

    def head(self, quantity: Quantity) -> str:
        """What stands before a quantity in its clause: back to the last punctuation or number."""
        return self.memo.once(quantity.start, lambda: self._head(quantity))

    def _head(self, quantity: Quantity) -> str:
        start = 0
        for before in self.quantities:
            if before.start >= quantity.start:
                break
            start = start if before.what is What.YEAR else before.end
        text = self.text[start : quantity.start]
        masked = _IN_NAME.sub(lambda m: "□" * len(m[0]), text) if "）" in text else text
        return text[max(map(masked.rfind, _BOUNDARIES)) + 1 :]

    def total_above(self, quantity: Quantity) -> str:
        """What the figure is called that a list (其中…) with this quantity opens behind; "" outside of lists."""
        marks = [m.start() for m in _LIST_MARK.finditer(self.text, 0, quantity.start)]
        kinds = {What.MONEY, What.COUNT}
        totals = [q for q in self.quantities if marks and q.end <= marks[-1] and q.what in kinds]
        return self.head(totals[-1]) if totals else ""

    def year(self, quantity: Quantity) -> int | None:
        """The last year named in the paragraph before a quantity."""
        text = _TITLES.sub("", self.before + self.text[: quantity.start])
        found = _YEAR.findall(fold(text))
        return int(found[-1]) if found else None
