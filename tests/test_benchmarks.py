"""The benchmark's proof can fail (测速的对比): equal folders have no difference, and every kind of change is told."""

from __future__ import annotations

import io
import re
import shutil
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest
import reference
from equal import differences
from growth import with_forms
from make_units import make_units
from stopwatch import Stopwatch

from toolkit.engines.xlsx.writing.parts import write_parts
from toolkit.pack.finding import find_pack
from toolkit.pipeline import check_unit, run_unit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbook of one seeded unit."""
    (path,) = make_units(tmp_path_factory.mktemp("测速"), 1, seed=7)
    return path


@pytest.fixture(scope="module")
def made(unit: Path) -> Path:
    """Its finished files."""
    return run_unit(unit, unit.parent / "out").folder


def changed(path: Path, part: str, change: Callable[[bytes], bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    after = change(parts[part])
    assert after != parts[part]
    path.write_bytes(write_parts((parts | {part: after}).items()))


def test_the_same_is_the_same(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "copy")
    count, found = differences(made, tmp_path / "copy")
    assert found == []
    assert count > 1000


@pytest.mark.parametrize(
    ("place", "pattern", "new"),
    [
        ("自评报表.xlsx xl/worksheets/sheet1.xml", rb"</t>", "改</t>".encode()),
        ("自评报表.xlsx xl/worksheets/sheet2.xml", rb"<v>\d+", b"<v>7"),
        ("自评报表.xlsx xl/worksheets/sheet2.xml", rb' hidden="1"', b""),
        ("审核反馈.xlsx xl/worksheets/sheet1.xml", rb"</t>", "改</t>".encode()),
        ("自评报告.docx word/document.xml", rb"</w:t>", "改</w:t>".encode()),
    ],
)
def test_a_change_is_told(made: Path, tmp_path: Path, place: str, pattern: bytes, new: bytes) -> None:
    name, part = place.split()
    for folder in ("one", "copy"):  # that file alone: openpyxl takes its time with each
        (tmp_path / folder).mkdir()
        shutil.copy(made / name, tmp_path / folder)
    changed(tmp_path / "copy" / name, part, lambda xml: re.sub(pattern, new, xml))
    _, found = differences(tmp_path / "one", tmp_path / "copy")
    assert found
    assert all(name in told for told in found)


def test_the_reference_makes_the_same(unit: Path, made: Path, tmp_path: Path) -> None:
    """The plain pipeline knows all that templates say and workbooks hold today; else nothing is compared."""
    reference.run_unit(unit, tmp_path, find_pack("hunan-2023"), Stopwatch())
    count, found = differences(made, tmp_path / made.name)
    assert found == []
    assert count > 1000


def test_units_are_seeded(tmp_path: Path) -> None:
    """The same seed gives the same files, and every unit differs."""
    one, other = (make_units(tmp_path / name, 2, seed=11) for name in ("甲", "乙"))
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in other]
    assert one[0].read_bytes() != one[1].read_bytes()


def test_a_form_costs_the_same_among_many(tmp_path: Path) -> None:
    """Calls of functions, which no busy machine changes: twice the forms are at most twice the work."""
    work = {count: _calls_of_a_check(tmp_path, count) for count in (10, 20, 40)}
    assert work[20] < 2 * work[10]
    assert work[40] < 2 * work[20]


def _calls_of_a_check(folder: Path, forms: int) -> int:
    path, calls = folder / f"{forms}.xlsx", 0
    path.write_bytes(with_forms(forms))
    check_unit(path)  # what is made once

    def count(_: object, event: str, __: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        check_unit(path)
    finally:
        sys.setprofile(None)
    return calls
