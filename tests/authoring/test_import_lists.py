"""`pack import` of tables: what no label leads to is a list that somebody confirms, never single cells in silence."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import openpyxl
import pytest
from official_form import official

from toolkit import api
from toolkit.authoring import check_pack, import_pack
from toolkit.authoring.official.layout import blank_sheets
from toolkit.authoring.official.naming import named_sheets
from toolkit.engines.xlsx import open_file
from toolkit.pack import find_pack
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit import unit_from_json
from toolkit.unit.moving import move_words

if TYPE_CHECKING:
    from pathlib import Path

# Lists that no pack has as they stand: what is printed, and how the list is to be understood (table: its columns).
LISTS = [
    # 重庆 2021: indicators without 一级指标, heads that only end as the known ones do.
    (
        """
        部门整体绩效自评表~7
        绩效指标 | 指标名称 | 计量单位 | 指标性质 | 全年完成值 | 指标权重 | 是否核心指标
        ^ | | | | | |
        ^ | | | | | |
        说明 | ~6
        """,
        {"指标": ["三级指标", "计量单位", "性质", "实际完成值", "分值", "是否核心指标"]},
        ["第 3–4 行（表头：指标名称、计量单位、指标性质、全年完成值、指标权重、是否核心指标）当作明细表“指标”"],
    ),
    # running numbers, and a row below that adds up
    (
        """
        年度任务表~4
        序号 | 任务名称 | 预算数（万元） | 执行率
        1 | | |
        2 | | |
        合计~2 | |
        """,
        {"明细1": ["任务名称", "预算数", "执行率"]},
        ["第 3–4 行（表头：任务名称、预算数（万元）、执行率）当作明细表“明细1”"],
    ),
    # the row that adds up comes first
    (
        """
        年度任务表~3
        任务名称 | 预算数（万元） | 办理件数量
        总计 | |
         | |
         | |
        """,
        {"明细1": ["任务名称", "预算数", "办理件数量"]},
        ["第 4–5 行"],
    ),
    # the same heads twice: the second list is another
    (
        """
        甲事项~3
        任务名称 | 预算数（万元） | 办理结果
         | |
         | |
        任务名称 | 预算数（万元） | 办理结果
         | |
         | |
        """,
        {"明细1": ["任务名称", "预算数", "办理结果"], "明细2": ["任务名称", "预算数", "办理结果"]},
        ["第 3–4 行", "第 6–7 行"],
    ),
    # rows of different shapes are no list that can be read: told
    (
        """
        年度任务表~4
        任务名称 | 预算数（万元） | 办理结果 | 备注
         | ~2 |
         | | |
         | ~2 |
        """,
        {},
        ["第 3–5 行的格子一格一个名称"],
    ),
    # pairs of a label and a blank are no table
    (
        """
        基本情况~4
        单位名称 | | 联系人 |
        地址 | | 电话 |
        邮编 | | 传真 |
        """,
        {},
        [],
    ),
]


def test_the_last_word_of_a_label_says_what_it_holds(tmp_path: Path) -> None:
    """执行率得分 was a rate, the weight behind 预算执行情况 a long text, and 自评总分 a text."""
    drawn = """
