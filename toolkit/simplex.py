"""Exact linear programmes (线性规划), small ones: the two-phase simplex method in fractions, with Bland's rule.

Own and short, because the answers decide what is published: floating point would leave "just within 5 %" open,
and an office PC should not need SciPy for systems of a dozen unknowns. The tests compare it with SciPy.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ZERO, ONE = Fraction(0), Fraction(1)
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
