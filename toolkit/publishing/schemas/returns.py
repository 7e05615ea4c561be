"""往来命令的 --json 和 轮次.json 里有什么: the objects of move, compare, new --from, forms, evidence and rounds, typed.

As in `results.py`, what describes a key is Chinese, since those who read the files read it.
"""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

from toolkit.core.findings import Verdict
from toolkit.publishing.schemas.results import Count, FindingJson, RuleId, Said, one_of, told


class MovedCellJson(TypedDict):
    """原表的一格和它的去处"""

    page: str
    cell: str
    text: str
    fate: Annotated[str, one_of("没有移入", "已移入", "重复", "自动计算")]
    name: str | None
    sheet: str | None
    to: str | None
    how: str | None
    sure: bool
    note: str | None


class MoveJson(TypedDict):
    """移表：原表每一格的去处"""

    schema: Literal["jixiao.move/1"]
    file: str
    pack: str
    year: int
    output: NotRequired[str]
    counts: dict[str, Count]
    cells: list[MovedCellJson]


class NotMovedJson(TypedDict):
    """移表：文件夹里没有移成的一份"""

    schema: Literal["jixiao.move/1"]
    file: str
    error: str


class SideJson(TypedDict):
    """对比的一方"""

    file: str
    pack: str
    unit: str
    verdict: Verdict
    total: str | None
    grade: str | None


class ChangeJson(TypedDict):
    """一处改动"""

    scope: str
    name: str | None
    kind: Annotated[str, one_of("改", "增", "删")]
    row: str | None
    sheet: str | None
    cell: str | None
    before: Any
    after: Any


class StillJson(FindingJson):
    """两次都有的一个问题"""

    was: Annotated[str, told("上一次的说法")]


class SinceJson(TypedDict):
    """改正了的、还在的、新增的问题"""

    mended: list[FindingJson]
    still: list[StillJson]
    new: list[FindingJson]


class CompareJson(TypedDict):
    """两次填报对比"""

    schema: Literal["jixiao.compare/1"]
    before: SideJson
    after: SideJson
    output: NotRequired[str | None]
    patch: Annotated[dict[str, Any], told("用它能从前一份的数据得出后一份")]
    changes: list[ChangeJson]
    findings: SinceJson


# Written as calls for the sake of the key "from".
CarriedJson = TypedDict(
    "CarriedJson",
    {
        "from": str,
        "from_sheet": str,
        "from_cell": str,
        "value": str,
        "note": str,
        "to": str,
        "sheet": str,
        "cell": str,
    },
)
CarryJson = TypedDict(
    "CarryJson",
    {
        "schema": Literal["jixiao.carry/1"],
        "from": str,
        "pack": str,
        "unsettled": list[str],
        "carried": Annotated[list[CarriedJson], told("过录：每一格从哪里来")],
        "output": NotRequired[str],
    },
)


class FormsJson(TypedDict):
    """项目自评表：新增了哪些"""

    schema: Literal["jixiao.forms/1"]
    file: str
    output: str
    made: list[str]
    forms: Count


class LedgerLineJson(TypedDict):
    """一份佐证材料"""

    kind: str
    code: str | None
    subject: str
    score: str | None
    weight: str | None
    material: str | None
    page: str | None
    file: str | None
    size: Count | None
    sha256: str | None
    faults: list[RuleId]


LedgerJson = TypedDict(  # noqa: UP013 - its key "list" would stand for the type
    "LedgerJson",
    {
        "schema": Literal["jixiao.evidence/1"],
        "file": str,
        "unit": str,
        "folder": str,
        "list": str | None,
        "output": NotRequired[str],
        "lines": Annotated[list[LedgerLineJson], told("佐证台账：一份材料一行")],
        "findings": list[FindingJson],
    },
)


class RoundFindingJson(TypedDict):
    """一家这一轮还没有改的一个问题"""

    rule: Annotated[str, Meta(pattern=r"^([A-Z]{1,2}\d{2,3}|缺)$", description="“缺”是必填的没有填")]
    severity: Annotated[str, one_of("error", "warning", "缺")]
    sheet: Annotated[str, told("工作表名称的摘要")]
    cells: list[str]
    message: NotRequired[Annotated[Said, told("不公开的没有这一项")]]


class RoundUnitJson(TypedDict):
    """一家这一轮的问题"""

    key: str
    name: str
    file: str
    input_sha256: str
    mended: Count
    still: Count
    new: Count
    findings: list[RoundFindingJson]


class RoundJson(TypedDict):
    """轮次.json"""

    schema: Literal["jixiao.round/1"]
    round: Annotated[int, Meta(ge=1)]
    units: list[RoundUnitJson]
