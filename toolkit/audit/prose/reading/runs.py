"""Sizes one behind the other that may be a sum though no word says so (成串的数), with the sizes they may add up to.

分部门看，甲 A，乙 B — T 中，甲 A、乙 B — paragraphs 甲 A, 乙 B, 以上合计 T. A run claims nothing: `checks/totals`
tells it only where one wrong digit parts it from one of its totals, and no reading of it holds.
"""

from __future__ import annotations

from itertools import groupby, islice, pairwise, takewhile
from typing import TYPE_CHECKING

from toolkit.audit.prose.reading.mentions import Role, stem
from toolkit.audit.prose.reading.numbers import What
from toolkit.core.light import dataclass
from toolkit.core.patterns import late

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from toolkit.audit.prose.reading.grammar import Grammar
    from toolkit.audit.prose.reading.mentions import Mention, Passage

_SIZES = frozenset({What.MONEY, What.COUNT, What.SCORE})

_MOST_PARTS, _MOST_TOTALS, _MOST_BEFORE, _MOST_SIZES, _MOST_RUNS = 12, 4, 3, 20, 60

_LONGEST_HEADING, _LONGEST_GAP = 40, 240

_OVER = frozenset({"paid", "left", "contract"})

_STYLES = (
    late(r"[（(]?\d{1,2}\s*[、.．)）](?!\d)|[①-⑳]"),
    late(r"[一二三四五六七八九十]{1,2}是"),
    late(r"[（(][一二三四五六七八九十]{1,3}[)）]"),
    late(r"[一二三四五六七八九十]{1,3}、"),
)


@dataclass(frozen=True, slots=True)
class Run:
    """Parts in order, and what they may add up to, the likeliest first.

    Attributes:
        closed: a 合计 right behind plain parts says that it is their sum.
        marked: words (其中, a colon, 总计) say that it is a list.
        alone: the sentence right behind the total's says nothing else: 共有学校 T 所。小学 A 所，初中 B 所。
    """

    passage: Passage
    parts: tuple[Mention, ...]
    totals: tuple[Mention, ...]
    closed: bool = False
    marked: bool = False
    alone: bool = False


def runs(passages: Sequence[Passage], grammar: Grammar) -> Iterator[Run]:
    """Every run of a report: within sentences, and from paragraph to paragraph."""
    for place, passage in enumerate(passages):
        if not passage.row:
            yield from _in_sentences(passage, passages[max(0, place - _MOST_BEFORE) : place], grammar)
    yield from _of_paragraphs(passages, grammar)


def _in_sentences(passage: Passage, above: Sequence[Passage], grammar: Grammar) -> Iterator[Run]:
    seen: list[Mention] = []
    for _, found in groupby((m for m in passage.mentions if _is_size(m)), key=lambda m: m.sentence):
        own = list(found)
        for kind in dict.fromkeys(m.quantity.unit for m in own):
            alike = [m for m in own if m.quantity.unit == kind][:_MOST_SIZES]
            earlier = [m for m in reversed(seen[-_MOST_SIZES:]) if m.alike(alike[0])]
            if not earlier:
                said = (m for p in reversed(above) for m in reversed(p.mentions[-_MOST_SIZES:]))
                earlier = [m for m in said if _is_size(m) and m.alike(alike[0])]
                flows = {grammar.flow(m.head) for m in alike}
                earlier = [m for m in earlier if -grammar.flow(m.head) not in flows - {0}]
            totals = earlier[:_MOST_TOTALS]
            yield from islice(_ranges(passage, alike, totals, grammar), _MOST_RUNS)
            yield from _with_rest(passage, alike, grammar)
            yield from _bracketed(passage, alike)
        seen += own


def _with_rest(passage: Passage, sizes: list[Mention], grammar: Grammar) -> Iterator[Run]:
    """T 所学校中，有 A 所…，有 B 所…，其余 C 所: the rest closes the list of the first."""
    for place, size in enumerate(sizes):
        if place > 1 and grammar.rest.match(size.head.lstrip("，")) is not None:
            yield Run(passage, tuple(sizes[1 : place + 1]), (sizes[0],), marked=True)


