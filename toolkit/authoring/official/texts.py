"""What an imported pack says (导入的规则包的文字): pack.toml and forms.toml for the named cells of an official form."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from toolkit.authoring.official.naming import SCORED, SUMMED
from toolkit.core.dictionary import Kind, TableRole
from toolkit.core.money import plain
from toolkit.core.patterns import late
from toolkit.engines.formula import parse
from toolkit.pack import EXECUTION_MARK, FULL_MARK, REASON, scored_name

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from toolkit.authoring.official.layout import FormSpot
    from toolkit.authoring.official.naming import Named, NamedSheet
    from toolkit.pack import Pack, SheetForm

MAPPING_NAME = "表样对照.xlsx"
_ROOM = {"元": 13.0}
_WORD = late(r"[^\W\d]\w*")
_POINTS = late(r"[（(][^（()）]*[)）]$")
_LEAST = 9.0  # what an amount needs to be printed
_MARKS = str.maketrans({"|": "｜", "[": "［", "]": "］", "{": "｛", "}": "｝", "\n": " ", "\r": "", "$": "＄"})


def pack_toml(name: str, title: str, parent: Pack, year: int, sheets: Iterable[NamedSheet]) -> str:
    """pack.toml: what the official form does not have, has besides, prints and asks for."""
    told = list(sheets)
    return "\n".join(
        [
            f"# 由 jixiao pack import 照官方表写成，表样对照见“{MAPPING_NAME}”；名称、类型请逐个确认。",
            "# 确认、改完运行 jixiao pack check，再运行 jixiao pack build（样子照工作簿，只更新规则、下拉、名称）。",
            "[pack]",
            f"id = {_quoted(name)}",
            f"extends = {_quoted(parent.id)}",
            f"title = {_quoted(title)}",
            f"year = {year}",
            'version = "1.0"',
            "basis = []",
            "",
            "[parameters]",
            f'"表样名称" = {_quoted(title)}',
            *_marks(told),
            "",
            *_dropped(parent, told),
            *_added(parent, told),
            *_computed(parent, told),
            *_listed(parent, told),
            *_required(parent, told),
            "[report]",
            "sections = []",
            "budget_kinds = []",
            "",
            *_batch(parent, told),
            *(_score_tables(told) if any(s.scored.rows for s in told) else _unweighed(parent, told)),
            *(line for total in _totals(parent, told) for line in _adds_up(total)),
            "",
        ]
    )


def _unweighed(parent: Pack, sheets: list[NamedSheet]) -> Iterator[str]:
    yield from ("# 分值与上一级不同的，整段写全：", "# [weights]")
    yield from (f"# {_quoted(level)} = {parent.weights.get(level, '')}" for level in _levels(parent, sheets))


def _marks(sheets: list[NamedSheet]) -> Iterator[str]:
    """A scoring table has points for its items alone."""
    weights = [points for sheet in sheets for points in sheet.scored.weights.values()]
    if weights:
        yield f"{_quoted(EXECUTION_MARK)} = 0"
        yield f"{_quoted(FULL_MARK)} = {plain(sum(weights, Decimal(0)))}"


def _score_tables(sheets: list[NamedSheet]) -> Iterator[str]:
    """What a printed scoring table says: the points of its first levels, and each item."""
    yield "# 表上印好的评分项，填报人在得分栏填分；能按比率算的，照《规则包维护》“评分办法”改 kind"
    yield "[weights]"
    yield from (f"{_quoted(lv)} = {plain(points)}" for s in sheets for lv, points in s.scored.weights.items())
    yield from ("", "[weights_move]", "")
    for sheet in sheets:
        here = {n.name for n in sheet.names}
        for row in sheet.scored.rows:
            yield from ("[[scored]]", f"name = {_quoted(row.name)}")
            yield f"levels = [{', '.join(map(_quoted, row.levels))}]"
            yield from (f"weight = {plain(row.weight)}", 'kind = "typed"')
            yield from ["reason = true"] if scored_name(row.name, REASON) in here else []
            yield from (f"text = {_quoted(row.text)}", "")


def _adds_up(total: str) -> Iterator[str]:
    """A total that somebody typed over its formula is held against the sum."""
    yield from ("[[rule]]", 'id = "C43"', 'severity = "error"', 'title = "总分＝评分表各项得分之和"')
    yield from (
        f"formula = '{total}=${{评分合计}}'",
        f'places = ["{total}"]',
        'left = "总分"',
        'right = "各项得分之和"',
    )
    yield from ('unit = "分"', 'action = "请核对；总分由表自动加总，不要手工改。"', 'basis = "官方表"')


def named_cells(sheets: Iterable[NamedSheet]) -> Iterator[tuple[NamedSheet, Named]]:
    """Each name with its sheet."""
    return ((sheet, named) for sheet in sheets for named in sheet.names)


def _full(named: Named) -> str:
    return named.name.replace(".", "_")


def _dropped(parent: Pack, sheets: list[NamedSheet]) -> Iterator[str]:
    """What the official form does not have; a figure that cannot be worked out any more is typed."""
    cover, here = _cover(parent, sheets), _here(parent, sheets)
    kept = ", ".join(_quoted(f"!{name}") for name in sorted(here))
    own = {s.blank.name for s in sheets}
    away = dict.fromkeys(
        f.name
        for kind in ("fill", "report")
        for f in parent.forms(kind)
        if not f.internal and f.name not in own and not (cover and f.name == cover.name)
    )
    yield from ("[drop]", f'names = ["*", {kept}]')
    yield f"sheets = [{', '.join(_quoted(n) for n in away)}]"
    settings = [s for s in ("disclosure", "required") if s in parent.raw]
    yield f"settings = [{', '.join(map(_quoted, settings))}]"
    typed = [name for name in sorted(here) if _worked_out(name, parent) and not _workable(name, here, parent)]
    typed = [name for name in typed if name not in _totals(parent, sheets)]
    if typed:
        yield "# 上一级的公式要用到这张表没有的数，这几格由填报人填"
        yield f"formulas = [{', '.join(map(_quoted, typed))}]"
    yield ""


def _here(parent: Pack, sheets: list[NamedSheet]) -> set[str]:
    """The names of the pack above that the new one has."""
    cover = _cover(parent, sheets)
    used = {_full(named) for _, named in named_cells(sheets)} & set(parent.dictionary.all_names())
    return {*used, *(cover.names() if cover else ())}


def _worked_out(name: str, parent: Pack) -> bool:
    datum = parent.dictionary.datum(name)
    return bool(datum and datum.computed)


def _workable(name: str, here: set[str], parent: Pack) -> bool:
    """Whether a form can work a figure out: points where signs and units have columns, else what has all its parts."""
    for table in (t for space in parent.dictionary.spaces for t in space.all_of(TableRole.INDICATORS)):
        if name == table.full_name(table.roles.score):
            roles = table.roles
            parts = (roles.unit, roles.sign, roles.target, roles.result, roles.weight, roles.level)
            return {table.full_name(column) for column in parts} <= here
    return set(parse(parent.compute[name]).names) <= here


def _added(parent: Pack, sheets: list[NamedSheet]) -> Iterator[str]:
    """New names, new columns of known tables, new tables."""
    known, above = {t for space in parent.dictionary.spaces for t in space.tables}, set(parent.dictionary.all_names())
    for sheet in sheets:
        head = "form_" if sheet.form else ""
        fresh: dict[str, list[str]] = {}
        columns: dict[str, list[str]] = {}
        worked_out = [name for name in _like_above(sheet, parent) if "." not in name]
        for named in (n for n in sheet.names if _full(n) not in above and n.how != SCORED):
            table, dot, column = named.name.partition(".")
            if dot:
                columns.setdefault(table, []).append(f"{column}:{named.kind}")
            else:
                fresh.setdefault(named.kind, []).append(named.name)
        if fresh:
            told = ", ".join(f"{kind} = [{', '.join(map(_quoted, names))}]" for kind, names in fresh.items())
            made = [f"computed = [{', '.join(map(_quoted, worked_out))}]"] if worked_out else []
            yield from (f"[[{head}names]]", f"names = {{ {told} }}", *made, "")
        for table, found in columns.items():
            key, word = ("columns", "table") if table in known else ("tables", "name")
            listed = ", ".join(map(_quoted, found))
            yield from (f"[[{head}{key}]]", f"{word} = {_quoted(table)}", f"columns = [{listed}]", "")


def _like_above(sheet: NamedSheet, parent: Pack) -> dict[str, str]:
    """New cells that are worked out: the rate of each source as that of the total above it, what a list adds up to."""
    rows: dict[int, dict[int, str]] = {}
    for named in (n for n in sheet.names if "." not in n.name):
        rows.setdefault(named.spot.row, {})[named.spot.column] = named.name
    above, here = set(parent.dictionary.all_names()), {_full(n) for n in sheet.names}
    found = dict(_summed(sheet))
    rates = (n for n in sheet.names if n.kind is Kind.RATE)  # a score is that of the total alone
    for named in (n for n in rates if _worked_out(n.name, parent) and _workable(n.name, here, parent)):
        columns = {name: column for column, name in rows[named.spot.row].items()}
        formula = parent.compute[named.name]
        if not set(parse(formula).names) <= columns.keys():
            continue
        for row in (r for r in rows if r > named.spot.row):
            made = rows[row].get(named.spot.column, "")
            names = {old: rows[row].get(columns[old], "") for old in parse(formula).names}
            alike = made and made not in above and sheet.blank.above(sheet.blank.spots[row, named.spot.column])
            if alike == sheet.blank.above(named.spot) and all(names.values()):
                found[made] = _WORD.sub(lambda m, names=names: names.get(m[0], m[0]), formula)  # type: ignore[misc]
    return found


def _summed(sheet: NamedSheet) -> Iterator[tuple[str, str]]:
    for named in (n for n in sheet.names if n.how == SUMMED):
        table = next(t for first, last, t in sheet.lists if named.spot.row in {first - 1, last + 1})
        beside = (n for n in sheet.names if n.name.startswith(f"{table}.") and n.spot.column == named.spot.column)
        column = _full(next(beside))
        yield named.name, f'IF(COUNT({column})=0,"",SUM({column}))'


def _totals(parent: Pack, sheets: Iterable[NamedSheet]) -> dict[str, str]:
    """The total of a scoring table is the sum of its items, once all of them have points."""
    total = parent.dictionary.book.roles.total
    has = any(s.scored.rows and total in {n.name for n in s.names} for s in sheets)
    return {total: 'IF(${评分个数}<${评分项数},"",${评分合计})'} if has else {}


def _computed(parent: Pack, sheets: Iterable[NamedSheet]) -> Iterator[str]:
    formulas = {name: text for sheet in sheets for name, text in _like_above(sheet, parent).items()}
    formulas |= _totals(parent, sheets)
    if formulas:
        yield from ("[compute]", *(f"{_quoted(name)} = '{text}'" for name, text in formulas.items()), "")


def _listed(parent: Pack, sheets: Iterable[NamedSheet]) -> Iterator[str]:
    """The words that the official form prints in columns of drop-downs, where the pack above has others."""
    lists: dict[str, list[str]] = {}
    narrowed: list[str] = []
    for sheet in sheets:
        for name, words in _printed(sheet, parent).items():
            chosen = parent.chosen.get(name) or parent.chosen[parent.dictionary.alike(name)]
            lists[chosen] = list(dict.fromkeys((*lists.get(chosen, ()), *words)))
            above = parent.narrowed(name)
            by = {_full(n): n.spot.column for n in sheet.names}.get(above.by) if above else None
            if above and by:
                narrowed += [f"[choices_by.{_quoted(name)}]", f"column = {_quoted(above.by)}", ""]
                narrowed += [f"[choices_by.{_quoted(name)}.words]", *_by_word(sheet, name, by), ""]
    if lists:
        yield from (
            "[lists]",
            *(f"{_quoted(n)} = [{', '.join(map(_quoted, words))}]" for n, words in lists.items()),
            "",
        )
    yield from narrowed


def _by_word(sheet: NamedSheet, name: str, by: int) -> Iterator[str]:
    column, found = next(n.spot.column for n in sheet.names if _full(n) == name), dict[str, list[str]]()
    for row in range(1, sheet.blank.last + 1):
        word, narrow = (_word_at(sheet, row, one) for one in (by, column))
        if word and narrow and any(first <= row <= last for first, last, _ in sheet.lists):
            found.setdefault(word, []).append(narrow)
    return (f"{_quoted(w)} = [{', '.join(map(_quoted, dict.fromkeys(some)))}]" for w, some in found.items())


def _printed(sheet: NamedSheet, parent: Pack) -> dict[str, list[str]]:
    """Columns of drop-downs → the words that the form prints in them, where not all are the parent's."""
    found: dict[str, list[str]] = {}
    for first, last, table in sheet.lists:
        for named in (n for n in sheet.names if n.name.startswith(f"{table}.")):
            own = parent.choices(_full(named)) if parent.dictionary.datum(_full(named)) else None
            words = [word for row in range(first, last + 1) if (word := _word_at(sheet, row, named.spot.column))]
            if own and set(words) - set(own):
                found[_full(named)] = list(dict.fromkeys(words))
    return found


