"""The button inside Excel, without Excel: xlwings' own front end over an engine of ours, on two back ends."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import xlwings as xw
from book_backends import LiveBackend, LockedError, OpenpyxlBackend
from book_engine import open_book
from live_office import LiveOffice, needs_live
from samples import macro_data

from toolkit.core.errors import UsageError
from toolkit.doors.excel import live
from toolkit.doors.excel.live import BookSource, recalc
from toolkit.doors.excel.press import press
from toolkit.engines.xlsx.formulas import address
from toolkit.engines.xlsx.reading.source import FileSource
from toolkit.pipeline import check_source, check_unit

if TYPE_CHECKING:
    from pathlib import Path

    from toolkit.engines.xlsx.writing.cells import CellChange

DAMAGED = {"封面_填表人": None, "人员_行政编制数": Decimal(13), "封面_单位负责人": "=cmd|'/c calc'!A1"}


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example with two faults and a text that looks like a formula."""
    path = tmp_path_factory.mktemp("单位 甲") / "示例 填报表.xlsm"
    path.write_bytes(macro_data(DAMAGED))
    return path


def _written(changes: tuple[CellChange, ...]) -> set[tuple[str, str, Any, str]]:
    return {(c.sheet, c.address, c.value, c.formula) for c in changes if not c.cached}


def test_openpyxl_book_as_file(damaged: Path) -> None:
    """The live book gives the same return, findings and changes as the file."""
    checked = check_unit(damaged)
    source = BookSource(open_book(OpenpyxlBackend(damaged)))
    audited = check_source(source, damaged.name)
    assert {f.rule for f in checked.result.findings} == {"B26", "D73"}
    assert audited.result == checked.result
    assert _written(press(source, audited).changes) == _written(press(checked.source, checked).changes)


@pytest.mark.whole  # every cell of the book is asked for one by one
@needs_live
def test_libreoffice_book_as_file(damaged: Path, tmp_path: Path) -> None:
    """The same `recalc` on a document that is open in LibreOffice; a second press changes nothing more."""
    copy = tmp_path / "副本 一.xlsm"
    copy.write_bytes(damaged.read_bytes())
    checked = check_unit(copy)
    with LiveOffice({}) as office:
        book = open_book(LiveBackend(office, copy))
        found = recalc(book)
        assert _written(found.changes) == _written(press(checked.source, checked).changes)
        after = BookSource(book)
        assert check_source(after, copy.name).result == checked.result
        assert _written(press(after, check_source(after, copy.name)).changes) == set()
        office("save")
        office("close")
    assert "=cmd|'/c calc'!A1" in str(FileSource(copy.read_bytes()).values("封面"))


def test_only_our_own_cells_are_written(damaged: Path) -> None:
    """Marks, results, tool verdicts and the status: nothing else, and the settings are put back."""
    backend = OpenpyxlBackend(damaged)
    book = open_book(backend)
    recalc(book)
    names = FileSource(damaged.read_bytes()).names
    ours = [a for n, a in names[0].items() if n.startswith("jixiao_")]
    ours += [a for own in names[1].values() for n, a in own.items() if n.startswith("jixiao_")]
    assert backend.written
    for (sheet, row, column), _ in backend.written:
        assert any(a.sheet == sheet and a.top <= row <= a.bottom and a.left <= column <= a.right for a in ours), (
            sheet,
            row,
            column,
        )
    assert (book.app.impl.screen_updating, book.app.impl.enable_events, book.app.impl.calculated) == (True, True, 1)


def _emptied(damaged: Path, tmp_path: Path) -> tuple[Path, str]:
    """The workbook with one computed cell emptied on its protected sheet."""
    area = FileSource(damaged.read_bytes()).names[0]["整体_总分"]
    backend = OpenpyxlBackend(damaged)
    where = address(area.top, area.left)
    backend.book[area.sheet][where] = None
    path = tmp_path / "空.xlsm"
    backend.book.save(path)
    return path, where


def test_an_emptied_computed_cell_gets_its_formula_back(damaged: Path, tmp_path: Path) -> None:
    """The protected sheet is opened without password and closed with the permissions it had."""
    path, where = _emptied(damaged, tmp_path)
    backend = OpenpyxlBackend(path)
    recalc(open_book(backend))
    assert str(backend.book["整体自评表"][where].value).startswith("=IF(")
    api = backend.apis["整体自评表"]
    assert api.ProtectContents
    assert api.protected_with == ["", False, True, False, False, False, True, False, False, True, *[False] * 6]


def test_a_sheet_with_a_password_is_left_alone(damaged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence in the status cell, nothing else written, settings put back."""
    path, _ = _emptied(damaged, tmp_path)
    backend = OpenpyxlBackend(path, {"整体自评表": "secret"})
    book = open_book(backend)
    with pytest.raises(UsageError, match=r"整体自评表.*密码"):
        recalc(book)
    assert (backend.written, backend.apis["整体自评表"].ProtectContents) == ([], True)
    assert book.app.impl.screen_updating is True
    book.set_mock_caller()
    monkeypatch.delattr(xw.Book, "_mock_caller", raising=False)
    book.set_mock_caller()
    live.press_from_excel()
    assert [place for place, _ in backend.written] == [("审核结果", 1, 1)]
    assert "密码" in str(backend.written[0][1])


def test_the_engine_locks_as_excel_does(damaged: Path) -> None:
    """The test double would notice a write to a locked cell."""
    backend = OpenpyxlBackend(damaged)
    with pytest.raises(LockedError):
        backend.write(("整体自评表", 1, 1), "x", formula=False)


def test_no_licence_and_nothing_of_xlwings_pro() -> None:
    """Xlwings itself loads one helper of its pro folder; no pro engine is there, and we import none."""
    assert xw.__pro__ is False
    assert {m for m in sys.modules if m.startswith("xlwings.pro.")} <= {"xlwings.pro.utils"}
    assert {engine.name for engine in xw.engines} <= {"jixiao-tests", "excel"}
