"""What a pack changes in the drawn text of the pack above (改字、加行), and sheets that repeat another (照样画).

A line of a form or of the report is found by what stands in it, so that the rest need not be written again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from toolkit.core.patterns import late

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping

Entry = dict[str, Any]

_PLACES = late(r"(\[[^\[\]]*\]|\{\{.*?\}\}|\{%.*?%\}|\{[^{}]*\})")  # names, formulas and tags are no words
_LIST = late(r"^(\s*列)(\d+)", re.MULTILINE)
_ARROW, _ARROWS, _FEWEST = late(r"\s*→\s*"), late(r"[^|\n]+?：[^|\n]+→[^|\n]+"), 3
_ROOM = 3  # staff put rows in: a printed list holds so many times the rows of the form


def altered(text: str, retitle: Mapping[str, str], lines: Iterable[Mapping[str, Any]]) -> str:
    """A drawn text with other words, and with lines put in behind the line that holds `after`, or over `before`."""
    found = [_retitled(line, retitle) for line in text.strip("\n").split("\n")]
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
    if not any(word in line for word in words):
        return line
    longest_first = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    change: Callable[[str], str] = lambda part: re.sub(longest_first, lambda m: words[m[0]], part)  # noqa: E731
    return "".join(part if _PLACES.fullmatch(part) else change(part) for part in _PLACES.split(line))


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
    """The parent's outline of a report with what this one changes; its own tables come first."""
    tables = {t["name"]: t for t in (*above.get("table", ()), *own.get("table", ()))}
    body = altered(above["body"], own.get("retitle", {}), own.get("lines", ()))
    return {**above, **own, "body": body, "table": list(tables.values())}


_SECTION, _PART = "一级", "二级"
_STYLE = late(r"\s*(\w+)>\s*(.*)")
_TEXT_STYLES = frozenset({_SECTION, _PART, "三级", "条目", "分条", "正文", "末段"})
_NUMBER = late(r"^[一二三四五六七八九十]+、")
_TAG = late(r"\{\{.*?\}\}|\{%.*?%\}")
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
    return {**outline, "body": "\n".join(_without(lines, _PART, lambda block: _asks_in_vain(block, gone, here)))}


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
    words = {word for line in block for tag in _TAG.findall(line) for word in _NAME.findall(tag)}
    return any(word in gone for word in words) and not any(word in here for word in words)


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
