"""result.json, check --json and explain --json follow the schema that is shipped; each run gives the same bytes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import DEMO, EXAMPLES, SEED, check_bytes, check_data, example
from schemas import Schema, schema

from toolkit.api import fill
from toolkit.authoring.build import build_pack
from toolkit.authoring.keeping.made_up import made_up
from toolkit.pack import RULE_ID, find_pack, list_packs
from toolkit.pack.pack import RESULT_NAME
from toolkit.pipeline import Wanted, check_unit, document_template, make_files
from toolkit.publishing.document.edits import Edit
from toolkit.publishing.public import public_files
from toolkit.publishing.schemas import PUBLISHED, published_schema
from toolkit.publishing.trace.trees import explain, explain_json
from toolkit.unit.exchange import parse_json

if TYPE_CHECKING:
    from toolkit.pack import Pack
    from toolkit.pipeline import Checked

CASES = sorted((Path(__file__).parents[1] / "cases").glob("*.json"))


@cache
def checked(name: str) -> Checked:
    return check_data(example(name) if name in {DEMO, SEED} else parse_json(Path(name).read_text("utf-8"))["data"])


def faults(found: object) -> list[str]:
    return schema("jixiao-1.json").faults(found)


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_is_published_says_what_the_writers_are_checked_against(name: str) -> None:
    """`python -m toolkit.publishing.schemas` writes it anew."""
    assert schema(name).text == published_schema(name)


@pytest.mark.parametrize("name", [DEMO, SEED, *map(str, CASES)], ids=lambda n: Path(n).stem)
def test_outputs_follow_the_schema(name: str) -> None:
    unit = checked(name)
    assert faults(unit.to_json()) == []
    result = json.loads(make_files(unit)[RESULT_NAME])
    assert faults(result) == []
    assert result["figures"]
    for asked in ("总分", "A13", "A04", "整体_支出_合计"):
        assert faults(explain_json(unit, asked, explain(unit, asked))) == []


def test_the_public_edition_follows_it_too() -> None:
    unit = check_data(example(DEMO), public=True)
    made, refused = public_files(unit, document_template(unit.pack))
    assert refused == ()
    found = json.loads(made[RESULT_NAME])
    assert faults(found) == []
    assert faults({**found, "fields": {**found["fields"], "整体_总分": None}}) != []


@pytest.mark.parametrize("pack", list_packs(), ids=lambda pack: pack.id)
def test_what_every_pack_gives_follows_it(pack: Pack) -> None:
    """Its filled example, a unit with gaps and a blank one: whatever its rules are called and its forms have."""
    own = EXAMPLES / "packs" / pack.id
    units = [check_unit((own if own.is_dir() else EXAMPLES / DEMO) / "填报表.xlsx")]
    units += [check_bytes(fill(made_up(pack, 1, holes), pack), pack) for holes in (0.3, 1)]
    for unit in units:
        assert faults(unit.to_json()) == []
        made = make_files(unit)
        assert faults(json.loads(made[RESULT_NAME])) == []
    if pack.has_public:
        made, _ = public_files(units[0], document_template(pack))
        assert faults(json.loads(made.get(RESULT_NAME, b'{"schema": "jixiao.check/1", "file": "", "error": ""}'))) == []


@given(st.from_regex(re.compile(RULE_ID.pattern, re.ASCII), fullmatch=True))
def test_a_rule_may_be_called_what_a_pack_may_call_it(rule: str) -> None:
    """The schema took X01 and refused YN101, which pack check takes."""
    found = {"rule": rule, "reason": "没有填"}
    told = checked(SEED).to_json() | {"not_checked": [found], "passed": [rule], "missing": [], "project_scores": []}
    told["findings"] = [
        {**one, "rule": rule, "message": f"不符。[{rule}]"} for one in checked(SEED).to_json()["findings"][:1]
    ]
    assert faults(told) == []


def test_all_that_it_describes_is_written_by_something(tmp_path: Path) -> None:
    """The other way round: no key stands in the schema that no result has any more."""
    own, wrong, kinds = Schema("jixiao-1.json"), checked(SEED), of_several_kinds(tmp_path / "政策")
    made, refused = public_files(kinds, document_template(kinds.pack))
    assert refused == ()
    told = [
        {"schema": "jixiao.check/1", "file": "坏.xlsx", "error": "文件是空的"},
        wrong.to_json() | {"edits": [Edit("没有带过来", "一", "二", "这一段没有了").to_json()]},
        kinds.to_json(),
        explain_json(wrong, "总分", explain(wrong, "总分")),
        json.loads(made[RESULT_NAME]),
        *(json.loads(make_files(unit, wanted=Wanted(edits="know"))[RESULT_NAME]) for unit in (wrong, kinds)),
    ]
    assert [own.faults(one) for one in told] == [[]] * len(told)
    assert own.never_written == []


def of_several_kinds(folder: Path) -> Checked:
    """The demo unit with a policy beside its projects, in another unit of money, and an office's own rules."""
    folder.mkdir()
    for name in ("pack.toml", "forms.toml"):
        shutil.copyfile(CASES[0].parent / f"form_kinds_{name}", folder / name)
    pack = find_pack(str(folder))
    build_pack(pack, document=True)
    book = openpyxl.Workbook()
    for row in (["适用规则包", pack.id], ["编号", "做法"], ["A11", "停用"]):
        book.worksheets[0].append(row)
    book.save(folder / "规则增补.xlsx")
    data = example(DEMO) | {"pack": pack.id}
    fields = {"政策_编码": "ZC1", "政策_名称": "稳岗补贴", "政策_安排金额": 2000000, "政策_兑现金额": 1500000}
    data["project_forms"] = [*data["project_forms"], {"kind": "政策", "fields": fields}]
    data["tables"]["政策清单"] = [{"编码": "ZC1", "名称": "稳岗补贴", "安排数": 200, "兑现数": 150}]
    return check_bytes(fill(data, pack), find_pack(str(folder)), public=True)


