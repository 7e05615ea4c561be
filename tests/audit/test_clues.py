"""查错线索: the cell that was changed is among the clues, with its true value; first where two rules constrain it."""

from __future__ import annotations

import os
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

import pytest
from rule_cases import checked_case
from samples import SEED, check_data, example
from slips import bases, more_serve, slips

from toolkit.audit.checks import Audit
from toolkit.audit.clues import clued
from toolkit.audit.clues.relations import Book
from toolkit.audit.judge import judge_text
from toolkit.pack import rule_text

if TYPE_CHECKING:
    from slips import Base, Slip

    from toolkit.core.findings import AuditResult, Clue
    from toolkit.pack import Rule
    from toolkit.unit import Figures

FAULTS = int(os.environ.get("CLUE_FAULTS", "500"))
MOST = 5


def clues_of(result: AuditResult) -> set[Clue]:
    return {clue for finding in result.findings for clue in finding.clues}


@cache
def seeded() -> tuple[tuple[Base, Slip], ...]:
    """Slips in any figure that a linear rule reads, drawn from every mechanism, as far as a rule then fails."""
    return tuple(slips(FAULTS, 20231231))


def test_there_is_something_to_slip_in() -> None:
    """Both examples, published tables and made units; every kind of slip; book and forms."""
    drawn = [slip for _, slip in seeded()]
    assert len({id(base) for base, _ in seeded()}) == len(bases())
    assert {slip.word for slip in drawn} == {
        "漏填",
        "数字颠倒",
        "一位数字",
        "小数点或单位",
        "多一位",
        "少一位",
        "正负号",
        "四舍五入",
    }
    assert len({finding.rule for slip in drawn for finding in slip.new}) > 15
    assert {slip.place.scope > 0 for slip in drawn} == {True, False}


def test_the_true_cell_is_among_the_clues() -> None:
    """Or more cells than may be shown serve as well, which judging each of them afresh has to bear out."""
    silent = 0
    for base, slip in seeded():
        told = [clue for finding in slip.new for clue in finding.clues]
        if told:
            assert any(slip.cell.ref in clue.cells for clue in told), (slip.place, slip.word, told)
        else:
            silent += 1
            assert more_serve(base, slip, MOST), (slip.place, slip.word, slip.new)
    assert silent < FAULTS / 20


def test_never_more_than_five() -> None:
    assert max(len(finding.clues) for _, slip in seeded() for finding in slip.new) <= MOST


def test_the_true_cell_stands_first_where_two_rules_constrain_it() -> None:
    """With exactly what stood there."""
    tight = [slip for _, slip in seeded() if len({finding.rule for finding in slip.new}) > 1]
    first = [s for s in tight if any(_points_at(f.clues[0], s) for f in s.new if f.clues)]
    assert len(tight) > FAULTS / 5
    assert len(first) >= 0.95 * len(tight)


def _points_at(clue: Clue, slip: Slip) -> bool:
    return clue.cells == (slip.cell.ref,) and clue.values == (slip.cell.value,)


@pytest.mark.parametrize(
    ("change", "cell", "value", "mechanism", "rules"),
    [
        ("整体_支出_项目支出=350.97", "K9", "305.97", "数字颠倒", ("A03", "A04", "A13", "A17")),
        ("整体_支出_基本支出=567.83", "K8", "576.83", "数字颠倒", ("A03", "A04", "A15", "A16", "A17")),
        ("项目[0].全年执行数=136.3", "H5", "116.3", "一位数字", ("A13", "A14")),
        ("整体_支出_基本支出=5768.3", "K8", "576.83", "小数点或单位", ("A03", "A04", "A15", "A16", "A17")),
        ("支出_工资福利=", "B10", "452.36", "漏填", ("A15",)),
        ("整体_支出_基本支出=57683", "K8", "576.83", "小数点或单位", ("A03", "A04", "A15", "A16", "A17")),
    ],
)
def test_a_slip_and_its_clue(change: str, cell: str, value: str, mechanism: str, rules: tuple[str, ...]) -> None:
    found = [f for f in checked_case(change).result.findings if f.rule == rules[-1] and f.clues]
    best = found[0].clues[0]
    assert (best.cells[0].address, str(best.values[0].normalize()), best.mechanism) == (cell, value, mechanism)
    assert best.satisfies == rules
    carried = {f.rule for f in checked_case(change).result.findings if best in f.clues}
    assert carried == set(rules)  # also where a finding points at sums only, that the form works out
    assert "若为" in found[0].hint


def test_a_clue_changes_nothing() -> None:
    """No datum, no severity, no message."""
    checked = checked_case("整体_支出_项目支出=350.97")
    bare = [replace(f, clues=()) for f in checked.result.findings]

    def judged(rule: Rule, figures: Figures) -> str:
        return judge_text(rule_text(rule, checked.pack.dictionary), figures.filed).verdict

    again = clued(bare, Audit(checked.unit, checked.figures, checked.pack), judged)
    assert again == list(checked.result.findings)
    assert [replace(f, clues=()) for f in again] == bare


def test_rules_passed_over_by_their_names_read_none_of_the_cells() -> None:
    """Of all relations, those that read a cell are the same with and without looking at the names first."""
    checked = checked_case("整体_支出_项目支出=350.97")
    book = Book(Audit(checked.unit, checked.figures, checked.pack), lambda *_: "通过")
    relations = list(book.relations(checked.pack.rules))
    for one in sorted({one for relation in relations for one in relation.terms}):
        told = [(r.rule, r.terms, r.gap) for r in relations if one in r.terms]
        assert [(r.rule, r.terms, r.gap) for r in book.relations(checked.pack.rules, {one}) if one in r.terms] == told


def test_nothing_is_guessed_of_a_clean_return() -> None:
    assert clues_of(checked_case("").result) == set()


def test_the_seed_needs_two_cells() -> None:
    """10.00 too little in one place, and a project without its amount: both together settle every rule that fails."""
    found = next(f for f in check_data(example(SEED)).result.findings if f.rule == "A13")
    pairs = [dict(zip([c.address for c in clue.cells], clue.values, strict=True)) for clue in found.clues]
    assert pairs == [{"K9": Decimal(443), "H10": Decimal("273.2")}, {"H10": Decimal("263.2")}]
    assert [clue.satisfies for clue in found.clues] == [("A04", "A13", "A17"), ("A13",)]
