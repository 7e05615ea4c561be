"""Words and figures of the report (报告用语): filters and functions that the Word template may use, in Chinese.

Everything returns plain text; amounts have two decimals, rates percent with two decimals.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from toolkit.core.money import plain, round_half_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_DIGITS = "零一二三四五六七八九"

_TEN = 10

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")

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
    """成句: a text without its closing full stop, so that the template can set its own."""
    return str(value or "").strip().rstrip("。；;.")


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
    word, growth = ("增加", "增长") if gap > 0 else ("减少", "下降")
    if before == 0:
        return f"比上年{word}{amount(abs(gap))}{unit}（上年为0，不计算增长率）"
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
}

FUNCTIONS: Mapping[str, Callable[..., Any]] = {"占比": share, "变动": change, "之和": total}
