"""What a pack changes in the drawn text of the pack above (改字、加行), and sheets that repeat another (照样画).

A line of a form or of the report is found by what stands in it, so that the rest need not be written again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from toolkit.core.patterns import late

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Entry = dict[str, Any]

_PLACES = late(r"(\[[^\[\]]*\]|\{\{.*?\}\}|\{%.*?%\}|\{[^{}]*\})")  # names, formulas and tags are no words
_LIST = late(r"^(\s*列)(\d+)", re.MULTILINE)
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


def altered_outline(above: Mapping[str, Any], own: Mapping[str, Any]) -> Entry:
    """The parent's outline of a report with what this one changes; its own tables come first."""
    tables = {t["name"]: t for t in (*above.get("table", ()), *own.get("table", ()))}
    body = altered(above["body"], own.get("retitle", {}), own.get("lines", ()))
    return {**above, **own, "body": body, "table": list(tables.values())}


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
