"""改稿 and 打印册 in a batch: what staff wrote in their reports goes on, and every unit gets its book to print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import docx
from batch_folder import ran
from command import call
from referee import needs_office
from samples import DEMO, example

from toolkit.engines import office
from toolkit.engines.marks import is_ours
from toolkit.pack.finding import default_pack
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import unit_from_json

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def filed(home: Path, number: int, fields: dict[str, Any]) -> None:
    """One unit's workbook in the folder of returns."""
    data, pack = example(DEMO), default_pack()
    own = {"封面_单位名称": f"示例{number}局", "封面_单位代码": f"9{number:05d}"}
    unit = unit_from_json({**data, "fields": {**data["fields"], **own, **fields}}, pack)
    home.mkdir(exist_ok=True)
    (home / f"{number}.xlsx").write_bytes(fill_workbook(unit, pack))


def report_of(output: Path, number: int) -> Path:
    return output / f"9{number:05d}_示例{number}局" / "自评报告.docx"


def words_of(path: Path) -> str:
    return "\n".join(p.text for p in docx.Document(str(path)).paragraphs)


def test_what_staff_wrote_goes_on(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The first run knew nothing of edits to come; the figures of the second are the workbook's all the same."""
    home, out = tmp_path / "报送", tmp_path / "结果"
    for number in (1, 2):
        filed(home, number, {})
    ran(home, out)
    path = report_of(out, 1)
    document = docx.Document(str(path))
    paragraph = next(p for p in document.paragraphs if "本年收入886.83" in p.text)
    paragraph.runs[-1].text += "以上为决算数。"
    document.save(str(path))
    mine = path.read_bytes()
    filed(home, 1, {"收支_本年收入": 900.5})
    result, _ = ran(home, out)
    assert {e.record.file: e.record.outcome for e in result.batch.entries if e.record} == {
        "1.xlsx": "blocked",
        "2.xlsx": "done",
    }
    assert path.read_bytes() == mine
    capfd.readouterr()
    call("batch", home, "-o", out, "--keep-edits", "--jobs", "1")
    told = capfd.readouterr().err
    assert "900001_示例1局：自评报告里改过的 1 处" in told
    assert "保留：" in told
    assert "请核对填报表" not in told
    assert "示例2局：自评报告" not in told
    merged = words_of(path)
    assert "以上为决算数。" in merged
    assert "本年收入900.50" in merged
    assert "886.83" not in merged
    assert path.with_name("自评报告_改稿1.docx").read_bytes() == mine


@needs_office
def test_every_unit_gets_its_book_to_print(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """By one start of LibreOffice; somebody else's PDF stays and is told, and without a program nothing begins."""
    home, out, starts = tmp_path / "报送", tmp_path / "结果", list[int]()
    for number in (1, 2, 3):
        filed(home, number, {})
    foreign = report_of(out, 3).with_name("打印册.pdf")
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(b"mine")
    converted = office._converted

    def counted(*words: Any) -> list[bytes | None]:  # noqa: ANN401 - handed on
        starts.append(len(words[1]))
        return converted(*words)

    monkeypatch.setattr(office, "_converted", counted)
    call("batch", home, "-o", out, "--pdf", "--jobs", "1")
    told = capfd.readouterr().err
    assert "打印册：写好 2 家" in told
    assert "示例3局：没有打印册" in told
    assert starts == [2]
    assert foreign.read_bytes() == b"mine"
    for number in (1, 2):
        made = report_of(out, number).with_name("打印册.pdf")
        assert made.read_bytes().startswith(b"%PDF")
        assert is_ours(made)
    monkeypatch.setattr(office, "find_office", lambda: None)
    assert call("batch", home, "-o", tmp_path / "另", "--pdf") == 2
    assert "没有 LibreOffice" in capfd.readouterr().err
    assert not (tmp_path / "另").exists()
