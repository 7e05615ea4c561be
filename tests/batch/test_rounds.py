"""轮次: three rounds of twelve units, faults mended step by step; each letter says what became of them."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import docx
import pytest
from batch_folder import ran
from rule_cases import changed_data
from samples import DEMO, example

from toolkit.batch.rounds import write_round
from toolkit.core.errors import UsageError
from toolkit.doors.cli.app import cli
from toolkit.doors.cli.chinese import run
from toolkit.pack.finding import default_pack
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import unit_from_json

if TYPE_CHECKING:
    from pathlib import Path

    from toolkit.batch.rounds import Round

# 单位 | 第1轮 | 第2轮 | 第3轮：改动过的格
ROUNDS = """
甲 | 整体_年初预算数=100 支出_工资福利=400 | 支出_工资福利=400 |
乙 | 人员_实有人数=40 | 人员_实有人数=40 | 人员_实有人数=40
丙 | | 收支_年末结转=-5 |
丁 | | |
"""


def unit_data(number: int, fields: dict[str, Any]) -> dict[str, Any]:
    data = example(DEMO)
    own = {"封面_单位名称": f"示例{number}局", "封面_单位代码": f"9{number:05d}"}
    forms = [{**f, "fields": {**f["fields"], "自评_实施单位": own["封面_单位名称"]}} for f in data["project_forms"]]
    return {**data, "fields": {**data["fields"], **own, **fields}, "project_forms": forms}


def plan() -> list[list[dict[str, float]]]:
    """Unit by unit, round by round, what is wrong."""
    rows = [line.split("|") for line in ROUNDS.strip().splitlines()]
    parsed = [[dict(_pair(p) for p in cell.split()) for cell in row[1:]] for row in rows]
    return [parsed[i % len(parsed)] for i in range(12)]


def _pair(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    return name, float(value)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Round, Path]]:
    """The rounds as they were written, one after another into one output."""
    home, pack = tmp_path_factory.mktemp("轮次"), default_pack()
    made = []
    for number in range(3):
        folder = home / "报送"
        folder.mkdir(exist_ok=True)
        for unit, rounds in enumerate(plan(), 1):
            if number and rounds[number] == rounds[number - 1]:
                continue
            data = fill_workbook(unit_from_json(unit_data(unit, rounds[number]), pack), pack)
            (folder / f"{unit}.xlsx").write_bytes(data)
        result, _ = ran(folder, home / "结果")
        made.append((write_round(result, home / "结果", "2024年7月10日", "张三 0000"), home / "结果"))
    return made


def open_rules(found: Round, unit: int) -> list[str]:
    return [f["rule"] for f in found.units[unit].findings]


def test_rounds_are_counted_and_kept(three: list[tuple[Round, Path]]) -> None:
    assert [found.number for found, _ in three] == [1, 2, 3]
    home = three[0][1] / "轮次"
    assert sorted(p.name for p in home.iterdir()) == ["第1轮", "第2轮", "第3轮"]
    told = json.loads((home / "第2轮" / "轮次.json").read_text("utf-8"))
    assert (told["schema"], told["round"], len(told["units"])) == ("jixiao.round/1", 2, 12)


def test_what_became_of_the_findings(three: list[tuple[Round, Path]]) -> None:
    """A11 and its like are mended, A15 stays until round 3, A22 comes and goes, B24 stays."""
    first, second, third = (found for found, _ in three)
    assert "A15" in open_rules(first, 0)
    mended = set(open_rules(first, 0)) - set(open_rules(second, 0))
    assert "A11" in mended
    one = second.units[0]
    assert (one.mended, one.still, one.new) == (len(mended), len(open_rules(second, 0)), 0)
    assert set(one.states) == {"上轮未改"}
    assert third.units[0].findings == ()
    assert third.units[0].mended == len(open_rules(second, 0))
    assert (second.units[1].mended, second.units[1].new) == (0, 0)
    assert second.units[1].still == len(open_rules(first, 1)) > 0
    assert "A22" in open_rules(second, 2)
    assert set(second.units[2].states) == {"新增"}
    assert (third.units[2].findings, third.units[2].mended) == ((), len(open_rules(second, 2)))


def test_letters_go_to_those_with_faults_alone(three: list[tuple[Round, Path]]) -> None:
    for found, _ in three:
        sent = {p.parent.name for p in found.folder.glob("*/退回意见.docx")}
        assert sent == {u.folder for u in found.units if u.findings}
        assert {p.parent.name for p in found.folder.glob("*/审核反馈.xlsx")} == sent
    assert not any(u.findings for found, _ in three for u in found.units[3::4])


def test_a_letter_says_unit_round_faults_deadline_and_contact(three: list[tuple[Round, Path]]) -> None:
    second = three[1][0]
    unit = second.units[0]
    letter = docx.Document(str(second.folder / unit.folder / "退回意见.docx"))
    text = "\n".join(p.text for p in letter.paragraphs)
    assert "示例1局：" in text
    assert "（第2轮）" in text
    assert f"改正{unit.mended}个，还剩{unit.still}个，新增0个" in text
    assert "请于2024年7月10日前重新报送。联系人：张三 0000。" in text
    rows = [[c.text for c in row.cells] for row in letter.tables[0].rows][1:]
    assert len(rows) == len(unit.findings)
    assert {row[5] for row in rows} == {"上轮未改"}
    told = {row[4] for row in rows}
    assert told == {f["message"] for f in unit.findings}


def test_a_letter_folds_what_comes_of_a_fault_and_asks_for_what_is_missing(tmp_path: Path) -> None:
    """整体_支出_项目支出 left blank: A04, A17, C58 stand under A03. 职能 left blank: no fault, and still a letter."""
    folder = tmp_path / "报送"
    folder.mkdir()
    for number, change in enumerate(("整体_支出_项目支出=", "-职能="), 1):
        made = changed_data(f"{change}; 封面_单位代码=99900{number}; 整体_收入_一般公共预算=12868.4")
        made = made if number == 1 else changed_data(f"{change}; 封面_单位代码=999002")
        unit = unit_from_json(made, default_pack())
        (folder / f"{number}.xlsx").write_bytes(fill_workbook(unit, default_pack()))
    result, _ = ran(folder, tmp_path / "结果")
    found = write_round(result, tmp_path / "结果")
    first, second = (docx.Document(str(found.folder / u.folder / "退回意见.docx")) for u in found.units)
    rows = [[c.text for c in row.cells] for row in first.tables[0].rows][1:]
    below = [row for row in rows if row[4].startswith("由上面一处引起：")]
    start = next(i for i, row in enumerate(rows) if "[A03]" in row[4])
    assert below
    assert rows[start + 1 : start + 1 + len(below)] == below
    assert "12,882.80" in rows[start][4]  # thousands signs, as in every message
    assert "没有填的必填项1个" in "".join(p.text for p in second.paragraphs)
    asked = [c.text for c in second.tables[0].rows[1].cells]
    assert asked[1:4] == ["基本情况", "B50", "未填"]
    assert found.counts.returned == 2


def test_no_letters_signature_stands_alone_on_a_page(three: list[tuple[Round, Path]]) -> None:
    """The last finding goes along to the page of the signature (GB/T 9704), also where it is the only one."""
    for path in (p for found, _ in three for p in found.folder.glob("*/退回意见.docx")):
        rows = docx.Document(str(path)).tables[0].rows
        stays = [{p.paragraph_format.keep_with_next for c in row.cells for p in c.paragraphs} for row in rows]
        assert stays == [{None}] * (len(rows) - 1) + [{True}]


def test_the_same_workbooks_again_are_the_same_round(three: list[tuple[Round, Path]]) -> None:
    output = three[-1][1]
    before = (output / "轮次" / "第3轮" / "轮次.json").read_bytes()
    result, _ = ran(output.parent / "报送", output)
    again = write_round(result, output, "2024年7月10日", "张三 0000")
    assert again.number == 3
    assert (output / "轮次" / "第3轮" / "轮次.json").read_bytes() == before


def test_the_bulletin_names_the_round(three: list[tuple[Round, Path]]) -> None:
    """通报 of the last round: which round, how many were sent back, what became of the findings."""
    found, output = three[-1]
    text = "\n".join(p.text for p in docx.Document(str(output / "通报.docx")).paragraphs)
    back = sum(1 for u in found.units if u.findings)
    assert f"本次为第3轮审核，退回填报表{back}份。" in text
    counts = found.counts
    assert f"共改正问题{counts.mended}个，还剩{counts.still}个，新增{counts.new}个" in text


def test_a_strangers_letter_is_not_written_over(three: list[tuple[Round, Path]]) -> None:
    found, output = three[-1]
    unit = next(u for u in found.units if u.findings)
    letter = found.folder / unit.folder / "退回意见.docx"
    kept = letter.read_bytes()
    letter.write_bytes(b"mine")
    result, _ = ran(output.parent / "报送", output)
    with pytest.raises(UsageError, match="没有覆盖"):
        write_round(result, output)
    assert letter.read_bytes() == b"mine"
    letter.write_bytes(kept)


def test_deadline_needs_returns(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        sys, "argv", ["jixiao", "batch", str(tmp_path), "-o", str(tmp_path / "出"), "--deadline", "明天"]
    )
    with pytest.raises(SystemExit) as ended:
        run(cli)
    assert ended.value.code == 2
    assert "--returns" in capfd.readouterr().err
