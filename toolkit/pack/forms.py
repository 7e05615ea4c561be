"""Drawn forms (表样): the text grids of `forms.toml` become cells with places, merges and names.

Pure data: nothing here knows openpyxl. The same reading serves the fill-in workbook and the
finished report workbook. A pack draws over what the packs above it drew.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from toolkit.core.errors import PackError
from toolkit.core.light import dataclass, field
from toolkit.core.patterns import late
from toolkit.core.words import suggested
from toolkit.pack.reading import (
    PACK_FILE,
    altered_sheets,
    drawn_cells,
    drawn_without,
    in_their_order,
    load_toml,
    repeated,
    text_without,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

FORMS_NAME = "forms.toml"

_LINE = late(r"(?P<style>题|头|表|注|图|尾|空|列(?P<count>\d+))(@(?P<height>\d+))?\s*>(?P<cells>.*)")


_FORMULA = late(r"\{([^{}]*)\}(?::(\w+))?")


class Style(StrEnum):
    """How a row looks (行式)."""

    TITLE = "题"
    HEAD = "头"
    BODY = "表"
    NOTE = "注"
    LEGEND = "图"
    FOOT = "尾"
    SPACE = "空"
    LIST = "列"


_OPEN = frozenset({Style.SPACE, Style.TITLE, Style.NOTE, Style.LEGEND, Style.FOOT})


class Role(StrEnum):
    """What a cell is for."""

    LABEL = "label"
    NAME = "name"
    COLUMN = "column"
    FORMULA = "formula"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class FormCell:
    """One drawn cell: 1-based place and span, what it is for, and its text, name or formula.

    `text` is the label, the defined name, or the formula without its equals sign; `kind` is the
    number format of a formula cell ("" for text).
    """

    row: int
    column: int
    rows: int
    columns: int
    style: Style
    role: Role
    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class TableArea:
    """Where a table's detail rows stand (明细区)."""

    name: str
    first: int
    last: int
    columns: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SheetForm:
    """One drawn sheet.

    `form` is the kind of form that it is, whose names are scoped to the sheet; "" for others. An `internal` sheet
    is no part of the public edition. `grid` is the text as it was drawn.
    """

    name: str
    grid: str
    internal: bool
    widths: tuple[float, ...]
    landscape: bool
    freeze: int
    form: str
    cells: tuple[FormCell, ...]
    heights: Mapping[int, float]
    tables: Mapping[str, TableArea]
    charts: tuple[Mapping[str, str], ...] = ()
    hidden: bool = False
    pages: int = 0  # printed on so many; 0: on as many as it takes
    rows: int = 0
    lists: tuple[TableArea, ...] = ()  # every list as it is drawn; `tables` has one of each name
    ends: tuple[tuple[int, int], ...] = ()  # of heads and bodies: row, last drawn column

    def names(self) -> Iterator[str]:
        """Every defined name that this sheet holds."""
        yield from (c.text for c in self.cells if c.role is Role.NAME)
        for area in self.tables.values():
            yield from (f"{area.name}_{column}" for column in area.columns)


@dataclass(slots=True)
class _Drawing:
    """The grid while it is being read: row by row, token by token."""

    sheet: str
    tokens: list[tuple[Style, list[str]]] = field(default_factory=list)
    heights: dict[int, float] = field(default_factory=dict)
    lists: list[tuple[int, int]] = field(default_factory=list)
    cells: tuple[FormCell, ...] = ()
    areas: tuple[TableArea, ...] = ()


@dataclass(frozen=True, slots=True)
class DrawnSheets:
    """How a pack draws its sheets (画表): its folders, own first, and what fills `${…}`.

    `kind_of` says which kind of form a sheet is, `foot` what stands below a sheet that repeats another; `heads` are the
    cells that say who fills a sheet in, `projects` is the table of projects.
    """

    folders: tuple[Path, ...]
    read: Callable[[Path], dict[str, Any]]
    kind_of: Callable[[Mapping[str, Any]], str]
    foot: str
    heads: frozenset[str]
    projects: str

    @property
    def left_foot(self) -> str:
        """The foot without what was dropped."""
        foot = self.foot
        for folder in self.folders:
            foot = text_without(foot, load_toml(folder / PACK_FILE).get("drop", {}).get("names", ()))
        return foot

    def sheets(self, kind: str) -> dict[str, dict[str, Any]]:
        """The sheets of a kind by name, each pack's laid over those of the pack above."""
        found: dict[str, dict[str, Any]] = {}
        for folder in reversed(self.folders):
            above = tuple(found)
            drop = load_toml(folder / PACK_FILE).get("drop", {}) if found else {}
            found = drawn_without(found, drop, self.heads, self.projects) if drop else found
            if (folder / FORMS_NAME).is_file():
                drawn = self.read(folder / FORMS_NAME)
                own = folder == self.folders[0]
                sheets = {s["name"]: {**s, "form": self.kind_of(s), "own": own} for s in drawn.get(kind, ())}
                found = _placed(altered_sheets(found, drawn, kind), sheets) if drawn.get("extends") else sheets
            found = in_their_order(found, above) if above else found
        return found


def read_forms(kind: str, source: DrawnSheets) -> tuple[SheetForm, ...]:
    """The drawn sheets of a pack; the public edition has the report's, but for the internal ones, and its own."""
    drawn = source.sheets(kind)
    if kind == "public":
        drawn = _placed({n: s for n, s in source.sheets("report").items() if not s.get("internal")}, drawn)
    if all("grid" in sheet for sheet in drawn.values()):
        return tuple(map(_read_form, drawn.values()))
    filled = source.sheets("fill")
    left = (s for s in drawn.values() if "grid" in s or s["own"] or s["name"] in filled)  # or gone with the filled one
    return tuple(_read_form(s if "grid" in s else _repeated(s, filled, source.left_foot)) for s in left)


