"""How time and memory grow with a return (增长): more project forms, as many texts and indicators more.

`python benchmarks/growth.py`: CPU seconds and memory of one `check` and one `run` for 50 to 300 project forms, each
with names and amounts of its own. What a form costs must not grow with the number of forms. Then milliseconds of CPU
in which a text of one repeated piece is read, four times as long each time, and in which clues are looked for.
"""

from __future__ import annotations

import copy
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any

from toolkit.audit.checks import Audit
from toolkit.audit.clues import clued
from toolkit.audit.judge import judge_text
from toolkit.audit.prose import proofread_file
from toolkit.core.light import replace
from toolkit.doors.cli.app import examples_home
from toolkit.pack import Rule, rule_text
from toolkit.pack.finding import default_pack, find_pack
from toolkit.pipeline import check_unit
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import parse_json, unit_from_json

if TYPE_CHECKING:
    from toolkit.unit import Figures

FORMS = (50, 100, 200, 300)
LISTED = 20  # rows that the table of projects has room for
LENGTHS = (2_000, 8_000, 32_000)
PIECES = (
    "（其中1万元",
    "其中：基本支出12.3万元，",
    "支出100万元，比上年增加10万元，增长11.1%，",
    "总分95分。",
    "12.34万元\n",
)


def with_forms(count: int) -> bytes:
    """The example with so many project forms."""
    data: dict[str, Any] = parse_json((examples_home() / "demo-unit" / "data.json").read_text("utf-8"))
    row, form = data["tables"]["项目"][0], data["project_forms"][0]
    data["tables"]["项目"], data["project_forms"] = [], []
    for number in range(count):
        name, code = f"第{number}号平台运行维护", f"9990{number:04d}"
        own = copy.deepcopy(form)
        own["fields"] |= {"自评_项目名称": name, "自评_项目编码": code, "自评_财政拨款_全年执行数": 100 + number / 7}
        for indicator in own["tables"]["自评指标"]:
            indicator["三级指标"] = f"{indicator['三级指标']}（{number}）"
        data["project_forms"].append(own)
        if number < LISTED:
            data["tables"]["项目"].append(row | {"名称": name, "编码": code})
    pack = find_pack(str(data["pack"]))
    return fill_workbook(unit_from_json(data, pack), pack)


def used(words: list[str], folder: str) -> tuple[float, int]:
    """CPU seconds and megabytes of one command."""
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - the name of a device
        child = subprocess.Popen(
            [sys.executable, "-m", "toolkit", *words], cwd=folder, env=env, stdout=nowhere, stderr=nowhere
        )
        _, _, found = os.wait4(child.pid, 0)
    child.returncode = 0
    return found.ru_utime + found.ru_stime, found.ru_maxrss // 1024


def read_in(piece: str, length: int, folder: Path) -> float:
    """Milliseconds for a report of so many characters, one piece again and again."""
    path = folder / "报告.txt"
    path.write_text((piece * length)[:length], "utf-8")
    start = process_time()
    proofread_file(path, default_pack(), None, "")
    return (process_time() - start) * 1000


def clues_in() -> float:
    """Milliseconds for the clues of the example that has two wrong sums."""
    checked = check_unit(examples_home() / "yiyang-sfj-2023" / "填报表.xlsx")
    bare = [replace(f, clues=()) for f in checked.result.findings]
    context = Audit(checked.unit, checked.figures, checked.pack)

    def judged(rule: Rule, figures: Figures) -> str:
        return judge_text(rule_text(rule, checked.pack.dictionary), figures.filed).verdict

    start = process_time()
    clued(bare, context, judged)
    return (process_time() - start) * 1000


def main() -> None:
    """Print a line for each command and number of forms, for each repeated piece, and for the clues."""
    with tempfile.TemporaryDirectory() as folder:
        for count in FORMS:
            (Path(folder) / f"{count}.xlsx").write_bytes(with_forms(count))
            for words in (["check", f"{count}.xlsx"], ["run", f"{count}.xlsx", "-o", f"出{count}"]):
                seconds, memory = used(words, folder)
                each = f"每张 {seconds / count * 1000:.0f} 毫秒"
                print(f"{words[0]:6} {count:4} 张项目表 {seconds:6.2f} 秒 {memory:4} MB，{each}")
        for piece in PIECES:
            taken = [f"{length} 字 {read_in(piece, length, Path(folder)):.0f} 毫秒" for length in LENGTHS]
            print(f"“{piece.strip()}”反复：{'，'.join(taken)}")
    print(f"查错线索：一户 {sorted(clues_in() for _ in range(9))[4]:.1f} 毫秒")


if __name__ == "__main__":
    main()
