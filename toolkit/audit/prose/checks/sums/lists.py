"""What a report states against what it lists (总数与逐项): names (D66), sums across paragraphs, projects (A13).

内设科室 21 个，分别是：甲、乙、丙. A 和 between two names separates them only where a name may end before it;
信息化建设和行政审批科 is one name. Lists that end in 等, or that give counts instead of names, are left alone.

Sums of the pack, precision first: a total that the report gives twice with different values is not used, and a gap
that other money named in the text may explain is a 提示. A section of projects whose paragraphs are all items (an
amount each, or a bare name) claims to be the whole list, unless it says 主要项目; anything else is left alone.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from toolkit.audit.prose.reading import (
    Judged,
    ProseFinding,
    Sides,
    What,
    amount,
    bad,
    chinese_number,
    concept_of,
    gap_text,
    good,
    grammar_of,
    money,
    quote,
)
from toolkit.core.findings import Severity
from toolkit.core.light import dataclass, replace
from toolkit.core.patterns import late
from toolkit.pack import Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from toolkit.audit.prose.reading import Claim, Quantity, Report, Sentence
    from toolkit.pack import ProseSettings, SumRule

_COUNT = late(
    r"(?=[\d一二两三四五六七八九十])(?<![\d.第、—~-])(?P<number>\d{1,3}|[一二两三四五六七八九十]{1,3})\s*(?:个|家|项|类|所|大|名)"
    r"(?P<noun>[^，。；：:、（(）)\d]{0,12})"
    r"(?P<aside>[（(][^（）()]{0,40}[）)])?(?P<link>[，,]?\s*(?:分别(?:是|为)|包括|即|具体(?:是|为|包括))\s*[:：]?|\s*[:：])"
)

_ENCLOSED = late(
    r"(?=[\d一二两三四五六七八九十])(?<![\d.第、—~-])(?P<number>\d{1,3}|[一二两三四五六七八九十]{1,3})\s*(?:个|家|类|所)"
    r"(?P<noun>[\u4e00-\u9fff]{1,8})（(?P<names>[\u4e00-\u9fff、]{3,200})）"
)

_ALL = late("分别|具体|即")

_LINK = late(r"[:：分包即具](?:(?<=[:：即])|(?<=包)括|(?:(?<=分)别|(?<=具)体)[是为])")  # what no list goes without

# 办公室、财务科、业务科3个科室; 道路、绿化、照明三大类: the names first
_COUNTED = late(
    r"(?=[等\s\d一二三四五六七八九十])(?P<others>等)?\s*(?<![第\d.~—-])(?P<number>\d{1,2}|[一二三四五六七八九十]{1,3})\s*"
    r"(?P<measure>个|家|所|大类|大(?=[\u4e00-\u9fff])|类|部分(?=组成|构成))(?P<noun>[^，。；：:、（(\d]{0,8})"
)

_TOGETHER = late(r"[，,、]?(?:一|总|合)?[共计]+有?$")  # 设办公室、财务科，共 2 个科室

_FARTHEST = 400  # so far before its number may a list of names begin

_ORGANS = late("单位|部门|机构|职能|内设|直属|下属")

_CLASSES = late("大|类|部分|方面|领域")

_END = late(r"[。；;]|$")

_BRACKETS = late(r"[（(][^（）()]*[）)]|“[^“”]*”|《[^《》]*》|「[^「」]*」")

_ENDING = (
    r"科室|办公室|中心|委员会|大队|支队|总队|中队|党委|党组|工会|团委|协会|学会|基金会|"
    r"[科股室处部局站所队馆院校园场厅司组委办会社厂庭]"
)

_ORGAN = late(rf"(?:{_ENDING}|[乡镇村县区市州]|街道|□)$")

_JOINER = late(rf"(?<=[\u4e00-\u9fff])(?:(?:{_ENDING})(?:以?及|和|与|以及)(?=[\u4e00-\u9fff]{{2}}))")

_TWO_ALIKE = late(
    rf"[\u4e00-\u9fff]{{2,}}?(?P<end>{_ENDING})(?:以?及|和|与)[\u4e00-\u9fff]{{2,}}(?P=end)"
)  # 甲股和乙股

_TWO = late(rf"[\u4e00-\u9fff]{{2,}}?(?:{_ENDING})(?:以?及|和|与)[\u4e00-\u9fff]{{2,}}(?:{_ENDING})")

_LAST_JOINER = late(r"[\u4e00-\u9fff”）)]\s*(?:以及|及|和|与)\s*[\u4e00-\u9fff“]")

_OPEN_END = late(r"…|等(?:\d|[一二三四五六七八九十]|$|[\u4e00-\u9fff]{0,6}$)")

_NUMBERED = late(r"[①-⑳]|[（(]\d{1,2}[）)]|\d{1,2}[、.．]|[一二三四五六七八九十]是")

_LEAST_NAMES, _LONGEST_NAME = 3, 30


def check_lists(report: Report) -> Iterator[Judged]:
    """D66: every count followed by its list of names, or behind it."""
    founded = grammar_of(report.settings).founded
    for sentence in report.sentences:
        text = sentence.text
        for match in _COUNT.finditer(text) if _LINK.search(text) else ():
            stated = _number(match["number"])
            listed = _names(text, match.end())
            least = 1 if _ALL.search(match["link"]) else _LEAST_NAMES - 1
            if stated is None or listed is None or (stated < least and not _are_many(listed)):
                continue
            yield _list_judged(sentence, match, stated, listed)
        for match in (
            _ENCLOSED.finditer(text) if "、" in text and "（" in text else ()
        ):  # 3 个校区（东校区、西校区、南校区）
            listed = _names(match["names"], 0)
            stated = _number(match["number"])
            if stated and stated > 1 and listed and all(n[-1] == match["noun"][-1] for n in listed):
                yield _list_judged(sentence, match, stated, listed)
        for match in _COUNTED.finditer(text) if "、" in text else ():
            yield from _names_first(sentence, match, founded)


def _are_many(names: list[str]) -> bool:
    """内设 1 个科室：甲科、乙科、丙科: no single office has so many names."""
    return len(names) >= _LEAST_NAMES and all(_ORGAN.search(n) for n in names[:_LEAST_NAMES])


def _names_first(sentence: Sentence, match: re.Match[str], founded: re.Pattern[str]) -> Iterator[Judged]:
    stated = _number(match["number"])
    before = _TOGETHER.sub("", sentence.text[max(0, match.start() - _FARTHEST) : match.start()])
    masked = _BRACKETS.sub(lambda m: "□" * len(m[0]), before)
    start = max(map(masked.rfind, "，。；：:,;（(")) + 1
    start = max((m.end() for m in founded.finditer(masked, start)), default=start)  # 党委、政府设置 A、B 两个办公室
    listed = _names(before, start)
    if stated is None or stated < 2 or listed is None or not _is_count_of(match, listed):  # noqa: PLR2004 - 同一个
        return
    judged = _list_judged(sentence, match, stated, listed)
    if not match["others"]:
        yield judged
    elif len(listed) >= stated - 1:  # 等 5 个 behind four or six names; behind two it means others
        found = judged.finding
        yield bad(replace(found, severity=Severity.NOTICE)) if found else judged


def _is_count_of(match: re.Match[str], names: list[str]) -> bool:
    """The number counts the names: offices and units by what they are called, or 五大类 of anything."""
    noun = match["measure"] + match["noun"]
    if _CLASSES.match(noun.lstrip("个")):
        return len(names) >= _LEAST_NAMES
    organs = _are_names(names) and _ORGAN.search(names[-1]) is not None
    return organs and (_ORGANS.search(noun) is not None or any(n[-1] in match["noun"] for n in names))


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else chinese_number(text)


def _names(text: str, start: int, stop: int | None = None) -> list[str] | None:
    """The names of a list; None where the rest of the sentence (or up to `stop`) is no plain list of names."""
    masked = _BRACKETS.sub(lambda m: "□" * len(m[0]), text)[:stop]
    end = _END.search(masked, start)
    body = masked[start : end.start() if end else len(masked)].strip()
    names = [n.strip() for n in body.split("、")]
    if _OPEN_END.search(body) or _NUMBERED.search(body) or (len(names) == 1 and not _TWO.fullmatch(body)):
        return None
    last = re.split("[，,]", names[-1])[0]
    if any(re.search(r"\d|[，,：:]", n) for n in names[:-1]) or re.search(r"\d", last):
        return None
    names = [*names[:-1], last]
    return names if all(0 < len(n.replace("□", "")) <= _LONGEST_NAME for n in names) else None


def possible_counts(names: list[str]) -> range:
    """How many names a list may be read as: 和 between complete names may separate two more."""
    least = len(names)
    joined = sum(len(_JOINER.findall(n)) for n in names)
    last = int(_LAST_JOINER.search(names[-1]) is not None and not _JOINER.search(names[-1]))
    sure = int(_TWO_ALIKE.fullmatch(names[-1]) is not None)
    return range(least + sure, least + joined + last + 1)


def _list_judged(sentence: Sentence, match: re.Match[str], stated: int, names: list[str]) -> Judged:
    counts = possible_counts(names)
    if stated in counts:
        return good(Topic.LISTS)
    listed = min(counts, key=lambda n: abs(n - stated))
    sides = Sides(Decimal(stated), Decimal(listed), Decimal(0), "个")
    shown = f"{match['number']}"
    start = max(0, match.start() - 12)
    quoted = f"{'…' if start else ''}{sentence.printed[start : match.end() + 18].strip()}…{names[-1].strip('□')}"
    fact = f"写的是 {shown} 个，列出的是 {listed} 个，相差 {abs(stated - listed)}"
    loose = sum(_ORGAN.search(n) is None for n in names)
    split = listed > stated and loose >= listed - stated  # 计划、财务股 may be one name
    severity = Severity.WARNING if _are_names(names) and not split else Severity.NOTICE
    return bad(
        ProseFinding(Topic.LISTS, severity, sentence.paragraph, quoted, fact, "请核对个数，或把名称补齐。", sides)
    )


def _are_names(names: list[str]) -> bool:
    """Offices and units end alike; other lists may be phrases with 、 inside."""
    ended = sum(_ORGAN.search(n) is not None for n in names)
    return ended * 3 >= len(names) * 2


CENT = Decimal("0.01")

_FAR = Decimal("0.3")  # parts so far from their total are parts of something else

_ECONOMIC = late(r"按(?:支出)?(?:经济|功能|资金|科目)")

_LISTED = late(r"(?:具体)?(?:包括|包含|由|分为)(?P<names>[^。：:]*)")


def slack(steps: Iterable[Decimal]) -> Decimal:
    """What rounding of the figures as written may add up to; figures all in whole 万元 are taken as exact."""
    steps = list(steps)
    if all(step == 1 for step in steps):
        return CENT
    return max(CENT, sum(steps, Decimal(0)) / 2 + CENT)


def check_sums(report: Report) -> Iterator[Judged]:
    """Every sum of the pack whose total and parts the report gives once each."""
    for rule in report.settings.sums:
        total = only(report.actual(rule.total))
        parts = [c for name in rule.parts if (c := only(report.actual(name))) is not None]
        if total is None or len(parts) < rule.needs:
            continue
        yield from _sum_judged(rule, total, parts, report)
        yield from _unnamed(rule, total, parts, report)


def only(claims: Sequence[Claim]) -> Claim | None:
    """The claim, when all that is said of a concept is the same value."""
    values = {c.quantity.value for c in claims}
    return claims[0] if claims and max(values) - min(values) <= CENT else None


def _sum_judged(rule: SumRule, total: Claim, parts: list[Claim], report: Report) -> Iterator[Judged]:
    sides = Sides(total.quantity.value, sum((p.quantity.value for p in parts), Decimal(0)), CENT, total.quantity.unit)
    steps = [total.quantity.step, *(p.quantity.step for p in parts)]
    claims = [total, *parts]
    if sides.agree or (sides.gap <= slack(steps) and max(steps) > CENT) or _is_one_more(sides, claims, report):
        yield good(rule.rule)
    elif not _stated(sides.right, report):
        severity, why = _sum_severity(rule, sides, claims, report)
        listed = "＋".join(
            f"{p.concept.name} {money(p.quantity.value, sides.unit)}（第 {p.sentence.paragraph} 段）" for p in parts
        )
        left, right = (money(side, sides.unit) for side in (sides.left, sides.right))
        fact = f"{rule.total} {left}，应等于{listed}＝{right}，{gap_text(sides)}{why}"
        yield bad(claim_finding((rule.rule, severity), total, fact, "请核对各数，改正写错的或补上漏写的", sides))


def _is_one_more(sides: Sides, claims: list[Claim], report: Report) -> bool:
    """Among the paragraphs that give a part each, one with another name gives what is lacking."""
    own = {c.sentence.paragraph for c in claims}
    if sides.left < sides.right or len(own) < len(claims) or not report.amounts_near(sides.gap, CENT):
        return False
    between = (p for p in range(min(own), max(own)) if p not in own)
    firsts = (next((q for s in report.by_paragraph.get(p, ()) for q in s.quantities), None) for p in between)
    return any(q is not None and q.what is What.MONEY and abs(q.value - sides.gap) <= CENT for q in firsts)


def claim_finding(kind: tuple[str, Severity], claim: Claim, fact: str, action: str, sides: Sides) -> ProseFinding:
    """A finding at a claim; `kind` is rule id and severity."""
    rule, severity = kind
    quoted = quote(claim.sentence.printed, [claim.quantity])
    return ProseFinding(rule, severity, claim.sentence.paragraph, quoted, fact, f"{action}。", sides)


def _stated(value: Decimal, report: Report) -> bool:
    """The parts add up to another figure of the report: they are that figure's parts."""
    return bool(report.amounts_near(value, CENT))


