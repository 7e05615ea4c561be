"""Slips of the hand (笔误): one wrong figure in a unit whose linear rules held, drawn with a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from samples import DEMO, EXAMPLES, SEED, check_data, example

from toolkit.audit.judge import audit
from toolkit.core.dictionary import Kind
from toolkit.core.findings import Severity
from toolkit.engines.formula import parse, relation_at
from toolkit.pack import default_pack
from toolkit.unit.exchange import parse_json
from toolkit.unit.figures import compute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from toolkit.core.findings import AuditResult, Finding
    from toolkit.core.model import Cell, Section, UnitReturn
    from toolkit.pack import Pack
    from toolkit.pipeline import Checked
    from toolkit.unit import Figures

CASES = Path(__file__).parents[1] / "cases"
# Equalities that no formula says: check → rule.
_CHECKED = {
    "project_form_agrees": "A13",
    "project_budget_agrees": "A13",
    "as_approved": "C57",
    "quantitative_score": "C44",
}


class Place(NamedTuple):
    """A typed figure: 0 the workbook or the number of a form, its name, its row in a table or -1."""

    scope: int
    name: str
    row: int = -1


@dataclass(frozen=True, slots=True)
class Slip:
    """One wrong figure, and what the audit then newly says of the linear rules."""

    unit: UnitReturn
    place: Place
    cell: Cell  # as it should be
    word: str
    new: tuple[Finding, ...]


def _swap(digits: str, dice: random.Random) -> str:
    places = [i for i in range(len(digits) - 1) if digits[i] != digits[i + 1]]
    i = dice.choice(places) if places else 0
    return digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :] if places else digits


def _digit(digits: str, dice: random.Random) -> str:
    i = dice.randrange(len(digits))
    return digits[:i] + dice.choice([d for d in "0123456789" if d != digits[i]]) + digits[i + 1 :]


def _double(digits: str, dice: random.Random) -> str:
    i = dice.randrange(len(digits))
    return digits[: i + 1] + digits[i:]


def _drop(digits: str, dice: random.Random) -> str:
    i = dice.randrange(len(digits))
    return digits[:i] + digits[i + 1 :] or "0"


def _typed(spoil: Callable[[str, random.Random], str]) -> Callable[[Decimal, random.Random], Decimal]:
    return lambda value, dice: Decimal(spoil(str(round(abs(value) * 100)), dice)) / 100


_FACTORS = [Decimal(10) ** n for n in (1, 2, 4, -1, -2, -4)]
SLIPS: dict[str, Callable[[Decimal, random.Random], Decimal | None]] = {
    "漏填": lambda _value, _dice: None,
    "数字颠倒": _typed(_swap),
    "一位数字": _typed(_digit),
    "小数点或单位": lambda value, dice: value * dice.choice(_FACTORS),
    "多一位": _typed(_double),
    "少一位": _typed(_drop),
    "正负号": lambda value, _dice: -value,
    "四舍五入": lambda value, dice: round(value, dice.choice([0, 1])),
}


@dataclass(frozen=True, slots=True)
class Base:
    """A unit to slip in: what its linear rules are, and which of their figures may be touched."""

    checked: Checked
    rules: frozenset[str]
    places: tuple[Place, ...]  # every typed figure that a linear rule reads; none that a failing rule reads


@cache
def bases() -> tuple[Base, ...]:
    """Both examples, the published tables, a unit of the batch example, and made ones with other figures."""
    batch = (EXAMPLES / "batch" / "base.json").read_text("utf-8")
    words = {
        "单位": "某局",
        "代码": "101001",
        "上级": "某局",
        "服务原因": "",
        "时限原因": "",
        "服务人次": "640",
        "办理时限": "3",
    }
    for mark, word in words.items():
        batch = batch.replace("{" + mark + "}", word)
    published = [parse_json(path.read_text("utf-8"))["data"] for path in sorted(CASES.glob("*.json"))]
    given = [example(DEMO), example(SEED), parse_json(batch), *published]
    return tuple(_base(check_data(data)) for data in [*given, *(_times(example(DEMO), n) for n in (3, 7, 13))])


def _times(data: dict[str, Any], factor: int) -> dict[str, Any]:
    """The same unit with every amount so many times as large: all sums hold as before, no digit stays."""
    dictionary = default_pack().dictionary

    def amounts(found: dict[str, Any], prefix: str = "") -> dict[str, Any]:
        kinds = {k: dictionary.datum(prefix + k) for k in found}
        money = {k for k, datum in kinds.items() if datum and datum.kind is Kind.MONEY}
        return {k: str(Decimal(str(v)) * factor) if k in money else v for k, v in found.items()}

    def scope(found: dict[str, Any]) -> dict[str, Any]:
        tables = {t: [amounts(row, f"{t}_") for row in rows] for t, rows in found.get("tables", {}).items()}
        return {**found, "fields": amounts(found["fields"]), "tables": tables}

    return {**scope(data), "project_forms": [scope(form) for form in data.get("project_forms", ())]}


def _base(checked: Checked) -> Base:
    """Without the checks of texts and scores, which cost more than all the rest."""
    pack = replace(checked.pack, rules=tuple(r for r in checked.pack.rules if r.formula or r.check in _CHECKED))
    result = judge(checked.unit, pack)
    only = replace(checked, pack=pack, figures=compute(checked.unit, pack), result=result)
    failing = {f.rule for f in result.findings if f.severity is not Severity.NOTICE}
    found: dict[Place, set[str]] = {}
    for rule, text, scope, figures in _linear(only):
        for place in _typed_in(text, scope, figures, pack):
            found.setdefault(place, set()).add(rule)
    right = (p for p, rules in found.items() if not rules & failing and cell_at(checked.unit, p).value)
    return Base(only, frozenset().union(_CHECKED.values(), *found.values()), tuple(sorted(right)))


def judge(unit: UnitReturn, pack: Pack) -> AuditResult:
    """Audit a unit by the rules that are left."""
    return audit(unit, compute(unit, pack), pack)


def section_of(unit: UnitReturn, place: Place) -> Section:
    """The workbook, or a form."""
    return unit.forms[place.scope - 1] if place.scope else unit.book


def cell_at(unit: UnitReturn, place: Place) -> Cell:
    """The cell of a place."""
    section, (table, _, column) = section_of(unit, place), place.name.partition("_")
    return section.fields[place.name] if place.row < 0 else section.rows(table)[place.row].cells[column]


def changed(unit: UnitReturn, place: Place, value: Decimal | None) -> UnitReturn:
    """The unit with another figure in one place."""
    section, cell = section_of(unit, place), cell_at(unit, place)._replace(value=value, raw=value)
    if place.row < 0:
        section = replace(section, fields={**section.fields, place.name: cell})
    else:
        table, _, column = place.name.partition("_")
        rows = list(section.rows(table))
        rows[place.row] = replace(rows[place.row], cells={**rows[place.row].cells, column: cell})
        section = replace(section, tables={**section.tables, table: tuple(rows)})
    if not place.scope:
        return replace(unit, book=section)
    return replace(unit, forms=tuple(section if i == place.scope - 1 else f for i, f in enumerate(unit.forms)))


def _linear(checked: Checked) -> Iterator[tuple[str, str, int, Figures]]:
    """Every formula rule that is a sum, a difference or a limit, wherever it is judged."""
    for rule in checked.pack.rules:
        for scope, figures in enumerate(checked.figures.all):
            compares = rule.formula and rule.left and rule.unit not in {"%", ""} and not rule.each
            if (
                compares
                and rule.form == figures.section.space.kind
                and relation_at(str(rule.formula), figures.filed) is not None
            ):
                yield rule.id, str(rule.formula), scope, figures


def _typed_in(text: str, scope: int, figures: Figures, pack: Pack) -> Iterator[Place]:
    for name in parse(text).names:
        section, space = figures.section, figures.filed.space
        if parts := space.split(name):
            cells = enumerate(section.column(*parts))
            yield from (
                Place(scope, name, i) for i, cell in cells if isinstance(cell.value, Decimal) and not cell.formula
            )
        elif name in section.fields:
            cell = section.fields[name]
            if isinstance(cell.value, Decimal) and not cell.formula:
                yield Place(scope, name)
            elif space.fields[name].computed:
                yield from _typed_in(pack.compute[name], scope, figures, pack)


def slips(number: int, seed: int) -> Iterator[tuple[Base, Slip]]:
    """So many slips that break a linear rule."""
    dice = random.Random(seed)  # noqa: S311 - seeded, for repetition
    able = [base for base in bases() if base.places]
    while number:
        base = dice.choice(able)
        place = dice.choice(base.places)
        cell = cell_at(base.checked.unit, place)
        assert isinstance(cell.value, Decimal)
        word, spoil = dice.choice(list(SLIPS.items()))
        wrong = spoil(cell.value, dice)
        unit = changed(base.checked.unit, place, wrong)
        new = () if wrong == cell.value else new_findings(base, judge(unit, base.checked.pack))
        if new:
            number -= 1
            yield base, Slip(unit, place, cell, word, new)


def new_findings(base: Base, after: AuditResult) -> tuple[Finding, ...]:
    """What is said of linear rules that was not said before."""
    known = {(f.rule, f.cells) for f in base.checked.result.findings}
    fresh = (f for f in after.findings if (f.rule, f.cells) not in known and f.rule in base.rules)
    return tuple(f for f in fresh if f.severity is not Severity.NOTICE)


def more_serve(base: Base, slip: Slip, than: int) -> bool:
    """Whether more cells, each by itself, could be the wrong one: with another figure there nothing new is said."""
    gaps = {f.difference for f in slip.new if f.difference is not None}
    sheets = {cell.sheet for f in slip.new for cell in f.cells}  # those first that the findings point at
    near = sorted(base.places, key=lambda p: cell_at(slip.unit, p).ref.sheet not in sheets)
    serving = (p for p in near if any(_settled(base, slip, p, gap) for gap in gaps))
    return len(list(islice(serving, than + 1))) > than


def _settled(base: Base, slip: Slip, place: Place, gap: Decimal) -> bool:
    stands = cell_at(slip.unit, place).value
    values = (stands + gap, stands - gap) if isinstance(stands, Decimal) else (gap,)
    tried = (judge(changed(slip.unit, place, v), base.checked.pack) for v in values if v >= 0)
    return any(not new_findings(base, result) for result in tried)
