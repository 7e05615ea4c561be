"""A long run (长跑): `python benchmarks/many.py [UNITS] [DIFFERENT] [WORKERS]` through a plain process pool.

UNITS runs over DIFFERENT seeded workbooks; each run writes its four files into a folder of its own, which is removed
afterwards. Printed at every tenth of the way: units per second, CPU per unit, and the peak memory of the workers.
"""

from __future__ import annotations

import os
import resource
import shutil
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from make_units import make_units

from toolkit.batch_unit import collected_after
from toolkit.pipeline import run_unit


@collected_after()
def one(job: tuple[int, Path], out: Path) -> tuple[int, float, int]:
    """Run one unit: the process, its CPU seconds so far, and its peak memory in KB."""
    number, path = job
    run_unit(path, out / str(number))
    shutil.rmtree(out / str(number))
    used = resource.getrusage(resource.RUSAGE_SELF)
    return os.getpid(), used.ru_utime + used.ru_stime, used.ru_maxrss


def main(count: int, different: int, workers: int) -> None:
    """Run, and print a line at every tenth."""
    with tempfile.TemporaryDirectory(prefix="jixiao-many-") as folder, ProcessPoolExecutor(workers) as pool:
        paths = make_units(Path(folder) / "units", different)
        jobs = ((n, paths[n % different]) for n in range(count))
        spent: dict[int, float] = {}
        peak, began = 0, time.perf_counter()
        for done, (process, cpu, memory) in enumerate(
            pool.map(partial(one, out=Path(folder) / "out"), jobs, chunksize=8), 1
        ):
            spent[process], peak = cpu, max(peak, memory)
            if done % max(1, count // 10) == 0:
                wall = time.perf_counter() - began
                each = sum(spent.values()) / done * 1000
                print(
                    f"{done} 户，{wall:.0f} 秒，{done / wall:.1f} 户/秒，"
                    f"CPU {each:.1f} 毫秒/户，每个进程内存峰值 {peak / 1024:.0f} MB",
                    flush=True,
                )
        parent = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(f"主进程内存峰值 {parent / 1024:.0f} MB")


if __name__ == "__main__":
    main(*map(int, [*sys.argv[1:4], *("10000", "200", "2")[len(sys.argv) - 1 :]]))
