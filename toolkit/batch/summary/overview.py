"""What is told of a whole batch at a glance (总览): ranking, rates, spread of scores, the commonest faults."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from toolkit.batch.collect import units_filed

if TYPE_CHECKING:
    from toolkit.batch.collect import Batch, Entry

_STEPS = tuple(map(Decimal, (0, 60, 70, 80, 85, 90, 95, 100)))

_MOST_BARS = 12


def parent_of(entry: Entry) -> str:
    """上级: the roster's, else the 主管部门 on the cover."""
    if entry.unit:
        return entry.above
    return entry.record.department if entry.record else ""


def ranking(batch: Batch) -> list[tuple[int, Entry]]:
    """Place and unit, best first; equal scores share a place."""
    import pandas as pd

    entries = [e for e in batch.entries if e.counted and e.record and e.record.total is not None]
    totals = pd.Series([float(e.record.total or 0) for e in entries if e.record], dtype="float64")
    places = totals.rank(ascending=False, method="min").astype(int)
    return sorted(zip(places, entries, strict=True), key=lambda p: (p[0], p[1].code, p[1].name))


def rates(batch: Batch) -> list[tuple[str, Decimal]]:
    """执行率 of the parents one level below the total, lowest first; of the units where there are no parents."""
    pairs = [(n, f) for n, f in zip(batch.nodes, batch.figures, strict=True) if n.depth == 1]
    found = [(n.label, f.rate) for n, f in pairs if f.rate is not None]
    return sorted(found, key=lambda p: (p[1], p[0]))[:_MOST_BARS]


def spread(batch: Batch) -> list[tuple[str, int]]:
    """得分分布: how many units lie in each step."""
    totals = [e.record.total for e in batch.entries if e.counted and e.record and e.record.total is not None]
    found = []
    for low, high in pairwise(_STEPS):
        last = high == _STEPS[-1]
        label = f"{low}–{high}" if low else f"{high} 以下"
        found.append((label, sum(1 for t in totals if low <= t and (t < high or (last and t <= high)))))
    return found


def common_faults(batch: Batch) -> list[tuple[str, str, int]]:
    """问题最多的规则: id, title, how many of the units that have filed have an open 错误 or 警示; most units first.

    A rule of another pack that is counted along (`[batch] also`) is none of this pack's requirements.
    """
    titles = batch.pack.titles
    counts = Counter(rule for e in units_filed(batch.entries) if e.record for rule in e.record.rules if rule in titles)
    ordered = sorted(counts.items(), key=lambda p: (-p[1], p[0]))
    return [(rule, titles[rule], count) for rule, count in ordered[:_MOST_BARS]]
