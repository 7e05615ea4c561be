"""Worked out once (一次算好): what several checks of one unit need, kept with the unit and let go of with it.

A cache of the module would keep the last units alive, and with them their cells, texts and figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")


class Memo:
    """Results by key."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._known: dict[Hashable, Any] = {}

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """The result for a key, made when it is asked for the first time."""
        if key not in self._known:
            self._known[key] = make()
        found: T = self._known[key]
        return found
