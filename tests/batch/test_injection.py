"""What staff type is text (表格注入): no formula, no link, no field code in any output, filed, public or 汇总."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
from batch_folder import ran
from samples import DEMO, example

from toolkit.core.dictionary import Kind
from toolkit.pack.finding import default_pack
from toolkit.publishing.workbooks.fill import fill_workbook
from toolkit.unit.exchange import unit_from_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TYPED = (
    *("=1+1", "+1+1", "-1+cmd|x", "@SUM(1)", '=HYPERLINK("http://evil.example","x")', "\t=1+1", "{{ 7*7 }}", "<a>&"),
    *(
        "javascript:alert(1)",
        "http://evil.example/x",
        "</w:t><w:instrText>DDEAUTO c:\\x</w:instrText>",
        "{{ ''.__class__ }}",
    ),
)


def typed_everywhere(turn: int) -> dict[str, Any]:
    """The demo unit, every text of it one of `TYPED`."""
    data, pack, count = example(DEMO), default_pack(), iter(range(turn, 10_000))

    def value(name: str, found: Any) -> Any:  # noqa: ANN401 - JSON
        datum = pack.dictionary.datum(name)
        texts = datum is not None and datum.kind in {Kind.TEXT, Kind.LONG, Kind.MIXED} and not datum.computed
        return f"{TYPED[(number := next(count)) % len(TYPED)]}{number}" if texts else found

    for part in (data, *data["project_forms"]):
        part["fields"] = {n: value(n, v) for n, v in part["fields"].items()}
        for table, rows in part.get("tables", {}).items():
            part["tables"][table] = [{c: value(f"{table}_{c}", v) for c, v in row.items()} for row in rows]
    data["fields"]["封面_单位代码"] = f"=9{turn}"
    return data


def test_text_stays_text(tmp_path: Path) -> None:
    folder, out, pack = tmp_path / "收件", tmp_path / "结果", default_pack()
    folder.mkdir()
    for turn in range(2):
        book = fill_workbook(unit_from_json(typed_everywhere(turn), pack), pack)
        (folder / f"={turn}.xlsx").write_bytes(book)
    ran(folder, out, public=True)
    blank = fill_workbook(unit_from_json({"fields": {}, "pack": pack.id}, pack), pack)
    own = {c for _, c in formulas(blank)}
    files = [p for p in out.rglob("*") if p.suffix in {".xlsx", ".docx"}]
    assert len(files) >= 8
    for path in files:
        if path.suffix == ".docx":
            assert fields(path.read_bytes()) <= {"PAGE", "NUMPAGES", "SECTIONPAGES"}
        else:
            found = [f for _, f in formulas(path.read_bytes()) if f not in own]
            assert not [
                f
                for f in found
                if re.search(r"evil|cmd|javascript|DDE|SUM\(1\)\d", f.partition("#")[2] or f) and "审核反馈" not in f
            ]
        assert not external(path.read_bytes())


def formulas(data: bytes) -> Iterator[tuple[str, str]]:
    for sheet in openpyxl.load_workbook(io.BytesIO(data)):
        yield from ((c.coordinate, str(c.value)) for row in sheet.iter_rows() for c in row if c.data_type == "f")


def fields(data: bytes) -> set[str]:
    """The field codes of a document."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        texts = [archive.read(n).decode() for n in archive.namelist() if n.endswith(".xml")]
    return {w.split()[0] for t in texts for w in re.findall(r'(?:instrText[^>]*>|instr=")\s*([^<"]+)', t)} - {"TOC"}


def external(data: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        rels = [archive.read(n).decode() for n in archive.namelist() if n.endswith(".rels")]
    return [
        t
        for r in rels
        for t in re.findall(r'Target="([^"]*)"[^>]*TargetMode="External"', r)
        if re.search("http|javascript|:", t)
    ]
