"""Numbers in Chinese prose (文中数字): amounts, counts, percentages, points and years, with where they stand.

Amounts are normalised to the pack's unit once, here. A figure that the writer himself calls rough (50余次, 近5万次,
10—20万元) is marked, never rounded into something exact. Document numbers, dates, telephone and article
numbers carry no unit of ours, or stand behind 第 or inside 〔〕, and are not read.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from toolkit.core.money import MONEY_UNITS
from toolkit.core.patterns import late

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

_WIDE_SIGNS = "０１２３４５６７８９．％－−ＸＡ"

_SAME_LENGTH, _FULL_WIDTH = str.maketrans(_WIDE_SIGNS, "0123456789.%--XA"), late(f"[{_WIDE_SIGNS}]")

# A class first, as in `_SPELT`: the search jumps from one of its signs to the next, 0.16 → 0.05 ms a unit.
_NARROW_STOPS = late(r"[;(),:](?:(?<=[;()])|(?<!\d[,:])|(?!\d))")  # 1,264 and 8:30 stay
_WIDE_STOPS = dict(zip(",;:()", "，；：（）", strict=True))

_DIGIT = late("[0-9]")

_GROUPING, _NO_DIGITS = late("[,， ]"), late(r"[^\d.]")

_MEASURES = (
    "个工作日|人次|人天|平方公里|平方千米|平方米|立方米|公里|千米|公顷|小时|分钟|亩次|车次|批次|户次|班次|"
    "个|家|项|件|人|次|场|份|名|户|起|条|部|处|所|辆|台|套|篇|期|批|宗|例|天|米|亩|吨|只|头|村|㎡|通|卷|册|幅|本|栋|"
    "座|支|班|类|株|笔|张|公斤|千克|克|艘|间|片|孔|封|组|盏|块|箱|袋|瓶|桶|盒|眼(?!科|前)|顶(?!目|层|级|岗|尖)|床(?!位)|包(?!括|含|保|装|干|裹|村|联|户)|课时|学时|组次|人·次|届|门|款|位|科|对|轮"
)

_NUMBER = r"(?:\d{1,3}(?:[,，]\d{3})+|\d+)(?:\.\d+)?"

_PARTED = rf"(?:\d{{1,3}}(?: \d{{3}})+(?:\.\d+)?|{_NUMBER})"  # 321 146件: groups of three, parted by a space

# Patterns say first what they begin with: where that does not stand nothing else is asked, a third of the time.
_QUANTITY = late(
    rf"(?=[\d负-])(?:(?P<sign>(?<![\d%A-Za-z])-|负)|(?<![\dA-Za-z〔\[第-]))(?:(?<!\d[.,，])|(?<=\.\d[,，])|(?<=\.\d\d[,，]))(?P<number>{_PARTED})"
    r"(?:(?:\s(?=(?:余|多)?(?:万亿|[百千]?[万萬]|亿)?(?:余|多)?(?:[元圆圓%‰]|个百分点)))?(?P<rough>余|多|来|几)?(?P<scale>万亿|[百千]?[万萬]|亿|千|百)?(?P<more>(?<=[万萬])\d{1,4}(?=元))?(?P<rough2>余|多|来)?(?P<kind>"
    r"[元圆圓](?!旦|素|件|谋|月)|%|‰|倍(?!增|数|率)|个百分点|分(?![钟别之局中行析类配管散布公项组层块批])"
    rf"|年度?(?!级|代|龄|轻)|(?:{_MEASURES}))"
    rf"|\s(?P<spaced>{_MEASURES})(?![\u4e00-\u9fff]))"
    r"(?P<rough3>左右|上下|以上|以下|以内|以外)?"
)

_BARE = late(
    rf"(?=\d)(?<![\dA-Za-z〔\[第年月-])(?<!\d[.,，])(?P<number>{_NUMBER})(?=[、和及]|(?<=\.\d)[,，]|(?<=\.\d\d)[,，])"
)
_LISTED = "、和及,，"  # what may stand between such numbers

# 编制人数30，: a number of people or things whose measure word is left out
# 合计 1000.86 万，: the unit of an amount left out behind its scale
_SCALED = late(
    rf"(?=\d)(?<![\dA-Za-z〔\[第年月-])(?<!\d[.,，])(?P<number>{_NUMBER})(?P<scale>万亿?|亿)(?=[，。；、）]|$)"
)

_OF_MONEY, _NEAR = late("(?:资金|经费|投资|金额|补助|拨款)(?:约?为|共计?|是|达到?)?$"), 12

_BASE = late(
    r"(?:20\d\d年度?|[上去]年)[^，；。：、\d]{0,14}(?P<number>(?:\d{1,3}(?:,\d{3})+|\d+)\.\d+)[\u4e00-\u9fff]{2,4}(?=\d)"
)

_UNNAMED = late(r"(?<=[数制额人员休业政])[为是：: ]{0,2}(?P<number>\d{1,5})(?=[，。；、,;）)（(]|$)")

_IN_WORDS = late(
    r"(?<![\d第年月余多几数〇零一二三四五六七八九十百千万亿两])(?:(?P<percent>百分之)(?P<parts>[零一二两三四五六七八九十百点]{1,8})"
    r"|(?P<words>[零〇一二两三四五六七八九十百千万亿]{2,16}|[一二两三四五六七八九十](?=[万亿]?元))(?P<scale>[万亿]?)"
    r"(?P<unit>元(?!旦|素|件)|[个名人家项件辆次户](?![\u4e00-\u9fff]{0,1}[年月日])))"
)

_ROUGH_BEFORE = late(
    r"(?:(?<![节合集签预])约|(?<![最附临])近|超过|超|逾|将近|大约|约为|不足|不少于|不低于|不超过|至少|最高|最低|上)$"
)

_RANGE_BEFORE = late(r"\d(?:\.\d+)?(?:万|亿)?元?[-—–~～至到]{1,2}$")

_RANGE_AFTER = late(r"[-—–~～至]{1,2}\d")

_SCALES = {"": Decimal(1), "百": Decimal(100), "千": Decimal(1000), "万": Decimal(10000)}

_SCALES |= {
    "萬": Decimal(10000),
    "百万": Decimal(10**6),
    "千万": Decimal(10**7),
    "亿": Decimal(10**8),
    "万亿": Decimal(10**12),
}

_SPELT = late("[零一二两三四五六七八九十百千万亿](?:[元个名人家项件辆次户]|(?<=百)分之)")

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


_KINDS = {
    "元": What.MONEY,
    "圆": What.MONEY,
    "圓": What.MONEY,
    "%": What.PERCENT,
    "‰": What.PERCENT,
    TIMES: What.PERCENT,
    "个百分点": What.POINTS,
    "分": What.SCORE,
}


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
    return quantities_in(fold(text), money_unit)


def quantities_in(folded: str, money_unit: str) -> tuple[Quantity, ...]:
    """`read_quantities` of a text that is folded already."""
    found = list(_in_words(folded, money_unit))
    if _DIGIT.search(folded):
        found += [q for m in _QUANTITY.finditer(folded) if (q := _quantity(m, folded, money_unit)) is not None]
        found += list(_sharing_a_unit(folded, found))
        found += list(_unnamed(folded, found))
        found += list(_without_unit(folded, found, money_unit))
        found += list(_without_their_own(folded, found))
    return tuple(sorted(found, key=attrgetter("start"))) if len(found) > 1 else tuple(found)


def _quantity(match: re.Match[str], text: str, money_unit: str) -> Quantity | None:
    closed, spaced, scale, sign, more = match.group("kind", "spaced", "scale", "sign", "more")
    kind, digits = closed or spaced, _digits(match)
    what = _what(kind)
    places = len(digits.partition(".")[2])
    factor = _SCALES[scale or ""]
    if what is What.MONEY:
        factor /= MONEY_UNITS[money_unit]
    elif what is What.YEAR and not places:
        return _year(match, digits) if not scale else None
    what = What.COUNT if what is What.YEAR else what  # 受教育 9.81 年
    value = Decimal(digits) * factor * (-1 if sign else 1)
    step = Decimal(1).scaleb(-places) * factor
    if more:  # 44万5900元
        value, step = value + Decimal(more) / MONEY_UNITS[money_unit], 1 / MONEY_UNITS[money_unit]
    if kind == "‰":
        value, step = value / 10, step / 10
    elif kind == TIMES:
        value, step = value * 100, step * 100
    return Quantity(
        match.start(),
        match.end("kind" if closed else "spaced"),
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
    """1000.86 万 among amounts, where nothing else is counted in 万 or 亿; 资金 1000.86 万 anywhere."""
    scaled = {q.what for q in known if "万" in q.text or "亿" in q.text}
    for match in _SCALED.finditer(text) if scaled <= {What.MONEY} else ():
        if not scaled and not _OF_MONEY.search(text, max(0, match.start() - _NEAR), match.start()):
            continue
        digits, factor = _digits(match), _SCALES[match["scale"]] / MONEY_UNITS[money_unit]
        step = Decimal(1).scaleb(-len(digits.partition(".")[2])) * factor
        start, end = match.span()
        yield Quantity(start, end, match[0], What.MONEY, Decimal(digits) * factor, step, money_unit)


def _without_their_own(text: str, known: list[Quantity]) -> Iterator[Quantity]:
    """2016 年的收入 6871.82 减少 243.10 万元: the unit of what a change is of is the change's."""
    starts = {q.start: q for q in known if q.what is What.MONEY}  # 6725.00 万元增长 has a unit of its own
    for match in _BASE.finditer(text) if starts else ():
        change = starts.get(match.end())
        if change is not None and change.value and match.start("number") not in starts:
            one = change.value / Decimal(_NO_DIGITS.sub("", change.text))
            digits = _digits(match)
            step = Decimal(1).scaleb(-len(digits.partition(".")[2])) * one
            start, end = match.span("number")
            value = Decimal(digits) * one
            yield Quantity(start, end, match["number"], What.MONEY, value, step, change.unit)


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
    return _GROUPING.sub("", match["number"])


