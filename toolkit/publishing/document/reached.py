"""What a Word template takes from rows and forms (模板取的列): names after a dot, followed through loops and filters.

A template is only rendered where its conditions lead; a wrong 行.列 behind one would stop some unit in the middle of a
batch. Here every one is looked up before anything is printed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import nodes

from toolkit.core.light import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_PASSING = frozenset({"list", "sort", "reverse", "select", "reject", "selectattr", "rejectattr", "unique"})


@dataclass(frozen=True, slots=True)
class Shape:
    """What stands under a name: its columns, and the shapes that stand under some of them."""

    columns: frozenset[str]
    inner: Mapping[str, Shape]


Shapes = dict[str, Shape]


def unknown_columns(trees: Iterable[nodes.Node], known: Mapping[str, Shape]) -> Iterator[tuple[str, Shape]]:
    """Each name after a dot that the rows before the dot do not have, with those rows; `known` are the tables."""
    for tree in trees:
        yield from _walk(tree, {}, known)


def _walk(node: nodes.Node, rows: Shapes, known: Mapping[str, Shape]) -> Iterator[tuple[str, Shape]]:
    """`rows` are the variables that stand for one row, in this part of the template."""
    if isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
        rows.pop(node.target.name, None)
    if isinstance(node, nodes.For):
        yield from _walk(node.iter, rows, known)
        shape = _listed(node.iter, rows, known)
        inner = dict(rows)
        if isinstance(node.target, nodes.Name):
            inner.pop(node.target.name, None)
            inner |= {node.target.name: shape} if shape else {}
        for child in (*([node.test] if node.test else ()), *node.body, *node.else_):
            yield from _walk(child, inner, known)
        return
    if isinstance(node, nodes.Macro):
        given = {a.name for a in node.args}
        rows = {name: shape for name, shape in rows.items() if name not in given}
    if isinstance(node, nodes.Getattr):
        shape = _row(node.node, rows, known)
        if shape and node.attr not in shape.columns:
            yield node.attr, shape
    for child in node.iter_child_nodes():
        yield from _walk(child, rows, known)


def _listed(node: nodes.Node, rows: Shapes, known: Mapping[str, Shape]) -> Shape | None:
    """The rows that an expression gives: a table, a table of a form, or either one filtered."""
    if isinstance(node, nodes.Filter) and node.node is not None and node.name in _PASSING:
        return _listed(node.node, rows, known)
    if isinstance(node, nodes.Name):
        return known.get(node.name)
    if isinstance(node, nodes.Getattr):
        owner = _row(node.node, rows, known)
        return owner.inner.get(node.attr) if owner else None
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Slice):
        return _listed(node.node, rows, known)
    return None


def _row(node: nodes.Node, rows: Shapes, known: Mapping[str, Shape]) -> Shape | None:
    """The row that an expression gives: a loop's variable, or one of a list."""
    if isinstance(node, nodes.Name):
        return rows.get(node.name)
    if isinstance(node, nodes.Getitem) and not isinstance(node.arg, nodes.Slice):
        return _listed(node.node, rows, known)
    if isinstance(node, nodes.Filter) and node.node is not None and node.name in {"first", "last"}:
        return _listed(node.node, rows, known)
    return None
