"""What a press of the button shows (按钮结果), as cell changes: marks, the 审核结果 list, tool verdicts, a sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from toolkit.button_places import MARK, RESULT_HEADS, RESULTS, ROOM, STATUS, TOOL
from toolkit.cell_patch import CellChange
from toolkit.findings import Severity
from toolkit.ooxml import address
from toolkit.recalc import lines_at, same, shown_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from toolkit.fill import AuditRow
    from toolkit.findings import AuditResult, Finding
    from toolkit.ooxml import Area
    from toolkit.source import CellSource

_LONGEST = 32000  # Excel takes 32,767 characters in a cell


def has_places(source: CellSource) -> bool:
    """Whether the workbook has cells for the results: it was made from the macro workbook."""
    return STATUS in source.names[0] and RESULTS in source.names[0]


def with_verdicts(lines: Sequence[AuditRow], result: AuditResult) -> tuple[AuditRow, ...]:
    """Lines that no formula judges, with the verdict of the tool."""
    return tuple(_judged(line, verdict_word(line.rule, result)) for line in lines)


def _judged(line: AuditRow, word: str) -> AuditRow:
    if not word or not line.elsewhere:
        return line
    failed = word not in {"通过", "未检查"}
    return replace(line, verdict="不符" if failed else word, state=word)


def verdict_word(rule: str, result: AuditResult) -> str:
    """错误 · 警示 · 提示 · 已说明 · 通过 · 未检查; "" where the rule does not apply."""
    found = [f for f in result.findings if f.rule == rule]
    if found:
        worst = min((f.severity for f in found if not f.explained), key=lambda s: s.rank, default=None)
        return worst.label if worst else "已说明"
    if rule in result.passed:
        return "通过"
    return "未检查" if any(n.rule == rule for n in result.not_checked) else ""


def sentence(result: AuditResult) -> str:
    """How many of each kind, for the status cell and the message box."""
    counts = {s: sum(1 for f in result.of(s) if not f.explained) for s in Severity}
    explained = sum(1 for f in result.findings if f.explained)
    told = "，".join(f"{s.label} {n} 个" for s, n in counts.items())
    more = f"（另有已说明的警示 {explained} 个）" if explained else ""
    where = "出错的格子已标色，逐条说明见“审核结果”表。" if result.findings else ""
    unchecked = f"通过 {len(result.passed)} 条，未检查 {len(result.not_checked)} 条（缺数据，不等于通过）。"
    return f"审核完成：{told}{more}。{where}{unchecked}改数后请再按一次。"


def result_changes(
    source: CellSource, result: AuditResult, lines: Sequence[AuditRow], told: str
) -> tuple[CellChange, ...]:
    """Every result cell that shows something else than it should; nothing where the workbook has no such cells."""
    if not has_places(source):
        return ()
    wanted = [*_marks(source, result), *_list(source, result), *_verdicts(source, lines, result)]
    status = source.names[0][STATUS]
    wanted.append(CellChange(status.sheet, address(status.top, status.left), told))
    wanted += _mirrors(source, told)
    return tuple(c for c in wanted if not same(shown_at(source, c.sheet, c.address), c.value))


def _marks(source: CellSource, result: AuditResult) -> Iterator[CellChange]:
    for sheet, names in source.names[1].items():
        area = names.get(MARK)
        if area is not None:
            for severity in Severity:
                places = _places(sheet, result.of(severity))
                yield CellChange(sheet, address(area.top, area.left + severity.rank), places)


def _places(sheet: str, findings: Iterable[Finding]) -> str:
    """|A1|B2|, cut where a cell can hold no more; "" without any."""
    found = (c.address for f in findings if not f.explained for c in f.cells if c.sheet == sheet)
    text = "".join(f"{where}|" for where in sorted(dict.fromkeys(found)))[:_LONGEST]
    return f"|{text.rpartition('|')[0]}|" if text else ""


def _list(source: CellSource, result: AuditResult) -> Iterator[CellChange]:
    area = source.names[0][RESULTS]
    room = min(ROOM, area.bottom - area.top + 1)
    rows = [_texts(i, f) for i, f in enumerate(result.findings, 1)]
    if len(rows) > room:
        rest = f"另有 {len(rows) - room + 1} 个问题列不下，请先改正以上问题，或用 jixiao run 生成审核反馈查看全部。"
        rows = [*rows[: room - 1], (str(room), "", "", "", "", rest, "")]
    link = area.left + len(RESULT_HEADS) - 1
    for index in range(room):
        row = area.top + index
        texts = rows[index] if index < len(rows) else ("",) * (len(RESULT_HEADS) - 1)
        for column, text in enumerate(texts, area.left):
            yield CellChange(area.sheet, address(row, column), text)
        stored = source.formulas(area.sheet).get(address(row, link))
        if stored is not None:
            yield CellChange(area.sheet, address(row, link), "查看" if texts[4] else "", stored.text, cached=True)


def _texts(number: int, finding: Finding) -> tuple[str, ...]:
    where = finding.cells[0].address if finding.cells else ""
    state = "已说明" if finding.explained else ""
    return (str(number), finding.rule, finding.severity.label, finding.sheet, where, finding.message, state)


def _verdicts(source: CellSource, lines: Sequence[AuditRow], result: AuditResult) -> Iterator[CellChange]:
    shared: Mapping[str, Area] = source.names[0]
    if TOOL not in shared or "审核_规则" not in shared:
        return
    for row, line in lines_at(source, shared["审核_规则"], lines):
        if line.elsewhere:
            yield CellChange(shared[TOOL].sheet, address(row, shared[TOOL].left), verdict_word(line.rule, result))


def _mirrors(source: CellSource, told: str) -> Iterator[CellChange]:
    """The same sentence beside the other buttons."""
    for sheet in source.sheet_names:
        for where, stored in source.formulas(sheet).items():
            if stored.text == STATUS:
                yield CellChange(sheet, where, told, stored.text, cached=True)
