"""Compound files (复合文档, MS-CFB version 3): the container of a VBA project; the same bytes each time."""

from __future__ import annotations

import struct

from toolkit.core.light import dataclass, field

_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096

_SIGNATURE = bytes.fromhex("D0CF11E0A1B11AE1")

_ROOT, _STORAGE, _STREAM = 5, 1, 2

_RED, _BLACK = 0, 1

_HEADER_FATS = 109

Tree = dict[str, "bytes | Tree"]


@dataclass(slots=True)
class _Entry:
    """One directory entry; entries of a storage form a binary search tree."""

    name: str
    kind: int
    data: bytes = b""
    children: list[int] = field(default_factory=list)
    left: int = _FREE
    right: int = _FREE
    child: int = _FREE
    colour: int = _BLACK
    start: int = 0
    size: int = 0


@dataclass(slots=True)
class _Sectors:
    """Sectors and their chains."""

    size: int
    data: bytearray = field(default_factory=bytearray)
    chain: list[int] = field(default_factory=list)

    def put(self, content: bytes, pad: bytes = b"\0") -> int:
        """Append a stream; its first sector, or the end mark when it is empty."""
        if not content:
            return _END
        first, count = len(self.chain), -(-len(content) // self.size)
        self.data += content.ljust(count * self.size, pad)
        self.chain += [*range(first + 1, first + count), _END]
        return first


def compound_file(tree: Tree) -> bytes:
    """The bytes of a compound file; a nested dict is a storage.

    Raises:
        ValueError: more than 109 FAT sectors (about 7 MB), which no macro of ours comes near.
    """
    entries = [_Entry("Root Entry", _ROOT)]
    _collect(entries, 0, tree)
    for entry in entries:
        ordered = sorted(entry.children, key=lambda i: (len(entries[i].name), entries[i].name.upper()))
        entry.child = _balanced(entries, ordered, 0, len(ordered).bit_length() - 1)
    sectors, mini = _Sectors(_SECTOR), _Sectors(_MINI)
    for entry in entries[1:]:
        if entry.kind == _STREAM:
            entry.size = len(entry.data)
            entry.start = (mini if entry.size < _CUTOFF else sectors).put(entry.data)
    entries[0].start, entries[0].size = sectors.put(bytes(mini.data)), len(mini.data)
    mini_fat = struct.pack(f"<{len(mini.chain)}I", *mini.chain)
    mini_start = sectors.put(mini_fat, b"\xff")
    directory = sectors.put(_directory(entries))
    fats = _add_fat(sectors)
    return _header(fats, directory, mini_start, -(-len(mini_fat) // _SECTOR)) + bytes(sectors.data)


def _collect(entries: list[_Entry], parent: int, tree: Tree) -> None:
    for name, content in tree.items():
        storage = isinstance(content, dict)
        entries.append(_Entry(name, _STORAGE if storage else _STREAM, b"" if isinstance(content, dict) else content))
        index = len(entries) - 1
        entries[parent].children.append(index)
        if isinstance(content, dict):
            _collect(entries, index, content)


def _balanced(entries: list[_Entry], ordered: list[int], depth: int, deepest: int) -> int:
    """A red-black tree: split in the middle, the deepest level red."""
    if not ordered:
        return _FREE
    middle = len(ordered) // 2
    entry = entries[ordered[middle]]
    entry.left = _balanced(entries, ordered[:middle], depth + 1, deepest)
    entry.right = _balanced(entries, ordered[middle + 1 :], depth + 1, deepest)
    entry.colour = _RED if depth == deepest > 0 else _BLACK
    return ordered[middle]


def _directory(entries: list[_Entry]) -> bytes:
    made = b"".join(_record(e) for e in entries)
    while len(made) % _SECTOR:
        made += _record(None)
    return made


def _record(entry: _Entry | None) -> bytes:
    if entry is None:
        return bytes(68) + struct.pack("<III", _FREE, _FREE, _FREE) + bytes(48)
    name = entry.name.encode("utf-16-le") + b"\0\0"
    head = struct.pack("<HBBIII", len(name), entry.kind, entry.colour, entry.left, entry.right, entry.child)
    return name.ljust(64, b"\0") + head + bytes(36) + struct.pack("<IQ", entry.start, entry.size)


def _add_fat(sectors: _Sectors) -> list[int]:
    """The FAT describes its own sectors too."""
    used, count = len(sectors.chain), 1
    while count * _SECTOR // 4 < used + count:
        count += 1
    if count > _HEADER_FATS:
        raise ValueError("compound file too large")
    chain = [*sectors.chain, *[_FAT] * count]
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(count * _SECTOR, b"\xff")
    sectors.put(table)
    return list(range(used, used + count))


def _header(fats: list[int], directory: int, mini_start: int, mini_count: int) -> bytes:
    head = _SIGNATURE + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<9I", 0, len(fats), directory, 0, _CUTOFF, mini_start, mini_count, _END, 0)
    return head + struct.pack(f"<{_HEADER_FATS}I", *fats, *[_FREE] * (_HEADER_FATS - len(fats)))
