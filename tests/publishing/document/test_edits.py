"""改稿: what staff changed in Word is carried into the next report, and what no longer agrees is told."""

from __future__ import annotations

import copy
import io
import json
from typing import TYPE_CHECKING, Any

import docx
import pytest
from command import call
from docx.text.paragraph import Paragraph
from samples import DEMO, example

from toolkit.pack.finding import default_pack
from toolkit.pipeline import proofread_against, run_unit
from toolkit.publishing.document.edits import report_lines, texts_of, with_edits
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import unit_from_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from docx.document import Document

NEW_FIGURES: dict[str, Any] = {"收支_本年收入": 900.5, "整体_全年执行数": 880.8}
# 改法 | 哪一段（开头的字） | 改前 | 改后 | 应说（带过新的数以后）
EDITS = """
改 | 本年收入886.83 | 本年收入 | 据决算报表，本年收入 | 保留：据决算报表，本年收入900.50万元
改 | 经自评，本单位 | 等级为 | 评定等级为 | 保留：经自评，本单位部门整体支出绩效自评得分95.86分，评定等级为
改 | 政务数据采集与质量提升：支出 | 76.42 | 77.42 | 保留：政务数据采集与质量提升：支出77.42万元
删 | 负责县级政务数据的安全管理 |  |  | 删去：负责县级政务数据的安全管理
插 | 本单位内设机构6个 |  | 机构改革后新设数据资源股。 | 插入：机构改革后新设数据资源股。
表 |  |  | 手改的格子 | 没有带过来：手改的格子
"""


def workbook(home: Path, changes: dict[str, Any]) -> Path:
    """The example with other figures, filled."""
    data = example(DEMO)
    data = {**data, "fields": {**data["fields"], **changes}}
    path = home / "填报表.xlsx"
    path.write_bytes(fill_workbook(unit_from_json(data, default_pack()), default_pack()))
    return path


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """The report of the example, and the one after two figures changed."""
    home = tmp_path_factory.mktemp("改稿")
    made = list[bytes]()
    for changes in ({}, NEW_FIGURES):
        published = run_unit(workbook(home, changes), home / f"出{len(made)}")
        made.append((published.folder / "自评报告.docx").read_bytes())
    return made[0], made[1]


def edited(data: bytes, *edits: Callable[[Document], None]) -> bytes:
    """A report after staff's work in Word."""
    document = docx.Document(io.BytesIO(data))
    for edit in edits:
        edit(document)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def worded(line: str) -> Callable[[Document], None]:
    """One line of `EDITS` as an edit."""
    kind, start, old, new, _ = (part.strip() for part in line.split("|"))

    def edit(document: Document) -> None:
        if kind == "表":
            document.tables[0].rows[1].cells[1].paragraphs[0].runs[0].text = new
            return
        paragraph = next(p for p in document.paragraphs if p.text.startswith(start))
        if kind == "删":
            away(paragraph)
        elif kind == "插":
            made = copy.deepcopy(paragraph._p)
            paragraph._p.addnext(made)
            say(Paragraph(made, paragraph._parent), new)
        else:
            say(paragraph, paragraph.text.replace(old, new))

    return edit


def away(paragraph: Paragraph) -> None:
    parent = paragraph._p.getparent()
    assert parent is not None
    parent.remove(paragraph._p)


def say(paragraph: Paragraph, text: str) -> None:
    for number, one in enumerate(paragraph.runs):
        one.text = "" if number else text


@pytest.mark.parametrize("line", EDITS.strip().splitlines())
def test_each_edit_is_carried_and_told_once(line: str, reports: tuple[bytes, bytes]) -> None:
    before, now = reports
    merged = with_edits(now, edited(before, worded(line)), texts_of(before))
    wanted = line.split("|")[4].strip()
    assert [e.told.startswith(wanted[:40]) for e in merged.edits] == [True], [e.told for e in merged.edits]
    texts = {x.text for x in report_lines(merged.data)}
    fresh = {x.text for x in report_lines(now)}
    kind, _, said = wanted.partition("：")
    assert any(t.startswith(said) for t in texts) is (kind in {"保留", "插入"})
    assert len(fresh - texts) == (kind in {"保留", "删去"})
    assert len(texts - fresh) == (kind in {"保留", "插入"})


