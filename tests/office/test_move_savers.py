"""移表 of what other programs saved: damaged forms through LibreOffice, SheetJS and exceljs, our form as old .xls."""

from __future__ import annotations

import os
import subprocess
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from move_damage import damage, held, marked_data, torn, unique_values, wrong
from move_rewrites import plain_text
from python_calamine import CalamineWorkbook
from referee import needs_office, resaved_all
from samples import DEMO, example, filled_example
from savers import needs_node

from toolkit.core.words import as_text
from toolkit.pack import default_pack
from toolkit.unit import unit_from_json, unit_to_json
from toolkit.unit.moving import Fate, move_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from toolkit.unit.moving import Move

HERE = Path(__file__).parent
# `MOVE_SEEDS=200` or `50:100` runs more through each program.
SEEDS = [1000 + seed for seed in range(*map(int, os.environ.get("MOVE_SEEDS", "4").split(":")))]


def by_sheetjs(folder: Path, out: Path, kind: str) -> None:
    """Save a folder of workbooks by SheetJS."""
    subprocess.run(["node", str(HERE / "resave.cjs"), str(folder), str(out), kind], check=True, timeout=600)  # noqa: S607 - found on the PATH


def by_exceljs(folder: Path, out: Path, _: str) -> None:
    """The same by exceljs."""
    by_sheetjs(folder, out, "exceljs")


def by_libreoffice(folder: Path, out: Path, kind: str) -> None:
    """The same by LibreOffice."""
    resaved_all(sorted(folder.glob("*.xlsx")), out, kind)


@needs_office
def test_damaged_and_saved_by_libreoffice(tmp_path: Path) -> None:
    damaged_and_saved(by_libreoffice, tmp_path)


@needs_node
@pytest.mark.parametrize("saver", [by_sheetjs, by_exceljs])
def test_damaged_and_saved_by_a_library(saver: Callable[[Path, Path, str], None], tmp_path: Path) -> None:
    damaged_and_saved(saver, tmp_path)


def damaged_and_saved(saver: Callable[[Path, Path, str], None], home: Path) -> None:
    """Damaged by openpyxl, saved once more by another program, moved: nothing is wrong, nothing gone."""
    before, after = home / "前", home / "后"
    before.mkdir()
    after.mkdir()
    damaged = {}
    for seed in SEEDS:
        random = Random(seed)  # noqa: S311 - a seeded test
        broken = damage(random, random.randrange(1, 4))
        (before / f"{seed}.xlsx").write_bytes(broken.data())
        damaged[seed] = "；".join(broken.told), broken.texts()  # the book itself is large
    saver(before, after, "xlsx")
    faults = {}
    for seed, (told, texts) in damaged.items():
        path = after / f"{seed}.xlsx"  # exceljs drops what lies under a merged cell: that is not ours to find
        faults[seed] = faults_of(move_file(path), told, texts & standing(path))
    assert {seed: found for seed, found in faults.items() if found} == {}


def standing(path: Path) -> set[str]:
    """What still stands in a saved workbook, read by another library than ours."""
    book = CalamineWorkbook.from_path(path)
    values = {v for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for v in row}
    return {as_text(Decimal(f"{v:.15g}")) if isinstance(v, float) else str(v) for v in values}


def faults_of(move: Move, told: str, texts: set[str]) -> list[str]:
    """Values in wrong cells, rows torn apart, values that are gone without a word."""
    pack, data = default_pack(), marked_data()
    form = data["project_forms"][0]
    found = wrong(move.unit.book, pack.dictionary.book, data) + torn(move.unit.book, data)
    for section in move.unit.forms:
        found += wrong(section, pack.dictionary.form, form) + torn(section, form)
    arrived = [v for s in (move.unit.book, *move.unit.forms) for values in held(s).values() for v in values]
    listed = {line.text for line in move.lines if line.fate in {Fate.LEFT, Fate.SAME}}
    owned = unique_values(data, pack.dictionary.book) | unique_values(form, pack.dictionary.form)
    gone = {plain_text(v) for v in texts & owned.keys()} - {plain_text(v) for v in {*arrived, *listed}}
    found += [f"不见了：{v}" for v in sorted(gone)]
    return [f"{told}：{found}"] if found else []


@needs_office
def test_our_own_form_as_an_old_workbook(tmp_path: Path) -> None:
    """Names, formulas and merged cells survive the way through .xls: every value comes in, and surely."""
    (tmp_path / "表.xlsx").write_bytes(filled_example(DEMO))
    by_libreoffice(tmp_path, tmp_path, "xls")
    move = move_file(tmp_path / "表.xls")
    assert unit_to_json(move.unit) == unit_to_json(unit_from_json(example(DEMO), default_pack()))
    assert (move.left, move.unsure) == ((), ())


@needs_office
def test_an_old_workbook_where_no_libreoffice_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures and merged cells are read all the same; what formulas had worked out stands on the list."""
    (tmp_path / "表.xlsx").write_bytes(filled_example(DEMO))
    by_libreoffice(tmp_path, tmp_path, "xls")
    monkeypatch.setattr("toolkit.engines.office.find_office", lambda: None)
    told = unit_to_json(move_file(tmp_path / "表.xls").unit)
    wanted = unit_to_json(unit_from_json(example(DEMO), default_pack()))
    missing = {n for n, v in wanted["fields"].items() if told["fields"].get(n) != v}
    assert missing <= {"封面_单位名称", "封面_主管部门"}  # shown by formulas elsewhere, which old files keep as 0
    assert {t: len(rows) for t, rows in told["tables"].items()} == {
        t: len(rows) for t, rows in wanted["tables"].items()
    }
