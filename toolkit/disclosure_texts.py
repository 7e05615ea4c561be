"""Words and amounts that must not be published, looked for in what would be (公开文字检查).

Staff's sentences are never altered: what stands in them is told with its cell, and a person rewrites it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from toolkit.dictionary import Kind
from toolkit.disclosure import PROJECTS, belongs, folded
from toolkit.disclosure_settings import disclosure_settings
from toolkit.money import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.disclosure import Plan, Project
    from toolkit.disclosure_settings import DisclosureSettings
    from toolkit.model import Cell, Content, Row, Section, UnitReturn
    from toolkit.pack import Pack

_TEXTS = frozenset({Kind.TEXT, Kind.LONG, Kind.CHOICE, Kind.MIXED})
_LEAST_NAME, _LEAST_CORE, _LEAST_SENTENCE = 2, 4, 8
_CORE = re.compile(r"(项目|专项|经费|资金|工程|支出|补助|工作|建设)+$")
_CLAUSE = re.compile(r"[。；;！!？?\n]")
_SMALL_CLAUSE = re.compile(r"[。；;！!？?，,\n]")
_HALF_CENT = Decimal("0.005")
_SURE_DIGITS = 3  # 263万元 for 263.24 is a rounded secret; 45万元 for 45.3 may be anything


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
            if table != PROJECTS or index not in hidden:
                yield from _of_row(table, row, settings, pack)


def _of_row(table: str, row: Row, settings: DisclosureSettings, pack: Pack) -> Iterator[Published]:
    unit = row.text("计量单位") if "计量单位" in row.cells else ""
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


@dataclass(frozen=True, slots=True)
class Trace:
    """Something to look for (痕迹): a pattern over the folded text, or over the half-width one where signs matter."""

    what: str
    pattern: re.Pattern[str]
    folded: bool = True
    sure: bool = True

    def within(self, text: str) -> bool:
        """Whether a text has it."""
        return bool(self.pattern.search(folded(text) if self.folded else half_width(text)))

    def quoted(self, text: str) -> str:
        """The shortest clause that has it, for a message."""
        return next((c.strip() for c in _SMALL_CLAUSE.split(text) if self.within(c)), text)


def half_width(text: str) -> str:
    """A text with half-width letters, digits and signs."""
    return unicodedata.normalize("NFKC", text)


def word_leaks(unit: UnitReturn, plan: Plan, pack: Pack) -> Iterator[Leak]:
    """Names, codes and descriptions of withheld projects in what would be published."""
    traces = [t for project in plan.protected for t in _traces_of(project, unit, pack)]
    return _leaks(traces, published_texts(unit, plan, pack))


def personal_leaks(unit: UnitReturn, plan: Plan, pack: Pack) -> Iterator[Leak]:
    """Telephone numbers and other personal data in what would be published."""
    settings = disclosure_settings(pack)
    shown = {folded(unit.book.text(n)) for n in unit.book.fields if n not in settings.drop_fields}
    own = {n.partition("_")[2]: folded(unit.book.text(n)) for n in settings.drop_fields}
    traces = [_word(label, w) for label, w in own.items() if len(w) >= _LEAST_NAME and w not in shown]
    traces += [Trace(p.title, re.compile(p.pattern), folded=False) for p in settings.personal]
    return _leaks(traces, published_texts(unit, plan, pack))


def _leaks(traces: list[Trace], texts: Iterator[Published]) -> Iterator[Leak]:
    for published in texts if traces else ():
        found = next((t for t in traces if t.within(published.text)), None)
        if found:
            yield Leak(published.cell, found.quoted(published.text), found.what, found.sure)


def _word(what: str, word: str, *, sure: bool = True) -> Trace:
    return Trace(what, re.compile(re.escape(word)), sure=sure)


def _traces_of(project: Project, unit: UnitReturn, pack: Pack) -> Iterator[Trace]:
    """The name, its main part, the code, and whole sentences about the project."""
    plain_names = {folded(n) for n in disclosure_settings(pack).plain_names}
    name = folded(project.name)
    core = folded(_CORE.sub("", name))
    if name not in plain_names and len(name) >= _LEAST_NAME:
        yield _word(f"项目名称“{project.name}”", name)
    code = half_width(project.row.text("编码")).strip()
    if len(folded(code)) >= _LEAST_CORE:
        spread = r"[-—–_\s]*".join(map(re.escape, re.sub(r"[-—–_\s]", "", code)))
        yield Trace("项目编码", re.compile(rf"(?<![0-9A-Za-z]){spread}(?![0-9A-Za-z])", re.IGNORECASE), folded=False)
    forms = [f for f in unit.forms if belongs(f, project.row)]
    texts = [project.row.text("用途"), *(f.text(n) for f in forms for n in ("自评_预期目标", "自评_完成情况"))]
    yield from (_word("项目内容", folded(t)) for t in texts if len(folded(t)) >= _LEAST_SENTENCE)
    if name not in plain_names and core not in plain_names and len(core) >= _LEAST_CORE:
        yield _word("项目名称的主要部分", core, sure=False)
