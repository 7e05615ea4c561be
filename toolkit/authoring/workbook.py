"""Build a pack's workbooks (制表): 填报表.xlsx to fill in and 自评报表.xlsx to publish, from the drawn forms.

Every bound cell gets a defined name; every computed cell gets the pack's formula as a plain live
formula. openpyxl is used here, where nobody's data is at stake, and never on a user's file.
"""

from __future__ import annotations

import datetime as dt
import io
from copy import copy
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.chart.axis import ChartLines
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.drawing.line import LineProperties
from openpyxl.packaging.custom import StringProperty
from openpyxl.utils import absolute_coordinate, get_column_letter

from toolkit.authoring import looks
from toolkit.authoring.audit_sheets import add_audit_sheets, mark_form
from toolkit.authoring.buttons import mark_errors, mark_others
from toolkit.authoring.looks import define, protect, set_page
from toolkit.core.dictionary import Datum, Kind
from toolkit.engines.formula import parse, rewrite
from toolkit.engines.xlsx import inflate, lines_of, normalise_package, parse_xml, write_parts, xml_bytes
from toolkit.pack import (
    LISTS,
    STAMP,
    STAMP_FORM,
    STAMP_VERSION,
    STAMP_YEAR,
    TEXTS,
    FormCell,
    Role,
    SheetForm,
    Style,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from openpyxl.cell import Cell
    from openpyxl.styles.cell_style import StyleArray
    from openpyxl.worksheet.datavalidation import DataValidation
    from openpyxl.worksheet.worksheet import Worksheet

    from toolkit.pack import Narrowed, Pack

_LISTS_SHEET = "代码"

_WIDE = 30  # a first column this wide holds row heads that read from the left

_LONG_LIST = 15  # a list this long may run over a page, so its head is repeated

_GREYS = ("D0D0D0", "595959")  # what was to be, what came of it

_LINE, _MARGIN = 13.0, 6.0  # points

_CHART_ROWS = 22  # charts hang below the table that feeds them

_FIXED_DATE = dt.datetime(2024, 1, 1)  # noqa: DTZ001 - the zip and core properties want a naive fixed stamp

# Columns that only the report shows: put together from staff's columns.
DERIVED_KINDS = {
    "偏差说明": Kind.LONG,
    "说明": Kind.LONG,
    "内容": Kind.LONG,
    "原因": Kind.LONG,
    "依据": Kind.LONG,
}


def fill_book(pack: Pack, forms: Sequence[SheetForm], *, buttons: bool = False) -> Workbook:
    """The fill-in workbook, with cells for marks where it gets `buttons`."""
    book = _new_book(pack, "填报表")
    bound = {name for form in forms for name in form.names()}
    for form in forms:
        _SheetBuilder(pack, book, form, bound, filling=True).build()
        if buttons:
            mark_errors(book[form.name], form)
        mark_form(book[form.name], form, pack)
        if buttons:
            mark_others(book[form.name], form)
    add_audit_sheets(book, pack, bound)
    _add_lists(book, pack)
    return book


def report_bytes(pack: Pack, forms: Sequence[SheetForm], name: str) -> bytes:
    """自评报表.xlsx, or the public edition's 公开报表.xlsx, as bytes."""
    book = _new_book(pack, name.removesuffix(".xlsx"))
    bound = {n for form in forms for n in form.names()}
    for form in forms:
        _SheetBuilder(pack, book, form, bound, filling=False).build()
    return book_bytes(book, [chart["title"] for form in forms for chart in form.charts])


def _new_book(pack: Pack, form: str) -> Workbook:
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator = "jixiao"
    book.properties.title = f"{pack.title}·{form}"
    for key, value in {
        "规则包": pack.id,
        "规则包版本": pack.version,
        "年度": str(pack.year),
        "表样编号": form,
    }.items():
        book.custom_doc_props.append(StringProperty(name=key, value=value))  # type: ignore[attr-defined]
    return book


def book_bytes(book: Workbook, pictures: Sequence[str] = ()) -> bytes:
    """With fixed times, so that a rebuild gives the same bytes; `pictures` are what the charts show, in order."""
    book.properties.created = _FIXED_DATE
    buffer = io.BytesIO()
    book.save(buffer)
    return _described(normalise_package(buffer.getvalue()), pictures)


def _described(data: bytes, pictures: Sequence[str]) -> bytes:
    """Each chart with a text for those who cannot see it, which openpyxl does not write."""
    parts, told = dict(inflate(data)), iter(pictures)
    for name in sorted(n for n in parts if n.startswith("xl/drawings/drawing")):
        root = parse_xml(parts[name], name)
        for chart, text in zip(root.iter("{*}cNvPr"), told, strict=False):
            chart.set("descr", text)
        parts[name] = xml_bytes(root)
    return write_parts(parts.items())


def _add_lists(book: Workbook, pack: Pack) -> None:
    """Hidden 代码 sheet: drop-down lists and the version stamp, each under a defined name."""
    sheet = book.create_sheet(_LISTS_SHEET)
    sheet.sheet_state = "hidden"
    stamp = {
        STAMP: pack.id,
        STAMP_VERSION: pack.version,
        STAMP_YEAR: str(pack.year),
        STAMP_FORM: "填报表",
    }
    for row, (name, value) in enumerate(stamp.items(), 1):
        sheet.cell(row, 1, name)
        sheet.cell(row, 2, value)
        define(book, name, sheet, 2, row, 2, row)
    for column, (name, words) in enumerate(pack.lists.items(), 4):
        sheet.cell(1, column, name)
        for row, word in enumerate(words, 2):
            sheet.cell(row, column, word).data_type = "s"
        define(book, f"{LISTS}{name}", sheet, column, 2, column, len(words) + 1)
    _add_narrowed(book, pack, sheet, 4 + len(pack.lists))


def _add_narrowed(book: Workbook, pack: Pack, sheet: Worksheet, column: int) -> None:
    """The lists that hold what one word of another column leaves of a list."""
    for name in pack.narrowing:
        narrowed = pack.narrowed(name)
        for title, words in _narrow_lists(pack, name, narrowed).values() if narrowed else ():
            sheet.cell(1, column, title)
            for row, word in enumerate(words, 2):
                sheet.cell(row, column, word).data_type = "s"
            define(book, title, sheet, column, 2, column, len(words) + 1)
            column += 1


def _list_name(pack: Pack, name: str) -> str:
    choices = pack.choices(name)
    return LISTS + next(k for k, v in pack.lists.items() if v == choices)


def _narrow_lists(pack: Pack, name: str, narrowed: Narrowed) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Word of the other column → the name of the list for it, and what is in it."""
    whole = _list_name(pack, name)
    return {word: (f"{whole}_{i}", words) for i, (word, words) in enumerate(narrowed.words.items(), 1)}


class _SheetBuilder:
    """Draws one sheet."""

    def __init__(self, pack: Pack, book: Workbook, form: SheetForm, bound: set[str], *, filling: bool) -> None:
        self.pack, self.form, self.bound, self.filling = pack, form, bound, filling
        sheet = self.sheet = book.create_sheet(form.name)
        self.validations: dict[str, DataValidation] = {}
        self.worn: dict[Hashable, StyleArray] = {}
        self.owner: Workbook | Worksheet = sheet if form.form else book

    def build(self) -> None:
        for cell in self.form.cells:
            self._draw(cell)
        for area in self.form.tables.values():
            for column, index in area.columns.items():
                self._define(f"{area.name}_{column}", index, area.first, index, area.last)
        for index, width in enumerate(self.form.widths, 1):
            self.sheet.column_dimensions[get_column_letter(index)].width = width
        for row in range(1, self.form.rows + 1):
            self.sheet.row_dimensions[row].height = max(self.form.heights.get(row, 20), self._needed(row))
        for chart in self.form.charts:
            self._chart(chart)
        self._page()

    def _needed(self, row: int) -> float:
        """What the words of a row need at their widths, whatever its drawing says."""
        labels = (c for c in self.form.cells if c.row == row and c.rows == 1 and c.role is Role.LABEL)
        widths = self.form.widths
        lines = [lines_of(c.text, sum(widths[c.column - 1 : c.column - 1 + c.columns])) for c in labels if c.text]
        return _LINE * max(lines, default=1) + _MARGIN

    def _draw(self, spec: FormCell) -> None:
        cell = self.sheet.cell(spec.row, spec.column)
        if spec.role in {Role.LABEL, Role.NUMBER}:
            self._label(cell, spec)
        elif spec.role is Role.FORMULA:
            looks.style_label(cell, spec.style)
            self._formula(cell, spec)
        else:
            self._datum(cell, spec)
        if spec.rows > 1 or spec.columns > 1:
            down, right = spec.row + spec.rows - 1, spec.column + spec.columns - 1
            self.sheet.merge_cells(start_row=spec.row, start_column=spec.column, end_row=down, end_column=right)

    def _label(self, cell: Cell, spec: FormCell) -> None:
        if spec.text.startswith("=") and spec.style is Style.LEGEND:
            colour = {"=input": looks.INPUT, "=computed": looks.COMPUTED, "=choice": looks.INPUT}[spec.text]
            looks.style_value(cell, None, colour, locked=True)
            cell.value = {"=choice": "▼", "=computed": "0.00"}.get(spec.text, "")
            return
        if spec.role is Role.NUMBER:
            first = next(c.row for c in self.form.cells if c.role is Role.NUMBER and self._same_list(c, spec))
            cell.value = spec.row - first + 1
        elif _is_number(spec.text):
            cell.value = float(spec.text) if "." in spec.text else int(spec.text)
        else:
            cell.value = spec.text or None
        left = spec.column == 1 and spec.style is Style.BODY and self.form.widths[0] >= _WIDE
        inward = looks.is_indented(cell)
        self._dress(cell, (spec.style, left, inward), lambda: looks.style_label(cell, spec.style, left=left))

    def _same_list(self, one: FormCell, other: FormCell) -> bool:
        return any(a.first <= one.row <= a.last and a.first <= other.row <= a.last for a in self.form.tables.values())

    def _dress(self, cell: Any, look: Hashable, style: Callable[[], None]) -> None:  # noqa: ANN401 - no stub has `_style`
        """Thousands of cells look alike, and openpyxl works a look out slowly: once per sheet is enough.

        A merge takes its borders from its first and its last cell, and drops all but the first.
        """
        fresh = not cell.has_style
        if fresh and look in self.worn:
            cell._style = copy(self.worn[look])  # noqa: SLF001 - as openpyxl itself copies a sheet
            return
        style()
        if fresh:
            self.worn[look] = cell._style  # noqa: SLF001

    def _dress_value(self, cell: Cell, kind: Kind | None, colour: str | None, *, locked: bool) -> None:
        self._dress(cell, (kind, colour, locked), lambda: looks.style_value(cell, kind, colour, locked=locked))

    def _formula(self, cell: Cell, spec: FormCell) -> None:
        names = parse(spec.text).names
        live = self.filling or all(n in self.bound for n in names)
        if spec.style in {Style.BODY, Style.LIST, Style.HEAD}:
            kind = Kind(spec.kind) if spec.kind else self._kind_of_mirror(names, spec.text)
            self._dress_value(cell, kind, looks.COMPUTED if self.filling else None, locked=True)
        if live and spec.text in names:
            cell.value = f'=IF({spec.text}="","",{spec.text})'
        elif live:
            cell.value = f"={spec.text}"
        else:
            self._define(f"{TEXTS}{self.form.name}_{cell.coordinate}", spec.column, spec.row, spec.column, spec.row)

    def _kind_of_mirror(self, names: tuple[str, ...], text: str) -> Kind | None:
        datum = self.pack.dictionary.datum(names[0]) if len(names) == 1 and text == names[0] else None
        return datum.kind if datum and datum.kind is not Kind.TEXT else None

    def _datum(self, cell: Cell, spec: FormCell) -> None:
        name = spec.text.replace(".", "_")
        datum = self.pack.dictionary.datum(name) or Datum(name, DERIVED_KINDS.get(name.rpartition("_")[2], Kind.TEXT))
        colour = (looks.COMPUTED if datum.computed else looks.INPUT) if self.filling else None
        kind = Kind.LONG if not self.filling and datum.kind is Kind.TEXT and spec.columns > 1 else datum.kind
        # A row that is inserted has no formula; in an unlocked cell Ctrl+D brings it down from the row above.
        self._dress_value(cell, kind, colour, locked=datum.computed and spec.role is not Role.COLUMN)
        if spec.role is Role.NAME:
            self._define(name, spec.column, spec.row, spec.column, spec.row)
        if datum.computed:
            self._computed(cell, spec, name)
        elif self.filling:
            self._validate(spec, datum)

    def _computed(self, cell: Cell, spec: FormCell, name: str) -> None:
        formula = self.pack.compute[name]
        if spec.role is Role.COLUMN:
            if self.filling:
                cell.value = "=" + rewrite(formula, lambda n: self._in_row(n, spec.row))
                self._add_validation(spec, "computed", looks.computed_validation())
        elif self.filling or all(n in self.bound for n in parse(formula).names):
            cell.value = "=" + formula

    def _in_row(self, name: str, row: int) -> str:
        table, _, column = name.partition("_")
        area = self.form.tables.get(table)
        return f"${get_column_letter(area.columns[column])}{row}" if area and column in area.columns else name

    def _validate(self, spec: FormCell, datum: Datum) -> None:
        if self.pack.choices(datum.name) is not None:
            source = self._choices(datum.name)
            key, made = source, looks.choice_validation(source)
        elif datum.kind is Kind.DATE:
            key, made = "date", looks.date_validation()
        elif datum.kind.is_number:
            key, made = datum.kind.value, looks.number_validation(datum.kind)
        else:
            return
        self._add_validation(spec, key, made)

    def _add_validation(self, spec: FormCell, key: str, made: DataValidation) -> None:
        if key not in self.validations:
            self.validations[key] = made
            self.sheet.add_data_validation(made)
        self.validations[key].add(self.sheet.cell(spec.row, spec.column).coordinate)

    def _choices(self, name: str) -> str:
        """Where a drop-down takes its words from: a list, or one of several by what the row says in another column.

        The references are those of the column's first row; every program moves them along with the row.
        """
        whole, narrowed = _list_name(self.pack, name), self.pack.narrowed(name)
        area = self.form.tables.get(name.partition("_")[0])
        other = area.columns.get(narrowed.by.partition("_")[2]) if area and narrowed else None
        if area is None or narrowed is None or other is None:
            return whole
        source = whole
        for word, (title, _) in reversed(_narrow_lists(self.pack, name, narrowed).items()):
            source = f'IF(${get_column_letter(other)}{area.first}="{word}",{title},{source})'
        return source

    def _define(self, name: str, *area: int) -> None:
        define(self.owner, name, self.sheet, *area)

    def _chart(self, spec: Mapping[str, str]) -> None:
        """A bar chart: one series per column, its name in the head row; greys that keep apart in any print."""
        chart = BarChart()
        chart.title, chart.height, chart.width = spec["title"], 8.2, 14
        chart.add_data(self._reference(spec["data"]), titles_from_data=True)
        chart.set_categories(self._reference(spec["labels"]))
        chart.y_axis.scaling.min = 0  # a cut axis makes 98% look like half
        chart.x_axis.delete = chart.y_axis.delete = False
        chart.legend.position, chart.gapWidth, chart.overlap = "b", 60, 0
        chart.y_axis.majorGridlines = ChartLines(GraphicalProperties(ln=LineProperties(solidFill="D9D9D9")))
        for series, grey in zip(chart.series, _GREYS, strict=False):
            series.graphicalProperties = GraphicalProperties(solidFill=grey, ln=LineProperties(solidFill="404040"))
            series.dLbls = DataLabelList(showVal=True, showSerName=False, showCatName=False, showLegendKey=False)
        self.sheet.add_chart(chart, spec["anchor"])

    def _reference(self, area: str) -> Reference:
        return Reference(range_string=f"'{self.form.name}'!{absolute_coordinate(area)}")

    def _page(self) -> None:
        sheet, form = self.sheet, self.form
        sheet.sheet_view.showGridLines = False
        if form.freeze:
            sheet.freeze_panes = f"A{form.freeze}"
        set_page(sheet, landscape=form.landscape, pages=form.pages or bool(form.charts))
        # Only the last list of a sheet: the head of another would stand again over what follows it.
        final = max(form.tables.values(), key=lambda a: a.first, default=None)
        head = final.first - 1 if final and final.last - final.first > _LONG_LIST else 0
        if head:
            sheet.print_title_rows = f"{head}:{head}"
        last = form.rows + (_CHART_ROWS if form.charts else 0)
        if form.hidden:  # LibreOffice prints a hidden sheet that has a print area
            sheet.sheet_state = "hidden"
        else:
            sheet.print_area = f"A1:{get_column_letter(len(form.widths))}{last}"
        if self.filling:
            protect(sheet)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()
