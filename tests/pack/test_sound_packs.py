"""Sound packs do not mislead: what pack check calls sound builds, is filled, audited, printed and added up.

Packs are put together at random from what the language can say. `JIXIAO_PACKS_TRIED=100` tries more of them.
"""

from __future__ import annotations

import json
import os
import re
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from batch_folder import ran
from docx import Document
from pack_maker import REGION, make_pack
from samples import check_bytes

from toolkit import api
from toolkit.authoring.build import build_pack
from toolkit.authoring.check import check_pack, unsound
from toolkit.authoring.keeping.made_up import made_up
from toolkit.authoring.keeping.trial import compared
from toolkit.engines.office import recalculated
from toolkit.engines.xlsx import open_file
from toolkit.pack import find_pack
from toolkit.unit.exchange import unit_from_json, unit_to_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from toolkit.pack import Pack

TRIED = int(os.environ.get("JIXIAO_PACKS_TRIED", "2"))
FIRST = int(os.environ.get("JIXIAO_PACKS_FIRST", "0"))
HOLES = (0.0, 0.3, 1.0)  # full, with gaps, blank
FOREIGN = re.compile(r"湖南|云南|四川|湘|\{\{|\{%|「」|None\b|\bnan\b|Decimal|程序内部")


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> list[Pack]:
    """Packs that are called sound; most of those put together are."""
    home, number = tmp_path_factory.mktemp("随机规则包"), FIRST
    found: list[Pack] = []
    while len(found) < TRIED and number < FIRST + 2 * TRIED + 4:
        make_pack(home / f"随机{number}", Random(number))  # noqa: S311 - the same packs at every run
        pack = find_pack(str(home / f"随机{number}"))
        found += [] if unsound(pack) else [pack]
        number += 1
    assert len(found) == TRIED
    return found


def test_what_is_called_sound_is_sound(packs: list[Pack], tmp_path: Path) -> None:
    problems: list[str] = []
    filled: list[Path] = []
    for pack in packs:
        build_pack(pack, document=True)
        told = [*check_pack(pack), *_used(pack, tmp_path / pack.id, filled)]
        problems += [f"{pack.id}：{one}" for one in told]
    for path, theirs in zip(filled, recalculated([path.read_bytes() for path in filled]) or (), strict=False):
        compared(path, theirs, problems)
    assert problems == []


def _used(pack: Pack, home: Path, filled: list[Path]) -> Iterator[str]:
    """What is wrong when the pack is used: fill, check, run, move, batch."""
    (home / "报送").mkdir(parents=True)
    for seed, holes in enumerate(HOLES):
        data = made_up(pack, seed, holes)
        code = pack.dictionary.book.roles.code
        data["fields"] |= {code: f"90{seed}"} if code and holes < 1 else {}
        path = home / "报送" / f"{seed}.xlsx"
        path.write_bytes(api.fill(data, pack))
        filled.append(path)
        yield from _comes_back(data, pack, path)
        made = api.publish(path, home / "出表", pack, public=pack.has_public)
        yield from (f"第 {seed} 份 {told}" for told in _printed(made.folder, holes))
        result = json.loads((made.folder / "result.json").read_text("utf-8"))
        if holes == 1 and result["verdict"] == "clean":
            yield "空白的填报表通过了"
    found, _ = ran(home / "报送", home / "汇总", pack=str(pack.folder))
    if sum(e.record is not None and e.record.done for e in found.batch.entries) != len(HOLES):
        yield f"汇总没有做完：{[e.record.message for e in found.batch.entries if e.record]}"
    yield from (f"汇总 {told}" for told in _foreign(home / "汇总"))


def _comes_back(data: dict[str, Any], pack: Pack, path: Path) -> Iterator[str]:
    """What was filled in is read again, and moves into a fresh form."""
    given = unit_to_json(unit_from_json(data, pack))
    given["project_forms"] = [form for form in given.get("project_forms", ()) if form["fields"] or "tables" in form]
    if not given["project_forms"]:
        del given["project_forms"]
    ways = [("读回", path.read_bytes())]
    ways += [("移表", api.move(path, pack).data)] if given["fields"] else []
    for what, found in ways:
        again = unit_to_json(check_bytes(found, pack).unit)
        year = pack.dictionary.book.roles.year  # where no cell tells it, the title of the old form does
        told = {year: again["fields"][year]} if year in again["fields"] else {}
        if again != given | {"fields": told | given["fields"]}:
            yield f"{what}的数不同：{_first_difference(given, again)}"


def _first_difference(one: Any, other: Any, where: str = "") -> str:  # noqa: ANN401 - JSON
    if isinstance(one, dict) and isinstance(other, dict):
        keys = [k for k in {**one, **other} if one.get(k) != other.get(k)]
        return _first_difference(one.get(keys[0]), other.get(keys[0]), f"{where}.{keys[0]}")
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        at = next(i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)
        return _first_difference(one[at], other[at], f"{where}[{at}]")
    return f"{where} {str(one)[:80]} → {str(other)[:80]}"


def _printed(folder: Path, holes: float) -> Iterator[str]:
    yield from _foreign(folder)
    report = folder / "自评报告.docx"
    if holes == 0 and report.is_file() and "无填报内容" in "".join(p.text for p in Document(str(report)).paragraphs):
        yield "自评报告.docx：填全了，还印“无填报内容”"


def _foreign(folder: Path) -> Iterator[str]:
    """Words of another province, and what programs say to themselves."""
    for path in sorted(folder.rglob("*")):
        for text in _texts(path):
            if found := FOREIGN.search(text.replace(REGION, "")):
                yield f"{path.name} 里有“{found[0]}”：{text[max(0, found.start() - 20) : found.end() + 20]}"
                break


def _texts(path: Path) -> Iterator[str]:
    if path.suffix == ".docx":
        for part in (Document(str(path)),):
            yield from (p.text for p in part.paragraphs)
            yield from (cell.text for table in part.tables for row in table.rows for cell in row.cells)
    elif path.suffix == ".xlsx":
        source = open_file(path)
        yield from (str(v) for s in source.sheet_names for row in source.values(s).values() for v in row.values())
        yield from (f"{s} {where} {e}" for s in source.sheet_names for where, e in source.errors(s).items())
