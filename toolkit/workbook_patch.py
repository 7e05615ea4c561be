"""Filling a workbook template (填表): only bound cells are written, every other byte of the template stays.

A template is compiled once per process with lxml. Per unit, rows without bound cells are copied as
they are, the others are written anew: formula and cached value together, text always as text.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from toolkit.formula import ErrorValue
from toolkit.money import plain
from toolkit.ooxml import MAIN, Package, column_number, parse_xml
from toolkit.row_heights import Measures, measures_of
from toolkit.zip_parts import BEST, joined, packed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lxml import etree

Value = Decimal | str | bool | dt.date | ErrorValue | None
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_DAY_ZERO = dt.date(1899, 12, 30)
_REL_NAMESPACE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_LINK_REL = f"{_REL_NAMESPACE}/hyperlink"
_HIDDEN: Mapping[str, str] = {"hidden": '"1"'}
_REFERENCE = re.compile(r"([A-Z]+)(\d+)")


@dataclass(slots=True)
class SheetEdit:
    """What to write on one sheet: values by (row, column), rows to hide, areas to merge.

    `typed` names cells whose formula gives way to a constant (what staff typed over it); `links` are
    (cell, place) pairs that lead into the neighbouring workbook `link_target`.
    """

    values: dict[tuple[int, int], Value] = field(default_factory=dict)
    typed: set[tuple[int, int]] = field(default_factory=set)
    hidden: set[int] = field(default_factory=set)
    merges: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    link_target: str = ""


@dataclass(frozen=True, slots=True)
class TemplateCell:
    """One cell of the template: column, the opening of its element, formula element, and its whole XML."""

    column: int
    head: str
    formula: str
    formula_text: str
    xml: str


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """One row of the template; its attributes are quoted as they stand in XML."""

    number: int
    attributes: Mapping[str, str]
    height: float
    cells: tuple[TemplateCell, ...]
    opening: str
    xml: str
    hidden_xml: str


@dataclass(frozen=True, slots=True)
class TemplateSheet:
    """One sheet cut at its rows: what stands before them, the rows, what follows."""

    head: str
    rows: Mapping[int, TemplateRow]
    plain: dict[int, str]
    tail: str
    measures: Measures
    formula_texts: Mapping[tuple[int, int], str]

    def formulas(self) -> Iterable[tuple[int, int, str]]:
        """(row, column, text) of every formula."""
        return ((row, column, text) for (row, column), text in self.formula_texts.items())


class WorkbookTemplate:
    """A compiled workbook template."""

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        """Compile from the parts of a package."""
        self.package = Package(_without_calc_chain(parts))
        self.names = self.package.names
        self.sheets = {s.name: _compile(self.package.parts[s.part]) for s in self.package.sheets}
        self._part = {s.name: s.part for s in self.package.sheets}
        changing = set(self._part.values())
        self._static = [packed(n, d, BEST) for n, d in self.package.parts.items() if n not in changing]

    def render(self, edits: Mapping[str, SheetEdit]) -> bytes:
        """The finished workbook. Same edits, same bytes."""
        made = list(self._static)
        for name, sheet in self.sheets.items():
            edit = edits.get(name) or SheetEdit()
            made.append(packed(self._part[name], _render(sheet, edit).encode()))
            if edit.links:
                made.append(packed(rels_part(self._part[name]), _link_rels(edit.link_target).encode()))
        return joined(made)


def _without_calc_chain(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """Excel repairs a workbook whose calcChain names a cell without formula; it rebuilds a missing one."""
    if "xl/calcChain.xml" not in parts:
        return dict(parts)
    found = {n: d for n, d in parts.items() if n != "xl/calcChain.xml"}
    for name in ("xl/_rels/workbook.xml.rels", "[Content_Types].xml"):
        found[name] = re.sub(rb"<(?:Relationship|Override)\b[^>]*calcChain[^>]*/>", b"", found[name])
    return found


@lru_cache(maxsize=64)
def _compile(xml: bytes) -> TemplateSheet:
    """One sheet, whatever its name: the copies of a project form are cut only once."""
    root = parse_xml(xml, "工作表")
    data = root.find(MAIN + "sheetData")
    text = xml.decode("utf-8")
    opening = re.search(r"<sheetData\s*/?>", text)
    if data is None or opening is None:
        return TemplateSheet(text, {}, {}, "", measures_of(root), {})
    closing = text.find("</sheetData>")
    end = closing + len("</sheetData>") if closing >= 0 else opening.end()
    rows = tuple(_row(r) for r in data)
    head, tail = text[: opening.start()] + "<sheetData>", "</sheetData>" + text[end:]
    _check_well_formed(head, (xml for r in rows for xml in (r.xml, r.hidden_xml)), tail)
    return TemplateSheet(
        head,
        {r.number: r for r in rows},
        {r.number: r.xml for r in rows},
        tail,
        measures_of(root),
        {(r.number, c.column): c.formula_text for r in rows for c in r.cells if c.formula},
    )


def _row(element: etree._Element) -> TemplateRow:
    kept = {str(k): quoteattr(str(v)) for k, v in element.attrib.items() if k != "spans"}
    attributes = {k: v for k, v in kept.items() if not k.startswith("{")}
    cells = tuple(_cell(c) for c in element)
    body = "".join(c.xml for c in cells) + "</row>"
    return TemplateRow(
        int(element.get("r") or ""),
        attributes,
        float(element.get("ht") or 0),
        cells,
        _row_opening(attributes),
        _row_opening(attributes) + body,
        _row_opening({**attributes, **_HIDDEN}) + body,
    )


def _row_opening(attributes: Mapping[str, str]) -> str:
    return "<row" + "".join([f" {k}={v}" for k, v in attributes.items()]) + ">"


def _cell(element: etree._Element) -> TemplateCell:
    match = _REFERENCE.fullmatch(element.get("r") or "")
    column = column_number(match[1]) if match else 0
    number = element.get("s")
    style = f' s="{number}"' if isinstance(number, str) else ""
    formula_element = element.find(MAIN + "f")
    formula, text = "", ""
    if formula_element is not None:
        text = formula_element.text or ""
        attributes = "".join(f" {k!s}={quoteattr(str(v))}" for k, v in formula_element.attrib.items())
        formula = f"<f{attributes}>{escape(text)}</f>"
    head = f'<c r="{element.get("r")}"{style}'
    return TemplateCell(column, head, formula, text, _original(element, head, formula))


def _original(element: etree._Element, head: str, formula: str) -> str:
    value = element.findtext(MAIN + "v")
    inline = element.find(MAIN + "is")
    kind = f' t="{element.get("t")}"' if element.get("t") else ""
    body = formula + (f"<v>{escape(value)}</v>" if value is not None else "")
    if inline is not None:
        words = "".join(t.text or "" for t in inline.iter(MAIN + "t"))
        body += f'<is><t xml:space="preserve">{escape(words)}</t></is>'
    return f"{head}{kind}>{body}</c>" if body else f"{head}{kind}/>"


def cell_text(text: str) -> str:
    """Text as OOXML wants it: control characters as _xHHHH_, and text that looks so escaped itself."""
    guarded = _LOOKS_ESCAPED.sub("_x005F_", text) if "_x" in text else text
    if not text.isprintable():
        guarded = _CONTROL.sub(lambda m: f"_x{ord(m[0]):04X}_", guarded)
    return guarded.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cell_xml(where: str, style: str, formula: str, value: Value) -> str:
    """One `<c>`: formula with cached value, or a constant; text never becomes a formula."""
    return _filled(f'<c r="{where}"{style}', formula, value)


def _filled(head: str, formula: str, value: Value) -> str:
    if value is None or (isinstance(value, str) and not isinstance(value, ErrorValue)):
        return _text_cell(head, formula, value or "")
    kind, shown = _literal(value)
    return f"{head}{kind}>{formula}<v>{shown}</v></c>"


def _text_cell(head: str, formula: str, text: str) -> str:
    if formula:
        return f'{head} t="str">{formula}<v>{cell_text(text)}</v></c>'
    if not text:
        return f"{head}/>"
    return f'{head} t="inlineStr"><is><t xml:space="preserve">{cell_text(text)}</t></is></c>'


def _literal(value: object) -> tuple[str, str]:
    """Type attribute and text of a value that is no text."""
    if isinstance(value, bool):
        return ' t="b"', str(int(value))
    if isinstance(value, ErrorValue):
        return ' t="e"', str(value)
    if isinstance(value, dt.date):
        return "", str((value - _DAY_ZERO).days)
    return "", plain(value) if isinstance(value, Decimal) else str(value)


def _render(sheet: TemplateSheet, edit: SheetEdit) -> str:
    touched: dict[int, dict[int, Value]] = {}
    for (number, column), value in edit.values.items():
        touched.setdefault(number, {})[column] = value
    changed = {n: _render_row(sheet, sheet.rows[n], values, edit) for n, values in touched.items() if n in sheet.rows}
    tail = _with_links(_with_merges(sheet.tail, edit.merges), edit.links)
    # Never hand over a part that Excel could not open; the other rows were checked when the template was compiled.
    _check_well_formed(sheet.head, changed.values(), tail)
    folded = {n: sheet.rows[n].hidden_xml for n in edit.hidden if n in sheet.rows}
    return "".join([sheet.head, *(sheet.plain | folded | changed).values(), tail])


def _check_well_formed(head: str, rows: Iterable[str], tail: str) -> None:
    expat.ParserCreate().Parse("".join([head, *rows, tail]), True)  # noqa: FBT003 - expat's own signature


def _render_row(sheet: TemplateSheet, row: TemplateRow, values: Mapping[int, Value], edit: SheetEdit) -> str:
    hidden, needed = row.number in edit.hidden, sheet.measures.height(row.number, values)
    opening = row.opening
    if hidden or needed > row.height:
        taller = {"ht": f'"{needed:g}"', "customHeight": '"1"'} if needed > row.height else {}
        opening = _row_opening({**row.attributes, **(_HIDDEN if hidden else {}), **taller})
    typed = {column for number, column in edit.typed if number == row.number} if edit.typed else ()
    cells = [
        _filled(c.head, "" if c.column in typed else c.formula, values[c.column]) if c.column in values else c.xml
        for c in row.cells
    ]
    return f"{opening}{''.join(cells)}</row>"


def _with_merges(tail: str, merges: list[str]) -> str:
    if not merges or "</mergeCells>" not in tail:
        return tail
    added = "".join(f'<mergeCell ref="{area}"/>' for area in merges)
    tail = tail.replace("</mergeCells>", f"{added}</mergeCells>", 1)
    return re.sub(r'<mergeCells count="\d+">', "<mergeCells>", tail, count=1)


def rels_part(part: str) -> str:
    """xl/worksheets/sheet1.xml → xl/worksheets/_rels/sheet1.xml.rels."""
    folder, _, name = part.rpartition("/")
    return f"{folder}/_rels/{name}.rels"


def _link_rels(target: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rIdFeedback" Type="{_LINK_REL}" Target={quoteattr(quote(target))} TargetMode="External"/>'
        "</Relationships>"
    )


def _with_links(tail: str, links: list[tuple[str, str]]) -> str:
    """Hyperlinks stand before the print settings (order of the schema)."""
    if not links:
        return tail
    body = "".join(f'<hyperlink ref="{ref}" r:id="rIdFeedback" location={quoteattr(place)}/>' for ref, place in links)
    block = f'<hyperlinks xmlns:r="{_REL_NAMESPACE}">{body}</hyperlinks>'
    place = min((i for i in (tail.find("<printOptions"), tail.find("<pageMargins")) if i >= 0), default=-1)
    return tail if place < 0 else tail[:place] + block + tail[place:]
