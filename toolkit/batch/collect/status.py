"""户数核对: which unit of the roster has filed, how its return stands, and what cannot be placed.

Nothing is guessed: a return belongs to a unit when its code is the unit's code, or, where no code was filled in,
when its name is the unit's name. What nearly matches is suggested.
"""

from __future__ import annotations

import difflib
from collections import Counter
from enum import StrEnum
from fractions import Fraction
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from toolkit.batch.collect.records import OTHER_PACK, UNREADABLE, UnitRecord
from toolkit.batch.collect.roster import MERGED, RosterUnit, same_text
from toolkit.core.light import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from toolkit.batch.collect.roster import Roster

_MOST_SUGGESTED = 300  # returns that are compared with every name; beyond it the roster itself is wrong

_NEAR = 0.7

_CODE = 3  # shorter codes stand in any file name


class Status(StrEnum):
    """报送情况 of a unit, in the order in which they are told."""

    MISSING = "未报"
    ERROR = "已报有错"
    INCOMPLETE = "数据不全"
    WARNING = "已报有警示"
    CLEAN = "已报通过"
    OUTSIDE = "名册外"
    TWICE = "重复报送"
    UNREADABLE = "读不了"
    UNFINISHED = "没有做完"


_FILED = frozenset({Status.ERROR, Status.INCOMPLETE, Status.WARNING, Status.CLEAN})

_STATUSES = {"error": Status.ERROR, "incomplete": Status.INCOMPLETE, "warning": Status.WARNING}

# Of two returns of one unit the sounder one counts. An empty one has no 错误, so completeness comes first.
_SOUNDNESS = {"clean": 3, "warning": 2, "incomplete": 1, "error": 0}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of 报送情况: a unit with its return, a unit without one, or a return without a unit.

    Attributes:
        counted: its figures go into 汇总; merged: they are a department's own 汇总 figures.
        above: the name of the unit or department above it in the roster.
    """

    unit: RosterUnit | None
    record: UnitRecord | None
    status: Status
    note: str = ""
    counted: bool = False
    merged: bool = False
    above: str = ""

    @property
    def code(self) -> str:
        """The roster's code, else the return's."""
        return self.unit.code if self.unit else self.record.code if self.record else ""

    @property
    def name(self) -> str:
        """The roster's name, else the return's, else the file's."""
        if self.unit:
            return self.unit.name
        return (self.record.name or PurePosixPath(self.record.file).stem) if self.record else ""


def count(entries: Iterable[Entry], status: Status) -> int:
    """How many units (or returns) have a status; a department's own 汇总 return is no unit."""
    return sum(1 for e in entries if e.status is status and not e.merged)


def units_filed(entries: Iterable[Entry]) -> list[Entry]:
    """The units that have filed (已报), each once: without second returns, strangers' and a department's own 汇总."""
    return [e for e in entries if e.status in _FILED and not e.merged]


def settle(records: Iterable[UnitRecord], roster: Roster | None, packs: Sequence[str]) -> list[Entry]:
    """Every unit and every return in one list: the roster's order, then what is not in it.

    `packs`: whose returns are counted, the batch's own first.
    """
    done: list[UnitRecord] = []
    failed: list[Entry] = []
    for record in sorted(records, key=lambda r: r.file):
        if record.done:
            done.append(record)
        else:
            unread = record.outcome in {UNREADABLE, OTHER_PACK}
            status = Status.UNREADABLE if unread else Status.UNFINISHED
            failed.append(Entry(None, record, status, record.message))
    entries = _with_roster(done, roster, packs) if roster else _without(done, packs)
    return _suggested([*entries, *failed], roster) if roster else [*entries, *failed]


def _with_roster(done: Sequence[UnitRecord], roster: Roster, packs: Sequence[str]) -> list[Entry]:
    by_code = {same_text(u.code): u for u in roster.units}
    by_name = _unique_names(roster)
    groups: dict[str, list[UnitRecord]] = {}
    outside: list[UnitRecord] = []
    for record in done:
        unit = by_code.get(same_text(record.code)) if record.code else by_name.get(same_text(record.name))
        if unit:
            groups.setdefault(unit.code, []).append(record)
        else:
            outside.append(record)
    entries: list[Entry] = []
    known = roster.find()
    for unit in roster.units:
        above = known[unit.parent].name if unit.parent in known else unit.parent
        entries += [replace(e, above=above) for e in _of_unit(unit, groups.get(unit.code, []), packs)]
    return entries + _without(outside, packs, outside=True)


def _unique_names(roster: Roster) -> dict[str, RosterUnit]:
    times = Counter(same_text(u.name) for u in roster.units)
    return {n: u for u in roster.units if times[n := same_text(u.name)] == 1}


def _of_unit(unit: RosterUnit, records: list[UnitRecord], packs: Sequence[str]) -> list[Entry]:
    if not records:
        return [] if unit.kind == MERGED else [Entry(unit, None, Status.MISSING)]
    first, *others = _best_first(records, unit.name)
    entry = _filed(first, packs, unit)
    if not first.code:
        entry = replace(entry, note=_joined(entry.note, "填报表没有填单位代码，按名称对上"))
    return [entry, *(_twice(other, first, unit) for other in others)]


