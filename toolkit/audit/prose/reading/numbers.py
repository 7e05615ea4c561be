"""Numbers in Chinese prose (文中数字): amounts, counts, percentages, points and years, with where they stand.

Amounts are normalised to the pack's unit once, here. A figure that the writer himself calls rough (50余次, 近5万次,
10—20万元) is marked, never rounded into something exact. Document numbers, dates, telephone and article
numbers carry no unit of ours, or stand behind 第 or inside 〔〕, and are not read.

Amounts in sentences (文中金额): every notation of one amount is read as the same figure.

263.2万元, 263.20 万元, ２６３．２万元, 2,632,000元, 0.02632亿元 and 贰佰陆拾叁万贰仟元 are all 263.2 万元.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from enum import StrEnum
from math import prod
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from toolkit.core.light import dataclass
from toolkit.core.money import MONEY_UNITS
from toolkit.core.patterns import late

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIDE_SIGNS = "０１２３４５６７８９．％－−ＸＡ"

_SAME_LENGTH, _FULL_WIDTH = str.maketrans(_WIDE_SIGNS, "0123456789.%--XA"), late(f"[{_WIDE_SIGNS}]")

_NARROW_STOPS = late(r"[;()]|(?<!\d)[,:]|[,:](?!\d)")  # 1,264 and 8:30 stay
_WIDE_STOPS = dict(zip(",;:()", "，；：（）", strict=True))

_DIGIT = late("[0-9]")

_MEASURES = (
    "个工作日|人次|人天|平方公里|平方千米|平方米|立方米|公里|千米|公顷|小时|分钟|亩次|车次|批次|户次|班次|"
    "个|家|项|件|人|次|场|份|名|户|起|条|部|处|所|辆|台|套|篇|期|批|宗|例|天|米|亩|吨|只|头|村|㎡|通|卷|册|幅|本|栋|"
    "座|支|班|类|株|笔|张|公斤|千克|克|艘|间|片|孔|封|组|盏|块|组次|人·次|届|门|款|位|科|对|轮"
)

_NUMBER = r"(?:\d{1,3}(?:[,，]\d{3})+|\d+)(?:\.\d+)?"

_PARTED = rf"(?:\d{{1,3}}(?: \d{{3}})+(?:\.\d+)?|{_NUMBER})"  # 321 146件: groups of three, parted by a space

_QUANTITY = late(
    rf"(?:(?P<sign>(?<![\d%A-Za-z])-|负)|(?<![\dA-Za-z〔\[第-]))(?:(?<!\d[.,，])|(?<=\.\d[,，])|(?<=\.\d\d[,，]))(?P<number>{_PARTED})"
    r"(?:(?:\s(?=(?:余|多)?(?:[百千]?[万萬]|亿)?(?:余|多)?(?:[元圆圓%‰]|个百分点)))?(?P<rough>余|多|来|几)?(?P<scale>[百千]?[万萬]|亿|千|百)?(?P<more>(?<=[万萬])\d{1,4}(?=元))?(?P<rough2>余|多|来)?(?P<kind>"
    r"[元圆圓](?!旦|素|件|谋|月)|%|‰|倍(?!增|数|率)|个百分点|分(?![钟别之局中行析类配管散布公项组层块批])"
    rf"|年度?(?!级|代|龄|轻)|(?:{_MEASURES}))"
    rf"|\s(?P<spaced>{_MEASURES})(?![\u4e00-\u9fff]))"
    r"(?P<rough3>左右|上下|以上|以下|以内|以外)?"
)

_BARE = late(
    rf"(?<![\dA-Za-z〔\[第年月-])(?<!\d[.,，])(?P<number>{_NUMBER})(?=[、和及]|(?<=\.\d)[,，]|(?<=\.\d\d)[,，])"
)

# 编制人数30，: a number of people or things whose measure word is left out
# 合计 1000.86 万，: the unit of an amount left out behind its scale
_SCALED = late(rf"(?<![\dA-Za-z〔\[第年月-])(?<!\d[.,，])(?P<number>{_NUMBER})(?P<scale>万|亿)(?=[，。；、）]|$)")

_UNNAMED = late(r"(?<=[数制额人员休业政])[为是：: ]{0,2}(?P<number>\d{1,5})(?=[，。；、,;）)（(]|$)")

_IN_WORDS = late(
    r"(?<![第年月余多几数〇零一二三四五六七八九十百千万亿两])(?:(?P<percent>百分之)(?P<parts>[零一二两三四五六七八九十百点]{1,8})"
    r"|(?P<words>[零〇一二两三四五六七八九十百千万亿]{2,16}|[一二两三四五六七八九十](?=[万亿]?元))(?P<scale>[万亿]?)"
    r"(?P<unit>元(?!旦|素|件)|[个名人家项件辆次户](?![\u4e00-\u9fff]{0,1}[年月日])))"
)

_ROUGH_BEFORE = late(
    r"(?:(?<![节合集签预])约|(?<![最附临])近|超过|超|逾|将近|大约|约为|不足|不少于|不低于|不超过|至少|最高|最低|上)$"
)

_RANGE_BEFORE = late(r"\d(?:\.\d+)?(?:万|亿)?元?[-—–~～至到]{1,2}$")

_RANGE_AFTER = late(r"[-—–~～至]{1,2}\d")

_SCALES = {"": Decimal(1), "百": Decimal(100), "千": Decimal(1000), "万": Decimal(10000)}

_SCALES |= {"萬": Decimal(10000), "百万": Decimal(10**6), "千万": Decimal(10**7), "亿": Decimal(10**8)}

_SPELT = late("百分之|[零一二两三四五六七八九十百千万亿][元个名人家项件辆次户]")

TIMES = "倍"  # read in per cent, kept as the unit

_PLACES = {"十": 10, "百": 100, "千": 1000}

_MYRIADS = {"万": 10_000, "亿": 100_000_000}

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}

_SIGNS, _HUNDRED = "零一二三四五六七八九", 100

_FIRST_YEAR, _LAST_YEAR = 1949, 2100


class What(StrEnum):
    """What a number counts (数的种类)."""

    MONEY = "money"
    COUNT = "count"
    PERCENT = "percent"
    POINTS = "points"  # 个百分点
    SCORE = "score"
    YEAR = "year"


class Quantity(NamedTuple):
    """A number with its unit (数量).

    Attributes:
        start, end: where it stands in the text it was read from.
        text: as written, e.g. "1,645.26万元".
        value: amounts in the unit that was asked for, percentages in per cent, all else as said.
        step: one unit of the last digit written, in the same unit as `value`.
        unit: the measure word of a count, the unit of an amount, "" otherwise.
        rough: the writer calls it approximate, or it is one end of a range.
    """

    start: int
    end: int
    text: str
    what: What
    value: Decimal
    step: Decimal
    unit: str = ""
    rough: bool = False


def fold(text: str) -> str:
    """Digits, points, signs and per cent as half-width, stops and brackets as full-width, character for character."""
    narrow = text.translate(_SAME_LENGTH) if _FULL_WIDTH.search(text) else text
    return _NARROW_STOPS.sub(lambda m: _WIDE_STOPS[m[0]], narrow)


def read_quantities(text: str, money_unit: str = "万元") -> tuple[Quantity, ...]:
    """Every number with a unit in `text`, in order; amounts are given in `money_unit`."""
    folded = fold(text)
    found = list(_in_words(folded, money_unit))
    if _DIGIT.search(folded):
        found += [q for m in _QUANTITY.finditer(folded) if (q := _quantity(m, folded, money_unit)) is not None]
        found += list(_sharing_a_unit(folded, found))
        found += list(_unnamed(folded, found))
        found += list(_without_unit(folded, found, money_unit))
    return tuple(sorted(found, key=attrgetter("start"))) if len(found) > 1 else tuple(found)


def _quantity(match: re.Match[str], text: str, money_unit: str) -> Quantity | None:
    kind, digits = match["kind"] or match["spaced"], _digits(match)
    what = _what(kind)
    places = len(digits.partition(".")[2])
    factor = _SCALES[match["scale"] or ""]
    if what is What.MONEY:
        factor /= MONEY_UNITS[money_unit]
    elif what is What.YEAR and not places:
        return _year(match, digits) if not match["scale"] else None
    what = What.COUNT if what is What.YEAR else what  # 受教育 9.81 年
    value = Decimal(digits) * factor * (-1 if match["sign"] else 1)
    step = Decimal(1).scaleb(-places) * factor
    if match["more"]:  # 44万5900元
        value, step = value + Decimal(match["more"]) / MONEY_UNITS[money_unit], 1 / MONEY_UNITS[money_unit]
    if kind == "‰":
        value, step = value / 10, step / 10
    elif kind == TIMES:
        value, step = value * 100, step * 100
    return Quantity(
        match.start(),
        match.end("kind" if match["kind"] else "spaced"),
        match[0],
        what,
        value,
        step,
        kind if what is What.COUNT or kind == TIMES else money_unit if what is What.MONEY else "",
        _is_rough(match, text),
    )


def _unnamed(text: str, known: list[Quantity]) -> Iterator[Quantity]:
    """Bare whole numbers behind 人数, 编制 and the like; never a year."""
    taken = {q.start for q in known}
    for match in _UNNAMED.finditer(text):
        number = int(match["number"])
        if match.start("number") not in taken and not _FIRST_YEAR <= number <= _LAST_YEAR:
            start, end = match.span("number")
            yield Quantity(start, end, match["number"], What.COUNT, Decimal(number), Decimal(1))


def _without_unit(text: str, known: list[Quantity], money_unit: str) -> Iterator[Quantity]:
    """1000.86 万 among amounts, where nothing else is counted in 万 or 亿."""
    scaled = [q.what for q in known if "万" in q.text or "亿" in q.text]
    for match in _SCALED.finditer(text) if scaled and set(scaled) == {What.MONEY} else ():
        digits, factor = _digits(match), _SCALES[match["scale"]] / MONEY_UNITS[money_unit]
        step = Decimal(1).scaleb(-len(digits.partition(".")[2])) * factor
        start, end = match.span()
        yield Quantity(start, end, match[0], What.MONEY, Decimal(digits) * factor, step, money_unit)


def _in_words(text: str, money_unit: str) -> Iterator[Quantity]:
    """一百二十人, 五百万元, 百分之九十五."""
    for match in _IN_WORDS.finditer(text) if _SPELT.search(text) else ():
        value = number_in_words(match["parts"] or match["words"] + match["scale"])
        if value is None:
            continue
        what = What.PERCENT if match["percent"] else _what(match["unit"])
        one = 1 / MONEY_UNITS[money_unit] if what is What.MONEY else Decimal(1)
        unit = match["unit"] if what is What.COUNT else money_unit if what is What.MONEY else ""
        yield Quantity(match.start(), match.end(), match[0], what, value * one, one, unit)


def _digits(match: re.Match[str]) -> str:
    return re.sub("[,， ]", "", match["number"])


def _what(kind: str) -> What:
    known = {
        "元": What.MONEY,
        "圆": What.MONEY,
        "圓": What.MONEY,
        "%": What.PERCENT,
        "‰": What.PERCENT,
        TIMES: What.PERCENT,
        "个百分点": What.POINTS,
        "分": What.SCORE,
    }
    return What.YEAR if kind.startswith("年") else known.get(kind, What.COUNT)


def _year(match: re.Match[str], digits: str) -> Quantity | None:
    if not digits.isdigit() or not _FIRST_YEAR <= int(digits) <= _LAST_YEAR:
        return None
    return Quantity(match.start(), match.end("kind"), match[0], What.YEAR, Decimal(digits), Decimal(1))


def _is_rough(match: re.Match[str], text: str) -> bool:
    before = text[max(0, match.start() - 12) : match.start()]
    return bool(
        match["rough"]
        or match["rough2"]
        or match["rough3"]
        or _ROUGH_BEFORE.search(before)
        or _RANGE_BEFORE.search(before)
        or _RANGE_AFTER.match(text, match.end())
        or _RANGE_AFTER.match(text, match.end("number"))
    )


def _sharing_a_unit(text: str, known: list[Quantity]) -> Iterator[Quantity]:
    """12、15、18万元: the unit is written once, behind the last of an enumeration."""
    bare = {m.end(): m for m in _BARE.finditer(text)}
    for quantity in known:
        end = quantity.start - 1
        if end not in bare or quantity.what not in {What.MONEY, What.PERCENT} or not quantity.value:
            continue
        one = quantity.value / Decimal(re.sub(r"[^\d.]", "", quantity.text) or 1)
        while end in bare:
            match = bare[end]
            digits = _digits(match)
            step = Decimal(1).scaleb(-len(digits.partition(".")[2])) * abs(one)
            yield quantity._replace(
                start=match.start(), end=match.end(), text=match[0], value=Decimal(digits) * one, step=step
            )
            end = match.start() - 1


def number_in_words(text: str) -> Decimal | None:
    """二百六十三点二 → 263.2, 五百万 → 5000000; None for what is no numeral."""
    whole, point, places = text.partition("点")
    total = section = digit = 0
    for sign in whole:
        if sign in _DIGITS:
            digit = digit * 10 + _DIGITS[sign]
        elif sign in _PLACES:
            section, digit = section + (digit or 1) * _PLACES[sign], 0
        elif sign in _MYRIADS:
            total, section, digit = (total + section + digit) * _MYRIADS[sign], 0, 0
        else:
            return None
    if any(c not in _DIGITS for c in places):
        return None
    decimals = "".join(str(_DIGITS[c]) for c in places)
    return Decimal(f"{total + section + digit}.{decimals}" if point else total + section + digit)


def in_chinese(number: int) -> str:
    """1 → 一, 12 → 十二, 21 → 二十一; from a hundred on in digits."""
    if not 0 < number < _HUNDRED:
        return str(number)
    tens, ones = divmod(number, 10)
    return ("" if tens == 1 else _SIGNS[tens]) * (tens > 0) + "十" * (tens > 0) + (_SIGNS[ones] if ones else "")


def chinese_number(text: str) -> int | None:
    """一, 十二, 二十一, 九十九 → number; None for anything else."""
    tens, ten, ones = text.partition("十")
    if not ten:
        return _DIGITS.get(text) if len(text) == 1 else None
    if (tens and tens not in _DIGITS) or (ones and ones not in _DIGITS):
        return None
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)


_UNITS = {**MONEY_UNITS, "亿": MONEY_UNITS["亿元"], "万": MONEY_UNITS["万元"]}

_FIGURE = late(
    r"(?<![\d.A-Za-z〔\[第])(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
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

_AS_FIGURES = {ord(c): str(i) for c, i in _CHINESE_DIGITS.items()}

_STEPS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}

_DIGIT_SIGNS, _STEP_SIGNS = "".join(_CHINESE_DIGITS), "".join(_STEPS)

_WORDS = late(
    rf"(?<![\d.余多])(?<![\d.]\s)(?P<whole>[{_DIGIT_SIGNS}{_STEP_SIGNS}][{_DIGIT_SIGNS}{_STEP_SIGNS}万亿]*)"
    rf"(?:[点.](?P<decimals>[{_DIGIT_SIGNS}]+)(?P<scale>[百千]?[万亿]?))?(?P<over>[余多来几])?[元圆]"
)

# 四十四万五千九, as it is said: the last digit counts the next lower step
_SAID = late(
    rf"(?<![\d.余多])(?P<whole>[{_DIGIT_SIGNS}{_STEP_SIGNS}]+万[{_DIGIT_SIGNS}{_STEP_SIGNS}]+)(?=[，。；、,;!！\n]|$)"
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


_TRADITIONAL = str.maketrans("萬億圓圆", "万亿元元")
_UNSEEN = late("[\u200b-\u200f\u2060\ufeff\u00ad]")
_BROKEN = late(
    "(?<=[\\d.,])(?:[\xa0\u2007\u2009\u202f]|[^\\S\n]*\n[^\\S\n]*)(?=[\\d.,万亿元])"
    r"|(?<=\d[.,])\s+(?=\d)|(?<=\d)\s+(?=[.,]\s*\d)|(?<=[万亿])\s+(?=元|\d{1,4}\s*元)|"
    r"(?<=\d)\s+(?=[万亿]?\s*元|万\s*\d{1,4}\s*元)|(?<=\d) (?=\d{3}(?:\.\d+)?元)"
)
_POINT = late(r"(?<=\d)[点·](?=\d+[余多来几]?[万亿元])")
_POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_POWER = late(r"(?<=[×xX*]10)[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_SCIENTIFIC = late(
    r"(?<![\d.A-Za-z])(?P<lead>\d{1,3}(?:\.\d+)?)(?:[eE]|\s*[×xX*]\s*10\^?)\+?(?P<power>\d{1,2})(?=万?元)"
)
_CURRENCY = late(
    r"(?<![A-Za-z])(?:RMB|CNY|[¥￥])\s*[¥￥]?\s*(?P<sum>\d[\d,]*(?:\.\d+)?)(?P<unit>\s*[十百千万亿元]|)", re.IGNORECASE
)
_GROUPS = late(r"(?<=\d)['’](?=\d{3})|(?<![\d,.])(?P<head>\d{1,4}),(?P<tail>\d{4})(?=元)")
_KILO = late(r"(?<=\d)[kK](?:元|(?![\u4e00-\u9fffA-Za-z]))")
_MYRIAD = late(r"(?<=\d)[wW](?=元|[^\u4e00-\u9fffA-Za-z]|$)")
_PIECES = late(r"(?<=[万亿])块")
_LATER_OVER = late(r"(?<=\d)(?P<scale>[十百千]?[万亿])(?P<over>[余多来几])(?=元|[^\u4e00-\u9fff]|$)")
_THOUSANDS = late(r"(?<=万)(?P<thousands>\d)千(?:(?P<hundreds>\d)百)?(?=元)")
_TWO_UNITS = late(
    r"(?P<more>\d+)亿(?P<less>\d{1,4}(?:\.\d+)?)万元|(?P<wan>\d+)万(?P<yuan>\d{1,4}(?:\.\d+)?)(?P<over>[余多来]?)元"
    r"|(?P<most>\d+)万(?P<rest>\d{4})(?=[，。；、,;\s]|$)"
)


def in_figures(text: str) -> str:
    """九九九〇〇一 → 999001, sign by sign."""
    return text.translate(_AS_FIGURES)


def spelled(text: str) -> str:
    """A text with every amount spelled one way.

    44.59万余元, 44点59万元, 44万5900元, 445.9k元, 4.459×10⁵元, RMB445900, 萬 and 圓, and breaks or unseen signs inside
    a figure; spelling again changes nothing.
    """
    plain = _UNSEEN.sub("", text).replace("\r\n", "\n")
    plain = _POWER.sub(lambda m: "^" + m[0].translate(_POWERS), plain)
    plain = unicodedata.normalize("NFKC", _BROKEN.sub("", plain)).translate(_TRADITIONAL)
    plain = _PIECES.sub("元", _MYRIAD.sub("万", _POINT.sub(".", _BROKEN.sub("", plain))))
    plain = _SCIENTIFIC.sub(
        _in_full, _KILO.sub("千元", _CURRENCY.sub(lambda m: f"{m['sum']}{m['unit'] or '元'}", plain))
    )
    plain = _GROUPS.sub(lambda m: f"{m['head'] or ''}{m['tail'] or ''}", plain)
    plain = _LATER_OVER.sub(r"\g<over>\g<scale>", plain)
    plain = _THOUSANDS.sub(lambda m: f"{m['thousands']}{m['hundreds'] or 0}00", plain)
    return _TWO_UNITS.sub(_one_unit, plain)


def _in_full(match: re.Match[str]) -> str:
    """4.459×10^5 → 445900."""
    return f"{Decimal(match['lead']).scaleb(int(match['power'])):f}"


def _one_unit(match: re.Match[str]) -> str:
    """1亿2345.6万元 and 44万5900元, in the larger unit's own decimals."""
    if match["more"]:
        return f"{Decimal(match['more']) * 10_000 + Decimal(match['less'])}万元"
    if match["most"]:
        return f"{Decimal(match['most']) + Decimal(match['rest']) / 10_000}万元"
    return f"{Decimal(match['wan']) + Decimal(match['yuan']) / 10_000}{match['over']}万元"


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
        step = _last_step(match["whole"]) if match.re.groups > 1 and match["over"] else Decimal(1)
        value = _amount_in_words(match) + (step / 2 if step > 1 else 0)
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
