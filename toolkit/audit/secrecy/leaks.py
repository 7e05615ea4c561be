"""Words and amounts that must not be published, looked for in what would be (公开文字检查).

Staff's sentences are never altered: what stands in them is told with its cell, and a person rewrites it.

Withheld amounts in sentences (文中的不公开金额): in any notation, rounded, as a sum, or as a share of a total.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from toolkit.audit.prose.reading import amounts_in, in_figures, number_in_words, spelled
from toolkit.audit.secrecy.alike import folded, readable
from toolkit.audit.secrecy.facts import ZERO, cell_key, facts_of
from toolkit.audit.secrecy.holes import Secrets, decimal_of
from toolkit.audit.secrecy.plan import belongs, money_columns
from toolkit.core.dictionary import Kind, TableRole
from toolkit.core.light import dataclass
from toolkit.core.money import plain
from toolkit.core.patterns import late
from toolkit.pack import disclosure_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from toolkit.audit.prose.reading import Amount
    from toolkit.audit.secrecy.facts import Facts
    from toolkit.audit.secrecy.plan import Plan, Project
    from toolkit.core.model import Cell, Content, Row, Section, UnitReturn
    from toolkit.pack import DisclosureSettings, Pack
    from toolkit.unit import UnitFigures

_TEXTS = frozenset({Kind.TEXT, Kind.LONG, Kind.CHOICE, Kind.MIXED})

_LEAST_NAME, _LEAST_CORE, _LEAST_SENTENCE, _LEAST_CLAUSE = 2, 4, 8, 12

_TAILS = ("项目", "专项", "经费", "资金", "工程", "支出", "补助", "工作", "建设")

_SMALL_CLAUSE = late(r"[。；;！!？?，,\n]")

_DASHES = r"\s_\-‐-―−–—~/\\|·•・*"

_STOPS = r".,:，、：;"  # only between the characters of a code too long to be an amount

_LONG_CODE = 7

_LOCAL = late(r"(?<!\d)\d{7,8}(?!\d)")  # a telephone number without what stands before it


@dataclass(frozen=True, slots=True)
class Leak:
    """Something withheld in a published cell (泄露): the cell, what stands there, and what it is.

    `sure` is False for what may be a coincidence.
    """

    cell: Cell
    text: str
    what: str
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Published:
    """One text that the public edition would show, with the unit that stands beside it."""

    cell: Cell
    text: str


def published_texts(unit: UnitReturn, plan: Plan, pack: Pack) -> Iterator[Published]:
    """Every text of the public edition, cell by cell."""
    yield from _of_section(unit.book, plan, pack)
    for index in plan.forms:
        yield from _of_section(unit.forms[index], plan, pack)


def _of_section(section: Section, plan: Plan, pack: Pack) -> Iterator[Published]:
    settings = disclosure_settings(pack)
    dropped = {*settings.drop_fields, settings.more_field}
    for name, cell in section.fields.items():
        datum = pack.dictionary.datum(name)
        if datum and name not in dropped and (datum.kind in _TEXTS or isinstance(cell.value, str)) and not cell.blank:
            yield Published(cell, str(cell.value))
    hidden = {p.index for p in plan.hidden}
    for table, rows in section.tables.items():
        if table in settings.drop_tables:
            continue
        for index, row in enumerate(rows):
            if section.space.tables[table].role is not TableRole.PROJECTS or index not in hidden:
                yield from _of_row(table, row, settings, pack)


def _of_row(table: str, row: Row, settings: DisclosureSettings, pack: Pack) -> Iterator[Published]:
    unit = row.text(row.roles.unit)
    for column, cell in row.cells.items():
        datum = pack.dictionary.datum(f"{table}_{column}")
        if datum is None or cell.blank or f"{table}_{column}" in settings.drop_columns:
            continue
        if datum.kind is Kind.MIXED:
            yield Published(cell, _shown(cell.value) + unit)
        elif datum.kind in _TEXTS or isinstance(cell.value, str):
            yield Published(cell, str(cell.value))


def _shown(value: Content) -> str:
    return plain(value) if isinstance(value, Decimal) else str(value)


@dataclass(frozen=True)
class Look:
    """A text as traces are looked for in it (看法): each way of reading it once for all of them, 4 ms of a unit."""

    text: str

    @cached_property
    def readable(self) -> str:
        """In half width."""
        return readable(self.text)

    @cached_property
    def folded(self) -> str:
        """Without spaces and signs."""
        return folded(self.text)

    @cached_property
    def in_figures(self) -> str:
        """Its numbers in figures."""
        return in_figures(self.readable)


@dataclass(frozen=True, slots=True)
class Trace:
    """Something to look for (痕迹): a word in the folded text, or a pattern in the half-width one, signs and all."""

    what: str
    sought: str | re.Pattern[str]
    sure: bool = True

    def within(self, look: Look) -> bool:
        """Whether a text has it."""
        if isinstance(self.sought, str):
            return self.sought in look.folded
        return bool(self.sought.search(look.readable) or self.sought.search(look.in_figures))

    def quoted(self, text: str) -> str:
        """The shortest clause that has it, for a message."""
        return next((c.strip() for c in _SMALL_CLAUSE.split(text) if self.within(Look(c))), text)


def word_leaks(unit: UnitReturn, plan: Plan, pack: Pack) -> Iterator[Leak]:
    """Names, codes and descriptions of withheld projects in what would be published."""
    traces = [t for project in plan.protected for t in traces_of(project, unit, pack)]
    return _leaks(traces, published_texts(unit, plan, pack))


def personal_leaks(unit: UnitReturn, plan: Plan, pack: Pack) -> Iterator[Leak]:
    """Telephone numbers and other personal data in what would be published."""
    settings = disclosure_settings(pack)
    shown = {folded(unit.book.text(n)) for n in unit.book.fields if n not in settings.drop_fields}
    own = {n.partition("_")[2]: folded(unit.book.text(n)) for n in settings.drop_fields}
    traces = [Trace(label, w) for label, w in own.items() if len(w) >= _LEAST_NAME and w not in shown]
    numbers = [(n.partition("_")[2], d) for n in settings.drop_fields for d in _LOCAL.findall(unit.book.text(n))]
    traces += [Trace(label, re.compile(rf"(?<!\d){d}(?!\d)")) for label, d in numbers]
    traces += [Trace(p.title, re.compile(p.pattern)) for p in settings.personal]
    return _leaks(traces, published_texts(unit, plan, pack))


def _leaks(traces: list[Trace], texts: Iterator[Published]) -> Iterator[Leak]:
    for published in texts if traces else ():
        look = Look(published.text)
        found = next((t for t in traces if t.within(look)), None)
        if found:
            yield Leak(published.cell, found.quoted(published.text), found.what, found.sure)


def _core(name: str) -> str:
    """A name without the words that any project's name may end in; told step by step, as names may be long."""
    end = len(name)
    while tail := next((w for w in _TAILS if name.endswith(w, 0, end)), ""):
        end -= len(tail)
    return name[:end]


