"""Withheld figures and what is published around them (推算依据): what `holes` reasons from."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from toolkit.audit.secrecy.plan import money_columns, plan_of
from toolkit.core.dictionary import Kind, TableRole
from toolkit.core.light import dataclass, replace
from toolkit.engines import Relation
from toolkit.engines.formula import Linear, Term, linear_form, linear_relation
from toolkit.pack import disclosure_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from decimal import Decimal

    from toolkit.audit.secrecy.plan import Plan
    from toolkit.core.model import Row, UnitReturn
    from toolkit.pack import Pack
    from toolkit.unit import UnitFigures

ZERO, ONE = Fraction(0), Fraction(1)

_CENT = Fraction(1, 100)

Terms = dict[str, Fraction]


@dataclass(frozen=True, slots=True)
class Law:
    """A relation of the whole return (勾稽关系): Σ coefficient × figure (= or ≤) constant, nothing put in yet."""

    terms: Mapping[str, Fraction]
    constant: Fraction
    at_most: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """The figures of a return, and the laws that readers may rely on.

    Attributes:
        values: figure by key; None is not filled in. An amount of a withheld project that was left blank stands
            as what the totals leave over for it, for that is what a reader would find.
        blank: the keys that were left blank.
    """

    values: Mapping[str, Fraction | None]
    laws: tuple[Law, ...]
    columns: tuple[str, ...]
    blank: frozenset[str]


def cell_key(index: int, column: str) -> str:
    """The key of one amount of the table of projects."""
    return f"[{index}].{column}"


def facts_of(unit: UnitReturn, figures: UnitFigures, pack: Pack) -> Facts:
    """All amounts of the workbook, and every linear law over them."""
    rows, columns = unit.book.projects, tuple(money_columns(pack))
    view = figures.book.computed
    values = {n: _fraction(view.number(n)) for n, d in view.space.fields.items() if d.kind is Kind.MONEY}
    values |= {cell_key(i, c): _fraction(row.number(c)) for i, row in enumerate(rows) for c in columns}
    laws = tuple(_laws(rows, pack))
    blank = frozenset(k for k, v in values.items() if v is None)
    secret = frozenset(cell_key(p.index, c) for p in plan_of(unit, pack).protected for c in columns)
    return Facts(_with_residuals(values, laws, secret), laws, columns, blank)


def _fraction(number: Decimal | None) -> Fraction | None:
    return None if number is None else Fraction(number)


def _laws(rows: tuple[Row, ...], pack: Pack) -> Iterator[Law]:
    for form, operator in _linear_forms(pack):
        terms: Terms = {}
        for term, factor in form.items():
            for key in _keys(term, rows, pack) if term else ():
                terms[key] = terms[key] + factor if key in terms else factor
        yield Law(terms, -form.get(None, ZERO), operator == "<=")
    for text in disclosure_settings(pack).row_relations:
        form, operator = linear_relation(text) or ({}, "=")
        for i in range(len(rows)):
            named = {cell_key(i, t.name.partition("_")[2]): f for t, f in form.items() if t}
            yield Law(named, -form.get(None, ZERO), operator == "<=")


def looks_of(rows: tuple[Row, ...], pack: Pack) -> list[tuple[bool, ...]]:
    """Of each row, which conditional sums of the laws take it in: rows that look alike stand alike in every law."""
    asked = sorted({t.where for form, _ in _linear_forms(pack) for t in form if t and t.where})
    return [tuple(row.text(name.partition("_")[2]) == word for name, word in asked) for row in rows]


def _keys(term: Term, rows: tuple[Row, ...], pack: Pack) -> list[str]:
    """The figures that a term stands for."""
    parts = pack.dictionary.book.split(term.name)
    if parts is None:
        return [term.name]
    where = (term.where[0].partition("_")[2], term.where[1]) if term.where else None
    return [cell_key(i, parts[1]) for i, r in enumerate(rows) if where is None or r.text(where[0]) == where[1]]


@lru_cache(maxsize=16)
def _linear_forms(pack: Pack) -> tuple[tuple[Linear, str], ...]:
    """The laws of a pack, over amounts only: its rules, its computations, and what `[disclosure]` adds."""
    texts = [r.formula for r in pack.rules if r.formula and not r.form and not r.each]
    found = [linear_relation(t) for t in (*disclosure_settings(pack).relations, *texts)]
    for name, formula in pack.compute.items():
        form = linear_form(formula)
        found.append(({**form, Term(name): form.get(Term(name), ZERO) - ONE}, "=") if form else None)
    return tuple(f for f in found if f and _only_amounts(f[0], pack))


def _only_amounts(form: Linear, pack: Pack) -> bool:
    book = pack.dictionary.book
    data = [book.datum(t.name) for t in form if t]
    tables = {parts[0] for t in form if t and (parts := book.split(t.name))}
    return all(d is not None and d.kind is Kind.MONEY for d in data) and tables <= {book.table(TableRole.PROJECTS).name}


def _with_residuals(
    values: Mapping[str, Fraction | None], laws: tuple[Law, ...], secret: frozenset[str]
) -> dict[str, Fraction | None]:
    """Secret amounts left blank, as a reader would find them: what the total leaves over, in equal parts."""
    found = dict(values)
    for law in laws:
        if law.at_most or any(found.get(k) is None and row_of(k) is None for k in law.terms):
            continue
        blank = [k for k in law.terms if k in secret and found[k] is None]
        if not blank or not law.terms[blank[0]]:
            continue
        rest = law.constant - sum((f * (found[k] or ZERO) for k, f in law.terms.items()), ZERO)
        share = rest / law.terms[blank[0]] / len(blank)
        if share > _CENT * len(law.terms):
            found |= dict.fromkeys(blank, share)
    return found


def relations_of(facts: Facts, plan: Plan, pack: Pack) -> tuple[frozenset[str], list[Relation]]:
    """The withheld figures under a plan, and what the published ones say of them."""
    hidden = frozenset(cell_key(p.index, c) for p in plan.hidden for c in facts.columns) | plan.fields
    laws = [*facts.laws, *(_printed(facts, plan) if plan.merged_printed else ())]
    share = disclosure_settings(pack).bound
    made = (_relation(law, hidden, facts.values, share) for law in laws)
    return hidden, [r for r in made if r]


def printed_columns(facts: Facts, plan: Plan) -> list[str]:
    """The columns in which the shared line shows a sum: a sum with a part left blank would be a wrong one."""
    return [c for c in facts.columns if not any(cell_key(p.index, c) in facts.blank for p in plan.hidden)]


def _printed(facts: Facts, plan: Plan) -> Iterator[Law]:
    """The shared line tells the sum of its rows."""
    for column in printed_columns(facts, plan):
        keys = [cell_key(p.index, column) for p in plan.hidden]
        yield Law(dict.fromkeys(keys, ONE), sum((facts.values[k] or ZERO for k in keys), ZERO), at_most=False)


def _relation(
    law: Law, hidden: frozenset[str], values: Mapping[str, Fraction | None], share: Fraction
) -> Relation | None:
    """The law with the published figures put in; None where it says nothing, or is not true of this return.

    A law that is off by no more than a reader would overlook is taken as exact for the true figures: the
    subtraction then gives the withheld amount nearly enough.
    """
    terms = {k: f for k, f in law.terms.items() if k in hidden and f}
    if not terms or any(values.get(k) is None for k in law.terms if k not in hidden and row_of(k) is None):
        return None
    worth = {k: _times(f, values.get(k) or ZERO) for k, f in law.terms.items()}
    truth = sum(filter(None, (worth[k] for k in terms)), ZERO)
    told = law.constant - sum(filter(None, (w for k, w in worth.items() if k not in hidden)), ZERO)
    slack = max(_CENT * len(law.terms), share * sum((abs(worth[k]) for k in terms), ZERO))
    if law.at_most:
        return Relation(terms, told, at_most=True) if truth <= told else None
    return Relation(terms, truth) if abs(truth - told) <= slack else None


def _times(factor: Fraction, value: Fraction) -> Fraction:
    """The product; nearly all factors are 1 or -1, and a multiplication of fractions costs twenty comparisons."""
    return value if factor == 1 else -value if factor == -1 else factor * value


def seen_from(relations: list[Relation], index: int) -> list[Relation]:
    """The same relations for a question about one row of 项目, with look-alikes among the other rows as one row.

    Rows with the same coefficients everywhere can trade amounts among themselves unseen, so only their sums
    matter: one of them stands for all. That keeps the linear programme small, whatever the number of projects.
    """
    looks: dict[int, list[object]] = {}
    for number, relation in enumerate(relations):
        rows = {row_of(k) for k in relation.terms}
        own = len(rows) == 1 and relation.at_most and relation.constant == 0
        for key, factor in sorted(relation.terms.items()):
            row = row_of(key)
            if row is not None:
                looks.setdefault(row, []).append(("own" if own else number, key.partition("].")[2], factor))
    first: dict[tuple[object, ...], int] = {}
    kept = {index} | {first.setdefault(tuple(look), row) for row, look in sorted(looks.items()) if row != index}
    return [r for r in (_kept(relation, kept) for relation in relations) if r.terms]


def _kept(relation: Relation, rows: set[int]) -> Relation:
    return replace(relation, terms={k: f for k, f in relation.terms.items() if row_of(k) in {None, *rows}})


def row_of(key: str) -> int | None:
    """The row of 项目 that an amount stands in; None for a field of the workbook."""
    return int(key[1 : key.index("]")]) if key.startswith("[") else None
