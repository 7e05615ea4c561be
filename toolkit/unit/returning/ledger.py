"""台账 ledger: the listed material held against the files of the unit's folder.

Files are looked at from outside: name, size, first bytes, digest. Nothing is opened by its program, nothing run.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from toolkit.core.findings import CellRef, Finding, sort_findings
from toolkit.core.light import dataclass
from toolkit.core.money import plain
from toolkit.core.patterns import late
from toolkit.core.words import visible
from toolkit.engines import is_ours
from toolkit.unit.projects import folded
from toolkit.unit.returning.evidence import (
    evidence_settings,
    listed_materials,
    subject_of,
    to_prove,
    written_materials,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from toolkit.core.model import UnitReturn
    from toolkit.pack import Pack
    from toolkit.unit.returning.evidence import EvidenceSettings, Material, Subject

FOLDER_NAME, LEDGER_NAME = "佐证", "佐证台账.xlsx"

# How files begin, by their endings; endings that are not here begin in many ways.
_BEGINNINGS: tuple[tuple[tuple[str, ...], tuple[bytes, ...]], ...] = (
    ((".pdf",), (b"%PDF",)),
    ((".jpg", ".jpeg"), (b"\xff\xd8\xff",)),
    ((".png",), (b"\x89PNG",)),
    ((".bmp",), (b"BM",)),
    ((".tif", ".tiff"), (b"II*\x00", b"MM\x00*")),
    ((".docx", ".xlsx", ".pptx", ".zip", ".ofd"), (b"PK",)),
    ((".doc", ".xls", ".ppt", ".wps", ".et"), (b"\xd0\xcf\x11\xe0",)),
    ((".rar",), (b"Rar!",)),
    ((".7z",), (b"7z\xbc\xaf",)),
)
_PROGRAM = (b"MZ", b"\x7fELF", b"#!")

_DAY = late(
    r"(?<!\d)((?:19|20)\d\d)(?:\s*[-./年]\s*(1[0-2]|0?[1-9])(?!\d)(?:\s*[-./月]\s*(3[01]|[12]\d|0?[1-9])(?!\d))?|"
    r"(1[0-2]|0[1-9])(3[01]|[12]\d|0[1-9])(?!\d)|\s*年)"
)
_PAGES = late(r"第?\s*\d+(?:\s*[-—–~～至、,，]\s*\d+)*\s*页?|[Pp]{1,2}\.?\s*\d+(?:\s*[-—–~～]\s*\d+)*")

_TEMPORARY = (".~", "~$", ".")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One file of the folder (佐证文件): its path below it, its size, its digest, how it begins."""

    name: str
    size: int
    digest: str
    start: bytes

    @property
    def kind(self) -> str:
        """Its ending."""
        return PurePosixPath(self.name).suffix.lower()


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line of the ledger (台账的一行); `faults` is what is wrong with it."""

    subject: Subject
    material: Material | None
    file: KeptFile | None
    faults: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """A whole ledger (台账): every subject with its material, and what is wrong."""

    unit: UnitReturn
    folder: Path
    list_path: Path | None
    lines: tuple[LedgerLine, ...]
    files: tuple[KeptFile, ...]
    findings: tuple[Finding, ...]


def evidence_folder(workbook: Path) -> Path:
    """The folder of a workbook's material: 佐证 beside it, or one that bears its name."""
    own = workbook.with_name(f"{workbook.stem}_{FOLDER_NAME}")
    return own if own.is_dir() else workbook.with_name(FOLDER_NAME)


def is_evidence(folder: Path) -> bool:
    """Whether a folder is one of material, by its name."""
    return folder.name == FOLDER_NAME or folder.name.endswith(f"_{FOLDER_NAME}")


def make_ledger(unit: UnitReturn, pack: Pack, folder: Path) -> Ledger:
    """Hold what is listed against what is there.

    Raises:
        PackError: the pack says nothing about material.
        UsageError, UnreadableError: the list cannot be read.
    """
    settings, subjects = evidence_settings(pack), to_prove(unit, pack)
    list_path = folder / settings.list_name
    listed = listed_materials(list_path, settings) if list_path.is_file() else ()
    known = {id(s): [m for m in listed if subject_of(m, subjects) is s] for s in subjects}
    by_subject = [(s, known[id(s)] or list(written_materials(s, settings.kinds))) for s in subjects]
    files = tuple(_files(folder, settings))
    judge = _Judge(settings, pack.year, files)
    lines = tuple(line for subject, materials in by_subject for line in judge.lines(subject, materials))
    judge.unknown([m for m in listed if subject_of(m, subjects) is None])
    judge.whole_folder(lines)
    where = list_path if list_path.is_file() else None
    return Ledger(unit, folder, where, lines, files, sort_findings(judge.found))


def _files(folder: Path, settings: EvidenceSettings) -> Iterator[KeptFile]:
    """The files below a folder; links are not followed, and what we wrote there is no material."""
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(n for n in folders if not n.startswith(_TEMPORARY))
        for name in sorted(names):
            path = Path(where, name)
            ours = name == settings.list_name or (name.endswith(LEDGER_NAME) and is_ours(path))
            if not name.startswith(_TEMPORARY) and not ours and path.is_file() and not path.is_symlink():
                yield _file(path, path.relative_to(folder).as_posix())


