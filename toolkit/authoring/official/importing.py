"""pack import (导入官方表): an official blank form becomes a pack: its look kept, its cells named, the rest as TOML."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from toolkit.authoring.official.layout import blank_sheets
from toolkit.authoring.official.naming import CHOSEN, KNOWN, Named, NamedSheet, named_sheets, settled
from toolkit.authoring.official.styles import shown_as
from toolkit.core.dictionary import Kind, TableRole
from toolkit.core.errors import UsageError
from toolkit.core.light import dataclass
from toolkit.core.patterns import late
from toolkit.engines import as_xlsx, read_input, write_file
from toolkit.engines.formula import parse
from toolkit.engines.xlsx import (
    MAIN,
    address,
    open_package,
    parse_area,
    parse_xml,
    place_of,
    whole,
    write_parts,
    xml_bytes,
)
from toolkit.pack import FILL_NAME, FORMS_NAME, PACK_FILE, REPORT_NAME, find_pack

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator
    from pathlib import Path

    from lxml import etree

    from toolkit.authoring.official.layout import FormSpot
    from toolkit.authoring.official.naming import Ask
    from toolkit.pack import Pack, SheetForm

MAPPING_NAME = "表样对照.xlsx"
_HEADS = {"工作表": 18, "格子": 9, "表上的字": 36, "名称": 34, "类型": 10, "怎么来的": 24}
_ROOM = {"元": 13.0}
_FORMATS = {Kind.RATE: "10", Kind.MONEY: "4", Kind.SCORE: "2"}  # Excel's own: 0.00%, #,##0.00, 0.00
_WORD = late(r"[^\W\d]\w*")
_LEAST = 9.0  # what an amount needs to be printed
_MARKS = str.maketrans({"|": "｜", "[": "［", "]": "］", "{": "｛", "}": "｝", "\n": " ", "\r": "", "$": "＄"})


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an official form (导入结果): the pack, its sheets, and what is still wrong with it."""

    pack: Pack
    sheets: tuple[NamedSheet, ...]
    problems: tuple[str, ...] = ()

    @property
    def files(self) -> list[Path]:
        """What was written."""
        return sorted(self.pack.folder.iterdir())

    @property
    def unsure(self) -> list[Named]:
        """The cells whose names nobody has confirmed."""
        return [named for sheet in self.sheets for named in sheet.names if named.how not in {KNOWN, CHOSEN}]


def import_form(  # noqa: PLR0913 - what a pack is made from, and who is asked
    path: Path, name: str, folder: Path, parent: Pack, year: int, *, ask: Ask | None = None
) -> Imported:
    """Write the pack `folder/name` from an official form; `ask` tells what a cell is that no label leads to.

    Raises:
        UnreadableError: no workbook.
        UsageError: nothing in it is to be filled in, or the folder is there already.
    """
    data = _workbook(path)
    ours = {form.name for form in parent.forms("report") if form.internal}
    sheets = named_sheets([sheet for sheet in blank_sheets(data) if sheet.name not in ours], parent)
    if not any(sheet.names for sheet in sheets):
        raise UsageError(
            f"{path.name}：没有找到要填的格子。请给一份空白的官方表（有表格线、有栏目名称，要填的格空着）。"
        )
    home = folder / name
    if home.exists():
        raise UsageError(f"{home} 已经有了，请换一个编号，或用 -o 换个地方。")
    if ask:
        settled(sheets, parent, ask)
    home.mkdir(parents=True)
    texts = {PACK_FILE: _pack_toml(name, path.stem, parent, year, sheets), FORMS_NAME: _forms_toml(sheets, parent)}
    for file, text in texts.items():
        write_file(home / file, text.encode())
    look = _opened(data, sheets)
    write_file(home / FILL_NAME, look)
    write_file(home / REPORT_NAME, look)
    write_file(home / MAPPING_NAME, _mapping(sheets))
    return Imported(find_pack(str(home)), tuple(sheets))


