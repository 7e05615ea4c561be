"""A unit's job and what became of it (单位处理记录): a few hundred bytes, and how they are read from result.json."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from toolkit.core.errors import ToolkitError
from toolkit.core.light import dataclass, replace
from toolkit.core.money import MONEY_UNITS, money_factor, parse_filled, parse_plain
from toolkit.pack import RESULT_NAME, find_pack, pack_digest, toolkit_digest
from toolkit.unit import BOOK

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from toolkit.pack import BatchFigure, Pack

DONE, UNREADABLE, OTHER_PACK = "done", "unreadable", "other_pack"

TIMEOUT, DIED, FAULT, BLOCKED = "timeout", "died", "fault", "blocked"


@dataclass(frozen=True, slots=True)
class UnitJob:
    """What to do (任务): `file` is below `home`; results go below `output`; `figures` are those to bring back.

    `money`: what the batch counts in, whatever the units' own forms count in.
    `source` is the file's real name where `file` is only how it can be shown. `keep_edits`: what staff changed in the
    report that stands there is carried into the new one.
    """

    home: str
    file: str
    output: str
    pack: str | None
    figures: tuple[BatchFigure, ...]
    money: str = ""
    again: int = 1
    public: bool = False
    source: str = ""
    keep_edits: bool = False

    @property
    def path(self) -> Path:
        """The workbook."""
        return Path(self.home) / (self.source or self.file)


@dataclass(frozen=True, slots=True)
class Project:
    """A project as a unit filed it (项目): code, name, 全年执行数.

    `withheld` ones are only told by their `place`; of these, `secret` ones bind every other unit, too.
    """

    code: str
    name: str
    spent: Decimal | None
    withheld: bool = False
    place: str = ""
    secret: bool = False


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """What became of one workbook (单位处理结果).

    Attributes:
        file: path below the batch folder as it may be told, source: as it is; outcome: `DONE`, or why there is no
        result, with `message`.
        folder: name of the result folder; feedback: name of the marked workbook in it.
        filled_on: 填报日期 as ISO text; modified: the file's time; both say which of two returns is newer.
        completeness: how many of the required data are filled, and how many are required.
        counts: open 错误, 警示 and 提示; rules: ids of the open 错误 and 警示, each once.
        figures: the amounts and heads asked for, None where blank; telling: the places of those among them from
        which an amount follows that the unit withholds; texts: names that tell what it withholds.
        edits: what became of staff's own changes to the report, one by one.
    """

    file: str
    outcome: str
    message: str = ""
    folder: str = ""
    feedback: str = ""
    code: str = ""
    name: str = ""
    department: str = ""
    filled_on: str = ""
    modified: float = 0.0
    pack: str = ""
    year: int = 0
    verdict: str = ""
    completeness: tuple[int, int] = (0, 0)
    counts: tuple[int, int, int] = (0, 0, 0)
    rules: tuple[str, ...] = ()
    total: Decimal | None = None
    grade: str = ""
    figures: tuple[Decimal | None, ...] = ()
    telling: frozenset[int] = frozenset()
    texts: frozenset[str] = frozenset()
    projects: tuple[Project, ...] = ()
    source: str = ""
    edits: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        """Whether there is a result."""
        return self.outcome == DONE


def read_record(folder: Path, job: UnitJob) -> UnitRecord:
    """The record of a finished folder.

    Raises:
        OSError, ValueError: there is no sound result.json.
    """
    return record_of(load_result(folder), folder.name, job)


def load_result(folder: Path) -> dict[str, Any]:
    """result.json of a unit folder; empty when it is no JSON object."""
    try:
        found = orjson.loads((folder / RESULT_NAME).read_bytes())
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def record_of(result: Mapping[str, Any], folder: str, job: UnitJob) -> UnitRecord:
    """The record that a result.json gives."""
    open_ones = [f for f in result["findings"] if not f["explained"]]
    severities = [f["severity"] for f in open_ones]
    values = _values(result, job.figures)
    factor = _factor(result.get("money_unit", ""), job.money)
    texts = frozenset(result["withheld_texts"])
    counts = (severities.count("error"), severities.count("warning"), severities.count("notice"))
    return UnitRecord(
        file=job.file,
        outcome=DONE,
        folder=folder,
        feedback=next((f["name"] for f in result["files"] if f["name"].startswith("审核反馈")), ""),
        code=result["unit_code"],
        name=result["unit"],
        department=result["department"],
        filled_on=result["filled_on"],
        modified=job.path.stat().st_mtime,
        pack=result["pack"],
        year=result["year"],
        verdict=result["verdict"],
        completeness=(result["completeness"]["filled"], result["completeness"]["required"]),
        counts=counts,
        rules=tuple(sorted({sys.intern(f["rule"]) for f in open_ones if f["severity"] != "notice"})),
        total=_number(result["score"]["total"]),
        grade=result["score"]["grade"] or "",
        figures=tuple(values.get(figure.name) for figure in job.figures),
        telling=frozenset(i for i, f in enumerate(job.figures) if f.name in result["withheld_figures"]),
        texts=texts,
        projects=tuple(_project(p, factor, texts) for p in result["projects"]),
        source=job.source or job.file,
    )


def _values(result: Mapping[str, Any], wanted: Iterable[BatchFigure]) -> dict[str, Decimal]:
    """The figures of a unit: those of the whole, or the sums of its project forms where only these have them.

    Amounts stand in the unit of money of the batch's figure: 元 is never added to 万元.
    """
    whole: dict[str, Decimal] = {}
    sums: dict[str, Decimal] = {}
    units = {figure.name: figure.unit for figure in wanted}
    own = result.get("money_unit", "")
    for figure in result["figures"]:
        name, scope = figure["name"], figure["scope"]
        read = parse_filled if "cell" in figure["source"] else _number
        if name not in units or (value := read(figure["value"])) is None:
            continue
        amount = value * _factor(figure.get("money_unit", own), units[name])
        if scope == BOOK:
            whole[name] = amount
        else:
            sums[name] = sums.get(name, Decimal(0)) + amount
    return {**sums, **whole}


def _factor(own: str, wanted: str) -> Decimal:
    """From one unit of money to another; what is no money, or was made before units were told, stays."""
    return money_factor(own, wanted) if own in MONEY_UNITS and wanted in MONEY_UNITS else Decimal(1)


def _project(found: Mapping[str, Any], factor: Decimal, texts: Container[str]) -> Project:
    place, spent = f"「{found['sheet']}」{found['cell']}", parse_filled(found["spent"])
    withheld = found["withheld"] or found["name"] in texts
    amount = spent * factor if spent is not None else None
    return Project(found["code"], found["name"], amount, withheld, place, found["secret"])


def _number(text: str | None) -> Decimal | None:
    return None if text is None else parse_plain(text)


def is_current(result: Mapping[str, Any], folder: Path, pack: Pack | None) -> bool:
    """Whether a result was made by this toolkit and this pack, and its files are all there."""
    try:
        chosen = pack if pack is not None and pack.id == result["pack"] else find_pack(result["pack"], folder)
        made = (result["toolkit_sha256"], result["pack_sha256"])
        _ = result["input_sha256"], result["file"]
        files = [(folder / f["name"], f["size"]) for f in result["files"]]
    except (KeyError, TypeError, ToolkitError):
        return False
    return made == (toolkit_digest(), pack_digest(chosen)) and all(_is_whole(p, s) for p, s in files)


def _is_whole(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def again(jobs: Sequence[UnitJob]) -> list[UnitJob]:
    """The same jobs as first, second, third return of one unit (重复报送)."""
    return [replace(job, again=number) for number, job in enumerate(jobs, 1)]
