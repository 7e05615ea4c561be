"""The plain pipeline (对照): what a competent developer writes first, with pandas, openpyxl and docxtpl as documented.

`python benchmarks/reference.py UNITS OUT` makes the same files with the same contents as the product: values, formulas,
hidden rows, merged cells, links, marks, the Word report and result.json. It is charitable: one `read_excel` call per
workbook, one `load_workbook` for names and formulas that the feedback then reuses, no estimate of row heights.

What is not reading or writing files (read_unit, compute, audit, report_of, trace lines, result_json) is the
product's own code on the cells that pandas and openpyxl read; its CPU counts in both pipelines. Where the figures in
the Word text come from is told by the product's renderer, and the document is then made once more by docxtpl.
"""

from __future__ import annotations

import hashlib
import sys
import warnings
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import pandas as pd
from docxtpl import DocxTemplate
from judging import judged
from openpyxl import load_workbook
from reference_feedback import write_feedback
from reference_report import write_report
from stopwatch import Stopwatch

from toolkit.audit.explanations import stamps
from toolkit.engines.files import folder_name
from toolkit.engines.xlsx.package import parse_area
from toolkit.engines.xlsx.reading.sheets import FormulaCell
from toolkit.engines.xlsx.reading.source import Unseen, from_calamine
from toolkit.pack.finding import find_pack
from toolkit.pack.pack import DOCUMENT_NAME, REPORT_NAME
from toolkit.pipeline import document_template
from toolkit.publishing.document.template import sentences_of, with_own_tags
from toolkit.publishing.document.words import FILTERS, FUNCTIONS, visible, written
from toolkit.publishing.result import result_file, result_json
from toolkit.publishing.trace.lines import document_lines, trace_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from openpyxl import Workbook

    from toolkit.core.model import Content
    from toolkit.engines.xlsx.package import Area
    from toolkit.pack.pack import Pack

FEEDBACK_NAME = "审核反馈.xlsx"


class FrameSource:
    """A `CellSource` over pandas frames (values) and an openpyxl workbook (names, formulas, error values)."""

    def __init__(self, path: Path) -> None:
        """Read the file twice, as the two libraries do."""
        self.digest = hashlib.sha256(path.read_bytes()).hexdigest()
        frames = pd.read_excel(path, sheet_name=None, header=None, engine="openpyxl")
        self._values = {name: _values(frame) for name, frame in frames.items()}
        self.book: Workbook = load_workbook(path)
        self._formulas: dict[str, dict[str, FormulaCell]] = {}
        self._errors: dict[str, dict[str, str]] = {}
        self._percents: dict[str, frozenset[str]] = {}
        for sheet in self.book.worksheets:
            cells = [cell for row in sheet.iter_rows() for cell in row if cell.data_type in {"f", "e"}]
            found = {c.coordinate: FormulaCell(str(c.value)[1:], calculated=True) for c in cells if c.data_type == "f"}
            self._formulas[sheet.title] = found
            shown = (cell for row in sheet.iter_rows() for cell in row if "%" in cell.number_format)
            self._percents[sheet.title] = frozenset(cell.coordinate for cell in shown)
            self._errors[sheet.title] = {c.coordinate: str(c.value) for c in cells if c.data_type == "e"}

    @property
    def names(self) -> tuple[Mapping[str, Area], Mapping[str, Mapping[str, Area]]]:
        """Defined names: workbook scope, and by sheet."""
        return _areas(self.book.defined_names), {s.title: _areas(s.defined_names) for s in self.book.worksheets}

    @property
    def sheet_names(self) -> tuple[str, ...]:
        """The sheets in order."""
        return tuple(self.book.sheetnames)

    def values(self, sheet: str) -> Mapping[int, Mapping[int, Content]]:
        """What stands on a sheet: row → column → value."""
        return self._values.get(sheet, {})

    def columns(self, sheet: str, _: AbstractSet[int]) -> Mapping[int, Mapping[int, Content]]:
        """All columns: pandas has read them."""
        return self.values(sheet)

    def formulas(self, sheet: str) -> Mapping[str, FormulaCell]:
        """Address → formula."""
        return self._formulas.get(sheet, {})

    def errors(self, sheet: str) -> Mapping[str, str]:
        """Address → error value."""
        return self._errors.get(sheet, {})

    def percents(self, sheet: str) -> frozenset[str]:
        """The addresses whose numbers are shown as percentages."""
        return self._percents.get(sheet, frozenset())

    def merged(self, sheet: str) -> Mapping[tuple[int, int], int]:
        """(row, column) of the lower cells of merges over several rows → the row of the first."""
        tall = [a for a in self.book[sheet].merged_cells.ranges if a.max_row > a.min_row]
        return {(row, a.min_col): a.min_row for a in tall for row in range(a.min_row + 1, a.max_row + 1)}

    def unseen(self, sheet: str) -> Unseen:
        """The rows that are not shown."""
        rows = frozenset(n for n, row in self.book[sheet].row_dimensions.items() if row.hidden)
        return Unseen(False, rows, (), ())  # noqa: FBT003 - charitable: it looks for rows alone


