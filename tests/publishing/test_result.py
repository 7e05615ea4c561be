"""result.json, check --json and explain --json follow the schema that is shipped; each run gives the same bytes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from samples import DEMO, EXAMPLES, SEED, check_data, example

from toolkit.pack.pack import RESULT_NAME
from toolkit.pipeline import document_template, make_files
from toolkit.publishing.public import public_files
from toolkit.publishing.trace.trees import explain, explain_json
from toolkit.unit.exchange import parse_json

if TYPE_CHECKING:
    from toolkit.pipeline import Checked

CASES = sorted((Path(__file__).parents[1] / "cases").glob("*.json"))


@cache
def validator() -> Draft202012Validator:
    schema = json.loads(files("toolkit").joinpath("publishing/schemas/jixiao-1.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@cache
def checked(name: str) -> Checked:
    return check_data(example(name) if name in {DEMO, SEED} else parse_json(Path(name).read_text("utf-8"))["data"])


def faults(found: object) -> list[str]:
    # Through text, as a program that reads it gets it.
    return [f"{e.json_path}: {e.message[:200]}" for e in validator().iter_errors(json.loads(json.dumps(found)))]


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
