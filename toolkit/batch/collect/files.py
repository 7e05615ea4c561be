"""Finding returned workbooks in a folder tree (找填报表): what is read, what is left out and why."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.core.errors import UsageError
from toolkit.pack import RESULT_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

SUMMARY_NAME, BULLETIN_NAME, BATCH_JSON_NAME = "汇总表.xlsx", "通报.docx", "汇总.json"

ROSTER_NAME = "单位名册.xlsx"

_OURS = {
    SUMMARY_NAME: "是汇总结果，不是填报表",
    "自评报表.xlsx": "是生成的报表，不是填报表",
    ROSTER_NAME: "是单位名册，不是填报表",
}

_READ = {".xlsx", ".xlsm"}

_OTHER_BOOKS = {".xls", ".et", ".ods", ".xlsb", ".csv", ".ett", ".xlt", ".xltx", ".numbers"}

_PACKED = {".zip", ".rar", ".7z", ".gz", ".tar"}

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


def find_workbooks(folder: Path, output: Path, roster: Path | None = None) -> FoundFiles:
    """Every .xlsx and .xlsm below `folder`, in the order of their paths; `output` and other results are left out.

    Raises:
        UsageError: no such folder.
    """
    if not folder.is_dir():
        raise UsageError(f"没有这个文件夹：{folder}。请给出存放各单位填报表的文件夹。")
    books: list[Path] = []
    other: list[Skipped] = []
    skipped: list[Skipped] = []
    for path, reason in _walk(folder, output.resolve(), roster.resolve() if roster else None):
        name = path.relative_to(folder).as_posix()
        if reason:
            skipped.append(Skipped(name, reason))
        elif path.suffix.lower() in _READ:
            books.append(path)
        else:
            kind = path.suffix.lower()
            other.append(Skipped(name, f"是 {kind} 文件，请用 Excel 或 WPS 另存为 .xlsx 再交"))
    return FoundFiles(tuple(books), tuple(other), tuple(skipped))


def _walk(folder: Path, output: Path, roster: Path | None) -> Iterator[tuple[Path, str]]:
    refused: list[OSError] = []
    for where, folders, names in os.walk(folder, onerror=refused.append):
        here = Path(where)
        left_out = {n: r for n in folders if (r := _folder_reason(here / n, output))}
        yield from ((here / n, r) for n, r in sorted(left_out.items()))
        folders[:] = sorted(n for n in folders if n not in left_out)
        for name in sorted(names):
            yield here / name, _file_reason(here / name, roster)
    for error in refused:
        yield Path(str(error.filename)), f"打不开这个文件夹（{error.strerror}）"


def _folder_reason(path: Path, output: Path) -> str:
    if path.resolve() == output:
        return "是本次的输出文件夹"
    if (path / RESULT_NAME).is_file():
        return "是以前生成的结果"
    return "是隐藏或临时文件夹" if path.name.startswith(_TEMPORARY) else ""


def _file_reason(path: Path, roster: Path | None) -> str:
    kind = path.suffix.lower()
    if path.name.startswith(_TEMPORARY) or kind in _TEMPORARY_ENDS:
        return "是锁定文件或临时文件"
    if path.name in _OURS or (roster and path.resolve() == roster):
        return _OURS.get(path.name, "是单位名册，不是填报表")
    if kind in _PACKED:
        return "是压缩包，请先解压"
    return "" if kind in _READ | _OTHER_BOOKS else "不是工作簿"


def remove_leftovers(output: Path) -> None:
    """Temporary files that a killed run left in the output folder and its unit folders."""
    for pattern in (".~*.tmp", "*/.~*.tmp", "*/*/.~*.tmp"):
        for path in output.glob(pattern):
            path.unlink(missing_ok=True)
