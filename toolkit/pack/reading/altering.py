"""What a pack changes in the drawn text of the pack above (改字、加行), and sheets that repeat another (照样画).

A line of a form or of the report is found by what stands in it, so that the rest need not be written again.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from toolkit.core.patterns import late
from toolkit.pack.reading.dropping import drawn, lost_groups, narrow

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping

Entry = dict[str, Any]

_PLACES = late(r"(\[[^\[\]]*\]|\{\{.*?\}\}|\{%.*?%\}|\{[^{}]*\})")  # names, formulas and tags are no words
_TAGGED = late(r"[\[\]{}\"]")
_TEXTS = ("body", "brief")
_LIST = late(r"^(\s*列)(\d+)", re.MULTILINE)
_ARROW, _ARROWS, _FEWEST = late(r"\s*→\s*"), late(r"[^|\n]+?：[^|\n]+→[^|\n]+"), 3
_ROOM = 3  # staff put rows in: a printed list holds so many times the rows of the form


def altered(text: str, retitle: Mapping[str, str], lines: Iterable[Mapping[str, Any]]) -> str:
    """A drawn text with other words, and with lines put in behind the line that holds `after`, or over `before`."""
    lines_now = text.strip("\n").split("\n")
    found = [now for line in lines_now if (now := _retitled(line, retitle)).strip() or not line.strip()]
    for entry in lines:
        at = next((n for n, line in enumerate(found) if anchor(entry) in line), None)
        if at is not None:
            at += "before" not in entry
            found[at:at] = entry["lines"].strip("\n").split("\n")
    return "\n".join(found)


def anchor(entry: Mapping[str, Any]) -> str:
    """What stands in the line beside which others are put."""
    return str(entry.get("before") or entry.get("after") or "")


def _retitled(line: str, words: Mapping[str, str]) -> str:
    """The line in other words: never inside a tag, but for words that are told with a part of one."""
    here = sorted((word for word in words if word in line), key=len, reverse=True)
    if not here:
        return line
    tagged = "|".join(re.escape(word) for word in here if _TAGGED.search(word))
    inside: Callable[[str], str] = lambda tag: re.sub(tagged, lambda m: words[m[0]], tag) if tagged else tag  # noqa: E731
    either = "|".join(filter(None, (tagged, _PLACES.pattern, *(re.escape(w) for w in here if not _TAGGED.search(w)))))
    return re.sub(either, lambda m: words[m[0]] if m[0] in words else inside(m[0]), line)


def altered_sheets(sheets: Mapping[str, Entry], drawn: Mapping[str, Any], kind: str) -> dict[str, Entry]:
    """The parent's sheets with the words and lines that this `forms.toml` changes."""
    retitle = drawn.get("retitle", {})
    found = {}
    for name, sheet in sheets.items():
        own = [e for e in drawn.get("lines", ()) if e["sheet"] == name and e.get("kind", kind) == kind]
        found[name] = {**sheet, "grid": altered(sheet["grid"], retitle, own)} if "grid" in sheet else sheet
    return found


def in_their_order(sheets: Mapping[str, Entry], above: Collection[str]) -> dict[str, Entry]:
    """The sheets as they are filled in, 甲 → 乙 → 丙, where the pack above said it of its own."""
    return {
        name: {**sheet, "grid": _ARROWS.sub(lambda line: _steps(line[0], sheets, above), sheet["grid"])}
        if name in above and "grid" in sheet
        else sheet
        for name, sheet in sheets.items()
    }


def _steps(line: str, sheets: Iterable[str], above: Collection[str]) -> str:
    head, colon, steps = line.partition("：")
    told, names = _ARROW.split(steps), {*above, *sheets}
    named = {name: step for step in told for name in names if step.partition("（")[0].strip("。 ") == name}
    if len(named) < _FEWEST:
        return line
    kept = [named.get(name, name) for name in sheets if name in named or name not in above]
    if kept == list(named.values()):
        return line
    joined = " → ".join((*kept, *(step for step in told if step not in named.values())))
    return f"{head}{colon}{joined.replace('） →', '）→')}"


