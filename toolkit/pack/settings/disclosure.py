"""What a pack says of the public edition (公开设置): its `[disclosure]` table."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from toolkit.core.errors import PackError
from toolkit.core.light import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from toolkit.pack.pack import Pack


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
        column_endings: how the last part of a name ends that is only a column (本年决算数), not what the figure is of.
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
    column_endings: tuple[str, ...]
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
        column_endings=tuple(spec.get("column_endings", ())),
        plain_names=tuple(spec["plain_names"]),
        personal=tuple(PersonalPattern(p["title"], p["pattern"]) for p in spec["personal"]),
        relations=tuple(spec["relations"]),
        row_relations=tuple(spec.get("row_relations", ())),
    )
