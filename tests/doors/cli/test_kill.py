"""A single command that dies at any moment (中断): its results are whole or not there, its inputs as they were.

A child of this process is the command. Some milliseconds after it has touched the file system for the n-th time it
is gone, without a chance to clean up: as by kill -9, but never before there is something to break. JIXIAO_KILLS sets
how many such moments for each command, spread over all of them.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import zipfile
from random import Random
from typing import TYPE_CHECKING

import pytest
from batch_folder import here
from command import call
from hostile_bytes import parts_of, zipped
from samples import DEMO, EXAMPLES, filled_example, macro_example

from toolkit.pack.finding import default_pack
from toolkit.pack.pack import DOCUMENT_NAME, REPORT_NAME

if TYPE_CHECKING:
    from pathlib import Path

KILLS = max(1, int(os.environ.get("JIXIAO_KILLS", "4")) // 2)

# 命令 | 可以改动的文件的开头
COMMANDS = """
move 某局.xlsx -o 新.xlsx
compare 某局.xlsx 前.xlsx -o 新.xlsx
forms 某局.xlsx -o 新.xlsx
new --from 前.xlsx -o 新.xlsx
new --from 前.xlsx --export 决算.csv --pack 包 -o 新.xlsx
recalc 某局.xlsm -o 新.xlsm
recalc 某局.xlsm --in-place | 某局.xlsm
fill 某局.json -o 新.xlsx
export 某局.xlsx -o 新.json
run 某局.xlsx -o 出 --html --review --public
run 某局.xlsx -o 旧 --keep-edits | 旧
evidence 某局.xlsx --folder 收件 -o 新.xlsx
batch 收件 -o 出 --returns
batch 收件 -o 出 --evidence --public
batch --new-roster 名册.xlsx
proofread 改过.docx --against 某局.xlsx
pack new 甲-2024 -o 包们
pack import 官方表.xlsx --id 甲-2024 -o 包们
pack build 包 | 包
pack replay 收件 --pack 包
pack rules --page 规则.md
pdf 某局.xlsx -o 出
"""

# A LibreOffice that takes no time: what it does is not ours, what we do with it is.
OFFICE = """#!/bin/sh
while [ "$1" != --outdir ]; do shift; done
mkdir -p "$2" && printf '%%PDF-1.7\\n%%%%EOF\\n' > "$2/source0.pdf"
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns, one with buttons, JSON, results with a report that somebody edited, a form, a pack of one's own."""
    desk = tmp_path_factory.mktemp("中断 的")
    (desk / "收件").mkdir()
    for name in ("某局.xlsx", "前.xlsx", "收件/甲.xlsx"):
        (desk / name).write_bytes(filled_example(DEMO))
    (desk / "某局.xlsm").write_bytes(macro_example())
    shutil.copy(EXAMPLES / DEMO / "data.json", desk / "某局.json")
    rows = "“三公”经费支出决算表,,\n项目,年初预算数,决算数\n合计,7.60,7.00\n2.公务接待费,2.00,1.80\n"
    (desk / "决算.csv").write_text(f"{default_pack().year}年度{rows}", "utf-8")
    shutil.copy(default_pack().folder / REPORT_NAME, desk / "官方表.xlsx")
    shutil.copytree(default_pack().folder, desk / "包")
    call("run", desk / "某局.xlsx", "-o", desk / "旧")
    report = next((desk / "旧").rglob(DOCUMENT_NAME))
    parts = parts_of(report.read_bytes())
    text = parts["word/document.xml"].replace("基本情况".encode(), "基本的情况".encode())
    report.write_bytes(zipped(parts | {"word/document.xml": text}))
    shutil.copy(report, desk / "改过.docx")
    (desk / "bin").mkdir()
    (desk / "bin" / "soffice").write_text(OFFICE, "ascii")
    (desk / "bin" / "soffice").chmod(0o755)
    return desk


