"""追溯 explain: one figure, or both sides of one rule, as a tree down to the cells that staff filled."""

from __future__ import annotations

import difflib
from decimal import Decimal
from typing import TYPE_CHECKING

from toolkit.audit import judge_text
from toolkit.audit import shown as amount_with_unit
from toolkit.core.dictionary import Kind
from toolkit.core.errors import UsageError
from toolkit.core.light import dataclass
from toolkit.core.money import round_half_up
from toolkit.core.patterns import late
from toolkit.core.words import value_text
from toolkit.engines.formula import ErrorValue, decisive, parse
from toolkit.pack import rule_text
from toolkit.publishing.trace.origin import SOURCE_KINDS, Source, Spot, origin_of, shown, spots, wording
from toolkit.unit import BOOK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from toolkit.audit import Audited
    from toolkit.core.findings import CellRef
    from toolkit.core.model import Content
    from toolkit.engines.formula import Value
    from toolkit.pack import Rule
    from toolkit.publishing.schemas import ExplainJson, TreeJson
    from toolkit.unit import Figures, View

_ROW = late(r"(.+?)[\[［](\d+)[\]］]")

_RULE = late(r"[A-Za-z]\d{2}")

_CELL = late(r"「?([^「」!！]+?)[」!！]\s*\$?([A-Za-z]{1,3})\$?(\d+)")

_MOST_NAMES = 4  # a short name that fits more than these is asked back

_SUGGESTED = 6


@dataclass(frozen=True, slots=True)
class Tree:
    """One figure with everything behind it (追溯树); leaves are cells that staff filled.

    Attributes:
        label: a name, a column with its row, a rule id, or what a side of a rule is called.
        title: what staff call the row, or the rule's title.
        shown: the value as printed.
        source: where the figure comes from; verdict: 通过, 不符, 未检查 or 不适用, for a rule.
    """

    scope: str
    label: str
    title: str
    value: Content
    shown: str
    source: Source = Source.COMPUTED
    cell: CellRef | None = None
    formula: str = ""
    working: str = ""
    note: str = ""
    children: tuple[Tree, ...] = ()
    verdict: str = ""


def explain(checked: Audited, asked: str) -> tuple[Tree, ...]:
    """The trees of what is asked: a name, a row of a column, a cell, or a rule id.

    Raises:
        UsageError: nothing of that name; the nearest names are suggested.
    """
    wanted = asked.strip()
    if _RULE.fullmatch(wanted) and any(r.id == wanted.upper() for r in checked.pack.rules):
        return tuple(_rules(checked, wanted.upper()))
    return tuple(tree_of(spot) for spot in _spots_asked(checked, wanted))


def tree_of(spot: Spot, above: tuple[Spot, ...] = ()) -> Tree:
    """The figure and, by its operands, everything behind it; a formula that leads back to itself ends there."""
    origin, value, datum = origin_of(spot), spot.value, spot.datum
    children = () if spot in above else tuple(tree_of(s, (*above, spot)) for s in origin.operands)
    return Tree(
        spot.scope,
        spot.label,
        spot.title,
        value,
        _told(value, datum.kind if datum else None),
        origin.source,
        origin.cell,
        origin.formula,
        origin.working,
        origin.note,
        children,
    )


def _told(value: Content, kind: Kind | None) -> str:
    """A rate is told as the number that formulas use, and as the percentage that reports print."""
    percent = f"（{round_half_up(value * 100, 2)}%）" if kind is Kind.RATE and isinstance(value, Decimal) else ""
    return f"{shown(value, kind)}{percent}"


def _spots_asked(checked: Audited, asked: str) -> list[Spot]:
    views = [f.computed for f in checked.figures.all]
    cell = _CELL.fullmatch(asked)
    if cell:
        return [_at(views, cell[1].strip("'"), f"{cell[2].upper()}{cell[3]}")]
    scope, name = _scoped(asked, views)
    views = [v for v in views if not scope or scope in {v.scope, v.section.sheet or BOOK}]
    row = _ROW.fullmatch(name)
    found = list(_named(views, row[1] if row else name, int(row[2]) if row else None))
    if not found:
        raise UsageError(_unknown(name, views))
    return found


def _scoped(asked: str, views: Iterable[View]) -> tuple[str, str]:
    """项目名称:名称 → the form's name and the name; a colon within a project's name stays with it."""
    scope, _, name = asked.replace("：", ":").rpartition(":")
    if not scope:
        return "", asked
    known = [s for v in views for s in (v.scope, v.section.sheet or BOOK) if s]
    match = next((k for k in known if k.replace("：", ":") == scope), None)
    if match is None:
        told = "、".join(list(dict.fromkeys(v.scope for v in views))[:_SUGGESTED])
        raise UsageError(f"没有名为“{scope}”的自评表。冒号前可以写：{told}。")
    return match, name


def _named(views: Iterable[View], name: str, row: int | None) -> Iterator[Spot]:
    views = list(views)
    known = dict.fromkeys(n for v in views for n in v.space.all_names())
    names = [name] if name in known else [n for n in known if n.endswith(f"_{name}")]
    if len(names) > _MOST_NAMES:
        return
    for view in views:
        for one in names:
            if view.space.datum(one):
                yield from _rows(spots(view, (one,)), one, row)