def _word_at(sheet: NamedSheet, row: int, column: int) -> str:
    """产出指标 of 产出指标（50分）."""
    spot = sheet.blank.covered.get((row, column))
    return _POINTS.sub("", "".join(spot.text.split())) if spot and spot.worded else ""


def _levels(parent: Pack, sheets: Iterable[NamedSheet]) -> list[str]:
    """The first levels that are weighed: those that the form prints, where they are not the parent's."""
    tables = (table for space in parent.dictionary.spaces for table in space.tables.values())
    firsts = {table.full_name(table.roles.first) for table in tables}
    found = (words for sheet in sheets for name, words in _printed(sheet, parent).items() if name in firsts)
    return next(found, list(parent.weights))


def unweighed(parent: Pack, sheets: list[NamedSheet]) -> list[str]:
    """First levels of a form with points of which some have none above."""
    tables = [table for space in parent.dictionary.spaces for table in space.tables.values()]
    weighed = {table.full_name(table.roles.weight) for table in tables} & _here(parent, sheets)
    levels = _levels(parent, sheets)
    return levels if weighed and set(levels) - set(parent.weights) else []


def _required(parent: Pack, sheets: list[NamedSheet]) -> Iterator[str]:
    """What has to be there at least: who fills it in, the money, a row of each list."""
    cover = _cover(parent, sheets)
    if cover:
        asked = [n for n in parent.cover if n in set(cover.names())]
        yield from (f"[[required.{_quoted(cover.name)}]]", f"fields = [{', '.join(map(_quoted, asked))}]", "")
    here = _here(parent, sheets)
    for sheet in sheets:
        space = parent.dictionary.form if sheet.form else parent.dictionary.book
        roles, names = space.roles, {n.name for n in sheet.names}
        made = {n for n in names & here if _worked_out(n, parent) and _workable(n, here, parent)}
        made |= _like_above(sheet, parent).keys() | _totals(parent, sheets).keys()
        shown = set(cover.names() if cover else ())  # they are asked for on the cover, and only shown here
        wanted = [n for n in (roles.name, roles.budget, roles.spent) if n in names - made - shown]
        rows: dict[str, int] = {}
        for _, _, table in sheet.lists:
            spec = space.tables.get(table)
            columns = [n.name.partition(".")[2] for n in sheet.names if n.name.startswith(f"{table}.")]
            key = spec.roles.name if spec and spec.roles.name in columns else next(iter(columns), "")
            rows |= {f"{table}_{key}": 1} if key else {}
        if not wanted and not rows and not sheet.scored.rows:  # points of a scoring table are asked for anyway
            wanted = [n.name for n in sheet.names if "." not in n.name and n.name not in made | shown][:3]
        yield f"[[required.{_quoted(sheet.blank.name)}]]"
        yield from ["form = true", "forms = 1"] if sheet.form else []
        yield f"fields = [{', '.join(map(_quoted, wanted))}]"
        yield f"rows = {{ {', '.join(f'{_quoted(k)} = {v}' for k, v in rows.items())} }}"
        yield ""


