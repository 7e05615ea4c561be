"""Mutants (变体): files that are nearly right, made from right ones by what a stranger, a program or a disk may do.

A mutant is a function of a seed alone, so that any case can be made again.
"""

from __future__ import annotations

import copy
import io
import json
import shutil
import zipfile
from functools import cache
from typing import TYPE_CHECKING, Any

from lxml import etree
from samples import DEMO, SEED, check_bytes, example, filled_example, macro_example

from toolkit.engines.xlsx.zip import joined, packed
from toolkit.pack.finding import default_pack
from toolkit.pack.pack import DOCUMENT_NAME, REPORT_NAME
from toolkit.pipeline import make_files
from toolkit.publishing.returning.ledger import blank_list
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import unit_from_json

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

Parts = dict[str, bytes]

NUMBERS = (
    *("0", "-1", "1", "00", "+1", "1.5", "-0.0", "1e3", "1e30", "-1e30", "1e307", "1e400", "1e-400", "NaN", "INF"),
    *("²", "２", "٣", "½", "Ⅳ", "1_000", "0x10", "99999999", "2147483648", "18446744073709551616", "9" * 4301, " 1 "),
)
PLACES = (
    "A1",
    "XFD1048576",
    "XFD1",
    "A1048576",
    "ZZZ9",
    "A0",
    "A99999999",
    "AAAA1",
    "a1",
    "$A$1",
    "1A",
    "Ａ１",
    "A1:B2",
)
AREAS = (
    *(
        "{s}!$A:$A",
        "{s}!$1:$1048576",
        "{s}!$A$1:$XFD$1048576",
        "{s}!$B$3:$B$99999999",
        "{s}!#REF!",
        "#REF!",
        "{s}!$B$9:$A$1",
    ),
    *(
        "{s}!$A$1,{s}!$B$2",
        "OFFSET({s}!$A$1,0,0)",
        "1",
        '"x"',
        "",
        "{s}!A1",
        "没有!$A$1",
        "[1]{s}!$A$1",
        "{s}!$XFD$1",
        "'{s}!$A$1",
    ),
)
TEXTS = (
    *(
        "",
        " ",
        "\u200b",
        "\u202e甲",
        "=1+1",
        "+1",
        "-1",
        "@x",
        '=HYPERLINK("http://a","b")',
        "{{ 7*7 }}",
        "{% for x in y %}",
    ),
    *(
        "{{ ''.__class__ }}",
        "javascript:alert(1)",
        "&amp;&lt;",
        "]]>",
        "_x0000_",
        "_xD800_",
        "_x001B_[31m",
        "甲" * 40_000,
    ),
    *(
        "1" * 5000,
        "９" * 4400 + "万元",
        "9" * 5000 + "万元",
        "项目" * 16_000 + "甲",
        "（" * 20_000,
        "1,234" * 6000 + "元",
    ),
    *(
        "2024-02-30",
        "1900-02-29",
        "9999-12-31",
        "0000-00-00",
        "是",
        "否",
        "无",
        "—",
        "95%",
        "-5%",
        "1e30%",
        "≥≥5",
        "#REF!",
        "#N/A",
    ),
    *(
        "一" * 3000 + "万元",
        "百" * 5000 + "元",
        "第" + "1" * 400 + "年",
        "a\tb\nc\rd",
        "😀" * 9000,
        "\ufffe",
        "e\u0301" * 200,
    ),
)
KINDS = ("s", "str", "inlineStr", "b", "e", "n", "d", "x", "")
WORDS = (*NUMBERS, *PLACES, *TEXTS[:12], "true", "false", "visible", "veryHidden", "rId1", "rId999", "../../x", "/xl/x")
ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "gbk", "gb18030", "utf-32", "iso-8859-1", "big5", "utf-7")
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


@cache
def seeds() -> tuple[bytes, ...]:
    """Right workbooks."""
    return filled_example(DEMO), filled_example(SEED), macro_example()


@cache
def report() -> bytes:
    """A right report."""
    return make_files(check_bytes(filled_example(DEMO)))[DOCUMENT_NAME]


@cache
def evidence() -> bytes:
    """A right list of evidence (佐证清单)."""
    return blank_list(check_bytes(filled_example(DEMO)).unit, default_pack())


