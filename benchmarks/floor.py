"""The floor (下限): what no pipeline can do without: inflate the input, deflate the parts that change, write.

`python benchmarks/floor.py UNITS MADE OUT` takes the finished files of a product run in MADE. A part counts as changed
when it differs from the template's, or for 审核反馈 from the input's. It is deflated twice over, as the product does it
and by zlib at its usual level; what is deflated is at hand, collecting it is not measured.
"""

from __future__ import annotations

import io
import json
import sys
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from stopwatch import Stopwatch

from toolkit.engines.xlsx.package import open_package
from toolkit.engines.xlsx.zip import packed
from toolkit.pack.finding import find_pack
from toolkit.pack.pack import DOCUMENT_NAME, REPORT_NAME

if TYPE_CHECKING:
    from collections.abc import Callable

FEEDBACK_NAME = "审核反馈.xlsx"
USUAL = 6
Made = dict[str, list[bytes]]


def parts_of(data: bytes) -> dict[str, bytes]:
    """Every part of a zip, inflated."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def changed_parts(folder: Path, data: bytes) -> Made:
    """File name → contents that are this unit's own."""
    pack = find_pack("hunan-2023").folder
    before = {
        REPORT_NAME: parts_of((pack / REPORT_NAME).read_bytes()),
        DOCUMENT_NAME: parts_of((pack / DOCUMENT_NAME).read_bytes()),
        FEEDBACK_NAME: parts_of(data),
    }
    found: Made = {}
    for name, known in before.items():
        made = parts_of((folder / name).read_bytes())
        # Lists of sheets and names change with the number of project forms only, so a process has them at hand.
        fixed = (
            {"xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"} if name == REPORT_NAME else set()
        )
        found[name] = [content for part, content in made.items() if known.get(part) != content and part not in fixed]
    return found


def own(content: bytes) -> bytes:
    """A part deflated as the product does it."""
    return packed("", content).data


def usual(content: bytes) -> bytes:
    """A part deflated as most programs do it."""
    return zlib.compress(content, USUAL, -15)


def one(path: Path, made: Made, told: bytes, out: Path, deflate: Callable[[bytes], bytes]) -> None:
    """Inflate, deflate, write."""
    parts_of(path.read_bytes())
    for name, contents in made.items():
        (out / name).write_bytes(b"".join(map(deflate, contents)))
    (out / "result.json").write_bytes(told)


def main(units: Path, made: Path, out: Path) -> None:
    """Every workbook of a folder."""
    out.mkdir(parents=True, exist_ok=True)
    folders = {json.loads(f.read_text("utf-8"))["file"]: f.parent for f in made.glob("*/result.json")}
    watch = Stopwatch()
    for path in sorted(units.glob("*.xlsx")):
        folder, data = folders[path.name], path.read_bytes()
        open_package(data)
        contents, told = changed_parts(folder, data), (folder / "result.json").read_bytes()
        for name, deflate in (("ISA-L", own), (f"zlib {USUAL}", usual)):
            watch.start()
            one(path, contents, told, out, deflate)
            watch.mark(name)
    sys.stdout.write(watch.to_json())


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
