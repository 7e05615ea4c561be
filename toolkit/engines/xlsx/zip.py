"""Parts of a zip container (压缩部件), compressed once and carried over as they are.

`zipfile` inflates and deflates whatever passes through it. Most parts of a workbook do not change between
units, or between the file that came in and the one that goes back, so their compressed bytes are copied.
Source of the layout: PKWARE APPNOTE 6.3.9, sections 4.3.7 to 4.3.16.
"""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

from toolkit.core.errors import UnreadableError
from toolkit.core.light import dataclass
from toolkit.engines.marks import mark_of

if TYPE_CHECKING:
    import zlib as quick
    from collections.abc import Container, Iterable, Mapping, Sequence
else:
    try:  # ISA-L: 30 MB of units' parts in 24 ms for zlib's 87, inflated in 16 for 40; 7 ms of a unit less
        from isal import isal_zlib as quick
    except ImportError:  # no wheel for this machine: the bytes differ, what they hold does not
        import zlib as quick

# QUICK is for what one unit has, its bytes are the processor's. ANYWHERE gives the same bytes on every machine, for
# what stands in version control; BEST does, too, and is for what is compressed once.
QUICK, ANYWHERE, BEST = 1, 2, 9

_LOCAL, _CENTRAL, _END = struct.Struct("<4s5H3L2H"), struct.Struct("<4s6H3L5H2L"), struct.Struct("<4s4H2LH")

_VERSION, _MADE_ON_UNIX = 20, 20 | 3 << 8

_UTF8 = 0x800

_TIME, _DATE = 0, 1 << 5 | 1  # 1980-01-01: the same content gives the same bytes

_READABLE = 0o600 << 16

MAX_PART, MAX_TOTAL, MAX_PARTS = 64 * 2**20, 256 * 2**20, 5000

# What `zipfile` lets through from a damaged directory (struct, and see its documentation) and a damaged stream.
# bzip2 and LZMA have errors of their own; their parts are refused before any is inflated.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    quick.error,
    struct.error,
    EOFError,
    ValueError,
    OSError,
    RuntimeError,  # NotImplementedError is one
    OverflowError,
)

TYPES = "[Content_Types].xml"


@dataclass(frozen=True, slots=True)
class Packed:
    """One part, compressed: its name, zip method (0 stored, 8 deflated), CRC-32 and size of the content in bytes."""

    name: str
    method: int
    crc: int
    size: int
    data: bytes


def packed(name: str, content: bytes, level: int = QUICK) -> Packed:
    """Compress one part."""
    return packed_pieces(name, (content,), level)


def stored(name: str, content: bytes) -> Packed:
    """One part as it is."""
    return Packed(name, zipfile.ZIP_STORED, quick.crc32(content), len(content), content)


@dataclass(frozen=True, slots=True)
class Deflated:
    """A stretch of content compressed on its own (自成一段): its bytes fit between any two others of a stream."""

    content: bytes
    data: bytes


def deflated(content: bytes) -> Deflated:
    """Compress a stretch that many parts have."""
    tool = zlib.compressobj(ANYWHERE, zlib.DEFLATED, -15)
    return Deflated(content, tool.compress(content) + tool.flush(zlib.Z_FULL_FLUSH))


def inflated_stretch(data: bytes) -> Deflated:
    """The stretch that was compressed to `data`."""
    return Deflated(quick.decompressobj(-15).decompress(data), data)


def packed_pieces(name: str, pieces: Iterable[bytes | Deflated], level: int = QUICK) -> Packed:
    """Compress one part, given in pieces; what is compressed already is carried over."""
    tool = (quick if level == QUICK else zlib).compressobj(level, zlib.DEFLATED, -15)
    data: list[bytes] = []
    crc = size = 0
    for piece in pieces:
        content = piece.content if isinstance(piece, Deflated) else piece
        crc, size = quick.crc32(content, crc), size + len(content)
        # A full flush ends at a whole byte, and nothing after it refers to what stands before.
        data += [tool.flush(zlib.Z_FULL_FLUSH), piece.data] if isinstance(piece, Deflated) else [tool.compress(piece)]
    return Packed(name, zipfile.ZIP_DEFLATED, crc, size, b"".join([*data, tool.flush()]))


def rels_of(part: str) -> str:
    """xl/worksheets/sheet1.xml → xl/worksheets/_rels/sheet1.xml.rels; "" is the package itself."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def part_names(entries: Iterable[zipfile.ZipInfo]) -> list[str]:
    """The parts' names as OOXML wants them.

    Some programs on Windows write backslashes; where programs differ in case, the parts that are found by their
    names alone get the one that they are asked for by.
    """
    names = [i.filename.replace("\\", "/").lstrip("/").removeprefix("./") for i in entries]
    known = {name.casefold(): name for name in names}
    return [_canonical(name, known) for name in names]


def _canonical(name: str, known: Mapping[str, str]) -> str:
    folded = name.casefold()
    if folded == TYPES.casefold():
        return TYPES
    folder, file = posixpath.split(name)
    above, last = posixpath.split(folder)
    if last.casefold() != "_rels" or not folded.endswith(".rels"):
        return name
    owner = posixpath.join(above, file[: -len(".rels")])
    return rels_of(known.get(owner.casefold(), owner))


def inflate(data: bytes) -> dict[str, bytes]:
    """The parts of an Office file, Excel or Word, sizes judged before anything is inflated.

    Raises:
        UnreadableError: damaged, oversized, protected or unsafe.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            names = part_names(entries)
            _check_directory(entries, names)
            return {name: _content(data, i) for name, i in zip(names, entries, strict=True) if not i.is_dir()}
    except _DAMAGED:
        raise UnreadableError("文件不完整或已损坏，无法解压。请重新保存或重新拷贝后再交。") from None


