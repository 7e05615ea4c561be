"""What makes Excel and Word offer a repair (修复提示的起因), as far as a schema does not say it.

Written from the known causes; `test_repair_causes` breaks good files in each way and sees that it is noticed.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING

from lxml import etree

from toolkit.core.errors import ToolkitError
from toolkit.engines.formula.compile import parse
from toolkit.engines.xlsx.formulas import place_of
from toolkit.engines.xlsx.package import MAIN, REL_ID, Area, Package, parse_area, parse_xml, relations
from toolkit.engines.xlsx.zip import TYPES, inflate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"})
_KINDS = {"drawing": "drawing", "legacyDrawing": "vmlDrawing", "pageSetup": "printerSettings", "hyperlink": "hyperlink"}
_FULL_WIDTH = re.compile("[，；（）＝＞＜]")
_OWN_PREFIX = frozenset({"XLOOKUP", "IFS", "SWITCH", "CONCAT", "TEXTJOIN", "FILTER", "UNIQUE", "SORT", "LET"})
_LONGEST_TEXT, _LONGEST_STRING, _LONGEST_NAME = 32767, 255, 31


def causes(data: bytes) -> list[str]:
    """Every known cause in a workbook or a document; none is wanted."""
    try:
        parts = inflate(data)
        found = list(_package(parts))
        if "word/document.xml" in parts:
            return [*found, *_document(parts)]
        return [*found, *_workbook(Package(parts))]
    except ToolkitError as error:  # what we ourselves refuse to read
        return [str(error)]


def _package(parts: Mapping[str, bytes]) -> Iterator[str]:
    types = parse_xml(parts[TYPES], TYPES)
    declared = Counter((e.get("PartName") or e.get("Extension") or "").casefold() for e in types)
    yield from (f"{name} declared {count} times" for name, count in declared.items() if count > 1)
    for element in types:
        part = (element.get("PartName") or "").lstrip("/")
        if part and part not in parts:
            yield f"content type of a missing part {part}"
    for name in parts:
        if name == TYPES:
            continue
        if f"/{name}".casefold() not in declared and name.rpartition(".")[2].casefold() not in declared:
            yield f"{name} has no content type"
        if name.endswith(".rels"):
            folder, _, file = name.rpartition("/")
            owner = f"{folder.removesuffix('_rels')}{file.removesuffix('.rels')}"
            found = relations(parts, owner)
            yield from (f"{name}: {r.target} is missing" for r in found if not r.external and r.target not in parts)
            ids = Counter(r.id for r in found)
            yield from (f"{name}: two relationships {i}" for i, count in ids.items() if count > 1)


def _workbook(package: Package) -> Iterator[str]:
    parts, book = package.parts, package.workbook
    names = [e.get("name") or "" for e in book.iter(MAIN + "sheet")]
    yield from (f"sheet name {n!r}" for n in names if not 0 < len(n) <= _LONGEST_NAME or re.search(r"[\[\]:*?/\\]", n))
    yield from _twice("sheet", (n.casefold() for n in names))
    yield from _twice("sheetId", (e.get("sheetId") or "" for e in book.iter(MAIN + "sheet")))
    scopes = [(e.get("name") or "", e.get("localSheetId")) for e in book.iter(MAIN + "definedName")]
    yield from _twice("defined name", (f"{name.casefold()} of {scope}" for name, scope in scopes))
    yield from (f"defined name {name!r}" for name, _ in scopes if not re.fullmatch(r"[^\W\d][\w.\\]*", name))
    yield from (f"scope {scope}" for _, scope in scopes if scope is not None and int(scope) >= len(names))
    yield from _project(package)
    styles = parse_xml(parts[package.related("styles") or ""], "styles")
    counts = {tag: len(e) if (e := styles.find(MAIN + tag)) is not None else 0 for tag in ("cellXfs", "dxfs")}
    texts = package.related("sharedStrings")
    counts["si"] = len(parse_xml(parts[texts], texts)) if texts else 0
    formulas: set[tuple[str, str]] = set()
    for sheet, element in zip(package.sheets, book.iter(MAIN + "sheet"), strict=True):
        root = parse_xml(parts[sheet.part], sheet.part)
        yield from (f"{sheet.name}: {cause}" for cause in _sheet(package, sheet.part, root, counts))
        own = element.get("sheetId") or ""
        formulas |= {(own, c.get("r") or "") for c in root.iter(MAIN + "c") if c.find(MAIN + "f") is not None}
    chain = package.related("calcChain")
    if chain:
        last = ""
        for entry in parse_xml(parts[chain], chain):
            last = entry.get("i") or last
            if (last, entry.get("r") or "") not in formulas:
                yield f"calcChain names {entry.get('r')}, which has no formula"


def _project(package: Package) -> Iterator[str]:
    types = {e.get("PartName"): e.get("ContentType") or "" for e in parse_xml(package.parts[TYPES], TYPES)}
    macros = "macroEnabled" in types.get(f"/{package.book_part}", "")
    part = package.related("vbaProject")
    if macros is not bool(part):
        yield "macros and content type of the workbook do not agree"
    if part:
        from toolkit.engines.vba.project import read_project

        codes = [e.get("codeName") or "" for s in package.sheets for e in _properties(package, s.part)]
        yield from _twice("code name", (c.casefold() for c in codes))
        try:
            modules = {m.name for m in read_project(package.parts[part])}
        except Exception as error:  # noqa: BLE001 - a damaged project, however it shows
            yield f"vbaProject cannot be read: {error}"
            return
        yield from (f"no module for the code name {code}" for code in codes if code not in modules)


def _properties(package: Package, part: str) -> list[etree._Element]:
    return parse_xml(package.parts[part], part).findall(MAIN + "sheetPr")


def _twice(what: str, found: Iterator[str]) -> Iterator[str]:
    yield from (f"{what} {name} {count} times" for name, count in Counter(found).items() if count > 1)


def _sheet(package: Package, part: str, root: etree._Element, counts: Mapping[str, int]) -> Iterator[str]:
    yield from _cells(root, counts)
    boxes = [(e.get("ref") or "", _box(e.get("ref") or "")) for e in root.iter(MAIN + "mergeCell")]
    yield from (f"merges {a} and {b} overlap" for (a, x), (b, y) in combinations(boxes, 2) if _meet(x, y))
    for rule in root.iter(MAIN + "cfRule"):
        if int(rule.get("dxfId") or 0) >= max(1, counts["dxfs"]):
            yield f"dxfId {rule.get('dxfId')}"
    yield from _twice("priority", (e.get("priority") or "" for e in root.iter(MAIN + "cfRule")))
    yield from _validations(root)
    for tag in ("oddHeader", "oddFooter", "evenHeader", "evenFooter"):
        yield from (f"{tag} too long" for e in root.iter(MAIN + tag) if len(e.text or "") > _LONGEST_STRING)
    kinds = {r.id: r.kind for r in relations(package.parts, part)}
    for element in root.iter():
        wanted = element.get(REL_ID)
        if wanted is not None and not kinds.get(wanted):
            yield f"{etree.QName(element).localname} refers to {wanted}, which is missing"
        elif wanted is not None and kinds[wanted] != _KINDS.get(etree.QName(element).localname, kinds[wanted]):
            yield f"{etree.QName(element).localname} refers to a {kinds[wanted]}"
    if "comments" in kinds.values() and root.find(MAIN + "legacyDrawing") is None:
        yield "comments without their drawing"


def _validations(root: etree._Element) -> Iterator[str]:
    for validation in root.iter(MAIN + "dataValidation"):
        lengths = {"error": 255, "prompt": 255, "errorTitle": 32, "promptTitle": 32}
        yield from (f"validation {n}" for n, most in lengths.items() if len(validation.get(n) or "") > most)
        for formula in validation:
            text = formula.text or ""
            if text.startswith("=") or len(text) > _LONGEST_STRING:
                yield f"validation formula {text[:40]}"


def _cells(root: etree._Element, counts: Mapping[str, int]) -> Iterator[str]:
    last = (0, 0)
    for row in root.iter(MAIN + "row"):
        if int(row.get("r") or 0) <= last[0]:
            yield f"row {row.get('r')} out of order"
        for cell in row:
            where = cell.get("r") or ""
            place = place_of(where)
            if place <= last or place[0] != int(row.get("r") or 0):
                yield f"{where} out of order or twice"
            last = place
            if int(cell.get("s") or 0) >= counts["cellXfs"]:
                yield f"{where} style {cell.get('s')}"
            yield from _content(cell, where, counts)
        last = (int(row.get("r") or 0), 0) if not len(row) else last


def _content(cell: etree._Element, where: str, counts: Mapping[str, int]) -> Iterator[str]:
    kind, value = cell.get("t") or "n", cell.findtext(MAIN + "v")
    inline, formula = cell.find(MAIN + "is"), cell.find(MAIN + "f")
    if inline is not None and (value is not None or formula is not None):
        yield f"{where} two contents"
    texts = [t.text or "" for t in cell.iter(MAIN + "t")]
    if len("".join(texts)) > _LONGEST_TEXT or len(value or "") > _LONGEST_TEXT:
        yield f"{where} text too long"
    if (kind == "s" and not (value or "").isdigit()) or (kind == "s" and int(value or 0) >= counts["si"]):
        yield f"{where} shared text {value}"
    if kind == "e" and value not in ERRORS:
        yield f"{where} error {value}"
    if kind == "n" and value and not re.fullmatch(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?", value):
        yield f"{where} number {value}"
    if formula is not None and formula.text:
        yield from (f"{where} {cause}" for cause in _formula(formula.text))


def _formula(text: str) -> Iterator[str]:
    plain = re.sub(r'"(?:[^"]|"")*"', '""', text)
    if _FULL_WIDTH.search(plain):
        yield "full-width punctuation in a formula"
    if any(len(found) > _LONGEST_STRING + 2 for found in re.findall(r'"(?:[^"]|"")*"', text)):
        yield "a text of more than 255 characters in a formula"
    for name in re.findall(r"(?<![\w.])([A-Z]+)\(", plain):
        if name in _OWN_PREFIX and f"_xlfn.{name}" not in plain:
            yield f"{name} without _xlfn."
    if not re.search(r"[A-Z]\$?\d|HYPERLINK|!", plain):  # our engine knows names alone
        try:
            parse(text)
        except ToolkitError as error:
            yield f"formula: {error}"
    if plain.count("(") != plain.count(")") or re.search(r"[=<>*/+,(]\s*[,)](?<!\(\))", plain.replace("()", "")):
        yield "formula out of grammar"


def _box(ref: str) -> Area | None:
    return parse_area(f"x!{ref}")


def _meet(one: Area | None, other: Area | None) -> bool:
    if one is None or other is None:
        return True
    across = one.left <= other.right and other.left <= one.right
    return across and one.top <= other.bottom and other.top <= one.bottom


def _document(parts: Mapping[str, bytes]) -> Iterator[str]:
    body = parse_xml(parts["word/document.xml"], "word/document.xml")
    yield from (f"a cell without a paragraph at its end" for c in body.iter(W + "tc") if c[-1].tag != W + "p")  # noqa: F541
    yield from ("a table without a grid" for t in body.iter(W + "tbl") if t.find(W + "tblGrid") is None)
    if body[0][-1].tag != W + "sectPr":
        yield "sectPr is not the last of the body"
    yield from _twice(
        "style", (e.get(W + "styleId") or "" for e in parse_xml(parts["word/styles.xml"], "").iter(W + "style"))
    )
    fields = Counter(e.get(W + "fldCharType") for e in body.iter(W + "fldChar"))
    if fields["begin"] != fields["end"]:
        yield "fields without an end"
    notes = "word/comments.xml"
    told = {e.get(W + "id") for e in parse_xml(parts[notes], notes)} if notes in parts else set()
    marks = [{e.get(W + "id") for e in body.iter(W + tag)} for tag in _MARKS]
    if any(found != told for found in marks):
        yield "comments and their marks do not agree"
    ids = {r.id for r in relations(parts, "word/document.xml")}
    yield from (f"{e.tag} refers to {e.get(REL_ID)}" for e in body.iter() if e.get(REL_ID) and e.get(REL_ID) not in ids)


_MARKS = ("commentRangeStart", "commentRangeEnd", "commentReference")
