"""公开版: no byte of what is withheld in any public file; refused editions; totals that stay true (D76, D78)."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from batch_folder import ran
from byte_search import amount_words, hits
from click.testing import CliRunner
from referee import needs_office, recalculate
from rule_cases import changed_data, place_of
from samples import DEMO, EXAMPLES, SEED, check_data, example
from withheld_unit import AMOUNTS, CLERK, CODE, MARKED, NAME, PHONE

from toolkit.core.errors import PackError
from toolkit.doors.cli.app import cli
from toolkit.engines.xlsx.reading.source import FileSource
from toolkit.pack.finding import default_pack
from toolkit.pipeline import Wanted, document_template, run_unit
from toolkit.publishing.public import public_files
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import unit_from_json
from toolkit.unit.figures import compute

if TYPE_CHECKING:
    from pathlib import Path

    from toolkit.pipeline import Published

INTERNAL = ("抽查记录丙册", "主动核减说明")  # 佐证材料 and an explanation


def marked() -> dict[str, Any]:
    """The demo unit with findable secrets."""
    data = changed_data(MARKED)
    data["tables"]["指标"][0]["佐证材料"] = INTERNAL[0]
    data["explanations"] = {"A11": INTERNAL[1]}
    return data


def published(folder: Path, data: dict[str, Any], *, hostile: bool = False) -> Published:
    """Fill, perhaps put traces into the package itself, and run."""
    book = fill_workbook(unit_from_json(data, default_pack()), default_pack())
    path = folder / "填报表 最终.xlsx"
    path.write_bytes(_with_traces(book) if hostile else book)
    return run_unit(path, folder / "输 出", wanted=Wanted(public=True))


_VALUES = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"


def _with_traces(book: bytes) -> bytes:
    """The secret as a defined name, a comment, a title, a property, custom XML; a sheet's name, footer, stray cell."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as source, zipfile.ZipFile(target, "w") as made:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/workbook.xml":
                trace = f'<definedName name="{NAME}" hidden="1">44.59</definedName></definedNames>'
                data = data.replace(b"</definedNames>", trace.encode())
            if name == "docProps/custom.xml":
                kind = 'fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="99"'
                value = f'<vt:lpwstr xmlns:vt="{_VALUES}">44.59</vt:lpwstr>'
                own = f'<property {kind} name="{NAME}">{value}</property></Properties>'
                data = data.replace(b"</Properties>", own.encode())
            if name == "docProps/core.xml":
                data = re.sub(rb"<dc:creator>[^<]*", f"<dc:creator>{CLERK} {NAME}".encode(), data)
            if name == "xl/workbook.xml":
                data = data.replace('name="项目自评表 (3)"'.encode(), f'name="{NAME}"'.encode())
                data = data.replace("'项目自评表 (3)'!".encode(), f"'{NAME}'!".encode())
            if name == "xl/worksheets/sheet2.xml":
                stray = f'<row r="900"><c r="Z900" t="inlineStr"><is><t>{NAME} 44.59</t></is></c></row></sheetData>'
                data = data.replace(b"</sheetData>", stray.encode())
                data = re.sub(rb"<oddFooter>[^<]*", f"<oddFooter>&amp;C{NAME} 44.59".encode(), data)
            made.writestr(name, data)
        made.writestr("customXml/item1.xml", f"<a>{NAME} 44.59 {CODE}</a>")
        made.writestr("xl/comments9.xml", f"<comments><text>{NAME} 44.59 {PHONE}</text></comments>")
    return target.getvalue()


SECRETS = {NAME, CODE, PHONE, CLERK, *INTERNAL, "安全保障成本", "主要用于数据安全检查、应急演练和漏洞整改"}
WORDS = SECRETS | {w for a in AMOUNTS for w in amount_words(a)}


@pytest.mark.parametrize("hostile", [False, True])
def test_no_byte_of_a_secret(tmp_path: Path, hostile: bool) -> None:  # noqa: FBT001
    """D78: unzipped, every part, every encoding; the filed edition shows that the search can find them."""
    done = published(tmp_path, marked(), hostile=hostile)
    assert done.public is not None
    assert [f.message for f in done.public.refused] == []
    assert {p.name for p in done.public.files} == {"自评报表.xlsx", "自评报告.docx", "result.json"}
    assert hits(done.public.files, WORDS) == set()
    assert [w for w in WORDS if w in "".join(str(p) for p in done.public.folder.rglob("*"))] == []
    told = {hit.partition(" @ ")[0] for hit in hits(done.files, WORDS)}
    assert told >= SECRETS - {INTERNAL[1]} | {"44.59", "46.93", "41.37", "76.42"}


