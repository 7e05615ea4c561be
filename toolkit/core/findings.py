"""Findings (审核结果): what is wrong, where, by how much, and what to do. Returned, never raised."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from toolkit.core.light import dataclass, field
from toolkit.core.money import figure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from decimal import Decimal

_Told = TypeVar("_Told")


class Severity(StrEnum):
    """严重程度: 错误 blocks, 警示 needs an explanation, 提示 is for information."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"

    @property
    def label(self) -> str:
        """The Chinese word shown to users."""
        return {"error": "错误", "warning": "警示", "notice": "提示"}[self.value]

    @property
    def rank(self) -> int:
        """0 for the worst; used for sorting."""
        return list(Severity).index(self)

    @property
    def may_be_explained(self) -> bool:
        """Whether 出错说明 settles it: a 错误 must be mended, and a 提示 asks for nothing."""
        return self is Severity.WARNING


def severity_of(written: object) -> Severity | None:
    """错误 or error, 警示 or warning, 提示 or notice; None for any other word."""
    return next((s for s in Severity if str(written).strip() in {s.value, s.label}), None)


# What is asked of every workbook and of every report that staff have changed, whatever the pack: the tool's own ids.
ERROR_VALUE, UNCALCULATED, OUTSIDE, NOT_A_NUMBER, HIDDEN_SIGNS = "T01", "T02", "T03", "T04", "T05"
NOT_IN_LIST, NO_ROOM, NOTHING_WORD, NAMELESS, UNSEEN, WIPED = "T06", "T07", "T08", "T09", "T10", "T11"
OTHER_FIGURE, SECTION_GONE, FIGURES_GONE = "X02", "X03", "X04"

# The rule of a workbook → its title, and what breaking it is at the worst.
WORKBOOK_RULES: Mapping[str, tuple[str, Severity]] = MappingProxyType(
    {
        ERROR_VALUE: ("单元格里没有错误值", Severity.ERROR),
        UNCALCULATED: ("单元格里是表内原有的公式，有计算结果", Severity.ERROR),
        OUTSIDE: ("内容填在表格以内", Severity.WARNING),
        NOT_A_NUMBER: ("填数字、日期的格子只填数字、日期", Severity.ERROR),
        HIDDEN_SIGNS: ("文字里没有看不见的字符", Severity.NOTICE),
        NOT_IN_LIST: ("有下拉列表的，从列表里选", Severity.WARNING),
        NO_ROOM: ("填报的内容不超过自评报表的行数和格子", Severity.ERROR),
        NOTHING_WORD: ("没有发生额填 0，不适用的空着", Severity.NOTICE),
        NAMELESS: ("每个指标写明名称、一级指标和性质", Severity.ERROR),
        UNSEEN: ("隐藏的行、列、工作表里没有填报内容", Severity.WARNING),
        WIPED: ("自动计算的格子里有公式", Severity.NOTICE),
    }
)


class CellRef(NamedTuple):
    """A place in a workbook (单元格): sheet name and A1 address."""

    sheet: str
    address: str

    def __str__(self) -> str:
        """「整体自评表」F9."""
        return f"「{self.sheet}」{self.address}"


# How a slip is told to the person who made it.
_SLIPS: Mapping[str, str] = MappingProxyType(
    {
        "漏填": "漏填",
        "数字颠倒": "两位数字颠倒",
        "一位数字": "一位数字打错",
        "正负号": "正负号打错",
        "小数点或单位": "小数点或单位错位",
        "多一位或少一位": "多打或少打一位",
        "抄了邻格": "抄了旁边的数",
        "四舍五入": "取了整",
    }
)
_SHOWN_CLUES = 2


@dataclass(frozen=True, slots=True)
class Clue:
    """查错线索: cells that may be wrong, what should then stand there, and the rules that would hold.

    `mechanism` says how such a slip happens (漏填, 一位数字…), "" where none fits.
    """

    cells: tuple[CellRef, ...]
    values: tuple[Decimal, ...]
    mechanism: str
    satisfies: tuple[str, ...]

    def text(self, sheet: str) -> str:
        """H5 若为 2078.26，A04、A03 都成立（像是一位数字打错）; `sheet` is where the reader looks already."""
        shown = (c.address if c.sheet == sheet else str(c) for c in self.cells)
        pairs = "、".join(f"{c} 若为 {figure(v)}" for c, v in zip(shown, self.values, strict=True))
        rules = "、".join(self.satisfies) + (" 都成立" if len(self.satisfies) > 1 else " 成立")
        return f"{pairs}，{rules}" + (f"（像是{_SLIPS[self.mechanism]}）" if self.mechanism in _SLIPS else "")


