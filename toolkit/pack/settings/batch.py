"""Settings of a batch in the pack (汇总设置): its `[batch]` table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolkit.core.errors import PackError
from toolkit.core.light import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from toolkit.pack.pack import Pack


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