def traces_of(project: Project, unit: UnitReturn, pack: Pack) -> Iterator[Trace]:
    """The name, its main part, the code, and whole sentences about the project."""
    plain_names = {folded(n) for n in disclosure_settings(pack).plain_names}
    name = folded(project.name)
    core = _core(name)
    if name not in plain_names and len(name) >= _LEAST_NAME:
        yield Trace(f"项目名称“{project.name}”", name)
    code = folded(project.row.text(project.row.roles.code))
    if len(code) >= _LEAST_CORE:
        between = f"[{_DASHES}{_STOPS if len(code) >= _LONG_CODE else ''}]*"
        spread = between.join(map(re.escape, code))
        yield Trace("项目编码", re.compile(rf"(?<![0-9A-Za-z]){spread}(?![0-9A-Za-z])", re.IGNORECASE))
    forms = [f for f in unit.forms if belongs(f, project.row)]
    texts = [project.row.text(project.row.roles.use)]
    texts += [f.text(n) for f in forms for n in (*f.roles.planned, *f.roles.done)]
    yield from (Trace("项目内容", t) for t in map(folded, texts) if len(t) >= _LEAST_SENTENCE)
    clauses = dict.fromkeys(folded(c) for t in texts for c in _SMALL_CLAUSE.split(t))
    yield from (Trace("项目内容里的话", c, sure=False) for c in clauses if len(c) >= _LEAST_CLAUSE)
    if name not in plain_names and core not in plain_names and len(core) >= _LEAST_CORE:
        yield Trace("项目名称的主要部分", core, sure=False)


