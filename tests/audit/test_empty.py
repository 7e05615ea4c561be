"""Empty returns of every pack (空表): only a cover, a sheet, a table or a column left blank: none of them passes."""

from __future__ import annotations

import copy
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from pack_cases import PACKS, check_in, clean_data

from toolkit.pack import find_pack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.core.dictionary import NameSpace
    from toolkit.pipeline import Checked

# What may stay blank, and why the other columns may not: everything else is asked for by the pack or by a rule.
MAY_BE_BLANK = {
    *("批复", "所属单位"),  # whole tables, and the sheet that holds nothing else
    *("项目.编码", "项目.上年决算数", "项目.用途", "项目.涉密", "项目.公开方式", "所属单位.性质"),
    *("指标.人工扣减", "指标.佐证材料", "自评指标.人工扣减", "自评指标.佐证材料"),
}
# A dash says that there is nothing to say; beside an amount that is asked for as well it is the amount that is told.
MAY_SAY_NOTHING = {"情况_经验做法", "文字_其他说明", "文字_存在问题"}
MAY_SAY_NOTHING |= {"文字_政府性基金", "文字_国有资本经营", "文字_社会保险基金"}


@cache
def clean(pack: str) -> Checked:
    return check_in(pack, clean_data(pack))


def emptied(pack: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is left blank → the return without it."""
    whole, book = clean_data(pack), clean(pack).unit.book
    roles = book.roles
    cover = {roles.name, roles.code, roles.department, roles.year, roles.filed_on, *roles.signers, *roles.phones}
    yield "只有封面", {"pack": pack, "fields": {n: v for n, v in whole["fields"].items() if n in cover}}
    fields = {n: cell.ref.sheet for n, cell in book.fields.items() if not cell.formula}
    tables = {t: ref.sheet for name, ref in book.starts.items() for t, _ in filter(None, [book.space.split(name)])}
    for sheet in sorted({*fields.values(), *tables.values()} - {"批复目标"}):
        data = copy.deepcopy(whole)
        data["fields"] = {n: v for n, v in data["fields"].items() if fields.get(n) != sheet}
        data["tables"] = {t: rows for t, rows in data["tables"].items() if tables.get(t) != sheet}
        yield f"「{sheet}」", data
    yield from _tables_of(whole, whole, book.space)
    if not whole.get("project_forms"):
        return
    form = clean(pack).unit.forms[0].space
    yield from ((what, data) for what, data in _tables_of(whole, whole["project_forms"][0], form))
    bare = copy.deepcopy(whole)
    for one in bare["project_forms"]:
        one["tables"], one["fields"] = {}, {form.roles.name: one["fields"][form.roles.name]}
    yield "自评表只有名称", bare
    if form.listed_in or not whole["fields"].keys() - cover - {"封面_保密审查", "封面_负责人审签"}:
        yield "没有自评表", {**whole, "project_forms": []}


def _tables_of(whole: dict[str, Any], scope: dict[str, Any], space: NameSpace) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each table, then each of its columns, of a scope of `whole`."""
    for table, rows in list(scope["tables"].items()):
        columns = sorted({column for row in rows for column in row})
        for column in ("", *columns):
            if table in MAY_BE_BLANK or (column and f"{table}.{column}" in MAY_BE_BLANK):
                continue
            kept = scope["tables"]
            left = [{k: v for k, v in row.items() if k != column} for row in rows] if column else []
            scope["tables"] = {**kept, table: left}
            yield f"{space.kind}{table}.{column}", copy.deepcopy(whole)
            scope["tables"] = kept


@pytest.mark.parametrize("pack", PACKS)
def test_the_whole_return_passes(pack: str) -> None:
    """Else nothing here would show anything."""
    assert clean(pack).result.verdict == "clean", [f.message for f in clean(pack).result.findings]


@pytest.mark.parametrize("pack", PACKS)
def test_what_is_empty_never_passes(pack: str) -> None:
    told = {what: check_in(pack, data).result.verdict for what, data in emptied(pack)}
    assert len(told) > 5
    assert {what for what, verdict in told.items() if verdict == "clean"} == set()


@pytest.mark.parametrize("pack", PACKS)
def test_what_says_nothing_is_no_answer(pack: str) -> None:
    """A blank or a dash in every cell that is asked for, all at once: each of them is told."""
    data = clean_data(pack)
    asked = {m.name for m in check_in(pack, {"pack": pack, "fields": {}}).result.completeness.missing}
    names = sorted(asked & data["fields"].keys())
    for nothing in (" ", "—", "/"):
        data["fields"] |= dict.fromkeys(names, nothing)
        result = check_in(pack, data).result
        told = {m.cell for m in result.completeness.missing} | {c for f in result.findings for c in f.cells}
        book = clean(pack).unit.book
        silent = {name for name in names if book.fields[name].ref not in told}
        assert silent <= MAY_SAY_NOTHING, nothing


def test_every_pack_is_tried() -> None:
    assert {find_pack(pack).id for pack in PACKS} >= {"hunan-2023", "yunnan-2023", "sichuan-project-2023"}
