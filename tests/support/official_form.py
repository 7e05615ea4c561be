"""Official blank forms as workbooks: one line a row; ~n merges n columns, ^ goes on from above."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl
from openpyxl.styles import Border, Font, PatternFill, Side

if TYPE_CHECKING:
    from pathlib import Path

# 项目支出绩效自评表 as provinces print it (湖北 2021): one line a row; ~n merges n columns, ^ goes on from above.
OFFICIAL = """
项目支出绩效自评表~9
（ 2021 年度）~9
项目名称~2 | ~7
主管部门~2 | ~3 | 实施单位 | ~3
项目资金（万元） | | 年初预算数 | 全年预算数 | 全年执行数~2 | 分值 | 执行率 | 得分
^ | 年度资金总额 | | | ~2 | 10 | | ~1
^ | 其中：当年财政拨款 | | | ~2 | — | — | —
^ | 上年结转资金 | | | ~2 | — | — | —
^ | 其他资金 | | | ~2 | — | — | —
年度总体目标 | 预期目标~4 | 实际完成情况~4
^ | ~4 | ~4
绩效指标 | 一级指标 | 二级指标 | 三级指标 | 年度指标值 | 实际完成值 | 分值 | 得分 | 偏差原因分析及改进措施
^ | 产出指标 | 数量指标 | 指标1： | | | | |
^ | ^ | ^ | 指标2： | | | | |
^ | ^ | 质量指标 | …… | | | | |
^ | 效益指标 | 社会效益指标 | | | | | |
^ | 满意度指标 | 服务对象满意度指标 | | | | | |
总分~6 | 100 | | ~1
本单位监督意见~2 | ~7
填表人：　　联系电话：~9
"""


def official(path: Path, drawn: str = OFFICIAL) -> Path:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "附件2"
    side = Side(style="thin")
    tokens = [[part.strip() for part in line.split("|")] for line in drawn.strip("\n").split("\n")]
    above: dict[int, int] = {}
    for row, line in enumerate(tokens, 1):
        column = 1
        for token in line:
            text, _, span = token.partition("~")
            last = column + int(span or 1) - 1
            for place in range(column, last + 1):
                sheet.cell(row, place).border = Border(side, side, side, side)
            if text and text != "^":
                sheet.cell(row, column, int(text) if text.isdigit() else text)
            if text != "^":
                above[column] = row
            if last > column:
                sheet.merge_cells(start_row=row, end_row=row, start_column=column, end_column=last)
            below = tokens[row] if row < len(tokens) else []
            going_on = text == "^" and not (
                len(below) >= column and column <= 3 and below[column - 1 : column] == ["^"]
            )
            if going_on:
                sheet.merge_cells(start_row=above[column], end_row=row, start_column=column, end_column=column)
            column = last + 1
    sheet["A1"].font, sheet["A1"].fill = Font(name="方正小标宋简体", size=20), PatternFill("solid", fgColor="FDE9D9")
    sheet.column_dimensions["I"].width = 26
    if drawn == OFFICIAL:  # formulas of the form's own: one that the pack works out, one that stays
        sheet["H6"], sheet["L5"] = "=E6/D6", '=C6&"万元"'
    book.create_sheet("填表说明")["A1"] = "一、本表由项目单位填写。"
    book.save(path)
    return path
