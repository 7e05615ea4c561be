"""A cell's value for its new place (取值): numbers written as text become numbers, units of money one unit.

What is not surely a number stays the text that it was.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING

from toolkit.core.dictionary import Kind
from toolkit.core.light import dataclass
from toolkit.core.money import MONEY_UNITS, money_factor, parse_plain, plain, read_number_text
from toolkit.core.patterns import late
from toolkit.core.words import as_text
from toolkit.unit.cells import ERROR_VALUES, read_value
from toolkit.unit.exchange import raw_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from toolkit.core.dictionary import Datum
    from toolkit.core.model import Content
    from toolkit.unit.moving.pages import Spot
    from toolkit.unit.moving.words import Split

_YUAN = "|".join(MONEY_UNITS)

_UNIT_NOTE = late(rf"单位[:：]?(?:人民币)?({_YUAN})")

_YEAR_NOTE = late(r"\(?(?:19|20)\d\d年度?\)?")
_UNIT_HEAD = late(rf"[(（]({_YUAN})[)）]")

_NOTHING = frozenset("—－-–…")  # how a published form shows that nothing is there

_SHORT = 16  # words in a number cell: 完成, 不适用; longer text is something else


@dataclass(frozen=True, slots=True)
class Taken:
    """What goes into the new cell, and what was done to it on the way ("" when nothing)."""

    value: Content
    note: str = ""


def is_note(text: str) -> bool:
    """金额单位：万元, （2023年度）: read, and to be moved nowhere."""
    plain_text = "".join(unicodedata.normalize("NFKC", text).split())
    return bool(_UNIT_NOTE.search(plain_text) or _YEAR_NOTE.fullmatch(plain_text))


def table_factor(texts: Iterable[str], unit: str) -> Decimal:
    """What the amounts of a table are multiplied with to stand in `unit`; 1 where the table does not say its own."""
    listed = ["".join(unicodedata.normalize("NFKC", t).split()) for t in texts]
    notes = [m[1] for t in listed for m in _UNIT_NOTE.finditer(t)]
    found = notes or [m[1] for t in listed for m in _UNIT_HEAD.finditer(t)]
    if not found or unit not in MONEY_UNITS or len(set(found)) > 1:
        return Decimal(1)
    return money_factor(found[0], unit)


def take(datum: Datum, spot: Spot, factor: Decimal, choices: Sequence[str] | None) -> Taken | None:
    """The cell's value for a datum; None when this can be no value of it."""
    value = spot.value
    if value is None or (isinstance(value, str) and (value in ERROR_VALUES or value.strip() in _NOTHING)):
        return None
    if datum.kind is Kind.MIXED and spot.percent and isinstance(value, Decimal):
        return Taken(f"{plain(value * 100)}%")
    if isinstance(value, str) and choices is not None:
        return _choice(value, choices)
    if not isinstance(value, str):
        return _scaled(datum, value, factor)
    return _from_text(datum, value.strip(), factor)


def _choice(text: str, choices: Sequence[str]) -> Taken:
    """A choice may carry its points: 产出指标（50分）."""
    bare = re.sub(r"[(（][^()（）]*[)）]|\s", "", text)
    found = next((c for c in choices if c == bare), None)
    return Taken(found, "" if found == text else f"原文“{text}”") if found else Taken(text)


def _scaled(datum: Datum, value: Content, factor: Decimal) -> Taken:
    if datum.kind is Kind.MONEY and factor != 1 and isinstance(value, Decimal):
        return Taken(value * factor, f"由 {plain(value)} 换算")
    return Taken(value)


def _from_text(datum: Datum, text: str, factor: Decimal) -> Taken | None:
    made = raw_of(datum, text)
    if isinstance(made, str) and (datum.kind.is_number or datum.kind is Kind.MIXED):
        read = read_number_text(text)
        if read and not read.unit and not read.sign:
            made = read.number
        elif datum.kind.is_number and read_value(datum, text)[1] and len(text) > _SHORT:
            return None
    if datum.kind is Kind.DATE and isinstance(made, str):
        made = read_value(datum, text)[0]
    scaled = _scaled(datum, made, factor)
    changed = not isinstance(made, str) and as_text(made) != text
    return Taken(scaled.value, scaled.note or (f"原文“{text}”" if changed else ""))


def split_target(text: str, split: Split) -> tuple[str, Decimal, str] | None:
    """≥85% → sign, number, unit; None when it is not one number."""
    read = read_number_text(text)
    if read is None or (read.sign and read.sign not in split.signs):
        return None
    return read.sign, read.number, read.unit


def split_actual(text: str, unit: str) -> Decimal | None:
    """The number of a result whose unit is the target's; None when the text says anything more."""
    number = parse_plain(text)
    if number is not None:
        return number
    read = read_number_text(text)
    return read.number if read and not read.sign and read.unit == unit else None
