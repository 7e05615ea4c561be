"""The typed figures of a unit as unknowns (未知数), and the linear rules as relations between them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from toolkit.audit.checks import amounts_told, approved_lines, lines_of, share_earned
from toolkit.core.dictionary import Kind, TableRole
from toolkit.core.light import dataclass, replace
from toolkit.engines.formula import Term, conditions, linear_form, parse, relation_at
from toolkit.unit import pairing, section_figures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from toolkit.audit.checks import Audit
    from toolkit.core.dictionary import NameSpace
    from toolkit.core.findings import CellRef
    from toolkit.core.model import Cell
    from toolkit.pack import Pack, Rule
    from toolkit.unit import Figures

    Judge = Callable[[Rule, Figures], str]

PLACES = 2
CENT = Fraction(1, 10**PLACES)


class Input(NamedTuple):
    """A typed cell as an unknown (未知数): whose it is, its name, and its row in a table."""

    scope: int
    name: str
    row: int = -1


Sums = dict[Input, Fraction]
Opened = dict[Input | None, Fraction]  # None is the constant


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """A rule on these figures: Σ coefficient × input + constant, which should be 0, or at most 0."""

    rule: str
    terms: Mapping[Input, Fraction]
    gap: Fraction
    equal: bool
    allowed: Fraction
    source: tuple[Rule, Figures] | None = None
    named: tuple[str, ...] = ()  # in the formula: a computed cell is pointed at, though its parts are the unknowns
    bent: bool = False  # another value may turn an IF of the formula

    def holds(self, gap: Fraction) -> bool:
        """Whether it would hold with this gap."""
        return (abs(gap) if self.equal else gap) <= self.allowed


def exact(value: Fraction) -> Decimal:
    """A fraction as a decimal number."""
    return Decimal(value.numerator) / Decimal(value.denominator)


class Book:
    """The typed cells of one unit as unknowns, and the relations between them."""

    def __init__(self, context: Audit, judged: Judge) -> None:
        """`judged` gives the verdict word of a rule on figures."""
        self.context, self.scopes, self.judged = context, context.figures.all, judged
        self._cells: dict[Input, Cell] = {}
        self._values: dict[Input, Fraction] = {}
        self._orders = [{n: i for i, n in enumerate(f.filed.space.all_names())} for f in self.scopes]

    def relations(self, rules: Sequence[Rule], near: AbstractSet[Input] | None = None) -> Iterator[Relation]:
        """These rules on this unit, as far as they are linear; of `near`, those that may read one of these cells.

        Most read none of them, which their names say: a unit with findings takes 1 ms less.
        """
        names = None if near is None else {one.name for one in near}
        yield from self._of_formulas(rules, names)
        yield from self._of_forms(rules, names)
        yield from self._of_approved(rules, names)
        yield from self._of_scores(rules, names)

    def place(self, one: Input) -> tuple[int, int, int]:
        """Where an unknown stands among all, in the order of the form: names say nothing."""
        return one.scope, self._orders[one.scope][one.name], one.row

    def applies(self, relation: Relation) -> bool:
        """Whether the rule is judged on these figures: nothing that it asks for is blank."""
        return relation.source is None or self.judged(*relation.source) in {"通过", "不符"}

    def holds(self, relation: Relation, changes: Mapping[Input, Fraction]) -> bool:
        """Whether a relation would hold after some changes; where an IF may turn, the rule itself is asked."""
        moved = sum((relation.terms.get(one, 0) * change for one, change in changes.items()), Fraction(0))
        if not relation.bent or relation.source is None or not moved:
            return relation.holds(relation.gap + moved)
        rule, figures = relation.source
        return self.judged(rule, self._after(figures, changes)) == "通过"

    def _after(self, figures: Figures, changes: Mapping[Input, Fraction]) -> Figures:
        """Figures with other values in some single cells."""
        scope = self.scopes.index(figures)
        mine = {i: self.value(i) + c for i, c in changes.items() if i.scope == scope and i.row < 0}
        cells = {i.name: self.cell(i)._replace(value=exact(v)) for i, v in mine.items()}
        section = replace(figures.section, fields={**figures.section.fields, **cells})
        return section_figures(section, self.context.pack, self.scopes[0] if scope else None)

    def _of_formulas(self, rules: Sequence[Rule], near: AbstractSet[str] | None) -> Iterator[Relation]:
        for rule in rules:
            if rule.formula is None or rule.each or not rule.left or rule.unit in {"%", ""}:
                continue
            if not self._reads(parse(rule.formula).names, near):
                continue
            for scope, figures in enumerate(self.scopes):
                relation = self._relation(rule, scope) if rule.form == figures.section.space.kind else None
                if relation is not None:
                    yield relation

    def _reads(self, names: Iterable[str], near: AbstractSet[str] | None) -> bool:
        """Whether what stands under some names may come of a cell of these."""
        return near is None or any(not near.isdisjoint(_made_of(name, self.context.pack)) for name in names)

    def _relation(self, rule: Rule, scope: int) -> Relation | None:
        figures = self.scopes[scope]
        known = relation_at(str(rule.formula), figures.filed)
        if known is None:
            return None
        sums, constant = self._inputs(known[0], scope)
        if not sums:
            return None
        gap, allowed, named = self._gap(sums, constant), Fraction(rule.tolerance), tuple(t.name for t in known[0] if t)
        bent = bool(sums.keys() & self._asked(str(rule.formula), scope))
        return Relation(rule.id, sums, gap, known[1] == "=", allowed, (rule, figures), named, bent)

    def _asked(self, formula: str, scope: int) -> set[Input]:
        """The single cells that the conditions of a formula ask about, as far as they are typed."""
        known = (self._opened(Term(name), Fraction(1), scope) or {} for name in conditions(formula))
        return {one for found in known for one in found if one}

    def _gap(self, sums: Sums, constant: Fraction) -> Fraction:
        for one, factor in sums.items():
            if value := self.value(one):  # most factors are 1 or -1, and many cells 0
                constant += value if factor == 1 else -value if factor == -1 else factor * value
        return constant

    def _equation(self, rule: Rule, sums: Sums, constant: Fraction) -> Relation:
        terms = {one: factor for one, factor in sums.items() if factor}
        return Relation(rule.id, terms, self._gap(terms, constant), equal=True, allowed=Fraction(rule.tolerance))

    def _of_forms(self, rules: Sequence[Rule], near: AbstractSet[str] | None) -> Iterator[Relation]:
        """A13: the amounts on a form are those that the table which lists it has for the same project."""
        mine = [r for r in rules if amounts_told(r, self.scopes[0].section.roles)]
        for scope, figures in enumerate(self.scopes[1:], 1):
            rows = self.context.unit.book.rows(figures.section.space.listed_in)
            asked = [r for r in mine if rows and self._reads(self._told_twice(r, figures.section.space), near)]
            for row, _ in pairing(rows, [figures.section]).pairs if asked else ():
                index = next(i for i, r in enumerate(rows) if r is row)
                for rule in asked:
                    ends = zip(amounts_told(rule, figures.section.roles), amounts_told(rule, row.roles), strict=True)
                    for told, column in ends:
                        yield from self._both_places(rule, scope, told, Input(0, column, index))

    def _told_twice(self, rule: Rule, form: NameSpace) -> tuple[str, ...]:
        """The amounts that a rule of A13 compares: their names on a form, and in the table that lists it."""
        table = self.context.unit.book.space.tables[form.listed_in]
        return (*amounts_told(rule, form.roles), *map(table.full_name, amounts_told(rule, table.roles)))

    def _both_places(self, rule: Rule, scope: int, told: str, listed: Input) -> Iterator[Relation]:
        figures = self.scopes[scope]
        table = self.context.unit.book.space.tables[figures.section.space.listed_in]
        listed = listed._replace(name=table.full_name(listed.name))
        if figures.filed.number(told) is None or not listed.name or self.cell(listed).blank:
            return
        sums, constant = self._inputs({Term(told): Fraction(self.context.pack.factor(figures.section.space))}, scope)
        if sums is not None:
            yield self._equation(rule, {**sums, listed: Fraction(-1)}, constant)

    def _of_approved(self, rules: Sequence[Rule], near: AbstractSet[str] | None) -> Iterator[Relation]:
        """C57: an indicator's points are those of the approved table."""
        rule = next((r for r in rules if r.check == "as_approved"), None)
        book = self.context.unit.book
        mine, approved = (book.space.table(role) for role in (TableRole.INDICATORS, TableRole.APPROVED))
        names = mine.full_name(mine.roles.weight), approved.full_name(approved.roles.weight)
        asked = rule and all(names) and self._reads(names, near)
        for line, place in approved_lines(self.context) if asked else ():
            row = next(i for i, r in enumerate(book.indicators) if r is line.row)
            ends = Input(0, names[0], row), Input(0, names[1], place)
            if rule and not any(self.cell(i).blank for i in ends):
                yield self._equation(rule, {ends[0]: Fraction(1), ends[1]: Fraction(-1)}, Fraction(0))

    def _of_scores(self, rules: Sequence[Rule], near: AbstractSet[str] | None) -> Iterator[Relation]:
        """C44: a score typed by hand is its share of the points."""
        rule = next((r for r in rules if r.check == "quantitative_score"), None)
        for scope, figures in enumerate(self.scopes) if rule else ():
            table = figures.section.space.table(TableRole.INDICATORS)
            score, weight = (table.full_name(c) for c in (table.roles.score, table.roles.weight))
            asked = near is None or not near.isdisjoint((score, weight))
            for row, line in enumerate(lines_of(figures, self.context) if asked else ()):
                share, cell = share_earned(line), line.cell(table.roles.score)
                if rule and share is not None and not (cell.formula or cell.blank):
                    ends = {Input(scope, score, row): Fraction(1), Input(scope, weight, row): -share}
                    yield self._equation(rule, ends, Fraction(0))

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
                    sums[one] = sums[one] + coefficient if one in sums else coefficient
        return {i: c for i, c in sums.items() if c}, constant

    def _opened(self, term: Term, factor: Fraction, scope: int) -> Opened | None:
        figures = self.scopes[scope]
        if column := figures.filed.space.split(term.name):
            return self._column(term, *column, factor, scope)
        cell = figures.section.fields.get(term.name)
        if cell is None:
            return self._opened(term, factor, 0) if scope else None
        datum = figures.filed.space.fields[term.name]
        if not datum.computed or not (cell.formula or cell.blank):
            return {Input(scope, term.name): factor}
        form = linear_form(self.context.pack.compute[term.name])
        if form is None:
            worked_out = figures.filed.number(term.name)
            return {None: factor * Fraction(worked_out)} if worked_out is not None else None
        sums, constant = self._inputs(form, scope)
        if sums is None:
            return None
        opened: Opened = {None: factor * constant}
        for one, coefficient in sums.items():
            opened[one] = coefficient if factor == 1 else factor * coefficient
        return opened

    def _column(self, term: Term, table: str, column: str, factor: Fraction, scope: int) -> Opened:
        """All rows, or those that the term asks for; what a formula works out in a row is no unknown."""
        figures = self.scopes[scope]
        found: Opened = {}
        computed = figures.filed.space.tables[table].columns[column].computed
        values = figures.filed.column(term.name) if computed else ()
        for i, row in enumerate(figures.section.rows(table)):
            if term.where is not None and not _matches(row.cells, term.where):
                continue
            value = values[i] if computed and (row.cells[column].formula or row.cells[column].blank) else None
            if isinstance(value, Decimal):
                found[None] = found.get(None, Fraction(0)) + factor * Fraction(value)
            else:
                found[Input(scope, term.name, i)] = factor
        return found

    def cell(self, one: Input) -> Cell:
        """The cell of an unknown."""
        if one not in self._cells:
            section = self.scopes[one.scope].section
            table, _, column = one.name.partition("_")
            self._cells[one] = section.fields[one.name] if one.row < 0 else section.rows(table)[one.row].cells[column]
        return self._cells[one]

    def pointed_at(self, relation: Relation) -> set[CellRef]:
        """Where a finding of the relation may point."""
        fields = relation.source[1].section.fields if relation.source else {}
        return {self.cell(i).ref for i in relation.terms} | {fields[n].ref for n in relation.named if n in fields}

    def value(self, one: Input) -> Fraction:
        """What stands there; a blank adds nothing."""
        if one not in self._values:
            found = self.cell(one).value
            self._values[one] = Fraction(found) if isinstance(found, Decimal) else Fraction(0)
        return self._values[one]

    def likely(self, one: Input, value: Fraction) -> bool:
        """A value that the cell can hold: no negative amount, no half a person, no fraction of a cent."""
        datum = self.scopes[one.scope].filed.space.datum(one.name)
        kind = datum.kind if datum else Kind.MONEY
        if kind is Kind.COUNT and value.denominator != 1:
            return False
        known = self.cell(one).value
        deep = isinstance(known, Decimal) and known.as_tuple().exponent < -PLACES  # type: ignore[operator]
        fine = deep or (value / CENT).denominator == 1
        return fine and (value >= 0 or self.value(one) < 0)

    def usual(self, one: Input, value: Fraction) -> bool:
        """Whether other rows of the column have a value: ten points each, and one row with eleven."""
        if one.row < 0 or not value:
            return False
        table, _, column = one.name.partition("_")
        rows = self.scopes[one.scope].section.rows(table)
        return any(row.cells[column].value == value for i, row in enumerate(rows) if i != one.row)

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


@lru_cache(maxsize=1024)
def _made_of(name: str, pack: Pack) -> frozenset[str]:
    """A name and all that its formula is worked out of, formulas among them opened in their turn."""
    found, asked = {name}, [name]
    while asked:
        name = asked.pop()
        parts = parse(pack.compute[name]).names if name in pack.compute else ()
        asked += [part for part in parts if part not in found]
        found.update(parts)
    return frozenset(found)


def _matches(cells: Mapping[str, Cell], where: tuple[str, str]) -> bool:
    column, word = where
    return str(cells[column.partition("_")[2]].value) == word
