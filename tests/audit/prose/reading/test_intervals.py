"""Intervals (区间): two rounded figures agree where a true figure could have given both."""

from __future__ import annotations

from decimal import Decimal

import pytest

from toolkit.audit.prose.reading import intervals
from toolkit.audit.prose.reading.findings import ProseFinding, Sides, bad
from toolkit.audit.prose.reading.intervals import Interval
from toolkit.core.findings import Severity
from toolkit.pack import Topic

D = Decimal


@pytest.mark.parametrize(("low", "high", "meets"), [(1, 2, True), (3, 4, True), (2, 3, True), (0, "0.99", False)])
def test_ends_belong_to_an_interval(low: int, high: int | str, meets: bool) -> None:  # noqa: FBT001
    """Whichever of the two is asked."""
    one, other = Interval(D(1), D(3)), Interval(D(low), D(high))
    assert (one.meets(other), other.meets(one)) == (meets, meets)
    assert [one.holds(D(n)) for n in ("0.99", 1, 3, "3.01")] == [False, True, True, False]


# 一个数 | 另一个数 | 允许远近 | 是不是笔误
SLIPS = """
100    | 75      | 0.25 | 是
100    | 74.9    | 0.25 | 否
0.98   | 4.57    | 0.25 | 否
251.65 | 38412.16| 0.25 | 否
8868.3 | 886.83  | 0.25 | 是
436    | 634     | 0.25 | 是
12142  | 2142    | 0.25 | 是
25     | 50      | 0.7  | 是
2.8    | 73.31   | 0.7  | 否
73.31  | -2.8    | 0.7  | 否
0      | 73.31   | 0.7  | 否
"""


@pytest.mark.parametrize("line", SLIPS.strip().splitlines())
def test_what_no_slip_explains_was_read_together_wrongly(line: str) -> None:
    one, other, near, slip = (part.strip() for part in line.split("|"))
    found = intervals.slip_apart(Decimal(one), Decimal(other), Decimal(near), Decimal("0.01"))
    assert found is (slip == "是")


@pytest.mark.parametrize(("topic", "severity"), [(Topic.LISTS, Severity.NOTICE), (Topic.FIGURES, Severity.ERROR)])
def test_nobody_is_accused_of_what_was_likely_misread(topic: Topic, severity: Severity) -> None:
    """D69: parts far from their total are told as 提示; a figure against the cell of its name stays 错误."""
    sides = Sides(Decimal("0.98"), Decimal("4.57"), Decimal("0.01"), "亿元")
    judged = bad(ProseFinding(topic, Severity.ERROR, 1, "", "分项超过了合计", "请核对。", sides))
    assert judged.finding is not None
    assert judged.finding.severity is severity
