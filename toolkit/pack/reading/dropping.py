"""Names that a pack does not have (去掉的名称): `[drop] names` takes them, and what speaks of them, out of the parent.

A rule, a formula, a drop-down or a figure of the parent that needs a dropped name goes with it; what the pack itself
writes stays as it is, so that a name used there is told as unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from toolkit.core.light import dataclass
from toolkit.core.patterns import late
from toolkit.pack.reading.names import picked
from toolkit.pack.reading.own_names import PUBLIC_TOTALS

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Mapping

_LEFT = late(r"<(\d*)")
_CONTINUED = late(r">\s*\^\s*(?:\||$)")
# A name in a formula: no function, and nothing within quotes or a parameter, which "*" would take for names.
_NAME = late(r'"[^"]*"|\$?\{[^{}]*\}|([^\W\d]\w*)(?!\w|\s*\()')
_CONSTANTS = frozenset({"TRUE", "FALSE"})
_CELL = late(r"\[([^\[\]]+)\]")
_HOLE = late(r"\{[^{}]*\}")
_FORMULA_TEXT = r"(?<!\$)\{((?:[^{}]|\$\{[^{}]*\})*)\}(?::\w+)?"
_FORMULA = late(_FORMULA_TEXT)
_TOLD = late(rf"(?:(?:(?<!\S)|\s+)[^\s{{}}|：:]+[：:])?{_FORMULA_TEXT}")  # 联系电话：{封面_联系电话}, label and all
_GROUPS, _GRIDS = ("group", "names", "form_group", "form_names"), ("grid", "grids", "form_grid", "form_grids")
_TABLES = ("table", "tables", "form_table", "form_tables", "columns", "form_columns")
_RULE_FORMULAS = ("formula", "when")
_RULE_LISTS = ("needs", "places")

Entry = dict[str, Any]


def without_dropped(raw: Mapping[str, Any], patterns: Iterable[str]) -> dict[str, Any]:
    """A pack's TOML without the names that match one of `patterns`: whole groups, or single columns."""
    dropped = tuple(patterns)
    if not dropped:
        return dict(raw)
    gone = matcher(dropped)
    found = dict(raw)
    for key in _GROUPS:
        found |= {key: [_group(entry, gone) for entry in raw[key]]} if key in raw else {}
    for key in (*_GRIDS, *_TABLES):
        found |= {key: [{**e, "without": [*e.get("without", ()), dropped]} for e in raw[key]]} if key in raw else {}
    found["rule"] = [kept for entry in raw.get("rule", ()) if (kept := _rule(entry, gone))]
    found["compute"] = {n: f for n, f in raw.get("compute", {}).items() if not gone(n)}
    found["compute_columns"] = [_compute_columns(e, gone) for e in raw.get("compute_columns", ())]
    found["choices"] = _chosen(raw.get("choices", {}), raw, gone)
    found["choices_by"] = _chosen(raw.get("choices_by", {}), raw, gone)
    found["scored"] = [e for e in raw.get("scored", ()) if not mentions(str(e.get("ratio", "")), gone)]
    for key, prune in (("audit", _limits), ("report", _report), ("batch", _batch), ("proofread", _proofread)):
        found |= {key: prune(raw[key], gone)} if key in raw else {}
    found["earlier"] = _named(raw.get("earlier", {}), gone)
    found["required"] = {
        sheet: left for sheet, groups in raw.get("required", {}).items() if (left := _required(groups, gone))
    }
    if "disclosure" in raw:
        found["disclosure"] = _disclosure(raw["disclosure"], gone)
    return found


def matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether a name is dropped."""
    known = tuple(patterns)
    return lambda name: picked(name, known)


def mentions(text: str, gone: Callable[[str], bool]) -> bool:
    """Whether a formula speaks of a dropped name."""
    return any(word and word not in _CONSTANTS and gone(word) for word in _NAME.findall(text))


def _group(entry: Entry, gone: Callable[[str], bool]) -> Entry:
    return {**entry, "names": {kind: [n for n in names if not gone(n)] for kind, names in entry["names"].items()}}


def _rule(entry: Entry, gone: Callable[[str], bool]) -> Entry | None:
    """The rule, with fewer columns where only some are gone; None where it needs a dropped name."""
    texts = [str(entry.get(key, "")) for key in _RULE_FORMULAS]
    texts += [str(n) for key in _RULE_LISTS for n in entry.get(key, ())]
    if entry.get("scored"):  # what stands in braces is filled in for each item that the pack itself has
        texts = [_HOLE.sub("", text) for text in texts]
    else:
        texts += _FORMULA.findall(str(entry.get("fact", "")))
    columns = entry.get("columns")
    if columns:
        left = [c for c in columns if not any(mentions(t.replace("{列}", c), gone) for t in texts)]
        return {**entry, "columns": left} if left else None
    return None if any(mentions(text, gone) for text in texts) else entry


def _required(groups: list[Entry], gone: Callable[[str], bool]) -> list[Entry]:
    """Groups of required data that still ask for something."""
    found = []
    for group in groups:
        rows = _named(group.get("rows", {}), gone)
        columns = {k: _left(names, gone) for k, names in group.get("columns", {}).items() if not gone(k)}
        fields = _left(group.get("fields", ()), gone)
        whole = not mentions(str(group.get("when", "")), gone) and not gone(str(group.get("forms_of", "")))
        if whole and (fields or rows or any(columns.values()) or group.get("forms_of") or group.get("forms")):
            found.append({**group, "fields": fields, "rows": rows, "columns": {k: v for k, v in columns.items() if v}})
    return found


def _compute_columns(entry: Entry, gone: Callable[[str], bool]) -> Entry:
    left = [c for c in entry["columns"] if not all(gone(n.replace("{列}", c)) for n in entry["formulas"])]
    formulas = {n: f for n, f in entry["formulas"].items() if not all(gone(n.replace("{列}", c)) for c in left)}
    return {**entry, "columns": left, "formulas": formulas}


def _named(values: Mapping[str, Any], gone: Callable[[str], bool]) -> Entry:
    return {name: value for name, value in values.items() if not gone(name)}


def _chosen(told: Mapping[str, Any], raw: Mapping[str, Any], gone: Callable[[str], bool]) -> Entry:
    """Drop-downs less those of dropped names; a form's table that has its columns from a dropped one keeps them."""
    tables = [t for key in ("form_table", "form_tables") for t in raw.get(key, ()) if t.get("like")]
    kept = _named(told, gone)
    for name, value in told.items():
        for table in tables if gone(name) else ():
            head, own = f"{table['like']}_", f"{table['name']}_"
            if name.startswith(head) and not gone(own + name.removeprefix(head)):
                moved = (
                    {**value, "column": own + value["column"].removeprefix(head)} if isinstance(value, dict) else value
                )
                kept.setdefault(own + name.removeprefix(head), moved)
    return kept


def _limits(raw: Mapping[str, Any], gone: Callable[[str], bool]) -> Entry:
    return {**raw, **{key: _named(raw.get(key, {}), gone) for key in ("limits", "least")}}


def _report(raw: Mapping[str, Any], gone: Callable[[str], bool]) -> Entry:
    sections = []
    for section in raw.get("sections", ()):
        needs = [n for n in section["needs"] if not gone(n)]
        if needs or not section["needs"]:
            kept = {k: v for k, v in section.items() if k != "amount" or not gone(v)}
            sections.append({**kept, "needs": needs})
    kinds = [k for k in raw.get("budget_kinds", ()) if not gone(k["amount"]) and not gone(k["text"])]
    return {**raw, "sections": sections, "budget_kinds": kinds, "cover": _left(raw.get("cover", ()), gone)}


def _left(names: Iterable[str], gone: Callable[[str], bool]) -> list[str]:
    return [n for n in names if not gone(n)]


