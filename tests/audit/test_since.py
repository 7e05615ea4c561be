"""改正情况: what became of a finding that is told elsewhere in the version that came back."""

from __future__ import annotations

import pytest
from rule_cases import checked_case

from toolkit.audit import since
from toolkit.unit.returning import compare_units

WRONG = "全年故障率为7.77%。"


@pytest.mark.parametrize(
    ("before", "after", "counts"),
    [
        (f"文字_其他说明={WRONG}", f"文字_其他说明={WRONG}", (0, 1, 0)),
        (f"文字_其他说明={WRONG}", f"文字_存在问题={WRONG}", (0, 1, 0)),
        (f"文字_其他说明={WRONG}", f"文字_存在问题={WRONG}; 文字_改进措施={WRONG}", (1, 0, 2)),
        (f"文字_其他说明={WRONG}; 文字_改进措施={WRONG}", f"文字_存在问题={WRONG}", (2, 0, 1)),
        (f"文字_其他说明={WRONG}; 文字_存在问题={WRONG}", f"文字_存在问题={WRONG}", (1, 1, 0)),
    ],
)
def test_what_moved_is_still_there_where_there_is_one_of_its_rule(
    before: str, after: str, counts: tuple[int, int, int]
) -> None:
    """D64: one on each side is the same finding, wherever it stands; of several nobody can say which."""
    one, other = checked_case(before), checked_case(after)
    found = since(one.result, other.result, compare_units(one.unit, other.unit, other.pack))
    mine = ([f for f in listed if f.rule == "D64"] for listed in (found.mended, [f for _, f in found.still], found.new))
    assert tuple(map(len, mine)) == counts
