"""Formulas by what they mean at their place (公式含义)."""

from __future__ import annotations

import pytest

from toolkit.engines.xlsx.formulas import meaning, shifted


@pytest.mark.parametrize(
    ("one", "row", "other", "there", "same"),
    [
        ("$I20", 20, "I35", 35, True),
        ("I20", 20, "I21", 20, False),
        ("IF( A1 >0,1,\n2)", 1, "if(A1>0,1,2)", 1, True),
        ("_xlfn.IFS(TRUE(),1)", 1, "IFS(TRUE,1)", 1, True),
        ("表!A1+'表'!B1", 1, "A1+B1", 1, True),
        ("别的表!A1", 1, "A1", 1, False),
        ("A1*0.50+1E2", 1, "A1*.5+100", 1, True),
        ('IF(A1="a b",1)', 1, 'IF(A1="ab",1)', 1, False),
        ('IF(A1="yes",1)', 1, 'IF(A1="YES",1)', 1, False),
        ("LOG10(A1)", 1, "LOG10(A2)", 2, True),
        ("SUM(整体_收入_合计)", 1, "sum(整体_收入_合计)", 9, True),
        ("单价2023*2", 5, "单价2024*2", 5, False),
    ],
)
def test_meaning(one: str, row: int, other: str, there: int, same: bool) -> None:  # noqa: FBT001 - a column of the table
    assert (meaning(one, row, "表") == meaning(other, there, "表")) is same


@pytest.mark.parametrize(
    ("text", "down", "right", "made"),
    [
        ("A1+$A1+A$1+$A$1", 2, 1, "B3+$A3+B$1+$A$1"),
        ('"A1"&LOG10(A1)', 1, 0, '"A1"&LOG10(A2)'),
        ("'A1'!B2", 1, 1, "'A1'!C3"),
        ("SUM(A:B,3:$4)", 1, 1, "SUM(B:C,4:$4)"),
        ("A1", -1, 0, "#REF!"),
        ("指标1+Z9", 0, 1, "指标1+AA9"),
    ],
)
def test_filled_down_and_right(text: str, down: int, right: int, made: str) -> None:
    assert shifted(text, down, right) == made