def _batch(raw: Mapping[str, Any], gone: Callable[[str], bool]) -> Entry:
    kept = {key: value for key, value in raw.items() if key not in {"weight", "budget"} or not gone(value)}
    return {**kept, "figures": [f for f in raw.get("figures", ()) if not gone(f["name"])]}


def _proofread(raw: Mapping[str, Any], gone: Callable[[str], bool]) -> Entry:
    concepts = [_concept(c, gone) for c in raw.get("concept", ()) if not gone(c["cell"])]
    known = {c["name"] for c in concepts}
    sums = [s for s in raw.get("sum", ()) if known.issuperset([s["total"], *s["parts"]])]
    return {**raw, "concept": concepts, "sum": sums}


def _concept(entry: Entry, gone: Callable[[str], bool]) -> Entry:
    kept = {k: v for k, v in entry.items() if k != "budget" or not gone(v)}
    return {**kept, "also": _left(entry.get("also", ()), gone)} if "also" in entry else kept


def _disclosure(raw: Mapping[str, Any], gone: Callable[[str], bool]) -> Entry:
    found = dict(raw)
    for key in ("drop_fields", "drop_columns"):
        found[key] = _left(raw.get(key, ()), gone)
    for key in ("relations", "row_relations"):
        found[key] = [text for text in raw.get(key, ()) if not mentions(text, gone)]
    found["signed_off"] = _named(raw.get("signed_off", {}), gone)
    found["more_field"] = "" if gone(raw.get("more_field", "")) else raw.get("more_field", "")
    return found


def who_fills(roles: Mapping[str, Any]) -> frozenset[str]:
    """The cells that say who fills a form in: they stand on many sheets, and none of these is about them."""
    single = {str(roles.get(key, "")) for key in ("name", "code", "department", "year", "filed_on")}
    return frozenset({*single, *roles.get("signers", ()), *roles.get("phones", ())})


def drawn_without(
    sheets: Mapping[str, Entry], drop: Mapping[str, Any], heads: Iterable[str], projects: str
) -> dict[str, Entry]:
    """Drawn sheets of the parent without dropped names, and without the sheets that are dropped by name.

    A line that held nothing but dropped names goes, with the heads over it; so does a column of a list where the rest
    of the sheet lets it; else the cell stays, blank, and so does what named it. A sheet goes that has no name left, or
    none but `heads`: who filled it in, above a form of which nothing is left. Sums of a column of `projects` go too.
    """
    names = drop.get("names", ())
    totals = [n.replace(f"{projects}_", PUBLIC_TOTALS, 1) for n in names if n.lstrip("!").startswith(f"{projects}_")]
    gone, away, known = matcher((*names, *totals)), set(drop.get("sheets", ())), set(heads)
    found = {n: sheet for n, sheet in sheets.items() if n not in away}
    for name, sheet in [(n, sheet) for n, sheet in found.items() if "grid" in sheet]:
        lines = sheet["grid"].strip("\n").split("\n")
        sheet = _without_columns(sheet, gone)  # noqa: PLW2901 - the same sheet, narrower
        left = _lines(sheet["grid"].strip("\n").split("\n"), gone)
        before, now = ({name for line in some for name in _bound(line)} for some in (lines, left))
        emptied = now < before and now <= known
        found[name] = {**sheet, "grid": "\n".join(left)}
        if emptied:
            del found[name]
    return found


def text_without(text: str, patterns: Iterable[str]) -> str:
    """A drawn text without the formulas that speak of dropped names."""
    return _without_formulas(text, matcher(patterns))


def _bound(line: str) -> list[str]:
    return [n.replace(".", "_") for n in _CELL.findall(line)]


