"""Marks of what this program wrote (自己的记号): only a file that carries one may be written over.

An Office file carries it as an extra field in the directory of its zip (APPNOTE 4.5), over the checksums of all
parts: a program that saves the file drops it, and an edit makes it wrong. So a report that somebody went on
writing in Word is nobody's to replace.
"""

from __future__ import annotations

import hashlib
import struct
import zipfile
from typing import TYPE_CHECKING

from toolkit.core.patterns import late

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_ID, _WORD = b"jx", b"jixiao"

_PDF, _PDF_MARK = b"%PDF", b"\n%jixiao "

_HEADER = struct.Struct("<2sH")

_LENGTHS, _CENTRAL, _END = struct.Struct("<3H"), 46, struct.Struct("<4s4H2LH")

_TEXTS = (
    b'"schema":"jixiao.',
    b'"schema": "jixiao.',
    b"jixiao-answer ",
    "由 `jixiao ".encode(),
    "jixiao 出错记录".encode(),
)

# A file of ours that lost its end has lost its mark: it still begins as ours do (no flags, 1980-01-01).
_LOCAL = late(rb"PK\x03\x04\x14\x00(?:\x00\x00|\x00\x08)[\x00\x08]\x00\x00\x00\x21\x00")
_HEAD = 512  # bytes of a text in which its mark stands


def mark_of(parts: Iterable[tuple[str, int, int]]) -> bytes:
    """The extra field for parts given as name, CRC-32 and size."""
    found = hashlib.sha256()
    for name, crc, size in parts:
        found.update(f"{name}\0{crc}\0{size}\0".encode("utf-8", "surrogatepass"))
    told = _WORD + found.digest()[:16]
    return _HEADER.pack(_ID, len(told)) + told


def is_ours(path: Path) -> bool:
    """Whether this program wrote a file, and nobody else has changed it since."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
        if head.startswith(_PDF):
            return _is_marked_pdf(path.read_bytes())
        if not head.startswith(b"PK"):
            return any(mark in head for mark in _TEXTS)
        try:
            with zipfile.ZipFile(path) as archive:
                parts = archive.infolist()
                return bool(parts) and _mark_of(parts) in parts[0].extra
        except zipfile.BadZipFile:
            return _LOCAL.match(head) is not None
    except (OSError, ValueError, NotImplementedError):
        return False


def marked_pdf(data: bytes) -> bytes:
    """A PDF with the mark: a comment behind its end, over all that stands before it."""
    return data + _PDF_MARK + hashlib.sha256(data).hexdigest().encode() + b"\n"


def _is_marked_pdf(data: bytes) -> bool:
    made, _, _ = data.rpartition(_PDF_MARK)
    return bool(made) and marked_pdf(made) == data


def _mark_of(parts: Iterable[zipfile.ZipInfo]) -> bytes:
    return mark_of((i.filename, i.CRC, i.file_size) for i in parts)


def mark_zip(path: Path) -> None:
    """Put the mark into a zip that a library wrote: its directory is written anew, its parts stay where they are."""
    with zipfile.ZipFile(path) as archive:
        start, mark = archive.start_dir, _mark_of(archive.infolist())
    with path.open("r+b") as stream:
        stream.seek(start)
        tail = stream.read()
        found = list(_END.unpack(tail[-_END.size :]))
        name, extra, _ = _LENGTHS.unpack_from(tail, 28)
        place = _CENTRAL + name + extra
        found[5] += len(mark)
        head = tail[:30] + struct.pack("<H", extra + len(mark)) + tail[32:place]
        stream.seek(start)
        stream.write(head + mark + tail[place : -_END.size] + _END.pack(*found))
