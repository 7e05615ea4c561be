"""Pages (版面): files laid out by LibreOffice, all in one start, and read back from the PDF, page by page.

The fonts that the files name are mapped to those that are there, so that every character has its true width: Calibri,
which measures the columns, is half as wide as a Chinese character, and so is a digit of the mono font.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import openpyxl
import pytest
from lxml import etree
from openpyxl.utils import column_index_from_string, range_boundaries
from referee import office

from toolkit.engines.xlsx import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

H = "{http://www.w3.org/1999/xhtml}"
FONTS = {
    "Noto Serif CJK SC": "仿宋_GB2312 仿宋 楷体_GB2312 宋体 方正小标宋简体",
    "Noto Sans CJK SC": "黑体",
    "Noto Sans Mono CJK SC": "Calibri 等线",
}
_BODY = 10.5  # points of the text that widths are counted in
_ONE_LINE = 3  # points between the middles of words that stand on one line
_FOOT = 50  # points, where the number of the page stands
FOOTER = re.compile(r"—\d+—|第\d+页共\d+页")


@dataclass(frozen=True)
class Word:
    """A word of a page (词) and where it stands, in points from the upper left."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        """How far down its middle stands."""
        return (self.top + self.bottom) / 2

    def covers(self, other: Word) -> float:
        """How much of the smaller of two words lies under the other."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        smaller = min((w.right - w.left) * (w.bottom - w.top) for w in (self, other))
        return across * down / smaller if across > 0 and down > 0 and smaller > 0 else 0.0


@dataclass(frozen=True)
class Page:
    """One page (页): its size and its words."""

    width: float
    height: float
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """All words."""
        return "".join(w.text for w in self.words)

    @property
    def lines(self) -> list[str]:
        """The words that stand on one line, from top to bottom."""
        found: list[list[Word]] = []
        for word in sorted(self.words, key=lambda w: w.middle):
            if not found or word.middle - found[-1][-1].middle > _ONE_LINE:
                found.append([])
            found[-1].append(word)
        return ["".join(w.text for w in sorted(line, key=lambda w: w.left)) for line in found]

    @property
    def body(self) -> list[str]:
        """The lines without the number of the page."""
        return [line for line in self.lines if not FOOTER.fullmatch(line)]

    @property
    def filled(self) -> float:
        """How far down the page its words reach, the number of the page aside."""
        return max((w.bottom for w in self.words if w.bottom < self.height - _FOOT), default=0.0) / self.height


def laid_out(files: Mapping[str, bytes], folder: Path) -> dict[str, list[Page]]:
    """The pages of every file, by its name."""
    program = office()
    if program is None:
        pytest.fail("LibreOffice is missing: 版面没有看，不能算通过")
    for name, data in files.items():
        (folder / name).write_bytes(data)
    paths = [str(folder / name) for name in files]
    profile = f"-env:UserInstallation={(folder / 'profile').resolve().as_uri()}"
    command = [program, profile, "--headless", "--norestore", "--convert-to", "pdf", "--outdir", str(folder), *paths]
    fonts = os.environ | {"FONTCONFIG_FILE": str(font_map(folder))}
    subprocess.run(command, check=True, capture_output=True, timeout=500, env=fonts)
    return {name: read_pdf((folder / name).with_suffix(".pdf")) for name in files}


def font_map(folder: Path) -> Path:
    """A configuration of fontconfig that shows the named fonts by those that are there."""
    aliases = "".join(
        f'<alias binding="same"><family>{name}</family><prefer><family>{real}</family></prefer></alias>'
        for real, names in FONTS.items()
        for name in names.split()
    )
    path = folder / "fonts.conf"
    path.write_text(
        f'<?xml version="1.0"?><fontconfig><include>/etc/fonts/fonts.conf</include>{aliases}</fontconfig>', "utf-8"
    )
    return path


def read_pdf(pdf: Path) -> list[Page]:
    """The pages of a PDF."""
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.fail("pdftotext is missing: 版面没有看，不能算通过")
    return list(_pages(reader, pdf))


def _pages(reader: str, pdf: Path) -> Iterator[Page]:
    told = subprocess.run([reader, "-bbox", str(pdf), "-"], check=True, capture_output=True, timeout=60).stdout
    root = etree.fromstring(re.sub(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]", b"", told), etree.XMLParser(recover=True))
    for page in root.iter(f"{H}page"):
        words = tuple(
            Word(w.text or "", *(float(w.get(k, "0")) for k in ("xMin", "yMin", "xMax", "yMax")))
            for w in page.iter(f"{H}word")
        )
        yield Page(float(page.get("width", "0")), float(page.get("height", "0")), words)


def printed_sheets(data: bytes) -> list[Worksheet]:
    """The sheets that a workbook prints."""
    return [
        s for s in openpyxl.load_workbook(io.BytesIO(data), data_only=True).worksheets if s.sheet_state == "visible"
    ]


def low_rows(sheet: Worksheet) -> Iterator[str]:
    """The cells whose text needs more lines than their rows have room for, by lines of its own size."""
    spans = {r.coord.partition(":")[0]: r for r in sheet.merged_cells.ranges}
    widths = {i: d.width for d in sheet.column_dimensions.values() for i in range(d.min or 1, (d.max or 1) + 1)}
    for row, cell in ((n, c) for n, line in enumerate(sheet.iter_rows(), sheet.min_row) for c in line):
        height = sheet.row_dimensions[row]
        if not isinstance(cell.value, str) or not cell.alignment.wrap_text or height.hidden or height.height is None:
            continue
        span = spans.get(cell.coordinate)
        across = range(cell.column, (span.max_col if span else cell.column) + 1)
        down = range(row, (span.max_row if span else row) + 1)
        room, size = sum(sheet.row_dimensions[r].height or 15 for r in down), cell.font.sz or 11
        width = sum(widths.get(i, 8.43) for i in across) * _BODY / max(size, _BODY)
        if lines_of(cell.value, width + 1.5) * size * 1.2 > min(room + 2, 409):
            yield f"{sheet.title}!{cell.coordinate}"


def texts_of(sheet: Worksheet) -> Iterator[str]:
    """The texts of the cells that a sheet prints, blanks aside."""
    area = str(sheet.print_area or "").replace("$", "").rpartition("!")[2] or sheet.dimensions
    left, top, right, bottom = range_boundaries(area)
    hidden = {column_index_from_string(n) for n, column in sheet.column_dimensions.items() if column.hidden}
    for row in sheet.iter_rows(min_row=top, max_row=bottom, min_col=left, max_col=right):
        for cell in row:
            shown = isinstance(cell.value, str) and not sheet.row_dimensions[cell.row].hidden
            if shown and cell.column not in hidden and (text := re.sub(r"\s", "", str(cell.value))):
                yield text


def put_together(text: str, pieces: frozenset[str]) -> bool:
    """Whether a text consists of pieces that stand on the page: a cell's lines, whole or cut where its font changes."""
    longest, reached = max(map(len, pieces), default=0), {0}
    for start in range(len(text)):
        if start in reached:
            ends = range(start + 1, min(len(text), start + longest) + 1)
            reached |= {end for end in ends if text[start:end] in pieces}
    return len(text) in reached
