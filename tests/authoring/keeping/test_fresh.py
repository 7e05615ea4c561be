"""`pack new` writes a skeleton that is sound as it stands; `pack diff` tells every change in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from toolkit.authoring.check import unsound
from toolkit.authoring.keeping.difference import differences
from toolkit.authoring.keeping.fresh import NewPack, new_pack, title_of
from toolkit.core.errors import UsageError
from toolkit.doors.cli.commands.pack import pack
from toolkit.pack import find_pack

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("parent", ["hunan-2023", "hunan-2018", "central-2021"])
def test_a_new_year_is_sound_at_once(parent: str, tmp_path: Path) -> None:
    above = find_pack(parent)
    told = NewPack(2031, unit="元", notice='湘财绩〔2032〕"1"号', deadline="5月底前")
    made = new_pack("本局-2031", above, told, tmp_path / "规则包")
    own = find_pack(str(made.parent))
    assert unsound(own) == []
    assert (own.year, own.unit, own.basis, own.deadline) == (2031, "元", ('湘财绩〔2032〕"1"号',), "5月底前")
    assert not above.region or above.region not in own.title  # another province is not named by its neighbour
    assert "2031" in own.title or str(above.year) not in above.title
    changes = list(differences(above, own))
    assert changes[0] == f"年度：{above.year} → 2031"
    assert not [line for line in changes if "的表样有改动" in line and "封面" not in line]


@pytest.mark.parametrize(
    ("region", "title"),
    [("", "2024年度部门整体支出绩效自评"), ("云南省", "云南省2024年度部门整体支出绩效自评")],
)
def test_the_title_names_whose_it_is(region: str, title: str) -> None:
    assert title_of(find_pack("hunan-2023"), 2024, region) == title


def test_what_is_not_said_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """At a screen each thing that no option says; by a script nothing, and the usual is written."""
    asked: list[str] = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)

    def answer(text: str, default: str, **_: object) -> str:
        asked.append(text)
        return f"答{len(asked)}{default}"

    monkeypatch.setattr("click.prompt", answer)
    assert pack.main(["new", "本州", "--unit", "元", "-o", str(tmp_path)], standalone_mode=False) is None
    assert [text.partition("（")[0] for text in asked] == [
        "哪个省、市用的",
        "标题",
        "依据的通知的文号",
        "通报里重新报送的期限",
    ]
    made = find_pack(str(tmp_path / "本州"))
    assert (made.region, made.title[:3], made.basis, made.unit) == ("答1", "答2答", ("答3",), "元")


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "本局").mkdir()
    with pytest.raises(UsageError, match="已经有了"):
        new_pack("本局", find_pack("hunan-2023"), NewPack(2024), tmp_path)
    with pytest.raises(UsageError, match="只能用汉字"):
        new_pack("../本局", find_pack("hunan-2023"), NewPack(2024), tmp_path)


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
