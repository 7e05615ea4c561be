"""`jixiao watch` (守候): what is looked at, when, and what it never does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from samples import DEMO, SEED, filled_example, macro_data

from toolkit.doors.watch import Watcher, feedback_beside, is_wanted
from toolkit.engines.xlsx.reading.source import FileSource

if TYPE_CHECKING:
    from pathlib import Path

NAMES = """
某局.xlsx              | 看
某 局（2023）.XLSM     | 看
~$某局.xlsx            |
.~某局.xlsx            |
.~lock.某局.xlsx#      |
lu123abc.tmp           |
Cedd4100               |
jixiao-12.tmp          |
某局.xls               |
某局_审核反馈.xlsx     |
某局_已计算.xlsm       |
审核反馈.xlsx          |
自评报表.xlsx          |
"""


@pytest.mark.parametrize("line", NAMES.strip().splitlines())
def test_what_is_looked_at(line: str, tmp_path: Path) -> None:
    name, wanted = (part.strip() for part in line.split("|"))
    assert is_wanted(tmp_path / name) is bool(wanted)


def test_waits_for_quiet(tmp_path: Path) -> None:
    """A file that still grows, is away for a moment or is half a zip waits; then it is due once."""
    path, watcher = tmp_path / "某局.xlsx", Watcher(quiet=2)
    path.write_bytes(b"PK")
    watcher.notice([path, tmp_path / "~$某局.xlsx"], 0)
    assert watcher.due(1) == []
    path.write_bytes(filled_example(DEMO))
    assert watcher.due(3) == []  # it has changed since
    path.rename(tmp_path / "x")
    assert watcher.due(6) == []  # saving by renaming
    (tmp_path / "x").rename(path)
    assert watcher.due(7) == []
    assert watcher.due(9) == [path]
    assert watcher.due(20) == []


def test_half_a_file_is_not_looked_at(tmp_path: Path) -> None:
    path, watcher = tmp_path / "某局.xlsx", Watcher(quiet=0)
    path.write_bytes(filled_example(DEMO)[:5000])
    watcher.notice([path], 0)
    assert watcher.due(1) == []


def test_feedback_beside_the_file_and_only_once(tmp_path: Path) -> None:
    path, watcher = tmp_path / "某局.xlsm", Watcher()
    path.write_bytes(macro_data({"封面_填表人": None}))
    before = path.read_bytes()
    looked = watcher.look(path)
    assert looked
    assert looked.feedback == tmp_path / "某局_审核反馈.xlsm"
    assert "D73" in str(FileSource(looked.feedback.read_bytes()).values("审核结果"))
    assert path.read_bytes() == before
    assert watcher.look(path) is None
    assert not is_wanted(feedback_beside(path))


def test_trouble_is_told_not_raised(tmp_path: Path) -> None:
    """Another workbook, and a feedback that is open elsewhere: a sentence each."""
    other = tmp_path / "台账.xlsx"
    other.write_bytes(b"PK\x03\x04")
    looked = Watcher().look(other)
    assert looked
    assert "台账.xlsx" in looked.problem
    path = tmp_path / "某局.xlsx"
    path.write_bytes(filled_example(SEED))
    feedback_beside(path).mkdir()
    looked = Watcher().look(path)
    assert looked
    assert "写不了文件" in looked.problem
    assert path.read_bytes() == filled_example(SEED)


@pytest.mark.slow
def test_the_command_sees_a_save_and_ends_at_ctrl_c(tmp_path: Path) -> None:
    folder = tmp_path / "报送 材料"
    folder.mkdir()
    # Started in the background, a process ignores Ctrl-C unless it says otherwise.
    answering = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from toolkit.doors.cli.app import main; main()"
    )
    command = [sys.executable, "-c", answering, "watch", str(folder)]
    env = os.environ | {"PYTHONIOENCODING": "utf-8"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=env) as process:
        assert process.stderr
        told = process.stderr.readline()
        deadline = time.monotonic() + 60
        while not feedback_beside(folder / "某局.xlsx").exists() and time.monotonic() < deadline:
            (folder / "某局.xlsx").write_bytes(filled_example(DEMO))
            time.sleep(5)
        process.send_signal(signal.SIGINT)
        try:
            told += process.communicate(timeout=30)[1]
        finally:
            process.kill()
    assert "正在守候" in told
    assert "某局_审核反馈.xlsx" in told
    assert "已结束守候" in told
    assert process.returncode == 0
    assert sorted(p.name for p in folder.iterdir()) == ["某局.xlsx", "某局_审核反馈.xlsx"]
