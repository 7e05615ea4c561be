"""Files from users (来件): read whole, or refused in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolkit.errors import UnreadableError

if TYPE_CHECKING:
    from pathlib import Path

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
