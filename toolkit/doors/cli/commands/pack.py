"""`jixiao pack …` (规则包命令): look at packs, check them, rebuild them, list their rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from toolkit.doors.cli.chinese import ChineseCommand, ChineseGroup
from toolkit.doors.cli.options import JSON, PATH, asked, at_screen, pack_or_default, print_json, refuse_unfit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from toolkit.authoring import Named

_NO_OFFICE = "这台电脑没有 LibreOffice，公式没有用第二个软件重算（不等于相符）"


@click.group("pack", cls=ChineseGroup)
def pack() -> None:
    """规则包：查看、检查、重建。"""


@pack.command("list", cls=ChineseCommand)
@JSON
def pack_list(*, as_json: bool) -> None:
    """列出现有规则包。"""
    from toolkit.doors.cli.screen import show_packs
    from toolkit.pack import list_packs, own_packs

    packs = [*list_packs(), *own_packs()]
    if as_json:
        print_json(
            [{"id": p.id, "title": p.title, "year": p.year, "version": p.version} for p in packs],
            one_line=False,
        )
    else:
        show_packs(packs)


@pack.command("show", cls=ChineseCommand)
@click.argument("name", required=False, metavar="规则包")
def pack_show(name: str | None) -> None:
    """显示一个规则包的设置和规则。"""
    from toolkit.doors.cli.screen import show_pack

    show_pack(pack_or_default(name))


@pack.command("check", cls=ChineseCommand)
@click.argument("name", required=False, metavar="规则包")
@click.option("--try", "trying", is_flag=True, help="再试填几份，审核、出表，并用 LibreOffice 重算每一个公式")
def pack_check(name: str | None, *, trying: bool) -> int:
    """检查规则包：名称、公式、表样、报告模板是否一致。"""
    from toolkit.authoring import check_pack, roles_untold, try_pack
    from toolkit.doors.cli.screen import show_message

    chosen = pack_or_default(name)
    problems = check_pack(chosen)
    done = try_pack(chosen) if trying and not problems else None
    for problem in (*problems, *(done.problems if done else ())):
        show_message(f"  · {problem}")
    for note in roles_untold(chosen):
        show_message(f"  提示：{note}")
    found = len(problems) + (len(done.problems) if done else 0)
    show_message(f"{chosen.id}：{f'有 {found} 处问题' if found else '没有发现问题'}")
    if done:
        told = f"LibreOffice 重算了 {done.formulas} 个公式" if done.formulas is not None else _NO_OFFICE
        show_message(f"试填 {done.units} 份，都审核、出表了一遍；{told}。")
    elif trying:
        show_message("先改正上面的问题，才能试填。")
    return int(bool(found))


@pack.command("build", cls=ChineseCommand)
@click.argument("name", required=False, metavar="规则包")
@click.option("--document", is_flag=True, help="连同 Word 模板一起重建（会盖掉在 Word 里改过的模板）")
@click.option("--force", is_flag=True, help="不要在 Excel 或 WPS 里改过的样子，照 forms.toml 重画")
def pack_build(name: str | None, *, document: bool, force: bool) -> None:
    """重建填报表和自评报表，改过样子的就地更新；Word 模板缺少时才生成。"""
    from toolkit.authoring import build_pack
    from toolkit.doors.cli.screen import show_files

    chosen = pack_or_default(name)
    show_files("已重建：", build_pack(chosen, document=document, force=force))


@pack.command("rules", cls=ChineseCommand)
@click.argument("name", required=False, metavar="规则包")
@JSON
@click.option("--page", type=PATH, metavar="文件", help="写成一页 Markdown 文档")
def pack_rules(name: str | None, page: Path | None, *, as_json: bool) -> None:
    """列出一个规则包的全部审核规则。"""
    from toolkit.authoring import rule_list, rules_page
    from toolkit.doors.cli.screen import show_files, show_rules
    from toolkit.engines import write_file

    chosen = pack_or_default(name)
    if page:
        refuse_unfit(page, ".md", what="规则一览")
        write_file(page, rules_page(chosen).encode())
        show_files("已写成：", [page])
    elif as_json:
        print_json(rule_list(chosen), one_line=False)
    else:
        show_rules(chosen)


@pack.command("new", cls=ChineseCommand)
@click.argument("name", metavar="编号")
@click.option("--from", "parent", metavar="规则包", help="在哪个规则包上改（默认用现用的）")
@click.option("--year", type=int, metavar="年度", help="评价年度（默认比上一个晚一年）")
@click.option("--region", metavar="地区", help="哪个省、市用的，写在标题里")
@click.option("--title", metavar="标题", help="规则包的标题（默认照上一个的，换年度、地区）")
@click.option("--unit", metavar="单位", help="金额单位：元、千元、万元、亿元")
@click.option("--notice", metavar="文号", help="依据的通知的文号")
@click.option("--deadline", metavar="期限", help="通报里重新报送的期限，例如 2025年5月31日前")
@click.option("-o", "folder", type=PATH, metavar="文件夹", help="放在哪里（默认当前文件夹下的 规则包）")
def pack_new(  # noqa: PLR0913 - one parameter per option
    *,
    name: str,
    parent: str | None,
    year: int | None,
    region: str | None,
    title: str | None,
    unit: str | None,
    notice: str | None,
    deadline: str | None,
    folder: Path | None,
) -> None:
    """新建一个规则包：在上一个规则包上改，只写不同的地方。没有写的，在屏幕前的会一项项问。"""
    from pathlib import Path

    from toolkit.authoring import NewPack, new_pack, title_of
    from toolkit.doors.cli.screen import show_files
    from toolkit.pack import PACKS_FOLDER

    above = pack_or_default(parent, folder)
    own_year = year or above.year + 1
    where = asked("哪个省、市用的", region)
    told = NewPack(
        own_year,
        asked("标题", title, title_of(above, own_year, where)),
        where,
        asked("金额单位", unit, above.unit),
        asked("依据的通知的文号", notice),
        asked("通报里重新报送的期限", deadline, above.deadline),
    )
    made = new_pack(name, above, told, folder or Path(PACKS_FOLDER))
    show_files(f"已新建（在 {above.id} 上改，查好再运行 jixiao pack build）：", [made])


@pack.command("import", cls=ChineseCommand)
@click.argument("form", type=PATH, metavar="官方表.xlsx")
@click.option("--id", "name", default="", metavar="编号", help="规则包编号（默认照文件名）")
@click.option("--from", "parent", metavar="规则包", help="名称、规则从哪个规则包来（默认用现用的）")
@click.option("--year", type=int, metavar="年度", help="评价年度（默认与上一个相同）")
@click.option("-o", "folder", type=PATH, metavar="文件夹", help="放在哪里（默认当前文件夹下的 规则包）")
@click.option("--yes", is_flag=True, help="认不得的格子不问，都照建议的名称")
def pack_import(  # noqa: PLR0913 - one parameter per option
    *, form: Path, name: str, parent: str | None, year: int | None, folder: Path | None, yes: bool
) -> int:
    """把一份空白的官方表做成规则包：样子不动，照栏目名称给格子起名，认不得的在屏幕前问。"""
    from pathlib import Path

    from toolkit.authoring import import_pack
    from toolkit.doors.cli.screen import show_files, show_message
    from toolkit.pack import PACKS_FOLDER

    above = pack_or_default(parent)
    ask = None if yes or not at_screen() else _name_of
    made = import_pack(form, name or form.stem, folder or Path(PACKS_FOLDER), above, year or above.year, ask=ask)
    show_files("已写成：", made.files)
    known = sum(len(sheet.names) for sheet in made.sheets) - len(made.unsure)
    show_message(f"照标签认出 {known} 格，新起名称 {len(made.unsure)} 格。请在 表样对照.xlsx 和 pack.toml 里确认：")
    for sheet in (s for s in made.sheets if s.scored.rows):
        points = sum(sheet.scored.weights.values())
        show_message(
            f"  「{sheet.blank.name}」是印好的评分表：{len(sheet.scored.rows)} 个评分项，分值合计 {points} 分；"
            "每项填得分，不超过分值，总分自动加总"
        )
    for named in made.unsure:
        show_message(f"  待确认 {named.where}“{named.label}”→ {named.name}（{named.kind}）")
    lists = [told for sheet in made.sheets for told in sheet.untold()]
    for told in lists:
        show_message(f"  待确认 {told}")
    if made.levels:
        show_message(f"  待确认 一级指标是 {'、'.join(made.levels)}，各占多少分请写在 pack.toml 的 [weights] 里")
    for problem in made.problems:
        show_message(f"  · {problem}")
    sound = "确认了上面的，就可以用 jixiao new 生成填报表" if made.unsure or lists else "可以用 jixiao new 生成填报表了"
    show_message(f"{made.pack.id}：{'改正后运行 jixiao pack build' if made.problems else f'写法没有问题；{sound}'}。")
    return int(bool(made.problems))


def _name_of(named: Named, likely: Sequence[str], problem: str) -> str:
    """What somebody at the screen calls a cell: nothing takes the proposal, a number one of those that are likely."""
    from toolkit.doors.cli.screen import show_message

    if problem:
        show_message(f"  {problem}，请重写。")
    else:
        show_message(f"  {named.where}“{named.label}”是什么？建议新起名称 {named.name}（{named.kind}）")
        for number, name in enumerate(likely, 1):
            show_message(f"    {number}　{name}")
    choice = "写上面的编号，或" if likely else ""
    answer: str = click.prompt(f"  回车照建议；{choice}写一个名称；不用填的写 -", default="", show_default=False)
    told = answer.strip()
    return likely[int(told) - 1] if told.isdecimal() and 0 < int(told) <= len(likely) else told


@pack.command("diff", cls=ChineseCommand)
@click.argument("one", metavar="规则包A")
@click.argument("other", metavar="规则包B")
def pack_diff(one: str, other: str) -> None:
    """比较两个规则包：名称、表样、规则、分值、提纲有哪些不同。"""
    from toolkit.authoring import differences
    from toolkit.doors.cli.screen import show_message

    first, second = pack_or_default(one), pack_or_default(other)
    found = list(differences(first, second))
    for told in found:
        show_message(f"  · {told}")
    show_message(f"{first.id} → {second.id}：{f'有 {len(found)} 处不同' if found else '没有不同'}")


@pack.command("replay", cls=ChineseCommand)
@click.argument("folder", type=PATH, metavar="文件夹")
@click.option("--pack", "name", required=True, metavar="规则包", help="用哪个规则包试算")
def pack_replay(folder: Path, name: str) -> int:
    """用新规则试算以前报来的填报表：每条规则会拦下几户。不改任何文件。"""
    from toolkit.authoring import replay_returns
    from toolkit.doors.cli.screen import show_replay
    from toolkit.pack import find_pack

    chosen = find_pack(name, folder)
    found = replay_returns(folder, chosen)
    show_replay(chosen.id, found)
    return int(not found.units)


@pack.command("schema", cls=ChineseCommand)
@click.argument("name", default="pack.toml", metavar="文件名")
def pack_schema(name: str) -> None:
    """打印规则包文件的 JSON Schema，供编辑器提示和核对写法。"""
    from toolkit.core.errors import UsageError
    from toolkit.pack import FILES, json_schema

    if name not in FILES:
        raise UsageError(f"没有 {name} 的写法，有：{'、'.join(FILES)}。")
    print_json(json_schema(name), one_line=False)
