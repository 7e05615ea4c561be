"""溯源 as lines (溯源表): every printed figure with its source, for the 溯源 sheet, result.json and the review copy.

Lines come from three places: the unit's own figures, the cells that only the report workbook works
out, and what the Word template puts together (占比, 变动, 之和, counts).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from toolkit.core.money import parse_plain, plain
from toolkit.core.patterns import late
from toolkit.engines.formula import decisive, parse
from toolkit.pack import DATE_TEXT, SUMMARY, UNCHECKED, source_column
from toolkit.publishing.document import CONTEXT_TABLES, INFIX, PACK_COLUMNS, chart_formulas, date_text
from toolkit.publishing.trace.origin import (
    Origin,
    Source,
    Spot,
    cells_with_figures,
    label_of,
    operand_text,
    origin_of,
    spots,
    wording,
)
from toolkit.publishing.workbooks import text_formulas
from toolkit.unit import BOOK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from toolkit.core.dictionary import Kind, NameSpace
    from toolkit.core.findings import CellRef
    from toolkit.core.model import Content
    from toolkit.pack import Pack
    from toolkit.publishing.document import Mark, Place, Print, Rendered
    from toolkit.unit import UnitFigures, View

REPORT, DOCUMENT = "自评报表", "自评报告"

Operand = tuple[str, str, "Content"]

_NUMERAL = late(r"\d+(?:[.,]\d+)*%?")

_OF_TWO = frozenset({"占比", "变动"})

_MOST_ADDENDS = 60


class Line(NamedTuple):
    """One figure and its source (溯源行); `operands` are (scope, name, value)."""

    scope: str
    name: str
    value: Content
    source: Source
    cell: CellRef | None = None
    formula: str = ""
    working: str = ""
    note: str = ""
    title: str = ""
    operands: tuple[Operand, ...] = ()
    unit: str = ""  # of money: what the figure counts in

    @property
    def basis(self) -> str:
        """依据 in one text: the formula, the same with the figures put in, and what else to know."""
        row = f"{self.title}：" if self.title and self.working else ""
        told = [self.formula] if self.formula else []
        told += [self.working] if self.working not in {"", self.formula} else []
        text = row + (" → " if "→" in self.formula else " = ").join(told)
        return f"{text}（{self.note}）" if text and self.note else text or self.note


def unit_lines(figures: UnitFigures, pack: Pack) -> list[Line]:
    """The lines of the unit's figures, and of the cells that the report workbook works out."""
    own = (line for one in figures.all for line in _section_lines(one.computed))
    return [*own, *_workbook_lines(figures, pack)]


def _section_lines(view: View) -> Iterator[Line]:
    """Typed numbers and dates, texts with figures, results."""
    scope, money = view.scope, _money_units(view.space)
    for name, row, cell, computed in cells_with_figures(view):
        if not computed:
            yield _typed_line(scope, label_of(name, row), cell.value, cell.ref, money.get(name, ""))
        elif (found := origin_of(Spot(view, name, row))).source is not Source.UNKNOWN:
            yield line_of(found, money.get(name, ""))


@lru_cache(maxsize=64)
def _money_units(space: NameSpace) -> Mapping[str, str]:
    data = ((name, space.datum(name)) for name in space.all_names())
    return {name: datum.unit for name, datum in data if datum is not None and datum.unit}


def _typed_line(scope: str, label: str, value: Content, ref: CellRef, unit: str) -> Line:
    """文字 are staff's words with figures in them."""
    if not isinstance(value, str):
        return Line(scope, label, value, Source.TYPED, ref, unit=unit)
    note = f"文字里的数：{'、'.join(_NUMERAL.findall(value))}"
    return Line(scope, label, None, Source.TEXT, ref, note=note, unit=unit)


def line_of(origin: Origin, unit: str = "") -> Line:
    """The line of a figure of the unit; `unit` is what it counts in, where it is money."""
    spot, source = origin.spot, origin.source
    if source is Source.TEXT:
        return _typed_line(spot.scope, spot.label, spot.cell.value, origin.cell, unit)
    return Line(
        spot.scope,
        spot.label,
        spot.cell.value if source is Source.TYPED else spot.value,
        source,
        origin.cell,
        origin.formula,
        origin.working,
        origin.note,
        spot.title if origin.working else "",
        tuple([(s.scope, s.label, s.value) for s in origin.operands]),
        unit,
    )


