"""A report taken apart (报告的结构): headings, sentences, and the figures that name what they are.

A figure goes by the concept of the pack that is recognised in the words before it (数的名目).
"""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from itertools import groupby, takewhile
from typing import TYPE_CHECKING

from toolkit.audit.prose.reading.grammar import grammar_of
from toolkit.audit.prose.reading.mentions import Sentence, passages
from toolkit.audit.prose.reading.numbers import What, chinese_number, fold, quantities_in
from toolkit.core.kept import Memo
from toolkit.core.light import dataclass, field, replace
from toolkit.core.patterns import late

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet
    from decimal import Decimal

    from toolkit.audit.prose.reading.mentions import Passage
    from toolkit.audit.prose.reading.numbers import Quantity
    from toolkit.audit.prose.reading.paragraphs import Paragraph
    from toolkit.pack import Concept, ProseSettings

_HEADING = late(
    r"(?:\[[^\]]*\]\s*)?(?:(?P<chinese>[一二三四五六七八九十]{1,3})\s*(?P<dot>[、.．]|(?<=[一二三四五六七八九十])\s)"
    r"|[（(]\s*(?P<inner>[一二三四五六七八九十]{1,3})\s*[）)]"
    r"|[（(]\s*(?P<small>\d{1,2})\s*[）)]|(?P<digit>\d{1,2})\s*[、.．](?!\d))\s*(?P<title>.*)"
)

_LONGEST_HEADING = 40

_SENTENCE = late(r"[^。！？!?]{1,1000}[。！？!?]?")

_PLAIN_TOTAL = late(r"(?:总|收入|支出|经费|编制|人员|人数|数|额|合计|为|是|达|的|[：:\s])*+")

_TITLE_LINE = late(
    r"(?:关于)?(?P<before>[^\d《》：:，。]*)(?P<year>20\d\d)\s*年?度?(?P<unit>[^《》：:，。]*?)"
    r"(?:部门|单位)?整体支出(?:绩效)?.{0,4}?(?:自评|评价)"
)

_ANY_TITLE = late(
    r"(?:(?:关于)?(?P<before>[\u4e00-\u9fff（）()]{3,30}))?(?P<year>20\d\d)\s*年度?.{0,40}(?:报告|自评|评价|决算|预算|公开)"
)

_ORGAN_LINE = late(r"[\u4e00-\u9fff（）()]{3,25}(?:局|委员会|委|办公室|中心|厅|院|校|镇|乡|站|馆|队|会|办事处|政府)")

_PUNCTUATED = late("[，。；]")

_MOST_NEAR = 50