PLACES = [
    ("项目[0].用途", f"与{NAME}统筹使用"),
    ("项目[3].名称", f"数字化服务（含{NAME}）"),
    ("文字_其他说明", f"{NAME}按规定不公开"),
    ("文字_存在问题", "其中一项支出４４．５９万元"),
    ("表单0.自评_完成情况", "另列支445,900元"),
    ("目标[0].实际完成情况", f"咨询{PHONE}"),
    ("机构_说明", f"详见{CODE}"),
    ("指标[3].偏差原因", "同类项目76.42万元"),
    ("内设机构[5].名称", "13987654321"),
]


@pytest.mark.parametrize(("where", "text"), PLACES)
def test_staff_text_is_told_never_altered(tmp_path: Path, where: str, text: str) -> None:
    """A secret in a sentence stops the public edition at its cell; the filed one is written, word for word."""
    done = published(tmp_path, changed_data(f"{MARKED}; {where}={text}"))
    assert done.public is not None
    assert done.public.files == ()
    assert not (done.public.folder / "自评报告.docx").exists()
    assert all(f.rule in {"D76", "D78"} for f in done.public.refused)
    assert place_of(done.checked.unit, where) in {cell for f in done.public.refused for cell in f.cells}
    assert done.checked.result.verdict == "error"
    assert all(p.is_file() for p in done.files)


def test_totals_stay_true_and_internal_sheets_stay_out(tmp_path: Path) -> None:
    done = published(tmp_path, marked())
    assert done.public is not None
    told = json.loads((done.public.folder / "result.json").read_text("utf-8"))
    figures = json.loads((done.folder / "result.json").read_text("utf-8"))["figures"]
    filed = {f["name"]: f["value"] for f in figures if f["value"] is not None}  # texts have none
    numbers = {n: v for n, v in told["fields"].items() if re.fullmatch(r"-?\d+(\.\d+)?", v) and n in filed}
    assert len(numbers) > 80
    assert {n: Decimal(v) for n, v in numbers.items()} == {n: Decimal(filed[n]) for n in numbers}
    assert [(r["名称"], r["全年执行数"]) for r in told["tables"]["项目"]] == [
        ("政务数据共享平台运行维护", "116.3"),
        ("数字化服务能力提升专项", "68.25"),
        ("其他项目", "121.01"),
    ]
    assert sum(Decimal(r["全年执行数"]) for r in told["tables"]["项目"]) == Decimal(
        told["fields"]["整体_支出_项目支出"]
    )
    assert [f["fields"]["自评_项目编码"] for f in told["project_forms"]] == ["999001-01", "999001-04"]
    sheets = list(FileSource((done.public.folder / "自评报表.xlsx").read_bytes()).sheet_names)
    assert not {"审核结果", "未检查事项", "溯源"} & set(sheets)
    assert "项目支出明细表" in sheets


def test_the_report_explains_the_gap(tmp_path: Path) -> None:
    done = published(tmp_path, marked())
    assert done.public is not None
    text = document_text(done.public.folder / "自评报告.docx")
    assert "保密审查情况：已审查" in text
    assert "部门主要负责人审签情况：已审签" in text
    assert "单独列示项目2个，其余合并列示" in text
    assert "其他项目：支出121.01万元" in text
    assert text.count("涉密等事项按规定不公开，其金额已计入合计数") >= 3
    assert "填表人" not in text
    assert "联系电话" not in text


def document_text(path: Path) -> str:
    """The running text of a Word file."""
    with zipfile.ZipFile(path) as archive:
        return re.sub(r"<[^>]+>", "", archive.read("word/document.xml").decode())


