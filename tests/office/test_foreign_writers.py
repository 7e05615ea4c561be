"""The example saved by other programs (别的软件另存): the same data, verdicts and scores; and the way back is sound."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import openpyxl
from referee import needs_office, recalculate
from repair_causes import causes
from samples import DEMO, check_bytes, filled_example

from toolkit.engines.xlsx.zip import inflate
from toolkit.pipeline import make_files
from toolkit.unit.exchange import unit_to_json

if TYPE_CHECKING:
    from decimal import Decimal
    from pathlib import Path

    from toolkit.pipeline import Checked


def _scores(checked: Checked) -> list[list[Decimal | None]]:
    return [[score.value for score in figures.computed.scores] for figures in checked.figures.all]


def _same(one: Checked, other: Checked) -> None:
    assert unit_to_json(one.unit) == unit_to_json(other.unit)
    assert one.result == other.result
    assert _scores(one) == _scores(other)


@needs_office
def test_libreoffice(tmp_path: Path) -> None:
    path = tmp_path / "填报表.xlsx"
    path.write_bytes(filled_example(DEMO))
    data = recalculate(path, tmp_path / "out").read_bytes()
    checked = check_bytes(data)
    _same(check_bytes(filled_example(DEMO)), checked)
    feedback = make_files(checked)["审核反馈.xlsx"]
    assert not [cause for cause in causes(feedback) if cause not in causes(data)]
    assert inflate(data).keys() <= inflate(feedback).keys()


def test_openpyxl() -> None:
    """It saves no results of formulas; the form's own need none."""
    book = openpyxl.load_workbook(io.BytesIO(filled_example(DEMO)))
    out = io.BytesIO()
    book.save(out)
    checked = check_bytes(out.getvalue())
    _same(check_bytes(filled_example(DEMO)), checked)
    assert not causes(make_files(checked)["审核反馈.xlsx"])
