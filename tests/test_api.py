"""The Python interface: what `toolkit` hands on does what the commands do, on paths as texts and packs by id."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import toolkit
from toolkit.core.light import hand_on

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = Path(__file__).parents[1] / "examples"
SEED = EXAMPLES / "yiyang-sfj-2023"


def test_check_takes_a_path_as_text() -> None:
    checked = toolkit.check(str(SEED / "填报表.xlsx"))
    assert "A04" in {f.rule for f in checked.result.findings}
    assert checked.to_json()["verdict"] == "error"


def test_a_pack_goes_by_its_id_and_an_unknown_one_is_refused() -> None:
    assert toolkit.check(SEED / "填报表.xlsx", "hunan-2023").pack is toolkit.find_pack("hunan-2023")
    with pytest.raises(toolkit.PackError, match=r"您要用的是不是 hunan-20(?!32)\d\d"):
        toolkit.check(SEED / "填报表.xlsx", "hunan-2032")


def test_fill_and_export_are_each_other_s_inverse(tmp_path: Path) -> None:
    data = json.loads((SEED / "data.json").read_text("utf-8"))
    (tmp_path / "填报表.xlsx").write_bytes(toolkit.fill(data))
    (tmp_path / "填报表.xlsm").write_bytes(toolkit.fill(data, macro=True))
    plain, macro = (toolkit.export(tmp_path / f"填报表.{kind}") for kind in ("xlsx", "xlsm"))
    assert plain == macro
    assert plain["fields"]["整体_全年执行数"] == data["fields"]["整体_全年执行数"]


def test_publish_writes_what_run_writes(tmp_path: Path) -> None:
    published = toolkit.publish(SEED / "填报表.xlsx", tmp_path / "结果")
    assert {f.name for f in published.files} >= {"自评报表.xlsx", "自评报告.docx", "审核反馈.xlsx", "result.json"}
    assert all(f.is_file() for f in published.files)


def test_explain_and_proofread() -> None:
    (tree, *_) = toolkit.explain(toolkit.check(SEED / "填报表.xlsx"), "整体_收入_合计")
    assert tree.children
    text = Path(__file__).parent / "cases" / "proofread_faulty.txt"
    assert toolkit.proofread(text).findings


def test_a_batch_runs_without_a_listener(tmp_path: Path) -> None:
    folder = tmp_path / "报送"
    folder.mkdir()
    (folder / "一.xlsx").write_bytes((SEED / "填报表.xlsx").read_bytes())
    result = toolkit.run_batch(toolkit.BatchRequest(folder, tmp_path / "结果"), jobs=1)
    assert (result.redone, len(result.batch.filed)) == (1, 1)


def test_importing_the_package_loads_nothing() -> None:
    script = "import sys, toolkit; print([m for m in sys.modules if m.startswith('toolkit.')])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['toolkit.core', 'toolkit.core.light']"


@pytest.mark.parametrize("find", [hand_on("toolkit", api="check"), lambda name: getattr(toolkit, name)])
def test_an_unknown_name_is_an_attribute_error(find: Callable[[str], object]) -> None:
    with pytest.raises(AttributeError, match="chekc"):
        find("chekc")


def test_file_names_without_chinese_are_refused_in_a_sentence() -> None:
    """LC_ALL=POSIX and nothing to help: a program of one's own hears what to set (the commands set it themselves)."""
    code = (
        "import toolkit, sys\n"
        f"file = {f'{SEED}/'!r}.encode('ascii') + bytes.fromhex('e5a1abe68aa5e8a1a82e786c7378')\n"
        "try: toolkit.check(file.decode('ascii', 'surrogateescape'))\n"
        "except toolkit.ToolkitError as error: sys.stdout.buffer.write(str(error).encode())\n"
    )
    bare = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "POSIX", "JIXIAO_CACHE": ""}
    ended = subprocess.run([sys.executable, "-c", code], env=os.environ | bare, capture_output=True, check=True)
    assert "PYTHONUTF8=1" in ended.stdout.decode()
