"""Sizes one behind the other that may be a sum though no word says so (成串的数), with the sizes they may add up to.

分部门看，甲 A，乙 B — T 中，甲 A、乙 B — paragraphs 甲 A, 乙 B, 以上合计 T. A run claims nothing: `checks/totals`
tells it only where one wrong digit parts it from one of its totals, and no reading of it holds.
"""

from __future__ import annotations

from itertools import groupby, islice, pairwise, takewhile
from typing import TYPE_CHECKING

from toolkit.audit.prose.reading.breakdowns import PARTED, is_family
from toolkit.audit.prose.reading.mentions import Role, stem
from toolkit.audit.prose.reading.numbers import What
from toolkit.core.light import dataclass
from toolkit.core.patterns import late

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from toolkit.audit.prose.reading.grammar import Grammar
    from toolkit.audit.prose.reading.mentions import Mention, Passage

_SIZES = frozenset({What.MONEY, What.COUNT, What.SCORE})

_MOST_PARTS, _MOST_TOTALS, _MOST_BEFORE, _MOST_SIZES, _MOST_RUNS, _MOST_TOLD = 12, 4, 3, 20, 60, 8

_NONE = frozenset[tuple[int, int]]()

_NUMBERED = late(r"[^（）]*[。；：]（(\d)）")

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
        if passage.mentions and not passage.row:
            yield from _in_sentences(passage, passages[max(0, place - _MOST_BEFORE) : place], grammar)
            yield from _of_numbered(passage)
    yield from _of_paragraphs(_lines(passages, _NONE), grammar)


def outer_runs(passages: Sequence[Passage], grammar: Grammar, inner: AbstractSet[tuple[int, int]]) -> Iterator[Run]:
    """The runs that remain when parts of a figure before them (A，其中 a1、a2。B。C) are passed over."""
    parted = {paragraph for paragraph, _ in inner}
    for place, passage in enumerate(passages):
        if passage.paragraph in parted and not passage.row:
            yield from _through_sentences(passage, passages[max(0, place - _MOST_BEFORE) : place], grammar, inner)
    yield from _of_paragraphs(_lines(passages, inner), grammar) if inner else ()


def _through_sentences(
    passage: Passage, above: Sequence[Passage], grammar: Grammar, inner: AbstractSet[tuple[int, int]]
) -> Iterator[Run]:
    """T。A，其中 a1、a2。B。C: the first of them, or a size above, may be the total of what stands behind it."""
    outer = [m for m in passage.mentions if _is_size(m) and m.where not in inner][:_MOST_SIZES]
    for _, found in groupby(sorted(outer, key=_unit), key=_unit):
        own = list(found)
        said = (m for p in reversed(above) for m in reversed(p.mentions[-_MOST_SIZES:]))
        earlier = tuple(m for m in said if _is_size(m) and m.alike(own[0]))[:_MOST_TOLD]
        ends = [n for n in range(2, len(own) + 1) if n == len(own) or own[n].sentence > own[n - 1].sentence]
        for end in ends if own[0].sentence < own[-1].sentence else ():
            marked = end > 2 and is_family([m.head for m in own[:end]], grammar)  # noqa: PLR2004 - more than two
            for before, parts in ((own[:1], own[1:end]), (earlier, own[:end])):
                states = [_state(m, grammar) for m in parts]
                totals = _of_their_kind(before, parts, states, grammar)
                if totals and len(parts) > 1 and _of_one_state(states):
                    yield Run(passage, tuple(parts), totals, marked=marked)


def _unit(size: Mention) -> tuple[str, str]:
    return size.quantity.what, size.quantity.unit


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


