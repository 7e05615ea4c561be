"""Words of direction against figures (方向核对, D68): 由 A 增加到 B, 减少-5%, 增加的主要原因, 决算数大于预算数."""

from __future__ import annotations

from itertools import islice, pairwise
from typing import TYPE_CHECKING

from toolkit.audit.prose.reading import (
    Judged,
    ProseFinding,
    Role,
    What,
    bad,
    clause,
    good,
    intervals,
    quote,
    stem,
)
from toolkit.core.findings import Severity
from toolkit.core.patterns import late
from toolkit.pack import Topic

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from toolkit.audit.prose.reading import Grammar, Mention, Passage, Quantity, Report

_HUNDRED = 100
_MOST_WORDS = 40

_SIZES = frozenset({What.MONEY, What.COUNT, What.PERCENT, What.SCORE})
_LESS_IS_MORE = late("[位名天日月年时分]")  # 位次由第 15 位上升到第 8 位, 时限由 20 个工作日提升到 10 个工作日

_LIKELY = Severity.NOTICE

_YEAR = late(r"(20\d\d)年")

_COMPARED_YEAR = late(
    r"[比较与同](?P<year>20\d\d)年度?(?!初|度?预算|计划|调整|目标)(?=[^，。；]{0,12}(?:决算|支出|收入|相比|持平|增|减|下降|上升))"
)

_NOUN = late("[幅速率]")  # 增幅为-1.2% is said so

_STARTS = late(r"[由从自][^，。；由从]{0,24}$")

_FIRST, _LATER = late("年初"), late("调整|全年|追加|变更|执行中")

_TURNS = late("其中|[：:（）()]")

_ACTION = "请核对数字和用语。"


def directions(passage: Passage, grammar: Grammar) -> Iterator[Judged]:
    """Every word of direction that the figures of its passage can settle."""
    yield from _from_to(passage, grammar)
    yield from _negative(passage, grammar)
    yield from _reasons(passage, grammar)
    yield from _beside(passage, grammar)
    yield from _beside_level(passage, grammar)


def check_compared_years(report: Report) -> Iterator[Judged]:
    """D73: a report that compares its own year with itself: 与 2022 年决算数持平, in the report of 2022."""
    year = report.year or _year_by_comparisons(report)
    if year is None:
        return
    for passage in report.passages:
        for match in _COMPARED_YEAR.finditer(passage.text):
            start = max(passage.text.rfind(c, 0, match.start()) for c in "。；;") + 1
            named = [int(y) for y in _YEAR.findall(passage.text[start : match.start()])]
            if int(match["year"]) != year or any(y > year for y in named):
                continue
            fact = f"“{match[0]}”是拿本年度（{year} 年）和自己比"
            quoted = quote(passage.printed[start : match.end() + 30])
            action = "请核对对比的年度。"
            yield bad(ProseFinding(Topic.COVER, Severity.NOTICE, passage.paragraph, quoted, fact, action))


def _year_by_comparisons(report: Report) -> int | None:
    """2022 年…比 2021 年: the year that the report compares with the one before it, if all of them agree."""
    found = set[int]()
    for passage in report.passages:
        for match in _COMPARED_YEAR.finditer(passage.text):
            named = _YEAR.findall(passage.text[max(0, match.start() - 60) : match.start()])
            if named and int(named[-1]) == int(match["year"]) + 1:
                found.add(int(named[-1]))
    return found.pop() if len(found) == 1 else None


def _from_to(passage: Passage, grammar: Grammar) -> Iterator[Judged]:
    """由 A 增加到 B: B is the larger one."""
    for first, second in zip(passage.mentions, passage.mentions[1:], strict=False):
        move = grammar.towards.search(second.gap) if len(second.gap) <= _HUNDRED else None
        if move is None or not first.alike(second) or first.quantity.what not in _SIZES:
            continue
        if not _STARTS.search(first.head) or first.quantity.rough or second.quantity.rough:
            continue
        if first.quantity.what is What.COUNT and _LESS_IS_MORE.search(first.quantity.unit):
            continue
        up = any(w in move[0] for w in grammar.ups)
        moved = second.quantity.value - first.quantity.value
        if moved == 0 or (moved > 0) is up:
            yield good(Topic.CHANGES)
            continue
        word = move[0].strip("，,")
        fact = f"写的是“{word}”，但前一个数是 {first.quantity.text}，后一个数是 {second.quantity.text}，方向相反"
        severity = Severity.ERROR if passage.at_once([first, second]) else _LIKELY
        yield bad(_finding(severity, passage, [first.quantity, second.quantity], fact, _ACTION))


