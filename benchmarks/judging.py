"""What both pipelines share (两边共用): a return computed, audited and traced; its CPU counts on both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from toolkit.audit.judge import Audited, audit
from toolkit.publishing.document.context import Report, report_of
from toolkit.publishing.trace.lines import trace_rows, unit_lines
from toolkit.unit.figures import compute
from toolkit.unit.read import read_unit

if TYPE_CHECKING:
    from pathlib import Path

    from stopwatch import Stopwatch

    from toolkit.engines.xlsx.reading.source import CellSource
    from toolkit.pack.pack import Pack
    from toolkit.publishing.trace.lines import Line


class Judged(NamedTuple):
    """One unit before anything is written."""

    audited: Audited
    lines: list[Line]
    report: Report


def judged(source: CellSource, path: Path, pack: Pack, watch: Stopwatch) -> Judged:
    """Read, compute, audit and trace one unit, stage by stage under the stopwatch."""
    unit = read_unit(source, pack, str(path))
    watch.mark("装入")
    figures = compute(unit, pack)
    result = audit(unit, figures, pack)
    watch.mark("运算审核")
    lines = unit_lines(figures, pack)
    audited = Audited(unit, figures, result, pack)
    report = report_of(audited).with_traces(trace_rows(lines))
    watch.mark("报告数据")
    return Judged(audited, lines, report)
