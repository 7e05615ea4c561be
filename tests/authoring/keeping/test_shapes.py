"""What `pack check` used to pass over in silence: each is told with its file, its line and the nearest right word."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

from toolkit.authoring.check import unsound
from toolkit.core.errors import PackError
from toolkit.pack import find_pack, list_packs, packs_home
from toolkit.pack.reading import FILES, json_schema, load_toml
from toolkit.pack.reading.schema import misread
from toolkit.pipeline import run_unit

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = '[pack]\nid = "本局"\nextends = "hunan-2023"\ntitle = "测试"\nversion = "1"\nyear = 2023\n'
RULE = (
    '[[rule]]\nid = "X01"\nseverity = "错误"\ntitle = "试"\naction = "请核对。"\n'
    'left = "左"\nright = "右"\nformula = "整体_总分<=100"\n'
)
SHEET = '[[fill]]\nname = "{}"\nwidths = [20, 20]\ngrid = """\n{}\n"""\n'


def told(folder: Path, more: str, forms: str = "", **others: str) -> str:
    """Everything that is told of a child pack, at load or by the check; `others` are further files by their stems."""
    (folder / "本局").mkdir()
    (folder / "本局" / "pack.toml").write_text(HEAD + more, "utf-8")
    if forms:
        (folder / "本局" / "forms.toml").write_text("extends = true\n" + forms, "utf-8")
    for name, text in others.items():
        (folder / "本局" / f"{name}.toml").write_text(text, "utf-8")
    try:
        return "\n".join(unsound(find_pack(str(folder / "本局"))))
    except PackError as error:
        return str(error)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (RULE + "tolerence = 1\n", "pack.toml 第 15 行 [rule] X01：不认识“tolerence”，是不是 tolerance？"),
        ("[wights]\n产出指标 = 50\n", " 第 8 行第 1 个字符：这一行看不懂"),
        ('[wights]\n"产出指标" = 50\n', "第 7 行：不认识“wights”，是不是 weights？"),
        ('[[grid]]\nprefix = "补充"\n', "不认识“grid”，是不是 grids？"),
        (RULE.replace("错误", "严重"), "X01：rule.severity 应是错误、警示 或 提示，现在是“严重”"),
        (RULE.replace('severity = "错误"\n', ""), "规则 X01 的 severity（程度）没有写"),
        (RULE + "needs = '整体_总分'\n", "rule.needs 应是[ ] 里的一串文字"),
        ('drop_rules = ["A1"]\n', "没有“A1”"),
        ('[report]\ncover = ["封面_单位名"]\n', "没有名称“封面_单位名”，是不是“封面_单位名称”？"),
        (
            '[[report.sections]]\ntitle = "一、部门基本情况"\nneeds = ["职能_内客"]\n',
            "sections “一、部门基本情况”：没有名称“职能_内客”，是不是“职能_内容”？",
        ),
        (
            '[report]\nbudget_kinds = [{ title = "基金", amount = "预算_政府基金", text = "文字_政府性基金" }]\n',
            "budget_kinds “基金”：没有名称“预算_政府基金”，是不是“预算_政府性基金”？",
        ),
        ('[parameters]\n"年度" = 2024\n', "[pack] year 是 2023，[parameters] 年度却是 2024"),
        ('[[names]]\ntitle = "补充"\nnames = { money = ["A1"] }\n', "“A1”和单元格地址一样"),
        ('[[names]]\ntitle = "补充"\nnames = { money = ["R1C1"] }\n', "“R1C1”和单元格地址一样"),
        ('[[columns]]\ntable = "项目"\ncolumns = ["备注"]\n', "项目 的列“备注”没有写类型"),
        ('[[columns]]\ntable = "项目"\ncolumns = ["备注:txt"]\n', "类型“txt”不认识，是不是 text？"),
        (RULE.replace("X01", "E01"), "E、T 开头的归工具自己用"),
        (RULE.replace("整体_总分<=100", "IF(COUNT(项目_名称)=0,整体_总分,0)<=100"), "请改用 COUNTA"),
        ('[[report.sections]]\ntitle = "一、部门基本情况分析"\nneeds = ["职能_内容"]\n', "上一级规则包的"),
    ],
)  # fmt: skip
def test_a_slip_is_told(more: str, expected: str, tmp_path: Path) -> None:
    assert expected in told(tmp_path, more)


# 文件 ¦ 写了什么 ¦ 说什么
RETURNS = r"""
carry ¦ [field]\n"封面_单位名称" = "封面_单位名称" ¦ carry.toml 第 1 行：不认识“field”，是不是 fields？
carry ¦ [fields]\n"封面_单位名" = "封面_单位名称" ¦ carry.toml [fields]：没有名称“封面_单位名”，是不是“封面_单位名称”？
carry ¦ [tables."项目"]\n"名字" = "名称" ¦ carry.toml [tables] 项目：没有列“名字”，是不是“名称”？
carry ¦ [forms]\nbook = { "自评_主管" = "封面_主管部门" } ¦ [forms]：没有名称“自评_主管”，是不是“自评_主管部门”？
move ¦ [pair]\ndrop = ["（盖章）"] ¦ move.toml 第 1 行：不认识“pair”，是不是 pairs？
move ¦ same = ["单位名称", "部门名称"] ¦ move.toml 第 1 行：same 应是[ ] 里的几组文字
move ¦ [split]\nsign = "性质" ¦ move.toml 第 2 行 [split]：缺少 target 一项
move ¦ [fill_down]\ncolumns = ["一级指票"] ¦ move.toml [fill_down]：没有列“一级指票”，是不是“一级指标”？
move ¦ [year]\nfield = "封面_年" ¦ move.toml [year]：没有名称“封面_年”，是不是“封面_年度”？
exports ¦ [approved]\ntabel = "指标"\ntables = {} ¦ exports.toml 第 2 行 [approved]：不认识“tabel”，是不是 table？
exports ¦ HEAD [{ row = "收入", to = "收支_年初结转" }] ¦ 收支_年初结转：要写 row 和 column
exports ¦ HEAD [{ under = ["收入"], to = "收支_年初结" }] ¦ 没有名称“收支_年初结”，是不是“收支_年初结转”？
evidence ¦ [files]\nkinds = [".pdf"]\nmost = 100 ¦ evidence.toml 第 3 行 [files]：不认识“most”，是不是 most_mb？
evidence ¦ [files]\nkinds = [".pdf"]\nmost_mb = 100 ¦ evidence.toml 第 1 行：缺少 list 一项
sentences ¦ noting = ["无"] ¦ sentences.toml 第 1 行：不认识“noting”，是不是 nothing？
letter ¦ bodies = "" ¦ letter.toml 第 1 行：不认识“bodies”，是不是 body？
exprots ¦ [approved] ¦ exprots.toml：没有程序读这个文件，是不是 exports.toml？
""".replace("HEAD", r'[approved]\ntable = "指标"\ntables = {}\n[[export]]\ntitle = ["总表"]\ncells =')


@pytest.mark.parametrize("line", RETURNS.strip().split("\n"))
def test_a_slip_in_another_file_is_told(line: str, tmp_path: Path) -> None:
    name, text, expected = (part.strip().replace("\\n", "\n") for part in line.split("¦"))
    assert expected in told(tmp_path, "", **{name: text})


def test_rules_of_material_name_what_is_there(tmp_path: Path) -> None:
    text = (packs_home() / "hunan-2023" / "evidence.toml").read_text("utf-8")
    assert text.count('table = "指标"') == 1
    found = told(tmp_path, "", evidence=text.replace('table = "指标"', 'table = "指票"'))
    assert "evidence.toml [[subject]] 整体指标：没有表“指票”，是不是“指标”？" in found


OPEN = {  # what names data takes any key
    "carry.toml": {"fields", "forms.book", *(f"tables.{table}" for table in ("职能", "内设机构", "所属单位", "项目"))},
    "exports.toml": {"approved.tables.指标", "approved.tables.批复"},
    "move.toml": {"columns"},
}


def _tables(tree: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, object]]]:
    """Every table of a TOML tree with the keys that lead to it."""
    if isinstance(tree, dict):
        yield path, tree
    inner = tree.items() if isinstance(tree, dict) else ((path[-1], v) for v in tree) if isinstance(tree, list) else ()
    for key, value in inner:
        yield from _tables(value, (*path, key) if isinstance(tree, dict) else path)


@pytest.mark.parametrize("name", ["carry.toml", "evidence.toml", "exports.toml", "move.toml", "forms.toml"])
def test_a_key_that_nobody_reads_is_told_at_every_level(name: str) -> None:
    """Put into each table of the first pack's file in turn."""
    path = packs_home() / "hunan-2023" / name
    text, silent = path.read_text("utf-8"), set[str]()
    for number, _ in enumerate(_tables(tomllib.loads(text))):
        tree = tomllib.loads(text)
        where, table = list(_tables(tree))[number]
        table["一个没有人读的键"] = "甲"
        if not any("一个没有人读的键" in problem for problem in misread(name, tree, text)):
            silent.add(".".join(where))
    assert silent == OPEN.get(name, set())


