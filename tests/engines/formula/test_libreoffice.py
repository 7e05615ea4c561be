"""审核公式 before the referee: LibreOffice must give the same answers to the same formulas."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING

from formula_cases import ANSWERS, CELLS, rows
from referee import needs_office, recalculate

from toolkit.core.money import from_float
from toolkit.engines.formula.compile import parse, rewrite
from toolkit.engines.formula.values import ErrorValue, Value, Vector

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell

SCALARS: Mapping[str, Value] = MappingProxyType(
    {
        "值_空": None,
        "值_空文": "",
        "值_文": "甲单位",
        "值_零": Decimal(0),
        "值_负": Decimal("-2.55"),
        "值_大": Decimal("1925.67"),
        "值_错": ErrorValue.NA,
    }
)
COLUMNS: Mapping[str, Value] = MappingProxyType(
    {
        "列_满": (Decimal("3.85"), Decimal(20), Decimal(0), Decimal("-1.5")),
        "列_缺": (Decimal(10), None, Decimal("20.5"), None),
        "列_文": ("完成", Decimal(20), "", "≥52"),
        "列_空": (None, None, None, None),
        "列_错": (Decimal(1), ErrorValue.DIV0, None, "部分"),
    }
)

# 甲, 乙 run over all pairs of SCALARS.
OF_SCALARS = """
甲 = 乙
甲 < 乙
甲 >= 乙
甲 + 乙
甲 / 乙
甲 & 乙
COUNT(甲,乙) + COUNTA(甲,乙) * 10
IF(COUNT(甲,乙)<2,"",IF(甲=0,0,ROUND(乙/甲,4)))
SUM(甲,乙) - MAX(甲,乙) + MIN(甲)
IFERROR(AND(甲,乙),"无") = IFERROR(OR(甲,乙),"无")
IF(ISBLANK(甲),ISTEXT(乙),ISNUMBER(乙))
"""

# 甲, 乙 run over all pairs of COLUMNS.
OF_COLUMNS = """
SUM(甲) = SUM(乙)
SUM(甲,乙) * AVERAGE(甲)
COUNT(甲) * 100 + COUNTA(甲) * 10 + COUNTBLANK(乙)
SUMPRODUCT(甲,乙)
SUMPRODUCT(ISNUMBER(甲)*(甲>乙)) = 0
SUMPRODUCT((LEN(TRIM(甲))=0)*(LEN(乙)>0))
SUMPRODUCT(ISNUMBER(甲)*ISNUMBER(乙)*1)
SUMIF(甲,">=10",乙)
SUMIF(甲,"<>",乙)
COUNTIF(甲,"<>完成") - COUNTIF(乙,"完*")
MAX(甲) - MIN(乙)
"""

# Formulas of formula_cases on which LibreOffice differs from Excel: Excel decides, for staff use it.
DIFFERENCES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(
            ['"z"<FALSE', "TRUE>99", '100&真&""', "SUM(列,文,真,1)", "COUNT(错列,真)"],
            "a logical is a number in LibreOffice, a type of its own in Excel",
        ),
        "SUMPRODUCT(数列>2)": "Excel takes logicals for 0, LibreOffice counts them",
        **dict.fromkeys(['SUM("3",TRUE)', 'AND("true",1)'], "Excel converts text written in the call"),
        **dict.fromkeys(
            ["COUNTIF(杂列,5)", 'COUNTIF(杂列,"*")', 'COUNTIF(杂列,"?")'],
            "Excel: 5 finds the text 5 too, a wildcard finds only texts",
        ),
        'COUNTIF(杂列,">")': "undocumented: nothing to compare with",
        "COUNTIF(错列,错)": "Excel counts this error, LibreOffice hands it on",
        "0^0": "Excel #NUM!, LibreOffice 1",
        "0^-1": "Excel #DIV/0!, LibreOffice #NUM!",
        '"1E400"+1': "Excel has no such number",
        '1E21&""': "LibreOffice writes three digits of exponent",
        'LEN("𠮷")': "Excel counts UTF-16 units, LibreOffice characters",
        **dict.fromkeys(["ROUND(甲,1E9)", "ROUND(甲,-1E9)"], "LibreOffice limits the digits to ±20"),
    }
)


@dataclass(frozen=True, slots=True)
class Case:
    """A formula and Python's answer."""

    text: str
    answer: Value

    @property
    def is_column(self) -> bool:
        """Whether the live formula must be an array formula."""
        return isinstance(self.answer, tuple)

    @property
    def answers(self) -> Vector:
        """The answer by row."""
        return self.answer if isinstance(self.answer, tuple) else (self.answer,)