def _areas(names: Mapping[str, Any]) -> dict[str, Area]:
    found = {name: parse_area(defined.attr_text or "") for name, defined in names.items()}
    return {name: area for name, area in found.items() if area is not None and not name.startswith("_xlnm")}


def _values(frame: pd.DataFrame) -> dict[int, dict[int, Content]]:
    rows: list[list[Any]] = frame.astype(object).to_numpy().tolist()
    read = ((number, [_content(value) for value in row]) for number, row in enumerate(rows, 1))
    return {number: {c: v for c, v in enumerate(row, 1) if v is not None} for number, row in read}


def _content(value: Any) -> Content:  # noqa: ANN401 - whatever pandas gives
    return None if pd.isna(value) else from_calamine(value)


class Template(DocxTemplate):  # type: ignore[misc]  # docxtpl has no types
    """A Word template; the tags that are the toolkit's own are mended where docxtpl mends its own."""

    def patch_xml(self, src_xml: str) -> str:
        """A part with its tags in words of Jinja."""
        return with_own_tags(super().patch_xml(src_xml))


@cache
def _environment(pack: Pack) -> jinja2.Environment:
    """Jinja with the words of the templates and the pack's sentences."""
    made = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, finalize=visible)
    sentences = sentences_of(pack)
    made.filters.update(FILTERS)
    made.filters["实写"] = partial(written, nothing=frozenset(sentences.nothing))
    made.globals.update(FUNCTIONS)
    spoken = vars(made.from_string(sentences.macros).module)
    made.globals.update({name: macro for name, macro in spoken.items() if not name.startswith("_")})
    return made


def write_document(pack: Pack, out: Path, context: Mapping[str, Any]) -> None:
    """The Word report, docxtpl as its documentation shows it."""
    document = Template(pack.folder / DOCUMENT_NAME)
    document.render(dict(context), _environment(pack))
    document.save(out)


def run_unit(path: Path, folder: Path, pack: Pack, watch: Stopwatch) -> None:
    """One unit: read, judge, write four files."""
    watch.start()
    source = FrameSource(path)
    watch.mark("打开读取")
    audited, lines, report = judged(source, path, pack, watch)
    unit = audited.unit
    composed = document_lines(document_template(pack).render_traced(report.names), audited.figures)
    report = report.with_traces(trace_rows(composed))
    watch.mark("文中数溯源")
    target = folder / folder_name(unit.book.text("封面_单位代码"), unit.unit_name)
    target.mkdir(parents=True, exist_ok=True)
    write_report(pack, target / REPORT_NAME, report, FEEDBACK_NAME)
    watch.mark("自评报表")
    stamped = stamps(source, unit, audited.result.findings)
    write_feedback(source.book, stamped, target / FEEDBACK_NAME, audited.result, report.audit.summary)
    watch.mark("审核反馈")
    write_document(pack, target / DOCUMENT_NAME, report.names)
    watch.mark("自评报告")
    made = {name: (target / name).read_bytes() for name in (REPORT_NAME, DOCUMENT_NAME, FEEDBACK_NAME)}
    (target / "result.json").write_bytes(result_file(result_json(audited, made), [], [*lines, *composed], pack.unit))
    watch.mark("result.json")


def main(units: Path, out: Path) -> None:
    """Every workbook of a folder."""
    warnings.simplefilter("ignore")
    pack, watch = find_pack("hunan-2023"), Stopwatch()
    for path in sorted(units.glob("*.xlsx")):
        run_unit(path, out, pack, watch)
    sys.stdout.write(watch.to_json())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
