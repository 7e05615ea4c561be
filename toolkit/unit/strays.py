"""Sheets of the form (表样里的表): which ones a file has, by its names or else by what is printed on them.

What stands on them outside the named cells and is not printed there is data outside the form (表外数据).
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from itertools import chain, islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from toolkit.core.findings import ERROR_VALUE, UNSEEN, CellRef
from toolkit.core.kept import kept
from toolkit.core.light import dataclass
from toolkit.core.model import Cell, CellNote, Stray, Why
from toolkit.engines import read_input
from toolkit.engines.xlsx import address, meaning, place_of
from toolkit.pack import FILL_NAME, OWN_PREFIXES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from toolkit.core.model import Content, Section
    from toolkit.engines.xlsx import Area, CellSource, FileSource, NamedSource, Unseen
    from toolkit.pack import Pack

    Cells = Mapping[int, AbstractSet[int]]  # row → columns

Source = TypeVar("Source", bound="NamedSource")

Names = tuple["Mapping[str, Area]", "Mapping[str, Mapping[str, Area]]"]

Places = dict[str, "Area"]

Fixed = dict[int, dict[int, "Content"]]  # row → column → what is printed there

_NOTHING: Mapping[int, Content] = MappingProxyType({})

_NONE: Cells = MappingProxyType({})

_NO_COLUMN: AbstractSet[int] = frozenset()

_LARGEST = 100_000  # cells that one name can cover
_NOTE = 20  # signs: so long a text is what a form prints, and nothing that staff call a figure


def served(source: Source, pack: Pack) -> Source:
    """The workbook with the names that it lost, where its sheets are printed as ours: every label at its place.

    Some programs save the names of one project form only, or none of a sheet that was copied cell by cell.
    """
    blank = _blank_form(pack)
    known, (shared, scoped) = blank.names[0].keys(), source.names
    own = frozenset(chain.from_iterable(blank.names[1].values()))
    sheets = frozenset(source.sheet_names)
    shared = {n: a for n, a in shared.items() if n not in own and (a.sheet in sheets or n not in known)}
    found = {**scoped, **dict(_served_forms(source, blank, shared))}
    whole = shared | _served_fields(source, blank, shared) if known - shared.keys() else shared
    return source if (whole, found) == source.names else source.with_names((whole, found))


def _served_forms(source: CellSource, blank: _BlankForm, shared: Mapping[str, Area]) -> Iterator[tuple[str, Places]]:
    """The project forms that lost names, with all of them."""
    loose = {n: a for n, a in source.names[0].items() if n not in shared}
    for sheet in blank.like_forms(source, shared):
        own, values = source.names[1].get(sheet, {}), source.values(sheet)
        here = {n: a for n, a in loose.items() if a.sheet == sheet} | dict(own)
        for form in blank.forms_by(here):
            wanted = blank.names[1][form]
            if wanted.keys() <= own.keys():
                break
            places = _by_labels(values, sheet, blank.labels(form), wanted)
            if (places or here.keys() & wanted.keys()) and all(
                places.get(name, area) == area for name, area in here.items()
            ):
                yield sheet, {**places, **here}
                break


def _served_fields(source: CellSource, blank: _BlankForm, shared: Mapping[str, Area]) -> Places:
    """The names of the workbook that were lost and that the other names of their sheet leave room for."""
    twins = {twin: sheet for sheet, twin in _twins((shared, {}), blank.names).items()}
    lost = {name: area for name, area in blank.names[0].items() if name not in shared}
    found: dict[str, Area] = {}
    for twin in {area.sheet for area in lost.values()}:
        sheet = twins.get(twin, twin)
        printed = {name: area for name, area in blank.names[0].items() if area.sheet == twin}
        places = _by_labels(source.values(sheet), sheet, blank.labels(twin), printed)
        if all(shared.get(name, area) == area for name, area in places.items()):
            found |= {name: area for name, area in places.items() if name in lost}
    return found


def _by_labels(
    values: Mapping[int, Mapping[int, Content]],
    sheet: str,
    labels: Mapping[int, Mapping[int, Content]],
    areas: Mapping[str, Area],
) -> Places:
    """Where the cells of a blank sheet stand on one that is printed as it is; none, where any label is missing.

    Rows that were put in or taken out move what stands below; a table between two labels is as long as it is.
    """
    pairs: list[tuple[int, int]] = []
    for there, texts in labels.items():
        after = pairs[-1][1] if pairs else 0
        here = next((r for r in sorted(values) if r > after and texts.items() <= values[r].items()), None)
        if here is None:
            return {}
        pairs.append((there, here))
    if not pairs:
        return {}
    found = {}
    for name, area in areas.items():
        above = max((p for p in pairs if p[0] <= area.top), default=(0, 0))
        below = min((p for p in pairs if p[0] >= area.bottom), default=above)
        top, bottom = area.top + above[1] - above[0], area.bottom + below[1] - below[0]
        if top <= bottom and (area.top < area.bottom or top == bottom):
            found[name] = area._replace(sheet=sheet, top=top, bottom=bottom)
    return found


def find_strays(source: CellSource, pack: Pack) -> tuple[Stray, ...]:
    """Every value on a sheet of ours that is neither in a named cell nor part of the blank form."""
    blank = _blank_form(pack)
    twins, covered = _twins(source.names, blank.names), _covered(source.names)
    found = (_on_sheet(source, s, covered.get(s, _NONE), twin, blank) for s, twin in sorted(twins.items()))
    outside = (stray for stray in chain.from_iterable(found) if not _was_printed(stray.value, pack))
    return (*outside, *_lookalikes(source, pack, twins))


def _was_printed(text: object, pack: Pack) -> bool:
    """Whether a form given out before says it: this pack's own, or one that still had a note of the pack above."""
    if text in pack.printed_before:
        return True
    return isinstance(text, str) and len(text) > _NOTE and pack.parent is not None and text in _notes(pack.parent)


