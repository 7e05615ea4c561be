"""Withheld amounts in sentences (文中的不公开金额): in any notation, rounded, as a sum, or as a share of a total."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from toolkit.dictionary import Kind
from toolkit.disclosure import belongs, money_columns
from toolkit.disclosure_advice import decimal_of
from toolkit.disclosure_figures import ZERO, cell_key, facts_of
from toolkit.disclosure_holes import Secrets
from toolkit.disclosure_settings import disclosure_settings
from toolkit.disclosure_texts import Leak, half_width, published_texts
from toolkit.money_words import amounts_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from toolkit.compute import UnitFigures
    from toolkit.disclosure import Plan
    from toolkit.disclosure_figures import Facts
    from toolkit.model import UnitReturn
    from toolkit.money_words import Amount
    from toolkit.pack import Pack

_CLAUSE = re.compile(r"[。；;！!？?\n]")
_SHARE = re.compile(r"占(?!比)[^，,。；;]{0,30}?(\d+(?:\.\d+)?)\s*%")
_HALF_CENT = Decimal("0.005")
_SURE_DIGITS = 3  # 263万元 for 263.24 is a rounded secret; 45万元 for 45.3 may be anything


@dataclass(frozen=True, slots=True)
class _Known:
    """What the sentences are compared with: withheld amounts and what they are, and the published ones."""

    secrets: Mapping[Decimal, str]
    published: frozenset[Decimal]
    words: tuple[str, ...]
    bound: Fraction

    def about(self, clause: str) -> bool:
        """Whether a clause speaks of a secret matter."""
        return any(word in clause for word in self.words)

    def told_by(self, amount: Amount, clause: str) -> str | None:
        """What an amount gives away; a figure that the public tables show gives nothing away by itself."""
        about, shown = self.about(clause), amount.number in self.published
        for value, what in self.secrets.items():
            if _same(amount, value) and (about or not shown):
                return what
            near = abs(Fraction(amount.number) - Fraction(value)) <= self.bound * Fraction(value)
            if about and near and not shown and not amount.bare:
                return what
        return None

    def told_by_share(self, clause: str) -> tuple[str, str] | None:
        """What a share of a published total gives away, in a clause about a secret matter."""
        for match in _SHARE.finditer(clause) if self.about(clause) else ():
            for value, what in self.secrets.items():
                near = self.bound * Fraction(value)
                parts = (Fraction(match[1]) / 100 * Fraction(total) for total in self.published)
                if any(abs(part - Fraction(value)) <= near for part in parts):
                    return f"{match[1]}%", what
        return None


def amount_leaks(unit: UnitReturn, figures: UnitFigures, plan: Plan, pack: Pack) -> Iterator[Leak]:
    """Withheld amounts in what would be published."""
    settings, facts = disclosure_settings(pack), facts_of(unit, figures, pack)
    secrets = withheld_amounts(facts, figures, plan, pack)
    totals = telling_totals(facts, plan, pack)
    if totals and Secrets(unit, facts, pack).closed(plan):  # what is open anyway is told of the tables, not of a text
        secrets = totals | secrets
    known = _Known(secrets, _published_amounts(figures, plan, pack), settings.secret_words, settings.bound)
    for published in published_texts(unit, plan, pack) if secrets else ():
        text = half_width(published.text)
        for amount in amounts_in(text):
            what = known.told_by(amount, _clause(text, amount))
            if what:
                yield Leak(published.cell, amount.text, what)
        shares = filter(None, map(known.told_by_share, _CLAUSE.split(text)))
        yield from (Leak(published.cell, share, f"{what}所占的比重") for share, what in shares)


def _clause(text: str, amount: Amount) -> str:
    start = max((m.end() for m in _CLAUSE.finditer(text, 0, amount.start)), default=0)
    end = _CLAUSE.search(text, amount.start)
    return text[start : end.start() if end else None]


def _same(amount: Amount, value: Decimal) -> bool:
    """The same figure, or the figure rounded."""
    gap = abs(amount.number - value)
    digits = len(str(int(amount.number / amount.step)))
    return gap <= _HALF_CENT or (not amount.bare and digits >= _SURE_DIGITS and gap * 2 <= amount.step)


def withheld_amounts(facts: Facts, figures: UnitFigures, plan: Plan, pack: Pack) -> dict[Decimal, str]:
    """Every amount that is not published → what it is; with the sums that would give a withheld amount away."""
    found: dict[Decimal, str] = {}
    for column in facts.columns if plan.protected else ():
        amounts = {p.index: decimal_of(facts.values[cell_key(p.index, column)] or ZERO) for p in plan.projects}
        for project in plan.hidden:
            what = "不公开项目" if project.protected else "合并列示的项目"
            found.setdefault(amounts[project.index], f"{what}的{column}")
        secret = sum((amounts[p.index] for p in plan.protected), Decimal(0))
        found.setdefault(secret, f"不公开项目的{column}之和")
        if secret:
            found.setdefault(sum(amounts.values(), Decimal(0)) - secret, f"除不公开项目外的{column}之和")
    for name in sorted(plan.fields):
        found.setdefault(decimal_of(facts.values[name] or ZERO), f"不公开的“{name.split('_')[1]}”")
    for amount in _form_amounts(figures, plan, pack) if plan.protected else ():
        found.setdefault(amount, "未公开的项目自评表的金额")
    return {value: what for value, what in found.items() if value > 0}


def telling_totals(facts: Facts, plan: Plan, pack: Pack) -> dict[Decimal, str]:
    """Sums of a column over all rows that would betray a withheld amount once the shown rows are taken off."""
    bound, found = disclosure_settings(pack).bound, {}
    for column in facts.columns:
        amounts = {p.index: facts.values[cell_key(p.index, column)] or ZERO for p in plan.projects}
        rest = sum((amounts[p.index] for p in plan.hidden), ZERO)
        if any(amounts[p.index] and rest < (1 + bound) * amounts[p.index] for p in plan.protected):
            what = f"各项目的{column}合计，减去公开的各项就是不公开的金额"
            found[decimal_of(sum(amounts.values(), ZERO))] = what
    return found


def _form_amounts(figures: UnitFigures, plan: Plan, pack: Pack) -> Iterator[Decimal]:
    """What stands on the forms of withheld projects; of a merged one, only the row's amounts would tell anything."""
    merged = [p.row for p in plan.hidden if not p.protected]
    for index, form in enumerate(figures.forms):
        if index not in plan.forms and not any(belongs(form.section, row) for row in merged):
            numbers = (form.computed.number(n) for n, d in form.computed.space.fields.items() if d.kind is Kind.MONEY)
            yield from (n * pack.form_factor for n in numbers if n is not None)


def _published_amounts(figures: UnitFigures, plan: Plan, pack: Pack) -> frozenset[Decimal]:
    """Amounts that stand in the public tables anyway; quoting one betrays nothing."""
    space = figures.book.computed.space.fields
    found = {figures.book.computed.number(n) for n, d in space.items() if d.kind is Kind.MONEY and n not in plan.fields}
    found |= {p.row.number(c) for p in plan.shown for c in money_columns(pack)}
    for index in plan.forms:
        form = figures.forms[index].computed
        numbers = (form.number(n) for n, d in form.space.fields.items() if d.kind is Kind.MONEY)
        found |= {n * pack.form_factor for n in numbers if n is not None}
    return frozenset(n for n in found if n is not None)
