"""往返: what changed between two returns; moved rows are no changes, and the patch gives the second file's data."""

from __future__ import annotations

import copy
import os
import re
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from patches import replayed
from samples import DEMO, example

from toolkit.pack.finding import default_pack
from toolkit.unit.exchange import unit_from_json, unit_to_json
from toolkit.unit.returning.compare import compare_units

if TYPE_CHECKING:
    from toolkit.core.model import UnitReturn

Json = dict[str, Any]


def unit(data: Json) -> UnitReturn:
    return unit_from_json(data, default_pack())


def lines(before: Json, after: Json) -> list[str]:
    """Each change as text: form? kind name [row]: before → after."""
    found = compare_units(unit(before), unit(after), default_pack())
    return [
        f"{'' if c.scope < 0 else '表单 '}{c.kind} {c.name or '（表单）'}"
        f"{f'[{c.row}]' if c.row else ''}" + (f": {c.before} → {c.after}" if c.kind == "改" else "")
        for c in found.changes
    ]


# 改什么 | 应列出
EDITS = r"""
fields 整体_全年执行数=900 | 改 整体_全年执行数: 882.8 → 900
fields 文字_其他说明= | 改 文字_其他说明: * → None
fields 预算_政府性基金= | 改 预算_政府性基金: 0 → None
rows 项目 0.全年执行数=120 | 改 项目_全年执行数[政务数据共享平台运行维护]: 116.3 → 120
rows 项目 0.名称=平台运行维护 | 改 项目_名称[平台运行维护]: 政务数据共享平台运行维护 → 平台运行维护
rows 项目 move 0 3 |
rows 项目 drop 1 | 删 项目[政务数据采集与质量提升]
rows 项目 add 新项目 | 增 项目[新项目]
rows 指标 move 2 9 |
rows 指标 2.实际完成值=580 | 改 指标_实际完成值[业务培训人次]: 540 → 580
forms move 0 2 |
forms 1.自评_实施单位=别的单位 | 表单 改 自评_实施单位: * → 别的单位
forms drop 3 | 表单 删 （表单）[数字化服务能力提升专项]
explain A11=已说明 |
rows 项目 move 0 3 & rows 项目 3.全年执行数=120 | 改 项目_全年执行数[政务数据共享平台运行维护]: 116.3 → 120
rows 项目 0.编码=77 & rows 项目 0.名称=运维 | 改 项目_编码[运维]: 999001-01 → 77 & 改 项目_名称[运维]: * → 运维
rows 项目 1.编码=999001-01 & rows 项目 move 1 0 | 改 项目_编码[政务数据采集与质量提升]: 999001-02 → 999001-01
rows 项目 0.编码=999001-02 & rows 项目 1.编码=999001-01 | 改 项目_编码[*维护]: *1 → *2 & 改 项目_编码[*提升]: *2 → *1
rows 项目 0.名称=政务数据采集与质量提升 | 改 项目_名称[*提升]: *维护 → *提升
rows 项目 0.涉密=是 | 改 项目_涉密[政务数据共享平台运行维护]: 否 → 是
rows 项目 1.公开方式= | 改 项目_公开方式[政务数据采集与质量提升]: 合并为其他项目 → None
rows 项目 drop 0 & rows 项目 add 村村通 | 增 项目[村村通] & 删 项目[政务数据共享平台运行维护]
rows 项目 0.用途=一是\n二是 | 改 项目_用途[政务数据共享平台运行维护]: * → 一是\n二是
rows 项目 0.全年执行数=116.30 |
rows 项目 0.全年执行数=116.3万元 | 改 项目_全年执行数[政务数据共享平台运行维护]: 116.3 → 116.3万元
rows 项目 3.全年执行数=0 & rows 项目 2.全年执行数= | 改 *[*保障专项]: 45 → None & 改 *[*提升专项]: 68.25 → 0
rows 指标 3.实际完成值=98.6% | 改 指标_实际完成值[数据核验合格率]: 98.6 → 98.6%
rows 指标 2.三级指标=培训干部人次 | 改 指标_三级指标[培训干部人次]: 业务培训人次 → 培训干部人次
rows 指标 2.二级指标=质量指标 & rows 指标 move 2 4 | 改 指标_二级指标[业务培训人次]: 数量指标 → 质量指标
rows 指标 drop 0 & rows 指标 add 二级指标=数量指标,三级指标=修路,指标值=3 | 增 指标[修路] & 删 指标[编制*]
rows 指标 drop 13 & rows 指标 drop 0 | 删 指标[编制*] & 删 指标[服务对象满意度]
rows 指标 4.实际完成值=1 & rows 指标 4.性质=≤ | 改 指标_性质[*事故数]: = → ≤ & 改 指标_实际完成值[*事故数]: 0 → 1
rows 职能 move 4 0 |
rows 职能 0.内容+（修订） | 改 职能_内容[*]: * → *（修订）
rows 内设机构 0.名称+股 & rows 内设机构 move 0 5 | 改 内设机构_名称[*]: * → *股
rows 内设机构 drop 2 | 删 内设机构[*]
rows 所属单位 1.性质=公益二类 | 改 所属单位_性质[*]: * → 公益二类
rows 目标 1.实际完成情况=没有完成 | 改 目标_实际完成情况[*]: * → 没有完成
rows 批复 move 0 5 & rows 批复 5.指标值=330 | 改 批复_指标值[编制共享数据资源目录数]: 320 → 330
fields 封面_填报日期=2024-03-02 | 改 封面_填报日期: * → 2024-03-02
fields 封面_单位名称=某某局 | 改 封面_单位名称: * → 某某局
fields 整体_全年执行数=882.80 |
fields 整体_全年执行数=88280% | 改 整体_全年执行数: 882.8 → 88280%
forms copy 0 | 表单 增 （表单）[政务数据共享平台运行维护]
forms copy 0 & forms 4.自评_项目名称=二期 & forms 4.自评_项目编码=8 | 表单 增 （表单）[二期]
forms 0.自评_项目名称=二期 & forms 0.自评_项目编码=8 | 表单 改 *编码: *1 → 8 & 表单 改 *名称: *维护 → 二期
forms drop 1 & forms move 0 2 | 表单 删 （表单）[政务数据采集与质量提升]
inside 1 自评指标 0.实际完成值=2000 | 表单 改 自评指标_实际完成值[归集政务数据量]: 2130 → 2000
inside 1 自评指标 move 0 2 & forms move 1 0 |
inside 1 自评指标 drop 0 | 表单 删 自评指标[归集政务数据量]
"""