def cells() -> Mapping[str, Value]:
    known = {**CELLS, **SCALARS, **COLUMNS}
    return {name: value for name, value in known.items() if value != ()}


def crossed(table: str, pool: Mapping[str, Value]) -> Iterator[str]:
    for (text,), (first, second) in product(rows(table), product(pool, pool)):
        # Of two different errors Excel shows the left one, LibreOffice the right one.
        if "值_错" in {first, second} and {"值_文", "值_空文"} & {first, second}:
            continue
        yield rewrite(text, {"甲": first, "乙": second}.__getitem__)


def cases() -> tuple[Case, ...]:
    told = [text for text, _ in rows(ANSWERS) if text not in DIFFERENCES and "无列" not in parse(text).names]
    texts = [*told, *crossed(OF_SCALARS, SCALARS), *crossed(OF_COLUMNS, COLUMNS)]
    known = cells()
    return tuple(Case(text, parse(text).evaluate(known.__getitem__)) for text in texts)


def write_value(cell: Cell, value: Value) -> None:
    if isinstance(value, ErrorValue):
        cell.value = {"#DIV/0!": "=1/0", "#N/A": "=NA()"}[value]
    elif value == "":
        cell.value = '=""'  # a formula's empty text; nobody can type one
    elif not isinstance(value, tuple):
        cell.value = value


def write_names(book: Workbook) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.workbook.defined_name import DefinedName

    sheet = book.create_sheet("数据")
    for column, (name, value) in enumerate(cells().items(), start=1):
        letter = get_column_letter(column)
        elements = value if isinstance(value, tuple) else (value,)
        for row, element in enumerate(elements, start=1):
            write_value(sheet[f"{letter}{row}"], element)
        place = f"'数据'!${letter}$1:${letter}${len(elements)}"
        book.defined_names[name] = DefinedName(name, attr_text=place)


def write_cases(book: Workbook, found: tuple[Case, ...]) -> None:
    from openpyxl.worksheet.formula import ArrayFormula

    sheet, row = book.create_sheet("公式"), 1
    for case in found:
        last = row + len(case.answers) - 1
        text = f"={case.text}"
        sheet[f"A{row}"] = ArrayFormula(f"A{row}:A{last}", text) if case.is_column else text
        row = last + 1


def read_answers(path: Path) -> Iterator[Value]:
    from openpyxl import load_workbook

    for (cell,) in load_workbook(path, data_only=True)["公式"].iter_rows(max_col=1):
        if cell.data_type == "e":
            yield ErrorValue(str(cell.value))
        elif isinstance(cell.value, int | float) and not isinstance(cell.value, bool):
            yield from_float(cell.value)
        else:
            yield cell.value if isinstance(cell.value, bool) else str(cell.value or "")


def agree(ours: Value, theirs: Value) -> bool:
    if isinstance(ours, Decimal) and isinstance(theirs, Decimal):
        return abs(ours - theirs) <= abs(ours) * Decimal("1e-13")
    if isinstance(ours, bool) and isinstance(theirs, Decimal):  # a logical that lost its cell format
        return theirs == int(ours)
    return type(ours) is type(theirs) and ours == theirs


@needs_office
def test_libreoffice_says_the_same(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book, found = Workbook(), cases()
    write_names(book)
    write_cases(book, found)
    book.save(tmp_path / "公式.xlsx")
    (tmp_path / "重算").mkdir()
    theirs = read_answers(recalculate(tmp_path / "公式.xlsx", tmp_path / "重算"))
    ours = [(case.text, answer) for case in found for answer in case.answers]
    faults = [
        f"{text}: {our!r}, LibreOffice {their!r}"
        for (text, our), their in zip(ours, theirs, strict=True)
        if not agree(our, their)
    ]
    assert not faults, "\n".join(faults)