def _without(done: Sequence[UnitRecord], packs: Sequence[str], *, outside: bool = False) -> list[Entry]:
    """Returns that no roster places; two of the same code (or name, without codes) are still 重复报送."""
    groups: dict[str, list[UnitRecord]] = {}
    for record in done:
        groups.setdefault(same_text(record.code or record.name) or record.file, []).append(record)
    entries: list[Entry] = []
    for records in groups.values():
        first, *others = _best_first(records, "")
        entry = _filed(first, packs, None)
        if outside:
            entry = replace(entry, status=Status.OUTSIDE, counted=False, note="名册里没有这个单位，没有计入汇总")
        entries += [entry, *(_twice(other, first, None) for other in others)]
    if outside:
        return entries
    return sorted(entries, key=lambda e: (e.code, e.status is Status.TWICE, e.record.file if e.record else ""))


def _best_first(records: list[UnitRecord], name: str) -> list[UnitRecord]:
    """The return under the unit's own name, then the fuller, the sounder one, the later 填报日期, the later file."""

    def key(record: UnitRecord) -> tuple[bool, tuple[int, Fraction, int], str, float]:
        return same_text(record.name) == same_text(name), _worth(record), record.filled_on, record.modified

    ordered = sorted(records, key=lambda r: r.file)
    return sorted(ordered, key=key, reverse=True)


def _worth(record: UnitRecord) -> tuple[int, Fraction, int]:
    """Complete returns by verdict; among incomplete ones the fuller."""
    filled, required = record.completeness
    sound = _SOUNDNESS.get(record.verdict, 0)
    if filled >= required:
        return 1, Fraction(1), sound
    return 0, Fraction(filled, required), sound


def _filed(record: UnitRecord, packs: Sequence[str], unit: RosterUnit | None) -> Entry:
    status = _STATUSES.get(record.verdict, Status.CLEAN)
    merged = unit is not None and unit.kind == MERGED
    if record.pack not in packs:
        note = f"用的是规则包“{record.pack}”的填报表，本次汇总的是“{packs[0]}”，没有计入汇总"
        return Entry(unit, record, Status.ERROR, note)
    note = "主管部门另报的汇总数，不相加，只用来核对差额" if merged else ""
    return Entry(unit, record, status, note, counted=not merged, merged=merged)


def _twice(record: UnitRecord, newer: UnitRecord, unit: RosterUnit | None) -> Entry:
    why = _why_newer(record, newer)
    return Entry(unit, record, Status.TWICE, f"与 {newer.file} 是同一单位的两份，{why}，以那份为准，这份没有计入汇总")


def _why_newer(record: UnitRecord, newer: UnitRecord) -> str:
    if same_text(newer.name) != same_text(record.name):
        return f"那份的单位名称是“{newer.name}”，这份是“{record.name}”"
    if _worth(newer)[:2] != _worth(record)[:2]:
        return f"那份填得更全（必填 {_share(newer)}，这份 {_share(record)}）"
    if _worth(newer) != _worth(record):
        sounder, worse = (_STATUSES.get(r.verdict, Status.CLEAN).value for r in (newer, record))
        return f"那份的审核结论是“{sounder}”，这份是“{worse}”"
    if newer.filled_on != record.filled_on:
        return f"那份的填报日期（{newer.filled_on or '空'}）比这份（{record.filled_on or '空'}）晚"
    if newer.modified != record.modified:
        return "填报日期相同，那份的文件修改时间更晚"
    return "填报日期和修改时间都相同"


def _share(record: UnitRecord) -> str:
    return "{}/{}".format(*record.completeness)


def _joined(*notes: str) -> str:
    return "；".join(n.rstrip("。") for n in notes if n)


def _suggested(entries: list[Entry], roster: Roster) -> list[Entry]:
    """Beside what cannot be placed: the unit without a return that it may belong to; and the other way round."""
    free = [e.unit for e in entries if e.status is Status.MISSING and e.unit]
    hints: dict[str, list[str]] = {}
    found: list[Entry] = []
    left = _MOST_SUGGESTED
    for entry in entries:
        loose = entry.unit is None and entry.record is not None and left > 0
        unit = _nearest_unit(entry, free, roster) if loose else None
        left -= loose
        if unit and entry.record:
            hints.setdefault(unit.code, []).append(entry.record.file)
            hint = f"可能是名册第 {unit.row} 行的“{unit.name}”（{unit.code}），请核对"
            found.append(replace(entry, note=_joined(entry.note, hint)))
        else:
            found.append(entry)
    return [_hinted(entry, hints) for entry in found]


def _hinted(entry: Entry, hints: dict[str, list[str]]) -> Entry:
    if entry.status is not Status.MISSING or entry.code not in hints:
        return entry
    return replace(entry, note=f"可能就是 {'、'.join(hints[entry.code])}，请核对")


def _nearest_unit(entry: Entry, free: Sequence[RosterUnit], roster: Roster) -> RosterUnit | None:
    """By name first, among the units that have not filed, then among all; then by code; a file also by its name."""
    name, code = same_text(entry.name), same_text(entry.code)
    inside = [u for u in free if same_text(u.name) in name or (len(u.code) >= _CODE and same_text(u.code) in name)]
    if len(inside) == 1:
        return inside[0]
    for units in (free, roster.units):
        same = [u for u in units if same_text(u.name) == name]
        if same:
            return same[0]
    return _close(name, free, lambda u: u.name) or _close(code, free, lambda u: u.code)


def _close(text: str, units: Sequence[RosterUnit], part: Callable[[RosterUnit], str]) -> RosterUnit | None:
    known = {same_text(part(u)): u for u in units}
    near = difflib.get_close_matches(text, list(known), n=1, cutoff=_NEAR) if text else []
    return known[near[0]] if near else None
