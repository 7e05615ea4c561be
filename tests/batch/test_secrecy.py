"""汇总的保密: what a batch writes over all units names no withheld project, whoever filed it (E82)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from batch_folder import ran
from batch_tables import judged
from byte_search import amount_words, hits
from hostile_bytes import parts_of, zipped
from rule_cases import changed_data
from withheld_unit import MARKED

from toolkit.batch.rounds import write_round
from toolkit.pack.finding import default_pack
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import unit_from_json

if TYPE_CHECKING:
    from pathlib import Path

NAME, CODE, INDICATOR = "政务数据安全保障专项", "999001-03", "安全保障成本"
SECRETS = {NAME, CODE, INDICATOR, *amount_words("44.59"), *amount_words("46.93"), *amount_words("41.37")}
SUMMARIES = ("汇总表.xlsx", "通报.docx", "汇总.json")
# The secret project, and mistakes at it whose sentences would tell its name and amounts.
SECRET = """
项目[2].上年决算数=41.37; 项目[2].年初预算数=46.93; 项目[2].全年预算数=46.93; 项目[2].全年执行数=44.59
表单2.自评_财政拨款_年初预算数=46.93; 表单2.自评_资金总额_年初预算数=500.01; 表单2.自评_等级=差
表单2.自评指标[4].指标值=46.93; 表单2.自评指标[4].实际完成值=44.59; 表单2.自评指标[4].得分=1
""".strip().replace("\n", "; ")

WORKED = "指标[8].指标值=40; 指标[8].实际完成值=44.59"  # how the points came about tells the amount


@pytest.mark.parametrize("public", [False, True])
@pytest.mark.parametrize("mark", ["项目[2].涉密=是", "项目[2].涉密=否; 项目[2].公开方式=不公开"])
def test_no_summary_names_a_withheld_project(tmp_path: Path, mark: str, public: bool) -> None:  # noqa: FBT001
    """E82: the second unit does not even mark it; its sentence says where to look, and nothing else."""
    folder, out = tmp_path / "收件", tmp_path / "结果"
    folder.mkdir()
    for code, change in (("1", mark), ("2", "项目[2].涉密=否; 项目[2].公开方式=单独列示")):
        data = changed_data(f"{SECRET}; {WORKED}; 封面_单位代码={code}; 封面_单位名称=第{code}局; {change}")
        (folder / f"{code}.xlsx").write_bytes(fill_workbook(unit_from_json(data, default_pack()), default_pack()))
    result, _ = ran(folder, out, public=public)
    told = [f.message for f in result.audit.findings if f.rule == "E82" and "不公开" in f.message]
    assert any("“第1局”（「" in m and "“第2局”（「" in m for m in told)
    own = {w for w in SECRETS if hits(out.glob("1_*/result.json"), [w])}
    assert own >= {NAME, CODE, "44.59", "46.93"}  # the unit's own file has them, so the search can find them
    assert hits(out.glob("1_*/result.json"), ["(44.59 − 40) ÷ 40"])
    assert not hits([out / "通报.docx"], SECRETS)
    of_first = json.loads(next(out.glob("1_*/result.json")).read_text("utf-8"))["findings"]
    assert any(f["withheld"] for f in of_first)
    assert not all(f["withheld"] for f in of_first)
    sheet = openpyxl.load_workbook(out / "汇总表.xlsx")
    for title in ("审核问题", "指标明细"):
        rows = [" ".join(str(v) for v in row if v) for row in sheet[title].iter_rows(values_only=True)]
        assert not [r for r in rows if "第1局" in r and any(s in r for s in SECRETS)]
        assert not [r for r in rows if NAME in r or CODE in r]
    assert not hits([out / "汇总.json"], SECRETS)
    assert not hits([out / "汇总表.xlsx"], {NAME, CODE})


def _only(data: dict[str, Any]) -> dict[str, Any]:
    """The secret project alone, and totals that agree with it."""
    data["tables"]["项目"] = data["tables"]["项目"][2:3]
    data["project_forms"] = data["project_forms"][2:3]
    data["fields"] |= {"整体_支出_项目支出": 44.59, "整体_支出_基本支出": 500, "整体_全年执行数": 544.59}
    return data


def _named_sheet(book: bytes) -> bytes:
    """Staff name the copy of a form after its project."""
    parts = parts_of(book)
    renamed = {n: d.replace("项目自评表 (3)".encode(), NAME.encode()) for n, d in parts.items() if n.endswith(".xml")}
    return zipped(parts | renamed)


def test_no_sum_no_file_and_no_sheet_tells_of_a_withheld_project(tmp_path: Path) -> None:
    """A unit's total that is its only project; files, skipped files and sheets named after it; letters and rounds."""
    folder, out = tmp_path / "收件", tmp_path / "结果"
    folder.mkdir()
    first = changed_data(f"{SECRET}; 项目[2].涉密=是; 封面_单位代码=1; 封面_单位名称=甲局")
    named = _named_sheet(fill_workbook(unit_from_json(first, default_pack()), default_pack()))
    for name, book in ((f"{NAME}.xlsx", named), (f"{NAME}（旧）.xlsx", named + b"")):
        (folder / name).write_bytes(book)
    for code, data in (
        ("2", _only(changed_data(f"{SECRET}; 项目[2].涉密=是; 封面_单位代码=2; 封面_单位名称=乙局; 封面_主管部门=丙"))),
        ("3", changed_data("封面_单位代码=3; 封面_单位名称=丁局; 项目[2].名称=另一专项; 表单2.自评_项目名称=另一专项")),
    ):
        (folder / f"{code}.xlsx").write_bytes(fill_workbook(unit_from_json(data, default_pack()), default_pack()))
    (folder / f"{NAME}说明.txt").write_text("甲", "utf-8")
    result, _ = ran(folder, out)
    write_round(result, out)
    told = [*out.glob("*.*"), *out.rglob("轮次.json"), *out.rglob("退回意见.docx")]
    assert len(told) == 4 + 1 + 2
    assert not hits(told, {NAME, CODE})
    assert not hits([*out.rglob("轮次.json"), *out.rglob("退回意见.docx")], SECRETS - {"44.59"})
    rows = {str(r[0]).strip(): r for r in openpyxl.load_workbook(out / "汇总表.xlsx")["汇总"].values}
    heads = [str(h).partition("\n")[0] for h in rows["单位名称"]]
    shown = {unit: rows[unit][heads.index("项目支出")] for unit in ("合计", "丙", "乙局", "甲局", "丁局")}
    assert shown["乙局"] is shown["丙"] is None  # the only unit of its department: the department's sum tells it too
    assert None in (shown["合计"], shown["甲局"], shown["丁局"])  # and the rest of the total may not
    assert "项目支出不写" in str(rows["乙局"][-1])
    of_all = json.loads((out / "汇总.json").read_text("utf-8"))["summary"]
    assert "整体_支出_项目支出" in next(n for n in of_all if n["name"] == "丙")["withheld"]