@lru_cache(maxsize=16)
def _notes(pack: Pack) -> frozenset[str]:
    own = {cell.text for form in pack.forms("fill") for cell in form.cells if len(cell.text) > _NOTE}
    return frozenset(own) | (_notes(pack.parent) if pack.parent else frozenset())


def _lookalikes(source: CellSource, pack: Pack, twins: Mapping[str, str]) -> Iterator[Stray]:
    """Filled copies of a sheet that stands beside them, and project forms of which nobody knows which cell is which."""
    blank = _blank_form(pack)
    typed_on = sorted({*home_sheets(pack).values(), *blank.names[1]})
    known = {*twins, *(blank.fixed.keys() - typed_on)}  # 规则说明 need not even be read: 7 ms of a unit
    for sheet in source.sheet_names:
        if sheet in known or not (values := source.values(sheet)):
            continue
        seen = frozenset(chain.from_iterable(line.items() for line in values.values()))
        met = {twin: _met(values, seen, blank.labels(twin)) for twin in typed_on}
        twin = max(met, key=met.__getitem__, default="")
        if twin and met[twin] > 1 / 2:
            typed = _outside(source, sheet, _NONE, blank.fixed[twin])
            yield from (Stray(CellRef(sheet, address(*at)), value, twin) for at, value in islice(typed, 1))


def _met(
    values: Mapping[int, Mapping[int, Content]],
    seen: AbstractSet[tuple[int, Content]],
    labels: Mapping[int, Mapping[int, Content]],
) -> float:
    """The share of the printed rows of one of our sheets that stand on another one too; `seen`: what is in any line."""
    likely = (texts.items() for texts in labels.values() if texts.items() <= seen)
    met = sum(any(texts <= line.items() for line in values.values()) for texts in likely)
    return met / len(labels) if labels else 0


def unseen_cells(source: CellSource, sections: Iterable[Section]) -> Iterator[CellNote]:
    """T10: what is filled in where nobody sees it still counts; told once for each sheet, row, column."""
    looks, told = dict[str, "Unseen"](), set[tuple[str, Why, int]]()
    for name, cell in chain.from_iterable(map(_filled_cells, sections)):
        sheet = cell.ref.sheet
        look = looks.get(sheet) or looks.setdefault(sheet, source.unseen(sheet))
        if any(look) and (found := _why_unseen(look, *place_of(cell.ref.address))):
            key = sheet, *found
            if key not in told:
                told.add(key)
                yield CellNote(UNSEEN, name, cell, found[0])


def _filled_cells(section: Section) -> Iterator[tuple[str, Cell]]:
    """What staff put into a section: the name of a field, or "" of a row, and the cell."""
    cells = chain(
        section.fields.items(), (("", c) for t in section.tables.values() for r in t for c in r.cells.values())
    )
    return ((name, cell) for name, cell in cells if cell.raw is not None and not cell.formula)


