"""What two packs have different (规则包比较), in words: settings, names, sheets, rules, points, outline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolkit.core.money import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from toolkit.pack import Pack, Rule


def differences(one: Pack, other: Pack) -> Iterator[str]:
    """One sentence per difference, from `one` to `other`."""
    settings = (
        ("年度", str(one.year), str(other.year)),
        ("金额单位", one.unit, other.unit),
        ("项目自评表的金额单位", one.form_unit, other.form_unit),
    )
    yield from (f"{what}：{a} → {b}" for what, a, b in settings if a != b)
    yield from _words("依据", one.basis, other.basis)
    yield from _words("名称", _names(one), _names(other))
    for kind, title in (("fill", "填报表"), ("report", "自评报表")):
        yield from _words(f"{title}的工作表", _sheets(one, kind), _sheets(other, kind))
        yield from (f"{title}「{name}」的表样有改动" for name in _redrawn(one, other, kind))
    yield from _values("分值", _points(one), _points(other))
    yield from _values("等级", _grades(one), _grades(other))
    yield from _rules(one, other)
    yield from _words("报告章节", [s.title for s in one.outline], [s.title for s in other.outline])


def _names(pack: Pack) -> list[str]:
    return list(pack.dictionary.all_names())


def _sheets(pack: Pack, kind: str) -> list[str]:
    return [form.name for form in pack.forms(kind)]


def _redrawn(one: Pack, other: Pack, kind: str) -> list[str]:
    before = {form.name: _undated(form.grid, one) for form in one.forms(kind)}
    after = {form.name: _undated(form.grid, other) for form in other.forms(kind)}
    return [name for name, grid in after.items() if before.get(name, grid) != grid]


def _undated(grid: str, pack: Pack) -> str:
    """A drawn sheet without its years and units, which change of themselves."""
    for word, sign in (
        (str(pack.year), "Y"),
        (str(pack.year - 1), "L"),
        (f"（{pack.unit}）", "U"),
        (f"单位：{pack.unit}", "U"),
    ):
        grid = grid.replace(word, sign)
    return grid


def _points(pack: Pack) -> dict[str, str]:
    return {level: plain(points) for level, points in pack.weights.items()}


def _grades(pack: Pack) -> dict[str, str]:
    return {grade.name: f"{plain(grade.start)} 分起" for grade in pack.scoring.grades}


def _words(what: str, before: Iterable[str], after: Iterable[str]) -> Iterator[str]:
    first, second = list(before), list(after)
    gone, come = [n for n in first if n not in set(second)], [n for n in second if n not in set(first)]
    if gone:
        yield f"去掉的{what} {len(gone)} 个：{'、'.join(gone)}"
    if come:
        yield f"新增的{what} {len(come)} 个：{'、'.join(come)}"


def _values(what: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name):
            yield f"{what}“{name}”：{before.get(name, '没有')} → {after.get(name, '没有')}"


def _rules(one: Pack, other: Pack) -> Iterator[str]:
    before, after = _by_key(one), _by_key(other)
    yield from (f"去掉规则 {r.id}“{r.title}”" for key, r in before.items() if key not in after)
    yield from (f"新增规则 {r.id}“{r.title}”（{r.severity.label}）" for key, r in after.items() if key not in before)
    for key in before.keys() & after.keys():
        yield from _changes(before[key], after[key])


def _by_key(pack: Pack) -> dict[tuple[str, str], Rule]:
    return {(rule.id, rule.title): rule for rule in (*pack.rules, *pack.batch_rules)}


def _changes(before: Rule, after: Rule) -> Iterator[str]:
    sides = (
        ("程度", before.severity.label, after.severity.label),
        ("容差", plain(before.tolerance), plain(after.tolerance)),
        ("公式", before.formula or "", after.formula or ""),
        ("条件", before.when or "", after.when or ""),
        ("处理办法", before.action, after.action),
    )
    for what, a, b in sides:
        if a != b:
            yield f"规则 {before.id}“{before.title}”的{what}：{a or '没有'} → {b or '没有'}"
