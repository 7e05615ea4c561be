"""The example saved by other programs (别的软件另存): the same data, verdicts and scores; and the way back is sound."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter
from live_office import LiveOffice, needs_live
from referee import needs_office
from repair_causes import causes
from samples import DEMO, check_bytes, filled_example
from savers import by_gnumeric, by_libreoffice, by_node, by_openpyxl, needs_gnumeric, needs_node
from xlsxwriter.utility import xl_range_abs

from toolkit.doors.excel.press import press
from toolkit.engines.xlsx.formulas import address
from toolkit.engines.xlsx.reading.source import FileSource
from toolkit.engines.xlsx.writing.cells import patched
from toolkit.engines.xlsx.zip import inflate
from toolkit.pipeline import make_files
from toolkit.unit.exchange import unit_to_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from toolkit.core.model import Content
    from toolkit.engines.xlsx.package import Area
    from toolkit.engines.xlsx.reading.sheets import FormulaCell
    from toolkit.pipeline import Checked


def _scores(checked: Checked) -> list[list[Decimal | None]]:
    return [[score.value for score in figures.computed.scores] for figures in checked.figures.all]


def _same(data: bytes) -> None:
    """Read as the file that was filled; feedback and recalculation keep every part, and add no cause of a repair."""
    plain, checked = check_bytes(filled_example(DEMO)), check_bytes(data)
    assert unit_to_json(checked.unit) == unit_to_json(plain.unit)
    assert checked.result == plain.result
    assert _scores(checked) == _scores(plain)
    feedback = make_files(checked)["审核反馈.xlsx"]
    again = patched(data, checked.source.package, press(checked.source, checked).changes)
    for made in (feedback, again):
        assert inflate(data).keys() - {checked.source.package.related("calcChain")} <= inflate(made).keys()
        assert not [cause for cause in causes(made) if cause not in causes(data)]
        assert unit_to_json(check_bytes(made).unit) == unit_to_json(plain.unit)


@needs_office
def test_libreoffice() -> None:
    _same(by_libreoffice(filled_example(DEMO)))


def test_openpyxl() -> None:
    """It saves no results of formulas; the form's own need none."""
    _same(by_openpyxl(filled_example(DEMO)))


@needs_node
@pytest.mark.parametrize("name", ["SheetJS", "SheetJS 共享文字", "exceljs"])
def test_libraries_of_web_pages(name: str) -> None:
    """Exceljs keeps the names of the last project form alone, and takes them for the workbook's."""
    _same(by_node(filled_example(DEMO))[name])


@needs_gnumeric
def test_gnumeric() -> None:
    """It writes 0.7 in a formula as 0.699999999999999999989."""
    _same(by_gnumeric(filled_example(DEMO)))


def _write(
    sheet: Any,  # noqa: ANN401 - XlsxWriter ships no types
    place: tuple[int, int],
    value: Content,
    formula: FormulaCell | None,
    day: Any,  # noqa: ANN401 - XlsxWriter ships no types
) -> None:
    shown = float(value) if isinstance(value, Decimal) else value
    if formula is not None:
        sheet.write_formula(*place, f"={formula.text}", None, shown)
    elif isinstance(value, dt.date):
        sheet.write_datetime(*place, dt.datetime(value.year, value.month, value.day), day)  # noqa: DTZ001 - a day
    elif isinstance(value, str):
        sheet.write_string(*place, value)
    else:
        sheet.write_number(*place, shown)


def test_a_copy_made_by_xlsxwriter() -> None:
    """Values, formulas and names put into a workbook of another program's making, as scripts of a bureau do."""
    source = FileSource(filled_example(DEMO))
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    day = book.add_format({"num_format": "yyyy-m-d"})
    shared, scoped = source.names
    for name in source.sheet_names:
        sheet, formulas = book.add_worksheet(name), source.formulas(name)
        for row, line in source.values(name).items():
            for column, value in line.items():
                _write(sheet, (row - 1, column - 1), value, formulas.get(address(row, column)), day)
        for where in formulas.keys() - {address(r, c) for r, line in source.values(name).items() for c in line}:
            sheet.write_formula(where, f"={formulas[where].text}", None, "")
    for scope, names in (("", shared), *((f"'{sheet}'!", own) for sheet, own in scoped.items())):
        for name, area in names.items():
            ends = xl_range_abs(area.top - 1, area.left - 1, area.bottom - 1, area.right - 1)
            book.define_name(f"{scope}{name}", f"='{area.sheet}'!{ends}")
    book.close()
    _same(out.getvalue())


