"""The command line (命令行). Thin: it parses, calls, prints, and sets the contracted exit code."""

from __future__ import annotations

import gc
import sys
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Literal, TypeVar

import click

from toolkit import __version__
from toolkit.doors.cli.chinese import LateCommand, LateGroup, ReviewCommand, run
from toolkit.doors.cli.options import (
    JSON,
    PACK,
    PATH,
    pack_of_year,
    pack_or_default,
    pack_or_none,
    print_json,
    refuse_unfit,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from toolkit.core.words import Json
    from toolkit.pack import Pack
    from toolkit.pipeline import Checked

T = TypeVar("T")

_GARBAGE = 1_000_000  # new objects between two looks for circles, which units leave none of; 700 costs `check` 25 ms
_BOOKS = (".xlsx", ".xlsm")
FILES = click.argument("files", nargs=-1, required=True, type=PATH, metavar="文件…")

LAST_YEAR = click.option(
    "--last-year",
    type=PATH,
    metavar="文件",
    help="同一单位上年的填报表，用来核对上年决算数",
)

EPILOG = "退出码：0 没有错误　1 有错误　2 用法不对　3 文件读不了或不是填报表　4 程序内部出错　5 结果写不了"


@click.group(cls=LateGroup, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EPILOG)
@click.version_option(__version__, "-V", "--version", message="jixiao %(version)s", help="显示版本")
def cli() -> None:
    """部门整体支出绩效自评工具：填报表 → 运算 → 审核 → 自评报表与自评报告。"""


@cli.command()
@click.option(
    "-o",
    "--output",
    type=PATH,
    default="输出示例",
    show_default=True,
    metavar="文件夹",
    help="写到哪个文件夹",
)
def demo(output: Path) -> None:
    """用自带示例走一遍全部流程，并告诉您打开哪些文件。"""
    run_demo(output)


@cli.command()
@PACK
@click.option("--macro", is_flag=True, help="带宏按钮的填报表（.xlsm）")
@click.option("-o", "--output", type=PATH, metavar="文件", help="写到哪个文件")
@click.option("--from", "last", type=PATH, metavar="文件", help="去年的填报表：把不用再敲的数带过来，本年的数空着")
@click.option(
    "--export",
    "exports",
    multiple=True,
    type=PATH,
    metavar="文件",
    help="官方表：部门决算、预算批复的公开表，或批复的绩效目标表（.xlsx、.xls、.csv、.docx、.json），可以写几次",
)
@click.option("--roster", type=PATH, metavar="文件", help="--from 是文件夹时的单位名册：去年没有的单位给一份空白表")
@click.option("--year", type=click.IntRange(1990, 2100), metavar="年度", help="哪个年度的填报表；默认看规则包")
@JSON
def new(  # noqa: PLR0913 - one parameter per option
    *,
    pack_name: str | None,
    output: Path | None,
    last: Path | None,
    exports: tuple[Path, ...],
    roster: Path | None,
    year: int | None,
    macro: bool,
    as_json: bool,
) -> int:
    """生成一份空白填报表；给出去年的填报表或官方表，就把不用再敲的数带过来。

    --from 给一个文件夹，就给里面每个单位各做一份，-o 写输出文件夹。
    """
    from pathlib import Path

    from toolkit.core.errors import UsageError
    from toolkit.doors.cli.screen import show_message
    from toolkit.engines import write_file
    from toolkit.publishing.workbooks import refuse_unbuilt

    near = last or output
    pack = pack_of_year(year, pack_name, near.parent if near else None)
    source = _blank_form(pack, macro=macro)
    if last and last.is_dir():
        from toolkit.doors.cli.carried import write_all_carried

        if output is None or exports:
            told = "--from 是文件夹时不能加 --export。" if exports else "--from 是文件夹时，请用 -o 写明输出文件夹。"
            raise UsageError(told)
        return write_all_carried(last, output, roster, pack, source.name)
    beside = last.with_name(f"{last.stem}_过录{source.suffix}") if last else Path(source.name)
    target = output or beside
    refuse_unfit(target, source.suffix)
    if target.exists():
        raise UsageError(f"{target} 已经存在，没有覆盖。请换个文件名（-o）。")
    if last or exports:
        from toolkit.doors.cli.carried import write_carried

        write_carried(last, exports, target, pack, source.name, as_json=as_json)
        return 0
    refuse_unbuilt(pack, source.name)
    write_file(target, source.read_bytes())
    show_message(f"已生成空白填报表：{target}")
    return 0


def _blank_form(pack: Pack, *, macro: bool) -> Path:
    """The pack's form, plain or with buttons, where it has been built."""
    from toolkit.core.errors import UsageError
    from toolkit.pack import FILL_NAME, MACRO_NAME

    source = pack.folder / (MACRO_NAME if macro else FILL_NAME)
    if not source.is_file():
        raise UsageError(
            f"规则包 {pack.id} 里没有 {source.name}。"
            + ("请先用不带 --macro 的填报表。" if macro else "请先运行 jixiao pack build。")
        )
    return source


@cli.command()
@click.argument("data", type=PATH, metavar="数据.json")
@PACK
@click.option(
    "-o",
    "--output",
    type=PATH,
    metavar="文件",
    help="写到哪个文件；默认与 JSON 同名，写 .xlsm 则带按钮",
)
def fill(data: Path, pack_name: str | None, output: Path | None) -> None:
    """把 JSON 数据填成填报表。"""
    from toolkit.core.errors import UsageError
    from toolkit.doors.cli.screen import show_message
    from toolkit.engines import keep_input, write_file
    from toolkit.pack import FILL_NAME, MACRO_NAME
    from toolkit.publishing.workbooks import fill_workbook
    from toolkit.unit import parse_json, unit_from_json

    try:
        content = parse_json(_read_text(data))
    except UsageError as error:
        raise UsageError(f"{data.name}：{error}") from None
    pack = pack_or_default(pack_name or content.get("pack"), data.parent)
    target = output or data.with_suffix(".xlsx")
    refuse_unfit(target, *_BOOKS)
    keep_input(target, [data])
    form = MACRO_NAME if target.suffix.lower() == ".xlsm" else FILL_NAME
    write_file(target, fill_workbook(unit_from_json(content, pack), pack, form))
    show_message(f"已填成：{target}")


@cli.command()
@click.argument("file", type=PATH, metavar="文件")
@PACK
@click.option("-o", "--output", type=PATH, metavar="文件", help="写到文件；默认写到标准输出")
def export(file: Path, pack_name: str | None, output: Path | None) -> None:
    """把填报表导出为 JSON 数据。"""
    from toolkit.core.words import dump_json
    from toolkit.engines import keep_input, write_file
    from toolkit.pipeline import read_return
    from toolkit.unit import unit_to_json

    if output:
        refuse_unfit(output, ".json", what="数据")
        keep_input(output, [file])
    text = dump_json(unit_to_json(read_return(file, pack_or_none(pack_name, file.parent))[0]))
    if output:
        write_file(output, text.encode())
    else:
        click.echo(text, nl=False)


@cli.command()
@FILES
@PACK
@JSON
@click.option("--strict", is_flag=True, help="有警示也算不通过（退出码 1）")
@click.option("--all", "everything", is_flag=True, help="逐条列出未检查的规则和原因")
@LAST_YEAR
def check(  # noqa: PLR0913 - one parameter per option
    files: tuple[Path, ...],
    pack_name: str | None,
    last_year: Path | None,
    *,
    as_json: bool,
    strict: bool,
    everything: bool,
) -> int:
    """审核填报表，指出每个问题在哪一格、差多少、怎么办。"""
    from toolkit.pipeline import check_unit

    pack, code = pack_or_none(pack_name, files[0].parent), 0
    for file in files:
        checked = _guarded(file, partial(check_unit, file, pack, last_year), files, as_json=as_json)
        code = max(code, _exit_code(checked, strict=strict))
        if checked:
            _report(checked, files, as_json=as_json, everything=everything)
    return code


@cli.command("run", cls=ReviewCommand)
@FILES
@click.option("-o", "--output", type=PATH, required=True, metavar="文件夹", help="写到哪个文件夹")
@PACK
@JSON
@LAST_YEAR
@click.option(
    "--review",
    type=click.Choice(["figures", "all"]),
    metavar="[all]",
    help="另写一份带批注的自评报告，金额、比率、得分旁注明出处；--review all 连文字、个数也注明",
)
@click.option("--html", is_flag=True, help="另写一页 结果.html：不用装任何程序，双击就能看")
@click.option("--public", is_flag=True, help="另外生成可以公开的一套（公开 文件夹），不公开的内容不留痕迹")
@click.option(
    "--pdf", is_flag=True, help="另写 打印册.pdf：封面、报告和附表，可以直接打印（要有 LibreOffice 或 Excel、Word）"
)
@click.option("--toc", is_flag=True, help="自评报告封面后加一页目录，页码在 Word、WPS 里按 F9 更新")
@click.option("--keep-edits", is_flag=True, help="您在 Word 里改过的自评报告，改动带进新稿，逐处说明；改过的那份另存")
def run_files(  # noqa: PLR0913 - one parameter per option
    files: tuple[Path, ...],
    output: Path,
    pack_name: str | None,
    last_year: Path | None,
    *,
    as_json: bool,
    review: Literal["figures", "all"] | None,
    public: bool,
    html: bool,
    keep_edits: bool,
    pdf: bool,
    toc: bool,
) -> int:
    """审核并生成自评报表、自评报告、审核反馈。"""
    from toolkit.doors.cli.screen import show_published, warn_of_public
    from toolkit.pipeline import Wanted, run_unit

    pack, code = pack_or_none(pack_name, files[0].parent), 0
    done: dict[Path, Path] = {}
    wanted = Wanted(review or "", public, html, "keep" if keep_edits else "know", pdf, toc)
    for file in files:
        call = partial(run_unit, file, output, pack, last_year, wanted, done=done)
        published = _guarded(file, call, files, as_json=as_json)
        code = max(code, _exit_code(published.checked if published else None, strict=False))
        if published:
            done[published.folder] = file
            code = max(code, int(bool(published.public and published.public.refused)))
            edits = {"edits": [e.to_json() for e in published.edits]} if published.edits else {}
            _report(published.checked, files, as_json=as_json, more=edits)
            (warn_of_public if as_json else show_published)(published)
    return code


def _guarded(file: Path, call: Callable[[], T], files: tuple[Path, ...], *, as_json: bool) -> T | None:
    """One unreadable file does not stop the others; alone, it ends the command."""
    from toolkit.core.errors import UnreadableError

    try:
        return call()
    except UnreadableError as error:
        click.echo(str(error), err=True)
        if as_json and len(files) > 1:
            print_json({"schema": "jixiao.check/1", "file": str(file), "error": str(error)}, one_line=True)
        return None


def _exit_code(checked: Checked | None, *, strict: bool) -> int:
    if checked is None:
        return 3
    verdict = checked.result.verdict
    return int(verdict in {"error", "incomplete"} or (strict and verdict == "warning"))


def _report(
    checked: Checked, files: tuple[Path, ...], *, as_json: bool, everything: bool = False, more: Json | None = None
) -> None:
    from toolkit.doors.cli.screen import show_check

    if as_json:
        print_json(checked.to_json() | (more or {}), one_line=len(files) > 1)
    else:
        show_check(checked, everything=everything)


def _read_text(path: Path) -> str:
    from toolkit.core.errors import UnreadableError
    from toolkit.engines import read_input

    try:
        return read_input(path, "请检查是不是给错了文件。", "别的程序").decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableError(
            f"{path.name}：不是 JSON 文本（应是 UTF-8 编码），无法读取。JSON 由 jixiao export 导出。"
        ) from None


cli.add_command(
    LateCommand(
        "batch", "toolkit.doors.cli.commands.batch:batch", "把一个文件夹里各单位的填报表全部审核、出表，并汇总。"
    )
)

cli.add_command(
    LateCommand(
        "pdf",
        "toolkit.doors.cli.commands.returns:pdf",
        "把自评报表、自评报告等（.xlsx、.xlsm、.docx）转成 PDF。",
    )
)

cli.add_command(
    LateCommand(
        "forms",
        "toolkit.doors.cli.commands.returns:forms",
        "给“项目支出”表里的每个项目备好一张项目自评表，名称、编码、单位填好；已有的不动。",
    )
)

cli.add_command(
    LateCommand(
        "evidence",
        "toolkit.doors.cli.commands.evidence:evidence",
        "佐证台账：每个指标、项目的材料齐不齐、对不对得上文件，写成台账。",
    )
)

cli.add_command(
    LateCommand(
        "compare",
        "toolkit.doors.cli.commands.returns:compare",
        "对比两次填报：改了哪些格，问题改正几个、还剩几个、新增几个，得分怎样变。",
    )
)

cli.add_command(
    LateCommand(
        "move",
        "toolkit.doors.cli.commands.returns:move",
        "把旧版、损坏的填报表或公开的官方表（.xlsx、.xls、.csv、.docx）移进一份新的填报表。",
    )
)

cli.add_command(
    LateCommand(
        "explain", "toolkit.doors.cli.commands.explain:explain_figure", "说明一个数从哪里来：一步步追到填报的单元格。"
    )
)

cli.add_command(
    LateCommand(
        "proofread",
        "toolkit.doors.cli.commands.proofread:proofread_command",
        "核对自评报告（.docx、.txt）里的数字、名单、比率、提纲和残留；给文件夹就核对里面的每一份。",
    )
)

cli.add_command(LateCommand("pack", "toolkit.doors.cli.commands.pack:pack", "规则包：查看、检查、重建。"))

cli.add_command(
    LateCommand(
        "recalc",
        "toolkit.doors.cli.commands.excel:recalc",
        "不开 Excel，做按钮做的事：补算自动计算的格子，其余一字不动。",
    )
)

cli.add_command(
    LateCommand(
        "watch",
        "toolkit.doors.cli.commands.excel:watch",
        "守着一个文件夹：谁的填报表存盘，就在旁边写出审核反馈。按 Ctrl+C 结束。",
    )
)

cli.add_command(
    LateCommand("excel", "toolkit.doors.cli.commands.excel:excel", "宏按钮：装到这台电脑上，检查能不能用。")
)


def main() -> None:
    """Entry point of `jixiao`."""
    gc.set_threshold(_GARBAGE)
    try:
        run(cli)
    finally:
        if "toolkit.core.kept" in sys.modules:  # `jixiao --help` has not even loaded it
            import_module("toolkit.core.kept").keep_for_later()
        gc.freeze()  # what is left goes with the process: looking through it once more costs a cold `check` 50 ms


def examples_home() -> Path:
    """The examples: inside an installed wheel, or beside the source."""
    from pathlib import Path

    house = Path(__file__).parents[2]
    inside = house / "examples"
    return inside if inside.is_dir() else house.parent / "examples"


def run_demo(output: Path) -> None:
    """Fill, check and publish every example into `output`."""
    from toolkit.doors.cli.screen import show_check, show_files, show_message
    from toolkit.engines import write_file
    from toolkit.pack import find_pack
    from toolkit.pipeline import run_unit
    from toolkit.publishing.workbooks import fill_workbook
    from toolkit.unit import parse_json, unit_from_json

    to_open: list[Path] = []
    for source in sorted(examples_home().glob("*/data.json")):
        data = parse_json(source.read_text("utf-8"))
        pack = find_pack(str(data["pack"]))
        filled = output / source.parent.name / "填报表.xlsx"
        write_file(filled, fill_workbook(unit_from_json(data, pack), pack))
        published = run_unit(filled, output / source.parent.name)
        show_check(published.checked)
        to_open += [filled, *(p for p in published.files if p.suffix != ".json")]
        show_message("")
    show_files("请打开看看：", to_open)
    show_message(f'批量与汇总的示例：jixiao batch "{examples_home() / "batch"}" -o "{output / "批量"}"')
