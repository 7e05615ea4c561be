"""Scoring kinds as pack data (评分项): by a ratio, by a choice, by counted breaches, or as staff give points.

Each `[[scored]]` entry of a pack makes two or three names (what the points come from, 理由, 得分), their Excel
formulas, a row of the form, and a sentence of working. The same text is worked out in Excel and here.
Source: 部门整体支出绩效评价指标（评分）表, several provinces and years.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from toolkit.core.dictionary import Kind
from toolkit.core.errors import PackError
from toolkit.core.light import dataclass
from toolkit.core.money import plain, round_half_up
from toolkit.engines.formula import parse
from toolkit.pack.reading import (
    ADDED,
    BREACHES,
    CHOSEN,
    GIVEN,
    POINTS,
    RATIO,
    REASON,
    SCORED,
    SCORED_ITEMS,
    TAKEN,
    scored_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from toolkit.core.model import Content

# Kind → the name of what the points come from, and what that is; points that people give want a reason.
KINDS: Mapping[str, tuple[str, Kind]] = MappingProxyType(
    {
        **dict.fromkeys(("steps", "tiers", "share", "linear"), (RATIO, Kind.RATE)),
        "checklist": (BREACHES, Kind.COUNT),
        "choice": (CHOSEN, Kind.CHOICE),
        "direct": (GIVEN, Kind.SCORE),
        "typed": (POINTS, Kind.SCORE),
        "deduction": (TAKEN, Kind.SCORE),
        "bonus": (ADDED, Kind.SCORE),
    }
)

_FEWEST = 2  # options of a choice, points of a line

_REASONED = frozenset({"direct", "deduction", "bonus"})

_TYPED = "typed"  # the form has one column for the points, and people fill it in; a reason where it has one for that

_IN_POINTS = _REASONED | {_TYPED}  # people write points, which have bounds

_GIVEN_BY_HAND = frozenset({"checklist", "choice", "direct", "deduction", _TYPED})  # a bonus need not be given

# 每超过一个百分点扣分: whole points begun, whole points completed, or in proportion.
_COUNTING = {"begun": "ROUNDUP({},0)", "completed": "ROUNDDOWN({},0)", "linear": "{}"}

_SIDES = {"over": "MAX(0,{r}-{l})", "under": "MAX(0,{l}-{r})", "both": "ABS({r}-{l})"}


@dataclass(frozen=True, slots=True)
class Tier:
    """分档: up to this ratio (or from it on, or at it) these points are earned."""

    bound: Decimal
    points: Decimal


@dataclass(frozen=True, slots=True)
class Option:
    """A word to choose, and the points it earns (选项)."""

    word: str
    points: Decimal


@dataclass(frozen=True, slots=True)
class Scored:
    """One scored item (评分项). Ratios are fractions; `weight` and points in 分; `cap` is the most of a bonus."""

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
    options: tuple[Option, ...]
    cap: Decimal
    absent_full: bool
    text: str
    reasoned: bool = False

    @property
    def ratio_name(self) -> str:
        """The name of what the points come from: the ratio, the choice, the number of breaches, the points given."""
        return scored_name(self.name, KINDS[self.kind][0])

    @property
    def reason_name(self) -> str:
        """The name of the reason for points that people give; "" for all other kinds."""
        return scored_name(self.name, REASON) if self.kind in _REASONED or self.reasoned else ""

    @property
    def given_name(self) -> str:
        """The name of the points that people write; "" where they are reckoned, chosen or counted."""
        return self.ratio_name if self.kind in _IN_POINTS else ""

    @property
    def unusual(self) -> str:
        """As Excel text: whether the points that people write want a reason."""
        lower = self.kind in {"direct", _TYPED}
        return f"{self.ratio_name}<{plain(self.weight)}" if lower else f"{self.ratio_name}>0"

    @property
    def most(self) -> Decimal:
        """The most points that the entry's own words can give."""
        given = [t.points for t in self.tiers] + [o.points for o in self.options]
        return max(given, default=self.weight)

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
    for key, allowed in (("kind", tuple(KINDS)), ("count", tuple(_COUNTING)), ("side", tuple(_SIDES))):
        if key in entry and entry[key] not in allowed:
            raise PackError(f"{where}：{key} 只能是 {'、'.join(allowed)}，不能是“{entry[key]}”。")
    if fault := _lacking(entry):
        raise PackError(f"{where}：{fault}")
    try:
        tiers = tuple(
            Tier(_number(t.get("up_to", t.get("from", t.get("at")))), _number(t["points"]))
            for t in entry.get("tiers", ())
        )
        return Scored(
            name=entry["name"],
            levels=tuple(entry["levels"]),
            weight=_number(0 if entry["kind"] == "bonus" else entry["weight"]),
            kind=entry["kind"],
            ratio=entry.get("ratio", ""),
            limit=_number(entry.get("limit", 1)),
            side=entry.get("side", "over"),
            step=_number(entry.get("step", "0.01")),
            deduct=_number(entry.get("deduct", 1)),
            count=entry.get("count", "linear"),
            rising=any("from" in t for t in entry.get("tiers", ())),
            tiers=tuple(sorted(tiers, key=lambda t: t.bound)),
            options=tuple(Option(o["word"], _number(o["points"])) for o in entry.get("options", ())),
            cap=_number(entry["cap"]) if entry["kind"] == "bonus" else Decimal(0),
            absent_full=bool(entry.get("absent_full")),
            text=entry["text"],
            reasoned=entry["kind"] == _TYPED and bool(entry.get("reason")),
        )
    except KeyError as error:
        raise PackError(f"{where}：缺少 {error}。") from None


