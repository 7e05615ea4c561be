"""Bytes for files from strangers (来历不明的文件): zips taken apart and put together, bombs, an old Office file."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from toolkit.engines.xlsx.zip import Packed, joined

if TYPE_CHECKING:
    from collections.abc import Mapping

BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]><sst>&d;</sst>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><workbook>&a;</workbook>"""
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {i.filename: archive.read(i) for i in archive.infolist()}


def zipped(parts: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def claiming(sizes: Mapping[str, int]) -> bytes:
    """A zip of empty parts that claim to be so large: what is judged from the directory needs no bytes."""
    return joined(Packed(name, zipfile.ZIP_STORED, 0, size, b"") for name, size in sizes.items())


def locked(data: bytes) -> bytes:
    """The zip with its last part said to be encrypted."""
    entry = data.rindex(b"PK\x01\x02")
    return data[: entry + 8] + bytes([data[entry + 8] | 1]) + data[entry + 9 :]
