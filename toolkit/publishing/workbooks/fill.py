"""填表 fill: a return becomes a filled 填报表, every formula with the value that Excel would show."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from toolkit.audit import audit_lines, audit_rows, scalar
from toolkit.core.errors import PackError, UsageError
from toolkit.core.kept import TEMPLATES, kept
from toolkit.core.light import dataclass, field, replace
from toolkit.core.money import keeps_digits, plain
from toolkit.engines.formula import ErrorValue, worked_out
from toolkit.engines.xlsx import ANYWHERE, SheetEdit, WorkbookTemplate, compile_workbook, open_file, with_copies
from toolkit.pack import AUDIT, FILL_NAME, STATES, file_digest
from toolkit.publishing.workbooks.macros import with_code_names
from toolkit.publishing.workbooks.marks import MIRROR, RESULT_SHEET
from toolkit.unit import blank_section, compute

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from toolkit.audit import AuditRow
    from toolkit.core.model import Cell, Content, Row, UnitReturn
    from toolkit.engines.xlsx import Area, Compiled, Value
    from toolkit.pack import Pack
    from toolkit.unit import Figures, View


_SHOWN = 5


def template_with_forms(pack: Pack, file_name: str, kinds: Sequence[str]) -> tuple[WorkbookTemplate, tuple[str, ...]]:
    """A compiled template of the pack with a sheet for each form, and the names of these sheets."""
    counts = tuple(kinds.count(space.kind) for space in pack.dictionary.forms)
    template = _with_copies(pack, file_name, counts)
    scoped = template.names[1]
    spaces = ((s, pack.dictionary.form_of(scoped.get(s, {}))) for s in template.sheets)
    sheets = [(s, space.kind) for s, space in spaces if space is not None]
    of_kind = {kind: iter([s for s, k in sheets if k == kind]) for kind in kinds}
    return template, tuple(next(of_kind[kind]) for kind in kinds)


@lru_cache(maxsize=64)
def _with_copies(pack: Pack, file_name: str, counts: tuple[int, ...]) -> WorkbookTemplate:
    """Compiled once for numbers of forms."""
    path = pack.folder / file_name
    kinds = tuple(
        (space.kind, tuple(space.all_names()), n) for space, n in zip(pack.dictionary.forms, counts, strict=True)
    )
    source = (file_name, file_digest(path), kinds)
    return WorkbookTemplate(kept(TEMPLATES).once("workbook", source, lambda: _compiled(pack, path, counts)))


def _compiled(pack: Pack, path: Path, counts: Sequence[int]) -> Compiled:
    parts = open_file(path).package
    copied = parts.parts
    for space, count in zip(pack.dictionary.forms, counts, strict=True):
        sheet = next((s for s, own in parts.names[1].items() if pack.dictionary.form_of(own) is space), "")
        copied = with_copies(copied, sheet, count)
    return compile_workbook(with_code_names(copied) if parts.active_parts else copied)


def fill_workbook(unit: UnitReturn, pack: Pack, file_name: str = FILL_NAME) -> bytes:
    """The filled 填报表 of a return; `file_name` is the plain form or the one with macros.

    Raises:
        UsageError: a table has more rows than the form has room for.
        PackError: the form of the pack has not been built since its names changed.
    """
    unit = with_every_kind(unit, pack)
    refuse_unbuilt(pack, file_name)
    template, sheets = template_with_forms(pack, file_name, [form.space.kind for form in unit.forms])
    writer = _Writer(template)
    figures = compute(unit, pack)
    shared, scoped = template.names
    writer.section(figures.book, shared)
    form_of = dict(zip(sheets, figures.forms, strict=True))
    for sheet, form in form_of.items():
        writer.section(form, scoped[sheet])
    lines = tuple(audit_rows(audit_lines(pack.rules, pack.dictionary), figures, unit))
    writer.audit(lines, shared)
    for sheet in template.sheets:
        writer.other_formulas(sheet, form_of.get(sheet, figures.book).raw, lines)
    return template.render(writer.edits, ANYWHERE)


@lru_cache(maxsize=16)
def refuse_unbuilt(pack: Pack, file_name: str) -> None:
    """A form without cells for all names of its pack is not given out: what is typed there would not be read.

    Raises:
        PackError: it has not been built since the names changed.
    """
    path, names = pack.folder / file_name, tuple(n for space in pack.dictionary.spaces for n in space.all_names())
    if lost := kept().once("unbuilt", (file_digest(path), names), lambda: _lost(path, names)):
        told = f"{'、'.join(lost[:_SHOWN])}{f' 等 {len(lost)} 个' if len(lost) > _SHOWN else ''}"
        raise PackError(
            f"规则包 {pack.id} 的 {file_name} 里没有 {told}。请先运行 jixiao pack check、jixiao pack build。"
        )


def _lost(path: Path, names: Iterable[str]) -> list[str]:
    """The names that a form has no cell for."""
    shared, scoped = open_file(path).names
    have = {*shared, *(name for own in scoped.values() for name in own)}
    return [name for name in names if name not in have]


def with_every_kind(unit: UnitReturn, pack: Pack) -> UnitReturn:
    """The return with a blank form of each kind that it has none of: the next project is filled into it."""
    have = {form.space.kind for form in unit.forms}
    blank = [blank_section(space) for space in pack.dictionary.forms if space.kind not in have]
    return replace(unit, forms=(*unit.forms, *blank))


@dataclass(frozen=True, slots=True)
class _Writer:
    """Collects the edits of one workbook."""

    template: WorkbookTemplate
    edits: defaultdict[str, SheetEdit] = field(default_factory=lambda: defaultdict(SheetEdit))

    def section(self, figures: Figures, areas: Mapping[str, Area]) -> None:
        for name, cell in figures.section.fields.items():
            self._write(
                areas[name],
                areas[name].top,
                cell,
                figures.raw(name),
                computed=figures.raw.space.fields[name].computed,
            )
        for table, spec in figures.raw.space.tables.items():
            rows = figures.section.rows(table)
            self._check_room(table, len(rows), areas[spec.full_name(next(iter(spec.columns)))])
            for column, datum in spec.columns.items():
                values = figures.raw.column(datum.name) if datum.computed else ()
                self._column(areas[datum.name], column, rows, values, computed=datum.computed)

    def _check_room(self, table: str, count: int, area: Area) -> None:
        room = area.bottom - area.top + 1
        if count > room:
            raise UsageError(
                f"“{table}”有 {count} 行，表样只有 {room} 行，装不下。"
                "请在填报表里插入行后直接填写，或请规则维护人加大表样。"
            )

    def _column(
        self, area: Area, column: str, rows: tuple[Row, ...], values: tuple[Value, ...], *, computed: bool
    ) -> None:
        for index in range(area.bottom - area.top + 1):
            if index < len(rows):
                value = values[index] if computed else None
                self._write(area, area.top + index, rows[index].cells[column], value, computed=computed)
            elif computed:
                self._set(area.sheet, area.top + index, area.left, "")

    def _write(self, area: Area, row: int, cell: Cell, value: object, *, computed: bool) -> None:
        if computed and cell.raw is not None:
            self.edits[area.sheet].typed.add((row, area.left))
        self._set(area.sheet, row, area.left, scalar(value) if computed and cell.raw is None else _typed(cell.raw))

    def audit(self, rows: tuple[AuditRow, ...], areas: Mapping[str, Area]) -> None:
        for column, pick in (
            ("左边", "left"),
            ("右边", "right"),
            ("相差", "difference"),
            ("结论", "verdict"),
            ("状态", "state"),
            ("说明", "explanation"),
            ("所指", "subject"),
        ):
            area = areas[f"{AUDIT}{column}"]
            for index, row in enumerate(rows):
                self._set(area.sheet, area.top + index, area.left, getattr(row, pick))

    def other_formulas(self, sheet: str, lookup: View, audit_rows: tuple[AuditRow, ...]) -> None:
        """Mirrors, totals and counts: formulas that stand under no name of the dictionary."""

        def find(name: str) -> object:
            return tuple(r.state for r in audit_rows) if name == STATES else lookup(name)

        values = self.edits[sheet].values
        for row, column, text in self.template.sheets[sheet].formulas():
            if text == MIRROR:
                values[row][column] = ""  # nothing has been pressed yet
            elif sheet != RESULT_SHEET and column not in values[row]:
                value = scalar(worked_out(text, find))  # type: ignore[arg-type]
                if value is not ErrorValue.NAME:  # an office's own formula: the spreadsheet works it out
                    values[row][column] = value

    def _set(self, sheet: str, row: int, column: int, value: Value) -> None:
        self.edits[sheet].values[row][column] = value


def _typed(content: Content) -> Content:
    """What staff gave, as a cell gives it back: a figure with more digits than a number keeps stands as a text."""
    return plain(content) if isinstance(content, Decimal) and not keeps_digits(content) else content
