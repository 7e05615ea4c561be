"""Checks that no formula can say (程序检查): texts, covers, and cells outside the rules' reach.

One function per check, named in the pack's `check = "…"`; the indicator rows have a module of their own.
"""

from __future__ import annotations

from decimal import Decimal
from functools import wraps
from typing import TYPE_CHECKING

from toolkit.audit.checks.context import Answer, failed, finding_at, passed, unchecked
from toolkit.audit.checks.indicators import ROW_CHECKS
from toolkit.audit.checks.prose import PROSE_CHECKS
from toolkit.audit.checks.scores import INDICATOR_CHECKS
from toolkit.audit.checks.secrecy import DISCLOSURE_CHECKS
from toolkit.audit.checks.sources import SOURCE_CHECKS
from toolkit.audit.checks.texts import TEXT_CHECKS
from toolkit.audit.checks.walks import money_cells
from toolkit.core.dictionary import Kind
from toolkit.core.findings import CellRef, Finding
from toolkit.core.light import dataclass, replace
from toolkit.core.model import TYPED_AS_TEXT
from toolkit.core.money import figure, money_factor, plain, round_half_up
from toolkit.core.patterns import late
from toolkit.core.words import shorten
from toolkit.pack import audit_settings
from toolkit.unit import folded, pairing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from toolkit.audit.checks.context import Audit
    from toolkit.core.dictionary import Columns, Fields, NameSpace
    from toolkit.core.model import Cell, Row, Section
    from toolkit.pack import BudgetKind, Rule
    from toolkit.unit import Figures, Pairing

_CODE = late(r"[0-9A-Za-z-]+")

_SMALLEST, _TEN_THOUSAND = "元", 10_000

NO_BUDGET_WORDS = ("无", "没有", "未发生", "不涉及")


def fund_rows_without_score(rule: Rule, context: Audit) -> Iterator[Answer]:
    """A12: the 其中 rows of a project form carry neither 分值 nor 得分."""
    forms = [f for f in context.figures.forms if f.section.roles.fund_parts]
    if not forms:
        yield unchecked("没有填报列出资金组成的自评表")
    for figures in forms:
        section = figures.section
        rows = {_row_of(section.cell(name).ref): _part(name) for name in section.roles.fund_parts}
        strays = [s for s in context.unit.strays if s.ref.sheet == figures.section.sheet and _row_of(s.ref) in rows]
        for stray in strays:
            fact = f"{rows[_row_of(stray.ref)]}行填了“{shorten(str(stray.value))}”，这一行不设分值、执行率和得分"
            yield failed(finding_at(rule, stray.ref, fact, context.project(figures)))
        if not strays:
            yield passed()


def _part(name: str) -> str:
    """财政拨款 of 自评·财政拨款·全年执行数: what the row is of."""
    return (name.split("_")[:-1] or [name])[-1]


def _row_of(ref: CellRef) -> str:
    return ref.address.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


@dataclass(frozen=True, slots=True)
class _Listing:
    """A table of the workbook that lists forms (清单), its rows, and the forms of the kinds that it lists."""

    kinds: tuple[NameSpace, ...]
    rows: tuple[Row, ...]
    forms: tuple[Figures, ...]

    @property
    def what(self) -> str:
        """What the rows are: 项目, 政策."""
        return "、".join(space.kind for space in self.kinds)


def _listings(rule: Rule, context: Audit) -> Iterator[_Listing]:
    """The listings that have something to compare; of a rule for one kind of form only those of that kind."""
    for table, kinds in context.pack.dictionary.listings:
        asked = tuple(space for space in kinds if rule.form in {"", space.kind})
        if asked:
            forms = tuple(f for f in context.figures.forms if f.section.space in asked)
            yield _Listing(asked, context.unit.book.rows(table.name), forms)


