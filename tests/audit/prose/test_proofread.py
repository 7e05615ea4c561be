"""Proofreading (文字核对): the seed's findings from its text alone, and short texts with and without faults."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded import Recorded, told_of_text

from toolkit.audit.prose.proofread import Proofread, proofread, proofread_file
from toolkit.audit.prose.reading.paragraphs import number_paragraphs
from toolkit.core.findings import Severity
from toolkit.core.money import round_half_up
from toolkit.pack.finding import default_pack

CASES = Path(__file__).parents[2] / "cases"


@cache
def seed() -> Proofread:
    return proofread_file(CASES / "yiyang_sfj_2023_report.txt", default_pack())


def of(severity: Severity) -> dict[str, str]:
    """Rule → difference of the seed's findings of one severity."""
    found = [f for f in seed().findings if f.severity is severity]
    return {f.rule: f.sides.shown(f.sides.gap) if f.sides else "" for f in found}


def test_the_seed_has_these_errors_and_no_other() -> None:
    """A02 10.00; A13 263.20; D70 two sections; D72 residue; D73 blank cover."""
    assert of(Severity.ERROR) == {"A02": "10.00", "A13": "263.20", "D70": "", "D72": "", "D73": ""}
    told = {f.rule: f.message for f in seed().findings if f.severity is Severity.ERROR}
    assert "涉密资金" in told["A13"]
    assert "存在的问题及原因分析" in told["D70"]
    assert "其他需要说明的情况" in told["D70"]
    assert "单位名称、日期" in told["D73"]
    assert "_GoBack" in told["D72"]


def test_the_seeds_warning_and_hints() -> None:
    """D66 21/20; A15 three classes named, four given; mixed numbers; 100 points; rough figures; no 审结率."""
    warned = [f for f in seed().findings if f.severity is Severity.WARNING]
    assert [(f.rule, f.sides and (f.sides.left, f.sides.right)) for f in warned] == [
        ("D66", (Decimal(21), Decimal(20)))
    ]
    hints = of(Severity.NOTICE)
    assert set(hints) == {"A13", "A15", "C51", "C61", "D67", "D70", "D75"}
    assert hints["A15"] == "1.48"
    told = "\n".join(f.message for f in seed().findings)
    assert all(words in told for words in ("混用", "（3）人员情况", "78.4%", "50余次", "可用", "1643.78 万元"))


def test_what_agrees_in_the_seed_is_counted() -> None:
    """1645.26 is the sum of four classes (A15), 95.57 % recomputes (D67), 2088.26 is given three times (D69)."""
    passed = {j.rule for j in seed().judged if j.finding is None}
    assert {"A15", "D67", "D69"} <= passed
    assert seed().counts["amounts"] == 14


@dataclass(frozen=True, slots=True)
class ShortText:
    """One text of a case file: its heading line and its paragraphs."""

    title: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        """For pytest's ids."""
        return self.title

    def proofread(self) -> Proofread:
        """The text, read as a .txt would be."""
        return proofread(number_paragraphs((line, False) for line in self.lines), default_pack())


def short_texts(name: str) -> list[ShortText]:
    """The texts of a file; `##` starts one, `#` is a comment."""
    found: list[list[str]] = []
    for line in (CASES / name).read_text("utf-8").splitlines():
        if line.startswith("## "):
            found.append([line.removeprefix("## ")])
        elif line.strip() and not line.startswith("#"):
            found[-1].append(line)
    return [ShortText(title, tuple(lines)) for title, *lines in found]


FAULTY, CLEAN = short_texts("proofread_faulty.txt"), short_texts("proofread_clean.txt")


@pytest.mark.parametrize("case", FAULTY, ids=str)
def test_a_faulty_text_gives_its_rule_and_no_other(case: ShortText, recorded: Recorded) -> None:
    rule, severity, _ = case.title.split(" ", 2)
    read = case.proofread()
    found = read.findings
    serious = [(f.rule, f.severity.value) for f in found if f.severity is not Severity.NOTICE]
    assert set(serious) == {(rule, severity)}, [f.message for f in found]
    assert told_of_text(read) == recorded("proofread_faulty", case.title, told_of_text(read))