def _workbook(path: Path) -> bytes:
    data, kind = read_input(path, "请换一份再试。", "Excel 或 WPS"), path.suffix.lower()
    if kind in {".xlsx", ".xlsm"}:
        return data
    newer = as_xlsx(data, kind) if kind == ".xls" else None
    if newer is None:
        raise UsageError(f"{path.name}：请先用 Excel、WPS 打开（Word 里的表复制到工作表里），另存为 .xlsx 再导入。")
    return newer


def _pack_toml(name: str, title: str, parent: Pack, year: int, sheets: Iterable[NamedSheet]) -> str:
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
            "",
            *_dropped(parent, told),
            *_added(parent, told),
            *_computed(parent, told),
            *_required(parent, told),
            "[report]",
            "sections = []",
            "budget_kinds = []",
            "",
            *_batch(parent, told),
            "# 分值与上一级不同的，整段写全：",
            "# [weights]",
            *(f"# {_quoted(level)} = {points}" for level, points in parent.weights.items()),
            "",
        ]
    )


def _columns(sheets: Iterable[NamedSheet]) -> Iterator[tuple[NamedSheet, Named]]:
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
    if typed:
        yield "# 上一级的公式要用到这张表没有的数，这几格由填报人填"
        yield f"formulas = [{', '.join(map(_quoted, typed))}]"
    yield ""


def _here(parent: Pack, sheets: list[NamedSheet]) -> set[str]:
    """The names of the pack above that the new one has."""
    cover = _cover(parent, sheets)
    used = {_full(named) for _, named in _columns(sheets)} & set(parent.dictionary.all_names())
    return {*used, *(cover.names() if cover else ())}


def _worked_out(name: str, parent: Pack) -> bool:
    datum = parent.dictionary.datum(name)
    return bool(datum and datum.computed)


def _workable(name: str, here: set[str], parent: Pack) -> bool:
    """Whether a form can work a figure out: points where signs and units have columns, else what has all its parts."""
    for table in (t for space in parent.dictionary.spaces for t in space.all_of(TableRole.INDICATORS)):
        if name == table.full_name(table.roles.score):
            return {table.full_name(table.roles.unit), table.full_name(table.roles.sign)} <= here
    return set(parse(parent.compute[name]).names) <= here


def _added(parent: Pack, sheets: list[NamedSheet]) -> Iterator[str]:
    """New names, new columns of known tables, new tables."""
    known, above = {t for space in parent.dictionary.spaces for t in space.tables}, set(parent.dictionary.all_names())
    for sheet in sheets:
        head = "form_" if sheet.form else ""
        fresh: dict[str, list[str]] = {}
        columns: dict[str, list[str]] = {}
        worked_out = [name for name in _like_above(sheet, parent) if "." not in name]
        for named in (n for n in sheet.names if _full(n) not in above):
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
    """New cells that are worked out as a known one above them is: the rate of each source as that of the total."""
    rows: dict[int, dict[int, str]] = {}
    for named in (n for n in sheet.names if "." not in n.name):
        rows.setdefault(named.spot.row, {})[named.spot.column] = named.name
    above, here = set(parent.dictionary.all_names()), {_full(n) for n in sheet.names}
    found: dict[str, str] = {}
    for named in (n for n in sheet.names if _worked_out(n.name, parent) and _workable(n.name, here, parent)):
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


def _computed(parent: Pack, sheets: Iterable[NamedSheet]) -> Iterator[str]:
    formulas = {name: text for sheet in sheets for name, text in _like_above(sheet, parent).items()}
    if formulas:
        yield from ("[compute]", *(f"{_quoted(name)} = '{text}'" for name, text in formulas.items()), "")


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
        made |= _like_above(sheet, parent).keys()
        shown = set(cover.names() if cover else ())  # they are asked for on the cover, and only shown here
        wanted = [n for n in (roles.name, roles.budget, roles.spent) if n in names - made - shown]
        rows: dict[str, int] = {}
        for _, _, table in sheet.lists:
            spec = space.tables.get(table)
            columns = [n.name.partition(".")[2] for n in sheet.names if n.name.startswith(f"{table}.")]
            key = spec.roles.name if spec and spec.roles.name in columns else next(iter(columns), "")
            rows |= {f"{table}_{key}": 1} if key else {}
        if not wanted and not rows:
            wanted = [n.name for n in sheet.names if "." not in n.name and n.name not in made | shown][:3]
        yield f"[[required.{_quoted(sheet.blank.name)}]]"
        yield from ["form = true"] if sheet.form else []
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


