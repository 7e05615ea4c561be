"""`pack build` writes over nothing that somebody has edited."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import openpyxl
import pytest

from toolkit.authoring.build import build_pack, edited_by_hand
from toolkit.core.errors import PackError
from toolkit.pack import default_pack, find_pack

if TYPE_CHECKING:
    from pathlib import Path


def test_an_edited_workbook_is_kept(tmp_path: Path) -> None:
    shutil.copytree(default_pack().folder, tmp_path / "本局")
    pack = find_pack(str(tmp_path / "本局"))
    path = pack.folder / "自评报表.xlsx"
    assert not edited_by_hand(path)
    book = openpyxl.load_workbook(path)
    book.worksheets[0].column_dimensions["A"].width = 44
    book.save(path)
    before = path.read_bytes()
    with pytest.raises(PackError, match=r"自评报表\.xlsx 在生成以后又在 Excel 或 WPS 里改过"):
        build_pack(pack, document=False)
    assert path.read_bytes() == before
    build_pack(pack, document=False, force=True)
    assert not edited_by_hand(path)
