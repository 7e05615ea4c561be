"""过录: over three years every carried figure is last year's, and nothing of this year is invented."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from samples import DEMO, check_bytes, example

from toolkit.core.words import as_text
from toolkit.pack.pack import default_pack
from toolkit.publishing.returning.carried import carried_workbook
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import unit_from_json, unit_to_json
from toolkit.unit.returning.carry import carry_over

if TYPE_CHECKING:
    from toolkit.core.model import UnitReturn

# 不许带来的：本年的数、得分、文字
OF_THIS_YEAR = ("本年", "全年", "年初预算", "支出_", "得分", "完成", "文字_", "实有", "填报日期", "填表人", "封面_年度")


def filled_in(carried: dict[str, Any], random: Random) -> dict[str, Any]:
    """The clerk fills in this year's figures of the example, each changed a little."""
    data = example(DEMO)
    fields = {n: v for n, v in data["fields"].items() if "上年" not in n and n != "收支_年初结转"}
    fields = {n: _changed(v, random) for n, v in fields.items()} | carried["fields"]
    projects = [{**row, "全年执行数": Decimal(random.randrange(1, 10**6)) / 100} for row in carried["tables"]["项目"]]
    tables = data["tables"] | carried["tables"] | {"项目": projects}
    return {**data, "fields": fields, "tables": tables}


def _changed(value: object, random: Random) -> object:
    return Decimal(random.randrange(10**6)) / 100 if isinstance(value, Decimal) and value % 1 else value


def year_of(data: dict[str, Any]) -> UnitReturn:
    return check_bytes(fill_workbook(unit_from_json(data, default_pack()), default_pack())).unit


@pytest.mark.parametrize("seed", range(3))
def test_three_years(seed: int) -> None:
    random, pack = Random(seed), default_pack()  # noqa: S311 - a seeded test
    before = year_of(example(DEMO))
    for _ in range(3):
        carry = carry_over(before, pack)
        now = check_bytes(carried_workbook(carry)).unit
        told = unit_to_json(now)
        for name, cell in now.book.fields.items():
            if name.startswith("基础_") and name.endswith("上年决算数") and not cell.formula:
                was = before.book.fields[name.replace("上年决算数", "本年决算数")]
                assert cell.raw == (None if was.formula else was.raw), name
        assert now.book.fields["收支_年初结转"].raw == before.book.fields["收支_年末结转"].raw
        old, new = before.book.rows("项目"), now.book.rows("项目")
        assert [(r.text("编码"), r.text("名称"), r.value("上年决算数")) for r in new] == [
            (r.text("编码"), r.text("名称"), r.value("全年执行数")) for r in old
        ]
        assert [n for n in told["fields"] if any(w in n for w in OF_THIS_YEAR) and "上年" not in n] == []
        assert {c for row in told["tables"]["项目"] for c in row} <= {
            *("编码", "名称", "类别", "上年决算数", "用途", "涉密", "公开方式")
        }
        before = year_of(filled_in(told, random))


def test_everything_carried_is_listed_and_nothing_else_stands_there() -> None:
    carry = carry_over(year_of(example(DEMO)), default_pack())
    made = check_bytes(carried_workbook(carry))
    told = unit_to_json(made.unit)
    cells = len(told["fields"]) + sum(len(row) for rows in told["tables"].values() for row in rows)
    assert cells == len(carry.carried)
    listed = made.source.values("过录清单")
    texts = {line[5] for row, line in listed.items() if row > 4}
    assert texts == {as_text(c.value)[:200] for c in carry.carried}
    assert [f for f in made.result.findings if f.rule == "T03"] == []
