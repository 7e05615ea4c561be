"""Sums that are left out of a summary (batch/collect/tree.py): none of them follows from what is shown."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from toolkit.batch.collect.records import DONE, UnitRecord
from toolkit.batch.collect.secrets import Secrets
from toolkit.batch.collect.status import Entry, Status
from toolkit.batch.collect.tree import Node, NodeFigures, veiled
from toolkit.engines import Ranges, Relation

SHARE = Fraction(1, 20)
# How many units each department has; whether each unit tells a withheld amount; its figure.
departments = st.lists(
    st.lists(st.tuples(st.booleans(), st.integers(1, 500)), min_size=1, max_size=4), min_size=1, max_size=4
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
def test_no_telling_figure_follows_from_the_rest(made: list[list[tuple[bool, int]]]) -> None:
    """Neither exactly nor nearer than 5 %, with all figures known not to be negative; what is shown is true."""
    nodes, figures, entries = _tree(made)
    shown, bare = veiled(nodes, figures, entries)
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
            assert not Ranges(relations, []).of(str(i)).betrays(Fraction(figures[i].sums[0] or 0), SHARE)
        if f"{i}" not in hidden:
            assert shown[i] == figures[i]


@given(departments)
def test_without_secrets_nothing_is_left_out(made: list[list[tuple[bool, int]]]) -> None:
    """The very same figures and entries."""
    nodes, figures, entries = _tree([[(False, value) for _, value in units] for units in made])
    assert veiled(nodes, figures, entries) == (figures, entries)


def test_names_of_files_and_sheets() -> None:
    """A short name tells in a label, where in a sentence it may be chance; width and spaces do not hide it."""
    secrets = Secrets({"雷霆山洞": ["雷霆山洞改造"]}, frozenset({"地宫"}))
    for label in ("雷霆 山洞改造.xlsx", "项目自评表（地宫）", "１雷霆山洞改造"):
        assert secrets.label(label) == "涉及不公开的内容"
    for label in ("项目自评表 (3)", "101.xlsx", "雷霆.xlsx"):
        assert secrets.label(label) == label
    assert not secrets.within("地宫")