def test_a_blank_amount_is_not_made_up(tmp_path: Path) -> None:
    """The seed, merged as proposed: the line shows no sum, for one part of it was never filled in."""
    data = example(SEED)
    data["fields"] |= {"封面_保密审查": "是", "封面_负责人审签": "是"}
    data["tables"]["项目"][2]["公开方式"] = "合并为其他项目"
    done = published(tmp_path, data)
    assert done.public is not None
    assert done.public.refused == ()
    told = json.loads((done.public.folder / "result.json").read_text("utf-8"))
    assert told["tables"]["项目"][-1] == {"名称": "其他项目", "全年执行数": "不公开"}
    text = document_text(done.public.folder / "自评报告.docx")
    assert "其他项目，金额按规定不公开。" in text
    assert "—万元" not in text
    assert not re.search(r"263\.2|293\.2|法律援助经费", text)


ONLY_SECRET = {
    "整体_支出_项目支出": 45,
    "整体_支出_基本支出": 837.8,
    "支出_工资福利": 713.33,
    "支出_人员经费": 754.61,
    "基础_基本支出预算调整_本年决算数": 47.6,
    "公开_另外不公开的数": "项目支出、业务工作经费、基本支出、工资福利、人员经费",
} | {
    f"基础_{row}_{column}": value
    for row, values in {"业务工作经费": (40, 45, 45), "运行维护经费": (0, 0, 0), "省级专项资金": (0, 0, 0)}.items()
    for column, value in zip(("上年决算数", "本年预算数", "本年决算数"), values, strict=True)
}


def test_a_finding_at_a_withheld_cell_is_marked(tmp_path: Path) -> None:
    """result.json says of each finding whether it may be repeated, also where the sentence names nothing withheld."""
    data = marked()
    data["tables"]["项目"][2]["上年决算数"] = -41
    data["tables"]["项目"][0]["上年决算数"] = -5
    told = json.loads(published(tmp_path, data).result)["findings"]
    negative = {f["cells"][0]: f["withheld"] for f in told if f["rule"] == "A22"}
    rows = sorted(negative, key=lambda cell: int(re.sub(r"\D", "", cell.rpartition("!")[2])))
    assert [negative[row] for row in rows] == [False, True]
    assert all(NAME not in f["message"] for f in told if f["rule"] == "A22")


@needs_office
def test_further_figures_are_withheld(tmp_path: Path) -> None:
    """Cells say 不公开, sentences leave them out, and Excel recalculates no total over withheld parts."""
    data = example(DEMO)
    data["tables"]["项目"] = [data["tables"]["项目"][2]]
    data["project_forms"] = [data["project_forms"][2]]
    data["fields"] |= ONLY_SECRET
    data["tables"]["指标"][8] |= {"实际完成值": 300}
    done = published(tmp_path, data)
    assert done.public is not None
    assert [f.message for f in done.public.refused] == []
    told = json.loads((done.public.folder / "result.json").read_text("utf-8"))["fields"]
    assert told["整体_支出_合计"] == "882.8"
    assert not {"整体_支出_项目支出", "整体_支出_基本支出", "支出_工资福利", "基础_项目支出_上年决算数"} & told.keys()
    (tmp_path / "算").mkdir()
    book = recalculate(done.public.folder / "自评报表.xlsx", tmp_path / "算")
    cells = named_cells(book.read_bytes())
    assert cells["整体_支出_合计"] == Decimal("882.8")
    assert cells["整体_支出_项目支出"] == cells["基础_项目支出_本年决算数"] == "不公开"
    text = document_text(done.public.folder / "自评报告.docx")
    assert "项目支出总额按规定不公开" in text
    assert "—万元" not in text
    assert "837.8" not in text


def named_cells(data: bytes) -> dict[str, object]:
    """The values under the defined names of a workbook."""
    source = FileSource(data)
    return {
        n: source.values(a.sheet).get(a.top, {}).get(a.left) for n, a in source.names[0].items() if a.top == a.bottom
    }


