"""pack check for a batch (规则包检查·汇总): `[batch]`, `[[batch_rule]]` and 通报.docx agree with the toolkit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from toolkit.batch_checks import BATCH_CHECKS
from toolkit.batch_settings import batch_settings
from toolkit.bulletin import BULLETIN_NAMES, bulletin_template
from toolkit.dictionary import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from toolkit.pack import Pack

_RULE_ID = re.compile(r"E\d{2}")


def check_batch(pack: Pack) -> Iterator[str]:
    """Every contradiction."""
    names = set(pack.dictionary.book.all_names())
    for name in batch_settings(pack).names:
        if name not in names:
            yield f"pack.toml [batch] figures：{_unknown(name, names)}"
    for rule in pack.batch_rules:
        where = f"pack.toml 汇总规则 {rule.id}“{rule.title}”"
        if not _RULE_ID.fullmatch(rule.id):
            yield f"{where}：编号应为 E 加两位数字。"
        if rule.check not in BATCH_CHECKS:
            yield f"{where}：{_unknown(str(rule.check), BATCH_CHECKS)}"
        if not rule.title or not rule.fact or not rule.action:
            yield f"{where}：缺少 title、fact 或 action。"
    for name in sorted(bulletin_template(pack).names - set(BULLETIN_NAMES)):
        yield f"通报.docx：{_unknown(name, BULLETIN_NAMES)}"


def _unknown(name: str, known: Iterable[str]) -> str:
    close = nearest(name, known)
    return f"不认识“{name}”" + (f"，是不是“{close}”？" if close else "")
