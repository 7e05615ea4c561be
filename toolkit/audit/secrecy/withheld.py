"""What of a return must not travel on (不外传的内容): a batch names neither withheld projects nor what tells of them.

The unit's own files are its own; what is written over all units goes to others, and says only where to look.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from toolkit.audit.secrecy.leaks import traces_of
from toolkit.audit.secrecy.plan import belongs, is_secret, money_columns, plan_of
from toolkit.core.dictionary import Kind
from toolkit.core.errors import PackError
from toolkit.core.patterns import late

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from toolkit.audit.secrecy.leaks import Trace
    from toolkit.audit.secrecy.plan import Project
    from toolkit.core.findings import CellRef, Finding
    from toolkit.core.model import UnitReturn
    from toolkit.pack import Pack
    from toolkit.unit import UnitFigures

_NUMBER = late(r"\d+(?:,\d{3})*(?:\.\d+)?")

_TELLING_DIGITS = 3  # 5 or 12 in a sentence may be anything

_YUAN = 10_000


@dataclass(frozen=True, slots=True)
class Withheld:
    """What of one return is not told outside it.

    Attributes:
        rows: positions of the rows of 项目 that are not shown by themselves; forms: of the project forms.
        cells: the cells of those rows; sheets: the sheets of those forms.
    """

    rows: frozenset[int] = frozenset()
    forms: frozenset[int] = frozenset()
    cells: frozenset[CellRef] = frozenset()
    sheets: frozenset[str] = frozenset()
    traces: tuple[Trace, ...] = ()
    amounts: frozenset[Decimal] = frozenset()

    def told_by(self, finding: Finding) -> bool:
        """Whether a finding stands at withheld cells, or names what is withheld."""
        if any(c in self.cells or c.sheet in self.sheets for c in finding.cells):
            return True
        return self.named_in(finding.message)

    def named_in(self, text: str) -> bool:
        """Whether a text has a withheld name, code, sentence or amount."""
        if any(trace.within(text) for trace in self.traces):
            return True
        return bool(self.amounts) and any(Decimal(m.replace(",", "")) in self.amounts for m in _NUMBER.findall(text))


def withheld_of(unit: UnitReturn, figures: UnitFigures, pack: Pack) -> Withheld:
    """What the plan withholds; for a pack without one, the rows that are marked 涉密."""
    try:
        plan = plan_of(unit, pack)
    except PackError:
        return _marked(unit)
    if not plan.hidden:
        return Withheld()
    traces = tuple(t for p in plan.hidden for t in traces_of(p, unit, pack))
    found = _places(unit, frozenset(p.index for p in plan.hidden))
    amounts = frozenset(_spellings(_amounts(plan.hidden, found.forms, figures, pack)))
    return replace(found, traces=traces, amounts=amounts)


def _marked(unit: UnitReturn) -> Withheld:
    return _places(unit, frozenset(i for i, row in enumerate(unit.book.projects) if is_secret(row)))


def _places(unit: UnitReturn, indices: frozenset[int]) -> Withheld:
    rows = [row for i, row in enumerate(unit.book.projects) if i in indices]
    forms = frozenset(i for i, form in enumerate(unit.forms) if any(belongs(form, row) for row in rows))
    cells = frozenset(cell.ref for row in rows for cell in row.cells.values())
    return Withheld(indices, forms, cells, frozenset(unit.forms[i].sheet for i in forms))


def _amounts(hidden: Iterable[Project], forms: frozenset[int], figures: UnitFigures, pack: Pack) -> Iterator[Decimal]:
    """The amounts of the rows, their sums, and what stands on their forms."""
    for column in money_columns(pack):
        found = [n for p in hidden if (n := p.row.number(column)) is not None]
        yield from (*found, sum(found, Decimal(0)))
    for index in forms:
        view = figures.forms[index].computed
        numbers = (view.number(n) for n, d in view.space.fields.items() if d.kind is Kind.MONEY)
        yield from (n * pack.factor(view.space) for n in numbers if n is not None)


def _spellings(amounts: Iterable[Decimal]) -> Iterator[Decimal]:
    """Each amount in 万元 and in 元; figures of one or two digits would be met everywhere."""
    for number in amounts:
        if number > 0 and len(number.normalize().as_tuple().digits) >= _TELLING_DIGITS:
            yield from (number, number * _YUAN)
