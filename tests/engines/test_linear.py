"""Derivable or not, against independent solvers: NumPy's rank and SciPy's linear programmes (D78)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING

import dense_simplex
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from toolkit.engines.formula.linear_forms import Term, conditions, linear_form, linear_relation, relation_at
from toolkit.engines.linear import Bounds, Ranges, Relation, determined

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

SHARE = Fraction(1, 20)


@st.composite
def tables(draw: DrawFn) -> tuple[dict[str, Fraction], list[dict[str, int]], list[str]]:
    """A table of figures with totals over totals, a second grouping, and random cells withheld.

    Gives the figures, the relations that hold of all of them (Σ parts − total = 0), and the withheld names.
    """
    amounts = st.integers(0, 100_000).map(lambda n: Fraction(n, 100))
    level = [f"明细{i}" for i in range(draw(st.integers(2, 7)))]
    values = {name: draw(amounts) for name in level}
    leaves = list(level)
    laws: list[dict[str, int]] = []
    while len(level) > 1 and draw(st.booleans()):
        cuts = sorted(draw(st.sets(st.integers(1, len(level) - 1), max_size=2)))
        groups = [level[a:b] for a, b in zip([0, *cuts], [*cuts, len(level)], strict=True)]
        level = [_total(values, laws, group) for group in groups]
    for _ in range(draw(st.integers(1, 3))):  # groupings across, as 类别 across 项目
        chosen = draw(st.lists(st.sampled_from(leaves), min_size=1, max_size=5, unique=True))
        _total(values, laws, chosen)
    withheld = draw(st.lists(st.sampled_from(sorted(values)), min_size=1, max_size=6, unique=True))
    return values, laws, withheld


def _total(values: dict[str, Fraction], laws: list[dict[str, int]], parts: list[str]) -> str:
    name = f"合计{len(laws)}"
    values[name] = sum((values[p] for p in parts), Fraction(0))
    laws.append({**dict.fromkeys(parts, 1), name: -1})
    return name


def relations(values: dict[str, Fraction], laws: list[dict[str, int]], withheld: list[str]) -> list[Relation]:
    """What the published figures say of the withheld ones."""
    return [
        Relation(
            {n: Fraction(f) for n, f in law.items() if n in withheld},
            -sum((f * values[n] for n, f in law.items() if n not in withheld), Fraction(0)),
        )
        for law in laws
    ]


@settings(max_examples=300)
@given(tables())
def test_rank_agrees(table: tuple[dict[str, Fraction], list[dict[str, int]], list[str]]) -> None:
    """A figure is determined when adding "this figure alone" to the relations does not raise their rank."""
    values, laws, withheld = table
    matrix = np.array([[law.get(n, 0) for n in withheld] for law in laws], dtype=float)
    rank = np.linalg.matrix_rank(matrix)
    alone = np.eye(len(withheld))
    expected = {n for i, n in enumerate(withheld) if np.linalg.matrix_rank(np.vstack([matrix, alone[i]])) == rank}
    found = determined(withheld, relations(values, laws, withheld))
    assert set(found) == expected
    assert all(found[n] == values[n] for n in expected)


@settings(max_examples=150)
@given(tables(), st.data())
def test_linear_programmes_agree(
    table: tuple[dict[str, Fraction], list[dict[str, int]], list[str]], data: st.DataObject
) -> None:
    """Least and largest value without negative amounts, some of them under a published limit."""
    values, laws, withheld = table
    given_relations = relations(values, laws, withheld)
    limited = data.draw(st.lists(st.sampled_from(withheld), max_size=2, unique=True))
    limits = {n: values[n] + data.draw(st.integers(0, 500)) for n in limited}
    given_relations += [Relation({n: Fraction(1)}, limit, at_most=True) for n, limit in limits.items()]
    matrix = np.array([[law.get(n, 0) for n in withheld] for law in laws], dtype=float)
    right = np.array([float(sum(law.get(n, 0) * values[n] for n in withheld)) for law in laws])
    box = [(0, float(limits[n]) if n in limits else None) for n in withheld]
    ranges = Ranges(given_relations)
    for i, name in enumerate(withheld):
        found = ranges.of(name)
        for sign, value in ((1, found.low), (-1, found.high)):
            done = linprog(sign * np.eye(len(withheld))[i], A_eq=matrix, b_eq=right, bounds=box)
            if value is None:
                assert done.status in {3, 4}, done.message  # unbounded
            else:
                assert done.status == 0, done.message
                assert float(value) == pytest.approx(sign * done.fun, abs=1e-5)


@st.composite
def systems(draw: DrawFn) -> tuple[list[str], list[Relation], list[str]]:
    """Any small system that has a solution: odd factors, equations and limits, redundant rows, signed figures."""
    names = [f"数{i}" for i in range(draw(st.integers(1, 5)))]
    signed = draw(st.lists(st.sampled_from(names), unique=True))
    truth = {n: Fraction(draw(st.integers(-40 if n in signed else 0, 40)), draw(st.integers(1, 3))) for n in names}
    found = []
    for _ in range(draw(st.integers(0, 6))):
        terms = {n: Fraction(draw(st.sampled_from([-3, -1, 1, 1, 2])), draw(st.integers(1, 2))) for n in names}
        kept = {n: terms[n] for n in draw(st.lists(st.sampled_from(names), min_size=1, unique=True))}
        value, at_most = sum((f * truth[n] for n, f in kept.items()), Fraction(0)), draw(st.booleans())
        found.append(Relation(kept, value + (draw(st.integers(0, 5)) if at_most else 0), at_most=at_most))
    again = draw(st.lists(st.sampled_from(found), max_size=2)) if found else []
    twice = [Relation({n: 2 * f for n, f in r.terms.items()}, 2 * r.constant, r.at_most) for r in again]
    return names, found + twice, signed


@settings(max_examples=400)
@given(systems())
def test_the_plain_way_gives_the_very_same(system: tuple[list[str], list[Relation], list[str]]) -> None:
    """Sparse rows, whole numbers and one tableau for all ends change no answer, not by a hair."""
    names, given_relations, signed = system
    assert determined(names, given_relations) == dense_simplex.determined(names, given_relations)
    ranges = Ranges(given_relations, signed)
    for name in names:
        assert ranges.of(name) == dense_simplex.bounds(name, given_relations, signed)


def test_the_seed() -> None:
    """433.00 published, five projects published: 涉密资金 is 263.20, whoever subtracts."""
    listed = [Fraction(t) for t in ("13", "40", "30", "80", "6.8")]
    rest = Relation({"涉密资金": Fraction(1)}, Fraction(433) - sum(listed))
    assert determined(["涉密资金"], [rest]) == {"涉密资金": Fraction("263.2")}
    assert Ranges([rest]).of("涉密资金") == Bounds(Fraction("263.2"), Fraction("263.2"))


@pytest.mark.parametrize(
    ("partner", "betrayed"),
    [("6.8", True), ("13", True), ("13.16", False), ("30", False), ("80", False)],
)
def test_a_tiny_partner_is_no_cover(partner: str, betrayed: bool) -> None:  # noqa: FBT001
    """Merged with 13.00, the line says 276.20: within 5 % of 263.20."""
    secret, other = Fraction("263.2"), Fraction(partner)
    line = Relation({"涉密资金": Fraction(1), "另一项": Fraction(1)}, secret + other)
    assert determined(["涉密资金", "另一项"], [line]) == {}
    assert Ranges([line]).of("涉密资金").betrays(secret, SHARE) is betrayed


def test_signs_and_unbounded() -> None:
    """A difference bounds nothing from above; a figure that may be negative has no lower bound either."""
    gap = Relation({"甲": Fraction(1), "乙": Fraction(-1)}, Fraction(3))
    assert Ranges([gap]).of("甲") == Bounds(Fraction(3), None)
    assert Ranges([gap], signed={"甲", "乙"}).of("甲") == Bounds(None, None)
    assert Ranges([gap]).of("丙") == Bounds(Fraction(0), None)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("甲+2*乙-3", {"甲": 1, "乙": 2, None: -3}),
        ('IF(COUNT(甲,乙)=0,"",SUM(甲,乙))', {"甲": 1, "乙": 1}),
        ("ROUND((甲-乙)/4,2)", {"甲": Fraction(1, 4), "乙": Fraction(-1, 4)}),
        ("-甲*50%", {"甲": Fraction(-1, 2)}),
        ("甲*乙", None),
        ("甲/乙", None),
        ("MAX(甲,乙)", None),
        ("甲/0", None),
    ],
)
def test_linear_forms(text: str, terms: dict[str | None, Fraction] | None) -> None:
    found = linear_form(text)
    expected = None if terms is None else {Term(n) if n else None: Fraction(f) for n, f in terms.items()}
    assert found == expected


def test_linear_relations() -> None:
    at_least, sumif = linear_relation("甲>=乙"), linear_relation('丙=SUMIF(表_类,"一",表_数)')
    assert at_least is not None
    assert sumif is not None
    assert (dict(at_least[0]), at_least[1]) == (_terms({Term("乙"): 1, Term("甲"): -1}), "<=")
    assert (dict(sumif[0]), sumif[1]) == (_terms({Term("丙"): 1, Term("表_数", ("表_类", "一")): -1}), "=")
    assert linear_relation("AND(甲=1)") is None
    assert linear_relation("甲=乙*丙") is None


def _terms(given_terms: dict[Term, int]) -> dict[Term | None, Fraction]:
    return {term: Fraction(factor) for term, factor in given_terms.items()}


def test_combinations_of_equations_are_found() -> None:
    """Not only the obvious subtraction: two overlapping sums and one more total."""
    sums = [({"甲", "乙"}, 7), ({"乙", "丙"}, 9), ({"甲", "丙"}, 8)]
    laws = [Relation(dict.fromkeys(names, Fraction(1)), Fraction(n)) for names, n in sums]
    assert determined("甲乙丙", laws) == {"甲": 3, "乙": 4, "丙": 5}
    for two in combinations(laws, 2):
        assert determined("甲乙丙", two) == {}


BRANCHED = "甲<=乙-IF(丙>0,丁,IF(丙=0,戊,己))"


@pytest.mark.parametrize(("asked", "taken"), [(1, "丁"), (0, "戊"), (-1, "己")])
def test_a_relation_takes_the_branch_that_holds(asked: int, taken: str) -> None:
    """On these values, and on no others is there a relation at all."""
    assert linear_relation(BRANCHED) is None
    wanted = {Term("甲"): Fraction(1), Term("乙"): Fraction(-1), Term(taken): Fraction(1)}
    assert relation_at(BRANCHED, {"丙": Decimal(asked)}.__getitem__) == (wanted, "<=")
    assert conditions(BRANCHED) == {"丙"}
