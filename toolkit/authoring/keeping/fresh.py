"""A new pack from last year's (新规则包): a commented skeleton that says only what differs, sound as it stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from toolkit.core.errors import UsageError
from toolkit.core.light import dataclass
from toolkit.core.patterns import late
from toolkit.engines import write_file

if TYPE_CHECKING:
    from pathlib import Path

    from toolkit.pack import Pack

_ID = late(r"[\w.-]+")
_SKELETON = """\
# 规则包 {id}：在 {parent} 上改，只写不同的地方（写法见“规则包维护”）。
# 改完运行 jixiao pack check，没有问题再运行 jixiao pack build。
[pack]
id = {id_text}
extends = {parent_text}
title = {title}
region = {region}
year = {year}
version = "1.0"
unit = {unit}
# 依据的通知、报送的期限，通报里引用
basis = {basis}
{deadline}
# 不要的规则写编号：
# drop_rules = ["A11"]

# 今年的表里没有的名称（* 代表任意几个字，! 开头的留下）；公式里还用到的，要改写公式：
# [drop]
# names = ["要去掉的名称", "要去掉的表_*"]

# 改一条规则的程度、容差：
# [override.A13]
# severity = "警示"
# tolerance = 1

# 加一条规则：
# [[rule]]
# id = "X01"
# severity = "警示"
# title = "甲不大于乙"
# formula = '名称甲<=名称乙'
# left = "甲"
# right = "乙"
# action = "请核对；属实的请说明原因。"
# basis = "本局通知"

# 分值、等级有变的，整段写全：
# [weights]
{weights}
"""


@dataclass(frozen=True, slots=True)
class NewPack:
    """What a new pack says of itself (新规则包的说明); "" where it is as the pack above has it, or not known yet."""

    year: int
    title: str = ""
    region: str = ""
    unit: str = ""
    notice: str = ""
    deadline: str = ""


def title_of(parent: Pack, year: int, region: str) -> str:
    """The title of the pack above for another year and for whom it is now: another province is not named by it."""
    words = rf"{re.escape(parent.region)}(?:省|市|自治区|·)?" if parent.region else "(?!)"
    return re.sub(rf"(?<!\d){parent.year}(?!\d)", str(year), re.sub(words, region, parent.title))


def new_pack(name: str, parent: Pack, told: NewPack, folder: Path) -> Path:
    """Write `folder/name/pack.toml` and return it.

    Raises:
        UsageError: a name that no folder may have, or a folder that is there already.
    """
    target = folder / name
    if not _ID.fullmatch(name):
        raise UsageError(f"规则包编号“{name}”只能用汉字、字母、数字、点、横线和下划线。")
    if target.exists():
        raise UsageError(f"{target} 已经有了，请换一个编号，或用 -o 换个地方。")
    text = _SKELETON.format(
        id=name,
        parent=parent.id,
        id_text=_quoted(name),
        parent_text=_quoted(parent.id if _is_named(parent) else str(parent.folder)),
        title=_quoted(told.title or title_of(parent, told.year, told.region)),
        region=_quoted(told.region),
        year=told.year,
        unit=_quoted(told.unit or parent.unit),
        basis=f"[{_quoted(told.notice)}]" if told.notice else "[]",
        deadline=f"{'' if told.deadline else '# '}deadline = {_quoted(told.deadline or parent.deadline)}",
        weights="\n".join(f"# {_quoted(level)} = {points}" for level, points in parent.weights.items()),
    )
    write_file(target / "pack.toml", text.encode())
    return target / "pack.toml"


def _is_named(pack: Pack) -> bool:
    """`extends` finds a parent by the name of its folder."""
    return pack.folder.name == pack.id


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
