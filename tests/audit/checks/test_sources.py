"""D64, step by step: whose count a sentence gives, and in which unit the difference is told."""

from __future__ import annotations

from difflib import SequenceMatcher
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_cases import checked_case

from toolkit.audit.checks.sources import Named, Telling
from toolkit.pack import default_pack, prose_settings

if TYPE_CHECKING:
    from toolkit.core.model import Row

# 指标名 | 数前面的文字 | 是不是这个指标的数
NAMES = """
业务培训人次             | 全年开展业务培训           | 是
业务培训人次             | 全年培训人                 | 否
满意度                   | 群众满意                   | 是
满意度                   | 群众满                     | 否
编制共享数据资源目录数   | 新编制共享目录             | 是
编制共享数据资源目录数   | 共享单位                   | 否
减少纸质材料数量         | 材料                       | 否
办件                     | 全年办件                   | 是
"""


@pytest.mark.parametrize("line", NAMES.strip().splitlines())
def test_a_count_belongs_to_the_indicator_whose_words_stand_before_it(line: str) -> None:
    """Four characters in a row, or the greater part of a short name."""
    name, head, told = (part.strip() for part in line.split("|"))
    assert (_index(name).told_in(head) == [name]) is (told == "是")


def _index(name: str) -> Named:
    roles = SimpleNamespace(target="甲", result="乙", unit="丙")
    row = SimpleNamespace(name=name, roles=roles, number=lambda _: None, text=lambda _: "")
    return Named.of([cast("Row", row)], Telling.of(prose_settings(default_pack())))


@given(st.text("甲乙丙丁", max_size=9), st.text("甲乙丙丁", max_size=12))
def test_the_index_finds_what_a_comparison_of_all_names_finds(name: str, head: str) -> None:
    """The longest piece that both share: four characters, or the greater part of the name."""
    longest = SequenceMatcher(None, name, head, autojunk=False).find_longest_match().size
    assert bool(_index(name).told_in(head)) == (longest >= 4 or (longest >= 0.6 * len(name) and longest > 1))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2023年年末实有人数35人。", "应等于实有人数 34人（"),
        ("2023年基本支出586.83万元，用于日常运转。", "576.83万元（"),
    ],
)
def test_the_difference_is_told_in_the_unit_of_the_sentence(text: str, told: str) -> None:
    found = checked_case(f"文字_其他说明={text}").result.findings
    assert [told in f.message for f in found if f.rule == "D64"] == [True], [f.message for f in found]