def test_the_command(tmp_path: Path) -> None:
    """`run --public`: exit code 1 and a clear word when refused, an earlier edition is taken away, same bytes twice."""
    good, bad, out = tmp_path / "好 的.xlsx", tmp_path / "坏的.xlsx", tmp_path / "输出"
    good.write_bytes(fill_workbook(unit_from_json(example(DEMO), default_pack()), default_pack()))
    unsigned = changed_data("封面_保密审查=否")
    bad.write_bytes(fill_workbook(unit_from_json(unsigned, default_pack()), default_pack()))
    first = CliRunner().invoke(cli, ["run", str(good), "-o", str(out), "--public"], standalone_mode=False)
    assert first.return_value == 0
    assert "公开版已生成" in first.stderr
    place = next(out.glob("*/公开"))
    before = {p.name: p.read_bytes() for p in place.iterdir()}
    CliRunner().invoke(cli, ["run", str(good), "-o", str(out), "--public"], standalone_mode=False)
    assert {p.name: p.read_bytes() for p in place.iterdir()} == before
    second = CliRunner().invoke(cli, ["run", str(bad), "-o", str(out), "--public"], standalone_mode=False)
    assert second.return_value == 1
    assert "公开版没有生成" in second.stderr
    assert "保密审查填的是“否”，应为“是”" in second.stderr
    assert list(place.iterdir()) == []
    assert (place.parent / "自评报告.docx").is_file()
    third = CliRunner().invoke(cli, ["run", str(bad), "-o", str(out)], standalone_mode=False)
    assert third.return_value == 0


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_figures_that_are_not_yet_right_are_told_aloud(tmp_path: Path, more: tuple[str, ...]) -> None:
    """A public edition of a return with 错误 is made, and said to be not yet fit to publish, also beside JSON."""
    bad, out = tmp_path / "有错.xlsx", tmp_path / "输出"
    bad.write_bytes(fill_workbook(unit_from_json(changed_data("支出_工资福利=1"), default_pack()), default_pack()))
    made = CliRunner().invoke(cli, ["run", str(bad), "-o", str(out), "--public", *more], standalone_mode=False)
    assert made.return_value == 1
    assert (next(out.glob("*/公开")) / "自评报告.docx").is_file()
    assert "公开版里的数还不对，改好重新生成之前不要公布！" in made.stderr
    if more:
        assert json.loads(made.stdout)["verdict"] == "error"


def test_a_batch(tmp_path: Path) -> None:
    """`batch --public`: each unit its own public edition, the refused one with its reason."""
    folder, out = tmp_path / "收 件", tmp_path / "结果"
    folder.mkdir()
    for name, change in (("甲", "封面_单位代码=1"), ("乙", "封面_单位代码=2; 封面_负责人审签=否")):
        unit = unit_from_json(changed_data(change), default_pack())
        (folder / f"{name}.xlsx").write_bytes(fill_workbook(unit, default_pack()))
    ran(folder, out)
    assert list(out.glob("*/公开")) == []
    result, _ = ran(folder, out, public=True)
    assert sorted(p.parent.parent.name[:2] for p in out.glob("*/公开/自评报告.docx")) == ["1_"]
    rules = {e.record.file: e.record.rules for e in result.batch.entries if e.record}
    assert rules == {"甲.xlsx": (), "乙.xlsx": ("D78",)}


def test_more_rows_than_the_public_workbook_prints() -> None:
    """T07: nothing is dropped in silence."""
    checked = check_data(example(DEMO), public=True)
    rows = checked.unit.book.rows("目标") * 10
    book = replace(checked.unit.book, tables={**checked.unit.book.tables, "目标": rows})
    unit = replace(checked.unit, book=book)
    longer = replace(checked, unit=unit, figures=compute(unit, checked.pack))
    made, refused = public_files(longer, document_template(checked.pack))
    assert made == {}
    assert [f.rule for f in refused] == ["T07"]


def test_a_form_that_is_not_published_leaves_what_stands_there(tmp_path: Path) -> None:
    """A pack that does not say what is public refuses before anything is touched; nor is a new folder left empty."""
    book = EXAMPLES / "packs" / "yunnan-2023" / "填报表.xlsx"
    done = run_unit(book, tmp_path / "出").folder
    before = {path.name: path.read_bytes() for path in done.iterdir()}
    for out in ("出", "新"):
        with pytest.raises(PackError, match="disclosure"):
            run_unit(book, tmp_path / out, wanted=Wanted(public=True))
    assert {path.name: path.read_bytes() for path in done.iterdir()} == before
    assert not (tmp_path / "新").exists()
