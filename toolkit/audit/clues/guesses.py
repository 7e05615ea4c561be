"""Which cells serve (候选): the smallest sets whose change makes every failing relation hold and breaks none."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING

from toolkit.audit.clues.mechanisms import ENDLESS, MECHANISMS, mechanism, slips
from toolkit.core.light import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from toolkit.audit.clues.relations import Book, Input, Relation

MOST = 5


@dataclass(frozen=True, slots=True)
class Guess:
    """One way to make everything hold."""

    inputs: tuple[Input, ...]
    values: tuple[Fraction, ...]
    mechanism: str
    settles: tuple[Relation, ...]
    usual: bool = False  # other rows of the column have this value

    @property
    def rank(self) -> tuple[int, bool, bool, int]:
        """What it settles goes before how it may have come about."""
        return -len(self.settles), not self.mechanism, not self.usual, MECHANISMS.index(self.mechanism)

    @property
    def plain(self) -> bool:
        """The cell itself looks wrong: an amount below 0, a gap in a column."""
        return self.mechanism == "正负号" or (self.mechanism == "漏填" and all(i.row >= 0 for i in self.inputs))


def groups(failing: Sequence[Relation]) -> list[list[Relation]]:
    """Failing relations that share a cell belong together: one slip may be behind them."""
    groups: list[list[Relation]] = []
    for relation in failing:
        near = [g for g in groups if any(relation.terms.keys() & r.terms.keys() for r in g)]
        groups = [g for g in groups if all(g is not n for n in near)]
        groups.append([r for g in near for r in g] + [relation])
    return groups


def guesses(group: Sequence[Relation], holding: Sequence[Relation], book: Book) -> list[Guess]:
    """The smallest sets of cells that settle the group; where no cell does by itself, then what each settles.

    Only sums say what a cell should be. A limit that is passed may have been passed in truth: a cell that
    settles all sums serves, whether or not it keeps the limit too.
    """
    sums = [r for r in group if r.equal]
    if not sums:
        shared = set.intersection(*(set(r.terms) for r in group)) or {one for r in group for one in r.terms}
        kept = _within(shared, group, holding, book)  # what is missing in a blank, a limit does not say
        return sorted(kept, key=lambda g: (g.mechanism == "漏填", g.rank, tuple(map(book.place, g.inputs))))
    shared = set.intersection(*(set(r.terms) for r in sums))
    found = [g for g in _singles(shared, group, holding, book) if set(sums) <= set(g.settles)]
    if not found:
        found = list(_pairs(sums, [*sums, *holding], book)) if len(sums) > 1 else []
        found += _singles({one for r in sums for one in r.terms}, group, holding, book)
    return sorted(found, key=lambda g: (g.rank, tuple(map(book.place, g.inputs))))


def shown(found: list[Guess]) -> list[Guess]:
    """At most five; where more serve, those that look like a slip, or look wrong by themselves; else nothing."""
    sure = (found, [g for g in found if g.mechanism], [g for g in found if g.plain])
    return next((some for some in sure if 0 < len(some) <= MOST), [])


def _singles(
    inputs: Iterable[Input], group: Sequence[Relation], holding: Sequence[Relation], book: Book
) -> Iterator[Guess]:
    """The change of one cell; several relations may each round differently, so each is tried."""
    for one in inputs:
        mine = [r for r in group if one in r.terms]
        tried = [_single(one, -r.gap / r.terms[one], mine, holding, book) for r in mine if r.equal]
        most: dict[tuple[Relation, ...], Guess] = {g.settles: g for g in reversed(tried) if g and g.settles}
        wide = [g for g in most.values() if not any(set(g.settles) < set(other) for other in most)]
        yield from wide


def _single(
    one: Input, change: Fraction, mine: Sequence[Relation], holding: Sequence[Relation], book: Book
) -> Guess | None:
    """What a change settles; it may break nothing, and what it leaves failing it may not make worse."""
    if not _settles({one: change}, holding, book):
        return None
    settled = tuple(r for r in mine if book.holds(r, {one: change}))
    if any(abs(r.gap + r.terms[one] * change) > abs(r.gap) for r in mine if r not in settled):
        return None
    value = book.value(one) + change
    return Guess((one,), (value,), mechanism(book, one, value), settled, book.usual(one, value))


def _within(
    inputs: Iterable[Input], group: Sequence[Relation], holding: Sequence[Relation], book: Book
) -> Iterator[Guess]:
    """One cell that keeps the limits again: the likeliest slip that does, the nearest value it may have come from."""
    for one in inputs:
        mine = tuple(r for r in group if one in r.terms)
        least, most = _limits(one, mine, book)
        if least > most:
            continue
        for word, values in slips(book, one, least, most):
            near = sorted((v for v in values if least <= v <= most), key=lambda v: abs(v - book.value(one)))
            fits = (v for v in near if _settles({one: v - book.value(one)}, holding, book))
            if (value := next(fits, None)) is not None:
                yield Guess((one,), (value,), word, mine)
                break


def _limits(one: Input, mine: Sequence[Relation], book: Book) -> tuple[Fraction, Fraction]:
    """From where to where the value of a cell may lie for the relations to hold."""
    least, most = Fraction(0), Fraction(ENDLESS)
    for relation in mine:
        edge = book.value(one) + (relation.allowed - relation.gap) / relation.terms[one]
        least, most = (least, min(most, edge)) if relation.terms[one] > 0 else (max(least, edge), most)
    return least, most


def _settles(changes: Mapping[Input, Fraction], relations: Sequence[Relation], book: Book) -> bool:
    if not all(book.likely(one, book.value(one) + change) for one, change in changes.items()):
        return False
    touched = (r for r in relations if not r.holds(r.gap) or not changes.keys().isdisjoint(r.terms))
    return all(book.holds(r, changes) for r in touched)


def _pairs(group: Sequence[Relation], relations: Sequence[Relation], book: Book) -> Iterator[Guess]:
    """Two cells that settle all; each has to look like a slip, for any two free cells settle two sums."""
    inputs = sorted({i for r in group for i in r.terms}, key=book.place)
    equal = [r for r in group if r.equal]
    covered = {one: frozenset(n for n, r in enumerate(group) if one in r.terms) for one in inputs}
    for first, second in combinations(inputs, 2):
        if len(covered[first] | covered[second]) < len(group):  # what neither touches stays wrong
            continue
        solved = next(filter(None, (_solved(first, second, a, b) for a, b in combinations(equal, 2))), None)
        if solved and all(solved) and _settles(dict(zip((first, second), solved, strict=True)), relations, book):
            values = tuple(book.value(i) + c for i, c in zip((first, second), solved, strict=True))
            words = [mechanism(book, i, v) for i, v in zip((first, second), values, strict=True)]
            if all(words):
                yield Guess((first, second), values, max(words, key=MECHANISMS.index), tuple(group))


def _solved(first: Input, second: Input, one: Relation, other: Relation) -> tuple[Fraction, Fraction] | None:
    a, b = one.terms.get(first, Fraction(0)), one.terms.get(second, Fraction(0))
    c, d = other.terms.get(first, Fraction(0)), other.terms.get(second, Fraction(0))
    size = a * d - b * c
    if not size:
        return None
    return (b * other.gap - d * one.gap) / size, (c * one.gap - a * other.gap) / size
