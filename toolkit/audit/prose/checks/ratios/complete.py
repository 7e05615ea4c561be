"""Shares that are all there is (占比之和, D67): 甲占 P%，乙占 Q%，丙占 R% make 100 %.

A list of shares need not be complete, so only one wrong digit between their sum and 100 is told, and only of shares
printed so finely that none is that near by chance.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING

from toolkit.audit.prose.reading import Judged, ProseFinding, Role, Sides, What, bad, good, intervals, quote
from toolkit.core.findings import Severity
from toolkit.core.money import plain
from toolkit.core.patterns import late
from toolkit.pack import Topic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.audit.prose.reading import Grammar, Mention, Passage

_HUNDRED, _FINE, _COARSE = Decimal(100), Decimal("0.01"), Decimal("0.1")

_SEVERAL = 3

_ENDS = late(r"；|其中")


def judged_shares(passage: Passage, grammar: Grammar) -> Iterator[Judged]:
    """Every list of shares of a passage, with nothing between them."""
    for run in _runs(passage, grammar):
        sums = list(accumulate(m.quantity.value for m in run))
        off = sum((m.quantity.step for m in run), Decimal(0)) / 2
        if any(abs(total - _HUNDRED) <= off for total in sums):
            yield good(Topic.RATES)
        elif intervals.one_digit_apart(sums[-1], _HUNDRED, off):
            sides = Sides(sums[-1], _HUNDRED, off, "%")
            listed = "＋".join(m.quantity.text for m in run)
            fact = f"各项占比 {listed}＝{plain(sums[-1])}%，合起来应为 100%，相差 {plain(sides.gap)} 个百分点"
            quoted = quote(passage.printed, [m.quantity for m in run])
            action = "请核对各项占比；只列了一部分的，请写明“主要”或“等”。"
            yield bad(ProseFinding(Topic.RATES, Severity.NOTICE, passage.paragraph, quoted, fact, action, sides))


def _runs(passage: Passage, grammar: Grammar) -> Iterator[list[Mention]]:
    run: list[Mention] = []
    for mention in (*passage.mentions, None):
        if mention is not None and run and _goes_on(mention, run[-1]):
            run.append(mention)
            continue
        if len(run) > 1 and _is_fine(run) and not grammar.partial.search(_around(passage, run)):
            yield run
        run = [mention] if mention is not None and _opens(mention, grammar) else []


def _opens(mention: Mention, grammar: Grammar) -> bool:
    plain_rate = mention.quantity.what is What.PERCENT and not mention.quantity.rough
    severally = mention.role is Role.RATE and grammar.several.search(mention.gap) is not None
    return plain_rate and (mention.role is Role.SHARE or severally)


def _goes_on(mention: Mention, before: Mention) -> bool:
    """分别占 P%、Q%, or each behind a name of its own; a semicolon, 其中 or a full stop ends the list."""
    alike = mention.role is before.role and mention.quantity.what is What.PERCENT and not mention.quantity.rough
    return alike and mention.sentence == before.sentence and not _ENDS.search(mention.gap)


def _is_fine(run: list[Mention]) -> bool:
    """Two shares of 0.01 %, or three of 0.1 % that one word opens."""
    together = all(not m.head for m in run[1:])
    return max(m.quantity.step for m in run) <= (_COARSE if together and len(run) >= _SEVERAL else _FINE)


def _around(passage: Passage, run: list[Mention]) -> str:
    last = run[-1].quantity
    return run[0].gap + passage.between(run[0].quantity, last) + passage.after(last, 2)
