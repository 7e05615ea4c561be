"""Rules, lists, drop-downs, names and formulas brought up to date in a workbook that an office has edited (就地更新).

The edited workbook is the source of its own look: of its drawn sheets only formulas, validations, marks and the rules
below a form are put in from a freshly built one; the toolkit's own sheets are put in whole.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from lxml import etree

from toolkit.authoring.official.styles import Styles
from toolkit.core.light import dataclass
from toolkit.engines.xlsx import (
    MAIN,
    PREFIXES,
    REL_ID,
    SHEET_ORDER,
    SHEET_REL,
    SHEET_TYPE,
    TYPES,
    Package,
    add_relationship,
    add_type,
    address,
    free_id,
    free_sheet_id,
    free_sheet_part,
    insert_in_order,
    open_package,
    parse_area,
    parse_xml,
    place_of,
    rels_of,
    without_calc_chain,
    write_parts,
    xml_bytes,
)
from toolkit.engines.xlsx import whole as number_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from toolkit.pack import SheetForm

_MARKS = frozenset({"FF9999", "FFD966", "FFC7CE", "FFEB9C", "DDEBF7"})  # what live marks and buttons colour with
_PRINTED = "_xlnm.Print_Area"

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Rules:
    """Where the rules below a project form stand (表下审核): first row in the edited sheet, and how many rows."""

    first: int
    count: int


def refit(edited: bytes, fresh: bytes, forms: Sequence[SheetForm], rules: Mapping[str, Rules]) -> bytes:
    """The edited workbook with everything of the freshly built one that is no look.

    `forms` are the drawn sheets where the edited workbook has them; `fresh` was built from them. `rules` says where an
    edited sheet has the rules of a form now.
    """
    old, new = open_package(edited), open_package(fresh)
    fewer, chain = without_calc_chain(old.parts)
    parts = {name: data for name, data in {**old.parts, **fewer}.items() if name != chain}
    style_part = old.related("styles") or "xl/styles.xml"
    root = parse_xml(old.parts[style_part], style_part)
    styles = Styles(root, parse_xml(new.parts[new.related("styles") or ""], "styles"))
    drawn = {form.name: form for form in forms}
    book = _Book(old, parts)
    for sheet in new.sheets:
        source = parse_xml(new.parts[sheet.part], sheet.part)
        here = old.sheet(sheet.name)
        if here is not None and sheet.name in drawn:
            target = parse_xml(old.parts[here.part], here.part)
            _Sheet(target, styles).take(source, drawn[sheet.name], rules.get(sheet.name))
            parts[here.part] = xml_bytes(target)
        else:
            book.put(sheet.name, _dressed(source, styles), hidden=sheet.hidden, behind=sheet.name in drawn)
    parts[style_part] = xml_bytes(root)
    book.names(new, {sheet.name for sheet in new.sheets} - {s.name for s in old.sheets if s.name in drawn})
    return write_parts(book.finished().items())


def _dressed(sheet: etree._Element, styles: Styles) -> bytes:
    """A whole sheet of the fresh workbook in the styles of the edited one; it opens behind the others."""
    for cell in sheet.iter(MAIN + "c", MAIN + "row", MAIN + "col"):
        for key in ("s", "style"):
            if cell.get(key) is not None:
                cell.set(key, str(styles.cells.get(number_in(cell.get(key), 0), 0)))
    for rule in sheet.iter(MAIN + "cfRule"):
        if rule.get("dxfId") is not None:
            rule.set("dxfId", str(styles.marks[number_in(rule.get("dxfId"), 0)]))
    for view in sheet.iter(MAIN + "sheetView"):
        view.attrib.pop("tabSelected", "")
    for element in [e for e in sheet if e.get(REL_ID) is not None]:
        sheet.remove(element)  # charts belong to the workbook that was drawn with them
    return xml_bytes(sheet)


class _Sheet:
    """One drawn sheet of the edited workbook."""

    def __init__(self, root: etree._Element, styles: Styles) -> None:
        self._root, self._styles = root, styles
        data = root.find(MAIN + "sheetData")
        self._data = data if data is not None else etree.SubElement(root, MAIN + "sheetData")
        self._rows = {number_in(row.get("r"), 0): row for row in self._data}
        self._cells = {place_of(c.get("r") or "A1"): c for row in self._data for c in row if c.get("r")}

    def take(self, source: etree._Element, form: SheetForm, rules: Rules | None) -> None:
        """Formulas, validations, marks and rules of the freshly built sheet."""
        bound = {(cell.row, cell.column) for cell in form.cells}
        if rules:
            self._clear(rules)
        for row in source.iter(MAIN + "row"):
            for cell in row:
                place = place_of(cell.get("r") or "A1")
                if place[0] > form.rows:
                    self._put(place, cell, row)
                elif place in bound:
                    self._formula(place, cell)
        self._merges(source, form.rows)
        self._validations(source, bound)
        self._marks(source)
        for dimension in self._root.findall(MAIN + "dimension"):
            self._root.remove(dimension)

    def _clear(self, rules: Rules) -> None:
        """Take the rules out that stand there now; what else stands in those rows goes with them."""
        away = range(rules.first, rules.first + rules.count)
        for number in away:
            row = self._rows.pop(number, None)
            if row is not None:
                self._data.remove(row)
        self._cells = {place: cell for place, cell in self._cells.items() if place[0] not in away}
        merges = self._root.find(MAIN + "mergeCells")
        for merge in list(merges) if merges is not None else ():
            if place_of((merge.get("ref") or "A1").partition(":")[0])[0] in away:
                merge.getparent().remove(merge)  # type: ignore[union-attr]

    def _row(self, number: int) -> etree._Element:
        if number not in self._rows:
            made = etree.Element(MAIN + "row", {"r": str(number)}, PREFIXES)
            at = sum(1 for row in self._data if number_in(row.get("r"), 0) < number)
            self._data.insert(at, made)
            self._rows[number] = made
        return self._rows[number]

    def _cell(self, place: Place) -> etree._Element:
        if place not in self._cells:
            row = self._row(place[0])
            made = etree.Element(MAIN + "c", {"r": address(*place)}, PREFIXES)
            at = sum(1 for c in row if place_of(c.get("r") or "A1")[1] < place[1])
            row.insert(at, made)
            row.attrib.pop("spans", "")
            self._cells[place] = made
        return self._cells[place]

    def _formula(self, place: Place, source: etree._Element) -> None:
        """The formula that belongs into a cell of the form, or none; a text that the office wrote there stays."""
        formula = source.find(MAIN + "f")
        cell = self._cells.get(place)
        if formula is None and (cell is None or cell.find(MAIN + "f") is None):
            return
        cell = self._cell(place)
        for child in list(cell):
            cell.remove(child)
        cell.attrib.pop("t", "")
        if formula is not None:
            cell.append(copy.deepcopy(formula))

    def _put(self, place: Place, source: etree._Element, row: etree._Element) -> None:
        """A cell of the rules below the form, whole."""
        own = self._row(place[0])
        for key in ("ht", "customHeight"):
            if row.get(key):
                own.set(key, str(row.get(key)))
        cell = self._cell(place)
        for child in list(cell):
            cell.remove(child)
        cell.attrib.pop("t", "")
        cell.attrib.update({k: v for k, v in source.attrib.items() if k == "t"})
        cell.set("s", str(self._styles.cells.get(number_in(source.get("s"), 0), 0)))
        cell.extend(copy.deepcopy(child) for child in source)

    def _merges(self, source: etree._Element, last: int) -> None:
        more = [
            m for m in source.iter(MAIN + "mergeCell") if place_of((m.get("ref") or "A1").partition(":")[0])[0] > last
        ]
        if more:
            self._element("mergeCells").extend(copy.deepcopy(m) for m in more)
        for merges in self._root.findall(MAIN + "mergeCells"):
            merges.set("count", str(len(merges)))
            if not len(merges):
                self._root.remove(merges)

    def _element(self, name: str) -> etree._Element:
        found = self._root.find(MAIN + name)
        return self._inserted(name) if found is None else found

    def _inserted(self, name: str) -> etree._Element:
        made = etree.Element(MAIN + name, None, PREFIXES)
        insert_in_order(self._root, made, SHEET_ORDER)
        return made

    def _validations(self, source: etree._Element, bound: set[Place]) -> None:
        """What may go into the form's cells; validations that the office set on other cells stay."""
        for one in list(self._root.iter(MAIN + "dataValidation")):
            left = [area for area in (one.get("sqref") or "").split() if not bound.intersection(_places(area))]
            if left:
                one.set("sqref", " ".join(left))
            else:
                one.getparent().remove(one)  # type: ignore[union-attr]
        fresh = list(source.iter(MAIN + "dataValidation"))
        if fresh:
            self._element("dataValidations").extend(copy.deepcopy(one) for one in fresh)
        for all_of in self._root.findall(MAIN + "dataValidations"):
            all_of.set("count", str(len(all_of)))
            if not len(all_of):
                self._root.remove(all_of)

    def _marks(self, source: etree._Element) -> None:
        """Colours that follow the rules; those that the office set itself stay, behind them."""
        ours = {str(index) for index in self._styles.coloured(_MARKS)}
        kept = []
        for area in self._root.findall(MAIN + "conditionalFormatting"):
            for rule in [r for r in area if r.get("dxfId") in ours]:
                area.remove(rule)
            self._root.remove(area)
            kept += [area] if len(area) else []
        fresh = [copy.deepcopy(area) for area in source.findall(MAIN + "conditionalFormatting")]
        for area in fresh:
            for rule in area:
                rule.set("dxfId", str(self._styles.marks[number_in(rule.get("dxfId"), 0)]))
        every = [*fresh, *kept]
        for priority, rule in enumerate((rule for area in every for rule in area), 1):
            rule.set("priority", str(priority))
        for area in every:
            made = self._inserted("conditionalFormatting")
            self._root.replace(made, area)