def _workbook_lines(figures: UnitFigures, pack: Pack) -> Iterator[Line]:
    """Figures that stand in the report workbook only, for the workbook's sheets and for each project form."""
    book = figures.book.computed.space
    for name, text in text_formulas(pack).items():
        _, sheet, cell = name.split("_", 2)
        names, charts = parse(text).names, chart_formulas(pack)
        if all(n in charts or book.datum(n) for n in names):
            yield from _cell_line(sheet, cell, charts.get(text, text), figures.book.computed)
        for form in (f.computed for f in figures.forms):
            if any(form.space.datum(n) for n in names):
                yield from _cell_line(form.section.sheet, cell, text, form)


def _cell_line(sheet: str, cell: str, formula: str, view: View) -> Iterator[Line]:
    """A cell that only repeats a named figure has that figure's line."""
    value = parse(formula).evaluate(view)
    if not isinstance(value, Decimal):
        return
    reading = decisive(formula, view)
    told, working = wording(reading, view, view)
    if told not in reading.names:
        found = tuple((s.scope, s.label, s.value) for s in spots(view, reading.names))
        yield Line(REPORT, f"「{sheet}」{cell}", value, Source.COMPUTED, None, told, working, operands=found)


def trace_rows(lines: Iterable[Line]) -> list[dict[str, Content]]:
    """The rows of the 溯源 sheet."""
    return [
        {
            "范围": line.scope,
            "名称": line.name,
            "数值": date_text(line.value) if isinstance(line.value, dt.date) else line.value,
            "来源": str(line.source),
            "工作表": line.cell.sheet if line.cell else "",
            "单元格": line.cell.address if line.cell else "",
            "依据": line.basis,
        }
        for line in lines
    ]


def document_lines(document: Rendered, figures: UnitFigures) -> list[Line]:
    """The lines of what the Word template put together, each once."""
    places = Places(figures)
    made = (print_line(p, places) for p in document.composed)
    return list({(line.name, str(line.value)): line for line in made}.values())


class _Behind(NamedTuple):
    """What stands behind a place of the context: a figure of the unit, and as what it goes into a formula."""

    spot: Spot | None
    operand: Operand
    kind: Kind | None = None


class Places(dict["Place", _Behind]):
    """What stands behind the places of a report, each looked up once: its words ask 470 times for a unit's 118."""

    def __init__(self, figures: UnitFigures) -> None:
        """Of one unit."""
        super().__init__()
        self.figures = figures

    def __missing__(self, place: Place) -> _Behind:
        """A place that is asked for the first time."""
        view = self.figures.all[place.scope].computed
        spot, label = _spot(place, view), _label(place)
        found = _Behind(None, (view.scope, label, None))
        if spot:
            datum = spot.datum
            found = _Behind(spot, (view.scope, spot.label, spot.value), datum.kind if datum else None)
        self[place] = found
        return found


def print_line(printed: Print, places: Places) -> Line:
    """Where one printed text of the report comes from."""
    mark = printed.mark
    if mark is None:
        return Line(DOCUMENT, printed.text, printed.text, Source.NONE, note="模板里拼成的文字，没有记下出处")
    if mark.place:
        return _placed(mark.place, printed.text, places[mark.place].spot)
    given = mark.operands
    operands = tuple(dict.fromkeys(_operands(given, places)))
    value = printed.text if isinstance(mark.value, str) else Decimal(mark.value)
    sides = [_named(o, places) for o in given]
    formula = _worked(mark.word, sides) if mark.word in _OF_TWO else ""
    working, name = _worked(mark.word, [_value(o, places) for o in given]), _composed(mark.word, given, sides, places)
    return Line(DOCUMENT, name, value, Source.COMPUTED, None, formula, working, operands=operands)


def _placed(place: Place, text: str, spot: Spot | None) -> Line:
    if spot:
        return line_of(origin_of(spot))
    if place.name.partition("_")[0] in CONTEXT_TABLES or place.name in {SUMMARY, UNCHECKED}:
        return Line(DOCUMENT, _label(place), text, Source.AUDIT, note="审核规则与审核结果")
    column = place.name.rpartition("_")[2]
    note = "规则包规定的一级指标分值" if column in PACK_COLUMNS else "规则包的设置"
    return Line(DOCUMENT, _label(place), text, Source.PACK, note=note)


