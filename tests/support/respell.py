"""A workbook spelled in another way (换写法): same content, as some program might have written it."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

from lxml import etree

from toolkit.engines.xlsx.formulas import column_number
from toolkit.engines.xlsx.package import MAIN
from toolkit.engines.xlsx.zip import rels_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

BOOK, TYPES = "xl/workbook.xml", "[Content_Types].xml"
XML = "http://www.w3.org/XML/1998/namespace"
_SCHEMES = ("utf-8", "utf-8", "utf-16", "gbk", "gb2312")


class _Spelling(NamedTuple):
    """How one part is written."""

    random: Random
    prefixes: Mapping[str, str]
    texts: frozenset[str]

    def name(self, tag: str) -> str:
        uri, _, local = tag.rpartition("}")
        prefix = self.prefixes.get(uri[1:], "")
        return f"{prefix}:{local}" if prefix else local

    def element(self, element: etree._Element, declared: str = "") -> str:
        name = self.name(str(element.tag))
        attributes = [
            f"{self._attribute(str(key))}={self._quoted(str(value))}" for key, value in element.attrib.items()
        ]
        self.random.shuffle(attributes)
        opening = self.random.choice((" ", "  ", "\n ")).join([name, *attributes]) + declared
        inner = self._text(element.text or "", name)
        for child in element:
            inner += self.element(child) if isinstance(child.tag, str) else ""
            inner += escape(child.tail or "")
        if not inner and self.random.random() < 0.7:
            return f"<{opening}{self.random.choice(('', ' '))}/>"
        return f"<{opening}>{inner}</{name}>"

    def _attribute(self, key: str) -> str:
        return key.replace(f"{{{XML}}}", "xml:") if key.startswith(f"{{{XML}}}") else self.name(key)

    def _quoted(self, value: str) -> str:
        quote = self.random.choice("\"'")
        code = {'"': "&quot;", "'": "&apos;", "\n": "&#10;"}
        return quote + escape(value, {k: v for k, v in code.items() if k in (quote, "\n")}) + quote

    def _text(self, text: str, name: str) -> str:
        if name.rpartition(":")[2] not in self.texts or not text:
            return escape(text)
        way = self.random.random()
        if way < 0.2 and "]]>" not in text and "\r" not in text:
            return f"<![CDATA[{text}]]>"
        if way < 0.3:
            return f"&#{ord(text[0])};" + escape(text[1:])
        return f"<!-- 注 -->{escape(text)}" if way < 0.35 else escape(text)


def spelled(root: etree._Element, random: Random) -> bytes:
    """One part, in an encoding that it names."""
    spaces: dict[str, str] = {}
    for element in root.iter():
        if isinstance(element.tag, str):
            for key in (element.tag, *element.attrib):
                if str(key).startswith("{") and XML not in str(key):
                    spaces.setdefault(str(key)[1:].partition("}")[0], f"n{len(spaces)}")
    main = MAIN[1:-1]
    if main in spaces:
        spaces[main] = random.choice(("", "x", "main"))
    declared = "".join(f' xmlns{":" if prefix else ""}{prefix}="{uri}"' for uri, prefix in spaces.items())
    if str(root.tag).startswith("{") and str(root.tag)[1:].partition("}")[0] != main:
        spaces[str(root.tag)[1:].partition("}")[0]] = ""
        declared = "".join(f' xmlns{":" if prefix else ""}{prefix}="{uri}"' for uri, prefix in spaces.items())
    spelling = _Spelling(random, {**spaces}, frozenset({"v", "t", "f"}))
    text = spelling.element(root, declared)
    scheme = random.choice(_SCHEMES)
    try:
        return f"<?xml version='1.0' encoding='{scheme}'?>{text}".encode("gb18030" if scheme[:2] == "gb" else scheme)
    except UnicodeEncodeError:
        return f'<?xml version="1.0"?>{text}'.encode()


def _parse(data: bytes) -> etree._Element:
    return etree.fromstring(data, etree.XMLParser(remove_blank_text=True))


def respelled(parts: Mapping[str, bytes], random: Random) -> bytes:
    """The same workbook as another program might have written it."""
    roots = {n: _parse(d) for n, d in parts.items() if n.endswith((".xml", ".rels"))}
    others = {n: d for n, d in parts.items() if n not in roots}
    for name, root in roots.items():
        if name.startswith("xl/worksheets/"):
            _shared(root, random)
            _unplaced(root, random)
    _restyled(roots, random)
    roots = _renamed(roots, random)
    made = {name: spelled(root, random) for name, root in roots.items()} | others
    slash, before = random.choice(("/", "/", "\\")), random.choice(("", "", "/", "./"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        for name in random.sample(sorted(made), len(made)):
            archive.writestr(zipfile.ZipInfo(before + _cased(name, random).replace("/", slash)), made[name])
    return buffer.getvalue()


def _cased(name: str, random: Random) -> str:
    """Case tells no part from another."""
    return random.choice((name, name, name.upper(), name.lower()))


def _shared(root: etree._Element, random: Random) -> None:
    """Formulas that are one filled down, stored once for all; others as formulas of arrays of one cell."""
    group = 0
    columns: dict[str, list[etree._Element]] = {}
    for cell in root.iter(MAIN + "c"):
        if cell.find(MAIN + "f") is not None:
            columns.setdefault(re.sub(r"\d", "", cell.get("r") or ""), []).append(cell)
    for cells in columns.values():
        if random.random() < 0.5:
            continue
        texts = {re.sub(r"(?<=[A-Z])\d+", "#", cell.findtext(MAIN + "f") or "") for cell in cells}
        rows = [int(re.sub(r"\D", "", cell.get("r") or "")) for cell in cells]
        if len(texts) == 1 and len(cells) > 1 and rows == list(range(rows[0], rows[0] + len(rows))):
            master = random.choice((0, 0, len(cells) - 1))
            for number, cell in enumerate(cells):
                formula = cell.find(MAIN + "f")
                assert formula is not None
                formula.attrib.update({"t": "shared", "si": str(group)})
                if number != master:
                    formula.text = None
                else:
                    formula.set("ref", f"{cells[0].get('r')}:{cells[-1].get('r')}")
            group += 1


def _unplaced(root: etree._Element, random: Random) -> None:
    """Places that follow from the ones before, or from a row's first cell, are left out; others are in lower case."""
    last = 0
    for row in root.iter(MAIN + "row"):
        number, column = int(row.get("r") or 0), 0
        for cell in row:
            here = column_number(re.sub(r"\d", "", cell.get("r") or ""))
            if here == column + 1 and random.random() < 0.3:
                del cell.attrib["r"]
            elif random.random() < 0.1:
                cell.set("r", (cell.get("r") or "").lower())
            column = here
        told = number == last + 1 or (len(row) and row[0].get("r") is not None)
        if told and random.random() < 0.3:
            del row.attrib["r"]
        last = number


