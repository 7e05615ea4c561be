"""审核反馈 feedback: the submitted file itself, faulty cells coloured and noted, an 审核结果 sheet before the others.

Only the parts that must change are written: marked sheets, styles, the sheet list. Marks are
conditional formats under a formula of our own, so that a later run can take them off again and
staff's own colours stay what they were.
"""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import TYPE_CHECKING

from lxml import etree

from toolkit.core.findings import Severity
from toolkit.engines.xlsx import (
    MAIN,
    PREFIXES,
    REL_ID,
    SHEET_REL,
    SHEET_TYPE,
    TYPES,
    CellChange,
    Looks,
    Package,
    SheetFrame,
    add_relationship,
    add_type,
    behind_cells,
    free_id,
    free_part,
    free_sheet_id,
    free_sheet_part,
    order_fonts,
    parse_xml,
    patched_parts,
    place_of,
    read_cells,
    read_texts,
    relations,
    rels_of,
    rewritten,
    whole,
    xml_bytes,
)
from toolkit.publishing.workbooks.added.looks import NO_STYLES, SheetLooks, add_looks, complete, differential
from toolkit.publishing.workbooks.added.notes import has_notes, noted
from toolkit.publishing.workbooks.added.results import HEAD_ROW, HEADS, result_sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from toolkit.core.findings import AuditResult, CellRef, Finding

SHEET = "审核结果"

_MARK = 'LEN("jixiao-mark")>0'

_SIGN = "jixiao-mark"  # by which our rules are known again, however a program writes the rest

_COLOURS = {Severity.ERROR: "FFFFC7CE", Severity.WARNING: "FFFFEB9C", Severity.NOTICE: "FFDDEBF7"}

_STYLES = "xl/styles.xml"  # where a workbook has none

_STYLES_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"

_STYLES_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles"

# Elements that stand before conditionalFormatting in the schema's order.
_BEFORE = {
    MAIN + n
    for n in (
        "sheetPr",
        "dimension",
        "sheetViews",
        "sheetFormatPr",
        "cols",
        "sheetData",
        "sheetCalcPr",
        "sheetProtection",
        "protectedRanges",
        "scenarios",
        "autoFilter",
        "sortState",
        "dataConsolidate",
        "customSheetViews",
        "mergeCells",
        "phoneticPr",
    )
}

_MOST_NOTES, _LONGEST_NOTE = 300, 1500

# Elements that stand before definedNames in the schema's order.
_BEFORE_NAMES = {
    MAIN + n
    for n in (
        *("fileVersion", "fileSharing", "workbookPr", "workbookProtection", "bookViews", "sheets", "functionGroups"),
        "externalReferences",
    )
}


def feedback_workbook(
    data: bytes, package: Package, result: AuditResult, summary: str, stamps: Mapping[CellRef, str]
) -> bytes:
    """The submitted bytes with marks and the 审核结果 sheet; `stamps` are texts for cells of ours (说明所指)."""
    book = _Book(package)
    styles, formats, looks = _with_styles(book.styles())
    book.changed[book.styles_part] = styles
    book.changed |= patched_parts(package, (CellChange(ref.sheet, ref.address, text) for ref, text in stamps.items()))
    told = _by_sheet(result.findings)
    for sheet in package.sheets:
        book.mark(sheet.name, sheet.part, told.get(sheet.name, ()), formats)
    part = book.result_part()
    order = [sheet.name for sheet in package.sheets]
    book.changed[part] = result_sheet(result.findings, order, summary, looks)
    book.show(part)
    return rewritten(data, package, book.finished(), book.dropped)


def shown_first(package: Package, name: str) -> dict[str, bytes]:
    """The parts that change so that a workbook opens on a sheet that it has."""
    book, sheet = _Book(package), package.sheet(name)
    if sheet is not None:
        book.show(sheet.part)
    return book.finished()


