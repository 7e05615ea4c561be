"""The corridor (总流程): 装入 → 运算 → 审核 → 出表 for one unit. The only place that knows the order."""

from __future__ import annotations

from functools import lru_cache
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from toolkit.audit import Audited, audit
from toolkit.core.errors import OtherPackError, PackError, UnreadableError, UsageError
from toolkit.core.findings import sort_findings
from toolkit.core.light import dataclass, replace
from toolkit.core.words import visible
from toolkit.engines import folder_name, is_ours, keep_inputs, make_folder, read_input, remove_file, write_file
from toolkit.engines.xlsx import FileSource, open_file
from toolkit.pack import DOCUMENT_NAME, MACRO_NAME, REPORT_NAME, RESULT_NAME, Pack, find_pack
from toolkit.unit import UnitFigures, compute, pack_stamp, read_unit, served

if TYPE_CHECKING:
    from collections.abc import Mapping

    from toolkit.audit.prose import Proofread
    from toolkit.core.findings import Finding
    from toolkit.core.model import UnitReturn
    from toolkit.engines.xlsx import CellSource, NamedSource
    from toolkit.publishing import PublicEdition
    from toolkit.publishing.document import DocumentTemplate, Edit, Materials, Merged, Rendered, Report
    from toolkit.publishing.schemas import CheckJson
    from toolkit.publishing.trace import Line

REVIEW_NAME, PUBLIC_FOLDER, PRINT_NAME = "自评报告_审阅.docx", "公开", "打印册.pdf"

PUBLIC_FILES = (REPORT_NAME, DOCUMENT_NAME, RESULT_NAME)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run makes beside the usual files (另要的成品).

    Attributes:
        review: the copy of the report with a comment at each amount, rate and score ("figures"), or at "all".
        public: the public edition in `公开/`, or why there is none.
        html: a page for a browser.
        edits: "know" lets a later run know what staff change in the report; "keep" also carries what they changed
            in the one that stands there into the new one.
        pdf: 打印册.pdf, the report with its cover and its tables, for the printer.
        contents: a list of the report's headings behind its cover, of the public one's too.
    """

    review: Literal["", "figures", "all"] = ""
    public: bool = False
    html: bool = False
    edits: Literal["", "know", "keep"] = ""
    pdf: bool = False
    contents: bool = False


USUAL = Wanted()


@dataclass(frozen=True, slots=True)
class Checked(Audited):
    """The same with the file behind it."""

    source: FileSource

    def to_json(self) -> CheckJson:
        """The contracted object of `check --json`."""
        from toolkit.publishing import check_json

        return check_json(self)


@dataclass(frozen=True, slots=True)
class Published:
    """What a run wrote, and the audit it rests on.

    `result` is result.json as it was written; `public` is None when no public edition was asked for; `edits` are
    what became of staff's own changes to the report.
    """

    checked: Checked
    folder: Path
    files: tuple[Path, ...]
    result: bytes
    public: PublicEdition | None = None
    edits: tuple[Edit, ...] = ()


def check_unit(path: Path, pack: Pack | None = None, last_year: Path | None = None, *, public: bool = False) -> Checked:
    """Read and audit one file; `pack` None takes the pack that the workbook names.

    `last_year` is the same unit's workbook of the year before, for the rule that compares the two;
    `public` judges the rules of publication too.

    Raises:
        UnreadableError: unreadable, or not a fill-in workbook of ours.
    """
    source, chosen, unit = _read(path, pack)
    before = _read_before(last_year, chosen) if last_year else None
    figures = compute(unit, chosen)
    return Checked(unit, figures, audit(unit, figures, chosen, before, publishing=public), chosen, source)


def read_return(path: Path, pack: Pack | None = None) -> tuple[UnitReturn, Pack]:
    """Read one file and do not audit it: for what wants its figures alone.

    Raises:
        UnreadableError: unreadable, or not a fill-in workbook of ours.
    """
    _, chosen, unit = _read(path, pack)
    return unit, chosen


def _read_before(path: Path, pack: Pack) -> UnitReturn:
    """Last year's workbook: by its own pack, or where that is not here any more by this year's names."""
    try:
        return _read(path, None)[2]
    except OtherPackError:
        return read_unit(open_file(path), pack, str(path), whole=False)


def check_source(source: NamedSource, path: str) -> Audited:
    """Read and audit a live book; its macros run already, so nothing is refused on their account.

    Raises:
        UnreadableError: not a fill-in workbook of ours.
    """
    pack = _pack_of(source, None, Path(path).parent)
    source = served(source, pack)
    unit = read_unit(source, pack, path)
    figures = compute(unit, pack)
    return Audited(unit, figures, audit(unit, figures, pack), pack)


def _read(path: Path, pack: Pack | None) -> tuple[FileSource, Pack, UnitReturn]:
    source = open_file(path)
    try:
        chosen = _pack_of(source, pack, path.parent)
        _refuse_foreign_macros(source, chosen)
        source = served(source, chosen)
        return source, chosen, read_unit(source, chosen, visible(str(path)))
    except UnreadableError as error:
        raise type(error)(f"{visible(path.name)}：{error}") from None


def _pack_of(source: CellSource, pack: Pack | None, near: Path) -> Pack:
    stamp = pack_stamp(source)
    if stamp is None:
        raise UnreadableError(
            "这个工作簿不是本工具的填报表（没有找到表样标记）。"
            "旧表、残表和公开的官方表可以用 jixiao move 移进一份新的填报表；没有的请用 jixiao new 生成空白填报表。"
        )
    if pack is None:
        try:
            return find_pack(stamp, near)
        except PackError as error:
            raise OtherPackError(
                f"填报表是用规则包“{stamp}”生成的，这里没有这个规则包。"
                f"请把规则包的文件夹放进填报表旁边的“规则包”文件夹，或用 --pack 指出。{error}"
            ) from None
    if pack.id != stamp:
        raise OtherPackError(f"填报表是用规则包“{stamp}”生成的，不是“{pack.id}”。请用对应年度的填报表。")
    return pack


def _refuse_foreign_macros(source: FileSource, pack: Pack) -> None:
    """Only the pack's own macros may travel on: what a stranger put in is neither run nor handed to others."""
    own = _own_macros(pack) if source.package.active_parts else {}
    foreign = [n for n in source.package.active_parts if not _is_own(source.package.parts[n], own.get(n))]
    if foreign:
        raise UnreadableError(
            f"文件里有不是本工具的宏或控件（{foreign[0]}），可能有病毒，没有读取。"
            "请用 jixiao move 把数移进一份新的填报表再交（宏不会带过去）。"
        )


