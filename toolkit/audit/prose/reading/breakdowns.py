"""Totals and what they are made of (合计与组成), as passages give them; judged in `checks/totals`.

合计 T，其中：A、B；C — T 由 A、B 组成 — A、B，共计 T — T，其中： with A and B in paragraphs of their own. A list ends
where the text speaks of something else: money spent is no part of what arrived, a change is no part at all. What may
belong to a list within the list, or stand behind its end, is kept apart, so that every reading can be tried.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import islice, pairwise, takewhile
from typing import TYPE_CHECKING

from toolkit.audit.prose.reading.mentions import Mention, Role, stem
from toolkit.audit.prose.reading.numbers import What, chinese_number
from toolkit.core.light import dataclass, replace
from toolkit.core.patterns import late

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    from toolkit.audit.prose.reading.grammar import Grammar
    from toolkit.audit.prose.reading.mentions import Passage

_MOST_TOTALS = 4

_MOST_PARTS = 40
_MOST_FIGURES, _MOST_BEHIND, _MOST_MARKS = 40, 16, 40
_NEAR_START = 8
_MOST_BETWEEN = 6  # remarks between two numbered paragraphs

_SIZES = frozenset({What.MONEY, What.COUNT, What.SCORE})

_ITEM = late(
    r"(?:[（(]\s*(?P<inner>\d{1,2})\s*[）)]|(?P<digit>\d{1,2})\s*[、.．)）](?!\d)|(?P<ring>[①-⑳])"
    r"|[（(](?P<han>[一二三四五六七八九十]{1,3})[）)])"
)

_TAKEN_UP = late(r"[；;。](?P<name>[\u4e00-\u9fff]{2,12}?)中(?!央|心|小|共)")

_OPENS = late(r"(?:如下|[:：])[:：。]?\s*$")

PARTED = late(r"[、，,；;。：:（(）)和及与加]")  # 14 个镇区 68 个村 are no two of a list

_TAIL = late(r"(?:约?为|是|达到?|共计|共|计|[：: ])+$")

_BRACKETS, _MADE_OF = late(r"[（(][^（）()]*[）)]?"), late("组成|构成")

_CLOSERS = {"（": 1, "(": 1, "）": -1, ")": -1}


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A total and its parts.

    Attributes:
        totals: the figures that the list may be of, the likeliest first.
        parts: what plainly belongs to it.
        inner: behind some of the parts, what may belong to a list within: (number of parts before it, figures).
        later: figures behind the list's end, which it might still include.
        mark: the word that opens the list; 组成 for 由…组成, "" for a total behind its parts.
        open_end: the text says that there are others (等, 主要).
        inside: the list stands within another one and has no end of its own.
        sure: the paragraphs or words leave no doubt that these are its parts.
    """

    passage: Passage
    totals: tuple[Mention, ...]
    parts: tuple[Mention, ...]
    inner: tuple[tuple[int, tuple[Mention, ...]], ...] = ()
    later: tuple[Mention, ...] = ()
    mark: str = ""
    open_end: bool = False
    inside: bool = False
    sure: bool = True

    @property
    def total(self) -> Mention:
        """The likeliest total."""
        return self.totals[0]


def bare_name(head: str, grammar: Grammar) -> str:
    """A head without the word that opens the list."""
    words = head.lstrip("、和及与以：:，, ")
    mark = grammar.lists.match(words)
    return words[mark.end() :] if mark else words


def is_family(heads: Sequence[str], grammar: Grammar) -> bool:
    """The names end alike (…支出, …费), the last one may be 其他."""
    if len(heads) > 1 and not any(bare_name(h, grammar).strip("：:") for h in heads):
        return True  # 30 万元用于编制；30 万元用于审计
    ends = [_TAIL.sub("", bare_name(h, grammar))[-1:] for h in heads if not grammar.rest.search(h)]
    return len(ends) > 1 and len(set(ends)) == 1 and ends[0] != ""


def breakdowns_of(
    passage: Passage, grammar: Grammar, above: Passage | None = None, below: Passage | None = None
) -> Iterator[Breakdown]:
    """Every list of one passage; one that opens it may be of the last size above, one that ends it go on below."""
    if not passage.mentions:
        return
    spans: list[tuple[int, int]] = []
    for mark in islice(grammar.lists.finditer(passage.text), _MOST_MARKS):
        found = _list(passage, mark, grammar, spans, above)
        if found is not None:
            yield replace(found, later=(*found.later, *_rest_below(found, below, grammar)))
            yield from _twin(found)
    yield from _behind(passage, grammar)


