"""Changes of single cells (单元格改动), and a saved file with exactly these cells changed, every other byte as it was.

The same list goes to a file, to a live book, and to the macro of a host that cannot be reached from outside.
Cells are found by the parser's events and their byte offsets, never by how a program spells them.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from xml.parsers import expat

from toolkit.core.errors import UnreadableError
from toolkit.core.light import dataclass, field
from toolkit.core.money import fits_cell, plain
from toolkit.core.patterns import late
from toolkit.core.words import DAY_ZERO, escape, quoteattr
from toolkit.engines.formula import ErrorValue
from toolkit.engines.xlsx.formulas import number_of, place_of, shifted
from toolkit.engines.xlsx.package import MAIN, parse_xml
from toolkit.engines.xlsx.writing.heights import measures_of
from toolkit.engines.xlsx.writing.parts import rewritten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from toolkit.engines.xlsx.package import Package

_TAG_END = late(rb"""[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>""")

_TAG_START = late(r"<(/?)(?=\w)")

# Place and kind of a changed cell are ours, and what described its old value goes.
_NOT_KEPT = frozenset({"r", "t", "vm"})

_TRUE = frozenset({"1", "true"})


_BRIEF = 60  # signs of a text that is likely to be met again


@dataclass(frozen=True, slots=True)
class CellChange:
    """One cell that changes.

    Attributes:
        value: what the cell shows afterwards; None or "" is blank.
        formula: the formula to put in (without "="), "" for a plain value.
        cached: the formula stands there already and only its stored result is stale; a live book recalculates.
    """

    sheet: str
    address: str
    value: Value
    formula: str = ""
    cached: bool = False


def patched(data: bytes, package: Package, changes: Iterable[CellChange], refit: str = "") -> bytes:
    """The workbook with the cells changed; the very same bytes when there is nothing to change.

    `refit` names a sheet whose rows shall be as tall as their new texts, but for those that a person made so tall.
    """
    parts = patched_parts(package, changes, refit)
    return rewritten(data, package, parts) if parts else data


def patched_parts(package: Package, changes: Iterable[CellChange], refit: str = "") -> dict[str, bytes]:
    """The parts of the sheets on which something changes.

    Raises:
        KeyError: there is no such sheet; a change that could not be made must not look made.
        UnreadableError: the sheet is damaged.
    """
    by_sheet: dict[str, dict[str, CellChange]] = {}
    for change in changes:
        by_sheet.setdefault(change.sheet, {})[change.address] = change
    parts: dict[str, bytes] = {}
    for name, cells in by_sheet.items():
        sheet = package.sheet(name)
        if sheet is None:
            raise KeyError(name)
        try:
            parts[sheet.part] = patched_sheet(package.parts[sheet.part], cells, refit=name == refit)
        except (ValueError, expat.ExpatError):  # a sheet that nobody had to read before
            raise UnreadableError(
                f"文件已损坏（{sheet.part} 里的单元格地址不对）。请用 Excel 或 WPS 打开并另存一份再交。"
            ) from None
    return parts


def patched_sheet(xml: bytes, changes: Mapping[str, CellChange], *, refit: bool = False) -> bytes:
    """A sheet's part with cells changed or put in, at their place in their row; missing rows are put in too."""
    layout = _Layout.of(xml)
    pieces: list[bytes] = []
    done = 0
    by_place = {place_of(where): change for where, change in changes.items()}
    for edit in sorted(_edits(layout, by_place, _heights(xml, by_place) if refit else None)):
        pieces += [xml[done : edit.start], edit.text.encode()]
        done = edit.end
    made = b"".join([*pieces, xml[done:]])
    # Never hand over a part that Excel could not open.
    expat.ParserCreate().Parse(made, True)  # noqa: FBT003 - expat's own signature
    return made


def _heights(xml: bytes, changes: Mapping[tuple[int, int], CellChange]) -> dict[int, str]:
    """The attribute of each changed row that says how tall it is, "" where it is as tall as any."""
    root, rows = parse_xml(xml, "工作表"), dict[int, dict[int, object]]()
    for (row, column), change in changes.items():
        rows.setdefault(row, {})[column] = change.value
    looks, measures = root.find(MAIN + "sheetFormatPr"), measures_of(root)
    usual = number_of(None if looks is None else looks.get("defaultRowHeight"), 0.0)
    tall = {row: measures.height(row, values) for row, values in rows.items()}
    return {row: f' ht="{height:g}"' if height > usual else "" for row, height in tall.items()}


class _Edit(NamedTuple):
    """Bytes that give way to a text; what is put in at one place stands in the order of `place`."""

    start: int
    end: int
    place: tuple[int, int]
    text: str


@dataclass(slots=True)
class _Element:
    """A row or a cell in the bytes: its start, the end of its first tag, its last tag, its end; attributes as spelled.

    `formula` are the bytes of a cell's formula, `shared` its attributes, `text` what many cells share.
    """

    start: int
    inner: int
    attributes: dict[str, str]
    empty: bool
    close: int = 0
    end: int = 0
    formula: bytes = b""
    shared: dict[str, str] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the rows and cells of a sheet stand in its bytes, and the prefix of their names ("" or "x:")."""

    xml: bytes
    prefix: str
    data: _Element
    rows: Mapping[int, _Element]
    cells: Mapping[tuple[int, int], _Element]

    @classmethod
    def of(cls, xml: bytes) -> _Layout:
        """Read a sheet.

        Raises:
            ValueError: it has no cells at all, not even none.
        """
        reader = _Reader(xml)
        reader.parser.Parse(xml, True)  # noqa: FBT003 - expat's own signature
        reader.parser.StartElementHandler = reader.parser.EndElementHandler = None  # the circle would hold the bytes
        if reader.data is None:
            raise ValueError("a sheet without sheetData")
        return cls(xml, reader.prefix, reader.data, reader.rows, reader.cells)


class _Reader:
    """Listens to a sheet. Names stay as spelled, so that attributes can be written back."""

    def __init__(self, xml: bytes) -> None:
        self.xml, self.parser = xml, expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler, self.parser.EndElementHandler = self.start, self.end
        self.prefix = ""
        self.data: _Element | None = None
        self.rows: dict[int, _Element] = {}
        self.cells: dict[tuple[int, int], _Element] = {}
        self._row = self._column = self._formula = 0
        self._open: list[_Element] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self.data is None:
            if name.rpartition(":")[2] == "sheetData":
                self.prefix = name.removesuffix("sheetData")
                self.data = self._opened(attributes)
        elif not self._open:
            return
        elif name == f"{self.prefix}c":
            if "r" in attributes:
                self._row, self._column = place_of(attributes["r"].upper())
            else:
                self._column += 1
            self.cells[self._row, self._column] = self._opened(attributes)
        elif name == f"{self.prefix}row":
            self._row, self._column = int(attributes.get("r") or self._row + 1), 0
            self._opened(attributes)
        elif name == f"{self.prefix}f":
            self._formula, self._open[-1].shared = self.parser.CurrentByteIndex, attributes
            self.parser.CharacterDataHandler = self._more

    def end(self, name: str) -> None:
        if not self._open or not name.startswith(self.prefix):
            return
        at, local = self.parser.CurrentByteIndex, name.removeprefix(self.prefix)
        if local in {"c", "row", "sheetData"}:
            element = self._open.pop()
            element.close = element.inner if element.empty else at
            element.end = element.inner if element.empty else self._tag_end(at)
            if local == "row":  # where it does not say which it is, its cells have
                self.rows.setdefault(self._row, element)
        elif local == "f":
            self.parser.CharacterDataHandler = None
            self._open[-1].formula = self.xml[self._formula : max(self._tag_end(at), self._tag_end(self._formula))]

    def _more(self, text: str) -> None:
        self._open[-1].text += text

    def _opened(self, attributes: dict[str, str]) -> _Element:
        start = self.parser.CurrentByteIndex
        inner = self._tag_end(start)
        self._open.append(_Element(start, inner, attributes, self.xml[inner - 2 : inner] == b"/>"))
        return self._open[-1]

    def _tag_end(self, start: int) -> int:
        found = _TAG_END.match(self.xml, start)
        return found.end() if found else len(self.xml)


def _edits(
    layout: _Layout, changes: Mapping[tuple[int, int], CellChange], heights: Mapping[int, str] | None
) -> Iterator[_Edit]:
    """What gives way to what; `heights` are those of a sheet whose rows are fitted anew."""
    missing: dict[int, list[tuple[int, int]]] = {}
    for place, change in changes.items():
        cell = layout.cells.get(place)
        if cell is None:
            missing.setdefault(place[0], []).append(place)
        else:
            yield _Edit(cell.start, cell.end, place, _cell_text(layout.prefix, cell, change))
    yield from _orphans(layout, changes)
    for number, element in layout.rows.items():
        if element.empty and number in missing:
            cells = "".join(_new_cell(layout, changes[place]) for place in sorted(missing.pop(number)))
            text = f"{_row_tag(layout, element, number, heights)}{cells}</{layout.prefix}row>"
            yield _Edit(element.start, element.end, (number, 0), text)
        elif heights and (_fitted(element) or heights.get(number)):
            text = _row_tag(layout, element, number, heights)
            yield _Edit(element.start, element.inner, (number, 0), text[:-1] + "/>" if element.empty else text)
    yield from _put_in(layout, changes, missing, heights or {})


def _put_in(
    layout: _Layout,
    changes: Mapping[tuple[int, int], CellChange],
    missing: Mapping[int, list[tuple[int, int]]],
    heights: Mapping[int, str],
) -> Iterator[_Edit]:
    """Cells that the file leaves out, and whole rows of them."""
    new_rows = {}
    for number, places in missing.items():
        row = layout.rows.get(number)
        if row is None:
            cells = "".join(_new_cell(layout, changes[place]) for place in sorted(places))
            new_rows[number] = f'<{layout.prefix}row r="{number}"{heights.get(number, "")}>{cells}</{layout.prefix}row>'
            continue
        right = sorted((place, cell.start) for place, cell in layout.cells.items() if place[0] == number)
        for place in places:
            at = next((start for other, start in right if other > place), row.close)
            yield _Edit(at, at, place, _new_cell(layout, changes[place]))
    data, name = layout.data, f"{layout.prefix}sheetData"
    if new_rows and data.empty:
        rows = "".join(new_rows[number] for number in sorted(new_rows))
        yield _Edit(data.start, data.end, (0, 0), f"<{name}>{rows}</{name}>")
        return
    for number, text in new_rows.items():
        at = min((row.start for other, row in layout.rows.items() if other > number), default=data.close)
        yield _Edit(at, at, (number, 0), text)


def _orphans(layout: _Layout, changes: Mapping[tuple[int, int], CellChange]) -> Iterator[_Edit]:
    """Cells that shared the formula of one that loses it get a text of their own."""
    for place, change in changes.items():
        master = layout.cells.get(place)
        if master is None or change.cached or "ref" not in master.shared or master.shared.get("t") != "shared":
            continue
        for other, cell in layout.cells.items():
            if cell.shared.get("si") == master.shared.get("si") and cell.formula and other not in changes:
                own = shifted(master.text, other[0] - place[0], other[1] - place[1])
                whole = f"<{layout.prefix}f>{escape(own)}</{layout.prefix}f>".encode()
                yield _Edit(cell.start, cell.end, other, _own_bytes(layout, cell).replace(cell.formula, whole).decode())


def _own_bytes(layout: _Layout, cell: _Element) -> bytes:
    return layout.xml[cell.start : cell.end]


def _fitted(row: _Element) -> bool:
    return "ht" in row.attributes and row.attributes.get("customHeight") not in _TRUE


def _row_tag(layout: _Layout, row: _Element, number: int, heights: Mapping[int, str] | None) -> str:
    if heights is None or ("ht" in row.attributes and not _fitted(row)):
        return f"<{layout.prefix}row{_attributes(row, set())}>"
    return f"<{layout.prefix}row{_attributes(row, {'ht', 'customHeight'})}{heights.get(number, '')}>"


def _attributes(element: _Element, dropped: AbstractSet[str]) -> str:
    return "".join(f" {name}={quoteattr(text)}" for name, text in element.attributes.items() if name not in dropped)


def _cell_text(prefix: str, cell: _Element, change: CellChange) -> str:
    kept = cell.formula.decode() if change.cached else ""
    dropped = _NOT_KEPT if kept else _NOT_KEPT | {"cm"}
    return _written(prefix, change, _attributes(cell, dropped), kept)


def _new_cell(layout: _Layout, change: CellChange) -> str:
    return _written(layout.prefix, change, "", "")


def _written(prefix: str, change: CellChange, attributes: str, kept: str) -> str:
    """One cell; a formula that stands there already keeps its spelling."""
    formula = kept or (f"<{prefix}f>{escape(change.formula)}</{prefix}f>" if change.formula else "")
    made = cell_xml(change.address, attributes, "<f/>" if formula else "", change.value)
    return _TAG_START.sub(rf"<\1{prefix}", made).replace(f"<{prefix}f/>", formula, 1)


Value = Decimal | str | bool | dt.date | ErrorValue | None

_CONTROL = late(r"[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")

_CARE = late(r"[&<>\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")

_LOOKS_ESCAPED = late(r"_(?=x[0-9A-Fa-f]{4}_)")


def cell_text(text: str) -> str:
    """Text as OOXML wants it: control characters as _xHHHH_, and text that looks so escaped itself."""
    if _is_bare(text) or ("_x" not in text and not _CARE.search(text)):
        return text
    guarded = _LOOKS_ESCAPED.sub("_x005F_", text) if "_x" in text else text
    if not text.isprintable():
        guarded = _CONTROL.sub(lambda m: f"_x{ord(m[0]):04X}_", guarded)
    return guarded.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _is_bare(text: str) -> bool:
    """Whether a text surely stands in XML as it is: nearly all do, and are told in a tenth of the pattern's time."""
    return text.isprintable() and not ("&" in text or "<" in text or ">" in text or "_x" in text)


def cell_xml(where: str, style: str, formula: str, value: Value) -> str:
    """One `<c>`: formula with cached value, or a constant; text never becomes a formula."""
    return filled(f'<c r="{where}"{style}', formula, value)


def text_element(text: str) -> str:
    """`<t>`; spaces at its ends are kept only when it says so."""
    return _text_element(text) if len(text) <= _BRIEF else _text_element.__wrapped__(text)


@lru_cache(maxsize=8192)
def _text_element(text: str) -> str:
    """The words of a form, names and addresses stand in the files of the next unit, too."""
    space = "" if text == text.strip() else ' xml:space="preserve"'
    return f"<t{space}>{cell_text(text)}</t>"


def filled(head: str, formula: str, value: Value) -> str:
    """A cell of the template with its value; a figure that no sheet holds stands as a text."""
    if isinstance(value, str) and type(value) is not ErrorValue:
        return _with_text(head, formula, value)
    if isinstance(value, Decimal):
        shown = plain(value)
        return f"{head}>{formula}<v>{shown}</v></c>" if fits_cell(value) else _with_text(head, formula, shown)
    if value is None:
        return _with_text(head, formula, "")
    kind, shown = _literal(value)
    return f"{head}{kind}>{formula}<v>{shown}</v></c>"


def _with_text(head: str, formula: str, text: str) -> str:
    return f'{head} t="str">{formula}<v>{cell_text(text)}</v></c>' if formula else worded(head, text)


def worded(head: str, text: str) -> str:
    """A cell of the template with a text and no formula."""
    return f'{head} t="inlineStr"><is>{text_element(text)}</is></c>' if text else f"{head}/>"


def in_letters(head: str, text: str, font: str, size: float) -> str:
    """A cell of the template whose text is in letters of another size than its style."""
    named = f"<rFont val={quoteattr(font)}/>" if font else ""
    return f'{head} t="inlineStr"><is><r><rPr>{named}<sz val="{size:g}"/></rPr>{text_element(text)}</r></is></c>'


def _literal(value: object) -> tuple[str, str]:
    """Type attribute and text of a value that is neither text nor number."""
    if isinstance(value, bool):
        return ' t="b"', str(int(value))
    if isinstance(value, ErrorValue):
        return ' t="e"', str(value)
    if isinstance(value, dt.date):
        return "", str((value - DAY_ZERO).days)
    return "", str(value)
