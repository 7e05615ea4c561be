"""Reports as files: Word and text give the same; strangers' files end in a sentence; the command keeps its contract."""

from __future__ import annotations

import io
import json
import re
import zipfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command import CHINESE, jixiao
from docx import Document
from hostile_bytes import BOMB, OLE, parts_of, zipped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolkit.audit.prose.proofread import Proofread, proofread_file
from toolkit.engines.xlsx.package import MAX_PART
from toolkit.pack.pack import default_pack

if TYPE_CHECKING:
    from collections.abc import Callable

CASES = Path(__file__).parents[2] / "cases"
SEED = CASES / "yiyang_sfj_2023_report.txt"
LONG = sorted(CASES.glob("report_*.txt"))


def told(done: Proofread) -> list[str]:
    return [f.message for f in done.findings]


def as_word(lines: list[str]) -> bytes:
    document = Document()
    for line in lines:
        document.add_paragraph(line)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("path", [SEED, *LONG], ids=lambda p: p.stem)
def test_word_and_text_give_the_same(path: Path, tmp_path: Path) -> None:
    word = tmp_path / "自评 报告（2023）.docx"
    word.write_bytes(as_word(path.read_text("utf-8").splitlines()))
    assert told(proofread_file(word, default_pack())) == told(proofread_file(path, default_pack()))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings_give_the_same(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "报告.txt"
    path.write_bytes(SEED.read_text("utf-8").encode(encoding))
    assert told(proofread_file(path, default_pack())) == told(proofread_file(SEED, default_pack()))


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=60), max_size=8))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_any_paragraphs_give_the_same(tmp_path: Path, lines: list[str]) -> None:
    word, text = tmp_path / "一.docx", tmp_path / "一.txt"
    lines = ["甲单位2023年支出100万元。", *lines]
    word.write_bytes(as_word(lines))
    text.write_text("\n".join(lines), "utf-8")
    assert told(proofread_file(word, default_pack())) == told(proofread_file(text, default_pack()))


def test_tables_deleted_text_and_headings_of_word(tmp_path: Path) -> None:
    """A long cell is prose, a short row one paragraph; what a reviser struck out is not read."""
    document = Document()
    document.add_heading("二、收支情况", 1)
    document.add_paragraph("基本支出600万元。")
    table = document.add_table(1, 2)
    table.cell(0, 0).text = "运行情况"
    table.cell(0, 1).text = (
        "2023年总支出1000万元，其中基本支出600万元，项目支出300万元。" + "全年工作平稳有序推进。" * 4
    )
    table.add_row().cells[0].text = "合计"
    buffer = io.BytesIO()
    document.save(buffer)
    parts = parts_of(buffer.getvalue())
    name = "word/document.xml"
    struck = parts[name].decode().replace("<w:t>基本支出600万元。</w:t>", "<w:t>基本支出</w:t>")
    struck = struck.replace(
        "</w:p>", '<w:del w:id="1" w:author="a"><w:r><w:delText>9</w:delText></w:r></w:del></w:p>', 1
    )
    path = tmp_path / "表.docx"
    path.write_bytes(zipped(parts | {name: struck.encode()}))
    done = proofread_file(path, default_pack())
    assert [(f.rule, f.sides and str(f.sides.gap)) for f in done.findings] == [("A02", "100")]
    assert "合计" in [p.text.strip(" |") for p in done.report.paragraphs]


@pytest.mark.parametrize("path", LONG, ids=lambda p: p.stem)
def test_a_long_clean_report_is_clean(path: Path) -> None:
    """Six provinces' ways of writing, all figures agreeing: no 错误, no 警示, and much was understood."""
    done = proofread_file(path, default_pack())
    assert done.verdict == "clean", told(done)
    assert sum(done.relations.values()) >= 8
    assert done.report.unit.startswith("示例")


FAULTS = [
    ("report_hunan", "2023年总支出4180.42万元", "2023年总支出4280.42万元", "A02"),
    ("report_hunan", "资本性支出5万元", "资本性支出8万元", "A15"),
    ("report_hunan", "我局内设8个股室", "我局内设7个股室", "D66"),
    ("report_hunan", "预算执行率96.62%", "预算执行率98.62%", "D67"),
    ("report_hunan", "十、其他需要说明的情况", "十、附件", "D70"),
    ("report_hunan", "下降6.9%", "下降9.6%", "D67"),
    ("report_sichuan", "较2021年5512.60万元增加336.15万元", "较2021年5512.60万元减少336.15万元", "D68"),
    ("report_sichuan", "完成预算的69.82%", "完成预算的79.82%", "D67"),
    ("report_sichuan", "自评等级为优", "自评等级为良", "C62"),
    ("report_sichuan", "合格率98.01%", "合格率99.01%", "D67"),
    ("report_yunnan", "项目支出12,787.07万元，占总支出", "项目支出12,877.07万元，占总支出", "A02"),
    ("report_yunnan", "增长3.95%", "增长9.35%", "D67"),
    ("report_guizhou", "整改率98.83%", "整改率96.83%", "D67"),
    ("report_guizhou", "其中：基本支出1,632.18万元", "其中：基本支出1,662.18万元", "A02"),
    ("report_anhui", "所属单位26,700.00万元", "所属单位27,600.00万元", "D69"),
    ("report_anhui", "下降8.82%", "下降2.88%", "D67"),
    ("report_table", "购书经费180万元、", "购书经费280万元、", "A13"),
    ("report_table", "占98.38%；其他收入", "占89.38%；其他收入", "D67"),
]


