"""批量 batch: every workbook of a folder tree, then 汇总. The only place that knows the order of a batch."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING

from toolkit.batch.collect import (
    BATCH_JSON_NAME,
    BLOCKED,
    BULLETIN_NAME,
    SUMMARY_NAME,
    UNREADABLE,
    Batch,
    BatchResult,
    UnitJob,
    UnitRecord,
    again,
    audit_batch,
    binding_of,
    build_tree,
    figures_of,
    find_workbooks,
    is_current,
    load_result,
    read_record,
    read_roster,
    remove_leftovers,
    secrets_of,
    settle,
    veiled,
)
from toolkit.core.findings import Finding, Severity, sort_findings
from toolkit.core.light import replace
from toolkit.core.words import visible
from toolkit.engines import keep_inputs, make_folder, mark_zip, remove_file, write_file, write_with
from toolkit.pack import RESULT_NAME, batch_settings, default_pack, disclosure_settings, file_digest, find_pack
from toolkit.pipeline import PUBLIC_FILES, PUBLIC_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from toolkit.batch.collect import BatchRequest, Engine, FoundFiles, Listener, Roster
    from toolkit.pack import Pack

_UNMENTIONED = "withheld_unmentioned"  # the check that finds in one unit what is found here between two


def run_batch(request: BatchRequest, engine: Engine, listener: Listener) -> BatchResult:
    """Process every workbook below `request.folder` and write the summaries into `request.output`.

    Raises:
        UsageError: no such folder, a roster that is wrong, or an output that cannot be written.
        PackError: no such pack.
    """
    roster = read_roster(request.roster) if request.roster else None
    pack = find_pack(request.pack, request.folder) if request.pack else None
    summaries = [request.output / name for name in (SUMMARY_NAME, BULLETIN_NAME, BATCH_JSON_NAME)]
    keep_inputs(summaries, [request.roster] if request.roster else [])
    found = find_workbooks(request.folder, request.output, request.roster)
    make_folder(request.output)
    remove_leftovers(request.output)
    jobs = _jobs(request, found, pack or default_pack())
    records = {} if request.force or request.public else _unchanged(jobs, request.output, pack)
    unchanged = frozenset(records)
    listener.start(found, len(unchanged))
    for record in _all(jobs, records, engine):
        records[record.file] = record
        listener.finished(record)
    chosen = pack or _most_used(records.values(), request.folder)
    batch = consolidated(_with_figures(records, jobs, request.output, chosen), found, roster, chosen)
    withdrawn = tuple(_withdrawn(batch, request.output)) if request.public and chosen.has_public else ()
    audited = audit_batch(batch)
    audited = replace(audited, findings=sort_findings([*audited.findings, *withdrawn]))
    redone = sum(1 for r in records.values() if r.done and r.file not in unchanged)
    kept = {r.folder for r in records.values()}
    stale = tuple(visible(f.name) for f in _result_folders(request.output) if f.name not in kept)
    result = BatchResult(batch, audited, found, redone, len(unchanged), stale)
    _publish(result, request.output)
    return result


def _jobs(request: BatchRequest, found: FoundFiles, pack: Pack) -> list[UnitJob]:
    figures = batch_settings(pack).figures
    home, output = str(request.folder), str(request.output)
    sources = [p.relative_to(request.folder).as_posix() for p in found.workbooks]
    files = _shown_names(sources)
    jobs = zip(files, sources, strict=True)
    whole = UnitJob(home, "", output, request.pack, figures, pack.unit)
    whole = replace(whole, public=request.public, keep_edits=request.keep_edits)
    return [replace(whole, file=f, source=s) for f, s in jobs]


def _shown_names(names: Sequence[str]) -> list[str]:
    """The names as they can be shown, each once: files are told apart by them from here on."""
    found: dict[str, int] = {}
    shown = []
    for name in (visible(n).replace("\n", "[U+000A]").replace("\t", " ") for n in names):
        number = found[name] = found.get(name, 0) + 1
        shown.append(name if number == 1 else f"{name}（同名第 {number} 个）")
    return shown


def _all(jobs: Sequence[UnitJob], known: dict[str, UnitRecord], engine: Engine) -> Iterator[UnitRecord]:
    """The jobs that need doing; then those whose folders fell together (重复报送), each into its own.

    Two returns of one unit that were written at the same time may have blocked each other: such a job is tried
    again, and the folders are looked at once more.
    """
    yield from engine([job for job in jobs if job.file not in known])
    by_file = {job.file: job for job in jobs}
    blocked = [by_file[r.file] for r in known.values() if r.outcome == BLOCKED]
    if blocked:
        yield from engine(blocked)
    folders: dict[str, list[UnitRecord]] = {}
    for record in sorted(known.values(), key=lambda r: (r.filled_on, r.modified, r.file), reverse=True):
        if record.done:
            folders.setdefault(record.folder.casefold(), []).append(record)
    fallen = [again([by_file[r.file] for r in group]) for group in folders.values() if len(group) > 1]
    if fallen:
        yield from engine([job for group in fallen for job in group])


def _unchanged(jobs: Sequence[UnitJob], output: Path, pack: Pack | None) -> dict[str, UnitRecord]:
    """Records of earlier results whose input, pack, toolkit and files are what they were."""
    earlier: dict[tuple[str, str], list[Path]] = {}
    for folder in _result_folders(output):
        result = load_result(folder)
        if is_current(result, folder, pack):
            earlier.setdefault((result["input_sha256"], result["file"]), []).append(folder)
    found: dict[str, UnitRecord] = {}
    for job in jobs if earlier else ():
        same = earlier.get((file_digest(job.path), visible(job.path.name)))
        if same:
            found[job.file] = read_record(same.pop(0), job)
    return found


def _result_folders(output: Path) -> list[Path]:
    return sorted(path.parent for path in output.glob(f"*/{RESULT_NAME}"))


def _most_used(records: Iterable[UnitRecord], near: Path) -> Pack:
    """The pack that most returns were made from; of equals the first by id; the default one where none was read."""
    counts = Counter(r.pack for r in records if r.done)
    return find_pack(min(counts, key=lambda p: (-counts[p], p)), near) if counts else default_pack()


def _with_figures(
    records: dict[str, UnitRecord], jobs: Sequence[UnitJob], output: Path, pack: Pack
) -> Iterator[UnitRecord]:
    """The records with the figures that this pack adds up; another pack's are fetched once more."""
    figures = batch_settings(pack).figures
    for job in jobs:
        record, wanted = records[job.file], replace(job, figures=figures, money=pack.unit)
        if record.done and job != wanted:
            record = replace(read_record(output / record.folder, wanted), edits=record.edits)
        yield record


