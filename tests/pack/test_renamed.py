"""The program knows no name: a pack under names made up at random gives the very same results."""

from __future__ import annotations

import io
import json
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from docx import Document
from renaming import Renaming, plain_result, renamed_pack, renaming_of

from toolkit import api
from toolkit.engines.xlsx import open_file
from toolkit.pack.finding import find_pack
from toolkit.pipeline import make_files

if TYPE_CHECKING:
    from toolkit.pack.pack import Pack
    from toolkit.pipeline import Checked

EXAMPLES = Path(__file__).parents[2] / "examples"
FIRST_SEED = 13


@pytest.fixture(scope="module")
def renamed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Pack, Renaming]:
    pack = find_pack("hunan-2023")
    renaming = renaming_of(pack, Random(FIRST_SEED))  # noqa: S311 - no secret
    return renamed_pack(pack, tmp_path_factory.mktemp("改名"), renaming), renaming


def _disturbed(data: Any, random: Random) -> Any:  # noqa: ANN401 - the JSON of a unit
    """The data with some figures changed and some cells emptied, so that many rules have something to say."""
    if isinstance(data, dict):
        return {k: v if k == "kind" else _disturbed(v, random) for k, v in data.items() if random.random() > 0.03}
    if isinstance(data, list):
        return [_disturbed(v, random) for v in data]
    changed = isinstance(data, (int, float)) and not isinstance(data, bool) and random.random() < 0.1
    return round(data * 1.37, 2) if changed else data


def _checked(data: dict[str, Any], pack: Pack, file: Path) -> Checked:
    file.write_bytes(api.fill(data, pack))
    return api.check(file, pack)


CASES = [(name, seed) for name in ("demo-unit", "yiyang-sfj-2023") for seed in (0, 1)]


@pytest.mark.parametrize(("name", "seed"), CASES, ids=str)
def test_results_are_the_same_under_other_names(
    name: str, seed: int, renamed: tuple[Pack, Renaming], tmp_path: Path
) -> None:
    own, (pack, renaming) = find_pack("hunan-2023"), renamed
    data = api.export(EXAMPLES / name / "填报表.xlsx")
    data = _disturbed(data, Random(seed)) | {"pack": own.id} if seed else data  # noqa: S311 - no secret
    first = _checked(data, own, tmp_path / "原名.xlsx")
    second = _checked(renaming.data(data), pack, tmp_path / "改名.xlsx")
    one, other = make_files(first), make_files(second)
    told = [json.loads(files["result.json"]) for files in (one, other)]
    assert plain_result(told[1], renaming) == plain_result(told[0], None)
    assert renaming.back(_text(other["自评报告.docx"])) == _text(one["自评报告.docx"])
    assert renaming.back(_cells(other["自评报表.xlsx"], tmp_path)) == _cells(one["自评报表.xlsx"], tmp_path)


def _text(data: bytes) -> str:
    body = Document(io.BytesIO(data)).element.body
    return "\n".join(t.text or "" for t in body.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t"))


def _cells(data: bytes, folder: Path) -> str:
    file = folder / "表.xlsx"
    file.write_bytes(data)
    source = open_file(file)
    return "\n".join(
        f"{s} {r} {c} {v}" for s in source.sheet_names for r, row in source.values(s).items() for c, v in row.items()
    )
