"""What decided a result (起作用的部分): the branch that was taken, the bound that was reached, in people's signs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from formula_cases import CELLS, rows
from hypothesis import given
from hypothesis import strategies as st

from toolkit.engines.formula.reading import _read, decisive, written

if TYPE_CHECKING:
    from toolkit.engines.formula import Value

# 公式 | 怎么写
READINGS = """
甲+乙*2 | 甲 + 乙 × 2
(甲+乙)*2 | (甲 + 乙) × 2
甲-(乙-负) | 甲 − (乙 − 负)
-甲/50% | −甲 ÷ 50%
ROUND(甲/乙,2) | 甲 ÷ 乙
IF(甲>2,甲*2,乙) | 甲 × 2
IF(甲>5,甲*2,乙) | 乙
IF(甲>5,"优",IF(甲>=3,"良","差")) | 甲 ≤ 5，甲 ≥ 3 → “良”
IF(甲<>3,"优","良") | 甲 = 3 → “良”
IF(AND(甲=1,乙=2),"对","错") | 不是(同时(甲 = 1，乙 = 2)) → “错”
IF(COUNT(甲)=0,"",甲) | 甲
IF(ISNUMBER(甲)=FALSE,"",乙) | 乙
IF(零,甲) | 不是(零) → 否
IFERROR(甲/零,乙) | 乙
IFERROR(甲/乙,负) | 甲 ÷ 乙
MAX(0,甲) | 甲
MAX(0,负) | 取大(0，负)
MIN(甲,乙) | 取小(甲，乙)
MAX(甲) | 取大(甲)
SUM(甲,乙) | +甲 + +乙
SUM(甲,乙)*2 | (+甲 + +乙) × 2
SUMIF(类别,"业务工作",数列) | 〔数列〕
SUMIF(数列,">3") | 〔数列〕
SUMIF(类别,"业务工作",数列)+1 | 〔数列〕 + 1
ABS(负) | 绝对值(负)
LEN(文) | LEN(文)
"""


class _Atom:
    def __call__(self, name: str, *, added: bool) -> str:
        return f"+{name}" if added else name

    def picked(self, text: str, summed: str) -> str | None:
        assert text.startswith("SUMIF(")
        assert text.endswith(")")
        return f"〔{summed}〕"


@pytest.mark.parametrize(("text", "told"), rows(READINGS))
def test_a_formula_is_read_as_it_was_decided(text: str, told: str) -> None:
    assert written(decisive(text, CELLS.__getitem__), _Atom()) == told


def test_the_outer_rounding_is_told_apart() -> None:
    found = {text: decisive(text, CELLS.__getitem__).places for text in ("ROUND(甲,2)", "ROUND(甲,文)", "甲")}
    assert found == {"ROUND(甲,2)": 2, "ROUND(甲,文)": None, "甲": None}


def test_operands_come_once_conditions_first() -> None:
    """And what a test for blanks asked is no operand."""
    found = decisive('IF(COUNT(空)=1,"",IF(乙>2,甲+乙,负))', CELLS.__getitem__)
    assert found.names == ("甲", "乙")
    grade = decisive('IF(乙>2,"优","差")', {"乙": Decimal(3)}.__getitem__)
    assert grade.names == ("乙",)


FIGURES = st.fixed_dictionaries({name: st.sampled_from([Decimal(0), Decimal(3), Decimal(9), ""]) for name in "甲乙"})


@given(st.lists(FIGURES, min_size=1, max_size=6))
def test_a_reading_is_of_these_figures_whichever_were_read_before(units: list[dict[str, Value]]) -> None:
    text = 'IFERROR(ROUND(IF(甲>5,MAX(0,甲/乙),IF(COUNT(乙)=0,"无",甲*乙)),乙),IF(乙>=3,"足","不足"))'
    told = [_told(text, unit) for unit in units]
    for unit, found in zip(units, told, strict=True):
        _read.cache_clear()
        assert _told(text, unit) == found


def _told(text: str, unit: dict[str, Value]) -> tuple[str, int | None, tuple[str, ...]]:
    found = decisive(text, unit.__getitem__)
    return written(found, _Atom()), found.places, found.names
