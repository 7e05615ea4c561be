"""Numbers at the border (金额与数值): text and floats become `Decimal` once, and are rounded half up.

Excel shows 15 significant digits, so a float is converted through `'%.15g'` (2030.12, never
2030.1199999…). 财政 practice rounds 四舍五入; `Decimal` would otherwise round half to even.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from toolkit.core.light import dataclass
from toolkit.core.patterns import late

if TYPE_CHECKING:
    from collections.abc import Mapping

# A unit of money → how many 元 it is. A pack names the one that it counts in.
MONEY_UNITS: Mapping[str, Decimal] = MappingProxyType(
    {
        "元": Decimal(1),
        "百元": Decimal(100),
        "千元": Decimal(1000),
        "万元": Decimal(10_000),
        "十万元": Decimal(100_000),
        "百万元": Decimal(1_000_000),
        "千万元": Decimal(10_000_000),
        "亿元": Decimal(100_000_000),
    }
)

_PLAIN = late(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")

_NUMBER_IN_TEXT = late(
    r"(?P<sign>≥|≤|>=|<=|=|>|<|不低于|不少于|不超过|不高于)?"
    r"(?P<number>[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+))(?P<unit>[^0-9]{0,12})"
)

# Signs typed in full width are the same signs; ① and ² are no digits, and nothing may make them such.
_NARROW: dict[int, int | str] = {**{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}, 0x3000: " "}

_THOUSANDS = late(r"(?<=[0-9]),(?=[0-9]{3}([^0-9]|$))")

_MOST_DIGITS = 15
_CELL_END = 308
_WIDE = Context(prec=1_000_000)  # a text may hold a figure of any length; a step costs what its own digits cost

_GROUPED_FROM = 10_000
_ENDINGS = {"以内": "≤", "之内": "≤", "以下": "≤", "以上": "≥"}

# What a target's text says of its direction, for a formula: the signs of `sign_in_text`, as typed.
LESS_WORDS = ("≤", "<", "＜", "不超过", "不高于", "以内", "之内", "以下")
MORE_WORDS = ("≥", ">", "＞", "=", "＝", "不低于", "不少于", "以上")

_SIGNS = {">=": "≥", "<=": "≤", "不低于": "≥", "不少于": "≥", "不超过": "≤", "不高于": "≤"}


def from_float(number: float) -> Decimal:
    """Convert a cell's binary float as Excel displays it (15 significant digits)."""
    return Decimal(f"{number:.15g}")


def round_half_up(number: Decimal, places: int) -> Decimal:
    """四舍五入 to `places` decimals; the result always carries that many decimals."""
    return number.quantize(_step(places), rounding=ROUND_HALF_UP, context=_WIDE)


def narrow(text: str) -> str:
    """A text with its full-width letters, digits and signs in half width; no other sign becomes a digit."""
    return text.translate(_NARROW)


def is_plausible(number: Decimal) -> bool:
    """Whether a figure has the size of a figure: a cell holds 15 digits, and so does a treasury."""
    return not number or (number.is_finite() and -_MOST_DIGITS <= number.adjusted() < _MOST_DIGITS)


def keeps_digits(number: Decimal) -> bool:
    """Whether a cell that holds a figure as a number gives back every digit of it."""
    return fits_cell(number) and from_float(float(number)) == number


def fits_cell(number: Decimal) -> bool:
    """Whether a sheet can hold a figure as a number: Excel ends below 1E+308, and takes what is longer as a text."""
    return number.is_finite() and number.adjusted() < _CELL_END


def money_factor(written: str, wanted: str) -> Decimal:
    """What an amount in one unit is multiplied with to stand in another: 元 → 万元 is 0.0001."""
    return MONEY_UNITS[written] / MONEY_UNITS[wanted]


def figure(number: Decimal, places: int = 2) -> str:
    """A figure as people read it: 2030.12, and from ten thousand on with its thousands: 12,345.60."""
    shown = round_half_up(number, places)
    return f"{shown:,}" if abs(shown) >= _GROUPED_FROM else str(shown)


@lru_cache(maxsize=64)
def _step(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)


def plain(number: Decimal) -> str:
    """Write a number without exponent and without trailing zeros: 2088.26, 40, 0.978."""
    text = str(number)
    if "E" in text:
        text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def grouped(number: Decimal) -> str:
    """The same with its thousands from ten thousand on: 21,005.36."""
    return f"{Decimal(plain(number)):,}" if abs(number) >= _GROUPED_FROM else plain(number)


def parse_filled(text: str | None) -> Decimal | None:
    """What staff filled in, where it is a figure: of no more digits than a cell takes as one (else T04, a text)."""
    number = parse_plain(text or "")
    return number if number is not None and is_plausible(number) else None


def parse_plain(text: str) -> Decimal | None:
    """Read ordinary number text (`2088.26`); None when it is anything else."""
    if not _PLAIN.fullmatch(text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:  # pragma: no cover - the pattern leaves nothing that Decimal refuses
        return None


@dataclass(frozen=True, slots=True)
class NumberText:
    """What a text in a number cell says (文本型数字).

    Attributes:
        number: the figure as written, e.g. 620.82.
        unit: what follows it, e.g. "万元", "%" or "".
        sign: a comparison sign in front of it ("≥", "≤", …) or "".
    """

    number: Decimal
    unit: str
    sign: str


def read_number_text(text: str) -> NumberText | None:
    """Read "620.82万元", "1,234.5", "１２３．４", "≥266米"; None when there is not exactly one number."""
    folded = "".join(text.translate(_NARROW).split())
    match = _NUMBER_IN_TEXT.fullmatch(_THOUSANDS.sub("", folded))
    if not match:
        return None
    if not is_plausible(Decimal(match["number"])):
        return None
    unit, sign = match["unit"].strip(), match["sign"] or ""
    return NumberText(Decimal(match["number"]), unit, _SIGNS.get(sign, sign))


def sign_in_text(text: str) -> str:
    """The comparison that a target's text states: "≤50万元" and "50万元以内" → "≤"; "" when it states none."""
    read = read_number_text(text)
    if read is None:
        return ""
    if read.sign:
        return read.sign
    return next((sign for ending, sign in _ENDINGS.items() if read.unit.endswith(ending)), "")
