"""Where the buttons write (按钮的落点): defined names that the macro, the template and the results share.

Names are ASCII because the macro's source is.
"""

from __future__ import annotations

MARK = "jixiao_mark"  # on each sheet: three cells with the addresses of errors, warnings, notices
STATUS = "jixiao_status"
MIRROR = f'{STATUS}&""'  # the formula beside the other buttons
RESULTS = "jixiao_results"
TOOL = "jixiao_tool"
MESSAGES = "jixiao_messages"
PREFIX = "jixiao_"
RESULT_SHEET = "审核结果"
RESULT_HEADS = ("序号", "规则", "程度", "工作表", "单元格", "问题与处理办法", "状态", "查看")
FIRST_ROW, ROOM = 4, 300
MODULE = "jixiao"
MACROS = {"计算与审核": "CheckBook", "生成报告": "MakeReport", "清除标记": "ClearMarks"}
