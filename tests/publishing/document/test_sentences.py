"""句式: each fact of a report has a sentence of its own, in the pack's words."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from toolkit.pack import default_pack
from toolkit.publishing.document.template import DocumentTemplate, sentences_of
from toolkit.publishing.document.words import (
    closed,
    head,
    in_lines,
    is_day,
    rest,
    runs,
    sentence,
    without_head,
    written,
)

INDICATORS = (Path(__file__).parents[2] / "cases" / "sentences.txt").read_text("utf-8").splitlines()[1:]


@cache
def template(source: str) -> DocumentTemplate:
    return DocumentTemplate(
        (), {"word/document.xml": f"<a>{source}</a>"}, lambda text: text, sentences_of(default_pack())
    )


def said(source: str, **values: Any) -> str:  # noqa: ANN401 - values of a report
    """What the pack's sentences make of some values, traced and untraced alike."""
    made = template(source)
    made.render_traced(values)
    text = template(source)._sealed(values)["word/document.xml"]
    return re.sub(r"</?a>|\ufdd1[^\ufdd2]*\ufdd2|\ufdd3", "", text)


def cell(text: str) -> Any:  # noqa: ANN401 - a number or a text
    return Decimal(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else text or None


@pytest.mark.parametrize("line", INDICATORS)
def test_one_indicator(line: str) -> None:
    facts, _, told = line.partition(" → ")
    name, sign, target, unit, actual, level, weight, score, why, turn = (p.strip() for p in facts.split("|"))
    points, earned = cell(weight), cell(score)
    row = {"三级指标": name or None, "性质": sign, "指标值": cell(target), "计量单位": unit or None}
    row |= {"实际完成值": cell(actual), "完成等级": level or None, "分值": points, "得分": earned}
    row |= {"差额": None if earned is None else points - earned, "未达": False, "偏差说明": why}
    assert said("{{ 一项句(行, 变) }}", 行=row, 变=int(turn)) == told


SPENT = {"名称": "老旧小区改造", "全年执行数": Decimal(80), "全年预算数": Decimal(100), "用途": "用于6个小区。"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, "老旧小区改造：支出80.00万元，预算执行率80.00%。用于6个小区。"),
        ({"全年执行数": Decimal(100)}, "老旧小区改造：支出100.00万元，全年预算已全部执行。用于6个小区。"),
        ({"全年执行数": Decimal(0)}, "老旧小区改造：全年预算100.00万元，本年未发生支出。用于6个小区。"),
        ({"全年执行数": None, "用途": None}, "老旧小区改造：全年执行数未填报。"),
        ({"用途": "无"}, "老旧小区改造：支出80.00万元，预算执行率80.00%。"),
        ({"全年执行数": "不公开", "用途": None}, "老旧小区改造，金额按规定不公开。"),
        ({"全年执行数": Decimal(0), "全年预算数": "不公开", "用途": None}, "老旧小区改造：本年未发生支出。"),
    ],
)
def test_one_project(change: dict[str, Any], told: str) -> None:
    assert said("{{ 项目句(行) }}", 行=SPENT | change) == told


