"""The .xlsx container (工作簿文件): opened with suspicion, its sheets and defined names found, written back.

Files come from strangers, so sizes are judged from the zip directory before anything is inflated,
document type declarations are refused, and macros that are not the pack's own stop the reading.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from lxml import etree

from toolkit.core.errors import UnreadableError
from toolkit.engines.xlsx.zip import joined, packed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

# lxml takes prefixes from whatever other libraries have registered, so ours are always given.
PREFIXES: Mapping[Any, str] = {
    None: "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
}

REL_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

WORKBOOK, WORKBOOK_RELS, TYPES = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"

MAX_PART, MAX_TOTAL, MAX_PARTS = 64 * 2**20, 256 * 2**20, 5000

_AREA = re.compile(r"(?:'((?:[^']|'')+)'|([^'!]+))!\$?([A-Z]{1,3})\$?(\d+)(?::\$?([A-Z]{1,3})\$?(\d+))?")

_CHARACTER = re.compile(rb"&#(\d{4,6});")  # from 1000 on, far from anything that XML must escape

_DEFAULT_TYPE = re.compile(rb'(<c r="[A-Z]+\d+"(?: s="\d+")?) t="n" ?/>')

_IN_VAIN = re.compile(rb"<((?:odd|even|first)(?:Header|Footer))>\s*</\1>|<((?:odd|even|first)(?:Header|Footer)) ?/>")

_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")

COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_ACTIVE = re.compile(r"xl/(vbaProject|vbaData|activeX/|macrosheets/|intlMacrosheets/)", re.IGNORECASE)

ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


class Area(NamedTuple):
    """A rectangle on a sheet (区域), 1-based and inclusive."""

    sheet: str
    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet of a workbook: its name, its part in the zip, its 0-based position."""

    name: str
    part: str
    index: int
    hidden: bool


@dataclass(frozen=True)
class Package:
    """An opened workbook: every part inflated once."""

    parts: Mapping[str, bytes]

    @cached_property
    def workbook(self) -> etree._Element:
        """Root of workbook.xml."""
        return parse_xml(self.parts[WORKBOOK], WORKBOOK)

    @cached_property
    def sheets(self) -> tuple[SheetPart, ...]:
        """The worksheets in order."""
        rels = parse_xml(self.parts[WORKBOOK_RELS], WORKBOOK_RELS)
        target = {r.get("Id"): _part_of(r.get("Target") or "") for r in rels}
        found = []
        for index, sheet in enumerate(self.workbook.iter(MAIN + "sheet")):
            part = target.get(sheet.get(REL_ID), "")
            if part in self.parts:
                hidden = sheet.get("state", "visible") != "visible"
                found.append(SheetPart(sheet.get("name") or "", part, index, hidden))
        return tuple(found)

    @cached_property
    def names(self) -> tuple[Mapping[str, Area], Mapping[str, Mapping[str, Area]]]:
        """Defined names: (workbook scope, sheet name → its own scope). Names of no plain area are left out."""
        shared: dict[str, Area] = {}
        scoped: dict[str, dict[str, Area]] = {}
        sheet_at = [s.get("name") or "" for s in self.workbook.iter(MAIN + "sheet")]
        for element in self.workbook.iter(MAIN + "definedName"):
            area = parse_area(element.text or "")
            name = element.get("name") or ""
            if area is None or name.startswith("_xlnm"):
                continue
            scope = element.get("localSheetId")
            if scope is None:
                shared[name] = area
            elif scope.isdigit() and int(scope) < len(sheet_at):
                scoped.setdefault(sheet_at[int(scope)], {})[name] = area
        return shared, scoped

    def sheet(self, name: str) -> SheetPart | None:
        """A sheet by name."""
        return next((s for s in self.sheets if s.name == name), None)

    @property
    def active_parts(self) -> tuple[str, ...]:
        """Parts that could run something: VBA projects, macro sheets, ActiveX controls."""
        return tuple(n for n in self.parts if _ACTIVE.match(n))


def _part_of(target: str) -> str:
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


@lru_cache(maxsize=4096)
def parse_area(text: str) -> Area | None:
    """`'整体自评表'!$A$1:$B$3` → Area; None for constants, lists of areas and broken references."""
    match = _AREA.fullmatch(text.strip())
    if not match:
        return None
    quoted, bare, left, top, right, bottom = match.groups()
    sheet = quoted.replace("''", "'") if quoted else bare
    return Area(sheet, column_number(left), int(top), column_number(right or left), int(bottom or top))


def column_number(letters: str) -> int:
    """A → 1, AA → 27. (openpyxl has one, but importing openpyxl costs more than reading the file.)"""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