def _spot(place: Place, view: View) -> Spot | None:
    """The figure behind a place of the context; a report's own columns lead to the columns they show."""
    table, _, column = place.name.partition("_")
    name = view.space.roles.filed_on if place.name == DATE_TEXT else place.name
    if place.row is not None and table in view.space.tables:
        spec = view.space.tables[table]
        name = spec.full_name(source_column(column, spec.roles))
    return Spot(view, name, place.row) if view.space.datum(name) else None


def _label(place: Place) -> str:
    return label_of(place.name, place.row)


def _operands(given: tuple[Mark | str, ...], places: Places) -> Iterator[Operand]:
    for operand in given:
        if isinstance(operand, str):
            continue
        if operand.place:
            yield places[operand.place].operand
        else:
            yield from _operands(operand.operands, places)


def _named(mark: Mark | str, places: Places) -> str:
    """占比(甲, 乙), 之和(丙), 之和(丁) + 10."""
    if isinstance(mark, str):
        return mark
    if mark.place:
        scope = places[mark.place].operand[0] if mark.place.scope else ""
        return f"{scope}:{_label(mark.place)}" if scope else _label(mark.place)
    given = mark.operands
    return _composed(mark.word, given, [_named(o, places) for o in given], places)


def _composed(word: str, given: tuple[Mark | str, ...], sides: list[str], places: Places) -> str:
    return f" {word} ".join(sides) if word in INFIX else f"{word}({_joined(given, sides, places.figures)})"


def _joined(given: tuple[Mark | str, ...], sides: list[str], figures: UnitFigures) -> str:
    """A whole column is told by its name, rows of it by their numbers."""
    places = [o.place for o in given if not isinstance(o, str) and o.place]
    columns = {(p.scope, p.name) for p in places if p.row is not None}
    if len(columns) != 1 or len(places) != len(given):
        return "，".join(sides)
    (scope, name), rows = next(iter(columns)), [p.row for p in places]
    table = name.partition("_")[0]
    kinds = {form.section.space.listed: form.section.space.kind for form in figures.forms}
    filled = len(figures.of(kinds[table]) if table in kinds else figures.all[scope].section.rows(table))
    own = f"{figures.all[scope].computed.scope}:{name}" if scope else name
    numbers = "、".join(str((r or 0) + 1) for r in rows)
    return own if len(rows) == filled else f"{own} 第 {numbers} 行"


def _worked(word: str, sides: list[str]) -> str:
    """The working of a template's word over its operands: 576.83 ÷ 882.80."""
    match word:
        case "占比":
            return " ÷ ".join(sides)
        case "变动":
            return f"{sides[0]} − {sides[1]}，差额 ÷ {sides[1]}"
        case "计数":
            return f"共 {len(sides)} 行"
        case "之和":
            return " + ".join(sides) if len(sides) <= _MOST_ADDENDS else f"{len(sides)} 个数之和"
    return f" {word} ".join(sides)


def _value(mark: Mark | str, places: Places) -> str:
    if isinstance(mark, str):
        return mark
    given = mark.operands if mark.word == "之和" else ()
    if len(given) > 1:
        return f"({_worked(mark.word, [_value(o, places) for o in given])})"
    return operand_text(mark.value, places[mark.place].kind if mark.place else None)


def comment(printed: Print, figures: UnitFigures) -> str:
    """What the review copy says beside a printed figure."""
    line = print_line(printed, Places(figures))
    scope = "" if line.scope in {BOOK, DOCUMENT} else f"{line.scope}："
    if line.source is Source.TEXT:
        return f"文字：填报人写的，见{line.cell}（{scope}{line.name}）"
    told = [f"{line.source}：{scope}{line.name}"]
    told += [f"单元格{line.cell}"] if line.cell else []
    told += [line.basis] if line.basis else []
    exact = line.value if line.working and isinstance(line.value, Decimal) else None
    told += [f"值 {plain(exact)}"] if exact is not None and parse_plain(printed.text) != exact else []
    return "\n".join(told)
