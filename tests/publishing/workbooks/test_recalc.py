"""`jixiao recalc` and the answer file (重算): only stale computed cells change, everything else byte for byte."""

from __future__ import annotations

import io
import os
import re
import time
import zipfile
from decimal import Decimal
from typing import TYPE_CHECKING

import openpyxl
import pytest
from command import jixiao
from openpyxl.comments import Comment
from openpyxl.drawing.image import Image
from PIL import Image as Picture
from referee import needs_office, recalculate
from samples import DEMO, EXAMPLES, SEED, filled_example, macro_data, macro_example
from workbook_compare import differences

from toolkit.core.errors import UsageError
from toolkit.doors.excel.press import answer_check, answer_path, answer_text, only_one, recalculated
from toolkit.engines.xlsx.package import open_package
from toolkit.engines.xlsx.reading.source import FileSource
from toolkit.engines.xlsx.writing.cells import CellChange, patched
from toolkit.engines.xlsx.writing.parts import write_parts
from toolkit.pack.finding import default_pack
from toolkit.pack.pack import MACRO_NAME
from toolkit.pipeline import check_unit
from toolkit.publishing.workbooks.marks import MARK, RESULT_SHEET, Pressed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

X14 = (
    '<extLst><ext uri="{78C0D931-6437-407d-A8EE-F0AAD7539E65}" '
    'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"><x14:conditionalFormattings>'
    '<x14:conditionalFormatting xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"><x14:cfRule '
    'type="dataBar" id="{00000000-0001-0000-0000-000000000001}"><x14:dataBar minLength="0" maxLength="100"/>'
    "</x14:cfRule><xm:sqref>D8:D11</xm:sqref></x14:conditionalFormatting></x14:conditionalFormattings></ext></extLst>"
)


def _stale(data: bytes, change: Callable[[str], str]) -> bytes:
    """The workbook with the sheet 整体自评表 rewritten as text."""
    package = open_package(data)
    part = next(s.part for s in package.sheets if s.name == "整体自评表")
    parts = {n: change(d.decode()).encode() if n == part else d for n, d in package.parts.items()}
    return write_parts(parts.items())


def _decorated() -> bytes:
    """The macro workbook with a picture, a comment, an extended conditional format, and stale results."""
    book = openpyxl.load_workbook(io.BytesIO(macro_example()), keep_vba=True)
    sheet = book["整体自评表"]
    picture = io.BytesIO()
    Picture.new("RGB", (8, 8), "red").save(picture, "PNG")
    sheet.add_image(Image(picture), "P3")
    sheet["D8"].comment = Comment("已与决算核对", "财务")
    buffer = io.BytesIO()
    book.save(buffer)  # and with it every cached result is gone
    return _stale(buffer.getvalue(), lambda xml: xml.replace("</worksheet>", f"{X14}</worksheet>"))


def test_pictures_comments_formats_and_buttons_stay(tmp_path: Path) -> None:
    """Only `<c>` elements of computed cells differ; every other part is the same bytes."""
    path = tmp_path / "有 图片.xlsm"
    path.write_bytes(_decorated())
    checked, data, count = recalculated(path)
    before, after = checked.source.package, open_package(data)
    assert any(n.startswith("xl/media/") for n in before.parts)
    assert any("comment" in n.lower() for n in before.parts)
    changed = {n for n in before.parts if before.parts[n] != after.parts.get(n)}
    assert set(after.parts) == set(before.parts)
    assert changed <= {s.part for s in before.sheets}
    assert count > 50
    for part in changed:
        assert _without_formula_cells(before.parts[part]) == _without_formula_cells(after.parts[part]), part
    assert X14.encode() in after.parts[next(s.part for s in after.sheets if s.name == "整体自评表")]
    assert recalculated(_written(tmp_path / "再.xlsm", data))[2] == 0


def _without_formula_cells(xml: bytes) -> bytes:
    """Sheet XML without cells that hold a formula, and without our own result cells (text without formula)."""
    cells = re.compile(rb"<c\b[^>]*?(?:/>|>.*?</c>)", re.DOTALL)
    return cells.sub(lambda m: b"" if b"<f" in m[0] or b"inlineStr" in m[0] or b"<v" not in m[0] else m[0], xml)


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@needs_office
def test_recalc_agrees_with_libreoffice(tmp_path: Path) -> None:
    """A workbook without any cached result gets the values that LibreOffice works out itself (计算口径)."""
    book = openpyxl.load_workbook(io.BytesIO(filled_example(SEED)))
    path = tmp_path / "没有缓存.xlsx"
    book.save(path)
    _, data, count = recalculated(path)
    filled = _written(tmp_path / "重算.xlsx", data)
    (tmp_path / "裁判").mkdir()
    assert count > 100
    assert differences(filled, recalculate(path, tmp_path / "裁判").rename(tmp_path / "裁判.xlsx")) == []


