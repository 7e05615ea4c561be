"""Rows of 汇总表 (汇总表各表): 报送情况, 汇总, 差额核对, 得分与排名, 审核问题, 指标明细."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from toolkit.batch.collect import WITHHELD, Status, execution_rate, load_result
from toolkit.batch.summary.overview import parent_of, ranking
from toolkit.batch.summary.table import Column, Line, Link
from toolkit.core.findings import Severity
from toolkit.core.light import replace
from toolkit.core.money import MONEY_UNITS, parse_filled, parse_plain, round_half_up
from toolkit.engines.xlsx import link_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from decimal import Decimal
    from pathlib import Path

    from toolkit.batch.collect import Batch, Entry, Node, NodeFigures
    from toolkit.core.findings import AuditResult

_SHADES = {
    Status.MISSING: "bad",
    Status.ERROR: "bad",
    Status.INCOMPLETE: "warn",
    Status.WARNING: "warn",
    Status.CLEAN: "good",
    Status.OUTSIDE: "warn",
    Status.TWICE: "dim",
    Status.UNREADABLE: "bad",
    Status.UNFINISHED: "bad",
}

FILING = (
    Column("序号", 5, "centre"),
    Column("单位代码", 10),
    Column("单位名称", 28, "wrap"),
    Column("上级", 24, "wrap"),
    Column("类型", 6, "centre"),
    Column("报送情况", 11, "centre"),
    Column("填报\n完整度", 9, "centre"),
    Column("错误\n（个）", 6, "count"),
    Column("警示\n（个）", 6, "count"),
    Column("提示\n（个）", 6, "count"),
    Column("总分", 7, "score"),
    Column("等级", 5, "centre"),
    Column("填报日期", 11, "centre"),
    Column("文件", 26, "wrap"),
    Column("说明", 40, "wrap"),
    Column("审核反馈", 9, "link"),
)

RANKING = (
    Column("名次", 6, "count"),
    Column("单位代码", 12),
    Column("单位名称", 32, "wrap"),
    Column("上级", 26, "wrap"),
    Column("总分", 9, "score"),
    Column("等级", 7, "centre"),
    Column("全年预算数\n（{unit}）", 14, "money"),
    Column("全年执行数\n（{unit}）", 14, "money"),
    Column("执行率", 10, "rate"),
    Column("错误\n（个）", 7, "count"),
    Column("报送情况", 12, "centre"),
)

FAULTS = (
    Column("单位代码", 12),
    Column("单位名称", 28, "wrap"),
    Column("规则", 7, "centre"),
    Column("程度", 7, "centre"),
    Column("表", 14),
    Column("单元格", 14, "link"),
    Column("问题和处理办法", 84, "wrap"),
    Column("差额", 12, "money"),
    Column("已说明", 8, "centre"),
)

INDICATORS = (
    Column("单位代码", 12),
    Column("单位名称", 28, "wrap"),
    Column("上级", 22, "wrap"),
    Column("表", 10, "centre"),
    Column("项目", 28, "wrap"),
    Column("指标", 34, "wrap"),
    Column("分值", 8, "score"),
    Column("得分", 8, "score"),
    Column("得分率", 9, "rate"),
    Column("填报得分", 9, "score"),
    Column("得分说明", 44, "wrap"),
)

GAPS = (
    Column("单位代码", 12),
    Column("单位名称", 30, "wrap"),
    Column("项目", 16),
    Column("计量单位", 9, "centre"),
    Column("填报的汇总数", 16, "money"),
    Column("本级与下属之和", 16, "money"),
    Column("差额", 14, "money"),
    Column("填了数的单位数", 10, "count"),
    Column("核对结果", 40, "wrap"),
)


def filing_lines(batch: Batch) -> Iterator[Line]:
    """报送情况: every unit of the roster and every file."""
    for number, entry in enumerate(batch.entries, 1):
        record = entry.record
        done = record if record and record.done else None
        link = Link(f"{done.folder}/{done.feedback}", "打开") if done and done.feedback else None
        errors, warnings, notices = done.counts if done else (None, None, None)
        yield Line(
            (
                number,
                entry.code,
                entry.name,
                parent_of(entry),
                entry.unit.kind if entry.unit else "",
                entry.status.value,
                "{}/{}".format(*done.completeness) if done else "",
                errors,
                warnings,
                notices,
                done.total if done else None,
                done.grade if done else "",
                done.filled_on if done else "",
                record.file if record else "",
                entry.note,
                link,
            ),
            _SHADES[entry.status],
        )


def ranking_columns(batch: Batch) -> tuple[Column, ...]:
    """得分与排名, its amounts in the unit that the batch counts in."""
    return tuple(replace(c, head=c.head.replace("{unit}", batch.settings.money)) for c in RANKING)


def summary_columns(batch: Batch) -> tuple[Column, ...]:
    """汇总: units, sums, and how scores spread."""
    looks = {f: (11, "money") if f.unit in MONEY_UNITS else (8, "count") for f in batch.settings.figures}
    figures = [Column(f"{f.title}\n（{f.unit}）", *look) for f, look in looks.items()]
    grades = [Column(f"{g.name}\n（家）", 6, "count") for g in batch.pack.scoring.grades]
    return (
        Column("单位名称", 34, "wrap"),
        Column("单位代码", 9),
        Column("应报\n（家）", 6, "count"),
        Column("计入\n（家）", 6, "count"),
        *figures,
        Column("执行率", 8, "rate"),
        Column("有总分\n（家）", 7, "count"),
        Column("平均分", 8, "score"),
        Column("加权\n平均分", 8, "score"),
        Column("最低分", 8, "score"),
        Column("最高分", 8, "score"),
        Column("标准差", 8, "score"),
        *grades,
        Column("说明", 28, "wrap"),
    )


def summary_lines(batch: Batch) -> Iterator[Line]:
    """汇总: the tree, indented; figures of a parent are those of all that is beneath it."""
    for node, figures in zip(batch.nodes, batch.figures, strict=True):
        yield Line(_summary_values(batch, node, figures), "" if node.leaf else "bold")


def _summary_values(batch: Batch, node: Node, figures: NodeFigures) -> tuple[object, ...]:
    return (
        "　" * node.depth + node.label,
        node.code,
        node.expected,
        len(node.members),
        *figures.sums,
        figures.rate,
        figures.scored,
        figures.mean,
        figures.weighted,
        figures.low,
        figures.high,
        figures.spread,
        *(n or None for n in figures.grades),
        _remarks(batch, node, figures),
    )


def _remarks(batch: Batch, node: Node, figures: NodeFigures) -> str:
    """Which sums rest on fewer units than were counted: a blank is not 0."""
    heads = [f.title for i, f in enumerate(batch.settings.figures) if i in figures.veiled]
    hidden = [f"{'、'.join(heads)}不写：由此可推算不公开的金额"] if heads else []
    if node.leaf:
        return "没有数，未计入" if node.missing else "".join(hidden)
    told = [*hidden, *([f"{len(node.missing)} 家没有数"] if node.missing else [])]
    pairs = zip(batch.settings.figures, figures.filled, strict=True)
    short = [f"{f.title}只有 {n} 家填了" for f, n in pairs if n < len(node.members)]
    return "；".join([*told, *short])


def gap_lines(batch: Batch) -> Iterator[Line]:
    """差额核对: a department's own 汇总 return beside the sum of its units."""
    for node, figures in zip(batch.nodes, batch.figures, strict=True):
        record = batch.entries[node.merged].record if node.merged is not None else None
        if record is None:
            continue
        for index, figure in enumerate(batch.settings.figures):
            filed, total = record.figures[index], figures.sums[index]
            gap = filed - total if filed is not None and total is not None else None
            words = _gap_words(gap, len(node.missing))
            values = (node.code, node.label, figure.title, figure.unit, filed, total, gap, figures.filled[index], words)
            heads = () if figure.unit in MONEY_UNITS else ((4, "count"), (5, "count"), (6, "count"))
            yield Line(values, "bad" if gap and not node.missing else "", heads)