def changed(path: str, value: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    found: dict[str, Any] = json.loads(make_files(checked(SEED))[RESULT_NAME])
    place: Any = found
    *way, last = path.split("/")
    for step in way:
        place = place[int(step) if step.isdigit() else step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return found


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("verdict", "bad"),
        ("input_sha256", "abc"),
        ("figures/0/source", {"kind": "typed"}),
        ("figures/0/source/kind", "guessed"),
        ("figures/0/value", 3),
        ("findings/0/left", "1E+3"),
        ("findings/0/message", "没有编号"),
        ("findings/0/cells", ["第三行"]),
        ("findings/0/extra", "x"),
        ("extra", "x"),
        ("figures", None),
        ("score/total", 95.5),
        ("schema", "jixiao.result/2"),
    ],
)
def test_the_schema_refuses(path: str, value: object) -> None:
    """A schema that took everything would prove nothing."""
    assert faults(changed(path, value)) != []


def test_an_unreadable_file_among_several() -> None:
    found = {"schema": "jixiao.check/1", "file": "坏.xlsx", "error": "文件是空的"}
    assert faults(found) == []
    assert faults({**found, "verdict": "clean"}) != []


@pytest.mark.slow
@pytest.mark.parametrize("name", [DEMO, SEED])
def test_every_run_gives_the_same_bytes(tmp_path: Path, name: str) -> None:
    """Other folder, other file time, other hash seed, other day: not one byte differs."""
    outputs = []
    for number, seed in enumerate(("0", "4711")):
        folder = tmp_path / f"第 {number} 次"
        folder.mkdir()
        source = folder / "填报表.xlsx"
        shutil.copyfile(EXAMPLES / name / "填报表.xlsx", source)
        os.utime(source, (10**9 * (number + 1),) * 2)
        given = source if number else source.name
        command = [sys.executable, "-m", "toolkit", "run", str(given), "-o", "结果", "--review"]
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(EXAMPLES.parent)}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
        assert done.returncode == (name == SEED), done.stderr.decode()
        outputs.append({p.name: p.read_bytes() for p in folder.glob("结果/*/*")})
    assert sorted(outputs[0]) == sorted(
        ["result.json", "审核反馈.xlsx", "自评报告.docx", "自评报告_审阅.docx", "自评报表.xlsx"]
    )
    assert outputs[0] == outputs[1]
