"""jixiao batch as a finance officer uses it: the example folder, run again, changed, damaged."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from batch_folder import BATCH, Quiet, contents, ran
from command import jixiao
from samples import DEMO, example, filled_example

from toolkit.batch.collect.files import find_workbooks
from toolkit.batch.collect.jobs import local_engine
from toolkit.batch.collect.model import BatchRequest
from toolkit.batch.collect.records import UnitJob
from toolkit.batch.run import run_batch
from toolkit.batch.summary.json import batch_json
from toolkit.engines.xlsx.zip import joined, packed
from toolkit.pack.finding import default_pack
from toolkit.pipeline import run_unit
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import unit_from_json

if TYPE_CHECKING:
    from toolkit.batch.collect.model import BatchResult


def test_exactly_what_was_planted(first: tuple[Path, Path, BatchResult]) -> None:
    found = batch_json(first[2])
    by_status: dict[str, list[str]] = {}
    for unit in found["units"]:
        by_status.setdefault(unit["status"], []).append(unit["code"] or unit["file"])
    assert by_status == {
        "已报通过": ["101001", "101002", "101003", "102001", "103", "103001", "103002"],
        "重复报送": ["101003"],
        "未报": ["101004", "102003"],
        "已报有错": ["102002", "102004", "103003"],
        "读不了": ["示例县文化旅游局/示例县文化馆.xlsx"],
    }
    planted = {u["code"]: u["rules"] for u in found["units"] if u.get("rules")}
    assert planted == {"102002": ["A03"], "102004": ["D73"], "103003": ["C47"]}
    assert [f["rule"] for f in found["findings"]] == ["E80", "E80", "E83"]
    assert found["passed"] == ["E81", "E82", "E84", "E85"]
    assert found["not_checked"] == []
    assert found["counts"] == {
        "workbooks": 12,
        "未报": 2,
        "已报有错": 3,
        "数据不全": 0,
        "已报有警示": 0,
        "已报通过": 6,
        "名册外": 0,
        "重复报送": 1,
        "读不了": 1,
        "没有做完": 0,
    }


def test_the_unreadable_file_is_offered_to_the_unit_that_misses_one(first: tuple[Path, Path, BatchResult]) -> None:
    notes = {u["code"]: u["note"] for u in batch_json(first[2])["units"]}
    assert "示例县文化馆.xlsx" in notes["102003"]
    assert notes["101004"] == ""


def test_the_duplicate_has_a_folder_of_its_own(first: tuple[Path, Path, BatchResult]) -> None:
    folder = first[1] / "101003_示例县实验小学（示例）"
    filed = [json.loads((p / "result.json").read_text("utf-8")) for p in (folder, Path(f"{folder}_重复报送2"))]
    assert [(f["file"], f["filled_on"]) for f in filed] == [
        ("示例县实验小学.xlsx", "2024-05-20"),
        ("示例县实验小学（初报）.xlsx", "2024-05-08"),
    ]


def test_second_run_redoes_nothing_and_changes_nothing(first: tuple[Path, Path, BatchResult]) -> None:
    folder, output, _ = first
    before = contents(output)
    result, done = ran(folder, output)
    assert (result.redone, result.unchanged) == (0, 11)
    assert done == ["示例县文化旅游局/示例县文化馆.xlsx"]  # what could not be read is tried again
    assert contents(output) == before


def test_a_changed_file_redoes_one(first: tuple[Path, Path, BatchResult], tmp_path: Path) -> None:
    folder, output = Path(shutil.copytree(first[0], tmp_path / "报送")), shutil.copytree(first[1], tmp_path / "结果")
    path = folder / "示例县农业农村局" / "示例县种子站.xlsx"
    path.touch()
    assert ran(folder, output)[0].redone == 0
    path.write_bytes(path.read_bytes() + b"\0")  # still the same workbook to a reader, but other bytes
    result, _ = ran(folder, output)
    assert (result.redone, result.unchanged) == (1, 10)


@pytest.mark.parametrize("damage", ["gone", "cut", "no result", "half a result", "other pack", "other toolkit"])
def test_what_is_not_whole_or_not_current_is_redone(
    first: tuple[Path, Path, BatchResult], tmp_path: Path, damage: str
) -> None:
    output = shutil.copytree(first[1], tmp_path / "结果")
    folder = output / "103002_示例县种子站（示例）"
    report, result = folder / "自评报告.docx", folder / "result.json"
    whole = {p.name: p.read_bytes() for p in folder.iterdir()}
    if damage == "gone":
        report.unlink()
    elif damage == "cut":
        report.write_bytes(report.read_bytes()[:-9])
    elif damage == "no result":
        result.unlink()
    elif damage == "half a result":
        result.write_bytes(result.read_bytes()[:1000])
    else:
        key = "pack_sha256" if damage == "other pack" else "toolkit_sha256"
        result.write_text(re.sub(rf'("{key}": )"\w+"', r'\1"0"', result.read_text("utf-8")), "utf-8")
    done, _ = ran(first[0], output)
    assert (done.redone, done.unchanged) == (1, 10)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == whole


def test_force_redoes_all_with_the_same_bytes(first: tuple[Path, Path, BatchResult], tmp_path: Path) -> None:
    output = shutil.copytree(first[1], tmp_path / "结果")
    result, _ = ran(first[0], output, force=True)
    assert result.redone == 11
    assert contents(output) == contents(first[1])


def test_finding_files(tmp_path: Path) -> None:
    folder, output = tmp_path / "报送", tmp_path / "报送" / "结果"
    names = (
        "甲.xlsx 乙.XLSM 丙/丁.xlsx ~$甲.xlsx .~甲.xlsx 甲.xlsx.tmp 旧.xls 旧.et 包.zip 说明.docx 单位名册.xlsx "
        "汇总表.xlsx 结果/戊.xlsx 以前/result.json 以前/审核反馈.xlsx .隐藏/己.xlsx 退回/审核反馈.xlsx"
    )
    for name in names.split():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b'{"schema":"jixiao.result/1"}' if "以前" in name else b"")
    (folder / "汇总表.xlsx").write_bytes(joined([packed("a", b"1")]))
    found = find_workbooks(folder, output)
    assert [p.relative_to(folder).as_posix() for p in found.workbooks] == [
        "乙.XLSM",
        "甲.xlsx",
        "丙/丁.xlsx",
        "退回/审核反馈.xlsx",
    ]
    assert [s.file for s in found.unreadable] == ["旧.et", "旧.xls"]
    reasons = {s.file: s.reason for s in found.skipped}
    assert set(reasons) == {
        *("~$甲.xlsx", ".~甲.xlsx", "甲.xlsx.tmp", "包.zip", "说明.docx", "单位名册.xlsx", "汇总表.xlsx"),
        *("结果", "以前", ".隐藏"),
    }
    assert "解压" in reasons["包.zip"]


def test_a_fault_of_ours_stops_one_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An internal fault is that unit's outcome, with a log; the others are finished."""
    (tmp_path / "报送").mkdir()
    for name in ("一.xlsx", "二.xlsx"):
        (tmp_path / "报送" / name).write_bytes(filled_example(DEMO))

    def fails(path: Path, *rest: Any, **more: Any) -> object:  # noqa: ANN401 - as run_unit takes them
        if path.name == "一.xlsx":
            raise ZeroDivisionError("测试")
        return run_unit(path, *rest, **more)

    monkeypatch.setattr("toolkit.batch.collect.jobs.run_unit", fails)
    result, _ = ran(tmp_path / "报送", tmp_path / "结果")
    assert [e.status.value for e in result.batch.entries] == ["已报通过", "没有做完"]
    log = tmp_path / "结果" / "出错记录_一.log"
    assert "ZeroDivisionError" in log.read_text("utf-8")
    assert log.name in result.batch.entries[1].note


