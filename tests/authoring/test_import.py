"""`pack import`: an official blank form becomes a pack that passes its check, with the look of the official form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from click.testing import CliRunner
from command import jixiao
from hostile_bytes import parts_of, zipped
from official_form import official
from samples import DEMO, filled_example

from toolkit import api
from toolkit.authoring import check_pack, import_pack
from toolkit.authoring.official.layout import blank_sheets
from toolkit.authoring.official.naming import CHOSEN, NamedSheet, named_sheets, settled
from toolkit.core.errors import PackError, UsageError
from toolkit.doors.cli.app import cli
from toolkit.engines.xlsx import open_file
from toolkit.pack import find_pack, required_data
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit import unit_from_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from toolkit.authoring import Named
    from toolkit.authoring.official import Imported


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    home = tmp_path_factory.mktemp("导入 官方表")
    return import_pack(official(home / "官方表.xlsx"), "官方项目-2021", home / "规则包", find_pack("hunan-2023"), 2021)


def _data(pack_id: str) -> dict[str, Any]:
    cover = {
        "封面_单位名称": "某市行政审批局",
        "封面_单位代码": "001",
        "封面_年度": 2021,
        "封面_主管部门": "某市行政审批局",
        "封面_填报日期": "2022-03-01",
        "封面_填表人": "张三三",
        "封面_单位负责人": "李四四",
        "封面_联系电话": "0711-3381111",
    }
    fields = {
        "自评_项目名称": "市民中心运行维护费",
        "自评_主管部门": "某市行政审批局",
        "自评_实施单位": "某市行政审批局",
        "自评_预期目标": "大厅日常运行",
        "自评_完成情况": "大厅全年正常运行，接待群众12万人次",
        "自评_财政拨款_全年预算数": 150,
        "自评_财政拨款_全年执行数": 125.25,
    }
    row = {"一级指标": "产出指标", "二级指标": "数量指标", "三级指标": "办件率", "指标值": "100%", "实际完成值": "100%"}
    tables = {"自评指标": [row | {"分值": 90, "得分": 90}]}
    return {"pack": pack_id, "fields": cover, "project_forms": [{"fields": fields, "tables": tables}]}


def test_cells_are_known_by_their_labels(made: Imported) -> None:
    assert made.problems == ()
    names = {named.name: named.where for sheet in made.sheets for named in sheet.names}
    assert names["自评_资金总额_全年预算数"] == "「附件2」D6"
    assert names["自评_财政拨款_全年执行数"] == "「附件2」E7"
    assert names["自评指标.偏差原因"] == "「附件2」I13"
    assert names["自评_执行得分"] == "「附件2」I6"
    assert [(n.name, n.where) for n in made.unsure if "监督意见" in n.name] == [("自评_本单位监督意见", "「附件2」C19")]
    printed = {"「附件2」G6", "「附件2」H7", "「附件2」B5", "「附件2」G18"}
    assert not printed & set(names.values())  # what the form prints itself, and the corner of its head


def test_the_pack_is_sound_and_has_the_official_look(made: Imported) -> None:
    assert not check_pack(made.pack)
    for name in ("填报表.xlsx", "填报表.xlsm", "自评报表.xlsx"):
        sheet = openpyxl.load_workbook(made.pack.folder / name)["附件2"]
        assert (sheet["A1"].font.name, sheet["A1"].fill.fgColor.rgb[-6:]) == ("方正小标宋简体", "FDE9D9")
        assert sheet.column_dimensions["I"].width == 26
        assert "C3:I3" in {str(area) for area in sheet.merged_cells.ranges}
        assert sheet["H6"].number_format == "0.00%"


def test_a_unit_is_filled_in_and_judged(made: Imported, tmp_path: Path) -> None:
    pack = made.pack
    path = tmp_path / "填报.xlsx"
    path.write_bytes(fill_workbook(unit_from_json(_data(pack.id), pack), pack))
    formulas = open_file(path).formulas("附件2")
    assert (formulas["L5"].text, "自评_资金总额_全年执行数" in formulas["H6"].text) == ('C6&"万元"', True)
    checked = api.check(path, pack=str(pack.folder))
    assert checked.figures.forms[0].filed.number("自评_总分") is not None
    assert {f.rule for f in checked.result.findings} <= {"A10", "C41", "C54"}  # the points of this one row
    blank = tmp_path / "空.xlsx"
    blank.write_bytes((pack.folder / "填报表.xlsx").read_bytes())
    assert api.check(blank, pack=str(pack.folder)).result.verdict == "error"


def test_the_command_lists_what_somebody_has_to_confirm(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    form = official(tmp_path / "官方 表.xlsx")
    words = ("pack", "import", form, "-o", tmp_path / "规则包", "--id", "本市-2021", "--year", "2021")
    code, told, more = jixiao(capsys, monkeypatch, *words)
    assert code == 0
    assert "待确认 「附件2」C19“本单位监督意见”→ 自评_本单位监督意见（long）" in told + more
    assert (tmp_path / "规则包" / "本市-2021" / "表样对照.xlsx").is_file()
    code, told, more = jixiao(capsys, monkeypatch, *words)
    assert code == 2
    assert "已经有了" in told + more


def test_a_damaged_workbook_is_no_fault_of_ours(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every part is there and empty; the first sheet is cut off."""
    parts = parts_of(filled_example(DEMO))
    sheet = "xl/worksheets/sheet1.xml"
    for changed in (dict.fromkeys(parts, b""), parts | {sheet: parts[sheet][:200]}):
        (tmp_path / "怪.xlsx").write_bytes(zipped(changed))
        words = ("pack", "import", tmp_path / "怪.xlsx", "--id", "甲-2024", "-o", tmp_path / "包")
        code, _, err = jixiao(capsys, monkeypatch, *words)
        assert (code, "损坏" in err) == (3, True), err
        assert not (tmp_path / "包").exists()


