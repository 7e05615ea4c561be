"""The corridor (总流程): 装入 → 运算 → 审核 → 出表 for one unit. The only place that knows the order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from toolkit.audit import audit
from toolkit.button_places import RESULT_SHEET
from toolkit.compute import UnitFigures, compute
from toolkit.errors import PackError, UnreadableError
from toolkit.exchange import dump_json
from toolkit.findings import AuditResult, Finding, Severity, sort_findings
from toolkit.intake import pack_stamp, read_unit
from toolkit.outputs import folder_name, write_file
from toolkit.pack import DOCUMENT_NAME, MACRO_NAME, REPORT_NAME, Pack, find_pack
from toolkit.source import FileSource, open_file

if TYPE_CHECKING:
    from pathlib import Path

    from toolkit.model import UnitReturn
    from toolkit.report_document import DocumentTemplate
    from toolkit.result import Json
    from toolkit.source import CellSource

RESULT_NAME = "result.json"


@dataclass(frozen=True, slots=True)
class Audited:
    """One unit read, computed and audited, wherever it was read from."""

    unit: UnitReturn
    figures: UnitFigures
    result: AuditResult
    pack: Pack


@dataclass(frozen=True, slots=True)
class Checked(Audited):
    """The same with the file behind it."""

    source: FileSource

    def to_json(self) -> Json:
        """The contracted object of `check --json`."""
        from toolkit.result import check_json

        return check_json(self.unit, self.figures, self.result, self.pack)


@dataclass(frozen=True, slots=True)
class Published:
    """What a run wrote, and the audit it rests on."""

    checked: Checked
    folder: Path
    files: tuple[Path, ...]


def check_unit(path: Path, pack: Pack | None = None, last_year: Path | None = None) -> Checked:
    """Read and audit one file; `pack` None takes the pack that the workbook names.

    `last_year` is the same unit's workbook of the year before, for the rule that compares the two.

    Raises:
        UnreadableError: unreadable, or not a fill-in workbook of ours.
    """
    source, chosen, unit = _read(path, pack)
    before = _read(last_year, None)[2] if last_year else None
    figures = compute(unit, chosen)
    return Checked(unit, figures, audit(unit, figures, chosen, before), chosen, source)


def check_source(source: CellSource, path: str) -> Audited:
    """Read and audit a live book; its macros run already, so nothing is refused on their account.

    Raises:
        UnreadableError: not a fill-in workbook of ours.
    """
    pack = _pack_of(source, None)
    unit = read_unit(source, pack, path)
    figures = compute(unit, pack)
    return Audited(unit, figures, audit(unit, figures, pack), pack)


def _read(path: Path, pack: Pack | None) -> tuple[FileSource, Pack, UnitReturn]:
    source = open_file(path)
    try:
        chosen = _pack_of(source, pack)
        _refuse_foreign_macros(source, chosen)
        return source, chosen, read_unit(source, chosen, str(path))
    except UnreadableError as error:
        raise UnreadableError(f"{path.name}：{error}") from None


def _pack_of(source: CellSource, pack: Pack | None) -> Pack:
    stamp = pack_stamp(source)
    if stamp is None:
        raise UnreadableError(
            "这个工作簿不是本工具的填报表（没有找到表样标记）。请用 jixiao new 生成空白填报表，填好后再交。"
        )
    if pack is None:
        try:
            return find_pack(stamp)
        except PackError as error:
            raise UnreadableError(f"填报表是用规则包“{stamp}”生成的，这里没有这个规则包。{error}") from None
    if pack.id != stamp:
        raise UnreadableError(f"填报表是用规则包“{stamp}”生成的，不是“{pack.id}”。请用对应年度的填报表。")
    return pack


def _refuse_foreign_macros(source: FileSource, pack: Pack) -> None:
    """Only the pack's own macros may travel on: what a stranger put in is neither run nor handed to others."""
    own = _own_macros(pack) if source.package.active_parts else {}
    foreign = [n for n in source.package.active_parts if not _is_own(source.package.parts[n], own.get(n))]
    if foreign:
        raise UnreadableError(
            f"文件里有不是本工具的宏或控件（{foreign[0]}），可能有病毒，没有读取。"
            "请用 jixiao new 生成空白填报表，把数填过去再交。"
        )


