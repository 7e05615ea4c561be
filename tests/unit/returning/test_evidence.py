"""佐证台账: every kind of fault is told once, where it stands; a complete folder tells nothing."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import openpyxl
import pytest
from samples import check_data

from toolkit.pack.finding import default_pack
from toolkit.publishing.returning.ledger import blank_list, ledger_json, ledger_workbook
from toolkit.unit.returning.ledger import make_ledger

if TYPE_CHECKING:
    from pathlib import Path

    from toolkit.core.model import UnitReturn
    from toolkit.unit.returning.ledger import Ledger

UNIT: dict[str, Any] = {
    "pack": "hunan-2023",
    "fields": {"封面_单位名称": "示例局"},
    "tables": {
        "指标": [
            {"三级指标": "培训人次", "性质": "≥", "指标值": 600, "实际完成值": 600, "分值": 10, "得分": 10},
            {"三级指标": "满意度", "性质": "≥", "指标值": 95, "实际完成值": 80, "分值": 10, "得分": 8},
        ],
        "项目": [{"编码": "P1", "名称": "平台运维"}],
    },
}
PDF, JPG = b"%PDF-1.4 ", b"\xff\xd8\xff\xe0"
SOUND = {"签到表.pdf": PDF + b"1", "满意度/问卷.jpg": JPG, "合同.pdf": PDF + b"2"}
# 类别 | 编码 | 指标或项目 | 材料名称 | 页码 | 文件 | 日期
LISTED = """
整体指标||培训人次|培训签到表|3-5|签到表.pdf|2023-06-01
整体指标||满意度|问卷汇总||满意度\\问卷.jpg|
项目|P1|平台运维|合同|第 2 页|合同|
"""


def unit(changes: dict[str, Any] | None = None) -> UnitReturn:
    return check_data({**UNIT, **(changes or {})}).unit


def ledger(home: Path, listed: str, files: dict[str, bytes], given: UnitReturn | None = None) -> Ledger:
    """The ledger of a folder with a list (texts by |) and files."""
    for name, data in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    if listed.strip():
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(["类别", "编码", "指标或项目", "材料名称", "页码", "文件", "材料日期"])
        for line in listed.strip().splitlines():
            sheet.append([text.replace("\\\\", "\\") or None for text in line.split("|")])
        for cell in (c for row in sheet.iter_rows() for c in row if str(c.value).startswith("=")):
            cell.data_type = "s"  # text that staff typed
        book.save(home / "佐证清单.xlsx")
    return make_ledger(given or unit(), default_pack(), home)


def test_a_complete_folder_tells_nothing(tmp_path: Path) -> None:
    found = ledger(tmp_path, LISTED, SOUND)
    assert [f.message for f in found.findings] == []
    assert [(line.subject.name, line.file.name if line.file else "") for line in found.lines] == [
        ("培训人次", "签到表.pdf"),
        ("满意度", "满意度/问卷.jpg"),
        ("平台运维", "合同.pdf"),
    ]


# 规则；清单里改什么=改成什么；多放的文件=开头；拿走的文件
FAULTS = """
S01；；；签到表.pdf
S01；签到表.pdf=../../etc/passwd；；
S01；签到表.pdf=C:\\材料\\签到表.pdf；；
S12；|签到表.pdf|=||；；
S02；；程序.exe=MZ；
S02；；假的.pdf=PK；
S02；；假的.docx=%PDF；
S02；；改名的.pdf=MZ；
S03；；空.pdf=；
S05；；又一份.pdf=%PDF-1.4 1；
S06；2023-06-01=2022-06-01；；
S06；培训签到表=2022年培训签到表；；
S06；2023-06-01=去年夏天；；
S07；整体指标||培训人次|培训签到表|3-5|签到表.pdf|2023-06-01=；；
S08；项目|P1|平台运维|合同|第 2 页|合同|=；；
S09；；多余.pdf=%PDF-1.4 9；
S10；满意度|问卷=满意率|问卷；；
S11；3-5=中间；；
"""


def faults() -> list[tuple[str, ...]]:
    """Rule, what to replace by what, extra file, file taken away."""
    return [tuple(line.split("；")) for line in FAULTS.strip().splitlines()]


@pytest.mark.parametrize(("rule", "change", "extra", "gone"), faults())
def test_each_fault_is_told(rule: str, change: str, extra: str, gone: str, tmp_path: Path) -> None:
    old, _, new = change.partition("=")
    files = {n: d for n, d in SOUND.items() if n != gone}
    if extra:
        name, _, start = extra.partition("=")
        files[name] = start.encode()
    found = ledger(tmp_path, LISTED.replace(old, new) if old else LISTED, files)
    told = {f.rule for f in found.findings}
    assert rule in told
    # A file that is not listed, or a subject that lost its line, may be told beside it; nothing else.
    assert told <= {rule, "S07", "S08", "S09"}
    message = next(f.message for f in found.findings if f.rule == rule)
    assert message.endswith(f"[{rule}]")


def test_material_written_into_the_form_counts_where_the_list_is_silent(tmp_path: Path) -> None:
    rows = [{**UNIT["tables"]["指标"][0], "佐证材料": "签到表（第3-5页）签到表.pdf；通知"}, UNIT["tables"]["指标"][1]]
    given = unit({"tables": {**UNIT["tables"], "指标": rows}})
    found = ledger(tmp_path, "", {"签到表.pdf": PDF}, given)
    first, second, *_ = found.lines
    assert first.material is not None
    assert second.material is not None
    assert (first.material.name, first.material.page, first.material.file) == ("签到表", "3-5", "签到表.pdf")
    assert (second.material.name, second.material.file) == ("通知", "")
    assert {f.rule for f in found.findings} == {"S08", "S12"}


def test_a_link_that_leads_out_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "外面.pdf").write_bytes(PDF)
    home = tmp_path / "佐证"
    home.mkdir()
    (home / "签到表.pdf").symlink_to(tmp_path / "外面.pdf")
    found = ledger(home, LISTED, {n: d for n, d in SOUND.items() if n != "签到表.pdf"})
    assert [f.rule for f in found.findings] == ["S01"]


def test_the_workbook_links_to_the_files_and_takes_nothing_for_a_formula(tmp_path: Path) -> None:
    listed = LISTED.replace("培训签到表", "=1+1")
    found = ledger(tmp_path, listed, SOUND)
    book = openpyxl.load_workbook(io.BytesIO(ledger_workbook(found, tmp_path / "台账.xlsx")))
    sheet = book["台账"]
    ways = [sheet.cell(row, 9).hyperlink for row in (4, 5, 6)]
    assert [unquote(str(way.target)).replace("\\", "/") if way else None for way in ways] == [
        "签到表.pdf",
        "满意度/问卷.jpg",
        "合同.pdf",
    ]
    assert (sheet["G4"].value, sheet["G4"].data_type) == ("=1+1", "s")
    told = ledger_json(found)
    assert (told["schema"], told["lines"][0]["file"]) == ("jixiao.evidence/1", "签到表.pdf")


def test_the_list_made_for_staff_is_read_back(tmp_path: Path) -> None:
    (tmp_path / "佐证清单.xlsx").write_bytes(blank_list(unit(), default_pack()))
    found = make_ledger(unit(), default_pack(), tmp_path)
    assert {f.rule for f in found.findings} == {"S07", "S08"}
