"""Words and amounts that must not be published, looked for in what would be (公开文字检查).

An amount is looked for in any notation, rounded, as a sum, or as a share of a total. Staff's sentences are never
altered: what stands in them is told with its cell, and a person rewrites it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from toolkit.audit.prose.reading import number_in_words
from toolkit.audit.secrecy.alike import folded, readable, without_signs
from toolkit.audit.secrecy.amounts import amounts_in, in_figures, spelled
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

    from toolkit.audit.secrecy.amounts import Amount
    from toolkit.audit.secrecy.facts import Facts
    from toolkit.audit.secrecy.plan import Plan, Project
    from toolkit.core.model import Cell, Content, Row, Section, UnitReturn
    from toolkit.pack import DisclosureSettings, Pack
    from toolkit.unit import UnitFigures

_TEXTS = frozenset({Kind.TEXT, Kind.LONG, Kind.CHOICE, Kind.MIXED})

_LEAST_NAME, _LEAST_CORE, _LEAST_SENTENCE, _LEAST_CLAUSE = 2, 4, 8, 12

_TAILS = ("项目", "专项", "经费", "资金", "工程", "支出", "补助", "工作", "建设")

_SMALL_CLAUSE = late(r"[。；;！!？?，,\n]")

_DASHES = r"\s_\-‐-―−–—~/\\|·•・*()\[\]"

_STOPS = r".,:，、：;"  # only between the characters of a code too long to be an amount

_LONG_CODE = 7

_PARTED = late(r"[\W_]+")

_DIGITS = late(r"[0-9]+")

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
        return without_signs(self.readable)

    @cached_property
    def number_signs(self) -> str:
        """Its numbers in figures, without spaces and signs."""
        return in_figures(self.folded)

    @cached_property
    def in_figures(self) -> str:
        """Its numbers in figures."""
        return in_figures(self.readable)


@dataclass(frozen=True, slots=True)
class Trace:
    """Something to look for (痕迹): a word in the folded text, or a pattern in the half-width one, signs and all.

    Beside a pattern the word is a number that it cannot do without: hardly a text has it, and only for one that has
    the pattern is compiled, 1.5 ms for the codes of a unit.
    """

    what: str
    word: str
    sure: bool = True
    pattern: str = ""

    def within(self, look: Look) -> bool:
        """Whether a text has it."""
        if not self.pattern:
            return self.word in look.folded
        if self.word not in look.number_signs:
            return False
        pattern = re.compile(self.pattern)
        return bool(pattern.search(look.readable) or pattern.search(look.in_figures))

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
    traces += [_telephone(label, number) for label, number in numbers]
    traces += [Trace(p.title, "", pattern=p.pattern) for p in settings.personal]
    return _leaks(traces, published_texts(unit, plan, pack))


def _leaks(traces: list[Trace], texts: Iterator[Published]) -> Iterator[Leak]:
    for published in texts if traces else ():
        look = Look(published.text)
        found = next((t for t in traces if t.within(look)), None)
        if found:
            yield Leak(published.cell, found.quoted(published.text), found.what, found.sure)


def _telephone(what: str, number: str) -> Trace:
    """A local number, with or without what stands before it, however it is spaced."""
    between = f"[{_DASHES}.]*"
    before = rf"(?<!\d)(?:\+?86{between})?(?:0?\d{{2,3}}{between})?"
    return Trace(what, number, pattern=before + between.join(number) + r"(?!\d)")


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
    yield from _of_code(project.row.text(project.row.roles.code))
    forms = [f for f in unit.forms if belongs(f, project.row)]
    texts = [project.row.text(project.row.roles.use)]
    texts += [f.text(n) for f in forms for n in (*f.roles.planned, *f.roles.done)]
    yield from (Trace("项目内容", t) for t in map(folded, texts) if len(t) >= _LEAST_SENTENCE)
    clauses = dict.fromkeys(folded(c) for t in texts for c in _SMALL_CLAUSE.split(t))
    yield from (Trace("项目内容里的话", c, sure=False) for c in clauses if len(c) >= _LEAST_CLAUSE)
    if name not in plain_names and core not in plain_names and len(core) >= _LEAST_CORE:
        yield Trace("项目名称的主要部分", core, sure=False)


def _of_code(code: str) -> Iterator[Trace]:
    """A code however it is parted: 9990 0103, 999001（03）, 999001-3; and what may be one: 999001项下03号."""
    parts = [p for p in map(folded, _PARTED.split(readable(code))) if p]
    whole = "".join(parts)
    if len(whole) < _LEAST_CORE:
        return
    between = f"[{_DASHES}{_STOPS if len(whole) >= _LONG_CODE else ''}]*"
    yield _code(between.join(map(re.escape, whole)), whole)
    short = [*parts[:1], *(p.lstrip("0") or "0" for p in parts[1:])]
    if len(parts) > 1 and sum(map(len, short)) >= _LONG_CODE:
        yield _code(f"[{_DASHES}]+".join(map(re.escape, short)), "".join(short))
        yield _code(r"[^\d\n]{1,4}".join(map(re.escape, parts)), *parts, sure=False)


def _code(spread: str, *together: str, sure: bool = True) -> Trace:
    """`together` are the signs that nothing but spaces and signs may part: the longest number in them is looked for."""
    number = max((n for part in together for n in _DIGITS.findall(part)), key=len, default="")
    return Trace("项目编码", number, sure, rf"(?i:(?<![0-9A-Za-z]){spread}(?![0-9A-Za-z]))")


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
        near_by = [] if shown else [*self.sums.items(), *(self.gaps.items() if about else ())]
        return next((what for value, what in near_by if abs(amount.number - value) <= _HALF_CENT), None)

    def told_between(self, one: Amount, other: Amount) -> str | None:
        """What a range gives away that is as narrow as a published bound may not be: 44.5万元至44.7万元."""
        for value, what in self.secrets.items():
            narrow = Fraction(other.number - one.number) <= self.bound * Fraction(value)
            if narrow and one.number < value < other.number:
                return what
        return None

    def told_by_each(self, amount: Amount, clause: str) -> str | None:
        """What an amount for each month, quarter or head may give away."""
        if amount.bare or not (self.about(clause) and _EACH.search(clause)):
            return None
        for value, what in self.secrets.items():
            near = self.bound * Fraction(value)
            if any(abs(Fraction(amount.number) * n - Fraction(value)) <= near for n in self.times):
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
        yield from _amounts_told(published.cell, spelled(readable(published.text)), known, pack.unit)


def _amounts_told(cell: Cell, text: str, known: _Known, unit: str) -> Iterator[Leak]:
    before: Amount | None = None
    for amount in sorted(amounts_in(text, unit), key=lambda a: a.start):
        clause = _clause(text, amount)
        if what := known.told_by(amount, clause):
            yield Leak(cell, amount.text, what)
        elif what := known.told_by_each(amount, clause):
            yield Leak(cell, amount.text, f"{what}的平均数", sure=False)
        if before and _TO.fullmatch(text, before.start + len(before.text), amount.start):
            what = known.told_between(before, amount)
            if what:
                yield Leak(cell, f"{before.text}至{amount.text}", what)
        before = amount
    for share, what in filter(None, map(known.told_by_share, _CLAUSE.split(text))):
        yield Leak(cell, share, f"{what}所占的比重")


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
