"""One rule as Excel texts (规则公式): the same strings stand live on the 审核 sheet and are judged by Python.

From a rule's formula come its two sides, the guard that answers 未检查, and the test with its tolerance.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from toolkit.core.dictionary import Kind
from toolkit.core.errors import PackError
from toolkit.core.light import dataclass
from toolkit.core.money import MONEY_UNITS, plain
from toolkit.core.words import suggested
from toolkit.engines.formula import FormulaError, columnwise, parse, picked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from toolkit.core.dictionary import Dictionary
    from toolkit.pack.rules import Rule

_RATE_PLACES = 2  # a rate is a fraction: 98% is 0.98

TEXT_KINDS = frozenset({Kind.TEXT, Kind.LONG, Kind.CHOICE, Kind.YESNO, Kind.DATE})


@dataclass(frozen=True, slots=True)
class RuleText:
    """Excel texts over dictionary names.

    Attributes:
        guard: TRUE when data are missing (未检查).
        when: the rule's own condition, "" when it always applies.
        left, right: the two sides; "" for a formula that is no comparison.
        test: TRUE when the rule holds, tolerance included.
        slack: the gap that rounding of the addends explains, "" where none can.
        missing: names that the guard asks for, by group; one blank group leaves the rule unchecked.
        unplaced: TRUE while a conditional sum passes over a figure whose word is blank, "" where none can. Cells that
            are merged hold their word in the first row only: a sheet cannot tell whose such a figure is.
    """

    guard: str
    when: str
    left: str
    right: str
    test: str
    slack: str
    missing: tuple[tuple[str, ...], ...]
    operator: str
    unplaced: str = ""


@lru_cache(maxsize=4096)
def rule_text(rule: Rule, dictionary: Dictionary) -> RuleText:
    """Prepare the texts of a formula rule.

    Raises:
        PackError: the formula cannot be read.
    """
    if rule.formula is None:
        raise PackError(f"规则 {rule.id} 没有公式。")
    comparison = parse(rule.formula).comparison()
    left, operator, right = (
        ("", "", "")
        if comparison is None
        else (comparison.left.text.strip(), comparison.operator, comparison.right.text.strip())
    )
    groups = _groups(rule, left, right)
    if rule.each:
        return _row_rule(rule, groups, dictionary)
    guard = _any_missing(groups, dictionary)
    if not rule.left:
        return RuleText(guard, rule.when or "", "", "", rule.formula, "", groups, "")
    return RuleText(
        guard,
        rule.when or "",
        left,
        right,
        _test(rule, left, operator, right),
        _slack(rule, left, operator, right),
        groups,
        operator,
        _unplaced(rule.formula),
    )


def _unplaced(formula: str) -> str:
    known = picked(formula) if "SUMIF(" in formula else ()  # read again only where it may have one
    rows = [f"SUMPRODUCT((LEN({words})=0)*ISNUMBER({summed}))" for words, summed in known]
    return f"{'+'.join(rows)}>0" if rows else ""


def _groups(rule: Rule, left: str, right: str) -> tuple[tuple[str, ...], ...]:
    """Names asked for: each of `needs` by itself, or one group per side of the comparison."""
    if rule.needs is not None:
        return tuple((name,) for name in rule.needs)
    sides = [parse(side).names for side in (left, right) if side] or [parse(str(rule.formula)).names]
    return tuple(names for names in sides if names)


def _any_missing(groups: tuple[tuple[str, ...], ...], dictionary: Dictionary) -> str:
    tests = [missing_text(names, dictionary) for names in groups]
    if not tests:
        return "FALSE"
    return tests[0] if len(tests) == 1 else f"OR({','.join(tests)})"


def missing_text(names: tuple[str, ...], dictionary: Dictionary) -> str:
    """Excel text that is TRUE when all of `names` are blank; a formula's "" is as good as blank."""
    numbers = [n for n in names if not _is_text(n, dictionary)]
    texts = [_filled(n, dictionary) for n in names if _is_text(n, dictionary)]
    counted = [f"COUNT({','.join(numbers)})"] if numbers else []
    return "+".join([*counted, *texts]) + "=0"


def _is_text(name: str, dictionary: Dictionary) -> bool:
    datum = dictionary.datum(name)
    return datum is not None and datum.kind in TEXT_KINDS


def _filled(name: str, dictionary: Dictionary) -> str:
    column = dictionary.split(name)
    return f"COUNTA({name})" if column else f"LEN({name})"


def _test(rule: Rule, left: str, operator: str, right: str) -> str:
    if rule.unit == "":
        return f"{left}={right}"
    tolerance = plain(rule.tolerance)
    gap = f"({left})-({right})"
    return {
        "=": f"ROUND(ABS({gap}),6)<={tolerance}",
        "<=": f"ROUND({gap},6)<={tolerance}",
        ">=": f"ROUND({gap},6)>={plain(-rule.tolerance)}",
    }[operator]