def _bracketed(passage: Passage, totals: list[Mention]) -> Iterator[Run]:
    """资金 T，支持道路（A）、饮水（B）: a size in a bracket of its own behind each name."""
    last = totals[-1]
    following = passage.mentions[last.place + 1 : last.place + 1 + _MOST_PARTS]
    near = following[0].sentence if following else 0  # T。具体来看，由甲（A）、乙（B）组成
    inner = [m for m in following if m.sentence == near <= last.sentence + 1]
    parts = list(
        takewhile(lambda m: m.depth == 1 and m.role is Role.LEVEL and m.gap.endswith("（") and m.alike(last), inner)
    )
    if len(parts) > 1:
        yield Run(passage, tuple(parts), (last,), marked=True)


def _is_size(mention: Mention) -> bool:
    quantity = mention.quantity
    plain = mention.role is Role.LEVEL and not mention.depth
    return plain and quantity.what in _SIZES and quantity.value >= 0 and not quantity.rough


def _ranges(passage: Passage, sizes: list[Mention], earlier: list[Mention], grammar: Grammar) -> Iterator[Run]:
    """Stretches of a sentence that may be a list: from a stop, or a total, to a stop or a total."""
    states = [_state(size, grammar) for size in sizes]
    flows = [grammar.flow(size.head) for size in sizes]
    for first in range(len(sizes)):
        if first and not _starts(passage, sizes[first - 1], sizes[first], grammar):
            continue
        before = list(reversed(sizes[:first]))[:_MOST_TOTALS] if not _is_sibling(sizes, first, grammar) else []
        for last in range(first + 1, min(len(sizes), first + _MOST_PARTS)):
            if _passes_over(passage, sizes[last - 1], sizes[last]):
                break
            following = sizes[last + 1] if last + 1 < len(sizes) else None
            closed = following is not None and grammar.total.search(following.head) is not None
            if following is not None and not closed and not _parted(passage, sizes[last], following, grammar):
                continue
            behind = [following] if following is not None and closed else []
            totals = (*before, *(earlier if not first else []), *behind)
            parts = sizes[first : last + 1]
            told = set(flows[first : last + 1]) - {0}
            totals = tuple(
                t for t in totals if not told or -grammar.flow(t.head) not in told
            )  # income is none of spending
            counted = sizes[0].quantity.what is What.COUNT  # 已整改 A 处，正在整改 B 处
            if totals and (counted or _of_one_state(states[first : last + 1])):
                marked = closed or grammar.lists.search(sizes[first].gap) is not None
                alone = parts == sizes and bool(earlier) and _says_nothing_else(passage, parts, earlier[0], grammar)
                yield Run(passage, tuple(parts), totals, marked=marked, alone=alone)


def _says_nothing_else(passage: Passage, parts: Sequence[Mention], total: Mention, grammar: Grammar) -> bool:
    """Every figure of the sentence is one of the parts, each has a name, and the sentence before ends in the total."""
    first, last = parts[0], parts[-1]
    together = passage.has(total) and (total.place, total.sentence) == (first.place - 1, first.sentence - 1)
    others = passage.mentions[last.place + 1 : last.place + 2]
    words = passage.text[total.quantity.end : last.quantity.end]
    return (
        together
        and last.place - first.place == len(parts) - 1
        and not any(m.sentence == last.sentence for m in others)
        and all(stem(m.head, grammar) for m in parts)
        and not grammar.partial.search(words)
    )


def _passes_over(passage: Passage, one: Mention, two: Mention) -> bool:
    """A rough size of the same kind stands between: what is added up would lack it."""
    between = passage.mentions[one.place + 1 : two.place]
    return any(m.role is Role.LEVEL and m.quantity.rough and not m.depth and m.alike(one) for m in between)


def _is_sibling(sizes: list[Mention], first: int, grammar: Grammar) -> bool:
    """A；B；C: what stands before a semicolon is no total of what semicolons part."""
    gaps = [m.gap for m in sizes[first : first + 2]]
    return all(g.startswith("；") and not grammar.lists.search(g) for g in gaps)