@pytest.fixture
def alone(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The units of a batch in the process itself (its workers are killed in `tests/batch`), and that LibreOffice."""
    monkeypatch.setattr("toolkit.doors.cli.commands.batch._engine", lambda *_: here)
    monkeypatch.setenv("PATH", f"{whole / 'bin'}:{os.environ['PATH']}")


def _ended(words: str, desk: Path, dies_at: int = 0, after: float = 0.0) -> tuple[int, int]:
    """How the command ended in a child of this process, and how often it had touched the file system.

    `after` seconds after the touch that it `dies_at`, it is gone.
    """
    told, tells = os.pipe()
    child = os.fork()
    if not child:
        code = 99
        try:
            os.chdir(desk)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            _die(tells, dies_at, after)
            code = call(*words.split())
        finally:
            os._exit(code)
    os.close(tells)
    with os.fdopen(told, "rb") as counted:
        touches = len(counted.read())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), touches


def _die(tells: int, dies_at: int, after: float) -> None:
    """From now on every touch is told, and the one that is meant sets the clock: SIGALRM ends a process as it is.

    What the first of several commands keeps for the next is no touch: the others have it.
    """
    touches, kept = 0, (os.environ["JIXIAO_CACHE"], sys.pycache_prefix or "__pycache__")
    signal.signal(signal.SIGALRM, signal.SIG_DFL)

    def touched(event: str, words: tuple[object, ...]) -> None:
        nonlocal touches
        writes = event == "open" and isinstance(words[2], int) and words[2] & (os.O_WRONLY | os.O_RDWR)
        if words and isinstance(words[0], int):  # a file that is open already
            return
        if any(place in str(words[:1]) for place in kept):
            return
        if writes or event in {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "subprocess.Popen"}:
            touches += 1
            os.write(tells, b".")
            if touches == dies_at:
                signal.setitimer(signal.ITIMER_REAL, after)

    sys.addaudithook(touched)


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def _assert_whole(path: Path) -> None:
    data = path.read_bytes()
    if path.suffix == ".json":
        json.loads(data)
    elif path.suffix in {".xlsx", ".xlsm", ".docx"}:
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None, path
    elif path.suffix == ".html":
        assert data.rstrip().endswith(b"</html>"), path
    elif path.suffix == ".pdf":
        assert b"%%EOF" in data, path
    else:
        assert data.endswith(b"\n"), path


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="a child for each moment")
@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("line", COMMANDS.strip().splitlines())
def test_a_killed_command_leaves_nothing_half_done(line: str, whole: Path, tmp_path: Path) -> None:
    """What it may change is there as it was or as it becomes; all else is as it was; the next run does it all."""
    words, _, its_own = (part.strip() for part in line.partition("|"))
    before, edited = _contents(whole), (whole / "改过.docx").read_bytes()
    shutil.copytree(whole, tmp_path / "无人打扰")
    code, touches = _ended(words, tmp_path / "无人打扰")
    assert code in {0, 1}
    killed = 0
    for number in range(KILLS if touches else 0):
        desk = tmp_path / str(number)
        shutil.copytree(whole, desk)
        moment = 10 ** Random(f"{words} {number}").uniform(-6, -3)  # noqa: S311 - a moment, not a secret
        killed += _ended(words, desk, 1 + number * touches // KILLS, moment)[0] == -signal.SIGALRM
        after = _contents(desk)
        for name in after:
            if "/.~" not in f"/{name}":
                _assert_whole(desk / name)
        assert not [n for n in before if after.get(n) != before[n] and not (its_own and n.startswith(its_own))]
        assert list(after.values()).count(edited) > 1, "the report that somebody edited is gone"
        if number % 10 == 9:
            assert _ended(words, desk)[0] in {code, 2}
        shutil.rmtree(desk)
    assert killed or not touches
    sys.stderr.write(f"{killed} of {KILLS} killed, at {touches} touches: {words}\n")  # pytest -rP shows it
