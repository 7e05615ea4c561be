"""过录的新表 carried workbook: this year's form with last year's figures in it, marked and listed."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.core.findings import CellRef
from toolkit.core.words import as_text
from toolkit.engines.xlsx import address, open_file
from toolkit.pack import FILL_NAME
from toolkit.publishing.workbooks import ListSheet, fill_workbook, with_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    from toolkit.engines.xlsx import Area
    from toolkit.pack import Pack
    from toolkit.publishing.schemas import CarryJson
    from toolkit.unit.returning import Carried, Carry

LIST_NAME = "过录清单"

_HEADS = ("序号", "去年的名称", "去年的工作表", "单元格", "数值", "今年的名称", "今年的工作表", "单元格")

_WIDTHS = (6, 30, 16, 10, 40, 30, 16, 10)


def carried_workbook(carry: Carry, file_name: str = FILL_NAME) -> bytes:
    """The new form. Same input, same bytes."""
    places = [place_of_carried(c, carry) for c in carry.carried]
    sheet = ListSheet(
        LIST_NAME,
        "过录清单（带来的数）",
        f"从 {_origins(carry)} 带来 {len(carry.carried)} 格，在表里标了浅蓝色；本年的数都空着，请填写。"
        "带来的数有变动的请照实改，检查时会与去年的填报表核对（jixiao check --last-year）。"
        + "".join(f"没有带来的：{told}。" for told in carry.unsettled),
        "核对完请在右边选“已核对”，浅蓝色就会消失",
        _HEADS,
        _WIDTHS,
        tuple(_line(i, c, ref) for i, (c, ref) in enumerate(zip(carry.carried, places, strict=True), 1)),
        tuple(places),
        len(_HEADS),
    )
    return with_list(fill_workbook(carry.unit, carry.pack, file_name), sheet, places)


def carried_json(carry: Carry) -> CarryJson:
    """The object of `new --from --json`."""
    return {
        "schema": "jixiao.carry/1",
        "from": carry.before.path,
        "pack": carry.pack.id,
        "unsettled": list(carry.unsettled),
        "carried": [
            {
                "from": c.source,
                "from_sheet": c.ref.sheet,
                "from_cell": c.ref.address,
                "value": as_text(c.value),
                "note": c.note,
                "to": c.target,
                "sheet": ref.sheet,
                "cell": ref.address,
            }
            for c in carry.carried
            for ref in [place_of_carried(c, carry)]
        ],
    }


def place_of_carried(carried: Carried, carry: Carry) -> CellRef:
    """The cell of the new form."""
    area = _places(carry.pack)[carried.target]
    return CellRef(area.sheet, address(area.top + (carried.row or 0), area.left))


@lru_cache(maxsize=8)
def _places(pack: Pack) -> Mapping[str, Area]:
    return open_file(pack.folder / FILL_NAME).names[0]


def _origins(carry: Carry) -> str:
    """去年填报表.xlsx 和官方表."""
    return " 和 ".join([Path(carry.before.path).name] * bool(carry.before.path) + ["官方表"] * (carry.exports > 0))


def _line(number: int, carried: Carried, ref: CellRef) -> tuple[str, ...]:
    origin = f"{carried.source}（{carried.note}）" if carried.note else carried.source
    source = (origin, carried.ref.sheet, carried.ref.address, as_text(carried.value)[:200])
    return (str(number), *source, carried.target, ref.sheet, ref.address)