def _restyled(roots: Mapping[str, etree._Element], random: Random) -> None:
    """The cell formats in another order."""
    styles = roots.get("xl/styles.xml")
    formats = styles.find(MAIN + "cellXfs") if styles is not None else None
    if formats is None:
        return
    order = random.sample(range(len(formats)), len(formats))
    order.remove(0)
    order.insert(0, 0)  # what a cell has that names none
    formats[:] = [formats[old] for old in order]
    new = {str(old): str(place) for place, old in enumerate(order)}
    for name, root in roots.items():
        if name.startswith("xl/worksheets/"):
            for cell in root.iter(MAIN + "c", MAIN + "row"):
                if cell.get("s") is not None:
                    cell.set("s", new[str(cell.get("s"))])


def _renamed(roots: dict[str, etree._Element], random: Random) -> dict[str, etree._Element]:
    """Other names for the parts, and other ways to point at them."""
    new = _new_names(roots, random)
    for name, root in roots.items():
        if name.endswith(".rels"):
            for relation in root:
                _pointed(relation, posixpath.dirname(posixpath.dirname(name)), new, random)
    for kind in roots[TYPES]:
        part = (kind.get("PartName") or "").lstrip("/")
        if part in new:
            kind.set("PartName", f"/{new[part]}")
    return {new[name]: root for name, root in roots.items()}


def _new_names(roots: Mapping[str, etree._Element], random: Random) -> dict[str, str]:
    new = {n: n for n in roots}
    if random.random() < 0.5:
        new[BOOK] = "xl/workbook2.xml"
    for name in roots:
        if name.startswith("xl/worksheets/sheet") and random.random() < 0.5:
            new[name] = name.replace("worksheets/sheet", "worksheets/Tabelle")
    if random.random() < 0.5:
        new["xl/styles.xml"] = "xl/formats.xml"
    return new | {rels_of(name): rels_of(new[name]) for name in roots if rels_of(name) in new}


def _pointed(relation: etree._Element, folder: str, new: Mapping[str, str], random: Random) -> None:
    target = relation.get("Target") or ""
    if relation.get("TargetMode") == "External":
        return
    part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
    made = new.get(part, part)
    beside = posixpath.relpath(made, folder or ".")
    ways = [f"/{made}", beside, f"./{beside}", beside.replace("/", "\\"), beside.replace("e", "%65")]
    if random.random() < 0.2:
        made = made.upper() if made.endswith("formats.xml") else made
        ways = [f"/{made}"]
    relation.set("Target", random.choice(ways))
