"""Live marks on the forms (随填随查): failed cells turn red or yellow, and each project form judges itself.

The marks follow the 状态 column of the 审核 sheet; rules of project forms stand on the form itself,
because a copied sheet takes its own names along and the 审核 sheet cannot know the copies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter

from toolkit import template_styles as looks
from toolkit.dictionary import Kind
from toolkit.forms import Role, Style
from toolkit.formula import parse, rewrite
from toolkit.rule_text import audit_lines, rule_text, verdict_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from openpyxl.worksheet.worksheet import Worksheet

    from toolkit.forms import FormCell, SheetForm
    from toolkit.pack import Pack
    from toolkit.rules import Rule

_COLOURS = {"错误": "FF9999", "警示": "FFD966"}
_STATES = "审核_状态"
_SPANS = ((1, 1), (2, 4), (5, 6), (7, 8), (9, 11))  # 规则, 内容, 左边, 右边, 状态
_HEADS = ("规则", "本表审核（随填随算）", "左边", "右边", "状态")


def mark_form(sheet: Worksheet, form: SheetForm, pack: Pack) -> None:
    """Add the conditional formats of one drawn sheet, and the audit lines of a project form."""
    for name, formulas in _marks(form, pack).items():
        for area in _areas(form, name):
            for word, formula in formulas.items():
                _format(sheet, area, formula, _COLOURS[word])
    for rule in pack.rules:
        if rule.formula and rule.each and rule.form == form.form:
            _mark_rows(sheet, form, rule)
    if form.form:
        _own_audit(sheet, form, pack)


def _marks(form: SheetForm, pack: Pack) -> Mapping[str, Mapping[str, str]]:
    """Name → state word → formula that is TRUE while a rule about that name is in this state."""
    watching: dict[str, list[str]] = {}
    words: dict[str, dict[str, list[str]]] = {}
    if form.form:
        for rule in (r for r in _own_rules(pack) if not r.each):
            failing = f'{verdict_text(rule_text(rule, pack.dictionary))}="不符"'
            for name in _told(rule):
                words.setdefault(name, {}).setdefault(rule.severity.label, []).append(failing)
    else:
        for index, line in enumerate(audit_lines(pack.rules, pack.dictionary), 1):
            if line.text and not line.rule.each:
                for name in _told(line.rule):
                    watching.setdefault(name, []).append(f"INDEX({_STATES},{index})")
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


def _own_rules(pack: Pack) -> Iterator[Rule]:
    return (r for r in pack.rules if r.form and r.formula)


def _areas(form: SheetForm, name: str) -> Iterator[str]:
    """Single cells only: a whole column in red tells nobody which row is wrong."""
    for cell in form.cells:
        if cell.role is Role.NAME and cell.text == name:
            yield _area(cell)


def _area(cell: FormCell) -> str:
    first = f"{get_column_letter(cell.column)}{cell.row}"
    last = f"{get_column_letter(cell.column + cell.columns - 1)}{cell.row + cell.rows - 1}"
    return f"{first}:{last}"


def _mark_rows(sheet: Worksheet, form: SheetForm, rule: Rule) -> None:
    """A row-by-row rule colours the row's own cell."""
    table = form.tables.get(str(rule.each))
    if table is None or rule.severity.label not in _COLOURS:
        return

    def in_row(name: str) -> str:
        owner, _, column = name.partition("_")
        same = owner == table.name and column in table.columns
        return f"${get_column_letter(table.columns[column])}{table.first}" if same else name

    complete = ",".join(f"ISNUMBER({in_row(n)})" for n in rule.needs or ())
    formula = f"AND({complete},NOT({rewrite(str(rule.formula), in_row)}))"
    letter = get_column_letter(table.columns[_told(rule)[0].partition("_")[2]])
    _format(sheet, f"{letter}{table.first}:{letter}{table.last}", formula, _COLOURS[rule.severity.label])


def _format(sheet: Worksheet, area: str, formula: str, colour: str) -> None:
    rule = FormulaRule(formula=[formula], fill=looks.fill_of(colour))  # type: ignore[no-untyped-call]
    rule.dxf.fill.bgColor = rule.dxf.fill.fgColor
    sheet.conditional_formatting.add(area, rule)


def _own_audit(sheet: Worksheet, form: SheetForm, pack: Pack) -> None:
    """The audit lines below a project form, outside its print area."""
    row = form.rows + 2
    for span, head in zip(_SPANS, _HEADS, strict=True):
        _join(sheet, row, span, head)
    sheet.row_dimensions[row].height = 22
    for offset, rule in enumerate(_own_rules(pack), 1):
        text = rule_text(rule, pack.dictionary)
        sides = [f'=IF({text.guard},"",IFERROR({side},""))' if side else None for side in (text.left, text.right)]
        state = f"={verdict_text(text, rule.severity.label)}"
        values = (rule.id, rule.title, *sides, state)
        kind = Kind.RATE if rule.unit == "%" else Kind.MONEY if rule.unit in {"万元", "分"} else None
        for span, value in zip(_SPANS, values, strict=True):
            _join(sheet, row + offset, span, value, kind)
        sheet.row_dimensions[row + offset].height = 20
    area = f"{get_column_letter(_SPANS[-1][0])}{row + 1}"
    last_row = row + sum(1 for _ in _own_rules(pack))
    for word, colour in _COLOURS.items():
        target = f"{area}:{get_column_letter(_SPANS[-1][1])}{last_row}"
        _format(sheet, target, f'${area}="{word}"', colour)


def _join(sheet: Worksheet, row: int, span: tuple[int, int], value: str | None, kind: Kind | None = None) -> None:
    """One cell over the columns of `span`: grey where it is computed, a label otherwise."""
    first, last = span
    computed = value is None or value.startswith("=")
    for column in range(first, last + 1):
        if computed:
            looks.style_value(sheet.cell(row, column), kind, looks.COMPUTED, locked=True)
        else:
            looks.style_label(sheet.cell(row, column), Style.HEAD if value in _HEADS else Style.BODY)
    cell = sheet.cell(row, first)
    cell.value = value
    side = "left" if span == _SPANS[1] else "center"
    cell.alignment = Alignment(horizontal=side, vertical="center", wrap_text=True)
    if last > first:
        sheet.merge_cells(start_row=row, start_column=first, end_row=row, end_column=last)
