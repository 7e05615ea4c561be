"""公开版 public edition: its files, made from a context that never held what is withheld."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from toolkit import __version__
from toolkit.cell_reading import as_text
from toolkit.disclosure import plan_of
from toolkit.disclosure_figures import facts_of
from toolkit.disclosure_settings import disclosure_settings
from toolkit.errors import PackError
from toolkit.exchange import dump_json
from toolkit.findings import Severity
from toolkit.money import plain
from toolkit.pack import DOCUMENT_NAME, PUBLIC_NAME, REPORT_NAME, RESULT_NAME
from toolkit.public_context import public_context, workbook_context
from toolkit.report_context import report_context
from toolkit.report_workbook import overflow_findings, public_workbook

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from toolkit.compute import UnitFigures
    from toolkit.dictionary import NameSpace
    from toolkit.findings import AuditResult, Finding
    from toolkit.model import UnitReturn
    from toolkit.pack import Pack
    from toolkit.report_context import Context
    from toolkit.report_document import DocumentTemplate

PUBLIC_SCHEMA = "jixiao.public/1"
PUBLIC_FILES = (REPORT_NAME, DOCUMENT_NAME, RESULT_NAME)


@dataclass(frozen=True, slots=True)
class PublicEdition:
    """What a run wrote for publication (公开版): files, or the findings for which it was refused."""

    folder: Path
    files: tuple[Path, ...] = ()
    refused: tuple[Finding, ...] = ()


def public_files(
    unit: UnitReturn, figures: UnitFigures, result: AuditResult, pack: Pack, document: DocumentTemplate
) -> tuple[dict[str, bytes], tuple[Finding, ...]]:
    """The files of the public edition by name; none, and the findings that forbid it, where it is refused.

    Raises:
        PackError: the pack's 公开报表.xlsx has not been built.
    """
    if not (pack.folder / PUBLIC_NAME).is_file():
        raise PackError(f"规则包 {pack.id} 里没有 {PUBLIC_NAME}，不能生成公开版。请先运行 jixiao pack build。")
    blocking = disclosure_settings(pack).blocking
    refused = tuple(f for f in result.of(Severity.ERROR) if f.rule in blocking)
    if refused:
        return {}, refused
    plan = plan_of(unit, pack)
    filed = report_context(unit, figures, result, pack)
    context = public_context(filed, plan, facts_of(unit, figures, pack), pack)
    workbook = public_workbook(workbook_context(context, plan, pack), pack)
    if workbook.overflow:
        return {}, tuple(overflow_findings(workbook.overflow, PUBLIC_NAME))
    text = dump_json(public_json(context, pack))
    return {REPORT_NAME: workbook.data, DOCUMENT_NAME: document.render(context), RESULT_NAME: text.encode()}, ()


def public_json(context: Context, pack: Pack) -> dict[str, Any]:
    """result.json of the public edition: what the public tables show, for programs. No sources, no findings."""
    return {
        "schema": PUBLIC_SCHEMA,
        "pack": pack.id,
        "pack_version": pack.version,
        "toolkit_version": __version__,
        "note": context["公开_说明"],
        **_section(context, pack.dictionary.book),
        "project_forms": [_section(form, pack.dictionary.form) for form in context["项目自评"]],
    }


def _section(context: Context, space: NameSpace) -> dict[str, Any]:
    tables = {t: [_filled(row, spec.columns) for row in context[t]] for t, spec in space.tables.items()}
    return {
        "fields": _filled(context, space.fields),
        "tables": {table: rows for table, rows in tables.items() if rows},
    }


def _filled(values: Mapping[str, Any], names: Mapping[str, object]) -> dict[str, str]:
    return {n: _text(values[n]) for n in names if values[n] is not None and values[n] != ""}


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    return as_text(value) if isinstance(value, (str, bool, dt.date)) else str(value)
