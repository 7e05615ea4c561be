"""往返: what changed between two returns; moved rows are no changes, and the patch gives the second file's data."""

from __future__ import annotations

import copy
import os
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from samples import DEMO, example

from toolkit.pack.pack import default_pack
from toolkit.unit.exchange import unit_from_json, unit_to_json
from toolkit.unit.returning.compare import compare_units, replayed

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
EDITS = """
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
"""


def edited(data: Json, edit: str) -> Json:
    made = copy.deepcopy(data)
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
    else:
        _edit_rows(made["project_forms"], rest, inside="fields")
    return made


def _set(cells: Json, name: str, value: str) -> None:
    if not value:
        cells.pop(name, None)
    else:
        cells[name] = float(value) if value.replace(".", "", 1).isdigit() else value


def _edit_rows(rows: list[Json], rest: str, inside: str = "") -> None:
    word, _, more = rest.partition(" ")
    if word == "move":
        source, target = map(int, more.split())
        rows.insert(target, rows.pop(source))
    elif word == "drop":
        del rows[int(more)]
    elif word == "add":
        rows.append({"名称": more})
    else:
        place, _, value = rest.partition("=")
        index, _, column = place.partition(".")
        row = rows[int(index)]
        _set(row[inside] if inside else row, column, value)


@pytest.mark.parametrize("line", EDITS.strip().splitlines())
def test_every_edit_is_told_once_with_both_sides(line: str) -> None:
    edit, _, wanted = (part.strip() for part in line.partition("|"))
    data = example(DEMO)
    found = lines(data, edited(data, edit))
    if "*" in wanted:
        start, _, end = wanted.partition("*")
        assert len(found) == 1
        assert found[0].startswith(start)
        assert found[0].endswith(end)
    else:
        assert found == ([wanted] if wanted else [])


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
