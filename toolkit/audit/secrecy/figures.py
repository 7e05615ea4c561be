"""Figures that must not be published, looked for in what would be (公开文字检查).

An amount is looked for in any notation, rounded, as a sum, or as a share of a total; a rate or points, where a
withheld figure follows from them.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING

from toolkit.audit.prose.reading import number_in_words
from toolkit.audit.secrecy.alike import readable
from toolkit.audit.secrecy.amounts import Amount, amounts_in, spelled
from toolkit.audit.secrecy.facts import ZERO, cell_key, facts_of
from toolkit.audit.secrecy.holes import Secrets, decimal_of
from toolkit.audit.secrecy.leaks import SMALL_CLAUSE, Leak, published_texts
from toolkit.audit.secrecy.plan import belongs, money_columns, withheld_fields
from toolkit.core.dictionary import Kind
from toolkit.core.light import dataclass
from toolkit.core.patterns import late
from toolkit.pack import disclosure_settings

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Mapping

    from toolkit.audit.secrecy.facts import Facts
    from toolkit.audit.secrecy.leaks import Published
    from toolkit.audit.secrecy.plan import Plan
    from toolkit.core.model import UnitReturn
    from toolkit.pack import Pack
    from toolkit.unit import UnitFigures

_CLAUSE = late(r"[。；;！!？?\n]")

# A part of something: 14.6%, 146‰, 百分之十四点六, 七分之一, 1/7, 一成半, 0.146倍
_PART = late(
    r"(?:(?P<number>\d+(?:\.\d+)?)\s*|(?P<tenths>[一二两三四五六七八九](?=成)))(?P<unit>[%‰倍成])(?P<half>半)?"
    r"|(?P<under>[零〇一二两三四五六七八九十百千\d]{1,6})分之(?P<over>[零〇一二两三四五六七八九十百点\d.]{1,8})"
    r"|(?<![\d/.])(?P<top>\d{1,3})/(?P<bottom>\d{1,4})(?![\d/])"
    r"|(?<![\d:.])(?P<left>\d+(?:\.\d+)?)\s*[:比]\s*(?P<right>\d+(?:\.\d+)?)(?![\d:])"
)

_OF, _RATIO = late(r"占(?!比)|相当于|[是为约].*[的其]"), late(r"比[^,，]{0,4}$|=\s*$")

_FOR = late(r"\s*(?:用于|投向|投入|属于|是|为)")

_PLAIN = late(r"\d+(?:\.\d+)?")

_EACH, _PERIODS = late(r"每|平均|[人户]均"), (2, 4, 12)  # halves, quarters, months of a year

_TO = late(r"\s*(?:至|到|[-~—–]+)\s*")

_RATE = late(r"率|增|降|提高|压减")

_POINTS = late(r"(?<![\d.])(\d+(?:\.\d+)?)\s*分(?![之钟])")

_PRINTED = {Kind.RATE: 100, Kind.SCORE: 1}  # what is worked out as 0.9342 is printed as 93.42%

_UNITS_OF_SHARES = {"%": 100, "‰": 1000, "成": 10, "倍": 1}

_HALF_CENT = Decimal("0.005")

_SURE_DIGITS = 3  # 263万元 for 263.24 is a rounded secret; 45万元 for 45.3 may be anything


@dataclass(frozen=True, slots=True)
class _Known:
    """What the sentences are compared with: withheld amounts and what they are, and the published ones.

    `sums` and `gaps` are those of a withheld and a shown project: 两项合计160.89万元, 比甲项目少23.66万元; `times` are
    by how many an amount may be shared out.
    """

    secrets: Mapping[Decimal, str]
    published: frozenset[Decimal]
    words: tuple[str, ...]
    bound: Fraction
    times: tuple[int, ...]
    sums: Mapping[Decimal, str]
    gaps: Mapping[Decimal, str]

    def about(self, *texts: str) -> bool:
        """Whether a clause, or the name of its row, speaks of a secret matter."""
        return any(word in text for text in texts for word in self.words)

    def told_by(self, amount: Amount, *, about: bool) -> str | None:
        """What an amount gives away; a figure that the public tables show gives nothing away by itself."""
        shown = amount.number in self.published
        for value, what in self.secrets.items():
            if same(amount, value) and (about or not shown):
                return what
            near = abs(Fraction(amount.number) - Fraction(value)) <= self.bound * Fraction(value)
            if about and near and not shown and not amount.bare:
                return what
        near_by = [] if shown else [*self.sums.items(), *(self.gaps.items() if about else ())]
        return next((what for value, what in near_by if abs(amount.number - value) <= _HALF_CENT), None)

    def told_between(self, one: Amount, other: Amount) -> str | None:
        """What a range gives away that is as narrow as a published bound may not be: 44.5万元至44.7万元."""
        for value, what in self.secrets.items():
            narrow = Fraction(other.number - one.number) <= self.bound * Fraction(value)
            if narrow and one.number < value < other.number:
                return what
        return None

    def told_by_each(self, amount: Amount) -> str | None:
        """What an amount for each month, quarter or head may give away."""
        if amount.bare:
            return None
        for value, what in self.secrets.items():
            near = self.bound * Fraction(value)
            if any(abs(Fraction(amount.number) * n - Fraction(value)) <= near for n in self.times):
                return what
        return None

    def told_by_share(self, clause: str) -> tuple[str, str] | None:
        """What a share of a published total gives away."""
        for text, share in _shares(clause):
            for value, what in self.secrets.items():
                near = self.bound * Fraction(value)
                if any(abs(share * Fraction(total) - Fraction(value)) <= near for total in self.published):
                    return text, what
        return None


def _shares(clause: str) -> Iterator[tuple[str, Fraction]]:
    """The parts of a whole that a clause tells, in any notation; rates and growth are none."""
    for match in _PART.finditer(clause):
        before = SMALL_CLAUSE.split(clause[: match.start()])[-1]
        told = _RATIO.search(before) if match["left"] else _OF.search(before) or _FOR.match(clause, match.end())
        if told and not _RATE.search(before[-8:]):
            share = _share(match)
            if share is not None:
                yield match[0], share


def _share(match: re.Match[str]) -> Fraction | None:
    half = Fraction(1, 2) if match["half"] else Fraction(0)
    if match["unit"]:
        number = _number(match["number"] or match["tenths"])
        return None if number is None else (Fraction(number) + half) / _UNITS_OF_SHARES[match["unit"]]
    sides = (("over", "top", "left"), ("under", "bottom", "right"))
    top, bottom = (_number(next(filter(None, map(match.group, names)), "")) for names in sides)
    return Fraction(top) / Fraction(bottom) if top is not None and bottom else None


def _number(text: str) -> Decimal | None:
    """In figures or in words."""
    return Decimal(text) if _PLAIN.fullmatch(text) else number_in_words(text)


def amount_leaks(unit: UnitReturn, figures: UnitFigures, plan: Plan, pack: Pack) -> Iterator[Leak]:
    """Withheld amounts in what would be published."""
    settings, facts = disclosure_settings(pack), facts_of(unit, figures, pack)
    secrets = withheld_amounts(facts, figures, plan, pack)
    totals = telling_totals(facts, plan, pack)
    if totals and Secrets(unit, facts, pack).closed(plan):  # what is open anyway is told of the tables, not of a text
        secrets = totals | secrets
    times = (*_PERIODS, *_heads(figures))
    shown, (sums, gaps) = _published_amounts(figures, plan, pack), _beside_others(facts, plan)
    known = _Known(secrets, shown, settings.secret_words, settings.bound, times, sums, gaps)
    for published in published_texts(unit, plan, pack) if secrets else ():
        yield from _amounts_told(published, known, pack.unit)


def _amounts_told(published: Published, known: _Known, unit: str) -> Iterator[Leak]:
    cell, text = published.cell, spelled(readable(published.text))
    before: Amount | None = None
    for amount in sorted(amounts_in(text, unit), key=lambda a: a.start):
        clause = _clause(text, amount)
        about = known.about(clause, published.row)
        if what := known.told_by(amount, about=about):
            yield Leak(cell, amount.text, what)
        elif about and _EACH.search(clause) and (what := known.told_by_each(amount)):
            yield Leak(cell, amount.text, f"{what}的平均数", sure=False)
        if before and _TO.fullmatch(text, before.start + len(before.text), amount.start):
            what = known.told_between(before, amount)
            if what:
                yield Leak(cell, f"{before.text}至{amount.text}", what)
        before = amount
    telling = (c for c in _CLAUSE.split(text) if known.about(c, published.row))
    for share, what in filter(None, map(known.told_by_share, telling)):
        yield Leak(cell, share, f"{what}所占的比重")


def rate_leaks(unit: UnitReturn, figures: UnitFigures, plan: Plan, pack: Pack) -> Iterator[Leak]:
    """Rates and points from which a withheld figure follows, in what would be published.

    A whole number is met everywhere (100%, 10分), and so is one of two digits: these tell only where the clause or
    its row names the rate.
    """
    rates = list(_withheld_rates(figures, plan, pack))
    for published in published_texts(unit, plan, pack) if rates else ():
        text = spelled(readable(published.text))
        for kind, printed in _rates_and_points(text):
            words = f"{_clause(text, printed)}\n{published.row}"
            found = (t for t, of, value in rates if of is kind and _tells(printed, value, named=t in words))
            yield from (Leak(published.cell, printed.text, f"由不公开的数算出的“{t}”") for t in islice(found, 1))


def _tells(printed: Amount, value: Decimal, *, named: bool) -> bool:
    if named:
        return abs(printed.number - value) * 2 <= printed.step
    return value % 1 != 0 and same(printed, value)


def _withheld_rates(figures: UnitFigures, plan: Plan, pack: Pack) -> Iterator[tuple[str, Kind, Decimal]]:
    """What is worked out of withheld figures: its word, its kind, and the number as it is printed."""
    view = figures.book.computed
    for name in sorted(withheld_fields(plan, pack) - plan.fields):
        kind, value = view.space.fields[name].kind, view.number(name)
        if value is not None and kind in _PRINTED:
            yield name.rpartition("_")[2], kind, value * _PRINTED[kind]


def _rates_and_points(text: str) -> Iterator[tuple[Kind, Amount]]:
    """The percentages and points of a text, in figures or in words, as they are printed."""
    for match in _PART.finditer(text):
        under = _number(match["under"] or "")
        number = _number(match["number"] or "") if match["unit"] == "%" else _number(match["over"] or "")
        if number is not None and (match["unit"] == "%" or under == _UNITS_OF_SHARES["%"]):
            yield Kind.RATE, _as_printed(number, match)
    for match in _POINTS.finditer(text):
        yield Kind.SCORE, _as_printed(Decimal(match[1]), match)


def _as_printed(number: Decimal, match: re.Match[str]) -> Amount:
    return Amount(number, Decimal(1).scaleb(min(0, int(number.as_tuple().exponent))), match[0], match.start())


def _heads(figures: UnitFigures) -> Iterator[int]:
    """How many of anything the book counts, of which an amount may be told for each."""
    view = figures.book.computed
    numbers = (view.number(n) for n, datum in view.space.fields.items() if datum.kind is Kind.COUNT)
    return (int(n) for n in numbers if n is not None and n > 1)


def _clause(text: str, amount: Amount) -> str:
    start = max((m.end() for m in _CLAUSE.finditer(text, 0, amount.start)), default=0)
    end = _CLAUSE.search(text, amount.start)
    return text[start : end.start() if end else None]


def same(amount: Amount, value: Decimal) -> bool:
    """The same figure, or the figure rounded."""
    gap = abs(amount.number - value)
    digits = (amount.number / amount.step).adjusted() + 1 if amount.number else 1
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


def _beside_others(facts: Facts, plan: Plan) -> tuple[dict[Decimal, str], dict[Decimal, str]]:
    """Sums and differences of a withheld amount and that of a shown project."""
    sums: dict[Decimal, str] = {}
    gaps: dict[Decimal, str] = {}
    for column in facts.columns:
        for hidden, shown in ((p, s) for p in plan.protected for s in plan.shown):
            one, other = (decimal_of(facts.values[cell_key(p.index, column)] or ZERO) for p in (hidden, shown))
            if one and other:
                sums[one + other] = f"不公开项目与“{shown.name}”的{column}之和"
                gaps[abs(one - other)] = f"不公开项目与“{shown.name}”的{column}之差"
    return sums, gaps


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
            factor = pack.factor(form.section.space)
            numbers = (form.computed.number(n) for n, d in form.computed.space.fields.items() if d.kind is Kind.MONEY)
            yield from (n * factor for n in numbers if n is not None)


def _published_amounts(figures: UnitFigures, plan: Plan, pack: Pack) -> frozenset[Decimal]:
    """Amounts that stand in the public tables anyway; quoting one betrays nothing."""
    space = figures.book.computed.space.fields
    found = {figures.book.computed.number(n) for n, d in space.items() if d.kind is Kind.MONEY and n not in plan.fields}
    found |= {p.row.number(c) for p in plan.shown for c in money_columns(pack)}
    for index in plan.forms:
        form = figures.forms[index].computed
        numbers = (form.number(n) for n, d in form.space.fields.items() if d.kind is Kind.MONEY)
        found |= {n * pack.factor(form.space) for n in numbers if n is not None}
    return frozenset(n for n in found if n is not None)