def _repeated(sheet: dict[str, Any], filled: Mapping[str, dict[str, Any]], foot: str) -> dict[str, Any]:
    """A sheet of the report that says no more than its name is drawn like the one that is filled in."""
    source = filled.get(sheet["name"])
    if source is None:
        hint = suggested(sheet["name"], filled)
        raise PackError(f"forms.toml「{sheet['name']}」没有写 grid，填报表里也没有这张表可以照着画{hint}")
    return repeated(sheet, source, foot)


def _placed(known: Mapping[str, dict[str, Any]], more: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Sheets of a pack among its parent's: same name replaces, `after` names the sheet to stand behind, "" none."""
    added = {name: sheet for name, sheet in more.items() if name not in known}
    found = {name: sheet for name, sheet in added.items() if sheet.get("after") == ""}
    for name, sheet in known.items():
        found[name] = more.get(name, sheet)
        found |= {n: s for n, s in added.items() if s.get("after") == name}
    return {**found, **added}


def _read_form(spec: Mapping[str, Any]) -> SheetForm:
    """Read one `[[fill]]` or `[[report]]` entry.

    Raises:
        PackError: a line of the grid cannot be read; names sheet and line.
    """
    drawing = _drawn(spec["name"], spec["grid"])
    return SheetForm(
        spec["name"],
        spec["grid"],
        bool(spec.get("internal")),
        tuple(spec["widths"]),
        bool(spec.get("landscape")),
        int(spec.get("freeze", 0)),
        str(spec.get("form") or ""),
        drawing.cells,
        drawing.heights,
        {area.name: area for area in drawing.areas},
        tuple(spec.get("charts", ())),
        bool(spec.get("hidden")),
        int(spec.get("pages", 0)),
        len(drawing.tokens),
        drawing.areas,
        tuple(_ends(drawing)),
    )


@lru_cache(maxsize=64)  # a pack that is built or checked is read by ten readers
def _drawn(sheet: str, grid: str) -> _Drawing:
    drawing = _Drawing(sheet)
    for number, line in enumerate(grid.strip("\n").split("\n"), 1):
        if line.strip():  # what a parameter left empty is no row
            _read_line(drawing, number, line)
    drawing.cells = tuple(_cells(drawing))
    drawing.areas = tuple(_lists(drawing, drawing.cells))
    return drawing


def _read_line(drawing: _Drawing, number: int, line: str) -> None:
    match = _LINE.fullmatch(line.strip())
    if not match:
        raise PackError(f"forms.toml 中「{drawing.sheet}」第 {number} 行看不懂：{line}")
    tokens = drawn_cells(match["cells"])
    repeat = int(match["count"] or 1)
    first = len(drawing.tokens) + 1
    for offset in range(repeat):
        drawing.tokens.append((Style(match["style"][0]), tokens))
        if match["height"]:
            drawing.heights[first + offset] = float(match["height"])
    if match["count"]:
        drawing.lists.append((first, first + repeat - 1))


def _cells(drawing: _Drawing) -> Iterator[FormCell]:
    grid = [tokens for _, tokens in drawing.tokens]
    for r, (style, tokens) in enumerate(drawing.tokens):
        for c, token in enumerate(tokens):
            if token in {"<", "^", "."} or (token == "" and style in _OPEN):
                continue
            across, down = _span(grid, r, c)
            role, text, kind = _content(token)
            yield FormCell(r + 1, c + 1, down, across, style, role, text, kind)


def _span(grid: list[list[str]], row: int, column: int) -> tuple[int, int]:
    across = 1
    while column + across < len(grid[row]) and grid[row][column + across] == "<":
        across += 1
    down = 1
    while row + down < len(grid) and column < len(grid[row + down]) and grid[row + down][column] == "^":
        down += 1
    return across, down


def _content(token: str) -> tuple[Role, str, str]:
    if token == "#":  # noqa: S105 - a drawing sign, no secret
        return Role.NUMBER, "", ""
    if token.startswith("[") and token.endswith("]"):
        name = token[1:-1]
        return (Role.COLUMN if "." in name else Role.NAME), name, ""
    whole = _FORMULA.fullmatch(token)
    if whole:
        return Role.FORMULA, whole[1], whole[2] or ""
    if "{" in token:
        return Role.FORMULA, _concatenated(token), ""
    return Role.LABEL, token.replace("\\n", "\n"), ""


def _concatenated(token: str) -> str:
    """`单位：{名称}` → `"单位："&名称`."""
    parts, end = [], 0
    for match in _FORMULA.finditer(token):
        parts += [_quoted(token[end : match.start()])] if match.start() > end else []
        parts.append(match[1])
        end = match.end()
    parts += [_quoted(token[end:])] if end < len(token) else []
    return "&".join(parts)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _ends(drawing: _Drawing) -> Iterator[tuple[int, int]]:
    """Where the lines of heads and bodies end, a list counted once."""
    again = {row for first, last in drawing.lists for row in range(first + 1, last + 1)}
    for row, (style, tokens) in enumerate(drawing.tokens, 1):
        if style not in _OPEN and row not in again:
            yield row, len(tokens)


def _lists(drawing: _Drawing, cells: tuple[FormCell, ...]) -> Iterator[TableArea]:
    for first, last in drawing.lists:
        columns: dict[str, int] = {}
        table = ""
        for cell in cells:
            if cell.row == first and cell.role is Role.COLUMN:
                table, _, column = cell.text.partition(".")
                columns[column] = cell.column
        yield TableArea(table, first, last, columns)
