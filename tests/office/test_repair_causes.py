"""The list of repair causes notices what it must (查得出): good files broken in each known way."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest
from excel_like import excel_like
from repair_causes import causes
from samples import DEMO, check_bytes, filled_example, macro_example

from toolkit.engines.xlsx.package import open_package
from toolkit.engines.xlsx.writing.parts import write_parts
from toolkit.engines.xlsx.zip import inflate
from toolkit.pipeline import Wanted, make_files

if TYPE_CHECKING:
    from collections.abc import Callable

Parts = dict[str, bytes]
BOOK, RELS, TYPES = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"


@cache
def _good(kind: str) -> bytes:
    if kind == "word":
        return make_files(check_bytes(filled_example(DEMO)), wanted=Wanted(review="all"))["自评报告_审阅.docx"]
    return {
        "plain": filled_example(DEMO),
        "macros": excel_like(macro_example()),
        "excel": excel_like(filled_example(DEMO)),
    }[kind]


def _scores() -> str:
    found = open_package(filled_example(DEMO)).sheet("整体自评表")
    assert found is not None
    return found.part


def sub(part: str, pattern: bytes, made: bytes) -> Callable[[Parts], None]:
    def edit(parts: Parts) -> None:
        name = _scores() if part == "SHEET" else part
        new = re.sub(pattern, made, parts[name], count=1, flags=re.DOTALL)
        assert new != parts[name], pattern
        parts[name] = new

    return edit


def _half_project(parts: Parts) -> None:
    parts["xl/vbaProject.bin"] = parts["xl/vbaProject.bin"][:1500]


def _no_rels(parts: Parts) -> None:
    folder, _, file = _scores().rpartition("/")
    del parts[f"{folder}/_rels/{file}.rels"]


S, B = "SHEET", "word/document.xml"
MUTANTS: dict[str, tuple[str, Callable[[Parts], None]]] = {
    "merge twice": ("plain", sub(S, rb'(<mergeCell ref="[^"]+"/>)', rb"\1\1")),
    "merges overlap": ("plain", sub(S, rb"</mergeCells>", rb'<mergeCell ref="A1:B6"/></mergeCells>')),
    "format of a rule missing": ("plain", sub(S, rb'dxfId="\d+"', b'dxfId="999"')),
    "style missing": ("plain", sub(S, rb'<c r="([A-Z]+\d+)" s="\d+"', rb'<c r="\1" s="99999"')),
    "cell twice": ("plain", sub(S, rb'(<c r="A5"[^>]*?(?:/>|>.*?</c>))', rb"\1\1")),
    "cells out of order": ("plain", sub(S, rb'r="A5"', b'r="C5"')),
    "long error text": ("plain", sub(S, rb' error="[^"]*"', b' error="' + b"e" * 300 + b'"')),
    "list with =": ("plain", sub(S, b"<formula1>", b"<formula1>=")),
    "long list": ("plain", sub(S, rb"<formula1>[^<]*<", b'<formula1>"' + b"x," * 140 + b'"<')),
    "sheet name too long": ("plain", sub(BOOK, 'name="封面"'.encode(), b'name="' + b"S" * 40 + b'"')),
    "sheet name twice": ("plain", sub(BOOK, 'name="封面"'.encode(), 'name="审核"'.encode())),
    "name twice": ("plain", sub(BOOK, rb'(<definedName name="[^"]+">[^<]*</definedName>)', rb"\1\1")),
    "bad name": ("plain", sub(BOOK, rb'<definedName name="[^"]+"', b'<definedName name="1 bad"')),
    "type of a missing part": (
        "plain",
        sub(TYPES, b"</Types>", b'<Override PartName="/xl/no.xml" ContentType="a/b"/></Types>'),
    ),
    "relationship to nothing": ("plain", sub(RELS, b'Target="[^"]*theme[^"]*"', b'Target="theme/none.xml"')),
    "full-width comma": ("plain", sub(S, rb"<f>[^<]*</f>", "<f>IF(A1=1，2,3)</f>".encode())),
    "formula out of grammar": ("plain", sub(S, rb"<f>[^<]*</f>", b'<f>IF(A1=,"x"</f>')),
    "function of a later Excel": ("plain", sub(S, rb"<f>[^<]*</f>", b"<f>XLOOKUP(A1,B1:B2,C1:C2)</f>")),
    "long text in a formula": ("plain", sub(S, rb"<f>[^<]*</f>", b'<f>A1="' + b"x" * 300 + b'"</f>')),
    "two contents": ("plain", sub(S, rb'(t="inlineStr"><is>.*?</is>)', rb"\1<v>1</v>")),
    "text too long": ("plain", sub(S, rb"(<is><t[^>]*>)", rb"\1" + b"x" * 33000)),
    "unknown error": ("plain", sub(S, rb'<c r="A5"[^>]*?(?:/>|>.*?</c>)', b'<c r="A5" t="e"><v>#BAD!</v></c>')),
    "calculated cells out of date": (
        "excel",
        sub("xl/calcChain.xml", b"</calcChain>", b'<c r="XFD9" i="1"/></calcChain>'),
    ),
    "shared text missing": ("excel", sub(S, rb't="s"><v>\d+', b't="s"><v>999999')),
    "no relationships": ("excel", _no_rels),
    "drawing missing": ("excel", sub(S, rb"<legacyDrawing [^>]*/>", b"")),
    "drawing of another kind": ("excel", sub(S, rb'(<pageSetup [^>]*)r:id="rId\d+"', rb'\1r:id="rId2"')),
    "macros of a plain workbook": (
        "macros",
        sub(TYPES, rb"application/vnd\.ms-excel\.sheet\.macroEnabled", b"application/x"),
    ),
    "half a project": ("macros", _half_project),
    "code name twice": ("macros", sub(S, rb'codeName="[^"]+"', b'codeName="Sheet1"')),
    "table without a grid": ("word", sub(B, rb"<w:tblGrid>.*?</w:tblGrid>", b"")),
    "cell without a paragraph": ("word", sub(B, rb"(</w:tcPr>)<w:p>(?:(?!</w:p>).)*</w:p></w:tc>", rb"\1</w:tc>")),
    "comment without its marks": ("word", sub("word/comments.xml", rb'<w:comment w:id="3".*?</w:comment>', b"")),
    "section not last": ("word", sub(B, b"</w:body>", b"<w:p/></w:body>")),
    "style twice": ("word", sub("word/styles.xml", rb'(<w:style w:type="paragraph".*?</w:style>)', rb"\1\1")),
    "footer missing": ("word", sub("word/_rels/document.xml.rels", rb'<Relationship [^>]*footer1\.xml"[^>]*/>', b"")),
}


@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_every_way_of_breaking_is_noticed(name: str) -> None:
    kind, change = MUTANTS[name]
    parts = inflate(_good(kind))
    change(parts)
    assert causes(write_parts(parts.items()))


@pytest.mark.parametrize("kind", ["plain", "macros", "excel", "word"])
def test_what_is_whole_is_not_told(kind: str) -> None:
    assert not causes(_good(kind))
