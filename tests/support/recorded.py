"""Recorded answers (答案全文): what is said of each case of a table, whole and to the letter.

They stand in `cases/answers/`, a file a table, a block a case. A test asserts `told == recorded(table, case, told)`;
`make answers` writes them anew, and what a change of the program changes is read in the diff.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rule_cases import checked_case

from toolkit.audit.sheet import audit_lines_of
from toolkit.core.money import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.audit.prose.proofread import Proofread
    from toolkit.audit.prose.reading.findings import ProseFinding
    from toolkit.audit.sheet import AuditRow
    from toolkit.core.findings import AuditResult, CellRef, Finding
    from toolkit.pipeline import Checked

_ANSWERS = Path(__file__).parents[1] / "cases" / "answers"
_HEAD = re.compile(r"^## (.*)\n", re.MULTILINE)


class Recorded:
    """The answers on record; `anew`: what is told now is taken, and written at the end."""

    def __init__(self, *, anew: bool) -> None:
        self._anew = anew
        self._told: dict[str, dict[str, str]] = {}

    def __call__(self, table: str, case: str, told: str) -> str:
        """What is on record of a case."""
        if self._anew:
            return self._told.setdefault(table, {}).setdefault(case, told)
        return _blocks(table).get(case, "（没有记录：make answers）")

    def write(self) -> None:
        """Each table that was run, whole."""
        for table, blocks in self._told.items():
            text = "\n".join(f"## {case}\n{told}\n" if told else f"## {case}\n" for case, told in blocks.items())
            (_ANSWERS / f"{table}.txt").write_text(text, "utf-8")


@pytest.fixture(scope="session")
def recorded(request: pytest.FixtureRequest) -> Iterator[Recorded]:
    """The answers on record, written at the end of a run with `--record`."""
    answers = Recorded(anew=request.config.getoption("--record"))
    yield answers
    answers.write()


@cache
def _blocks(table: str) -> dict[str, str]:
    _, *parts = _HEAD.split((_ANSWERS / f"{table}.txt").read_text("utf-8"))
    return {case: told.strip("\n") for case, told in zip(parts[::2], parts[1::2], strict=True)}


@dataclass(frozen=True, slots=True)
class Usual:
    """What the audit says of the unit that is changed: only what differs from it is told of a case."""

    result: AuditResult
    rows: tuple[AuditRow, ...]

    @classmethod
    def of(cls, checked: Checked) -> Usual:
        """Of a checked unit."""
        return cls(checked.result, audit_lines_of(checked.unit, checked.figures, checked.pack))


@cache
def usual(change: str) -> Usual:
    """Of the clean example with a change."""
    return Usual.of(checked_case(change))


def told_of(checked: Checked, before: Usual) -> str:
    """All that the audit says of a unit and does not say of the one `before`, and what it no longer says."""
    after = Usual.of(checked)
    now, then = after.result, before.result
    lines = [f"结论 {now.verdict}"] if now.verdict != then.verdict else []
    lines += [line for f in now.findings if f not in then.findings for line in _finding(f)]
    lines += [f"不再 {f.message}" for f in then.findings if f not in now.findings]
    lines += _answers(now, then)
    lines += [_row(row) for old, row in zip(before.rows, after.rows, strict=True) if old != row]
    return _text(lines)


def _answers(now: AuditResult, before: AuditResult) -> Iterator[str]:
    done, usual = now.completeness, before.completeness
    yield from (f"缺 {_place(m.cell)} {m.name} {m.title}" for m in done.missing if m not in usual.missing)
    yield from (
        f"填报 {sheet} {filled}/{required}"
        for sheet, (filled, required) in done.by_sheet.items()
        if usual.by_sheet.get(sheet) != (filled, required)
    )
    yield from (f"未检查 {n.rule}：{n.reason}" for n in now.not_checked if n not in before.not_checked)
    for word, more, fewer in (("通过", now, before), ("不再通过", before, now)):
        if found := [rule for rule in more.passed if rule not in fewer.passed]:
            yield f"{word} {' '.join(found)}"


def _finding(found: Finding) -> Iterator[str]:
    yield f"{found.severity.label} {found.message}"
    parts = [" ".join(map(_place, found.cells))]
    sides = (("左", found.left), ("右", found.right), ("差", found.difference), ("容差", found.tolerance))
    parts += [f"{word} {plain(value)}" for word, value in sides if value is not None]
    parts += ["已说明"] if found.explained else []
    parts += [f"起因 {found.caused_by.rule} {_place(found.caused_by.cell)}"] if found.caused_by else []
    yield f"  格 {'；'.join(parts)}"
    yield from (f"  线索 {clue.text(found.sheet)}" for clue in found.clues)


def _place(cell: CellRef) -> str:
    return f"{cell.sheet}!{cell.address}"


def _row(row: AuditRow) -> str:
    sides = " ".join(plain(v) if isinstance(v, Decimal) else str(v) for v in (row.left, row.right, row.difference))
    said = f" {row.explanation}（{row.subject}）" if row.explanation else ""
    return f"审核 {row.rule} {row.verdict} {row.state}：{sides}{said}"


def told_of_text(read: Proofread) -> str:
    """All that proofreading says of a text, and how many relations it judged, by rule."""
    passed = {rule: sum(j.rule == rule and j.finding is None for j in read.judged) for rule in read.relations}
    judged = [f"{rule} {passed[rule]}/{count}" for rule, count in read.relations.items()]
    lines = [line for f in read.findings for line in _prose_finding(f)]
    return _text([*lines, *([f"核对 {'，'.join(judged)}"] if judged else [])])


def _prose_finding(found: ProseFinding) -> Iterator[str]:
    yield f"{found.severity.label} {found.message}"
    if sides := found.sides:
        left, right, gap = map(sides.shown, (sides.left, sides.right, sides.gap))
        yield f"  左 {left}；右 {right}；差 {gap}；容差 {plain(sides.tolerance)}"


def _text(lines: list[str]) -> str:
    return "\n".join(line.replace("\n", "⏎") for line in lines)
