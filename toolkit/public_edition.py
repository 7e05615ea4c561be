"""公开版 public edition: its files, made from a context that never held what is withheld."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from toolkit import __version__
from toolkit.cell_reading import as_text
from toolkit.errors import PackError
from toolkit.money import plain
from toolkit.pack import PUBLIC_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from toolkit.dictionary import NameSpace
    from toolkit.pack import Pack
    from toolkit.report_context import Context

PUBLIC_SCHEMA = "jixiao.public/1"


def require_template(pack: Pack) -> None:
    """Refuse a pack without the workbook of the public edition.

    Raises:
        PackError: it has to be built first.
    """
    if not (pack.folder / PUBLIC_NAME).is_file():
        raise PackError(f"规则包 {pack.id} 里没有 {PUBLIC_NAME}，不能生成公开版。请先运行 jixiao pack build。")


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
