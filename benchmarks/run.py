"""The benchmark (测速): reference and product alternately in fresh processes, equality proved on the same run.

`python benchmarks/run.py [UNITS] [ROUNDS]`. CPU per unit is user + system time of a process over UNITS units minus that
of one over a few of them (one unit for each number of project forms), divided by the difference: starting Python and
compiling templates count in neither. Units are seeded and all different. Medians over the rounds; what else runs on the
machine shows in their spread.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from equal import differences
from make_units import make_units

from toolkit.source import open_file

HOME = Path(__file__).parent
PIPELINES = ("reference", "product")
# The product runs over more units: starting it up costs as much as twenty of them.
FOLDERS, MORE = {"reference": "many", "product": "more"}, 4
RATIO, FLOOR = 12, 4
Seconds = dict[str, float]


def spent(*arguments: str) -> tuple[float, Seconds]:
    """User + system seconds of one fresh process, and the stages that it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, encoding="utf-8", check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, json.loads(done.stdout.strip().splitlines()[-1])


def per_unit(pipeline: str, work: Path, folder: str) -> float:
    """CPU milliseconds per unit of one pipeline, from two fresh processes."""
    count = len(list((work / folder).iterdir())) - len(list((work / "few").iterdir()))
    most, few = (
        spent(str(HOME / f"{pipeline}.py"), str(work / units), str(work / f"{pipeline}-{units}"))[0]
        for units in (folder, "few")
    )
    return (most - few) / count * 1000


def stages(pipeline: str, work: Path, *more: str) -> dict[str, Seconds]:
    """Per stage: CPU seconds over all units, and over the few."""
    script, out = str(HOME / f"{pipeline}.py"), str(work / f"stages-{pipeline}")
    return {units: spent(script, str(work / units), out, *more)[1] for units in ("many", "few")}


def floor(work: Path) -> Seconds:
    """CPU seconds of the floor over all units, by the level of deflate."""
    made, out = work / "product-more", work / "floor"
    return spent(str(HOME / "floor.py"), str(work / "many"), str(made), str(out))[1]


def forms_of(path: Path) -> int:
    """How many project forms a workbook has."""
    return len(open_file(path).names[1])


def prove_equal(work: Path) -> int:
    """Compare every file of every unit; stop with the differences when there are any."""
    total = 0
    told: list[str] = []
    for folder in sorted((work / "reference-many").iterdir()):
        count, found = differences(work / "product-more" / folder.name, folder)
        total, told = total + count, told + found
    if told:
        sys.exit("两条流程的结果不一致：\n" + "\n".join(told[:20]))
    return total


def show_stages(work: Path, count: int) -> None:
    """A table of both pipelines, in milliseconds per unit."""
    plain, ours = stages("reference", work), stages("product", work, "--stages")
    units = count - len(list((work / "few").iterdir()))
    print(f"\n{'阶段':<12}{'对照':>10}{'本工具':>10}   （CPU 毫秒/户）")
    for stage in dict.fromkeys([*plain["many"], *ours["many"]]):
        figures = [(run["many"].get(stage, 0.0) - run["few"].get(stage, 0.0)) / units * 1000 for run in (plain, ours)]
        print(f"{stage:<12}{figures[0]:>10.1f}{figures[1]:>10.1f}")


def main(count: int, rounds: int) -> None:
    """Make units, measure, prove, print."""
    with tempfile.TemporaryDirectory(prefix="jixiao-bench-") as folder:
        work = Path(folder)
        print(f"造 {count * MORE} 户……", flush=True)
        paths = make_units(work / "more", count * MORE)
        for name in ("many", "few"):
            (work / name).mkdir()
        for path in paths[:count]:
            shutil.copy(path, work / "many")
        for path in {forms_of(path): path for path in paths[:count]}.values():
            shutil.copy(path, work / "few")
        measured: dict[str, list[float]] = {name: [] for name in PIPELINES}
        for number in range(1, rounds + 1):
            for name in PIPELINES:
                measured[name].append(per_unit(name, work, FOLDERS[name]))
            for name, seconds in floor(work).items():
                measured.setdefault(name, []).append(seconds / count * 1000)
            row = "，".join(f"{name} {found[-1]:.1f}" for name, found in measured.items())
            print(f"第 {number} 轮（CPU 毫秒/户）：{row}", flush=True)
        facts = prove_equal(work)
        plain, ours, *least = (statistics.median(found) for found in measured.values())
        ratios = sorted(p / o for p, o in zip(*(measured[name] for name in PIPELINES), strict=True))
        show_stages(work, count)
        print(f"\n内容一致：{count} 户、{facts} 处（值、公式、隐藏行、合并、链接、标记、文字、result.json）")
        print(f"对照 {plain:.0f}，本工具 {ours:.1f} 毫秒/户（中位数，{os.cpu_count()} 核）")
        print(f"对照 ÷ 本工具 = {plain / ours:.1f}（各轮 {ratios[0]:.1f}–{ratios[-1]:.1f}，目标 ≥ {RATIO}）")
        for name, found in zip(list(measured)[2:], least, strict=True):
            each = sorted(o / f for o, f in zip(measured["product"], measured[name], strict=True))
            told = f"{ours / found:.2f}（各轮 {each[0]:.2f}–{each[-1]:.2f}，目标 ≤ {FLOOR}）"
            print(f"下限（{name}）{found:.1f} 毫秒/户，本工具 ÷ 下限 = {told}")


if __name__ == "__main__":
    main(*map(int, [*sys.argv[1:3], *("16", "3")[len(sys.argv) - 1 :]]))