class _Book:
    """A workbook that gets parts: what changes in it, and the lists that name its parts."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.changed: dict[str, bytes] = {}
        self.dropped: set[str] = set()
        self.styles_part = package.related("styles") or free_part(package.parts, _STYLES)
        self._rels = parse_xml(package.parts[package.book_rels], package.book_rels)
        self._types = parse_xml(package.parts[TYPES], TYPES)
        self._book = copy.deepcopy(package.workbook)  # the package stays what it was
        self._added = self._book_changed = False

    def styles(self) -> bytes:
        """The styles as they are; a workbook may have none."""
        if self.styles_part in self.package.parts:
            return self.package.parts[self.styles_part]
        self._add(self.styles_part, _STYLES_REL, _STYLES_TYPE)
        return NO_STYLES

    def result_part(self) -> str:
        """The part of the 审核结果 sheet: the one of an earlier run, or a new one. A unit's own sheet stays."""
        taken = {(sheet.get("name") or "").casefold() for sheet in self._book.iter(MAIN + "sheet")}
        number, name = 1, SHEET
        while name.casefold() in taken:
            sheet = self.package.sheet(name)
            if sheet and self._is_ours(sheet.part):
                if rels_of(sheet.part) in self.package.parts:  # of what stood on it before
                    self.dropped.add(rels_of(sheet.part))
                return sheet.part
            number += 1
            name = f"{SHEET} ({number})"
        return self._new_sheet(name)

    def mark(self, name: str, part: str, findings: Iterable[Finding], formats: Mapping[Severity, int]) -> None:
        """Colours and notes at the faulty cells of a sheet put on, those of an earlier run taken off.

        Most sheets have neither and stay closed, which is 9 ms of a unit; the others are opened once for both.
        """
        xml, notes = self.changed.get(part, self.package.parts[part]), _notes(name, findings)
        places = {s: _places(name, s, findings) for s in Severity}
        before = _SIGN.encode() in behind_cells(xml)
        marked = before or any(places.values())
        if not marked and not notes and not has_notes(self.package.parts, part):
            return
        opened = SheetFrame(xml, part)
        if before:
            _take_off_marks(opened.root)
        if marked:
            _put_marks(opened.root, places, formats)
        made = noted({**self.package.parts, **self.changed}, part, opened, notes, self._types)
        self.changed |= made if part in made or not marked else {**made, part: opened.xml()}
        self._added = self._added or bool(made)

    def show(self, part: str) -> None:
        """Open on this sheet, and on this one alone: what is typed while two are chosen lands on both."""
        parts = {**self.package.parts, **self.changed, self.package.book_rels: xml_bytes(self._rels)}
        known = relations(parts, self.package.book_part)
        ids = {r.id for r in known if r.target == part}
        at = next((i for i, s in enumerate(self._book.iter(MAIN + "sheet")) if s.get(REL_ID) in ids), 0)
        for view in self._book.iter(MAIN + "workbookView"):
            view.set("activeTab", str(at))
            view.attrib.pop("firstSheet", "")
        self._book_changed = True
        for sheet in self.package.sheets:
            xml = self.changed.get(sheet.part, self.package.parts[sheet.part])
            if sheet.part != part and xml.find(b"tabSelected", 0, xml.find(b"sheetData")) >= 0:
                self.changed[sheet.part] = _unchosen(xml, sheet.part)

    def _is_ours(self, part: str) -> bool:
        texts = self.package.related("sharedStrings")
        looks = Looks(read_texts(self.package.parts[texts], texts) if texts else ())
        line = read_cells(self.package.parts[part], part, looks).values.get(HEAD_ROW, {})
        return tuple(line.get(column) for column in range(1, len(HEADS) + 1)) == HEADS

    def _new_sheet(self, name: str) -> str:
        """A sheet before the others: what belongs to a sheet by its place moves one on."""
        sheets = self._book.find(MAIN + "sheets")
        if sheets is None:
            raise ValueError("a workbook without a list of sheets")
        part = free_sheet_part(self.package.parts)
        number = free_sheet_id(sheets)
        entry = {"name": name, "sheetId": str(number), REL_ID: self._add(part, SHEET_REL, SHEET_TYPE)}
        sheets.insert(0, etree.Element(MAIN + "sheet", entry, PREFIXES))
        for known in self._book.iter(MAIN + "definedName"):
            if (place := known.get("localSheetId")) is not None:
                known.set("localSheetId", str(whole(place, 0) + 1))
        self._print_titles(name)
        self._book_changed = True
        return part

    def _print_titles(self, name: str) -> None:
        """The heads of the list stand on each of its pages."""
        names = self._book.find(MAIN + "definedNames")
        if names is None:
            names = etree.Element(MAIN + "definedNames", None, PREFIXES)
            before = [i for i, e in enumerate(self._book) if e.tag in _BEFORE_NAMES]
            self._book.insert(max(before, default=0) + 1, names)
        title = etree.Element(MAIN + "definedName", {"name": "_xlnm.Print_Titles", "localSheetId": "0"}, PREFIXES)
        title.text = f"'{name}'!${HEAD_ROW}:${HEAD_ROW}"
        names.insert(0, title)

    def _add(self, part: str, relation: str, kind: str) -> str:
        made = free_id(self._rels)
        add_relationship(self._rels, made, relation, f"/{part}")
        add_type(self._types, part, kind)
        self._added = True
        return made

    def finished(self) -> dict[str, bytes]:
        """Everything that changes."""
        lists = {self.package.book_rels: xml_bytes(self._rels), TYPES: xml_bytes(self._types)} if self._added else {}
        book = {self.package.book_part: xml_bytes(self._book)} if self._book_changed else {}
        return self.changed | lists | book


