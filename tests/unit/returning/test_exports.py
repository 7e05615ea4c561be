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
from toolkit.pack.finding import default_pack
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


def whole_set(year: int) -> list[Grid]:
    """A department's published accounts, one sheet after another, as 公开01, 04, 06 and 07 表 are laid out.

    The titles bear no year: the cover does. 公开04 has the same rows for the fiscal appropriation alone.
    """
    return [
        [[f"{year}年度某某局部门决算公开表"]],
        [
            ["收入支出决算总表", *["<"] * 5],
            ["部门：某某局", None, None, None, "公开01表", "金额单位：万元"],
            ["收入", "<", "<", "支出", "<", "<"],
            ["项目", "行次", "金额", "项目", "行次", "金额"],
            ["栏次", None, 1, "栏次", None, 2],
            ["一、一般公共预算财政拨款收入", 1, 868.4, "一、一般公共服务支出", 32, 882.8],
            ["本年收入合计", 27, 886.83, "本年支出合计", 58, 882.8],
            ["使用非财政拨款结余（含专用结余）", 28, None, "结余分配", 59, None],
            ["年初结转和结余", 29, None, "年末结转和结余", 60, 12.03],
            ["总计", 30, 894.83, "总计", 61, 894.83],
            ["注：本表反映部门本年度的总收支和年末结转结余情况。", *["<"] * 5],
        ],
        [
            ["财政拨款收入支出决算总表", *["<"] * 8],
            ["部门：某某局", *[None] * 6, "公开04表", "金额单位：万元"],
            ["收 入", "<", "<", "支 出", "<", "<", "<", "<", "<"],
            ["项目", "行次", "金额", "项目", "行次", "合计", "一般公共预算财政拨款", "政府性基金预算财政拨款", None],
            ["本年收入合计", 9, 868.4, "本年支出合计", 23, 860.1, 860.1, None, None],
            ["年初财政拨款结转和结余", 10, 1.5, "年末财政拨款结转和结余", 24, 9.8, 9.8, None, None],
        ],
        [
            ["一般公共预算财政拨款基本支出决算表", *["<"] * 8],
            ["部门：某某局", *[None] * 6, "公开06表", "金额单位：万元"],
            ["人员经费", "<", "<", "公用经费", *["<"] * 5],
            [*["科目编码", "科目名称", "决算数"] * 3],
            [301, "工资福利支出", 410.2, 302, "商品和服务支出", 92.1, 310, "资本性支出", None],
            [30101, "基本工资", 200, 30201, "办公费", 12.1, 31001, "房屋建筑物购建", None],
            [303, "对个人和家庭的补助", 74.53, None, None, None, None, None, None],
            ["人员经费合计", "<", 484.73, "公用经费合计", *["<"] * 4, 92.1],
        ],
        [
            ["财政拨款“三公”经费支出决算表", *["<"] * 11],
            ["部门：某某局", *[None] * 9, "公开07表", "金额单位：万元"],
            ["预算数", *["<"] * 5, "决算数", *["<"] * 5],
            [*["合计", "因公出国（境）费", "公务用车购置及运行费", "<", "<", "公务接待费"] * 2],
            [*["^", "^", "小计", "公务用车购置费", "公务用车运行费", "^"] * 2],
            list(range(1, 13)),
            [7.6, None, 5.6, None, 5.6, 2, 7, None, 5.2, None, 5.2, 1.8],
            ["注：本表反映部门本年度“三公”经费支出预决算情况。", *["<"] * 11],
        ],
    ]


PUBLISHED = {
    "收支_本年收入": "886.83",
    "收支_本年支出": "882.8",
    "收支_年末结转": "12.03",
    "支出_工资福利": "410.2",
    "支出_商品和服务": "92.1",
    "支出_对个人和家庭的补助": "74.53",
    "基础_公车运行维护_本年预算数": "5.6",
    "基础_公务接待_本年预算数": "2",
    "基础_公车运行维护_本年决算数": "5.2",
    "基础_公务接待_本年决算数": "1.8",
}


