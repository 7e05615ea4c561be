"""Widths of text (行高): counting in runs gives what looking up every character gives."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.engines.xlsx.writing.heights import lines_of

WIDTH = 21.5  # 20 half-width characters to a line


def by_character(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in text)


@given(st.text(st.one_of(st.characters(), st.sampled_from("绩效“”（），。《 a1")), max_size=80))
def test_lines_are_those_of_character_widths(text: str) -> None:
    wanted = sum(max(1, -(-by_character(line) // 20)) for line in text.split("\n"))
    assert lines_of(text, WIDTH) == wanted


@pytest.mark.parametrize(
    ("text", "lines"), [("", 1), ("绩" * 10, 1), ("绩" * 11, 2), ("a" * 20, 1), ("a" * 21, 2), ("一\n二", 2), ("\n", 2)]
)
def test_lines(text: str, lines: int) -> None:
    assert lines_of(text, WIDTH) == lines


def test_signs_of_gbk_take_a_place_a_byte() -> None:
    """What the codec knows is measured by it alone: it must agree with the width of each sign there is."""
    signs = [chr(code) for code in range(0x10000) if chr(code).encode("gbk", "ignore")]
    assert len(signs) > 20_000
    assert [sign for sign in signs if len(sign.encode("gbk")) != by_character(sign)] == []
