"""查错线索: which cell is most likely wrong, and what should stand there.

From the linear relations that the rules give, exactly, with fractions: the smallest sets of typed cells (one, then
two) whose change makes every failing relation hold and breaks none that holds. They are ranked by how such slips
happen. A clue never changes a datum or a severity, and where more cells serve equally than can be shown, none is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from toolkit.core.dictionary import Kind, TableRole
from toolkit.core.findings import CellRef, Clue, Severity
from toolkit.engines.formula import Term, linear_form, relation_at
from toolkit.unit import pairing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from toolkit.audit.checks import Audit
    from toolkit.core.findings import Finding
    from toolkit.core.model import Cell
    from toolkit.pack import Rule
    from toolkit.unit import Figures

MOST = 5
_PLACES = 2
_DECIMAL = Fraction(1, 10**_PLACES)
_ROUNDED = Fraction(5, 100)
_MECHANISMS = ("漏填", "数字颠倒", "一位数字", "小数点或单位", "多一位或少一位", "正负号", "抄了邻格", "四舍五入", "")


class Input(NamedTuple):
    """A typed cell as an unknown (未知数): whose it is, its name, and its row in a table."""

    scope: int
    name: str
    row: int = -1


Sums = dict[Input, Fraction]


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """A rule on these figures: Σ coefficient × input + constant, which should be 0, or at most 0."""

    rule: str
    terms: Mapping[Input, Fraction]
    gap: Fraction
    equal: bool
    allowed: Fraction
    cells: frozenset[CellRef]
    source: tuple[Rule, Figures] | None = None

    def applies(self, judged: Callable[[Rule, Figures], str]) -> bool:
        """Whether the rule is judged on these figures: nothing that it asks for is blank."""
        return self.source is None or judged(*self.source) in {"通过", "不符"}

    def holds(self, gap: Fraction) -> bool:
        """Whether it would hold with this gap."""
        return (abs(gap) if self.equal else gap) <= self.allowed


@dataclass(frozen=True, slots=True)
class _Guess:
    """One way to make everything hold."""

    inputs: tuple[Input, ...]
    values: tuple[Fraction, ...]
    mechanism: str
    settles: tuple[Relation, ...]

    @property
    def rank(self) -> tuple[int, int, tuple[Input, ...]]:
        return -len(self.settles), _MECHANISMS.index(self.mechanism), self.inputs


def clued(findings: Sequence[Finding], context: Audit, judged: Callable[[Rule, Figures], str]) -> list[Finding]:
    """The findings with their clues; `judged` gives the verdict word of a rule on figures."""
    wanted = {f.rule for f in findings if f.left is not None and f.severity is not Severity.NOTICE}
    if not wanted:
        return list(findings)
    book = _Book(context)
    relations = list(book.relations())
    failing = [r for r in relations if not r.holds(r.gap) and r.rule in wanted and r.applies(judged)]
    inputs = {one for r in failing for one in r.terms}
    holding = [r for r in relations if r.holds(r.gap) and not inputs.isdisjoint(r.terms) and r.applies(judged)]
    found = list(findings)
    for group in _groups(failing):
        guesses = _guesses(group, holding, book)
        for relation in group:
            clues = tuple(book.told(g) for g in _shown([g for g in guesses if relation in g.settles]))
            found = [_with(f, clues) if clues and _tells(f, relation) else f for f in found]
    return found


def _tells(finding: Finding, relation: Relation) -> bool:
    return finding.rule == relation.rule and not relation.cells.isdisjoint(finding.cells) and not finding.clues


def _with(finding: Finding, clues: tuple[Clue, ...]) -> Finding:
    return replace(finding, clues=clues)


class _Book:
    """The typed cells of one unit as unknowns, and the relations between them."""

    def __init__(self, context: Audit) -> None:
        self.context, self.scopes = context, context.figures.all

    def relations(self) -> Iterator[Relation]:
        """Every linear rule on this unit."""
        yield from self._of_rules()
        yield from self._of_forms()

    def _of_rules(self) -> Iterator[Relation]:
        for rule in self.context.pack.rules:
            if rule.formula is None or rule.each or not rule.left or rule.unit in {"%", ""}:
                continue
            for scope, figures in enumerate(self.scopes):
                relation = self._relation(rule, scope, figures) if rule.form == figures.section.space.kind else None
                if relation is not None:
                    yield relation

    def _relation(self, rule: Rule, scope: int, figures: Figures) -> Relation | None:
        known = relation_at(str(rule.formula), figures.filed)
        if known is None:
            return None
        sums, constant = self._inputs(known[0], scope)
        if sums is None or not sums:
            return None
        made = self._made(rule, sums, constant, equal=known[1] == "=")
        named = (figures.section.fields.get(term.name) for term in known[0] if term)
        cells = made.cells.union(cell.ref for cell in named if cell)
        return replace(made, cells=cells, source=(rule, figures))

    def _made(self, rule: Rule, sums: Sums, constant: Fraction, *, equal: bool) -> Relation:
        gap = constant + sum((c * self.value(i) for i, c in sums.items()), Fraction(0))
        cells = frozenset(self.cell(i).ref for i in sums)
        return Relation(rule.id, sums, gap, equal, Fraction(rule.tolerance), cells)

    def _of_forms(self) -> Iterator[Relation]:
        """A13: what a form says was spent is what the project table says of the same project."""
        rule = next((r for r in self.context.pack.rules if r.check == "project_form_agrees"), None)
        book = self.context.unit.book
        table, rows = book.space.table(TableRole.PROJECTS), book.projects
        for scope, figures in enumerate(self.scopes):
            pairs = pairing(rows, [figures.section]).pairs if scope and rule else ()
            spent, factor = figures.section.roles.spent, Fraction(self.context.pack.factor(figures.section.space))
            for row, _ in pairs if figures.filed.number(spent) is not None else ():
                known: dict[Term | None, Fraction] = {Term(spent): factor}
                sums, constant = self._inputs(known, scope)
                if rule and sums is not None and not row.cell(row.roles.spent).blank:
                    own = Input(0, table.full_name(row.roles.spent), next(i for i, r in enumerate(rows) if r is row))
                    yield self._made(rule, {**sums, own: Fraction(-1)}, constant, equal=True)

    def _inputs(self, form: Mapping[Term | None, Fraction], scope: int) -> tuple[Sums | None, Fraction]:
        """Names as typed cells: what is computed is opened up, a column is all its rows."""
        sums: Sums = {}
        constant = Fraction(0)
        for term, factor in form.items():
            opened = {None: factor} if term is None else self._opened(term, factor, scope)
            if opened is None:
                return None, constant
            for one, coefficient in opened.items():
                if one is None:
                    constant += coefficient
                else:
                    sums[one] = sums.get(one, Fraction(0)) + coefficient
        return {i: c for i, c in sums.items() if c}, constant

    def _opened(self, term: Term, factor: Fraction, scope: int) -> dict[Input | None, Fraction] | None:
        figures = self.scopes[scope]
        if column := figures.filed.space.split(term.name):
            if figures.filed.space.tables[column[0]].columns[column[1]].computed:
                return None
            rows = figures.section.rows(column[0])
            mine = (i for i, row in enumerate(rows) if term.where is None or _matches(row.cells, term.where))
            return {Input(scope, term.name, i): factor for i in mine}
        cell = figures.section.fields.get(term.name)
        if cell is None:
            return self._opened(term, factor, 0) if scope else None
        datum = figures.filed.space.fields[term.name]
        if not datum.computed or not (cell.formula or cell.blank):
            return {Input(scope, term.name): factor}
        form = linear_form(self.context.pack.compute[term.name])
        sums, constant = self._inputs(form, scope) if form is not None else (None, Fraction(0))
        return None if sums is None else {None: factor * constant, **{i: factor * c for i, c in sums.items()}}

    def cell(self, one: Input) -> Cell:
        """The cell of an unknown."""
        section = self.scopes[one.scope].section
        table, _, column = one.name.partition("_")
        return section.fields[one.name] if one.row < 0 else section.rows(table)[one.row].cells[column]

    def value(self, one: Input) -> Fraction:
        """What stands there; a blank adds nothing."""
        found = self.cell(one).value
        return Fraction(found) if isinstance(found, Decimal) else Fraction(0)

    def likely(self, one: Input, value: Fraction) -> bool:
        """A value that the cell can hold: no negative amount, no half a person, no fraction of a cent."""
        datum = self.scopes[one.scope].filed.space.datum(one.name)
        kind = datum.kind if datum else Kind.MONEY
        if kind is Kind.COUNT and value.denominator != 1:
            return False
        known = self.cell(one).value
        deep = isinstance(known, Decimal) and known.as_tuple().exponent < -_PLACES  # type: ignore[operator]
        fine = deep or (value / _DECIMAL).denominator == 1
        return fine and (value >= 0 or self.value(one) < 0)

    def neighbours(self, one: Input) -> Iterator[Fraction]:
        """What stands beside and above: the next rows of a column, the other columns of a row."""
        section = self.scopes[one.scope].section
        table, _, column = one.name.partition("_")
        if one.row >= 0:
            rows = section.rows(table)
            near = [rows[i].cells[column] for i in (one.row - 1, one.row + 1) if 0 <= i < len(rows)]
            near += [c for name, c in rows[one.row].cells.items() if name != column]
        else:
            names = list(section.fields)
            place, (stem, _, _) = names.index(one.name), one.name.rpartition("_")
            near = [section.fields[n] for n in names[max(0, place - 1) : place + 2] if n != one.name]
            near += [c for n, c in section.fields.items() if n != one.name and n.startswith(f"{stem}_")]
        yield from (Fraction(c.value) for c in near if isinstance(c.value, Decimal) and c.value)

    def told(self, guess: _Guess) -> Clue:
        """A guess in cells and figures."""
        values = tuple(Decimal(v.numerator) / Decimal(v.denominator) for v in guess.values)
        rules = tuple(sorted({r.rule for r in guess.settles}))
        return Clue(tuple(self.cell(i).ref for i in guess.inputs), values, guess.mechanism, rules)


def _matches(cells: Mapping[str, Cell], where: tuple[str, str]) -> bool:
    column, word = where
    return str(cells[column.partition("_")[2]].value) == word


def _groups(failing: Sequence[Relation]) -> list[list[Relation]]:
    """Failing relations that share a cell belong together: one slip may be behind them."""
    groups: list[list[Relation]] = []
    for relation in failing:
        near = [g for g in groups if any(relation.terms.keys() & r.terms.keys() for r in g)]
        groups = [g for g in groups if all(g is not n for n in near)]
        groups.append([r for g in near for r in g] + [relation])
    return groups


def _guesses(group: Sequence[Relation], holding: Sequence[Relation], book: _Book) -> list[_Guess]:
    """The smallest sets of cells that settle the group; where no cell does by itself, then what each settles."""
    shared = set.intersection(*(set(r.terms) for r in group))
    found = [g for g in _singles(shared, group, holding, book) if len(g.settles) == len(group)]
    if not found:
        found = list(_pairs(group, [*group, *holding], book)) if len(group) > 1 else []
        found += _singles({one for r in group for one in r.terms}, group, holding, book)
    return sorted(found, key=lambda g: g.rank)


def _shown(found: list[_Guess]) -> list[_Guess]:
    """At most five; where more serve, those that look like a slip; where these are too many, nothing."""
    sure = found if len(found) <= MOST else [g for g in found if g.mechanism]
    return sure if len(sure) <= MOST else []


def _singles(
    inputs: Iterable[Input], group: Sequence[Relation], holding: Sequence[Relation], book: _Book
) -> Iterator[_Guess]:
    """The change of one cell; several relations may each round differently, so each is tried."""
    for one in inputs:
        mine = [r for r in group if one in r.terms]
        tried = [_single(one, -r.gap / r.terms[one], mine, holding, book) for r in mine if r.equal]
        most: dict[tuple[Relation, ...], _Guess] = {g.settles: g for g in reversed(tried) if g and g.settles}
        wide = [g for g in most.values() if not any(set(g.settles) < set(other) for other in most)]
        yield from wide


def _single(
    one: Input, change: Fraction, mine: Sequence[Relation], holding: Sequence[Relation], book: _Book
) -> _Guess | None:
    """What a change settles; it may break nothing, and what it leaves failing it may not make worse."""
    if not _settles({one: change}, holding, book):
        return None
    moved = [(r, r.gap + r.terms[one] * change) for r in mine]
    settled = tuple(r for r, gap in moved if r.holds(gap))
    if any(abs(gap) > abs(r.gap) for r, gap in moved if not r.holds(gap)):
        return None
    value = book.value(one) + change
    return _Guess((one,), (value,), mechanism(book, one, value), settled)


def _settles(changes: Mapping[Input, Fraction], relations: Sequence[Relation], book: _Book) -> bool:
    if not all(book.likely(one, book.value(one) + change) for one, change in changes.items()):
        return False
    for relation in relations:
        moved = sum((relation.terms.get(one, 0) * change for one, change in changes.items()), Fraction(0))
        if (moved or not relation.holds(relation.gap)) and not relation.holds(relation.gap + moved):
            return False
    return True


def _pairs(group: Sequence[Relation], relations: Sequence[Relation], book: _Book) -> Iterator[_Guess]:
    """Two cells that settle all; each has to look like a slip, for any two free cells settle two sums."""
    inputs = sorted({i for r in group for i in r.terms})
    equal = [r for r in group if r.equal]
    for first, second in combinations(inputs, 2):
        solved = next(filter(None, (_solved(first, second, a, b) for a, b in combinations(equal, 2))), None)
        if solved and all(solved) and _settles(dict(zip((first, second), solved, strict=True)), relations, book):
            values = tuple(book.value(i) + c for i, c in zip((first, second), solved, strict=True))
            words = [mechanism(book, i, v) for i, v in zip((first, second), values, strict=True)]
            if all(words):
                yield _Guess((first, second), values, max(words, key=_MECHANISMS.index), tuple(group))


def _solved(first: Input, second: Input, one: Relation, other: Relation) -> tuple[Fraction, Fraction] | None:
    a, b = one.terms.get(first, Fraction(0)), one.terms.get(second, Fraction(0))
    c, d = other.terms.get(first, Fraction(0)), other.terms.get(second, Fraction(0))
    size = a * d - b * c
    if not size:
        return None
    return (b * other.gap - d * one.gap) / size, (c * one.gap - a * other.gap) / size


def mechanism(book: _Book, one: Input, value: Fraction) -> str:
    """How what stands there may have come from `value`."""
    if book.cell(one).blank:
        return "漏填"
    was = book.value(one)
    old, new = _digits(was), _digits(value)
    signs = (
        ("数字颠倒", _swapped(old, new)),
        ("一位数字", _one_digit(old, new)),
        ("正负号", was == -value),
        ("小数点或单位", old.strip("0") == new.strip("0")),
        ("多一位或少一位", _one_more(old, new)),
        ("抄了邻格", was in set(book.neighbours(one))),
        ("四舍五入", _rounded(was, value)),
    )
    return next((word for word, found in signs if found), "")


def _digits(value: Fraction) -> str:
    """The digits as typed, to the cent, without point and sign: 12.5 → 1250."""
    return str(abs(round(value * 10**_PLACES)))


def _swapped(old: str, new: str) -> bool:
    if len(old) != len(new):
        return False
    return old != new and any(old[:i] + old[i + 1] + old[i] + old[i + 2 :] == new for i in range(len(old) - 1))


def _one_digit(old: str, new: str) -> bool:
    return len(old) == len(new) and sum(a != b for a, b in zip(old, new, strict=True)) == 1


def _one_more(old: str, new: str) -> bool:
    """One digit left out or typed twice, wherever the point then stands."""
    short, long = sorted((old.rstrip("0"), new.rstrip("0")), key=len)
    return len(long) == len(short) + 1 and any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def _rounded(old: Fraction, new: Fraction) -> bool:
    return abs(old - new) <= _ROUNDED or old in {Fraction(round(new)), Fraction(round(new * 10), 10)}
