"""一页看懂 (首页): what the head of an office reads: filing, money, scores, the worst rules, what the colours mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolkit.batch.collect import Status, units_filed
from toolkit.batch.summary.overview import common_faults, ranking
from toolkit.batch.summary.table import HEAD_ROW, Column, Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlsxwriter.worksheet import Worksheet

    from toolkit.batch.collect import Batch, Entry
    from toolkit.batch.summary.table import Tables

SHEET = "一页看懂"
_COLUMNS = (Column("看什么", 38, "wrap"), Column("数", 14, "count"), Column("说明", 56, "wrap"))
_MOST_NAMES, _MOST_RULES = 12, 8
_CHART_ROWS = 15
_GREY = "#7F7F7F"  # readable in grey print too
_COLOURS = (
    ("bad", "红色", "未报，或有没有改正的错误"),
    ("warn", "黄色", "数据不全，有警示要说明，或不在名册里"),
    ("good", "绿色", "审核通过"),
    ("dim", "灰色", "重复报送，没有计入汇总"),
)


def add_glance(tables: Tables, batch: Batch) -> None:
    """The first sheet."""
    note = "给领导看的一页；明细在后面各表。单位多的只列前几家。"
    sheet = tables.sheet((SHEET, f"{batch.pack.year} 年度绩效自评一页看懂", note), _COLUMNS)
    parts = [_filing(batch), _money(batch), *_scores(batch), _rules(batch), _legend()]
    tables.fill(sheet, _COLUMNS, [line for part in parts for line in part], filtered=False)
    last = HEAD_ROW + sum(map(len, parts))
    grades, rules = _place(parts, 3), _place(parts, 4)
    both = (("按等级分的单位数（家）", grades), ("不符合的单位最多的要求（家）", rules))
    drawn = [(title, rows) for title, rows in both if rows[1] > rows[0]]
    for index, (title, rows) in enumerate(drawn):
        _chart(tables, sheet, (title, *rows), last + 2 + index * _CHART_ROWS)
    sheet.set_portrait()
    sheet.fit_to_pages(1, 1)
    sheet.center_horizontally()
    sheet.print_area(0, 0, last + 2 + _CHART_ROWS * len(drawn), len(_COLUMNS) - 1)
    sheet.activate()


def _place(parts: Sequence[list[Line]], index: int) -> tuple[int, int]:
    """First and last row of a part's own lines on the sheet, its heading left out."""
    before = HEAD_ROW + 1 + sum(map(len, parts[:index]))
    return before + 1, before + len(parts[index]) - 1


def _line(title: str, value: object, told: str = "", kind: str = "count", shade: str = "") -> Line:
    return Line((title, value, told), shade, ((1, kind),))


def _named(names: Sequence[str]) -> str:
    return "、".join(names[:_MOST_NAMES]) + (f"等{len(names)}家" if len(names) > _MOST_NAMES else "")


def _ranked_name(entry: Entry) -> str:
    """A score that may change yet is told as such."""
    return f"{entry.name}（有错误未改正）" if entry.status is Status.ERROR else entry.name


def _filing(batch: Batch) -> list[Line]:
    names = {s: [e.name for e in batch.entries if e.status is s and not e.merged] for s in Status}
    filed = len(units_filed(batch.entries))
    expected = [_line("应报（家）", filed + len(names[Status.MISSING]))] if batch.roster else []
    shades = {
        Status.MISSING: "bad",
        Status.ERROR: "bad",
        Status.INCOMPLETE: "warn",
        Status.WARNING: "warn",
        Status.CLEAN: "good",
    }
    told = [_line(f"{s.value}（家）", len(n), _named(n), shade=shades.get(s, "")) for s, n in names.items() if n]
    return [Line(("一、报送", None, ""), "bold"), *expected, _line("已报（家）", filed), *told]


def _money(batch: Batch) -> list[Line]:
    figures = batch.figures[0]
    spent, budget = batch.settings.spending(figures.sums)
    unit, head = batch.settings.money, Line(("二、预算执行", None, ""), "bold")
    if not batch.settings.weight and not batch.settings.budget:
        return [head, _line("不汇总", None, "这种表不填预算数和执行数")]
    return [
        head,
        _line(f"全年预算数（{unit}）", budget, "", "money"),
        _line(f"全年执行数（{unit}）", spent, "", "money"),
        _line("预算执行率", figures.rate, "两个数都填了的单位", "rate"),
    ]


def _scores(batch: Batch) -> tuple[list[Line], list[Line]]:
    """How scores spread, and how many units have each grade."""
    figures, ranked = batch.figures[0], ranking(batch)
    best = [_ranked_name(e) for place, e in ranked if place == 1]
    worst = [_ranked_name(e) for place, e in ranked if ranked and place == ranked[-1][0]]
    scores = [
        Line(("三、得分", None, ""), "bold"),
        _line("算出总分（家）", figures.scored),
        _line("平均分", figures.mean, "各单位总分的平均；得分不相加", "score"),
        _line("最高分", figures.high, _named(best), "score"),
        _line("最低分", figures.low, _named(worst), "score"),
    ]
    grades = zip(batch.pack.scoring.grades, figures.grades, strict=True)
    return scores, [Line(("四、等级", None, ""), "bold"), *(_line(g.name, n) for g, n in grades)]


def _rules(batch: Batch) -> list[Line]:
    found = common_faults(batch)[:_MOST_RULES]
    lines = [_line(title, number, f"规则 {rule}") for rule, title, number in found]
    return [Line(("五、不符合的单位最多的要求（家）", None, ""), "bold"), *(lines or [_line("没有发现问题", None)])]


def _legend() -> list[Line]:
    return [
        Line(("六、各表底色", None, ""), "bold"),
        *(Line((name, None, told), shade) for shade, name, told in _COLOURS),
    ]


def _chart(tables: Tables, sheet: Worksheet, what: tuple[str, int, int], top: int) -> None:
    title, first, last = what
    chart = tables.book.add_chart({"type": "bar"})
    series = {"categories": [SHEET, first, 0, last, 0], "values": [SHEET, first, 1, last, 1], "gap": 60}
    chart.add_series({**series, "fill": {"color": _GREY}, "data_labels": {"value": True}})
    chart.set_title({"name": title, "name_font": {"size": 12}})
    chart.set_legend({"none": True})
    chart.set_x_axis({"min": 0, "visible": False, "major_gridlines": {"visible": False}})
    chart.set_y_axis({"reverse": True, "num_font": {"size": 9}})
    chart.set_size({"width": 750, "height": 280})
    sheet.insert_chart(top, 0, chart, {"description": title})
