"""Rows that look alike stand in for one another when a withheld amount is sought (D78)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.audit.secrecy.facts import cell_key, seen_from
from toolkit.engines.linear import Ranges, Relation

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

COLUMNS = ("年初预算数", "全年执行数")


@st.composite
def projects(draw: DrawFn) -> list[Relation]:
    """Published totals over the rows, limits of one row alone (执行 ≤ 预算), and limits of a size of their own."""
    rows = range(draw(st.integers(3, 5)))
    amounts = {cell_key(row, column): Fraction(draw(st.integers(0, 50))) for row in rows for column in COLUMNS}
    found = []
    for column in COLUMNS:
        parts = draw(st.sets(st.sampled_from(rows), min_size=1))
        terms = {cell_key(row, column): Fraction(1) for row in parts}
        found.append(Relation(terms, sum((amounts[k] for k in terms), Fraction(0))))
    for row in draw(st.sets(st.sampled_from(rows))):
        budget, spent = (cell_key(row, column) for column in COLUMNS)
        found.append(Relation({spent: Fraction(1), budget: Fraction(-1)}, Fraction(0), at_most=True))
    for row in draw(st.sets(st.sampled_from(rows))):
        key = cell_key(row, COLUMNS[1])
        found.append(Relation({key: Fraction(1)}, amounts[key] + draw(st.integers(0, 9)), at_most=True))
    return found


@settings(max_examples=150)
@given(projects())
def test_fewer_rows_say_the_same(relations: list[Relation]) -> None:
    for column in COLUMNS:
        key = cell_key(0, column)
        assert Ranges(seen_from(relations, 0)).of(key) == Ranges(relations).of(key)
