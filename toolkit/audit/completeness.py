"""填报完整度: which of the data that the pack asks for are there, sheet by sheet, and which are missing.

What is missing is no 错误: it is told in a list of its own, and the verdict is 数据不全. The same counting stands
live on the cover, by the formulas of `cover_lines`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolkit.core.findings import CellRef, Completeness, Missing
from toolkit.engines.formula import parse
from toolkit.pack import required_data
from toolkit.unit import pairing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from toolkit.audit.checks import Audit
    from toolkit.core.model import Section
    from toolkit.pack import Requirement
    from toolkit.unit import Figures

_Found = tuple["Missing | None", str]  # None where it is filled; the sheet it belongs to


def completeness(context: Audit) -> Completeness:
    """Count what is asked for and list what is missing."""
    found = list(_all(context))
    if not any(lack for lack, _ in found):
        found += _totals(context)
    by_sheet: dict[str, tuple[int, int]] = {}
    for lack, sheet in found:
        filled, required = by_sheet.get(sheet, (0, 0))
        by_sheet[sheet] = (filled + (lack is None), required + 1)
    return Completeness(by_sheet, tuple(lack for lack, _ in found if lack))


def _totals(context: Audit) -> Iterator[_Found]:
    """A total that cannot be worked out although all that is asked for is there: something else was left blank."""
    for figures in context.figures.all:
        total = figures.section.roles.total
        if total and figures.filed.content(total) is None:
            ref = figures.section.cell(total).ref
            yield Missing(total, ref, f"{context.label(total)}（算不出，各项得分不全）"), ref.sheet


def _all(context: Audit) -> Iterator[_Found]:
    for wanted in required_data(context.pack):
        yield from _least_forms(wanted, context)
        for figures in context.figures.of(wanted.form):
            if not wanted.when or parse(wanted.when).evaluate(figures.filed) is True:
                yield from _required(wanted, figures, context.unit.forms, context.label)


def _least_forms(wanted: Requirement, context: Audit) -> Iterator[_Found]:
    """So many forms of a kind, where no table says how many there are."""
    sheet = context.pack.form_sheets.get(wanted.form, wanted.sheet)
    filled = len(context.figures.of(wanted.form)) if wanted.forms else 0
    for number in range(wanted.forms):
        name, title = context.pack.dictionary.kind(wanted.form).roles.name, f"{sheet}（应至少填 {wanted.forms} 张）"
        yield (Missing(name, CellRef(sheet, "A1"), title) if number >= filled else None), sheet


def _required(
    wanted: Requirement, figures: Figures, forms: tuple[Section, ...], label: Callable[[str], str]
) -> Iterator[_Found]:
    section = figures.section
    for name in wanted.fields:
        cell = section.fields[name]
        yield (Missing(name, cell.ref, label(name)) if cell.blank else None), cell.ref.sheet
    for name, least in wanted.rows:
        yield from _rows(name, least, figures)
    if wanted.forms_of:
        yield from _forms(wanted, figures, forms)
    for key, names in wanted.columns:
        for name in names:
            yield from _column(key, name, figures, label(name))


def _forms(wanted: Requirement, figures: Figures, forms: tuple[Section, ...]) -> Iterator[_Found]:
    """A form for every row of a table, of a kind that the table lists."""
    table, column = figures.filed.space.split(wanted.forms_of) or ("", "")
    rows = figures.section.rows(table)
    own = [form for form in forms if form.space.listed_in == table]
    unformed = {id(row) for row in pairing(rows, own).unformed}
    for row in rows:
        if not row.cells[column].blank:
            lack = Missing(wanted.forms_of, row.cells[column].ref, f"“{row.text(column)}”的{wanted.sheet}")
            yield (lack if id(row) in unformed else None), wanted.sheet


def _rows(name: str, least: int, figures: Figures) -> Iterator[_Found]:
    table, column = figures.filed.space.split(name) or ("", "")
    first = figures.section.starts.get(name)
    filled = sum(not cell.blank for cell in figures.section.column(table, column))
    for number in range(least):
        lacks = first is not None and number >= filled
        yield (Missing(name, first, f"{table}的{column}") if lacks and first else None), first.sheet if first else ""


def _column(key: str, name: str, figures: Figures, label: str) -> Iterator[_Found]:
    """A column that every row with a `key` needs, where the file's form has that column."""
    space = figures.filed.space
    (table, column), (_, known) = space.split(name) or ("", ""), space.split(key) or ("", "")
    for row in figures.section.rows(table) if name in figures.section.starts else ():
        if not row.cells[known].blank:
            cell = row.cells[column]
            title = f"“{row.text(known)}”的{column}" if row.text(known) else label
            yield (Missing(name, cell.ref, title) if cell.blank else None), cell.ref.sheet