def _batch(parent: Pack, sheets: list[NamedSheet]) -> Iterator[str]:
    names = {n.name for sheet in sheets for n in sheet.names}
    roles = next((s.roles for s in parent.dictionary.spaces if s.roles.spent in names), None)
    pairs = {"weight": roles.spent, "budget": roles.budget} if roles else {}
    pairs = {key: name for key, name in pairs.items() if name in names}
    titles = {"weight": "全年执行数", "budget": "全年预算数"}
    figures = ", ".join(
        f'{{ name = {_quoted(name)}, title = {_quoted(titles[key])}, unit = "${{金额单位}}" }}'
        for key, name in pairs.items()
    )
    yield from ("[batch]", f"figures = [{figures}]")
    yield from (f"{key} = {_quoted(pairs.get(key, ''))}" for key in titles)
    yield ""


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def forms_toml(sheets: Iterable[NamedSheet], parent: Pack) -> str:
    """forms.toml: the sheets of the official form as text grids."""
    cover = _cover(parent, sheets)
    above = frozenset(cover.names() if cover else ())
    drawn = [_drawn(sheet, parent, above) for sheet in sheets]
    lines = ["# 格子的位置照官方表；样子（字体、颜色、列宽、打印）照工作簿，在 Excel 里改。", "extends = true", ""]
    for kind in ("fill", "report"):
        lines += [f"[[{kind}]]\n{text}" for text in drawn]
    return "\n".join(lines)