def _is_own(data: bytes, own: bytes | None) -> bool:
    """Byte for byte, or the same source: Excel and LibreOffice write the project anew at each save."""
    from toolkit.engines.vba import same_macros

    return own is not None and (data == own or same_macros(data, own))


@lru_cache(maxsize=16)
def _own_macros(pack: Pack) -> dict[str, bytes]:
    path = pack.folder / MACRO_NAME
    package = open_file(path).package if path.is_file() else None
    return {n: package.parts[n] for n in package.active_parts} if package else {}


def run_unit(  # noqa: PLR0913 - a file and its place, a pack, last year, and what a batch knows
    path: Path,
    folder: Path,
    pack: Pack | None = None,
    last_year: Path | None = None,
    wanted: Wanted = USUAL,
    *,
    again: int = 1,
    done: Mapping[Path, Path] = MappingProxyType({}),
) -> Published:
    """Check one file and write its finished files into `folder/<单位代码>_<单位名称>/`.

    The second workbook of a unit in one batch (重复报送) has `again=2` and a folder of its own. `done` are the
    folders that this command has filled, each with its workbook.

    Raises:
        UsageError: the results would be written over an input, or over what is not ours; nothing is changed.
    """
    checked = check_unit(path, pack, last_year, public=wanted.public)
    ending = f"_重复报送{again}" if again > 1 else ""
    target = folder / (folder_name(checked.unit.book.code, checked.unit.unit_name) + ending)
    if target in done:
        raise UsageError(
            f"{path.name} 和 {done[target].name} 填的是同一个单位（{target.name}），后一份会盖掉前一份的结果，没有写。"
            "请只留一份，或给后一份换个输出文件夹。"
        )
    return _written(checked, target, wanted, [path, *([last_year] if last_year else [])])


def _written(checked: Checked, target: Path, wanted: Wanted, inputs: list[Path]) -> Published:
    """Make everything, then write it: result.json goes first and comes last, so without it a folder is unfinished."""
    materials = _materials(checked, inputs[0], target) if wanted.review else None
    made = make_files(checked, inputs[0].suffix.lower(), wanted, materials)
    merged = _merged(target, made[DOCUMENT_NAME]) if wanted.edits == "keep" else None
    public = _public_edition(checked) if wanted.public else None
    targets = [target / name for name in made if not (merged and name == DOCUMENT_NAME)]
    targets += [target / PUBLIC_FOLDER / name for name in PUBLIC_FILES] if wanted.public else []
    targets += [target / PRINT_NAME] if wanted.pdf else []
    make_folder(target)
    keep_inputs(targets, inputs)
    remove_file(target / RESULT_NAME)
    edition = _write_public(*public, target / PUBLIC_FOLDER, wanted) if public else None
    if merged:
        report = _with_contents(merged.data, wanted, own=False)
        _put_aside(target / DOCUMENT_NAME, report)
        write_file(target / DOCUMENT_NAME, report, over=True)
    for name, data in made.items():
        if not (merged and name == DOCUMENT_NAME):
            write_file(target / name, _with_contents(data, wanted) if name == DOCUMENT_NAME else data)
    if wanted.pdf:
        from toolkit.engines import as_pdf
        from toolkit.publishing.document import for_printer

        written = target / DOCUMENT_NAME
        write_file(target / PRINT_NAME, as_pdf(written, for_printer(written.read_bytes())))
    files = tuple(target / name for name in [*made, *([PRINT_NAME] if wanted.pdf else [])])
    return Published(checked, target, files, made[RESULT_NAME], edition, merged.edits if merged else ())