@lru_cache(maxsize=1024)
def column_letter(number: int) -> str:
    """1 → A, 27 → AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@lru_cache(maxsize=16384)
def address(row: int, column: int) -> str:
    """(3, 2) → B3."""
    return f"{column_letter(column)}{row}"


def parse_xml(data: bytes, part: str) -> etree._Element:
    """Parse one part without entities, network or huge nodes.

    Raises:
        UnreadableError: the part is damaged, or declares a document type (entity bombs start so).
    """
    if b"<!DOCTYPE" in data or "<!DOCTYPE".encode("utf-16-le") in data or "<!DOCTYPE".encode("utf-16-be") in data:
        raise UnreadableError(
            f"文件的内部结构不安全（{part} 含有文档类型声明），没有读取。请用 Excel 或 WPS 另存一份再交。"
        )
    try:
        return etree.fromstring(data, _parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableError(
            f"文件已损坏（{part} 读不出来：{error}）。请用 Excel 或 WPS 打开并另存一份再交。"
        ) from None


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, remove_comments=False)


def open_package(data: bytes) -> Package:
    """Open workbook bytes.

    Raises:
        UnreadableError: not an .xlsx/.xlsm, protected, damaged, oversized or unsafe; the message says which.
    """
    _check_signature(data)
    parts = inflate(data)
    if WORKBOOK not in parts or WORKBOOK_RELS not in parts:
        raise UnreadableError("这个文件不是 Excel 工作簿（压缩包里没有工作簿内容）。请交由本工具生成的填报表。")
    return Package(parts)


def inflate(data: bytes) -> dict[str, bytes]:
    """The parts of an Office file, Excel or Word, sizes judged before anything is inflated.

    Raises:
        UnreadableError: damaged, oversized, protected or unsafe.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_directory(archive.infolist())
            return {i.filename: archive.read(i) for i in archive.infolist() if not i.is_dir()}
    except UnreadableError:
        raise
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        EOFError,
        ValueError,
        NotImplementedError,
        OSError,
        RuntimeError,
        OverflowError,
    ):
        raise UnreadableError("文件不完整或已损坏，无法解压。请重新保存或重新拷贝后再交。") from None
    except Exception as error:
        if type(error).__name__ != "error":  # zlib.error, lzma.LZMAError: damaged streams
            raise
        raise UnreadableError("文件不完整或已损坏，无法解压。请重新保存或重新拷贝后再交。") from None


def _check_signature(data: bytes) -> None:
    if not data:
        raise UnreadableError("文件是空的（0 字节）。请重新保存或重新拷贝后再交。")
    if data.startswith(COMPOUND_FILE):
        if ENCRYPTED in data:
            raise UnreadableError("文件设置了打开密码，无法读取。请在 Excel 或 WPS 里取消密码，另存后再交。")
        raise UnreadableError("这是旧版 .xls 文件。请用 Excel 或 WPS 打开，另存为 .xlsx 后再交。")
    if not data.startswith(b"PK"):
        raise UnreadableError(
            "这个文件不是 .xlsx 工作簿（可能是 CSV、网页或其他文件改了扩展名）。请交由本工具生成的填报表。"
        )


def _check_directory(entries: list[zipfile.ZipInfo]) -> None:
    """Sizes as declared; zipfile never inflates beyond them."""
    names = [i.filename for i in entries]
    if len(names) > MAX_PARTS or sum(i.file_size for i in entries) > MAX_TOTAL:
        raise UnreadableError("文件解压后过大，可能是异常文件，没有读取。请用 Excel、WPS 或 Word 打开，另存一份再交。")
    for entry in entries:
        if entry.file_size > MAX_PART:
            raise UnreadableError(
                f"文件中的 {entry.filename} 过大（超过 64 MB），没有读取。请删除超长文字或多余内容后再交。"
            )
        if entry.flag_bits & 1:
            raise UnreadableError("文件设置了密码，无法读取。请取消密码，另存后再交。")
    if len(set(names)) != len(names):
        raise UnreadableError("文件的内部结构不正常（有重名部件），没有读取。请用 Excel 或 WPS 另存一份再交。")


def write_parts(parts: Iterable[tuple[str, bytes]]) -> bytes:
    """Zip parts deterministically, in the order given."""
    return joined(packed(name, data, 6) for name, data in parts)


def normalise_package(data: bytes) -> bytes:
    """Rewrite a zip that a library made, with fixed times, so that a rebuild gives the same bytes."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return write_parts(
            (i.filename, _MODIFIED.sub(rb"\g<1>2024-01-01T00:00:00Z", _lean(i.filename, archive.read(i))))
            for i in archive.infolist()
        )


def _lean(name: str, data: bytes) -> bytes:
    """The same XML without what openpyxl writes in vain: Chinese as &#25972;, the default type, empty headers."""
    if not name.endswith(".xml"):
        return data
    plain = _CHARACTER.sub(lambda m: chr(int(m[1])).encode(), data)
    return _IN_VAIN.sub(b"", _DEFAULT_TYPE.sub(rb"\1/>", plain)) if "/worksheets/" in name else plain


_RELS = "{http://schemas.openxmlformats.org/package/2006/relationships}"

_TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"


def add_relationship(rels: etree._Element, rel_id: str, kind: str, target: str) -> None:
    """Add one relationship to a .rels root."""
    etree.SubElement(rels, _RELS + "Relationship", {"Id": rel_id, "Type": kind, "Target": target})


def add_type(types: etree._Element, part: str, kind: str) -> None:
    """Declare the content type of a part."""
    etree.SubElement(types, _TYPES + "Override", {"PartName": f"/{part}", "ContentType": kind})


def rels_part(part: str) -> str:
    """xl/worksheets/sheet1.xml → xl/worksheets/_rels/sheet1.xml.rels."""
    folder, _, name = part.rpartition("/")
    return f"{folder}/_rels/{name}.rels"