def _slack(rule: Rule, left: str, operator: str, right: str) -> str:
    """What rounding explains (尾差): 0.01 per addend; a rate or score cut off, or given in whole or one decimal.

    A whole score is only excused where it is the lower one: 10 for 9.78 takes points that were not earned.
    """
    if rule.rounded:
        rate = rule.unit == "%"
        whole, earned = (_RATE_PLACES, "") if rate else (0, f"*(({left})<({right}))")
        cut = [
            f"ABS(ROUND({right},{places})-({right}))*(ROUND({right},{places})=({left})){more}"
            for places, more in ((whole, earned), (whole + 1, ""))
        ]
        return f"MAX({','.join([plain(2 * rule.tolerance), *cut])})+0.000001"
    if operator != "=" or rule.unit not in MONEY_UNITS or "SUM(" not in left + right:
        return ""
    counts = [f"COUNT({','.join(parse(side).names)})" for side in (left, right)]
    return f"0.01*MAX({','.join(counts)})"


@dataclass(frozen=True, slots=True)
class RowTexts:
    """A row-by-row rule about one row (逐行规则), as Excel texts over the cells of that row.

    Attributes:
        complete: 0 while the row lacks data; such rows are not judged.
        when: the rule's own condition, "" when it always applies.
        held: whether the row keeps the rule, tolerance included; an error means that it cannot be judged.
        left, right: both sides of a comparison that has words for its sides, else "".
    """

    complete: str
    when: str
    held: str
    left: str
    right: str
    operator: str
    columns: frozenset[str]


@lru_cache(maxsize=1024)
def row_texts(rule: Rule, dictionary: Dictionary) -> RowTexts:
    """The texts of a row-by-row rule, for one row.

    Raises:
        PackError: the formula cannot be read, or takes no column of its table.
    """
    formula = parse(str(rule.formula))
    spaces = dict.fromkeys((dictionary.scope(rule.form), dictionary.book))
    table = next((s.tables[str(rule.each)] for s in spaces if str(rule.each) in s.tables), None)
    columns = frozenset() if table is None else frozenset(table.full_name(c) for c in table.columns)
    own = tuple(n for n in formula.names if n in columns)
    if not own:
        raise PackError(f"each 写的是“{rule.each}”，公式里却没有这张表的列。")
    comparison = formula.comparison() if rule.left and rule.right else None
    left, operator, right = (
        (comparison.left.text.strip(), comparison.operator, comparison.right.text.strip())
        if comparison
        else ("", "", "")
    )
    return RowTexts(
        complete=_complete(rule, own, columns, dictionary),
        when=rule.when or "",
        held=_test(rule, left, operator, right) if comparison else formula.text,
        left=left,
        right=right,
        operator=operator,
        columns=columns,
    )


def _complete(rule: Rule, own: tuple[str, ...], columns: frozenset[str], dictionary: Dictionary) -> str:
    """Each of `needs` is filled; else every number of the formula, or anything where it has no numbers."""
    numbers = tuple(n for n in own if not _is_text(n, dictionary))
    wanted = numbers if rule.needs is None else rule.needs
    if not wanted:
        return f"({'+'.join(f'LEN({n})' for n in own)}>0)*1"
    return "*".join([_there(n, dictionary, row=n in columns) for n in wanted])


def _there(name: str, dictionary: Dictionary, *, row: bool) -> str:
    """1 where a cell is filled as its kind asks; a whole column of another table needs one filled cell."""
    column = dictionary.split(name)
    if column and not row:
        return f"(NOT({missing_text((name,), dictionary)})*1)"
    return f"(LEN({name})>0)" if _is_text(name, dictionary) else f"ISNUMBER({name})"


def _row_rule(rule: Rule, groups: tuple[tuple[str, ...], ...], dictionary: Dictionary) -> RuleText:
    """A row-by-row rule as one figure: how many complete rows break it. Array formulas, one result per row inside."""
    texts = row_texts(rule, dictionary)
    complete, when, held = (columnwise(t, texts.columns) if t else "" for t in (texts.complete, texts.when, texts.held))

    def rows(inner: str) -> str:
        return f"SUM(IFERROR(IF({complete},{inner},0),0))"

    def applying(inner: str) -> str:
        return rows(f"IF({when},{inner},0)" if when else inner)

    judged, broken = applying(f"IF({held},1,1)"), applying(f"IF({held},0,1)")
    applies = f"{applying('1')}>0" if when else ""
    guard = f"{judged}=0" if not when else f"OR({rows('1')}=0,AND({applies},{judged}=0))"
    return RuleText(guard, applies, broken, "0", f"{broken}=0", "", groups, "=")


def told_of(rules: Iterable[Rule], dictionary: Dictionary) -> Iterator[str]:
    """What is wrong with rules that an office added, before any unit is judged by them."""
    known = set(dictionary.all_names())
    for rule in rules:
        try:
            formula = parse(rule.formula or "")
            names = [n for n in formula.names if n not in known]
            yield from (f"规则 {rule.id} 的公式：不认识名称“{n}”{suggested(n, known)}" for n in names)
            comparison = formula.comparison()
            if not rule.fact and not (comparison and rule.left and rule.right):
                yield f"规则 {rule.id}：不成立时怎么说？请写左边和右边的称呼，或写“不成立时怎么说”。"
            elif rule.left and comparison and comparison.operator not in {"=", "<=", ">="}:
                yield f"规则 {rule.id}：左右比较只能用 = <= >=，不能用 {comparison.operator}。"
            elif not names:
                rule_text(rule, dictionary)
        except (FormulaError, PackError) as error:
            yield f"规则 {rule.id}：{error}"
