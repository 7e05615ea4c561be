"""A second engine (formualizer) on the pack's own formulas with random figures: a fast witness beside LibreOffice."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import formualizer
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.engines.formula.compile import parse, rewrite
from toolkit.engines.formula.values import ErrorValue
from toolkit.pack.finding import default_pack
from toolkit.pack.rule_texts import rule_text

if TYPE_CHECKING:
    from toolkit.pack.rules import Rule

PACK = default_pack()
BOOK = PACK.dictionary.book
# Columns and texts stay with LibreOffice, the referee: here every name is one number cell.
RULES = [
    rule
    for rule in PACK.rules
    if rule.formula
    and not rule.form
    and not rule.each
    and rule.unit
    and not any(BOOK.split(name) or name == "整体_等级" for name in parse(rule.formula).names)
]
AMOUNTS = st.none() | st.decimals(0, 10**5, places=2) | st.just(Decimal(0))


@pytest.mark.parametrize("rule", RULES, ids=lambda r: f"{r.id}-{r.title}")
@settings(max_examples=30)
@given(data=st.data())
def test_both_engines_agree(rule: Rule, data: st.DataObject) -> None:
    """Guard, both sides and the test of a rule."""
    text = rule_text(rule, PACK.dictionary)
    parts = [p for p in (text.guard, text.left, text.right, text.test) if p]
    names = sorted({name for part in parts for name in parse(part).names})
    values = {name: data.draw(AMOUNTS, label=name) for name in names}
    for part in parts:
        ours = parse(part).evaluate(values.__getitem__)
        theirs = _other(part, values)
        assert _same(ours, theirs), (part, values, ours, theirs)


def _other(part: str, values: dict[str, Decimal | None]) -> object:
    book = formualizer.Workbook()
    book.add_sheet("S")
    cell = {name: f"A{row}" for row, name in enumerate(values, 1)}
    for row, value in enumerate(values.values(), 1):
        if value is not None:
            book.set_value("S", row, 1, float(value))
    book.set_formula("S", 1, 2, "=" + rewrite(part, cell.__getitem__))
    return book.evaluate_cell("S", 1, 2)


def _same(ours: object, theirs: object) -> bool:
    if isinstance(ours, ErrorValue):
        return not isinstance(theirs, (int, float)) or isinstance(theirs, bool)
    if isinstance(ours, Decimal) and isinstance(theirs, (int, float)):
        return abs(float(ours) - theirs) <= 1e-6 * max(1.0, abs(theirs))
    return ours == theirs or (ours in {None, ""} and theirs in {None, "", 0.0})