def _list(
    passage: Passage,
    mark: re.Match[str],
    grammar: Grammar,
    spans: list[tuple[int, int]],
    above: Passage | None,
) -> Breakdown | None:
    place = bisect_left(passage.mentions, mark.end(), key=lambda m: m.quantity.start)
    first = passage.mentions[place] if place < len(passage.mentions) else None
    if first is None or _broken_off(passage, mark, first):
        return None
    end = _closing(passage.text, mark.end()) if first.depth else len(passage.text)
    items = [m for m in passage.mentions[first.place : first.place + _MOST_FIGURES] if m.quantity.start < end]
    leads = [m for m in items if m.role is Role.LEVEL and m.quantity.what in _SIZES and m.sentence == first.sentence]
    if not leads or (leads[0] is not first and grammar.several.match(mark[0])):
        return None  # 受理 A，审结 B，分别上升 X% 和 Y%
    lead = leads[0]
    totals = _totals(passage, mark, lead) if lead.place else _totals_above(mark, lead, above)
    other = next((m for m in leads if not m.alike(lead)), None)
    if not totals and other is not None and lead.place and mark["word"]:  # 资金 T，其中示范村 2 个：甲村 A、乙村 B
        lead, totals = other, _totals(passage, mark, other)
    totals = tuple(t for t in totals if not _of_others(t, lead, grammar) and not _is_sibling(passage, mark, t, grammar))
    if not totals:
        return None
    word = _word(mark, passage.text)
    if grammar.each.search(word) and not mark["word"]:
        items = [m for m in items if m.quantity.start < passage.text.index(word, mark.end())]
    items = _until_taken_up(items, passage.text[: totals[0].quantity.end])
    parts, inner, later = _parts(items, totals[0], lead, grammar)
    inside = any(start < mark.start() < stop for start, stop in spans) and not mark["bracket"]
    if parts:
        spans.append((mark.start(), parts[-1].quantity.end if not later else later[-1].quantity.end))
    text = passage.text[max(0, mark.start() - 3) : (parts[-1] if parts else lead).quantity.end + 10]
    whole = bool(parts) and grammar.rest.search(parts[-1].head) is not None  # 主要包括 A、B 和其他 C: that is all
    open_end = grammar.partial.search(text) is not None and not whole
    return Breakdown(passage, totals, tuple(parts), tuple(inner), tuple(later), word, open_end, inside)


def _twin(found: Breakdown) -> Iterator[Breakdown]:
    """N 户 M 人，其中农村 N1 户 M1 人; 个，金额 M 万元: the second series of a list that counts all in two units."""
    pairs = [_second(found.passage, m) for m in (found.total, *found.parts)]
    second = [m for m in pairs if m is not None]
    heads = {m.head for m in second[1:]}
    if len(second) == len(pairs) > 2 and len(heads) == 1 and all(m.alike(second[0]) for m in second):  # noqa: PLR2004 - a total and two parts
        yield replace(found, totals=(second[0],), parts=tuple(second[1:]), inner=(), later=())


def _second(passage: Passage, first: Mention) -> Mention | None:
    behind = passage.mentions[first.place + 1 : first.place + 2] if passage.has(first) else ()
    beside = (m for m in behind if m.sentence == first.sentence and "；" not in m.gap)
    return next((m for m in beside if m.role is Role.LEVEL and not m.alike(first)), None)


def _rest_below(found: Breakdown, below: Passage | None, grammar: Grammar) -> tuple[Mention, ...]:
    """其他税种 D 万元, at the start of the paragraph behind A、B 和 C."""
    first = below.mentions[0] if below is not None and below.mentions else None
    ends = found.parts and all(m.sentence == found.parts[-1].sentence for m in found.passage.mentions[-1:])
    rest = first is not None and first.role is Role.LEVEL and grammar.rest.match(first.head.lstrip(" ")) is not None
    return (first,) if first is not None and rest and ends and first.alike(found.parts[-1]) else ()


def _is_sibling(passage: Passage, mark: re.Match[str], total: Mention, grammar: Grammar) -> bool:
    """收入包括 A、B；支出包括…: a part of a list before the semicolon is no total of what has a name of its own."""
    stop = passage.text.rfind("；", total.quantity.end, mark.start())
    named = passage.has(total) and mark["word"] and stop >= 0 and passage.text[stop + 1 : mark.start()].strip(" ，")
    start = passage.text.rfind("。", 0, total.quantity.start) + 1
    before = (m["word"] for m in grammar.lists.finditer(passage.text, start, total.quantity.start)) if named else ()
    return any(before)


