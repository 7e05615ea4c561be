"""Amounts in sentences (文中金额): every notation of one amount is read as the same figure.

263.2万元, 263.20 万元, ２６３．２万元, 2,632,000元, 0.02632亿元 and 贰佰陆拾叁万贰仟元 are all 263.2 万元.

Where 文字核对 reads what was meant to be read, this reads what was perhaps meant not to be.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import cache
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from toolkit.core.light import dataclass
from toolkit.core.money import MONEY_UNITS
from toolkit.core.patterns import late

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_UNITS = {**MONEY_UNITS, "亿": MONEY_UNITS["亿元"], "万": MONEY_UNITS["万元"]}

_FIGURE = late(
    r"(?P<number>\d(?<![\d.A-Za-z〔\[第].)(?:\d{0,2}(?:,\d{3})+(?:\.\d+)?|\d*(?:\.\d+)?))"
    r"(?:\s*(?P<over>[余多来几]))?\s*(?P<unit>"
    + "|".join(sorted(MONEY_UNITS, key=len, reverse=True))  # the longer words are tried first
    + r"|[亿万](?![\u4e00-\u9fff])|[亿万](?=左右|上下|以[上下内外]|出头|不到)|)"
)

_GOES_ON = late(r"\s*[\u4e00-\u9fffA-Za-z%‰/\-~—℃㎡²\d]|[.,:]\d")

_JOINS = late(r"\s*[和与及或]")

_CHINESE_DIGITS = {
    c: i
    for i, signs in enumerate(["零〇", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"])
    for c in signs
}


_STEPS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}

_DIGIT_SIGNS, _STEP_SIGNS = "".join(_CHINESE_DIGITS), "".join(_STEPS)

_DIGIT_SIGN = late(f"[{_DIGIT_SIGNS}]")

_WORDS = late(
    rf"(?P<whole>[{_DIGIT_SIGNS}{_STEP_SIGNS}](?<![\d.余多].)(?<![\d.]\s.)[{_DIGIT_SIGNS}{_STEP_SIGNS}万亿]*)"
    rf"(?:[点.](?P<decimals>[{_DIGIT_SIGNS}]+)(?P<scale>[百千]?[万亿]?))?(?P<over>[余多来几])?[元圆]"
)

# 四十四万五千九, as it is said: the last digit counts the next lower step
_SAID = late(
    rf"(?P<whole>[{_DIGIT_SIGNS}{_STEP_SIGNS}](?<![\d.余多].)[{_DIGIT_SIGNS}{_STEP_SIGNS}]*万[{_DIGIT_SIGNS}{_STEP_SIGNS}]+)"
    r"(?=[，。；、,;!！\n]|$)"
)

_STEPS_OF_MYRIADS = {"": 1, "万": 10_000, "亿": 100_000_000}


@dataclass(frozen=True, slots=True)
class Amount:
    """One amount of a sentence: the figure, its last decimal, both in the unit asked for, and how it is written.

    `bare` figures carry no unit; they may be in the unit of the form or 元.
    """

    number: Decimal
    step: Decimal
    text: str
    start: int
    bare: bool = False


_OLD_SIGNS = {**dict(zip("萬億圓圆", "万亿元元", strict=True)), "廿": "二十", "卅": "三十", "卌": "四十"}
_OLD = late(f"[{''.join(_OLD_SIGNS)}]")
_UNSEEN = late("[\u200b-\u200f\u2060\ufeff\u00ad]")
_BROKEN = late(
    r"\s(?:(?<=[\d.,][\xa0\u2007\u2009\u202f])(?=[\d.,万亿元])"
    r"|(?<=[\d.,]\s)(?:(?<=\n)|(?<!\n)[^\S\n]*\n)[^\S\n]*(?=[\d.,万亿元])"
    r"|(?<=\d[.,]\s)\s*(?=\d)|(?<=\d\s)\s*(?=[.,]\s*\d)|(?<=[万亿]\s)\s*(?=元|\d{1,4}\s*元)"
    r"|(?<=\d\s)\s*(?=[万亿]?\s*元|万\s*\d{1,4}\s*元)|(?<=\d )(?=\d{3}(?:\.\d+)?元))"
)
_POINT = late(r"[点·。](?<=\d.)(?=\d+[余多来几]?[万亿元])")
_PLACES_IN_WORDS = late(rf"[点·.](?<=\d.)(?P<places>[{_DIGIT_SIGNS}]+)(?=[百千]?[万亿元])")
# 44万零5900元, 4十4万5千9百元, 44万伍仟玖佰元: neither all in figures nor all in words
_MIXED_SIGNS = rf"\d{_DIGIT_SIGNS}{_STEP_SIGNS}万亿"
_MIXED = late(rf"[{_MIXED_SIGNS}](?<![.,{_MIXED_SIGNS}].)[{_MIXED_SIGNS}]*(?=元)")
_OF_ONE_KIND = late(rf"\d+[{_STEP_SIGNS}]?[万亿]?|\D+")
_COINS = late(r"(?P<coins>\d(?<![\d.,].)[\d,]{4,})\s*(?P<coin>[角分])(?![之钟])")  # no score is as large
_FRACTION = late(r"(?P<whole>\d(?<![\d./].)\d*)(?:\s*又\s*| )(?P<top>\d{1,3})/(?P<bottom>[1-9]\d{0,3})(?=\s*[万亿元])")
_POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_POWER = late(r"[⁰¹²³⁴⁵⁶⁷⁸⁹](?<=[×xX*]10.)[⁰¹²³⁴⁵⁶⁷⁸⁹]*")
_SCIENTIFIC = late(
    r"(?P<lead>\d(?<![\d.A-Za-z].)\d{0,2}(?:\.\d+)?)(?:[eE]|\s*[×xX*]\s*10\^?)\+?(?P<power>\d{1,2})(?=万?元)"
)
_CURRENCY = late(
    r"(?<![A-Za-z])(?:RMB|CNY|[¥￥])\s*[¥￥]?\s*(?P<sum>\d[\d,]*(?:\.\d+)?)(?P<unit>\s*[十百千万亿元k]|)", re.IGNORECASE
)
_CURRENCY_BEHIND = late(
    r"(?<=[\d万亿])\s*(?:人民币|RMB|CNY|yuan\b|块(?=钱|[，。；、,;\s]|$)钱?)(?!\s*[\d元])", re.IGNORECASE
)
_GROUPS = late(r"(?<=\d)['’](?=\d{3})|(?<![\d,.])(?P<head>\d{1,4}),(?P<tail>\d{4})(?=元)")
_COMMA = late(r"(?P<whole>\d(?<![\d,.].)\d{0,2}),(?P<places>\d{2})(?=万元)")  # 44,59万元
_KILO = late(r"[kK](?<=\d.)(?:元|(?![\u4e00-\u9fffA-Za-z]))")
_MYRIAD = late(r"[wW](?<=\d.)(?=元|[^\u4e00-\u9fffA-Za-z]|$)")
_PIECES = late(r"块(?<=[万亿].)")
_LATER_OVER = late(r"(?<=\d)(?P<scale>[十百千]?[万亿])(?P<over>[余多来几])(?=元|[^\u4e00-\u9fff]|$)")
_THOUSANDS = late(r"(?<=万)(?P<thousands>\d)千(?:(?P<hundreds>\d)百)?(?=元)")
_TWO_UNITS = late(
    r"(?P<first>\d+)(?:亿(?P<myriads>\d{1,4}(?:\.\d+)?)万元|万(?:(?P<yuan>\d{1,4}(?:\.\d+)?)(?P<over>[余多来]?)元"
    r"|(?P<rest>\d{4})(?=[，。；、,;\s]|$)))"
)


_NUMERAL = late(rf"[\d{_DIGIT_SIGNS}{_STEP_SIGNS}廿卅卌]")


def may_tell_amounts(readable: str) -> bool:
    """Whether a half-width text has any figure at all: most names have none, and `spelled` asks for twenty things."""
    return _NUMERAL.search(readable) is not None


def in_figures(text: str) -> str:
    """九九九〇〇一 → 999001, sign by sign."""
    return _DIGIT_SIGN.sub(lambda m: str(_CHINESE_DIGITS[m[0]]), text)


class _Spelling(NamedTuple):
    """One way of writing, and what stands for it: it has at least one of `signs`, and is not looked for without."""

    signs: frozenset[str]
    pattern: re.Pattern[str]
    instead: str | Callable[[re.Match[str]], str]


def spelled(text: str) -> str:
    """A text with every amount spelled one way.

    44.59万余元, 44点59万元, 44点五九万元, 44万5900元, 44万伍仟玖佰元, 445.9k元, 4459000角, 4.459×10⁵元, RMB445900,
    445900人民币, 44又59/100万元, 萬 and 圓, and breaks or unseen signs inside a figure; spelling again changes nothing.
    """
    plain = _POWER.sub(lambda m: "^" + m[0].translate(_POWERS), _UNSEEN.sub("", text).replace("\r\n", "\n"))
    plain = unicodedata.normalize("NFKC", _BROKEN.sub("", plain))
    plain = _BROKEN.sub("", _OLD.sub(lambda m: _OLD_SIGNS[m[0]], plain))
    seen = set(plain)
    for signs, pattern, instead in _spellings():
        if not signs.isdisjoint(seen):
            plain, count = pattern.subn(instead, plain)
            seen = set(plain) if count else seen
    return plain


@cache
def _spellings() -> tuple[_Spelling, ...]:
    """In the order in which they build on each other; the signs spare 1 ms of a unit's 50 texts."""
    given: tuple[tuple[str, re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
        ("点·。", _POINT, "."),
        ("wW", _MYRIAD, "万"),
        ("块", _PIECES, "元"),
        ("币bByY块", _CURRENCY_BEHIND, "元"),
        (_DIGIT_SIGNS, _PLACES_IN_WORDS, lambda m: f".{in_figures(m['places'])}"),
        (",", _COMMA, r"\g<whole>.\g<places>"),
        ("/", _FRACTION, _as_decimal),
        ("bBcC¥￥", _CURRENCY, lambda m: f"{m['sum']}{m['unit'] or '元'}"),
        ("kK", _KILO, "千元"),
        ("eExX×*", _SCIENTIFIC, _in_full),
        ("'’,", _GROUPS, lambda m: f"{m['head'] or ''}{m['tail'] or ''}"),
        ("角分", _COINS, lambda m: f"{Decimal(m['coins'].replace(',', '')) / _COINS_OF[m['coin']]:f}元"),
        ("余多来几", _LATER_OVER, r"\g<over>\g<scale>"),
        ("元", _MIXED, _out_of_the_mixture),
        ("千", _THOUSANDS, lambda m: f"{m['thousands']}{m['hundreds'] or 0}00"),
        ("万", _TWO_UNITS, _one_unit),
    )
    return tuple(_Spelling(frozenset(signs), pattern, instead) for signs, pattern, instead in given)


_COINS_OF = {"角": 10, "分": 100}

_MIXTURE = late(rf"\d+|[{_DIGIT_SIGNS}]|[{_STEP_SIGNS}]|[万亿]")


def _out_of_the_mixture(match: re.Match[str]) -> str:
    """4十4万5千9百 → 44.59万; 445千 and 四十四万 stay."""
    if _OF_ONE_KIND.fullmatch(match[0]):
        return match[0]
    total = section = digit = Decimal(0)
    for token in _MIXTURE.findall(match[0]):
        if token in _STEPS:
            section, digit = section + (digit or 1) * _STEPS[token], Decimal(0)
        elif token in _STEPS_OF_MYRIADS:
            total, section, digit = (total + section + digit) * _STEPS_OF_MYRIADS[token], Decimal(0), Decimal(0)
        else:
            digit = digit * 10 ** len(token) + int(in_figures(token))
    return f"{((total + section + digit) / 10_000).normalize():f}万"


def _as_decimal(match: re.Match[str]) -> str:
    """44又59/100 → 44.59."""
    return f"{Decimal(match['whole']) + Decimal(match['top']) / Decimal(match['bottom']):.4f}".rstrip("0").rstrip(".")


def _in_full(match: re.Match[str]) -> str:
    """4.459×10^5 → 445900."""
    return f"{Decimal(match['lead']).scaleb(int(match['power'])):f}"


def _one_unit(match: re.Match[str]) -> str:
    """1亿2345.6万元 and 44万5900元, in the larger unit's own decimals."""
    first = Decimal(match["first"])
    if match["myriads"]:
        return f"{first * 10_000 + Decimal(match['myriads'])}万元"
    return f"{first + Decimal(match['yuan'] or match['rest']) / 10_000}{match['over'] or ''}万元"


def amounts_in(sentence: str, unit: str = "万元") -> Iterator[Amount]:
    """Every amount in a text, in `unit`; counts, rates, years and numbers of documents are left alone."""
    folded = spelled(sentence)
    for match in _FIGURE.finditer(folded):
        number, end = Decimal(match["number"].replace(",", "")), match.end()
        if match["unit"]:
            factor = _UNITS[match["unit"]] / MONEY_UNITS[unit]
            step = Decimal(1).scaleb(int(number.as_tuple().exponent)) * factor
            value = number * factor + (step / 2 if match["over"] else 0)  # 44万多元 is 44 to 45
            yield Amount(value, step, match[0].strip(), match.start())
        elif not _within_a_code(folded, match.start()) and (
            not _GOES_ON.match(folded, end) or _JOINS.match(folded, end)
        ):
            yield from _bare(number, match, MONEY_UNITS[unit])
    for match in (*_WORDS.finditer(folded), *_SAID.finditer(folded)):
        step = Decimal(1) if match.re.groups == 1 else _last_place(match)
        value = _amount_in_words(match) + (step / 2 if match.groupdict().get("over") else 0)
        yield Amount(value / MONEY_UNITS[unit], step / MONEY_UNITS[unit], match[0], match.start())


def _within_a_code(text: str, start: int) -> bool:
    """0737-2632000, 2023/12.5: a figure behind a dash or a stroke is part of something else."""
    return text.endswith(("-", "—", "–", "/"), 0, start)


def _bare(number: Decimal, match: re.Match[str], yuan: Decimal) -> Iterator[Amount]:
    step = Decimal(1).scaleb(int(number.as_tuple().exponent))
    if number != number.to_integral_value():
        yield Amount(number, step, match[0].strip(), match.start(), bare=True)
    if number >= yuan > 1:
        yield Amount(number / yuan, step / yuan, match[0].strip(), match.start(), bare=True)


def _last_step(words: str) -> Decimal:
    """What the last sign counts: 四十四万 → 10000."""
    return Decimal({**_STEPS, **_STEPS_OF_MYRIADS}.get(words[-1], 1))


def _last_place(match: re.Match[str]) -> Decimal:
    """What the last sign of an amount in words counts: 四十四万六千 → 1000, 四十四点六万 → 1000."""
    if match["decimals"]:
        return Decimal(_scale(match["scale"])).scaleb(-len(match["decimals"]))
    return _last_step(match["whole"])


def _amount_in_words(match: re.Match[str]) -> Decimal:
    """贰佰陆拾叁万贰仟元, 二百六十三点二万元 → 2632000; 四十四万五千九 → 445900."""
    told, words = match.groupdict(), match["whole"]
    total = section = digit = 0
    for sign in words:
        if sign in _CHINESE_DIGITS:
            digit = digit * 10 + _CHINESE_DIGITS[sign]
        elif sign in _STEPS:
            section += (digit or 1) * _STEPS[sign]
            digit = 0
        else:
            total = (total + section + digit) * _STEPS_OF_MYRIADS[sign]
            section = digit = 0
    if "decimals" not in told and words[-1] in _CHINESE_DIGITS:
        digit *= int(_last_step(words[:-1])) // 10 or 1
    decimals = "".join(str(_CHINESE_DIGITS[c]) for c in told.get("decimals") or "零")
    return (total + section + digit + Decimal(f"0.{decimals}")) * _scale(told.get("scale") or "")


def _scale(words: str) -> int:
    """百万 → 1000000."""
    return prod({**_STEPS, **_STEPS_OF_MYRIADS}[sign] for sign in words)
