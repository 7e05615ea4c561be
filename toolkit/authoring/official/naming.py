"""Names for the cells of an official form (起名): known labels give names of the pack above, the rest gets new ones."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from toolkit.authoring.official.score_table import ScoreTable, score_table
from toolkit.core.dictionary import NO_NAMES, Kind, TableRole
from toolkit.core.light import dataclass, field, replace
from toolkit.core.patterns import late
from toolkit.engines.xlsx import address
from toolkit.pack import POINTS, REASON, scored_name
from toolkit.unit.moving import Page, Spot, Tables, is_serial, move_words, plain_label, stretches

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence

    from toolkit.authoring.official.layout import BlankSheet, FormSpot
    from toolkit.core.dictionary import NameSpace
    from toolkit.pack import Pack
    from toolkit.unit.moving import FoundTable, MoveWords, Stretch

    Ask = Callable[["Named", Sequence[str], str], str]  # a cell, what it may be, what was wrong with the last answer

SCORED = "固定评分表的一项，从 0 分到分值"
KNOWN, GUESSED, NEW = "照标签认出", "照标签的结尾认出，请确认", "新起的名称，请确认"
SUMMED = "照上下各行自动加总"
CHOSEN = "导入的人定的"
NOT_FILLED = "-"  # what somebody answers of a cell that is not to be filled in
_NAME = late(r"[^\W\d]\w*")
_SIGN = late(r"[^\w]|_")
_LONGEST, _SHORT = 14, 3
_LIKELY, _SHOWN = 0.3, 4
_HEADS = 3  # so many heads of a known table say that a list may be it
_ADDED = frozenset({Kind.MONEY, Kind.COUNT, Kind.AREA, Kind.SCORE})
_HINTS = (
    (Kind.TEXT, ("名称", "编号", "编码", "代码", "负责人", "联系人")),
    (Kind.LONG, ("目标", "情况", "说明", "原因", "职责", "措施", "内容", "问题", "意见", "结论", "概述", "依据")),
    (Kind.RATE, ("率", "比例", "占比")),
    (Kind.SCORE, ("得分", "分值", "权重", "评分", "扣分", "总分")),
    (Kind.MONEY, ("金额", "资金", "预算", "执行数", "支出", "收入", "拨款", "经费", "决算")),
    (Kind.COUNT, ("人数", "个数", "编制", "数量")),
    (Kind.DATE, ("日期", "时间")),
)


@dataclass(frozen=True, slots=True)
class Named:
    """A cell, or a column of a list, with its name (起好名的格子)."""

    sheet: str
    spot: FormSpot
    name: str  # of a column: 表.列
    kind: Kind
    how: str
    label: str

    @property
    def where(self) -> str:
        """「项目自评表」C5."""
        return f"「{self.sheet}」{address(self.spot.row, self.spot.column)}"


@dataclass(slots=True)
class NamedSheet:
    """One sheet with its names; `lists` are first row, last row and table of each list."""

    blank: BlankSheet
    form: bool = False
    names: list[Named] = field(default_factory=list)
    lists: list[tuple[int, int, str]] = field(default_factory=list)
    scored: ScoreTable = ScoreTable()

    @property
    def at(self) -> dict[tuple[int, int], Named]:
        """Corner → name."""
        return {(n.spot.row, n.spot.column): n for n in self.names}

    def numbers(self, row: int, column: int) -> bool:
        """Whether a cell of a list is its printed running number."""
        spot = self.blank.spots.get((row, column))
        first = min((n.spot.column for n in self.names if n.spot.row == row), default=0)
        return spot is not None and is_serial(spot.text) and (column < first or not first)

    def untold(self) -> Iterator[str]:
        """Lists that no label led to, and cells that stand in rows alike: somebody has to say what they are."""
        for told in self.scored.wrong:
            yield f"「{self.blank.name}」{told}"
        for first, last, table in self.lists:
            here = [n for n in self.names if n.name.startswith(f"{table}.") and n.spot.row == first]
            if here and not any(n.how == KNOWN for n in here):
                heads = "、".join(n.label for n in here)
                yield f"「{self.blank.name}」第 {first}–{last} 行（表头：{heads}）当作明细表“{table}”，一行一条"
        alike: dict[str, list[int]] = {}
        for named in (n for n in self.names if n.how == NEW and "." not in n.name):
            alike.setdefault(named.label, []).append(named.spot.row)
        rows = sorted({row for found in alike.values() if len(set(found)) > 1 for row in found})
        if rows:
            yield (
                f"「{self.blank.name}」第 {rows[0]}–{rows[-1]} 行的格子一格一个名称；一行一条的明细表，"
                "请在官方表里把这几行改成一样的空行（合并的格也一样）再导入"
            )


def named_sheets(sheets: Sequence[BlankSheet], pack: Pack) -> list[NamedSheet]:
    """Every sheet with names for all its cells; labels are held against the forms of `pack`."""
    pages = tuple(Page(sheet.name, tuple(_spots(sheet))) for sheet in sheets)
    found = {sheet.name: NamedSheet(sheet) for sheet in sheets}
    taken: set[str] = set(pack.dictionary.all_names())
    used: set[str] = set()
    for part in stretches(Tables(pages), pack):
        if part.match:
            _known(found[part.page.name], part, used)
    _one_form(list(found.values()), pack)
    _scoring(list(found.values()), pack)
    for sheet in found.values():
        space = pack.dictionary.form if sheet.form else pack.dictionary.book
        likely = _Likely(space, move_words(pack), used)
        _lists(sheet, likely, taken)
        _sums(sheet, taken)
        _fresh(sheet, pack.dictionary.form if sheet.form else NO_NAMES, taken)
    return list(found.values())


def settled(sheets: Sequence[NamedSheet], pack: Pack, ask: Ask) -> None:
    """Names for what no label led to, as somebody at the screen tells them; no answer takes what was proposed."""
    for sheet in sheets:
        space, told = pack.dictionary.form if sheet.form else pack.dictionary.book, list[Named]()
        away = set(pack.dictionary.all_names()) - set(space.all_names())
        for named in sheet.names:
            used = {n.name for n in (*sheet.names, *told)} - {named.name}
            known = named.how in {KNOWN, SCORED}
            likely = [] if known else _nearest(named, space, used)
            answer = named.name if known else ask(named, likely, "")
            while problem := _refused(answer, named, {*used, *away}):
                answer = ask(named, likely, problem)
            if answer != NOT_FILLED:
                told.append(_as_told(named, answer, space) if answer not in {"", named.name} else named)
        sheet.names = told


def _refused(answer: str, named: Named, taken: Container[str]) -> str:
    """What is wrong with a name that somebody told; "" where nothing is."""
    table, dot, _ = named.name.partition(".")
    if answer in {"", NOT_FILLED, named.name}:
        return ""
    if not _NAME.fullmatch(answer.removeprefix(f"{table}.") if dot else answer):
        return "名称只用汉字、字母、数字和下划线，不以数字开头"
    name = _in_table(answer, table) if dot else answer
    return f"“{name}”已经用在别的格子里" if name in taken else ""


def _in_table(answer: str, table: str) -> str:
    return answer if answer.startswith(f"{table}.") else f"{table}.{answer}"


def _nearest(named: Named, space: NameSpace, used: Container[str]) -> list[str]:
    """Names of the pack above that a cell may be meant by: those whose last part is most like its label."""
    table, dot, _ = named.name.partition(".")
    spec = space.tables.get(table) if dot else None
    names = [f"{table}.{column}" for column in spec.columns] if spec else [] if dot else list(space.fields)
    label = _plain(named.label)
    likeness = {n: SequenceMatcher(None, label, n.replace(".", "_").rpartition("_")[2]).ratio() for n in names}
    likely = sorted((n for n in names if n not in used and likeness[n] >= _LIKELY), key=lambda n: -likeness[n])
    return likely[:_SHOWN]


def _as_told(named: Named, name: str, space: NameSpace) -> Named:
    table, dot, _ = named.name.partition(".")
    name = _in_table(name, table) if dot else name
    spec = space.tables.get(table) if dot else None
    known = spec.columns.get(name.removeprefix(f"{table}.")) if spec else None if dot else space.fields.get(name)
    return replace(named, name=name, kind=known.kind if known else named.kind, how=CHOSEN)


def _one_form(sheets: list[NamedSheet], pack: Pack) -> None:
    """Of several sheets that look like a project form the one that is known best; the others are plain sheets."""
    likely = sorted((s for s in sheets if s.form), key=lambda s: -len(s.names))
    theirs = {n for space in pack.dictionary.forms for n in space.all_names()}
    for sheet in sheets:
        if sheet.form and sheet is not likely[0]:
            sheet.form = False
        wrong = theirs if not sheet.form else set(pack.dictionary.book.all_names())
        sheet.names = [n for n in sheet.names if n.name.replace(".", "_") not in wrong]
        sheet.lists = [(a, b, t) for a, b, t in sheet.lists if any(n.name.startswith(f"{t}.") for n in sheet.names)]


def _spots(sheet: BlankSheet) -> Iterator[Spot]:
    """A figure where something is to be filled in: labels are matched as in a form that was filled in."""
    for spot in sheet.spots.values():
        yield Spot(spot.row, spot.column, spot.text or Decimal(0), "", spot.rows, spot.columns)


def _known(sheet: NamedSheet, part: Stretch, used: set[str]) -> None:
    match, space = part.match, part.space
    if match is None:
        return
    sheet.form = sheet.form or bool(space.kind)
    for table in match.found:
        if table.table in {name for _, _, name in sheet.lists} or table.table in used:
            continue
        used.add(table.table)
        columns = {min(places): column for column, places in table.columns.items()}
        sheet.lists.append((table.first, _last_alike(sheet.blank, table), table.table))
        for place, column in columns.items():
            spot = sheet.blank.covered.get((table.first, place))
            if spot and spot.column == place:
                datum = space.tables[table.table].columns[column]
                label = sheet.blank.above(spot)
                sheet.names.append(Named(sheet.blank.name, spot, f"{table.table}.{column}", datum.kind, KNOWN, label))
    inside = {row for first, last, _ in sheet.lists for row in range(first, last + 1)}
    for claim in part.claims:
        spot = sheet.blank.spots.get((claim.spot.row, claim.spot.column))
        alone = sum(1 for other in part.claims if other.name == claim.name) == 1
        if spot and spot.open and alone and claim.name not in used and spot.row not in inside:
            used.add(claim.name)
            label = sheet.blank.left(spot) or sheet.blank.above(spot)
            sheet.names.append(Named(sheet.blank.name, spot, claim.name, space.fields[claim.name].kind, KNOWN, label))


def _last_alike(blank: BlankSheet, table: FoundTable) -> int:
    """The last row of a list: a cell over several of its columns is something else, 说明 or 总分 below it."""
    own = {place: column for column, places in table.columns.items() for place in places}
    for row in range(table.first, table.last + 1):
        across = [{own.get(c, "") for c in range(s.column, s.column + s.columns)} - {""} for s in blank.row(row)]
        if any(len(columns) > 1 for columns in across):
            return row - 1
    return table.last


def _scoring(sheets: list[NamedSheet], pack: Pack) -> None:
    """A printed scoring table: what it looked like before, a list of indicators, it is not."""
    book, words = pack.dictionary.book, move_words(pack)
    columns = book.table(TableRole.INDICATORS).roles

    def says(column: str) -> Callable[[str], bool]:
        return lambda text: bool(column) and words.label(text, 0) == words.label(column, 0)

    for sheet in sheets:
        table = score_table(sheet.blank, says(columns.score), says(columns.name))
        if not table.rows or any(s.scored.rows for s in sheets):
            continue
        gone = {name for first, last, name in sheet.lists if table.lines & set(range(first, last + 1))}
        sheet.scored, sheet.form = table, False
        sheet.lists = [one for one in sheet.lists if one[2] not in gone]
        sheet.names = [n for n in sheet.names if n.name.partition(".")[0] not in gone and n.spot.row not in table.lines]
        for row in table.rows:
            cells = [(POINTS, Kind.SCORE, row.points), *((REASON, Kind.LONG, s) for s in row.reason)]
            sheet.names += [
                Named(sheet.blank.name, spot, scored_name(row.name, what), kind, SCORED, row.name)
                for what, kind, spot in cells
            ]
        if table.total and book.roles.total:
            label = next((s.text for s in sheet.blank.row(table.total.row) if s.text), "")
            sheet.names.append(Named(sheet.blank.name, table.total, book.roles.total, Kind.SCORE, KNOWN, label))


class _Likely:
    """Which table of the pack above a list may be whose heads are not enough for certainty."""

    def __init__(self, space: NameSpace, words: MoveWords, used: set[str]) -> None:
        self.space, self._words, self._used = space, words, used
        self._spelled: dict[str, set[str]] = {}
        for spelled, word in words.one_word.items():
            self._spelled.setdefault(word, {word}).add(spelled)

    def table(self, heads: Sequence[str]) -> str:
        """The one that most heads lead to; "" where they are too few, or two tables have as many."""
        free = [name for name in self.space.tables if name not in self._used]
        found = sorted(((len(self.columns(name, heads)), name) for name in free), reverse=True)
        told = [(many, name) for many, name in found if many >= max(_HEADS, len(heads) / 3)]
        return told[0][1] if told and (len(told) == 1 or told[0][0] > told[1][0]) else ""

    def taken(self, heads: Sequence[str]) -> str:
        """That table, which no other list can be any more."""
        found = self.table(heads)
        self._used |= {found} - {""}
        return found

    def columns(self, table: str, heads: Sequence[str]) -> dict[str, str]:
        """Head → the column whose name it ends with (指标权重 → 分值), where no other does."""
        pairs = [
            (head, column) for head in heads for column in self.space.tables[table].columns if self._ends(head, column)
        ]
        ways = Counter(head for head, _ in pairs) | Counter(column for _, column in pairs)
        whole = {column: head for head, column in pairs if self._words.label(head, 0) == self._words.label(column, 0)}
        return {
            head: column
            for head, column in pairs
            if whole.get(column) == head or (column not in whole and ways[head] == ways[column] == 1)
        }

    def _ends(self, head: str, column: str) -> bool:
        label, word = self._words.label(head, 0), self._words.label(column, 0)
        return any(label.endswith(s) for s in self._spelled.get(word, {word}) if len(s) > 1)


def _lists(sheet: NamedSheet, likely: _Likely, taken: set[str]) -> None:
    """Further columns of known lists, and lists that no pack knows; what a row is called by may have another head."""
    blank = sheet.blank
    for first, last in blank.blank_runs():
        if not any(a <= last and first <= b for a, b, _ in sheet.lists):
            heads = [_head(blank, s) for s in blank.row(first) if s.open and not _beyond(blank, s)]
            table = likely.taken(heads) or _free(
                f"明细{1 + sum(1 for name in taken if name.startswith('明细'))}", taken
            )
            sheet.lists.append((first, last, table))
    for first, _, table in sheet.lists:
        spec = likely.space.tables.get(table)
        have = {n.name.partition(".")[2] for n in sheet.names if n.name.startswith(f"{table}.")}
        spots = [s for s in blank.row(first) if (s.row, s.column) not in sheet.at and not _beyond(blank, s)]
        spots = [s for s in spots if not sheet.numbers(s.row, s.column)]
        over = [_head(blank, spot) for spot in spots]
        known = {h: c for h, c in likely.columns(table, over).items() if c not in have} if spec else {}
        have |= set(known.values())
        for spot, label in zip(spots, over, strict=True):
            column = known.get(label, "")
            if not column and spec and spec.roles.name and spec.roles.name not in have:
                column = spec.roles.name
                have.add(column)
            if column and spec:
                kind = spec.columns[column].kind
                sheet.names.append(Named(blank.name, spot, f"{table}.{column}", kind, GUESSED, label))
                continue
            column = _free(_plain(label) or f"列{spot.column}", have)
            sheet.names.append(Named(blank.name, spot, f"{table}.{column}", _kind(blank, spot, label), NEW, label))


def _beyond(blank: BlankSheet, spot: FormSpot) -> bool:
    """Whether a cell of a list stands behind the last of its heads."""
    row = blank.head_row(spot.row)
    over = (blank.covered.get((row, c)) for c in range(spot.column, len(blank.widths) + 1))
    return not any(s and s.text for s in over)


def _sums(sheet: NamedSheet, taken: set[str]) -> None:
    """What a row above or below a list adds up is worked out, where its column holds figures."""
    blank, head = sheet.blank, "自评" if sheet.form else "表"
    for first, last, table in sheet.lists:
        columns = {n.spot.column: n for n in sheet.names if n.name.startswith(f"{table}.") and n.kind in _ADDED}
        for row in (first - 1, last + 1):
            label = next((s.text for s in blank.row(row) if s.text), "") if blank.adds_up(row) else ""
            for spot in (s for s in blank.row(row) if label and s.open and (s.row, s.column) not in sheet.at):
                if above := columns.get(spot.column):
                    name = _free(f"{head}_{_plain(label)}_{above.name.partition('.')[2]}", taken)
                    sheet.names.append(Named(blank.name, spot, name, above.kind, SUMMED, label))


def _fresh(sheet: NamedSheet, space: NameSpace, taken: set[str]) -> None:
    """New names for the cells that no label of the pack above leads to."""
    blank = sheet.blank
    inside = {row for first, last, _ in sheet.lists for row in range(first, last + 1)}
    inside |= {sheet.scored.total.row} if sheet.scored.total else set()
    headed = {blank.head_row(first) for first, _, _ in sheet.lists}
    head = "自评" if sheet.form else "表"
    for place, spot in sorted(blank.spots.items()):
        left, above = blank.left(spot), _head(blank, spot)
        if not spot.open or spot.row in inside or place in sheet.at or not (left or above) or blank.corner(spot):
            continue
        if spot.row in headed or (blank.adds_up(spot.row) and not _figure(blank, spot)):
            continue
        label = f"{_plain(left)}_{_plain(above)}".strip("_") if _in_grid(blank, spot) else left
        if place[0] in sheet.scored.lines:
            label = f"{next(r.name for r in sheet.scored.rows if r.points.row == place[0])}_{above}"
        known = _as_known(label, space, {n.name for n in sheet.names})
        if known:
            sheet.names.append(Named(blank.name, spot, known, space.fields[known].kind, GUESSED, label))
            continue
        told = "_".join(filter(None, map(_plain, label.split("_")))) or f"第{spot.row}行"
        name = _free(f"{head}_{told}", taken)
        sheet.names.append(Named(blank.name, spot, name, _kind(blank, spot, label), NEW, label))


def _figure(blank: BlankSheet, spot: FormSpot) -> bool:
    """Whether a cell of a row that adds up can hold a figure; words are not written there."""
    return _kind(blank, spot, blank.above(spot)) not in {Kind.TEXT, Kind.LONG}


def _in_grid(blank: BlankSheet, spot: FormSpot) -> bool:
    """Whether a cell is one of several behind a label, each under a head of its own."""
    beside = blank.covered.get((spot.row, spot.column - 1))
    if not (beside and beside.worded):
        return True
    after = blank.covered.get((spot.row, spot.column + spot.columns))
    return bool(after and after.open and after.row == spot.row and blank.above(spot) != blank.above(after))


def _as_known(label: str, space: NameSpace, have: Container[str]) -> str:
    """A field of the pack above that a longer label ends with (县级主管部门), or the name of the form itself."""
    told = _plain(label)
    free = [name for name in space.fields if name not in have]
    single = (name for name in free if name.count("_") == 1)  # a cell of a grid is known by both its labels or not
    ends = [name for name in single if len(tail := name.rpartition("_")[2]) > _SHORT and told.endswith(tail)]
    if len(ends) == 1:
        return ends[0]
    name = space.roles.name
    return name if told.endswith("名称") and name in free else ""


def _plain(label: str) -> str:
    """A label as a part of a name: without its numbering, its brackets and its signs."""
    words = _SIGN.sub("", plain_label(label)) or _SIGN.sub("", label)
    return words[:_LONGEST].lstrip("0123456789")


def _free(name: str, taken: set[str]) -> str:
    found, number = name, 2
    while found in taken:
        found, number = f"{name}{number}", number + 1
    taken.add(found)
    return found


def _head(blank: BlankSheet, spot: FormSpot) -> str:
    """The head over a cell; of two alike in a row each with what stands over it: 预算数总额, 执行数总额."""
    head, over = blank.heads(spot)
    alike = [s for s in blank.row(spot.row) if s.column != spot.column and blank.above(s) == head]
    return f"{_plain(over)}{head}" if over and alike else head


def _kind(blank: BlankSheet, spot: FormSpot, label: str) -> Kind:
    if spot.rows * spot.columns >= 8:  # noqa: PLR2004 - room for sentences
        return Kind.LONG
    told = (_hinted(text) for text in (label.rpartition("_")[2], label, blank.heads(spot)[1]))
    return next(filter(None, told), Kind.TEXT)


def _hinted(label: str) -> Kind | None:
    """What the last word of a label says: 执行率得分 is a score, 项目支出情况 a text."""
    text = _plain(label)
    found = [
        (text.rfind(word) + len(word), len(word), kind) for kind, words in _HINTS for word in words if word in text
    ]
    return max(found)[2] if found else None
