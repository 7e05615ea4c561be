"""`jixiao explain` (追溯命令): where a figure comes from, as a tree for people or as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from toolkit.doors.cli.chinese import ChineseCommand
from toolkit.doors.cli.options import JSON, PACK, PATH, pack_or_none, print_json

if TYPE_CHECKING:
    from pathlib import Path

    from rich.text import Text
    from rich.tree import Tree as RichTree

    from toolkit.publishing.trace import Tree

_MOST_CHILDREN = 40

_PIPE_WIDTH = 200


@click.command("explain", cls=ChineseCommand)
@click.argument("file", type=PATH, metavar="文件")
@click.argument("name", metavar="名称")
@PACK
@JSON
def explain_figure(file: Path, name: str, pack_name: str | None, *, as_json: bool) -> None:
    """说明一个数从哪里来：一步步追到填报的单元格。

    名称就是 jixiao export 写出的名称。也可以写：表_列（整列）；表_列[3]（第 3 行）；
    项目名称:名称（某个项目的）；工作表!H5（某一格）；A13（某条规则的两边）。
    """
    from toolkit.pipeline import check_unit
    from toolkit.publishing.trace import explain, explain_json

    checked = check_unit(file, pack_or_none(pack_name, file.parent))
    trees = explain(checked, name)
    if as_json:
        print_json(explain_json(checked, name, trees), one_line=False)
    else:
        _show(trees)


def _show(trees: tuple[Tree, ...]) -> None:
    from rich.console import Console

    out = Console(stderr=True, highlight=False)
    if not out.is_terminal:
        out = Console(stderr=True, highlight=False, width=_PIPE_WIDTH)
    several = len({tree.scope for tree in trees}) > 1
    for tree in trees:
        out.print(_branch(tree, scope=several))


def _branch(tree: Tree, *, scope: bool = False) -> RichTree:
    from rich.tree import Tree as RichTree

    branch = RichTree(_line(tree, scope=scope))
    _grow(branch, tree)
    return branch


def _grow(branch: RichTree, tree: Tree) -> None:
    for child in tree.children[:_MOST_CHILDREN]:
        line = _line(child, scope=child.scope != tree.scope, titled=child.title != tree.title)
        _grow(branch.add(line), child)
    if len(tree.children) > _MOST_CHILDREN:
        branch.add(f"……另有 {len(tree.children) - _MOST_CHILDREN} 项，加 --json 看全部")


def _line(tree: Tree, *, scope: bool, titled: bool = True) -> Text:
    from rich.text import Text

    where = f"{tree.scope}：" if scope else ""
    title = f"（{tree.title}）" if tree.title and titled else ""
    line = Text.assemble(where, (tree.label, "bold"), title)
    if tree.shown:
        line.append(" ").append(tree.shown, "bold cyan")
    if tree.formula:
        line.append(f" = {tree.formula}" if tree.shown and "→" not in tree.formula else f"：{tree.formula}")
    elif tree.working:
        line.append(f"：{tree.working}")
    if tree.verdict or not (tree.formula or tree.working):
        line.append(f"　{tree.verdict or tree.source}{tree.cell or ''}")
    if tree.note:
        line.append(f"（{tree.note}）", style="dim")
    if tree.formula and tree.working not in {"", tree.formula, tree.shown}:
        line.append(f"\n{'代入：' if '→' in tree.formula else '= '}{tree.working}")
    return line