def _lacking(entry: Mapping[str, Any]) -> str:
    """What an entry lacks that its kind cannot do without."""
    kind, steps, options = entry.get("kind"), entry.get("tiers", ()), entry.get("options", ())
    words = [str(o.get("word", "")) for o in options]
    if kind == "choice" and (len(options) < _FEWEST or len(set(words)) < len(words)):
        return 'options 至少写两个不同的选项，例如 { word = "是", points = 5 }。'
    if any('"' in word or not word for word in words):
        return "options 的 word 不能空着，也不能有英文引号。"
    bounds = {_number(t["at"]) for t in steps if "at" in t}
    if kind == "linear" and not _FEWEST <= len(steps) == len(bounds):
        return 'tiers 至少写两个不同的点，例如 { at = "0.6", points = 0 }。'
    return "tiers 至少写一档。" if kind == "tiers" and not steps else ""


def _number(value: object) -> Decimal:
    return Decimal(str(value))


def ratio_formula(one: Scored) -> str:
    """比率 as Excel text: blank as long as a figure is missing or the base is 0."""
    names = parse(one.ratio).names
    return f'IF(COUNT({",".join(names)})<{len(names)},"",IFERROR(ROUND({one.ratio},4),""))'


def points_formula(one: Scored) -> str:
    """得分 as Excel text."""
    basis = one.ratio_name
    empty = "0" if one.kind == "bonus" else plain(one.weight) if one.absent_full else '""'
    blank = f"LEN({basis})=0" if one.kind == "choice" else f"COUNT({basis})=0"
    return f"IF({blank},{empty},{_given(one, basis) if one.kind in _IN_POINTS else _earned(one, basis)})"


def _given(one: Scored, points: str) -> str:
    """Points that people give, take or add: without a reason for what is not usual there are none."""
    earned = {
        _TYPED: f"MIN({plain(one.weight)},{points})",
        "direct": f"MIN({plain(one.weight)},{points})",
        "deduction": f"{plain(one.weight)}-MAX(0,{points})",
        "bonus": f"MIN({plain(one.cap)},{points})",
    }[one.kind]
    rounded = f"ROUND(MAX(0,{earned}),2)"
    return rounded if one.kind == _TYPED else f'IF(AND({one.unusual},LEN({one.reason_name})=0),"",{rounded})'


