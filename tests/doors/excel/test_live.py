"""The button end to end: LibreOffice opens the workbook, the macro bound to the button runs, our program answers."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from live_office import LiveOffice, needs_live
from samples import check_bytes, macro_example
from workbook_compare import differences

from toolkit.core.findings import CellRef
from toolkit.doors.excel.press import recalculated
from toolkit.engines.xlsx.formulas import address
from toolkit.engines.xlsx.package import open_package
from toolkit.engines.xlsx.reading.source import FileSource, open_file, shown_at
from toolkit.engines.xlsx.writing.parts import write_parts
from toolkit.pipeline import check_unit
from toolkit.publishing.workbooks.marks import FIRST_ROW, RESULT_SHEET

if TYPE_CHECKING:
    from collections.abc import Iterator


NOT_FORMULA = False
CHECK, REPORT, CLEAR = "计算与审核", "生成报告", "清除标记"
Places = dict[str, tuple[str, int, int]]


class Desk:
    """A clerk's computer: a LibreOffice, the registered program, and one open workbook."""

    def __init__(self, office: LiveOffice, home: Path) -> None:
        self.office, self.settings = office, home / ".config" / "jixiao" / "button.txt"
        self.program = home / "程序 目录" / "jixiao"
        self.program.parent.mkdir()
        self.settings.parent.mkdir(parents=True)
        self.installed()

    def installed(self, script: str = "", seconds: int = 90) -> None:
        """Register a program that is our command, or the given shell script."""
        self.program.write_text(
            f"#!/bin/sh\n{script or f'exec {shlex.quote(sys.executable)} -m toolkit ' + chr(34) + '$@' + chr(34)}\n"
        )
        self.program.chmod(0o755)
        self.settings.write_text(f"{self.program}\n\n{seconds}\n", "utf-8")

    def open(self, path: Path, data: bytes) -> None:
        """Open a workbook and remember where its names are."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.path, self.places = path, _places(data)
        self.office("open", str(path))

    def press(self, caption: str, sheet: str = "封面") -> str:
        """Invoke what is bound to the button with this caption; the sentence that staff read."""
        scripts = {(s, c): script for s, c, script in self.office("buttons")}
        self.office("press", scripts[sheet, caption])
        return str(self.office("values", RESULT_SHEET, 1, 1, 1, 1)[0][0])

    def type(self, name: str, value: object) -> None:
        """Type into a named cell."""
        self.office("write", *self.places[name], value, NOT_FORMULA)

    def value(self, name: str) -> object:
        """What a named cell shows."""
        sheet, row, column = self.places[name]
        return self.office("values", sheet, row, column, row, column)[0][0]

    def sheet(self, name: str) -> list[list[object]]:
        """All values of a sheet."""
        rows, columns = self.office("extent", name)
        found: list[list[object]] = self.office("values", name, 1, 1, rows, columns)
        return found

    def listed(self) -> list[tuple[object, CellRef]]:
        """(rule, cell) of each line of the 审核结果 sheet."""
        rows = self.office("values", RESULT_SHEET, FIRST_ROW, 1, FIRST_ROW + 20, 7)
        return [(row[1], CellRef(str(row[3]), str(row[4]))) for row in rows if row[0] is not None]

    def marked(self) -> set[CellRef]:
        """Every cell that a mark names."""
        found = set()
        for sheet in self.office("sheets"):
            texts = [v for v in self.office("values", sheet, 1, 1, 1, 40)[0] if isinstance(v, str)]
            found |= {CellRef(sheet, a) for t in texts if t.startswith("|") for a in t.strip("|").split("|")}
        return found


def _places(data: bytes) -> Places:
    return {name: (a.sheet, a.top, a.left) for name, a in FileSource(data).names[0].items()}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("家")
    root = Path(__file__).parents[3]
    with LiveOffice({"JIXIAO_QUIET": "1", "HOME": str(home), "PYTHONPATH": str(root)}) as office:
        yield Desk(office, home)


@pytest.fixture
def opened(desk: Desk, tmp_path: Path) -> Iterator[Desk]:
    desk.installed()
    desk.open(tmp_path / "单位 甲" / "示例（2023） 填报表.xlsm", macro_example())
    yield desk
    desk.office("close")


DAMAGE = """
B32 | 基础_办公经费_上年决算数 | 99    | 基础数据表 B17 B18 B19 B20
A03 | 整体_收入_一般公共预算   | 768.4 | 整体自评表 D7 K7
D73 | 封面_填表人             |       | 封面 C8
"""


def _damage() -> list[tuple[str, str, object, set[CellRef]]]:
    """(rule, name, wrong value, the cells that must be marked)."""
    rows = [[part.strip() for part in line.split("|")] for line in DAMAGE.strip().splitlines()]
    return [
        (rule, name, float(value) if value else "", {CellRef(places.split()[0], a) for a in places.split()[1:]})
        for rule, name, value, places in rows
    ]


def _inputs(data: bytes) -> dict[CellRef, object]:
    """Every cell that staff may fill in, as stored."""
    source = FileSource(data)
    unit = check_bytes(data).unit
    sections = [*unit.sections]
    cells = [c for s in sections for c in s.fields.values()]
    cells += [c for s in sections for rows in s.tables.values() for row in rows for c in row.cells.values()]
    return {c.ref: shown_at(source, c.ref.sheet, c.ref.address) for c in cells if not c.formula}


@needs_live
def test_report_and_clear(opened: Desk) -> None:
    desk = opened
    desk.type("封面_填表人", "")
    desk.press(CHECK)
    assert desk.marked()
    told = desk.press(REPORT, RESULT_SHEET)
    made = sorted(p.name for p in desk.path.parent.rglob("*") if p.is_file() and p.parent != desk.path.parent)
    assert made == ["result.json", "审核反馈.xlsm", "自评报告.docx", "自评报表.xlsx"]
    assert told.startswith("已生成：")
    assert "自评结果" in told
    assert desk.press(CLEAR).startswith("标记和审核结果已清除")
    assert (desk.listed(), desk.marked()) == ([], set())
    feedback = next(desk.path.parent.rglob("审核反馈.xlsm"))
    assert check_unit(feedback).result.findings[0].rule == "D73"


@needs_live
def test_three_damaged_cells_are_found_and_mended(opened: Desk) -> None:
    """Exactly those findings at those cells; none after mending; what staff typed is never changed."""
    desk = opened
    assert desk.press(CHECK).startswith("审核完成：错误 0 个，警示 0 个，提示 0 个")
    assert (desk.listed(), desk.marked()) == ([], set())
    right = {name: desk.value(name) for _, name, _, _ in _damage()}
    for _, name, value, _ in _damage():
        desk.type(name, value)
    desk.office("save")
    damaged = desk.path.read_bytes()
    assert desk.press(CHECK).startswith("审核完成：错误 3 个，警示 0 个，提示 0 个")
    assert sorted(str(rule) for rule, _ in desk.listed()) == sorted(rule for rule, _, _, _ in _damage())
    assert all(cell in {c for r, _, _, cells in _damage() if r == rule for c in cells} for rule, cell in desk.listed())
    assert desk.marked() == {cell for _, _, _, cells in _damage() for cell in cells}
    desk.office("save")
    assert _inputs(desk.path.read_bytes()) == _inputs(damaged)
    for name, value in right.items():
        desk.type(name, value)
    assert desk.press(CHECK, "审核").startswith("审核完成：错误 0 个，警示 0 个，提示 0 个")
    assert (desk.listed(), desk.marked()) == ([], set())
    desk.office("save")
    assert _inputs(desk.path.read_bytes()) == _inputs(macro_example())


@needs_live
def test_the_document_agrees_with_recalc_cell_by_cell(opened: Desk, tmp_path: Path) -> None:
    """A computed cell that was emptied comes back as formula and value, in the document as in `jixiao recalc`."""
    desk = opened
    desk.office("write", *desk.places["整体_总分"], "", NOT_FORMULA)
    desk.type("人员_行政编制数", 13)
    desk.office("save")
    before = tmp_path / "改前.xlsm"
    before.write_bytes(desk.path.read_bytes())
    told = desk.press(CHECK)
    desk.office("save")
    assert desk.value("整体_总分") == pytest.approx(95.88)
    assert open_file(desk.path).formulas("整体自评表")[_address(desk, "整体_总分")].text.startswith("IF(")
    _, data, changed = recalculated(before)
    after = tmp_path / "重算.xlsm"
    after.write_bytes(data)
    assert changed > 1
    assert differences(after, desk.path) == []
    assert recalculated(desk.path)[2] == 0
    assert told.startswith("审核完成：错误 1 个")


def _address(desk: Desk, name: str) -> str:
    _, row, column = desk.places[name]
    return address(row, column)


# A broken program answers where the macro will look: beside the book and under the token of its command line.
_ASKED = (
    'for word; do case "$before" in --token) token=$word;; --book) book=$word;; esac; before=$word; done; '
    'place="$(dirname "${book:?}")/jixiao-${token:?}.tmp"; '
)

# 情形 | 登记的程序 | 员工看到的话
TROUBLE = {
    "hangs": ("sleep 20", "过了规定时间"),
    "ends without an answer": ("exit 3", "过了规定时间"),
    "broken answer": (_ASKED + 'printf "jixiao-answer 1 $token 2\\r\\nok\\r\\n" > "$place"', "不完整"),
    "answer for another sheet": (
        _ASKED + 'printf "jixiao-answer 1 $token 1\\r\\nok\\r\\nNowhere\\tA1\\tn\\t1\\r\\nend\\r\\n" > "$place"',
        "不完整",
    ),
    "answer to another press": (_ASKED + 'printf "jixiao-answer 1 1 0\\r\\nok\\r\\nend\\r\\n" > "$place"', "不完整"),
}


@needs_live
def test_trouble_ends_in_a_sentence(opened: Desk) -> None:
    """A missing, hanging or broken program: a sentence, and the workbook is what it was."""
    desk = opened
    sheets = [s for s in desk.office("sheets") if s not in {RESULT_SHEET, "封面", "审核"}]
    before = [desk.sheet(s) for s in sheets]
    for kind, (script, expected) in TROUBLE.items():
        desk.installed(script, seconds=3)
        told = desk.press(CHECK)
        assert re.search(expected, told), (kind, told)
        assert "没有改动" in told, kind
    desk.program.unlink()
    assert "还没有装" in desk.press(CHECK)
    desk.settings.unlink()
    assert "还没有装" in desk.press(REPORT)
    assert [desk.sheet(s) for s in sheets] == before
    assert [p.name for p in desk.path.parent.iterdir() if p.suffix == ".tmp"] == []


@needs_live
def test_a_locked_sheet_stays_locked(opened: Desk) -> None:
    """LibreOffice lets macros write; the protection, with password or without, is what it was."""
    desk = opened
    desk.office("protect", "整体自评表", "secret")
    desk.office("write", *desk.places["整体_总分"], "", NOT_FORMULA)
    before = desk.office("protection")
    assert desk.press(CHECK).startswith("审核完成")
    assert desk.office("protection") == before
    assert desk.value("整体_总分") == pytest.approx(95.88)


@needs_live
def test_a_broken_binding_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    """A button bound to a macro that does not exist does nothing; the other buttons and the audit still work."""
    parts = dict(open_package(macro_example()).parts)
    broken = {n: d.replace(b"jixiao.CheckBook", b"jixiao.Gone") if n.endswith(".vml") else d for n, d in parts.items()}
    desk.installed()
    desk.open(tmp_path / "坏 按钮.xlsm", write_parts(broken.items()))
    bound = {caption for _, caption, _ in desk.office("buttons")}
    assert bound == {REPORT, CLEAR}
    with pytest.raises(RuntimeError, match="Gone"):
        desk.office("press", "VBAProject.jixiao.Gone?language=Basic&location=document")
    assert desk.press(CLEAR).startswith("标记和审核结果已清除")
    desk.office("save")
    assert _inputs(desk.path.read_bytes()) == _inputs(macro_example())
    desk.office("close")