def _of_numbered(passage: Passage) -> Iterator[Run]:
    """资产 T1；负债 T2。（1）中央资产 A1；负债 A2。（2）地方资产 B1；负债 B2: items that a paragraph numbers."""
    sizes = [m for m in passage.mentions if _is_size(m)]
    starts = [(n, int(found[1])) for n, m in enumerate(sizes) if (found := _NUMBERED.match(m.gap)) is not None]
    for place, (first, number) in enumerate(starts):
        items = list(takewhile(lambda s: s[1][1] == s[0], enumerate(starts[place:], 1))) if number == 1 else []
        bounds = [start for _, (start, _) in items] + [len(sizes)]
        if len(items) < _MOST_BEFORE - 1:
            continue
        groups = [sizes[a:b] for a, b in pairwise(bounds)]
        groups = [[m for m in g if m.sentence == g[0].sentence] for g in groups]
        head = [m for m in sizes[:first] if m.sentence == sizes[first - 1].sentence]
        width = len(head) if all(len(g) == len(head) for g in groups) else 1
        for totals, *parts in zip(head[:width] if width > 1 else head[:1], *groups, strict=False):
            if all(m.alike(totals) for m in parts):
                yield Run(passage, tuple(parts), (totals,), marked=True)


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
    for first in range(len(sizes)):
        if first and not _starts(passage, sizes[first - 1], sizes[first], grammar):
            continue
        before = list(reversed(sizes[:first]))[:_MOST_TOTALS] if not _is_sibling(sizes, first, grammar) else []
        for last in range(first + 1, min(len(sizes), first + _MOST_PARTS)):
            parted = PARTED.search(passage.between(sizes[last - 1].quantity, sizes[last].quantity))
            if not parted or _passes_over(passage, sizes[last - 1], sizes[last]):
                break
            following = sizes[last + 1] if last + 1 < len(sizes) else None
            closed = following is not None and grammar.total.search(following.head) is not None
            if following is not None and not closed and not _parted(passage, sizes[last], following, grammar):
                continue
            behind = [following] if following is not None and closed else []
            parts = sizes[first : last + 1]
            totals = (*before, *(earlier if not first else []), *behind)
            totals = _of_their_kind(totals, parts, states[first : last + 1], grammar)
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


def _of_their_kind(
    totals: Sequence[Mention], parts: Sequence[Mention], states: Sequence[str | None], grammar: Grammar
) -> tuple[Mention, ...]:
    """Income is none of spending, and what is left is no part of what came or went."""
    flows = {-grammar.flow(m.head) for m in parts} - {0}
    left = set(states) == {"left"}
    return tuple(t for t in totals if grammar.flow(t.head) not in flows and (not left or _state(t, grammar) == "left"))


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


def _lines(passages: Sequence[Passage], inner: AbstractSet[tuple[int, int]]) -> list[_Line]:
    """The paragraphs that say something, less those that tell the parts of a figure above them."""
    passed = [inner and _first_size(p) in inner for p in passages]
    kept = [n for n, over in enumerate(passed) if not over]
    return [
        _Line(p, place, _size_of(p, inner), opens=p.text.rstrip().endswith("：") and not any(passed[n + 1 : n + 2]))
        for place, n in enumerate(kept)
        if (p := passages[n]).mentions or len(p.text) > _LONGEST_HEADING or p.row
    ]


def _size_of(passage: Passage, inner: AbstractSet[tuple[int, int]]) -> Mention | None:
    """Its first amount, or its first count where it has no amount; a row of a table has none, nor have `inner` ones."""
    sizes = [m for m in passage.mentions if _is_size(m) and m.where not in inner] if not passage.row else []
    return next((m for m in sizes if m.quantity.what is What.MONEY), next(iter(sizes), None))


def _first_size(passage: Passage) -> tuple[int, int] | None:
    return next((m.where for m in passage.mentions if _is_size(m)), None)


def _of_paragraphs(lines: list[_Line], grammar: Grammar) -> Iterator[Run]:
    """Paragraphs with a size each, under what was said above them, or over a total of their own."""
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
    size: Mention | None
    opens: bool  # it ends in a colon

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
