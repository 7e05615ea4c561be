"""What proofreading takes from a pack (文字核对设置): its `[proofread]` table, the patterns compiled once."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from toolkit.core.errors import PackError
from toolkit.core.findings import severity_of
from toolkit.core.light import dataclass
from toolkit.core.patterns import compiled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from toolkit.core.findings import Severity
    from toolkit.pack.pack import Pack


class Topic(StrEnum):
    """What a relation in a text is about (核对的事); the pack's `[proofread.rules]` gives each the id of a rule."""

    FIGURES = "figures"
    LISTS = "lists"
    RATES = "rates"
    CHANGES = "changes"
    STAFF = "staff"
    PROJECTS = "projects"
    SCORE = "score"
    FULL_MARKS = "full_marks"
    GRADE = "grade"
    SECTIONS = "sections"
    COVER = "cover"
    UNIT = "unit"
    WORDING = "wording"
    ROUGH = "rough"
    RESIDUE = "residue"


@dataclass(frozen=True, slots=True)
class Concept:
    """A figure that every report names (核对对象): how texts call it, and the workbook's cell it comes from."""

    name: str
    words: tuple[str, ...]
    cell: str
    budget: str
    also: tuple[str, ...]
    counts: bool


@dataclass(frozen=True, slots=True)
class SumRule:
    """A total and the concepts that make it up (合计与组成); at least `needs` of them must be given.

    `beside`: the word list of what else may be in the total, where the text gives an amount for it.
    """

    rule: str
    total: str
    parts: tuple[str, ...]
    needs: int
    beside: str


@dataclass(frozen=True, slots=True)
class RateWords:
    """Names of a rate, and how its numerator and denominator are called; both empty: by the stem of its name.

    `deeds`: what is said of the numerator where the rate itself is left out (受理 125 件，审结 98 件).
    """

    words: tuple[str, ...]
    part: tuple[str, ...]
    whole: tuple[str, ...]
    deeds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Residue:
    """Something that a finished report does not contain (残留); `rows` False leaves tables alone."""

    name: str
    pattern: re.Pattern[str]
    severity: Severity
    rows: bool


@dataclass(frozen=True, slots=True)
class Outlined:
    """A section of the outline and the words that its heading has."""

    title: str
    words: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class ProseSettings:
    """The `[proofread]` table; word lists by their name in the pack through `words`.

    `base_words` and `grade_words`: what is looked for → the words that mean it; `outline_least`: so many headings
    of the outline make a report one of this kind. `openings` matches any word of any concept, by whether the concept
    is a count. `rules`: what a relation is about (`Topic`) → the id of the pack's rule.
    """

    rules: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]
    grammar: Mapping[str, tuple[str, ...]]
    base_words: Mapping[str, tuple[str, ...]]
    grade_words: Mapping[str, tuple[str, ...]]
    outline_least: int
    concepts: tuple[Concept, ...]
    sums: tuple[SumRule, ...]
    rates: tuple[RateWords, ...]
    residue: tuple[Residue, ...]
    outline: tuple[Outlined, ...]
    lead: re.Pattern[str]
    openings: Mapping[bool, re.Pattern[str]]
    pack: Pack

    def words(self, name: str) -> tuple[str, ...]:
        """A word list of the pack; empty where the pack has none."""
        return self.lists.get(name, ())

    @property
    def times(self) -> Mapping[str, str]:
        """A unit of time → all that are the same as it: 工作日 is told as 天."""
        return {unit: alike for alike in self.words("time_units") for unit in alike.split("|")}

    def either(self, name: str) -> str:
        """The words of a list as alternatives of a pattern; one that nothing matches where the pack has none."""
        return "|".join(map(re.escape, sorted(self.words(name), key=len, reverse=True))) or "(?!)"

    def has(self, name: str, text: str) -> bool:
        """Whether `text` contains a word of the list."""
        return any(word in text for word in self.lists.get(name, ()))


@lru_cache(maxsize=16)
def prose_settings(pack: Pack) -> ProseSettings:
    """The settings of a pack, read once.

    Raises:
        PackError: a key is missing, or a pattern is no regular expression.
    """
    raw: Mapping[str, Any] = pack.raw.get("proofread", {})
    try:
        concepts = tuple(_concept(c) for c in raw.get("concept", ()))
        return ProseSettings(
            rules={topic: raw["rules"][topic] for topic in (Topic if raw else ())},
            lists=_word_lists(raw),
            grammar=_word_lists(raw.get("grammar", {})),
            base_words=_word_lists(raw.get("base_words", {})),
            grade_words=_word_lists(raw.get("grade_words", {})),
            outline_least=int(raw.get("outline_least", 1)),
            concepts=concepts,
            sums=tuple(map(_sum, raw.get("sum", ()))),
            rates=tuple(map(_rate, raw.get("rates", ()))),
            residue=tuple(_residue(r) for r in raw.get("residue", ())),
            outline=tuple(_outlined(section) for section in pack.raw["report"]["sections"]),
            lead=_lead(raw),
            openings={counts: _openings(c for c in concepts if c.counts is counts) for counts in (False, True)},
            pack=pack,
        )
    except KeyError as error:
        raise PackError(f"{pack.folder / 'pack.toml'} [proofread]：缺少 {error} 一项。") from None


def _sum(told: Mapping[str, Any]) -> SumRule:
    return SumRule(told["rule"], told["total"], tuple(told["parts"]), int(told["needs"]), told.get("beside", ""))


def _rate(told: Mapping[str, Any]) -> RateWords:
    return RateWords(*(tuple(told.get(key, ())) for key in ("words", "part", "whole", "deeds")))


def _word_lists(told: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    lists = {name: tuple(words) for name, words in told.items() if isinstance(words, list)}
    return {name: words for name, words in lists.items() if all(isinstance(word, str) for word in words)}


def _concept(entry: Mapping[str, Any]) -> Concept:
    longest_first = tuple(sorted(entry["words"], key=len, reverse=True))
    also = tuple(entry.get("also", ()))
    return Concept(
        entry["name"], longest_first, entry["cell"], entry.get("budget", ""), also, entry.get("kind") == "count"
    )


def _openings(concepts: Iterable[Concept]) -> re.Pattern[str]:
    return compiled("|".join(re.escape(word) for c in concepts for word in c.words) or "(?!)")


def _outlined(section: Mapping[str, Any]) -> Outlined:
    title = str(section["title"])
    return Outlined(title, tuple(section.get("words", (title.rpartition("、")[2],))))


def _residue(entry: Mapping[str, Any]) -> Residue:
    try:
        severity = severity_of(entry["severity"])
        if severity is None:
            raise PackError(f"pack.toml [proofread] residue “{entry['name']}”：severity 应写 错误、警示 或 提示。")
        return Residue(entry["name"], compiled(entry["pattern"]), severity, entry.get("rows", True))
    except re.error as error:
        place = f"第 {(error.pos or 0) + 1} 个字符处读不下去"
        raise PackError(f"pack.toml [proofread] residue “{entry['name']}”的 pattern 写法有误：{place}。") from None


def _lead(raw: Mapping[str, Any]) -> re.Pattern[str]:
    """What may stand before a concept without making it another unit's: years, 我局, 其中, a kind of budget."""
    known = [*raw.get("neutral", ()), *raw.get("scopes", ()), *raw.get("budget_words", ())]
    known += [*raw.get("actual_words", ()), *raw.get("last_year_words", ())]
    words = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
    return compiled(rf"(?:20\d\d年(?:度|末|底)?|\[[^\]]*\]|[“”‘’\"\s]|[（(]?\d{{1,2}}[）)、.．]|{words or '(?!)'})")
