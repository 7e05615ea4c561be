"""Sizes one behind the other that may be a sum though no word says so (成串的数), with the sizes they may add up to.

分部门看，甲 A，乙 B — T 中，甲 A、乙 B — paragraphs 甲 A, 乙 B, 以上合计 T. A run claims nothing: `checks/totals`
tells it only where one wrong digit parts it from one of its totals, and no reading of it holds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from toolkit.audit.prose.reading.mentions import Role, stem
from toolkit.audit.prose.reading.numbers import What

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from toolkit.audit.prose.reading.grammar import Grammar
    from toolkit.audit.prose.reading.mentions import Mention, Passage

_SIZES = frozenset({What.MONEY, What.COUNT})

_MOST_PARTS, _MOST_TOTALS, _MOST_BEFORE = 12, 6, 3

_LONGEST_HEADING = 40

_OVER = frozenset({"paid", "left", "contract"})

_STYLES = (
    re.compile(r"[（(]?\d{1,2}\s*[、.．)）](?!\d)|[①-⑳]"),
    re.compile(r"[一二三四五六七八九十]{1,2}是"),
    re.compile(r"[（(][一二三四五六七八九十]{1,3}[)）]"),
    re.compile(r"[一二三四五六七八九十]{1,3}、"),
)


@dataclass(frozen=True, slots=True)
class Run:
    """Parts in order, what they may add up to (the likeliest first), and whether a 合计 right behind says so."""

    passage: Passage
    parts: tuple[Mention, ...]
    totals: tuple[Mention, ...]
    closed: bool = False


def runs(passages: Sequence[Passage], grammar: Grammar) -> Iterator[Run]:
    """Every run of a report: within sentences, and from paragraph to paragraph."""
    for place, passage in enumerate(passages):
        if not passage.row:
            yield from _in_sentences(passage, passages[max(0, place - _MOST_BEFORE) : place], grammar)
    yield from _of_paragraphs(passages, grammar)


def _in_sentences(passage: Passage, above: Sequence[Passage], grammar: Grammar) -> Iterator[Run]:
    sizes = [m for m in passage.mentions if _is_size(m)]
    for sentence, found in groupby(sizes, key=lambda m: m.sentence):
        own = list(found)
        for kind in dict.fromkeys(m.quantity.unit for m in own):
            alike = [m for m in own if m.quantity.unit == kind][: 2 * _MOST_PARTS]
            earlier = [m for m in reversed(sizes) if m.sentence < sentence and m.alike(alike[0])]
            if not earlier:
                earlier = [m for p in reversed(above) for m in reversed(p.mentions) if _is_size(m)]
            totals = [m for m in earlier if m.alike(alike[0])][:_MOST_TOTALS]
            yield from _ranges(passage, alike, totals, grammar)


def _is_size(mention: Mention) -> bool:
    quantity = mention.quantity
    plain = mention.role is Role.LEVEL and not mention.depth
    return plain and quantity.what in _SIZES and quantity.value >= 0 and not quantity.rough


def _ranges(passage: Passage, sizes: list[Mention], earlier: list[Mention], grammar: Grammar) -> Iterator[Run]:
    """Stretches of a sentence that may be a list: from a stop, or a total, to a stop or a total."""
    for first in range(len(sizes)):
        if first and not (_parted(sizes[first], grammar) or grammar.total.search(sizes[first - 1].head)):
            continue
        before = list(reversed(sizes[:first]))[:_MOST_TOTALS]
        for last in range(first + 1, min(len(sizes), first + _MOST_PARTS)):
            following = sizes[last + 1] if last + 1 < len(sizes) else None
            closed = following is not None and grammar.total.search(following.head) is not None
            if following is not None and not closed and not _parted(following, grammar):
                continue
            behind = [following] if following is not None and closed else []
            totals = (*before, *(earlier if not first else []), *behind)
            if totals and _of_one_state(sizes[first : last + 1], grammar):
                yield Run(passage, tuple(sizes[first : last + 1]), totals)


def _of_one_state(parts: Sequence[Mention], grammar: Grammar) -> bool:
    """管理费 A、已拨付 B: what was paid or is left is no part beside what is named."""
    heads = [m.head for m in parts if not grammar.opening.search(m.head)]
    states = {grammar.status_of(stem(head, grammar)) for head in heads}
    return len(states) <= 1 or not states & _OVER


def _parted(mention: Mention, grammar: Grammar) -> bool:
    return grammar.steps.search(mention.gap) is not None or grammar.lists.search(mention.gap) is not None


def _of_paragraphs(passages: Sequence[Passage], grammar: Grammar) -> Iterator[Run]:
    """Paragraphs with a size each, under what was said above them, or over a total of their own."""
    lines = [p for p in passages if p.mentions or len(p.text) > _LONGEST_HEADING or p.row]
    firsts = [next((m for m in p.mentions if _is_size(m)), None) if not p.row else None for p in lines]
    styles = [_style(p.text) for p in lines]
    for start, first in enumerate(firsts):
        if first is None or (start and firsts[start - 1] is not None and styles[start - 1] == styles[start]):
            continue
        stop = start
        while stop < min(len(lines), start + _MOST_PARTS) and _goes_on(firsts[stop], first, grammar):
            if styles[stop] != styles[start]:
                break
            stop += 1
        above = [m for p in reversed(lines[max(0, start - _MOST_BEFORE) : start]) for m in reversed(p.mentions)]
        totals = [m for m in above if _is_size(m) and m.alike(first)][:_MOST_TOTALS]
        behind = firsts[stop] if stop < len(lines) else None
        closing = behind is not None and behind.alike(first) and grammar.bare_total.fullmatch(behind.head) is not None
        parts = tuple(m for m in firsts[start:stop] if m is not None)
        if closing and behind is not None:
            plain = all(len(p.mentions) == 1 for p in lines[start:stop])
            yield Run(lines[start], parts, (behind,), closed=plain and len(parts) > 1)
        yield from (Run(lines[start], parts[:end], tuple(totals)) for end in range(2, len(parts) + 1) if totals)
        yield from (Run(lines[start], parts[1:end], (parts[0],)) for end in range(3, len(parts) + 1))


def _goes_on(mention: Mention | None, first: Mention, grammar: Grammar) -> bool:
    return mention is not None and mention.alike(first) and not grammar.bare_total.fullmatch(mention.head)


def _style(text: str) -> int:
    """How a paragraph is numbered; 0 for not at all."""
    return next((n for n, style in enumerate(_STYLES, 1) if style.match(text)), 0)
