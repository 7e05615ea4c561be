"""The project section against its total (项目支出逐项): A13, where the section is a total and its projects.

The outline asks for every project with its amount. A section whose paragraphs are all items (an amount each,
or a bare name) claims to be the whole list, unless it says 主要项目; anything else is left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from toolkit.findings import Severity
from toolkit.prose_concepts import concept_of
from toolkit.prose_findings import Judged, ProseFinding, Sides, amount, bad, gap_text, good, money, quote
from toolkit.prose_numbers import What
from toolkit.prose_sums import CENT, claim_finding, only

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.prose_numbers import Quantity
    from toolkit.prose_report import Claim, Report, Sentence
    from toolkit.prose_settings import ProseSettings

_LONGEST_BARE = 15
_LEAST_ITEMS = 3
_WHOLE = Decimal("0.05")  # projects in whole 万元 against a total with decimals
_PUNCTUATION = re.compile(r"[，。；：、,;:]")
_NOT_SPENT = re.compile(r"预算|下达|批复|上年|去年|增加|减少|增长|下降|同比|[比较占每]|结转|结余|人均|合计|共计|小计")
_ITEM_NUMBER = re.compile(r"^(?:[（(]?\d{1,2}[）)、.．]|[（(]?[一二三四五六七八九十]+[）)、]|[①-⑳])\s*")


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
            yield from _judged(lead, listed, partial=partial)
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


def _judged(lead: Claim, items: list[Item], *, partial: bool) -> Iterator[Judged]:
    amounts = [i.amount for i in items if i.amount is not None]
    sides = Sides(lead.quantity.value, sum((q.value for q in amounts), Decimal(0)), CENT)
    steps = [lead.quantity.step, *(q.step for q in amounts)]
    if sides.agree or (max(steps) > CENT and sides.gap <= _WHOLE):
        yield good("A13")
        return
    bare = "”“".join(i.name for i in items if i.amount is None)
    fact = (
        f"项目支出 {money(sides.left)}，逐项列出的 {len(amounts)} 个项目合计 "
        f"{'＋'.join(amount(q.value) for q in amounts)}＝{money(sides.right)}，{gap_text(sides)}"
        + (f"；“{bare}”没有写金额" if bare else "")
    )
    hint = sides.gap <= CENT * len(steps) or (partial and sides.left > sides.right)
    severity = Severity.NOTICE if hint else Severity.ERROR
    yield bad(claim_finding(("A13", severity), lead, fact, "请核对各项目金额，把没有列出的补齐或说明", sides))


def _hopes(items: list[Item], settings: ProseSettings) -> Iterator[Judged]:
    """可用30万元: a budget word where money spent is reported."""
    for item in items:
        if item.amount is not None and item.name.endswith(settings.words("spendable_words")):
            word = next(w for w in settings.words("spendable_words") if item.name.endswith(w))
            fact = f"“{word}”像是预算的说法，这里应写实际支出"
            quoted = quote(item.sentence.text, [item.amount])
            where = item.sentence.paragraph
            yield bad(ProseFinding("A13", Severity.NOTICE, where, quoted, fact, "请写明实际支出了多少。"))
