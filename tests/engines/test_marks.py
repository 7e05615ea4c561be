"""No command writes over an input, or over what it did not write itself; a write that fails has its own exit code."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import openpyxl
import pytest
from command import jixiao
from rule_cases import changed_data
from samples import DEMO, EXAMPLES, filled_example

from toolkit.engines.files import folder_name, safe_name
from toolkit.engines.marks import is_ours, mark_zip
from toolkit.engines.xlsx.zip import joined, packed, replace_parts
from toolkit.pack.finding import default_pack
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import unit_from_json

if TYPE_CHECKING:
    from collections.abc import Callable

UNIT = "999001_示例县数据服务中心（示例）"


@cache
def saved_in_excel() -> bytes:
    """A return, as another program saves it."""
    made = io.BytesIO()
    openpyxl.load_workbook(io.BytesIO(filled_example(DEMO))).save(made)
    return made.getvalue()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a return as Excel saves it, its JSON, and one in a folder of results."""
    monkeypatch.chdir(tmp_path)
    Path("某局.xlsx").write_bytes(saved_in_excel())
    Path("某局.json").write_bytes((EXAMPLES / DEMO / "data.json").read_bytes() + b"\n")
    Path("收件").mkdir()
    shutil.copy("某局.xlsx", "收件/汇总表.xlsx")
    return tmp_path