def _cover(parent: Pack, sheets: Iterable[NamedSheet]) -> SheetForm | None:
    """The sheet of the pack above that says who fills the workbook in; an official form seldom has one of its own."""
    own, who = {sheet.blank.name for sheet in sheets}, parent.dictionary.book.roles.name
    return next((f for f in parent.forms("fill") if who in f.names() and f.name not in own), None)


def _drawn(sheet: NamedSheet, parent: Pack, above: Container[str]) -> str:
    """One sheet as a text grid; names that the cover has already (`above`) are shown again, not filled in twice."""
    blank = sheet.blank
    room = _ROOM.get(parent.unit, _LEAST)
    money = {n.spot.column for n in sheet.names if n.kind == "money" and n.spot.columns == 1}
    widths = [f"{max(w, room) if c in money else max(w, 1):g}" for c, w in enumerate(blank.widths, 1)]
    lines = [f"name = {_quoted(blank.name)}", *(["form = true"] if sheet.form else [])]
    lines += [f"widths = [{', '.join(widths)}]", *(["landscape = true"] if blank.landscape else []), "grid = '''"]
    return "\n".join([*lines, *_grid(sheet, above), "'''", ""])


def _grid(sheet: NamedSheet, above: Container[str]) -> Iterator[str]:
    row = 1
    while row <= sheet.blank.last:
        found = next(((a, b) for a, b, _ in sheet.lists if a == row), None)
        height = f"@{sheet.blank.heights[row]:.0f}" if sheet.blank.heights.get(row) else ""
        style = f"列{found[1] - found[0] + 1}" if found else _style(sheet, row)
        tokens = "" if style == "空" else " " + " | ".join(_tokens(sheet, row, above))
        yield f"{style}{height}>{tokens}"
        row = found[1] + 1 if found else row + 1