@pytest.mark.parametrize("kind", [".xlsx", ".docx"])
def test_a_whole_set_of_published_accounts(kind: str, tmp_path: Path) -> None:
    """A blank stays blank, though a figure stands further on; another table of a like title gives nothing."""
    path = tmp_path / f"决算{kind}"
    grids = whole_set(2023)
    path.write_bytes(as_xlsx(grids) if kind == ".xlsx" else as_docx(grids))
    assert {e.target: str(e.value) for e in read_export(path, default_pack())} == PUBLISHED
    last = tmp_path / f"上年{kind}"
    last.write_bytes(as_xlsx(whole_set(2022)) if kind == ".xlsx" else as_docx(whole_set(2022)))
    assert {e.target: str(e.value) for e in read_export(last, default_pack())} == {
        "收支_年初结转": "12.03",
        "基础_公车运行维护_上年决算数": "5.2",
        "基础_公务接待_上年决算数": "1.8",
    }


def test_a_table_that_runs_downwards_as_csv_with_the_year_in_its_name(tmp_path: Path) -> None:
    path = tmp_path / "2023年部门决算 三公.csv"
    lines = """“三公”经费支出决算表,,
项目,年初预算数,决算数
合计,7.60,7.00
1.因公出国(境)费,-,-
2.公务接待费,2.00,1.80
3.公务用车购置及运行费,5.60,5.20
其中：公务用车购置费,,
公务用车运行费,5.60,5.20
"""
    path.write_bytes(lines.encode("gb18030"))
    wanted = {n: v for n, v in PUBLISHED.items() if n.startswith("基础_")}
    assert {e.target: Decimal(str(e.value)) for e in read_export(path, default_pack())} == {
        n: Decimal(v) for n, v in wanted.items()
    }


BUDGET: Grid = [
    ["收支总表", *["<"] * 5],
    ["部门：某某局", None, None, None, "部门公开表01", "单位：元"],
    ["收入", "<", "支出", "<", "<", "<"],
    ["项目", "本年预算", "项目（按功能分类）", "本年预算", "项目（按部门预算经济分类）", "本年预算"],
    ["一、一般公共预算拨款收入", 8550000, "一、一般公共服务支出", 8550000, "一、基本支出", 5600000],
    ["本年收入合计", 8550000, "本年支出合计", 8550000, "本年支出合计", 8550000],
    ["上年结转结余", None, "年终结转结余", None, None, None],
    ["收入总计", 8550000, "支出总计", 8550000, "支出总计", 8550000],
]
GRANTS: Grid = [
    ["财政拨款收支总表", "<", "<", "<"],
    ["部门：某某局", None, "部门公开表04", "单位：元"],
    ["项目", "本年预算", "项目", "本年预算"],
    ["本年收入合计", 8000000, "本年支出合计", 8000000],
]


def test_the_published_budget(tmp_path: Path) -> None:
    """Spending stands there twice, by function and by kind, with one total; of the grants alone nothing is read."""
    path = tmp_path / "2023年部门预算公开表.xlsx"
    path.write_bytes(as_xlsx([BUDGET, GRANTS]))
    assert {e.target: e.value for e in read_export(path, default_pack())} == {"整体_年初预算数": 855}


def test_two_official_figures_for_one_cell_are_told_and_not_taken(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whatever their order; of this year's and last year's table this year's goes first, for it may be adjusted."""
    one, other, before = (tmp_path / f"{n}.xlsx" for n in ("一", "二", "上年"))
    grid = accounts(2023)
    grid[5] = ["本年收入合计", 25, 886.84, *grid[5][3:]]
    for path, given in ((one, accounts(2023)), (other, grid), (before, accounts(2022))):
        path.write_bytes(as_xlsx([given]))
    for first, second in ((one, other), (other, one)):
        target = tmp_path / f"{first.stem}.新.xlsx"
        files = [x for path in (before, first, second) for x in ("--export", path)]
        assert call("new", "--year", "2023", *files, "-o", target) == 0
        told = capfd.readouterr().err
        assert "886.83" in told
        assert "886.84" in told
        assert "几处不同，都没有用" in told
        fields = unit_to_json(check_unit(target).unit)["fields"]
        assert (fields.get("收支_本年收入"), fields["收支_本年支出"], fields["收支_年初结转"]) == (None, 882.8, 8)


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
