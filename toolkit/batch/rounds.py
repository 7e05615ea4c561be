"""轮次 rounds: what each round of a batch found, and what goes back to each unit: 退回意见 and 审核反馈.

A round begins when a unit has sent another workbook than in the round before. Rounds are kept in folders of their
own; a unit without open 错误 or 警示, whose data are all there, gets no letter.
"""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson

from toolkit.batch.collect import BULLETIN_NAME, WITHHELD, Status, load_result
from toolkit.batch.summary import RoundCounts, bulletin_file
from toolkit.core.findings import Cause, CellRef, Severity, causes_of, folded
from toolkit.core.light import dataclass
from toolkit.core.words import dump_json
from toolkit.engines import make_folder, remove_file, safe_name, write_file
from toolkit.pack import LETTER_TEMPLATE
from toolkit.publishing.document import pack_template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from toolkit.batch.collect import BatchResult, Entry, Secrets
    from toolkit.core.words import Json
    from toolkit.pack import Pack
    from toolkit.publishing.schemas import RoundFindingJson, RoundJson

ROUNDS_FOLDER, ROUND_JSON, LETTER_NAME = "轮次", "轮次.json", "退回意见.docx"

LETTER_NAMES = (
    *("年度", "单位", "文件", "轮次", "错误", "警示", "未填", "改正", "还剩", "新增", "问题", "期限", "联系人"),
)

_MOST_LISTED = 60


@dataclass(frozen=True, slots=True)
class UnitRound:
    """How one unit stands in a round (单位的一轮): its open findings, and what became of those of the round before.

    `state` tells for each finding 新增 or 上轮未改, in the first round "".
    """

    key: str
    name: str
    file: str
    folder: str
    digest: str
    findings: tuple[Json, ...]
    states: tuple[str, ...]
    mended: int

    @property
    def still(self) -> int:
        """How many were there before."""
        return sum(1 for s in self.states if s == "上轮未改")

    @property
    def new(self) -> int:
        """How many are new."""
        return sum(1 for s in self.states if s == "新增")

    def count(self, severity: Severity) -> int:
        """How many findings have a severity."""
        return sum(1 for f in self.findings if f["severity"] == severity.value)


@dataclass(frozen=True, slots=True)
class Round:
    """One round of a batch (一轮)."""

    number: int
    folder: Path
    units: tuple[UnitRound, ...]

    @property
    def counts(self) -> RoundCounts:
        """What 通报 says of it."""
        units = self.units
        sums = (sum(u.mended for u in units), sum(u.still for u in units), sum(u.new for u in units))
        return RoundCounts(self.number, sum(1 for u in units if u.findings), *sums)

    def to_json(self) -> RoundJson:
        """轮次.json."""
        return {
            "schema": "jixiao.round/1",
            "round": self.number,
            "units": [
                {
                    "key": u.key,
                    "name": u.name,
                    "file": u.file,
                    "input_sha256": u.digest,
                    "mended": u.mended,
                    "still": u.still,
                    "new": u.new,
                    "findings": [_kept(f) for f in u.findings],
                }
                for u in self.units
            ],
        }


def write_round(result: BatchResult, output: Path, deadline: str = "", contact: str = "") -> Round:
    """Keep this round and write what goes back to each unit.

    Raises:
        UsageError: a file of somebody else stands in the way.
        WriteError: the output cannot be written to.
    """
    home = output / ROUNDS_FOLDER
    known = _known(home)
    entries = [e for e in result.batch.entries if e.record and e.record.done and e.status is not Status.TWICE]
    read = [(e, load_result(output / e.record.folder)) for e in entries if e.record]
    number = _number(known, {_key(e): r.get("input_sha256", "") for e, r in read})
    before = known.get(number - 1, {})
    secrets = result.batch.secrets
    units = tuple(_unit(e, r, before.get(_key(e)), secrets, first=number == 1) for e, r in read)
    found = Round(number, home / f"第{number}轮", units)
    make_folder(found.folder)
    for unit in units:
        _write_unit(unit, found, output, result.batch.pack, (deadline, contact))
    write_file(found.folder / ROUND_JSON, dump_json(found.to_json()).encode())
    write_file(output / BULLETIN_NAME, bulletin_file(result.batch, result.audit, found.counts))
    return found


