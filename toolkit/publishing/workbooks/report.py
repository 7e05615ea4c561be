"""自评报表 report workbook: the pack's template with the unit's computed figures written into its bound cells."""

from __future__ import annotations

from collections import defaultdict
from functools import cache, lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

from toolkit.audit import scalar
from toolkit.core.dictionary import TableRole
from toolkit.core.findings import NO_ROOM, Finding, Severity
from toolkit.core.kept import TEMPLATES, kept
from toolkit.core.light import dataclass, field
from toolkit.engines.formula import ErrorValue, parse, worked_out
from toolkit.engines.xlsx import SheetEdit, address, link_to
from toolkit.pack import PUBLIC_NAME, REPORT_NAME, TEXTS, Role, pack_digest
from toolkit.publishing.workbooks.fill import template_with_forms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from toolkit.core.dictionary import Dictionary
    from toolkit.engines.formula import Value as FormulaValue
    from toolkit.engines.xlsx import Area, Value, WorkbookTemplate
    from toolkit.pack import Pack, SheetForm
    from toolkit.publishing.document import PrintedRow, Report, Scope

    Lookup = Callable[[str], FormulaValue]

_LINKED = "单元格"

_SQUEEZE = 0.75  # a form that nearly fits its pages fits them


_SURE = 100  # characters that stand in a cell, however narrow

_FILE = "{file}"


def report_workbook(report: Report, pack: Pack, feedback_name: str) -> bytes:
    """Fill the report template. `feedback_name` is the file that the links of 审核结果 lead to."""
    return _filled(report, REPORT_NAME, pack, feedback_name)


def public_workbook(report: Report, pack: Pack) -> bytes:
    """Fill the template of the public edition, which has no internal sheets."""
    return _filled(report, PUBLIC_NAME, pack, "")


def _filled(report: Report, file_name: str, pack: Pack, feedback_name: str) -> bytes:
    template, sheets = template_with_forms(pack, file_name, [form.kind for form in report.forms])
    kind = "report" if feedback_name else "public"
    writer = _Writer(template, pack.dictionary, text_formulas(pack, kind), feedback_name)
    book, (shared, scoped) = report.sheet, template.names
    writer.scope(book, shared, book)
    of_sheet = dict(zip(sheets, report.forms, strict=True))
    for sheet, form in of_sheet.items():
        writer.scope(form, scoped[sheet], book)
    for sheet in template.sheets:
        writer.formulas(sheet, of_sheet.get(sheet, book), book)
        writer.edits[sheet].squeeze = _SQUEEZE
    return template.render(writer.edits)


def beyond_room(report: Report, pack: Pack, file_name: str = REPORT_NAME) -> list[Finding]:
    """T07: what a template of the pack cannot print of a report is told, never silently left out."""
    template, sheets = template_with_forms(pack, file_name, [form.kind for form in report.forms])
    shared, scoped = template.names
    title, told = file_name.removesuffix(".xlsx"), list(_beyond(report.sheet, shared, template))
    for sheet, form in zip(sheets, report.forms, strict=True):
        told += _beyond(form, scoped[sheet], template)
    return [Finding(NO_ROOM, Severity.ERROR, (), f"{words.replace(_FILE, title)}[{NO_ROOM}]") for words in told]


def _beyond(scope: Scope, areas: Mapping[str, Area], template: WorkbookTemplate) -> Iterator[str]:
    """Tables with more rows than there is room for, texts that are longer than a row can be tall."""
    rooms: dict[str, int] = {}
    for name, area in areas.items():
        table, _, column = name.partition("_")
        rows = scope.tables.get(table)
        own: Iterable[Any] = (scope.fields.get(name),)
        if rows is not None:
            room = rooms.setdefault(table, _room(area))
            own = [row.get(column) for row in rows[:room]]
        for number, text in enumerate(own):
            if not isinstance(text, str) or len(text) <= _SURE:
                continue
            if not template.sheets[area.sheet].measures.takes(area.top + number, area.left, text):
                where = f"“{table}”第 {number + 1} 行的一格" if rows else f"“{name.replace('_', '·')}”"
                yield f"{where}有 {len(text)} 个字，{_FILE}里印不下，最后的字印不出来。请把文字写短些。"
    for table, room in rooms.items():
        count = len(scope.tables[table])
        if count > room:
            more = "多出的没有印出。请合并行，或请规则维护人加大报表。"
            yield f"“{table}”有 {count} 行，{_FILE}只能印 {room} 行，{more}"


@lru_cache(maxsize=16)
def text_formulas(pack: Pack, kind: str = "report") -> Mapping[str, str]:
    """Name of a text cell → the formula that words it; such cells name data that the report holds in no cell."""
    source = (pack_digest(pack), kind)
    found: dict[str, str] = kept(TEMPLATES).once("text formulas", source, lambda: _worded(pack.forms(kind)))
    return found


def _worded(forms: Iterable[SheetForm]) -> dict[str, str]:
    drawn = ((form.name, c) for form in forms for c in form.cells if c.role is Role.FORMULA)
    return {f"{TEXTS}{name}_{address(c.row, c.column)}": c.text for name, c in drawn}