def test_every_file_of_a_pack_is_read_strictly() -> None:
    assert {p.name for pack in list_packs() for p in pack.folder.glob("*.toml")} <= set(FILES)


def test_rule_ids_go_beyond_x(tmp_path: Path) -> None:
    assert told(tmp_path, RULE.replace("X01", "YN101")) == ""


@pytest.mark.parametrize(
    ("forms", "expected"),
    [
        (SHEET.format("很长的工作表名称" * 4, "注> 甲 | 乙"), "Excel 最多 31 个"),
        (SHEET.format("收支/明细", "注> 甲 | 乙"), "不能有"),
        (SHEET.format("审核", "注> 甲 | 乙"), "工具自己的工作表"),
        (SHEET.format("补充", "头> 甲 | 乙 | 丙"), "第 1 行画到了第 3 列，widths 只有 2 列"),
        (SHEET.format("补充", "头> 甲 |<\n头> ^ | 乙"), "与别的格重叠"),
        (SHEET.format("补充", "注> 甲 | 乙").replace("widths", 'after = "封页"\nwidths'), "是不是“封面”"),
        (SHEET.format("补充", "注> 甲 | 乙").replace("widths", "width"), "补充：不认识“width”"),
    ],
)  # fmt: skip
def test_a_sheet_that_cannot_be_built_is_told(forms: str, expected: str, tmp_path: Path) -> None:
    assert expected in told(tmp_path, "", forms)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_files_of_old_editors_are_read(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "pack.toml"
    path.write_bytes((HEAD + RULE).replace("\n", "\r\n").encode(encoding))
    assert load_toml(path)["pack"]["title"] == "测试"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("places = ", "末尾：等号右边写得不对"),
        ('title = "半截', "末尾：引号没有配对"),
        ("a = 1\na = 2\n", "第 2 行第 6 个字符：同一项写了两次"),
        ("\x00", "第 1 行"),
    ],
)
def test_broken_toml_is_told_in_chinese(text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "pack.toml").write_text(text, "utf-8")
    with pytest.raises(PackError, match=reason) as error:
        load_toml(tmp_path / "pack.toml")
    assert "at line" not in str(error.value)


