"""单位名册 roster: which units must file, and under whom. Read once, faults told in one message.

A blank 单位名册.xlsx (空白名册): four columns, a drop-down for the kind, and how to fill it in.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from toolkit.audit.secrecy import readable
from toolkit.core.errors import UsageError
from toolkit.core.light import dataclass
from toolkit.core.words import as_text
from toolkit.engines.xlsx import open_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from toolkit.core.model import Content

OWN, BELOW, MERGED = "本级", "下属", "汇总"

KINDS = (OWN, BELOW, MERGED)

COLUMNS = ("单位代码", "单位名称", "上级", "类型")

_MOST_TOLD = 10

_MOST_LEVELS = 20


@dataclass(frozen=True, slots=True)
class RosterUnit:
    """One line of the roster (名册单位).

    Attributes:
        parent: code or name of the unit above, or a department's name that is no unit itself; "" at the top.
        kind: 本级 and 下属 file figures of their own, which are added up; 汇总 files the department's merged
            figures, which are only compared with the sum.
    """

    code: str
    name: str
    parent: str
    kind: str
    row: int


@dataclass(frozen=True, slots=True)
class Roster:
    """The units in the order of the file."""

    units: tuple[RosterUnit, ...]
    path: str

    def find(self) -> dict[str, RosterUnit]:
        """Code or name → unit; a code goes before a name, the first line before later ones."""
        found = {u.name: u for u in reversed(self.units)}
        return found | {u.code: u for u in reversed(self.units)}


def same_text(text: str) -> str:
    """A name or code without what does not make it another one: spaces, unseen signs, width, case, 繁体."""
    return "".join(readable(text).split()).casefold()


def read_roster(path: Path) -> Roster:
    """Read 单位名册.xlsx: the first sheet that has the four headings, in any order and any row.

    Raises:
        UnreadableError: not a workbook.
        UsageError: headings are missing, or lines are wrong; one message lists them all.
    """
    source = open_file(path)
    for sheet in source.sheet_names:
        lines = source.values(sheet)
        for top in sorted(lines):
            places = {as_text(value).strip(): column for column, value in lines[top].items()}
            if all(c in places for c in COLUMNS[:2]):
                below = {row: lines[row] for row in sorted(lines) if row > top}
                return _checked(path, list(_units(below, places)), places)
    raise UsageError(
        f"单位名册 {path.name} 里没有找到表头“单位代码、单位名称、上级、类型”。"
        "请用 jixiao batch --new-roster 生成一份空白名册，把单位填进去。"
    )


def _units(lines: Mapping[int, Mapping[int, Content]], places: Mapping[str, int]) -> Iterator[RosterUnit]:
    for number, line in lines.items():

        def text(column: str, line: Mapping[int, Content] = line) -> str:
            value = line.get(places[column]) if column in places else None
            return "" if value is None else as_text(value).strip()

        code, name, parent, kind = map(text, COLUMNS)
        if code or name:
            # 本级 often names its own department as the one above.
            yield RosterUnit(code, name, "" if parent in {code, name} else parent, kind or BELOW, number)


def _checked(path: Path, units: list[RosterUnit], places: Mapping[str, int]) -> Roster:
    roster = Roster(tuple(units), path.name)
    missing = [c for c in COLUMNS if c not in places]
    problems = [f"缺少“{'、'.join(missing)}”列"] if missing else []
    problems += _problems(roster)
    if not units and not missing:
        problems.append("一个单位也没有")
    if problems:
        more = f"；另有 {len(problems) - _MOST_TOLD} 处" if len(problems) > _MOST_TOLD else ""
        raise UsageError(f"单位名册 {path.name} 有问题：{'；'.join(problems[:_MOST_TOLD])}{more}。请改好后再运行。")
    return roster


def _problems(roster: Roster) -> Iterator[str]:
    seen: dict[str, int] = {}
    for unit in roster.units:
        if not unit.code or not unit.name:
            yield f"第 {unit.row} 行没有填{'单位名称' if unit.code else '单位代码'}"
        elif (first := seen.setdefault(same_text(unit.code), unit.row)) != unit.row:
            yield f"第 {unit.row} 行的代码 {unit.code} 与第 {first} 行重复"
        if unit.kind not in KINDS:
            yield f"第 {unit.row} 行的类型“{unit.kind}”应为本级、下属或汇总"
    yield from _circles(roster)


def _circles(roster: Roster) -> Iterator[str]:
    known = roster.find()
    for unit in roster.units:
        above, steps = known.get(unit.parent), 0
        while above is not None and above is not unit and steps < _MOST_LEVELS:
            above, steps = known.get(above.parent), steps + 1
        if above is not None:
            yield f"第 {unit.row} 行“{unit.name}”的上级绕成了圈，或超过 {_MOST_LEVELS} 级"


_WIDTHS = (16, 40, 30, 10)

_ROWS = 20_000

_NOTES = (
    "一行一个单位。单位代码要与填报表封面的单位代码一致，不能重复。",
    "上级：写上级单位的代码或名称；没有上级的不填。也可以写一个不在名册里的部门名称，作为分组。",
    "类型：本级、下属——自己报数，汇总时相加；汇总——主管部门另报的汇总数，不相加，只用来核对差额，可以不报。",
)


def write_blank_roster(path: Path, units: Sequence[Sequence[str]] = ()) -> None:
    """Write a roster, blank or with `units` as rows of code, name, parent, kind."""
    from xlsxwriter import Workbook

    book = Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": dt.datetime(2024, 1, 1)})  # noqa: DTZ001 - the same bytes each time
    font = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}
    head = book.add_format({**font, "bold": True, "bg_color": "#D9E2EC", "border": 1, "align": "center"})
    text = book.add_format({**font, "num_format": "@"})  # codes keep their leading zeros
    sheet = book.add_worksheet("单位名册")
    for index, (name, width) in enumerate(zip(COLUMNS, _WIDTHS, strict=True)):
        sheet.set_column(index, index, width, text)
        sheet.write_string(0, index, name, head)
    for row, unit in enumerate(units, 1):
        for index, value in enumerate(unit):
            sheet.write_string(row, index, value, text)
    sheet.data_validation(1, 3, _ROWS, 3, {"validate": "list", "source": list(KINDS)})
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.hide_gridlines(0)  # drawn on paper, too
    notes = book.add_worksheet("填写说明")
    notes.set_column(0, 0, 110, book.add_format({**font, "text_wrap": True}))
    for row, note in enumerate(_NOTES):
        notes.write_string(row, 0, note)
    notes.set_landscape()
    for one in (sheet, notes):
        one.set_paper(9)
        one.fit_to_pages(1, 0)
    book.close()
