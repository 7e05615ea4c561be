"""What a finished report does not contain (残留与约数): D72 placeholders; C51 rough figures; missing base data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolkit.findings import Severity
from toolkit.prose_findings import Judged, ProseFinding, bad, good, quote
from toolkit.prose_numbers import What
from toolkit.prose_outline import follows_outline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.prose_report import Report

_SHOWN = 6
_MEASURED = "余多几近"


def check_residue(report: Report) -> Iterator[Judged]:
    """D72: each kind of residue once per paragraph."""
    clean = True
    for paragraph in report.paragraphs:
        told = set()
        for residue in report.settings.residue:
            match = residue.pattern.search(paragraph.text)
            if match is None or match[0] in told or (paragraph.row and not residue.rows):
                continue
            told.add(match[0])
            clean = False
            start = max(0, match.start() - 12)
            quoted = quote(paragraph.text[start : match.end() + 24])
            fact = f"有{residue.name}“{match[0][:20].strip()}”"
            action = "请填写实际内容，或删去。"
            yield bad(ProseFinding("D72", residue.severity, paragraph.number, quoted, fact, action))
            break
    if clean:
        yield good("D72")


def check_rough(report: Report) -> Iterator[Judged]:
    """C51: 50余次, 近5万次 cannot be scored; all in one finding."""
    rough = [
        (s, q)
        for s in report.sentences
        for q in s.quantities
        if q.rough
        and q.what is What.COUNT
        and (any(c in q.text for c in _MEASURED) or s.text[: q.start].endswith("近"))
    ]
    if rough:
        shown = "、".join(q.text for _, q in rough[:_SHOWN])
        more = f"等 {len(rough)} 处" if len(rough) > _SHOWN else ""
        fact = f"有约数 {shown}{more}，不能据以评分"
        action = "作为指标完成情况的，请写准确数。"
        yield bad(ProseFinding("C51", Severity.NOTICE, rough[0][0].paragraph, "", fact, action))


def check_base_data(report: Report) -> Iterator[Judged]:
    """D70: a report by this outline that never mentions 三公, 政府采购 or 满意度."""
    if not follows_outline(report):
        return
    text = "".join(p.text for p in report.paragraphs)
    words = report.settings.raw.get("base_words", {})
    absent = [name for name, found in words.items() if not any(w in text for w in found)]
    if absent:
        fact = f"全文没有写{'、'.join(absent)}"
        action = "请补写，或确认附表里已经写明。"
        yield bad(ProseFinding("D70", Severity.NOTICE, 0, "", fact, action))
