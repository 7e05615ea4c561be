"""One cell at the border (读数): a raw value and what the dictionary says it is → the value we work with."""

from __future__ import annotations

import datetime as dt
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING

from toolkit.core.dictionary import Datum, Kind
from toolkit.core.findings import ERROR_VALUE, HIDDEN_SIGNS, NOT_A_NUMBER
from toolkit.core.model import TYPED_AS_TEXT
from toolkit.core.money import MONEY_UNITS, is_plausible, money_factor, narrow, parse_plain, read_number_text
from toolkit.core.patterns import late
from toolkit.core.words import DAY_ZERO, as_text

if TYPE_CHECKING:
    from toolkit.core.model import Content
    from toolkit.core.money import NumberText

ERROR_VALUES = frozenset(
    (
        *("#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!"),
        *("#BLOCKED!", "#BUSY!", "#PYTHON!", "#CONNECT!", "#UNKNOWN!", "#EXTERNAL!", "#GETTING_DATA"),
    )
)

# A picture that WPS puts into a cell: nothing that could be read or printed.
_PICTURE = late(r"=(?:_xlfn\.)?DISPIMG\(")

_CONTROL = late(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

# Signs that nobody sees and that come along with what is pasted: directions of writing, joints, soft hyphens.
_INVISIBLE = late("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")

_DATE = late(
    r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*日?"
    r"(?:[ T][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?|\s*[(（]?(?:星期|周)[一二三四五六日天][)）]?)?"
)

_UNITS = {
    Kind.COUNT: dict.fromkeys(("", "人", "个", "名", "家"), Decimal(1)),
    Kind.SCORE: dict.fromkeys(("", "分"), Decimal(1)),
    Kind.RATE: {"": Decimal(1), "%": Decimal("0.01")},
    Kind.YEAR: dict.fromkeys(("", "年", "年度"), Decimal(1)),
    Kind.AREA: dict.fromkeys(("", "㎡", "m2", "平方米"), Decimal(1)),
}


_SERIAL_DATES = range(25569, 73051)  # 1970 … 2100


def read_value(datum: Datum, raw: Content) -> tuple[Content, list[str]]:
    """Read one raw value; also the rule ids of what was noticed (see `CellNote`).

    >>> read_value(Datum("甲", Kind.MONEY, unit="万元"), "620.82万元")
    (Decimal('620.82'), ['A21'])
    """
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None, []
    if isinstance(raw, str) and raw[0] in "#=" and (raw in ERROR_VALUES or _PICTURE.match(raw)):
        return None, [ERROR_VALUE]
    if datum.kind.is_number:
        return _number(datum, raw)
    if datum.kind is Kind.DATE:
        return _date(raw)
    if datum.kind is Kind.MIXED:
        return _mixed(raw), _text_notes(raw)
    # A name is a name without the spaces around it: they would stand in sentences and folder names.
    text = as_text(raw) if datum.kind is Kind.LONG else as_text(raw).strip()
    return text, _text_notes(raw)


def without_invisible(text: str) -> str:
    """A text without the signs that nobody sees."""
    return text if text.isprintable() else _INVISIBLE.sub("", text)  # none of them is


def invisible_signs(text: str) -> list[str]:
    """The signs that nobody sees, by their code: U+202D."""
    found = () if text.isprintable() else _INVISIBLE.findall(text)
    return [f"U+{ord(sign):04X}" for sign in dict.fromkeys(found)]


def odd_digits(text: str) -> list[str]:
    """Signs that look like digits and are none: ①, ², ½, Ⅳ."""
    return [s for s in dict.fromkeys(text) if not s.isascii() and unicodedata.category(s) in {"No", "Nl"}]


def _number(datum: Datum, raw: Content) -> tuple[Content, list[str]]:
    if isinstance(raw, Decimal):
        return (raw, []) if is_plausible(raw) else (as_text(raw), [NOT_A_NUMBER])
    found = read_number_text(raw) if isinstance(raw, str) else None
    factor = _factor(datum, found)
    if found is None or factor is None or not is_plausible(number := found.number * factor):
        return as_text(raw), [NOT_A_NUMBER]
    return number, [TYPED_AS_TEXT]


def _factor(datum: Datum, found: NumberText | None) -> Decimal | None:
    if found is None or found.sign:
        return None
    if datum.kind is not Kind.MONEY:
        return _UNITS[datum.kind].get(found.unit)
    written = f"{found.unit}元" if found.unit in {"万", "亿"} else found.unit
    if not written:
        return Decimal(1)
    return money_factor(written, datum.unit) if written in MONEY_UNITS and datum.unit else None


def _date(raw: Content) -> tuple[Content, list[str]]:
    """A day; what time of it does not count."""
    if isinstance(raw, dt.date):
        return raw, []
    if isinstance(raw, Decimal) and int(raw) in _SERIAL_DATES:
        return DAY_ZERO + dt.timedelta(days=int(raw)), []
    text = as_text(raw)
    match = _DATE.fullmatch(narrow(text).strip())
    try:
        return (dt.date(*map(int, match.groups())), []) if match else (text, [NOT_A_NUMBER])
    except ValueError:
        return text, [NOT_A_NUMBER]


def _mixed(raw: Content) -> Content:
    """指标值, 实际完成值: a number stays a number, any other text stays text."""
    if isinstance(raw, Decimal):
        return raw if is_plausible(raw) else as_text(raw)
    text = as_text(raw).strip()
    number = parse_plain(text)
    return text if number is None or not is_plausible(number) else number


def _text_notes(raw: Content) -> list[str]:
    return [HIDDEN_SIGNS] if isinstance(raw, str) and not raw.isprintable() and _CONTROL.search(raw) else []
