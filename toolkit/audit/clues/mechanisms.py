"""How a wrong figure comes about (笔误): what was typed, and what may have been meant."""

from __future__ import annotations

from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING

from toolkit.audit.clues.relations import CENT, PLACES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from toolkit.audit.clues.relations import Book, Input

ENDLESS = 10**15
MECHANISMS = ("漏填", "正负号", "数字颠倒", "一位数字", "小数点或单位", "多一位或少一位", "抄了邻格", "四舍五入", "")
_ROUNDED = Fraction(5, 100)
_SHIFTS, _FIGURES = (10, 100, 10**4), "0123456789"


def mechanism(book: Book, one: Input, value: Fraction) -> str:
    """How what stands there may have come from `value`."""
    if book.cell(one).blank:
        return "漏填"
    was = book.value(one)
    old, new = _digits(was), _digits(value)
    signs = (
        ("数字颠倒", _swapped(old, new)),
        ("一位数字", _one_digit(old, new)),
        ("正负号", was == -value),
        ("小数点或单位", old.strip("0") == new.strip("0")),
        ("多一位或少一位", _one_more(old, new)),
        ("抄了邻格", was in set(book.neighbours(one))),
        ("四舍五入", _rounded(was, value)),
    )
    return next((word for word, found in signs if found), "")


def _digits(value: Fraction) -> str:
    """The digits as typed, to the cent, without point and sign: 12.5 → 1250."""
    return str(abs(round(value * 10**PLACES)))


def _swapped(old: str, new: str) -> bool:
    if len(old) != len(new):
        return False
    return old != new and any(old[:i] + old[i + 1] + old[i] + old[i + 2 :] == new for i in range(len(old) - 1))


def _one_digit(old: str, new: str) -> bool:
    return len(old) == len(new) and sum(a != b for a, b in zip(old, new, strict=True)) == 1


def _one_more(old: str, new: str) -> bool:
    """One digit left out or typed twice, wherever the point then stands."""
    short, long = sorted((old.rstrip("0"), new.rstrip("0")), key=len)
    return len(long) == len(short) + 1 and any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def _rounded(old: Fraction, new: Fraction) -> bool:
    return abs(old - new) <= _ROUNDED or old in {Fraction(round(new)), Fraction(round(new * 10), 10)}


def slips(book: Book, one: Input, least: Fraction, most: Fraction) -> Iterator[tuple[str, Iterable[Fraction]]]:
    """What a value may have been before a slip, likeliest first. Where the slip does not say, the limit does."""
    was, edge = book.value(one), most if most < ENDLESS else least
    if book.cell(one).blank:
        yield "漏填", (edge,)
        return
    digits = _digits(was)
    swapped = (digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :] for i in range(len(digits) - 1))
    left_out = (digits[:i] + digits[i + 1 :] for i in range(len(digits)))
    added = (digits[:i] + d + digits[i:] for i in range(len(digits) + 1) for d in _FIGURES)
    other = (digits[:i] + d + digits[i + 1 :] for i in range(len(digits)) for d in _FIGURES)
    yield "小数点或单位", [f for shift in _SHIFTS if was for f in (was / shift, was * shift)]
    yield "数字颠倒", (CENT * int(d) for d in swapped if d != digits)
    yield "正负号", (-was,) if was else ()
    yield "抄了邻格", (edge,) if was in set(book.neighbours(one)) else ()
    yield "四舍五入", (edge,) if _rounded(was, edge) else ()
    if len(digits.strip("0")) > 1:  # a figure of a single digit says nothing of the digit that was meant
        yield "多一位或少一位", (CENT * int(d) for d in chain(left_out, added))
        yield "一位数字", (CENT * int(d) for d in other if d != digits)
