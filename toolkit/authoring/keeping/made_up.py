"""Units that nobody filled in (试填数据): legal data for any pack, so that its form is tried before it is given out."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

from toolkit.core.dictionary import Kind

if TYPE_CHECKING:
    from toolkit.core.dictionary import Datum, NameSpace
    from toolkit.pack import Pack

_WORDS = ("示例甲", "示例乙", "示例事项已按计划完成，支出10万元。")
_AMOUNTS = ("0", "0.01", "12.5", "250", "1800.36")
_VALUES = {
    Kind.DATE: ("2024-03-15", "2025-01-02"),
    Kind.COUNT: ("0", "1", "12", "60"),
    Kind.RATE: ("0", "0.9", "0.975", "1"),
    Kind.SCORE: ("0", "5", "10", "12.5"),
    Kind.MONEY: _AMOUNTS,
    Kind.AREA: _AMOUNTS,
    Kind.MIXED: ("95", "100", "80~90", "不少于3次", "≥95%", "≤3", "不超过12", "0"),
}
_ROWS, _FORMS = 3, 2


def made_up(pack: Pack, seed: int, holes: float) -> dict[str, Any]:
    """The JSON of one unit; a share `holes` of its cells stays blank, all of them at 1."""
    rng = Random(seed)  # noqa: S311 - the same units at every trial, no secret
    book = _section(pack.dictionary.book, pack, rng, holes)
    forms = [_form(form, pack, rng, holes) for form in pack.dictionary.forms for _ in range(_FORMS)]
    return {"pack": pack.id, **book, "project_forms": forms if holes < 1 else []}


def cover_only(pack: Pack) -> dict[str, Any]:
    """The JSON of a unit that filled in who it is, and nothing else."""
    roles, whole = pack.dictionary.book.roles, made_up(pack, 0, 0.0)
    told = (roles.name, roles.code, roles.department, roles.year, roles.filed_on, *roles.signers, *roles.phones)
    return {"pack": pack.id, "fields": {name: value for name, value in whole["fields"].items() if name in told}}


def _form(space: NameSpace, pack: Pack, rng: Random, holes: float) -> dict[str, Any]:
    return {**({"kind": space.kind} if space.told else {}), **_section(space, pack, rng, holes)}


def _section(space: NameSpace, pack: Pack, rng: Random, holes: float) -> dict[str, Any]:
    def filled(data: dict[str, Datum]) -> dict[str, Any]:
        asked = {key: datum for key, datum in data.items() if not datum.computed and rng.random() >= holes}
        return {key: _value(datum, pack, rng) for key, datum in asked.items()}

    room = {n: a.last - a.first + 1 for f in pack.forms("fill") for n, a in f.tables.items() if f.form == space.kind}
    rows = {
        name: [filled(dict(table.columns)) for _ in range(min(_ROWS, room.get(name, _ROWS)))]
        for name, table in space.tables.items()
    }
    return {
        "fields": filled(dict(space.fields)),
        "tables": {name: kept for name, found in rows.items() if (kept := [row for row in found if row])},
    }


def _value(datum: Datum, pack: Pack, rng: Random) -> object:
    choices = pack.choices(datum.name)
    if choices:
        return rng.choice(choices)
    if datum.kind is Kind.YEAR:
        return Decimal(pack.year)
    found = rng.choice(_VALUES.get(datum.kind, _WORDS))
    return Decimal(found) if found.replace(".", "", 1).isdigit() else found
