"""pack check of what would crash or mislead later (形状): sheets, grids, outline, points, inherited entries."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from toolkit.core.dictionary import Kind
from toolkit.core.patterns import late
from toolkit.core.words import suggested
from toolkit.engines.formula import FormulaError, counted_names, parse
from toolkit.pack import (
    BULLETIN_OUTLINE,
    DOCUMENT_OUTLINE,
    FORMS_NAME,
    LETTER_OUTLINE,
    OWN_PARAMETERS,
    PACK_FILE,
    SCORED_ITEMS,
    Role,
    anchor,
    audit_settings,
    find_pack,
    load_toml,
    outline_words,
    packs_home,
    required_data,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from toolkit.pack import Pack, SheetForm

_WIDEST, _HIGHEST = 255, 409  # characters and points that Excel takes
_ROOM, _LEAST = {"元": 13}, 9  # 1,234,567.00
_LONGEST_SHEET = 31  # characters that Excel takes in the name of a sheet
_NO_SHEET = late(r"[\\/?*\[\]:：]|^'|'$")
_OWN_SHEETS = frozenset({"审核", "规则说明", "代码"})
_NUMBER_IN_TITLE = late(r"^[（(]?[一二三四五六七八九十\d]+[）)、.．]\s*")
_ASKED = late(r"\$\{([^}:]+)")
_TEXTS = frozenset({Kind.TEXT, Kind.LONG, Kind.CHOICE, Kind.YESNO})
_OUTLINES = {DOCUMENT_OUTLINE: "报告", BULLETIN_OUTLINE: "通报", LETTER_OUTLINE: "退回意见"}
_KINDS = (("fill", "填报表"), ("report", "自评报表"), ("public", "公开报表"))


def check_shapes(pack: Pack) -> Iterator[str]:
    """Every contradiction."""
    yield from _sheets(pack)
    yield from _parameters(pack)
    yield from _inherited(pack)
    yield from _required(pack)
    yield from _outline_names(pack)
    yield from _outline_text(pack)
    yield from _scored_points(pack)
    yield from _counted(pack)


def check_identity(pack: Pack) -> Iterator[str]:
    """A workbook is found back by the id that is stamped into it."""
    taken = find_pack(pack.id) if (packs_home() / pack.id).is_dir() else None
    if taken is not None and taken.folder.resolve() != pack.folder.resolve():
        yield f"pack.toml [pack] id：“{pack.id}”是自带规则包的编号，填报表会按自带的审核，请换一个编号。"


def _parameters(pack: Pack) -> Iterator[str]:
    """A parameter of the pack's own that no text of it asks for: one letter wrong, and it would change nothing."""
    texts = "".join(str(load_toml(path)) for folder in pack.folders for path in sorted(folder.glob("*.toml")))
    used = {*OWN_PARAMETERS, *_ASKED.findall(texts)}
    for name in load_toml(pack.folder / PACK_FILE).get("parameters", {}):
        if name not in used:
            yield f"pack.toml [parameters] “{name}”：没有一处用到{suggested(name, used)}"


def _sheets(pack: Pack) -> Iterator[str]:
    for kind, title in _KINDS if pack.has_public else _KINDS[:-1]:
        drawn = pack.forms(kind)
        if not drawn:
            yield f"forms.toml {title}：一张工作表也没有。"
        for name, times in Counter(form.name.casefold() for form in drawn).items():
            if times > 1:
                yield f"forms.toml {title}：有 {times} 张工作表都叫“{name}”，名称不能相同。"
        for form in drawn:
            told = [*_sheet(form, kind), *_narrow(form, pack)]
            yield from (f"forms.toml {title}「{form.name}」{t}" for t in told)


def _sheet(form: SheetForm, kind: str) -> Iterator[str]:
    name = form.name
    room = _LONGEST_SHEET - (5 if form.form else 0)  # copies are called 项目自评表 (12)
    if len(name) > room:
        yield f"：工作表名称有 {len(name)} 个字，Excel 最多 {room} 个，请缩短。"
    if _NO_SHEET.search(name) or not name.strip():
        yield "：工作表名称里不能有 \\ / ? * [ ] : 和首尾的单引号。"
    if kind == "fill" and name in _OWN_SHEETS:
        yield "：这个名称是工具自己的工作表用的，请换一个。"
    yield from _grid(form)


