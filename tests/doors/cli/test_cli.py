"""The doors as a clerk uses them: exit codes, what stands on stdout, paths with spaces and Chinese."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import openpyxl
import pytest
from samples import DEMO, EXAMPLES, SEED, example, filled_example

import toolkit.pipeline
from toolkit.doors.cli.app import cli
from toolkit.doors.cli.chinese import LateCommand, run
from toolkit.engines.xlsx.reading.source import FileSource
from toolkit.pack import STAMP
from toolkit.pack.finding import default_pack, list_packs
from toolkit.pipeline import check_unit
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import unit_from_json

if TYPE_CHECKING:
    from collections.abc import Iterator

SCREEN = 80  # columns of a console


class Door:
    """`jixiao …` in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        """Keep what a call needs."""
        self.capsys, self.monkeypatch = capsys, monkeypatch

    def __call__(self, *words: object) -> tuple[int, str, str]:
        """Exit code, stdout, stderr."""
        self.monkeypatch.setattr(sys, "argv", ["jixiao", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            run(cli)
        told = self.capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, told.out, told.err


@pytest.fixture
def jixiao(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Door:
    return Door(capsys, monkeypatch)


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    path = tmp_path / "报送 材料" / "益阳市司法局 填报表.xlsx"
    path.parent.mkdir()
    path.write_bytes(filled_example(SEED))
    return path


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    path = tmp_path / "示例 填报表.xlsx"
    path.write_bytes(filled_example(DEMO))
    return path


def test_exit_codes(jixiao: Door, seed: Path, clean: Path) -> None:
    assert jixiao("check", clean)[0] == 0
    assert jixiao("check", seed)[0] == 1
    assert jixiao("check")[0] == 2
    assert jixiao("check", seed.with_name("没有.xlsx"))[0] == 3
    assert jixiao("check", clean, "--pack", "没有的包")[0] == 2


def test_strict_counts_warnings(jixiao: Door, tmp_path: Path) -> None:
    data = example(DEMO)
    data["fields"]["整体_年初预算数"] = 600
    data["fields"]["基础_基本支出预算调整_本年决算数"] = "279.6"
    path = tmp_path / "警示.xlsx"
    path.write_bytes(fill_workbook(unit_from_json(data, default_pack()), default_pack()))
    assert jixiao("check", path)[0] == 0
    assert jixiao("check", path, "--strict")[0] == 1


def numbers_are_text(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return all(numbers_are_text(v) for k, v in value.items() if k != "year")
    if isinstance(value, list):
        return all(map(numbers_are_text, value))
    return isinstance(value, (str, bool)) or value is None


def test_check_json(jixiao: Door, seed: Path) -> None:
    code, out, err = jixiao("check", seed, "--json")
    found = json.loads(out)
    assert (code, err) == (1, "")
    assert list(found) == [
        "schema", "file", "pack", "unit", "unit_code", "year", "verdict", "completeness", "missing", "score",
        "project_scores", "findings", "passed", "not_checked",
    ]  # fmt: skip
    assert (found["schema"], found["verdict"], found["year"]) == ("jixiao.check/1", "error", 2023)
    assert numbers_are_text({k: v for k, v in found.items() if k != "completeness"})  # counts, no figures
    a04 = next(f for f in found["findings"] if f["rule"] == "A04")
    assert (a04["left"], a04["right"], a04["difference"], a04["tolerance"]) == ("2088.26", "2078.26", "10", "0.01")
    assert a04["cells"][0] == "F5" or "H5" in a04["cells"]
    assert set(a04) == {
        "rule", "severity", "sheet", "cells", "left", "right", "difference", "tolerance", "message", "explained",
        "clues",
        "caused_by",
    }  # fmt: skip


def test_several_files_one_object_per_line(jixiao: Door, seed: Path, clean: Path, tmp_path: Path) -> None:
    bad = tmp_path / "坏.xlsx"
    bad.write_bytes(b"x")
    code, out, _ = jixiao("check", seed, bad, clean, "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 3
    assert [line.get("verdict", "unreadable") for line in lines] == ["error", "unreadable", "clean"]


def test_run_writes_four_files(jixiao: Door, clean: Path, tmp_path: Path) -> None:
    before = clean.read_bytes()
    assert jixiao("run", clean, "-o", tmp_path / "结 果")[0] == 0
    folder = tmp_path / "结 果" / "999001_示例县数据服务中心（示例）"
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        ["result.json", "审核反馈.xlsx", "自评报告.docx", "自评报表.xlsx"]
    )
    first = {p.name: p.read_bytes() for p in folder.iterdir()}
    assert jixiao("run", clean, "-o", tmp_path / "结 果")[0] == 0
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == first
    assert clean.read_bytes() == before


def test_new_refuses_to_overwrite(jixiao: Door, tmp_path: Path) -> None:
    path = tmp_path / "空白 填报表.xlsx"
    assert jixiao("new", "-o", path)[0] == 0
    made = path.read_bytes()
    code, _, err = jixiao("new", "-o", path)
    assert (code, path.read_bytes()) == (2, made)
    assert "没有覆盖" in err
    assert jixiao("check", path)[0] == 1  # D73: a blank cover


def test_new_takes_the_newest_year_of_the_usual_region(jixiao: Door, tmp_path: Path) -> None:
    """A year is named, or it is the newest; what has been given out goes by its own pack."""
    packs = [p for p in list_packs() if p.region == default_pack().region]
    for words, pack in (((), max(packs, key=lambda p: p.year)), (("--year", "2023"), default_pack())):
        path = tmp_path / f"{pack.id}.xlsx"
        assert jixiao("new", *words, "-o", path)[0] == 0
        assert check_unit(path).pack.id == pack.id


def test_demo_from_anywhere(jixiao: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = jixiao("demo")
    assert code == 0
    assert "请打开看看" in err
    named = re.findall(r"输出示例/\S.*", err)
    assert named
    assert all((tmp_path / line.split("　")[0].strip()).exists() for line in named if line.endswith((".xlsx", ".docx")))


def test_last_year_file(jixiao: Door, clean: Path, seed: Path) -> None:
    """B39 is judged when last year's workbook is given."""
    data = example(DEMO)
    columns = {n: v for n, v in data["fields"].items() if n.endswith("_上年决算数")}
    data["fields"] |= {n.replace("_上年决算数", "_本年决算数"): v for n, v in columns.items()}
    data["fields"]["封面_年度"] = 2022
    past = clean.with_name("上年.xlsx")
    past.write_bytes(fill_workbook(unit_from_json(data, default_pack()), default_pack()))
    assert "B39" in json.loads(jixiao("check", clean, "--last-year", past, "--json")[1])["passed"]
    assert jixiao("check", clean, "--last-year", seed.with_name("没有.xlsx"))[0] == 3


def test_last_years_file_of_a_pack_that_is_not_here(jixiao: Door, clean: Path) -> None:
    """B39: a file of 2022, whose pack nobody has any more and whose form lacks a sheet, is read by our names."""
    data = example(DEMO)
    columns = {n: v for n, v in data["fields"].items() if n.endswith("_上年决算数")}
    data["fields"] |= {n.replace("_上年决算数", "_本年决算数"): v for n, v in columns.items()}
    data["fields"] |= {"封面_年度": 2022, "基础_公务接待_本年决算数": 2}
    book = openpyxl.load_workbook(io.BytesIO(fill_workbook(unit_from_json(data, default_pack()), default_pack())))
    stamp = FileSource(clean.read_bytes()).names[0][STAMP]
    book[stamp.sheet].cell(stamp.top, stamp.left).value = "hunan-2022"
    del book["批复目标"]
    past = clean.with_name("2022年 填报表.xlsx")
    book.save(past)
    code, out, err = jixiao("check", clean, "--last-year", past, "--json")
    told = [(f["rule"], f["cells"], f["difference"]) for f in json.loads(out)["findings"]]
    assert (code, told) == (1, [("B39", ["B12"], "0.1")]), err
    code, _, err = jixiao("check", past)
    assert (code, "hunan-2022" in err) == (3, True)


def test_what_was_not_checked_is_folded(jixiao: Door, seed: Path) -> None:
    """One line tells how many; --all lists each rule once, under its reason."""
    left = json.loads(jixiao("check", seed, "--json")[1])["not_checked"]
    short = jixiao("check", seed)[2]
    assert f"未检查 {len(left)} 条（缺数据，不等于通过，加 --all 逐条列出）" in short
    assert not re.search(r"未检查 [A-Z]", short)
    listed = re.findall(r"未检查 ((?:[A-Z]\d+、?)+)：(.+)", jixiao("check", seed, "--all")[2])
    assert [reason for _, reason in listed] == list(dict.fromkeys(n["reason"] for n in left))
    assert sorted(rule for rules, _ in listed for rule in rules.split("、")) == sorted(n["rule"] for n in left)
    assert any("、" in rules for rules, _ in listed)


def test_internal_fault(jixiao: Door, clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("测试")

    monkeypatch.setattr(toolkit.pipeline, "compute", fails)
    code, out, err = jixiao("check", clean)
    log = re.search(r"已写入 (\S+\.log)", err)
    assert (code, out) == (4, "")
    assert log
    assert "Traceback" not in err
    assert "ZeroDivisionError" in Path(log[1]).read_text("utf-8")
    Path(log[1]).unlink()


def _commands(group: click.Command = cli, *above: str) -> Iterator[tuple[str, ...]]:
    yield above
    if isinstance(group, click.Group):
        for name in group.list_commands(click.Context(group)):
            found = group.get_command(click.Context(group), name)
            assert found is not None
            yield from () if found.hidden else _commands(found, *above, name)


@pytest.mark.parametrize("words", [*_commands()], ids=" ".join)
def test_help_is_chinese_and_fits_the_screen(jixiao: Door, words: tuple[str, ...]) -> None:
    """No placeholder of click's, no line wider than a console, names and what they are side by side."""
    code, out, _ = jixiao(*words, "--help")
    assert code == 0
    assert "用法：" in out
    assert "选项" in out
    assert not re.search(
        r"Usage|OPTIONS|COMMAND|required|default|Show this|\b(FILE|DIR|TEXT|PATH|INTEGER)\b|x>=|<=x", out
    )
    assert [line for line in out.splitlines() if sum(1 + (sign > "\u2e7f") for sign in line) > SCREEN] == []
    edges = {len(m[0].encode("gbk")) for m in re.finditer(r"^  -.*?\S {2,}(?=\S)", out, re.MULTILINE)}
    assert len(edges) == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("chek",), "没有这个命令：chek，是不是 check？"),
        (("shows",), "没有这个命令：shows"),
        (("check", "--jsn", "x"), "没有选项"),
        (("run", "a.xlsx"), "缺少 -o（写到哪个文件夹）"),
        (("pack", "show", "hunan-20233"), "hunan-2023"),
        (("fill", "没有.json"), "找不到文件：没有.json"),
    ],
)
def test_usage_errors_are_chinese(jixiao: Door, words: tuple[str, ...], told: str) -> None:
    code, _, err = jixiao(*words)
    assert code in {2, 3}
    assert told in err
    assert "Error" not in err


def test_pack_commands(jixiao: Door) -> None:
    packs = json.loads(jixiao("pack", "list", "--json")[1])
    assert "hunan-2023" in [p["id"] for p in packs]
    assert jixiao("pack", "check", "hunan-2023")[0] == 0
    assert "A04" in jixiao("pack", "show")[2]


@pytest.mark.parametrize("name", [SEED, DEMO])
def test_committed_examples_are_fresh(name: str) -> None:
    """The filled workbooks in examples/ are what `fill` makes of their data.json."""
    assert (EXAMPLES / name / "填报表.xlsx").read_bytes() == filled_example(name)


def test_the_list_of_commands_tells_what_the_commands_tell() -> None:
    """Commands that are imported late are listed with their own first line of help."""
    context = click.Context(cli)
    late = {name: found for name, found in cli.commands.items() if isinstance(found, LateCommand)}
    assert len(late) >= 9
    for name, found in late.items():
        real = cli.get_command(context, name)
        assert real is not None
        assert real.name == name
        assert (real.help or "").splitlines()[0].strip() == found.help
