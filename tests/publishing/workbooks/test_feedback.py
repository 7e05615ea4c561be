"""审核反馈: opens on what was found, sheet by sheet; faulty cells say what is wrong with them."""

from __future__ import annotations

import io
from dataclasses import replace

import openpyxl
from repair_causes import causes
from samples import DEMO, SEED, check_bytes, filled_example, macro_example

from toolkit.engines.xlsx import MAIN, SheetFrame, lines_of, parse_xml, write_parts, xml_bytes
from toolkit.engines.xlsx.reading.source import FileSource
from toolkit.pipeline import make_files
from toolkit.publishing.workbooks import feedback_workbook
from toolkit.publishing.workbooks.added.notes import noted

FEEDBACK = "审核反馈.xlsx"


def test_feedback_opens_on_what_was_found() -> None:
    """First tab, the only one chosen; names of one sheet still belong to it; lines stand under their sheet."""
    checked = check_bytes(filled_example(SEED))
    before, after = checked.source.package, FileSource(make_files(checked)[FEEDBACK]).package
    assert [s.name for s in after.sheets] == ["审核结果", *(s.name for s in before.sheets)]
    assert after.names == before.names
    views = [v for s in after.sheets for v in parse_xml(after.parts[s.part], s.part).iter(f"{MAIN}sheetView")]
    assert [v.get("tabSelected", "0") for v in views] == ["1", *("0" for _ in before.sheets)]
    assert {v.get("activeTab") for v in after.workbook.iter(f"{MAIN}workbookView")} == {"0"}
    rows = openpyxl.load_workbook(io.BytesIO(make_files(checked)[FEEDBACK]))["审核结果"].iter_rows(min_row=4)
    order, current = [s.name for s in before.sheets], ""
    for row in rows:
        current = str(row[0].value).partition("（")[0] if row[1].value in {None, ""} else current
        assert row[3].value in {None, "", current}
        assert row[0].border.left.style == "thin"
        order = order[order.index(current) :]


def test_rows_of_a_book_with_buttons_are_as_tall_as_what_they_say() -> None:
    """Findings with clues took four lines in rows for three: in print the next one stood on the last line."""
    made = make_files(check_bytes(macro_example(SEED)), ".xlsm")["审核反馈.xlsm"]
    sheet = openpyxl.load_workbook(io.BytesIO(made))["审核结果"]
    lines = {c.row: lines_of(str(c.value), sheet.column_dimensions["F"].width) for c in sheet["F"][3:] if c.value}
    assert max(lines.values()) > 3
    assert [r for r, n in lines.items() if (sheet.row_dimensions[r].height or 50) < n * 13.5] == []


def test_a_faulty_cell_says_what_is_wrong() -> None:
    """Each marked cell has a note with the sentence; staff's own notes stay, ours are renewed and taken off."""
    checked = check_bytes(_with_note(filled_example(SEED), "整体自评表", "A1", "本单位的批注"))
    first = make_files(checked)[FEEDBACK]
    again = make_files(check_bytes(first))[FEEDBACK]
    for data in (first, again):
        notes = _notes_of(data)
        assert notes.pop(("整体自评表", "A1")) == "本单位的批注"
        wanted: dict[tuple[str, str], str] = {}
        for f in checked.result.findings:
            for sheet, where in {(c.sheet, c.address.partition(":")[0]) for c in f.cells} if not f.explained else ():
                assert f.message in notes[sheet, where]
                wanted[sheet, where] = f.message
        assert notes.keys() == wanted.keys()
    assert not causes(again)
    source, nothing = FileSource(again), replace(checked.result, findings=())
    mended = feedback_workbook(again, source.package, nothing, "", {})
    assert _notes_of(mended) == {("整体自评表", "A1"): "本单位的批注"}


def test_nothing_found_is_said() -> None:
    """One line under the heads, and no empty row."""
    sheet = openpyxl.load_workbook(io.BytesIO(make_files(check_bytes(filled_example(DEMO)))[FEEDBACK]))["审核结果"]
    assert [sheet.cell(row, 1).value for row in (3, 4)] == ["序号", "未发现问题。"]
    assert sheet.max_row == 4


def _with_note(data: bytes, sheet: str, where: str, text: str) -> bytes:
    """As staff write one, in another program."""
    package = FileSource(data).package
    part = next(s.part for s in package.sheets if s.name == sheet)
    types = parse_xml(package.parts["[Content_Types].xml"], "")
    parts = {**package.parts, **noted(package.parts, part, SheetFrame(package.parts[part], part), {where: text}, types)}
    renamed = {
        n: d.replace("绩效自评工具".encode(), "张三".encode()) if "comments" in n else d for n, d in parts.items()
    }
    return write_parts((renamed | {"[Content_Types].xml": xml_bytes(types)}).items())


def _notes_of(data: bytes) -> dict[tuple[str, str], str]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    cells = [(sheet.title, cell) for sheet in book for row in sheet.iter_rows() for cell in row]
    return {(title, cell.coordinate): cell.comment.text for title, cell in cells if cell.comment}
