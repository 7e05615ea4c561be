"""Derivable or not (可推算): what a reader can work out of withheld figures from published linear relations.

Pure and exact (`Fraction`): a withheld figure is *determined* when every solution of the relations agrees on it
(a rank question), and *bounded* by the smallest and largest value that it takes in any solution without
negative amounts (a linear programme). Published figures have been put into the constants beforehand.

The programmes are solved by the two-phase simplex method in fractions, with Bland's rule: our own and short, because
the answers decide what is published. Floating point would leave "just within 5 %" open, and an office PC should not
need SciPy for systems of a dozen unknowns. The tests compare it with SciPy.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import count
from typing import TYPE_CHECKING

from toolkit.core.light import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

ONE = Fraction(1)

_RIGHT = -1  # the place of the constant in a row

Number = int | Fraction
Row = dict[int, Number]  # column → factor; none is 0


@dataclass(frozen=True, slots=True)
class Relation:
    """One linear relation (线性关系) between withheld figures: Σ coefficient × figure = constant.

    `at_most` makes it an inequality: Σ coefficient × figure ≤ constant.
    """

    terms: Mapping[str, Fraction]
    constant: Fraction
    at_most: bool = False


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a reader can work out of one figure (可推算的范围); None is no bound."""

    low: Fraction | None
    high: Fraction | None

    @property
    def exact(self) -> bool:
        """The figure itself is known."""
        return self.low is not None and self.low == self.high

    def betrays(self, value: Fraction, share: Fraction) -> bool:
        """Whether an end of the range comes within `share` of the true `value` (the p% rule of statistics)."""
        near_high = self.high is not None and self.high < value * (1 + share)
        near_low = self.low is not None and self.low > value * (1 - share)
        return self.exact or near_high or near_low


def determined(hidden: Collection[str], relations: Sequence[Relation]) -> dict[str, Fraction]:
    """The withheld figures that the equations alone fix, whatever their sign, with their values."""
    place = {name: i for i, name in enumerate(sorted(hidden))}
    equations = [_row(((place[n], f) for n, f in r.terms.items()), r.constant) for r in relations if not r.at_most]
    names = list(place)
    found = ((names[column], row) for column, row in _reduced(equations))
    return {name: Fraction(row.get(_RIGHT, 0)) for name, row in found if len(row.keys() - {_RIGHT}) == 1}


class Ranges:
    """The range of each withheld figure under the same relations (各数的范围): what hangs together is solved once.

    Figures in `signed` may be negative, all others may not. The relations must have a solution (the true figures are
    one); otherwise there is no range.
    """

    def __init__(self, relations: Sequence[Relation], signed: Collection[str] = ()) -> None:
        """Nothing is solved before it is asked for."""
        self._relations, self._signed = relations, signed
        self._solved: dict[frozenset[str], tuple[_Columns, _Tableau | None]] = {}

    def of(self, name: str) -> Bounds:
        """The range of one figure; a programme that was solved for another goes on from where that one ended."""
        linked = _linked(name, self._relations)
        figures = frozenset({name, *(n for r in linked for n in r.terms)})
        if figures not in self._solved:
            self._solved[figures] = self._programme(sorted(figures), linked)
        columns, tableau = self._solved[figures]
        if tableau is None:
            return Bounds(None, None)
        low, high = (tableau.least(dict(columns.spread({name: sign}))) for sign in (ONE, -ONE))
        return Bounds(low, None if high is None else -high)

    def _programme(self, names: list[str], linked: Iterable[Relation]) -> tuple[_Columns, _Tableau | None]:
        columns = _Columns({n: i for i, n in enumerate(names)}, [n for n in names if n in self._signed])
        slacks = count(columns.width)
        rows = [columns.row(r, next(slacks) if r.at_most else None) for r in linked]
        tableau = _Tableau(next(slacks), rows)
        return columns, tableau if tableau.feasible() else None


def _row(terms: Iterable[tuple[int, Number]], right: Number) -> Row:
    return {column: _plain(factor) for column, factor in (*terms, (_RIGHT, right)) if factor}


def _plain(number: Number) -> Number:
    """A whole number as `int`: nearly all are, and those are many times as fast."""
    return number.numerator if number.denominator == 1 else number


def _divided(row: Row, lead: Number) -> Row:
    if lead == 1:
        return row
    return {column: -value if lead == -1 else _plain(Fraction(value) / lead) for column, value in row.items()}