def altered_outline(above: Mapping[str, Any], own: Mapping[str, Any]) -> Entry:
    """The parent's outline of a report with what this one changes, in the text and in its tables."""
    waiting = list(own.get("lines", ()))

    def change(text: str) -> str:
        here = [entry for entry in waiting if anchor(entry) in text]
        waiting[:] = [entry for entry in waiting if entry not in here]
        return altered(text, own.get("retitle", {}), here)

    texts = {key: change(above[key]) for key in _TEXTS if key in above}
    tables = {t["name"]: {**t, "rows": change(t["rows"])} for t in above.get("table", ())}
    tables |= {t["name"]: t for t in own.get("table", ())}
    return {**above, **own, **texts, "table": list(tables.values())}


def outline_words(outline: Mapping[str, Any]) -> str:
    """All that an outline prints, its tables too: what a pack that extends it may change."""
    rows = (table["rows"] for table in outline.get("table", ()))
    return "\n".join((*(outline[key] for key in _TEXTS if key in outline), *rows))


def unfolded(outline: Entry) -> Entry:
    """An outline with its paragraphs that repeat, 正文 段 in 概况|分段> {{ 段 }}, as a loop around one paragraph."""
    texts = {key: outline[key] for key in _TEXTS if key in outline}
    return {**outline, **{key: _REPEATED.sub(r"{%p for \2 %}\n\1> \3\n{%p endfor %}", t) for key, t in texts.items()}}


_SECTION, _PART = "一级", "二级"
_STYLE = late(r"\s*(\w+)>\s*(.*)")
_REPEATED = late(r"^(\w+) (\w+ in [^>\n]+)> ?(.*)$", re.MULTILINE)
_TEXT_STYLES = frozenset({_SECTION, _PART, "三级", "条目", "分条", "正文"})
_NUMBER = late(r"^[一二三四五六七八九十]+、")
_TAG = late(r"\{\{.*?\}\}|\{%.*?%\}")
_TABLE, _ANNEX, _NEW_PAGE = "插表", "附件", "换页"
_TITLE, _LISTED = late(r"表题>\s*(.*)"), late(r"附注>\s*附件：|附注续>\s*")
_ANNEX_NUMBER = late(r"^(?:附件>\s*附件|附注>\s*附件：|附注续>\s*)(?:\d+|\{\{ *\d+ if [^{}]* else \d+ *\}\})")
_DIGITS, _CELLS, _LOOP = late(r"\d+"), late(r" \||\| |^\|"), late(r"环 ([^>]*)>")
_ROWS_OF = late(r"环 (\w+) in (?:\w+\.)?(\w+)")
_SETS = late(r"\s*\{%p\s+set\b")
_OPENS, _CLOSES = late(r"\{%p\s+(?:if|for)\b"), late(r"\{%p\s+end(?:if|for)\b")
_NAME = late(r"[^\W\d]\w*")


def bare_title(title: str) -> str:
    """A heading without its number, which Word writes."""
    return _NUMBER.sub("", title)


def inherited_outline(
    outline: Mapping[str, Any], lost: Iterable[str], gone: Container[str], here: Container[str]
) -> Entry:
    """A report of the pack above without its `lost` sections, and without parts that ask only for what is `gone`.

    `here` is what the pack has. Where no section is left, the `brief` text stands for all of it.
    """
    lines = outline["body"].strip("\n").split("\n")
    titles = frozenset(map(bare_title, lost))
    lines = list(_without(lines, _SECTION, lambda block: _titled(block, titles)))
    if outline.get("brief") and titles and not any(_style(line) == _SECTION for line in lines):
        return {**outline, "body": outline["brief"]}
    lines = list(_without(lines, _PART, lambda block: _asks_in_vain(block, gone, here)))
    tables = {t["name"]: _rows_left(t, lambda line: _sought(line, gone, here)) for t in outline.get("table", ())}
    tables = {name: table and _columns_left(table, gone, here) for name, table in tables.items()}
    away = {name for name, table in tables.items() if table is None}
    for above, below in pairwise(map(_printed_table, lines)):
        if below in away and (open_one := tables.get(above)):  # nothing goes on below it any more
            tables[above] = {**open_one, "open": False}
    lines = _without_annexes(lines, away) if away else lines
    return {**outline, "body": "\n".join(lines), "table": [table for table in tables.values() if table is not None]}


