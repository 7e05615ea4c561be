"""What a pack says of the public edition (公开设置): its `[disclosure]` table.

What the audit takes from a pack beside its rules (审核设置): thresholds, word lists and word limits.

Settings and rules of a batch in the pack (汇总设置): `[batch]` and `[[batch_rule]]`.

What proofreading takes from a pack (文字核对设置): the `[proofread]` table, its patterns compiled once.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from toolkit.core.errors import PackError
from toolkit.core.findings import severity_of
from toolkit.core.light import dataclass
from toolkit.core.patterns import compiled
from toolkit.pack.items import read_scored
from toolkit.pack.reading import FULL_MARK, read_requirements

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from toolkit.core.findings import Severity
    from toolkit.pack.items import Scored
    from toolkit.pack.pack import Pack
    from toolkit.pack.reading import Requirement


@dataclass(frozen=True, slots=True)
class PersonalPattern:
    """Personal data that prose must not show (个人信息): what it is called, and its pattern."""

    title: str
    pattern: str


@dataclass(frozen=True, slots=True)
class DisclosureSettings:
    """The `[disclosure]` table of a pack.

    Attributes:
        way_column: the column of 项目 in which a person decides how a row is published.
        open, merged, withheld: the three words of that column.
        more_field: the field that names further figures to withhold; "" where the form has none.
        merged_name: what the line of all rows that are not published by themselves is called.
        note: the sentence that explains the gap in the published tables; merged_note where rows are only merged.
        bound: a published range that comes this near to a withheld amount betrays it.
        signed_off: yes/no fields that must be 是 before publishing → their words in the report.
        blocking: rules whose 错误 stop the public edition.
        drop_fields, drop_columns, drop_tables: internal data that is never published.
        secret_words: words that mark a sentence, or a project's name, as about a secret matter.
        plain_names: names that say no more than that something is secret.
        personal: patterns of personal data.
        relations: what readers may take for granted, beside the rules and computations of the pack.
        row_relations: the same, for each row of 项目.
    """

    way_column: str
    open: str
    merged: str
    withheld: str
    more_field: str
    merged_name: str
    note: str
    merged_note: str
    bound: Fraction
    signed_off: Mapping[str, str]
    blocking: tuple[str, ...]
    drop_fields: tuple[str, ...]
    drop_columns: tuple[str, ...]
    drop_tables: tuple[str, ...]
    secret_words: tuple[str, ...]
    plain_names: tuple[str, ...]
    personal: tuple[PersonalPattern, ...]
    relations: tuple[str, ...]
    row_relations: tuple[str, ...]


@lru_cache(maxsize=32)
def disclosure_settings(pack: Pack) -> DisclosureSettings:
    """The settings of a pack, read once.

    Raises:
        PackError: the pack has no `[disclosure]`, or lacks an entry of it.
    """
    if "disclosure" not in pack.raw:
        raise PackError(f"规则包 {pack.id} 没有写哪些可以公开（pack.toml 的 [disclosure]），不能生成公开版。")
    try:
        return _settings(pack.raw["disclosure"])
    except KeyError as error:
        told = f"规则包 {pack.id} 的 pack.toml 里 [disclosure] 缺少“{error.args[0]}”，不能生成公开版。"
        raise PackError(told) from None


def _settings(spec: Mapping[str, Any]) -> DisclosureSettings:
    ways = spec["ways"]
    return DisclosureSettings(
        way_column=spec["way_column"],
        open=ways["open"],
        merged=ways["merged"],
        withheld=ways["withheld"],
        more_field=spec.get("more_field", ""),
        merged_name=spec["merged_name"],
        note=spec["note"],
        merged_note=spec["merged_note"],
        bound=Fraction(str(spec["bound"])),
        signed_off=spec["signed_off"],
        blocking=tuple(spec["blocking"]),
        drop_fields=tuple(spec["drop_fields"]),
        drop_columns=tuple(spec["drop_columns"]),
        drop_tables=tuple(spec["drop_tables"]),
        secret_words=tuple(spec["secret_words"]),
        plain_names=tuple(spec["plain_names"]),
        personal=tuple(PersonalPattern(p["title"], p["pattern"]) for p in spec["personal"]),
        relations=tuple(spec["relations"]),
        row_relations=tuple(spec.get("row_relations", ())),
    )


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """The `[audit]` table of a pack.

    Attributes:
        overshoot: share above the target from which a reason is asked for; None asks for none.
        overshoot_lowers: the points should then be lowered as well (调减).
        unit_limit: whole amounts from here on look like 元 in a 万元 form; None does not look.
        year_factor: this many times last year's figure looks like 元 as well.
        not_applicable: words of an indicator that does not apply but carries points.
        reverse_words: words in a name that may make an indicator without a sign a reverse one.
        reverse_names: how a name ends of which less is better, with the words that may follow joined on.
        says_nothing: a reason or a result that is no more than this says nothing.
        must_say: texts that cannot be left at that.
        reverse_kinds: second level → units in which less of it is better; forward_words: words in a name that turn it.
        year_words: words beside last year's date that make it no slip (上年结转, 2022年以来).
        total_cost: words that make a cost indicator mean the whole cost.
        subordinate_words: words that a subordinate unit's report should not use → the right word.
        full_mark: all points of the workbook.
        limits: name, or name of a table column → most characters.
    """

    overshoot: Decimal | None
    overshoot_lowers: bool
    unit_limit: Decimal | None
    year_factor: Decimal | None
    not_applicable: tuple[str, ...]
    reverse_words: tuple[str, ...]
    reverse_names: tuple[str, ...]
    says_nothing: frozenset[str]
    must_say: tuple[str, ...]
    reverse_kinds: Mapping[str, tuple[str, ...]]
    forward_words: tuple[str, ...]
    year_words: tuple[str, ...]
    total_cost: tuple[str, ...]
    subordinate_words: Mapping[str, str]
    limits: Mapping[str, int]
    full_mark: Decimal


@lru_cache(maxsize=32)
def audit_settings(pack: Pack) -> AuditSettings:
    """The settings of a pack, read once."""
    spec: Mapping[str, Any] = pack.raw.get("audit", {})
    return AuditSettings(
        overshoot=_decimal(spec.get("overshoot")),
        overshoot_lowers=bool(spec.get("overshoot_lowers", False)),
        unit_limit=_decimal(spec.get("unit_limit")),
        year_factor=_decimal(spec.get("year_factor")),
        not_applicable=tuple(spec.get("not_applicable", ())),
        reverse_words=tuple(spec.get("reverse_words", ())),
        reverse_names=tuple(
            word + more for word in spec.get("reverse_names", ()) for more in ("", *spec.get("reverse_endings", ()))
        ),
        says_nothing=frozenset(spec.get("says_nothing", ())),
        must_say=tuple(spec.get("must_say", ())),
        reverse_kinds={kind: tuple(units) for kind, units in spec.get("reverse_kinds", {}).items()},
        forward_words=tuple(spec.get("forward_words", ())),
        year_words=tuple(spec.get("year_words", ())),
        total_cost=tuple(spec.get("total_cost", ())),
        subordinate_words=spec.get("subordinate_words", {}),
        limits=spec.get("limits", {}),
        full_mark=Decimal(str(pack.raw["parameters"][FULL_MARK])),
    )


def _decimal(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))


@dataclass(frozen=True, slots=True)
class BatchFigure:
    """A figure that is added up over units (汇总项): its name in the dictionary, its head in the table, its unit."""

    name: str
    title: str
    unit: str

    @property
    def head(self) -> str:
        """编制数（人）."""
        return f"{self.title}（{self.unit}）"


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """`[batch]` of a pack.

    Attributes:
        weight: the figure that weighs the mean score (全年执行数); budget: the one it is executed from; "" where the
            form has no such figure.
        unit: of the pack's money.
        spread_units: so many scored units make an all-equal result remarkable (E85).
        code_length: a project code as long as this is a code, not a running number (E82).
        listed: how many best and worst units and rules the bulletin names.
        also: other packs whose returns are counted, whatever unit of money they count in.
    """

    figures: tuple[BatchFigure, ...]
    weight: str
    budget: str
    spread_units: int
    code_length: int
    listed: int
    unit: str
    also: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the figures."""
        return tuple(f.name for f in self.figures)

    @property
    def money(self) -> str:
        """The unit of money that spending is told in."""
        return next((f.unit for f in self.figures if f.name == self.weight), self.unit)

    def spending(self, figures: Sequence[Decimal | None]) -> tuple[Decimal | None, Decimal | None]:
        """What was executed, and of what, among the figures in their order."""
        by_name = dict(zip(self.names, figures, strict=True))
        return by_name.get(self.weight), by_name.get(self.budget)


