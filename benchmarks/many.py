"""A long run (长跑): `python benchmarks/many.py [UNITS] [DIFFERENT] [JOBS]` through `jixiao batch`.

UNITS workbooks are copies of DIFFERENT seeded ones, each under a code and a name of its own. Printed: wall and CPU per
unit with everything that a batch does (summary and bulletin too), and the peak memory of the parent and of its workers.
"""

from __future__ import annotations

import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from make_units import make_units

from toolkit.engines.xlsx.zip import inflate, replace_parts

_NAME, _CODE = re.compile(r"中心\d+（示例）"), re.compile(r">8\d{5}(?=[<-])")
_PROJECT = re.compile("政务(?=数据)|数字化(?=服务)")
_FIRST_CODE = 800000
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


def copy(data: bytes, number: int) -> bytes:
    """The same workbook as another unit's."""
    sheets = {n: d.decode() for n, d in inflate(data).items() if "/worksheets/sheet" in n}
    return replace_parts(data, {n: made.encode() for n, s in sheets.items() if (made := _renamed(s, number)) != s})


def _renamed(text: str, number: int) -> str:
    """Code, name and projects of its own: the same project of two units would be a finding (E82)."""
    coded = _CODE.sub(f">{_FIRST_CODE + number}", _NAME.sub(f"中心{number}（示例）", text))
    return _PROJECT.sub(lambda m: f"{m[0]}{number}号", coded)


def make_many(folder: Path, count: int, different: int) -> None:
    """UNITS workbooks in folders of a hundred."""
    originals = [path.read_bytes() for path in make_units(folder / "底稿", different)]
    for number in range(count):
        place = folder / "报送" / f"{number // 100:03}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:05}.xlsx").write_bytes(copy(originals[number % different], number))


def peaks(process: int) -> dict[int, int]:
    """Peak memory in KB of a process and of its children (Linux: /proc)."""
    children = Path(f"/proc/{process}/task/{process}/children")
    found = {}
    try:
        for one in [process, *map(int, children.read_text().split())]:
            if match := _PEAK.search(Path(f"/proc/{one}/status").read_text()):
                found[one] = int(match[1])
    except OSError:  # it has just ended
        pass
    return found


def main(count: int, different: int, jobs: int) -> None:
    """Make, run, and print what it took."""
    with tempfile.TemporaryDirectory(prefix="jixiao-many-") as name:
        folder = Path(name)
        make_many(folder, count, different)
        command = [sys.executable, "-m", "toolkit", "batch", str(folder / "报送"), "-o", str(folder / "结果")]
        began, highest = time.perf_counter(), dict[int, int]()
        with (folder / "过程.txt").open("w") as log:
            running = subprocess.Popen([*command, "--jobs", str(jobs)], stdout=log, stderr=log)
            while running.poll() is None:
                highest |= peaks(running.pid)
                time.sleep(1)
        wall, used = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        done = sum(1 for _ in (folder / "结果").glob("*/result.json"))
        parent = highest.pop(running.pid)
        cpu = used.ru_utime + used.ru_stime
        print(f"{count} 户（底稿 {different} 种），做完 {done} 户，退出码 {running.returncode}")
        print(f"{wall:.0f} 秒，{count / wall:.1f} 户/秒（{jobs} 个进程）")
        print(f"CPU {cpu:.0f} 秒，每户 {cpu / count * 1000:.1f} 毫秒，含汇总表和通报")
        print(f"内存峰值：父进程 {parent / 1024:.0f} MB，工作进程 {max(highest.values()) / 1024:.0f} MB")


if __name__ == "__main__":
    main(*map(int, [*sys.argv[1:4], *("10000", "200", "2")[len(sys.argv) - 1 :]]))
