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

from toolkit import publish
from toolkit.audit.prose.proofread import Proofread, proofread_file
from toolkit.doors.cli.app import examples_home
from toolkit.engines.xlsx.zip import MAX_PART
from toolkit.pack.finding import default_pack

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
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
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


@pytest.mark.parametrize("path", [SEED, *LONG], ids=lambda p: p.stem)
def test_the_year_given_tells_nothing_new(path: Path) -> None:
    """--year with the year of the title is the same as the title."""
    plain = proofread_file(path, default_pack())
    assert plain.report.year is not None
    assert told(proofread_file(path, default_pack(), plain.report.year)) == told(plain)


def test_our_own_report_is_clean(tmp_path: Path) -> None:
    """公用经费（一般商品和服务支出）本年支出 is no 本年支出: nothing in the report of the demo is told."""
    done = publish(examples_home() / "demo-unit" / "填报表.xlsx", tmp_path)
    report = next(path for path in done.files if path.name == "自评报告.docx")
    read = proofread_file(report, default_pack())
    assert told(read) == []
    assert sum(read.relations.values()) >= 30


def test_text_boxes_are_read_once(tmp_path: Path) -> None:
    """The new notation of a text box and the one kept for older programs hold the same text."""
    box = "<w:txbxContent><w:p><w:r><w:t>会议费5.00万元，较上年增1.00万元，增长50%。</w:t></w:r></w:p></w:txbxContent>"
    mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    body = (
        f'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="{mc}"><w:body>'
        f"<w:p><w:r><w:t>一、基本情况</w:t></w:r><w:r><mc:AlternateContent><mc:Choice>{box}</mc:Choice>"
        f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r></w:p></w:body></w:document>"
    )
    path = tmp_path / "文本框.docx"
    path.write_bytes(_with_body(body.encode()))
    done = proofread_file(path, default_pack())
    assert [(f.rule, f.paragraph) for f in done.findings] == [("D67", 2)]


def test_a_wide_zip_is_not_inflated(tmp_path: Path) -> None:
    """A report is read from its own part only; nothing is written anywhere."""
    path = tmp_path / "某局.docx"
    parts = parts_of(as_word(["本年支出100万元。"]))
    path.write_bytes(zipped(parts | {"../../evil.txt": b"x"}))
    assert proofread_file(path, default_pack()).counts["amounts"] == 1
    assert not list(tmp_path.parent.rglob("evil.txt"))
    assert zipfile.is_zipfile(path)


def _saved(document: object, path: Path) -> Path:
    buffer = io.BytesIO()
    document.save(buffer)  # type: ignore[attr-defined]
    path.write_bytes(buffer.getvalue())
    return path


