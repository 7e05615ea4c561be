"""Intervals (区间): two rounded figures agree where a true figure could have given both."""

from __future__ import annotations

from decimal import Decimal

import pytest

from toolkit.audit.prose.reading.intervals import Interval

D = Decimal


@pytest.mark.parametrize(("low", "high", "meets"), [(1, 2, True), (3, 4, True), (2, 3, True), (0, "0.99", False)])
def test_ends_belong_to_an_interval(low: int, high: int | str, meets: bool) -> None:  # noqa: FBT001
    """Whichever of the two is asked."""
    one, other = Interval(D(1), D(3)), Interval(D(low), D(high))
    assert (one.meets(other), other.meets(one)) == (meets, meets)
    assert [one.holds(D(n)) for n in ("0.99", 1, 3, "3.01")] == [False, True, True, False]
