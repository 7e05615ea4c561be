"""What is withheld (公开范围): which rows, forms and fields of a return the public edition shows, and how.

A 涉密 row is never shown by itself. A person decides about the other rows in 公开方式; rows that are not
published by themselves share one line, with their sum where nobody chose to withhold it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolkit.audit.secrecy.alike import folded
from toolkit.core.dictionary import Kind, TableRole
from toolkit.core.light import dataclass, replace
from toolkit.core.patterns import late
from toolkit.engines.formula import linear_form, parse
from toolkit.pack import disclosure_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from toolkit.core.model import Row, Section, UnitReturn
    from toolkit.pack import DisclosureSettings, Pack

_NOT_SECRET = frozenset({"", "否", "不", "无", "非", "不涉密", "非涉密", "n", "no", "false", "0", "×"})

_LEAST_PRINTED = 2  # one row alone in the shared line would be that row

_SEPARATORS = late(r"[、，,；;\s]+")


@dataclass(frozen=True, slots=True)
class Project:
    """One row of 项目 (项目) and how it is published.

    Attributes:
        secret: marked 涉密; protected: its amounts must not be derivable; hidden: it is not shown by itself.
        marks: by what its form is known.
    """

    index: int
    row: Row
    secret: bool
    way: str
    protected: bool
    hidden: bool
    marks: frozenset[tuple[str, str]]

    @property
    def name(self) -> str:
        """项目名称."""
        return self.row.name.strip()


@dataclass(frozen=True, slots=True)
class Plan:
    """What the public edition shows (公开方案).

    Attributes:
        merged_printed: the shared line shows its sums.
        fields: further figures of the workbook that are withheld.
        unknown: words of the field for further figures that name none.
        forms: positions of the project forms that are published.
    """

    projects: tuple[Project, ...]
    merged_printed: bool
    fields: frozenset[str]
    unknown: tuple[str, ...]
    forms: tuple[int, ...]

    @property
    def hidden(self) -> tuple[Project, ...]:
        """The rows that are not shown by themselves."""
        return tuple(p for p in self.projects if p.hidden)

    @property
    def shown(self) -> tuple[Project, ...]:
        """The rows that are shown by themselves."""
        return tuple(p for p in self.projects if not p.hidden)

    @property
    def protected(self) -> tuple[Project, ...]:
        """The rows whose amounts must not be derivable."""
        return tuple(p for p in self.projects if p.protected)


def plan_of(unit: UnitReturn, pack: Pack) -> Plan:
    """The plan that staff's choices make."""
    settings = disclosure_settings(pack)
    projects = tuple(_project(i, row, settings) for i, row in enumerate(unit.book.projects))
    fields, unknown = _further_fields(unit.book.text(settings.more_field), pack)
    return _plan(unit, projects, fields, unknown, settings)


def with_merged(plan: Plan, indices: Iterable[int], unit: UnitReturn, pack: Pack) -> Plan:
    """The plan if these rows were merged too."""
    settings, chosen = disclosure_settings(pack), set(indices)
    projects = tuple(replace(p, way=settings.merged, hidden=True) if p.index in chosen else p for p in plan.projects)
    return _plan(unit, projects, plan.fields, plan.unknown, settings)


def _plan(
    unit: UnitReturn,
    projects: tuple[Project, ...],
    fields: frozenset[str],
    unknown: tuple[str, ...],
    settings: DisclosureSettings,
) -> Plan:
    hidden = [p for p in projects if p.hidden]
    printed = len(hidden) >= _LEAST_PRINTED and all(p.way != settings.withheld for p in hidden)
    table = unit.book.space.table(TableRole.PROJECTS).name
    forms = tuple(i for i, form in enumerate(unit.forms) if _form_shown(form, projects, table))
    return Plan(projects, printed, fields, unknown, forms)


def _project(index: int, row: Row, settings: DisclosureSettings) -> Project:
    secret = is_secret(row)
    way = row.text(settings.way_column).strip() if settings.way_column in row.cells else ""
    withheld = way == settings.withheld
    protected = secret or withheld
    return Project(index, row, secret, way, protected, protected or way == settings.merged, _marks_of_row(row))


def is_secret(row: Row) -> bool:
    """Whether a row of 项目 is marked 涉密; what is no plain 否 counts as 是."""
    return row.text(row.roles.secret).strip().lower() not in _NOT_SECRET


def _form_shown(form: Section, projects: tuple[Project, ...], table: str) -> bool:
    """A form is shown with its row; where rows are hidden, a form of no row is not shown either.

    A form that another table lists, or none, is of no row by its nature and no hidden project's.
    """
    own = _marks(form.code, form.name)
    owners = [p for p in projects if own & p.marks]
    if not owners:
        return form.space.listed_in != table or not any(p.hidden for p in projects)
    return not any(p.hidden for p in owners)


def withheld_fields(plan: Plan, pack: Pack) -> frozenset[str]:
    """What a person withholds, and rates, points and grades worked out of it; sums of amounts are judged by D78."""
    found, data = set(plan.fields), pack.dictionary.book.fields
    computed = {n: f for n, f in pack.compute.items() if n in data}
    rest = {n: f for n, f in computed.items() if data[n].kind is not Kind.MONEY or linear_form(f) is None}
    while more := {n for n, f in rest.items() if n not in found and found & set(parse(f).names)}:
        found |= more
    return frozenset(found)


def belongs(form: Section, row: Row) -> bool:
    """Whether a project form is that of a row: same code, or same name."""
    return not _marks(form.code, form.name).isdisjoint(_marks_of_row(row))


def _marks_of_row(row: Row) -> frozenset[tuple[str, str]]:
    return _marks(row.text(row.roles.code), row.name)


def _marks(code: str, name: str) -> frozenset[tuple[str, str]]:
    """A code and a name, as a reader recognises them; one that is left blank is none."""
    given = {"code": folded(code), "name": folded(name)}
    return frozenset((what, word) for what, word in given.items() if word)


def money_columns(pack: Pack) -> list[str]:
    """The amount columns of 项目."""
    table = pack.dictionary.book.table(TableRole.PROJECTS)
    return [c for c, d in table.columns.items() if d.kind is Kind.MONEY]


def _further_fields(text: str, pack: Pack) -> tuple[frozenset[str], tuple[str, ...]]:
    """The money fields that staff's words mean, and the words that mean none."""
    money = [n for n, d in pack.dictionary.book.fields.items() if d.kind is Kind.MONEY]
    words = [w for w in _SEPARATORS.split(text) if w]
    meant = {w: [n for n in money if n == w or w in n.split("_")] for w in words}
    return frozenset(n for names in meant.values() for n in names), tuple(w for w, names in meant.items() if not names)