@cache
def official() -> bytes:
    """A form as the province gives it: nobody has filled it, and no cell has a name."""
    parts = parts_of((default_pack().folder / REPORT_NAME).read_bytes())
    book = etree.fromstring(parts["xl/workbook.xml"])
    for names in book.findall("{*}definedNames"):
        book.remove(names)
    return _plain_zip(parts | {"xl/workbook.xml": etree.tostring(book)})


def parts_of(data: bytes) -> Parts:
    """A zip's parts."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {n: archive.read(n) for n in archive.namelist()}


def workbook(luck: Random) -> bytes:
    """A mutant of a return."""
    if luck.random() < 0.4:
        return filled(luck)
    return package(luck, luck.choice(seeds()))


def package(luck: Random, data: bytes) -> bytes:
    """A mutant of an Office file: some parts, then perhaps the zip around them."""
    parts = parts_of(data)
    for _ in range(luck.choice((1, 1, 1, 2, 3, 6))):
        name = _part(luck, parts)
        parts[name] = _in_bytes(luck, parts[name]) if luck.random() < 0.15 else _in_xml(luck, parts[name])
    if luck.random() < 0.15:
        _in_names(luck, parts)
    made = _zipped(luck, parts) if luck.random() < 0.2 else _plain_zip(parts)
    return _in_bytes(luck, made) if luck.random() < 0.08 else made


def _part(luck: Random, parts: Parts) -> str:
    """The parts that say most are chosen most."""
    telling = [
        n for n in parts if n.endswith(("workbook.xml", ".rels", "styles.xml", "sharedStrings.xml", "Types].xml"))
    ]
    sheets = [n for n in parts if "/worksheets/sheet" in n or n.startswith("word/")]
    return luck.choice(luck.choice([telling or list(parts), sheets or list(parts), list(parts)]))


def _in_xml(luck: Random, data: bytes) -> bytes:
    try:
        root = etree.fromstring(data)
    except etree.XMLSyntaxError:
        return _in_bytes(luck, data)
    for _ in range(luck.choice((1, 1, 2, 5))):
        elements = [e for e in root.iter() if isinstance(e.tag, str)]
        _change(luck, luck.choice(elements), root)
    if luck.random() < 0.12:
        return _encoded(luck, root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _change(luck: Random, element: Any, root: Any) -> None:  # noqa: ANN401 - lxml's elements
    luck.choice((_attribute, _attribute, _attribute, _text, _text, _structure, _structure, _cell, _name))(
        luck, element, root
    )


def _attribute(luck: Random, element: Any, _root: Any) -> None:  # noqa: ANN401
    names = list(element.attrib)
    if not names or luck.random() < 0.1:
        element.set(
            luck.choice(("r", "s", "t", "name", "sheetId", "localSheetId", "count", "hidden")), luck.choice(WORDS[:20])
        )
    elif luck.random() < 0.2:
        del element.attrib[luck.choice(names)]
    else:
        _set(element, luck.choice(names), luck.choice(WORDS))


def _set(element: Any, name: str, value: str) -> None:  # noqa: ANN401
    try:
        element.set(name, value)
    except ValueError:  # what XML cannot hold
        element.set(name, "?")


def _text(luck: Random, element: Any, _root: Any) -> None:  # noqa: ANN401
    value = luck.choice((*NUMBERS, *TEXTS))
    try:
        element.text = value
    except ValueError:
        element.text = "?"


def _structure(luck: Random, element: Any, root: Any) -> None:  # noqa: ANN401
    parent = element.getparent()
    if parent is None:
        return
    kinds = (_gone, _twice, _many, _comment, _instruction, _renamed, _emptied, _shuffled, _moved)
    luck.choice(kinds)(luck, element, parent, root)


def _gone(_luck: Random, element: Any, parent: Any, _root: Any) -> None:  # noqa: ANN401
    parent.remove(element)


def _twice(_luck: Random, element: Any, _parent: Any, _root: Any) -> None:  # noqa: ANN401
    element.addnext(copy.deepcopy(element))


def _many(luck: Random, element: Any, parent: Any, _root: Any) -> None:  # noqa: ANN401
    for _ in range(luck.choice((10, 200))):
        parent.append(copy.deepcopy(element))


def _comment(_luck: Random, element: Any, _parent: Any, _root: Any) -> None:  # noqa: ANN401
    element.addprevious(etree.Comment(" 说明 "))


def _instruction(_luck: Random, element: Any, _parent: Any, _root: Any) -> None:  # noqa: ANN401
    element.addprevious(etree.ProcessingInstruction("jixiao", "x"))


def _renamed(luck: Random, element: Any, _parent: Any, _root: Any) -> None:  # noqa: ANN401
    element.tag = luck.choice(("{urn:x}y", "c", "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}c"))


def _emptied(_luck: Random, element: Any, _parent: Any, _root: Any) -> None:  # noqa: ANN401
    for child in list(element):
        element.remove(child)


def _shuffled(luck: Random, _element: Any, parent: Any, _root: Any) -> None:  # noqa: ANN401
    parent[:] = sorted(parent, key=lambda _: luck.random())


def _moved(luck: Random, element: Any, _parent: Any, root: Any) -> None:  # noqa: ANN401
    inner = luck.choice(list(root.iter("*")))
    if element not in inner.iterancestors() and inner is not element:
        inner.append(copy.deepcopy(element))


def _cell(luck: Random, _element: Any, root: Any) -> None:  # noqa: ANN401
    """A cell somewhere far away, of any kind."""
    main = root.nsmap.get(None)
    rows = list(root.iter(f"{{{main}}}row"))
    if not rows:
        return
    row = luck.choice(rows)
    if luck.random() < 0.3:
        _set(row, "r", luck.choice(NUMBERS))
    cell = etree.SubElement(row, f"{{{main}}}c")
    cell.set("r", luck.choice(PLACES))
    cell.set("t", luck.choice(KINDS))
    if luck.random() < 0.3:
        etree.SubElement(cell, f"{{{main}}}f").text = luck.choice(("1+1", "A1", "SUM(A1:XFD1048576)", "(" * 500, ""))
    etree.SubElement(cell, f"{{{main}}}v").text = luck.choice((*NUMBERS, "文字"))


def _name(luck: Random, _element: Any, root: Any) -> None:  # noqa: ANN401
    """A defined name that leads elsewhere."""
    main = root.nsmap.get(None)
    names = list(root.iter(f"{{{main}}}definedName"))
    if names:
        name = luck.choice(names)
        sheet = (name.text or "封面!").rpartition("!")[0]
        name.text = luck.choice(AREAS).replace("{s}", sheet)
        if luck.random() < 0.2:
            name.set("localSheetId", luck.choice(("²", "99", "-1", "0", "x")))


def _encoded(luck: Random, root: Any) -> bytes:  # noqa: ANN401
    name = luck.choice(ENCODINGS)
    text = etree.tostring(root, encoding="unicode")
    declared = name if luck.random() < 0.7 else luck.choice(ENCODINGS)
    return (f'<?xml version="1.0" encoding="{declared}"?>' + text).encode(name, "xmlcharrefreplace")


def _in_bytes(luck: Random, data: bytes) -> bytes:
    if not data:
        return b"\0"
    kind, at = luck.randrange(5), luck.randrange(len(data))
    if kind == 0:
        return data[:at]
    if kind == 1:
        return data[:at] + bytes([luck.randrange(256)]) + data[at + 1 :]
    if kind == 2:
        return data[:at] + luck.randbytes(luck.choice((1, 4, 50))) + data[at:]
    if kind == 3:
        return data[:at] + data[at + luck.choice((1, 30, 2000)) :]
    return b"" if luck.random() < 0.3 else data + data[at:]


def _in_names(luck: Random, parts: Parts) -> None:
    name = luck.choice(list(parts))
    data = parts.pop(name)
    new = luck.choice(
        ("", name.upper(), name.replace("/", "\\"), "/" + name, "../" + name, "xl/无.xml", name + "/", None)
    )
    if new is not None:
        parts[new] = data


def _plain_zip(parts: Parts) -> bytes:
    """Written by the toolkit itself: `zipfile` writes no part without a name."""
    return joined([packed(name, data) for name, data in parts.items()], own=False)


def _zipped(luck: Random, parts: Parts) -> bytes:
    """Other methods of compression, other orders, comments."""
    parts.pop("", None)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in sorted(parts.items(), key=lambda _: luck.random()):
            archive.writestr(zipfile.ZipInfo(name), data, luck.choice(METHODS))
        if luck.random() < 0.2:
            archive.writestr("xl/a.bin", bytes(luck.choice((10, 2**20, 50 * 2**20))), zipfile.ZIP_DEFLATED)
        archive.comment = luck.choice((b"", b"x" * 300))
    return made.getvalue()


def data(luck: Random) -> dict[str, Any]:
    """The JSON of a return with some values made odd, rows repeated or taken away."""
    found = copy.deepcopy(example(luck.choice((DEMO, SEED))))
    places = [found["fields"], *(row for rows in found["tables"].values() for row in rows)]
    for form in found.get("project_forms", ()):
        places += [form["fields"], *(row for rows in form.get("tables", {}).values() for row in rows)]
    for _ in range(luck.choice((1, 2, 5, 30))):
        place = luck.choice([p for p in places if p])
        place[luck.choice(list(place))] = luck.choice((*TEXTS, *NUMBERS, 0, -1, 1.5, 10**30, -(10**12), True, None))
    if luck.random() < 0.1:
        table = luck.choice(list(found["tables"]))
        found["tables"][table] = found["tables"][table] * luck.choice((0, 2, 5))
    return found


def filled(luck: Random) -> bytes:
    """A right workbook around odd values; what the form refuses, or XML cannot hold, is left out."""
    found, pack = data(luck), default_pack()
    found["fields"] = {n: _held(v) for n, v in found["fields"].items()}
    for _ in range(40):
        try:
            return fill_workbook(unit_from_json(found, pack), pack)
        except Exception:  # noqa: BLE001 - the doors are under test, not this helper
            found = data(luck)
    return filled_example(DEMO)


def _held(value: object) -> object:
    return value[:32_767] if isinstance(value, str) else value


def json_text(luck: Random) -> bytes:
    """What `fill` may be given."""
    text = json.dumps(data(luck), ensure_ascii=luck.random() < 0.5, default=str).encode("utf-8", "surrogatepass")
    return _in_bytes(luck, text) if luck.random() < 0.3 else text


def prose(luck: Random) -> bytes:
    """A report as plain text: sentences of the right one, shuffled, with odd words among them."""
    pieces = [
        "一、基本情况",
        "全年预算数902.6万元，执行数882.8万元，执行率97.8%。",
        "比上年增加3.2万元，增长12.5%。",
        "自评得分95.88分，等级为优。",
    ]
    words = [luck.choice((*pieces, *TEXTS, *NUMBERS)) for _ in range(luck.choice((3, 30, 300)))]
    return "\n".join(words)[:400_000].encode(luck.choice(("utf-8", "gbk", "utf-16", "utf-8-sig")), "replace")


def table(luck: Random) -> bytes:
    """A table as text: labels of the form and odd values, in odd separators and encodings."""
    labels = [*example(DEMO)["fields"], "单位名称", "全年预算数", "执行数", "分值", "得分", "一级指标", "合计"]
    sign = luck.choice((",", "\t", ";", "，"))
    rows = [[luck.choice((*labels, *TEXTS, *NUMBERS)) for _ in range(luck.choice((1, 3, 9)))] for _ in range(30)]
    text = "\r\n".join(sign.join(luck.choice((w, f'"{w}"')) for w in row) for row in rows)[:300_000]
    made = text.encode(luck.choice(("utf-8", "gbk", "utf-16", "utf-8-sig")), "replace")
    return _in_bytes(luck, made) if luck.random() < 0.2 else made


def toml(luck: Random) -> bytes:
    """A file of a pack whose lines were changed, lost, doubled or filled with odd values."""
    path = default_pack().folder / luck.choice(PACK_FILES)
    lines = path.read_text("utf-8").splitlines()
    for _ in range(luck.choice((1, 1, 2, 8))):
        at = luck.randrange(len(lines))
        key, sign, _value = lines[at].partition(" = ")
        word = luck.choice((*NUMBERS, *TEXTS[:24], "true", "[]", "{}", "${没有}", "${年度}", "甲", "COUNT(甲)", "=1/0"))
        changes = (f"{key} = {word}", f'{key} = "{word}"', "", lines[at] * 2, f"{key}甲{sign}1", f"[{word}]", word)
        lines[at] = luck.choice(changes)
    return f"# {path.name}\n".encode() + "\n".join(lines).encode("utf-8", "replace")


PACK_FILES = ("pack.toml", "pack.toml", "pack.toml", "forms.toml", "document.toml", "dictionary.toml")


def lay_pack(folder: Path, mutant: bytes) -> None:
    """A pack that is right but for one file, which says in its first line which it is."""
    shutil.copytree(default_pack().folder, folder)
    name = mutant.split(b"\n", 1)[0].decode("utf-8", "replace").removeprefix("# ")
    (folder / (name if name in PACK_FILES else "pack.toml")).write_bytes(mutant)
