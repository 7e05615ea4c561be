"""result.json and `check --json` (机读结果): the same figures and findings for programs. Numbers are strings."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import orjson

from toolkit import __version__
from toolkit.audit.secrecy import is_secret, telling_figures, withheld_of
from toolkit.core.money import round_half_up
from toolkit.core.words import dump_json, value_text
from toolkit.pack import batch_settings, pack_digest, toolkit_digest
from toolkit.publishing.trace import SOURCE_KINDS, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from toolkit.audit import Audited
    from toolkit.core.findings import Cause, CellRef, Clue, Completeness, Finding, Missing
    from toolkit.core.model import Row
    from toolkit.core.words import Json
    from toolkit.pack import Pack, Score
    from toolkit.publishing.trace import Line
    from toolkit.unit import Figures, UnitFigures

CHECK_SCHEMA, RESULT_SCHEMA = "jixiao.check/1", "jixiao.result/1"


def check_json(audited: Audited) -> Json:
    """The object that `jixiao check --json` prints for one file."""
    unit, figures, result, pack = audited.unit, audited.figures, audited.result, audited.pack
    roles = unit.book.roles
    year = unit.book.cell(roles.year).value
    return {
        "schema": CHECK_SCHEMA,
        "file": unit.path,
        "pack": pack.id,
        **({"supplement": pack.supplement.told} if pack.supplement else {}),
        "unit": unit.unit_name,
        "unit_code": unit.book.code,
        "year": int(year) if isinstance(year, Decimal) else pack.year,
        "verdict": result.verdict,
        "completeness": _completeness(result.completeness),
        "missing": [_missing(m) for m in result.completeness.missing],
        "score": _score(figures.book) | _mean(figures, pack),
        "project_scores": [_form_score(f, pack) for f in figures.forms],
        "findings": [finding_json(f) for f in result.findings],
        "passed": list(result.passed),
        "not_checked": [{"rule": n.rule, "reason": n.reason} for n in result.not_checked],
    }


def result_json(audited: Audited, files: Mapping[str, bytes]) -> Json:
    """result.json of a run but for its figures: the check, what it was made from and by, its files."""
    unit, figures, pack = audited.unit, audited.figures, audited.pack
    found, inside = check_json(audited), withheld_of(unit, figures, pack)
    telling = telling_figures(unit, figures, pack, batch_settings(pack).names) if inside.rows else ()
    for told, finding in zip(found["findings"], audited.result.findings, strict=True):
        told["withheld"] = inside.told_by(finding) or bool(telling and finding.left is not None)
    for index, score in enumerate(found["project_scores"]):
        score["withheld"] = index in inside.forms
    return found | {
        "schema": RESULT_SCHEMA,
        "file": unit.path.replace("\\", "/").rpartition("/")[2],
        "input_sha256": unit.digest,
        "toolkit_version": __version__,
        "toolkit_sha256": toolkit_digest(),
        "pack_version": pack.version,
        "pack_sha256": pack_digest(pack),
        "files": [{"name": name, "size": len(data)} for name, data in files.items()],
        "money_unit": pack.unit,
        "department": unit.book.text(unit.book.roles.department),
        "withheld_figures": list(telling),
        "withheld_texts": sorted(set(filter(inside.named_in, _told_elsewhere(audited, found)))),
        "filled_on": unit.book.text(unit.book.roles.filed_on),
        "projects": [
            _project(row) | {"withheld": i in inside.rows, "secret": is_secret(row)}
            for i, row in enumerate(unit.book.projects)
        ],
    }


def _told_elsewhere(audited: Audited, found: Json) -> Iterator[str]:
    """The texts of a return that a summary of many prints."""
    book = audited.unit.book
    yield book.text(book.roles.department)
    yield from (row.name for row in book.projects)
    for score in (found["score"], *found["project_scores"]):
        yield from (indicator["name"] for indicator in score["indicators"])


def result_file(result: Json, lines: Iterable[Line], money_unit: str) -> bytes:
    """result.json with every figure and its source, one a line, so that two runs can be compared line by line.

    Each is written as it comes: the 18,000 of a unit with 300 project forms would take 60 MB as objects.
    """
    figures = b",\n    ".join([orjson.dumps(_figure(line, money_unit)) for line in lines])
    return b'%b,\n  "figures": [\n    %b\n  ]\n}\n' % (dump_json(result).rstrip("}\n").encode(), figures)


def _figure(line: Line, usual: str) -> Json:
    """One figure with its cell, or with its formula and operands; its unit of money where that is not the usual one."""
    place = {"sheet": line.cell.sheet, "cell": line.cell.address} if line.cell else {}
    source: Json = {"kind": SOURCE_KINDS[line.source], **place}
    if line.source is Source.COMPUTED:
        operands = [{"scope": s, "name": n, "value": value_text(v)} for s, n, v in line.operands]
        source |= {"formula": line.formula, "working": line.working, "operands": operands}
    if line.note:
        source["note"] = line.note
    unit = {"money_unit": line.unit} if line.unit not in {"", usual} else {}
    return {"scope": line.scope, "name": line.name, "value": value_text(line.value), **unit, "source": source}


def _project(row: Row) -> Json:
    roles = row.roles
    place = row.cell(roles.name).ref
    return {
        "code": row.text(roles.code),
        "name": row.name,
        "spent": value_text(row.value(roles.spent)),
        "sheet": place.sheet,
        "cell": place.address,
    }


def _form_score(figures: Figures, pack: Pack) -> Json:
    """The score of one form; its kind and its unit of money where they are not those of all others."""
    space = figures.section.space
    more = {"kind": space.kind} if space.told else {}
    more |= {"money_unit": space.unit} if space.unit != pack.unit else {}
    return {**more, "name": figures.section.name, **_score(figures)}


def _score(figures: Figures) -> Json:
    view, roles = figures.computed, figures.section.roles
    rows = zip(figures.section.indicators, view.points, view.scores, strict=True)
    return {
        "total": _points(view.number(roles.total)),
        "grade": view.content(roles.grade),
        "execution": _points(view.number(roles.execution)),
        "indicators": [_indicator(*row) for row in rows],
    }


def _mean(figures: UnitFigures, pack: Pack) -> Json:
    """Where the form gives the whole no points, the mean of its projects stands for them."""
    if pack.dictionary.book.roles.total:
        return {}
    scored = [(f.section, t) for f in figures.forms if (t := f.computed.number(f.section.roles.total)) is not None]
    if not scored:
        return {}
    kinds = {section.space.kind for section, _ in scored}
    scoring = pack.scoring_of(kinds.pop() if len(kinds) == 1 else "")
    mean = round_half_up(sum((total for _, total in scored), Decimal(0)) / len(scored), scoring.places)
    return {"total": _points(mean), "grade": scoring.grade(mean)}


def _indicator(row: Row, points: Decimal | None, score: Score) -> Json:
    cell = row.cell(row.roles.score)
    submitted = None if cell.formula or cell.blank else value_text(cell.value)
    return {
        "name": row.name,
        "weight": value_text(row.value(row.roles.weight)),
        "score": _points(points),
        "submitted": submitted,
        "working": score.working or score.problem,
    }


def _points(number: Decimal | None) -> str | None:
    return None if number is None else str(round_half_up(number, 2))


def finding_json(found: Finding) -> Json:
    """A finding, in whatever a command tells programs."""
    return {
        "rule": found.rule,
        "severity": found.severity.value,
        "sheet": found.sheet,
        "cells": [_place(c, found.sheet) for c in found.cells],
        "left": value_text(found.left),
        "right": value_text(found.right),
        "difference": value_text(found.difference),
        "tolerance": value_text(found.tolerance),
        "message": found.message,
        "explained": found.explained,
        "clues": [_clue(c, found.sheet) for c in found.clues],
        "caused_by": _cause(found.caused_by) if found.caused_by else None,
    }


def _cause(found: Cause) -> Json:
    return {"rule": found.rule, "sheet": found.cell.sheet, "cell": found.cell.address}


def _completeness(found: Completeness) -> Json:
    sheets = {s: {"filled": filled, "required": required} for s, (filled, required) in found.by_sheet.items()}
    return {"filled": found.filled, "required": found.required, "by_sheet": sheets}


def _missing(found: Missing) -> Json:
    return {"name": found.name, "sheet": found.cell.sheet, "cell": found.cell.address, "title": found.title}


def _clue(found: Clue, sheet: str) -> Json:
    return {
        "cells": [_place(c, sheet) for c in found.cells],
        "values": [value_text(v) for v in found.values],
        "mechanism": found.mechanism,
        "satisfies": list(found.satisfies),
    }


def _place(cell: CellRef, sheet: str) -> str:
    return cell.address if cell.sheet == sheet else f"{cell.sheet}!{cell.address}"
