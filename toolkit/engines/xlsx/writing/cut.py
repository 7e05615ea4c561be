"""A sheet of a template, cut at its rows (表样裁开): what stands before them, blocks of rows, what follows."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

import orjson
from lxml import etree

from toolkit.core.light import dataclass
from toolkit.core.words import escape, quoteattr
from toolkit.engines.xlsx.formulas import address, column_number, place_of, shifted
from toolkit.engines.xlsx.package import MAIN, SHEET_ORDER, parse_xml
from toolkit.engines.xlsx.writing.frames import frame
from toolkit.engines.xlsx.writing.heights import Measures, Paging, measures_of, room_of
from toolkit.engines.xlsx.zip import Deflated, deflated, inflated_stretch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

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

    def idle(self, hidden: set[int], written: AbstractSet[int]) -> bool:
        """Whether all its rows are hidden, and none is written."""
        return hidden.issuperset(self.numbers) and written.isdisjoint(self.numbers)


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
def compile_sheet(xml: bytes, named: frozenset[tuple[int, int]] = frozenset()) -> Sheet:
    """One sheet, whatever its name: the copies of a project form are cut only once.

    A `named` cell without content or looks has no element in the file; it gets one, or what is written there is lost.
    """
    root = parse_xml(xml, "工作表")
    if root.prefix is not None:
        root = _unprefixed(root)
        xml = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    data = root.find(MAIN + "sheetData")
    if data is None:
        raise ValueError("a sheet without sheetData")
    _with_cells(data, named)
    start, end = frame(xml)
    head, tail = f"{xml[:start].decode()}<sheetData>", tail_of(xml[:start], xml[end:])
    texts: dict[tuple[int, int], str] = {}
    rows = [_row_of(*row) for row in {row[0]: row for row in _rows(data, texts)}.values()]
    check_well_formed(head, (xml for r in rows for xml in (r.xml, r.hidden_xml)), tail.text)
    blocks = [_block(rows[i : i + _BLOCK]) for i in range(0, len(rows), _BLOCK)]
    measures = measures_of(root)
    return head, tail.elements, tail.closing, measures.data, texts, room_of(root, measures), blocks


def _with_cells(data: etree._Element, named: frozenset[tuple[int, int]]) -> None:
    """Elements for the cells that a program has left out."""
    if any(element.get("r") is None for element in data.iter(MAIN + "row", MAIN + "c")):
        return  # a program that numbers nothing leaves nothing out
    rows = {int(row.get("r") or 0): row for row in data.iterchildren(MAIN + "row")}
    have = {place_of(cell.get("r") or "") for row in rows.values() for cell in row.iterchildren(MAIN + "c")}
    for place in sorted(named - have):
        number, column = place
        if number not in rows:
            rows[number] = etree.Element(MAIN + "row", {"r": str(number)})
            data.insert(sum(1 for n in rows if n < number), rows[number])
        at = sum(1 for cell in rows[number].iterchildren(MAIN + "c") if place_of(cell.get("r") or "")[1] < column)
        rows[number].insert(at, etree.Element(MAIN + "c", {"r": address(*place)}))


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


@dataclass(frozen=True)
class Tail:
    """What follows the cells: the elements by name, in the schema's order, and the end of the sheet."""

    elements: tuple[tuple[str, str], ...]
    closing: str

    @cached_property
    def text(self) -> str:
        """All of it."""
        return "".join(["</sheetData>", *(xml for _, xml in self.elements), self.closing])

    def on_pages(self, pages: Paging) -> Tail:
        """The same, its rows made smaller until they stand on so many pages, or its pages begun where it says."""
        if pages.count:
            fitted = f'fitToHeight="{pages.count}"'
            made = [(n, x.replace('fitToHeight="0"', fitted) if n == "pageSetup" else x) for n, x in self.elements]
            return Tail(tuple(made), self.closing)
        if not pages.starts:
            return self
        number, body = len(pages.starts), (f'<brk id="{row - 1}" max="16383" man="1"/>' for row in pages.starts)
        return self.adding("rowBreaks", f'<rowBreaks count="{number}" manualBreakCount="{number}">', "".join(body))

    def adding(self, name: str, opening: str, body: str) -> Tail:
        """With `body` in the element of that name: at the end of the one that stands there, or in a new one."""
        at = next((i for i, (found, _) in enumerate(self.elements) if found == name), None)
        if at is not None:
            old = self.elements[at][1]
            inner = "" if old.endswith("/>") else old[old.index(">") + 1 : old.rindex("</")]
            made = (name, f"{opening}{inner}{body}</{name}>")
            return Tail((*self.elements[:at], made, *self.elements[at + 1 :]), self.closing)
        turn = SHEET_ORDER.index(name)
        at = next(
            (i for i, (n, _) in enumerate(self.elements) if n in SHEET_ORDER and SHEET_ORDER.index(n) > turn), None
        )
        at = len(self.elements) if at is None else at
        made = (name, f"{opening}{body}</{name}>")
        return Tail((*self.elements[:at], made, *self.elements[at:]), self.closing)


def tail_of(before: bytes, behind: bytes) -> Tail:
    """The elements behind the cells, found by the parser's events."""
    whole = before + b"<sheetData/>" + behind
    places: list[tuple[str, int, int]] = []
    opened: list[tuple[str, int]] = []
    parser = expat.ParserCreate()

    def start(name: str, _: Mapping[str, str]) -> None:
        opened.append((name, parser.CurrentByteIndex))

    def end(_: str) -> None:
        name, begun = opened.pop()
        if len(opened) == 1:
            places.append((name, begun, parser.CurrentByteIndex))
        elif not opened:
            places.append(("", parser.CurrentByteIndex, len(whole)))

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(whole, True)  # noqa: FBT003 - expat's own signature
    starts = [begun for _, begun, _ in places if begun > len(before)]
    names = [name for name, begun, _ in places if begun > len(before)]
    pieces = [whole[a:b].decode() for a, b in zip(starts, [*starts[1:], len(whole)], strict=True)]
    return Tail(tuple(zip(names[:-1], map(str.strip, pieces[:-1]), strict=True)), pieces[-1])