def _rows(found: tuple[Spot, ...], name: str, row: int | None) -> tuple[Spot, ...]:
    if row is None and found:
        return found
    if any(s.row is None for s in found):
        raise UsageError(f"“{name}”是单独一格，不是一列，不用写行号。")
    if row is None or not 1 <= row <= len(found):
        count = f"只填了 {len(found)} 行" if found else "一行也没有填"
        raise UsageError(f"“{name}”{count}，没有{f'第 {row} 行' if row else '可看的数'}。")
    return (found[row - 1],)


def _at(views: Iterable[View], sheet: str, address: str) -> Spot:
    for view in views:
        for spot in spots(view, view.space.all_names()):
            if (spot.cell.ref.sheet, spot.cell.ref.address) == (sheet, address):
                return spot
    raise UsageError(f"「{sheet}」{address} 不是要填报或计算的格，没有可追溯的数。")


def _unknown(name: str, views: Iterable[View]) -> str:
    views = list(views)
    known = list(dict.fromkeys(n for v in views for n in v.space.all_names()))
    example = next((v.space.roles.total for v in views if v.space.roles.total), known[0])
    within = [n for n in known if name and name in n]
    close = [*within, *difflib.get_close_matches(name, known, n=_SUGGESTED, cutoff=0.4)]
    told = "、".join(list(dict.fromkeys(close))[:_SUGGESTED])
    return f"没有名为“{name}”的数。" + (
        f"相近的名称：{told}。" if told else f"名称见 jixiao export 导出的 JSON，例如 {example}。"
    )


def _rules(checked: Audited, wanted: str) -> Iterator[Tree]:
    for rule in checked.pack.rules:
        if rule.id != wanted:
            continue
        scopes = checked.figures.of(rule.form)
        for figures in scopes:
            yield from _rule(rule, figures, checked)
        if not scopes:
            yield Tree(
                BOOK,
                rule.id,
                rule.title,
                None,
                "",
                note=f"没有填报{checked.pack.form_sheets.get(rule.form, rule.form)}",
                verdict="未检查",
            )


def _rule(rule: Rule, figures: Figures, checked: Audited) -> Iterator[Tree]:
    scope, view = figures.filed.scope, figures.filed
    if rule.formula is None:
        told = [f.message for f in checked.result.findings if f.rule == rule.id]
        note = "；".join(told) or "这条规则由程序逐项检查，没有公式"
        yield Tree(scope, rule.id, rule.title, None, "", note=note, verdict=_outcome(rule, checked))
    elif rule.each:
        yield from _each(rule, view)
    else:
        text = rule_text(rule, checked.pack.dictionary)
        sides = ((rule.left or "左边", text.left), (rule.right or "右边", text.right)) if text.left else ()
        children = tuple(_side(rule, side, view, view, None) for side in sides or (("条件", rule.formula),))
        yield Tree(scope, rule.id, rule.title, None, "", children=children, verdict=judge_text(text, view).verdict)


def _outcome(rule: Rule, checked: Audited) -> str:
    if rule.id in checked.result.passed:
        return "通过"
    return "未检查" if any(n.rule == rule.id for n in checked.result.not_checked) else "不符"


def _each(rule: Rule, view: View) -> Iterator[Tree]:
    table = str(rule.each)
    first = next(iter(view.space.tables[table].columns))
    for index, row in enumerate(spots(view, [f"{table}_{first}"])):
        side = _side(rule, ("条件", str(rule.formula)), view, view.row_lookup(table, index), row)
        verdict = "未检查" if side.value is None else "通过" if side.value else "不符"
        yield Tree(row.scope, f"{rule.id}[{index + 1}]", row.title, None, "", children=(side,), verdict=verdict)


def _side(rule: Rule, side: tuple[str, str], view: View, lookup: Callable[[str], Value], near: Spot | None) -> Tree:
    """One side of a rule: its value on the figures as filed, and what is behind it."""
    title, text = side
    reading = decisive(text, lookup)
    formula, working = wording(reading, view, lookup)
    found = parse(text).evaluate(lookup)
    value = None if isinstance(found, (ErrorValue, tuple)) or found == "" else found
    told = shown(value, None) if isinstance(value, bool) else amount_with_unit(value, rule)
    children = tuple(tree_of(s) for s in spots(view, reading.names, near))
    worked = "" if formula in reading.names else working
    return Tree(view.scope, title, "", value, told, formula=formula, working=worked, children=children)


def explain_json(checked: Audited, asked: str, trees: Iterable[Tree]) -> ExplainJson:
    """The object of `jixiao explain --json`: the trees with their operands in them."""
    return {
        "schema": "jixiao.explain/1",
        "file": checked.unit.path,
        "pack": checked.pack.id,
        "unit": checked.unit.unit_name,
        "asked": asked,
        "figures": [_json(tree) for tree in trees],
    }


def _json(tree: Tree) -> TreeJson:
    return {
        "scope": tree.scope,
        "name": tree.label,
        "title": tree.title,
        "value": value_text(tree.value),
        "source": "rule" if tree.verdict else SOURCE_KINDS[tree.source],
        "verdict": tree.verdict or None,
        "sheet": tree.cell.sheet if tree.cell else None,
        "cell": tree.cell.address if tree.cell else None,
        "formula": tree.formula,
        "working": tree.working,
        "note": tree.note,
        "operands": [_json(child) for child in tree.children],
    }