@lru_cache(maxsize=16)
def _with_styles(xml: bytes) -> tuple[bytes, Mapping[Severity, int], SheetLooks]:
    """Styles with ours added: fills by severity, looks of the result sheet. Most units share their styles."""
    styles = parse_xml(xml, _STYLES)
    complete(styles)
    order_fonts(styles)
    formats = {severity: differential(styles, colour) for severity, colour in _COLOURS.items()}
    looks = add_looks(styles, _COLOURS[Severity.NOTICE])
    return xml_bytes(styles), formats, looks


def _take_off_marks(root: etree._Element) -> None:
    """Our marks off; the rules of the form and of staff stay, wherever they stand."""
    for rule in [r for r in root.iter(MAIN + "cfRule") if _is_ours(r)]:
        block = rule.getparent()
        if block is not None:
            block.remove(rule)
            if not len(block) and (above := block.getparent()) is not None:
                above.remove(block)


def _put_marks(root: etree._Element, places: Mapping[Severity, list[str]], formats: Mapping[Severity, int]) -> None:
    marked = [s for s in Severity if places[s]]
    _make_room(root, len(marked))
    before = (i for i, e in enumerate(root) if e.tag in _BEFORE or isinstance(e, etree._ProcessingInstruction))  # noqa: SLF001
    at = max(before, default=-1) + 1
    for priority, severity in enumerate(marked):
        block = etree.Element(MAIN + "conditionalFormatting", {"sqref": " ".join(places[severity])}, PREFIXES)
        looks = {"type": "expression", "dxfId": str(formats[severity]), "priority": str(priority + 1)}
        rule = etree.SubElement(block, MAIN + "cfRule", looks | {"stopIfTrue": "1"})
        etree.SubElement(rule, MAIN + "formula").text = _MARK
        root.insert(at + priority, block)


def _make_room(root: etree._Element, count: int) -> None:
    """Others' rules go behind ours in their own order: Excel wants each priority once."""
    found = ((rule, whole(rule.get("priority"), -1)) for rule in root.iter("{*}cfRule"))
    others = [(rule, priority) for rule, priority in found if priority >= 0]
    first = min((priority for _, priority in others), default=count + 1)
    for rule, priority in others if first <= count else ():
        rule.set("priority", str(priority + count + 1 - first))


def _is_ours(rule: etree._Element) -> bool:
    return _SIGN in (rule.findtext(MAIN + "formula") or "")


def _by_sheet(findings: Iterable[Finding]) -> Mapping[str, list[Finding]]:
    """The findings that have a cell on a sheet."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        for sheet in dict.fromkeys(cell.sheet for cell in finding.cells):
            found.setdefault(sheet, []).append(finding)
    return found


def _places(sheet: str, severity: Severity, findings: Iterable[Finding]) -> list[str]:
    found = (
        c.address for f in findings if f.severity is severity and not f.explained for c in f.cells if c.sheet == sheet
    )
    return sorted(dict.fromkeys(found))


def _notes(sheet: str, findings: Iterable[Finding]) -> dict[str, str]:
    """Cell → what is wrong there, in full; a range has its note at its first cell."""
    found: dict[str, list[str]] = {}
    for finding in findings:
        for where in dict.fromkeys(c.address.partition(":")[0] for c in finding.cells if c.sheet == sheet):
            if not finding.explained:
                found.setdefault(where, []).append(f"{finding.severity.label}：{finding.message}{finding.hint}")
    kept = sorted(found.items(), key=lambda item: place_of(item[0]))[:_MOST_NOTES]
    return {where: "\n".join(told)[:_LONGEST_NOTE] for where, told in kept}


def _unchosen(xml: bytes, part: str) -> bytes:
    """A sheet whose tab is not chosen."""
    sheet = SheetFrame(xml, part)
    for view in sheet.root.iter(MAIN + "sheetView"):
        view.attrib.pop("tabSelected", "")
    return sheet.xml()