def _each_listing(judge: Callable[[Rule, _Listing, Audit], Iterator[Answer]]) -> Callable[..., Iterator[Answer]]:
    """Make a check of the judge of one listing; one with nothing on either side is not judged."""

    @wraps(judge)
    def check(rule: Rule, context: Audit) -> Iterator[Answer]:
        listed = list(_listings(rule, context))
        if not listed:
            yield unchecked("规则包没有写明哪张明细表列出这些表")
        for listing in listed:
            if listing.rows and listing.forms:
                yield from judge(rule, listing, context)
            else:
                yield unchecked(f"{listing.what}的明细或自评表没有填")

    return check


@_each_listing
def project_form_agrees(rule: Rule, listing: _Listing, context: Audit) -> Iterator[Answer]:
    """A13: amounts of a project are the same on its form and in the project table; `amounts_told` says which."""
    for figures in listing.forms:
        section = figures.section
        row = next((r for r, _ in pairing(listing.rows, [section]).pairs), None)
        if row is None:
            yield _nothing_beside(section)
            continue
        for own, column in zip(amounts_told(rule, section.roles), amounts_told(rule, row.roles), strict=True):
            yield _same_amount(rule, context, figures, own, row.cell(column))


def _nothing_beside(section: Section) -> Answer:
    return unchecked(f"{section.space.kind}“{section.name}”在明细表中没有对应的数")


def amounts_told(rule: Rule, roles: Fields | Columns) -> tuple[str, ...]:
    """What a rule of A13 compares: what was spent, or both budgets; nothing for any other rule."""
    told = {"project_form_agrees": (roles.spent,), "project_budget_agrees": (roles.opening, roles.budget)}
    return told.get(rule.check or "", ())


def _same_amount(rule: Rule, context: Audit, figures: Figures, own: str, listed: Cell) -> Answer:
    filed, amount = figures.computed.number(own), listed.value
    if filed is None or not isinstance(amount, Decimal):
        return _nothing_beside(figures.section)
    total, unit = filed * context.pack.factor(figures.section.space), context.pack.unit  # as the table counts
    gap, here, there = abs(total - amount), figures.section.cell(own).ref, listed.ref
    if gap <= rule.tolerance:
        return passed()
    fact = (
        f"{own.rpartition('_')[2]} {figure(total)} {unit}，"
        f"应等于明细表的 {figure(amount)} {unit}（{there}），"
        f"相差 {figure(gap)} {unit}（允许相差 {plain(rule.tolerance)}）"
    )
    found = finding_at(rule, here, fact, context.project(figures))
    return failed(
        replace(found, cells=(here, there), left=total, right=amount, difference=gap, tolerance=rule.tolerance)
    )


@_each_listing
def projects_match_forms(rule: Rule, listing: _Listing, context: Audit) -> Iterator[Answer]:
    """A13: every listed project has one form, every form is of a listed project, names and codes agree."""
    found = pairing(listing.rows, [figures.section for figures in listing.forms])
    faults = [
        *_twins(rule, listing),
        *_unformed(rule, listing, found, context),
        *_unlisted(rule, listing, found),
        *_unlike(rule, found),
        *_copies(rule, found),
    ]
    yield from map(failed, faults)
    if not faults:
        yield passed()


def forms_differ(rule: Rule, context: Audit) -> Iterator[Answer]:
    """A13: of forms that no table lists, each tells of a project of its own; a copied one has to be edited."""
    unlisted = [f.section for f in context.figures.forms if not f.section.space.listed_in]
    first: dict[tuple[str, str], Section] = {}
    if not unlisted:
        yield unchecked("没有填明细表以外的自评表")
    for form in unlisted:
        cells = [form.cell(name) for name in filter(None, (form.roles.name, form.roles.code))]
        keys = [(form.space.kind, folded(str(cell.value))) for cell in cells if not cell.blank]
        earlier = next((first[key] for key in keys if key in first), None)
        for key in keys:
            first.setdefault(key, form)
        if earlier is None:
            yield passed()
            continue
        fact = f"{form.space.kind}“{form.name}”的名称或编码与「{earlier.sheet}」相同，可能是复制以后没有改"
        yield failed(finding_at(rule, cells[0].ref, fact))


