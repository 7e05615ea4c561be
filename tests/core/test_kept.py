"""What is kept from run to run changes nothing but the time (core/kept.py)."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import threading
import zlib
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rule_cases import changed_data

from toolkit.core.kept import Kept, cache_folder
from toolkit.core.patterns import compiled
from toolkit.engines.formula.syntax import Parser, tokens_of
from toolkit.engines.formula.tree import as_data, from_data
from toolkit.pack.finding import default_pack
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import unit_from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HOUSE = Path(__file__).parents[2]
SECRET, CODE, AMOUNT = "雷霆山洞改造", "909777", Decimal("731.26")


def _files(folder: Path) -> tuple[Path, Path]:
    """What every command reads, and what those that print do."""
    first, second = sorted(folder.glob("*.kept"), key=lambda p: "templates" in p.name)
    return first, second


def _book(change: str) -> bytes:
    return fill_workbook(unit_from_json(changed_data(change), default_pack()), default_pack())


def _told(words: list[str], cache: str, folder: Path) -> tuple[int, bytes, bytes]:
    env = {**os.environ, "JIXIAO_CACHE": cache, "PYTHONPATH": str(HOUSE), "PYTHONHASHSEED": "random"}
    made = subprocess.run([sys.executable, "-m", "toolkit", *words], cwd=folder, env=env, capture_output=True)  # noqa: PLW1510
    return made.returncode, made.stdout, made.stderr


def test_an_outcome_is_made_once_and_read_by_the_next(tmp_path: Path) -> None:
    """The second reader does not make it; another source, or another kind, is another outcome."""
    path = tmp_path / "深" / "甲.kept"
    first = Kept(path)
    assert first.once("formula", "1+1", lambda: (1, "二")) == (1, "二")
    first.write()
    second = Kept(path)
    assert second.once("formula", "1+1", pytest.fail) == (1, "二")
    assert second.once("formula", "1+2", lambda: 3) == 3
    assert second.once("pattern", "1+1", lambda: 2) == 2
    assert [p.name for p in path.parent.iterdir()] == ["甲.kept"]


def test_what_cannot_be_written_is_made_each_time(tmp_path: Path) -> None:
    """A value that marshal refuses, like a date, is handed on and not kept."""
    kept = Kept(tmp_path / "甲.kept")
    assert kept.once("toml", "甲", lambda: Decimal(1)) == Decimal(1)
    kept.write()
    assert list(tmp_path.iterdir()) == []


def _cut(data: bytes) -> bytes:
    return data[:-3]


def _flipped(data: bytes) -> bytes:
    return data[:40] + bytes([data[40] ^ 1]) + data[41:]


def _other_shape(data: bytes) -> bytes:
    body = b"N"  # None, with the right sum
    return data[: data.index(b"\n") + 1] + zlib.crc32(body).to_bytes(4) + body


DAMAGE: Mapping[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "no mark": lambda data: b"x" + data[1:],
    "cut short": _cut,
    "one bit": _flipped,
    "another shape": _other_shape,
}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_file_is_as_if_it_were_not_there(how: str, tmp_path: Path) -> None:
    """Refused in silence and made anew; the next reader has it whole."""
    path = tmp_path / "甲.kept"
    kept = Kept(path)
    kept.once("formula", "1+1", lambda: [2] * 20)
    kept.write()
    path.write_bytes(DAMAGE[how](path.read_bytes()))
    again = Kept(path)
    assert again.once("formula", "1+1", lambda: "新") == "新"
    again.write()
    assert Kept(path).once("formula", "1+1", pytest.fail) == "新"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give a file away")
def test_a_file_of_somebody_else_is_not_read(tmp_path: Path) -> None:
    """In a folder that others may write to."""
    path = tmp_path / "甲.kept"
    kept = Kept(path)
    kept.once("formula", "1+1", lambda: 2)
    kept.write()
    os.chown(path, 65534, 65534)
    assert Kept(path).once("formula", "1+1", lambda: "新") == "新"


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="modes of POSIX")
def test_a_file_that_others_may_write_is_not_read(tmp_path: Path) -> None:
    """Our own is written for us alone, whatever the umask; who opens it to others has it made anew."""
    path = tmp_path / "甲.kept"
    before = os.umask(0)
    try:
        kept = Kept(path)
        kept.once("formula", "1+1", lambda: 2)
        kept.write()
    finally:
        os.umask(before)
    assert Kept(path).once("formula", "1+1", pytest.fail) == 2
    for mode in (0o620, 0o602):
        path.chmod(mode)
        assert Kept(path).once("formula", "1+1", lambda: "新") == "新"


def test_no_place_to_write_is_no_fault(tmp_path: Path) -> None:
    """A file where the folder should be; and no path at all."""
    (tmp_path / "堵").write_bytes(b"")
    for path in (tmp_path / "堵" / "甲.kept", None):
        kept = Kept(path)
        assert kept.once("formula", "1+1", lambda: 2) == 2
        kept.write()
    assert [p.name for p in tmp_path.iterdir()] == ["堵"]


def test_many_write_at_once(tmp_path: Path) -> None:
    """Whoever comes last is read; no file is ever half there."""
    path = tmp_path / "甲.kept"

    def work(number: int) -> None:
        for turn in range(20):
            kept = Kept(path)
            kept.once("formula", f"{number} {turn}", lambda: number)
            kept.write()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes().startswith(b"jixiao kept")
    assert [p.name for p in tmp_path.iterdir()] == ["甲.kept"]


def test_only_the_latest_programs_keep_theirs(tmp_path: Path) -> None:
    """An office that updates for years does not fill its disk."""
    for number in range(6):
        _written(tmp_path / f"{number}.kept")
        _written(tmp_path / f"{number}.templates.kept")
        os.utime(tmp_path / f"{number}.kept", (number, number))
        os.utime(tmp_path / f"{number}.templates.kept", (number, number))
    _written(tmp_path / "6.kept")
    _written(tmp_path / "6.templates.kept")
    left = {f"{number}{part}.kept" for number in (4, 5, 6) for part in ("", ".templates")}
    assert {p.name for p in tmp_path.iterdir()} == left


def _written(path: Path) -> None:
    kept = Kept(path)
    kept.once("formula", "1+1", lambda: 2)
    kept.write()


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"JIXIAO_CACHE": "/甲"}, Path("/甲")),
        ({"JIXIAO_CACHE": ""}, None),
        ({"XDG_CACHE_HOME": "/乙"}, Path("/乙/jixiao")),
        ({"LOCALAPPDATA": "/丙"}, Path("/丙/jixiao")),
        ({"HOME": "/丁"}, Path("/丁/.cache/jixiao")),
    ],
)
def test_where_it_lies(told: dict[str, str], found: Path | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the user's cache folder, or where `JIXIAO_CACHE` says."""
    for name in ("JIXIAO_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert cache_folder() == found


def _texts() -> list[str]:
    """Every pattern that the program names as a plain text."""
    calls = (
        call
        for path in (HOUSE / "toolkit").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func) in {"late", "compiled", "re.compile"}
    )
    return sorted(
        {a.value for c in calls for a in c.args[:1] if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    )


def test_a_kept_pattern_is_the_pattern(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Patterns are equal when text, flags and compiled codes are; with all flags that the program uses."""
    kept = Kept(tmp_path / "甲.kept")
    monkeypatch.setattr("toolkit.core.kept.kept", lambda: kept)
    texts = _texts()
    assert len(texts) > 50
    for flags in (re.NOFLAG, re.IGNORECASE, re.DOTALL | re.MULTILINE):
        made = {text: compiled(text, flags) for text in texts}
        kept.write()
        again = Kept(tmp_path / "甲.kept")
        monkeypatch.setattr("toolkit.core.kept.kept", lambda again=again: again)
        for text in texts:
            assert made[text] == compiled(text, flags) == re.compile(text, flags)
            assert compiled(text, flags).groupindex == re.compile(text, flags).groupindex


def test_codes_of_another_python_are_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`_sre` looks through the codes that it is given; what it refuses is compiled as ever."""
    kept = Kept(tmp_path / "甲.kept")
    monkeypatch.setattr("toolkit.core.kept.kept", lambda: kept)
    kept.once("pattern", ("甲+", 0), lambda: (32, b"\xff\xff\xff\xff" * 4, 0, {}, (None,)))
    assert compiled("甲+").findall("甲甲乙甲") == ["甲甲", "甲"]


def test_a_kept_formula_is_the_formula() -> None:
    """The tree of a formula comes back as it was, texts with quotes, signs and nesting included."""
    for text in (
        *("1", '"甲""乙"', "TRUE", "-1%", "甲+乙*2^3", 'IF(甲>=1.50,"优",-(乙))', "SUM(甲,(乙),3)/COUNT(甲)"),
        *("ROUND(甲/乙,4)", "+甲", "AND(甲=1,OR(乙<>2,丙))"),
    ):
        tree = Parser(text, tokens_of(text)).parse()
        assert from_data(as_data(tree)) == tree


def test_commands_say_and_write_the_same(tmp_path: Path) -> None:
    """Without a cache, with an empty one, with a full one, to which nothing is added, with a damaged one."""
    (tmp_path / "某局.xlsx").write_bytes(_book("支出_工资福利=1"))
    cache = tmp_path / "缓存"
    told, held = [], []
    for place, damage in (("", False), (str(cache), False), (str(cache), False), (str(cache), True)):
        for path in _files(cache) if damage else ():
            path.write_bytes(path.read_bytes()[:-1] + b"?")
        out = _told(["check", "某局.xlsx", "--json"], place, tmp_path)
        ran = _told(["run", "某局.xlsx", "-o", "结果", "--review", "--public"], place, tmp_path)
        files = {p.name: p.read_bytes() for p in sorted((tmp_path / "结果").rglob("*")) if p.is_file()}
        told.append((out, ran, files))
        held.append([path.read_bytes() for path in _files(cache)] if place else [])
    assert told[0][0][0] == 1
    assert told[0] == told[1] == told[2] == told[3]
    assert held[1] == held[2]  # what follows from a set's order would be worked out, and kept, again each time


def test_nothing_that_staff_typed_is_kept(tmp_path: Path) -> None:
    """Names, codes, amounts, texts and formulas of a return are not in the cache folder, whatever the command."""
    (tmp_path / "来").mkdir()
    secret = f"项目[2].名称={SECRET}; 项目[2].编码={CODE}; 项目[2].涉密=是; 项目[2].全年执行数={AMOUNT}"
    form = f"表单2.自评_项目名称={SECRET}; 表单2.自评_项目编码={CODE}; 封面_单位名称=雷霆山洞管理处"
    (tmp_path / "来" / "某局.xlsx").write_bytes(_book(f"{secret}; {form}"))
    (tmp_path / "报告.txt").write_text(f"{SECRET}（{CODE}）支出{AMOUNT}万元，比上年增长3.7%。", "utf-8")
    cache = tmp_path / "缓存"
    for words in (
        "check 来/某局.xlsx",
        "run 来/某局.xlsx -o 结果 --public --review",
        "batch 来 -o 汇总 --public",
        "recalc 来/某局.xlsx -o 补算.xlsx",
        "explain 来/某局.xlsx 整体_总分",
        "proofread 报告.txt",
    ):
        _told(words.split(), str(cache), tmp_path)
    kept = b"".join(path.read_bytes() for path in _files(cache))
    assert len(kept) > 1_000_000
    for word in (SECRET, SECRET[:4], CODE, str(AMOUNT), "雷霆山洞管理处"):
        assert word.encode() not in kept
        assert word.encode("utf-16-le") not in kept
