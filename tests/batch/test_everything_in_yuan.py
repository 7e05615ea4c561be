"""One unit of money everywhere: all that a batch and a run write in 元 says the amounts that it says in 万元."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from batch_folder import ran
from docx import Document
from samples import DEMO, SEED, example

from toolkit import api
from toolkit.authoring.build import build_pack
from toolkit.core.dictionary import Kind
from toolkit.engines.xlsx import open_file
from toolkit.pack import find_pack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from toolkit.pack import Pack

# A20 looks for 元 in a form that counts in something else.
PACK = """
[pack]
id = "本局"
extends = "hunan-2023"
title = "本局部门整体支出绩效自评"
year = 2023
version = "1"
unit = "{}"
drop_rules = ["A20"]
"""
TIMES = 10_000
_TOKEN = re.compile(r"(-?\d[\d,]*(?:\.\d+)?)\s*(万元|元)?")


def in_yuan(data: Any, pack: Pack, head: str = "") -> Any:  # noqa: ANN401 - the JSON of a unit
    """The JSON of a unit with its amounts in 元."""
    if isinstance(data, dict):
        return {
            key: str(Decimal(str(value)) * TIMES)
            if (datum := pack.dictionary.datum(f"{head}{key}")) and datum.kind is Kind.MONEY
            else in_yuan(value, pack, f"{key}_" if isinstance(value, list) and key != "project_forms" else "")
            for key, value in data.items()
        }
    return [in_yuan(one, pack, head) for one in data] if isinstance(data, list) else data


def faulty(name: str, **changes: object) -> dict[str, Any]:
    """An example with mistakes whose findings name amounts."""
    data = example(name)
    data["fields"] |= changes
    return data


UNITS = {
    "甲.xlsx": faulty(DEMO, 整体_收入_其他资金="41.4", 支出_工资福利="452.63", 收支_年末结转="21.03"),
    "乙.xlsx": faulty(SEED, 封面_单位代码="777", 整体_支出_项目支出="100"),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The results of the same batch in both units of money."""
    home = tmp_path_factory.mktemp("两种单位")
    results = []
    for unit in ("万元", "元"):
        own = home / f"规则包{unit}" / "本局"
        own.mkdir(parents=True)
        (own / "pack.toml").write_text(PACK.format(unit), "utf-8")
        pack = find_pack(str(own))
        build_pack(pack, document=True)
        for name, data in UNITS.items():
            told = in_yuan(data, pack) if unit == "元" else data
            (home / unit).mkdir(exist_ok=True)
            (home / unit / name).write_bytes(api.fill(told | {"pack": pack.id}, pack))
        ran(home / unit, home / f"结果{unit}", pack=str(pack.folder), public=True)
        results.append(home / f"结果{unit}")
    return results[0], results[1]


def test_every_file_says_the_same_amounts(made: tuple[Path, Path]) -> None:
    first, second = (dict(_files(folder)) for folder in made)
    assert first.keys() == second.keys()
    assert len(first) > 12
    wrong = [f"{name}：{told}" for name in first for told in _differences(first[name], second[name])]
    assert wrong == []


def _files(folder: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".docx":
            yield name, {str(n): text for n, text in enumerate(_document(path))}
        elif path.suffix in {".xlsx", ".xlsm"}:
            source = open_file(path)
            yield (
                name,
                {
                    f"{s}!{r},{c}": v
                    for s in source.sheet_names
                    for r, line in source.values(s).items()
                    for c, v in line.items()
                },
            )
        elif path.suffix == ".html":
            yield name, {str(n): text for n, text in enumerate(re.split(r"<[^>]*>", path.read_text("utf-8")))}
        elif path.suffix == ".json":
            yield name, dict(_flat(orjson.loads(path.read_bytes())))


def _document(path: Path) -> Iterator[str]:
    document = Document(str(path))
    yield from (paragraph.text for paragraph in document.paragraphs)
    yield from (cell.text for table in document.tables for row in table.rows for cell in row.cells)


def _flat(data: object, where: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _flat(value, f"{where}.{key}")
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from _flat(value, f"{where}[{number}]")
    else:
        yield where, data


_OWN = re.compile(r"sha256|\.size$|^\.money_unit$")


def _differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[str]:
    for place in {**first, **second}:
        one, other = first.get(place), second.get(place)
        if not _OWN.search(str(place)) and not _same(one, other):
            yield f"{place} {str(one)[:160]!r} / {str(other)[:160]!r}"


def _same(one: object, other: object) -> bool:
    """The same words; the same amounts, however they are counted; a figure without a unit may count in either."""
    first, second = (list(_TOKEN.finditer(str(v))) for v in (one, other))
    words = [_TOKEN.sub("#", str(v)).replace("万元", "元") for v in (one, other)]
    return words[0] == words[1] and all(map(_agree, first, second))


def _agree(one: re.Match[str], other: re.Match[str]) -> bool:
    a, b = (Decimal(m[1].replace(",", "")) * (TIMES if m[2] == "万元" else 1) for m in (one, other))
    return a == b if one[2] else b in {a, a * TIMES}