def _subtract(row: Row, factor: Number, other: Row) -> None:
    """Take `factor` × `other` from a row, in place; what becomes 0 leaves it."""
    for column, value in other.items():
        rest = row.get(column, 0) - factor * value
        if rest:
            row[column] = _plain(rest)
        else:
            row.pop(column, None)


def _reduced(equations: Iterable[Row]) -> list[tuple[int, Row]]:
    """Reduced row echelon form: pivot columns with their rows; a row without unknowns says nothing."""
    found: list[tuple[int, Row]] = []
    for equation in equations:
        row = dict(equation)
        for column, other in found:
            if column in row:
                _subtract(row, row[column], other)
        pivot = max(row, default=_RIGHT)
        if pivot == _RIGHT:
            continue
        row = _divided(row, row[pivot])
        for _, other in found:
            if pivot in other:
                _subtract(other, other[pivot], row)
        found.append((pivot, row))
    return found


def _linked(name: str, relations: Sequence[Relation]) -> list[Relation]:
    """The relations that reach `name` through common figures; the others cannot tell anything of it."""
    known, found = {name}, []
    rest = [r for r in relations if r.terms]
    while near := [r for r in rest if known & r.terms.keys()]:
        found += near
        rest = [r for r in rest if not known & r.terms.keys()]
        known |= {n for r in near for n in r.terms}
    return found


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of the linear programme: figures, then the negative halves of signed ones; slacks stand behind."""

    names: Mapping[str, int]
    signed: Sequence[str]

    @property
    def width(self) -> int:
        """How many there are."""
        return len(self.names) + len(self.signed)

    def spread(self, terms: Mapping[str, Fraction]) -> Iterator[tuple[int, Fraction]]:
        """Factors by column."""
        yield from ((self.names[n], f) for n, f in terms.items())
        yield from ((len(self.names) + i, -terms[n]) for i, n in enumerate(self.signed) if n in terms)

    def row(self, relation: Relation, slack: int | None) -> Row:
        """A relation as an equation."""
        return _row((*self.spread(relation.terms), *([] if slack is None else [(slack, ONE)])), relation.constant)


class _Tableau:
    """Equations over unknowns ≥ 0, each with one of its unknowns set apart (`basis`).

    Before `feasible` an equation stands for an artificial unknown of its own, numbered behind the `width` real ones.
    Such a one has no column: once it has left it never comes back.
    """

    def __init__(self, width: int, rows: Iterable[Row]) -> None:
        self.width = width
        self.rows = [{c: -v for c, v in row.items()} if row.get(_RIGHT, 0) < 0 else dict(row) for row in rows]
        self.basis = [width + i for i in range(len(self.rows))]

    def feasible(self) -> bool:
        """Drive the artificial unknowns out; what cannot leave is a redundant row."""
        prices: Row = {}
        for row in self.rows:
            _subtract(prices, 1, row)
        if self._descend(prices) != 0:
            return False
        for i, row in enumerate(self.rows):
            column = min(row.keys() - {_RIGHT}, default=None)
            if self.basis[i] >= self.width and column is not None:
                self._pivot(i, column, prices)
        kept = [i for i, b in enumerate(self.basis) if b < self.width]
        self.rows = [self.rows[i] for i in kept]
        self.basis = [self.basis[i] for i in kept]
        return True

    def least(self, cost: Row) -> Fraction | None:
        """The least cost from here on; None when it falls without end."""
        prices = dict(cost)
        for basic, row in zip(self.basis, self.rows, strict=True):
            if basic in prices:
                _subtract(prices, prices[basic], row)
        return self._descend(prices)

    def _descend(self, prices: Row) -> Fraction | None:
        """`prices` are the costs that are left, at `_RIGHT` minus the cost at hand."""
        # Bland's rule: the first column that helps, the first basic column that leaves; it never circles.
        while (column := min((c for c, p in prices.items() if p < 0 and c != _RIGHT), default=None)) is not None:
            ratios = [
                (Fraction(row.get(_RIGHT, 0)) / row[column], self.basis[i], i)
                for i, row in enumerate(self.rows)
                if row.get(column, 0) > 0
            ]
            if not ratios:
                return None
            self._pivot(min(ratios)[2], column, prices)
        return Fraction(-prices.get(_RIGHT, 0))

    def _pivot(self, index: int, column: int, prices: Row) -> None:
        pivot = self.rows[index] = _divided(self.rows[index], self.rows[index][column])
        for row in (*self.rows, prices):
            if row is not pivot and column in row:
                _subtract(row, row[column], pivot)
        self.basis[index] = column
