"""改正情况 since: the findings of two versions of a return: mended, still there, new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolkit.core.light import dataclass
from toolkit.unit.returning import BOOK_SCOPE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from toolkit.core.findings import AuditResult, CellRef, Finding
    from toolkit.core.model import UnitReturn
    from toolkit.unit.returning import Comparison

# What a cell is, whatever its address: form, name, row.
_Place = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Since:
    """What became of the open findings (改正情况); `still` pairs each with what it was before."""

    mended: tuple[Finding, ...]
    still: tuple[tuple[Finding, Finding], ...]
    new: tuple[Finding, ...]


def since(before: AuditResult, after: AuditResult, compared: Comparison) -> Since:
    """Compare the open findings of two versions; an explained 警示 is mended."""
    first, second = ([f for f in r.findings if not f.explained] for r in (before, after))
    old_places = _places(compared.before, compared, second=False)
    new_places = _places(compared.after, compared, second=True)
    pairs = _paired([(f, _spots(f, old_places)) for f in first], [(f, _spots(f, new_places)) for f in second])
    known = {id(o) for o, _ in pairs}
    there = {id(n) for _, n in pairs}
    return Since(
        tuple(f for f in first if id(f) not in known),
        tuple(pairs),
        tuple(f for f in second if id(f) not in there),
    )


def _paired(
    old: list[tuple[Finding, frozenset[_Place]]], new: list[tuple[Finding, frozenset[_Place]]]
) -> list[tuple[Finding, Finding]]:
    """The same rule at the same place; then the same rule where each side has it once more."""
    pairs: list[tuple[Finding, Finding]] = []
    free = list(old)
    left = []
    for finding, places in new:
        same = [(f, p) for f, p in free if f.rule == finding.rule and (p & places or p == places)]
        best = max(same, key=lambda pair: len(pair[1] & places), default=None)
        if best is None:
            left.append(finding)
            continue
        free.remove(best)
        pairs.append((best[0], finding))
    for finding in left:
        others = [f for f, _ in free if f.rule == finding.rule]
        if len(others) == 1 and sum(1 for f in left if f.rule == finding.rule) == 1:
            pairs.append((others[0], finding))
    return pairs


def _spots(finding: Finding, places: Mapping[CellRef, _Place]) -> frozenset[_Place]:
    return frozenset(places.get(ref, (ref.sheet, ref.address)) for ref in finding.cells)


def _places(unit: UnitReturn, compared: Comparison, *, second: bool) -> dict[CellRef, _Place]:
    """Cell → what it is, rows and forms told as those of the first version."""
    found: dict[CellRef, _Place] = {}
    for scope, section in enumerate(unit.sections, BOOK_SCOPE):
        form = _origin(compared.forms, scope) if second and scope != BOOK_SCOPE else scope
        found |= {c.ref: (form, n) for n, c in section.fields.items()}
        for table, rows in section.tables.items():
            order: Iterable[int | None] = compared.rows.get((scope, table), ()) if second else range(len(rows))
            for index, (row, origin) in enumerate(zip(rows, order, strict=True)):
                was = origin if origin is not None else ("new", index)
                found |= {c.ref: (form, f"{table}_{n}", was) for n, c in row.cells.items()}
    return found


def _origin(order: tuple[int | None, ...], index: int) -> object:
    found = order[index]
    return found if found is not None else ("new", index)
