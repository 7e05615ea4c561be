"""One unit of money, declared once (金额单位): another unit gives the same verdicts and no other amount."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from fill_maker import build_fill
from samples import DEMO, check_bytes, example

from toolkit.authoring.build import build_pack
from toolkit.authoring.check import check_pack
from toolkit.authoring.word import build
from toolkit.core.dictionary import Datum, Kind
from toolkit.core.errors import PackError
from toolkit.core.model import TYPED_AS_TEXT
from toolkit.core.money import MONEY_UNITS
from toolkit.pack import find_pack
from toolkit.publishing.document.template import DocumentTemplate
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.cells import read_value
from toolkit.unit.exchange import unit_from_json

if TYPE_CHECKING:
    from pathlib import Path

    from toolkit.pack import Pack

HEAD = '[pack]\nid = "另计"\nextends = "hunan-2023"\ntitle = "测试"\nversion = "1"\nyear = 2023\nunit = "{}"\n'


def pack_in(folder: Path, unit: str) -> Pack:
    (folder / "另计").mkdir()
    (folder / "另计" / "pack.toml").write_text(HEAD.format(unit), "utf-8")
    return find_pack(str(folder / "另计"))


def scaled(data: dict[str, Any], pack: Pack, factor: Decimal) -> dict[str, Any]:
    """The return with every amount counted in the pack's unit."""

    def amounts(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
        kinds = {name: pack.dictionary.datum(prefix + name) for name in values}
        return {
            n: str(Decimal(str(v)) * factor) if (k := kinds[n]) and k.kind is Kind.MONEY else v
            for n, v in values.items()
        }

    def section(found: dict[str, Any]) -> dict[str, Any]:
        tables = {t: [amounts(row, f"{t}_") for row in rows] for t, rows in found.get("tables", {}).items()}
        return {**found, "fields": amounts(found["fields"]), "tables": tables}

    forms = [section(form) for form in data["project_forms"]]
    return {**section(data), "pack": pack.id, "project_forms": forms}


@pytest.mark.parametrize("unit", ["元", "千元"])
def test_another_unit_is_one_word(unit: str, tmp_path: Path) -> None:
    """A13, A19, A20, C58, D64 and all the rest: nothing but `unit` changes, and nothing is found."""
    pack = pack_in(tmp_path, unit)
    if unit == "元":
        build_pack(pack, document=True)
        assert check_pack(pack) == []
    else:
        build_fill(pack)
    factor = MONEY_UNITS["万元"] / MONEY_UNITS[unit]
    data = scaled(example(DEMO), pack, factor)
    checked = check_bytes(fill_workbook(unit_from_json(data, pack), pack), pack)
    assert [f.message for f in checked.result.findings] == []
    plain = check_bytes(fill_workbook(unit_from_json(example(DEMO), find_pack("hunan-2023")), find_pack("hunan-2023")))
    skipped = {n.rule for n in checked.result.not_checked} - {n.rule for n in plain.result.not_checked}
    assert skipped <= {"A20"}  # an amount in 元 cannot be 元 by mistake
    data["fields"]["整体_收入_其他资金"] = str(Decimal("12.34") * factor)
    told = [
        f for f in check_bytes(fill_workbook(unit_from_json(data, pack), pack), pack).result.findings if f.rule == "A03"
    ]
    assert [f.message.count(f" {unit}") for f in told] == [3]  # both sides and the difference
    assert "万元" not in told[0].message


@pytest.mark.parametrize("unit", ["元", "亿元"])
def test_forms_and_reports_name_no_other_unit(unit: str, tmp_path: Path) -> None:
    pack = pack_in(tmp_path, unit)
    drawn = str([*pack.forms("fill"), *pack.forms("report"), *pack.forms("public"), pack.document()])
    assert f"金额单位：{unit}" in drawn
    assert "万元" not in drawn
    build(pack.document(), tmp_path / "自评报告.docx")
    assert "万元" not in DocumentTemplate.load(tmp_path / "自评报告.docx").words


@pytest.mark.parametrize(
    ("unit", "text", "value"),
    [
        ("元", "620.82万元", "6208200"),
        ("元", "620.82", "620.82"),
        ("千元", "3万", "30"),
        ("亿元", "12000万元", "1.2"),
        ("万元", "6208200元", "620.82"),
    ],
)
def test_typed_amounts_are_read_in_the_unit_of_the_form(unit: str, text: str, value: str) -> None:
    """A21."""
    assert read_value(Datum("收入", Kind.MONEY, unit=unit), text) == (Decimal(value), [TYPED_AS_TEXT])


def test_an_unknown_unit_is_told(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=re.escape("金额单位“美元”不认识")):
        pack_in(tmp_path, "美元")
