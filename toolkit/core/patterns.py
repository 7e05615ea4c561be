"""Patterns on first use (用时才编译): a module names its regular expressions, and pays only for those it asks.

The program has some 250 of them; compiled while the modules load they cost a cold `check` 90 ms.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, AnyStr, cast

if TYPE_CHECKING:
    from collections.abc import Callable


class _Late:
    """Stands for a pattern and becomes it: what was asked once is kept, and costs no detour afterwards."""

    def __init__(self, make: Callable[[], re.Pattern[Any]]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a pattern has
        pattern = self._make()
        self.__dict__.update({known: getattr(pattern, known) for known in _METHODS})
        return getattr(pattern, name)


_METHODS = ("search", "match", "fullmatch", "finditer", "findall", "split", "sub", "subn", "pattern", "flags")


def late(text: AnyStr, flags: re.RegexFlag | int = 0) -> re.Pattern[AnyStr]:
    """`re.compile`, put off until the pattern is first used."""
    return cast("re.Pattern[AnyStr]", _Late(lambda: re.compile(text, flags)))
