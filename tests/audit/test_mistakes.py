"""One mistake at a time, and correct returns that look unusual: what a clerk does, and what is said of it."""

from __future__ import annotations

import os
import re
from functools import cache
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pack_cases import check_in, clean_data
from recorded import Recorded, Usual, told_of, usual
from referee import needs_office, recalculate_all
from rule_cases import changed_data, checked_case, misplaced, without_untouched
from workbook_compare import differences

from toolkit.pack import default_pack
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import unit_from_json

if TYPE_CHECKING:
    from collections.abc import Iterable

CASES = Path(__file__).parents[1] / "cases"


def _lines(name: str) -> list[str]:
    lines = (CASES / name).read_text("utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


QUOTED = re.compile("“[^”]*”|「[^」]*」")  # what staff wrote stands as they wrote it
UNGROUPED = re.compile(r"(?<![\d,.A-Za-z])\d{5,}(?:\.\d+)? ?(?:[万亿千]?元|人|分|个|条|张|次|项)")

MISTAKES = [tuple(part.strip() for part in line.split(" | ")) for line in _lines("mistakes.txt")]


def test_there_are_enough() -> None:
    assert len(MISTAKES) >= 120
    assert len(_lines("unusual.txt")) >= 20


@pytest.mark.parametrize(("change", "rule", "cell", "verdict"), MISTAKES, ids=[m[0][:40] for m in MISTAKES])
def test_a_mistake_never_passes(change: str, rule: str, cell: str, verdict: str, recorded: Recorded) -> None:
    """The rule that speaks first, the cell it points at, and the verdict; figures stand where findings point."""
    checked = checked_case(change)
    result = checked.result
    assert result.verdict == verdict
    assert misplaced(checked) == []
    assert [f.message for f in result.findings if UNGROUPED.search(QUOTED.sub("", f.message))] == []
    sheet, _, address = cell.partition("!")
    if rule == "缺":
        assert (sheet, address) in {m.cell for m in result.completeness.missing}
    else:
        first = [f.cells[0] for f in result.findings if f.rule == rule and f.cells]
        places = [(c.sheet, c.address.partition(":")[0]) for c in first]
        assert (sheet, address) in places
    told = told_of(checked, usual(""))
    assert told == recorded("mistakes", change, told)


@pytest.mark.parametrize("line", _lines("mistakes_packs.txt"), ids=lambda line: line[:60])
def test_a_mistake_in_another_pack_never_passes(line: str, recorded: Recorded) -> None:
    """The same of the examples of the other packs: which rule tells it at which cell, and the verdict."""
    pack, changes, rule, cell, verdict = (part.strip() for part in line.split(" | "))
    checked = check_in(pack, clean_data(pack, changes))
    result = checked.result
    told = {(f.rule, f.cells[0].sheet, f.cells[0].address.partition(":")[0]) for f in result.findings if f.cells}
    told |= {("缺", m.cell.sheet, m.cell.address) for m in result.completeness.missing}
    assert (rule, *cell.split("!")) in told
    assert result.verdict == verdict
    whole = told_of(checked, _clean(pack))
    assert whole == recorded("mistakes_packs", f"{pack} | {changes}", whole)


@cache
def _clean(pack: str) -> Usual:
    return Usual.of(check_in(pack, clean_data(pack)))


def test_the_cause_goes_first_and_its_consequences_say_so() -> None:
    """元 typed into a form in 万元 goes before the sums that then fail; a blank part is named wherever it is missed."""
    yuan = checked_case(
        "支出_工资福利=4523600; 支出_商品和服务=785400; 支出_对个人和家庭的补助=412800; 支出_资本性=46500"
    )
    assert [f.rule for f in yuan.result.findings] == ["A20", "A15", "A16"]
    assert "单位填错引起的" in yuan.result.findings[1].message
    blank = checked_case("表单0.自评_财政拨款_全年执行数=").result.findings
    assert "（「项目自评表」H7）没有填" in blank[0].message


def test_a_change_is_told_once_and_with_what_it_should_be() -> None:
    told = checked_case("厉行节约保障措施=全年“三公”经费支出7万元，比上年减少5.33万元。").result.findings
    assert len(told) == 1
    assert "按表内两年数应为减少 0.9万元" in told[0].message


@pytest.mark.parametrize("change", _lines("unusual.txt"), ids=lambda change: change[:40])
def test_the_unusual_passes(change: str, recorded: Recorded) -> None:
    checked = checked_case(change)
    result = checked.result
    told = [f.message for f in result.findings] + [m.title for m in result.completeness.missing]
    assert result.verdict == "clean", told
    whole = told_of(checked, usual(""))
    assert whole == recorded("unusual", change, whole)


TOGETHER = int(os.environ.get("MISTAKES_TOGETHER", "24"))  # 1: every one in a workbook of its own


def _bundles(changes: Iterable[str]) -> list[str]:
    """Changes that do not touch each other go into one workbook: a file costs LibreOffice much, a change nothing."""
    bundles: list[list[str]] = []
    for change in changes:
        free = (b for b in bundles if len(b) < TOGETHER and not any(_clash(change, other) for other in b))
        bundle = next(free, None)
        if bundle is None:
            bundles.append([change])
        else:
            bundle.append(change)
    return ["; ".join(bundle) for bundle in bundles]


def _clash(one: str, other: str) -> bool:
    """The same cell, or a table that one of them drops while the other writes into it."""
    mine, theirs = ({part.partition("=")[0] for part in line.split("; ")} for line in (one, other))
    if any("-" not in where for where in mine & theirs):
        return True
    pairs = ((a, b) for a, b in (*product(mine, theirs), *product(theirs, mine)) if "-" in a)
    return any(a != b and b.lstrip("+").startswith(a.replace("-", "")) for a, b in pairs)


@needs_office
def test_the_sheet_says_the_same(tmp_path: Path) -> None:
    """Total, every computed cell and every live verdict, of all mistakes and unusual returns: LibreOffice judges."""
    pack, paths = default_pack(), []
    for number, changes in enumerate(_bundles([*(m[0] for m in MISTAKES), *_lines("unusual.txt")])):
        path = tmp_path / f"{number}.xlsx"
        path.write_bytes(fill_workbook(unit_from_json(without_untouched(changed_data(changes)), pack), pack))
        paths.append(path)
    (tmp_path / "裁判").mkdir()
    again = recalculate_all(paths, tmp_path / "裁判")
    assert {p.name: found for p, a in zip(paths, again, strict=True) if (found := differences(p, a))} == {}
