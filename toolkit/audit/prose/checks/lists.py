"""Counts against the names listed behind them (个数与名单, D66): 内设科室21个，分别是：甲、乙、丙.

A 和 between two names separates them only where a name may end before it; 信息化建设和行政审批科 is one
name. Lists that end in 等, or that give counts instead of names, are left alone.
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from toolkit.audit.prose.reading import Judged, ProseFinding, Sides, bad, chinese_number, good
from toolkit.core.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.audit.prose.reading import Report, Sentence

_COUNT = re.compile(
    r"(?<![\d.第、—~-])(?P<number>\d{1,3}|[一二两三四五六七八九十]{1,3})\s*(?:个|家|项|类|所|大|名)"
    r"(?P<noun>[^，。；：:、（(）)\d]{0,12})"
    r"(?P<aside>[（(][^（）()]{0,40}[）)])?(?P<link>[，,]?\s*(?:分别(?:是|为)|包括|即|具体(?:是|为|包括))\s*[:：]?|\s*[:：])"
)

_LINK = re.compile(r"[:：]|分别[是为]|包括|即|具体[是为]")  # what no list goes without

# 下设办公室、财务科、业务科3个科室: the names first
_BEFORE = re.compile(
    r"(?:内设|下设|设有|设置|下辖|辖有|设立|(?<![建开增])设)(?P<names>[\u4e00-\u9fff（）()]{2,16}(?:[、和][\u4e00-\u9fff（）()]{2,16}){1,30}?)"
    r"(?P<number>\d{1,2}|[一二三四五六七八九十]{1,3})个(?:内设)?(?:职能)?(?:科|股|处|室|部|机构|单位|站|所)"
)

_END = re.compile(r"[。；;]|$")

_BRACKETS = re.compile(r"[（(][^（）()]*[）)]|“[^“”]*”|《[^《》]*》|「[^「」]*」")

_ENDING = (
    r"科室|办公室|中心|委员会|大队|支队|总队|中队|党委|党组|工会|团委|协会|学会|基金会|"
    r"[科股室处部局站所队馆院校园场厅司组委办会社厂]"
)

_JOINER = re.compile(rf"(?<=[\u4e00-\u9fff])(?:(?:{_ENDING})(?:以?及|和|与|以及)(?=[\u4e00-\u9fff]{{2}}))")

_TWO_ALIKE = re.compile(
    rf"[\u4e00-\u9fff]{{2,}}?(?P<end>{_ENDING})(?:以?及|和|与)[\u4e00-\u9fff]{{2,}}(?P=end)"
)  # 甲股和乙股

_LAST_JOINER = re.compile(r"[\u4e00-\u9fff”）)]\s*(?:以及|及|和|与)\s*[\u4e00-\u9fff“]")

_OPEN_END = re.compile(r"…|等(?:\d|[一二三四五六七八九十]|$|[\u4e00-\u9fff]{0,6}$)")

_NUMBERED = re.compile(r"[①-⑳]|[（(]\d{1,2}[）)]|\d{1,2}[、.．]|[一二三四五六七八九十]是")

_LEAST, _LONGEST_NAME = 3, 30


def check_lists(report: Report) -> Iterator[Judged]:
    """D66: every count followed by its list of names."""
    for sentence in report.sentences:
        text = sentence.text
        for match in _COUNT.finditer(text) if _LINK.search(text) else ():
            stated = _number(match["number"])
            listed = _names(text, match.end())
            least = 1 if "分别" in match["link"] or "具体" in match["link"] else _LEAST - 1
            if stated is None or stated < least or listed is None:
                continue
            yield _judged(sentence, match, stated, listed)
        for match in _BEFORE.finditer(text) if "个" in text else ():
            stated = _number(match["number"])
            others = match["names"].endswith("等")
            listed = _names(text, match.start("names"), match.end("names") - others)
            if stated is None or listed is None or not _are_names(listed):
                continue
            if not others:
                yield _judged(sentence, match, stated, listed)
            elif len(listed) >= stated - 1:  # 等 5 个 behind four or six names; behind two it means others
                judged = _judged(sentence, match, stated, listed)
                found = judged.finding
                yield bad(replace(found, severity=Severity.NOTICE)) if found else judged


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else chinese_number(text)


def _names(text: str, start: int, stop: int | None = None) -> list[str] | None:
    """The names of a list; None where the rest of the sentence (or up to `stop`) is no plain list of names."""
    masked = _BRACKETS.sub(lambda m: "□" * len(m[0]), text)[:stop]
    end = _END.search(masked, start)
    body = masked[start : end.start() if end else len(masked)].strip()
    if _OPEN_END.search(body) or _NUMBERED.search(body) or "、" not in body:
        return None
    names = [n.strip() for n in body.split("、")]
    last = re.split("[，,]", names[-1])[0]
    if any(re.search(r"\d|[，,：:]", n) for n in names[:-1]) or re.search(r"\d", last):
        return None
    names = [*names[:-1], last]
    return names if all(0 < len(n) <= _LONGEST_NAME for n in names) else None


def possible_counts(names: list[str]) -> range:
    """How many names a list may be read as: 和 between complete names may separate two more."""
    least = len(names)
    joined = sum(len(_JOINER.findall(n)) for n in names)
    last = int(_LAST_JOINER.search(names[-1]) is not None and not _JOINER.search(names[-1]))
    sure = int(_TWO_ALIKE.fullmatch(names[-1]) is not None)
    return range(least + sure, least + joined + last + 1)


def _judged(sentence: Sentence, match: re.Match[str], stated: int, names: list[str]) -> Judged:
    counts = possible_counts(names)
    if stated in counts:
        return good("D66")
    listed = min(counts, key=lambda n: abs(n - stated))
    sides = Sides(Decimal(stated), Decimal(listed), Decimal(0), "个")
    shown = f"{match['number']}"
    start = max(0, match.start() - 12)
    quoted = f"{'…' if start else ''}{sentence.printed[start : match.end() + 18].strip()}…{names[-1].strip('□')}"
    fact = f"写的是 {shown} 个，列出的是 {listed} 个，相差 {abs(stated - listed)}"
    loose = sum(re.search(rf"(?:{_ENDING}|□)$", n) is None for n in names)
    split = listed > stated and loose >= listed - stated  # 计划、财务股 may be one name
    severity = Severity.WARNING if _are_names(names) and not split else Severity.NOTICE
    return bad(ProseFinding("D66", severity, sentence.paragraph, quoted, fact, "请核对个数，或把名称补齐。", sides))


def _are_names(names: list[str]) -> bool:
    """Offices and units end alike; other lists may be phrases with 、 inside."""
    ended = sum(re.search(rf"(?:{_ENDING}|□)$", n) is not None for n in names)
    return ended * 3 >= len(names) * 2