def _is_own(data: bytes, own: bytes | None) -> bool:
    """Byte for byte, or the same source: Excel and LibreOffice write the project anew at each save."""
    from toolkit.vba import same_macros

    return own is not None and (data == own or same_macros(data, own))


@lru_cache(maxsize=16)
def _own_macros(pack: Pack) -> dict[str, bytes]:
    path = pack.folder / MACRO_NAME
    package = open_file(path).package if path.is_file() else None
    return {n: package.parts[n] for n in package.active_parts} if package else {}


def run_unit(path: Path, folder: Path, pack: Pack | None = None, last_year: Path | None = None) -> Published:
    """Check one file and write its finished files into `folder/<单位代码>_<单位名称>/`."""
    checked = check_unit(path, pack, last_year)
    unit = checked.unit
    target = folder / folder_name(unit.book.text("封面_单位代码"), unit.unit_name)
    made = make_files(checked, path.suffix.lower())
    written = []
    for name, data in made.items():
        write_file(target / name, data)
        written.append(target / name)
    return Published(checked, target, tuple(written))


def make_files(checked: Checked, suffix: str = ".xlsx") -> dict[str, bytes]:
    """The finished files by name. All are made before any is written."""
    from toolkit.report_context import report_context
    from toolkit.report_workbook import report_workbook
    from toolkit.result import result_json

    unit, figures, pack = checked.unit, checked.figures, checked.pack
    feedback_name = f"审核反馈{'.xlsm' if suffix == '.xlsm' else '.xlsx'}"
    context = report_context(unit, figures, checked.result, pack)
    report = report_workbook(context, pack, feedback_name)
    result = checked.result
    if report.overflow:
        result = _with_overflow(result, report.overflow)
        context = report_context(unit, figures, result, pack)
        report = report_workbook(context, pack, feedback_name)
    feedback = _feedback(checked, result, context["审核_小结"])
    return {
        REPORT_NAME: report.data,
        DOCUMENT_NAME: document_template(pack).render(context),
        feedback_name: feedback,
        RESULT_NAME: dump_json(result_json(unit, figures, result, pack)).encode(),
    }


def _feedback(checked: Checked, result: AuditResult, summary: str) -> bytes:
    """The submitted file with its marks: in its own mark cells where it has buttons, added where it has none."""
    from toolkit.button_results import has_places, pressed
    from toolkit.cell_patch import CellChange, patched
    from toolkit.explanations import stamps
    from toolkit.feedback import feedback_workbook
    from toolkit.macro_workbook import with_clean_macros

    source, noted = checked.source, stamps(checked.source, checked.unit, result.findings)
    if not has_places(source):
        made = feedback_workbook(source.data, source.package, result, summary, noted)
    else:
        found = pressed(source, checked.unit, checked.figures, result, checked.pack)
        stamped = [CellChange(ref.sheet, ref.address, text) for ref, text in noted.items()]
        made = patched(source.data, source.package, [*found.changes, *stamped], RESULT_SHEET)
    return with_clean_macros(made, source.package) if source.package.active_parts else made


def feedback_only(checked: Checked) -> bytes:
    """审核反馈 of one unit, without the finished files."""
    from toolkit.report_context import report_context

    context = report_context(checked.unit, checked.figures, checked.result, checked.pack)
    return _feedback(checked, checked.result, context["审核_小结"])


def _with_overflow(result: AuditResult, overflow: tuple[tuple[str, int, int], ...]) -> AuditResult:
    """Rows beyond the report's room are told, never silently left out."""
    found = [
        Finding(
            "T07",
            Severity.ERROR,
            (),
            f"“{table}”有 {count} 行，自评报表只能印 {room} 行，多出的没有印出。"
            "请合并行，或请规则维护人加大报表。[T07]",
        )
        for table, count, room in overflow
    ]
    return AuditResult(sort_findings([*result.findings, *found]), result.passed, result.not_checked)


@lru_cache(maxsize=16)
def document_template(pack: Pack) -> DocumentTemplate:
    """The pack's Word template, compiled once per process."""
    from toolkit.report_document import DocumentTemplate

    return DocumentTemplate.load(pack.folder / DOCUMENT_NAME)