@pytest.mark.parametrize(
    ("source", "figures", "told"),
    [
        ("三公", (0, 3, 2), "本年未发生“三公”经费支出，上年为2.00万元。"),
        (
            "三公",
            (4, 5, 2),
            "“三公”经费本年支出4.00万元，为年度预算5.00万元的80.00%，比上年增加2.00万元，增长100.00%。",
        ),
        ("三公", (4, 0, 0), "“三公”经费本年支出4.00万元，年初未安排预算，上年无此项支出。"),
        ("三公明细", (0, 5, 5, 0, 0), "全部为公务用车运行维护费，未发生因公出国（境）费、公务接待费。"),
        (
            "三公明细",
            (18, 5, 23, 0, 1),
            "其中：公务用车购置费18.00万元、公务用车运行维护费5.00万元、公务接待费1.00万元；未发生因公出国（境）费。",
        ),
        ("收支句", (10, 10, 0, 0), "本年收入10.00万元，本年支出10.00万元；年初、年末均无结转和结余。"),
        (
            "收支句",
            (10, 9, 1, 2),
            "本年收入10.00万元，年初结转和结余1.00万元；本年支出9.00万元，年末结转和结余2.00万元。",
        ),
        ("收支句", (10, 10, None, None), "本年收入10.00万元，本年支出10.00万元。"),
        ("收支句", (None, 10, 0, 3), "本年收入未填报，年初无结转和结余；本年支出10.00万元，年末结转和结余3.00万元。"),
        ("预算执行句", (0, 0, 15, 0, 0), "全年未安排预算，执行15.00万元，预算执行率一项不得分。"),
        (
            "预算执行句",
            (100, 90, 81, "0.9", 9),
            "年初预算100.00万元，年中调整减少10.00万元，全年预算90.00万元；全年执行81.00万元，预算执行率90.00%，该项得9.00分。",
        ),
        ("预算执行句", (None, None, 81, None, None), "全年执行81.00万元；全年预算数未填报，不计算预算执行率。"),
        ("收支句", (0, 0, 8, 8), "本年没有收入，年初结转和结余8.00万元；本年没有支出，年末结转和结余8.00万元。"),
        ("来源", (10, 0, None, 2), "按资金来源分：一般公共预算拨款10.00万元、其他资金2.00万元"),
        ("来源", (0, 0, None, 2), "全部为其他资金"),
        ("未发生", (10, 0, None, 0), "本年未发生商品和服务支出、资本性支出。"),
    ],
)
def test_amounts(source: str, figures: tuple[Any, ...], told: str) -> None:
    names = [f"数{i}" for i in range(len(figures))]
    values = {n: None if f is None else Decimal(f) for n, f in zip(names, figures, strict=True)}
    assert said(f"{{{{ {source}({', '.join(names)}) }}}}", **values) == told


def scored(rows: str) -> list[dict[str, Decimal | bool | None]]:
    """Indicators with their points: 分值 得分, a line each."""
    table: list[dict[str, Decimal | bool | None]] = []
    for line in rows.split("\n"):
        weight, score = (None if p == "-" else Decimal(p) for p in line.split())
        assert weight is not None
        lost = None if score is None else weight - score
        table.append({"分值": weight, "得分": score, "差额": lost, "未达": False})
    return table


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("6 6\n4 4", "2项，分值合计10.00分，各项指标均达到年度指标值，自评得满分。"),
        ("6 6\n3 2", "2项，分值合计9.00分，自评得8.00分。其中1项达到年度指标值，得满分；1项没有得满分，扣1.00分。"),
        ("6 5\n4 3", "2项，分值合计10.00分，自评得8.00分。2项均没有得满分，共扣2.00分。"),
        (
            "6 6\n4 -",
            "2项，分值合计10.00分，已计分的指标共得6.00分。其中1项达到年度指标值，得满分；1项数据不全，未计分。",
        ),
        ("6 -\n4 -", "2项，分值合计10.00分。2项数据不全，未计分。"),
    ],
)
def test_the_sum_of_indicators_counts_right(rows: str, told: str) -> None:
    """Never 各项均得满分 while one has no score."""
    assert said("{{ 总起(各行) }}", 各行=scored(rows)) == f"本单位共设绩效指标{told}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        *(
            (f"{mark}负责全县工作。", "负责全县工作")
            for mark in ("1、", "1.", "12．", "（1）", "(2) ", "（三）", "①", " 3、 ")
        ),
        ("1.5万元以上的合同", "1.5万元以上的合同"),
        ("2023年完成", "2023年完成"),
        ("三、四季度各一次", "三、四季度各一次"),
        ("1、", "1、"),
    ],
)
def test_the_number_of_a_list_is_the_report_s(text: str, told: str) -> None:
    """「1、负责」 under a heading that Word numbers is not printed as 1.1、负责."""
    assert sentence(text) == told


