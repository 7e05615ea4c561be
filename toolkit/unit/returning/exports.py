"""官方表 exports: tables of final accounts and approved budgets, and approved targets, as figures of the form.

Which table, which row, which column: the pack says it. What is not surely the figure that it names is left out.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from toolkit.core.errors import PackError, UnreadableError, UsageError
from toolkit.core.findings import CellRef
from toolkit.core.light import dataclass
from toolkit.core.money import parse_plain, read_number_text
from toolkit.core.patterns import late
from toolkit.engines import read_input
from toolkit.unit.exchange import parse_json, unit_from_json
from toolkit.unit.moving import move_file, move_words, read_tables, table_factor, years_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from toolkit.core.model import Content, Row, UnitReturn
    from toolkit.pack import Pack
    from toolkit.unit.moving import Page, Spot, Tables

EXPORTS_NAME = "exports.toml"

_TITLED = late(r"(?<!\d)((?:19|20)\d\d)年(?!\s*\d)")  # in a title: 2023年部门决算公开表


@dataclass(frozen=True, slots=True)
class ExportCell:
    """One figure of an official table (官方表的一格): by row and column, or under heads one below another.

    `rows` are the names that the row may have.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    under: tuple[str, ...]
    this: str
    last: str


@dataclass(frozen=True, slots=True)
class Export:
    """One official table (官方表): how it may be titled, longer titles of others that end alike, and its figures."""

    titles: tuple[str, ...]
    others: tuple[str, ...]
    cells: tuple[ExportCell, ...]


@dataclass(frozen=True, slots=True)
class Approved:
    """The table of approved targets (批复目标): what it is read as; table → column here → column there."""

    table: str
    tables: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Exported:
    """One figure found (官方表的数): what it is there, where it goes, and where it stands.

    `before`: it is from a table of the year before; this year's own table goes first.
    """

    source: str
    target: str
    row: int | None
    value: Content
    ref: CellRef
    before: bool = False


@lru_cache(maxsize=16)
def export_settings(pack: Pack) -> tuple[tuple[Export, ...], Approved]:
    """The official tables that a pack knows.

    Raises:
        PackError: the pack says nothing about official tables, or not where a figure stands.
    """
    path = pack.file(EXPORTS_NAME)
    if not path.is_file():
        raise PackError(f"规则包 {pack.id} 没有写明官方表怎样对照（缺少 {EXPORTS_NAME}）。")
    raw = pack.text(EXPORTS_NAME)
    exports = tuple(
        Export(tuple(e["title"]), tuple(e.get("other", ())), tuple(_cell(cell, path) for cell in e["cells"]))
        for e in raw.get("export", ())
    )
    return exports, Approved(raw["approved"]["table"], raw["approved"]["tables"])


def _cell(entry: Mapping[str, Any], path: Path) -> ExportCell:
    row, columns, under = entry.get("row", ()), tuple(entry.get("column", ())), tuple(entry.get("under", ()))
    this, last = entry.get("to", ""), entry.get("last", "")
    if not under and not (row and columns):
        raise PackError(f"{path} [export.cells] {this or last}：要写 row 和 column，或写 under，否则不知道取哪一格。")
    return ExportCell((row,) if isinstance(row, str) else tuple(row), columns, under, this, last)


def read_export(path: Path, pack: Pack) -> tuple[Exported, ...]:
    """The figures of one official file: accounts or budget by the pack's titles, else approved targets.

    Raises:
        UnreadableError: unreadable, or no table in it is known.
        UsageError: its year is neither this year's nor the year before.
        PackError: the pack says nothing about official tables.
    """
    exports, approved = export_settings(pack)
    if path.suffix.lower() == ".json":
        found = tuple(_targets(_json_unit(path, pack), approved, pack, path.name))
    else:
        tables = read_tables(path)
        known = [(e, page) for page in tables.pages for e in exports if _is_titled(page, e)]
        if known:
            return tuple(_figures(known, tables, path, pack))
        found = tuple(_targets(move_file(path, pack).unit, approved, pack, path.name))
    if not found:
        raise UnreadableError(
            f"{path.name}：没有认出官方表。能认的有部门决算、预算批复的公开表（表名写在规则包的 {EXPORTS_NAME}）"
            "和批复的绩效目标表。"
        )
    return found


def _json_unit(path: Path, pack: Pack) -> UnitReturn:
    try:
        text = read_input(path, "请检查是不是给错了文件。", "别的程序").decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableError(f"{path.name}：不是 JSON 文本（应是 UTF-8 编码），无法读取。") from None
    return unit_from_json(parse_json(text), pack)


def _targets(unit: UnitReturn, approved: Approved, pack: Pack, name: str) -> Iterator[Exported]:
    """Approved targets, row by row, for every table that wants them."""
    rows = unit.book.rows(approved.table)
    rows = rows or next((unit.book.rows(t) for t in approved.tables if unit.book.rows(t)), ())
    for table, columns in approved.tables.items():
        spec = pack.dictionary.book.tables.get(table)
        for index, row in enumerate(rows if spec else ()):
            for column, source in columns.items():
                if spec and column in spec.columns:
                    yield from _target(row, source, (spec.full_name(column), index), name)


