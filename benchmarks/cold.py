"""One cold command after another (冷启动), in turns with the reference: opening the same workbook with openpyxl.

The share that counts is the median over the rounds of the whole process's CPU time, bytecode cached.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HOME = Path(__file__).parents[1]
BOOK = HOME / "examples" / "demo-unit" / "填报表.xlsx"
REFERENCE = ["-c", f"import openpyxl; openpyxl.load_workbook({str(BOOK)!r})"]
GOALS = {"check": 0.25, "recalc": 0.35, "run": 0.8, "proofread": 0.25, "--help": 0.1}
ROUNDS = 5


def seconds(words: list[str], folder: str) -> float:
    """CPU seconds of one process."""
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    env |= {"PYTHONPATH": str(HOME), "JIXIAO_CACHE": str(Path(folder) / "留着")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], cwd=folder, env=env, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print each command's share of the reference."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "toolkit", "run", str(BOOK), "-o", "甲"], cwd=folder, check=False,
                       env={**os.environ, "PYTHONPATH": str(HOME)}, capture_output=True)  # fmt: skip
        report = next(Path(folder).glob("甲/*/自评报告.docx"))
        words = {
            "check": ["check", str(BOOK)],
            "recalc": ["recalc", str(BOOK), "-o", "乙.xlsx"],
            "run": ["run", str(BOOK), "-o", "甲"],
            "proofread": ["proofread", str(report)],
            "--help": ["--help"],
        }
        shares: dict[str, list[float]] = {name: [] for name in words}
        for _ in range(ROUNDS + 1):  # the first round fills the cache of bytecode
            base = seconds(REFERENCE, folder)
            for name, own in words.items():
                shares[name].append(seconds(["-m", "toolkit", *own], folder) / base)
    for name, found in shares.items():
        print(f"{name:10} {statistics.median(found[1:]):.2f} × 参照（目标 {GOALS[name]:.2f}）")


if __name__ == "__main__":
    main()
