"""What is written into a sheet can be read again (写进单元格的内容): any text, number and error value, bit by bit.

The rows of a finished workbook are not parsed again before they are handed over; this is why they need not be.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from toolkit.core.errors import UnreadableError
from toolkit.engines.formula.values import ErrorValue
from toolkit.engines.xlsx.package import parse_xml
from toolkit.engines.xlsx.writing.cells import cell_xml
from toolkit.engines.xlsx.writing.frames import _Head, _plain_start, behind_cells, frame
from toolkit.engines.xlsx.writing.template import quoted

if TYPE_CHECKING:
    from toolkit.engines.xlsx.writing.cells import Value

HIDDEN = re.compile("_x([0-9A-F]{4})_")
# Halves of signs, too: JSON and Excel itself can hold them.
TEXTS = st.text(st.characters()) | st.text("<>&\"'_x0D \t\n\r\x00\x1b\ufffe\ud83d", max_size=12)


def shown(xml: str) -> str:
    """The text of a cell as Excel reads it: _xHHHH_ is a character."""
    cell = parse_xml(xml.encode(), "单元格")
    found = cell.find("is/t") if cell.get("t") == "inlineStr" else cell.find("v")
    return HIDDEN.sub(lambda m: chr(int(m[1], 16)), (found.text or "") if found is not None else "")


@given(TEXTS)
@example("_x000D_ & <b>")
@example(" a ")
@example("\n")
def test_any_text(text: str) -> None:
    assert shown(cell_xml("A1", "", "", text)) == text
    assert shown(cell_xml("A1", ' s="3"', "<f>B1</f>", text)) == text


@given(TEXTS.filter(lambda t: t[:1].isspace() or t[-1:].isspace()))
def test_spaces_at_the_ends_are_kept(text: str) -> None:
    assert "xml:space" in cell_xml("A1", "", "", text)


@given(
    st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff") | st.sampled_from("<>&\"'\n")
    )
)
def test_any_place_of_a_link(place: str) -> None:
    """A sheet's name comes out of XML, so it has no control characters."""
    assert parse_xml(f"<a place={quoted(place)}/>".encode(), "链接").get("place") == place


@given(
    st.one_of(
        st.decimals(allow_nan=False, allow_infinity=False, places=4),
        st.booleans(),
        st.dates(),
        st.sampled_from(ErrorValue),
    )
)
def test_any_other_value(value: Value) -> None:
    for formula in ("", "<f>SUM(B1:B9)</f>"):
        cell = parse_xml(cell_xml("B2", "", formula, value).encode(), "单元格")
        assert cell.findtext("v") not in {None, ""}
        assert (cell.find("f") is not None) is bool(formula)


# What hides tags that are none, in any place of a sheet.
APART = st.sampled_from(
    ("<!--</sheetData>-->", "<!-- <sheetData> -->", "<![CDATA[</sheetData>]]>", "<?a <sheetData/> ?>", "<b/>", "--&gt;")
)


@given(st.lists(st.lists(APART, max_size=3), min_size=3, max_size=3), st.sampled_from(("", "x:")))
def test_the_cells_are_found_by_structure(pieces: list[list[str]], prefix: str) -> None:
    """Where they begin and end, the quick way says what a parser says, whatever stands around them."""
    around = ["<c>" + "".join(some) + "</c>" for some in pieces]
    tag = f"{prefix}sheetData"
    cells = f"<{tag}><row>{around[1]}</row></{tag}>"
    xml = f'<?xml version="1.0"?><s xmlns:x="x">{around[0]}{cells}{around[2]}</s>'.encode()
    assert xml[slice(*frame(xml))] == cells.encode()
    assert _plain_start(xml) in {None, _Head(xml).cells}
    assert behind_cells(xml) in ({f"{around[2]}</s>".encode()} if not prefix else {xml})


@pytest.mark.parametrize("xml", [b"<s><sheetData", b"<s><sheetData>", b"<s><!-- <sheetData>", b"<s/>", b""])
def test_without_cells_nothing_is_cut_off(xml: bytes) -> None:
    assert behind_cells(xml) == xml
    with pytest.raises((UnreadableError, ValueError)):
        frame(xml)