def edited(data: Json, edits: str) -> Json:
    made = copy.deepcopy(data)
    for edit in edits.replace("\\n", "\n").split(" & "):
        _edit(made, edit)
    return made


def _edit(made: Json, edit: str) -> None:
    kind, _, rest = edit.partition(" ")
    if kind == "fields":
        name, _, value = rest.partition("=")
        _set(made["fields"], name, value)
    elif kind == "explain":
        name, _, value = rest.partition("=")
        made.setdefault("explanations", {})[name] = value
    elif kind == "rows":
        table, _, rest = rest.partition(" ")
        _edit_rows(made["tables"][table], rest)
    elif kind == "inside":
        form, table, rest = rest.split(" ", 2)
        _edit_rows(made["project_forms"][int(form)]["tables"][table], rest)
    else:
        _edit_rows(made["project_forms"], rest, inside="fields")


def _set(cells: Json, name: str, value: str) -> None:
    if not value:
        cells.pop(name, None)
    else:
        cells[name] = float(value) if value.replace(".", "", 1).isdigit() and name not in CODES else value


CODES = ("编码", "自评_项目编码")


def _edit_rows(rows: list[Json], rest: str, inside: str = "") -> None:
    word, _, more = rest.partition(" ")
    if word == "move":
        source, target = map(int, more.split())
        rows.insert(target, rows.pop(source))
    elif word == "drop":
        del rows[int(more)]
    elif word == "copy":
        rows.append(copy.deepcopy(rows[int(more)]))
    elif word == "add":
        row: Json = {}
        for pair in more.split(","):
            _set(row, *(pair.split("=") if "=" in pair else ("名称", pair)))
        rows.append(row)
    else:
        place, sign, value = rest.partition("+" if "+" in rest else "=")
        index, _, column = place.partition(".")
        row = rows[int(index)]
        cells = row[inside] if inside else row
        _set(cells, column, cells[column] + value if sign == "+" else value)


@pytest.mark.parametrize("line", EDITS.strip().splitlines())
def test_every_edit_is_told_once_with_both_sides(line: str) -> None:
    """As a person would say it: what changed, in which row, from what to what, and nothing else."""
    edit, _, told = (part.strip() for part in line.partition("|"))
    wanted = [re.escape(t).replace(r"\*", ".*").replace(r"\\n", "\n") for t in told.split(" & ") if t]
    data = example(DEMO)
    found = lines(data, edited(data, edit))
    assert len(found) == len(wanted), found
    assert all(re.fullmatch(w, f, re.DOTALL) for w, f in zip(wanted, found, strict=True)), found


# `COMPARE_SCRIPTS=1000` runs a thousand of them: each takes a twentieth of a second.
SCRIPTS = int(os.environ.get("COMPARE_SCRIPTS", "150"))


def test_random_edit_scripts_replay() -> None:
    """The patch put onto the first data gives the second; one to eight edits each."""
    pack, data = default_pack(), example(DEMO)
    data = data | {"project_forms": data["project_forms"][:3]}
    for seed in range(SCRIPTS):
        random = Random(seed)  # noqa: S311 - a seeded test
        after = data
        for _ in range(random.randrange(1, 9)):
            after = edited(after, _random_edit(random, after))
        first, second = unit(data), unit(after)
        patch = compare_units(first, second, pack).patch
        assert replayed(unit_to_json(first), patch) == unit_to_json(second), seed
        assert (patch == {}) == (unit_to_json(first) == unit_to_json(second)), seed


def _random_edit(random: Random, data: Json) -> str:
    value = random.choice(["", "7", "3.25", "改过的文字"])
    kind = random.choice(["fields", "cell", "move", "drop", "add", "form", "explain"])
    if kind == "fields":
        names = [n for n, d in default_pack().dictionary.book.fields.items() if not d.computed]
        return f"fields {random.choice(names)}={value}"
    if kind == "explain":
        return f"explain A11={value}"
    if kind == "form":
        forms = data.get("project_forms", [])
        ways = ["move 0 1", "drop 0", "0.自评_项目名称=改名", "0.自评_财政拨款_全年执行数=9"]
        return f"forms {random.choice(ways)}" if len(forms) > 1 else f"fields 整体_年初预算数={value}"
    table = random.choice(["项目", "指标", "职能"])
    count = len(data["tables"][table])
    if kind == "add" or count < 2:
        return "rows 项目 add 又一个"
    index = random.randrange(count)
    if kind == "cell":
        column = random.choice(
            [c for c, d in default_pack().dictionary.book.tables[table].columns.items() if not d.computed]
        )
        return f"rows {table} {index}.{column}={value or '0'}"
    return f"rows {table} drop {index}" if kind == "drop" else f"rows {table} move {index} {random.randrange(count)}"
