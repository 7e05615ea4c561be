"""How a form names its cells (表样的标签): for each drawn sheet, which labels at the left and above lead to which name.

The drawn sheets of one name, the one that staff fill in and the one that is published, are one layout: either may
come back as an old file.
"""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, TypeVar

from toolkit.core.light import dataclass, field
from toolkit.pack import FORM_AUDIT, FormCell, Role, SheetForm, Style
from toolkit.unit.moving.words import move_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from toolkit.core.dictionary import NameSpace, TableSpec
    from toolkit.pack import Pack
    from toolkit.unit.moving.words import MoveWords

K = TypeVar("K")

PRINTED = ""  # what the form prints or works out itself: known, and not to be moved

_KINDS = ("fill", "report")

_ENOUGH = (0.6, 4)


@dataclass(frozen=True, slots=True)
class TableLayout:
    """A table as drawn: head → column.

    `stops` are the labels below it; `numbered` columns share their head with the running numbers.
    """

    table: str
    heads: Mapping[str, str]
    stops: frozenset[str]
    numbered: frozenset[str]

    @property
    def enough(self) -> int:
        """So many heads in one row are the table's head."""
        part, most = _ENOUGH
        return min(most, ceil(part * len(set(self.heads.values()))))


@dataclass(frozen=True, slots=True)
class Layout:
    """The labels of the sheets of one name.

    Attributes:
        form: its names belong to a project form.
        pairs: label at the left and label above → name; `lefts` and `aboves`: where one of them says it alone.
        steps: how far the cell stands from the label that says it alone, as drawn: columns, rows.
        running: heads of running numbers (序号), which are printed.
        repeated: columns in which a cell merged downward stands for every row.
        beside: label at the left → every field that stands to the right of it.
        sums: what a row of a table is called that sums up others.
    """

    name: str
    form: str
    titles: frozenset[str]
    labels: frozenset[str]
    pairs: Mapping[tuple[str, str], str]
    lefts: Mapping[str, str]
    aboves: Mapping[str, str]
    steps: Mapping[tuple[str, str], frozenset[int]]
    tables: tuple[TableLayout, ...]
    running: frozenset[str]
    repeated: frozenset[str]
    beside: Mapping[str, frozenset[str]]
    sums: frozenset[str] = frozenset()

    def named(self, label: str) -> frozenset[str]:
        """The fields that stand to the right of a label."""
        return self.beside.get(label, frozenset())


@dataclass(slots=True)
class _Notes:
    """What the drawn sheets of one name say, while they are read; a key with two names says nothing."""

    titles: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)
    pairs: defaultdict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    lefts: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    aboves: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    steps: defaultdict[tuple[str, str], set[int]] = field(default_factory=lambda: defaultdict(set))
    tables: dict[str, TableLayout] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)
    form: str = ""


@lru_cache(maxsize=16)
def layouts_of(pack: Pack) -> tuple[Layout, ...]:
    """The layouts of a pack, in the order of its drawn sheets."""
    notes: defaultdict[str, _Notes] = defaultdict(_Notes)
    for kind in _KINDS:
        for form in pack.forms(kind):
            if not form.internal:
                _note(notes[form.name], form, pack)
    return tuple(_layout(name, found, move_words(pack)) for name, found in notes.items())


@lru_cache(maxsize=16)
def inner_titles(pack: Pack) -> frozenset[str]:
    """The titles of the sheets that only this tool writes (审核结果, 溯源): nobody fills them in."""
    sheets = [form for form in pack.forms("report") if form.internal]
    words = move_words(pack)
    return frozenset(
        words.label(c.text, pack.year) for s in sheets for c in s.cells if c.style is Style.TITLE and c.row == 1
    ) - {""}


def _layout(name: str, notes: _Notes, words: MoveWords) -> Layout:
    return Layout(
        name,
        notes.form,
        frozenset(notes.titles),
        frozenset(notes.labels),
        _clear(notes.pairs),
        _clear(notes.lefts),
        _clear(notes.aboves),
        {key: frozenset(steps) for key, steps in notes.steps.items()},
        tuple(notes.tables.values()),
        frozenset(notes.running),
        words.repeated,
        {label: frozenset(names) - {PRINTED} for label, names in notes.lefts.items()},
        words.sums,
    )


