"""汇总.json and `batch --json` (机读汇总): who has filed, each unit, what was judged over all. Numbers are strings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from toolkit.batch.collect import Status, count
from toolkit.core.money import plain

if TYPE_CHECKING:
    from decimal import Decimal
    from pathlib import Path

    from toolkit.batch.collect import BatchResult, Entry, Node, NodeFigures
    from toolkit.core.findings import Finding
    from toolkit.core.words import Json

SCHEMA = "jixiao.batch/1"

_INTERNAL = "内部资料，不得对外公开"


def batch_json(result: BatchResult) -> Json:
    """The object of `batch --json`, without what differs from run to run on the same input."""
    batch, audit = result.batch, result.audit
    counts = {s.value: count(batch.entries, s) for s in Status}
    lines = zip(batch.nodes, batch.figures, strict=True)
    return {
        "schema": SCHEMA,
        "notice": _INTERNAL,
        "pack": batch.pack.id,
        "year": batch.pack.year,
        "roster": batch.roster.path if batch.roster else None,
        "counts": {"workbooks": len(result.found.workbooks), **counts},
        "units": [_entry(e) for e in batch.entries],
        "summary": [_node(n, f, batch.settings.names) for n, f in lines if not n.leaf],
        "findings": [_finding(f) for f in audit.findings],
        "passed": list(audit.passed),
        "not_checked": [{"rule": n.rule, "reason": n.reason} for n in audit.not_checked],
        "skipped": [{"file": batch.secrets.label(s.file), "reason": s.reason} for s in result.found.skipped],
        "stale": list(result.stale),
    }


def write_batch_json(path: Path, result: BatchResult) -> None:
    """汇总.json, written piece by piece: the text of a province is never in memory as a whole."""
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        json.dump(batch_json(result), stream, ensure_ascii=False, indent=1)
        stream.write("\n")


def _entry(entry: Entry) -> Json:
    record = entry.record
    found: Json = {"code": entry.code, "name": entry.name, "status": entry.status.value, "note": entry.note}
    found |= {"counted": entry.counted, "file": record.file if record else None}
    if record and record.done:
        errors, warnings, notices = record.counts
        found |= {"folder": record.folder, "verdict": record.verdict, "pack": record.pack}
        found["completeness"] = dict(zip(("filled", "required"), record.completeness, strict=True))
        found |= {"total": _text(record.total), "grade": record.grade or None}
        found |= {"errors": errors, "warnings": warnings, "notices": notices, "rules": list(record.rules)}
    return found


def _node(node: Node, figures: NodeFigures, names: tuple[str, ...]) -> Json:
    pairs = zip(names, figures.sums, figures.filled, strict=True)
    return {
        "name": node.label,
        "code": node.code,
        "units": node.expected,
        "counted": len(node.members),
        "sums": {n: {"sum": _text(s), "units": filled} for n, s, filled in pairs},
        "withheld": [n for i, n in enumerate(names) if i in figures.veiled],
        "scores": {
            "units": figures.scored,
            "mean": _text(figures.mean),
            "weighted_mean": _text(figures.weighted),
            "low": _text(figures.low),
            "high": _text(figures.high),
            "spread": _text(figures.spread),
        },
    }


def _finding(found: Finding) -> Json:
    sides = {"left": found.left, "right": found.right, "difference": found.difference, "tolerance": found.tolerance}
    told = {"rule": found.rule, "severity": found.severity.value, "message": found.message}
    return told | {k: _text(v) for k, v in sides.items()}


def _text(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)
