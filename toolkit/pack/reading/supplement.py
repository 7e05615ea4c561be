"""规则增补.xlsx: rules that an office adds, softens or switches off in a small workbook beside the pack, without TOML.

Its lines become what a pack that extends this one could say, and are read as strictly: nothing is passed over.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from toolkit.core.errors import PackError
from toolkit.core.findings import severity_of
from toolkit.core.light import dataclass
from toolkit.core.words import suggested
from toolkit.engines.xlsx import open_file
from toolkit.pack.reading.own_names import RULE_ID, RULE_ID_TOLD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_PACK, _WAY = "适用规则包", "做法"
_ADD, _BEND, _OFF = "增加", "改", "停用"
_HEADS = {
    "编号": "id",
    "程度": "severity",
    "审核内容": "title",
    "公式": "formula",
    "左边": "left",
    "右边": "right",
    "不成立时怎么说": "fact",
    "处理办法": "action",
    "依据": "basis",
    "容差": "tolerance",
    "逐行的表": "each",
}
_WANTED = ("severity", "title", "formula", "action")

_Line = dict[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Supplement:
    """One 规则增补.xlsx (规则增补): for which pack, and what it says as a pack's own TOML would."""

    path: Path
    pack: str
    added: tuple[str, ...]
    bent: tuple[str, ...]
    off: tuple[str, ...]
    toml: Mapping[str, Any]

    @property
    def told(self) -> str:
        """规则增补：增加 X01，停用 A11."""
        parts = ((_ADD, self.added), ("改动", self.bent), (_OFF, self.off))
        return "规则增补：" + "，".join(f"{word} {'、'.join(ids)}" for word, ids in parts if ids)


@lru_cache(maxsize=16)
def read_supplement(path: Path, _version: int) -> Supplement:
    """Read the workbook, once per version of it.

    Raises:
        PackError: a line cannot be read; tells the row and the right word.
        UnreadableError: not a workbook.
    """
    source = open_file(path)
    sheet = source.sheet_names[0]
    rows = {row: {c: str(v).strip() for c, v in cells.items()} for row, cells in source.values(sheet).items()}
    pack = next((_right_of(cells) for cells in rows.values() if _PACK in cells.values()), "")
    head = next((row for row, cells in rows.items() if _WAY in cells.values()), None)
    if not pack or head is None:
        raise PackError(f"{path}：要有一格“{_PACK}”（右边写规则包编号）和一行表头（编号、{_WAY}、程度……）。")
    columns = _columns(path, head, rows[head])
    lines = [(row, _named(cells, columns)) for row, cells in sorted(rows.items()) if row > head]
    return _supplement(path, pack, [(row, line) for row, line in lines if line])


def _right_of(cells: Mapping[int, str]) -> str:
    at = next(column for column, text in cells.items() if text == _PACK)
    return next((text for column, text in sorted(cells.items()) if column > at), "")


def _columns(path: Path, row: int, cells: Mapping[int, str]) -> dict[int, str]:
    known = [*_HEADS, _WAY]
    for text in cells.values():
        if text not in known:
            hint = suggested(text, known, f"，可写：{'、'.join(known)}。")
            raise PackError(f"{path} 第 {row} 行：不认识表头“{text}”{hint}")
    return {column: _HEADS.get(text, _WAY) for column, text in cells.items()}


def _named(cells: Mapping[int, str], columns: Mapping[int, str]) -> _Line:
    return {columns[column]: text for column, text in cells.items() if column in columns and text}


def _supplement(path: Path, pack: str, lines: list[tuple[int, _Line]]) -> Supplement:
    ways: dict[str, list[_Line]] = {_ADD: [], _BEND: [], _OFF: []}
    for row, line in lines:
        if problem := _problem(line):
            raise PackError(f"{path} 第 {row} 行：{problem}")
        ways[line[_WAY]].append({key: text for key, text in line.items() if key != _WAY})
    added, bent, off = (tuple(line["id"] for line in ways[way]) for way in (_ADD, _BEND, _OFF))
    toml = {
        "pack": {"drop_rules": list(off)},
        "override": {line["id"]: {k: v for k, v in line.items() if k != "id"} for line in ways[_BEND]},
        "rule": ways[_ADD],
    }
    return Supplement(path, pack, added, bent, off, toml)


def _problem(line: _Line) -> str:
    return next(_problems(line), "")


def _problems(line: _Line) -> Iterator[str]:
    way = line.get(_WAY, "")
    if way not in {_ADD, _BEND, _OFF}:
        yield f"{_WAY}应写 {_ADD}、{_BEND} 或 {_OFF}，现在是“{way}”。"
    if "id" not in line:
        yield "没有写编号。"
    if "severity" in line and severity_of(line["severity"]) is None:
        yield f"程度应写 错误、警示 或 提示，现在是“{line['severity']}”。"
    if way == _ADD and "id" in line and not RULE_ID.fullmatch(line["id"]):
        yield RULE_ID_TOLD
    if way == _ADD:
        heads = {key: head for head, key in _HEADS.items()}
        yield from (f"增加的规则没有写{heads[key]}。" for key in _WANTED if key not in line)
    if way == _OFF and len(line) > len({_WAY, "id"}) and line.keys() - {_WAY, "id", "basis", "title"}:
        yield "停用的规则只写编号（可写审核内容、依据），别的要改请用“改”。"
