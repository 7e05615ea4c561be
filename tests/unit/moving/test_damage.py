"""移表 over damaged workbooks: no value in a cell that is not its own, none lost in silence."""

from __future__ import annotations

import io
import os
from random import Random
from typing import TYPE_CHECKING

import openpyxl
import pytest
from move_damage import damage, held, marked_data, marked_workbook, torn, unique_values, wrong
from move_rewrites import plain_text, rewritten, truth_of
from openpyxl.cell import MergedCell
from samples import SEED, filled_example

from toolkit.pack.finding import default_pack
from toolkit.unit.moving.files import printed_on
from toolkit.unit.moving.move import Fate, Move, move_tables
from toolkit.unit.moving.pages import tables_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

# `MOVE_SEEDS=200` or `240:440` runs more: each takes most of a second, for openpyxl to load and save the workbook.
SEEDS = range(*map(int, os.environ.get("MOVE_SEEDS", "20").split(":")))


def moved(data: bytes) -> Move:
    pack = default_pack()
    return move_tables(tables_of(data, ".xlsx"), pack, printed_on(pack))


def test_an_untouched_workbook_comes_in_whole_and_sure() -> None:
    move = moved(marked_workbook())
    assert all_arrived(move) == []
    assert (move.left, move.unsure) == ((), ())


def test_what_the_form_prints_is_not_on_the_list() -> None:
    """Running numbers of rows that nobody filled in, points that stand on an empty project form."""
    move = moved(filled_example(SEED))
    assert (move.left, move.unsure) == ((), ())


def all_arrived(move: Move) -> list[str]:
    """The values that did not come to their cell."""
    pack, data = default_pack(), marked_data()
    missing = []
    for section, space, truth in (
        (move.unit.book, pack.dictionary.book, data),
        (move.unit.forms[0] if move.unit.forms else None, pack.dictionary.form, data["project_forms"][0]),
    ):
        there = held(section) if section else {}
        missing += [f"{n}：{v}" for v, n in unique_values(truth, space).items() if v not in there.get(n, ())]
    return missing