def _sum_severity(rule: SumRule, sides: Sides, claims: list[Claim], report: Report) -> tuple[Severity, str]:
    """错误, unless something may explain the gap; then what."""
    doubt = next(_doubts(rule, sides, claims, report), "")
    return (Severity.NOTICE, doubt) if doubt else (Severity.ERROR, "")


def _doubts(rule: SumRule, sides: Sides, claims: list[Claim], report: Report) -> Iterator[str]:
    if sides.gap <= slack(c.quantity.step for c in claims):
        yield "，四舍五入可能造成这样的尾差"
    if len({c.scope for c in claims}) > 1 or any(_ECONOMIC.search(c.sentence.text) for c in claims):
        yield "；几处写的口径不同，请确认"
    if sides.left > sides.right and len(claims) - 1 < len(rule.parts):
        yield "；可能有没有写出的组成部分"
    if sides.gap > _FAR * max(sides.left, sides.right):
        yield "；差得很远，可能口径不同"
    if same := report.amounts_near(sides.gap, CENT):
        yield f"；相差的数与文中的 {same[0].text} 相同，可能漏计"
    if rule.beside and (other := _beside(rule, report)):
        yield f"；文中还有{other}，可能计入了{rule.total}"


def _beside(rule: SumRule, report: Report) -> str:
    """Other kinds of what is summed that the report gives an amount for, e.g. 政府性基金支出 200 万元."""
    for sentence in report.sentences:
        for quantity in sentence.quantities:
            head = sentence.head(quantity) if quantity.what is What.MONEY and quantity.value else ""
            word = next((w for w in report.settings.words(rule.beside) if w in head), "")
            if word:
                return f"“{word}”的金额"
    return ""