_CLAUSE = late(r"[。；;！!？?\n]")

# A part of something: 14.6%, 146‰, 百分之十四点六, 七分之一, 1/7, 一成半, 0.146倍
_PART = late(
    r"(?:(?P<number>\d+(?:\.\d+)?)\s*|(?P<tenths>[一二两三四五六七八九](?=成)))(?P<unit>[%‰倍成])(?P<half>半)?"
    r"|(?P<under>[零〇一二两三四五六七八九十百千\d]{1,6})分之(?P<over>[零〇一二两三四五六七八九十百点\d.]{1,8})"
    r"|(?<![\d/.])(?P<top>\d{1,3})/(?P<bottom>\d{1,4})(?![\d/])"
)

_OF, _FOR = late(r"占(?!比)|相当于|[是为约].*的"), late(r"\s*(?:用于|投向|投入|属于|是|为)")

_PLAIN = late(r"\d+(?:\.\d+)?")

_RATE = late(r"率|增|降|提高|压减")

_UNITS_OF_SHARES = {"%": 100, "‰": 1000, "成": 10, "倍": 1}

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
            if same(amount, value) and (about or not shown):
                return what
            near = abs(Fraction(amount.number) - Fraction(value)) <= self.bound * Fraction(value)
            if about and near and not shown and not amount.bare:
                return what
        return None

    def told_by_share(self, clause: str) -> tuple[str, str] | None:
        """What a share of a published total gives away, in a clause about a secret matter."""
        for text, share in _shares(clause) if self.about(clause) else ():
            for value, what in self.secrets.items():
                near = self.bound * Fraction(value)
                if any(abs(share * Fraction(total) - Fraction(value)) <= near for total in self.published):
                    return text, what
        return None


def _shares(clause: str) -> Iterator[tuple[str, Fraction]]:
    """The parts of a whole that a clause tells, in any notation; rates and growth are none."""
    for match in _PART.finditer(clause):
        before = _SMALL_CLAUSE.split(clause[: match.start()])[-1]
        if (_OF.search(before) or _FOR.match(clause, match.end())) and not _RATE.search(before[-8:]):
            share = _share(match)
            if share is not None:
                yield match[0], share


def _share(match: re.Match[str]) -> Fraction | None:
    half = Fraction(1, 2) if match["half"] else Fraction(0)
    if match["unit"]:
        number = _number(match["number"] or match["tenths"])
        return None if number is None else (Fraction(number) + half) / _UNITS_OF_SHARES[match["unit"]]
    top, bottom = (_number(match[a] or match[b]) for a, b in (("over", "top"), ("under", "bottom")))
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
    known = _Known(secrets, _published_amounts(figures, plan, pack), settings.secret_words, settings.bound)
    for published in published_texts(unit, plan, pack) if secrets else ():
        text = spelled(readable(published.text))
        for amount in amounts_in(text, pack.unit):
            what = known.told_by(amount, _clause(text, amount))
            if what:
                yield Leak(published.cell, amount.text, what)
        shares = filter(None, map(known.told_by_share, _CLAUSE.split(text)))
        yield from (Leak(published.cell, share, f"{what}所占的比重") for share, what in shares)


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