def _target(row: Row, source: str, place: tuple[str, int], name: str) -> Iterator[Exported]:
    cell = row.cell(source)
    value = cell.value if cell.raw is None else cell.raw
    if value is not None and not cell.formula:
        yield Exported(f"{name}·{source}", *place, value, CellRef(name, f"第{place[1] + 1}行"))


def _is_titled(page: Page, export: Export) -> bool:
    """Whether one of its titles stands there, and not within the title of another table."""
    return any(_titles(text, export) for text in [page.name, *_words(page)])


def _titles(text: str, export: Export) -> bool:
    flat = _flat(text)
    for other in export.others:
        flat = flat.replace(_flat(other), "")
    return any(_flat(title) in flat for title in export.titles)


def _words(page: Page) -> list[str]:
    return [*page.caption, *(s.value for s in page.spots if isinstance(s.value, str))]


def _flat(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


def _figures(known: Sequence[tuple[Export, Page]], tables: Tables, path: Path, pack: Pack) -> Iterator[Exported]:
    """The figures of the titled tables, in the form's unit of money."""
    for export, page in known:
        year = _year(export, page, tables, path.stem)
        if year not in {pack.year, pack.year - 1}:
            told = f"是 {year} 年度的" if year else "没有写年度"
            raise UsageError(f"{path.name}：{page.name}{told}，填报表是 {pack.year} 年度的。要的是本年度或上年度的表。")
        factor = table_factor(_words(page), pack.unit)
        grid = _Grid(page, pack, year)
        for cell in export.cells:
            target = cell.this if year == pack.year else cell.last
            datum = pack.dictionary.book.fields.get(target)
            spot = grid.find(cell) if datum else None
            number = _number(spot) if spot else None
            if datum and spot and number is not None:
                source = f"{export.titles[0]}·{next(iter(cell.rows), '') or '·'.join(cell.under)}"
                ref = CellRef(f"{path.name} {page.name}", spot.where)
                yield Exported(source, target, None, number * factor, ref, before=year != pack.year)


def _year(export: Export, page: Page, tables: Tables, stem: str) -> int | None:
    """The year that a table says, else that its title or the file's name says, else the one of the whole file."""
    words = _words(page)
    said = years_in([page.name, stem, *words])
    titles = [text for text in words if _titles(text, export)]
    titled = said or [int(m[1]) for text in (stem, *titles) for m in _TITLED.finditer(text)]
    whole = set(titled or years_in([t for p in tables.pages for t in (p.name, *_words(p))]))
    return titled[0] if titled else whole.pop() if len(whole) == 1 else None


def _number(spot: Spot) -> Decimal | None:
    if isinstance(spot.value, Decimal):
        return spot.value
    if not isinstance(spot.value, str):
        return None
    read = read_number_text(spot.value)
    return parse_plain(spot.value.strip()) or (read.number if read and not read.unit and not read.sign else None)


class _Grid:
    """A page by its labels."""

    def __init__(self, page: Page, pack: Pack, year: int) -> None:
        self._page, self._words, self._year = page, move_words(pack), year
        self._last = max((s.column for s in page.spots), default=0)
        self._labels = [(s, self._words.label(s.value, year)) for s in page.spots if isinstance(s.value, str)]

    def find(self, cell: ExportCell) -> Spot | None:
        """The cell that a figure's labels lead to; None where they lead to none, or to several that differ."""
        found = self._under(cell.under) if cell.under else self._crossing(cell.rows, cell.columns)
        return found[0] if len({_number(spot) for spot in found}) == 1 else None

    def _named(self, *texts: str) -> list[Spot]:
        wanted = {self._words.label(text, self._year) for text in texts}
        return [spot for spot, label in self._labels if label in wanted]

    def _crossing(self, rows: Sequence[str], columns: Sequence[str]) -> list[Spot]:
        """In the row of a label the number under the first of the heads to the right, before the next label there."""
        found, heads = [], self._named(*columns)
        for label in self._named(*rows):
            words = (s.column for s in self._page.by_row[label.row] if isinstance(s.value, str) and _number(s) is None)
            end = min((c for c in words if c > label.column), default=self._last + 1)
            over = [h.column for h in heads if h.row < label.row and label.column < h.column < end]
            spot = self._page.at.get((label.row, min(over))) if over else None
            found += [spot] if spot and _number(spot) is not None else []
        return found

    def _under(self, heads: Sequence[str]) -> list[Spot]:
        """The numbers under heads that stand one below another, but for those that count the columns."""
        places = self._named(heads[0])
        for text in heads[1:]:
            places = [s for p in places for s in self._named(text) if s.row > p.row and p.column <= s.column < p.beside]
        found = []
        for place in places:
            below = [s for s in self._page.spots if s.column == place.column and s.row >= place.below]
            found += [s for s in below if _number(s) is not None and not self._counts(s.row)]
        return found

    def _counts(self, row: int) -> bool:
        """Whether a row numbers the columns: 1, 2, 3 and so on."""
        numbers = [n for s in self._page.by_row[row] if (n := _number(s)) is not None]
        return len(numbers) > 1 and all(b - a == 1 for a, b in pairwise(numbers))
