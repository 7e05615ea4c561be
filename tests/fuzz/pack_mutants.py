"""Packs as a tired hand leaves them (规则包变体): one line of one file dropped, doubled, misspelt or moved.

`trial` is the property: what `pack check` calls sound builds, fills, audits and prints; anything else is told in words.
More of them: `JIXIAO_PACK_MUTANTS=500 pytest tests/authoring/test_mutants.py`.
"""

from __future__ import annotations

import re
import shutil
from random import Random
from typing import TYPE_CHECKING

from toolkit.authoring.build import build_pack
from toolkit.authoring.check import check_pack, unsound
from toolkit.authoring.keeping.made_up import made_up
from toolkit.core.errors import PackError
from toolkit.pack import find_pack
from toolkit.pipeline import Wanted, run_unit
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import unit_from_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from toolkit.pack import Pack

FILES = ("pack.toml", "forms.toml", "document.toml")
_NAME = re.compile(r"[\u4e00-\u9fff]+_[\u4e00-\u9fff_]+")
_NUMBER, _TEXT = re.compile(r"\d+"), re.compile(r'"[^"]*"')


def mutant(source: Path, target: Path, seed: int) -> str:
    """A copy of a pack's text files with one mistake; says which."""
    rng = Random(seed)
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.xls*", "*.docx"))
    own = (target / "pack.toml").read_text("utf-8").replace(f'id = "{source.name}"', 'id = "变体"', 1)
    (target / "pack.toml").write_text(own, "utf-8")
    file = target / rng.choice([name for name in FILES if (source / name).is_file()])
    lines = file.read_text("utf-8").split("\n")
    change = rng.choice(CHANGES)
    before = list(lines)
    change(lines, rng)
    file.write_text("\n".join(lines), "utf-8")
    return f"{file.name} {change.__name__}: {[line for line in before if line not in lines][:1]}"


def _written(lines: list[str]) -> list[int]:
    return [number for number, line in enumerate(lines) if line.strip() and not line.startswith("#")]


def dropped(lines: list[str], rng: Random) -> None:
    """A line is gone."""
    del lines[rng.choice(_written(lines))]


def doubled(lines: list[str], rng: Random) -> None:
    """A line stands twice."""
    number = rng.choice(_written(lines))
    lines.insert(number, lines[number])


def swapped(lines: list[str], rng: Random) -> None:
    """Two lines have changed places."""
    one, other = rng.sample(_written(lines), 2)
    lines[one], lines[other] = lines[other], lines[one]


def section_gone(lines: list[str], rng: Random) -> None:
    """A whole [section] is gone."""
    heads = [number for number, line in enumerate(lines) if line.startswith("[")] or [0]
    first = rng.choice(heads)
    del lines[first : next((h for h in heads if h > first), len(lines))]


def cell_gone(lines: list[str], rng: Random) -> None:
    """A cell of a drawn line is gone."""
    drawn = [number for number, line in enumerate(lines) if "|" in line]
    if drawn:
        number = rng.choice(drawn)
        parts = lines[number].split("|")
        del parts[rng.randrange(1, len(parts))]
        lines[number] = "|".join(parts)


def sign_gone(lines: list[str], rng: Random) -> None:
    """One character is gone."""
    number = rng.choice(_written(lines))
    at = rng.randrange(len(lines[number]))
    lines[number] = lines[number][:at] + lines[number][at + 1 :]


def misnamed(lines: list[str], rng: Random) -> None:
    """A name ends in another character."""
    _replaced(lines, rng, _NAME, lambda found: found[:-1] + "甲")


def renumbered(lines: list[str], rng: Random) -> None:
    """Another number."""
    _replaced(lines, rng, _NUMBER, lambda _: rng.choice(("0", "-1", "7", "100000")))


def reworded(lines: list[str], rng: Random) -> None:
    """Another text."""
    _replaced(lines, rng, _TEXT, lambda _: rng.choice(('""', '"无此"', '"A1"', '" "')))


def _replaced(lines: list[str], rng: Random, what: re.Pattern[str], change: Callable[[str], str]) -> None:
    places = [(number, found) for number in _written(lines) for found in what.finditer(lines[number])]
    if places:
        number, found = rng.choice(places)
        lines[number] = lines[number][: found.start()] + change(found[0]) + lines[number][found.end() :]


CHANGES = (dropped, doubled, swapped, section_gone, cell_gone, sign_gone, misnamed, renumbered, reworded)


def trial(folder: Path, work: Path) -> list[str]:
    """What is told of a pack, at load or by the check; where nothing is, it has run to the end."""
    try:
        pack = find_pack(str(folder))
    except PackError as error:
        return [str(error)]
    told = unsound(pack)
    if not told:
        build_pack(pack, document=True)
        assert check_pack(pack) == []
        _used(pack, work)
    return told


def _used(pack: Pack, work: Path) -> None:
    for number, holes in enumerate((1.0, 0.2)):
        path = work / f"报 {number}.xlsx"
        path.write_bytes(fill_workbook(unit_from_json(made_up(pack, number, holes), pack), pack))
        done = run_unit(path, work / f"出 {number}", pack, wanted=Wanted(public=pack.has_public))
        assert (done.folder / "result.json").is_file()
