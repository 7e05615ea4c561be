"""Raw copying of zip entries (压缩部件): content, checksum, order and bytes; and LibreOffice opens what comes of it."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import sys
import tracemalloc
import zipfile
import zlib
from typing import TYPE_CHECKING

import pytest
from hostile_bytes import parts_of
from hypothesis import given
from hypothesis import strategies as st
from referee import needs_office, recalculate
from samples import DEMO, check_bytes, filled_example
from workbook_compare import differences

from toolkit.core.errors import UnreadableError
from toolkit.engines.xlsx import zip as zip_file
from toolkit.engines.xlsx.zip import Packed, deflated, inflate, joined, packed, packed_parts, packed_pieces
from toolkit.publishing.workbooks import feedback_workbook

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0\\/"), min_size=1, max_size=12)
CONTENTS = st.dictionaries(NAMES, st.binary(max_size=400), max_size=6).filter(
    lambda parts: len({name.casefold() for name in parts}) == len(parts)  # part names differ in more than case
)


def archive(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """As the standard library writes it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, content in parts.items():
            made.writestr(zipfile.ZipInfo(name), content, method)
    return buffer.getvalue()


def contents(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as made:
        assert made.testzip() is None
        return {name: made.read(name) for name in made.namelist()}


@given(CONTENTS)
def test_what_is_joined_is_what_was_packed(parts: dict[str, bytes]) -> None:
    data = joined(packed(name, content) for name, content in parts.items())
    assert list(contents(data).items()) == list(parts.items())
    assert data == joined(packed_parts(data))


@given(st.lists(st.tuples(st.text("<row 甲1/>", max_size=300).map(str.encode), st.booleans()), max_size=8))
def test_pieces_compressed_before_stand_in_any_place(pieces: list[tuple[bytes, bool]]) -> None:
    made = packed_pieces("a.xml", [deflated(content) if before else content for content, before in pieces])
    assert contents(joined([made])) == {"a.xml": b"".join(content for content, _ in pieces)}


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_any_method_comes_in_and_the_same_content_goes_out(method: int) -> None:
    parts = {"甲.xml": "金额".encode() * 50, "b.xml": b"", "c/": b"", "c/d.bin": bytes(range(256))}
    assert list(contents(joined(packed_parts(archive(parts, method)))).items()) == list(parts.items())


def test_deflated_bytes_are_copied_as_they_stand() -> None:
    """Also behind a header with an extra field, a data descriptor, and bytes in front of the archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        info = zipfile.ZipInfo("a.xml")
        info.compress_type, info.extra = zipfile.ZIP_DEFLATED, b"\x99\x99\x04\x00jixi"
        with made.open(info, "w", force_zip64=True) as stream:  # a local header longer than the directory says
            stream.write(b"<a>1</a>" * 100)
    (found,) = packed_parts(b"in front" + buffer.getvalue())
    assert (found.name, found.method, found.size) == ("a.xml", zipfile.ZIP_DEFLATED, 800)
    assert contents(joined([found])) == {"a.xml": b"<a>1</a>" * 100}


@given(CONTENTS, st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
def test_what_others_packed_is_inflated(parts: dict[str, bytes], method: int) -> None:
    named = {f"xl/{number}.bin": content for number, content in enumerate(parts.values())}
    assert inflate(archive(named, method)) == named


@given(st.binary(min_size=200, max_size=400), st.data())
def test_a_bit_that_fell_over_is_told_or_changes_nothing(content: bytes, data: st.DataObject) -> None:
    """In the stream, its headers or the directory: the content comes out as it was, or the file is damaged."""
    whole = archive({"a.bin": content, "b.bin": content * 3})
    place = data.draw(st.integers(0, len(whole) - 1))
    made = whole[:place] + bytes([whole[place] ^ 1 << data.draw(st.integers(0, 7))]) + whole[place + 1 :]
    with contextlib.suppress(UnreadableError):
        assert set(inflate(made).values()) <= {content, content * 3}


@pytest.mark.parametrize("told", [0, 1, 100])
def test_nothing_is_inflated_beyond_what_is_declared(told: int) -> None:
    """A stream of 50 MB whose directory says less: its checksum is that of the beginning, so the size alone tells."""
    bomb = packed("a.bin", bytes(50 * 2**20))
    small = joined([Packed("a.bin", bomb.method, zlib.crc32(bytes(told)), told, bomb.data)])
    tracemalloc.start()
    assert inflate(small) == {"a.bin": bytes(told)}
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The same file where ISA-L cannot be imported."""
    monkeypatch.setitem(sys.modules, "isal", None)
    spec = importlib.util.spec_from_file_location("plain_zip", zip_file.__file__)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.quick is zlib
    return module


def test_machines_with_and_without_isa_l_read_each_other(plain: ModuleType) -> None:
    parts = parts_of(filled_example(DEMO))
    for one, other in ((plain, zip_file), (zip_file, plain)):
        made = one.joined(one.packed(name, content) for name, content in parts.items())
        assert other.inflate(made) == parts
        with pytest.raises(UnreadableError, match="已损坏"):
            other.inflate(made.replace(made[3000:3100], bytes(100)))
    for level in (zip_file.ANYWHERE, zip_file.BEST):
        ones, others = ([m.packed(n, c, level).data for n, c in parts.items()] for m in (plain, zip_file))
        assert ones == others


def test_a_wrong_checksum_would_be_told() -> None:
    """The comparison above can fail: a part whose checksum is wrong is no part."""
    good = packed("a.xml", b"<a/>")
    bad = joined([Packed(good.name, good.method, good.crc ^ 1, good.size, good.data)])
    with zipfile.ZipFile(io.BytesIO(bad)) as made:
        assert made.testzip() == "a.xml"


def test_feedback_copies_what_it_does_not_change() -> None:
    """Sheets without a finding keep the very bytes that came in; nothing is lost or doubled."""
    checked = check_bytes(filled_example(DEMO))
    made = feedback_workbook(checked.source.data, checked.source.package, checked.result, "小结", {})
    before = {part.name: part for part in packed_parts(checked.source.data)}
    after = packed_parts(made)
    names = [part.name for part in after]
    assert names[: len(before)] == list(before)
    assert len(set(names)) == len(names)
    same = {part.name for part in after if before.get(part.name) == part}
    marked = {cell.sheet for finding in checked.result.findings for cell in finding.cells}
    clean = {sheet.part for sheet in checked.source.package.sheets if sheet.name not in marked}
    assert clean - {"xl/worksheets/sheetFeedback.xml"} <= same
    assert len(same) > len(before) / 2


@needs_office
def test_libreoffice_opens_a_workbook_of_copied_parts(tmp_path: Path) -> None:
    path = tmp_path / "拷贝.xlsx"
    path.write_bytes(joined(packed_parts(filled_example(DEMO))))
    (tmp_path / "重算").mkdir()
    assert differences(path, recalculate(path, tmp_path / "重算")) == []
