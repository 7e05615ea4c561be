"""What people read on the screen (屏幕输出), on stderr; staff's text is shown as text, never as markup."""

from __future__ import annotations

import os
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any

import click

from toolkit.core.findings import Severity, by_cause
from toolkit.core.words import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from rich.console import Console
    from rich.table import Table

    from toolkit.authoring import Replay
    from toolkit.core.findings import AuditResult, Finding, Folded
    from toolkit.pack import Pack
    from toolkit.pipeline import Checked, Published

_COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTICE: "cyan"}

_MOST_PER_SHEET = 12  # more than a screen of one sheet helps nobody

_MOST_MISSING = 6

_VERDICTS = {
    "error": ("有错误", "bold red"),
    "incomplete": ("数据不全", "bold yellow"),
    "warning": ("有警示", "yellow"),
    "clean": ("通过", "bold green"),
}


_LOOKS = frozenset({"bold", "dim", "italic", "underline"})


class Text:
    """A line in parts, each in a style of rich's words ("bold red"): most of what is shown needs no more of rich.

    rich costs a cold `check` a tenth of its time, so that only tables, trees and bars load it.
    """

    def __init__(self, text: str, style: str = "") -> None:
        """A line in one style."""
        self.parts = [(text, style)]

    @classmethod
    def assemble(cls, *parts: str | tuple[str, str]) -> Text:
        """A line of texts and (text, style) pairs."""
        made = cls("")
        made.parts = [(part, "") if isinstance(part, str) else part for part in parts]
        return made

    @property
    def coloured(self) -> str:
        """The line with the signs that colour it, and what turns, hides or commands shown as [U+202E]."""
        return "".join(click.style(visible(text), **_look(style)) if text else "" for text, style in self.parts)


def _look(style: str) -> dict[str, Any]:
    """A style of rich in click's words: bold white on red."""
    front, _, back = style.partition(" on ")
    words = set(front.split())
    found: dict[str, Any] = dict.fromkeys(_LOOKS & words, True)
    colours = {"fg": next(iter(words - _LOOKS), None), "bg": back or None}
    return found | colours | {"reset": bool(style)}


class Screen:
    """Where people read: stderr, in colour only on a terminal."""

    def print(self, *objects: Any) -> None:  # noqa: ANN401 - lines, and whatever rich draws
        """Print lines and drawings."""
        for one in objects or ("",):
            if isinstance(one, Text | str):
                colour = False if os.environ.get("NO_COLOR") else None
                click.echo(one.coloured if isinstance(one, Text) else visible(one), err=True, color=colour)
            else:
                self.drawing.print(one)

    @property
    def drawing(self) -> Console:
        """Rich's own console, for what is drawn."""
        from rich.console import Console

        return Console(stderr=True, highlight=False, soft_wrap=True)


def console() -> Screen:
    """The screen."""
    return Screen()


def verdict_words(verdict: str) -> tuple[str, str]:
    """The word and colour of a verdict."""
    return _VERDICTS[verdict]


def severity_style(severity: Severity) -> str:
    """The colour of a severity."""
    return _COLOURS[severity]


def show_check(checked: Checked, *, everything: bool = False) -> None:
    """The audit of one file: verdict, findings worst first, what is missing, the scores, what was not checked.

    `everything` lists what was not checked rule by rule, with the reasons.
    """
    out, result = console(), checked.result
    word, colour = _VERDICTS[result.verdict]
    name = checked.unit.unit_name or "（未填单位名称）"
    out.print(Text.assemble((name, "bold"), "　", checked.unit.path, "　", (word, colour)))
    if checked.pack.supplement:
        out.print(Text(f"  {checked.pack.supplement.told}", style="dim"))
    for found in _by_sheet(by_cause(result.findings)):
        for finding, others in found[:_MOST_PER_SHEET]:
            out.print(*_finding_lines(finding, others, everything=everything))
        if len(found) > _MOST_PER_SHEET:
            more, sheet = len(found) - _MOST_PER_SHEET, found[0][0].sheet
            told = f"  「{sheet}」另有 {more} 个问题，见 jixiao run 生成的审核反馈，或加 --json。"
            out.print(Text(told, style="dim"))
    for line in chain(_missing_lines(result), _score_lines(checked)):
        out.print(line)
    counts = "，".join(f"{s.label} {len(result.of(s))} 个" for s in Severity)
    folded = "" if everything or not result.not_checked else "，加 --all 逐条列出"
    unchecked = f"未检查 {len(result.not_checked)} 条（缺数据，不等于通过{folded}）"
    out.print(Text(f"  {counts}；通过 {len(result.passed)} 条，{unchecked}。"))
    for line in _unchecked_lines(result) if everything else ():
        out.print(line)


