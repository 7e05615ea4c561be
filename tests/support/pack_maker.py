"""Packs that nobody wrote (随机规则包): what the language of packs can say, put together at random, as TOML."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from toolkit.pack import find_pack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from random import Random

PARENTS = (
    "hunan-2023",
    "hunan-2023",
    "hunan-2025",
    "central-2021",
    "hunan-2018",
    "yunnan-2023",
    "sichuan-project-2023",
)
UNITS = ("元", "千元", "万元", "亿元")
REGION = "某某省"

# Groups of names that may go together.
DROPS = """
楼堂_*
批复_*
公开_*
厉行节约保障措施
内设机构_*
所属单位_*
职能_*
目标_*
项目_类别
项目_用途
项目_上年决算数
项目_涉密
项目_资金来源
指标_佐证材料 自评指标_佐证材料
指标_人工扣减 自评指标_人工扣减
指标_偏差原因 自评指标_偏差原因
指标_二级指标 自评指标_二级指标
自评_主管部门
自评_项目编码
自评_预期目标 自评_完成情况
文字_其他说明
实物_*
人员_行政* 人员_事业*
封面_联系电话
封面_填报日期
目标_实际完成情况
批复_分值
基础_*_上年决算数
任务_级次
封面_主管部门
自评*
* !封面_* !自评*
""".strip().splitlines()

_COLUMNS = "甲:text 乙:long 丙:money 丁:count 戊:rate 己:date 庚:yesno 辛:choice 壬:mixed 癸:score 子:area".split()  # noqa: SIM905
_WIDTH = 16


def make_pack(folder: Path, random: Random) -> str:
    """Write a pack's files; returns what was put together, to tell when something is wrong."""
    parent, told = random.choice(PARENTS), []
    lines = [
        f'[pack]\nid = "{folder.name}"\nextends = "{parent}"\ntitle = "{REGION}{folder.name}"\nregion = "{REGION}"'
    ]
    lines += [f'year = {random.randint(2022, 2026)}\nversion = "1"\nunit = "{random.choice(UNITS)}"']
    rules = sorted({rule.id for rule in find_pack(parent).rules})
    less = random.sample(rules, random.choice((0, 0, 2, 5)))
    lines.append(f"drop_rules = [{_quoted(less)}]")
    above = find_pack(parent)
    lines += _dropped(random, set(above.dictionary.all_names()), public=above.has_public)
    sheets: list[str] = []
    for part in (_extra_table, _extra_kind, _grades, _override):
        if random.random() < 0.6:
            told.append(part.__name__)
            lines += part(random, sheets, [rule for rule in rules if rule not in less])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pack.toml").write_text("\n".join(lines) + "\n", "utf-8")
    if sheets:
        (folder / "forms.toml").write_text("\n".join(["extends = true", *sheets]), "utf-8")
    return f"{parent} {told} {lines[4:5]}"