def test_numbers_that_word_sets_are_read(tmp_path: Path) -> None:
    """自动编号: the parts of a total in numbered paragraphs of their own, without a typed number."""
    document = Document()
    document.add_paragraph("2022年“三公”经费决算汇总数2045.30万元。")
    for line in ("公务接待费720.03万元。", "公务用车购置及运行维护费1425.27万元。"):
        document.add_paragraph(line, style="List Number")
    done = proofread_file(_saved(document, tmp_path / "编号.docx"), default_pack())
    assert [p.text[:2] for p in done.report.paragraphs[1:]] == ["1.", "2."]
    assert {f.rule for f in done.findings} & {"B27", "D69"}, told(done)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [("chineseCountingThousand", "%1、", "一、"), ("decimal", "（%1）", "（1）"), ("bullet", "●", "")],
)
def test_kinds_of_numbers(kind: str, text: str, expected: str, tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph("基本情况", style="List Number")
    buffer = io.BytesIO()
    document.save(buffer)
    parts = parts_of(buffer.getvalue())
    name = "word/numbering.xml"
    changed = re.sub(r'w:numFmt w:val="\w+"', f'w:numFmt w:val="{kind}"', parts[name].decode())
    changed = re.sub(r'w:lvlText w:val="[^"]*"', f'w:lvlText w:val="{text}"', changed)
    path = tmp_path / "编号.docx"
    path.write_bytes(zipped(parts | {name: changed.encode()}))
    assert [p.text for p in proofread_file(path, default_pack()).report.paragraphs] == [f"{expected}基本情况"]


def test_revisions_are_read_as_accepted(tmp_path: Path) -> None:
    """What was struck out, the end of a paragraph too, is gone; what was put in is there."""
    body = (
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
        '<w:p><w:pPr><w:rPr><w:del w:id="1"/></w:rPr></w:pPr><w:r><w:t>本年收入</w:t></w:r>'
        '<w:del w:id="2"><w:r><w:delText>400</w:delText></w:r></w:del></w:p>'
        '<w:p><w:ins w:id="3"><w:r><w:t>500</w:t></w:r></w:ins><w:r><w:t>万元。</w:t></w:r></w:p></w:body></w:document>'
    )
    path = tmp_path / "修订.docx"
    path.write_bytes(_with_body(body.encode()))
    assert [p.text for p in proofread_file(path, default_pack()).report.paragraphs] == ["本年收入500万元。"]


def test_footnotes_are_read_behind_the_text(tmp_path: Path) -> None:
    notes = (
        '<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        '<w:footnote w:type="separator" w:id="0"><w:p><w:r><w:t>线</w:t></w:r></w:p></w:footnote>'
        '<w:footnote w:id="1"><w:p><w:r><w:t>会议费5.00万元，较上年增1.00万元，增长50%。</w:t></w:r></w:p></w:footnote>'
        "</w:footnotes>"
    )
    path = tmp_path / "脚注.docx"
    path.write_bytes(zipped(parts_of(as_word(["一、基本情况"])) | {"word/footnotes.xml": notes.encode()}))
    done = proofread_file(path, default_pack())
    assert [(f.rule, f.paragraph) for f in done.findings] == [("D67", 2)]


@pytest.mark.parametrize(
    "broken", ["本年收入1,26\n4.92万元。", "本年收入1,264.92\n万元。", "本年收入1,264\u200b.92万元。"]
)
def test_a_figure_broken_by_a_line_is_whole(broken: str, tmp_path: Path) -> None:
    path = tmp_path / "断行.txt"
    path.write_text(broken, "utf-8")
    assert [p.text for p in proofread_file(path, default_pack()).report.paragraphs] == ["本年收入1,264.92万元。"]


PAGE = """一、收支情况
（一）本单位2021年度总支出581.45万元，其中本年支
出480.71万元，较2020年度决算数减少90.49万元，下降
15.8%。支出具体情况如下：
1.社会保障和就业支出467.99万元：主要用于本单位在
社会保障与就业方面的支出，较2020年度减少91.91
万元，下降16.4%，主要是人员经费、业务活动支出减少。
"""


def test_lines_that_a_page_broke_are_one_paragraph(tmp_path: Path) -> None:
    """A copy out of a PDF: lines all broken at one width; a figure and its change then stand in one paragraph."""
    path = tmp_path / "复制的.txt"
    path.write_text(PAGE, "utf-8")
    done = proofread_file(path, default_pack())
    assert [p.text[:4] for p in done.report.paragraphs] == ["一、收支", "（一）本", "1.社会"]
    assert told(done) == []
    path.write_text(PAGE.replace("15.8%", "75.8%").replace("91.91", "61.91"), "utf-8")
    assert [(f.rule, f.paragraph) for f in proofread_file(path, default_pack()).findings] == [("D67", 2), ("D67", 3)]


WIDER = (
    PAGE
    + """2.卫生健康支出12.40万元：主要用于本单位医疗保险；
其中行政单位医疗8.40万元，事业单位医疗4.00万元；较
2020年度增加0.60万元，增长5.08%；主要是缴费基数提高，增加的人员按规定计缴。
"""
)


def test_a_line_put_together_by_hand_hides_no_edge(tmp_path: Path) -> None:
    """One line is wider than the page, and a semicolon at its edge ends nothing."""
    path = tmp_path / "复制的.txt"
    path.write_text(WIDER, "utf-8")
    done = proofread_file(path, default_pack())
    assert [p.text[:4] for p in done.report.paragraphs] == ["一、收支", "（一）本", "1.社会", "2.卫生"]
    assert told(done) == []
    path.write_text(WIDER.replace("8.40", "6.40"), "utf-8")
    assert [(f.rule, f.paragraph) for f in proofread_file(path, default_pack()).findings] == [("D69", 4)]


LINES = """会议费支出12.30万元，比上年减少1.20万元
培训费支出25.60万元，比上年增加3.40万元
差旅费支出31.20万元，比上年减少2.50万元
"""


@pytest.mark.parametrize("lines", [LINES, LINES.replace("\n", "。\n"), LINES.replace("\n", "；\n")])
def test_lines_of_a_list_stay_paragraphs(lines: str, tmp_path: Path) -> None:
    """Lines of one length that each say something of their own are not put together."""
    path = tmp_path / "清单.txt"
    path.write_text(lines, "utf-8")
    assert len(proofread_file(path, default_pack()).report.paragraphs) == 3


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "gbk"])
def test_encodings_without_a_mark(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "报告.txt"
    path.write_bytes("本年收入500万元，其中：财政拨款400万元。\r\n".encode(encoding))
    assert proofread_file(path, default_pack()).counts["amounts"] == 2


def test_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every report of a folder, told one by one; one object a line with --json; an empty folder is a usage error."""
    folder = tmp_path / "报送 材料"
    (folder / "局").mkdir(parents=True)
    (folder / "甲.txt").write_text("会议费5.00万元，比上年增加1.00万元，增长50%。", "utf-8")
    (folder / "局" / "乙.txt").write_text("会议费5万元。", "utf-8")
    (folder / "~$甲.docx").write_bytes(b"x")
    code, out, err = jixiao(capsys, monkeypatch, "proofread", folder)
    assert (code, out) == (1, "")
    assert "（1/2）" in err
    code, out, _ = jixiao(capsys, monkeypatch, "proofread", folder, "--json")
    assert [json.loads(line)["verdict"] for line in out.splitlines()] == ["clean", "error"]
    empty = tmp_path / "空"
    empty.mkdir()
    assert jixiao(capsys, monkeypatch, "proofread", empty)[0] == 2


TABLE = """
项目 | 合计 | 财政拨款 | 其他资金
基本支出 | 1316.45 | 1204.45 | 112.00
项目支出 | 812.30 | 700.10 | 112.20
合计 | 2128.75 | 1904.55 | 224.20
"""


@pytest.mark.parametrize(
    ("right", "wrong", "told_of"),
    [
        ("基本支出1316.45万元", "基本支出1376.45万元", "第 6 段的表里是 1316.45"),
        ("基本支出 | 1316.45", "基本支出 | 1376.45", "“基本支出”一行合计 1376.45，各列之和 1316.45"),
        ("1904.55", "1504.55", "第 3 列合计 1504.55，各行之和 1904.55"),
    ],
)
def test_a_table_is_held_against_itself_and_the_text(right: str, wrong: str, told_of: str, tmp_path: Path) -> None:
    """D69: a row's total, a column's total, a table and the text, each one digit wrong."""
    for text, faults in ((TABLE, 0), (TABLE.replace(right, wrong), 1)):
        document = Document()
        first = "2023年本单位支出2128.75万元，其中：基本支出1316.45万元，占61.84%。"
        for line in ("某县水利局2023年度部门决算", "一、总体情况", first.replace(right, wrong) if faults else first):
            document.add_paragraph(line)
        document.add_paragraph("二、支出情况")
        rows = [line.split(" | ") for line in text.strip().splitlines()]
        table = document.add_table(len(rows), 4)
        for row, cells in zip(table.rows, rows, strict=True):
            for cell, value in zip(row.cells, cells, strict=True):
                cell.text = value
        path = tmp_path / f"{faults}.docx"
        document.save(str(path))
        messages = told(proofread_file(path, default_pack()))
        assert any(told_of in m for m in messages) is bool(faults), messages


@pytest.mark.parametrize(
    ("text", "verdict", "code"),
    [
        ("本单位认真履职，各项工作有序推进。", "incomplete", 1),
        ("2023年度部门整体支出绩效自评报告。2023年工作有序推进。", "incomplete", 1),
        ("自评得分92.5分。", "clean", 0),
        ("会议费5万元。", "clean", 0),
    ],
)
def test_a_text_without_figures_is_not_clean(  # noqa: PLR0913, PLR0917 - a table's columns and what pytest gives
    text: str,
    verdict: str,
    code: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where nothing but years was read, nothing was checked: that is no pass, on the screen as in the JSON."""
    path = tmp_path / "总 结.txt"
    path.write_text(text, "utf-8")
    ended, out, _ = jixiao(capsys, monkeypatch, "proofread", path, "--json")
    assert (ended, json.loads(out)["verdict"]) == (code, verdict)
    _, _, err = jixiao(capsys, monkeypatch, "proofread", path)
    assert ("没有读到数字" in err) is (code == 1)
    assert ("核对了的" in err) is (code == 0)
