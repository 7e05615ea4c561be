"""The findings with their clues."""

from __future__ import annotations

from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING

from toolkit.audit.clues.guesses import groups, guesses, shown
from toolkit.audit.clues.relations import CENT, Book, exact
from toolkit.core.findings import Clue, Severity
from toolkit.core.light import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from toolkit.audit.checks import Audit
    from toolkit.audit.clues.guesses import Guess
    from toolkit.audit.clues.relations import Judge, Relation
    from toolkit.core.findings import CellRef, Finding


def clued(findings: Sequence[Finding], context: Audit, judged: Judge) -> list[Finding]:
    """The findings with their clues; `judged` gives the verdict word of a rule on figures."""
    wanted = {f.rule for f in findings if f.severity is not Severity.NOTICE}
    if not wanted:
        return list(findings)
    book, rules = Book(context, judged), context.pack.rules
    asked = list(book.relations([r for r in rules if r.id in wanted]))
    failing = [r for r in asked if not r.holds(r.gap) and book.applies(r)]
    if not failing:
        return list(findings)
    inputs = {one for r in failing for one in r.terms}
    others = book.relations([r for r in rules if r.id not in wanted], inputs)
    near = (r for r in chain(asked, others) if not inputs.isdisjoint(r.terms))
    holding = [r for r in near if r.holds(r.gap) and book.applies(r)]
    found = list(findings)
    for group in groups(failing):
        served = guesses(group, holding, book)
        for relation in group:
            clues = tuple(_told(g, book) for g in shown([g for g in served if relation in g.settles]))
            places = book.pointed_at(relation)
            found = [replace(f, clues=clues) if clues and _tells(f, relation, places) else f for f in found]
    return found


def _told(guess: Guess, book: Book) -> Clue:
    """A guess in cells and figures."""
    rules = tuple(sorted({r.rule for r in guess.settles}))
    return Clue(tuple(book.cell(i).ref for i in guess.inputs), tuple(map(exact, guess.values)), guess.mechanism, rules)


def _tells(finding: Finding, relation: Relation, places: set[CellRef]) -> bool:
    if finding.rule != relation.rule or finding.clues:
        return False
    heads = {cell._replace(address=cell.address.partition(":")[0]) for cell in finding.cells}
    gap = finding.difference
    return not places.isdisjoint(heads) and (gap is None or abs(abs(relation.gap) - Fraction(gap)) < CENT)
