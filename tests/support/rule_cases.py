"""Rule cases (规则用例): text tables of small changes to the clean example, and what each rule must answer.

`规则 | 变动 | 结论 | 所指的格 | 差额`; a change is `名称=值`, `表[行].列=值` or `表单N.…=值`, several joined by `; `.
An empty value empties the cell; `+表=列:值,列:值` adds a row; `空` starts from an empty return instead;
`公开` asks for a public edition.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samples import DEMO, check_data, example

if TYPE_CHECKING:
    from toolkit.core.findings import CellRef
    from toolkit.core.model import UnitReturn
    from toolkit.pipeline import Checked

_TABLE = re.compile(r"(\w+)\[(\d+)\]\.(\w+)")
_FORM = re.compile(r"表单(\d)\.(.+)")


@dataclass(frozen=True, slots=True)
class RuleCase:
    """One row of the table."""

    rule: str
    change: str
    answer: str
    cell: str
    difference: str

    def __str__(self) -> str:
        """For pytest's ids."""
        return f"{self.rule}-{self.answer}-{self.change}"


def read_cases(name: str) -> list[RuleCase]:
    """The rows of a table file; `#` starts a comment."""
    rows = []
    for line in (Path(__file__).parents[1] / "cases" / name).read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            parts = [part.strip() for part in line.split("|")]
            rows.append(RuleCase(*(parts + [""] * 5)[:5]))
    return rows


@lru_cache(maxsize=64)  # a unit takes a megabyte and a half: all of them would take three gigabytes
def checked_case(change: str) -> Checked:
    """The changed example, filled into the form, read back and audited."""
    return check_data(changed_data(change), public="公开" in change.split("; "))


def changed_data(changes: str) -> dict[str, Any]:
    """The JSON of the clean example with a change made."""
    data: dict[str, Any] = copy.deepcopy(example(DEMO))
    change(data, changes)
    return data


def change(data: dict[str, Any], changes: str) -> None:
    """Make changes in the JSON of a unit."""
    for part in filter(None, (p.strip() for p in changes.split("; "))):
        if part == "公开":
            continue
        if part == "空":
            pack = data["pack"]
            data.clear()
            data |= {"pack": pack, "fields": {}}
            continue
        where, _, value = part.partition("=")
        scope: dict[str, Any] = data
        if form := _FORM.fullmatch(where):
            scope, where = data["project_forms"][int(form[1])], form[2]
        _set(scope, where, value)


def without_untouched(data: dict[str, Any]) -> dict[str, Any]:
    """For LibreOffice, which loads slowly: the untouched project forms are compared in the clean example."""
    forms = data.get("project_forms", [])
    clean = example(DEMO)["project_forms"]
    return {**data, "project_forms": [form for form in forms if form not in clean] or forms[:1]} if forms else data


def place_of(unit: UnitReturn, where: str) -> CellRef:
    """The cell of `名称`, `表[行].列` or `表单N.…`."""
    section = unit.book
    if form := _FORM.fullmatch(where):
        section, where = unit.forms[int(form[1])], form[2]
    if found := _TABLE.fullmatch(where):
        return section.rows(found[1])[int(found[2])].cells[found[3]].ref
    return section.fields[where].ref


def _set(scope: dict[str, Any], where: str, value: str) -> None:
    if where == "+表单":
        scope.setdefault("project_forms", []).append({"fields": {"自评_项目名称": value}})
    elif where.startswith("+"):
        row = dict(pair.split(":", 1) for pair in value.split(","))
        scope.setdefault("tables", {}).setdefault(where[1:], []).append(row)
    elif where.startswith("-"):
        scope["tables"].pop(where[1:], None)
    elif found := _TABLE.fullmatch(where):
        _put(scope["tables"][found[1]][int(found[2])], found[3], value)
    else:
        _put(scope["fields"], where, value)


def _put(target: dict[str, Any], key: str, value: str) -> None:
    if value:
        target[key] = value.replace("\\n", "\n")
    else:
        target.pop(key, None)


def misplaced(checked: Checked) -> list[str]:
    """Findings that print a figure of one of their cells, but point at another cell first."""
    stands = {
        cell.ref: figures.filed.number(name) if cell.blank or cell.formula else cell.value
        for figures in checked.figures.all
        for name, cell in figures.section.fields.items()
    }
    told = [f for f in checked.result.findings if f.left is not None and any(stands.get(c) == f.left for c in f.cells)]
    return [f.message for f in told if stands.get(f.cells[0]) != f.left]
