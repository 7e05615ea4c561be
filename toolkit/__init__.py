"""jixiao, 部门整体支出绩效自评工具: from the filled-in workbook to the finished, checked report."""

__version__ = "0.1.0"
