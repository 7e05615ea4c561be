"""移表 over damaged workbooks: no value in a cell that is not its own, none lost in silence."""

from __future__ import annotations

import io
import os
from random import Random
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from fill_maker import build_fill
from move_damage import damage, held, marked_data, marked_workbook, torn, unique_values, wrong
from move_rewrites import plain_text, rewritten, truth_of
from openpyxl.cell import MergedCell
from samples import SEED, filled_example

from toolkit import api
from toolkit.core.dictionary import Kind
from toolkit.core.words import as_text
from toolkit.pack.finding import default_pack, find_pack
from toolkit.unit.exchange import unit_from_json, unit_to_json
from toolkit.unit.moving.files import move_file, printed_on
from toolkit.unit.moving.move import Fate, Move, move_tables
from toolkit.unit.moving.pages import tables_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from toolkit.pack import Pack

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


LONE: dict[Kind, Any] = {Kind.MONEY: 12.5, Kind.COUNT: 7, Kind.RATE: 0.25, Kind.SCORE: 3, Kind.YEAR: 2022, Kind.AREA: 9}


def lone_cells(pack: Pack) -> dict[str, Any]:
    """Tables with a full row, and then one for each column in which it alone is filled."""
    tables: dict[str, list[dict[str, Any]]] = {}
    for table, spec in pack.dictionary.book.tables.items():
        own = {c: d for c, d in spec.columns.items() if not d.computed and d.kind is not Kind.DATE}
        words = {c: (pack.choices(d.name) or [LONE.get(d.kind, f"某{c}")])[-1] for c, d in own.items()}
        tables[table] = [words, *({column: word} for column, word in words.items())]
    return {"pack": pack.id, "fields": {}, "tables": tables}


UNNUMBERED = """
[pack]
id = "没有序号"
extends = "hunan-2023"
[lists]
"等次" = ["上", "下"]
[choices]
"附表_等次" = "等次"
[[tables]]
name = "附表"
columns = ["等次:choice", "金额:money", "说明:text"]
"""
UNNUMBERED_SHEET = """
extends = true
[[fill]]
name = "附表"
widths = [16, 16, 16]
grid = '''
题@30> 附表 |<2
头> 等次 | 金额 | 说明
列8> [附表.等次] | [附表.金额] | [附表.说明]
'''
"""


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pack]:
    """Ours, whose rows are numbered, and one with a table whose rows are not."""
    folder = tmp_path_factory.mktemp("规则包") / "没有序号"
    folder.mkdir()
    (folder / "pack.toml").write_text(UNNUMBERED, "utf-8")
    (folder / "forms.toml").write_text(UNNUMBERED_SHEET, "utf-8")
    build_fill(own := find_pack(str(folder)))
    return {"有序号": default_pack(), "没有序号": own}


@pytest.mark.parametrize("which", ["有序号", "没有序号"])
@pytest.mark.parametrize("alone", [False, True])
def test_a_row_of_one_cell_is_no_note_and_no_word_of_the_form(
    which: str, packs: dict[str, Pack], tmp_path: Path, *, alone: bool
) -> None:
    """A drop-down word alone in its row came back as nothing: taken for a foot, and then for a printed word."""
    pack, path = packs[which], tmp_path / "表.xlsx"
    data = lone_cells(pack)
    if alone:
        data["tables"] = {t: rows[1:2] for t, rows in data["tables"].items()}
    path.write_bytes(api.fill(data, pack))
    found = move_file(path, pack)
    assert unit_to_json(found.unit)["tables"] == unit_to_json(unit_from_json(data, pack))["tables"]
    book = openpyxl.load_workbook(path)
    book.defined_names.clear()
    book.save(path)
    told = {line.text for line in move_file(path, pack).lines}
    typed = {as_text(v) for rows in data["tables"].values() for row in rows for v in row.values()}
    assert {v for v in typed if v not in told} == set()


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
