"""Every door (各个入口) before one mutant: in this process, a fork for each case, with bounds on time and memory.

python tests/fuzz/fuzz_doors.py --seconds 3600 --seed 1
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import os
import resource
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1] / "support"), str(Path(__file__).parents[2])]

import pytest
from batch_folder import here
from fuzz_mutants import evidence, json_text, lay_pack, official, package, prose, report, seeds, table, toml, workbook

if TYPE_CHECKING:
    from collections.abc import Callable

    from toolkit.doors.watch import Looked

CPU, MEMORY = 20, 2**30  # seconds, bytes
_LONG = ("pack build", "pack import")  # what these load is less than what they take
ALLOWED = frozenset({0, 1, 2, 3, 5})
CHILD_DIED = 99


@dataclass(frozen=True, slots=True)
class Door:
    """One way in: what kind of file, and the words of the command; {} is the file, {o} a place for results."""

    suffix: str
    make: Callable[[Random], bytes]
    words: str
    name: str = "件"


DOORS = (
    Door(".xlsx", workbook, "check {}"),
    Door(".xlsx", workbook, "check {} --json"),
    Door(".xlsx", workbook, "run {} -o {o} --public --review"),
    Door(".xlsx", workbook, "export {}"),
    Door(".xlsx", workbook, "recalc {} -o {o}.xlsx"),
    Door(".xlsx", workbook, "explain {} 整体_总分"),
    Door(".xlsx", workbook, "batch {d} -o {o} --public"),
    Door(".xlsm", lambda luck: package(luck, seeds()[2]), "recalc {} --in-place"),
    Door(".xlsx", workbook, "check good.xlsx --last-year {}"),
    Door(".xlsx", workbook, "batch good -o {o} --roster {}"),
    Door(".json", json_text, "fill {} -o {o}.xlsx"),
    Door(".docx", lambda luck: package(luck, report()), "proofread {}"),
    Door(".txt", prose, "proofread {}"),
    Door(".xlsx", workbook, "run {} -o {o} --html --last-year good.xlsx"),
    Door(".xlsx", workbook, "batch {d} -o {o} --returns"),
    Door(".xlsx", workbook, "move {} -o {o}.xlsx"),
    Door(".csv", table, "move {} -o {o}.xlsx"),
    Door(".docx", lambda luck: package(luck, report()), "move {} -o {o}.xlsx"),
    Door(".xlsx", workbook, "compare good.xlsx {} -o {o}.xlsx"),
    Door(".xlsx", workbook, "compare {} good.xlsx --json"),
    Door(".xlsx", workbook, "forms {} -o {o}.xlsx"),
    Door(".xlsx", workbook, "new --from {} -o {o}.xlsx"),
    Door(".toml", toml, "pack check in/包"),
    Door(".toml", toml, "check good.xlsx --pack in/包"),
    Door(".toml", toml, "pack diff in/包 hunan-2023"),
    Door(".xlsx", workbook, "pack replay in --pack hunan-2023"),
    Door(".xlsx", workbook, "proofread good.docx --against {}"),
    Door(".docx", lambda luck: package(luck, report()), "proofread {} --against good.xlsx"),
    Door(".docx", lambda luck: package(luck, report()), "run good.xlsx -o {o} --keep-edits", "自评报告"),
    Door(".xlsx", workbook, "evidence {} --folder in -o {o}.xlsx"),
    Door(".xlsx", lambda luck: package(luck, evidence()), "evidence good.xlsx --folder in -o {o}.xlsx", "佐证清单"),
    Door(".xlsx", workbook, "batch {d} -o {o} --evidence"),
    Door(".xlsx", workbook, "new --from good.xlsx --export {} -o {o}.xlsx"),
    Door(".csv", table, "new --export {} -o {o}.xlsx"),
    Door(".docx", lambda luck: package(luck, report()), "new --export {} -o {o}.xlsx"),
    Door(".xlsx", lambda luck: package(luck, official()), "pack import {} --id made -o {o}"),
    Door(".toml", toml, "pack build in/包 --document"),
    Door(".docx", lambda luck: package(luck, report()), "pdf {} -o {o}"),
    Door(".xlsx", workbook, "pdf {} -o {o}"),
    Door(".xlsx", workbook, "watch {d}"),
)


@dataclass(frozen=True, slots=True)
class Fall:
    """A mutant that a door did not stand: which, how, and what was said."""

    seed: int
    door: str
    what: str
    told: str

    @property
    def kind(self) -> str:
        """The same for faults of the same place."""
        lines = [line for line in self.told.splitlines() if line.strip()]
        places = [line.strip() for line in lines if "/toolkit/" in line and line.strip().startswith("File")]
        place = places[-1].rpartition("/toolkit/")[2] if places else ""
        return f"{self.what} | {lines[-1][:120] if lines else ''} | {place}"


def try_case(seed: int, folder: Path, keep: Path | None = None) -> Fall | None:
    """Make mutant `seed`, show it to its door, and tell what fell."""
    luck = Random(seed)
    door = DOORS[luck.randrange(len(DOORS))]
    place = folder / f"c{seed}"
    (place / "good").mkdir(parents=True)
    (place / "in").mkdir()
    (place / "good" / "好.xlsx").write_bytes(seeds()[0])
    shutil.copy(place / "good" / "好.xlsx", place / "good.xlsx")
    (place / "good.docx").write_bytes(report())
    mutant = place / "in" / f"{door.name}{door.suffix}"
    mutant.write_bytes(door.make(luck))
    if "--keep-edits" in door.words:
        mutant = lay_results(place / "out", mutant)
    if door.suffix == ".toml":
        lay_pack(place / "in" / "包", mutant.read_bytes())
    before = hashlib.sha256(mutant.read_bytes()).digest()
    words = _words_of(door)
    fall = _watched(seed, door, words, place)
    if (
        fall is None
        and not {"--in-place", "--keep-edits"} & set(words)
        and hashlib.sha256(mutant.read_bytes()).digest() != before
    ):
        fall = Fall(seed, door.words, "input changed", "")
    if fall is None and list(place.rglob("*.tmp")):
        fall = Fall(seed, door.words, "leftover", str(list(place.rglob("*.tmp"))))
    if fall and keep:
        keep.mkdir(parents=True, exist_ok=True)
        shutil.copy(mutant, keep / f"{seed}{door.suffix}")
        (keep / f"{seed}.log").write_text(f"{door.words}\n{fall.what}\n{fall.told}", "utf-8")
    shutil.rmtree(place, ignore_errors=True)
    return fall


def _words_of(door: Door) -> list[str]:
    named = door.words.replace("{}", f"in/{door.name}{door.suffix}").replace("{d}", "in").replace("{o}", "out")
    return named.split()


def _watched(seed: int, door: Door, words: list[str], place: Path) -> Fall | None:
    said = place / "said.txt"
    child = os.fork()
    if not child:
        _be_the_command(words, place, said)
    _, status, used = os.wait4(child, 0)
    told = said.read_text("utf-8", "replace") if said.exists() else ""
    told += "".join(p.read_text("utf-8", "replace") for p in place.rglob("*.log"))
    code = os.waitstatus_to_exitcode(status)
    if code not in ALLOWED:
        return Fall(seed, door.words, f"exit {code}", told[-6000:])
    if "Traceback" in told or "程序内部出错" in told or "RUST_BACKTRACE" in told:
        return Fall(seed, door.words, "fault", told[-6000:])
    if used.ru_utime + used.ru_stime > CPU:
        return Fall(seed, door.words, "slow", told[-500:])
    return None


def _be_the_command(words: list[str], place: Path, said: Path) -> None:
    """In the child: the command itself, its words in a file, bounded."""
    code = CHILD_DIED
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU + 2))
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.chdir(place)
        tempfile.tempdir = str(place)
        out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(out, 1)
        os.dup2(out, 2)
        code = _command(words)
    finally:
        os._exit(code)


def _command(words: list[str]) -> int:
    from toolkit.doors.cli.app import cli
    from toolkit.doors.cli.chinese import run

    sys.stdout, sys.stderr = (open(n, "w", encoding="utf-8", closefd=False) for n in (1, 2))  # noqa: SIM115
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["jixiao", *words])
        patch.setattr("toolkit.doors.cli.commands.batch._engine", lambda *_: here)
        patch.setattr("toolkit.engines.office._converted", lambda *_: [b"%PDF-1.7\n%%EOF\n"])  # the rest takes seconds
        patch.setattr("toolkit.doors.watch.watch_folder", _looked_once)
        try:
            run(cli)
        except SystemExit as ended:
            return ended.code if isinstance(ended.code, int) else CHILD_DIED
        except BaseException:  # noqa: BLE001 - told to the parent, whatever it is
            import traceback

            traceback.print_exc()
    sys.stderr.flush()
    return CHILD_DIED


def _looked_once(folder: Path, tell: Callable[[Looked], None]) -> None:
    """What `watch` does when everything in a folder has been saved."""
    from toolkit.doors.watch import Watcher

    watcher = Watcher(quiet=0)
    watcher.notice(sorted(folder.iterdir()), 0)
    for path in watcher.due(1):
        looked = watcher.look(path)
        if looked:
            tell(looked)


def hunt(
    first: int, seconds: float, folder: Path, keep: Path | None = None, most: int = 10**9
) -> tuple[int, list[Fall]]:
    """Mutants from seed `first` on, until the time or their number is up; one fall of each kind."""
    seeds(), report()  # made once, before the forks
    _warm()
    falls: dict[str, Fall] = {}
    end, seed = time.monotonic() + seconds, first
    while time.monotonic() < end and seed < first + most:
        fall = try_case(seed, folder, keep)
        if fall:
            if fall.kind not in falls:
                print(f"{fall.seed}: {fall.door}: {fall.kind}", flush=True)
            falls.setdefault(fall.kind, fall)
        seed += 1
    return seed - first, list(falls.values())


@cache
def results() -> dict[str, bytes]:
    """What a run of the right workbook wrote, by where it lies."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "good.xlsx").write_bytes(seeds()[0])
        _in_silence(Path(folder), "run good.xlsx -o out --keep-edits")
        home = Path(folder) / "out"
        return {str(p.relative_to(home)): p.read_bytes() for p in home.rglob("*") if p.is_file()}