def _word(mark: re.Match[str], text: str) -> str:
    if mark["word"]:
        return mark["word"]
    if mark["colon"] or mark["bracket"]:
        return mark[0]
    made = _MADE_OF.search(text, mark.end())
    return made[0] if made else "由"


def _broken_off(passage: Passage, mark: re.Match[str], first: Mention) -> bool:
    """No figure in the same sentence behind the mark, or none in its bracket: （含乡镇），支出 A."""
    between = passage.text[mark.end() : first.quantity.start]
    closed = _closing(between, 0) < len(between)
    ends = "。" if between.startswith("：") else "。；;"  # 其中：出国经费未安排；接待费 A
    return closed or any(c in between for c in ends) or len(between) > 120  # noqa: PLR2004 - a name is shorter


def _closing(text: str, start: int) -> int:
    """Where the bracket is closed that is open at `start`."""
    depth = 0
    for place in range(start, min(len(text), start + 600)):
        depth += _CLOSERS.get(text[place], 0)
        if depth < 0:
            return place
    return len(text)


def _totals(passage: Passage, mark: re.Match[str], lead: Mention) -> tuple[Mention, ...]:
    """The sizes before a mark; right before it for a bracket or a colon, else in this or the last sentence."""
    last = passage.mentions[max(0, lead.place - _MOST_FIGURES) : lead.place]
    before = [m for m in last if m.quantity.end <= mark.start()]
    found = [m for m in reversed(before) if m.alike(lead) and (m.role is Role.LEVEL or _is_full(m))]
    if mark["bracket"] or mark["colon"]:
        beside = bool(before) and not passage.text[before[-1].quantity.end : mark.start()].strip(" ，,")
        return tuple(m for m in found[:1] if beside and (m is before[-1] or _only_rates(before, m, mark)))
    said = passage.text[before[-1].quantity.end if before else 0 : mark.start()].rstrip(" ，,")
    opens = (before and before[-1].sentence < lead.sentence) or "；" in said or said.endswith("）")
    reach = lead.sentence - (1 if opens else 0)
    near = [m for m in found if m.sentence >= reach and (m.depth == 0 or m.depth <= lead.depth)]
    return tuple(near[:_MOST_TOTALS])


def _only_rates(before: Sequence[Mention], total: Mention, mark: re.Match[str]) -> bool:
    """收入 T，为预算的 P%，增长 R%（税收 A；非税 B）: nothing but rates stands between."""
    between = before[before.index(total) + 1 :]
    rates = all(m.quantity.what is What.PERCENT and m.sentence == total.sentence for m in between)
    return bool(mark["bracket"]) and rates


def _is_full(mention: Mention) -> bool:
    """满分 50 分，其中…: a full mark is made of full marks."""
    return mention.role is Role.WHOLE and mention.quantity.what is What.SCORE


def _totals_above(mark: re.Match[str], lead: Mention, above: Passage | None) -> tuple[Mention, ...]:
    """其中 at the start of a paragraph speaks of the last sizes of the one above."""
    if above is None or not mark["word"] or mark.start() > _NEAR_START or lead.sentence:
        return ()
    found = [m for m in reversed(above.mentions) if m.role is Role.LEVEL and m.alike(lead) and not m.depth]
    return tuple(found[:_MOST_TOTALS])


def _parts(
    items: Sequence[Mention], total: Mention, lead: Mention, grammar: Grammar
) -> tuple[list[Mention], list[tuple[int, tuple[Mention, ...]]], list[Mention]]:
    """Parts, lists within, and figures behind the end."""
    parts: list[Mention] = []
    inner: list[tuple[int, tuple[Mention, ...]]] = []
    group: list[Mention] = []
    later: list[Mention] = []
    nested = ended = False
    for last, item, after in zip((None, *items), items, (*items[1:], None), strict=False):
        if item.place > lead.place and parts:
            if "；" in item.gap or ";" in item.gap:
                nested = False
                ended = ended or _is_parted_likewise(item, after, lead, grammar)
            nested = nested or (not ended and _opens_list(item, last, grammar))
            away = item.sentence != lead.sentence or (not nested and _elsewhere(item, total, parts, grammar))
            ended, nested = ended or away, nested and not away
        if item.role is not Role.LEVEL or not item.alike(total) or item.depth > lead.depth:
            continue
        if ended:
            later.append(item)
        elif nested:
            group.append(item)
        else:
            if group:
                inner.append((len(parts), tuple(group)))
                group = []
            parts.append(item)
        if len(parts) > _MOST_PARTS or len(later) + len(group) > _MOST_BEHIND:
            break
    if group:
        inner.append((len(parts), tuple(group)))
    return parts, inner, later