@pytest.mark.parametrize("case", CLEAN, ids=str)
def test_a_clean_text_gives_nothing(case: ShortText, recorded: Recorded) -> None:
    read = case.proofread()
    assert [f.message for f in read.findings if f.severity is not Severity.NOTICE] == []
    assert told_of_text(read) == recorded("proofread_clean", case.title, told_of_text(read))


FIGURE = re.compile(r"[\d.]+(?=亿元|万元|元|%|[个人所分件户])")
ACCUSED = [c for c in FAULTY if c.title[:3] in {"D67", "D68"} and " error " in c.title and len(c.lines) == 1]
PARTED = [c for c in ACCUSED if all(len(FIGURE.findall(clause)) < 2 for clause in c.lines[0].split("，"))]


@pytest.mark.parametrize("stop", "；。")
@pytest.mark.parametrize("case", PARTED, ids=str)
def test_what_is_not_said_in_one_breath_is_no_error(case: ShortText, stop: str) -> None:
    """The figures of a true error, a stop for every comma: they may be of several things, so nobody is accused."""
    assert len(PARTED) >= 9
    apart = replace(case, lines=(case.lines[0].replace("，", stop),))
    assert [f.message for f in apart.proofread().findings if f.severity is Severity.ERROR] == []


def test_there_are_thirty_of_each() -> None:
    assert len(FAULTY) >= 30
    assert len(CLEAN) >= 30


RELATIONS = short_texts("prose_relations.txt")


@pytest.mark.parametrize("case", RELATIONS, ids=str)
def test_a_relation_is_told_or_left_alone(case: ShortText, recorded: Recorded) -> None:
    """Right texts that once were accused, and wrong ones that once were passed over."""
    expected = case.title.split(" ", 2)[1]
    read = case.proofread()
    found = read.findings
    assert told_of_text(read) == recorded("prose_relations", case.title, told_of_text(read))
    if expected == "无":
        assert [f.message for f in found] == []
    else:
        assert {f.rule for f in found} & set(expected.split("、")), [f.message for f in found]


@pytest.mark.parametrize(
    ("cover", "told"),
    [
        ("示例县市场监督管理局", ""),
        ("示场监管局", ""),  # half of the characters, in their order
        ("示监管局", "warning"),
        ("示例市场监督管理局", ""),
        ("局理管督监场市县例示", "warning"),
        ("示例县市场监督管理居", "error"),
    ],
)
def test_a_shorter_form_of_a_name_is_the_same_name(cover: str, told: str) -> None:
    """D74: the cover's name against the title's 示例县市场监督管理局; a slip of the pen is an error."""
    lines = (f"单位名称：{cover}", "2023年度示例县市场监督管理局部门整体支出绩效自评报告", "全年支出100万元。")
    found = proofread(number_paragraphs((line, False) for line in lines), default_pack()).findings
    assert [f.severity.value for f in found if f.rule == "D74"] == [told] * bool(told)


def rows_of(text: str) -> Proofread:
    """A table of a Word report, one row a line, its cells between strokes."""
    return proofread(number_paragraphs((line, True) for line in text.split("/")), default_pack())


@pytest.mark.parametrize(
    ("table", "gap"),
    [
        ("项目 | 金额/基本支出 | 600.00/项目支出 | 400.00/合计 | 1,000.00", []),
        ("项目 | 金额/基本支出 | 600.00/项目支出 | 400.00/合计 | 1,300.00", ["300.00"]),
        ("合计 | 1000.00/基本支出 | 600.00/其中：人员 | 500.00/项目支出 | 400.00", []),
        ("项目 | 金额/基本支出 | 600.00/项目支出 | 412.37/合计 | 2000.00", []),
    ],
)
def test_the_total_of_a_column(table: str, gap: list[str]) -> None:
    """D69: a 合计 one digit off the rows is a 提示; other gaps may have other reasons."""
    found = rows_of(table).findings
    assert [(f.rule, f.severity.value, f"{f.sides.gap:f}") for f in found if f.sides] == [
        ("D69", "notice", value) for value in gap
    ]


