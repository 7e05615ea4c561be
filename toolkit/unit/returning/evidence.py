"""佐证 evidence: which indicators and projects need material, and what staff have listed for them.

The list is a small workbook beside the files; what it does not say is taken from the form's own column.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from toolkit.core.dictionary import TableRole
from toolkit.core.errors import PackError, UsageError
from toolkit.core.findings import CellRef, Severity, severity_of
from toolkit.core.light import dataclass
from toolkit.core.patterns import late
from toolkit.core.words import as_text
from toolkit.engines.xlsx import address, open_file
from toolkit.pack import EVIDENCE_COLUMNS
from toolkit.unit.figures import compute
from toolkit.unit.projects import folded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from toolkit.core.model import Content, Row, UnitReturn
    from toolkit.pack import Pack
    from toolkit.unit.figures import Figures

EVIDENCE_NAME = "evidence.toml"

_PARTS = late(r"[；;\n]+")

_PAGE = late(r"第?\s*(\d+(?:\s*[-—–~～至、]\s*\d+)*)\s*页|[Pp]{1,2}\.?\s*(\d+(?:\s*[-—–~～]\s*\d+)*)")

_BETWEEN = late(r"[，,：:（）()《》“”\"、]")

_EDGES = ' 　，,：:（）()《》“”"、'


@dataclass(frozen=True, slots=True)
class SubjectTable:
    """A table whose rows need material (要有材料的表); see `evidence.toml`."""

    kind: str
    table: str
    name: str
    owner: str = ""
    code: str = ""
    score: str = ""
    weight: str = ""
    written: str = ""


@dataclass(frozen=True, slots=True)
class EvidenceRule:
    """One thing that is looked at (佐证规则)."""

    id: str
    severity: Severity
    text: str
    action: str


@dataclass(frozen=True, slots=True)
class EvidenceSettings:
    """What a pack says about material (佐证的设置).

    Attributes:
        list_name: the name of the list workbook; heads: `EVIDENCE_COLUMNS` → the head of that column.
        kinds: endings of files that are taken; most_bytes: the largest one.
    """

    list_name: str
    heads: Mapping[str, str]
    kinds: frozenset[str]
    most_bytes: int
    tables: tuple[SubjectTable, ...]
    rules: Mapping[str, EvidenceRule]


@dataclass(frozen=True, slots=True)
class Subject:
    """An indicator or a project (要有材料的): where it stands, its score and full score, what staff wrote there.

    `code` of an indicator is the project whose form it stands on.
    """

    kind: str
    code: str
    name: str
    ref: CellRef
    score: Decimal | None
    weight: Decimal | None
    written: str

    @property
    def full(self) -> bool:
        """Whether it earned everything."""
        return self.score is not None and self.weight is not None and self.score >= self.weight > 0

    @property
    def title(self) -> str:
        """What people call it."""
        code = f"（{self.code}）" if self.code and self.name else ""
        return f"{self.kind}“{self.name or self.code}”{code}"


@dataclass(frozen=True, slots=True)
class Material:
    """One line of the list (一份材料): what it is for as written, and the place where that stands."""

    kind: str
    code: str
    subject: str
    name: str
    page: str
    file: str
    date: str
    ref: CellRef


@lru_cache(maxsize=16)
def evidence_settings(pack: Pack) -> EvidenceSettings:
    """The settings of a pack.

    Raises:
        PackError: the pack says nothing about material.
    """
    if not pack.file(EVIDENCE_NAME).is_file():
        raise PackError(f"规则包 {pack.id} 没有写明佐证材料怎样查（缺少 {EVIDENCE_NAME}）。")
    raw = pack.text(EVIDENCE_NAME)
    return EvidenceSettings(
        raw["list"]["name"],
        {column: raw["list"][column] for column in EVIDENCE_COLUMNS},
        frozenset(kind.lower() for kind in raw["files"]["kinds"]),
        raw["files"]["most_mb"] * 1024 * 1024,
        _with_untold([_table(entry) for entry in raw["subject"]], pack),
        {name: _rule(entry) for name, entry in raw["rules"].items()},
    )


def _table(entry: Mapping[str, Any]) -> SubjectTable:
    words = {key: entry.get(key, "") for key in ("owner", "code", "score", "weight", "written")}
    return SubjectTable(entry["kind"], entry["table"], entry["name"], **words)


def _with_untold(told: list[SubjectTable], pack: Pack) -> tuple[SubjectTable, ...]:
    """The tables as told, and those of further kinds of forms, by their roles: the indicators, and what lists them."""
    known = {table.table: table for table in told}
    found = dict(known)
    for space in pack.dictionary.forms:
        tables = [t for t in space.all_of(TableRole.INDICATORS) if t.name not in known]
        for spec in tables:
            written = known[spec.like].written if spec.like in known else ""
            roles = spec.roles
            found[spec.name] = SubjectTable(
                f"{space.kind}指标", spec.name, roles.name, space.roles.name, "", roles.score, roles.weight, written
            )
        if space.listed_in and space.listed_in not in found:
            roles = pack.dictionary.book.tables[space.listed_in].roles
            found[space.listed_in] = SubjectTable(space.kind, space.listed_in, roles.name, code=roles.code)
    return tuple(found.values())


def _rule(entry: Mapping[str, str]) -> EvidenceRule:
    return EvidenceRule(entry["id"], severity_of(entry["severity"]) or Severity.NOTICE, entry["text"], entry["action"])


def to_prove(unit: UnitReturn, pack: Pack) -> tuple[Subject, ...]:
    """What needs material in a return, in the order of the form; scores as filed."""
    figures, found = compute(unit, pack), list[Subject]()
    for table in evidence_settings(pack).tables:
        for one in figures.all:
            if table.table in one.filed.space.tables:
                found += _subjects(one, table)
    return tuple(found)


def _subjects(figures: Figures, table: SubjectTable) -> Iterator[Subject]:
    owner = figures.section.text(table.owner) if table.owner else ""
    spec = figures.filed.space.tables[table.table]
    known = bool(table.score) and table.score in spec.columns
    scores = figures.filed.column(spec.full_name(table.score)) if known else ()
    for index, row in enumerate(figures.section.rows(table.table)):
        if row.text(table.name) or (table.code and row.text(table.code)):
            score = scores[index] if known else None
            yield _subject(row, table, owner, score if isinstance(score, Decimal) else None)


def _subject(row: Row, table: SubjectTable, owner: str, score: Decimal | None) -> Subject:
    code = row.text(table.code) if table.code else owner
    weight = row.number(table.weight) if table.weight else None
    written = row.text(table.written) if table.written else ""
    return Subject(table.kind, code, row.text(table.name), row.cell(table.name).ref, score, weight, written)


def written_materials(subject: Subject, kinds: frozenset[str]) -> Iterator[Material]:
    """What staff wrote into the form: 签到表（第3页）签到表.pdf；验收单.jpg."""
    for part in _PARTS.split(subject.written):
        if not part.strip(_EDGES):
            continue
        page = _PAGE.search(part)
        file = _file_in(part, kinds)
        name = part.replace(page[0], "") if page else part
        name = name.replace(file, "").strip(_EDGES) if file else name.strip(_EDGES)
        number = next((g for g in page.groups() if g), "") if page else ""
        yield Material(subject.kind, subject.code, subject.name, name or file, number, file, "", subject.ref)


def _file_in(text: str, kinds: frozenset[str]) -> str:
    """The word that ends like a file."""
    words = _BETWEEN.sub(" ", text).split()
    return next((w for w in words if any(w.lower().endswith(kind) for kind in kinds)), "")


def listed_materials(path: Path, settings: EvidenceSettings) -> tuple[Material, ...]:
    """The lines of the list workbook that name a material or a file; the columns stand in any order.

    Raises:
        UnreadableError: not a workbook.
        UsageError: no sheet has the heads.
    """
    source = open_file(path)
    for sheet in source.sheet_names:
        lines = source.values(sheet)
        for top in sorted(lines):
            places = {as_text(value).strip(): column for column, value in lines[top].items()}
            if all(settings.heads[c] in places for c in ("subject", "material", "file")):
                rows = {r: line for r, line in lines.items() if r > top}
                return tuple(_materials(sheet, rows, places, settings))
    wanted = "、".join(settings.heads.values())
    raise UsageError(f"{path.name} 里没有找到列名（{wanted}）。请用 jixiao evidence 重新生成清单再填。")


def _materials(
    sheet: str, rows: Mapping[int, Mapping[int, Content]], places: Mapping[str, int], settings: EvidenceSettings
) -> Iterator[Material]:
    for number in sorted(rows):
        texts = [as_text(rows[number].get(places.get(settings.heads[c], 0))).strip() for c in EVIDENCE_COLUMNS]
        kind, code, subject, name, page, file, date = texts
        if name or file:
            ref = CellRef(sheet, address(number, places[settings.heads["subject"]]))
            yield Material(kind, code, subject, name or file, page, file, date, ref)


def subject_of(material: Material, subjects: tuple[Subject, ...]) -> Subject | None:
    """What a line of the list is for: every word that it gives fits, and all that fit are called the same."""
    words = {"kind": material.kind, "code": material.code, "name": material.subject}
    given = {key: folded(word) for key, word in words.items() if word}
    if not given.keys() & {"code", "name"}:
        return None
    fits = [s for s in subjects if all(folded(getattr(s, key)) == word for key, word in given.items())]
    return fits[0] if fits and len({(s.kind, s.code) for s in fits}) == 1 else None