def _lines(lines: list[str], gone: Callable[[str], bool]) -> list[str]:
    """The lines of a sheet without dropped rows, the heads that stood over nothing else, and their space."""
    lost = lost_groups(lines, lambda line: None if not (bound := _bound(line)) else not all(map(gone, bound)))
    lines = [line for number, line in enumerate(lines) if number not in lost]
    found: list[str] = []  # from the foot up, as what stands below decides
    below, part = _Below(), _Below()
    for line in reversed(lines):
        style, bound = line.lstrip()[:1], _bound(line)
        if style in _BREAKS:
            below, part = _Below(), _Below()
            away = style == "空" and bool(found) and found[-1].lstrip()[:1] == "空"
        elif style == "头" and not bound:
            band = len(set(drawn_cells(line.partition(">")[2])[1:]) - {"<"}) == 0
            away = (part if band else below).in_vain and not _goes_on(line, found)
            below.headed, part.headed = True, part.headed or band
        else:
            away = bool(bound) and all(map(gone, bound)) and not _goes_on(line, found)
            if bound or _HOLE.search(line):
                below, part = below.with_row(away), part.with_row(away)
        if not away:
            found.append(line)
    return _blanked(found[::-1], gone)


_BREAKS = frozenset("题空")


@dataclass(slots=True)
class _Below:
    """The rows below a head: some of them are gone, some are left; `headed` once the head itself has been met."""

    gone: bool = False
    left: bool = False
    headed: bool = False

    @property
    def in_vain(self) -> bool:
        return self.gone and not self.left

    def with_row(self, away: bool) -> _Below:  # noqa: FBT001 - what became of the row
        return _Below(away, not away) if self.headed else _Below(self.gone or away, self.left or not away)


def lost_groups(lines: list[str], left: Callable[[str], bool | None]) -> set[int]:
    """The lines of heads that go on beside all of their rows, `^`, where none of the rows is left."""
    lost: set[int] = set()
    for first, line in enumerate(lines):
        last = next((n for n in range(first + 1, len(lines)) if not _CONTINUED.search(lines[n])), len(lines))
        told = {left(one) for one in lines[first + 1 : last]}
        if line.lstrip().startswith("头") and False in told and True not in told:
            lost |= set(range(first, last))
    return lost


def _goes_on(line: str, found: list[str]) -> bool:
    """Whether a cell of this line goes on in the line below that stays."""
    here, below = (drawn_cells(one.partition(">")[2]) for one in (line, found[-1] if found else ""))
    return any(b == "^" and a != "^" for a, b in zip(here, below, strict=False))


def drawn_cells(text: str) -> list[str]:
    """The cells of a drawn line; `<3` stands for three merges to the left."""
    found: list[str] = []
    for part in (part.strip(" ") for part in text.split("|")):
        merged = _LEFT.fullmatch(part)
        found += ["<"] * int(merged[1] or 1) if merged else [part]
    return found


def _blanked(lines: list[str], gone: Callable[[str], bool]) -> list[str]:
    """Cells of dropped names are blank, and so is what only named them: the label before, the head above."""
    rows = [drawn_cells(line.partition(">")[2]) for line in lines]
    plain = [[_without_formulas(_CELL.sub(_kept(gone), cell), gone) for cell in row] for row in rows]
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            places = [_head(lines, rows, number, column, gone)] if _is_gone(cell, gone) else []
            if places or (cell and not plain[number][column]):  # what was only shown again is gone as well
                places.append(_label(rows, number, column, gone))
            for row_number, at in filter(None, places):
                plain[row_number][at] = ""
    return [line if new == old else drawn(line, new) for line, new, old in zip(lines, plain, rows, strict=True)]


def _kept(gone: Callable[[str], bool]) -> Callable[[re.Match[str]], str]:
    return lambda m: "" if gone(m[1].replace(".", "_")) else m[0]


def _without_formulas(text: str, gone: Callable[[str], bool]) -> str:
    return _TOLD.sub(lambda m: "" if mentions(m[1], gone) else m[0], text)


def drawn(line: str, cells: Iterable[str]) -> str:
    """A drawn line with other cells."""
    return f"{line.partition('>')[0]}> {' | '.join(cells)}"


def narrow(cells: list[str], column: int) -> None:
    """Take a column out of a row; what stands in its cell and goes on to the right moves there."""
    if cells[column] != "<" and cells[column + 1 : column + 2] == ["<"]:
        cells[column + 1] = cells[column]
    del cells[column]