_FRONT, _LONGEST_TITLE, _REMEMBERED = 12, 60, 600


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading (标题): paragraph number, style (一、 （一） 1. （1）, or "" without a number), number and title."""

    paragraph: int
    style: str
    number: int
    title: str

    @property
    def rank(self) -> int:
        """1 for 一、, 2 for （一）, 3 for 1., 4 for （1）; headings without a number stand highest."""
        return ["", "一、", "（一）", "1.", "（1）"].index(self.style) or 1


@dataclass(frozen=True, slots=True)
class Claim:
    """A figure that says what it is (陈述): 基本支出 1645.26万元, with its year, basis and kind of money."""

    concept: Concept
    quantity: Quantity
    sentence: Sentence
    year: int | None
    basis: str
    scope: str
    word: str


@dataclass(frozen=True, eq=False)
class Report:
    """A report ready for checking."""

    paragraphs: tuple[Paragraph, ...]
    settings: ProseSettings
    known_year: int | None = None
    known_unit: str = ""
    whole: Report | None = None
    memo: Memo = field(default_factory=Memo)

    def without(self, numbers: AbstractSet[int]) -> Report:
        """The same report less some paragraphs; what remains need not be taken apart again."""
        return replace(
            self, paragraphs=tuple(p for p in self.paragraphs if p.number not in numbers), whole=self, memo=Memo()
        )

    @cached_property
    def headings(self) -> tuple[Heading, ...]:
        """Short numbered lines, and lines that are a heading of the outline word for word."""
        return tuple(h for p in self.paragraphs if not p.row and (h := self._heading(p)) is not None)

    def _heading(self, paragraph: Paragraph) -> Heading | None:
        text = paragraph.text
        if len(text) > _LONGEST_HEADING or text.endswith(("。", "；", ";")):
            return None
        match = _HEADING.fullmatch(text)
        if match is None or not match["title"]:
            known = any(text == o.title.partition("、")[2] for o in self.settings.outline)
            return Heading(paragraph.number, "", 0, text) if known else None
        for group, style in (("chinese", "一、"), ("inner", "（一）")):
            if match[group]:
                return Heading(paragraph.number, style, chinese_number(match[group]) or 0, match["title"])
        style = "1." if match["digit"] else "（1）"
        return Heading(paragraph.number, style, int(match["digit"] or match["small"]), match["title"])

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """Every sentence in order."""
        if self.whole is None:
            return tuple(self._sentences())
        numbers = {p.number for p in self.paragraphs}
        return tuple(s for s in self.whole.sentences if s.paragraph in numbers)

    def _sentences(self) -> Iterator[Sentence]:
        above: dict[int, Heading] = {}
        money_unit = self.settings.pack.unit
        marks = {h.paragraph: h for h in self.headings}
        for paragraph in self.paragraphs:
            if heading := marks.get(paragraph.number):
                above = {r: h for r, h in above.items() if r < heading.rank} | {heading.rank: heading}
            titles = tuple(h.title for h in above.values())
            before = ""
            for match in _SENTENCE.finditer(fold(paragraph.text)):
                text = match[0]
                yield Sentence(
                    paragraph.number,
                    text,
                    quantities_in(text, money_unit),
                    titles,
                    before,
                    paragraph.row,
                    match.start(),
                    paragraph.text[match.start() : match.end()],
                )
                before = (before + text)[-_REMEMBERED:]

    @cached_property
    def by_paragraph(self) -> Mapping[int, tuple[Sentence, ...]]:
        """Paragraph number → its sentences."""
        return {n: tuple(found) for n, found in groupby(self.sentences, key=lambda s: s.paragraph)}

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """Every paragraph with its figures and what each of them says."""
        return tuple(passages(self.sentences, grammar_of(self.settings)))

    @cached_property
    def figured(self) -> tuple[tuple[int, Passage], ...]:
        """The passages that have a figure, with their place among all: in the texts of a return every fourth."""
        return tuple((place, passage) for place, passage in enumerate(self.passages) if passage.mentions)

    @cached_property
    def amounts(self) -> tuple[Quantity, ...]:
        """Every amount, smallest first."""
        found = (q for s in self.sentences for q in s.quantities if q.what is What.MONEY)
        return tuple(sorted(found, key=lambda q: q.value))

    def amounts_near(self, value: Decimal, off: Decimal) -> tuple[Quantity, ...]:
        """The amounts within `off` of a value."""
        first = bisect_left(self.amounts, value - off, key=lambda q: q.value)
        return tuple(takewhile(lambda q: q.value <= value + off, self.amounts[first : first + _MOST_NEAR]))

    @cached_property
    def title(self) -> re.Match[str] | None:
        """The report's title among its first lines, one that names the unit if there is any."""
        front = [fold(p.text) for p in self.paragraphs[:_FRONT] if len(p.text) <= _LONGEST_TITLE]
        titles = [m for t in front if (m := _TITLE_LINE.match(t))]
        named = [m for m in titles if (m["unit"] or m["before"]).strip()]
        others = (m for t in front if not _PUNCTUATED.search(t) and (m := _ANY_TITLE.search(t)))
        return next(iter([*named, *titles]), None) or next(others, None)

    @property
    def year(self) -> int | None:
        """评价年度: given, or from the title."""
        return self.known_year or (int(self.title["year"]) if self.title else None)

    @property
    def unit(self) -> str:
        """单位名称: given, or from the title."""
        if self.known_unit or self.title is None:
            return self.known_unit
        found = self.title.groupdict()
        named = (found.get("unit") or found.get("before") or "").strip(" “”")
        if "unit" not in found and not _ORGAN_LINE.fullmatch(named):
            named = ""
        return named or self._above_title()

    def _above_title(self) -> str:
        """The line above the title, where a long title is broken behind the unit's name."""
        front = [fold(p.text) for p in self.paragraphs[:_FRONT]]
        place = next((i for i, t in enumerate(front) if self.title and t == self.title.string), 0)
        return front[place - 1] if place and _ORGAN_LINE.fullmatch(front[place - 1]) else ""

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """Every figure that names itself as one of the pack's concepts, for the unit as a whole."""
        return tuple(c for s in self.sentences for q in s.quantities if (c := self._claim(s, q)) is not None)

    def _claim(self, sentence: Sentence, quantity: Quantity) -> Claim | None:
        if quantity.rough or quantity.what not in {What.MONEY, What.COUNT}:
            return None
        found = named(sentence.head(quantity), self.settings, counts=quantity.what is What.COUNT)
        if found is None:
            return None
        concept, lead = found.concept, found.lead
        above = sentence.total_above(quantity)
        if above and not self._of_the_unit(above):
            return None  # 未执行 19.8 万元，其中基本支出 7.77 万元: a part of something else
        scope = next((w for w in self.settings.words("scopes") if w in lead + above), "")
        return Claim(
            concept,
            quantity,
            sentence,
            self._year_of(sentence, quantity, lead),
            self._basis(sentence, quantity, lead, concept),
            scope,
            found.word,
        )

    def _of_the_unit(self, head: str) -> bool:
        """Whether a total is the unit's own: 决算支出, 总支出, 编制; not 未执行 or another unit's 支出."""
        if any(named(head, self.settings, counts=counts) for counts in (False, True)):
            return True
        return _PLAIN_TOTAL.fullmatch(self.settings.lead.sub("", head)) is not None

    def _year_of(self, sentence: Sentence, quantity: Quantity, lead: str) -> int | None:
        if self.settings.has("last_year_words", lead):
            return self.year - 1 if self.year else -1
        return sentence.year(quantity) or self.year

    def _basis(self, sentence: Sentence, quantity: Quantity, lead: str, concept: Concept) -> str:
        """The word that says that a figure is a budget; none for what was really spent."""
        settings = self.settings
        if settings.has("actual_words", lead + concept.name) or concept.name in settings.words("budget_words"):
            return ""
        text = sentence.text[: quantity.start]
        for scope in settings.words("scopes"):
            text = text.replace(scope, "　" * len(scope))
        last = [(text.rfind(w), "") for w in settings.words("actual_words")]
        last += [(text.rfind(w), w) for w in settings.words("budget_words")]
        place, word = max(last, key=lambda p: (p[0], len(p[1])), default=(-1, ""))
        if place >= 0:
            return word
        headings = "".join(sentence.headings[-1:])
        return next((w for w in settings.words("budget_headings") if w in headings), "")

    def actual(self, name: str) -> tuple[Claim, ...]:
        """The claims of a concept for the report's own year, as really spent."""
        own = {self.year or self._year_told, None}
        return tuple(c for c in self.claims if c.concept.name == name and not c.basis and c.year in own)

    @cached_property
    def _year_told(self) -> int | None:
        """The only year of which a text without a title tells any figure."""
        told = {c.year for c in self.claims} - {None, -1}
        return told.pop() if len(told) == 1 else None