def _known(home: Path) -> dict[int, dict[str, Json]]:
    """Round → unit → what was kept of it; a folder without a sound 轮次.json is no round."""
    found: dict[int, dict[str, Json]] = {}
    for path in home.glob(f"第*轮/{ROUND_JSON}"):
        try:
            kept = orjson.loads(path.read_bytes())
            found[int(kept["round"])] = {u["key"]: u for u in kept["units"]}
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return found


def _number(known: Mapping[int, Mapping[str, Json]], digests: Mapping[str, str]) -> int:
    """The last round again while every unit has still sent what it had sent; else the next one."""
    last = max(known, default=0)
    if not last:
        return 1
    same = {key: unit.get("input_sha256") for key, unit in known[last].items()} == dict(digests)
    return last if same else last + 1


def _key(entry: Entry) -> str:
    return f"{entry.code}|{entry.name}"


def _unit(entry: Entry, result: Mapping[str, Any], before: Json | None, secrets: Secrets, *, first: bool) -> UnitRound:
    open_ones = [f for f in result["findings"] if not f["explained"] and f["severity"] != Severity.NOTICE.value]
    open_ones += _lacking(result)
    listed = [_reticent(f, secrets) for f in open_ones]
    states, mended = _states(before["findings"] if before else [], [_kept(f) for f in listed])
    return UnitRound(
        _key(entry),
        entry.name,
        entry.record.file if entry.record else "",
        entry.record.folder if entry.record else "",
        result.get("input_sha256", ""),
        tuple(listed),
        tuple("" for _ in states) if first else tuple(states),
        mended,
    )


_LACKING = "缺"  # the rule of what is required and not filled in, which makes a return 数据不全


def _lacking(result: Mapping[str, Any]) -> Iterator[Json]:
    """What is missing and is not told by a finding at that very cell, as findings of a rule of its own."""
    told = {(f["sheet"], cell) for f in result["findings"] for cell in f["cells"]}
    for lack in (m for m in result["missing"] if (m["sheet"], m["cell"]) not in told):
        message = f"「{lack['sheet']}」{lack['cell']}：{lack['title']}没有填，应填写。请补填。[{_LACKING}]"
        place = {"rule": _LACKING, "severity": _LACKING, "sheet": lack["sheet"], "cells": [lack["cell"]]}
        yield {**place, "difference": None, "caused_by": None, "withheld": False, "message": message}


def _reticent(finding: Json, secrets: Secrets) -> Json:
    """For a letter that passes through many hands: where to look; what is withheld stands in the marked workbook."""
    inside = finding["withheld"] or secrets.within(finding["message"])
    message = f"{WITHHELD}，请看所附审核反馈。[{finding['rule']}]" if inside else finding["message"]
    return finding | {"withheld": inside, "message": message, "shown_sheet": secrets.label(finding["sheet"])}


def _kept(finding: Json) -> RoundFindingJson:
    """What the next round needs to know a finding again; the sheet of a withheld project may bear its name."""
    cells = [cell if cell.isascii() else _digest(cell) for cell in finding["cells"]]  # of another sheet: with its name
    kept: RoundFindingJson = {
        "rule": finding["rule"],
        "severity": finding["severity"],
        "sheet": _digest(finding["sheet"]),
        "cells": cells,
    }
    if not finding["withheld"]:
        kept["message"] = finding["message"]
    return kept


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def _states(before: Sequence[RoundFindingJson], now: Sequence[RoundFindingJson]) -> tuple[list[str], int]:
    """For each finding whether it was there: the same rule at the same cells, or the one of its rule on its sheet."""
    free = list(before)
    states = [""] * len(now)
    for index, finding in enumerate(now):
        same = next((f for f in free if _same_place(f, finding)), None)
        if same is not None:
            free.remove(same)
            states[index] = "上轮未改"
    left = Counter(_rule_place(f) for f in free)
    open_now = Counter(_rule_place(f) for f, s in zip(now, states, strict=True) if not s)
    for index, finding in enumerate(now):
        place = _rule_place(finding)
        if not states[index] and left[place] == open_now[place] == 1:
            free = [f for f in free if _rule_place(f) != place]
            states[index] = "上轮未改"
    return [s or "新增" for s in states], len(free)


