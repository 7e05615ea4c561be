"""Files read and written (收件、写出): users' files whole, or refused in a sentence; results never half-written.

A result has a temporary name first and is then renamed. Only what this program wrote itself is written over, and never
a file that it reads in the same run.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import unicodedata
from contextlib import suppress
from pathlib import PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

from toolkit.core.errors import UnreadableError, UsageError, WriteError
from toolkit.core.patterns import late
from toolkit.core.words import visible
from toolkit.engines.marks import is_ours, mark_zip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

# Beside what Windows forbids: "#", where a link of a workbook ends; controls; signs that turn or hide what is around.
_FORBIDDEN = late(
    r'[#<>:"/\\|?*'
    r"\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufffe\uffff]"
)

_RESERVED = late(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")

_REASONS = MappingProxyType(
    {
        errno.EACCES: "没有权限",
        errno.ENOENT: "没有这个地方",
        errno.EPERM: "没有权限",
        errno.ENOSPC: "磁盘满了",
        errno.EROFS: "磁盘是只读的",
        errno.EEXIST: "有同名的文件",
        errno.ENOTDIR: "路径里有一段是文件，不是文件夹",
        errno.EISDIR: "有同名的文件夹",
        errno.ENAMETOOLONG: "名字太长",
        errno.ELOOP: "链接绕成了圈",
        errno.EIO: "读写出错",
        errno.EBADF: "已经关闭",
    }
)

_MOST_CODE, _MOST_NAME = 48, 150  # bytes; a folder name has room for 255, and its files have names, too


def safe_name(text: str, most: int = _MOST_NAME) -> str:
    """A file or folder name that Windows, WPS and Linux all take: forbidden signs become "_".

    A long name is cut at `most` bytes and told apart by a number made from the whole of it.
    """
    cleaned = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", text)).strip(" .")
    coded = cleaned.encode()
    if len(coded) > most:
        number = hashlib.sha256(coded).hexdigest()[:6]
        cleaned = f"{coded[: most - 7].decode(errors='ignore').strip(' .')}~{number}"
    return f"_{cleaned}" if _RESERVED.fullmatch(cleaned) else cleaned


def folder_name(code: str, name: str) -> str:
    """`<单位代码>_<单位名称>`; what is missing says so."""
    return f"{safe_name(code, _MOST_CODE) or '无代码'}_{safe_name(name) or '未填单位名称'}"


def same_file(one: Path, other: Path) -> bool:
    """Whether two paths are one file, however they are written."""
    with suppress(OSError, RuntimeError, ValueError):
        return one.samefile(other)
    return False


def way_to(file: Path, folder: Path) -> str:
    """A link from a folder to a file, relative and percent-encoded; "" where none leads there: gone, another drive."""
    try:
        way = os.path.relpath(file.resolve(), folder.resolve())
        return quote(PurePath(way).as_posix()) if file.is_file() else ""
    except (OSError, RuntimeError, ValueError):
        return ""


def keep_inputs(targets: Iterable[Path], inputs: Iterable[Path]) -> None:
    """See that nothing read is written over, and nothing that is not ours; before anything is written.

    Raises:
        UsageError: one of the targets is an input, or somebody else's file; nothing has been touched.
    """
    read = list(inputs)
    for target in targets:
        keep_input(target, read)
        refuse_foreign(target)


def keep_input(target: Path, inputs: Iterable[Path]) -> None:
    """See that a result is not written over what it is made from, not even over a file of ours.

    Raises:
        UsageError: the target is one of the inputs.
    """
    if any(same_file(target, path) for path in inputs):
        raise UsageError(f"结果会写到来件自己身上：{target}。来件没有动。请用 -o 换个地方。")


def refuse_foreign(path: Path) -> None:
    """Let only what this program wrote be written over.

    Raises:
        UsageError: there is a file that somebody else wrote, or has changed since.
    """
    with suppress(OSError):
        if path.is_symlink() and not path.exists():
            raise UsageError(f"{path} 是一个断了的链接，没有覆盖。请先把它移走，或用 -o 换个地方。")
        if not path.is_file() or is_ours(path):
            return
        raise UsageError(
            f"{path} 已经在那里，不是本工具写的，或者写出后又有人改过，没有覆盖。请先把它改名或移走，或用 -o 换个地方。"
        )


def write_file(path: Path, data: bytes, *, over: bool = False) -> None:
    """Write bytes under a temporary name and rename; `over`: the file there is meant to be replaced, whoever wrote it.

    Raises:
        UsageError: a file stands there that is not ours.
        WriteError: the place cannot be written to, e.g. the file is open in Excel.
    """
    write_with(path, lambda temporary: temporary.write_bytes(data), over=over or _holds(path, data))


def write_zip(path: Path, data: bytes) -> None:
    """Write a workbook that a library made, with our mark in it.

    Raises:
        UsageError: a file stands there that is not ours.
        WriteError: the place cannot be written to.
    """

    def marked(temporary: Path) -> None:
        temporary.write_bytes(data)
        mark_zip(temporary)

    write_with(path, marked)


def _holds(path: Path, data: bytes) -> bool:
    """Whether a file has these very bytes."""
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False


def write_with(path: Path, write: Callable[[Path], object], *, over: bool = False) -> None:
    """Let `write` make a temporary file beside `path`, then rename it.

    Raises:
        UsageError: a file stands there that is not ours.
        WriteError: the place cannot be written to, e.g. the file is open in Excel.
    """
    temporary = path.parent / f".~{os.urandom(6).hex()}.tmp"
    if not over:
        refuse_foreign(path)
    try:
        make_folder(path.parent)
        write(temporary)
        temporary.replace(path)
    except (OSError, UnicodeError) as error:
        _take_away(temporary)
        raise WriteError(
            f"写不了文件 {path}（{reason(error)}）。如果它正在 Excel、WPS 或 Word 里打开，请关闭后再试。"
        ) from None
    except BaseException:
        _take_away(temporary)
        raise


def _take_away(temporary: Path) -> None:
    with suppress(OSError):
        temporary.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """The folder with all above it.

    Raises:
        WriteError: a file is in the way, or the place cannot be written to.
    """
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
    except (OSError, UnicodeError) as error:
        raise WriteError(f"建不了文件夹 {folder}（{reason(error)}）。请换个地方（-o），或检查权限。") from None


def reason(error: OSError | UnicodeError) -> str:
    """Why the system refuses, in Chinese where it is one of the common reasons."""
    if isinstance(error, UnicodeError):
        return "系统的文件名里写不了汉字，请设环境变量 PYTHONUTF8=1 后再试"
    return _REASONS.get(error.errno or 0, error.strerror or str(error))


def remove_file(path: Path) -> None:
    """Take a file of ours away, if it is there.

    Raises:
        UsageError: it is not ours.
        WriteError: it is open in another program.
    """
    refuse_foreign(path)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise WriteError(f"删不掉旧的 {path}（{reason(error)}）。如果它正在别的程序里打开，请关闭后再试。") from None


_MOST = 100 * 2**20
# Workbooks of other kinds, which a spreadsheet program can save as .xlsx.
OTHER_BOOKS = frozenset({".xls", ".et", ".ods", ".xlsb", ".csv", ".ett", ".xlt", ".xltx", ".numbers"})


# Documents, which no program makes a workbook of.
OTHER_TEXTS = frozenset({".doc", ".docx", ".docm", ".wps", ".pdf", ".rtf", ".txt"})


def other_book(path: Path) -> str:
    """What to do with a file of another kind; "" when its name is that of an .xlsx or of nothing known."""
    kind = path.suffix.lower()
    if kind in OTHER_TEXTS:
        return f"是 {kind} 文字稿，不是填报表，请交由本工具生成的填报表（.xlsx）"
    return f"是 {kind} 文件，请用 Excel 或 WPS 另存为 .xlsx 再交" if kind in OTHER_BOOKS else ""


def read_input(path: Path, too_large: str, program: str) -> bytes:
    """The bytes of a file; `too_large` says what to do with one over 100 MB, `program` is what may hold it open.

    Raises:
        UnreadableError: it does not exist, is a folder, is no file, is too large, or cannot be opened.
    """
    name = visible(path.name)
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise UnreadableError(f"这是文件夹，不是文件：{visible(str(path))}")
        if not stat.S_ISREG(found.st_mode):  # a device or a pipe may have no end
            raise UnreadableError(f"{name}：不是普通文件，没有读取。")
        if found.st_size > _MOST:
            raise UnreadableError(f"{name}：文件过大（超过 100 MB），没有读取。{too_large}")
        with path.open("rb") as stream:
            data = stream.read(_MOST + 1)  # it may grow while it is read
    except UnicodeError as error:  # LC_ALL=POSIX; the commands start anew in UTF-8, a program of one's own must say so
        raise UnreadableError(f"{visible(str(path))}：打不开（{reason(error)}）。") from None
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise UnreadableError(f"找不到文件：{visible(str(path))}") from None
    except OSError as error:
        raise UnreadableError(f"{name}：打不开（{reason(error)}）。如果正在 {program} 里打开，请关闭后再试。") from None
    if len(data) > _MOST:
        raise UnreadableError(f"{name}：文件过大（超过 100 MB），没有读取。{too_large}")
    return data
