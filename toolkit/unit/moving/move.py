"""移表 move: an old, damaged or official form becomes data for a fresh one, and a list of where every cell went.

A cell goes where its name and its labels say; where they say nothing, or two things, it stays on the list.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from toolkit.core.dictionary import Kind
from toolkit.core.findings import CellRef
from toolkit.core.light import dataclass, field, replace
from toolkit.core.model import Cell, Row, Section, UnitReturn
from toolkit.core.patterns import late
from toolkit.core.words import as_text
from toolkit.pack import audit_settings
from toolkit.unit.cells import ERROR_VALUES, read_value
from toolkit.unit.figures import compute
from toolkit.unit.moving.beside import explanations, without_same
from toolkit.unit.moving.claims import BY_BOTH, BY_LABEL, BY_NAME, Claim, head_texts, stretches
from toolkit.unit.moving.layouts import PRINTED, layouts_of
from toolkit.unit.moving.pages import Spot
from toolkit.unit.moving.values import Taken, is_note, split_actual, split_target, table_factor, take
from toolkit.unit.moving.words import move_words, years_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from toolkit.core.dictionary import Datum, NameSpace
    from toolkit.core.model import Content
    from toolkit.pack import Pack
    from toolkit.unit.moving.beside import Key
    from toolkit.unit.moving.claims import Stretch
    from toolkit.unit.moving.match import TableRow
    from toolkit.unit.moving.pages import Tables
    from toolkit.unit.moving.words import MoveWords

BOOK = -1


_NOWHERE = CellRef("", "")

_PAIR = late(r"\s*([^:：\s]{2,20})\s*[:：]\s*(.*?)\s*")

_GAP = late(r"[\s　]{2,}|\n")


class Fate(StrEnum):
    """What became of a cell (去处)."""

    PLACED = "已移入"
    COMPUTED = "自动计算"
    SAME = "重复"
    LEFT = "没有移入"


@dataclass(frozen=True, slots=True)
class Moved:
    """One cell of the old file and what became of it (移表清单的一行).

    Attributes:
        page: sheet or table; where: cell; text: what stood there.
        scope: `BOOK`, or the number of the project form; name, row: the field or column, and the row of its table.
        how: by name, by label or by both; sure: no need to look; note: what was done, or why nothing.
        blank: the old form left it blank, and the new one works it out.
    """

    page: str
    where: str
    text: str
    fate: Fate
    scope: int = BOOK
    name: str = ""
    row: int | None = None
    how: str = ""
    sure: bool = False
    note: str = ""
    blank: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """A whole move (移表结果): the return as it was found, and the list."""

    unit: UnitReturn
    lines: tuple[Moved, ...]
    pack: Pack
    year: int

    @property
    def left(self) -> tuple[Moved, ...]:
        """What could not be placed."""
        return tuple(line for line in self.lines if line.fate is Fate.LEFT)

    @property
    def worked_out(self) -> tuple[Moved, ...]:
        """What was left blank and is worked out in the new form."""
        return tuple(line for line in self.lines if line.blank)

    @property
    def unsure(self) -> tuple[Moved, ...]:
        """What was placed and is to be looked at."""
        return tuple(line for line in self.lines if line.fate is Fate.PLACED and not line.sure)


@dataclass(frozen=True, slots=True)
class Printed:
    """What a blank form prints (表样印好的).

    Attributes:
        texts: its texts, which count as printed wherever they stand; cells: the same as (sheet, cell, text), numbers
        too. lists: the words of its drop-downs, on a sheet that nobody sees: anywhere else somebody chose them.
    """

    texts: frozenset[str]
    cells: frozenset[tuple[str, str, str]] = frozenset()
    lists: frozenset[str] = frozenset()


def move_tables(tables: Tables, pack: Pack, printed: Printed, path: str = "") -> Move:
    """Move what the pages hold into the names of a pack; `printed` is what its blank form holds."""
    found = tuple(stretches(tables, pack))
    mover = _Mover(pack, printed, own=any(s.names for s in found))
    for stretch in found:
        mover.read(stretch)
    years = years_in(head_texts(tables))
    mover.note_year(years, found)
    year = years[0] if years else pack.year
    book = mover.section(BOOK, pack.dictionary.book)
    forms = tuple(mover.section(i, space) for i, space in enumerate(mover.forms))
    digest = tables.source.digest if tables.source else ""
    whole = UnitReturn(pack.id, book, forms, *explanations(tables, pack), path=path, digest=digest)
    unit, same = without_same(whole, pack)
    beside = {*whole.explanations.values(), *whole.explained_for.values()}
    lines = [_as_beside(_as_computed(line, same), beside) for line in mover.lines()]
    told = {(line.scope, line.name, line.row) for line in lines}
    empty = {key: place for key, place in mover.empty.items() if key not in told}
    return Move(unit, (*lines, *_worked_out(unit, pack, empty)), pack, year)


def _worked_out(unit: UnitReturn, pack: Pack, empty: Mapping[Key, tuple[str, str]]) -> Iterator[Moved]:
    """What the old form left blank and the new one works out: said, for nobody filed that figure."""
    found = compute(unit, pack) if empty else None
    for scope, figures in enumerate(found.all if found else (), BOOK):
        for one in figures.worked_out():
            if place := empty.get((scope, one.name, one.row)):
                note = f"原表没有填，新表按公式算出 {one.shown}"
                yield Moved(*place, "", Fate.COMPUTED, scope, one.name, one.row, note=note, blank=True)


def _as_beside(line: Moved, beside: set[str]) -> Moved:
    """Explanations are found by their rule."""
    if line.fate is not Fate.LEFT or line.text not in beside:
        return line
    return replace(line, fate=Fate.PLACED, how=BY_LABEL, note="规则旁边的说明，按规则编号移")


def _as_computed(line: Moved, same: frozenset[Key]) -> Moved:
    """A total that the new form works out to the same figure is left to its formula; another one stays as filed."""
    if line.fate is not Fate.PLACED or (line.scope, line.name, line.row) not in same:
        return line
    return replace(line, fate=Fate.COMPUTED, note="与新表算得的数一致")


@dataclass(frozen=True, slots=True)
class _Candidate:
    claim: Claim
    stretch: Stretch
    taken: Taken


@dataclass(slots=True)
class _Mover:
    """Collects what the stretches hold, then decides."""

    pack: Pack
    printed: Printed
    own: bool
    forms: list[NameSpace] = field(default_factory=list)
    candidates: defaultdict[tuple[int, str], list[_Candidate]] = field(default_factory=lambda: defaultdict(list))
    tables: dict[tuple[int, str], tuple[str, list[dict[str, Taken]]]] = field(default_factory=dict)
    fates: dict[tuple[str, str], list[Moved]] = field(default_factory=dict)
    rests: list[Moved] = field(default_factory=list)
    empty: dict[Key, tuple[str, str]] = field(default_factory=dict)

    def read(self, stretch: Stretch) -> None:
        """Take in one stretch."""
        if stretch.inner:
            first = min(stretch.page.spots, key=lambda s: (s.row, s.column))
            self._tell(stretch, first, Fate.COMPUTED, note="这张表由工具生成，不用移")
            return
        if self._is_blank(stretch):
            return  # a sheet of lists or guidance, as the blank form has it
        scope = self._scope(stretch)
        factor = table_factor(
            [str(s.value) for s in stretch.page.spots if isinstance(s.value, str)] + list(stretch.page.caption),
            stretch.space.unit,
        )
        for spot in stretch.page.spots:
            if not (stretch.match and stretch.match.is_printed(spot)):
                self._untold(stretch, spot)
        for claim in stretch.claims:
            self._claim(stretch, scope, claim, factor)
        self._rows(stretch, scope, factor)
        self._pairs(stretch, scope)
        self._left_blank(stretch, scope)

    def _left_blank(self, stretch: Stretch, scope: int) -> None:
        """Where a figure belongs that the new form works out, and nothing stands."""
        places = stretch.match.empty if stretch.match else {}
        for name in (n for n in places if n in stretch.space.fields and stretch.space.fields[n].computed):
            self.empty.setdefault((scope, name, None), (stretch.page.name, places[name]))

    def _is_blank(self, stretch: Stretch) -> bool:
        """Whether it holds what every form prints, and no word that somebody chose in a cell to be filled."""
        filled = {c.spot for c in stretch.claims} | {s for row in stretch.rows for s in row.cells.values()}
        texts = {(s.where, as_text(s.value).strip(), s in filled) for s in stretch.page.spots}
        if all(text in self.printed.lists for _, text, _ in texts):
            return True
        cells, name = self.printed.cells, stretch.page.name
        return all(t in self.printed.texts and not (own and (name, at, t) not in cells) for at, t, own in texts)

    def _scope(self, stretch: Stretch) -> int:
        """The project form that a stretch is, a new one or the rest of the one before it (a table that Word cut)."""
        if not stretch.form:
            return BOOK
        last = len(self.forms) - 1
        names = {c.name for c in stretch.claims} | {r.table for r in stretch.rows}
        known = {n for s, n in self.candidates if s == last} | {n for s, n in self.tables if s == last}
        same = last >= 0 and self.forms[last] is stretch.space
        cut = same and not stretch.page.caption and stretch.match and not stretch.match.titled
        if not (cut and not names & known):
            self.forms.append(stretch.space)
        return len(self.forms) - 1

    def _untold(self, stretch: Stretch, spot: Spot) -> None:
        """What is known of a cell before anything claims it."""
        if stretch.match and spot in stretch.match.fields.get(PRINTED, ()):
            self._tell(stretch, spot, Fate.COMPUTED, note="新表自己印好或算出")
        elif spot.formula and self.own:
            self._tell(stretch, spot, Fate.COMPUTED, note="公式，由新表计算")
        elif not spot.calculated:
            self._tell(stretch, spot, Fate.LEFT, note="公式没有算过，请用 Excel 或 WPS 打开原表，保存一次再移")
        elif isinstance(spot.value, str) and spot.value in ERROR_VALUES:
            self._tell(stretch, spot, Fate.LEFT, note="是错误值，请在原表里找到原来的数")
        else:
            self._tell(stretch, spot, Fate.LEFT, note="没有认出它左边和上边的标签")

    def _tell(self, stretch: Stretch, spot: Spot, fate: Fate, **more: object) -> None:
        line = Moved(stretch.page.name, spot.where, as_text(spot.value), fate, **more)  # type: ignore[arg-type]
        key = (line.page, line.where)
        if fate is Fate.LEFT or not any(m.fate is not Fate.LEFT for m in self.fates.get(key, ())):
            self.fates[key] = [line]
        else:
            self.fates[key].append(line)

    def _claim(self, stretch: Stretch, scope: int, claim: Claim, factor: Decimal) -> None:
        datum = stretch.space.fields[claim.name]
        no_word = isinstance(claim.spot.value, Decimal) and not datum.kind.is_number
        if datum.computed and (claim.spot.formula or no_word):
            self._tell(stretch, claim.spot, Fate.COMPUTED, name=claim.name, scope=scope)
            return
        taken = take(datum, claim.spot, factor, self.pack.choices(claim.name))
        if taken is not None and not (datum.kind.is_number and self._is_other_words(claim)):
            self.candidates[scope, claim.name].append(_Candidate(claim, stretch, taken))

    def _is_other_words(self, claim: Claim) -> bool:
        """Words under a label alone may be another table's; under a name they are what staff typed."""
        value = claim.spot.value
        if claim.how != BY_LABEL or not isinstance(value, str) or any(c.isdigit() for c in value):
            return False
        return value.strip() not in audit_settings(self.pack).not_applicable

    def _rows(self, stretch: Stretch, scope: int, factor: Decimal) -> None:
        by_table: dict[str, list[TableRow]] = {}
        for row in stretch.rows:
            by_table.setdefault(row.table, []).append(row)
        for table, rows in by_table.items():
            known = self.tables.get((scope, table))
            if known and known[0] != stretch.page.name:
                for spot in (s for r in rows for s in r.cells.values()):
                    self._tell(stretch, spot, Fate.LEFT, note=f"{known[0]}已经有这张表，两张都有数，请人工核对")
                continue
            made = self.tables.setdefault((scope, table), (stretch.page.name, []))[1]
            for row in rows:
                self._row(stretch, scope, row, made, factor)

    def _row(self, stretch: Stretch, scope: int, row: TableRow, made: list[dict[str, Taken]], factor: Decimal) -> None:
        spec = stretch.space.tables[row.table]
        values: dict[str, Taken] = {}
        for column, spot in row.cells.items():
            datum = spec.columns[column]
            if datum.computed and spot.formula:
                self._tell(stretch, spot, Fate.COMPUTED, name=datum.name, scope=scope)
                continue
            taken = take(datum, spot, factor, self.pack.choices(datum.name))
            if taken is not None and taken.value is not None:
                values[column] = taken
        own = stretch.trusted
        values = _divided(values, row, spec.columns, move_words(self.pack))
        if all(spec.columns[c].computed for c in values):
            for column in values:  # an old .xls does not say which of its figures are formulas
                note = "这一行没有填别的，由新表计算"
                self._tell(
                    stretch, row.cells[column], Fate.COMPUTED, name=spec.columns[column].name, scope=scope, note=note
                )
            return
        for column, spot in row.cells.items():
            if column in values:
                how = BY_BOTH if own else "标签"
                self._tell(
                    stretch,
                    spot,
                    Fate.PLACED,
                    name=spec.columns[column].name,
                    scope=scope,
                    row=len(made),
                    how=how,
                    sure=own,
                    note=values[column].note,
                )
        first = min(row.cells.values(), key=lambda spot: spot.column)
        for column, place in (stretch.match.places(row) if stretch.match else {}).items():
            if spec.columns[column].computed and (row.number, place) not in stretch.page.at:
                key = (scope, spec.columns[column].name, len(made))
                self.empty[key] = (stretch.page.name, first.along(place))
        made.append(values)

    def _pairs(self, stretch: Stretch, scope: int) -> None:
        """Lines like 填表人：张三　　联系电话：…, in cells and above the table."""
        claimed = {c.spot for c in stretch.claims}
        left = [s for s in stretch.page.spots if s not in claimed and self._is_left(stretch, s)]
        captions = [Spot(0, 0, text, f"{stretch.page.name} 前的文字") for text in stretch.page.caption if stretch.match]
        for spot in (*left, *captions):
            parts = [part for part in _GAP.split(str(spot.value)) if part.strip()]
            known = [p for p in parts if (m := _PAIR.fullmatch(p)) and self._pair(stretch, scope, spot, m[1], m[2])]
            rest = [p for p in parts if p not in known and not is_note(p)]
            if spot.row and known and rest:
                self.rests.append(Moved(stretch.page.name, spot.where, "　".join(rest), Fate.LEFT, note="没有认出标签"))
            elif spot.row and not rest and not known:
                self.fates.pop((stretch.page.name, spot.where))

    def _is_left(self, stretch: Stretch, spot: Spot) -> bool:
        told = self.fates.get((stretch.page.name, spot.where), ())
        return isinstance(spot.value, str) and any(m.fate is Fate.LEFT for m in told)

    def _pair(self, stretch: Stretch, scope: int, spot: Spot, label: str, value: str) -> bool:
        word = move_words(self.pack).label(label, stretch.year)
        name = _single(self.pack, stretch, word)
        space = stretch.space if name in stretch.space.fields else self.pack.dictionary.book
        datum = space.fields.get(name) if name else None
        for word_behind in move_words(self.pack).dropped:
            value = value.removesuffix(word_behind).strip()
        if datum is None:
            return False
        if datum.computed or not value:
            if spot.row:
                self._tell(stretch, spot, Fate.COMPUTED, name=datum.name, scope=scope, note="由新表计算")
            return True
        whole = Spot(spot.row, spot.column, value, spot.where)
        taken = take(datum, whole, Decimal(1), self.pack.choices(datum.name))
        if taken is None or (datum.kind is Kind.DATE and isinstance(taken.value, str)):
            return False
        target = scope if space is stretch.space else BOOK
        self.candidates[target, datum.name].append(_Candidate(Claim(datum.name, spot, BY_LABEL), stretch, taken))
        return True

    def note_year(self, years: Sequence[int], found: Sequence[Stretch]) -> None:
        """The year of the titles, where no cell tells it."""
        name = move_words(self.pack).year_field
        if not years or not name or (BOOK, name) in self.candidates or not any(s.match for s in found):
            return
        stretch = next(s for s in found if s.match)
        claim = Claim(name, Spot(0, 0, f"{years[0]}年度", "标题"), BY_LABEL)
        self.candidates[BOOK, name].append(_Candidate(claim, stretch, Taken(Decimal(years[0]))))

    def section(self, scope: int, space: NameSpace) -> Section:
        """The fields and tables of one scope, decided."""
        fields = {n: self._field(scope, d) for n, d in space.fields.items()}
        tables = {
            n: tuple(
                Row({c: _cell(d, row[c].value if c in row else None) for c, d in spec.columns.items()}, spec.roles)
                for row in self.tables.get((scope, n), ("", []))[1]
            )
            for n, spec in space.tables.items()
        }
        return Section(space, fields, tables)

    def _field(self, scope: int, datum: Datum) -> Cell:
        found = self.candidates.get((scope, datum.name), [])
        chosen = _chosen(found)
        for candidate in found:
            self._settle(scope, datum, candidate, chosen)
        return _cell(datum, chosen.taken.value if chosen else None)

    def _settle(self, scope: int, datum: Datum, candidate: _Candidate, chosen: _Candidate | None) -> None:
        spot, stretch, note = candidate.claim.spot, candidate.stretch, candidate.taken.note
        more: dict[str, object] = {"name": datum.name, "scope": scope}
        if chosen is None:
            self._tell(stretch, spot, Fate.LEFT, note=f"“{datum.label}”在几处有不同的数，都没有移，请人工核对", **more)
        elif candidate is chosen:
            how = candidate.claim.how
            sure = how in {BY_NAME, BY_BOTH}
            self._tell(stretch, spot, Fate.PLACED, how=how, sure=sure, note=note, **more)
        elif candidate.taken.value == chosen.taken.value:
            self._tell(stretch, spot, Fate.SAME, note="与移入的数相同", **more)
        elif spot.formula:
            self._tell(stretch, spot, Fate.COMPUTED, note="原表的公式结果，以填报的格子为准", **more)
        else:
            self._tell(stretch, spot, Fate.LEFT, note=f"“{datum.label}”以另一处为准，两处的数不同", **more)

    def lines(self) -> Iterator[Moved]:
        """The list without what every form prints."""
        for lines in self.fates.values():
            yield from (m for m in lines if m.fate is not Fate.LEFT or not self._is_nothing(m))
        yield from self.rests

    def _is_nothing(self, line: Moved) -> bool:
        """What the form prints, a dash, dots."""
        text = line.text.strip()
        told = text in self.printed.texts or (line.page, line.where, text) in self.printed.cells
        return told or not any(c.isalnum() for c in text)


