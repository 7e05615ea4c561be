"""E80–E85 (汇总审核): what can only be judged over all units. Severity, sentence and basis stand in the pack."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from toolkit.audit.checks import Answer, failed, passed, unchecked
from toolkit.batch.collect.records import OTHER_PACK
from toolkit.batch.collect.roster import same_text
from toolkit.batch.collect.secrets import WITHHELD
from toolkit.batch.collect.status import Status
from toolkit.core.findings import AuditResult, Finding, NotChecked, Severity, sort_findings
from toolkit.core.light import replace
from toolkit.core.money import MONEY_UNITS, plain, round_half_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from toolkit.batch.collect.records import Project
    from toolkit.batch.collect.secrets import Secrets
    from toolkit.batch.collect.status import Entry
    from toolkit.batch.collect.tree import Batch, Node
    from toolkit.pack import BatchFigure, Rule

NO_ROSTER = "没有单位名册"

Sides = tuple[Decimal, Decimal, Decimal, Decimal]

_CENT = Decimal("0.01")

_MOST_NAMED = 5


def audit_batch(batch: Batch) -> AuditResult:
    """Judge every `[[batch_rule]]` of the pack: 通过, 不符 or 未检查 with its reason."""
    answers: dict[str, list[Answer]] = {}
    for rule in batch.pack.batch_rules:
        answers.setdefault(rule.id, []).extend(BATCH_CHECKS[str(rule.check)](rule, batch))
    findings: list[Finding] = []
    good, open_ones = [], []
    for rule_id, given in sorted(answers.items()):
        found = [a.finding for a in given if a.finding]
        findings += found
        if not found and any(a.checked for a in given):
            good.append(rule_id)
        elif not found:
            open_ones.append(NotChecked(rule_id, "；".join(dict.fromkeys(a.reason for a in given if a.reason))))
    told = [_reticent(f, batch.secrets) for f in findings]
    return AuditResult(sort_findings(told), tuple(good), tuple(open_ones))


def _reticent(finding: Finding, secrets: Secrets) -> Finding:
    """A sentence without withheld words; a file or another unit's open project may have them in its name."""
    if not secrets.within(finding.message):
        return finding
    return replace(finding, message=f"{WITHHELD}，请查看有关单位的审核反馈。[{finding.rule}]")


def _told(
    rule: Rule,
    words: dict[str, str],
    sides: Sides | None = None,
    severity: Severity | None = None,
) -> Answer:
    """The pack's sentence with its holes filled, what to do, and the id; `sides`: stands, should, gap, tolerance."""
    fact = re.sub(r"\{(\w+)\}", lambda m: words.get(m[1], m[0]), rule.fact)
    message = f"{fact}。{rule.action}[{rule.id}]"
    left, right, gap, tolerance = sides or (None, None, None, None)
    return failed(Finding(rule.id, severity or rule.severity, (), message, left, right, gap, tolerance))


def _unit_words(entry: Entry) -> dict[str, str]:
    return {
        "单位": entry.name,
        "代码": entry.code or "没有填",
        "文件": entry.record.file if entry.record else "",
        "说明": f"（{entry.note}）" if entry.note else "",
    }


def all_have_filed(rule: Rule, batch: Batch) -> Iterator[Answer]:
    """E80: every unit of the roster has filed."""
    if batch.roster is None:
        yield unchecked(NO_ROSTER)
        return
    for entry in batch.entries:
        if entry.status is Status.MISSING:
            yield _told(rule, _unit_words(entry))
        elif entry.unit:
            yield passed()


def sums_agree(rule: Rule, batch: Batch) -> Iterator[Answer]:
    """E81: a department's own 汇总 return is the sum of its units, where all of them have filed."""
    merged = [(n, f) for n, f in zip(batch.nodes, batch.figures, strict=True) if n.merged is not None]
    if not merged:
        yield unchecked("没有主管部门另报汇总数")
    for node, figures in merged:
        if node.missing:
            yield unchecked(f"“{node.label}”下面还有 {len(node.missing)} 个单位没有数，不能核对")
            continue
        record = batch.entries[node.merged or 0].record
        for index, figure in enumerate(batch.settings.figures):
            filed, total = record.figures[index] if record else None, figures.sums[index]
            yield _compared(rule, node, figure, (filed, total), figures.filled[index])


def _compared(
    rule: Rule, node: Node, figure: BatchFigure, sides: tuple[Decimal | None, Decimal | None], addends: int
) -> Answer:
    filed, total = sides
    if filed is None or total is None:
        return unchecked(f"“{node.label}”的{figure.title}一侧没有填")
    gap = abs(filed - total)
    tolerance = _CENT if figure.unit in MONEY_UNITS else Decimal(0)
    if gap <= tolerance:
        return passed()
    words = {"单位": node.label, "代码": node.code, "项": figure.title, "计量": figure.unit, "户数": str(addends)}
    words |= {"汇总数": plain(filed), "合计数": plain(total), "差额": plain(gap)}
    rounding = gap <= tolerance * addends
    return _told(rule, words, (filed, total, gap, tolerance), Severity.NOTICE if rounding else None)


