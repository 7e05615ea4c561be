"""Finding returned workbooks in a folder tree (找填报表): what is read, what is left out and why."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.core.errors import UsageError
from toolkit.core.light import dataclass
from toolkit.core.patterns import late
from toolkit.core.words import visible
from toolkit.engines import OTHER_BOOKS, is_ours, other_book, reason, same_file
from toolkit.pack import PACK_FILE, RESULT_NAME
from toolkit.unit.returning import is_evidence

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

SUMMARY_NAME, BULLETIN_NAME, BATCH_JSON_NAME = "汇总表.xlsx", "通报.docx", "汇总.json"

ROSTER_NAME, MOVES_NAME = "单位名册.xlsx", "移表总单.xlsx"

_OURS = {
    MOVES_NAME: "是移表的总单，不是填报表",
    SUMMARY_NAME: "是汇总结果，不是填报表",
    "自评报表.xlsx": "是生成的报表，不是填报表",
}

_READ = frozenset({".xlsx", ".xlsm"})


_PACKED = {".zip", ".rar", ".7z", ".gz", ".tar"}

_OUR_TEMPORARY = late(r"\.~[0-9a-f]{12}\.tmp")

_TEMPORARY = (".~", "~$", ".", "~")

_TEMPORARY_ENDS = (".tmp", ".crdownload", ".part", ".bak", ".lnk")


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or folder that was left out (跳过的文件): path below the batch folder, and why."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class FoundFiles:
    """What a folder tree holds: workbooks to read, workbooks of other kinds, and what was left out."""

    workbooks: tuple[Path, ...]
    unreadable: tuple[Skipped, ...]
    skipped: tuple[Skipped, ...]


def find_workbooks(folder: Path, output: Path, roster: Path | None = None, kinds: Container[str] = _READ) -> FoundFiles:
    """Every file of `kinds` below `folder`, in the order of their paths; `output` and other results are left out.

    Raises:
        UsageError: no such folder.
    """
    if not folder.is_dir():
        raise UsageError(f"没有这个文件夹：{folder}。请给出存放各单位填报表的文件夹。")
    books: list[Path] = []
    other: list[Skipped] = []
    skipped: list[Skipped] = []
    for path, why in _walk(folder, output, roster, kinds):
        name = visible(path.relative_to(folder).as_posix())
        if why:
            skipped.append(Skipped(name, why))
        elif path.suffix.lower() in kinds:
            books.append(path)
        else:
            other.append(Skipped(name, other_book(path)))
    return FoundFiles(tuple(books), tuple(other), tuple(skipped))


def _walk(folder: Path, output: Path, roster: Path | None, kinds: Container[str]) -> Iterator[tuple[Path, str]]:
    refused: list[OSError] = []
    for where, folders, names in os.walk(folder, onerror=refused.append):
        here = Path(where)
        left_out = {n: r for n in folders if (r := _folder_reason(here / n, output))}
        yield from ((here / n, r) for n, r in sorted(left_out.items()))
        folders[:] = sorted(n for n in folders if n not in left_out)
        for name in sorted(names):
            yield here / name, _file_reason(here / name, roster, kinds)
    for error in refused:
        yield Path(str(error.filename)), f"打不开这个文件夹（{reason(error)}）"


def _folder_reason(path: Path, output: Path) -> str:
    if same_file(path, output):
        return "是本次的输出文件夹"
    if is_ours(path / RESULT_NAME):
        return "是以前生成的结果"
    if is_evidence(path):
        return "是佐证材料"
    if (path / PACK_FILE).is_file():
        return "是规则包"
    return "是隐藏或临时文件夹" if path.name.startswith(_TEMPORARY) else ""


def _file_reason(path: Path, roster: Path | None, kinds: Container[str]) -> str:
    kind = path.suffix.lower()
    if path.name.startswith(_TEMPORARY) or kind in _TEMPORARY_ENDS:
        return "是锁定文件或临时文件"
    if path.name == ROSTER_NAME or (roster and same_file(path, roster)):
        return "是单位名册，不是填报表"
    if path.name in _OURS and is_ours(path):
        return _OURS[path.name]
    if kind in _PACKED:
        return "是压缩包，请先解压"
    return "" if kind in kinds or kind in OTHER_BOOKS else "不是工作簿"


def remove_leftovers(output: Path) -> None:
    """Temporary files that a killed run left in the output folder and its unit folders."""
    for pattern in (".~*.tmp", "*/.~*.tmp", "*/*/.~*.tmp"):
        for path in output.glob(pattern):
            if _OUR_TEMPORARY.fullmatch(path.name):
                with suppress(OSError):
                    path.unlink()
