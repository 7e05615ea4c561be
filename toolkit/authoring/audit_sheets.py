"""The 审核 and 规则说明 sheets of the fill-in workbook: every rule, live where a formula can say it.

Live marks on the forms (随填随查): failed cells turn red or yellow, and each project form judges itself.

The marks follow the 状态 column of the 审核 sheet; rules of project forms stand on the form itself,
because a copied sheet takes its own names along and the 审核 sheet cannot know the copies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink

from toolkit.audit import audit_lines, elsewhere, verdict_text
from toolkit.authoring import looks
from toolkit.authoring.looks import define, protect, set_formula, set_page
from toolkit.core.dictionary import Kind
from toolkit.core.findings import Severity
from toolkit.core.money import MONEY_UNITS
from toolkit.engines.formula import parse, rewrite
from toolkit.engines.xlsx import lines_of
from toolkit.pack import AUDIT, FORM_AUDIT, STATES, Role, Style, row_texts, rule_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from toolkit.audit import AuditLine
    from toolkit.pack import FormCell, Pack, Rule, SheetForm

AUDIT_SHEET, GUIDE_SHEET = "审核", "规则说明"

AUDIT_COLUMNS = ("规则", "程度", "内容", "左边", "右边", "相差", "结论", "状态", "说明", "查看", "所指")

# Head → width.
_LINES = {
    "规则": 7,
    "程度": 7,
    "审核内容": 44,
    "左边": 14,
    "右边": 14,
    "相差": 12,
    "结论": 15,
    "状态": 15,
    "出错说明（警示写明原因；错误必须改正）": 46,
    "查看": 7,
    "说明所指\n（工具填写，重写说明时清空）": 16,
}

_GUIDE = {"规则": 7, "程度": 7, "审核内容": 48, "怎么办": 48, "依据": 34, "公式或检查方法": 110}

AUDIT_FIRST = 5

_SUBJECT_COLUMN = 11

TOOL_COLUMN = 13  # of the macro workbook only: what the button found

_TITLE_COLUMN = 3

_MOST = 409  # points of a row, the most that Excel takes

_LEFT = Alignment(horizontal="left", vertical="center", wrap_text=True)

_CENTRE = Alignment(horizontal="center", vertical="center", wrap_text=True)


def add_audit_sheets(book: Workbook, pack: Pack, bound: set[str]) -> None:
    """Add 审核 and 规则说明 at the end of the visible sheets."""
    lines = audit_lines(pack.rules, pack.dictionary)
    sheet = book.create_sheet(AUDIT_SHEET)
    _head(
        sheet,
        "审核（随填随算）",
        "“通过”：数据齐全且相符；“未检查”：缺数据，不等于通过；“见项目自评表”：该表下面自带审核；"
        "“由工具检查”：收表单位检查后反馈。",
        _LINES,
    )
    for row, line in enumerate(lines, AUDIT_FIRST):
        _line(sheet, row, line, bound)
    last = AUDIT_FIRST + len(lines) - 1
    _names(book, sheet, last)
    _colours(sheet, last)
    _guide(book.create_sheet(GUIDE_SHEET), pack)


def _head(sheet: Worksheet, title: str, note: str, heads: Mapping[str, float], beside: int = 0) -> None:
    """Title, note and heads; the last `beside` columns are not printed and stand beside the title."""
    for row, (text, style) in enumerate([(title, Style.TITLE), (note, Style.NOTE)], 1):
        sheet.cell(row, 1, text)
        looks.style_label(sheet.cell(row, 1), style)
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(heads) - beside)
        sheet.row_dimensions[row].height = 30 if row == 1 else 20
    for column, (text, width) in enumerate(heads.items(), 1):
        cell = sheet.cell(AUDIT_FIRST - 1, column, text)
        looks.style_label(cell, Style.HEAD)
        sheet.column_dimensions[cell.column_letter].width = width
    sheet.row_dimensions[AUDIT_FIRST - 1].height = _height(heads.items())
    sheet.freeze_panes = f"A{AUDIT_FIRST}"


def _line(sheet: Worksheet, row: int, line: AuditLine, bound: set[str]) -> None:
    rule, text = line.rule, line.text
    for column, value in enumerate((rule.id, rule.severity.label, rule.title), 1):
        cell = sheet.cell(row, column, value)
        looks.style_label(cell, Style.BODY)
        cell.alignment = _LEFT if column == _TITLE_COLUMN else _CENTRE
    number_format = "0.00%" if rule.unit == "%" else "#,##0.00" if rule.unit in MONEY_UNITS else "General"
    for column in range(4, 9):
        looks.style_value(sheet.cell(row, column), None, looks.COMPUTED, locked=True)
        sheet.cell(row, column).number_format = number_format
    if text is None:
        sheet.cell(row, 7, elsewhere(rule))
        sheet.cell(row, 8, elsewhere(rule))
    else:
        _live(sheet, row, line)
    looks.style_value(sheet.cell(row, 9), None, looks.INPUT, locked=False)
    sheet.cell(row, 9).alignment = _LEFT
    _link(sheet, row, rule, bound)
    looks.style_value(sheet.cell(row, _SUBJECT_COLUMN), Kind.TEXT, looks.INPUT, locked=False)
    sheet.row_dimensions[row].height = _height([(rule.title, _LINES["审核内容"])])


def _height(texts: Iterable[tuple[str, float]]) -> float:
    """What the tallest text of a row needs at its width; nothing is cut off in print."""
    return min(15 * max(lines_of(text, width) for text, width in texts) + 6, _MOST)


def _live(sheet: Worksheet, row: int, line: AuditLine) -> None:
    """The live formulas; texts and Python's judgement are the same strings (see `rule_text`)."""
    rule, text = line.rule, line.text
    if text is None:
        return
    d, e, f, g, i, k = (f"${c}{row}" for c in "DEFGIK")
    if text.left:
        set_formula(sheet.cell(row, 4), f'=IF({text.guard},"",IFERROR({text.left},""))', array=bool(rule.each))
        set_formula(sheet.cell(row, 5), f'=IF({text.guard},"",IFERROR({text.right},""))', array=bool(rule.each))
        sheet.cell(row, 6, f'=IF(COUNT({d},{e})<2,"",ROUND(ABS({d}-{e}),6))')
    set_formula(sheet.cell(row, 7), f"={verdict_text(text)}", array=bool(rule.each))
    label = f'"{rule.severity.label}"'
    # An explanation that the toolkit has noted down the figures of holds for these figures only.
    holds = f'OR(LEN({k})=0,{k}=ROUND({d},4)&"|"&ROUND({e},4))' if line.alone and text.left else "TRUE"
    explained = f'IF(AND(LEN({i})>0,{holds}),"已说明",{label})' if rule.severity.may_be_explained else label
    hint = Severity.NOTICE.label
    slack = f'IF(AND(COUNT({f})=1,SUM({f})<={text.slack}),"{hint}",{explained})' if text.slack else explained
    sheet.cell(row, 8, f'=IF({g}="不符",{slack},{g})')