def _check_directory(entries: Sequence[zipfile.ZipInfo], names: Sequence[str]) -> None:
    """Sizes as declared; nothing is inflated beyond them."""
    if len(names) > MAX_PARTS or sum(i.file_size for i in entries) > MAX_TOTAL:
        raise UnreadableError("文件解压后过大，可能是异常文件，没有读取。请用 Excel、WPS 或 Word 打开，另存一份再交。")
    if not all(names):
        raise UnreadableError("文件的内部结构不正常（有没有名字的部件），没有读取。请用 Excel 或 WPS 另存一份再交。")
    for entry in entries:
        if entry.file_size > MAX_PART:
            raise UnreadableError(
                f"文件中的 {entry.filename} 过大（超过 64 MB），没有读取。请删除超长文字或多余内容后再交。"
            )
        if entry.flag_bits & 1:
            raise UnreadableError("文件设置了密码，无法读取。请取消密码，另存后再交。")
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:  # all that Office itself can read
            raise UnreadableError(
                f"文件中的 {entry.filename} 压缩方式不是 Office 所用的，没有读取。请用 Excel、WPS 或 Word 另存后再交。"
            )
    if len({name.casefold() for name in names}) != len(names):
        raise UnreadableError("文件的内部结构不正常（有重名部件），没有读取。请用 Excel 或 WPS 另存一份再交。")


def _content(archive: bytes, info: zipfile.ZipInfo) -> bytes:
    """One part inflated, up to the size that it is declared to have, and checked.

    `zipfile` reads through four layers, a few hundred bytes at a time for small parts: 0.7 ms of a unit.
    """
    content = _as_it_stands(archive, info)
    if info.compress_type == zipfile.ZIP_DEFLATED:
        content = quick.decompressobj(-15).decompress(content, info.file_size or 1)  # a limit of 0 would be none
    content = content[: info.file_size]
    if quick.crc32(content) != info.CRC:
        raise zipfile.BadZipFile
    return content


def packed_parts(archive: bytes) -> list[Packed]:
    """The files of a zip in its own order, deflated ones as they stand, others compressed anew.

    The archive has been read and found whole before (`open_package`).
    """
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        entries = source.infolist()
        return [_carried(archive, source, i, name) for i, name in zip(entries, part_names(entries), strict=True)]


def _carried(archive: bytes, source: zipfile.ZipFile, info: zipfile.ZipInfo, part: str) -> Packed:
    if info.compress_type != zipfile.ZIP_DEFLATED:
        return packed(part, source.read(info))
    return Packed(part, info.compress_type, info.CRC, info.file_size, _as_it_stands(archive, info))


def _as_it_stands(archive: bytes, info: zipfile.ZipInfo) -> bytes:
    """The bytes of a part; its local header may have another extra field than the directory, its own lengths count."""
    sign, *_, name, extra = _LOCAL.unpack_from(archive, info.header_offset)
    start = info.header_offset + _LOCAL.size + name + extra
    if sign != b"PK\x03\x04":
        raise zipfile.BadZipFile
    return archive[start : start + info.compress_size]


def replace_parts(archive: bytes, changed: Mapping[str, bytes], dropped: Container[str] = frozenset()) -> bytes:
    """The same zip with some parts replaced, added at its end or `dropped`.

    What does not change keeps its compressed bytes.
    """
    left = dict(changed)
    kept = (p for p in packed_parts(archive) if p.name not in dropped)
    parts = [packed(p.name, left.pop(p.name)) if p.name in left else p for p in kept]
    return joined([*parts, *(packed(name, content) for name, content in left.items())])


def joined(parts: Iterable[Packed], *, own: bool = True) -> bytes:
    """A zip of parts in the order given, marked as made by us. Same parts, same bytes.

    `own` is False for what is no finished file of ours: a template, or a copy for a reader.
    Sizes stay far below 4 GB (`MAX_TOTAL`), so the zip needs no 64-bit fields.

    Raises:
        ValueError: two parts have one name, whatever its case; Office refuses such a file.
    """
    seen: set[str] = set()
    body: list[bytes] = []
    directory: list[bytes] = []
    offset, listed = 0, list(parts)
    mark = mark_of((p.name, p.crc, p.size) for p in listed) if own else b""
    for part in listed:
        if part.name.casefold() in seen:
            raise ValueError(f"two parts are named {part.name}")
        seen.add(part.name.casefold())
        name = part.name.encode()
        common = (
            *(0 if name.isascii() else _UTF8, part.method, _TIME, _DATE, part.crc),
            *(len(part.data), part.size, len(name), 0),
        )
        local = _LOCAL.pack(b"PK\x03\x04", _VERSION, *common) + name
        extra, common = (b"", common) if directory else (mark, (*common[:-1], len(mark)))
        head = _CENTRAL.pack(b"PK\x01\x02", _MADE_ON_UNIX, _VERSION, *common, 0, 0, 0, _READABLE, offset)
        directory.append(head + name + extra)
        body += [local, part.data]
        offset += len(local) + len(part.data)
    count, size = len(directory), sum(map(len, directory))
    end = _END.pack(b"PK\x05\x06", 0, 0, count, count, size, offset, 0)
    return b"".join([*body, *directory, end])