def _earned(one: Scored, ratio: str) -> str:
    weight = plain(one.weight)
    if one.kind == "checklist":
        return f"MAX(0,{weight}-{ratio}*{plain(one.deduct)})"
    if one.kind == "share":
        return f"ROUND(MAX(0,MIN(1,{ratio}))*{weight},2)"
    if one.kind == "tiers":
        return _tiers(one, ratio)
    if one.kind == "choice":
        return _chosen(one, ratio)
    if one.kind == "linear":
        return _between(one, ratio)
    gap = _SIDES[one.side].format(r=ratio, l=plain(one.limit))
    steps = _COUNTING[one.count].format(f"ROUND({gap}/{plain(one.step)},6)")
    return f"MAX(0,ROUND({weight}-{steps}*{plain(one.deduct)},2))"


def _tiers(one: Scored, ratio: str) -> str:
    formula = "0"
    for tier in one.tiers if one.rising else reversed(one.tiers):
        sign = ">=" if one.rising else "<="
        formula = f"IF({ratio}{sign}{plain(tier.bound)},{plain(tier.points)},{formula})"
    return formula


def _chosen(one: Scored, word: str) -> str:
    formula = '""'  # a word that is none of the list
    for option in reversed(one.options):
        formula = f'IF({word}="{option.word}",{plain(option.points)},{formula})'
    return formula


def _between(one: Scored, ratio: str) -> str:
    """分段线性: in proportion between two points of the line, the first and last points beyond its ends."""
    formula = plain(one.tiers[-1].points)
    for low, high in reversed(list(pairwise(one.tiers))):
        rise, width = plain(high.points - low.points), plain(high.bound - low.bound)
        part = f"{plain(low.points)}+({ratio}-{plain(low.bound)})*({rise})/{width}"
        formula = f"IF({ratio}<={plain(high.bound)},{part},{formula})"
    first = one.tiers[0]
    return f"ROUND(IF({ratio}<={plain(first.bound)},{plain(first.points)},{formula}),2)"


def working(one: Scored, basis: Content, points: Decimal) -> str:
    """得分过程 as a sentence: 「比率 104.00%，比 100% 多 4.00 个百分点，每 1 个百分点扣 0.5 分，8 − 2 = 6」."""
    if basis is None:
        return "没有加分" if one.kind == "bonus" else f"没有这一项，得满分 {plain(points)}"
    if not isinstance(basis, Decimal):
        return f"选“{basis}”，得 {plain(points)}"
    if one.kind in _REASONED:
        return _given_working(one, basis, points)
    return _ratio_working(one, basis, points)


def _given_working(one: Scored, given: Decimal, points: Decimal) -> str:
    if one.kind == "deduction":
        return f"{plain(one.weight)} − {plain(given)} = {plain(points)}"
    if one.kind == "bonus":
        return f"加 {plain(given)} 分，最多加 {plain(one.cap)} 分，得 {plain(points)}"
    return f"自评 {plain(given)} 分，分值 {plain(one.weight)} 分，得 {plain(points)}"


