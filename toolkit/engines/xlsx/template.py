"""Filling a workbook template (填表): only bound cells are written, every other byte of the template stays.

Its sheets are cut at their rows (模板行) and compiled once with lxml, to plain data that is kept from command to
command (`core/kept.py`: a cold `run` takes 250 ms less). Per unit, rows without bound cells are copied as they are, the
others are written anew: formula and cached value together, text always as text.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import astuple
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.parsers import expat

import orjson
from lxml import etree

from toolkit.core.light import dataclass, field
from toolkit.core.patterns import late
from toolkit.core.words import escape, quoteattr
from toolkit.engines.xlsx.cells import filled, frame, in_letters
from toolkit.engines.xlsx.formulas import address, column_number, shifted
from toolkit.engines.xlsx.heights import (
    TALLEST,
    Measures,
    Paging,
    Rows,
    Tail,
    fonts_of,
    measures_of,
    paging,
    repeated_rows,
    room_of,
    tail_of,
)
from toolkit.engines.xlsx.package import (
    MAIN,
    Area,
    Package,
    add_relationship,
    parse_xml,
    without_calc_chain,
    xml_bytes,
)
from toolkit.engines.xlsx.zip import (
    BEST,
    Deflated,
    Packed,
    deflated,
    inflated_stretch,
    joined,
    packed,
    packed_pieces,
    rels_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from toolkit.engines.xlsx.cells import Value

_SPECIAL = late(r"[&<>\"\s]")

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

    def render(self, edits: Mapping[str, SheetEdit]) -> bytes:
        """The finished workbook. Same edits, same bytes."""
        made = list(self._static)
        for name, sheet in self.sheets.items():
            edit = edits.get(name) or SheetEdit()
            made.append(packed_pieces(self._part[name], _render(sheet, edit, self._repeated.get(name, ()))))
            if edit.links:
                made.append(packed(rels_of(self._part[name]), self._links(name, edit.link_target)))
            elif (part := rels_of(self._part[name])) in self._rels:
                made.append(packed(part, self._rels[part], BEST))
        return joined(made)

    def _links(self, name: str, target: str) -> bytes:
        """The relationships of a sheet with one more: those that stand there already stay."""
        part = rels_of(self._part[name])
        rels = parse_xml(self._rels.get(part) or _NO_RELATIONS, part)
        add_relationship(rels, _LINK_ID, _LINK_REL, quote(target), outside=True)
        return xml_bytes(rels)


# What stands before the rows; the elements behind them, the end; column widths and merges; the texts of formulas by row
# and column; points of a page; (row numbers, all of them hidden, the rows) of each stretch.
Sheet = tuple[
    str,
    tuple[tuple[str, str], ...],
    str,
    tuple[Any, ...],
    dict[tuple[int, int], str],
    float,
    list[tuple[tuple[int, ...], bytes, bytes]],
]

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
    sheets = [(s.name, s.part, compile_sheet(package.parts[s.part])) for s in package.sheets]
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
    idle = [block.idle(edit) for block in sheet.blocks]
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
        else f'{head} t="inlineStr"><is><t>{value}</t></is></c>'  # most cells
        if type(value := values[column]) is str and not formula and value.isalnum()
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


HIDDEN: Mapping[str, str] = {"hidden": '"1"'}

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
    hidden: bool
    cells: tuple[TemplateCell, ...]
    opening: str
    xml: str
    hidden_xml: str

    @property
    def says_something(self) -> bool:
        """Whether a cell of it holds more than its looks."""
        return any(not xml.endswith("/>") for *_, xml in self.cells)


@dataclass(frozen=True)
class Block:
    """Some rows that follow one another (行段), read when one of them is written.

    `folded` are all of them empty and hidden: most of the room for long tables, the same for every unit.
    """

    numbers: tuple[int, ...]
    folded: Deflated
    data: bytes

    @cached_property
    def rows(self) -> tuple[TemplateRow, ...]:
        """The rows."""
        return tuple(_row_of(*row) for row in orjson.loads(self.data))

    def idle(self, edit: SheetEdit) -> bool:
        """Whether all its rows are hidden, and none is written."""
        return edit.hidden.issuperset(self.numbers) and edit.values.keys().isdisjoint(self.numbers)


@dataclass(frozen=True, slots=True)
class TemplateSheet:
    """One sheet cut at its rows: what stands before them, the rows, what follows."""

    head: str
    blocks: tuple[Block, ...]
    tail: Tail
    measures: Measures
    formula_texts: Mapping[tuple[int, int], str]
    room: float
    fonts: Sequence[str]

    @classmethod
    def of(cls, data: Sheet, fonts: Sequence[str]) -> TemplateSheet:
        """From what `compile_sheet` makes; `fonts` are those of the workbook's styles."""
        head, tail, closing, measures, formulas, room, blocks = data
        return cls(
            head,
            tuple(Block(numbers, inflated_stretch(folded), rows) for numbers, folded, rows in blocks),
            Tail(tail, closing),
            Measures(*measures),
            formulas,
            room,
            fonts,
        )

    def formulas(self) -> Iterable[tuple[int, int, str]]:
        """(row, column, text) of every formula."""
        return ((row, column, text) for (row, column), text in self.formula_texts.items())


