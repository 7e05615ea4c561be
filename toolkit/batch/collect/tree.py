"""汇总 consolidation: the tree of units, sums of money and heads, and how scores spread. Scores are never added.

A sum from which an amount follows that a unit withholds is not told, nor what gives it back by subtraction.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from toolkit.batch.collect.roster import MERGED
from toolkit.core.light import dataclass, field, replace
from toolkit.core.money import from_float, round_half_up
from toolkit.engines import Bounds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from toolkit.batch.collect.records import Project
    from toolkit.batch.collect.roster import Roster
    from toolkit.batch.collect.secrets import Secrets
    from toolkit.batch.collect.status import Entry
    from toolkit.pack import BatchSettings, Pack

_EXACT = ("spent", "planned", "weighted", "weight", "total")

ZERO = Fraction(0)

_Range = tuple[Fraction, Fraction | None]  # from … to; None is no end

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

    `veiled` are the places of sums that are not told, because a withheld amount follows from them.

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
    veiled: frozenset[int] = frozenset()


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
    """Without a roster: by the department on the cover of each return."""
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

    places = [(n, place) for n, node in enumerate(nodes) for place in node.members]
    member = pd.DataFrame(places, columns=["node", "place"], dtype="int64")
    groups = member.join(_frame(entries, settings, grades), on="place").groupby("node")
    every, names = range(len(nodes)), list(settings.names)
    added = [*names, *_EXACT]
    sums = groups[added].sum(min_count=1).reindex(every).to_dict("records")
    filled = groups[[*names, "total"]].count().reindex(every, fill_value=0).to_dict("records")
    marks = groups[list(grades)].sum().reindex(every, fill_value=0).to_dict("records")
    points = groups["points"].agg(["min", "max"]).reindex(every)
    points["std"] = groups["points"].std(ddof=0)
    spread = points.to_dict("records")
    lines = zip(sums, filled, marks, spread, strict=True)
    return [
        NodeFigures(
            sums=tuple(_exact(s[n]) for n in names),
            filled=tuple(int(f[n]) for n in names),
            rate=execution_rate(_exact(s["spent"]), _exact(s["planned"])),
            **_scores(s, int(f["total"]), p),
            grades=tuple(int(m[g]) for g in grades),
        )
        for s, f, m, p in lines
    ]


def _frame(entries: Sequence[Entry], settings: BatchSettings, grades: Sequence[str]) -> pd.DataFrame:
    """One row per counted entry: figures as Decimal objects, `_EXACT`, the total as a float, a mark per grade."""
    import pandas as pd

    rows: dict[int, tuple[object, ...]] = {}
    for place, entry in enumerate(entries):
        record = entry.record
        if not entry.counted or record is None:
            continue
        (spent, planned), total = settings.spending(record.figures), record.total
        both = (spent, planned) if spent is not None and planned is not None else (None, None)
        weighs = total is not None and spent is not None and spent > 0
        weighted = (total * spent, spent) if weighs and total is not None and spent is not None else (None, None)
        marks = (int(record.grade == g and total is not None) for g in grades)
        points = float("nan") if total is None else float(total)
        rows[place] = (*record.figures, *both, *weighted, total, points, *marks)
    columns = [*settings.names, *_EXACT, "points", *grades]
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=columns, dtype=object)
    return frame.astype({"points": "float64", **dict.fromkeys(grades, "int64")})


def _scores(sums: Mapping[Any, Any], scored: int, points: Mapping[Any, float]) -> dict[str, Any]:
    """The mean is exact; lowest, highest and spread come from floats of two decimals."""
    if not scored:
        return {}
    weighted, weight = _exact(sums["weighted"]), _exact(sums["weight"])
    return {
        "scored": scored,
        "mean": round_half_up(sums["total"] / scored, 2),
        "weighted": round_half_up(weighted / weight, 2) if weighted is not None and weight else None,
        "low": from_float(points["min"]),
        "high": from_float(points["max"]),
        "spread": round_half_up(from_float(points["std"]), 2) if scored > 1 else None,
    }


def execution_rate(spent: Decimal | None, budget: Decimal | None) -> Decimal | None:
    """执行率 as a share with 4 decimals; None when it cannot be formed."""
    return round_half_up(spent / budget, 4) if spent is not None and budget else None


def _exact(value: object) -> Decimal | None:
    return value if isinstance(value, Decimal) else None


def veiled(
    nodes: Sequence[Node],
    figures: Sequence[NodeFigures],
    entries: Sequence[Entry],
    settings: BatchSettings,
    bound: Fraction,
) -> tuple[list[NodeFigures], list[Entry]]:
    """Sums and units without the figures that tell a withheld amount, or what would give them back.

    `bound`: a range that comes as near as this share to an amount tells it.
    """
    veil = _Veil.over(nodes, figures, _telling(nodes, entries), bound)
    hidden = veil.hidden()
    spending = {c for c, name in enumerate(settings.names) if name in {settings.weight, settings.budget}}
    open_ones = [not spending & gone for gone in veil.beneath(hidden)]
    made = [_without(f, frozenset(h), settings, whole=o) for f, h, o in zip(figures, hidden, open_ones, strict=True)]
    places: dict[int, set[int]] = {}
    for node, found in zip(nodes, made, strict=True):
        own = (*(node.members if node.leaf else ()), *(() if node.merged is None else (node.merged,)))
        for place in own:
            places.setdefault(place, set()).update(found.veiled)
    return made, [_bare(e, places.get(i, set())) for i, e in enumerate(entries)]


def _telling(nodes: Sequence[Node], entries: Sequence[Entry]) -> dict[int, frozenset[int]]:
    """The lines of units whose own figures tell, and in which columns."""
    leaves = ((i, entries[m].record) for i, node in enumerate(nodes) if node.leaf for m in node.members)
    return {i: record.telling for i, record in leaves if record and record.telling}


def _without(found: NodeFigures, gone: frozenset[int], settings: BatchSettings, *, whole: bool) -> NodeFigures:
    """`whole`: beneath it nothing of what was spent is left out; else what is weighed by it would tell of it."""
    if whole and not gone:
        return found
    sums = tuple(None if c in gone else s for c, s in enumerate(found.sums))
    rate = found.rate if whole or found.rate == execution_rate(*settings.spending(sums)) else None
    return replace(found, sums=sums, rate=rate, weighted=found.weighted if whole else None, veiled=gone)


def _bare(entry: Entry, gone: set[int]) -> Entry:
    if not gone or entry.record is None:
        return entry
    figures = tuple(None if c in gone else f for c, f in enumerate(entry.record.figures))
    return replace(entry, record=replace(entry.record, figures=figures))


@dataclass(frozen=True, slots=True)
class _Veil:
    """Which figures of which lines are left out, so that no amount that tells follows from the others.

    Attributes:
        below: the lines right beneath each line; above: the one right above each, itself for the first.
        sums: the figures of each line by column; blank is nothing.
        telling: the lines whose own figures tell, and in which columns.
    """

    below: Sequence[Sequence[int]]
    above: Sequence[int]
    sums: Sequence[Sequence[Fraction]]
    telling: Mapping[int, frozenset[int]]
    bound: Fraction

    @classmethod
    def over(
        cls,
        nodes: Sequence[Node],
        figures: Sequence[NodeFigures],
        telling: Mapping[int, frozenset[int]],
        bound: Fraction,
    ) -> _Veil:
        """Of the lines of the tree."""
        below: list[list[int]] = [[] for _ in nodes]
        above: list[int] = []
        path: list[int] = []
        for line, node in enumerate(nodes):
            del path[node.depth :]
            above.append(path[-1] if path else line)
            if path:
                below[path[-1]].append(line)
            path.append(line)
        sums = [[Fraction(s or 0) for s in f.sums] for f in figures] if telling else []
        return cls(below, above, sums, telling, bound)

    def hidden(self) -> list[set[int]]:
        """Of each line the columns to leave out: what tells, and one line more for as long as one of them is told.

        A line goes in all columns in which the unit tells that it covers: else it follows from its own other figures.
        """
        found = [set(self.telling.get(line, ())) for line in range(len(self.above))]
        while told := {self._level(line, column, found): (line, column) for line, column in self._told(found)}:
            for level, (line, column) in told.items():
                self._cover(level, line, column, found)
        return found

    def beneath(self, hidden: Sequence[set[int]]) -> list[set[int]]:
        """Of each line the columns that are left out on it or anywhere beneath it."""
        found = [set(columns) for columns in hidden]
        for line in range(len(found) - 1, 0, -1):
            found[self.above[line]] |= found[line]
        return found

    def _told(self, found: Sequence[set[int]]) -> Iterator[tuple[int, int]]:
        """Figures that tell and that readers can work out, exactly or nearly; nothing needs no protection."""
        for column in sorted(set().union(*self.telling.values())):
            ranges = self._ranges(column, found)
            for line, columns in self.telling.items():
                own = self.sums[line][column]
                if column in columns and own > 0 and Bounds(*ranges[line]).betrays(own, self.bound):
                    yield line, column

    def _ranges(self, column: int, found: Sequence[set[int]]) -> list[_Range]:
        """What readers know of each line: from what is beneath it, then also from what stands above and beside it."""
        known: list[_Range] = [(s[column], s[column]) for s in self.sums]
        for line in range(len(known) - 1, -1, -1):
            if column in found[line]:
                parts = [known[c] for c in self.below[line]]
                known[line] = _added(parts) if parts else (min(self.sums[line][column], ZERO), None)
        for line, children in enumerate(self.below):
            if any(column in found[c] for c in children):
                for child, own in zip(children, _shared(known[line], [known[c] for c in children]), strict=True):
                    known[child] = own
        return known

    def _level(self, line: int, column: int, found: Sequence[set[int]]) -> int:
        """The nearest sum that a line is part of, and that can still be left out, or has parts that can."""
        level = self.above[line]
        while level and column in found[level] and not any(self._left(c, column, found) for c in self.below[level]):
            level = self.above[level]
        return level

    def _cover(self, level: int, line: int, column: int, found: Sequence[set[int]]) -> None:
        """A part of the sum is left out to cover the line, where none is left, the sum."""
        parts, gone = [c for c in self.below[level] if self._left(c, column, found)], self.telling[line]
        if parts:
            self._hide(parts, self.bound * self.sums[line][column], column, gone, found)
        else:
            found[level].update(gone)

    def _hide(
        self, lines: Sequence[int], need: Fraction, column: int, gone: frozenset[int], found: Sequence[set[int]]
    ) -> None:
        """The smallest line that is enough, or else the largest; of a sum a part, too: the parts would add up to it."""
        sizes = {line: self._left(line, column, found) for line in lines}
        enough = [line for line in lines if sizes[line] >= need]
        line = min(enough, key=sizes.__getitem__) if enough else max(lines, key=sizes.__getitem__)
        inside = [c for c in self.below[line] if self._left(c, column, found)]
        if inside and (column in found[line] or not any(column in found[c] for c in self.below[line])):
            self._hide(inside, need, column, gone, found)
        found[line].update(gone)

    def _left(self, line: int, column: int, found: Sequence[set[int]]) -> Fraction:
        """How much of a line is shown: what could still be left out."""
        if column not in found[line]:
            return abs(self.sums[line][column])
        return sum((self._left(c, column, found) for c in self.below[line]), ZERO)


def _added(parts: Sequence[_Range]) -> _Range:
    """The range of a sum."""
    highs = [high for _, high in parts if high is not None]
    return sum((low for low, _ in parts), ZERO), sum(highs, ZERO) if len(highs) == len(parts) else None


def _shared(whole: _Range, parts: Sequence[_Range]) -> Iterator[_Range]:
    """The ranges of the parts of a sum of which more is known: what is left of it with the others at their ends."""
    least = sum((low for low, _ in parts), ZERO)
    most, open_ends = sum((high for _, high in parts if high is not None), ZERO), [h for _, h in parts].count(None)
    for low, high in parts:
        closed = open_ends == (high is None)  # the others have an end each
        ends = [e for e in (high, None if whole[1] is None else whole[1] - least + low) if e is not None]
        yield max(low, whole[0] - most + (high or ZERO)) if closed else low, min(ends, default=None)


@dataclass(frozen=True, slots=True)
class Batch:
    """All that the checks look at."""

    pack: Pack
    settings: BatchSettings
    roster: Roster | None
    entries: Sequence[Entry]
    nodes: Sequence[Node]
    figures: Sequence[NodeFigures]
    secrets: Secrets

    @property
    def filed(self) -> list[Entry]:
        """The returns that could be read."""
        return [e for e in self.entries if e.record and e.record.done]

    @property
    def projects(self) -> list[tuple[Entry, Project]]:
        """The projects of the units that count, each with its unit."""
        return [(e, p) for e in self.entries if e.counted and e.record for p in e.record.projects]