def test_nothing_changed_carries_nothing(reports: tuple[bytes, bytes]) -> None:
    before, now = reports
    merged = with_edits(now, edited(before), texts_of(before))
    assert merged.edits == ()
    assert [x.text for x in report_lines(merged.data)] == [x.text for x in report_lines(now)]


def test_all_at_once_and_without_what_was_written(reports: tuple[bytes, bytes]) -> None:
    """With the earlier texts six edits are told; without them figures that changed are no edits either."""
    before, now = reports
    mine = edited(before, *map(worded, EDITS.strip().splitlines()))
    assert len(with_edits(now, mine, texts_of(before)).edits) == 6
    bare = with_edits(now, edited(before), None)
    assert [e for e in bare.edits if e.kind in {"插入", "删去"}] == []


def test_bold_stays_bold(reports: tuple[bytes, bytes]) -> None:
    before, now = reports

    def bold(document: Document) -> None:
        paragraph = next(p for p in document.paragraphs if p.text.startswith("本年收入886.83"))
        say(paragraph, "据决算，")
        paragraph.add_run("本年收入886.83万元").bold = True
        paragraph.add_run("，其余从略。")

    made = docx.Document(io.BytesIO(with_edits(now, edited(before, bold), texts_of(before)).data))
    paragraph = next(p for p in made.paragraphs if p.text.startswith("据决算，"))
    assert paragraph.text == "据决算，本年收入900.50万元，其余从略。"
    assert [r.text for r in paragraph.runs if r.bold] == ["本年收入900.50万元"]


def test_figures_that_no_longer_agree_and_sections_that_went(tmp_path: Path, reports: tuple[bytes, bytes]) -> None:
    """X02 at each figure that changed, X03 for a section, nothing for words alone; the same figures pass."""
    from toolkit.pipeline import check_unit

    path, report = workbook(tmp_path, NEW_FIGURES), tmp_path / "报告.docx"

    def less(document: Document) -> None:
        for start in ("人员情况",):
            paragraph = next(p for p in document.paragraphs if p.text == start)
            away(paragraph)

    words = [line for line in EDITS.strip().splitlines() if "等级" in line]
    report.write_bytes(edited(reports[0], less, *map(worded, words)))
    done = proofread_against(report, check_unit(path))
    told = [f.fact for f in done.findings if f.rule == "X02"]
    assert any("报告写 886.83，填报表现在是 900.50（填报：收支_本年收入，单元格「收支情况」B5）" in t for t in told)
    assert {t.partition("，")[0] for t in told} == {
        *("报告写 886.83", "报告写 882.80", "报告写 9.78", "报告写 97.81%", "报告写 95.88")
    }
    assert [f.fact for f in done.findings if f.rule == "X03"] == ["少了一节“人员情况”"]
    report.write_bytes(reports[1])
    same = proofread_against(report, check_unit(path))
    assert [f for f in same.findings if f.rule.startswith("X")] == []
    assert same.relations["X02"] > 100


def test_the_command_keeps_what_staff_wrote(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """An edited report is never written over; with --keep-edits it is kept beside, and its words go on."""
    path = workbook(tmp_path, {})
    call("run", path, "-o", tmp_path / "出")
    (folder,) = (tmp_path / "出").iterdir()
    report = folder / "自评报告.docx"
    mine = edited(report.read_bytes(), *map(worded, EDITS.strip().splitlines()))
    report.write_bytes(mine)
    workbook(tmp_path, NEW_FIGURES)
    capfd.readouterr()
    assert call("run", path, "-o", tmp_path / "出") == 2
    assert report.read_bytes() == mine
    call("run", path, "-o", tmp_path / "出", "--keep-edits", "--json")
    told = json.loads(capfd.readouterr().out)
    assert [e["kind"] for e in told["edits"]].count("保留") == 3
    assert (folder / "自评报告_改稿1.docx").read_bytes() == mine
    assert "据决算报表，本年收入900.50万元" in "".join(x.text for x in report_lines(report.read_bytes()))
    assert call("run", path, "-o", tmp_path / "出") == 2  # the merged report holds staff's words: it is theirs
    merged = report.read_bytes()
    call("run", path, "-o", tmp_path / "出", "--keep-edits")
    assert report.read_bytes() == merged
    report.write_bytes(b"PK\x03\x04")
    assert call("run", path, "-o", tmp_path / "出", "--keep-edits") == 3
    assert report.read_bytes() == b"PK\x03\x04"