def _is_gone(cell: str, gone: Callable[[str], bool]) -> bool:
    bound = _bound(cell)
    return bool(bound) and all(map(gone, bound))


def _label(rows: list[list[str]], number: int, column: int, gone: Callable[[str], bool]) -> tuple[int, int] | None:
    """The label of a dropped cell, to its left, where no other cell follows it."""
    row = rows[number]
    at = next((c for c in range(column - 1, -1, -1) if row[c] != "<"), -1)
    after = next((cell for cell in row[column + 1 :] if cell not in {"<", ""}), "")
    named = at >= 0 and _is_label(row[at]) and (not after or _is_label(after))
    goes_on = number + 1 < len(rows) and at < len(rows[number + 1]) and rows[number + 1][at] == "^"
    stays = any(not _is_gone(c, gone) and not _works_out(c, gone) for c in row if _bound(c) or _FORMULA.search(c))
    return (number, at) if named and not goes_on and stays else None


def _head(
    lines: list[str], rows: list[list[str]], number: int, column: int, gone: Callable[[str], bool]
) -> tuple[int, int] | None:
    """The head of a column in which all is dropped, down to the next head."""
    first = next((n for n in range(number, -1, -1) if lines[n].startswith("头")), -1)
    last = next((n for n in range(number, len(lines)) if lines[n][:1] != lines[number][:1]), len(lines))
    here = [row[column] for row in rows[first + 1 : last] if column < len(row)]
    if first < 0 or any(not _is_gone(cell, gone) and cell not in {"", "<", "^", "."} for cell in here):
        return None
    while first > 0 and column < len(rows[first]) and rows[first][column] == "^":
        first -= 1
    return (first, column) if column < len(rows[first]) and _is_label(rows[first][column]) else None


def _is_label(cell: str) -> bool:
    return cell not in {"", "<", "^", ".", "#"} and not _CELL.search(cell) and not _HOLE.search(cell)


def _without_columns(sheet: Entry, gone: Callable[[str], bool]) -> Entry:
    """The sheet without the columns that held nothing but a dropped column of a list, its head and its sum."""
    lines, widths = sheet["grid"].strip("\n").split("\n"), list(sheet["widths"])
    rows = [drawn_cells(line.partition(">")[2]) for line in lines]
    column = 0
    while column < len(widths):
        if not _column_goes(lines, rows, column, gone):
            column += 1
            continue
        del widths[column]
        for row in (row for row in rows if column < len(row)):
            narrow(row, column)
    if len(widths) == len(sheet["widths"]) or sheet.get("charts"):
        return sheet
    return {**sheet, "widths": widths, "grid": "\n".join(map(drawn, lines, rows))}


def _column_goes(lines: list[str], rows: list[list[str]], column: int, gone: Callable[[str], bool]) -> bool:
    listed = [
        n
        for n, row in enumerate(rows)
        if lines[n].startswith("列") and _is_gone("".join(row[column : column + 1]), gone)
        and not all(map(gone, _bound(lines[n])))
    ]  # fmt: skip
    heads = {n - 1 for n in listed if lines[n - 1].startswith("头")}
    while more := {n - 1 for n in heads if lines[n - 1].startswith("头")} - heads:
        heads |= more
    return bool(listed) and all(n in heads or _vanishes(row, column, gone) for n, row in enumerate(rows))


def _vanishes(row: list[str], column: int, gone: Callable[[str], bool]) -> bool:
    """Whether a row says as much without its cell in a column; what goes on to the right moves there."""
    if column >= len(row) or row[column + 1 : column + 2] == ["<"]:
        return True
    cell = row[column]
    return cell in {"", "<", "^", "."} or _is_gone(cell, gone) or (not _bound(cell) and _works_out(cell, gone))


def _works_out(cell: str, gone: Callable[[str], bool]) -> bool:
    """Whether a cell is worked out from a dropped name."""
    return any(mentions(found, gone) for found in _FORMULA.findall(cell))
