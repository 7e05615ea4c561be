"""溯源 trace: where each figure comes from, the cell it was typed in or the formula that made it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from toolkit.cell_reading import as_text
from toolkit.compute import SCORED
from toolkit.formula import parse
from toolkit.money import plain
from toolkit.scored import read_scored, working

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.compute import Figures, UnitFigures
    from toolkit.model import UnitReturn
    from toolkit.pack import Pack

TYPED, COMPUTED, SUBMITTED = "填报", "计算", "填报（合计）"
_MAX_FORMULA = 160


def trace_rows(unit: UnitReturn, figures: UnitFigures, pack: Pack) -> list[dict[str, Any]]:
    """One row per figure of the unit: 范围, 名称, 数值, 来源, 依据."""
    del unit
    return [row for one in figures.all for row in _of_section(one, pack)]


def _of_section(figures: Figures, pack: Pack) -> Iterator[dict[str, Any]]:
    scope = figures.section.text("自评_项目名称") or figures.section.sheet or "整体"
    for name, datum in figures.computed.space.fields.items():
        cell = figures.section.fields[name]
        if datum.computed:
            yield from _computed(scope, name, figures, pack)
        elif isinstance(cell.value, Decimal):
            yield _row(scope, name, cell.value, TYPED, str(cell.ref))
    for table, spec in figures.computed.space.tables.items():
        for index, row in enumerate(figures.section.rows(table), 1):
            for column, cell in row.cells.items():
                if isinstance(cell.value, Decimal) and not spec.columns[column].computed:
                    yield _row(scope, f"{table}_{column}[{index}]", cell.value, TYPED, str(cell.ref))
    yield from _scores(scope, figures)


def _computed(scope: str, name: str, figures: Figures, pack: Pack) -> Iterator[dict[str, Any]]:
    value = figures.computed.content(name)
    if value is None:
        return
    item = next((i for i in read_scored(pack.raw) if i.score_name == name), None)
    if item and isinstance(value, Decimal):
        basis = working(item, figures.computed.number(item.ratio_name), value)
        yield _row(scope, name, value, COMPUTED, f"{item.name}：{basis}")
        return
    formula = pack.compute[name]
    if parse(formula).evaluate(figures.computed) == "":
        yield _row(scope, name, value, SUBMITTED, f"{figures.section.fields[name].ref}（明细没有填，采用填报的合计）")
        return
    operands = "，".join(f"{n}={_shown(figures.computed(n))}" for n in parse(formula).names[:6])
    text = formula if len(formula) <= _MAX_FORMULA else formula[:_MAX_FORMULA] + "…"
    yield _row(scope, name, value, COMPUTED, f"{text}　代入：{operands}")


def _scores(scope: str, figures: Figures) -> Iterator[dict[str, Any]]:
    table = next(t for t in figures.computed.space.tables if t in SCORED)
    for index, (row, score) in enumerate(zip(figures.section.rows(table), figures.computed.scores, strict=True), 1):
        if score.value is not None:
            yield _row(
                scope,
                f"{table}_得分[{index}]",
                score.value,
                COMPUTED,
                f"{row.text('三级指标')}：{score.working}",
            )


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        numbers = [v for v in value if isinstance(v, Decimal)]
        return f"[{len(numbers)} 个数，合计 {plain(sum(numbers, Decimal(0)))}]"
    return as_text(value) if isinstance(value, (Decimal, str)) and value != "" else "空"


def _row(scope: str, name: str, value: object, source: str, basis: str) -> dict[str, Any]:
    return {"范围": scope, "名称": name, "数值": value, "来源": source, "依据": basis}