def _state(size: Mention, grammar: Grammar) -> str | None:
    """What has become of the money; None for what is carried over, which goes with anything."""
    return None if grammar.opening.search(size.head) else grammar.status_of(stem(size.head, grammar))


def _of_one_state(states: Sequence[str | None]) -> bool:
    """管理费 A、已拨付 B: what was paid or is left is no part beside what is named."""
    known = set(states) - {None}
    return len(known) <= 1 or not known & _OVER


def _starts(passage: Passage, before: Mention, size: Mention, grammar: Grammar) -> bool:
    return _parted(passage, before, size, grammar) or grammar.total.search(before.head) is not None


def _parted(passage: Passage, one: Mention, two: Mention, grammar: Grammar) -> bool:
    gap = passage.between(one.quantity, two.quantity)[-_LONGEST_GAP:]
    return grammar.steps.search(gap) is not None or grammar.lists.search(gap) is not None


def _of_paragraphs(passages: Sequence[Passage], grammar: Grammar) -> Iterator[Run]:
    """Paragraphs with a size each, under what was said above them, or over a total of their own."""
    lines = [_Line(p, n) for n, p in enumerate(passages) if p.mentions or len(p.text) > _LONGEST_HEADING or p.row]
    for start, line in enumerate(lines):
        if line.size is None or (start and line.follows(lines[start - 1])):
            continue
        group = [line]
        for before, more in pairwise(lines[start : start + _MOST_PARTS]):
            if not more.goes_on(before, line.size, grammar):
                break
            group.append(more)
        yield from _of_group(
            group, lines[max(0, start - _MOST_BEFORE) : start], lines[start + len(group) :][:1], grammar
        )


def _of_group(group: list[_Line], above: list[_Line], behind: list[_Line], grammar: Grammar) -> Iterator[Run]:
    parts = tuple(line.size for line in group if line.size is not None)
    said = (m for line in reversed(above) for m in reversed(line.passage.mentions))
    titles = [line.passage.mentions[0] for line in above if len(line.passage.mentions) == 1]  # 二、省级资金（T）
    totals = tuple(m for m in said if (_is_size(m) or m in titles) and m.alike(parts[0]))[:_MOST_TOTALS]
    closing = behind[0].size if behind else None
    if closing is not None and closing.alike(parts[0]) and grammar.bare_total.fullmatch(closing.head):
        plain = len(parts) > 1 and all(len(line.passage.mentions) == 1 for line in group)
        yield Run(group[0].passage, parts, (closing,), closed=plain)
    marked = bool(above) and above[-1].opens
    yield from (Run(group[0].passage, parts[:end], totals, marked=marked) for end in range(2, len(parts) + 1) if totals)
    yield from (Run(group[0].passage, parts[1:end], (parts[0],)) for end in range(3, len(parts) + 1))


@dataclass(frozen=True, slots=True)
class _Line:
    """A paragraph that says something, and its place among all paragraphs."""

    passage: Passage
    place: int

    @property
    def size(self) -> Mention | None:
        """Its first amount, or its first count where it has no amount."""
        sizes = [m for m in self.passage.mentions if _is_size(m)] if not self.passage.row else []
        return next((m for m in sizes if m.quantity.what is What.MONEY), next(iter(sizes), None))

    @property
    def opens(self) -> bool:
        """It ends in a colon."""
        return self.passage.text.rstrip().endswith("：")

    @property
    def style(self) -> int:
        """How it is numbered; 0 for not at all."""
        return next((n for n, style in enumerate(_STYLES, 1) if style.match(self.passage.text)), 0)

    def follows(self, before: _Line) -> bool:
        """It goes on with what the line before is part of: no heading, no colon between."""
        beside = self.place == before.place + 1 and not before.opens
        return beside and before.size is not None and self.style == before.style

    def goes_on(self, before: _Line, first: Mention, grammar: Grammar) -> bool:
        """It is one more part of a list."""
        size = self.size
        alike = size is not None and size.alike(first) and not grammar.bare_total.fullmatch(size.head)
        return alike and self.style == before.style and not before.opens
