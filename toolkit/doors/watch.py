"""守候 watch: a folder is looked after, and each workbook that is saved gets its 审核反馈 beside it.

A file that is open elsewhere is only read, never replaced; programs save in several steps, so a file is
looked at when it has been quiet for a while.
"""

from __future__ import annotations

import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.core.errors import ToolkitError
from toolkit.core.light import dataclass, field
from toolkit.engines import write_file
from toolkit.pipeline import check_unit, feedback_only

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from toolkit.pipeline import Checked

QUIET = 1.5  # seconds without a change

_TICK = 500  # milliseconds between two looks

_OURS = ("_审核反馈", "_已计算")

_FINISHED = frozenset({"审核反馈", "自评报表"})


@dataclass(frozen=True, slots=True)
class Looked:
    """One workbook that was audited: the feedback beside it, or why there is none."""

    path: Path
    checked: Checked | None
    feedback: Path | None
    problem: str = ""


def is_wanted(path: Path) -> bool:
    """A workbook that staff saved: no lock file, no half-saved file, nothing that we wrote ourselves."""
    if path.name.startswith(("~", ".")) or path.suffix.lower() not in {".xlsx", ".xlsm"}:
        return False
    return not path.stem.endswith(_OURS) and path.stem not in _FINISHED


def feedback_beside(path: Path) -> Path:
    """某局.xlsx → 某局_审核反馈.xlsx."""
    return path.with_name(f"{path.stem}_审核反馈{path.suffix}")


@dataclass(slots=True)
class Watcher:
    """Which workbooks have changed and are quiet again; the clock comes from outside."""

    quiet: float = QUIET
    _changed: dict[Path, tuple[float, tuple[int, int]]] = field(default_factory=dict)
    _seen: dict[Path, str] = field(default_factory=dict)

    def notice(self, paths: Iterable[Path], now: float) -> None:
        """Remember what has changed."""
        for path in paths:
            if is_wanted(path):
                self._changed[path] = (now, _state(path))

    def due(self, now: float) -> list[Path]:
        """Take out the files that have not changed for `quiet` seconds and open as a zip."""
        found = []
        for path, (since, state) in list(self._changed.items()):
            current = _state(path)
            if current != state:
                self._changed[path] = (now, current)
            elif now - since >= self.quiet:
                del self._changed[path]
                found += [path] if zipfile.is_zipfile(path) else []
        return found

    def look(self, path: Path) -> Looked | None:
        """Audit one file and write its feedback; None when it is the same as at the last look."""
        try:
            checked = check_unit(path)
            if self._seen.get(path) == checked.unit.digest:
                return None
            self._seen[path] = checked.unit.digest
            target = feedback_beside(path)
            write_file(target, feedback_only(checked))
        except ToolkitError as error:
            return Looked(path, None, None, str(error))
        return Looked(path, checked, target)


def _state(path: Path) -> tuple[int, int]:
    """Size and time; (-1, 0) while a program has it away for saving."""
    try:
        found = path.stat()
    except OSError:
        return -1, 0
    return found.st_size, found.st_mtime_ns


def watch_folder(folder: Path, tell: Callable[[Looked], None]) -> None:
    """Look after a folder until Ctrl-C."""
    import watchfiles

    watcher = Watcher()
    for changes in watchfiles.watch(
        folder, watch_filter=None, rust_timeout=_TICK, yield_on_timeout=True, raise_interrupt=False
    ):
        now = time.monotonic()
        watcher.notice((Path(path) for kind, path in changes if kind is not watchfiles.Change.deleted), now)
        for path in watcher.due(now):
            looked = watcher.look(path)
            if looked:
                tell(looked)