@pytest.mark.parametrize("seed", SEEDS)
def test_every_value_is_in_its_own_cell_or_on_the_list(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a seeded test
    broken = damage(random, random.randrange(1, 4))
    told = "；".join(broken.told)
    move = moved(broken.data())
    pack, data = default_pack(), marked_data()
    assert wrong(move.unit.book, pack.dictionary.book, data) == [], told
    assert torn(move.unit.book, data) == [], told
    assert len(move.unit.forms) <= 1, told
    for form in move.unit.forms:
        assert wrong(form, pack.dictionary.form, data["project_forms"][0]) == [], told
        assert torn(form, data["project_forms"][0]) == [], told
    there = broken.texts()
    listed = {line.text for line in move.lines if line.fate in {Fate.LEFT, Fate.SAME}}
    gone = [v for v in all_arrived(move) if (text := v.partition("：")[2]) in there and text not in listed]
    assert gone == [], told
    if broken.kept:
        assert [v for v in all_arrived(move) if v.partition("：")[2] in there] == [], told


@pytest.mark.parametrize("seed", SEEDS)
def test_what_a_clerk_did_to_it_loses_nothing(seed: int) -> None:
    """Rows, columns and names moved as Excel moves them, other layouts, other spellings, texts for numbers."""
    random = Random(seed)  # noqa: S311 - a seeded test
    edited = rewritten(random, random.randrange(1, 4))
    told = "；".join(edited.told)
    move = moved(edited.data())
    assert truth_of(own=False).wrong(move.unit.book) == [], told
    assert len(move.unit.forms) <= 1, told
    assert [w for form in move.unit.forms for w in truth_of(own=True).wrong(form)] == [], told
    there = edited.texts()
    listed = {plain_text(line.text) for line in move.lines if line.fate in {Fate.LEFT, Fate.SAME}}
    missing = {text for v in all_arrived(move) if (text := v.partition("：")[2]) in there}
    assert missing - (set() if edited.kept else listed) == set(), told


def edited(change: Callable[[Workbook], None]) -> Move:
    """The marked workbook, changed by hand and moved."""
    book = openpyxl.load_workbook(io.BytesIO(marked_workbook()))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return moved(out.getvalue())


@pytest.mark.parametrize("shown", ["#NAME?", "另算", None])
def test_a_name_beside_another_fields_label_is_not_believed(shown: str | None) -> None:
    """A line was cut and pasted over another one, and an error or a word of staff's stands between it and the heads."""

    def cut(book: Workbook) -> None:
        sheet = book["基础数据表"]
        del book.defined_names["基础_公务接待_上年决算数"]
        for column in range(1, 5):
            sheet.cell(18, column).value, sheet.cell(12, column).value = sheet.cell(12, column).value, None
            if column > 1:
                sheet.cell(13, column).value = shown

    move = edited(cut)
    assert wrong(move.unit.book, default_pack().dictionary.book, marked_data()) == []
    assert not [n for n in held(move.unit.book) if n.startswith("基础_办公经费_")]
    listed = {line.text for line in move.lines if line.fate is Fate.LEFT}
    assert set(held(move.unit.book).get("基础_公务接待_本年预算数", ())) | listed >= {"1010.61"}


def test_running_numbers_that_start_again_end_a_list_though_their_head_is_lost() -> None:
    def wiped(book: Workbook) -> None:
        book.defined_names.clear()
        for where in ("A39", "A49"):
            book["基本情况"][where].value = None

    move = edited(wiped)
    assert torn(move.unit.book, marked_data()) == []
    assert len(move.unit.book.rows("所属单位")) == 1


def rows_under(sheet: Worksheet, head: str) -> int:
    """The row of a head."""
    return next(c.row for row in sheet.iter_rows() for c in row if c.value == head)


def head_wiped(book: Workbook) -> None:
    """The row of heads between two tables is gone: the rows below are none of the table above."""
    book.defined_names.clear()
    sheet = book["整体自评表"]
    for cell in sheet[rows_under(sheet, "三级指标")]:
        if not isinstance(cell, MergedCell):
            cell.value = None


def sum_put_in(book: Workbook) -> None:
    """A row of 小计 among the projects."""
    book.defined_names.clear()
    sheet = book["项目支出"]
    at = rows_under(sheet, "项目名称") + 3
    sheet.insert_rows(at)
    for column, value in enumerate((None, "小计", None, None, 77.77, 77.77, 77.77, 77.77), 1):
        sheet.cell(at, column).value = value


def serials_in_brackets(book: Workbook) -> None:
    """Running numbers as texts, beside rows that nobody filled in, too."""
    book.defined_names.clear()
    for cell in (c for s in book.worksheets for row in s.iter_rows() for c in row):
        if isinstance(cell.value, int) and cell.value < 40:
            cell.value = f"（{cell.value}）"


def figure_behind_its_label(book: Workbook) -> None:
    """公用经费：1010.72 of a table with three columns is no figure of another sheet that has one of that name."""
    book.defined_names.clear()
    sheet = book["基础数据表"]
    for row in range(8, 20):
        sheet.cell(row, 1).value = f"{sheet.cell(row, 1).value}：{sheet.cell(row, 2).value}"
        sheet.cell(row, 2).value = None


@pytest.mark.parametrize("change", [head_wiped, sum_put_in, serials_in_brackets, figure_behind_its_label])
def test_what_stands_under_no_head_of_its_own_stays_on_the_list(change: Callable[[Workbook], None]) -> None:
    move = edited(change)
    data, pack = marked_data(), default_pack()
    assert wrong(move.unit.book, pack.dictionary.book, data) == []
    assert torn(move.unit.book, data) == []
    listed = " ".join(line.text for line in move.lines if line.fate in {Fate.LEFT, Fate.SAME})
    assert [v for v in all_arrived(move) if v.partition("：")[2] not in listed] == []
