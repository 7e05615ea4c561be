"""Outline and numbering (提纲与序号, D70): sections that are missing, and numbers that break their order or style.

A report by another outline (older years, other provinces) is not measured by this one: fewer sections than the
pack says, or none of its marks, and the outline is left alone.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from toolkit.findings import Severity
from toolkit.prose_findings import Judged, ProseFinding, bad, good

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.prose_report import Heading, Report
    from toolkit.prose_settings import Outlined

_LONGEST_LINE = 25
_SENTENCE_MARK = re.compile(r"[。，；：]|无|没有|未")
_STYLE_PAIRS = {"一、": "1.", "（一）": "（1）"}
_CHINESE = "零一二三四五六七八九十"


def check_outline(report: Report) -> Iterator[Judged]:
    """D70: every section of the pack's outline has a heading; all missing ones in one finding."""
    if not follows_outline(report):
        return
    found = report.settings.outline
    missing = [o.title for o in found if _heading_of(o, report.headings) is None and not _has_line(o, report)]
    if missing:
        fact = f"提纲要求的 {len(found)} 节缺 {len(missing)} 节（{'；'.join(missing)}）"
        yield bad(ProseFinding("D70", Severity.ERROR, 0, "", fact, "请补写；没有内容的写“无”。"))
    else:
        yield good("D70")


def _has_line(section: Outlined, report: Report) -> bool:
    """A short line with the section's words: a heading that Word numbers by itself has no number in its text."""
    lines = (p.text for p in report.paragraphs if len(p.text) <= _LONGEST_LINE and not _SENTENCE_MARK.search(p.text))
    return any(word in line for line in lines for word in section.words)


def follows_outline(report: Report) -> bool:
    """Whether a report is written by the pack's outline, complete or not."""
    settings = report.settings
    there = [h for o in settings.outline if (h := _heading_of(o, report.headings)) is not None]
    marked = any(settings.has("outline_marks", h.title) for h in there)
    return marked and len(there) >= int(settings.raw.get("outline_least", 1))


def _heading_of(section: Outlined, headings: tuple[Heading, ...]) -> Heading | None:
    return next((h for h in headings if any(w in h.title for w in section.words)), None)


def check_numbering(report: Report) -> Iterator[Judged]:
    """D70: 一、 beside 1、 at the same level, （3） amid （一）（二）, numbers left out or given twice."""
    mixed = [*_mixed(report, "一、"), *_mixed(report, "（一）")]
    if mixed:
        told = "、".join(f"第 {h.paragraph} 段“{_shown(h)}”" for h in mixed[:6])
        more = f"等 {len(mixed)} 处" if len(mixed) > 6 else ""  # noqa: PLR2004 - enough to find them
        fact = f"同一级标题的序号混用了两种写法：{told}{more}"
        yield bad(
            ProseFinding("D70", Severity.NOTICE, mixed[0].paragraph, "", fact, "请统一为一、（一）1.（1）四级序号。")
        )
    for heading, expected in _out_of_order(report):
        fact = f"“{_shown(heading)}”的序号是 {heading.number}，按顺序应为 {expected}"
        yield bad(ProseFinding("D70", Severity.NOTICE, heading.paragraph, "", fact, "请核对序号。"))


def _shown(heading: Heading) -> str:
    number = str(heading.number)
    marks = {"1.": f"{number}、", "（1）": f"（{number}）"}
    chinese = _CHINESE[heading.number] if heading.number < len(_CHINESE) else number
    marks |= {"一、": f"{chinese}、", "（一）": f"（{chinese}）"}
    return f"{marks.get(heading.style, '')}{heading.title}"


def _mixed(report: Report, style: str) -> Iterator[Heading]:
    """Headings in the other style that continue, or are continued by, the sequence of this one."""
    other, outlined = _STYLE_PAIRS[style], {w for o in report.settings.outline for w in o.words}
    last = 0
    run = 0
    for heading in report.headings:
        if heading.style == "一、" and style != "一、":
            last = run = 0
        if heading.style == style:
            last, run = heading.number, 0
        elif (
            heading.style == other
            and heading.number == last + 1
            and not run
            and _continues(heading, style, last, outlined)
        ):
            yield heading
            last = heading.number
        elif heading.style == other:
            run = heading.number


def _continues(heading: Heading, style: str, last: int, outlined: set[str]) -> bool:
    """A section of the outline, or a number that carries on where the other style stopped."""
    return any(w in heading.title for w in outlined) if style == "一、" else last > 0 and heading.number > 1


def _out_of_order(report: Report) -> Iterator[tuple[Heading, int]]:
    """一、 二、 四、: a number left out or repeated at the first level, mixed styles counted as one."""
    outlined = {w for o in report.settings.outline for w in o.words}
    level = [
        h
        for h in report.headings
        if h.style == "一、" or (h.style == "1." and any(w in h.title for w in outlined) and h.number > 0)
    ]
    if any(h.style == "1." for h in level):
        return
    for before, heading in pairwise(level):
        if heading.number not in {before.number + 1, 1}:
            yield heading, before.number + 1
