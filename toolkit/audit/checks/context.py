"""Answers of a rule (审核答复) and what a check may look at (审核范围)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from toolkit.core.findings import (
    ERROR_VALUE,
    HIDDEN_SIGNS,
    NOT_A_NUMBER,
    NOT_IN_LIST,
    NOTHING_WORD,
    OUTSIDE,
    UNCALCULATED,
    UNSEEN,
    WIPED,
    WORKBOOK_RULES,
    Finding,
    Severity,
)
from toolkit.core.kept import Memo
from toolkit.core.light import dataclass, field
from toolkit.core.words import shorten
from toolkit.unit import invisible_signs, odd_digits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from toolkit.core.dictionary import NameSpace
    from toolkit.core.findings import CellRef
    from toolkit.core.model import CellNote, UnitReturn
    from toolkit.pack import Narrowed, Pack, Rule
    from toolkit.unit import Figures, UnitFigures


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: a finding, a pass (`checked`), or neither with the `reason`."""

    finding: Finding | None = None
    checked: bool = False
    reason: str = ""


_PASSED = Answer(checked=True)


def passed() -> Answer:
    """通过."""
    return _PASSED


def failed(finding: Finding) -> Answer:
    """不符."""
    return Answer(finding=finding, checked=True)


def unchecked(reason: str) -> Answer:
    """未检查."""
    return Answer(reason=reason)


_WORKBOOK_NOTES = {
    ERROR_VALUE: ("单元格是错误值 {raw}，应为填报的内容", "请重新填写这一格。"),
    UNCALCULATED: ("单元格里的公式还没有计算结果", "请用 Excel 或 WPS 打开，保存一次再交；或直接填数。"),
    NOT_A_NUMBER: ("填的是“{raw}”，应为{kind}", "请改正。"),
    HIDDEN_SIGNS: ("文字里有不可见的控制字符，报告中以符号显示", "请删去后重新输入。"),
    NOTHING_WORD: ("填的是“{raw}”，当作没有填", "没有发生额请填 0；不适用的请空着。"),
    UNSEEN: ("{unseen}，里面填的内容看不见，却照样计算", "请让它显示出来，核对后保留或清除。"),
    NOT_IN_LIST: ("填的是“{raw}”，不在下拉列表里", "请从下拉列表里选。"),
}
# T02 of a computed cell that has a result, but not by the form's formula.
_FOREIGN_FORMULA = (
    "单元格里的公式不是表内原有的公式，可能是拖动或粘贴带来的，现按它的结果 {raw} 审核",
    "请清空这一格，再用 jixiao recalc 或“重算”按钮恢复原有的公式。",
)


