"""What a finished report looks like (成稿的样子): its cover, its outline, and nothing left over from drafting.

Cover, year and unit name are D73 and D74, wording that does not fit the unit D75, sections that are missing and
numbers that break their order or style D70, placeholders D72, rough figures and missing base data C51.

A report by another outline (older years, other provinces) is not measured by this one: fewer sections than the
pack says, or none of its marks, and the outline is left alone.
"""

from __future__ import annotations

import difflib
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from toolkit.audit.prose.reading import Judged, ProseFinding, What, bad, fold, good, quote
from toolkit.core.findings import Severity
from toolkit.core.patterns import compiled, late
from toolkit.pack import Topic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.audit.prose.reading import Heading, Paragraph, Report
    from toolkit.pack import Outlined

_NAME_LINE = late(
    r"(?:(?:部门|单位)?(?:[（(](?:单位|部门)[）)])?\s*名\s*称|(?:填报|自评|编报)(?:单位|部门))\s*"
    r"(?:[（(](?:盖章|公章|签章|加盖公章)[）)])?\s*[:：]\s*(?P<name>.*)"
)

_SEAL = late(r"[（(]\s*(?:盖章|公章|加盖公章|签章)\s*[）)]|_+|＿+")

_DATE_LINE = late(
    r"(?:填报|编制|报告|自评)?(?:日期|时间)?[:：]?\s*(?:20\d\d|[X×_\s]*)\s*年\s*(?P<month>[\dX×_]*)\s*月\s*(?P<day>[\dX×_]*)\s*日"
)

_TITLED = late(r"(?P<year>20\d\d)\s*年?度?[^。，；]{0,40}整体支出[^。，；]{0,12}(?:自评|评价|报告|表)")

_OWN_REPORT = late(
    r"(?P<year>20\d\d)\s*年?度[^，。；《》]{0,30}整体支出绩效(?:自评|评价)[^，。；《》]{0,8}(?:得分|为|评分)"
)

_BOOKED = late(r"《[^《》]*》|“[^“”]*”")

_HAS_NONE = r"^(?P<unit>[\u4e00-\u9fff（）()]{4,24}?)(?:20\d\d年度?)?(?:暂?无|没有|未发生|未安排|不涉及)(?:使用|安排)?"

_ORGAN = late(r"(?:局|委员会|办公室|中心|委|院|厅|校|学校|镇|乡|街道办事处|馆|站|会|队|所)(?:本级|机关)?$")

_LOCAL = late(r"(?:本级|机关)$")

_NEAR, _FRONT, _LONGEST_TITLE = 0.7, 15, 45


def check_cover(report: Report) -> Iterator[Judged]:
    """D73: unit name and date of the cover are filled; blanks in one finding."""
    front = _front(report)
    blank = []
    seen = False
    for paragraph in front:
        name, date = _NAME_LINE.fullmatch(paragraph.text), _DATE_LINE.fullmatch(fold(paragraph.text))
        if name:
            seen = True
            blank += [] if _SEAL.sub("", name["name"]).strip(" 　|") else [(paragraph, "单位名称")]
        elif date:
            seen = True
            blank += [] if date["month"].isdigit() and date["day"].isdigit() else [(paragraph, "日期")]
    if blank:
        names = "、".join(what for _, what in blank)
        first = blank[0][0]
        fact = f"封面有 {len(blank)} 项没有填（{names}）"
        yield bad(ProseFinding(Topic.COVER, Severity.ERROR, first.number, quote(first.text), fact, "请补填封面。"))
    elif seen:
        yield good(Topic.COVER)


def _front(report: Report) -> list[Paragraph]:
    """What stands before the first heading, the first lines only."""
    first = next((h.paragraph for h in report.headings if h.style), _FRONT)
    return [p for p in report.paragraphs if p.number < min(first, _FRONT)]


def check_year(report: Report) -> Iterator[Judged]:
    """D73: the year of the cover, of the title and of the sentences that name this report."""
    year = report.year
    if year is None:
        return
    front = {p.number for p in _front(report)}
    for paragraph in report.paragraphs:
        text = _BOOKED.sub("", fold(paragraph.text))
        titled = paragraph.number in front and len(text) <= _LONGEST_TITLE and not text.endswith("。")
        stated = _TITLED.search(text) if titled else _OWN_REPORT.search(text)
        if stated is None or paragraph.row:
            continue
        if int(stated["year"]) == year:
            yield good(Topic.COVER)
        else:
            severity = Severity.ERROR if titled else Severity.NOTICE
            fact = f"写的是 {stated['year']} 年度，本报告是 {year} 年度"
            yield bad(
                ProseFinding(Topic.COVER, severity, paragraph.number, quote(paragraph.text), fact, "请统一年度。")
            )


