"""The JSON of the commands of a return follows its schema; a changed key or word does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from samples import DEMO, example
from schemas import Schema, schema

import toolkit
from toolkit.batch.rounds import Round, UnitRound, _lacking
from toolkit.pack.finding import default_pack
from toolkit.pipeline import check_unit
from toolkit.publishing.returning.carried import carried_json
from toolkit.publishing.returning.ledger import ledger_json
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import unit_from_json

if TYPE_CHECKING:
    from pathlib import Path


def faults(found: object) -> list[str]:
    return schema("jixiao-returns-1.json").faults(found)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Every kind of JSON, each once."""
    home = tmp_path_factory.mktemp("往来")
    first, second = home / "一.xlsx", home / "二.xlsx"
    data = example(DEMO)
    wrong = data["fields"] | {"整体_年初预算数": 100}  # in both, so that a finding is still there
    for path, fields in ((first, wrong), (second, {n: v for n, v in wrong.items() if n != "支出_工资福利"})):
        path.write_bytes(fill_workbook(unit_from_json({**data, "fields": fields}, default_pack()), default_pack()))
    return {
        "move": toolkit.move(first).to_json() | {"output": "移.xlsx"},
        "not_moved": {"schema": "jixiao.move/1", "file": "乱.xlsx", "error": "不是工作簿。"},
        "compare": toolkit.compare(first, second).to_json() | {"output": None},
        "carry": carried_json(toolkit.carry_over(first)) | {"output": "新.xlsx"},
        "evidence": ledger_json(toolkit.evidence(first)) | {"output": "台账.xlsx"},
        "round": _round(second).to_json(),
        "forms": {"schema": "jixiao.forms/1", "file": "一.xlsx", "output": "二.xlsx", "made": ["项目"], "forms": 2},
    }


def _round(path: Path) -> Round:
    told = check_unit(path).to_json()
    place = {
        "name": "",
        "sheet": "项目支出",
        "cell": "C9",
        "title": "名称",
    }  # is sent back, too
    found: list[Any] = [*told["findings"], *_lacking({**told, "missing": [*told["missing"], place]})]
    found = [{**f, "withheld": False} for f in found]
    unit = UnitRound("1|某局", "某局", "二.xlsx", "1_某局", "ab", tuple(found), ("",) * len(found), 0)
    return Round(1, path.parent, (unit,))


@pytest.mark.parametrize("kind", ["move", "not_moved", "compare", "carry", "evidence", "round", "forms"])
def test_each_follows_its_schema(kind: str, made: dict[str, Any]) -> None:
    found = made[kind]
    assert faults(found) == []
    assert faults({**found, "schema": "jixiao.other/1"}) != []
    for key in found:
        assert faults({k: v for k, v in found.items() if k != key}) != [] or key == "output"
    assert faults({**found, "more": 1}) != []


def test_all_that_it_describes_is_written_by_something(made: dict[str, Any]) -> None:
    own = Schema("jixiao-returns-1.json")
    assert [own.faults(found) for found in made.values()] == [[]] * len(made)
    assert own.never_written == []
