"""结果.html and 总览.html: one page without script or network, read by a parser (in a browser: test_browser)."""

from __future__ import annotations

from functools import cache
from html import unescape
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from samples import DEMO, SEED, check_data, example

from toolkit.pipeline import Checked, Wanted, make_files
from toolkit.publishing.page import PAGE_NAME, Bar, bars, table

if TYPE_CHECKING:
    from decimal import Decimal

EVIL = "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)>"


@cache
def checked(name: str) -> Checked:
    return check_data(example(name))


@cache
def made(name: str) -> dict[str, bytes]:
    return make_files(checked(name), wanted=Wanted(html=True))


def read(data: bytes) -> Any:  # noqa: ANN401 - an lxml tree
    return html.document_fromstring(data.decode())


def harmless(root: Any) -> None:  # noqa: ANN401 - an lxml tree
    """Nothing runs, nothing is fetched, and the page itself forbids both."""
    assert root.xpath("//script|//iframe|//object|//embed|//link|//img|//form|//base") == []
    assert [a for e in root.iter("*") for a in e.attrib if a.startswith("on")] == []
    assert [h for h in root.xpath("//@href") if not h.startswith("#") and (":" in h or h.startswith("//"))] == []
    assert root.xpath("//meta[@http-equiv]/@content") == ["default-src 'none'; style-src 'unsafe-inline'"]
    assert "url(" not in root.xpath("string(//style)")


@pytest.mark.parametrize("name", [DEMO, SEED])
def test_every_finding_stands_with_its_rows(name: str) -> None:
    root = read(made(name)[PAGE_NAME])
    harmless(root)
    told = [" ".join(e.text_content().split()) for e in root.xpath("//div[contains(@class, 'finding')]")]
    findings = checked(name).result.findings
    assert len(told) == len(findings)
    for finding in findings:
        assert any(" ".join(finding.message.split()) in text for text in told), finding.rule
    assert bool(root.xpath("//td[contains(@class, 'bad')]")) == bool(findings)
    links = [unquote(h) for h in root.xpath("//ul[@class='files']//@href")]
    assert set(links) == set(made(name)) - {PAGE_NAME, "result.json"}


def test_a_faulty_cell_is_shown_with_its_value() -> None:
    """A04 of the seed: 2088.26 against 2078.26."""
    root = read(made(SEED)[PAGE_NAME])
    block = next(e for e in root.xpath("//div[contains(@class, 'finding')]") if "[A04]" in e.text_content())
    assert {"2088.26", "2078.26"} <= {td.text for td in block.xpath(".//td[contains(@class, 'bad')]")}


def test_scores_have_two_places_as_in_the_report() -> None:
    """46.10 in the workbook and the report; a weight stands as the form prints it."""
    drawn = read(made(DEMO)[PAGE_NAME]).xpath("//*[local-name()='text']/text()")
    assert {"46.10 / 50", "30.00 / 30", "10.00 / 10"} <= {" ".join(text.split()) for text in drawn}


@given(st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1, max_size=9))
def test_bars_below_zero_cover_no_label(values: list[Decimal]) -> None:
    """All bars begin at one line, grow with their figures to either side, and stand between label and figure."""
    drawn = read(bars("图", [Bar("本年支出", v, str(v)) for v in values]).encode())
    shapes = [(int(r.get("x")), int(r.get("width"))) for r in drawn.xpath("//rect")]
    labels, told = ([int(t.get("x")) for t in drawn.xpath("//text")[i::2]] for i in (0, 1))
    assert [t.text for t in drawn.xpath("//text")[1::2]] == [str(v) for v in values]
    for (left, wide), label, figure in zip(shapes, labels, told, strict=True):
        assert wide >= 0
        assert label < left <= left + wide < figure <= label + 400
    lines = {left + wide if v < 0 else left for (left, wide), v in zip(shapes, values, strict=True)}
    assert len(lines) == 1
    lengths = sorted(zip((abs(v) for v in values), (wide for _, wide in shapes), strict=True))
    assert all(a[1] <= b[1] for a, b in pairwise(lengths))


def test_the_last_cell_of_a_short_row_takes_the_rest() -> None:
    """Why a file cannot be read is a sentence: a column of links is too narrow for it."""
    drawn = read(table(("名称", "总分", "结果"), [("甲", "9.5", "打开"), ("乙", "打不开")]).encode())
    rows = [[(td.text, td.get("colspan", "1")) for td in tr.xpath("./td")] for tr in drawn.xpath("//tbody/tr")]
    assert rows == [[("甲", "1"), ("9.5", "1"), ("打开", "1")], [("乙", "1"), ("打不开", "2")]]


def test_text_of_staff_stays_text() -> None:
    data = example(SEED)
    data["fields"]["封面_单位名称"] = EVIL
    data["fields"]["文字_其他说明"] = f"{EVIL}，支出1234.5万元，占 150%"
    page = make_files(check_data(data), wanted=Wanted(html=True))[PAGE_NAME]
    harmless(read(page))
    assert EVIL in unescape(page.decode())


def test_no_page_is_made_unasked() -> None:
    assert PAGE_NAME not in make_files(checked(DEMO))
