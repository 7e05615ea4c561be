"""Words that read alike (D78): a withheld name or code is found however it is spelled."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from rule_cases import checked_case

from toolkit.audit.secrecy.alike import folded, readable
from toolkit.audit.secrecy.leaks import Look, traces_of
from toolkit.audit.secrecy.plan import plan_of

UNSEEN = "\u200b\u200d\u2060\ufeff\u00ad\u034f\u200e\u202e\u3164\u2800\u0336\ufe0f\U000e0041"
WIDE = {chr(c): chr(c + 0xFEE0) for c in range(0x21, 0x7F)}
TRADITIONAL = str.maketrans("务数据专项设备购置测试号码体系电网", "務數據專項設備購置測試號碼體系電網")
LATIN_TWINS = str.maketrans("ABCEHKMOPTX", "АВСЕНКМОРТХ")


def disguised(word: str, luck: random.Random) -> str:
    """One of the ways in which a word reads the same."""
    if luck.random() < 0.5:
        word = word.translate(TRADITIONAL)
    if luck.random() < 0.5:
        word = word.lower()
    if luck.random() < 0.3:
        word = word.translate(LATIN_TWINS)
    signs = [WIDE.get(c, c) if luck.random() < 0.4 else c for c in word]
    gaps = (*UNSEEN, " ", "\u3000", "\xa0", "")
    return "".join(c + luck.choice(gaps) + luck.choice(gaps) for c in signs)


@pytest.mark.parametrize("seed", range(8))
def test_a_disguised_name_or_code_is_found(seed: int) -> None:
    """D78: twenty-five spellings each; other words of the same sentence are not taken for it."""
    luck = random.Random(seed)  # noqa: S311
    checked = checked_case("项目[2].名称=政务数据安全AB设备购置专项; 项目[2].编码=PXK-2023-00917; 项目[2].用途=某某")
    project = next(p for p in plan_of(checked.unit, checked.pack).projects if p.index == 2)
    traces = list(traces_of(project, checked.unit, checked.pack))
    for _ in range(25):
        for word in ("政务数据安全AB设备购置专项", "PXK-2023-00917", "PXK202300917", "PXK 2023.00917"):
            text = f"本年完成{disguised(word, luck)}建设任务"
            assert any(t.within(Look(text)) for t in traces if t.sure), ascii(text)
    for other in ("PXK-2023-009171", "APXK-2023-00917", "PXK-2023-00918", "政务数据中心设备购置专项"):
        assert not any(t.within(Look(f"本年完成{other}建设任务")) for t in traces if t.sure), other


def test_a_short_code_is_no_amount() -> None:
    """A code of four digits is not found in 20.23万元."""
    checked = checked_case("项目[2].编码=2023")
    project = next(p for p in plan_of(checked.unit, checked.pack).projects if p.index == 2)
    traces = [t for t in traces_of(project, checked.unit, checked.pack) if t.what == "项目编码"]
    assert traces
    assert not any(t.within(Look("支出20.23万元，20,23")) for t in traces)
    assert all(t.within(Look("编码 2023 号")) for t in traces)


@pytest.mark.parametrize(("code", "traces"), [("", 0), ("03", 0), ("0-3", 0), ("003", 0), ("2023", 1)])
def test_a_running_number_is_no_code(code: str, traces: int) -> None:
    """D78: of fewer than four signs it would be found in any text, and stop every public edition."""
    checked = checked_case(f"项目[2].编码={code}")
    project = next(p for p in plan_of(checked.unit, checked.pack).projects if p.index == 2)
    assert sum(t.what == "项目编码" for t in traces_of(project, checked.unit, checked.pack)) == traces


def test_what_reads_alike_is_the_same_text() -> None:
    assert folded("（示例）數 據\u200b中心Ａ") == folded("示例数据中心a")
    assert readable("１３９８\u200b７６５４３２１") == "13987654321"
    assert folded("甲局") != folded("乙局")


def test_a_name_of_endings_only_takes_no_time() -> None:
    """A name of 30,000 signs is looked at once (it was quadratic)."""
    checked = checked_case("")
    project = plan_of(checked.unit, checked.pack).projects[0]
    cells = project.row.cells
    long = cells["名称"]._replace(value="项目" * 15_000 + "甲")
    named = replace(project, row=replace(project.row, cells={**cells, "名称": long}))
    assert list(traces_of(named, checked.unit, checked.pack))
