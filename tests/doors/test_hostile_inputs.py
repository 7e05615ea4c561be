"""Files from strangers: each ends in a Chinese sentence and exit code 3, or in a finding; nothing is half-written."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest
from command import CHINESE, jixiao
from docx import Document
from hostile_bytes import BOMB, OLE, OUTSIDE, claiming, locked, parts_of, zipped
from openpyxl.utils.escape import unescape
from samples import DEMO, SEED, check_data, example, filled_example

from toolkit.core.errors import UnreadableError
from toolkit.engines.xlsx.zip import MAX_PART, MAX_PARTS, inflate, joined, packed
from toolkit.pipeline import check_unit, make_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def changed(name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The filled seed workbook with one part changed."""
    parts = parts_of(filled_example(SEED))
    parts[name] = change(parts[name])
    return zipped(parts)


def in_method(method: int, *, broken: bool = False) -> bytes:
    """The filled seed in a compression method; perhaps with a stretch of its first part overwritten."""
    data = bytearray(zipped(parts_of(filled_example(SEED)), method))
    if broken:
        data[60:90] = bytes(30)
    return bytes(data)


def rewritten(pattern: str, by: str) -> bytes:
    """The filled seed with its workbook.xml rewritten."""
    return changed("xl/workbook.xml", lambda data: re.sub(pattern, by, data.decode()).encode())


def with_part(name: str, data: bytes) -> bytes:
    return zipped(parts_of(filled_example(SEED)) | {name: data})


def plain_workbook() -> bytes:
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = "台账"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _sheet_of(name: str) -> str:
    """The part of a sheet of the filled seed."""
    parts = parts_of(filled_example(SEED))
    rid = re.search(rf'name="{name}"[^>]*r:id="(\w+)"', parts["xl/workbook.xml"].decode())
    assert rid
    rels = parts["xl/_rels/workbook.xml.rels"].decode()
    element = next(e for e in re.findall(r"<Relationship [^>]*>", rels) if f'Id="{rid[1]}"' in e)
    target = re.search(r'Target="/?(?:xl/)?([^"]+)"', element)
    assert target
    return f"xl/{target[1]}"


def _without_sheet() -> bytes:
    parts = parts_of(filled_example(SEED))
    del parts[_sheet_of("收支情况")]
    return zipped(parts)