def _link(sheet: Worksheet, row: int, rule: Rule, bound: set[str]) -> None:
    """Jump to the first cell of the rule by its defined name, so that inserted rows do no harm."""
    names = (*rule.places, *(parse(rule.formula).names if rule.formula else ()))
    target = next((n for n in names if n in bound), None)
    cell = sheet.cell(row, 10)
    looks.style_label(cell, Style.BODY)
    if target and not rule.form:
        cell.value = "查看"
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=target, display="查看")
        cell.font = Font(name="宋体", size=10.5, color="0563C1", underline="single")


def _names(book: Workbook, sheet: Worksheet, last: int) -> None:
    for column, name in enumerate(AUDIT_COLUMNS, 1):
        define(book, f"{AUDIT}{name}", sheet, column, AUDIT_FIRST, column, last)
    set_page(sheet, landscape=True)
    sheet.print_title_rows = f"{AUDIT_FIRST - 1}:{AUDIT_FIRST - 1}"
    sheet.sheet_view.showGridLines = False
    protect(sheet)


def _colours(sheet: Worksheet, last: int) -> None:
    """Words carry the verdict; colour only helps (black-and-white print, colour-blind readers)."""
    area = f"G{AUDIT_FIRST}:H{last}"
    for word, colour in {"错误": "F8CBAD", "不符": "F8CBAD", "警示": "FFE699", "通过": "E2EFDA"}.items():
        formula = [f'G{AUDIT_FIRST}="{word}"']
        rule = FormulaRule(formula=formula, fill=looks.fill_of(colour))  # type: ignore[no-untyped-call]
        rule.dxf.fill.bgColor = rule.dxf.fill.fgColor
        sheet.conditional_formatting.add(area, rule)


