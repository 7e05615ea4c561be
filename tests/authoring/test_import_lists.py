"""`pack import` of tables: what no label leads to is a list that somebody confirms, never single cells in silence."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from official_form import official

from toolkit.authoring import import_pack
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
