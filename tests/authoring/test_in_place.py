"""`pack build` in an edited workbook: the look is the office's, rules, lists, names and formulas are the pack's."""

from __future__ import annotations

import io
import shutil
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from live_office import LiveOffice, needs_live
from openpyxl.drawing.image import Image
from openpyxl.styles import PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from samples import example

from toolkit import api
from toolkit.authoring import check_pack, try_pack
from toolkit.authoring.build import build_pack
from toolkit.core.errors import PackError
from toolkit.engines.xlsx import open_file
from toolkit.pack import find_pack
from toolkit.pack.pack import load_pack
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit import unit_from_json

if TYPE_CHECKING:
    from pathlib import Path

    from toolkit.pack import Pack

BASE = "yunnan-2023"
OLD_RULE, NEW_RULE = "OR(任务_执行率>=0.9,", "OR(任务_执行率>=0.99,"
LOGO = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301010018dd8db000"
    "00000049454e44ae426082"
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack of its own with its forms, built once; each test changes a copy."""
    home = tmp_path_factory.mktemp("本州") / "本州-2023"
    shutil.copytree(find_pack(BASE).folder, home)
    path = home / "pack.toml"
    path.write_text(path.read_text("utf-8").replace(f'id = "{BASE}"', 'id = "本州-2023"'), "utf-8")
    build_pack(find_pack(str(home)), document=False)
    return home


def _pack(built: Path, folder: Path) -> Pack:
    home = folder / "规则包" / built.name
    shutil.copytree(built, home)
    return find_pack(str(home))


def _changed(pack: Pack, old: str, new: str) -> Pack:
    """The pack with another text in its pack.toml, read anew."""
    path = pack.folder / "pack.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    load_pack.cache_clear()
    return find_pack(str(pack.folder))


def _unit() -> dict[str, Any]:
    return example(f"packs/{BASE}") | {"pack": "本州-2023"}


def _told(pack: Pack, folder: Path) -> set[str]:
    """The rules that speak about the example, filled into the pack's form."""
    path = folder / "填报.xlsx"
    path.write_bytes(fill_workbook(unit_from_json(_unit(), pack), pack))
    checked = api.check(path, pack=str(pack.folder))
    return {f.rule for f in checked.result.findings}


def test_a_look_stays_and_a_rule_changes(built: Path, tmp_path: Path) -> None:
    """Colours, widths, words, a picture and a validation of its own: all there after the rule became another."""
    pack = _pack(built, tmp_path)
    before = _told(pack, tmp_path)
    path = pack.folder / "填报表.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book["整体自评表"]
    sheet["A1"].value, sheet["A1"].fill = "本州自己的标题", PatternFill("solid", fgColor="FFEEEE")
    sheet.column_dimensions["C"].width = 41
    own = DataValidation(type="list", formula1='"甲,乙"', sqref="L3")
    sheet.add_data_validation(own)
    try:
        book["封面"].add_image(Image(io.BytesIO(LOGO)), "A1")
        pictures = ["xl/media/image1.png"]
    except ImportError:
        pictures = []
    book.save(path)
    build_pack(_changed(pack, OLD_RULE, NEW_RULE), document=False)
    new = find_pack(str(pack.folder))
    done = open_file(path)
    assert [p for p in pictures if p not in done.package.parts] == []
    after = openpyxl.load_workbook(path)["整体自评表"]
    assert (after["A1"].value, after["A1"].fill.fgColor.rgb[-6:]) == ("本州自己的标题", "FFEEEE")
    assert after.column_dimensions["C"].width == 41
    assert '"甲,乙"' in {v.formula1 for v in after.data_validations.dataValidation}
    formulas = " ".join(str(f.text) for f in done.formulas("审核").values())
    assert "0.99" in formulas
    assert not check_pack(new)
    told = _told(new, tmp_path)
    assert "T03" not in told
    assert before <= told
    with_buttons = openpyxl.load_workbook(pack.folder / "填报表.xlsm")
    assert with_buttons["整体自评表"]["A1"].value == "本州自己的标题"


def test_building_twice_changes_nothing(built: Path, tmp_path: Path) -> None:
    pack = _pack(built, tmp_path)
    path = pack.folder / "填报表.xlsx"
    book = openpyxl.load_workbook(path)
    book["封面"]["C5"].fill = PatternFill("solid", fgColor="CCFFCC")
    book.save(path)
    build_pack(pack, document=False)
    first = {p.name: p.read_bytes() for p in pack.folder.glob("*.xls*")}
    build_pack(pack, document=False)
    assert {p.name: p.read_bytes() for p in pack.folder.glob("*.xls*")} == first


def test_a_lost_cell_and_a_renamed_sheet_are_told(built: Path, tmp_path: Path) -> None:
    pack = _pack(built, tmp_path)
    path = pack.folder / "填报表.xlsx"
    book = openpyxl.load_workbook(path)
    del book.defined_names["情况_经验做法"]
    book["整体自评表"].title = "整体表"
    for found in book.defined_names.values():
        found.attr_text = found.attr_text.replace("'整体自评表'!", "'整体表'!")
    book.save(path)
    before = path.read_bytes()
    with pytest.raises(PackError, match="「绩效自评情况」没有 情况_经验做法") as told:
        build_pack(pack, document=False)
    assert "工作表「整体自评表」现在叫「整体表」" in str(told.value)
    assert path.read_bytes() == before
    build_pack(pack, document=False, force=True)
    assert "整体自评表" in openpyxl.load_workbook(path).sheetnames


@needs_live
def test_rows_and_columns_that_moved_in_libreoffice(built: Path, tmp_path: Path) -> None:
    """Rows above, rows inside a list, a column, on the sheet and on the project form; every formula as the tool's."""
    pack = _pack(built, tmp_path)
    path = pack.folder / "填报表.xlsx"
    with LiveOffice({}) as office:
        office("open", str(path))
        office("insert_rows", "整体自评表", 3, 2)
        office("insert_rows", "整体自评表", 20, 3)
        office("insert_columns", "整体自评表", 5, 1)
        office("insert_rows", "项目自评表", 4, 1)
        office("insert_rows", "项目自评表", 20, 2)
        office("write", "整体自评表", 3, 1, "本州另加的一行", 0)
        office("save")
        office("close")
    new = _changed(pack, OLD_RULE, NEW_RULE)
    build_pack(new, document=False)
    done = open_file(path)
    assert done.values("整体自评表")[3][1] == "本州另加的一行"
    assert not check_pack(new)
    assert "T03" not in _told(new, tmp_path)
    trial = try_pack(new)
    assert trial.problems == ()
    assert trial.formulas
