"""The button end to end: LibreOffice opens the workbook, the macro bound to the button runs, our program answers."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

import pytest
from live_office import LiveOffice
from referee import needs_office
from samples import macro_example
from workbook_compare import differences

from toolkit.button import recalculated
from toolkit.button_places import FIRST_ROW, RESULT_SHEET
from toolkit.findings import CellRef
from toolkit.ooxml import open_package, write_parts
from toolkit.pipeline import check_unit
from toolkit.source import FileSource, open_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
            f"#!/bin/sh\n{script or f'exec {sys.executable} -m toolkit ' + chr(34) + '$@' + chr(34)}\n"
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
        self.office("write", *self.places[name], value, False)

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
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    with LiveOffice({"JIXIAO_QUIET": "1", "HOME": str(home), "PYTHONPATH": root}) as office:
        yield Desk(office, home)


@pytest.fixture
def opened(desk: Desk, tmp_path: Path) -> Iterator[Desk]:
    desk.installed()
    desk.open(tmp_path / "单位 甲" / "示例（2023） 填报表.xlsm", macro_example())
    yield desk
    desk.office("close")


# 规则 | 改哪一格 | 改成什么 | 应指出的格
DAMAGE = (
    ("B32", "基础_办公经费_上年决算数", 99),
    ("A01", "整体_收入_一般公共预算", 768.4),
    ("D73", "封面_填表人", ""),
)


@needs_office
def test_probe(opened: Desk) -> None:
    desk = opened
    before = {name: desk.sheet(name) for name in desk.office("sheets")}
    for _, name, value in DAMAGE:
        desk.type(name, value)
    print(desk.press(CHECK), desk.listed(), desk.marked())
    print(
        {
            n: [(a, b) for a, b in zip(before[n], desk.sheet(n), strict=False) if a != b][:2]
            for n in before
            if n not in ("审核", "审核结果")
        }
    )
