"""Filling a workbook template (填表): only bound cells are written, every other byte of the template stays.

A template is compiled once per process with lxml. Per unit, rows without bound cells are copied as
they are, the others are written anew: formula and cached value together, text always as text.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from toolkit.formula import ErrorValue
from toolkit.money import plain
from toolkit.ooxml import Package
from toolkit.template_rows import HIDDEN, compile_sheet, row_opening
from toolkit.zip_parts import BEST, joined, packed, packed_pieces

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from toolkit.template_rows import TemplateRow, TemplateSheet
    from toolkit.zip_parts import Deflated

Value = Decimal | str | bool | dt.date | ErrorValue | None
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_CARE = re.compile(r"[&<>\x00-\x08\x0b-\x1f\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_SPECIAL = re.compile(r"[&<>\"\s]")
_DAY_ZERO = dt.date(1899, 12, 30)
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


def cell_text(text: str) -> str:
    """Text as OOXML wants it: control characters as _xHHHH_, and text that looks so escaped itself."""
    if "_x" not in text and not _CARE.search(text):
        return text
    guarded = _LOOKS_ESCAPED.sub("_x005F_", text) if "_x" in text else text
    if not text.isprintable():
        guarded = _CONTROL.sub(lambda m: f"_x{ord(m[0]):04X}_", guarded)
    return guarded.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cell_xml(where: str, style: str, formula: str, value: Value) -> str:
    """One `<c>`: formula with cached value, or a constant; text never becomes a formula."""
    return _filled(f'<c r="{where}"{style}', formula, value)


def text_element(text: str) -> str:
    """`<t>`; spaces at its ends are kept only when it says so."""
    space = "" if text == text.strip() else ' xml:space="preserve"'
    return f"<t{space}>{cell_text(text)}</t>"


def _filled(head: str, formula: str, value: Value) -> str:
    if value is None or (isinstance(value, str) and type(value) is not ErrorValue):
        if formula:
            return f'{head} t="str">{formula}<v>{cell_text(value or "")}</v></c>'
        return f'{head} t="inlineStr"><is>{text_element(value)}</is></c>' if value else f"{head}/>"
    kind, shown = _literal(value)
    return f"{head}{kind}>{formula}<v>{shown}</v></c>"


def _literal(value: object) -> tuple[str, str]:
    """Type attribute and text of a value that is no text: most are numbers."""
    if isinstance(value, Decimal):
        return "", plain(value)
    if isinstance(value, bool):
        return ' t="b"', str(int(value))
    if isinstance(value, ErrorValue):
        return ' t="e"', str(value)
    if isinstance(value, dt.date):
        return "", str((value - _DAY_ZERO).days)
    return "", str(value)


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
        else _filled(head, formula if formula and (row.number, column) not in edit.typed else "", value)
        for column, head, formula, xml in row.cells
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
