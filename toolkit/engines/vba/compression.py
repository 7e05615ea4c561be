"""MS-OVBA compression (2.4.1): the source of a VBA module and the list of modules are stored so."""

from __future__ import annotations

_CHUNK, _SIGNATURE, _LEAST = 4096, 0x3000, 3

_MOST = 2 * 2**20  # no macro that we accept comes near


def compress(data: bytes) -> bytes:
    """A compressed container."""
    return b"\x01" + b"".join(_chunk(data[i : i + _CHUNK]) for i in range(0, len(data), _CHUNK))


def decompress(data: bytes) -> bytes:
    """What a compressed container holds.

    Raises:
        ValueError: damaged, or larger than 2 MB.
    """
    if not data or data[0] != 1:
        raise ValueError("not a compressed container")
    out, place = bytearray(), 1
    while place + 2 <= len(data) and len(out) <= _MOST:
        header = int.from_bytes(data[place : place + 2], "little")
        size = (header & 0x0FFF) + 1
        body = data[place + 2 : place + 2 + size]
        place += 2 + size
        if header & 0x7000 != _SIGNATURE:
            raise ValueError("damaged chunk header")
        out += _expanded(body) if header & 0x8000 else body
    if len(out) > _MOST:
        raise ValueError("too large")
    return bytes(out)


def _bits(position: int) -> int:
    """How many bits of a copy token hold the offset at this place of a chunk."""
    return max((position - 1).bit_length(), 4)


def _chunk(raw: bytes) -> bytes:
    packed = _packed(raw)
    if len(packed) >= _CHUNK:
        packed, flag = raw.ljust(_CHUNK, b"\0"), 0
    else:
        flag = 0x8000
    return (_SIGNATURE | flag | (len(packed) - 1)).to_bytes(2, "little") + packed


def _packed(raw: bytes) -> bytes:
    out, position = bytearray(), 0
    seen: dict[bytes, list[int]] = {}
    while position < len(raw):
        flags, tokens = 0, bytearray()
        for bit in range(8):
            if position >= len(raw):
                break
            offset, length = _longest(raw, position, seen)
            if length >= _LEAST:
                flags |= 1 << bit
                token = (offset - 1) << (16 - _bits(position)) | (length - _LEAST)
                tokens += token.to_bytes(2, "little")
            else:
                length = 1
                tokens.append(raw[position])
            for index in range(position, position + length):
                seen.setdefault(raw[index : index + _LEAST], []).append(index)
            position += length
        out.append(flags)
        out += tokens
    return bytes(out)


def _longest(raw: bytes, position: int, seen: dict[bytes, list[int]]) -> tuple[int, int]:
    """(offset, length) of the longest earlier match, the nearest among equals."""
    limit = min((0xFFFF >> _bits(position)) + _LEAST, len(raw) - position)
    best = (0, 0)
    for start in reversed(seen.get(raw[position : position + _LEAST], ())):
        length = 0
        while length < limit and raw[start + length] == raw[position + length]:
            length += 1
        if length > best[1]:
            best = (position - start, length)
        if length == limit:
            break
    return best


def _expanded(body: bytes) -> bytes:
    out, place = bytearray(), 0
    while place < len(body):
        flags = body[place]
        place += 1
        for bit in range(8):
            if place >= len(body):
                break
            if flags >> bit & 1:
                _copy(out, int.from_bytes(body[place : place + 2], "little"))
                place += 2
            else:
                out.append(body[place])
                place += 1
    return bytes(out)


def _copy(out: bytearray, token: int) -> None:
    bits = _bits(len(out))
    offset = (token >> (16 - bits)) + 1
    if offset > len(out):
        raise ValueError("copy from before the start")
    for _ in range((token & (0xFFFF >> bits)) + _LEAST):
        out.append(out[-offset])
        if len(out) > _CHUNK:
            raise ValueError("chunk too large")
