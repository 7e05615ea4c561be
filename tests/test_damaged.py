"""200 damaged returns: every fault is found under its id, and nothing is said of what was not touched.

LibreOffice's verdicts on the live sheets are Python's.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from damage import damaged
from referee import needs_office, recalculate_all
from samples import check_data
from workbook_compare import differences

from toolkit.exchange import unit_from_json
from toolkit.fill import fill_workbook
from toolkit.pack import default_pack

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("seed", range(200))
def test_every_break_is_found_and_nothing_else(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a seeded test
    broken = damaged(random, random.randrange(1, 6))
    found = {f.rule for f in check_data(broken.data).result.findings}
    assert broken.rules <= found, f"{broken.told}：{broken.rules - found} 没有发现"
    assert found <= broken.rules | broken.consequences, (
        f"{broken.told}：多报 {found - broken.rules - broken.consequences}"
    )


@needs_office
def test_libreoffice_gives_the_same_verdicts(tmp_path: Path) -> None:
    """Every formula of the workbook, the live rules among them, cell by cell."""
    pack = default_pack()
    paths = []
    for seed in range(24):
        path = tmp_path / f"造错 {seed}.xlsx"
        broken = damaged(Random(1000 + seed), 6)  # noqa: S311 - a seeded test
        path.write_bytes(fill_workbook(unit_from_json(broken.data, pack), pack))
        paths.append(path)
    (tmp_path / "重算").mkdir()
    again = recalculate_all(paths, tmp_path / "重算")
    assert {p.name: found for p, a in zip(paths, again, strict=True) if (found := differences(p, a))} == {}
