"""Filling a workbook template (填表): only bound cells are written, every other byte of the template stays.

Its sheets are cut at their rows (模板行) and compiled once with lxml, to plain data that is kept from command to
command (`core/kept.py`: a cold `run` takes 250 ms less). Per unit, rows without bound cells are copied as they are, the
others are written anew: formula and cached value together, text always as text.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import astuple
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from toolkit.core.light import dataclass, field
from toolkit.core.patterns import late
from toolkit.core.words import quoteattr
from toolkit.engines.xlsx.formulas import address
from toolkit.engines.xlsx.package import Area, Package, parse_xml
from toolkit.engines.xlsx.writing.cells import filled, in_letters, worded
from toolkit.engines.xlsx.writing.cut import (
    HIDDEN,
    Block,
    Sheet,
    Tail,
    TemplateCell,
    TemplateRow,
    TemplateSheet,
    compile_sheet,
    row_opening,
)
from toolkit.engines.xlsx.writing.heights import (
    TALLEST,
    Paging,
    Rows,
    fonts_of,
    paging,
    repeated_rows,
)
from toolkit.engines.xlsx.writing.parts import add_relationship, without_calc_chain, xml_bytes
from toolkit.engines.xlsx.zip import (
    BEST,
    QUICK,
    Deflated,
    Packed,
    joined,
    packed,
    packed_pieces,
    rels_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from toolkit.engines.xlsx.writing.cells import Value

_SPECIAL = late(r"[&<>\"\s]")

_LONGEST = 5000  # a name over more rows is a whole column, none of a form

_REL_NAMESPACE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

_LINK_REL, _LINK_ID = f"{_REL_NAMESPACE}/hyperlink", "rIdFeedback"

_NO_RELATIONS = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'


@dataclass(slots=True)
class SheetEdit:
    """What to write on one sheet: values by row and column, rows to hide, groups to merge.

    A group (column, first row, last row) says at its head what it says of all its rows, on each page that they take.
    `typed` names cells whose formula gives way to a constant (what staff typed over it); `links` are
    (cell, place) pairs that lead into the neighbouring workbook `link_target`. `squeeze` is how far the rows may
    shrink, e.g. 0.75, so that a few that would stand alone on the last page come onto the one before.
    """

    values: defaultdict[int, dict[int, Value]] = field(default_factory=lambda: defaultdict(dict))
    typed: set[tuple[int, int]] = field(default_factory=set)
    hidden: set[int] = field(default_factory=set)
    groups: list[tuple[int, int, int]] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    link_target: str = ""
    squeeze: float = 1


class WorkbookTemplate:
    """A compiled workbook template."""

    def __init__(self, made: Compiled) -> None:
        """From what `compile_workbook` makes of the parts of a package."""
        shared, scoped, sheets, static, rels, fonts, self._repeated = made
        self.names = (_areas(shared), {sheet: _areas(own) for sheet, own in scoped.items()})
        # Copies of a form are one sheet, cut and read once: 80 MB of a unit with 300.
        cut = {id(data): TemplateSheet.of(data, fonts) for data in {id(data): data for _, _, data in sheets}.values()}
        self.sheets = {name: cut[id(data)] for name, _, data in sheets}
        self._part = {name: part for name, part, _ in sheets}
        self._rels = rels
        self._static = [Packed(*part) for part in static]

    def render(self, edits: Mapping[str, SheetEdit], level: int = QUICK) -> bytes:
        """The finished workbook. Same edits, same bytes; at the level ANYWHERE on every machine."""
        made = list(self._static)
        for name, sheet in self.sheets.items():
            edit = edits.get(name) or SheetEdit()
            pieces = _render(sheet, edit, self._repeated.get(name, ()))
            made.append(packed_pieces(self._part[name], pieces, level))
            if edit.links:
                made.append(packed(rels_of(self._part[name]), self._links(name, edit.link_target), level))
            elif (part := rels_of(self._part[name])) in self._rels:
                made.append(packed(part, self._rels[part], BEST))
        return joined(made)

    def _links(self, name: str, target: str) -> bytes:
        """The relationships of a sheet with one more: those that stand there already stay."""
        part = rels_of(self._part[name])
        rels = parse_xml(self._rels.get(part) or _NO_RELATIONS, part)
        add_relationship(rels, _LINK_ID, _LINK_REL, quote(target), outside=True)
        return xml_bytes(rels)


# Names of the workbook and of its sheets; (sheet, part, its data); the parts that stay; the sheets' relationships;
# the fonts of its styles; the rows that the pages of a sheet repeat.
Compiled = tuple[
    dict[str, tuple[Any, ...]],
    dict[str, dict[str, tuple[Any, ...]]],
    list[tuple[str, str, Sheet]],
    list[tuple[Any, ...]],
    dict[str, bytes],
    list[str],
    dict[str, tuple[int, ...]],
]


def compile_workbook(parts: Mapping[str, bytes]) -> Compiled:
    """The parts of a template as plain data: what a process needs to fill it."""
    fewer, chain = without_calc_chain(parts)
    package = Package({n: d for n, d in {**parts, **fewer}.items() if n != chain})
    shared, scoped = package.names
    named = defaultdict[str, set[tuple[int, int]]](set)
    for area in (*shared.values(), *(area for own in scoped.values() for area in own.values())):
        if area.left == area.right and area.bottom - area.top < _LONGEST:
            named[area.sheet] |= {(row, area.left) for row in range(area.top, area.bottom + 1)}
    sheets = [(s.name, s.part, compile_sheet(package.parts[s.part], frozenset(named[s.name]))) for s in package.sheets]
    rels = {name: package.parts[name] for _, part, _ in sheets if (name := rels_of(part)) in package.parts}
    changing = {*(part for _, part, _ in sheets), *rels}
    return (
        {name: tuple(area) for name, area in shared.items()},
        {sheet: {name: tuple(area) for name, area in own.items()} for sheet, own in scoped.items()},
        sheets,
        [astuple(packed(n, d, BEST)) for n, d in package.parts.items() if n not in changing],
        rels,
        fonts_of(package),
        repeated_rows(package),
    )


def _areas(names: Mapping[str, tuple[Any, ...]]) -> dict[str, Area]:
    return {name: Area(*place) for name, place in names.items()}


def _render(sheet: TemplateSheet, edit: SheetEdit, repeated: Sequence[int]) -> Iterator[bytes | Deflated]:
    values, hidden = edit.values, edit.hidden
    needed = {number: sheet.measures.height(number, row) for number, row in values.items()}
    idle = [block.idle(hidden, values.keys()) for block in sheet.blocks]
    busy = [block for block, still in zip(sheet.blocks, idle, strict=True) if not still]
    tail = sheet.tail.on_pages(_paged(busy, edit, needed, sheet.room, repeated))
    tail = _with_links(_with_groups(tail, edit.groups), edit.links, sheet.head)
    # Excel must be able to open it: what is copied was checked when the template was compiled, and what is written
    # into it passes through `cell_text` and `quoted` alone.
    yield sheet.head.encode()
    for block, still in zip(sheet.blocks, idle, strict=True):
        if still:
            yield block.folded
            continue
        rows = (
            _render_row(sheet, r, edit, needed.get(r.number, 0.0))
            if r.number in values
            else (r.hidden_xml if r.number in hidden else r.xml)
            for r in block.rows
        )
        yield "".join(rows).encode()
    yield tail.text.encode()


def _paged(
    busy: Iterable[Block], edit: SheetEdit, needed: Mapping[int, float], room: float, repeated: Sequence[int]
) -> Paging:
    """How the rows come onto pages; a group that goes on is named on each.

    A row into which nothing is written says what stands below it.
    """
    if edit.squeeze == 1 or not room:
        return Paging()
    rows = (row for block in busy for row in block.rows)
    shown = [row for row in rows if not row.hidden and row.number not in edit.hidden]
    heights = {row.number: max(row.height, needed.get(row.number, 0.0)) for row in shown}
    last = max(edit.values, default=0)
    heads = frozenset(r.number for r in shown if r.number < last and r.number not in edit.values and r.says_something)
    found = paging(Rows(heights, heads, repeated), room, edit.squeeze, named=bool(edit.groups))
    edit.groups = list(_repeated(edit, found.starts))
    return found


def _repeated(edit: SheetEdit, starts: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """The groups, cut where a page begins: one over its end would be named on one page, or between the two."""
    for column, first, last in edit.groups:
        cuts = [first, *(row for row in starts if first < row <= last), last + 1]
        for begin, end in pairwise(cuts):
            edit.values[begin][column] = edit.values[first].get(column)
            yield column, begin, end - 1


def _render_row(sheet: TemplateSheet, row: TemplateRow, edit: SheetEdit, needed: float) -> str:
    """A row with its values, as tall as its texts need."""
    number, opening, values = row.number, row.opening, edit.values[row.number]
    hidden = number in edit.hidden
    if hidden or needed > row.height:
        taller = {"ht": f'"{needed:g}"', "customHeight": '"1"'} if needed > row.height else {}
        opening = row_opening({**row.attributes, **(HIDDEN if hidden else {}), **taller})
    cells = [
        xml
        if column not in values
        else (f'{head} t="inlineStr"><is><t>{value}</t></is></c>' if value.isalnum() else worded(head, value))
        if type(value := values[column]) is str and not formula  # most cells: 0.4 ms of a unit
        else filled(head, formula if formula and (number, column) not in edit.typed else "", value)
        for column, head, formula, xml in row.cells
    ]
    if needed == TALLEST:
        cells = [_small(sheet, row, cell, values) or xml for cell, xml in zip(row.cells, cells, strict=True)]
    return f"{opening}{''.join(cells)}</row>"


def _small(sheet: TemplateSheet, row: TemplateRow, cell: TemplateCell, values: Mapping[int, Value]) -> str:
    """A cell in smaller letters, where no row is as tall as its text; "" for others."""
    (column, head, formula, _), value = cell, values.get(cell[0])
    if formula or not isinstance(value, str) or not (size := sheet.measures.letters(row.number, column, value)):
        return ""
    style = head.rpartition(' s="')[2].rstrip('"')
    return in_letters(head, value, sheet.fonts[int(style)] if style.isdigit() else "", size)


def _with_groups(tail: Tail, groups: Iterable[tuple[int, int, int]]) -> Tail:
    areas = (f"{address(first, column)}:{address(last, column)}" for column, first, last in groups if last > first)
    added = "".join([f'<mergeCell ref="{area}"/>' for area in areas])
    return tail.adding("mergeCells", "<mergeCells>", added) if added else tail


def quoted(text: str) -> str:
    """An attribute's value in its quotation marks."""
    return quoteattr(text) if _SPECIAL.search(text) else f'"{text}"'


def _with_links(tail: Tail, links: list[tuple[str, str]], head: str) -> Tail:
    if not links:
        return tail
    body = "".join([f'<hyperlink ref="{ref}" r:id="{_LINK_ID}" location={quoted(place)}/>' for ref, place in links])
    known = f'xmlns:r="{_REL_NAMESPACE}"'
    return tail.adding("hyperlinks", "<hyperlinks>" if known in head else f"<hyperlinks {known}>", body)
