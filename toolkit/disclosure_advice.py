"""What to tell a person about a hole (泄露口的说明): how much follows, and what closes it, in their words."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from toolkit.audit_answers import shorten
from toolkit.disclosure_settings import disclosure_settings
from toolkit.money import round_half_up

if TYPE_CHECKING:
    from fractions import Fraction

    from toolkit.disclosure import Project
    from toolkit.disclosure_holes import Hole, Proposal
    from toolkit.model import UnitReturn
    from toolkit.pack import Pack

_COLUMNS = ("数",)  # 本年决算数, 全年执行数 …: the last part of a name that is only its column
_SHOWN_ROWS = 8


def decimal_of(number: Fraction) -> Decimal:
    """An exact fraction as a decimal figure."""
    return Decimal(number.numerator) / Decimal(number.denominator)


def hole_text(hole: Hole, unit: str) -> str:
    """全年执行数为 263.20 万元; or the range that readers can work out."""
    low, high = hole.bounds.low, hole.bounds.high
    if hole.bounds.exact and low is not None:
        return f"{hole.column}为 {_shown(low)} {unit}"
    if high is None:
        return f"{hole.column}不低于 {_shown(low or hole.value)} {unit}，与实际数相差不足"
    return f"{hole.column}在 {_shown(low or high - high)} 至 {_shown(high)} {unit}之间，离实际数太近"


def _shown(number: Fraction) -> str:
    return str(round_half_up(decimal_of(number), 2))


def advice(proposal: Proposal | None, unit: UnitReturn, pack: Pack, *, more_rows: bool) -> str:
    """The proposal as a sentence; the person decides in the workbook. `more_rows`: there were rows to merge."""
    settings = disclosure_settings(pack)
    if proposal is None:
        return "公开其他数就会泄露这些金额，请与保密审查人员商定是否公开"
    if proposal.rows:
        place = next((p.row.cells.get(settings.way_column) for p in proposal.rows), None)
        how = "行数最少的办法" if proposal.smallest else "一种可行的办法"
        where = f"（{place.ref} 等格）" if place and len(proposal.rows) > 1 else f"（{place.ref}）" if place else ""
        return f"{how}：把{_rows(proposal.rows)}的“{settings.way_column}”{where}改选“{settings.merged}”，再生成公开版"
    words = "、".join(dict.fromkeys(_word(name) for name in proposal.fields))
    field = unit.book.fields.get(settings.more_field)
    where = f"（{field.ref}）" if field else ""
    why = "把其他项目都合并进来也掩盖不了" if more_rows else "没有别的项目可以合并"
    return f"{why}。一种可行的办法：在“公开版另外不公开的数”{where}写“{words}”，再生成公开版"


def _rows(rows: tuple[Project, ...]) -> str:
    named = "、".join(f"第 {p.index + 1} 行“{shorten(p.name)}”" for p in rows[:_SHOWN_ROWS])
    return f"{named}等 {len(rows)} 行" if len(rows) > _SHOWN_ROWS else named


def _word(name: str) -> str:
    """基础_业务工作经费_本年决算数 → 业务工作经费; 整体_支出_基本支出 → 基本支出."""
    parts = name.split("_")
    return parts[-2] if parts[-1].endswith(_COLUMNS) and len(parts) > 2 else parts[-1]  # noqa: PLR2004
