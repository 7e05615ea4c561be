"""check --json、result.json、公开版和 explain --json 里有什么: each object, typed.

What writes them is type-checked against these classes, and the published JSON Schema is made of them: one cannot say
what the other does not. So whatever describes a key here is Chinese: those who read results read it. At run time the
objects are plain dicts, and nobody loads this file.
"""

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta

from toolkit.audit.clues import MECHANISMS
from toolkit.core.findings import Severity, Verdict


def told(description: str) -> Meta:
    """What a key holds, for those who read results."""
    return Meta(description=description)


def one_of(*words: str | None, about: str | None = None) -> Meta:
    """One of some words."""
    return Meta(description=about, extra_json_schema={"enum": [*words]})


Number = Annotated[str, Meta(pattern=r"^-?\d+(\.\d+)?$")]
Count = Annotated[int, Meta(ge=0)]
RuleId = Annotated[str, Meta(pattern=r"^[A-Z]{1,2}\d{2,3}$")]
CellPlace = Annotated[str, Meta(pattern=r"^(?:.+!)?[A-Z]{1,3}[1-9]\d*(?::[A-Z]{1,3}[1-9]\d*)?$")]
Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Said = Annotated[str, Meta(min_length=1)]
SeverityWord = Annotated[str, one_of(*(s.value for s in Severity))]


class FilledJson(TypedDict):
    """必填的填了几项、应填几项"""

    filled: Count
    required: Count


class CompletenessJson(FilledJson):
    """填报完整度：必填的填了几项、应填几项，按工作表分"""

    by_sheet: dict[str, FilledJson]


class MissingJson(TypedDict):
    """必填而没有填的一格；不算错误"""

    name: str
    sheet: str
    cell: CellPlace
    title: Said


class IndicatorJson(TypedDict):
    """一项绩效指标的得分"""

    name: str
    weight: Annotated[str | None, told("分值；填成文字时照原样")]
    score: Number | None
    submitted: Annotated[str | None, told("填报人填的得分，照原样")]
    working: Annotated[str, told("得分过程，或算不出的原因")]


class ScoreJson(TypedDict):
    """得分；indicators 是各项绩效指标"""

    total: Number | None
    grade: str | None
    execution: Annotated[Number | None, told("预算执行率的得分")]
    indicators: list[IndicatorJson]


class FormScoreJson(ScoreJson):
    """一张项目自评表的得分"""

    name: str
    kind: NotRequired[Annotated[str, told("哪一种表；只有第二种起才写")]]
    money_unit: NotRequired[Annotated[str, told("这张表的金额单位；与整体不同时才写")]]


class ClueJson(TypedDict):
    """查错线索：哪些格可能填错、应是多少"""

    cells: Annotated[list[CellPlace], Meta(min_length=1, max_length=2)]
    values: Annotated[list[Number], Meta(min_length=1, max_length=2)]
    mechanism: Annotated[str, one_of(*MECHANISMS)]
    satisfies: Annotated[list[RuleId], Meta(min_length=1)]


class CauseJson(TypedDict):
    """由哪一格引起，改好那一格，这个问题就没有了；rule 是指出那一格的规则，空着的格子为空"""

    rule: str
    sheet: str
    cell: str


class FindingJson(TypedDict):
    """一个问题；cells 是有关的单元格，第一个是应去看的，不在 sheet 上的写成 工作表!单元格"""

    rule: RuleId
    severity: SeverityWord
    sheet: str
    cells: list[CellPlace]
    left: Number | None
    right: Number | None
    difference: Number | None
    tolerance: Number | None
    message: Annotated[str, Meta(pattern=r"\[[A-Z]{1,2}\d{2,3}\]$")]
    explained: bool
    clues: Annotated[list[ClueJson], Meta(max_length=5, description="最可能的在前，不多于五条")]
    caused_by: Annotated[CauseJson | None, told("起因；不是由别处引起的为 null")]


class NotCheckedJson(TypedDict):
    """没有检查的一条规则和原因"""

    rule: RuleId
    reason: Said


class AuditJson(TypedDict):
    """一个文件的审核结果"""

    file: str
    pack: Annotated[str, told("规则包编号")]
    supplement: NotRequired[Annotated[str, told("规则增补：增加、改动、停用了哪些规则；没有增补时没有这一项")]]
    unit: str
    unit_code: str
    year: int
    verdict: Annotated[Verdict, told("有错误 · 数据不全（没有错误，但必填的没有填齐）· 有警示 · 通过")]
    completeness: CompletenessJson
    missing: list[MissingJson]
    score: ScoreJson
    passed: Annotated[list[RuleId], Meta(extra_json_schema={"uniqueItems": True})]
    not_checked: list[NotCheckedJson]


class CheckJson(AuditJson):
    """check --json，run --json：一个文件的审核结果"""

    schema: Literal["jixiao.check/1"]
    project_scores: list[FormScoreJson]
    findings: list[FindingJson]


class EditJson(TypedDict):
    """自评报告里改过的一处，带进新稿没有"""

    kind: Annotated[str, one_of("保留", "插入", "删去", "没有带过来")]
    before: str
    after: str
    note: str


class EditedJson(CheckJson):
    """run --keep-edits --json：另有自评报告里改过的地方"""

    edits: list[EditJson]


class UnreadableJson(TypedDict):
    """读不了的文件（一次检查几个文件时）"""

    schema: Literal["jixiao.check/1"]
    file: str
    error: str