def _forms_toml(sheets: Iterable[NamedSheet], parent: Pack) -> str:
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
            yield "." if inside else _label(spot)


def _label(spot: FormSpot) -> str:
    text = " ".join(spot.text.translate(_MARKS).split())
    return f"　{text}" if text[:1] in {"<", "^", "#", "."} else text or " "


def _opened(data: bytes, sheets: Iterable[NamedSheet]) -> bytes:
    """The official workbook, its look untouched: what is printed in cells to be filled in goes, lists become rows."""
    package = open_package(data)
    parts, style_part = dict(package.parts), package.related("styles") or ""
    styles = parse_xml(parts[style_part], style_part) if style_part else None
    for sheet in sheets:
        here = package.sheet(sheet.blank.name)
        if here is not None:
            root = parse_xml(parts[here.part], here.part)
            _open_sheet(root, sheet)
            if styles is not None:
                _number(root, sheet, styles)
            parts[here.part] = xml_bytes(root)
    if styles is not None:
        parts[style_part] = xml_bytes(styles)
    return write_parts(parts.items())


def _open_sheet(root: etree._Element, sheet: NamedSheet) -> None:
    listed = {row for first, last, _ in sheet.lists for row in range(first, last + 1)}
    for cell in root.iter(MAIN + "c"):
        place = place_of(cell.get("r") or "A1")
        if place in sheet.at or place[0] in listed:
            for child in list(cell):
                cell.remove(child)
            cell.attrib.pop("t", "")
    for merge in list(root.iter(MAIN + "mergeCell")):
        area = parse_area(f"x!{merge.get('ref')}")
        if area and area.top != area.bottom and set(range(area.top, area.bottom + 1)) & listed:
            merge.getparent().remove(merge)  # type: ignore[union-attr]
    for merges in root.findall(MAIN + "mergeCells"):
        merges.set("count", str(len(merges)))
        if not len(merges):
            root.remove(merges)


def _number(root: etree._Element, sheet: NamedSheet, styles: etree._Element) -> None:
    """A share shows as a percentage and an amount with its cents, where the official form leaves it open."""
    kinds = {place: named.kind for place, named in sheet.at.items()}
    for first, last, _ in sheet.lists:
        columns = {column: kind for (row, column), kind in kinds.items() if row == first}
        kinds |= {(row, column): kind for row in range(first, last + 1) for column, kind in columns.items()}
    for cell in root.iter(MAIN + "c"):
        number = _FORMATS.get(kinds.get(place_of(cell.get("r") or "A1"), Kind.TEXT))
        if number:
            cell.set("s", str(shown_as(styles, whole(cell.get("s"), 0), number)))


def _mapping(sheets: Iterable[NamedSheet]) -> bytes:
    """表样对照.xlsx: each cell with its name, where the name comes from, and its kind."""
    book = Workbook()
    page = book.worksheets[0]
    page.title = "表样对照"
    page.append(list(_HEADS))
    for sheet, named in _columns(sheets):
        where = address(named.spot.row, named.spot.column)
        page.append([sheet.blank.name, where, named.label, named.name, str(named.kind), named.how])
    for column, width in enumerate(_HEADS.values(), 1):
        page.column_dimensions[get_column_letter(column)].width = width
        page.cell(1, column).font = Font(name="宋体", bold=True)
    for line in page.iter_rows(min_row=2):
        for cell in line:
            cell.alignment = Alignment(vertical="top", wrap_text=True)
    page.freeze_panes = "A2"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
