"""pack replay (试算): this year's rules over last year's returns: whom each would stop. No file is changed."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from toolkit.audit import audit
from toolkit.batch.collect import find_workbooks
from toolkit.core.errors import PackError, ToolkitError, UnreadableError
from toolkit.core.findings import Severity
from toolkit.core.light import dataclass, replace
from toolkit.engines.xlsx import open_file
from toolkit.pack import FILL_NAME, PACKS_FOLDER, find_pack
from toolkit.unit import compute, pack_stamp, read_unit

if TYPE_CHECKING:
    from pathlib import Path

    from toolkit.core.findings import AuditResult
    from toolkit.core.model import UnitReturn
    from toolkit.engines.xlsx import FileSource
    from toolkit.pack import Pack

_OF_THE_YEAR = "years_agree"
_STRUCTURE = "T"  # what is said of the workbook itself: last year's is not this year's


@dataclass(frozen=True, slots=True)
class RuleEffect:
    """What one rule does to last year's returns (一条规则的结果): how many units, before and now."""

    rule: str
    title: str
    severity: Severity
    before: int
    now: int
    unchecked: int


@dataclass(frozen=True, slots=True)
class Replay:
    """The outcome over all returns (试算结果).

    Attributes:
        units: how many were read; stopped_before, stopped: those with an 错误 under their own rules, and under these.
        skipped: file → why it was left out.
    """

    units: int
    stopped_before: int
    stopped: int
    effects: tuple[RuleEffect, ...]
    skipped: tuple[tuple[str, str], ...]


def replay_returns(folder: Path, pack: Pack) -> Replay:
    """Judge every return below a folder by the rules of `pack`, and by those of its own pack where it is here.

    Raises:
        UsageError: there is no such folder.
        PackError: the pack has not been built yet.
    """
    if not (pack.folder / FILL_NAME).is_file():
        raise PackError(f"规则包 {pack.id} 还没有生成填报表，请先运行 jixiao pack build {pack.id}。")
    now: list[AuditResult] = []
    before: list[AuditResult] = []
    found = find_workbooks(folder, folder / PACKS_FOLDER)
    skipped = [(s.file, s.reason) for s in found.unreadable]
    for path in found.workbooks:
        try:
            source = open_file(path)
            own = _own_pack(source, path.parent)
            if own and own.unit != pack.unit:
                raise UnreadableError(f"金额单位是{own.unit}，规则包 {pack.id} 是{pack.unit}，不能直接试算。")
            now.append(_judged(source, pack, path))
            if own:
                before.append(_judged(source, own, path))
        except ToolkitError as error:
            skipped.append((str(path.relative_to(folder)), str(error)))
    return Replay(len(now), _stopped(before), _stopped(now), _effects(pack, before, now), tuple(skipped))


def _own_pack(source: FileSource, near: Path) -> Pack | None:
    stamp = pack_stamp(source)
    if stamp is None:
        raise UnreadableError("不是填报表。")
    try:
        return find_pack(stamp, near)
    except PackError:
        return None


def _judged(source: FileSource, pack: Pack, path: Path) -> AuditResult:
    """The audit by a pack that the form may not be of: names that it lacks are blank, the year is the pack's.

    Last year's dates and texts are of last year: what holds them against the year is no fault that a new rule finds.
    """
    unit = _of_year(read_unit(source, pack, str(path), whole=False), pack)
    rules = tuple(rule for rule in pack.rules if rule.check != _OF_THE_YEAR)
    result = audit(unit, compute(unit, pack), replace(pack, rules=rules))
    return replace(result, findings=tuple(f for f in result.findings if not f.rule.startswith(_STRUCTURE)))


def _of_year(unit: UnitReturn, pack: Pack) -> UnitReturn:
    name = pack.dictionary.book.roles.year
    if name not in unit.book.fields:
        return unit
    fields = {**unit.book.fields, name: unit.book.fields[name]._replace(value=Decimal(pack.year))}
    return replace(unit, book=replace(unit.book, fields=fields))


def _stopped(results: list[AuditResult]) -> int:
    return sum(1 for result in results if result.of(Severity.ERROR))


def _effects(pack: Pack, before: list[AuditResult], now: list[AuditResult]) -> tuple[RuleEffect, ...]:
    """Rules that find something, or did, the worst first."""
    was, does = _units_by_rule(before), _units_by_rule(now)
    unchecked = Counter(n.rule for result in now for n in {n.rule: n for n in result.not_checked}.values())
    rules = {rule.id: rule for rule in reversed(pack.rules)}
    found = [
        RuleEffect(rule, known.title, known.severity, was[rule], does[rule], unchecked[rule])
        for rule in sorted(was | does)
        if (known := rules.get(rule))
    ]
    return tuple(sorted(found, key=lambda effect: (effect.severity.rank, -effect.now, effect.rule)))


def _units_by_rule(results: list[AuditResult]) -> Counter[str]:
    return Counter(rule for result in results for rule in {f.rule for f in result.findings})