# 写在哪里 | 怎样写不公开的 44.59 万元、名称、编码
TOLD = """
封面_主管部门          | 某办（四十四万五千九百元）
指标[2].三级指标       | 肆拾肆万伍仟玖佰元支付率
指标[3].三级指标       | 政 務數據安全保障專項覆盖率
指标[4].三级指标       | 九九九〇〇一-〇三完成率
表单0.自评指标[0].三级指标 | 44 万 5900 元的运行时间
项目[0].名称           | 平台维护RMB445900末
表单0.自评_项目名称    | 平台维护RMB445900末
指标[5].偏差原因       | 因445.9千元未到位
文字_存在问题          | 全年支出44点59万元，执行率12%。
"""


def test_no_name_that_a_summary_prints_tells_in_another_spelling(tmp_path: Path) -> None:
    """主管部门, indicators, open projects and quoted sentences: the secret in words, thousands or disguise."""
    lines = [[part.strip() for part in line.split(" | ")] for line in TOLD.strip().splitlines()]
    folder, out = tmp_path / "收件", tmp_path / "结果"
    folder.mkdir()
    changes = "; ".join(f"{where}={text}" for where, text in lines)
    data = changed_data(f"{SECRET}; 项目[2].涉密=是; 封面_单位代码=1; 封面_单位名称=甲局; {changes}")
    (folder / "1.xlsx").write_bytes(fill_workbook(unit_from_json(data, default_pack()), default_pack()))
    result, _ = ran(folder, out)
    write_round(result, out)
    told = [*out.glob("*.*"), *out.rglob("轮次.json"), *out.rglob("退回意见.docx")]
    assert len(told) == 6
    words = {text for _, text in lines}
    assert hits(out.glob("1_*/result.json"), words)
    assert hits(told, words) == set()


