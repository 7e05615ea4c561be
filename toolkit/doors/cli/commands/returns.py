"""移表、往返、项目自评表 (`move`, `compare`, `forms`). Thin: parses, calls, prints, sets the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from toolkit.doors.cli.chinese import ChineseCommand
from toolkit.doors.cli.options import JSON, PATH, pack_or_none, print_json, refuse_unfit

if TYPE_CHECKING:
    from pathlib import Path

    from toolkit.batch import MovedFile
    from toolkit.publishing.returning import Compared
    from toolkit.publishing.schemas import FormsJson, NotMovedJson
    from toolkit.publishing.workbooks import MovedWorkbook

_MOST_SHOWN = 12
_MOST_CHANGES = 30


@click.command("move", cls=ChineseCommand)
@click.argument("file", type=PATH, metavar="文件或文件夹")
@click.option("-o", "--output", type=PATH, metavar="文件或文件夹", help="写到哪里；默认“<名>_移表.xlsx”、“<名>_移表”")
@click.option("--pack", "pack_name", metavar="规则包", help="移进哪个规则包的填报表；默认看原表，认不出就用默认的")
@click.option("--json", "as_json", is_flag=True, help="在标准输出给出 JSON：每一格的去处")
def move(file: Path, output: Path | None, pack_name: str | None, *, as_json: bool) -> int:
    """把旧版、损坏的填报表或公开的官方表（.xlsx、.xls、.csv、.docx）移进一份新的填报表。

    按名称认，名称没有了按标签认；认不准的不移。新表里有“移表清单”，原表每一格的去处都写在上面。
    给文件夹就把里面的每一份都移好，名字、子文件夹照旧，另写一份“移表总单.xlsx”。
    """
    from toolkit.engines import keep_input, write_file
    from toolkit.publishing.workbooks import moved_workbook
    from toolkit.unit.moving import move_file

    if file.is_dir():
        return _move_folder(file, output or file.with_name(f"{file.name}_移表"), pack_name, as_json=as_json)
    target = output or file.with_name(f"{file.stem}_移表.xlsx")
    refuse_unfit(target, ".xlsx", what="移好的填报表")
    keep_input(target, [file])
    made = moved_workbook(move_file(file, pack_or_none(pack_name, file.parent)))
    write_file(target, made.data)
    if as_json:
        print_json(made.to_json() | {"output": str(target)}, one_line=False)
    else:
        _show(made, target)
    return 0


def _move_folder(folder: Path, output: Path, pack_name: str | None, *, as_json: bool) -> int:
    """Every form of a folder, each told when it is done; exit code 1 when one could not be moved, 3 when none could."""
    from toolkit.batch import MOVES_NAME, move_all
    from toolkit.doors.cli.screen import show_message

    def heard(one: MovedFile, made: MovedWorkbook | None) -> None:
        placed, unsure, left = one.counts
        if made:
            told = f"已移入 {placed} 格，其中请核对 {unsure} 格；没有移入 {left} 格"
            show_message(f"  {one.file} → {one.target}：{told}。{one.note}", "yellow" if left or one.note else "")
        else:
            show_message(f"  没有移 {one.file}：{one.note}", "red")
        if as_json:
            error: NotMovedJson = {"schema": "jixiao.move/1", "file": str(folder / one.file), "error": one.note}
            told_json = made.to_json() | {"output": str(output / one.target)} if made else error
            print_json(told_json, one_line=True)

    done = move_all(folder, output, pack_or_none(pack_name, folder), heard)
    for one in (d for d in done if d.outcome == "skipped"):
        show_message(f"  跳过 {one.file}（{one.note}）", "dim")
    moved, refused = (sum(1 for d in done if d.outcome == what) for what in ("moved", "refused"))
    if not moved and not refused:
        show_message(f"{folder} 里没有可以移的表（.xlsx、.xlsm、.xls、.csv、.docx）。", "yellow")
        return 3
    show_message(f"移好 {moved} 份，没有移 {refused} 份；原文件没有改动。请打开：{output / MOVES_NAME}", "bold")
    return (1 if moved else 3) if refused else 0


def _show(made: MovedWorkbook, target: Path) -> None:
    from toolkit.doors.cli.screen import show_message
    from toolkit.unit.moving import Fate

    counts = made.to_json()["counts"]
    show_message(f"已移入 {counts[Fate.PLACED]} 格，其中 {counts['待核对']} 格按标签认出，请核对（新表里标了浅蓝色）。")
    left = [line for line, _ in made.lines if line.fate is Fate.LEFT]
    if left:
        show_message(f"没有移入 {len(left)} 格：", "yellow")
    for line in left[:_MOST_SHOWN]:
        show_message(f"  「{line.page}」{line.where}：{line.text[:40]}（{line.note}）")
    if len(left) > _MOST_SHOWN:
        show_message(f"  另有 {len(left) - _MOST_SHOWN} 格，见新表的“移表清单”。")
    blank = made.move.worked_out
    for line in blank[:_MOST_SHOWN]:
        show_message(f"  「{line.page}」{line.where}：{line.name.replace('_', '·')}{line.note}")
    if len(blank) > _MOST_SHOWN:
        show_message(f"  另有 {len(blank) - _MOST_SHOWN} 格原表没有填，见新表的“移表清单”。")
    if made.move.year != made.move.pack.year:
        show_message(
            f"注意：原表是 {made.move.year} 年度的，新表是 {made.move.pack.year} 年度的。"
            "要把上年的数带到今年，请用 jixiao new --from。",
            "yellow",
        )
    show_message(f"已写到：{target}（原文件没有改动）。接着用 jixiao check 检查。")


@click.command("compare", cls=ChineseCommand)
@click.argument("before", type=PATH, metavar="前.xlsx")
@click.argument("after", type=PATH, metavar="后.xlsx")
@click.option("-o", "--output", type=PATH, metavar="文件", help="另写一份对比表（.xlsx），改前改后并排")
@JSON
def compare(before: Path, after: Path, output: Path | None, *, as_json: bool) -> int:
    """对比两次填报：改了哪些格，问题改正几个、还剩几个、新增几个，得分怎样变。

    移动了位置的行不算改动。退出码 1 表示后一份还有错误。
    """
    from toolkit.engines import keep_input, write_zip
    from toolkit.pipeline import check_unit
    from toolkit.publishing.returning import compared, compared_workbook

    if output:
        refuse_unfit(output, ".xlsx", what="对比表")
        keep_input(output, [before, after])
    first = check_unit(before)
    found = compared(first, check_unit(after, first.pack))
    if output:
        write_zip(output, compared_workbook(found))
    if as_json:
        print_json(found.to_json() | {"output": str(output) if output else None}, one_line=False)
    else:
        _show_compared(found, output)
    return int(found.after.result.verdict == "error")


def _show_compared(found: Compared, output: Path | None) -> None:
    from toolkit.doors.cli.screen import show_message
    from toolkit.publishing.returning import both_shown, name_of, score_of

    changes = found.compared.changes
    show_message(f"{found.after.unit.unit_name or '（未填单位名称）'}　共 {len(changes)} 处改动")
    for change in changes[:_MOST_CHANGES]:
        place = f"{change.ref} " if change.ref else ""
        row = f"“{change.row}”" if change.row else ""
        sides = f"：{' → '.join(both_shown(change.before, change.after))}" if change.kind == "改" else ""
        show_message(f"  {change.kind} {place}{name_of(change)}{row}{sides}")
    if len(changes) > _MOST_CHANGES:
        show_message(f"  另有 {len(changes) - _MOST_CHANGES} 处，用 -o 写成对比表，或加 --json。")
    mended, still, new = found.counts
    show_message(f"问题：改正 {mended} 个，还剩 {still} 个，新增 {new} 个。")
    told = [("新增", "red", f.message) for f in found.since.new]
    told += [("还在", "yellow", f.message) for _, f in found.since.still]
    told += [("已改正", "green", f.message) for f in found.since.mended]
    for word, style, message in told[:_MOST_CHANGES]:
        show_message(f"  {word} {message}", style)
    (total, grade), (new_total, new_grade) = score_of(found.before), score_of(found.after)
    show_message(f"总分：{total or '算不出'}（{grade or '—'}）→ {new_total or '算不出'}（{new_grade or '—'}）。")
    if output:
        show_message(f"对比表已写到：{output}")


@click.command("forms", cls=ChineseCommand)
@click.argument("file", type=PATH, metavar="文件")
@click.option("-o", "--output", type=PATH, metavar="文件", help="写到哪个文件；默认“<名>_项目表.xlsx”")
@JSON
def forms(file: Path, output: Path | None, *, as_json: bool) -> int:
    """给“项目支出”表里的每个项目备好一张项目自评表，名称、编码、单位填好；已有的不动。"""
    from toolkit.doors.cli.screen import show_message
    from toolkit.engines import keep_input, write_file
    from toolkit.pack import FILL_NAME, MACRO_NAME
    from toolkit.pipeline import read_return
    from toolkit.publishing.workbooks import fill_workbook
    from toolkit.unit.returning import with_forms

    filed, pack = read_return(file)  # first: what is no workbook has no fitting name either
    target = output or file.with_name(f"{file.stem}_项目表{file.suffix}")
    refuse_unfit(target, ".xlsx", ".xlsm")
    keep_input(target, [file])
    unit, made = with_forms(filed, pack)
    form = MACRO_NAME if target.suffix.lower() == ".xlsm" else FILL_NAME
    write_file(target, fill_workbook(unit, pack, form))
    if as_json:
        told: FormsJson = {
            "schema": "jixiao.forms/1",
            "file": str(file),
            "output": str(target),
            "made": list(made),
            "forms": len(unit.forms),
        }
        print_json(told, one_line=False)
    else:
        listed = f"新增 {len(made)} 张：{'、'.join(made)}" if made else "每个项目都已经有了"
        show_message(f"项目自评表共 {len(unit.forms)} 张，{listed}。")
        if filed.strays:
            show_message(f"原表里有 {len(filed.strays)} 处填在表格外的内容没有带过来。", "yellow")
        show_message(f"已写到：{target}（原文件没有改动）。")
    return 0


@click.command("pdf", cls=ChineseCommand)
@click.argument("files", nargs=-1, required=True, type=PATH, metavar="文件…")
@click.option("-o", "--output", type=PATH, metavar="文件夹", help="写到哪个文件夹；默认写在原文件旁边")
def pdf(files: tuple[Path, ...], output: Path | None) -> int:
    """把自评报表、自评报告等（.xlsx、.xlsm、.docx）转成 PDF。

    用这台电脑上的 LibreOffice，没有的用 Excel、Word。
    """
    from toolkit.core.errors import UsageError
    from toolkit.doors.cli.screen import show_message
    from toolkit.engines import as_pdf, keep_inputs, read_input, same_file, write_file
    from toolkit.publishing.document import for_printer

    targets = [(output or file.parent) / f"{file.stem}.pdf" for file in files]
    unfit = [f.name for f in files if f.suffix.lower() not in {".xlsx", ".xlsm", ".docx"} and not f.is_dir()]
    if unfit:
        raise UsageError(f"{'、'.join(unfit)} 不是 .xlsx、.xlsm 或 .docx，转不成 PDF。请先另存成这三种之一。")
    if len(set(targets)) < len(targets):
        raise UsageError("有两个文件会写成同一个 PDF。请分开转，或用 -o 写到不同的文件夹。")
    keep_inputs([t for t in targets if not any(same_file(t, f) for f in files)], files)
    for file, target in zip(files, targets, strict=True):
        data = read_input(file, "请换一份再试。", "Excel、WPS 或 Word")
        write_file(target, as_pdf(file, for_printer(data) if file.suffix.lower() == ".docx" else data))
        show_message(f"已转成：{target}")
    return 0
