"""A short slice of the hunt (变体): `make fuzz` goes on for as long as one likes, and these are its own first seeds.

What a mutant brought down once stands below by its seed or as a case of its own, so that it stays up.
"""

from __future__ import annotations

import re
import shutil
import sys
from random import Random
from typing import TYPE_CHECKING

import pytest
from batch_folder import ran
from command import jixiao
from fuzz_doors import hunt
from fuzz_mutants import workbook
from hostile_bytes import parts_of, zipped
from rule_cases import changed_data
from samples import SEED, check_data, filled_example, macro_example

from toolkit.batch.collect.records import FAULT
from toolkit.pack.finding import default_pack

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(sys.platform != "linux", reason="a fork for each case, and /proc")
def test_no_door_falls(tmp_path: Path) -> None:
    """Exit codes of the contract, no traceback, bounded time and memory, input and folder left as they were."""
    count, falls = hunt(1, 45, tmp_path, most=24)
    assert count > 0
    assert [(f.seed, f.door, f.kind) for f in falls] == []


def test_a_seed_is_a_mutant() -> None:
    """The same seed makes the same file, so that a fall can be looked at again."""
    assert workbook(Random(7)) == workbook(Random(7))
    assert workbook(Random(7)) != workbook(Random(8))


# 部件 | 原文（正则） | 换成 | 退出码
CASES = r"""
xl/workbook.xml | localSheetId="\d+" | localSheetId="²" | 3
xl/workbook.xml | sheetId="1" | sheetId="一" | 01
xl/workbook.xml | <sheets> | <sheets><!-- 说明 --> | 01
xl/workbook.xml | (<definedName name="人员_编制数"[^>]*>'?[^!<]+!)[^<]+ | \1$B$3:$B$99999999 | 13
xl/workbook.xml | (<definedName name="人员_编制数"[^>]*>'?[^!<]+!)[^<]+ | \1$A:$A | 13
xl/workbook.xml | </definedNames> | <definedName name="甲">封面!$A$1:$XFD$1048576</definedName></definedNames> | 01
xl/styles.xml | <cellXfs[^>]*> | \g<0><!-- 说明 --> | 01
xl/styles.xml | <dxfs[^>]*> | \g<0><!-- 说明 --> | 01
xl/worksheets/sheet1.xml | </row></sheetData> | <c r="XFD1048576"><v>1</v></c></row></sheetData> | 01
xl/worksheets/sheet1.xml | </row></sheetData> | <c r="A0"><v>1</v></c></row></sheetData> | 3
xl/worksheets/sheet1.xml | </row></sheetData> | <c r="XFE1"><v>1</v></c></row></sheetData> | 3
xl/worksheets/sheet1.xml | </row></sheetData> | <c r="B9" t="s"><v>-1</v></c></row></sheetData> | 3
xl/worksheets/sheet4.xml | <v>\d+(\.\d+)?</v> | <v>1e30</v> | 1
xl/worksheets/sheet4.xml | <v>\d+(\.\d+)?</v> | <v>1e400</v> | 1
xl/worksheets/sheet4.xml | (<c r="[A-Z]+\d+"[^>/]*>)(<[vf]>) | \1<row/>\2 | 3
xl/worksheets/sheet4.xml | priority="\d+" | priority="甲" | 01
xl/worksheets/sheet10.xml | <c r="A(\d+)" | <c r="A" | 3
xl/worksheets/sheet1.xml | <v>2023</v> | <v>1e30</v> | 1
xl/worksheets/sheet1.xml | <v>2023</v> | <v>1e400</v> | 1
xl/worksheets/sheet1.xml | <v>2023</v> | <v>999999999999999999999999999999</v> | 1
xl/_rels/workbook.xml.rels | <Relationship [^>]*/styles"[^>]*/> |  | 1
xl/worksheets/sheet1.xml | (<t[^>]*>) | \1_xFFFE_ | 013
"""