def test_nothing_to_change_gives_the_same_bytes(tmp_path: Path) -> None:
    path = _written(tmp_path / "好.xlsx", filled_example(DEMO))
    assert recalculated(path)[1] == filled_example(DEMO)


def test_a_stale_result_is_renewed_and_a_typed_one_stays(tmp_path: Path) -> None:
    """整体_总分: the cached 95.88 turned into 11 is put right; typed over as 90 it is what the unit submits (C43)."""
    right, typed = "<v>95.88</v>", re.compile(r"<f>[^<]*</f><v>95\.88</v>")
    stale = _written(tmp_path / "旧.xlsx", _stale(filled_example(DEMO), lambda xml: xml.replace(right, "<v>11</v>")))
    _, data, count = recalculated(stale)
    assert (count, data) == (1, data)
    assert differences(_written(tmp_path / "新.xlsx", data), _written(tmp_path / "好.xlsx", filled_example(DEMO))) == []
    over = _written(tmp_path / "手填.xlsx", _stale(filled_example(DEMO), lambda xml: typed.sub("<v>90</v>", xml)))
    checked, kept, _ = recalculated(over)
    assert "C43" in {f.rule for f in checked.result.findings}
    name = FileSource(kept).names[0]["整体_总分"]
    assert FileSource(kept).values(name.sheet)[name.top][name.left] == 90


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the input, never over it but with --in-place; exit codes as contracted."""
    path = _written(tmp_path / "某 局.xlsm", macro_data({"封面_填表人": None}))
    before = path.read_bytes()
    code, out, err = jixiao(capsys, monkeypatch, "recalc", path)
    assert (code, out) == (1, "")
    assert "某 局_已计算.xlsm" in err
    assert path.read_bytes() == before
    made = tmp_path / "某 局_已计算.xlsm"
    assert "|C8|" in str(FileSource(made.read_bytes()).values("封面")[1])
    assert jixiao(capsys, monkeypatch, "recalc", path, "-o", path)[0] == 2
    assert jixiao(capsys, monkeypatch, "recalc", path, "-o", made, "--in-place")[0] == 2
    assert path.read_bytes() == before
    assert jixiao(capsys, monkeypatch, "recalc", path, "--in-place")[0] == 1
    assert path.read_bytes() == made.read_bytes()
    assert jixiao(capsys, monkeypatch, "recalc", tmp_path / "没有.xlsx")[0] == 3


def test_a_form_given_out_before_lacks_a_column(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names that the form got later are not missed: the rest is worked out, in the file and by the button."""
    package = open_package(macro_example())
    book = package.parts["xl/workbook.xml"].decode()
    for name in default_pack().later:
        book, count = re.subn(f'<definedName name="{name}"[^>]*>[^<]*</definedName>', "", book)
        assert count == 1
    path = tmp_path / "旧表.xlsm"
    path.write_bytes(write_parts({**package.parts, "xl/workbook.xml": book.encode()}.items()))
    code, _, err = jixiao(capsys, monkeypatch, "recalc", path, "-o", tmp_path / "新.xlsm")
    assert code == 0, err
    names = FileSource((tmp_path / "新.xlsm").read_bytes()).names[0]
    assert not default_pack().later & names.keys()
    assert check_unit(tmp_path / "新.xlsm").figures.book.computed.number("整体_总分") is not None


def test_feedback_of_a_macro_workbook_uses_its_own_marks(tmp_path: Path) -> None:
    """审核反馈.xlsm: one 审核结果 sheet, marks in the mark cells, buttons and macro as in the pack."""
    from toolkit.pipeline import make_files

    checked = check_unit(_written(tmp_path / "报.xlsm", macro_data({"封面_填表人": None})))
    feedback = FileSource(make_files(checked, ".xlsm")["审核反馈.xlsm"])
    assert feedback.sheet_names == checked.source.sheet_names
    assert [feedback.values(RESULT_SHEET)[4][i] for i in range(2, 6)] == ["D73", "错误", "封面", "C8"]
    area = feedback.names[1]["封面"][MARK]
    assert feedback.values("封面")[area.top][area.left] == "|C8|"
    assert feedback.package.parts["xl/vbaProject.bin"] == checked.source.package.parts["xl/vbaProject.bin"]


