"""Sheets as any program writes them (读表): the same cells, whatever the spelling."""

from __future__ import annotations

import datetime as dt
import gc
import io
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from openpyxl.workbook.defined_name import DefinedName
from respell import respelled
from samples import DEMO, check_bytes, filled_example

from toolkit.core.errors import UnreadableError
from toolkit.engines.xlsx.package import MAIN, open_package
from toolkit.engines.xlsx.reading.sheets import Looks, read_cells
from toolkit.engines.xlsx.reading.source import FileSource
from toolkit.engines.xlsx.reading.texts import read_texts
from toolkit.engines.xlsx.writing.cells import CellChange, patched
from toolkit.engines.xlsx.zip import inflate

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMES = 500


def _small() -> bytes:
    """Two sheets with every kind of cell."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "收支 情况"
    sheet.append(["单位名称", "金额", "比率", "日期", "说明"])
    for row in range(2, 6):
        sheet.append([f'第{row}行 <&> "引号" ]]', row * 1.25, 0.95, dt.date(2024, 5, row), "两行\n文字 "])
        sheet.cell(row, 3).number_format = "0.0%"
        sheet.cell(row, 6, f"=B{row}*$B$2+收入")
        sheet.cell(row, 7, f"=IF(A{row}=\"a1\",'收支 情况'!$B{row},B{row - 1})")
    sheet["B8"], sheet["C8"] = True, "#N/A"
    sheet["H12"] = 886.83
    sheet["H12"].number_format = "[h]:mm:ss"
    book.create_sheet("第二张")["C3"] = "=SUM('收支 情况'!B2:B5)"
    book.defined_names["收入"] = DefinedName("收入", attr_text="'收支 情况'!$B$2")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _read(data: bytes) -> Mapping[str, Any]:
    source = FileSource(data)
    found = {
        sheet: (source.values(sheet), source.formulas(sheet), source.errors(sheet), source.percents(sheet))
        for sheet in source.sheet_names
    }
    return {"names": source.names, **found}


def test_any_spelling_reads_the_same() -> None:
    data = _small()
    parts, plain = inflate(data), _read(data)
    assert plain["收支 情况"][0][12][8] == Decimal("886.83")
    some = {sheet: _some_columns(found[0]) for sheet, found in plain.items() if sheet != "names"}
    assert some["收支 情况"][3] == {2: Decimal("3.75")}
    for seed in range(TIMES):
        data = respelled(parts, Random(seed))  # noqa: S311 - a seed, no secret
        assert _read(data) == plain, seed
        source = FileSource(data)
        assert {sheet: dict(source.columns(sheet, _SOME)) for sheet in source.sheet_names} == some, seed


_SOME = {2, 8, 26}


def _some_columns(values: Mapping[int, Mapping[int, Any]]) -> Mapping[int, Mapping[int, Any]]:
    """What reading some columns alone gives."""
    lines = {row: {c: v for c, v in line.items() if c in _SOME} for row, line in values.items()}
    return {row: line for row, line in lines.items() if line}


def test_any_spelling_is_patched_alike() -> None:
    """Cells that are there, cells and rows that are left out: all are written, and all else stays."""
    parts = inflate(_small())
    places = ("B2", "F3", "E8", "A9", "D1", "H12", "C40")
    changes = [CellChange("收支 情况", where, Decimal(number)) for number, where in enumerate(places, 1)]
    plain = _read(patched(_small(), open_package(_small()), changes))
    assert [plain["收支 情况"][0][row][column] for row, column in ((2, 2), (3, 6), (40, 3))] == [1, 2, 7]
    for seed in range(100):
        data = respelled(parts, Random(seed))  # noqa: S311 - a seed, no secret
        assert _read(patched(data, open_package(data), changes)) == plain, seed


@pytest.mark.parametrize("seed", range(3))
def test_a_return_in_any_spelling_has_the_same_findings(seed: int) -> None:
    plain = check_bytes(filled_example(DEMO))
    parts = inflate(filled_example(DEMO))
    other = check_bytes(respelled(parts, Random(seed)))  # noqa: S311 - a seed, no secret
    assert other.result == plain.result
    assert (other.unit.book, other.unit.forms) == (plain.unit.book, plain.unit.forms)


def _sheet(rows: str) -> bytes:
    return f'<worksheet xmlns="{MAIN[1:-1]}"><sheetData>{rows}</sheetData></worksheet>'.encode()


@pytest.mark.parametrize(
    ("cell", "calculated"),
    [
        ('<c r="A1"><f>1+1</f><v>2</v></c>', True),
        ('<c r="A1"><f>1+1</f><v></v></c>', False),
        ('<c r="A1"><f>1+1</f><v/></c>', False),
        ('<c r="A1"><f>1+1</f></c>', False),
        ('<c r="A1" t="str"><f>""</f><v></v></c>', True),
        ('<c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c>', True),
    ],
)
def test_an_empty_result_is_none(cell: str, calculated: bool) -> None:  # noqa: FBT001 - a column of the table
    found = read_cells(_sheet(f'<row r="1">{cell}</row>'), "sheet1.xml", Looks())
    assert found.formulas["A1"].calculated is calculated


def test_shared_and_array_formulas_stand_as_they_mean() -> None:
    rows = (
        '<row r="20"><c r="J20"><f t="shared" ref="J20:K21" si="0">$I20+B$1+LOG10(A1)+"I20"</f><v>5</v></c>'
        '<c r="K20"><f t="shared" si="0"/><v>5</v></c></row>'
        '<row r="21"><c r="J21"><f t="shared" si="0"/><v>5</v></c>'
        '<c r="L21"><f t="array" ref="L21">A1</f><v>1</v></c>'
        '<c r="M21"><f t="array" ref="M21:M22">A1</f><v>1</v></c></row>'
    )
    texts = {where: f.text for where, f in read_cells(_sheet(rows), "sheet1.xml", Looks()).formulas.items()}
    assert texts["K20"] == '$I20+C$1+LOG10(B1)+"I20"'
    assert texts["J21"] == '$I21+B$1+LOG10(A2)+"I20"'
    assert (texts["L21"], texts["M21"]) == ("A1", "{A1}")


def test_readings_of_characters_are_no_text() -> None:
    cell = '<c r="A1" t="inlineStr"><is><r><t>单</t></r><r><t>位</t></r><rPh sb="0" eb="1"><t>dan</t></rPh></is></c>'
    assert read_cells(_sheet(f"<row>{cell}</row>"), "sheet1.xml", Looks()).values == {1: {1: "单位"}}


@pytest.mark.parametrize(
    ("look", "seen"), [("superscript", "886.83¹⁰"), ("subscript", "886.83₁₀"), ("baseline", "886.8310")]
)
def test_what_a_look_raises_is_no_digit(look: str, seen: str) -> None:
    """886.83 with a raised footnote sign is not 886.831, neither in the cell nor in the shared texts."""
    runs = f'<r><t>886.83</t></r><r><rPr><vertAlign val="{look}"/></rPr><t>10</t></r>'
    shared = '<c r="B1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c>'
    texts = read_texts(f'<sst xmlns="{MAIN[1:-1]}"><si>{runs}</si><si><t>10</t></si></sst>'.encode(), "sst.xml")
    rows = f'<row><c r="A1" t="inlineStr"><is>{runs}</is></c>{shared}</row>'
    assert read_cells(_sheet(rows), "sheet1.xml", Looks(texts)).values == {1: {1: seen, 2: seen, 3: "10"}}


_ROWS = (
    '<row r="{n}" ht="20"><c r="A{n}" s="1" t="inlineStr"><is><t>单位</t></is></c><c r="B{n}"/></row>',
    '<row r="{n}"><c r="A{n}" t="s"><v>1</v></c><c r="B{n}" t="s"><v>2</v></c><c r="C{n}"><v>3.5</v></c></row>',
    '<row r="{n}"><c r="B{n}" s="7"><v>.95</v></c><c r="C{n}" s="8"><v>45000</v></c></row>',
    '<row r="{n}" hidden="1"><c r="A{n}"><v>1</v></c><c t="e"><v>#N/A</v></c></row>',
    '<row r="{n}"><c r="A{n}"><f>B{n}+1</f><v>2</v></c><c r="B{n}" t="str"><f>""</f><v></v></c></row>',
    '<row r="{n}"><c r="A{n}"><f t="shared" ref="A1:A99" si="0">$B{n}*2</f><v>4</v></c></row>',
    '<row r="{n}"><c r="A{n}"><f t="shared" si="0"/><v>4</v></c></row>',
    '<row r="{n}" ht="12.75" customHeight="1"/>',
    "<row><c><v>7</v></c></row>",
    '<row r="{n}"><c r="A{n}" t="inlineStr"><is><t><![CDATA[</row><row r="9">]]></t></is></c></row>',
    '<row r="{n}"><!-- </row><row r="1"><c r="A1"><v>9</v></c> --><c r="A{n}"><v>5</v></c></row>',
    '<row r="{n}"><c r="A{n}" t="s"><v>99</v></c></row>',
    '<row r="5"><c r="A5"><v>{n}</v></c></row>',
    '<row r="{n}"><c r="A{n}" t="s"><v>1</v></c><c r="A{n}" t="inlineStr"><is><t>1</t></is></c></row>',
    '</sheetData><sheetData><row r="{n}"><c r="A{n}"><v>1</v></c></row>',
    '<row r="{n}"><c r="A{n}" xmlns="urn:other"><v>1</v></c></row>',
)

_REST = '<mergeCells><mergeCell ref="A2:A4"/></mergeCells>', "", "<!--<sheetData></sheetData>-->", "<?a </row>?>"

# What stands around the rows, as {} here; in most none of them is a cell.
_AROUND = (
    *("<sheetData>{}</sheetData>",) * 6,
    *(
        "<!--<sheetData>{}</sheetData>-->",
        "<sheetData/><!--<sheetData>{}</sheetData>-->",
        "<a><sheetData>{}</sheetData>",
    ),
)


def _outcome(xml: bytes, texts: tuple[str, ...], columns: frozenset[str] = frozenset()) -> object:
    looks = Looks(texts, percents=frozenset({"7"}), dates=frozenset({"8"}))
    try:
        found = read_cells(xml, "sheet1.xml", looks, columns)
        return found, [(row, list(line)) for row, line in found.values.items()]  # what differs in order differs
    except UnreadableError as error:
        return str(error)


def test_rows_that_were_met_before_read_the_same() -> None:
    """Row by row or at once (a space in the tag sees to that), damaged or whole, met before or not."""
    random = Random(16)  # noqa: S311 - a seed, no secret
    told: list[tuple[object, str]] = []
    for _ in range(TIMES):
        rows = [*random.choices(_ROWS[:8], k=random.randint(0, 6)), *random.choices(_ROWS[8:], k=random.randint(0, 2))]
        random.shuffle(rows)
        numbers = sorted(random.sample(range(1, 20), len(rows)))
        inside = "".join(row.format(n=n) for n, row in zip(numbers, rows, strict=True))
        body = random.choice(_AROUND).format(inside) + random.choice(_REST)
        plain = f'<worksheet xmlns="{MAIN[1:-1]}">{body}</worksheet>'.encode()
        if random.random() < 1 / 5:
            at = random.randrange(len(plain))
            plain = plain[:at] + random.choice((b"", b"<", b"</row>", b"x")) + plain[at + random.randint(0, 2) :]
        for columns in (frozenset[str](), frozenset({"B"})):
            texts = ("零", "甲", "", *random.sample("乙丙丁", k=2))
            found = _outcome(plain, texts, columns)
            sure = _outcome(plain.replace(b"<sheetData>", b"<sheetData >"), texts, columns)
            assert found == sure or isinstance(found, str) is isinstance(sure, str) is True, plain
            told.append((found, repr(found)))
    assert [repr(found) for found, _ in told] == [before for _, before in told], "what was read has changed"
    damaged = sum(isinstance(found, str) for found, _ in told)
    assert TIMES / 5 < damaged < TIMES * 9 / 5, damaged


def test_far_cells_cost_what_they_hold() -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    assert read_cells(_sheet(rows), "sheet1.xml", Looks()).values == {1: {1: 1}, 1048576: {16384: 2}}


@pytest.mark.parametrize("rows", ['<row r="x"/>', '<row><c r="1A"><v>1</v></c></row>', "<row>", "<row/><!DOCTYPE a>"])
def test_damage_is_told(rows: str) -> None:
    with pytest.raises(UnreadableError):
        read_cells(_sheet(rows), "sheet1.xml", Looks())


def test_what_was_read_is_let_go_of_at_once() -> None:
    """No circle waits for the collector, which hardly runs in a command: a parser holds as much as its part."""
    data = filled_example(DEMO)
    package = open_package(data)
    change = CellChange(package.sheets[0].name, "A1", "改")
    gc.collect()
    gc.disable()
    try:
        source = FileSource(data)
        read = [source.values(name) for name in source.sheet_names]
        made = patched(data, package, [change])
        texts = read_texts(f"<sst xmlns='{MAIN[1:-1]}'><si><t>甲</t></si></sst>".encode(), "xl/sharedStrings.xml")
        left = gc.collect()
    finally:
        gc.enable()
    assert left == 0, f"{left} objects in circles"
    assert any(read)
    assert texts == ("甲",)
    assert made != data