@lru_cache(maxsize=64)
def compile_sheet(xml: bytes) -> Sheet:
    """One sheet, whatever its name: the copies of a project form are cut only once."""
    root = parse_xml(xml, "工作表")
    if root.prefix is not None:
        root = _unprefixed(root)
        xml = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    data = root.find(MAIN + "sheetData")
    if data is None:
        raise ValueError("a sheet without sheetData")
    start, end = frame(xml)
    head, tail = f"{xml[:start].decode()}<sheetData>", tail_of(xml[:start], xml[end:])
    texts: dict[tuple[int, int], str] = {}
    rows = [_row_of(*row) for row in {row[0]: row for row in _rows(data, texts)}.values()]
    check_well_formed(head, (xml for r in rows for xml in (r.xml, r.hidden_xml)), tail.text)
    blocks = [_block(rows[i : i + _BLOCK]) for i in range(0, len(rows), _BLOCK)]
    measures = measures_of(root)
    return head, tail.elements, tail.closing, measures.data, texts, room_of(root, measures), blocks


def _block(rows: Sequence[TemplateRow]) -> tuple[tuple[int, ...], bytes, bytes]:
    folded = deflated("".join(r.hidden_xml for r in rows).encode())
    data = orjson.dumps([(r.number, dict(r.attributes), r.height, r.cells) for r in rows])
    return tuple(r.number for r in rows), folded.data, data


def _row_of(number: int, attributes: Mapping[str, str], height: float, cells: Iterable[Sequence[Any]]) -> TemplateRow:
    known = tuple([(column, head, formula, xml) for column, head, formula, xml in cells])
    body = "".join([xml for *_, xml in known]) + "</row>"
    opening, hidden = row_opening(attributes), row_opening({**attributes, **HIDDEN})
    return TemplateRow(number, attributes, height, hidden == opening, known, opening, opening + body, hidden + body)


def _unprefixed(root: etree._Element) -> etree._Element:
    """The same sheet with names as most programs write them: x:worksheet → worksheet."""
    names = {prefix: uri for prefix, uri in root.nsmap.items() if prefix is not None and uri != MAIN[1:-1]}
    known: Any = {None: MAIN[1:-1], **names}  # the stubs know no default namespace
    made = etree.Element(MAIN + "worksheet", None, known)
    for name, value in root.attrib.items():
        made.set(name, value)
    made.extend(list(root))
    etree.cleanup_namespaces(made, keep_ns_prefixes=list(names))
    return made


RowData = tuple[int, dict[str, str], float, list[TemplateCell]]


def _rows(data: etree._Element, texts: dict[tuple[int, int], str]) -> Iterator[RowData]:
    """The rows; the text of each formula comes into `texts`."""
    shared: dict[str, tuple[int, int, str]] = {}
    number = 0
    for element in data.iterchildren(MAIN + "row"):
        number = int(element.get("r") or number + 1)
        yield _row(element, number, shared, texts)


def _row(
    element: etree._Element,
    number: int,
    shared: dict[str, tuple[int, int, str]],
    texts: dict[tuple[int, int], str],
) -> RowData:
    kept = {str(k): quoteattr(str(v)) for k, v in element.attrib.items() if k != "spans"}
    attributes = {"r": f'"{number}"', **{k: v for k, v in kept.items() if not k.startswith("{")}}
    cells: list[TemplateCell] = []
    column = 0
    for cell in element.iterchildren(MAIN + "c"):
        where = cell.get("r")
        column = column_number(where.rstrip("0123456789")) if where else column + 1
        formula = cell.find(MAIN + "f")
        if formula is not None:
            texts[number, column] = _formula_text(formula, (number, column), shared)
        cells.append(_cell(cell, (number, column), texts.get((number, column))))
    return number, attributes, float(element.get("ht") or 0), cells


def _formula_text(formula: etree._Element, place: tuple[int, int], shared: dict[str, tuple[int, int, str]]) -> str:
    """The formula as it stands at its cell, where a program has stored one for many."""
    text, group = formula.text or "", formula.get("si") or ""
    if formula.get("t") != "shared":
        return text
    if text:
        shared[group] = (*place, text)
        return text
    row, column, text = shared.get(group, (*place, ""))
    return shifted(text, place[0] - row, place[1] - column)


def check_well_formed(head: str, rows: Iterable[str], tail: str) -> None:
    """Raises expat's error for rows that no program could read."""
    expat.ParserCreate().Parse("".join([head, *rows, tail]), True)  # noqa: FBT003 - expat's own signature


def row_opening(attributes: Mapping[str, str]) -> str:
    """The tag of a row; attributes are quoted as they stand in XML."""
    return "<row" + "".join([f" {k}={v}" for k, v in attributes.items()]) + ">"


def _cell(element: etree._Element, place: tuple[int, int], text: str | None) -> TemplateCell:
    number = element.get("s")
    style = f' s="{number}"' if isinstance(number, str) else ""
    formula_element = element.find(MAIN + "f")
    formula = ""
    if formula_element is not None and text is not None:
        kept = () if formula_element.get("t") == "shared" else formula_element.attrib.items()
        attributes = "".join(f" {k!s}={quoteattr(str(v))}" for k, v in kept)
        formula = f"<f{attributes}>{escape(text)}</f>"
    head = f'<c r="{address(*place)}"{style}'
    return place[1], head, formula, _original(element, head, formula)


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