def _quoted(words: list[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)


def _dropped(random: Random, known: set[str], *, public: bool) -> Iterator[str]:
    names = [name for group in random.sample(DROPS, random.choice((0, 1, 2, 4))) for name in group.split()]
    names = [name for name in names if any(fnmatchcase(one, name.lstrip("!")) for one in known)]
    settings = ["disclosure"] if public and random.random() < 1 / 3 else []
    yield f"[drop]\nnames = [{_quoted(names)}]\nsettings = [{_quoted(settings)}]"


def _extra_table(random: Random, sheets: list[str], _rules: list[str]) -> Iterator[str]:
    columns = random.sample(_COLUMNS, random.randint(2, 6))
    if "丙:money" not in columns:
        columns.append("丙:money")
    names = [column.partition(":")[0] for column in columns]
    yield '[lists]\n"等次" = ["上", "下"]\n[choices]\n"附表_辛" = "等次"' if "辛" in names else ""
    yield f'[[tables]]\nname = "附表"\ncolumns = [{_quoted([*columns, "占比:rate"])}]\ncomputed = ["占比"]'
    yield '[[names]]\ntitle = "附表"\nnames = { money = ["附表合计"], long = ["附表说明"] }\ncomputed = ["附表合计"]'
    yield '[compute]\n"附表合计" = \'IF(COUNT(附表_丙)=0,"",SUM(附表_丙))\''
    yield '"附表_占比" = \'IF(OR(COUNT(附表_丙)=0,附表合计=0),"",ROUND(附表_丙/附表合计,4))\''
    yield _rule("X01", "附表合计不大于一百万", "附表合计<=1000000", 'left = "附表合计"\nright = "一百万"')
    yield _rule("X02", "每行金额不为负", "附表_丙>=0", 'each = "附表"\nfact = "金额 {附表_丙} 小于 0"')
    grid = f"头> {' | '.join([*names, '占比'])}\n列8> {' | '.join(f'[附表.{name}]' for name in [*names, '占比'])}"
    width = len(names) + 1
    foot = f"表> 合计 | [附表合计] |<{width - 2}\n表@60> 说明 | [附表说明] |<{width - 2}"
    sheets += [_sheet(kind, "附表", width, f"题@30> 附表 |<{width - 1}\n{grid}\n{foot}") for kind in ("fill", "report")]


def _rule(number: str, title: str, formula: str, more: str) -> str:
    return (
        f'[[rule]]\nid = "{number}"\nseverity = "警示"\ntitle = "{title}"\nformula = \'{formula}\'\n{more}\n'
        'action = "请核对。"\nbasis = "例"'
    )


def _sheet(kind: str, name: str, width: int, grid: str, form: str = "") -> str:
    own = f'\nform = "{form}"' if form else ""
    return f"[[{kind}]]\nname = \"{name}\"{own}\nwidths = {[_WIDTH] * width}\ngrid = '''\n{grid}\n'''"


def _extra_kind(random: Random, sheets: list[str], _rules: list[str]) -> Iterator[str]:
    """A kind of form with amounts, listed or not, with points of its own or none."""
    listed, graded = random.random() < 0.5, random.random() < 0.5
    unit = random.choice(UNITS)
    yield f'[form_kinds."专项"]\nunit = "{unit}"' + ('\nlisted_in = "专项单"' if listed else "")
    if graded:
        yield 'grades = [{ name = "甲", from = 80 }, { name = "乙", from = 0 }]'
    roles = 'name = "专项_名称"\nbudget = "专项_安排"\nspent = "专项_支出"'
    yield f'[form_kinds."专项".roles]\n{roles}' + ('\ntotal = "专项_总分"\ngrade = "专项_等级"' if graded else "")
    points = ', score = ["专项_总分"]' if graded else ""
    names = 'text = ["专项_名称"' + (', "专项_等级"' if graded else "") + "]"
    more = '"专项_总分", "专项_等级"' if graded else ""
    amounts = 'money = ["专项_安排", "专项_支出"]'
    yield f'[[form_names]]\nform = "专项"\nnames = {{ {names}, {amounts}{points} }}\ncomputed = [{more}]'
    if listed:
        columns = '["名称:text", "安排:money", "支出:money"]'
        roles = '{ name = "名称", budget = "安排", spent = "支出" }'
        yield f'[[tables]]\nname = "专项单"\ncolumns = {columns}\nroles = {roles}'
        grid = "头> 名称 | 安排 | 支出\n列6> [专项单.名称] | [专项单.安排] | [专项单.支出]"
        sheets += [_sheet(kind, "专项单", 3, grid) for kind in ("fill", "report")]
    if graded:
        total = 'IF(COUNT(专项_安排,专项_支出)<2,"",IF(专项_安排=0,0,ROUND(MAX(0,MIN(1,专项_支出/专项_安排))*100,2)))'
        grade = "${等级公式:专项_总分}"
        formulas = f"{{ \"专项_总分\" = '{total}', \"专项_等级\" = '{grade}' }}"
        yield f'[[compute_columns]]\ncolumns = [""]\nformulas = {formulas}'
    form = 'form = "专项"\nleft = "支出"\nright = "安排"'
    yield _rule("X03", "专项支出不大于安排", "专项_支出<=专项_安排", form)
    grid = "表> 名称 | [专项_名称]\n表> 安排 | [专项_安排]\n表> 支出 | [专项_支出]"
    grid += "\n表> 总分 | [专项_总分]\n表> 等级 | [专项_等级]" if graded else ""
    sheets += [_sheet(kind, "专项表", 2, grid, "专项") for kind in ("fill", "report")]


def _grades(random: Random, _sheets: list[str], _rules: list[str]) -> Iterator[str]:
    start = random.randint(40, 90)
    yield f'[scoring]\ngrades = [{{ name = "合格", from = {start} }}, {{ name = "不合格", from = 0 }}]'
    yield f'reverse = "{random.choice(("linear", "ratio"))}"\nplaces = {random.choice((1, 2))}'


def _override(random: Random, _sheets: list[str], rules: list[str]) -> Iterator[str]:
    for rule in random.sample(rules, 2):
        yield f'[override.{rule}]\nseverity = "{random.choice(("错误", "警示", "提示"))}"'