_TAIL = late(
    r"(?:支出|资金|经费|费用|金额|开支|总额|决算|数|额|总计|合计|共计|累计|总|共|计|为|是|达到|达|完成|实际|执行|发生|"
    r"列支|人数|人员|在编|核定|现有|全年|本年|当年|20\d\d年|年度?|度|[“”‘’\"：:\s])*+"
    r"(?:主要用于[^，。；]{0,40}(?:总计|合计|共计|共))?"
)

_QUOTES = late("[“”‘’\"']")


@dataclass(frozen=True, slots=True)
class Named:
    """The concept that a head names, the word used, and what stood before it."""

    concept: Concept
    word: str
    lead: str


def named(head: str, settings: ProseSettings, *, counts: bool) -> Named | None:
    """What the words before a figure call it; None for anything that is no concept of the pack.

    Residue in square brackets ([bookmark: …]) and quotation marks are looked through. Whatever is not
    plainly neutral (another unit's name, 用于, 比, 占) makes it somebody else's figure.
    """
    bare = _QUOTES.sub("", head.rpartition("]")[2])
    openings = settings.openings[counts]
    for start in _starts(bare, settings):
        if not openings.match(bare, start):
            continue
        for concept in settings.concepts:
            word = next((w for w in concept.words if bare.startswith(w, start)), "")
            if word and concept.counts == counts and _TAIL.fullmatch(bare, start + len(word)):
                return Named(concept, word, bare[:start])
    return None


def concept_of(head: str, settings: ProseSettings, *, counts: bool) -> Concept | None:
    """The concept alone."""
    found = named(head, settings, counts=counts)
    return found.concept if found else None


def _starts(head: str, settings: ProseSettings) -> Iterable[int]:
    """Where a concept may begin: after nothing, or after any run of neutral words."""
    starts = [0]
    place = 0
    while match := settings.lead.match(head, place):
        place = match.end()
        starts.append(place)
    return starts