def _negative(passage: Passage, grammar: Grammar) -> Iterator[Judged]:
    """减少-5.2%: twice negative says the contrary."""
    for mention in passage.mentions:
        move = grammar.move.search(mention.head) if mention.quantity.value < 0 else None
        if move and (move["up"] or move["down"]) and not (move["up"] and _NOUN.search(move[0])):
            fact = f"“{move[0]}{mention.quantity.text}”用了{move[0]}又用负数，意思可能相反"
            action = "请改写成“增加”或“减少”加正数。"
            yield bad(_finding(Severity.NOTICE, passage, [mention.quantity], fact, action))


def _reasons(passage: Passage, grammar: Grammar) -> Iterator[Judged]:
    """减少 5 万元，下降 10%，增加的主要原因是…: the reason speaks of another direction than the figures."""
    moves = [m for m in passage.mentions if m.role in {Role.CHANGE, Role.GROWTH} and m.up is not None]
    for word in islice(grammar.reason.finditer(passage.text), _MOST_WORDS if moves else 0):
        before = [m for m in moves if m.quantity.end <= word.start()]
        nearest = before[-1] if before else None
        if nearest is None or "。" in passage.text[nearest.quantity.end : word.start()].rstrip("。")[:-1]:
            continue
        up = word["up"] is not None
        if nearest.up is up or nearest.quantity.value == 0:
            yield good(Topic.CHANGES)
        elif len({m.up for m in before[-2:]}) == 1:
            told = f"{'增加' if nearest.up else '减少'} {nearest.quantity.text}"
            fact = f"前面写的是{told}，后面说的是“{word[0]}”，方向不一致"
            yield bad(_finding(Severity.WARNING, passage, [nearest.quantity], fact, "请核对增减方向和原因。"))


def _beside(passage: Passage, grammar: Grammar) -> Iterator[Judged]:
    """年初预算 100 万元，支出决算 90 万元，决算数大于预算数: the figures say the contrary."""
    for word in islice(grammar.beside.finditer(passage.text), _MOST_WORDS):
        before = [m for m in passage.mentions if m.quantity.end <= word.start()]
        over = word["over"] is not None
        named = None
        if word["by"]:
            found = named = _done_in_full(passage, before, word)
        else:
            found = _done(before) or _pair(before, grammar)
            found = found or (named := _pair_named(passage, before, word, grammar))
        if found is None or _of_another_budget(word[0], before, grammar):
            continue
        marks, is_over = found
        if is_over is over:
            yield good(Topic.CHANGES)
            continue
        told = word[0].removesuffix(word["by"] or "")
        fact = f"写的是“{told}”，按前面的数（{'、'.join(q.text for q in marks)}）是{_relation(is_over)}"
        sure = named is None and _right_before(passage, before[-1], word)
        yield bad(_finding(Severity.ERROR if sure else _LIKELY, passage, marks, fact, _ACTION))


def _of_another_budget(told: str, before: list[Mention], grammar: Grammar) -> bool:
    """完成全年预算的 P%，决算数大于年初预算数: two budgets, as 年初 and 调整 tell them apart."""
    last = before[-1]
    said = (
        last.head if last.role is Role.DONE else "".join(m.head for m in before[-2:] if grammar.plan_end.search(m.head))
    )
    kinds = [_is_first(words) for words in (told, said)]
    return None not in kinds and kinds[0] is not kinds[1]


def _is_first(words: str) -> bool | None:
    """年初预算, or one that came after it; None where the words say neither."""
    later = _LATER.search(words) is not None
    return None if (_FIRST.search(words) is not None) is later else not later


def _right_before(passage: Passage, last: Mention, word: re.Match[str]) -> bool:
    """In the same sentence or at the start of the next one, and of nothing else."""
    said = passage.text[last.quantity.end : word.start()]
    return passage.at_once([last], until=word.start()) and said.count("。") <= 1 and not _TURNS.search(said)


