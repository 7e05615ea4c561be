"""公开版 public edition: its files, made from a report that never held what is withheld.

What a public report may say (公开数据): the filed values, chosen name by name; nothing is deleted afterwards.

Only names of the dictionary enter, and of them only what the plan shows. Findings, traces, explanations and
internal columns never do. Totals stay those of the filed edition.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from toolkit import __version__
from toolkit.audit.secrecy import facts_of, money_columns, plan_of, printed_columns, withheld_fields
from toolkit.core.dictionary import TableRole
from toolkit.core.errors import PackError
from toolkit.core.findings import Severity
from toolkit.core.light import dataclass, replace
from toolkit.core.money import plain
from toolkit.core.words import as_text, dump_json
from toolkit.pack import (
    CHART,
    DATE_TEXT,
    DOCUMENT_NAME,
    INDICATOR_COLUMNS,
    PUBLIC_NAME,
    PUBLIC_NOTE,
    PUBLIC_NUMBER,
    PUBLIC_TOTALS,
    REPORT_NAME,
    RESULT_NAME,
    disclosure_settings,
)
from toolkit.publishing.document import Report, Scope, report_of
from toolkit.publishing.workbooks import beyond_room, public_workbook

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from toolkit.audit import Audited
    from toolkit.audit.secrecy import Facts, Plan, Project
    from toolkit.core.dictionary import NameSpace
    from toolkit.core.findings import Finding
    from toolkit.pack import DisclosureSettings, Pack
    from toolkit.publishing.document import DocumentTemplate, PrintedRow
    from toolkit.publishing.schemas import PublicFormJson, PublicJson, PublicTables


@dataclass(frozen=True, slots=True)
class PublicEdition:
    """What a run wrote for publication (公开版): files, or the findings for which it was refused."""

    folder: Path
    files: tuple[Path, ...] = ()
    refused: tuple[Finding, ...] = ()


def public_files(audited: Audited, document: DocumentTemplate) -> tuple[dict[str, bytes], tuple[Finding, ...]]:
    """The files of the public edition by name; none, and the findings that forbid it, where it is refused.

    Raises:
        PackError: the pack does not say what is public, or its 公开报表.xlsx has not been built.
    """
    pack = audited.pack
    blocking = disclosure_settings(pack).blocking
    if not (pack.folder / PUBLIC_NAME).is_file():
        raise PackError(f"规则包 {pack.id} 里没有 {PUBLIC_NAME}，不能生成公开版。请先运行 jixiao pack build。")
    refused = tuple(f for f in audited.result.of(Severity.ERROR) if f.rule in blocking)
    if refused:
        return {}, refused
    plan = plan_of(audited.unit, pack)
    report = public_report(report_of(audited), plan, facts_of(audited.unit, audited.figures, pack), pack)
    overflow = beyond_room(report, pack, PUBLIC_NAME)
    if overflow:
        return {}, tuple(overflow)
    workbook = public_workbook(_for_cells(report, plan, pack), pack)
    text = dump_json(public_json(report, pack))
    return {REPORT_NAME: workbook, DOCUMENT_NAME: document.render(report.names), RESULT_NAME: text.encode()}, ()


def public_json(report: Report, pack: Pack) -> PublicJson:
    """result.json of the public edition: what the public tables show, for programs. No sources, no findings."""
    return {
        "schema": "jixiao.public/1",
        "pack": pack.id,
        "pack_version": pack.version,
        "toolkit_version": __version__,
        "note": report.book.fields[PUBLIC_NOTE],
        "fields": _filled(report.book.fields, pack.dictionary.book.fields),
        "tables": _tables(report.book, pack.dictionary.book),
        "project_forms": [_form(form, pack.dictionary.kind(form.kind)) for form in report.forms],
    }


def _form(scope: Scope, space: NameSpace) -> PublicFormJson:
    found: PublicFormJson = {"fields": _filled(scope.fields, space.fields), "tables": _tables(scope, space)}
    if space.told:
        found["kind"] = space.kind
    return found


def _tables(scope: Scope, space: NameSpace) -> PublicTables:
    tables = {t: [_filled(row, spec.columns) for row in scope.tables[t]] for t, spec in space.tables.items()}
    return {table: rows for table, rows in tables.items() if rows}


def _filled(values: Mapping[str, Any], names: Mapping[str, object]) -> dict[str, str]:
    return {n: _text(values[n]) for n in names if values[n] is not None and values[n] != ""}


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    return as_text(value) if isinstance(value, (str, bool, dt.date)) else str(value)


NOT_SHOWN = "不公开"


def public_names(pack: Pack) -> tuple[str, ...]:
    """Names beyond the dictionary that the public tables may use."""
    table = pack.dictionary.book.table(TableRole.PROJECTS)
    totals = (f"{PUBLIC_TOTALS}{column}" for column in money_columns(pack))
    return (PUBLIC_NOTE, table.full_name(PUBLIC_NUMBER), *totals)


_INTERNAL_COLUMNS = frozenset({"得分过程"})


def public_report(filed: Report, plan: Plan, facts: Facts, pack: Pack) -> Report:
    """The report of the public edition, from the filed one."""
    settings = disclosure_settings(pack)
    withheld = withheld_fields(plan, pack)
    note = settings.note if plan.protected or plan.fields else settings.merged_note if plan.hidden else ""
    book = _public_scope(filed.book, pack.dictionary.book, settings, withheld)
    kept = {n: v for n, v in filed.book.fields.items() if n in {"单位", DATE_TEXT} or n.startswith(CHART)}
    fields = {**book.fields, **kept, PUBLIC_NOTE: note, **_totals(plan, facts)}
    tables, projects = dict(book.tables), pack.dictionary.book.table(TableRole.PROJECTS).name
    if projects in tables:
        tables[projects] = _projects(tables[projects], plan, facts, pack)
    shown = [filed.forms[i] for i in plan.forms]
    forms = [_public_scope(f, pack.dictionary.kind(f.kind), settings, frozenset()) for f in shown]
    signed = list(settings.signed_off.values())
    told = {"说明": note, "审签": signed, "列示": len(plan.shown), "不公开": withheld}
    return Report(Scope(fields, tables), tuple(forms), public=told, lists=filed.lists, blanks=filed.blanks)


def _for_cells(report: Report, plan: Plan, pack: Pack) -> Report:
    """For the workbook: cells of withheld figures say so, where sentences leave them out."""
    fields = {**report.book.fields, **dict.fromkeys(withheld_fields(plan, pack), NOT_SHOWN)}
    return replace(report, book=replace(report.book, fields=fields))


def _public_scope(filed: Scope, space: NameSpace, settings: DisclosureSettings, withheld: frozenset[str]) -> Scope:
    gone = {*settings.drop_fields, settings.more_field, *withheld}
    fields = dict.fromkeys(filed.fields) | {n: None if n in gone else filed.fields[n] for n in space.fields}
    tables: dict[str, list[PrintedRow]] = {name: [] for name in filed.tables}
    for table, spec in space.tables.items():
        shown = [c for c in spec.columns if f"{table}_{c}" not in settings.drop_columns]
        shown += (
            [c for c in INDICATOR_COLUMNS if c not in _INTERNAL_COLUMNS] if spec.role is TableRole.INDICATORS else []
        )
        rows = [] if table in settings.drop_tables else filed.tables[table]
        blank = dict.fromkeys([*spec.columns, *_INTERNAL_COLUMNS])
        tables[table] = [dict.fromkeys(row) | blank | {c: row[c] for c in shown} for row in rows]
    return Scope(fields, tables, space.kind)


def _projects(rows: list[PrintedRow], plan: Plan, facts: Facts, pack: Pack) -> list[PrintedRow]:
    """The rows shown by themselves, then one line for all others."""
    found = [rows[p.index] for p in plan.shown]
    if plan.hidden:
        found.append(_shared_line(plan, facts, pack))
    return [row | {PUBLIC_NUMBER: Decimal(i)} for i, row in enumerate(found, 1)]


def _shared_line(plan: Plan, facts: Facts, pack: Pack) -> PrintedRow:
    settings = disclosure_settings(pack)
    table = pack.dictionary.book.table(TableRole.PROJECTS)
    line: PrintedRow = dict.fromkeys(table.columns)
    line |= {table.roles.name: settings.merged_name, **dict.fromkeys(_filled_columns(plan, facts), NOT_SHOWN)}
    if plan.merged_printed:
        line |= {c: _sum(plan.hidden, c) for c in printed_columns(facts, plan)}
    return line


def _totals(plan: Plan, facts: Facts) -> PrintedRow:
    """The sums under the project table: of all rows, or not shown where the shared line shows none."""
    found: PrintedRow = {f"{PUBLIC_TOTALS}{c}": "" for c in facts.columns}
    shown = facts.columns if not plan.hidden else printed_columns(facts, plan) if plan.merged_printed else ()
    for column in _filled_columns(plan, facts):
        found[f"{PUBLIC_TOTALS}{column}"] = _sum(plan.projects, column) if column in shown else NOT_SHOWN
    return found


def _filled_columns(plan: Plan, facts: Facts) -> list[str]:
    """The amount columns that staff filled in at all."""
    return [c for c in facts.columns if any(p.row.number(c) is not None for p in plan.projects)]


def _sum(projects: Iterable[Project], column: str) -> Decimal:
    return sum((n for p in projects if (n := p.row.number(column)) is not None), Decimal(0))