def _places(area: str) -> Iterator[Place]:
    first, _, last = area.replace("$", "").partition(":")
    (top, left), (bottom, right) = place_of(first), place_of(last or first)
    rows = range(top, min(bottom, top + 5000) + 1)
    return ((row, column) for row in rows for column in range(left, min(right, left + 300) + 1))


class _Book:
    """The list of sheets and names of the edited workbook."""

    def __init__(self, package: Package, parts: dict[str, bytes]) -> None:
        self._package, self._parts = package, parts
        self._root = copy.deepcopy(package.workbook)
        self._rels = parse_xml(parts[package.book_rels], package.book_rels)
        self._types = parse_xml(parts[TYPES], TYPES)

    def put(self, name: str, xml: bytes, *, hidden: bool, behind: bool) -> None:
        """A sheet of the toolkit's own, in the place of the one of this name, or behind the others."""
        sheets = self._root.find(MAIN + "sheets")
        if sheets is None:  # no workbook is without
            return
        known = self._package.sheet(name)
        if known is not None:
            self._parts[known.part] = xml
            self._parts.pop(rels_of(known.part), None)
            return
        part, rel = free_sheet_part(self._parts), free_id(self._rels)
        self._parts[part] = xml
        add_relationship(self._rels, rel, SHEET_REL, f"/{part}")
        add_type(self._types, part, SHEET_TYPE)
        told = {"name": name, "sheetId": str(free_sheet_id(sheets)), REL_ID: rel}
        made = etree.Element(MAIN + "sheet", told | ({"state": "hidden"} if hidden else {}), PREFIXES)
        first_own = next((i for i, s in enumerate(sheets) if s.get("state", "visible") != "visible"), len(sheets))
        sheets.insert(first_own if behind else len(sheets), made)

    def names(self, fresh: Package, whole: set[str]) -> None:
        """The names of the freshly built workbook; what the office named itself stays, and its print areas."""
        mine = [s.get("name") or "" for s in self._root.iter(MAIN + "sheet")]
        before = [s.name for s in self._package.sheets]
        theirs = [s.get("name") or "" for s in fresh.workbook.iter(MAIN + "sheet")]
        kept, new = [], []
        printed = {_scope(e, before) for e in self._root.iter(MAIN + "definedName") if e.get("name") == _PRINTED}
        for element in fresh.workbook.iter(MAIN + "definedName"):
            scope = _scope(element, theirs)
            told = element.get("name") or ""
            if told.startswith("_xlnm") and scope not in whole and not (told == _PRINTED and scope not in printed):
                continue  # print areas and repeated rows are the look of a sheet; rules below a form are not printed
            new.append(_named(element, mine.index(scope) if scope else None))
        taken = {(e.get("name"), e.get("localSheetId")) for e in new}
        for element in self._root.iter(MAIN + "definedName"):
            scope = _scope(element, before)
            made = _named(element, mine.index(scope) if scope in mine else None)
            area = parse_area(made.text or "")
            lost = "#REF!" in (made.text or "") or (area is not None and area.sheet not in mine)
            if (made.get("name"), made.get("localSheetId")) not in taken and not lost and scope not in whole:
                kept.append(made)
        for old in self._root.findall(MAIN + "definedNames"):
            self._root.remove(old)
        names = etree.Element(MAIN + "definedNames", None, PREFIXES)
        names.extend(sorted([*kept, *new], key=lambda e: (e.get("name") or "", e.get("localSheetId") or "")))
        at = next(i for i, e in enumerate(self._root) if e.tag == MAIN + "sheets") + 1
        behind = {MAIN + n for n in ("functionGroups", "externalReferences")}
        while at < len(self._root) and self._root[at].tag in behind:
            at += 1
        self._root.insert(at, names)

    def finished(self) -> dict[str, bytes]:
        """All parts; a spreadsheet works every formula out when it opens the workbook."""
        calculation = self._root.find(MAIN + "calcPr")
        if calculation is not None:
            calculation.set("fullCalcOnLoad", "1")
        book = self._package
        own = {
            book.book_part: xml_bytes(self._root),
            book.book_rels: xml_bytes(self._rels),
            TYPES: xml_bytes(self._types),
        }
        return {**self._parts, **own}


def _scope(element: etree._Element, sheets: Sequence[str]) -> str:
    place = number_in(element.get("localSheetId"), -1)
    return sheets[place] if 0 <= place < len(sheets) else ""


def _named(element: etree._Element, scope: int | None) -> etree._Element:
    made = copy.deepcopy(element)
    made.attrib.pop("localSheetId", "")
    if scope is not None:
        made.set("localSheetId", str(scope))
    return made