def _grid(form: SheetForm) -> Iterator[str]:
    """Rows are as wide as the sheet; merged areas do not cross; every list has columns of one table of its own."""
    wide = len(form.widths)
    yield from _measures(form)
    yield from _lists(form)
    taken: dict[tuple[int, int], int] = {}
    told: set[int] = set()
    for cell in form.cells:
        last = cell.column + cell.columns - 1
        if last > wide and not told:  # once a sheet: a list repeats its row
            told.add(cell.row)
            yield f"第 {cell.row} 行画到了第 {last} 列，widths 只有 {wide} 列。"
        places = [(r, c) for r in range(cell.row, cell.row + cell.rows) for c in range(cell.column, last + 1)]
        if any(place in taken for place in places):
            yield f"第 {cell.row} 行第 {cell.column} 列：合并的格与别的格重叠，请核对 < 和 ^。"
        taken |= dict.fromkeys(places, cell.row)


def _measures(form: SheetForm) -> Iterator[str]:
    """Widths, heights and lines that Excel takes, and lines that end where the others do."""
    for number, width in enumerate(form.widths, 1):
        if not 0 < width <= _WIDEST:
            yield f"：第 {number} 列宽 {width:g}，应在 0 到 {_WIDEST} 之间；不要的列请去掉名称，不要藏起来。"
    for row, height in form.heights.items():
        if not 0 < height <= _HIGHEST:
            yield f"第 {row} 行高 {height:g}，应在 0 到 {_HIGHEST} 之间。"
    ends = Counter(end for _, end in form.ends)
    for line, end in form.ends:
        if ends[end] == 1 and end != len(form.widths) and len(form.ends) > 1:
            usual = ends.most_common(1)[0][0]
            yield f"第 {line} 行画了 {end} 格，别的行多是 {usual} 格：请补上空格或 .（不画）。"


def _narrow(form: SheetForm, pack: Pack) -> Iterator[str]:
    """A column too narrow for its amounts prints ###."""
    told: set[int] = set()
    for cell in form.cells:
        datum = pack.dictionary.datum(cell.text.replace(".", "_")) if cell.role in {Role.NAME, Role.COLUMN} else None
        width = sum(form.widths[cell.column - 1 : cell.column - 1 + cell.columns])
        if datum and datum.kind is Kind.MONEY and width < _ROOM.get(datum.unit, _LEAST) and cell.column not in told:
            told.add(cell.column)
            yield f"第 {cell.row} 行第 {cell.column} 列宽 {width:g}，放不下以{datum.unit}计的金额，会印成 ###。"


def _lists(form: SheetForm) -> Iterator[str]:
    for area in form.lists:
        owners = {c.text.partition(".")[0] for c in form.cells if c.role is Role.COLUMN and c.row == area.first}
        if len(owners) != 1:
            told = "、".join(sorted(owners)) or "没有一列"
            yield f"第 {area.first}–{area.last} 行的明细应是一张表的列（[表.列]），现在是：{told}。"
    for name, times in Counter(area.name for area in form.lists).items():
        if name and times > 1:
            yield f"：表“{name}”画了 {times} 次，一张表只能画一处。"


def _inherited(pack: Pack) -> Iterator[str]:
    """What a pack says about its parent's rules, names and sheets is there."""
    yield from _placed(pack)
    above, own = pack.parent, load_toml(pack.folder / PACK_FILE)
    if above is None:
        return
    drop = own.get("drop", {})
    names = set(above.dictionary.all_names())
    known = (
        ("[pack] drop_rules", own["pack"].get("drop_rules", ()), {r.id for r in (*above.rules, *above.batch_rules)}),
        ("[drop] names", [p for p in drop.get("names", ()) if not _matches(p.lstrip("!"), names)], names),
        (
            "[drop] formulas",
            [p for p in drop.get("formulas", ()) if not _matches(p.lstrip("!"), set(above.compute))],
            names,
        ),
        ("[drop] sheets", drop.get("sheets", ()), {s.name for kind, _ in _KINDS for s in above.forms(kind)}),
        ("[drop] settings", drop.get("settings", ()), above.setting_names),
    )
    for where, told, there in known:
        yield from (f"pack.toml {where}：上一级规则包里{_missing('', n, there)}" for n in told if n not in there)