def check_unit(report: Report) -> Iterator[Judged]:
    """D74: one name on the cover, in the title and where the text says that a budget does not exist."""
    names = [m["name"] for p in _front(report) if (m := _NAME_LINE.fullmatch(p.text))]
    cover = next((n for n in (_SEAL.sub("", name).strip(" 　|") for name in names) if n), "")
    title = report.unit
    if cover and title:
        yield from _compared(cover, title, report)
    own = cover or title
    none = compiled(f"{_HAS_NONE}(?:{report.settings.either('other_funds')})")
    for paragraph in report.paragraphs:
        stated = none.match(paragraph.text)
        if own and stated and _ORGAN.search(stated["unit"]) and not _related(stated["unit"], own):
            fact = f"这里写的单位是“{stated['unit']}”，本报告的单位是“{own}”"
            action = "请核对，可能是从别的单位的报告里抄来的。"
            yield bad(ProseFinding(Topic.UNIT, Severity.NOTICE, paragraph.number, quote(paragraph.text), fact, action))


def _compared(cover: str, title: str, report: Report) -> Iterator[Judged]:
    if _related(cover, title):
        yield good(Topic.UNIT)
        return
    near = difflib.SequenceMatcher(None, cover, title).ratio() >= _NEAR
    place = next((p.number for p in report.paragraphs if _NAME_LINE.fullmatch(p.text)), 1)
    fact = f"封面的单位名称是“{cover}”，标题里是“{title}”"
    severity = Severity.ERROR if near else Severity.WARNING
    yield bad(ProseFinding(Topic.UNIT, severity, place, "", fact, "请统一单位名称。"))


def _related(one: str, other: str) -> bool:
    """The same name, a shorter form of it, or one with 本级 behind it."""
    first, second = (_LOCAL.sub("", re.sub(r"[（）()\s]", "", name)) for name in (one, other))
    short, long = sorted((first, second), key=len)
    if short in long or short[:4] in {"本单位", "本部门", "我单位"}:
        return True
    place = 0
    for character in short:  # 益阳司法局 is a shorter form of 益阳市司法局
        place = long.find(character, place) + 1
        if not place:
            return False
    return len(short) * 2 >= len(long)


def check_wording(report: Report) -> Iterator[Judged]:
    """D75: a report of the 本级 that counts what the whole county did; one finding."""
    settings = report.settings
    if not any(report.unit.endswith(w) for w in settings.words("local_words")):
        return
    hits = []
    for sentence in report.sentences:
        for quantity in sentence.quantities:
            clause = sentence.text[max(0, quantity.start - 15) : quantity.start]
            word = next((w for w in settings.words("wide_words") if w in clause), "")
            if word and quantity.what is What.COUNT:
                hits.append((sentence, quantity, word))
    if hits:
        sentence, quantity, word = hits[0]
        fact = (
            f"“{word}”的数（{quantity.text}等 {len(hits)} 处）写进了“{report.unit}”的报告，与本级的支出和指标不能对应"
        )
        quoted = quote(sentence.printed, [quantity])
        yield bad(
            ProseFinding(
                Topic.WORDING, Severity.NOTICE, sentence.paragraph, quoted, fact, "请改写成本级完成的数，或写明口径。"
            )
        )


_LONGEST_LINE = 25

_SENTENCE_MARK = late(r"[。，；：]|无|没有|未")

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
        yield bad(ProseFinding(Topic.SECTIONS, Severity.ERROR, 0, "", fact, "请补写；没有内容的写“无”。"))
    else:
        yield good(Topic.SECTIONS)


def _has_line(section: Outlined, report: Report) -> bool:
    """A short line with the section's words: a heading that Word numbers by itself has no number in its text."""
    lines = (p.text for p in report.paragraphs if len(p.text) <= _LONGEST_LINE and not _SENTENCE_MARK.search(p.text))
    return any(word in line for line in lines for word in section.words)


def follows_outline(report: Report) -> bool:
    """Whether a report is written by the pack's outline, complete or not."""
    settings = report.settings
    there = [h for o in settings.outline if (h := _heading_of(o, report.headings)) is not None]
    marked = any(settings.has("outline_marks", h.title) for h in there)
    return marked and len(there) >= settings.outline_least


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
            ProseFinding(
                Topic.SECTIONS, Severity.NOTICE, mixed[0].paragraph, "", fact, "请统一为一、（一）1.（1）四级序号。"
            )
        )
    for heading, expected in _out_of_order(report):
        fact = f"“{_shown(heading)}”的序号是 {heading.number}，按顺序应为 {expected}"
        yield bad(ProseFinding(Topic.SECTIONS, Severity.NOTICE, heading.paragraph, "", fact, "请核对序号。"))


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
            yield bad(ProseFinding(Topic.RESIDUE, residue.severity, paragraph.number, quoted, fact, action))
            break
    if clean:
        yield good(Topic.RESIDUE)


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
        yield bad(ProseFinding(Topic.ROUGH, Severity.NOTICE, rough[0][0].paragraph, "", fact, action))


def check_base_data(report: Report) -> Iterator[Judged]:
    """D70: a report by this outline that never mentions 三公, 政府采购 or 满意度."""
    if not follows_outline(report):
        return
    text = "".join(p.text for p in report.paragraphs)
    words = report.settings.base_words
    absent = [name for name, found in words.items() if not any(w in text for w in found)]
    if absent:
        fact = f"全文没有写{'、'.join(absent)}"
        action = "请补写，或确认附表里已经写明。"
        yield bad(ProseFinding(Topic.SECTIONS, Severity.NOTICE, 0, "", fact, action))
