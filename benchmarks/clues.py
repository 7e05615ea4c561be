"""查错线索: what the clues of one unit cost, in CPU time, best of several. Run: python benchmarks/clues.py."""

from __future__ import annotations

import json
import time
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from toolkit.audit.checks import Audit
from toolkit.audit.clues import clued, with_causes
from toolkit.audit.judge import audit, judge_text
from toolkit.pack import Rule, default_pack, rule_text
from toolkit.unit.exchange import unit_from_json
from toolkit.unit.figures import compute

if TYPE_CHECKING:
    from toolkit.unit import Figures

DEMO = Path(__file__).parents[1] / "examples" / "demo-unit" / "data.json"
TURNS = 7
# One slip each: transposed, shifted, a digit, left blank, in a row, on a form, an indicator's points.
SLIPS: tuple[tuple[str, Any], ...] = (
    ("整体_支出_项目支出", "350.97"),
    ("整体_支出_基本支出", "5768.3"),
    ("整体_全年执行数", "822.8"),
    ("支出_工资福利", None),
    ("收支_年末结转", "12.3"),
    ("基础_业务工作经费_本年决算数", "112.42"),
    ("人员_行政编制数", "21"),
)


def main() -> None:
    """Print the time of each slip's clues."""
    pack, data = default_pack(), json.loads(DEMO.read_text("utf-8"))
    spent = []
    for name, value in SLIPS:
        broken = deepcopy(data)
        broken["fields"][name] = value
        unit = unit_from_json(broken, pack)
        figures = compute(unit, pack)
        found = audit(unit, figures, pack).findings
        bare = [replace(f, clues=()) for f in found]

        def judged(rule: Rule, view: Figures) -> str:
            return judge_text(rule_text(rule, pack.dictionary), view.filed).verdict

        best = min(_once(bare, Audit(unit, figures, pack), judged) for _ in range(TURNS))
        spent.append(best)
        clues = sum(len(f.clues) for f in found)
        print(f"{name}={value or ''}  {best * 1000:.2f} ms  {len(found)} findings, {clues} clues")
    print(f"median {median(spent) * 1000:.2f} ms, most {max(spent) * 1000:.2f} ms a unit")


def _once(bare: list[Any], context: Audit, judged: Any) -> float:  # noqa: ANN401 - a function
    began = time.process_time()
    clued(with_causes(bare, context), context, judged)
    return time.process_time() - began


if __name__ == "__main__":
    main()