def test_no_public_edition_of_a_batch_tells_another_units_secret(tmp_path: Path) -> None:
    """D78: the same project filed openly, or named in a sentence, by others: their editions are taken away and told."""
    folder, out = tmp_path / "收件", tmp_path / "结果"
    folder.mkdir()
    other = "项目[2].编码=88888888-9; 项目[2].名称=另一专项; 项目[2].涉密=否; 项目[1].公开方式=公开"
    other += "; 表单2.自评_项目名称=另一专项; 表单2.自评_项目编码=88888888-9"
    changes = {
        "甲": MARKED,
        "乙": "项目[2].涉密=否; 项目[1].公开方式=公开",
        "丙": f"{other}; 文字_其他说明=另与{NAME[:2]} {NAME[2:]}配套。; 项目[0].用途=配套{CODE}号项目",
        "丁": other,
    }
    for code, (name, change) in enumerate(changes.items(), 1):
        data = changed_data(f"{change}; 封面_单位代码={code}; 封面_单位名称={name}局")
        (folder / f"{name}.xlsx").write_bytes(fill_workbook(unit_from_json(data, default_pack()), default_pack()))
    result, _ = ran(folder, out, public=True)
    editions = sorted(p for p in out.glob("*/公开/*") if p.is_file())
    assert {p.parent.parent.name for p in editions} == {"1_甲局", "4_丁局"}
    assert not hits(editions, {NAME, CODE})
    told = [f.message for f in result.audit.findings if f.rule == "D78"]
    told.sort(reverse=True)
    assert [m[:5] for m in told] == ["“乙局”的", "“丙局”的"]
    assert "“文字_其他说明”" in told[1]
    assert "“用途”" in told[1]
    assert not [m for m in told if NAME in m or CODE in m]


def test_a_second_round_knows_withheld_findings_again(tmp_path: Path) -> None:
    """轮次.json has no words of them, and still tells what was mended and what is still there."""
    folder, out = tmp_path / "收件", tmp_path / "结果"
    folder.mkdir()
    for change, expected in ((SECRET, (0, 0)), (f"{SECRET}; 表单2.自评_等级=优", (1, 1))):
        data = changed_data(f"{change}; 项目[2].涉密=是; 封面_单位代码=1; 封面_单位名称=甲局")
        (folder / "1.xlsx").write_bytes(fill_workbook(unit_from_json(data, default_pack()), default_pack()))
        (unit,) = write_round(ran(folder, out)[0], out).units
        assert (unit.mended > 0, unit.still > 0) == tuple(map(bool, expected))
        assert unit.new == 0


def test_the_summary_says_that_it_is_internal(tmp_path: Path) -> None:
    folder, out = tmp_path / "收件", tmp_path / "结果"
    folder.mkdir()
    book = fill_workbook(unit_from_json(changed_data("封面_单位代码=1"), default_pack()), default_pack())
    (folder / "1.xlsx").write_bytes(book)
    ran(folder, out)
    sheets = openpyxl.load_workbook(out / "汇总表.xlsx").worksheets
    assert all("内部资料，不得对外公开" in str([c.value for c in sheet[1]]) for sheet in sheets)
    assert list(json.loads((out / "汇总.json").read_text("utf-8")))[:2] == ["schema", "notice"]


def test_an_open_project_of_the_same_words_is_not_named_either() -> None:
    """E82: two open projects whose name has a third unit's withheld name in it; a file named after it (E84)."""
    returns = "甲.xlsx|101|甲局|95|100|项目=1:卫星地面站:5:不公开 项目=P20230001:卫星地面站二期:6"
    returns += (
        "\n乙.xlsx|102|乙站|85|50|项目=P20230001:卫星地面站二期:6\n卫 星地面站.xlsx|103|丙|70|1|规则包=hunan-2018"
    )
    _, result = judged("", returns)
    assert {f.rule for f in result.findings} >= {"E82", "E84"}
    assert not [f.message for f in result.findings if "地面站" in f.message]
