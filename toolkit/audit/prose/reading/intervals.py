"""Figures as intervals (数的区间): what a printed number may have been before it was rounded or cut off.

A figure stands for value ± half a unit of its last place; a rate also for what was cut off instead of rounded.
余 and 多 reach up to the next unit of what is written, 约 and 左右 a tenth to both sides. A relation is broken only
where no value of the intervals makes it true.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from toolkit.audit.prose.reading.numbers import What

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from toolkit.audit.prose.reading.numbers import Quantity

HUNDRED = Decimal(100)

CENT = Decimal("0.01")

_ABOUT = Decimal("0.1")

_COARSE = 12  # where rounding may change more than a twelfth of the digit, nothing is one digit off

_MOVED = (1, 2, 3, 4, 8)  # 4: 元 for 万元, or 万元 for 亿元

_EXACT = frozenset({What.COUNT, What.SCORE})

_MORE = "余多"

_ZEROS_OF_WAN, _ZEROS_OF_YI = 4, 8


class Interval(NamedTuple):
    """From `low` to `high`, both included."""

    low: Decimal
    high: Decimal

    def holds(self, value: Decimal) -> bool:
        """Whether a value lies within."""
        return self.low <= value <= self.high

    def meets(self, other: Interval) -> bool:
        """Whether both have a value in common."""
        return self.low <= other.high and other.low <= self.high

    def overlaps(self, other: Interval) -> bool:
        """`meets`, where both were rounded half up: the upper end is open, so that two which only touch do not meet."""
        touching = self if self.high == other.low else other if other.high == self.low else None
        return self.meets(other) and (touching is None or touching.low == touching.high)

    def plus(self, other: Interval) -> Interval:
        """What the sum may be."""
        return Interval(self.low + other.low, self.high + other.high)

    def minus(self, other: Interval) -> Interval:
        """What the difference may be."""
        return Interval(self.low - other.high, self.high - other.low)

    def negated(self) -> Interval:
        """The same with the other sign."""
        return Interval(-self.high, -self.low)

    def times(self, other: Interval) -> Interval:
        """What the product of two sizes may be."""
        return Interval(self.low * other.low, self.high * other.high)


def of(quantity: Quantity) -> Interval:
    """What a printed figure stands for; counts of whole things are exact."""
    value, step = quantity.value, quantity.step
    if quantity.rough:
        if any(c in quantity.text for c in _MORE):
            return Interval(value, value + max(step, Decimal(10) ** (_zeros(value / step)) * step))
        return Interval(value - abs(value) * _ABOUT, value + abs(value) * _ABOUT)
    if value == 0 or (quantity.what in _EXACT and step <= 1):
        return Interval(value, value)
    return Interval(value - step / 2, value + step / 2)


def _zeros(number: Decimal) -> int:
    """Trailing zeros of a whole number: 50余 is below 60."""
    text = str(int(number))
    return len(text) - len(text.rstrip("0")) if number else 0


def of_rate(quantity: Quantity) -> Interval:
    """A rate as printed, rounded or cut off; the sign, which the words give as well, does not count."""
    value, step = abs(quantity.value), quantity.step
    if quantity.rough:
        return of(quantity._replace(value=value))
    return Interval(value - step / 2, value + step)


def ratio(part: Interval, whole: Interval) -> Interval | None:
    """What part ÷ whole may be, in per cent; None where the whole may be nothing."""
    if whole.low <= 0:
        return None
    return Interval(part.low / whole.high * HUNDRED, part.high / whole.low * HUNDRED)


def evened(figures: Collection[Quantity], finest: Decimal | None = None) -> list[Quantity]:
    """As they were rounded: 9 beside 30.93 has had its noughts left out, 105.1 and 2.08 亿 beside 15218 万 have not."""
    own = _finest(figures)
    if own is None:
        return list(figures)
    finest = own if finest is None else finest
    return [f if f.rough or "." in f.text else f._replace(step=finest) for f in figures]


def total(parts: Iterable[Quantity]) -> Interval:
    """What a sum of printed figures may be."""
    low = high = Decimal(0)
    for part in evened(tuple(parts)):
        found = of(part)
        low, high = low + found.low, high + found.high
    return Interval(low, high)


def rounding(figures: Collection[Quantity]) -> Decimal:
    """What rounding may part a figure and what others make of it; people and things are counted exactly."""
    if all(f.what in _EXACT and f.step == 1 and not f.rough for f in figures):
        return Decimal(0)
    finest = _finest(figures)
    return sum((f.step if finest is None or "." in f.text else finest for f in figures), Decimal(0)) / 2


def _finest(figures: Collection[Quantity]) -> Decimal | None:
    """The last place of the finest; None for figures that are not all written in the same of 元, 万 and 亿."""
    return min(f.step for f in figures) if len(set(map(_scale, figures))) == 1 else None


def _scale(quantity: Quantity) -> int:
    """The 万 and 亿 in which a figure is written; counted without a loop: 1 s of a million characters."""
    return _ZEROS_OF_WAN * quantity.text.count("万") + _ZEROS_OF_YI * quantity.text.count("亿")


def one_digit_apart(one: Decimal, other: Decimal, off: Decimal = Decimal(0)) -> bool:
    """One wrong digit in one figure explains the gap: it is a single digit and noughts, give or take some rounding."""
    gap = abs(one - other)
    if gap <= off:
        return False
    for digit in (Decimal(1).scaleb(gap.adjusted()), Decimal(1).scaleb(gap.adjusted() + 1)):
        near = (gap / digit).to_integral_value()
        if near and abs(gap - near * digit) <= min(off, digit / _COARSE):
            return True
    return False


def slip_apart(one: Decimal, other: Decimal, near: Decimal, off: Decimal) -> bool:
    """A slip may have made one of the other: no further apart than `near` of the greater, or one typed otherwise.

    Typed otherwise: with a wrong digit, with digits that changed places, with the point moved.
    """
    low, high = sorted((abs(one), abs(other)))
    if high - low <= near * high or one_digit_apart(one, other, off) or sorted(str(low)) == sorted(str(high)):
        return True
    return low != 0 and any(abs(low.scaleb(places) - high) <= off + high / HUNDRED for places in _MOVED)
