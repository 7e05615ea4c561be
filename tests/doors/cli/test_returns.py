"""`jixiao move` at the command line: messages, the list, JSON, and what it refuses."""

from __future__ import annotations

import io
import json
import shutil
import sys
from pathlib import Path
from types import ModuleType

import docx
import openpyxl
import pytest
from batch_folder import contents
from command import call
from referee import needs_office
from samples import DEMO, example, filled_example

import toolkit
from toolkit.engines.marks import is_ours
from toolkit.pack.finding import default_pack
from toolkit.pipeline import check_unit
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import unit_from_json, unit_to_json


@pytest.fixture
def lost(tmp_path: Path) -> Path:
    """The example without a single defined name, as a stranger's program saves it."""
    path = tmp_path / "来件.xlsx"
    path.write_bytes(filled_example(DEMO))
    book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
    book.defined_names.clear()
    for sheet in book.worksheets:
        sheet.defined_names.clear()
    book.save(path)
    return path


def test_refusal_offers_move_and_move_mends_it(lost: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = lost.read_bytes()
    assert call("check", lost) == 3
    assert "jixiao move" in capfd.readouterr().err
    assert call("move", lost) == 0
    told = capfd.readouterr().err
    made = tmp_path / "来件_移表.xlsx"
    assert "按标签认出，请核对" in told
    assert str(made) in told
    assert lost.read_bytes() == before
    data = unit_to_json(check_unit(made).unit)
    (tmp_path / "原样.xlsx").write_bytes(filled_example(DEMO))
    assert data == unit_to_json(check_unit(tmp_path / "原样.xlsx").unit)
    sheet = openpyxl.load_workbook(io.BytesIO(made.read_bytes()))["移表清单"]
    assert sheet["A3"].value == "核对完请在右边选“已核对”，浅蓝色就会消失"
    fates = {sheet.cell(row, 5).value for row in range(5, sheet.max_row + 1)}
    assert fates == {"已移入", "自动计算"}


def test_json_says_where_every_cell_went(lost: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "新" / "表.xlsx"
    assert call("move", lost, "-o", target, "--json") == 0
    told = json.loads(capfd.readouterr().out)
    assert (told["schema"], told["pack"], told["output"]) == ("jixiao.move/1", "hunan-2023", str(target))
    one = next(c for c in told["cells"] if c["name"] == "整体_全年执行数")
    assert (one["fate"], one["sheet"], one["to"], one["how"], one["sure"]) == (
        "已移入",
        "整体自评表",
        "H5",
        "标签",
        False,
    )
    assert told["counts"]["没有移入"] == 0


def test_nothing_is_overwritten(lost: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "别人的.xlsx"
    target.write_bytes(b"mine")
    for output in (target, lost):
        before = output.read_bytes()
        assert call("move", lost, "-o", output) == 2
        assert output.read_bytes() == before
    told = capfd.readouterr().err
    assert "没有覆盖" in told
    assert "来件没有动" in told


def test_a_folder_of_old_forms(lost: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Each goes to its own place under its own name, what cannot be moved is told, and nothing is written over."""
    home, out = tmp_path / "旧 表", tmp_path / "新 表"
    (home / "二科").mkdir(parents=True)
    for name in ("甲局.xlsx", "二科/乙局.XLSX", "二科/乙局.xlsm"):
        shutil.copy(lost, home / name)
    (home / "乱.et").write_bytes(b"x")
    (home / "~$甲局.xlsx").write_bytes(b"x")
    (out / "二科").mkdir(parents=True)
    (out / "二科" / "乙局.xlsm.xlsx").write_bytes(b"mine")
    before = contents(home)
    assert call("move", home, "-o", out, "--json") == 1
    told = capfd.readouterr()
    assert contents(home) == before
    assert (out / "二科" / "乙局.xlsm.xlsx").read_bytes() == b"mine"
    assert sorted(contents(out)) == ["二科/乙局.XLSX.xlsx", "二科/乙局.xlsm.xlsx", "甲局.xlsx", "移表总单.xlsx"]
    lines = [json.loads(line) for line in told.out.splitlines()]
    assert [Path(one["file"]).name for one in lines if "error" not in one] == ["甲局.xlsx", "乙局.XLSX"]
    faults = {Path(one["file"]).name: one["error"] for one in lines if "error" in one}
    assert "是 .et 文件" in faults.pop("乱.et")
    assert "没有覆盖" in faults.pop("乙局.xlsm")
    assert faults == {}
    assert "移好 2 份，没有移 2 份" in told.err
    assert "跳过 ~$甲局.xlsx（是锁定文件或临时文件）" in told.err
    sheet = openpyxl.load_workbook(out / "移表总单.xlsx")["移表总单"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]
    assert {(row[1], row[2]) for row in rows} >= {("甲局.xlsx", "甲局.xlsx"), ("二科/乙局.XLSX", "二科/乙局.XLSX.xlsx")}
    assert call("move", home, "-o", home) == 2
    assert contents(home) == before
    assert call("move", home, "-o", out) == 1  # again: the same, and the list stays one
    assert call("check", out / "甲局.xlsx") in {0, 1}


@pytest.fixture
def rounds(tmp_path: Path) -> tuple[Path, Path]:
    """The example with two faults, and what came back: one mended, one still there, one new."""
    paths = []
    changes = (
        {"整体_年初预算数": 100, "支出_工资福利": 400},
        {"支出_工资福利": 400, "人员_实有人数": 40},
    )
    for name, fields in zip(("第一次.xlsx", "第二次.xlsx"), changes, strict=True):
        data = example(DEMO)
        data = data | {"fields": data["fields"] | fields}
        path = tmp_path / name
        path.write_bytes(fill_workbook(unit_from_json(data, default_pack()), default_pack()))
        paths.append(path)
    return paths[0], paths[1]


def test_compare_tells_changes_and_findings(
    rounds: tuple[Path, Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A11 goes with the budget, A15 stays, B24 and B26 come with the heads."""
    target = tmp_path / "对比表.xlsx"
    assert call("compare", *rounds, "-o", target) == 1
    told = capfd.readouterr().err
    assert "改 「整体自评表」D5 年初预算数：100 → 855" in told
    assert "E6 实有人数：34 → 40" in told
    assert call("compare", *rounds, "--json") == 1
    found = json.loads(capfd.readouterr().out)
    rules = {kind: {f["rule"] for f in listed} for kind, listed in found["findings"].items()}
    assert "A11" in rules["mended"]
    assert "A15" in rules["still"]
    assert {"B24", "B26"} <= rules["new"]
    book = openpyxl.load_workbook(io.BytesIO(target.read_bytes()))
    assert book.sheetnames == ["改动", "问题"]
    lines = list(book["改动"].iter_rows(min_row=5, values_only=True))
    budget = next(line for line in lines if line[4] == "年初预算数")
    assert budget[1:4] + budget[6:] == ("整体", "整体自评表", "D5", "改", "100", "855")
    assert {line[1] for line in book["问题"].iter_rows(min_row=5, values_only=True)} == {"新增", "还在", "已改正"}


def test_compare_of_one_file_with_itself_finds_nothing(
    rounds: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    assert call("compare", rounds[0], rounds[0], "--json") == 1
    found = json.loads(capfd.readouterr().out)
    assert (found["patch"], found["changes"], found["findings"]["mended"], found["findings"]["new"]) == ({}, [], [], [])


def test_compare_writes_over_neither_file(rounds: tuple[Path, Path], capfd: pytest.CaptureFixture[str]) -> None:
    for path in rounds:
        before = path.read_bytes()
        assert call("compare", *rounds, "-o", path) == 2
        assert path.read_bytes() == before
    assert "来件没有动" in capfd.readouterr().err


def test_new_from_last_year(lost: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """No file is written over, a lost form is refused with the way out, a year without a pack is told."""
    last, target = tmp_path / "去年.xlsx", tmp_path / "今年.xlsx"
    last.write_bytes(filled_example(DEMO))
    assert call("new", "--year", "2024", "--from", last, "-o", target) == 0
    assert "过录清单" in capfd.readouterr().err
    told = unit_to_json(check_unit(target).unit)
    assert (told["fields"]["收支_年初结转"], "收支_本年收入" in told["fields"]) == (12.03, False)
    assert call("new", "--from", lost, "-o", tmp_path / "别的.xlsx") == 3
    assert "jixiao move" in capfd.readouterr().err
    assert call("new", "--year", "2031", "-o", tmp_path / "别的.xlsx") == 2
    assert "还没有 2031 年度的规则包" in capfd.readouterr().err
    assert call("new", "--from", last, "-o", last) == 2
    assert last.read_bytes() == filled_example(DEMO)


def test_forms_makes_one_for_each_project(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Two of four projects have a form: the others get theirs, nothing else changes."""
    data = example(DEMO)
    data = data | {"project_forms": data["project_forms"][:2]}
    path, target = tmp_path / "表.xlsx", tmp_path / "表_项目表.xlsx"
    path.write_bytes(fill_workbook(unit_from_json(data, default_pack()), default_pack()))
    assert call("forms", path) == 0
    assert "共 4 张，新增 2 张：政务数据安全保障专项、数字化服务能力提升专项" in capfd.readouterr().err
    before, after = (unit_to_json(check_unit(p).unit) for p in (path, target))
    assert after["project_forms"][:2] == before["project_forms"]
    names = [f["fields"]["自评_项目名称"] for f in after["project_forms"]]
    assert names == [row["名称"] for row in data["tables"]["项目"]]
    assert after["project_forms"][2]["fields"]["自评_实施单位"] == data["fields"]["封面_单位名称"]
    assert {k: v for k, v in after.items() if k != "project_forms"} == {
        k: v for k, v in before.items() if k != "project_forms"
    }
    assert call("forms", target, "-o", tmp_path / "再.xlsx", "--json") == 0
    assert json.loads(capfd.readouterr().out)["made"] == []
    assert call("forms", path, "-o", path) == 2


def test_pdf_without_libreoffice_says_what_to_do(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "表.xlsx"
    path.write_bytes(filled_example(DEMO))
    monkeypatch.setattr("toolkit.engines.office.find_office", lambda: None)
    assert call("pdf", path) == 2
    assert "没有 LibreOffice" in capfd.readouterr().err
    assert call("pdf", tmp_path / "别的.txt") == 2
    assert [p.name for p in tmp_path.iterdir()] == ["表.xlsx"]


@needs_office
def test_pdf_is_made_and_nothing_of_others_is_overwritten(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path, target = default_pack().file("退回意见.docx"), tmp_path / "退回意见.pdf"
    assert call("pdf", path, "-o", tmp_path) == 0
    assert target.read_bytes().startswith(b"%PDF")
    target.write_bytes(b"mine")
    assert call("pdf", path, "-o", tmp_path) == 2
    assert target.read_bytes() == b"mine"
    assert "没有覆盖" in capfd.readouterr().err


@needs_office
def test_run_makes_a_book_to_print_and_makes_it_again(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Our own PDF is written over, a changed one is not."""
    path = tmp_path / "填报表.xlsx"
    path.write_bytes(filled_example(DEMO))
    assert call("run", path, "-o", tmp_path / "出", "--pdf") == 0
    (made,) = (tmp_path / "出").glob("*/打印册.pdf")
    assert made.read_bytes().startswith(b"%PDF")
    assert is_ours(made)
    made.write_bytes(made.read_bytes() + b"x")
    kept = made.read_bytes()
    assert call("run", path, "-o", tmp_path / "出", "--pdf") == 2
    assert made.read_bytes() == kept
    assert "没有覆盖" in capfd.readouterr().err


class FakeOffice:
    """Excel and Word over COM, as far as it is asked."""

    def __init__(self, told: list[str]) -> None:
        self._told = told
        self.Workbooks = self.Documents = self

    def __setattr__(self, name: str, value: object) -> None:
        """What is set is told."""
        if name == "AutomationSecurity":
            self._told.append(f"{name}={value}")
        super().__setattr__(name, value)

    def Open(self, path: str, *, ReadOnly: bool) -> FakeOffice:  # noqa: N802, N803 - COM's names
        """The file."""
        self._told.append(f"Open {Path(path).name} {ReadOnly}")
        return self

    def ExportAsFixedFormat(self, *words: object) -> None:  # noqa: N802 - COM's name
        """The PDF."""
        target = next(Path(w) for w in words if isinstance(w, str))
        target.write_bytes(b"%PDF-1.7 by Office")

    def Close(self, save: bool) -> None:  # noqa: N802, FBT001 - COM's name
        """Away with the file."""
        self._told.append(f"Close {save}")

    def Quit(self) -> None:  # noqa: N802 - COM's name
        """The end."""
        self._told.append("Quit")


def test_excel_prints_where_no_libreoffice_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy, read only, macros off; the program is always left."""
    path, told = tmp_path / "表.xlsx", list[str]()
    path.write_bytes(filled_example(DEMO))
    client = ModuleType("win32com.client")
    client.DispatchEx = lambda name: told.append(name) or FakeOffice(told)  # type: ignore[attr-defined, func-returns-value]
    monkeypatch.setitem(sys.modules, "win32com.client", client)
    monkeypatch.setattr("toolkit.engines.office.find_office", lambda: None)
    assert call("pdf", path) == 0
    assert told == ["Excel.Application", "AutomationSecurity=3", "Open source.xlsx True", "Close False", "Quit"]
    assert (tmp_path / "表.pdf").read_bytes().startswith(b"%PDF-1.7 by Office")


def test_the_same_as_functions(rounds: tuple[Path, Path], lost: Path) -> None:
    moved, found, carry = toolkit.move(lost), toolkit.compare(*rounds), toolkit.carry_over(rounds[0])
    assert moved.data.startswith(b"PK")
    assert found.counts[0] > 0
    assert any(c.target == "收支_年初结转" for c in carry.carried)
    made = (toolkit.carried_workbook(carry), toolkit.compared_workbook(found), toolkit.forms(rounds[0]))
    assert all(data.startswith(b"PK") for data in made)


def test_an_edited_report_by_functions(rounds: tuple[Path, Path], tmp_path: Path) -> None:
    """What staff wrote is carried into the next report, and held against the workbook."""
    first = toolkit.publish(rounds[0], tmp_path)
    path = first.folder / "自评报告.docx"
    document = docx.Document(str(path))
    paragraph = next(p for p in document.paragraphs if len(p.text) > 40 and p.runs)
    paragraph.runs[-1].text += "特此补充说明。"
    document.save(str(path))
    again = toolkit.publish(rounds[1], tmp_path, keep_edits=True)
    assert again.edits
    assert any("特此补充说明。" in p.text for p in docx.Document(str(path)).paragraphs)
    assert toolkit.proofread(path, against=rounds[1]).judged != toolkit.proofread(path, against=rounds[0]).judged


STRANGERS = {
    "空.xlsx": b"",
    "乱.xlsx": b"PK\x03\x04" + b"\x00" * 40,
    "网页.xlsx": b"<html></html>",
    "文档.docx": b"PK\x03\x04",
    "旧.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
    "表.csv": "别的,东西\n1,2\n".encode("gb18030"),
    "坏编码.csv": b"\xff\xfe\x00\xff\x81",
}


@pytest.mark.parametrize("name", STRANGERS)
def test_strangers_are_refused_in_a_sentence(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / name
    path.write_bytes(STRANGERS[name])
    assert call("move", path) == 3
    told = capfd.readouterr().err
    assert name in told
    assert "Traceback" not in told
    assert [p.name for p in tmp_path.iterdir()] == [name]
