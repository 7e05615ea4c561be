"""200 damaged returns: every fault is found under its id, and nothing is said of what was not touched.

LibreOffice's verdicts on the live sheets are Python's.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from damage import damaged
from referee import needs_office, recalculate_all
from rule_cases import without_untouched
from samples import check_data
from workbook_compare import differences

from toolkit.pack.finding import default_pack
from toolkit.publishing.workbooks.fill import fill_workbook
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


RETURNS, FAULTS, HALVES = 30, 40, 2


@needs_office
@pytest.mark.parametrize("half", range(HALVES))
def test_libreoffice_gives_the_same_verdicts(half: int, tmp_path: Path) -> None:
    """Every formula of the workbook, the live rules among them, cell by cell: 1200 faults in 30 returns, real cases.

    A return costs LibreOffice most of a second, a fault in it nothing, so each carries many. Every third rule has
    an explanation, so that 已说明 is judged too.
    """
    pack = default_pack()
    drawn = {seed: damaged(Random(seed), FAULTS).data for seed in range(half, RETURNS, HALVES)}  # noqa: S311 - seeded
    returns = {f"造错 {seed}": without_untouched(data) for seed, data in drawn.items()}
    for number, data in enumerate(returns.values()):
        data["explanations"] = {rule.id: "已核实" for rule in pack.rules[number % 3 :: 3]}
    if half == 0:
        returns |= {path.stem: parse_json(path.read_text("utf-8"))["data"] for path in CASES}
    paths = []
    for name, data in returns.items():
        path = tmp_path / f"{name}.xlsx"
        path.write_bytes(fill_workbook(unit_from_json(data, pack), pack))
        paths.append(path)
    (tmp_path / "重算").mkdir()
    again = recalculate_all(paths, tmp_path / "重算")
    assert {p.name: found for p, a in zip(paths, again, strict=True) if (found := differences(p, a))} == {}
