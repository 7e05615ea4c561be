"""Amounts in sentences (文中金额): every notation of one amount is read as the same figure.

263.2万元, 263.20 万元, ２６３．２万元, 2,632,000元, 0.02632亿元 and 贰佰陆拾叁万贰仟元 are all 263.2 万元.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# In 万元. 元 stands last, so that the longer words are tried first.
_UNITS = {
    "亿元": "10000",
    "千万元": "1000",
    "百万元": "100",
    "十万元": "10",
    "万元": "1",
    "千元": "0.1",
    "百元": "0.01",
    "元": "0.0001",
    "亿": "10000",
    "万": "1",
}
_FIGURE = re.compile(
    r"(?<![\d.A-Za-z〔\[第])(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:\s*(?:余|多))?\s*(?P<unit>"
    + "|".join(w for w in _UNITS if w not in {"亿", "万"})
    + r"|[亿万](?![\u4e00-\u9fff])|)"
)
_GOES_ON = re.compile(r"\s*[\u4e00-\u9fffA-Za-z%‰/\-~—℃㎡²\d]|[.,:]\d")
_JOINS = re.compile(r"\s*[和与及或]")
_DIGITS = {
    c: i
    for i, signs in enumerate(["零〇", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"])
    for c in signs
}
_STEPS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_DIGIT_SIGNS, _STEP_SIGNS = "".join(_DIGITS), "".join(_STEPS)
_WORDS = re.compile(
    rf"(?<![\d.余多])(?<![\d.]\s)(?P<whole>[{_DIGIT_SIGNS}{_STEP_SIGNS}][{_DIGIT_SIGNS}{_STEP_SIGNS}万亿]*)"
    rf"(?:点(?P<decimals>[{_DIGIT_SIGNS}]+)(?P<scale>[万亿]?))?[元圆]"
)
_MYRIADS = {"": 1, "万": 10_000, "亿": 100_000_000}
_BARE_YUAN = 10_000  # a bare figure from here on may be 元


@dataclass(frozen=True, slots=True)
class Amount:
    """One amount of a sentence: the figure in 万元, its last decimal in 万元, and how it is written.

    `bare` figures carry no unit; they may be 万元 or 元.
    """

    number: Decimal
    step: Decimal
    text: str
    start: int
    bare: bool = False


def amounts_in(sentence: str) -> Iterator[Amount]:
    """Every amount in a text; counts, rates, years and numbers of documents are left alone."""
    folded = unicodedata.normalize("NFKC", sentence)
    for match in _FIGURE.finditer(folded):
        number, end = Decimal(match["number"].replace(",", "")), match.end()
        if match["unit"]:
            factor = Decimal(_UNITS[match["unit"]])
            step = Decimal(1).scaleb(int(number.as_tuple().exponent)) * factor
            yield Amount(number * factor, step, match[0].strip(), match.start())
        elif not _within_a_code(folded, match.start()) and (
            not _GOES_ON.match(folded, end) or _JOINS.match(folded, end)
        ):
            yield from _bare(number, match)
    for match in _WORDS.finditer(folded):
        yield Amount(_in_words(match) / 10_000, Decimal("0.0001"), match[0], match.start())


def _within_a_code(text: str, start: int) -> bool:
    """0737-2632000, 2023/12.5: a figure behind a dash or a stroke is part of something else."""
    return text[:start].endswith(("-", "—", "–", "/"))


def _bare(number: Decimal, match: re.Match[str]) -> Iterator[Amount]:
    step = Decimal(1).scaleb(int(number.as_tuple().exponent))
    if number != number.to_integral_value():
        yield Amount(number, step, match[0].strip(), match.start(), bare=True)
    if number >= _BARE_YUAN:
        yield Amount(number / 10_000, step / 10_000, match[0].strip(), match.start(), bare=True)


def _in_words(match: re.Match[str]) -> Decimal:
    """贰佰陆拾叁万贰仟元, 二百六十三点二万元 → 2632000."""
    total = section = digit = 0
    for sign in match["whole"]:
        if sign in _DIGITS:
            digit = digit * 10 + _DIGITS[sign]
        elif sign in _STEPS:
            section += (digit or 1) * _STEPS[sign]
            digit = 0
        else:
            total = (total + section + digit) * _MYRIADS[sign]
            section = digit = 0
    decimals = "".join(str(_DIGITS[c]) for c in match["decimals"] or "零")
    return (total + section + digit + Decimal(f"0.{decimals}")) * _MYRIADS[match["scale"] or ""]
