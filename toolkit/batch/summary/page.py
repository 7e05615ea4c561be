"""总览页 (HTML): the whole batch on one page: who has filed, how it stands, and where each unit's results are."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING

from toolkit.batch.collect import BULLETIN_NAME, SUMMARY_NAME, Status, count
from toolkit.batch.summary.overview import common_faults, parent_of, spread
from toolkit.publishing import Bar, bars, html_page, link, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.batch.collect import Batch, Entry

OVERVIEW_NAME = "总览.html"
_REPORTS = ("自评报表.xlsx", "自评报告.docx")
_CLASSES = {Status.MISSING: "error", Status.ERROR: "error", Status.CLEAN: "clean"}


def overview_page(batch: Batch) -> bytes:
    """总览.html. Links are beside the page, so that the folder may be carried anywhere."""
    return html_page(f"{batch.pack.year} 年度绩效自评总览（内部资料，不得对外公开）", _body(batch))


def _body(batch: Batch) -> Iterator[str]:
    told = "，".join(f"{s.value} {n} 家" for s in Status if (n := count(batch.entries, s)))
    yield f"<p>{escape(told)}。</p>"
    yield f'<ul class="files"><li>{link(SUMMARY_NAME, "汇总表")}</li><li>{link(BULLETIN_NAME, "通报")}</li></ul>'
    yield '<nav aria-label="目录"><ul><li><a href="#units">各单位</a></li><li><a href="#charts">图</a></li></ul></nav>'
    yield '<h2 id="units">各单位</h2>'
    heads = ("单位代码", "单位名称", "主管部门或上级", "报送情况", "错误", "警示", "总分", "等级", "结果")
    yield table(heads, map(_row, batch.entries))
    yield '<h2 id="charts">图</h2>'
    scores = [Bar(label, Decimal(n), f"{n} 家") for label, n in spread(batch)]
    yield bars("得分分布（家）", scores)
    faults = [Bar(f"{rule} {title}", Decimal(n), f"{n} 家") for rule, title, n in common_faults(batch)]
    yield bars("不符合的单位最多的要求（家）", faults) if faults else "<p>没有发现错误和警示。</p>"


def _row(entry: Entry) -> tuple[str, ...]:
    record = entry.record if entry.record and entry.record.done else None
    state = f'<span class="tag {_CLASSES.get(entry.status, "warning")}">{escape(entry.status.value)}</span>'
    head = (escape(entry.code), escape(entry.name), escape(parent_of(entry)), state)
    if record is None:
        return (*head, escape(entry.note))
    names = (*_REPORTS, *([record.feedback] if record.feedback else []))
    links = " ".join(link(f"{record.folder}/{name}", name.rpartition(".")[0]) for name in names)
    errors, warnings, _ = record.counts
    total = "" if record.total is None else str(record.total)
    return (*head, str(errors), str(warnings), total, escape(record.grade), links)
