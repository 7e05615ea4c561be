"""A compiled template: what is written into it is there, whatever the program that saved it left out of the file."""

from __future__ import annotations

import io

import openpyxl
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils import absolute_coordinate
from openpyxl.workbook.defined_name import DefinedName

from toolkit.engines.xlsx import (
    FileSource,
    SheetEdit,
    WorkbookTemplate,
    address,
    compile_workbook,
    open_package,
    shown_at,
)

PLACES = st.sets(st.tuples(st.integers(1, 6), st.integers(1, 5)), min_size=1)


@given(st.data())
def test_a_cell_without_an_element_is_written(data: st.DataObject) -> None:
    """An official form without lines has no elements for its blank cells: what was filled in there was lost."""
    printed, named = data.draw(PLACES, "printed"), data.draw(PLACES, "named")
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row, column in printed - named:
        sheet.cell(row, column, "印着的字")
    for number, (row, column) in enumerate(sorted(named)):
        where = absolute_coordinate(address(row, column))
        book.defined_names[f"名称_{number}"] = DefinedName(f"名称_{number}", attr_text=f"'{sheet.title}'!{where}")
    buffer = io.BytesIO()
    book.save(buffer)
    edit = SheetEdit()
    for row, column in named:
        edit.values[row][column] = f"填的{row}{column}"
    made = WorkbookTemplate(compile_workbook(open_package(buffer.getvalue()).parts)).render({sheet.title: edit})
    found = FileSource(made)
    told = {(r, c): shown_at(found, sheet.title, address(r, c)) for r, c in printed | named}
    assert told == {p: f"填的{p[0]}{p[1]}" if p in named else "印着的字" for p in printed | named}
