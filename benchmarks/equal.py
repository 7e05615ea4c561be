"""The proof (对比): both pipelines made the same contents. Read with openpyxl and python-docx, not with our own reader.

Workbooks: sheets in order, every cell's value or formula, hidden rows, merged cells, links, our marks. Word: the text
of every paragraph and table cell, headers and footers too. result.json: every value. Not compared, because
openpyxl cannot write them or the reference leaves them out: cached values beside formulas, estimated row heights; and
the sizes of the files.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import docx
from openpyxl import load_workbook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

MARK = 'LEN("jixiao-mark")>0'
Facts = dict[tuple[str, ...], Any]


def _sheet(sheet: Worksheet) -> Iterator[tuple[tuple[str, ...], Any]]:
    # A group of rows says on each of them what it says at its head: over the end of a page it is cut, and named again.
    groups = [a for a in sheet.merged_cells.ranges if a.min_col == a.max_col]
    said = {place: sheet.cell(a.min_row, a.min_col).value for a in groups for place in a.cells}
    for row in sheet.iter_rows():
        for cell in row:
            value = said.get((cell.row, cell.column), cell.value)
            if value is not None and value != "":
                yield (sheet.title, cell.coordinate), getattr(value, "text", value)  # of an array formula
            if cell.hyperlink:
                yield (sheet.title, cell.coordinate, "link"), (cell.hyperlink.location, cell.hyperlink.target)
    yield (sheet.title, "hidden"), sorted(n for n, d in sheet.row_dimensions.items() if d.hidden)
    yield (sheet.title, "merged"), sorted(str(area) for area in sheet.merged_cells.ranges if area not in groups)
    for area in sheet.conditional_formatting:
        for rule in area.rules:
            if rule.formula == [MARK]:
                yield (sheet.title, "mark", rule.dxf.fill.bgColor.rgb), sorted(str(area.sqref).split())


def workbook_facts(path: Path) -> Facts:
    """Place → what stands there."""
    book = load_workbook(path)
    found: Facts = {("sheets",): book.sheetnames}
    for sheet in book.worksheets:
        found.update(_sheet(sheet))
    return found


def document_facts(path: Path) -> Facts:
    """Place → text."""
    document = docx.Document(str(path))
    found: Facts = {}
    bodies: list[tuple[str, Any]] = [("body", document)]
    bodies += [(f"footer {i}", s.footer) for i, s in enumerate(document.sections)]
    bodies += [(f"header {i}", s.header) for i, s in enumerate(document.sections)]
    for where, body in bodies:
        found[(where, "paragraphs")] = [p.text for p in body.paragraphs]
        found[(where, "tables")] = [[c.text for r in t.rows for c in r.cells] for t in body.tables]
    return found


def result_facts(path: Path) -> Facts:
    """Key → value; of the files only their names."""
    found = json.loads(path.read_text("utf-8"))
    return {(key,): value for key, value in found.items()} | {("files",): [f["name"] for f in found["files"]]}


def differences(one: Path, other: Path) -> tuple[int, list[str]]:
    """How many facts were compared, and every one that differs; `one` and `other` are folders of one unit each."""
    count, found = 0, []
    names = sorted(p.name for p in one.iterdir())
    if names != sorted(p.name for p in other.iterdir()):
        found.append(f"{one.name}: other files")
    for name in names:
        if name.endswith(".json"):
            left, right = result_facts(one / name), result_facts(other / name)
        else:
            read = document_facts if name.endswith(".docx") else workbook_facts
            left, right = read(one / name), read(other / name)
        count += len(left)
        places = [p for p in {**left, **right} if left.get(p) != right.get(p)]
        found += [f"{one.name}/{name} {p}: {left.get(p)!r:.80} ≠ {right.get(p)!r:.80}" for p in places]
    return count, found
