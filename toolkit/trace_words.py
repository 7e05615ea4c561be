"""Words of 溯源 (溯源用语): values as people read them, formulas in names and with the figures put in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from toolkit.cell_reading import as_text
from toolkit.dictionary import Kind
from toolkit.formula import parse
from toolkit.formula_reading import written
from toolkit.money import plain, round_half_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from toolkit.compute import View
    from toolkit.formula import Scalar, Value
    from toolkit.formula_reading import Reading

_TWO_PLACES = frozenset({Kind.MONEY, Kind.SCORE})
_MOST_ADDENDS = 60
_MOST_ELEMENTS = 6


def wording(reading: Reading, view: View, lookup: Callable[[str], Value]) -> tuple[str, str]:
    """The formula in names, and with the figures put in."""
    return written(reading, _Names(lookup)), written(reading, _Figures(view, lookup))


@dataclass(frozen=True, slots=True)
class _Names:
    lookup: Callable[[str], Value]

    def __call__(self, name: str, *, added: bool) -> str:
        return f"合计({name})" if added and isinstance(self.lookup(name), tuple) else name

    def picked(self, text: str, summed: str) -> str | None:
        del text, summed
        return None


@dataclass(frozen=True, slots=True)
class _Figures:
    view: View
    lookup: Callable[[str], Value]

    def __call__(self, name: str, *, added: bool) -> str:
        kind, found = _kind(self.view, name), self.lookup(name)
        return _column(found, kind, added=added) if isinstance(found, tuple) else operand_text(found, kind)

    def picked(self, text: str, summed: str) -> str | None:
        """Row by row, the conditional sum takes the row's figure or nothing."""
        formula, column = parse(text), self.lookup(summed)
        rows = range(len(column)) if isinstance(column, tuple) else ()
        taken = tuple(v for i in rows if isinstance(v := formula.evaluate(self._row(i)), Decimal) and v)
        return _column(taken, _kind(self.view, summed), added=True)

    def _row(self, index: int) -> Callable[[str], Value]:
        def lookup(name: str) -> Value:
            found = self.lookup(name)
            return found[index : index + 1] if isinstance(found, tuple) else found

        return lookup


def _column(found: tuple[Scalar, ...], kind: Kind | None, *, added: bool) -> str:
    numbers = [v for v in found if isinstance(v, Decimal)]
    if added and len(numbers) <= _MOST_ADDENDS:
        return " + ".join(operand_text(v, kind) for v in numbers) or "空"
    if added:
        return f"{operand_text(sum(numbers, Decimal(0)), kind)}（{len(numbers)} 个数之和）"
    shown = "；".join(operand_text(v, kind) for v in found[:_MOST_ELEMENTS])
    return f"[{shown}{f'；…共 {len(found)} 个' if len(found) > _MOST_ELEMENTS else ''}]"


def _kind(view: View, name: str) -> Kind | None:
    datum = view.space.datum(name) or (view.parent.space.datum(name) if view.parent else None)
    return datum.kind if datum else None


def shown(value: object, kind: Kind | None) -> str:
    """A value for people: amounts and points with two decimals at least, others as they are; 空 for nothing."""
    if isinstance(value, Decimal):
        cents = round_half_up(value, 2) if kind in _TWO_PLACES else None
        return str(cents) if cents == value else plain(value)
    if isinstance(value, (str, bool, dt.date)) and value != "":
        return as_text(value)
    return "空"


def operand_text(value: object, kind: Kind | None) -> str:
    """A value within a formula: negative numbers in brackets, texts in quotes."""
    text = shown(value, kind)
    if isinstance(value, Decimal):
        return f"({text})" if value < 0 else text
    return f"“{text}”" if isinstance(value, str) and value else text
