"""通报: what it says of few units, of none, of sound ones; never that all is well where nothing was looked at."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import docx
import pytest
from batch_folder import BATCH, ran
from samples import DEMO, example

from toolkit.api import fill
from toolkit.batch.collect import Status
from toolkit.batch.summary.bulletin import bulletin_context

if TYPE_CHECKING:
    from pathlib import Path

    from toolkit.batch.collect.model import BatchResult

CASES = {
    "all sound": (
        ("示例县教育局", "示例县第一中学"),
        False,
        ("共收到2家单位的填报表，全部通过审核。", "审核没有发现错误和警示。", "平均99.78分", "各单位得分相同"),
        ("没有单位名册", "有错误", "未报单位", "两个数都", "仅供参考"),
    ),
    "one with a fault": (
        ("示例县图书馆",),
        False,
        ("其中，有错误的1家。", "1家单位算出自评总分，为99.78分。", "有错误的单位请对照", "万元，预算执行率为97.81%。"),
        ("平均", "数合计", "名次见下表", "警示", "数据不全"),
    ),
    "nobody has filed": (
        (),
        True,
        ("应报单位11家，均未报送。", "没有收到能够审核的材料。", "还没有单位算出自评总分。"),
        ("审核没有发现", "已报0家", "请对照"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_bulletin_says_what_is_so(name: str, tmp_path: Path) -> None:
    units, roster, said, unsaid = CASES[name]
    source = tmp_path / "报送 材料"
    source.mkdir()
    for path in BATCH.rglob("*.xlsx"):
        if path.stem in units or (roster and path.stem in {"单位名册", "示例县文化馆"}):
            shutil.copy(path, source)
    ran(source, tmp_path / "结果")
    told = "\n".join(p.text for p in docx.Document(str(tmp_path / "结果" / "通报.docx")).paragraphs)
    assert [words for words in said if words not in told] == []
    assert [words for words in unsaid if words in told] == []


def test_no_more_units_share_a_fault_than_have_filed(first: tuple[Path, Path, BatchResult]) -> None:
    """A second return and a department's own 汇总 return are no further units, and are told as what they are."""
    result = first[2]
    entries = [replace(e, record=replace(e.record, rules=("A03",))) if e.record else e for e in result.batch.entries]
    told = bulletin_context(replace(result.batch, entries=entries), result.audit)
    assert {e.status for e in entries if e.record and e.record.done} >= {Status.TWICE, Status.ERROR}
    assert [(row["规则"], row["单位数"]) for row in told["共性问题"]] == [("A03", told["已报"])]
    text = "\n".join(p.text for p in docx.Document(str(first[1] / "通报.docx")).paragraphs)
    assert "另有主管部门报送的汇总数1份、重复报送的材料1份、无法读取的文件1份，均未计入汇总。" in text


def test_a_fault_of_the_workbook_itself_is_named_as_what_is_asked_for(tmp_path: Path) -> None:
    """T04 in two units: a requirement like every other, not “填报表本身的问题”."""
    source = tmp_path / "报送"
    source.mkdir()
    for code in ("1", "2"):
        data = example(DEMO)
        data["fields"] |= {"封面_单位代码": code, "整体_年初预算数": "9" * 20}
        (source / f"{code}.xlsx").write_bytes(fill(data))
    ran(source, tmp_path / "结果")
    told = [p.text for p in docx.Document(str(tmp_path / "结果" / "通报.docx")).paragraphs]
    assert "2家单位不符合“填数字、日期的格子只填数字、日期”的要求。" in told
    assert [text for text in told if "详见审核反馈" in text] == []
