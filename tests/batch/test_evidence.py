"""佐证 in a batch: a ledger for every unit with material; its workbooks are not taken for returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl
import pytest
from command import call
from samples import DEMO, filled_example

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    """One unit with its workbook and a folder of material, in which workbooks lie, too."""
    home = tmp_path / "报送" / "政务数据安全保障专项"  # a secret project of its own: not told, and found all the same
    (home / "佐证").mkdir(parents=True)
    (home / "填报表.xlsx").write_bytes(filled_example(DEMO))
    (home / "佐证" / "明细.xlsx").write_bytes(filled_example(DEMO))
    return home


def test_every_unit_with_material_gets_a_ledger(
    handed_in: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    call("batch", handed_in.parent, "-o", tmp_path / "结果", "--evidence", "--jobs", "1")
    told = capfd.readouterr().err
    assert "佐证台账：1 家有佐证材料" in told
    assert "是佐证材料" in told
    (made,) = (tmp_path / "结果").glob("*/佐证台账.xlsx")
    sheet = openpyxl.load_workbook(made)["问题"]
    assert "S09" in {row[1] for row in sheet.iter_rows(min_row=3, values_only=True)}


def test_the_command_twice_and_its_refusals(handed_in: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The list is made once and never written over; the ledger may be, by us alone."""
    path, listed = handed_in / "填报表.xlsx", handed_in / "佐证" / "佐证清单.xlsx"
    assert call("evidence", path, "--list") == 0
    before = listed.read_bytes()
    assert call("evidence", path, "--list") == 2
    assert "没有覆盖" in capfd.readouterr().err
    assert listed.read_bytes() == before
    for _ in range(2):
        assert call("evidence", path) == 0
    assert "文件 1 个" in capfd.readouterr().err
    for target in (path, listed, handed_in / "佐证" / "明细.xlsx"):
        kept = target.read_bytes()
        assert call("evidence", path, "-o", target) == 2
        assert target.read_bytes() == kept
    listed.write_bytes(b"PK\x03\x04nothing")
    assert call("evidence", path) == 3
    assert "Traceback" not in capfd.readouterr().err
    assert call("evidence", handed_in / "没有.xlsx") == 3
