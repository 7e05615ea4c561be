"""What both pipelines share (两边共用): a return computed, audited and traced; its CPU counts on both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from toolkit.audit import audit
from toolkit.compute import UnitFigures, compute
from toolkit.intake import read_unit
from toolkit.report_context import report_context
from toolkit.trace_lines import trace_rows, unit_lines

if TYPE_CHECKING:
    from pathlib import Path

    from stopwatch import Stopwatch

    from toolkit.findings import AuditResult
    from toolkit.model import UnitReturn
    from toolkit.pack import Pack
    from toolkit.source import CellSource
    from toolkit.trace_lines import Line


class Judged(NamedTuple):
    """One unit before anything is written."""

    unit: UnitReturn
    figures: UnitFigures
    result: AuditResult
    lines: list[Line]
    context: dict[str, Any]


def judged(source: CellSource, path: Path, pack: Pack, watch: Stopwatch) -> Judged:
    """Read, compute, audit and trace one unit, stage by stage under the stopwatch."""
    unit = read_unit(source, pack, str(path))
    watch.mark("装入")
    figures = compute(unit, pack)
    result = audit(unit, figures, pack)
    watch.mark("运算审核")
    lines = unit_lines(figures, pack)
    context = report_context(unit, figures, result, pack) | {"溯源": trace_rows(lines)}
    watch.mark("报告数据")
    return Judged(unit, figures, result, lines, context)
