"""No numeral of 自评报告 and 自评报表 lacks an origin: a cell, a formula that gives it, or the tag 文字."""

from __future__ import annotations

import io
import json
import re
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import DEMO, SEED, check_data, example

from toolkit.engines.formula.compile import parse
from toolkit.pack.pack import REPORT_NAME, RESULT_NAME
from toolkit.pipeline import document_template, make_files
from toolkit.publishing.document.context import report_of
from toolkit.publishing.document.marks import NUMBERING, sealed_texts
from toolkit.publishing.trace.lines import Places, print_line, trace_rows, unit_lines
from toolkit.publishing.trace.origin import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from openpyxl.cell import Cell, MergedCell
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from toolkit.pipeline import Checked
    from toolkit.publishing.document.template import Print, Rendered
    from toolkit.publishing.trace.lines import Line

UNITS = (DEMO, SEED)
NUMERAL = re.compile(r"\d+(?:\.\d+)?")
SEALED = re.compile("\ufdd1[^\ufdd3]*\ufdd3")


@cache
def checked(name: str) -> Checked:
    return check_data(example(name))


@cache
def rendered(name: str) -> Rendered:
    return document_template(checked(name).pack).render_traced(context(checked(name)))


def context(unit: Checked) -> dict[str, Any]:
    lines = unit_lines(unit.figures, unit.pack)
    return report_of(unit).with_traces(trace_rows(lines)).names


def lines(name: str) -> Iterator[tuple[Print, Line]]:
    places = Places(checked(name).figures)
    return ((p, print_line(p, places)) for p in rendered(name).prints)


