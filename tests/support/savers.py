"""Other programs that save workbooks (别的软件): a workbook as each of them writes it."""

from __future__ import annotations

import io
import shutil
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import openpyxl
from referee import needs, recalculate

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).parents[1] / "office"
needs_node = needs(
    (HERE / "node_modules/exceljs").is_dir(),
    "exceljs and SheetJS are not installed: npm install --no-package-lock --prefix tests/office",
)
needs_gnumeric = needs(shutil.which("ssconvert"), "Gnumeric (ssconvert) is not installed")


def by_openpyxl(data: bytes) -> bytes:
    """It saves no results of formulas."""
    out = io.BytesIO()
    openpyxl.load_workbook(io.BytesIO(data)).save(out)
    return out.getvalue()


def by_libreoffice(data: bytes) -> bytes:
    """Every formula worked out anew."""
    with TemporaryDirectory() as folder:
        source = Path(folder) / "原.xlsx"
        source.write_bytes(data)
        return recalculate(source, Path(folder) / "存").read_bytes()


def by_gnumeric(data: bytes) -> bytes:
    """Every formula worked out anew."""
    with TemporaryDirectory() as folder:
        source, made = Path(folder) / "原.xlsx", Path(folder) / "存.xlsx"
        source.write_bytes(data)
        command = ["ssconvert", "--recalc", str(source), str(made)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        assert made.is_file(), done.stderr
        return made.read_bytes()


@cache
def by_node(data: bytes) -> Mapping[str, bytes]:
    """By SheetJS in two ways, and by exceljs: name → bytes."""
    with TemporaryDirectory() as folder:
        source = Path(folder) / "原.xlsx"
        source.write_bytes(data)
        subprocess.run(["node", str(HERE / "save.mjs"), str(source), folder], check=True)  # noqa: S607 - found on the PATH
        return {p.stem: p.read_bytes() for p in Path(folder).iterdir() if p != source}