def test_what_no_table_of_parts_can_say(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listed sheet without a part, with our names in it; a row of thousands of figures; numbers too long for TOML."""
    parts = parts_of(macro_example(SEED))
    links = parts["xl/_rels/workbook.xml.rels"]
    lost = re.sub(rb'<Relationship [^>]*sheet11\.xml"[^>]*/>', b"", links)
    assert lost != links
    (tmp_path / "甲.xlsm").write_bytes(zipped(parts | {"xl/_rels/workbook.xml.rels": lost}))
    code, _, err = jixiao(capsys, monkeypatch, "run", tmp_path / "甲.xlsm", "-o", tmp_path / "结果")
    assert code in {0, 1}, err
    (tmp_path / "乙.csv").write_text("甲,收入合计\n" + "1,234" * 6000 + "\n", "utf-8")
    code, _, err = jixiao(capsys, monkeypatch, "move", tmp_path / "乙.csv", "-o", tmp_path / "乙.xlsx")
    assert code in {0, 1, 3}, err
    pack = tmp_path / "包"
    shutil.copytree(default_pack().folder, pack)
    for words in ("a = " + "9" * 5000, "a = " + "[" * 3000 + "]" * 3000):
        (pack / "dictionary.toml").write_text(words, "utf-8")
        code, out, err = jixiao(capsys, monkeypatch, "pack", "check", pack)
        assert code in {1, 2}, err
        assert "读不了" in out + err


@pytest.mark.parametrize(("name", "wanted"), [("[content_types].xml", {0, 1}), ("", {3})])
def test_the_list_of_types_must_be_there(
    name: str, wanted: set[int], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever its case; without it no program opens the file, and neither do we."""
    parts = parts_of(macro_example(SEED))
    types = parts.pop("[Content_Types].xml")
    (tmp_path / "甲.xlsm").write_bytes(zipped(parts | ({name: types} if name else {})))
    code, _, err = jixiao(capsys, monkeypatch, "run", tmp_path / "甲.xlsm", "-o", tmp_path / "结果")
    assert code in wanted, err


def test_a_pack_may_want_a_table_that_the_form_lacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A replay reads what is there: no column of a table has a name (3001332)."""
    parts = parts_of(filled_example(SEED))
    tables = default_pack().dictionary.book.tables.values()
    lost = "|".join(re.escape(table.full_name(column)) for table in tables for column in table.columns)
    book = re.sub(rf'<definedName name="(?:{lost})"[^>]*>[^<]*</definedName>', "", parts["xl/workbook.xml"].decode())
    assert book != parts["xl/workbook.xml"].decode()
    (tmp_path / "来").mkdir()
    (tmp_path / "来" / "某局.xlsx").write_bytes(zipped(parts | {"xl/workbook.xml": book.encode()}))
    code, _, err = jixiao(capsys, monkeypatch, "pack", "replay", tmp_path / "来", "--pack", default_pack().id)
    assert code in {0, 1}, err


@pytest.mark.parametrize("digits", ["9" * 4301, "９" * 4301 + "万元", "1" * 5000 + "%"])
def test_an_endless_number_goes_through_the_public_check(digits: str) -> None:
    """Python's own limit for digits is 4,300; what is withheld is looked for in every one of them."""
    checked = check_data(changed_data(f"项目[2].涉密=是; 文字_其他说明={digits}"), public=True)
    assert "D78" in {f.rule for f in checked.result.findings} | set(checked.result.passed)


def test_names_that_were_moved_are_told_in_a_batch(tmp_path: Path) -> None:
    """What a batch groups by may be nowhere, in a whole column or where another figure is."""
    parts = parts_of(filled_example(SEED))
    names = default_pack().dictionary.book
    sets = names.roles.department, names.roles.code, "|".join(map(re.escape, names.fields))
    for number, place in enumerate(("#REF!", "封面!$A:$A", "收支情况!$B$5")):
        for kind, moved in enumerate(sets):
            named = rf'(<definedName name="(?:{moved})"[^>]*>)[^<]*'
            book, count = re.subn(named, rf"\g<1>{place}", parts["xl/workbook.xml"].decode())
            assert count
            (tmp_path / f"{number}{kind}.xlsx").write_bytes(zipped(parts | {"xl/workbook.xml": book.encode()}))
    result, done = ran(tmp_path, tmp_path / "结果")
    assert len(set(done)) == 9
    assert not [r.message for r in (e.record for e in result.batch.entries) if r and r.outcome == FAULT]


@pytest.mark.parametrize("line", CASES.strip().splitlines())
def test_what_once_fell(
    line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Legal XML is read, the rest is refused by intake; nothing in between."""
    part, old, new, codes = (piece.strip() for piece in line.split(" | "))
    parts = parts_of(filled_example(SEED))
    changed = re.sub(old, new, parts[part].decode(), count=40)
    assert changed != parts[part].decode()
    path = tmp_path / "某局.xlsx"
    path.write_bytes(zipped(parts | {part: changed.encode()}))
    for words in (("check", path), ("run", path, "-o", tmp_path / "结果", "--public", "--review")):
        code, _, err = jixiao(capsys, monkeypatch, *words)
        assert str(code) in (*codes, "1" if "--public" in words and "3" not in codes else ""), err
        assert "Traceback" not in err