def test_small_whole_figures_are_taken_as_printed() -> None:
    """D67: 5, 1 and 50 % fit only if both were rounded the same way: a 提示, no 错误."""
    text = "会议费支出5万元，比上年增加1万元，增长50%。"
    found = proofread(number_paragraphs([(text, False)]), default_pack()).findings
    assert [(f.rule, f.severity.value) for f in found] == [("D67", "notice")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("基金收入37667亿元，支出32581亿元，本年收支结余5586亿元。", "应为 5086.00 亿元，相差 500.00 亿元"),
        ("支出75800元，同比增加52044.27元，增长50.63%。", "÷上年 23755.73元"),
        ("收入4300000元，其中：财政拨款3000000元，其他收入2300000元。", "＝5300000.00 元，分项超过了合计"),
        ("收入4.30亿元，其中：财政拨款3.00亿元，其他收入2.30亿元。", "相差 1.00 亿元。"),
        ("支出1741.75万元，完成年初预算100%，决算数大于预算数55.93万元。", "写的是“大于预算数”"),
        ("收入4.30亿元，其中：财政拨款3.00亿元，其他收入23000.00万元。", "＝53000.00 万元，分项超过了合计"),
    ],
)
def test_a_finding_speaks_in_the_writers_unit(text: str, told: str) -> None:
    """亿元 beside 亿元 is told in 亿元; where the units differ, in that of the pack."""
    found = proofread(number_paragraphs([(text, False)]), default_pack()).findings
    assert [told in f.message for f in found] == [True], [f.message for f in found]


@pytest.mark.parametrize(
    ("title", "year", "unit"),
    [
        ("示例市财政局2021年度部门决算公开", 2021, "示例市财政局"),
        ("示例县水利局2024年部门预算公开说明", 2024, "示例县水利局"),
        ("2022年度数字城管项目支出绩效自评报告", 2022, ""),
        ("关于示例县2022年财政决算（草案）的报告", 2022, ""),
        ("示例县教育局2023年度部门整体支出绩效自评报告", 2023, "示例县教育局"),
    ],
)
def test_titles_give_the_year_and_the_unit(title: str, year: int, unit: str) -> None:
    report = proofread(number_paragraphs([(title, False), ("支出100万元。", False)]), default_pack()).report
    assert (report.year, report.unit) == (year, unit)


def _sum_told(total: Decimal, parts: list[Decimal]) -> bool:
    """Whether a total is told that its parts do not make it."""
    listed = "、".join(f"第{n}期{part}万元" for n, part in zip("一二三四五六", parts, strict=False))
    return any(f.sides for f in ShortText("", (f"项目共完成{total}万元，其中：{listed}。",)).proofread().findings)


def test_two_cents_are_no_rounding_of_three() -> None:
    """Half a cent each, and the upper end of half up is open: 0.02 is too much for three parts, and right for four."""
    thirty = Decimal(30)
    assert _sum_told(Decimal("89.97"), [thirty, thirty, Decimal("29.99")])
    assert not _sum_told(Decimal("89.98"), [thirty, thirty, Decimal("29.99")])
    assert not _sum_told(Decimal("119.97"), [thirty, thirty, thirty, Decimal("29.99")])


@settings(max_examples=60)
@given(st.lists(st.integers(100_000, 900_000), min_size=2, max_size=6))
def test_what_rounding_makes_is_no_gap(exact: list[int]) -> None:
    """Parts and total rounded from ten-thousandths to cents: never told; further off than that: always."""
    parts = [round_half_up(Decimal(one).scaleb(-4), 2) for one in exact]
    assert not _sum_told(round_half_up(Decimal(sum(exact)).scaleb(-4), 2), parts)
    cents = -(-(len(parts) + 1) // 2)
    assert _sum_told(sum(parts, Decimal(0)) + Decimal(cents).scaleb(-2), parts)
