"""What the audit takes from a pack beside its rules (审核设置): thresholds, words, limits, and required data."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from toolkit.core.light import dataclass
from toolkit.pack.reading import FULL_MARK, read_requirements

if TYPE_CHECKING:
    from collections.abc import Mapping

    from toolkit.pack.pack import Pack
    from toolkit.pack.reading import Requirement


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
        name_units: signs → how a name ends whose unit has one of them; name_bars: unit → names that it cannot be of.
        unfinished_words: words of a result that is still under way.
        year_words: words beside last year's date that make it no slip (上年结转, 2022年以来).
        satisfaction_kinds, cost_kinds, timed_kinds: words of the levels of such indicators.
        total_cost: words that make a cost indicator mean the whole cost.
        subordinate_words: words that a subordinate unit's report should not use → the right word.
        full_mark: all points of the workbook.
        limits: name, or name of a table column → most characters; least: → fewest that can say something.
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
    name_units: Mapping[str, tuple[str, ...]]
    name_bars: Mapping[str, tuple[str, ...]]
    unfinished_words: tuple[str, ...]
    year_words: tuple[str, ...]
    satisfaction_kinds: tuple[str, ...]
    cost_kinds: tuple[str, ...]
    timed_kinds: tuple[str, ...]
    total_cost: tuple[str, ...]
    subordinate_words: Mapping[str, str]
    limits: Mapping[str, int]
    least: Mapping[str, int]
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
        reverse_kinds=_lists(spec.get("reverse_kinds", {})),
        forward_words=tuple(spec.get("forward_words", ())),
        name_units=_lists(spec.get("name_units", {})),
        name_bars=_lists(spec.get("name_bars", {})),
        unfinished_words=tuple(spec.get("unfinished_words", ())),
        year_words=tuple(spec.get("year_words", ())),
        satisfaction_kinds=tuple(spec.get("satisfaction_kinds", ())),
        cost_kinds=tuple(spec.get("cost_kinds", ())),
        timed_kinds=tuple(spec.get("timed_kinds", ())),
        total_cost=tuple(spec.get("total_cost", ())),
        subordinate_words=spec.get("subordinate_words", {}),
        limits=spec.get("limits", {}),
        least=spec.get("least", {}),
        full_mark=Decimal(str(pack.raw["parameters"][FULL_MARK])),
    )


def _lists(spec: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(words) for key, words in spec.items()}


def _decimal(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))


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