def _merged(folder: Path, fresh: bytes) -> Merged | None:
    """The new report with what staff changed in the one that stands there; None when nobody changed it.

    The merged report bears no mark of ours: what staff wrote in it is not to be written over by a plain run.

    Raises:
        UnreadableError: what stands there is no Word document.
    """
    import orjson

    from toolkit.publishing.document import with_edits

    path = folder / DOCUMENT_NAME
    if not path.is_file() or is_ours(path):
        return None
    try:
        before = orjson.loads((folder / RESULT_NAME).read_bytes()).get("report")
    except (OSError, ValueError, AttributeError):
        before = None
    before = before or _texts_before(folder)
    data = read_input(path, "请换一份再试。", "Word 或 WPS")
    try:
        return with_edits(fresh, data, before)
    except UnreadableError as error:
        raise UnreadableError(f"{path.name}：{error}") from None


def _texts_before(folder: Path) -> list[list[str]] | None:
    """The texts of the report as it was made: once more from the return of that run, which its 审核反馈 still is."""
    from toolkit.publishing.document import texts_of

    feedback = next((path for path in sorted(folder.glob("审核反馈.*")) if is_ours(path)), None)
    try:
        return texts_of(_rendered(check_unit(feedback)).data) if feedback else None
    except UnreadableError:
        return None


def _put_aside(path: Path, other: bytes) -> None:
    """Keep staff's report under a name of its own before another one takes its place."""
    data = path.read_bytes()
    if data == other:
        return
    number = next(n for n in count(1) if not path.with_stem(f"{path.stem}_改稿{n}").exists())
    write_file(path.with_stem(f"{path.stem}_改稿{number}"), data)


def proofread_against(path: Path, checked: Checked, year: int | None = None, unit: str = "") -> Proofread:
    """文字核对 of a report in Word, and what it says otherwise than the workbook does now (proofread --against).

    Raises:
        UnreadableError: not a Word document.
    """
    from toolkit.audit.prose import proofread_file
    from toolkit.publishing.document import against
    from toolkit.publishing.trace import comment

    pack, figures = checked.pack, checked.figures
    done = proofread_file(path, pack, year or pack.year, unit or checked.unit.unit_name)
    data = read_input(path, "请换一份再试。", "Word 或 WPS")
    try:
        held = against(_rendered(checked), data, done.report.paragraphs, lambda printed: comment(printed, figures))
    except UnreadableError as error:
        raise UnreadableError(f"{path.name}：{error}") from None
    return replace(done, judged=(*held, *done.judged))


def _rendered(checked: Checked) -> Rendered:
    from toolkit.publishing.document import report_of

    checked, report = _with_overflow(checked, report_of(checked))
    return document_template(checked.pack).render_traced(report.names)


def _with_contents(report: bytes, wanted: Wanted, *, own: bool = True) -> bytes:
    """A report as it is to be written: with a list of its headings where it is wanted."""
    if not wanted.contents:
        return report
    from toolkit.publishing.document import with_contents

    return with_contents(report, own=own)


def _public_edition(checked: Checked) -> tuple[dict[str, bytes], tuple[Finding, ...]]:
    """The files of the public edition, and why there are none.

    Raises:
        PackError: the pack does not say what may be published.
    """
    from toolkit.publishing import public_files

    return public_files(checked, document_template(checked.pack))


def _write_public(made: dict[str, bytes], refused: tuple[Finding, ...], folder: Path, wanted: Wanted) -> PublicEdition:
    """Write the public edition; when it is refused, no earlier one may stand there and pass for it."""
    from toolkit.publishing import PublicEdition

    for name in PUBLIC_FILES if refused else ():
        remove_file(folder / name)
    for name, data in made.items():
        write_file(folder / name, _with_contents(data, wanted) if name == DOCUMENT_NAME else data)
    return PublicEdition(folder, tuple(folder / name for name in made), refused)