def _unnamed(rule: SumRule, total: Claim, parts: list[Claim], report: Report) -> Iterator[Judged]:
    """The sentence names some classes of a total, and the report then gives more: 三类 named, four given."""
    listed = _LISTED.search(total.sentence.text, total.quantity.end)
    if listed is None or any(listed.start() <= q.start < listed.end() for q in total.sentence.quantities):
        return
    concepts = {c.name: c.words for c in report.settings.concepts}
    named = [p for p in parts if any(w in listed["names"] for w in concepts[p.concept.name])]
    extra = [p for p in parts if p not in named and p.quantity.value]
    if len(named) >= 2 and extra:  # noqa: PLR2004 - one class named is an example
        sides = Sides(
            total.quantity.value, sum((p.quantity.value for p in named), Decimal(0)), CENT, total.quantity.unit
        )
        told = "、".join(
            f"{p.concept.name} {money(p.quantity.value, sides.unit)}（第 {p.sentence.paragraph} 段）" for p in extra
        )
        fact = f"点名的 {len(named)} 类合计 {money(sides.right, sides.unit)}，后文另有{told}没有点名，{gap_text(sides)}"
        yield bad(claim_finding((rule.rule, Severity.NOTICE), total, fact, "请把漏写的类别补进这句话", sides))


