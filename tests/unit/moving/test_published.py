"""移表: real tables, laid out as their offices publish them, come in whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from published_forms import WORDS, as_docx, as_xlsx, base_form, project_form, renamed, whole_form
from samples import EXAMPLES, SEED

from toolkit.pack import default_pack
from toolkit.unit import compute, parse_json, unit_from_json
from toolkit.unit.moving.files import printed_on
from toolkit.unit.moving.move import Fate, Move, move_tables
from toolkit.unit.moving.pages import tables_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.unit import Figures

CASES = [*sorted((Path(__file__).parents[2] / "cases").glob("*.json")), EXAMPLES / SEED / "data.json"]
WRITERS = {".xlsx": as_xlsx, ".docx": as_docx}


def forms_of(facts: dict[str, Any], words: dict[str, str], *, split: bool, yuan: bool) -> list[list[list[object]]]:
    data, year = facts["data"], facts["year"]
    grids = []
    if any(n.startswith(("基础_", "人员_")) for n in data["fields"]):
        grids.append(base_form(data, year))
    if any(n.startswith("整体_") for n in data["fields"]):
        grids.append(whole_form(data, year, split=split))
    factor = 10000 if yuan else 1
    grids += [project_form(form, year, split=split, factor=factor) for form in data.get("project_forms", [])]
    return [renamed(grid, words) for grid in grids]


def filed(figures: Figures) -> Iterator[tuple[str, object]]:
    """Every figure as filed: totals that the form works out itself count as what they come to."""
    view = figures.filed
    for name in view.space.fields:
        yield name, view.content(name)
    for table, spec in view.space.tables.items():
        for datum in spec.columns.values():
            yield datum.name, view(datum.name) if figures.section.rows(table) else ()


def facts_of(path: Path) -> dict[str, Any]:
    """The year and the data of a case; of an example, which is data alone, the part that these tables show."""
    read = parse_json(path.read_text("utf-8"))
    if "data" in read:
        return read
    shown = ("人员_编制数", "人员_实有人数", "基础_", "整体_", "封面_单位名称")
    beside = {"整体_总分", "整体_等级"}  # stand in the report, not in these tables
    fields = {n: v for n, v in read["fields"].items() if n.startswith(shown) and n not in beside}
    tables = {"指标": read["tables"].get("指标", [])}
    return {"year": default_pack().year, "data": {"pack": read["pack"], "fields": fields, "tables": tables}}


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem[:2] if p.stem != "data" else p.parent.name)
def test_a_published_table_comes_in_whole(path: Path, words: str, kind: str) -> None:
    facts = facts_of(path)
    for form in facts["data"].get("project_forms", []):  # a prompt of the form that was left standing is no datum
        form["fields"] = {n: v for n, v in form["fields"].items() if not str(v).startswith("说明相关任务目标")}
    signed = any("性质" in r for f in facts["data"].get("project_forms", []) for r in f["tables"]["自评指标"])
    grids = forms_of(facts, WORDS[words], split=signed and words != "湖南", yuan=words == "海南")
    move = moved(WRITERS[kind](grids), kind)
    assert [line for line in move.left if line.text not in {"10", "100"}] == []
    pack = default_pack()
    wanted, got = (compute(u, pack) for u in (unit_from_json(facts["data"], pack), move.unit))
    assert dict(filed(got.book)) == dict(filed(wanted.book)) | cover(got.book)
    assert len(got.forms) == len(wanted.forms)
    for one, other in zip(got.forms, wanted.forms, strict=True):
        assert dict(filed(one)) == dict(filed(other))


def moved(data: bytes, kind: str) -> Move:
    pack = default_pack()
    return move_tables(tables_of(data, kind), pack, printed_on(pack))


def cover(figures: Figures) -> dict[str, object]:
    """The cover is no part of these tables, but for the year of their titles and a name that stands in one of them."""
    return {n: figures.filed.content(n) for n in figures.filed.space.fields if n.startswith("封面_")}


def test_the_year_of_the_title_is_told() -> None:
    facts = parse_json(CASES[0].read_text("utf-8"))
    move = moved(as_xlsx(forms_of(facts, {}, split=False, yuan=False)), ".xlsx")
    assert (move.year, str(move.unit.book.fields["封面_年度"].value)) == (2023, "2023")


def test_what_stands_twice_with_different_figures_is_moved_by_nobody() -> None:
    facts = parse_json(CASES[0].read_text("utf-8"))
    other = {**facts, "data": {**facts["data"], "fields": {**facts["data"]["fields"], "人员_编制数": 47}}}
    grids = [base_form(d["data"], 2023) for d in (facts, other)]
    move = moved(as_xlsx(grids), ".xlsx")
    assert move.unit.book.fields["人员_编制数"].value is None
    assert {line.text for line in move.lines if line.name == "人员_编制数" and line.fate is Fate.LEFT} == {"46", "47"}
    assert move.unit.book.fields["人员_实有人数"].value == 50


def test_a_row_of_another_office_is_not_forced_into_one_of_ours() -> None:
    facts = parse_json(CASES[0].read_text("utf-8"))
    grid = base_form(facts["data"], 2023)
    grid.insert(9, ["　4、会议接待", 1.11, 2.22, 3.33])
    move = moved(as_xlsx([grid]), ".xlsx")
    assert {line.text for line in move.left} >= {"1.11", "2.22", "3.33"}
    assert str(move.unit.book.fields["基础_公务接待_上年决算数"].value) == "0"


def test_a_computed_figure_that_was_left_blank_is_said() -> None:
    """天长市水利局 published no 执行率: the new form works it out, and the list says that nobody filed it."""
    facts = parse_json(next(p for p in CASES if p.stem.startswith("09")).read_text("utf-8"))
    for kind, where in ((".xlsx", "G5"), (".docx", "表1 第3行")):
        move = moved(WRITERS[kind](forms_of(facts, {}, split=False, yuan=False)), kind)
        told = {line.name: (line.where, line.note) for line in move.worked_out}
        assert told["自评_执行率"] == (where, "原表没有填，新表按公式算出 100.00%")
        assert told.keys() <= {"自评_执行率", "自评_等级"}


def test_a_score_that_was_left_blank_is_said_in_its_row() -> None:
    facts = parse_json(next(p for p in CASES if p.stem.startswith("17")).read_text("utf-8"))
    rows = facts["data"]["project_forms"][0]["tables"]["自评指标"]
    del rows[1]["得分"]
    rows[1]["性质"] = "≥"
    move = moved(as_xlsx(forms_of(facts, WORDS["海南"], split=False, yuan=True)), ".xlsx")
    assert [(line.name, line.row, line.note) for line in move.worked_out if line.row is not None] == [
        ("自评指标_得分", 1, "原表没有填，新表按公式算出 0.00")
    ]
