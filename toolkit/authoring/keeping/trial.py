"""pack check --try (试填): made-up units are filled in, audited and published, and every formula worked out again.

What the check of a pack's files calls sound is proved by use before an office gives the form out.
"""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.authoring.keeping.made_up import cover_only, made_up
from toolkit.core.errors import ToolkitError
from toolkit.core.findings import Severity
from toolkit.core.light import dataclass
from toolkit.engines import recalculated
from toolkit.engines.formula import FormulaError, parse
from toolkit.engines.xlsx import FileSource, open_file, shown_at
from toolkit.pipeline import Wanted, check_unit, run_unit
from toolkit.publishing.workbooks import fill_workbook
from toolkit.unit import unit_from_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.pack import Pack

_UNITS = ((0, 1.0), (1, 0.0), (2, 0.0), (3, 0.2), (4, 0.5))  # seed, share of blank cells
_SHOWN = 5
_PASSES_BLANK = '一格也没有填的表通过了审核；请在 pack.toml 用 [[required."工作表"]] 写明哪些必填。'
_PASSES_COVER = '除了封面什么也没有填的表通过了审核；请在 pack.toml 用 [[required."工作表"]] 写明哪些必填。'
_NEAR = Decimal("0.000001")  # a spreadsheet counts in binary


@dataclass(frozen=True, slots=True)
class Trial:
    """What trying a pack gave (试填结果); `formulas` is None where there was no second program to ask."""

    units: int
    formulas: int | None
    problems: tuple[str, ...]


def try_pack(pack: Pack) -> Trial:
    """Fill, audit and publish made-up units; where there is LibreOffice it works every formula out as well."""
    with tempfile.TemporaryDirectory(prefix="jixiao-") as folder:
        problems: list[str] = []
        filled: list[Path] = []
        for number, (seed, holes) in enumerate(_UNITS, 1):
            path = Path(folder) / f"试填第 {number} 份.xlsx"
            try:
                path.write_bytes(fill_workbook(unit_from_json(made_up(pack, seed, holes), pack), pack))
                done = run_unit(path, Path(folder) / str(number), pack, wanted=Wanted(public=pack.has_public))
            except ToolkitError as error:
                problems.append(f"{path.stem}：{error}")
            else:
                filled.append(path)
                if holes == 1 and done.checked.result.verdict not in {"error", "incomplete"}:
                    problems.append(_PASSES_BLANK)
                problems += [f"{path.stem}：{told}" for told in _misread(done.checked.source, done.folder)]
        problems += _passes_cover(pack, Path(folder) / "只填封面.xlsx")
        again = recalculated([path.read_bytes() for path in filled])
        counts = [compared(path, theirs, problems) for path, theirs in zip(filled, again or (), strict=False)]
        return Trial(len(_UNITS), None if again is None else sum(counts), tuple(problems))


def _passes_cover(pack: Pack, path: Path) -> list[str]:
    """Who fills it in is no return: something else has to be asked for than what stands on the cover."""
    data = cover_only(pack)
    path.write_bytes(fill_workbook(unit_from_json(data, pack), pack))
    checked = check_unit(path, pack)
    own = {checked.unit.book.cell(name).ref for name in data["fields"]}
    told = {cell for finding in checked.result.of(Severity.ERROR) for cell in finding.cells}
    told |= {lack.cell for lack in checked.result.completeness.missing}
    return [_PASSES_COVER] if told <= own else []


def _misread(source: FileSource, folder: Path) -> Iterator[str]:
    """Finished workbooks show no error value."""
    for name, found in [("填报表", source), *((p.name, open_file(p)) for p in sorted(folder.glob("*.xlsx")))]:
        for sheet in found.sheet_names:
            for where, error in found.errors(sheet).items():
                yield f"{name}「{sheet}」{where} 是 {error}。"


def compared(path: Path, data: bytes | None, problems: list[str]) -> int:
    """How many formulas were compared; those that the spreadsheet works out otherwise are told."""
    if data is None:
        problems.append(f"{path.stem}：LibreOffice 打不开填好的填报表。")
        return 0
    ours, theirs = open_file(path), FileSource(data)
    # What an office wrote itself, over cells, is the spreadsheet's alone to work out.
    formulas = ((sheet, where, f.text) for sheet in ours.sheet_names for where, f in ours.formulas(sheet).items())
    cells = [(sheet, where) for sheet, where, text in formulas if _over_names(text)]
    told = []
    for sheet, where in cells:
        one, other = shown_at(ours, sheet, where), shown_at(theirs, sheet, where)
        if not _same(one, other):
            told.append(f"「{sheet}」{where} 的公式，工具算得{_word(one)}，LibreOffice 算得{_word(other)}。")
    more = [f"另有 {len(told) - _SHOWN} 处公式算得不一样。"] if len(told) > _SHOWN else []
    problems += [f"{path.stem}：{found}" for found in (*told[:_SHOWN], *more)]
    return len(cells)


def _over_names(text: str) -> bool:
    try:
        parse(text)
    except FormulaError:
        return False
    return True


def _same(one: object, other: object) -> bool:
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return abs(one - other) <= _NEAR
    return isinstance(one, Decimal) is isinstance(other, Decimal) and (one or "") == (other or "")


def _word(value: object) -> str:
    return "空" if value in {None, ""} else f"“{value}”"
