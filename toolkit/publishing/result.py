"""result.json and `check --json` (机读结果): the same figures and findings for programs. Numbers are strings."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import orjson

from toolkit import __version__
from toolkit.audit.secrecy import is_secret, telling_figures, withheld_of
from toolkit.core.money import plain, round_half_up
from toolkit.core.words import dump_json, value_text
from toolkit.pack import batch_settings, pack_digest, toolkit_digest
from toolkit.publishing.trace import SOURCE_KINDS, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from toolkit.audit import Audited
    from toolkit.core.findings import Cause, CellRef, Clue, Completeness, Finding, Missing
    from toolkit.core.model import Row
    from toolkit.pack import Pack, Score
    from toolkit.publishing.schemas import (
        CauseJson,
        CheckJson,
        ClueJson,
        CompletenessJson,
        FigureJson,
        FilledJson,
        FindingJson,
        FormScoreJson,
        IndicatorJson,
        MadeJson,
        MissingJson,
        ProjectJson,
        ScoreJson,
        SourceJson,
    )
    from toolkit.publishing.trace import Line
    from toolkit.unit import Figures, UnitFigures


def check_json(audited: Audited) -> CheckJson:
    """The object that `jixiao check --json` prints for one file."""
    unit, figures, result, pack = audited.unit, audited.figures, audited.result, audited.pack
    roles = unit.book.roles
    year = unit.book.cell(roles.year).value
    told: CheckJson = {
        "schema": "jixiao.check/1",
        "file": unit.path,
        "pack": pack.id,
        "unit": unit.unit_name,
        "unit_code": unit.book.code,
        "year": int(year) if isinstance(year, Decimal) else pack.year,
        "verdict": result.verdict,
        "completeness": _completeness(result.completeness),
        "missing": [_missing(m) for m in result.completeness.missing],
        "score": _book_score(figures, pack),
        "project_scores": [_form_score(f, pack) for f in figures.forms],
        "findings": [finding_json(f) for f in result.findings],
        "passed": list(result.passed),
        "not_checked": [{"rule": n.rule, "reason": n.reason} for n in result.not_checked],
    }
    if pack.supplement:
        told["supplement"] = pack.supplement.told
    return told


def result_json(audited: Audited, files: Mapping[str, bytes]) -> MadeJson:
    """result.json of a run but for its figures: the check, what it was made from and by, its files."""
    unit, figures, pack = audited.unit, audited.figures, audited.pack
    found, inside = check_json(audited), withheld_of(unit, figures, pack)
    telling = telling_figures(unit, figures, pack, batch_settings(pack).names) if inside.rows else ()
    findings = zip(found["findings"], audited.result.findings, strict=True)
    return {
        **found,
        "schema": "jixiao.result/1",
        "file": unit.path.replace("\\", "/").rpartition("/")[2],
        "input_sha256": unit.digest,
        "project_scores": [{**s, "withheld": i in inside.forms} for i, s in enumerate(found["project_scores"])],
        "findings": [
            {**told, "withheld": inside.told_by(finding) or bool(telling and finding.left is not None)}
            for told, finding in findings
        ],
        "toolkit_version": __version__,
        "toolkit_sha256": toolkit_digest(),
        "pack_version": pack.version,
        "pack_sha256": pack_digest(pack),
        "files": [{"name": name, "size": len(data)} for name, data in files.items()],
        "money_unit": pack.unit,
        "department": unit.book.text(unit.book.roles.department),
        "withheld_figures": list(telling),
        "withheld_texts": sorted(filter(inside.named_in, set(_told_elsewhere(audited, found)))),
        "filled_on": unit.book.text(unit.book.roles.filed_on),
        "projects": [_project(row, withheld=i in inside.rows) for i, row in enumerate(unit.book.projects)],
    }


def _told_elsewhere(audited: Audited, found: CheckJson) -> Iterator[str]:
    """The texts of a return that a summary of many prints."""
    book = audited.unit.book
    yield book.text(book.roles.department)
    yield from (row.name for row in book.projects)
    for score in (found["score"], *found["project_scores"]):
        yield from (indicator[text] for indicator in score["indicators"] for text in ("name", "working"))


def result_file(made: MadeJson, report: list[list[str]], lines: Iterable[Line], money_unit: str) -> bytes:
    """result.json with every figure and its source, one a line, so that two runs can be compared line by line.

    `report` is the text of 自评报告 as it is written, to know later what staff change in it. Each figure is written as
    it comes: the 18,000 of a unit with 300 project forms would take 60 MB as objects.
    """
    figures = b",\n    ".join([orjson.dumps(_figure(line, money_unit)) for line in lines])
    result = {**made, "report": report} if report else made
    return b'%b,\n  "figures": [\n    %b\n  ]\n}\n' % (dump_json(result).rstrip("}\n").encode(), figures)


def _figure(line: Line, usual: str) -> FigureJson:
    """One figure with where it comes from; its unit of money where that is not the usual one."""
    found: FigureJson = {
        "scope": line.scope,
        "name": line.name,
        "value": value_text(line.value),
        "source": _source(line),
    }
    if line.unit not in {"", usual}:
        found["money_unit"] = line.unit
    return found


def _source(line: Line) -> SourceJson:
    """The cell of a figure, or its formula and operands."""
    found: SourceJson = {"kind": SOURCE_KINDS[line.source]}
    if line.cell:
        found |= {"sheet": line.cell.sheet, "cell": line.cell.address}
    if line.source is Source.COMPUTED:
        found["formula"], found["working"] = line.formula, line.working
        found["operands"] = [{"scope": s, "name": n, "value": value_text(v)} for s, n, v in line.operands]
    if line.note:
        found["note"] = line.note
    return found


def _project(row: Row, *, withheld: bool) -> ProjectJson:
    roles = row.roles
    place = row.cell(roles.name).ref
    return {
        "code": row.text(roles.code),
        "name": row.name,
        "spent": value_text(row.value(roles.spent)),
        "sheet": place.sheet,
        "cell": place.address,
        "withheld": withheld,
        "secret": is_secret(row),
    }


def _form_score(figures: Figures, pack: Pack) -> FormScoreJson:
    """The score of one form; its kind and its unit of money where they are not those of all others."""
    space = figures.section.space
    own = _score(figures)
    found: FormScoreJson = {
        "name": figures.section.name,
        "total": own["total"],
        "grade": own["grade"],
        "execution": own["execution"],
        "indicators": own["indicators"],
    }
    if space.told:
        found["kind"] = space.kind
    if space.unit != pack.unit:
        found["money_unit"] = space.unit
    return found


def _score(figures: Figures) -> ScoreJson:
    view, roles = figures.computed, figures.section.roles
    rows = zip(figures.section.indicators, view.points, view.scores, strict=True)
    return {
        "total": _points(view.number(roles.total)),
        "grade": value_text(view.content(roles.grade)),
        "execution": _points(view.number(roles.execution)),
        "indicators": [_indicator(*row) for row in rows],
    }


def _book_score(figures: UnitFigures, pack: Pack) -> ScoreJson:
    """Where the form gives the whole no points, the mean of its projects stands for them."""
    own = _score(figures.book)
    if pack.dictionary.book.roles.total:
        return own
    scored = [(f.section, t) for f in figures.forms if (t := f.computed.number(f.section.roles.total)) is not None]
    if not scored:
        return own
    kinds = {section.space.kind for section, _ in scored}
    scoring = pack.scoring_of(kinds.pop() if len(kinds) == 1 else "")
    mean = round_half_up(sum((total for _, total in scored), Decimal(0)) / len(scored), scoring.places)
    return {**own, "total": _points(mean), "grade": scoring.grade(mean)}


def _indicator(row: Row, points: Decimal | None, score: Score) -> IndicatorJson:
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


def finding_json(found: Finding) -> FindingJson:
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


def _cause(found: Cause) -> CauseJson:
    return {"rule": found.rule, "sheet": found.cell.sheet, "cell": found.cell.address}


def _completeness(found: Completeness) -> CompletenessJson:
    sheets: dict[str, FilledJson] = {
        s: {"filled": filled, "required": required} for s, (filled, required) in found.by_sheet.items()
    }
    return {"filled": found.filled, "required": found.required, "by_sheet": sheets}


def _missing(found: Missing) -> MissingJson:
    return {"name": found.name, "sheet": found.cell.sheet, "cell": found.cell.address, "title": found.title}


def _clue(found: Clue, sheet: str) -> ClueJson:
    return {
        "cells": [_place(c, sheet) for c in found.cells],
        "values": [plain(v) for v in found.values],
        "mechanism": found.mechanism,
        "satisfies": list(found.satisfies),
    }


def _place(cell: CellRef, sheet: str) -> str:
    return cell.address if cell.sheet == sheet else f"{cell.sheet}!{cell.address}"