def _guide(sheet: Worksheet, pack: Pack) -> None:
    """规则说明: sentence, basis and formula of each rule, generated from the pack; the formulas are not printed."""
    note = f"{pack.title}（第 {pack.version} 版）。右边的公式供规则维护人查阅，不打印。"
    _head(sheet, "规则说明", note, _GUIDE, beside=1)
    for row, rule in enumerate(pack.rules, AUDIT_FIRST):
        way = rule.formula or "由工具逐行检查"
        texts = (rule.id, rule.severity.label, rule.title, rule.action, rule.basis, way)
        for column, value in enumerate(texts, 1):
            cell = sheet.cell(row, column)
            cell.value = value
            cell.data_type = "s"
            looks.style_label(cell, Style.BODY)
            cell.alignment = _CENTRE if column < _TITLE_COLUMN else _LEFT
        sheet.cell(row, len(_GUIDE)).alignment = Alignment(vertical="center")  # runs on, and makes no row taller
        sheet.row_dimensions[row].height = _height(zip(texts[:-1], _GUIDE.values(), strict=False))
    _finish_guide(sheet, AUDIT_FIRST + len(pack.rules) - 1)


def _finish_guide(sheet: Worksheet, last: int) -> None:
    sheet.print_area = f"A1:{get_column_letter(len(_GUIDE) - 1)}{last}"
    set_page(sheet, landscape=True)
    sheet.print_title_rows = f"{AUDIT_FIRST - 1}:{AUDIT_FIRST - 1}"
    protect(sheet)


_COLOURS = {"错误": "FF9999", "警示": "FFD966"}

_SPANS = ((1, 1), (2, 4), (5, 6), (7, 8), (9, 11))  # 规则, 内容, 左边, 右边, 状态


def mark_form(sheet: Worksheet, form: SheetForm, pack: Pack) -> None:
    """Add the conditional formats of one drawn sheet, and the audit lines of a project form."""
    for name, formulas in _marks(form, pack).items():
        for area in _areas(form, name):
            for word, formula in formulas.items():
                _format(sheet, area, formula, _COLOURS[word])
    for rule in pack.rules:
        if rule.formula and rule.each and rule.form == form.form:
            _mark_rows(sheet, form, rule, pack)
    if form.form:
        _own_audit(sheet, form, pack)


def _marks(form: SheetForm, pack: Pack) -> Mapping[str, Mapping[str, str]]:
    """Name → state word → formula that is TRUE while a rule about that name is in this state."""
    watching: dict[str, list[str]] = {}
    words: dict[str, dict[str, list[str]]] = {}
    if form.form:
        for rule in (r for r in _own_rules(pack, form.form) if not r.each):
            failing = f'{verdict_text(rule_text(rule, pack.dictionary))}="不符"'
            for name in _told(rule):
                words.setdefault(name, {}).setdefault(rule.severity.label, []).append(failing)
    else:
        for index, line in enumerate(audit_lines(pack.rules, pack.dictionary), 1):
            if line.text and not line.rule.each:
                for name in _told(line.rule):
                    watching.setdefault(name, []).append(f"INDEX({STATES},{index})")
        words = {n: {w: [f'{c}="{w}"' for c in cells] for w in _COLOURS} for n, cells in watching.items()}
    own = set(form.names())
    return {
        name: {
            w: tests[0] if len(tests) == 1 else f"OR({','.join(tests)})" for w, tests in found.items() if w in _COLOURS
        }
        for name, found in words.items()
        if name in own
    }


def _told(rule: Rule) -> tuple[str, ...]:
    return rule.places or parse(str(rule.formula)).names


def _own_rules(pack: Pack, kind: str) -> Iterator[Rule]:
    return (r for r in pack.rules if r.form == kind and r.formula)


def _areas(form: SheetForm, name: str) -> Iterator[str]:
    """Single cells only: a whole column in red tells nobody which row is wrong."""
    for cell in form.cells:
        if cell.role is Role.NAME and cell.text == name:
            yield _area(cell)


