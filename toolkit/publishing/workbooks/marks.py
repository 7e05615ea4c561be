"""What a press of the button shows (按钮结果), as cell changes: marks, the 审核结果 list, tool verdicts, a sentence.

The buttons write at defined names (按钮的落点) that the macro, the template and the results share; these are ASCII
because the macro's source is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolkit.audit import ELSEWHERE, ON_FORMS, audit_lines_of, lines_at
from toolkit.core.findings import Severity
from toolkit.core.light import dataclass, replace
from toolkit.engines.xlsx import CellChange, address, meaning, parse_area, shown_at
from toolkit.pack import RULES
from toolkit.publishing.workbooks.recalc import computed_changes, same

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from toolkit.audit import AuditRow
    from toolkit.core.findings import AuditResult, Finding
    from toolkit.core.model import UnitReturn
    from toolkit.engines.xlsx import Area, CellSource
    from toolkit.pack import Pack
    from toolkit.unit import UnitFigures

_LONGEST = 32000  # Excel takes 32,767 characters in a cell


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a press changes, and the sentence that it ends in."""

    changes: tuple[CellChange, ...]
    told: str


def pressed(source: CellSource, unit: UnitReturn, figures: UnitFigures, result: AuditResult, pack: Pack) -> Pressed:
    """The computed cells that are stale, and the results where the workbook has cells for them."""
    lines = audit_lines_of(unit, figures, pack)
    if has_places(source):
        lines = with_verdicts(lines, result, frozenset(form.sheet for form in unit.forms))
    told = sentence(result)
    computed = computed_changes(source, figures, pack, lines)
    return Pressed((*computed, *result_changes(source, result, lines, told)), told)


def has_places(source: CellSource) -> bool:
    """Whether the workbook has cells for the results: it was made from the macro workbook."""
    return STATUS in source.names[0] and RESULTS in source.names[0]


def with_verdicts(lines: Sequence[AuditRow], result: AuditResult, forms: AbstractSet[str]) -> tuple[AuditRow, ...]:
    """Lines that no formula judges, with the verdict of the tool; `forms` are the sheets of project forms."""
    beside = frozenset(line.rule for line in lines if not line.elsewhere)
    return tuple(_judged(line, result, forms, beside) for line in lines)


def _judged(line: AuditRow, result: AuditResult, forms: AbstractSet[str], beside: AbstractSet[str]) -> AuditRow:
    if not line.elsewhere:
        return line
    on_forms = line.state == ON_FORMS
    told = [f for f in result.findings if f.rule == line.rule and (f.sheet in forms) is on_forms]
    # A finding of the rule's own line on this sheet is not told twice.
    word = verdict_word(line.rule, result, [] if line.rule in beside and not on_forms else told)
    if not word:
        return line
    failed = word not in {"通过", "未检查"}
    return replace(line, verdict="不符" if failed else word, state=word)


def verdict_word(rule: str, result: AuditResult, found: Sequence[Finding]) -> str:
    """错误 · 警示 · 提示 · 已说明 · 通过 · 未检查; "" where another line tells, or the rule does not apply."""
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
    wanted = [*_marks(source, result), *_list(source, result), *_verdicts(source, lines)]
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
    found = (
        where for f in findings if not f.explained for c in f.cells if c.sheet == sheet for where in _cells(c.address)
    )
    text = "".join(f"{where}|" for where in sorted(dict.fromkeys(found)))[:_LONGEST]
    return f"|{text.rpartition('|')[0]}|" if text else ""


def _cells(where: str) -> Iterator[str]:
    """H5:H10 → H5, H6 …: a mark names single cells."""
    area = parse_area(f"x!{where}")
    if area is not None:
        for row in range(area.top, area.bottom + 1):
            yield from (address(row, column) for column in range(area.left, area.right + 1))


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
    return (
        str(number),
        finding.rule,
        finding.severity.label,
        finding.sheet,
        where,
        finding.message + finding.hint,
        state,
    )


def _verdicts(source: CellSource, lines: Sequence[AuditRow]) -> Iterator[CellChange]:
    shared: Mapping[str, Area] = source.names[0]
    if TOOL not in shared or RULES not in shared:
        return
    for row, line in lines_at(source, shared[RULES], lines):
        if line.elsewhere:
            word = line.state if line.state not in ELSEWHERE else ""
            yield CellChange(shared[TOOL].sheet, address(row, shared[TOOL].left), word)


def _mirrors(source: CellSource, told: str) -> Iterator[CellChange]:
    """The same sentence beside the other buttons."""
    for sheet in source.sheet_names:
        for where, stored in source.formulas(sheet).items():
            if meaning(stored.text, 1, sheet) == meaning(MIRROR, 1):
                yield CellChange(sheet, where, told, stored.text, cached=True)


MARK = "jixiao_mark"  # on each sheet: three cells with the addresses of errors, warnings, notices

STATUS = "jixiao_status"

MIRROR = f'{STATUS}&""'  # the formula beside the other buttons

RESULTS = "jixiao_results"

TOOL = "jixiao_tool"

MESSAGES = "jixiao_messages"

PREFIX = "jixiao_"

RESULT_SHEET = "审核结果"

RESULT_HEADS = ("序号", "规则", "程度", "工作表", "单元格", "问题与处理办法", "状态", "查看")

FIRST_ROW, ROOM = 4, 300

MODULE = "jixiao"

MACROS = {"计算与审核": "CheckBook", "生成报告": "MakeReport", "清除标记": "ClearMarks"}