def _twins(rule: Rule, listing: _Listing) -> Iterator[Finding]:
    """The same name or code twice in the table."""
    roles = listing.rows[0].roles
    for column in filter(None, (roles.name, roles.code)):
        first: dict[str, Cell] = {}
        for row in listing.rows:
            cell, key = row.cell(column), folded(row.text(column))
            if key and key in first:
                fact = f"{listing.what}{column}“{row.text(column)}”与 {first[key].ref.address} 重复"
                yield finding_at(rule, cell.ref, fact)
            first.setdefault(key, cell)


def _unformed(rule: Rule, listing: _Listing, found: Pairing, context: Audit) -> Iterator[Finding]:
    for row in found.unformed:
        sheets = "或".join(context.pack.form_sheets.get(space.kind, space.listed) for space in listing.kinds)
        yield finding_at(rule, row.cell(row.roles.name).ref, f"{listing.what}“{row.name}”没有{sheets}")


def _unlisted(rule: Rule, listing: _Listing, found: Pairing) -> Iterator[Finding]:
    table = listing.rows[0].cell(listing.rows[0].roles.name).ref.sheet
    for form in found.unlisted:
        cell = form.cell(form.roles.name)
        name = f"“{form.name}”" if not cell.blank else "（名称空着）"
        yield finding_at(rule, cell.ref, f"{form.space.kind}{name}不在「{table}」里")


def _unlike(rule: Rule, found: Pairing) -> Iterator[Finding]:
    """The same project, but its name or code is written differently; a code left out on the form is no fault."""
    for row, form in found.pairs:
        for own, column in ((form.roles.name, row.roles.name), (form.roles.code, row.roles.code)):
            cell, listed = form.cell(own), row.cell(column)
            if cell.blank or listed.blank or folded(str(cell.value)) == folded(str(listed.value)):
                continue
            fact = f"{form.space.kind}{column}“{cell.value}”与明细表的“{listed.value}”（{listed.ref}）不一致"
            yield finding_at(rule, cell.ref, fact)


def _copies(rule: Rule, found: Pairing) -> Iterator[Finding]:
    """Two forms for one project: a copied sheet that was not edited."""
    first: dict[int, Section] = {}
    for row, form in found.pairs:
        if earlier := first.get(id(row)):
            cell = form.cell(form.roles.name)
            fact = f"与「{earlier.sheet}」是同一个{form.space.kind}“{row.name}”，可能是复制以后没有改"
            yield finding_at(rule, cell.ref, fact)
        first.setdefault(id(row), form)


def budget_kind_text(rule: Rule, context: Audit) -> Iterator[Answer]:
    """A19: a budget of 0 says 无; one with money has a text."""
    for kind in context.pack.budget_kinds:
        yield _budget_kind(rule, kind, context)


def _budget_kind(rule: Rule, kind: BudgetKind, context: Audit) -> Answer:
    amount, text = context.unit.book.fields[kind.amount], context.unit.book.fields[kind.text]
    if not isinstance(amount.value, Decimal):
        return unchecked(f"{kind.title}没有填金额")
    if amount.value == 0 and not text.blank and not any(w in str(text.value) for w in NO_BUDGET_WORDS):
        return failed(finding_at(rule, text.ref, f"{kind.title}金额为 0（{amount.ref}），文字却没有写明“无”"))
    if amount.value > 0 and text.blank:
        shown = round_half_up(amount.value, 2)
        return failed(
            finding_at(
                rule, text.ref, f"{kind.title}金额 {shown} {context.pack.unit}（{amount.ref}），应有文字说明，现在空着"
            )
        )
    return passed()


