"""Cover, year and unit name (封面、年度、单位名称): D73, D74, and wording that does not fit the unit (D75)."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from toolkit.findings import Severity
from toolkit.prose_findings import Judged, ProseFinding, bad, good, quote
from toolkit.prose_numbers import What, fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.prose_report import Report
    from toolkit.prose_text import Paragraph

_NAME_LINE = re.compile(
    r"(?:(?:部门|单位)?(?:[（(](?:单位|部门)[）)])?\s*名\s*称|(?:填报|自评|编报)(?:单位|部门))\s*"
    r"(?:[（(](?:盖章|公章|签章|加盖公章)[）)])?\s*[:：]\s*(?P<name>.*)"
)
_SEAL = re.compile(r"[（(]\s*(?:盖章|公章|加盖公章|签章)\s*[）)]|_+|＿+")
_DATE_LINE = re.compile(
    r"(?:填报|编制|报告|自评)?(?:日期|时间)?[:：]?\s*(?:20\d\d|[X×_\s]*)\s*年\s*(?P<month>[\dX×_]*)\s*月\s*(?P<day>[\dX×_]*)\s*日"
)
_TITLED = re.compile(r"(?P<year>20\d\d)\s*年?度?[^。，；]{0,40}整体支出[^。，；]{0,12}(?:自评|评价|报告|表)")
_OWN_REPORT = re.compile(
    r"(?P<year>20\d\d)\s*年?度[^，。；《》]{0,30}整体支出绩效(?:自评|评价)[^，。；《》]{0,8}(?:得分|为|评分)"
)
_BOOKED = re.compile(r"《[^《》]*》|“[^“”]*”")
_NO_BUDGET = re.compile(
    r"^(?P<unit>[\u4e00-\u9fff（）()]{4,24}?)(?:20\d\d年度?)?(?:暂?无|没有|未发生|未安排|不涉及)(?:使用|安排)?(?:政府性基金|国有资本|社会保险基金)"
)
_ORGAN = re.compile(r"(?:局|委员会|办公室|中心|委|院|厅|校|学校|镇|乡|街道办事处|馆|站|会|队|所)(?:本级|机关)?$")
_LOCAL = re.compile(r"(?:本级|机关)$")
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
        yield bad(ProseFinding("D73", Severity.ERROR, first.number, quote(first.text), fact, "请补填封面。"))
    elif seen:
        yield good("D73")


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
            yield good("D73")
        else:
            severity = Severity.ERROR if titled else Severity.NOTICE
            fact = f"写的是 {stated['year']} 年度，本报告是 {year} 年度"
            yield bad(ProseFinding("D73", severity, paragraph.number, quote(paragraph.text), fact, "请统一年度。"))


def check_unit(report: Report) -> Iterator[Judged]:
    """D74: one name on the cover, in the title and where the text says that a budget does not exist."""
    names = [m["name"] for p in _front(report) if (m := _NAME_LINE.fullmatch(p.text))]
    cover = next((n for n in (_SEAL.sub("", name).strip(" 　|") for name in names) if n), "")
    title = report.unit
    if cover and title:
        yield from _compared(cover, title, report)
    own = cover or title
    for paragraph in report.paragraphs:
        stated = _NO_BUDGET.match(paragraph.text)
        if own and stated and _ORGAN.search(stated["unit"]) and not _related(stated["unit"], own):
            fact = f"这里写的单位是“{stated['unit']}”，本报告的单位是“{own}”"
            action = "请核对，可能是从别的单位的报告里抄来的。"
            yield bad(ProseFinding("D74", Severity.NOTICE, paragraph.number, quote(paragraph.text), fact, action))


def _compared(cover: str, title: str, report: Report) -> Iterator[Judged]:
    if _related(cover, title):
        yield good("D74")
        return
    near = difflib.SequenceMatcher(None, cover, title).ratio() >= _NEAR
    place = next((p.number for p in report.paragraphs if _NAME_LINE.fullmatch(p.text)), 1)
    fact = f"封面的单位名称是“{cover}”，标题里是“{title}”"
    severity = Severity.ERROR if near else Severity.WARNING
    yield bad(ProseFinding("D74", severity, place, "", fact, "请统一单位名称。"))


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
        quoted = quote(sentence.text, [quantity])
        yield bad(
            ProseFinding("D75", Severity.NOTICE, sentence.paragraph, quoted, fact, "请改写成本级完成的数，或写明口径。")
        )