def _same_place(one: RoundFindingJson, other: RoundFindingJson) -> bool:
    if _rule_place(one) != _rule_place(other):
        return False
    cells = set(one["cells"]), set(other["cells"])
    return bool(cells[0] & cells[1]) or cells[0] == cells[1]


def _rule_place(finding: RoundFindingJson) -> tuple[str, str]:
    return finding["rule"], finding["sheet"]


def _write_unit(unit: UnitRound, found: Round, output: Path, pack: Pack, words: tuple[str, str]) -> None:
    """The folder that is sent: letter and marked workbook; one of an earlier run is taken away when nothing is open."""
    folder = found.folder / safe_name(unit.folder)
    if not unit.findings:
        if (folder / LETTER_NAME).is_file():
            remove_file(folder / LETTER_NAME)
        return
    make_folder(folder)
    write_file(
        folder / LETTER_NAME, pack_template(pack, LETTER_TEMPLATE).render(_context(unit, found.number, pack, words))
    )
    for path in sorted((output / unit.folder).glob("审核反馈.*")):
        write_file(folder / path.name, path.read_bytes())


def _context(unit: UnitRound, number: int, pack: Pack, words: tuple[str, str]) -> Json:
    return {
        "年度": pack.year,
        "单位": unit.name,
        "文件": unit.file,
        "轮次": number,
        "错误": unit.count(Severity.ERROR),
        "警示": unit.count(Severity.WARNING),
        "未填": sum(1 for f in unit.findings if f["rule"] == _LACKING),
        "改正": unit.mended,
        "还剩": unit.still,
        "新增": unit.new,
        "问题": list(_rows(unit)),
        "期限": words[0],
        "联系人": words[1],
    }


def _rows(unit: UnitRound) -> Iterator[Json]:
    """The findings by sheet, each with what comes of it; a long list is cut, the marked workbook has them all."""
    pairs = zip(unit.findings, unit.states, strict=True)
    found = folded(pairs, lambda pair: _causes(pair[0]), lambda pair: _caused_by(pair[0]))
    order = {sheet: i for i, sheet in enumerate(dict.fromkeys(lead["sheet"] for (lead, _), _ in found))}
    found.sort(key=lambda told: order[told[0][0]["sheet"]])
    listed = [(pair, i) for lead, others in found for i, pair in enumerate((lead, *others))]
    for number, ((finding, state), below) in enumerate(listed[:_MOST_LISTED], 1):
        yield {
            "序号": number,
            "工作表": finding["shown_sheet"],
            "单元格": finding["cells"][0] if finding["cells"] else "",
            "程度": "未填" if finding["rule"] == _LACKING else Severity(finding["severity"]).label,
            "说明": f"{'由上面一处引起：' if below else ''}{finding['message']}",
            "情况": state,
        }
    if len(listed) > _MOST_LISTED:
        more = f"另有 {len(listed) - _MOST_LISTED} 个，见所附审核反馈。"
        yield {"序号": "", "工作表": "", "单元格": "", "程度": "", "说明": more, "情况": ""}


def _causes(finding: Json) -> tuple[Cause, ...]:
    cell = CellRef(finding["sheet"], finding["cells"][0]) if finding["cells"] else None
    return causes_of(cell, finding["rule"], blank=finding["difference"] is None) if cell else ()


def _caused_by(finding: Json) -> Cause | None:
    cause = finding["caused_by"]
    return Cause(CellRef(cause["sheet"], cause["cell"]), cause["rule"]) if cause else None
