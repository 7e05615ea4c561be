"""Words and figures of the report (报告用语): filters and functions that the Word template may use, in Chinese.

Everything returns plain text; amounts have two decimals, rates percent with two decimals.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import accumulate, groupby
from typing import TYPE_CHECKING, Any

from toolkit.core.money import plain, round_half_up
from toolkit.core.patterns import late

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping, Sequence

_DIGITS = "零一二三四五六七八九"

_TEN = 10

_CONTROL = late(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")

_NUMBER = r"(?:[（(]\s*(?:\d{1,2}|[一二三四五六七八九十]{1,3})\s*[）)]|\d{1,2}\s*[、.．](?!\d)|[①-⑳])\s*(?=\S)"
_NUMBERED, _GOES_ON = late(f"^{_NUMBER}"), late(rf"^{_NUMBER}(?s:.)*[；;。\n]\s*{_NUMBER}")

_WITH_FIGURE = late(r"\d[\d.,]*[^\d，。；数量率度额限间本值价比幅速差]{0,2}$")

_HEADING = 20  # characters

_STOPS = late("[，。；、\\n]")

_CLOSED = "。！？：；…”）"

_NOT_FIRST, _NOT_LAST = "）》”、，。；：属", "（《“"  # 局所属 is no 所

_DAY = late(
    r"[于在约]?(?:\d{4}年)?(?:\d{1,2}月)?(?:\d{1,2}日|[上中下]旬|底|末|初|份)?(?:之?前|以前)?(?:完成|建成|印发)?"
    "(?<=[年月日旬底末初份前成发])"
)

_FIGURES = late(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")

_PICTURES = 0x2400  # Unicode's visible pictures of control characters


def amount(value: object) -> str:
    """金额: 2088.26; blank is a dash."""
    return str(round_half_up(value, 2)) if isinstance(value, Decimal) else "—"


def rate(value: object) -> str:
    """比率: 0.978 → 97.80%."""
    return f"{round_half_up(value * 100, 2)}%" if isinstance(value, Decimal) else "—"


def whole(value: object) -> str:
    """整数: 67."""
    return plain(value) if isinstance(value, Decimal) else "—"


def date(value: object) -> str:
    """日期: 2024年6月30日, without leading zeros (GB/T 9704); blank leaves room to write."""
    return f"{value.year}年{value.month}月{value.day}日" if isinstance(value, dt.date) else "    年  月  日"


def paragraphs(value: object) -> list[str]:
    """分段: the non-blank lines of a text, each to be a paragraph."""
    return [line.strip() for line in str(value or "").splitlines() if line.strip()]


def chinese_number(value: int) -> str:
    """中文序号: 1 → 一, 12 → 十二, 99 → 九十九."""
    tens, ones = divmod(int(value), _TEN)
    if tens == 0:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


def sentence(value: object) -> str:
    """成句: a text without its closing full stop and the number that staff put before it: the report sets its own.

    The first of several numbers within it stays, as they would go on from nothing: 1.…；2.…
    """
    text = str(value or "").strip()
    return (text if _GOES_ON.search(text) else _NUMBERED.sub("", text)).rstrip("。；;.")


def written(value: object, nothing: Container[str]) -> list[str]:
    """实写: the paragraphs of a text, none where it only says that there is nothing."""
    found = paragraphs(value)
    return [] if len(found) == 1 and found[0] in nothing else found


def size(value: object) -> str:
    """净额: an amount without its sign, for 增加 and 减少."""
    return amount(abs(value)) if isinstance(value, Decimal) else "—"


def head(value: object) -> str:
    """题头: what stands before the first colon of a text, where it can serve as a heading."""
    text = str(value or "").strip()
    found, colon, rest = text.partition("：")
    return found if colon and rest.strip() and len(found) <= _HEADING and not _STOPS.search(found) else ""


def rest(value: object) -> str:
    """余文: a text without its 题头."""
    text = str(value or "").strip()
    return text.partition("：")[2].strip() if head(text) else text


def without_head(value: object, *words: str) -> str:
    """去头: a text without a label that the sentence already has (原因：…)."""
    text = str(value or "").strip()
    for word in words:
        if text.startswith(word) and text[len(word) :][:1] in {"：", ":"}:
            return text[len(word) + 1 :].strip()
    return text


def closed(value: object) -> str:
    """完句: a text with a full stop where its writer left it out."""
    text = str(value or "").strip()
    return text if not text or text[-1] in _CLOSED else f"{text}。"


def in_lines(value: object, width: int, ends: str = "") -> str:
    """成行: a long title over lines of nearly one length, the shorter first (梯形), if possible after one of `ends`.

    Where a word would have to be broken, one line more may leave it whole.
    """
    text = str(value or "").strip()
    count = max(1, -(-_columns(text) // (2 * width)))
    lines = _lines(text, count, width, ends)
    if _broken(lines, ends):
        more = _lines(text, count + 1, width, ends)
        lines = more if _broken(more, ends) < len(more) - 1 else lines
    return "\n".join(lines)


def _lines(text: str, count: int, width: int, ends: str) -> list[str]:
    lines, columns = list[str](), _columns(text)
    for left in range(count, 1, -1):
        least = columns - (left - 1) * 2 * width  # what is left must have room, too
        lines.append(_cut(text, (least, columns // left, 2 * width), ends))
        text, columns = text[len(lines[-1]) :], columns - _columns(lines[-1])
    return [*lines, text]


def _broken(lines: Sequence[str], ends: str) -> int:
    """How many of the lines end within a word."""
    return sum(1 for line in lines[:-1] if line[-1:] not in ends) if ends else 0


def _cut(text: str, room: tuple[int, int, int], ends: str) -> str:
    """The first line, of at least, best and at most so many columns, not behind an opening, before a closing sign."""
    least, best, most = room
    reach = list(accumulate(map(_columns, text[:most]), initial=0))
    fits = [n for n in range(1, min(len(text), len(reach))) if least <= reach[n] <= most]
    within = [n for n in fits if reach[n] <= best]
    words = [n for n in (*within[::-1], *fits[len(within) :]) if text[n - 1] in ends and text[n] not in _NOT_FIRST]
    end = next((n for n in words if best // 2 < reach[n]), (within or fits or [len(text)])[-1])
    while end > 1 and (text[end : end + 1] in _NOT_FIRST or text[end - 1] in _NOT_LAST):
        end -= 1
    return text[:end]


def _columns(text: str) -> int:
    """Width in half characters."""
    return sum(1 if sign.isascii() else 2 for sign in text)


def is_day(value: object) -> bool:
    """是日期: 2023年11月30日, 2023-11-30, 12月底前, 6月份."""
    return _day_of(value) is not None or bool(isinstance(value, str) and _DAY.fullmatch(value.strip()))


def day(value: object) -> str:
    """年月日: a day in figures as it is written in a text, 2023-08-20 → 2023年8月20日; other words as they are."""
    found = _day_of(value)
    return date(found) if found else sentence(value)


def with_figure(value: object) -> bool:
    """带数: a name that ends with a figure and its unit: 成活率不低于85%."""
    return bool(_WITH_FIGURE.search(str(value or "").strip()))


def later(value: object, other: object) -> bool:
    """晚于: whether a day lies behind another; False where either is no single day."""
    here, there = _day_of(value), _day_of(other)
    return here is not None and there is not None and here > there


def _day_of(value: object) -> dt.date | None:
    if isinstance(value, dt.date):
        return value
    match = _FIGURES.fullmatch(value.strip()) if isinstance(value, str) else None
    try:
        return dt.date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def runs(rows: Iterable[Mapping[str, Any]], column: str) -> list[Mapping[str, Any]]:
    """连组: the rows in their own order, cut where a column changes; each group has its 值 and its 行."""
    groups = groupby(rows, key=lambda row: str(row.get(column) or ""))
    return [{"值": key, "行": list(found)} for key, found in groups]


def gathered(rows: Iterable[Mapping[str, Any]], column: str) -> list[Mapping[str, Any]]:
    """归组: the rows that say the same in a column, wherever they stand; groups in order of their first row."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(str(row.get(column) or ""), []).append(row)
    return [{"值": key, "行": together} for key, together in found.items()]


