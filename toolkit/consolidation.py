"""汇总 consolidation: the tree of units, sums of money and heads, and how scores spread. Scores are never added."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from toolkit.money import from_float, round_half_up
from toolkit.roster import MERGED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from toolkit.batch_settings import BatchSettings
    from toolkit.batch_status import Entry
    from toolkit.roster import Roster

TOTAL, NO_DEPARTMENT = "合计", "（未填主管部门）"


@dataclass(frozen=True, slots=True)
class Node:
    """A line of the tree (汇总行): the total, a department or parent unit, or a unit.

    Attributes:
        members: places of the counted entries beneath it, itself included; expected: units that should be there;
        missing: those of them that have no figures here; merged: place of its own 汇总 return.
    """

    label: str
    code: str
    depth: int
    leaf: bool
    members: tuple[int, ...]
    expected: int
    missing: tuple[str, ...] = ()
    merged: int | None = None


@dataclass(frozen=True, slots=True)
class NodeFigures:
    """What pandas finds for a node: sums (None: all blank), how many units filled each in, 执行率, and the scores.

    `rate` is of the units that filled in both budget and spending: a budget left blank is not 0.

    `mean` and `weighted` (by 全年执行数), `low`, `high` and `spread` (population standard deviation) are points.
    """

    sums: tuple[Decimal | None, ...]
    filled: tuple[int, ...]
    rate: Decimal | None = None
    scored: int = 0
    mean: Decimal | None = None
    weighted: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    spread: Decimal | None = None
    grades: tuple[int, ...] = ()


@dataclass(slots=True)
class _Branch:
    """A key of the tree while it is built."""

    label: str
    code: str = ""
    place: int | None = None
    merged: bool = False
    below: list[str] = field(default_factory=list)


def build_tree(entries: Sequence[Entry], roster: Roster | None) -> list[Node]:
    """The lines in order: 合计, then every parent followed by what is beneath it."""
    branches = _roster_branches(entries, roster) if roster else _department_branches(entries)
    return list(_walk("", branches, entries, 0))


def _roster_branches(entries: Sequence[Entry], roster: Roster) -> dict[str, _Branch]:
    """Keys are roster codes, and "·name" for departments that are no line of their own; "" is the root."""
    places = {e.unit.code: i for i, e in reversed(list(enumerate(entries))) if e.unit}
    known = roster.find()
    branches = {"": _Branch(TOTAL)}
    branches |= {u.code: _Branch(u.name, u.code, places.get(u.code), u.kind == MERGED) for u in roster.units}
    for unit in roster.units:
        above = known.get(unit.parent)
        key = above.code if above else f"·{unit.parent}" if unit.parent else ""
        if key not in branches:
            branches[key] = _Branch(unit.parent)
            branches[""].below.append(key)
        branches[key].below.append(unit.code)
    return branches


def _department_branches(entries: Sequence[Entry]) -> dict[str, _Branch]:
    """Without a roster: by the 封面_主管部门 of each return."""
    branches = {"": _Branch(TOTAL)}
    for place, entry in enumerate(entries):
        if not entry.counted or not entry.record:
            continue
        department = entry.record.department or NO_DEPARTMENT
        key = f"·{department}"
        if key not in branches:
            branches[key] = _Branch(department)
            branches[""].below.append(key)
        branches[key].below.append(str(place))
        branches[str(place)] = _Branch(entry.name, entry.code, place)
    return branches


def _walk(key: str, branches: dict[str, _Branch], entries: Sequence[Entry], depth: int) -> Iterator[Node]:
    branch = branches[key]
    beneath = [list(_walk(k, branches, entries, depth + 1)) for k in branch.below]
    children = [lines[0] for lines in beneath]
    own = entries[branch.place] if branch.place is not None else None
    is_unit = bool(branch.code or own) and not branch.merged
    members = (branch.place,) if own is not None and own.counted and branch.place is not None else ()
    missing = (branch.label,) if is_unit and not members else ()
    node = Node(
        label=branch.label,
        code=branch.code,
        depth=depth,
        leaf=not children and key != "",
        members=(*members, *(m for c in children for m in c.members)),
        expected=int(is_unit) + sum(c.expected for c in children),
        missing=(*missing, *(m for c in children for m in c.missing)),
        merged=branch.place if own is not None and own.merged else None,
    )
    yield node
    if children and members:  # a parent that files for itself: its own line, before those beneath it
        yield Node(f"{branch.label}（本级）", branch.code, depth + 1, leaf=True, members=members, expected=1)
    for lines in beneath:
        yield from lines


def figures_of(
    nodes: Sequence[Node], entries: Sequence[Entry], settings: BatchSettings, grades: Sequence[str]
) -> list[NodeFigures]:
    """Sums and scores of every node, in the nodes' order; pandas groups."""
    import pandas as pd

    names, pair = list(settings.names), ["spent", "planned"]
    units = _frame(entries, settings)
    member = pd.DataFrame(
        [(n, place) for n, node in enumerate(nodes) for place in node.members], columns=["node", "place"], dtype="int64"
    )
    joined = member.join(units, on="place")
    groups = joined.groupby("node", sort=True)
    sums = groups[names].sum(min_count=1)
    filled = groups[names].count()
    both = groups[pair].sum(min_count=1)
    scores = _scores(joined, grades)
    return [
        NodeFigures(
            tuple(_exact(sums.loc[n, c]) for c in names) if n in sums.index else (None,) * len(names),
            tuple(int(filled.loc[n, c]) for c in names) if n in filled.index else (0,) * len(names),
            execution_rate(*(_exact(both.loc[n, c]) for c in pair)) if n in both.index else None,
            **scores.get(n, {"grades": (0,) * len(grades)}),
        )
        for n in range(len(nodes))
    ]


