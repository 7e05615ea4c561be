"""Audit rules as data (审核规则): one `[[rule]]` entry of a pack becomes one rule, or one per column it covers."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from toolkit.core.dictionary import TableRole
from toolkit.core.errors import PackError
from toolkit.core.findings import Severity, severity_of
from toolkit.core.light import dataclass
from toolkit.core.money import MONEY_UNITS, plain
from toolkit.core.words import suggested
from toolkit.pack.reading import kind_of, level_weights, second_weights
from toolkit.pack.scoring import points_formula, read_scored

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from toolkit.core.dictionary import Dictionary

_TOLERANCES = {**dict.fromkeys(MONEY_UNITS, "0.01"), "分": "0.01", "%": "0.0001"}  # counts must agree exactly


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One audit rule (审核规则), or one column of it where it covers several. Compared and hashed by identity.

    A rule has either a `formula` (审核公式) or the name of a `check` function. `needs` is None
    when the default holds: each side of the comparison must have at least one figure.
    """

    id: str
    severity: Severity
    title: str
    formula: str | None
    check: str | None
    form: str  # which kind of form; "" for the workbook
    each: str | None
    needs: tuple[str, ...] | None
    places: tuple[str, ...]
    when: str | None
    left: str
    right: str
    unit: str
    tolerance: Decimal
    fact: str
    action: str
    basis: str
    rounded: bool = False  # a figure cut off, or given in whole points or one decimal, is a 提示


def read_rules(entry: Mapping[str, Any], raw: Mapping[str, Any], dictionary: Dictionary) -> Iterator[Rule]:
    """One TOML entry → one rule, or one per column, per first- or second-level indicator or per scored item.

    None where the pack has nothing of what the rule is about: a form without indicators has no rules about them.
    """
    if not _has(str(entry.get("about", "")), raw, dictionary):
        return
    kind = kind_of(entry, raw)
    if entry.get("weights"):
        weights = level_weights(raw, kind)
        variants = [
            {"{级}": level, "{分}": str(points), **_movable(level, weights, raw, dictionary)}
            for level, points in weights.items()
        ]
    elif entry.get("second_weights"):
        pairs = ((first, level, pts) for first, of in second_weights(raw, kind).items() for level, pts in of.items())
        variants = [
            {"{一级}": first, "{级}": level, "{分}": str(points), **_unmoved(first, raw, dictionary)}
            for first, level, points in pairs
        ]
    elif entry.get("scored"):
        told = str(entry.get("formula", ""))
        variants = [
            {
                "{项}": i.name,
                "{理由}": i.reason_name,
                "{得分}": i.score_name,
                "{比率}": i.ratio_name,
                "{得分式}": points_formula(i),
                "{自评分}": i.given_name,
                "{最多}": plain(i.cap if i.kind == "bonus" else i.weight),
                "{应说明}": i.unusual,
            }
            for i in read_scored(raw)
        ]
        variants = [v for v in variants if all(name or mark not in told for mark, name in v.items())]
    else:
        variants = [{"{列}": column} for column in entry.get("columns", [""])]
    for variant in variants:
        yield _rule(entry, variant, kind, dictionary.scope(kind).unit)


def _has(about: str, raw: Mapping[str, Any], dictionary: Dictionary) -> bool:
    """Whether there is what a rule is about: a table with this role, points of its rows, forms, a public edition …"""
    known = {"forms": bool(dictionary.forms), "listed": bool(dictionary.listings), "public": "disclosure" in raw}
    known["unlisted"] = any(not form.listed_in for form in dictionary.forms)
    known["outline"] = bool(raw.get("report", {}).get("sections"))
    tables = [table for space in dictionary.spaces for table in space.all_of(TableRole.INDICATORS)]
    known["points"] = any(table.roles.weight for table in tables)
    known["reasons"] = any(table.roles.weight and table.roles.reason for table in tables)
    if about in known:
        return known[about]
    roles = {role.value for role in TableRole}
    if about not in roles:
        raise PackError(f"规则的 about“{about}”不认识{suggested(about, {*roles, *known}, look=' {}')}")
    return not about or any(space.table(TableRole(about)).name for space in dictionary.spaces)


def _severity(entry: Mapping[str, Any]) -> Severity:
    found = severity_of(entry.get("severity"))
    if found is None:
        told = f"不能写“{entry['severity']}”" if "severity" in entry else "没有写"
        raise PackError(f"规则 {entry.get('id', '（没有编号）')} 的 severity（程度）{told}，应写 错误、警示 或 提示。")
    return found


def _movable(level: str, weights: Mapping[str, Any], raw: Mapping[str, Any], dictionary: Dictionary) -> dict[str, str]:
    """`{分:表}`: the points of a level as Excel text, more where an absent level's points move to it.

    财预〔2021〕101号: where 满意度 does not apply, its points go to 效益.
    """
    moves = raw.get("weights_move", {}).items()
    moved = {absent: weights[absent] for absent, to in moves if to == level and absent in weights}
    texts = {}
    for table in (table for space in dictionary.spaces for table in space.all_of(TableRole.INDICATORS)):
        first = table.full_name(table.roles.first)
        more = [f'IF(COUNTIF({first},"{absent}")=0,{extra},0)' for absent, extra in moved.items() if first]
        texts[f"{{分:{table.name}}}"] = "+".join([str(weights[level]), *more])
    return texts


def _unmoved(level: str, raw: Mapping[str, Any], dictionary: Dictionary) -> dict[str, str]:
    """`{未并入:表}`: whether no absent level's points move to this one; its second levels would add up to more."""
    absent = [name for name, to in raw.get("weights_move", {}).items() if to == level]
    texts = {}
    for table in (table for space in dictionary.spaces for table in space.all_of(TableRole.INDICATORS)):
        first = table.full_name(table.roles.first)
        present = [f'COUNTIF({first},"{name}")>0' for name in absent if first]
        texts[f"{{未并入:{table.name}}}"] = f"AND({','.join(present)})" if present else "1=1"
    return texts


def _rule(entry: Mapping[str, Any], variant: Mapping[str, str], kind: str, money_unit: str) -> Rule:
    def filled(found: str) -> str:
        for mark, replacement in variant.items():
            found = found.replace(mark, replacement)
        return found

    def text(key: str, default: str = "") -> str:
        return filled(str(entry.get(key, default)))

    def names(key: str) -> tuple[str, ...]:
        return tuple(filled(n) for n in entry.get(key, ()))

    unit = text("unit", money_unit)
    return Rule(
        id=text("id"),
        severity=_severity(entry),
        title=text("title"),
        formula=text("formula") or None,
        check=entry.get("check"),
        form=kind,
        each=entry.get("each"),
        needs=names("needs") if "needs" in entry else None,
        places=names("places"),
        when=text("when") or None,
        left=text("left"),
        right=text("right"),
        unit=unit,
        tolerance=Decimal(text("tolerance", _TOLERANCES.get(unit, "0"))),
        fact=text("fact"),
        action=text("action"),
        basis=text("basis"),
        rounded=bool(entry.get("rounded")),
    )