def _clear(found: Mapping[K, set[str]]) -> dict[K, str]:
    return {key: next(iter(names)) for key, names in found.items() if len(names) == 1}


def _note(notes: _Notes, sheet: SheetForm, pack: Pack) -> None:
    words, space = move_words(pack), pack.dictionary.scope(sheet.form)
    notes.form = notes.form or sheet.form
    drawn = _Drawn(sheet, words, pack.year)
    for cell in sheet.cells:
        label = drawn.label(cell)
        if label:
            notes.labels.add(label)
            if cell.style is Style.TITLE:
                notes.titles.add(label)
    for cell in sheet.cells:
        if cell.role in {Role.NAME, Role.FORMULA} or drawn.prints_value(cell):
            _note_field(notes, drawn, cell, space)
    for area in sheet.tables.values():
        _note_table(notes, drawn, area.name, space.tables, words)


def _note_field(notes: _Notes, drawn: _Drawn, cell: FormCell, space: NameSpace) -> None:
    # A formula that only repeats a name shows its figure: in a published form the figure itself stands there.
    name = cell.text if cell.role is not Role.LABEL and cell.text in space.fields else PRINTED
    left, above = drawn.left(cell), drawn.above(cell)
    at_left, at_top = (drawn.label(c) if c else "" for c in (left, above))
    if at_left and at_top:
        notes.pairs[at_left, at_top].add(name)
    if left and at_left:
        notes.lefts[at_left].add(name)
        notes.steps["left", at_left].add(cell.column - left.column)
    if above and at_top:
        notes.aboves[at_top].add(name)
        notes.steps["above", at_top].add(cell.row - above.row)


def _note_table(notes: _Notes, drawn: _Drawn, table: str, specs: Mapping[str, TableSpec], words: MoveWords) -> None:
    if table not in specs:
        return
    area = drawn.sheet.tables[table]
    known = specs[table].columns
    heads: dict[str, str] = {}
    numbers: set[str] = set()
    for cell in drawn.sheet.cells:
        if cell.row == area.first and cell.role in {Role.COLUMN, Role.NUMBER}:
            head = drawn.above(cell)
            label = drawn.label(head) if head else ""
            column = cell.text.partition(".")[2]
            column = words.columns.get(column, column)
            if label and cell.role is Role.NUMBER:
                notes.running.add(label)
                numbers.add(label)
            elif label and column in known:
                heads[label] = column
    below = {label for c in drawn.sheet.cells if c.row > area.last and (label := drawn.label(c))}
    below |= {words.label(head, drawn.year) for head in FORM_AUDIT if drawn.sheet.form}
    before = notes.tables.get(table)
    heads = {**heads, **(before.heads if before else {})}
    stops = frozenset(below) | (before.stops if before else frozenset())
    numbered = frozenset(c for head, c in heads.items() if head in numbers)
    notes.tables[table] = TableLayout(table, heads, stops - heads.keys(), numbered)


class _Drawn:
    """A drawn sheet by places."""

    def __init__(self, sheet: SheetForm, words: MoveWords, year: int) -> None:
        self.sheet, self._words, self.year = sheet, words, year
        self._at = {
            (row, column): cell
            for cell in sheet.cells
            for row in range(cell.row, cell.row + cell.rows)
            for column in range(cell.column, cell.column + cell.columns)
        }

    def label(self, cell: FormCell) -> str:
        """The label that a cell prints."""
        return self._words.label(cell.text, self.year) if cell.role is Role.LABEL else ""

    def prints_value(self, cell: FormCell) -> bool:
        """A number or a dash that the form prints where others have a figure."""
        return cell.role is Role.LABEL and bool(cell.text.strip()) and not self.label(cell)

    def left(self, cell: FormCell) -> FormCell | None:
        """The nearest label in the same row."""
        return next(self._labels((cell.row, c) for c in range(cell.column - 1, 0, -1)), None)

    def above(self, cell: FormCell) -> FormCell | None:
        """The nearest label in the same column; titles and notes head nothing."""
        found = next(self._labels((r, cell.column) for r in range(cell.row - 1, 0, -1)), None)
        return None if found is None or found.style in {Style.TITLE, Style.NOTE, Style.LEGEND} else found

    def _labels(self, places: Iterator[tuple[int, int]]) -> Iterator[FormCell]:
        cells = (self._at[place] for place in places if place in self._at)
        return (cell for cell in cells if self.label(cell))
