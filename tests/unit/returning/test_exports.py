"""官方表: tables of accounts, budgets and approved targets give the figures that the pack names, and no others."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from command import call
from published_forms import as_docx, as_xlsx
from samples import DEMO, example, filled_example

from toolkit.core.errors import ToolkitError, UnreadableError, UsageError
from toolkit.pack.pack import default_pack
from toolkit.pipeline import check_unit
from toolkit.unit.exchange import unit_to_json
from toolkit.unit.returning.exports import read_export

if TYPE_CHECKING:
    from pathlib import Path

    from published_forms import Grid


def accounts(year: int, unit: str = "万元") -> Grid:
    """收入支出决算总表 as published: income at the left, spending at the right, each with its line numbers."""
    return [
        [f"{year}年度收入支出决算总表", *["<"] * 5],
        [f"公开01表　　单位：{unit}", *["<"] * 5],
        ["收入", "<", "<", "支出", "<", "<"],
        ["项目", "行次", "决算数", "项目（按功能分类）", "行次", "决算数"],
        ["一、一般公共预算财政拨款收入", 1, 868.4, "一、一般公共服务支出", 29, 882.8],
        ["本年收入合计", 25, 886.83, "本年支出合计", 57, 882.8],
        ["年初结转和结余", 27, 8, "年末结转和结余", 59, 12.03],
        ["总计", 28, 894.83, "总计", 60, 894.83],
    ]


def three(year: int) -> Grid:
    """“三公”经费支出决算表: heads above heads, a line of column numbers, one line of figures."""
    heads = ["合计", "因公出国（境）费", "公务用车购置及运行维护费", "<", "<", "公务接待费"]
    below = ["^", "^", "小计", "公务用车购置费", "公务用车运行维护费", "^"]
    return [
        [f"{year}年度财政拨款“三公”经费支出决算表", *["<"] * 11],
        ["金额单位：元", *["<"] * 11],
        ["预算数", *["<"] * 5, "决算数", *["<"] * 5],
        [*heads, *heads],
        [*below, *below],
        list(range(1, 13)),
        [76000, 0, 56000, 0, 56000, 20000, 70000, 0, 52000, 0, 52000, 18000],
    ]


TARGETS: Grid = [
    ["部门整体支出绩效目标表", *["<"] * 4],
    ["（2023年度）", *["<"] * 4],
    ["一级指标", "二级指标", "三级指标", "指标值", "分值"],
    ["产出指标", "数量指标", "业务培训人次", "≥600人次", 10],
    ["^", "质量指标", "数据核验合格率", "≥98%", 10],
    ["满意度指标", "服务对象满意度", "服务对象满意度", "≥90%", 10],
]


def figures(grid: Grid, home: Path, kind: str = ".xlsx") -> dict[str, str]:
    """Name (and row) → the value found."""
    path = home / f"官方表{kind}"
    path.write_bytes((as_xlsx if kind == ".xlsx" else as_docx)([grid]))
    found = read_export(path, default_pack())
    return {f"{e.target}{'' if e.row is None else f'[{e.row}]'}": str(e.value) for e in found}


def test_this_years_accounts(tmp_path: Path) -> None:
    assert figures(accounts(2023), tmp_path) == {
        "收支_本年收入": "886.83",
        "收支_年初结转": "8",
        "收支_本年支出": "882.8",
        "收支_年末结转": "12.03",
    }


def test_last_years_accounts_give_what_goes_on(tmp_path: Path) -> None:
    """Last year's closing balance opens this year; nothing else of it belongs anywhere."""
    assert figures(accounts(2022), tmp_path, ".docx") == {"收支_年初结转": "12.03"}


def test_heads_above_heads_and_another_unit(tmp_path: Path) -> None:
    found = {n: Decimal(v) for n, v in figures(three(2023), tmp_path).items()}
    assert found["基础_公车运行维护_本年决算数"] == Decimal("5.2")
    assert found["基础_公务接待_本年预算数"] == 2
    assert found["基础_公务接待_本年决算数"] == Decimal("1.8")
    assert len(found) == 8
    before = {n: Decimal(v) for n, v in figures(three(2022), tmp_path).items()}
    assert before == {
        "基础_出国经费_上年决算数": 0,
        "基础_公车购置_上年决算数": 0,
        "基础_公车运行维护_上年决算数": Decimal("5.2"),
        "基础_公务接待_上年决算数": Decimal("1.8"),
    }