def _gap_words(gap: Decimal | None, missing: int) -> str:
    if gap is None:
        return "一侧没有填，未检查"
    if missing:
        return f"下面还有 {missing} 家没有数，未检查"
    return "不一致，请核对" if gap else "一致"


def ranking_lines(batch: Batch) -> Iterator[Line]:
    """得分与排名: a return with open errors is ranked, and its errors stand beside it."""
    for place, entry in ranking(batch):
        record = entry.record
        if record is None:
            continue
        spent, planned = batch.settings.spending(record.figures)
        head = (int(place), entry.code, entry.name, parent_of(entry), record.total, record.grade, planned, spent)
        values = (*head, execution_rate(spent, planned), record.counts[0], entry.status.value)
        yield Line(values, "warn" if record.counts[0] else "")


def fault_lines(batch: Batch, audit: AuditResult, output: Path) -> Iterator[Line]:
    """审核问题: first what was judged over all units, then unit by unit, each with a link to its cell."""
    for found in audit.findings:
        values = ("", "（汇总）", found.rule, found.severity.label, "", "", found.message, found.difference, "")
        yield Line(values, "bad" if found.severity is Severity.ERROR else "warn")
    for entry, result in _results(batch, output):
        for told in result["findings"]:
            inside = told["withheld"] or batch.secrets.within(told["message"])
            yield Line(_fault_values(batch, entry, told, inside=inside), "bad" if _is_open_error(told) else "")


