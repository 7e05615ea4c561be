"""A generator of damaged returns (造错): it starts from the clean example and knows what it broke."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rule_cases import changed_data

if TYPE_CHECKING:
    from random import Random

# 规则 | 改什么（δ 随机差额，i 随机行） | 可能连带的规则 | 涉及的地方（同一处不重复造错）
KINDS = """
A01 | 整体_收入_合计=882.8+δ | A03 | 收入
A02 | 整体_支出_合计=882.8+δ | A03 A04 A17 | 支出 收入
A03 | 整体_收入_一般公共预算=868.4+δ | | 收入
A05 | 表单i.自评_资金总额_年初预算数=500+δ | A11 | 表单
A06 | 整体_执行率=0.91 | A10 | 执行率
A06 | 表单i.自评_执行率=0.92 | | 表单
A07 | 整体_执行得分=9+δ/100 | | 执行率
A11 | 整体_年初预算数=600+δ | B38 | 年初
A13 | 项目[i].全年执行数=300+δ | A09 A14 | 项目
A14 | 基础_项目支出_上年决算数=264.3+δ | | 基础项目
A15 | 支出_工资福利=452.36+δ | A16 | 基本支出
A16 | 支出_人员经费=493.64+δ | | 人员经费
A17 | 收支_年初结转=8+δ | | 收支
A18 | 预算_政府性基金=δ | | 基金
A20 | 收支_本年收入=8868300 | A17 | 收支
A22 | 收支_年末结转=-12.03 | A17 | 收支
B24 | 人员_实有人数=40 | B26 | 人员
B26 | 人员_行政编制数=13 | | 人员
B27 | 基础_三公经费_上年决算数=7.9+δ | D64 | 三公
B28 | 基础_公务用车_上年决算数=5.8+δ | D64 | 三公
B32 | 基础_办公经费_上年决算数=80+δ | | 公用
B34 | 基础_公用经费_本年决算数=80+δ | B33 | 公用
B36 | 基础_政府采购金额_本年决算数=132+δ | | 采购
C40 | 指标[0].分值=5+δ | C41 C57 C63 C54 | 指标0
C42 | 指标[1].得分=5+δ | C44 | 指标1
C43 | 整体_总分=60+δ/100 | C62 | 总分
C44 | 指标[2].得分=5.9 | | 指标2
C45 | 指标[5].得分=4.9 | | 指标5
C47 | 指标[7].偏差原因= | | 指标7
C48 | 指标[9].实际完成值=200+δ | | 指标9
C50 | 指标[10].实际完成值= | C51 | 指标10
C52 | 指标[11].实际完成值=21.4张 | C51 | 指标11
C55 | 指标[12].三级指标=无 | C57 | 指标12
C56 | 指标[13].实际完成值=满意 | C51 | 指标13
C57 | 批复[6].指标值=9 | | 指标6
C62 | 表单i.自评_等级=差 | | 表单
D66 | 机构_内设机构数=9 | | 机构
D70 | 文字_改进措施= | | 文字
D73 | 封面_填表人= | | 封面
D74 | 表单i.自评_实施单位=示例县数据服务中心 | | 表单
D76 | 封面_联系电话=无 | | 电话
"""


@dataclass(frozen=True, slots=True)
class Damage:
    """What was broken (造的错)."""

    rules: frozenset[str]
    consequences: frozenset[str]
    data: dict[str, Any]
    told: str


def damaged(random: Random, count: int) -> Damage:
    """The clean example with `count` faults in different places."""
    rows = [[part.strip() for part in line.split("|")] for line in KINDS.strip().splitlines()]
    random.shuffle(rows)
    chosen: list[list[str]] = []
    for row in rows:
        taken = {place for other in chosen for place in other[3].split()}
        if not taken & set(row[3].split()) and len(chosen) < count:
            chosen.append(row)
    changes = "; ".join(_concrete(row[1], random) for row in chosen)
    return Damage(
        frozenset(row[0] for row in chosen),
        frozenset(rule for row in chosen for rule in row[2].split()),
        copy.deepcopy(changed_data(changes)),
        changes,
    )


def _concrete(change: str, random: Random) -> str:
    where, _, value = change.partition("=")
    where = where.replace("i", str(random.randrange(4)), 1) if "表单i" in where or "[i]" in where else where
    if "δ" in value:
        delta = Decimal(random.randrange(5, 5000)) / 100
        base, _, rest = value.partition("+") if "+" in value else ("0", "", value)
        value = f"{Decimal(base) + (delta / 100 if '/100' in rest else delta):.2f}"
    return f"{where}={value}"
