"""Twenty made units of different kinds (二十家), read from a table of texts; what it does not say is the demo's."""

from __future__ import annotations

import io
import re
import tomllib
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import docx
from samples import DEMO, check_data, example

from toolkit.pipeline import make_files

TABLE = Path(__file__).parents[1] / "cases" / "units_of_kinds.toml"
LEVELS = {"达成": "达成年度指标", "部分": "部分达成年度指标并具有一定效果", "未达成": "未达成年度指标且效果较差"}
INDICATOR = (
    "一级指标",
    "二级指标",
    "三级指标",
    "性质",
    "指标值",
    "计量单位",
    "实际完成值",
    "分值",
    "完成等级",
    "偏差原因",
    "人工扣减",
)
PROJECT = ("名称", "类别", "上年决算数", "年初预算数", "全年预算数", "全年执行数", "资金来源", "涉密", "用途")
STAFF = ("人员_行政编制数", "人员_事业编制数", "人员_行政实有人数", "人员_事业实有人数")


def units() -> list[dict[str, str]]:
    """The table as it is written."""
    found: list[dict[str, str]] = tomllib.loads(TABLE.read_text("utf-8"))["unit"]
    return found


@cache
def report_of(name: str) -> tuple[str, ...]:
    """What the report of a unit says in its text, paragraph by paragraph."""
    unit = next(u for u in units() if u["name"] == name)
    return paragraphs_of(make_files(check_data(data_of(unit)))["自评报告.docx"])


def paragraphs_of(data: bytes) -> tuple[str, ...]:
    """The text of a Word document, paragraph by paragraph."""
    return tuple(p.text for p in docx.Document(io.BytesIO(data)).paragraphs if p.text.strip())


def data_of(unit: dict[str, str]) -> dict[str, Any]:
    """A unit's JSON."""
    made: dict[str, Any] = _renamed(example(DEMO), unit["name"])
    fields, tables = made["fields"], made["tables"]
    staff = [_value(text) for text in unit["staff"].split()]
    fields.update(zip(STAFF, staff, strict=True))
    fields["人员_编制数"], fields["人员_实有人数"] = (sum(n or 0 for n in staff[i : i + 2]) for i in (0, 2))
    for assigned in unit.get("fields", "").split():
        field, _, text = assigned.partition("=")
        fields[field] = _value(text)
    if "departments" in unit:
        tables["内设机构"] = [{"名称": name} for name in unit["departments"].split()]
    for table, columns in (("指标", INDICATOR), ("项目", PROJECT)):
        if (lines := unit.get("indicators" if table == "指标" else "projects")) is not None:
            tables[table] = [_row(columns, line) for line in lines.strip().split("\n")]
            made["project_forms"] = [] if table == "项目" else made["project_forms"]
    for gone in unit.get("blank", "").split():
        if gone == "三公":
            spent = [f for f in fields if re.match("基础_(公车|出国|公务)", f)]
            fields |= dict.fromkeys([*spent, "支出_三公经费"], Decimal(0))
        elif gone in tables:
            tables[gone] = []
            made["project_forms"] = [] if gone == "项目" else made["project_forms"]
        else:
            fields[gone] = None
    return made


def _renamed(value: Any, name: str) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        return value.replace("示例县数据服务中心（示例）", name)
    if isinstance(value, dict):
        return {key: _renamed(one, name) for key, one in value.items()}
    return [_renamed(one, name) for one in value] if isinstance(value, list) else value


def _row(columns: tuple[str, ...], line: str) -> dict[str, Any]:
    row = {c: _value(text.strip()) for c, text in zip(columns, line.split("|"), strict=False)}
    row = {c: value for c, value in row.items() if value is not None}
    for level in {"一级指标", "二级指标"} & row.keys():
        row[level] = f"{row[level]}指标"
    if "完成等级" in row:
        row["完成等级"] = LEVELS[str(row["完成等级"])]
    return row | ({"编码": f"P{line[:12]}"} if columns is PROJECT else {})


def _value(text: str) -> Any:  # noqa: ANN401 - a number, a text or nothing
    return Decimal(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else text if text not in {"", "-"} else None
