"""Filling a workbook template (填表): only bound cells are written, every other byte of the template stays.

A template is compiled once per process with lxml. Per unit, rows without bound cells are copied as
they are, the others are written anew: formula and cached value together, text always as text.

Sheets of a workbook template (模板行): cut at their rows once per process, each ready to be copied or rewritten.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from toolkit.engines.xlsx.cells import filled
from toolkit.engines.xlsx.heights import Measures, measures_of
from toolkit.engines.xlsx.package import MAIN, Package, column_number, parse_xml, rels_part
from toolkit.engines.xlsx.zip import BEST, Deflated, deflated, joined, packed, packed_pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lxml import etree

    from toolkit.engines.xlsx.cells import Value

_SPECIAL = re.compile(r"[&<>\"\s]")

_REL_NAMESPACE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

_LINK_REL = f"{_REL_NAMESPACE}/hyperlink"


@dataclass(slots=True)
class SheetEdit:
    """What to write on one sheet: values by row and column, rows to hide, areas to merge.

    `typed` names cells whose formula gives way to a constant (what staff typed over it); `links` are
    (cell, place) pairs that lead into the neighbouring workbook `link_target`.
    """

    values: defaultdict[int, dict[int, Value]] = field(default_factory=lambda: defaultdict(dict))
    typed: set[tuple[int, int]] = field(default_factory=set)
    hidden: set[int] = field(default_factory=set)
    merges: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    link_target: str = ""


class WorkbookTemplate:
    """A compiled workbook template."""

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        """Compile from the parts of a package."""
        self.package = Package(_without_calc_chain(parts))
        self.names = self.package.names
        self.sheets = {s.name: compile_sheet(self.package.parts[s.part]) for s in self.package.sheets}
        self._part = {s.name: s.part for s in self.package.sheets}
        changing = set(self._part.values())
        self._static = [packed(n, d, BEST) for n, d in self.package.parts.items() if n not in changing]

    def render(self, edits: Mapping[str, SheetEdit]) -> bytes:
        """The finished workbook. Same edits, same bytes."""
        made = list(self._static)
        for name, sheet in self.sheets.items():
            edit = edits.get(name) or SheetEdit()
            made.append(packed_pieces(self._part[name], _render(sheet, edit)))
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


def _render(sheet: TemplateSheet, edit: SheetEdit) -> Iterator[bytes | Deflated]:
    changed = {
        n: _render_row(sheet, sheet.rows[n], values, edit) for n, values in edit.values.items() if n in sheet.rows
    }
    tail = _with_links(_with_merges(sheet.tail, edit.merges), edit.links)
    # Excel must be able to open it: what is copied was checked when the template was compiled, and what is written
    # into it passes through `cell_text` and `quoted` alone.
    yield sheet.head.encode()
    for block in sheet.blocks:
        if edit.hidden.issuperset(block.numbers) and changed.keys().isdisjoint(block.numbers):
            yield block.folded
        else:
            hidden = edit.hidden
            yield "".join(
                [changed.get(r.number) or (r.hidden_xml if r.number in hidden else r.xml) for r in block.rows]
            ).encode()
    yield tail.encode()


def _render_row(sheet: TemplateSheet, row: TemplateRow, values: Mapping[int, Value], edit: SheetEdit) -> str:
    hidden, needed = row.number in edit.hidden, sheet.measures.height(row.number, values)
    opening = row.opening
    if hidden or needed > row.height:
        taller = {"ht": f'"{needed:g}"', "customHeight": '"1"'} if needed > row.height else {}
        opening = row_opening({**row.attributes, **(HIDDEN if hidden else {}), **taller})
    cells = [
        xml
        if column not in values
        else f'{head} t="inlineStr"><is><t>{value}</t></is></c>'  # most cells
        if type(value := values[column]) is str and not formula and value.isalnum()
        else filled(head, formula if formula and (row.number, column) not in edit.typed else "", value)
        for column, head, formula, xml in row.cells
    ]
    return f"{opening}{''.join(cells)}</row>"


def _with_merges(tail: str, merges: list[str]) -> str:
    if not merges or "</mergeCells>" not in tail:
        return tail
    added = "".join(f'<mergeCell ref="{area}"/>' for area in merges)
    tail = tail.replace("</mergeCells>", f"{added}</mergeCells>", 1)
    return re.sub(r'<mergeCells count="\d+">', "<mergeCells>", tail, count=1)


def _link_rels(target: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rIdFeedback" Type="{_LINK_REL}" Target={quoteattr(quote(target))} TargetMode="External"/>'
        "</Relationships>"
    )


def quoted(text: str) -> str:
    """An attribute's value in its quotation marks."""
    return quoteattr(text) if _SPECIAL.search(text) else f'"{text}"'


def _with_links(tail: str, links: list[tuple[str, str]]) -> str:
    """Hyperlinks stand before the print settings (order of the schema)."""
    if not links:
        return tail
    body = "".join([f'<hyperlink ref="{ref}" r:id="rIdFeedback" location={quoted(place)}/>' for ref, place in links])
    block = f'<hyperlinks xmlns:r="{_REL_NAMESPACE}">{body}</hyperlinks>'
    place = min((i for i in (tail.find("<printOptions"), tail.find("<pageMargins")) if i >= 0), default=-1)
    return tail if place < 0 else tail[:place] + block + tail[place:]


HIDDEN: Mapping[str, str] = {"hidden": '"1"'}

