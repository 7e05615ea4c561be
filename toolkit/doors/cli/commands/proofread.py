"""`jixiao proofread` (文字核对): checks the numbers of any self-evaluation report in Word or text."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from toolkit.doors.cli.chinese import ChineseCommand
from toolkit.doors.cli.options import JSON, PACK, PATH, pack_or_default, pack_or_none, print_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from toolkit.audit.prose import Proofread
    from toolkit.pack import Pack
    from toolkit.pipeline import Checked

_MOST_SHOWN = 60
_KINDS = frozenset({".docx", ".txt"})


@click.command("proofread", cls=ChineseCommand)
@click.argument("files", nargs=-1, required=True, type=PATH, metavar="报告…")
@PACK
@click.option("--year", type=click.IntRange(1990, 2100), metavar="年度", help="评价年度；默认看报告标题")
@click.option("--unit", default="", metavar="名称", help="单位名称；默认看报告标题")
@click.option("--against", type=PATH, metavar="文件", help="填报表：另外核对报告里哪些数与它不一致了，哪些段落没有了")
@JSON
def proofread_command(  # noqa: PLR0913 - one parameter per option
    files: tuple[Path, ...], pack_name: str | None, year: int | None, unit: str, against: Path | None, *, as_json: bool
) -> int:
    """核对自评报告（.docx、.txt）里的数字、名单、比率、提纲和残留；给文件夹就核对里面的每一份。"""
    checked = _checked(against, pack_name) if against else None
    pack, code = checked.pack if checked else pack_or_default(pack_name, files[0].parent), 0
    several = len(files) > 1 or any(f.is_dir() for f in files)
    reports = _reports(files)
    if not reports:
        click.echo("文件夹里没有 .docx 或 .txt 文件。", err=True)
        return 2
    for number, file in enumerate(reports, 1):
        if several and not as_json:
            click.echo(f"（{number}/{len(reports)}）{file.name}", err=True)
        done = _guarded(partial(_proofread, file, pack, year, unit, checked), file, one_line=as_json and several)
        if done is None:
            code = max(code, 3)
            continue
        code = max(code, int(done.verdict in {"error", "incomplete"}))
        if as_json:
            print_json(done.to_json(), one_line=several)
        else:
            _show(done)
    return code


def _reports(paths: tuple[Path, ...]) -> list[Path]:
    """The files named, and those of the folders named; what Word keeps beside an open file (~$) is none."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in _KINDS and not p.name.startswith("~$"))
        found += inside if path.is_dir() else [path]
    return found


def _checked(workbook: Path, pack_name: str | None) -> Checked:
    from toolkit.pipeline import check_unit

    return check_unit(workbook, pack_or_none(pack_name, workbook.parent))


def _proofread(file: Path, pack: Pack, year: int | None, unit: str, checked: Checked | None) -> Proofread:
    from toolkit.audit.prose import proofread_file

    if checked is None:
        return proofread_file(file, pack, year, unit)
    from toolkit.pipeline import proofread_against

    return proofread_against(file, checked, year, unit)


def _guarded(call: Callable[[], Proofread], file: Path, *, one_line: bool) -> Proofread | None:
    """One unreadable file does not stop the others."""
    from toolkit.core.errors import UnreadableError

    try:
        return call()
    except UnreadableError as error:
        click.echo(str(error), err=True)
        if one_line:
            from toolkit.audit.prose import SCHEMA

            print_json({"schema": SCHEMA, "file": str(file), "error": str(error)}, one_line=True)
        return None


def _show(done: Proofread) -> None:
    from toolkit.core.findings import Severity
    from toolkit.doors.cli.screen import Text, console, severity_style, verdict_words

    out = console()
    read = done.counts
    word, colour = verdict_words(done.verdict) if done.has_figures else ("没有读到数字", "yellow")
    out.print(
        Text.assemble((done.report.unit or "（标题里没有读到单位名称）", "bold"), "　", done.path, "　", (word, colour))
    )
    for finding in done.findings[:_MOST_SHOWN]:
        style = severity_style(finding.severity)
        out.print(Text.assemble("  ", (finding.severity.label, style), " ", finding.message))
    if len(done.findings) > _MOST_SHOWN:
        out.print(Text(f"  另有 {len(done.findings) - _MOST_SHOWN} 个问题，加 --json 看全部。", style="dim"))
    told = "，".join(f"{s.label} {sum(f.severity is s for f in done.findings)} 个" for s in Severity)
    related = (
        f"；能对上关系、核对了的 {sum(done.relations.values())} 处，其余的数没有可核对的关系，不等于正确"
        if done.has_figures
        else "，没有可核对的数，不等于正确"
    )
    out.print(
        Text(
            f"  {told}。读到 {read['paragraphs']} 段、{read['amounts']} 个金额、{read['counts']} 个数量、"
            f"{read['percentages']} 个百分数{related}。"
        )
    )
