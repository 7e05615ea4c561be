"""文字核对 proofread: every check of a text, run over a report; what was read is told beside what was found."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any

from toolkit.audit.prose.checks import (
    check_balances,
    check_base_data,
    check_compared_years,
    check_cover,
    check_growth,
    check_lists,
    check_numbering,
    check_outline,
    check_projects,
    check_rates,
    check_repeats,
    check_residue,
    check_rough,
    check_scores,
    check_sums,
    check_tables,
    check_totals,
    check_twice,
    check_unit,
    check_wording,
    check_year,
)
from toolkit.audit.prose.reading import Report, What, read_report
from toolkit.core.findings import Severity
from toolkit.core.light import dataclass
from toolkit.core.money import plain
from toolkit.pack import prose_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from toolkit.audit.prose.reading import Judged, Paragraph, ProseFinding
    from toolkit.pack import Pack

    Check = Callable[[Report], Iterator[Judged]]

SCHEMA = "jixiao.proofread/1"

NUMBER_CHECKS: tuple[Check, ...] = (
    check_sums,
    check_totals,
    check_projects,
    check_lists,
    check_rates,
    check_growth,
    check_balances,
)

REPORT_CHECKS: tuple[Check, ...] = (
    *NUMBER_CHECKS,
    check_repeats,
    check_tables,
    check_twice,
    check_compared_years,
    check_scores,
    check_outline,
    check_numbering,
    check_residue,
    check_cover,
    check_year,
    check_unit,
    check_wording,
    check_rough,
    check_base_data,
)


@dataclass(frozen=True)
class Proofread:
    """The outcome for one report (核对结果)."""

    path: str
    report: Report
    judged: tuple[Judged, ...]

    @cached_property
    def findings(self) -> tuple[ProseFinding, ...]:
        """Worst first, then in reading order; the same fault found by two ways once."""
        found = [j.finding for j in self.judged if j.finding is not None]
        worst_last = sorted(found, key=lambda f: f.severity.rank, reverse=True)
        once = {(f.rule, f.paragraph, f.sides or f.fact): f for f in worst_last}
        return tuple(sorted(once.values(), key=lambda f: (f.severity.rank, f.paragraph, f.rule, f.fact)))

    @property
    def verdict(self) -> str:
        """The worst severity: error, warning, or clean; 提示 are not counted. A text without figures is incomplete."""
        worst = {f.severity for f in self.findings}
        found = next((s.value for s in (Severity.ERROR, Severity.WARNING) if s in worst), "")
        return found or ("clean" if self.has_figures else "incomplete")

    @property
    def has_figures(self) -> bool:
        """Any figure but years was read; where there is none, nothing was checked."""
        return any(q.what is not What.YEAR for s in self.report.sentences for q in s.quantities)

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """What was read: an empty list of findings means nothing where nothing was understood."""
        numbers = Counter(q.what for s in self.report.sentences for q in s.quantities)
        return {
            "paragraphs": len(self.report.paragraphs),
            "sentences": len(self.report.sentences),
            "headings": len(self.report.headings),
            "amounts": numbers[What.MONEY],
            "counts": numbers[What.COUNT],
            "percentages": numbers[What.PERCENT],
            "named_figures": len(self.report.claims),
        }

    @cached_property
    def relations(self) -> Mapping[str, int]:
        """Rule → how many relations were understood and judged."""
        return dict(sorted(Counter(j.rule for j in self.judged).items()))

    def to_json(self) -> dict[str, Any]:
        """The contracted object of `proofread --json`."""
        return {
            "schema": SCHEMA,
            "file": self.path,
            "pack": self.report.settings.pack.id,
            "unit": self.report.unit,
            "year": self.report.year,
            "verdict": self.verdict,
            "findings": [finding_json(f) for f in self.findings],
            "read": dict(self.counts),
            "relations": dict(self.relations),
        }


def finding_json(found: ProseFinding) -> dict[str, Any]:
    """One finding; numbers are strings, null where no figures apply."""
    sides = found.sides
    return {
        "rule": found.rule,
        "severity": found.severity.value,
        "paragraph": found.paragraph or None,
        "quote": found.quote,
        "left": sides.shown(sides.left) if sides else None,
        "right": sides.shown(sides.right) if sides else None,
        "difference": sides.shown(sides.gap) if sides else None,
        "tolerance": plain(sides.tolerance) if sides else None,
        "message": found.message,
    }


def proofread_file(path: Path, pack: Pack, year: int | None = None, unit: str = "") -> Proofread:
    """Read and check one report.

    Raises:
        UnreadableError: not a .docx or text file that can be read.
    """
    return proofread(read_report(path), pack, str(path), year, unit)


def proofread(
    paragraphs: Iterable[Paragraph], pack: Pack, path: str = "", year: int | None = None, unit: str = ""
) -> Proofread:
    """Check the paragraphs of a report."""
    report = Report(tuple(paragraphs), prose_settings(pack), year, unit)
    judged = (j.numbered(report.settings.rules) for check in REPORT_CHECKS for j in check(report))
    return Proofread(path, report, tuple(judged))
