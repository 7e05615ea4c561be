"""The plain way to bounds (对照解法): dense tables of fractions, every price worked out anew at each step.

Slow and short of tricks; `engines/linear.py` must give the very same fractions.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from toolkit.engines.linear import Bounds

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from toolkit.engines.linear import Relation

ZERO, ONE = Fraction(0), Fraction(1)

Matrix = list[list[Fraction]]


def determined(hidden: Collection[str], relations: Sequence[Relation]) -> dict[str, Fraction]:
    """The withheld figures that the equations alone fix, whatever their sign, with their values."""
    names = sorted(hidden)
    rows, pivots = reduced(_matrix(names, [r for r in relations if not r.at_most]), len(names))
    return {
        names[column]: row[-1]
        for row, column in zip(rows, pivots, strict=True)
        if all(value == 0 for i, value in enumerate(row[:-1]) if i != column)
    }


class Ranges:
    """The ranges of the withheld figures under the same relations, each solved by itself."""

    def __init__(self, relations: Sequence[Relation], signed: Collection[str] = ()) -> None:
        """The same as `engines.linear.Ranges` takes."""
        self._relations, self._signed = relations, signed

    def of(self, name: str) -> Bounds:
        """The range of one figure."""
        return bounds(name, self._relations, self._signed)


def bounds(name: str, relations: Sequence[Relation], signed: Collection[str] = ()) -> Bounds:
    """The range of one withheld figure; figures in `signed` may be negative, all others may not.

    The relations must have a solution (the true figures are one); otherwise there is no range.
    """
    linked = _linked(name, relations)
    names = sorted({name, *(n for r in linked for n in r.terms)})
    columns = _Columns(names, frozenset(signed) & set(names), sum(r.at_most for r in linked))
    rows = [columns.row(r, i) for i, r in enumerate(_equations_last(linked))]
    low = minimum(columns.cost(name, ONE), rows)
    high = minimum(columns.cost(name, -ONE), rows)
    return Bounds(low, None if high is None else -high)


def reduced(matrix: Matrix, width: int) -> tuple[Matrix, list[int]]:
    """Reduced row echelon form of the first `width` columns: its rows with pivots, and the pivot columns."""
    rows = [list(row) for row in matrix]
    pivots: list[int] = []
    for column in range(width):
        found = next((i for i in range(len(pivots), len(rows)) if rows[i][column] != 0), None)
        if found is None:
            continue
        top = len(pivots)
        rows[top], rows[found] = rows[found], rows[top]
        lead = rows[top][column]
        rows[top] = [value / lead for value in rows[top]]
        for i, row in enumerate(rows):
            if i != top and row[column] != 0:
                rows[i] = [a - row[column] * b for a, b in zip(row, rows[top], strict=True)]
        pivots.append(column)
    return rows[: len(pivots)], pivots


def _matrix(names: Sequence[str], relations: Sequence[Relation]) -> Matrix:
    return [[*(r.terms.get(n, ZERO) for n in names), r.constant] for r in relations]


def _linked(name: str, relations: Sequence[Relation]) -> list[Relation]:
    """The relations that reach `name` through common figures; the others cannot tell anything of it."""
    known, found = {name}, []
    rest = [r for r in relations if r.terms]
    while near := [r for r in rest if known & r.terms.keys()]:
        found += near
        known |= {n for r in near for n in r.terms}
        rest = [r for r in rest if r not in near]
    return found


def _equations_last(relations: Sequence[Relation]) -> list[Relation]:
    return sorted(relations, key=lambda r: not r.at_most)


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of the linear programme: figures, the negative halves of signed ones, one slack per inequality."""

    names: Sequence[str]
    signed: frozenset[str]
    slacks: int

    def _spread(self, terms: Mapping[str, Fraction]) -> list[Fraction]:
        plain = [terms.get(n, ZERO) for n in self.names]
        return plain + [-terms.get(n, ZERO) for n in self.names if n in self.signed]

    def row(self, relation: Relation, index: int) -> list[Fraction]:
        slack = [ONE if relation.at_most and i == index else ZERO for i in range(self.slacks)]
        return [*self._spread(relation.terms), *slack, relation.constant]

    def cost(self, name: str, sign: Fraction) -> list[Fraction]:
        return [*self._spread({name: sign}), *([ZERO] * self.slacks)]


Row = list[Fraction]


def minimum(cost: Sequence[Fraction], rows: Sequence[Sequence[Fraction]]) -> Fraction | None:
    """The least `cost · x` over x ≥ 0 with the equations `rows` (right-hand side last).

    None when there is none: no x fulfils the equations, or the cost falls without end.
    """
    tableau = _Tableau(len(cost), rows)
    if not tableau.feasible():
        return None
    return tableau.least(list(cost))


class _Tableau:
    """Rows with a unit column each (`basis`); artificial columns stand behind the `width` real ones."""

    def __init__(self, width: int, rows: Sequence[Sequence[Fraction]]) -> None:
        self.width = width
        self.rows: list[Row] = []
        for i, row in enumerate(rows):
            sign = -1 if row[-1] < 0 else 1
            units = [ONE if i == j else ZERO for j in range(len(rows))]
            self.rows.append([*(sign * value for value in row[:-1]), *units, sign * row[-1]])
        self.basis = [width + i for i in range(len(rows))]

    def feasible(self) -> bool:
        """Drive the artificial columns out; what cannot leave is a redundant row."""
        artificial = [ZERO] * self.width + [ONE] * len(self.rows)
        if self._descend(artificial, len(artificial)) != 0:
            return False
        for i in range(len(self.rows)):
            column = next((c for c in range(self.width) if self.rows[i][c] != 0), None)
            if self.basis[i] >= self.width and column is not None:
                self._pivot(i, column)
        kept = [i for i, b in enumerate(self.basis) if b < self.width]
        self.rows = [self.rows[i] for i in kept]
        self.basis = [self.basis[i] for i in kept]
        return True

    def least(self, cost: Row) -> Fraction | None:
        """The least cost from here on."""
        artificial = len(self.rows[0]) - 1 - self.width if self.rows else 0
        return self._descend(cost + [ZERO] * artificial, self.width)

    def _descend(self, cost: Row, width: int) -> Fraction | None:
        prices = self._prices(cost)
        # Bland's rule: the first column that helps, the first basic column that leaves; it never circles.
        while (column := next((c for c in range(width) if prices[c] < 0), None)) is not None:
            ratios = [(row[-1] / row[column], self.basis[i], i) for i, row in enumerate(self.rows) if row[column] > 0]
            if not ratios:
                return None
            self._pivot(min(ratios)[2], column)
            prices = self._prices(cost)
        return -prices[-1]

    def _prices(self, cost: Row) -> Row:
        """Reduced costs; the last one is minus the cost at hand."""
        prices = [*cost, ZERO]
        for basic, row in zip(self.basis, self.rows, strict=True):
            weight = cost[basic]
            if weight:
                prices = [p - weight * value for p, value in zip(prices, row, strict=True)]
        return prices

    def _pivot(self, index: int, column: int) -> None:
        lead = self.rows[index][column]
        pivot = self.rows[index] = [value / lead for value in self.rows[index]]
        for i, row in enumerate(self.rows):
            factor = row[column]
            if i != index and factor:
                self.rows[i] = [value - factor * other for value, other in zip(row, pivot, strict=True)]
        self.basis[index] = column