def amounts_in_unit(rule: Rule, context: Audit) -> Iterator[Answer]:
    """A20: amounts that look like 元 in a 万元 form; one finding per sheet, naming its cells."""
    limit = audit_settings(context.pack).unit_limit
    cells: list[Cell] = []
    suspects: dict[tuple[str, str], list[Cell]] = {}
    for figures in context.figures.all:
        unit = figures.section.space.unit
        if unit == _SMALLEST:  # an amount in 元 cannot be 元 by mistake
            continue
        cells += (cell for _, cell in money_cells(figures))
        scaled = limit and limit * money_factor("万元", unit)
        for _, cell in money_cells(figures):
            if scaled is not None and isinstance(cell.value, Decimal) and _in_yuan(cell.value, scaled):
                suspects.setdefault((cell.ref.sheet, unit), []).append(cell)
    for (_, unit), found in suspects.items():
        shown = f"{Decimal(str(found[0].value)):,.0f} " + (f"等 {len(found)} 格" if len(found) > 1 else "")
        text = f"{found[0].ref}：金额 {shown}数额很大且没有小数，表样单位是{unit}，可能按元填写"
        yield failed(Finding(rule.id, rule.severity, tuple(c.ref for c in found), f"{text}。{rule.action}[{rule.id}]"))
    apart = [] if suspects else [*_jumps(rule, context), *_in_two_units(rule, context)]
    yield from apart
    if not suspects and not apart:
        counted = any(figures.section.space.unit != _SMALLEST for figures in context.figures.all)
        why = "没有填金额" if counted else f"表样按{_SMALLEST}填报，不会错填成{_SMALLEST}"
        yield passed() if any(not c.blank for c in cells) else unchecked(why)


def _in_yuan(value: Decimal, limit: Decimal) -> bool:
    return abs(value) >= limit and value == value.to_integral_value()


def _jumps(rule: Rule, context: Audit) -> Iterator[Answer]:
    """This year's figure is a hundred times last year's, or last year's is of this year's."""
    factor, book = audit_settings(context.pack).year_factor, context.unit.book
    for name, last in book.roles.last_year.items():
        cell, before = book.cell(name), book.cell(last)
        if factor is None or not isinstance(cell.value, Decimal) or not isinstance(before.value, Decimal):
            continue
        now, past = (cell.value, cell, name), (before.value, before, last)
        for (high, place, label), (low, _, other) in ((now, past), (past, now)):
            if 0 < low * factor < high:
                column = other.rpartition("_")[2]
                fact = f"{context.label(label)} {figure(high)} 超过{column} {figure(low)} 的 {plain(factor)} 倍"
                yield failed(finding_at(rule, place.ref, f"{fact}，可能单位不一致"))


def _in_two_units(rule: Rule, context: Audit) -> Iterator[Answer]:
    """612.5 beside 6 200 000 in one row of a form in 元: what was spent, or the budget, is in 万元."""
    for figures in (f for f in context.figures.all if f.section.space.unit == _SMALLEST):
        rows: dict[str, list[tuple[Decimal, str, Cell]]] = {}
        for name, cell in money_cells(figures):
            if isinstance(cell.value, Decimal) and cell.value > 0 and not cell.formula:
                rows.setdefault(name.rpartition("_")[0], []).append((cell.value, name, cell))
        for found in rows.values():
            (low, name, cell), (high, _, other) = min(found), max(found)
            if _TEN_THOUSAND <= 2 * high / low <= 4 * _TEN_THOUSAND:
                ours, theirs = f"{figure(low)} {_SMALLEST}", f"{figure(high)} {_SMALLEST}"
                fact = f"{context.label(name)} {ours}，约是 {other.ref.address} {theirs}的万分之一，像是按万元填的"
                yield failed(finding_at(rule, cell.ref, fact, context.project(figures)))


def number_typed_as_text(rule: Rule, context: Audit) -> Iterator[Answer]:
    """A21: "620.82万元", "1,234.5", full-width digits: read, and reported."""
    noted = [n for n in context.unit.notes if n.kind == TYPED_AS_TEXT]
    for note in noted:
        read = plain(note.cell.value) if isinstance(note.cell.value, Decimal) else ""
        fact = f"{context.label(note.name)}填的是文字“{shorten(str(note.cell.raw))}”，应填数字，已读作 {read}"
        yield failed(finding_at(rule, note.cell.ref, fact))
    if not noted:
        yield passed()