def lookup_in(*scopes: Scope) -> Lookup:
    """Names for the formula engine, nearest scope first; each is looked for once."""

    @cache
    def find(name: str) -> Any:  # noqa: ANN401 - any value of a report
        table, _, column = name.partition("_")
        for scope in scopes:
            if table in scope.tables:
                return tuple(_plain(row.get(column)) for row in scope.tables[table])
            if name in scope.fields:
                return _plain(scope.fields[name])
        return ErrorValue.NAME

    return find


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value of a context
    return value.isoformat() if hasattr(value, "isoformat") else value


@dataclass(frozen=True, slots=True)
class _Writer:
    template: WorkbookTemplate
    dictionary: Dictionary
    texts: Mapping[str, str]
    feedback_name: str
    edits: defaultdict[str, SheetEdit] = field(default_factory=lambda: defaultdict(SheetEdit))

    def scope(self, scope: Scope, areas: Mapping[str, Area], book: Scope) -> None:
        """Write every bound name of one scope."""
        tables: dict[str, dict[str, Area]] = {}
        own, lookup = lookup_in(scope), lookup_in(scope, book)
        for name, area in areas.items():
            table, _, column = name.partition("_")
            if name in self.texts:
                self._set(area, area.top, scalar(parse(self.texts[name]).evaluate(lookup)))
            elif table in scope.tables:
                tables.setdefault(table, {})[column] = area
            elif name in scope.fields:
                self._field(name, area, scope.fields[name], own)
        for table, columns in tables.items():
            self._table(scope.tables[table], columns, self._grouped(table, scope))

    def _field(self, name: str, area: Area, value: Value, lookup: Lookup) -> None:
        datum = self.dictionary.datum(name)
        if datum and datum.computed and self._differs(area, value, lookup):
            self.edits[area.sheet].typed.add((area.top, area.left))
        self._set(area, area.top, value)

    def _differs(self, area: Area, value: Value, lookup: Lookup) -> bool:
        """A total that stands as submitted, or over withheld parts, must not be recalculated by Excel."""
        text = self.template.sheets[area.sheet].formula_texts.get((area.top, area.left), "")
        return bool(text) and value is not None and parse(text).evaluate(lookup) != value

    def _grouped(self, table: str, scope: Scope) -> tuple[str, ...]:
        """The columns of indicators that are merged over rows of one group."""
        space = self.dictionary.scope(scope.kind)
        spec = space.tables.get(table)
        known = spec is not None and spec.role is TableRole.INDICATORS
        return ("一级文本", *filter(None, (spec.roles.first, spec.roles.second))) if spec and known else ()

    def _table(self, rows: list[PrintedRow], columns: Mapping[str, Area], grouped: tuple[str, ...]) -> None:
        area = next(iter(columns.values()))
        room = _room(area)
        for sheet in dict.fromkeys(place.sheet for place in columns.values()):
            values = self.edits[sheet].values
            here = {column: place.left for column, place in columns.items() if place.sheet == sheet}
            for number, row in enumerate(rows[:room], area.top):
                values[number] |= zip(here.values(), map(row.get, here), strict=False)
        self.edits[area.sheet].hidden.update(range(area.top + max(1, len(rows)), area.bottom + 1))
        self._merge_groups(rows[:room], columns, grouped)
        if _LINKED in columns:
            self._link(rows[:room], columns[_LINKED])

    def _merge_groups(self, rows: list[PrintedRow], columns: Mapping[str, Area], grouped: tuple[str, ...]) -> None:
        """一级、二级指标 of consecutive rows stand in one merged cell, as on the printed form."""
        for depth, column in enumerate(grouped):
            if column not in columns:
                continue
            place, start = columns[column], columns[column].top
            keys = [tuple(str(row.get(c) or "") for c in grouped[: depth + 1]) for row in rows]
            for key, group in groupby(keys):
                size = len(list(group))
                if size > 1 and key[-1]:
                    self.edits[place.sheet].groups.append((place.left, start, start + size - 1))
                    for row in range(start + 1, start + size):
                        self._set(place, row, None)
                start += size

    def _link(self, rows: list[PrintedRow], place: Area) -> None:
        edit = self.edits[place.sheet]
        edit.link_target = self.feedback_name
        for number, row in enumerate(rows, place.top):
            if first := row.get(_LINKED):
                edit.links.append((address(number, place.left), link_to(row["工作表"], first)))

    def formulas(self, sheet: str, form: Scope, book: Scope) -> None:
        """Cached values of the template's other formulas."""
        values, lookup = self.edits[sheet].values, lookup_in(form, book)
        for row, column, text in self.template.sheets[sheet].formulas():
            if column not in values[row]:
                value = scalar(worked_out(text, lookup))
                if value is not ErrorValue.NAME:
                    values[row][column] = value

    def _set(self, area: Area, row: int, value: Value) -> None:
        self.edits[area.sheet].values[row][area.left] = value


def _room(area: Area) -> int:
    return area.bottom - area.top + 1
