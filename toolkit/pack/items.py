"""Scoring kinds of the older 评分表 as pack data (评分项): steps, tiers, check lists and shares.

Each `[[scored]]` entry of a pack makes two or three names (比率 or 扣项, 得分), their Excel formulas, a row
of the form, and a sentence of working. Source: 部门整体支出绩效评价指标（评分）表, several provinces and years.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from toolkit.core.errors import PackError
from toolkit.core.money import plain, round_half_up
from toolkit.engines.formula import parse
from toolkit.pack.reading import BREACHES, POINTS, RATIO, SCORED, scored_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KINDS = ("steps", "tiers", "checklist", "share")

# 每超过一个百分点扣分: whole points begun, whole points completed, or in proportion.
_COUNTING = {"begun": "ROUNDUP({},0)", "completed": "ROUNDDOWN({},0)", "linear": "{}"}

_SIDES = {"over": "MAX(0,{r}-{l})", "under": "MAX(0,{l}-{r})", "both": "ABS({r}-{l})"}


@dataclass(frozen=True, slots=True)
class Tier:
    """分档: up to this ratio (or from it on) these points are earned."""

    bound: Decimal
    points: Decimal


@dataclass(frozen=True, slots=True)
class Scored:
    """One scored item (评分项). Ratios are fractions; `weight` and points in 分."""

    name: str
    levels: tuple[str, ...]
    weight: Decimal
    kind: str
    ratio: str
    limit: Decimal
    side: str
    step: Decimal
    deduct: Decimal
    count: str
    rising: bool
    tiers: tuple[Tier, ...]
    absent_full: bool
    text: str

    @property
    def ratio_name(self) -> str:
        """The name of the ratio, or of the number of breaches where these are counted."""
        return scored_name(self.name, BREACHES if self.kind == "checklist" else RATIO)

    @property
    def score_name(self) -> str:
        """The name of the points."""
        return scored_name(self.name, POINTS)


def read_scored(raw: Mapping[str, Any]) -> tuple[Scored, ...]:
    """The `[[scored]]` entries of a pack.

    Raises:
        PackError: an entry lacks something or names a kind that does not exist.
    """
    return tuple(_scored(entry) for entry in raw.get("scored", ()))


def _scored(entry: Mapping[str, Any]) -> Scored:
    where = f"pack.toml [[scored]] {entry.get('name', '（没有 name）')}"
    for key, allowed in (("kind", KINDS), ("count", tuple(_COUNTING)), ("side", tuple(_SIDES))):
        if key in entry and entry[key] not in allowed:
            raise PackError(f"{where}：{key} 只能是 {'、'.join(allowed)}，不能是“{entry[key]}”。")
    try:
        tiers = tuple(
            Tier(_number(t.get("up_to", t.get("from"))), _number(t["points"])) for t in entry.get("tiers", ())
        )
        return Scored(
            name=entry["name"],
            levels=tuple(entry["levels"]),
            weight=_number(entry["weight"]),
            kind=entry["kind"],
            ratio=entry.get("ratio", ""),
            limit=_number(entry.get("limit", 1)),
            side=entry.get("side", "over"),
            step=_number(entry.get("step", "0.01")),
            deduct=_number(entry.get("deduct", 1)),
            count=entry.get("count", "linear"),
            rising=any("from" in t for t in entry.get("tiers", ())),
            tiers=tuple(sorted(tiers, key=lambda t: t.bound)),
            absent_full=bool(entry.get("absent_full")),
            text=entry["text"],
        )
    except KeyError as error:
        raise PackError(f"{where}：缺少 {error}。") from None


def _number(value: object) -> Decimal:
    return Decimal(str(value))


def ratio_formula(one: Scored) -> str:
    """比率 as Excel text: blank as long as a figure is missing or the base is 0."""
    names = parse(one.ratio).names
    return f'IF(COUNT({",".join(names)})<{len(names)},"",IFERROR(ROUND({one.ratio},4),""))'


def points_formula(one: Scored) -> str:
    """得分 as Excel text."""
    ratio = one.ratio_name
    empty = plain(one.weight) if one.absent_full else '""'
    return f"IF(COUNT({ratio})=0,{empty},{_earned(one, ratio)})"


def _earned(one: Scored, ratio: str) -> str:
    weight = plain(one.weight)
    if one.kind == "checklist":
        return f"MAX(0,{weight}-{ratio}*{plain(one.deduct)})"
    if one.kind == "share":
        return f"ROUND(MAX(0,MIN(1,{ratio}))*{weight},2)"
    if one.kind == "tiers":
        return _tiers(one, ratio)
    gap = _SIDES[one.side].format(r=ratio, l=plain(one.limit))
    steps = _COUNTING[one.count].format(f"ROUND({gap}/{plain(one.step)},6)")
    return f"MAX(0,ROUND({weight}-{steps}*{plain(one.deduct)},2))"


def _tiers(one: Scored, ratio: str) -> str:
    formula = "0"
    for tier in one.tiers if one.rising else reversed(one.tiers):
        sign = ">=" if one.rising else "<="
        formula = f"IF({ratio}{sign}{plain(tier.bound)},{plain(tier.points)},{formula})"
    return formula


def working(one: Scored, ratio: Decimal | None, points: Decimal) -> str:
    """得分过程 as a sentence: 「比率 104.00%，比 100% 多 4.00 个百分点，每 1 个百分点扣 0.5 分，8 − 2 = 6」."""
    if ratio is None:
        return f"没有这一项，得满分 {plain(points)}"
    if one.kind == "checklist":
        return f"{plain(one.weight)} − {plain(ratio)} 项 × {plain(one.deduct)} = {plain(points)}"
    shown = f"比率 {round_half_up(ratio * 100, 2)}%"
    if one.kind == "share":
        return f"{shown}（不超过 100%）× {plain(one.weight)} = {plain(points)}"
    if one.kind == "tiers":
        return f"{shown}，按分档得 {plain(points)}"
    if points == one.weight:
        return f"{shown}，界限 {plain(one.limit * 100)}%，得满分 {plain(points)}"
    gap, step = round_half_up(abs(ratio - one.limit) * 100, 2), plain(one.step * 100)
    lost = plain(one.weight - points)
    return (
        f"{shown}，与 {plain(one.limit * 100)}% 相差 {gap} 个百分点，每 {step} 个百分点扣 {plain(one.deduct)} 分，"
        f"{plain(one.weight)} − {lost} = {plain(points)}"
    )


def with_scored(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A pack's TOML with what its scored items add: names, formulas, and parameters for forms and rules."""
    items = read_scored(raw)
    if not items:
        return dict(raw)
    ratios = [i for i in items if i.kind != "checklist"]
    names = {
        "rate": [i.ratio_name for i in ratios],
        "count": [i.ratio_name for i in items if i.kind == "checklist"],
        "score": [i.score_name for i in items],
    }
    computed = [*names["rate"], *names["score"]]
    formulas = {i.ratio_name: ratio_formula(i) for i in ratios} | {i.score_name: points_formula(i) for i in items}
    parameters = {
        "评分行": "\n".join(_rows(items)),
        "评分合计": f"SUM({','.join(i.score_name for i in items)})",
        "评分个数": f"COUNT({','.join(i.score_name for i in items)})",
        "评分项数": len(items),
        "评分满分": plain(sum((i.weight for i in items), Decimal(0))),
    }
    return {
        **raw,
        "names": [*raw.get("names", ()), {"title": SCORED, "names": names, "computed": computed}],
        "compute": {**raw["compute"], **formulas},
        "parameters": {**raw["parameters"], **parameters},
    }


def _rows(items: tuple[Scored, ...]) -> Iterator[str]:
    """Rows of the drawn 评分表: 一级 | 二级 | 三级 | 分值 | 比率或扣项 | 得分 | 评分办法."""
    for one in items:
        first, second = (*one.levels, "", "")[:2]
        cells = (first, second, one.name, plain(one.weight), f"[{one.ratio_name}]", f"[{one.score_name}]", one.text)
        yield "表@28> " + " | ".join(cells)