def _what(kind: str) -> What:
    return What.YEAR if kind.startswith("年") else _KINDS.get(kind, What.COUNT)


def _year(match: re.Match[str], digits: str) -> Quantity | None:
    if not digits.isdigit() or not _FIRST_YEAR <= int(digits) <= _LAST_YEAR:
        return None
    return Quantity(match.start(), match.end("kind"), match[0], What.YEAR, Decimal(digits), Decimal(1))


def _is_rough(match: re.Match[str], text: str) -> bool:
    before = text[max(0, match.start() - 12) : match.start()]
    return bool(
        any(match.group("rough", "rough2", "rough3"))
        or _ROUGH_BEFORE.search(before)
        or _RANGE_BEFORE.search(before)
        or _RANGE_AFTER.match(text, match.end())
        or _RANGE_AFTER.match(text, match.end("number"))
    )


def _sharing_a_unit(text: str, known: list[Quantity]) -> Iterator[Quantity]:
    """12、15、18万元: the unit is written once, behind the last of an enumeration."""
    units = {What.MONEY, What.PERCENT}
    listed = [q for q in known if q.what in units and q.value and q.start and text[q.start - 1] in _LISTED]
    bare = {m.end(): m for m in _BARE.finditer(text)} if listed else {}
    for quantity in listed:
        end = quantity.start - 1
        one = quantity.value / Decimal(_NO_DIGITS.sub("", quantity.text) or 1)
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