def _ratio_working(one: Scored, ratio: Decimal, points: Decimal) -> str:
    if one.kind == "checklist":
        return f"{plain(one.weight)} − {plain(ratio)} 项 × {plain(one.deduct)} = {plain(points)}"
    shown = f"比率 {round_half_up(ratio * 100, 2)}%"
    if one.kind == "share":
        return f"{shown}（不超过 100%）× {plain(one.weight)} = {plain(points)}"
    if one.kind in {"tiers", "linear"}:
        return f"{shown}，按{'分档' if one.kind == 'tiers' else '分段比例'}得 {plain(points)}"
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
    ratios = [i for i in items if KINDS[i.kind][1] is Kind.RATE]
    scores = [i.score_name for i in items]
    names: dict[str, list[str]] = {}
    for item in (i for i in items if i.kind != _TYPED):
        names.setdefault(KINDS[item.kind][1], []).append(item.ratio_name)
    names[Kind.SCORE] = [*names.get(Kind.SCORE, ()), *scores]
    names[Kind.LONG] = [i.reason_name for i in items if i.reason_name]
    reckoned = {i.score_name: points_formula(i) for i in items if i.kind != _TYPED}
    computed = [*(i.ratio_name for i in ratios), *reckoned]
    chosen = [i for i in items if i.kind == "choice"]
    total = f"SUM({','.join(scores)})"
    formulas = {i.ratio_name: ratio_formula(i) for i in ratios} | reckoned
    asked = [i.ratio_name for i in items if i.kind in _GIVEN_BY_HAND and not i.absent_full]
    parameters = {
        "评分行": "\n".join(_rows(items)),
        "评分附表行": "\n".join(_printed_rows(items)),
        "评分各部分得分": "，".join(_printed_parts(items)),
        "评分合计": f"MIN({raw['scoring']['most']},{total})" if "most" in raw["scoring"] else total,
        "评分个数": f"COUNT({','.join(scores)})",
        "评分项数": len(items),
        "评分满分": plain(sum((i.weight for i in items), Decimal(0))),
    }
    return {
        **raw,
        "names": [*raw.get("names", ()), {"title": SCORED, "names": names, "computed": computed}],
        "lists": {**raw["lists"], **{i.ratio_name: [o.word for o in i.options] for i in chosen}},
        "choices": {**raw["choices"], **{i.ratio_name: i.ratio_name for i in chosen}},
        "required": {**raw.get("required", {}), **({SCORED_ITEMS: [{"fields": asked}]} if asked else {})},
        "compute": {**raw["compute"], **formulas},
        "parameters": {**raw["parameters"], **parameters},
    }


def _rows(items: tuple[Scored, ...]) -> Iterator[str]:
    """Rows of the drawn 评分表: 一级 | 二级 | 三级 | 分值 | 比率或扣项 | 得分 | 评分办法; a reason below its points."""
    for one in items:
        first, second = (*one.levels, "", "")[:2]
        basis = "" if one.kind == _TYPED else f"[{one.ratio_name}]"
        cells = (first, second, one.name, plain(one.weight), basis, f"[{one.score_name}]", one.text)
        yield "表@28> " + " | ".join(cells)
        if one.reason_name:
            yield f"表@28> ^ | ^ | 　理由 | | [{one.reason_name}] |<2"


_PRINTED = {Kind.RATE: "|比率", Kind.COUNT: "|整数", Kind.SCORE: "|分", Kind.CHOICE: ' or ""'}


def _printed_rows(items: tuple[Scored, ...]) -> Iterator[str]:
    """The same rows for a table of the report, a level printed once for the items below it."""
    above: tuple[str, ...] = ()
    for one in items:
        levels = (*one.levels, "", "")[:2]
        first, second = levels if levels[:1] != above[:1] else ("^", "^" if levels == above else levels[1])
        basis, above = f"{{{{ {one.ratio_name}{_PRINTED[KINDS[one.kind][1]]} }}}}", levels
        basis = "" if one.kind == _TYPED else basis
        cells = (first, second, f"~{one.name}", plain(one.weight), basis, f"{{{{ {one.score_name}|分 }}}}")
        yield f"行> {' | '.join(cells)} | ~{one.text}"
        if one.reason_name:
            yield f'行> ^ | ^ | ~　理由 | | ~{{{{ {one.reason_name} or "" }}}} | < | <'


def _printed_parts(items: tuple[Scored, ...]) -> Iterator[str]:
    """What each first level earned, as part of a sentence of the report: 投入8.50分（分值10分）."""
    for level in dict.fromkeys(i.levels[0] for i in items):
        own = [i for i in items if i.levels[0] == level]
        earned = " + ".join(i.score_name for i in own)
        yield f"{level}{{{{ ({earned})|分 }}}}分（分值{plain(sum((i.weight for i in own), Decimal(0)))}分）"