def _beside_level(passage: Passage, grammar: Grammar) -> Iterator[Judged]:
    """支出 A，低于预算的 B: the level right behind the word."""
    for one, two in pairwise(passage.mentions):
        found = grammar.beyond_level.search(two.gap) if one.alike(two) and one.sentence == two.sentence else None
        if found is None or one.role is not Role.LEVEL or one.quantity.rough or two.quantity.rough:
            continue
        gap = one.quantity.value - two.quantity.value
        if gap == 0 or (gap > 0) is (found["over"] is not None):
            yield good(Topic.CHANGES)
            continue
        told = f"（{one.quantity.text}、{two.quantity.text}）"
        fact = f"写的是“{found[0].strip('，')}”，按前后两个数{told}是{_relation(gap > 0)}"
        yield bad(_finding(Severity.NOTICE, passage, [one.quantity, two.quantity], fact, _ACTION))


def _relation(is_over: bool | None) -> str:  # noqa: FBT001 - an answer, not a switch
    return "相等" if is_over is None else ("大于" if is_over else "小于")


def _done(before: list[Mention]) -> tuple[list[Quantity], bool | None] | None:
    """完成年初预算的 95% right before."""
    last = before[-1] if before else None
    if last is None or last.role is not Role.DONE or last.quantity.rough:
        return None
    value = last.quantity.value
    if abs(value - _HUNDRED) <= last.quantity.step:
        return ([last.quantity], None) if len(before) == 1 or not _apart(before) else None
    return [last.quantity], value > _HUNDRED


def _done_in_full(
    passage: Passage, before: list[Mention], word: re.Match[str]
) -> tuple[list[Quantity], bool | None] | None:
    """完成预算的 100%，决算数大于预算数 X: so much more that it is not 100 %."""
    last = before[-1] if before else None
    by = next((m for m in passage.mentions[len(before) :] if m.quantity.start == word.start("by")), None)
    if last is None or by is None or last.role is not Role.DONE or last.quantity.value != _HUNDRED:
        return None
    size = next(passage.levels(last.place, by), None)
    moved = intervals.ratio(intervals.of(by.quantity), intervals.of(size.quantity)) if size else None
    return None if moved is not None and moved.low <= last.quantity.step * 2 else ([last.quantity, by.quantity], None)


def _apart(before: list[Mention]) -> bool:
    """Size and budget differ so little that the rate is rounded to 100 %."""
    sizes = [m.quantity.value for m in before[-4:] if m.quantity.what is What.MONEY]
    return len(set(sizes)) > 1


def _pair(before: list[Mention], grammar: Grammar) -> tuple[list[Quantity], bool | None] | None:
    """The last two sizes, one of them a budget."""
    sizes = [m for m in before if m.role in {Role.LEVEL, Role.BASE} and m.quantity.what is What.MONEY][-2:]
    if len(sizes) < 2 or sizes[0].sentence != sizes[1].sentence or any(m.quantity.rough for m in sizes):  # noqa: PLR2004
        return None
    plans = [m for m in sizes if grammar.plan_end.search(m.head)]
    if len(plans) != 1:
        return None
    plan = plans[0]
    actual = sizes[1] if plan is sizes[0] else sizes[0]
    gap = actual.quantity.value - plan.quantity.value
    marks = [m.quantity for m in sizes]
    allowed = intervals.of(plan.quantity).meets(intervals.of(actual.quantity))
    return marks, None if allowed and gap == 0 else gap > 0


def _pair_named(
    passage: Passage, before: list[Mention], word: re.Match[str], grammar: Grammar
) -> tuple[list[Quantity], bool | None] | None:
    """三公经费预算 A，决算 B…。…。三公经费决算数大于预算数: the two sizes that the sentence names, further up."""
    subject = stem(clause(passage.text[max(0, word.start() - _HUNDRED) : word.start()]), grammar)
    found = [
        (plan, done)
        for plan, done in pairwise(before[-_MOST_WORDS:])
        if grammar.plan_end.search(plan.head) and subject and subject in stem(plan.head, grammar)
    ]
    return _pair(list(found[0]), grammar) if len(found) == 1 else None


def _finding(severity: Severity, passage: Passage, marks: list[Quantity], fact: str, action: str) -> ProseFinding:
    return ProseFinding(Topic.CHANGES, severity, passage.paragraph, quote(passage.printed, marks), fact, action)
