"""200 damaged returns: every fault is found under its id, and nothing is said of what was not touched.

LibreOffice's verdicts on the live sheets are Python's.
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest
from damage import damaged
from referee import needs_office, recalculate_all
from samples import DEMO, check_data, example
from workbook_compare import differences

from toolkit.pack.pack import default_pack
from toolkit.publish.workbooks.fill import fill_workbook
from toolkit.unit.exchange import parse_json, unit_from_json

CASES = sorted((Path(__file__).parents[1] / "cases").glob("*.json"))


@pytest.mark.parametrize("seed", range(200))
def test_every_break_is_found_and_nothing_else(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a seeded test
    broken = damaged(random, random.randrange(1, 6))
    found = {f.rule for f in check_data(broken.data).result.findings}
    assert broken.rules <= found, f"{broken.told}：{broken.rules - found} 没有发现"
    assert found <= broken.rules | broken.consequences, (
        f"{broken.told}：多报 {found - broken.rules - broken.consequences}"
    )


def light(data: dict[str, Any]) -> dict[str, Any]:
    """Without the untouched project forms, which test_outputs compares in the clean example; loading them is slow."""
    touched = [form for form in data["project_forms"] if form not in example(DEMO)["project_forms"]]
    return data | {"project_forms": touched or data["project_forms"][:1]}


BATCHES = 4


@needs_office
@pytest.mark.parametrize("batch", range(BATCHES))
def test_libreoffice_gives_the_same_verdicts(batch: int, tmp_path: Path) -> None:
    """Every formula of the workbook, the live rules among them, cell by cell: 200 damaged returns, and real cases."""
    pack = default_pack()
    paths = []
    returns = {f"造错 {seed}": light(damaged(Random(seed), 6).data) for seed in range(batch, 200, BATCHES)}  # noqa: S311 - seeded
    if batch == 0:
        returns |= {path.stem: parse_json(path.read_text("utf-8"))["data"] for path in CASES}
    for name, data in returns.items():
        path = tmp_path / f"{name}.xlsx"
        path.write_bytes(fill_workbook(unit_from_json(data, pack), pack))
        paths.append(path)
    (tmp_path / "重算").mkdir()
    again = recalculate_all(paths, tmp_path / "重算")
    assert {p.name: found for p, a in zip(paths, again, strict=True) if (found := differences(p, a))} == {}
