"""对比表 compared workbook: both values side by side, what was mended, and the same as JSON."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.audit import since
from toolkit.core.light import dataclass
from toolkit.publishing.result import check_json, finding_json
from toolkit.publishing.returning.plain import plain_book, plain_sheet
from toolkit.unit.returning import BOOK_SCOPE, compare_units

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from toolkit.audit import Audited, Since
    from toolkit.core.model import UnitReturn
    from toolkit.publishing.schemas import ChangeJson, CompareJson, SideJson
    from toolkit.unit.returning import Change, Comparison

_CHANGE_HEADS = ("序号", "范围", "工作表", "单元格", "名称", "行", "改动", "改前", "改后")
_CHANGE_WIDTHS = (6, 16, 16, 10, 26, 28, 8, 34, 34)
_FINDING_HEADS = ("序号", "情况", "规则", "程度", "工作表", "单元格", "问题", "原来的说法")
_FINDING_WIDTHS = (6, 10, 8, 8, 16, 10, 70, 50)


@dataclass(frozen=True, slots=True)
class Compared:
    """Two audited versions of one return (两次填报的对比)."""

    before: Audited
    after: Audited
    compared: Comparison
    since: Since

    def to_json(self) -> CompareJson:
        """The object of `compare --json`; its patch turns the first file's data into the second's."""
        return {
            "schema": "jixiao.compare/1",
            "before": _side(self.before),
            "after": _side(self.after),
            "patch": self.compared.patch,
            "changes": [_change(c, self.compared) for c in self.compared.changes],
            "findings": {
                "mended": [finding_json(f) for f in self.since.mended],
                "still": [{**finding_json(f), "was": was.message} for was, f in self.since.still],
                "new": [finding_json(f) for f in self.since.new],
            },
        }

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many findings were mended, are still there, are new."""
        return len(self.since.mended), len(self.since.still), len(self.since.new)


def compared(before: Audited, after: Audited) -> Compared:
    """Compare two audited returns of one pack."""
    comparison = compare_units(before.unit, after.unit, after.pack)
    return Compared(before, after, comparison, since(before.result, after.result, comparison))


def score_of(audited: Audited) -> tuple[str | None, str | None]:
    """Total and grade as `check --json` gives them."""
    score = check_json(audited)["score"]
    return score["total"], score["grade"]


def _side(audited: Audited) -> SideJson:
    total, grade = score_of(audited)
    unit = audited.unit
    return {
        "file": unit.path,
        "pack": unit.pack_id,
        "unit": unit.unit_name,
        "verdict": audited.result.verdict,
        "total": total,
        "grade": grade,
    }


def scope_name(scope: int, unit: UnitReturn) -> str:
    """整体, or the sheet of a project form."""
    return "整体" if scope == BOOK_SCOPE else unit.forms[scope].sheet


def _scope(change: Change, comparison: Comparison) -> str:
    gone = change.kind == "删" and not change.name
    return scope_name(change.scope, comparison.before if gone else comparison.after)


def _change(change: Change, comparison: Comparison) -> ChangeJson:
    ref = change.ref
    return {
        "scope": _scope(change, comparison),
        "name": change.name or None,
        "kind": change.kind,
        "row": change.row or None,
        "sheet": ref.sheet if ref else None,
        "cell": ref.address if ref else None,
        "before": change.before,
        "after": change.after,
    }


def shown(value: object) -> str:
    """One side for people; a whole row as its texts."""
    if isinstance(value, dict):
        return "；".join(f"{k} {v}" for k, v in value.items())
    return "（空）" if value is None else str(value)


def both_shown(before: object, after: object, most: int = 40) -> tuple[str, str]:
    """Both sides on one line; of long ones that begin alike what differs."""
    sides = [" ".join(shown(v).split()) for v in (before, after)]
    alike = next((i for i, (a, b) in enumerate(zip(*sides, strict=False)) if a != b), min(map(len, sides)))
    start = alike - most // 4 if alike > most // 2 and max(map(len, sides)) > most else 0
    cut = [f"…{side[start:]}" if start else side for side in sides]
    one, other = (side if len(side) <= most else f"{side[: most - 1]}…" for side in cut)
    return one, other


def name_of(change: Change) -> str:
    """What was changed, as people say it; its sheet stands beside it."""
    return " ".join(change.name.split("_")[1:]) or change.name or "自评表"


def compared_workbook(found: Compared) -> bytes:
    """对比表.xlsx. Same input, same bytes."""
    stream = io.BytesIO()
    names = [Path(side.unit.path).name or "（未命名）" for side in (found.before, found.after)]
    (total, grade), (new_total, new_grade) = (score_of(side) for side in (found.before, found.after))
    scores = f"总分：{total or '算不出'}（{grade or '—'}）→ {new_total or '算不出'}（{new_grade or '—'}）"
    mended, still, new = found.counts
    unit = found.after.unit.unit_name or "（未填单位名称）"
    lines = [f"{unit}　两次填报对比", f"改前：{names[0]}　　改后：{names[1]}　　{scores}"]
    count = f"共 {len(found.compared.changes)} 处改动；移动了位置的行不算改动。"
    told = f"改正 {mended} 个，还剩 {still} 个，新增 {new} 个（已说明的警示算改正）。"
    with plain_book(stream) as book:
        plain_sheet(book, "改动", [*lines, count], _CHANGE_HEADS, _CHANGE_WIDTHS, _change_lines(found))
        plain_sheet(book, "问题", [*lines, told], _FINDING_HEADS, _FINDING_WIDTHS, _finding_lines(found.since))
    return stream.getvalue()


def _change_lines(found: Compared) -> Iterable[Sequence[str]]:
    for number, change in enumerate(found.compared.changes, 1):
        ref = change.ref
        place = (ref.sheet, ref.address) if ref else ("", "")
        scope = _scope(change, found.compared)
        sides = (shown(change.before), shown(change.after)) if change.name else ("", "")
        yield (str(number), scope, *place, name_of(change), change.row, change.kind, *sides)


def _finding_lines(found: Since) -> Iterable[Sequence[str]]:
    still = [("还在", new, old.message if old.message != new.message else "") for old, new in found.still]
    listed = [("新增", f, "") for f in found.new] + still + [("已改正", f, "") for f in found.mended]
    for number, (word, finding, was) in enumerate(listed, 1):
        where = finding.cells[0].address if finding.cells else ""
        yield str(number), word, finding.rule, finding.severity.label, finding.sheet, where, finding.message, was
