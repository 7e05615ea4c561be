"""kill -9 of a worker and of the whole run at random moments: nothing half-written, a rerun completes, same results.

JIXIAO_KILLS sets how many moments (default 6: every one starts Python anew); twenty and more are run before a release.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from batch_folder import BATCH, contents

KILLS = int(os.environ.get("JIXIAO_KILLS", "6"))
ROOT = Path(__file__).parents[2]
needs_proc = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="no /proc here: 找不到子进程，跳过")


def start(folder: Path, output: Path) -> subprocess.Popen[bytes]:
    """`jixiao batch` as a program of its own."""
    command = [sys.executable, "-m", "toolkit", "batch", str(folder), "-o", str(output), "--jobs", "2", "--force"]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def finish(folder: Path, output: Path) -> None:
    """A run that nobody disturbs."""
    command = [sys.executable, "-m", "toolkit", "batch", str(folder), "-o", str(output), "--jobs", "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 1, done.stderr  # one of the four has a fault, planted


def children(pid: int) -> list[int]:
    """Worker processes: the children that run our work, not Python's resource tracker."""
    try:
        found = [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        return [p for p in found if b"spawn_main" in Path(f"/proc/{p}/cmdline").read_bytes()]
    except OSError:
        return []


def assert_whole(output: Path) -> None:
    """Every file that is not a temporary one opens; a folder with result.json has all that it lists."""
    for path in output.rglob("*"):
        if path.name.startswith(".~") or path.is_dir():
            continue
        if path.suffix == ".json":
            json.loads(path.read_bytes())
        elif path.suffix == ".html":
            assert path.read_text("utf-8").rstrip().endswith("</html>"), path
        else:
            with zipfile.ZipFile(path) as archive:
                assert archive.testzip() is None, path
    for result in output.glob("*/result.json"):
        for made in json.loads(result.read_bytes())["files"]:
            assert (result.parent / made["name"]).stat().st_size == made["size"]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes], float]:
    """Four units, their results, and how long a run takes."""
    base = tmp_path_factory.mktemp("中断 测试")
    shutil.copytree(BATCH / "示例县农业农村局", base / "报送")
    started = time.monotonic()
    finish(base / "报送", base / "结果")
    return base / "报送", contents(base / "结果"), time.monotonic() - started


@pytest.mark.slow
@needs_proc
@pytest.mark.parametrize("number", range(KILLS))
def test_kill(undisturbed: tuple[Path, dict[str, bytes], float], tmp_path: Path, number: int) -> None:
    folder, wanted, took = undisturbed
    moment = random.Random(number).uniform(0.15, 1.0) * took  # noqa: S311 - a moment, not a secret
    running = start(folder, tmp_path / "结果")
    time.sleep(moment)
    workers = children(running.pid)
    if number % 2 and workers:
        os.kill(workers[0], signal.SIGKILL)
        assert running.wait(timeout=300) in {0, 1}
    else:
        running.kill()
        running.wait()
        wait_for_end(workers)
    assert_whole(tmp_path / "结果")
    finish(folder, tmp_path / "结果")
    assert contents(tmp_path / "结果") == wanted


def wait_for_end(pids: list[int]) -> None:
    """Workers end with their parent; nobody has to look for them."""
    until = time.monotonic() + 120  # on a machine that has other work, too
    while any(is_running(pid) for pid in pids):
        assert time.monotonic() < until, "a worker outlived its parent"
        time.sleep(0.1)


def is_running(pid: int) -> bool:
    """Whether a process is there and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow
@needs_proc
def test_ctrl_c_keeps_what_is_done(undisturbed: tuple[Path, dict[str, bytes], float], tmp_path: Path) -> None:
    folder, wanted, took = undisturbed
    running = start(folder, tmp_path / "结果")
    time.sleep(took / 2)
    workers = children(running.pid)
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=60) in {130, 1}  # 1: it was done before the signal came
    wait_for_end(workers)
    assert_whole(tmp_path / "结果")
    finish(folder, tmp_path / "结果")
    assert contents(tmp_path / "结果") == wanted