def test_words() -> None:
    assert written("无。", {"无。"}) == []
    assert written("无。\n另有一事", {"无。"}) == ["无。", "另有一事"]
    assert (head("归集数据：全年1500万条。"), rest("归集数据：全年1500万条。")) == ("归集数据", "全年1500万条。")
    assert (head("一是归集，二是共享：都要"), rest("一是归集，二是共享：都要")) == ("", "一是归集，二是共享：都要")
    assert head(f"{'长' * 21}：内容") == head("只有题头：") == ""
    assert (without_head("原因：外出", "原因"), without_head("原因不明", "原因")) == ("外出", "原因不明")
    assert [closed(t) for t in ("完成", "完成。", "如下：", "")] == ["完成。", "完成。", "如下：", ""]
    assert [is_day(t) for t in ("2023年11月30日", "12月底前", "3月底前完成", "3项", "2023", "已于年内建成投用")] == [
        *(True,) * 3,
        *(False,) * 3,
    ]
    rows: list[dict[str, object]] = [{"类": "甲"}, {"类": "甲"}, {"类": None}, {"类": "甲"}]
    assert [(g["值"], len(g["行"])) for g in runs(rows, "类")] == [("甲", 2), ("", 1), ("甲", 1)]


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("示例县档案馆（示例）", ["示例县档案馆（示例）"]),
        ("示例县城乡居民社会养老保险服务中心（示例）", ["示例县城乡居民社会", "养老保险服务中心（示例）"]),
        (
            "示例市示例县文化旅游广电体育局所属非物质文化遗产保护传承发展服务中心（示例）",
            ["示例市示例县文化旅游广电体育局", "所属非物质文化遗产保护", "传承发展服务中心（示例）"],
        ),
        ("示例县派出所属地管理服务和社会治安综合治理中心", ["示例县派出所属地管理服务和社会", "治安综合治理中心"]),
        ("甲" * 41, ["甲" * 13, "甲" * 14, "甲" * 14]),
        ("甲" * 19 + "（" + "乙" * 18 + "）", ["甲" * 19, "（" + "乙" * 18 + "）"]),
    ],
)
def test_titles_break_into_even_lines(title: str, lines: list[str]) -> None:
    """GB/T 9704: no line longer than the page, the shorter one first, no bracket at the wrong end of a line."""
    assert in_lines(title, 20, "县会局所").split("\n") == lines


def test_a_title_as_long_as_a_cell_is_broken_at_once() -> None:
    """32,767 signs are what a cell holds; each line looks no further than its own width."""
    lines = in_lines("长" * 32_767, 20, "县会局所").split("\n")
    assert {len(line) for line in lines} == {19, 20}
    assert "".join(lines) == "长" * 32_767


@pytest.mark.parametrize(
    ("rows", "turn", "told"),
    [
        ("6 6\n4 4", 0, "共2项，分值10.00分，全部得满分。"),
        ("6 6\n4 4", 1, "2项指标，分值10.00分，全部得满分。"),
        ("6 6\n4 3", 0, "共2项，得9.00分（分值10.00分）。"),
        ("6 6\n4 3", 1, "2项指标，分值10.00分，得9.00分。"),
        ("6 6\n4 -", 1, "共2项，1项数据不全，其余得6.00分。"),
        ("6 -\n4 -", 0, "共2项，2项数据不全。"),
    ],
)
def test_a_group_never_says_the_same_points_twice(rows: str, turn: int, told: str) -> None:
    assert said("{{ 组首(各行, 变) }}", 各行=scored(rows), 变=turn) == told


@pytest.mark.parametrize(
    ("count", "names", "told"),
    [
        (2, "甲 乙", "内设机构2个，分别是甲、乙"),
        (1, "甲", "内设机构1个：甲"),
        (6, "甲", "内设机构6个，包括甲"),
        (None, "甲 乙", "内设机构有甲、乙"),
    ],
)
def test_a_list_that_is_not_whole_is_not_called_whole(count: int | None, names: str, told: str) -> None:
    offices = [{"名称": name} for name in names.split()]
    number = None if count is None else Decimal(count)
    assert said("{{ 内设(数, 名单) }}", 数=number, 名单=offices) == told