@dataclass(frozen=True, slots=True, eq=False)
class Audit:
    """What a check may look at: the return as read, its figures, and the pack. Hashed by identity.

    `publishing`: a public edition is asked for. `memo` keeps what several checks share.
    """

    unit: UnitReturn
    figures: UnitFigures
    pack: Pack
    last_year: UnitReturn | None = None
    publishing: bool = False
    memo: Memo = field(default_factory=Memo)

    def label(self, name: str) -> str:
        """A name in people's words: what it is of first, its column in brackets where the column is a figure."""
        _, *words = name.split("_")
        if len(words) < 2:  # noqa: PLR2004 - group and name, nothing between
            return words[0] if words else name
        return f"{'·'.join(words[:-1])}（{words[-1]}）" if words[-1].endswith("数") else "·".join(words)

    def project(self, figures: Figures) -> str:
        """（项目“…”） for findings on a project form; "" for the workbook."""
        name = figures.section.name
        return f"（{figures.section.space.kind}“{name}”）" if figures.section.space.kind and name else ""

    def workbook_findings(self, told: AbstractSet[CellRef]) -> Iterator[Finding]:
        """T01–T11: faults of the workbook itself that reading has noted; a rule may have `told` of a stray already."""
        for note in self.unit.notes:
            if note.kind in _WORKBOOK_NOTES:
                yield self._from_note(note)
        yield from self._wiped()
        yield from self._misplaced()
        for stray in self.unit.strays:
            if stray.ref in told:
                continue
            shown = shorten(str(stray.value))
            fact = f"表格以外填了“{shown}”，这些内容不会被汇总和打印。请移到表内的格子，或删去"
            if stray.copy_of:
                fact = (
                    f"这张表像是「{stray.copy_of}」另存的一份，里面填的“{shown}”等内容不会被汇总和打印。"
                    f"要用的请填进「{stray.copy_of}」（项目的表请重新复制一张来填），再删去这张表"
                )
            yield Finding(OUTSIDE, Severity.WARNING, (stray.ref,), f"{stray.ref}：{fact}。[{OUTSIDE}]")

    def _wiped(self) -> Iterator[Finding]:
        """T11: the form's formula is gone and nothing stands there, though it would give something; once a sheet."""
        gone = {note.cell.ref for note in self.unit.notes if note.kind == WIPED}
        lost: dict[str, list[tuple[CellRef, str]]] = {}
        for figures in self.figures.all if gone else ():
            for one in figures.worked_out():
                if one.ref in gone:
                    told = f"{self.label(one.name)}空着，表内原有的公式没有了，现按公式算出的 {one.shown} 审核"
                    lost.setdefault(one.ref.sheet, []).append((one.ref, told))
        for cells in lost.values():
            (ref, fact), refs = cells[0], tuple(cell for cell, _ in cells)
            fact += f"，这张表共有 {len(cells)} 格这样" if len(cells) > 1 else ""
            action = "请用 jixiao recalc 或“重算”按钮恢复公式。"
            yield Finding(WIPED, Severity.NOTICE, refs, f"{ref}：{fact}。{action}[{WIPED}]")

    def _misplaced(self) -> Iterator[Finding]:
        """T06 too: a word of the list, but not of those that belong to the word in another column of the row."""
        for section in self.unit.sections:
            for table, column, narrowed in _narrowed(section.space, self.pack):
                by, all_words = narrowed.by.removeprefix(f"{table}_"), self.pack.choices(f"{table}_{column}") or ()
                for row in section.rows(table):
                    word, cell = row.text(by), row.cell(column)
                    fitting = narrowed.words.get(word, ())
                    if fitting and cell.value in all_words and cell.value not in fitting:
                        fact = f"{word}下面填的是“{cell.value}”，不是{word}的{column}（{'、'.join(fitting)}）"
                        told = f"{cell.ref}：{fact}。请改正其中一个。[{NOT_IN_LIST}]"
                        yield Finding(NOT_IN_LIST, Severity.WARNING, (cell.ref,), told)

    def _from_note(self, note: CellNote) -> Finding:
        (_, severity), (fact, action) = WORKBOOK_RULES[note.kind], _WORKBOOK_NOTES[note.kind]
        datum = self.pack.dictionary.datum(note.name)
        kind = "日期，例如 2024-5-20" if datum and datum.kind == "date" else "数字"
        raw = str(note.cell.raw)
        if note.kind == UNCALCULATED and note.cell.raw is not None:
            severity, (fact, action) = Severity.WARNING, _FOREIGN_FORMULA
        hidden = invisible_signs(raw)
        if note.kind == HIDDEN_SIGNS and hidden:
            kept = isinstance(note.cell.value, str) and invisible_signs(note.cell.value)
            fact = f"里有看不见的符号（{'、'.join(hidden)}）{'' if kept else '，读取时已略去'}"
        odd = "、".join(f"“{sign}”" for sign in odd_digits(raw)) if note.kind == NOT_A_NUMBER else ""
        text = fact.format(raw=shorten(raw), kind=kind, unseen=note.unseen) + (f"（{odd}不能写在数里）" if odd else "")
        label = self.label(note.name) if note.name not in self.pack.dictionary.book.tables else ""
        return Finding(note.kind, severity, (note.cell.ref,), f"{note.cell.ref}：{label}{text}。{action}[{note.kind}]")


@lru_cache(maxsize=64)
def _narrowed(space: NameSpace, pack: Pack) -> tuple[tuple[str, str, Narrowed], ...]:
    """Table and column of every drop-down that follows another one."""
    names = ((table, column) for table in space.tables.values() for column in table.columns)
    found = ((table.name, column, pack.narrowed(table.full_name(column))) for table, column in names)
    return tuple((table, column, narrowed) for table, column, narrowed in found if narrowed)


def finding_at(rule: Rule, ref: CellRef, fact: str, project: str = "") -> Finding:
    """A finding of one cell in the contracted shape: place, fact, what to do, id."""
    return Finding(rule.id, rule.severity, (ref,), f"{ref}{project}：{fact}。{rule.action}[{rule.id}]")
