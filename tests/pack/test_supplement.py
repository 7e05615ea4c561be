"""规则增补.xlsx: an office adds, softens and switches off rules without TOML; read strictly, told in outputs."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import openpyxl
import pytest
from command import call
from samples import DEMO, filled_example

from toolkit.core.errors import PackError
from toolkit.doors.watch import Watcher
from toolkit.pack import PACKS_FOLDER, find_pack, pack_digest
from toolkit.pipeline import check_unit, run_unit

PAGE = Path(__file__).parents[2] / "docs" / "规则包维护.md"
HEADS = "编号 | 做法 | 程度 | 审核内容 | 公式 | 左边 | 右边 | 处理办法 | 依据"
ADD = "X01 | 增加 | 错误 | 公务接待费为零 | 基础_公务接待_本年决算数<=0 | 公务接待费 | 零 | 请核对。 | 本局通知"


def supplement(folder: Path, *lines: str, pack: str = "hunan-2023", heads: str = HEADS) -> Path:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["规则增补"])
    sheet.append(["适用规则包", pack])
    for line in (heads, *lines):
        sheet.append([part.strip() or None for part in line.split("|")])
    path = folder / PACKS_FOLDER / "规则增补.xlsx"
    path.parent.mkdir(exist_ok=True)
    book.save(path)
    return path


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    path = tmp_path / "报 送.xlsx"
    path.write_bytes(filled_example(DEMO))
    return path


def test_rules_are_added_bent_and_switched_off(filled: Path, tmp_path: Path) -> None:
    plain = check_unit(filled)
    assert (plain.result.verdict, plain.pack.supplement) == ("clean", None)
    supplement(tmp_path, ADD, "A13 | 改 | 警示", "A11 | 停用")
    checked = check_unit(filled)
    assert [f.rule for f in checked.result.findings] == ["X01"]
    assert "公务接待费" in checked.result.findings[0].message
    assert {r.severity.label for r in checked.pack.rules if r.id == "A13"} == {"警示"}
    assert "A11" not in {r.id for r in checked.pack.rules}
    assert pack_digest(checked.pack) != pack_digest(plain.pack)  # a batch judges everyone anew


def test_outputs_say_that_it_is_in_force(filled: Path, tmp_path: Path) -> None:
    supplement(tmp_path, ADD, "A11 | 停用")
    done = run_unit(filled, tmp_path / "出")
    told = json.loads(done.result)["supplement"]
    assert told == "规则增补：增加 X01，停用 A11"
    sheet = openpyxl.load_workbook(done.folder / "自评报表.xlsx")["审核结果"]
    assert any(told in str(row[0]) for row in sheet.iter_rows(max_row=3, values_only=True))


def test_it_is_in_force_in_every_command(filled: Path, tmp_path: Path) -> None:
    """A look of the watched folder and a batch judge by it as well, and say so."""
    supplement(tmp_path, ADD)
    looked = Watcher().look(filled)
    assert looked
    assert looked.checked
    assert [f.rule for f in looked.checked.result.findings] == ["X01"]
    (tmp_path / "报送").mkdir()
    shutil.copy(filled, tmp_path / "报送" / "一.xlsx")
    assert call("batch", tmp_path / "报送", "-o", tmp_path / "汇总") == 1
    told = [json.loads(path.read_text("utf-8")) for path in (tmp_path / "汇总").rglob("result.json")]
    assert [t["supplement"] for t in told] == ["规则增补：增加 X01"]
    assert [[f["rule"] for f in t["findings"]] for t in told] == [["X01"]]


def test_one_for_another_pack_is_left_alone(filled: Path, tmp_path: Path) -> None:
    supplement(tmp_path, ADD, pack="yunnan-2023")
    assert check_unit(filled).pack.supplement is None


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["X01 | 增添"], "第 4 行：做法应写 增加、改 或 停用，现在是“增添”"),
        (["A133 | 停用"], "没有规则 A133，是不是 A13？"),
        (["| 停用"], "没有写编号"),
        (["A13 | 改 | 严重"], "程度应写 错误、警示 或 提示"),
        (["A11 | 停用 | 警示"], "停用的规则只写编号"),
        ([ADD.replace("X01", "新1")], "第 4 行：编号应为一两个大写字母加两三位数字，例如 X01"),
        (["X01 | 增加 | 错误 | 试"], "增加的规则没有写公式"),
        ([ADD.replace("X01", "A03")], "已经有规则 A03"),
        ([ADD.replace("基础_公务接待_本年决算数", "基础_公务接待_本年决算书")], "是不是“基础_公务接待_本年决算数”？"),
        ([ADD.replace("<=0", "<=(0")], "规则 X01"),
        ([ADD.replace("公务接待费 | 零", "|")], "不成立时怎么说"),
    ],
)
def test_a_slip_is_told(lines: list[str], told: str, tmp_path: Path) -> None:
    supplement(tmp_path, *lines)
    with pytest.raises(PackError) as error:
        find_pack("hunan-2023", tmp_path)
    assert told in str(error.value)
    assert "规则增补.xlsx" in str(error.value)


def test_heads_are_known(tmp_path: Path) -> None:
    supplement(tmp_path, ADD, heads=HEADS.replace("程度", "程渡"))
    with pytest.raises(PackError, match="第 3 行：不认识表头“程渡”，是不是“程度”"):
        find_pack("hunan-2023", tmp_path)


def test_the_example_of_the_page(filled: Path, tmp_path: Path) -> None:
    """What the page shows as a table is typed into a workbook as it stands."""
    table = PAGE.read_text("utf-8").partition("## 不写 TOML：规则增补")[2]
    lines = [line.strip("| ").replace("`", "") for line in re.findall(r"^\|.*\|$", table, re.MULTILINE)]
    end = next(n for n, line in enumerate(lines[2:], 2) if not re.match(r"[A-Z]+\d", line))
    supplement(tmp_path, *lines[2:end], heads=lines[0])
    assert end == 5
    assert check_unit(filled).pack.supplement is not None