def everything(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


# 命令 | 说什么
REFUSED = """
export 某局.xlsx -o 某局.xlsx | 扩展名
export 某局.xlsx -o 某局.json | 不是本工具写的
fill 某局.json -o 某局.json | 扩展名
fill 某局.json | 不是本工具写的
recalc 某局.xlsx -o 某局.xlsx | 原文件
move 某局.xlsx -o 某局.xlsx | 来件自己身上
forms 某局.xlsx -o 某局.xlsx | 来件自己身上
compare 某局.xlsx 收件/汇总表.xlsx -o 某局.xlsx | 来件自己身上
compare 某局.xlsx 收件/汇总表.xlsx -o 收件/汇总表.xlsx | 来件自己身上
evidence 某局.xlsx --folder 收件 -o 某局.xlsx | 来件自己身上
evidence 某局.xlsx --folder 收件 -o 收件/汇总表.xlsx | 来件自己身上
new --from 某局.xlsx -o 某局.xlsx | 已经存在
recalc 某局.xlsx -o 收件/汇总表.xlsx | 不是本工具写的
batch 收件 -o 收件 | 汇总表.xlsx
run 某局.xlsx 收件/汇总表.xlsx -o 结果 | 同一个单位
new -o 某局.xlsx | 已经存在
batch --new-roster 某局.xlsx | 已经存在
"""


@pytest.mark.parametrize("line", REFUSED.strip().splitlines())
def test_nothing_is_written_over(
    line: str, desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command stops with a sentence, and every file is what it was."""
    words, told = (part.strip() for part in line.split("|"))
    before = everything(desk)
    code, _, err = jixiao(capsys, monkeypatch, *words.split())
    assert code == 2, err
    assert told in err
    after = everything(desk)
    assert {name: after.get(name) for name in before} == before


@pytest.mark.usefixtures("desk")
def test_results_are_renewed_until_somebody_changes_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second run replaces its own files; a report that was saved in Word stops it, and result.json is still there."""
    assert jixiao(capsys, monkeypatch, "run", "某局.xlsx", "-o", "结果")[0] == 0
    before = everything(Path("结果"))
    assert all(is_ours(Path(name)) for name in before)
    assert jixiao(capsys, monkeypatch, "run", "某局.xlsx", "-o", "结果")[0] == 0
    assert everything(Path("结果")) == before
    report = Path("结果", UNIT, "自评报告.docx")
    report.write_bytes(saved_by_another(report.read_bytes()))
    edited = everything(Path("结果"))
    code, _, err = jixiao(capsys, monkeypatch, "run", "某局.xlsx", "-o", "结果")
    assert (code, "自评报告.docx" in err, everything(Path("结果"))) == (2, True, edited)
    code, _, err = jixiao(capsys, monkeypatch, "batch", "收件", "-o", "结果", "--jobs", "1")
    assert (code, "自评报告.docx" in err) == (3, True)
    assert report.read_bytes() == edited[str(report)]


@pytest.mark.usefixtures("desk")
def test_a_return_that_lies_where_its_results_go(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when it is a file of ours: the marked copy handed in again."""
    jixiao(capsys, monkeypatch, "run", "某局.xlsx", "-o", "结果")
    before = everything(Path("结果"))
    code, _, err = jixiao(capsys, monkeypatch, "run", f"结果/{UNIT}/审核反馈.xlsx", "-o", "结果")
    assert (code, "来件" in err, everything(Path("结果"))) == (2, True, before)


@pytest.mark.usefixtures("desk")
def test_a_return_may_have_the_name_of_a_summary(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read, and the summary of a batch is left out."""
    assert jixiao(capsys, monkeypatch, "batch", "收件", "-o", "结果", "--jobs", "1")[0] == 0
    assert Path("结果", UNIT, "result.json").is_file()
    shutil.copy("结果/汇总表.xlsx", "收件/汇总表.xlsx")
    code, _, err = jixiao(capsys, monkeypatch, "batch", "收件", "-o", "结果", "--jobs", "1")
    assert (code, "是汇总结果" in err) == (3, True)


def saved_by_another(data: bytes) -> bytes:
    """The parts in a zip of another program."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    return made.getvalue()


def changed_at(data: bytes, place: int) -> bytes:
    """One byte made another."""
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


CHANGES: dict[str, tuple[Callable[[bytes], bytes], bool]] = {
    "as it was": (lambda data: data, True),
    "saved by another program": (saved_by_another, False),
    "a checksum of the directory": (lambda data: changed_at(data, data.rindex(b"PK\1\2") + 16), False),
    "cut off": (lambda data: data[:-30], True),
    "replaced by us": (lambda data: replace_parts(data, {"a": b"2"}), True),
    "a template": (lambda _: joined([packed("a", b"1")], own=False), False),
    "cut off by another program": (lambda data: saved_by_another(data)[:-30], False),
    "empty": (lambda _: b"", False),
}  # fmt: skip


@pytest.mark.parametrize("kind", CHANGES)
def test_the_mark(kind: str, tmp_path: Path) -> None:
    change, ours = CHANGES[kind]
    path = tmp_path / "a.zip"
    path.write_bytes(change(joined([packed("a", b"1"), packed("b", b"22")])))
    assert is_ours(path) is ours


def test_a_zip_of_a_library_is_marked_in_place(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = "甲"
    book.save(path)
    assert not is_ours(path)
    mark_zip(path)
    assert is_ours(path)
    assert openpyxl.load_workbook(path).worksheets[0]["A1"].value == "甲"
    assert zipfile.ZipFile(path).testzip() is None


LONG = "某" * 79
NAMES = [
    LONG,
    LONG + "一",
    LONG + "二",
    "甲\u202e局",
    "甲\x7f局",
    "甲\x1b[31m局",
    "甲\u200b局",
    "CON",
    "e\u0301",
    "\xe9",
    "a/b",
    "\ud800",
]


def test_folder_names_are_short_plain_and_apart() -> None:
    """Cut by bytes; two long names stay two; nothing unseen; NFC and NFD are one."""
    made = {name: folder_name("1" * 90, name) for name in NAMES}
    assert all(len(f"{n}_重复报送99/.~0123456789ab.tmp".split("/", 1)[0].encode()) <= 255 for n in made.values())
    assert all(name.isprintable() for name in made.values())
    assert len({made[n] for n in NAMES[:3]}) == 3
    assert made["e\u0301"] == made["\xe9"]
    assert safe_name("示例县数据服务中心（示例）") == "示例县数据服务中心（示例）"
    assert safe_name("2#排涝站") == "2_排涝站"  # a link of a workbook would end at the sign


def run(words: list[str], folder: Path, **more: object) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "toolkit", *words]
    env = {**os.environ, "PYTHONPATH": str(EXAMPLES.parent)}
    return subprocess.run(line, cwd=folder, env=env, text=True, encoding="utf-8", check=False, timeout=60, **more)  # type: ignore[call-overload,no-any-return]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_full_stream(stream: str, desk: Path) -> None:
    """Exit code 5, a sentence where one can be read, and nothing of Python's own."""
    with Path("/dev/full").open("w") as full:
        other = "stderr" if stream == "stdout" else "stdout"
        done = run(["check", "某局.xlsx", "--json"], desk, **{stream: full, other: subprocess.PIPE})
    assert done.returncode == (5 if stream == "stdout" else 0)
    assert "Traceback" not in (done.stderr or "")
    if stream == "stdout":
        assert "磁盘满了" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors are closed otherwise there")
@pytest.mark.parametrize("stream", [1, 2])
def test_a_closed_stream(stream: int, desk: Path) -> None:
    """`>&-`: what cannot be said is no fault of the program, and results are written all the same."""
    done = run(["run", "某局.xlsx", "-o", "结果"], desk, preexec_fn=lambda: os.close(stream))
    assert done.returncode in {0, 5}
    assert next(Path("结果").glob("*/result.json")).stat().st_size > 0


def test_no_place_for_a_log(desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours, and no folder for temporary files: the sentence itself says what it was."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise OSError(30, "Read-only file system")

    def fail(*_: object, **__: object) -> NoReturn:
        raise RuntimeError("甲乙")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
    monkeypatch.setattr("toolkit.pipeline.check_unit", fail)
    code, _, err = jixiao(capsys, monkeypatch, "check", desk / "某局.xlsx")
    assert code == 4
    assert "没有地方写" in err
    assert "甲乙" in err
    assert "Traceback" not in err


# 命令 | 退出码 | 说什么
SYSTEM = """
run 某局.xlsx -o 某局.json | 5 | 建不了文件夹
batch 收件 -o 某局.json | 5 | 建不了文件夹
check /dev/zero | 3 | 不是普通文件
check 管道 | 3 | 不是普通文件
proofread 管道 | 3 | 不是普通文件
fill 管道 | 3 | 不是普通文件
batch 收件 -o 结果 --roster 圈 | 3 | 绕成了圈
run 某局.xlsx -o /proc/里面 | 5 | 建不了文件夹
export 某局.xlsx -o /proc/里.json | 5 | 写不了文件
batch 收件 -o /proc/里面 | 5 | 建不了文件夹
forms 某局.xlsx -o 悬.xlsx | 2 | 断了的链接
watch ∅ | 2 | 是空的
check ∅ | 2 | 是空的
run 某局.xlsx -o ∅ | 2 | 是空的
"""


@pytest.mark.skipif(sys.platform != "linux", reason="devices, pipes and links of Linux")
@pytest.mark.parametrize("line", SYSTEM.strip().splitlines())
def test_what_the_system_refuses(
    line: str, desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words, wanted, told = (part.strip() for part in line.split("|"))
    os.mkfifo("管道")
    Path("圈").symlink_to("圈")
    Path("悬.xlsx").symlink_to("没有/某.xlsx")
    before = everything(desk)
    code, _, err = jixiao(capsys, monkeypatch, *(w.replace("∅", "") for w in words.split()))
    assert (code, told in err) == (int(wanted), True), err
    assert everything(desk) == before
    assert Path("悬.xlsx").is_symlink()


@pytest.mark.skipif(sys.platform != "linux", reason="names of other bytes than UTF-8")
def test_names_in_other_bytes(desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A name in GBK bytes is read and shown as what it is; one with escapes and turning signs as it can be shown."""
    folder = desk / "杂"
    folder.mkdir()
    for name in ("教育局.xlsx".encode("gbk"), "红\x1b[31m\u202e色.xlsx".encode(), ("长" * 80 + ".xlsx").encode()):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(Path("某局.xlsx").read_bytes())
    code, _, err = jixiao(capsys, monkeypatch, "batch", "杂", "-o", "结果", "--jobs", "1")
    assert (code, "\x1b" in err, "\u202e" in err) == (1, False, False), err
    assert "教育局.xlsx" in err
    assert "红[U+001B]" in err
    told = Path("结果/汇总.json").read_text("utf-8")
    assert "教育局.xlsx" in told
    again = jixiao(capsys, monkeypatch, "batch", "杂", "-o", "结果", "--jobs", "1")
    assert "3 份没有变动" in again[2]


@pytest.mark.skipif(sys.platform != "linux", reason="a system without UTF-8")
def test_a_system_whose_names_hold_no_chinese(desk: Path) -> None:
    """LC_ALL=POSIX, and Python told not to help itself: the command and its workers do all the same."""
    bare = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "POSIX", "PYTHONPATH": str(EXAMPLES.parent)}
    words = [sys.executable, "-m", "toolkit", "batch", "收件", "-o", "结果", "--returns", "--jobs", "1"]
    done = subprocess.run(words, env={**os.environ, **bare}, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, UNIT in done.stdout + done.stderr) == (0, False), done.stderr
    assert {"汇总表.xlsx", "通报.docx", UNIT} <= {path.name for path in (desk / "结果").iterdir()}


def test_names_of_units(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the cover says, each unit has a folder of its own, and neither screen nor folder has unseen signs."""
    unseen = "甲\x1b[31m\u202e\x7f\u200b局"
    (tmp_path / "收件").mkdir()
    for number, name in enumerate((LONG + "一", LONG + "二", unseen, "e\u0301局", "../CON")):
        data = changed_data(f"封面_单位名称={name}; 封面_单位代码=99910{number}")
        book = fill_workbook(unit_from_json(data, default_pack()), default_pack())
        (tmp_path / "收件" / f"{number}.xlsx").write_bytes(book)
    code, out, err = jixiao(capsys, monkeypatch, "batch", tmp_path / "收件", "-o", tmp_path / "结果", "--jobs", "1")
    assert code in {0, 1}, err
    made = sorted(p.parent.name for p in (tmp_path / "结果").rglob("result.json"))
    assert [name[:6] for name in made] == [f"99910{number}" for number in range(5)]
    code, told, err = jixiao(capsys, monkeypatch, "check", tmp_path / "收件" / "2.xlsx")
    assert code in {0, 1}, err
    for shown in (*made, *(out + told + err).splitlines()):
        assert not set(unseen) - set("甲[31m局") & set(shown)
