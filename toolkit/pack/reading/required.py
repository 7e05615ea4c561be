"""必填 (`[required]`): what a return has to hold, per sheet, and the same as Excel text for the cover."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from toolkit.core.light import dataclass
from toolkit.pack.reading.names import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PER_ROW = 2  # sheets beside each other on the cover


@dataclass(frozen=True, slots=True)
class Requirement:
    """One group of required data (必填项).

    Attributes:
        sheet: the sheet of the form that it is about.
        fields: cells that must be filled.
        rows: table column → at least so many filled rows.
        columns: key column → the columns that each row with a key must fill.
        when: Excel text; the group only counts where it is TRUE.
        form: asked of every form of this kind; "" for the workbook.
        forms_of: table column; every row of that table needs a form of its own.
        forms: at least so many forms of this kind.
    """

    sheet: str
    fields: tuple[str, ...] = ()
    rows: tuple[tuple[str, int], ...] = ()
    columns: tuple[tuple[str, tuple[str, ...]], ...] = ()
    when: str = ""
    form: str = ""
    forms_of: str = ""
    forms: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that is asked for."""
        return (*self.fields, *(n for n, _ in self.rows), *(n for k, names in self.columns for n in (k, *names)))


def read_requirements(raw: Mapping[str, Any]) -> Iterator[Requirement]:
    """`[[required."表"]]` entries."""
    for sheet, groups in raw.get("required", {}).items():
        for group in groups:
            yield Requirement(
                sheet,
                tuple(group.get("fields", ())),
                tuple(group.get("rows", {}).items()),
                tuple((key, tuple(names)) for key, names in group.get("columns", {}).items()),
                group.get("when", ""),
                kind_of(group, raw),
                group.get("forms_of", ""),
                group.get("forms", 0),
            )


def shown_count(groups: tuple[Requirement, ...]) -> str:
    """已填/应填 of one sheet as Excel text."""
    filled = "+".join(_when(g, _sum(_filled(g))) for g in groups)
    wanted = "+".join(_when(g, _sum(_wanted(g))) for g in groups)
    return f'({filled})&"/"&({wanted})'


def _sum(parts: Iterator[str]) -> str:
    return "+".join(parts) or "0"


def _when(group: Requirement, count: str) -> str:
    return f"IF({group.when},{count},0)" if group.when else count


def _filled(group: Requirement) -> Iterator[str]:
    if group.fields:
        yield f"COUNTA({','.join(group.fields)})"
    yield from (f"MIN({least},COUNTA({name}))" for name, least in group.rows)
    for key, names in group.columns:
        yield from (f"SUMPRODUCT((LEN({key})>0)*(LEN({name})>0))" for name in names)


def _wanted(group: Requirement) -> Iterator[str]:
    fixed = len(group.fields) + sum(least for _, least in group.rows)
    if fixed:
        yield str(fixed)
    for key, names in group.columns:
        yield f"{len(names)}*COUNTA({key})"


def cover_lines(raw: Mapping[str, Any]) -> str:
    """The lines of the cover's drawn form: two sheets beside each other, each with 已填/应填."""
    groups: dict[str, list[Requirement]] = {}
    for found in read_requirements(raw):
        if not found.form and not found.forms_of:
            groups.setdefault(found.sheet, []).append(found)
    cells = [f"{sheet} | {{{shown_count(tuple(of))}}}" for sheet, of in groups.items()]
    rows = [[*cells[i : i + _PER_ROW], " | "][:_PER_ROW] for i in range(0, len(cells), _PER_ROW)]
    return "\n".join(f"表@20> . | {' | '.join(row)}" for row in rows)