def _frame(entries: Sequence[Entry], settings: BatchSettings) -> pd.DataFrame:
    """One row per counted entry: its figures as Decimal objects, total and grade."""
    import pandas as pd

    rows = {
        i: (*e.record.figures, e.record.total, e.record.grade) for i, e in enumerate(entries) if e.counted and e.record
    }
    columns = [*settings.names, "total", "grade"]
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=columns, dtype=object)
    known = frame[[settings.weight, settings.budget]].notna().all(axis=1)
    frame["spent"], frame["planned"] = (frame[n].where(known) for n in (settings.weight, settings.budget))
    weight = frame[settings.weight].where(frame["total"].notna())
    frame["weight"] = weight.where(weight.map(lambda w: isinstance(w, Decimal) and w > 0))
    frame["weighted"] = frame["total"].where(frame["weight"].notna()) * frame["weight"]
    return frame


def _scores(joined: pd.DataFrame, grades: Sequence[str]) -> dict[int, dict[str, Any]]:
    scored = joined[joined["total"].notna()]
    found: dict[int, dict[str, Any]] = {}
    for node, group in scored.groupby("node", sort=True):
        points = group["total"]
        weights = group["weight"].dropna()
        found[int(str(node))] = {
            "scored": len(points),
            "mean": round_half_up(points.sum() / len(points), 2),
            "weighted": round_half_up(group["weighted"].dropna().sum() / weights.sum(), 2) if len(weights) else None,
            "low": points.min(),
            "high": points.max(),
            "spread": round_half_up(from_float(float(points.astype(float).std(ddof=0))), 2)
            if len(points) > 1
            else None,
            "grades": tuple(int((group["grade"] == grade).sum()) for grade in grades),
        }
    return found


def execution_rate(spent: Decimal | None, budget: Decimal | None) -> Decimal | None:
    """执行率 as a share with 4 decimals; None when it cannot be formed."""
    return round_half_up(spent / budget, 4) if spent is not None and budget else None


def _exact(value: object) -> Decimal | None:
    return value if isinstance(value, Decimal) else None
