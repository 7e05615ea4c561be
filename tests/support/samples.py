"""Units for the tests (样例单位): the two examples, and small ones written as text tables."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from toolkit.audit.judge import audit
from toolkit.engines.xlsx.reading.source import FileSource
from toolkit.pack.finding import default_pack
from toolkit.pack.pack import MACRO_NAME, Pack
from toolkit.pipeline import Checked
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import parse_json, unit_from_json
from toolkit.unit.figures import compute
from toolkit.unit.read import read_unit
from toolkit.unit.strays import served

EXAMPLES = Path(__file__).parents[2] / "examples"
SEED, DEMO = "yiyang-sfj-2023", "demo-unit"


def example(name: str) -> dict[str, Any]:
    """The JSON of an example."""
    return parse_json((EXAMPLES / name / "data.json").read_text("utf-8"))


@cache
def filled_example(name: str) -> bytes:
    """The filled workbook of an example."""
    return fill_workbook(unit_from_json(example(name), default_pack()), default_pack())


def check_bytes(data: bytes, pack: Pack | None = None, *, public: bool = False) -> Checked:
    """Read and audit a workbook that is not on disk."""
    chosen = pack or default_pack()
    source = served(FileSource(data), chosen)
    unit = read_unit(source, chosen, "样例.xlsx")
    figures = compute(unit, chosen)
    return Checked(unit, figures, audit(unit, figures, chosen, publishing=public), chosen, source)


def check_data(data: dict[str, Any], *, public: bool = False) -> Checked:
    """Fill JSON into the form, read it back and audit it: the way that a user's file goes."""
    pack = default_pack()
    return check_bytes(fill_workbook(unit_from_json(data, pack), pack), public=public)


@cache
def macro_example(name: str = DEMO) -> bytes:
    """The filled macro workbook of an example."""
    return fill_workbook(unit_from_json(example(name), default_pack()), default_pack(), MACRO_NAME)


def macro_data(changes: dict[str, Any]) -> bytes:
    """The filled macro workbook of the demo unit with some fields changed."""
    data = example(DEMO)
    data["fields"].update(changes)
    return fill_workbook(unit_from_json(data, default_pack()), default_pack(), MACRO_NAME)