部门整体绩效自评表~5
自评总分（分） | | 经费支出情况 | |
预算执行情况 | 执行率权重 | 执行率得分（分） | 年度目标完成率 | 任务书名称
^ | | | |
"""
    (sheet,) = named_sheets(blank_sheets(official(tmp_path / "表.xlsx", drawn).read_bytes()), find_pack("hunan-2023"))
    kinds = {n.where.rpartition("」")[2]: str(n.kind) for n in sheet.names}
    assert kinds == {
        "B2": "score", "D2": "long", "E2": "long", "B4": "score", "C4": "score", "D4": "rate", "E4": "text"
    }  # fmt: skip


@pytest.mark.parametrize(("drawn", "lists", "told"), LISTS)
def test_no_list_becomes_single_cells_in_silence(
    tmp_path: Path, drawn: str, lists: dict[str, list[str]], told: list[str]
) -> None:
    """A table that no label led to was six cells a row, and 没有发现问题."""
    parent = find_pack("hunan-2023")
    form = official(tmp_path / "表.xlsx", "\n".join(line.strip(" ") for line in drawn.strip().split("\n")))
    (sheet,) = named_sheets(blank_sheets(form.read_bytes(), move_words(parent).sums), parent)
    assert sorted(table for _, _, table in sheet.lists) == sorted(lists)
    for table, columns in lists.items():
        assert [n.name.partition(".")[2] for n in sheet.names if n.name.startswith(f"{table}.")] == columns
    found = list(sheet.untold())
    assert len(found) == len(told)
    assert all(part in one for part, one in zip(told, found, strict=True))


def test_a_row_that_adds_up_is_worked_out(tmp_path: Path) -> None:
    """合计 below an imported list was typed; running numbers that the form prints stay."""
    drawn = "\n".join(line.strip(" ") for line in LISTS[1][0].strip().split("\n"))
    made = import_pack(
        official(tmp_path / "表.xlsx", drawn), "任务-2023", tmp_path / "包", find_pack("hunan-2023"), 2023
    )
    pack = made.pack
    assert pack.compute["表_合计_预算数"] == 'IF(COUNT(明细1_预算数)=0,"",SUM(明细1_预算数))'
    assert "[表_合计_执行率]" in (pack.folder / "forms.toml").read_text("utf-8")  # rates are not added up
    rows = [{"任务名称": "甲", "预算数": "1.5"}, {"任务名称": "乙", "预算数": "2"}]
    path = tmp_path / "填.xlsx"
    path.write_bytes(fill_workbook(unit_from_json({"pack": pack.id, "tables": {"明细1": rows}}, pack), pack))
    source = open_file(path)
    assert source.values("附件2")[5][3] == Decimal("3.5")
    assert [source.values("附件2")[row][1] for row in (3, 4)] == [1, 2]


# Scoring tables that print their items (达州 2018, counties of 湖南): nothing but points is to be filled in. What comes
# of them: item: levels, points, whether its reason has a cell; and what somebody has to look at.
SCORED = [
    # the points stand in the labels
    (
        """
        部门整体支出绩效评价得分表~4
        单位名称 | ~3
        一级指标 | 二级指标 | 三级指标 | 得分
        部门决策（25分） | 目标任务（15分） | 相关性（5分） |
        ^ | ^ | 明确性（10分） |
        ^ | 预算编制（10分） | 测算依据（10分） |
        部门绩效（75分） | 满意度（75分） | 公众满意度（75分） |
        总分~3 |
        """,
        {
            "相关性": ("部门决策/目标任务", 5, False),
            "明确性": ("部门决策/目标任务", 10, False),
            "测算依据": ("部门决策/预算编制", 10, False),
            "公众满意度": ("部门绩效/满意度", 75, False),
        },
        "D8",
        [],
    ),
    # each level has a column of points, the standard has numbers of its own, a reason has a cell, 备注 is none
    (
        """
        评分表~9
        一级指标 | 分值 | 二级指标 | 三级指标 | 分值 | 评价标准 | 自评得分 | 扣分原因 | 备注
        投入 | 30 | 预算配置 | “三公经费”变动率 | 20 | 每超过1%扣0.5分，扣完为止。 | | |
        ^ | ^ | ^ | 到位率 | 10 | 100%计10分。 | | |
        过程 | 71 | 预算执行 | 完成率 | 30 | | | |
        ^ | ^ | ^ | 到位率 | 40 | 5 | | |
        合计~4 | 100 | | | |
        """,
        {
            "三公经费变动率": ("投入/预算配置", 20, True),
            "预算配置到位率": ("投入/预算配置", 10, True),
            "完成率": ("过程/预算执行", 30, True),
            "预算执行到位率": ("过程/预算执行", 40, True),
        },
        "G7",
        ["“过程”印着 71 分，下面各项的分值合计 70 分"],
    ),
    # indicators with a value of the unit's own are no such table, nor are rows without points
    (
        """
        自评表~5
        一级指标 | 三级指标 | 分值 | 实际完成值 | 得分
        产出指标 | 甲率 | 40 | |
        ^ | 乙率 | 30 | |
        ^ | 丙率 | 30 | |
        """,
        {},
        "",
        [],
    ),
    (
        """
        自评表~3
        一级指标 | 三级指标 | 得分
        产出 | 甲率 |
        ^ | 乙率 |
        ^ | 丙率 |
        """,
        {},
        "",
        [],
    ),
]


def _drawn(text: str) -> str:
    return "\n".join(line.strip(" ") for line in text.strip().split("\n"))


@pytest.mark.parametrize(("drawn", "items", "total", "told"), SCORED)
def test_a_printed_scoring_table_gives_its_items(
    tmp_path: Path, drawn: str, items: dict[str, tuple[str, int, bool]], total: str, told: list[str]
) -> None:
    """It was a list whose printed rows were emptied, or cells called after their explanation without any points."""
    form, parent = official(tmp_path / "表.xlsx", _drawn(drawn)), find_pack("hunan-2023")
    if not items:
        (sheet,) = named_sheets(blank_sheets(form.read_bytes(), move_words(parent).sums), parent)
        assert not sheet.scored.rows
        return
    made = import_pack(form, "评分-2023", tmp_path / "包", parent, 2023)
    found = {i.name: ("/".join(i.levels), int(i.weight), bool(i.reason_name)) for i in made.pack.scored}
    assert found == items
    names = {n.name: n.where.rpartition("」")[2] for n in made.sheets[0].names}
    assert names["整体_总分"] == total
    assert set(names) >= {f"评分_{name}_得分" for name in items}
    assert not [n for n in names if n.startswith(("表_合计", "表_总分"))]
    assert check_pack(made.pack) == []
    wrong = [one for one in made.sheets[0].untold() if "印着" in one]
    assert len(wrong) == len(told)
    assert all(part in one for part, one in zip(told, wrong, strict=True))


# points of the four items | rule and cell of the finding, or the verdict | total
RETURNS = """
5 | 10 | 10 | 70 | clean | 95
0 | 0 | 0 | 0 | clean | 0
5 | 10 | 10 | 76 | C64 D7 | 101
-1 | 10 | 10 | 70 | C64 D4 | 89
5 | | 10 | 70 | incomplete |
"""


def test_points_of_a_printed_table_have_bounds_and_a_sum(tmp_path: Path) -> None:
    """108 points of 100 passed: one item of 2 points had 20."""
    form = official(tmp_path / "表.xlsx", _drawn(SCORED[0][0]))
    pack = import_pack(form, "评分-2023", tmp_path / "包", find_pack("hunan-2023"), 2023).pack
    cover = {
        "单位名称": "某市能源局",
        "单位代码": "101001",
        "年度": 2023,
        "主管部门": "某市人民政府",
        "填表人": "张三三",
    }
    cover |= {"填报日期": "2024-03-15", "联系电话": "0818-2380000", "单位负责人": "李四四"}
    for number, line in enumerate(RETURNS.strip().split("\n")):
        *points, told, total = (part.strip() for part in line.split("|"))
        fields = {f"封面_{name}": value for name, value in cover.items()}
        fields |= {f"评分_{i.name}_得分": float(p) for i, p in zip(pack.scored, points, strict=True) if p}
        path = tmp_path / f"{number}.xlsx"
        path.write_bytes(fill_workbook(unit_from_json({"pack": pack.id, "fields": fields}, pack), pack))
        checked = api.check(path, pack=str(pack.folder))
        assert checked.figures.book.computed.number("整体_总分") == (Decimal(total) if total else None), line
        errors = [f"{f.rule} {f.cells[0].address}" for f in checked.result.findings if f.rule.startswith("C")]
        assert (errors or [checked.result.verdict]) == [told], line
    book = openpyxl.load_workbook(tmp_path / "0.xlsx")
    book["附件2"]["D8"] = 99
    book.save(tmp_path / "改.xlsx")
    found = api.check(tmp_path / "改.xlsx", pack=str(pack.folder)).result.findings
    assert [f"{f.rule} {f.cells[0].address}" for f in found if f.rule.startswith("C")] == ["C43 D8"]
