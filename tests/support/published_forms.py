"""Published forms (公开的官方表) as offices publish them: drawn as text grids, written as .xlsx or as .docx tables.

`<` joins a cell to its left neighbour, `^` to the one above. Heads and rows are those of the published tables; some
offices call them otherwise, which is what `WORDS` says.
"""

from __future__ import annotations

import io
from typing import Any

import docx
import openpyxl

Grid = list[list[object]]
BASE_ROWS = {
    "三公经费": "三公经费",
    "公务用车": "　1、公务用车购置和维护经费",
    "公车购置": "　　其中：公车购置",
    "公车运行维护": "　　　　公车运行维护",
    "出国经费": "　2、出国经费",
    "公务接待": "　3、公务接待",
    "项目支出": "项目支出",
    "业务工作经费": "　1、业务工作专项",
    "运行维护经费": "　2、运行维护专项",
    "省级专项资金": "　3、省级专项资金（一个专项一行）",
    "公用经费": "公用经费",
    "办公经费": "　其中：办公经费",
    "水电差旅费": "　　　　水费、电费、差旅费",
    "会议培训费": "　　　　会议费、培训费",
    "政府采购金额": "政府采购金额",
    "基本支出预算调整": "部门基本支出预算调整",
}
COLUMNS = ("上年决算数", "本年预算数", "本年决算数")
# Words of other offices: what the plain form says → what they say.
WORDS = {
    "湖南": {},
    "安徽": {
        "当年财政拨款": "本年财政拨款",
        "实际完成值": "全年实际值",
        "偏差原因分析及改进措施": "未完成原因和改进措施",
    },
    "海南": {"年度资金总额": "资金总额", "当年财政拨款": "财政资金", "其他资金": "单位资金", "实际完成值": "完成值"},
}


def base_form(data: dict[str, Any], year: int) -> Grid:
    """部门整体支出绩效评价基础数据表."""
    f = data["fields"]
    rows: Grid = [
        [f"{year}年度部门整体支出绩效评价基础数据表", "<", "<", "<"],
        ["财政供养人员情况（人）", "编制数", f"{year}年实际在职人数", "控制率"],
        ["^", f.get("人员_编制数"), f.get("人员_实有人数"), f.get("人员_控制率")],
        ["经费控制情况（万元）", f"{year - 1}年决算数", f"{year}年预算数", f"{year}年决算数"],
    ]
    rows += [[label, *(f.get(f"基础_{row}_{c}") for c in COLUMNS)] for row, label in BASE_ROWS.items()]
    return [*rows, ["厉行节约保障措施", None, "<", "<"]]


def whole_form(data: dict[str, Any], year: int, *, split: bool) -> Grid:
    """部门整体支出绩效自评表."""
    f = data["fields"]
    rows: Grid = [
        ["部门整体支出绩效自评表", *["<"] * 7],
        [f"（{year}年度）", *["<"] * 7],
        ["单位名称", f.get("封面_单位名称"), *["<"] * 6],
        ["年度预算申请（万元）", None, "年初预算数", "全年预算数", "全年执行数", "分值", "执行率", "得分"],
        [
            "^",
            "年度资金总额",
            *(f.get(f"整体_{n}") for n in ("年初预算数", "全年预算数", "全年执行数")),
            10,
            f.get("整体_执行率"),
            f.get("整体_执行得分"),
        ],
        ["^", "按收入性质分", "<", "<", "按支出性质分", "<", "<", "<"],
        ["^", "合计", f.get("整体_收入_合计"), "<", "合计", "<", f.get("整体_支出_合计"), "<"],
        [
            "^",
            "其中：一般公共预算",
            f.get("整体_收入_一般公共预算"),
            "<",
            "其中：基本支出",
            "<",
            f.get("整体_支出_基本支出"),
            "<",
        ],
        ["^", "政府性基金拨款", f.get("整体_收入_政府性基金"), "<", "项目支出", "<", f.get("整体_支出_项目支出"), "<"],
        ["^", "纳入专户管理的非税收入拨款", f.get("整体_收入_专户非税"), "<", None, "<", None, "<"],
        ["^", "其他资金", f.get("整体_收入_其他资金"), "<", None, "<", None, "<"],
    ]
    return rows + indicators(data.get("tables", {}).get("指标", []), split=split)


