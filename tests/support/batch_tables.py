"""Batches as text tables (汇总用例): a roster and its returns in a few lines, without a single workbook.

Roster: `代码 | 名称 | 上级 | 类型`. Returns: `文件 | 代码 | 名称 | 总分 | 执行数 | 其他`, the last one `键=值` parts:
`规则包`, `日期`, `时间`, `主管部门`, `结论`, `预算数`, `编制数`, `项目=编码:名称:金额`（后加 `:不公开`）,
`读不了`, `其他表样`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from toolkit.batch.collect.checks import audit_batch
from toolkit.batch.collect.files import FoundFiles
from toolkit.batch.collect.records import DONE, OTHER_PACK, UNREADABLE, Project, UnitRecord
from toolkit.batch.collect.roster import Roster, RosterUnit
from toolkit.batch.run import consolidated
from toolkit.pack.finding import default_pack
from toolkit.pack.settings import batch_settings

if TYPE_CHECKING:
    from toolkit.batch.collect.tree import Batch
    from toolkit.core.findings import AuditResult

PACK = default_pack()
SETTINGS = batch_settings(PACK)
_FIGURES = {"执行数": SETTINGS.weight, "预算数": SETTINGS.budget, "编制数": "人员_编制数"}


def cells(line: str, count: int) -> list[str]:
    """The cells of a line, filled up to `count`."""
    return ([c.strip() for c in line.split("|")] + [""] * count)[:count]


def roster_of(table: str) -> Roster | None:
    """A roster from a table; None from an empty one."""
    lines = [line for line in table.strip().splitlines() if line.strip()]
    units = [_unit(line, row) for row, line in enumerate(lines, 2)]
    return Roster(tuple(units), "单位名册.xlsx") if units else None


def _unit(line: str, row: int) -> RosterUnit:
    code, name, parent, kind = cells(line, 4)
    return RosterUnit(code, name, parent, kind or "下属", row)


def record_of(line: str) -> UnitRecord:
    """A return from a line."""
    file, code, name, total, spent, more = cells(line, 6)
    options = [part.split("=", 1) for part in more.split() if "=" in part]
    given = {key: value for key, value in options if key != "项目"}
    if "读不了" in more.split() or "其他表样" in more.split():
        return UnitRecord(file, UNREADABLE if "读不了" in more else OTHER_PACK, "打不开")
    figures = {_FIGURES[k]: Decimal(v) for k, v in {"执行数": spent, **given}.items() if k in _FIGURES and v}
    return UnitRecord(
        file=file,
        outcome=DONE,
        folder=f"{code}_{name}",
        feedback="审核反馈.xlsx",
        code=code,
        name=name,
        department=given.get("主管部门", ""),
        filled_on=given.get("日期", "2024-05-20"),
        modified=float(given.get("时间", 0)),
        pack=given.get("规则包", PACK.id),
        year=PACK.year,
        verdict=given.get("结论", "clean"),
        completeness=(int(given.get("已填", "0")), int(given.get("应填", "0"))),
        total=Decimal(total) if total else None,
        grade=PACK.scoring.grade(Decimal(total)) if total else "",
        figures=tuple(figures.get(n) for n in SETTINGS.names),
        projects=tuple(_project(value) for key, value in options if key == "项目"),
    )


def _project(text: str) -> Project:
    code, name, spent, *more = text.split(":")
    return Project(code, name, Decimal(spent) if spent else None, "不公开" in more, "「项目支出明细」B8")


def batch_of(roster: str, returns: str) -> Batch:
    """A consolidated batch from two tables."""
    records = [record_of(line) for line in returns.strip().splitlines() if line.strip()]
    return consolidated(records, FoundFiles((), (), ()), roster_of(roster), PACK)


def judged(roster: str, returns: str) -> tuple[Batch, AuditResult]:
    """The batch and what E80–E85 say of it."""
    batch = batch_of(roster, returns)
    return batch, audit_batch(batch)


def answer(result: AuditResult, rule: str) -> str:
    """通过, 不符 or 未检查."""
    if any(f.rule == rule for f in result.findings):
        return "不符"
    return "通过" if rule in result.passed else "未检查"


def line_of(batch: Batch, label: str) -> dict[str, Any]:
    """The sums of one line of 汇总, by name, with the score figures."""
    for node, figures in zip(batch.nodes, batch.figures, strict=True):
        if node.label == label:
            sums = dict(zip(SETTINGS.names, figures.sums, strict=True))
            filled = dict(zip(SETTINGS.names, figures.filled, strict=True))
            return {"node": node, "figures": figures, "sums": sums, "filled": filled}
    raise KeyError(label)