_LONGEST_BARE = 15

_LEAST_ITEMS = 3

_WHOLE = Decimal("0.05")  # projects in whole 万元 against a total with decimals

_PUNCTUATION = late(r"[，。；：、,;:]")

_NOT_SPENT = late(r"预算|下达|批复|上年|去年|增加|减少|增长|下降|同比|[比较占每]|结转|结余|人均|合计|共计|小计")

_ITEM_NUMBER = late(r"^(?:[（(]?\d{1,2}[）)、.．]|[（(]?[一二三四五六七八九十]+[）)、]|[①-⑳])\s*")


@dataclass(frozen=True, slots=True)
class Item:
    """One project of the list (项目): its name and amount; no amount where only the name stands there."""

    name: str
    amount: Quantity | None
    sentence: Sentence


def check_projects(report: Report) -> Iterator[Judged]:
    """A13: the projects of the section add up to the 项目支出 that it states."""
    for body in _sections(report):
        lead = only([c for c in report.actual("项目支出") if c.sentence.paragraph in body])
        if lead is None or report.settings.has("hedges", lead.sentence.text[lead.quantity.end :]):
            continue
        numbers = range(lead.sentence.paragraph + 1, body.stop)
        items = [_item(n, report) for n in numbers]
        listed = [i for i in items if i is not None]
        if len(listed) == len(items) and sum(i.amount is not None for i in listed) >= _LEAST_ITEMS:
            partial = "其中" in lead.sentence.text[lead.quantity.end :]
            yield from _projects_judged(lead, listed, partial=partial)
            yield from _hopes(listed, report.settings)