ITEM = (
    '[[scored]]\nname = "甲"\nlevels = ["{}"]\nweight = {}\nkind = "share"\n'
    'ratio = "整体_全年执行数/整体_全年预算数"\ntext = "按比例"\n'
)


def test_scored_points_are_proved(tmp_path: Path) -> None:
    assert "“产出指标”各项的 weight 合计 60，[weights] 里是 50" in told(tmp_path, ITEM.format("产出指标", 60))


def test_a_scored_level_has_a_weight(tmp_path: Path) -> None:
    assert "[weights] 里没有一级指标“产出”" in told(tmp_path, ITEM.format("产出", 50))


def test_the_published_schema_is_the_one_that_is_read() -> None:
    """Editors complete by the same description: every shipped file keeps it, and a wrong key breaks it."""
    for pack in list_packs():
        for name in FILES:
            path = pack.folder / name
            if path.is_file():
                jsonschema.validate(json.loads(json.dumps(load_toml(path))), json_schema(name))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"rule": [{"tolerence": 1}]}, json_schema("pack.toml"))


PAGE = Path(__file__).parents[3] / "docs" / "规则包维护.md"
EXAMPLE_PACKS = PAGE.parents[1] / "examples" / "packs"
FENCES = re.findall(r"```(\w*)\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def _examples() -> list[dict[str, str]]:
    """Each 例 of the page as the files of a pack: its pack.toml, and the 表样 and 报告 that follow it."""
    found: list[dict[str, str]] = []
    parts = {"# 表样": "forms.toml", "# 报告": "document.toml"}
    for kind, text in FENCES:
        part = parts.get(text.partition("\n")[0])
        if kind == "toml" and part:
            found[-1][part] = text
        elif kind == "toml":
            assert text.startswith("# 例：hunan-2023\n")
            found.append({"pack.toml": text})
    return found


EXAMPLES = _examples()


@pytest.mark.parametrize("files", EXAMPLES, ids=range(len(EXAMPLES)))
def test_the_examples_of_the_page_are_sound(files: dict[str, str], tmp_path: Path) -> None:
    """Each example is a whole pack: what stands on the page can be copied as it is."""
    (tmp_path / "例").mkdir()
    for name, text in files.items():
        (tmp_path / "例" / name).write_text(text, "utf-8")
    assert unsound(find_pack(str(tmp_path / "例"))) == []


def test_the_page_has_examples() -> None:
    """Of packs, of drawn sheets, of lines that are put in, and nothing in a fence that no test reads."""
    assert len(EXAMPLES) >= 12
    drawn = [files["forms.toml"] for files in EXAMPLES if "forms.toml" in files]
    assert len(drawn) >= 5
    assert any("[[lines]]" in text for text in drawn)
    assert {kind for kind, _ in FENCES} == {"toml", "sh"}


PLANTED = {"yunnan-2023": {"X01", "D64"}, "sichuan-project-2023": {"X01"}}


def test_every_pack_but_the_first_has_a_filled_example() -> None:
    assert {p.name for p in EXAMPLE_PACKS.iterdir()} == {p.id for p in list_packs()} - {"hunan-2023"}


@pytest.mark.parametrize("pack", sorted(p.name for p in EXAMPLE_PACKS.iterdir()))
def test_other_forms_run_to_the_end(pack: str, tmp_path: Path) -> None:
    """The filled examples: read by their own pack, audited, printed; only what was planted in them is told."""
    done = run_unit(EXAMPLE_PACKS / pack / "填报表.xlsx", tmp_path)
    assert done.checked.pack.id == pack
    assert {f.rule for f in done.checked.result.findings} == PLANTED.get(pack, set())
    assert {p.name for p in done.files} >= {"自评报表.xlsx", "自评报告.docx"}


@pytest.mark.parametrize("pack", sorted(PLANTED))
def test_other_provinces_carry_no_dead_names(pack: str) -> None:
    dead = set(find_pack("hunan-2023").dictionary.book.all_names()) & set(find_pack(pack).dictionary.book.fields)
    assert not [name for name in dead if name.startswith(("基础_", "楼堂_", "支出_"))]
