"""Roles (用处): the program knows what a name is for, and no name of any pack."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from toolkit.pack.finding import list_packs
from toolkit.pack.reading.own_names import OWN_PREFIXES

TOOLKIT = Path(__file__).parents[2] / "toolkit"
OWN = TOOLKIT / "pack" / "reading" / "own_names.py"


@cache
def _names() -> set[str]:
    """Every name of single cells and of columns in full, of all packs that came with the toolkit."""
    return {name for pack in list_packs() for name in pack.dictionary.all_names()}


def _constants(path: Path) -> list[str]:
    constants = (n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Constant))
    return [n.value for n in constants if isinstance(n.value, str)]


@pytest.mark.parametrize("path", sorted(TOOLKIT.rglob("*.py")), ids=lambda p: p.stem)
def test_no_name_of_a_pack_stands_in_code(path: Path) -> None:
    """Neither a name nor the head of one (封面_…, 自评_…) in any text of the program, its documentation included."""
    if path == OWN:
        return
    names = _names()
    heads = {name.partition("_")[0] + "_" for name in names if "_" in name}
    whole = {name for name in names if len(name) > 3}
    found = [text for text in _constants(path) for name in (*whole, *heads) if name in text]
    assert found == []


def test_what_judges_says_no_column_of_a_pack() -> None:
    """上年决算数 stood in a message: another form may call its column otherwise."""
    spaces = [space for pack in list_packs() for space in pack.dictionary.spaces]
    columns = {name.rpartition("_")[2] for name in _names() if name.count("_") > 1}
    columns |= {column for space in spaces for table in space.tables.values() for column in table.columns}
    long = {column for column in columns if len(column) > 4}
    judging = sorted((TOOLKIT / "audit").rglob("*.py"))
    assert [(path.name, text) for path in judging for text in _constants(path) if text in long] == []


def test_names_of_the_toolkit_are_no_names_of_a_pack() -> None:
    assert [n for n in _names() if n.startswith(OWN_PREFIXES)] == []
