"""Damaged workbooks for 移表 (造残表): every input cell holds a value of its own, so that its way can be followed."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import openpyxl
from openpyxl.cell import Cell
from openpyxl.utils import get_column_letter

from toolkit.core.dictionary import Kind
from toolkit.core.words import as_text
from toolkit.pack.finding import default_pack
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import unit_from_json

if TYPE_CHECKING:
    from random import Random

    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from toolkit.core.dictionary import Datum, NameSpace
    from toolkit.core.model import Section

ROWS = 4
# Names whose cells cannot hold a value of their own.
_SHARED = frozenset({Kind.CHOICE, Kind.YESNO, Kind.DATE, Kind.YEAR})


def _value(datum: Datum, number: int) -> object:
    """A value that stands in no other cell; choices are the same for all."""
    choices = default_pack().choices(datum.name)
    if choices:
        return choices[number % len(choices)]
    if datum.kind is Kind.YEAR:
        return Decimal(default_pack().year)
    if datum.kind is Kind.DATE:
        return f"{2001 + number % 20}-0{1 + number % 9}-{10 + number % 18}"
    if datum.kind is Kind.LONG:
        return f"第{number}号情况：已按要求完成，另见第{number}号材料。"
    if datum.kind is Kind.TEXT:
        return f"甲{number}乙"
    return Decimal(100000 + number) / (1 if datum.kind in {Kind.COUNT, Kind.YEAR} else 100)


def _section(space: NameSpace, start: int) -> dict[str, Any]:
    counter = iter(range(start, start + 10000))
    fields = {n: _value(d, next(counter)) for n, d in space.fields.items() if not d.computed}
    tables = {
        t: [
            {c: _value(d, next(counter)) for c, d in spec.columns.items() if not d.computed}
            for _ in range(1 if t == "所属单位" else ROWS)
        ]
        for t, spec in space.tables.items()
    }
    return {"fields": fields, "tables": tables}


@cache
def marked_data() -> dict[str, Any]:
    """The JSON of a unit in which every number and text is different."""
    pack = default_pack()
    return {
        "pack": pack.id,
        **_section(pack.dictionary.book, 1000),
        "project_forms": [_section(pack.dictionary.form, 20000)],
    }


@cache
def marked_workbook() -> bytes:
    """The same, filled."""
    return fill_workbook(unit_from_json(marked_data(), default_pack()), default_pack())


@dataclass(slots=True)
class Damaged:
    """A damaged workbook; `kept` says that a person still finds every value under its label."""

    book: Workbook
    told: list[str] = field(default_factory=list)
    kept: bool = True

    def data(self) -> bytes:
        """The bytes, as openpyxl saves them."""
        stream = io.BytesIO()
        self.book.save(stream)
        return stream.getvalue()

    def texts(self) -> set[str]:
        """What still stands in it."""
        values = (c.value for s in self.book.worksheets for row in s.iter_rows() for c in row)
        return {as_text(Decimal(f"{v:.15g}") if isinstance(v, (int, float)) else v) for v in values if v is not None}  # type: ignore[arg-type]


def damage(random: Random, count: int) -> Damaged:
    """The marked workbook with `count` kinds of damage, one after another."""
    found = Damaged(openpyxl.load_workbook(io.BytesIO(marked_workbook())))
    for kind in random.sample(KINDS, count):
        kind(found, random)
    return found


def _sheet(found: Damaged, random: Random) -> Worksheet:
    named = [s for s in found.book.worksheets if s.max_row > 6 and s.sheet_state == "visible"][:9]
    return random.choice(named)


def some_names(found: Damaged, random: Random) -> None:
    """Some defined names are gone."""
    for name in random.sample(sorted(found.book.defined_names), min(40, len(found.book.defined_names))):
        del found.book.defined_names[name]
    found.told.append("删了 40 个名称")


def all_names(found: Damaged, _: Random) -> None:
    """All defined names are gone."""
    found.book.defined_names.clear()
    for sheet in found.book.worksheets:
        sheet.defined_names.clear()
    found.told.append("删了全部名称")


def renamed(found: Damaged, random: Random) -> None:
    """Sheets have other titles; openpyxl leaves the names pointing at the old ones."""
    for number, sheet in enumerate(found.book.worksheets):
        if random.random() < 0.4:
            sheet.title = f"表{number}"
    found.told.append("改了工作表的名字")


def removed_sheet(found: Damaged, random: Random) -> None:
    """One sheet is gone."""
    sheet = _sheet(found, random)
    found.book.remove(sheet)
    found.told.append(f"删了工作表 {sheet.title}")


def inserted_rows(found: Damaged, random: Random) -> None:
    """Rows are put in by a program that moves neither names nor merged cells."""
    sheet = _sheet(found, random)
    row = random.randrange(1, sheet.max_row)
    sheet.insert_rows(row, random.randrange(1, 4))
    found.told.append(f"{sheet.title} 第 {row} 行前插入行")
    found.kept = False  # a merged head that stayed behind no longer covers its columns


def inserted_columns(found: Damaged, random: Random) -> None:
    """The same with columns."""
    sheet = _sheet(found, random)
    column = random.randrange(1, sheet.max_column + 1)
    sheet.insert_cols(column, random.randrange(1, 3))
    found.told.append(f"{sheet.title} {get_column_letter(column)} 列前插入列")
    found.kept = False


def removed_rows(found: Damaged, random: Random) -> None:
    """Rows are gone, the names still point where they did."""
    sheet = _sheet(found, random)
    row = random.randrange(3, sheet.max_row)
    sheet.delete_rows(row, random.randrange(1, 3))
    found.told.append(f"{sheet.title} 删了第 {row} 行")
    found.kept = False


def lost_labels(found: Damaged, random: Random) -> None:
    """Labels are wiped out."""
    sheet = _sheet(found, random)
    marked = {as_text(v) for v in _all_values(marked_data())}
    labels = [
        c
        for row in sheet.iter_rows()
        for c in row
        if isinstance(c.value, str) and c.value not in marked and c.value[0] != "="
    ]
    for cell in random.sample(labels, min(6, len(labels))):
        cell.value = None
    found.told.append(f"{sheet.title} 清空了标签")
    found.kept = False


def swapped_columns(found: Damaged, random: Random) -> None:
    """Two columns of a table with their heads have changed places."""
    area = found.book.defined_names.get("指标_三级指标")
    sheet = next((s for s in found.book.worksheets if s.max_column >= 13 and "整体" in s.title), None)
    if area is None or sheet is None:
        return
    first = int(area.attr_text.split("$")[2].strip(":")) - 1
    left, right = random.sample([1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13], 2)
    for row in range(first, first + 20):
        a, b = sheet.cell(row, left), sheet.cell(row, right)
        if isinstance(a, Cell) and isinstance(b, Cell):
            a.value, b.value = b.value, a.value
    found.told.append(f"{sheet.title} 换了第 {left}、{right} 列")


def pasted_over(found: Damaged, random: Random) -> None:
    """A line with its label was pasted over another one: what stood there is gone."""
    sheet = next((s for s in found.book.worksheets if "基础数据表" in s.title), None)
    if sheet is None or sheet.max_row < 20:
        return
    source, target = random.sample(range(8, 20), 2)
    for column in range(1, sheet.max_column + 1):
        old, new = sheet.cell(source, column), sheet.cell(target, column)
        if isinstance(old, Cell) and isinstance(new, Cell):
            old.value, new.value = None, old.value
    found.told.append(f"{sheet.title} 第 {source} 行剪切到第 {target} 行")
    found.kept = False


KINDS = (
    some_names,
    all_names,
    renamed,
    removed_sheet,
    inserted_rows,
    inserted_columns,
    removed_rows,
    lost_labels,
    swapped_columns,
    pasted_over,
)


def _all_values(data: Any) -> list[Any]:  # noqa: ANN401 - JSON
    if isinstance(data, dict):
        return [v for item in data.values() for v in _all_values(item)]
    if isinstance(data, list):
        return [v for item in data for v in _all_values(item)]
    return [data]


def expected(space: NameSpace, data: dict[str, Any]) -> dict[str, set[str]]:
    """Name or column → the values that may stand in it."""
    found = {n: {as_text(v)} for n, v in data["fields"].items()}
    for table, rows in data["tables"].items():
        for column in space.tables[table].columns:
            found[f"{table}_{column}"] = {as_text(r[column]) for r in rows if column in r}
    return found


def held(section: Section) -> dict[str, list[str]]:
    """Name or column → the values that do stand in it."""
    found = {n: [as_text(c.raw)] for n, c in section.fields.items() if c.raw is not None}
    for table, rows in section.tables.items():
        for row in rows:
            for column, cell in row.cells.items():
                if cell.raw is not None:
                    found.setdefault(f"{table}_{column}", []).append(as_text(cell.raw))
    return found


def wrong(section: Section, space: NameSpace, data: dict[str, Any]) -> list[str]:
    """Values that stand where they never stood; totals and scores are the form's own."""
    known = expected(space, data)
    return [f"{n}：{v}" for n, values in held(section).items() for v in values if v not in known.get(n, ())]


def torn(section: Section, data: dict[str, Any]) -> list[str]:
    """Rows whose cells come from different rows."""
    found = []
    for table, rows in section.tables.items():
        origins = [{as_text(v) for v in r.values()} for r in data["tables"][table]]
        for row in rows:
            values = {as_text(c.raw) for c in row.cells.values() if c.raw is not None}
            if not any(values <= origin for origin in origins):
                found.append(f"{table}：{values}")
    return found


def unique_values(data: dict[str, Any], space: NameSpace) -> dict[str, str]:
    """Value → name, of the values that stand in one cell alone."""
    found: dict[str, str] = {}
    for name, values in expected(space, data).items():
        datum = space.datum(name)
        if datum and datum.kind not in _SHARED and default_pack().choices(name) is None:
            found |= dict.fromkeys(values, name)
    return found
