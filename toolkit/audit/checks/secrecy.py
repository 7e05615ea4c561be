"""Checks before publishing (公开前检查): D78, and the public side of D76. 未检查 unless a public edition is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolkit.audit.checks.context import Answer, failed, finding_at, passed, unchecked
from toolkit.audit.secrecy import (
    Secrets,
    advice,
    amount_leaks,
    decimal_of,
    facts_of,
    hole_text,
    personal_leaks,
    plan_of,
    rate_leaks,
    word_leaks,
)
from toolkit.core.findings import Finding, Severity
from toolkit.core.light import replace
from toolkit.core.words import shorten
from toolkit.pack import disclosure_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from toolkit.audit.checks.context import Audit
    from toolkit.audit.secrecy import Hole, Leak, Project
    from toolkit.pack import DisclosureSettings, Rule

_NOT_NOW = "只在生成公开版（jixiao run --public）时检查"

_NOTHING_HIDDEN = "不适用：没有不公开的项目"


def publication_signed(rule: Rule, context: Audit) -> Iterator[Answer]:
    """D78: 保密审查 and 负责人审签 are 是 before anything is published."""
    if not context.publishing:
        yield unchecked(_NOT_NOW)
        return
    for name in disclosure_settings(context.pack).signed_off:
        cell, label = context.unit.book.cell(name), name.partition("_")[2]
        if str(cell.value or "").strip() == "是":
            yield passed()
        else:
            now = f"填的是“{shorten(str(cell.value))}”" if not cell.blank else "空着"
            yield failed(finding_at(rule, cell.ref, f"{label}{now}，应为“是”，公开版没有生成"))


def secret_rows_decided(rule: Rule, context: Audit) -> Iterator[Answer]:
    """D78: 涉密 and 公开方式 do not contradict each other, and a row that sounds secret is decided on."""
    if not context.publishing:
        yield unchecked(_NOT_NOW)
        return
    settings, plan = disclosure_settings(context.pack), plan_of(context.unit, context.pack)
    if not plan.projects:
        yield unchecked("没有填项目支出明细")
    for project in plan.projects:
        yield _decided(rule, project, settings)
    for word in plan.unknown:
        at = context.unit.book.cell(settings.more_field)
        yield failed(finding_at(rule, at.ref, f"“{shorten(word)}”不是表里的数，应写表中的名称，例如“项目支出”"))


def _decided(rule: Rule, project: Project, settings: DisclosureSettings) -> Answer:
    cell, words = project.row.cell(project.row.roles.secret), (settings.open, settings.merged, settings.withheld)
    if project.way and project.way not in words:
        at, shown = project.row.cell(settings.way_column), "”“".join(words)
        return failed(finding_at(rule, at.ref, f"公开方式填的是“{shorten(project.way)}”，应为“{shown}”之一"))
    if project.secret and project.way == settings.open:
        at = project.row.cell(settings.way_column)
        return failed(finding_at(rule, at.ref, f"“涉密”列是“{cell.value}”，公开方式却选了“{settings.open}”"))
    if not project.hidden and cell.blank and any(word in project.name for word in settings.secret_words):
        return failed(finding_at(rule, cell.ref, f"项目“{shorten(project.name)}”是否涉密没有填，应选“是”或“否”"))
    return passed()


def withheld_unmentioned(rule: Rule, context: Audit) -> Iterator[Answer]:
    """D78: no sentence, name or indicator that would be published tells what is withheld."""
    if not context.publishing:
        yield unchecked(_NOT_NOW)
        return
    unit, pack = context.unit, context.pack
    plan = plan_of(unit, pack)
    if not plan.protected and not plan.fields:
        yield unchecked(_NOTHING_HIDDEN)
        return
    words = list(word_leaks(unit, plan, pack))
    amounts = [leak for leaks in (amount_leaks, rate_leaks) for leak in leaks(unit, context.figures, plan, pack)]
    for leak in words:
        judged = rule if leak.sure else replace(rule, severity=Severity.NOTICE)
        fact = f"“{shorten(leak.text)}”里有不公开的{leak.what}，公开后{'会' if leak.sure else '可能'}泄密"
        yield failed(finding_at(judged, leak.cell.ref, fact))
    for leak in amounts:
        judged, may = (rule, "会") if leak.sure else (replace(rule, severity=Severity.NOTICE), "可能")
        yield failed(finding_at(judged, leak.cell.ref, f"写有“{leak.text}”，是{leak.what}，公开后{may}泄密"))
    if not words and not amounts:
        yield passed()


def personal_unmentioned(rule: Rule, context: Audit) -> Iterator[Answer]:
    """D76: telephone numbers and other personal data stand in no text that would be published."""
    if not context.publishing:
        yield unchecked(_NOT_NOW)
        return
    leaks: list[Leak] = list(personal_leaks(context.unit, plan_of(context.unit, context.pack), context.pack))
    for leak in leaks:
        yield failed(finding_at(rule, leak.cell.ref, f"“{shorten(leak.text)}”里有{leak.what}，公开版不应出现"))
    if not leaks:
        yield passed()


def withheld_underivable(rule: Rule, context: Audit) -> Iterator[Answer]:
    """D78: no withheld amount follows from the published totals; else the smallest remedy is proposed."""
    if not context.publishing:
        yield unchecked(_NOT_NOW)
        return
    plan = plan_of(context.unit, context.pack)
    if not plan.protected:
        yield unchecked(_NOTHING_HIDDEN)
        return
    facts = facts_of(context.unit, context.figures, context.pack)
    secrets = Secrets(context.unit, facts, context.pack)
    holes = list(secrets.holes(plan))
    if not holes:
        yield passed()
        return
    remedy = advice(secrets.propose(plan), context.unit, context.pack, more_rows=bool(plan.shown))
    for project in plan.protected:
        own = [h for h in holes if h.project.index == project.index]
        if own:
            yield failed(_hole_finding(rule, project, own, remedy, context))


def _hole_finding(rule: Rule, project: Project, holes: list[Hole], remedy: str, context: Audit) -> Finding:
    cells = tuple(project.row.cells[h.column].ref for h in holes)
    told = "；".join(hole_text(h, context.pack.unit) for h in holes)
    name = f"（项目“{shorten(project.name)}”）" if project.name else ""
    fact = f"{cells[0]}{name}：不公开的金额可由公开的数推算出来：{told}"
    exact = next((h.bounds.low for h in holes if h.bounds.exact and h.bounds.low is not None), None)
    derived = None if exact is None else decimal_of(exact)
    return Finding(rule.id, rule.severity, cells, f"{fact}。{remedy}。[{rule.id}]", derived)


DISCLOSURE_CHECKS: Mapping[str, Callable[[Rule, Audit], Iterator[Answer]]] = {
    "personal_unmentioned": personal_unmentioned,
    "publication_signed": publication_signed,
    "secret_rows_decided": secret_rows_decided,
    "withheld_underivable": withheld_underivable,
    "withheld_unmentioned": withheld_unmentioned,
}