def _file(path: Path, name: str) -> KeptFile:
    digest, start, size = hashlib.sha256(), b"", 0
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                start = start or chunk[:8]
                size += len(chunk)
                digest.update(chunk)
    except OSError:
        return KeptFile(visible(name), 0, "", b"")
    return KeptFile(visible(name), size, digest.hexdigest(), start)


class _Judge:
    """Collects what is wrong while the lines are made."""

    def __init__(self, settings: EvidenceSettings, year: int, files: Sequence[KeptFile]) -> None:
        self._settings, self._year, self._files = settings, year, files
        self.found: list[Finding] = []

    def lines(self, subject: Subject, materials: Sequence[Material]) -> Iterator[LedgerLine]:
        """The lines of one subject."""
        if not materials:
            fact = plain(subject.weight) if subject.full and subject.weight is not None else ""
            yield LedgerLine(subject, None, None, (self._tell("full" if subject.full else "none", subject, fact=fact),))
        for material in materials:
            file, why = self._find(material.file)
            faults = [self._tell("missing", subject, material, fact=why)] if why else []
            faults += [] if material.file else [self._tell("unnamed", subject, material)]
            faults += [self._tell("page", subject, material, fact=material.page)] if _is_odd(material.page) else []
            day = self._other_year(material)
            faults += [self._tell("date", subject, material, fact=day)] if day else []
            yield LedgerLine(subject, material, file, tuple(faults))

    def unknown(self, materials: Iterable[Material]) -> None:
        """Lines of the list that are for nothing in the form."""
        for material in materials:
            self._tell("unknown", None, material)

    def whole_folder(self, lines: Sequence[LedgerLine]) -> None:
        """What is wrong with the files themselves."""
        used = {line.file.name for line in lines if line.file}
        first: dict[str, KeptFile] = {}
        for file in self._files:
            self._one_file(file)
            if file.name not in used:
                self._tell("spare", file=file.name)
            if file.size and file.digest in first:
                self._tell("same", file=file.name, fact=first[file.digest].name)
            first.setdefault(file.digest, file)

    def _one_file(self, file: KeptFile) -> None:
        if not file.size:
            self._tell("empty", file=file.name)
            return
        if file.size > self._settings.most_bytes:
            self._tell("size", file=file.name, fact=f"{file.size / 1024 / 1024:.0f} MB")
        wanted = next((starts for kinds, starts in _BEGINNINGS if file.kind in kinds), ())
        if file.kind not in self._settings.kinds or file.start.startswith(_PROGRAM):
            self._tell("kind", file=file.name, fact="不是收取的材料类型")
        elif wanted and not file.start.startswith(wanted):
            self._tell("kind", file=file.name, fact="的扩展名与内容不符")

    def _find(self, written: str) -> tuple[KeptFile | None, str]:
        """The file that a line names, by its path below the folder or by its bare name; else why not."""
        if not written:
            return None, ""
        path = PurePosixPath(written.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in written:
            return None, "不在佐证文件夹里"
        same = [f for f in self._files if _same(f.name, path.as_posix())]
        same = same or [f for f in self._files if _same(PurePosixPath(f.name).name, path.as_posix())]
        same = same or [f for f in self._files if _same(PurePosixPath(f.name).stem, path.as_posix())]
        if len(same) > 1:
            return None, "在佐证文件夹里有几个同名的，请写明文件夹"
        return (same[0], "") if same else (None, "在佐证文件夹里没有找到")

    def _other_year(self, material: Material) -> str:
        """The date of a material or the first in its names that lies outside the year, or one that is no date."""
        found = (_DAY.search(text) for text in (material.date, material.name, material.file))
        other = next((day[0].strip() for day in found if day and int(day[1]) != self._year), "")
        return other or ("" if not material.date or _DAY.search(material.date) else material.date)

    def _tell(
        self,
        name: str,
        subject: Subject | None = None,
        material: Material | None = None,
        *,
        file: str = "",
        fact: str = "",
    ) -> Finding:
        """One finding, kept."""
        rule = self._settings.rules[name]
        what = subject.title if subject else material.subject or material.code if material else ""
        words = {
            "对象": what,
            "材料": material.name if material else "",
            "文件": file or (material.file if material else ""),
            "事实": fact,
        }
        text = _filled(rule.text, words)
        ref = material.ref if material else subject.ref if subject else None
        place = f"{ref}：" if ref and ref.sheet else ""
        cells: tuple[CellRef, ...] = (ref,) if ref and ref.sheet else ()
        told = Finding(rule.id, rule.severity, cells, f"{place}{text}。{rule.action}[{rule.id}]")
        self.found.append(told)
        return told


def _filled(text: str, words: Mapping[str, str]) -> str:
    """A sentence of the pack with its words; what staff typed may hold braces and stays as it is."""
    pieces = []
    rest = text
    while rest:
        head, _, tail = rest.partition("{")
        name, closed, after = tail.partition("}")
        pieces += [head, words.get(name, "") if closed else tail]
        rest = after
    return "".join(pieces)


def _is_odd(page: str) -> bool:
    return bool(page) and not _PAGES.fullmatch(page.strip())


def _same(one: str, other: str) -> bool:
    return folded(one).casefold() == folded(other).casefold()
