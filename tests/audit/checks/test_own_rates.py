"""D64: a rate of two numbers of its own sentence is looked up as it would be tried pair by pair."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.audit.checks.sources import _from_own_text
from toolkit.audit.prose.reading.mentions import Sentence
from toolkit.audit.prose.reading.numbers import What, read_quantities

if TYPE_CHECKING:
    from toolkit.audit.prose.reading.numbers import Quantity

AMOUNTS = st.lists(st.sampled_from(["10", "20", "25", "12.5", "0", "5", "7"]), min_size=1, max_size=5)


def tried(quantities: tuple[Quantity, ...], rate: Quantity) -> bool:
    """Every pair of one kind and unit."""
    numbers = [q for q in quantities if q.what in {What.MONEY, What.COUNT} and q.value]
    return any(
        abs(a.value / b.value * 100 - rate.value) <= rate.step
        for a, b in permutations(numbers, 2)
        if (a.what, a.unit) == (b.what, b.unit)
    )


@settings(max_examples=150)
@given(AMOUNTS, AMOUNTS, st.sampled_from(["100%", "50%", "40.0%", "62%", "200%", "99.9%"]))
def test_a_rate_of_its_own_sentence(amounts: list[str], counts: list[str], rate: str) -> None:
    text = "".join(f"支出{a}万元，" for a in amounts) + "".join(f"完成{c}项，" for c in counts) + f"达到{rate}。"
    found = read_quantities(text)
    (told,) = [q for q in found if q.what is What.PERCENT]
    assert _from_own_text(Sentence(1, text, found, (), ""), told) is tried(found, told)