EDITS: Mapping[str, list[tuple[Any, ...]]] = {
    "rows": [
        ("insert_rows", "整体自评表", 22, 2),
        ("insert_rows", "收支情况", 5, 1),
        ("insert_rows", "项目自评表 (2)", 15, 1),
        ("remove_rows", "整体自评表", 58, 2),
    ],
    "columns": [("insert_columns", "项目支出", 4, 1), ("insert_columns", "整体自评表", 9, 1)],
    "sheets": [
        ("rename", "收支情况", "收支 '情况'！"),
        ("move_sheet", "审核", 0),
        ("replace_sheet", "项目自评表 (2)", "新表"),
        ("replace_sheet", "项目支出", "项目支出_2"),
    ],
}


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """The example on disk."""
    path = tmp_path / "填报表.xlsx"
    path.write_bytes(filled_example(DEMO))
    return path


@pytest.fixture(scope="module")
def live() -> Iterator[LiveOffice]:
    """One start for all books that are opened here."""
    with LiveOffice({}) as office:
        yield office


@needs_live
def test_edits_in_an_open_book(live: LiveOffice, filled: Path, tmp_path: Path) -> None:
    plain = check_bytes(filled_example(DEMO))
    for number, edits in enumerate(EDITS.values()):
        live("open", str(filled))
        for verb, *words in edits:
            live(verb, *words)
        made = tmp_path / f"{number}.xlsx"
        live("save_as", str(made))
        live("close")
        checked = check_bytes(made.read_bytes())
        assert unit_to_json(checked.unit) == unit_to_json(plain.unit), edits
        assert checked.result.findings == plain.result.findings == ()
        assert checked.result.passed == plain.result.passed
        assert _scores(checked) == _scores(plain)


@needs_live
@pytest.mark.parametrize(
    "names", [("整体自评表", "指标", "整体_总分"), ("项目自评表", "自评指标", "自评_总分")], ids=lambda names: names[0]
)
def test_a_row_put_in_without_its_formula_has_no_total(
    live: LiveOffice, filled: Path, tmp_path: Path, names: tuple[str, str, str]
) -> None:
    """A list of a protected sheet does not grow by itself: the sheet says what is missing, and Ctrl+D mends it.

    Until then there is no total on the sheet; the program scores the row that has no formula.
    """
    sheet, table, total = names
    columns = _named(FileSource(filled.read_bytes()), sheet, f"{table}_")
    score = columns.pop(f"{table}_得分")
    row, made = score.top + 2, [tmp_path / "没有公式.xlsx", tmp_path / "带下公式.xlsx"]
    live("open", str(filled))
    live("insert_rows", sheet, row, 1)
    for place in columns.values():
        ((above,),) = live("values", sheet, row - 1, place.left, row - 1, place.left)
        live("write", sheet, row, place.left, above, False)  # noqa: FBT003 - no formula
    live("calculate")
    live("save_as", str(made[0]))
    live("copy_down", sheet, row, score.left)
    live("calculate")
    live("save_as", str(made[1]))
    live("close")
    lacking, whole = (check_bytes(path.read_bytes()) for path in made)
    assert [_shown(one, sheet, total) for one in (lacking, whole)] == [None, _computed(whole, sheet, total)]
    assert [_asks(one, sheet) for one in (lacking, whole)] == [True, False]
    assert _scores(lacking) == _scores(whole)
    assert _computed(lacking, sheet, total) == _computed(whole, sheet, total)


def _named(source: FileSource, sheet: str, start: str) -> dict[str, Area]:
    shared, scoped = source.names
    return {n: a for n, a in {**shared, **scoped.get(sheet, {})}.items() if a.sheet == sheet and n.startswith(start)}


def _shown(checked: Checked, sheet: str, name: str) -> Content:
    area = _named(checked.source, sheet, name)[name]
    return checked.source.values(sheet)[area.top].get(area.left) or None


def _computed(checked: Checked, sheet: str, name: str) -> Content:
    (figures,) = (f for f in checked.figures.all if name in f.section.space.fields and f.section.sheet in {sheet, ""})
    return figures.computed.number(name)


def _asks(checked: Checked, sheet: str) -> bool:
    """Whether the sheet shows the line that says why there is no total."""
    texts = [str(value) for line in checked.source.values(sheet).values() for value in line.values()]
    return any(text.startswith("还有指标填了分值、没有得分") for text in texts)