def _finding_lines(finding: Finding, others: Sequence[Finding], *, everything: bool) -> Iterator[Text]:
    """One finding, its clues, and what comes of it: folded into a line, or each in full."""
    yield _told(finding, "  ")
    if finding.hint:
        yield Text(f"       {finding.hint}", style="italic")
    if others and everything:
        yield Text(f"       由此引起的 {len(others)} 个：", style="dim")
        yield from (_told(other, "         ") for other in others)
    elif others:
        places = "、".join(f"{o.cells[0]}[{o.rule}]" for o in others[:_MOST_MISSING])
        more = f"等 {len(others)} 个" if len(others) > _MOST_MISSING else ""
        yield Text(f"       由此还引起 {places}{more}，改好这一处再看（加 --all 逐条列出）。", style="dim")


def _told(finding: Finding, indent: str) -> Text:
    label = "已说明" if finding.explained else finding.severity.label
    return Text.assemble(indent, (label, _COLOURS[finding.severity]), " ", finding.message)


def _missing_lines(result: AuditResult) -> Iterator[Text]:
    """What is required and not filled in, sheet by sheet; what a finding says already is not said again."""
    left = result.completeness.untold(result.findings)
    if not left:
        return
    complete = result.completeness
    yield Text(f"  还没有填（必填 {complete.required} 项，已填 {complete.filled} 项）：", style="yellow")
    for sheet, group in groupby(left, key=lambda m: m.cell.sheet):
        lacking = list(group)
        names = "、".join(f"{m.title}（{m.cell.address}）" for m in lacking[:_MOST_MISSING])
        more = f"等 {len(lacking)} 项" if len(lacking) > _MOST_MISSING else ""
        yield Text(f"    「{sheet}」{names}{more}")


def _unchecked_lines(result: AuditResult) -> Iterator[Text]:
    """Rules that were not judged, grouped by their reason."""
    by_reason: dict[str, list[str]] = {}
    for left in result.not_checked:
        by_reason.setdefault(left.reason, []).append(left.rule)
    for reason, rules in by_reason.items():
        yield Text(f"    未检查 {'、'.join(rules)}：{reason}", style="dim")


def _by_sheet(findings: Iterable[Folded]) -> list[list[Folded]]:
    """Grouped by sheet, the sheet with the worst finding first; findings come worst first."""
    groups: dict[str, list[Folded]] = {}
    for finding, others in findings:
        groups.setdefault(finding.sheet, []).append((finding, others))
    return list(groups.values())


def _score_lines(checked: Checked) -> Iterator[Text]:
    """The unit's total, and those of its project forms."""
    view = checked.figures.book.computed
    roles = view.space.roles
    total, grade = view.number(roles.total), view.content(roles.grade)
    if not roles.total:
        pass  # a form that gives the whole no points
    elif total is None:
        yield Text("  整体自评总分：数据不全，算不出。", style="dim")
    else:
        yield Text(f"  整体自评总分 {total} 分{f'，等级“{grade}”' if grade else ''}。")
    scored = [
        f"“{form.section.name}”{number} 分"
        + (f"（{grade}）" if (grade := form.computed.content(form.section.roles.grade)) else "")
        for form in checked.figures.forms
        if (number := form.computed.number(form.section.roles.total)) is not None
    ]
    if scored:
        yield Text(f"  项目自评总分：{'，'.join(scored)}。")