def _why_unseen(look: Unseen, row: int, column: int) -> tuple[Why, int] | None:
    """Why nobody sees a cell, and which row or column it is that hides it."""
    if look.whole:
        return Why.SHEET, 0
    if row in look.rows:
        return Why.ROW, row
    if column in look.columns:
        return Why.COLUMN, column
    return (Why.MERGE, row) if (row, column) in look.covered else None


def outside_errors(source: CellSource, pack: Pack) -> Iterator[CellNote]:
    """T01: error values on sheets of ours outside the named cells; what the form's own formulas show is not told."""
    blank = _blank_form(pack)
    for sheet, twin in sorted(_twins(source.names, blank.names).items()):
        errors = source.errors(sheet)
        covered = _covered(source.names).get(sheet, _NONE) if errors else _NONE
        for where, error in errors.items():
            row, column = place_of(where)
            formula = source.formulas(sheet).get(where)
            printed = formula is not None and meaning(formula.text, row, sheet) in blank.formulas(twin)
            if not printed and column not in covered.get(row, _NO_COLUMN):
                yield CellNote(ERROR_VALUE, "", Cell(None, CellRef(sheet, where), error))


@dataclass(frozen=True, slots=True)
class _BlankForm:
    """The blank fill-in workbook: its names, what is printed on each sheet outside named cells, and its formulas."""

    names: Names
    fixed: Mapping[str, Fixed]
    written: Mapping[str, Sequence[tuple[str, int]]]

    def labels(self, sheet: str) -> Mapping[int, Mapping[int, Content]]:
        """Row → column → text of what is printed on a sheet, from above."""
        texts = {row: {c: v for c, v in line.items() if _is_text(v)} for row, line in sorted(self.fixed[sheet].items())}
        return {row: line for row, line in texts.items() if line}

    def forms_by(self, names: Collection[str]) -> list[str]:
        """The sheets of the forms that a sheet with these names may be a copy of: the one it has names of, or any."""
        known = {form: len(own.keys() & names) for form, own in self.names[1].items()}
        most = max(known.values(), default=0)
        return [form for form, count in known.items() if count == most]

    def like_forms(self, source: CellSource, shared: Mapping[str, Area]) -> list[str]:
        """The sheets that may be copies of a form: no other sheet of ours is one."""
        forms = self.names[1].keys()
        others = self.fixed.keys() - forms | {area.sheet for area in shared.values()}
        return [sheet for sheet in source.sheet_names if sheet not in others] if forms else []

    def formulas(self, sheet: str) -> frozenset[str]:
        """What the formulas of a sheet mean."""
        return frozenset(meaning(text, row, sheet) for text, row in self.written[sheet])


def home_sheets(pack: Pack) -> Mapping[str, str]:
    """Name of the workbook scope → the sheet of the form that it stands on."""
    known = set(pack.dictionary.book.all_names())
    return {n: area.sheet for n, area in _blank_form(pack).names[0].items() if n in known}


@lru_cache(maxsize=16)
def _blank_form(pack: Pack) -> _BlankForm:
    """Kept from run to run by the file's contents; its day cells would not be, and a blank form has none."""
    from toolkit.engines.xlsx import Area, FileSource

    data = read_input(pack.folder / FILL_NAME, "请重新生成规则包。", "Excel 或 WPS")
    key = sha256(data).digest()
    shared, scoped, fixed, written = kept().once("blank form", key, lambda: _form_data(FileSource(data)))
    names = ({n: Area(*a) for n, a in shared}, {s: {n: Area(*a) for n, a in own} for s, own in scoped})
    return _BlankForm(names, {sheet: _lines(cells) for sheet, cells in fixed}, dict(written))


def _lines(cells: Iterable[tuple[tuple[int, int], Any]]) -> Fixed:
    found: dict[int, dict[int, Content]] = {}
    for (row, column), value in cells:
        found.setdefault(row, {})[column] = Decimal(value[0]) if isinstance(value, tuple) else value
    return found


def _is_text(value: Content) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _form_data(source: FileSource) -> tuple[list[Any], ...]:
    """The blank form as plain data: areas as tuples, a number as a tuple of its digits."""
    (shared, scoped), covered = source.names, _covered(source.names)
    outside = {s: _outside(source, s, covered.get(s, _NONE), {}) for s in source.sheet_names}
    return (
        _areas(shared),
        [(sheet, _areas(own)) for sheet, own in scoped.items()],
        [(s, [(at, (str(v),) if isinstance(v, Decimal) else v) for at, v in cells]) for s, cells in outside.items()],
        [(s, [(f.text, place_of(at)[0]) for at, f in source.formulas(s).items()]) for s in source.sheet_names],
    )


