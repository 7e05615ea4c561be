"""审核公式: figures, and formulas with Excel's answer; read by the unit tests and by the referee."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from toolkit.engines.formula.values import ErrorValue, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

CELLS: Mapping[str, Value] = {
    "甲": Decimal(3),
    "乙": Decimal("4.5"),
    "零": Decimal(0),
    "负": Decimal(-2),
    "空": None,
    "文": "abc",
    "数文": "12",
    "空文": "",
    "真": True,
    "错": ErrorValue.DIV0,
    "列": (Decimal(1), None, "x", Decimal(5)),
    "数列": (Decimal(2), Decimal(3), Decimal(4), Decimal(5)),
    "短列": (Decimal(1), Decimal(2)),
    "单列": (Decimal(7),),
    "无列": (),
    "错列": (Decimal(1), ErrorValue.NA),
    "杂列": (Decimal(5), "5", "", None, True, "五"),
    "类别": ("运行维护", "业务工作", "运行", None),
}

ANSWERS = """
1+2*3 | 7
(1+2)*3 | 9
2^3^2 | 64
-2^2 | 4
2^-1 | 0.5
50%*2 | 1
-50% | -0.5
200%% | 0.02
+"文字" | '文字'
1--1 | 2
.5+5. | 5.5
1.5E+2 | 150
10-2-3 | 5
"a"&1+1 | 'a2'
1&2=12 | FALSE
1&2="12" | TRUE
1=1=TRUE | TRUE
"他说""好"" " | '他说"好" '
甲+空 | 3
空&"元" | '元'
空=0 | TRUE
空="" | TRUE
空=FALSE | TRUE
AND(TRUE(),FALSE())=FALSE | TRUE
空<>空 | FALSE
空<甲 | TRUE
真+1 | 2
true | TRUE
数文+1 | 13
"1,234.5"+0 | 1234.5
" 12% "*1 | 0.12
"1e2"*1 | 100
文+1 | #VALUE!
空文*1 | #VALUE!
"1E400"+1 | #VALUE!
-文 | #VALUE!
错+1 | #DIV/0!
1+错 | #DIV/0!
错=1 | #DIV/0!
1=错 | #DIV/0!
错&"a" | #DIV/0!
"a"&错 | #DIV/0!
甲/零 | #DIV/0!
甲/空 | #DIV/0!
0^0 | #NUM!
0^-1 | #DIV/0!
(-8)^0.5 | #NUM!
10^400 | #NUM!
1E300*1E300 | #NUM!
9<"0" | TRUE
"z"<FALSE | TRUE
FALSE<TRUE | TRUE
TRUE>99 | TRUE
"ABC"=文 | TRUE
"abd">文 | TRUE
甲<>乙 | TRUE
甲>=3 | TRUE
甲<=2.99 | FALSE
0.1+0.2=0.3 | TRUE
1/3*3=1 | TRUE
1/3+1/3+1/3-1=0 | TRUE
1/3*3<1 | FALSE
(1/3)&"" | '0.333333333333333'
1E21&"" | '1E+21'
0.00001&"" | '0.00001'
100&真&"" | '100TRUE'
SUM(列) | 6
SUM(列,文,真,1) | 7
SUM("3",TRUE) | 4
SUM("x") | #VALUE!
SUM(文&"") | #VALUE!
SUM(错列) | #N/A
SUM(IF(甲>0,文,1)) | 0
SUM(IF(甲>0,空)) | 0
SUM(无列) | 0
MIN(列) | 1
MAX(列,9) | 9
MAX(文) | 0
MIN(无列) | 0
AVERAGE(列) | 3
AVERAGE(文) | #DIV/0!
COUNT(列,文,空) | 2
COUNT("3",TRUE,"x",1/0) | 2
COUNT(错列,真) | 1
COUNTA(列,空文,空,错) | 5
COUNTA("") | 1
COUNTBLANK(杂列) | 2
COUNTBLANK(空) | 1
COUNTBLANK(错列) | 0
AND(甲,乙>4) | TRUE
AND(杂列,FALSE) | FALSE
AND(文) | #VALUE!
AND("x") | #VALUE!
AND("true",1) | TRUE
AND(空) | #VALUE!
AND(FALSE,错) | #DIV/0!
OR(零,空,文) | FALSE
OR(零,甲) | TRUE
OR(文,空) | #VALUE!
NOT(零) | TRUE
NOT(文) | #VALUE!
NOT(空) | TRUE
IF(甲>2,"高","低") | '高'
IF(零,1) | FALSE
IF(空,1,2) | 2
IF("TRUE",1,2) | 1
IF(文,1,2) | #VALUE!
IF(错,1,2) | #DIV/0!
IF(TRUE,1,1/0) | 1
IF(TRUE,空,1) | 0
ISBLANK(IF(TRUE,空,1)) | TRUE
IFERROR(甲/零,"无") | '无'
IFERROR(甲,1/0) | 3
IFERROR(空,1) | 0
ISBLANK(空) | TRUE
ISBLANK(空文) | FALSE
ISNUMBER(甲) | TRUE
ISNUMBER(数文) | FALSE
ISNUMBER(错) | FALSE
ISTEXT(空文) | TRUE
ISTEXT(错) | FALSE
SUBSTITUTE("甲乙甲","甲","丙") | '丙乙丙'
SUMPRODUCT(LEN(SUBSTITUTE(类别,"运行",""))) | 6
SUMPRODUCT(LEN(SUBSTITUTE("1213",短列,""))) | 5
SUMPRODUCT(LEN(SUBSTITUTE("aXb","X",类别))) | 18
LEN("财政局") | 3
LEN("𠮷") | 2
LEN(乙) | 3
LEN(空) | 0
LEN(错) | #DIV/0!
TRIM("  甲   乙 ") | '甲 乙'
TRIM(错) | #DIV/0!
ROUNDUP(2.1,0) | 3
ROUNDUP(-2.1,0) | -3
ROUNDUP(0.0731/0.05,0) | 2
ROUNDDOWN(2.9,0) | 2
ROUNDDOWN(-2.9,0) | -2
ROUNDDOWN(错,0) | #DIV/0!
FIND("~","80~90") | 3
FIND("x","80~90") | #VALUE!
FIND("~",空) | #VALUE!
FIND("b",文) | 2
FIND("8","80~90") | 1
FIND("B",文) | #VALUE!
FIND(错,文) | #DIV/0!
FIND(文,错) | #DIV/0!
LEFT("80~90",2) | '80'
LEFT(文,9) | 'abc'
LEFT(文,0) | ''
LEFT(文,负) | #VALUE!
LEFT(文,1.9) | 'a'
LEFT(文,文) | #VALUE!
LEFT(错,1) | #DIV/0!
LEFT(空,1) | ''
RIGHT("80~90",2) | '90'
RIGHT(文,9) | 'abc'
RIGHT(文,0) | ''
RIGHT(文,3) | 'abc'
RIGHT(文,负) | #VALUE!
RIGHT(错,1) | #DIV/0!
RIGHT(乙,2) | '.5'
SUBSTITUTE("80-90-100","-","~") | '80~90~100'
SUBSTITUTE(文,"B","x") | 'abc'
SUBSTITUTE(文,"","x") | 'abc'
SUBSTITUTE(文,"b","") | 'ac'
SUBSTITUTE(甲,3,乙) | '4.5'
SUBSTITUTE(空,"a","b") | ''
SUBSTITUTE(错,"a","b") | #DIV/0!
SUBSTITUTE(文,错,"b") | #DIV/0!
SUBSTITUTE(文,"a",错) | #DIV/0!
DATEVALUE("2023-12-31") | 45291
DATEVALUE("2023-02-30") | #VALUE!
DATEVALUE(文) | #VALUE!
DATEVALUE(错) | #DIV/0!
VALUE("80.5") | 80.5
VALUE(甲) | 3
VALUE(文) | #VALUE!
VALUE(错) | #DIV/0!
VALUE(LEFT("80~90",FIND("~","80~90")-1))+1 | 81
ABS(负) | 2
ABS(文) | #VALUE!
ROUND(2.5,0) | 3
ROUND(-2.5,0) | -3
ROUND(1.005,2) | 1.01
ROUND(1250,-2) | 1300
ROUND(49,-2) | 0
ROUND(1/3,4) | 0.3333
ROUND(20.1/900*45,2) | 1.01
ROUND(2.345,1.9) | 2.3
ROUND(甲,1E9) | 3
ROUND(甲,-1E9) | 0
ROUND(9E307,-309) | 0
ROUND(1E300,10)=1E300 | TRUE
ROUND(文,1) | #VALUE!
ROUND(1,文) | #VALUE!
COUNTIF(杂列,5) | 2
COUNTIF(杂列,"5") | 2
COUNTIF(杂列,"=5") | 2
COUNTIF(杂列,">=5") | 1
COUNTIF(杂列,"<>5") | 4
COUNTIF(杂列,"") | 2
COUNTIF(杂列,"=") | 1
COUNTIF(杂列,"<>") | 5
COUNTIF(杂列,">") | 0
COUNTIF(杂列,TRUE) | 1
COUNTIF(杂列,"true") | 1
COUNTIF(杂列,"*") | 3
COUNTIF(杂列,"?") | 2
COUNTIF(错列,"#N/A") | 1
COUNTIF(错列,错) | 0
COUNTIF(数列,空) | 0
COUNTIF(类别,"运行*") | 2
COUNTIF(类别,"<>运行*") | 2
COUNTIF(类别,">业") | 3
COUNTIF(列,"X") | 1
COUNTIF(列,"~*") | 0
COUNTIF(甲,3) | 1
SUMIF(类别,"运行*",数列) | 6
SUMIF(数列,">3") | 9
SUMIF(数列,">"&甲,数列) | 9
SUMIF(列,">0",错列) | 1
SUMIF(错列,"#N/A") | #N/A
SUMIF(数列,"<9",列) | 6
SUMPRODUCT(列,数列) | 27
SUMPRODUCT(列) | 6
SUMPRODUCT(数列>2) | 0
SUMPRODUCT((数列>2)*1) | 3
SUMPRODUCT(ISNUMBER(列)*(列>3))=1 | TRUE
SUMPRODUCT(--(LEN(TRIM(类别))=0)) | 1
SUMPRODUCT(数列,短列) | #VALUE!
SUMPRODUCT(错列) | #N/A
SUMPRODUCT((COUNTIF(数列,数列)>1)*1)=0 | TRUE
SUMPRODUCT(甲,乙) | 13.5
列*2 | (2, 0, #VALUE!, 10)
列=空 | (FALSE, TRUE, FALSE, FALSE)
短列+错列 | (2, #N/A)
短列+数列 | (3, 5, #N/A, #N/A)
单列+短列 | (8, 9)
无列+1 | ()
-短列 | (-1, -2)
短列% | (0.01, 0.02)
IF(列>2,列,空) | (0, 0, 'x', 5)
IF(甲>2,短列,0) | (1, 2)
IF(错列>0,1,0) | (1, #N/A)
IFERROR(列+1,-1) | (2, 1, -1, 6)
ISBLANK(列) | (FALSE, TRUE, FALSE, FALSE)
ROUND(短列/3,短列) | (0.3, 0.67)
"""

FAULTS = """
∅ | 0 | 为空
= | 1 | 为空
1+ | 2 | 缺少数
SUM( | 4 | 缺少数
SUM(1 | 5 | 缺少右括号
(1 | 2 | 缺少右括号
1) | 1 | 不配对
1%) | 2 | 不配对
a"b" | 1 | 缺少运算符
甲 乙 | 2 | 缺少运算符
"甲"乙 | 3 | 缺少运算符
甲>0,乙 | 3 | 缺少运算符
(甲,乙) | 2 | 缺少右括号
甲+"乙 | 2 | 右引号
甲=>乙 | 2 | 缺少数
A1+1 | 0 | 单元格
甲+$B$2 | 2 | 单元格
B:B | 1 | 单元格
R1C1 | 0 | 单元格
表!甲 | 1 | 工作表
'表 一'!甲 | 0 | 工作表
[1]甲 | 0 | 工作表
SUM({1,2}) | 4 | 数组
#REF!+1 | 0 | 错误值
SUM(甲;乙) | 5 | 英文逗号
甲，乙 | 1 | 全角
IF（甲，1） | 2 | 全角
12甲 | 0 | 不是名称
甲.乙 | 0 | 不是名称
inf | 0 | 不是数
1_0 | 0 | 不是数
１２ | 0 | 不是数
1E999 | 0 | 不是数
= SMU(甲) | 2 | 您是不是要写 SUM
求和(甲) | 0 | 可用的函数
1+IF(甲) | 2 | IF 需要 2–3 个参数，这里有 1 个
ABS() | 0 | ABS 需要 1 个参数，这里有 0 个
COUNTIF(甲+1,2) | 8 | 第 1 个参数必须是名称
SUMIF(甲,1,2) | 10 | 第 3 个参数必须是名称
"""


def rows(table: str) -> list[tuple[str, ...]]:
    """The lines of a table, cut at " | "."""
    return [tuple(part.strip() for part in line.split(" | ")) for line in table.strip().splitlines()]


# Cells at the edges of what a cell can hold, for the formulas of `GRID`.
EDGES: Mapping[str, Value] = {
    **CELLS,
    "半": Decimal("2.5"),
    "负半": Decimal("-2.5"),
    "厘": Decimal("1.005"),
    "长": Decimal(123456789012345),
    "尾": Decimal("0.000000000000001"),
    "大": Decimal("9.9E307"),
    "假": False,
    "逗": "1,234.5",
    "百分": "12.5%",
    "空格": "  甲  乙 ",
    "日期": "2024-02-29",
    "列表": "80~90",
    "缺": ErrorValue.NA,
}
ALONE = tuple(EDGES)
PAIRED = ("空", "空文", "文", "数文", "真", "假", "零", "负半", "厘", "长", "大", "缺")
CRITERIA = tuple(
    """
空|""|0|5|"5"|"=5"|"<5"|"<=5"|">5"|">=5"|"<>5"|"<>"|"="|">"|">="|"x"|"X"|"<>x"|">x"|"<运行"|"运行*"|"*运*"|"?"|"??"|"~*"|"~?"
"*"|"<>*"|"TRUE"|TRUE|"<>TRUE"|"#N/A"|"<>#N/A"|缺|">=1,000"|"50%"|"=五"|"<>五"|"~~"
""".strip()
    .replace("\n", "|")
    .split("|")
)

# `x`: each of ALONE; `x` and `y`: each pair of PAIRED; `c`: each of CRITERIA.
GRID = """
-x
+x
x%
x&"元"
x+1
1-x
x*3
x/3
10/x
x^2
2^x
x=0
x=""
x="abc"
x<2
x>=x
SUM(x)
SUM(x,1)
SUM(-x)
AVERAGE(x,3)
MIN(x,2)
MAX(x,2)
AND(x)
AND(x,TRUE)
OR(x,FALSE)
NOT(x)
COUNT(x)
COUNT(-x)
COUNTA(x)
COUNTBLANK(x)
IF(x,"是","否")
IF(TRUE,x)
IF(ISNUMBER(x),x,0)
IFERROR(x,"错")
IFERROR(x/0,x)
IFERROR(1/x,-1)
ISBLANK(x)
ISNUMBER(x)
ISTEXT(x)
ABS(x)
ROUND(x,0)
ROUND(x,2)
ROUND(x,-1)
ROUND(x/7,4)
ROUNDUP(x,0)
ROUNDUP(x,2)
ROUNDUP(x,-2)
ROUNDDOWN(x,0)
ROUNDDOWN(x,2)
ROUND(1234.5678,x)
LEN(x)
TRIM(x)
VALUE(x)
DATEVALUE(x)
FIND("~",x)
FIND(x,"a1b2abc12")
LEFT(x,2)
RIGHT(x,2)
LEFT("财政支出绩效",x)
RIGHT("财政支出绩效",x)
SUBSTITUTE(x,"2","二")
SUBSTITUTE("12abc",x,"-")
CELL("format",x)
SUMPRODUCT(x)
SUMPRODUCT((x>2)*1)
SUMPRODUCT(x*列)
SUMPRODUCT(--(LEN(TRIM(x))=0))
COUNTIF(x,3)
COUNTIF(x,"<>")
SUMIF(x,">0")
SUMIF(x,">0",数列)
x+列
列>x
x&短列
x+y
x-y
x*y
x/y
x^y
x&y
x=y
x<>y
x<y
x<=y
x>y
x>=y
AND(x,y)
OR(x,y)
SUM(x,y)
MAX(x,y)
ROUND(x,y)
IF(x,y,1)
IFERROR(x,y)
COUNTIF(杂列,c)
COUNTIF(列,c)
COUNTIF(类别,c)
COUNTIF(错列,c)
SUMIF(类别,c,数列)
SUMIF(列,c)
SUMIF(杂列,c,数列)
SUMPRODUCT(COUNTIF(杂列,c)*短列)
"""
