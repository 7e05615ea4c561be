"""Words that must not be published, looked for in what would be (公开文字检查): names, codes, sentences, telephones.

Staff's sentences are never altered: what stands in them is told with its cell, and a person rewrites it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from toolkit.audit.secrecy.alike import folded, readable, without_signs
from toolkit.audit.secrecy.amounts import in_figures
from toolkit.audit.secrecy.plan import belongs
from toolkit.core.dictionary import Kind, TableRole
from toolkit.core.light import dataclass
from toolkit.core.money import plain
from toolkit.core.patterns import late
from toolkit.pack import disclosure_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.audit.secrecy.plan import Plan, Project
    from toolkit.core.model import Cell, Content, Row, Section, UnitReturn
    from toolkit.pack import DisclosureSettings, Pack

_TEXTS = frozenset({Kind.TEXT, Kind.LONG, Kind.CHOICE, Kind.MIXED})

_LEAST_NAME, _LEAST_CORE, _LEAST_SENTENCE, _LEAST_CLAUSE = 2, 4, 8, 12

_TAILS = ("项目", "专项", "经费", "资金", "工程", "支出", "补助", "工作", "建设")

SMALL_CLAUSE = late(r"[。；;！!？?，,\n]")

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
    """One text that the public edition would show, with the unit that stands beside it, and the name of its row."""

    cell: Cell
    text: str
    row: str = ""


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
            yield Published(cell, _shown(cell.value) + unit, row.name)
        elif datum.kind in _TEXTS or isinstance(cell.value, str):
            yield Published(cell, str(cell.value), row.name)


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
        return next((c.strip() for c in SMALL_CLAUSE.split(text) if self.within(Look(c))), text)


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
    clauses = dict.fromkeys(folded(c) for t in texts for c in SMALL_CLAUSE.split(t))
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