def half_up(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def says(text: str, value: object) -> bool:
    """The printed text says the value: as it is, to two decimals, as a percentage, or as a date."""
    if isinstance(value, Decimal):
        shown = [Decimal(n) for n in NUMERAL.findall(text)]
        return len(shown) == 1 and shown[0] in {abs(value), half_up(abs(value), 2), half_up(abs(value) * 100, 2)}
    return re.findall(r"\d+", text) == [str(int(n)) for n in re.findall(r"\d+", str(value))]


@pytest.mark.parametrize("name", UNITS)
def test_tracing_leaves_no_trace(name: str) -> None:
    """The report is byte by byte what the template gives without tracing."""
    assert rendered(name).data == document_template(checked(name).pack).render(context(checked(name)))
    assert not any("\ufdd0" <= c <= "\ufdd3" for c in rendered(name).data.decode("latin-1"))


@pytest.mark.parametrize("name", UNITS)
def test_every_printed_figure_has_its_source(name: str) -> None:
    """What the template takes from the unit is a cell or a formula of the unit, with the very value that is printed."""
    filled = {c.ref: c.value for c in cells_of(checked(name))}
    counted = 0
    for printed, line in lines(name):
        assert line.source not in {Source.NONE, Source.BLANK, Source.UNKNOWN}, printed.text
        if line.source is Source.TYPED:
            assert line.cell
            assert filled[line.cell] == line.value
            assert says(printed.text, line.value), (printed.text, line)
        elif line.source is Source.TEXT:
            assert line.cell
            assert squeezed(printed.text).rstrip("。；;.") in squeezed(str(filled[line.cell])), printed.text
        elif line.scope != "自评报告":
            assert says(printed.text, line.value), (printed.text, line)
        counted += 1
    assert counted > 40


def cells_of(unit: Checked) -> Iterator[Any]:
    for section in unit.unit.sections:
        yield from section.fields.values()
        for rows in section.tables.values():
            yield from (cell for row in rows for cell in row.cells.values())


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("name", UNITS)
def test_what_the_template_works_out_comes_out_again(name: str) -> None:
    """占比, 变动, 之和 and counts: worked out anew from their operands alone."""
    counted = 0
    for printed, line in lines(name):
        if line.scope != "自评报告" or line.source is not Source.COMPUTED:
            continue
        values = [v for _, _, v in line.operands if isinstance(v, Decimal)]
        assert printed.text in expected(line, values), line
        counted += 1
    assert counted > 6


def expected(line: Line, values: list[Decimal]) -> set[str]:
    if line.name.startswith("占比"):  # with a difference: by how much a limit was passed
        part = values[0] - values[1] if " − " in line.name else values[0]
        return {f"{half_up(part / values[1] * 100, 2)}%"}
    if line.name.startswith("变动"):
        gap = values[0] - values[1]
        words = ("增加", "增长") if gap > 0 else ("减少", "下降")
        rate = half_up(abs(gap) / values[1] * 100, 2)
        return {f"比上年{words[0]}{half_up(abs(gap), 2)}万元，{words[1]}{rate}%"}
    if ") − 之和" in line.name:  # points of some rows less what they earned
        gap = sum(values[: len(values) // 2], Decimal(0)) - sum(values[len(values) // 2 :], Decimal(0))
        return {str(half_up(gap, 2))}
    if " − " in line.name:
        return {str(abs(values[0] - values[1])), str(half_up(abs(values[0] - values[1]), 2))}
    if line.name.startswith("计数"):
        return {str(len(line.operands))}
    constant = re.search(r"\+ (\d+)$", line.name)
    return {str(half_up(sum(values, Decimal(constant[1] if constant else 0)), 2))}


@pytest.mark.parametrize("name", UNITS)
def test_all_other_numerals_are_the_templates_words(name: str) -> None:
    """Outside the seals stand only words of the template; numbering is by whole numbers."""
    template = rendered(name).template
    for part, text in rendered(name).sealed.items():
        own = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", "\n", template._sources[part])
        outside = re.sub(r"<[^>]*>", "\n", SEALED.sub("\n", text))
        known = {line for line in own.split("\n") if re.search(r"\d", line)}
        told = {line for line in outside.split("\n") if re.search(r"\d", line)}
        assert {t for t in told if not any(t in k or k in t for k in known)} == set()
        numbering = [shown for sign, shown in sealed_texts(text) if sign == NUMBERING]
        assert all(re.fullmatch(r"\d{1,2}", n) for n in numbering)


AUDIT_SHEETS = {"审核结果", "未检查事项", "审核说明", "溯源"}


@pytest.mark.parametrize("name", UNITS)
def test_every_numeral_of_the_workbook_has_its_source(name: str) -> None:
    """Cell by cell: a named figure with its value, staff's text, a formula over names, or the form's own words."""
    files = make_files(checked(name))
    figures = {(f["scope"], f["name"]): f for f in json.loads(files[RESULT_NAME])["figures"]}
    made = openpyxl.load_workbook(io.BytesIO(files[REPORT_NAME]))
    shown = openpyxl.load_workbook(io.BytesIO(files[REPORT_NAME]), data_only=True)
    blank = openpyxl.load_workbook(checked(name).pack.folder / REPORT_NAME)
    counted = 0
    for sheet in made.worksheets:
        if sheet.title in AUDIT_SHEETS:
            continue
        form = blank[re.sub(r" \(\d+\)$", "", sheet.title)]
        names = names_of(made, sheet)
        for cell in (c for row in shown[sheet.title].iter_rows() for c in row):
            if cell.value is None or isinstance(cell.value, bool) or not re.search(r"\d", str(cell.value)):
                continue
            own = form[cell.coordinate].value
            if own == cell.value:
                continue
            told = origin(cell, names, figures, str(sheet[cell.coordinate].value), scope_of(shown, sheet.title, names))
            assert told, f"{sheet.title}!{cell.coordinate}: {cell.value}"
            counted += 1
    assert counted > 10


def names_of(book: Workbook, sheet: Worksheet) -> dict[str, str]:
    """Address → name, rows of a column as 名称[n]."""
    found = {}
    for name, defined in [*book.defined_names.items(), *sheet.defined_names.items()]:
        for title, area in defined.destinations:
            if title == sheet.title:
                cells = sheet[area.replace("$", "")]
                rows = [row[0] for row in cells] if isinstance(cells, tuple) else [cells]
                for index, cell in enumerate(rows, 1):
                    found[cell.coordinate] = f"{name}[{index}]" if len(rows) > 1 else name
    return found


def scope_of(book: Workbook, sheet: str, names: Mapping[str, str]) -> str:
    place = next((a for a, n in names.items() if n == "自评_项目名称"), None)
    return str(book[sheet][place].value) if place else "整体"


# Columns of the printed forms that show other columns of the fill-in form.
SHOWN = {"目标文本": "指标值", "完成文本": "实际完成值", "偏差说明": "偏差原因"}


def origin(
    cell: Cell | MergedCell, names: Mapping[str, str], figures: Mapping[tuple[str, str], Any], formula: str, scope: str
) -> bool:
    name = names.get(cell.coordinate, "")
    column = name.partition("_")[2].partition("[")[0]
    figure = figures.get((scope, name.replace(column, SHOWN.get(column, column))))
    sheet = cell.parent.title if cell.parent else ""
    figure = figure or figures.get(("自评报表", f"「{sheet}」{cell.coordinate}"))
    if figure and figure["source"]["kind"] == "text":
        return True
    if figure:
        return says(str(cell.value).split(" ")[0], Decimal(figure["value"])) or str(cell.value) == figure["value"]
    if column == "一级文本":  # the pack's points beside the level's name
        return bool(re.fullmatch(r"\D+\n（\d+分）", str(cell.value)))
    texts = {"封面_日期文本": "封面_填报日期", "封面_填表人": "", "封面_单位名称": ""}
    if formula.startswith("="):
        used = [texts.get(n, n) for n in parse(formula).names]
    else:
        used = ["封面_填报日期", "封面_联系电话"] if "填报日期：" in formula else []
    return bool(used) and all(not n or (scope, n) in figures or ("整体", n) in figures for n in used)


def test_a_figure_without_source_would_be_told() -> None:
    """The guard itself: a template that builds a figure out of sight gets 无出处, one that uses filters does not."""
    template = document_template(checked(DEMO).pack)
    sources = {
        "{{ 整体_总分|string ~ '' }}": [Source.NONE],
        "{{ 整体_总分|string|replace('.', '点') }}": [Source.COMPUTED],
        "{{ '%.1f'|format(整体_总分) }}": [Source.COMPUTED],
        "{{ (整体_全年预算数 - 整体_全年执行数)|金额 }}": [Source.COMPUTED],
        "{{ '第' + 封面_单位代码 + '号' }}": [Source.TEXT],
        "{{ 封面_填报日期 }}": [Source.TYPED],
        "{{ 指标|map(attribute='得分')|sum }}": [Source.COMPUTED],
        "{{ 指标[2].得分|round(1) }}": [Source.COMPUTED],
        "{{ 封面_单位代码|e }}": [Source.TEXT],
        "{% set x %}{{ 整体_总分 }}{% endset %}{{ x }}": [Source.COMPUTED],
        "{{ 批复[:0]|length }}": [],
    }
    for source, told in sources.items():
        compiled = type(template)({}, {"word/document.xml": f"<a>{source}</a>"}, lambda text: text)
        made = compiled.render_traced(context(checked(DEMO)))
        assert [print_line(p, Places(checked(DEMO).figures)).source for p in made.prints] == told, source


ANY_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"))) | st.text("\ufdd0\ufdd1\ufdd2\ufdd3019\ue000")


@settings(max_examples=150)
@given(ANY_TEXT, ANY_TEXT)
def test_seals_never_change_a_text(first: str, second: str) -> None:
    """Noncharacters that staff typed come through, and the seals around them are still read right."""
    template = type(document_template(checked(DEMO).pack))(
        {}, {"word/document.xml": "<a>{{ 甲 }}|{{ 乙 }}|{{ 丙 }}</a>"}, lambda text: text
    )
    given_texts = {"甲": f"{first}1", "乙": second, "丙": Decimal(5)}
    made = template.render_traced(given_texts)
    clean = {n: str(t).replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd") for n, t in given_texts.items()}
    prints = [p.text for p in made.prints]
    assert prints == [t for t in clean.values() if re.search(r"\d", t)]
    assert made.data == template.render(given_texts)