def _placed(pack: Pack) -> Iterator[str]:
    """`after` names a sheet that is there, or none."""
    if not (pack.folder / FORMS_NAME).is_file():
        return
    drawn = load_toml(pack.folder / FORMS_NAME)
    sheets = {s.name for kind, _ in _KINDS for s in pack.forms(kind)}
    yield from _altered(pack, drawn)
    for sheet in (s for kind, _ in _KINDS for s in drawn.get(kind, ())):
        if sheet.get("after", "") not in {"", *sheets}:
            yield f"forms.toml「{sheet['name']}」after：{_missing('工作表', sheet['after'], sheets)}"


def _altered(pack: Pack, drawn: Mapping[str, Any]) -> Iterator[str]:
    """`[retitle]` and `[[lines]]` change something that stands in the parent's forms."""
    above = pack.parent
    if above is None or not drawn.get("extends"):
        yield from (
            f"forms.toml {key}：第一行写 extends = true 才用得上。" for key in ("retitle", "lines") if key in drawn
        )
        return
    sheets = [(kind, sheet) for kind, _ in _KINDS for sheet in above.forms(kind)]
    grids = "\n".join(sheet.grid for _, sheet in sheets)
    yield from (
        f"forms.toml [retitle]：上一级的表样里没有“{old}”。" for old in drawn.get("retitle", {}) if old not in grids
    )
    names = {sheet.name for _, sheet in sheets}
    for entry in drawn.get("lines", ()):
        own = [s.grid for kind, s in sheets if s.name == entry["sheet"] and entry.get("kind", kind) == kind]
        if entry["sheet"] not in names:
            yield f"forms.toml [[lines]]：上一级{_missing('工作表', entry['sheet'], names)}"
        elif not anchor(entry) or not any(anchor(entry) in grid for grid in own):
            yield f"forms.toml [[lines]]「{entry['sheet']}」：没有一行里有“{anchor(entry)}”，不知道加在哪里。"


def _matches(pattern: str, names: Iterable[str]) -> bool:
    from fnmatch import fnmatchcase

    return any(fnmatchcase(name, pattern) for name in names)


def _missing(what: str, name: object, known: Iterable[str]) -> str:
    return f"没有{what}“{name}”{suggested(str(name), known)}"


def _required(pack: Pack) -> Iterator[str]:
    """What is asked for stands on a sheet of the form, under names that there are."""
    sheets, names = {s.name for s in pack.forms("fill")}, set(pack.dictionary.all_names())
    for group in required_data(pack):
        if group.sheet not in {*sheets, SCORED_ITEMS}:
            yield f"pack.toml [required]：填报表里{_missing('工作表', group.sheet, sheets)}"
        for name in (*group.names, *([group.forms_of] if group.forms_of else ())):
            if name not in names:
                yield f"pack.toml [required] “{group.sheet}”：{_missing('名称', name, names)}"
        try:
            asked = parse(group.when).names if group.when else ()
        except FormulaError as error:
            yield f"pack.toml [required] “{group.sheet}” when：{error}"
            continue
        for name in asked:
            if name not in names:
                yield f"pack.toml [required] “{group.sheet}” when：{_missing('名称', name, names)}"


