"""VBA projects (宏工程, MS-OVBA): ours is written from its source; a returned file's is read back as source.

Only source is written: no compiled code, no caches, so Excel compiles what stands in the repository.
"""

from __future__ import annotations

import io
import re
import struct
from typing import TYPE_CHECKING

from toolkit.core.light import dataclass
from toolkit.core.patterns import late
from toolkit.engines.vba.cfb import compound_file
from toolkit.engines.vba.compression import compress, decompress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

WORKBOOK_MODULE = "ThisWorkbook"

_PROJECT = "VBAProject"

_CODE_PAGE, _ENCODING = 936, "gbk"

# Fixed, so that a rebuild gives the same bytes; not all zeros, which says that there is none.
_ID = "{5F8A1C52-3D64-4B0E-9C27-6E41A0B7D913}"

_WORKBOOK_CLASS, _SHEET_CLASS = "00020819-0000-0000-C000-000000000046", "00020820-0000-0000-C000-000000000046"

_STDOLE = "*\\G{00020430-0000-0000-C000-000000000046}#2.0#0#C:\\Windows\\System32\\stdole2.tlb#OLE Automation"

# Lines that say what a module is and run nothing; Excel and LibreOffice add their own.
_DECLARES = late(
    r"attribute[ ]vb_\w+[ ]=[^:]*|option[ ](explicit|vbasupport[ ]1|compatible|base[ ][01])|rem[ ]attribute[^:]*|",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Module:
    """One module (模块): a document module belongs to the workbook or to a sheet."""

    name: str
    source: str
    document: bool = False

    @property
    def code(self) -> str:
        """What could run, without what editors change on their own: case and spacing."""
        lines = (line.strip() for line in self.source.splitlines())
        return "\n".join(re.sub(r"\s", "", line).lower() for line in lines if not _DECLARES.fullmatch(line))


def vba_project(source: Mapping[str, str], sheets: Iterable[str]) -> bytes:
    """vbaProject.bin with the modules of `source`, and an empty document module per sheet code name."""
    modules = [_document(WORKBOOK_MODULE, _WORKBOOK_CLASS), *(_document(s, _SHEET_CLASS) for s in sheets)]
    modules += [Module(name, text) for name, text in source.items()]
    streams = {m.name: compress("\r\n".join([*m.source.splitlines(), ""]).encode(_ENCODING)) for m in modules}
    return compound_file(
        {
            "VBA": {
                "dir": compress(_dir(modules)),
                "_VBA_PROJECT": struct.pack("<HHBH", 0x61CC, 0xFFFF, 0, 0),
                **streams,
            },
            "PROJECT": _project_text(modules),
            "PROJECTwm": b"".join(_both(m.name) for m in modules) + b"\0\0",
        }
    )


def _document(name: str, kind: str) -> Module:
    flags = {
        "VB_Base": f'"0{{{kind}}}"',
        "VB_GlobalNameSpace": "False",
        "VB_Creatable": "False",
        "VB_PredeclaredId": "True",
        "VB_Exposed": "True",
        "VB_TemplateDerived": "False",
        "VB_Customizable": "True",
    }
    lines = [f'Attribute VB_Name = "{name}"', *(f"Attribute {key} = {value}" for key, value in flags.items())]
    return Module(name, "\n".join(lines), document=True)


def _both(name: str) -> bytes:
    return name.encode(_ENCODING) + b"\0" + name.encode("utf-16-le") + b"\0\0"


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HI", kind, len(data)) + data


def _named(kind: int, wide: int, text: str) -> bytes:
    return _record(kind, text.encode(_ENCODING)) + _record(wide, text.encode("utf-16-le"))


def _dir(modules: list[Module]) -> bytes:
    """The dir stream (2.3.4.2): the project, one reference, the modules."""
    library = _STDOLE.encode()
    return b"".join(
        [
            _record(0x01, struct.pack("<I", 3)),  # Win64
            _record(0x02, struct.pack("<I", 0x0409)),
            _record(0x14, struct.pack("<I", 0x0409)),
            _record(0x03, struct.pack("<H", _CODE_PAGE)),
            _record(0x04, _PROJECT.encode()),
            _named(0x05, 0x40, ""),
            _record(0x06) + _record(0x3D),
            _record(0x07, bytes(4)),
            _record(0x08, bytes(4)),
            struct.pack("<HIIH", 0x09, 4, 0x5F3B1A2C, 0x10),
            _named(0x0C, 0x3C, ""),
            _named(0x16, 0x3E, "stdole"),
            _record(0x0D, struct.pack("<I", len(library)) + library + bytes(6)),
            _record(0x0F, struct.pack("<H", len(modules))),
            _record(0x13, struct.pack("<H", 0xFFFF)),
            *(_module_record(m) for m in modules),
            _record(0x10),
        ]
    )


def _module_record(module: Module) -> bytes:
    return b"".join(
        [
            _named(0x19, 0x47, module.name),
            _named(0x1A, 0x32, module.name),
            _named(0x1C, 0x48, ""),
            _record(0x31, bytes(4)),  # the source starts at once: no compiled code before it
            _record(0x1E, bytes(4)),
            _record(0x2C, struct.pack("<H", 0xFFFF)),
            _record(0x22 if module.document else 0x21),
            _record(0x2B),
        ]
    )


def _project_text(modules: list[Module]) -> bytes:
    """The PROJECT stream (2.3.1); CMG, DPB and GC say: not protected, no password, visible."""
    lines = [
        f'ID="{_ID}"',
        *(f"Document={m.name}/&H00000000" if m.document else f"Module={m.name}" for m in modules),
        f'Name="{_PROJECT}"',
        'HelpContextID="0"',
        'VersionCompatible32="393222000"',
        f'CMG="{_obscured(bytes(4), 0x41)}"',
        f'DPB="{_obscured(bytes(1), 0x82)}"',
        f'GC="{_obscured(bytes([0xFF]), 0xC3)}"',
        "",
        "[Host Extender Info]",
        "&H00000001={3832D640-CF90-11CF-8E43-00A0C911005A};VBE;&H00000000",
        "",
        "[Workspace]",
        *(f"{m.name}=0, 0, 0, 0, C" for m in modules),
        "",
    ]
    return "\r\n".join(lines).encode(_ENCODING)


def _obscured(data: bytes, seed: int) -> str:
    """Data encryption (2.4.3.2) with a fixed seed."""
    key = sum(_ID.encode()) & 0xFF
    out = [seed, seed ^ 2, seed ^ key]
    last, before, plain = out[2], out[1], key
    for byte in (*[7] * ((seed & 6) // 2), *struct.pack("<I", len(data)), *data):
        coded = byte ^ ((before + plain) & 0xFF)
        out.append(coded)
        before, last, plain = last, coded, byte
    return "".join(f"{b:02X}" for b in out)


def read_project(data: bytes) -> tuple[Module, ...]:
    """The modules of a vbaProject.bin as source; compiled code is not looked at.

    Raises:
        ValueError: damaged, or not a VBA project.
    """
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            listed = _listed(decompress(ole.openstream("VBA/dir").read()))
            return tuple(
                Module(name, _text(decompress(ole.openstream(f"VBA/{stream}").read()[offset:])), document)
                for name, stream, offset, document in listed
            )
    except (OSError, IndexError, struct.error, RecursionError) as error:
        raise ValueError(f"not a VBA project: {error}") from None


def _text(source: bytes) -> str:
    return source.decode(_ENCODING, "replace")


def _listed(data: bytes) -> Iterator[tuple[str, str, int, bool]]:
    """(name, stream, offset of the source, document module) of each module in a dir stream."""
    name = stream = ""
    offset = 0
    for kind, content in _records(data):
        if kind == 0x19:  # noqa: PLR2004 - record numbers of MS-OVBA
            name = _text(content)
        elif kind == 0x32:  # noqa: PLR2004
            stream = content.decode("utf-16-le", "replace")
        elif kind == 0x31:  # noqa: PLR2004
            offset = int.from_bytes(content, "little")
        elif kind in {0x21, 0x22}:
            yield name, stream, offset, kind == 0x22  # noqa: PLR2004


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place + 6 <= len(data):
        kind, size = struct.unpack_from("<HI", data, place)
        size += 2 if kind == 0x09 else 0  # noqa: PLR2004 - PROJECTVERSION understates itself
        yield kind, data[place + 6 : place + 6 + size]
        place += 6 + size


def same_macros(data: bytes, own: bytes) -> bool:
    """Whether a project holds our modules and nothing else that could run; Excel rewrites the file at each save."""
    try:
        theirs, ours = (
            {m.name.lower(): m.code for m in read_project(project_bytes) if m.code} for project_bytes in (data, own)
        )
    except ValueError:
        return False
    return theirs == ours
