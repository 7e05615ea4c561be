"""What a report may say (报告数据): one typed value for Word, the report workbook and the public edition.

Templates belong to the office and ask by name; `Scope.names` and `Report.names` are the only places where the
value is laid out as one mapping for them.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from toolkit.core.dictionary import NO_NAMES, Kind, TableRole
from toolkit.core.findings import Severity, by_cause
from toolkit.core.light import dataclass, field, replace
from toolkit.core.money import plain
from toolkit.engines.formula import parse
from toolkit.pack import DATE_TEXT, SUMMARY, UNCHECKED, chart_name
from toolkit.publishing.document.marks import FormEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from toolkit.audit import Audited
    from toolkit.core.findings import AuditResult, Completeness
    from toolkit.core.model import Content, Row
    from toolkit.pack import Pack, Score
    from toolkit.unit import Figures

    PrintedRow: TypeAlias = dict[str, Any]  # column → what a cell or a sentence can print

TRACES = "溯源"
# Names beyond the dictionary that templates may use; `pack check` knows them from here.
CONTEXT_NAMES = ("公开", "单位", DATE_TEXT, SUMMARY, UNCHECKED)

CONTEXT_TABLES: Mapping[str, tuple[str, ...]] = {
    "审核问题": ("序号", "规则", "级别", "工作表", "单元格", "说明", "状态"),
    "未检查事项": ("规则", "内容", "原因"),
    "出错说明": ("规则", "内容", "说明"),
    TRACES: ("范围", "名称", "数值", "来源", "工作表", "单元格", "依据"),
}


PACK_COLUMNS = ("一级文本",)  # its figure is the pack's prescribed points

_SHOWN_MISSING = 8

VERDICTS = {
    "error": "有错误，须改正后重报",
    "incomplete": "数据不全，须补填后重报",
    "warning": "有警示，须说明原因",
    "clean": "通过",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """The values of the workbook or of one project form (一张表的数): fields by name, tables as rows."""

    fields: Mapping[str, Any]
    tables: Mapping[str, list[PrintedRow]]
    kind: str = ""

    @property
    def names(self) -> dict[str, Any]:
        """As templates see it."""
        return {**self.fields, **self.tables}


@dataclass(frozen=True, slots=True)
class AuditWords:
    """What a report says of the audit (审核结果): rows of its tables, and its two sentences."""

    summary: str = ""
    unchecked_summary: str = ""
    problems: tuple[PrintedRow, ...] = ()
    unchecked: tuple[PrintedRow, ...] = ()
    explained: tuple[PrintedRow, ...] = ()

    @property
    def scope(self) -> Scope:
        """Under the names that templates use."""
        tables = zip(CONTEXT_TABLES, (self.problems, self.unchecked, self.explained), strict=False)
        fields = {SUMMARY: self.summary, UNCHECKED: self.unchecked_summary}
        return Scope(fields, {name: list(rows) for name, rows in tables})


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the finished files of one unit say (报告).

    `lists`: kind of form → what templates call the list of them.
    `traces` are the rows of the 溯源 sheet; `public` is what the public edition says of itself, None in the filed one.
    """

    book: Scope
    forms: tuple[Scope, ...]
    audit: AuditWords = AuditWords()
    traces: tuple[PrintedRow, ...] = ()
    public: Mapping[str, Any] | None = None
    lists: Mapping[str, str] = field(default_factory=dict)
    blanks: Mapping[str, Any] = field(default_factory=dict)  # what a Word report of the pack above still asks for

    @property
    def sheet(self) -> Scope:
        """The scope of the workbook, with the audit and the traces."""
        audit = self.audit.scope
        tables = {**self.book.tables, **audit.tables, TRACES: list(self.traces)}
        return Scope({**self.book.fields, **audit.fields}, tables)

    @property
    def names(self) -> dict[str, Any]:
        """All of it, as the Word template sees it."""
        forms = {
            name: [FormEntry(form.names, i) for i, form in enumerate(self.forms, 1) if form.kind == kind]
            for kind, name in self.lists.items()
        }
        return {**self.blanks, **self.sheet.names, **forms, "公开": self.public}

    def with_traces(self, rows: Iterable[PrintedRow]) -> Report:
        """The same with more rows of 溯源."""
        return replace(self, traces=(*self.traces, *rows))


