"""通报 bulletin: two pages of Word for the office, from the pack's 通报.docx. Lists are cut so that it stays short."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from toolkit.batch.collect import Entry, Status, count, units_filed
from toolkit.batch.summary.overview import common_faults, parent_of, ranking
from toolkit.core.findings import WORKBOOK_RULES, Severity
from toolkit.core.light import dataclass
from toolkit.pack import BULLETIN_TEMPLATE, disclosure_settings
from toolkit.publishing.document import pack_template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from toolkit.batch.collect import Batch
    from toolkit.core.findings import AuditResult

_MOST_MISSING, _MOST_KINDS = 20, 3

_FILING = frozenset({"all_have_filed", "code_is_listed", "code_is_unique", "name_as_listed"})

BULLETIN_NAMES = (
    *("年度", "金额单位", "依据", "期限", "名册", "应报", "已报", "未报", "未报名单", "有错", "不全", "有警示", "通过"),
    *("主管汇总", "名册外", "重复", "读不了", "没有做完", "计入", "有总分", "平均分", "加权平均分", "最高分", "最低分"),
    *("标准差", "等级", "预算数", "执行数", "执行率", "前列", "后列", "间隔行", "有错单位"),
    *("共性问题", "汇总问题", "未检查", "轮次", "退回", "改正", "还剩", "新增"),
)


@dataclass(frozen=True, slots=True)
class RoundCounts:
    """What the rounds have come to (轮次): which one, units sent back, findings mended, still there, new."""

    number: int = 0
    returned: int = 0
    mended: int = 0
    still: int = 0
    new: int = 0


def bulletin_file(batch: Batch, audit: AuditResult, rounds: RoundCounts | None = None) -> bytes:
    """通报.docx; where returns go back and forth it names the round. Same batch, same bytes."""
    return pack_template(batch.pack, BULLETIN_TEMPLATE).render(bulletin_context(batch, audit, rounds))


def bulletin_context(batch: Batch, audit: AuditResult, rounds: RoundCounts | None = None) -> dict[str, Any]:
    """What the template may name; `BULLETIN_NAMES` lists it."""
    now = rounds or RoundCounts()
    told = {"轮次": now.number, "退回": now.returned, "改正": now.mended, "还剩": now.still, "新增": now.new}
    return told | _filing(batch) | _results(batch) | _ranks(batch) | _faults(batch, audit)


def _filing(batch: Batch) -> dict[str, Any]:
    counts = {s: count(batch.entries, s) for s in Status}
    names = [e.name for e in batch.entries if e.status is Status.MISSING]
    more = f"等{len(names)}家，详见汇总表" if len(names) > _MOST_MISSING else ""
    filed = len(units_filed(batch.entries))
    return {
        "年度": batch.pack.year,
        "金额单位": batch.settings.money,
        "依据": "、".join(batch.pack.basis),
        "期限": batch.pack.deadline,
        "名册": batch.roster is not None,
        "应报": filed + counts[Status.MISSING],
        "已报": filed,
        "未报": counts[Status.MISSING],
        "未报名单": "、".join(names[:_MOST_MISSING]) + more,
        "有错": counts[Status.ERROR],
        "不全": counts[Status.INCOMPLETE],
        "有警示": counts[Status.WARNING],
        "通过": counts[Status.CLEAN],
        "主管汇总": sum(1 for e in batch.entries if e.merged),
        "名册外": counts[Status.OUTSIDE],
        "重复": counts[Status.TWICE],
        "读不了": counts[Status.UNREADABLE],
        "没有做完": counts[Status.UNFINISHED],
    }


def _results(batch: Batch) -> dict[str, Any]:
    node, figures = batch.nodes[0], batch.figures[0]
    spent, budget = batch.settings.spending(figures.sums)
    grades = zip(batch.pack.scoring.grades, figures.grades, strict=True)
    return {
        "计入": len(node.members),
        "有总分": figures.scored,
        "平均分": figures.mean,
        "加权平均分": figures.weighted,
        "最高分": figures.high,
        "最低分": figures.low,
        "标准差": figures.spread,
        "等级": [{"名称": g.name, "单位数": n} for g, n in grades],
        "预算数": budget,
        "执行数": spent,
        "执行率": figures.rate,
    }


def _ranks(batch: Batch) -> dict[str, Any]:
    """The first and the last few; a short list is shown whole."""
    ranked, listed = ranking(batch), batch.settings.listed
    cut = len(ranked) > 2 * listed
    first, last = (ranked[:listed], ranked[-listed:]) if cut else (ranked, [])
    middle = [f"（中间 {len(ranked) - 2 * listed} 家略）"] if cut else []
    return {"前列": _rank_rows(first), "间隔行": middle, "后列": _rank_rows(last)}


def _rank_rows(ranked: Sequence[tuple[int, Entry]]) -> list[dict[str, Any]]:
    return [
        {
            "名次": place,
            "单位": entry.name,
            "总分": entry.record.total if entry.record else Decimal(0),
            "等级": entry.record.grade if entry.record else "",
            "上级": parent_of(entry),
            "有错": entry.status is Status.ERROR,
        }
        for place, entry in ranked
    ]


def _faulty_units(batch: Batch) -> list[dict[str, Any]]:
    """Units with open errors and what kinds of them; faults about secrecy are not told to everybody."""
    secret = frozenset(disclosure_settings(batch.pack).blocking) if batch.pack.has_public else frozenset()
    grave = {r.id for r in batch.pack.rules if r.severity is Severity.ERROR} - secret
    grave |= {rule for rule, (_, severity) in WORKBOOK_RULES.items() if severity is Severity.ERROR}
    titles = {rule: title for rule, title in batch.pack.titles.items() if rule in grave}
    wrong = [e for e in units_filed(batch.entries) if e.status is Status.ERROR]
    rows = [
        {"单位": e.name, "问题": _kinds([titles[r] for r in e.record.rules if r in titles])} for e in wrong if e.record
    ]
    more = len(rows) - _MOST_MISSING
    return rows[:_MOST_MISSING] + ([{"单位": f"其余{more}家单位", "问题": "详见汇总表"}] if more > 0 else [])


def _kinds(titles: Sequence[str]) -> str:
    """不符合“甲”“乙”等5项要求; nothing else is said of what may not be told."""
    if not titles:
        return "详见审核反馈"
    named = "".join(f"“{t}”" for t in titles[:_MOST_KINDS])
    return f"不符合{named}{f'等{len(titles)}项' if len(titles) > _MOST_KINDS else '的'}要求"


def _faults(batch: Batch, audit: AuditResult) -> dict[str, Any]:
    found = [f for f in common_faults(batch) if f[2] > 1][: batch.settings.listed]
    filing = {rule.id for rule in batch.pack.batch_rules if rule.check in _FILING}  # told under 报送情况
    told = [f.message for f in audit.findings if f.rule not in filing]
    return {
        "有错单位": _faulty_units(batch),
        "共性问题": [{"规则": rule, "标题": title, "单位数": count} for rule, title, count in found],
        "汇总问题": told[: batch.settings.listed],
        "未检查": [f"{n.rule}（{n.reason}）" for n in audit.not_checked],
    }
