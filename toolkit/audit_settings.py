"""What the audit takes from a pack beside its rules (审核设置): thresholds, word lists and word limits."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from toolkit.pack import Pack


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
        total_cost: words that make a cost indicator mean the whole cost.
        subordinate_words: words that a subordinate unit's report should not use → the right word.
        full_mark: 总分满分.
        limits: name, or name of a table column → most characters.
    """

    overshoot: Decimal | None
    overshoot_lowers: bool
    unit_limit: Decimal | None
    year_factor: Decimal | None
    not_applicable: tuple[str, ...]
    reverse_words: tuple[str, ...]
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
        total_cost=tuple(spec.get("total_cost", ())),
        subordinate_words=spec.get("subordinate_words", {}),
        limits=spec.get("limits", {}),
        full_mark=Decimal(str(pack.raw["parameters"]["总分满分"])),
    )


def _decimal(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))
