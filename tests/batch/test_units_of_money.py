"""汇总 of units that count in different units of money: 元 is never added to 万元."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from batch_folder import ran
from hypothesis import given
from hypothesis import strategies as st

from toolkit import api
from toolkit.authoring.build import build_pack
from toolkit.batch.collect.records import UnitJob, record_of
from toolkit.core.money import MONEY_UNITS
from toolkit.pack.finding import find_pack
from toolkit.pack.settings import BatchFigure

EXAMPLES = Path(__file__).parents[2] / "examples"
UNITS = st.sampled_from(sorted(MONEY_UNITS))


def _result(own: str, forms: dict[str, str], figures: list[tuple[str, str, str]]) -> dict[str, Any]:
    """What of result.json a record is made from."""
    blank = {
        "findings": [],
        "files": [],
        "unit_code": "",
        "unit": "",
        "department": "",
        "filled_on": "",
        "projects": [],
        "withheld_figures": [],
        "withheld_texts": [],
    }
    more = {"pack": "x", "year": 2023, "verdict": "clean", "completeness": {"filled": 0, "required": 0}}
    scores = [{"name": n, **({"money_unit": u} if u != own else {})} for n, u in forms.items()]
    source = {"kind": "typed", "sheet": "自评表", "cell": "C5"}
    units = {s["name"]: {"money_unit": s["money_unit"]} for s in scores if "money_unit" in s}
    lines = [{"scope": s, "name": n, "value": v, **units.get(s, {}), "source": source} for s, n, v in figures]
    told = {"score": {"total": None, "grade": None}, "project_scores": scores, "figures": lines, "money_unit": own}
    return {**blank, **more, **told}


@given(UNITS, UNITS, UNITS, st.lists(st.integers(0, 10**9), max_size=4), st.integers(0, 10**9), st.integers(0, 99))
def test_figures_come_in_the_unit_of_the_batch(  # noqa: PLR0913, PLR0917 - one per side
    own: str, form: str, wanted: str, parts: list[int], whole: int, heads: int
) -> None:
    job = UnitJob(
        str(Path(__file__).parent),
        Path(__file__).name,
        "",
        None,
        (BatchFigure("甲", "", wanted), BatchFigure("乙", "", wanted), BatchFigure("人", "", "人")),
        wanted,
    )
    forms = {f"项目{i}": form for i in range(len(parts))}
    lines = [("整体", "甲", str(whole)), ("整体", "人", str(heads))]
    lines += [(name, "乙", str(n)) for name, n in zip(forms, parts, strict=True)]
    found = record_of(_result(own, forms, lines), "", job).figures
    yuan = MONEY_UNITS[wanted]
    assert found[0] is not None
    assert found[0] * yuan == whole * MONEY_UNITS[own]
    assert found[1] is None if not parts else (found[1] or 0) * yuan == sum(parts) * MONEY_UNITS[form]
    assert found[2] == heads


PACK = """
[pack]
id = "{name}"
extends = "hunan-2023"
title = "另一种金额单位"
year = 2023
version = "1.0"
{more}
"""
ALSO = '[batch]\nalso = ["元"]'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same unit twice, under two codes: in 万元, and in 元 by a pack that stands beside."""
    home = tmp_path_factory.mktemp("各记各的")
    for name, more in (("汇总", ALSO), ("元", 'unit = "元"')):
        (home / "规则包" / name).mkdir(parents=True)
        (home / "规则包" / name / "pack.toml").write_text(PACK.format(name=name, more=more), "utf-8")
    whole, pack = (find_pack(str(home / "规则包" / name)) for name in ("汇总", "元"))
    build_pack(whole, document=True)
    build_pack(pack, document=True)
    data = api.export(EXAMPLES / "demo-unit" / "填报表.xlsx")
    sent = home / "报送"
    sent.mkdir()
    (sent / "甲.xlsx").write_bytes(api.fill(data | {"pack": "汇总"}, whole))
    other = _in_yuan(data, pack.dictionary.datum) | {"pack": "元"}
    other["fields"] |= {"封面_单位代码": "999002", "封面_单位名称": "乙单位"}
    (sent / "乙.xlsx").write_bytes(api.fill(other, pack))
    return home


def _in_yuan(data: dict[str, Any], datum: Any) -> dict[str, Any]:  # noqa: ANN401 - a lookup
    def fields(told: dict[str, Any], head: str = "") -> dict[str, Any]:
        return {k: round(v * 10_000) if _money(datum(head + k), v) else v for k, v in told.items()}

    def section(told: dict[str, Any]) -> dict[str, Any]:
        tables = {t: [fields(row, f"{t}_") for row in rows] for t, rows in told.get("tables", {}).items()}
        return {**told, "fields": fields(told["fields"]), "tables": tables}

    return section(data) | {"project_forms": [section(form) for form in data.get("project_forms", [])]}


def _money(datum: Any, value: object) -> bool:  # noqa: ANN401 - a datum or none
    return datum is not None and datum.kind == "money" and isinstance(value, (int, float))


def test_a_batch_adds_what_is_the_same_unit(folder: Path) -> None:
    found, _ = ran(folder / "报送", folder / "结果", pack="汇总")
    records = {r.name: r for r in (e.record for e in found.batch.entries) if r and r.done}
    first, second = (r.figures for r in records.values())
    assert len(records) == 2
    assert first == second
    spent = found.batch.settings.names.index(found.batch.settings.weight)
    assert found.batch.figures[0].sums[spent] == 2 * Decimal(first[spent] or 0)
    assert [p.spent for r in records.values() for p in r.projects][:3] == [
        p.spent for p in [*records.values()][1].projects
    ][:3]
