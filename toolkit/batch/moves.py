"""移表 of a folder: every old, damaged or official form below it becomes a fresh one, and one list tells of all."""

from __future__ import annotations

import io
from collections import Counter
from typing import TYPE_CHECKING

from toolkit.batch.collect import MOVES_NAME, find_workbooks
from toolkit.core.errors import ToolkitError, UsageError
from toolkit.core.light import dataclass
from toolkit.core.words import visible
from toolkit.engines import keep_input, keep_inputs, same_file, way_to, write_file, write_zip
from toolkit.publishing.returning import plain_book, plain_sheet
from toolkit.publishing.workbooks import moved_workbook
from toolkit.unit.moving import MOVABLE, Fate, move_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from toolkit.pack import Pack
    from toolkit.publishing.workbooks import MovedWorkbook

_HEADS = ("序号", "原表", "新表", "已移入", "其中请核对", "没有移入", "说明")

_WIDTHS = (6, 34, 34, 10, 12, 10, 60)

_LINK = 2


@dataclass(frozen=True, slots=True)
class MovedFile:
    """What became of one file (一份原表): its path below the folder, and that of the new form below the output.

    `counts`: cells that were moved, those of them to look at, and those left; `note` says why there is no new form
    ("refused"), why the file was not looked at ("skipped"), or what to mind.
    """

    file: str
    outcome: str
    target: str = ""
    counts: tuple[int, int, int] = (0, 0, 0)
    note: str = ""


def move_all(
    folder: Path,
    output: Path,
    pack: Pack | None = None,
    heard: Callable[[MovedFile, MovedWorkbook | None], object] = lambda *_: None,
) -> tuple[MovedFile, ...]:
    """Move every form below `folder` to the same place below `output`, and write the list; `heard` hears of each.

    Raises:
        UsageError: no such folder, or the output is that folder; or somebody else's list stands in the output.
        WriteError: the list cannot be written.
    """
    if same_file(folder, output):
        raise UsageError("移好的表不能写进原来的文件夹。请用 -o 换一个文件夹。")
    found = find_workbooks(folder, output, kinds=MOVABLE)
    listing = output / MOVES_NAME
    keep_inputs([listing], found.workbooks)
    done = [MovedFile(s.file, "skipped", note=s.reason) for s in found.skipped]
    for path, target in _targets(found.workbooks, folder, output):
        one, made = _moved(path, target, pack, found.workbooks)
        told = visible(path.relative_to(folder).as_posix()), visible(target.relative_to(output).as_posix())
        done.append(MovedFile(told[0], "moved" if made else "refused", told[1] if made else "", *one))
        heard(done[-1], made)
    if found.workbooks:
        write_zip(listing, _list(done, output))
    return tuple(done)


def _targets(files: Sequence[Path], folder: Path, output: Path) -> Iterator[tuple[Path, Path]]:
    """Each file and its place: its own name as .xlsx; where two would be one, the ending they had stays before it."""
    names = [path.relative_to(folder) for path in files]
    same = Counter(str(name.with_suffix("")).casefold() for name in names)
    for path, name in zip(files, names, strict=True):
        alone = same[str(name.with_suffix("")).casefold()] == 1
        yield path, output / (name.with_suffix(".xlsx") if alone else name.with_name(f"{name.name}.xlsx"))


def _moved(
    path: Path, target: Path, pack: Pack | None, inputs: Sequence[Path]
) -> tuple[tuple[tuple[int, int, int], str], MovedWorkbook | None]:
    """One file moved and written: its counts and what to say of it."""
    try:
        keep_input(target, inputs)
        made = moved_workbook(move_file(path, pack))
        write_file(target, made.data)
    except ToolkitError as error:
        return ((0, 0, 0), str(error).removeprefix(f"{visible(path.name)}：")), None
    fates = [line.fate for line, _ in made.lines]
    years = made.move.year, made.move.pack.year
    note = f"原表是 {years[0]} 年度的，新表是 {years[1]} 年度的" if years[0] != years[1] else ""
    return ((fates.count(Fate.PLACED), len(made.move.unsure), fates.count(Fate.LEFT)), note), made


def _list(done: Sequence[MovedFile], output: Path) -> bytes:
    """移表总单.xlsx. Same input, same bytes."""
    stream = io.BytesIO()
    words = {"refused": "没有移：", "skipped": "跳过：", "moved": ""}
    lines = [
        (
            str(i),
            one.file,
            one.target,
            *(str(n) if one.target else "" for n in one.counts),
            words[one.outcome] + one.note,
        )
        for i, one in enumerate(done, 1)
    ]
    links = {(i, _LINK): way_to(output / one.target, output) for i, one in enumerate(done) if one.target}
    note = "每份新表最后一张“移表清单”写着原表每一格的去处；请核对的格标了浅蓝色。原文件没有改动。"
    with plain_book(stream) as book:
        plain_sheet(book, "移表总单", ["移表总单", note], _HEADS, _WIDTHS, lines, links)
    return stream.getvalue()
