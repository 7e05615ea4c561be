"""One mistake at a time, and correct returns that look unusual: what a clerk does, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from referee import needs_office, recalculate_all
from rule_cases import changed_data, checked_case
from workbook_compare import differences

from toolkit.pack import default_pack
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import unit_from_json

CASES = Path(__file__).parents[1] / "cases"


def _lines(name: str) -> list[str]:
    lines = (CASES / name).read_text("utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


MISTAKES = [tuple(part.strip() for part in line.split(" | ")) for line in _lines("mistakes.txt")]


def test_there_are_enough() -> None:
    assert len(MISTAKES) >= 120
    assert len(_lines("unusual.txt")) >= 20


@pytest.mark.parametrize(("change", "rule", "cell", "verdict"), MISTAKES, ids=[m[0][:40] for m in MISTAKES])
def test_a_mistake_never_passes(change: str, rule: str, cell: str, verdict: str) -> None:
    """The rule that speaks first, the cell it points at, and the verdict."""
    result = checked_case(change).result
    assert result.verdict == verdict
    sheet, _, address = cell.partition("!")
    if rule == "缺":
        assert (sheet, address) in {m.cell for m in result.completeness.missing}
    else:
        first = [f.cells[0] for f in result.findings if f.rule == rule and f.cells]
        places = [(c.sheet, c.address.partition(":")[0]) for c in first]
        assert (sheet, address) in places


@pytest.mark.parametrize("change", _lines("unusual.txt"), ids=lambda change: change[:40])
def test_the_unusual_passes(change: str) -> None:
    result = checked_case(change).result
    told = [f.message for f in result.findings] + [m.title for m in result.completeness.missing]
    assert result.verdict == "clean", told


@needs_office
def test_the_sheet_says_the_same(tmp_path: Path) -> None:
    """Every computed cell and every live verdict of some mistakes, many in one workbook: LibreOffice is the referee."""
    several = {
        "甲": ["整体_支出_项目支出=305.79", "指标[0].性质=", "人员_编制数=63", "指标[2].得分=6", "预算_政府性基金=5"],
        "乙": ["整体_全年执行数=", "指标[13].实际完成值=96.3%", "指标[0].指标值=≥320项", "-职能=", "整体_等级=良"],
        "丙": [
            "指标[0].实际完成值=13000余",
            "整体_收入_合计=900",
            "基础_公用经费_本年决算数=790",
            "项目[0].全年执行数=",
        ],
    }
    pack, paths = default_pack(), []
    for name, changes in several.items():
        path = tmp_path / f"{name}.xlsx"
        path.write_bytes(fill_workbook(unit_from_json(changed_data("; ".join(changes)), pack), pack))
        paths.append(path)
    (tmp_path / "裁判").mkdir()
    for ours, theirs in zip(paths, recalculate_all(paths, tmp_path / "裁判"), strict=True):
        assert differences(ours, theirs) == []
