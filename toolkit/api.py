"""Python 接口 (api): what the commands do, as functions. Paths may be texts; a pack may be given by its id.

Names are handed on by `toolkit` itself: `from toolkit import check`. Everything else is private and may move.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from toolkit.pack import Pack, default_pack, find_pack

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from toolkit.audit import Audited
    from toolkit.audit.prose import Proofread
    from toolkit.batch.collect import BatchRequest, BatchResult, FoundFiles, UnitRecord
    from toolkit.pipeline import Checked, Published
    from toolkit.publishing.returning import Compared
    from toolkit.publishing.trace import Tree
    from toolkit.publishing.workbooks import MovedWorkbook
    from toolkit.unit.returning import Carry, Ledger

    AnyPath: TypeAlias = str | os.PathLike[str]
    AnyPack: TypeAlias = Pack | str | None

_LIMIT = 120.0  # seconds that one unit may take in a batch, as the command has it


def check(path: AnyPath, pack: AnyPack = None, last_year: AnyPath | None = None, *, public: bool = False) -> Checked:
    """审核 one 填报表; `pack` None takes the pack that the workbook names.

    `last_year` is the same unit's workbook of the year before; `public` judges the rules of publication, too.

    Raises:
        UnreadableError: unreadable, or not a fill-in workbook of ours.
        PackError: no such pack, or it contradicts itself.
    """
    from toolkit.pipeline import check_unit

    return check_unit(Path(path), _pack(pack), Path(last_year) if last_year else None, public=public)


def publish(  # noqa: PLR0913 - one parameter per option of the command
    path: AnyPath,
    folder: AnyPath,
    pack: AnyPack = None,
    last_year: AnyPath | None = None,
    *,
    review: bool | Literal["all"] = False,
    public: bool = False,
    pdf: bool = False,
    keep_edits: bool = False,
) -> Published:
    """审核 and 出表: write the finished files of one 填报表 into `folder/<单位代码>_<单位名称>/`.

    `pdf` adds 打印册.pdf; `keep_edits` carries what staff changed in the report that stands there into the new one.

    Raises:
        UnreadableError: unreadable, or not a fill-in workbook of ours.
        UsageError: a file cannot be written.
    """
    from toolkit.pipeline import Wanted, run_unit

    before = Path(last_year) if last_year else None
    told: Literal["", "figures", "all"] = "all" if review == "all" else "figures" if review else ""
    wanted = Wanted(told, public, edits="keep" if keep_edits else "know", pdf=pdf)
    return run_unit(Path(path), Path(folder), _pack(pack), before, wanted)


def fill(data: Mapping[str, Any], pack: AnyPack = None, *, macro: bool = False) -> bytes:
    """填表: the JSON of a unit as a filled workbook; `macro` takes the form with buttons (.xlsm).

    Raises:
        UsageError: a key that the pack does not know, or more rows than the form has room for.
    """
    from toolkit.pack import FILL_NAME, MACRO_NAME
    from toolkit.publishing.workbooks import fill_workbook
    from toolkit.unit import unit_from_json

    chosen = _pack(pack or data.get("pack")) or default_pack()
    return fill_workbook(unit_from_json(dict(data), chosen), chosen, MACRO_NAME if macro else FILL_NAME)


def export(path: AnyPath, pack: AnyPack = None) -> dict[str, Any]:
    """导出: the JSON of a filled workbook, lossless; `fill` takes it back.

    Raises:
        UnreadableError: unreadable, or not a fill-in workbook of ours.
    """
    from toolkit.unit import unit_to_json

    return unit_to_json(check(path, pack).unit)


def explain(audited: Audited, asked: str) -> tuple[Tree, ...]:
    """溯源: the trees of what is asked: a name, a row of a column, a cell, or a rule id.

    Raises:
        UsageError: nothing of that name; the nearest names are suggested.
    """
    from toolkit.publishing.trace import explain as trees

    return trees(audited, asked)


def proofread(
    path: AnyPath, pack: AnyPack = None, year: int | None = None, unit: str = "", against: AnyPath | None = None
) -> Proofread:
    """文字核对: the figures of a report, .docx or text, held against each other, and `against` a 填报表.

    Raises:
        UnreadableError: not a report that can be read.
    """
    from toolkit.audit.prose import proofread_file
    from toolkit.pipeline import check_unit, proofread_against

    if against is not None:
        return proofread_against(Path(path), check_unit(Path(against), _pack(pack)), year, unit)
    return proofread_file(Path(path), _pack(pack) or default_pack(), year, unit)


def move(path: AnyPath, pack: AnyPack = None) -> MovedWorkbook:
    """移表: an old, damaged or official form as a fresh workbook (`.data`), and where every cell went (`.lines`).

    Raises:
        UnreadableError: unreadable, or nothing in it belongs to a form of the pack.
    """
    from toolkit.publishing.workbooks import moved_workbook
    from toolkit.unit.moving import move_file

    return moved_workbook(move_file(Path(path), _pack(pack)))


def compare(before: AnyPath, after: AnyPath) -> Compared:
    """往返: what changed between two 填报表 of one unit, and which findings were mended, are there still, are new.

    Raises:
        UnreadableError: unreadable, or the two are of different packs.
    """
    from toolkit.pipeline import check_unit
    from toolkit.publishing.returning import compared

    first = check_unit(Path(before))
    return compared(first, check_unit(Path(after), first.pack))


def evidence(path: AnyPath, folder: AnyPath | None = None, pack: AnyPack = None) -> Ledger:
    """佐证: the material listed for each indicator and project, held against the files of `folder` (佐证 beside it).

    Raises:
        UnreadableError: unreadable, or not a fill-in workbook of ours.
        PackError: the pack says nothing about material.
    """
    from toolkit.pipeline import read_return
    from toolkit.unit.returning import evidence_folder, make_ledger

    return make_ledger(*read_return(Path(path), _pack(pack)), Path(folder) if folder else evidence_folder(Path(path)))


def carry_over(last_year: AnyPath | None, pack: AnyPack = None, exports: Iterable[AnyPath] = ()) -> Carry:
    """过录: what last year's 填报表 and official tables give this year's form; `pack` is this year's.

    `carried_workbook` makes the form of it.

    Raises:
        UnreadableError: unreadable, or not a fill-in workbook of ours.
        PackError: the pack does not say what is carried over.
    """
    from toolkit.pipeline import read_return
    from toolkit.unit.returning import carry_over as carried
    from toolkit.unit.returning import nothing_before, read_export

    chosen = _pack(pack) or default_pack()
    before = read_return(Path(last_year))[0] if last_year else nothing_before(chosen)
    return carried(before, chosen, [found for path in exports for found in read_export(Path(path), chosen)])


def forms(path: AnyPath) -> bytes:
    """项目自评表: the 填报表 with a form for each listed project that has none yet, filled as far as is known.

    Raises:
        UnreadableError: unreadable, or not a fill-in workbook of ours.
        PackError: the pack lists no projects.
    """
    from toolkit.pipeline import read_return
    from toolkit.publishing.workbooks import fill_workbook
    from toolkit.unit.returning import with_forms

    unit, pack = read_return(Path(path))
    return fill_workbook(with_forms(unit, pack)[0], pack)


def run_batch(request: BatchRequest, *, jobs: int | None = None) -> BatchResult:
    """批量: every workbook of a folder, then 汇总; `jobs` processes (None: one per processor of this machine).

    Raises:
        UsageError: no such folder, a roster that is wrong, or an output that cannot be written.
    """
    from toolkit.batch import run_batch as run
    from toolkit.batch.collect import local_engine

    return run(request, local_engine(jobs or os.cpu_count() or 1, _LIMIT), _Silent())


class _Silent:
    """Nobody watches."""

    def start(self, found: FoundFiles, unchanged: int) -> None:
        """So many files were found."""

    def finished(self, record: UnitRecord) -> None:
        """One more unit."""


def _pack(pack: AnyPack) -> Pack | None:
    return find_pack(pack) if isinstance(pack, str) else pack