def _area(cell: FormCell) -> str:
    first = f"{get_column_letter(cell.column)}{cell.row}"
    last = f"{get_column_letter(cell.column + cell.columns - 1)}{cell.row + cell.rows - 1}"
    return f"{first}:{last}"


def _mark_rows(sheet: Worksheet, form: SheetForm, rule: Rule, pack: Pack) -> None:
    """A row-by-row rule colours the row's own cell."""
    table = form.tables.get(str(rule.each))
    if table is None or rule.severity.label not in _COLOURS:
        return

    def in_row(name: str) -> str:
        owner, _, column = name.partition("_")
        same = owner == table.name and column in table.columns
        return f"${get_column_letter(table.columns[column])}{table.first}" if same else name

    texts = row_texts(rule, pack.dictionary)
    complete, held = (rewrite(text, in_row) for text in (texts.complete, texts.held))
    applies = f"{rewrite(texts.when, in_row)}," if texts.when else ""
    formula = f"AND({complete},{applies}NOT({held}))"
    told = next((n for n in (*_told(rule), *texts.columns) if in_row(n) != n), None)
    if told is None:
        return
    letter = get_column_letter(table.columns[told.partition("_")[2]])
    _format(sheet, f"{letter}{table.first}:{letter}{table.last}", formula, _COLOURS[rule.severity.label])


def _format(sheet: Worksheet, area: str, formula: str, colour: str) -> None:
    rule = FormulaRule(formula=[formula], fill=looks.fill_of(colour))  # type: ignore[no-untyped-call]
    rule.dxf.fill.bgColor = rule.dxf.fill.fgColor
    sheet.conditional_formatting.add(area, rule)


def _own_audit(sheet: Worksheet, form: SheetForm, pack: Pack) -> None:
    """The audit lines below a project form, outside its print area."""
    row = form.rows + 2
    for span, head in zip(_SPANS, FORM_AUDIT, strict=True):
        _join(sheet, row, span, head)
    sheet.row_dimensions[row].height = 22
    for offset, rule in enumerate(_own_rules(pack, form.form), 1):
        text = rule_text(rule, pack.dictionary)
        sides = [f'=IF({text.guard},"",IFERROR({side},""))' if side else None for side in (text.left, text.right)]
        state = f"={verdict_text(text, rule.severity.label)}"
        values = (rule.id, rule.title, *sides, state)
        kind = Kind.RATE if rule.unit == "%" else Kind.MONEY if rule.unit in {*MONEY_UNITS, "分"} else None
        for span, value in zip(_SPANS, values, strict=True):
            _join(sheet, row + offset, span, value, kind, array=bool(rule.each))
        first, last = _SPANS[1]
        sheet.row_dimensions[row + offset].height = _height([(rule.title, sum(form.widths[first - 1 : last]))])
    area = f"{get_column_letter(_SPANS[-1][0])}{row + 1}"
    last_row = row + sum(1 for _ in _own_rules(pack, form.form))
    for word, colour in _COLOURS.items():
        target = f"{area}:{get_column_letter(_SPANS[-1][1])}{last_row}"
        _format(sheet, target, f'${area}="{word}"', colour)


def _join(  # noqa: PLR0913 - a cell, its look, and how it is computed
    sheet: Worksheet,
    row: int,
    span: tuple[int, int],
    value: str | None,
    kind: Kind | None = None,
    *,
    array: bool = False,
) -> None:
    """One cell over the columns of `span`: grey where it is computed, a label otherwise."""
    first, last = span
    computed = value is None or value.startswith("=")
    for column in range(first, last + 1):
        if computed:
            looks.style_value(sheet.cell(row, column), kind, looks.COMPUTED, locked=True)
        else:
            looks.style_label(sheet.cell(row, column), Style.HEAD if value in FORM_AUDIT else Style.BODY)
    cell = sheet.cell(row, first)
    side = "left" if span == _SPANS[1] else "center"
    cell.alignment = Alignment(horizontal=side, vertical="center", wrap_text=True)
    if array and value and computed:
        # Excel takes no array formula in merged cells; the look is the same.
        set_formula(cell, value, array=True)
        for column in range(first, last + 1):
            sheet.cell(row, column).alignment = Alignment(horizontal="centerContinuous", vertical="center")
        return
    cell.value = value
    if last > first:
        sheet.merge_cells(start_row=row, start_column=first, end_row=row, end_column=last)
