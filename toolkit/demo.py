"""jixiao demo (示例): the examples end to end, and what to open."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from toolkit.console import show_check, show_files, show_message
from toolkit.exchange import parse_json, unit_from_json
from toolkit.fill import fill_workbook
from toolkit.outputs import write_file
from toolkit.pack import find_pack
from toolkit.pipeline import run_unit


def examples_home() -> Path:
    """The examples: inside an installed wheel, or beside the source."""
    inside = Path(str(files("toolkit"))) / "examples"
    return inside if inside.is_dir() else Path(str(files("toolkit"))).parent / "examples"


def run_demo(output: Path) -> None:
    """Fill, check and publish every example into `output`."""
    to_open: list[Path] = []
    for source in sorted(examples_home().glob("*/data.json")):
        data = parse_json(source.read_text("utf-8"))
        pack = find_pack(str(data["pack"]))
        filled = output / source.parent.name / "填报表.xlsx"
        write_file(filled, fill_workbook(unit_from_json(data, pack), pack))
        published = run_unit(filled, output / source.parent.name)
        show_check(published.checked)
        to_open += [filled, *(p for p in published.files if p.suffix != ".json")]
        show_message("")
    show_files("请打开看看：", to_open)
    show_message(f'批量与汇总的示例：jixiao batch "{examples_home() / "batch"}" -o "{output / "批量"}"')
