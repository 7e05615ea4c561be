"""The examples of every pack (各规则包的示例): made clean where they show a fault, changed as `rule_cases` changes."""

from __future__ import annotations

import copy
from functools import cache
from typing import TYPE_CHECKING, Any

from rule_cases import change
from samples import DEMO, check_bytes, example

from toolkit.pack import find_pack
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import unit_from_json

if TYPE_CHECKING:
    from toolkit.pack import Pack
    from toolkit.pipeline import Checked

PACKS = ("hunan-2023", "hunan-2018", "yunnan-2023", "sichuan-project-2023")  # one of each kind of form
# What the examples show as a fault, mended.
_MENDED = {
    "yunnan-2023": "任务[2].偏低原因=采购流标，已重新组织采购。",
    "sichuan-project-2023": "表单1.自评_执行原因=年末部分案件尚在审核。",
}

pack_named = cache(find_pack)


def clean_data(pack: str, changes: str = "") -> dict[str, Any]:
    """The JSON of a pack's example without a fault, with changes made."""
    data = copy.deepcopy(example(DEMO if pack == "hunan-2023" else f"packs/{pack}"))
    change(data, _MENDED.get(pack, ""))
    change(data, changes)
    return data


def check_in(pack: str, data: dict[str, Any]) -> Checked:
    """Fill JSON into a pack's form, read it back and audit it."""
    known: Pack = pack_named(pack)
    return check_bytes(fill_workbook(unit_from_json(data, known), known), known)