def lay_results(home: Path, mutant: Path) -> Path:
    """These results, and the report among them changed by hand."""
    changed = home
    for name, data in results().items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(mutant.read_bytes() if path.name == mutant.name else data)
        changed = path if path.name == mutant.name else changed
    return changed


def _warm() -> None:
    """Go through every door once with right files: what a command loads and keeps costs its fork nothing."""
    results()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        for folder in ("in", "good"):
            (place / folder).mkdir()
        for path, data in {"good.xlsx": seeds()[0], "good/好.xlsx": seeds()[0], "good.docx": report()}.items():
            (place / path).write_bytes(data)
        lay_pack(place / "in" / "包", b"")
        for door in (door for door in DOORS if not door.words.startswith(_LONG)):
            mutant = place / "in" / f"{door.name}{door.suffix}"
            mutant.write_bytes(door.make(Random(1)))
            _in_silence(place, " ".join(_words_of(door)))
            if door.suffix != ".toml":
                mutant.unlink()
    gc.collect()
    gc.freeze()


def _in_silence(place: Path, words: str) -> None:
    """A command in this very process, its words unheard."""
    back, out, err, streams = Path.cwd(), os.dup(1), os.dup(2), (sys.stdout, sys.stderr)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.chdir(place)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        _command(words.split())
    finally:
        sys.stdout, sys.stderr = streams
        os.dup2(out, 1)
        os.dup2(err, 2)
        for number in (out, err, nowhere):
            os.close(number)
        os.chdir(back)


def main() -> None:
    """`make fuzz`."""
    words = argparse.ArgumentParser()
    words.add_argument("--seconds", type=float, default=3600)
    words.add_argument("--seed", type=int, default=int(time.time()))
    words.add_argument("--one", action="store_true", help="only this seed, and what was said")
    words.add_argument("--keep", type=Path, default=Path("输出示例/fuzz"))
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        count, falls = hunt(given.seed, given.seconds, Path(folder), given.keep, 1 if given.one else 10**9)
    print(f"{count} mutants from seed {given.seed}, {len(falls)} kinds of falls; kept in {given.keep}")
    for fall in falls if given.one else ():
        print(fall.told)
    sys.exit(bool(falls))


if __name__ == "__main__":
    main()
