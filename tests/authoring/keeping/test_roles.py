"""pack check of roles: those that name nothing are told, and what is not done for want of those that lack."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from toolkit.authoring.keeping.roles import check_roles, roles_untold
from toolkit.pack.finding import find_pack, list_packs

if TYPE_CHECKING:
    from toolkit.pack import Pack

CASES = Path(__file__).parents[2] / "cases"
HEAD = '[pack]\nid = "本局"\nextends = "hunan-2023"\ntitle = "本局"\nyear = 2023\nversion = "1"\n'

NAMES = '~columns = ["名称:text"]'

# What is added to the pack | words of what is told; of the kinds of forms in tests/cases.
WRONG = """
[roles]~total = "整体_总份" | [roles] total：没有名称“整体_总份”，是不是“整体_总分”
[roles]~signers = ["封面_填表人", "封面_盖章*"] | 没有名称“封面_盖章*”
[roles]~last_year = { "基础_*_本年决算数" = "基数_*_上年决算数" } | last_year：没有名称“基数_*_上年决算数”
[[tables]]~name = "任务"~C~roles = { name = "名字" } | [[tables]] 任务 roles name：没有列“名字”，是不是“名称”
[[tables]]~name = "任务"~role = "projects"~C | 有 2 张表写了 role = "projects"（项目、任务）
[[tables]]~name = "任务"~columns = ["密:yesno"]~roles = { secret = "密" } | 表“任务”的 roles 写了 secret
[form_kinds."政策"]~listed_in = "政策单" | [form_kinds] “政策”：没有一个名称属于这一种表
[form_kinds."项目"]~listed_in = "项木" | “项目” listed_in：没有表“项木”，是不是“项目”
[[required."附表"]]~forms_of = "批复_三级指标" | [required] “附表” forms_of：没有一种表写 listed_in = "批复"
[form_kinds."项目"]~listed_in = "任务"~[[tables]]~name = "任务"~C | “项目” listed_in：表“任务”的 roles 和这种表的 roles
"""


@pytest.mark.parametrize("case", WRONG.strip().splitlines(), ids=lambda case: case.partition(" | ")[2][:30])
def test_a_role_that_names_nothing_is_told(case: str, tmp_path: Path) -> None:
    added, told = case.split(" | ")
    (tmp_path / "pack.toml").write_text(HEAD + added.replace("~C", NAMES).replace("~", "\n"), "utf-8")
    found = list(check_roles(find_pack(str(tmp_path))))
    assert [one for one in found if told in one], found


@pytest.mark.parametrize("pack", list_packs(), ids=lambda pack: pack.id)
def test_shipped_packs_name_what_is_there(pack: Pack) -> None:
    assert list(check_roles(pack)) == []


def test_the_first_pack_lacks_nothing() -> None:
    assert list(roles_untold(find_pack("hunan-2023"))) == []


def test_what_is_not_done_is_said_once(tmp_path: Path) -> None:
    for name in ("pack", "forms"):
        text = (CASES / f"form_kinds_{name}.toml").read_text("utf-8")
        (tmp_path / f"{name}.toml").write_text(text, "utf-8")
    found = list(roles_untold(find_pack(str(tmp_path))))
    assert [told.count("转移支付") for told in found] == [0, 1, 2]
    assert "没有印“政策”的表（政策自评）" in found[0]
    assert found[1].startswith("“转移支付”的表没有写明总分，所以不打分；")


def test_a_pack_without_the_whole_says_so() -> None:
    whole, projects, *_ = roles_untold(find_pack("sichuan-project-2023"))
    assert whole.count("所以整体不打分") == 1
    assert "listed_in" in projects


def test_words_of_another_form_are_told(tmp_path: Path) -> None:
    """C47 sent staff to a heading that the form of another province does not have; an override ends it."""
    head = '[pack]\nid = "甲"\nextends = "hunan-2023"\ntitle = "甲"\nyear = 2023\nversion = "1"\n'
    retitle = 'extends = true\n\n[retitle]\n"偏差原因分析及改进措施" = "未完成原因"\n'
    (tmp_path / "forms.toml").write_text(retitle, "utf-8")
    (tmp_path / "pack.toml").write_text(head, "utf-8")
    (found,) = roles_untold(find_pack(str(tmp_path)))
    assert found.startswith("规则 C47 的处理办法说到“偏差原因分析及改进措施”，表上没有这几个字；请写 [override.C47]")
    own = tmp_path / "改好"
    own.mkdir()
    (own / "forms.toml").write_text(retitle, "utf-8")
    (own / "pack.toml").write_text(head + '[override.C47]\naction = "请在“未完成原因”写明。"\n', "utf-8")
    assert list(roles_untold(find_pack(str(own)))) == []


@pytest.mark.parametrize("pack", list_packs(), ids=lambda pack: pack.id)
def test_no_shipped_pack_sends_staff_to_a_heading_that_it_lacks(pack: Pack) -> None:
    assert [told for told in roles_untold(pack) if "的处理办法说到" in told] == []


def test_a_form_without_points_is_asked_for_no_reason_of_lost_ones(tmp_path: Path) -> None:
    """C47 never fires there; it was told as not checked, and its words as words of another form."""
    drop = '\n[drop]\nnames = ["指标_分值", "指标_得分", "自评指标_分值", "自评指标_得分"]\n'
    (tmp_path / "pack.toml").write_text(HEAD + drop, "utf-8")
    (tmp_path / "forms.toml").write_text(
        'extends = true\n\n[retitle]\n"偏差原因分析及改进措施" = "未完成原因"\n', "utf-8"
    )
    pack = find_pack(str(tmp_path))
    assert {"C44", "C45", "C47", "C50"} & {rule.id for rule in pack.rules} == set()
    assert [told for told in roles_untold(pack) if "C47" in told] == []
