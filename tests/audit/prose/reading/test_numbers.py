"""Numbers in prose (文中数字): what is written is read back, and what is no quantity is not read."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.audit.prose.checks.sums import lists
from toolkit.audit.prose.reading import numbers
from toolkit.audit.prose.reading.numbers import What, chinese_number, fold, read_quantities

READ = [
    ("2,088.26万元", What.MONEY, "2088.26"),
    ("１２．５亿元", What.MONEY, "125000"),
    ("2.44万亿元", What.MONEY, "244000000"),
    ("3.2万亿元人民币", What.MONEY, "320000000"),
    ("1，234.5万元", What.MONEY, "1234.5"),
    ("4,000,000元", What.MONEY, "400"),
    ("增长-3.2%", What.PERCENT, "-3.2"),
    ("2.81‰", What.PERCENT, "0.281"),
    ("提高3.2个百分点", What.POINTS, "3.2"),
    ("得分95.5分", What.SCORE, "95.5"),
    ("2023年度", What.YEAR, "2023"),
    ("21.4万张", What.COUNT, "214000"),
    ("3个工作日", What.COUNT, "3"),
]


@pytest.mark.parametrize(("text", "what", "value"), READ, ids=[r[0] for r in READ])
def test_read(text: str, what: What, value: str) -> None:
    assert [(q.what, q.value) for q in read_quantities(text)] == [(what, Decimal(value))]


@pytest.mark.parametrize(
    "text", ["湘财绩〔2024〕1号", "第12条", "0731-88888888", "12348热线", "8分别", "GB/T 9704", "10-20万元", "1月至3月"]
)
def test_not_a_quantity(text: str) -> None:
    assert [q for q in read_quantities(text) if q.what is not What.YEAR] == []


@pytest.mark.parametrize(
    "text", ["50余次", "30多万份", "近5万次", "约150万元", "2.3万余人", "10%-20%", "80%以上", "不低于95%"]
)
def test_rough(text: str) -> None:
    assert all(q.rough for q in read_quantities(text))
    assert read_quantities(text)


def test_a_unit_written_once() -> None:
    assert [q.value for q in read_quantities("分别为12、15.5和18万元")] == [Decimal(12), Decimal("15.5"), Decimal(18)]


_AMOUNTS = st.decimals(min_value=0, max_value=10**7, places=2)


@given(_AMOUNTS, st.sampled_from(["万元", "元", "亿元"]), st.booleans(), st.booleans())
def test_amounts_are_read_back(amount: Decimal, unit: str, commas: bool, wide: bool) -> None:  # noqa: FBT001
    text = f"{amount:,}" if commas else f"{amount}"
    if wide:
        text = text.translate(str.maketrans("0123456789.", "０１２３４５６７８９．"))
    found = read_quantities(f"本年支出{text}{unit}，较多")
    factor = {"万元": Decimal(1), "元": Decimal("0.0001"), "亿元": Decimal(10000)}[unit]
    assert [(q.what, q.value) for q in found] == [(What.MONEY, amount * factor)]


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    """Whatever stands there: no exception, and each quantity stands where it says."""
    for found in read_quantities(text):
        assert 0 <= found.start < found.end <= len(text)


@given(st.integers(1, 99))
def test_chinese_numbers(number: int) -> None:
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    text = ("" if tens == 1 else digits[tens]) + "十" if tens else ""
    text += digits[ones] if ones or not tens else ""
    assert chinese_number(text) == number


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("收案321 146件，其中基层43 891件", ["321146", "43891"]),
        ("支出1 026.5万元、2 003万元", ["1026.5", "2003"]),
        ("2006年受理321件", ["2006", "321"]),
        ("2023 125件", ["125"]),  # four digits are no group of three
    ],
)
def test_groups_of_three_parted_by_a_space(text: str, values: list[str]) -> None:
    assert [str(q.value) for q in read_quantities(text)] == values


@given(st.text("1２,，.:;(）甲。", max_size=12) | st.text(max_size=40))
def test_folded_once_is_folded(text: str) -> None:
    """A sentence of a folded paragraph need not be folded again."""
    assert fold(fold(text)) == fold(text)


PIECES = "0 1 23 456 , ， . 万 亿 元 % 负 - 年 月 人 个 项 等 二 三 十 、 和 （ ） ： 第 〔 A 科 类 大 组成"


@pytest.mark.parametrize(
    "pattern", [numbers._QUANTITY, numbers._SCALED, numbers._BARE, lists._COUNT, lists._ENCLOSED, lists._COUNTED]
)
@given(text=st.lists(st.sampled_from(PIECES.split()), max_size=14).map("".join))
def test_what_a_pattern_begins_with_is_asked_first_and_leaves_nothing_out(pattern: re.Pattern[str], text: str) -> None:
    first, whole = re.match(r"\(\?=\[?[^]]*?\]?\)", pattern.pattern), pattern.pattern
    assert first is not None
    assert [m.span() for m in pattern.finditer(text)] == [m.span() for m in re.finditer(whole[first.end() :], text)]


@pytest.mark.parametrize(
    ("pattern", "simply"),
    [
        (numbers._NARROW_STOPS, r"[;()]|(?<!\d)[,:]|[,:](?!\d)"),
        (numbers._SPELT, "百分之|[零一二两三四五六七八九十百千万亿][元个名人家项件辆次户]"),
        (lists._LINK, "[:：]|分别[是为]|包括|即|具体[是为]"),
    ],
)
@given(text=st.text("1,:;(百分之万元：别是为包括即具体", max_size=14))
def test_a_pattern_that_begins_with_a_class_finds_what_it_says_simply(
    pattern: re.Pattern[str], simply: str, text: str
) -> None:
    assert [m.span() for m in pattern.finditer(text)] == [m.span() for m in re.finditer(simply, text)]