def test_a_cell_that_the_file_leaves_out_is_put_in() -> None:
    xml = b'<sheetData><row r="1"><c r="A1"><v>1</v></c><c r="C1"/></row><row r="2"/></sheetData>'
    package = open_package(filled_example(DEMO))
    part = package.sheets[0].part
    parts = dict(package.parts) | {part: b"<worksheet>" + xml + b"</worksheet>"}
    data = write_parts(parts.items())
    name = package.sheets[0].name
    changes = [CellChange(name, "B1", "<&"), CellChange(name, "A2", Decimal(2)), CellChange(name, "C1", None, "A1+1")]
    made = open_package(patched(data, open_package(data), changes)).parts[part].decode()
    assert re.findall(r'r="([A-C]\d)"', made) == ["A1", "B1", "C1", "A2"]
    assert "&lt;&amp;" in made
    assert "<f>A1+1</f>" in made


def test_answer_is_ascii_and_whole() -> None:
    changes = (
        CellChange("项目自评表 (2)", "A1", Decimal("-0.5")),
        CellChange("封面", "B2", "=cmd\t\\u0041\n𠮷"),
        CellChange("封面", "B3", ""),
        CellChange("封面", "B4", Decimal(1), "SUM(A1)"),
        CellChange("封面", "B5", Decimal(1), "SUM(A1)", cached=True),
        CellChange("封面", "B6", Decimal("1E+308")),  # more than Excel holds
    )
    lines = answer_text(Pressed(changes, "好"), "7").split("\r\n")
    assert lines[0] == "jixiao-answer 1 7 5"
    assert lines[1] == "\\u597d"
    assert [line.split("\t")[1:3] for line in lines[2:6]] == [["A1", "n"], ["B2", "s"], ["B3", "b"], ["B4", "f"]]
    assert lines[3].split("\t")[3] == "=cmd\\u0009\\u005cu0041\\u000a\\ud842\\udfb7"
    assert lines[6].split("\t")[1:] == ["B6", "s", "1" + "0" * 308]
    assert lines[7:] == ["end", ""]


def test_one_press_at_a_time(tmp_path: Path) -> None:
    """A second press of the same book is told to wait; a book that cannot be read is told too."""
    book = _written(tmp_path / "某局.xlsm", b"PK")
    with only_one(book), pytest.raises(UsageError, match="另一次按钮"), only_one(book):
        pass
    answer_check(book, "12")
    answer = answer_path(book, "12").read_text("ascii").splitlines()
    assert answer[0] == "jixiao-answer 1 12 0"
    assert answer[-1] == "end"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["jixiao-12.tmp", "某局.xlsm"]
    with pytest.raises(UsageError):
        answer_path(book, "../1")


def test_fill_and_new_make_macro_workbooks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name ending in .xlsm asks for buttons; the same return is read from both forms."""
    for suffix in ("xlsx", "xlsm"):
        target = tmp_path / f"示 例.{suffix}"
        assert jixiao(capsys, monkeypatch, "fill", EXAMPLES / DEMO / "data.json", "-o", target)[0] == 0
        assert bool(FileSource(target.read_bytes()).package.active_parts) is (suffix == "xlsm")
    one, other = (check_unit(tmp_path / f"示 例.{s}") for s in ("xlsx", "xlsm"))
    assert one.result == other.result
    assert one.to_json() | {"file": ""} == other.to_json() | {"file": ""}
    blank = tmp_path / "空白.xlsm"
    assert jixiao(capsys, monkeypatch, "new", "--year", "2023", "--macro", "-o", blank)[0] == 0
    assert blank.read_bytes() == (default_pack().folder / MACRO_NAME).read_bytes()


def test_the_zip_is_sound(tmp_path: Path) -> None:
    data = recalculated(_written(tmp_path / "一.xlsm", macro_example()))[1]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None


@pytest.mark.parametrize(("age", "free"), [(0, False), (100, False), (140, True)])
def test_a_lock_that_nobody_holds_any_more_is_taken_over(tmp_path: Path, age: int, *, free: bool) -> None:
    """A press that was killed leaves its lock; after two minutes, when no macro waits, the next press goes ahead."""
    book = tmp_path / "某 局.xlsm"
    with only_one(book):
        lock = next(tmp_path.iterdir())
    lock.touch()
    os.utime(lock, (time.time() - age,) * 2)
    if free:
        with only_one(book):
            assert lock.exists()
        assert not lock.exists()
        return
    with pytest.raises(UsageError, match="正由另一次按钮处理"), only_one(book):
        pass
    assert lock.exists()