def _outline_names(pack: Pack) -> Iterator[str]:
    book = pack.dictionary.book
    known = set(book.all_names())
    places = [("cover", n) for n in pack.cover]
    places += [(f"sections “{s.title}”", n) for s in pack.outline for n in s.needs]
    places += [("sections amount", s.amount) for s in pack.outline if s.amount]
    places += [(f"budget_kinds “{k.title}”", n) for k in pack.budget_kinds for n in (k.amount, k.text)]
    for where, name in places:
        if name not in known:
            yield f"pack.toml [report] {where}：{_missing('名称', name, known)}"
    for name in (*audit_settings(pack).limits, *audit_settings(pack).least, *pack.chosen):
        if pack.dictionary.datum(name) is None:
            yield f"pack.toml [choices] 或 [audit] limits、least：{_missing('名称', name, known)}"


def _outline_text(pack: Pack) -> Iterator[str]:
    """The Word report has the sections that the outline asks for: a parent's report is never used unseen."""
    yield from _altered_text(pack)
    body = str(pack.document().get("body", ""))
    lost = [s.title for s in pack.outline if _NUMBER_IN_TITLE.sub("", s.title) not in body]
    if lost:
        whose = "document.toml" if (pack.folder / "document.toml").is_file() else "上一级规则包的 document.toml"
        told = "、".join(f"“{title}”" for title in lost)
        yield f"自评报告：[report] sections 里的{told}在{whose}里没有；请在本规则包写 document.toml，两处的章节要一致。"


def _altered_text(pack: Pack) -> Iterator[str]:
    for name, what in _OUTLINES.items():
        path = pack.folder / name
        own = load_toml(path) if path.is_file() else {}
        above = outline_words(pack.parent.text(name)) if pack.parent and own.get("extends") else ""
        for old in own.get("retitle", {}):
            if old not in above:
                yield f"{name} [retitle]：上一级的{what}里没有“{old}”。"
        for entry in own.get("lines", ()):
            if not anchor(entry) or anchor(entry) not in above:
                yield f"{name} [[lines]]：上一级的{what}里没有一行有“{anchor(entry)}”，不知道加在哪里。"


def _scored_points(pack: Pack) -> Iterator[str]:
    """评分项: the points of each first level add up to its weight, and none has a level that is not weighed."""
    sums: dict[str, Decimal] = {}
    items = [i for i in pack.scored if i.kind != "bonus"]  # a bonus comes on top of the full mark
    for item in items:
        if item.most != item.weight:
            told = f"最高能得 {item.most} 分，weight 是 {item.weight}，应相等"
            yield f"pack.toml [[scored]] {item.name}：{told}。"
        level = item.levels[0] if item.levels else ""
        sums[level] = sums.get(level, Decimal(0)) + item.weight
    for level, total in sums.items():
        if level not in pack.weights:
            yield f"pack.toml [[scored]] levels：[weights] 里{_missing('一级指标', level, pack.weights)}"
        elif total != pack.weights[level]:
            told = f"“{level}”各项的 weight 合计 {total}，[weights] 里是 {pack.weights[level]}"
            yield f"pack.toml [[scored]]：{told}，应相等。"
    if len(items) < len(pack.scored) and pack.scoring.most is None:
        yield "pack.toml [[scored]]：有加分项，总分可能超过满分，请在 [scoring] 写 most（总分最多几分）。"
    for level in pack.weights if sums else ():
        if level not in sums:
            yield f"pack.toml [weights]：“{level}”没有一个 [[scored]] 评分项。"


def _counted(pack: Pack) -> Iterator[str]:
    """COUNT of a text is 0 for ever: a total behind it is never worked out, and passes."""
    texts = [(f"[compute] {name}", formula) for name, formula in pack.compute.items()]
    texts += [(f"规则 {r.id}“{r.title}”", t) for r in pack.rules for t in (r.formula, r.when) if t]
    for where, text in texts:
        try:
            counted = counted_names(text)
        except FormulaError:
            continue  # told by the check of formulas
        for group in counted:
            data = [pack.dictionary.datum(name) for name in group]
            if data and all(d is not None and d.kind in _TEXTS for d in data):
                yield f"pack.toml {where}：COUNT 只数数字，“{group[0]}”填的是文字，永远得 0；请改用 COUNTA。"
