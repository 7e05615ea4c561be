"""Sums that are left out of a summary (batch/collect/tree.py): none of them follows from what is shown."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from toolkit.batch.collect.records import DONE, UnitRecord
from toolkit.batch.collect.secrets import Secrets
from toolkit.batch.collect.status import Entry, Status
from toolkit.batch.collect.tree import Node, NodeFigures, execution_rate, veiled
from toolkit.core.light import replace
from toolkit.engines import Ranges, Relation
from toolkit.pack.settings import BatchFigure, BatchSettings

SHARE = Fraction(1, 20)
PLAIN = BatchSettings((BatchFigure("收入", "收入", "万元"),), "", "", 3, 8, 5, "万元")
SPENDING = replace(
    PLAIN, figures=tuple(BatchFigure(n, n, "万元") for n in ("执行", "预算")), weight="执行", budget="预算"
)
# How many units each department has; whether each unit tells a withheld amount; its figure.
departments = st.lists(
    st.lists(st.tuples(st.booleans(), st.integers(0, 500)), min_size=1, max_size=4), min_size=1, max_size=4
)


def _tree(made: list[list[tuple[bool, int]]]) -> tuple[list[Node], list[NodeFigures], list[Entry]]:
    nodes: list[Node] = []
    figures: list[NodeFigures] = []
    entries: list[Entry] = []
    for number, units in enumerate(made):
        places = tuple(range(len(entries), len(entries) + len(units)))
        nodes.append(Node(f"部门{number}", "", 1, leaf=False, members=places, expected=len(units)))
        figures.append(NodeFigures((Decimal(sum(v for _, v in units)),), (len(units),)))
        for place, (telling, value) in zip(places, units, strict=True):
            record = UnitRecord(
                f"{place}.xlsx", DONE, figures=(Decimal(value),), telling=frozenset([0] if telling else [])
            )
            entries.append(Entry(None, record, Status.CLEAN, counted=True))
            nodes.append(Node(f"单位{place}", "", 2, leaf=True, members=(place,), expected=1))
            figures.append(NodeFigures((Decimal(value),), (1,)))
    total = NodeFigures((Decimal(sum(v for units in made for _, v in units)),), (len(entries),))
    root = Node("合计", "", 0, leaf=False, members=tuple(range(len(entries))), expected=len(entries))
    return [root, *nodes], [total, *figures], entries


@given(departments)
@example([[(True, 21)], [(False, 1), (False, 1)]])
@example([[(True, 0)], [(True, 3), (False, 0)], [(False, 100), (True, 100)]])
def test_no_telling_figure_follows_from_the_rest(made: list[list[tuple[bool, int]]]) -> None:
    """Neither exactly nor nearer than 5 %, with all figures known not to be negative; what is shown is true."""
    nodes, figures, entries = _tree(made)
    shown, bare = veiled(nodes, figures, entries, PLAIN, SHARE)
    hidden = {f"{i}" for i, f in enumerate(shown) if f.sums[0] is None}
    relations = []
    for i, node in enumerate(nodes):
        below = [j for j in range(i + 1, len(nodes)) if nodes[j].depth == node.depth + 1]
        children = [j for j in below if set(nodes[j].members) <= set(node.members)]
        if not node.leaf:
            parts = {**{str(j): Fraction(1) for j in children}, str(i): Fraction(-1)}
            told = {k: f * Fraction(figures[int(k)].sums[0] or 0) for k, f in parts.items() if k not in hidden}
            terms = {k: f for k, f in parts.items() if k in hidden}
            relations += [Relation(terms, -sum(told.values(), Fraction(0)))] if terms else []
    for i, node in enumerate(nodes):
        record = entries[node.members[0]].record
        if node.leaf and record and record.telling:
            assert str(i) in hidden
            assert (bare[node.members[0]].record or record).figures == (None,)
            own = Fraction(figures[i].sums[0] or 0)
            assert own == 0 or not Ranges(relations).of(str(i)).betrays(own, SHARE)
        if f"{i}" not in hidden:
            assert shown[i] == figures[i]


@given(departments)
def test_without_secrets_nothing_is_left_out(made: list[list[tuple[bool, int]]]) -> None:
    """The very same figures and entries."""
    nodes, figures, entries = _tree([[(False, value) for _, value in units] for units in made])
    assert veiled(nodes, figures, entries, PLAIN, SHARE) == (figures, entries)


@pytest.mark.parametrize("column", [0, 1])
def test_no_mean_is_weighed_by_what_is_left_out(column: int) -> None:
    """80 and 95 points weighed to 89.00 tell that the second unit spent 6 of 10; so does a rate over some units."""
    nodes, _, entries = _tree([[(True, 4), (False, 6)], [(False, 5), (False, 7)]])
    told = frozenset([column])
    entries = [
        replace(e, record=e.record and replace(e.record, figures=(*e.record.figures, Decimal(9)), telling=told))
        if place == 0
        else e
        for place, e in enumerate(entries)
    ]
    figures = [
        NodeFigures((Decimal(n * 5), Decimal(n * 9)), (n, n), rate=Decimal("0.5556"), weighted=Decimal(89))
        for n in (len(node.members) for node in nodes)
    ]
    figures[0] = replace(figures[0], rate=Decimal("0.5"))  # one of its units has left its budget blank
    shown, _ = veiled(nodes, figures, entries, SPENDING, SHARE)
    hidden = [bool(f.veiled) for f in shown]
    assert hidden == [False, False, True, True, False, False, False]
    assert [f.weighted is None for f in shown] == [True, True, True, True, False, False, False]
    assert [f.rate is None for f in shown] == [True, False, True, True, False, False, False]
    assert shown[1].rate == execution_rate(*shown[1].sums)


def test_names_of_files_and_sheets() -> None:
    """A short name tells in a label, where in a sentence it may be chance; width and spaces do not hide it."""
    secrets = Secrets({"雷霆山洞": ["雷霆山洞改造"]}, frozenset({"地宫"}))
    for label in ("雷霆 山洞改造.xlsx", "项目自评表（地宫）", "１雷霆山洞改造"):
        assert secrets.label(label) == "涉及不公开的内容"
    for label in ("项目自评表 (3)", "101.xlsx", "雷霆.xlsx"):
        assert secrets.label(label) == label
    assert not secrets.within("地宫")