def test_command_line(
    first: tuple[Path, Path, BatchResult],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Workers, --json alone on stdout, one line per unit on stderr, and the same bytes as without processes."""
    code, out, err = jixiao(capsys, monkeypatch, "batch", first[0], "-o", tmp_path / "结 果", "--jobs", 2, "--json")
    told = json.loads(out)
    assert (code, told["schema"], told["run"]) == (1, "jixiao.batch/1", {"redone": 11, "unchanged": 0})
    assert {k: v for k, v in told.items() if k not in {"run", "output"}} == batch_json(first[2])
    assert "12/12" in err
    assert "重复报送" in err
    assert contents(tmp_path / "结 果") == contents(first[1])


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ((), 2, "缺少 填报表所在的文件夹"),
        (("没有的文件夹", "-o", "x"), 2, "没有这个文件夹"),
        ((".",), 2, "缺少 -o"),
        ((".", "-o", "x", "--engine", "dask"), 2, "--scheduler"),
        ((".", "-o", "x", "--scheduler", "tcp://a"), 2, "--engine dask"),
        ((".", "-o", "x", "--roster", "没有.xlsx"), 3, "找不到文件"),
        ((".", "-o", "x"), 3, "找到 0 个工作簿"),
        (("--new-roster", "名册.xlsx"), 0, "已生成空白单位名册"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(  # noqa: PLR0913, PLR0917 - three of them are the case
    words: tuple[str, ...],
    code: int,
    told: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    ended, _, err = jixiao(capsys, monkeypatch, "batch", *words)
    assert (ended, told in err) == (code, True), err


def test_a_unit_that_takes_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit per unit: the worker is stopped, the unit told, the reason says what to do."""
    job = UnitJob(str(tmp_path), "慢.xlsx", str(tmp_path / "结果"), None, ())
    (tmp_path / "慢.xlsx").write_bytes(filled_example(DEMO))
    monkeypatch.setattr("toolkit.batch.collect.jobs.run_job", _sleeps())
    records = list(local_engine(1, 1.0)([job]))
    assert [(r.file, r.outcome) for r in records] == [("慢.xlsx", "timeout")]
    assert "超过 1 秒" in records[0].message


def _sleeps() -> object:
    from batch_work import never

    return never


def test_committed_example_is_fresh(tmp_path: Path) -> None:
    """examples/batch holds what make.py makes."""
    import importlib.util

    spec = importlib.util.spec_from_file_location("make_batch", BATCH / "make.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.main(tmp_path)
    made = contents(tmp_path)
    assert len(made) == 13
    committed = {n: d for n, d in contents(BATCH).items() if n.endswith(".xlsx")}
    assert made.keys() == committed.keys()
    assert [n for n in made if made[n] != committed[n]] == []  # no diff of bytes: it would take hours


def test_two_returns_of_one_unit_at_the_same_time(tmp_path: Path) -> None:
    """Four workers, four returns of one unit: each has a whole folder of its own in the end (E83)."""
    (tmp_path / "报送").mkdir()
    for number in range(4):
        data = example(DEMO)
        data["fields"]["封面_填报日期"] = f"2024-05-2{number}"
        filled = fill_workbook(unit_from_json(data, default_pack()), default_pack())
        (tmp_path / "报送" / f"{number}.xlsx").write_bytes(filled)
    request = BatchRequest(tmp_path / "报送", tmp_path / "结果")
    result = run_batch(request, local_engine(4, 120), Quiet())
    assert [e.status.value for e in result.batch.entries] == ["已报通过", *["重复报送"] * 3]
    kept = {e.record.folder: e.record.file for e in result.batch.entries if e.record}
    found = {p.parent.name: json.loads(p.read_bytes())["file"] for p in (tmp_path / "结果").glob("*/result.json")}
    assert found == kept
    assert len(kept) == 4
    assert run_batch(request, local_engine(1, 120), Quiet()).redone == 0
