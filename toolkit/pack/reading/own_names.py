"""Names that the toolkit gives itself (工具自己的名称), the same in every form of every pack ever given out.

They say which pack a workbook was made with, and where rules, explanations and drop-downs stand on its own sheets.
No pack may use them for data: what begins with one of `OWN_PREFIXES` is the toolkit's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolkit.core.patterns import late

if TYPE_CHECKING:
    from toolkit.core.dictionary import Columns

# The number of a rule; E is for 汇总, T for the workbook itself. The published schemas take what this takes.
RULE_ID = late(r"[A-DF-SU-Z][A-Z]?\d{2,3}")
RULE_ID_TOLD = "编号应为一两个大写字母加两三位数字，例如 X01；E、T 开头的归工具自己用。"

STAMP, STAMP_VERSION, STAMP_YEAR, STAMP_FORM = "模板_规则包", "模板_版本", "模板_年度", "模板_表样编号"

AUDIT = "审核_"

RULES, STATES, EXPLANATIONS, SUBJECTS = f"{AUDIT}规则", f"{AUDIT}状态", f"{AUDIT}说明", f"{AUDIT}所指"

FORM_AUDIT = ("规则", "本表审核（随填随算）", "左边", "右边", "状态")  # the heads of the rules below a form

LISTS, TEXTS, CHART = "列表_", "文_", "图表_"


def chart_name(level: str) -> str:
    """What charts and templates call the score of a first level."""
    return f"{CHART}{level.removesuffix('指标')}得分"


SCORED, RATIO, BREACHES, POINTS = "评分", "比率", "扣项", "得分"

SCORED_ITEMS = "评分项"  # what the cover calls the points that people give

CHOSEN, GIVEN, TAKEN, ADDED, REASON = "选项", "自评分", "扣分", "加分", "理由"


def scored_name(item: str, what: str) -> str:
    """The names that an item of a scored list makes: its ratio or its breaches, and its points."""
    return f"{SCORED}_{item}_{what}"


SUMMARY, UNCHECKED, DATE_TEXT = f"{AUDIT}小结", "未检查_小结", "封面_日期文本"

PUBLIC_NOTE, PUBLIC_TOTALS, PUBLIC_NUMBER = "公开_说明", "公开_合计_", "序号"

# What a report prints of an indicator beyond the columns of the form.
INDICATOR_COLUMNS = ("目标文本", "完成文本", "一级文本", "得分过程", "差额", "未达", "偏差说明")


def source_column(column: str, roles: Columns) -> str:
    """The column of the fill-in workbook that a column's figures come from, which for a report's own is another."""
    shown = {
        "目标文本": roles.target,
        "完成文本": roles.result,
        "得分过程": roles.score,
        "差额": roles.score,
        "未达": roles.score,
        "偏差说明": roles.reason,
    }
    return shown.get(column, column)


# Parameters that the program reads or gives itself; all others are for the pack's own texts.
EXECUTION_MARK, FULL_MARK, FORM_NAME = "执行率分值", "总分满分", "表样名称"

EXECUTION_ROW = "执行率图表行"  # of the chart of scores

OWN_PARAMETERS = frozenset(
    {EXECUTION_MARK, EXECUTION_ROW, FULL_MARK, FORM_NAME, "年度", "上年", "金额单位", "项目金额单位"}
)

OWN_PREFIXES = ("模板_", AUDIT, LISTS, TEXTS, CHART, "未检查_", PUBLIC_TOTALS)
