"""Drop-down lists (下拉列表) in another office program: Gnumeric keeps every one of them, and works out its words."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import openpyxl
import pytest
from openpyxl.formula.translate import Translator
from openpyxl.utils import get_column_letter
from savers import by_gnumeric, needs_gnumeric

from toolkit.engines.xlsx.reading.source import FileSource
from toolkit.pack.finding import list_packs
from toolkit.pack.pack import FILL_NAME, Pack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openpyxl.workbook import Workbook

COUNTS = "数一数"


class Listed(NamedTuple):
    """A cell with a drop-down, the word beside it that the list follows ("" for none), and how many words it offers."""

    sheet: str
    where: str
    by: tuple[str, str]
    words: int


def listed(pack: Pack) -> Iterator[Listed]:
    """What the dictionary says: the first cell of every name with a list, once for each word that it follows."""
    shared, scoped = FileSource((pack.folder / FILL_NAME).read_bytes()).names
    areas = {**shared, **{name: area for own in scoped.values() for name, area in own.items()}}
    for name in pack.dictionary.all_names():
        words, narrowed = pack.choices(name), pack.narrowed(name)
        if words is None or name not in areas:
            continue
        area = areas[name]
        for step, (word, fitting) in enumerate((narrowed.words if narrowed else {"": words}).items()):
            beside = f"{get_column_letter(areas[narrowed.by].left)}{area.top + step}" if narrowed else ""
            place = f"{get_column_letter(area.left)}{area.top + step}"
            yield Listed(area.sheet, place, (beside, word), len(fitting))


def lists(book: Workbook) -> dict[tuple[str, str], str]:
    """Sheet and cell → where its list comes from, as it means at that cell."""
    found = {}
    for sheet in book.worksheets:
        for rule in sheet.data_validations.dataValidation:
            top, left = min((a.min_row, a.min_col) for a in rule.sqref.ranges)
            first = f"{get_column_letter(left)}{top}"
            for area in rule.sqref.ranges if rule.type == "list" else ():
                for row in area.rows:
                    for place in (f"{get_column_letter(column)}{number}" for number, column in row):
                        source = Translator(f"={rule.formula1}", first).translate_formula(place)
                        found[sheet.title, place] = source[1:]
    return found


@pytest.mark.filterwarnings("ignore:Workbook contains no default style")  # Gnumeric names none
@needs_gnumeric
@pytest.mark.parametrize("pack", list_packs(), ids=lambda pack: pack.id)
def test_every_list_works_in_gnumeric(pack: Pack, tmp_path: Path) -> None:
    blank = (pack.folder / FILL_NAME).read_bytes()
    wanted = list(listed(pack))
    kept = tmp_path / "存过.xlsx"
    kept.write_bytes(by_gnumeric(blank))
    book = openpyxl.load_workbook(kept)
    before = lists(openpyxl.load_workbook(pack.folder / FILL_NAME))
    after = lists(book)
    assert after == before
    sheet = book.create_sheet(COUNTS)
    for number, (home, where, (beside, word), _) in enumerate(wanted, 1):
        if word:
            book[home][beside] = word
        source = after[home, where].replace(f"${beside}", f"'{home}'!${beside}") if beside else after[home, where]
        sheet.cell(number, 1).value = f"=COUNTA({source})"
    book.save(kept)
    kept.write_bytes(by_gnumeric(kept.read_bytes()))
    told = openpyxl.load_workbook(kept, data_only=True)[COUNTS]
    assert [told.cell(n, 1).value for n in range(1, len(wanted) + 1)] == [w.words for w in wanted]


def test_every_cell_with_a_choice_has_its_list() -> None:
    """No column that chooses was forgotten by whoever drew the form."""
    for pack in list_packs():
        book = openpyxl.load_workbook(pack.folder / FILL_NAME)
        columns = Counter((sheet, where.rstrip("0123456789")) for sheet, where in lists(book))
        missed = [w for w in listed(pack) if (w.sheet, w.where.rstrip("0123456789")) not in columns]
        assert not missed, pack.id