class FileJson(TypedDict):
    """写出的一个文件"""

    name: str
    size: Annotated[int, Meta(ge=1)]


class ProjectJson(TypedDict):
    """项目支出表里的一个项目"""

    code: str
    name: str
    spent: Annotated[str | None, told("全年执行数")]
    sheet: Annotated[str, told("项目名称所在的工作表")]
    cell: CellPlace
    withheld: Annotated[bool, told("不公开或合并列示，汇总时不写名称、编码和金额")]
    secret: Annotated[bool, told("填明涉密的；同一批里别的单位的公开版也不得写到")]


class MadeScoreJson(FormScoreJson):
    """一张项目自评表的得分，公开不公开"""

    withheld: Annotated[bool, told("不公开，汇总时不照写")]


class MadeFindingJson(FindingJson):
    """一个问题，公开不公开"""

    withheld: Annotated[bool, told("涉及不公开的内容，汇总时不照写")]


class MadeJson(AuditJson):
    """一次 run 的审核结果，加上版本和写出的文件"""

    schema: Literal["jixiao.result/1"]
    project_scores: list[MadeScoreJson]
    findings: list[MadeFindingJson]
    input_sha256: Digest
    toolkit_version: str
    toolkit_sha256: Annotated[Digest, told("程序本身的校验值：程序变了，批量时重做")]
    pack_version: str
    pack_sha256: Digest
    files: list[FileJson]
    money_unit: Annotated[str, told("金额单位；汇总时不同单位的数先换算再相加")]
    department: Annotated[str, told("主管部门")]
    withheld_figures: Annotated[list[str], told("汇总时不写的数：由它们可以推算出这个单位不公开的金额")]
    withheld_texts: Annotated[list[str], told("汇总时不写的文字：主管部门、项目、指标的名称里写了这个单位不公开的内容")]
    filled_on: Annotated[str, told("填报日期")]
    projects: list[ProjectJson]


class OperandJson(TypedDict):
    """代入公式的一个数"""

    scope: str
    name: str
    value: str | None


class SourceJson(TypedDict):
    """出处：填报的单元格，或公式和代入的数"""

    kind: Annotated[
        str,
        one_of(
            *("typed", "text", "submitted", "computed", "none"),
            about="typed 填报的数；text 填报人写的文字里有数；submitted 明细没有填，采用填报的合计；computed 计算；"
            "none 模板里拼成、没有出处",
        ),
    ]
    sheet: NotRequired[str]
    cell: NotRequired[CellPlace]
    formula: NotRequired[Annotated[str, told("起作用的公式，用名称写")]]
    working: NotRequired[Annotated[str, told("同一公式代入数")]]
    note: NotRequired[str]
    operands: NotRequired[list[OperandJson]]


_NEEDED = {("computed",): ("formula", "working", "operands"), ("typed", "text", "submitted"): ("sheet", "cell")}
_BY_KIND = Meta(
    extra_json_schema={
        "dependentRequired": {"sheet": ["cell"], "cell": ["sheet"]},
        "allOf": [
            {"if": {"properties": {"kind": {"enum": [*kinds]}}}, "then": {"required": [*keys]}}
            for kinds, keys in {**_NEEDED, ("none",): ("note",)}.items()
        ],
    }
)


class FigureJson(TypedDict):
    """一个数；scope 是“整体”、项目名称、“自评报表”或“自评报告”"""

    scope: str
    name: str
    value: str | None
    money_unit: NotRequired[Annotated[str, told("这个数的金额单位；与整体不同时才写")]]
    source: Annotated[SourceJson, _BY_KIND]


_TEXTS = "自评报告各段和各表格里的文字（run 写的才有），用来看出您在 Word 里改了什么"


class ResultJson(MadeJson):
    """一次 run 的 result.json：审核结果，加上版本和每个数的出处"""

    report: NotRequired[Annotated[list[list[str]], Meta(min_length=2, max_length=2, description=_TEXTS)]]
    figures: list[FigureJson]


PublicValues = dict[str, Said]
PublicTables = dict[str, Annotated[list[PublicValues], Meta(min_length=1)]]


class PublicFormJson(TypedDict):
    """一张表里公开的数和文字"""

    kind: NotRequired[Annotated[str, told("哪一种表；只有第二种起才写")]]
    fields: PublicValues
    tables: PublicTables


class PublicJson(TypedDict):
    """公开版的 result.json：只有公开的数和文字，没有出处，没有问题"""

    schema: Literal["jixiao.public/1"]
    pack: str
    pack_version: str
    toolkit_version: str
    note: str
    fields: PublicValues
    tables: PublicTables
    project_forms: list[PublicFormJson]


class TreeJson(TypedDict):
    """一个数，连同它由哪些数得来"""

    scope: str
    name: str
    title: str
    value: str | None
    source: Annotated[str, one_of("typed", "text", "submitted", "computed", "blank", "unknown", "rule")]
    verdict: Annotated[str | None, one_of("通过", "不符", "未检查", "不适用", None)]
    sheet: str | None
    cell: CellPlace | None
    formula: str
    working: str
    note: str
    operands: "list[TreeJson]"


class ExplainJson(TypedDict):
    """explain --json：追到填报单元格的树"""

    schema: Literal["jixiao.explain/1"]
    file: str
    pack: str
    unit: str
    asked: str
    figures: Annotated[list[TreeJson], Meta(min_length=1)]