def _without(lines: Iterable[str], head: str, away: Callable[[list[str]], bool]) -> Iterator[str]:
    """The lines less the parts that are taken away; what these work out for those behind them stays."""
    for block in _blocks(lines, head):
        yield from _settings(block) if away(block) else block


def _settings(block: Iterable[str]) -> Iterator[str]:
    """What is worked out outside of any condition or loop."""
    depth = 0
    for line in block:
        depth += len(_OPENS.findall(line)) - len(_CLOSES.findall(line))
        if depth == 0 and _SETS.match(line):
            yield line


def _style(line: str) -> str:
    found = _STYLE.match(line)
    return found[1] if found else ""


def _titled(block: list[str], titles: Container[str]) -> bool:
    found = _STYLE.match(block[0])
    return found is not None and found[1] == _SECTION and found[2].strip() in titles and _is_whole(block)


def _is_whole(block: Iterable[str]) -> bool:
    """Whether every condition and loop that begins in a part also ends there."""
    text = "\n".join(block)
    return len(_OPENS.findall(text)) == len(_CLOSES.findall(text))


def _blocks(lines: Iterable[str], head: str) -> Iterator[list[str]]:
    """Runs of lines: each heading with what stands below it, and what is no running text by itself."""
    block: list[str] = []
    for line in lines:
        style = _style(line)
        if block and (style in {head, _SECTION} or (style and style not in _TEXT_STYLES)):
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _asks_in_vain(block: list[str], gone: Container[str], here: Container[str]) -> bool:
    """Whether a part under a heading of its own needs something, and has none of it."""
    if _style(block[0]) != _PART or not _is_whole(block):
        return False
    sought = {_sought(line, gone, here) for line in block}
    return False in sought and True not in sought


def _sought(line: str, gone: Container[str], here: Container[str]) -> bool | None:
    """Whether what a line asks for is here; None where it asks for nothing that any pack has."""
    loop = _LOOP.match(line)
    words = {word for tag in (*_TAG.findall(line), loop[1] if loop else "") for word in _NAME.findall(tag)}
    return True if any(word in here for word in words) else False if any(word in gone for word in words) else None


def _rows_left(table: Entry, sought: Callable[[str], bool | None]) -> Entry | None:
    """A table of the report less the rows whose names are gone and the heads of such rows; None where none is left."""
    kept: list[str] = []
    below: set[bool | None] = set()  # what the rows under the next head ask for
    found: set[bool | None] = set()
    above_head = False
    lines = table["rows"].strip("\n").split("\n")
    lost = lost_groups(lines, sought)
    found |= {False} if lost else set()
    for line in reversed([line for number, line in enumerate(lines) if number not in lost]):
        head = line.startswith("头")
        if not head:
            below = {sought(line)} | (set() if above_head else below)
            found |= below
        above_head = head
        vain = (False in below and True not in below) if head else sought(line) is False
        if not vain or (kept and _goes_on(line, kept[-1])):
            kept.append(line)
    if False in found and True not in found:
        return None
    return {**table, "rows": "\n".join(reversed(kept))} if False in found else table


def _columns_left(table: Entry, gone: Container[str], here: Container[str]) -> Entry:
    """A table of the report less the columns of which nothing is left but their heads."""
    rows = table["rows"].strip("\n").split("\n")
    cells = [[cell.strip() for cell in _CELLS.split(row.partition(">")[2])] for row in rows]
    widths = list(table["widths"])
    if any(len(line) != len(widths) for line in cells):
        return table
    bodies = [(row, line) for row, line in zip(rows, cells, strict=True) if not row.startswith("头")]
    for column in reversed(range(len(widths))):
        asked = {_kept_cell(row, line, column, gone, here) for row, line in bodies}
        if False in asked and True not in asked:
            room = widths.pop(column)
            beside = max(range(max(column - 1, 0), min(column + 1, len(widths))), key=widths.__getitem__, default=None)
            if beside is not None:  # the other columns stay where they are: a table below may go on with them
                widths[beside] += room
            for line in cells:
                narrow(line, column)
    if len(widths) == len(table["widths"]):
        return table
    return {**table, "widths": widths, "rows": "\n".join(map(drawn, rows, cells))}