@pytest.mark.parametrize(("name", "right", "wrong", "rule"), FAULTS, ids=lambda v: v if len(v) == 3 else "")
def test_one_fault_in_a_long_report_is_found(name: str, right: str, wrong: str, rule: str, tmp_path: Path) -> None:
    text = (CASES / f"{name}.txt").read_text("utf-8")
    assert right in text
    path = tmp_path / "报告.txt"
    path.write_text(text.replace(right, wrong, 1), "utf-8")
    assert rule in {f.rule for f in proofread_file(path, default_pack()).findings}


def _with_body(body: bytes) -> bytes:
    return zipped(parts_of(as_word(["甲"])) | {"word/document.xml": body})


UNREADABLE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "empty": (".docx", lambda: b"", "空"),
    "not a zip": (".docx", "这不是文档".encode, "不是"),
    "truncated": (".docx", lambda: as_word(["甲"])[:-300], "损坏|不完整"),
    "old doc": (".doc", lambda: OLE, r"\.doc"),
    "password": (".docx", lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "密码"),
    "pdf": (".txt", lambda: b"%PDF-1.7\n", "PDF"),
    "workbook": (".docx", lambda: zipped({"xl/workbook.xml": b"<a/>"}), "不是 Word"),
    "entity bomb": (".docx", lambda: _with_body(BOMB), "不安全"),
    "broken xml": (".docx", partial(_with_body, b"<w:document>"), "损坏"),
    "zip bomb": (".docx", lambda: zipped({"word/document.xml": bytes(MAX_PART + 1)}), "过大"),
    "binary": (".txt", lambda: bytes(range(256)) * 8, "编码|文本"),
    "no chinese": (".txt", lambda: b"1234\n", "没有读到中文"),
    "scanned": (".docx", lambda: as_word([""]), "没有读到中文"),
    "endless": (".txt", ("甲" * 1_000_001).encode, "过多"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_unreadable(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    suffix, make, words = UNREADABLE[kind]
    path = tmp_path / "报送 材料" / f"某局{suffix}"
    path.parent.mkdir()
    path.write_bytes(make())
    before = path.read_bytes()
    code, out, err = jixiao(capsys, monkeypatch, "proofread", path)
    assert (code, out) == (3, ""), err
    assert "某局" in err
    assert CHINESE.search(err)
    assert re.search(words, err), err
    assert path.read_bytes() == before


def test_the_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Exit codes 0, 1, 2, 3; JSON alone on stdout; what was read is told."""
    code, out, err = jixiao(capsys, monkeypatch, "proofread", SEED)
    assert (code, out) == (1, "")
    assert "263.20 万元" in err
    assert "61 段、14 个金额" in err
    code, out, err = jixiao(capsys, monkeypatch, "proofread", SEED, "--json")
    found = json.loads(out)
    assert (code, err, found["schema"], found["verdict"]) == (1, "", "jixiao.proofread/1", "error")
    first = next(f for f in found["findings"] if f["rule"] == "A02")
    assert (first["left"], first["right"], first["difference"], first["paragraph"]) == (
        "2088.26",
        "2078.26",
        "10.00",
        26,
    )
    assert found["read"]["amounts"] == 14
    assert found["relations"]["D67"] >= 1
    assert jixiao(capsys, monkeypatch, "proofread", LONG[0])[0] == 0
    code, out, err = jixiao(capsys, monkeypatch, "proofread", tmp_path / "没有.docx", LONG[0], "--json")
    assert code == 3
    assert [json.loads(line).get("verdict") for line in out.splitlines()] == [None, "clean"]
    assert jixiao(capsys, monkeypatch, "proofread", SEED, "--pack", "guizhou-1999")[0] == 2


def test_year_and_unit_may_be_given(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("proofread", SEED, "--json", "--year", "2023", "--unit", "益阳市司法局")
    found = json.loads(jixiao(capsys, monkeypatch, *words)[1])
    assert (found["year"], found["unit"]) == (2023, "益阳市司法局")


def test_a_wide_zip_is_not_inflated(tmp_path: Path) -> None:
    """A report is read from its own part only; nothing is written anywhere."""
    path = tmp_path / "某局.docx"
    parts = parts_of(as_word(["本年支出100万元。"]))
    path.write_bytes(zipped(parts | {"../../evil.txt": b"x"}))
    assert proofread_file(path, default_pack()).counts["amounts"] == 1
    assert not list(tmp_path.parent.rglob("evil.txt"))
    assert zipfile.is_zipfile(path)
