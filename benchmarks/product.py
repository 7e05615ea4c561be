"""The product on a folder of units: `python benchmarks/product.py UNITS OUT`, CPU per stage with `--stages`.

Without `--stages` each unit goes through `pipeline.run_unit`, as the command line does; with it the same steps run one
by one under a stopwatch.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from judging import judged
from stopwatch import Stopwatch

from toolkit.batch.collect.jobs import collected_after
from toolkit.engines.files import folder_name, write_file
from toolkit.engines.xlsx.reading.source import open_file
from toolkit.pack.finding import find_pack
from toolkit.pack.pack import DOCUMENT_NAME, REPORT_NAME
from toolkit.pipeline import document_template, run_unit
from toolkit.publishing.result import result_file, result_json
from toolkit.publishing.trace.lines import document_lines, trace_rows
from toolkit.publishing.workbooks import feedback_workbook
from toolkit.publishing.workbooks.report import report_workbook

if TYPE_CHECKING:
    from toolkit.pack.pack import Pack

FEEDBACK_NAME = "审核反馈.xlsx"


def staged(path: Path, folder: Path, pack: Pack, watch: Stopwatch) -> None:
    """The steps of `run_unit`, timed one by one."""
    watch.start()
    source = open_file(path)
    watch.mark("打开读取")
    audited, lines, report = judged(source, path, pack, watch)
    document = document_template(pack).render_traced(report.names)
    watch.mark("自评报告")
    composed = document_lines(document, audited.figures)
    report = report.with_traces(trace_rows(composed))
    watch.mark("文中数溯源")
    workbook = report_workbook(report, pack, FEEDBACK_NAME)
    watch.mark("自评报表")
    feedback = feedback_workbook(source.data, source.package, audited.result, report.audit.summary, {})
    watch.mark("审核反馈")
    made = {REPORT_NAME: workbook, DOCUMENT_NAME: document.data, FEEDBACK_NAME: feedback}
    told = result_file(result_json(audited, made), [], [*lines, *composed], pack.unit)
    watch.mark("result.json")
    target = folder / folder_name(audited.unit.book.text("封面_单位代码"), audited.unit.unit_name)
    for name, data in {**made, "result.json": told}.items():
        write_file(target / name, data)
    watch.mark("写出")


@collected_after()
def one(path: Path, out: Path) -> None:
    """One unit as a worker of `jixiao batch` does it: what was read is let go before the collector looks for cycles."""
    run_unit(path, out)


def main(units: Path, out: Path, *, stages: bool) -> None:
    """Every workbook of a folder."""
    pack, watch = find_pack("hunan-2023"), Stopwatch()
    for path in sorted(units.glob("*.xlsx")):
        if stages:
            staged(path, out, pack, watch)
        else:
            one(path, out)
    sys.stdout.write(watch.to_json())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), stages="--stages" in sys.argv)
