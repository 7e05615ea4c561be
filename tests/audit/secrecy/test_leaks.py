"""Ways to leak (泄露法): what is withheld, in any field and spelling, stops the public edition there (D76, D78)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from recorded import Recorded, told_of, usual
from rule_cases import changed_data, place_of
from samples import check_data
from withheld_unit import MARKED

LINES = [
    line
    for line in (Path(__file__).parents[2] / "cases" / "leaks.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize("line", LINES)
def test_what_is_withheld_is_found(line: str, recorded: Recorded) -> None:
    where, _, text = (part.strip() for part in line.partition("|"))
    kind, where = ("notice", where.removeprefix("提示 ")) if where.startswith("提示 ") else ("error", where)
    text = re.sub(r"\\u([0-9a-f]{4})", lambda sign: chr(int(sign[1], 16)), text)
    checked = check_data(changed_data(f"{MARKED}; {where}={text}"), public=True)
    told = [f for f in checked.result.findings if f.rule in {"D76", "D78"} and f.severity.value == kind]
    assert place_of(checked.unit, where) in {cell for f in told for cell in f.cells}
    whole = told_of(checked, usual(f"公开; {MARKED}"))
    assert whole == recorded("leaks", line, whole)


# 不公开全年执行数（882.80）：由它算出执行率 97.81%、执行得分 9.78、总分 95.88。格子 | 写法 | 算不算泄露
RATES = """
文字_存在问题 | 全年预算执行率为97.81%，进度正常。 | 是
文字_存在问题 | 全年预算执行率为９７．８１％，进度正常。 | 是
文字_存在问题 | 资金使用了百分之九十七点八一。 | 是
文字_存在问题 | 资金使用了97.8%。 | 是
文字_存在问题 | 执行率约98%。 | 是
文字_存在问题 | 执行率约97%。 | 否
文字_存在问题 | 资料合格率98%。 | 否
文字_存在问题 | 资料合格率97.9%。 | 否
文字_存在问题 | 执行得分9.78分。 | 是
文字_存在问题 | 自评得95.88分。 | 是
文字_存在问题 | 自评得95.5分，用了97.81分钟。 | 否
指标[8].三级指标=预算执行率; 指标[8].计量单位=%; 指标[8].指标值=95; 指标[8].实际完成值 | 98 | 是
指标[8].三级指标=数据完整率; 指标[8].计量单位=%; 指标[8].指标值=95; 指标[8].实际完成值 | 98 | 否
指标[8].三级指标=数据完整率; 指标[8].计量单位=%; 指标[8].指标值=95; 指标[8].实际完成值 | 97.81 | 是
"""


@pytest.mark.parametrize("secret", ["", "项目[2].涉密=否; "])
@pytest.mark.parametrize("line", RATES.strip().splitlines())
def test_a_rate_tells_the_figure_that_it_is_worked_out_of(line: str, secret: str, recorded: Recorded) -> None:
    """D78, with a secret project or without: what gives back a figure that a person withholds stands in no text."""
    where, text, told = (part.strip() for part in line.split("|"))
    checked = check_data(changed_data(f"{secret}公开_另外不公开的数=全年执行数; {where}={text}"), public=True)
    cell = place_of(checked.unit, where.rpartition("; ")[2])
    assert any(f.rule == "D78" and cell in f.cells for f in checked.result.findings) is (told == "是")
    whole = told_of(checked, usual(f"公开; {secret}公开_另外不公开的数=全年执行数"))
    assert whole == recorded("rates", f"{secret}{line}", whole)


@pytest.mark.parametrize("amount", ["每月5.2万元", "平均每季度8.7万元", "每月37158元，每季度8.7万元"])
def test_only_a_part_of_what_is_withheld_is_told_of(amount: str) -> None:
    """D78: a twelfth of another amount is no hint; a twelfth of the withheld one is."""
    found = check_data(changed_data(f"{MARKED}; 文字_存在问题=涉密事项{amount}。"), public=True).result.findings
    told = [f.message for f in found if f.rule == "D78"]
    assert all("37158" in message for message in told)
    assert len(told) == ("37158" in amount)