def _kept_cell(row: str, line: list[str], column: int, gone: Container[str], here: Container[str]) -> bool | None:
    """Whether a cell has something to print; False where what it asks for is gone, None where it says nothing."""
    text, goes_on = line[column], line[column + 1 : column + 2] == ["<"]
    of_loop = _ROWS_OF.match(row)
    if of_loop:
        text = re.sub(rf"\b{of_loop[1]}\.(\w+)", rf"{of_loop[2]}_\1", text)
    sought = _sought(text, gone, here)
    said = sought is None and not goes_on and text not in {"", "<", "^"}
    return True if said else sought


def _goes_on(line: str, below: str) -> bool:
    """Whether a cell of a row begins here and goes on in the row below."""
    here, there = (_CELLS.split(row.partition(">")[2]) for row in (line, below))
    return any(cell.strip() == "^" and one.strip() != "^" for one, cell in zip(here, there, strict=False))


def _printed_table(line: str) -> str:
    found = _STYLE.match(line)
    return found[2].strip() if found and found[1] == _TABLE else ""


def _without_annexes(lines: list[str], away: Container[str]) -> list[str]:
    """The lines without annexes whose tables are all away; the others, and the list of them, count anew."""
    kept: list[str] = []
    lost: list[list[str]] = []
    for block in _annexes(lines):
        tables = [name for name in map(_printed_table, block) if name]
        if _style(block[0]) == _ANNEX and tables and all(name in away for name in tables):
            lost.append(block)
        elif _style(block[0]) != _NEW_PAGE or not kept or not _style(kept[-1]).endswith("页"):
            kept += [line for line in block if _printed_table(line) not in away]
    for block in reversed(lost):
        kept = _counted_without(block, kept)
    return kept


def _annexes(lines: Iterable[str]) -> Iterator[list[str]]:
    """Runs of lines: each annex with its title and tables, between new pages, conditions and loops."""
    block: list[str] = []
    for line in lines:
        style = _style(line)
        if block and (not style or style == _ANNEX or style.endswith("页")):
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _counted_without(annex: list[str], lines: Iterable[str]) -> list[str]:
    """The lines with the numbers of annexes and without the entry of one that is gone."""
    number, title = _ANNEX_NUMBER.search(annex[0]), next((m[1] for m in map(_TITLE.match, annex) if m), "")
    gone = int(_DIGITS.findall(number[0])[0]) if number else 0
    lower: Callable[[re.Match[str]], str] = lambda m: str(int(m[0]) - (int(m[0]) > gone))  # noqa: E731
    found: list[str] = []
    first = ""
    for line in lines:
        entry = _LISTED.match(line)
        if entry and f".{title}" in line:
            first = entry[0] if "附件" in entry[0] else ""
            continue
        if entry and first:
            line, first = first + line[entry.end() :], ""  # noqa: PLW2901 - the next one begins the list
        found.append(_ANNEX_NUMBER.sub(lambda m: _DIGITS.sub(lower, m[0]), line) if gone else line)
    return found


def repeated(sheet: Entry, source: Entry, foot: str) -> Entry:
    """A sheet of the report that is drawn like the one that was filled in, with room for more rows and a foot."""
    grid = source["grid"].strip("\n")
    for word in sheet.get("omit", ()):
        grid = grid.replace(word, "")
    grid = _LIST.sub(lambda m: f"{m[1]}{int(m[2]) * _ROOM}", grid)
    across = len(source["widths"]) - 1
    merged = f" |<{across}" if across else ""
    end = f"\n空@8>\n尾> {foot}{merged}" if foot else ""
    return {**source, "freeze": 0, **sheet, "grid": grid + end}
