"""Figures bound by arithmetic of their own (勾稽关系): income less spending, stocks, limits, scores, states.

收入 − 支出 = 结余; 年初结转 + 收入 − 支出 = 年末结转; 上年末 + 新增 − 报废 = 保有量; 余额 ≤ 限额;
满分 − 扣分 = 得分.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import chain, groupby, islice, permutations, product, takewhile
from typing import TYPE_CHECKING

from toolkit.audit.prose.checks.sums.stocks import finding, is_plain, judged_limits, judged_stocks, rounding
from toolkit.audit.prose.checks.sums.totals import sums
from toolkit.audit.prose.reading import (
    Judged,
    ProseFinding,
    Role,
    Sides,
    What,
    bad,
    good,
    grammar_of,
    intervals,
)
from toolkit.core.findings import Severity
from toolkit.core.patterns import late
from toolkit.pack import Topic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from toolkit.audit.prose.reading import Grammar, Mention, Passage, Report

_MOST, _MOST_APART, _MOST_MARKS = 6, 12, 40
_LEAST_CHANGES = 3  # a whole and two parts
_PASSAGES_ABOVE = 4

_REST = late(r"(?:因素|部分)?[以之]?后[，,]?[^，；。\d]{0,8}$")  # A，剔除 X 后，为 B

_LEAST_DIGITS = 4

_MOST_BELOW = 12


def check_balances(report: Report) -> Iterator[Judged]:
    """Every sentence whose figures are bound so."""
    grammar = grammar_of(report.settings)
    yield from _changes_of_sums(report)
    for place, passage in enumerate(report.passages):
        above = report.passages[max(0, place - _PASSAGES_ABOVE) : place]
        yield from _made_up(passage, grammar)
        yield from judged_limits(passage, grammar)
        yield from _made_up_below(passage, report.passages[place + 1 : place + 1 + _MOST_BELOW])
        for sentence in _sentences(passage):
            balanced = tuple(_side_by_side(passage, sentence, grammar))
            balanced = balanced or tuple(_balance(passage, sentence, above, grammar))
            balanced = balanced or tuple(_of_the_year(passage, sentence, grammar))
            yield from balanced or _remainders(passage, sentence, grammar)
            yield from _adjusted(passage, sentence, grammar)
            yield from _done_and_open(passage, sentence, above, grammar)
            yield from judged_stocks(passage, sentence, grammar)


def _sentences(passage: Passage) -> Iterator[list[Mention]]:
    """The figures of a passage, sentence by sentence."""
    return (list(own) for _, own in groupby(passage.mentions, key=lambda m: m.sentence))


def _balance(
    passage: Passage, sentence: Sequence[Mention], above: Sequence[Passage], grammar: Grammar
) -> Iterator[Judged]:
    """收入合计 A，支出合计 B，收支相抵，年终结余 C."""
    sizes = [m for m in sentence if m.role in {Role.LEVEL, Role.BASE} and m.quantity.what is What.MONEY and not m.depth]
    left = next(
        (m for m in reversed(sizes) if grammar.closing.search(m.head) and not grammar.opening.search(m.head)), None
    )
    if left is not None and len(sizes) == 1:
        yield from _balance_above(passage, left, above if grammar.balance.search(left.gap) else (), grammar)
    if left is None or len(sizes) < 3 or any(m.quantity.rough for m in sizes):  # noqa: PLR2004 - income, spending, rest
        return
    opening = [m for m in sizes if grammar.opening.search(m.head)]
    others = [m for m in sizes if m is not left and m not in opening and not grammar.closing.search(m.head)]
    incomes, outlays = ([m for m in others if grammar.flow(m.head) == sign] for sign in (1, -1))
    told = grammar.balance.search(passage.text) is not None
    if not incomes or not outlays or not (told or opening):
        return
    rest = intervals.of(left.quantity)
    carried = intervals.total(m.quantity for m in opening)
    for income in incomes:
        for outlay in outlays:
            plainly = intervals.of(income.quantity).minus(intervals.of(outlay.quantity))
            if plainly.meets(rest) or plainly.negated().meets(rest) or plainly.plus(carried).meets(rest):
                yield good(Topic.FIGURES)
                return
    if len(incomes) == len(outlays) == 1 and len(sizes) == 3 + len(opening):
        told = told and not opening and passage.at_once([incomes[0], outlays[0], left])
        sure = told and _one_digit_left(incomes[0], outlays[0], left)  # 累计结余, with what was left before, is no slip
        severity = Severity.ERROR if sure else Severity.NOTICE
        yield bad(_unbalanced(passage, (incomes[0], outlays[0], left, opening), severity))


def _side_by_side(passage: Passage, sentence: Sequence[Mention], grammar: Grammar) -> Iterator[Judged]:
    """收到 A，拨付 B，结余 C: right behind one another, and nothing carried over."""
    for left in sentence:
        if not is_plain(left) or not grammar.closing.search(left.head) or grammar.opening.search(left.head):
            continue
        figures = passage.mentions[max(0, left.place - 2) : left.place + 1]
        before = passage.mentions[max(0, left.place - 3) : max(0, left.place - 2)]
        plain = len(figures) > 2 and all(is_plain(m) and m.alike(left) for m in figures)  # noqa: PLR2004 - three
        carried = any(grammar.opening.search(m.head) for m in (*before, *figures))
        if not plain or carried or not passage.at_once(figures) or not _come_and_gone(figures[0], figures[1], grammar):
            continue
        if (figures[0].quantity.value - figures[1].quantity.value - left.quantity.value).copy_abs() <= rounding(
            *figures
        ):
            yield good(Topic.FIGURES)
        elif _one_digit_left(figures[0], figures[1], left):
            told = grammar.balance.search(left.gap)  # 收支相抵 leaves no other reading
            severity = Severity.ERROR if told else Severity.NOTICE
            yield bad(_unbalanced(passage, (figures[0], figures[1], left, []), severity))


def _come_and_gone(come: Mention, gone: Mention, grammar: Grammar) -> bool:
    received = grammar.flow(come.head) > 0 or grammar.status_of(come.head) == "granted"
    return received and (grammar.flow(gone.head) < 0 or grammar.status_of(gone.head) in {"paid", "spent"})


def _of_the_year(passage: Passage, sentence: Sequence[Mention], grammar: Grammar) -> Iterator[Judged]:
    """收入 A，…。支出 B，…。本年收支结余 C: what came in and went out in this year, whatever stands between."""
    for left in sentence:
        simple = is_plain(left) or (left.role is Role.CHANGE and left.up is None and not left.quantity.rough)
        if not simple or left.depth or not grammar.left_this_year.search(left.head):
            continue
        before = passage.mentions[max(0, left.place - _MOST_APART) : left.place]
        closed = max((m.place for m in before if grammar.closing.search(m.head) and is_plain(m)), default=-1)
        own = [m for m in before if m.place > closed and is_plain(m) and not m.depth and m.alike(left)]
        flows = [[m for m in own if grammar.flow(m.head) == sign] for sign in (1, -1)]
        pairs = list(product(*flows))
        rest = intervals.of(left.quantity)
        gaps = [intervals.of(a.quantity).minus(intervals.of(b.quantity)) for a, b in pairs]
        if any(gap.meets(rest) or gap.negated().meets(rest) for gap in gaps):
            yield good(Topic.FIGURES)
        elif pairs:
            income, outlay = (max(flow, key=lambda m: m.quantity.value) for flow in flows)
            yield bad(_unbalanced(passage, (income, outlay, left, []), Severity.NOTICE))


def _remainders(passage: Passage, sentence: Sequence[Mention], grammar: Grammar) -> Iterator[Judged]:
    """资产 A，负债 B，净资产 C: what is left of two figures; told only where one wrong digit parts it from A − B."""
    for left in sentence:
        if not _is_left(left, grammar):
            continue
        others = [m for m in passage.mentions[max(0, left.place - _MOST) : left.place + 3] if _is_other(m, left)]
        pairs = list(permutations(others, 2))
        if any(
            abs(a.quantity.value - b.quantity.value - left.quantity.value) <= rounding(a, b, left) for a, b in pairs
        ):
            yield good(Topic.FIGURES)
            continue
        pairs += _of_the_first(passage, left)
        income, outlay = next((pair for pair in pairs if _one_digit_left(*pair, left)), (None, None))
        if income is not None and outlay is not None:
            yield bad(_unbalanced(passage, (income, outlay, left, []), Severity.NOTICE))


def _of_the_first(passage: Passage, left: Mention) -> list[tuple[Mention, Mention]]:
    """安排资金 A，其中…。已支出 B。尚结存 C: of what the paragraph begins with, where the three hold."""
    first, gone = passage.mentions[0], passage.mentions[left.place - 1]
    others = {left, gone}
    simple = first not in others and all(is_plain(m) and m.alike(left) and not m.depth for m in (first, gone))
    return [(first, gone)] if simple and left.place and gone.sentence >= left.sentence - 1 else []


def _adjusted(passage: Passage, sentence: Sequence[Mention], grammar: Grammar) -> Iterator[Judged]:
    """年初预算 A，追加 X、追减 Y，调整后预算 B; A，剔除 X 后，为 B."""
    for new in sentence:
        if not is_plain(new) or not (grammar.readjusted.search(new.head) or _REST.match(new.gap)):
            continue
        before = [m for m in passage.mentions[max(0, new.place - _MOST) : new.place] if m.sentence == new.sentence]
        moves = list(takewhile(lambda m: m.role is Role.CHANGE and m.up is not None, reversed(before)))
        old = before[-len(moves) - 1] if len(before) > len(moves) > 0 else None
        if old is None or not is_plain(old) or not all(m.alike(new) for m in (old, *moves)):
            continue
        right = old.quantity.value + sum((m.quantity.value if m.up else -m.quantity.value) for m in moves)
        sides = Sides(new.quantity.value, right, rounding(old, new, *moves), new.quantity.unit)
        if sides.agree:
            yield good(Topic.FIGURES)
            continue
        told = old.quantity.text + "".join(f"{'＋' if m.up else '－'}{m.quantity.text}" for m in reversed(moves))
        fact = (
            f"{'剩余' if _REST.match(new.gap) else '调整后'}写的是 {new.quantity.text}，按 {told} 应为 "
            f"{sides.shown(right)} {sides.unit}，相差 {sides.shown(sides.gap)} {sides.unit}"
        )
        marks = [old.quantity, *(m.quantity for m in reversed(moves)), new.quantity]
        yield bad(finding(Topic.FIGURES, Severity.NOTICE, passage, marks, fact, sides))


def _done_and_open(
    passage: Passage, sentence: Sequence[Mention], above: Sequence[Passage], grammar: Grammar
) -> Iterator[Judged]:
    """受理 T 件，办结 D 件，正在办理 U 件: what is done and what is not make the whole."""
    for rest in sentence:
        if not _is_exact(rest) or not grammar.pending.search(rest.head):
            continue
        near = passage.mentions[max(0, rest.place - _MOST_APART) : rest.place]
        before = [m for m in near if _is_exact(m) and m.alike(rest) and m.sentence == rest.sentence]
        if not before or not _is_done(before[-1], grammar):
            continue
        if len(before) == 1:  # 安排资金 T。支付 D，未支付 U
            yield from _of_one_above(passage, before[0], rest, above)
            continue
        whole, done = before[-2:]
        yield from _closed(passage, whole, done, rest)


def _is_done(mention: Mention, grammar: Grammar) -> bool:
    return grammar.settled.search(mention.head) is not None or grammar.status_of(mention.head) == "paid"


def _of_one_above(passage: Passage, done: Mention, rest: Mention, above: Sequence[Passage]) -> Iterator[Judged]:
    """The whole stands further up: a size that both make, or the one long one that is near."""
    said = [m for p in (*above[-1:], passage) for m in p.mentions if m.where < done.where]
    wholes = [m for m in said if _is_exact(m) and m.alike(done) and m.quantity.value > rest.quantity.value]
    judged = [j for whole in wholes[-_MOST_APART:] for j in _closed(passage, whole, done, rest)]
    passed = [j for j in judged if j.finding is None]
    long = len(done.quantity.value.normalize().as_tuple().digits) > _LEAST_DIGITS
    yield from passed[:1] or (judged if long and len(judged) == 1 else ())


def _closed(passage: Passage, whole: Mention, done: Mention, rest: Mention) -> Iterator[Judged]:
    """What is done and what is not, against the whole."""
    summed = done.quantity.value + rest.quantity.value
    sides = Sides(whole.quantity.value, summed, rounding(whole, done, rest), whole.quantity.unit)
    if sides.agree:
        yield good(Topic.FIGURES)
    elif intervals.one_digit_apart(whole.quantity.value, summed, sides.tolerance):
        fact = (
            f"已办的 {done.quantity.text}＋未办的 {rest.quantity.text}＝{sides.shown(summed)} {sides.unit}，"
            f"一共写的是 {whole.quantity.text}，相差 {sides.shown(sides.gap)} {sides.unit}"
        )
        marks = [m.quantity for m in (whole, done, rest) if m.paragraph == passage.paragraph]
        yield bad(finding(Topic.FIGURES, Severity.NOTICE, passage, marks, fact, sides))


def _is_exact(mention: Mention) -> bool:
    return mention.role is Role.LEVEL and not mention.quantity.rough and not mention.depth


def _is_left(mention: Mention, grammar: Grammar) -> bool:
    """结余 C; also 预算 A、决算 B，节约 C: a change of which nothing says against what."""
    if mention.role is Role.CHANGE:
        saved = grammar.saved.search(mention.head) is not None
        money = mention.quantity.what is What.MONEY and not mention.quantity.rough
        return money and not grammar.compare.search(mention.gap) and saved
    return (
        is_plain(mention)
        and (grammar.remains.search(mention.head) or grammar.saved.match(mention.head)) is not None
        and not grammar.opening.search(mention.head)
    )


def _is_other(mention: Mention, left: Mention) -> bool:
    near = left.sentence - 1 <= mention.sentence <= left.sentence
    return mention is not left and near and is_plain(mention) and mention.depth == left.depth


def _one_digit_left(one: Mention, two: Mention, left: Mention) -> bool:
    """Short figures are near one another by chance, and so are those that stand apart."""
    gap = one.quantity.value - two.quantity.value
    digits = len(one.quantity.value.normalize().as_tuple().digits)
    least = _LEAST_DIGITS if max(one.place, two.place) == left.place - 1 else _LEAST_DIGITS + 1
    return gap > 0 and digits >= least and intervals.one_digit_apart(gap, left.quantity.value, rounding(one, two, left))


def _balance_above(passage: Passage, left: Mention, above: Sequence[Passage], grammar: Grammar) -> Iterator[Judged]:
    """上述收支相抵，年终结余 C: income and spending stand above, as totals or one by one."""
    said = chain(*(p.mentions for p in above), passage.mentions[max(0, left.place - _MOST_APART * 2) : left.place])
    known = [m for m in said if m.role in {Role.LEVEL, Role.BASE} and m.alike(left) and not m.depth]
    flows = [[m for m in known if grammar.flow(m.head) == sign] for sign in (1, -1)]
    totals = [next((m for m in reversed(flow) if grammar.total.search(m.head)), None) for flow in flows]
    rest = intervals.of(left.quantity)
    if totals[0] is not None and totals[1] is not None:
        plainly = intervals.of(totals[0].quantity).minus(intervals.of(totals[1].quantity))
        if plainly.meets(rest):
            yield good(Topic.FIGURES)
        elif intervals.one_digit_apart(totals[0].quantity.value - totals[1].quantity.value, left.quantity.value):
            yield bad(_unbalanced(passage, (totals[0], totals[1], left, []), Severity.NOTICE))
        return
    own = [m for m in known if above and m.paragraph == above[-1].paragraph]
    out = [m for m in own if grammar.outlay.search(m.head)]
    come = [m for m in own if m not in out]
    if len(out) == 1 and come:
        summed = intervals.total(m.quantity for m in come).minus(intervals.of(out[0].quantity))
        gap = sum((m.quantity.value for m in come), Decimal(0)) - out[0].quantity.value
        if summed.meets(rest):
            yield good(Topic.FIGURES)
        elif intervals.one_digit_apart(gap, left.quantity.value):
            yield bad(_unbalanced(passage, (come[0], out[0], left, come[1:]), Severity.NOTICE))


def _unbalanced(
    passage: Passage, figures: tuple[Mention, Mention, Mention, list[Mention]], severity: Severity
) -> ProseFinding:
    income, outlay, left, opening = figures
    right = income.quantity.value - outlay.quantity.value + sum((m.quantity.value for m in opening), Decimal(0))
    sides = Sides(left.quantity.value, right, intervals.CENT, left.quantity.unit)
    told = "".join(f"{m.quantity.text}＋" for m in opening)
    own = sides.as_written(m.quantity for m in (income, outlay, left))
    fact = (
        f"结余写的是 {left.quantity.text}，按 {told}{income.quantity.text}－{outlay.quantity.text} 应为 "
        f"{own.shown(own.right)} {own.unit}，相差 {own.shown(own.gap)} {own.unit}"
    )
    known = (income, outlay, left)
    marks = sorted((m.quantity for m in known if m.paragraph == left.paragraph), key=lambda q: q.start)
    return finding(Topic.FIGURES, severity, passage, marks, fact, sides)


def _made_up(passage: Passage, grammar: Grammar) -> Iterator[Judged]:
    """比上年减少 X，其中：A 减少 X1，B 减少 X2; told only where one wrong digit explains the gap."""
    changes_of = [m for m in passage.mentions if m.role is Role.CHANGE and m.up is not None]
    if len(changes_of) < _LEAST_CHANGES:
        return
    for mark in islice(grammar.lists.finditer(passage.text), _MOST_MARKS):
        whole = next((m for m in reversed(changes_of) if m.quantity.end <= mark.start()), None)
        parts = [m for m in changes_of if m.quantity.start >= mark.end()]
        if whole is None or not parts or not mark["word"] or parts[0].sentence - whole.sentence > 1:
            continue
        own = [m for m in parts if m.sentence == parts[0].sentence and m.alike(whole)]
        kind = _is_against_plan(whole, grammar)
        own = [m for m in own if _is_against_plan(m, grammar) in {kind, None}]
        if len(own) > 1:
            yield from _summed(whole, own, passage)


def _is_against_plan(change: Mention, grammar: Grammar) -> bool | None:
    """比预算减少, and not 比上年减少; None where nothing is said to compare with."""
    compared = grammar.compare.search(change.gap)
    return None if compared is None else grammar.planned.search(change.gap, compared.start()) is not None


def _made_up_below(passage: Passage, below: Sequence[Passage]) -> Iterator[Judged]:
    """比上年减少 X。其中：the changes of the parts stand in paragraphs of their own."""
    own = [m for m in passage.mentions if m.role is Role.CHANGE and m.up is not None]
    if not own or not passage.text.rstrip().endswith("："):
        return
    firsts = (next((m for m in p.mentions if m.role is Role.CHANGE and m.up is not None), None) for p in below)
    parts = list(takewhile(lambda m: m is not None and m.alike(own[-1]), firsts))
    known = [m for m in parts if m is not None]
    judged = [j for end in range(2, len(known) + 1) for j in _summed(own[-1], known[:end], passage)]
    yield from [j for j in judged if j.finding is None][:1] or judged[-1:]


def _changes_of_sums(report: Report) -> Iterator[Judged]:
    """T，减少 X；A，减少 X1；B，增加 X2: where A and B make T, their changes make X."""
    where = {(m.paragraph, m.quantity.start): p for p in report.passages for m in p.mentions}
    for total, parts in sums(report):
        whole = _change_of(total, where)
        moves = [_change_of(part, where) for part in parts if part.quantity.value]
        known = [m for m in moves if m is not None]
        if whole is not None and len(known) == len(moves) > 1 and all(m.alike(whole) for m in known):
            yield from _summed(whole, known, where[whole.paragraph, whole.quantity.start])


def _change_of(size: Mention, where: Mapping[tuple[int, int], Passage]) -> Mention | None:
    """The change right behind a size."""
    passage = where.get((size.paragraph, size.quantity.start))
    following = passage.mentions[size.place + 1 : size.place + _MOST] if passage and passage.has(size) else ()
    behind = [m for m in following if m.depth == size.depth][:2]
    change = next((m for m in behind if m.role is not Role.DONE and m.role is not Role.BASE), None)
    plain = change is not None and change.role is Role.CHANGE and change.up is not None
    return change if plain and change is not None and change.sentence == size.sentence else None


def _summed(whole: Mention, parts: list[Mention], passage: Passage) -> Iterator[Judged]:
    summed = sum((m.quantity.value if m.up is whole.up else -m.quantity.value for m in parts), Decimal(0))
    sides = Sides(whole.quantity.value, summed, rounding(whole, *parts), whole.quantity.unit)
    turned = next((m for m in (whole, *parts) if _turned(m, whole, summed, sides.tolerance)), None)
    if sides.agree:
        yield good(Topic.FIGURES)
    elif turned is not None or intervals.one_digit_apart(whole.quantity.value, summed, sides.tolerance):
        word = "增加" if whole.up else "减少"
        fact = (
            f"一共{word} {whole.quantity.text}，各项变动合起来是{word} {sides.shown(summed)} {sides.unit}，"
            f"相差 {sides.shown(sides.gap)} {sides.unit}"
        )
        fact += f"；{turned.quantity.text}的方向反过来就对得上" if turned else ""
        marks = [whole.quantity, *(m.quantity for m in parts)]
        yield bad(finding(Topic.FIGURES, Severity.NOTICE, passage, marks, fact, sides))


def _turned(move: Mention, whole: Mention, summed: Decimal, off: Decimal) -> bool:
    """The changes make the whole if this one went the other way; 1 and 2 would do so by chance."""
    value = move.quantity.value
    right = -whole.quantity.value if move is whole else whole.quantity.value
    moved = Decimal(0) if move is whole else 2 * value if move.up is whole.up else -2 * value
    return len(value.normalize().as_tuple().digits) > 1 and abs(summed - moved - right) <= off
