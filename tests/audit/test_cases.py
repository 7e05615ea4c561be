"""Real published tables: each fault that arithmetic finds is found under its id, and nothing false is called 错误.

The facts were carried over from the tables that `source` names; what a table does not give stays empty.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from samples import SEED, check_data, example

from toolkit.core.findings import Severity
from toolkit.unit.exchange import parse_json

if TYPE_CHECKING:
    from toolkit.pipeline import Checked

FILES = sorted((Path(__file__).parents[1] / "cases").glob("*.json"))
# Published tables carry no cover of ours.
COVER = {"D73"}


@cache
def case(path: Path) -> tuple[dict[str, Any], Checked]:
    found = parse_json(path.read_text("utf-8"))
    return found, check_data(found["data"])


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_known_faults_are_found(path: Path) -> None:
    facts, checked = case(path)
    for expected in facts["expect"]:
        found = [f for f in checked.result.findings if f.rule == expected["rule"]]
        assert found, f"{expected['rule']} 没有发现"
        if "difference" in expected:
            wanted = Decimal(expected["difference"])
            gaps = [f.difference for f in found if f.difference is not None]
            assert any(abs(gap - wanted) < Decimal("0.0005") for gap in gaps), gaps
    assert set(facts.get("missing", ())) <= {m.name for m in checked.result.completeness.missing}


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_no_false_error(path: Path) -> None:
    """`allowed` holds what is only due to the cut-off of the published page."""
    facts, checked = case(path)
    true = {e["rule"] for e in facts["expect"]} | set(facts["allowed"]) | COVER
    assert [f.message for f in checked.result.of(Severity.ERROR) if f.rule not in true] == []


def test_case_17_to_the_cent() -> None:
    """2.50, 3.85, 0, 30, 10 → 46.35, 差 (海南省农垦实验中学)."""
    _, checked = case(next(p for p in FILES if p.name.startswith("17")))
    form = checked.figures.forms[0].computed
    assert form("自评_执行得分") == Decimal("2.50")
    assert [s.value for s in form.scores] == [Decimal("3.85"), Decimal(0), Decimal(30), Decimal(10)]
    assert (form("自评_总分"), form("自评_等级")) == (Decimal("46.35"), "差")
    told = checked.to_json()["project_scores"][0]
    assert (told["total"], told["execution"], told["grade"]) == ("46.35", "2.50", "差")
    assert [i["score"] for i in told["indicators"]] == ["3.85", "0.00", "30.00", "10.00"]


SEED_FINDINGS = {
    "A04": "10.00",
    "A13": "263.20",
    "C43": None,
    "D70": None,
    "D73": None,
}


def test_the_seed_has_these_errors_and_no_other() -> None:
    checked = check_data(example(SEED))
    errors = {f.rule: f for f in checked.result.of(Severity.ERROR)}
    assert set(errors) == set(SEED_FINDINGS)
    for rule, gap in SEED_FINDINGS.items():
        assert errors[rule].difference == (Decimal(gap) if gap else None)
    assert "涉密资金" in errors["A13"].message
    assert "100.00 分没有指标得分支撑" in errors["C43"].message
    assert {"A02", "A15", "B23", "B24", "B26"} <= set(checked.result.passed)
    assert [(f.rule, f.left, f.right) for f in checked.result.of(Severity.WARNING)] == [
        ("A17", Decimal("2088.26"), Decimal("2078.26")),
        ("D66", Decimal(21), Decimal(20)),
    ]
    assert checked.figures.book.computed("人员_控制率") == 1
    assert all(n.reason for n in checked.result.not_checked)
