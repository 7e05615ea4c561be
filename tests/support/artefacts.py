"""Every kind of file that is printed, filed or read aloud (成品), each made once, for the tests of looks and bytes."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from batch_folder import BATCH, contents, ran
from samples import DEMO, EXAMPLES, SEED, check_data, example, filled_example

from toolkit.api import carry_over, compare, evidence, move
from toolkit.batch.rounds import write_round
from toolkit.pack.finding import list_packs
from toolkit.pipeline import Wanted, check_unit, make_files, run_unit
from toolkit.publishing.document.contents import for_printer, with_contents
from toolkit.publishing.returning import carried_workbook, compared_workbook, ledger_workbook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from toolkit.batch.collect.model import BatchResult

LONG_NAME = "示例市示例区文化旅游广电体育局所属非物质文化遗产保护传承发展服务中心（示例）"
LONG_PROJECT = "示例市示例区公共文化服务体系建设和文物保护利用专项资金补助项目（二期）第{}批"
_SENTENCE = "会同各股室和乡镇（街道）逐项核对年度任务，按合同节点组织验收，分批支付资金，全年共办理{}批次。"
PROJECTS, INDICATORS, CHARACTERS = 25, 40, 400


def artefacts(folder: Path, batch: BatchResult, output: Path) -> dict[str, bytes]:
    """Name → bytes, of what a `batch` has written to `output`, too; files of one kind have one ending."""
    made = dict(_forms()) | artefacts_of_units(folder) | dict(_batch(batch, output))
    return {name: data for name, data in made.items() if name.endswith((".xlsx", ".docx"))}


def artefacts_of_units(folder: Path) -> dict[str, bytes]:
    """The files of single units: of a run, and of the commands of a return."""
    return dict(_reports(folder)) | dict(_returns(folder))


def artefacts_of_batch(folder: Path) -> dict[str, bytes]:
    """All files of a batch of one bureau and its units, with the letters of a round."""
    shutil.copytree(BATCH / "示例县文化旅游局", folder / "报送")
    shutil.copy(BATCH / "单位名册.xlsx", folder / "报送")
    result, _ = ran(folder / "报送", folder / "结果")
    write_round(result, folder / "结果", "2024年7月10日")
    return contents(folder / "结果")


def _forms() -> Iterator[tuple[str, bytes]]:
    """A filled form of every pack that draws its own, and a roster."""
    yield "单位名册.xlsx", (BATCH / "单位名册.xlsx").read_bytes()
    for path in sorted(EXAMPLES.glob("**/填报表.xlsx")):
        if _own(path) or path.parent.name == DEMO:
            yield f"{path.parent.name}填报表.xlsx", path.read_bytes()


def _reports(folder: Path) -> Iterator[tuple[str, bytes]]:
    """What a run makes: of a sound unit and a faulty one, a long name, few and many indicators, the other packs."""
    sound = folder / "示例.xlsx"
    sound.write_bytes(filled_example(DEMO))
    run = run_unit(sound, folder / "单户", wanted=Wanted(review="figures", public=True, html=True))
    for path in run.files:
        yield _named("示例", path), path.read_bytes()
    yield "目录自评报告.docx", for_printer(with_contents((run.folder / "自评报告.docx").read_bytes()))
    for path in sorted(run.folder.glob("公开/*.*")):
        yield _named("公开", path), path.read_bytes()
    made = {"有错": check_data(example(SEED)), "长": check_data(long_unit())}
    made |= {p.parent.name: check_unit(p) for p in sorted(EXAMPLES.glob("packs/*/填报表.xlsx")) if _own(p)}
    for name, checked in made.items():
        kept = {"自评报表.xlsx", "自评报告.docx"} | ({"审核反馈.xlsx"} if name == "有错" else set())
        yield from ((f"{name}{file}", data) for file, data in make_files(checked).items() if file in kept)


def _own(path: Path) -> bool:
    """Packs with forms of their own; the others print those of the pack they follow."""
    return any((pack.folder / "forms.toml").exists() for pack in list_packs() if pack.id == path.parent.name)


def _named(kind: str, path: Path) -> str:
    return f"{kind}{path.name}"


def long_unit() -> dict[str, Any]:
    """A unit as large as they come: names, texts, lists and amounts."""
    data, long_text = example(DEMO), _long_text()
    tables, form = data["tables"], data["project_forms"][0]
    data["fields"] |= {"封面_单位名称": LONG_NAME, "封面_主管部门": LONG_NAME, "机构_说明": long_text}
    rows = [row | {"三级指标": f"{row['三级指标']}（{n}）"} for row in tables["指标"] for n in "一二三"]
    tables["指标"] = rows[:INDICATORS]
    for row in tables["指标"][::13]:
        row |= {"三级指标": LONG_PROJECT.format("一"), "偏差原因": long_text}
    more = range(len(tables["项目"]) + 1, PROJECTS + 1)
    tables["项目"] += [_long_project(tables["项目"][0], number) for number in more]
    for row in tables["目标"]:
        row |= {"预期目标": long_text, "实际完成情况": long_text}
    form["fields"] |= {"自评_预期目标": long_text, "自评_完成情况": long_text}
    form["tables"]["自评指标"][0]["偏差原因"] = long_text
    return data


def _long_text() -> str:
    text = ""
    while len(text) < CHARACTERS:
        text += _SENTENCE.format(len(text))
    return text


def _long_project(row: dict[str, Any], number: int) -> dict[str, Any]:
    use = _long_text() if number % 7 == 0 else _SENTENCE.format(number)
    name = {"编码": f"999001-{number:02}", "名称": LONG_PROJECT.format(number), "用途": use}
    return row | name | dict.fromkeys(("上年决算数", "年初预算数", "全年预算数", "全年执行数"), 1234.56)


def _returns(folder: Path) -> Iterator[tuple[str, bytes]]:
    seed, demo = folder / "有错.xlsx", folder / "示例.xlsx"
    seed.write_bytes(filled_example(SEED))
    (folder / "佐证").mkdir(exist_ok=True)
    yield "移表.xlsx", move(EXAMPLES.parent / "tests/cases/old_form.xlsx").data
    yield "过录.xlsx", carried_workbook(carry_over(demo))
    yield "对比.xlsx", compared_workbook(compare(seed, demo))
    yield "台账.xlsx", ledger_workbook(evidence(demo, folder / "佐证"), folder / "台账.xlsx")


def _batch(result: BatchResult, output: Path) -> Iterator[tuple[str, bytes]]:
    write_round(result, output, "2024年7月10日")
    for name in ("汇总表.xlsx", "通报.docx"):
        yield name, (output / name).read_bytes()
    letter = next(iter(sorted(output.rglob("退回意见.docx"))))
    yield letter.name, letter.read_bytes()
