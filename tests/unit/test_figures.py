"""运算: the views of one section, and when two of them are the same."""

from __future__ import annotations

import pytest
from rule_cases import checked_case

from toolkit.unit import compute
from toolkit.unit.figures import Stance, View


@pytest.mark.parametrize(("change", "alike"), [("", True), ("整体_支出_项目支出=305.97万元", False)])
def test_excel_sees_what_is_filed_unless_an_amount_is_typed_as_text(change: str, alike: bool) -> None:  # noqa: FBT001
    checked = checked_case(change)
    figures = compute(checked.unit, checked.pack).book
    assert (figures.raw is figures.filed) is alike
    alone = View(figures.section, checked.pack, Stance.RAW)
    for name in figures.section.space.all_names():
        assert figures.raw(name) == alone(name), name
