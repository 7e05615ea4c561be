"""出错说明: an explanation settles a 警示 as long as the figures are those that it was written for.

A workbook without macros cannot note down the figures when staff type an explanation. So the toolkit
does it in each copy that it hands back: beside the text it writes what the finding was about (说明所指).
A text without such a note is new and counts for the figures at hand; a note that no longer fits has expired.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from toolkit.core.findings import CellRef
from toolkit.core.light import replace
from toolkit.core.money import plain, round_half_up
from toolkit.engines.xlsx import address
from toolkit.pack import RULES, SUBJECTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from toolkit.core.findings import Finding
    from toolkit.core.model import UnitReturn
    from toolkit.engines.xlsx import CellSource

_EXPIRED = "原来的说明是为变动前的数写的，已失效，请重新说明。"

_PLACES = 4


def settled(findings: Iterable[Finding], unit: UnitReturn) -> list[Finding]:
    """The findings with 已说明 where an explanation holds, and told where one has expired."""
    found = list(findings)
    if not unit.explanations:
        return found
    subjects = subjects_of(found)
    return [_settle(f, unit, subjects) for f in found]


def _settle(finding: Finding, unit: UnitReturn, subjects: Mapping[str, str]) -> Finding:
    given = unit.explanations.get(finding.rule, "").strip()
    if not given or not finding.severity.may_be_explained:
        return finding
    if unit.explained_for.get(finding.rule, subjects[finding.rule]) == subjects[finding.rule]:
        return replace(finding, explained=True)
    return replace(finding, message=finding.message.replace(f"[{finding.rule}]", f"{_EXPIRED}[{finding.rule}]"))


def subjects_of(findings: Iterable[Finding]) -> dict[str, str]:
    """Rule → what its findings are about (说明所指): both sides, or a short digest of the fact."""
    found: dict[str, list[str]] = {}
    for finding in findings:
        found.setdefault(finding.rule, []).append(_subject(finding))
    return {rule: ";".join(sorted(subjects)) for rule, subjects in found.items()}


def _subject(finding: Finding) -> str:
    if finding.left is not None and finding.right is not None:
        return "|".join(plain(round_half_up(side, _PLACES)) for side in (finding.left, finding.right))
    return hashlib.sha256(finding.message.encode()).hexdigest()[:12]


def stamps(source: CellSource, unit: UnitReturn, findings: Iterable[Finding]) -> dict[CellRef, str]:
    """What to write into the 说明所指 column of the copy that goes back: cell → text."""
    rules, subjects = source.names[0].get(RULES), source.names[0].get(SUBJECTS)
    valid = {f.rule for f in findings if f.explained}
    if rules is None or subjects is None or not valid:
        return {}
    explained = {r: s for r, s in subjects_of(findings).items() if r in unit.explanations}
    lines, found = source.values(rules.sheet), {}
    for row in range(rules.top, min(rules.bottom, max(lines, default=0)) + 1):
        rule = str(lines.get(row, {}).get(rules.left) or "")
        if rule in valid and rule in explained:
            found[CellRef(subjects.sheet, address(row, subjects.left))] = explained.pop(rule)
    return found