def _is_parted_likewise(item: Mention, after: Mention | None, lead: Mention, grammar: Grammar) -> bool:
    """A，其中市本级 A1；B，其中市本级 B1: B is another total."""
    marked = after is not None and grammar.lists.match(after.head) is not None and item.alike(lead)
    return after is not None and marked and bare_name(after.head, grammar) == bare_name(lead.head, grammar)


def _until_taken_up(items: list[Mention], before: str) -> list[Mention]:
    """特困人员 T 人，其中农村 A、城市 B；特困人员中，…: there the text begins to part the same total otherwise."""
    for place, item in enumerate(items):
        again = _TAKEN_UP.search(item.gap) if place else None
        if again is not None and again["name"] in before:
            return items[:place]
    return items


def _opens_list(item: Mention, last: Mention | None, grammar: Grammar) -> bool:
    """其中, or the colon of its own total; in 示范村 9 个：甲村 A 万元 the colon is none of an amount."""
    mark = grammar.lists.search(_clauses(item))
    return mark is not None and not (mark["colon"] and last is not None and not last.alike(item))


def _clauses(item: Mention) -> str:
    """The words since the figure before, brackets left out."""
    return _BRACKETS.sub("", item.gap)


def _of_others(total: Mention, part: Mention, grammar: Grammar) -> bool:
    """编制 and 实有 are not parts of each other."""
    sides = [
        (grammar.posts.search(m.head) is not None, grammar.present.search(m.head) is not None) for m in (total, part)
    ]
    return sides[0] != sides[1] and all(any(side) for side in sides)


def _elsewhere(item: Mention, total: Mention, parts: list[Mention], grammar: Grammar) -> bool:
    """The figure speaks of something else than the list."""
    head = item.head.lstrip("、和及与")
    if item.role is not Role.LEVEL or item.gap.startswith("、") or grammar.rest.match(head):
        return False  # A、城镇土地使用税 B；其他项目完成 C: one more of them
    if grammar.opening.search(head):  # 上年结转 is a source of money like any other
        return False
    if grammar.anew.search(head) or grammar.bare_total.fullmatch(head) or _is_next_total(item, parts, grammar):
        return True
    if item.quantity.what is What.SCORE or _of_others(total, item, grammar):
        return item.quantity.what is not What.SCORE
    crossed = grammar.flow(head) * grammar.flow(total.head) < 0
    status = grammar.status_of(head)
    if not status or crossed:
        return crossed
    known = {grammar.status_of(m.head) for m in (total, *parts) if not grammar.opening.search(m.head)}
    named = status == "spent" and grammar.spent.fullmatch(head) is None  # 基本支出 is a name, 支出 none
    plain = named or (status in {"spent", "granted"} and known <= {"", status})
    return status not in known and not plain


def _is_next_total(item: Mention, parts: list[Mention], grammar: Grammar) -> bool:
    """建议共 A 件，其中主办 A1 件；提案共计 B 件，其中…: B is a total, as none of the parts is."""
    totals = (grammar.total.search(m.head) for m in (item, *parts))
    return item.gap.startswith("；") and next(totals) is not None and not any(totals)


def _behind(passage: Passage, grammar: Grammar) -> Iterator[Breakdown]:
    """A、B、C，共计 T; A，加 B，总计 T."""
    for total in passage.mentions:
        if total.role is not Role.LEVEL or total.depth or total.quantity.what not in _SIZES:
            continue
        head = total.head.lstrip("、和及与")
        bare = grammar.bare_total.fullmatch(head) is not None
        if not (bare or grammar.total.search(head) or grammar.total_first.match(head)):
            continue
        before = [
            m
            for m in passage.mentions[max(0, total.place - _MOST_PARTS) : total.place]
            if m.role is Role.LEVEL and m.alike(total) and not m.depth
        ]
        own = [m for m in before if m.sentence == total.sentence]
        across = False
        adding = any(grammar.adding.match(m.head) for m in own) and grammar.total.search(head) is not None
        if adding and len(own) == 1 and len(before) > 1:  # 收入完成 A。加上转移性收入 B，收入合计 T
            own, across = before[-2:], True
        own = _without_plans(own, total, grammar) if adding else own
        own = [m for m in own if grammar.flow(m.head) * grammar.flow(total.head) >= 0]
        if not all(PARTED.search(passage.between(a.quantity, b.quantity)) for a, b in pairwise(own)):
            continue
        closing = not bare and not adding and len(own) > 1 and _closes(total, own, grammar)
        if len(own) >= 2 and (bare or adding or closing):  # noqa: PLR2004 - a sum has two parts
            words = passage.text[own[0].quantity.end : total.quantity.start]
            sure = not closing and not across and grammar.lists.search(words.replace("（", "").replace("(", "")) is None
            yield Breakdown(passage, (total,), tuple(own), later=tuple(before[: -len(own)]), sure=sure)


