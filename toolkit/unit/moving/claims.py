"""What each cell may be (认领): names of the workbook and labels of the page, held against each other.

Names are believed where no label contradicts them: a program that moves cells without their names leaves names
that point beside.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property, partial
from typing import TYPE_CHECKING

from toolkit.core.light import dataclass
from toolkit.unit.moving.layouts import PRINTED, inner_titles, layouts_of
from toolkit.unit.moving.match import Match, TableRow
from toolkit.unit.moving.words import move_words, years_in, years_titled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from toolkit.core.dictionary import NameSpace
    from toolkit.engines.xlsx import Area
    from toolkit.pack import Pack
    from toolkit.unit.moving.pages import Page, Spot, Tables

BY_NAME, BY_LABEL, BY_BOTH = "名称", "标签", "名称和标签"

_ALONE = 2  # a title shares its row with little else


@dataclass(frozen=True, slots=True)
class Claim:
    """A cell that may be a field (认领): which page, which cell, and what says so."""

    name: str
    spot: Spot
    how: str


@dataclass(frozen=True)
class Stretch:
    """A part of a page with what is known of it: its match, and the names that point into it.

    `inner`: a sheet that only this tool writes.
    """

    page: Page
    match: Match | None
    year: int
    names: Mapping[str, Area]
    space: NameSpace
    inner: bool = False

    @property
    def form(self) -> bool:
        """Whether it is a project form."""
        return self.match is not None and bool(self.match.layout.form)

    @cached_property
    def trusted(self) -> bool:
        """Whether no label contradicts a name."""
        fields = [n for n in self.names if n in self.space.fields]
        if not self.names or any(map(self._contradicted, fields)):
            return False
        return not self._beside_heads and not self._over_labels

    def _contradicted(self, name: str) -> bool:
        here, known = self._named(name), self.match.fields if self.match else {}
        if here is not None and self.match and self.match.is_label(here):
            return True
        if name in known:
            return here not in known[name]
        if here is None or self.match is None:
            return False
        others = any(here in spots for n, spots in known.items() if n not in {name, PRINTED})
        return others or self.match.denied(name, here)

    @property
    def _beside_heads(self) -> bool:
        """Whether a column of a table has its name elsewhere than under its head."""
        for found in self.match.found if self.match else ():
            spec = self.space.tables[found.table]
            areas = {c: self.names[n] for c in found.columns if (n := spec.full_name(c)) in self.names}
            if any(a.left not in found.columns[c] or a.top != found.first for c, a in areas.items()):
                return True
        return False

    @property
    def _over_labels(self) -> bool:
        """Whether the names of a table reach over a label that stands below it: rows went, the names stayed."""
        for table in self.match.layout.tables if self.match else ():
            spec = self.space.tables[table.table]
            areas = [self.names[n] for c in spec.columns if (n := spec.full_name(c)) in self.names]
            rows = {r for a in areas for r in range(a.top, a.bottom + 1)}
            if any(s.row in rows and self.match and self.match.label(s) in table.stops for s in self.page.spots):
                return True
        return False

    def _named(self, name: str) -> Spot | None:
        area = self.names[name]
        return self.page.at.get((area.top, area.left))

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """The fields found here."""
        known = self.match.fields if self.match else {}
        found = []
        for name in self.space.fields:
            named = self._named(name) if self.trusted and name in self.names else None
            spots = known.get(name, ())
            found += [Claim(name, s, BY_BOTH if s == named else BY_LABEL) for s in spots]
            if named is not None and named not in spots:
                found.append(Claim(name, named, BY_NAME))
        return tuple(found)

    @cached_property
    def rows(self) -> tuple[TableRow, ...]:
        """The rows of the tables: by their heads; columns and tables whose head is lost by their names."""
        found = list(self.match.rows) if self.match else []
        if self.trusted:
            found = sorted([*found, *self._named_feet()], key=lambda row: row.number)
            for table, spec in self.space.tables.items():
                areas = {c: self.names[n] for c in spec.columns if (n := spec.full_name(c)) in self.names}
                found = self._with_named(table, areas, found)
        return tuple(found)

    def _named_feet(self) -> Iterator[TableRow]:
        """Words in the first column alone, within the names of the table: a row of which no more is filled."""
        for found in self.match.found if self.match else ():
            name = self.space.tables[found.table].full_name
            areas = {c: self.names[n] for c in found.columns if (n := name(c)) in self.names}
            for row in found.feet:
                if all(c in areas and areas[c].top <= row.number <= areas[c].bottom for c in row.cells):
                    yield row

    def _with_named(self, table: str, areas: Mapping[str, Area], found: list[TableRow]) -> list[TableRow]:
        own = {r.number: r for r in found if r.table == table}
        seen = {c for r in own.values() for c in r.cells}
        lost = {c: a for c, a in areas.items() if c not in seen}
        if not lost:
            return found
        taken = {(s.row, s.column) for r in found for s in r.cells.values()}
        first, last = min(a.top for a in lost.values()), max(a.bottom for a in lost.values())
        headed = [t for t in (self.match.found if self.match else ()) if t.table == table]
        inside = {r for t in headed for r in range(t.first, t.last + 1)} or set(range(first, last + 1))
        for number in sorted(inside & set(range(first, last + 1))):
            more = {c: s for c, a in lost.items() if (s := self._free(number, a.left, taken))}
            if more:
                before = own.get(number)
                heads = (before.heads if before else frozenset()) | lost.keys()
                own[number] = TableRow(table, number, {**(before.cells if before else {}), **more}, heads)
        return [r for r in found if r.table != table] + [own[n] for n in sorted(own)]

    def _free(self, row: int, column: int, taken: set[tuple[int, int]]) -> Spot | None:
        spot = self.page.at.get((row, column))
        printed = spot is not None and self.match is not None and self.match.is_label(spot)
        return None if spot is None or printed or (spot.row, spot.column) in taken or spot.row != row else spot


def stretches(tables: Tables, pack: Pack) -> Iterator[Stretch]:
    """The pages cut at their titles, each part under the layout that knows most of it."""
    words, layouts = move_words(pack), layouts_of(pack)
    shared, scoped = tables.source.names if tables.source else ({}, {})
    titles = {t for layout in layouts for t in layout.titles}
    years = years_in(head_texts(tables))
    before: Match | None = None
    for page in tables.pages:
        whole_year = _year(page, years, pack)
        for part in _parts(page, partial(words.label, year=whole_year), titles):
            year = _year(part, [whole_year], pack)
            inner = _is_inner(part, words.label, year, inner_titles(pack))
            labels = {(s.row, s.column): words.label(s.value, year) for s in part.spots}
            captions = tuple(words.label(t, year) for t in part.caption)
            matches = [] if inner else [Match(part, layout, labels, captions) for layout in layouts]
            match = _best(matches, before if tables.source is None else None)
            before = match or before
            yield _stretch(part, match, year, pack, (shared, scoped.get(page.name, {})), inner=inner)


def _stretch(  # noqa: PLR0913 - what a stretch is made of
    part: Page,
    match: Match | None,
    year: int,
    pack: Pack,
    names: tuple[Mapping[str, Area], Mapping[str, Area]],
    *,
    inner: bool,
) -> Stretch:
    """The names that point into a part: the sheet's own for a project form, else the workbook's."""
    shared, own = names
    known = pack.dictionary
    space = known.scope(match.layout.form) if match else known.form_of(own) or known.book
    chosen = own if space.kind else {n: a for n, a in shared.items() if a.sheet == part.name}
    rows = {s.row for s in part.spots}
    # Two names with one cell: a field was cut and pasted over another, and neither name is sure any more.
    holders = Counter(chosen.values())
    inside = {
        n: a for n, a in chosen.items() if rows and min(rows) <= a.bottom and a.top <= max(rows) and holders[a] == 1
    }
    return Stretch(part, match, year, inside, space, inner)


def _is_inner(part: Page, label: Callable[[object, int], str], year: int, titles: frozenset[str]) -> bool:
    first = next(iter(part.by_row.values()), ())
    return any(label(s.value, year) in titles for s in first)


def head_texts(tables: Tables) -> Iterator[str]:
    """Texts of a file that may name its year."""
    for page in tables.pages:
        yield from _head_texts(page)


def _year(page: Page, others: Iterable[int], pack: Pack) -> int:
    found = years_titled(_head_texts(page)) or list(others)
    return Counter(found).most_common(1)[0][0] if found else pack.year


def _head_texts(page: Page) -> Iterator[str]:
    """Texts that may name the year: captions, lines of their own, and short texts."""
    yield from page.caption
    for spots in page.by_row.values():
        yield from (s.value for s in spots if isinstance(s.value, str) and (len(spots) <= _ALONE or len(s.value) < 20))  # noqa: PLR2004 - as long as a head


def _parts(page: Page, label: Callable[[object], str], titles: set[str]) -> Iterator[Page]:
    """A page cut at its titles; what stands before the first one goes with it."""
    cuts = [
        row
        for row, spots in page.by_row.items()
        if len(spots) <= _ALONE and any((t := label(s.value)) and any(t.endswith(x) for x in titles) for s in spots)
    ]
    last = max(page.by_row, default=0)
    for first, after in zip([1, *cuts[1:]], [*cuts[1:], last + 1], strict=True):
        yield page.part(first, after - 1)


def _best(matches: list[Match], before: Match | None) -> Match | None:
    """Of the layouts whose title stands there the one with the longest, else the one that knows most.

    A table of a document without a title goes on with the form of the table `before` it.
    """
    likely = [m for m in matches if m.promising]
    for length in sorted({m.titled for m in likely if m.titled}, reverse=True):
        titled = max((m for m in likely if m.titled == length), key=lambda m: m.hits)
        if titled.hits:
            return titled
    same = next((m for m in likely if before and m.layout is before.layout and m.hits), None)
    best = same or max(likely, key=lambda m: m.hits, default=None)
    return best if best and best.hits else None