def _style(sheet: NamedSheet, row: int) -> str:
    here = sheet.blank.row(row)
    if not any(s.text or s.open for s in here):
        return "空"
    if any((s.row, s.column) in sheet.at for s in here):
        return "表"
    alone = sum(1 for s in here if s.text) == 1
    if alone and len(here) == 1:
        return "题" if row == min(r for r, _ in sheet.blank.spots) else "注"
    return "头"


def _tokens(sheet: NamedSheet, row: int, above: Container[str]) -> Iterator[str]:
    names, inside = sheet.at, any(first <= row <= last for first, last, _ in sheet.lists)
    for column in range(1, len(sheet.blank.widths) + 1):
        spot = sheet.blank.covered.get((row, column))
        if spot is None:
            yield "."
        elif (spot.row, spot.column) != (row, column):
            across = spot.row == row or inside
            yield "<" if across and spot.column < column else "." if inside else "^"
        elif (row, column) in names:
            name = names[row, column].name
            yield f"{{{name}}}" if name in above else f"[{name}]"
        else:
            yield "#" if inside and sheet.numbers(row, column) else "." if inside else _label(spot)


def _label(spot: FormSpot) -> str:
    text = " ".join(spot.text.translate(_MARKS).split())
    return f"　{text}" if text[:1] in {"<", "^", "#", "."} else text or " "
