"""A Word template as Word, WPS and reviewers leave it: the same words under another spelling print the same report."""

from __future__ import annotations

import io
import zipfile
from copy import deepcopy
from functools import cache
from random import Random
from typing import TYPE_CHECKING

import pytest
from docx import Document
from lxml import etree
from samples import DEMO, check_bytes, filled_example

from toolkit.pack import DOCUMENT_NAME, default_pack
from toolkit.pack.pack import BULLETIN_TEMPLATE, LETTER_TEMPLATE
from toolkit.publishing.document.context import report_of
from toolkit.publishing.document.template import DocumentTemplate, sentences_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import Any

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_ATTRIBUTED = {f"{{{W}}}id": "7", f"{{{W}}}author": "审阅人", f"{{{W}}}date": "2024-05-01T00:00:00Z"}


def _new(name: str, /, **attributes: str) -> etree._Element:
    return etree.Element(f"{{{W}}}{name}", {f"{{{W}}}{k}": v for k, v in attributes.items()})


def _split(run: etree._Element, random: Random) -> None:
    """One run as two, in the middle of a tag or of a word."""
    texts = run.findall(f"{{{W}}}t")
    if len(texts) != 1 or len(texts[0].text or "") < 2:
        return
    text, other = texts[0].text or "", deepcopy(run)
    at = random.randrange(1, len(text))
    second = other.find(f"{{{W}}}t")
    assert second is not None
    texts[0].text, second.text = text[:at], text[at:]
    for one in (texts[0], second):
        one.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    run.addnext(other)


def _marked(run: etree._Element, random: Random) -> None:
    """What programs put between runs: spelling, bookmarks, page breaks of the last print."""
    run.addnext(_new("proofErr", type=random.choice(("spellStart", "gramEnd"))))
    run.addprevious(_new("bookmarkStart", id="9", name="_GoBack"))
    run.addnext(_new("bookmarkEnd", id="9"))
    run.insert(0, _new("lastRenderedPageBreak"))
    first = run.find(f"{{{W}}}rPr")
    if first is not None:
        run.insert(0, first)


def _wrapped(run: etree._Element, random: Random) -> None:
    """An insertion that nobody accepted, a smart tag."""
    around = etree.Element(f"{{{W}}}ins", _ATTRIBUTED) if random.random() < 0.7 else _new("smartTag", element="place")
    run.addprevious(around)
    around.append(run)


def _deleted(run: etree._Element, _random: Random) -> None:
    """A deletion that nobody accepted."""
    gone, old = etree.Element(f"{{{W}}}del", _ATTRIBUTED), _new("r")
    text = _new("delText")
    text.text = "{{ 删去的话"
    old.append(text)
    gone.append(old)
    run.addnext(gone)


def _quoted(run: etree._Element, random: Random) -> None:
    """Quotation marks within a tag as an office program turns them while one types."""
    for text in run.iter(f"{{{W}}}t"):
        if "{" in (text.text or "") and "}" in (text.text or ""):
            pairs = ("“", "”") if random.random() < 0.5 else ("＂", "＂")
            parts = (text.text or "").split('"')
            text.text = "".join(p + (pairs[n % 2] if n < len(parts) - 1 else "") for n, p in enumerate(parts))


HABITS: tuple[Callable[[etree._Element, Random], None], ...] = (_quoted, _split, _split, _marked, _wrapped, _deleted)


def respelled(path: Path, random: Random) -> bytes:
    """The template with every habit on some of its runs."""
    stream = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name in {"word/document.xml", "word/footer1.xml"}:
                root = etree.fromstring(data)
                for habit in HABITS:
                    for run in [r for r in root.iter(f"{{{W}}}r") if random.random() < 0.3]:
                        habit(run, random)
                data = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
            new.writestr(name, data)
    return stream.getvalue()


@cache
def _names() -> Mapping[str, Any]:
    return report_of(check_bytes(filled_example(DEMO))).names


def _printed(path: Path) -> list[str]:
    made = Document(io.BytesIO(DocumentTemplate.load(path, sentences_of(default_pack())).render(_names())))
    texts = [p.text for p in made.paragraphs]
    return texts + [cell.text for table in made.tables for row in table.rows for cell in row.cells]


@pytest.mark.parametrize("seed", range(4))
def test_the_same_words_print_the_same_report(seed: int, tmp_path: Path) -> None:
    path = tmp_path / DOCUMENT_NAME
    path.write_bytes(respelled(default_pack().folder / DOCUMENT_NAME, Random(seed)))  # noqa: S311 - a seed
    assert _printed(path) == _printed(default_pack().folder / DOCUMENT_NAME)


@pytest.mark.parametrize("name", [BULLETIN_TEMPLATE, LETTER_TEMPLATE])
def test_what_a_batch_writes_keeps_its_tags(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(respelled(default_pack().folder / name, Random(1)))  # noqa: S311 - a seed
    assert DocumentTemplate.load(path).names == DocumentTemplate.load(default_pack().folder / name).names
