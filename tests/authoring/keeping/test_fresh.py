"""`pack new` writes a skeleton that is sound as it stands; `pack diff` tells every change in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from toolkit.authoring.check import unsound
from toolkit.authoring.keeping.difference import differences
from toolkit.authoring.keeping.fresh import new_pack
from toolkit.core.errors import UsageError
from toolkit.pack import find_pack

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("parent", ["hunan-2023", "hunan-2018", "central-2021"])
def test_a_new_year_is_sound_at_once(parent: str, tmp_path: Path) -> None:
    above = find_pack(parent)
    made = new_pack("本局-2031", above, 2031, tmp_path / "规则包", unit="元", notice='湘财绩〔2032〕"1"号')
    pack = find_pack(str(made.parent))
    assert unsound(pack) == []
    assert (pack.year, pack.unit, pack.raw["pack"]["basis"]) == (2031, "元", ['湘财绩〔2032〕"1"号'])
    assert "2031" in pack.title or str(above.year) not in above.title
    told = list(differences(above, pack))
    assert told[0] == f"年度：{above.year} → 2031"
    assert not [line for line in told if "的表样有改动" in line and "封面" not in line]


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "本局").mkdir()
    with pytest.raises(UsageError, match="已经有了"):
        new_pack("本局", find_pack("hunan-2023"), 2024, tmp_path)
    with pytest.raises(UsageError, match="只能用汉字"):
        new_pack("../本局", find_pack("hunan-2023"), 2024, tmp_path)


CHANGED = """[pack]
id = "改"
extends = "hunan-2023"
title = "改"
year = 2023
version = "1.0"
drop_rules = ["A11"]

[drop]
names = ["批复_*"]

[override.A13]
severity = "警示"

[weights]
"产出指标" = 40
"效益指标" = 40
"满意度指标" = 10
"""


def test_every_change_is_told(tmp_path: Path) -> None:
    (tmp_path / "改").mkdir()
    (tmp_path / "改" / "pack.toml").write_text(CHANGED, "utf-8")
    told = "\n".join(differences(find_pack("hunan-2023"), find_pack(str(tmp_path / "改"))))
    assert "去掉的名称 4 个：批复_三级指标、批复_指标值、批复_计量单位、批复_分值" in told
    assert "分值“产出指标”：50 → 40" in told
    assert "的程度：错误 → 警示" in told
    assert "去掉规则 A11" in told
    assert list(differences(find_pack("hunan-2023"), find_pack("hunan-2023"))) == []