class Cause(NamedTuple):
    """What a finding comes of (起因): the cell to mend first, and the rule that tells of it; "" where it is blank."""

    cell: CellRef
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault (审核问题), complete in itself: place, fact, expected, difference, action, id.

    Attributes:
        rule: the rule's id in the pack, e.g. "A03"; "T.." for the workbook itself (表样).
        cells: the cells concerned, the first being the one to jump to.
        left: what stands there; right: what should; difference: their gap; all None where no figures apply.
        message: the whole Chinese sentence, ending in the id.
        explained: a 警示 that staff have explained on the 审核 sheet.
        clues: which cells are most likely wrong, the likeliest first; never more than five.
        caused_by: what it comes of, where that is certain; None for a fault of its own.
    """

    rule: str
    severity: Severity
    cells: tuple[CellRef, ...]
    message: str
    left: Decimal | None = None
    right: Decimal | None = None
    difference: Decimal | None = None
    tolerance: Decimal | None = None
    explained: bool = False
    clues: tuple[Clue, ...] = ()
    caused_by: Cause | None = None

    @property
    def hint(self) -> str:
        """The likeliest clues as a sentence, "" where there is none."""
        sure = [clue for clue in self.clues if clue.mechanism or len(clue.satisfies) > 1]
        told = "；".join(clue.text(self.sheet) for clue in sure[:_SHOWN_CLUES])
        return f"线索：{told}。" if told else ""

    @property
    def sheet(self) -> str:
        """The sheet of the first cell, or ""."""
        return self.cells[0].sheet if self.cells else ""


@dataclass(frozen=True, slots=True)
class NotChecked:
    """A rule that could not be judged (未检查), with the reason; never counted as passed."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Missing:
    """Something required that is not filled in (缺项): its name, where it belongs, and what people call it."""

    name: str
    cell: CellRef
    title: str


@dataclass(frozen=True, slots=True)
class Completeness:
    """填报完整度: sheet → (filled, required), and what is missing in the order of the form."""

    by_sheet: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    missing: tuple[Missing, ...] = ()

    @property
    def filled(self) -> int:
        """How many of the required data are there."""
        return sum(filled for filled, _ in self.by_sheet.values())

    @property
    def required(self) -> int:
        """How many data are required."""
        return sum(required for _, required in self.by_sheet.values())

    def untold(self, findings: Iterable[Finding]) -> tuple[Missing, ...]:
        """What is missing and is not told by a finding at that very cell."""
        told = {cell for finding in findings for cell in finding.cells}
        return tuple(m for m in self.missing if m.cell not in told)


Verdict = Literal["error", "incomplete", "warning", "clean"]


@dataclass(frozen=True, slots=True)
class AuditResult:
    """Outcome of the audit of one unit (审核结论): three disjoint answers per rule, and what is missing."""

    findings: tuple[Finding, ...] = ()
    passed: tuple[str, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    completeness: Completeness = field(default_factory=Completeness)

    @property
    def verdict(self) -> Verdict:
        """What it comes to; "incomplete": required data are missing. Explained 警示 and 提示 do not count."""
        open_ones = {f.severity for f in self.findings if not f.explained}
        if Severity.ERROR in open_ones:
            return "error"
        if self.completeness.missing:
            return "incomplete"
        return "warning" if Severity.WARNING in open_ones else "clean"

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings of one severity."""
        return tuple(f for f in self.findings if f.severity is severity)


def sort_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Worst first, then by rule and place, so that the order never depends on evaluation."""
    return tuple(sorted(findings, key=lambda f: (f.severity.rank, f.rule, f.cells, f.message)))


Folded = tuple[Finding, tuple[Finding, ...]]  # a finding, and those that come of the same fault


def by_cause(findings: Iterable[Finding]) -> list[Folded]:
    """The findings in their order, each with those that go when it is mended: they are folded under it."""
    return folded(findings, _told_by, lambda finding: finding.caused_by)


def _told_by(finding: Finding) -> tuple[Cause, ...]:
    return causes_of(finding.cells[0], finding.rule, blank=finding.difference is None) if finding.cells else ()


def causes_of(cell: CellRef, rule: str, *, blank: bool) -> tuple[Cause, ...]:
    """What other findings may name as their cause when a rule tells of a cell; `blank`: it tells that it is blank."""
    return (Cause(cell, rule), Cause(cell)) if blank else (Cause(cell, rule),)


def folded(
    given: Iterable[_Told], causes: Callable[[_Told], Iterable[Cause]], caused_by: Callable[[_Told], Cause | None]
) -> list[tuple[_Told, tuple[_Told, ...]]]:
    """What is told in its order, each with what comes of it; the first that names a cause stands for an untold one."""
    leads: dict[Cause, _Told] = {}
    told = list(given)
    for one in told:
        if caused_by(one) is None:
            for own in causes(one):
                leads.setdefault(own, one)
    under: dict[int, list[_Told]] = {}
    for one in told:
        cause = caused_by(one)
        lead = leads.setdefault(cause, one) if cause else one
        under.setdefault(id(lead), [])
        if lead is not one:
            under[id(lead)].append(one)
    return [(one, tuple(under[id(one)])) for one in told if id(one) in under]