def _cell(datum: Datum, raw: Content) -> Cell:
    return Cell(read_value(datum, raw)[0], _NOWHERE, raw)


def _chosen(found: Sequence[_Candidate]) -> _Candidate | None:
    """The one that all agree on: typed figures go before formulas, of different ones the one that a name points to."""
    solid = [c for c in found if not c.claim.spot.formula] or list(found)
    named = [c for c in solid if c.claim.how in {BY_NAME, BY_BOTH}]
    for group in (solid, named):
        if len({c.taken.value for c in group}) == 1:
            return next((c for c in group if c in named), group[0])
    return None


def _single(pack: Pack, stretch: Stretch, word: str) -> str:
    """The one name that a label alone leads to, on this form or else on any of the workbook's."""
    if not word:
        return ""
    if stretch.match and word in stretch.match.layout.labels:
        return stretch.match.layout.lefts.get(word, "")  # here it may stand for several: then for none elsewhere
    names = {layout.lefts[word] for layout in layouts_of(pack) if not layout.form and layout.lefts.get(word)}
    return next(iter(names)) if len(names) == 1 else ""


def _divided(values: dict[str, Taken], row: TableRow, columns: Collection[str], words: MoveWords) -> dict[str, Taken]:
    """A target like ≥85% in its columns; left as it is where it stood apart before, or has nowhere to be apart now."""
    split = words.split
    target = values.get(split.target) if split else None
    if split is None or split.sign in row.heads or target is None:
        return values
    made, unit = dict(values), values.get(split.unit)
    found = split_target(target.value, split) if isinstance(target.value, str) else None
    homeless = found and ((found[0] and split.sign not in columns) or (found[2] and split.unit not in columns))
    if found and not homeless and (unit is None or not found[2] or found[2] == unit.value):
        sign, number, measure = found
        note = f"原文“{target.value}”，拆成符号、数、单位"
        made[split.target] = Taken(number, note)
        made |= {split.sign: Taken(sign, note)} if sign else {}
        made |= {split.unit: Taken(measure, note)} if measure and unit is None else {}
    actual, measured = values.get(split.actual), made.get(split.unit)
    if actual and isinstance(actual.value, str):
        result = split_actual(actual.value, str(measured.value) if measured else "")
        if result is not None:
            made[split.actual] = Taken(result, f"原文“{actual.value}”")
    return made
