"""Amounts in sentences: one figure in every notation, and nothing that is no amount."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.audit.secrecy.amounts import _spellings, amounts_in, spelled

SAME = """
263.2万元|263.20万元|263.20 万元|２６３．２万元|2,632,000元|2632000元|2632000.00元|0.02632亿元|2632千元|2.632百万元
263.2万|贰佰陆拾叁万贰仟元整|二百六十三万二千元|二百六十三点二万元|2632000|263.2|263.20
"""


@pytest.mark.parametrize("text", re.split(r"[|\n]", SAME.strip()))
def test_one_figure(text: str) -> None:
    for sentence in (text, f"支出{text}。", f"（{text}）", f"支出{text}，"):
        assert [a.number for a in amounts_in(sentence)] == [Decimal("263.2")], sentence


NONE = """
培训263.2人次|达到263.2%|263.2个工作日|第263号|〔2023〕263号|2023年|118.5万条|21.4万张|263.2公里|1.26.3
0737-2632000|A263.2|263.2-300|263|统计|二零二三年
"""


@pytest.mark.parametrize("text", re.split(r"[|\n]", NONE.strip()))
def test_no_amount(text: str) -> None:
    assert list(amounts_in(text)) == []


def test_lists_and_ends() -> None:
    found = [(a.number, a.bare) for a in amounts_in("分别为13.5、40.25和6.8万元，共计1.2亿元")]
    assert found == [
        (Decimal("13.5"), True),
        (Decimal("40.25"), True),
        (Decimal("6.8"), False),
        (Decimal(12000), False),
    ]


@given(st.integers(1, 10**9))
def test_yuan_and_ten_thousands_agree(cents: int) -> None:
    """The same sum of money as 元 and as 万元, with and without thousands."""
    yuan, wan = Decimal(cents) / 100, Decimal(cents) / 1_000_000
    for text in (f"{yuan:f}元", f"{yuan:,f}元", f"{wan:f}万元"):
        assert [a.number for a in amounts_in(text)] == [wan]


@pytest.mark.parametrize(
    ("text", "found"), [("10000", ["1"]), ("9999", []), ("9999.99", ["9999.99"]), ("10000.5", ["10000.5", "1.00005"])]
)
def test_a_bare_figure_may_be_yuan_from_ten_thousand_on(text: str, found: list[str]) -> None:
    assert [(a.number, a.bare) for a in amounts_in(f"另有支出{text}。")] == [(Decimal(n), True) for n in found]


OTHERS = [
    "44万5900元",
    "44点59万元",
    "44.59萬圓",
    "44\u200b.59万元",
    "44.\u00a059万元",
    "44.\n59万元",
    "44.59\n万元",
    "4\u200b4.59万元",
    "44 . 59 万元",
    "44万5千9百元",
    "44·59万元",
    "44.59w元",
    "44.59万块",
    "445\u2009900元",
    "445 900元",
]


@pytest.mark.parametrize("text", OTHERS, ids=ascii)
def test_other_spellings_of_one_figure(text: str) -> None:
    for sentence in (text, f"另安排{text}用于运维。"):
        assert [a.number for a in amounts_in(sentence)] == [Decimal("44.59")], sentence
        assert spelled(spelled(sentence)) == spelled(sentence)


@pytest.mark.parametrize(
    "text", ["44.59万余元", "44.59余万元", "44.59万多元", "44万多元", "44来万元", "44万5899余元", "44万多"]
)
def test_a_rough_amount_covers_the_exact_one(text: str) -> None:
    (found,) = amounts_in(f"另安排{text}。")
    assert abs(found.number - Decimal("44.59")) * 2 <= found.step


@given(st.integers(1000, 9_999_999), st.integers(0, 7), st.sampled_from(["", "\u200b", "\u2060", "\xa0", "\n", " \n"]))
def test_a_figure_broken_anywhere_is_the_same(cents: int, place: int, sign: str) -> None:
    """Unseen signs, hard spaces and ends of lines between any two signs of a figure."""
    text = f"{Decimal(cents) / 100}万元"
    place = 1 + place % (len(text) - 1)
    broken = text[:place] + sign + text[place:]
    assert [a.number for a in amounts_in(f"另安排{broken}。")] == [Decimal(cents) / 100], ascii(broken)


HEADS, ENDS = ("", "9", "44590", "1万", "1万5"), ("", "元", "万元", "余元", "千元")
SIGNS = [*".,。·点'’/ ×x*XeEkKwW块千角分万亿余多来几零五贰¥￥又", "RMB", "rmb", "CNY", "cny", "yuan", "人民币"]
TAILS = ("", "5", "59", "五九", "590", "4590", "59/100", "10^5")


def test_no_spelling_is_passed_over_in_a_text_that_has_it() -> None:
    texts = ["".join(parts) for parts in product(HEADS, SIGNS, TAILS, ENDS)]
    for signs, pattern, _ in _spellings():
        found = [text for text in texts if pattern.search(text)]
        assert found, pattern.pattern
        assert [text for text in found if signs.isdisjoint(text)] == []