@pytest.mark.parametrize("kind", [".xlsx", ".docx"])
def test_approved_targets_become_indicators(kind: str, tmp_path: Path) -> None:
    found = figures(TARGETS, tmp_path, kind)
    assert (found["指标_三级指标[0]"], found["指标_性质[0]"]) == ("业务培训人次", "≥")
    assert (found["指标_指标值[0]"], found["指标_计量单位[0]"]) == ("600", "人次")
    assert found["批复_三级指标[2]"] == "服务对象满意度"
    assert not any("实际" in name or "得分" in name for name in found)


def test_approved_targets_from_json(tmp_path: Path) -> None:
    path = tmp_path / "目标.json"
    data = {"pack": "hunan-2023", "tables": {"指标": [{"三级指标": "培训", "指标值": 60, "实际完成值": 1, "得分": 9}]}}
    path.write_text(json.dumps(data), "utf-8")
    found = {(e.target, str(e.value)) for e in read_export(path, default_pack())}
    assert found == {("指标_三级指标", "培训"), ("指标_指标值", "60"), ("批复_三级指标", "培训"), ("批复_指标值", "60")}


UNDATED: Grid = [["收入支出决算总表", *["<"] * 5], *accounts(2023)[1:]]
# 改法 → 拒绝的话
REFUSED: dict[str, tuple[Grid, str]] = {
    "2019年度": (accounts(2019), "是 2019 年度的"),
    "没有年度": (UNDATED, "没有写年度"),
    "别的表": ([["花名册", "<"], ["姓名", "年龄"], ["张三", 30]], "没有"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str, tmp_path: Path) -> None:
    grid, told = REFUSED[name]
    path = tmp_path / "表.xlsx"
    path.write_bytes(as_xlsx([grid]))
    with pytest.raises(ToolkitError, match=told) as refused:
        read_export(path, default_pack())
    assert isinstance(refused.value, (UsageError, UnreadableError))


def test_a_label_that_stands_twice_gives_nothing(tmp_path: Path) -> None:
    grid: Grid = [*accounts(2023), ["本年收入合计", 99, 1.11, None, None, None]]
    assert "收支_本年收入" not in figures(grid, tmp_path)


def test_the_official_figure_goes_before_last_years_return(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    last, official, targets = tmp_path / "去年.xlsx", tmp_path / "决算.xlsx", tmp_path / "批复.docx"
    last.write_bytes(filled_example(DEMO))
    grid = accounts(2022)
    grid[6][5] = 12.5
    official.write_bytes(as_xlsx([grid]))
    targets.write_bytes(as_docx([TARGETS]))
    target = tmp_path / "今年.xlsx"
    assert call("new", "--year", "2023", "--from", last, "--export", official, "--export", targets, "-o", target) == 0
    assert "去年填报表是 12.03，以官方表为准" in capfd.readouterr().err
    told = unit_to_json(check_unit(target).unit)
    assert told["fields"]["收支_年初结转"] == 12.5
    assert [row["三级指标"] for row in told["tables"]["指标"]] == ["业务培训人次", "数据核验合格率", "服务对象满意度"]
    assert all("实际完成值" not in row for row in told["tables"]["指标"])
    assert len(told["tables"]["项目"]) == len(example(DEMO)["tables"]["项目"])
    assert call("new", "--export", official, "-o", official) == 2
    assert call("new", "--export", tmp_path / "没有.xlsx", "-o", tmp_path / "别.xlsx") == 3


def test_a_folder_of_last_years_returns(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    home, out = tmp_path / "去年", tmp_path / "今 年"
    home.mkdir()
    (home / "一.xlsx").write_bytes(filled_example(DEMO))
    (home / "坏.xlsx").write_bytes(b"PK\x03\x04")
    assert call("batch", "--new-roster", tmp_path / "单位名册.xlsx") == 0
    import openpyxl

    book = openpyxl.load_workbook(tmp_path / "单位名册.xlsx")
    sheet = book.worksheets[0]
    top = next(c.row for row in sheet.iter_rows() for c in row if c.value == "单位代码")
    for column, text in enumerate(("N1", "新设单位", "", "本级"), 1):
        sheet.cell(top + 1, column, text)
    book.save(tmp_path / "单位名册.xlsx")
    assert call("new", "--from", home, "--roster", tmp_path / "单位名册.xlsx", "-o", out) == 1
    assert "过录 1 家；名册里去年没有的 1 家给空白表；读不了 1 份" in capfd.readouterr().err
    made = sorted(p.name for p in out.iterdir())
    assert len(made) == 2
    assert "N1_新设单位_填报表.xlsx" in made
    assert check_unit(out / "N1_新设单位_填报表.xlsx").unit.unit_name == "新设单位"
    assert call("new", "--from", home, "-o", out) == 2
    assert call("new", "--from", home) == 2
