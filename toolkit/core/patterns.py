"""Patterns on first use (用时才编译): a module names its regular expressions, and pays only for those it asks.

The program has some 250 of them; compiled while the modules load they cost a cold `check` 90 ms. Those that it does ask
are compiled once for all commands (`core/kept.py`), which saves 35 ms more.
"""

from __future__ import annotations

import re
from array import array
from importlib import import_module
from typing import TYPE_CHECKING, Any, AnyStr, cast

if TYPE_CHECKING:
    from collections.abc import Callable

_METHODS = ("search", "match", "fullmatch", "finditer", "findall", "split", "sub", "subn", "pattern", "flags")


class _Late:
    """Stands for a pattern and becomes it: what was asked once is kept, and costs no detour afterwards."""

    def __init__(self, make: Callable[[], re.Pattern[Any]]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a pattern has
        pattern = self._make()
        self.__dict__.update({known: getattr(pattern, known) for known in _METHODS})
        return getattr(pattern, name)


def late(text: AnyStr, flags: re.RegexFlag | int = 0) -> re.Pattern[AnyStr]:
    """`re.compile`, put off until the pattern is first used. For texts of the program only: they are kept."""
    return cast("re.Pattern[AnyStr]", _Late(lambda: compiled(text, flags)))


def compiled(text: AnyStr, flags: re.RegexFlag | int = 0) -> re.Pattern[AnyStr]:
    """`re.compile` for texts of the program and its packs, whose compiled form is kept from run to run.

    Python offers no way to store it, so this asks `re` for its own: should another version of it not answer as
    this one does, the pattern is compiled as ever. What is loaded passes the check of codes in `_sre`.
    """
    from toolkit.core.kept import kept  # not at the top: `jixiao --help` has no use for it

    try:
        flags, code, groups, names, order = kept().once("pattern", (text, int(flags)), lambda: _code(text, int(flags)))
        made = import_module("_sre").compile(text, flags, array("I", code).tolist(), groups, names, order)
    except (AttributeError, TypeError, ValueError, RuntimeError):
        return re.compile(text, flags)
    return cast("re.Pattern[AnyStr]", made)


def _code(text: AnyStr, flags: int) -> tuple[int, bytes, int, dict[str, int], tuple[str | None, ...]]:
    """What `re._compiler.compile` hands to `_sre`."""
    compiler = import_module("re._compiler")
    read = compiler._parser.parse(text, flags)  # noqa: SLF001
    code = compiler._code(read, flags)  # noqa: SLF001
    names, order = read.state.groupdict, [None] * read.state.groups
    for name, number in names.items():
        order[number] = name
    return flags | read.state.flags, array("I", code).tobytes(), read.state.groups - 1, names, tuple(order)
