"""The benchmark (测速): reference and product alternately in fresh processes, equality proved on the same run.

`python benchmarks/run.py [UNITS] [ROUNDS]`. CPU per unit is user + system time of a process over UNITS units minus that
of one over a few of them (one unit for each number of project forms), divided by the difference: starting Python and
compiling templates count in neither. Units are seeded and all different. In a round the reference runs once, while the
product and the floor take turns a few times: what else runs on the machine slows both, so each turn has its own ratio.
Medians are told, with the spread.
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
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from equal import differences
from make_units import make_units

from toolkit.source import open_file

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME = Path(__file__).parent
# The product runs over more units: starting it up costs as much as twenty of them.
MORE, TURNS = 4, 3
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
    return spent(str(HOME / "floor.py"), str(work / "more"), str(made), str(out))[1]


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


@dataclass
class Measured:
    """CPU milliseconds per unit: the reference by round, the product and the floor (by its level) by turn."""

    reference: list[float] = field(default_factory=list)
    product: list[float] = field(default_factory=list)
    floor: dict[str, list[float]] = field(default_factory=dict)

    def round(self, work: Path) -> str:
        """Measure once more, and tell it."""
        self.reference.append(per_unit("reference", work, "many"))
        for _ in range(TURNS):
            self.product.append(per_unit("product", work, "more"))
            for name, seconds in floor(work).items():
                self.floor.setdefault(name, []).append(seconds / len(list((work / "more").iterdir())) * 1000)
        latest = {"对照": self.reference[-1:], "本工具": self.product[-TURNS:]}
        latest |= {f"下限 {name}": found[-TURNS:] for name, found in self.floor.items()}
        return "；".join(f"{name} {'、'.join(f'{ms:.1f}' for ms in found)}" for name, found in latest.items())

    def summary(self) -> Iterator[str]:
        """The medians, and both ratios with their spread."""
        ours, middle = statistics.median(self.product), statistics.median
        yield f"对照 {middle(self.reference):.0f}，本工具 {ours:.1f} 毫秒/户（中位数，{os.cpu_count()} 核）"
        rounds = [middle(self.product[i : i + TURNS]) for i in range(0, len(self.product), TURNS)]
        yield f"对照 ÷ 本工具 = {_ratio(self.reference, rounds)}，目标 ≥ {RATIO}）"
        for name, found in self.floor.items():
            told = f"下限（{name}）{middle(found):.1f} 毫秒/户，本工具 ÷ 下限 = {_ratio(self.product, found)}"
            yield f"{told}，目标 ≤ {FLOOR}）"


def _ratio(above: list[float], below: list[float]) -> str:
    each = sorted(a / b for a, b in zip(above, below, strict=True))
    return f"{statistics.median(each):.2f}（{len(each)} 次，{each[0]:.2f}–{each[-1]:.2f}"


def make_folders(work: Path, count: int) -> None:
    """Units for the product, of which the reference gets the first, and a few."""
    paths = make_units(work / "more", count * MORE)
    for name in ("many", "few"):
        (work / name).mkdir()
    for path in paths[:count]:
        shutil.copy(path, work / "many")
    for path in {forms_of(path): path for path in paths[:count]}.values():
        shutil.copy(path, work / "few")


def main(count: int, rounds: int) -> None:
    """Make units, measure, prove, print."""
    with tempfile.TemporaryDirectory(prefix="jixiao-bench-") as folder:
        work = Path(folder)
        print(f"造 {count * MORE} 户……", flush=True)
        make_folders(work, count)
        measured = Measured()
        for number in range(1, rounds + 1):
            print(f"第 {number} 轮（CPU 毫秒/户）：{measured.round(work)}", flush=True)
        facts = prove_equal(work)
        show_stages(work, count)
        print(f"\n内容一致：{count} 户、{facts} 处（值、公式、隐藏行、合并、链接、标记、文字、result.json）")
        print(*measured.summary(), sep="\n")


if __name__ == "__main__":
    main(*map(int, [*sys.argv[1:3], *("16", "3")[len(sys.argv) - 1 :]]))