def report_of(audited: Audited) -> Report:
    """The report of one unit: values of all names, rows of all tables, project forms, findings."""
    figures, pack = audited.figures, audited.pack
    book = _section(figures.book, pack)
    more = {"单位": pack.unit, DATE_TEXT: date_text(book.fields.get(pack.dictionary.book.roles.filed_on))}
    book = replace(book, fields={**book.fields, **more, **_chart(figures.book, pack)})
    forms = tuple(_section(form, pack) for form in figures.forms)
    lists = {form.kind: form.listed for form in pack.dictionary.forms}
    return Report(book, forms, audit_words(audited), lists=lists, blanks=_blanks(pack))


def _blanks(pack: Pack) -> dict[str, Any]:
    """Names that the pack dropped: a Word report of the pack above still asks for them."""
    gone, own = pack.gone(), pack.dictionary.book.tables
    lists = [*(table for table in gone.tables if table not in own), *lists_above(pack)]
    return {**dict.fromkeys(gone.fields), **{name: [] for name in lists}}


def lists_above(pack: Pack) -> Iterator[str]:
    """What the reports of packs above call their lists of forms; this pack may have none of the kind."""
    if pack.parent:
        yield from (form.listed for form in pack.parent.dictionary.forms)
        yield from lists_above(pack.parent)


def _section(figures: Figures, pack: Pack) -> Scope:
    space = figures.computed.space
    gone = pack.gone(space.kind) if space.kind else NO_NAMES  # of the workbook they are `blanks`
    fields = {name: content_of(figures, name) for name in space.fields}
    tables = {table: _rows(table, figures, pack) for table in space.tables}
    return Scope(dict.fromkeys(gone.fields) | fields, {name: [] for name in gone.tables} | tables, space.kind)


def _rows(table: str, figures: Figures, pack: Pack) -> list[PrintedRow]:
    view, given = figures.computed, figures.section.rows(table)
    columns = {c: view.column(d.name) for c, d in view.space.tables[table].columns.items() if d.computed}
    above = pack.gone(view.space.kind).tables.get(table)
    blank: PrintedRow = dict.fromkeys(above.columns) if above else {}
    rows = [blank | _row(row, {c: v[i] for c, v in columns.items()}) for i, row in enumerate(given)]
    if view.space.tables[table].role is not TableRole.INDICATORS:
        return rows
    scored = zip(rows, given, view.points, view.scores, strict=True)
    weights = pack.level_weights(view.space.kind)
    return [made | _indicator(made, row, (points, score), weights) for made, row, points, score in scored]


def content_of(figures: Figures, name: str) -> Content:
    """The value of a field for print: computed where computed, dates as dates."""
    datum = figures.computed.space.fields[name]
    if not datum.computed:
        found = figures.section.fields[name].value
        # Words in a number cell are a finding (T04), not a figure to print in a sentence.
        return None if isinstance(found, str) and (datum.kind.is_number or datum.kind is Kind.DATE) else found
    return figures.computed.content(name)


def _row(row: Row, computed: Mapping[str, Any]) -> PrintedRow:
    cells: PrintedRow = {c: cell.value for c, cell in row.cells.items()}
    return cells | {c: (None if isinstance(v, str) and not v else v) for c, v in computed.items()}


def _indicator(
    values: PrintedRow, row: Row, earned: tuple[Decimal | None, Score], weights: Mapping[str, Decimal]
) -> PrintedRow:
    """Columns that only a report shows, put together from staff's columns.

    Points that staff give may be full where the target was missed: the report then says no more than the points.
    """
    roles, (points, score) = row.roles, earned
    weight = values.get(roles.weight)
    lost = weight - points if isinstance(weight, Decimal) and points is not None else None
    level = row.text(roles.first)
    prescribed = weights.get(level)
    return {
        **({roles.first: level} if roles.first else {}),
        "目标文本": _with_unit(row, roles.target, row.text(roles.sign)),
        "完成文本": _with_unit(row, roles.result, ""),
        "一级文本": f"{level}\n（{plain(prescribed)}分）" if prescribed is not None else level,
        "得分过程": score.working,
        "差额": lost,
        "未达": lost == 0 and score.value is not None and score.value < (weight or 0),
        "偏差说明": row.text(roles.reason),
    }