def _is_open_error(told: dict[str, Any]) -> bool:
    return told["severity"] == "error" and not told["explained"]


def _fault_values(batch: Batch, entry: Entry, told: dict[str, Any], *, inside: bool) -> tuple[object, ...]:
    """`inside`: what it says stays with the unit; so does the name of a sheet that was named after a project."""
    record, sheet = entry.record, batch.secrets.label(told["sheet"])
    cell = str(told["cells"][0]) if told["cells"] else ""
    place = f"#{link_to(sheet, cell)}" if cell and sheet == told["sheet"] else ""
    link = Link(f"{record.folder}/{record.feedback}{place}", cell or "打开") if record and record.feedback else cell
    return (
        entry.code,
        entry.name,
        told["rule"],
        Severity(told["severity"]).label,
        sheet,
        link,
        f"{WITHHELD}，请打开审核反馈查看。[{told['rule']}]" if inside else told["message"],
        None if inside else _number(told["difference"]),
        "是" if told["explained"] else "",
    )


def indicator_lines(batch: Batch, output: Path) -> Iterator[Line]:
    """指标明细: every indicator of every unit that counts, of the whole unit and of each project."""
    for entry, result in _results(batch, output):
        if not entry.counted:
            continue
        tells = partial(batch.secrets.inside, own=frozenset(result["withheld_texts"]))
        yield from (Line(_indicator(entry, "整体", "", i)) for i in _reticent(result["score"]["indicators"], tells))
        for project in result["project_scores"]:
            inside = project["withheld"] or tells(project["name"])
            name = WITHHELD if inside else project["name"]
            shown = map(_score_only, project["indicators"]) if inside else _reticent(project["indicators"], tells)
            yield from (Line(_indicator(entry, "项目", name, i)) for i in shown)


def _reticent(indicators: Iterable[dict[str, Any]], tells: Callable[[str], bool]) -> Iterator[dict[str, Any]]:
    return (_score_only(i) if tells(i["name"]) or tells(i["working"]) else i for i in indicators)


def _score_only(found: dict[str, Any]) -> dict[str, Any]:
    """An indicator of a withheld project: what it is and what was reached would tell of the project."""
    return found | {"name": WITHHELD, "submitted": None, "working": ""}


def _indicator(entry: Entry, table: str, project: str, found: dict[str, Any]) -> tuple[object, ...]:
    weight, score = parse_filled(found["weight"]), _number(found["score"])
    share = round_half_up(score / weight, 4) if weight and score is not None else None
    head = (entry.code, entry.name, parent_of(entry), table, project, found["name"])
    return (*head, weight, score, share, parse_filled(found["submitted"]), found["working"])


def _results(batch: Batch, output: Path) -> Iterator[tuple[Entry, dict[str, Any]]]:
    """One result.json at a time: all of them together would not fit into memory."""
    for entry in batch.entries:
        if entry.record and entry.record.done:
            yield entry, load_result(output / entry.record.folder)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else parse_plain(text)
