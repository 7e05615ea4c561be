"""CPU per stage (分段计时): user and system time of this process, summed over units."""

from __future__ import annotations

import json
import time


class Stopwatch:
    """Adds up the CPU seconds between marks, by the name of the mark that ends them."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._spent: dict[str, float] = {}
        self._last = 0.0

    def start(self) -> None:
        """Begin a unit."""
        self._last = time.process_time()

    def mark(self, stage: str) -> None:
        """End a stage."""
        now = time.process_time()
        self._spent[stage] = self._spent.get(stage, 0.0) + now - self._last
        self._last = now

    def to_json(self) -> str:
        """Stage → seconds, on one line."""
        return json.dumps(self._spent, ensure_ascii=False) + "\n"
