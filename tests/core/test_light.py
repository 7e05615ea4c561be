"""Light modules: a data class of ours is what `dataclasses` would have made, only sooner (core/light.py)."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import subprocess
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.core.findings import CellRef, Finding, Severity
from toolkit.core.light import dataclass, field, fields, replace

if TYPE_CHECKING:
    from decimal import Decimal

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ours:
    """With a default of each kind."""

    name: str
    number: Decimal | None = None
    words: tuple[str, ...] = ()
    held: list[int] = field(default_factory=list)

    @property
    def twice(self) -> str:
        """A method of its own."""
        return self.name * 2


@dataclasses.dataclass(frozen=True, slots=True)
class Theirs:
    """The same by Python itself."""

    name: str
    number: Decimal | None = None
    words: tuple[str, ...] = ()
    held: list[int] = dataclasses.field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Longer(Ours):
    """A class of a class."""

    more: int = 0


@dataclass(slots=True)
class Open(Generic[T]):
    """What may change, of some type."""

    value: T
    again: int = 0


@dataclass(frozen=True)
class Roomy:
    """With room for what is worked out once."""

    name: str

    @cached_property
    def length(self) -> int:
        """What costs something."""
        return len(self.name)


@dataclass(frozen=True, eq=False)
class Single:
    """Itself alone."""

    name: str


VALUES = st.tuples(st.text(max_size=3), st.none() | st.decimals(allow_nan=False), st.tuples(st.text(max_size=2)))


@given(VALUES, VALUES)
def test_values_are_as_python_makes_them(one: tuple[Any, ...], two: tuple[Any, ...]) -> None:
    """The same text, the same fields, equal where they are equal, replaced alike."""
    ours, theirs = Ours(*one), Theirs(*one)
    assert repr(ours) == repr(theirs).replace("Theirs", "Ours")
    assert (ours == Ours(*two)) == (theirs == Theirs(*two))
    assert dataclasses.astuple(replace(ours, name="新")) == dataclasses.astuple(dataclasses.replace(theirs, name="新"))
    assert dataclasses.replace(ours, number=None) == replace(ours, number=None)
    assert dataclasses.asdict(ours) == dataclasses.asdict(theirs)
    assert [one.name for one in fields(Ours)] == [one.name for one in dataclasses.fields(Theirs)]
    assert pickle.loads(pickle.dumps(ours)) == copy.deepcopy(ours) == ours  # noqa: S301 - our own bytes


def test_what_is_frozen_stays() -> None:
    ours = Ours("甲")
    with pytest.raises(AttributeError):
        ours.name = "乙"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        del ours.name
    with pytest.raises(TypeError):
        Ours()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Ours("甲", other=1)  # type: ignore[call-arg]


def test_each_value_has_its_own_default() -> None:
    one, two = Ours("甲"), Ours("甲")
    one.held.append(1)
    assert two.held == []


def test_a_class_of_a_class_is_frozen_too() -> None:
    longer = Longer("甲", more=2)
    assert (longer.twice, longer.more, longer == Ours("甲")) == ("甲甲", 2, False)
    with pytest.raises(AttributeError):
        longer.more = 3  # type: ignore[misc]


def test_open_values_change_and_have_no_hash() -> None:
    value = Open[int](1)
    value.value += 1
    assert value == Open(2)
    with pytest.raises(TypeError):
        hash(value)


def test_a_value_without_slots_keeps_what_it_worked_out() -> None:
    roomy = Roomy("甲乙")
    assert roomy.length == roomy.__dict__["length"] == 2


def test_without_eq_only_itself_is_equal() -> None:
    one, two = Single("甲"), Single("甲")
    assert one != two
    assert {one: 1, two: 2}[one] == 1


def test_equal_values_have_one_hash() -> None:
    ref = CellRef("表", "B3")
    one, two = (Finding("A01", Severity.ERROR, (ref,), "不符") for _ in range(2))
    assert hash(one) == hash(two)
    assert len({one, two}) == 1
    assert dataclasses.is_dataclass(Finding)


def test_a_cold_check_makes_no_class_the_slow_way() -> None:
    """A module that takes `dataclass` from Python costs every cold command half a millisecond for each class."""
    script = (
        "import dataclasses, sys\nmade = []\ntrue = dataclasses._process_class\n"
        "dataclasses._process_class = lambda cls, *a: made.append(cls.__module__) or true(cls, *a)\n"
        "import toolkit.pipeline, toolkit.audit.prose.proofread, toolkit.publishing.workbooks.recalc\n"
        "print([m for m in made if m.startswith('toolkit')])"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=_home())
    assert told.stdout.strip() == "[]"


def _home() -> Path:
    return Path(__file__).parents[2]
