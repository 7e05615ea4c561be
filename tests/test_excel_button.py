"""The button inside Excel, without Excel: xlwings' own front end over an engine of ours, on two back ends."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from book_backends import LiveBackend, OpenpyxlBackend
from book_engine import open_book
from live_office import LiveOffice
from referee import needs_office
from samples import macro_example

from toolkit.button import press
from toolkit.errors import UsageError
from toolkit.excel_button import BookSource, recalc
from toolkit.pipeline import check_source, check_unit

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def book_file(tmp_path: Path) -> Path:
    path = tmp_path / "示例 填报表.xlsm"
    path.write_bytes(macro_example())
    return path


def test_probe(book_file: Path) -> None:
    backend = OpenpyxlBackend(book_file)
    found = recalc(open_book(backend))
    print(found.told, backend.written[:5])
