"""The JSON Schema of what programs read, made of its shapes. `python -m toolkit.publishing.schemas` writes it anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from toolkit.core.words import dump_json
from toolkit.publishing.schemas import results, returns

if TYPE_CHECKING:
    from collections.abc import Mapping

_SAME = "同一版内只会增加内容，不会改变已有内容的含义。"


class _Published(NamedTuple):
    title: str
    description: str
    shapes: tuple[type, ...]


PUBLISHED: Mapping[str, _Published] = {
    "jixiao-1.json": _Published(
        "jixiao 的机读结果（第 1 版）",
        "check --json、result.json、公开版的 result.json、explain --json 与读不了的文件。"
        f"数都是文字，不用指数；没有就是 null。{_SAME}",
        (
            results.ResultJson,
            results.CheckJson,
            results.EditedJson,
            results.UnreadableJson,
            results.PublicJson,
            results.ExplainJson,
        ),
    ),
    "jixiao-returns-1.json": _Published(
        "jixiao 往来命令的机读结果（第 1 版）",
        f"move、compare、new --from、forms、evidence 的 --json 和 batch --returns 的 轮次.json。{_SAME}",
        (
            returns.MoveJson,
            returns.NotMovedJson,
            returns.CompareJson,
            returns.CarryJson,
            returns.FormsJson,
            returns.LedgerJson,
            returns.RoundJson,
        ),
    ),
}


def published_schema(name: str) -> str:
    """The text of one published file: an object is of exactly one of its shapes, and has no key beside theirs."""
    one = PUBLISHED[name]
    found, parts = msgspec.json.schema_components(one.shapes, ref_template="#/$defs/{name}")
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": name,
        "title": one.title,
        "description": one.description,
        "type": "object",
        "required": ["schema"],
        "oneOf": list(found),
        "$defs": {key: _closed(part) for key, part in parts.items()},
    }
    return dump_json(schema)


def _closed(part: dict[str, Any]) -> dict[str, Any]:
    """A shape takes its own keys only; what it is called stands at its key already."""
    return {key: value for key, value in part.items() if key != "title"} | {"additionalProperties": False}
