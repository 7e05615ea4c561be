"""A press of the button (按一次按钮): audit, then one list of cell changes for a file, a live book or the macro.

Where the program cannot reach the open book, the macro saves it and reads the changes from an answer file:
a head, a sentence, one ASCII line per cell, an end. Half an answer is no answer.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager, suppress
from decimal import Decimal
from typing import TYPE_CHECKING

from toolkit.core.errors import ToolkitError, UsageError
from toolkit.core.money import fits_cell, plain
from toolkit.engines import reason, safe_name, write_file
from toolkit.engines.xlsx import patched
from toolkit.pipeline import check_unit, run_unit
from toolkit.publishing.workbooks import Pressed, pressed, sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from toolkit.audit import Audited
    from toolkit.engines.xlsx import CellChange, CellSource
    from toolkit.pack import Pack
    from toolkit.pipeline import Checked

PROTOCOL = "jixiao-answer 1"

_LIMIT, _GAVE_UP = 110, 5  # the macro waits 120 seconds

_STALE_LOCK = 120  # seconds after which a lock belongs to nobody any more

_PRINTABLE = range(0x20, 0x7F)


def press(source: CellSource, audited: Audited) -> Pressed:
    """The changes of one press on an audited book."""
    return pressed(source, audited.unit, audited.figures, audited.result, audited.pack)


def recalculated(path: Path, pack: Pack | None = None) -> tuple[Checked, bytes, int]:
    """A file with its computed cells filled: the audit, the new bytes, how many cells changed.

    Raises:
        UnreadableError: unreadable, or not a fill-in workbook of ours.
    """
    checked = check_unit(path, pack)
    changes = press(checked.source, checked).changes
    return checked, patched(checked.source.data, checked.source.package, changes), len(changes)


def answer_check(book: Path, token: str) -> None:
    """Answer the macro: what the cells of the saved book should hold."""
    _answer(book, token, lambda: _check(book))


def answer_report(book: Path, token: str) -> None:
    """Make the finished files beside the saved book, and tell the macro where."""
    _answer(book, token, lambda: _report(book))


def _check(book: Path) -> Pressed:
    checked = check_unit(book)
    return press(checked.source, checked)


def _report(book: Path) -> Pressed:
    published = run_unit(book, book.parent / f"{book.stem}_自评结果")
    return Pressed((), f"已生成：{published.folder}。{sentence(published.checked.result)}")


def _answer(book: Path, token: str, work: Callable[[], Pressed]) -> None:
    place = answer_path(book, token)
    try:
        with only_one(book):
            found = work()
    except ToolkitError as error:
        found = Pressed((), f"没有做完：{error}")
    write_file(place, answer_text(found, token).encode("ascii"))


def answer_path(book: Path, token: str) -> Path:
    """Where the macro looks for the answer.

    Raises:
        UsageError: the token is none of the macro's.
    """
    if not token.isdigit():
        raise UsageError("按钮的编号不对，请从工作簿里按按钮。")
    return book.parent / f"jixiao-{token}.tmp"


def answer_text(found: Pressed, token: str) -> str:
    """The answer: sheet, address, kind (n number, s text, f formula, b blank) and value, parted by tabs."""
    cells = [c for c in found.changes if not c.cached]
    lines = [f"{PROTOCOL} {token} {len(cells)}", _escaped(found.told)]
    lines += ["\t".join((_escaped(c.sheet), c.address, *_coded(c))) for c in cells]
    return "\r\n".join([*lines, "end", ""])


def _coded(change: CellChange) -> tuple[str, str]:
    if change.formula:
        return "f", _escaped(f"={change.formula}")
    if isinstance(change.value, Decimal):
        return "n" if fits_cell(change.value) else "s", plain(change.value)
    return ("b", "") if change.value in {None, ""} else ("s", _escaped(str(change.value)))


def _escaped(text: str) -> str:
    units = text.encode("utf-16-le", "surrogatepass")
    codes = (int.from_bytes(units[i : i + 2], "little") for i in range(0, len(units), 2))
    return "".join(chr(c) if c in _PRINTABLE and c != ord("\\") else f"\\u{c:04x}" for c in codes)


@contextmanager
def only_one(book: Path) -> Iterator[None]:
    """One press at a time for a workbook.

    Raises:
        UsageError: another press of the same workbook is at work, or the folder cannot be written to.
    """
    lock = book.parent / f".~{safe_name(book.name)}.jixiao-lock"
    _take(lock)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _take(lock: Path) -> None:
    with suppress(OSError):
        if time.time() - lock.stat().st_mtime > _STALE_LOCK:
            lock.unlink()
    try:
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        raise UsageError("这个工作簿正由另一次按钮处理，请等它做完再按。") from None
    except OSError as error:
        raise UsageError(f"文件夹写不进去（{reason(error)}），请把工作簿放到自己的文件夹里再按。") from None


@contextmanager
def ends_in_time(seconds: float = _LIMIT) -> Iterator[None]:
    """End this process when the macro no longer waits: Excel would stand still for as long as we hang."""
    timer = threading.Timer(seconds, os._exit, (_GAVE_UP,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