def _areas(names: Mapping[str, Area]) -> list[Any]:
    return [(name, tuple(area)) for name, area in names.items()]


def _twins(
    names: Names,
    blank: Names,
) -> dict[str, str]:
    """Sheet of the file → the sheet of the blank form that it is (renamed or copied as it may be)."""
    found = {
        area.sheet: blank[0][name].sheet
        for name, area in names[0].items()
        if name in blank[0] and not name.startswith(OWN_PREFIXES)
    }
    for sheet, own in names[1].items():
        shared = {form: len(own.keys() & theirs.keys()) for form, theirs in blank[1].items()}
        found |= {sheet: max(shared, key=shared.__getitem__)} if any(shared.values()) else {}
    return found


def _covered(names: Names) -> Mapping[str, Cells]:
    return _places(tuple(chain(names[0].values(), *(own.values() for own in names[1].values()))))


@lru_cache(maxsize=64)
def _places(areas: tuple[Area, ...]) -> Mapping[str, Cells]:
    """Sheet → every named cell; the same for all units with as many project forms."""
    found: dict[str, dict[int, set[int]]] = {}
    for area in areas:
        if (area.bottom - area.top + 1) * (area.right - area.left + 1) > _LARGEST:
            continue  # somebody's name for a whole sheet, not a cell or a column of the form
        rows, columns = found.setdefault(area.sheet, {}), range(area.left, area.right + 1)
        for row in range(area.top, area.bottom + 1):
            rows.setdefault(row, set()).update(columns)
    return found


def _outside(
    source: CellSource, sheet: str, covered: Cells, printed: Fixed
) -> Iterator[tuple[tuple[int, int], Content]]:
    """What stands on a sheet outside the named cells, and is not `printed` at that very place."""
    formulas = source.formulas(sheet)
    for row, values in source.values(sheet).items():
        here = printed.get(row, _NOTHING)
        if values.items() <= here.items():  # most rows, in one look: 0.4 ms of a unit
            continue
        named = covered.get(row, _NO_COLUMN)
        for column in [c for c in values if c not in named]:
            value = values[column]
            if here.get(column) != value and not (formulas and address(row, column) in formulas):
                yield (row, column), value


def _on_sheet(source: CellSource, sheet: str, covered: Cells, twin: str, blank: _BlankForm) -> Iterator[Stray]:
    fixed = blank.fixed[twin]
    unmatched = list(_outside(source, sheet, covered, fixed))
    if not unmatched:
        return
    columns = _columns(source.names, blank.names, sheet, twin)
    left = Counter(_key(column, value) for line in fixed.values() for column, value in line.items())
    others = _outside(source, sheet, covered, {})
    left.subtract(_key(c, v) for (r, c), v in others if fixed.get(r, _NOTHING).get(c) == v)
    for place, value in sorted(unmatched, key=lambda found: found[0]):
        # What is printed moves when staff insert rows and columns: same text, not yet met.
        column = columns.on_form(place[1])
        key = _key(column, value)
        if left[key] > 0:
            left[key] -= 1
        elif str(value).strip() and not _is_row_number(value, fixed, column):
            yield Stray(CellRef(sheet, address(*place)), value)


def _key(column: int, value: Content) -> tuple[int, str]:
    """A text is known by itself, a number by its column too."""
    return 0 if isinstance(value, str) else column, str(value)


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the columns of a sheet stand on the blank form, by the named cells of both: (here, there), in order."""

    pairs: tuple[tuple[int, int], ...]

    def on_form(self, column: int) -> int:
        """The column of the form that a column is; between named ones, as its left neighbour moved."""
        if not self.pairs:
            return column
        here, there = max((p for p in self.pairs if p[0] <= column), default=self.pairs[0])
        return there + column - here


def _columns(names: Names, blank: Names, sheet: str, twin: str) -> _Columns:
    here = {**names[0], **names[1].get(sheet, {})}
    there = {**blank[0], **blank[1].get(twin, {})}
    pairs = {
        (area.left, there[name].left)
        for name, area in here.items()
        if area.sheet == sheet and name in there and there[name].sheet == twin
    }
    return _Columns(tuple(sorted(pairs)))


def _is_row_number(value: Content, fixed: Fixed, column: int) -> bool:
    """Numbering (序号) that staff continued in rows they inserted."""
    numbers = [line[column] for line in fixed.values() if column in line and not isinstance(line[column], str)]
    return not isinstance(value, str) and len(numbers) > 5  # noqa: PLR2004 - a numbering column, not a lone weight
