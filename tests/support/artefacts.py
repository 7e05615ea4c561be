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

LONG_NAME = "示例县城乡居民社会养老保险服务中心（示例）"


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
    """A filled form of every pack that draws its own."""
    for path in sorted(EXAMPLES.glob("**/填报表.xlsx")):
        if _own(path) or path.parent.name == DEMO:
            yield f"{path.parent.name}填报表.xlsx", path.read_bytes()


def _reports(folder: Path) -> Iterator[tuple[str, bytes]]:
    """What a run makes: of a sound unit and a faulty one, a long name, few and many indicators, the other packs."""
    sound, long_name = folder / "示例.xlsx", example(DEMO)
    sound.write_bytes(filled_example(DEMO))
    run = run_unit(sound, folder / "单户", wanted=Wanted(review="figures", public=True, html=True))
    for path in run.files:
        yield _named("示例", path), path.read_bytes()
    yield "目录自评报告.docx", for_printer(with_contents((run.folder / "自评报告.docx").read_bytes()))
    for path in sorted(run.folder.glob("公开/*.*")):
        yield _named("公开", path), path.read_bytes()
    long_name["fields"]["封面_单位名称"] = LONG_NAME
    long_name["tables"]["指标"] = many(long_name["tables"]["指标"])
    made = {"有错": check_data(example(SEED)), "长": check_data(long_name)}
    made |= {p.parent.name: check_unit(p) for p in sorted(EXAMPLES.glob("packs/*/填报表.xlsx")) if _own(p)}
    for name, checked in made.items():
        kept = {"自评报表.xlsx", "自评报告.docx"} | ({"审核反馈.xlsx"} if name == "有错" else set())
        yield from ((f"{name}{file}", data) for file, data in make_files(checked).items() if file in kept)


def _own(path: Path) -> bool:
    """Packs with forms of their own; the others print those of the pack they follow."""
    return any((pack.folder / "forms.toml").exists() for pack in list_packs() if pack.id == path.parent.name)


def _named(kind: str, path: Path) -> str:
    return f"{kind}{path.name}"


def many(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Two of each indicator: a form longer than a page."""
    return [row | {"三级指标": f"{row['三级指标']}（{n}）"} for row in rows for n in ("一", "二")]


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
