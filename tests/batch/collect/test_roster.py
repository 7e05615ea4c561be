"""单位名册: read wherever its head stands; every fault in one message."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import openpyxl
import pytest

from toolkit.batch.collect.roster import read_roster, same_text, write_blank_roster
from toolkit.core.errors import UnreadableError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "单位代码 | 单位名称 | 上级 | 类型"


def written(tmp_path: Path, table: str) -> Path:
    """A roster from a text table."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for line in table.strip().splitlines():
        sheet.append([cell.strip() or None for cell in line.split("|")])
    path = tmp_path / "单位 名册.xlsx"
    stream = io.BytesIO()
    book.save(stream)
    path.write_bytes(stream.getvalue())
    return path


def test_head_in_any_row_and_order(tmp_path: Path) -> None:
    path = written(tmp_path, "某县名册\n类型|单位名称|备注|单位代码|上级\n本级|甲局|x|007|\n|乙站||008|甲局\n")
    units = read_roster(path).units
    assert [(u.code, u.name, u.parent, u.kind, u.row) for u in units] == [
        ("007", "甲局", "", "本级", 3),
        ("008", "乙站", "甲局", "下属", 4),
    ]


def test_numbers_as_codes(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["单位代码", "单位名称", "上级", "类型"])
    book.worksheets[0].append([101001, "甲局", 101, "本级"])
    path = tmp_path / "名册.xlsx"
    book.save(path)
    unit = read_roster(path).units[0]
    assert (unit.code, unit.parent) == ("101001", "101")


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("代码|名称\n1|甲", "没有找到表头"),
        ("单位代码|单位名称\n1|甲", "缺少“上级、类型”列"),
        (HEAD, "一个单位也没有"),
        (f"{HEAD}\n1|甲||\n1|乙||", "第 3 行的代码 1 与第 2 行重复"),
        (f"{HEAD}\n1|||", "第 2 行没有填单位名称"),
        (f"{HEAD}\n|甲||", "第 2 行没有填单位代码"),
        (f"{HEAD}\n1|甲||下级", "类型“下级”应为本级、下属或汇总"),
        (f"{HEAD}\n1|甲|2|\n2|乙|1|", "上级绕成了圈"),
    ],
)
def test_faults_are_one_message(tmp_path: Path, table: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        read_roster(written(tmp_path, table))


def test_all_faults_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        read_roster(written(tmp_path, f"{HEAD}\n1|甲||下级\n1|乙||\n|丙||"))
    assert all(part in str(raised.value) for part in ("第 2 行", "第 3 行", "第 4 行"))


def test_own_department_is_no_circle(tmp_path: Path) -> None:
    """本级 often names its own department as the one above."""
    assert read_roster(written(tmp_path, f"{HEAD}\n1|甲局|甲局|本级\n2|乙站|甲局|")).units[0].parent == ""


def test_not_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "名册.xlsx"
    path.write_text("单位代码,单位名称")
    with pytest.raises(UnreadableError):
        read_roster(path)


def test_blank_roster_takes_units_and_keeps_leading_zeros(tmp_path: Path) -> None:
    path = tmp_path / "名册.xlsx"
    write_blank_roster(path)
    with pytest.raises(UsageError, match="一个单位也没有"):
        read_roster(path)
    write_blank_roster(path, [("007", "=甲局", "", "本级")])
    assert [(u.code, u.name) for u in read_roster(path).units] == [("007", "=甲局")]


def test_same_text() -> None:
    assert same_text("示例 中心（本级）Ａ1") == same_text("示例中心(本级)a1")
    assert same_text("001") != same_text("1")