def make_files(
    checked: Checked, suffix: str = ".xlsx", wanted: Wanted = USUAL, materials: Materials | None = None
) -> dict[str, bytes]:
    """The finished files by name, all made before any is written; `materials` go into the review copy."""
    from toolkit.publishing import result_file, result_json
    from toolkit.publishing.document import report_of, texts_of
    from toolkit.publishing.trace import trace_rows
    from toolkit.publishing.workbooks import report_workbook

    feedback_name = f"审核反馈{'.xlsm' if suffix == '.xlsm' else '.xlsx'}"
    checked, report = _with_overflow(checked, report_of(checked))
    documents, lines = _documents(checked, report, wanted, materials)
    told = texts_of(documents[DOCUMENT_NAME]) if wanted.edits else []  # read while little else is held
    checked, report = _with_overflow(checked, report.with_traces(trace_rows(lines)))
    made = {
        REPORT_NAME: report_workbook(report, checked.pack, feedback_name),
        **documents,
        feedback_name: feedback_only(checked),
    }
    if wanted.html:
        from toolkit.publishing import PAGE_NAME, unit_page

        made[PAGE_NAME] = unit_page(checked, checked.source, list(made))
    return made | {RESULT_NAME: result_file(result_json(checked, made), told, lines, checked.pack.unit)}


def _documents(
    checked: Checked, report: Report, wanted: Wanted, materials: Materials | None
) -> tuple[dict[str, bytes], list[Line]]:
    """自评报告 and its review copy, and the lines of 溯源.

    What the report was rendered from ends here: 50 MB of a unit with 300 project forms.
    """
    from toolkit.publishing.trace import document_lines, unit_lines

    figures, pack = checked.figures, checked.pack
    document = document_template(pack).render_traced(report.names)
    review = {REVIEW_NAME: _review(document, figures, wanted, materials)} if wanted.review else {}
    return {DOCUMENT_NAME: document.data, **review}, [*unit_lines(figures, pack), *document_lines(document, figures)]


def _review(document: Rendered, figures: UnitFigures, wanted: Wanted, materials: Materials | None) -> bytes:
    from toolkit.publishing.document import review_document
    from toolkit.publishing.trace import comment

    everything = wanted.review == "all"
    return review_document(document, lambda printed: comment(printed, figures), materials, everything=everything)


def _materials(checked: Checked, path: Path, folder: Path) -> Materials | None:
    """The material beside the workbook, for a copy that will stand in `folder`; a list that is unreadable is told."""
    from toolkit.publishing.document import Materials
    from toolkit.publishing.returning import materials
    from toolkit.unit.returning import evidence_folder, make_ledger

    home = evidence_folder(path)
    if not home.is_dir():
        return None
    try:
        return materials(make_ledger(checked.unit, checked.pack, home), folder)
    except PackError:
        return None  # a form without material
    except (UnreadableError, UsageError) as error:
        return Materials(str(error))


def feedback_only(checked: Checked) -> bytes:
    """审核反馈: the submitted file with its marks: in its own mark cells where it has buttons, added where not."""
    from toolkit.audit import stamps
    from toolkit.engines.xlsx import CellChange, open_package, patched, rewritten
    from toolkit.publishing.document import summary_of
    from toolkit.publishing.workbooks import (
        RESULT_SHEET,
        feedback_workbook,
        has_places,
        pressed,
        shown_first,
        with_clean_macros,
    )

    source, result = checked.source, checked.result
    noted = stamps(source, checked.unit, result.findings)
    if not has_places(source):
        made = feedback_workbook(source.data, source.package, result, summary_of(result), noted)
    else:
        found = pressed(source, checked.unit, checked.figures, result, checked.pack)
        stamped = [CellChange(ref.sheet, ref.address, text) for ref, text in noted.items()]
        made = patched(source.data, source.package, [*found.changes, *stamped], RESULT_SHEET)
        package = open_package(made)
        made = rewritten(made, package, shown_first(package, RESULT_SHEET))
    return with_clean_macros(made, source.package) if source.package.active_parts else made


def _with_overflow(checked: Checked, report: Report) -> tuple[Checked, Report]:
    """What the report has no room for is told, never silently left out; what was told before is not told again."""
    from toolkit.publishing.document import audit_words
    from toolkit.publishing.workbooks import beyond_room

    result = checked.result
    found = [f for f in beyond_room(report, checked.pack) if f not in result.findings]
    if not found:
        return checked, report
    told = replace(result, findings=sort_findings([*result.findings, *found]))
    checked = replace(checked, result=told)
    return checked, replace(report, audit=audit_words(checked))


def document_template(pack: Pack) -> DocumentTemplate:
    """The pack's Word template of the report."""
    from toolkit.publishing.document import pack_template

    return pack_template(pack, DOCUMENT_NAME)
