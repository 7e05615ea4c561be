"""The benchmark (测速): reference and product alternately in fresh processes, equality proved on the same run.

`python benchmarks/run.py [UNITS] [ROUNDS]`. CPU per unit is user + system time of a process over UNITS units minus that
of one over a few of them (one unit for each number of project forms), divided by the difference: starting Python and
compiling templates count in neither. Units are seeded and all different. In a round the reference runs once, while the
product and the floor take turns a few times. What else runs on the machine slows Python more than deflating, so the
ratio that counts is that of the quickest turns, which were disturbed least (as in `timeit`); medians and spread are
told beside it.
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

from toolkit.engines.xlsx.reading.source import open_file

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


@dataclass
class Runs:
    """CPU seconds of the fresh processes of one pipeline (测得的秒数): over all units of a folder, and over a few."""

    pipeline: str
    folder: str
    most: list[float] = field(default_factory=list)
    few: list[float] = field(default_factory=list)
    units: int = 0

    def add(self, work: Path) -> None:
        """Run both once more."""
        script = str(HOME / f"{self.pipeline}.py")
        for folder, seconds in ((self.folder, self.most), ("few", self.few)):
            seconds.append(spent(script, str(work / folder), str(work / f"{self.pipeline}-{folder}"))[0])
        self.units = len(list((work / self.folder).iterdir())) - len(list((work / "few").iterdir()))

    @property
    def each(self) -> list[float]:
        """Milliseconds per unit by run. What starting up costs does not vary: its quickest measure is taken off."""
        return [(seconds - min(self.few)) / self.units * 1000 for seconds in self.most]


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
    """All runs: the reference by round, the product and the floor (milliseconds per unit, by its level) by turn."""

    reference: Runs = field(default_factory=lambda: Runs("reference", "many"))
    product: Runs = field(default_factory=lambda: Runs("product", "more"))
    floor: dict[str, list[float]] = field(default_factory=dict)

    def round(self, work: Path) -> str:
        """Measure once more, and tell it."""
        self.reference.add(work)
        for _ in range(TURNS):
            self.product.add(work)
            for name, seconds in floor(work).items():
                self.floor.setdefault(name, []).append(seconds / len(list((work / "more").iterdir())) * 1000)
        latest = {"对照": self.reference.each[-1:], "本工具": self.product.each[-TURNS:]}
        latest |= {f"下限 {name}": found[-TURNS:] for name, found in self.floor.items()}
        return "；".join(f"{name} {'、'.join(f'{ms:.1f}' for ms in found)}" for name, found in latest.items())

    def summary(self) -> Iterator[str]:
        """The quickest turns with their ratios, and the medians beside them."""
        plain, ours = self.reference.each, self.product.each
        yield f"对照 {_told(plain)}，本工具 {_told(ours)} 毫秒/户，{os.cpu_count()} 核"
        rounds = [statistics.median(ours[i : i + TURNS]) for i in range(0, len(ours), TURNS)]
        yield f"对照 ÷ 本工具 = {min(plain) / min(ours):.2f}（目标 ≥ {RATIO}；{_spread(plain, rounds)}）"
        for name, found in self.floor.items():
            ratio = f"{min(ours) / min(found):.2f}（目标 ≤ {FLOOR}；{_spread(ours, found)}）"
            yield f"下限（{name}）{_told(found)} 毫秒/户，本工具 ÷ 下限 = {ratio}"


def _told(found: list[float]) -> str:
    return f"最快 {min(found):.1f}、中位数 {statistics.median(found):.1f}"


def _spread(above: list[float], below: list[float]) -> str:
    each = sorted(a / b for a, b in zip(above, below, strict=True))
    return f"逐次相比 {len(each)} 次，中位数 {statistics.median(each):.2f}，{each[0]:.2f}–{each[-1]:.2f}"


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
