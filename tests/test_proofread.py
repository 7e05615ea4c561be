"""Proofreading (文字核对): the seed's findings from its text alone, and short texts with and without faults."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path

from toolkit.findings import Severity
from toolkit.pack import default_pack
from toolkit.proofread import Proofread, proofread_file

CASES = Path(__file__).parent / "cases"


@cache
def seed() -> Proofread:
    return proofread_file(CASES / "yiyang_sfj_2023_report.txt", default_pack())


def of(severity: Severity) -> dict[str, str]:
    """Rule → difference of the seed's findings of one severity."""
    found = [f for f in seed().findings if f.severity is severity]
    return {f.rule: str(f.sides.gap) if f.sides else "" for f in found}


def test_the_seed_has_these_errors_and_no_other() -> None:
    """A02 10.00; A13 263.20; D70 two sections; D72 residue; D73 blank cover."""
    assert of(Severity.ERROR) == {"A02": "10.00", "A13": "263.2", "D70": "", "D72": "", "D73": ""}
    told = {f.rule: f.message for f in seed().findings if f.severity is Severity.ERROR}
    assert "涉密资金" in told["A13"]
    assert "存在的问题及原因分析" in told["D70"]
    assert "其他需要说明的情况" in told["D70"]
    assert "单位名称、日期" in told["D73"]
    assert "_GoBack" in told["D72"]


def test_the_seeds_warning_and_hints() -> None:
    """D66 21/20; A15 three classes named, four given; mixed numbers; 100 points; rough figures; no 审结率."""
    warned = [f for f in seed().findings if f.severity is Severity.WARNING]
    assert [(f.rule, f.sides and (f.sides.left, f.sides.right)) for f in warned] == [
        ("D66", (Decimal(21), Decimal(20)))
    ]
    hints = of(Severity.NOTICE)
    assert set(hints) == {"A13", "A15", "C51", "C61", "D67", "D70", "D75"}
    assert hints["A15"] == "1.48"
    told = "\n".join(f.message for f in seed().findings)
    assert all(words in told for words in ("混用", "（3）人员情况", "78.4%", "50余次", "可用", "1643.78万元"))


def test_what_agrees_in_the_seed_is_counted() -> None:
    """1645.26 is the sum of four classes (A15), 95.57 % recomputes (D67), 2088.26 is given three times (D69)."""
    passed = {j.rule for j in seed().judged if j.finding is None}
    assert {"A15", "D67", "D69"} <= passed
    assert seed().counts["amounts"] == 14
