"""Make the example batch (制作批量示例): base.json plus the differences in units.toml → workbooks and a roster.

Run it again after the forms have changed: `python examples/batch/make.py [FOLDER]`.
"""  # noqa: INP001 - a script beside its data

from __future__ import annotations

import copy
import sys
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit.batch.collect.roster import write_blank_roster
from toolkit.core.dictionary import Kind
from toolkit.engines.files import write_file, write_with
from toolkit.pack import default_pack
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import parse_json, unit_from_json

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
WEB_PAGE = "<html><body><table><tr><td>部门整体支出绩效自评</td></tr></table></body></html>"
TARGET_SERVED, TARGET_DAYS = 600, 3


def main(folder: Path) -> None:
    """Write everything into `folder`."""
    units = tomllib.loads((HERE / "units.toml").read_text("utf-8"), parse_float=Decimal)["unit"]
    names = {u["code"]: u["name"] for u in units}
    base = (HERE / "base.json").read_text("utf-8")
    for path, data in workbooks(units, names, base):
        write_file(folder / path, data, over=True)
    rows = [(u["code"], u["name"], u["parent"], u["kind"]) for u in units]
    write_with(folder / "单位名册.xlsx", lambda path: write_blank_roster(path, rows), over=True)


def workbooks(units: list[dict[str, Any]], names: dict[str, str], base: str) -> Iterator[tuple[Path, bytes]]:
    """Path and content of every file; the folder is that of the department."""
    for unit in units:
        department = names.get(unit["code"][:3] + "001", unit["name"])
        place = Path(department.removesuffix("（示例）")) / f"{unit['name'].removesuffix('（示例）')}.xlsx"
        if unit.get("unreadable"):
            yield place, WEB_PAGE.encode()
        elif not unit.get("missing"):
            yield place, filled(base, unit, department)
            if earlier := unit.get("earlier"):
                yield place.with_stem(f"{place.stem}（初报）"), filled(base, unit | earlier, department)


def filled(base: str, unit: dict[str, Any], department: str) -> bytes:
    """One workbook."""
    late = "参加人数少于预计。改进：提前公告，分批安排。" if unit["served"] < TARGET_SERVED else ""
    slow = "跨部门复核仍靠线下办理。改进：改为线上办理。" if unit["days"] > TARGET_DAYS else ""
    words = {
        "单位": unit["name"],
        "代码": unit["code"],
        "上级": department,
        "服务原因": unit.get("reason", late),
        "时限原因": slow,
    }
    for mark, word in words.items():
        base = base.replace("{" + mark + "}", word)
    base = base.replace('"{服务人次}"', str(unit["served"])).replace('"{办理时限}"', str(unit["days"]))
    data = _multiplied(parse_json(base), unit["times"])
    data["fields"] |= {"封面_填报日期": unit.get("date", "2024-05-20"), **unit.get("fields", {})}
    pack = default_pack()
    return fill_workbook(unit_from_json(data, pack), pack)


def _multiplied(data: dict[str, Any], times: int) -> dict[str, Any]:
    """Amounts and heads times a whole number, so that sums still agree to the cent."""
    dictionary = default_pack().dictionary
    found = copy.deepcopy(data)

    def scaled(name: str, value: object) -> object:
        datum = dictionary.datum(name)
        adds_up = name.startswith("人员_") or (datum is not None and datum.kind is Kind.MONEY)
        return value * times if adds_up and isinstance(value, (int, Decimal)) else value

    found["fields"] = {name: scaled(name, value) for name, value in found["fields"].items()}
    for table, rows in found["tables"].items():
        found["tables"][table] = [{c: scaled(f"{table}_{c}", v) for c, v in row.items()} for row in rows]
    for form in found["project_forms"]:
        form["fields"] = {name: scaled(name, value) for name, value in form["fields"].items()}
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