def _sections(report: Report) -> Iterator[range]:
    """The paragraphs below each heading 项目支出情况."""
    outlined = [w for o in report.settings.outline for w in o.words]
    for place, heading in enumerate(report.headings):
        if any(heading.title.startswith(w) for w in report.settings.words("project_headings")):
            closing = (
                h.paragraph
                for h in report.headings[place + 1 :]
                if h.rank <= heading.rank or any(w in h.title for w in outlined)
            )
            yield range(heading.paragraph + 1, next(closing, report.paragraphs[-1].number + 1))


def _item(number: int, report: Report) -> Item | None:
    """A paragraph as an item: one plain amount, or nothing but a name; None for other prose."""
    sentences = report.by_paragraph.get(number, ())
    amounts = [(s, q) for s in sentences for q in s.quantities if q.what is What.MONEY]
    if not amounts:
        name = _ITEM_NUMBER.sub("", sentences[0].text.strip()) if len(sentences) == 1 else "。"
        bare = len(name) <= _LONGEST_BARE and not _PUNCTUATION.search(name)
        return Item(name, None, sentences[0]) if bare else None
    sentence, quantity = amounts[0]
    name = _ITEM_NUMBER.sub("", sentence.text[: quantity.start].strip()).strip(" ：:，,")
    plainly = len(amounts) == 1 and not quantity.rough and name and not _NOT_SPENT.search(name)
    named = concept_of(name, report.settings, counts=False)
    return Item(name, quantity, sentence) if plainly and named is None else None


def _projects_judged(lead: Claim, items: list[Item], *, partial: bool) -> Iterator[Judged]:
    amounts = [i.amount for i in items if i.amount is not None]
    sides = Sides(lead.quantity.value, sum((q.value for q in amounts), Decimal(0)), CENT, lead.quantity.unit)
    steps = [lead.quantity.step, *(q.step for q in amounts)]
    if sides.agree or (max(steps) > CENT and sides.gap <= _WHOLE):
        yield good(Topic.PROJECTS)
        return
    bare = "”“".join(i.name for i in items if i.amount is None)
    fact = (
        f"项目支出 {money(sides.left, sides.unit)}，逐项列出的 {len(amounts)} 个项目合计 "
        f"{'＋'.join(amount(q.value) for q in amounts)}＝{money(sides.right, sides.unit)}，{gap_text(sides)}"
        + (f"；“{bare}”没有写金额" if bare else "")
    )
    hint = sides.gap <= CENT * len(steps) or (partial and sides.left > sides.right)
    severity = Severity.NOTICE if hint else Severity.ERROR
    yield bad(claim_finding((Topic.PROJECTS, severity), lead, fact, "请核对各项目金额，把没有列出的补齐或说明", sides))


def _hopes(items: list[Item], settings: ProseSettings) -> Iterator[Judged]:
    """可用30万元: a budget word where money spent is reported."""
    for item in items:
        if item.amount is not None and item.name.endswith(settings.words("spendable_words")):
            word = next(w for w in settings.words("spendable_words") if item.name.endswith(w))
            fact = f"“{word}”像是预算的说法，这里应写实际支出"
            quoted = quote(item.sentence.printed, [item.amount])
            where = item.sentence.paragraph
            yield bad(ProseFinding(Topic.PROJECTS, Severity.NOTICE, where, quoted, fact, "请写明实际支出了多少。"))
