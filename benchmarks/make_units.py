"""Seeded units for the benchmarks (造数): the clean example in other names, amounts, projects, indicators and texts.

`python benchmarks/make_units.py FOLDER COUNT [SEED]` writes COUNT filled workbooks. Amounts are multiplied by an even
number, so that every sum still holds and a project can be halved; then up to three faults are planted.
"""

from __future__ import annotations

import copy
import sys
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from toolkit.core.dictionary import Kind
from toolkit.doors.cli.app import examples_home
from toolkit.pack.finding import find_pack
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import parse_json, unit_from_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.core.dictionary import NameSpace
    from toolkit.pack.pack import Pack

Data = dict[str, Any]
FORMS = 4
_OLD_NAME, _OLD_CODE = "示例县数据服务中心（示例）", "999001"
_WORDS = ("农业技术", "水利建设", "文化旅游", "市场监管", "住房保障", "公路养护", "就业服务", "生态监测")
_SENTENCES = (
    "每季度召开一次绩效运行分析会，对照目标逐项检查。",
    "经费支出实行事前审批、限额控制，大额支出经班子会议集体研究。",
    "对进度偏慢的事项列出清单，明确责任股室和完成时间。",
    "服务对象反映的意见当月办结，并在中心网站公开处理结果。",
)
# Where and what: a wrong sum, a blank reason, a result without a number, a cover left blank, text for a number…
_FAULTS: tuple[tuple[str, str, object], ...] = (
    ("fields", "整体_收入_合计", 1.0),
    ("fields", "封面_填表人", None),
    ("fields", "封面_联系电话", "无"),
    ("fields", "文字_改进措施", None),
    ("fields", "整体_执行率", 0.91),
    ("fields", "人员_实有人数", "40人"),
    ("fields", "支出_工资福利", 1.0),
    ("fields", "机构_内设机构数", 9),
    ("指标", "实际完成值", None),
    ("指标", "偏差原因", None),
    ("指标", "得分", 1),
    ("项目", "全年执行数", 0.5),
)


def make_unit(random: Random, number: int, pack: Pack) -> bytes:
    """One filled workbook."""
    data: Data = parse_json((examples_home() / "demo-unit" / "data.json").read_text("utf-8"))
    data = _renamed(data, f"示例县{random.choice(_WORDS)}中心{number}（示例）", f"{880000 + number}")
    _multiply(data, pack, 2 * random.randint(1, 6))
    _vary_projects(data, random)
    _vary_indicators(data, random)
    for name in [n for n in data["fields"] if n.startswith("文字_")]:
        data["fields"][name] += "\n" * random.randint(0, 1) + "".join(random.sample(_SENTENCES, random.randint(0, 3)))
    for _ in range(random.randint(0, 3)):
        _break(data, random)
    return fill_workbook(unit_from_json(data, pack), pack)


def _renamed(data: Data, name: str, code: str) -> Data:
    def renamed(found: Any) -> Any:  # noqa: ANN401 - any JSON value
        if isinstance(found, str):
            return found.replace(_OLD_NAME, name).replace(_OLD_CODE, code)
        if isinstance(found, list):
            return [renamed(one) for one in found]
        return {key: renamed(one) for key, one in found.items()} if isinstance(found, dict) else found

    made: Data = renamed(data)
    return made


def _amounts(data: Data, space: NameSpace) -> Iterator[tuple[Data, str]]:
    """Every amount: where it stands, and its key."""
    yield from ((data["fields"], n) for n, d in space.fields.items() if d.kind is Kind.MONEY and n in data["fields"])
    for table, spec in space.tables.items():
        for row in data.get("tables", {}).get(table, ()):
            yield from ((row, c) for c, d in spec.columns.items() if d.kind is Kind.MONEY and c in row)


def _multiply(data: Data, pack: Pack, factor: int) -> None:
    scopes = [(data, pack.dictionary.book), *((form, pack.dictionary.form) for form in data["project_forms"])]
    for scope, space in scopes:
        for where, key in _amounts(scope, space):
            where[key] *= factor
    for row in data["tables"]["指标"] + data["tables"]["批复"]:
        for key in ("指标值", "实际完成值"):
            if "总成本" in row["三级指标"] and key in row:
                row[key] *= factor


def _vary_projects(data: Data, random: Random) -> None:
    """One to four project forms: projects are halved, and not every one has a form."""
    rows, forms = data["tables"]["项目"], data["project_forms"]
    for index in random.sample(range(len(rows)), random.randint(0, 3)):
        twin, form = copy.deepcopy(rows[index]), copy.deepcopy(forms[index])
        code, name = f"{twin['编码']}二", f"{twin['名称']}（二期）"
        for scope in (rows[index], twin, forms[index]["fields"], form["fields"]):
            for key in [k for k in scope if k.endswith(("决算数", "预算数", "执行数"))]:
                scope[key] /= 2
        rows.append(twin | {"编码": code, "名称": name})
        forms.append(form | {"fields": form["fields"] | {"自评_项目编码": code, "自评_项目名称": name}})
    del forms[random.randint(1, FORMS) :]


def _vary_indicators(data: Data, random: Random) -> None:
    """Some indicators stand in two rows of half the points."""
    rows, approved = data["tables"]["指标"], data["tables"]["批复"]
    for index in random.sample(range(len(rows)), random.randint(0, 6)):
        for table in (rows, approved):
            table[index]["分值"] /= 2
            table.append(table[index] | {"三级指标": f"{table[index]['三级指标']}（下半年）"})


def _break(data: Data, random: Random) -> None:
    where, key, value = random.choice(_FAULTS)
    scope = data["fields"] if where == "fields" else random.choice(data["tables"][where])
    if value is None:
        scope.pop(key, None)
    else:
        scope[key] = value


def make_units(folder: Path, count: int, seed: int = 2023) -> list[Path]:
    """Write `count` workbooks; the same seed gives the same files."""
    random, pack = Random(seed), find_pack("hunan-2023")
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(1, count + 1):
        path = folder / f"{880000 + number}.xlsx"
        path.write_bytes(make_unit(random, number, pack))
        paths.append(path)
    return paths


if __name__ == "__main__":
    make_units(Path(sys.argv[1]), int(sys.argv[2]), *map(int, sys.argv[3:4]))
