"""Rules of a pack as data and as a page (规则一览): for `pack rules`, and for the documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolkit.core.findings import Severity
from toolkit.core.money import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.pack import Pack, Rule

_GROUPS = {
    "A": "资金",
    "B": "人员、三公和采购等",
    "C": "绩效指标",
    "D": "表间、表文与文字",
    "E": "汇总（在 `jixiao batch` 里判断）",
    "X": "本地规则",
}


def rule_list(pack: Pack) -> list[dict[str, object]]:
    """Every rule: id, severity, title, formula or check, scope, tolerance, basis, and whether it is judged live."""
    return [
        {
            "id": rule.id,
            "severity": rule.severity.value,
            "title": rule.title,
            "formula": rule.formula,
            "check": rule.check,
            "scope": "batch" if rule in pack.batch_rules else "project_form" if rule.form else "workbook",
            "each_row_of": rule.each,
            "tolerance": plain(rule.tolerance) if rule.formula else None,
            "basis": rule.basis,
            "action": rule.action,
            "live": rule.formula is not None,
        }
        for rule in (*pack.rules, *pack.batch_rules)
    ]


def rules_page(pack: Pack) -> str:
    """A Markdown page of the rules, by group."""
    return "\n".join(_page(pack)) + "\n"


def _page(pack: Pack) -> Iterator[str]:
    every = (*pack.rules, *pack.batch_rules)
    counts = "、".join(f"{s.label} {sum(1 for r in every if r.severity is s)} 条" for s in Severity)
    yield f"# 规则一览：{pack.title}"
    yield ""
    yield f"由 `jixiao pack rules {pack.id} --page` 生成，请勿手工修改。版本 {pack.version}；{counts}。"
    yield "有公式的规则在填报表里随填随算；“工具检查”的在运行 `jixiao check` 时判断，E 组在 `jixiao batch` 时判断。"
    for letter, title in _GROUPS.items():
        rules = [r for r in every if r.id.startswith(letter)]
        if rules:
            yield from (
                "",
                f"## {letter} {title}",
                "",
                "| 规则 | 程度 | 审核内容 | 怎么判断 | 依据 |",
                "|---|---|---|---|---|",
            )
            yield from map(_row, rules)


def _row(rule: Rule) -> str:
    way = f"`{rule.formula}`" if rule.formula else "工具检查"
    cells = (rule.id, rule.severity.label, rule.title, way, rule.basis)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
