"""Ways to leak (泄露法): what is withheld, in any field and spelling, stops the public edition there (D76, D78)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rule_cases import changed_data, place_of
from samples import check_data
from withheld_unit import MARKED

LINES = [
    line
    for line in (Path(__file__).parents[2] / "cases" / "leaks.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize("line", LINES)
def test_what_is_withheld_is_found(line: str) -> None:
    where, _, text = (part.strip() for part in line.partition("|"))
    kind, where = ("notice", where.removeprefix("提示 ")) if where.startswith("提示 ") else ("error", where)
    text = re.sub(r"\\u([0-9a-f]{4})", lambda sign: chr(int(sign[1], 16)), text)
    checked = check_data(changed_data(f"{MARKED}; {where}={text}"), public=True)
    told = [f for f in checked.result.findings if f.rule in {"D76", "D78"} and f.severity.value == kind]
    assert place_of(checked.unit, where) in {cell for f in told for cell in f.cells}
