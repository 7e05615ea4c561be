"""What of a return must not travel on (不外传的内容): a batch names neither withheld projects nor what tells of them.

The unit's own files are its own; what is written over all units goes to others, and says only where to look.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from toolkit.audit.secrecy.amounts import amounts_in, may_tell_amounts
from toolkit.audit.secrecy.facts import facts_of
from toolkit.audit.secrecy.figures import same
from toolkit.audit.secrecy.holes import Secrets, exposed
from toolkit.audit.secrecy.leaks import Look, traces_of
from toolkit.audit.secrecy.plan import belongs, is_secret, money_columns, plan_of
from toolkit.core.dictionary import Kind
from toolkit.core.errors import PackError
from toolkit.core.light import dataclass, replace
from toolkit.core.patterns import late
from toolkit.engines.formula import linear_form, parse
from toolkit.pack import disclosure_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from toolkit.audit.secrecy.leaks import Trace
    from toolkit.audit.secrecy.plan import Plan, Project
    from toolkit.core.findings import CellRef, Finding
    from toolkit.core.model import UnitReturn
    from toolkit.pack import Pack
    from toolkit.unit import UnitFigures

_NUMBER = late(r"\d+(?:,\d{3})*(?:\.\d+)?")

_TELLING_DIGITS = 3  # 5 or 12 in a sentence may be anything


@dataclass(frozen=True, slots=True)
class Withheld:
    """What of one return is not told outside it.

    Attributes:
        rows: positions of the rows of 项目 that are not shown by themselves; forms: of the project forms.
        cells: the cells of those rows; sheets: the sheets of those forms.
        words: what a folded text may not have in it; codes: what takes more to find.
    """

    rows: frozenset[int] = frozenset()
    forms: frozenset[int] = frozenset()
    cells: frozenset[CellRef] = frozenset()
    sheets: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    codes: tuple[Trace, ...] = ()
    amounts: frozenset[Decimal] = frozenset()
    unit: str = ""

    def told_by(self, finding: Finding) -> bool:
        """Whether a finding stands at withheld cells, or names what is withheld."""
        if any(c in self.cells or c.sheet in self.sheets for c in finding.cells):
            return True
        return self.named_in(finding.message)

    def named_in(self, text: str) -> bool:
        """Whether a text has a withheld name, code, sentence or amount, in any notation."""
        look = Look(text)
        if any(map(look.folded.__contains__, self.words)) or any(trace.within(look) for trace in self.codes):
            return True
        if not self.amounts or not may_tell_amounts(look.readable):
            return False
        if any(Decimal(m.replace(",", "")) in self.amounts for m in _NUMBER.findall(text)):
            return True  # whole figures without a unit, too
        return any(same(a, value) for a in amounts_in(look.readable, self.unit) for value in self.amounts)


def withheld_of(unit: UnitReturn, figures: UnitFigures, pack: Pack) -> Withheld:
    """What the plan withholds; for a pack without one, the rows that are marked 涉密."""
    try:
        plan = plan_of(unit, pack)
    except PackError:
        return _marked(unit)
    if not plan.hidden:
        return Withheld()
    traces = [t for p in plan.hidden for t in traces_of(p, unit, pack)]
    words = tuple(t.word for t in traces if not t.pattern)
    found = _places(unit, frozenset(p.index for p in plan.hidden))
    amounts = frozenset(_telling(_amounts(plan.hidden, found.forms, figures, pack)))
    return replace(found, words=words, codes=tuple(t for t in traces if t.pattern), amounts=amounts, unit=pack.unit)


def telling_figures(unit: UnitReturn, figures: UnitFigures, pack: Pack, names: Iterable[str]) -> tuple[str, ...]:
    """Of the figures that a summary prints for each unit, those from which a withheld amount of this one follows.

    A unit with one project, and that one secret, tells it by its own total. As few as possible are left out, and
    rather the small ones.
    """
    try:
        plan = plan_of(unit, pack)
    except PackError:
        return ()
    if not plan.protected:
        return ()
    printed = [n for n in names if (datum := pack.dictionary.datum(n)) and datum.kind is Kind.MONEY]
    space = pack.dictionary.book.fields
    rows = tuple(replace(p, hidden=True) for p in plan.projects)
    bare = replace(plan, projects=rows, merged_printed=False)  # no row is printed, and of all figures only these
    secrets = Secrets(unit, facts_of(unit, figures, pack), pack) if exposed(bare, pack) else None
    found = _telling_fields(secrets, bare, [n for n in printed if n in space]) if secrets else []
    beside = _beside_in_rates(found, pack)
    of_forms = [n for n in printed if n not in space]
    inside = withheld_of(unit, figures, pack) if of_forms else Withheld()
    return (
        *(n for n in printed if n in beside),
        *(n for n in of_forms if _told_by_forms(n, figures, inside, pack)),
    )


def _telling_fields(secrets: Secrets, plan: Plan, printed: list[str]) -> list[str]:
    money = {n for n, d in secrets.pack.dictionary.book.fields.items() if d.kind is Kind.MONEY}

    def closed(left_out: Iterable[str]) -> bool:
        return secrets.closed(replace(plan, fields=frozenset(money - set(printed) | set(left_out))))

    if closed(()):
        return []
    kept = list(printed)
    for name in sorted(printed, key=lambda n: secrets.facts.values.get(n) or 0, reverse=True):
        rest = [n for n in kept if n != name]
        kept = rest if closed(rest) else kept
    return kept


def _beside_in_rates(names: Iterable[str], pack: Pack) -> set[str]:
    """These figures, and the others of their rates: a total less the points of all indicators tells the rate."""
    found = set(names)
    rates = (f for n, f in pack.compute.items() if n in pack.dictionary.book.fields and linear_form(f) is None)
    return found.union(*(operands for f in rates if found & (operands := set(parse(f).names)))) if found else found


def _told_by_forms(name: str, figures: UnitFigures, inside: Withheld, pack: Pack) -> bool:
    """A sum over project forms, when hardly anything in it is not withheld."""
    views = [(i, f.computed) for i, f in enumerate(figures.forms) if name in f.computed.space.fields]
    amounts = {i: Fraction(view.number(name) or 0) for i, view in views}
    secret = sum((a for i, a in amounts.items() if i in inside.forms), Fraction(0))
    return bool(secret) and sum(amounts.values()) - secret < disclosure_settings(pack).bound * secret


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


def _telling(amounts: Iterable[Decimal]) -> Iterator[Decimal]:
    """Figures of one or two digits would be met everywhere."""
    return (n for n in amounts if n > 0 and len(n.normalize().as_tuple().digits) >= _TELLING_DIGITS)
