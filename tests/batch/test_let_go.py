"""Units are let go of (放手): when one is done, nothing of it stays in a worker that has thousands before it."""

from __future__ import annotations

import gc
import weakref
from itertools import count
from typing import TYPE_CHECKING

import pytest
from samples import DEMO, SEED, check_bytes, filled_example

from toolkit.core.kept import Memo
from toolkit.pipeline import make_files

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def _no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_collector")
@pytest.mark.parametrize("name", [DEMO, SEED])
def test_a_finished_unit_is_gone_at_once(name: str) -> None:
    """No cache holds it, and no circle that only the collector could break."""
    checked = check_bytes(filled_example(name))
    assert make_files(checked)
    left = weakref.ref(checked.figures)
    assert left() is not None
    del checked
    assert left() is None


def test_once_means_once() -> None:
    memo, numbers = Memo(), count()
    assert [memo.once("甲", lambda: next(numbers)) for _ in range(3)] == [0, 0, 0]
    assert memo.once("乙", lambda: next(numbers)) == 1