def project_once(rule: Rule, batch: Batch) -> Iterator[Answer]:
    """E82: the same project in two units: same long code, same code and name, or same name and amount."""
    projects = batch.projects
    if len({id(entry) for entry, _ in projects}) < 2:  # noqa: PLR2004 - two units are needed to have it twice
        yield unchecked("填了项目的单位不到两个")
        return
    yield passed()
    told: set[tuple[int, ...]] = set()
    for group in _same_projects(projects, batch.settings.code_length):
        mark = tuple(id(project) for _, project in group)
        if len({id(entry) for entry, _ in group}) > 1 and mark not in told:
            told.add(mark)
            withheld = any(project.withheld for _, project in group)
            yield _withheld(rule, group) if withheld else _told(rule, _project_words(group))


def _withheld(rule: Rule, group: list[tuple[Entry, Project]]) -> Answer:
    """Where to look, and nothing of what stands there; a project that one of the units withholds is not named."""
    places = [f"“{entry.name}”（{project.place}）" for entry, project in group]
    more = f"等 {len(places)} 处" if len(places) > _MOST_NAMED else ""
    where = "、".join(places[:_MOST_NAMED]) + more
    message = f"{where}填的是同一个项目，其中有不公开的，名称、编码和金额不在这里写。{rule.action}[{rule.id}]"
    return failed(Finding(rule.id, rule.severity, (), message))


def _same_projects(projects: list[tuple[Entry, Project]], code_length: int) -> Iterator[list[tuple[Entry, Project]]]:
    groups: dict[tuple[str, ...], list[tuple[Entry, Project]]] = {}
    for entry, project in projects:
        code, name = same_text(project.code), same_text(project.name)
        if len(code) >= code_length:
            groups.setdefault(("代码", code), []).append((entry, project))
        elif code and name:
            groups.setdefault(("代码和名称", code, name), []).append((entry, project))
        if name and project.spent:
            groups.setdefault(("名称和金额", name, plain(project.spent)), []).append((entry, project))
    yield from groups.values()


def _project_words(group: list[tuple[Entry, Project]]) -> dict[str, str]:
    units = list(dict.fromkeys(entry.name for entry, _ in group))
    spent = [p.spent for _, p in group]
    amounts = "、".join(dict.fromkeys("空" if s is None else str(round_half_up(s, 2)) for s in spent))
    named = "、".join(f"“{u}”" for u in units[:_MOST_NAMED])
    more = f"等 {len(units)} 个单位" if len(units) > _MOST_NAMED else ""
    first = group[0][1]
    return {"项目": first.name or "（没有名称）", "代码": first.code or "没有填", "单位": named + more, "金额": amounts}


def code_is_listed(rule: Rule, batch: Batch) -> Iterator[Answer]:
    """E83: the unit is in the roster."""
    if batch.roster is None:
        yield unchecked(NO_ROSTER)
        return
    for entry in batch.filed:
        outside = entry.status is Status.OUTSIDE
        yield _told(rule, _unit_words(entry)) if outside else passed()


def code_is_unique(rule: Rule, batch: Batch) -> Iterator[Answer]:
    """E83: one return for each code; also without a roster."""
    if not batch.filed:
        yield unchecked("没有读到填报表")
    for entry in batch.filed:
        yield _told(rule, _unit_words(entry)) if entry.status is Status.TWICE else passed()


def name_as_listed(rule: Rule, batch: Batch) -> Iterator[Answer]:
    """E83: under its code the unit has the roster's name."""
    if batch.roster is None:
        yield unchecked(NO_ROSTER)
        return
    for entry in batch.filed:
        if not entry.unit or not entry.record or entry.status is Status.TWICE:
            continue
        same = same_text(entry.record.name) == same_text(entry.unit.name)
        filed = entry.record.name or "空"
        yield passed() if same else _told(rule, _unit_words(entry) | {"填报名称": filed})


def right_pack(rule: Rule, batch: Batch) -> Iterator[Answer]:
    """E84: every return was made from this year's pack."""
    for entry in batch.entries:
        record = entry.record
        if record and record.outcome == OTHER_PACK:
            yield _told(rule, _unit_words(entry) | {"规则包": "没有安装的规则包", "本次": batch.pack.id})
        elif record and record.done:
            words = _unit_words(entry) | {"规则包": record.pack, "本次": batch.pack.id, "说明": ""}
            yield passed() if record.pack in {batch.pack.id, *batch.settings.also} else _told(rule, words)
    if not batch.filed:
        yield unchecked("没有读到填报表")


def scores_differ(rule: Rule, batch: Batch) -> Iterator[Answer]:
    """E85: not every unit has the best grade, nor the same score."""
    records = [e.record for e in batch.entries if e.counted and e.record and e.record.total is not None]
    if len(records) < batch.settings.spread_units:
        yield unchecked(f"算出总分的单位不到 {batch.settings.spread_units} 个")
        return
    best = batch.pack.scoring.grades[0].name
    totals, grades = {r.total for r in records}, {r.grade for r in records}
    words = {"户数": str(len(records)), "总分": plain(records[0].total or Decimal(0)), "等级": best}
    if len(totals) == 1:
        yield _told(rule, words | {"情况": f"总分都是 {words['总分']} 分"})
    elif grades == {best}:
        yield _told(rule, words | {"情况": f"等级都是“{best}”"})
    else:
        yield passed()


BATCH_CHECKS: dict[str, Callable[[Rule, Batch], Iterator[Answer]]] = {
    f.__name__: f
    for f in (
        all_have_filed,
        sums_agree,
        project_once,
        code_is_listed,
        code_is_unique,
        name_as_listed,
        right_pack,
        scores_differ,
    )
}
