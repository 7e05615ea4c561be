"""Changes of single cells (单元格改动), and a saved file with exactly these cells changed, every other byte as it was.

The same list goes to a file, to a live book, and to the macro of a host that cannot be reached from outside.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from xml.parsers import expat
from xml.sax.saxutils import escape

from toolkit.core.money import plain
from toolkit.engines.formula import ErrorValue
from toolkit.engines.xlsx.package import column_number
from toolkit.engines.xlsx.zip import replace_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from toolkit.engines.xlsx.package import Package

_CELL = re.compile(rb"<(\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)

_FORMULA = re.compile(rb"<(?:\w+:)?f\b[^>]*?(?:/>|>.*?</(?:\w+:)?f>)", re.DOTALL)

_KIND_OR_PLACE = re.compile(rb'\s(?:r|t)="[^"]*"')

_PLACE = re.compile(rb'\br="([A-Z]+)(\d+)"')

_ROW_HEIGHT = re.compile(rb'(<(?:\w+:)?row\b(?![^>]*customHeight="(?:1|true)")[^>]*?) ht="[^"]*"')


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

    `refit` names a sheet whose rows shall get the height of their new texts when the file is opened.
    """
    by_sheet: dict[str, dict[str, CellChange]] = {}
    for change in changes:
        by_sheet.setdefault(change.sheet, {})[change.address] = change
    parts: dict[str, bytes] = {}
    for name, cells in by_sheet.items():
        sheet = package.sheet(name)
        if sheet is not None:
            made = _patched_sheet(package.parts[sheet.part], cells)
            parts[sheet.part] = _ROW_HEIGHT.sub(rb"\g<1>", made) if name == refit else made
    return replace_parts(data, parts) if parts else data


def _patched_sheet(xml: bytes, changes: Mapping[str, CellChange]) -> bytes:
    left = dict(changes)

    def renewed(match: re.Match[bytes]) -> bytes:
        place = _PLACE.search(match[2])
        change = left.pop((place[1] + place[2]).decode(), None) if place else None
        return match[0] if change is None else _cell(match[1] or b"", match[2], match[3] or b"", change)

    made = _CELL.sub(renewed, xml)
    for change in left.values():
        made = _inserted(made, change)
    # Never hand over a part that Excel could not open.
    expat.ParserCreate().Parse(made, True)  # noqa: FBT003 - expat's own signature
    return made


def _cell(prefix: bytes, attributes: bytes, body: bytes, change: CellChange) -> bytes:
    kept = _KIND_OR_PLACE.sub(b"", attributes).decode()
    formula = _FORMULA.search(body) if change.cached else None
    text = formula[0].decode() if formula else f"<f>{escape(change.formula)}</f>" if change.formula else ""
    made = cell_xml(change.address, kept.rstrip(), text, change.value).encode()
    return re.sub(rb"<(/?)(?!\w+:)(\w)", rb"<\g<1>" + prefix + rb"\g<2>", made) if prefix else made


def _inserted(xml: bytes, change: CellChange) -> bytes:
    """A cell that the file leaves out because it was blank, at its place in its row; no row, no cell."""
    letters, digits = re.findall(r"[A-Z]+|\d+", change.address)
    row = re.search(rb'<(\w+:)?row\b[^>]*?\br="%s"[^>]*?(/>|>)' % digits.encode(), xml)
    if row is None:
        return xml
    made = _cell(row[1] or b"", b"", b"", change)
    if row[2] == b"/>":
        name = (row[1] or b"") + b"row"
        return xml[: row.end() - 2] + b">" + made + b"</" + name + b">" + xml[row.end() :]
    end = xml.index(b"</" + (row[1] or b"") + b"row>", row.end())
    for cell in _CELL.finditer(xml, row.end(), end):
        place = _PLACE.search(cell[2])
        if place and column_number(place[1].decode()) > column_number(letters):
            return xml[: cell.start()] + made + xml[cell.start() :]
    return xml[:end] + made + xml[end:]


Value = Decimal | str | bool | dt.date | ErrorValue | None

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")

_CARE = re.compile(r"[&<>\x00-\x08\x0b-\x1f\ufffe\uffff]")

_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")

_DAY_ZERO = dt.date(1899, 12, 30)


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
    return filled(f'<c r="{where}"{style}', formula, value)


def text_element(text: str) -> str:
    """`<t>`; spaces at its ends are kept only when it says so."""
    space = "" if text == text.strip() else ' xml:space="preserve"'
    return f"<t{space}>{cell_text(text)}</t>"


def filled(head: str, formula: str, value: Value) -> str:
    """A cell of the template with its value."""
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