_REFERENCE = re.compile(r"([A-Z]+)(\d+)")

_BLOCK = 100  # rows

# One cell of a template: column, the opening of its element, its formula element, and its whole XML. There are tens of
# thousands, for as long as the process lives; the garbage collector passes over plain tuples of text.
TemplateCell = tuple[int, str, str, str]


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """One row of the template; its attributes are quoted as they stand in XML."""

    number: int
    attributes: Mapping[str, str]
    height: float
    cells: tuple[TemplateCell, ...]
    formula_texts: Mapping[int, str]
    opening: str
    xml: str
    hidden_xml: str


@dataclass(frozen=True)
class Block:
    """Some rows that follow one another (行段)."""

    rows: tuple[TemplateRow, ...]

    @cached_property
    def numbers(self) -> frozenset[int]:
        """The numbers of the rows."""
        return frozenset(r.number for r in self.rows)

    @cached_property
    def folded(self) -> Deflated:
        """All rows empty and hidden: most of the room for long tables, the same for every unit."""
        return deflated("".join(r.hidden_xml for r in self.rows).encode())


@dataclass(frozen=True, slots=True)
class TemplateSheet:
    """One sheet cut at its rows: what stands before them, the rows, what follows."""

    head: str
    rows: Mapping[int, TemplateRow]
    blocks: tuple[Block, ...]
    tail: str
    measures: Measures
    formula_texts: Mapping[tuple[int, int], str]

    def formulas(self) -> Iterable[tuple[int, int, str]]:
        """(row, column, text) of every formula."""
        return ((row, column, text) for (row, column), text in self.formula_texts.items())


@lru_cache(maxsize=64)
def compile_sheet(xml: bytes) -> TemplateSheet:
    """One sheet, whatever its name: the copies of a project form are cut only once."""
    root = parse_xml(xml, "工作表")
    data = root.find(MAIN + "sheetData")
    text = xml.decode("utf-8")
    opening = re.search(r"<sheetData\s*/?>", text)
    if data is None or opening is None:
        return TemplateSheet(text, {}, (), "", measures_of(root), {})
    closing = text.find("</sheetData>")
    end = closing + len("</sheetData>") if closing >= 0 else opening.end()
    rows = tuple(_row(r) for r in data)
    head, tail = text[: opening.start()] + "<sheetData>", "</sheetData>" + text[end:]
    check_well_formed(head, (xml for r in rows for xml in (r.xml, r.hidden_xml)), tail)
    by_number = {r.number: r for r in rows}
    ordered = tuple(by_number.values())
    return TemplateSheet(
        head,
        by_number,
        tuple(Block(ordered[i : i + _BLOCK]) for i in range(0, len(ordered), _BLOCK)),
        tail,
        measures_of(root),
        {(r.number, column): text for r in rows for column, text in r.formula_texts.items()},
    )


def _row(element: etree._Element) -> TemplateRow:
    kept = {str(k): quoteattr(str(v)) for k, v in element.attrib.items() if k != "spans"}
    attributes = {k: v for k, v in kept.items() if not k.startswith("{")}
    cells = tuple(_cell(c) for c in element)
    body = "".join([xml for *_, xml in cells]) + "</row>"
    return TemplateRow(
        int(element.get("r") or ""),
        attributes,
        float(element.get("ht") or 0),
        cells,
        {cell[0]: e.findtext(MAIN + "f") or "" for cell, e in zip(cells, element, strict=True) if cell[2]},
        row_opening(attributes),
        row_opening(attributes) + body,
        row_opening({**attributes, **HIDDEN}) + body,
    )


def check_well_formed(head: str, rows: Iterable[str], tail: str) -> None:
    """Raises expat's error for rows that no program could read."""
    expat.ParserCreate().Parse("".join([head, *rows, tail]), True)  # noqa: FBT003 - expat's own signature


def row_opening(attributes: Mapping[str, str]) -> str:
    """The tag of a row; attributes are quoted as they stand in XML."""
    return "<row" + "".join([f" {k}={v}" for k, v in attributes.items()]) + ">"


def _cell(element: etree._Element) -> TemplateCell:
    match = _REFERENCE.fullmatch(element.get("r") or "")
    column = column_number(match[1]) if match else 0
    number = element.get("s")
    style = f' s="{number}"' if isinstance(number, str) else ""
    formula_element = element.find(MAIN + "f")
    formula = ""
    if formula_element is not None:
        text = formula_element.text or ""
        attributes = "".join(f" {k!s}={quoteattr(str(v))}" for k, v in formula_element.attrib.items())
        formula = f"<f{attributes}>{escape(text)}</f>"
    head = f'<c r="{element.get("r")}"{style}'
    return column, head, formula, _original(element, head, formula)


def _original(element: etree._Element, head: str, formula: str) -> str:
    value = element.findtext(MAIN + "v")
    inline = element.find(MAIN + "is")
    kind = f' t="{element.get("t")}"' if element.get("t") else ""
    body = formula + (f"<v>{escape(value)}</v>" if value is not None else "")
    if inline is not None:
        words = "".join(t.text or "" for t in inline.iter(MAIN + "t"))
        space = ' xml:space="preserve"' if words != words.strip() else ""
        body += f"<is><t{space}>{escape(words)}</t></is>"
    return f"{head}{kind}>{body}</c>" if body else f"{head}{kind}/>"
