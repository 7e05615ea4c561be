"""过录: over three years every carried figure is last year's, and nothing of this year is invented."""

from __future__ import annotations

import io
import json
import re
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

import docx
import pytest
from samples import DEMO, EXAMPLES, check_bytes, example

from toolkit.core.words import as_text
from toolkit.pack.finding import default_pack, find_pack
from toolkit.pack.pack import DOCUMENT_NAME, RESULT_NAME, Pack
from toolkit.pipeline import make_files
from toolkit.publishing.returning.carried import carried_workbook
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import parse_json, unit_from_json, unit_to_json
from toolkit.unit.returning.carry import carry_over

if TYPE_CHECKING:
    from toolkit.core.model import UnitReturn
    from toolkit.pipeline import Checked
    from toolkit.unit.returning import Carry

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


def year_of(data: dict[str, Any], pack: Pack | None = None) -> UnitReturn:
    pack = pack or default_pack()
    return check_bytes(fill_workbook(unit_from_json(data, pack), pack), pack).unit


@pytest.mark.parametrize("seed", range(3))
def test_three_years(seed: int) -> None:
    random, pack = Random(seed), default_pack()  # noqa: S311 - a seeded test
    before = year_of(example(DEMO))
    for year in range(3):
        carry = carry_over(before, pack)
        checked = check_bytes(carried_workbook(carry))
        now = checked.unit
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
        if year == seed:  # a run takes a second
            assert invented(checked, carry) == []
        before = year_of(filled_in(told, random))


def invented(checked: Checked, carry: Carry) -> list[str]:
    """What a run over a form that nobody has filled in says beyond what was carried over."""
    made = make_files(checked)
    result = json.loads(made[RESULT_NAME])
    known = {c.target if c.row is None else f"{c.target}[{c.row + 1}]": as_text(c.value) for c in carry.carried}
    figures = [f for f in result["figures"] if f["value"] not in {None, "0"}]
    worked = {f["name"] for f in figures if f["source"]["kind"] == "computed"}
    found = [f["name"] for f in figures if f["source"]["kind"] == "typed" and known.get(f["name"]) != f["value"]]
    operands = (o for f in figures for o in f["source"].get("operands", ()) if o["value"] not in {None, "0"})
    found += [o["name"] for o in operands if o["name"] not in known and o["name"] not in worked]
    found += [key for key in ("total", "grade", "execution") if result["score"][key] is not None]
    zeros = [f for f in result["figures"] if f["value"] == "0" and f["source"]["kind"] == "typed"]
    values = {f"{Decimal(f['value']):.2f}" for f in (*figures, *zeros) if f["value"].replace(".", "").isdigit()}
    document = docx.Document(io.BytesIO(made[DOCUMENT_NAME]))
    cells = (c.text for t in document.tables for row in t.rows for c in row.cells)
    texts = "\n".join([*(p.text for p in document.paragraphs), *cells])
    return found + [n for n in re.findall(r"\d+\.\d\d", texts.replace(",", "")) if n not in values]


@pytest.mark.parametrize("name", ["central-2021", "yunnan-2023"])
def test_other_packs_over_two_years(name: str) -> None:
    """What the year before had typed there comes over, and a run over it says nothing else."""
    pack = find_pack(name)
    before = year_of(parse_json((EXAMPLES / "packs" / name / "data.json").read_text("utf-8")), pack)
    for _ in range(2):
        carry = carry_over(before, pack)
        now = check_bytes(carried_workbook(carry), pack)
        cells = {c.target: now.unit.book.fields[c.target].raw for c in carry.carried if c.row is None}
        was = {c.target: before.book.fields[c.source].raw for c in carry.carried if c.row is None}
        assert cells == was != {}
        before = now.unit
    assert invented(now, carry) == []


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