def _with_unit(row: Row, column: str, sign: str) -> str:
    value = row.value(column)
    shown = sign if sign in {"≥", "≤", ">", "<", "="} else ""
    if isinstance(value, Decimal):
        return f"{shown}{plain(value)}{row.text(row.roles.unit)}"
    return row.text(column)


def date_text(value: object) -> str:
    """2024年5月20日; a blank date leaves room to write by hand."""
    if isinstance(value, dt.date):
        return f"{value.year}年{value.month}月{value.day}日"
    return "　　年　月　日"


def audit_words(audited: Audited) -> AuditWords:
    """What the audit of a unit says in a report."""
    result = audited.result
    titles = audited.pack.titles
    explained = {f.rule for f in result.findings if f.explained}
    return AuditWords(
        summary_of(result) + (f"{audited.pack.supplement.told}。" if audited.pack.supplement else ""),
        f"共 {len(result.not_checked)} 条规则缺少数据。补填后请再次检查。",
        tuple(_problems(result)),
        tuple({"规则": n.rule, "内容": titles.get(n.rule, ""), "原因": n.reason} for n in result.not_checked),
        tuple(
            {"规则": rule, "内容": titles.get(rule, ""), "说明": text}
            for rule, text in audited.unit.explanations.items()
            if rule in explained
        ),
    )


def summary_of(result: AuditResult) -> str:
    """结论：通过。错误 0 个……"""
    counts = "、".join(f"{s.label} {len(result.of(s))} 个" for s in Severity)
    told = f"通过 {len(result.passed)} 条，未检查 {len(result.not_checked)} 条"
    return f"结论：{VERDICTS[result.verdict]}。{counts}，{told}。{_lacking(result.completeness)}"


def _lacking(found: Completeness) -> str:
    """填报完整度 as a sentence, where something is missing."""
    if not found.missing:
        return ""
    names = "、".join(m.title for m in found.missing[:_SHOWN_MISSING])
    more = "等" if len(found.missing) > _SHOWN_MISSING else ""
    return f"必填 {found.required} 项，已填 {found.filled} 项，还缺{names}{more}。"


def _problems(result: AuditResult) -> Iterator[PrintedRow]:
    told = ((f, i) for lead, others in by_cause(result.findings) for i, f in enumerate((lead, *others)))
    for number, (f, below) in enumerate(told, 1):
        yield {
            "序号": Decimal(number),
            "规则": f.rule,
            "级别": f.severity.label,
            "工作表": f.sheet,
            "单元格": f.cells[0].address if f.cells else "",
            "说明": f"{'　由上面一处引起：' if below else ''}{f.message}",
            "状态": "已说明" if f.explained else "",
        }
    if not result.findings:  # an empty row would look as if the audit had not been made
        yield dict.fromkeys(("序号", "规则", "级别", "工作表", "单元格", "状态"), "") | {"说明": "未发现问题。"}


def _chart(book: Figures, pack: Pack) -> PrintedRow:
    """Scores by first-level indicator, for the chart sheet; a level without a score stays blank."""
    view = book.computed
    scored = {level for level, score, _ in points(book, pack) if score is not None}
    names = zip(pack.weights, chart_formulas(pack).items(), strict=True)
    return {name: parse(text).evaluate(view) if level in scored else None for level, (name, text) in names}


@lru_cache(maxsize=16)
def chart_formulas(pack: Pack) -> Mapping[str, str]:
    """The score of each first level under the name that charts use → the formula that gives it."""
    table = pack.dictionary.book.table(TableRole.INDICATORS)
    first, score = table.full_name(table.roles.first), table.full_name(table.roles.score)
    summed = f'SUMIF({first},"{{}}",{score})' if first and score else '""'
    items = {level: ",".join(i.score_name for i in pack.scored if i.levels[0] == level) for level in pack.weights}
    return {chart_name(level): f"SUM({own})" if own else summed.format(level) for level, own in items.items()}


def points(book: Figures, pack: Pack) -> list[tuple[str, Decimal | None, Decimal | None]]:
    """What the total is made of: the first level, the points and the most of them, of each 评分项, else indicator."""
    if items := pack.scored:
        return [(i.levels[0], book.computed.number(i.score_name), i.weight) for i in items]
    rows = zip(book.section.indicators, book.computed.points, strict=True)
    return [(row.text(row.roles.first), earned, row.number(row.roles.weight)) for row, earned in rows]