UNREADABLE: dict[str, tuple[Callable[[], bytes], str]] = {
    "not a zip": ("这不是工作簿".encode, "不是"),
    "empty": (lambda: b"", "空"),
    "truncated": (lambda: filled_example(SEED)[:-400], "损坏|不完整"),
    "cut in the middle": (lambda: filled_example(SEED)[: len(filled_example(SEED)) // 2], "损坏|不完整"),
    "csv renamed": (lambda: "单位,金额\n某局,1\n".encode("gbk"), "不是"),
    "old xls": (lambda: OLE, r"\.xls|旧格式"),
    "password": (lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "密码"),
    "damaged LZMA": (lambda: in_method(zipfile.ZIP_LZMA, broken=True), "损坏|压缩方式"),
    "LZMA": (lambda: in_method(zipfile.ZIP_LZMA), "压缩方式"),
    "bzip2": (lambda: in_method(zipfile.ZIP_BZIP2), "压缩方式"),
    "a sheet in UCS-4": (lambda: changed(_sheet_of("封面"), lambda d: d.decode().encode("utf-32")), "损坏"),
    "a part without a name": (
        lambda: joined([packed(n, d) for n, d in (*parts_of(filled_example(SEED)).items(), ("", b"x"))], own=False),
        "没有名字的部件",
    ),
    "password on one part": (lambda: locked(filled_example(SEED)), "设置了密码"),
    "too many parts": (lambda: claiming(dict.fromkeys(map(str, range(MAX_PARTS + 1)), 0)), "解压后过大"),
    "too much in all": (lambda: claiming(dict.fromkeys("abcd", MAX_PART) | {"e": 1}), "解压后过大"),
    "foreign macro": (lambda: with_part("xl/vbaProject.bin", b"Attribute VB_Name = virus"), "宏"),
    "macro under another name": (lambda: with_part("xl/activeX/activeX1.bin", b"MZ"), "宏|控件|对象"),
    "zip bomb": (lambda: with_part("xl/media/a.bin", bytes(MAX_PART + 1)), "过大|太大|超过"),
    "entity bomb": (lambda: changed("xl/workbook.xml", lambda _: BOMB), "实体|声明|DOCTYPE|不安全"),
    "entity bomb in a sheet": (lambda: changed(_sheet_of("封面"), lambda _: BOMB), "实体|声明|DOCTYPE|不安全"),
    "external entity": (lambda: changed("xl/workbook.xml", lambda _: OUTSIDE), "实体|声明|DOCTYPE|不安全"),
    "broken sheet": (lambda: changed(_sheet_of("封面"), lambda d: d[: len(d) // 2]), "损坏"),
    "broken workbook.xml": (lambda: changed("xl/workbook.xml", lambda d: d[:-20]), "损坏"),
    "no workbook.xml": (
        lambda: zipped({k: v for k, v in parts_of(filled_example(SEED)).items() if k != "xl/workbook.xml"}),
        "不是|缺",
    ),
    "missing sheet": (_without_sheet, "收支"),
    "sheet renamed without its names": (
        lambda: rewritten(r'(<sheet [^>]*name=")封面', r"\1首页"),
        "封面",
    ),
    "another workbook": (plain_workbook, "不是本工具的填报表"),
    "unknown pack": (lambda: _stamped("guizhou-1999"), "guizhou-1999"),
}  # fmt: skip


def _stamped(pack: str) -> bytes:
    parts = parts_of(filled_example(SEED))
    return zipped({k: v.replace(b"hunan-2023", pack.encode()) for k, v in parts.items()})


def test_deleted_names_are_served_by_the_labels(tmp_path: Path) -> None:
    """Some programs lose names: where every label stands at its place, the form's own map says what is where."""
    path, told = tmp_path / "填报表.xlsx", []
    for data in (filled_example(SEED), rewritten(r'<definedName name="收支_.*?</definedName>', "")):
        path.write_bytes(data)
        told.append(check_unit(path).unit.book.cell("收支_本年收入"))
    assert told[0] == told[1]
    assert told[0].value is not None


@pytest.mark.parametrize("kind", UNREADABLE)
def test_unreadable(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make, told = UNREADABLE[kind]
    path = tmp_path / "报送 材料" / "某局（2023）.xlsx"
    path.parent.mkdir()
    path.write_bytes(make())
    before = path.read_bytes()
    for words in (("check", path), ("run", path, "-o", tmp_path / "结果"), ("export", path)):
        code, out, err = jixiao(capsys, monkeypatch, *words)
        assert (code, out) == (3, ""), err
        assert re.search(told, err), err
        assert "Traceback" not in err
        assert CHINESE.search(err)
        assert not re.search(r"[A-Za-z]{2,} [a-z]{2,} [(a-z]", err), err  # what a library says of it, in English
        assert "某局" in err
    assert path.read_bytes() == before
    assert not (tmp_path / "结果").exists()


@pytest.mark.parametrize(("parts", "size"), [(MAX_PARTS, 0), (4, MAX_PART)])
def test_as_much_as_is_allowed_is_looked_into(parts: int, size: int) -> None:
    """The limits themselves are still within: the parts are read, and hold less than they claim."""
    names = [str(n) for n in range(parts)]
    assert inflate(claiming(dict.fromkeys(names, size))) == dict.fromkeys(names, b"")


METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


@pytest.mark.parametrize("method", METHODS)
def test_any_damaged_byte_is_told_or_harmless(method: int) -> None:
    """Every byte of a zip inverted by turns, and every shorter one: the parts or the sentence, no other error."""
    whole = zipped({"xl/workbook.xml": b"".join(b"<a r='%d'/>" % (n * n) for n in range(40)), "甲.xml": b""}, method)
    ends = [whole[:length] for length in range(len(whole))]
    inverted = [whole[:n] + bytes([whole[n] ^ mask]) + whole[n + 1 :] for n in range(len(whole)) for mask in (1, 0xFF)]
    for data in (*ends, *inverted):
        with contextlib.suppress(UnreadableError):
            assert all(isinstance(part, bytes) for part in inflate(data).values())


def test_missing_file_and_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert jixiao(capsys, monkeypatch, "check", tmp_path / "没有.xlsx")[0] == 3
    code, _, err = jixiao(capsys, monkeypatch, "check", tmp_path)
    assert code == 3
    assert "文件夹" in err


def test_hundred_megabytes_in_a_cell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Judged from the zip directory: nothing of it is inflated."""
    sheet = _sheet_of("绩效情况")
    path = tmp_path / "大.xlsx"
    path.write_bytes(
        changed(sheet, lambda d: d.replace(b"</sheetData>", b"<!--" + b"A" * (100 * 2**20) + b"--></sheetData>"))
    )
    code, _, err = jixiao(capsys, monkeypatch, "check", path)
    assert code == 3
    assert re.search("过大|太大|超过", err)


def test_paths_in_the_zip_go_nowhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "某局.xlsx"
    path.write_bytes(with_part("../../evil.txt", b"x"))
    code, _, _ = jixiao(capsys, monkeypatch, "run", path, "-o", tmp_path / "结果")
    assert code in {1, 3}
    assert not list(tmp_path.parent.rglob("evil.txt"))


def test_one_bad_file_does_not_stop_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = tmp_path / "好.xlsx", tmp_path / "坏.xlsx"
    good.write_bytes(filled_example(DEMO))
    bad.write_bytes(b"PK\x03\x04")
    code, _, err = jixiao(capsys, monkeypatch, "check", bad, good)
    assert code == 3
    assert "示例县数据服务中心（示例）" in err


def test_real_process_shows_no_traceback(tmp_path: Path) -> None:
    path = tmp_path / "某 局.xlsx"
    path.write_bytes(with_part("xl/vbaProject.bin", b"x"))
    done = subprocess.run(
        [sys.executable, "-m", "toolkit", "check", str(path)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


HOSTILE_TEXTS = (
    "=cmd|'/c calc'!A1",
    "+1+1",
    "-2",
    "@SUM(A1)",
    "{{ 7*7 }}",
    "{% for x in y %}",
    "<b>粗</b>&amp;]]>",
    "_x000D_换行",
    "𠮷野家\u202e倒序\U0001f600",
    "长" * 3000,
)


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_hostile_text_stays_text(text: str) -> None:
    data = example(SEED)
    data["fields"]["封面_单位名称"] = text
    data["fields"]["文字_其他说明"] = text
    checked = check_data(data)
    assert checked.unit.unit_name == text
    for name, made in make_files(checked).items():
        if name.endswith(".xlsx"):
            cells = _cells(made)
            assert any(value == text for _, value in cells), name
            assert not [place for place, value in cells if value == text and place.endswith("=")], name
        elif name.endswith(".docx"):
            assert text in "\n".join(p.text for p in Document(io.BytesIO(made)).paragraphs)
        else:
            assert json.loads(made)["unit"] == text


def _cells(data: bytes) -> list[tuple[str, object]]:
    """Every value with its place; a place ends in "=" where the cell is a formula."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    return [
        (f"{sheet.title}!{cell.coordinate}{'=' if cell.data_type == 'f' else ''}", unescape(str(cell.value)))
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    ]


def test_control_characters_are_a_finding() -> None:
    data = example(SEED)
    data["fields"]["文字_其他说明"] = "好\x07坏\x00"
    checked = check_data(data)
    found = [f for f in checked.result.findings if f.rule == "T05"]
    assert [f.cells[0].sheet for f in found] == ["绩效情况"]
    made = make_files(checked)
    report, back = made["自评报告.docx"], made["审核反馈.xlsx"]
    assert "好␇坏␀" in [p.text for p in Document(io.BytesIO(report)).paragraphs]
    assert "好\x07坏\x00" in [value for _, value in _cells(back)]  # what came in goes back as it was
    assert [place for place, value in _cells(made["自评报表.xlsx"]) if re.search(r"[\x00-\x08]", str(value))] == []