def project_form(form: dict[str, Any], year: int, *, split: bool, factor: int = 1) -> Grid:
    """项目支出绩效自评表; `factor` 10000 draws it in 元."""
    f = form["fields"]

    def money(name: str) -> object:
        value = f.get(name)
        return value * factor if value is not None else None

    columns = ("年初预算数", "全年预算数", "全年执行数")
    rows: Grid = [
        ["项目支出绩效自评表", *["<"] * 7],
        [f"（{year}年度）　　单位：{'元' if factor > 1 else '万元'}", *["<"] * 7],
        ["项目名称", f.get("自评_项目名称"), *["<"] * 6],
        ["项目资金", None, *columns, "分值", "执行率", "得分"],
        [
            "^",
            "年度资金总额",
            *(money(f"自评_资金总额_{c}") for c in columns),
            10,
            f.get("自评_执行率"),
            f.get("自评_执行得分"),
        ],
        ["^", "其中：当年财政拨款", *(money(f"自评_财政拨款_{c}") for c in columns), "—", "—", "—"],
        ["^", "其他资金", *(money(f"自评_其他资金_{c}") for c in columns), "—", "—", "—"],
    ]
    return (
        rows
        + indicators(form["tables"]["自评指标"], split=split)
        + [["总分", *["<"] * 4, 100, f.get("自评_总分"), None]]
    )


def indicators(rows: list[dict[str, Any]], *, split: bool) -> Grid:
    """The indicators, sign and unit in columns of their own or written with the target; levels joined downward."""
    heads: list[object] = [
        "一级指标",
        "二级指标",
        "三级指标",
        "年度指标值",
        "实际完成值",
        "分值",
        "得分",
        "偏差原因分析及改进措施",
    ]
    found: Grid = [[*heads[:3], "指标性质", "指标值", "度量单位", *heads[4:]] if split else heads] if rows else []
    level = ("", "")
    for r in rows:
        first, second = r["一级指标"], r["二级指标"]
        shown: list[object] = [
            "^" if first == level[0] else f"{first}（50分）",
            "^" if (first, second) == level else second,
        ]
        level = (first, second)
        unit, target, actual = r.get("计量单位", ""), r.get("指标值"), r.get("实际完成值")
        value = [r.get("性质"), target, unit or None] if split else [_shown(r.get("性质"), target, unit)]
        done = actual if split else _shown(None, actual, unit)
        found.append([*shown, r["三级指标"], *value, done, r.get("分值"), r.get("得分"), r.get("偏差原因")])
    return found


def _shown(sign: object, value: object, unit: str) -> object:
    if isinstance(value, str) or value is None:
        return value
    return f"{sign or ''}{value}{unit}" if sign or unit else value


def renamed(grid: Grid, words: dict[str, str]) -> Grid:
    """The same in another office's words."""

    def word(value: object) -> object:
        if not isinstance(value, str):
            return value
        return next(
            (value.replace(a, b) for a, b in words.items() if value.strip("　").removeprefix("其中：") == a), value
        )

    return [[word(v) for v in row] for row in grid]


def _spans(grid: Grid) -> list[tuple[int, int, int, int]]:
    """Top, left, bottom, right of every cell that is joined to others, 0-based."""
    found = []
    for r, row in enumerate(grid):
        for c, value in enumerate(row):
            if value in {"<", "^"}:
                continue
            right = c
            while right + 1 < len(row) and row[right + 1] == "<":
                right += 1
            bottom = r
            while bottom + 1 < len(grid) and c < len(grid[bottom + 1]) and grid[bottom + 1][c] == "^":
                bottom += 1
            if (right, bottom) != (c, r):
                found.append((r, c, bottom, right))
    return found


def as_xlsx(grids: list[Grid]) -> bytes:
    """Each grid a sheet."""
    book = openpyxl.Workbook()
    for number, grid in enumerate(grids):
        sheet = book.active if number == 0 else book.create_sheet()
        assert sheet is not None
        sheet.title = f"附件{number + 1}"
        for r, row in enumerate(grid, 1):
            for c, value in enumerate(row, 1):
                if value not in {"<", "^", None}:
                    cell = sheet.cell(r, c, value)  # type: ignore[call-overload]
                    if isinstance(value, str):
                        cell.data_type = "s"  # =100% is a target, no formula
        for top, left, bottom, right in _spans(grid):
            sheet.merge_cells(start_row=top + 1, start_column=left + 1, end_row=bottom + 1, end_column=right + 1)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def as_docx(grids: list[Grid]) -> bytes:
    """Each grid a table, its title and note lines as paragraphs in front of it."""
    document = docx.Document()
    for grid in grids:
        lines = [row for row in grid if set(row[1:]) == {"<"}]
        for row in lines:
            document.add_paragraph(str(row[0]))
        body = [row for row in grid if row not in lines]
        table = document.add_table(len(body), max(len(row) for row in body))
        for r, row in enumerate(body):
            for c, value in enumerate(row):
                if value not in {"<", "^", None}:
                    table.cell(r, c).text = str(value)
        for top, left, bottom, right in _spans(body):
            table.cell(top, left).merge(table.cell(bottom, right))
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()
