"""起因: one fault is told once. What a finding comes of, where the figures say so for certain.

Two faults make others: amounts in another unit, and a part that was left blank. A clue may be wrong; these are not.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from toolkit.core.findings import Cause, Severity
from toolkit.core.light import replace
from toolkit.core.model import row_name
from toolkit.engines.formula import parse, relation_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from toolkit.audit.checks import Audit
    from toolkit.core.findings import CellRef, Finding
    from toolkit.unit import Figures

_UNIT = "amounts_in_unit"  # the check whose findings are a cause

_SHOWN = 5


class _Blank(NamedTuple):
    """A cell that was left blank though others of its sum are filled (空着的部分), and how it is told."""

    ref: CellRef
    told: str


def with_causes(findings: Iterable[Finding], context: Audit) -> tuple[Finding, ...]:
    """Causes first; every finding that comes of one says of which, and names the blank parts of its sums."""
    places = _Places(context)
    units = {rule.id for rule in context.pack.rules if rule.check == _UNIT}
    found = [places.blanks_named(f) for f in findings]
    causes = [f for f in found if f.rule in units]
    return (*causes, *(places.of_units(f, causes) for f in found if f.rule not in units))


class _Places:
    """The cells of a return and what is worked out of them."""

    def __init__(self, context: Audit) -> None:
        self._context = context
        self._fields: dict[CellRef, tuple[Figures, str]] = {}
        self._columns: dict[CellRef, tuple[Figures, str, str]] = {}

    def _look(self) -> None:
        if self._fields:
            return
        for figures in self._context.figures.all:
            section = figures.section
            self._fields |= {cell.ref: (figures, name) for name, cell in section.fields.items()}
            for table, spec in section.space.tables.items():
                heads = ((column, next(section.column(table, column), None)) for column in spec.columns)
                self._columns |= {cell.ref: (figures, table, column) for column, cell in heads if cell}

    def blanks_named(self, finding: Finding) -> Finding:
        """A difference that a blank part explains says so, and comes of it."""
        blanks = list(self._blanks(finding)) if finding.difference is not None else []
        if not blanks:
            return finding
        more = "等" if len(blanks) > _SHOWN else ""
        told = f"其中{'、'.join(blank.told for blank in blanks[:_SHOWN])}{more}没有填。"
        actions = (r.action for r in self._context.pack.rules if r.id == finding.rule and r.action in finding.message)
        here = next(filter(None, actions), f"[{finding.rule}]")
        head, _, tail = finding.message.rpartition(here)
        return replace(finding, message=f"{head}{told}{here}{tail}", caused_by=Cause(blanks[0].ref))

    def of_units(self, finding: Finding, causes: Sequence[Finding]) -> Finding:
        """A gap at cells that were typed in another unit comes of that; what is worked out of them, too."""
        if not causes or finding.difference is None or finding.severity is Severity.NOTICE:
            return finding
        mine = {*finding.cells, *(ref for cell in finding.cells for ref, _, _ in self._leaves(cell))}
        cause = next((f for f in causes if not mine.isdisjoint(f.cells)), None)
        if cause is None:
            return finding
        mark = f"[{finding.rule}]"
        told = finding.message.replace(mark, f"这可能是上面说的单位填错引起的，请先改单位。{mark}")
        return replace(finding, message=told, caused_by=Cause(cause.cells[0], cause.rule))

    def _blanks(self, finding: Finding) -> Iterator[_Blank]:
        seen: set[CellRef] = set()
        explained = ((blanks, cell) for cell in finding.cells if (blanks := self._blanks_at(cell)))
        for blank in chain.from_iterable(blanks for blanks, cell in explained if self._explains(finding, cell)):
            if blank.ref not in seen:
                seen.add(blank.ref)
                yield blank

    def _explains(self, finding: Finding, place: CellRef) -> bool:
        """Whether filling in what is blank at a place would lessen the gap.

        What a rule only asks about is no part of what was compared (A04: 预算数), and on the side that is too large
        already nothing is missing.
        """
        self._look()
        start = place._replace(address=place.address.partition(":")[0])
        figures, *names = self._fields.get(start) or self._columns.get(start) or (None,)
        if figures is None or finding.left is None or finding.right is None:
            return True
        name, rules = "_".join(names), self._context.pack.rules
        asked = (r for r in rules if r.id == finding.rule and r.form == figures.section.space.kind and r.formula)
        known = [relation_at(str(r.formula), figures.filed) for r in asked if name in parse(str(r.formula)).names]
        gap = Fraction(finding.left - finding.right)
        parts = (
            (
                (gap if sign == "=" else abs(gap)),
                (f for t, f in terms.items() if t and name in {t.name, *(t.where or ())}),
            )
            for terms, sign in filter(None, known)
        )
        sums = [over * sum(factors) for over, factors in parts]
        return not sums or min(sums) < 0

    def _blanks_at(self, place: CellRef) -> list[_Blank]:
        """The blank parts of what stands at a place: a cell, the sum that it is, or a column."""
        self._look()
        start = place._replace(address=place.address.partition(":")[0])
        if start in self._fields:
            leaves = [leaf for leaf in self._leaves(start) if not (leaf[2] and self._unused(*self._fields[leaf[0]]))]
            blank = [_Blank(ref, f"{self._context.label(name)}（{ref}）") for ref, name, empty in leaves if empty]
            return blank if len(blank) < len(leaves) or len(leaves) == 1 else []
        if start in self._columns:
            figures, table, column = self._columns[start]
            rows = [row for row in figures.section.rows(table) if row.name]
            cells = [(row.cells[column], row) for row in rows if column in row.cells]
            lacking = [_Blank(c.ref, f"“{row_name(row)}”的{column}（{c.ref.address}）") for c, row in cells if c.blank]
            return lacking if len(lacking) < len(cells) else []
        return []

    def _unused(self, figures: Figures, name: str) -> bool:
        """Whether no column of its row is filled: the unit has no such money, and left out nothing."""
        fields, (stem, _, _) = figures.section.fields, name.rpartition("_")
        row = [cell for other, cell in fields.items() if other.startswith(f"{stem}_")]
        return len(row) > 1 and all(cell.blank for cell in row)

    def _leaves(self, place: CellRef) -> list[tuple[CellRef, str, bool]]:
        """The typed cells of which the figure at a place is made: where, what, and whether blank."""
        self._look()
        figures, name = self._fields.get(place, (None, ""))
        if figures is None:
            return []
        cell, datum = figures.section.fields[name], figures.section.space.fields[name]
        if not datum.computed or not (cell.formula or cell.blank):
            return [(cell.ref, name, cell.blank)]
        fields = figures.section.fields
        parts = [fields[n].ref for n in parse(self._context.pack.compute[name]).names if n in fields and n != name]
        return [leaf for part in parts for leaf in self._leaves(part)]
