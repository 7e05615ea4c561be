"""Our VBA project (宏工程): other programs read back what we wrote, and strangers' code is noticed."""

from __future__ import annotations

import io
import os
import re
import warnings
from typing import TYPE_CHECKING

import olefile
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import macro_example

from toolkit.authoring.build import macro_bytes
from toolkit.engines.vba.cfb import compound_file
from toolkit.engines.vba.compression import compress, decompress
from toolkit.engines.vba.project import read_project, same_macros, vba_project
from toolkit.engines.xlsx.package import open_package
from toolkit.pack.finding import list_packs
from toolkit.pack.pack import MACRO_NAME
from toolkit.pipeline import check_unit
from toolkit.publishing.workbooks.macros import VBA_PART, macro_source
from toolkit.publishing.workbooks.marks import MACROS, MODULE

if TYPE_CHECKING:
    from pathlib import Path

    from toolkit.pack.pack import Pack

SOURCE = macro_source()[MODULE]
PACKS = list_packs()


@given(st.one_of(st.binary(max_size=9000), st.text("ab\n", max_size=9000).map(str.encode)))
def test_compression_comes_back(data: bytes) -> None:
    """A raw last chunk is padded with zeros; everything before is the same."""
    found = decompress(compress(data))
    assert found[: len(data)] == data
    assert set(found[len(data) :]) <= {0}


def test_compression_is_real() -> None:
    assert len(compress(SOURCE.encode())) < len(SOURCE) / 2


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x01\x03\x00ab", b"\x01\x03\xb0\x01\xff\xff\x00", bytes(40)])
def test_damaged_compression_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        decompress(data)


@pytest.mark.parametrize("sizes", [[0], [1, 64, 65], [4095, 4096, 4097], [70000, 10, 300000]])
def test_olefile_reads_our_container(sizes: list[int]) -> None:
    streams = {f"s{i}": bytes([i + 1]) * size for i, size in enumerate(sizes)}
    data = compound_file({"VBA": dict(streams), "top": b"x"})
    with olefile.OleFileIO(io.BytesIO(data), raise_defects=olefile.DEFECT_UNSURE) as ole:
        assert ole.parsing_issues == []
        assert {n: ole.openstream(f"VBA/{n}").read() for n in streams} == streams


def _macros(path: Path) -> dict[str, str]:
    """Module file → source, as olevba reads it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its parser library has renamed things
        from oletools.olevba import VBA_Parser

        return {name: code for _, _, name, code in VBA_Parser(str(path)).extract_macros()}


@pytest.mark.parametrize("pack", PACKS, ids=lambda p: p.id)
def test_olevba_reads_the_committed_source(pack: Pack) -> None:
    path = pack.folder / MACRO_NAME
    found = _macros(path)
    told = found.pop(f"{MODULE}.bas")
    assert told.replace("\r\n", "\n") == SOURCE
    assert all(line.startswith("Attribute ") for code in found.values() for line in code.splitlines() if line)
    sheets = open_package(path.read_bytes()).sheets
    assert len(found) == len(sheets) + 1


@pytest.mark.parametrize("pack", PACKS, ids=lambda p: p.id)
def test_pyopenvba_finds_nothing(pack: Pack) -> None:
    """It checks the container, the project, its references and the package around them, as Office would."""
    if "CI" not in os.environ:
        pytest.importorskip("pyopenvba")
    import pyopenvba

    path = pack.folder / MACRO_NAME
    assert pyopenvba.check_file(path).issues == ()
    with pyopenvba.ExcelFile(path) as book:
        assert book.validate() == []
        assert book.get_module(MODULE).replace("\r\n", "\n") == SOURCE


@pytest.mark.parametrize("pack", PACKS, ids=lambda p: p.id)
def test_every_bound_macro_exists_and_code_names_match(pack: Pack) -> None:
    parts = open_package((pack.folder / MACRO_NAME).read_bytes()).parts
    public = set(re.findall(r"^Public Sub (\w+)\(\)", SOURCE, re.MULTILINE))
    drawings = [d.decode() for n, d in parts.items() if n.endswith(".vml")]
    bound = [re.findall(rf"<x:FmlaMacro>\[0\]!{MODULE}\.(\w+)<", d) for d in drawings]
    assert bound == [list(MACROS.values())] * 3
    assert set(MACROS.values()) == public
    modules = {m.name for m in read_project(parts[VBA_PART]) if m.document}
    codes = {m[1].decode() for d in parts.values() for m in re.finditer(rb'codeName="(\w+)"', d)}
    assert modules == codes


def test_a_rebuild_gives_the_same_bytes() -> None:
    pack = PACKS[0]
    before = (pack.folder / MACRO_NAME).read_bytes()
    assert macro_bytes(pack) == before


def test_the_source_is_ascii_and_asks_for_nothing_strange() -> None:
    assert SOURCE.isascii()
    words = ("Declare ", "CreateObject", "http", "Auto_Open", "Workbook_Open", "VBProject", " Lib ")
    assert {word: SOURCE.count(word) for word in words if word in SOURCE} == {"CreateObject": 1}


OTHERS = {
    "one line more": lambda s: s.replace("Public Sub CheckBook()", 'Public Sub CheckBook()\nShell "calc"'),
    "a line less": lambda s: s.replace("    If Not OnDisk() Then", "    If False Then"),
    "code behind an attribute": lambda s: s.replace("Option Explicit", "Option Explicit: Evil"),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_changed_macros_are_noticed(kind: str) -> None:
    own = vba_project(macro_source(), ["Sheet1"])
    assert not same_macros(vba_project({MODULE: OTHERS[kind](SOURCE)}, ["Sheet1"]), own)


def test_macros_saved_again_are_ours() -> None:
    """Editors change case and spacing, add sheets and options; a second module or code behind a sheet is foreign."""
    own = vba_project(macro_source(), ["Sheet1"])
    retyped = "Option VBASupport 1\n" + SOURCE.replace("lines", "Lines").replace("    ", "  ")
    assert same_macros(vba_project({MODULE: retyped}, ["Sheet1", "Sheet2"]), own)
    assert not same_macros(vba_project({**macro_source(), "more": "Sub A()\nEnd Sub"}, ["Sheet1"]), own)
    assert not same_macros(b"Attribute VB_Name = virus", own)
    assert not same_macros(compound_file({"VBA": {"dir": b"\x01"}}), own)


def test_a_macro_workbook_is_read(tmp_path: Path) -> None:
    path = tmp_path / "填报表.xlsm"
    path.write_bytes(macro_example())
    assert check_unit(path).result.findings == ()