def no_negative_amount(rule: Rule, context: Audit) -> Iterator[Answer]:
    """A22: amounts are not negative, budget adjustments excepted."""
    cells = [(n, c) for f in context.figures.all for n, c in money_cells(f)]
    exempt = {n for f in context.figures.all for n in f.section.roles.may_be_negative}
    negative = [(n, c) for n, c in cells if isinstance(c.value, Decimal) and c.value < 0 and n not in exempt]
    for name, cell in negative:
        yield failed(
            finding_at(rule, cell.ref, f"{context.label(name)}为 {plain(Decimal(str(cell.value)))}，金额不应为负数")
        )
    if not negative:
        yield passed() if any(not c.blank for _, c in cells) else unchecked("没有填金额")


def outline_complete(rule: Rule, context: Audit) -> Iterator[Answer]:
    """D70: every section of the outline has something to say; all empty ones in one finding.

    A return without a word of text (only tables were collected) is not judged.
    """
    filled = {s.title: [c for n in s.needs for c in _cells_of(n, context)] for s in context.pack.outline}
    data = context.pack.dictionary.book.fields
    texts = [c for n, c in context.unit.book.fields.items() if data[n].kind is Kind.LONG]
    if all(c.blank for c in texts):
        yield unchecked("没有填报告文字（绩效情况表）")
        return
    empty = [s for s in context.pack.outline if all(c.blank for c in filled[s.title])]
    if not empty:
        yield passed()
        return
    fields = context.unit.book.fields
    refs = tuple(fields[n].ref for s in empty for n in s.needs if n in fields)
    names = "、".join(f"“{s.title}”" for s in empty)
    place = f"{refs[0]}：" if refs else ""
    message = f"{place}报告有 {len(empty)} 部分没有内容（{names}），提纲的每一部分都应填写。{rule.action}[{rule.id}]"
    yield failed(Finding(rule.id, rule.severity, refs, message))


def _cells_of(name: str, context: Audit) -> list[Cell]:
    parts = context.pack.dictionary.book.split(name)
    return list(context.unit.book.column(*parts)) if parts else [context.unit.book.cell(name)]


def cover_complete(rule: Rule, context: Audit) -> Iterator[Answer]:
    """D73: no cover field is blank, and the year is the pack's; all blanks in one finding."""
    fields = context.unit.book.fields
    blank = [n for n in context.pack.cover if n in fields and fields[n].blank]
    if blank:
        names = "、".join(map(context.label, blank))
        refs = tuple(fields[n].ref for n in blank)
        message = f"{refs[0]}：封面有 {len(blank)} 项没有填（{names}），应填写齐全。{rule.action}[{rule.id}]"
        yield failed(Finding(rule.id, rule.severity, refs, message))
    year = context.unit.book.cell(context.unit.book.roles.year)
    if isinstance(year.value, Decimal) and year.value != context.pack.year:
        fact = f"封面年度为 {plain(year.value)}，应为表样的年度 {context.pack.year}"
        yield failed(finding_at(rule, year.ref, fact))
    elif not blank:
        yield passed()
    code = context.unit.book.cell(context.unit.book.roles.code)
    if not code.blank and not _CODE.fullmatch(folded(str(code.value))):
        fact = f"{context.label(context.unit.book.roles.code)}填的是“{shorten(str(code.value))}”，应为数字或字母"
        yield failed(finding_at(rule, code.ref, fact))


CHECKS: Mapping[str, Callable[[Rule, Audit], Iterator[Answer]]] = {
    **DISCLOSURE_CHECKS,
    **INDICATOR_CHECKS,
    **ROW_CHECKS,
    **TEXT_CHECKS,
    **PROSE_CHECKS,
    **SOURCE_CHECKS,
    "amounts_in_unit": amounts_in_unit,
    "budget_kind_text": budget_kind_text,
    "cover_complete": cover_complete,
    "forms_differ": forms_differ,
    "fund_rows_without_score": fund_rows_without_score,
    "no_negative_amount": no_negative_amount,
    "number_typed_as_text": number_typed_as_text,
    "outline_complete": outline_complete,
    "project_budget_agrees": project_form_agrees,
    "project_form_agrees": project_form_agrees,
    "projects_match_forms": projects_match_forms,
}
