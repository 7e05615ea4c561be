"""A pack of project forms only: its batch has totals and a ranking, each form has its drop-downs."""

from __future__ import annotations

import shutil
from decimal import Decimal
from typing import TYPE_CHECKING

import openpyxl
import pytest
from batch_folder import ran

from toolkit import api
from toolkit.pack.finding import find_pack

if TYPE_CHECKING:
    from pathlib import Path

PACK = find_pack("sichuan-project-2023")


def _unit(code: str, spent: list[int]) -> dict[str, object]:
    fields = {"封面_单位名称": f"{code}单位", "封面_单位代码": code, "封面_年度": 2023, "封面_主管部门": "某局"}
    rows = [
        {
            "一级指标": "产出指标",
            "二级指标": "数量指标",
            "三级指标": "数量",
            "性质": "≥",
            "指标值": 10,
            "实际完成值": 9,
            "分值": 90,
        }
    ]
    forms = [
        {
            "fields": {
                "自评_项目名称": f"{code}项目{i}",
                "自评_财政拨款_全年预算数": 100_000,
                "自评_财政拨款_全年执行数": n,
            },
            "tables": {"自评指标": rows},
        }
        for i, n in enumerate(spent)
    ]
    return {"pack": PACK.id, "fields": fields, "project_forms": forms}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("只报项目")
    for code, spent in (("901", [100_000, 50_000]), ("902", [100_000])):
        (home / f"{code}.xlsx").write_bytes(api.fill(_unit(code, spent)))
    return home


def test_totals_and_ranking(folder: Path, tmp_path: Path) -> None:
    found, _ = ran(folder, tmp_path / "结果")
    records = {e.code: e.record for e in found.batch.entries if e.record}
    names = found.batch.settings.names
    spent = names.index(found.batch.settings.weight)
    assert [records[c].figures[spent] for c in ("901", "902")] == [Decimal(150_000), Decimal(100_000)]
    assert found.batch.figures[0].sums[spent] == 250_000
    assert [str(records[c].total) for c in ("901", "902")] == ["88.50", "91.00"]
    assert [records[c].grade for c in ("901", "902")] == ["良", "优"]
    shutil.copy(tmp_path / "结果" / "汇总表.xlsx", tmp_path / "表.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "表.xlsx")["得分与排名"]
    texts = [[str(c.value) for c in row if c.value is not None] for row in sheet.iter_rows()]
    ranked = [row for row in texts if any(code in row for code in ("901", "902"))]
    assert [next(c for c in row if c in {"901", "902"}) for row in ranked] == ["902", "901"]
    assert any("（元）" in cell for row in texts for cell in row)


def test_its_forms_have_their_drop_downs() -> None:
    book = openpyxl.load_workbook(PACK.folder / "填报表.xlsx")
    lists = {str(v.formula1) for v in book["项目自评表"].data_validations.dataValidation if v.type == "list"}
    assert any("列表_性质" in found for found in lists)
    assert any("列表_一级指标" in found for found in lists)