def consolidated(records: Iterable[UnitRecord], found: FoundFiles, roster: Roster | None, pack: Pack) -> Batch:
    """The units in their places, the tree, and its sums."""
    settings = batch_settings(pack)
    unread = [UnitRecord(s.file, UNREADABLE, s.reason) for s in found.unreadable]
    entries = settle([*records, *unread], roster, (pack.id, *settings.also))
    secrets = secrets_of(e.record for e in entries if e.record)
    entries = [secrets.reticent(entry) for entry in entries]
    nodes = build_tree(entries, roster)
    figures = figures_of(nodes, entries, settings, [g.name for g in pack.scoring.grades])
    bound = disclosure_settings(pack).bound if pack.has_public else Fraction(0)  # without one, nothing is withheld
    figures, entries = veiled(nodes, figures, entries, settings, bound)
    return Batch(pack, settings, roster, entries, nodes, figures, secrets)


def _withdrawn(batch: Batch, output: Path) -> Iterator[Finding]:
    """Public editions that tell another unit's secret project are taken away; where it stands is told.

    Raises:
        WriteError: an edition cannot be taken away.
    """
    plain, length = disclosure_settings(batch.pack).plain_names, batch.settings.code_length
    rule = next((r.id for r in batch.pack.rules if r.check == _UNMENTIONED), "")
    secrets = binding_of([e.record for e in batch.filed if e.record], plain, length)
    for entry in batch.filed if secrets.words else ():
        folder = output / (entry.record.folder if entry.record else "") / PUBLIC_FOLDER
        edition = load_result(folder) if (folder / RESULT_NAME).is_file() else {}
        places = dict.fromkeys(name for name, text in _texts(edition) if secrets.within(text))
        for name in PUBLIC_FILES if places else ():
            remove_file(folder / name)
        if places:
            where = "、".join(f"“{name}”" for name in places)
            told = f"“{entry.name}”的公开版里写了别的单位的涉密项目（{where}），公开版已取走。请改写这些文字后再生成。"
            yield Finding(rule, Severity.ERROR, (), f"{told}[{rule}]")


def _texts(found: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text of an edition with the name it stands under."""
    if isinstance(found, dict):
        for key, value in found.items():
            yield from _texts(value, key)
    elif isinstance(found, list):
        for value in found:
            yield from _texts(value, name)
    elif isinstance(found, str):
        yield name, found


def _publish(result: BatchResult, output: Path) -> None:
    from toolkit.batch.summary import OVERVIEW_NAME, bulletin_file, overview_page, write_batch_json, write_summary

    def summary(path: Path) -> None:
        write_summary(path, result.batch, result.audit, output)
        mark_zip(path)

    write_with(output / SUMMARY_NAME, summary)
    write_file(output / BULLETIN_NAME, bulletin_file(result.batch, result.audit))
    write_file(output / OVERVIEW_NAME, overview_page(result.batch))
    write_with(output / BATCH_JSON_NAME, lambda path: write_batch_json(path, result))
