"""Writing results (写出): a temporary name first, then renamed, so that nothing half-written is ever seen.

Files from users (来件): read whole, or refused in a sentence.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from toolkit.core.errors import UnreadableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"/\\|?*]')

_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")

_MAX_NAME = 80


def safe_name(text: str) -> str:
    """A file or folder name that Windows, WPS and Linux all take: forbidden signs become "_"."""
    cleaned = _FORBIDDEN.sub("_", text).strip(" .")[:_MAX_NAME].strip(" .")
    return f"_{cleaned}" if _RESERVED.fullmatch(cleaned) else cleaned


def folder_name(code: str, name: str) -> str:
    """`<单位代码>_<单位名称>`; what is missing says so."""
    return f"{safe_name(code) or '无代码'}_{safe_name(name) or '未填单位名称'}"


def write_file(path: Path, data: bytes) -> None:
    """Write bytes under a temporary name and rename.

    Raises:
        UsageError: the place cannot be written to, e.g. the file is open in Excel.
    """
    write_with(path, lambda temporary: temporary.write_bytes(data))


def write_with(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` make a temporary file beside `path`, then rename it.

    Raises:
        UsageError: the place cannot be written to, e.g. the file is open in Excel.
    """
    temporary = path.parent / f".~{secrets.token_hex(6)}.tmp"
    try:
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
        write(temporary)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UsageError(
            f"写不了文件 {path}（{error.strerror}）。如果它正在 Excel、WPS 或 Word 里打开，请关闭后再试。"
        ) from None
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def remove_file(path: Path) -> None:
    """Take a file away, if it is there.

    Raises:
        UsageError: it is open in another program.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"删不掉旧的 {path}（{error.strerror}）。如果它正在别的程序里打开，请关闭后再试。") from None


_MOST = 100 * 2**20


def read_input(path: Path, too_large: str, program: str) -> bytes:
    """The bytes of a file; `too_large` says what to do with one over 100 MB, `program` is what may hold it open.

    Raises:
        UnreadableError: it does not exist, is a folder, is too large, or cannot be opened.
    """
    try:
        if path.stat().st_size > _MOST:
            raise UnreadableError(f"{path.name}：文件过大（超过 100 MB），没有读取。{too_large}")
        return path.read_bytes()
    except FileNotFoundError:
        raise UnreadableError(f"找不到文件：{path}") from None
    except IsADirectoryError:
        raise UnreadableError(f"这是文件夹，不是文件：{path}") from None
    except OSError as error:
        raise UnreadableError(
            f"{path.name}：打不开（{error.strerror}）。如果正在 {program} 里打开，请关闭后再试。"
        ) from None
