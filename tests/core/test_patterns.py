"""Patterns on first use behave as compiled ones (core/patterns.py)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from toolkit.core.patterns import late


def test_a_late_pattern_is_the_pattern() -> None:
    """Same answers, flags kept, bytes too; a second use makes no new one."""
    found = late("(甲)|乙", re.IGNORECASE)
    assert [m[0] for m in found.finditer("甲丙乙")] == ["甲", "乙"]
    assert found.flags & re.IGNORECASE
    assert found.pattern == "(甲)|乙"
    assert found.sub("丁", "甲乙") == "丁丁"
    assert found.search is found.search
    assert late(rb"a+").findall(b"aab") == [b"aa"]


def test_what_no_pattern_has_is_an_error() -> None:
    """A slip in a name is told as everywhere else."""
    with pytest.raises(AttributeError, match="sarch"):
        late("甲").sarch  # type: ignore[attr-defined]  # noqa: B018 - the point


def test_no_module_compiles_while_it_loads() -> None:
    """Every command would pay for it, asked or not."""
    house = Path(__file__).parents[2] / "toolkit"
    found = [
        f"{path.relative_to(house)}:{call.lineno}"
        for path in sorted(house.rglob("*.py"))
        for statement in ast.parse(path.read_text("utf-8")).body
        if not isinstance(statement, (ast.FunctionDef, ast.ClassDef))
        for call in ast.walk(statement)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "re.compile"
    ]
    assert found == []
