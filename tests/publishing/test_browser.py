"""结果.html and 总览.html as a reader has them: in a real browser, by keyboard, on paper, by a screen reader's tree."""

from __future__ import annotations

import importlib
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from browsers import BROWSER, needs_browser
from pictures import read_pdf
from samples import SEED, check_data, example

from toolkit.pipeline import Wanted, make_files
from toolkit.publishing.page import PAGE_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from toolkit.batch.collect.model import BatchResult

NAMES = ("结果", "总览")
LEAST_CONTRAST, LEAST_LARGE = 4.5, 3.0
EDGE = 36  # points of the margin: 1.5 cm and a little less

# The contrast of every text with the background that it stands on (WCAG 2.2, 1.4.3).
CONTRASTS = """() => {
  const parts = c => c.match(/[\\d.]+/g).map(Number);
  const light = c => { const [r, g, b] = parts(c).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
    if ((parts(c)[3] ?? 1) > 0) return c; } return 'rgb(255, 255, 255)'; };
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) { const e = walk.currentNode.parentElement, text = walk.currentNode.data.trim();
    if (!text || e.closest('style')) continue;
    const style = getComputedStyle(e), fore = e.closest('svg') ? style.fill : style.color;
    const [a, b] = [light(fore), light(behind(e))];
    found.push([text.slice(0, 20), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), parseFloat(style.fontSize)]); }
  return found; }"""

FOCUSED = """() => { const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
  return { tag: e.tagName, text: e.textContent.trim(), outline: parseFloat(s.outlineWidth), style: s.outlineStyle,
    seen: r.width > 0 && r.height > 0 && r.left >= 0 }; }"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if BROWSER is None:
        pytest.fail("CI has no Chromium: 页面没有看，不能算通过")
    started = importlib.import_module("playwright.sync_api").sync_playwright().start()
    opened = started.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
    yield opened
    opened.close()
    started.stop()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, first: tuple[Path, Path, BatchResult]) -> Path:
    """A share with Chinese and a space in its name."""
    made = tmp_path_factory.mktemp("共享 文件夹")
    (made / "结果.html").write_bytes(make_files(check_data(example(SEED)), wanted=Wanted(html=True))[PAGE_NAME])
    shutil.copy(first[1] / "总览.html", made)
    return made


@pytest.fixture(params=NAMES)
def page(request: pytest.FixtureRequest, browser: Any, folder: Path) -> Iterator[Any]:  # noqa: ANN401 - Playwright's own
    """The page, opened by file://, with everything that it asked for and complained of."""
    opened = browser.new_page(viewport={"width": 1100, "height": 800})
    opened.asked, opened.told = [], []
    opened.on("request", lambda r: opened.asked.append(r.url))
    opened.on("console", lambda m: opened.told.append(m.text))
    opened.goto((folder / f"{request.param}.html").as_uri())
    yield opened
    opened.close()


@needs_browser
def test_it_asks_for_nothing_but_itself(page: Any) -> None:  # noqa: ANN401
    assert [url for url in page.asked if not url.startswith("file://")] == []
    assert len(page.asked) == 1
    assert page.told == []
    assert page.evaluate("document.scripts.length + document.querySelectorAll('link, img, iframe').length") == 0


@needs_browser
def test_the_keyboard_reaches_everything_in_the_order_of_reading(page: Any) -> None:  # noqa: ANN401
    wanted = page.evaluate("[...document.querySelectorAll('a[href], summary')].map(e => e.textContent.trim())")
    reached = []
    for _ in wanted:
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUSED)
        assert focus["seen"], focus
        assert (focus["style"], focus["outline"] >= 2) == ("solid", True), focus
        reached.append(focus["text"])
    assert reached == wanted
    assert reached[0] == "跳到正文"


@needs_browser
def test_what_is_folded_opens_by_keyboard_and_stands_on_paper(page: Any, tmp_path: Path) -> None:  # noqa: ANN401
    folded = page.evaluate("[...document.querySelectorAll('details')].map(e => e.open)")
    assert not any(folded)
    hidden = page.evaluate(
        "[...document.querySelectorAll('details td')].map(e => e.textContent.trim()).filter(Boolean)"
    )
    page.pdf(path=tmp_path / "打印.pdf", format="A4")
    flat = "".join(sheet.text for sheet in read_pdf(tmp_path / "打印.pdf"))
    assert [text for text in hidden if text.split()[0][:6] not in flat] == []
    assert "跳到正文" not in flat
    for index in range(len(folded)):
        page.locator("summary").nth(index).focus()
        page.keyboard.press("Enter")
        assert page.evaluate(f"document.querySelectorAll('details')[{index}].open")


@needs_browser
def test_paper_cuts_nothing_and_ends_with_no_heading(page: Any, tmp_path: Path) -> None:  # noqa: ANN401
    """Each heading has what it heads on its own sheet; a table keeps to the width, its numbers whole."""
    page.pdf(path=tmp_path / "打印.pdf", format="A4")
    sheets = read_pdf(tmp_path / "打印.pdf")
    headings = page.evaluate("[...document.querySelectorAll('h2, h3')].map(e => e.textContent.replace(/\\s/g, ''))")
    assert [sheet.lines[-1] for sheet in sheets if sheet.lines[-1] in headings] == []
    assert [w.text for sheet in sheets for w in sheet.words if w.right > sheet.width - EDGE] == []
    numbers = page.evaluate("[...document.querySelectorAll('td.n')].map(e => e.textContent)")
    pieces = {w.text for sheet in sheets for w in sheet.words}
    assert [n for n in numbers if n not in pieces] == []


@needs_browser
def test_it_is_read_by_screen_readers(page: Any) -> None:  # noqa: ANN401
    """Language, title, one first heading, no level left out, heads of tables, pictures told in words."""
    facts = page.evaluate(
        """() => ({lang: document.documentElement.lang, title: document.title,
        levels: [...document.querySelectorAll('h1, h2, h3, h4')].map(e => Number(e.tagName[1])),
        main: document.querySelectorAll('main').length, nav: document.querySelector('nav').getAttribute('aria-label'),
        heads: [...document.querySelectorAll('th')].filter(e => !e.getAttribute('scope')).map(e => e.textContent),
        pictures: [...document.querySelectorAll('svg')].filter(e => !(e.getAttribute('role') === 'img'
          && e.getAttribute('aria-label'))).length,
        links: [...document.querySelectorAll('a')].filter(e => !e.textContent.trim()).length,
        anchors: [...document.querySelectorAll('a[href^="#"]')].filter(e => !document.querySelector(
          e.getAttribute('href'))).length})"""
    )
    assert facts["lang"] == "zh-CN"
    assert "绩效自评" in facts["title"]
    assert facts["levels"].count(1) == 1
    assert all(deeper - above <= 1 for above, deeper in zip(facts["levels"], facts["levels"][1:], strict=False))
    assert (facts["main"], facts["nav"]) == (1, "目录")
    assert (facts["heads"], facts["pictures"], facts["links"], facts["anchors"]) == ([], 0, 0, 0)


@needs_browser
def test_every_text_stands_out(page: Any) -> None:  # noqa: ANN401
    found = page.evaluate(CONTRASTS)
    assert len(found) > 30
    assert [f for f in found if f[1] < (LEAST_LARGE if f[2] >= 24 else LEAST_CONTRAST)] == []


@needs_browser
def test_a_narrow_window_needs_no_scrolling_sideways(page: Any) -> None:  # noqa: ANN401
    """At 320 points, as enlarged to 400 % (WCAG 2.2, 1.4.10): only tables and drawings may be wider."""
    page.set_viewport_size({"width": 320, "height": 600})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
