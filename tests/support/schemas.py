"""The shipped schemas (机读格式): a validator that also notes which of their keys were written."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from jsonschema.validators import extend

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROPERTIES = Draft202012Validator.VALIDATORS["properties"]


class Schema:
    """One shipped schema and, of each of its objects, the keys that were there in what it was asked about."""

    def __init__(self, name: str) -> None:
        self.text = files("toolkit").joinpath("publishing/schemas", name).read_text("utf-8")
        self.told: dict[str, Any] = json.loads(self.text)
        Draft202012Validator.check_schema(self.told)
        self._written: set[tuple[int, str]] = set()
        noting = {"properties": self._properties}
        self._validator = extend(Draft202012Validator, noting)(self.told)  # type: ignore[no-untyped-call]

    def faults(self, found: object) -> list[str]:
        """What breaks the schema, through text, as a program that reads it gets it."""
        return [f"{e.json_path}: {e.message[:200]}" for e in self._validator.iter_errors(json.loads(json.dumps(found)))]

    @property
    def never_written(self) -> list[str]:
        """Keys that the schema describes and nothing so far had."""
        return [f"{where}/{key}" for where, of, key in _keys(self.told) if (of, key) not in self._written]

    def _properties(self, validator: Any, told: Any, found: Any, schema: Any) -> Iterator[Any]:  # noqa: ANN401 - jsonschema's
        if isinstance(found, dict):
            self._written |= {(id(told), key) for key in told.keys() & found.keys()}
        yield from _PROPERTIES(validator, told, found, schema) or ()


def _keys(node: object, where: str = "") -> Iterator[tuple[str, int, str]]:
    """Every key of every object that a schema describes: where, which object, which key."""
    if isinstance(node, dict):
        described = node.get("properties")
        if isinstance(described, dict):
            yield from ((where, id(described), key) for key in described)
        for key, below in node.items():
            yield from _keys(below, f"{where}/{key}")
    elif isinstance(node, list):
        for number, below in enumerate(node):
            yield from _keys(below, f"{where}/{number}")


@cache
def schema(name: str) -> Schema:
    """A shipped schema, read once."""
    return Schema(name)
