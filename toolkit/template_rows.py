"""Sheets of a workbook template (模板行): cut at their rows once per process, each ready to be copied or rewritten."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from toolkit.ooxml import MAIN, column_number, parse_xml
from toolkit.row_heights import Measures, measures_of
from toolkit.zip_parts import Deflated, deflated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lxml import etree

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
