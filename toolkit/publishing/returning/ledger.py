"""台账.xlsx: every indicator and project with its material, linked to the files; and the list to fill in."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from toolkit.core.words import value_text
from toolkit.engines import way_to
from toolkit.publishing.document import MaterialLine, Materials
from toolkit.publishing.result import finding_json
from toolkit.publishing.returning.plain import plain_book, plain_sheet
from toolkit.unit.returning import evidence_settings, to_prove, written_materials

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from toolkit.core.findings import Finding
    from toolkit.core.model import UnitReturn
    from toolkit.pack import Pack
    from toolkit.publishing.schemas import LedgerJson, LedgerLineJson
    from toolkit.unit.returning import Ledger, LedgerLine

_HEADS = (
    *("序号", "类别", "编码或项目", "指标或项目", "得分", "分值", "材料名称", "页码", "文件", "类型", "大小"),
    *("材料日期", "文件摘要（SHA-256）", "问题"),
)
_WIDTHS = (6, 12, 18, 30, 8, 8, 30, 10, 34, 8, 10, 14, 22, 14)
_LINK = _HEADS.index("文件")

_FAULT_HEADS = ("序号", "编号", "程度", "工作表", "单元格", "问题")
_FAULT_WIDTHS = (6, 8, 8, 18, 10, 100)

_LIST_WIDTHS = (12, 20, 36, 36, 12, 40, 16)


def ledger_workbook(ledger: Ledger, target: Path) -> bytes:
    """The ledger; its links lead from where `target` stands to the files. Same input, same bytes."""
    stream = io.BytesIO()
    lines = [_line(i, line) for i, line in enumerate(ledger.lines, 1)]
    links = {(i, _LINK): _way(ledger, line, target.parent) for i, line in enumerate(ledger.lines)}
    given = sum(1 for line in ledger.lines if line.material)
    title = f"{ledger.unit.unit_name or '（未填单位名称）'}　佐证材料台账"
    counts = f"材料 {given} 份，文件 {len(ledger.files)} 个，问题 {len(ledger.findings)} 个（见“问题”表）。"
    notes = [title, f"{counts}文件只看名称、大小和内容摘要，没有打开。"]
    with plain_book(stream) as book:
        plain_sheet(book, "台账", notes, _HEADS, _WIDTHS, lines, links)
        plain_sheet(book, "问题", [title], _FAULT_HEADS, _FAULT_WIDTHS, _faults(ledger))
    return stream.getvalue()


def materials(ledger: Ledger, folder: Path) -> Materials:
    """The same for the review copy, which stands in `folder`: what is listed for what, and the ways to the files."""
    given = sum(1 for line in ledger.lines if line.material)
    note = f"材料 {given} 份，问题 {len(ledger.findings)} 个。点文件名打开材料；材料的内容没有核对。"
    return Materials(note, tuple(_listed(ledger, line, folder) for line in ledger.lines))


def _listed(ledger: Ledger, line: LedgerLine, folder: Path) -> MaterialLine:
    material, way = line.material, _way(ledger, line, folder)
    words = (material.name, material.page, material.file) if material else ("没有列出材料", "", "")
    far = ["从这里链接不到文件。"] if line.file and not way else []
    return MaterialLine(line.subject.title, *words, way, "".join([*(_bare(f, line) for f in line.faults), *far]))


def _bare(finding: Finding, line: LedgerLine) -> str:
    """A finding without its place in the list and what it is for, which the line says."""
    message = finding.message.removeprefix(f"{finding.cells[0]}：" if finding.cells else "")
    return message.removeprefix(line.subject.title).removeprefix("的")


def _way(ledger: Ledger, line: LedgerLine, folder: Path) -> str:
    """From a folder to the file of a line, so that both may be copied together."""
    return way_to(ledger.folder / line.file.name, folder) if line.file else ""


def _line(number: int, line: LedgerLine) -> tuple[str, ...]:
    subject, material, file = line.subject, line.material, line.file
    scores = [value_text(v) or "" for v in (subject.score, subject.weight)]
    words = (material.name, material.page, material.file) if material else ("", "", "")
    about = (file.kind, _size(file.size)) if file else ("", "")
    day, digest = material.date if material else "", file.digest[:16] if file else ""
    faults = "、".join(dict.fromkeys(f.rule for f in line.faults))
    return (str(number), subject.kind, subject.code, subject.name, *scores, *words, *about, day, digest, faults)


def _size(size: int) -> str:
    return (
        f"{size / 1024 / 1024:.1f} MB" if size >= 1024 * 1024 else f"{max(1, round(size / 1024))} KB" if size else "0"
    )


def _faults(ledger: Ledger) -> Iterator[Sequence[str]]:
    for number, found in enumerate(ledger.findings, 1):
        where = found.cells[0].address if found.cells else ""
        yield str(number), found.rule, found.severity.label, found.sheet, where, found.message


def blank_list(unit: UnitReturn, pack: Pack) -> bytes:
    """佐证清单.xlsx: one line for every indicator and project, with what the form already says."""
    settings, stream = evidence_settings(pack), io.BytesIO()
    lines = []
    for subject in to_prove(unit, pack):
        own = (subject.kind, subject.code, subject.name)
        written = [(m.name, m.page, m.file, "") for m in written_materials(subject, settings.kinds)]
        lines += [(*own, *words) for words in written or [("", "", "", "")]]
    notes = [
        f"{unit.unit_name or '（未填单位名称）'}　佐证材料清单",
        "一份材料一行，同一指标有几份的就写几行（前三列照抄）；文件放在这个文件夹里，照写文件名。",
    ]
    with plain_book(stream) as book:
        plain_sheet(book, "佐证清单", notes, tuple(settings.heads.values()), _LIST_WIDTHS, lines)
    return stream.getvalue()


def ledger_json(ledger: Ledger) -> LedgerJson:
    """The object of `evidence --json`."""
    return {
        "schema": "jixiao.evidence/1",
        "file": ledger.unit.path,
        "unit": ledger.unit.unit_name,
        "folder": str(ledger.folder),
        "list": str(ledger.list_path) if ledger.list_path else None,
        "lines": [_line_json(line) for line in ledger.lines],
        "findings": [finding_json(f) for f in ledger.findings],
    }


def _line_json(line: LedgerLine) -> LedgerLineJson:
    subject, material, file = line.subject, line.material, line.file
    return {
        "kind": subject.kind,
        "code": subject.code or None,
        "subject": subject.name,
        "score": value_text(subject.score),
        "weight": value_text(subject.weight),
        "material": material.name if material else None,
        "page": material.page or None if material else None,
        "file": file.name if file else material.file or None if material else None,
        "size": file.size if file else None,
        "sha256": file.digest if file else None,
        "faults": [f.rule for f in line.faults],
    }