@pytest.mark.parametrize(
    ("name", "told"),
    [("表.docx", "选中整张表，复制"), ("表.pdf", "选中整张表，复制"), ("表.et", "另存为 .xlsx 再导入")],
)
def test_another_file_is_told_what_to_do(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(UsageError, match=told):
        import_pack(tmp_path / name, "甲", tmp_path, find_pack("hunan-2023"), 2021)


def test_a_workbook_without_a_form_is_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = "没有表格"
    book.save(tmp_path / "空.xlsx")
    with pytest.raises(UsageError, match="没有找到要填的格子"):
        import_pack(tmp_path / "空.xlsx", "甲", tmp_path, find_pack("hunan-2023"), 2021)


# 县级专项资金绩效目标自评表 (湖南某县 2020): no points at all, money by its source, 说明 below the indicators.
UNSCORED = """
2020年度县级专项资金绩效目标自评表~7
专项资金名称~2 | ~2 | 负责人及电话 | ~2
县级主管部门~2 | ~2 | 实施单位 | ~2
项目资金（万元） | ~3 | 全年预算数（A） | 全年执行数（B） | 执行率（B/A）
^ | 年度资金总额：~3 | | |
^ | 其中：中央、省、市补助~3 | | |
^ | 县级资金~3 | | |
年度总体目标 | 年初设定目标~3 | 全年实际完成情况~3
^ | ~3 | ~3
绩效指标 | 一级指标 | 二级指标 | 三级指标 | 年度指标值 | 全年完成值 | 未完成原因和改进措施
^ | 产出指标 | 数量指标 | 指标1： | | |
^ | 效益指标 | 社会效益指标 | 指标1： | | |
^ | 满意度指标 | 服务对象满意度指标 | 指标1： | | |
说明 | ~6
"""


@pytest.fixture(scope="module")
def unscored(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    home = tmp_path_factory.mktemp("没有分值")
    form = official(home / "专项资金.xlsx", UNSCORED)
    return import_pack(form, "专项-2020", home / "规则包", find_pack("hunan-2023"), 2020)


def test_a_form_without_points_is_sound_as_imported(unscored: Imported) -> None:
    """It had asked for points of 100, taken 说明 for an indicator, and 专项资金名称 for an amount."""
    assert unscored.problems == ()
    assert not check_pack(unscored.pack)
    named = {
        n.where.rpartition("」")[2]: (n.name, n.kind, n in unscored.unsure) for s in unscored.sheets for n in s.names
    }
    assert named["C2"] == ("自评_项目名称", "text", True)
    assert named["C3"] == ("自评_主管部门", "text", True)
    assert named["E6"] == ("自评_中央省市补助_全年预算数", "money", True)
    assert named["F7"] == ("自评_县级资金_全年执行数", "money", True)
    assert named["B14"] == ("自评_说明", "long", True)
    assert unscored.sheets[0].lists == [(11, 13, "自评指标")]


# 部门整体支出绩效自评表 (陕西 2022), its tasks: two heads have the same words below them.
TASKS = """
部门整体支出绩效自评表~6
部门（单位）名称 | ~5
任务名称 | 完成情况 | 预算数（万元）~2 | 执行数（万元）~2
^ | ^ | 总额 | 财政拨款 | 总额 | 财政拨款
 | | | | |
 | | | | |
一级指标 | 指标内容 | 年度指标值 | 实际完成值 | 分值 | 得分
产出指标 | | | | |
效益指标 | | | | |
"""


def test_heads_alike_are_told_by_those_over_them(tmp_path: Path) -> None:
    """总额 and 总额2 had been the names, texts both; and 分值 of one list took its name from that of another."""
    form = official(tmp_path / "任务.xlsx", TASKS)
    (sheet,) = named_sheets(blank_sheets(form.read_bytes()), find_pack("hunan-2023"))
    tasks = [(n.name.partition(".")[2], str(n.kind)) for n in sheet.names if n.name.startswith("明细1.")]
    assert tasks == [
        ("任务名称", "text"),
        ("完成情况", "long"),
        ("预算数总额", "money"),
        ("预算数财政拨款", "money"),
        ("执行数总额", "money"),
        ("执行数财政拨款", "money"),
    ]
    assert next(n for n in sheet.names if n.label == "指标内容").name == "指标.三级指标"  # what a row is called by
    made = import_pack(form, "任务", tmp_path, find_pack("hunan-2023"), 2022)
    asked = [group.names for group in required_data(made.pack)]
    assert sum("封面_单位名称" in names for names in asked) == 1  # shown on the form, asked for on the cover


# 部门整体绩效自评表 (河南 2022): first and second levels of its own.
LEVELS = """
部门整体绩效自评表~7
部门（单位）名称 | ~6
一级指标 | 二级指标 | 三级指标 | 年度指标值 | 实际完成值 | 分值 | 得分
投入管理指标（30分） | 工作目标管理 | | | | |
^ | 预算和财务管理 | | | | |
产出指标 | 重点工作任务完成 | | | | |
"""


def test_what_the_form_prints_in_a_list_can_be_chosen(tmp_path: Path) -> None:
    """Its own 一级指标 were 不在下拉列表里 for every unit; nobody was told that they have no points yet."""
    form = official(tmp_path / "河南.xlsx", LEVELS)
    made = import_pack(form, "河南", tmp_path, find_pack("hunan-2023"), 2022)
    assert made.levels == ("投入管理指标", "产出指标")
    assert made.pack.choices("指标_一级指标") == ["投入管理指标", "产出指标"]
    narrowed = made.pack.narrowed("指标_二级指标")
    assert narrowed
    assert narrowed.words == {"投入管理指标": ("工作目标管理", "预算和财务管理"), "产出指标": ("重点工作任务完成",)}
    assert any("[weights]" in problem for problem in made.problems)
    with pytest.raises(PackError, match="请先运行 jixiao pack check、jixiao pack build"):
        api.fill({"pack": made.pack.id}, made.pack)


def test_each_source_of_money_has_its_rate(unscored: Imported, tmp_path: Path) -> None:
    """执行率 of each source was a cell to type into, though that of the total above it is worked out."""
    pack = unscored.pack
    rate = "自评_县级资金_执行率"
    assert pack.compute[rate] == pack.compute["自评_执行率"].replace("资金总额", "县级资金")
    data = _data(pack.id)
    data["fields"] |= {"封面_年度": 2020, "封面_填报日期": "2021-03-01"}
    form = {n: v for n, v in data["project_forms"][0]["fields"].items() if n in pack.dictionary.form.fields}
    form |= {"自评_县级资金_全年预算数": 80, "自评_县级资金_全年执行数": 60}
    path = tmp_path / "填报.xlsx"
    data["project_forms"] = [{"fields": form, "tables": {}}]
    path.write_bytes(fill_workbook(unit_from_json(data, pack), pack))
    assert "自评_县级资金_全年执行数" in open_file(path).formulas("附件2")["G7"].text
    assert str(api.check(path, pack=str(pack.folder)).figures.forms[0].computed.number(rate)) == "0.7500"


def test_what_has_no_place_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a screen: by number a name of the pack above, a name of one's own, nothing for the proposal, - for no cell."""
    monkeypatch.setattr("toolkit.doors.cli.commands.pack.at_screen", lambda: True)
    form = official(tmp_path / "官方 表.xlsx")
    words = ["pack", "import", form, "-o", tmp_path / "规则包", "--id", "问", "--year", "2021"]

    def typed(*lines: str, options: Sequence[str] = ()) -> str:
        keys = "".join(f"{line}\n" for line in lines)
        done = CliRunner().invoke(cli, [*map(str, words), *options], input=keys)
        assert done.exit_code == 0, done.output
        assert done.output.count("回车照建议；") == len(lines)
        return done.output

    told = typed("监督 意见", "自评_项目名称", "自评_监督")
    assert "「附件2」C19“本单位监督意见”是什么？建议新起名称 自评_本单位监督意见" in told
    assert "名称只用汉字、字母、数字和下划线" in told
    assert "“自评_项目名称”已经用在别的格子里" in told
    pack = find_pack(str(tmp_path / "规则包" / "问"))
    assert "自评_监督" in pack.dictionary.form.fields
    assert "自评_本单位监督意见" not in pack.dictionary.form.fields
    words[-3] = "不填"
    typed("-")
    assert not [n for n in find_pack(str(tmp_path / "规则包" / "不填")).dictionary.form.fields if "监督" in n]
    words[-3] = "不问"
    typed(options=["--yes"])


def test_what_a_cell_may_be_is_offered(unscored: Imported) -> None:
    """A few names of the pack above, most alike first; one that is taken brings its kind, and none is taken twice."""
    parent, offered = find_pack("hunan-2023"), dict[str, list[str]]()

    def ask(named: Named, likely: Sequence[str], _problem: str) -> str:
        offered[named.name] = list(likely)
        return likely[0] if likely else ""

    sheets = [NamedSheet(s.blank, s.form, list(s.names), s.lists) for s in unscored.sheets]
    settled(sheets, parent, ask)
    names = [n for n in sheets[0].names if n.how == CHOSEN]
    assert offered.keys() == {n.name for n in unscored.unsure}
    assert any("全年执行数" in name for name in offered["自评_县级资金_全年执行数"])
    assert names
    assert all(n.kind == parent.dictionary.form.fields[n.name].kind for n in names)
    assert len({n.name for n in sheets[0].names}) == len(sheets[0].names) == len(unscored.sheets[0].names)


def test_words_are_no_fault_where_nothing_is_worked_out(unscored: Imported, tmp_path: Path) -> None:
    """C51 had told a form without points that 得分没有算出; nothing of it speaks of points, or of another's sheets."""
    pack, data = unscored.pack, _data(unscored.pack.id)
    data["fields"] |= {"封面_年度": 2020, "封面_填报日期": "2021-03-01"}
    form = data["project_forms"][0]
    form["fields"] = {n: v for n, v in form["fields"].items() if n in pack.dictionary.form.fields}
    form["fields"] |= {"自评_资金总额_全年预算数": "194.9", "自评_资金总额_全年执行数": "194.9"}
    levels = (("产出指标", "数量指标"), ("效益指标", "社会效益指标"), ("满意度指标", "服务对象满意度指标"))
    values = (("0起", "0起"), ("100%", "无"), ("≥90%", "100%"))
    form["tables"]["自评指标"] = [
        {"一级指标": first, "二级指标": second, "三级指标": f"指标{second}", "指标值": target, "实际完成值": result}
        for (first, second), (target, result) in zip(levels, values, strict=True)
    ]
    path = tmp_path / "填报.xlsx"
    path.write_bytes(fill_workbook(unit_from_json(data, pack), pack))
    found = api.check(path, pack=str(pack.folder)).result
    assert [f.message for f in found.findings if f.rule in {"C51", "C44", "C47"}] == []
