"""How long any text takes to proofread (任意文字): twelve kinds of a million characters, CPU seconds and memory.

`python benchmarks/prose.py [kind…]`: one fresh process for each; the slowest is named. A text that people write and
texts that nobody writes, for whatever is handed in must come back: less than 20 s and 300 MB each.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

LENGTH = 1_000_000

_CASES = Path(__file__).parents[1] / "tests" / "cases"

_NAME = "甲乙丙丁戊己庚辛壬癸" * 3277  # a project's name of 32 k characters


def kinds() -> dict[str, str]:
    """Name → the piece that a text repeats."""
    report = (_CASES / "report_sichuan.txt").read_text("utf-8")
    return {
        "real-like": report,
        "digits only": "年1234567890",
        "one word": "支出",
        "brackets": "（其中1万元",
        "commas": "支出，1万元，",
        "one sentence": "其中：基本支出12.3万元，占12.5%，比上年增加1.1万元，增长9.82%，",
        "short lines": "收入12.34万元\n",
        "table-like": "项目 12.34 56.78 90.12 占9.1%\n",
        "long names": f"{_NAME}项目支出12.3万元，占5%。",
        "Chinese numerals": "支出一百二十三万四千五百元，其中二十万元，",
        "mixed width": "支出１２．３万元,占5％；其中:收入4.5万元，",
        "no punctuation": "本年支出12万元比上年增加3万元增长百分之三十",
    }


def used(text: str, folder: Path) -> tuple[float, int]:
    """CPU seconds and megabytes of `jixiao proofread`."""
    path = folder / "报告.txt"
    path.write_text(text, "utf-8")
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    child = subprocess.Popen(
        [sys.executable, "-m", "toolkit", "proofread", str(path), "--json"],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, found = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in {0, 1}:
        sys.exit(f"exit code {child.returncode}")
    return found.ru_utime + found.ru_stime, found.ru_maxrss // 1024


def main(wanted: list[str]) -> None:
    """Print a line for each kind, and the slowest."""
    taken: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, piece in kinds().items():
            if wanted and name not in wanted:
                continue
            text = (piece * (LENGTH // len(piece) + 1))[:LENGTH]
            taken[name], megabytes = used(text, Path(folder))
            sys.stdout.write(f"{name:18} {taken[name]:6.1f} s CPU {megabytes:5} MB\n")
            sys.stdout.flush()
    slowest = max(taken, key=lambda name: taken[name])
    sys.stdout.write(f"slowest: {slowest} {taken[slowest]:.1f} s\n")


if __name__ == "__main__":
    main(sys.argv[1:])
