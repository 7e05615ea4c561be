"""pack replay: last year's returns under this year's rules, before they are given out; the returns stay as they are."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from batch_folder import contents
from command import jixiao
from samples import EXAMPLES

from toolkit.authoring.build import build_pack
from toolkit.authoring.keeping.replay import replay_returns
from toolkit.core.errors import PackError, UsageError
from toolkit.pack import default_pack, find_pack

if TYPE_CHECKING:
    from pathlib import Path

NEXT = """[pack]
id = "明年"
extends = "hunan-2023"
title = "明年"
year = 2024

[override.C47]
severity = "提示"

[[rule]]
id = "X01"
severity = "错误"
title = "公务接待费为零"
formula = '基础_公务接待_本年决算数<=0'
left = "公务接待费"
right = "零"
unit = ""
action = "请核对。"
basis = "试"
"""


@pytest.fixture(scope="module")
def returns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four returns, a file that is none, and next year's pack beside them."""
    folder = tmp_path_factory.mktemp("报送 材料")
    shutil.copytree(EXAMPLES / "batch" / "示例县农业农村局", folder / "农业农村局")
    (folder / "说明.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    (folder / "规则包" / "明年").mkdir(parents=True)
    (folder / "规则包" / "明年" / "pack.toml").write_text(NEXT, "utf-8")
    build_pack(find_pack("明年", folder), document=True)
    return folder


def test_whom_a_new_rule_would_stop(returns: Path) -> None:
    before = contents(returns)
    found = replay_returns(returns, find_pack("明年", returns))
    assert contents(returns) == before
    assert (found.units, found.stopped_before, found.stopped) == (4, 1, 4)
    effects = {effect.rule: (effect.severity.label, effect.before, effect.now) for effect in found.effects}
    assert effects["X01"] == ("错误", 0, 4)
    assert effects["C47"] == ("提示", 1, 1)
    assert [name for name, _ in found.skipped] == ["说明.xls"]
    assert "D73" not in effects  # dates and texts of last year are no fault that a new rule finds


def test_the_command_says_it(
    returns: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, told = jixiao(capsys, monkeypatch, "pack", "replay", returns, "--pack", "明年")
    assert code == 0, told
    assert "有错误的原来 1 家，按 明年 是 4 家。没有改动任何文件。" in told


def test_nothing_to_try_is_no_success(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, told = jixiao(capsys, monkeypatch, "pack", "replay", tmp_path, "--pack", default_pack().id)
    assert (code, "没有可以试算的填报表" in told) == (1, True)


def test_amounts_of_another_unit_are_not_judged(returns: Path) -> None:
    folder = returns / "规则包" / "元"
    folder.mkdir()
    (folder / "pack.toml").write_text('[pack]\nid = "元"\nextends = "hunan-2023"\nunit = "元"\n', "utf-8")
    pack = find_pack("元", returns)
    with pytest.raises(PackError, match="还没有生成填报表"):
        replay_returns(returns, pack)
    shutil.copy(returns / "规则包" / "明年" / "填报表.xlsx", folder)
    found = replay_returns(returns, pack)
    assert found.units == 0
    assert all("金额单位是万元" in why for name, why in found.skipped if name != "说明.xls")
    with pytest.raises(UsageError, match="没有这个文件夹"):
        replay_returns(returns / "无", pack)