def share(part: object, total: object) -> str | None:
    """占比: "78.98%"; None when it cannot be formed."""
    if not isinstance(part, Decimal) or not isinstance(total, Decimal) or total == 0:
        return None
    return rate(part / total)


def change(now: object, before: object, unit: str = "万元") -> str | None:
    """变动: 增加3.20万元，增长12.50% / 减少… / 与上年持平; a base of 0 has no rate."""
    if not isinstance(now, Decimal) or not isinstance(before, Decimal):
        return None
    gap = now - before
    if gap == 0:
        return "与上年持平"
    if before == 0:
        return "上年无此项支出"
    word, growth = ("增加", "增长") if gap > 0 else ("减少", "下降")
    return f"比上年{word}{amount(abs(gap))}{unit}，{growth}{rate(abs(gap) / before)}"


def total(rows: Iterable[Mapping[str, Any]], column: str) -> Decimal | None:
    """之和: the sum of a column; None when no row has a figure."""
    found = [row[column] for row in rows if isinstance(row.get(column), Decimal)]
    return sum(found, Decimal(0)) if found else None


def visible(value: object) -> object:
    """What is printed for a value: nothing for None, and control characters as their visible pictures."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, str) and not value.isprintable():
        return _CONTROL.sub(lambda m: chr(_PICTURES + ord(m[0])) if ord(m[0]) < 0x20 else "\ufffd", value)  # noqa: PLR2004
    return value


FILTERS: Mapping[str, Callable[..., Any]] = {
    "金额": amount,
    "比率": rate,
    "分": amount,
    "整数": whole,
    "日期": date,
    "分段": paragraphs,
    "中文序号": chinese_number,
    "成句": sentence,
    "净额": size,
    "题头": head,
    "余文": rest,
    "去头": without_head,
    "成行": in_lines,
    "完句": closed,
    "连组": runs,
    "归组": gathered,
    "是日期": is_day,
    "带数": with_figure,
    "年月日": day,
}

FUNCTIONS: Mapping[str, Callable[..., Any]] = {"占比": share, "变动": change, "之和": total, "晚于": later}