def show_published(published: Published) -> None:
    """Where the finished files are."""
    out = console()
    out.print(Text(f"  已生成：{published.folder}"))
    for path in published.files:
        out.print(Text(f"    {path.name}"))
    if published.edits:
        out.print(Text(f"  自评报告里您改过的 {len(published.edits)} 处（改过的那份另存为“_改稿”）："))
    for edit in published.edits:
        out.print(Text(f"    {edit.told}", style="yellow" if edit.note else ""))
    if published.public and published.public.refused:
        refused, told = published.public.refused, published.checked.result.findings
        rules = "、".join(dict.fromkeys(f.rule for f in refused))
        out.print(Text(f"  公开版没有生成，须先解决 {len(refused)} 个问题（{rules}）。", style="bold red"))
        for finding in refused:
            if finding not in told:
                out.print(Text(f"    {finding.message}"))
    elif published.public:
        names = "、".join(path.name for path in published.public.files)
        out.print(Text(f"  公开版已生成：{published.public.folder}（{names}）", style="bold green"))
    warn_of_public(published)


def warn_of_public(published: Published) -> None:
    """A public edition of a return with open errors is complete and wrong: that is not to be overlooked."""
    errors = [f for f in published.checked.result.of(Severity.ERROR) if not f.explained]
    if published.public and published.public.files and errors:
        told = f"  注意：填报表还有 {len(errors)} 个错误，公开版里的数还不对，改好重新生成之前不要公布！"
        console().print(Text(told, style="bold white on red"))


def show_message(text: str, style: str = "") -> None:
    """One plain line."""
    console().print(Text(text, style=style))


def table_of(*heads: str) -> Table:
    """A table that folds what is long: a name cut off with … helps nobody."""
    from rich.table import Table

    table = Table()
    for head in heads:
        table.add_column(head, overflow="fold")
    return table


def add_row(table: Table, *cells: str | tuple[str, str]) -> None:
    """A row of texts and (text, style) pairs, whoever wrote them."""
    from rich.text import Text as Shown

    pairs = [(cell, "") if isinstance(cell, str) else cell for cell in cells]
    table.add_row(*(Shown(visible(text), style=style) for text, style in pairs))


def show_packs(packs: Iterable[Pack]) -> None:
    """The packs as a table."""
    table = table_of("规则包", "名称", "年度", "版本", "规则数")
    for pack in packs:
        count = len({rule.id for rule in pack.rules})
        add_row(table, pack.id, pack.title, str(pack.year), pack.version, str(count))
    console().print(table)


def show_pack(pack: Pack) -> None:
    """One pack: its settings and rules."""
    out = console()
    out.print(
        Text(
            f"{pack.title}（{pack.id}，版本 {pack.version}，{pack.year} 年度，金额单位 {pack.unit}）",
            style="bold",
        )
    )
    out.print(Text(f"文件夹：{pack.folder}"))
    out.print(Text(f"依据：{'、'.join(pack.basis) or '没有写'}"))
    weights = "，".join(f"{name} {points}" for name, points in pack.weights.items())
    out.print(Text(f"分值：{weights}"))
    show_rules(pack)


def show_rules(pack: Pack) -> None:
    """The rules of a pack as a table."""
    table = table_of("规则", "程度", "审核内容", "依据")
    for rule in (*pack.rules, *pack.batch_rules):
        add_row(table, rule.id, rule.severity.label, rule.title, rule.basis)
    console().print(table)


def show_replay(pack: str, found: Replay) -> None:
    """Whom each rule of a new pack would stop."""
    if found.effects:
        table = table_of("规则", "程度", "审核内容", "原来", "现在", "未检查")
        for one in found.effects:
            counts = (str(one.before), str(one.now), str(one.unchecked))
            add_row(table, one.rule, one.severity.label, one.title, *counts)
        console().print(table)
    for name, why in found.skipped:
        show_message(f"  没有试算 {name}：{why}")
    if not found.units:
        show_message("没有可以试算的填报表。")
        return
    stopped = f"有错误的原来 {found.stopped_before} 家，按 {pack} 是 {found.stopped} 家"
    show_message(f"试算 {found.units} 家（表中是单位数）：{stopped}。没有改动任何文件。")


def show_files(title: str, paths: Iterable[Path]) -> None:
    """A heading and file paths."""
    out = console()
    out.print(Text(title, style="bold"))
    for path in paths:
        out.print(Text(f"  {path}"))
