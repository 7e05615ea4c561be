"""`pack build` writes over nothing that somebody has edited; what it does in an edited form: `test_in_place`."""

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


def test_the_form_with_buttons_follows_the_plain_one(tmp_path: Path) -> None:
    """填报表.xlsm is made from 填报表.xlsx: what was edited in it is neither kept nor written over unasked."""
    shutil.copytree(default_pack().folder, tmp_path / "本局")
    pack = find_pack(str(tmp_path / "本局"))
    path = pack.folder / "填报表.xlsm"
    assert not edited_by_hand(path)
    book = openpyxl.load_workbook(path, keep_vba=True)
    book.worksheets[0].column_dimensions["A"].width = 44
    book.save(path)
    before = path.read_bytes()
    with pytest.raises(PackError, match=r"样子请在 填报表\.xlsx 里改"):
        build_pack(pack, document=False)
    assert path.read_bytes() == before
    build_pack(pack, document=False, force=True)
    assert not edited_by_hand(path)