def batch_settings(pack: Pack) -> BatchSettings:
    """The settings of a pack.

    Raises:
        PackError: the pack has none, or one is missing.
    """
    try:
        raw = pack.raw["batch"]
        found = BatchSettings(
            tuple(BatchFigure(f["name"], f["title"], f["unit"]) for f in raw["figures"]),
            raw.get("weight", ""),
            raw.get("budget", ""),
            int(raw["spread_units"]),
            int(raw["code_length"]),
            int(raw["listed"]),
            pack.unit,
            tuple(raw.get("also", ())),
        )
    except KeyError as error:
        raise PackError(f"{pack.folder / 'pack.toml'} [batch]：缺少 {error} 一项。") from None
    lost = {found.weight, found.budget} - {*found.names, ""}
    if lost:
        raise PackError(f"{pack.folder / 'pack.toml'} [batch]：{'、'.join(sorted(lost))} 应在 figures 里。")
    return found


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
    """A total and the concepts that make it up (合计与组成); at least `needs` of them must be given."""

    rule: str
    total: str
    parts: tuple[str, ...]
    needs: int


@dataclass(frozen=True, slots=True)
class RateWords:
    """Names of a rate, and how its numerator and denominator are called; both empty: by the stem of its name."""

    words: tuple[str, ...]
    part: tuple[str, ...]
    whole: tuple[str, ...]


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
    is a count.
    """

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
            lists=_word_lists(raw),
            grammar=_word_lists(raw.get("grammar", {})),
            base_words=_word_lists(raw.get("base_words", {})),
            grade_words=_word_lists(raw.get("grade_words", {})),
            outline_least=int(raw.get("outline_least", 1)),
            concepts=concepts,
            sums=tuple(SumRule(s["rule"], s["total"], tuple(s["parts"]), int(s["needs"])) for s in raw.get("sum", ())),
            rates=tuple(
                RateWords(tuple(r["words"]), tuple(r["part"]), tuple(r["whole"])) for r in raw.get("rates", ())
            ),
            residue=tuple(_residue(r) for r in raw.get("residue", ())),
            outline=tuple(_outlined(section) for section in pack.raw["report"]["sections"]),
            lead=_lead(raw),
            openings={counts: _openings(c for c in concepts if c.counts is counts) for counts in (False, True)},
            pack=pack,
        )
    except KeyError as error:
        raise PackError(f"{pack.folder / 'pack.toml'} [proofread]：缺少 {error} 一项。") from None


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
        raise PackError(f"pack.toml [proofread] residue “{entry['name']}”写法有误：{error}") from None


def _lead(raw: Mapping[str, Any]) -> re.Pattern[str]:
    """What may stand before a concept without making it another unit's: years, 我局, 其中, a kind of budget."""
    known = [*raw.get("neutral", ()), *raw.get("scopes", ()), *raw.get("budget_words", ())]
    known += [*raw.get("actual_words", ()), *raw.get("last_year_words", ())]
    words = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
    return compiled(rf"(?:20\d\d年(?:度|末|底)?|\[[^\]]*\]|[“”‘’\"\s]|[（(]?\d{{1,2}}[）)、.．]|{words or '(?!)'})")


@lru_cache(maxsize=32)
def required_data(pack: Pack) -> tuple[Requirement, ...]:
    """What a return has to hold, sheet by sheet; nothing is asked of forms that the pack has none of."""
    kinds = {"", *(form.kind for form in pack.dictionary.forms)}
    listed = {table.name for table, _ in pack.dictionary.listings}
    return tuple(
        one
        for one in read_requirements(pack.raw)
        if one.form in kinds and (not one.forms_of or (pack.dictionary.book.split(one.forms_of) or ("",))[0] in listed)
    )


def scored_items(pack: Pack) -> tuple[Scored, ...]:
    """评分项 of a pack."""
    return read_scored(pack.raw)


def setting_names(pack: Pack) -> frozenset[str]:
    """The tables that its `pack.toml` has, those of the packs above included."""
    return frozenset(pack.raw)