def _without_plans(own: list[Mention], total: Mention, grammar: Grammar) -> list[Mention]:
    """收入预算 P，实际完成 A，加上 B，收入合计 T: a plan is no part of what was done."""
    done = [m for m in own if not grammar.plan_end.search(m.head)]
    return done if len(done) > 1 and not grammar.plan_end.search(total.head) else own


def _closes(total: Mention, own: list[Mention], grammar: Grammar) -> bool:
    """收入 A，补助 B，收入总计 T: a total of nothing but 收入 behind incomes."""
    flow = grammar.flow(total.head)
    if grammar.total_first.match(total.head):  # 合计批复总投资
        return total.quantity.value > max(m.quantity.value for m in own) and all("其中" not in m.head for m in own)
    whose, first = stem(total.head, grammar), own[0]
    same = not whose or (grammar.flow(first.head) == flow and whose in stem(first.head, grammar))
    plainly = flow != 0 and grammar.total.search(total.head) is not None and same
    return plainly and all(
        grammar.flow(m.head) in {0, flow} and not grammar.total.search(m.head) and "其中" not in m.head for m in own
    )


def blocks(passages: Sequence[Passage], grammar: Grammar) -> Iterator[Breakdown]:
    """Totals whose parts are the paragraphs that follow."""
    for place, passage in enumerate(passages[:-1]):
        if passage.row or not passage.mentions:
            continue
        opens = _OPENS.search(passage.text) is not None
        sizes = [m for m in reversed(passage.mentions) if m.role is Role.LEVEL and not m.depth]
        following = passages[place + 1 : place + 1 + _MOST_PARTS]
        places = list(_items(following, passage, sizes[0], numbered=not opens)) if sizes else []
        if len(places) < 2:  # noqa: PLR2004 - a sum has two parts
            continue
        firsts = [_first(following[place], sizes[0]) for place in places]
        parts = [m for m in firsts if m is not None]
        if len(parts) == len(places):
            mark = "其中" if opens else ""
            totals = tuple(m for m in sizes if m.alike(parts[0]))[:_MOST_TOTALS]
            open_end = grammar.partial.search(passage.text[sizes[0].quantity.end :]) is not None
            beyond = _beyond(following[places[-1] + 1 :], passage, sizes[0])
            yield Breakdown(passage, totals, tuple(parts), (), beyond, mark, open_end, sure=opens)


def _beyond(following: Sequence[Passage], above: Passage, total: Mention) -> tuple[Mention, ...]:
    """Paragraphs behind the numbered ones that may go on with the list though nobody numbered them."""
    near = takewhile(lambda p: not p.row and p.headings == above.headings, following[:_MOST_TOTALS])
    firsts = takewhile(lambda m: m is not None, (_first(p, total) for p in near))
    return tuple(m for m in firsts if m is not None)


def _items(following: Sequence[Passage], above: Passage, total: Mention, *, numbered: bool) -> Iterator[int]:
    """The places of the numbered paragraphs behind a passage, whatever remarks stand between them.

    Where the passage ends in a colon, also any paragraphs with one figure.
    """
    expected, style = 1, ""
    for place, passage in enumerate(following):
        found, number = _numbered(passage)
        if passage.row or (found and found == (style or found) and number != expected):
            return
        marked = found != "" and found == (style or found)
        if not marked and style:
            if not any(_numbered(p) == (style, expected) for p in following[place + 1 : place + 1 + _MOST_BETWEEN]):
                return
            continue
        if not marked and (numbered or not passage.mentions or passage.headings != above.headings):
            return
        size = _first(passage, total)
        if not marked and (size is None or size.quantity.value > total.quantity.value):
            return
        expected, style = (expected + 1, found) if marked else (expected, style)
        yield place


def _numbered(passage: Passage) -> tuple[str, int]:
    """How a paragraph is numbered, and its number."""
    mark = _ITEM.match(passage.text)
    style = mark.lastgroup if mark else ""
    if mark is None or not style:
        return "", 0
    if style == "han":
        return style, chinese_number(mark[style]) or 0
    return style, ord(mark[style]) - ord("①") + 1 if style == "ring" else int(mark[style])


def _first(item: Passage, like: Mention) -> Mention | None:
    return next((m for m in item.mentions if m.role is Role.LEVEL and m.alike(like)), None)
