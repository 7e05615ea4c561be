"""读报告: the reports of twenty made units of different kinds say nothing that an office would strike."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from pack_cases import PACKS, check_in, clean_data
from samples import EXAMPLES, check_bytes
from units_of_kinds import paragraphs_of, report_of, units

from toolkit.api import fill
from toolkit.audit.prose.reading.paragraphs import read_report
from toolkit.pipeline import check_unit, make_files
from toolkit.unit.exchange import unit_to_json

if TYPE_CHECKING:
    from pathlib import Path

# What an office strikes → how it is found in a paragraph. Each has an example, so that it can find something.
STRUCK = {
    "两个标点连着": (r"[。；，、：][。；，、：]|[，、；]$|^[。；，、：]", "支出5.00万元，。"),
    "字句重复": (r"的的|本单位本单位|为为|分别是分别|年度年度|指标指标", "年度指标指标值为5项"),
    "只有一个“无”": (r"^(其中：|情况说明：|原因：)?(无|没有|暂无|不涉及|/|—|-)。?$", "无。"),
    "零元、零个": (r"(?<![\d.])0\.00(万元|%|元)|(?<![\d.])0(个|项|家|人)(?!工作日)", "出国经费0.00万元"),
    "数字后面没有单位": (r"\d\.\d\d(?!\d)(?!万元|元|%|分|‰)", "支出5.00，"),
    "减少一个负数": (r"(增加|减少|增长|下降|超出|[高低多少扣])-\d", "减少-3.00万元"),
    "空的引号、括号": (r"“”|（）|《》", "等级为“”。"),
    "内部的词": (r"合计为None|None|nan|True|False|\{\{|\}\}|[_a-z]{4,}", "执行None万元"),
    "得分写两遍": (r"得(\d+\.\d\d)分（分值\1分）|扣0\.00分", "得6.00分（分值6.00分）"),
    "得零分": (r"得0\.00分", "预算执行率一项得0.00分。"),
    "一项不成分类": (r"分：全部为|其中：[^；。]+安排\d+个项目，支出[\d.]+万元。$", "按资金来源分：全部为其他资金"),
    "未填的当作有": (r"—万元|—元|—分|等级为“—”|（—）|[率额计数为]—", "预算执行率—。"),
}


_TURNS, _UNIT = 4, "计量单位"  # a figure without its unit is printed as it stands


def _found(pattern: str, text: str) -> bool:
    return re.search(pattern, text) is not None


@pytest.mark.parametrize("struck", STRUCK)
def test_each_fault_would_be_found(struck: str) -> None:
    pattern, example = STRUCK[struck]
    assert _found(pattern, example)


@pytest.mark.parametrize("name", [u["name"] for u in units()])
def test_no_sentence_that_an_office_would_strike(name: str) -> None:
    told = [(why, text) for text in report_of(name) for why, (pattern, _) in STRUCK.items() if _found(pattern, text)]
    assert told == []
    for text in report_of(name):
        for opened, closed in ("“”", "（）", "《》"):
            assert text.count(opened) == text.count(closed), text


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("packs/*/填报表.xlsx")), ids=lambda p: p.parent.name)
def test_no_such_sentence_in_the_reports_of_other_packs(path: Path) -> None:
    """What a pack gives no points for is not said to have got some; what staff answer with 无 becomes a sentence."""
    checked = check_unit(path)
    pack, data = checked.pack, unit_to_json(checked.unit)
    said = paragraphs_of(make_files(checked)["自评报告.docx"])
    rated = [text for text in said if re.search(r"预算执行率[\d.]+%，该项得", text)]
    assert bool(rated) == bool(pack.mark("执行率分值", "") and pack.dictionary.book.roles.total)
    texts = [name for name, datum in pack.dictionary.book.fields.items() if datum.kind == "long"]
    for told in (dict.fromkeys(texts, "无"), dict.fromkeys(texts)):
        fields = {name: value for name, value in (data["fields"] | told).items() if value is not None}
        said += paragraphs_of(make_files(check_bytes(fill({**data, "fields": fields}, pack), pack))["自评报告.docx"])
    assert [(why, text) for text in said for why, (pattern, _) in STRUCK.items() if _found(pattern, text)] == []


@pytest.mark.parametrize("pack", PACKS)
def test_no_such_sentence_where_something_is_blank(pack: str) -> None:
    """Each fourth of the fields and of the columns left out by turns, in the book and in its forms."""
    for turn in range(_TURNS):
        data = {key: _thinned(value, turn) for key, value in clean_data(pack).items()}
        said = paragraphs_of(make_files(check_in(pack, data))["自评报告.docx"])
        assert [(why, text) for text in said for why, (pattern, _) in STRUCK.items() if _found(pattern, text)] == []


def _thinned(value: Any, turn: int) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        return [_thinned(one, turn) for one in value]
    if not isinstance(value, dict):
        return value
    pairs = enumerate(value.items())
    kept = (pair for i, pair in pairs if isinstance(pair[1], (dict, list)) or i % _TURNS != turn or pair[0] == _UNIT)
    return {key: _thinned(one, turn) for key, one in kept}


@pytest.mark.parametrize("pack", ["yunnan-2023", "sichuan-project-2023"])
def test_titles_of_other_packs_break_behind_the_name(pack: str) -> None:
    """No word is broken: the name stands on lines of its own, of nearly one length."""
    name = "示例市示例区文化旅游广电体育局所属非物质文化遗产保护传承发展服务中心（示例）"
    said = paragraphs_of(make_files(check_in(pack, clean_data(pack, f"封面_单位名称={name}")))["自评报告.docx"])
    *lines, title = next(text for text in said if text.endswith("自评情况") and name[:4] in text).split("\n")
    assert ("".join(lines), title.startswith("2023年度")) == (name, True)
    assert max(map(len, lines)) - min(map(len, lines)) < 8


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("packs/*/填报表.xlsx")), ids=lambda p: p.parent.name)
def test_no_number_is_printed_twice(path: Path, tmp_path: Path) -> None:
    """Word counts headings and points: an outline that writes the number out, too, printed 一、一、部门基本情况."""
    report = tmp_path / "报告.docx"
    report.write_bytes(make_files(check_unit(path))["自评报告.docx"])
    twice = re.compile(r"([一二三四五六七八九十]+、|（[一二三四五六七八九十]+）){2}|(\d+[.、．]){2}(?!\d)|(（\d+）){2}")
    assert [p.text for p in read_report(report) if not p.row and twice.match(p.text)] == []


@pytest.mark.parametrize("name", [u["name"] for u in units()])
def test_paragraphs_end_and_differ(name: str) -> None:
    """A sentence ends, is said once, and no two neighbours of a list begin and end with the same words but names."""
    sentences = [text for text in report_of(name) if "。" in text]
    assert [text for text in sentences if not text.endswith(("。", "：", "；"))] == []
    said = [text for text in sentences if "未填报" not in text]
    assert sorted(said) == sorted(set(said))
