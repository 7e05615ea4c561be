"""kill -9 of a single command at random moments (中断): its results are whole or not there, its inputs as they were.

JIXIAO_KILLS sets how many moments for each command (default 1: every one starts Python anew).
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
import zipfile
from typing import TYPE_CHECKING

import pytest
from samples import DEMO, EXAMPLES, filled_example, macro_example

from toolkit.pack.finding import default_pack

if TYPE_CHECKING:
    from pathlib import Path

KILLS = max(1, int(os.environ.get("JIXIAO_KILLS", "6")) // 6)

COMMANDS = """
move 某局.xlsx -o 出.xlsx
compare 某局.xlsx 前.xlsx -o 出.xlsx
forms 某局.xlsx -o 出.xlsx
new --from 前.xlsx -o 出.xlsx
recalc 某局.xlsm -o 出.xlsm
recalc 某局.xlsm --in-place
fill 某局.json -o 出.xlsx
export 某局.xlsx -o 出.json
run 某局.xlsx -o 出 --html --review --public
run 某局.xlsx -o 出 --keep-edits
evidence 某局.xlsx --folder 收件 -o 出.xlsx
batch 收件 -o 出 --returns
batch 收件 -o 出 --evidence --public
pack build 包
pdf 某局.xlsx -o 出
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with a return, the one before, one with buttons, their JSON, and a pack of one's own."""
    (tmp_path / "收件").mkdir()
    for name in ("某局.xlsx", "前.xlsx", "收件/甲.xlsx"):
        (tmp_path / name).write_bytes(filled_example(DEMO))
    (tmp_path / "某局.xlsm").write_bytes(macro_example())
    shutil.copy(EXAMPLES / DEMO / "data.json", tmp_path / "某局.json")
    shutil.copytree(default_pack().folder, tmp_path / "包")
    return tmp_path


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def _assert_whole(path: Path) -> None:
    if path.suffix == ".json":
        json.loads(path.read_bytes())
    elif path.suffix in {".xlsx", ".xlsm", ".docx"}:
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None, path
    elif path.suffix == ".html":
        assert path.read_text("utf-8").rstrip().endswith("</html>"), path
    elif path.suffix == ".pdf":
        assert path.read_bytes().rstrip().endswith(b"%%EOF"), path


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
@pytest.mark.parametrize("number", range(KILLS))
@pytest.mark.parametrize("words", COMMANDS.strip().splitlines())
def test_a_killed_command_leaves_nothing_half_done(words: str, number: int, desk: Path) -> None:
    """What it may change is there as it was or as it becomes; all else is as it was."""
    if words.startswith("pdf") and not shutil.which("soffice"):
        pytest.skip("no LibreOffice here")
    before = _contents(desk)
    env = {**os.environ, "PYTHONPATH": str(EXAMPLES.parent)}
    command = [sys.executable, "-m", "toolkit", *words.split()]
    running = subprocess.Popen(command, cwd=desk, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(random.Random(f"{words} {number}").uniform(0.2, 2.5))  # noqa: S311 - a moment, not a secret
    running.kill()
    running.wait()
    for path in desk.rglob("*"):
        if path.is_file() and not path.name.startswith(".~"):
            _assert_whole(path)
    after = _contents(desk)
    changed = {name for name, data in before.items() if after.get(name) != data}
    may_change = {n for n in before if n.startswith("包/")} if "build" in words else set()
    may_change |= {"某局.xlsm"} if "--in-place" in words else set()
    assert changed <= may_change
