"""移表的新表 moved workbook: a fresh fill-in workbook with what was moved, marked, and the 移表清单."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolkit.core.findings import CellRef
from toolkit.core.light import dataclass, replace
from toolkit.engines.xlsx import address
from toolkit.pack import FILL_NAME
from toolkit.publishing.workbooks.added import ListSheet, with_list
from toolkit.publishing.workbooks.fill import fill_workbook, template_with_forms, with_every_kind
from toolkit.unit.moving import BOOK, Fate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from toolkit.core.model import Section, UnitReturn
    from toolkit.engines.xlsx import Area
    from toolkit.publishing.schemas import MovedCellJson, MoveJson
    from toolkit.unit.moving import Move, Moved

LIST_NAME = "移表清单"

_HEADS = (
    "序号",
    "原表",
    "原单元格",
    "原来的内容",
    "结果",
    "移到的工作表",
    "单元格",
    "名称",
    "怎么认的",
    "要不要核对",
    "说明",
)

_WIDTHS = (6, 16, 14, 34, 10, 16, 10, 26, 12, 12, 40)

_LINK_COLUMN = 7

_ORDER = (Fate.LEFT, Fate.PLACED, Fate.SAME, Fate.COMPUTED)

_MOST_TEXT = 200


@dataclass(frozen=True, slots=True)
class MovedWorkbook:
    """The new workbook and its list (移表成果): each line with the cell that it went to."""

    data: bytes
    move: Move
    lines: tuple[tuple[Moved, CellRef | None], ...]

    def to_json(self) -> MoveJson:
        """The object of `move --json`."""
        counts = {fate.value: sum(1 for line, _ in self.lines if line.fate is fate) for fate in _ORDER}
        unsure = sum(1 for line, _ in self.lines if line.fate is Fate.PLACED and not line.sure)
        return {
            "schema": "jixiao.move/1",
            "file": self.move.unit.path,
            "pack": self.move.pack.id,
            "year": self.move.year,
            "counts": {**counts, "待核对": unsure},
            "cells": [_json(line, ref) for line, ref in self.lines],
        }


def moved_workbook(move: Move) -> MovedWorkbook:
    """Fill the pack's blank form with what was moved; rows that it has no room for stay on the list."""
    kinds = [form.space.kind for form in with_every_kind(move.unit, move.pack).forms]
    template, sheets = template_with_forms(move.pack, FILL_NAME, kinds)
    shared, scoped = template.names
    scopes = {BOOK: shared} | {i: scoped[s] for i, s in enumerate(sheets)}
    unit, cut = _within(move.unit, scopes)
    lines = [_placed(line, scopes, cut) for line in move.lines]
    lines.sort(key=lambda pair: _ORDER.index(pair[0].fate))
    marks = [ref for line, ref in lines if ref and line.fate is Fate.PLACED and not line.sure]
    data = with_list(fill_workbook(unit, move.pack), _list(move, lines), marks)
    return MovedWorkbook(data, move, tuple(lines))


def _within(
    unit: UnitReturn, scopes: Mapping[int, Mapping[str, Area]]
) -> tuple[UnitReturn, frozenset[tuple[int, str, int]]]:
    """The return with no more rows than the form has; and the rows that were cut off."""
    cut: set[tuple[int, str, int]] = set()
    made: list[Section] = []
    for scope, section in enumerate(unit.sections, BOOK):
        tables = {}
        for table, rows in section.tables.items():
            columns = [n for n in scopes[scope] if n.startswith(f"{table}_")]
            room = min((a.bottom - a.top + 1 for n in columns if (a := scopes[scope][n])), default=len(rows))
            cut |= {(scope, table, i) for i in range(room, len(rows))}
            tables[table] = rows[:room]
        made.append(replace(section, tables=tables))
    return replace(unit, book=made[0], forms=tuple(made[1:])), frozenset(cut)


def _placed(
    line: Moved, scopes: Mapping[int, Mapping[str, Area]], cut: frozenset[tuple[int, str, int]]
) -> tuple[Moved, CellRef | None]:
    area = scopes.get(line.scope, {}).get(line.name)
    if area is None:
        return line, None
    if line.row is not None and (line.scope, line.name.split("_")[0], line.row) in cut:
        return replace(line, fate=Fate.LEFT, note="表样的行不够，请在新表里插入行后填写"), None
    return line, CellRef(area.sheet, address(area.top + (line.row or 0), area.left))


def _list(move: Move, lines: list[tuple[Moved, CellRef | None]]) -> ListSheet:
    unsure, left = len(move.unsure), sum(1 for line, _ in lines if line.fate is Fate.LEFT)
    note = (
        f"从 {move.unit.path} 移来。按标签认出的 {unsure} 格在新表里标了浅蓝色，请逐格与原表核对；"
        f"没有移入的 {left} 格列在最前面，请人工处理。原文件没有改动。"
    )
    if move.year != move.pack.year:
        note += f"注意：原表是 {move.year} 年度的，这里是 {move.pack.year} 年度的填报表。"
    return ListSheet(
        LIST_NAME,
        "移表清单（原表每一格的去处）",
        note,
        "核对完请在右边选“已核对”，浅蓝色就会消失" if unsure else "",
        _HEADS,
        _WIDTHS,
        tuple(_texts(i, line, ref) for i, (line, ref) in enumerate(lines, 1)),
        tuple(ref for _, ref in lines),
        _LINK_COLUMN,
    )


def _texts(number: int, line: Moved, ref: CellRef | None) -> tuple[str, ...]:
    look = {True: "请核对", False: ""}[line.fate is Fate.LEFT or (line.fate is Fate.PLACED and not line.sure)]
    text = line.text if len(line.text) <= _MOST_TEXT else f"{line.text[:_MOST_TEXT]}……"
    place = (ref.sheet, ref.address) if ref else ("", "")
    return (str(number), line.page, line.where, text, line.fate.value, *place, line.name, line.how, look, line.note)


def _json(line: Moved, ref: CellRef | None) -> MovedCellJson:
    return {
        "page": line.page,
        "cell": line.where,
        "text": line.text,
        "fate": line.fate.value,
        "name": line.name or None,
        "sheet": ref.sheet if ref else None,
        "to": ref.address if ref else None,
        "how": line.how or None,
        "sure": line.sure,
        "note": line.note or None,
    }
